/* Class. */
#include "toolchain/output.h"
#include "toolchain/own.h"

enum { FLAG_INTERFACE = 0x80, FLAG_SHAREABLE = 0x40, CLASS_REF_MAX = 0x7FFF };

/* Interfaces of class->interfaces[] are those that no superclass lists. */
size_t tc_listed_interfaces(const struct tc_class *class)
{
    return tc_is_interface(class) ? 0 : class->interface_count;
}

static void put_flags(struct tc_bytes *to, const struct tc_class *c)
{
    unsigned flags = tc_is_interface(c) ? FLAG_INTERFACE : 0;
    if (c->is_shareable)
        flags |= FLAG_SHAREABLE;
    tc_put1(to, flags | (unsigned)c->interface_count);
}

static void put_interface(struct tc_output *out, const struct tc_class *c)
{
    struct tc_bytes *to = &out->info[COMPONENT_CLASS];
    put_flags(to, c);
    for (size_t i = 0; i < c->interface_count; i++)
        tc_put2(to, tc_class_ref(out->env, c->interfaces[i]));
}

/* FFFF where the method is an imported class's. */
static void put_table(struct tc_output *out, struct tc_method *const *table,
                      size_t from, size_t end)
{
    enum { INHERITED = 0xFFFF };
    struct tc_bytes *to = &out->info[COMPONENT_CLASS];
    for (size_t i = from; i < end; i++) {
        bool own = tc_is_own(out->env, table[i]->owner);
        tc_put2(to, own ? table[i]->offset : INHERITED);
    }
}

static void put_implementation(struct tc_output *out, const struct tc_class *c,
                               const struct tc_class *face)
{
    struct tc_bytes *to = &out->info[COMPONENT_CLASS];
    tc_put2(to, tc_class_ref(out->env, face));
    tc_put1(to, (uint32_t)face->virtual_count);
    for (size_t i = 0; i < face->virtual_count; i++) {
        const struct tc_method *m = face->virtuals[i];
        int token = tc_virtual_token(c, m->name, m->descriptor);
        if (token < 0)
            tc_error(out->env->diag, tc_source(c), 0,
                     "class %s: method %s of an interface is not public",
                     tc_dotted(out->env->arena, c->name), m->name);
        tc_put1(to, (uint32_t)token);
    }
}

static void put_class(struct tc_output *out, const struct tc_class *c)
{
    struct tc_bytes *to = &out->info[COMPONENT_CLASS];
    put_flags(to, c);
    tc_put2(to, tc_class_ref(out->env, c->super));
    tc_put1(to, c->instance_size);
    tc_put1(to, c->first_reference);
    tc_put1(to, c->reference_count);
    tc_put1(to, c->public_base);
    tc_put1(to, (uint32_t)(c->virtual_count - c->public_base));
    tc_put1(to, c->package_base);
    tc_put1(to, (uint32_t)(c->package_virtual_count - c->package_base));
    put_table(out, c->virtuals, c->public_base, c->virtual_count);
    put_table(out, c->package_virtuals, c->package_base,
              c->package_virtual_count);
    for (size_t i = 0; i < c->interface_count; i++)
        put_implementation(out, c, c->interfaces[i]);
    if (out->env->format < 3)
        return;
    tc_put(to, c->inherited_as, c->virtual_count);
    tc_put1(to, c->cap22_count);
}

void tc_output_classes(struct tc_output *out)
{
    struct tc_bytes *to = &out->info[COMPONENT_CLASS];
    if (out->env->format >= 2)
        tc_put2(to, 0);
    for (size_t i = 0; i < out->env->class_count; i++) {
        struct tc_class *c = out->env->classes[i];
        c->offset = (uint16_t)to->n;
        if (tc_is_interface(c))
            put_interface(out, c);
        else
            put_class(out, c);
    }
    if (to->n > CLASS_REF_MAX)
        tc_error(out->env->diag, "output", 0,
                 "the classes take %zu bytes; a CAP file holds 32767", to->n);
}
