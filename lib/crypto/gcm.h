/* AES in Galois/Counter Mode [NIST SP 800-38D], in pieces. */
#ifndef CRYPTO_GCM_H
#define CRYPTO_GCM_H

#include "crypto/ghash.h"
#include "crypto/stream.h"

enum { CRYPTO_GCM_TAG = 16, CRYPTO_GCM_IV = 12 };

/* Plain bytes and numbers; all zeros are not begun. */
struct crypto_gcm {
    uint64_t aad_size;  /* bytes so far */
    uint64_t text_size; /* the same; once there are any, no AAD may follow */
    uint8_t first[CRYPTO_STREAM_BLOCK]; /* counter that masks the tag: J0 */
    struct crypto_stream stream;
    struct crypto_ghash hash;
    uint8_t begun;
};

/* Starts with an IV of one byte or more.  ERR_RANGE: key or IV; ERR_IO. */
NODISCARD enum err crypto_gcm_begin(const struct crypto_port *port,
                                    struct span key, struct crypto_gcm *g,
                                    struct span iv);

/* More to authenticate.  ERR_STATE: text has come. */
NODISCARD enum err crypto_gcm_aad(const struct crypto_port *port,
                                  struct span key, struct crypto_gcm *g,
                                  struct span aad);

/* More text; `out` has room for as much, and may be the same memory. */
NODISCARD enum err crypto_gcm_text(const struct crypto_port *port,
                                   struct span key,
                                   enum crypto_direction direction,
                                   struct crypto_gcm *g, struct span in,
                                   uint8_t *out);

/* The tag.  Not to be gone on with. */
NODISCARD enum err crypto_gcm_end(const struct crypto_port *port,
                                  struct span key, struct crypto_gcm *g,
                                  uint8_t tag[CRYPTO_GCM_TAG]);

#endif
