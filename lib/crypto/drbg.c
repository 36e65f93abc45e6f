#include "crypto/drbg.h"

#include <string.h>

#include "crypto/hmac.h"

static struct span key_of(const struct crypto_drbg *d)
{
    return span_of(d->key, sizeof d->key);
}

static struct span value_of(const struct crypto_drbg *d)
{
    return span_of(d->value, sizeof d->value);
}

static enum err next_value(const struct crypto_port *port,
                           struct crypto_drbg *d)
{
    const struct span value = value_of(d);

    return crypto_hmac_of(port, CRYPTO_SHA256, key_of(d), &value, 1, d->value);
}

/* One half of the update function. */
static enum err stir(const struct crypto_port *port, struct crypto_drbg *d,
                     uint8_t separator, struct span input)
{
    const struct span parts[] = {value_of(d), {&separator, 1}, input};
    enum err e =
        crypto_hmac_of(port, CRYPTO_SHA256, key_of(d), parts, 3, d->key);

    return e == ERR_OK ? next_value(port, d) : e;
}

/* [10.1.2.2] */
static enum err update(const struct crypto_port *port, struct crypto_drbg *d,
                       struct span input)
{
    enum err e = stir(port, d, 0, input);

    return e == ERR_OK && input.n > 0 ? stir(port, d, 1, input) : e;
}

enum err crypto_drbg_seed(const struct crypto_port *port, struct crypto_drbg *d,
                          struct span seed)
{
    enum err e = ERR_CORRUPT;

    if (d->seeded == 0) {
        memset(d->key, 0, sizeof d->key);
        memset(d->value, 1, sizeof d->value);
    }
    e = update(port, d, seed);
    d->seeded = e == ERR_OK;
    return e;
}

enum err crypto_drbg_bytes(const struct crypto_port *port,
                           struct crypto_drbg *d, uint8_t *out, size_t n)
{
    enum err e = ERR_OK;

    if (d->seeded == 0)
        return ERR_STATE;
    if (n > CRYPTO_DRBG_REQUEST)
        return ERR_RANGE;
    for (size_t at = 0; at < n && e == ERR_OK; at += sizeof d->value) {
        const size_t part = n - at < sizeof d->value ? n - at : sizeof d->value;
        e = next_value(port, d);
        memcpy(out + at, d->value, part);
    }
    return e == ERR_OK ? update(port, d, span_of(NULL, 0)) : e;
}
