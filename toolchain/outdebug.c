/* Debug: names, variables and lines for whoever follows the code. */
#include <string.h>

#include "toolchain/layout.h"
#include "toolchain/output.h"
#include "toolchain/types.h"

enum { DEBUG_REMOTE = 0x20, DEBUG_SHAREABLE = 0x800 };

struct strings { /* each once, by its index */
    struct tc_arena *arena;
    const char **items;
    size_t count;
};

struct debug {
    struct tc_output *out;
    struct strings strings;
    struct tc_bytes body; /* what follows the strings */
};

static void put_text(struct debug *d, const char *text)
{
    struct strings *s = &d->strings;
    size_t i = 0;
    while (i < s->count && strcmp(s->items[i], text) != 0)
        i++;
    if (i == s->count) {
        s->items = tc_grow(s->arena, s->items, s->count, sizeof s->items[0]);
        s->items[s->count++] = text;
    }
    tc_put2(&d->body, (uint32_t)i);
}

static void put_field(struct debug *d, const struct tc_field *f)
{
    enum { KEPT = 0xDF };
    put_text(d, f->name);
    put_text(d, f->descriptor);
    tc_put2(&d->body, f->flags & KEPT);
    if (f->is_constant)
        tc_put4(&d->body, (uint32_t)f->value);
    else
        tc_put4(&d->body, (f->flags & ACC_STATIC) ? f->image_offset : f->token);
}

/* --- variables --- */

static bool is_int_op(uint16_t op)
{
    return op == OP_iload || op == OP_istore || op == OP_iinc ||
           op == OP_iinc_w || (op >= OP_iload_0 && op <= OP_iload_3) ||
           (op >= OP_istore_0 && op <= OP_istore_3);
}

static bool is_local_op(uint16_t op)
{
    return (op >= OP_aload && op <= OP_iload_3) ||
           (op >= OP_astore && op <= OP_istore_3) || op == OP_sinc ||
           op == OP_iinc || op == OP_sinc_w || op == OP_iinc_w;
}

static bool names_local(const struct tc_jinsn *i, uint16_t local)
{
    switch (i->op) {
    case JOP_iload:
    case JOP_aload:
    case JOP_istore:
    case JOP_astore:
    case JOP_iinc:
        return i->a == local;
    default:
        return false;
    }
}

/* The first Java instruction at `pc` or later. */
static uint32_t java_index(const struct tc_jcode *code, uint32_t pc)
{
    uint32_t i = 0;
    while (i < code->count && code->insns[i].pc < pc)
        i++;
    return i;
}

struct place {
    int cell; /* -1: it has none */
    bool is_int;
};

/*
 * The cell that the code itself takes for the variable.  The value is stored
 * by the instruction before the range in which the variable has it.
 */
static struct place used_place(const struct tc_body *b, uint16_t local,
                               uint32_t start, uint32_t end)
{
    for (size_t i = 0; i < b->count; i++) {
        const struct tc_insn *insn = &b->insns[i];
        if (is_local_op(insn->op) && insn->from + 1 >= start &&
            insn->from < end && names_local(&b->java->insns[insn->from], local))
            return (struct place){insn->a, is_int_op(insn->op)};
    }
    return (struct place){-1, false};
}

static struct place parameter_place(struct debug *d, const struct tc_method *m,
                                    uint16_t local)
{
    struct tc_signature *s = tc_alloc(d->out->env->arena, sizeof *s);
    struct place at = {0, false};
    if (tc_signature_read(m->descriptor, s) != NULL)
        return (struct place){-1, false};
    size_t first = (m->flags & ACC_STATIC) ? 0 : 1;
    if (local < first)
        return at;
    at.cell = (int)first;
    for (size_t i = 0; i < s->count; i++) {
        at.is_int = s->parameters[i].kind == KIND_INT;
        if (i + first == local)
            return at;
        at.cell += (int)tc_type_cells(&s->parameters[i]);
    }
    return (struct place){-1, false};
}

/* Java's int may be kept as a short, and the other way round. */
static const char *kept_type(const struct tc_variable *v, bool is_int)
{
    if (is_int)
        return "I";
    return strcmp(v->descriptor, "I") == 0 ? "S" : v->descriptor;
}

static bool put_variable(struct debug *d, const struct tc_method *m,
                         const struct tc_variable *v)
{
    const struct tc_body *b = m->body;
    uint32_t first = java_index(b->java, v->pc);
    uint32_t last = java_index(b->java, (uint32_t)v->pc + v->length);
    uint32_t start = tc_offset_of(b, tc_body_index(b, first));
    uint32_t end = last < b->java->count
                       ? tc_offset_of(b, tc_body_index(b, last))
                       : (uint32_t)b->code.n;
    struct place at = used_place(b, v->local, first, last);
    if (at.cell < 0)
        at = parameter_place(d, m, v->local);
    if (at.cell < 0 || start >= end)
        return false;
    tc_put1(&d->body, (uint32_t)at.cell);
    put_text(d, v->name);
    put_text(d, kept_type(v, at.is_int));
    tc_put2(&d->body, start);
    tc_put2(&d->body, end - start);
    return true;
}

/* --- lines --- */

static void put_line(struct debug *d, uint32_t start, uint32_t end,
                     unsigned line)
{
    tc_put2(&d->body, start);
    tc_put2(&d->body, end - 1);
    tc_put2(&d->body, line);
}

/* Runs of instructions of one line; returns how many. */
static size_t put_lines(struct debug *d, const struct tc_body *b,
                        const struct tc_code *source)
{
    size_t n = 0;
    unsigned line = 0;
    uint32_t start = 0;
    for (size_t i = 0; i < b->count; i++) {
        const struct tc_insn *insn = &b->insns[i];
        unsigned here = tc_code_line(source, b->java->insns[insn->from].pc);
        if (insn->op == OP_REMOVED || here == line)
            continue;
        if (line != 0 && insn->offset > start) {
            put_line(d, start, insn->offset, line);
            n++;
        }
        line = here;
        start = insn->offset;
    }
    if (line == 0)
        return n;
    put_line(d, start, (uint32_t)b->code.n, line);
    return n + 1;
}

/* --- methods and classes --- */

static void put_method(struct debug *d, const struct tc_method *m)
{
    enum { KEPT = 0x53F };
    const struct tc_body *b = m->body;
    bool has_code = b != NULL && b->code.n > 0;
    put_text(d, m->name);
    put_text(d, m->descriptor);
    tc_put2(&d->body, m->flags & KEPT);
    tc_put2(&d->body, has_code ? m->offset : 0);
    tc_put1(&d->body, has_code ? (uint32_t)tc_header_size(m) : 0);
    tc_put2(&d->body, has_code ? (uint32_t)b->code.n : 0);
    size_t counts = d->body.n;
    tc_put4(&d->body, 0);
    if (!has_code)
        return;
    const struct tc_code *source = m->member->code;
    uint32_t variables = 0;
    for (size_t i = 0; i < source->variable_count; i++)
        variables += put_variable(d, m, &source->variables[i]) ? 1 : 0;
    uint32_t lines = (uint32_t)put_lines(d, b, source);
    set_u4(d->body.p + counts, variables << 16 | lines);
}

static uint32_t class_flags(const struct tc_class *c)
{
    enum { KEPT = ACC_PUBLIC | ACC_FINAL | ACC_INTERFACE | ACC_ABSTRACT };
    return (c->flags & KEPT) | (c->is_remote ? DEBUG_REMOTE : 0u) |
           (c->is_shareable ? DEBUG_SHAREABLE : 0u);
}

static bool is_listed(const char **names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* All that a class has, inherited ones too and first, unlike in Class. */
static const char **list_interfaces(struct debug *d, const struct tc_class *c,
                                    size_t *count)
{
    const char **names = NULL;
    *count = 0;
    for (const struct tc_class *last = NULL; last != c;) {
        const struct tc_class *next = c;
        while (next->super != last)
            next = next->super;
        last = next;
        for (size_t i = 0; i < last->interface_count; i++) {
            if (is_listed(names, *count, last->interfaces[i]->name))
                continue;
            names = tc_grow(d->out->env->arena, names, *count, sizeof *names);
            names[(*count)++] = last->interfaces[i]->name;
        }
    }
    return names;
}

static void put_class(struct debug *d, const struct tc_class *c)
{
    const char *source = c->file->source_name;
    put_text(d, c->name);
    tc_put2(&d->body, class_flags(c));
    tc_put2(&d->body, c->offset);
    put_text(d, c->super == NULL ? "java/lang/Object" : c->super->name);
    put_text(d, source == NULL ? "" : source);
    size_t count = 0;
    const char **interfaces = list_interfaces(d, c, &count);
    tc_put1(&d->body, (uint32_t)count);
    tc_put2(&d->body, (uint32_t)c->field_count);
    tc_put2(&d->body, (uint32_t)c->method_count);
    for (size_t i = 0; i < count; i++)
        put_text(d, interfaces[i]);
    for (size_t i = 0; i < c->field_count; i++)
        put_field(d, &c->fields[i]);
    for (size_t i = 0; i < c->method_count; i++)
        put_method(d, &c->methods[i]);
}

void tc_output_debug(struct tc_output *out)
{
    const struct tc_env *env = out->env;
    struct tc_bytes *to = &out->info[COMPONENT_DEBUG];
    struct debug d = {.out = out,
                      .strings = {.arena = env->arena},
                      .body = {.arena = env->arena}};
    if (!env->options->debug)
        return;
    put_text(&d, env->own.name);
    tc_put2(&d.body, (uint32_t)env->class_count);
    for (size_t i = 0; i < env->class_count; i++)
        put_class(&d, env->classes[i]);
    tc_put2(to, (uint32_t)d.strings.count);
    for (size_t i = 0; i < d.strings.count; i++) {
        size_t n = strlen(d.strings.items[i]);
        tc_put2(to, (uint32_t)n);
        tc_put(to, d.strings.items[i], n);
    }
    tc_put(to, d.body.p, d.body.n);
}
