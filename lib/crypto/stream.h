/*
 * AES as a stream cipher: counter mode and cipher feedback of whole blocks
 * [NIST SP 800-38A 6.5, 6.3], over messages of any length, in any pieces.
 */
#ifndef CRYPTO_STREAM_H
#define CRYPTO_STREAM_H

#include "crypto/crypto.h"

enum { CRYPTO_STREAM_BLOCK = 16 };

/* Flat.  Begun by setting `next` to the first counter or the IV; all zeros
 * begin with zero. */
struct crypto_stream {
    uint8_t next[CRYPTO_STREAM_BLOCK];  /* counter; CFB: last cipher text */
    uint8_t block[CRYPTO_STREAM_BLOCK]; /* key stream */
    uint8_t used;                       /* bytes of it, 0: all */
};

/*
 * Both directions; the last `width` bytes of a block are the counter.  `in`
 * and `out` may be the same.  ERR_RANGE: key; ERR_IO.
 */
NODISCARD enum err crypto_ctr(const struct crypto_port *port, struct span key,
                              size_t width, struct crypto_stream *s,
                              const uint8_t *in, uint8_t *out, size_t n);

/* CFB of whole blocks; the rest as above. */
NODISCARD enum err crypto_cfb(const struct crypto_port *port, struct span key,
                              enum crypto_direction direction,
                              struct crypto_stream *s, const uint8_t *in,
                              uint8_t *out, size_t n);

#endif
