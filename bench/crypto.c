/*
 * The Card API's algorithms: one operation a command, in process, from an
 * applet (bench/crypto/) that keeps its keys and engines; beside a signature
 * of 2048 bits what OpenSSL itself takes for one in the same run.
 *
 *   bench-crypto CRYPTO.CAP
 */
#include <stdio.h>
#include <string.h>

#include "bench/common.h"
#include "ports/openssl/openssl_headers.h"

enum { HEADER = 5, DATA = 240, HASH = 32, RSA_BITS = 2048, RSA_MAX = 512 };

static const uint8_t select_crypto[] = {0x00, 0xA4, 0x04, 0x00, 0x07,
                                        0xF0, 0x50, 0x4F, 0x53, 0x54,
                                        0xB0, 0x01, 0x00};

struct operation {
    const char *what;
    uint8_t ins;
    uint8_t n; /* bytes of data */
    int count; /* in a round */
};

static const struct operation operations[] = {
    {"AES-128-CBC of 240 bytes", 0x10, DATA, 50000},
    {"3DES-CBC of 240 bytes", 0x12, DATA, 5000},
    {"SHA-1 of 240 bytes", 0x14, DATA, 50000},
    {"SHA-256 of 240 bytes", 0x16, DATA, 50000},
    {"HMAC-SHA-256 of 240 bytes", 0x18, DATA, 20000},
    {"AES-CMAC of 240 bytes", 0x1A, DATA, 20000},
    {"240 random bytes", 0x1C, 1, 20000},
    {"ECDSA P-256 with SHA-256, sign", 0x20, HASH, 2000},
    {"EC P-256, new key pair", 0x22, 1, 1000},
    {"RSA-2048 with SHA-256, sign", 0x24, HASH, 50},
};

static double seconds(struct bench *b, const struct operation *o)
{
    uint8_t command[HEADER + DATA + 1] = {0x80, o->ins, 0, 0, o->n};

    memset(command + HEADER, 0x5A, o->n);
    return bench_exchange(b, command, HEADER + o->n + 1u, o->count);
}

/* ---- what OpenSSL takes by itself ---- */

struct alone {
    EVP_PKEY *key;
    EVP_MD_CTX *digest;
};

static void sign_alone(void *ctx)
{
    static const uint8_t message[HASH] = {0x5A};
    const struct alone *a = ctx;
    uint8_t signature[RSA_MAX];
    size_t n = sizeof signature;

    if (EVP_DigestSignInit(a->digest, NULL, EVP_sha256(), NULL, a->key) != 1 ||
        EVP_DigestSign(a->digest, signature, &n, message, sizeof message) != 1)
        bench_die("OpenSSL does not sign");
    EVP_MD_CTX_reset(a->digest);
}

static double seconds_alone(int count)
{
    struct alone a = {EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)RSA_BITS),
                      EVP_MD_CTX_new()};

    if (a.key == NULL || a.digest == NULL)
        bench_die("OpenSSL makes no key");
    const double s = bench_time(sign_alone, &a, count);
    EVP_MD_CTX_free(a.digest);
    EVP_PKEY_free(a.key);
    return s;
}

int main(int argc, char **argv)
{
    static struct bench b;
    double s = 0;

    if (argc != 2)
        bench_die("usage: bench-crypto CRYPTO.CAP");
    bench_open(&b);
    bench_install_file(&b, argv[1]);
    bench_send(&b, select_crypto, sizeof select_crypto);
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        s = seconds(&b, &operations[i]);
        bench_row(operations[i].what, 1 / s, 0, "/s");
    }
    bench_row("  to OpenSSL's own, in the same run",
              s / seconds_alone(operations[9].count), 2, "times");
    bench_machine(&b);
    bench_close(&b);
    return 0;
}
