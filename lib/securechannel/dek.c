#include "securechannel/scp.h"

#include <string.h>

#include "base/ct.h"

/* Whether a block depends on the one before it. */
static bool is_chained(const struct scp_session *s)
{
    return s->protocol != SCP_02 || scp_i_implicit(SCP_02, s->i);
}

static void add(uint8_t *p, const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p[i] ^= bytes[i];
}

/*
 * A chain that starts anew begins with zero: what went before is added to the
 * first block that is encrypted, or that was decrypted.
 */
enum err scp_dek_next(const struct scp_session *s,
                      const struct crypto_port *port,
                      enum crypto_direction direction,
                      uint8_t chain[CRYPTO_BLOCK_MAX], uint8_t *p, size_t n)
{
    const size_t block = scp_dek_block(s);
    const bool encrypt = direction == CRYPTO_ENCRYPT;
    uint8_t last[CRYPTO_BLOCK_MAX] = {0};

    if (n == 0 || n % block != 0 || !is_chained(s))
        return scp_dek(s, port, direction, p, p, n);
    if (encrypt)
        add(p, chain, block);
    else
        memcpy(last, p + n - block, block);
    const enum err e = scp_dek(s, port, direction, p, p, n);
    if (e != ERR_OK)
        return e;
    if (encrypt)
        memcpy(last, p + n - block, block);
    else
        add(p, chain, block);
    memcpy(chain, last, block);
    return ERR_OK;
}
