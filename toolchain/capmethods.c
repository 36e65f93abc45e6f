/*
 * The methods of a file.  The Descriptor lists them all; without one, a
 * method is known that the Applet, Class, Export or ConstantPool component
 * points at, and ends where the next begins.  [JCVM 6.10, 6.14]
 */
#include <stdlib.h>
#include <string.h>

#include "cap/descriptor.h"
#include "cap/opcodes.h"
#include "toolchain/capinfo.h"

struct found {
    uint32_t *offsets;
    size_t count;
    struct tc_capinfo *c;
};

static void add(struct found *f, uint32_t offset)
{
    struct cap_method m;
    if (!cap_method_at(&f->c->cap, offset, &m))
        return;
    f->offsets =
        tc_grow(f->c->arena, f->offsets, f->count, sizeof f->offsets[0]);
    f->offsets[f->count++] = offset;
}

static void take_class(struct found *f, const struct cap_described *class)
{
    const struct cap *cap = &f->c->cap;
    struct gp_cap_info *info = &f->c->info;

    for (uint16_t i = 0; i < class->field_count; i++) {
        if ((cap_described_field(cap, class, i).flags & CAP_ROW_STATIC) != 0)
            info->static_field_count++;
        else
            info->instance_field_count++;
    }
    if ((class->flags & CAP_ROW_CLASS_INTERFACE) != 0)
        return;
    for (uint16_t i = 0; i < class->method_count; i++)
        add(f, cap_described_method(cap, class, i).offset);
}

static bool from_descriptor(struct found *f)
{
    struct cap_described_walk walk;
    struct cap_described class;

    if (!cap_is_described(&f->c->cap))
        return false;
    cap_described_first(&f->c->cap, &walk);
    while (cap_described_next(&f->c->cap, &walk, &class))
        take_class(f, &class);
    return !walk.broken;
}

static void from_table(struct found *f, const uint8_t *table, unsigned count)
{
    const struct cap *cap = &f->c->cap;
    const unsigned size = cap_address_size(cap);
    uint32_t address = 0;

    for (unsigned i = 0; i < count; i++)
        if (cap_address(cap, table + (size_t)size * i, &address))
            add(f, address);
}

static void from_classes(struct found *f)
{
    struct cap_class c;
    for (bool more = cap_class_first(&f->c->cap, &c); more;
         more = cap_class_next(&f->c->cap, &c)) {
        if ((c.flags & CAP_CLASS_INTERFACE) != 0)
            continue;
        from_table(f, c.public_table, c.public_count);
        from_table(f, c.package_table, c.package_count);
    }
}

static void from_references(struct found *f)
{
    const struct cap *cap = &f->c->cap;
    struct cap_entry e;
    struct cap_export x;
    struct span aid;
    uint32_t install = 0;

    for (uint16_t i = 0; i < cap->pool_count; i++)
        if (cap_pool(cap, i, &e) && e.tag == CAP_STATIC_METHODREF &&
            !e.external)
            add(f, e.address);
    for (uint8_t i = 0; cap_applet(cap, i, &aid, &install); i++)
        add(f, install);
    for (uint8_t t = 0; cap_export(cap, 0, t, &x); t++)
        from_table(f, x.methods.p, x.method_count);
}

static int by_offset(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a;
    const uint32_t y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

/* Ascending, each once. */
static void sort(struct found *f)
{
    size_t kept = 0;
    if (f->count > 0)
        qsort(f->offsets, f->count, sizeof f->offsets[0], by_offset);
    for (size_t i = 0; i < f->count; i++)
        if (i == 0 || f->offsets[i] != f->offsets[i - 1])
            f->offsets[kept++] = f->offsets[i];
    f->count = kept;
}

static struct gp_cap_method measure(const struct found *f, size_t i)
{
    struct cap_method m;
    const struct cap *cap = &f->c->cap;
    struct cap_block block;

    (void)cap_method_at(cap, f->offsets[i], &m); /* add() has seen it */
    (void)cap_block_of(cap, m.offset, &block);
    uint32_t end = i + 1 < f->count && f->offsets[i + 1] < block.end
                       ? f->offsets[i + 1]
                       : block.end;
    return (struct gp_cap_method){
        .offset = m.offset,
        .bytes = (m.flags & CAP_METHOD_ABSTRACT) != 0 || end < m.code
                     ? 0
                     : (unsigned)(end - m.code),
        .max_stack = m.max_stack,
        .max_locals = m.max_locals,
        .nargs = m.nargs,
    };
}

/* invokeinterface names its method in the instruction. [JCVM 7.5.54] */
static void walk(const struct found *f, const struct gp_cap_method *m,
                 uint32_t code)
{
    struct span s = f->c->cap.part[CAP_METHOD];
    uint32_t end = code + m->bytes;

    for (uint32_t at = code, n = 0; at < end; at += n) {
        n = cap_instruction_length(s.p + at, end - at);
        if (n == 0)
            return;
        if (s.p[at] == CAP_OP_invokeinterface)
            tc_capinfo_interface_call(f->c, get_u2(s.p + at + 2), s.p[at + 4]);
    }
}

static void compare(struct gp_cap_info *i, const struct gp_cap_method *m)
{
    if (m->bytes > i->largest.bytes)
        i->largest = *m;
    if (m->max_stack > i->deepest.max_stack)
        i->deepest = *m;
    if (m->nargs + m->max_locals > i->widest.nargs + i->widest.max_locals)
        i->widest = *m;
}

void tc_capinfo_methods(struct tc_capinfo *c)
{
    struct found f = {.c = c};
    struct cap_method head;

    c->info.has_descriptor = from_descriptor(&f);
    if (!c->info.has_descriptor) {
        c->info.static_field_count = 0;
        c->info.instance_field_count = 0;
        from_classes(&f);
        from_references(&f);
    }
    sort(&f);
    c->info.method_count = (unsigned)f.count;
    for (size_t i = 0; i < f.count; i++) {
        const struct gp_cap_method m = measure(&f, i);
        (void)cap_method_at(&c->cap, f.offsets[i], &head);
        c->info.abstract_count += (head.flags & CAP_METHOD_ABSTRACT) != 0;
        compare(&c->info, &m);
        walk(&f, &m, head.code);
    }
}
