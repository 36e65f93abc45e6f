#include "domains/origin.h"

#include <string.h>

enum { MODULE_AT = 6 };

static struct vault_place place_of(uint16_t slot)
{
    return (struct vault_place){VAULT_OF_INSTALL, slot, 0};
}

/* ---- writing ---- */

enum err domain_add_origin(struct domain *d, const struct registry_entry *e,
                           struct span module, struct span parameters)
{
    uint8_t record[ORIGIN_HEAD + ORIGIN_PARAMETERS_MAX + VAULT_TAG] = {
        ENTRY_ORIGIN};
    size_t n = ORIGIN_HEAD;
    uint16_t slot;

    if (parameters.n == 0 && span_equal(module, registry_aid(e)))
        return ERR_OK;
    if (module.n > 16 || parameters.n > ORIGIN_PARAMETERS_MAX)
        return ERR_RANGE;
    record[1] = (uint8_t)module.n;
    set_u2(record + 2, (uint16_t)parameters.n);
    set_u2(record + 4, e->slot);
    memcpy(record + MODULE_AT, module.p, module.n);
    if (parameters.n > 0) {
        enum err err =
            vault_put(d->vault, place_of(e->slot), parameters, record + n);
        if (err != ERR_OK)
            return err;
        n += vault_room(d->vault, parameters.n);
    }
    return domain_add_record(d, record, (uint32_t)n, &slot);
}

/* ---- reading ---- */

static bool is_record(const struct domain *d, uint16_t slot,
                      struct heap_view *v)
{
    ref_t ref;

    if (!domain_record(d, slot, v, &ref) || v->p[0] != ENTRY_ORIGIN ||
        v->h.length < ORIGIN_HEAD || v->p[1] > 16)
        return false;
    const size_t n = get_u2(v->p + 2);
    return n <= ORIGIN_PARAMETERS_MAX &&
           v->h.length == ORIGIN_HEAD + (n > 0 ? vault_room(d->vault, n) : 0);
}

bool domain_origin_record(const struct domain *d, uint16_t slot,
                          uint16_t *application, struct span *module)
{
    struct heap_view v;

    if (!is_record(d, slot, &v))
        return false;
    *application = get_u2(v.p + 4);
    *module = span_of(v.p + MODULE_AT, v.p[1]);
    return true;
}

static bool find_record(const struct domain *d, uint16_t application,
                        struct heap_view *v)
{
    for (uint16_t s = 0; (s = domain_next_slot(d, s)) != DOMAIN_NONE; s++) {
        if (is_record(d, s, v) && get_u2(v->p + 4) == application)
            return true;
    }
    return false;
}

/* The module of this name, or the only one; none: one that there is not. */
static struct span guess_module(const struct domain *d,
                                const struct registry_entry *e, uint8_t package)
{
    struct vm_package_info info = {.applet_count = 0};
    struct vm_method install;
    struct span aid = registry_aid(e);

    (void)vm_package(d->vm, package, &info);
    for (uint8_t i = 0; i < info.applet_count; i++) {
        if (vm_package_applet(d->vm, package, i, &aid, &install) &&
            span_equal(aid, registry_aid(e)))
            return aid;
    }
    return info.applet_count == 1 ? aid : registry_aid(e);
}

static void set_module(struct domain_origin *o, struct span module)
{
    memcpy(o->module, module.p, module.n);
    o->module_length = (uint8_t)module.n;
}

enum err domain_get_origin(const struct domain *d,
                           const struct registry_entry *e, uint8_t package,
                           struct domain_origin *o)
{
    struct heap_view v;

    *o = (struct domain_origin){.module_length = 0};
    if (!find_record(d, e->slot, &v)) {
        set_module(o, guess_module(d, e, package));
        return ERR_OK;
    }
    set_module(o, span_of(v.p + MODULE_AT, v.p[1]));
    o->parameters_length = (uint8_t)get_u2(v.p + 2);
    return o->parameters_length == 0
               ? ERR_OK
               : vault_get(d->vault, place_of(e->slot), v.p + ORIGIN_HEAD,
                           o->parameters_length, o->parameters);
}
