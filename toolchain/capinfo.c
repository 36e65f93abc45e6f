#include "toolchain/capinfo.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

static void count_classes(struct tc_capinfo *c)
{
    struct cap_class class;
    struct gp_cap_info *i = &c->info;

    for (bool more = cap_class_first(&c->cap, &class); more;
         more = cap_class_next(&c->cap, &class)) {
        if ((class.flags & CAP_CLASS_INTERFACE) != 0)
            i->interface_count++;
        else
            i->class_count++;
        i->instance_cells += class.instance_size;
    }
}

static void count_statics(struct tc_capinfo *c)
{
    struct cap_statics image;
    struct span values;
    uint8_t type = 0;

    if (cap_statics(&c->cap, &image) != ERR_OK)
        return;
    c->info.static_bytes = image.image_size;
    c->info.static_references = image.reference_count;
    while (image.arrays.n > 0 &&
           cap_static_array(&image.arrays, &type, &values))
        c->info.static_array_bytes += (unsigned)values.n;
}

static void list_package(struct tc_capinfo *c, uint8_t package)
{
    struct cap_export e;
    struct cap_class class;
    struct gp_cap_info *i = &c->info;

    for (uint8_t token = 0; cap_export(&c->cap, package, token, &e); token++) {
        if (!cap_class_at(&c->cap, e.class_offset, &class))
            return;
        i->exports = tc_grow(c->arena, i->exports, i->export_count,
                             sizeof i->exports[0]);
        i->exports[i->export_count++] = (struct gp_cap_exported){
            .package = package,
            .token = token,
            .is_interface = (class.flags & CAP_CLASS_INTERFACE) != 0,
            .is_shareable = (class.flags & CAP_CLASS_SHAREABLE) != 0,
            .fields = e.field_count,
            .methods = e.method_count,
        };
    }
}

static void list_exports(struct tc_capinfo *c)
{
    const uint8_t count = cap_export_packages(&c->cap);

    for (uint8_t package = 0; package < count; package++)
        list_package(c, package);
}

static int read_exports(struct tc_capinfo *c, const struct span *files,
                        size_t count, struct gp_why *why)
{
    c->exports = tc_alloc_array(c->arena, count, sizeof *c->exports);
    for (size_t i = 0; i < count; i++) {
        const char *problem = NULL;
        c->exports[i] = tc_exp_read(c->arena, files[i], &problem);
        if (c->exports[i] == NULL) {
            gp_why_set(why, "export file %zu: %s", i + 1, problem);
            return GP_ERR_ARGUMENT;
        }
        c->export_count++;
    }
    return GP_OK;
}

static int open_file(struct tc_capinfo *c, struct gp_why *why)
{
    uint8_t bad = 0;
    size_t size = gp_capfile_block_size(c->file, GP_BLOCK_WITH_DESCRIPTOR);
    struct buf block = buf_of(tc_alloc(c->arena, size), size);

    int result = gp_capfile_block(c->file, GP_BLOCK_WITH_DESCRIPTOR, &block);
    if (result != GP_OK)
        return result;
    enum err e = cap_open(&c->cap, buf_span(&block), &bad);
    if (e == ERR_OK)
        return GP_OK;
    if (e == ERR_VERSION)
        gp_why_set(why, "CAP format %u.%u is none of 2.1 to 2.3",
                   c->file->format_major, c->file->format_minor);
    else
        gp_why_set(why, "component %u: %s", bad, err_text(e));
    return GP_ERR_CAP;
}

static void describe(struct tc_capinfo *c)
{
    c->info.load_bytes = gp_capfile_block_size(c->file, GP_BLOCK_PLAIN);
    c->info.load_bytes_descriptor =
        gp_capfile_block_size(c->file, GP_BLOCK_WITH_DESCRIPTOR);
    tc_capinfo_needs(c);
    count_classes(c);
    count_statics(c);
    list_exports(c);
    tc_capinfo_uses(c);
    tc_capinfo_methods(c);
    tc_capinfo_sort_uses(c);
}

int gp_cap_info(const struct gp_capfile *cap, const struct span *exports,
                size_t export_count, struct gp_cap_info **out,
                struct gp_why *why)
{
    struct tc_arena *arena = tc_arena_new();
    struct tc_capinfo *c = tc_alloc(arena, sizeof *c);

    *out = NULL;
    c->arena = arena;
    c->file = cap;
    c->info.is_compact = (cap->flags & GP_CAP_EXTENDED) == 0;
    int result = open_file(c, why);
    if (result == GP_OK)
        result = read_exports(c, exports, export_count, why);
    if (result != GP_OK) {
        tc_arena_free(&arena);
        return result;
    }
    describe(c);
    *out = &c->info;
    return GP_OK;
}

void gp_cap_info_free(struct gp_cap_info **info)
{
    /* The info is the first member of what was allocated. */
    if (*info != NULL) {
        struct tc_arena *arena = ((struct tc_capinfo *)*info)->arena;
        tc_arena_free(&arena);
    }
    *info = NULL;
}
