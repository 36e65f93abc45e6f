/*
 * Secure channel protocols 01 [GPCS 2.2.1 D], which was that of Open Platform
 * and is no longer in GlobalPlatform 2.3, 02 [GPCS E] and 03 [Amd D 6], for
 * both ends: one truth for the card, the tool and the server.
 *
 *   CLOSED --scp_begin--> BEGUN --scp_authenticate_make, _check--> OPEN
 *   CLOSED --scp_open_implicit--> OPEN
 *   OPEN --a wrong MAC or padding--> ABORTED;  any --scp_close--> CLOSED
 *
 * A session is flat: no pointer in it, so it can be copied, stored and moved;
 * it holds keys, so scp_close wipes it.  Nothing is allocated; the caller owns
 * every buffer.
 *
 * The host may wrap many commands before it sees the first response: what
 * protects a command depends on the commands before it only.  scp_wrap_command
 * therefore hands out a ticket, which the response needs again.
 */
#ifndef SECURECHANNEL_SCP_H
#define SECURECHANNEL_SCP_H

#include <stdbool.h>

#include "base/sw.h"
#include "crypto/crypto.h"
#include "crypto/mac.h"

/*
 * Protocol identifiers [GPCS 10.7].  SCP_11 agrees on keys (scp11.h); what it
 * opens is a session of SCP_03.
 */
enum scp_protocol {
    SCP_01 = 0x01,
    SCP_02 = 0x02,
    SCP_03 = 0x03,
    SCP_11 = 0x11,
};
enum scp_role { SCP_HOST, SCP_CARD };
enum scp_state { SCP_CLOSED, SCP_BEGUN, SCP_OPEN, SCP_ABORTED };

/* Security levels, P1 of EXTERNAL AUTHENTICATE [GPCS 10.6]. */
enum {
    SCP_AUTHENTICATED = 0x00,
    SCP_C_MAC = 0x01,
    SCP_C_DECRYPTION = 0x02,
    SCP_R_MAC = 0x10,
    SCP_R_ENCRYPTION = 0x20,
};

/* Parameter i of SCP01 [GPCS 2.2.1 D.1.1], all there are. */
enum {
    SCP01_I_PLAIN_ICV = 0x05,
    SCP01_I_ICV_ENCRYPTION = 0x15,
};

/* Parameter i of SCP02 [GPCS E.1.1]. */
enum {
    SCP02_I_THREE_KEYS = 0x01,     /* else one base key, in place of `enc` */
    SCP02_I_MAC_UNMODIFIED = 0x02, /* C-MAC on the unmodified APDU */
    SCP02_I_EXPLICIT = 0x04,
    SCP02_I_ICV_MAC_AID = 0x08,
    SCP02_I_ICV_ENCRYPTION = 0x10,
    SCP02_I_R_MAC = 0x20,
    SCP02_I_PSEUDO_RANDOM = 0x40,
    SCP02_I_RESERVED = 0x80,
};

/* Parameter i of SCP03 [Amendment D 5.1]. */
enum {
    SCP03_I_S16 = 0x01, /* challenges, cryptograms and MACs of 16 bytes */
    SCP03_I_PSEUDO_RANDOM = 0x10,
    SCP03_I_R_MAC = 0x20,
    SCP03_I_R_ENCRYPTION = 0x40, /* only together with R_MAC */
};

/* Parameter i of SCP11, first byte, as far as it is provided [Amd F]. */
enum {
    SCP11_I_A = 0x01, /* the variants */
    SCP11_I_B = 0x02,
    SCP11_I_C = 0x10,
    SCP11_I_CHAIN = 0x08, /* more than one certificate of a host */
    SCP11_I_S16 = 0x40,
};

enum {
    SCP_KEY_MAX = 32,
    SCP_CHALLENGE_MAX = 16,
    SCP_MAC_MAX = 16,
    SCP_KDD_SIZE = 10,          /* key diversification data */
    SCP_INIT_RESPONSE_MAX = 48, /* SCP03, S16, with sequence counter */
    SCP_AUTHENTICATE_MAX = 37,  /* EXTERNAL AUTHENTICATE, S16 */
    SCP_OVERHEAD_MAX = 16 + 16, /* padding and MAC */
};

/* Three keys of one length: 16 (all protocols), 24 or 32 bytes (SCP03). */
struct secret_scp_keys {
    uint8_t length;
    uint8_t enc[SCP_KEY_MAX];
    uint8_t mac[SCP_KEY_MAX];
    uint8_t dek[SCP_KEY_MAX];
};

/* What both ends know once INITIALIZE UPDATE is answered. */
struct scp_init {
    uint8_t protocol; /* enum scp_protocol */
    uint8_t i;        /* SCP01, SCP02 do not transmit it: as known */
    uint8_t kvn;
    uint8_t kdd[SCP_KDD_SIZE];
    uint8_t sequence[3];      /* SCP02: two bytes used; SCP03: three, if any */
    uint8_t challenge_length; /* 8; 16 with S16 */
    uint8_t host_challenge[SCP_CHALLENGE_MAX];
    /* SCP02: six bytes used, and eight with the sequence in the cryptograms */
    uint8_t card_challenge[SCP_CHALLENGE_MAX];
    uint8_t card_cryptogram[SCP_CHALLENGE_MAX];
};

/* Ties a response to its command; flat. */
struct scp_ticket {
    uint8_t chain[SCP_MAC_MAX];
    uint32_t counter;
    uint8_t level;    /* as it was for the command */
    uint8_t gathered; /* SCP02: the pair goes into the R-MAC */
};

struct scp_session {
    uint8_t state;    /* enum scp_state */
    uint8_t role;     /* enum scp_role */
    uint8_t protocol; /* enum scp_protocol */
    uint8_t i;
    uint8_t level;       /* 0 until OPEN */
    uint8_t r_mac_going; /* between BEGIN and END R-MAC SESSION ... */
    uint8_t r_mac_bits;  /* ... and what that added to the level */
    uint8_t kvn;
    uint8_t key_length;
    uint8_t mac_length;       /* 8; 16 with S16 */
    uint8_t enc[SCP_KEY_MAX]; /* session keys ... */
    uint8_t mac[SCP_KEY_MAX];
    uint8_t rmac[SCP_KEY_MAX];
    uint8_t dek[SCP_KEY_MAX];   /* SCP02: session key; else the static key */
    uint8_t chain[SCP_MAC_MAX]; /* the last C-MAC; SCP03 uses 16 bytes */
    uint8_t rchain[CRYPTO_DES_MAC_SIZE]; /* SCP02: the last R-MAC */
    struct crypto_retail rmac_state;     /* SCP02 card: R-MAC of this command */
    uint32_t counter;                    /* SCP03: commands since OPEN */
    uint8_t first;            /* no C-MAC yet, so SCP01, SCP02 encrypt no ICV */
    struct scp_ticket answer; /* card: of the command that was unwrapped last */
    uint8_t cryptogram_length;
    uint8_t host_cryptogram[SCP_CHALLENGE_MAX];
};

/* ---- Opening ---- */

/*
 * Host: what the card answered to INITIALIZE UPDATE, status word removed.  The
 * card's challenge, cryptogram, protocol, kvn and counter go to *out; i is set
 * to 15 for SCP02 and to 05 for SCP01 (the caller may know better from the card
 * recognition data).  `host_challenge` is what was sent, 8 or 16 bytes.
 * ERR_FORMAT for a wrong length, ERR_UNSUPPORTED for a protocol that is none of
 * 01 to 03.
 */
NODISCARD enum err scp_init_parse(struct span response,
                                  struct span host_challenge,
                                  struct scp_init *out);

/* Card: the same answer, written; ERR_FULL.  [GPCS E.5.1] [Amd D 7.1.1] */
NODISCARD enum err scp_init_put(const struct scp_init *init, struct buf *out);

/*
 * Card: the pseudo-random card challenge of init->i, into
 * init->card_challenge, from init->sequence (already stepped), the AID of the
 * application and the static keys.  [GPCS E.4.2.3] [Amd D 6.2.2.1]
 */
NODISCARD enum err scp_card_challenge(const struct crypto_port *port,
                                      const struct secret_scp_keys *keys,
                                      struct span aid, struct scp_init *init);

/*
 * Derives session keys and both cryptograms.  A host checks the card's
 * cryptogram: ERR_AUTH, and the session is CLOSED.  A card writes it to
 * init->card_cryptogram.  ERR_RANGE for a key length the protocol does not
 * have, ERR_UNSUPPORTED when i asks for implicit initiation.
 */
NODISCARD enum err scp_begin(struct scp_session *s,
                             const struct crypto_port *port, enum scp_role role,
                             const struct secret_scp_keys *keys,
                             struct scp_init *init);

/*
 * Opens SCP02 by implicit initiation [GPCS E.1.2.2], both ends, at level C-MAC:
 * only i, kvn and sequence (as it stands before the session) of init are read,
 * `aid` names the selected application.  What proves the host is the first
 * C-MAC: a card calls this for the first protected command and unwraps it; when
 * that fails the session never was, when it holds the counter steps.
 * ERR_RANGE for another key length than 16 and a counter that cannot step,
 * ERR_UNSUPPORTED when i does not ask for it.
 */
NODISCARD enum err
scp_open_implicit(struct scp_session *s, const struct crypto_port *port,
                  enum scp_role role, const struct secret_scp_keys *keys,
                  const struct scp_init *init, struct span aid);

/* Whether i makes sense [GPCS E.1.1] [Amd D 5.1] and is provided here. */
bool scp_i_allowed(enum scp_protocol protocol, uint8_t i);

/* Whether i of this protocol is for implicit initiation. */
bool scp_i_implicit(enum scp_protocol protocol, uint8_t i);

/*
 * Whether protocol and i allow this level: 00 01 03 11 13, SCP02 also 10, SCP03
 * also 33; SCP01 00 01 03; 01 alone with implicit initiation.  The R-MAC bit of
 * SCP02's i is not asked: cards of i=15 and i=55 do R-MAC as well.
 */
bool scp_level_allowed(enum scp_protocol protocol, uint8_t i, uint8_t level);

/* The strongest level that protocol and i allow. */
uint8_t scp_level_best(enum scp_protocol protocol, uint8_t i);

/*
 * Host: EXTERNAL AUTHENTICATE, MACed, to `out` (SCP_AUTHENTICATE_MAX bytes);
 * the session is OPEN then, as far as the host can know before the answer.
 * ERR_STATE, ERR_RANGE for the level, ERR_FULL.
 */
NODISCARD enum err scp_authenticate_make(struct scp_session *s,
                                         const struct crypto_port *port,
                                         uint8_t level, struct buf *out);

/*
 * Card: checks EXTERNAL AUTHENTICATE as received; the session is OPEN at P1's
 * level, or ERR_AUTH and CLOSED.  ERR_FORMAT for a wrong length, ERR_RANGE for
 * a level i does not allow, ERR_STATE without INITIALIZE UPDATE.
 */
NODISCARD enum err scp_authenticate_check(struct scp_session *s,
                                          const struct crypto_port *port,
                                          struct span command);

/* The status word for what it found wrong.  [GPCS E.5.2.7] [Amd D 7.1.2] */
sw_t scp_authenticate_word(enum err e);

/*
 * Opens a session from session keys that were agreed elsewhere (SCP11, test
 * vectors): `keys` holds S-ENC, S-MAC and the DEK, `rmac` the S-RMAC of the
 * same length.  The chaining value is zero, or what `chain` (16 bytes for
 * SCP03, else 8) holds when it is not NULL.
 */
NODISCARD enum err scp_open_keys(struct scp_session *s, enum scp_role role,
                                 enum scp_protocol protocol, uint8_t i,
                                 uint8_t level,
                                 const struct secret_scp_keys *keys,
                                 const uint8_t *rmac, const uint8_t *chain);

/* Wipes everything; CLOSED. */
void scp_close(struct scp_session *s);

/* ---- Messages ---- */

/*
 * How many data bytes a short command may carry at this level, so that it
 * still fits 255 once wrapped.
 */
size_t scp_data_max(enum scp_protocol protocol, uint8_t i, uint8_t level);

/*
 * Host: protects `command` (plain, short or extended, any of the four cases)
 * into `out`, which may not overlap it.  An extended command stays extended; a
 * short one whose protected data exceed 255 bytes is ERR_RANGE.  *ticket, if
 * not NULL, is for scp_unwrap_response.  At level 0 the command is copied.
 * ERR_FORMAT, ERR_FULL, ERR_STATE; on an error the session is as it was.
 */
NODISCARD enum err scp_wrap_command(struct scp_session *s,
                                    const struct crypto_port *port,
                                    struct span command, struct buf *out,
                                    struct scp_ticket *ticket);

/*
 * Card: checks and decrypts `command` into `out`, which may be the same memory
 * (out->p == command.p).  CLA loses its secure messaging bit and keeps the
 * channel.  A command without protection, where the level asks for it, a wrong
 * MAC or padding: ERR_AUTH, and the session is ABORTED.  ERR_STATE when
 * ABORTED already: until scp_close nothing is accepted.  ERR_FULL, ERR_IO.
 *
 * After implicit initiation a command may come without protection; the level
 * loses C-MAC then, and the next protected one opens a session of its own
 * [GPCS E.1.6]: scp_must_reopen() tells, and this is ERR_AUTH.
 */
NODISCARD enum err scp_unwrap_command(struct scp_session *s,
                                      const struct crypto_port *port,
                                      struct span command, struct buf *out);

/* Whether a protected command would have to open an implicit session anew. */
bool scp_must_reopen(const struct scp_session *s);

/*
 * Card: protects the response data that `data` holds, in place, for the
 * command that was unwrapped last; its capacity must allow SCP_OVERHEAD_MAX
 * more.  Under SCP03 an error status word is never protected and `data` is
 * emptied [Amd D 6.2.5]; under SCP02 it is MACed too [GPCS E.4.5].
 */
NODISCARD enum err scp_wrap_response(struct scp_session *s,
                                     const struct crypto_port *port,
                                     struct buf *data, sw_t sw);

/*
 * Card: how many bytes scp_wrap_response would make of n response data whose
 * status word is no error.
 */
size_t scp_wrapped_length(const struct scp_session *s, size_t n);

/*
 * Host: checks and decrypts `response` (with its status word) into `out`, also
 * with status word; no overlap.  `ticket` is what its command got; `command`
 * is the plain command, read by SCP02's R-MAC only.  Responses are unwrapped
 * in the order of their commands, each once.  ERR_AUTH: the session is
 * ABORTED.  ERR_FORMAT for less than a status word, ERR_FULL, ERR_STATE.
 */
NODISCARD enum err scp_unwrap_response(struct scp_session *s,
                                       const struct crypto_port *port,
                                       const struct scp_ticket *ticket,
                                       struct span command,
                                       struct span response, struct buf *out);

/* ---- R-MAC sessions ---- */

/*
 * BEGIN R-MAC SESSION [GPCS E.5.3] [Amd D 7.1.3]: `command` is the plain one.
 * A card calls this between unwrapping it and wrapping its answer, with NULL
 * for the ticket; a host between the card's 9000 and unwrapping that, with the
 * command's ticket.  Its P1 adds to the level from the next command on; under
 * SCP02 this pair is the first that is gathered, also with P1 = 00, which sends
 * no R-MAC before END R-MAC SESSION asks for it.
 *
 * ERR_RANGE for P1 or P2, ERR_FORMAT for data, ERR_STATE when responses are
 * protected by that already or commands are not as much.
 */
NODISCARD enum err scp_r_mac_begin(struct scp_session *s,
                                   const struct crypto_port *port,
                                   struct span command,
                                   struct scp_ticket *ticket);

/*
 * END R-MAC SESSION [GPCS E.5.4] [Amd D 7.1.4], called as scp_r_mac_begin is.
 * Under SCP02 the R-MAC that was gathered goes to `mac` (8 bytes): what the
 * card answers and the host expects; the pair itself is not part of it.  Under
 * SCP03 nothing does: the answer's own R-MAC is the one.
 *
 * ERR_RANGE for P1 or P2, ERR_FORMAT for data, ERR_NOT_FOUND when no R-MAC
 * session is in progress, ERR_FULL.
 */
NODISCARD enum err scp_r_mac_end(struct scp_session *s, struct span command,
                                 struct scp_ticket *ticket, struct buf *mac);

/* ---- Sensitive data ---- */

/*
 * Encrypts or decrypts n bytes (whole blocks of 16 under SCP03, else of 8)
 * with the data encryption key, `in` and `out` may be the same: SCP01 and SCP02
 * in ECB, SCP02 in CBC after implicit initiation; SCP03 in CBC.  [GPCS E.4.7]
 * [Amd D 6.2.8]  ERR_RANGE, ERR_STATE unless OPEN.
 */
NODISCARD enum err scp_dek(const struct scp_session *s,
                           const struct crypto_port *port,
                           enum crypto_direction direction, const uint8_t *in,
                           uint8_t *out, size_t n);

/* Block of scp_dek in bytes: 8 or 16. */
size_t scp_dek_block(const struct scp_session *s);

/*
 * scp_dek, in place, of data that come in pieces of whole blocks: `chain` is
 * zero before the first and ties each to the one before it where the mode does.
 */
NODISCARD enum err scp_dek_next(const struct scp_session *s,
                                const struct crypto_port *port,
                                enum crypto_direction direction,
                                uint8_t chain[CRYPTO_BLOCK_MAX], uint8_t *p,
                                size_t n);

#endif
