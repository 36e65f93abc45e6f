/*
 * Proves that curves given by their parameters alone do what is known of
 * them: ECDSA and Diffie-Hellman in cases of Wycheproof (curves.tsv), wrong
 * signatures and points among them; and on every curve that OpenSSL has a name
 * for, what is signed verifies, nothing else does, and two sides agree.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/ec.h"
#include "ports/openssl/crypto_openssl.h"
#include "ports/openssl/ec.h"
#include "vectors.h"

enum { CURVES_MAX = 128 };

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

/* ---- parameters of a curve, out of OpenSSL's table ---- */

static struct span put(struct buf *b, const BIGNUM *n)
{
    struct span s = {b->p + b->n, (size_t)BN_num_bytes(n)};

    if (s.n > b->cap - b->n)
        abort();
    BN_bn2bin(n, b->p + b->n);
    b->n += s.n;
    return s;
}

static void put_field(struct crypto_ec_curve *c, struct buf *b, const BIGNUM *p,
                      bool binary)
{
    size_t n = 0;

    if (!binary) {
        c->p = put(b, p);
        return;
    }
    c->degree = (uint16_t)(BN_num_bits(p) - 1);
    for (int i = c->degree - 1; i > 0; i--) {
        if (BN_is_bit_set(p, i))
            c->terms[n++] = (uint16_t)i;
    }
}

static void parameters(int nid, struct crypto_ec_values *out)
{
    EC_GROUP *group = EC_GROUP_new_by_curve_name(nid);
    BIGNUM *p = BN_new();
    BIGNUM *ca = BN_new();
    BIGNUM *cb = BN_new();
    struct buf b = buf_of(out->bytes, sizeof out->bytes);
    struct crypto_ec_curve *c = &out->curve;

    memset(out, 0, sizeof *out);
    if (group == NULL || EC_GROUP_get_curve(group, p, ca, cb, NULL) != 1)
        abort();
    put_field(c, &b, p,
              EC_GROUP_get_field_type(group) != NID_X9_62_prime_field);
    c->a = put(&b, ca);
    c->b = put(&b, cb);
    c->n = put(&b, EC_GROUP_get0_order(group));
    c->h = (uint16_t)BN_get_word(EC_GROUP_get0_cofactor(group));
    c->g.p = b.p + b.n;
    c->g.n = EC_POINT_point2oct(group, EC_GROUP_get0_generator(group),
                                POINT_CONVERSION_UNCOMPRESSED, b.p + b.n,
                                b.cap - b.n, NULL);
    BN_free(cb);
    BN_free(ca);
    BN_free(p);
    EC_GROUP_free(group);
}

/* ---- the table ---- */

static void parameters_of(const struct row *row, struct crypto_ec_values *out)
{
    const char *name = row_field(row, "curve")->text;
    int nid = OBJ_sn2nid(name);

    if (strcmp(name, "secp192r1") == 0)
        nid = NID_X9_62_prime192v1;
    if (strcmp(name, "secp256r1") == 0)
        nid = NID_X9_62_prime256v1;
    parameters(nid, out);
}

static void verify(const struct row *row)
{
    struct crypto_ec_values values;
    bool right = false;

    parameters_of(row, &values);
    expect(crypto.ec->verify(crypto.ctx, &values.curve, row_bytes(row, "w"),
                             row_bytes(row, "digest"), row_bytes(row, "r"),
                             row_bytes(row, "s"), &right) == ERR_OK,
           row->id, "is not looked at");
    expect(right == (row_byte(row, "right", 0xFF) == 1), row->id,
           right ? "passes" : "does not pass");
}

/* No x: there is no secret. */
static void multiply(const struct row *row)
{
    const struct span x = row_bytes(row, "x");
    struct crypto_ec_values values;
    uint8_t out[CRYPTO_EC_POINT_MAX] = {0};

    parameters_of(row, &values);
    const enum err e =
        crypto.ec->multiply(crypto.ctx, &values.curve, row_bytes(row, "scalar"),
                            row_bytes(row, "point"), out);
    expect(e == (x.n == 0 ? ERR_RANGE : ERR_OK), row->id, "another error");
    expect(x.n == 0 || memcmp(out + 1, x.p, x.n) == 0, row->id,
           "another secret");
}

static void run(const struct row *row)
{
    rows++;
    if (strcmp(row->operation, "VERIFY") == 0)
        verify(row);
    else
        multiply(row);
}

/* ---- every curve ---- */

struct side {
    uint8_t scalar[CRYPTO_EC_ORDER_MAX];
    uint8_t point[CRYPTO_EC_POINT_MAX];
    uint8_t shared[CRYPTO_EC_POINT_MAX];
};

static void sign_and_verify(const char *name, const struct crypto_ec_curve *c,
                            const struct side *own)
{
    const size_t order = crypto_ec_order_size(c);
    uint8_t digest[CRYPTO_DIGEST_MAX];
    uint8_t r[CRYPTO_EC_ORDER_MAX];
    uint8_t s[CRYPTO_EC_ORDER_MAX];
    const struct span w = span_of(own->point, 1 + 2 * crypto_ec_field_size(c));
    bool right = false;

    memset(digest, 0xA5, sizeof digest);
    expect(crypto.ec->sign(crypto.ctx, c, span_of(own->scalar, order),
                           span_of(digest, 64), r, s) == ERR_OK,
           name, "does not sign");
    expect(crypto.ec->verify(crypto.ctx, c, w, span_of(digest, 64),
                             span_of(r, order), span_of(s, order),
                             &right) == ERR_OK &&
               right,
           name, "does not verify");
    digest[0] ^= 0x80;
    expect(crypto.ec->verify(crypto.ctx, c, w, span_of(digest, 64),
                             span_of(r, order), span_of(s, order),
                             &right) == ERR_OK &&
               !right,
           name, "another digest verifies");
}

static void agree(const char *name, const struct crypto_ec_curve *c,
                  struct side *a, struct side *b)
{
    const size_t order = crypto_ec_order_size(c);
    const size_t point = 1 + 2 * crypto_ec_field_size(c);

    expect(crypto.ec->multiply(crypto.ctx, c, span_of(a->scalar, order),
                               span_of(b->point, point), a->shared) == ERR_OK &&
               crypto.ec->multiply_cofactor(
                   crypto.ctx, c, span_of(b->scalar, order),
                   span_of(a->point, point), b->shared) == ERR_OK &&
               memcmp(a->shared, b->shared, point) == 0,
           name, "the sides do not agree");
}

static void run_curve(const char *name, int nid)
{
    struct crypto_ec_values values;
    struct side a;
    struct side b;

    parameters(nid, &values);
    const struct crypto_ec_curve *c = &values.curve;
    expect(crypto.ec->generate(crypto.ctx, c, a.scalar, a.point) == ERR_OK &&
               crypto.ec->generate(crypto.ctx, c, b.scalar, b.point) == ERR_OK,
           name, "makes no keys");
    expect(memcmp(a.scalar, b.scalar, crypto_ec_order_size(c)) != 0, name,
           "makes one key twice");
    sign_and_verify(name, c, &a);
    agree(name, c, &a, &b);
}

static unsigned run_curves(void)
{
    EC_builtin_curve all[CURVES_MAX];
    const size_t n = EC_get_builtin_curves(all, CURVES_MAX);
    unsigned done = 0;

    for (size_t i = 0; i < n && i < CURVES_MAX; i++) {
        const char *name = OBJ_nid2sn(all[i].nid);
        /* IPsec's curves have no generator of prime order */
        if (strncmp(name, "Oakley", 6) == 0)
            continue;
        run_curve(name, all[i].nid);
        done++;
    }
    return done;
}

int main(int argc, char **argv)
{
    struct port_openssl *library = NULL;
    unsigned curves = 0;

    if (argc != 2 || port_openssl_crypto_init(&crypto, &library, NULL) != 0 ||
        !row_each(argv[1], run))
        return 2;
    curves = run_curves();
    port_openssl_free(&library);
    printf("%u rows, %u curves, %u failures\n", rows, curves, failures);
    return failures == 0 && rows > 500 && curves > 70 ? 0 : 1;
}
