#include "jcre/upgrade.h"

#include "jcre/call.h"
#include "jcre/state.h"

enum { CELL_SIZE = 2 };

/* ---- the calls ---- */

bool jcre_is_listener(const struct jcre *j, uint16_t instance)
{
    struct jcre_instance info;

    return jcre_instance(j, instance, &info) &&
           vm_instance_of(j->vm, info.object, j->api.upgrade_listener);
}

/* As in uninstall(), the context counts as the selected one. */
static sw_t tell(struct jcre *j, uint16_t instance, uint8_t token,
                 const uint16_t *arg, uint16_t *result)
{
    struct jcre_instance info;

    if (!jcre_instance(j, instance, &info))
        return SW_CONDITIONS;
    j->addressed = info.package;
    const enum vm_result r =
        jcre_call_interface(j, info.object, j->api.upgrade_listener, token, arg,
                            arg != NULL ? 1 : 0, result);
    const sw_t sw = jcre_call_end(j, r);
    j->addressed = 0;
    return sw;
}

static bool is_own_element(const struct jcre *j, uint16_t instance, ref_t ref)
{
    struct jcre_instance info;
    struct heap_view v;

    return jcre_instance(j, instance, &info) && heap_get(j->heap, ref, &v) &&
           v.h.context == info.package &&
           vm_instance_of(j->vm, ref, j->api.element);
}

sw_t jcre_on_save(struct jcre *j, uint16_t instance, ref_t *root)
{
    uint16_t result = 0;
    const sw_t sw = tell(j, instance, j->api.on_save, NULL, &result);

    *root = result;
    if (sw != SW_OK || *root == 0)
        return sw;
    return is_own_element(j, instance, *root) ? SW_OK : SW_CONDITIONS;
}

sw_t jcre_on_restore(struct jcre *j, uint16_t instance, ref_t root)
{
    const uint16_t arg = root;

    return tell(j, instance, j->api.on_restore, &arg, NULL);
}

void jcre_on_cleanup(struct jcre *j, uint16_t instance)
{
    (void)tell(j, instance, j->api.on_cleanup, NULL, NULL);
}

void jcre_on_consolidate(struct jcre *j, uint16_t instance)
{
    (void)tell(j, instance, j->api.on_consolidate, NULL, NULL);
}

/* ---- the list of what is saved ---- */

struct listing {
    struct jcre *j;
    uint8_t package;
    ref_t list;
    uint32_t n; /* of it that are there */
    enum err e;
};

static ref_t listed(const struct heap_view *list, uint32_t i)
{
    return get_u2(list->p + i * CELL_SIZE);
}

static bool is_listed(const struct listing *l, ref_t ref)
{
    struct heap_view list;

    if (!heap_get(l->j->heap, l->list, &list))
        return false;
    for (uint32_t i = 0; i < l->n; i++) {
        if (listed(&list, i) == ref)
            return true;
    }
    return false;
}

static enum err set_reference(struct heap *heap, ref_t ref, uint32_t i,
                              ref_t value)
{
    uint8_t bytes[CELL_SIZE];

    set_u2(bytes, value);
    return heap_write(heap, ref, i * CELL_SIZE, bytes, CELL_SIZE, HEAP_ATOMIC);
}

/* What goes with the package takes its classes with it. */
static bool is_of_class(const struct heap_view *v, uint8_t package)
{
    return (v->h.kind == HEAP_OBJECT || v->h.kind == HEAP_REF_ARRAY) &&
           v->h.class_package == package;
}

static bool list_one(void *ctx, ref_t ref)
{
    struct listing *l = ctx;
    struct heap_view v;

    if (!heap_get(l->j->heap, ref, &v) || v.h.context != l->package ||
        is_listed(l, ref))
        return true;
    l->e = is_of_class(&v, l->package)
               ? ERR_TYPE
               : set_reference(l->j->heap, l->list, l->n, ref);
    l->n++;
    return l->e == ERR_OK;
}

static enum err drop_mapped(struct listing *l, ref_t ref)
{
    if (!vm_instance_of(l->j->vm, ref, l->j->api.mapped_element))
        return ERR_OK;
    return set_reference(l->j->heap, ref, JCRE_ELEMENT_MAPPED, 0);
}

/* What an object on the list leads to, and all that comes behind it. */
static enum err follow(struct listing *l, uint32_t from)
{
    struct heap_view list;

    for (uint32_t i = from; l->e == ERR_OK && i < l->n; i++) {
        if (!heap_get(l->j->heap, l->list, &list))
            return ERR_CORRUPT;
        const ref_t ref = listed(&list, i);
        l->e = drop_mapped(l, ref);
        if (l->e == ERR_OK)
            (void)heap_each_reference(l->j->heap, ref, list_one, l);
    }
    return l->e;
}

static enum err new_list(struct heap *heap, uint32_t n, ref_t *list)
{
    const struct heap_header hd = {.kind = HEAP_REF_ARRAY, .length = n};

    return heap_new(heap, &hd, list);
}

/* Room for everything that may be saved. */
static uint32_t count_candidates(const struct heap *heap, uint8_t package)
{
    struct heap_view v;
    uint32_t n = 0;

    for (ref_t r = heap_next(heap, 0); r != 0; r = heap_next(heap, r))
        n += heap_get(heap, r, &v) && v.h.context == package;
    return n;
}

/* The list without the room that nothing took. */
static enum err trim(struct listing *l, ref_t *list)
{
    struct heap_view from;

    enum err e = new_list(l->j->heap, l->n, list);
    for (uint32_t i = 0; e == ERR_OK && i < l->n; i++) {
        if (!heap_get(l->j->heap, l->list, &from))
            return ERR_CORRUPT;
        e = set_reference(l->j->heap, *list, i, listed(&from, i));
    }
    return e == ERR_OK ? heap_free(l->j->heap, l->list) : e;
}

enum err jcre_list_saved(struct jcre *j, uint8_t package, const ref_t *roots,
                         uint8_t count, ref_t *list, uint16_t *counts)
{
    struct listing l = {.j = j, .package = package, .e = ERR_OK};

    l.e = new_list(j->heap, count_candidates(j->heap, package), &l.list);
    for (uint8_t i = 0; l.e == ERR_OK && i < count; i++) {
        const uint32_t first = l.n;
        (void)list_one(&l, roots[i]);
        if (l.e == ERR_OK)
            l.e = follow(&l, first);
        counts[i] = (uint16_t)(l.n - first);
    }
    return l.e == ERR_OK ? trim(&l, list) : l.e;
}

/* ---- whose it is ---- */

static enum err set_owners(struct jcre *j, ref_t list, uint32_t first,
                           uint32_t n, uint8_t context, uint16_t owner)
{
    struct heap_view v;
    enum err e = ERR_OK;

    for (uint32_t i = first; e == ERR_OK && i < first + n; i++) {
        if (!heap_get(j->heap, list, &v) || v.h.length < first + n)
            return ERR_CORRUPT;
        e = heap_set_owner(j->heap, listed(&v, i), context, owner);
    }
    return e;
}

enum err jcre_keep_saved(struct jcre *j, ref_t list)
{
    struct heap_view v;

    if (!heap_get(j->heap, list, &v))
        return ERR_CORRUPT;
    return set_owners(j, list, 0, v.h.length, VM_KEPT, 0);
}

enum err jcre_give_saved(struct jcre *j, ref_t list, uint32_t first, uint32_t n,
                         uint16_t instance)
{
    struct jcre_instance info;

    if (!jcre_instance(j, instance, &info))
        return ERR_CORRUPT;
    return set_owners(j, list, first, n, info.package, instance);
}
