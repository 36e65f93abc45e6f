#include "server/catalogue.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include <gp/capfile.h>

#include "apidef/api_lookup.h"
#include "base/hex.h"
#include "cap/check.h"

enum { SCRATCH_SIZE = 4 << 20, EXPORTS_MAX = 4096, HERITAGE_MAX = 1024 };

/* A class that another package of the catalogue exports. */
struct heritage {
    struct gp_aid package;
    uint8_t class;
    uint8_t inheritable; /* virtual tokens [JCVM 6.9.2.8] */
    bool is_interface;
};

/* One method that another package of the catalogue exports. */
struct export
{
    struct gp_aid package;
    uint8_t class;
    uint8_t space;
    uint8_t token;
    struct cap_signature signature;
};

struct verification {
    struct srv_store *store;
    const struct cap *cap; /* the one being checked */
    uint8_t *scratch;
    struct export *exports;
    size_t export_count;
    struct heritage heritage[HERITAGE_MAX];
    size_t heritage_count;
    const struct gp_aid *exporter; /* whose exports are being gathered */
    struct cap_finding first;
    bool found;
};

static const struct api_package *api_of(struct span aid)
{
    return api_package_by_aid(aid.p, aid.n);
}

static bool api_signature(const struct api_package *api, uint8_t class,
                          bool statics, uint8_t token,
                          struct cap_signature *out)
{
    const struct api_class *c = api_class_at(api, class);
    const struct api_method *m =
        c == NULL ? NULL : api_method_at(c, statics, token);

    if (m == NULL ||
        !cap_signature_of(m->descriptor, (m->flags & API_M_STATIC) != 0, out))
        return false;
    out->is_init = strcmp(m->name, "<init>") == 0;
    return true;
}

static bool resolve(void *ctx, uint8_t import, uint8_t class,
                    enum cap_space space, uint8_t token,
                    struct cap_signature *out)
{
    const struct verification *v = ctx;
    struct cap_package from;

    if (!cap_import(v->cap, import, &from))
        return false;
    const struct api_package *api = api_of(from.aid);
    if (api != NULL)
        return api_signature(api, class, space == CAP_SPACE_STATIC, token, out);
    for (size_t i = 0; i < v->export_count; i++) {
        const struct export *e = &v->exports[i];
        if (e->class == class && e->space == space && e->token == token &&
            span_equal(gp_aid_span(&e->package), from.aid)) {
            *out = e->signature;
            return true;
        }
    }
    return false;
}

static uint8_t inheritable(void *ctx, uint8_t import, uint8_t class)
{
    enum { ALL = 0xFF };
    const struct verification *v = ctx;
    struct cap_package from;

    if (!cap_import(v->cap, import, &from))
        return ALL;
    const struct api_package *api = api_of(from.aid);
    const struct api_class *c = api == NULL ? NULL : api_class_at(api, class);
    if (c != NULL)
        return c->cap22_virtual_count;
    for (size_t i = 0; i < v->heritage_count; i++) {
        const struct heritage *h = &v->heritage[i];
        if (h->class == class && span_equal(gp_aid_span(&h->package), from.aid))
            return h->inheritable;
    }
    return ALL;
}

/*
 * What a library leaves open, as all of an interface that it does not use:
 * whether those that do use it agree is for the card to see, which has them
 * all.
 */
static bool undeclared(void *ctx, uint8_t import, uint8_t class,
                       enum cap_space space, uint8_t token,
                       struct cap_signature *known)
{
    const struct verification *v = ctx;
    struct cap_package from;

    const bool declared = resolve(ctx, import, class, space, token, known);
    known->nargs = 0;
    if (declared)
        return true;
    if (space != CAP_SPACE_INTERFACE || token > 0x7F ||
        !cap_import(v->cap, import, &from))
        return false;
    for (size_t i = 0; i < v->heritage_count; i++) {
        const struct heritage *h = &v->heritage[i];
        if (h->class == class && span_equal(gp_aid_span(&h->package), from.aid))
            return h->is_interface;
    }
    return false;
}

static void take_heritage(struct verification *v, const struct cap *cap,
                          uint8_t package)
{
    struct cap_package from;
    struct cap_export export;
    struct cap_class c;
    struct gp_aid aid;

    if (!cap_public_package(cap, package, &from) ||
        gp_aid_set(&aid, from.aid) != GP_OK)
        return;

    for (unsigned i = 0; i < cap_export_count(cap, package); i++) {
        if (v->heritage_count < HERITAGE_MAX &&
            cap_export(cap, package, (uint8_t)i, &export) &&
            cap_class_at(cap, export.class_offset, &c))
            v->heritage[v->heritage_count++] = (struct heritage){
                .package = aid,
                .class = (uint8_t)i,
                .inheritable = c.cap22_count,
                .is_interface = (c.flags & CAP_CLASS_INTERFACE) != 0};
    }
}

static void take_export(void *ctx, uint8_t package, uint8_t class,
                        enum cap_space space, uint8_t token,
                        const struct cap_signature *signature,
                        const struct cap_links *links)
{
    struct verification *v = ctx;
    struct cap_package from;
    struct gp_aid aid;

    (void)links;
    if (v->exporter == NULL || v->export_count == EXPORTS_MAX ||
        !cap_public_package(v->cap, package, &from) ||
        gp_aid_set(&aid, from.aid) != GP_OK)
        return;
    v->exports[v->export_count++] =
        (struct export){aid, class, (uint8_t)space, token, *signature};
}

static void take_finding(void *ctx, const struct cap_finding *finding)
{
    struct verification *v = ctx;

    if (!v->found)
        v->first = *finding;
    v->found = true;
}

static enum err check(struct verification *v, const struct cap *cap)
{
    const struct cap_check how = {
        .cap = cap,
        .resolver = {v, resolve, inheritable, undeclared},
        .scratch = v->scratch,
        .scratch_size = SCRATCH_SIZE,
        .report = take_finding,
        .report_ctx = v,
        .exported = take_export,
        .exported_ctx = v,
    };

    v->cap = cap;
    v->found = false;
    return cap_check(&how);
}

/* Gathers what a package of the catalogue exports; false when it cannot. */
static bool gather(struct verification *v, struct span aid)
{
    struct srv_version version;
    struct cap cap;
    uint8_t bad = 0;

    if (srv_store_version_by_package(v->store, aid, &version) != GP_OK)
        return false;
    v->exporter = &version.package;
    bool done = cap_open(&cap, span_of(version.block, version.block_size),
                         &bad) == ERR_OK &&
                check(v, &cap) == ERR_OK;
    for (uint8_t i = 0; done && i < cap.package_count; i++)
        take_heritage(v, &cap, i);
    v->exporter = NULL;
    srv_version_free(&version);
    return done;
}

static bool gather_imports(struct verification *v, const struct cap *cap)
{
    struct cap_package import;

    for (uint8_t i = 0; cap_import(cap, i, &import); i++) {
        if (api_of(import.aid) == NULL && !gather(v, import.aid))
            return false;
    }
    return true;
}

static int verify(struct verification *v, struct span block, bool *verified,
                  struct srv_problem *p)
{
    char where[64];
    struct cap cap;
    uint8_t bad = 0;

    enum err e = cap_open(&cap, block, &bad);
    if (e != ERR_OK) {
        snprintf(where, sizeof where, "component %u", bad);
        return srv_problem_set(p, 422, "bad_cap", where, "%s", err_text(e));
    }
    *verified = gather_imports(v, &cap);
    if (!*verified)
        return 0;
    e = check(v, &cap);
    if (e == ERR_OK)
        return 0;
    if (e == ERR_MEMORY) {
        *verified = false;
        return 0;
    }
    snprintf(where, sizeof where, "component %u, offset %lu, method %u",
             v->first.component, (unsigned long)v->first.offset,
             v->first.method);
    return srv_problem_set(p, 422, "not_verified", v->found ? where : "", "%s",
                           v->found ? cap_rule_text(v->first.rule)
                                    : err_text(e));
}

static int verify_block(struct srv_store *store, struct span block,
                        bool *verified, struct srv_problem *p)
{
    struct verification v = {.store = store};

    v.scratch = malloc(SCRATCH_SIZE);
    v.exports = calloc(EXPORTS_MAX, sizeof *v.exports);
    int status = v.scratch == NULL || v.exports == NULL
                     ? srv_problem_from(p, GP_ERR_MEMORY, "", NULL)
                     : verify(&v, block, verified, p);
    free(v.scratch);
    free(v.exports);
    return status;
}

/* "org.postcard.wallet" or "org/postcard/wallet" gives "wallet". */
static void default_name(const struct gp_capfile *cap, char *out, size_t size)
{
    const char *last = cap->name;

    for (const char *at = cap->name; *at != '\0'; at++) {
        if (*at == '/' || *at == '.')
            last = at + 1;
    }
    if (*last != '\0')
        snprintf(out, size, "%.*s", (int)size - 1, last);
    else
        hex_encode(gp_aid_span(&cap->package.aid), out);
}

static int fill(const struct gp_capfile *cap, const char *name,
                const char *version, struct srv_version *out,
                struct srv_problem *p)
{
    if (cap->applet_count > SRV_APPLETS_MAX)
        return srv_problem_set(p, 422, "bad_cap", "Applet",
                               "more than %d applets", SRV_APPLETS_MAX);
    out->package = cap->package.aid;
    out->major = cap->package.major;
    out->minor = cap->package.minor;
    out->applet_count = cap->applet_count;
    memcpy(out->applets, cap->applets,
           cap->applet_count * sizeof out->applets[0]);
    if (name[0] != '\0')
        snprintf(out->application, sizeof out->application, "%s", name);
    else
        default_name(cap, out->application, sizeof out->application);
    if (version[0] != '\0')
        snprintf(out->version, sizeof out->version, "%s", version);
    else
        snprintf(out->version, sizeof out->version, "%u.%u", out->major,
                 out->minor);
    size_t size = gp_capfile_block_size(cap, GP_BLOCK_PLAIN);
    out->block = malloc(size > 0 ? size : 1);
    struct buf block = buf_of(out->block, size);
    if (out->block == NULL ||
        gp_capfile_block(cap, GP_BLOCK_PLAIN, &block) != GP_OK)
        return srv_problem_from(p, GP_ERR_MEMORY, "", NULL);
    out->block_size = block.n;
    crypto_hash_sha256(out->hash, out->block, out->block_size);
    return 0;
}

static int publish(struct srv_store *store, const struct srv_version *version,
                   struct span archive, int64_t *id, struct srv_problem *p)
{
    int result = srv_store_begin(store);

    if (result == GP_OK)
        result = srv_store_publish(store, version, archive, id);
    if (result == GP_OK)
        result =
            srv_store_audit(store, "admin", "publish", version->application,
                            "version %s", version->version);
    if (result == GP_OK)
        result = srv_store_commit(store);
    if (result == GP_OK)
        return 0;
    srv_store_abort(store);
    if (result == GP_ERR_IN_USE)
        return srv_problem_set(p, 409, "exists", "version",
                               "%s %s is published with other content",
                               version->application, version->version);
    return srv_problem_from(p, result, "", NULL);
}

int srv_catalogue_publish(struct srv_store *store, struct span archive,
                          const char *name, const char *version, bool *verified,
                          int64_t *id, struct srv_problem *p)
{
    struct srv_version v = {.id = 0};
    struct gp_capfile *cap = NULL;
    struct gp_why why = {{0}};

    int result = gp_capfile_read(archive, &cap, &why);
    if (result != GP_OK)
        return srv_problem_set(p, 422, "bad_cap", "", "%s", why.text);
    int status = fill(cap, name, version, &v, p);
    if (status == 0)
        status =
            verify_block(store, span_of(v.block, v.block_size), verified, p);
    if (status == 0)
        status = publish(store, &v, archive, id, p);
    srv_version_free(&v);
    gp_capfile_free(&cap);
    return status;
}
