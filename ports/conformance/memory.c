/*
 * Persistent memory: byte-alterable, in order, within its bounds, there after
 * a reset.  Contents are a function of the offset and of a round, so that a
 * byte in a wrong place is seen wherever it lands.
 */
#include "ports/conformance/conformance.h"

#include <string.h>

enum { BLOCK = 512, SAMPLES = 64 };

static uint8_t pattern(uint32_t offset, uint32_t round)
{
    uint32_t z = (offset + 1) * 0x9E3779B1u + round * 0x85EBCA6Bu;
    z = (z ^ z >> 15) * 0x2C1B3C6Du;
    return (uint8_t)(z >> 13);
}

static bool program(struct conformance *c, uint32_t offset,
                    const uint8_t *bytes, uint32_t n)
{
    return c->port->nv_program(c->port->ctx, offset, bytes, n) == 0;
}

/* Programs n pattern bytes at `offset`, BLOCK at most. */
static bool program_pattern(struct conformance *c, uint32_t offset, uint32_t n,
                            uint32_t round)
{
    uint8_t bytes[BLOCK];

    for (uint32_t i = 0; i < n; i++)
        bytes[i] = pattern(offset + i, round);
    return program(c, offset, bytes, n);
}

/* Where n bytes differ from the pattern; n when nowhere. */
static uint32_t first_difference(const struct conformance *c, uint32_t offset,
                                 uint32_t n, uint32_t round)
{
    uint32_t i = 0;
    while (i < n && c->port->nv[offset + i] == pattern(offset + i, round))
        i++;
    return i;
}

static bool fill(struct conformance *c, uint32_t round)
{
    uint32_t size = c->port->nv_size;

    for (uint32_t at = 0; at < size; at += BLOCK) {
        uint32_t n = size - at < BLOCK ? size - at : BLOCK;
        if (!conformance_expect_at(c, program_pattern(c, at, n, round),
                                   "nv_program refuses bytes inside nv, at "
                                   "offset ",
                                   at))
            return false;
    }
    return true;
}

/* All of memory, twice: each bit goes both ways, no byte has two places. */
static bool check_all_of_it(struct conformance *c)
{
    uint32_t size = c->port->nv_size;
    uint32_t wrong = size;

    for (uint32_t round = 0; round < 2 && wrong == size; round++) {
        if (!fill(c, round))
            return false;
        wrong = first_difference(c, 0, size, round);
    }
    return conformance_expect_at(c, wrong == size,
                                 "nv does not read back what was programmed, "
                                 "at offset ",
                                 wrong);
}

/* One program of n bytes changes these and no others. */
static bool check_piece(struct conformance *c, uint32_t offset, uint32_t n,
                        uint32_t round)
{
    uint32_t size = c->port->nv_size;
    uint32_t before = offset < 64 ? 0 : offset - 64;
    uint32_t end = size - offset - n < 64 ? size : offset + n + 64;

    if (!conformance_expect_at(c, program_pattern(c, offset, n, round),
                               "nv_program refuses bytes inside nv, at offset ",
                               offset))
        return false;
    bool ok = conformance_expect_at(
        c, first_difference(c, offset, n, round) == n,
        "nv does not read back what was programmed, at offset ", offset);
    ok = conformance_expect_at(
             c,
             first_difference(c, before, offset - before, 1) == offset - before,
             "nv_program changes bytes before those it was given, at offset ",
             offset) &&
         ok;
    ok = conformance_expect_at(
             c,
             first_difference(c, offset + n, end - offset - n, 1) ==
                 end - offset - n,
             "nv_program changes bytes after those it was given, at offset ",
             offset) &&
         ok;
    return program_pattern(c, offset, n, 1) && ok;
}

/* Any length at any alignment, as the card programs it. */
static bool check_pieces(struct conformance *c)
{
    static const uint32_t lengths[] = {1,  2,  3,   4,   7,   8,   9,  16,
                                       17, 63, 128, 255, 256, 257, 512};
    uint32_t size = c->port->nv_size;
    bool ok = true;

    for (uint32_t i = 0; i < sizeof lengths / sizeof lengths[0] && ok; i++) {
        uint32_t n = lengths[i];
        ok = check_piece(c, 0, n, 2) && check_piece(c, size - n, n, 2);
        for (uint32_t k = 1; k < SAMPLES && ok; k++)
            ok = check_piece(c, (size - n) / SAMPLES * k + k % 17, n, 2 + k);
    }
    return ok;
}

static bool refuses(struct conformance *c, uint32_t offset, uint32_t n)
{
    static const uint8_t bytes[BLOCK] = {0xA5, 0x5A};

    return conformance_expect_at(c, !program(c, offset, bytes, n),
                                 "nv_program takes bytes beyond nv_size, at "
                                 "offset ",
                                 offset);
}

static bool check_bounds(struct conformance *c)
{
    uint32_t size = c->port->nv_size;

    bool ok = refuses(c, size, 1);
    ok = refuses(c, size - 1, 2) && ok;
    ok = refuses(c, size - 4, BLOCK) && ok;
    ok = refuses(c, 0xFFFFFFFFu, 1) && ok;
    ok = refuses(c, 0xFFFFFFFFu, 2) && ok;
    uint32_t wrong = first_difference(c, 0, size, 1);
    return conformance_expect_at(c, wrong == size,
                                 "a program that was refused changed nv, at "
                                 "offset ",
                                 wrong) &&
           ok;
}

/* The later of two programs of one place counts; nothing is put off. */
static bool check_order(struct conformance *c)
{
    uint8_t bytes[32];
    bool ok = true;

    for (uint32_t i = 0; i < 256 && ok; i++) {
        memset(bytes, (int)i, sizeof bytes);
        ok = program(c, 1000, bytes, sizeof bytes) &&
             c->port->nv[1000] == (uint8_t)i &&
             program(c, 1001, &bytes[1], 1) && c->port->nv[1031] == (uint8_t)i;
    }
    return conformance_expect(c, ok,
                              "programs of one place do not take effect in "
                              "order") &&
           program_pattern(c, 1000, sizeof bytes, 1);
}

/* The card copies from one place of nv to another. */
static bool check_source_in_nv(struct conformance *c)
{
    bool ok = program(c, 3000, c->port->nv + 2000, 100) &&
              memcmp(c->port->nv + 3000, c->port->nv + 2000, 100) == 0;

    return conformance_expect(c, ok,
                              "nv_program does not take bytes that are in nv "
                              "themselves") &&
           program_pattern(c, 3000, 100, 1);
}

/* One byte in each part of memory, the first and the last. */
static uint32_t sample(const struct conformance *c, uint32_t k)
{
    uint32_t size = c->port->nv_size;

    return k == SAMPLES ? size - 1 : size / SAMPLES * k + k % 17;
}

static void store_samples(struct conformance *c, uint32_t round)
{
    for (uint32_t k = 0; k <= SAMPLES; k++)
        c->port->nv_direct[sample(c, k)] = pattern(sample(c, k), round);
}

/* Whether nv has each sample of `round`, and restores them. */
static bool take_samples(struct conformance *c, uint32_t round)
{
    bool ok = true;

    for (uint32_t k = 0; k <= SAMPLES; k++) {
        ok = first_difference(c, sample(c, k), 1, round) == 1 && ok;
        ok = program_pattern(c, sample(c, k), 1, 1) && ok;
    }
    return ok &&
           first_difference(c, 0, c->port->nv_size, 1) == c->port->nv_size;
}

/* A plain store is what a program is. */
static bool check_direct(struct conformance *c)
{
    const struct port_conformance *g = c->given;

    if (c->port->nv_direct == NULL)
        return true;
    store_samples(c, 6);
    if (!conformance_expect(c, take_samples(c, 6),
                            "a store through nv_direct does not change its "
                            "place in nv alone"))
        return false;
    if (g->reset == NULL)
        return true;
    store_samples(c, 7);
    bool ok = conformance_expect(c, g->reset(g->ctx) == 0, "reset fails");
    return conformance_expect(c, take_samples(c, 7),
                              "what was stored through nv_direct is lost in a "
                              "reset") &&
           ok;
}

static bool check_flush(struct conformance *c)
{
    const struct card_port *p = c->port;

    if (p->nv_flush == NULL)
        return true;
    bool ok = p->nv_flush(p->ctx) == 0 && p->nv_flush(p->ctx) == 0 &&
              program_pattern(c, 77, 5, 9) && p->nv_flush(p->ctx) == 0;
    ok = conformance_expect(c, ok, "nv_flush fails though nothing did");
    ok = conformance_expect(c, first_difference(c, 77, 5, 9) == 5,
                            "nv_flush changes what was programmed") &&
         ok;
    return program_pattern(c, 77, 5, 1) && ok;
}

static bool check_reset(struct conformance *c)
{
    const struct port_conformance *g = c->given;

    if (g->reset == NULL)
        return true;
    if (!conformance_expect(c, g->reset(g->ctx) == 0, "reset fails"))
        return false;
    uint32_t wrong = first_difference(c, 0, c->port->nv_size, 1);
    return conformance_expect_at(c, wrong == c->port->nv_size,
                                 "what was programmed is lost in a reset, at "
                                 "offset ",
                                 wrong);
}

/* A cut tears its program alone: those before are whole, none come after. */
static bool check_cut(struct conformance *c)
{
    enum { AT = 4096, STEP = 64, N = 24 };
    const struct port_conformance *g = c->given;

    if (g->reset == NULL || g->cut == NULL)
        return true;
    g->cut(g->ctx, 3);
    bool first =
        program_pattern(c, AT, N, 5) && program_pattern(c, AT + STEP, N, 5);
    bool torn = program_pattern(c, AT + 2 * STEP, N, 5);
    bool later = program_pattern(c, AT + 3 * STEP, N, 5);
    bool ok = conformance_expect(c, first, "a program before the cut fails");
    ok = conformance_expect(c, !torn && !later,
                            "a program without power says that it is done") &&
         ok;
    ok = conformance_expect(c, g->reset(g->ctx) == 0, "reset fails") && ok;
    ok = conformance_expect(c,
                            first_difference(c, AT, N, 5) == N &&
                                first_difference(c, AT + STEP, N, 5) == N,
                            "a program that was done is lost in a cut") &&
         ok;
    ok =
        conformance_expect(
            c,
            first_difference(c, AT + STEP + N, STEP - N, 1) == STEP - N &&
                first_difference(c, AT + 2 * STEP + N, 2 * STEP, 1) == 2 * STEP,
            "a cut changes bytes outside the program that it tears") &&
        ok;
    for (uint32_t i = 0; i < 4 && ok; i++)
        ok = conformance_expect(c, program_pattern(c, AT + i * STEP, N, 1),
                                "nv_program fails after the reset");
    return ok;
}

bool conformance_memory(struct conformance *c)
{
    return check_all_of_it(c) && check_pieces(c) && check_bounds(c) &&
           check_order(c) && check_source_in_nv(c) && check_direct(c) &&
           check_flush(c) && check_reset(c) && check_cut(c);
}

/* Writable, every byte its own, and apart from nv. */
static bool check_lent(struct conformance *c, uint8_t *p, uint32_t n,
                       const char *sentence)
{
    uint32_t wrong = 0;

    for (uint32_t round = 3; round < 5; round++) {
        for (uint32_t i = 0; i < n; i++)
            p[i] = pattern(i, round);
        for (uint32_t i = 0; i < n; i++)
            wrong += p[i] != pattern(i, round);
    }
    memset(p, 0, n);
    return conformance_expect(c, wrong == 0, sentence);
}

bool conformance_lent(struct conformance *c)
{
    const struct card_port *p = c->port;

    bool ok = check_lent(c, p->scratch, p->scratch_size,
                         "scratch does not keep what is written to it");
    ok = check_lent(c, p->io, p->io_size,
                    "io does not keep what is written to it") &&
         ok;
    ok = check_lent(c, p->transient, p->transient_size,
                    "transient does not keep what is written to it") &&
         ok;
    return ok;
}
