#include <stdlib.h>
#include <string.h>

#include "toolchain/ir.h"
#include "toolchain/layout.h"
#include "toolchain/lower.h"
#include "toolchain/manifest.h"
#include "toolchain/members.h"
#include "toolchain/output.h"
#include "toolchain/own.h"
#include "toolchain/releases.h"
#include "toolchain/tokens.h"
#include "toolchain/verify.h"

struct conversion {
    struct tc_arena *arena;
    struct tc_diag diag;
    struct tc_env env;
    struct tc_pool pool;
    struct tc_output out;
};

static bool is_named(const struct tc_env *env, const struct tc_class *c,
                     const char *name)
{
    const char *dotted = tc_dotted(env->arena, c->name);
    const char *simple = strrchr(c->name, '/') + 1;
    return strcmp(c->name, name) == 0 || strcmp(dotted, name) == 0 ||
           strcmp(simple, name) == 0;
}

static struct tc_class *applet_class(struct tc_env *env, const char *name)
{
    for (size_t i = 0; i < env->class_count; i++)
        if (is_named(env, env->classes[i], name))
            return env->classes[i];
    return NULL;
}

static struct tc_method *install_of(struct tc_env *env,
                                    const struct tc_applet_option *option)
{
    struct tc_class *c = applet_class(env, option->class_name);
    const struct tc_class *applet =
        tc_find_class(env, "javacard/framework/Applet");
    if (c == NULL) {
        tc_error(env->diag, "applet", 0, "there is no class %s in the package",
                 option->class_name);
        return NULL;
    }
    if (tc_is_broken(c))
        return NULL;
    if (!tc_is_subclass(c, applet) || (c->flags & ACC_ABSTRACT)) {
        tc_error(env->diag, tc_source(c), 0,
                 "%s is not a class that extends javacard.framework.Applet",
                 option->class_name);
        return NULL;
    }
    struct tc_method *m = tc_find_method(c, "install", "([BSB)V");
    unsigned wanted = ACC_PUBLIC | ACC_STATIC;
    if (m == NULL || !tc_is_own(env, m->owner) ||
        (m->flags & wanted) != wanted) {
        tc_error(env->diag, tc_source(c), 0,
                 "applet %s has no method public static void install(byte[], "
                 "short, byte)",
                 option->class_name);
        return NULL;
    }
    return m;
}

static void find_applets(struct conversion *c)
{
    const struct tc_options *o = c->env.options;
    c->out.applet_installs = tc_alloc_array(c->arena, o->applet_count,
                                            sizeof c->out.applet_installs[0]);
    for (size_t i = 0; i < o->applet_count; i++) {
        const struct tc_aid *aid = &o->applets[i].aid;
        c->out.applet_installs[i] = install_of(&c->env, &o->applets[i]);
        if (memcmp(aid->bytes, o->package_aid.bytes, 5) != 0)
            tc_error(&c->diag, "applet", 0,
                     "the AID of %s must begin with the five bytes of the "
                     "package's [JCVM 6.6]",
                     o->applets[i].class_name);
    }
}

static void lower_all(struct conversion *c)
{
    struct tc_env *env = &c->env;
    for (size_t i = 0; i < env->class_count; i++) {
        struct tc_class *class = env->classes[i];
        if (class->is_refused)
            continue;
        tc_statics_read(env, class);
        for (size_t k = 0; k < class->method_count; k++) {
            tc_lower_method(env, &c->pool, class, &class->methods[k]);
            tc_peephole(class->methods[k].body);
        }
    }
}

/* An heir needs a version with all the methods that it inherits. */
static void use_super(struct tc_env *env, struct tc_class *super)
{
    uint8_t minor = 0;
    for (size_t i = 0; i < tc_inheritable(env, super); i++)
        if (super->virtuals[i]->minor > minor)
            minor = super->virtuals[i]->minor;
    tc_use_class(env, super, minor, NULL);
}

/* The first line that a method of the class has; 0: none is known. */
static unsigned class_line(const struct tc_class *c)
{
    unsigned first = 0;
    for (size_t i = 0; i < c->method_count; i++) {
        unsigned line = tc_method_line(&c->methods[i]);
        if (line != 0 && (first == 0 || line < first))
            first = line;
    }
    return first;
}

static void use_class_parts(struct tc_env *env, struct tc_class *c)
{
    env->at = (struct tc_place){tc_source(c), class_line(c)};
    for (struct tc_class *s = c->super; s != NULL; s = s->super)
        use_super(env, s);
    for (size_t i = 0; i < c->interface_count; i++)
        use_super(env, c->interfaces[i]);
    for (size_t i = 0; i < c->field_count; i++)
        if (!c->fields[i].is_constant)
            tc_typepool_use(env, c->fields[i].descriptor);
    for (size_t i = 0; i < c->method_count; i++) {
        env->at.line = tc_method_line(&c->methods[i]);
        tc_typepool_use(env, c->methods[i].descriptor);
    }
    bool tells_all = tc_is_interface(c) || c->token != TC_NO_TOKEN;
    for (size_t i = 0; tells_all && i < c->virtual_count; i++)
        tc_typepool_use(env, c->virtuals[i]->descriptor);
}

static int by_aid(const void *a, const void *b)
{
    const struct tc_aid *x = &(*(struct tc_package *const *)a)->aid;
    const struct tc_aid *y = &(*(struct tc_package *const *)b)->aid;
    size_t n = x->length < y->length ? x->length : y->length;
    int order = memcmp(x->bytes, y->bytes, n);
    return order != 0 ? order : (int)x->length - (int)y->length;
}

static void number_imports(struct conversion *c)
{
    enum { IMPORTS_MAX = 128 };
    struct tc_env *env = &c->env;
    c->out.imports =
        tc_alloc_array(c->arena, env->package_count, sizeof c->out.imports[0]);
    for (size_t i = 0; i < env->package_count; i++)
        if (env->packages[i]->is_used)
            c->out.imports[c->out.import_count++] = env->packages[i];
    qsort(c->out.imports, c->out.import_count, sizeof c->out.imports[0],
          by_aid);
    for (size_t i = 0; i < c->out.import_count; i++)
        c->out.imports[i]->token = (uint8_t)i;
    if (c->out.import_count > IMPORTS_MAX)
        tc_error(&c->diag, "output", 0,
                 "%zu packages are imported; 128 at "
                 "most",
                 c->out.import_count);
}

static void collect_uses(struct conversion *c)
{
    for (size_t i = 0; i < c->env.class_count; i++)
        use_class_parts(&c->env, c->env.classes[i]);
    for (size_t i = 0; i < c->pool.count; i++) {
        const struct tc_pool_ref *r = c->pool.refs[i];
        if (r->field != NULL)
            tc_typepool_use(&c->env, r->field->descriptor);
        if (r->method != NULL)
            tc_typepool_use(&c->env, r->method->descriptor);
    }
    number_imports(c);
}

static void write_components(struct conversion *c)
{
    struct tc_output *out = &c->out;
    tc_pool_number(&c->pool);
    tc_statics_lay_out(&c->env, &out->statics);
    tc_output_place_methods(out);
    if (c->diag.count > 0)
        return;
    tc_output_classes(out);
    tc_output_methods(out);
    tc_output_small(out);
    tc_output_descriptor(out);
    tc_output_debug(out);
    tc_output_directory(out);
    if (out->exported_classes > 0)
        out->export_file = tc_export_file(out);
    for (int tag = 1; tag < COMPONENT_STATIC_RESOURCES; tag++)
        if (out->info[tag].n > UINT16_MAX)
            tc_error(&c->diag, "output", 0,
                     "component %d would have %zu bytes; 65535 at most", tag,
                     out->info[tag].n);
}

static void list_imports(struct conversion *c, struct tc_result *result)
{
    struct tc_import *list =
        tc_alloc_array(c->arena, c->out.import_count, sizeof *list);
    for (size_t i = 0; i < c->out.import_count; i++) {
        const struct tc_package *p = c->out.imports[i];
        list[i] =
            (struct tc_import){p->name, p->aid, p->major, p->needed_minor};
    }
    result->imports = list;
    result->import_count = c->out.import_count;
}

static void list_exports(struct conversion *c, struct tc_result *result)
{
    const char **names =
        tc_alloc_array(c->arena, c->out.exported_classes, sizeof *names);
    for (size_t i = 0; i < c->env.class_count; i++)
        if (c->env.classes[i]->token < c->out.exported_classes)
            names[c->env.classes[i]->token] = c->env.classes[i]->name;
    result->exports = names;
    result->exported_count = c->out.exported_classes;
}

/* A component with tag and size, if the package has it. */
static void put_component(const struct conversion *c, int tag,
                          struct tc_bytes *to)
{
    const struct tc_bytes *info = &c->out.info[tag];
    if (info->n == 0)
        return;
    tc_put1(to, (uint32_t)tag);
    if (tag == COMPONENT_STATIC_RESOURCES)
        tc_put4(to, (uint32_t)info->n);
    else
        tc_put2(to, (uint32_t)info->n);
    tc_put(to, info->p, info->n);
}

static bool has_subroutine(const struct tc_method *m)
{
    for (size_t i = 0; m->body != NULL && i < m->body->count; i++)
        if (m->body->insns[i].op == OP_jsr)
            return true;
    return false;
}

static struct tc_method *next_with_subroutine(const struct tc_env *env,
                                              size_t *class, size_t *method)
{
    for (; *class < env->class_count; (*class)++, *method = 0) {
        const struct tc_class *c = env->classes[*class];
        while (*method < c->method_count) {
            struct tc_method *m = &c->methods[(*method)++];
            if (has_subroutine(m))
                return m;
        }
    }
    return NULL;
}

static bool is_found(const struct tc_verdict *v, const struct tc_method *m)
{
    for (size_t i = 0; i < v->finding_count; i++)
        if (v->findings[i].in_method && v->findings[i].method == m->offset)
            return true;
    return false;
}

/*
 * Not every subroutine that a compiler may write is one that a card's
 * verifier follows: such a method is refused here, not on the card.
 */
static void check_subroutines(struct conversion *c)
{
    size_t class = 0;
    size_t method = 0;
    char error[200];
    struct tc_bytes file = {.arena = c->arena};
    struct tc_verdict verdict;
    const struct tc_method *m = next_with_subroutine(&c->env, &class, &method);
    if (m == NULL || c->diag.count > 0)
        return;
    for (int tag = 1; tag <= TC_COMPONENT_LAST; tag++)
        put_component(c, tag, &file);
    const struct tc_verify_options options = {tc_bytes_span(&file),
                                              c->env.options->exports,
                                              c->env.options->export_count};
    bool checked = tc_verify(&options, &verdict, error, sizeof error);
    for (; checked && m != NULL;
         m = next_with_subroutine(&c->env, &class, &method))
        if (is_found(&verdict, m))
            tc_error(&c->diag, tc_source(m->owner), tc_method_line(m),
                     "%s: its compiler, for Java 1.4 or before, made a "
                     "subroutine of a finally block in a way that a card's "
                     "verifier does not follow; compile for Java 5 or later",
                     tc_method_label(c->arena, m));
    tc_verdict_free(&verdict);
}

static void finish(struct conversion *c, struct tc_result *result)
{
    for (int tag = 1; tag <= TC_COMPONENT_LAST; tag++) {
        struct tc_bytes whole = {.arena = c->arena};
        put_component(c, tag, &whole);
        result->component[tag] = tc_bytes_span(&whole);
    }
    result->package_name = c->env.own.name;
    result->format = c->env.format;
    list_imports(c, result);
    list_exports(c, result);
    result->manifest = tc_manifest(&c->out);
    result->export_file = c->out.export_file;
}

static bool is_target_known(struct conversion *c)
{
    char known[200];
    const char *target = c->env.options->target;
    if (target == NULL || tc_target_known(target))
        return true;
    tc_target_list(known, sizeof known);
    tc_error(&c->diag, "target", 0,
             "there is no Java Card release %s here; there are %s", target,
             known);
    return false;
}

static void convert(struct conversion *c)
{
    if (!is_target_known(c))
        return;
    tc_own_load(&c->env);
    if (!c->env.is_linked)
        return;
    c->out.exported_classes = tc_tokens_classes(&c->env);
    find_applets(c);
    lower_all(c);
    collect_uses(c);
    if (c->diag.count > 0)
        return;
    write_components(c);
    check_subroutines(c);
}

bool tc_convert(const struct tc_options *options, struct tc_result *result)
{
    *result = (struct tc_result){.arena = tc_arena_new()};
    struct conversion *c = tc_alloc(result->arena, sizeof *c);
    c->arena = result->arena;
    c->diag.arena = c->arena;
    tc_env_init(&c->env, c->arena, &c->diag, options);
    c->env.work = tc_arena_new();
    c->pool.env = &c->env;
    c->out.env = &c->env;
    c->out.pool = &c->pool;
    c->out.types.env = &c->env;
    c->out.byte_references.arena = c->arena;
    c->out.pair_references.arena = c->arena;
    for (int tag = 0; tag <= TC_COMPONENT_LAST; tag++)
        c->out.info[tag].arena = c->arena;
    convert(c);
    if (c->diag.count == 0)
        finish(c, result);
    tc_diag_sort(&c->diag);
    tc_arena_free(&c->env.work);
    result->messages = c->diag.messages;
    result->message_count = c->diag.count;
    return c->diag.count == 0;
}

void tc_result_free(struct tc_result *result)
{
    tc_arena_free(&result->arena);
    *result = (struct tc_result){.arena = NULL};
}
