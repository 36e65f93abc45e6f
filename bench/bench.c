/*
 * In-process figures of the main job: power-on to first answer, APDUs a
 * second, and the time and bytes of a wallet download over SCP03.
 */
#include <stdio.h>

#include "bench/common.h"

static const uint8_t get_data[] = {0x80, 0xCA, 0x00, 0x66, 0x00};
static const uint8_t select_wallet[] = {0x00, 0xA4, 0x04, 0x00, 0x07,
                                        0xF0, 0x50, 0x4F, 0x53, 0x54,
                                        0x01, 0x01, 0x00};
static const uint8_t balance[] = {0x80, 0x50, 0x00, 0x00, 0x02};

enum { LEVEL = 0x33, COUNT = 20000 };

static void first_answer(void *ctx)
{
    struct bench *b = ctx;

    card_power_off(b->card);
    if (card_power_on(b->card) != CARD_OK)
        bench_die("the card does not start");
    bench_send(b, bench_select_isd, sizeof bench_select_isd);
}

static void per_second(struct bench *b, const char *what,
                       const uint8_t *command, size_t n)
{
    bench_row(what, 1 / bench_exchange(b, command, n, COUNT), 0, "/s");
}

/* Loads and installs the wallet, then deletes it; seconds of the first part. */
static double download(struct bench *b, const struct gp_capfile *cap, bool keep)
{
    struct gp_session s;
    struct gp_why why;

    bench_session(b, &s, LEVEL);
    b->apdus = b->bytes = 0;
    double start = bench_now();
    bench_install(&s, cap);
    double t = bench_now() - start;
    if (!keep &&
        gp_content_delete(&s, gp_aid_span(&cap->package.aid), true, &why) != 0)
        bench_die(why.text);
    gp_session_close(&s);
    return t;
}

int main(int argc, char **argv)
{
    static struct bench b;
    struct gp_capfile *cap = NULL;
    struct gp_why why;
    double t[BENCH_ROUNDS];

    if (argc != 2)
        bench_die("usage: bench WALLET.CAP");
    if (gp_capfile_open(argv[1], &cap, &why) != 0)
        bench_die(why.text);
    bench_open(&b);

    bench_row("power-on to first answer, empty card",
              bench_time(first_answer, &b, 20) * 1e6, 1, "us");
    per_second(&b, "SELECT the card domain", bench_select_isd,
               sizeof bench_select_isd);
    per_second(&b, "GET DATA 0066", get_data, sizeof get_data);
    for (int i = 0; i < BENCH_ROUNDS; i++)
        t[i] = download(&b, cap, i == BENCH_ROUNDS - 1);
    bench_row("wallet: load and install, SCP03 level 33",
              bench_median(t, BENCH_ROUNDS) * 1e3, 2, "ms");
    bench_row("  APDUs", (double)b.apdus, 0, "");
    bench_row("  bytes on the wire, both ways", (double)b.bytes, 0, "");
    bench_send(&b, select_wallet, sizeof select_wallet);
    per_second(&b, "wallet: get balance", balance, sizeof balance);
    bench_row("power-on to first answer, wallet on it",
              bench_time(first_answer, &b, 20) * 1e6, 1, "us");
    bench_machine(&b);
    gp_capfile_free(&cap);
    bench_close(&b);
    return 0;
}
