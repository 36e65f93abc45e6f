#include "toolchain/exp.h"

#include <string.h>

#include "toolchain/classfile.h"

enum { NAME_MAX_BYTES = 4095 };
/* Bytes in the file, at least. */
enum { CONSTANT_SIZE = 3, CLASS_SIZE = 2, FIELD_SIZE = 9, METHOD_SIZE = 7 };
enum { CONST_UTF8 = 1, CONST_INTEGER = 3, CONST_CLASS = 7, CONST_PACKAGE = 13 };

static const uint32_t MAGIC = 0x00FACADE;

struct constant {
    uint8_t tag;
    uint8_t flags;
    uint16_t name; /* class, package */
    int32_t value;
    const char *text;
    uint8_t major;
    uint8_t minor;
    struct tc_aid aid;
};

struct reader {
    struct tc_arena *arena;
    struct span s;
    struct constant *pool;
    uint16_t pool_count;
    bool is_23;
};

static bool u1(struct reader *r, uint8_t *out)
{
    return span_take_u1(&r->s, out) == ERR_OK;
}

static bool u2(struct reader *r, uint16_t *out)
{
    return span_take_u2(&r->s, out) == ERR_OK;
}

/* The number of things of at least `size` bytes each that follow. */
static bool take_count(struct reader *r, size_t size, uint16_t *out)
{
    return u2(r, out) && *out <= r->s.n / size;
}

static bool read_text(struct reader *r, struct constant *c)
{
    uint16_t n = 0;
    struct span text = {NULL, 0};
    if (!u2(r, &n) || span_take(&r->s, n, &text) != ERR_OK ||
        n > NAME_MAX_BYTES || memchr(text.p, 0, text.n) != NULL)
        return false;
    c->text = tc_copy_text(r->arena, (const char *)text.p, text.n);
    return true;
}

static bool read_package(struct reader *r, struct constant *c)
{
    struct span aid = {NULL, 0};
    if (!u1(r, &c->flags) || !u2(r, &c->name) || !u1(r, &c->minor) ||
        !u1(r, &c->major) || span_take_lv(&r->s, &aid) != ERR_OK)
        return false;
    if (aid.n < 5 || aid.n > sizeof c->aid.bytes)
        return false;
    memcpy(c->aid.bytes, aid.p, aid.n);
    c->aid.length = (uint8_t)aid.n;
    return true;
}

static bool read_constant(struct reader *r, struct constant *c)
{
    uint32_t value = 0;
    if (!u1(r, &c->tag))
        return false;
    switch (c->tag) {
    case CONST_UTF8:
        return read_text(r, c);
    case CONST_INTEGER:
        if (span_take_u4(&r->s, &value) != ERR_OK)
            return false;
        c->value = (int32_t)value;
        return true;
    case CONST_CLASS:
        return u2(r, &c->name);
    case CONST_PACKAGE:
        return read_package(r, c);
    default:
        return false;
    }
}

static const struct constant *constant(const struct reader *r, uint16_t index,
                                       uint8_t tag)
{
    if (index >= r->pool_count || r->pool[index].tag != tag)
        return NULL;
    return &r->pool[index];
}

static bool take_text(struct reader *r, const char **out)
{
    uint16_t index = 0;
    if (!u2(r, &index))
        return false;
    const struct constant *c = constant(r, index, CONST_UTF8);
    *out = c == NULL ? NULL : c->text;
    return *out != NULL;
}

static bool take_class(struct reader *r, const char **out)
{
    uint16_t index = 0;
    if (!u2(r, &index))
        return false;
    const struct constant *c = constant(r, index, CONST_CLASS);
    if (c == NULL)
        return false;
    const struct constant *name = constant(r, c->name, CONST_UTF8);
    *out = name == NULL ? NULL : name->text;
    return *out != NULL;
}

static bool take_classes(struct reader *r, const char ***out, size_t count)
{
    *out = tc_alloc_array(r->arena, count, sizeof **out);
    for (size_t i = 0; i < count; i++)
        if (!take_class(r, &(*out)[i]))
            return false;
    return true;
}

static bool take_member(struct reader *r, struct tc_exp_member *m)
{
    return u1(r, &m->token) && u2(r, &m->flags) && take_text(r, &m->name) &&
           take_text(r, &m->descriptor);
}

static bool take_attribute(struct reader *r, struct tc_exp_member *m)
{
    const char *name = NULL;
    uint32_t n = 0;
    struct span body = {NULL, 0};
    uint16_t index = 0;
    if (!take_text(r, &name) || span_take_u4(&r->s, &n) != ERR_OK ||
        span_take(&r->s, n, &body) != ERR_OK)
        return false;
    if (strcmp(name, "ConstantValue") != 0)
        return true;
    if (span_take_u2(&body, &index) != ERR_OK)
        return false;
    const struct constant *c = constant(r, index, CONST_INTEGER);
    if (c == NULL)
        return false;
    m->has_value = true;
    m->value = c->value;
    return true;
}

static bool take_fields(struct reader *r, struct tc_exp_class *c)
{
    uint16_t count = 0;
    if (!take_count(r, FIELD_SIZE, &count))
        return false;
    c->field_count = count;
    c->fields = tc_alloc_array(r->arena, count, sizeof c->fields[0]);
    for (size_t i = 0; i < count; i++) {
        uint16_t attributes = 0;
        if (!take_member(r, &c->fields[i]) || !u2(r, &attributes))
            return false;
        for (size_t j = 0; j < attributes; j++)
            if (!take_attribute(r, &c->fields[i]))
                return false;
    }
    return true;
}

static bool take_methods(struct reader *r, struct tc_exp_class *c)
{
    uint16_t count = 0;
    if (!take_count(r, METHOD_SIZE, &count))
        return false;
    c->method_count = count;
    c->methods = tc_alloc_array(r->arena, count, sizeof c->methods[0]);
    for (size_t i = 0; i < count; i++)
        if (!take_member(r, &c->methods[i]))
            return false;
    return true;
}

static bool take_class_info(struct reader *r, struct tc_exp_class *c)
{
    uint16_t supers = 0;
    uint8_t interfaces = 0;
    uint8_t cap22 = 0;
    if (!u1(r, &c->token) || !u2(r, &c->flags) || !take_class(r, &c->name) ||
        !take_count(r, CLASS_SIZE, &supers) ||
        !take_classes(r, &c->supers, supers) || !u1(r, &interfaces) ||
        !take_classes(r, &c->interfaces, interfaces) || !take_fields(r, c) ||
        !take_methods(r, c))
        return false;
    c->super_count = supers;
    c->interface_count = interfaces;
    c->cap22_count = -1;
    if (!r->is_23)
        return true;
    if (!u1(r, &cap22))
        return false;
    c->cap22_count = cap22;
    return true;
}

static bool take_pool(struct reader *r)
{
    if (!take_count(r, CONSTANT_SIZE, &r->pool_count))
        return false;
    r->pool = tc_alloc_array(r->arena, r->pool_count, sizeof r->pool[0]);
    for (size_t i = 0; i < r->pool_count; i++)
        if (!read_constant(r, &r->pool[i]))
            return false;
    return true;
}

static bool take_this_package(struct reader *r, struct tc_exp *exp)
{
    uint16_t index = 0;
    if (!u2(r, &index))
        return false;
    const struct constant *c = constant(r, index, CONST_PACKAGE);
    if (c == NULL)
        return false;
    const struct constant *name = constant(r, c->name, CONST_UTF8);
    if (name == NULL)
        return false;
    exp->package_name = name->text;
    exp->is_library = (c->flags & 1) != 0;
    exp->major = c->major;
    exp->minor = c->minor;
    exp->aid = c->aid;
    return true;
}

static bool take_package(struct reader *r, struct tc_exp_package *out)
{
    uint16_t index = 0;
    if (!u2(r, &index))
        return false;
    const struct constant *c = constant(r, index, CONST_PACKAGE);
    if (c == NULL)
        return false;
    const struct constant *name = constant(r, c->name, CONST_UTF8);
    if (name == NULL)
        return false;
    *out = (struct tc_exp_package){name->text, c->major, c->minor, c->aid};
    return true;
}

static bool take_referenced(struct reader *r, struct tc_exp *exp)
{
    uint8_t count = 0;
    if (!r->is_23)
        return true;
    if (!u1(r, &count))
        return false;
    exp->referenced_count = count;
    exp->referenced =
        tc_alloc_array(r->arena, count, sizeof exp->referenced[0]);
    for (size_t i = 0; i < count; i++)
        if (!take_package(r, &exp->referenced[i]))
            return false;
    return true;
}

static const char *read_all(struct reader *r, struct tc_exp *exp)
{
    uint32_t magic = 0;
    uint8_t minor = 0;
    uint8_t major = 0;
    uint8_t count = 0;
    if (span_take_u4(&r->s, &magic) != ERR_OK || magic != MAGIC)
        return "not an export file";
    if (!u1(r, &minor) || !u1(r, &major) || major != 2 || minor < 1 ||
        minor > 3)
        return "an export file of an unknown version (2.1 to 2.3 are read)";
    exp->format = minor;
    r->is_23 = minor == 3;
    if (!take_pool(r))
        return "the constant pool of the export file is broken";
    if (!take_this_package(r, exp) || !take_referenced(r, exp) ||
        !u1(r, &count))
        return "the package entry of the export file is broken";
    exp->class_count = count;
    exp->classes = tc_alloc_array(r->arena, count, sizeof exp->classes[0]);
    for (size_t i = 0; i < count; i++)
        if (!take_class_info(r, &exp->classes[i]))
            return tc_format(r->arena, "class %zu of the export file is broken",
                             i);
    return r->s.n == 0 ? NULL : "there are bytes after the export file";
}

struct tc_exp *tc_exp_read(struct tc_arena *arena, struct span bytes,
                           const char **problem)
{
    struct tc_exp *exp = tc_alloc(arena, sizeof *exp);
    struct reader r = {.arena = arena, .s = bytes};
    *problem = read_all(&r, exp);
    return *problem == NULL ? exp : NULL;
}

bool tc_exp_is_virtual(const struct tc_exp_member *method)
{
    return (method->flags & ACC_STATIC) == 0 &&
           strcmp(method->name, "<init>") != 0;
}
