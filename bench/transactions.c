/*
 * What a transaction costs: an applet that commits 100 of them in one command,
 * of 34 bytes each, with every write safe from tearing as always.  Each of
 * them writes other bytes than were there; what the last one left is read back
 * after the power was off.  An empty transaction and the same bytes written
 * outside of any tell what the parts cost.
 */
#include <stdio.h>
#include <string.h>

#include "bench/assemble.h"
#include "bench/common.h"
#include "transactions_text.h"

enum {
    COUNT = 100, /* as the applet has it */
    BYTES = 34,
    DATA = COUNT + BYTES,
    HEADER = 5,
    RUNS = 50,
    INS_COPY = 0,
    INS_STORE = 1,
    INS_EMPTY = 2,
    INS_OUTSIDE = 3,
    INS_READ = 4
};

static const uint8_t select_applet[] = {0x00, 0xA4, 0x04, 0x00, 0x06, 0xF0,
                                        0x50, 0x4F, 0x53, 0xB8, 0x01};

static void install(struct bench *b)
{
    struct gp_capfile *cap = bench_assemble(bench_transactions);
    struct gp_session s;

    bench_session(b, &s, 0x01);
    bench_install(&s, cap);
    gp_session_close(&s);
    gp_capfile_free(&cap);
    bench_send(b, select_applet, sizeof select_applet);
}

/* Each byte of the data is another than its neighbours. */
static void fill(uint8_t *data)
{
    for (unsigned i = 0; i < DATA; i++)
        data[i] = (uint8_t)(i * 37 + 11);
}

/* What the last transaction wrote is there, after the power was off, too. */
static void must_be_kept(struct bench *b)
{
    const uint8_t read[] = {0x80, INS_READ, 0, 0, 0};
    uint8_t data[DATA];

    fill(data);
    card_power_off(b->card);
    if (card_power_on(b->card) != CARD_OK)
        bench_die("the card does not start");
    bench_send(b, select_applet, sizeof select_applet);
    bench_send(b, read, sizeof read);
    if (memcmp(b->response, data + COUNT - 1, BYTES) != 0)
        bench_die("the transactions are not kept");
}

static double measure(struct bench *b, const char *what, uint8_t ins)
{
    uint8_t command[HEADER + DATA] = {0x80, ins, 0, 0, DATA};

    fill(command + HEADER);
    const double t = bench_exchange(b, command, sizeof command, RUNS);
    bench_row(what, t * 1e6, 1, "us");
    if (ins != INS_EMPTY)
        must_be_kept(b);
    return t;
}

int main(void)
{
    static struct bench b;

    bench_open(&b);
    install(&b);
    const double t =
        measure(&b, "100 transactions of 34 bytes in one command", INS_COPY);
    bench_row("  a transaction", t / COUNT * 1e9, 0, "ns");
    measure(&b, "the same, byte by byte", INS_STORE);
    measure(&b, "the same, outside of transactions", INS_OUTSIDE);
    measure(&b, "100 transactions of nothing", INS_EMPTY);
    bench_machine(&b);
    bench_close(&b);
    return 0;
}
