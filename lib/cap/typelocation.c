/*
 * All instructions of all methods, one behind the other, and what they refer
 * to: handlers stand on them, reference locations are their operands.
 */
#include "cap/internal.h"
#include "cap/typerow.h"

#include <string.h>

enum { /* of a byte of Method */
       START = 1,
       OPERAND_1 = 2,
       OPERAND_2 = 4,
};

struct locations {
    struct cap_types *s;
    const uint8_t *p;
    uint32_t n;
    uint8_t *marks;
};

/* ---- instructions ---- */

static void mark_operand(struct locations *l, uint32_t pc)
{
    enum { CLASS = 0, OBJECTS = 14 };
    const uint8_t *p = l->p + pc;

    switch (cap_opcode(p[0])->operands) {
    case CAP_POOL1:
        l->marks[pc + 1] |= OPERAND_1;
        return;
    case CAP_POOL2:
        l->marks[pc + 1] |= OPERAND_2;
        return;
    case CAP_INTERFACE:
        l->marks[pc + 2] |= OPERAND_2;
        return;
    case CAP_CAST:
        /* an array of a primitive type names no class */
        if (p[1] == CLASS || p[1] == OBJECTS)
            l->marks[pc + 2] |= OPERAND_2;
        return;
    default:
        return;
    }
}

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
            return cap_types_find(l->s, CAP_METHOD, row->offset, pc,
                                  CAP_RULE_DEAD_CODE);
        if (cap_opcode(l->p[pc])->needs_int && !ints)
            return cap_types_find(l->s, CAP_METHOD, row->offset, pc,
                                  CAP_RULE_INT_FLAG);
        l->marks[pc] |= START;
        mark_operand(l, pc);
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

static bool check_handlers(struct locations *l)
{
    struct cap_handler h;
    uint32_t last = 0;
    bool ok = true;

    for (unsigned i = 0; cap_handler(l->s->cap, 0, i, &h); i++) {
        const uint32_t at = 1u + 8u * i;
        bool ends = h.end == l->n || (l->marks[h.end] & START) != 0 ||
                    cap_method_row(l->s, h.end) != NULL;
        if ((l->marks[h.start] & START) == 0 ||
            (l->marks[h.handler] & START) == 0 || !ends)
            ok = cap_types_find(l->s, CAP_METHOD, 0, at, CAP_RULE_HANDLER);
        else if (h.handler < last ||
                 h.stop == is_enclosed_later(l->s->cap, i, &h))
            ok =
                cap_types_find(l->s, CAP_METHOD, 0, at, CAP_RULE_HANDLER_ORDER);
        last = h.handler;
        if (h.catch_type != 0)
            l->marks[at + 6] |= OPERAND_2;
    }
    return ok;
}

/* The handlers that a method is told to have are those inside it. */
static bool has_its_handlers(const struct cap *cap,
                             const struct cap_method_row *row)
{
    unsigned first = 0;
    unsigned count = 0;
    struct cap_handler h;
    struct cap_method m;

    if (!cap_method_at(cap, row->offset, &m))
        return false;
    const uint32_t end = (uint32_t)m.code + row->code_count;
    for (unsigned i = 0; cap_handler(cap, m.code, i, &h); i++) {
        if (h.start < m.code || h.start >= end || h.end > end)
            continue;
        if (count++ == 0)
            first = i;
        else if (i != first + count - 1)
            return false;
    }
    return count == row->handler_count &&
           row->handler_index == (count == 0 ? 0 : first);
}

static bool check_shares(struct locations *l)
{
    bool ok = true;

    for (uint16_t i = 0; i < l->s->method_count; i++) {
        const struct cap_method_row *row = &l->s->methods[i];
        const struct cap_class_row *c = cap_class_row(l->s, row->class);
        if ((c->flags & CAP_WORLD_INTERFACE) == 0 &&
            !has_its_handlers(l->s->cap, row))
            ok = cap_types_find(l->s, CAP_DESCRIPTOR, 0, row->at,
                                CAP_RULE_METHOD_ROW);
    }
    return ok;
}

/* ---- reference locations ---- */

/* Takes the listed places out of the marks; one that is none stops it. */
static bool strike_out(struct locations *l, uint8_t mark, struct span deltas)
{
    enum { CARRY = 255 };
    uint32_t at = 0;

    for (size_t i = 0; i < deltas.n; i++) {
        at += deltas.p[i];
        if (deltas.p[i] == CARRY)
            continue;
        if (at >= l->n || (l->marks[at] & mark) == 0)
            return false;
        l->marks[at] &= (uint8_t)~mark;
    }
    return true;
}

static bool bad_locations(struct locations *l, uint32_t at)
{
    return cap_types_find(l->s, CAP_REFERENCE_LOCATION, 0, at,
                          CAP_RULE_LOCATION_SET);
}

static bool check_lists(struct locations *l)
{
    static const uint8_t marks[] = {OPERAND_1, OPERAND_2};
    struct span part = l->s->cap->part[CAP_REFERENCE_LOCATION];
    const size_t whole = part.n;
    struct span deltas;
    uint16_t n = 0;

    for (unsigned list = 0; list < 2; list++) {
        const uint32_t at = (uint32_t)(whole - part.n);
        if (span_take_u2(&part, &n) != ERR_OK ||
            span_take(&part, n, &deltas) != ERR_OK ||
            !strike_out(l, marks[list], deltas))
            return bad_locations(l, at);
    }
    for (uint32_t i = 0; i < l->n; i++) {
        if ((l->marks[i] & (OPERAND_1 | OPERAND_2)) != 0)
            return bad_locations(l, 0);
    }
    return true;
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
    ok = ok && check_handlers(&l);
    ok = ok && check_shares(&l);
    ok = ok && check_lists(&l);
    s->used = used;
    return ok ? ERR_OK : ERR_TYPE;
}
