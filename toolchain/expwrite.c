#include <string.h>

#include "toolchain/exp.h"

enum { CONST_UTF8 = 1, CONST_INTEGER = 3, CONST_CLASS = 7, CONST_PACKAGE = 13 };

/* The constant pool of the file: each entry's bytes, no two alike. */
struct pool {
    struct tc_arena *arena;
    struct span *entries;
    size_t count;
};

static uint16_t pool_add(struct pool *pool, const struct tc_bytes *bytes)
{
    struct span entry = tc_bytes_span(bytes);
    for (size_t i = 0; i < pool->count; i++)
        if (span_equal(pool->entries[i], entry))
            return (uint16_t)i;
    pool->entries = tc_grow(pool->arena, pool->entries, pool->count,
                            sizeof pool->entries[0]);
    pool->entries[pool->count] = entry;
    return (uint16_t)pool->count++;
}

static uint16_t add_text(struct pool *pool, const char *text)
{
    struct tc_bytes b = {.arena = pool->arena};
    tc_put1(&b, CONST_UTF8);
    tc_put2(&b, (uint16_t)strlen(text));
    tc_put(&b, text, strlen(text));
    return pool_add(pool, &b);
}

static uint16_t add_integer(struct pool *pool, int32_t value)
{
    struct tc_bytes b = {.arena = pool->arena};
    tc_put1(&b, CONST_INTEGER);
    tc_put4(&b, (uint32_t)value);
    return pool_add(pool, &b);
}

static uint16_t add_class(struct pool *pool, const char *name)
{
    struct tc_bytes b = {.arena = pool->arena};
    tc_put1(&b, CONST_CLASS);
    tc_put2(&b, add_text(pool, name));
    return pool_add(pool, &b);
}

static uint16_t add_package(struct pool *pool, const struct tc_exp_package *p,
                            bool is_library)
{
    struct tc_bytes b = {.arena = pool->arena};
    tc_put1(&b, CONST_PACKAGE);
    tc_put1(&b, is_library ? 1 : 0);
    tc_put2(&b, add_text(pool, p->name));
    tc_put1(&b, p->minor);
    tc_put1(&b, p->major);
    tc_put1(&b, p->aid.length);
    tc_put(&b, p->aid.bytes, p->aid.length);
    return pool_add(pool, &b);
}

static void put_referenced(struct pool *pool, struct tc_bytes *out,
                           const struct tc_exp *exp)
{
    tc_put1(out, (uint32_t)exp->referenced_count);
    for (size_t i = 0; i < exp->referenced_count; i++)
        tc_put2(out, add_package(pool, &exp->referenced[i], true));
}

static void put_member(struct pool *pool, struct tc_bytes *out,
                       const struct tc_exp_member *m)
{
    tc_put1(out, m->token);
    tc_put2(out, m->flags);
    tc_put2(out, add_text(pool, m->name));
    tc_put2(out, add_text(pool, m->descriptor));
}

static void put_value(struct pool *pool, struct tc_bytes *out,
                      const struct tc_exp_member *m)
{
    tc_put2(out, m->has_value ? 1 : 0);
    if (!m->has_value)
        return;
    tc_put2(out, add_text(pool, "ConstantValue"));
    tc_put4(out, 2);
    tc_put2(out, add_integer(pool, m->value));
}

static void put_class(struct pool *pool, struct tc_bytes *out,
                      const struct tc_exp_class *c)
{
    tc_put1(out, c->token);
    tc_put2(out, c->flags);
    tc_put2(out, add_class(pool, c->name));
    tc_put2(out, (uint32_t)c->super_count);
    for (size_t i = 0; i < c->super_count; i++)
        tc_put2(out, add_class(pool, c->supers[i]));
    tc_put1(out, (uint32_t)c->interface_count);
    for (size_t i = 0; i < c->interface_count; i++)
        tc_put2(out, add_class(pool, c->interfaces[i]));
    tc_put2(out, (uint32_t)c->field_count);
    for (size_t i = 0; i < c->field_count; i++) {
        put_member(pool, out, &c->fields[i]);
        put_value(pool, out, &c->fields[i]);
    }
    tc_put2(out, (uint32_t)c->method_count);
    for (size_t i = 0; i < c->method_count; i++)
        put_member(pool, out, &c->methods[i]);
}

void tc_exp_write(const struct tc_exp *exp, struct tc_bytes *out)
{
    struct pool pool = {.arena = out->arena};
    struct tc_bytes body = {.arena = out->arena};
    const struct tc_exp_package own = {exp->package_name, exp->major,
                                       exp->minor, exp->aid};
    uint16_t package = add_package(&pool, &own, exp->is_library);
    if (exp->format == 3)
        put_referenced(&pool, &body, exp);
    tc_put1(&body, (uint32_t)exp->class_count);
    for (size_t i = 0; i < exp->class_count; i++) {
        put_class(&pool, &body, &exp->classes[i]);
        if (exp->format == 3)
            tc_put1(&body, (uint32_t)exp->classes[i].cap22_count);
    }
    tc_put4(out, 0x00FACADE);
    tc_put1(out, exp->format);
    tc_put1(out, 2);
    tc_put2(out, (uint32_t)pool.count);
    for (size_t i = 0; i < pool.count; i++)
        tc_put(out, pool.entries[i].p, pool.entries[i].n);
    tc_put2(out, package);
    tc_put(out, body.p, body.n);
}
