/* Runs static initialisers, as far as what they need is known. */
#include <string.h>

#include "toolchain/jvmcode.h"
#include "toolchain/own.h"
#include "toolchain/statics.h"

enum { STACK_MAX = 32, LOCALS_MAX = 32, ARRAY_MAX = 32767, STEPS_MAX = 200000 };

enum value_kind { VALUE_NULL, VALUE_NUMBER, VALUE_ARRAY };

struct value {
    enum value_kind kind;
    int32_t number;
    struct tc_start_array *array;
};

struct initialiser {
    struct tc_env *env;
    struct tc_class *class;
    const struct tc_jcode *code;
    struct value stack[STACK_MAX];
    size_t depth;
    struct value locals[LOCALS_MAX];
    uint32_t next; /* instruction */
    bool done;
    bool failed;
};

static void tell(struct initialiser *in, const struct tc_jinsn *i,
                 const char *what, const char *more)
{
    if (!in->failed)
        tc_error(in->env->diag, tc_source(in->class),
                 tc_code_line(in->code->source, i->pc), "%s%s", what, more);
    in->failed = true;
}

static void refuse(struct initialiser *in, const struct tc_jinsn *i,
                   const char *what)
{
    tell(in, i, what,
         ": a static initialiser only sets fields to numbers and arrays of "
         "numbers that are known before; do the rest in install()");
}

static struct value pop(struct initialiser *in, const struct tc_jinsn *i)
{
    if (in->depth == 0) {
        refuse(in, i, "a value is missing");
        return (struct value){.kind = VALUE_NULL};
    }
    return in->stack[--in->depth];
}

static int32_t pop_number(struct initialiser *in, const struct tc_jinsn *i)
{
    struct value v = pop(in, i);
    if (v.kind != VALUE_NUMBER)
        refuse(in, i, "this is no number");
    return v.number;
}

static void push(struct initialiser *in, const struct tc_jinsn *i,
                 struct value v)
{
    if (in->depth == STACK_MAX)
        refuse(in, i, "the expression is too deep");
    else
        in->stack[in->depth++] = v;
}

static void push_number(struct initialiser *in, const struct tc_jinsn *i,
                        int32_t number)
{
    push(in, i, (struct value){VALUE_NUMBER, number, NULL});
}

static void make_array(struct initialiser *in, const struct tc_jinsn *i)
{
    static const uint8_t widths[] = {[4] = 1, [8] = 1, [9] = 2, [10] = 4};
    int32_t count = pop_number(in, i);
    uint8_t width = i->a >= 4 && i->a <= 10 ? widths[i->a] : 0;
    if (count < 0 || count > ARRAY_MAX || width == 0) {
        refuse(in, i,
               "this array has a size or a type that a card does not have");
        return;
    }
    struct tc_start_array *a = tc_alloc(in->env->arena, sizeof *a);
    a->count = count;
    a->width = width;
    a->bytes = tc_alloc_array(in->env->arena, (size_t)count, width);
    push(in, i, (struct value){VALUE_ARRAY, 0, a});
}

/* The bytes of an element, or NULL after telling. */
static uint8_t *element(struct initialiser *in, const struct tc_jinsn *i,
                        struct value array, int32_t at, uint8_t width)
{
    bool ok = array.kind == VALUE_ARRAY && array.array->width == width &&
              at >= 0 && at < array.array->count;
    if (ok)
        return array.array->bytes + (size_t)at * width;
    refuse(in, i, "there is no such element");
    return NULL;
}

static void store_element(struct initialiser *in, const struct tc_jinsn *i,
                          uint8_t width)
{
    uint8_t bytes[4];
    set_u4(bytes, (uint32_t)pop_number(in, i));
    int32_t at = pop_number(in, i);
    uint8_t *to = element(in, i, pop(in, i), at, width);
    if (to != NULL)
        memcpy(to, bytes + 4 - width, width);
}

static void load_element(struct initialiser *in, const struct tc_jinsn *i,
                         uint8_t width)
{
    int32_t at = pop_number(in, i);
    const uint8_t *from = element(in, i, pop(in, i), at, width);
    if (from == NULL)
        return;
    if (width == 1)
        push_number(in, i, (int8_t)from[0]);
    else if (width == 2)
        push_number(in, i, (int16_t)get_u2(from));
    else
        push_number(in, i, (int32_t)get_u4(from));
}

static void count_elements(struct initialiser *in, const struct tc_jinsn *i)
{
    struct value v = pop(in, i);
    if (v.kind == VALUE_ARRAY)
        push_number(in, i, v.array->count);
    else
        refuse(in, i, "this is no array");
}

static int32_t narrowed(const char *descriptor, int32_t number)
{
    switch (descriptor[0]) {
    case 'Z':
    case 'B':
        return (int8_t)number;
    case 'S':
        return (int16_t)number;
    default:
        return number;
    }
}

static void set_field(struct initialiser *in, const struct tc_jinsn *i,
                      struct tc_field *f, struct value v)
{
    if (tc_is_reference(f) != (v.kind != VALUE_NUMBER)) {
        refuse(in, i, "this value does not fit the field");
        return;
    }
    if (v.kind == VALUE_NUMBER) {
        f->start = narrowed(f->descriptor, v.number);
        f->has_start = f->start != 0;
        return;
    }
    if (v.kind == VALUE_ARRAY && v.array->stored_in != NULL &&
        v.array->stored_in != f) {
        refuse(in, i, "two fields share one array");
        return;
    }
    if (f->start_array != NULL)
        f->start_array->stored_in = NULL;
    f->start_array = v.array;
    f->has_array = v.kind == VALUE_ARRAY;
    if (!f->has_array)
        return;
    v.array->stored_in = f;
    f->array = span_of(v.array->bytes, (size_t)v.array->count * v.array->width);
}

static struct tc_field *named_field(struct initialiser *in,
                                    const struct tc_jinsn *i)
{
    struct tc_member_ref ref;
    if (!tc_pool_member(in->class->file, (uint16_t)i->a, POOL_FIELD, &ref))
        return NULL;
    struct tc_class *c = tc_find_class(in->env, ref.class_name);
    return c == NULL ? NULL : tc_find_field(c, ref.name, ref.descriptor);
}

static void put_static(struct initialiser *in, const struct tc_jinsn *i)
{
    struct value v = pop(in, i);
    struct tc_field *f = named_field(in, i);
    if (f != NULL && tc_says_no_asserts(f))
        return;
    if (f == NULL || f->owner != in->class || !tc_is_static_field(f))
        refuse(in, i, "this sets no static field of its own class");
    else
        set_field(in, i, f, v);
}

static void get_static(struct initialiser *in, const struct tc_jinsn *i)
{
    struct tc_field *f = named_field(in, i);
    if (f == NULL || !tc_is_own(in->env, f->owner)) {
        refuse(in, i, "this field's value is not known");
        return;
    }
    if (f->owner != in->class)
        tc_statics_read(in->env, f->owner);
    if (f->owner != in->class && f->owner->statics == TC_STATICS_OPEN)
        refuse(in, i, "two classes need each other's fields");
    else if (f->is_constant)
        push_number(in, i, f->value);
    else if (!tc_is_reference(f))
        push_number(in, i, f->start);
    else if (f->has_array)
        push(in, i, (struct value){VALUE_ARRAY, 0, f->start_array});
    else
        push(in, i, (struct value){.kind = VALUE_NULL});
}

static struct value *local(struct initialiser *in, const struct tc_jinsn *i)
{
    if (i->a < LOCALS_MAX)
        return &in->locals[i->a];
    refuse(in, i, "there are too many local variables");
    return &in->locals[0];
}

static void shuffle(struct initialiser *in, const struct tc_jinsn *i)
{
    struct value top = pop(in, i);
    if (i->op == JOP_pop)
        return;
    if (i->op == JOP_dup2) {
        struct value under = pop(in, i);
        push(in, i, under);
        push(in, i, top);
        push(in, i, under);
    } else if (i->op != JOP_dup) {
        refuse(in, i, "this is more than a constant");
        return;
    } else {
        push(in, i, top);
    }
    push(in, i, top);
}

static int32_t shifted(uint8_t op, int32_t a, int32_t b)
{
    unsigned by = (unsigned)b & 31;
    if (op == JOP_ishl)
        return (int32_t)((uint32_t)a << by);
    return op == JOP_ishr ? a >> by : (int32_t)((uint32_t)a >> by);
}

static int32_t calculated(uint8_t op, int32_t a, int32_t b)
{
    uint32_t x = (uint32_t)a;
    uint32_t y = (uint32_t)b;
    switch (op) {
    case JOP_iadd:
        return (int32_t)(x + y);
    case JOP_isub:
        return (int32_t)(x - y);
    case JOP_imul:
        return (int32_t)(x * y);
    case JOP_idiv:
        return (int32_t)((int64_t)a / b);
    case JOP_irem:
        return (int32_t)((int64_t)a % b);
    case JOP_iand:
        return a & b;
    case JOP_ior:
        return a | b;
    case JOP_ixor:
        return a ^ b;
    default:
        return shifted(op, a, b);
    }
}

static void calculate(struct initialiser *in, const struct tc_jinsn *i)
{
    int32_t b = pop_number(in, i);
    if (i->op == JOP_ineg) {
        push_number(in, i, (int32_t)(0 - (uint32_t)b));
        return;
    }
    int32_t a = pop_number(in, i);
    if ((i->op == JOP_idiv || i->op == JOP_irem) && b == 0)
        refuse(in, i, "this divides by zero");
    else
        push_number(in, i, calculated(i->op, a, b));
}

/* In the order of the instructions that ask for it. */
static bool holds(unsigned condition, int32_t a, int32_t b)
{
    const bool all[] = {a == b, a != b, a<b, a >= b, a> b, a <= b};
    return all[condition];
}

static void branch(struct initialiser *in, const struct tc_jinsn *i)
{
    if (i->op == JOP_goto) {
        in->next = (uint32_t)i->a;
        return;
    }
    int32_t right = i->op >= JOP_if_icmpeq ? pop_number(in, i) : 0;
    int32_t left = pop_number(in, i);
    if (holds((unsigned)(i->op - JOP_ifeq) % 6, left, right))
        in->next = (uint32_t)i->a;
}

static void access_local(struct initialiser *in, const struct tc_jinsn *i)
{
    struct value *l = local(in, i);
    if (i->op == JOP_iload || i->op == JOP_aload)
        push(in, i, *l);
    else if (i->op == JOP_iinc)
        l->number = (int32_t)((uint32_t)l->number + (uint32_t)i->b);
    else
        *l = pop(in, i);
}

static void access_element(struct initialiser *in, const struct tc_jinsn *i)
{
    static const uint8_t widths[] = {
        [JOP_iaload - JOP_iaload] = 4,
        [JOP_baload - JOP_iaload] = 1,
        [JOP_saload - JOP_iaload] = 2,
    };
    bool loads = i->op <= JOP_saload;
    uint8_t width = widths[i->op - (loads ? JOP_iaload : JOP_iastore)];
    if (width == 0)
        refuse(in, i, "an array of objects");
    else if (loads)
        load_element(in, i, width);
    else
        store_element(in, i, width);
}

/* `!X.class.desiredAssertionStatus()`: on a card nothing is asserted. */
static bool asks_for_asserts(struct initialiser *in)
{
    struct tc_member_ref m;
    if (in->next + 1 >= in->code->count)
        return false;
    const struct tc_jinsn *i = &in->code->insns[in->next + 1];
    if (i->op != JOP_invokevirtual ||
        !tc_pool_member(in->class->file, (uint16_t)i->a, POOL_METHOD, &m) ||
        strcmp(m.name, "desiredAssertionStatus") != 0)
        return false;
    push_number(in, i, 0);
    in->next += 2;
    return true;
}

static void step_other(struct initialiser *in, const struct tc_jinsn *i)
{
    switch (i->op) {
    case JOP_return:
        in->done = true;
        return;
    case JOP_bipush:
        push_number(in, i, i->a);
        return;
    case JOP_i2b:
        push_number(in, i, (int8_t)pop_number(in, i));
        return;
    case JOP_i2s:
        push_number(in, i, (int16_t)pop_number(in, i));
        return;
    case JOP_aconst_null:
        push(in, i, (struct value){.kind = VALUE_NULL});
        return;
    case JOP_newarray:
        make_array(in, i);
        return;
    case JOP_arraylength:
        count_elements(in, i);
        return;
    case JOP_putstatic:
        put_static(in, i);
        return;
    case JOP_getstatic:
        get_static(in, i);
        return;
    case JOP_new:
    case JOP_anewarray:
        refuse(in, i, "this makes an object");
        return;
    case JOP_invokestatic:
        refuse(in, i, "this calls a method");
        return;
    default:
        refuse(in, i, "this is more than a constant");
    }
}

static void step(struct initialiser *in)
{
    if (asks_for_asserts(in))
        return;
    const struct tc_jinsn *i = &in->code->insns[in->next++];
    uint8_t op = i->op;
    if (i->refused != NULL)
        tell(in, i, i->refused, "");
    else if (op == JOP_goto || (op >= JOP_ifeq && op <= JOP_if_icmple))
        branch(in, i);
    else if (op >= JOP_iadd && op <= JOP_ixor)
        calculate(in, i);
    else if (op >= JOP_pop && op <= JOP_swap)
        shuffle(in, i);
    else if ((op >= JOP_iaload && op <= JOP_saload) ||
             (op >= JOP_iastore && op <= JOP_sastore))
        access_element(in, i);
    else if (op == JOP_iload || op == JOP_aload || op == JOP_istore ||
             op == JOP_astore || op == JOP_iinc)
        access_local(in, i);
    else if (op != JOP_nop)
        step_other(in, i);
}

static const struct tc_member *find_initialiser(const struct tc_classfile *f)
{
    for (size_t i = 0; i < f->method_count; i++)
        if (strcmp(f->methods[i].name, "<clinit>") == 0 &&
            f->methods[i].code != NULL)
            return &f->methods[i];
    return NULL;
}

static void run(struct initialiser *in)
{
    for (unsigned n = 0; !in->done && !in->failed; n++) {
        const struct tc_jinsn *last = &in->code->insns[in->code->count - 1];
        if (in->next >= in->code->count)
            refuse(in, last, "malformed class file: its end is missing");
        else if (n == STEPS_MAX)
            refuse(in, &in->code->insns[in->next], "this takes too long");
        else
            step(in);
    }
}

void tc_statics_read(struct tc_env *env, struct tc_class *class)
{
    const struct tc_member *m = find_initialiser(class->file);
    if (m == NULL || class->is_refused || class->statics != TC_STATICS_NEW)
        return;
    class->statics = TC_STATICS_OPEN;
    struct initialiser in = {.env = env, .class = class};
    in.code = tc_jcode_read(env->arena, env->diag, class->file, m);
    if (in.code != NULL)
        run(&in);
    class->statics = TC_STATICS_READ;
}
