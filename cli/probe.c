#include "cli/probe.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <gp/capfile.h>

#include "base/sw.h"
#include "cli/algorithms_cap.h"
#include "cli/cap_file.h"
#include "cli/card_file.h"
#include "cli/cli.h"

enum {
    INS_SYSTEM = 0x01,
    DATA_MAX = 8,
    ANSWER_MAX = 64,
    MEMORY_SIZE = 4 * CLI_PROBE_KINDS,
    MADE_SIZE = 3 + 2 * MEMORY_SIZE, /* outcome, reason, before and after */
    SYSTEM_SIZE = 11 + 2 * MEMORY_SIZE,
};

struct cli_probe {
    struct posix_card *card;
    uint8_t answer[ANSWER_MAX];
    size_t n; /* without the status word */
};

/* ---- commands ---- */

/* The status word; 0: the card is mute. */
static sw_t send(struct cli_probe *p, const uint8_t *command, size_t n)
{
    const size_t got = card_transmit(posix_card_card(p->card), command, n,
                                     p->answer, sizeof p->answer);
    if (got < 2)
        return 0;
    p->n = got - 2;
    return get_u2(p->answer + p->n);
}

static sw_t select_applet(struct cli_probe *p, const struct gp_aid *aid)
{
    uint8_t command[5 + GP_AID_MAX] = {0x00, 0xA4, 0x04, 0x00, aid->n};

    memcpy(command + 5, aid->p, aid->n);
    return send(p, command, (size_t)5 + aid->n);
}

static sw_t ask(struct cli_probe *p, uint8_t ins, const uint8_t *data, size_t n)
{
    uint8_t command[5 + DATA_MAX + 1] = {0x80, ins, 0, 0, (uint8_t)n};

    if (n > 0)
        memcpy(command + 5, data, n);
    return send(p, command, n > 0 ? 5 + n + 1 : 5);
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

bool cli_probe_ask(struct cli_probe *p, uint8_t ins, const uint8_t *data,
                   size_t n, struct cli_probe_answer *out)
{
    const double start = now();

    *out = (struct cli_probe_answer){.sw = ask(p, ins, data, n)};
    out->seconds = now() - start;
    if (out->sw == SW_OK && p->n < MADE_SIZE)
        out->sw = SW_NO_DIAGNOSIS;
    if (out->sw != SW_OK)
        return out->sw != 0;
    out->outcome = p->answer[0];
    out->reason = (int16_t)get_u2(p->answer + 1);
    for (size_t i = 0; out->outcome == CLI_PROBE_MADE && i < CLI_PROBE_KINDS;
         i++) {
        const uint8_t *before = p->answer + 3 + 4 * i;
        out->taken[i] =
            (int32_t)(get_u4(before) - get_u4(before + MEMORY_SIZE));
    }
    return true;
}

bool cli_probe_system(struct cli_probe *p, struct cli_probe_system *out)
{
    const uint8_t *a = p->answer;

    if (ask(p, INS_SYSTEM, NULL, 0) != SW_OK || p->n < SYSTEM_SIZE)
        return false;
    *out = (struct cli_probe_system){
        .version = get_u2(a),
        .deletes_objects = a[2] != 0,
        .commit_capacity = get_u2(a + 3),
        .block_in = get_u2(a + 5),
        .block_out = get_u2(a + 7),
        .protocol = a[9],
        .node_address = a[10],
    };
    for (size_t i = 0; i < CLI_PROBE_KINDS; i++)
        out->available[i] = get_u4(a + 11 + 4 * i);
    return true;
}

size_t cli_probe_atr(const struct cli_probe *p, uint8_t atr[33])
{
    return card_atr(posix_card_card(p->card), atr);
}

/* ---- the applet on the card ---- */

static void hear(void *ctx, const char *sentence)
{
    (void)ctx;
    cli_error("the applet that asks %s", sentence);
}

static int refused(const struct card_trial *t)
{
    cli_error("the card does not take the applet that asks: %04X%s%s",
              t->load_sw != SW_OK ? t->load_sw : t->install_sw,
              t->why[0] == '\0' ? "" : ": ", t->why);
    return EXIT_CARD_SAID;
}

static int plant(struct cli_probe *p, const struct gp_capfile *cap)
{
    size_t n = 0;
    struct card_trial trial;
    uint8_t *bytes = cli_cap_block(cap, &n);

    if (bytes == NULL)
        return EXIT_REFUSED;
    card_plant(posix_card_card(p->card), bytes, n, &trial, hear, NULL);
    free(bytes);
    if (trial.install_sw != SW_OK)
        return refused(&trial);
    const sw_t sw = select_applet(p, &cap->applets[0]);
    if (sw == SW_OK)
        return EXIT_DONE;
    cli_error("the card does not select an applet: %04X", sw);
    return EXIT_CARD_SAID;
}

static int open_card(const char *path, struct posix_card **out)
{
    return path == NULL ? cli_card_blank(out) : cli_card_look(path, out);
}

int cli_probe_open(const char *path, struct cli_probe **out)
{
    struct cli_probe *p = calloc(1, sizeof *p);
    struct gp_capfile *cap = NULL;
    struct gp_why why = {""};

    *out = p;
    if (p == NULL ||
        gp_capfile_read(span_of(algorithms_cap, sizeof algorithms_cap), &cap,
                        &why) != GP_OK) {
        cli_error("out of memory");
        cli_probe_close(out);
        return EXIT_REFUSED;
    }
    int status = open_card(path, &p->card);
    if (status == EXIT_DONE)
        status = plant(p, cap);
    gp_capfile_free(&cap);
    if (status != EXIT_DONE)
        cli_probe_close(out);
    return status;
}

void cli_probe_close(struct cli_probe **p)
{
    if (*p != NULL)
        posix_card_close(&(*p)->card);
    free(*p);
    *p = NULL;
}
