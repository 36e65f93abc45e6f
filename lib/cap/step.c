/*
 * What each instruction takes and leaves, by the letters of opcodes.def; the
 * rules that letters cannot say stand beside them.
 */
#include "cap/flow.h"

#include <string.h>

/* ---- words of any kind ---- */

/* The words from `index` up are moved alone: no int may be cut there. */
static bool may_cut(struct cap_flow *f, unsigned index)
{
    if (index < f->now[0] &&
        cap_cell(f, *cap_stack(f, index)) == CAP_KIND_INT_LOW)
        return cap_flow_find(f, CAP_RULE_INT_HALVES);
    return true;
}

/*
 * There are so many words, and each is one: a result of unknown size among
 * them has two when it is both of two, else one.
 */
static bool need(struct cap_flow *f, unsigned words)
{
    const unsigned there = words < f->now[0] ? words : f->now[0];

    for (unsigned i = 1; i <= there; i++) {
        if (cap_deduce(f, *cap_stack(f, f->now[0] - i),
                       i == 1 && words == 2 ? CAP_KIND_INT_HIGH
                                            : CAP_KIND_CELL))
            return false;
    }
    return f->now[0] >= words || cap_flow_find(f, CAP_RULE_STACK_UNDERFLOW);
}

static bool drop_words(struct cap_flow *f, unsigned n)
{
    if (!need(f, n) || !may_cut(f, f->now[0] - n))
        return false;
    f->now[0] = (uint16_t)(f->now[0] - n);
    return true;
}

static bool duplicate(struct cap_flow *f, unsigned m, unsigned n)
{
    unsigned below = n == 0 ? m : n;

    if (m < 1 || m > 4 || (n != 0 && (n < m || n > m + 4)))
        return cap_flow_find(f, CAP_RULE_OPERAND);
    if (!need(f, below) || !may_cut(f, f->now[0] - m) ||
        !may_cut(f, f->now[0] - below))
        return false;
    if (f->now[0] + m > f->limit)
        return cap_flow_find(f, CAP_RULE_STACK_OVERFLOW);
    uint16_t *top = cap_stack(f, f->now[0]);
    memmove(top - below + m, top - below, below * sizeof *top);
    memcpy(top - below, top, m * sizeof *top);
    f->now[0] = (uint16_t)(f->now[0] + m);
    return true;
}

static bool exchange(struct cap_flow *f, unsigned m, unsigned n)
{
    uint16_t upper[2];

    if (m < 1 || m > 2 || n < 1 || n > 2)
        return cap_flow_find(f, CAP_RULE_OPERAND);
    if (!need(f, m + n) || !may_cut(f, f->now[0] - m) ||
        !may_cut(f, f->now[0] - m - n))
        return false;
    uint16_t *top = cap_stack(f, f->now[0]);
    memcpy(upper, top - m, m * sizeof *top);
    memmove(top - n, top - m - n, n * sizeof *top);
    memcpy(top - m - n, upper, m * sizeof *top);
    return true;
}

/* ---- local variables ---- */

static bool in_frame(struct cap_flow *f, unsigned i, unsigned cells)
{
    return i + cells <= f->locals || cap_flow_find(f, CAP_RULE_LOCAL);
}

static bool wrong(struct cap_flow *f)
{
    return cap_flow_find(f, CAP_RULE_OPERAND_KIND);
}

static bool load(struct cap_flow *f, unsigned i, uint8_t kind)
{
    if (!in_frame(f, i, kind == CAP_KIND_INT_HIGH ? 2 : 1))
        return false;
    uint16_t cell = *cap_local(f, i);
    if (kind == CAP_KIND_REF && (cell & CAP_CELL_NEW) != 0)
        return cap_push(f, cell);
    if (!cap_want(f, cell, kind) ||
        (kind == CAP_KIND_INT_HIGH &&
         !cap_want(f, *cap_local(f, i + 1), CAP_KIND_INT_LOW)))
        return wrong(f);
    /* a constructor is told by what it does with the object it was passed */
    return kind == CAP_KIND_REF ? cap_push(f, cell) : cap_push_kind(f, kind);
}

/* Writing a cell breaks the int that it was half of. */
static void set_local(struct cap_flow *f, unsigned i, uint16_t cell)
{
    uint16_t old = cap_cell(f, *cap_local(f, i));

    if (old == CAP_KIND_INT_HIGH && i + 1 < f->locals)
        *cap_local(f, i + 1) = CAP_KIND_UNKNOWN;
    if (old == CAP_KIND_INT_LOW && i > 0)
        *cap_local(f, i - 1) = CAP_KIND_UNKNOWN;
    *cap_local(f, i) = cell;
    f->moved = true;
}

static bool store(struct cap_flow *f, unsigned i, uint8_t kind)
{
    if (!in_frame(f, i, kind == CAP_KIND_INT_HIGH ? 2 : 1) || !need(f, 1))
        return false;
    uint16_t top = *cap_stack(f, f->now[0] - 1u);
    if (kind == CAP_KIND_REF && (top & (CAP_CELL_NEW | CAP_CELL_RETURN)) != 0) {
        f->now[0]--;
        set_local(f, i, top);
        return true;
    }
    if (!cap_pop(f, kind))
        return false;
    set_local(f, i, kind);
    if (kind == CAP_KIND_INT_HIGH)
        set_local(f, i + 1, CAP_KIND_INT_LOW);
    /* the first half was there before the second was written */
    *cap_local(f, i) = kind;
    return true;
}

static bool increment(struct cap_flow *f, const uint8_t *p)
{
    bool wide = p[0] == CAP_OP_iinc || p[0] == CAP_OP_iinc_w;
    uint8_t kind = wide ? CAP_KIND_INT_HIGH : CAP_KIND_SHORT;

    if (!in_frame(f, p[1], wide ? 2 : 1))
        return false;
    if (!cap_want(f, *cap_local(f, p[1]), kind) ||
        (wide && !cap_want(f, *cap_local(f, p[1] + 1u), CAP_KIND_INT_LOW)))
        return wrong(f);
    return true;
}

/* ---- fields ---- */

/* The kind that a suffix _a, _b, _s, _i stands for. */
static uint8_t suffix_kind(unsigned i)
{
    return i == 0 ? CAP_KIND_REF : i == 3 ? CAP_KIND_INT_HIGH : CAP_KIND_SHORT;
}

/* Cells of an own class: references in one run, an int over two others. */
static bool cell_fits(const struct cap_class *c, uint8_t token, uint8_t kind)
{
    unsigned cells = kind == CAP_KIND_INT_HIGH ? 2 : 1;
    unsigned first = c->first_reference;
    unsigned end = first + c->reference_count;

    if (token + cells > c->instance_size)
        return false;
    if (c->reference_count == 0)
        return kind != CAP_KIND_REF;
    if (kind == CAP_KIND_REF)
        return token >= first && token < end;
    return token + cells <= first || token >= end;
}

static bool check_field(struct cap_flow *f, uint16_t pool, uint8_t kind)
{
    struct cap_entry e;
    struct cap_class c;

    if (!cap_pool(f->s->cap, pool, &e))
        return cap_flow_find(f, CAP_RULE_POOL_ENTRY);
    if (e.tag != CAP_INSTANCE_FIELDREF)
        return cap_flow_find(f, CAP_RULE_POOL_KIND);
    if (e.external)
        return true; /* the linker knows that class */
    if (!cap_class_at(f->s->cap, e.offset, &c) || !cell_fits(&c, e.token, kind))
        return cap_flow_find(f, CAP_RULE_INSTANCE_FIELD);
    return true;
}

/* The object that is written to; a constructor's own may be unmade yet. */
static bool pop_written(struct cap_flow *f)
{
    if (f->now[0] > 0 && *cap_stack(f, f->now[0] - 1u) == CAP_CELL_THIS) {
        f->now[0]--;
        return true;
    }
    return cap_pop(f, CAP_KIND_REF);
}

static bool get_field(struct cap_flow *f, uint16_t pool, uint8_t kind)
{
    return check_field(f, pool, kind) && cap_pop(f, CAP_KIND_REF) &&
           cap_push_kind(f, kind);
}

static bool put_field(struct cap_flow *f, uint16_t pool, uint8_t kind)
{
    return check_field(f, pool, kind) && cap_pop(f, kind) && pop_written(f);
}

static bool has_this(struct cap_flow *f, bool writes)
{
    const bool is_there = f->locals > 0 && f->code.method.nargs > 0;

    if (is_there && writes && *cap_local(f, 0) == CAP_CELL_THIS)
        return true;
    if (is_there && (*cap_local(f, 0) & CAP_CELL_NEW) != 0)
        return cap_flow_find(f, CAP_RULE_UNINITIALISED);
    return (is_there && cap_want(f, *cap_local(f, 0), CAP_KIND_REF)) ||
           cap_flow_find(f, CAP_RULE_THIS);
}

static bool field(struct cap_flow *f, const uint8_t *p)
{
    uint8_t op = p[0];

    if (op <= CAP_OP_getfield_i)
        return get_field(f, p[1], suffix_kind(op - CAP_OP_getfield_a));
    if (op <= CAP_OP_putfield_i)
        return put_field(f, p[1], suffix_kind(op - CAP_OP_putfield_a));
    if (op <= CAP_OP_getfield_i_w)
        return get_field(f, get_u2(p + 1),
                         suffix_kind(op - CAP_OP_getfield_a_w));
    if (op <= CAP_OP_getfield_i_this) {
        uint8_t kind = suffix_kind(op - CAP_OP_getfield_a_this);
        return has_this(f, false) && check_field(f, p[1], kind) &&
               cap_push_kind(f, kind);
    }
    if (op <= CAP_OP_putfield_i_w)
        return put_field(f, get_u2(p + 1),
                         suffix_kind(op - CAP_OP_putfield_a_w));
    uint8_t kind = suffix_kind(op - CAP_OP_putfield_a_this);
    return has_this(f, true) && check_field(f, p[1], kind) && cap_pop(f, kind);
}

static bool static_field(struct cap_flow *f, const uint8_t *p)
{
    bool get = p[0] <= CAP_OP_getstatic_i;
    uint8_t suffix =
        (uint8_t)(p[0] - (get ? CAP_OP_getstatic_a : CAP_OP_putstatic_a));
    uint8_t kind = suffix_kind(suffix);
    const struct cap_statics *image = &f->s->image;
    struct cap_entry e;

    if (!cap_pool(f->s->cap, get_u2(p + 1), &e))
        return cap_flow_find(f, CAP_RULE_POOL_ENTRY);
    if (e.tag != CAP_STATIC_FIELDREF)
        return cap_flow_find(f, CAP_RULE_POOL_KIND);
    unsigned size = suffix == 3 ? 4 : suffix == 1 ? 1 : 2;
    bool reference = e.offset < 2u * image->reference_count;
    if (!e.external &&
        (e.offset + size > image->image_size || reference != (suffix == 0) ||
         (reference && e.offset % 2 != 0)))
        return cap_flow_find(f, CAP_RULE_STATIC_FIELD);
    return get ? cap_push_kind(f, kind) : cap_pop(f, kind);
}

/* ---- objects ---- */

static bool names_class(struct cap_flow *f, uint16_t pool)
{
    struct cap_entry e;
    if (!cap_pool(f->s->cap, pool, &e))
        return cap_flow_find(f, CAP_RULE_POOL_ENTRY);
    return e.tag == CAP_CLASSREF || cap_flow_find(f, CAP_RULE_POOL_KIND);
}

static bool make_object(struct cap_flow *f, const uint8_t *p)
{
    uint32_t pc = f->pc - f->code.method.code;

    if (!names_class(f, get_u2(p + 1)))
        return false;
    if (pc >= CAP_CELL_PC)
        return cap_flow_find(f, CAP_RULE_OPERAND);
    cap_forget(f, (uint16_t)(CAP_CELL_NEW | pc), CAP_KIND_UNKNOWN);
    return cap_push(f, (uint16_t)(CAP_CELL_NEW | pc));
}

static bool cast(struct cap_flow *f, const uint8_t *p)
{
    bool named = p[1] == 0 || p[1] == 14;

    if (named ? !names_class(f, get_u2(p + 2))
              : p[1] < 10 || p[1] > 13 || get_u2(p + 2) != 0)
        return f->failed ? false : cap_flow_find(f, CAP_RULE_OPERAND);
    return cap_pop(f, CAP_KIND_REF) &&
           cap_push_kind(f, p[0] == CAP_OP_checkcast ? CAP_KIND_REF
                                                     : CAP_KIND_SHORT);
}

/* ---- calls ---- */

static bool disagree(struct cap_flow *f)
{
    return cap_flow_find(f, CAP_RULE_SIGNATURE);
}

/* One argument against what is known of it on either side. */
static bool argument(struct cap_flow *f, const struct cap_target *t, uint8_t i,
                     uint16_t cell)
{
    const uint8_t known = t->callee != NULL
                              ? cap_kind_of(f->s, cap_arg(t->callee, i))
                              : t->signature.kinds[i];
    uint16_t number = 0;

    cell = cap_cell(f, cell);
    if (!cap_kind_is_open(known))
        return cap_want(f, cell, known) ||
               cap_flow_find(f, (cell & CAP_CELL_NEW) != 0
                                    ? CAP_RULE_UNINITIALISED
                                    : CAP_RULE_SIGNATURE);
    f->s->open = true;
    if (t->callee == NULL)
        return (cell & (CAP_CELL_NEW | CAP_CELL_RETURN)) == 0 || disagree(f);
    if (cap_cell_number(f, cell, &number))
        return cap_make_same(f->s, number, cap_arg(t->callee, i)) ||
               disagree(f);
    return (cell <= CAP_KIND_REF &&
            cap_learn(f->s, cap_arg(t->callee, i), (uint8_t)cell)) ||
           disagree(f);
}

/* The class that was named when the object in this cell was made. */
static uint16_t made_class(const struct cap_flow *f, uint16_t cell)
{
    const uint32_t pc = f->code.method.code + (cell & (uint32_t)CAP_CELL_PC);
    struct cap_entry e;

    if (cell == CAP_CELL_THIS ||
        !cap_pool(f->s->cap, get_u2(f->code.p + pc + 1), &e))
        return CAP_NO_CLASS;
    return cap_entry_class_ref(&e);
}

/* A constructor hands its object to one of its class or its superclass. */
static bool may_delegate(const struct cap_flow *f, const struct cap_target *t)
{
    const uint16_t own = f->callee->class;
    const uint16_t theirs = t->callee != NULL ? t->callee->class : t->class;
    struct cap_class c;

    if (own == CAP_NO_CLASS || theirs == CAP_NO_CLASS || own == theirs)
        return true;
    return own < 0x8000 && cap_class_at(f->s->cap, own, &c) &&
           c.super == theirs;
}

/*
 * A constructor makes the object that is new here, and no object twice: of
 * the class that new named, or in a constructor of its own class or its
 * superclass.
 */
static bool construct(struct cap_flow *f, const struct cap_target *t,
                      uint16_t cell)
{
    const uint16_t class = made_class(f, cell);
    const bool fits =
        cell == CAP_CELL_THIS && !may_delegate(f, t) ? false
        : t->callee != NULL
            ? cap_learn_init(f->s, t->callee, class) &&
                  cap_learn(f->s, cap_arg(t->callee, 0), CAP_KIND_REF)
            : t->signature.is_init &&
                  (class == CAP_NO_CLASS || class == t->class);
    if (!fits)
        return cap_flow_find(f, CAP_RULE_TYPE_CONSTRUCTOR);
    cap_forget(f, cell, CAP_KIND_REF);
    return true;
}

/*
 * A method that gives the object it was called with to a constructor is one:
 * the object was new for its caller.
 */
static bool is_own(struct cap_flow *f, uint16_t cell)
{
    if (cell != CAP_CELL_PARAM || !f->s->infer)
        return false;
    f->ends = f->s->open = true;
    (void)cap_learn_init(f->s, f->callee, CAP_NO_CLASS);
    (void)cap_learn(f->s, cap_arg(f->callee, 0), CAP_KIND_REF);
    return true;
}

static bool receiver(struct cap_flow *f, const struct cap_target *t,
                     uint16_t cell)
{
    const bool makes =
        t->callee != NULL ? t->callee->init : t->signature.is_init;

    if ((cell & CAP_CELL_NEW) != 0)
        return t->is_special ? construct(f, t, cell)
                             : cap_flow_find(f, CAP_RULE_UNINITIALISED);
    if (makes)
        return is_own(f, cell) || cap_flow_find(f, CAP_RULE_UNINITIALISED);
    return argument(f, t, 0, cell);
}

/*
 * Arguments of unknown size: they are what the method takes.  Whether there
 * was one.
 */
static bool deduce_arguments(struct cap_flow *f, const struct cap_target *t,
                             uint8_t nargs)
{
    for (unsigned i = 1; i <= nargs && i <= f->now[0]; i++) {
        const uint8_t at = (uint8_t)(nargs - i);
        const uint8_t kind = t->callee != NULL
                                 ? cap_kind_of(f->s, cap_arg(t->callee, at))
                                 : t->signature.kinds[at];
        if (cap_deduce(f, *cap_stack(f, f->now[0] - i),
                       kind == CAP_KIND_INT_LOW   ? CAP_KIND_INT_HIGH
                       : kind == CAP_KIND_UNKNOWN ? CAP_KIND_CELL
                                                  : kind))
            return true;
    }
    return false;
}

/* What a method gives that has no answer yet. */
static bool push_unknown(struct cap_flow *f, const struct cap_target *t,
                         uint8_t op)
{
    const bool answers = cap_is_dispatched(op) && !t->is_special;

    f->s->open = true;
    if (answers && f->s->deduce)
        return cap_push_asked(f, t->callee, CAP_CELL_ASKED);
    /* nothing has told that it gives something, and nothing asks for it */
    if (answers && !f->s->infer)
        return cap_learn(f->s, cap_result(t->callee), CAP_KIND_VOID);
    /* no path has come back from it yet: nothing is known of what follows */
    f->ends = true;
    return true;
}

static bool push_result(struct cap_flow *f, const struct cap_target *t,
                        uint8_t op)
{
    const uint8_t result = t->callee != NULL
                               ? cap_kind_of(f->s, cap_result(t->callee))
                               : t->signature.result;

    if (result == CAP_KIND_VOID)
        return true;
    if (!cap_kind_is_open(result))
        return cap_push_kind(f, result);
    return result == CAP_KIND_CELL && t->callee != NULL
               ? cap_push_asked(f, t->callee, CAP_CELL_RESULT)
               : push_unknown(f, t, op);
}

static bool call(struct cap_flow *f, const uint8_t *p)
{
    struct cap_target t;
    uint8_t rule = 0;

    if (!cap_call_target(f->s, p, &t, &rule))
        return cap_flow_find(f, rule);
    const uint8_t nargs = cap_target_args(&t);
    if (deduce_arguments(f, &t, nargs) || !need(f, nargs) ||
        !may_cut(f, f->now[0] - nargs))
        return false;
    bool has_object = p[0] != CAP_OP_invokestatic;
    if (!has_object &&
        (t.callee != NULL ? t.callee->init : t.signature.is_init))
        return cap_flow_find(f, CAP_RULE_TYPE_CONSTRUCTOR);
    if (has_object && nargs == 0)
        return cap_flow_find(f, CAP_RULE_METHOD_ARGS);
    f->now[0] = (uint16_t)(f->now[0] - nargs);
    const uint16_t *args = cap_stack(f, f->now[0]);
    for (uint8_t i = has_object ? 1 : 0; i < nargs; i++) {
        if (!argument(f, &t, i, args[i]))
            return false;
    }
    if (has_object && (!receiver(f, &t, args[0]) || f->ends))
        return !f->failed;
    return push_result(f, &t, p[0]);
}

static bool give_back(struct cap_flow *f, uint8_t op)
{
    uint8_t kind = op == CAP_OP_return    ? CAP_KIND_VOID
                   : op == CAP_OP_areturn ? CAP_KIND_REF
                   : op == CAP_OP_ireturn ? CAP_KIND_INT_HIGH
                                          : CAP_KIND_SHORT;
    if (kind != CAP_KIND_VOID && !cap_pop(f, kind))
        return false;
    if (f->callee->init && *cap_made(f) != CAP_KIND_REF)
        return cap_flow_find(f, CAP_RULE_UNINITIALISED);
    return cap_learn(f->s, cap_result(f->callee), kind) ||
           cap_flow_find(f, CAP_RULE_RETURN_KIND);
}

/* ---- letters ---- */

static uint8_t letter_kind(char letter)
{
    return letter == 'A'   ? CAP_KIND_REF
           : letter == 'I' ? CAP_KIND_INT_HIGH
                           : CAP_KIND_SHORT;
}

static bool by_letters(struct cap_flow *f, const struct cap_opcode *op)
{
    size_t n = 0;

    while (op->pops[n] != '\0')
        n++;
    while (n-- > 0) {
        if (!cap_pop(f, letter_kind(op->pops[n])))
            return false;
    }
    for (const char *c = op->pushes; *c != '\0'; c++) {
        if (!cap_push_kind(f, letter_kind(*c)))
            return false;
    }
    return true;
}

static bool local_access(struct cap_flow *f, const uint8_t *p)
{
    static const uint8_t kinds[] = {CAP_KIND_REF, CAP_KIND_SHORT,
                                    CAP_KIND_INT_HIGH};
    uint8_t op = p[0];

    if (op <= CAP_OP_iload)
        return load(f, p[1], kinds[op - CAP_OP_aload]);
    if (op <= CAP_OP_iload_3)
        return load(f, (op - CAP_OP_aload_0) & 3u,
                    kinds[(op - CAP_OP_aload_0) / 4]);
    if (op <= CAP_OP_istore)
        return store(f, p[1], kinds[op - CAP_OP_astore]);
    return store(f, (op - CAP_OP_astore_0) & 3u,
                 kinds[(op - CAP_OP_astore_0) / 4]);
}

static bool is_between(uint8_t op, uint8_t first, uint8_t last)
{
    return op >= first && op <= last;
}

bool cap_step(struct cap_flow *f)
{
    const uint8_t *p = f->code.p + f->pc;
    uint8_t op = p[0];

    if (is_between(op, CAP_OP_aload, CAP_OP_iload_3) ||
        is_between(op, CAP_OP_astore, CAP_OP_istore_3))
        return local_access(f, p);
    if (is_between(op, CAP_OP_getfield_a, CAP_OP_putfield_i) ||
        is_between(op, CAP_OP_getfield_a_w, CAP_OP_putfield_i_this))
        return field(f, p);
    if (is_between(op, CAP_OP_getstatic_a, CAP_OP_putstatic_i))
        return static_field(f, p);
    if (is_between(op, CAP_OP_invokevirtual, CAP_OP_invokeinterface))
        return call(f, p);
    if (is_between(op, CAP_OP_areturn, CAP_OP_return))
        return give_back(f, op);
    switch (op) {
    case CAP_OP_pop:
        return drop_words(f, 1);
    case CAP_OP_pop2:
        return drop_words(f, 2);
    case CAP_OP_dup:
        return duplicate(f, 1, 0);
    case CAP_OP_dup2:
        return duplicate(f, 2, 0);
    case CAP_OP_dup_x:
        return duplicate(f, p[1] >> 4, p[1] & 15);
    case CAP_OP_swap_x:
        return exchange(f, p[1] >> 4, p[1] & 15);
    case CAP_OP_sinc:
    case CAP_OP_iinc:
    case CAP_OP_sinc_w:
    case CAP_OP_iinc_w:
        return increment(f, p);
    case CAP_OP_new:
        return make_object(f, p);
    case CAP_OP_anewarray:
        return names_class(f, get_u2(p + 1)) && by_letters(f, cap_opcode(op));
    case CAP_OP_newarray:
        if (p[1] < 10 || p[1] > 13)
            return cap_flow_find(f, CAP_RULE_OPERAND);
        return by_letters(f, cap_opcode(op));
    case CAP_OP_checkcast:
    case CAP_OP_instanceof:
        return cast(f, p);
    default:
        return by_letters(f, cap_opcode(op));
    }
}
