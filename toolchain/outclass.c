/* Class. */
#include <string.h>

#include "toolchain/output.h"
#include "toolchain/own.h"

enum {
    FLAG_INTERFACE = 0x80,
    FLAG_SHAREABLE = 0x40,
    FLAG_REMOTE = 0x20,
    CLASS_REF_MAX = 0x7FFF
};

size_t tc_listed_interfaces(const struct tc_class *class)
{
    return tc_is_interface(class) ? 0 : class->interface_count;
}

static void put_flags(struct tc_bytes *to, const struct tc_class *c)
{
    unsigned flags = tc_is_interface(c) ? FLAG_INTERFACE : 0;
    if (c->is_shareable)
        flags |= FLAG_SHAREABLE;
    if (c->is_remote)
        flags |= FLAG_REMOTE;
    tc_put1(to, flags | (unsigned)c->interface_count);
}

static void put_name(struct tc_bytes *to, const char *name)
{
    tc_put1(to, (uint32_t)strlen(name));
    tc_put(to, name, strlen(name));
}

static void put_interface(struct tc_output *out, const struct tc_class *c)
{
    struct tc_bytes *to = &out->info[COMPONENT_CLASS];
    put_flags(to, c);
    for (size_t i = 0; i < c->interface_count; i++)
        tc_put2(to, tc_class_ref(out->env, c->interfaces[i]));
    if (c->is_remote)
        put_name(to, tc_simple_name(c));
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

/* The number of bytes before the signature of a remote method in the pool. */
static size_t signature_offset(const struct tc_signatures *s,
                               const char *descriptor)
{
    size_t i = 0;
    while (strcmp(s->descriptors[i], descriptor) != 0)
        i++;
    return s->offsets[i];
}

static void put_remote(struct tc_output *out, const struct tc_class *c)
{
    struct tc_bytes *to = &out->info[COMPONENT_CLASS];
    const struct tc_remote *r = c->remote;
    tc_put1(to, (uint32_t)r->method_count);
    for (size_t i = 0; i < r->method_count; i++) {
        const struct tc_remote_method *m = &r->methods[i];
        tc_put2(to, m->hash);
        tc_put2(to, (uint32_t)signature_offset(&out->signatures,
                                               m->method->descriptor));
        tc_put1(to, m->token);
    }
    put_name(to, r->modifier);
    put_name(to, tc_simple_name(c));
    tc_put1(to, (uint32_t)r->interface_count);
    for (size_t i = 0; i < r->interface_count; i++)
        tc_put2(to, tc_class_ref(out->env, r->interfaces[i]));
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
    if (c->is_remote)
        put_remote(out, c);
    if (out->env->format < 3)
        return;
    tc_put(to, c->inherited_as, c->virtual_count);
    tc_put1(to, c->cap22_count);
}

static void add_signature(struct tc_output *out, const char *descriptor)
{
    struct tc_arena *arena = out->env->arena;
    struct tc_signatures *s = &out->signatures;
    struct tc_bytes entry = {.arena = arena};
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->descriptors[i], descriptor) == 0)
            return;
    tc_typepool_encode(out->env, descriptor, &entry);
    s->descriptors =
        tc_grow(arena, s->descriptors, s->count, sizeof s->descriptors[0]);
    s->offsets = tc_grow(arena, s->offsets, s->count, sizeof s->offsets[0]);
    s->descriptors[s->count] = descriptor;
    s->offsets[s->count++] = s->size;
    s->size += entry.n;
}

/* Finds all signatures, so that it is known where the classes begin. */
static void gather_signatures(struct tc_output *out)
{
    for (size_t i = 0; i < out->env->class_count; i++) {
        struct tc_class *c = out->env->classes[i];
        if (!c->is_remote || tc_is_interface(c))
            continue;
        c->remote = tc_remote_of(out->env, c);
        for (size_t k = 0; k < c->remote->method_count; k++)
            add_signature(out, c->remote->methods[k].method->descriptor);
    }
}

/* Signatures name classes by their offset: now that these are known. */
static void put_signatures(struct tc_output *out, uint8_t *to)
{
    struct tc_bytes all = {.arena = out->env->arena};
    for (size_t i = 0; i < out->signatures.count; i++)
        tc_typepool_encode(out->env, out->signatures.descriptors[i], &all);
    if (all.n > 0)
        memcpy(to, all.p, all.n);
}

void tc_output_classes(struct tc_output *out)
{
    struct tc_bytes *to = &out->info[COMPONENT_CLASS];
    if (out->env->format >= 2) {
        gather_signatures(out);
        tc_put2(to, (uint32_t)out->signatures.size);
        for (size_t i = 0; i < out->signatures.size; i++)
            tc_put1(to, 0);
    }
    for (size_t i = 0; i < out->env->class_count; i++) {
        struct tc_class *c = out->env->classes[i];
        c->offset = (uint16_t)to->n;
        if (tc_is_interface(c))
            put_interface(out, c);
        else
            put_class(out, c);
    }
    if (out->env->format >= 2)
        put_signatures(out, to->p + 2);
    if (to->n > CLASS_REF_MAX)
        tc_error(out->env->diag, "output", 0,
                 "the classes take %zu bytes; a CAP file holds 32767", to->n);
}
