#include "vm/code.h"

#include <string.h>

#include "apidef/api_lookup.h"
#include "cap/opcodes.h"

enum {
    ALIGN = 8,
    SCAN_MAX = 0x10000, /* bytes of a method, looking for its return */
    FLOW_BYTES = 4,     /* of flow's notes for each byte of code */
    TODO_BYTES = 512,   /* for places still to be followed */
};

static struct vm_ahead *head(const struct vm *vm)
{
    return (struct vm_ahead *)(void *)vm->ahead;
}

static uint32_t free_bytes(const struct vm *vm)
{
    const struct vm_ahead *h = head(vm);
    return vm->ahead_size - h->used -
           h->lessons * (uint32_t)sizeof(struct vm_lesson);
}

void vm_code_lend(struct vm *vm, uint8_t *memory, uint32_t n)
{
    const uint32_t skip = (uint32_t)(ALIGN - (uintptr_t)memory % ALIGN) % ALIGN;

    vm->ahead = NULL;
    vm->ahead_size = 0;
    if (memory == NULL || n < skip + sizeof(struct vm_ahead) + TODO_BYTES)
        return;
    vm->ahead = memory + skip;
    vm->ahead_size = (n - skip) & ~(uint32_t)(ALIGN - 1);
    vm_code_drop(vm);
}

void vm_code_drop(struct vm *vm)
{
    for (unsigned i = 0; i < vm->depth; i++)
        vm->frames[i].ahead = 0;
    if (vm->ahead == NULL)
        return;
    memset(head(vm), 0, sizeof *head(vm));
    head(vm)->used = sizeof *head(vm);
}

void vm_code_tidy(struct vm *vm)
{
    if (vm->ahead != NULL && vm->depth == 0 && head(vm)->full)
        vm_code_drop(vm);
}

/* ---- what calls leave ---- */

static uint8_t cells_of_type(char result)
{
    return result == 'V' ? 0 : result == 'I' ? 2 : 1;
}

static uint8_t cells_of_row(const struct api_class *row, bool is_static,
                            uint8_t token)
{
    const struct api_method *m =
        row != NULL ? api_method_at(row, is_static, token) : NULL;
    return m != NULL ? cells_of_type(m->result) : VM_CELLS_UNKNOWN;
}

/*
 * Cells that a method's first return leaves: verified code has one kind of
 * return.  A method that never returns may be read beyond its end, but then
 * nothing depends on the answer.
 */
static uint8_t cells_of_code(const struct vm *vm, struct vm_method m)
{
    const struct vm_resident *r = vm_resident(vm, m.package);
    struct cap_method method;

    if (r == NULL || !cap_method_at(&r->cap, m.offset, &method) ||
        (method.flags & CAP_METHOD_ABSTRACT) != 0)
        return VM_CELLS_UNKNOWN;
    const struct span code = r->cap.part[CAP_METHOD];
    uint32_t pc = method.code;
    while (pc < code.n && pc - method.code < SCAN_MAX) {
        const uint8_t op = code.p[pc];
        if (op >= CAP_OP_areturn && op <= CAP_OP_return)
            return op == CAP_OP_return ? 0 : op == CAP_OP_ireturn ? 2 : 1;
        uint32_t n = cap_instruction_length(code.p + pc, (uint32_t)code.n - pc);
        if (n == 0)
            break;
        pc += n;
    }
    return VM_CELLS_UNKNOWN;
}

static uint8_t lesson(const struct vm *vm, struct vm_class c, uint8_t token)
{
    const struct vm_ahead *h = head(vm);
    const struct vm_lesson *l =
        (const struct vm_lesson *)(const void *)(vm->ahead + vm->ahead_size);

    for (uint32_t i = 0; i < h->lessons; i++) {
        l--;
        if (l->package == c.package && l->class_offset == c.offset &&
            l->token == token)
            return (uint8_t)l->cells;
    }
    return VM_CELLS_UNKNOWN;
}

static uint8_t cells_of_virtual(const struct vm *vm, struct vm_class c,
                                uint8_t token)
{
    const struct api_class *row = vm_api_row(c);
    struct vm_method m;

    if (row != NULL)
        return cells_of_row(row, false, token);
    if (vm_find_virtual(vm, c, token, &m) && !vm_is_api(m.package)) {
        uint8_t cells = cells_of_code(vm, m);
        return cells != VM_CELLS_UNKNOWN ? cells : lesson(vm, c, token);
    }
    return lesson(vm, c, token);
}

static uint8_t cells_of_entry(const struct vm *vm, const struct vm_resident *r,
                              uint16_t i)
{
    struct vm_pool entry;
    struct cap_entry raw;

    if (!vm_pool(r, i, &entry))
        return VM_CELLS_UNKNOWN;
    if (entry.kind == VM_POOL_VIRTUAL || entry.kind == VM_POOL_SUPER)
        return cells_of_virtual(vm, entry.class, (uint8_t)entry.b);
    if (entry.kind != VM_POOL_METHOD)
        return VM_CELLS_UNKNOWN;
    if (!vm_is_api(entry.class.package))
        return cells_of_code(vm,
                             (struct vm_method){entry.class.package, entry.b});
    if (!cap_pool(&r->cap, i, &raw))
        return VM_CELLS_UNKNOWN;
    const struct vm_class c = {entry.class.package, raw.class};
    return cells_of_row(vm_api_row(c), true, raw.token);
}

uint8_t vm_code_results(const struct vm *vm, const struct vm_resident *r,
                        const uint8_t *p)
{
    struct vm_pool entry;

    if (p[0] != CAP_OP_invokeinterface)
        return cells_of_entry(vm, r, get_u2(p + 1));
    if (!vm_pool(r, get_u2(p + 2), &entry) || entry.kind != VM_POOL_CLASS)
        return VM_CELLS_UNKNOWN;
    const struct api_class *row = vm_api_row(entry.class);
    return row != NULL ? cells_of_row(row, false, p[4])
                       : lesson(vm, entry.class, p[4]);
}

void vm_code_learn(struct vm *vm, const struct vm_resident *r, const uint8_t *p,
                   uint8_t cells)
{
    const bool iface = p[0] == CAP_OP_invokeinterface;
    struct vm_pool entry;

    if (!vm_pool(r, get_u2(p + (iface ? 2 : 1)), &entry))
        return;
    if (free_bytes(vm) < sizeof(struct vm_lesson)) {
        head(vm)->full = true;
        return;
    }
    const struct vm_lesson l = {.package = entry.class.package,
                                .token = iface ? p[4] : (uint8_t)entry.b,
                                .class_offset = entry.class.offset,
                                .cells = cells};
    head(vm)->lessons++;
    memcpy(vm->ahead + vm->ahead_size - head(vm)->lessons * sizeof l, &l,
           sizeof l);
}

/* ---- decoding ---- */

static uint32_t *chain(const struct vm *vm, struct vm_method m)
{
    return &head(vm)->chains[(m.offset * 7 + m.package) % VM_CODE_CHAINS];
}

/* Lays flow's notes out at the end of the free memory. */
static bool lay_out(struct vm_flow *f, uint32_t *room)
{
    struct vm *vm = f->vm;
    const struct span all = f->r->cap.part[CAP_METHOD];
    const uint32_t left = (uint32_t)all.n - f->m.code;

    f->span = left < 0xFFFF ? left : 0xFFFF;
    const uint32_t need =
        (FLOW_BYTES * f->span + TODO_BYTES + ALIGN) & ~(uint32_t)(ALIGN - 1);
    if (free_bytes(vm) < need + sizeof(struct vm_code))
        return false;
    const uint32_t lessons =
        head(vm)->lessons * (uint32_t)sizeof(struct vm_lesson);
    uint8_t *notes = vm->ahead + vm->ahead_size - lessons - need;
    f->at = (uint16_t *)(void *)notes;
    f->todo = f->at + f->span;
    f->todo_max = TODO_BYTES / 2;
    f->depth = (uint8_t *)(f->todo + f->todo_max);
    f->leads = f->depth + f->span;
    f->p = all.p + f->m.code;
    memset(f->depth, 0, 2u * f->span);
    *room = free_bytes(vm) - need - (uint32_t)sizeof(struct vm_code);
    return true;
}

static uint32_t keep(struct vm *vm, struct vm_method m, const struct vm_flow *f,
                     uint32_t count)
{
    const uint32_t at = head(vm)->used;
    struct vm_code *code = vm_code_at(vm, at);

    *code = (struct vm_code){.next = *chain(vm, m),
                             .method = m.offset,
                             .start = f->m.code,
                             .count = (uint16_t)count,
                             .package = m.package,
                             .nargs = f->m.nargs,
                             .max_locals = f->m.max_locals,
                             .max_stack = f->m.max_stack,
                             .cells = (uint16_t)(f->m.nargs + f->m.max_locals)};
    head(vm)->used +=
        (uint32_t)sizeof *code + count * (uint32_t)sizeof(struct vm_op);
    *chain(vm, m) = at;
    return count > 0 ? at : 0;
}

static uint32_t decode(struct vm *vm, struct vm_method m)
{
    struct vm_flow f = {.vm = vm, .r = vm_resident(vm, m.package)};
    uint32_t room = 0;

    if (f.r == NULL || !cap_method_at(&f.r->cap, m.offset, &f.m) ||
        (f.m.flags & CAP_METHOD_ABSTRACT) != 0 ||
        f.m.code >= f.r->cap.part[CAP_METHOD].n)
        return 0;
    if (!lay_out(&f, &room)) {
        head(vm)->full = true;
        return 0;
    }
    if (!vm_flow_follow(&f))
        return keep(vm, m, &f, 0);
    struct vm_op *ops =
        vm_op_at(vm, head(vm)->used + (uint32_t)sizeof(struct vm_code));
    room /= (uint32_t)sizeof(struct vm_op);
    uint32_t count = vm_translate(&f, ops, room < 0xFFFF ? room : 0xFFFF);
    if (count > room) {
        head(vm)->full = true;
        return 0;
    }
    return keep(vm, m, &f, count);
}

uint32_t vm_code_find(struct vm *vm, struct vm_method m)
{
    if (vm->ahead == NULL)
        return 0;
    for (uint32_t at = *chain(vm, m); at != 0;) {
        const struct vm_code *code = vm_code_at(vm, at);
        if (code->method == m.offset && code->package == m.package)
            return code->count > 0 ? at : 0;
        at = code->next;
    }
    return head(vm)->full ? 0 : decode(vm, m);
}

uint32_t vm_code_renew(struct vm *vm, struct vm_method m)
{
    return vm->ahead == NULL || head(vm)->full ? 0 : decode(vm, m);
}

struct vm_op *vm_code_place(struct vm_code *code, uint32_t pc)
{
    struct vm_op *ops = vm_code_ops(code);
    uint32_t low = 0;
    uint32_t high = code->count;

    if (pc < code->start || pc - code->start > 0xFFFF)
        return NULL;
    const uint32_t wanted = pc - code->start;
    if (wanted == 0)
        high = 0;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (ops[middle].pc < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return low < code->count ? &ops[low] : NULL;
}
