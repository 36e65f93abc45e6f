#include "vm/tags.h"

#include "cap/check.h"
#include "cap/opcodes.h"

static bool other_kind(struct vm *vm)
{
    return vm_stop(vm, "a cell of another kind");
}

static bool is_reference(uint8_t tag)
{
    return tag == VM_TAG_REF || tag == VM_TAG_NEW;
}

/* ---- operands ---- */

/* Cells by the letters of opcodes.def, bottom first. */
static bool operands(const struct vm *vm, unsigned cell, const char *letters)
{
    for (; *letters != '\0'; letters++) {
        const uint8_t tag = vm_tag(vm, cell++);
        bool ok = true;
        switch (*letters) {
        case 'A':
            ok = tag == VM_TAG_REF;
            break;
        case 'S':
            ok = tag == VM_TAG_SHORT;
            break;
        case 'I':
            ok = tag == VM_TAG_INT_HIGH && vm_tag(vm, cell++) == VM_TAG_INT_LOW;
            break;
        case 'T':
            ok = is_reference(tag) || tag == VM_TAG_RETURN;
            break;
        default:
            ok = tag != VM_TAG_NONE;
        }
        if (!ok)
            return false;
    }
    return true;
}

/* ---- local variables ---- */

enum access { NO_LOCAL, LOAD, STORE, CHANGE, THIS, BACK };

struct local {
    enum access access;
    unsigned index;
    char kind; /* as in opcodes.def */
};

static struct local local_of(const uint8_t *p)
{
    static const char kinds[] = "ASI";
    const uint8_t op = p[0];

    if (op >= CAP_OP_aload && op <= CAP_OP_iload)
        return (struct local){LOAD, p[1], kinds[op - CAP_OP_aload]};
    if (op >= CAP_OP_aload_0 && op <= CAP_OP_iload_3)
        return (struct local){LOAD, (op - CAP_OP_aload_0) & 3u,
                              kinds[(op - CAP_OP_aload_0) / 4]};
    if (op >= CAP_OP_astore && op <= CAP_OP_istore)
        return (struct local){STORE, p[1], kinds[op - CAP_OP_astore]};
    if (op >= CAP_OP_astore_0 && op <= CAP_OP_istore_3)
        return (struct local){STORE, (op - CAP_OP_astore_0) & 3u,
                              kinds[(op - CAP_OP_astore_0) / 4]};
    if (op == CAP_OP_sinc || op == CAP_OP_sinc_w)
        return (struct local){CHANGE, p[1], 'S'};
    if (op == CAP_OP_iinc || op == CAP_OP_iinc_w)
        return (struct local){CHANGE, p[1], 'I'};
    if (op == CAP_OP_ret)
        return (struct local){BACK, p[1], 'X'};
    if ((op >= CAP_OP_getfield_a_this && op <= CAP_OP_getfield_i_this) ||
        op >= CAP_OP_putfield_a_this)
        return (struct local){THIS, 0, 'A'};
    return (struct local){NO_LOCAL, 0, 0};
}

static bool local_is(const struct vm *vm, const struct vm_frame *f,
                     const struct local *l)
{
    const unsigned cell = f->locals + l->index;

    switch (l->kind) {
    case 'A':
        return vm_tag(vm, cell) == VM_TAG_REF ||
               (l->access == LOAD && vm_tag(vm, cell) == VM_TAG_NEW);
    case 'I':
        return vm_tag(vm, cell) == VM_TAG_INT_HIGH &&
               vm_tag(vm, cell + 1) == VM_TAG_INT_LOW;
    case 'X':
        return vm_tag(vm, cell) == VM_TAG_RETURN;
    default:
        return vm_tag(vm, cell) == VM_TAG_SHORT;
    }
}

/* ---- an instruction ---- */

bool vm_tags_admit_(struct run *r, const uint8_t *p)
{
    struct vm *vm = r->vm;
    const struct cap_opcode *row = cap_opcode(p[0]);
    const struct local l = local_of(p);

    if (l.access != NO_LOCAL && l.index + (l.kind == 'I' ? 2u : 1u) >
                                    (unsigned)(r->f->base - r->f->locals))
        return vm_stop(vm, "a local variable outside the frame");
    if (l.access != NO_LOCAL && l.access != STORE && !local_is(vm, r->f, &l))
        return other_kind(vm);
    if (row == NULL || p[0] == CAP_OP_dup_x || p[0] == CAP_OP_swap_x ||
        (p[0] >= CAP_OP_invokevirtual && p[0] <= CAP_OP_invokeinterface))
        return true; /* what they move, or give, is looked at there */
    return operands(vm, vm->sp - cap_cells(row->pops), row->pops) ||
           other_kind(vm);
}

static void set_results(struct vm *vm, const char *letters, uint8_t op)
{
    unsigned cell = vm->sp - cap_cells(letters);

    for (; *letters != '\0'; letters++) {
        switch (*letters) {
        case 'A':
            vm_set_tag(vm, cell++, op == CAP_OP_new ? VM_TAG_NEW : VM_TAG_REF);
            break;
        case 'I':
            vm_set_tag(vm, cell++, VM_TAG_INT_HIGH);
            vm_set_tag(vm, cell++, VM_TAG_INT_LOW);
            break;
        default:
            vm_set_tag(vm, cell++, VM_TAG_SHORT);
        }
    }
}

void vm_tags_settle_(struct run *r, const uint8_t *p)
{
    struct vm *vm = r->vm;
    const struct local l = local_of(p);
    const unsigned local = r->f->locals + l.index;
    const unsigned n = l.kind == 'I' ? 2 : 1;

    if (p[0] == CAP_OP_dup_x || p[0] == CAP_OP_swap_x)
        return;
    if (p[0] == CAP_OP_dup || p[0] == CAP_OP_dup2) {
        const unsigned count = p[0] == CAP_OP_dup ? 1 : 2;
        for (unsigned i = 1; i <= count; i++)
            vm_set_tag(vm, vm->sp - i, vm_tag(vm, vm->sp - i - count));
        return;
    }
    for (unsigned i = 0; i < n && l.access == LOAD; i++)
        vm_set_tag(vm, vm->sp - n + i, vm_tag(vm, local + i));
    /* what was stored stands above the stack yet */
    for (unsigned i = 0; i < n && l.access == STORE; i++)
        vm_set_tag(vm, local + i, vm_tag(vm, vm->sp + i));
    if (l.access != LOAD && l.access != STORE)
        set_results(vm, cap_opcode(p[0])->pushes, p[0]);
}

/*
 * Instructions of a method follow one another from its first on, and nothing
 * but instructions lies between: a compiler puts no data into code.  So
 * where a branch leads is one of them, or the method has no such place.
 */
bool vm_tags_place_(struct run *r)
{
    uint32_t pc = r->f->code;

    while (pc < r->pc) {
        uint32_t n = cap_instruction_length(r->method + pc, r->end - pc);
        if (n == 0)
            break;
        pc += n;
    }
    return pc == r->pc ||
           vm_stop(r->vm, "a branch into the middle of an instruction");
}

bool vm_tags_target_(struct run *r)
{
    if (r->method[r->f->pc] == CAP_OP_jsr)
        vm_set_tag(r->vm, r->vm->sp - 1u, VM_TAG_RETURN);
    return vm_tags_place_(r);
}

/* ---- calls ---- */

/* A constructor has been called on it: no cell calls it new any more. */
static void initialise(struct vm *vm, unsigned cell)
{
    const struct vm_frame *f = vm_top(vm);
    const uint16_t ref = vm->stack[cell];

    for (unsigned i = f->locals; i <= cell; i++) {
        if (vm_tag(vm, i) == VM_TAG_NEW && vm->stack[i] == ref)
            vm_set_tag(vm, i, VM_TAG_REF);
    }
}

void vm_tags_construct_(struct run *r, uint8_t args)
{
    const struct vm *vm = r->vm;

    if (args > 0 && vm->sp >= r->f->base + args &&
        vm_tag(vm, vm->sp - (unsigned)args) == VM_TAG_NEW)
        initialise(r->vm, vm->sp - (unsigned)args);
}

bool vm_tags_give_(struct vm *vm, unsigned first, uint8_t args)
{
    for (unsigned i = first; i < first + args; i++) {
        const uint8_t tag = vm_tag(vm, i);
        if (tag == VM_TAG_NONE || tag == VM_TAG_NEW || tag == VM_TAG_RETURN)
            return other_kind(vm);
    }
    return true;
}

static const struct api_method *search_classes(const struct api_class *classes,
                                               unsigned count, uint32_t id)
{
    for (unsigned c = 0; c < count; c++) {
        const struct api_class *row = &classes[c];
        for (unsigned i = 0; i < row->static_count; i++) {
            if (row->statics[i].id == id)
                return &row->statics[i];
        }
        for (unsigned i = 0; i < row->virtual_count; i++) {
            if (row->virtuals[i].id == id)
                return &row->virtuals[i];
        }
    }
    return NULL;
}

static const struct api_method *search(struct vm_method m)
{
    const struct api_package *package =
        &api_packages[m.package & ~VM_API & 0xFF];

    const struct api_method *found =
        search_classes(package->classes, package->class_count, m.offset);

    return found != NULL ? found
                         : search_classes(package->hidden,
                                          package->hidden_count, m.offset);
}

/* Ids are dense over the whole API: one has one descriptor. */
static const struct api_method *method_of(struct vm *vm, struct vm_method m)
{
    const struct api_method **known =
        &vm->described[m.offset %
                       (sizeof vm->described / sizeof vm->described[0])];

    if (*known == NULL || (*known)->id != m.offset)
        *known = search(m);
    return *known;
}

static uint8_t tag_of(uint8_t kind)
{
    switch (kind) {
    case CAP_KIND_INT_HIGH:
        return VM_TAG_INT_HIGH;
    case CAP_KIND_INT_LOW:
        return VM_TAG_INT_LOW;
    case CAP_KIND_REF:
        return VM_TAG_REF;
    default:
        return VM_TAG_SHORT;
    }
}

bool vm_tags_native_(struct vm *vm, struct vm_method m, unsigned first,
                     uint8_t args)
{
    const struct api_method *row = method_of(vm, m);
    struct cap_signature s;

    if (row == NULL ||
        !cap_signature_of(row->descriptor, (row->flags & API_M_STATIC) != 0,
                          &s) ||
        s.nargs != args)
        return vm_stop(vm, "a native method with other arguments");
    for (unsigned i = 0; i < args; i++) {
        if (vm_tag(vm, first + i) != tag_of(s.kinds[i]))
            return other_kind(vm);
    }
    return true;
}

void vm_tags_describe_(struct vm *vm, unsigned first, uint8_t args,
                       const char *descriptor, bool is_virtual)
{
    struct cap_signature s;
    const bool known =
        descriptor != NULL && cap_signature_of(descriptor, !is_virtual, &s);

    for (unsigned i = 0; i < args; i++)
        vm_set_tag(vm, first + i,
                   known && i < s.nargs   ? tag_of(s.kinds[i])
                   : is_virtual && i == 0 ? VM_TAG_REF
                                          : VM_TAG_SHORT);
}
