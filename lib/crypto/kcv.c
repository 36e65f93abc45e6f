#include "crypto/kcv.h"

#include <string.h>

#include "crypto/chain.h"

enum err crypto_kcv(const struct crypto_port *port, enum crypto_cipher cipher,
                    struct span key, uint8_t kcv[CRYPTO_KCV_SIZE])
{
    uint8_t block[CRYPTO_BLOCK_MAX];
    memset(block, cipher == CRYPTO_AES ? 1 : 0, sizeof block);

    enum err e = crypto_block(port, cipher, key, block, block);
    if (e == ERR_OK)
        memcpy(kcv, block, CRYPTO_KCV_SIZE);
    return e;
}
