/*
 * Proves that no sequence of GlobalPlatform commands, inside or outside of
 * secure channels, accepted or refused, breaks the card: after each command
 * card_check finds nothing, refused ones and those without a session changed
 * no content, sessions end with the first command that is not protected as
 * agreed, and no key shows (tests/commands/world.h).
 *
 * Input: steps of STEP_BYTES bytes, each the choices of one thing that is done
 * by the grammar of tests/commands; the last may be shorter.  A mutation
 * changes, moves, repeats or drops whole steps, or choices of one.  With
 * COMMANDS_LOG in the environment what is sent and answered is shown.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/commands/grammar.h"
#include "tests/fuzz/mutate.h"

enum { STEPS_MAX = 32 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct world w;
    static struct grammar g;
    struct span rest = span_of(data, n);

    if (w.host.card == NULL) {
        world_open(&w, APPLETS "/echo.cap", false);
        w.log = getenv("COMMANDS_LOG") != NULL ? stderr : NULL;
    }
    world_start(&w);
    grammar_start(&g, &w);
    for (unsigned i = 0; i < STEPS_MAX && rest.n > 0; i++) {
        const size_t step = rest.n < STEP_BYTES ? rest.n : STEP_BYTES;
        grammar_step(&g, span_of(rest.p, step));
        rest = span_of(rest.p + step, rest.n - step);
    }
    world_reset(&w);
    return 0;
}

/* Room for a step behind the first `at`; false: there is none. */
static bool open_gap(uint8_t *data, size_t *n, size_t max, size_t at)
{
    if (*n + STEP_BYTES > max)
        return false;
    memmove(data + at + STEP_BYTES, data + at, *n - at);
    *n += STEP_BYTES;
    return true;
}

static void swap_steps(uint8_t *a, uint8_t *b)
{
    uint8_t step[STEP_BYTES];

    memcpy(step, a, STEP_BYTES);
    memmove(a, b, STEP_BYTES);
    memcpy(b, step, STEP_BYTES);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t max,
                               unsigned seed)
{
    const size_t steps = n / STEP_BYTES;
    const size_t a = steps == 0 ? 0 : seed / 16 % steps * STEP_BYTES;
    const size_t b = steps == 0 ? 0 : seed / 4096 % steps * STEP_BYTES;

    n = steps * STEP_BYTES;
    switch (steps == 0 ? 0 : seed % 16) {
    case 0: /* one more, of zeros that are then mutated */
    case 1:
        if (open_gap(data, &n, max, b)) {
            memset(data + b, 0, STEP_BYTES);
            (void)LLVMFuzzerMutate(data + b, STEP_BYTES, STEP_BYTES);
        }
        return n;
    case 2: /* again, somewhere else */
        if (open_gap(data, &n, max, b))
            memmove(data + b, data + (a < b ? a : a + STEP_BYTES), STEP_BYTES);
        return n;
    case 3:
        swap_steps(data + a, data + b);
        return n;
    case 4: /* away */
        memmove(data + a, data + a + STEP_BYTES, n - a - STEP_BYTES);
        return n - STEP_BYTES;
    case 5: /* another kind */
        data[a] = (uint8_t)(seed >> 24);
        return n;
    default:
        (void)LLVMFuzzerMutate(data + a, STEP_BYTES, STEP_BYTES);
        return n;
    }
}
