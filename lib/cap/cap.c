#include "cap/cap.h"

#include <string.h>

static const uint8_t magic[4] = {0xDE, 0xCA, 0xFF, 0xED};

enum { POOL_ENTRY = 4, HANDLER_SIZE = 8 };

/* ---- opening ---- */

static enum err take_size(struct span *s, uint8_t tag, uint32_t *n)
{
    uint16_t small = 0;
    if (tag == CAP_STATIC_RESOURCES)
        return span_take_u4(s, n);
    enum err e = span_take_u2(s, &small);
    *n = small;
    return e;
}

static enum err find_parts(struct cap *cap, struct span file, uint8_t *bad)
{
    while (file.n > 0) {
        struct span info;
        uint32_t n = 0;
        enum err e = span_take_u1(&file, bad);
        if (e == ERR_OK)
            e = take_size(&file, *bad, &n);
        if (e == ERR_OK)
            e = span_take(&file, n, &info);
        if (e != ERR_OK)
            return e;
        if (*bad >= 128)
            continue; /* custom components are ignored [JCVM 6.2.2] */
        if (*bad == 0 || *bad >= CAP_TAG_COUNT || info.n == 0 ||
            cap->part[*bad].n != 0)
            return ERR_FORMAT;
        cap->part[*bad] = info;
    }
    *bad = 0;
    return ERR_OK;
}

static enum err take_package(struct span *s, struct cap_package *p)
{
    enum err e = span_take_u1(s, &p->minor);
    if (e == ERR_OK)
        e = span_take_u1(s, &p->major);
    if (e == ERR_OK)
        e = span_take_lv(s, &p->aid);
    if (e == ERR_OK && (p->aid.n < 5 || p->aid.n > 16))
        e = ERR_FORMAT;
    return e;
}

static enum err read_header(struct cap *cap)
{
    struct span s = cap->part[CAP_HEADER];
    struct span name;

    if (s.n < 7 || memcmp(s.p, magic, sizeof magic) != 0)
        return ERR_FORMAT;
    cap->format_minor = s.p[4];
    cap->flags = s.p[6];
    if (s.p[5] != 2 || cap->format_minor < 1 || cap->format_minor > 3)
        return ERR_VERSION;
    if ((cap->flags & CAP_ACC_EXTENDED) != 0)
        return ERR_UNSUPPORTED;
    if ((cap->flags & 0xF0) != 0)
        return ERR_FORMAT;
    s = span_of(s.p + 7, s.n - 7);
    enum err e = take_package(&s, &cap->package);
    if (e == ERR_OK && cap->format_minor >= 2)
        e = span_take_lv(&s, &name);
    return e == ERR_OK && s.n != 0 ? ERR_FORMAT : e;
}

static enum err read_counts(struct cap *cap, uint8_t *bad)
{
    static const uint8_t required[] = {
        CAP_DIRECTORY, CAP_IMPORT,       CAP_CONSTANT_POOL,      CAP_CLASS,
        CAP_METHOD,    CAP_STATIC_FIELD, CAP_REFERENCE_LOCATION,
    };
    for (size_t i = 0; i < sizeof required; i++) {
        *bad = required[i];
        if (cap->part[*bad].n == 0)
            return ERR_FORMAT;
    }
    *bad = CAP_CONSTANT_POOL;
    struct span s = cap->part[CAP_CONSTANT_POOL];
    enum err e = span_take_u2(&s, &cap->pool_count);
    if (e != ERR_OK || s.n != (size_t)POOL_ENTRY * cap->pool_count)
        return ERR_FORMAT;
    *bad = CAP_METHOD;
    cap->handler_count = cap->part[CAP_METHOD].p[0];
    if (cap->part[CAP_METHOD].n < cap_method_space(cap))
        return ERR_TRUNCATED;
    *bad = CAP_CLASS;
    s = cap->part[CAP_CLASS];
    if (cap->format_minor >= 2) {
        e = span_take_u2(&s, &cap->signature_pool);
        if (e != ERR_OK || cap->signature_pool > s.n)
            return ERR_TRUNCATED;
    }
    return ERR_OK;
}

/* Import and Applet: lists that must end where their component does. */
static enum err read_lists(struct cap *cap, uint8_t *bad)
{
    struct cap_package package;
    struct span aid;
    uint16_t install = 0;

    *bad = CAP_IMPORT;
    struct span s = cap->part[CAP_IMPORT];
    enum err e = span_take_u1(&s, &cap->import_count);
    for (unsigned i = 0; i < cap->import_count && e == ERR_OK; i++)
        e = take_package(&s, &package);
    if (e == ERR_OK && (s.n != 0 || cap->import_count > 128))
        e = ERR_FORMAT;
    if (e != ERR_OK)
        return e;

    *bad = CAP_APPLET;
    bool applets = (cap->flags & CAP_ACC_APPLET) != 0;
    if (applets != (cap->part[CAP_APPLET].n != 0))
        return ERR_FORMAT;
    s = cap->part[CAP_APPLET];
    if (applets)
        e = span_take_u1(&s, &cap->applet_count);
    for (unsigned i = 0; i < cap->applet_count && e == ERR_OK; i++) {
        e = span_take_lv(&s, &aid);
        if (e == ERR_OK)
            e = span_take_u2(&s, &install);
        if (e == ERR_OK && (aid.n < 5 || aid.n > 16))
            e = ERR_FORMAT;
    }
    return e == ERR_OK && s.n != 0 ? ERR_FORMAT : e;
}

enum err cap_open(struct cap *cap, struct span load_file, uint8_t *bad)
{
    memset(cap, 0, sizeof *cap);
    enum err e = find_parts(cap, load_file, bad);
    if (e != ERR_OK)
        return e;
    *bad = CAP_HEADER;
    e = read_header(cap);
    if (e == ERR_OK)
        e = read_counts(cap, bad);
    if (e == ERR_OK)
        e = read_lists(cap, bad);
    if (e == ERR_OK)
        *bad = 0;
    return e;
}

/* ---- lists ---- */

bool cap_import(const struct cap *cap, uint8_t i, struct cap_package *out)
{
    struct span s = cap->part[CAP_IMPORT];
    uint8_t count = 0;

    if (i >= cap->import_count || span_take_u1(&s, &count) != ERR_OK)
        return false;
    for (unsigned k = 0; k <= i; k++) {
        if (take_package(&s, out) != ERR_OK)
            return false;
    }
    return true;
}

bool cap_applet(const struct cap *cap, uint8_t i, struct span *aid,
                uint32_t *install)
{
    struct span s = cap->part[CAP_APPLET];
    uint16_t offset = 0;
    uint8_t count = 0;

    if (i >= cap->applet_count || span_take_u1(&s, &count) != ERR_OK)
        return false;
    for (unsigned k = 0; k <= i; k++) {
        if (span_take_lv(&s, aid) != ERR_OK ||
            span_take_u2(&s, &offset) != ERR_OK)
            return false;
    }
    *install = offset;
    return true;
}

/* ---- constant pool ---- */

bool cap_pool(const struct cap *cap, uint16_t i, struct cap_entry *out)
{
    if (i >= cap->pool_count)
        return false;
    const uint8_t *p = cap->part[CAP_CONSTANT_POOL].p + 2 + POOL_ENTRY * i;
    memset(out, 0, sizeof *out);
    out->tag = p[0];
    out->external = (p[1] & 0x80) != 0;
    out->package = p[1] & 0x7F;
    out->class = p[2];
    out->token = p[3];
    if (out->tag == CAP_STATIC_FIELDREF || out->tag == CAP_STATIC_METHODREF)
        out->offset = get_u2(p + 2);
    else
        out->offset = get_u2(p + 1);
    if (out->tag == CAP_STATIC_METHODREF && !out->external)
        out->address = out->offset;
    return out->tag >= CAP_CLASSREF && out->tag <= CAP_STATIC_METHODREF;
}

struct cap_class_ref cap_class_ref(uint16_t raw)
{
    return (struct cap_class_ref){.none = raw == 0xFFFF,
                                  .external = (raw & 0x8000) != 0,
                                  .package = raw >> 8 & 0x7F,
                                  .class = (uint8_t)raw,
                                  .offset = raw};
}

/* ---- classes ---- */

static bool take_remote(struct span *s)
{
    struct span skipped;
    uint8_t count = 0;

    if (span_take_u1(s, &count) != ERR_OK ||
        span_take(s, 5u * count, &skipped) != ERR_OK ||
        span_take_lv(s, &skipped) != ERR_OK ||
        span_take_lv(s, &skipped) != ERR_OK ||
        span_take_u1(s, &count) != ERR_OK)
        return false;
    return span_take(s, 2u * count, &skipped) == ERR_OK;
}

static bool take_interfaces(struct span *s, struct cap_class *c)
{
    const uint8_t *start = s->p;
    struct span skipped;
    uint16_t ref = 0;

    for (unsigned i = 0; i < c->interface_count; i++) {
        if (span_take_u2(s, &ref) != ERR_OK)
            return false;
        if ((c->flags & CAP_CLASS_INTERFACE) == 0 &&
            span_take_lv(s, &skipped) != ERR_OK)
            return false;
    }
    c->interfaces = span_of(start, (size_t)(s->p - start));
    return true;
}

static bool take_fixed(struct span *s, struct cap_class *c)
{
    struct span fixed;
    struct span table;

    if (span_take(s, 9, &fixed) != ERR_OK)
        return false;
    c->super = get_u2(fixed.p);
    c->instance_size = fixed.p[2];
    c->first_reference = fixed.p[3];
    c->reference_count = fixed.p[4];
    c->public_base = fixed.p[5];
    c->public_count = fixed.p[6];
    c->package_base = fixed.p[7];
    c->package_count = fixed.p[8];
    if (span_take(s, 2u * c->public_count, &table) != ERR_OK)
        return false;
    c->public_table = table.p;
    if (span_take(s, 2u * c->package_count, &table) != ERR_OK)
        return false;
    c->package_table = table.p;
    return c->public_base + c->public_count <= 128 &&
           c->package_base + c->package_count <= 128;
}

static bool take_map(const struct cap *cap, struct span *s, struct cap_class *c)
{
    struct span map;

    c->map = NULL;
    c->cap22_count = (uint8_t)(c->public_base + c->public_count);
    if (cap->format_minor < 3)
        return true;
    if (span_take(s, c->cap22_count, &map) != ERR_OK)
        return false;
    c->map = map.p;
    return span_take_u1(s, &c->cap22_count) == ERR_OK;
}

bool cap_class_at(const struct cap *cap, uint16_t offset, struct cap_class *out)
{
    struct span s = cap->part[CAP_CLASS];
    struct span skipped;
    uint8_t first = 0;

    memset(out, 0, sizeof *out);
    if (span_take(&s, offset, &skipped) != ERR_OK ||
        span_take_u1(&s, &first) != ERR_OK || (first & 0x10) != 0)
        return false;
    out->offset = offset;
    out->flags = first >> 4;
    out->interface_count = first & 0x0F;
    bool remote = (out->flags & CAP_CLASS_REMOTE) != 0;
    if ((out->flags & CAP_CLASS_INTERFACE) != 0) {
        out->super = 0xFFFF;
        out->first_reference = 0xFF;
        if (!take_interfaces(&s, out) ||
            (remote && span_take_lv(&s, &skipped) != ERR_OK))
            return false;
    } else if (!take_fixed(&s, out) || !take_interfaces(&s, out) ||
               (remote && !take_remote(&s)) || !take_map(cap, &s, out)) {
        return false;
    }
    out->size = (uint32_t)(cap->part[CAP_CLASS].n - s.n - offset);
    return true;
}

bool cap_class_first(const struct cap *cap, struct cap_class *out)
{
    uint16_t start =
        cap->format_minor >= 2 ? (uint16_t)(2 + cap->signature_pool) : 0;
    return cap_class_at(cap, start, out);
}

bool cap_class_next(const struct cap *cap, struct cap_class *class)
{
    uint32_t next = class->offset + class->size;
    return next < 0x8000 && next < cap->part[CAP_CLASS].n &&
           cap_class_at(cap, (uint16_t)next, class);
}

bool cap_class_interface(const struct cap_class *class, uint8_t i,
                         uint16_t *ref, struct span *tokens)
{
    struct span s = class->interfaces;

    *tokens = span_of(NULL, 0);
    if (i >= class->interface_count)
        return false;
    for (unsigned k = 0; k <= i; k++) {
        if (span_take_u2(&s, ref) != ERR_OK)
            return false;
        if ((class->flags & CAP_CLASS_INTERFACE) == 0 &&
            span_take_lv(&s, tokens) != ERR_OK)
            return false;
    }
    return true;
}

/* ---- methods ---- */

uint32_t cap_method_space(const struct cap *cap)
{
    return 1u + HANDLER_SIZE * cap->handler_count;
}

bool cap_method_at(const struct cap *cap, uint32_t offset,
                   struct cap_method *out)
{
    struct span m = cap->part[CAP_METHOD];

    if (offset < cap_method_space(cap) || offset >= m.n || m.n - offset < 2)
        return false;
    const uint8_t *p = m.p + offset;
    out->offset = offset;
    out->flags = p[0] >> 4;
    if ((out->flags & CAP_METHOD_EXTENDED) != 0) {
        if (m.n - offset < 4)
            return false;
        out->max_stack = p[1];
        out->nargs = p[2];
        out->max_locals = p[3];
        out->code = offset + 4;
    } else {
        out->max_stack = p[0] & 0x0F;
        out->nargs = p[1] >> 4;
        out->max_locals = p[1] & 0x0F;
        out->code = offset + 2;
    }
    return (out->flags & 0x3) == 0;
}

bool cap_handler(const struct cap *cap, uint32_t pc, unsigned i,
                 struct cap_handler *out)
{
    if (pc >= cap->part[CAP_METHOD].n || i >= cap->handler_count)
        return false;
    const uint8_t *p = cap->part[CAP_METHOD].p + 1 + HANDLER_SIZE * i;
    uint16_t length = get_u2(p + 2) & 0x7FFF;
    out->start = get_u2(p);
    out->stop = (p[2] & 0x80) != 0;
    out->handler = get_u2(p + 4);
    out->catch_type = get_u2(p + 6);
    out->end = out->start + length;
    return true;
}

/* ---- static fields and exports ---- */

enum err cap_statics(const struct cap *cap, struct cap_statics *out)
{
    struct span s = cap->part[CAP_STATIC_FIELD];
    struct span values;
    uint16_t n = 0;
    uint8_t type = 0;

    memset(out, 0, sizeof *out);
    enum err e = span_take_u2(&s, &out->image_size);
    if (e == ERR_OK)
        e = span_take_u2(&s, &out->reference_count);
    if (e == ERR_OK)
        e = span_take_u2(&s, &out->array_count);
    const uint8_t *start = s.p;
    for (unsigned i = 0; i < out->array_count && e == ERR_OK; i++) {
        if (!cap_static_array(&s, &type, &values))
            e = ERR_FORMAT;
    }
    out->arrays = span_of(start, (size_t)(s.p - start));
    if (e == ERR_OK)
        e = span_take_u2(&s, &out->default_size);
    if (e == ERR_OK)
        e = span_take_u2(&s, &n);
    if (e == ERR_OK)
        e = span_take(&s, n, &out->values);
    if (e == ERR_OK &&
        (s.n != 0 || out->array_count > out->reference_count ||
         out->image_size != 2u * out->reference_count + out->default_size + n))
        e = ERR_FORMAT;
    return e;
}

bool cap_static_array(struct span *arrays, uint8_t *type, struct span *values)
{
    uint16_t n = 0;
    return span_take_u1(arrays, type) == ERR_OK &&
           span_take_u2(arrays, &n) == ERR_OK &&
           span_take(arrays, n, values) == ERR_OK;
}

uint8_t cap_export_count(const struct cap *cap)
{
    struct span s = cap->part[CAP_EXPORT];
    return s.n > 0 ? s.p[0] : 0;
}

bool cap_export(const struct cap *cap, uint8_t token, struct cap_export *out)
{
    struct span s = cap->part[CAP_EXPORT];
    uint8_t classes = 0;
    uint8_t fields = 0;
    uint8_t methods = 0;

    if (span_take_u1(&s, &classes) != ERR_OK || token >= classes)
        return false;
    for (unsigned i = 0; i <= token; i++) {
        if (span_take_u2(&s, &out->class_offset) != ERR_OK ||
            span_take_u1(&s, &fields) != ERR_OK ||
            span_take_u1(&s, &methods) != ERR_OK ||
            span_take(&s, 2u * fields, &out->fields) != ERR_OK ||
            span_take(&s, 2u * methods, &out->methods) != ERR_OK)
            return false;
    }
    return true;
}
