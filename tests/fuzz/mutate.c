/* What mutators of all formats share. */
#include "tests/fuzz/mutate.h"

#include <string.h>

enum { TEXT_LENGTH = 2, BODY_LENGTH = 4, RESIZED_MAX = 0xFFFF };

static uint32_t get(const uint8_t *p, size_t size)
{
    uint32_t v = 0;
    for (size_t i = 0; i < size; i++)
        v = v << 8 | p[i];
    return v;
}

static void set(uint8_t *p, size_t size, uint32_t v)
{
    for (size_t i = size; i > 0; i--, v >>= 8)
        p[i - 1] = (uint8_t)v;
}

void walk_start(struct walk *w, const uint8_t *p, size_t n)
{
    w->p = p;
    w->n = n;
    w->at = 0;
    w->ok = true;
    w->count = 0;
}

static void note(struct walk *w, enum place_kind kind, size_t size,
                 uint32_t limit)
{
    if (w->count < PLACES_MAX)
        w->places[w->count++] = (struct place){kind, limit, w->at, size};
}

void walk_skip(struct walk *w, size_t n)
{
    w->ok = w->ok && n <= w->n - w->at;
    if (w->ok)
        w->at += n;
}

static uint32_t field(struct walk *w, enum place_kind kind, size_t size,
                      uint32_t limit)
{
    if (!w->ok || size > w->n - w->at) {
        w->ok = false;
        return 0;
    }
    uint32_t v = get(w->p + w->at, size);
    note(w, kind, size, limit);
    w->at += size;
    return v;
}

uint32_t walk_number(struct walk *w, size_t size)
{
    return field(w, PLACE_NUMBER, size, 0);
}

uint32_t walk_index(struct walk *w, size_t size, uint32_t limit)
{
    return field(w, PLACE_INDEX, size, limit);
}

static size_t measured(struct walk *w, enum place_kind kind, size_t length)
{
    if (!w->ok || length > w->n - w->at) {
        w->ok = false;
        return 0;
    }
    size_t n = get(w->p + w->at, length);
    w->at += length;
    if (n > w->n - w->at) {
        w->ok = false;
        return 0;
    }
    note(w, kind, n, 0);
    return n;
}

void walk_text(struct walk *w)
{
    walk_skip(w, measured(w, PLACE_TEXT, TEXT_LENGTH));
}

size_t walk_body(struct walk *w, bool enter)
{
    size_t n = measured(w, PLACE_BODY, BODY_LENGTH);
    if (!enter)
        walk_skip(w, n);
    return n;
}

void walk_code(struct walk *w, size_t n, uint32_t opcodes)
{
    if (w->ok && n > 0 && n <= w->n - w->at)
        note(w, PLACE_CODE, n, opcodes);
    walk_skip(w, n);
}

/* A small generator: the same seed changes the same thing. */
static uint32_t next(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33);
}

static void change_number(const struct place *p, uint8_t *data,
                          uint64_t *random)
{
    static const uint32_t edges[] = {
        0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF};
    uint32_t v = get(data + p->at, p->size);
    switch (next(random) % 4) {
    case 0:
        v ^= 1u << next(random) % (8 * p->size);
        break;
    case 1:
        v += next(random) % 2 == 0 ? 1u : UINT32_MAX;
        break;
    case 2:
        v = edges[next(random) % (sizeof edges / sizeof edges[0])];
        break;
    default:
        v = next(random);
    }
    if (p->kind == PLACE_INDEX && p->limit > 0 && next(random) % 8 != 0)
        v = next(random) % p->limit;
    set(data + p->at, p->size, v);
}

static void change_code(const struct place *p, uint8_t *data, uint64_t *random)
{
    size_t at = next(random) % p->size;
    size_t from = next(random) % p->size;
    size_t most = p->size - (at > from ? at : from);
    switch (next(random) % 3) {
    case 0:
        data[p->at + at] = (uint8_t)(next(random) % p->limit);
        break;
    case 1:
        memmove(data + p->at + at, data + p->at + from,
                1 + next(random) % (most < 8 ? most : 8));
        break;
    default:
        LLVMFuzzerMutate(data + p->at + at, 1, 1);
    }
}

/* Bytes with a length before them, changed as libFuzzer likes, in length
 * too; or copied from another place of the same kind. */
static size_t change_measured(const struct walk *w, const struct place *p,
                              uint8_t *data, size_t size, size_t max,
                              uint64_t *random)
{
    static uint8_t room[RESIZED_MAX];
    size_t length = p->kind == PLACE_TEXT ? TEXT_LENGTH : BODY_LENGTH;
    size_t most = max - size + p->size;
    if (most > sizeof room)
        most = sizeof room;
    if (p->size > most)
        return size;
    const struct place *other = &w->places[next(random) % w->count];
    size_t n = p->size;
    if (other->kind == p->kind && other->size <= most) {
        n = other->size;
        memcpy(room, data + other->at, n);
    } else {
        memcpy(room, data + p->at, n);
        n = LLVMFuzzerMutate(room, n, most);
    }
    size_t end = p->at + p->size;
    memmove(data + p->at + n, data + end, size - end);
    memcpy(data + p->at, room, n);
    set(data + p->at - length, length, (uint32_t)n);
    return size - p->size + n;
}

size_t walk_mutate(const struct walk *w, uint8_t *data, size_t size, size_t max,
                   unsigned seed)
{
    uint64_t random = seed;
    next(&random);
    if (w->count == 0 || next(&random) % 16 == 0)
        return LLVMFuzzerMutate(data, size, max);
    const struct place *p = &w->places[next(&random) % w->count];
    switch (p->kind) {
    case PLACE_INDEX:
    case PLACE_NUMBER:
        change_number(p, data, &random);
        return size;
    case PLACE_CODE:
        change_code(p, data, &random);
        return size;
    default:
        return change_measured(w, p, data, size, max, &random);
    }
}
