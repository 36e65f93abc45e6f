/* What scp.c asks of the protocols: inside this folder only. */
#ifndef SECURECHANNEL_PROTOCOL_H
#define SECURECHANNEL_PROTOCOL_H

#include "securechannel/apdu.h"
#include "securechannel/scp.h"

/* The session key `key` of s as the port takes it. */
static inline struct span scp_key(const struct scp_session *s,
                                  const uint8_t *key)
{
    return span_of(key, s->key_length);
}

/* Whether the protocol has triple DES, blocks and MACs of 8 bytes. */
static inline bool scp_has_des(unsigned protocol)
{
    return protocol == SCP_01 || protocol == SCP_02;
}

/*
 * Session keys and the host's cryptogram, into the session; the card's to
 * `card`.
 */
NODISCARD enum err scp01_derive(struct scp_session *s,
                                const struct crypto_port *port,
                                const struct secret_scp_keys *keys,
                                const struct scp_init *init,
                                uint8_t card[SCP_CHALLENGE_MAX]);
NODISCARD enum err scp02_derive(struct scp_session *s,
                                const struct crypto_port *port,
                                const struct secret_scp_keys *keys,
                                const struct scp_init *init,
                                uint8_t card[SCP_CHALLENGE_MAX]);
NODISCARD enum err scp03_derive(struct scp_session *s,
                                const struct crypto_port *port,
                                const struct secret_scp_keys *keys,
                                const struct scp_init *init,
                                uint8_t card[SCP_CHALLENGE_MAX]);

/* Session keys and both first ICVs of implicit initiation, into the session. */
NODISCARD enum err scp02_open(struct scp_session *s,
                              const struct crypto_port *port,
                              const struct secret_scp_keys *keys,
                              const struct scp_init *init, struct span aid);

/* The pseudo-random card challenge. */
NODISCARD enum err scp02_challenge(const struct crypto_port *port,
                                   const struct secret_scp_keys *keys,
                                   struct span aid, struct scp_init *init);
NODISCARD enum err scp03_challenge(const struct crypto_port *port,
                                   const struct secret_scp_keys *keys,
                                   struct span aid, struct scp_init *init);

/*
 * C-MAC of a command whose data part is `data` (as sent under SCP03, else
 * plain), into mac (16 bytes under SCP03, else 8).  The session is unchanged.
 */
NODISCARD enum err scp01_c_mac(const struct scp_session *s,
                               const struct crypto_port *port,
                               const struct scp_apdu *apdu, struct span data,
                               uint8_t *mac);
NODISCARD enum err scp02_c_mac(const struct scp_session *s,
                               const struct crypto_port *port,
                               const struct scp_apdu *apdu, struct span data,
                               uint8_t *mac);
NODISCARD enum err scp03_c_mac(const struct scp_session *s,
                               const struct crypto_port *port,
                               const struct scp_apdu *apdu, struct span data,
                               uint8_t *mac);

/* The head of a command as C-MACs of DES see it: Lc counts `lc` and is there.
 */
NODISCARD enum err scp02_put_head(const struct scp_apdu *apdu, uint8_t cla,
                                  size_t lc, struct buf *out);

/* SCP01's padding: a byte of length in front, and 80 00.. unless whole. */
size_t scp01_padded(size_t n);
/* Pads what is behind `start`.  ERR_RANGE for more than 255 bytes; ERR_FULL. */
NODISCARD enum err scp01_pad(struct buf *out, size_t start);
/* Takes it off the n bytes at p; *n becomes their length.  ERR_FORMAT. */
NODISCARD enum err scp01_unpad(uint8_t *p, size_t *n);

/* CBC over n bytes (whole blocks) in place, as command or response data. */
NODISCARD enum err scp02_crypt(const struct scp_session *s,
                               const struct crypto_port *port,
                               enum crypto_direction direction, uint8_t *p,
                               size_t n);
NODISCARD enum err scp03_crypt(const struct scp_session *s,
                               const struct crypto_port *port,
                               enum crypto_direction direction, bool response,
                               uint32_t counter, uint8_t *p, size_t n);

/* SCP02: puts the stripped command under the R-MAC that `state` gathers. */
NODISCARD enum err scp02_r_mac_command(const struct scp_session *s,
                                       const struct crypto_port *port,
                                       const struct scp_apdu *apdu,
                                       struct crypto_retail *state);
/* SCP02: then the response; the R-MAC becomes s->rchain. */
NODISCARD enum err scp02_r_mac_response(struct scp_session *s,
                                        const struct crypto_port *port,
                                        struct crypto_retail *state,
                                        struct span data, sw_t sw);

/* SCP03: the R-MAC of a response, 16 bytes. */
NODISCARD enum err scp03_r_mac(const struct scp_session *s,
                               const struct crypto_port *port,
                               const uint8_t chain[SCP_MAC_MAX],
                               struct span data, sw_t sw,
                               uint8_t mac[SCP_MAC_MAX]);

/* 9000 and warnings carry data; everything else is an error. */
static inline bool scp_sw_is_error(sw_t sw)
{
    return sw != SW_OK && (sw >> 8) != 0x62 && (sw >> 8) != 0x63;
}

#endif
