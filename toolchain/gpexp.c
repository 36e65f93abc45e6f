/* gp_exp_read() and gp_exp_write(): export files for C programs. */
#include <gp/exp.h>

#include <string.h>

#include "toolchain/exp.h"

struct exp_object {
    struct gp_exp exp; /* first: what the caller sees */
    struct tc_arena *arena;
};

static const struct gp_exp_member *
members_of(struct tc_arena *arena, const struct tc_exp_member *m, size_t count)
{
    struct gp_exp_member *out = tc_alloc_array(arena, count, sizeof *out);
    for (size_t i = 0; i < count; i++)
        out[i] = (struct gp_exp_member){
            .token = m[i].token,
            .flags = m[i].flags,
            .name = m[i].name,
            .descriptor = m[i].descriptor,
            .has_value = m[i].has_value,
            .value = m[i].value,
        };
    return out;
}

static const struct gp_exp_class *classes_of(struct tc_arena *arena,
                                             const struct tc_exp *exp)
{
    struct gp_exp_class *out =
        tc_alloc_array(arena, exp->class_count, sizeof *out);
    for (size_t i = 0; i < exp->class_count; i++) {
        const struct tc_exp_class *c = &exp->classes[i];
        out[i] = (struct gp_exp_class){
            .token = c->token,
            .flags = c->flags,
            .name = c->name,
            .supers = c->supers,
            .super_count = c->super_count,
            .interfaces = c->interfaces,
            .interface_count = c->interface_count,
            .fields = members_of(arena, c->fields, c->field_count),
            .field_count = c->field_count,
            .methods = members_of(arena, c->methods, c->method_count),
            .method_count = c->method_count,
            .cap22_count = c->cap22_count,
        };
    }
    return out;
}

static struct gp_cap_import import_of(const struct tc_aid *aid, uint8_t major,
                                      uint8_t minor)
{
    struct gp_cap_import out = {.major = major, .minor = minor};
    out.aid.n = aid->length;
    memcpy(out.aid.p, aid->bytes, aid->length);
    return out;
}

static const struct gp_exp_package *referenced_of(struct tc_arena *arena,
                                                  const struct tc_exp *exp)
{
    struct gp_exp_package *out =
        tc_alloc_array(arena, exp->referenced_count, sizeof *out);
    for (size_t i = 0; i < exp->referenced_count; i++) {
        const struct tc_exp_package *p = &exp->referenced[i];
        out[i] = (struct gp_exp_package){
            p->name, import_of(&p->aid, p->major, p->minor)};
    }
    return out;
}

int gp_exp_read(struct span bytes, struct gp_exp **out, struct gp_why *why)
{
    struct tc_arena *arena = tc_arena_new();
    const char *problem = NULL;

    *out = NULL;
    const struct tc_exp *exp = tc_exp_read(arena, bytes, &problem);
    if (exp == NULL) {
        gp_why_set(why, "export file: %s", problem);
        tc_arena_free(&arena);
        return GP_ERR_ARGUMENT;
    }
    struct exp_object *o = tc_alloc(arena, sizeof *o);
    o->arena = arena;
    o->exp.format_minor = exp->format;
    o->exp.package = import_of(&exp->aid, exp->major, exp->minor);
    o->exp.referenced = referenced_of(arena, exp);
    o->exp.referenced_count = exp->referenced_count;
    o->exp.package_name = exp->package_name;
    o->exp.is_library = exp->is_library;
    o->exp.classes = classes_of(arena, exp);
    o->exp.class_count = exp->class_count;
    *out = &o->exp;
    return GP_OK;
}

void gp_exp_free(struct gp_exp **exp)
{
    if (*exp != NULL) {
        struct tc_arena *arena = ((struct exp_object *)*exp)->arena;
        tc_arena_free(&arena);
    }
    *exp = NULL;
}

static struct tc_exp_member *inner_members(struct tc_arena *arena,
                                           const struct gp_exp_member *m,
                                           size_t count)
{
    struct tc_exp_member *out = tc_alloc_array(arena, count, sizeof *out);
    for (size_t i = 0; i < count; i++)
        out[i] = (struct tc_exp_member){
            .token = m[i].token,
            .flags = m[i].flags,
            .name = m[i].name,
            .descriptor = m[i].descriptor,
            .has_value = m[i].has_value,
            .value = m[i].value,
        };
    return out;
}

static const char **inner_names(struct tc_arena *arena,
                                const char *const *names, size_t count)
{
    const char **out = tc_alloc_array(arena, count, sizeof *out);
    for (size_t i = 0; i < count; i++)
        out[i] = names[i];
    return out;
}

static struct tc_aid inner_aid(const struct gp_aid *aid)
{
    struct tc_aid out = {.length = aid->n};
    memcpy(out.bytes, aid->p, aid->n);
    return out;
}

static struct tc_exp_package *inner_packages(struct tc_arena *arena,
                                             const struct gp_exp *exp)
{
    struct tc_exp_package *out =
        tc_alloc_array(arena, exp->referenced_count, sizeof *out);
    for (size_t i = 0; i < exp->referenced_count; i++) {
        const struct gp_exp_package *p = &exp->referenced[i];
        out[i] = (struct tc_exp_package){.name = p->name,
                                         .major = p->package.major,
                                         .minor = p->package.minor,
                                         .aid = inner_aid(&p->package.aid)};
    }
    return out;
}

static struct tc_exp inner_of(struct tc_arena *arena, const struct gp_exp *exp)
{
    struct tc_exp_class *classes =
        tc_alloc_array(arena, exp->class_count, sizeof *classes);
    for (size_t i = 0; i < exp->class_count; i++) {
        const struct gp_exp_class *c = &exp->classes[i];
        classes[i] = (struct tc_exp_class){
            .token = c->token,
            .flags = c->flags,
            .name = c->name,
            .supers = inner_names(arena, c->supers, c->super_count),
            .super_count = c->super_count,
            .interfaces = inner_names(arena, c->interfaces, c->interface_count),
            .interface_count = c->interface_count,
            .fields = inner_members(arena, c->fields, c->field_count),
            .field_count = c->field_count,
            .methods = inner_members(arena, c->methods, c->method_count),
            .method_count = c->method_count,
            .cap22_count = c->cap22_count,
        };
    }
    return (struct tc_exp){
        .format = exp->format_minor,
        .package_name = exp->package_name,
        .is_library = exp->is_library,
        .major = exp->package.major,
        .minor = exp->package.minor,
        .aid = inner_aid(&exp->package.aid),
        .referenced = inner_packages(arena, exp),
        .referenced_count = exp->referenced_count,
        .classes = classes,
        .class_count = exp->class_count,
    };
}

int gp_exp_write(const struct gp_exp *exp, struct buf *out)
{
    struct tc_arena *arena = tc_arena_new();
    struct tc_bytes bytes = {.arena = arena};

    const struct tc_exp inner = inner_of(arena, exp);
    tc_exp_write(&inner, &bytes);
    enum err e = buf_put_span(out, tc_bytes_span(&bytes));
    tc_arena_free(&arena);
    return gp_from_err(e);
}
