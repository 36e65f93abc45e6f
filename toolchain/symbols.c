#include "toolchain/symbols.h"

#include <string.h>

#include "toolchain/constructs.h"
#include "toolchain/imported.h"
#include "toolchain/releases.h"

static struct tc_package *package_add(struct tc_env *env)
{
    struct tc_package *p = tc_alloc(env->arena, sizeof *p);
    env->packages = tc_grow(env->arena, env->packages, env->package_count,
                            sizeof env->packages[0]);
    env->packages[env->package_count++] = p;
    return p;
}

static int target_minor(const struct tc_env *env, const struct api_package *api)
{
    uint8_t major = 0;
    uint8_t minor = 0;
    const char *target = env->options->target;
    if (target == NULL || !tc_target_decides(api->name))
        return TC_ANY_MINOR;
    bool has = tc_target_version(target, api->name, &major, &minor);
    return has && major == api->major ? minor : TC_NO_MINOR;
}

static void add_api(struct tc_env *env)
{
    for (size_t i = 0; i < api_package_count; i++) {
        const struct api_package *api = &api_packages[i];
        struct tc_package *p = package_add(env);
        p->name = api->name;
        p->aid.length = api->aid_length;
        memcpy(p->aid.bytes, api->aid, sizeof p->aid.bytes);
        p->major = api->major;
        p->minor = api->minor;
        p->target_minor = target_minor(env, api);
        p->needed_minor = 0;
        if (p->target_minor >= 0 && p->target_minor < TC_ANY_MINOR)
            p->needed_minor = (uint8_t)p->target_minor;
        p->api = api;
    }
}

static void add_exports(struct tc_env *env)
{
    for (size_t i = 0; i < env->options->export_count; i++) {
        const struct tc_input *input = &env->options->exports[i];
        const char *problem = NULL;
        struct tc_exp *exp = tc_exp_read(env->arena, input->bytes, &problem);
        if (exp == NULL) {
            tc_error(env->diag, input->path, 0, "%s", problem);
            continue;
        }
        struct tc_package *p = package_add(env);
        p->name = exp->package_name;
        p->aid = exp->aid;
        p->major = exp->major;
        p->minor = exp->minor;
        p->needed_minor = exp->minor;
        p->target_minor = TC_ANY_MINOR;
        p->exp = exp;
    }
}

void tc_env_init(struct tc_env *env, struct tc_arena *arena,
                 struct tc_diag *diag, const struct tc_options *options)
{
    *env = (struct tc_env){.arena = arena, .diag = diag, .options = options};
    env->own.aid = options->package_aid;
    env->own.major = options->major;
    env->own.minor = options->minor;
    env->own.target_minor = TC_ANY_MINOR;
    add_exports(env);
    add_api(env);
}

void tc_env_add(struct tc_env *env, struct tc_class *class)
{
    env->known =
        tc_grow(env->arena, env->known, env->known_count, sizeof env->known[0]);
    env->known[env->known_count++] = class;
}

struct tc_class *tc_find_class(struct tc_env *env, const char *name)
{
    for (size_t i = 0; i < env->known_count; i++)
        if (strcmp(env->known[i]->name, name) == 0)
            return env->known[i];
    for (size_t i = 0; i < env->package_count; i++) {
        struct tc_class *c = tc_imported_class(env, env->packages[i], name);
        if (c != NULL)
            return c;
    }
    return NULL;
}

static struct tc_field *own_field(const struct tc_class *class,
                                  const char *name, const char *descriptor)
{
    for (size_t i = 0; i < class->field_count; i++) {
        struct tc_field *f = &class->fields[i];
        if (strcmp(f->name, name) == 0 &&
            strcmp(f->descriptor, descriptor) == 0)
            return f;
    }
    return NULL;
}

static struct tc_method *own_method(const struct tc_class *class,
                                    const char *name, const char *descriptor)
{
    for (size_t i = 0; i < class->method_count; i++) {
        struct tc_method *m = &class->methods[i];
        if (strcmp(m->name, name) == 0 &&
            strcmp(m->descriptor, descriptor) == 0)
            return m;
    }
    return NULL;
}

struct tc_field *tc_find_field(const struct tc_class *class, const char *name,
                               const char *descriptor)
{
    for (const struct tc_class *c = class; c != NULL; c = c->super) {
        struct tc_field *f = own_field(c, name, descriptor);
        for (size_t i = 0; f == NULL && i < c->interface_count; i++)
            f = own_field(c->interfaces[i], name, descriptor);
        if (f != NULL)
            return f;
    }
    return NULL;
}

struct tc_method *tc_find_method(const struct tc_class *class, const char *name,
                                 const char *descriptor)
{
    for (const struct tc_class *c = class; c != NULL; c = c->super) {
        struct tc_method *m = own_method(c, name, descriptor);
        if (m != NULL)
            return m;
    }
    for (const struct tc_class *c = class; c != NULL; c = c->super)
        for (size_t i = 0; i < c->interface_count; i++) {
            struct tc_method *m =
                own_method(c->interfaces[i], name, descriptor);
            if (m != NULL)
                return m;
        }
    return NULL;
}

static int find_in(struct tc_method *const *table, size_t count,
                   const char *name, const char *descriptor)
{
    for (size_t i = 0; i < count; i++)
        if (table[i] != NULL && strcmp(table[i]->name, name) == 0 &&
            strcmp(table[i]->descriptor, descriptor) == 0)
            return (int)i;
    return -1;
}

int tc_virtual_token(const struct tc_class *class, const char *name,
                     const char *descriptor)
{
    return find_in(class->virtuals, class->virtual_count, name, descriptor);
}

int tc_package_token(const struct tc_class *class, const char *name,
                     const char *descriptor)
{
    return find_in(class->package_virtuals, class->package_virtual_count, name,
                   descriptor);
}

bool tc_is_subclass(const struct tc_class *class,
                    const struct tc_class *ancestor)
{
    for (const struct tc_class *c = class; c != NULL; c = c->super)
        if (c == ancestor)
            return true;
    return false;
}

static void refuse_newer(struct tc_env *env, const struct tc_class *class,
                         uint8_t minor, const char *member)
{
    const struct tc_package *p = class->package;
    const char *release = tc_release_for(p->name, p->major, minor);
    if (class->minor > p->target_minor)
        member = NULL;
    tc_error(env->diag, env->at.file, env->at.line,
             "%s%s%s came with %s; the target, Java Card %s, does not have it",
             tc_dotted(env->arena, class->name), member == NULL ? "" : ".",
             member == NULL ? "" : member,
             release == NULL ? "a later release" : release,
             env->options->target);
}

bool tc_use_class(struct tc_env *env, struct tc_class *class, uint8_t minor,
                  const char *member)
{
    struct tc_package *p = class->package;
    p->is_used = true;
    if (class->minor > minor)
        minor = class->minor;
    if ((int)minor > p->target_minor) {
        refuse_newer(env, class, minor, member);
        return false;
    }
    if (minor > p->needed_minor)
        p->needed_minor = minor;
    return true;
}

bool tc_is_virtual(const struct tc_method *method)
{
    return (method->flags & (ACC_STATIC | ACC_PRIVATE)) == 0 &&
           strcmp(method->name, "<init>") != 0;
}

const char *tc_dotted(struct tc_arena *arena, const char *name)
{
    char *text = tc_copy_text(arena, name, strlen(name));
    for (char *p = text; *p != '\0'; p++)
        if (*p == '/')
            *p = '.';
    return text;
}

bool tc_is_broken(const struct tc_class *class)
{
    for (const struct tc_class *c = class; c != NULL; c = c->super)
        if (c->is_refused || c->is_incomplete)
            return true;
    return false;
}

bool tc_may_be_unread(const struct tc_env *env, const char *name)
{
    const char *own = env->own.name;
    if (!env->has_unread || own == NULL)
        return env->has_unread;
    size_t n = strlen(own);
    return strncmp(own, name, n) == 0 && name[n] == '/' &&
           strchr(name + n + 1, '/') == NULL;
}

const char *tc_unknown_class(struct tc_env *env, const char *name)
{
    const char *construct = tc_construct_of_class(name, NULL);
    if (construct != NULL)
        return construct;
    return tc_format(env->arena,
                     "%s is neither in the Java Card API nor in a package "
                     "given by --exp",
                     tc_dotted(env->arena, name));
}
