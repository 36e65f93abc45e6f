#include "toolchain/own.h"

#include <stdlib.h>
#include <string.h>

#include "toolchain/format.h"
#include "toolchain/growth.h"
#include "toolchain/members.h"
#include "toolchain/remote.h"
#include "toolchain/tokens.h"

enum { INTERFACES_MAX = 15, SUPERINTERFACES_MAX = 14, CLASSES_MAX = 255 };

const char *tc_source(const struct tc_class *class)
{
    return class->file->source;
}

static bool same_package(const char *a, size_t length, const char *name)
{
    const char *slash = strrchr(name, '/');
    size_t n = slash == NULL ? 0 : (size_t)(slash - name);
    return n == length && memcmp(a, name, n) == 0;
}

/* The first class decides the package; the others must agree. */
static bool check_package(struct tc_env *env, const struct tc_class *c)
{
    if (env->own.name == NULL) {
        const char *slash = strrchr(c->name, '/');
        size_t n = slash == NULL ? 0 : (size_t)(slash - c->name);
        env->own.name = tc_copy_text(env->arena, c->name, n);
        if (n == 0)
            tc_error(env->diag, tc_source(c), 0,
                     "class %s is in the unnamed package; a CAP file needs a "
                     "package name",
                     c->name);
        return true;
    }
    if (same_package(env->own.name, strlen(env->own.name), c->name))
        return true;
    tc_error(env->diag, tc_source(c), 0,
             "class %s is not in package %s; a CAP file holds one package",
             tc_dotted(env->arena, c->name),
             tc_dotted(env->arena, env->own.name));
    return false;
}

/* It has no effect at run time: there is nothing of it on a card. */
static bool is_ignored(const struct tc_classfile *file)
{
    static const char package_info[] = "/package-info";
    size_t n = strlen(file->name);
    size_t tail = sizeof package_info - 1;
    return (file->flags & (ACC_ANNOTATION | ACC_MODULE)) != 0 ||
           (n > tail && strcmp(file->name + n - tail, package_info) == 0);
}

static void add_file(struct tc_env *env, const struct tc_classfile *file)
{
    struct tc_class *c = tc_alloc(env->arena, sizeof *c);
    c->name = file->name;
    c->package = &env->own;
    c->flags = file->flags;
    c->file = file;
    c->token = TC_NO_TOKEN;
    if (is_ignored(file) || !check_package(env, c))
        return;
    for (size_t i = 0; i < env->class_count; i++)
        if (strcmp(env->classes[i]->name, c->name) == 0) {
            tc_error(env->diag, file->path, 0, "class %s is given twice",
                     tc_dotted(env->arena, c->name));
            return;
        }
    env->classes = tc_grow(env->arena, env->classes, env->class_count,
                           sizeof env->classes[0]);
    env->classes[env->class_count++] = c;
    tc_env_add(env, c);
}

static int by_name(const void *a, const void *b)
{
    const struct tc_class *const *x = a;
    const struct tc_class *const *y = b;
    int fx = tc_is_interface(*x) ? 0 : 1;
    int fy = tc_is_interface(*y) ? 0 : 1;
    return fx != fy ? fx - fy : strcmp((*x)->name, (*y)->name);
}

/* The first line of its code that is known: near its declaration. */
static unsigned first_line(const struct tc_class *c)
{
    unsigned best = 0;
    for (size_t i = 0; i < c->file->method_count; i++) {
        const struct tc_code *code = c->file->methods[i].code;
        unsigned line = code == NULL ? 0 : tc_code_line(code, 0);
        if (line != 0 && (best == 0 || line < best))
            best = line;
    }
    return best;
}

static bool extends(const struct tc_class *c, const char *name)
{
    return c->file->super != NULL && strcmp(c->file->super, name) == 0;
}

/* What a compiler makes for a switch over an enum: that is told there. */
static bool is_switch_map(const struct tc_classfile *file)
{
    for (size_t i = 0; i < file->field_count; i++)
        if (strncmp(file->fields[i].name, "$SwitchMap$", 11) == 0)
            return true;
    return false;
}

static void check_kind(struct tc_env *env, struct tc_class *c)
{
    bool is_enum = (c->flags & ACC_ENUM) != 0;
    bool is_record = extends(c, "java/lang/Record");
    c->is_refused = is_enum || is_record || is_switch_map(c->file);
    if (is_enum && extends(c, "java/lang/Enum"))
        tc_error(env->diag, tc_source(c), first_line(c),
                 "enum %s: enums are not in the Java Card language; use "
                 "constants",
                 tc_dotted(env->arena, c->name));
    if (is_record)
        tc_error(env->diag, tc_source(c), first_line(c),
                 "record %s: records are not in the Java Card language; "
                 "write a class",
                 tc_dotted(env->arena, c->name));
}

/*
 * An enum is told of once, where it is declared, not at the classes that come
 * with it; what only claims to be such a class has nothing told of it there.
 */
static void tell_of_refused(struct tc_env *env)
{
    for (size_t i = 0; i < env->class_count && env->diag->count == 0; i++) {
        const struct tc_class *c = env->classes[i];
        if (c->is_refused)
            tc_error(env->diag, tc_source(c), first_line(c),
                     "class %s is part of an enum, and of none in this package",
                     tc_dotted(env->arena, c->name));
    }
}

static struct tc_class *linked(struct tc_env *env, struct tc_class *c,
                               const char *name)
{
    struct tc_class *to = tc_find_class(env, name);
    if (to != NULL)
        return to;
    c->is_incomplete = true;
    if (!tc_may_be_unread(env, name))
        tc_error(env->diag, tc_source(c), first_line(c), "class %s: %s",
                 tc_dotted(env->arena, c->name), tc_unknown_class(env, name));
    return NULL;
}

static void link_super(struct tc_env *env, struct tc_class *c)
{
    if (tc_is_interface(c) || c->is_refused)
        return;
    struct tc_class *super = linked(env, c, c->file->super);
    if (super == NULL)
        return;
    c->is_incomplete =
        tc_is_interface(super) || (super->flags & ACC_FINAL) != 0;
    if (c->is_incomplete)
        tc_error(env->diag, tc_source(c), first_line(c),
                 "class %s cannot extend %s", tc_dotted(env->arena, c->name),
                 tc_dotted(env->arena, super->name));
    else
        c->super = super;
}

/* Depth first; sorted[] receives a class when all it needs is there. */
static bool visit(struct tc_env *env, struct tc_class *c,
                  struct tc_class **sorted, size_t *count)
{
    enum { NEW, OPEN, DONE };
    if (!tc_is_own(env, c) || c->visit == DONE)
        return true;
    if (c->visit == OPEN) {
        tc_error(env->diag, tc_source(c), 0, "class %s inherits from itself",
                 tc_dotted(env->arena, c->name));
        return false;
    }
    c->visit = OPEN;
    if (c->super != NULL && !visit(env, c->super, sorted, count))
        return false;
    for (size_t i = 0; i < c->file->interface_count; i++) {
        struct tc_class *face = tc_find_class(env, c->file->interfaces[i]);
        if (face != NULL && !visit(env, face, sorted, count))
            return false;
    }
    c->visit = DONE;
    sorted[(*count)++] = c;
    return true;
}

static bool sort_classes(struct tc_env *env)
{
    struct tc_class **sorted =
        tc_alloc_array(env->arena, env->class_count, sizeof *sorted);
    size_t count = 0;
    qsort(env->classes, env->class_count, sizeof env->classes[0], by_name);
    for (size_t i = 0; i < env->class_count; i++)
        if (!visit(env, env->classes[i], sorted, &count))
            return false;
    env->classes = sorted;
    return true;
}

static void add_interface(struct tc_env *env, struct tc_class *c,
                          struct tc_class *face)
{
    for (size_t i = 0; i < c->interface_count; i++)
        if (c->interfaces[i] == face)
            return;
    c->interfaces = tc_grow(env->arena, c->interfaces, c->interface_count,
                            sizeof c->interfaces[0]);
    c->interfaces[c->interface_count++] = face;
}

/* Called in sorted order, so what is inherited is complete. */
static void link_interfaces(struct tc_env *env, struct tc_class *c)
{
    for (size_t i = 0; i < c->file->interface_count; i++) {
        struct tc_class *face = linked(env, c, c->file->interfaces[i]);
        if (face == NULL)
            continue;
        if (!tc_is_interface(face)) {
            c->is_incomplete = true;
            tc_error(env->diag, tc_source(c), 0, "%s is not an interface",
                     tc_dotted(env->arena, face->name));
            continue;
        }
        add_interface(env, c, face);
        for (size_t j = 0; j < face->interface_count; j++)
            add_interface(env, c, face->interfaces[j]);
    }
    size_t most = tc_is_interface(c) ? SUPERINTERFACES_MAX : INTERFACES_MAX;
    if (c->interface_count > most)
        tc_error(env->diag, tc_source(c), 0,
                 "class %s has %zu interfaces; a CAP file holds %zu",
                 tc_dotted(env->arena, c->name), c->interface_count, most);
}

/* Remote types are those below java.rmi.Remote.  [JCVM 2.2.6] */
static void mark_remote(struct tc_env *env, struct tc_class *c)
{
    c->is_remote = c->super != NULL && c->super->is_remote;
    for (size_t i = 0; i < c->interface_count; i++)
        c->is_remote |= c->interfaces[i]->is_remote;
    env->has_remote |= c->is_remote;
}

static void mark_shareable(struct tc_class *c)
{
    if (strcmp(c->name, "javacard/framework/Shareable") == 0)
        c->is_shareable = true;
    if (c->super != NULL && c->super->is_shareable)
        c->is_shareable = true;
    for (size_t i = 0; i < c->interface_count; i++)
        if (c->interfaces[i]->is_shareable)
            c->is_shareable = true;
}

void tc_own_load(struct tc_env *env)
{
    const struct tc_options *o = env->options;
    for (size_t i = 0; i < o->class_count; i++) {
        const struct tc_classfile *file = tc_classfile_read(
            env->arena, env->diag, o->classes[i].path, o->classes[i].bytes);
        if (file != NULL)
            add_file(env, file);
        env->has_unread |= file == NULL;
    }
    if (env->class_count == 0 && !env->has_unread)
        tc_error(env->diag, "input", 0, "there is no class to convert");
    if (env->class_count == 0)
        return;
    for (size_t i = 0; i < env->class_count; i++) {
        check_kind(env, env->classes[i]);
        link_super(env, env->classes[i]);
    }
    tell_of_refused(env);
    if (!sort_classes(env))
        return;
    for (size_t i = 0; i < env->class_count; i++) {
        if (env->classes[i]->is_refused)
            continue;
        link_interfaces(env, env->classes[i]);
        mark_shareable(env->classes[i]);
        mark_remote(env, env->classes[i]);
    }
    if (env->class_count > CLASSES_MAX)
        tc_error(env->diag, "input", 0,
                 "the package has %zu classes; a CAP file holds %d",
                 env->class_count, CLASSES_MAX);
    if (env->diag->count == 0)
        tc_format_choose(env);
    tc_growth_open(env);
    env->is_linked =
        env->own.name[0] != '\0' && env->class_count <= CLASSES_MAX;
    for (size_t i = 0; env->is_linked && i < env->class_count; i++) {
        if (env->classes[i]->is_refused)
            continue;
        tc_members_load(env, env->classes[i]);
        tc_tokens_members(env, env->classes[i]);
    }
    if (env->is_linked && env->has_remote)
        tc_remote_check(env);
}
