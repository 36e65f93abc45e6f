#include "toolchain/format.h"

#include "toolchain/releases.h"

static const struct {
    uint8_t format;
    const char *release; /* the first whose cards read it */
} origins[] = {{2, "2.2.1"}, {3, "3.1"}};

/* The least format that has it all, and what for. */
static uint8_t needed(const struct tc_env *env, const char **what)
{
    const struct tc_options *o = env->options;
    *what = "static resources";
    if (o->resource_count > 0)
        return 3;
    *what = "remote interfaces";
    if (env->has_remote)
        return 2;
    *what = "the Debug component";
    return o->debug ? 2 : 1;
}

static uint8_t implied(const struct tc_env *env, uint8_t least)
{
    const char *target = env->options->target;
    return target != NULL && tc_target_reaches(target, "3.1") ? 3 : least;
}

/* [JCVM 6.16]: each number once, 32767 bytes each. */
static void check_resources(const struct tc_env *env)
{
    enum { RESOURCE_MAX = 32767 };
    const struct tc_options *o = env->options;
    for (size_t i = 0; i < o->resource_count; i++) {
        const struct tc_resource *r = &o->resources[i];
        if (r->bytes.n > RESOURCE_MAX)
            tc_error(env->diag, "resource", 0,
                     "resource %u has %zu bytes; a CAP file holds %d each",
                     r->id, r->bytes.n, RESOURCE_MAX);
        for (size_t k = 0; k < i; k++)
            if (o->resources[k].id == r->id)
                tc_error(env->diag, "resource", 0,
                         "there are two resources with the number %u", r->id);
    }
}

void tc_format_choose(struct tc_env *env)
{
    const char *what = NULL;
    const char *target = env->options->target;
    uint8_t least = needed(env, &what);
    check_resources(env);
    env->format = env->options->format;
    if (env->format == 0)
        env->format = implied(env, least);
    if (env->format > TC_FORMAT_LAST)
        tc_error(env->diag, "format", 0,
                 "there is no CAP format 2.%u; there are 2.1, 2.2 and 2.3",
                 env->format);
    else if (env->format < least)
        tc_error(env->diag, "format", 0,
                 "%s came with CAP format 2.%u; 2.%u has none", what, least,
                 env->format);
    for (size_t i = 0; i < sizeof origins / sizeof origins[0]; i++)
        if (target != NULL && env->format == origins[i].format &&
            !tc_target_reaches(target, origins[i].release))
            tc_error(env->diag, "format", 0,
                     "CAP format 2.%u came with Java Card %s; the target, "
                     "Java Card %s, does not read it",
                     env->format, origins[i].release, target);
}
