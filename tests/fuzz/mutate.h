/*
 * Mutation that knows a file's fields: a walker of the format tells where they
 * are, one is changed, and lengths that depend on it are put right, so that a
 * broken file is broken in one place and is read up to there.
 */
#ifndef FUZZ_MUTATE_H
#define FUZZ_MUTATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum place_kind {
    PLACE_INDEX,  /* big-endian, `size` bytes: below `limit` is sensible */
    PLACE_NUMBER, /* big-endian, `size` bytes: flags, a count, a token */
    PLACE_TEXT,   /* bytes after a length of two bytes */
    PLACE_BODY,   /* bytes after a length of four bytes */
    PLACE_CODE,   /* bytes that begin with an instruction, `limit` of them */
};

struct place {
    enum place_kind kind;
    uint32_t limit;
    size_t at;
    size_t size;
};

enum { PLACES_MAX = 4096 };

/* A walk over a file: where it is, and what it passed. */
struct walk {
    const uint8_t *p;
    size_t n;
    size_t at;
    bool ok; /* false: the file ended before what it announced */
    struct place places[PLACES_MAX];
    size_t count;
};

void walk_start(struct walk *w, const uint8_t *p, size_t n);
/* Passes a field of 1 to 4 bytes and gives its value; 0 past the end. */
uint32_t walk_number(struct walk *w, size_t size);
uint32_t walk_index(struct walk *w, size_t size, uint32_t limit);
/* Passes `n` bytes that are no field. */
void walk_skip(struct walk *w, size_t n);
/* Passes bytes after their length; they are one place, or many to the caller:
 * `enter` leaves the walk at their first. */
void walk_text(struct walk *w);
size_t walk_body(struct walk *w, bool enter);
/* Notes that `n` bytes from here on are code, and passes them. */
void walk_code(struct walk *w, size_t n, uint32_t opcodes);

/*
 * Changes one place of what was walked over, in `data` of `size` bytes with
 * room for `max`; the new size.
 */
size_t walk_mutate(const struct walk *w, uint8_t *data, size_t size, size_t max,
                   unsigned seed);

/* libFuzzer's own: `size` bytes are changed, in room for `max`. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max,
                               unsigned seed);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#endif
