#include "toolchain/statics.h"

#include <string.h>

#include "toolchain/jvmcode.h"
#include "toolchain/own.h"

enum { STACK_MAX = 16, ARRAY_MAX = 32767, IMAGE_MAX = 65535 };

enum value_kind { VALUE_NULL, VALUE_NUMBER, VALUE_ARRAY };

struct array {
    uint8_t *bytes;
    int32_t count;
    uint8_t width;
    const struct tc_field *stored_in;
};

struct value {
    enum value_kind kind;
    int32_t number;
    struct array *array;
};

struct initialiser {
    struct tc_env *env;
    struct tc_class *class;
    const struct tc_jcode *code;
    struct value stack[STACK_MAX];
    size_t depth;
    bool failed;
};

static void refuse(struct initialiser *in, const struct tc_jinsn *i,
                   const char *what)
{
    if (!in->failed)
        tc_error(in->env->diag, tc_source(in->class),
                 tc_code_line(in->code->source, i->pc),
                 "%s: a static initialiser on a card only sets constants and "
                 "arrays of constants; do the rest in install()",
                 what);
    in->failed = true;
}

static struct value pop(struct initialiser *in, const struct tc_jinsn *i)
{
    if (in->depth == 0) {
        refuse(in, i, "a value is missing");
        return (struct value){VALUE_NULL, 0, NULL};
    }
    return in->stack[--in->depth];
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
    struct value count = pop(in, i);
    static const uint8_t widths[] = {[4] = 1, [8] = 1, [9] = 2, [10] = 4};
    uint8_t width = i->a >= 4 && i->a <= 10 ? widths[i->a] : 0;
    if (count.kind != VALUE_NUMBER || count.number < 0 ||
        count.number > ARRAY_MAX || width == 0) {
        refuse(in, i,
               "this array has no constant size or a type that a card "
               "does not have");
        return;
    }
    struct array *a = tc_alloc(in->env->arena, sizeof *a);
    a->count = count.number;
    a->width = width;
    a->bytes = tc_alloc_array(in->env->arena, (size_t)count.number, width);
    push(in, i, (struct value){VALUE_ARRAY, 0, a});
}

static void store_element(struct initialiser *in, const struct tc_jinsn *i,
                          uint8_t width)
{
    struct value v = pop(in, i);
    struct value at = pop(in, i);
    struct value to = pop(in, i);
    bool ok = v.kind == VALUE_NUMBER && at.kind == VALUE_NUMBER &&
              to.kind == VALUE_ARRAY && at.number >= 0 &&
              at.number < to.array->count && to.array->width == width;
    if (!ok) {
        refuse(in, i, "this is no constant element");
        return;
    }
    uint8_t bytes[4];
    set_u4(bytes, (uint32_t)v.number);
    memcpy(to.array->bytes + (size_t)at.number * width, bytes + 4 - width,
           width);
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
    f->has_array = false;
    if (v.kind == VALUE_NULL)
        return;
    if (v.kind == VALUE_NUMBER) {
        f->start = narrowed(f->descriptor, v.number);
        f->has_start = f->start != 0;
        return;
    }
    if (v.array->stored_in != NULL && v.array->stored_in != f) {
        refuse(in, i, "two fields share one array");
        return;
    }
    v.array->stored_in = f;
    f->has_array = true;
    f->array = span_of(v.array->bytes, (size_t)v.array->count * v.array->width);
}

static void put_static(struct initialiser *in, const struct tc_jinsn *i)
{
    struct tc_member_ref ref;
    struct value v = pop(in, i);
    struct tc_field *f = NULL;
    if (tc_pool_member(in->class->file, (uint16_t)i->a, POOL_FIELD, &ref) &&
        strcmp(ref.class_name, in->class->name) == 0)
        f = tc_find_field(in->class, ref.name, ref.descriptor);
    if (f == NULL || f->owner != in->class || !tc_is_static_field(f))
        refuse(in, i, "this sets no static field of its own class");
    else
        set_field(in, i, f, v);
}

static void duplicate(struct initialiser *in, const struct tc_jinsn *i)
{
    struct value v = pop(in, i);
    push(in, i, v);
    push(in, i, v);
}

static void step(struct initialiser *in, const struct tc_jinsn *i)
{
    switch (i->op) {
    case JOP_nop:
    case JOP_return:
        return;
    case JOP_bipush:
        push_number(in, i, i->a);
        return;
    case JOP_i2b:
        push_number(in, i, (int8_t)pop(in, i).number);
        return;
    case JOP_i2s:
        push_number(in, i, (int16_t)pop(in, i).number);
        return;
    case JOP_aconst_null:
        push(in, i, (struct value){VALUE_NULL, 0, NULL});
        return;
    case JOP_dup:
        duplicate(in, i);
        return;
    case JOP_newarray:
        make_array(in, i);
        return;
    case JOP_bastore:
        store_element(in, i, 1);
        return;
    case JOP_sastore:
        store_element(in, i, 2);
        return;
    case JOP_iastore:
        store_element(in, i, 4);
        return;
    case JOP_putstatic:
        put_static(in, i);
        return;
    default:
        refuse(in, i, "this is more than a constant");
    }
}

static const struct tc_member *find_initialiser(const struct tc_classfile *f)
{
    for (size_t i = 0; i < f->method_count; i++)
        if (strcmp(f->methods[i].name, "<clinit>") == 0 &&
            f->methods[i].code != NULL)
            return &f->methods[i];
    return NULL;
}

void tc_statics_read(struct tc_env *env, struct tc_class *class)
{
    const struct tc_member *m = find_initialiser(class->file);
    if (m == NULL)
        return;
    struct initialiser in = {.env = env, .class = class};
    in.code = tc_jcode_read(env->arena, env->diag, class->file, m);
    if (in.code == NULL)
        return;
    for (size_t i = 0; i < in.code->count && !in.failed; i++)
        step(&in, &in.code->insns[i]);
}

size_t tc_static_size(const struct tc_field *field)
{
    switch (field->descriptor[0]) {
    case 'Z':
    case 'B':
        return 1;
    case 'I':
        return 4;
    default:
        return 2;
    }
}

/* 1 arrays, 2 other references, 3 primitives of value 0, 4 the others. */
static int segment(const struct tc_field *f)
{
    if (tc_is_reference(f))
        return f->has_array ? 1 : 2;
    return f->has_start ? 4 : 3;
}

static void add_to_image(struct tc_env *env, struct tc_statics *s,
                         struct tc_field *f)
{
    uint8_t bytes[4];
    size_t size = tc_static_size(f);
    f->image_offset = (uint16_t)s->image_size;
    s->image_size += size;
    switch (segment(f)) {
    case 1:
        s->arrays =
            tc_grow(env->arena, s->arrays, s->array_count, sizeof s->arrays[0]);
        s->arrays[s->array_count++] = f;
        s->reference_count++;
        return;
    case 2:
        s->reference_count++;
        return;
    case 3:
        s->default_bytes += size;
        return;
    default:
        set_u4(bytes, (uint32_t)f->start);
        tc_put(&s->values, bytes + 4 - size, size);
    }
}

void tc_statics_lay_out(struct tc_env *env, struct tc_statics *statics)
{
    *statics = (struct tc_statics){.values = {.arena = env->arena}};
    for (int part = 1; part <= 4; part++)
        for (size_t i = 0; i < env->class_count; i++)
            for (size_t k = 0; k < env->classes[i]->field_count; k++) {
                struct tc_field *f = &env->classes[i]->fields[k];
                if (tc_is_static_field(f) && segment(f) == part)
                    add_to_image(env, statics, f);
            }
    if (statics->image_size > IMAGE_MAX)
        tc_error(env->diag, "output", 0,
                 "the static fields take %zu bytes; 65535 at most",
                 statics->image_size);
    if (statics->array_count > 0 && env->options->applet_count == 0)
        tc_error(env->diag, tc_source(statics->arrays[0]->owner), 0,
                 "field %s: a package without an applet cannot have arrays "
                 "with start values [JCVM 6.11]; make them at run time",
                 statics->arrays[0]->name);
}
