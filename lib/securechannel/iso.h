/*
 * Secure messaging of ISO 7816-4, for the card: data objects that carry data,
 * Le, status word and a MAC, under session keys that others have agreed and a
 * send sequence counter that starts at zero.  [ISO 7816-4 10] [ICAO 9303-11
 * 9.8]
 *
 * CLOSED --scp_iso_open--> OPEN --what is not protected as demanded--> CLOSED
 *
 * Flat, as struct scp_session is; it holds keys, and scp_iso_close wipes them.
 */
#ifndef SECURECHANNEL_ISO_H
#define SECURECHANNEL_ISO_H

#include <stdbool.h>

#include "base/sw.h"
#include "crypto/crypto.h"
#include "securechannel/scp.h"

enum iso_key { ISO_ENC, ISO_MAC, ISO_R_ENC, ISO_R_MAC, ISO_KEYS };

enum { ISO_NO_LE = -1, ISO_OVERHEAD_MAX = 16 + 5 + 4 + 10 };

struct iso_session {
    uint8_t open;
    uint8_t level;            /* SCP_C_MAC and so on; 0: nothing is protected */
    uint8_t aes;              /* else two-key triple DES */
    uint8_t unwrapped;        /* a command was */
    uint8_t odd;              /* its INS was: data come in 85 */
    uint8_t length[ISO_KEYS]; /* of each key; 0: there is none */
    uint8_t key[ISO_KEYS][SCP_KEY_MAX];
    uint8_t counter[CRYPTO_BLOCK_MAX]; /* DES: the first 8 bytes */
    int32_t le; /* what the last command expects at most, or ISO_NO_LE */
};

/*
 * Gives a key; those of responses are the commands' when there are none.
 * ERR_EXISTS: there is one; ERR_RANGE: not of the algorithm's length, or of
 * another algorithm than the rest.
 */
NODISCARD enum err scp_iso_give_key(struct iso_session *s, enum iso_key which,
                                    bool aes, struct span value);

/*
 * Opens the session, or changes its level: C-MAC, with it C-DECRYPTION and
 * R-MAC, with that R-ENCRYPTION; or nothing.  ERR_RANGE: no such level;
 * ERR_NOT_FOUND: a key is missing.
 */
NODISCARD enum err scp_iso_open(struct iso_session *s, uint8_t level);

/* Wipes everything. */
void scp_iso_close(struct iso_session *s);

/*
 * Checks and decrypts `command` into `out`, which may be the same memory: its
 * class byte is plain, and Le is in the session alone.  ERR_NOT_FOUND: an
 * object that the level demands is missing; ERR_AUTH: one is wrong.  Both
 * close the session.  ERR_STATE when it is closed already, ERR_FORMAT when
 * lengths and bytes disagree, ERR_FULL.
 */
NODISCARD enum err scp_iso_unwrap_command(struct iso_session *s,
                                          const struct crypto_port *port,
                                          struct span command, struct buf *out);

/*
 * Protects the response data that `data` holds and the status word, in place;
 * its capacity must allow ISO_OVERHEAD_MAX more.
 */
NODISCARD enum err scp_iso_wrap_response(struct iso_session *s,
                                         const struct crypto_port *port,
                                         struct buf *data, sw_t sw);

/* What scp_iso_wrap_response makes of n bytes. */
size_t scp_iso_wrapped_length(const struct iso_session *s, size_t n);

#endif
