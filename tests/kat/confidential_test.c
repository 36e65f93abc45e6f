/*
 * Known answers of scenario 3 of the confidential set-up of keys [Amd A 3],
 * which an open client of cards gave: of its template, ephemeral key and the
 * card's random number come the same keys and the same receipt at both ends;
 * the template that is built here is its own, byte by byte; no bit of a receipt
 * or of what it is over can be another.  (confidential.tsv)
 */
#include <stdio.h>
#include <string.h>

#include "ports/openssl/crypto_openssl.h"
#include "securechannel/confidential.h"
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

static bool same(struct span a, const uint8_t *p, size_t n)
{
    return a.n > 0 && span_equal(a, span_of(p, n));
}

/* One end: its scalar and the other's point. */
static void derive(const struct row *row,
                   const struct confidential_offer *offer,
                   const struct crypto_ec_curve *curve, const char *scalar,
                   const char *point)
{
    const struct span random = row_bytes(row, "random");
    uint8_t receipt[CONFIDENTIAL_RECEIPT_MAX];
    struct secret_confidential secret;
    size_t n = 0;

    expect(scp_confidential_agree(&crypto, offer, curve, row_bytes(row, scalar),
                                  row_bytes(row, point), random,
                                  row_bytes(row, "identities"),
                                  &secret) == ERR_OK,
           row->id, "no agreement");
    expect(same(row_bytes(row, "keys"), secret.keys,
                scp_confidential_keys_size(offer)),
           row->id, "other keys");
    expect(scp_confidential_receipt(&crypto, offer, &secret, random, receipt,
                                    &n) == ERR_OK &&
               same(row_bytes(row, "receipt"), receipt, n),
           row->id, "another receipt");
    secret.receipt_key[0] ^= 2;
    expect(scp_confidential_receipt(&crypto, offer, &secret, random, receipt,
                                    &n) == ERR_OK &&
               !same(row_bytes(row, "receipt"), receipt, n),
           row->id, "a receipt of another key");
}

/* What was taken apart can be put together again; it may leave 82 out. */
static void rebuild(const struct row *row, struct confidential_offer offer)
{
    const struct span template = row_bytes(row, "template");
    uint8_t bytes[CONFIDENTIAL_OFFER_MAX];
    struct buf out = buf_of(bytes, sizeof bytes);
    const bool tells_id = row_field(row, "noid") == NULL;

    expect(scp_confidential_offer_put(&offer, &out) == ERR_OK, row->id,
           "no template");
    expect(out.n == template.n + (tells_id ? 0 : 3), row->id,
           "a template of another length");
    expect(!tells_id || same(template, out.p, out.n), row->id,
           "another template");
}

/* What is cut off anywhere is no template. */
static void spoil(const struct row *row)
{
    const struct span template = row_bytes(row, "template");
    struct confidential_offer offer;

    for (size_t n = 0; n < template.n; n++)
        expect(scp_confidential_offer_take(span_of(template.p, n), &offer) !=
                   ERR_OK,
               row->id, "a cut template is taken");
}

static void run(const struct row *row)
{
    const struct field *name = row_field(row, "curve");
    struct confidential_offer offer;
    struct crypto_ec_values curve;

    rows++;
    expect(name != NULL && crypto_ec_named(&crypto,
                                           strcmp(name->text, "secp384r1") == 0
                                               ? CRYPTO_EC_SECP384R1
                                               : CRYPTO_EC_SECP256R1,
                                           &curve) == ERR_OK,
           row->id, "no such curve");
    if (scp_confidential_offer_take(row_bytes(row, "template"), &offer) !=
        ERR_OK) {
        expect(false, row->id, "its template is not taken");
        return;
    }
    derive(row, &offer, &curve.curve, "casd", "other");
    derive(row, &offer, &curve.curve, "scalar", "point");
    rebuild(row, offer);
    spoil(row);
}

int main(int argc, char **argv)
{
    struct port_openssl *port = NULL;

    if (argc != 2 || port_openssl_crypto_init(&crypto, &port, NULL) != 0)
        return 2;
    if (!row_each(argv[1], run))
        return 2;
    port_openssl_free(&port);
    printf("%u rows, %u failures\n", rows, failures);
    return failures == 0 && rows > 0 ? 0 : 1;
}
