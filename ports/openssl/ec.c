#include "ports/openssl/ec.h"

#include "base/ct.h"

enum {
    BITS_A_BYTE = 8,
    EXTRA = 16, /* bytes more than a number has, so that its remainder
                 * is as good as uniform [FIPS 186-5 A.2.1] */
    HASH = 64,  /* SHA-512 */
    ENTROPY = 32,
    DIGEST_MAX = 256, /* bytes of a digest that are looked at */
    TRIES = 64,
    WIDE = CRYPTO_EC_ORDER_MAX + EXTRA,
};

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
    BN_CTX_free(ec->bn);
    EVP_MD_CTX_free(ec->digest);
    EVP_MD_free(ec->md);
    memset(ec, 0, sizeof *ec);
}

static bool start(struct ec_openssl *ec)
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

struct job {
    void *ctx;
    struct ec_openssl *ec;
    struct ec_group *g;
    BN_CTX *bn;
    EC_POINT *point; /* to compute with */
    EC_POINT *other;
};

static void leave(struct job *j)
{
    EC_POINT_clear_free(j->point);
    EC_POINT_clear_free(j->other);
    if (j->bn != NULL)
        BN_CTX_end(j->bn);
}

/* ERR_RANGE: no curve.  leave() is due in any case. */
static enum err enter(struct job *j, void *ctx,
                      const struct crypto_ec_curve *curve)
{
    *j = (struct job){.ctx = ctx, .ec = port_openssl_ec_memory(ctx)};
    if (!start(j->ec))
        return ERR_IO;
    j->g = group_of(j->ec, curve);
    if (j->g == NULL)
        return ERR_RANGE;
    j->bn = j->ec->bn;
    BN_CTX_start(j->bn);
    j->point = EC_POINT_new(j->g->group);
    j->other = EC_POINT_new(j->g->group);
    return j->point != NULL && j->other != NULL ? ERR_OK : ERR_IO;
}

/* ERR_RANGE: it is not in 1..n-1. */
static enum err take_scalar(const struct job *j, struct span bytes,
                            BIGNUM **out)
{
    *out = number(j->bn, crypto_number(bytes));
    if (*out == NULL)
        return ERR_IO;
    BN_set_flags(*out, BN_FLG_CONSTTIME);
    return !BN_is_zero(*out) && BN_ucmp(*out, j->g->n) < 0 ? ERR_OK : ERR_RANGE;
}

/* ERR_RANGE: not on the curve, or at infinity. */
static enum err take_point(const struct job *j, struct span bytes,
                           EC_POINT *point)
{
    return crypto_ec_is_point(bytes, j->g->field) &&
                   EC_POINT_oct2point(j->g->group, point, bytes.p, bytes.n,
                                      j->bn) == 1
               ? ERR_OK
               : ERR_RANGE;
}

/* ERR_RANGE: at infinity. */
static enum err give_point(const struct job *j, const EC_POINT *point,
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

static enum err give_scalar(const struct job *j, const BIGNUM *n, uint8_t *out)
{
    return BN_bn2binpad(n, out, j->g->order) == j->g->order ? ERR_OK : ERR_IO;
}

/* 1..n-1 out of order + EXTRA random bytes; NULL: no memory. */
static BIGNUM *reduced(const struct job *j, const uint8_t *wide)
{
    BIGNUM *less = BN_CTX_get(j->bn);
    BIGNUM *k = number(j->bn, span_of(wide, j->g->order + (size_t)EXTRA));

    if (less == NULL || k == NULL || BN_copy(less, j->g->n) == NULL ||
        BN_sub_word(less, 1) != 1)
        return NULL;
    BN_set_flags(k, BN_FLG_CONSTTIME);
    return BN_mod(k, k, less, j->bn) == 1 && BN_add_word(k, 1) == 1 ? k : NULL;
}

static enum err do_generate(void *ctx, const struct crypto_ec_curve *curve,
                            uint8_t *scalar, uint8_t *point)
{
    uint8_t wide[WIDE];
    BIGNUM *k = NULL;
    struct job j;
    enum err e = enter(&j, ctx, curve);

    if (e == ERR_OK)
        e = port_openssl_random(ctx, wide, j.g->order + (size_t)EXTRA);
    if (e == ERR_OK) {
        k = reduced(&j, wide);
        e = k != NULL &&
                    EC_POINT_mul(j.g->group, j.point, k, NULL, NULL, j.bn) == 1
                ? give_scalar(&j, k, scalar)
                : ERR_IO;
    }
    if (e == ERR_OK)
        e = give_point(&j, j.point, point);
    if (k != NULL)
        BN_clear(k);
    wipe(wide, sizeof wide);
    leave(&j);
    return e;
}

static enum err do_multiply(void *ctx, const struct crypto_ec_curve *curve,
                            struct span scalar, struct span point, uint8_t *out)
{
    BIGNUM *k = NULL;
    struct job j;
    enum err e = enter(&j, ctx, curve);

    if (e == ERR_OK)
        e = take_scalar(&j, scalar, &k);
    if (e == ERR_OK && point.n != 0)
        e = take_point(&j, point, j.other);
    if (e == ERR_OK) {
        const bool own = point.n == 0;
        const int done =
            EC_POINT_mul(j.g->group, j.point, own ? k : NULL,
                         own ? NULL : j.other, own ? NULL : k, j.bn);
        e = done == 1 ? give_point(&j, j.point, out) : ERR_IO;
    }
    if (k != NULL)
        BN_clear(k);
    leave(&j);
    return e;
}

/* `other` becomes h times itself, k becomes k / h. */
static enum err take_cofactor(const struct job *j, uint16_t cofactor, BIGNUM *k)
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
    struct job j;
    enum err e = enter(&j, ctx, curve);

    if (e == ERR_OK)
        e = take_scalar(&j, scalar, &k);
    if (e == ERR_OK)
        e = take_point(&j, point, j.other);
    if (e == ERR_OK)
        e = take_cofactor(&j, curve->h, k);
    if (e == ERR_OK)
        e = EC_POINT_mul(j.g->group, j.point, NULL, j.other, k, j.bn) == 1
                ? give_point(&j, j.point, out)
                : ERR_IO;
    if (k != NULL)
        BN_clear(k);
    leave(&j);
    return e;
}

static enum err do_add(void *ctx, const struct crypto_ec_curve *curve,
                       struct span point, struct span other, uint8_t *out)
{
    struct job j;
    enum err e = enter(&j, ctx, curve);

    if (e == ERR_OK)
        e = take_point(&j, point, j.point);
    if (e == ERR_OK)
        e = take_point(&j, other, j.other);
    if (e == ERR_OK)
        e = EC_POINT_add(j.g->group, j.point, j.point, j.other, j.bn) == 1
                ? give_point(&j, j.point, out)
                : ERR_IO;
    leave(&j);
    return e;
}

static enum err do_check(void *ctx, const struct crypto_ec_curve *curve,
                         struct span point)
{
    struct job j;
    enum err e = enter(&j, ctx, curve);

    if (e == ERR_OK)
        e = take_point(&j, point, j.point);
    leave(&j);
    return e;
}

/* ---- ECDSA [FIPS 186-5 6.4] ---- */

/* The leading bits of a digest, as many as the order has. */
static BIGNUM *leading_bits(const struct job *j, struct span digest)
{
    const int bits = BN_num_bits(j->g->n);
    BIGNUM *m = NULL;

    if (digest.n > j->g->order)
        digest.n = j->g->order;
    m = number(j->bn, digest);
    if (m != NULL && (int)digest.n * BITS_A_BYTE > bits &&
        BN_rshift(m, m, (int)digest.n * BITS_A_BYTE - bits) != 1)
        return NULL;
    if (m != NULL && BN_ucmp(m, j->g->n) >= 0 && BN_sub(m, m, j->g->n) != 1)
        return NULL;
    return m;
}

/*
 * Where the nonce and the blinding of a signature come from: random bytes, and
 * with them the key and the digest, so that a source that repeats itself
 * cannot make one nonce serve two digests.
 */
struct nonces {
    uint8_t entropy[ENTROPY];
    struct span scalar;
    struct span digest;
    uint8_t count;
};

static BIGNUM *next_nonce(const struct job *j, struct nonces *from)
{
    uint8_t wide[2 * HASH];
    struct ec_openssl *ec = j->ec;
    BIGNUM *k = NULL;
    bool fine = true;

    for (size_t at = 0; at < sizeof wide && fine; at += HASH) {
        from->count++;
        fine =
            EVP_DigestInit_ex2(ec->digest, ec->md, NULL) == 1 &&
            EVP_DigestUpdate(ec->digest, &from->count, 1) == 1 &&
            EVP_DigestUpdate(ec->digest, from->entropy, ENTROPY) == 1 &&
            EVP_DigestUpdate(ec->digest, from->scalar.p, from->scalar.n) == 1 &&
            EVP_DigestUpdate(ec->digest, from->digest.p, from->digest.n) == 1 &&
            EVP_DigestFinal_ex(ec->digest, wide + at, NULL) == 1;
    }
    if (fine)
        k = reduced(j, wide);
    wipe(wide, sizeof wide);
    return k;
}

/* r of the nonce k; zero: another nonce is needed. */
static BIGNUM *first_half(const struct job *j, const BIGNUM *k)
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

/*
 * s = (m + r d) / k, as (b m + b r d) / (b k) with a random b: the inverse may
 * then take the time it takes.  Montgomery products drop a factor R each.
 */
static BIGNUM *second_half(const struct job *j, BIGNUM *k, BIGNUM *b,
                           const BIGNUM *m, const BIGNUM *r, BIGNUM *d)
{
    BN_MONT_CTX *mont = j->g->mont;
    const BIGNUM *n = j->g->n;
    BN_CTX *bn = j->bn;
    BIGNUM *inverse = BN_CTX_get(bn);
    BIGNUM *bm = BN_CTX_get(bn);
    BIGNUM *s = BN_CTX_get(bn);

    if (s == NULL || BN_mod_mul_montgomery(k, k, b, mont, bn) != 1 ||
        BN_mod_inverse(inverse, k, n, bn) == NULL ||
        BN_to_montgomery(b, b, mont, bn) != 1 ||
        BN_to_montgomery(d, d, mont, bn) != 1 ||
        BN_mod_mul_montgomery(bm, b, m, mont, bn) != 1 ||
        BN_mod_mul_montgomery(s, b, r, mont, bn) != 1 ||
        BN_mod_mul_montgomery(s, s, d, mont, bn) != 1 ||
        BN_mod_add_quick(s, s, bm, n) != 1 ||
        BN_mod_mul_montgomery(s, inverse, s, mont, bn) != 1)
        return NULL;
    BN_clear(inverse);
    return s;
}

/* One try: ERR_STATE asks for another. */
static enum err try_sign(const struct job *j, struct nonces *from, BIGNUM *d,
                         const BIGNUM *m, uint8_t *r_out, uint8_t *s_out)
{
    BIGNUM *k = next_nonce(j, from);
    BIGNUM *b = next_nonce(j, from);
    BIGNUM *own = BN_CTX_get(j->bn);
    BIGNUM *r = NULL;
    BIGNUM *s = NULL;
    enum err e = ERR_IO;

    if (k != NULL && b != NULL && own != NULL && BN_copy(own, d) != NULL)
        r = first_half(j, k);
    if (r != NULL)
        s = second_half(j, k, b, m, r, own);
    if (s != NULL)
        e = BN_is_zero(r) || BN_is_zero(s) ? ERR_STATE : ERR_OK;
    if (e == ERR_OK)
        e = give_scalar(j, r, r_out);
    if (e == ERR_OK)
        e = give_scalar(j, s, s_out);
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
    struct job j;
    enum err e = enter(&j, ctx, curve);

    if (e == ERR_OK)
        e = take_scalar(&j, scalar, &d);
    if (e == ERR_OK)
        e = port_openssl_random(ctx, from.entropy, sizeof from.entropy);
    if (e == ERR_OK) {
        m = leading_bits(&j, digest);
        e = m != NULL ? ERR_STATE : ERR_IO;
    }
    for (int i = 0; i < TRIES && e == ERR_STATE; i++)
        e = try_sign(&j, &from, d, m, r, s);
    if (d != NULL)
        BN_clear(d);
    wipe(from.entropy, sizeof from.entropy);
    leave(&j);
    return e == ERR_STATE ? ERR_RANGE : e;
}

/* Whether the point of m/s and r/s has r for its x. */
static enum err compare(const struct job *j, const BIGNUM *m, const BIGNUM *r,
                        const BIGNUM *s, bool *right)
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
    struct job j;
    enum err e = enter(&j, ctx, curve);

    *right = false;
    if (e == ERR_OK)
        e = take_point(&j, point, j.other);
    if (e == ERR_OK) {
        m = leading_bits(&j, digest);
        e = m != NULL ? ERR_OK : ERR_IO;
    }
    if (e == ERR_OK && take_scalar(&j, r, &first) == ERR_OK &&
        take_scalar(&j, s, &second) == ERR_OK)
        e = compare(&j, m, first, second, right);
    leave(&j);
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

static enum err do_named(void *ctx, enum crypto_ec_name name,
                         struct crypto_ec_values *out)
{
    struct ec_openssl *ec = port_openssl_ec_memory(ctx);
    EC_GROUP *group = NULL;
    bool told = false;

    memset(out, 0, sizeof *out);
    if ((size_t)name >= CRYPTO_EC_NAMES || nids[name] == NID_undef)
        return ERR_UNSUPPORTED;
    if (!start(ec))
        return ERR_IO;
    group = EC_GROUP_new_by_curve_name_ex(ec->lib, NULL, nids[name]);
    if (group == NULL)
        return ERR_UNSUPPORTED;
    BN_CTX_start(ec->bn);
    told = tell(group, ec->bn, out);
    BN_CTX_end(ec->bn);
    EC_GROUP_free(group);
    return told ? ERR_OK : ERR_IO;
}

const struct crypto_ec_port port_openssl_ec = {
    .generate = do_generate,
    .sign = do_sign,
    .verify = do_verify,
    .multiply = do_multiply,
    .multiply_cofactor = do_multiply_cofactor,
    .add = do_add,
    .check = do_check,
    .named = do_named,
};
