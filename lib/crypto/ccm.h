/* AES in counter mode with CBC-MAC [RFC 3610] [NIST SP 800-38C], in pieces. */
#ifndef CRYPTO_CCM_H
#define CRYPTO_CCM_H

#include "crypto/stream.h"

enum {
    CRYPTO_CCM_TAG_MAX = 16,
    CRYPTO_CCM_NONCE_MIN = 7,
    CRYPTO_CCM_NONCE_MAX = 13,
};

/* All that has to be known before the first byte. */
struct crypto_ccm_sizes {
    uint16_t aad; /* below FF00 [RFC 3610 2.2] */
    uint16_t text;
    uint8_t tag; /* 4, 6 .. 16 */
};

/* Plain bytes and numbers; all zeros are not begun. */
struct crypto_ccm {
    struct crypto_ccm_sizes sizes;
    uint16_t aad_left;
    uint16_t text_left;
    uint8_t mask[CRYPTO_STREAM_BLOCK]; /* that hides the tag */
    uint8_t mac[CRYPTO_STREAM_BLOCK];  /* with a block in making */
    uint8_t filled;                    /* how many bytes that is */
    uint8_t begun;
    struct crypto_stream stream;
};

/* ERR_RANGE: the key, the nonce's length or a size. */
NODISCARD enum err crypto_ccm_begin(const struct crypto_port *port,
                                    struct span key, struct crypto_ccm *c,
                                    struct span nonce,
                                    struct crypto_ccm_sizes sizes);

/* More to authenticate.  ERR_RANGE: that is more than was said. */
NODISCARD enum err crypto_ccm_aad(const struct crypto_port *port,
                                  struct span key, struct crypto_ccm *c,
                                  struct span aad);

/*
 * More text; `out` has room for as much, and may be the same memory.
 * ERR_STATE: AAD is missing; ERR_RANGE: that is more than was said.
 */
NODISCARD enum err crypto_ccm_text(const struct crypto_port *port,
                                   struct span key,
                                   enum crypto_direction direction,
                                   struct crypto_ccm *c, struct span in,
                                   uint8_t *out);

/* The tag, as long as was said.  ERR_STATE: something is missing. */
NODISCARD enum err crypto_ccm_end(const struct crypto_port *port,
                                  struct span key, struct crypto_ccm *c,
                                  uint8_t tag[CRYPTO_CCM_TAG_MAX]);

#endif
