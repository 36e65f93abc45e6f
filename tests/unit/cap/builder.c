#include "builder.h"

#include <stdlib.h>
#include <string.h>

#include "apidef/api_lookup.h"
#include "tests/unit/cap/loadfile.h"

static void need(bool ok)
{
    if (!ok)
        abort();
}

static void put1(struct buf *b, unsigned v)
{
    need(buf_put_u1(b, (uint8_t)v) == ERR_OK);
}

static void put2(struct buf *b, unsigned v)
{
    need(buf_put_u2(b, (uint16_t)v) == ERR_OK);
}

static void put(struct buf *b, struct span s)
{
    need(s.n == 0 || buf_put_span(b, s) == ERR_OK);
}

void build_start(struct builder *b, struct span aid)
{
    memset(b, 0, sizeof *b);
    for (unsigned i = 0; i < CAP_TAG_COUNT; i++)
        b->part[i] = buf_of(b->room[i], BUILD_PART);
    need(aid.n <= sizeof b->aid_bytes);
    memcpy(b->aid_bytes, aid.p, aid.n);
    b->aid = span_of(b->aid_bytes, aid.n);
    b->format_minor = 1;
    b->major = 1;
    put1(&b->part[CAP_IMPORT], 0);
    put2(&b->part[CAP_CONSTANT_POOL], 0);
    put1(&b->part[CAP_METHOD], 0);
    put2(&b->part[CAP_REFERENCE_LOCATION], 0);
    put2(&b->part[CAP_REFERENCE_LOCATION], 0);
}

/* ---- imports and references ---- */

uint8_t build_import(struct builder *b, struct span aid, uint8_t major,
                     uint8_t minor)
{
    struct buf *p = &b->part[CAP_IMPORT];
    put1(p, minor);
    put1(p, major);
    need(buf_put_lv(p, aid) == ERR_OK);
    return b->room[CAP_IMPORT][0]++;
}

static const struct api_package *api_package(const char *name)
{
    const struct api_package *p = api_package_by_name(name, strlen(name));
    need(p != NULL);
    return p;
}

uint8_t build_import_api(struct builder *b, const char *name)
{
    const struct api_package *p = api_package(name);
    return build_import(b, span_of(p->aid, p->aid_length), p->major, p->minor);
}

uint16_t build_outer(uint8_t import, uint8_t class)
{
    return (uint16_t)(0x8000u | (unsigned)import << 8 | class);
}

/* Token of the import with this AID. */
static uint8_t import_of(const struct builder *b, const struct api_package *p)
{
    const uint8_t *at = b->room[CAP_IMPORT] + 1;
    for (uint8_t i = 0; i < b->room[CAP_IMPORT][0]; i++) {
        if (span_equal(span_of(at + 3, at[2]), span_of(p->aid, p->aid_length)))
            return i;
        at += 3 + at[2];
    }
    need(false);
    return 0;
}

static const struct api_class *api_class(const char *name)
{
    const struct api_class *c = api_class_called(name);
    need(c != NULL);
    return c;
}

uint16_t build_api(struct builder *b, const char *class_name)
{
    uint16_t token = 0;
    uint16_t package = api_class_place(api_class(class_name), &token);
    return build_outer(import_of(b, &api_packages[package]), (uint8_t)token);
}

/* ---- constant pool ---- */

uint16_t build_pool(struct builder *b, uint8_t tag, uint8_t b1, uint8_t b2,
                    uint8_t b3)
{
    uint8_t *count = b->room[CAP_CONSTANT_POOL];
    uint16_t index = get_u2(count);
    put(&b->part[CAP_CONSTANT_POOL], BYTES(tag, b1, b2, b3));
    set_u2(count, (uint16_t)(index + 1));
    return index;
}

uint16_t build_classref(struct builder *b, uint16_t class)
{
    return build_member(b, CAP_CLASSREF, class, 0);
}

uint16_t build_member(struct builder *b, uint8_t tag, uint16_t class,
                      uint8_t token)
{
    return build_pool(b, tag, (uint8_t)(class >> 8), (uint8_t) class, token);
}

uint16_t build_static(struct builder *b, uint8_t tag, uint16_t offset)
{
    return build_pool(b, tag, 0, (uint8_t)(offset >> 8), (uint8_t)offset);
}

uint16_t build_outer_static(struct builder *b, uint8_t tag, uint8_t import,
                            uint8_t class, uint8_t token)
{
    return build_pool(b, tag, 0x80 | import, class, token);
}

static const struct api_method *api_method(const char *class_name, bool statics,
                                           const char *name,
                                           const char *descriptor,
                                           uint8_t *token)
{
    const struct api_method *m = api_method_by_name(
        api_class(class_name), statics, name, descriptor, token);
    need(m != NULL);
    return m;
}

uint16_t build_api_static(struct builder *b, const char *class_name,
                          const char *name, const char *descriptor)
{
    uint8_t token = 0;
    uint16_t class = build_api(b, class_name);
    (void)api_method(class_name, true, name, descriptor, &token);
    return build_pool(b, CAP_STATIC_METHODREF, (uint8_t)(class >> 8),
                      (uint8_t) class, token);
}

uint8_t build_api_token(const char *class_name, const char *name,
                        const char *descriptor)
{
    uint8_t token = 0;
    (void)api_method(class_name, false, name, descriptor, &token);
    return token;
}

uint16_t build_api_virtual(struct builder *b, const char *class_name,
                           const char *name, const char *descriptor)
{
    return build_member(b, CAP_VIRTUAL_METHODREF, build_api(b, class_name),
                        build_api_token(class_name, name, descriptor));
}

void build_repoint(struct builder *b, uint16_t entry, uint16_t offset)
{
    set_u2(b->room[CAP_CONSTANT_POOL] + 2 + 4 * entry + 2, offset);
}

/* ---- methods ---- */

void build_handlers(struct builder *b, uint8_t count)
{
    static const uint8_t none[8];

    need(b->part[CAP_METHOD].n == 1);
    b->handlers = count;
    b->room[CAP_METHOD][0] = count;
    for (uint8_t i = 0; i < count; i++)
        put(&b->part[CAP_METHOD], span_of(none, sizeof none));
}

void build_handler(struct builder *b, uint16_t start, uint16_t end,
                   uint16_t handler, uint16_t catch_type)
{
    need(b->next_handler < b->handlers);
    uint8_t *p = b->room[CAP_METHOD] + 1 + 8 * b->next_handler++;
    bool last = b->next_handler == b->handlers;
    set_u2(p, start);
    set_u2(p + 2, (uint16_t)((end - start) | (last ? 0x8000 : 0)));
    set_u2(p + 4, handler);
    set_u2(p + 6, catch_type);
}

uint16_t build_here(const struct builder *b)
{
    return (uint16_t)b->part[CAP_METHOD].n;
}

uint16_t build_method(struct builder *b, uint8_t max_stack, uint8_t nargs,
                      uint8_t max_locals, struct span code)
{
    struct buf *p = &b->part[CAP_METHOD];
    uint16_t offset = build_here(b);

    if (max_stack > 15 || nargs > 15 || max_locals > 15) {
        put(p, BYTES(CAP_METHOD_EXTENDED << 4, max_stack, nargs, max_locals));
    } else {
        put1(p, max_stack);
        put1(p, (unsigned)nargs << 4 | max_locals);
    }
    put(p, code);
    return offset;
}

uint16_t build_abstract(struct builder *b, uint8_t nargs)
{
    uint16_t offset = build_here(b);
    put1(&b->part[CAP_METHOD], CAP_METHOD_ABSTRACT << 4);
    put1(&b->part[CAP_METHOD], (unsigned)nargs << 4);
    return offset;
}

/* ---- classes ---- */

/* From 2.2 on the signature pool comes first; from 2.3 on maps come last. */
static uint16_t class_here(struct builder *b)
{
    if (b->format_minor >= 2 && b->part[CAP_CLASS].n == 0)
        put2(&b->part[CAP_CLASS], 0);
    return (uint16_t)b->part[CAP_CLASS].n;
}

static void put_map(struct builder *b, const struct build_class *c)
{
    struct buf *p = &b->part[CAP_CLASS];
    uint8_t total = (uint8_t)(c->public_base + c->public_count);

    if (b->format_minor < 3)
        return;
    for (uint8_t i = 0; i < total; i++)
        put1(p, i < c->public_base ? i : 0xFF);
    put1(p, total);
}

uint16_t build_class(struct builder *b, const struct build_class *c)
{
    uint16_t offset = class_here(b);
    struct buf *p = &b->part[CAP_CLASS];

    put1(p, (unsigned)c->flags << 4 | c->interface_count);
    put2(p, c->super);
    put(p, BYTES(c->cells, c->first_reference, c->references, c->public_base,
                 c->public_count, c->package_base, c->package_count));
    for (unsigned i = 0; i < c->public_count; i++)
        put2(p, c->public_table[i]);
    for (unsigned i = 0; i < c->package_count; i++)
        put2(p, c->package_table[i]);
    for (unsigned i = 0; i < c->interface_count; i++) {
        put2(p, c->interfaces[i].interface);
        put1(p, c->interfaces[i].count);
        put(p, span_of(c->interfaces[i].tokens, c->interfaces[i].count));
    }
    put_map(b, c);
    return offset;
}

uint16_t build_interface(struct builder *b, uint8_t flags, uint8_t supers,
                         const uint16_t *refs)
{
    uint16_t offset = class_here(b);
    struct buf *p = &b->part[CAP_CLASS];

    put1(p, (unsigned)(CAP_CLASS_INTERFACE | flags) << 4 | supers);
    for (unsigned i = 0; i < supers; i++)
        put2(p, refs[i]);
    return offset;
}

/* ---- statics, applets, exports ---- */

void build_statics(struct builder *b, uint16_t references, uint16_t defaults,
                   struct span values)
{
    b->references = references;
    b->defaults = defaults;
    need(values.n <= sizeof b->value_bytes);
    if (values.n > 0)
        memcpy(b->value_bytes, values.p, values.n);
    b->values = span_of(b->value_bytes, values.n);
}

void build_static_array(struct builder *b, uint8_t type, struct span bytes)
{
    struct buf *p = &b->part[CAP_STATIC_FIELD];
    put1(p, type);
    put2(p, (unsigned)bytes.n);
    put(p, bytes);
    b->array_count++;
    b->array_bytes = (uint16_t)(b->array_bytes + bytes.n);
}

void build_applet(struct builder *b, struct span aid, uint16_t install)
{
    struct buf *p = &b->part[CAP_APPLET];
    if (p->n == 0)
        put1(p, 0);
    b->room[CAP_APPLET][0]++;
    need(buf_put_lv(p, aid) == ERR_OK);
    put2(p, install);
}

uint8_t build_export(struct builder *b, uint16_t class, uint8_t fields,
                     const uint16_t *field_offsets, uint8_t methods,
                     const uint16_t *method_offsets)
{
    struct buf *p = &b->part[CAP_EXPORT];
    if (p->n == 0)
        put1(p, 0);
    put2(p, class);
    put1(p, fields);
    put1(p, methods);
    for (unsigned i = 0; i < fields; i++)
        put2(p, field_offsets[i]);
    for (unsigned i = 0; i < methods; i++)
        put2(p, method_offsets[i]);
    return b->room[CAP_EXPORT][0]++;
}

/* ---- finishing ---- */

static void finish_header(struct builder *b)
{
    static const uint8_t magic[] = {0xDE, 0xCA, 0xFF, 0xED};
    struct buf *p = &b->part[CAP_HEADER];
    uint8_t flags = b->flags;

    if (p->n != 0)
        return;
    if (b->part[CAP_APPLET].n != 0)
        flags |= CAP_ACC_APPLET;
    if (b->part[CAP_EXPORT].n != 0)
        flags |= CAP_ACC_EXPORT;
    put(p, span_of(magic, sizeof magic));
    put(p, BYTES(b->format_minor, 2, flags, b->minor, b->major));
    need(buf_put_lv(p, b->aid) == ERR_OK);
    if (b->format_minor >= 2)
        put1(p, 0);
}

/* What was appended so far are the array initialisers. */
static void finish_statics(struct builder *b)
{
    struct buf *p = &b->part[CAP_STATIC_FIELD];
    uint8_t head[6];

    need(p->n + sizeof head <= BUILD_PART);
    memmove(p->p + sizeof head, p->p, p->n);
    p->n += sizeof head;
    set_u2(head, (uint16_t)(2u * b->references + b->defaults + b->values.n));
    set_u2(head + 2, b->references);
    set_u2(head + 4, b->array_count);
    memcpy(p->p, head, sizeof head);
    put2(p, b->defaults);
    put2(p, (unsigned)b->values.n);
    put(p, b->values);
}

static void finish_directory(struct builder *b)
{
    struct buf *p = &b->part[CAP_DIRECTORY];
    unsigned last = b->format_minor >= 2 ? CAP_DEBUG : CAP_DESCRIPTOR;
    unsigned own = 2 * last + 6 + 3 + (b->format_minor >= 3 ? 4 : 0);

    for (unsigned tag = CAP_HEADER; tag <= last; tag++)
        put2(p, tag == CAP_DIRECTORY ? own : (unsigned)b->part[tag].n);
    if (b->format_minor >= 3)
        need(buf_put_u4(p, (uint32_t)b->part[CAP_STATIC_RESOURCES].n) ==
             ERR_OK);
    put2(p, 2u * b->references + b->defaults + (unsigned)b->values.n);
    put2(p, b->array_count);
    put2(p, b->array_bytes);
    put1(p, b->room[CAP_IMPORT][0]);
    put1(p, b->part[CAP_APPLET].n != 0 ? b->room[CAP_APPLET][0] : 0);
    put1(p, 0);
}

struct span build_finish(struct builder *b, struct buf *out)
{
    finish_header(b);
    finish_statics(b);
    if (!b->own_directory)
        finish_directory(b);
    for (unsigned i = 0; i < LOADFILE_COMPONENTS; i++) {
        const struct buf *p = &b->part[loadfile_order[i]];
        if (p->n == 0)
            continue;
        put1(out, loadfile_order[i]);
        if (loadfile_order[i] == CAP_STATIC_RESOURCES)
            put2(out, 0);
        put2(out, (unsigned)p->n);
        put(out, buf_span(p));
    }
    return buf_span(out);
}

uint16_t build_static_package(struct builder *b, struct span aid,
                              uint8_t max_stack, uint8_t nargs,
                              uint8_t max_locals, struct span code)
{
    build_start(b, aid);
    build_import_api(b, "java/lang");
    uint16_t m = build_method(b, max_stack, nargs, max_locals, code);
    build_static(b, CAP_STATIC_METHODREF, m);
    build_class(b,
                &(struct build_class){.super = build_api(b, "java/lang/Object"),
                                      .first_reference = 0xFF});
    return m;
}
