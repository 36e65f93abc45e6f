/*
 * A virtual card on a host: an image file, OpenSSL and memory put together
 * behind <card/card.h>.
 */
#ifndef POSIX_POSIX_CARD_H
#define POSIX_POSIX_CARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <card/card.h>

struct posix_card;

struct posix_card_options {
    bool durable; /* each response waits until the medium has it */
    enum card_protocol protocol;
    const char *seed; /* repeatable random numbers; NULL: real ones */
    void (*trace)(void *ctx, const char *text); /* reasons; may be NULL */
    void *trace_ctx;
    /*
     * Where the key is of a card whose profile asks for enciphered keys
     * (wrapping.h): a file, or env:NAME.  NULL: POSIX_CARD_KEY in the
     * environment says.  Must live as long as the card.
     */
    const char *key;
};

#define POSIX_CARD_KEY "POSTCARD_IMAGE_KEY"

enum posix_card_result {
    POSIX_CARD_DONE = 0,
    POSIX_CARD_MISSING, /* no such file, or it may not be opened */
    POSIX_CARD_IN_USE,  /* another process holds it */
    POSIX_CARD_EXISTS,  /* create: the file is there already */
    POSIX_CARD_BAD,     /* not a card image, or damaged */
    POSIX_CARD_FAILED,  /* no memory, no crypto, no disk */
};

/*
 * Makes a new image file of `memory` bytes (plus a small header) with a card
 * of this profile in it; of the options, seed and key count.  On failure there
 * is no file, and `why` (n bytes) says why in a sentence without a full stop.
 */
enum posix_card_result posix_card_create(
    const char *path, uint32_t memory, const struct card_profile *profile,
    const struct posix_card_options *options, char *why, size_t n);

/*
 * Opens and locks an image; the card is off.  *out is for the caller to
 * close.
 */
enum posix_card_result posix_card_open(const char *path,
                                       const struct posix_card_options *options,
                                       struct posix_card **out, char *why,
                                       size_t n);

/*
 * A new card in memory alone: nothing of it outlives posix_card_close().  It
 * is off.
 */
enum posix_card_result posix_card_blank(uint32_t memory,
                                        const struct card_profile *profile,
                                        struct posix_card **out, char *why,
                                        size_t n);

/*
 * A copy of a card, state and all, in memory alone: whatever becomes of it,
 * the original stays as it is, and so does its file.  Both have OpenSSL in
 * common.  Random bytes come from the system, or if the original has a seed
 * are those that it would draw next.
 */
enum posix_card_result posix_card_copy(struct posix_card *from,
                                       struct posix_card **out, char *why,
                                       size_t n);

/*
 * The same, to make copies of: they share its memory until they write to it,
 * and so take microseconds.  It takes no command itself.
 */
enum posix_card_result posix_card_freeze(struct posix_card *from,
                                         struct posix_card **out, char *why,
                                         size_t n);

struct card *posix_card_card(struct posix_card *p);

/* Powers off, writes back, unlocks; *p becomes NULL. */
void posix_card_close(struct posix_card **p);

/* In words: what card_power_on or card_format returned. */
const char *posix_card_status_text(enum card_status status);

#endif
