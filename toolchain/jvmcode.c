#include "toolchain/jvmcode.h"

#include <string.h>

#include "toolchain/constructs.h"
#include "toolchain/types.h"

enum format {
    F_NONE,
    F_S1,
    F_S2,
    F_U1,
    F_POOL1,
    F_POOL2,
    F_LOCAL,
    F_IINC,
    F_BRANCH2,
    F_BRANCH4,
    F_TABLE,
    F_LOOKUP,
    F_INTERFACE,
    F_DYNAMIC,
    F_MULTI,
    F_WIDE,
};

enum refusal {
    R_NONE,
    R_LONG,
    R_FLOAT,
    R_CHAR,
    R_THREADS,
    R_DYNAMIC,
    R_MULTI,
    R_COUNT,
};

static const struct {
    uint8_t format;
    uint8_t refused;
    const char *effect;
} ops[] = {
#define JOP(code, name, format, refused, effect)                               \
    {F_##format, R_##refused, effect},
#include "toolchain/jvmops.def"
#undef JOP
};

static const char *const refusals[R_COUNT] = {
    [R_LONG] = "long is not in the Java Card language; use short or int",
    [R_FLOAT] = "float and double are not in the Java Card language",
    [R_CHAR] = "char is not in the Java Card language; use short or byte",
    [R_THREADS] = "threads are not in the Java Card language: synchronized "
                  "is not possible",
    [R_MULTI] = "arrays of more than one dimension are not in the Java Card "
                "language",
};

struct decoder {
    struct tc_arena *arena;
    struct tc_diag *diag;
    const struct tc_classfile *file;
    const struct tc_member *member;
    struct tc_jcode *code;
    const uint8_t *p;
    uint32_t n;
    uint32_t *index_of; /* pc -> index + 1; 0: no instruction starts there */
    struct tc_signature *signature;
};

static bool malformed(struct decoder *d, size_t pc, const char *what)
{
    tc_error(d->diag, d->file->source, tc_code_line(d->member->code, pc),
             "malformed class file: %s in %s at %zu", what, d->member->name,
             pc);
    return false;
}

static void refuse(struct tc_jinsn *i, const char *why, const char *effect)
{
    i->op = JOP_nop;
    i->refused = why;
    i->effect = effect;
}

/* What an instruction with this type or signature does to the stack. */
static const char *effect_of(struct decoder *d, const char *descriptor,
                             unsigned popped, bool pops_value)
{
    struct tc_bytes b = {.arena = d->arena};
    const char *pushed = tc_descriptor_slots(descriptor, &b, pops_value);
    for (; popped > 0; popped--)
        tc_put(&b, "p", 1);
    tc_put(&b, pushed, strlen(pushed) + 1);
    return (const char *)b.p;
}

static int32_t s4(const uint8_t *p)
{
    return (int32_t)get_u4(p);
}

static uint32_t switch_start(uint32_t pc)
{
    return (pc + 4) & ~3u;
}

/* 0 when the instruction does not end within the code. */
static uint32_t switch_length(const struct decoder *d, uint32_t pc)
{
    uint32_t at = switch_start(pc);
    bool table = d->p[pc] == JOP_tableswitch;
    uint32_t head = table ? 12 : 8;
    if (at + head > d->n)
        return 0;
    int64_t count = s4(d->p + at + 4);
    if (table)
        count = (int64_t)s4(d->p + at + 8) - count + 1;
    int64_t bytes = count * (table ? 4 : 8);
    if (count < 0 || bytes > d->n - at - head)
        return 0;
    return at + head + (uint32_t)bytes - pc;
}

static uint32_t length_at(const struct decoder *d, uint32_t pc)
{
    static const uint8_t lengths[] = {
        [F_NONE] = 1,    [F_S1] = 2,      [F_S2] = 3,        [F_U1] = 2,
        [F_POOL1] = 2,   [F_POOL2] = 3,   [F_LOCAL] = 2,     [F_IINC] = 3,
        [F_BRANCH2] = 3, [F_BRANCH4] = 5, [F_INTERFACE] = 5, [F_DYNAMIC] = 5,
        [F_MULTI] = 4,
    };
    uint8_t op = d->p[pc];
    if (op >= sizeof ops / sizeof ops[0])
        return 0;
    if (ops[op].format == F_TABLE || ops[op].format == F_LOOKUP)
        return switch_length(d, pc);
    if (ops[op].format == F_WIDE)
        return pc + 1 < d->n && d->p[pc + 1] == JOP_iinc ? 6 : 4;
    return lengths[ops[op].format];
}

static bool find_starts(struct decoder *d)
{
    d->index_of = tc_alloc_array(d->arena, d->n + 1, sizeof d->index_of[0]);
    uint32_t count = 0;
    for (uint32_t pc = 0, length = 0; pc < d->n; pc += length) {
        length = length_at(d, pc);
        if (length == 0 || length > d->n - pc)
            return malformed(d, pc, "an instruction is unknown or cut short");
        d->index_of[pc] = ++count;
    }
    d->index_of[d->n] = count + 1;
    d->code->count = count;
    d->code->insns = tc_alloc_array(d->arena, count, sizeof d->code->insns[0]);
    return true;
}

/* The index of the instruction at `pc`; `*ok` false if none starts there. */
static uint32_t index_at(const struct decoder *d, int64_t pc, bool *ok)
{
    if (pc < 0 || pc >= d->n || d->index_of[pc] == 0) {
        *ok = false;
        return 0;
    }
    return d->index_of[pc] - 1;
}

static bool target(struct decoder *d, uint32_t pc, int32_t distance,
                   uint32_t *out)
{
    bool ok = true;
    *out = index_at(d, (int64_t)pc + distance, &ok);
    if (!ok)
        return malformed(d, pc, "a branch misses an instruction");
    d->code->insns[*out].is_target = true;
    return true;
}

static bool branch(struct decoder *d, struct tc_jinsn *i, int32_t distance)
{
    uint32_t to = 0;
    if (!target(d, i->pc, distance, &to))
        return false;
    i->a = (int32_t)to;
    if (i->op == JOP_goto_w)
        i->op = JOP_goto;
    if (i->op == JOP_jsr_w)
        i->op = JOP_jsr;
    size_t next = (size_t)(i - d->code->insns) + 1;
    if (i->op == JOP_jsr && next < d->code->count)
        d->code->insns[next].is_target = true; /* of the ret */
    return true;
}

static bool decode_switch(struct decoder *d, struct tc_jinsn *i)
{
    struct tc_jswitch *s = tc_alloc(d->arena, sizeof *s);
    const uint8_t *at = d->p + switch_start(i->pc);
    bool table = i->op == JOP_tableswitch;
    int32_t low = s4(at + 4);
    s->count = (size_t)(table ? (int64_t)s4(at + 8) - low + 1 : low);
    s->keys = tc_alloc_array(d->arena, s->count, sizeof s->keys[0]);
    s->targets = tc_alloc_array(d->arena, s->count, sizeof s->targets[0]);
    i->table = s;
    if (!target(d, i->pc, s4(at), &s->otherwise))
        return false;
    for (size_t k = 0; k < s->count; k++) {
        const uint8_t *pair = table ? at + 8 + 4 * k : at + 8 + 8 * k;
        s->keys[k] = table ? (int32_t)(low + (int64_t)k) : s4(pair);
        if (k > 0 && s->keys[k] <= s->keys[k - 1])
            return malformed(d, i->pc, "the keys of a switch do not increase");
        if (!target(d, i->pc, s4(pair + 4), &s->targets[k]))
            return false;
    }
    return true;
}

static bool decode_constant(struct decoder *d, struct tc_jinsn *i,
                            uint16_t index)
{
    if (index >= d->file->pool_count)
        return malformed(d, i->pc, "a constant is outside the pool");
    const struct tc_pool_entry *e = &d->file->pool[index];
    i->op = JOP_bipush;
    i->a = e->value;
    if (e->tag == POOL_INTEGER)
        return true;
    const char *why = tc_construct_of_constant(d->file, index);
    if (why == NULL)
        return malformed(d, i->pc, "a constant has a wrong kind");
    refuse(i, why, e->tag == POOL_FLOAT ? "o" : "a");
    return true;
}

static bool decode_wide(struct decoder *d, struct tc_jinsn *i)
{
    const uint8_t *p = d->p + i->pc;
    i->op = p[1];
    i->a = get_u2(p + 2);
    bool has_local = i->op < sizeof ops / sizeof ops[0] &&
                     (ops[i->op].format == F_LOCAL || i->op == JOP_iinc);
    if (!has_local)
        return malformed(d, i->pc, "wide before a wrong instruction");
    if (i->op == JOP_iinc)
        i->b = (int16_t)get_u2(p + 4);
    uint8_t op = i->op;
    if (ops[op].refused != R_NONE)
        refuse(i, refusals[ops[op].refused], ops[op].effect);
    return true;
}

/* iload_0 and its like become iload with the local as operand. */
static void unfold_short_form(struct tc_jinsn *i)
{
    if (i->op >= JOP_iconst_m1 && i->op <= JOP_iconst_5) {
        i->a = i->op - JOP_iconst_0;
        i->op = JOP_bipush;
    } else if (i->op >= JOP_iload_0 && i->op <= JOP_aload_3) {
        i->a = (i->op - JOP_iload_0) % 4;
        i->op = (uint8_t)(JOP_iload + (i->op - JOP_iload_0) / 4);
    } else if (i->op >= JOP_istore_0 && i->op <= JOP_astore_3) {
        i->a = (i->op - JOP_istore_0) % 4;
        i->op = (uint8_t)(JOP_istore + (i->op - JOP_istore_0) / 4);
    }
}

static bool decode_dynamic(struct decoder *d, struct tc_jinsn *i,
                           uint16_t index)
{
    const char *descriptor = tc_pool_dynamic(d->file, index);
    if (descriptor == NULL)
        return malformed(d, i->pc, "a dynamic call is wrong");
    refuse(i, tc_construct_of_dynamic(d->file, index),
           effect_of(d, descriptor, 0, false));
    return true;
}

static bool decode_refused(struct decoder *d, struct tc_jinsn *i)
{
    const uint8_t *p = d->p + i->pc;
    uint8_t op = p[0];
    if (op == JOP_invokedynamic)
        return decode_dynamic(d, i, get_u2(p + 1));
    const char *effect = ops[op].effect;
    if (op == JOP_multianewarray) {
        struct tc_bytes b = {.arena = d->arena};
        for (unsigned k = 0; k < p[3]; k++)
            tc_put(&b, "p", 1);
        tc_put(&b, "a", 2);
        effect = (const char *)b.p;
    }
    bool has_local = ops[op].format == F_LOCAL;
    if (has_local)
        i->a = p[1];
    else if (op >= JOP_lstore_0 && op <= JOP_dstore_3)
        i->a = (op - JOP_lstore_0) % 4;
    refuse(i, refusals[ops[op].refused], effect);
    return true;
}

static void check_new(struct decoder *d, struct tc_jinsn *i)
{
    const char *name = tc_pool_class(d->file, (uint16_t)i->a);
    const char *why = name == NULL ? NULL : tc_construct_of_class(name, NULL);
    if (why != NULL)
        refuse(i, why, "a");
}

/* A field or a method whose type a card does not know. */
static void check_member(struct decoder *d, struct tc_jinsn *i)
{
    struct tc_member_ref m;
    struct tc_type type;
    uint16_t at = (uint16_t)i->a;
    bool is_field = i->op >= JOP_getstatic && i->op <= JOP_putfield;
    bool is_method = i->op >= JOP_invokevirtual && i->op <= JOP_invokeinterface;
    if (i->op == JOP_new)
        check_new(d, i);
    else if (is_field && tc_pool_member(d->file, at, POOL_FIELD, &m)) {
        const char *text = m.descriptor;
        const char *problem = tc_type_take(&text, &type);
        const char *why = tc_construct_of_field(m.name);
        bool put = i->op == JOP_putstatic || i->op == JOP_putfield;
        unsigned object = i->op >= JOP_getfield ? 1 : 0;
        if (problem != NULL && why == NULL)
            why = tc_format(d->arena, "field %s %s", m.name, problem);
        if (why != NULL)
            refuse(i, why, effect_of(d, m.descriptor, object, put));
    } else if (is_method &&
               (tc_pool_member(d->file, at, POOL_METHOD, &m) ||
                tc_pool_member(d->file, at, POOL_INTERFACE_METHOD, &m))) {
        const char *why = tc_construct_of_class(m.class_name, m.name);
        const char *problem = tc_signature_read(m.descriptor, d->signature);
        unsigned object = i->op == JOP_invokestatic ? 0 : 1;
        if (problem != NULL && why == NULL)
            why = tc_format(d->arena, "method %s %s", m.name, problem);
        if (problem != NULL)
            refuse(i, why, effect_of(d, m.descriptor, object, false));
    }
}

static bool decode(struct decoder *d, struct tc_jinsn *i)
{
    const uint8_t *p = d->p + i->pc;
    i->op = p[0];
    if (ops[i->op].refused != R_NONE)
        return decode_refused(d, i);
    switch (ops[i->op].format) {
    case F_S1:
        i->a = (int8_t)p[1];
        return true;
    case F_S2:
        i->op = JOP_bipush;
        i->a = (int16_t)get_u2(p + 1);
        return true;
    case F_U1:
    case F_LOCAL:
        i->a = p[1];
        return true;
    case F_POOL1:
        return decode_constant(d, i, p[1]);
    case F_POOL2:
    case F_INTERFACE:
        i->a = get_u2(p + 1);
        if (i->op == JOP_ldc_w)
            return decode_constant(d, i, get_u2(p + 1));
        check_member(d, i);
        return true;
    case F_IINC:
        i->a = p[1];
        i->b = (int8_t)p[2];
        return true;
    case F_BRANCH2:
        return branch(d, i, (int16_t)get_u2(p + 1));
    case F_BRANCH4:
        return branch(d, i, s4(p + 1));
    case F_TABLE:
    case F_LOOKUP:
        return decode_switch(d, i);
    case F_WIDE:
        return decode_wide(d, i);
    default:
        unfold_short_form(i);
        return true;
    }
}

static bool decode_all(struct decoder *d)
{
    for (uint32_t pc = 0; pc < d->n; pc++) {
        if (d->index_of[pc] == 0)
            continue;
        struct tc_jinsn *i = &d->code->insns[d->index_of[pc] - 1];
        i->pc = (uint16_t)pc;
        if (!decode(d, i))
            return false;
    }
    return true;
}

static bool decode_handlers(struct decoder *d)
{
    const struct tc_code *source = d->member->code;
    struct tc_jcode *code = d->code;
    code->handler_count = source->handler_count;
    code->handlers = tc_alloc_array(d->arena, source->handler_count,
                                    sizeof code->handlers[0]);
    for (size_t i = 0; i < source->handler_count; i++) {
        const struct tc_handler *from = &source->handlers[i];
        struct tc_jhandler *to = &code->handlers[i];
        bool ok = from->end <= d->n && d->index_of[from->end] != 0 &&
                  from->start < from->end;
        to->start = index_at(d, from->start, &ok);
        to->end = ok ? d->index_of[from->end] - 1 : 0;
        to->target = index_at(d, from->target, &ok);
        to->catch_type = from->catch_type;
        if (!ok)
            return malformed(d, from->start,
                             "an exception handler misses an instruction");
        code->insns[to->target].is_target = true;
    }
    return true;
}

static bool asks_for_asserts(const struct decoder *d, const struct tc_jinsn *i)
{
    struct tc_member_ref m;
    return i->op == JOP_getstatic &&
           tc_pool_member(d->file, (uint16_t)i->a, POOL_FIELD, &m) &&
           strcmp(m.name, "$assertionsDisabled") == 0;
}

/* Nothing is asserted on a card: an assert statement is jumped over. */
static void drop_asserts(struct decoder *d)
{
    for (size_t k = 0; k + 1 < d->code->count; k++) {
        struct tc_jinsn *i = &d->code->insns[k];
        if (!asks_for_asserts(d, i) || i[1].op != JOP_ifne || i[1].is_target)
            continue;
        i[0].op = JOP_nop;
        i[1].op = JOP_goto;
    }
}

struct tc_jcode *tc_jcode_read(struct tc_arena *arena, struct tc_diag *diag,
                               const struct tc_classfile *file,
                               const struct tc_member *member)
{
    struct tc_jcode *code = tc_alloc(arena, sizeof *code);
    const struct tc_code *source = member->code;
    struct decoder d = {arena,
                        diag,
                        file,
                        member,
                        code,
                        source->bytes.p,
                        (uint32_t)source->bytes.n,
                        NULL,
                        tc_alloc(arena, sizeof(struct tc_signature))};
    code->source = source;
    code->max_stack = source->max_stack;
    code->max_locals = source->max_locals;
    if (!find_starts(&d) || !decode_all(&d) || !decode_handlers(&d))
        return NULL;
    drop_asserts(&d);
    return code;
}

void tc_jcode_tell(struct tc_diag *diag, const struct tc_classfile *file,
                   const struct tc_jcode *code)
{
    for (size_t k = 0; k < code->count; k++) {
        const struct tc_jinsn *i = &code->insns[k];
        if (i->refused != NULL)
            tc_error(diag, file->source, tc_code_line(code->source, i->pc),
                     "%s", i->refused);
    }
}

bool tc_jop_falls_through(uint8_t op)
{
    switch (op) {
    case JOP_goto:
    case JOP_jsr:
    case JOP_ret:
    case JOP_tableswitch:
    case JOP_lookupswitch:
    case JOP_ireturn:
    case JOP_areturn:
    case JOP_return:
    case JOP_athrow:
        return false;
    default:
        return true;
    }
}

bool tc_jop_branches(uint8_t op)
{
    return (op >= JOP_ifeq && op <= JOP_jsr) || op == JOP_ifnull ||
           op == JOP_ifnonnull;
}
