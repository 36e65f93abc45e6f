/*
 * Proves that DSA verifies what Wycheproof says and nothing else, as data in
 * logarithms.tsv (a row of KEY sets the key of those after it); that for every
 * size a card has a domain of its own, with primes of that size and a generator
 * of their order, in which what is signed verifies; and that the groups of
 * Diffie and Hellman's are such, too.
 */
#include <stdio.h>
#include <string.h>

#include "crypto/dl.h"
#include "ports/openssl/crypto_openssl.h"
#include "ports/openssl/openssl_headers.h"
#include "vectors.h"

static struct crypto_port crypto;
static unsigned failures;
static unsigned rows;

static void expect(bool truth, const char *id, const char *what)
{
    if (!truth) {
        fprintf(stderr, "%s: %s\n", id, what);
        failures++;
    }
}

/* ---- the table ---- */

/* The key of the last row of KEY. */
static struct {
    uint8_t bytes[4][FIELD_BYTES];
    struct crypto_dl_domain domain;
    struct span y;
} key;

static struct span copy(const struct row *row, const char *name, unsigned i)
{
    const struct span s = row_bytes(row, name);

    memcpy(key.bytes[i], s.p, s.n);
    return span_of(key.bytes[i], s.n);
}

static void set_key(const struct row *row)
{
    key.domain = (struct crypto_dl_domain){copy(row, "p", 0), copy(row, "q", 1),
                                           copy(row, "g", 2)};
    key.y = copy(row, "y", 3);
}

static void verify(const struct row *row)
{
    bool right = false;

    expect(crypto.dl->verify(crypto.ctx, &key.domain, key.y,
                             row_bytes(row, "digest"), row_bytes(row, "r"),
                             row_bytes(row, "s"), &right) == ERR_OK,
           row->id, "is not looked at");
    expect(right == (row_byte(row, "right", 0xFF) == 1), row->id,
           right ? "passes" : "does not pass");
}

static void run(const struct row *row)
{
    rows++;
    if (strcmp(row->operation, "KEY") == 0)
        set_key(row);
    else
        verify(row);
}

/* ---- domains ---- */

static BIGNUM *number(struct span s)
{
    return BN_bin2bn(s.p, (int)s.n, NULL);
}

/* Whether base to the power of e is 1 modulo p. */
static bool is_one(const BIGNUM *base, const BIGNUM *e, const BIGNUM *p,
                   BN_CTX *bn)
{
    BIGNUM *power = BN_new();
    const bool one =
        BN_mod_exp(power, base, e, p, bn) == 1 && BN_is_one(power) == 1;

    BN_free(power);
    return one;
}

/* p passes Fermat's test to the base 3, which numbers that were not chosen to
 * do so fail; q is looked at as long as OpenSSL does. */
static void check(const struct crypto_dl_domain *d, unsigned bits,
                  const char *id)
{
    BN_CTX *bn = BN_CTX_new();
    BIGNUM *p = number(d->p);
    BIGNUM *q = number(d->q);
    BIGNUM *g = number(d->g);
    BIGNUM *rest = BN_new();
    BIGNUM *base = BN_new();

    BN_set_word(base, 3);
    expect(BN_num_bits(p) == (int)bits, id, "p has another length");
    BN_sub_word(p, 1);
    BN_nnmod(rest, p, q, bn);
    expect(BN_is_zero(rest) == 1, id, "q does not divide p - 1");
    BN_copy(rest, p);
    BN_add_word(p, 1);
    expect(is_one(base, rest, p, bn), id, "p is no prime");
    expect(BN_is_one(g) == 0 && is_one(g, q, p, bn), id,
           "g is not of the order q");
    if (BN_num_bits(q) <= 256)
        expect(BN_check_prime(q, bn, NULL) == 1, id, "q is no prime");
    BN_free(base);
    BN_free(rest);
    BN_free(g);
    BN_free(q);
    BN_free(p);
    BN_CTX_free(bn);
}

/* With the key 2, whose public value is the square of g. */
static void sign_and_verify(const struct crypto_dl_domain *d, const char *id)
{
    static const uint8_t two = 2;
    static const uint8_t digest[CRYPTO_DIGEST_MAX] = {0xA5};
    uint8_t y[CRYPTO_DL_MAX];
    uint8_t r[CRYPTO_DL_ORDER_MAX];
    uint8_t s[CRYPTO_DL_ORDER_MAX];
    const struct span hash = span_of(digest, 20);
    BN_CTX *bn = BN_CTX_new();
    BIGNUM *p = number(d->p);
    BIGNUM *g = number(d->g);
    bool right = false;

    BN_mod_sqr(g, g, p, bn);
    BN_bn2binpad(g, y, (int)d->p.n);
    expect(crypto.dl->sign(crypto.ctx, d, span_of(&two, 1), hash, r, s) ==
               ERR_OK,
           id, "does not sign");
    expect(crypto.dl->verify(crypto.ctx, d, span_of(y, d->p.n), hash,
                             span_of(r, d->q.n), span_of(s, d->q.n),
                             &right) == ERR_OK &&
               right,
           id, "does not verify");
    s[d->q.n - 1] ^= 1;
    expect(crypto.dl->verify(crypto.ctx, d, span_of(y, d->p.n), hash,
                             span_of(r, d->q.n), span_of(s, d->q.n),
                             &right) == ERR_OK &&
               !right,
           id, "another signature verifies");
    BN_free(g);
    BN_free(p);
    BN_CTX_free(bn);
}

static void run_domains(void)
{
    static struct crypto_dl_values values;
    char id[32];

    for (unsigned bits = 512; bits <= 3072; bits += 64) {
        snprintf(id, sizeof id, "DSA, %u bits", bits);
        expect(crypto_dl_dsa(&crypto, bits, &values) == ERR_OK, id, "is none");
        check(&values.domain, bits, id);
        expect(values.domain.q.n == (bits >= 2048  ? 32u
                                     : bits > 1024 ? 28u
                                                   : 20u),
               id, "q has another length");
        sign_and_verify(&values.domain, id);
    }
    expect(crypto_dl_dsa(&crypto, 1000, &values) == ERR_RANGE, "1000 bits",
           "is one");
}

static void run_groups(void)
{
    static const unsigned sizes[] = {768, 1024, 1536, 2048, 3072, 4096};
    static struct crypto_dl_values values;
    char id[32];

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        snprintf(id, sizeof id, "DH, %u bits", sizes[i]);
        expect(crypto.dl->modp(crypto.ctx, sizes[i], &values) == ERR_OK, id,
               "is none");
        check(&values.domain, sizes[i], id);
    }
    expect(crypto.dl->modp(crypto.ctx, 1000, &values) == ERR_UNSUPPORTED,
           "DH, 1000 bits", "is one");
}

int main(int argc, char **argv)
{
    struct port_openssl *library = NULL;

    if (argc != 2 || port_openssl_crypto_init(&crypto, &library, NULL) != 0 ||
        !row_each(argv[1], run))
        return 2;
    run_domains();
    run_groups();
    port_openssl_free(&library);
    printf("%u rows, %u failures\n", rows, failures);
    return failures == 0 && rows > 100 ? 0 : 1;
}
