/*
 * The interpreter's loop.  Every instruction's length, the operands it takes
 * from the stack and the room it needs there are checked before it runs, so
 * the machine stands whatever the bytes are; the verifier makes sure that
 * good code never fails these checks.
 */
#include "vm/internal.h"

#include "cap/opcodes.h"
#include "vm/code.h"
#include "vm/run.h"
#include "vm/tags.h"
#include "vm/value.h"

/* Cells taken from and put on the stack, and length; 0: by its own rule. */
struct effect {
    uint8_t length;
    uint8_t pops;
    uint8_t pushes;
};

/* One cell a letter, two for an I, which is among the first three. */
#define IS_INT(text, i) ((text "   ")[i] == 'I')
#define CELLS(text)                                                            \
    (sizeof(text) - 1 + IS_INT(text, 0) + IS_INT(text, 1) + IS_INT(text, 2))
#define LENGTH_NONE 1
#define LENGTH_S1 2
#define LENGTH_S2 3
#define LENGTH_S4 5
#define LENGTH_LOCAL 2
#define LENGTH_INC 3
#define LENGTH_INC_W 4
#define LENGTH_BRANCH1 2
#define LENGTH_BRANCH2 3
#define LENGTH_MN 2
#define LENGTH_ATYPE 2
#define LENGTH_CAST 4
#define LENGTH_INTERFACE 5
#define LENGTH_POOL1 2
#define LENGTH_POOL2 3
#define LENGTH_STABLE 7
#define LENGTH_ITABLE 11
#define LENGTH_SLOOKUP 5
#define LENGTH_ILOOKUP 5

static const struct effect effects[256] = {
#define OP(code, name, operands, pops, pushes, pool, needs_int)                \
    [code] = {LENGTH_##operands, CELLS(pops), CELLS(pushes)},
#include "cap/opcodes.def"
#undef OP
};

static bool enter(struct run *r)
{
    const struct vm_resident *p;

    r->f = vm_top(r->vm);
    p = vm_resident(r->vm, r->f->package);
    if (p == NULL)
        return vm_stop(r->vm, "code that is not there");
    r->method = p->cap.part[CAP_METHOD].p;
    r->end = (uint32_t)p->cap.part[CAP_METHOD].n;
    r->pc = r->f->pc + r->f->advance;
    r->f->advance = 0;
    return r->pc < r->end || vm_stop(r->vm, "code that runs past its end");
}

static bool local_range(struct run *r, unsigned index, unsigned cells)
{
    return index + cells <= (unsigned)(r->f->base - r->f->locals) ||
           vm_stop(r->vm, "a local variable outside the frame");
}

/* ---- stack shuffling [JCVM 7.5.18, 7.5.108] ---- */

static bool dup_x(struct run *r, uint8_t mn)
{
    struct vm *vm = r->vm;
    unsigned m = mn >> 4;
    unsigned n = mn & 15;
    unsigned below = n == 0 ? m : n;

    if (m < 1 || m > 4 || (n != 0 && (n < m || n > m + 4)) ||
        vm->sp < r->f->base + below || vm->sp + m > r->f->limit)
        return vm_stop(vm, "dup_x beyond the stack");
    for (unsigned i = 0; i < below; i++)
        vm_move(vm, vm->sp + m - 1 - i, vm->sp - 1 - i);
    for (unsigned i = 0; i < m; i++)
        vm_move(vm, vm->sp - below + i, vm->sp + i);
    vm->sp = (uint16_t)(vm->sp + m);
    return true;
}

static bool swap_x(struct run *r, uint8_t mn)
{
    struct vm *vm = r->vm;
    unsigned m = mn >> 4;
    unsigned n = mn & 15;
    uint16_t top[2];
    uint8_t tags[2];

    if (m < 1 || m > 2 || n < 1 || n > 2 || vm->sp < r->f->base + m + n)
        return vm_stop(vm, "swap_x beyond the stack");
    for (unsigned i = 0; i < m; i++) {
        top[i] = vm->stack[vm->sp - m + i];
        tags[i] = vm_tag(vm, vm->sp - m + i);
    }
    for (unsigned i = 0; i < n; i++)
        vm_move(vm, vm->sp - 1 - i, vm->sp - 1 - m - i);
    for (unsigned i = 0; i < m; i++) {
        vm->stack[vm->sp - m - n + i] = top[i];
        vm_set_tag(vm, vm->sp - m - n + i, tags[i]);
    }
    return true;
}

/* ---- arithmetic ---- */

static int32_t shift(int32_t a, int32_t b, uint8_t op)
{
    unsigned by = (unsigned)b & 31;
    switch (op) {
    case CAP_OP_sshl:
    case CAP_OP_ishl:
        return (int32_t)((uint32_t)a << by);
    case CAP_OP_sshr:
    case CAP_OP_ishr:
        return vm_shift_right(a, by);
    default:
        return (int32_t)((uint32_t)a >> by);
    }
}

/* Two operands that are ints already; the short forms cut the result. */
static bool calculate(struct vm *vm, int32_t a, int32_t b, uint8_t op,
                      int32_t *out)
{
    switch (op) {
    case CAP_OP_sadd:
    case CAP_OP_iadd:
        *out = (int32_t)((uint32_t)a + (uint32_t)b);
        return true;
    case CAP_OP_ssub:
    case CAP_OP_isub:
        *out = (int32_t)((uint32_t)a - (uint32_t)b);
        return true;
    case CAP_OP_smul:
    case CAP_OP_imul:
        *out = (int32_t)((uint32_t)a * (uint32_t)b);
        return true;
    case CAP_OP_sdiv:
    case CAP_OP_idiv:
    case CAP_OP_srem:
    case CAP_OP_irem:
        if (b == 0)
            return vm_raise(vm, "java/lang/ArithmeticException");
        if (op == CAP_OP_sdiv || op == CAP_OP_idiv)
            *out = vm_quotient(a, b);
        else
            *out = vm_remainder(a, b);
        return true;
    case CAP_OP_sand:
    case CAP_OP_iand:
        *out = a & b;
        return true;
    case CAP_OP_sor:
    case CAP_OP_ior:
        *out = a | b;
        return true;
    case CAP_OP_sxor:
    case CAP_OP_ixor:
        *out = a ^ b;
        return true;
    default:
        *out = shift(a, b, op);
        return true;
    }
}

static bool short_operation(struct run *r, uint8_t op)
{
    struct vm *vm = r->vm;
    uint16_t *top = vm->stack + vm->sp;
    int32_t out = 0;

    if (!calculate(vm, (int16_t)top[-2], (int16_t)top[-1], op, &out))
        return false;
    vm->sp--;
    top[-2] = (uint16_t)out;
    return true;
}

static bool int_operation(struct run *r, uint8_t op)
{
    struct vm *vm = r->vm;
    uint16_t *top = vm->stack + vm->sp;
    int32_t out = 0;

    if (!calculate(vm, vm_int_at(top - 4), vm_int_at(top - 2), op, &out))
        return false;
    vm->sp = (uint16_t)(vm->sp - 2);
    vm_put_int(top - 4, out);
    return true;
}

/* ---- branches ---- */

static bool jump(struct run *r, int32_t by)
{
    const int64_t to = (int64_t)r->pc + by;
    if (to < r->f->code || to >= r->end)
        return vm_stop(r->vm, "a branch out of the code");
    r->pc = (uint32_t)to;
    return true;
}

static bool compare(int16_t a, int16_t b, unsigned condition)
{
    switch (condition) {
    case 0:
        return a == b;
    case 1:
        return a != b;
    case 2:
        return a < b;
    case 3:
        return a >= b;
    case 4:
        return a > b;
    default:
        return a <= b;
    }
}

/* Whether a conditional branch is taken; its operands are popped. */
static bool condition(struct run *r, uint8_t op)
{
    struct vm *vm = r->vm;
    /* the wide forms stand in the same order, 98 higher by 38 */
    uint8_t base = op >= CAP_OP_ifeq_w ? (uint8_t)(op - 0x38) : op;
    uint16_t b = vm->stack[--vm->sp];

    if (base <= CAP_OP_ifle)
        return compare((int16_t)b, 0, base - CAP_OP_ifeq);
    if (base == CAP_OP_ifnull)
        return vm_is_null(vm, b);
    if (base == CAP_OP_ifnonnull)
        return !vm_is_null(vm, b);
    uint16_t a = vm->stack[--vm->sp];
    if (base == CAP_OP_if_acmpeq)
        return vm_same_reference(vm, a, b);
    if (base == CAP_OP_if_acmpne)
        return !vm_same_reference(vm, a, b);
    return compare((int16_t)a, (int16_t)b, base - CAP_OP_if_scmpeq);
}

static bool table_switch(struct run *r, const uint8_t *p, bool wide)
{
    struct vm *vm = r->vm;
    uint32_t length = cap_instruction_length(p, r->end - r->pc);
    unsigned size = wide ? 4 : 2;

    if (length == 0)
        return vm_stop(vm, "a switch that runs out of the code");
    vm->sp = (uint16_t)(vm->sp - size / 2);
    int64_t key =
        wide ? vm_int_at(vm->stack + vm->sp) : (int16_t)vm->stack[vm->sp];
    int64_t low = wide ? (int32_t)get_u4(p + 3) : (int16_t)get_u2(p + 3);
    int64_t high =
        wide ? (int32_t)get_u4(p + 3 + size) : (int16_t)get_u2(p + 3 + size);
    const uint8_t *target = p + 1;
    if (key >= low && key <= high)
        target = p + 3 + 2 * size + 2 * (size_t)(key - low);
    return jump(r, (int16_t)get_u2(target));
}

static bool lookup_switch(struct run *r, const uint8_t *p, bool wide)
{
    struct vm *vm = r->vm;
    uint32_t length = cap_instruction_length(p, r->end - r->pc);
    unsigned size = wide ? 4 : 2;

    if (length == 0)
        return vm_stop(vm, "a switch that runs out of the code");
    vm->sp = (uint16_t)(vm->sp - size / 2);
    int32_t key =
        wide ? vm_int_at(vm->stack + vm->sp) : (int16_t)vm->stack[vm->sp];
    const uint8_t *pair = p + 5;
    for (unsigned n = get_u2(p + 3); n > 0; n--) {
        int32_t match = wide ? (int32_t)get_u4(pair) : (int16_t)get_u2(pair);
        if (match == key)
            return jump(r, (int16_t)get_u2(pair + size));
        pair += size + 2;
    }
    return jump(r, (int16_t)get_u2(p + 1));
}

static bool throw_object(struct run *r)
{
    struct vm *vm = r->vm;
    struct heap_view v;
    ref_t ref = vm->stack[--vm->sp];

    if (vm_is_null(vm, ref))
        return vm_raise(vm, "java/lang/NullPointerException");
    if (!heap_get(vm->heap, ref, &v) ||
        !vm_instance_of(vm, ref, vm_api_class("java/lang/Throwable")))
        return vm_stop(vm, "athrow of something else");
    if (vm_check_throw(vm, &v))
        vm->thrown = ref;
    return false;
}

static bool array_length(struct run *r)
{
    struct vm *vm = r->vm;
    struct heap_view v;

    if (!vm_check_access(vm, vm->stack[vm->sp - 1], &v))
        return false;
    if (v.h.kind < HEAP_BOOLEAN_ARRAY || v.h.kind > HEAP_REF_ARRAY)
        return vm_stop(vm, "arraylength of something else");
    vm->stack[vm->sp - 1] = (uint16_t)v.h.length;
    return true;
}

/* ---- one instruction; r->pc is still at its opcode ---- */

#define PUSH(x) (vm->stack[vm->sp++] = (uint16_t)(x))

static bool load_local(struct run *r, unsigned i, unsigned cells)
{
    struct vm *vm = r->vm;
    if (!local_range(r, i, cells))
        return false;
    for (unsigned k = 0; k < cells; k++)
        PUSH(vm->stack[r->f->locals + i + k]);
    return true;
}

static bool store_local(struct run *r, unsigned i, unsigned cells)
{
    struct vm *vm = r->vm;
    if (!local_range(r, i, cells))
        return false;
    vm->sp = (uint16_t)(vm->sp - cells);
    for (unsigned k = 0; k < cells; k++)
        vm->stack[r->f->locals + i + k] = vm->stack[vm->sp + k];
    return true;
}

static bool increment(struct run *r, unsigned i, int32_t by, bool wide)
{
    uint16_t *cell = r->vm->stack + r->f->locals + i;
    if (!local_range(r, i, wide ? 2 : 1))
        return false;
    if (wide)
        vm_put_int(cell, (int32_t)((uint32_t)vm_int_at(cell) + (uint32_t)by));
    else
        *cell = (uint16_t)(*cell + by);
    return true;
}

/*
 * Back to an address that jsr left in a local variable: counted from the
 * method's first instruction, which is what fits a cell.
 */
static bool subroutine_return(struct run *r, uint8_t i)
{
    if (!local_range(r, i, 1))
        return false;
    const uint32_t to = r->f->code + r->vm->stack[r->f->locals + i];
    if (to >= r->end)
        return vm_stop(r->vm, "ret to no code");
    r->pc = to;
    return true;
}

static bool access_field(struct run *r, uint8_t op, const uint8_t *p)
{
    struct vm *vm = r->vm;
    if (op <= CAP_OP_getfield_i)
        return vm_field_get(vm, p[1], op - CAP_OP_getfield_a, false);
    if (op <= CAP_OP_putfield_i)
        return vm_field_put(vm, p[1], op - CAP_OP_putfield_a, false);
    if (op <= CAP_OP_getfield_i_w)
        return vm_field_get(vm, get_u2(p + 1), op - CAP_OP_getfield_a_w, false);
    if (op <= CAP_OP_getfield_i_this)
        return vm_field_get(vm, p[1], op - CAP_OP_getfield_a_this, true);
    if (op <= CAP_OP_putfield_i_w)
        return vm_field_put(vm, get_u2(p + 1), op - CAP_OP_putfield_a_w, false);
    return vm_field_put(vm, p[1], op - CAP_OP_putfield_a_this, true);
}

/* Converts between short and int; the results have their own width. */
static void convert(struct vm *vm, uint8_t op)
{
    uint16_t *top = vm->stack + vm->sp;
    switch (op) {
    case CAP_OP_s2b:
        top[-1] = (uint16_t)(int16_t)(int8_t)top[-1];
        break;
    case CAP_OP_s2i:
        vm_put_int(top - 1, (int16_t)top[-1]);
        vm->sp++;
        break;
    case CAP_OP_i2b:
        top[-2] = (uint16_t)(int16_t)(int8_t)top[-1];
        vm->sp--;
        break;
    default:
        top[-2] = top[-1];
        vm->sp--;
    }
}

static void compare_ints(struct vm *vm)
{
    const uint16_t *top = vm->stack + vm->sp;
    int32_t a = vm_int_at(top - 4);
    int32_t b = vm_int_at(top - 2);
    vm->sp = (uint16_t)(vm->sp - 4);
    PUSH(a > b ? 1 : a < b ? -1 : 0);
}

static void push_int(struct vm *vm, int32_t value)
{
    vm_put_int(vm->stack + vm->sp, value);
    vm->sp = (uint16_t)(vm->sp + 2);
}

/* True: go on after this instruction; false: thrown or stopped. */
static bool simple(struct run *r, uint8_t op, const uint8_t *p)
{
    struct vm *vm = r->vm;
    uint16_t *top = vm->stack + vm->sp;

    switch (op) {
    case CAP_OP_nop:
        return true;
    case CAP_OP_bspush:
        PUSH((int8_t)p[1]);
        return true;
    case CAP_OP_sspush:
        PUSH(get_u2(p + 1));
        return true;
    case CAP_OP_bipush:
        push_int(vm, (int8_t)p[1]);
        return true;
    case CAP_OP_sipush:
        push_int(vm, (int16_t)get_u2(p + 1));
        return true;
    case CAP_OP_iipush:
        push_int(vm, (int32_t)get_u4(p + 1));
        return true;
    case CAP_OP_pop:
        vm->sp--;
        return true;
    case CAP_OP_pop2:
        vm->sp = (uint16_t)(vm->sp - 2);
        return true;
    case CAP_OP_dup:
        PUSH(top[-1]);
        return true;
    case CAP_OP_dup2:
        PUSH(top[-2]);
        PUSH(top[-1]);
        return true;
    case CAP_OP_dup_x:
        return dup_x(r, p[1]);
    case CAP_OP_swap_x:
        return swap_x(r, p[1]);
    case CAP_OP_sneg:
        top[-1] = (uint16_t)(0u - top[-1]);
        return true;
    case CAP_OP_ineg:
        vm_put_int(top - 2, (int32_t)(0u - (uint32_t)vm_int_at(top - 2)));
        return true;
    case CAP_OP_sinc:
        return increment(r, p[1], (int8_t)p[2], false);
    case CAP_OP_iinc:
        return increment(r, p[1], (int8_t)p[2], true);
    case CAP_OP_sinc_w:
        return increment(r, p[1], (int16_t)get_u2(p + 2), false);
    case CAP_OP_iinc_w:
        return increment(r, p[1], (int16_t)get_u2(p + 2), true);
    case CAP_OP_icmp:
        compare_ints(vm);
        return true;
    case CAP_OP_arraylength:
        return array_length(r);
    case CAP_OP_newarray:
        return vm_array_new(vm, p[1] >= 10 && p[1] <= 13 ? p[1] : 0xFF, 0);
    case CAP_OP_anewarray:
        return vm_array_new(vm, 0, get_u2(p + 1));
    case CAP_OP_new:
        return vm_object_new(vm, get_u2(p + 1));
    case CAP_OP_checkcast:
        return vm_cast(vm, p[1], get_u2(p + 2), true);
    case CAP_OP_instanceof:
        return vm_cast(vm, p[1], get_u2(p + 2), false);
    case CAP_OP_athrow:
        return throw_object(r);
    default:
        convert(vm, op);
        return true;
    }
}

/* Families of instructions that stand side by side. */
static bool family(struct run *r, uint8_t op, const uint8_t *p)
{
    struct vm *vm = r->vm;

    if (op >= CAP_OP_aconst_null && op <= CAP_OP_sconst_5) {
        PUSH(op == CAP_OP_aconst_null ? 0 : op - CAP_OP_sconst_0);
        return true;
    }
    if (op >= CAP_OP_iconst_m1 && op <= CAP_OP_iconst_5) {
        push_int(vm, op - CAP_OP_iconst_0);
        return true;
    }
    if (op >= CAP_OP_aload && op <= CAP_OP_iload)
        return load_local(r, p[1], op == CAP_OP_iload ? 2 : 1);
    if (op >= CAP_OP_aload_0 && op <= CAP_OP_iload_3)
        return load_local(r, (op - CAP_OP_aload_0) & 3u,
                          op >= CAP_OP_iload_0 ? 2 : 1);
    if (op >= CAP_OP_aaload && op <= CAP_OP_iaload)
        return vm_array_load(vm, op - CAP_OP_aaload);
    if (op >= CAP_OP_astore && op <= CAP_OP_istore)
        return store_local(r, p[1], op == CAP_OP_istore ? 2 : 1);
    if (op >= CAP_OP_astore_0 && op <= CAP_OP_istore_3)
        return store_local(r, (op - CAP_OP_astore_0) & 3u,
                           op >= CAP_OP_istore_0 ? 2 : 1);
    if (op >= CAP_OP_aastore && op <= CAP_OP_iastore)
        return vm_array_store(vm, op - CAP_OP_aastore);
    if (op >= CAP_OP_sadd && op <= CAP_OP_ixor && op != CAP_OP_sneg &&
        op != CAP_OP_ineg)
        return (op - CAP_OP_sadd) % 2 == 0 ? short_operation(r, op)
                                           : int_operation(r, op);
    if (op >= CAP_OP_getstatic_a && op <= CAP_OP_getstatic_i)
        return vm_static_get(vm, get_u2(p + 1), op - CAP_OP_getstatic_a);
    if (op >= CAP_OP_putstatic_a && op <= CAP_OP_putstatic_i)
        return vm_static_put(vm, get_u2(p + 1), op - CAP_OP_putstatic_a);
    if ((op >= CAP_OP_getfield_a && op <= CAP_OP_putfield_i) ||
        op >= CAP_OP_getfield_a_w)
        return access_field(r, op, p);
    return simple(r, op, p);
}

/* Instructions that say themselves where to go on. */
static bool transfer(struct run *r, uint8_t op, const uint8_t *p)
{
    switch (op) {
    case CAP_OP_goto:
        return jump(r, (int8_t)p[1]);
    case CAP_OP_goto_w:
        return jump(r, (int16_t)get_u2(p + 1));
    case CAP_OP_jsr:
        r->vm->stack[r->vm->sp++] = (uint16_t)(r->pc + 3 - r->f->code);
        return jump(r, (int16_t)get_u2(p + 1));
    case CAP_OP_ret:
        return subroutine_return(r, p[1]);
    case CAP_OP_stableswitch:
        return table_switch(r, p, false);
    case CAP_OP_itableswitch:
        return table_switch(r, p, true);
    case CAP_OP_slookupswitch:
        return lookup_switch(r, p, false);
    case CAP_OP_ilookupswitch:
        return lookup_switch(r, p, true);
    default:
        break;
    }
    bool wide = op >= CAP_OP_ifeq_w;
    if (!condition(r, op)) {
        r->pc += wide ? 3 : 2;
        return true;
    }
    return jump(r, wide ? (int16_t)get_u2(p + 1) : (int8_t)p[1]);
}

/*
 * Calls: the frame's pc stays at the call, where handlers look, and moves on
 * when the callee has returned.
 */
static bool call(struct run *r, uint8_t op, const uint8_t *p)
{
    r->f->advance = effects[op].length;
    switch (op) {
    case CAP_OP_invokevirtual:
        return vm_invoke_virtual(r, get_u2(p + 1));
    case CAP_OP_invokespecial:
        return vm_invoke_special(r, get_u2(p + 1));
    case CAP_OP_invokestatic:
        return vm_invoke_static(r, get_u2(p + 1));
    default:
        return vm_invoke_interface(r, p[1], get_u2(p + 2), p[4]);
    }
}

static bool is_transfer(uint8_t op)
{
    return (op >= CAP_OP_ifeq && op <= CAP_OP_ilookupswitch) ||
           (op >= CAP_OP_ifeq_w && op <= CAP_OP_goto_w);
}

static bool is_call(uint8_t op)
{
    return op >= CAP_OP_invokevirtual && op <= CAP_OP_invokeinterface;
}

static bool is_return(uint8_t op)
{
    return op >= CAP_OP_areturn && op <= CAP_OP_return;
}

/* Room, operands (n bytes are there) and their kinds: false after a stop. */
static bool admit(struct run *r, uint8_t op, const uint8_t *p, uint32_t n)
{
    const struct effect *e = &effects[op];
    struct vm *vm = r->vm;

    if (e->length == 0 || e->length > n)
        return vm_stop(vm, "no instruction where one should be");
    if (!is_call(op) && (vm->sp < r->f->base + e->pops ||
                         vm->sp - e->pops + e->pushes > r->f->limit))
        return vm_stop(vm, "the operand stack is exceeded");
    return vm_tags_admit(r, p);
}

bool vm_plain(struct run *r)
{
    const uint8_t *p = r->method + r->pc;

    if (!admit(r, p[0], p, r->end - r->pc) || !family(r, p[0], p))
        return false;
    vm_tags_settle(r, p);
    return true;
}

bool vm_plain_transfer(struct run *r)
{
    const uint8_t *p = r->method + r->pc;
    return admit(r, p[0], p, r->end - r->pc) && transfer(r, p[0], p);
}

bool vm_plain_call(struct run *r)
{
    const uint8_t *p = r->method + r->pc;
    return admit(r, p[0], p, r->end - r->pc) && call(r, p[0], p);
}

/*
 * The instruction in the n bytes at `p`.  True: the same frame goes on at
 * r->pc; false: look at the top again.
 */
static bool perform(struct run *r, const uint8_t *p, uint32_t n)
{
    struct vm *vm = r->vm;
    const uint8_t op = p[0];

    if (!admit(r, op, p, n))
        return false;
    if (vm->budget-- == 0)
        return vm_stop(vm, "the instruction budget is spent");
    if (is_transfer(op))
        return transfer(r, op, p);
    if (is_call(op))
        return call(r, op, p) && false;
    if (is_return(op)) {
        uint8_t cells = op == CAP_OP_return ? 0 : op == CAP_OP_ireturn ? 2 : 1;
        return vm_leave(vm, cells) && false;
    }
    if (!family(r, op, p))
        return false;
    vm_tags_settle(r, p);
    r->pc += effects[op].length;
    return true;
}

/* Where a branch led is looked at when it has led there. */
static bool is_led(struct run *r, uint8_t op)
{
    return !is_transfer(op) || vm_tags_target(r);
}

static bool step(struct run *r)
{
    const uint8_t *p = r->method + r->pc;

    r->f->pc = r->pc;
    return perform(r, p, r->end - r->pc) && is_led(r, p[0]);
}

/* ---- the same, watched ---- */

/* Where the instruction behind this one is, or would be. */
static uint32_t behind(const struct run *r)
{
    uint32_t n = cap_instruction_length(r->method + r->pc, r->end - r->pc);
    return r->pc + (n != 0 ? n : 1);
}

/* Fixed lengths alone: a replacement brings its operands along. */
static bool replace(struct run *r, const struct card_instruction *i)
{
    const uint8_t op = i->replacement[0];

    if (op >= CAP_OP_stableswitch && op <= CAP_OP_ilookupswitch)
        return vm_stop(r->vm, "no instruction where one should be");
    const uint32_t next = behind(r);
    const uint32_t pc = r->pc;
    const bool on = perform(r, i->replacement, sizeof i->replacement);
    if (is_call(op))
        r->f->advance = (uint8_t)(next - pc);
    if (!on)
        return false;
    /* one that ran on does so behind what it stands for */
    if (!is_transfer(op) || r->pc == pc + effects[op].length)
        r->pc = next;
    if (r->pc >= r->end)
        return vm_stop(r->vm, "code that runs past its end");
    return is_led(r, op);
}

static bool step_observed(struct run *r)
{
    struct vm *vm = r->vm;
    struct card_instruction i = {.package = r->f->package,
                                 .method = r->f->method,
                                 .pc = r->pc,
                                 .opcode = r->method[r->pc],
                                 .context = vm->context,
                                 .depth = vm->depth};

    r->f->pc = r->pc;
    switch (vm->observer->before(vm->observer->ctx, &i)) {
    case CARD_OBSERVE_SKIP:
        r->pc = behind(r);
        return r->pc < r->end || vm_stop(vm, "code that runs past its end");
    case CARD_OBSERVE_REPLACE:
        return replace(r, &i);
    default:
        return step(r);
    }
}

void vm_observe(struct vm *vm, const struct card_observer *observer)
{
    vm->observer = observer;
}

/* ---- the loops ---- */

/* Until another frame may be on top. */
static void run_plain(struct run *r)
{
    while (step(r)) {
    }
}

/* Until then, or until the observer has gone. */
static void run_observed(struct run *r)
{
    while (step_observed(r)) {
        if (r->vm->observer == NULL) {
            r->f->pc = r->pc;
            return;
        }
    }
}

/* On an instruction: a handler's first, or behind the call of a native. */
static bool lands(struct run *r)
{
    return !CARD_TAGGED || vm_top(r->vm)->advance != 0 ||
           (enter(r) && vm_tags_place_(r));
}

enum vm_result vm_interpret(struct vm *vm, uint16_t floor)
{
    struct run r = {.vm = vm};

    while (vm->halt == NULL && vm->depth > floor) {
        if (vm->thrown != 0 && (!vm_unwind(vm, floor) || !lands(&r)))
            break;
        if (vm->observer == NULL && vm_code_ready(vm))
            vm_run_decoded(vm);
        else if (!enter(&r))
            break;
        else if (vm->observer != NULL)
            run_observed(&r);
        else
            run_plain(&r);
    }
    if (vm->halt != NULL)
        return VM_HALTED;
    return vm->thrown != 0 ? VM_THREW : VM_RETURNED;
}
