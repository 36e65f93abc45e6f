#include "ports/openssl/rsa.h"

#include <string.h>

#include "base/ct.h"
#include "ports/openssl/bn.h"

enum { BLINDED_MAX = 32 };

/* ---- slots ---- */

static void slot_empty(struct rsa_slot *slot)
{
    EVP_PKEY_CTX_free(slot->signing);
    EVP_PKEY_free(slot->key);
    BN_free(slot->n);
    BN_clear_free(slot->exponent);
    BN_clear_free(slot->blind);
    BN_clear_free(slot->unblind);
    BN_MONT_CTX_free(slot->mont);
    wipe(slot, sizeof *slot);
}

static bool slot_fits(const struct rsa_slot *slot, bool secret,
                      const struct span *parts, size_t count)
{
    const uint8_t *at = slot->bytes;
    bool same =
        slot->used != 0 && slot->secret == secret && slot->count == count;

    for (size_t i = 0; i < count && same; i++) {
        same = slot->sizes[i] == parts[i].n &&
               ct_equal(at, parts[i].p, parts[i].n);
        at += parts[i].n;
    }
    return same;
}

static struct rsa_slot *oldest(struct rsa_cache *cache)
{
    struct rsa_slot *found = &cache->slots[0];

    for (size_t i = 1; i < RSA_CACHE_SIZE; i++) {
        if (cache->slots[i].used < found->used)
            found = &cache->slots[i];
    }
    return found;
}

static void slot_name(struct rsa_slot *slot, bool secret,
                      const struct span *parts, size_t count)
{
    uint8_t *at = slot->bytes;

    slot->secret = secret;
    slot->count = (uint8_t)count;
    for (size_t i = 0; i < count; i++) {
        slot->sizes[i] = (uint16_t)parts[i].n;
        memcpy(at, parts[i].p, parts[i].n);
        at += parts[i].n;
    }
}

/* A slot for these parts: *fresh, when they still have to be parsed.  NULL:
 * they are too long for a key. */
static struct rsa_slot *slot_of(struct rsa_cache *cache, bool secret,
                                const struct span *parts, size_t count,
                                bool *fresh)
{
    struct rsa_slot *slot = NULL;
    size_t n = 0;

    for (size_t i = 0; i < count; i++)
        n += parts[i].n;
    if (n > RSA_BYTES_MAX)
        return NULL;
    for (size_t i = 0; i < RSA_CACHE_SIZE && slot == NULL; i++) {
        if (slot_fits(&cache->slots[i], secret, parts, count))
            slot = &cache->slots[i];
    }
    *fresh = slot == NULL;
    if (slot == NULL) {
        slot = oldest(cache);
        slot_empty(slot);
        slot_name(slot, secret, parts, count);
    }
    slot->used = ++cache->clock;
    return slot;
}

static bool has_context(struct rsa_cache *cache)
{
    if (cache->bn == NULL)
        cache->bn = BN_CTX_new_ex(cache->lib);
    return cache->bn != NULL;
}

/* ---- n and an exponent ---- */

static bool parse_plain(struct rsa_cache *cache, struct rsa_slot *slot,
                        const struct span *parts)
{
    slot->n = BN_bin2bn(parts[0].p, (int)parts[0].n, NULL);
    slot->exponent = BN_bin2bn(parts[1].p, (int)parts[1].n, NULL);
    slot->mont = BN_MONT_CTX_new();
    if (slot->n == NULL || slot->exponent == NULL || slot->mont == NULL ||
        !BN_is_odd(slot->n) || BN_is_one(slot->n))
        return false;
    if (slot->secret)
        BN_set_flags(slot->exponent, BN_FLG_CONSTTIME);
    return BN_MONT_CTX_set(slot->mont, slot->n, cache->bn) == 1;
}

static struct rsa_slot *plain(struct rsa_cache *cache, bool secret,
                              struct span n, struct span exponent)
{
    const struct span parts[] = {n, exponent};
    bool fresh = false;
    struct rsa_slot *slot = slot_of(cache, secret, parts, 2, &fresh);

    if (slot == NULL || !fresh || parse_plain(cache, slot, parts))
        return slot;
    slot_empty(slot);
    return NULL;
}

enum err rsa_cache_encrypt(struct rsa_cache *cache, struct span n,
                           struct span e, const uint8_t *in, uint8_t *out)
{
    struct rsa_slot *slot =
        has_context(cache) ? plain(cache, false, n, e) : NULL;
    enum err result = ERR_IO;

    if (slot == NULL)
        return ERR_RANGE;
    BN_CTX_start(cache->bn);
    BIGNUM *x = BN_CTX_get(cache->bn);
    if (x != NULL && BN_bin2bn(in, (int)n.n, x) != NULL) {
        if (BN_cmp(x, slot->n) >= 0)
            result = ERR_RANGE;
        else if (BN_mod_exp_mont(x, x, slot->exponent, slot->n, cache->bn,
                                 slot->mont) == 1 &&
                 BN_bn2binpad(x, out, (int)n.n) == (int)n.n)
            result = ERR_OK;
    }
    BN_CTX_end(cache->bn);
    return result;
}

/* b, and b^-exponent: what was blinded by one is freed by the other. */
static bool new_blinding(struct rsa_cache *cache, struct rsa_slot *slot)
{
    if (slot->blind == NULL)
        slot->blind = BN_new();
    if (slot->unblind == NULL)
        slot->unblind = BN_new();
    slot->blinded = 0;
    return slot->blind != NULL && slot->unblind != NULL &&
           BN_priv_rand_range_ex(slot->blind, slot->n, 0, cache->bn) == 1 &&
           BN_mod_inverse(slot->unblind, slot->blind, slot->n, cache->bn) !=
               NULL &&
           BN_mod_exp_mont_consttime(slot->unblind, slot->unblind,
                                     slot->exponent, slot->n, cache->bn,
                                     slot->mont) == 1;
}

/* Another pair for the next time: both squared. */
static bool next_blinding(struct rsa_cache *cache, struct rsa_slot *slot)
{
    if (slot->blind == NULL || slot->blinded == BLINDED_MAX)
        return new_blinding(cache, slot);
    slot->blinded++;
    return BN_mod_sqr(slot->blind, slot->blind, slot->n, cache->bn) == 1 &&
           BN_mod_sqr(slot->unblind, slot->unblind, slot->n, cache->bn) == 1;
}

static bool power(struct rsa_cache *cache, struct rsa_slot *slot, BIGNUM *x)
{
    return next_blinding(cache, slot) &&
           BN_mod_mul(x, x, slot->blind, slot->n, cache->bn) == 1 &&
           BN_mod_exp_mont_consttime(x, x, slot->exponent, slot->n, cache->bn,
                                     slot->mont) == 1 &&
           BN_mod_mul(x, x, slot->unblind, slot->n, cache->bn) == 1;
}

static enum err decrypt_plain(struct rsa_cache *cache,
                              const struct crypto_rsa_private *key,
                              const uint8_t *in, uint8_t *out, size_t size)
{
    struct rsa_slot *slot = plain(cache, true, key->n, key->d);
    enum err result = ERR_IO;

    if (slot == NULL)
        return ERR_RANGE;
    BN_CTX_start(cache->bn);
    BIGNUM *x = BN_CTX_get(cache->bn);
    if (x != NULL && BN_bin2bn(in, (int)size, x) != NULL) {
        if (BN_cmp(x, slot->n) >= 0)
            result = ERR_RANGE;
        else if (power(cache, slot, x) &&
                 BN_bn2binpad(x, out, (int)size) == (int)size)
            result = ERR_OK;
        BN_clear(x);
    }
    BN_CTX_end(cache->bn);
    return result;
}

/* ---- with primes: by OpenSSL's own RSA ---- */

/* e from what it is modulo p-1 and q-1, by the Chinese remainder theorem:
 * these share a factor, at least 2. */
static bool join(BIGNUM *e, const BIGNUM *e2, const BIGNUM *p1,
                 const BIGNUM *q1, BN_CTX *bn)
{
    BIGNUM *g = BN_CTX_get(bn);
    BIGNUM *m = BN_CTX_get(bn);
    BIGNUM *rest = BN_CTX_get(bn);
    BIGNUM *t = BN_CTX_get(bn);

    if (t == NULL || BN_gcd(g, p1, q1, bn) != 1 ||
        BN_div(m, NULL, q1, g, bn) != 1 || BN_sub(t, e2, e) != 1 ||
        BN_div(t, rest, t, g, bn) != 1 || !BN_is_zero(rest))
        return false;
    if (BN_is_one(m))
        return true;
    return BN_div(rest, NULL, p1, g, bn) == 1 &&
           BN_mod_inverse(rest, rest, m, bn) != NULL &&
           BN_nnmod(t, t, m, bn) == 1 && BN_mod_mul(t, t, rest, m, bn) == 1 &&
           BN_mul(t, t, p1, bn) == 1 && BN_add(e, e, t) == 1;
}

/* The public exponent, which OpenSSL blinds and checks with, and d. */
static bool exponents(const BIGNUM *p, const BIGNUM *q, const BIGNUM *dp,
                      const BIGNUM *dq, BIGNUM *e, BIGNUM *d, BN_CTX *bn)
{
    BIGNUM *p1 = BN_CTX_get(bn);
    BIGNUM *q1 = BN_CTX_get(bn);
    BIGNUM *e2 = BN_CTX_get(bn);

    if (e2 == NULL || BN_copy(p1, p) == NULL || BN_copy(q1, q) == NULL ||
        !BN_is_odd(p) || !BN_is_odd(q) || BN_is_one(p) || BN_is_one(q) ||
        BN_sub_word(p1, 1) != 1 || BN_sub_word(q1, 1) != 1)
        return false;
    BN_set_flags(p1, BN_FLG_CONSTTIME);
    BN_set_flags(q1, BN_FLG_CONSTTIME);
    return BN_mod_inverse(e, dp, p1, bn) != NULL &&
           BN_mod_inverse(e2, dq, q1, bn) != NULL &&
           (BN_cmp(e, e2) == 0 || join(e, e2, p1, q1, bn)) &&
           bn_private_exponent(d, e, p1, q1, bn);
}

static EVP_PKEY *build(struct rsa_cache *cache, OSSL_PARAM_BLD *b)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(cache->lib, "RSA", NULL);
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(b);
    EVP_PKEY *key = NULL;

    if (ctx == NULL || params == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params) != 1)
        key = NULL;
    OSSL_PARAM_free(params);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

/* x: p, q, dp, dq, qinv, n, e, d */
static EVP_PKEY *key_of(struct rsa_cache *cache, BIGNUM *const x[8])
{
    static const char *const names[] = {
        OSSL_PKEY_PARAM_RSA_FACTOR1,
        OSSL_PKEY_PARAM_RSA_FACTOR2,
        OSSL_PKEY_PARAM_RSA_EXPONENT1,
        OSSL_PKEY_PARAM_RSA_EXPONENT2,
        OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
        OSSL_PKEY_PARAM_RSA_N,
        OSSL_PKEY_PARAM_RSA_E,
        OSSL_PKEY_PARAM_RSA_D,
    };
    OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
    EVP_PKEY *key = NULL;
    bool ok = b != NULL;

    for (size_t i = 0; i < 8 && ok; i++)
        ok = OSSL_PARAM_BLD_push_BN(b, names[i], x[i]) == 1;
    if (ok)
        key = build(cache, b);
    OSSL_PARAM_BLD_free(b);
    return key;
}

static bool parse_crt(struct rsa_cache *cache, struct rsa_slot *slot,
                      const struct span *parts)
{
    BIGNUM *x[8];
    bool ok = true;

    BN_CTX_start(cache->bn);
    for (size_t i = 0; i < 8; i++)
        x[i] = BN_CTX_get(cache->bn);
    ok = x[7] != NULL;
    for (size_t i = 0; i < RSA_PARTS_MAX && ok; i++)
        ok = BN_bin2bn(parts[i].p, (int)parts[i].n, x[i]) != NULL;
    if (ok && BN_mul(x[5], x[0], x[1], cache->bn) == 1 &&
        exponents(x[0], x[1], x[2], x[3], x[6], x[7], cache->bn))
        slot->key = key_of(cache, x);
    slot->size = slot->key != NULL ? (size_t)BN_num_bytes(x[5]) : 0;
    for (size_t i = 0; i < 8 && x[7] != NULL; i++)
        BN_clear(x[i]);
    BN_CTX_end(cache->bn);
    if (slot->key == NULL)
        return false;
    slot->signing = EVP_PKEY_CTX_new_from_pkey(cache->lib, slot->key, NULL);
    return slot->signing != NULL && EVP_PKEY_sign_init(slot->signing) == 1 &&
           EVP_PKEY_CTX_set_rsa_padding(slot->signing, RSA_NO_PADDING) == 1;
}

static enum err decrypt_crt(struct rsa_cache *cache,
                            const struct crypto_rsa_private *key,
                            const uint8_t *in, uint8_t *out, size_t size)
{
    const struct span parts[] = {key->p, key->q, key->dp, key->dq, key->qinv};
    bool fresh = false;
    struct rsa_slot *slot = slot_of(cache, true, parts, RSA_PARTS_MAX, &fresh);
    size_t n = size;

    if (slot == NULL)
        return ERR_RANGE;
    if (fresh && !parse_crt(cache, slot, parts)) {
        slot_empty(slot);
        return ERR_RANGE;
    }
    return slot->size == size &&
                   EVP_PKEY_sign(slot->signing, out, &n, in, size) == 1 &&
                   n == size
               ? ERR_OK
               : ERR_RANGE;
}

enum err rsa_cache_decrypt(struct rsa_cache *cache,
                           const struct crypto_rsa_private *key,
                           const uint8_t *in, uint8_t *out, size_t size)
{
    if (!has_context(cache))
        return ERR_IO;
    return key->p.n != 0 ? decrypt_crt(cache, key, in, out, size)
                         : decrypt_plain(cache, key, in, out, size);
}

void rsa_cache_clear(struct rsa_cache *cache)
{
    for (size_t i = 0; i < RSA_CACHE_SIZE; i++)
        slot_empty(&cache->slots[i]);
    BN_CTX_free(cache->bn);
    cache->bn = NULL;
}

/* ---- generating ---- */

/* What is made; all in the BN_CTX. */
struct making {
    const BIGNUM *e;
    unsigned bits;
    unsigned rounds;
    const struct rsa_random *random;
    BN_CTX *bn;
};

/* An odd number of so many bits, the first two of them set. */
static bool draw(const struct making *m, unsigned bits, BIGNUM *out)
{
    uint8_t bytes[CRYPTO_RSA_HALF_MAX];
    const size_t n = (bits + 7) / 8;
    bool ok = m->random->bytes(m->random->ctx, bytes, n) == ERR_OK &&
              BN_bin2bn(bytes, (int)n, out) != NULL;

    wipe(bytes, sizeof bytes);
    return ok &&
           (BN_num_bits(out) <= (int)bits ||
            BN_mask_bits(out, (int)bits) == 1) &&
           BN_set_bit(out, (int)bits - 1) == 1 &&
           BN_set_bit(out, (int)bits - 2) == 1 && BN_set_bit(out, 0) == 1;
}

/* A prime such that e has an inverse modulo it less one. */
static bool find_prime(const struct making *m, unsigned bits, BIGNUM *p)
{
    BIGNUM *less = BN_CTX_get(m->bn);
    BIGNUM *g = BN_CTX_get(m->bn);
    int prime = 0;

    while (g != NULL && prime == 0) {
        if (!draw(m, bits, p))
            return false;
        prime = bn_next_prime(p, bits, m->rounds, m->bn);
        if (prime != 1)
            continue;
        if (BN_copy(less, p) == NULL || BN_sub_word(less, 1) != 1 ||
            BN_gcd(g, less, m->e, m->bn) != 1)
            return false;
        prime = BN_is_one(g);
    }
    return prime == 1;
}

/* [FIPS 186-4 B.3.1]: the primes differ in their first 100 bits. */
static bool are_apart(const struct making *m, const BIGNUM *p, const BIGNUM *q)
{
    BIGNUM *t = BN_CTX_get(m->bn);

    return t != NULL && BN_sub(t, p, q) == 1 &&
           BN_num_bits(t) > (int)m->bits / 2 - 100;
}

static bool find_primes(const struct making *m, BIGNUM *p, BIGNUM *q)
{
    const unsigned half = m->bits / 2;
    bool done = false;

    while (!done) {
        if (!find_prime(m, half, p) || !find_prime(m, half, q))
            return false;
        done = are_apart(m, p, q);
    }
    if (BN_cmp(p, q) < 0)
        BN_swap(p, q);
    return true;
}

static bool put(const BIGNUM *x, uint8_t *out, unsigned bits)
{
    const int n = (int)(bits + 7) / 8;

    return BN_bn2binpad(x, out, n) == n;
}

static bool put_pair(const struct making *m, const BIGNUM *p, const BIGNUM *q,
                     struct secret_crypto_rsa_pair *out)
{
    const unsigned half = (m->bits / 8 + 1) / 2 * 8;
    BIGNUM *p1 = BN_CTX_get(m->bn);
    BIGNUM *q1 = BN_CTX_get(m->bn);
    BIGNUM *d = BN_CTX_get(m->bn);
    BIGNUM *t = BN_CTX_get(m->bn);

    if (t == NULL || BN_sub(p1, p, BN_value_one()) != 1 ||
        BN_sub(q1, q, BN_value_one()) != 1)
        return false;
    BN_set_flags(p1, BN_FLG_CONSTTIME);
    BN_set_flags(q1, BN_FLG_CONSTTIME);
    BN_set_flags(d, BN_FLG_CONSTTIME);
    return bn_private_exponent(d, m->e, p1, q1, m->bn) &&
           BN_num_bits(d) > (int)m->bits / 2 && put(d, out->d, m->bits) &&
           BN_mul(t, p, q, m->bn) == 1 && put(t, out->n, m->bits) &&
           put(p, out->p, half) && put(q, out->q, half) &&
           BN_mod(t, d, p1, m->bn) == 1 && put(t, out->dp, half) &&
           BN_mod(t, d, q1, m->bn) == 1 && put(t, out->dq, half) &&
           BN_mod_inverse(t, q, p, m->bn) != NULL && put(t, out->qinv, half);
}

static bool generate(const struct making *m, struct secret_crypto_rsa_pair *out)
{
    BIGNUM *p = NULL;
    BIGNUM *q = NULL;
    bool done = false;

    BN_CTX_start(m->bn);
    p = BN_CTX_get(m->bn);
    q = BN_CTX_get(m->bn);
    if (q != NULL) {
        BN_set_flags(p, BN_FLG_CONSTTIME);
        BN_set_flags(q, BN_FLG_CONSTTIME);
        done = find_primes(m, p, q) && put_pair(m, p, q, out);
        BN_clear(p);
        BN_clear(q);
    }
    BN_CTX_end(m->bn);
    return done;
}

enum err rsa_cache_generate(struct rsa_cache *cache,
                            const struct rsa_random *random, unsigned bits,
                            struct span e, unsigned rounds,
                            struct secret_crypto_rsa_pair *out)
{
    struct making m = {.bits = bits, .rounds = rounds, .random = random};
    BIGNUM *exponent = BN_bin2bn(e.p, (int)e.n, NULL);
    enum err result = ERR_IO;

    m.e = exponent;
    m.bn = BN_CTX_secure_new_ex(cache->lib);
    if (exponent != NULL && m.bn != NULL) {
        const bool fits = BN_is_odd(exponent) && !BN_is_one(exponent) &&
                          BN_num_bits(exponent) < (int)bits;
        if (!fits)
            result = ERR_RANGE;
        else if (generate(&m, out))
            result = ERR_OK;
    }
    BN_CTX_free(m.bn);
    BN_free(exponent);
    return result;
}
