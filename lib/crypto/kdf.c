#include "crypto/kdf.h"

#include <string.h>

#include "base/ct.h"
#include "crypto/cmac.h"

enum { CONTEXT_MAX = 32 };

enum err crypto_kdf_cmac(const struct crypto_port *port, struct span key,
                         struct span before, struct span after, uint8_t *out,
                         size_t n)
{
    if (n == 0 || n > 255 * CRYPTO_CMAC_SIZE)
        return ERR_RANGE;

    uint8_t block[CRYPTO_CMAC_SIZE];
    enum err e = ERR_OK;
    for (uint8_t counter = 1; n > 0 && e == ERR_OK; counter++) {
        const struct span parts[] = {before, {&counter, 1}, after};
        e = crypto_cmac(port, key, parts, 3, block);
        if (e != ERR_OK)
            break;
        size_t now = n < sizeof block ? n : sizeof block;
        memcpy(out, block, now);
        out += now;
        n -= now;
    }
    wipe(block, sizeof block);
    return e;
}

enum err crypto_kdf_scp03(const struct crypto_port *port, struct span key,
                          uint8_t constant, struct span context1,
                          struct span context2, uint8_t *out, size_t n)
{
    if (n > 32 || context1.n + context2.n > CONTEXT_MAX)
        return ERR_RANGE;

    uint8_t before[15] = {0};
    before[11] = constant;
    set_u2(before + 13, (uint16_t)(n * 8));

    uint8_t context[CONTEXT_MAX];
    struct buf after = buf_of(context, sizeof context);
    enum err e = buf_put_span(&after, context1);
    if (e == ERR_OK)
        e = buf_put_span(&after, context2);
    if (e != ERR_OK)
        return e;
    return crypto_kdf_cmac(port, key, span_of(before, sizeof before),
                           buf_span(&after), out, n);
}
