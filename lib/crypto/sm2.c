#include "crypto/sm2.h"

#include <string.h>

#include "base/ct.h"

enum { TRIES = 64, POINT_SPELT = 4 };

/* A number in as many bytes as a coordinate has. */
static bool spell(struct span n, uint8_t *out, size_t size)
{
    n = crypto_number(n);
    if (n.n > size)
        return false;
    memset(out, 0, size - n.n);
    if (n.n != 0)
        memcpy(out + size - n.n, n.p, n.n);
    return true;
}

/* Any form of a point as 04 x y. */
static enum err plain(const struct crypto_port *port,
                      const struct crypto_ec_curve *curve, struct span point,
                      uint8_t *out)
{
    static const uint8_t one = 1;

    if (!crypto_ec_is_point(point, crypto_ec_field_size(curve)))
        return ERR_RANGE;
    return port->ec->multiply(port->ctx, curve, span_of(&one, 1), point, out);
}

enum err crypto_sm2_z(const struct crypto_port *port,
                      const struct crypto_ec_curve *curve, struct span point,
                      struct span id, uint8_t z[CRYPTO_SM2_DIGEST])
{
    const size_t n = crypto_ec_field_size(curve);
    uint8_t a[CRYPTO_EC_FIELD_MAX];
    uint8_t b[CRYPTO_EC_FIELD_MAX];
    uint8_t g[CRYPTO_EC_POINT_MAX];
    uint8_t p[CRYPTO_EC_POINT_MAX];
    uint8_t bits[2];
    enum err e = ERR_OK;

    if (curve->p.n == 0 || n > CRYPTO_EC_FIELD_MAX ||
        id.n > CRYPTO_SM2_ID_MAX || !spell(curve->a, a, n) ||
        !spell(curve->b, b, n))
        return ERR_RANGE;
    e = plain(port, curve, curve->g, g);
    if (e == ERR_OK)
        e = plain(port, curve, point, p);
    set_u2(bits, (uint16_t)(8 * id.n));
    const struct span parts[] = {
        {bits, sizeof bits}, id, {a, n}, {b, n}, {g + 1, 2 * n},
        {p + 1, 2 * n}};
    return e == ERR_OK ? port->digest(port->ctx, CRYPTO_SM3, parts, 6, z) : e;
}

size_t crypto_sm2_overhead(const struct crypto_ec_curve *curve)
{
    return 1 + 2 * crypto_ec_field_size(curve) + CRYPTO_SM2_DIGEST;
}

/* Adds (XOR) the key stream of a shared point to n bytes; *any: it was not
 * zeros alone. */
static enum err mask(const struct crypto_port *port, struct span secret,
                     const uint8_t *in, uint8_t *out, size_t n, uint8_t *any)
{
    uint8_t counter[4] = {0};
    uint8_t block[CRYPTO_SM2_DIGEST];
    const struct span parts[] = {secret, {counter, sizeof counter}};
    enum err e = ERR_OK;

    *any = 0;
    for (size_t at = 0; at < n && e == ERR_OK; at += sizeof block) {
        set_u2(counter + 2, (uint16_t)(at / sizeof block + 1));
        e = port->digest(port->ctx, CRYPTO_SM3, parts, 2, block);
        for (size_t i = 0; i < sizeof block && at + i < n; i++) {
            *any |= block[i];
            out[at + i] = in[at + i] ^ block[i];
        }
    }
    wipe(block, sizeof block);
    return e;
}

/* C3: the digest of the message between the coordinates. */
static enum err seal(const struct crypto_port *port, const uint8_t *shared,
                     size_t field, struct span message, uint8_t *out)
{
    const struct span parts[] = {
        {shared + 1, field}, message, {shared + 1 + field, field}};

    return port->digest(port->ctx, CRYPTO_SM3, parts, 3, out);
}

enum err crypto_sm2_encrypt(const struct crypto_port *port,
                            const struct crypto_ec_curve *curve,
                            struct span point, struct span message,
                            uint8_t *out)
{
    const size_t field = crypto_ec_field_size(curve);
    uint8_t *const c2 = out + crypto_sm2_overhead(curve);
    uint8_t shared[CRYPTO_EC_POINT_MAX];
    uint8_t k[CRYPTO_EC_ORDER_MAX];
    uint8_t any = 0;
    enum err e = ERR_OK;

    if (curve->p.n == 0 || message.n == 0 || !crypto_ec_is_point(point, field))
        return ERR_RANGE;
    for (int i = 0; i < TRIES && e == ERR_OK && any == 0; i++) {
        e = port->ec->generate(port->ctx, curve, k, out);
        if (e == ERR_OK)
            e = port->ec->multiply(port->ctx, curve,
                                   span_of(k, crypto_ec_order_size(curve)),
                                   point, shared);
        if (e == ERR_OK)
            e = mask(port, span_of(shared + 1, 2 * field), message.p, c2,
                     message.n, &any);
    }
    if (e == ERR_OK)
        e = any != 0 ? seal(port, shared, field, message, out + 1 + 2 * field)
                     : ERR_IO;
    wipe(k, sizeof k);
    wipe(shared, sizeof shared);
    return e;
}

enum err crypto_sm2_decrypt(const struct crypto_port *port,
                            const struct crypto_ec_curve *curve,
                            struct span scalar, struct span in, uint8_t *out)
{
    const size_t field = crypto_ec_field_size(curve);
    const size_t before = crypto_sm2_overhead(curve);
    uint8_t shared[CRYPTO_EC_POINT_MAX];
    uint8_t c3[CRYPTO_SM2_DIGEST];
    uint8_t any = 0;
    enum err e = ERR_RANGE;

    if (curve->p.n == 0 || in.n <= before || in.p[0] != POINT_SPELT)
        return ERR_RANGE;
    const size_t n = in.n - before;
    e = port->ec->multiply(port->ctx, curve, scalar,
                           span_of(in.p, 1 + 2 * field), shared);
    if (e == ERR_OK)
        e = mask(port, span_of(shared + 1, 2 * field), in.p + before, out, n,
                 &any);
    if (e == ERR_OK)
        e = seal(port, shared, field, span_of(out, n), c3);
    if (e == ERR_OK &&
        (any == 0 || !ct_equal(c3, in.p + 1 + 2 * field, sizeof c3)))
        e = ERR_RANGE;
    if (e != ERR_OK)
        wipe(out, n);
    wipe(shared, sizeof shared);
    return e;
}
