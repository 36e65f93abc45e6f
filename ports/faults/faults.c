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

/* One byte of a torn program: bits that do not differ are not touched. */
static void tear_byte(struct faults *f, uint32_t at, uint8_t value)
{
    uint64_t r = next_random(f);
    uint8_t touched = (uint8_t)((f->bytes[at] ^ value) | f->unstable[at]);
    uint8_t taken = (uint8_t)r & touched;

    f->bytes[at] = (uint8_t)((f->bytes[at] & ~taken) | (value & taken));
    if (f->tear == FAULTS_UNSTABLE)
        f->unstable[at] = (uint8_t)((r >> 8) & touched);
    else
        f->unstable[at] = (uint8_t)(f->unstable[at] & ~taken);
}

static void torn_program(struct faults *f, uint32_t offset,
                         const uint8_t *bytes, uint32_t n)
{
    uint32_t whole =
        f->tear == FAULTS_PARTIAL ? (uint32_t)(next_random(f) % (n + 1u)) : 0;

    if (f->tear == FAULTS_WHOLE)
        return;
    for (uint32_t i = 0; i < n; i++) {
        if (f->tear == FAULTS_DONE || i < whole)
            set_stable(f, offset + i, bytes[i]);
        else if (f->tear != FAULTS_PARTIAL)
            tear_byte(f, offset + i, bytes[i]);
    }
}

static int program(void *ctx, uint32_t offset, const uint8_t *bytes, uint32_t n)
{
    struct faults *f = ctx;

    if (f->off || offset > f->size || n > f->size - offset)
        return -1;
    f->programs++;
    if (f->programs == f->cut_at) {
        if (!f->fails) {
            torn_program(f, offset, bytes, n);
            f->off = true;
        }
        return -1;
    }
    memcpy(f->bytes + offset, bytes, n);
    memset(f->unstable + offset, 0, n);
    return 0;
}

void faults_bind(struct faults *f, struct card_port *port)
{
    port->ctx = f;
    port->nv = f->bytes;
    port->nv_size = f->size;
    port->nv_program = program;
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
    for (uint32_t i = 0; i < f->size; i++) {
        if (f->unstable[i] != 0)
            f->bytes[i] ^= (uint8_t)(next_random(f) & f->unstable[i]);
    }
}

void faults_copy(struct faults *to, const struct faults *from)
{
    memcpy(to->bytes, from->bytes, from->size);
    memcpy(to->unstable, from->unstable, from->size);
}
