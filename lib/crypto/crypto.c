#include "crypto/crypto.h"

#include "crypto/hash.h"

size_t crypto_block_size(enum crypto_cipher cipher)
{
    return cipher == CRYPTO_DES || cipher == CRYPTO_DES3 ? 8 : 16;
}

size_t crypto_digest_size(enum crypto_digest digest)
{
    static const uint8_t sizes[] = {
        [CRYPTO_SHA1] = 20,     [CRYPTO_SHA224] = 28,    [CRYPTO_SHA256] = 32,
        [CRYPTO_SHA384] = 48,   [CRYPTO_SHA512] = 64,    [CRYPTO_SHA3_224] = 28,
        [CRYPTO_SHA3_256] = 32, [CRYPTO_SHA3_384] = 48,  [CRYPTO_SHA3_512] = 64,
        [CRYPTO_MD5] = 16,      [CRYPTO_RIPEMD160] = 20, [CRYPTO_SM3] = 32,
        [CRYPTO_SHAKE256] = 64,
    };
    return (size_t)digest < sizeof sizes ? sizes[digest] : 0;
}

size_t crypto_digest_block(enum crypto_digest digest)
{
    static const uint8_t sizes[] = {
        [CRYPTO_SHA1] = 64,      [CRYPTO_SHA224] = 64,
        [CRYPTO_SHA256] = 64,    [CRYPTO_SHA384] = 128,
        [CRYPTO_SHA512] = 128,   [CRYPTO_SHA3_224] = 144,
        [CRYPTO_SHA3_256] = 136, [CRYPTO_SHA3_384] = 104,
        [CRYPTO_SHA3_512] = 72,  [CRYPTO_MD5] = 64,
        [CRYPTO_RIPEMD160] = 64, [CRYPTO_SM3] = 64,
        [CRYPTO_SHAKE256] = 136,
    };
    return (size_t)digest < sizeof sizes ? sizes[digest] : 0;
}
