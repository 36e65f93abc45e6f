/* What the instructions on words, locals and arrays take and leave. */
#include "cap/typeframe.h"
#include "cap/typeorder.h"

#include <string.h>

#define SHORT cap_type(CAP_TYPE_SHORT, 0)
#define INT cap_type(CAP_TYPE_INT, 0)
#define INT_LOW cap_type(CAP_TYPE_INT_LOW, 0)

/* ---- words of any kind ---- */

/* The words from `index` up are moved alone: no int may be cut there. */
static bool may_cut(struct cap_frame *f, unsigned index)
{
    if (index < f->now[CAP_FRAME_DEPTH] &&
        *cap_frame_stack(f, index) == INT_LOW)
        return cap_frame_find(f, CAP_RULE_INT_HALVES);
    return true;
}

static bool drop_words(struct cap_frame *f, unsigned n)
{
    if (!cap_frame_need(f, n) || !may_cut(f, f->now[CAP_FRAME_DEPTH] - n))
        return false;
    f->now[CAP_FRAME_DEPTH] -= n;
    return true;
}

static bool duplicate(struct cap_frame *f, unsigned m, unsigned n)
{
    unsigned below = n == 0 ? m : n;

    if (m < 1 || m > 4 || (n != 0 && (n < m || n > m + 4)))
        return cap_frame_find(f, CAP_RULE_OPERAND);
    unsigned depth = f->now[CAP_FRAME_DEPTH];
    if (!cap_frame_need(f, below) || !may_cut(f, depth - m) ||
        !may_cut(f, depth - below))
        return false;
    if (depth + m > f->limit)
        return cap_frame_find(f, CAP_RULE_STACK_OVERFLOW);
    cap_type_t *top = cap_frame_stack(f, depth);
    memmove(top - below + m, top - below, below * sizeof *top);
    memcpy(top - below, top, m * sizeof *top);
    f->now[CAP_FRAME_DEPTH] = depth + m;
    return true;
}

static bool exchange(struct cap_frame *f, unsigned m, unsigned n)
{
    cap_type_t upper[2];

    if (m < 1 || m > 2 || n < 1 || n > 2)
        return cap_frame_find(f, CAP_RULE_OPERAND);
    unsigned depth = f->now[CAP_FRAME_DEPTH];
    if (!cap_frame_need(f, m + n) || !may_cut(f, depth - m) ||
        !may_cut(f, depth - m - n))
        return false;
    cap_type_t *top = cap_frame_stack(f, depth);
    memcpy(upper, top - m, m * sizeof *top);
    memmove(top - n, top - m - n, n * sizeof *top);
    memcpy(top - m - n, upper, m * sizeof *top);
    return true;
}

/* ---- local variables ---- */

static bool in_frame(struct cap_frame *f, unsigned i, unsigned cells)
{
    return i + cells <= f->locals || cap_frame_find(f, CAP_RULE_LOCAL);
}

static bool wrong(struct cap_frame *f)
{
    return cap_frame_find(f, CAP_RULE_OPERAND_KIND);
}

static bool load(struct cap_frame *f, unsigned i, enum cap_type_kind kind)
{
    if (!in_frame(f, i, kind == CAP_TYPE_INT ? 2 : 1))
        return false;
    cap_type_t t = *cap_frame_local(f, i);
    if (kind == CAP_TYPE_CLASS) {
        bool made = cap_is_reference(t) || cap_type_kind(t) == CAP_TYPE_NEW ||
                    cap_type_kind(t) == CAP_TYPE_THIS;
        return made ? cap_frame_push(f, t) : wrong(f);
    }
    if (t != cap_type(kind, 0) ||
        (kind == CAP_TYPE_INT && *cap_frame_local(f, i + 1) != INT_LOW))
        return wrong(f);
    return cap_frame_push(f, t);
}

/* Writing a cell breaks the int that it was half of. */
static void set_local(struct cap_frame *f, unsigned i, cap_type_t t)
{
    cap_type_t old = *cap_frame_local(f, i);

    if (old == INT && i + 1 < f->locals)
        *cap_frame_local(f, i + 1) = CAP_TYPE_NONE;
    if (old == INT_LOW && i > 0)
        *cap_frame_local(f, i - 1) = CAP_TYPE_NONE;
    *cap_frame_local(f, i) = t;
}

static bool store_word(struct cap_frame *f, unsigned i)
{
    if (!cap_frame_need(f, 1))
        return false;
    cap_type_t t = *cap_frame_stack(f, --f->now[CAP_FRAME_DEPTH]);
    enum cap_type_kind kind = cap_type_kind(t);
    if (!cap_is_reference(t) && kind != CAP_TYPE_NEW && kind != CAP_TYPE_THIS &&
        kind != CAP_TYPE_RETURN)
        return wrong(f);
    set_local(f, i, t);
    return true;
}

static bool store(struct cap_frame *f, unsigned i, enum cap_type_kind kind)
{
    if (!in_frame(f, i, kind == CAP_TYPE_INT ? 2 : 1))
        return false;
    if (kind == CAP_TYPE_CLASS)
        return store_word(f, i);
    if (!cap_frame_pop(f, cap_type(kind, 0)))
        return false;
    set_local(f, i, cap_type(kind, 0));
    if (kind == CAP_TYPE_INT) {
        set_local(f, i + 1, INT_LOW);
        /* the first half was there before the second was written */
        *cap_frame_local(f, i) = INT;
    }
    return true;
}

static bool increment(struct cap_frame *f, const uint8_t *p)
{
    bool wide = p[0] == CAP_OP_iinc || p[0] == CAP_OP_iinc_w;

    if (!in_frame(f, p[1], wide ? 2 : 1))
        return false;
    if (*cap_frame_local(f, p[1]) != (wide ? INT : SHORT) ||
        (wide && *cap_frame_local(f, p[1] + 1u) != INT_LOW))
        return wrong(f);
    return true;
}

static bool local_access(struct cap_frame *f, const uint8_t *p)
{
    static const enum cap_type_kind kinds[] = {CAP_TYPE_CLASS, CAP_TYPE_SHORT,
                                               CAP_TYPE_INT};
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

/* ---- arrays ---- */

/* Whether an array is one that the instruction of this suffix reads. */
static bool array_fits(cap_type_t t, unsigned suffix)
{
    enum cap_type_kind element = (enum cap_type_kind)cap_type_detail(t);

    if (cap_type_kind(t) == CAP_TYPE_NULL)
        return true;
    if (suffix == 0)
        return cap_type_kind(t) == CAP_TYPE_OBJECTS;
    if (cap_type_kind(t) != CAP_TYPE_ARRAY)
        return false;
    switch (suffix) {
    case 1:
        return element == CAP_TYPE_BYTE || element == CAP_TYPE_BOOLEAN;
    case 2:
        return element == CAP_TYPE_SHORT;
    default:
        return element == CAP_TYPE_INT;
    }
}

static bool pop_array(struct cap_frame *f, unsigned suffix, cap_type_t *out)
{
    if (!cap_frame_pop(f, SHORT) || !cap_frame_pop_reference(f, out))
        return false;
    return array_fits(*out, suffix) || cap_frame_find(f, CAP_RULE_TYPE_OPERAND);
}

static bool array_load(struct cap_frame *f, unsigned suffix)
{
    cap_type_t array = 0;

    if (!pop_array(f, suffix, &array))
        return false;
    if (suffix != 0)
        return cap_frame_push(f, suffix == 3 ? INT : SHORT);
    if (cap_type_kind(array) == CAP_TYPE_NULL)
        return cap_frame_push(f, array);
    return cap_frame_push(f, cap_type(CAP_TYPE_CLASS, cap_type_detail(array)));
}

/* Which objects an array takes the machine checks when one is stored. */
static bool array_store(struct cap_frame *f, unsigned suffix)
{
    cap_type_t array = 0;
    cap_type_t value = 0;
    bool popped = suffix == 0 ? cap_frame_pop_reference(f, &value)
                              : cap_frame_pop(f, suffix == 3 ? INT : SHORT);

    return popped && pop_array(f, suffix, &array);
}

static bool new_array(struct cap_frame *f, uint8_t code)
{
    static const uint8_t kinds[] = {CAP_TYPE_BOOLEAN, CAP_TYPE_BYTE,
                                    CAP_TYPE_SHORT, CAP_TYPE_INT};

    if (code < 10 || code > 13)
        return cap_frame_find(f, CAP_RULE_OPERAND);
    return cap_frame_pop(f, SHORT) &&
           cap_frame_push(f, cap_type(CAP_TYPE_ARRAY, kinds[code - 10]));
}

static bool array_length(struct cap_frame *f)
{
    cap_type_t t = 0;

    if (!cap_frame_pop_reference(f, &t))
        return false;
    if (cap_type_kind(t) == CAP_TYPE_CLASS)
        return cap_frame_find(f, CAP_RULE_TYPE_OPERAND);
    return cap_frame_push(f, SHORT);
}

static bool throw(struct cap_frame * f)
{
    cap_type_t throwable = cap_type(CAP_TYPE_CLASS, f->s->throwable);
    return cap_frame_pop_as(f, throwable, CAP_RULE_TYPE_THROWABLE);
}

/* ---- letters ---- */

static bool pop_letter(struct cap_frame *f, char letter)
{
    cap_type_t ignored = 0;

    if (letter == 'A')
        return cap_frame_pop_reference(f, &ignored);
    return cap_frame_pop(f, letter == 'I' ? INT : SHORT);
}

static bool by_letters(struct cap_frame *f, const struct cap_opcode *op)
{
    for (size_t n = strlen(op->pops); n-- > 0;) {
        if (!pop_letter(f, op->pops[n]))
            return false;
    }
    for (const char *c = op->pushes; *c != '\0'; c++) {
        if (!cap_frame_push(f, *c == 'I' ? INT : SHORT))
            return false;
    }
    return true;
}

static bool is_between(uint8_t op, uint8_t first, uint8_t last)
{
    return op >= first && op <= last;
}

static bool step_word(struct cap_frame *f, const uint8_t *p)
{
    switch (p[0]) {
    case CAP_OP_aconst_null:
        return cap_frame_push(f, cap_type(CAP_TYPE_NULL, 0));
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
    case CAP_OP_newarray:
        return new_array(f, p[1]);
    case CAP_OP_arraylength:
        return array_length(f);
    case CAP_OP_athrow:
        return throw(f);
    case CAP_OP_anewarray:
        return cap_type_anewarray(f, p);
    case CAP_OP_new:
        return cap_type_new(f, p);
    case CAP_OP_checkcast:
    case CAP_OP_instanceof:
        return cap_type_cast(f, p);
    default:
        return by_letters(f, cap_opcode(p[0]));
    }
}

bool cap_type_step(struct cap_frame *f)
{
    const uint8_t *p = f->code.p + f->pc;
    uint8_t op = p[0];

    if (is_between(op, CAP_OP_aload, CAP_OP_iload_3) ||
        is_between(op, CAP_OP_astore, CAP_OP_istore_3))
        return local_access(f, p);
    if (is_between(op, CAP_OP_aaload, CAP_OP_iaload))
        return array_load(f, op - CAP_OP_aaload);
    if (is_between(op, CAP_OP_aastore, CAP_OP_iastore))
        return array_store(f, op - CAP_OP_aastore);
    if (is_between(op, CAP_OP_getfield_a, CAP_OP_putfield_i) ||
        is_between(op, CAP_OP_getfield_a_w, CAP_OP_putfield_i_this))
        return cap_type_field(f, p);
    if (is_between(op, CAP_OP_getstatic_a, CAP_OP_putstatic_i))
        return cap_type_static_field(f, p);
    if (is_between(op, CAP_OP_invokevirtual, CAP_OP_invokeinterface))
        return cap_type_call(f, p);
    if (is_between(op, CAP_OP_areturn, CAP_OP_return))
        return cap_type_give_back(f, p);
    return step_word(f, p);
}
