/* Method and ReferenceLocation. */
#include <string.h>

#include "toolchain/layout.h"
#include "toolchain/members.h"
#include "toolchain/output.h"
#include "toolchain/own.h"

enum { SHORT_MAX = 15, HANDLERS_MAX = 255, HANDLER_SIZE = 8 };
enum { FLAG_EXTENDED = 8, FLAG_ABSTRACT = 4, STOP_BIT = 0x8000 };

static bool is_long(const struct tc_body *b)
{
    return b->max_stack > SHORT_MAX || b->nargs > SHORT_MAX ||
           b->max_locals > SHORT_MAX;
}

size_t tc_header_size(const struct tc_method *method)
{
    return is_long(method->body) ? 4 : 2;
}

/* What is left of a handler's range may be nothing. */
static bool is_empty(const struct tc_body *b, const struct tc_try *t)
{
    return tc_offset_of(b, t->start) >= tc_offset_of(b, t->end);
}

static void drop_empty_tries(struct tc_body *b)
{
    size_t kept = 0;
    for (size_t i = 0; i < b->try_count; i++)
        if (!is_empty(b, &b->tries[i]))
            b->tries[kept++] = b->tries[i];
    b->try_count = kept;
}

static void lay_out(struct tc_output *out, struct tc_method *m)
{
    const char *problem = tc_layout(out->env->arena, m->body);
    if (problem != NULL)
        tc_error(out->env->diag, tc_source(m->owner), 0, "%s: %s",
                 tc_method_label(out->env->arena, m), problem);
    drop_empty_tries(m->body);
    m->body->first_handler = (uint16_t)out->handler_count;
    out->handler_count += m->body->try_count;
}

typedef void for_method(struct tc_output *out, struct tc_method *m);

static void each_method(struct tc_output *out, for_method *f)
{
    for (size_t i = 0; i < out->env->class_count; i++) {
        struct tc_class *c = out->env->classes[i];
        for (size_t k = 0; k < c->method_count; k++)
            if (tc_has_entry(&c->methods[k]))
                f(out, &c->methods[k]);
    }
}

void tc_output_place_methods(struct tc_output *out)
{
    each_method(out, lay_out);
    if (out->handler_count > HANDLERS_MAX) {
        tc_error(out->env->diag, "output", 0,
                 "the package has %zu exception handlers; a compact CAP "
                 "file holds 255",
                 out->handler_count);
        return;
    }
    size_t at = 1 + HANDLER_SIZE * out->handler_count;
    for (size_t i = 0; i < out->env->class_count; i++) {
        struct tc_class *c = out->env->classes[i];
        for (size_t k = 0; k < c->method_count; k++) {
            struct tc_method *m = &c->methods[k];
            if (!tc_has_entry(m))
                continue;
            m->offset = (uint16_t)at;
            at += tc_header_size(m) + m->body->code.n;
        }
    }
    if (at > UINT16_MAX)
        tc_error(out->env->diag, "output", 0,
                 "the methods take %zu bytes; a compact CAP file holds 65535",
                 at);
}

static uint32_t code_start(const struct tc_method *m)
{
    return m->offset + (uint32_t)tc_header_size(m);
}

/* No later handler has a part of this range: the search may stop. */
static bool is_last(const struct tc_body *b, size_t index)
{
    const struct tc_try *t = &b->tries[index];
    for (size_t i = index + 1; i < b->try_count; i++)
        if (b->tries[i].start < t->end && b->tries[i].end > t->start)
            return false;
    return true;
}

static void put_handlers(struct tc_output *out, struct tc_method *m)
{
    struct tc_bytes *to = &out->info[COMPONENT_METHOD];
    const struct tc_body *b = m->body;
    for (size_t i = 0; i < b->try_count; i++) {
        const struct tc_try *t = &b->tries[i];
        uint32_t start = tc_offset_of(b, t->start);
        uint32_t length = tc_offset_of(b, t->end) - start;
        tc_put2(to, code_start(m) + start);
        tc_put2(to, length | (is_last(b, i) ? STOP_BIT : 0));
        tc_put2(to, code_start(m) + tc_offset_of(b, t->target));
        tc_put2(to, t->catch_type == NULL ? 0 : t->catch_type->index);
    }
}

static void put_method(struct tc_output *out, struct tc_method *m)
{
    struct tc_bytes *to = &out->info[COMPONENT_METHOD];
    const struct tc_body *b = m->body;
    unsigned flags = (m->flags & ACC_ABSTRACT) ? FLAG_ABSTRACT : 0;
    if (is_long(b)) {
        tc_put1(to, (flags | FLAG_EXTENDED) << 4);
        tc_put1(to, b->max_stack);
        tc_put1(to, b->nargs);
        tc_put1(to, b->max_locals);
    } else {
        tc_put1(to, flags << 4 | b->max_stack);
        tc_put1(to, b->nargs << 4 | b->max_locals);
    }
    tc_put(to, b->code.p, b->code.n);
}

/* Locations in ascending order, as distances. */
struct locations {
    struct tc_bytes *bytes;
    uint32_t last;
};

static void put_location(struct locations *l, uint32_t at)
{
    uint32_t distance = at - l->last;
    for (; distance >= UINT8_MAX; distance -= UINT8_MAX)
        tc_put1(l->bytes, UINT8_MAX);
    tc_put1(l->bytes, distance);
    l->last = at;
}

/* Where the operand stands behind the opcode that was written. */
static void locate_insn(const struct tc_insn *i, uint32_t at,
                        struct locations *one, struct locations *two)
{
    bool far = i->ref->index > UINT8_MAX;
    switch (tc_op_info(i->op)->format) {
    case FORMAT_REF1:
        if (!far)
            put_location(one, at + 1);
        else if (i->op >= OP_putfield_a_this)
            put_location(two, at + 4);
        else if (i->op >= OP_getfield_a_this)
            put_location(two, at + 2);
        else
            put_location(two, at + 1);
        return;
    case FORMAT_REF2:
        put_location(two, at + 1);
        return;
    default: /* invokeinterface, checkcast, instanceof */
        put_location(two, at + 2);
    }
}

static void locate_references(struct tc_output *out)
{
    struct locations one = {&out->byte_references, 0};
    struct locations two = {&out->pair_references, 0};
    const uint8_t *handler = out->info[COMPONENT_METHOD].p + 1;
    for (size_t i = 0; i < out->handler_count; i++)
        if (get_u2(handler + HANDLER_SIZE * i + 6) != 0)
            put_location(&two, (uint32_t)(1 + HANDLER_SIZE * i + 6));
    for (size_t i = 0; i < out->env->class_count; i++) {
        const struct tc_class *c = out->env->classes[i];
        for (size_t k = 0; k < c->method_count; k++) {
            const struct tc_method *m = &c->methods[k];
            for (size_t n = 0; tc_has_entry(m) && n < m->body->count; n++)
                if (m->body->insns[n].ref != NULL)
                    locate_insn(&m->body->insns[n],
                                code_start(m) + m->body->insns[n].offset, &one,
                                &two);
        }
    }
}

void tc_output_methods(struct tc_output *out)
{
    tc_put1(&out->info[COMPONENT_METHOD], (uint32_t)out->handler_count);
    each_method(out, put_handlers);
    each_method(out, put_method);
    locate_references(out);
    struct tc_bytes *to = &out->info[COMPONENT_REFERENCE_LOCATION];
    tc_put2(to, (uint32_t)out->byte_references.n);
    tc_put(to, out->byte_references.p, out->byte_references.n);
    tc_put2(to, (uint32_t)out->pair_references.n);
    tc_put(to, out->pair_references.p, out->pair_references.n);
}
