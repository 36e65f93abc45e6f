#include "domains/upgrade_session.h"

#include <string.h>

enum {
    REF_SIZE = 2,
    HEADER = 0, /* elements of the session's array */
    PLAN,
    LIST,
    MARK,
    ROOTS,
    STATE_SIZE = 4,
    VERSION_AT = 4,
    BY_AT = 6,
    DOMAIN_AT = 8,
    AID_LENGTH_AT = 10,
    AID_AT = 11,
    COUNT_AT = 27,
    SLOTS_AT = 28,
    HEADER_MAX = SLOTS_AT + 2 * JCRE_UPGRADE_MAX + REGISTRY_SEAL_SIZE,
    PLAN_ITEM = 3,
    PLAN_MAX = PLAN_ITEM * JCRE_UPGRADE_MAX + REGISTRY_SEAL_SIZE,
};

/* ---- reading ---- */

static bool take_blob(const struct domain *d, ref_t ref, uint32_t from,
                      uint32_t n, struct heap_view *v)
{
    return heap_get(d->heap, ref, v) && v->h.kind == HEAP_BLOB &&
           v->h.length == n + REGISTRY_SEAL_SIZE &&
           get_u4(v->p + n) == domain_seal(v->p + from, n - from);
}

static bool take_state(const uint8_t *p, struct domain_upgrade *u)
{
    u->state = p[0];
    u->package = p[1];
    return (p[0] ^ p[2]) == 0xFF && (p[1] ^ p[3]) == 0xFF;
}

static bool take_header(const struct domain *d, ref_t ref,
                        struct domain_upgrade *u)
{
    struct heap_view v;

    if (!heap_get(d->heap, ref, &v) || v.h.length <= SLOTS_AT ||
        v.p[COUNT_AT] > JCRE_UPGRADE_MAX || v.p[AID_LENGTH_AT] > sizeof u->aid)
        return false;
    u->count = v.p[COUNT_AT];
    u->aid_length = v.p[AID_LENGTH_AT];
    memcpy(u->aid, v.p + AID_AT, sizeof u->aid);
    u->version = get_u2(v.p + VERSION_AT);
    u->by = get_u2(v.p + BY_AT);
    u->domain = get_u2(v.p + DOMAIN_AT);
    if (!take_blob(d, ref, STATE_SIZE, SLOTS_AT + 2u * u->count, &v))
        return false;
    for (size_t i = 0; i < u->count; i++)
        u->slots[i] = get_u2(v.p + SLOTS_AT + 2 * i);
    return take_state(v.p, u);
}

static bool take_plan(const struct domain *d, ref_t ref,
                      struct domain_upgrade *u)
{
    struct heap_view v;

    if (!take_blob(d, ref, 0, (uint32_t)PLAN_ITEM * u->count, &v))
        return false;
    for (size_t i = 0; i < u->count; i++) {
        u->saved[i] = get_u2(v.p + PLAN_ITEM * i);
        u->told[i] = v.p[PLAN_ITEM * i + 2] != 0;
    }
    return true;
}

static ref_t element(const struct heap_view *session, uint32_t i)
{
    return get_u2(session->p + i * REF_SIZE);
}

/* What the epochs left says more than the state that was written. */
static enum domain_upgrade_state effective_state(const struct domain *d,
                                                 const struct domain_upgrade *u,
                                                 bool saved, bool restored)
{
    struct registry_entry package;

    if (u->state == UPGRADE_SAVING && saved)
        return UPGRADE_CLEANUP;
    if (u->state == UPGRADE_RESTORING && restored)
        return UPGRADE_CONSOLIDATING;
    if (u->state == UPGRADE_AWAITS_FILE &&
        domain_find_package(d, upgrade_aid(u), &package))
        return UPGRADE_AWAITS_RESTORE;
    return u->state;
}

static bool take_session(const struct domain *d, ref_t ref,
                         struct domain_upgrade *u)
{
    struct heap_view v;

    *u = (struct domain_upgrade){.session = ref};
    if (!heap_get(d->heap, ref, &v) || v.h.kind != HEAP_REF_ARRAY ||
        v.h.length < ROOTS || !take_header(d, element(&v, HEADER), u) ||
        v.h.length != (uint32_t)ROOTS + u->count)
        return false;
    const bool saved = element(&v, PLAN) != 0;
    if (saved &&
        (element(&v, LIST) == 0 || !take_plan(d, element(&v, PLAN), u)))
        return false;
    if (saved)
        u->list = element(&v, LIST);
    for (uint8_t i = 0; i < u->count; i++)
        u->roots[i] = element(&v, (uint32_t)ROOTS + i);
    u->state = effective_state(d, u, saved, element(&v, MARK) != 0);
    return saved || u->state == UPGRADE_SAVING;
}

bool domain_upgrades(const struct domain *d)
{
    return heap_root(d->heap, HEAP_ROOT_UPGRADE) != 0;
}

bool domain_upgrade(const struct domain *d, struct domain_upgrade *u)
{
    return domain_upgrades(d) &&
           take_session(d, heap_root(d->heap, HEAP_ROOT_UPGRADE), u);
}

static bool has_saved(const struct domain *d, const struct domain_upgrade *u)
{
    struct heap_view list;
    uint32_t n = 0;

    for (size_t i = 0; i < u->count; i++)
        n += u->saved[i];
    return u->list == 0 ||
           (heap_get(d->heap, u->list, &list) &&
            list.h.kind == HEAP_REF_ARRAY && list.h.length == n);
}

bool domain_upgrade_is_sound(const struct domain *d)
{
    struct domain_upgrade u;
    struct registry_entry e;

    if (!domain_upgrades(d))
        return true;
    if (!domain_upgrade(d, &u) || !has_saved(d, &u))
        return false;
    for (size_t i = 0; i < u.count; i++) {
        if (domain_entry(d, u.slots[i], &e) ? e.kind != ENTRY_APPLICATION
                                            : u.state != UPGRADE_ABORTING)
            return false;
    }
    return true;
}

/* ---- writing ---- */

static void encode_state(enum domain_upgrade_state state, uint8_t package,
                         uint8_t out[STATE_SIZE])
{
    out[0] = (uint8_t)state;
    out[1] = package;
    out[2] = (uint8_t)~out[0];
    out[3] = (uint8_t)~package;
}

static uint32_t encode_header(const struct domain_upgrade *u,
                              uint8_t out[HEADER_MAX])
{
    const uint32_t n = SLOTS_AT + 2u * u->count;

    encode_state(UPGRADE_SAVING, u->package, out);
    set_u2(out + VERSION_AT, u->version);
    set_u2(out + BY_AT, u->by);
    set_u2(out + DOMAIN_AT, u->domain);
    out[AID_LENGTH_AT] = u->aid_length;
    memcpy(out + AID_AT, u->aid, sizeof u->aid);
    out[COUNT_AT] = u->count;
    for (size_t i = 0; i < u->count; i++)
        set_u2(out + SLOTS_AT + 2 * i, u->slots[i]);
    set_u4(out + n, domain_seal(out + STATE_SIZE, n - STATE_SIZE));
    return n + REGISTRY_SEAL_SIZE;
}

static enum err new_blob(struct domain *d, const uint8_t *bytes, uint32_t n,
                         ref_t *ref)
{
    const struct heap_header hd = {.kind = HEAP_BLOB, .length = n};

    enum err e = heap_new(d->heap, &hd, ref);
    return e == ERR_OK ? heap_write(d->heap, *ref, 0, bytes, n, HEAP_RAW) : e;
}

static enum err set_element(struct domain *d, ref_t session, uint32_t i,
                            ref_t ref)
{
    uint8_t bytes[REF_SIZE];

    set_u2(bytes, ref);
    return heap_write(d->heap, session, i * REF_SIZE, bytes, REF_SIZE,
                      HEAP_ATOMIC);
}

static enum err new_session(struct domain *d, const struct domain_upgrade *u,
                            ref_t *session)
{
    const struct heap_header hd = {.kind = HEAP_REF_ARRAY,
                                   .length = (uint32_t)ROOTS + u->count};
    uint8_t bytes[HEADER_MAX];
    ref_t header = 0;

    enum err e = heap_new(d->heap, &hd, session);
    if (e == ERR_OK)
        e = new_blob(d, bytes, encode_header(u, bytes), &header);
    return e == ERR_OK ? set_element(d, *session, HEADER, header) : e;
}

enum err domain_session_open(struct domain *d, const struct domain_upgrade *u)
{
    ref_t session = 0;

    enum err e = heap_epoch_begin(d->heap);
    if (e != ERR_OK)
        return e;
    e = new_session(d, u, &session);
    if (e == ERR_OK)
        return heap_epoch_commit(d->heap, HEAP_ROOT_UPGRADE, session);
    enum err undone = heap_epoch_abort(d->heap);
    return undone == ERR_OK ? e : undone;
}

enum err domain_session_set(struct domain *d, const struct domain_upgrade *u,
                            enum domain_upgrade_state state, uint8_t package)
{
    uint8_t bytes[STATE_SIZE];
    struct heap_view session;

    if (!heap_get(d->heap, u->session, &session))
        return ERR_CORRUPT;
    encode_state(state, package, bytes);
    return heap_write(d->heap, element(&session, HEADER), 0, bytes, STATE_SIZE,
                      HEAP_NOW);
}

enum err domain_session_set_root(struct domain *d,
                                 const struct domain_upgrade *u, uint8_t i,
                                 ref_t root)
{
    return set_element(d, u->session, (uint32_t)ROOTS + i, root);
}

enum err domain_session_set_plan(struct domain *d,
                                 const struct domain_upgrade *u)
{
    const uint32_t n = (uint32_t)PLAN_ITEM * u->count;
    uint8_t bytes[PLAN_MAX] = {0};
    ref_t plan = 0;

    for (size_t i = 0; i < u->count; i++) {
        set_u2(bytes + PLAN_ITEM * i, u->saved[i]);
        bytes[PLAN_ITEM * i + 2] = u->told[i];
    }
    set_u4(bytes + n, domain_seal(bytes, n));
    enum err e = set_element(d, u->session, LIST, u->list);
    if (e == ERR_OK)
        e = new_blob(d, bytes, n + REGISTRY_SEAL_SIZE, &plan);
    return e == ERR_OK ? set_element(d, u->session, PLAN, plan) : e;
}

enum err domain_session_mark(struct domain *d, const struct domain_upgrade *u)
{
    static const uint8_t done[1];
    ref_t mark = 0;

    enum err e = new_blob(d, done, sizeof done, &mark);
    return e == ERR_OK ? set_element(d, u->session, MARK, mark) : e;
}

static enum err close_in_transaction(struct domain *d, ref_t session)
{
    struct heap_view v;
    enum err e = heap_set_root(d->heap, HEAP_ROOT_UPGRADE, 0);

    for (uint32_t i = HEADER; e == ERR_OK && i < ROOTS; i++) {
        if (!heap_get(d->heap, session, &v))
            return ERR_CORRUPT;
        if (element(&v, i) != 0)
            e = heap_free(d->heap, element(&v, i));
    }
    return e == ERR_OK ? heap_free(d->heap, session) : e;
}

enum err domain_session_close(struct domain *d)
{
    enum err e = heap_begin(d->heap);

    if (e != ERR_OK)
        return e;
    e = close_in_transaction(d, heap_root(d->heap, HEAP_ROOT_UPGRADE));
    if (e == ERR_OK)
        return heap_commit(d->heap);
    enum err undone = heap_abort(d->heap);
    return undone == ERR_OK ? e : undone;
}
