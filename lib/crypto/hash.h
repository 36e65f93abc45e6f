/*
 * Digests that grow, in memory of the caller's.  A port fills in struct
 * crypto_hash_port; a state is plain bytes that may be copied and moved while
 * nothing runs, so it can lie in a card's own memory.  All zeros are the state
 * of a digest that nothing was added to.
 */
#ifndef CRYPTO_HASH_H
#define CRYPTO_HASH_H

#include <stdbool.h>

#include "crypto/crypto.h"

enum {
    CRYPTO_HASH_STATE_MAX = 440, /* bytes of a state, at most */
    CRYPTO_HASH_BLOCK_MAX = 144, /* of a block: SHA3-224 */
};

struct crypto_hash_port {
    /* Bytes of a state, <= CRYPTO_HASH_STATE_MAX; 0: no such digest here. */
    size_t (*state_size)(enum crypto_digest digest);
    /* `state` is aligned to 8.  ERR_IO. */
    enum err (*add)(void *ctx, enum crypto_digest digest, uint8_t *state,
                    struct span bytes);
    /* The digest of all that was added; the state is zero afterwards. */
    enum err (*finish)(void *ctx, enum crypto_digest digest, uint8_t *state,
                       uint8_t *out);
    /*
     * Of digests that chain (MD5, RIPEMD-160, SHA-1, SHA-2, SM3): goes on
     * where another computation stopped, after `count` bytes, a multiple of
     * the block.  chaining: the intermediate value, as long as the digest;
     * of SHA-224 and SHA-384 as long as SHA-256's and SHA-512's.
     * ERR_RANGE; ERR_UNSUPPORTED.
     */
    enum err (*resume)(void *ctx, enum crypto_digest digest, uint8_t *state,
                       struct span chaining, uint64_t count);
    /* The reverse: the intermediate value after whole blocks, *n bytes.
     * ERR_RANGE when there is a part of a block. */
    enum err (*chaining)(void *ctx, enum crypto_digest digest,
                         const uint8_t *state, uint8_t *out, size_t *n);
};

/* Block length in bytes, as HMAC knows it. */
size_t crypto_digest_block(enum crypto_digest digest);

#endif
