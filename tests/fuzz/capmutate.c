/*
 * Mutates a load file one component at a time: its size and the Directory,
 * which says it again, stay right, so that the checks behind them are reached.
 */
#include <string.h>

#include "base/span.h"
#include "cap/cap.h"
#include "tests/fuzz/mutate.h"

enum { HEAD = 3, OPCODES = 185 };

struct part {
    uint8_t tag;
    size_t at; /* of its tag */
    size_t n;  /* of its info */
};

static size_t find_parts(const uint8_t *data, size_t size,
                         struct part parts[CAP_TAG_COUNT])
{
    size_t count = 0;
    for (size_t at = 0; size - at >= HEAD && count < CAP_TAG_COUNT; count++) {
        size_t n = get_u2(data + at + 1);
        if (n > size - at - HEAD)
            break;
        parts[count] = (struct part){data[at], at, n};
        at += HEAD + n;
    }
    return count;
}

/* The Directory's word for the size of component `tag`. */
static void tell_directory(uint8_t *data, const struct part *parts,
                           size_t count, uint8_t tag, size_t n)
{
    for (size_t i = 0; i < count; i++) {
        size_t at = 2 * ((size_t)tag - 1);
        if (parts[i].tag == CAP_DIRECTORY && tag >= 1 && tag < CAP_TAG_COUNT &&
            at + 2 <= parts[i].n)
            set_u2(data + parts[i].at + HEAD + at, (uint16_t)n);
    }
}

static size_t change_part(uint8_t *data, size_t size, size_t max,
                          const struct part *p, size_t *n)
{
    static uint8_t room[0xFFFF];
    size_t most = max - size + p->n;
    if (most > sizeof room)
        most = sizeof room;
    /* what has no room is given a byte all the same */
    if (most == 0 || p->n > most)
        return size;
    uint8_t *info = data + p->at + HEAD;
    memcpy(room, info, p->n);
    *n = LLVMFuzzerMutate(room, p->n, most);
    memmove(info + *n, info + p->n, size - (p->at + HEAD + p->n));
    memcpy(info, room, *n);
    set_u2(data + p->at + 1, (uint16_t)*n);
    return size - p->n + *n;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max,
                               unsigned seed)
{
    struct part parts[CAP_TAG_COUNT];
    size_t count = find_parts(data, size, parts);
    if (count == 0 || seed % 32 == 0)
        return LLVMFuzzerMutate(data, size, max);
    const struct part *p = &parts[seed / 32 % count];
    size_t n = p->n;
    if (p->tag == CAP_METHOD && n > 0 && seed % 4 == 0) {
        data[p->at + HEAD + seed / 512 % n] = (uint8_t)(seed / 7 % OPCODES);
        return size;
    }
    if (seed % 3 == 0 && n > 0) { /* in place: nothing moves */
        LLVMFuzzerMutate(data + p->at + HEAD + seed / 512 % n, 1, 1);
        return size;
    }
    size = change_part(data, size, max, p, &n);
    count = find_parts(data, size, parts);
    for (size_t i = 0; i < count; i++)
        tell_directory(data, parts, count, parts[i].tag, parts[i].n);
    return size;
}
