/* Header, Directory, Applet, Import, ConstantPool, StaticField, Export,
 * StaticResources. */
#include <string.h>

#include "toolchain/output.h"

enum { FORMAT_MAJOR = 2 };
enum { HEADER_INT = 1, HEADER_EXPORT = 2, HEADER_APPLET = 4 };

static void put_aid(struct tc_bytes *to, const struct tc_aid *aid)
{
    tc_put1(to, aid->length);
    tc_put(to, aid->bytes, aid->length);
}

static void put_header(struct tc_output *out)
{
    struct tc_bytes *to = &out->info[COMPONENT_HEADER];
    const struct tc_package *own = &out->env->own;
    unsigned flags = out->env->uses_int ? HEADER_INT : 0;
    if (out->exported_classes > 0)
        flags |= HEADER_EXPORT;
    if (out->env->options->applet_count > 0)
        flags |= HEADER_APPLET;
    tc_put4(to, 0xDECAFFED);
    tc_put1(to, out->env->format);
    tc_put1(to, FORMAT_MAJOR);
    tc_put1(to, flags);
    tc_put1(to, own->minor);
    tc_put1(to, own->major);
    put_aid(to, &own->aid);
    if (out->env->format < 2)
        return;
    tc_put1(to, (uint32_t)strlen(own->name));
    tc_put(to, own->name, strlen(own->name));
}

static void put_applets(struct tc_output *out)
{
    struct tc_bytes *to = &out->info[COMPONENT_APPLET];
    const struct tc_options *o = out->env->options;
    if (o->applet_count == 0)
        return;
    tc_put1(to, (uint32_t)o->applet_count);
    for (size_t i = 0; i < o->applet_count; i++) {
        put_aid(to, &o->applets[i].aid);
        tc_put2(to, out->applet_installs[i]->offset);
    }
}

static void put_imports(struct tc_output *out)
{
    struct tc_bytes *to = &out->info[COMPONENT_IMPORT];
    tc_put1(to, (uint32_t)out->import_count);
    for (size_t i = 0; i < out->import_count; i++) {
        const struct tc_package *p = out->imports[i];
        tc_put1(to, p->needed_minor);
        tc_put1(to, p->major);
        put_aid(to, &p->aid);
    }
}

/* Three bytes: an offset of ours, or package, class and token. */
static void put_static_ref(struct tc_output *out, const struct tc_class *c,
                           uint8_t token, uint16_t offset)
{
    struct tc_bytes *to = &out->info[COMPONENT_CONSTANT_POOL];
    if (tc_is_own(out->env, c)) {
        tc_put1(to, 0);
        tc_put2(to, offset);
        return;
    }
    tc_put2(to, tc_class_ref(out->env, c));
    tc_put1(to, token);
}

static void put_constant(struct tc_output *out, const struct tc_pool_ref *r)
{
    struct tc_bytes *to = &out->info[COMPONENT_CONSTANT_POOL];
    tc_put1(to, r->tag);
    switch (r->tag) {
    case CAP_STATIC_FIELDREF:
        put_static_ref(out, r->class, r->token, r->field->image_offset);
        return;
    case CAP_STATIC_METHODREF:
        put_static_ref(out, r->class, r->token, r->method->offset);
        return;
    default:
        tc_put2(to, tc_class_ref(out->env, r->class));
        tc_put1(to, r->tag == CAP_CLASSREF ? 0 : r->token);
    }
}

static void put_constants(struct tc_output *out)
{
    tc_put2(&out->info[COMPONENT_CONSTANT_POOL], (uint32_t)out->pool->count);
    for (size_t i = 0; i < out->pool->count; i++)
        put_constant(out, out->pool->refs[i]);
}

/* boolean 2, byte 3, short 4, int 5 */
static unsigned element_type(const struct tc_field *f)
{
    static const char letters[] = "ZBSI";
    return 2 + (unsigned)(strchr(letters, f->descriptor[1]) - letters);
}

static void put_statics(struct tc_output *out)
{
    struct tc_bytes *to = &out->info[COMPONENT_STATIC_FIELD];
    const struct tc_statics *s = &out->statics;
    tc_put2(to, (uint32_t)s->image_size);
    tc_put2(to, (uint32_t)s->reference_count);
    tc_put2(to, (uint32_t)s->array_count);
    for (size_t i = 0; i < s->array_count; i++) {
        tc_put1(to, element_type(s->arrays[i]));
        tc_put2(to, (uint32_t)s->arrays[i]->array.n);
        tc_put(to, s->arrays[i]->array.p, s->arrays[i]->array.n);
    }
    tc_put2(to, (uint32_t)s->default_bytes);
    tc_put2(to, (uint32_t)s->values.n);
    tc_put(to, s->values.p, s->values.n);
}

static size_t token_count(const struct tc_class *c, bool fields)
{
    size_t n = 0;
    for (size_t i = 0; fields && i < c->field_count; i++)
        if (tc_is_static_field(&c->fields[i]) &&
            c->fields[i].token != TC_NO_TOKEN)
            n++;
    for (size_t i = 0; !fields && i < c->method_count; i++)
        if (!tc_is_virtual(&c->methods[i]) &&
            c->methods[i].token != TC_NO_TOKEN)
            n++;
    return n;
}

static uint16_t field_with(const struct tc_class *c, size_t token)
{
    for (size_t i = 0; i < c->field_count; i++)
        if (tc_is_static_field(&c->fields[i]) && c->fields[i].token == token)
            return c->fields[i].image_offset;
    return 0;
}

static uint16_t method_with(const struct tc_class *c, size_t token)
{
    for (size_t i = 0; i < c->method_count; i++)
        if (!tc_is_virtual(&c->methods[i]) && c->methods[i].token == token)
            return c->methods[i].offset;
    return 0;
}

static void put_exported_members(struct tc_bytes *to, const struct tc_class *c)
{
    for (size_t token = 0; token < token_count(c, true); token++)
        tc_put2(to, field_with(c, token));
    for (size_t token = 0; token < token_count(c, false); token++)
        tc_put2(to, method_with(c, token));
}

static void put_export(struct tc_output *out, const struct tc_class *c)
{
    struct tc_bytes *to = &out->info[COMPONENT_EXPORT];
    tc_put2(to, c->offset);
    if (out->env->options->applet_count > 0 || tc_is_interface(c)) {
        tc_put2(to, 0);
        return;
    }
    tc_put1(to, (uint32_t)token_count(c, true));
    tc_put1(to, (uint32_t)token_count(c, false));
    put_exported_members(to, c);
}

static void put_exports(struct tc_output *out)
{
    const struct tc_env *env = out->env;
    if (out->exported_classes == 0)
        return;
    tc_put1(&out->info[COMPONENT_EXPORT], (uint32_t)out->exported_classes);
    for (size_t token = 0; token < out->exported_classes; token++)
        for (size_t i = 0; i < env->class_count; i++)
            if (env->classes[i]->token == token)
                put_export(out, env->classes[i]);
}

/* All the numbers and sizes, then all the bytes. */
static void put_resources(struct tc_output *out)
{
    struct tc_bytes *to = &out->info[COMPONENT_STATIC_RESOURCES];
    const struct tc_options *o = out->env->options;
    if (o->resource_count == 0)
        return;
    tc_put2(to, (uint32_t)o->resource_count);
    for (size_t i = 0; i < o->resource_count; i++) {
        tc_put2(to, o->resources[i].id);
        tc_put4(to, (uint32_t)o->resources[i].bytes.n);
    }
    for (size_t i = 0; i < o->resource_count; i++)
        tc_put(to, o->resources[i].bytes.p, o->resources[i].bytes.n);
}

void tc_output_small(struct tc_output *out)
{
    put_header(out);
    put_applets(out);
    put_imports(out);
    put_constants(out);
    put_statics(out);
    put_exports(out);
    put_resources(out);
}

static size_t array_bytes(const struct tc_statics *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->array_count; i++)
        n += s->arrays[i]->array.n;
    return n;
}

void tc_output_directory(struct tc_output *out)
{
    static const uint8_t sizes[] = {[1] = 31, [2] = 33, [3] = 37};
    uint8_t format = out->env->format;
    struct tc_bytes *to = &out->info[COMPONENT_DIRECTORY];
    int last = format == 1 ? COMPONENT_DESCRIPTOR : COMPONENT_DEBUG;
    for (int tag = 1; tag <= last; tag++)
        tc_put2(to, tag == COMPONENT_DIRECTORY ? sizes[format]
                                               : (uint32_t)out->info[tag].n);
    if (format == 3)
        tc_put4(to, (uint32_t)out->info[COMPONENT_STATIC_RESOURCES].n);
    tc_put2(to, (uint32_t)out->statics.image_size);
    tc_put2(to, (uint32_t)out->statics.array_count);
    tc_put2(to, (uint32_t)array_bytes(&out->statics));
    tc_put1(to, (uint32_t)out->import_count);
    tc_put1(to, (uint32_t)out->env->options->applet_count);
    tc_put1(to, 0);
}
