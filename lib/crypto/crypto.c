#include "crypto/crypto.h"

size_t crypto_block_size(enum crypto_cipher cipher)
{
    return cipher == CRYPTO_AES ? 16 : 8;
}

size_t crypto_digest_size(enum crypto_digest digest)
{
    static const uint8_t sizes[] = {
        [CRYPTO_SHA1] = 20,   [CRYPTO_SHA224] = 28, [CRYPTO_SHA256] = 32,
        [CRYPTO_SHA384] = 48, [CRYPTO_SHA512] = 64,
    };
    return (size_t)digest < sizeof sizes ? sizes[digest] : 0;
}
