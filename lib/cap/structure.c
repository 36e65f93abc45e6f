/* What the components say of each other. [JCVM 6; cap-format 23] */
#include "cap/internal.h"

#include <string.h>

static bool is_interface(const struct cap_class *c)
{
    return (c->flags & CAP_CLASS_INTERFACE) != 0;
}

/* Whether a number was told before; a bit for each. */
static bool is_told(uint8_t *told, uint16_t n)
{
    const uint8_t bit = (uint8_t)(1u << n % 8);
    const bool before = (told[n / 8] & bit) != 0;

    told[n / 8] |= bit;
    return before;
}

/* ---- Directory [JCVM 6.5] ---- */

static bool bad_directory(struct cap_state *s, const struct span *at)
{
    uint32_t offset = (uint32_t)(s->cap->part[CAP_DIRECTORY].n - at->n);
    return cap_find(s, CAP_DIRECTORY, 0, offset, CAP_RULE_DIRECTORY);
}

/*
 * A component that is there has the size the Directory gives.  Descriptor and
 * Debug may have been left out by the sender; its size stays behind.
 */
static bool size_agrees(const struct cap *cap, uint8_t tag, uint32_t size)
{
    bool optional = tag == CAP_DESCRIPTOR || tag == CAP_DEBUG ||
                    tag == CAP_STATIC_RESOURCES;
    return cap->part[tag].n == size || (optional && cap->part[tag].n == 0);
}

/* The size of a component, as wide as the component writes it. */
static bool take_size(const struct cap *cap, struct span *d, uint8_t tag,
                      uint32_t *size)
{
    uint16_t narrow = 0;

    if (cap_is_extended(cap) &&
        (tag == CAP_METHOD || tag == CAP_REFERENCE_LOCATION ||
         tag == CAP_DESCRIPTOR || tag == CAP_DEBUG))
        return span_take_u4(d, size) == ERR_OK;
    bool ok = span_take_u2(d, &narrow) == ERR_OK;
    *size = narrow;
    return ok;
}

static bool check_sizes(struct cap_state *s, struct span *d)
{
    const struct cap *cap = s->cap;
    uint8_t last = cap->format_minor >= 2 ? CAP_DEBUG : CAP_DESCRIPTOR;
    struct span at = *d;
    uint32_t size = 0;
    bool ok = true;

    for (uint8_t tag = CAP_HEADER; tag <= last; tag++, at = *d) {
        if (!take_size(cap, d, tag, &size))
            return bad_directory(s, &at);
        ok = (size_agrees(cap, tag, size) || bad_directory(s, &at)) && ok;
    }
    if (cap->format_minor >= 3 &&
        (span_take_u4(d, &size) != ERR_OK ||
         !size_agrees(cap, CAP_STATIC_RESOURCES, size)))
        return bad_directory(s, &at);
    return ok;
}

static uint32_t array_bytes(const struct cap_statics *image)
{
    struct span arrays = image->arrays;
    struct span values;
    uint32_t n = 0;
    uint8_t type = 0;

    while (cap_static_array(&arrays, &type, &values))
        n += (uint32_t)values.n;
    return n;
}

/* Custom components are named, and may not be there. [JCVM 6.5] */
static bool take_custom(const struct cap *cap, struct span *d)
{
    enum { FIRST = 128, AID_MIN = 5, AID_MAX = 16 };
    struct span aid;
    struct span size;
    uint8_t tag = 0;

    return span_take_u1(d, &tag) == ERR_OK && tag >= FIRST &&
           span_take(d, cap_is_extended(cap) ? 4 : 2, &size) == ERR_OK &&
           span_take_lv(d, &aid) == ERR_OK && aid.n >= AID_MIN &&
           aid.n <= AID_MAX;
}

static bool check_counts(struct cap_state *s, struct span *d)
{
    const struct cap_statics *image = &s->image;
    const uint32_t wanted[] = {image->image_size, image->array_count,
                               array_bytes(image)};
    struct span at = *d;
    uint16_t word = 0;
    uint8_t imports = 0;
    uint8_t applets = 0;
    uint8_t blocks = s->cap->block_count;
    uint8_t customs = 0;

    for (unsigned i = 0; i < 3; i++, at = *d) {
        if (span_take_u2(d, &word) != ERR_OK || word != wanted[i])
            return bad_directory(s, &at);
    }
    if (span_take_u1(d, &imports) != ERR_OK ||
        span_take_u1(d, &applets) != ERR_OK ||
        imports != s->cap->import_count || applets != s->cap->applet_count ||
        (cap_is_extended(s->cap) && span_take_u1(d, &blocks) != ERR_OK) ||
        blocks != s->cap->block_count)
        return bad_directory(s, &at);
    at = *d;
    bool whole = span_take_u1(d, &customs) == ERR_OK;
    for (unsigned i = 0; i < customs && whole; i++)
        whole = take_custom(s->cap, d);
    return (whole && d->n == 0) || bad_directory(s, &at);
}

static bool check_directory(struct cap_state *s)
{
    struct span d = s->cap->part[CAP_DIRECTORY];

    return check_sizes(s, &d) && check_counts(s, &d);
}

/* ---- the static image [JCVM 6.11] ---- */

static bool check_image(struct cap_state *s)
{
    static const uint8_t element[] = {1, 1, 2, 4};
    enum { FIRST = 2, LAST = 5 }; /* boolean to int */
    struct span values;
    uint8_t type = 0;

    if (cap_statics(s->cap, &s->image) != ERR_OK)
        return cap_find(s, CAP_STATIC_FIELD, 0, 0, CAP_RULE_STATIC_IMAGE);
    struct span arrays = s->image.arrays;
    const uint8_t *start = s->cap->part[CAP_STATIC_FIELD].p;
    bool ok = true;
    for (const uint8_t *at = arrays.p;
         cap_static_array(&arrays, &type, &values); at = arrays.p) {
        if (type < FIRST || type > LAST ||
            values.n % element[type - FIRST] != 0)
            ok = cap_find(s, CAP_STATIC_FIELD, 0, (uint32_t)(at - start),
                          CAP_RULE_STATIC_ARRAY);
    }
    return ok;
}

/* Whether an AID is that of the file or of a package in it. */
static bool is_own(const struct cap *cap, struct span aid)
{
    struct cap_package p;

    for (uint8_t i = 0; cap_public_package(cap, i, &p); i++) {
        if (span_equal(p.aid, aid))
            return true;
    }
    return span_equal(cap->package.aid, aid);
}

static bool check_imports(struct cap_state *s)
{
    struct cap_package p;
    bool ok = true;
    uint32_t at = 1;

    for (uint8_t i = 0; cap_import(s->cap, i, &p); i++) {
        if (is_own(s->cap, p.aid))
            ok = cap_find(s, CAP_IMPORT, 0, at, CAP_RULE_IMPORT_SELF);
        at += 3 + (uint32_t)p.aid.n;
    }
    return ok;
}

/* ---- applets [JCVM 6.6] ---- */

/* The provider's five bytes are the package's; an AID is used once.
 * [JCVM 4.2, 6.6] */
static bool applet_is_sound(const struct cap *cap, uint8_t i, struct span aid)
{
    enum { RID = 5 };
    struct span other;
    uint32_t install = 0;

    if (memcmp(aid.p, cap->package.aid.p, RID) != 0)
        return false;
    for (uint8_t k = 0; k < i; k++) {
        if (cap_applet(cap, k, &other, &install) && span_equal(other, aid))
            return false;
    }
    return true;
}

static bool check_applets(struct cap_state *s)
{
    bool ok = true;
    struct span aid;
    uint32_t install = 0;
    uint32_t at = 1;

    for (uint8_t i = 0; cap_applet(s->cap, i, &aid, &install); i++) {
        if (!applet_is_sound(s->cap, i, aid))
            ok = cap_find(s, CAP_APPLET, 0, at, CAP_RULE_APPLET_AID);
        at += 1 + (uint32_t)aid.n + cap_address_size(s->cap);
    }
    return ok;
}

/* ---- classes [JCVM 6.9] ---- */

/* Remembers where classes begin; false without the room for it. */
static bool mark_classes(struct cap_state *s)
{
    const uint32_t n = (uint32_t)s->cap->part[CAP_CLASS].n / 8 + 1;
    struct cap_class c;

    s->class_starts = cap_take(s, n);
    if (s->class_starts == NULL)
        return false;
    memset(s->class_starts, 0, n);
    for (bool more = cap_class_first(s->cap, &c); more;
         more = cap_class_next(s->cap, &c))
        s->class_starts[c.offset / 8] |= (uint8_t)(1u << c.offset % 8);
    return true;
}

bool cap_begins_class(const struct cap_state *s, uint16_t offset,
                      struct cap_class *c)
{
    return offset < s->cap->part[CAP_CLASS].n &&
           (s->class_starts[offset / 8] >> offset % 8 & 1) != 0 &&
           cap_class_at(s->cap, offset, c);
}

/* A class_ref of `c` to something earlier in this package, or imported. */
static bool check_reference(struct cap_state *s, const struct cap_class *c,
                            uint16_t raw, bool interface)
{
    const struct cap_class_ref ref = cap_class_ref(raw);
    struct cap_class other;

    if (ref.none)
        return cap_find(s, CAP_CLASS, 0, c->offset, CAP_RULE_CLASS_KIND);
    if (ref.external)
        return ref.package < s->cap->import_count ||
               cap_find(s, CAP_CLASS, 0, c->offset, CAP_RULE_CLASS_KIND);
    if (ref.offset >= c->offset || !cap_begins_class(s, ref.offset, &other))
        return cap_find(s, CAP_CLASS, 0, c->offset, CAP_RULE_CLASS_ORDER);
    return is_interface(&other) == interface ||
           cap_find(s, CAP_CLASS, 0, c->offset, CAP_RULE_CLASS_KIND);
}

static bool check_cells(struct cap_state *s, const struct cap_class *c)
{
    unsigned end = (unsigned)c->first_reference + c->reference_count;
    bool fits = c->reference_count == 0
                    ? true
                    : c->first_reference != 0xFF && end <= c->instance_size;
    return fits || cap_find(s, CAP_CLASS, 0, c->offset, CAP_RULE_CLASS_CELLS);
}

static bool has_package_methods(const struct cap_class *c)
{
    return c->package_base + c->package_count > 0;
}

/*
 * Whether it is known that two classes are of one package or of two, where it
 * matters: package-visible methods of both have the same tokens.
 */
static bool packages_are_told(const struct cap *cap, const struct cap_class *c,
                              const struct cap_class *above)
{
    return !has_package_methods(c) || !has_package_methods(above) ||
           (cap_class_package(cap, c->offset) != CAP_NO_PACKAGE &&
            cap_class_package(cap, above->offset) != CAP_NO_PACKAGE);
}

/* A table leaves no hole behind what the superclass has, and covers it. */
static bool check_tables(struct cap_state *s, const struct cap_class *c)
{
    const struct cap_class_ref super = cap_class_ref(c->super);
    struct cap_class above;

    if (super.none)
        return true;
    if (!super.external && cap_class_at(s->cap, super.offset, &above) &&
        !packages_are_told(s->cap, c, &above))
        return cap_find(s, CAP_CLASS, 0, c->offset, CAP_RULE_PACKAGES);
    /* of another package's methods the public ones alone are inherited */
    if (super.external || !cap_same_package(s->cap, c->offset, super.offset))
        return c->package_base == 0 ||
               cap_find(s, CAP_CLASS, 0, c->offset, CAP_RULE_METHOD_TABLE);
    if (!cap_class_at(s->cap, super.offset, &above))
        return true;
    const unsigned publics = (unsigned)above.public_base + above.public_count;
    const unsigned packages =
        (unsigned)above.package_base + above.package_count;
    if (c->public_base > publics || c->package_base > packages ||
        (unsigned)c->public_base + c->public_count < publics ||
        (unsigned)c->package_base + c->package_count < packages)
        return cap_find(s, CAP_CLASS, 0, c->offset, CAP_RULE_METHOD_TABLE);
    return true;
}

enum { TOKENS_MAX = 128 };

/*
 * Virtual tokens of the superclass of `c`, and how many of them, the first
 * ones, every heir has under the same numbers.  [JCVM 6.9.2.8]
 */
static void tokens_above(const struct cap_state *s, const struct cap_class *c,
                         unsigned *all, unsigned *fixed)
{
    const struct cap_resolver *r = &s->check->resolver;
    const struct cap_class_ref super = cap_class_ref(c->super);
    struct cap_class above;

    *all = TOKENS_MAX; /* of an import it is not known here */
    *fixed = 0;
    if (super.none) {
        *all = 0;
    } else if (super.external) {
        if (r->inheritable != NULL)
            *fixed = r->inheritable(r->ctx, super.package, super.class);
        if (*fixed > TOKENS_MAX) /* nobody knows that class */
            *fixed = 0;
    } else if (cap_class_at(s->cap, super.offset, &above)) {
        *all = (unsigned)above.public_base + above.public_count;
        *fixed = above.cap22_count;
    }
}

/*
 * What the superclass has fixed stands under its number; the rest names one of
 * its later methods, each at most once, or none.  [JCVM 6.9.2.7]
 */
static bool check_map(struct cap_state *s, const struct cap_class *c)
{
    enum { OWN = 0xFF, TOKENS = 256 };
    const unsigned total = (unsigned)c->public_base + c->public_count;
    uint8_t taken[TOKENS / 8] = {0};
    unsigned all = 0;
    unsigned fixed = 0;

    if (c->map == NULL)
        return true;
    tokens_above(s, c, &all, &fixed);
    bool sound = c->cap22_count <= total;
    for (unsigned t = 0; t < total && sound; t++) {
        const uint8_t to = c->map[t];
        if (t < fixed || to != OWN)
            sound = t < fixed ? to == t : to < all && !is_told(taken, to);
        if (t < fixed)
            (void)is_told(taken, (uint16_t)t);
    }
    return sound || cap_find(s, CAP_CLASS, 0, c->offset, CAP_RULE_TOKEN_MAP);
}

static bool check_class(struct cap_state *s, const struct cap_class *c)
{
    struct span tokens;
    uint16_t ref = 0;

    if (!is_interface(c) &&
        (!check_reference(s, c, c->super, false) || !check_cells(s, c) ||
         !check_tables(s, c) || !check_map(s, c)))
        return false;
    for (uint8_t i = 0; cap_class_interface(c, i, &ref, &tokens); i++) {
        if (!check_reference(s, c, ref, true))
            return false;
    }
    return true;
}

static bool check_classes(struct cap_state *s)
{
    struct cap_class c;
    bool ok = true;
    uint32_t at = 0;

    for (bool more = cap_class_first(s->cap, &c); more;
         more = cap_class_next(s->cap, &c)) {
        ok = check_class(s, &c) && ok;
        at = c.offset + c.size;
    }
    return at == s->cap->part[CAP_CLASS].n
               ? ok
               : cap_find(s, CAP_CLASS, 0, at, CAP_RULE_CLASS_LAYOUT);
}

/* ---- constant pool, exports ---- */

static bool entry_is_sound(const struct cap_state *s, const struct cap_entry *e)
{
    struct cap_class c;

    if (e->tag == CAP_CLASSREF && e->token != 0)
        return false;
    if (e->external)
        return e->package < s->cap->import_count &&
               e->tag != CAP_SUPER_METHODREF;
    switch (e->tag) {
    case CAP_STATIC_METHODREF:
        /* collected as a method, which checks the address */
        return cap_is_extended(s->cap) || e->package == 0;
    case CAP_STATIC_FIELDREF:
        return e->package == 0 && e->offset < s->image.image_size;
    default:
        return cap_begins_class(s, e->offset, &c) &&
               (e->tag == CAP_CLASSREF || !is_interface(&c));
    }
}

static bool check_pool(struct cap_state *s)
{
    struct cap_entry e;
    bool ok = true;

    for (uint16_t i = 0; i < s->cap->pool_count; i++) {
        if (!cap_pool(s->cap, i, &e) || !entry_is_sound(s, &e))
            ok = cap_find(s, CAP_CONSTANT_POOL, 0, 2u + 4u * i,
                          CAP_RULE_POOL_ENTRY);
    }
    return ok;
}

/* Static fields of an exported class; methods are collected and checked. */
static bool fields_are_there(const struct cap_state *s,
                             const struct cap_export *export)
{
    for (size_t i = 0; i < export->fields.n / 2; i++) {
        if (get_u2(export->fields.p + 2 * i) >= s->image.image_size)
            return false;
    }
    return true;
}

/* Those of one package; *at moves behind what is sound. */
static bool check_exported_classes(struct cap_state *s, uint8_t package,
                                   uint32_t *at)
{
    const uint8_t count = cap_export_count(s->cap, package);
    struct cap_export export;
    struct cap_class c;

    *at += 1;
    for (uint8_t i = 0; i < count; i++) {
        if (!cap_export(s->cap, package, i, &export) ||
            !cap_begins_class(s, export.class_offset, &c) ||
            !fields_are_there(s, &export))
            return false;
        *at += 4 + (uint32_t)(export.fields.n + export.methods.n);
    }
    return true;
}

static bool check_exports(struct cap_state *s)
{
    const struct span part = s->cap->part[CAP_EXPORT];
    const uint8_t packages = cap_export_packages(s->cap);
    bool flag = (s->cap->flags & CAP_ACC_EXPORT) != 0;
    uint32_t at = cap_is_extended(s->cap) ? 1 : 0;

    if (flag != (part.n != 0) || (flag && packages != s->cap->package_count))
        return cap_find(s, CAP_HEADER, 0, 6, CAP_RULE_EXPORT);
    for (unsigned i = 0; i < packages; i++) {
        if (!check_exported_classes(s, (uint8_t)i, &at))
            return cap_find(s, CAP_EXPORT, 0, at, CAP_RULE_EXPORT);
    }
    return part.n == 0 || at == part.n ||
           cap_find(s, CAP_EXPORT, 0, at, CAP_RULE_EXPORT);
}

bool cap_each_handler(struct cap_state *s, cap_handler_check *sound)
{
    struct cap_handler h;
    struct cap_block b;
    bool ok = true;

    for (unsigned k = 0; cap_block(s->cap, k, &b); k++) {
        for (unsigned i = 0; cap_handler(s->cap, b.start, i, &h); i++) {
            if (!sound(s, &b, &h))
                ok = cap_find(s, CAP_METHOD, 0, b.start + 1u + 8u * i,
                              CAP_RULE_HANDLER);
        }
    }
    return ok;
}

static bool is_sound(const struct cap_state *s, const struct cap_block *b,
                     const struct cap_handler *h)
{
    struct cap_entry e;

    if (h->end > b->end || h->handler >= b->end)
        return false;
    return h->catch_type == 0 ||
           (cap_pool(s->cap, h->catch_type, &e) && e.tag == CAP_CLASSREF);
}

/* ---- reference locations [JCVM 6.12] ---- */

/*
 * One list of distances, from one operand to the next; 255 is carried on.
 * Operands of `width` bytes lie in Method, and none is told twice.
 */
static bool check_distances(uint32_t size, struct span deltas, unsigned width)
{
    enum { CARRY = 255 };
    uint32_t at = 0;
    uint32_t distance = 0;

    for (size_t i = 0; i < deltas.n; i++) {
        distance += deltas.p[i];
        if (deltas.p[i] == CARRY)
            continue;
        at += distance;
        if (distance == 0 || at + width > size)
            return false;
        distance = 0;
    }
    return distance == 0;
}

static bool check_locations(struct cap_state *s)
{
    struct span part = s->cap->part[CAP_REFERENCE_LOCATION];
    const size_t whole = part.n;
    struct cap_block b;
    struct span deltas;
    uint8_t blocks = 1;
    uint16_t n = 0;

    if (cap_is_extended(s->cap) && (span_take_u1(&part, &blocks) != ERR_OK ||
                                    blocks != s->cap->block_count))
        return cap_find(s, CAP_REFERENCE_LOCATION, 0, 0, CAP_RULE_LOCATION);
    for (unsigned list = 0; list < 2u * blocks; list++) {
        uint32_t at = (uint32_t)(whole - part.n);
        if (!cap_block(s->cap, list / 2, &b) ||
            span_take_u2(&part, &n) != ERR_OK ||
            span_take(&part, n, &deltas) != ERR_OK ||
            !check_distances(b.end - b.start, deltas, list % 2 + 1))
            return cap_find(s, CAP_REFERENCE_LOCATION, 0, at,
                            CAP_RULE_LOCATION);
    }
    return part.n == 0 ||
           cap_find(s, CAP_REFERENCE_LOCATION, 0, (uint32_t)(whole - part.n),
                    CAP_RULE_LOCATION);
}

/* ---- static resources [JCVM 6.16] ---- */

/* Heads, `count` of them, and the bytes that they divide among themselves. */
static bool check_heads(struct cap_state *s, struct span heads, size_t rest,
                        uint8_t *told)
{
    enum { HEAD = 6, LARGEST = 32767 };
    uint64_t bytes = 0;
    bool ok = true;

    for (uint32_t i = 0; i < heads.n; i += HEAD) {
        const uint32_t size = get_u4(heads.p + i + 2);
        bytes += size;
        if (size > LARGEST || is_told(told, get_u2(heads.p + i)))
            ok = cap_find(s, CAP_STATIC_RESOURCES, 0, 2 + i, CAP_RULE_RESOURCE);
    }
    return bytes == rest ? ok
                         : cap_find(s, CAP_STATIC_RESOURCES, 0,
                                    2 + (uint32_t)heads.n, CAP_RULE_RESOURCE);
}

static enum err check_resources(struct cap_state *s)
{
    enum { HEAD = 6, IDS = 0x10000 / 8 };
    const uint32_t used = s->used;
    struct span at = s->cap->part[CAP_STATIC_RESOURCES];
    struct span heads;
    uint16_t count = 0;

    if (at.n == 0)
        return ERR_OK;
    uint8_t *told = cap_take(s, IDS);
    if (told == NULL)
        return ERR_MEMORY;
    s->used = used;
    memset(told, 0, IDS);
    bool ok = span_take_u2(&at, &count) == ERR_OK && count > 0 &&
              span_take(&at, (size_t)HEAD * count, &heads) == ERR_OK;
    ok = ok ? check_heads(s, heads, at.n, told)
            : cap_find(s, CAP_STATIC_RESOURCES, 0, 0, CAP_RULE_RESOURCE);
    return ok ? ERR_OK : ERR_FORMAT;
}

enum err cap_check_structure(struct cap_state *s)
{
    if (!mark_classes(s))
        return ERR_MEMORY;
    if (!check_image(s))
        return ERR_FORMAT;
    const enum err resources = check_resources(s);
    if (resources == ERR_MEMORY)
        return resources;
    bool ok = check_directory(s);
    ok = check_imports(s) && ok;
    ok = check_applets(s) && ok;
    ok = check_classes(s) && ok;
    ok = ok && check_pool(s);
    ok = check_exports(s) && ok;
    ok = cap_each_handler(s, is_sound) && ok;
    ok = check_locations(s) && ok && resources == ERR_OK;
    return ok ? ERR_OK : ERR_FORMAT;
}
