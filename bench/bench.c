/*
 * In-process figures: power-on to first answer, APDUs a second, and the time
 * and bytes of a wallet download over SCP03.  Prints a table; every figure is
 * a median of several rounds, and plain memory copies of the same run stand
 * beside it as a measure of the machine.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <card/card.h>
#include <gp/content.h>
#include <gp/session.h>

#include "ports/openssl/crypto_openssl.h"
#include "ports/posix/memory.h"

enum { NV_SIZE = 512 * 1024, SCRATCH = 64 * 1024, ROUNDS = 9 };

/* A card in plain memory, and a transport to it that counts. */
struct bench {
    struct gp_transport transport;
    struct posix_memory nv;
    struct card_port port;
    struct crypto_port crypto;
    struct port_openssl *openssl;
    struct card *card;
    unsigned long apdus;
    unsigned long bytes;
    uint8_t response[CARD_APDU_MAX];
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *v, int n)
{
    qsort(v, (size_t)n, sizeof *v, by_value);
    return v[n / 2];
}

static void die(const char *what)
{
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

static int transmit(struct gp_transport *t, struct span command,
                    struct buf *response)
{
    struct bench *b = (struct bench *)t; /* transport is the first member */
    size_t n = card_transmit(b->card, command.p, command.n, b->response,
                             sizeof b->response);
    b->apdus++;
    b->bytes += command.n + n;
    return gp_from_err(buf_put(response, b->response, n));
}

static int reset(struct gp_transport *t)
{
    return card_power_on(((struct bench *)t)->card) == CARD_OK ? 0 : -1;
}

static void open_bench(struct bench *b)
{
    static const struct gp_transport_ops ops = {.transmit = transmit,
                                                .reset = reset};
    struct card_profile profile = {
        .life_cycle = 0x01, .scp03_i = 0x70, .key_set_count = 1};
    struct card_key_set *keys = &profile.key_sets[0];

    keys->version = 0x30;
    keys->type = 0x88;
    keys->length = 16;
    for (uint8_t i = 0; i < 16; i++)
        keys->enc[i] = keys->mac[i] = keys->dek[i] = (uint8_t)(0x40 + i);
    b->transport.ops = &ops;
    b->nv.bytes = calloc(1, NV_SIZE);
    b->nv.size = NV_SIZE;
    posix_memory_bind(&b->nv, &b->port);
    b->port.scratch = calloc(1, SCRATCH);
    b->port.scratch_size = SCRATCH;
    b->port.crypto = &b->crypto;
    void *memory = calloc(1, card_size());
    if (b->nv.bytes == NULL || b->port.scratch == NULL || memory == NULL ||
        port_openssl_crypto_init(&b->crypto, &b->openssl, "bench") != 0)
        die("no memory or no OpenSSL");
    b->card = card_init(memory, card_size(), &b->port);
    if (card_format(b->card, &profile) != CARD_OK ||
        card_power_on(b->card) != CARD_OK)
        die("the card does not start");
}

static const uint8_t select_isd[] = {0x00, 0xA4, 0x04, 0x00, 0x00};
static const uint8_t get_data[] = {0x80, 0xCA, 0x00, 0x66, 0x00};
static const uint8_t select_wallet[] = {0x00, 0xA4, 0x04, 0x00, 0x07,
                                        0xF0, 0x50, 0x4F, 0x53, 0x54,
                                        0x01, 0x01, 0x00};
static const uint8_t balance[] = {0x80, 0x50, 0x00, 0x00, 0x02};

static void send(struct bench *b, const uint8_t *command, size_t n)
{
    size_t got =
        card_transmit(b->card, command, n, b->response, sizeof b->response);
    if (got < 2 || b->response[got - 2] != 0x90)
        die("a command was refused");
}

static double first_answer(struct bench *b)
{
    double t[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        card_power_off(b->card);
        double start = now();
        if (card_power_on(b->card) != CARD_OK)
            die("the card does not start");
        send(b, select_isd, sizeof select_isd);
        t[i] = now() - start;
    }
    return median(t, ROUNDS);
}

static double rate(struct bench *b, const uint8_t *command, size_t n)
{
    enum { COUNT = 20000 };
    double t[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        double start = now();
        for (int k = 0; k < COUNT; k++)
            send(b, command, n);
        t[i] = COUNT / (now() - start);
    }
    return median(t, ROUNDS);
}

/* Nanoseconds of one AES block: what this machine is worth right now. */
static double machine(struct bench *b)
{
    enum { COUNT = 200000 };
    const uint8_t key[16] = {0};
    uint8_t block[16] = {0};
    double t[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        double start = now();
        for (int k = 0; k < COUNT; k++) {
            if (b->crypto.cipher(b->crypto.ctx, CRYPTO_AES, CRYPTO_ECB,
                                 CRYPTO_ENCRYPT, span_of(key, sizeof key), NULL,
                                 block, block, sizeof block) != ERR_OK)
                die("AES failed");
        }
        t[i] = (now() - start) / COUNT * 1e9;
    }
    return median(t, ROUNDS);
}

static void session(struct bench *b, struct gp_session *s)
{
    struct secret_gp_keys keys;
    struct gp_why why;

    gp_keys_test(&keys);
    const struct gp_session_options options = {.keys = &keys, .level = 0x33};
    if (gp_session_open(s, &b->transport, &b->crypto, &options, &why) != 0)
        die(why.text);
}

/* Loads and installs the wallet, then deletes it; seconds of the first part. */
static double download(struct bench *b, const struct gp_capfile *cap, bool keep)
{
    struct gp_session s;
    struct gp_why why;
    const struct gp_load_options load = {0};
    const struct gp_install install = {.file = gp_aid_span(&cap->package.aid),
                                       .module = gp_aid_span(&cap->applets[0]),
                                       .instance =
                                           gp_aid_span(&cap->applets[0]),
                                       .privileges_length = 1};

    session(b, &s);
    b->apdus = b->bytes = 0;
    double start = now();
    if (gp_content_load(&s, cap, &load, NULL, &why) != 0 ||
        gp_content_install(&s, &install, &why) != 0)
        die(why.text);
    double t = now() - start;
    if (!keep &&
        gp_content_delete(&s, gp_aid_span(&cap->package.aid), true, &why) != 0)
        die(why.text);
    gp_session_close(&s);
    return t;
}

int main(int argc, char **argv)
{
    static struct bench b;
    struct gp_capfile *cap = NULL;
    struct gp_why why;
    double t[ROUNDS];

    if (argc != 2)
        die("usage: bench WALLET.CAP");
    if (gp_capfile_open(argv[1], &cap, &why) != 0)
        die(why.text);
    open_bench(&b);

    printf("%-44s %12s\n", "in process", "median");
    printf("%-44s %9.1f us\n", "power-on to first answer, empty card",
           first_answer(&b) * 1e6);
    printf("%-44s %9.0f /s\n", "SELECT the card domain",
           rate(&b, select_isd, sizeof select_isd));
    printf("%-44s %9.0f /s\n", "GET DATA 0066",
           rate(&b, get_data, sizeof get_data));
    for (int i = 0; i < ROUNDS; i++)
        t[i] = download(&b, cap, i == ROUNDS - 1);
    printf("%-44s %9.2f ms\n", "wallet: load and install, SCP03 level 33",
           median(t, ROUNDS) * 1e3);
    printf("%-44s %9lu\n", "  APDUs", b.apdus);
    printf("%-44s %9lu\n", "  bytes on the wire, both ways", b.bytes);
    send(&b, select_wallet, sizeof select_wallet);
    printf("%-44s %9.0f /s\n", "wallet: get balance",
           rate(&b, balance, sizeof balance));
    printf("%-44s %9.1f us\n", "power-on to first answer, wallet on it",
           first_answer(&b) * 1e6);
    printf("%-44s %9.1f ns\n", "this machine: one AES block", machine(&b));
    gp_capfile_free(&cap);
    return 0;
}
