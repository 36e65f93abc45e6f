#include "tests/tear/seen.h"

#include <stdlib.h>
#include <string.h>

enum { LANES = 4, STRIDE = LANES * 8, FIRST_ROOM = 1024 };

struct seen_entry {
    struct fingerprint print;
    unsigned value;
    bool used;
};

static uint64_t mix(uint64_t state, uint64_t word)
{
    uint64_t x = (state ^ word) * 0x9E3779B97F4A7C15u;

    return x ^ x >> 29;
}

struct fingerprint fingerprint_start(void)
{
    return (struct fingerprint){{0x243F6A8885A308D3u, 0x13198A2E03707344u}};
}

/* The words go to the lanes in turn, which no word has to wait for. */
static void add_strides(uint64_t lane[LANES], const uint8_t *p, size_t n)
{
    for (; n >= STRIDE; p += STRIDE, n -= STRIDE) {
        uint64_t word[LANES];
        memcpy(word, p, STRIDE);
        for (unsigned i = 0; i < LANES; i++)
            lane[i] = mix(lane[i], word[i]);
    }
}

void fingerprint_add(struct fingerprint *f, const void *bytes, size_t n)
{
    const uint8_t *p = bytes;
    uint8_t tail[STRIDE] = {0};
    uint64_t lane[LANES];
    size_t rest = n % STRIDE;

    for (unsigned i = 0; i < LANES; i++)
        lane[i] = mix(f->half[i % 2], n + i);
    add_strides(lane, p, n);
    if (rest > 0)
        memcpy(tail, p + n - rest, rest);
    add_strides(lane, tail, STRIDE);
    for (unsigned i = 0; i < LANES; i++) {
        f->half[0] = mix(f->half[0], lane[i]);
        f->half[1] = mix(f->half[1] + lane[i], f->half[0]);
    }
}

static struct seen_entry *find(const struct seen *s,
                               const struct fingerprint *f)
{
    size_t at = (size_t)f->half[0] & (s->room - 1);

    while (s->entries[at].used &&
           memcmp(&s->entries[at].print, f, sizeof *f) != 0)
        at = (at + 1) & (s->room - 1);
    return &s->entries[at];
}

static void grow(struct seen *s)
{
    struct seen larger = {.room = s->room == 0 ? FIRST_ROOM : 2 * s->room,
                          .n = s->n};

    larger.entries = calloc(larger.room, sizeof *larger.entries);
    if (larger.entries == NULL)
        abort();
    for (size_t i = 0; i < s->room; i++) {
        if (s->entries[i].used)
            *find(&larger, &s->entries[i].print) = s->entries[i];
    }
    free(s->entries);
    *s = larger;
}

bool seen_find(const struct seen *s, const struct fingerprint *f,
               unsigned *value)
{
    if (s->room == 0)
        return false;
    const struct seen_entry *e = find(s, f);
    *value = e->value;
    return e->used;
}

void seen_add(struct seen *s, const struct fingerprint *f, unsigned value)
{
    if (2 * s->n >= s->room)
        grow(s);
    *find(s, f) = (struct seen_entry){*f, value, true};
    s->n++;
}

bool seen_before(struct seen *s, const struct fingerprint *f)
{
    unsigned value;

    if (seen_find(s, f, &value))
        return true;
    seen_add(s, f, 0);
    return false;
}

void seen_forget(struct seen *s)
{
    free(s->entries);
    *s = (struct seen){NULL, 0, 0};
}
