#include "ports/openssl/ec_job.h"

#include <stdlib.h>

enum { BITS_A_BYTE = 8 };

/* ---- groups ---- */

static void group_empty(struct ec_group *g)
{
    BN_MONT_CTX_free(g->mont);
    EC_GROUP_free(g->group);
    memset(g, 0, sizeof *g);
}

void ec_openssl_clear(struct ec_openssl *ec)
{
    for (size_t i = 0; i < EC_GROUPS; i++)
        group_empty(&ec->groups[i]);
    for (size_t i = 0; i < CRYPTO_EC_NAMES; i++)
        free(ec->named[i]);
    BN_CTX_free(ec->bn);
    EVP_MD_CTX_free(ec->digest);
    EVP_MD_free(ec->md);
    memset(ec, 0, sizeof *ec);
}

bool ec_start(struct ec_openssl *ec)
{
    if (ec == NULL || ec->bn != NULL)
        return ec != NULL;
    ec->md = EVP_MD_fetch(ec->lib, "SHA512", NULL);
    ec->digest = EVP_MD_CTX_new();
    if (ec->md == NULL || ec->digest == NULL)
        return false;
    ec->bn = BN_CTX_new_ex(ec->lib);
    return ec->bn != NULL;
}

/* A curve as bytes; ERR_FULL: too long to be one. */
static enum err spell(const struct crypto_ec_curve *c, struct buf *out)
{
    const struct span parts[] = {crypto_number(c->p), crypto_number(c->a),
                                 crypto_number(c->b), c->g,
                                 crypto_number(c->n)};
    const uint16_t numbers[] = {c->degree, c->terms[0], c->terms[1],
                                c->terms[2], c->h};
    enum err e = ERR_OK;

    for (size_t i = 0; i < 5 && e == ERR_OK; i++) {
        if (parts[i].n > CRYPTO_EC_POINT_MAX)
            return ERR_FULL;
        e = buf_put_lv(out, parts[i]);
        if (e == ERR_OK)
            e = buf_put_u2(out, numbers[i]);
    }
    return e;
}

static BIGNUM *number(BN_CTX *bn, struct span bytes)
{
    BIGNUM *n = BN_CTX_get(bn);

    if (n == NULL || BN_bin2bn(bytes.p, (int)bytes.n, n) == NULL)
        return NULL;
    return n;
}

/* x^degree + ... + 1 */
static BIGNUM *polynomial(BN_CTX *bn, const struct crypto_ec_curve *c)
{
    BIGNUM *n = BN_CTX_get(bn);

    if (n == NULL || BN_set_bit(n, 0) != 1 || BN_set_bit(n, c->degree) != 1)
        return NULL;
    for (size_t i = 0; i < 3; i++) {
        if (c->terms[i] != 0 && BN_set_bit(n, c->terms[i]) != 1)
            return NULL;
    }
    return n;
}

static bool in_field(const BIGNUM *n, const BIGNUM *p, bool binary)
{
    return binary ? BN_num_bits(n) < BN_num_bits(p) : BN_ucmp(n, p) < 0;
}

/* The group of the parameters as they stand; NULL: they make none. */
static EC_GROUP *explicit_group(BN_CTX *bn, const struct crypto_ec_curve *c)
{
    const bool binary = c->p.n == 0;
    const BIGNUM *p = binary ? polynomial(bn, c) : number(bn, c->p);
    const BIGNUM *a = number(bn, c->a);
    const BIGNUM *b = number(bn, c->b);
    const BIGNUM *n = number(bn, c->n);
    BIGNUM *h = BN_CTX_get(bn);
    EC_GROUP *group = NULL;
    EC_POINT *g = NULL;

    if (p == NULL || a == NULL || b == NULL || n == NULL || h == NULL ||
        BN_set_word(h, c->h) != 1 || BN_num_bits(p) < 3 || !BN_is_odd(p) ||
        !in_field(a, p, binary) || !in_field(b, p, binary) ||
        BN_num_bits(n) < 3 || !BN_is_odd(n))
        return NULL;
    group = binary ? EC_GROUP_new_curve_GF2m(p, a, b, bn)
                   : EC_GROUP_new_curve_GFp(p, a, b, bn);
    g = group != NULL ? EC_POINT_new(group) : NULL;
    if (g != NULL && EC_GROUP_check_discriminant(group, bn) == 1 &&
        EC_POINT_oct2point(group, g, c->g.p, c->g.n, bn) == 1 &&
        EC_POINT_is_at_infinity(group, g) == 0 &&
        EC_GROUP_set_generator(group, g, n, c->h != 0 ? h : NULL) == 1) {
        EC_POINT_free(g);
        return group;
    }
    EC_POINT_free(g);
    EC_GROUP_free(group);
    return NULL;
}

/* The same group under a name that OpenSSL knows, when there is one. */
static EC_GROUP *quicker(struct ec_openssl *ec, EC_GROUP *group)
{
    const int nid = EC_GROUP_check_named_curve(group, 0, ec->bn);
    EC_GROUP *named = NULL;

    if (nid > 0)
        named = EC_GROUP_new_by_curve_name_ex(ec->lib, NULL, nid);
    if (named == NULL)
        return group;
    EC_GROUP_free(group);
    return named;
}

static bool group_fill(struct ec_openssl *ec, struct ec_group *g,
                       const struct crypto_ec_curve *curve)
{
    BN_CTX_start(ec->bn);
    g->group = explicit_group(ec->bn, curve);
    BN_CTX_end(ec->bn);
    if (g->group == NULL)
        return false;
    g->group = quicker(ec, g->group);
    g->n = EC_GROUP_get0_order(g->group);
    g->mont = BN_MONT_CTX_new();
    g->field = (uint16_t)((EC_GROUP_get_degree(g->group) + BITS_A_BYTE - 1) /
                          BITS_A_BYTE);
    g->order = (uint16_t)BN_num_bytes(g->n);
    return g->mont != NULL && g->field <= CRYPTO_EC_FIELD_MAX &&
           g->order <= CRYPTO_EC_ORDER_MAX &&
           BN_MONT_CTX_set(g->mont, g->n, ec->bn) == 1;
}

static struct ec_group *oldest(struct ec_openssl *ec)
{
    struct ec_group *found = &ec->groups[0];

    for (size_t i = 1; i < EC_GROUPS; i++) {
        if (ec->groups[i].used < found->used)
            found = &ec->groups[i];
    }
    return found;
}

/* The group of a curve; NULL: the parameters make none. */
static struct ec_group *group_of(struct ec_openssl *ec,
                                 const struct crypto_ec_curve *curve)
{
    uint8_t parameters[EC_PARAMETERS_MAX];
    struct buf spelt = buf_of(parameters, sizeof parameters);
    struct ec_group *g = NULL;

    if (spell(curve, &spelt) != ERR_OK)
        return NULL;
    for (size_t i = 0; i < EC_GROUPS && g == NULL; i++) {
        struct ec_group *kept = &ec->groups[i];
        if (kept->group != NULL &&
            span_equal(span_of(kept->parameters, kept->size), buf_span(&spelt)))
            g = kept;
    }
    if (g == NULL) {
        g = oldest(ec);
        group_empty(g);
        if (!group_fill(ec, g, curve)) {
            group_empty(g);
            return NULL;
        }
        memcpy(g->parameters, parameters, spelt.n);
        g->size = (uint16_t)spelt.n;
    }
    g->used = ++ec->clock;
    return g;
}

/* ---- a call ---- */

void ec_leave(struct ec_job *j)
{
    EC_POINT_clear_free(j->point);
    EC_POINT_clear_free(j->other);
    if (j->bn != NULL)
        BN_CTX_end(j->bn);
}

enum err ec_enter(struct ec_job *j, void *ctx,
                  const struct crypto_ec_curve *curve)
{
    *j = (struct ec_job){.ctx = ctx, .ec = port_openssl_ec_memory(ctx)};
    if (!ec_start(j->ec))
        return ERR_IO;
    j->g = group_of(j->ec, curve);
    if (j->g == NULL)
        return ERR_RANGE;
    j->bn = j->ec->bn;
    j->order =
        (struct order){j->g->n, j->g->mont, j->bn, j->ec->digest, j->ec->md};
    BN_CTX_start(j->bn);
    j->point = EC_POINT_new(j->g->group);
    j->other = EC_POINT_new(j->g->group);
    return j->point != NULL && j->other != NULL ? ERR_OK : ERR_IO;
}

enum err ec_take_scalar(const struct ec_job *j, struct span bytes, BIGNUM **out)
{
    *out = number(j->bn, crypto_number(bytes));
    if (*out == NULL)
        return ERR_IO;
    BN_set_flags(*out, BN_FLG_CONSTTIME);
    return !BN_is_zero(*out) && BN_ucmp(*out, j->g->n) < 0 ? ERR_OK : ERR_RANGE;
}

enum err ec_take_point(const struct ec_job *j, struct span bytes,
                       EC_POINT *point)
{
    return crypto_ec_is_point(bytes, j->g->field) &&
                   EC_POINT_oct2point(j->g->group, point, bytes.p, bytes.n,
                                      j->bn) == 1
               ? ERR_OK
               : ERR_RANGE;
}

enum err ec_give_point(const struct ec_job *j, const EC_POINT *point,
                       uint8_t *out)
{
    const size_t size = 1u + 2u * j->g->field;

    if (EC_POINT_is_at_infinity(j->g->group, point) == 1)
        return ERR_RANGE;
    return EC_POINT_point2oct(j->g->group, point, POINT_CONVERSION_UNCOMPRESSED,
                              out, size, j->bn) == size
               ? ERR_OK
               : ERR_IO;
}

enum err ec_give_scalar(const struct ec_job *j, const BIGNUM *n, uint8_t *out)
{
    return BN_bn2binpad(n, out, j->g->order) == j->g->order ? ERR_OK : ERR_IO;
}
