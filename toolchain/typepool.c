#include "toolchain/typepool.h"

#include <string.h>

#include "toolchain/types.h"

uint16_t tc_class_ref(const struct tc_env *env, const struct tc_class *class)
{
    if (tc_is_own(env, class))
        return class->offset;
    return (uint16_t)((0x80 | class->package->token) << 8 | class->token);
}

static struct tc_class *class_of(struct tc_env *env, const struct tc_type *t)
{
    return tc_find_class(env,
                         tc_copy_text(env->arena, t->name, t->name_length));
}

/* void 1, boolean 2, byte 3, short 4, int 5, reference 6; arrays 8 more. */
static void put_type(struct tc_env *env, struct tc_bytes *out,
                     const struct tc_type *t)
{
    enum { FIRST = 1, ARRAY = 8 };
    enum tc_kind kind = t->is_array ? t->element : t->kind;
    tc_put1(out, (uint32_t)kind + FIRST + (t->is_array ? ARRAY : 0));
    if (kind != KIND_REFERENCE)
        return;
    const struct tc_class *c = class_of(env, t);
    uint16_t ref = c == NULL ? 0 : tc_class_ref(env, c);
    for (int shift = 12; shift >= 0; shift -= 4)
        tc_put1(out, (uint32_t)(ref >> shift) & 0xF);
}

/* Calls put_type or marks the package for each type of a descriptor. */
static void each_type(struct tc_env *env, const char *descriptor,
                      struct tc_bytes *out)
{
    const char *p = descriptor;
    while (*p != '\0') {
        struct tc_type t;
        if (*p == '(' || *p == ')') {
            p++;
            continue;
        }
        if (tc_type_take(&p, &t) != NULL)
            return;
        if (out != NULL)
            put_type(env, out, &t);
        else if (t.name != NULL && class_of(env, &t) != NULL)
            tc_use_class(env, class_of(env, &t), 0, NULL);
    }
}

void tc_typepool_use(struct tc_env *env, const char *descriptor)
{
    each_type(env, descriptor, NULL);
}

void tc_typepool_encode(struct tc_env *env, const char *descriptor,
                        struct tc_bytes *out)
{
    struct tc_bytes nibbles = {.arena = env->arena};
    each_type(env, descriptor, &nibbles);
    if (nibbles.n > UINT8_MAX)
        tc_error(env->diag, "output", 0,
                 "a signature is too long for a CAP file: %s", descriptor);
    tc_put1(out, (uint32_t)nibbles.n);
    for (size_t i = 0; i < nibbles.n; i += 2)
        tc_put1(out, (uint32_t)(nibbles.p[i] << 4 |
                                (i + 1 < nibbles.n ? nibbles.p[i + 1] : 0)));
}

size_t tc_typepool_add(struct tc_typepool *pool, const char *descriptor)
{
    struct tc_bytes entry = {.arena = pool->env->arena};
    tc_typepool_encode(pool->env, descriptor, &entry);
    struct span wanted = tc_bytes_span(&entry);
    for (size_t i = 0; i < pool->count; i++)
        if (span_equal(pool->entries[i], wanted))
            return pool->offsets[i];
    pool->entries = tc_grow(pool->env->arena, pool->entries, pool->count,
                            sizeof pool->entries[0]);
    pool->offsets = tc_grow(pool->env->arena, pool->offsets, pool->count,
                            sizeof pool->offsets[0]);
    pool->entries[pool->count] = wanted;
    pool->offsets[pool->count++] = pool->size;
    pool->size += wanted.n;
    return pool->size - wanted.n;
}
