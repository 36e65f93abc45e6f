/* Which instructions a method has, and how deep the stack is at each. */
#include "vm/code.h"

#include "cap/opcodes.h"

static bool shuffle_effect(const uint8_t *p, struct vm_effect *e)
{
    const uint8_t m = p[1] >> 4;
    const uint8_t n = p[1] & 15;

    if (p[0] == CAP_OP_swap_x) {
        e->pops = e->pushes = (uint8_t)(m + n);
        return m >= 1 && m <= 2 && n >= 1 && n <= 2;
    }
    const uint8_t below = n == 0 ? m : n;
    e->pops = below;
    e->pushes = (uint8_t)(below + m);
    return m >= 1 && m <= 4 && (n == 0 || (n >= m && n <= m + 4));
}

static bool call_effect(const struct vm_flow *f, const uint8_t *p,
                        struct vm_effect *e)
{
    const bool iface = p[0] == CAP_OP_invokeinterface;
    struct vm_pool entry;

    if (!vm_pool(f->r, get_u2(p + (iface ? 2 : 1)), &entry))
        return false;
    e->pops = iface ? p[1] : entry.c;
    e->pushes = vm_code_results(f->vm, f->r, p);
    e->unknown = e->pushes == VM_CELLS_UNKNOWN;
    if (e->unknown)
        e->pushes = 0;
    return true;
}

bool vm_flow_effect(const struct vm_flow *f, uint32_t pc, struct vm_effect *e)
{
    const uint8_t *p = f->p + pc;
    const struct cap_opcode *row = cap_opcode(p[0]);

    e->length = cap_instruction_length(p, f->span - pc);
    e->unknown = false;
    if (e->length == 0 || p[0] == CAP_OP_jsr || p[0] == CAP_OP_ret)
        return false;
    if (p[0] == CAP_OP_dup_x || p[0] == CAP_OP_swap_x)
        return shuffle_effect(p, e);
    if (p[0] >= CAP_OP_invokevirtual && p[0] <= CAP_OP_invokeinterface)
        return call_effect(f, p, e);
    e->pops = (uint8_t)cap_cells(row->pops);
    e->pushes = (uint8_t)cap_cells(row->pushes);
    return true;
}

/* A place that control comes to by more than running on. */
static bool lead_to(struct vm_flow *f, int64_t pc, uint8_t depth)
{
    if (pc < 0 || pc >= f->span)
        return false;
    f->leads[pc] = 1;
    if (f->depth[pc] != 0)
        return f->depth[pc] == depth + 1;
    if (f->todo_count == f->todo_max)
        return false;
    f->depth[pc] = (uint8_t)(depth + 1);
    f->todo[f->todo_count++] = (uint16_t)pc;
    return true;
}

/* Places that one instruction jumps to, each at the same depth. */
struct jump {
    struct vm_flow *f;
    uint8_t depth;
};

static bool jump_to(void *ctx, int64_t pc)
{
    const struct jump *j = ctx;
    return lead_to(j->f, pc, j->depth);
}

/* From one place as far as control runs on by itself. */
static bool run_on(struct vm_flow *f, uint32_t pc)
{
    struct vm_effect e;

    for (;;) {
        unsigned depth = f->depth[pc] - 1u;
        if (!vm_flow_effect(f, pc, &e) || depth < e.pops)
            return false;
        depth = depth - e.pops + e.pushes;
        struct jump j = {f, (uint8_t)depth};
        if (depth > f->m.max_stack || depth >= 0xFF ||
            !cap_each_target(f->p + pc, pc, jump_to, &j))
            return false;
        if (pc + e.length > f->end)
            f->end = pc + e.length;
        if (!cap_falls_through(f->p[pc]) || e.unknown)
            return true;
        pc += e.length;
        if (pc >= f->span)
            return false;
        if (f->depth[pc] != 0)
            return f->depth[pc] == depth + 1;
        f->depth[pc] = (uint8_t)(depth + 1);
    }
}

static bool follow_all(struct vm_flow *f)
{
    while (f->todo_count > 0) {
        if (!run_on(f, f->todo[--f->todo_count]))
            return false;
    }
    return true;
}

/* Whether anything that was reached lies in a handler's range. */
static bool covers(const struct vm_flow *f, const struct cap_handler *h)
{
    if (h->end <= f->m.code || h->start >= f->m.code + f->end)
        return false;
    const uint32_t from = h->start > f->m.code ? h->start - f->m.code : 0;
    const uint32_t to =
        h->end - f->m.code < f->end ? h->end - f->m.code : f->end;
    for (uint32_t pc = from; pc < to; pc++) {
        if (f->depth[pc] != 0)
            return true;
    }
    return false;
}

/* Handlers that what was reached can come to; *more: one of them is new. */
static bool lead_to_handlers(struct vm_flow *f, bool *more)
{
    struct cap_handler h;

    *more = false;
    for (unsigned i = 0; cap_handler(&f->r->cap, f->m.code, i, &h); i++) {
        if (!covers(f, &h))
            continue;
        if (h.handler < f->m.code || h.handler - f->m.code >= f->span)
            return false;
        *more = *more || f->depth[h.handler - f->m.code] == 0;
        if (!lead_to(f, (int64_t)h.handler - f->m.code, 1))
            return false;
    }
    return true;
}

/*
 * Whether what was reached is met on the way from the first instruction on.
 * A verified method is like that; any other is executed in place, where its
 * branches are looked at as they are taken.
 */
static bool in_line(const struct vm_flow *f)
{
    uint32_t next = 0;

    for (uint32_t pc = 0; pc < f->end; pc++) {
        if (pc != next) {
            if (f->depth[pc] != 0)
                return false;
            continue;
        }
        const uint32_t n = cap_instruction_length(f->p + pc, f->span - pc);
        next = n == 0 ? f->span : pc + n;
    }
    return true;
}

bool vm_flow_follow(struct vm_flow *f)
{
    bool more = true;

    f->todo_count = 0;
    f->end = 0;
    if (!lead_to(f, 0, 0))
        return false;
    while (more) {
        if (!follow_all(f) || !lead_to_handlers(f, &more))
            return false;
    }
    return !CARD_TAGGED || in_line(f);
}
