#include "jcre/aid.h"
#include "jcre/call.h"
#include "jcre/delete.h"
#include "jcre/state.h"
#include "jcre/table.h"

/* Whose objects are to go, and whether something points at one of them. */
struct deletion {
    const struct jcre *j;
    const uint16_t *instances;
    uint8_t count;
    uint8_t statics; /* package whose own static fields do not count */
};

static bool is_going(const struct deletion *d, const struct heap_header *h)
{
    for (uint8_t i = 0; h->context != 0 && i < d->count; i++) {
        if (h->owner == d->instances[i])
            return true;
    }
    return false;
}

static bool stays(void *ctx, ref_t target)
{
    const struct deletion *d = ctx;
    struct heap_view v;

    return !heap_get(d->j->heap, target, &v) || !is_going(d, &v.h);
}

/* What the runtime itself holds does not count: its tables. */
static bool counts(const struct deletion *d, const struct heap_header *h)
{
    if (h->context == 0 || is_going(d, h))
        return false;
    return h->kind != HEAP_STATICS || h->context != d->statics;
}

static bool is_referenced(struct deletion *d)
{
    struct heap *heap = d->j->heap;
    struct heap_view v;

    for (ref_t r = heap_next(heap, 0); r != 0; r = heap_next(heap, r)) {
        if (heap_get(heap, r, &v) && counts(d, &v.h) &&
            !heap_each_reference(heap, r, stays, d))
            return true;
    }
    return false;
}

/* Only what is reachable counts, so garbage goes before a refusal. */
static bool is_needed(struct deletion *d)
{
    struct heap *heap = d->j->heap;
    uint32_t freed = 0;

    if (!is_referenced(d))
        return false;
    if (heap_in_transaction(heap) || heap_in_epoch(heap) ||
        heap_collect(heap, NULL, 0, &freed) != ERR_OK)
        return true;
    return is_referenced(d);
}

sw_t jcre_may_delete(const struct jcre *j, const uint16_t *instances,
                     uint8_t count)
{
    struct deletion d = {j, instances, count, 0};
    struct jcre_instance info;

    for (uint8_t i = 0; i < count; i++) {
        if (jcre_instance(j, instances[i], &info) &&
            jcre_context_active(j, info.package))
            return SW_CONDITIONS;
    }
    return is_needed(&d) ? SW_CONDITIONS : SW_OK;
}

sw_t jcre_may_delete_with_package(const struct jcre *j,
                                  const uint16_t *instances, uint8_t count,
                                  uint8_t package)
{
    struct deletion d = {j, instances, count, package};

    if (jcre_context_active(j, package) ||
        vm_package_is_imported(j->vm, package))
        return SW_CONDITIONS;
    return is_needed(&d) ? SW_CONDITIONS : SW_OK;
}

static bool has_object_of(const struct jcre *j, uint8_t package)
{
    struct heap_view v;

    for (ref_t r = heap_next(j->heap, 0); r != 0; r = heap_next(j->heap, r)) {
        if (heap_get(j->heap, r, &v) &&
            (v.h.kind == HEAP_OBJECT || v.h.kind == HEAP_REF_ARRAY) &&
            v.h.class_package == package)
            return true;
    }
    return false;
}

sw_t jcre_may_delete_package(const struct jcre *j, uint8_t package)
{
    uint32_t freed = 0;

    if (vm_package_is_imported(j->vm, package))
        return SW_CONDITIONS;
    if (!has_object_of(j, package))
        return SW_OK;
    if (heap_in_transaction(j->heap) || heap_in_epoch(j->heap) ||
        heap_collect(j->heap, NULL, 0, &freed) != ERR_OK)
        return SW_CONDITIONS;
    return has_object_of(j, package) ? SW_CONDITIONS : SW_OK;
}

void jcre_uninstall(struct jcre *j, uint16_t instance)
{
    struct jcre_instance info;
    enum vm_result r = VM_HALTED;

    if (!jcre_instance(j, instance, &info) ||
        !vm_instance_of(j->vm, info.object, j->api.applet_event))
        return;
    j->addressed = info.package;
    r = jcre_call_interface(j, info.object, j->api.applet_event,
                            j->api.uninstall, NULL, 0, NULL);
    (void)jcre_call_end(j, r);
    j->addressed = 0;
}

static enum err free_owned(struct jcre *j, uint16_t instance)
{
    struct heap_view v;

    for (ref_t r = heap_next(j->heap, 0); r != 0; r = heap_next(j->heap, r)) {
        enum err e = ERR_OK;
        if (heap_get(j->heap, r, &v) && v.h.owner == instance)
            e = heap_free(j->heap, r);
        if (e != ERR_OK)
            return e;
    }
    return ERR_OK;
}

struct aid_search {
    ref_t aid;
};

static bool is_another(void *ctx, ref_t target)
{
    const struct aid_search *s = ctx;

    return target != s->aid;
}

/* An applet may have kept the AID object: then it stays for the collector. */
static bool is_kept(const struct jcre *j, ref_t aid)
{
    struct aid_search s = {aid};
    struct heap_view v;

    for (ref_t r = heap_next(j->heap, 0); r != 0; r = heap_next(j->heap, r)) {
        if (heap_get(j->heap, r, &v) && v.h.context != 0 &&
            !heap_each_reference(j->heap, r, is_another, &s))
            return true;
    }
    return false;
}

static enum err free_entry(struct jcre *j, uint16_t instance, ref_t aid)
{
    const struct jcre_pair none = {0, 0};
    struct heap_view v;
    enum err e = ERR_OK;

    if (heap_get(j->heap, aid, &v) && !is_kept(j, aid))
        e = heap_free(j->heap, aid);
    return e != ERR_OK ? e : jcre_table_set(j, instance, none);
}

enum err jcre_delete(struct jcre *j, uint16_t instance)
{
    struct jcre_pair pair;
    enum err e = ERR_CORRUPT;
    enum err end = ERR_CORRUPT;
    bool own = !heap_in_transaction(j->heap);

    if (instance == 0)
        return ERR_OK;
    e = free_owned(j, instance);
    if (e != ERR_OK || !jcre_table_get(j, instance, &pair) || pair.aid == 0)
        return e;
    if (own)
        e = heap_begin(j->heap);
    if (e == ERR_OK)
        e = free_entry(j, instance, pair.aid);
    if (!own || !heap_in_transaction(j->heap))
        return e;
    end = e == ERR_OK ? heap_commit(j->heap) : heap_abort(j->heap);
    return e != ERR_OK ? e : end;
}
