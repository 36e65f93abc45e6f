#include "toolchain/statics.h"

#include <string.h>

#include "toolchain/own.h"

enum { IMAGE_MAX = 65535 };

size_t tc_static_size(const struct tc_field *field)
{
    switch (field->descriptor[0]) {
    case 'Z':
    case 'B':
        return 1;
    case 'I':
        return 4;
    default:
        return 2;
    }
}

/* 1 arrays, 2 other references, 3 primitives of value 0, 4 the others. */
static int segment(const struct tc_field *f)
{
    if (tc_is_reference(f))
        return f->has_array ? 1 : 2;
    return f->has_start ? 4 : 3;
}

static void add_to_image(struct tc_env *env, struct tc_statics *s,
                         struct tc_field *f)
{
    uint8_t bytes[4];
    size_t size = tc_static_size(f);
    f->image_offset = (uint16_t)s->image_size;
    s->image_size += size;
    switch (segment(f)) {
    case 1:
        s->arrays =
            tc_grow(env->arena, s->arrays, s->array_count, sizeof s->arrays[0]);
        s->arrays[s->array_count++] = f;
        s->reference_count++;
        return;
    case 2:
        s->reference_count++;
        return;
    case 3:
        s->default_bytes += size;
        return;
    default:
        set_u4(bytes, (uint32_t)f->start);
        tc_put(&s->values, bytes + 4 - size, size);
    }
}

void tc_statics_lay_out(struct tc_env *env, struct tc_statics *statics)
{
    *statics = (struct tc_statics){.values = {.arena = env->arena}};
    for (int part = 1; part <= 4; part++)
        for (size_t i = 0; i < env->class_count; i++)
            for (size_t k = 0; k < env->classes[i]->field_count; k++) {
                struct tc_field *f = &env->classes[i]->fields[k];
                if (tc_is_static_field(f) && segment(f) == part)
                    add_to_image(env, statics, f);
            }
    if (statics->image_size > IMAGE_MAX)
        tc_error(env->diag, "output", 0,
                 "the static fields take %zu bytes; 65535 at most",
                 statics->image_size);
    if (statics->array_count > 0 && env->options->applet_count == 0)
        tc_error(env->diag, tc_source(statics->arrays[0]->owner), 0,
                 "field %s: a package without an applet cannot have arrays "
                 "with start values [JCVM 6.11]; make them at run time",
                 statics->arrays[0]->name);
}
