/*
 * The border to a cryptographic library.  A port fills in struct crypto_port;
 * lib/ and card/ know algorithms by these names only.  Modes and derivations
 * that protocols build on top (CMAC, retail MAC, KDFs) stand beside this file.
 *
 * All calls are pure in their arguments: no state is kept between them that
 * an answer depends on (a port may cache expanded keys).
 */
#ifndef CRYPTO_CRYPTO_H
#define CRYPTO_CRYPTO_H

#include "base/span.h"

enum crypto_cipher {
    CRYPTO_AES,  /* key 16, 24 or 32 bytes; block 16 */
    CRYPTO_DES,  /* key 8 bytes; block 8 */
    CRYPTO_DES3, /* key 16 (K1 K2 K1) or 24 bytes; block 8 */
    CRYPTO_SEED, /* key 16 bytes; block 16 [RFC 4269] */
    CRYPTO_SM4,  /* key 16 bytes; block 16 [GB/T 32907] */
};

enum crypto_mode { CRYPTO_ECB, CRYPTO_CBC };
enum crypto_direction { CRYPTO_ENCRYPT, CRYPTO_DECRYPT };

enum crypto_digest {
    CRYPTO_SHA1,   /* 20 bytes */
    CRYPTO_SHA224, /* 28 */
    CRYPTO_SHA256, /* 32 */
    CRYPTO_SHA384, /* 48 */
    CRYPTO_SHA512, /* 64 */
    CRYPTO_SHA3_224,
    CRYPTO_SHA3_256,
    CRYPTO_SHA3_384,
    CRYPTO_SHA3_512,
    CRYPTO_MD5,       /* 16 */
    CRYPTO_RIPEMD160, /* 20 */
    CRYPTO_SM3,       /* 32 */
    CRYPTO_SHAKE256,  /* 64, as Ed448ph takes of it */
};

enum { CRYPTO_BLOCK_MAX = 16, CRYPTO_KEY_MAX = 32, CRYPTO_DIGEST_MAX = 64 };

struct crypto_hash_port; /* hash.h */
struct crypto_ec_port;   /* ec.h */
struct crypto_xec_port;  /* xec.h */
struct crypto_rsa_port;  /* rsa.h */
struct crypto_dl_port;   /* dl.h */

struct crypto_port {
    void *ctx;

    /*
     * Whole blocks only: n is a multiple of the cipher's block, `in` and `out`
     * may be the same.  CBC reads and updates iv (one block); ECB ignores it,
     * and it may be NULL.  ERR_RANGE for a bad key length or n; ERR_IO.
     */
    enum err (*cipher)(void *ctx, enum crypto_cipher cipher,
                       enum crypto_mode mode, enum crypto_direction direction,
                       struct span key, uint8_t *iv, const uint8_t *in,
                       uint8_t *out, size_t n);

    /* The digest of `count` parts one after the other. */
    enum err (*digest)(void *ctx, enum crypto_digest digest,
                       const struct span *parts, size_t count, uint8_t *out);

    /* n random bytes; ERR_IO when the source fails. */
    enum err (*random)(void *ctx, uint8_t *out, size_t n);

    /* Mixes a seed into the source, which it never replaces; NULL: the source
     * takes none.  ERR_IO. */
    enum err (*stir)(void *ctx, struct span seed);

    /* Digests that grow; NULL: none do, and a card has none of the algorithms
     * that need it. */
    const struct crypto_hash_port *hash;
    const struct crypto_ec_port *ec;   /* elliptic curves; or NULL */
    const struct crypto_xec_port *xec; /* the curves of xec.h; or NULL */
    const struct crypto_rsa_port *rsa; /* or NULL */
    const struct crypto_dl_port *dl;   /* or NULL */
};

/* Block length in bytes: 8 or 16. */
size_t crypto_block_size(enum crypto_cipher cipher);

/* Result length in bytes of a digest. */
size_t crypto_digest_size(enum crypto_digest digest);

#endif
