#include "domains/trial.h"

#include <string.h>

#include "domains/load.h"
#include "domains/registry.h"
#include "domains/text.h"

/*
 * All of it happens in one epoch: what LOAD and INSTALL would do, by the same
 * functions.  A mere trial never commits it, and then it never was.
 */
struct trial {
    struct domain *d;
    bool keep;
    struct card_trial *out;
    void (*tell)(void *ctx, const char *text);
    void *ctx;
};

/* An AID names one thing on a card, package or application [GPCS 6.5]. */
static sw_t name_package(const struct trial *t, struct span load_file)
{
    struct domain_load *load = &t->d->load;
    struct registry_entry e;
    struct span aid;

    if (!domain_load_name(load_file, &aid) || aid.n > sizeof load->aid ||
        aid.n == 0)
        return SW_WRONG_DATA;
    memcpy(load->aid, aid.p, aid.n);
    load->aid_length = (uint8_t)aid.n;
    return domain_find_package(t->d, aid, &e) ||
                   domain_find_application(t->d, aid, &e)
               ? SW_CONDITIONS
               : SW_OK;
}

static sw_t load(const struct trial *t, struct span load_file,
                 struct registry_entry *e)
{
    struct domain *d = t->d;

    sw_t sw = name_package(t, load_file);
    if (sw == SW_CONDITIONS)
        t->tell(t->ctx, "has an AID that is in use");
    if (sw == SW_OK)
        sw = domain_load_begin(d, (uint32_t)load_file.n);
    if (sw == SW_OK)
        sw = domain_load_stage(d, load_file);
    if (sw == SW_OK)
        sw = domain_load_admit(d, e, t->out->why, sizeof t->out->why);
    return sw;
}

/* The issuer's, selectable, without privileges. */
static sw_t register_instance(const struct trial *t, uint8_t package,
                              struct span aid, uint16_t instance)
{
    struct registry_entry e = {
        .kind = ENTRY_APPLICATION,
        .state = STATE_SELECTABLE,
        .slot = DOMAIN_NONE,
        .domain = DOMAIN_ISD,
        .package = package,
        .instance = instance,
        .aid_length = (uint8_t)aid.n,
    };

    memcpy(e.aid, aid.p, aid.n);
    return sw_from_err(domain_add_entry(t->d, &e));
}

/* Every applet, under its own AID, without parameters or privileges. */
static sw_t install(const struct trial *t, uint8_t package)
{
    static const uint8_t none[1];
    struct vm_method method;
    struct span aid;
    sw_t sw = SW_OK;

    for (uint8_t i = 0;
         sw == SW_OK && vm_package_applet(t->d->vm, package, i, &aid, &method);
         i++) {
        uint16_t instance = 0;
        sw = jcre_install(t->d->jcre, package, aid, aid, span_of(none, 1),
                          span_of(NULL, 0), &instance);
        if (sw == SW_OK && t->keep)
            sw = register_instance(t, package, aid, instance);
        if (sw == SW_OK)
            t->out->instances++;
    }
    return sw;
}

static sw_t keep(const struct trial *t, const struct registry_entry *package)
{
    struct domain *d = t->d;

    sw_t sw = sw_from_err(domain_put_entry(d, package));
    if (sw == SW_OK)
        sw = sw_from_err(heap_epoch_commit(d->heap, HEAP_ROOT_COUNT, 0));
    if (sw == SW_OK) {
        d->load.staging = false;
        domain_load_abort(d);
    }
    return sw;
}

void domain_try(struct domain *d, struct span load_file, bool keep_it,
                struct card_trial *out,
                void (*tell)(void *ctx, const char *text), void *ctx)
{
    const struct trial t = {d, keep_it, out, tell, ctx};
    struct heap_usage before, loaded, installed;
    struct registry_entry e;

    *out = (struct card_trial){.load_sw = SW_NO_DIAGNOSIS};
    d->load = (struct domain_load){.active = true, .associated = DOMAIN_ISD};
    heap_usage(d->heap, &before);
    out->free = before.persistent_free;
    out->lacks = vm_lacks(d->vm, load_file, tell, ctx);
    out->load_sw = load(&t, load_file, &e);
    if (out->load_sw != SW_OK)
        return;
    heap_usage(d->heap, &loaded);
    out->load_bytes = before.persistent_free - loaded.persistent_free;
    out->install_sw = install(&t, e.package);
    heap_usage(d->heap, &installed);
    out->install_bytes = loaded.persistent_free - installed.persistent_free;
    out->transient_bytes =
        loaded.transient_reset_free - installed.transient_reset_free;
    if (keep_it && out->install_sw == SW_OK)
        out->install_sw = keep(&t, &e);
}
