#include "cap/subroutine.h"

#include <string.h>

enum { SEEN = 1, WALKED = 2 };

struct walk {
    const struct cap *cap;
    const struct cap_code *code;
    uint8_t *seen;
    bool more;
};

static bool see(void *ctx, int64_t target)
{
    struct walk *w = ctx;
    uint8_t *seen = &w->seen[(uint32_t)target - w->code->method.code];

    if (*seen == 0) {
        *seen = SEEN;
        w->more = true;
    }
    return true;
}

static void see_handlers(struct walk *w, uint32_t pc)
{
    struct cap_handler h;

    for (unsigned i = 0; cap_handler(w->cap, pc, i, &h); i++) {
        if (pc >= h.start && pc < h.end)
            (void)see(w, h.handler);
    }
}

/* What can follow the instruction, as long as the subroutine lasts. */
static void see_next(struct walk *w, uint32_t pc)
{
    const struct cap_code *c = w->code;
    const uint8_t *p = c->p + pc;

    see_handlers(w, pc);
    (void)cap_each_target(p, pc, see, w);
    if (cap_falls_through(p[0]))
        (void)see(w, pc + cap_instruction_length(p, c->end - pc));
}

bool cap_subroutine_walk(const struct cap *cap, const struct cap_code *code,
                         uint32_t entry, uint8_t *seen, uint32_t *effort)
{
    struct walk w = {cap, code, seen, true};
    const uint32_t n = code->end - code->method.code;

    memset(seen, 0, n);
    seen[entry - code->method.code] = SEEN;
    while (w.more) {
        w.more = false;
        if (*effort <= n)
            return false;
        *effort -= n;
        for (uint32_t i = 0; i < n; i++) {
            if (seen[i] != SEEN)
                continue;
            seen[i] = WALKED;
            see_next(&w, code->method.code + i);
        }
    }
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
