/*
 * The loop over decoded instructions.  What the verifier has proved, or the
 * decoder has found (depths, places, targets), is not looked at again; what
 * it cannot know (null, class and kind of an object, bounds, the firewall) is
 * decided here at every access, and in the tagged build the kind of every
 * cell as well.
 */
#include "vm/code.h"

#include "cap/opcodes.h"
#include "vm/loop_config.h"
#include "vm/run.h"
#include "vm/tags.h"
#include "vm/value.h"
#include "vm/view.h"

#if CARD_COMPUTED_GOTO
#pragma GCC diagnostic ignored "-Wpedantic"
#endif

/* ---- objects ---- */

static const struct heap_view *no_view(void)
{
    return NULL;
}

/* An array of this kind that is open to us, with the index within it. */
static inline const struct heap_view *
array_at(struct vm *vm, ref_t ref, uint16_t index, uint8_t kind, uint8_t right)
{
    const struct heap_view *v = vm_view_open(vm, ref);

    if (v == NULL)
        return v;
    if (v->h.kind != kind &&
        (kind != HEAP_BYTE_ARRAY || v->h.kind != HEAP_BOOLEAN_ARRAY)) {
        vm_stop(vm, "an array instruction on something else");
        return no_view();
    }
    if (!vm_check_right(vm, v, right))
        return no_view();
    if ((uint32_t)(int32_t)(int16_t)index < v->h.length)
        return v;
    vm_raise(vm, "java/lang/ArrayIndexOutOfBoundsException");
    return no_view();
}

/* A write to a body is done; false after a throw or a stop. */
static inline bool done(struct vm *vm, enum err e)
{
    if (e != ERR_OK)
        vm_throw_err(vm, e);
    return e == ERR_OK;
}

static inline bool put_byte(struct vm *vm, const struct heap_view *v,
                            uint32_t at, uint16_t cell)
{
    return done(vm, heap_put_byte(vm->heap, v, at, (uint8_t)cell));
}

static inline bool put_short(struct vm *vm, const struct heap_view *v,
                             uint32_t at, uint16_t cell)
{
    return done(vm, heap_put_short(vm->heap, v, at, cell));
}

/* Two cells, the high one first. */
static bool put_int(struct vm *vm, const struct heap_view *v, uint32_t at,
                    const uint16_t *cells)
{
    uint8_t raw[4];

    set_u2(raw, cells[0]);
    set_u2(raw + 2, cells[1]);
    return done(vm, heap_put(vm->heap, v, at, raw, sizeof raw));
}

static uint32_t class_key(const struct heap_view *v)
{
    return 0x1000000u | (uint32_t)v->h.class_package << 16 | v->h.class_offset;
}

/* The field's class is one of the object's: remembered for the next time. */
static bool field_fits(struct vm *vm, const struct run *r, struct vm_op *op,
                       const struct heap_view *v)
{
    const uint8_t *p = r->method + r->f->code + op->pc;
    const bool narrow = cap_opcode(p[0])->operands == CAP_POOL1;
    const struct vm_class c = {v->h.class_package, v->h.class_offset};
    const struct vm_resident *resident = vm_resident(vm, r->f->package);
    struct vm_pool entry;

    if (resident == NULL ||
        !vm_pool(resident, narrow ? p[1] : get_u2(p + 1), &entry) ||
        v->h.kind != HEAP_OBJECT || !vm_class_is(vm, c, entry.class) ||
        op->b + 2u > v->h.length + 1u)
        return vm_stop(vm, "a field of another class");
    op->x = class_key(v);
    return true;
}

static inline const struct heap_view *object_at(struct vm *vm,
                                                const struct run *r,
                                                struct vm_op *op, ref_t ref,
                                                uint32_t cells)
{
    const struct heap_view *v = vm_view_open(vm, ref);

    if (v == NULL)
        return v;
    if ((v->h.kind != HEAP_OBJECT || op->x != class_key(v)) &&
        !field_fits(vm, r, op, v))
        return no_view();
    if (op->b + cells <= v->h.length)
        return v;
    vm_stop(vm, "a field of another class");
    return no_view();
}

/* ---- calls ---- */

/* Puts a frame for decoded code on top: false when there is no room. */
static bool enter(struct vm *vm, struct vm_frame *f, const struct vm_op *op,
                  uint32_t ahead)
{
    const struct vm_code *code = vm_code_at(vm, ahead);
    const unsigned locals = f->locals + (unsigned)op->d;
    const unsigned base = locals + code->cells;
    struct vm_frame *callee = f + 1;

    if (vm->depth == CARD_FRAMES || base + code->max_stack > CARD_STACK_CELLS ||
        !vm_tags_give(vm, locals, code->nargs))
        return false;
    f->pc = f->code + op->pc;
    f->advance = (uint8_t)op->x;
    f->top = (uint16_t)locals;
    f->resume = (uint32_t)((const uint8_t *)(op + 2) - vm->ahead);
    callee->package = code->package;
    callee->entry = VM_FROM_JAVA;
    callee->advance = 0;
    callee->context = callee->previous_context = vm->context;
    callee->owner = callee->previous_owner = vm->owner;
    callee->code = callee->pc = code->start;
    callee->method = code->method;
    callee->ahead = ahead;
    callee->locals = (uint16_t)locals;
    callee->base = (uint16_t)base;
    callee->limit = (uint16_t)(base + code->max_stack);
    callee->then = NULL;
    for (unsigned i = locals + code->nargs; i < base; i++) {
        vm->stack[i] = 0;
        vm_set_tag(vm, i, VM_TAG_NONE);
    }
    vm->depth++;
    return true;
}

/* The receiver of a virtual call whose class was met here before. */
static inline bool is_met(struct vm *vm, const struct vm_op *site, ref_t self)
{
    const struct heap_view *v = vm_view_any(vm, self);

    return v != NULL && site->d == v->h.class_offset &&
           site->a == v->h.class_package && v->h.kind == HEAP_OBJECT &&
           v->h.context == vm->context &&
           (v->h.flags & HEAP_CLEAR_ON_DESELECT) == 0;
}

/*
 * Where a native runs whose receiver's class was met here before, by the
 * firewall's rules; false when the class is another one, or the answer no.
 * [JCRE 6.2.8]
 */
static inline bool native_owner(struct vm *vm, const struct vm_op *site,
                                ref_t self, uint8_t *context, uint16_t *owner)
{
    const struct heap_view *v = vm_view_any(vm, self);

    if (v == NULL || site->d != v->h.class_offset ||
        site->a != v->h.class_package || v->h.kind != HEAP_OBJECT)
        return false;
    if (v->h.context == vm->context)
        return (v->h.flags & HEAP_CLEAR_ON_DESELECT) == 0;
    *context = v->h.context;
    *owner = v->h.owner;
    return vm->context == 0 || (v->h.flags & HEAP_ENTRY_POINT) != 0;
}

/* True: it has left its result, and the frame goes on behind the call. */
static inline bool run_native(struct vm *vm, struct vm_frame *f,
                              const struct vm_op *op, uint8_t context,
                              uint16_t owner)
{
    const unsigned first = f->locals + (unsigned)op->d;
    const uint32_t ahead = f->ahead;
    const uint16_t depth = vm->depth;

    vm->sp = (uint16_t)(first + op->a);
    f->pc = f->code + op->pc;
    f->advance = (uint8_t)op->x;
    f->resume = (uint32_t)((const uint8_t *)(op + 2) - vm->ahead);
    f->top = (uint16_t)first;
    return vm_tags_give(vm, first, (uint8_t)op->a) &&
           vm_invoke_native(vm, vm_native_of(op[1].x), (uint8_t)op->a, context,
                            owner) &&
           f->ahead == ahead && vm->depth == depth;
}

/* Leaves the frame on top for a decoded caller in the same run, or says no. */
static inline bool leave(struct vm *vm, const struct vm_frame *f,
                         unsigned cells)
{
    if (f->entry != VM_FROM_JAVA || f[-1].ahead == 0 ||
        vm_op_at(vm, f[-1].resume)[-1].b != cells)
        return false;
    vm->depth--;
    vm->context = f->previous_context;
    vm->owner = f->previous_owner;
    return true;
}

/* ---- the loop ---- */

#define IS(i, tag) (!CARD_TAGGED || tags[i] == (tag))
#define IS_INT(i) (IS(i, VM_TAG_INT_HIGH) && IS((i) + 1, VM_TAG_INT_LOW))
#define NEED(condition)                                                        \
    if (!(condition))                                                          \
    goto other_kind
#define MARK(i, tag) (CARD_TAGGED ? (void)(tags[i] = (tag)) : (void)0)
#define MARK_INT(i) (MARK(i, VM_TAG_INT_HIGH), MARK((i) + 1, VM_TAG_INT_LOW))
#define S(i) ((int16_t)c[i])

#define SHORTS(name, expression)                                               \
    ON(name)                                                                   \
    {                                                                          \
        NEED(IS(op->a, VM_TAG_SHORT) && IS(op->b, VM_TAG_SHORT));              \
        const int32_t a = S(op->a);                                            \
        const int32_t b = S(op->b);                                            \
        c[op->d] = (uint16_t)(expression);                                     \
        MARK(op->d, VM_TAG_SHORT);                                             \
        op++;                                                                  \
        NEXT(op);                                                              \
    }                                                                          \
    ON(name##_CONST)                                                           \
    {                                                                          \
        NEED(IS(op->a, VM_TAG_SHORT));                                         \
        const int32_t a = S(op->a);                                            \
        const int32_t b = (int16_t)op->b;                                      \
        c[op->d] = (uint16_t)(expression);                                     \
        MARK(op->d, VM_TAG_SHORT);                                             \
        op++;                                                                  \
        NEXT(op);                                                              \
    }

#define SHORT_QUOTIENT(name, f)                                                \
    ON(name)                                                                   \
    {                                                                          \
        NEED(IS(op->a, VM_TAG_SHORT) && IS(op->b, VM_TAG_SHORT));              \
        if (c[op->b] == 0)                                                     \
            goto by_zero;                                                      \
        c[op->d] = (uint16_t)f(S(op->a), S(op->b));                            \
        MARK(op->d, VM_TAG_SHORT);                                             \
        op++;                                                                  \
        NEXT(op);                                                              \
    }

#define INTS(name, expression)                                                 \
    ON(name)                                                                   \
    {                                                                          \
        NEED(IS_INT(op->a) && IS_INT(op->b));                                  \
        const int32_t a = vm_int_at(c + op->a);                                \
        const int32_t b = vm_int_at(c + op->b);                                \
        vm_put_int(c + op->d, (int32_t)(expression));                          \
        MARK_INT(op->d);                                                       \
        op++;                                                                  \
        NEXT(op);                                                              \
    }

#define INT_QUOTIENT(name, f)                                                  \
    ON(name)                                                                   \
    {                                                                          \
        NEED(IS_INT(op->a) && IS_INT(op->b));                                  \
        const int32_t b = vm_int_at(c + op->b);                                \
        if (b == 0)                                                            \
            goto by_zero;                                                      \
        vm_put_int(c + op->d, f(vm_int_at(c + op->a), b));                     \
        MARK_INT(op->d);                                                       \
        op++;                                                                  \
        NEXT(op);                                                              \
    }

/* Every way out of a block pays for it; a branch that is taken then goes. */
#define PAY_UP                                                                 \
    if (budget < op->cost)                                                     \
        goto spent;                                                            \
    budget -= op->cost

#define BRANCH_IF(condition)                                                   \
    {                                                                          \
        PAY_UP;                                                                \
        op = (condition) ? (struct vm_op *)(void *)(ahead + op->x) : op + 1;   \
        NEXT(op);                                                              \
    }

#define COMPARE(name, relation)                                                \
    ON(name)                                                                   \
    {                                                                          \
        NEED(IS(op->a, VM_TAG_SHORT) && IS(op->b, VM_TAG_SHORT));              \
        BRANCH_IF(S(op->a) relation S(op->b))                                  \
    }                                                                          \
    ON(name##_CONST)                                                           \
    {                                                                          \
        NEED(IS(op->a, VM_TAG_SHORT));                                         \
        BRANCH_IF(S(op->a) relation(int16_t) op->b)                            \
    }

#define LOAD(name, kind, size, store)                                          \
    ON(name)                                                                   \
    {                                                                          \
        NEED(IS(op->a, VM_TAG_REF) && IS(op->b, VM_TAG_SHORT));                \
        const struct heap_view *v =                                            \
            array_at(vm, c[op->a], c[op->b], kind, HEAP_READABLE);             \
        if (v == NULL)                                                         \
            goto threw;                                                        \
        const uint8_t *p = v->p + (size) * (size_t)c[op->b];                   \
        store;                                                                 \
        op++;                                                                  \
        NEXT(op);                                                              \
    }

#define STORE(name, kind, kinds, write)                                        \
    ON(name)                                                                   \
    {                                                                          \
        NEED(IS(op->a, VM_TAG_REF) && IS(op->b, VM_TAG_SHORT) && (kinds));     \
        const struct heap_view *v =                                            \
            array_at(vm, c[op->a], c[op->b], kind, HEAP_WRITABLE);             \
        if (v == NULL || !(write))                                             \
            goto threw;                                                        \
        op++;                                                                  \
        NEXT(op);                                                              \
    }

#define GET(name, cells, store)                                                \
    ON(name)                                                                   \
    {                                                                          \
        NEED(IS(op->a, VM_TAG_REF));                                           \
        const struct heap_view *v = object_at(vm, &r, op, c[op->a], cells);    \
        if (v == NULL)                                                         \
            goto threw;                                                        \
        const uint8_t *p = v->p + 2u * op->b;                                  \
        store;                                                                 \
        op++;                                                                  \
        NEXT(op);                                                              \
    }

#define PUT(name, cells, kinds, write)                                         \
    ON(name)                                                                   \
    {                                                                          \
        NEED(IS(op->a, VM_TAG_REF) && (kinds));                                \
        const struct heap_view *v = object_at(vm, &r, op, c[op->a], cells);    \
        if (v == NULL || !(write))                                             \
            goto threw;                                                        \
        op++;                                                                  \
        NEXT(op);                                                              \
    }

#define SHORT_RESULT(value)                                                    \
    (c[op->d] = (uint16_t)(value), MARK(op->d, VM_TAG_SHORT))

/* Calls that have been here before go straight to decoded code. */
#define CALL(name, known)                                                      \
    ON(name)                                                                   \
    {                                                                          \
        PAY_UP;                                                                \
        if (op[1].x == 0 || !(known) || !enter(vm, r.f, op, op[1].x))          \
            goto call;                                                         \
        goto on_top;                                                           \
    }

/* So do those of natives, which need no more than the receiver's class. */
#define NATIVE(name, known)                                                    \
    ON(name)                                                                   \
    {                                                                          \
        uint8_t context = vm->context;                                         \
        uint16_t owner = vm->owner;                                            \
        PAY_UP;                                                                \
        if (!(known))                                                          \
            goto call;                                                         \
        vm->budget = budget;                                                   \
        if (!run_native(vm, r.f, op, context, owner))                          \
            return;                                                            \
        goto called;                                                           \
    }

#define LEAVE(name, kinds, cells, move)                                        \
    ON(name)                                                                   \
    {                                                                          \
        PAY_UP;                                                                \
        NEED(kinds);                                                           \
        if (!leave(vm, r.f, cells)) {                                          \
            vm->budget = budget;                                               \
            vm_code_leave(vm, r.f, r.f->locals + (unsigned)op->a, cells);      \
            return;                                                            \
        }                                                                      \
        move;                                                                  \
        goto back;                                                             \
    }

/* What the loop keeps at hand of the frame on top. */
static bool look(struct run *r)
{
    r->f = vm_top(r->vm);
    const struct vm_resident *p = vm_resident(r->vm, r->f->package);
    if (p == NULL)
        return vm_stop(r->vm, "code that is not there");
    r->method = p->cap.part[CAP_METHOD].p;
    r->end = (uint32_t)p->cap.part[CAP_METHOD].n;
    return true;
}

void vm_run_decoded(struct vm *vm)
{
    LOOP_PLACES
#define D(name, leaves) LOOP_PLACE(name)
#include "vm/decoded.def"
#undef D
    LOOP_PLACES_END;
    struct run r = {.vm = vm};
    uint8_t *const ahead = vm->ahead;
    uint64_t budget = vm->budget;
    uint16_t *c = NULL;
    uint8_t *tags = NULL;
    struct vm_op *op = NULL;

    if (!look(&r))
        return;
    op = vm_op_at(vm, r.f->resume);
    goto frame;

on_top: /* of decoded code that begins */
    op = vm_code_ops(vm_code_at(vm, r.f[1].ahead));
    if (r.f[1].package == r.f->package)
        r.f++;
    else if (!look(&r))
        return;
    goto frame;

back: /* the caller goes on */
    if (r.f[-1].package == r.f->package)
        r.f--;
    else if (!look(&r))
        return;
    op = vm_op_at(vm, r.f->resume);
    r.f->advance = 0;

frame:
    c = vm->stack + r.f->locals;
    tags = CARD_TAGGED ? vm->tags + r.f->locals : vm->tags;

    LOOP(op)
    ON(MOVE_SHORT)
    {
        NEED(IS(op->a, VM_TAG_SHORT));
        SHORT_RESULT(c[op->a]);
        op++;
        NEXT(op);
    }
    ON(MOVE_REF)
    {
        NEED(IS(op->a, VM_TAG_REF) || IS(op->a, VM_TAG_NEW));
        c[op->d] = c[op->a];
        MARK(op->d, tags[op->a]);
        op++;
        NEXT(op);
    }
    ON(MOVE_INT)
    {
        NEED(IS_INT(op->a));
        vm_put_int(c + op->d, vm_int_at(c + op->a));
        MARK_INT(op->d);
        op++;
        NEXT(op);
    }
    ON(MOVE_ANY)
    {
        c[op->d] = c[op->a];
        MARK(op->d, tags[op->a]);
        op++;
        NEXT(op);
    }
    ON(SET_SHORT)
    {
        SHORT_RESULT(op->x);
        op++;
        NEXT(op);
    }
    ON(SET_NULL)
    {
        c[op->d] = 0;
        MARK(op->d, VM_TAG_REF);
        op++;
        NEXT(op);
    }
    ON(SET_INT)
    {
        vm_put_int(c + op->d, (int32_t)op->x);
        MARK_INT(op->d);
        op++;
        NEXT(op);
    }
    SHORTS(ADD, a + b)
    SHORTS(SUB, a - b)
    SHORTS(MUL, a * b)
    SHORTS(AND, a & b)
    SHORTS(OR, a | b)
    SHORTS(XOR, a ^ b)
    SHORTS(SHL, (uint32_t)a << (b & 31))
    SHORTS(SHR, vm_shift_right(a, b & 31))
    SHORTS(USHR, (uint32_t)a >> (b & 31))
    SHORT_QUOTIENT(DIV, vm_quotient)
    SHORT_QUOTIENT(REM, vm_remainder)
    ON(NEG)
    {
        NEED(IS(op->a, VM_TAG_SHORT));
        SHORT_RESULT(0u - c[op->a]);
        op++;
        NEXT(op);
    }
    ON(TO_BYTE)
    {
        NEED(IS(op->a, VM_TAG_SHORT));
        SHORT_RESULT((int16_t)(int8_t)c[op->a]);
        op++;
        NEXT(op);
    }
    INTS(INT_ADD, (uint32_t)a + (uint32_t)b)
    INTS(INT_SUB, (uint32_t)a - (uint32_t)b)
    INTS(INT_MUL, (uint32_t)a * (uint32_t)b)
    INTS(INT_AND, a & b)
    INTS(INT_OR, a | b)
    INTS(INT_XOR, a ^ b)
    INTS(INT_SHL, (uint32_t)a << (b & 31))
    INTS(INT_SHR, vm_shift_right(a, b & 31))
    INTS(INT_USHR, (uint32_t)a >> (b & 31))
    INT_QUOTIENT(INT_DIV, vm_quotient)
    INT_QUOTIENT(INT_REM, vm_remainder)
    ON(INT_NEG)
    {
        NEED(IS_INT(op->a));
        vm_put_int(c + op->d, (int32_t)(0u - (uint32_t)vm_int_at(c + op->a)));
        MARK_INT(op->d);
        op++;
        NEXT(op);
    }
    ON(INT_INC)
    {
        NEED(IS_INT(op->d));
        vm_put_int(c + op->d,
                   (int32_t)((uint32_t)vm_int_at(c + op->d) + op->x));
        op++;
        NEXT(op);
    }
    ON(SHORT_TO_INT)
    {
        NEED(IS(op->a, VM_TAG_SHORT));
        vm_put_int(c + op->d, S(op->a));
        MARK_INT(op->d);
        op++;
        NEXT(op);
    }
    ON(INT_TO_BYTE)
    {
        NEED(IS_INT(op->a));
        SHORT_RESULT((int16_t)(int8_t)c[op->a + 1]);
        op++;
        NEXT(op);
    }
    ON(INT_TO_SHORT)
    {
        NEED(IS_INT(op->a));
        SHORT_RESULT(c[op->a + 1]);
        op++;
        NEXT(op);
    }
    ON(INT_COMPARE)
    {
        NEED(IS_INT(op->a) && IS_INT(op->b));
        const int32_t a = vm_int_at(c + op->a);
        const int32_t b = vm_int_at(c + op->b);
        SHORT_RESULT((a > b) - (a < b));
        op++;
        NEXT(op);
    }
    LOAD(BYTE_LOAD, HEAP_BYTE_ARRAY, 1, SHORT_RESULT((int16_t)(int8_t)p[0]))
    LOAD(SHORT_LOAD, HEAP_SHORT_ARRAY, 2, SHORT_RESULT(get_u2(p)))
    LOAD(INT_LOAD, HEAP_INT_ARRAY, 4,
         (vm_put_int(c + op->d, (int32_t)get_u4(p)), MARK_INT(op->d)))
    LOAD(REF_LOAD, HEAP_REF_ARRAY, 2,
         (c[op->d] = get_u2(p), MARK(op->d, VM_TAG_REF)))
    STORE(BYTE_STORE, HEAP_BYTE_ARRAY, IS(op->d, VM_TAG_SHORT),
          put_byte(vm, v, c[op->b],
                   c[op->d] & (v->h.kind == HEAP_BYTE_ARRAY ? 0xFF : 1)))
    STORE(SHORT_STORE, HEAP_SHORT_ARRAY, IS(op->d, VM_TAG_SHORT),
          put_short(vm, v, 2u * c[op->b], c[op->d]))
    STORE(INT_STORE, HEAP_INT_ARRAY, IS_INT(op->d),
          put_int(vm, v, 4u * c[op->b], c + op->d))
    ON(ARRAY_LENGTH)
    {
        NEED(IS(op->a, VM_TAG_REF));
        const struct heap_view *v = vm_view_open(vm, c[op->a]);
        if (v == NULL)
            goto threw;
        if (v->h.kind < HEAP_BOOLEAN_ARRAY || v->h.kind > HEAP_REF_ARRAY) {
            vm_stop(vm, "arraylength of something else");
            goto threw;
        }
        SHORT_RESULT(v->h.length);
        op++;
        NEXT(op);
    }
    GET(GET_REF, 1, (c[op->d] = get_u2(p), MARK(op->d, VM_TAG_REF)))
    GET(GET_BYTE, 1, SHORT_RESULT((int16_t)(int8_t)p[1]))
    GET(GET_SHORT, 1, SHORT_RESULT(get_u2(p)))
    GET(GET_INT, 2,
        (vm_put_int(c + op->d, (int32_t)get_u4(p)), MARK_INT(op->d)))
    PUT(PUT_BYTE, 1, IS(op->d, VM_TAG_SHORT),
        put_byte(vm, v, 2u * op->b + 1, c[op->d]))
    PUT(PUT_SHORT, 1, IS(op->d, VM_TAG_SHORT),
        put_short(vm, v, 2u * op->b, c[op->d]))
    PUT(PUT_INT, 2, IS_INT(op->d), put_int(vm, v, 2u * op->b, c + op->d))
    ON(GOTO)
    BRANCH_IF(true)
    COMPARE(IF_EQ, ==)
    COMPARE(IF_NE, !=)
    COMPARE(IF_LT, <)
    COMPARE(IF_GE, >=)
    COMPARE(IF_GT, >)
    COMPARE(IF_LE, <=)
    ON(IF_NULL)
    {
        NEED(IS(op->a, VM_TAG_REF));
        BRANCH_IF(vm_is_null(vm, c[op->a]))
    }
    ON(IF_NONNULL)
    {
        NEED(IS(op->a, VM_TAG_REF));
        BRANCH_IF(!vm_is_null(vm, c[op->a]))
    }
    ON(IF_SAME)
    {
        NEED(IS(op->a, VM_TAG_REF) && IS(op->b, VM_TAG_REF));
        BRANCH_IF(vm_same_reference(vm, c[op->a], c[op->b]))
    }
    ON(IF_OTHER)
    {
        NEED(IS(op->a, VM_TAG_REF) && IS(op->b, VM_TAG_REF));
        BRANCH_IF(!vm_same_reference(vm, c[op->a], c[op->b]))
    }
    ON(PAY)
    {
        PAY_UP;
        op++;
        NEXT(op);
    }
    CALL(CALL_STATIC, true)
    CALL(CALL_SPECIAL, IS(op->d, VM_TAG_REF) && is_met(vm, op + 1, c[op->d]))
    CALL(CALL_VIRTUAL, IS(op->d, VM_TAG_REF) && is_met(vm, op + 1, c[op->d]))
    CALL(CALL_INTERFACE, IS(op->d, VM_TAG_REF) && is_met(vm, op + 1, c[op->d]))
    NATIVE(CALL_NATIVE,
           IS(op->d, VM_TAG_REF) &&
               native_owner(vm, op + 1, c[op->d], &context, &owner))
    NATIVE(CALL_NATIVE_STATIC, true)
    ON(SITE)
    {
        op++;
        NEXT(op);
    }
    LEAVE(RETURN_SHORT, IS(op->a, VM_TAG_SHORT), 1,
          (c[0] = c[op->a], MARK(0, VM_TAG_SHORT)))
    LEAVE(RETURN_REF, IS(op->a, VM_TAG_REF), 1,
          (c[0] = c[op->a], MARK(0, VM_TAG_REF)))
    LEAVE(RETURN_INT, IS_INT(op->a), 2,
          (vm_put_int(c, vm_int_at(c + op->a)), MARK_INT(0)))
    LEAVE(RETURN, true, 0, (void)0)
    ON(PLAIN)
    {
        vm->sp = (uint16_t)(r.f->base + op->a);
        r.pc = r.f->pc = r.f->code + op->pc;
        if (!vm_plain(&r))
            goto threw;
        op++;
        NEXT(op);
    }
    ON(SWITCH)
    {
        PAY_UP;
        vm->sp = (uint16_t)(r.f->base + op->a);
        r.pc = r.f->pc = r.f->code + op->pc;
        if (!vm_plain_transfer(&r))
            goto out;
        op = vm_code_place(vm_code_at(vm, r.f->ahead), r.pc);
        NEXT(op);
    }
    ON(UNKNOWN)
    {
        vm_stop(vm, "a call whose result nobody knows");
        goto out;
    }
    END_LOOP

call: /* by all the rules */
    vm->budget = budget;
    if (!vm_code_call(&r, op) || vm->halt != NULL)
        return;

called: /* and the callee is done */
    budget = vm->budget;
    if (vm->thrown != 0 || vm->sp != r.f->locals + op->d + op[1].b)
        return; /* the driver sees to it */
    r.f->advance = 0;
    op += 2;
    NEXT(op);

by_zero:
    vm_raise(vm, "java/lang/ArithmeticException");
threw: /* at this op, which is not paid for yet */
    r.f->pc = r.f->code + op->pc;
    if (budget < op->cost)
        goto spent;
    budget -= op->cost;
    goto out;
other_kind:
    vm_stop(vm, "a cell of another kind");
    goto out;
spent:
    vm_stop(vm, "the instruction budget is spent");
out:
    vm->budget = budget;
}
