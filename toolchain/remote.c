#include "toolchain/remote.h"

#include <stdlib.h>
#include <string.h>

#include "toolchain/members.h"
#include "toolchain/own.h"
#include "toolchain/sha1.h"
#include "toolchain/types.h"

static const char remote_name[] = "java/rmi/Remote";

const char *tc_simple_name(const struct tc_class *class)
{
    const char *slash = strrchr(class->name, '/');
    return slash == NULL ? class->name : slash + 1;
}

/* --- what an interface may declare --- */

static bool is_carried(const struct tc_type *t)
{
    return t->is_array ? t->element != KIND_REFERENCE
                       : t->kind != KIND_REFERENCE;
}

static bool is_remote_interface(struct tc_env *env, const struct tc_type *t)
{
    if (t->is_array || t->name == NULL)
        return false;
    const struct tc_class *c =
        tc_find_class(env, tc_copy_text(env->arena, t->name, t->name_length));
    return c != NULL && c->is_remote && tc_is_interface(c);
}

static bool throws_remote(struct tc_env *env, const struct tc_member *m)
{
    const struct tc_class *wanted =
        tc_find_class(env, "java/rmi/RemoteException");
    for (size_t i = 0; i < m->throw_count; i++) {
        const struct tc_class *c = tc_find_class(env, m->throws[i]);
        if (c != NULL && tc_is_subclass(wanted, c))
            return true;
    }
    return false;
}

static void check_method(struct tc_env *env, const struct tc_class *c,
                         const struct tc_method *m, struct tc_signature *s)
{
    const char *what = tc_method_label(env->arena, m);
    if (tc_signature_read(m->descriptor, s) != NULL)
        return;
    for (size_t i = 0; i < s->count; i++)
        if (!is_carried(&s->parameters[i]))
            tc_error(env->diag, tc_source(c), 0,
                     "parameter %zu of remote %s is an object: RMI carries "
                     "numbers, booleans and arrays of them",
                     i + 1, what);
    if (!is_carried(&s->result) && !is_remote_interface(env, &s->result))
        tc_error(env->diag, tc_source(c), 0,
                 "the result of remote %s is an object: RMI carries numbers, "
                 "booleans, arrays of them, and remote interfaces",
                 what);
    if (!throws_remote(env, m->member))
        tc_error(env->diag, tc_source(c), 0,
                 "remote %s must say that it throws "
                 "java.rmi.RemoteException or a superclass of that",
                 what);
}

void tc_remote_check(struct tc_env *env)
{
    struct tc_signature *s = tc_alloc(env->arena, sizeof *s);
    for (size_t i = 0; i < env->class_count; i++) {
        const struct tc_class *c = env->classes[i];
        if (!c->is_remote || !tc_is_interface(c))
            continue;
        for (size_t k = 0; k < c->method_count; k++)
            check_method(env, c, &c->methods[k], s);
    }
}

/* --- what a class offers --- */

static void add_interface(struct tc_env *env, struct tc_remote *r,
                          struct tc_class *face)
{
    if (!face->is_remote || strcmp(face->name, remote_name) == 0)
        return;
    for (size_t i = 0; i < r->interface_count; i++)
        if (r->interfaces[i] == face)
            return;
    r->interfaces = tc_grow(env->arena, r->interfaces, r->interface_count,
                            sizeof r->interfaces[0]);
    r->interfaces[r->interface_count++] = face;
}

/* The superclass's first. */
static void list_interfaces(struct tc_env *env, struct tc_remote *r,
                            const struct tc_class *class)
{
    size_t depth = 0;
    for (const struct tc_class *c = class; c != NULL; c = c->super)
        depth++;
    for (; depth > 0; depth--) {
        const struct tc_class *c = class;
        for (size_t i = 1; i < depth; i++)
            c = c->super;
        for (size_t i = 0; i < c->interface_count; i++)
            add_interface(env, r, c->interfaces[i]);
    }
}

static bool is_offered(const struct tc_remote *r, const struct tc_method *m)
{
    for (size_t i = 0; i < r->interface_count; i++)
        if (tc_virtual_token(r->interfaces[i], m->name, m->descriptor) >= 0)
            return true;
    return false;
}

/* The first two bytes of SHA-1 over modifier, name and descriptor. */
static uint16_t hash_of(struct tc_env *env, const char *modifier,
                        const struct tc_method *m)
{
    uint8_t hash[TC_SHA1_SIZE] = {0};
    const char *text =
        tc_format(env->arena, "%s%s%s", modifier, m->name, m->descriptor);
    if (!tc_sha1(text, strlen(text), hash))
        tc_error(env->diag, "remote", 0,
                 "the cryptographic library does not compute SHA-1");
    return get_u2(hash);
}

static int by_hash(const void *a, const void *b)
{
    const struct tc_remote_method *x = a;
    const struct tc_remote_method *y = b;
    return (int)x->hash - (int)y->hash;
}

/* False when two methods would have one number. */
static bool give_hashes(struct tc_env *env, struct tc_remote *r)
{
    for (size_t i = 0; i < r->method_count; i++)
        r->methods[i].hash = hash_of(env, r->modifier, r->methods[i].method);
    if (r->method_count > 0)
        qsort(r->methods, r->method_count, sizeof r->methods[0], by_hash);
    for (size_t i = 1; i < r->method_count; i++)
        if (r->methods[i].hash == r->methods[i - 1].hash)
            return false;
    return true;
}

struct tc_remote *tc_remote_of(struct tc_env *env, const struct tc_class *class)
{
    struct tc_remote *r = tc_alloc(env->arena, sizeof *r);
    list_interfaces(env, r, class);
    r->methods =
        tc_alloc_array(env->arena, class->virtual_count, sizeof r->methods[0]);
    for (size_t i = 0; i < class->virtual_count; i++)
        if (is_offered(r, class->virtuals[i]))
            r->methods[r->method_count++] =
                (struct tc_remote_method){class->virtuals[i], 0, (uint8_t)i};
    r->modifier = "";
    for (unsigned n = 1; !give_hashes(env, r) && env->diag->count == 0; n++)
        r->modifier = tc_format(env->arena, "%u", n);
    return r;
}
