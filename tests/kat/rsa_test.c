/*
 * Known answers of RSA from elsewhere, as data: proves raw operations with and
 * without primes, PKCS#1 v1.5 and PSS signatures, ISO 9796-2, decryption of
 * PKCS#1 v1.5 and OAEP, and that what is wrong is refused.  A row of KEY sets
 * the key of those after it; one that no function takes is a failure.
 */
#include <stdio.h>
#include <string.h>

#include "crypto/rsa_iso.h"
#include "crypto/rsa_pad.h"
#include "ports/openssl/crypto_openssl.h"
#include "vectors.h"

enum { LINE = 8192, COPIES = 8 };

static struct crypto_port crypto;

/* The key of the last row of KEY. */
static struct {
    uint8_t bytes[COPIES][FIELD_BYTES];
    size_t copies;
    struct span n;
    struct span e;
    struct crypto_rsa_private secret;
} key;

static char why[128];

static bool fail(const char *text)
{
    snprintf(why, sizeof why, "%s", text);
    return false;
}

static struct span copy(struct span s)
{
    uint8_t *to = key.bytes[key.copies++];
    if (s.n != 0)
        memcpy(to, s.p, s.n);
    return span_of(to, s.n);
}

static bool set_key(const struct row *row)
{
    key.copies = 0;
    key.n = copy(row_bytes(row, "n"));
    key.e = copy(row_bytes(row, "e"));
    key.secret = (struct crypto_rsa_private){
        .n = key.n,
        .d = copy(row_bytes(row, "d")),
        .p = copy(row_bytes(row, "p")),
        .q = copy(row_bytes(row, "q")),
        .dp = copy(row_bytes(row, "dp")),
        .dq = copy(row_bytes(row, "dq")),
        .qinv = copy(row_bytes(row, "qinv")),
    };
    return key.n.n >= 64;
}

static bool digest_called(const char *name, enum crypto_digest *out)
{
    static const char *const names[] = {
        [CRYPTO_SHA1] = "SHA1",     [CRYPTO_SHA224] = "SHA224",
        [CRYPTO_SHA256] = "SHA256", [CRYPTO_SHA384] = "SHA384",
        [CRYPTO_SHA512] = "SHA512", [CRYPTO_RIPEMD160] = "RIPEMD160",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (names[i] != NULL && strcmp(names[i], name) == 0) {
            *out = (enum crypto_digest)i;
            return true;
        }
    }
    return false;
}

/* Of the row's message; the digest's name is its second column. */
static bool hash_of(const struct row *row, enum crypto_digest *digest,
                    uint8_t *out, struct span *hash)
{
    const struct span message = row_bytes(row, "msg");

    if (!digest_called(row->protocol, digest))
        return fail("digest");
    *hash = span_of(out, crypto_digest_size(*digest));
    return crypto.digest(crypto.ctx, *digest, &message, 1, out) == ERR_OK;
}

static bool same(const uint8_t *got, struct span want)
{
    return memcmp(got, want.p, want.n) == 0 || fail("other bytes");
}

/* ---- operations ---- */

static bool opened(struct span sig, uint8_t *block)
{
    return sig.n == key.n.n && crypto.rsa->encrypt(crypto.ctx, key.n, key.e,
                                                   sig.p, block) == ERR_OK;
}

static bool verify(const struct row *row)
{
    uint8_t bytes[CRYPTO_DIGEST_MAX];
    uint8_t block[CRYPTO_RSA_MAX];
    uint8_t expected[CRYPTO_RSA_MAX];
    enum crypto_digest digest;
    struct span hash;

    if (!hash_of(row, &digest, bytes, &hash) ||
        crypto_rsa_pad_digest(digest, hash, expected, key.n.n) != ERR_OK)
        return fail("pad");
    const bool right = opened(row_bytes(row, "sig"), block) &&
                       memcmp(block, expected, key.n.n) == 0;
    return right == row_byte(row, "right", 0xFF) || fail("verdict");
}

static bool sign(const struct row *row)
{
    uint8_t bytes[CRYPTO_DIGEST_MAX];
    uint8_t block[CRYPTO_RSA_MAX];
    enum crypto_digest digest;
    struct span hash;

    return hash_of(row, &digest, bytes, &hash) &&
           crypto_rsa_pad_digest(digest, hash, block, key.n.n) == ERR_OK &&
           crypto.rsa->decrypt(crypto.ctx, &key.secret, block, block,
                               key.n.n) == ERR_OK &&
           same(block, row_bytes(row, "sig")) && verify(row);
}

static bool pss(const struct row *row)
{
    uint8_t bytes[CRYPTO_DIGEST_MAX];
    uint8_t block[CRYPTO_RSA_MAX];
    struct crypto_rsa_mask mask = {.label = {NULL, 0}};
    struct span hash;
    bool right = false;

    if (!hash_of(row, &mask.digest, bytes, &hash))
        return false;
    mask.mgf = (enum crypto_digest)row_byte(row, "mgf", (uint8_t)mask.digest);
    if (opened(row_bytes(row, "sig"), block) &&
        crypto_rsa_check_pss(&crypto, &mask, hash, row_byte(row, "salt", 0),
                             block, key.n.n, &right) != ERR_OK)
        return fail("check");
    return right == row_byte(row, "right", 0xFF) || fail("verdict");
}

/* Decrypts with the primes; what is not as long as the modulus is wrong. */
static bool decrypted(const struct row *row, uint8_t *block)
{
    const struct span ct = row_bytes(row, "ct");

    return ct.n == key.n.n && crypto.rsa->decrypt(crypto.ctx, &key.secret, ct.p,
                                                  block, ct.n) == ERR_OK;
}

static bool is_message(const struct row *row, bool right, struct span got)
{
    const struct span want = row_bytes(row, "msg");

    if (right != row_byte(row, "right", 0xFF))
        return fail("verdict");
    return !right || span_equal(got, want) || fail("message");
}

static bool pkcs1(const struct row *row)
{
    uint8_t block[CRYPTO_RSA_MAX];
    struct span got = {NULL, 0};
    const bool right = decrypted(row, block) &&
                       crypto_rsa_unpad_2(block, key.n.n, &got) == ERR_OK;

    return is_message(row, right, got);
}

static bool oaep(const struct row *row)
{
    uint8_t block[CRYPTO_RSA_MAX];
    struct crypto_rsa_mask mask = {.label = row_bytes(row, "label")};
    struct span got = {NULL, 0};

    if (!digest_called(row->protocol, &mask.digest))
        return fail("digest");
    mask.mgf = (enum crypto_digest)row_byte(row, "mgf", 0);
    const bool right =
        decrypted(row, block) &&
        crypto_rsa_unpad_oaep(&crypto, &mask, block, key.n.n, &got) == ERR_OK;
    return is_message(row, right, got);
}

/* A signature that holds the first part of its message, opened. */
static bool iso(const struct row *row)
{
    uint8_t bytes[CRYPTO_DIGEST_MAX];
    uint8_t all[CRYPTO_DIGEST_MAX];
    uint8_t block[CRYPTO_RSA_MAX];
    struct crypto_rsa_iso kind = {row_byte(row, "scheme", 1),
                                  row_byte(row, "named", 0) != 0, CRYPTO_SHA1};
    const struct span message = row_bytes(row, "msg");
    struct crypto_rsa_held held;
    struct span hash = {NULL, 0};
    struct span rest = message;
    struct span start;

    if (!digest_called(row->protocol, &kind.digest) ||
        !opened(row_bytes(row, "sig"), block) ||
        crypto_rsa_iso_unpad(&crypto, &kind, block, key.n.n, &held) != ERR_OK)
        return fail("unpad");
    if (span_take(&rest, held.m1.n, &start) != ERR_OK ||
        !span_equal(start, held.m1))
        return fail("recovered message");
    const struct span part = kind.scheme == 1 ? message : rest;
    hash = span_of(bytes, crypto_digest_size(kind.digest));
    return crypto.digest(crypto.ctx, kind.digest, &part, 1, bytes) == ERR_OK &&
           crypto_rsa_iso_hash(&crypto, &kind, held.m1, held.salt, hash, all) ==
               ERR_OK &&
           same(all, held.hash);
}

static const struct {
    const char *name;
    bool (*run)(const struct row *row);
} operations[] = {
    {"KEY", set_key}, {"SIGN", sign}, {"VERIFY", verify}, {"PSS", pss},
    {"PKCS1", pkcs1}, {"OAEP", oaep}, {"ISO", iso},
};

static bool run_row(const struct row *row)
{
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        if (strcmp(operations[i].name, row->operation) == 0)
            return operations[i].run(row);
    }
    return fail("no such operation");
}

static int run(FILE *f)
{
    static char line[LINE];
    static struct row row;
    unsigned rows = 0;
    unsigned failed = 0;

    while (fgets(line, sizeof line, f) != NULL) {
        if (!row_read(&row, line))
            continue;
        rows++;
        why[0] = '\0';
        if (run_row(&row))
            continue;
        failed++;
        printf("%s %s: %s\n", row.id, row.operation, why);
    }
    printf("%u rows, %u failed\n", rows, failed);
    return rows > 0 && failed == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct port_openssl *port = NULL;
    FILE *f = argc == 2 ? fopen(argv[1], "r") : NULL;
    if (f == NULL || port_openssl_crypto_init(&crypto, &port, "kat") != 0) {
        fprintf(stderr, "usage: %s VECTORS.tsv\n", argv[0]);
        return 2;
    }
    int result = run(f);
    port_openssl_free(&port);
    fclose(f);
    return result;
}
