/*
 * Whom commands go to in the tests that go through a table: a card's issuer
 * domain and domains of every kind, its life, and its image to come back to.
 * What does not go as it must fails the cmocka test that runs.
 */
#ifndef APDU_SUBJECTS_H
#define APDU_SUBJECTS_H

#include "tests/apdu/host.h"

enum {
    SUBJECT_MEMORY = 160 * 1024, /* of every card here */
    SUBJECT_TEXT_MAX = 1024,
    NO_SESSION = -2, /* in the place of a level */
    ONLY_BEGUN = -1,
};

struct subject {
    const char *aid;
    const char *privileges; /* none: the issuer domain */
    unsigned is;            /* what the table's rows tell it by */
};

/* Of domains, version 31; as data of PUT KEY under 40..4F, too. */
extern const uint8_t subject_key[16];
#define SUBJECT_KEY "88(3D0FA4B855D2A5AA4954B8B5DF582A3A)(C35280)"

/*
 * Sends a command, written as in transcripts, with `text` in the place of %s;
 * subject_done() must be answered by 9000.
 */
sw_t subject_send(struct host *h, const char *format, const char *text);
void subject_done(struct host *h, const char *format, const char *text);

/* Appends to a text of SUBJECT_TEXT_MAX bytes. */
void subject_add(char *text, const char *more);

/*
 * A domain below the issuer's, that accepts everything, with its keys;
 * personalised unless `more`, further install parameters, says otherwise.  The
 * issuer's session is open then.
 */
void subject_new(struct host *h, const char *aid, const char *privileges);
void subject_new_with(struct host *h, const char *aid, const char *privileges,
                      const char *more);

/* Loads a CAP file into a domain ("": the one that is selected). */
void subject_load(struct host *h, const char *folder, const char *name,
                  const char *domain);

/* A session of the subject, which is selected, with its own keys. */
sw_t subject_open(struct host *h, const struct subject *s, int level);

/*
 * Selects it and comes to a level, the card being in `state`; false, and the
 * card was right to refuse, when that cannot be.
 */
bool subject_enter(struct host *h, const struct subject *s, uint8_t state,
                   int level);

/* From the card's state to the next by the issuer domain; 01: none. */
void subject_bring(struct host *h, uint8_t state);

/* What a card's memory holds; bytes and dump are to be freed. */
struct image {
    uint8_t *bytes;
    char *dump;
};

/* Both power the card on anew. */
void image_keep(struct host *h, struct image *image);
void image_restore(struct host *h, const struct image *image);
/* The card's content is still that. */
void image_assert_same(struct host *h, const struct image *image);

#endif
