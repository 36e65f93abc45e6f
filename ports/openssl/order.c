#include "ports/openssl/order.h"

#include "base/ct.h"

enum { BITS_A_BYTE = 8, HASH = 64 };

static BIGNUM *number(BN_CTX *bn, const uint8_t *bytes, size_t n)
{
    BIGNUM *x = BN_CTX_get(bn);

    return x != NULL && BN_bin2bn(bytes, (int)n, x) != NULL ? x : NULL;
}

BIGNUM *order_reduce(const struct order *o, const uint8_t *wide)
{
    BIGNUM *less = BN_CTX_get(o->bn);
    BIGNUM *k =
        number(o->bn, wide, (size_t)BN_num_bytes(o->n) + (size_t)ORDER_EXTRA);

    if (less == NULL || k == NULL || BN_copy(less, o->n) == NULL ||
        BN_sub_word(less, 1) != 1)
        return NULL;
    BN_set_flags(k, BN_FLG_CONSTTIME);
    return BN_mod(k, k, less, o->bn) == 1 && BN_add_word(k, 1) == 1 ? k : NULL;
}

BIGNUM *order_nonce(const struct order *o, struct nonces *from)
{
    uint8_t wide[2 * HASH];
    EVP_MD_CTX *d = o->digest;
    BIGNUM *k = NULL;
    bool fine = true;

    for (size_t at = 0; at < sizeof wide && fine; at += HASH) {
        from->count++;
        fine = EVP_DigestInit_ex2(d, o->md, NULL) == 1 &&
               EVP_DigestUpdate(d, &from->count, 1) == 1 &&
               EVP_DigestUpdate(d, from->entropy, ORDER_ENTROPY) == 1 &&
               EVP_DigestUpdate(d, from->scalar.p, from->scalar.n) == 1 &&
               EVP_DigestUpdate(d, from->digest.p, from->digest.n) == 1 &&
               EVP_DigestFinal_ex(d, wide + at, NULL) == 1;
    }
    if (fine)
        k = order_reduce(o, wide);
    wipe(wide, sizeof wide);
    return k;
}

BIGNUM *order_leading_bits(const struct order *o, struct span digest)
{
    const int bits = BN_num_bits(o->n);
    const size_t size = (size_t)BN_num_bytes(o->n);
    BIGNUM *m = NULL;

    if (digest.n > size)
        digest.n = size;
    m = number(o->bn, digest.p, digest.n);
    if (m != NULL && (int)digest.n * BITS_A_BYTE > bits &&
        BN_rshift(m, m, (int)digest.n * BITS_A_BYTE - bits) != 1)
        return NULL;
    if (m != NULL && BN_ucmp(m, o->n) >= 0 && BN_sub(m, m, o->n) != 1)
        return NULL;
    return m;
}

/* Montgomery products drop a factor R each. */
BIGNUM *order_second_half(const struct order *o, BIGNUM *k, BIGNUM *b,
                          const BIGNUM *m, const BIGNUM *r, BIGNUM *d)
{
    BN_MONT_CTX *mont = o->mont;
    const BIGNUM *n = o->n;
    BN_CTX *bn = o->bn;
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
