#include "ports/openssl/sm2.h"

#include "base/ct.h"
#include "ports/openssl/ec_job.h"

enum { TRIES = 64 };

/* e: the digest as a number; NULL: no memory. */
static BIGNUM *number_of(const struct ec_job *j, struct span digest)
{
    BIGNUM *e = BN_CTX_get(j->bn);

    return e != NULL && BN_bin2bn(digest.p, (int)digest.n, e) != NULL &&
                   BN_nnmod(e, e, j->g->n, j->bn) == 1
               ? e
               : NULL;
}

/* e + x of the job's point, modulo n; NULL: an error. */
static BIGNUM *first_half(const struct ec_job *j, const BIGNUM *e)
{
    BIGNUM *x = BN_CTX_get(j->bn);

    return x != NULL &&
                   EC_POINT_get_affine_coordinates(j->g->group, j->point, x,
                                                   NULL, j->bn) == 1 &&
                   BN_mod_add(x, x, e, j->g->n, j->bn) == 1
               ? x
               : NULL;
}

/*
 * s = (k - r d) / (1 + d), as (b k - b r d) / (b + b d) with a random b: the
 * inverse may then take the time it takes.  k, b and d are spent.
 */
static BIGNUM *second_half(const struct ec_job *j, BIGNUM *k, BIGNUM *b,
                           const BIGNUM *r, BIGNUM *d)
{
    BN_MONT_CTX *mont = j->g->mont;
    const BIGNUM *n = j->g->n;
    BIGNUM *one = BN_CTX_get(j->bn);
    BIGNUM *below = BN_CTX_get(j->bn);
    BIGNUM *s = BN_CTX_get(j->bn);

    if (s == NULL || BN_one(one) != 1 ||
        BN_mod_add_quick(below, d, one, n) != 1 ||
        BN_to_montgomery(d, d, mont, j->bn) != 1 ||
        BN_to_montgomery(b, b, mont, j->bn) != 1 ||
        BN_mod_mul_montgomery(s, d, r, mont, j->bn) != 1 ||
        BN_mod_sub_quick(s, k, s, n) != 1 ||
        BN_mod_mul_montgomery(s, b, s, mont, j->bn) != 1 ||
        BN_mod_mul_montgomery(below, b, below, mont, j->bn) != 1 ||
        BN_mod_inverse(below, below, n, j->bn) == NULL ||
        BN_to_montgomery(below, below, mont, j->bn) != 1 ||
        BN_mod_mul_montgomery(s, below, s, mont, j->bn) != 1)
        return NULL;
    BN_clear(below);
    return s;
}

/* Whether r is 0 or n - k, with which d could be told from s. */
static bool is_weak(const struct ec_job *j, const BIGNUM *r, const BIGNUM *k)
{
    BIGNUM *sum = BN_CTX_get(j->bn);

    return sum == NULL || BN_is_zero(r) || BN_add(sum, r, k) != 1 ||
           BN_ucmp(sum, j->g->n) == 0;
}

/* One try: ERR_STATE asks for another.  A key that is n - 1 has no s. */
static enum err try_sign(const struct ec_job *j, struct nonces *from,
                         const BIGNUM *d, const BIGNUM *e, uint8_t *r_out,
                         uint8_t *s_out)
{
    BIGNUM *k = order_nonce(&j->order, from);
    BIGNUM *b = order_nonce(&j->order, from);
    BIGNUM *own = BN_CTX_get(j->bn);
    BIGNUM *r = NULL;
    BIGNUM *s = NULL;
    enum err result = ERR_RANGE;

    if (k != NULL && b != NULL && own != NULL && BN_copy(own, d) != NULL &&
        EC_POINT_mul(j->g->group, j->point, k, NULL, NULL, j->bn) == 1)
        r = first_half(j, e);
    if (r != NULL && is_weak(j, r, k))
        result = ERR_STATE;
    else if (r != NULL)
        s = second_half(j, k, b, r, own);
    if (s != NULL)
        result = BN_is_zero(s) ? ERR_STATE : ERR_OK;
    if (result == ERR_OK)
        result = ec_give_scalar(j, r, r_out);
    if (result == ERR_OK)
        result = ec_give_scalar(j, s, s_out);
    BIGNUM *const secrets[] = {k, b, own};
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
        if (secrets[i] != NULL)
            BN_clear(secrets[i]);
    }
    return result;
}

enum err sm2_openssl_sign(void *ctx, const struct crypto_ec_curve *curve,
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
        m = number_of(&j, digest);
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

/* Whether r is that of the point s g + (r + s) P. */
static enum err compare(const struct ec_job *j, const BIGNUM *e,
                        const BIGNUM *r, const BIGNUM *s, bool *right)
{
    BIGNUM *t = BN_CTX_get(j->bn);
    const BIGNUM *again = NULL;

    if (t == NULL || BN_mod_add(t, r, s, j->g->n, j->bn) != 1)
        return ERR_IO;
    if (BN_is_zero(t))
        return ERR_OK;
    if (EC_POINT_mul(j->g->group, j->point, s, j->other, t, j->bn) != 1)
        return ERR_IO;
    if (EC_POINT_is_at_infinity(j->g->group, j->point) == 1)
        return ERR_OK;
    again = first_half(j, e);
    *right = again != NULL && BN_ucmp(again, r) == 0;
    return again != NULL ? ERR_OK : ERR_IO;
}

enum err sm2_openssl_verify(void *ctx, const struct crypto_ec_curve *curve,
                            struct span point, struct span digest,
                            struct span r, struct span s, bool *right)
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
        m = number_of(&j, digest);
        e = m != NULL ? ERR_OK : ERR_IO;
    }
    if (e == ERR_OK && ec_take_scalar(&j, r, &first) == ERR_OK &&
        ec_take_scalar(&j, s, &second) == ERR_OK)
        e = compare(&j, m, first, second, right);
    ec_leave(&j);
    return e;
}
