#include "toolchain/classfile.h"

#include <string.h>

#include "toolchain/classpool.h"

enum { MAGIC_MAJOR_MIN = 45, MAGIC_MAJOR_MAX = 65 };
/* Bytes in the file, at least. */
enum { HANDLER_SIZE = 8, MEMBER_SIZE = 8 };
static const uint32_t MAGIC = 0xCAFEBABE;

struct reader {
    struct tc_arena *arena;
    struct tc_classfile *file;
    const char *problem; /* why reading stopped; NULL: it did not */
};

static bool stop(struct reader *r, const char *problem)
{
    if (r->problem == NULL)
        r->problem = problem;
    return false;
}

static bool take_u2(struct reader *r, struct span *s, uint16_t *out)
{
    if (span_take_u2(s, out) != ERR_OK)
        return stop(r, "the file ends too early");
    return true;
}

/* The number of things of at least `size` bytes each that follow. */
static bool take_count(struct reader *r, struct span *s, size_t size,
                       uint16_t *out)
{
    if (!take_u2(r, s, out))
        return false;
    return *out <= s->n / size ||
           stop(r, "it announces more than the file can hold");
}

static bool take_text(struct reader *r, struct span *s, const char **out)
{
    uint16_t index = 0;
    if (!take_u2(r, s, &index))
        return false;
    *out = tc_pool_text(r->file, index);
    return *out != NULL ||
           stop(r, "a name is not a Utf8 constant of at most 4095 bytes");
}

static bool read_class_name(struct reader *r, struct span *s, const char **name)
{
    uint16_t index = 0;
    if (!take_u2(r, s, &index))
        return false;
    *name = tc_pool_class(r->file, index);
    return *name != NULL || stop(r, "a class name is not a Class constant");
}

/* Attribute by attribute: its name and its bytes. */
static bool take_attribute(struct reader *r, struct span *s, const char **name,
                           struct span *body)
{
    uint32_t n = 0;
    if (!take_text(r, s, name))
        return false;
    if (span_take_u4(s, &n) != ERR_OK || span_take(s, n, body) != ERR_OK)
        return stop(r, "an attribute is longer than the file");
    return true;
}

static bool read_handlers(struct reader *r, struct span *s,
                          struct tc_code *code)
{
    uint16_t count = 0;
    if (!take_count(r, s, HANDLER_SIZE, &count))
        return false;
    code->handler_count = count;
    code->handlers = tc_alloc_array(r->arena, count, sizeof code->handlers[0]);
    for (size_t i = 0; i < count; i++) {
        struct tc_handler *h = &code->handlers[i];
        uint16_t type = 0;
        if (!take_u2(r, s, &h->start) || !take_u2(r, s, &h->end) ||
            !take_u2(r, s, &h->target) || !take_u2(r, s, &type))
            return false;
        if (type != 0) {
            h->catch_type = tc_pool_class(r->file, type);
            if (h->catch_type == NULL)
                return stop(r, "a catch type is not a Class constant");
        }
    }
    return true;
}

static bool read_lines(struct reader *r, struct span s, struct tc_code *code)
{
    uint16_t count = 0;
    if (!take_u2(r, &s, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct tc_line l = {0, 0};
        if (!take_u2(r, &s, &l.pc) || !take_u2(r, &s, &l.line))
            return false;
        code->lines = tc_grow(r->arena, code->lines, code->line_count,
                              sizeof code->lines[0]);
        code->lines[code->line_count++] = l;
    }
    return true;
}

static bool read_variables(struct reader *r, struct span s,
                           struct tc_code *code)
{
    uint16_t count = 0;
    if (!take_u2(r, &s, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct tc_variable v = {0};
        if (!take_u2(r, &s, &v.pc) || !take_u2(r, &s, &v.length) ||
            !take_text(r, &s, &v.name) || !take_text(r, &s, &v.descriptor) ||
            !take_u2(r, &s, &v.local))
            return false;
        code->variables =
            tc_grow(r->arena, code->variables, code->variable_count,
                    sizeof code->variables[0]);
        code->variables[code->variable_count++] = v;
    }
    return true;
}

static bool read_code_attributes(struct reader *r, struct span *s,
                                 struct tc_code *code)
{
    uint16_t count = 0;
    if (!take_u2(r, s, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        const char *name = NULL;
        struct span body = {NULL, 0};
        if (!take_attribute(r, s, &name, &body))
            return false;
        if (strcmp(name, "LineNumberTable") == 0 && !read_lines(r, body, code))
            return false;
        if (strcmp(name, "LocalVariableTable") == 0 &&
            !read_variables(r, body, code))
            return false;
    }
    return true;
}

static bool read_code(struct reader *r, struct span s, struct tc_member *m)
{
    struct tc_code *code = tc_alloc(r->arena, sizeof *code);
    uint32_t length = 0;
    if (!take_u2(r, &s, &code->max_stack) || !take_u2(r, &s, &code->max_locals))
        return false;
    if (span_take_u4(&s, &length) != ERR_OK ||
        span_take(&s, length, &code->bytes) != ERR_OK)
        return stop(r, "a Code attribute is cut short");
    if (length == 0 || length > 0xFFFF)
        return stop(r, "a method's code is empty or above 65535 bytes");
    if (!read_handlers(r, &s, code) || !read_code_attributes(r, &s, code))
        return false;
    m->code = code;
    return true;
}

static bool read_value(struct reader *r, struct span s, struct tc_member *m)
{
    uint16_t index = 0;
    if (!take_u2(r, &s, &index))
        return false;
    if (index >= r->file->pool_count)
        return stop(r, "a ConstantValue is outside the constant pool");
    const struct tc_pool_entry *e = &r->file->pool[index];
    if (e->tag != POOL_INTEGER)
        return true; /* of a type that the field's descriptor betrays */
    m->has_value = true;
    m->value = e->value;
    return true;
}

static bool read_throws(struct reader *r, struct span s, struct tc_member *m)
{
    uint16_t count = 0;
    if (!take_u2(r, &s, &count))
        return false;
    m->throws = tc_alloc_array(r->arena, count, sizeof m->throws[0]);
    m->throw_count = count;
    for (size_t i = 0; i < count; i++)
        if (!read_class_name(r, &s, &m->throws[i]))
            return false;
    return true;
}

static bool read_member_attribute(struct reader *r, struct span *s,
                                  struct tc_member *m)
{
    const char *name = NULL;
    struct span body = {NULL, 0};
    if (!take_attribute(r, s, &name, &body))
        return false;
    if (strcmp(name, "Code") == 0)
        return read_code(r, body, m);
    if (strcmp(name, "ConstantValue") == 0)
        return read_value(r, body, m);
    if (strcmp(name, "Exceptions") == 0)
        return read_throws(r, body, m);
    return true;
}

static bool read_members(struct reader *r, struct span *s,
                         struct tc_member **members, size_t *member_count)
{
    uint16_t count = 0;
    if (!take_count(r, s, MEMBER_SIZE, &count))
        return false;
    *members = tc_alloc_array(r->arena, count, sizeof **members);
    *member_count = count;
    for (size_t i = 0; i < count; i++) {
        struct tc_member *m = &(*members)[i];
        uint16_t attributes = 0;
        if (!take_u2(r, s, &m->flags) || !take_text(r, s, &m->name) ||
            !take_text(r, s, &m->descriptor) || !take_u2(r, s, &attributes))
            return false;
        for (size_t j = 0; j < attributes; j++)
            if (!read_member_attribute(r, s, m))
                return false;
    }
    return true;
}

static bool read_supers(struct reader *r, struct span *s)
{
    struct tc_classfile *f = r->file;
    uint16_t count = 0;
    if (!read_class_name(r, s, &f->name) || !read_class_name(r, s, &f->super) ||
        !take_count(r, s, 2, &count))
        return false;
    f->interface_count = count;
    f->interfaces = tc_alloc_array(r->arena, count, sizeof f->interfaces[0]);
    for (size_t i = 0; i < count; i++)
        if (!read_class_name(r, s, &f->interfaces[i]))
            return false;
    return true;
}

static bool read_source(struct reader *r, struct span s)
{
    struct tc_classfile *f = r->file;
    const char *source = NULL;
    if (f->source_name != NULL)
        return stop(r, "it names two source files");
    if (!take_text(r, &s, &source))
        return false;
    const char *slash = strrchr(f->name, '/');
    int folder = slash == NULL ? 0 : (int)(slash + 1 - f->name);
    f->source_name = source;
    f->source = tc_format(r->arena, "%.*s%s", folder, f->name, source);
    return true;
}

static bool read_bootstraps(struct reader *r, struct span s)
{
    struct tc_classfile *f = r->file;
    uint16_t count = 0;
    if (!take_u2(r, &s, &count))
        return false;
    f->bootstraps = tc_alloc_array(r->arena, count, sizeof f->bootstraps[0]);
    for (size_t i = 0; i < count; i++) {
        struct tc_bootstrap *b = &f->bootstraps[i];
        uint16_t arguments = 0;
        if (!take_u2(r, &s, &b->method) || !take_u2(r, &s, &arguments))
            return false;
        for (size_t k = 0; k < arguments; k++) {
            uint16_t index = 0;
            if (!take_u2(r, &s, &index))
                return false;
            if (k == 1)
                b->second = index;
        }
    }
    f->bootstrap_count = count;
    return true;
}

static bool read_class_attributes(struct reader *r, struct span *s)
{
    uint16_t count = 0;
    if (!take_u2(r, s, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        const char *name = NULL;
        struct span body = {NULL, 0};
        if (!take_attribute(r, s, &name, &body))
            return false;
        if (strcmp(name, "SourceFile") == 0 && !read_source(r, body))
            return false;
        if (strcmp(name, "BootstrapMethods") == 0 && !read_bootstraps(r, body))
            return false;
        if (strcmp(name, "NestHost") == 0 &&
            !read_class_name(r, &body, &r->file->nest))
            return false;
    }
    return s->n == 0 || stop(r, "there are bytes after the class");
}

static bool read_header(struct reader *r, struct span *s)
{
    uint32_t magic = 0;
    uint16_t minor = 0;
    if (span_take_u4(s, &magic) != ERR_OK || magic != MAGIC)
        return stop(r, "not a class file");
    if (!take_u2(r, s, &minor) || !take_u2(r, s, &r->file->major))
        return false;
    if (r->file->major < MAGIC_MAJOR_MIN || r->file->major > MAGIC_MAJOR_MAX)
        return stop(r, tc_format(r->arena,
                                 "class file version %u is not supported (45 "
                                 "to 65 are); compile with -source 8 -target 8",
                                 r->file->major));
    return true;
}

static bool read_class(struct reader *r, struct span s)
{
    struct tc_classfile *f = r->file;
    if (!read_header(r, &s))
        return false;
    r->problem = tc_pool_read(r->arena, f, &s);
    if (r->problem != NULL)
        return false;
    if (!take_u2(r, &s, &f->flags))
        return false;
    if (f->flags & ACC_MODULE) {
        f->name = "module-info";
        return true;
    }
    return read_supers(r, &s) &&
           read_members(r, &s, &f->fields, &f->field_count) &&
           read_members(r, &s, &f->methods, &f->method_count) &&
           read_class_attributes(r, &s);
}

struct tc_classfile *tc_classfile_read(struct tc_arena *arena,
                                       struct tc_diag *diag, const char *path,
                                       struct span bytes)
{
    struct tc_classfile *file = tc_alloc(arena, sizeof *file);
    file->path = path;
    file->source = path;
    struct reader r = {arena, file, NULL};
    if (read_class(&r, bytes))
        return file;
    tc_error(diag, path, 0, "%s", r.problem);
    return NULL;
}

unsigned tc_code_line(const struct tc_code *code, size_t pc)
{
    unsigned line = 0;
    size_t best = 0;
    for (size_t i = 0; i < code->line_count; i++) {
        const struct tc_line *l = &code->lines[i];
        if (l->pc <= pc && (line == 0 || l->pc >= best)) {
            line = l->line;
            best = l->pc;
        }
    }
    return line;
}
