#include "ports/faults/faults.h"

#include <stdlib.h>
#include <string.h>

/* SplitMix64: a small generator with a period long enough for any test. */
static uint64_t next_random(struct faults *f)
{
    uint64_t z = f->random += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

bool faults_open(struct faults *f, uint32_t size, uint64_t seed)
{
    memset(f, 0, sizeof *f);
    f->size = size;
    f->random = seed;
    f->bytes = calloc(1, size);
    f->unstable = calloc(1, size);
    if (f->bytes != NULL && f->unstable != NULL)
        return true;
    faults_close(f);
    return false;
}

void faults_close(struct faults *f)
{
    free(f->bytes);
    free(f->unstable);
    f->bytes = f->unstable = NULL;
}

static void set_stable(struct faults *f, uint32_t at, uint8_t value)
{
    f->bytes[at] = value;
    f->unstable[at] = 0;
}

/* The bits of `mask` become new and stable. */
static void set_bits(struct faults *f, uint32_t at, uint8_t value, uint8_t mask)
{
    f->bytes[at] = (uint8_t)((f->bytes[at] & ~mask) | (value & mask));
    f->unstable[at] = (uint8_t)(f->unstable[at] & ~mask);
}

/* One byte of a torn program: bits that do not differ are not touched. */
static void tear_byte(struct faults *f, uint32_t at, uint8_t value)
{
    uint64_t r = next_random(f);
    uint8_t touched = (uint8_t)((f->bytes[at] ^ value) | f->unstable[at]);

    set_bits(f, at, value, (uint8_t)r & touched);
    if (f->tear == FAULTS_UNSTABLE)
        f->unstable[at] = (uint8_t)((r >> 8) & touched);
}

/* The first `bits` bits of n bytes are new. */
static void tear_prefix(struct faults *f, uint32_t bits, uint32_t offset,
                        const uint8_t *bytes, uint32_t n)
{
    uint32_t whole = bits / 8 < n ? bits / 8 : n;

    for (uint32_t i = 0; i < whole; i++)
        set_stable(f, offset + i, bytes[i]);
    if (whole < n)
        set_bits(f, offset + whole, bytes[whole],
                 (uint8_t)((1u << bits % 8) - 1u));
}

/* What is unstable, if anything, lies between the bounds. */
static void widen_bounds(struct faults *f, uint32_t offset, uint32_t n)
{
    if (f->torn_end == 0 || offset < f->torn_first)
        f->torn_first = offset;
    if (offset + n > f->torn_end)
        f->torn_end = offset + n;
}

void faults_tear(struct faults *f, enum faults_tear tear, uint32_t bits,
                 uint32_t offset, const uint8_t *bytes, uint32_t n)
{
    if (bits == FAULTS_ANY_BITS)
        bits = (uint32_t)(next_random(f) % (8u * n + 1u));
    f->tear = tear;
    f->off = true;
    switch (tear) {
    case FAULTS_WHOLE:
        break;
    case FAULTS_DONE:
        tear_prefix(f, 8 * n, offset, bytes, n);
        break;
    case FAULTS_PARTIAL:
        tear_prefix(f, bits, offset, bytes, n);
        break;
    case FAULTS_BITS:
    case FAULTS_UNSTABLE:
        widen_bounds(f, offset, n);
        for (uint32_t i = 0; i < n; i++)
            tear_byte(f, offset + i, bytes[i]);
        break;
    }
}

bool faults_unstable(const struct faults *f, uint32_t offset, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (f->unstable[offset + i] != 0)
            return true;
    }
    return false;
}

static int program(void *ctx, uint32_t offset, const uint8_t *bytes, uint32_t n)
{
    struct faults *f = ctx;

    if (f->off || offset > f->size || n > f->size - offset)
        return -1;
    if (f->watch != NULL)
        f->watch(f->watch_ctx, offset, bytes, n);
    f->programs++;
    if (f->programs == f->cut_at) {
        if (!f->fails)
            faults_tear(f, f->tear, FAULTS_ANY_BITS, offset, bytes, n);
        return -1;
    }
    memcpy(f->bytes + offset, bytes, n);
    if (f->torn_end != 0)
        memset(f->unstable + offset, 0, n);
    return 0;
}

void faults_bind(struct faults *f, struct card_port *port)
{
    port->ctx = f;
    port->nv = f->bytes;
    port->nv_size = f->size;
    port->nv_program = program;
    port->nv_direct = NULL; /* every program is seen, and can be cut */
    port->nv_flush = NULL;
}

void faults_arm(struct faults *f, uint64_t n, enum faults_tear tear, bool fails)
{
    f->cut_at = n == 0 ? 0 : f->programs + n;
    f->tear = tear;
    f->fails = fails;
}

void faults_power_on(struct faults *f)
{
    f->off = false;
    f->cut_at = 0;
    for (uint32_t i = f->torn_first; i < f->torn_end; i++) {
        if (f->unstable[i] != 0)
            f->bytes[i] ^= (uint8_t)(next_random(f) & f->unstable[i]);
    }
}

static void copy_unstable(struct faults *to, const struct faults *from)
{
    memset(to->unstable + to->torn_first, 0, to->torn_end - to->torn_first);
    memcpy(to->unstable + from->torn_first, from->unstable + from->torn_first,
           from->torn_end - from->torn_first);
    to->torn_first = from->torn_first;
    to->torn_end = from->torn_end;
}

void faults_copy(struct faults *to, const struct faults *from)
{
    memcpy(to->bytes, from->bytes, from->size);
    copy_unstable(to, from);
}
