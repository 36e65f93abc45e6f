/*
 * The Card API's algorithms: one operation a command, in process, from an
 * applet (bench/crypto/) that keeps its keys and engines.  Beside each what
 * OpenSSL takes for the same in the same run, with its objects kept, too, in
 * rounds that alternate; both in time of the processor.
 *
 *   bench-crypto CRYPTO.CAP [WORDS]     rows that have the words in their name
 */
#include <stdio.h>
#include <string.h>

#include "bench/common.h"
#include "ports/openssl/openssl_headers.h"

enum {
    HEADER = 5,
    DATA = 240,
    HASH = 32,
    RSA_BITS = 2048,
    OUTPUT_MAX = 512,
};

static const uint8_t select_crypto[] = {0x00, 0xA4, 0x04, 0x00, 0x07,
                                        0xF0, 0x50, 0x4F, 0x53, 0x54,
                                        0xB0, 0x01, 0x00};

/* ---- what OpenSSL takes by itself ---- */

struct alone {
    EVP_CIPHER_CTX *aes;
    EVP_CIPHER_CTX *des;
    EVP_MD_CTX *digest;
    EVP_MD *sha1;
    EVP_MD *sha256;
    EVP_MAC_CTX *hmac;
    EVP_MAC_CTX *cmac;
    EVP_PKEY_CTX *curve;
    EVP_PKEY *ec;
    EVP_PKEY *edwards;
    EVP_PKEY *rsa;
    uint8_t in[DATA];
    uint8_t out[OUTPUT_MAX];
};

static void must(int done)
{
    if (done != 1)
        bench_die("OpenSSL does not do that");
}

static void encipher(struct alone *a, EVP_CIPHER_CTX *cipher)
{
    static const uint8_t iv[16];
    int n = 0;

    must(EVP_CipherInit_ex2(cipher, NULL, NULL, iv, -1, NULL));
    must(EVP_CipherUpdate(cipher, a->out, &n, a->in, DATA));
}

static void aes(void *ctx)
{
    encipher(ctx, ((struct alone *)ctx)->aes);
}

static void des(void *ctx)
{
    encipher(ctx, ((struct alone *)ctx)->des);
}

static void digest(struct alone *a, const EVP_MD *md)
{
    must(EVP_DigestInit_ex2(a->digest, md, NULL));
    must(EVP_DigestUpdate(a->digest, a->in, DATA));
    must(EVP_DigestFinal_ex(a->digest, a->out, NULL));
}

static void sha1(void *ctx)
{
    digest(ctx, ((struct alone *)ctx)->sha1);
}

static void sha256(void *ctx)
{
    digest(ctx, ((struct alone *)ctx)->sha256);
}

static void authenticate(struct alone *a, EVP_MAC_CTX *mac)
{
    size_t n = 0;

    must(EVP_MAC_init(mac, NULL, 0, NULL));
    must(EVP_MAC_update(mac, a->in, DATA));
    must(EVP_MAC_final(mac, a->out, &n, sizeof a->out));
}

static void hmac(void *ctx)
{
    authenticate(ctx, ((struct alone *)ctx)->hmac);
}

static void cmac(void *ctx)
{
    authenticate(ctx, ((struct alone *)ctx)->cmac);
}

static void draw(void *ctx)
{
    must(RAND_bytes(((struct alone *)ctx)->out, DATA));
}

static void sign(struct alone *a, const EVP_MD *md, EVP_PKEY *key)
{
    size_t n = sizeof a->out;

    must(EVP_DigestSignInit(a->digest, NULL, md, NULL, key));
    must(EVP_DigestSign(a->digest, a->out, &n, a->in, HASH));
    EVP_MD_CTX_reset(a->digest);
}

static void ecdsa(void *ctx)
{
    struct alone *a = ctx;
    sign(a, a->sha256, a->ec);
}

static void eddsa(void *ctx)
{
    struct alone *a = ctx;
    sign(a, NULL, a->edwards);
}

static void rsa(void *ctx)
{
    struct alone *a = ctx;
    sign(a, a->sha256, a->rsa);
}

static void new_pair(void *ctx)
{
    EVP_PKEY *pair = NULL;

    must(EVP_PKEY_generate(((struct alone *)ctx)->curve, &pair));
    EVP_PKEY_free(pair);
}

static EVP_CIPHER_CTX *cipher_of(const char *name, const uint8_t *key)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name, NULL);

    must(EVP_CipherInit_ex2(ctx, cipher, key, NULL, 1, NULL));
    must(EVP_CIPHER_CTX_set_padding(ctx, 0));
    EVP_CIPHER_free(cipher);
    return ctx;
}

static EVP_MAC_CTX *mac_of(const char *name, const char *parameter,
                           const char *value, const uint8_t *key, size_t n)
{
    EVP_MAC *mac = EVP_MAC_fetch(NULL, name, NULL);
    EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(mac);
    char text[32];

    snprintf(text, sizeof text, "%s", value);
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(parameter, text, 0),
        OSSL_PARAM_construct_end()};
    must(EVP_MAC_init(ctx, key, n, parameters));
    EVP_MAC_free(mac);
    return ctx;
}

static void alone_open(struct alone *a)
{
    static const uint8_t key[32] = "a key of more than thirty bytes";

    memset(a, 0x5A, sizeof *a);
    a->aes = cipher_of("AES-128-CBC", key);
    a->des = cipher_of("DES-EDE3-CBC", key);
    a->digest = EVP_MD_CTX_new();
    a->sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
    a->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    a->hmac = mac_of("HMAC", OSSL_MAC_PARAM_DIGEST, "SHA256", key, 32);
    a->cmac = mac_of("CMAC", OSSL_MAC_PARAM_CIPHER, "AES-128-CBC", key, 16);
    a->ec = EVP_EC_gen("P-256");
    a->edwards = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    a->rsa = EVP_RSA_gen(RSA_BITS);
    a->curve = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    must(EVP_PKEY_keygen_init(a->curve));
    must(
        EVP_PKEY_CTX_set_ec_paramgen_curve_nid(a->curve, NID_X9_62_prime256v1));
    must(a->ec != NULL && a->edwards != NULL && a->rsa != NULL);
}

static void alone_close(struct alone *a)
{
    EVP_CIPHER_CTX_free(a->aes);
    EVP_CIPHER_CTX_free(a->des);
    EVP_MD_CTX_free(a->digest);
    EVP_MD_free(a->sha1);
    EVP_MD_free(a->sha256);
    EVP_MAC_CTX_free(a->hmac);
    EVP_MAC_CTX_free(a->cmac);
    EVP_PKEY_CTX_free(a->curve);
    EVP_PKEY_free(a->ec);
    EVP_PKEY_free(a->edwards);
    EVP_PKEY_free(a->rsa);
}

/* ---- rows ---- */

static const struct operation {
    const char *what;
    uint8_t ins;
    uint8_t n; /* bytes of data */
    int count; /* in a round */
    void (*alone)(void *ctx);
} operations[] = {
    {"AES-128-CBC of 240 bytes", 0x10, DATA, 20000, aes},
    {"3DES-CBC of 240 bytes", 0x12, DATA, 2000, des},
    {"SHA-1 of 240 bytes", 0x14, DATA, 20000, sha1},
    {"SHA-256 of 240 bytes", 0x16, DATA, 20000, sha256},
    {"HMAC-SHA-256 of 240 bytes", 0x18, DATA, 20000, hmac},
    {"AES-CMAC of 240 bytes", 0x1A, DATA, 20000, cmac},
    {"240 random bytes", 0x1C, 1, 20000, draw},
    {"ECDSA P-256 with SHA-256, sign", 0x20, HASH, 500, ecdsa},
    {"EC P-256, new key pair", 0x22, 1, 500, new_pair},
    {"Ed25519, sign", 0x28, HASH, 500, eddsa},
    {"RSA-2048 with SHA-256, sign", 0x24, HASH, 30, rsa},
};

struct exchange {
    struct bench *b;
    uint8_t command[HEADER + DATA + 1];
    size_t n;
};

static void exchange(void *ctx)
{
    const struct exchange *e = ctx;
    bench_send(e->b, e->command, e->n);
}

static double round_of(void (*f)(void *ctx), void *ctx, int count)
{
    const double start = bench_worked();

    for (int i = 0; i < count; i++)
        f(ctx);
    return (bench_worked() - start) / count;
}

/* A round of each that is not counted goes first. */
static void measure(struct bench *b, struct alone *a, const struct operation *o)
{
    struct exchange e = {
        b, {0x80, o->ins, 0, 0, o->n}, (size_t)HEADER + o->n + 1u};
    double card[BENCH_ROUNDS], ratio[BENCH_ROUNDS];

    memset(e.command + HEADER, 0x5A, o->n);
    for (int i = -1; i < BENCH_ROUNDS; i++) {
        const double mine = round_of(exchange, &e, o->count);
        const double theirs = round_of(o->alone, a, o->count);
        if (i >= 0) {
            card[i] = mine;
            ratio[i] = mine / theirs;
        }
    }
    bench_row(o->what, 1 / bench_median(card, BENCH_ROUNDS), 0, "/s");
    bench_row("  to OpenSSL's own, in the same run",
              bench_median(ratio, BENCH_ROUNDS), 2, "times");
}

int main(int argc, char **argv)
{
    static struct bench b;
    struct alone a;

    if (argc != 2 && argc != 3)
        bench_die("usage: bench-crypto CRYPTO.CAP [WORDS]");
    bench_open(&b);
    alone_open(&a);
    bench_install_file(&b, argv[1]);
    bench_send(&b, select_crypto, sizeof select_crypto);
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        if (argc == 2 || strstr(operations[i].what, argv[2]) != NULL)
            measure(&b, &a, &operations[i]);
    }
    bench_machine(&b);
    alone_close(&a);
    bench_close(&b);
    return 0;
}
