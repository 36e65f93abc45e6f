#include "bench/common.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void bench_die(const char *what)
{
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

static double clock_of(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double bench_now(void)
{
    return clock_of(CLOCK_MONOTONIC);
}

double bench_worked(void)
{
    return clock_of(CLOCK_PROCESS_CPUTIME_ID);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_median(double *values, int n)
{
    qsort(values, (size_t)n, sizeof *values, by_value);
    return values[n / 2];
}

static double round_of(void (*f)(void *ctx), void *ctx, int count)
{
    double start = bench_now();
    for (int i = 0; i < count; i++)
        f(ctx);
    return (bench_now() - start) / count;
}

double bench_time(void (*f)(void *ctx), void *ctx, int count)
{
    double t[BENCH_ROUNDS];

    (void)round_of(f, ctx, count);
    for (int i = 0; i < BENCH_ROUNDS; i++)
        t[i] = round_of(f, ctx, count);
    return bench_median(t, BENCH_ROUNDS);
}

/* ---- the card ---- */

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

static const struct gp_transport_ops ops = {.transmit = transmit,
                                            .reset = reset};

static void lend_memory(struct bench *b)
{
    b->nv.bytes = calloc(1, BENCH_NV_SIZE);
    b->nv.size = BENCH_NV_SIZE;
    b->port.scratch = calloc(1, BENCH_SCRATCH);
    b->port.scratch_size = BENCH_SCRATCH;
    b->port.transient_size = CARD_TRANSIENT(BENCH_NV_SIZE, CARD_TRANSIENT_SIZE);
    b->port.transient = calloc(1, b->port.transient_size);
    b->port.io = calloc(1, CARD_APDU_MAX);
    b->port.io_size = CARD_APDU_MAX;
    b->port.code = calloc(1, BENCH_CODE);
    b->port.code_size = BENCH_CODE;
    if (b->nv.bytes == NULL || b->port.scratch == NULL || b->port.io == NULL ||
        b->port.code == NULL || b->port.transient == NULL)
        bench_die("no memory");
    posix_memory_bind(&b->nv, &b->port);
}

void bench_open(struct bench *b)
{
    struct card_profile profile = {
        .life_cycle = 0x01, .scp03_i = 0x70, .key_set_count = 1};
    struct card_key_set *keys = &profile.key_sets[0];
    void *memory = calloc(1, card_size());

    memset(b, 0, sizeof *b);
    keys->version = 0x30;
    keys->type = 0x88;
    keys->length = 16;
    for (uint8_t i = 0; i < 16; i++)
        keys->enc[i] = keys->mac[i] = keys->dek[i] = (uint8_t)(0x40 + i);
    b->transport.ops = &ops;
    lend_memory(b);
    b->port.crypto = &b->crypto;
    if (memory == NULL ||
        port_openssl_crypto_init(&b->crypto, &b->openssl, "bench") != 0)
        bench_die("no memory or no OpenSSL");
    b->card = card_init(memory, card_size(), &b->port);
    if (card_format(b->card, &profile) != CARD_OK ||
        card_power_on(b->card) != CARD_OK)
        bench_die("the card does not start");
}

void bench_close(struct bench *b)
{
    card_power_off(b->card);
    free(b->card);
    free(b->port.scratch);
    free(b->port.transient);
    free(b->port.io);
    free(b->port.code);
    free(b->nv.bytes);
    port_openssl_free(&b->openssl);
}

void bench_send(struct bench *b, const uint8_t *command, size_t n)
{
    size_t got =
        card_transmit(b->card, command, n, b->response, sizeof b->response);
    if (got < 2 || b->response[got - 2] != 0x90)
        bench_die("a command was refused");
}

const uint8_t bench_select_isd[5] = {0x00, 0xA4, 0x04, 0x00, 0x00};

void bench_from_nothing(void *ctx)
{
    struct bench *b = ctx;

    card_power_off(b->card);
    b->card = card_init(b->card, card_size(), &b->port);
    if (card_power_on(b->card) != CARD_OK)
        bench_die("the card does not start");
    bench_send(b, bench_select_isd, sizeof bench_select_isd);
}

struct exchange {
    struct bench *b;
    const uint8_t *command;
    size_t n;
};

static void exchange(void *ctx)
{
    const struct exchange *e = ctx;
    bench_send(e->b, e->command, e->n);
}

double bench_exchange(struct bench *b, const uint8_t *command, size_t n,
                      int count)
{
    struct exchange e = {b, command, n};
    return bench_time(exchange, &e, count);
}

void bench_session(struct bench *b, struct gp_session *s, uint8_t level)
{
    struct secret_gp_keys keys;
    struct gp_why why;

    gp_keys_test(&keys);
    const struct gp_session_options options = {.keys = &keys, .level = level};
    if (gp_session_open(s, &b->transport, &b->crypto, &options, &why) != 0)
        bench_die(why.text);
}

void bench_install(struct gp_session *s, const struct gp_capfile *cap)
{
    const struct gp_load_options load = {0};
    const struct gp_install install = {.file = gp_aid_span(&cap->package.aid),
                                       .module = gp_aid_span(&cap->applets[0]),
                                       .instance =
                                           gp_aid_span(&cap->applets[0]),
                                       .privileges_length = 1};
    struct gp_why why;

    if (gp_content_load(s, cap, &load, NULL, &why) != 0 ||
        gp_content_install(s, &install, &why) != 0)
        bench_die(why.text);
}

void bench_install_file(struct bench *b, const char *path)
{
    struct gp_capfile *cap = NULL;
    struct gp_session s;
    struct gp_why why;

    if (gp_capfile_open(path, &cap, &why) != 0)
        bench_die(why.text);
    bench_session(b, &s, 0x01);
    bench_install(&s, cap);
    gp_session_close(&s);
    gp_capfile_free(&cap);
}

/* ---- the machine ---- */

static void aes_block(void *ctx)
{
    static const uint8_t key[16];
    const struct bench *b = ctx;
    uint8_t block[16] = {0};

    if (b->crypto.cipher(b->crypto.ctx, CRYPTO_AES, CRYPTO_ECB, CRYPTO_ENCRYPT,
                         span_of(key, sizeof key), NULL, block, block,
                         sizeof block) != ERR_OK)
        bench_die("AES failed");
}

double bench_aes_block(struct bench *b)
{
    return bench_time(aes_block, b, 100000);
}

struct copy {
    uint8_t from[4096];
    uint8_t to[4096];
};

static void copy(void *ctx)
{
    struct copy *c = ctx;
    memcpy(c->to, c->from, sizeof c->to);
    c->from[0] = (uint8_t)(c->to[4095] + 1); /* so that none can be left out */
}

double bench_copy(void)
{
    struct copy c = {.from = {1}};
    return bench_time(copy, &c, 100000);
}

void bench_row(const char *what, double value, int decimals, const char *unit)
{
    printf("%-48s %12.*f %s\n", what, decimals, value, unit);
}

void bench_machine(struct bench *b)
{
    bench_row("this machine: one AES block", bench_aes_block(b) * 1e9, 1, "ns");
    bench_row("this machine: copying 4 KiB", bench_copy() * 1e9, 1, "ns");
}
