/*
 * A card on memory that forgets nothing and can be cut, and the other end of
 * its secure channels: what the card-level tests talk through.
 */
#ifndef APDU_HOST_H
#define APDU_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include <card/card.h>

#include "base/span.h"
#include "base/sw.h"
#include "crypto/crypto.h"
#include "ports/faults/faults.h"
#include "ports/openssl/crypto_openssl.h"
#include "securechannel/scp11.h"

enum {
    HOST_MEMORY = 512 * 1024,
    HOST_SCRATCH = 256 * 1024,
    HOST_CODE = 128 * 1024,
    HOST_REASON_MAX = 512,
};

struct host {
    struct faults faults;
    struct card_port port;
    struct crypto_port crypto;
    struct port_openssl *openssl;
    void *memory;
    struct card *card;
    struct scp_session session; /* CLOSED: commands go as they are */
    struct scp_session begun;   /* what host_begin_session() began */
    uint8_t begun_channel;
    bool t0;           /* the reader and the card speak T=0 */
    uint8_t channel;   /* where host_open_session() opens one: 0..3 */
    bool scp11_s16;    /* of the session that SCP11 opens */
    uint8_t scp02_i;   /* what the host takes SCP02's i for */
    uint8_t scp01_i;   /* and SCP01's */
    uint8_t *response; /* data of the last response */
    size_t n;
    uint8_t *scratch;
    uint8_t *io;
    uint8_t *code;
    uint8_t *transient;
    uint8_t *plain;               /* a command as text gave it */
    uint8_t *protected;           /* and as it is sent */
    size_t protected_n;           /* 0: none was sent through a session yet */
    char reason[HOST_REASON_MAX]; /* the card's last one */
};

/* Keys 40..4F: AES as version 30 (i=70), and DES as 20 (i=55) if `both`. */
struct card_profile host_profile(bool both);

/* A new card, powered on.  `seed` makes all random numbers. */
bool host_open(struct host *h, const struct card_profile *profile,
               uint32_t nv_size, const char *seed);
void host_close(struct host *h);

/* Speaks T=0 from now on, after a reset. */
enum card_status host_use_t0(struct host *h);

/* Power off and on again. */
enum card_status host_reset(struct host *h);

/*
 * Sends a command as it is, fetching the rest of a long response; over T=0 in
 * the TPDUs that a reader makes of it.  The status
 * word, or 0 when the card is mute; data in h->response, h->n bytes.
 */
sw_t host_raw(struct host *h, struct span command);

/* The same through the session, if one is open; 1: the answer's MAC is bad. */
sw_t host_send(struct host *h, struct span command);

/*
 * The same in pieces, chained by b8 of P1 [GPCS 11.1.5.1]: `command` is plain
 * and of extended length, its protection covers it as a whole.
 */
sw_t host_chain(struct host *h, struct span command);

/*
 * Hexadecimal text without white space, and with a length of one byte in the
 * place of each opening bracket; false when brackets do not match or hold more
 * than 255 bytes.
 */
bool host_expand(const char *in, char *out, size_t cap);

/* Sends hexadecimal text; aborts the test program when it is none. */
sw_t host_hex(struct host *h, const char *hex);

/* SELECT by name; closes the session. */
sw_t host_select(struct host *h, const char *aid);

/*
 * INITIALIZE UPDATE, beside a session that is open.  `key`: for all three keys,
 * 16, 24 or 32 bytes; NULL: 40..4F.
 */
sw_t host_begin_session(struct host *h, uint8_t version,
                        const struct span *key);

/*
 * EXTERNAL AUTHENTICATE for what was begun, on its channel; if it opens, it is
 * the session from then on.
 */
sw_t host_authenticate(struct host *h, uint8_t level);

/*
 * Both, beside what was begun; the first status word that is not 9000.
 */
sw_t host_open_session(struct host *h, uint8_t version, uint8_t level,
                       const struct span *key);

/*
 * SCP02 by implicit initiation: GET DATA C1, and keys for what is selected,
 * whose AID is `aid`.  Protected commands go from then on; the card hears of
 * the session with the first of them.
 */
sw_t host_open_implicit(struct host *h, struct span aid,
                        const struct span *key);

/*
 * The host's session by what the card has just answered to an offer, and
 * whether its receipt is *right.
 */
enum err host_finish_scp11(struct host *h, const struct scp11_offer *offer,
                           struct scp11_share *share, bool *right);

/*
 * SCP11 with the card's key `id` (11, 13 or 15), whose public point, on P-256
 * or another of the card's curves, is `point`; `scalar` is the host's static
 * key, none for 13.  The card's status word, or 6300 when its receipt is wrong.
 */
sw_t host_open_scp11(struct host *h, uint8_t id, uint8_t version,
                     struct span point, struct span scalar);

/* INSTALL [for load] into `domain` (hexadecimal AID, may be "") and LOADs. */
sw_t host_load_block(struct host *h, const char *aid, const char *domain,
                     struct span block);
/* The same with the components of a CAP file. */
sw_t host_load_cap(struct host *h, const char *path, const char *domain);
/* The load file data block of a CAP file, for the caller to free. */
uint8_t *host_read_cap(const char *path, size_t *n, char aid[33]);

/* Lines of card_dump() or findings of card_check(), to be freed. */
char *host_dump(struct host *h, bool counters);
unsigned host_check(struct host *h, char **findings);

#endif
