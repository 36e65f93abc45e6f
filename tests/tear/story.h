/*
 * The life of a card in steps: loading, installing, what an applet does to
 * its memory, its PIN and its keys, keys and domains of the card, deletion.
 * Each step says which atomic effects it has, in order; tests that cut power
 * or make things fail run it and compare.
 */
#ifndef TEAR_STORY_H
#define TEAR_STORY_H

#include "tests/apdu/host.h"

enum {
    STORY_MEMORY = 64 * 1024,
    STORY_FIELDS = 18,
    STORY_VALUE_MAX = 36,
    STORY_EFFECTS_MAX = 24,
};

/* What the applet says of itself, read back: a value of each of its fields. */
struct story_values {
    bool there; /* it can be selected */
    char of[STORY_FIELDS][STORY_VALUE_MAX];
};

enum {
    STORY_LOOSE = 0x01,  /* field l may be anything between */
    STORY_LITTER = 0x02, /* any number of effects follow that show nowhere */
    STORY_ONCE = 0x04,   /* cannot be repeated where it was cut short */
};

struct story_step {
    const char *name;
    /*
     * Words, the second of them what is cut: hexadecimal commands; "load": of
     * the applet's package; "load-X": of tear-X.cap beside it; "session": a
     * secure channel; "own-session": with the keys that PUT KEY brings; "N:"
     * before a command: its answer is N and not 9000.
     */
    const char *enter;
    const char *act;
    /*
     * Its atomic effects in order, one between two bars: "x=V y=V" the
     * applet's fields that change and their new values, "new" when the applet
     * comes, "gone" and "back", or nothing that the applet would show.  NULL:
     * none.
     */
    const char *effects;
    /* A line of the dump that is there only afterwards, or only before. */
    const char *shows;
    const char *hides;
    unsigned flags;
};

extern const struct story_step story[];
extern const size_t story_length;

/* The applet's load file; set it before a step runs. */
extern const char *story_cap;

/* What to do with words that are not above; it gives 0 to others still. */
extern sw_t (*story_more_words)(struct host *h, const char *word);

/* Does words as above; false, with a message, when an answer is another. */
bool story_do(struct host *h, const char *words);

/* The same without a word; the first answer that is another ends it. */
bool story_try(struct host *h, const char *words);

/* Selects the applet and asks it; leaves it selected. */
void story_read(struct host *h, struct story_values *v);

/* Number of effects; and applies the i-th (from 0) to what is there. */
unsigned story_effect_count(const struct story_step *s);
void story_apply(const struct story_step *s, unsigned i,
                 struct story_values *v);

/* Whether both are the same; selections do not count, l with STORY_LOOSE. */
bool story_equal(const struct story_values *a, const struct story_values *b,
                 unsigned flags);

/* "b=00 m=0000 ..." or "none" */
void story_print(const struct story_values *v, char *text, size_t n);

#endif
