/*
 * All instructions of all methods, one behind the other: jumps and handlers
 * stand on them.
 */
#include "cap/typelocation.h"

#include "cap/internal.h"

#include <string.h>

enum { START = 1 /* of a byte of Method: an instruction begins */ };

struct locations {
    struct cap_types *s;
    const uint8_t *p;
    uint32_t n;
    uint8_t *marks;
};

/* ---- instructions ---- */

/* A place that an instruction of a method jumps to. */
struct jumps {
    const struct locations *l;
    const struct cap_code *code;
};

static bool is_start(void *ctx, int64_t target)
{
    const struct jumps *j = ctx;
    return target >= j->code->method.code && target < j->code->end &&
           (j->l->marks[target] & START) != 0;
}

static bool check_jumps(struct locations *l, const struct cap_method_row *row)
{
    struct cap_code code = {.p = l->p};
    struct jumps jumps = {l, &code};

    if (!cap_method_at(l->s->cap, row->offset, &code.method))
        return true;
    code.end = (uint32_t)code.method.code + row->code_count;
    for (uint32_t pc = code.method.code; pc < code.end; pc++) {
        if ((l->marks[pc] & START) != 0 &&
            !cap_each_target(code.p + pc, pc, is_start, &jumps))
            return cap_types_find(l->s, CAP_METHOD, row->offset, pc,
                                  CAP_RULE_BRANCH);
    }
    return true;
}

static bool mark_method(struct locations *l, const struct cap_method_row *row)
{
    struct cap_method m;
    bool ints = (l->s->cap->flags & CAP_ACC_INT) != 0;

    if (!cap_method_at(l->s->cap, row->offset, &m))
        return true;
    const uint32_t end = (uint32_t)m.code + row->code_count;
    for (uint32_t pc = m.code; pc < end;) {
        uint32_t n = cap_instruction_length(l->p + pc, end - pc);
        if (n == 0)
            return false; /* cap_check has seen to it */
        if (cap_opcode(l->p[pc])->needs_int && !ints)
            return cap_types_find(l->s, CAP_METHOD, row->offset, pc,
                                  CAP_RULE_INT_FLAG);
        l->marks[pc] |= START;
        pc += n;
    }
    return true;
}

/* ---- handlers ---- */

static bool is_enclosed_later(const struct cap *cap, unsigned i,
                              const struct cap_handler *h)
{
    struct cap_handler later;

    for (unsigned k = i + 1; cap_handler(cap, h->start, k, &later); k++) {
        if (later.start <= h->start && later.end > h->start)
            return true;
    }
    return false;
}

static bool check_handlers(struct locations *l, const struct cap_block *b)
{
    struct cap_handler h;
    uint32_t last = 0;
    bool ok = true;

    for (unsigned i = 0; cap_block_handler(l->s->cap, b, i, &h); i++) {
        const uint32_t at = b->start + 1u + 8u * i;
        bool ends = h.end == b->end || (l->marks[h.end] & START) != 0 ||
                    cap_method_row(l->s, h.end) != NULL;
        if ((l->marks[h.start] & START) == 0 ||
            (l->marks[h.handler] & START) == 0 || !ends)
            ok = cap_types_find(l->s, CAP_METHOD, 0, at, CAP_RULE_HANDLER);
        else if (h.handler < last ||
                 h.stop == is_enclosed_later(l->s->cap, i, &h))
            ok =
                cap_types_find(l->s, CAP_METHOD, 0, at, CAP_RULE_HANDLER_ORDER);
        last = h.handler;
    }
    return ok;
}

static bool check_blocks(struct locations *l)
{
    struct cap_block b;
    bool ok = true;

    for (unsigned i = 0; cap_block(l->s->cap, i, &b); i++)
        ok = check_handlers(l, &b) && ok;
    return ok;
}

enum err cap_check_locations(struct cap_types *s)
{
    const struct span method = s->cap->part[CAP_METHOD];
    const uint32_t used = s->used;
    struct locations l = {.s = s, .p = method.p, .n = (uint32_t)method.n};
    bool ok = true;

    l.marks = cap_types_take(s, l.n);
    if (l.marks == NULL)
        return ERR_MEMORY;
    memset(l.marks, 0, l.n);
    for (uint16_t i = 0; i < s->method_count; i++) {
        const struct cap_class_row *c = cap_class_row(s, s->methods[i].class);
        if ((c->flags & CAP_WORLD_INTERFACE) == 0)
            ok = mark_method(&l, &s->methods[i]) &&
                 check_jumps(&l, &s->methods[i]) && ok;
    }
    ok = ok && check_blocks(&l);
    s->used = used;
    return ok ? ERR_OK : ERR_TYPE;
}
