#include "cap/subroutine.h"

#include <string.h>

enum { SEEN = 1, WALKED = 2, ENDS = 3 };

struct walk {
    const struct cap *cap;
    const struct cap_code *code;
    uint32_t entry;
    uint8_t *seen;
    uint32_t *effort;
    bool more;
    bool ends; /* the instruction in hand leads to a ret */
};

/* Calls `f` for what can follow the instruction while the subroutine lasts. */
static void each_next(struct walk *w, uint32_t pc,
                      bool (*f)(void *ctx, int64_t target))
{
    const struct cap_code *c = w->code;
    const uint8_t *p = c->p + pc;
    struct cap_handler h;

    for (unsigned i = 0; cap_handler(w->cap, pc, i, &h); i++) {
        if (pc >= h.start && pc < h.end)
            (void)f(w, h.handler);
    }
    /* it has been left by a jump when it is called anew */
    if (cap_is_jsr_to(c, pc, w->entry))
        return;
    (void)cap_each_target(p, pc, f, w);
    if (cap_falls_through(p[0]))
        (void)f(w, pc + cap_instruction_length(p, c->end - pc));
}

/* Behind a call that does not come back may stand anything: NULL for that. */
static uint8_t *place(const struct walk *w, int64_t pc)
{
    return cap_code_starts(w->code, pc)
               ? &w->seen[(uint32_t)pc - w->code->method.code]
               : NULL;
}

static bool see(void *ctx, int64_t target)
{
    struct walk *w = ctx;
    uint8_t *there = place(w, target);

    if (there != NULL && *there == 0) {
        *there = SEEN;
        w->more = true;
    }
    return true;
}

static bool join(void *ctx, int64_t target)
{
    struct walk *w = ctx;
    const uint8_t *there = place(w, target);

    w->ends = w->ends || (there != NULL && *there == ENDS);
    return true;
}

static bool spend(struct walk *w, uint32_t n)
{
    if (*w->effort <= n)
        return false;
    *w->effort -= n;
    return true;
}

static bool walk_forward(struct walk *w, uint32_t n)
{
    w->more = true;
    while (w->more) {
        w->more = false;
        if (!spend(w, n))
            return false;
        for (uint32_t i = 0; i < n; i++) {
            if (w->seen[i] != SEEN)
                continue;
            w->seen[i] = WALKED;
            each_next(w, w->code->method.code + i, see);
        }
    }
    return true;
}

/* From every ret back; what leads to none is not within the call. */
static bool walk_back(struct walk *w, uint32_t n)
{
    w->more = true;
    while (w->more) {
        w->more = false;
        if (!spend(w, n))
            return false;
        for (uint32_t i = n; i-- > 0;) {
            const uint32_t pc = w->code->method.code + i;
            if (w->seen[i] != WALKED)
                continue;
            w->ends = w->code->p[pc] == CAP_OP_ret;
            each_next(w, pc, join);
            if (!w->ends)
                continue;
            w->seen[i] = ENDS;
            w->more = true;
        }
    }
    return true;
}

bool cap_subroutine_walk(const struct cap *cap, const struct cap_code *code,
                         uint32_t entry, uint8_t *seen, uint32_t *effort)
{
    struct walk w = {.cap = cap,
                     .code = code,
                     .entry = entry,
                     .seen = seen,
                     .effort = effort};
    const uint32_t n = code->end - code->method.code;

    memset(seen, 0, n);
    (void)see(&w, entry);
    if (!walk_forward(&w, n) || !walk_back(&w, n))
        return false;
    for (uint32_t i = 0; i < n; i++)
        seen[i] = seen[i] == ENDS;
    return true;
}

/* The locals that an instruction writes; their number. */
static unsigned stored_cells(const uint8_t *p, unsigned *first)
{
    if (p[0] >= CAP_OP_astore && p[0] <= CAP_OP_istore) {
        *first = p[1];
        return p[0] == CAP_OP_istore ? 2 : 1;
    }
    if (p[0] >= CAP_OP_astore_0 && p[0] <= CAP_OP_istore_3) {
        *first = (p[0] - CAP_OP_astore_0) & 3u;
        return p[0] >= CAP_OP_istore_0 ? 2 : 1;
    }
    return 0;
}

static void mark(uint8_t *written, unsigned first, unsigned count)
{
    if (first > 0)
        written[first - 1] |= CAP_BESIDE;
    for (unsigned k = 0; k < count; k++)
        written[first + k] |= CAP_WRITTEN;
    written[first + count] |= CAP_BESIDE;
}

void cap_subroutine_writes(const struct cap_code *code, const uint8_t *seen,
                           uint8_t *written)
{
    const uint32_t n = code->end - code->method.code;

    memset(written, 0, CAP_LOCALS_MAX);
    for (uint32_t i = 0; i < n; i++) {
        unsigned first = 0;
        unsigned count =
            seen[i] == 0
                ? 0
                : stored_cells(code->p + code->method.code + i, &first);
        if (count > 0)
            mark(written, first, count);
    }
}

uint32_t cap_jsr_target(const struct cap_code *code, uint32_t pc)
{
    return (uint32_t)((int32_t)pc + (int16_t)get_u2(code->p + pc + 1));
}

bool cap_is_jsr_to(const struct cap_code *code, uint32_t pc, uint32_t entry)
{
    return (code->marks[pc - code->method.code] & CAP_CODE_START) != 0 &&
           code->p[pc] == CAP_OP_jsr && cap_jsr_target(code, pc) == entry;
}
