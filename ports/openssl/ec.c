#include "ports/openssl/ec_job.h"

#include <stdlib.h>

#include "base/ct.h"
#include "ports/openssl/sm2.h"

enum {
    BITS_A_BYTE = 8,
    TRIES = 64,
    WIDE = CRYPTO_EC_ORDER_MAX + ORDER_EXTRA,
};

/* ---- points ---- */

static enum err do_generate(void *ctx, const struct crypto_ec_curve *curve,
                            uint8_t *scalar, uint8_t *point)
{
    uint8_t wide[WIDE];
    BIGNUM *k = NULL;
    struct ec_job j;
    enum err e = ec_enter(&j, ctx, curve);

    if (e == ERR_OK)
        e = port_openssl_random(ctx, wide, j.g->order + (size_t)ORDER_EXTRA);
    if (e == ERR_OK) {
        k = order_reduce(&j.order, wide);
        e = k != NULL &&
                    EC_POINT_mul(j.g->group, j.point, k, NULL, NULL, j.bn) == 1
                ? ec_give_scalar(&j, k, scalar)
                : ERR_IO;
    }
    if (e == ERR_OK)
        e = ec_give_point(&j, j.point, point);
    if (k != NULL)
        BN_clear(k);
    wipe(wide, sizeof wide);
    ec_leave(&j);
    return e;
}

static enum err do_multiply(void *ctx, const struct crypto_ec_curve *curve,
                            struct span scalar, struct span point, uint8_t *out)
{
    BIGNUM *k = NULL;
    struct ec_job j;
    enum err e = ec_enter(&j, ctx, curve);

    if (e == ERR_OK)
        e = ec_take_scalar(&j, scalar, &k);
    if (e == ERR_OK && point.n != 0)
        e = ec_take_point(&j, point, j.other);
    if (e == ERR_OK) {
        const bool own = point.n == 0;
        const int done =
            EC_POINT_mul(j.g->group, j.point, own ? k : NULL,
                         own ? NULL : j.other, own ? NULL : k, j.bn);
        e = done == 1 ? ec_give_point(&j, j.point, out) : ERR_IO;
    }
    if (k != NULL)
        BN_clear(k);
    ec_leave(&j);
    return e;
}

/* `other` becomes h times itself, k becomes k / h. */
static enum err take_cofactor(const struct ec_job *j, uint16_t cofactor,
                              BIGNUM *k)
{
    BIGNUM *h = BN_CTX_get(j->bn);
    BIGNUM *inverse = BN_CTX_get(j->bn);

    if (h == NULL || inverse == NULL || BN_set_word(h, cofactor) != 1)
        return ERR_IO;
    if (BN_is_zero(h) || BN_mod_inverse(inverse, h, j->g->n, j->bn) == NULL)
        return ERR_RANGE;
    if (EC_POINT_mul(j->g->group, j->other, NULL, j->other, h, j->bn) != 1 ||
        BN_to_montgomery(inverse, inverse, j->g->mont, j->bn) != 1 ||
        BN_mod_mul_montgomery(k, k, inverse, j->g->mont, j->bn) != 1)
        return ERR_IO;
    return EC_POINT_is_at_infinity(j->g->group, j->other) == 0 ? ERR_OK
                                                               : ERR_RANGE;
}

static enum err do_multiply_cofactor(void *ctx,
                                     const struct crypto_ec_curve *curve,
                                     struct span scalar, struct span point,
                                     uint8_t *out)
{
    BIGNUM *k = NULL;
    struct ec_job j;
    enum err e = ec_enter(&j, ctx, curve);

    if (e == ERR_OK)
        e = ec_take_scalar(&j, scalar, &k);
    if (e == ERR_OK)
        e = ec_take_point(&j, point, j.other);
    if (e == ERR_OK)
        e = take_cofactor(&j, curve->h, k);
    if (e == ERR_OK)
        e = EC_POINT_mul(j.g->group, j.point, NULL, j.other, k, j.bn) == 1
                ? ec_give_point(&j, j.point, out)
                : ERR_IO;
    if (k != NULL)
        BN_clear(k);
    ec_leave(&j);
    return e;
}

static enum err do_add(void *ctx, const struct crypto_ec_curve *curve,
                       struct span point, struct span other, uint8_t *out)
{
    struct ec_job j;
    enum err e = ec_enter(&j, ctx, curve);

    if (e == ERR_OK)
        e = ec_take_point(&j, point, j.point);
    if (e == ERR_OK)
        e = ec_take_point(&j, other, j.other);
    if (e == ERR_OK)
        e = EC_POINT_add(j.g->group, j.point, j.point, j.other, j.bn) == 1
                ? ec_give_point(&j, j.point, out)
                : ERR_IO;
    ec_leave(&j);
    return e;
}

static enum err do_check(void *ctx, const struct crypto_ec_curve *curve,
                         struct span point)
{
    struct ec_job j;
    enum err e = ec_enter(&j, ctx, curve);

    if (e == ERR_OK)
        e = ec_take_point(&j, point, j.point);
    ec_leave(&j);
    return e;
}

/* ---- ECDSA [FIPS 186-5 6.4] ---- */

/* r of the nonce k; zero: another nonce is needed. */
static BIGNUM *first_half(const struct ec_job *j, const BIGNUM *k)
{
    BIGNUM *x = BN_CTX_get(j->bn);

    if (x == NULL ||
        EC_POINT_mul(j->g->group, j->point, k, NULL, NULL, j->bn) != 1 ||
        EC_POINT_get_affine_coordinates(j->g->group, j->point, x, NULL,
                                        j->bn) != 1 ||
        BN_nnmod(x, x, j->g->n, j->bn) != 1)
        return NULL;
    return x;
}

/* One try: ERR_STATE asks for another. */
static enum err try_sign(const struct ec_job *j, struct nonces *from, BIGNUM *d,
                         const BIGNUM *m, uint8_t *r_out, uint8_t *s_out)
{
    BIGNUM *k = order_nonce(&j->order, from);
    BIGNUM *b = order_nonce(&j->order, from);
    BIGNUM *own = BN_CTX_get(j->bn);
    BIGNUM *r = NULL;
    BIGNUM *s = NULL;
    enum err e = ERR_IO;

    if (k != NULL && b != NULL && own != NULL && BN_copy(own, d) != NULL)
        r = first_half(j, k);
    if (r != NULL)
        s = order_second_half(&j->order, k, b, m, r, own);
    if (s != NULL)
        e = BN_is_zero(r) || BN_is_zero(s) ? ERR_STATE : ERR_OK;
    if (e == ERR_OK)
        e = ec_give_scalar(j, r, r_out);
    if (e == ERR_OK)
        e = ec_give_scalar(j, s, s_out);
    BIGNUM *const secrets[] = {k, b, own};
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
        if (secrets[i] != NULL)
            BN_clear(secrets[i]);
    }
    return e;
}

static enum err do_sign(void *ctx, const struct crypto_ec_curve *curve,
                        struct span scalar, struct span digest, uint8_t *r,
                        uint8_t *s)
{
    struct nonces from = {.scalar = scalar, .digest = digest};
    const BIGNUM *m = NULL;
    BIGNUM *d = NULL;
    struct ec_job j;
    enum err e = ec_enter(&j, ctx, curve);

    if (e == ERR_OK)
        e = ec_take_scalar(&j, scalar, &d);
    if (e == ERR_OK)
        e = port_openssl_random(ctx, from.entropy, sizeof from.entropy);
    if (e == ERR_OK) {
        m = order_leading_bits(&j.order, digest);
        e = m != NULL ? ERR_STATE : ERR_IO;
    }
    for (int i = 0; i < TRIES && e == ERR_STATE; i++)
        e = try_sign(&j, &from, d, m, r, s);
    if (d != NULL)
        BN_clear(d);
    wipe(from.entropy, sizeof from.entropy);
    ec_leave(&j);
    return e == ERR_STATE ? ERR_RANGE : e;
}

/* Whether the point of m/s and r/s has r for its x. */
static enum err compare(const struct ec_job *j, const BIGNUM *m,
                        const BIGNUM *r, const BIGNUM *s, bool *right)
{
    BN_MONT_CTX *mont = j->g->mont;
    const BIGNUM *n = j->g->n;
    BIGNUM *w = BN_CTX_get(j->bn);
    BIGNUM *u = BN_CTX_get(j->bn);
    BIGNUM *v = BN_CTX_get(j->bn);
    BIGNUM *x = BN_CTX_get(j->bn);

    if (x == NULL || BN_mod_inverse(w, s, n, j->bn) == NULL)
        return x == NULL ? ERR_IO : ERR_OK;
    if (BN_to_montgomery(w, w, mont, j->bn) != 1 ||
        BN_mod_mul_montgomery(u, w, m, mont, j->bn) != 1 ||
        BN_mod_mul_montgomery(v, w, r, mont, j->bn) != 1 ||
        EC_POINT_mul(j->g->group, j->point, u, j->other, v, j->bn) != 1)
        return ERR_IO;
    if (EC_POINT_is_at_infinity(j->g->group, j->point) == 1)
        return ERR_OK;
    if (EC_POINT_get_affine_coordinates(j->g->group, j->point, x, NULL,
                                        j->bn) != 1 ||
        BN_nnmod(x, x, n, j->bn) != 1)
        return ERR_IO;
    *right = BN_ucmp(x, r) == 0;
    return ERR_OK;
}

static enum err do_verify(void *ctx, const struct crypto_ec_curve *curve,
                          struct span point, struct span digest, struct span r,
                          struct span s, bool *right)
{
    BIGNUM *first = NULL;
    BIGNUM *second = NULL;
    const BIGNUM *m = NULL;
    struct ec_job j;
    enum err e = ec_enter(&j, ctx, curve);

    *right = false;
    if (e == ERR_OK)
        e = ec_take_point(&j, point, j.other);
    if (e == ERR_OK) {
        m = order_leading_bits(&j.order, digest);
        e = m != NULL ? ERR_OK : ERR_IO;
    }
    if (e == ERR_OK && ec_take_scalar(&j, r, &first) == ERR_OK &&
        ec_take_scalar(&j, s, &second) == ERR_OK)
        e = compare(&j, m, first, second, right);
    ec_leave(&j);
    return e;
}

/* ---- names ---- */

static const int nids[CRYPTO_EC_NAMES] = {
    [CRYPTO_EC_SECP112R1] = NID_secp112r1,
    [CRYPTO_EC_SECP128R1] = NID_secp128r1,
    [CRYPTO_EC_SECP160R1] = NID_secp160r1,
    [CRYPTO_EC_SECP192R1] = NID_X9_62_prime192v1,
    [CRYPTO_EC_SECP224R1] = NID_secp224r1,
    [CRYPTO_EC_SECP256R1] = NID_X9_62_prime256v1,
    [CRYPTO_EC_SECP384R1] = NID_secp384r1,
    [CRYPTO_EC_SECP521R1] = NID_secp521r1,
    [CRYPTO_EC_BRAINPOOLP192R1] = NID_brainpoolP192r1,
    [CRYPTO_EC_BRAINPOOLP192T1] = NID_brainpoolP192t1,
    [CRYPTO_EC_BRAINPOOLP224R1] = NID_brainpoolP224r1,
    [CRYPTO_EC_BRAINPOOLP224T1] = NID_brainpoolP224t1,
    [CRYPTO_EC_BRAINPOOLP256R1] = NID_brainpoolP256r1,
    [CRYPTO_EC_BRAINPOOLP256T1] = NID_brainpoolP256t1,
    [CRYPTO_EC_BRAINPOOLP320R1] = NID_brainpoolP320r1,
    [CRYPTO_EC_BRAINPOOLP320T1] = NID_brainpoolP320t1,
    [CRYPTO_EC_BRAINPOOLP384R1] = NID_brainpoolP384r1,
    [CRYPTO_EC_BRAINPOOLP384T1] = NID_brainpoolP384t1,
    [CRYPTO_EC_BRAINPOOLP512R1] = NID_brainpoolP512r1,
    [CRYPTO_EC_BRAINPOOLP512T1] = NID_brainpoolP512t1,
    [CRYPTO_EC_SM2] = NID_sm2,
    [CRYPTO_EC_SECT113R1] = NID_sect113r1,
    [CRYPTO_EC_SECT131R1] = NID_sect131r1,
    [CRYPTO_EC_SECT163R1] = NID_sect163r1,
    [CRYPTO_EC_SECT193R1] = NID_sect193r1,
    [CRYPTO_EC_SECT233R1] = NID_sect233r1,
    [CRYPTO_EC_SECT239K1] = NID_sect239k1,
    [CRYPTO_EC_SECT283R1] = NID_sect283r1,
    [CRYPTO_EC_SECT409R1] = NID_sect409r1,
    [CRYPTO_EC_SECT571R1] = NID_sect571r1,
};

/* n in `size` bytes behind what `b` holds. */
static bool put_number(struct buf *b, const BIGNUM *n, size_t size,
                       struct span *out)
{
    uint8_t *at = b->p + b->n;

    if (b->cap - b->n < size || BN_bn2binpad(n, at, (int)size) != (int)size)
        return false;
    b->n += size;
    *out = span_of(at, size);
    return true;
}

/* The exponents between the first and the last. */
static void put_terms(const BIGNUM *p, struct crypto_ec_curve *curve)
{
    size_t n = 0;

    for (int i = BN_num_bits(p) - 2; i > 0 && n < 3; i--) {
        if (BN_is_bit_set(p, i))
            curve->terms[n++] = (uint16_t)i;
    }
}

static bool tell(const EC_GROUP *group, BN_CTX *bn,
                 struct crypto_ec_values *out)
{
    struct buf b = buf_of(out->bytes, sizeof out->bytes);
    struct crypto_ec_curve *c = &out->curve;
    BIGNUM *p = BN_CTX_get(bn);
    BIGNUM *ca = BN_CTX_get(bn);
    BIGNUM *cb = BN_CTX_get(bn);
    const BIGNUM *n = EC_GROUP_get0_order(group);
    const int degree = EC_GROUP_get_degree(group);
    const size_t field = ((size_t)degree + BITS_A_BYTE - 1) / BITS_A_BYTE;
    const size_t point = 1 + 2 * field;

    if (cb == NULL || EC_GROUP_get_curve(group, p, ca, cb, bn) != 1 ||
        !put_number(&b, ca, field, &c->a) ||
        !put_number(&b, cb, field, &c->b) ||
        !put_number(&b, n, (size_t)BN_num_bytes(n), &c->n))
        return false;
    c->h = (uint16_t)BN_get_word(EC_GROUP_get0_cofactor(group));
    if (EC_GROUP_get_field_type(group) == NID_X9_62_prime_field) {
        if (!put_number(&b, p, field, &c->p))
            return false;
    } else {
        c->degree = (uint16_t)degree;
        put_terms(p, c);
    }
    c->g = span_of(b.p + b.n, point);
    return b.cap - b.n >= point &&
           EC_POINT_point2oct(group, EC_GROUP_get0_generator(group),
                              POINT_CONVERSION_UNCOMPRESSED, b.p + b.n, point,
                              bn) == point;
}

/* What OpenSSL says of a name; NULL: nothing, or no memory. */
static struct crypto_ec_values *learn(struct ec_openssl *ec, int nid)
{
    EC_GROUP *group = EC_GROUP_new_by_curve_name_ex(ec->lib, NULL, nid);
    struct crypto_ec_values *values = calloc(1, sizeof *values);
    bool told = false;

    BN_CTX_start(ec->bn);
    told = group != NULL && values != NULL && tell(group, ec->bn, values);
    BN_CTX_end(ec->bn);
    EC_GROUP_free(group);
    if (told)
        return values;
    free(values);
    return NULL;
}

static enum err do_named(void *ctx, enum crypto_ec_name name,
                         struct crypto_ec_values *out)
{
    struct ec_openssl *ec = port_openssl_ec_memory(ctx);

    if ((size_t)name >= CRYPTO_EC_NAMES || nids[name] == NID_undef)
        return ERR_UNSUPPORTED;
    if (!ec_start(ec))
        return ERR_IO;
    if (ec->named[name] == NULL)
        ec->named[name] = learn(ec, nids[name]);
    if (ec->named[name] == NULL)
        return ERR_UNSUPPORTED;
    out->curve = ec->named[name]->curve;
    return ERR_OK;
}

const struct crypto_ec_port port_openssl_ec = {
    .generate = do_generate,
    .sign = do_sign,
    .verify = do_verify,
    .sm2_sign = sm2_openssl_sign,
    .sm2_verify = sm2_openssl_verify,
    .multiply = do_multiply,
    .multiply_cofactor = do_multiply_cofactor,
    .add = do_add,
    .check = do_check,
    .named = do_named,
};
