/* Descriptor. */
#include <string.h>

#include "toolchain/layout.h"
#include "toolchain/output.h"

enum {
    CLASS_PUBLIC = 0x01,
    CLASS_FINAL = 0x10,
    CLASS_INTERFACE = 0x40,
    CLASS_ABSTRACT = 0x80
};
enum { METHOD_ABSTRACT = 0x40, METHOD_INIT = 0x80, PRIMITIVE = 0x8000 };

static unsigned class_flags(const struct tc_class *c)
{
    unsigned flags = (c->flags & ACC_PUBLIC) ? CLASS_PUBLIC : 0;
    if (c->flags & ACC_FINAL)
        flags |= CLASS_FINAL;
    if (tc_is_interface(c))
        flags |= CLASS_INTERFACE | CLASS_ABSTRACT;
    if (c->flags & ACC_ABSTRACT)
        flags |= CLASS_ABSTRACT;
    return flags;
}

/* What a nest mate uses is private to no class: a CAP file knows no nests. */
static unsigned member_flags(uint16_t flags, bool is_shared)
{
    unsigned known =
        ACC_PUBLIC | ACC_PRIVATE | ACC_PROTECTED | ACC_STATIC | ACC_FINAL;
    return flags & (is_shared ? known & ~(unsigned)ACC_PRIVATE : known);
}

/* The offset from the start of type_descriptor_info. */
static uint32_t type_offset(struct tc_output *out, const char *descriptor)
{
    size_t table = 2 + 2 * out->pool->count;
    return (uint32_t)(table + tc_typepool_add(&out->types, descriptor));
}

static uint32_t field_type(struct tc_output *out, const struct tc_field *f)
{
    static const char letters[] = "ZBSI";
    const char *primitive = strchr(letters, f->descriptor[0]);
    if (primitive != NULL)
        return PRIMITIVE | (uint32_t)(2 + (primitive - letters));
    return type_offset(out, f->descriptor);
}

static void put_field(struct tc_output *out, const struct tc_field *f)
{
    struct tc_bytes *to = &out->info[COMPONENT_DESCRIPTOR];
    tc_put1(to, f->token);
    tc_put1(to, member_flags(f->flags, f->is_shared));
    if (f->flags & ACC_STATIC) {
        tc_put1(to, 0);
        tc_put2(to, f->image_offset);
    } else {
        tc_put2(to, f->owner->offset);
        tc_put1(to, f->token);
    }
    tc_put2(to, field_type(out, f));
}

static void put_method(struct tc_output *out, const struct tc_method *m)
{
    struct tc_bytes *to = &out->info[COMPONENT_DESCRIPTOR];
    unsigned flags = member_flags(m->flags, m->is_shared);
    if (m->flags & ACC_ABSTRACT)
        flags |= METHOD_ABSTRACT;
    if (strcmp(m->name, "<init>") == 0)
        flags |= METHOD_INIT;
    size_t handlers = m->body->try_count;
    tc_put1(to, m->token);
    tc_put1(to, flags);
    tc_put2(to, m->offset);
    tc_put2(to, type_offset(out, m->descriptor));
    tc_put2(to, (uint32_t)m->body->code.n);
    tc_put2(to, (uint32_t)handlers);
    tc_put2(to, handlers == 0 ? 0 : m->body->first_handler);
}

static void put_interface_methods(struct tc_output *out,
                                  const struct tc_class *c)
{
    struct tc_bytes *to = &out->info[COMPONENT_DESCRIPTOR];
    for (size_t i = 0; i < c->virtual_count; i++) {
        tc_put1(to, (uint32_t)i);
        tc_put1(to, METHOD_ABSTRACT | ACC_PUBLIC);
        tc_put2(to, 0);
        tc_put2(to, type_offset(out, c->virtuals[i]->descriptor));
        tc_put2(to, 0);
        tc_put2(to, 0);
        tc_put2(to, 0);
    }
}

static size_t count_fields(const struct tc_class *c)
{
    size_t n = 0;
    for (size_t i = 0; i < c->field_count; i++)
        n += c->fields[i].is_constant ? 0 : 1;
    return n;
}

static void put_class(struct tc_output *out, const struct tc_class *c)
{
    struct tc_bytes *to = &out->info[COMPONENT_DESCRIPTOR];
    size_t interfaces = tc_listed_interfaces(c);
    tc_put1(to, c->token);
    tc_put1(to, class_flags(c));
    tc_put2(to, c->offset);
    tc_put1(to, (uint32_t)interfaces);
    tc_put2(to, (uint32_t)(tc_is_interface(c) ? 0 : count_fields(c)));
    tc_put2(to, (uint32_t)(tc_is_interface(c) ? c->virtual_count
                                              : c->method_count));
    for (size_t i = 0; i < interfaces; i++)
        tc_put2(to, tc_class_ref(out->env, c->interfaces[i]));
    if (tc_is_interface(c)) {
        put_interface_methods(out, c);
        return;
    }
    for (size_t i = 0; i < c->field_count; i++)
        if (!c->fields[i].is_constant)
            put_field(out, &c->fields[i]);
    for (size_t i = 0; i < c->method_count; i++)
        put_method(out, &c->methods[i]);
}

static uint32_t constant_type(struct tc_output *out,
                              const struct tc_pool_ref *r)
{
    enum { NO_TYPE = 0xFFFF };
    if (r->tag == CAP_CLASSREF)
        return NO_TYPE;
    return type_offset(out, r->field != NULL ? r->field->descriptor
                                             : r->method->descriptor);
}

static void put_types(struct tc_output *out)
{
    struct tc_bytes *to = &out->info[COMPONENT_DESCRIPTOR];
    tc_put2(to, (uint32_t)out->pool->count);
    for (size_t i = 0; i < out->pool->count; i++)
        tc_put2(to, constant_type(out, out->pool->refs[i]));
    for (size_t i = 0; i < out->types.count; i++)
        tc_put(to, out->types.entries[i].p, out->types.entries[i].n);
}

void tc_output_descriptor(struct tc_output *out)
{
    struct tc_bytes *to = &out->info[COMPONENT_DESCRIPTOR];
    tc_put1(to, (uint32_t)out->env->class_count);
    for (size_t i = 0; i < out->env->class_count; i++)
        put_class(out, out->env->classes[i]);
    put_types(out);
}
