#include "toolchain/pool.h"

#include <stdlib.h>
#include <string.h>

static struct tc_pool_ref *intern(struct tc_pool *pool,
                                  struct tc_pool_ref wanted)
{
    for (size_t i = 0; i < pool->count; i++) {
        struct tc_pool_ref *r = pool->refs[i];
        if (r->tag == wanted.tag && r->class == wanted.class &&
            r->token == wanted.token && r->field == wanted.field &&
            (wanted.tag != CAP_STATIC_METHODREF ||
             r->method == wanted.method)) {
            r->uses++;
            return r;
        }
    }
    struct tc_pool_ref *r = tc_alloc(pool->env->arena, sizeof *r);
    *r = wanted;
    r->uses = 1;
    pool->refs = tc_grow(pool->env->arena, pool->refs, pool->count,
                         sizeof pool->refs[0]);
    pool->refs[pool->count++] = r;
    return r;
}

static void use_method(struct tc_pool *pool, const struct tc_method *method)
{
    tc_use_class(pool->env, method->owner, method->minor, method->name);
}

struct tc_pool_ref *tc_pool_add_class(struct tc_pool *pool,
                                      struct tc_class *class)
{
    tc_use_class(pool->env, class, 0, NULL);
    return intern(pool,
                  (struct tc_pool_ref){.tag = CAP_CLASSREF, .class = class});
}

struct tc_pool_ref *tc_pool_add_field(struct tc_pool *pool,
                                      struct tc_field *field)
{
    bool is_static = (field->flags & ACC_STATIC) != 0;
    tc_use_class(pool->env, field->owner, field->minor, field->name);
    return intern(pool,
                  (struct tc_pool_ref){.tag = is_static ? CAP_STATIC_FIELDREF
                                                        : CAP_INSTANCE_FIELDREF,
                                       .class = field->owner,
                                       .field = field,
                                       .token = field->token});
}

struct tc_pool_ref *tc_pool_add_static_method(struct tc_pool *pool,
                                              struct tc_method *method)
{
    use_method(pool, method);
    return intern(pool, (struct tc_pool_ref){.tag = CAP_STATIC_METHODREF,
                                             .class = method->owner,
                                             .method = method,
                                             .token = method->token});
}

struct tc_pool_ref *tc_pool_add_virtual(struct tc_pool *pool,
                                        struct tc_class *class,
                                        struct tc_method *method, uint8_t token)
{
    tc_use_class(pool->env, class, 0, NULL);
    use_method(pool, method);
    return intern(pool, (struct tc_pool_ref){.tag = CAP_VIRTUAL_METHODREF,
                                             .class = class,
                                             .method = method,
                                             .token = token});
}

struct tc_pool_ref *tc_pool_add_super(struct tc_pool *pool,
                                      struct tc_class *caller,
                                      struct tc_method *method, uint8_t token)
{
    use_method(pool, method);
    return intern(pool, (struct tc_pool_ref){.tag = CAP_SUPER_METHODREF,
                                             .class = caller,
                                             .method = method,
                                             .token = token});
}

/* qsort is not stable: the index so far decides between equals. */
static int by_rank(const void *a, const void *b)
{
    const struct tc_pool_ref *x = *(struct tc_pool_ref *const *)a;
    const struct tc_pool_ref *y = *(struct tc_pool_ref *const *)b;
    bool fx = x->tag == CAP_INSTANCE_FIELDREF;
    bool fy = y->tag == CAP_INSTANCE_FIELDREF;
    if (fx != fy)
        return fx ? -1 : 1;
    if (fx && x->uses != y->uses)
        return x->uses > y->uses ? -1 : 1;
    return x->index < y->index ? -1 : 1;
}

/* Entry 0 in a handler would say "any": an equal entry takes that place. */
static void guard_first(struct tc_pool *pool)
{
    if (pool->count == 0 || !pool->refs[0]->is_caught)
        return;
    struct tc_pool_ref *copy = tc_alloc(pool->env->arena, sizeof *copy);
    *copy = *pool->refs[0];
    pool->refs = tc_grow(pool->env->arena, pool->refs, pool->count,
                         sizeof pool->refs[0]);
    memmove(pool->refs + 1, pool->refs, pool->count * sizeof pool->refs[0]);
    pool->refs[0] = copy;
    pool->count++;
}

void tc_pool_number(struct tc_pool *pool)
{
    if (pool->count >= UINT16_MAX) {
        tc_error(pool->env->diag, "output", 0,
                 "the constant pool would have %zu entries; 65535 at most",
                 pool->count);
        return;
    }
    for (size_t i = 0; i < pool->count; i++)
        pool->refs[i]->index = (uint16_t)i;
    if (pool->count > 0)
        qsort(pool->refs, pool->count, sizeof pool->refs[0], by_rank);
    guard_first(pool);
    for (size_t i = 0; i < pool->count; i++)
        pool->refs[i]->index = (uint16_t)i;
}
