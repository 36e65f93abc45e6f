#include "cap/cap.h"

#include <string.h>

#include "cap/descriptor.h"

static const uint8_t magic[4] = {0xDE, 0xCA, 0xFF, 0xED};

enum { POOL_ENTRY = 4 };

/* ---- opening ---- */

/* Whether the size of a component takes four bytes. [JCVM 6.2.1] */
static bool is_wide(const struct cap *cap, uint8_t tag)
{
    if (tag == CAP_STATIC_RESOURCES)
        return true;
    return cap_is_extended(cap) &&
           (tag == CAP_METHOD || tag == CAP_REFERENCE_LOCATION ||
            tag == CAP_DESCRIPTOR || tag == CAP_DEBUG || tag >= 128);
}

static enum err take_size(const struct cap *cap, struct span *s, uint8_t tag,
                          uint32_t *n)
{
    uint16_t small = 0;
    if (is_wide(cap, tag))
        return span_take_u4(s, n);
    enum err e = span_take_u2(s, &small);
    *n = small;
    return e;
}

/*
 * The Header comes first: its flags say how wide the sizes are of what
 * follows.  [JCVM 6.3]
 */
static enum err find_flags(struct cap *cap, struct span file, uint8_t *bad)
{
    enum { FLAGS_AT = 9 };

    *bad = CAP_HEADER;
    if (file.n <= FLAGS_AT)
        return ERR_TRUNCATED;
    cap->flags = file.p[0] == CAP_HEADER ? file.p[FLAGS_AT] : 0;
    return ERR_OK;
}

static enum err find_parts(struct cap *cap, struct span file, uint8_t *bad)
{
    while (file.n > 0) {
        struct span info;
        uint32_t n = 0;
        enum err e = span_take_u1(&file, bad);
        if (e == ERR_OK)
            e = take_size(cap, &file, *bad, &n);
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

/* The public packages of an extended file; their names follow. */
static enum err take_packages(struct cap *cap, struct span *s)
{
    struct cap_package package;
    struct span name;

    enum err e = span_take_u1(s, &cap->package_count);
    const uint8_t *start = s->p;
    for (unsigned i = 0; i < cap->package_count && e == ERR_OK; i++)
        e = take_package(s, &package);
    cap->packages = span_of(start, (size_t)(s->p - start));
    for (unsigned i = 0; i < cap->package_count && e == ERR_OK; i++)
        e = span_take_lv(s, &name);
    return e;
}

/* The one package of a compact file; from 2.2 on its name follows. */
static enum err take_only_package(struct cap *cap, const uint8_t *start,
                                  struct span *s)
{
    struct span name;

    cap->package_count = 1;
    cap->packages = span_of(start, (size_t)(s->p - start));
    return cap->format_minor >= 2 ? span_take_lv(s, &name) : ERR_OK;
}

static enum err read_header(struct cap *cap)
{
    struct span s = cap->part[CAP_HEADER];

    if (s.n < 7 || memcmp(s.p, magic, sizeof magic) != 0)
        return ERR_FORMAT;
    cap->format_minor = s.p[4];
    /* sizes were read by the flags at the head of the file */
    if (cap_is_extended(cap) != ((s.p[6] & CAP_ACC_EXTENDED) != 0))
        return ERR_FORMAT;
    cap->flags = s.p[6];
    if (s.p[5] != 2 || cap->format_minor < 1 || cap->format_minor > 3)
        return ERR_VERSION;
    if ((cap->flags & 0xF0) != 0 ||
        (cap_is_extended(cap) && cap->format_minor < 3))
        return ERR_FORMAT;
    s = span_of(s.p + 7, s.n - 7);
    const uint8_t *start = s.p;
    enum err e = take_package(&s, &cap->package);
    if (e == ERR_OK)
        e = cap_is_extended(cap) ? take_packages(cap, &s)
                                 : take_only_package(cap, start, &s);
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
    e = cap_open_methods(cap);
    if (e != ERR_OK)
        return e;
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
    struct span install;

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
            e = span_take(&s, cap_address_size(cap), &install);
        if (e == ERR_OK && (aid.n < 5 || aid.n > 16))
            e = ERR_FORMAT;
    }
    return e == ERR_OK && s.n != 0 ? ERR_FORMAT : e;
}

enum err cap_open(struct cap *cap, struct span load_file, uint8_t *bad)
{
    memset(cap, 0, sizeof *cap);
    enum err e = find_flags(cap, load_file, bad);
    if (e == ERR_OK)
        e = find_parts(cap, load_file, bad);
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

bool cap_public_package(const struct cap *cap, uint8_t i,
                        struct cap_package *out)
{
    struct span s = cap->packages;

    if (i >= cap->package_count)
        return false;
    for (unsigned k = 0; k <= i; k++) {
        if (take_package(&s, out) != ERR_OK)
            return false;
    }
    return true;
}

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
    struct span place = {0};
    uint8_t count = 0;

    if (i >= cap->applet_count || span_take_u1(&s, &count) != ERR_OK)
        return false;
    for (unsigned k = 0; k <= i; k++) {
        if (span_take_lv(&s, aid) != ERR_OK ||
            span_take(&s, cap_address_size(cap), &place) != ERR_OK)
            return false;
    }
    (void)cap_address(cap, place.p, install);
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
    /* the block stands before the offset, in what is padding otherwise */
    if (out->tag == CAP_STATIC_METHODREF && !out->external)
        (void)cap_address(cap, p + (cap_is_extended(cap) ? 1 : 2),
                          &out->address);
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

static bool take_fixed(const struct cap *cap, struct span *s,
                       struct cap_class *c)
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
    const unsigned size = cap_address_size(cap);
    if (span_take(s, (size_t)size * c->public_count, &table) != ERR_OK)
        return false;
    c->public_table = table.p;
    if (span_take(s, (size_t)size * c->package_count, &table) != ERR_OK)
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
    } else if (!take_fixed(cap, &s, out) || !take_interfaces(&s, out) ||
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

bool cap_class_table(const struct cap *cap, const struct cap_class *class,
                     uint8_t token, uint32_t *address)
{
    const bool package = (token & 0x80) != 0;
    const uint8_t base = package ? class->package_base : class->public_base;
    const uint8_t count = package ? class->package_count : class->public_count;
    const uint8_t *table = package ? class->package_table : class->public_table;
    const uint8_t plain = token & 0x7F;

    if ((class->flags & CAP_CLASS_INTERFACE) != 0 || plain < base ||
        plain - base >= count)
        return false;
    return cap_address(
        cap, table + (size_t)cap_address_size(cap) * (unsigned)(plain - base),
        address);
}

/* ---- packages inside an extended file ---- */

uint8_t cap_class_package(const struct cap *cap, uint16_t class)
{
    struct cap_described_walk w;
    struct cap_described c;

    if (!cap_is_extended(cap))
        return 0;
    for (cap_described_first(cap, &w); cap_described_next(cap, &w, &c);) {
        if (c.class == class)
            return c.package;
    }
    return CAP_NO_PACKAGE;
}

bool cap_same_package(const struct cap *cap, uint16_t a, uint16_t b)
{
    if (a == b || !cap_is_extended(cap))
        return true;
    const uint8_t package = cap_class_package(cap, a);
    return package != CAP_NO_PACKAGE && package == cap_class_package(cap, b);
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

/* Skips the classes of one package in Export. */
static bool skip_exports(const struct cap *cap, struct span *s)
{
    struct span skipped;
    uint8_t classes = 0;

    if (span_take_u1(s, &classes) != ERR_OK)
        return false;
    for (unsigned i = 0; i < classes; i++) {
        struct span head;
        if (span_take(s, 4, &head) != ERR_OK ||
            span_take(
                s, 2u * head.p[2] + (size_t)cap_address_size(cap) * head.p[3],
                &skipped) != ERR_OK)
            return false;
    }
    return true;
}

/* Finds the classes of a public package. */
static bool find_exports(const struct cap *cap, uint8_t package, struct span *s)
{
    uint8_t packages = 1;

    *s = cap->part[CAP_EXPORT];
    if (s->n == 0 ||
        (cap_is_extended(cap) && span_take_u1(s, &packages) != ERR_OK) ||
        package >= packages)
        return false;
    for (unsigned i = 0; i < package; i++) {
        if (!skip_exports(cap, s))
            return false;
    }
    return true;
}

uint8_t cap_export_packages(const struct cap *cap)
{
    const struct span s = cap->part[CAP_EXPORT];
    return s.n == 0 ? 0 : cap_is_extended(cap) ? s.p[0] : 1;
}

uint8_t cap_export_count(const struct cap *cap, uint8_t package)
{
    struct span s;
    return find_exports(cap, package, &s) && s.n > 0 ? s.p[0] : 0;
}

bool cap_export(const struct cap *cap, uint8_t package, uint8_t token,
                struct cap_export *out)
{
    struct span s;
    uint8_t classes = 0;
    uint8_t fields = 0;
    uint8_t methods = 0;

    if (!find_exports(cap, package, &s) ||
        span_take_u1(&s, &classes) != ERR_OK || token >= classes)
        return false;
    for (unsigned i = 0; i <= token; i++) {
        if (span_take_u2(&s, &out->class_offset) != ERR_OK ||
            span_take_u1(&s, &fields) != ERR_OK ||
            span_take_u1(&s, &methods) != ERR_OK ||
            span_take(&s, 2u * fields, &out->fields) != ERR_OK ||
            span_take(&s, (size_t)cap_address_size(cap) * methods,
                      &out->methods) != ERR_OK)
            return false;
    }
    out->field_count = fields;
    out->method_count = methods;
    return true;
}

bool cap_exported_method(const struct cap *cap, const struct cap_export *export,
                         uint8_t token, uint32_t *address)
{
    return token < export->method_count &&
           cap_address(
               cap, export->methods.p + (size_t)cap_address_size(cap) * token,
               address);
}
