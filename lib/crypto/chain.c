#include "crypto/chain.h"

#include "base/ct.h"

enum { SCRATCH = 256 };

enum err crypto_chain(const struct crypto_port *port, enum crypto_cipher cipher,
                      struct span key, uint8_t *iv, const uint8_t *p, size_t n)
{
    uint8_t scratch[SCRATCH];
    enum err e = ERR_OK;

    while (n > 0 && e == ERR_OK) {
        size_t now = n < SCRATCH ? n : SCRATCH;
        e = port->cipher(port->ctx, cipher, CRYPTO_CBC, CRYPTO_ENCRYPT, key, iv,
                         p, scratch, now);
        p += now;
        n -= now;
    }
    wipe(scratch, sizeof scratch);
    return e;
}

enum err crypto_block(const struct crypto_port *port, enum crypto_cipher cipher,
                      struct span key, const uint8_t *in, uint8_t *out)
{
    return port->cipher(port->ctx, cipher, CRYPTO_ECB, CRYPTO_ENCRYPT, key,
                        NULL, in, out, crypto_block_size(cipher));
}
