/*
 * Known answers of the signature schemes of content management [GPCS B.1.2,
 * B.2.2, B.3, B.4.3, C.1]:
 * what another implementation signed with a key of each kind and size is
 * accepted; of no other message, with no bit of it changed, at no other
 * length; what is signed here is accepted here, and is the same where the
 * scheme has one answer; keys of other sizes are refused.  (schemes.tsv)
 */
#include <stdio.h>
#include <string.h>

#include "crypto/scheme.h"
#include "ports/openssl/crypto_openssl.h"
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

/* ---- keys ---- */

static bool curve_called(const char *name, struct crypto_ec_values *memory)
{
    static const struct {
        const char *name;
        enum crypto_ec_name curve;
    } names[] = {
        {"secp256r1", CRYPTO_EC_SECP256R1},
        {"secp384r1", CRYPTO_EC_SECP384R1},
        {"secp521r1", CRYPTO_EC_SECP521R1},
        {"brainpoolP256r1", CRYPTO_EC_BRAINPOOLP256R1},
        {"brainpoolP320r1", CRYPTO_EC_BRAINPOOLP320R1},
        {"brainpoolP384t1", CRYPTO_EC_BRAINPOOLP384T1},
        {"brainpoolP512r1", CRYPTO_EC_BRAINPOOLP512R1},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i].name, name) == 0)
            return crypto_ec_named(&crypto, names[i].curve, memory) == ERR_OK;
    }
    return false;
}

static bool take_key(const struct row *row, struct crypto_ec_values *memory,
                     struct crypto_scheme_key *key)
{
    *key = (struct crypto_scheme_key){
        .kind = CRYPTO_SCHEME_DES,
        .secret = row_bytes(row, "secret"),
        .n = row_bytes(row, "n"),
        .e = row_bytes(row, "e"),
        .private_key = {.n = row_bytes(row, "n"), .d = row_bytes(row, "d")},
    };
    if (strcmp(row->protocol, "AES") == 0)
        key->kind = CRYPTO_SCHEME_AES;
    if (strcmp(row->protocol, "RSA") == 0)
        key->kind = CRYPTO_SCHEME_RSA;
    if (strcmp(row->protocol, "EC") != 0)
        return true;
    key->kind = CRYPTO_SCHEME_EC;
    key->point = row_bytes(row, "point");
    key->secret = row_bytes(row, "scalar");
    const struct field *curve = row_field(row, "curve");
    const bool known = curve != NULL && curve_called(curve->text, memory);
    key->curve = memory->curve;
    return known;
}

/* ---- a row ---- */

/* The message in two parts, cut at `at`. */
static enum err verify(const struct crypto_scheme_key *key, struct span message,
                       size_t at, struct span signature)
{
    const struct span parts[] = {span_of(message.p, at),
                                 span_of(message.p + at, message.n - at)};

    return crypto_scheme_verify(&crypto, key, parts, 2, signature);
}

static void other_bits(const struct row *row,
                       const struct crypto_scheme_key *key)
{
    const struct span message = row_bytes(row, "msg");
    const struct span sig = row_bytes(row, "sig");
    uint8_t bytes[CRYPTO_SCHEME_MAX + 1] = {0};

    memcpy(bytes, sig.p, sig.n);
    for (size_t i = 0; i < sig.n; i += sig.n / 8) {
        bytes[i] ^= 0x10;
        expect(verify(key, message, 3, span_of(bytes, sig.n)) == ERR_AUTH,
               row->id, "takes another signature");
        bytes[i] ^= 0x10;
    }
    expect(verify(key, message, 3, span_of(bytes, sig.n - 1)) == ERR_AUTH,
           row->id, "takes a shorter signature");
    expect(verify(key, message, 3, span_of(bytes, sig.n + 1)) == ERR_AUTH,
           row->id, "takes a longer signature");
    expect(verify(key, span_of(message.p, message.n - 1), 3, sig) == ERR_AUTH,
           row->id, "takes another message");
}

static void own(const struct row *row, const struct crypto_scheme_key *key)
{
    const struct span message = row_bytes(row, "msg");
    const struct span sig = row_bytes(row, "sig");
    const bool one_answer =
        key->kind != CRYPTO_SCHEME_EC && (sig.n <= 128 || message.n == 0);
    uint8_t bytes[CRYPTO_SCHEME_MAX];
    struct buf out = buf_of(bytes, sizeof bytes);

    expect(crypto_scheme_sign(&crypto, key, &message, 1, &out) == ERR_OK &&
               out.n == sig.n,
           row->id, "does not sign");
    expect(verify(key, message, message.n, buf_span(&out)) == ERR_OK, row->id,
           "refuses its own signature");
    expect(!one_answer || memcmp(bytes, sig.p, sig.n) == 0, row->id,
           "signs otherwise");
    out = buf_of(bytes, sig.n - 1);
    expect(crypto_scheme_sign(&crypto, key, &message, 1, &out) == ERR_FULL,
           row->id, "signs beyond its room");
}

static void run(const struct row *row)
{
    struct crypto_ec_values memory;
    struct crypto_scheme_key key;
    const struct span sig = row_bytes(row, "sig");

    rows++;
    memset(&memory, 0, sizeof memory);
    if (!take_key(row, &memory, &key) || sig.n == 0) {
        expect(false, row->id, "is no row");
        return;
    }
    expect(crypto_scheme_size(&key) == sig.n, row->id, "has another size");
    expect(verify(&key, row_bytes(row, "msg"), 5, sig) == ERR_OK, row->id,
           "is refused");
    other_bits(row, &key);
    own(row, &key);
}

/* ---- keys that no scheme has ---- */

static void refuse_sizes(void)
{
    static const uint8_t bytes[CRYPTO_RSA_MAX + 1] = {0x81};
    const size_t sizes[] = {0, 8, 15, 17, 33};
    struct crypto_scheme_key key = {.kind = CRYPTO_SCHEME_AES};

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        key.secret = span_of(bytes, sizes[i]);
        expect(verify(&key, span_of(bytes, 1), 0, span_of(bytes, 16)) ==
                   ERR_RANGE,
               "AES", "takes a key of no size");
    }
    key.kind = CRYPTO_SCHEME_DES;
    key.secret = span_of(bytes, 24);
    expect(crypto_scheme_size(&key) == 0, "DES", "takes 24 bytes");
    key.kind = CRYPTO_SCHEME_RSA;
    key.n = span_of(bytes, 127);
    expect(crypto_scheme_size(&key) == 0, "RSA", "takes 1016 bits");
    key.n = span_of(bytes, CRYPTO_RSA_MAX + 1);
    expect(crypto_scheme_size(&key) == 0, "RSA", "takes 4104 bits");
    key.kind = CRYPTO_SCHEME_EC;
    key.curve.n = span_of(bytes, 28);
    expect(crypto_scheme_size(&key) == 0, "EC", "takes 224 bits");
}

/* The digests that table C-3 pairs with keys. */
static void digests_grow_with_keys(void)
{
    static const uint8_t bytes[32] = {0x81};
    struct crypto_scheme_key key = {.kind = CRYPTO_SCHEME_DES};

    expect(crypto_scheme_digest(&key) == CRYPTO_SHA1, "DES", "digest");
    key.kind = CRYPTO_SCHEME_AES;
    key.secret = span_of(bytes, 16);
    expect(crypto_scheme_digest(&key) == CRYPTO_SHA256, "AES-128", "digest");
    key.secret = span_of(bytes, 24);
    expect(crypto_scheme_digest(&key) == CRYPTO_SHA384, "AES-192", "digest");
    key.secret = span_of(bytes, 32);
    expect(crypto_scheme_digest(&key) == CRYPTO_SHA512, "AES-256", "digest");
}

int main(int argc, char **argv)
{
    struct port_openssl *port = NULL;

    if (argc != 2 || port_openssl_crypto_init(&crypto, &port, NULL) != 0)
        return 2;
    if (!row_each(argv[1], run))
        return 2;
    refuse_sizes();
    digests_grow_with_keys();
    port_openssl_free(&port);
    printf("%u rows, %u failures\n", rows, failures);
    return failures == 0 && rows > 0 ? 0 : 1;
}
