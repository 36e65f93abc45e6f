#include "ports/openssl/dl.h"

#include "base/ct.h"
#include "ports/openssl/ec.h"
#include "ports/openssl/order.h"

enum { BITS_A_BYTE = 8, TRIES = 64, HASH = 32, Q_BITS_MIN = 3 };

/* ---- a call ---- */

struct job {
    struct order order; /* of q */
    BN_MONT_CTX *mont;  /* modulo p */
    BIGNUM *p;
    BIGNUM *q;
    BIGNUM *g;
};

static BIGNUM *number(BN_CTX *bn, struct span bytes)
{
    BIGNUM *n = BN_CTX_get(bn);

    return n != NULL && BN_bin2bn(bytes.p, (int)bytes.n, n) != NULL ? n : NULL;
}

static void leave(struct job *j)
{
    BN_MONT_CTX_free(j->mont);
    BN_MONT_CTX_free(j->order.mont);
    if (j->order.bn != NULL)
        BN_CTX_end(j->order.bn);
}

/* What computing needs of numbers that an applet chose. */
static bool is_domain(const struct job *j)
{
    return BN_is_odd(j->p) && BN_is_odd(j->q) &&
           BN_num_bits(j->q) >= Q_BITS_MIN &&
           BN_num_bytes(j->q) <= CRYPTO_DL_ORDER_MAX &&
           BN_num_bits(j->q) < BN_num_bits(j->p) && BN_ucmp(j->g, j->p) < 0 &&
           BN_num_bits(j->g) > 1;
}

/* ERR_RANGE: no domain.  leave() is due in any case. */
static enum err enter(struct job *j, void *ctx,
                      const struct crypto_dl_domain *d)
{
    struct ec_openssl *memory = port_openssl_ec_memory(ctx);

    *j = (struct job){.mont = NULL};
    if (d->p.n > CRYPTO_DL_MAX || d->q.n > CRYPTO_DL_MAX ||
        d->g.n > CRYPTO_DL_MAX)
        return ERR_RANGE;
    if (!ec_start(memory))
        return ERR_IO;
    j->order = (struct order){.bn = memory->bn,
                              .digest = memory->digest,
                              .md = memory->md,
                              .mont = BN_MONT_CTX_new()};
    BN_CTX_start(j->order.bn);
    j->mont = BN_MONT_CTX_new();
    j->p = number(j->order.bn, d->p);
    j->q = number(j->order.bn, d->q);
    j->g = number(j->order.bn, d->g);
    j->order.n = j->q;
    if (j->p == NULL || j->q == NULL || j->g == NULL || j->mont == NULL ||
        j->order.mont == NULL)
        return ERR_IO;
    if (!is_domain(j))
        return ERR_RANGE;
    return BN_MONT_CTX_set(j->mont, j->p, j->order.bn) == 1 &&
                   BN_MONT_CTX_set(j->order.mont, j->q, j->order.bn) == 1
               ? ERR_OK
               : ERR_IO;
}

/* ERR_RANGE: it is not in 1..q-1. */
static enum err take(const struct job *j, struct span bytes, BIGNUM **out)
{
    *out = number(j->order.bn, bytes);
    if (*out == NULL)
        return ERR_IO;
    return !BN_is_zero(*out) && BN_ucmp(*out, j->q) < 0 ? ERR_OK : ERR_RANGE;
}

static enum err give(const struct job *j, const BIGNUM *n, uint8_t *out)
{
    const int size = BN_num_bytes(j->q);

    return BN_bn2binpad(n, out, size) == size ? ERR_OK : ERR_IO;
}

/* ---- signing ---- */

/* r of the nonce k, as an exponent of one length, whatever it is. */
static BIGNUM *first_half(const struct job *j, const BIGNUM *k)
{
    BIGNUM *e = BN_CTX_get(j->order.bn);
    BIGNUM *r = BN_CTX_get(j->order.bn);
    bool done = false;

    if (r == NULL || BN_add(e, k, j->q) != 1 ||
        (BN_num_bits(e) <= BN_num_bits(j->q) && BN_add(e, e, j->q) != 1))
        return NULL;
    BN_set_flags(e, BN_FLG_CONSTTIME);
    done = BN_mod_exp_mont_consttime(r, j->g, e, j->p, j->order.bn, j->mont) ==
               1 &&
           BN_nnmod(r, r, j->q, j->order.bn) == 1;
    BN_clear(e);
    return done ? r : NULL;
}

/* One try: ERR_STATE asks for another.  Where q is no prime, a number may
 * have no inverse. */
static enum err try_sign(const struct job *j, struct nonces *from,
                         const BIGNUM *x, const BIGNUM *m, uint8_t *r_out,
                         uint8_t *s_out)
{
    BIGNUM *k = order_nonce(&j->order, from);
    BIGNUM *b = order_nonce(&j->order, from);
    BIGNUM *own = BN_CTX_get(j->order.bn);
    BIGNUM *r = NULL;
    BIGNUM *s = NULL;
    enum err e = ERR_RANGE;

    if (k != NULL && b != NULL && own != NULL && BN_copy(own, x) != NULL)
        r = first_half(j, k);
    if (r != NULL)
        s = order_second_half(&j->order, k, b, m, r, own);
    if (s != NULL)
        e = BN_is_zero(r) || BN_is_zero(s) ? ERR_STATE : ERR_OK;
    if (e == ERR_OK)
        e = give(j, r, r_out);
    if (e == ERR_OK)
        e = give(j, s, s_out);
    BIGNUM *const secrets[] = {k, b, own};
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
        if (secrets[i] != NULL)
            BN_clear(secrets[i]);
    }
    return e;
}

static enum err do_sign(void *ctx, const struct crypto_dl_domain *domain,
                        struct span x, struct span digest, uint8_t *r,
                        uint8_t *s)
{
    struct nonces from = {.scalar = x, .digest = digest};
    const BIGNUM *m = NULL;
    BIGNUM *own = NULL;
    struct job j;
    enum err e = enter(&j, ctx, domain);

    if (e == ERR_OK)
        e = take(&j, x, &own);
    if (e == ERR_OK)
        e = port_openssl_random(ctx, from.entropy, sizeof from.entropy);
    if (e == ERR_OK) {
        m = order_leading_bits(&j.order, digest);
        e = m != NULL ? ERR_STATE : ERR_IO;
    }
    for (int i = 0; i < TRIES && e == ERR_STATE; i++)
        e = try_sign(&j, &from, own, m, r, s);
    if (own != NULL)
        BN_clear(own);
    wipe(from.entropy, sizeof from.entropy);
    leave(&j);
    return e == ERR_STATE ? ERR_RANGE : e;
}

/* ---- verifying ---- */

/* Whether g^(m/s) y^(r/s) is r. */
static enum err compare(const struct job *j, const BIGNUM *y, const BIGNUM *m,
                        const BIGNUM *r, const BIGNUM *s, bool *right)
{
    BN_CTX *bn = j->order.bn;
    BIGNUM *w = BN_CTX_get(bn);
    BIGNUM *u = BN_CTX_get(bn);
    BIGNUM *v = BN_CTX_get(bn);
    BIGNUM *t = BN_CTX_get(bn);

    if (t == NULL || BN_mod_inverse(w, s, j->q, bn) == NULL)
        return t == NULL ? ERR_IO : ERR_OK;
    if (BN_mod_mul(u, m, w, j->q, bn) != 1 ||
        BN_mod_mul(v, r, w, j->q, bn) != 1 ||
        BN_mod_exp_mont(u, j->g, u, j->p, bn, j->mont) != 1 ||
        BN_mod_exp_mont(v, y, v, j->p, bn, j->mont) != 1 ||
        BN_mod_mul(t, u, v, j->p, bn) != 1 || BN_nnmod(t, t, j->q, bn) != 1)
        return ERR_IO;
    *right = BN_ucmp(t, r) == 0;
    return ERR_OK;
}

static enum err do_verify(void *ctx, const struct crypto_dl_domain *domain,
                          struct span y, struct span digest, struct span r,
                          struct span s, bool *right)
{
    const BIGNUM *m = NULL;
    BIGNUM *first = NULL;
    BIGNUM *second = NULL;
    BIGNUM *of = NULL;
    struct job j;
    enum err e = enter(&j, ctx, domain);

    *right = false;
    if (e == ERR_OK) {
        m = order_leading_bits(&j.order, digest);
        of = y.n <= CRYPTO_DL_MAX ? number(j.order.bn, y) : NULL;
        e = m != NULL && of != NULL ? ERR_OK : ERR_RANGE;
    }
    if (e == ERR_OK && (BN_num_bits(of) < 2 || BN_ucmp(of, j.p) >= 0))
        e = ERR_RANGE;
    if (e == ERR_OK && take(&j, r, &first) == ERR_OK &&
        take(&j, s, &second) == ERR_OK)
        e = compare(&j, of, m, first, second, right);
    leave(&j);
    return e;
}

/* ---- domains ---- */

/* n in `size` bytes behind what `b` holds. */
static bool put(struct buf *b, const BIGNUM *n, struct span *out)
{
    uint8_t *at = b->p + b->n;
    const size_t size = (size_t)BN_num_bytes(n);

    if (b->cap - b->n < size || BN_bn2bin(n, at) != (int)size)
        return false;
    b->n += size;
    *out = span_of(at, size);
    return true;
}

static bool tell(const BIGNUM *p, const BIGNUM *q, const BIGNUM *g,
                 struct crypto_dl_values *out)
{
    struct buf b = buf_of(out->bytes, sizeof out->bytes);

    return put(&b, p, &out->domain.p) && put(&b, q, &out->domain.q) &&
           put(&b, g, &out->domain.g);
}

/* SHA-256 of the seed with `more` added, as a number. */
static bool hash_of(OSSL_LIB_CTX *lib, const BIGNUM *seed, unsigned more,
                    BN_CTX *bn, BIGNUM *out)
{
    uint8_t bytes[HASH];
    uint8_t digest[HASH];
    BIGNUM *sum = BN_CTX_get(bn);

    return sum != NULL && BN_copy(sum, seed) != NULL &&
           BN_add_word(sum, more) == 1 &&
           (BN_num_bits(sum) <= HASH * BITS_A_BYTE ||
            BN_mask_bits(sum, HASH * BITS_A_BYTE) == 1) &&
           BN_bn2binpad(sum, bytes, HASH) == HASH &&
           EVP_Q_digest(lib, "SHA256", NULL, bytes, HASH, digest, NULL) == 1 &&
           BN_bin2bn(digest, HASH, out) != NULL;
}

/* The lower bits of a number. */
static bool keep_bits(BIGNUM *n, int bits)
{
    return BN_num_bits(n) <= bits || BN_mask_bits(n, bits) == 1;
}

/* q: the hash of the seed, with the first and the last bit set. */
static bool make_q(OSSL_LIB_CTX *lib, const struct crypto_dl_recipe *r,
                   const BIGNUM *seed, BN_CTX *bn, BIGNUM *q)
{
    return hash_of(lib, seed, 0, bn, q) && keep_bits(q, r->q_bits - 1) &&
           BN_set_bit(q, r->q_bits - 1) == 1 && BN_set_bit(q, 0) == 1;
}

/* The candidate for p that the counter tells. */
static bool make_x(OSSL_LIB_CTX *lib, const struct crypto_dl_recipe *r,
                   const BIGNUM *seed, BN_CTX *bn, BIGNUM *x)
{
    const unsigned parts =
        (r->p_bits + HASH * BITS_A_BYTE - 1u) / (HASH * BITS_A_BYTE);
    BIGNUM *v = BN_CTX_get(bn);

    if (v == NULL)
        return false;
    BN_zero(x);
    for (unsigned i = parts; i-- > 0;) {
        if (!hash_of(lib, seed, 1 + r->counter * parts + i, bn, v) ||
            BN_lshift(x, x, HASH * BITS_A_BYTE) != 1 || BN_add(x, x, v) != 1)
            return false;
    }
    return keep_bits(x, r->p_bits - 1) && BN_set_bit(x, r->p_bits - 1) == 1;
}

/* p = x - (x mod 2q) + 1; g = 2^((p - 1) / q) */
static bool make_p(const struct crypto_dl_recipe *r, const BIGNUM *x,
                   const BIGNUM *q, BN_CTX *bn, BIGNUM *p, BIGNUM *g)
{
    BIGNUM *t = BN_CTX_get(bn);
    BIGNUM *two = BN_CTX_get(bn);

    return two != NULL && BN_set_word(two, 2) == 1 && BN_lshift1(t, q) == 1 &&
           BN_mod(t, x, t, bn) == 1 && BN_sub(p, x, t) == 1 &&
           BN_add_word(p, 1) == 1 && BN_num_bits(p) == r->p_bits &&
           BN_copy(t, p) != NULL && BN_sub_word(t, 1) == 1 &&
           BN_div(t, NULL, t, q, bn) == 1 && BN_mod_exp(g, two, t, p, bn) == 1;
}

static enum err do_make(void *ctx, const struct crypto_dl_recipe *recipe,
                        struct crypto_dl_values *out)
{
    struct ec_openssl *memory = port_openssl_ec_memory(ctx);
    bool made = false;

    if (!ec_start(memory))
        return ERR_IO;
    BN_CTX_start(memory->bn);
    BIGNUM *x = BN_CTX_get(memory->bn);
    BIGNUM *p = BN_CTX_get(memory->bn);
    BIGNUM *q = BN_CTX_get(memory->bn);
    BIGNUM *g = BN_CTX_get(memory->bn);
    const BIGNUM *seed =
        number(memory->bn, span_of(recipe->seed, sizeof recipe->seed));
    made = g != NULL && seed != NULL &&
           make_q(memory->lib, recipe, seed, memory->bn, q) &&
           make_x(memory->lib, recipe, seed, memory->bn, x) &&
           make_p(recipe, x, q, memory->bn, p, g) && tell(p, q, g, out);
    BN_CTX_end(memory->bn);
    return made ? ERR_OK : ERR_RANGE;
}

static BIGNUM *modp_prime(unsigned bits)
{
    switch (bits) {
    case 768:
        return BN_get_rfc2409_prime_768(NULL);
    case 1024:
        return BN_get_rfc2409_prime_1024(NULL);
    case 1536:
        return BN_get_rfc3526_prime_1536(NULL);
    case 2048:
        return BN_get_rfc3526_prime_2048(NULL);
    case 3072:
        return BN_get_rfc3526_prime_3072(NULL);
    case 4096:
        return BN_get_rfc3526_prime_4096(NULL);
    default:
        return NULL;
    }
}

static enum err do_modp(void *ctx, unsigned bits, struct crypto_dl_values *out)
{
    BIGNUM *p = modp_prime(bits);
    BIGNUM *q = BN_new();
    BIGNUM *g = BN_new();
    bool told = false;

    (void)ctx;
    if (p != NULL && q != NULL && g != NULL)
        told = BN_rshift1(q, p) == 1 && BN_set_word(g, 2) == 1 &&
               tell(p, q, g, out);
    const bool unknown = p == NULL;
    BN_free(g);
    BN_free(q);
    BN_free(p);
    if (unknown)
        return ERR_UNSUPPORTED;
    return told ? ERR_OK : ERR_IO;
}

const struct crypto_dl_port port_openssl_dl = {
    .sign = do_sign,
    .verify = do_verify,
    .make = do_make,
    .modp = do_modp,
};
