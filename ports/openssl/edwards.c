#include "ports/openssl/edwards.h"

#include <string.h>

#include "base/ct.h"
#include "ports/openssl/ec_job.h"

enum {
    KEY_MAX = CRYPTO_XEC_KEY_MAX,
    HASH_MAX = 2 * CRYPTO_XEC_KEY_MAX,
    SIGN_BIT = 0x80,
};

/*
 * Of each curve of Edwards: p, and a, b, g and n of its form of Weierstrass; d;
 * and of its form of Montgomery, between the two, B, and A / 3.
 */
static const uint8_t p_25519[] = {
    0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xED};
static const uint8_t a_25519[] = {
    0x5D, 0x4E, 0xAC, 0xD3, 0xA5, 0xB9, 0xBE, 0xE6, 0x31, 0x97, 0xE1,
    0x0D, 0x61, 0x7B, 0x3D, 0xD6, 0x6B, 0xB8, 0xB6, 0x5D, 0x0C, 0xA5,
    0x2A, 0xF7, 0xAC, 0x71, 0xE1, 0x8E, 0xF8, 0xBC, 0x17, 0x2D};
static const uint8_t b_25519[] = {
    0x1D, 0x11, 0xB2, 0x9B, 0xCF, 0xD0, 0xB3, 0xE0, 0x55, 0x0D, 0xDB,
    0x06, 0x10, 0x57, 0x80, 0xD5, 0xF5, 0x48, 0x31, 0x97, 0x6B, 0x9F,
    0xBC, 0x32, 0x90, 0x04, 0xEB, 0xC1, 0xF3, 0x64, 0xB2, 0xA4};
static const uint8_t g_25519[] = {
    0x04, 0x2A, 0x78, 0xDD, 0x0F, 0xD0, 0x2C, 0x03, 0x39, 0xF0, 0x0B,
    0x8F, 0x02, 0xF1, 0xC2, 0x06, 0x18, 0xA9, 0xC1, 0x3F, 0xDF, 0x0D,
    0x61, 0x7C, 0x9A, 0xCA, 0x55, 0xC8, 0x9B, 0x02, 0x5A, 0xEF, 0x35,
    0x29, 0xC6, 0x44, 0xA5, 0xC7, 0x1D, 0xA2, 0x2E, 0xBE, 0x48, 0x3B,
    0xA5, 0x63, 0x79, 0x83, 0x23, 0xCF, 0x6F, 0xD0, 0x61, 0x80, 0x71,
    0x31, 0x65, 0x9B, 0x78, 0x30, 0xF3, 0xF6, 0x2C, 0x1D, 0x14};
static const uint8_t n_25519[] = {
    0x10, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x14, 0xDE, 0xF9, 0xDE, 0xA2, 0xF7,
    0x9C, 0xD6, 0x58, 0x12, 0x63, 0x1A, 0x5C, 0xF5, 0xD3, 0xED};
static const uint8_t d_25519[] = {
    0x52, 0x03, 0x6C, 0xEE, 0x2B, 0x6F, 0xFE, 0x73, 0x8C, 0xC7, 0x40,
    0x79, 0x77, 0x79, 0xE8, 0x98, 0x00, 0x70, 0x0A, 0x4D, 0x41, 0x41,
    0xD8, 0xAB, 0x75, 0xEB, 0x4D, 0xCA, 0x13, 0x59, 0x78, 0xA3};
static const uint8_t third_25519[] = {
    0x2A, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA,
    0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA,
    0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAD, 0x24, 0x51};
static const uint8_t scale_25519[] = {
    0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xF8, 0x92, 0xE5};

static const uint8_t p_448[] = {
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
static const uint8_t a_448[] = {
    0xEA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA,
    0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA,
    0xAA, 0xAA, 0xAA, 0xA9, 0xBF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0x1A, 0xA6, 0x88};
static const uint8_t b_448[] = {
    0x09, 0x7B, 0x42, 0x5E, 0xD0, 0x97, 0xB4, 0x25, 0xED, 0x09, 0x7B, 0x42,
    0x5E, 0xD0, 0x97, 0xB4, 0x25, 0xED, 0x09, 0x7B, 0x42, 0x5E, 0xD0, 0x97,
    0xB4, 0x25, 0xED, 0x09, 0x71, 0xC7, 0x1C, 0x71, 0xC7, 0x1C, 0x71, 0xC7,
    0x1C, 0x71, 0xC7, 0x1C, 0x71, 0xC7, 0x1C, 0x71, 0xC7, 0x1C, 0x71, 0xC7,
    0x1C, 0x71, 0xC7, 0x2C, 0x8B, 0x09, 0x70, 0xFC};
static const uint8_t g_448[] = {
    0x04, 0xA7, 0x05, 0xA9, 0x2A, 0x12, 0xCF, 0x84, 0x58, 0xA9, 0x6A, 0x73,
    0x6E, 0xE2, 0x1C, 0x86, 0xD9, 0x8B, 0x70, 0x46, 0x10, 0xAE, 0xD1, 0x31,
    0x2A, 0x0A, 0xD9, 0xE7, 0x17, 0x1C, 0xB0, 0x8E, 0xC1, 0x52, 0xA5, 0xC6,
    0x76, 0x5F, 0xC1, 0x99, 0x29, 0x35, 0x16, 0x66, 0x49, 0x11, 0xEE, 0x05,
    0xC1, 0xBD, 0x0E, 0xC7, 0x8F, 0x02, 0x59, 0x30, 0x21, 0x06, 0x40, 0x6E,
    0x6B, 0xA3, 0xE3, 0x9A, 0x2D, 0xDD, 0x11, 0x3D, 0xA9, 0x9D, 0xAB, 0xC1,
    0xAA, 0x5E, 0x5C, 0x6E, 0x46, 0x29, 0xEB, 0xA8, 0xAE, 0xEE, 0x8C, 0x7F,
    0xBD, 0x3B, 0x8A, 0x7D, 0x7C, 0xBF, 0x11, 0xD1, 0x4D, 0x26, 0xDE, 0x9E,
    0x41, 0x5F, 0x98, 0x4D, 0x8F, 0xBD, 0xF4, 0xCE, 0x3F, 0xD6, 0x23, 0x2E,
    0x4E, 0xF3, 0x5B, 0x13, 0x55};
static const uint8_t n_448[] = {
    0x3F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xFF, 0xFF, 0xFF, 0xFF, 0x7C, 0xCA, 0x23, 0xE9, 0xC4, 0x4E, 0xDB, 0x49,
    0xAE, 0xD6, 0x36, 0x90, 0x21, 0x6C, 0xC2, 0x72, 0x8D, 0xC5, 0x8F, 0x55,
    0x23, 0x78, 0xC2, 0x92, 0xAB, 0x58, 0x44, 0xF3};
static const uint8_t d_448[] = {
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x67, 0x56};
static const uint8_t third_448[] = {
    0xC4, 0x65, 0x78, 0x0F, 0x0E, 0x99, 0x37, 0x72, 0x44, 0xB0, 0xED, 0xC4,
    0xAB, 0xE5, 0xEB, 0xC3, 0x8B, 0x79, 0x57, 0xB9, 0xF4, 0x83, 0xDC, 0xCD,
    0x8A, 0x66, 0x55, 0x67, 0x92, 0x23, 0x4B, 0x0D, 0xBE, 0x1A, 0x8A, 0xBC,
    0x69, 0xE7, 0xDE, 0x5B, 0x85, 0x6E, 0x23, 0x22, 0xCE, 0xF6, 0xD7, 0xB7,
    0x29, 0x0B, 0x5B, 0xB7, 0xBC, 0x9C, 0x36, 0x56};
static const uint8_t scale_448[] = {
    0x4D, 0x30, 0x68, 0x2D, 0x2B, 0xCB, 0xA6, 0x56, 0xCE, 0x12, 0xC9, 0x4E,
    0x03, 0xB1, 0xC3, 0x4A, 0xA2, 0x6C, 0x07, 0x2D, 0xDD, 0x8B, 0x96, 0x68,
    0x9F, 0x33, 0x00, 0x38, 0xB6, 0x69, 0xE1, 0x29, 0x3A, 0x4F, 0xA0, 0x35,
    0x3D, 0xB7, 0x9B, 0x12, 0x90, 0x4A, 0x69, 0x68, 0x6C, 0xE4, 0x87, 0x25,
    0x7B, 0x22, 0x13, 0x27, 0x35, 0xD4, 0xA3, 0x06};

struct shape {
    struct crypto_ec_curve curve;
    struct span d;
    struct span third;
    struct span scale;
    bool twisted; /* x^2 has the factor -1 */
    const char *domain;
};

#define BYTES(a)                                                               \
    {                                                                          \
        a, sizeof a                                                            \
    }

static const struct shape shapes[] = {
    {{.p = BYTES(p_25519),
      .a = BYTES(a_25519),
      .b = BYTES(b_25519),
      .g = BYTES(g_25519),
      .n = BYTES(n_25519),
      .h = 8},
     BYTES(d_25519),
     BYTES(third_25519),
     BYTES(scale_25519),
     true,
     "SigEd25519 no Ed25519 collisions"},
    {{.p = BYTES(p_448),
      .a = BYTES(a_448),
      .b = BYTES(b_448),
      .g = BYTES(g_448),
      .n = BYTES(n_448),
      .h = 4},
     BYTES(d_448),
     BYTES(third_448),
     BYTES(scale_448),
     false,
     "SigEd448"},
};

/* ---- a call ---- */

struct call {
    struct ec_job ec;
    const struct shape *shape;
    size_t size; /* bytes of a key, and of half a signature */
    const BIGNUM *p;
    const struct crypto_eddsa *variant;
};

static BIGNUM *number(BN_CTX *bn, struct span bytes)
{
    BIGNUM *n = BN_CTX_get(bn);

    return n != NULL && BN_bin2bn(bytes.p, (int)bytes.n, n) != NULL ? n : NULL;
}

/* ec_leave() is due in any case. */
static enum err enter(struct call *c, void *ctx, enum crypto_xec curve,
                      const struct crypto_eddsa *variant)
{
    c->shape = &shapes[curve == CRYPTO_ED448];
    c->size = crypto_xec_key_size(curve);
    c->variant = variant;
    const enum err e = ec_enter(&c->ec, ctx, &c->shape->curve);
    if (e != ERR_OK)
        return e;
    c->p = number(c->ec.bn, c->shape->curve.p);
    return c->p != NULL ? ERR_OK : ERR_IO;
}

/* ---- the hash: SHA-512, or as many bytes of SHAKE256 ---- */

static bool begin_hash(const struct call *c)
{
    EVP_MD *md = EVP_MD_fetch(c->ec.ec->lib,
                              c->shape->twisted ? "SHA512" : "SHAKE256", NULL);
    const bool begun =
        md != NULL && EVP_DigestInit_ex2(c->ec.ec->digest, md, NULL) == 1;

    EVP_MD_free(md);
    return begun;
}

static bool add_hash(const struct call *c, const uint8_t *bytes, size_t n)
{
    return EVP_DigestUpdate(c->ec.ec->digest, bytes, n) == 1;
}

/* dom2 or dom4 */
static bool add_domain(const struct call *c)
{
    const uint8_t tail[] = {c->variant->prehashed ? 1 : 0,
                            (uint8_t)c->variant->context.n};

    return add_hash(c, (const uint8_t *)c->shape->domain,
                    strlen(c->shape->domain)) &&
           add_hash(c, tail, sizeof tail) &&
           add_hash(c, c->variant->context.p, c->variant->context.n);
}

/* Twice as many bytes as a key has. */
static bool end_hash(const struct call *c, uint8_t *out)
{
    EVP_MD_CTX *digest = c->ec.ec->digest;

    return c->shape->twisted
               ? EVP_DigestFinal_ex(digest, out, NULL) == 1
               : EVP_DigestFinalXOF(digest, out, 2 * c->size) == 1;
}

/* A hash as a number modulo the order; NULL: an error. */
static BIGNUM *reduced(const struct call *c, const uint8_t *hash)
{
    BIGNUM *n = BN_CTX_get(c->ec.bn);

    if (n == NULL || BN_lebin2bn(hash, (int)(2 * c->size), n) == NULL)
        return NULL;
    BN_set_flags(n, BN_FLG_CONSTTIME);
    return BN_nnmod(n, n, c->ec.g->n, c->ec.bn) == 1 ? n : NULL;
}

/* k: of R, A and the message. */
static BIGNUM *challenge(const struct call *c, const uint8_t *r,
                         const uint8_t *a, struct span message)
{
    uint8_t hash[HASH_MAX];

    return begin_hash(c) && add_domain(c) && add_hash(c, r, c->size) &&
                   add_hash(c, a, c->size) &&
                   add_hash(c, message.p, message.n) && end_hash(c, hash)
               ? reduced(c, hash)
               : NULL;
}

/* ---- points ---- */

/* x and y of Edwards as bytes: y, with the last bit of x on top. */
static bool spell(const struct call *c, const BIGNUM *x, const BIGNUM *y,
                  uint8_t *out)
{
    if (BN_bn2lebinpad(y, out, (int)c->size) != (int)c->size)
        return false;
    if (BN_is_odd(x))
        out[c->size - 1] |= SIGN_BIT;
    return true;
}

/* (t, w) of Weierstrass in Montgomery's form is u = B t - A/3, v = B w; then
 * x = u / v, y = (u - 1) / (u + 1).  Where v is 0, u is, and it is (0, -1). */
static bool convert(const struct call *c, BIGNUM *t, BIGNUM *w, BIGNUM *x,
                    BIGNUM *y)
{
    BN_CTX *bn = c->ec.bn;
    const BIGNUM *third = number(bn, c->shape->third);
    const BIGNUM *scale = number(bn, c->shape->scale);
    BIGNUM *above = BN_CTX_get(bn);

    if (third == NULL || scale == NULL || above == NULL ||
        BN_mod_mul(t, t, scale, c->p, bn) != 1 ||
        BN_mod_sub(t, t, third, c->p, bn) != 1 ||
        BN_mod_mul(w, w, scale, c->p, bn) != 1 || BN_copy(above, t) == NULL ||
        BN_add_word(above, 1) != 1)
        return false;
    if (BN_is_zero(w)) {
        BN_zero(x);
        return BN_copy(y, c->p) != NULL && BN_sub_word(y, 1) == 1;
    }
    return BN_mod_inverse(w, w, c->p, bn) != NULL &&
           BN_mod_mul(x, t, w, c->p, bn) == 1 &&
           BN_mod_inverse(above, above, c->p, bn) != NULL &&
           BN_mod_sub(t, t, BN_value_one(), c->p, bn) == 1 &&
           BN_mod_mul(y, t, above, c->p, bn) == 1;
}

/* The point as Edwards has it; at infinity it is (0, 1). */
static bool give(const struct call *c, const EC_POINT *point, uint8_t *out)
{
    BN_CTX *bn = c->ec.bn;
    BIGNUM *t = BN_CTX_get(bn);
    BIGNUM *w = BN_CTX_get(bn);
    BIGNUM *x = BN_CTX_get(bn);
    BIGNUM *y = BN_CTX_get(bn);

    if (y == NULL)
        return false;
    if (EC_POINT_is_at_infinity(c->ec.g->group, point) == 1)
        return BN_one(y) == 1 && spell(c, x, y, out);
    return EC_POINT_get_affine_coordinates(c->ec.g->group, point, t, w, bn) ==
               1 &&
           convert(c, t, w, x, y) && spell(c, x, y, out);
}

/* x of a y: x^2 = (y^2 - 1) / (d y^2 - a); false: there is none. */
static bool find_x(const struct call *c, const BIGNUM *y, bool odd, BIGNUM *x)
{
    BN_CTX *bn = c->ec.bn;
    const BIGNUM *d = number(bn, c->shape->d);
    BIGNUM *above = BN_CTX_get(bn);
    BIGNUM *below = BN_CTX_get(bn);

    if (d == NULL || below == NULL || BN_mod_sqr(above, y, c->p, bn) != 1 ||
        BN_mod_mul(below, above, d, c->p, bn) != 1 ||
        BN_mod_sub(above, above, BN_value_one(), c->p, bn) != 1 ||
        (c->shape->twisted
             ? BN_mod_add(below, below, BN_value_one(), c->p, bn)
             : BN_mod_sub(below, below, BN_value_one(), c->p, bn)) != 1 ||
        BN_mod_inverse(below, below, c->p, bn) == NULL ||
        BN_mod_mul(above, above, below, c->p, bn) != 1)
        return false;
    if (BN_is_zero(above)) {
        BN_zero(x);
        return !odd;
    }
    if (BN_mod_sqrt(x, above, c->p, bn) == NULL)
        return false;
    return BN_is_odd(x) == odd || BN_sub(x, c->p, x) == 1;
}

/* u = (1 + y) / (1 - y), v = u / x; t = (u + A/3) / B, w = v / B */
static bool place(const struct call *c, const BIGNUM *x, const BIGNUM *y,
                  EC_POINT *point)
{
    BN_CTX *bn = c->ec.bn;
    const BIGNUM *third = number(bn, c->shape->third);
    BIGNUM *scale = number(bn, c->shape->scale);
    BIGNUM *u = BN_CTX_get(bn);
    BIGNUM *v = BN_CTX_get(bn);
    BIGNUM *t = BN_CTX_get(bn);

    if (third == NULL || scale == NULL || t == NULL)
        return false;
    if (BN_is_one(y))
        return EC_POINT_set_to_infinity(c->ec.g->group, point) == 1;
    if (BN_mod_sub(t, BN_value_one(), y, c->p, bn) != 1 ||
        BN_mod_inverse(t, t, c->p, bn) == NULL ||
        BN_mod_add(u, y, BN_value_one(), c->p, bn) != 1 ||
        BN_mod_mul(u, u, t, c->p, bn) != 1 ||
        BN_mod_inverse(scale, scale, c->p, bn) == NULL)
        return false;
    BN_zero(v);
    if (!BN_is_zero(x) && (BN_mod_inverse(v, x, c->p, bn) == NULL ||
                           BN_mod_mul(v, v, u, c->p, bn) != 1))
        return false;
    return BN_mod_add(u, u, third, c->p, bn) == 1 &&
           BN_mod_mul(u, u, scale, c->p, bn) == 1 &&
           BN_mod_mul(v, v, scale, c->p, bn) == 1 &&
           EC_POINT_set_affine_coordinates(c->ec.g->group, point, u, v, bn) ==
               1;
}

/* False: the bytes are no point. */
static bool take(const struct call *c, const uint8_t *bytes, EC_POINT *point)
{
    uint8_t copy[KEY_MAX];
    BIGNUM *x = BN_CTX_get(c->ec.bn);
    BIGNUM *y = BN_CTX_get(c->ec.bn);
    const bool odd = (bytes[c->size - 1] & SIGN_BIT) != 0;

    memcpy(copy, bytes, c->size);
    copy[c->size - 1] &= (uint8_t)~SIGN_BIT;
    return x != NULL && y != NULL &&
           BN_lebin2bn(copy, (int)c->size, y) != NULL && BN_ucmp(y, c->p) < 0 &&
           find_x(c, y, odd, x) && place(c, x, y, point);
}

/* ---- signing ---- */

/* The scalar s, out of the first half of a private key's hash, cut to size. */
static BIGNUM *secret(const struct call *c, uint8_t *hash)
{
    BIGNUM *s = BN_CTX_get(c->ec.bn);
    const size_t last = c->size - 1;

    if (c->shape->twisted) {
        hash[0] &= 0xF8;
        hash[last] = (uint8_t)((hash[last] & 0x7F) | 0x40);
    } else {
        hash[0] &= 0xFC;
        hash[last] = 0;
        hash[last - 1] |= 0x80;
    }
    if (s == NULL || BN_lebin2bn(hash, (int)c->size, s) == NULL)
        return NULL;
    BN_set_flags(s, BN_FLG_CONSTTIME);
    return BN_nnmod(s, s, c->ec.g->n, c->ec.bn) == 1 ? s : NULL;
}

/* Of the private key: SHA-512 or SHAKE256, without a domain. */
static bool expand(const struct call *c, const uint8_t *key, uint8_t *hash)
{
    return begin_hash(c) && add_hash(c, key, c->size) && end_hash(c, hash);
}

/* r, of the second half and the message. */
static BIGNUM *nonce(const struct call *c, const uint8_t *prefix,
                     struct span message)
{
    uint8_t hash[HASH_MAX];
    BIGNUM *r = NULL;

    if (begin_hash(c) && add_domain(c) && add_hash(c, prefix, c->size) &&
        add_hash(c, message.p, message.n) && end_hash(c, hash))
        r = reduced(c, hash);
    wipe(hash, sizeof hash);
    return r;
}

/* S = r + k s */
static bool second_half(const struct call *c, const BIGNUM *r, BIGNUM *s,
                        const BIGNUM *k, uint8_t *out)
{
    BN_CTX *bn = c->ec.bn;
    BN_MONT_CTX *mont = c->ec.g->mont;

    return BN_to_montgomery(s, s, mont, bn) == 1 &&
           BN_mod_mul_montgomery(s, s, k, mont, bn) == 1 &&
           BN_mod_add_quick(s, s, r, c->ec.g->n) == 1 &&
           BN_bn2lebinpad(s, out, (int)c->size) == (int)c->size;
}

static bool sign(const struct call *c, const uint8_t *private_key,
                 const uint8_t *public_key, struct span message,
                 uint8_t *signature)
{
    uint8_t hash[HASH_MAX];
    BIGNUM *s = NULL;
    BIGNUM *r = NULL;
    const BIGNUM *k = NULL;
    bool done = false;

    if (expand(c, private_key, hash)) {
        s = secret(c, hash);
        r = nonce(c, hash + c->size, message);
    }
    if (s != NULL && r != NULL &&
        EC_POINT_mul(c->ec.g->group, c->ec.point, r, NULL, NULL, c->ec.bn) ==
            1 &&
        give(c, c->ec.point, signature))
        k = challenge(c, signature, public_key, message);
    if (k != NULL)
        done = second_half(c, r, s, k, signature + c->size);
    if (s != NULL)
        BN_clear(s);
    if (r != NULL)
        BN_clear(r);
    wipe(hash, sizeof hash);
    return done;
}

enum err edwards_sign(void *ctx, enum crypto_xec curve,
                      const struct crypto_eddsa *variant,
                      const uint8_t *private_key, const uint8_t *public_key,
                      struct span message, uint8_t *signature)
{
    struct call c;
    enum err e = enter(&c, ctx, curve, variant);

    if (e == ERR_OK && !sign(&c, private_key, public_key, message, signature))
        e = ERR_IO;
    ec_leave(&c.ec);
    return e;
}

/* ---- verifying ---- */

/* Whether S g - k A spells R. */
static bool is_right(const struct call *c, const uint8_t *public_key,
                     struct span message, const uint8_t *signature)
{
    const EC_GROUP *group = c->ec.g->group;
    uint8_t r[KEY_MAX];
    BIGNUM *s = BN_CTX_get(c->ec.bn);
    const BIGNUM *k = NULL;

    if (s == NULL ||
        BN_lebin2bn(signature + c->size, (int)c->size, s) == NULL ||
        BN_ucmp(s, c->ec.g->n) >= 0 || !take(c, public_key, c->ec.other))
        return false;
    k = challenge(c, signature, public_key, message);
    return k != NULL && EC_POINT_invert(group, c->ec.other, c->ec.bn) == 1 &&
           EC_POINT_mul(group, c->ec.point, s, c->ec.other, k, c->ec.bn) == 1 &&
           give(c, c->ec.point, r) && memcmp(r, signature, c->size) == 0;
}

enum err edwards_verify(void *ctx, enum crypto_xec curve,
                        const struct crypto_eddsa *variant,
                        const uint8_t *public_key, struct span message,
                        const uint8_t *signature, bool *right)
{
    struct call c;
    const enum err e = enter(&c, ctx, curve, variant);

    *right = e == ERR_OK && is_right(&c, public_key, message, signature);
    ec_leave(&c.ec);
    return e;
}
