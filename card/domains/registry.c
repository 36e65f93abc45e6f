#include "domains/registry.h"

#include <assert.h>
#include <string.h>

#include "base/check.h"
#include "domains/keys.h"
#include "domains/memory.h"

/* Numbers of instances are free again only when no object carries them. */
static_assert(JCRE_INSTANCES_MAX >= 2 * REGISTRY_SLOTS,
              "each application of the registry needs a number");

enum { REF_SIZE = 2 };
enum {
    GIVEN_AT = 63,
    ENTRY_SIZE = 64,
    ENTRY_SIZE_MAX = ENTRY_SIZE + 4 * DOMAIN_AMOUNTS,
};

enum err domain_registry_format(struct domain *d)
{
    const struct heap_header slots = {
        .kind = HEAP_REF_ARRAY,
        .length = REGISTRY_SLOTS,
    };
    ref_t ref;

    enum err e = heap_new(d->heap, &slots, &ref);
    if (e == ERR_OK)
        e = heap_set_root(d->heap, HEAP_ROOT_REGISTRY, ref);
    return e;
}

/* The array of slots; false when memory was changed behind the card's back. */
static bool slots(const struct domain *d, struct heap_view *v)
{
    return heap_get(d->heap, heap_root(d->heap, HEAP_ROOT_REGISTRY), v) &&
           v->h.kind == HEAP_REF_ARRAY && v->h.length >= REGISTRY_SLOTS;
}

static ref_t slot_ref(const struct domain *d, uint16_t slot)
{
    struct heap_view v;

    if (slot >= REGISTRY_SLOTS || !slots(d, &v))
        return 0;
    return get_u2(v.p + (size_t)slot * REF_SIZE);
}

static enum err set_slot(struct domain *d, uint16_t slot, ref_t ref)
{
    uint8_t bytes[REF_SIZE];

    set_u2(bytes, ref);
    return heap_write(d->heap, heap_root(d->heap, HEAP_ROOT_REGISTRY),
                      (uint32_t)slot * REF_SIZE, bytes, REF_SIZE, HEAP_ATOMIC);
}

uint32_t domain_seal(const uint8_t *bytes, uint32_t n)
{
    uint64_t check = check_word(CHECK_START, n);
    uint32_t at = 0;

    if (bytes[0] == ENTRY_KEY && n >= KEY_RECORD_HEAD) {
        check = check_add(check, bytes, KEY_COUNTER_AT);
        at = KEY_COUNTER_AT + KEY_COUNTER_ROOM;
    }
    return (uint32_t)(check_add(check, bytes + at, n - at) >> 32);
}

bool domain_record(const struct domain *d, uint16_t slot, struct heap_view *v,
                   ref_t *ref)
{
    *ref = slot_ref(d, slot);
    if (*ref == 0 || !heap_get(d->heap, *ref, v) || v->h.kind != HEAP_BLOB ||
        v->h.length <= REGISTRY_SEAL_SIZE)
        return false;
    v->h.length -= REGISTRY_SEAL_SIZE;
    if (get_u4(v->p + v->h.length) == domain_seal(v->p, v->h.length))
        return true;
    persist_give_up(d->heap->persist);
    return false;
}

uint16_t domain_next_slot(const struct domain *d, uint16_t slot)
{
    struct heap_view v;

    /* one look at the array: most slots are empty */
    if (!slots(d, &v))
        return DOMAIN_NONE;
    for (; slot < REGISTRY_SLOTS; slot++) {
        if (get_u2(v.p + (size_t)slot * REF_SIZE) != 0)
            return slot;
    }
    return DOMAIN_NONE;
}

static uint16_t free_slot(const struct domain *d)
{
    for (uint16_t slot = 0; slot < REGISTRY_SLOTS; slot++) {
        if (slot_ref(d, slot) == 0)
            return slot;
    }
    return DOMAIN_NONE;
}

enum err domain_new_record(struct domain *d, uint32_t n, ref_t *ref)
{
    const struct heap_header blob = {.kind = HEAP_BLOB,
                                     .length = n + REGISTRY_SEAL_SIZE};

    return heap_new(d->heap, &blob, ref);
}

/* Over what has been written. */
static enum err seal(struct domain *d, ref_t ref)
{
    uint8_t bytes[REGISTRY_SEAL_SIZE];
    struct heap_view v;

    if (!heap_get(d->heap, ref, &v))
        return ERR_CORRUPT;
    const uint32_t n = v.h.length - REGISTRY_SEAL_SIZE;
    set_u4(bytes, domain_seal(v.p, n));
    return heap_write(d->heap, ref, n, bytes, REGISTRY_SEAL_SIZE, HEAP_RAW);
}

/* A blob with these bytes; nothing refers to it yet. */
static enum err new_record(struct domain *d, const uint8_t *bytes, uint32_t n,
                           ref_t *ref)
{
    enum err e = domain_new_record(d, n, ref);
    if (e == ERR_OK)
        e = heap_write(d->heap, *ref, 0, bytes, n, HEAP_RAW);
    return e == ERR_OK ? seal(d, *ref) : e;
}

static enum err add_in_transaction(struct domain *d, const uint8_t *bytes,
                                   uint32_t n, uint16_t slot)
{
    ref_t ref = 0;

    if (!domain_may_keep(d, slot, bytes, n))
        return ERR_MEMORY;
    enum err e = new_record(d, bytes, n, &ref);
    if (e == ERR_OK)
        e = set_slot(d, slot, ref);
    return e;
}

/* Ends a transaction that this file began: all of it, or none. */
static enum err finish(struct domain *d, enum err e)
{
    if (e == ERR_OK)
        e = heap_commit(d->heap);
    if (e != ERR_OK && heap_in_transaction(d->heap)) {
        enum err undone = heap_abort(d->heap);
        return undone == ERR_OK ? e : undone;
    }
    return e;
}

enum err domain_begin(struct domain *d, bool *own)
{
    *own = !heap_in_transaction(d->heap);
    return *own ? heap_begin(d->heap) : ERR_OK;
}

enum err domain_end(struct domain *d, bool own, enum err e)
{
    return own ? finish(d, e) : e;
}

enum err domain_add_record(struct domain *d, const uint8_t *bytes, uint32_t n,
                           uint16_t *slot)
{
    bool own = false;

    *slot = free_slot(d);
    if (*slot == DOMAIN_NONE)
        return ERR_MEMORY;
    enum err e = domain_begin(d, &own);
    if (e != ERR_OK)
        return e;
    return domain_end(d, own, add_in_transaction(d, bytes, n, *slot));
}

enum err domain_replace_record(struct domain *d, uint16_t slot,
                               const uint8_t *bytes, uint32_t n)
{
    assert(heap_in_transaction(d->heap));

    ref_t old = slot_ref(d, slot);
    enum err e = add_in_transaction(d, bytes, n, slot);
    if (e == ERR_OK)
        e = heap_free(d->heap, old);
    return e;
}

enum err domain_enter_record(struct domain *d, uint16_t *slot, ref_t ref)
{
    assert(heap_in_transaction(d->heap));

    enum err e = seal(d, ref);
    if (*slot == DOMAIN_NONE)
        *slot = free_slot(d);
    const ref_t old = slot_ref(d, *slot);
    if (e == ERR_OK)
        e = *slot == DOMAIN_NONE ? ERR_MEMORY : set_slot(d, *slot, ref);
    return e == ERR_OK && old != 0 ? heap_free(d->heap, old) : e;
}

static enum err remove_in_transaction(struct domain *d, uint16_t slot)
{
    ref_t ref = slot_ref(d, slot);

    enum err e = set_slot(d, slot, 0);
    if (e == ERR_OK && ref != 0)
        e = heap_free(d->heap, ref);
    return e;
}

enum err domain_remove_record(struct domain *d, uint16_t slot)
{
    bool own = false;

    enum err e = domain_begin(d, &own);
    if (e != ERR_OK)
        return e;
    return domain_end(d, own, remove_in_transaction(d, slot));
}

static uint32_t entry_size(uint8_t given)
{
    return given == 0 ? ENTRY_SIZE : ENTRY_SIZE_MAX;
}

static void encode_memory(const struct domain_memory *m,
                          uint8_t out[ENTRY_SIZE_MAX])
{
    out[GIVEN_AT] = m->given;
    for (size_t i = 0; i < DOMAIN_AMOUNTS; i++)
        set_u4(out + ENTRY_SIZE + 4 * i, m->bytes[i]);
}

static void decode_memory(const uint8_t *in, struct domain_memory *m)
{
    m->given = in[GIVEN_AT];
    for (size_t i = 0; m->given != 0 && i < DOMAIN_AMOUNTS; i++)
        m->bytes[i] = get_u4(in + ENTRY_SIZE + 4 * i);
}

/* Returns the record's length. */
static uint32_t encode(const struct registry_entry *e,
                       uint8_t out[ENTRY_SIZE_MAX])
{
    memset(out, 0, ENTRY_SIZE_MAX);
    out[0] = e->kind;
    out[1] = e->state;
    set_u2(out + 2, e->domain);
    out[4] = (uint8_t)(e->privileges >> 16);
    set_u2(out + 5, (uint16_t)e->privileges);
    out[7] = e->package;
    set_u2(out + 8, e->kind == ENTRY_DOMAIN ? e->receipts : e->instance);
    out[10] = e->restrictions;
    out[11] = e->flags;
    memcpy(out + 12, e->implicit, REGISTRY_IMPLICIT_MAX);
    for (size_t i = 0; i < REGISTRY_PROTOCOLS_MAX; i++) {
        out[16 + 2 * i] = e->protocols[i].id;
        out[17 + 2 * i] = e->protocols[i].i;
    }
    out[24] = e->aid_length;
    memcpy(out + 25, e->aid, e->aid_length);
    out[41] = e->provider_length;
    memcpy(out + 42, e->provider, e->provider_length);
    out[58] = e->accepts;
    out[59] = e->accepts_deletion;
    out[60] = e->releases;
    memcpy(out + 61, e->casd, sizeof e->casd);
    encode_memory(&e->memory, out);
    return entry_size(e->memory.given);
}

static bool decode(const uint8_t *in, uint32_t n, struct registry_entry *e)
{
    if (n < ENTRY_SIZE || n != entry_size(in[GIVEN_AT]) ||
        in[0] < ENTRY_PACKAGE || in[0] > ENTRY_DOMAIN ||
        in[24] > sizeof e->aid || in[41] > sizeof e->provider)
        return false;
    *e = (struct registry_entry){
        .kind = in[0],
        .state = in[1],
        .domain = get_u2(in + 2),
        .privileges = ((uint32_t)in[4] << 16) | get_u2(in + 5),
        .package = in[7],
        .instance = in[0] == ENTRY_DOMAIN ? 0 : get_u2(in + 8),
        .receipts = in[0] == ENTRY_DOMAIN ? get_u2(in + 8) : 0,
        .restrictions = in[10],
        .flags = in[11],
        .aid_length = in[24],
        .provider_length = in[41],
        .accepts = in[58],
        .accepts_deletion = in[59],
        .releases = in[60],
        .casd = {in[61], in[62]},
    };
    if ((e->flags & FLAG_ONCE_ACCEPTED) != 0)
        e->accepts = ACCEPTS_ALL;
    if ((e->flags & FLAG_ONCE_ACCEPTED_DELETION) != 0)
        e->accepts_deletion = ACCEPTS_ALL;
    memcpy(e->implicit, in + 12, REGISTRY_IMPLICIT_MAX);
    for (size_t i = 0; i < REGISTRY_PROTOCOLS_MAX; i++)
        e->protocols[i] =
            (struct registry_protocol){in[16 + 2 * i], in[17 + 2 * i]};
    memcpy(e->aid, in + 25, e->aid_length);
    memcpy(e->provider, in + 42, e->provider_length);
    decode_memory(in, &e->memory);
    return true;
}

bool domain_entry(const struct domain *d, uint16_t slot,
                  struct registry_entry *e)
{
    struct heap_view v;
    ref_t ref;

    if (!domain_record(d, slot, &v, &ref) || !decode(v.p, v.h.length, e))
        return false;
    e->slot = slot;
    return true;
}

enum err domain_add_entry(struct domain *d, struct registry_entry *e)
{
    uint8_t bytes[ENTRY_SIZE_MAX];
    const uint32_t n = encode(e, bytes);

    return domain_add_record(d, bytes, n, &e->slot);
}

enum err domain_put_entry(struct domain *d, const struct registry_entry *e)
{
    uint8_t bytes[ENTRY_SIZE_MAX + REGISTRY_SEAL_SIZE];
    ref_t ref = slot_ref(d, e->slot);

    if (ref == 0)
        return ERR_NOT_FOUND;
    const uint32_t n = encode(e, bytes);
    set_u4(bytes + n, domain_seal(bytes, n));
    return heap_write(d->heap, ref, 0, bytes, n + REGISTRY_SEAL_SIZE,
                      HEAP_ATOMIC);
}

bool domain_each_entry(const struct domain *d, uint16_t *slot,
                       struct registry_entry *e)
{
    for (*slot = domain_next_slot(d, *slot); *slot != DOMAIN_NONE;
         *slot = domain_next_slot(d, (uint16_t)(*slot + 1))) {
        if (domain_entry(d, *slot, e))
            return true;
    }
    return false;
}

bool domain_find_package(const struct domain *d, struct span aid,
                         struct registry_entry *e)
{
    for (uint16_t s = 0; domain_each_entry(d, &s, e); s++) {
        if (e->kind == ENTRY_PACKAGE && span_equal(registry_aid(e), aid))
            return true;
    }
    return false;
}

bool domain_find_application(const struct domain *d, struct span aid,
                             struct registry_entry *e)
{
    for (uint16_t s = 0; domain_each_entry(d, &s, e); s++) {
        if (e->kind != ENTRY_PACKAGE && span_equal(registry_aid(e), aid))
            return true;
    }
    return false;
}

bool domain_find_instance(const struct domain *d, uint16_t instance,
                          struct registry_entry *e)
{
    for (uint16_t s = 0; domain_each_entry(d, &s, e); s++) {
        if (e->kind == ENTRY_APPLICATION && e->instance == instance)
            return true;
    }
    return false;
}

bool domain_find_code(const struct domain *d, uint8_t package,
                      struct registry_entry *e)
{
    for (uint16_t s = 0; domain_each_entry(d, &s, e); s++) {
        if (e->kind == ENTRY_PACKAGE && e->package == package)
            return true;
    }
    return false;
}

static bool held_elsewhere(const struct domain *d, uint32_t privilege)
{
    struct registry_entry e;

    for (uint16_t s = 0; domain_each_entry(d, &s, &e); s++) {
        if (s != DOMAIN_ISD && (e.privileges & privilege) != 0)
            return true;
    }
    return false;
}

uint32_t domain_privileges(const struct domain *d,
                           const struct registry_entry *e)
{
    uint32_t privileges = e->privileges;

    if (e->slot != DOMAIN_ISD)
        return privileges;
    if (held_elsewhere(d, PRIVILEGE_CARD_RESET))
        privileges &= ~(uint32_t)PRIVILEGE_CARD_RESET;
    if (held_elsewhere(d, PRIVILEGE_FINAL))
        privileges &= ~(uint32_t)PRIVILEGE_FINAL;
    return privileges;
}

bool domain_climb(const struct domain *d, unsigned *steps,
                  struct registry_entry *e)
{
    if (*steps >= REGISTRY_SLOTS || e->domain == e->slot)
        return false;
    ++*steps;
    return domain_entry(d, e->domain, e);
}

bool domain_is_above(const struct domain *d, uint16_t above,
                     const struct registry_entry *e)
{
    struct registry_entry at = *e;
    unsigned steps = 0;

    do {
        if (at.domain == above)
            return true;
    } while (domain_climb(d, &steps, &at));
    return false;
}

static bool holds(const struct domain *d, const struct registry_entry *e,
                  uint32_t privilege)
{
    return (domain_privileges(d, e) & privilege) != 0;
}

/* Whether the nearest domain with Authorized Management above `e` is this. */
static bool is_managed_by(const struct domain *d, struct registry_entry e,
                          uint16_t manager)
{
    unsigned steps = 0;

    while (domain_climb(d, &steps, &e)) {
        if (holds(d, &e, PRIVILEGE_AUTHORIZED))
            return e.slot == manager;
    }
    return false;
}

/* Among all that a domain with Authorized Management has below. */
static bool find_managed(const struct domain *d, uint16_t manager,
                         uint32_t privilege, struct registry_entry *found)
{
    for (uint16_t s = 0; domain_each_entry(d, &s, found); s++) {
        if (found->kind == ENTRY_DOMAIN && holds(d, found, privilege) &&
            is_managed_by(d, *found, manager))
            return true;
    }
    return false;
}

bool domain_find_in_charge(const struct domain *d,
                           const struct registry_entry *e, uint32_t privilege,
                           struct registry_entry *found)
{
    struct registry_entry at = *e;
    unsigned steps = 0;

    if (!holds(d, &at, PRIVILEGE_AUTHORIZED) && !domain_climb(d, &steps, &at))
        return false;
    do {
        *found = at;
        if (holds(d, &at, privilege) ||
            (holds(d, &at, PRIVILEGE_AUTHORIZED) &&
             find_managed(d, at.slot, privilege, found)))
            return found->slot == DOMAIN_ISD ||
                   (found->state & STATE_LOCKED) == 0;
    } while (domain_climb(d, &steps, &at));
    return false;
}

uint16_t domain_root(const struct domain *d, const struct registry_entry *e)
{
    struct registry_entry at = *e;
    unsigned steps = 0;

    while (domain_climb(d, &steps, &at))
        ;
    return at.domain == at.slot ? at.slot : DOMAIN_NONE;
}
