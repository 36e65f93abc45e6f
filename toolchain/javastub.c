/* Java sources with the declarations of an export file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apidef/api_lookup.h"
#include "toolchain/exp.h"
#include "toolchain/types.h"

enum { J_PUBLIC = 0x0001, J_PROTECTED = 0x0004, J_STATIC = 0x0008 };
enum { J_FINAL = 0x0010, J_INTERFACE = 0x0200, J_ABSTRACT = 0x0400 };

enum { SOURCE_MAX = 256 * 1024 }; /* bytes of one class */

struct writer {
    struct tc_arena *arena;
    const struct tc_exp *exp;
    const struct tc_exp_class *class;
    struct tc_bytes text;
    struct tc_signature signature; /* of the method written now */
    const char *problem;
};

static void put_bytes(struct writer *w, const char *text, size_t n)
{
    if (n > SOURCE_MAX - w->text.n)
        w->problem = "its declarations are far longer than any real ones";
    else
        tc_put(&w->text, text, n);
}

static void put(struct writer *w, const char *text)
{
    put_bytes(w, text, strlen(text));
}

static void put_dotted(struct writer *w, const char *name, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool separates = name[i] == '/';
        put_bytes(w, separates ? "." : &name[i], 1);
    }
}

static const char *simple_name(const char *name)
{
    const char *slash = strrchr(name, '/');
    return slash == NULL ? name : slash + 1;
}

static void put_type(struct writer *w, const struct tc_type *t)
{
    static const char *const names[] = {"void",  "boolean", "byte",
                                        "short", "int",     ""};
    enum tc_kind kind = t->is_array ? t->element : t->kind;
    if (kind == KIND_REFERENCE)
        put_dotted(w, t->name, t->name_length);
    else
        put(w, names[kind]);
    if (t->is_array)
        put(w, "[]");
}

static void put_flags(struct writer *w, uint16_t flags)
{
    put(w, flags & J_PROTECTED ? "protected " : "public ");
    if (flags & J_STATIC)
        put(w, "static ");
    if (flags & J_FINAL)
        put(w, "final ");
}

static void put_value(struct writer *w, const struct tc_exp_member *f)
{
    if (!f->has_value)
        return;
    if (f->descriptor[0] == 'Z')
        put(w, f->value != 0 ? " = true" : " = false");
    else
        put(w, tc_format(w->arena, " = %d", (int)f->value));
}

static void put_field(struct writer *w, const struct tc_exp_member *f)
{
    struct tc_type type;
    const char *text = f->descriptor;
    w->problem = tc_type_take(&text, &type);
    if (w->problem != NULL)
        return;
    struct tc_exp_member kept = *f;
    if (!f->has_value) /* javac would want to see where it is set */
        kept.flags = (uint16_t)(f->flags & ~J_FINAL);
    put(w, "    ");
    put_flags(w, kept.flags);
    put_type(w, &type);
    put(w, " ");
    put(w, f->name);
    put_value(w, f);
    put(w, ";\n");
}

static void put_parameters(struct writer *w, const struct tc_signature *s)
{
    put(w, "(");
    for (size_t i = 0; i < s->count; i++) {
        put(w, i == 0 ? "" : ", ");
        put_type(w, &s->parameters[i]);
        put(w, tc_format(w->arena, " p%zu", i));
    }
    put(w, ")");
}

/* Arguments of the right types for the superclass's constructor. */
static void put_zero(struct writer *w, const struct tc_type *t)
{
    put(w, "(");
    put_type(w, t);
    put(w, ") ");
    if (t->kind == KIND_REFERENCE)
        put(w, "null");
    else
        put(w, t->kind == KIND_BOOLEAN ? "false" : "0");
}

static const struct tc_exp_member *super_constructor(const struct writer *w)
{
    const struct tc_exp_class *c = w->class;
    if (c->super_count == 0)
        return NULL;
    for (size_t i = 0; i < w->exp->class_count; i++) {
        const struct tc_exp_class *s = &w->exp->classes[i];
        if (strcmp(s->name, c->supers[c->super_count - 1]) != 0)
            continue;
        for (size_t k = 0; k < s->method_count; k++)
            if (strcmp(s->methods[k].name, "<init>") == 0)
                return &s->methods[k];
    }
    return NULL;
}

static void put_constructor_body(struct writer *w)
{
    const struct tc_exp_member *m = super_constructor(w);
    struct tc_signature *s = &w->signature;
    put(w, " {\n");
    if (m != NULL && tc_signature_read(m->descriptor, s) == NULL) {
        put(w, "        super(");
        for (size_t i = 0; i < s->count; i++) {
            put(w, i == 0 ? "" : ", ");
            put_zero(w, &s->parameters[i]);
        }
        put(w, ");\n");
    }
    put(w, "    }\n");
}

static void put_method(struct writer *w, const struct tc_exp_member *m)
{
    struct tc_signature *s = &w->signature;
    w->problem = tc_signature_read(m->descriptor, s);
    if (w->problem != NULL)
        return;
    bool interface = (w->class->flags & J_INTERFACE) != 0;
    bool constructor = strcmp(m->name, "<init>") == 0;
    put(w, "    ");
    put_flags(w, interface ? J_PUBLIC : m->flags);
    if (!interface && !constructor)
        put(w, m->flags & J_ABSTRACT ? "abstract " : "native ");
    if (!constructor) {
        put_type(w, &s->result);
        put(w, " ");
    }
    put(w, constructor ? simple_name(w->class->name) : m->name);
    put_parameters(w, s);
    if (constructor)
        put_constructor_body(w);
    else
        put(w, ";\n");
}

static void put_names(struct writer *w, const char *word,
                      const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        put(w, i == 0 ? word : ", ");
        put_dotted(w, names[i], strlen(names[i]));
    }
}

static void put_head(struct writer *w)
{
    const struct tc_exp_class *c = w->class;
    bool interface = (c->flags & J_INTERFACE) != 0;
    put(w, "package ");
    put_dotted(w, w->exp->package_name, strlen(w->exp->package_name));
    put(w, ";\n\npublic ");
    if (!interface && (c->flags & J_ABSTRACT))
        put(w, "abstract ");
    if (c->flags & J_FINAL)
        put(w, "final ");
    put(w, interface ? "interface " : "class ");
    put(w, simple_name(c->name));
    if (!interface && c->super_count > 0)
        put_names(w, " extends ", c->supers + c->super_count - 1, 1);
    put_names(w, interface ? " extends " : " implements ", c->interfaces,
              c->interface_count);
    put(w, " {\n");
}

/*
 * An export file names inherited methods, too; javac wants a final one not to
 * be declared again.
 */
static bool is_final_above(const struct writer *w,
                           const struct tc_exp_member *m)
{
    for (size_t i = 0; i < w->class->super_count; i++) {
        const struct api_class *c = api_class_called(w->class->supers[i]);
        uint8_t token = 0;
        const struct api_method *same =
            c != NULL ? api_method_by_name(c, (m->flags & J_STATIC) != 0,
                                           m->name, m->descriptor, &token)
                      : NULL;
        if (same != NULL && (same->flags & API_M_FINAL) != 0 &&
            strcmp(m->name, "<init>") != 0)
            return true;
    }
    return false;
}

static void put_class(struct writer *w)
{
    const struct tc_exp_class *c = w->class;
    put_head(w);
    for (size_t i = 0; w->problem == NULL && i < c->field_count; i++)
        put_field(w, &c->fields[i]);
    for (size_t i = 0; w->problem == NULL && i < c->method_count; i++) {
        if (!is_final_above(w, &c->methods[i]))
            put_method(w, &c->methods[i]);
    }
    put(w, "}\n");
}

static char *copy(const char *text, size_t n)
{
    char *to = malloc(n + 1);
    if (to == NULL)
        return NULL;
    memcpy(to, text, n);
    to[n] = '\0';
    return to;
}

/* A name becomes a path: it must not lead elsewhere. */
static bool is_plain(const char *name)
{
    return name[0] != '/' && strstr(name, "..") == NULL &&
           strchr(name, '\\') == NULL && strlen(name) < 512;
}

/* A class in a class cannot stand in a file of its own. */
static bool is_nested(const char *name)
{
    return strchr(name, '$') != NULL;
}

static const char *make_source(struct tc_arena *arena, const struct tc_exp *exp,
                               const struct tc_exp_class *c,
                               struct tc_java_source *to)
{
    struct writer w = {
        .arena = arena, .exp = exp, .class = c, .text = {.arena = arena}};
    if (!is_plain(c->name))
        return "a class has a name that is none";
    put_class(&w);
    if (w.problem != NULL)
        return w.problem;
    const char *path = tc_format(arena, "%s.java", c->name);
    to->path = copy(path, strlen(path));
    to->text = copy((const char *)w.text.p, w.text.n);
    return to->path == NULL || to->text == NULL ? "out of memory" : NULL;
}

static const char *make_all(struct tc_arena *arena, const struct tc_exp *exp,
                            struct tc_java_source **sources, size_t *count)
{
    *sources = calloc(exp->class_count + 1, sizeof **sources);
    if (*sources == NULL)
        return "out of memory";
    for (size_t i = 0; i < exp->class_count; i++) {
        if (is_nested(exp->classes[i].name))
            continue;
        const char *problem =
            make_source(arena, exp, &exp->classes[i], &(*sources)[(*count)++]);
        if (problem != NULL)
            return problem;
    }
    return NULL;
}

bool tc_java_sources(const struct tc_input *export_file,
                     struct tc_java_source **sources, size_t *count,
                     char *error, size_t error_size)
{
    struct tc_arena *arena = tc_arena_new();
    const char *problem = NULL;
    struct tc_exp *exp = tc_exp_read(arena, export_file->bytes, &problem);
    *sources = NULL;
    *count = 0;
    if (exp != NULL)
        problem = make_all(arena, exp, sources, count);
    if (problem != NULL) {
        snprintf(error, error_size, "%s: %s", export_file->path, problem);
        tc_java_sources_free(*sources, *count);
        *sources = NULL;
        *count = 0;
    }
    tc_arena_free(&arena);
    return problem == NULL;
}

void tc_java_sources_free(struct tc_java_source *sources, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(sources[i].path);
        free(sources[i].text);
    }
    free(sources);
}
