#include "domains/memory.h"

#include <string.h>

#include "base/tlv.h"
#include "domains/counters.h"
#include "domains/keys.h"
#include "domains/objects.h"
#include "domains/text.h"

enum {
    TAG_CODE_MINIMUM = 0xC6,
    TAG_VOLATILE = 0xC7, /* minimum or quota */
    TAG_PERSISTENT = 0xC8,
    DOMAIN_AT = 4, /* in the records of keys and of data */
};

static uint32_t minus(uint32_t a, uint32_t b)
{
    return a > b ? a - b : 0;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* ---- what is written down of an application ---- */

static const uint8_t tags[DOMAIN_AMOUNTS] = {
    [AMOUNT_QUOTA + MEMORY_VOLATILE] = TAG_VOLATILE,
    [AMOUNT_QUOTA + MEMORY_PERSISTENT] = TAG_PERSISTENT,
    [AMOUNT_RESERVED + MEMORY_VOLATILE] = 0xD7,
    [AMOUNT_RESERVED + MEMORY_PERSISTENT] = 0xD8,
    [AMOUNT_GRANTED + MEMORY_VOLATILE] = 0x82,
    [AMOUNT_GRANTED + MEMORY_PERSISTENT] = 0x83,
};

static bool given(const struct registry_entry *e, unsigned amount)
{
    return (e->memory.given & (1u << amount)) != 0;
}

static uint32_t reserved(const struct registry_entry *e,
                         enum domain_memory_type t)
{
    return given(e, AMOUNT_RESERVED + t) ? e->memory.bytes[AMOUNT_RESERVED + t]
                                         : 0;
}

bool domain_granted(const struct registry_entry *e, enum domain_memory_type t,
                    uint32_t *bytes)
{
    *bytes = e->memory.bytes[AMOUNT_GRANTED + t];
    return given(e, AMOUNT_GRANTED + t);
}

/* ---- what is taken ---- */

static uint32_t share_of(const struct domain *d, uint16_t owner,
                         enum domain_memory_type t)
{
    struct heap_share share;

    heap_owned(d->heap, owner, &share);
    return t == MEMORY_VOLATILE ? share.transient : share.persistent;
}

static uint32_t record_size(uint32_t n)
{
    const struct heap_header blob = {.kind = HEAP_BLOB,
                                     .length = n + REGISTRY_SEAL_SIZE};
    return heap_taken(&blob);
}

/* Whether a record of n bytes is a key of a domain or data that it stores. */
static bool is_belonging(const uint8_t *record, uint32_t n, uint16_t *domain)
{
    if (n < OBJECT_HEAD ||
        (record[0] != ENTRY_KEY &&
         (record[0] != ENTRY_DATA || get_u2(record + 2) == COUNTERS_TAG)))
        return false;
    *domain = get_u2(record + DOMAIN_AT);
    return true;
}

static uint32_t belongings_of(const struct domain *d, uint16_t domain)
{
    struct heap_view v;
    ref_t ref;
    uint16_t owner;
    uint32_t sum = 0;

    for (uint16_t s = domain_next_slot(d, 0); s != DOMAIN_NONE;
         s = domain_next_slot(d, (uint16_t)(s + 1))) {
        if (domain_record(d, s, &v, &ref) &&
            is_belonging(v.p, v.h.length, &owner) && owner == domain)
            sum += record_size(v.h.length);
    }
    return sum;
}

static uint32_t taken_by(const struct domain *d, const struct registry_entry *e,
                         enum domain_memory_type t)
{
    struct vm_package_info info;

    if (e->kind == ENTRY_APPLICATION)
        return e->instance == 0 ? 0 : share_of(d, e->instance, t);
    if (t == MEMORY_VOLATILE)
        return 0;
    if (e->kind == ENTRY_DOMAIN)
        return belongings_of(d, e->slot);
    return vm_package(d->vm, e->package, &info) ? info.taken : 0;
}

/* A new application's, and the load file's that is on its way in. */
static uint32_t taken_by_newcomers(const struct domain *d, uint16_t domain,
                                   enum domain_memory_type t)
{
    const struct registry_entry file = {.slot = DOMAIN_NONE,
                                        .domain = d->load.associated};
    const struct registry_entry *e = d->newcomer;
    uint32_t sum = 0;

    if (t == MEMORY_PERSISTENT && d->load.taken != 0 &&
        domain_is_above(d, domain, &file))
        sum = d->load.taken;
    if (e != NULL && e->kind == ENTRY_APPLICATION &&
        domain_is_above(d, domain, e))
        sum += taken_by(d, e, t);
    return sum;
}

/* How far a figure is found out: to count what somebody takes is slow. */
enum care { ROUGHLY /* at most what there is */, EXACTLY };

/* What is free and not kept for somebody else than `except`. */
static uint32_t available(const struct domain *d, enum domain_memory_type t,
                          uint16_t except, enum care care)
{
    struct registry_entry e;
    struct heap_usage usage;

    heap_usage(d->heap, &usage);
    uint32_t left = t == MEMORY_VOLATILE ? usage.transient_reset_free
                                         : usage.persistent_free;
    if (!d->limits.any)
        return left;
    for (uint16_t s = 0; domain_each_entry(d, &s, &e); s++) {
        const uint32_t kept = s == except ? 0 : reserved(&e, t);
        if (kept != 0)
            left = minus(
                left, care == ROUGHLY ? kept : minus(kept, taken_by(d, &e, t)));
    }
    return left;
}

static bool is_available(const struct domain *d, enum domain_memory_type t,
                         uint32_t bytes)
{
    return bytes == 0 || bytes <= available(d, t, DOMAIN_NONE, ROUGHLY) ||
           bytes <= available(d, t, DOMAIN_NONE, EXACTLY);
}

/* What all below a domain take, and what is coming in there. */
static uint32_t taken_below(const struct domain *d, uint16_t domain,
                            enum domain_memory_type t)
{
    struct registry_entry e;
    uint32_t sum = 0;

    for (uint16_t s = 0; domain_each_entry(d, &s, &e); s++) {
        if (s != domain && domain_is_above(d, domain, &e))
            sum += taken_by(d, &e, t);
    }
    return sum + taken_by_newcomers(d, domain, t);
}

uint32_t domain_granted_left(const struct domain *d,
                             const struct registry_entry *e,
                             enum domain_memory_type t)
{
    uint32_t all;

    (void)domain_granted(e, t, &all);
    return minus(all, taken_below(d, e->slot, t));
}

/*
 * What the domains from this one up let be taken more; those above `has` (NULL:
 * none) have counted what it takes already.
 */
static uint32_t granted_from(const struct domain *d, uint16_t domain,
                             const struct registry_entry *has,
                             enum domain_memory_type t)
{
    uint32_t left = UINT32_MAX;
    struct registry_entry e;
    unsigned steps = 0;
    uint32_t all;

    if (!domain_entry(d, domain, &e))
        return left;
    do {
        const bool counted = has != NULL && domain_is_above(d, e.slot, has);
        if (!counted && domain_granted(&e, t, &all))
            left = smaller(left, domain_granted_left(d, &e, t));
    } while (domain_climb(d, &steps, &e));
    return left;
}

/*
 * What an application may take more: first what is reserved is charged, then
 * the quota; only the former is there for certain.
 */
static uint32_t room_of(const struct domain *d, const struct registry_entry *e,
                        enum domain_memory_type t, enum care care)
{
    const unsigned quota = AMOUNT_QUOTA + t;
    uint32_t room = available(d, t, e->slot, care);

    if (given(e, quota)) {
        const uint32_t taken = taken_by(d, e, t);
        const uint32_t kept = minus(reserved(e, t), taken);
        const uint32_t more =
            minus(e->memory.bytes[quota], minus(taken, reserved(e, t)));
        room =
            smaller(room, more > UINT32_MAX - kept ? UINT32_MAX : more + kept);
    }
    return smaller(room, granted_from(d, e->domain, NULL, t));
}

/* Whether so many bytes may be taken; *room: what is left then. */
static bool fits(const struct domain *d, const struct registry_entry *e,
                 enum domain_memory_type t, uint32_t bytes, uint32_t *room)
{
    *room = room_of(d, e, t, ROUGHLY);
    if (bytes > *room)
        *room = room_of(d, e, t, EXACTLY);
    if (bytes > *room)
        return false;
    *room -= bytes;
    return true;
}

/* A load file that comes in: nothing is kept for it. */
static bool may_stage(struct domain *d, uint16_t domain, uint32_t bytes)
{
    if (!is_available(d, MEMORY_PERSISTENT, bytes) ||
        bytes > granted_from(d, domain, NULL, MEMORY_PERSISTENT))
        return false;
    d->load.taken += bytes;
    return true;
}

/* The application that objects of this owner are charged to. */
static bool find_charged(struct domain *d, uint16_t owner,
                         struct registry_entry *e)
{
    if (domain_find_instance(d, owner, e))
        return true;
    if (d->newcomer == NULL || d->newcomer->kind != ENTRY_APPLICATION)
        return false;
    /* the first objects of an instance: now its number is known */
    d->newcomer->instance = owner;
    *e = *d->newcomer;
    return true;
}

/* ---- one allocation after the other ---- */

void domain_forget_room(struct domain *d)
{
    d->limits.owner = 0;
}

/*
 * Each object of the same owner takes no more of the room than its own bytes;
 * whatever else takes memory, or changes who may, has the room forgotten.
 */
static bool takes_from_room(struct domain *d, uint16_t owner,
                            const uint32_t bytes[MEMORY_TYPES])
{
    uint32_t *room = d->limits.room;

    if (owner == 0 || owner != d->limits.owner ||
        bytes[MEMORY_VOLATILE] > room[MEMORY_VOLATILE] ||
        bytes[MEMORY_PERSISTENT] > room[MEMORY_PERSISTENT])
        return false;
    room[MEMORY_VOLATILE] -= bytes[MEMORY_VOLATILE];
    room[MEMORY_PERSISTENT] -= bytes[MEMORY_PERSISTENT];
    return true;
}

/* The same for the first of them, by the registry. */
static bool may_take_first(struct domain *d, uint16_t owner,
                           const uint32_t bytes[MEMORY_TYPES])
{
    uint32_t room[MEMORY_TYPES] = {0};
    struct registry_entry e;

    const bool charged = find_charged(d, owner, &e);
    for (unsigned t = 0; t < MEMORY_TYPES; t++) {
        if (bytes[t] == 0)
            continue;
        if (!(charged ? fits(d, &e, t, bytes[t], &room[t])
                      : is_available(d, t, bytes[t])))
            return false;
    }
    d->limits.owner = owner;
    memcpy(d->limits.room, room, sizeof room);
    return true;
}

static bool may_take(void *ctx, const struct heap_header *hd,
                     uint32_t persistent, uint32_t transient)
{
    struct domain *d = ctx;
    const uint32_t bytes[MEMORY_TYPES] = {transient, persistent};

    if (!d->limits.any || takes_from_room(d, hd->owner, bytes))
        return true;
    domain_forget_room(d);
    if (hd->kind == HEAP_SHADOW)
        return true;
    if (hd->owner == 0) {
        return d->newcomer == NULL || d->newcomer->kind != ENTRY_PACKAGE ||
               may_stage(d, d->newcomer->domain, persistent);
    }
    return may_take_first(d, hd->owner, bytes);
}

bool domain_may_keep(const struct domain *d, uint16_t slot,
                     const uint8_t *record, uint32_t n)
{
    struct registry_entry e;
    struct heap_view old;
    ref_t ref;
    uint16_t owner;
    uint32_t bytes = record_size(n);
    uint32_t room;

    if (!d->limits.any)
        return true;
    if (record[0] != ENTRY_KEY && record[0] != ENTRY_DATA)
        return is_available(d, MEMORY_PERSISTENT, bytes);
    if (!is_belonging(record, n, &owner) || !domain_entry(d, owner, &e))
        return true;
    if (domain_record(d, slot, &old, &ref))
        bytes = minus(bytes, record_size(old.h.length));
    return bytes == 0 || fits(d, &e, MEMORY_PERSISTENT, bytes, &room);
}

void domain_memory_bind(struct domain *d)
{
    heap_set_limit(d->heap, (struct heap_limit){d, may_take});
}

void domain_memory_reset(struct domain *d)
{
    struct registry_entry e;

    d->limits.any = false;
    domain_forget_room(d);
    for (uint16_t s = 0; !d->limits.any && domain_each_entry(d, &s, &e); s++)
        d->limits.any = e.memory.given != 0;
}

void domain_charge(struct domain *d, struct registry_entry *e)
{
    d->newcomer = e;
    domain_forget_room(d);
    if (e == NULL)
        domain_memory_reset(d);
    else
        d->limits.any = d->limits.any || e->memory.given != 0;
}

uint32_t domain_available(const struct domain *d, uint16_t domain,
                          enum domain_memory_type t)
{
    const uint32_t left = available(d, t, DOMAIN_NONE, EXACTLY);

    return d->limits.any ? smaller(left, granted_from(d, domain, NULL, t))
                         : left;
}

/* ---- what INSTALL says ---- */

/* Two bytes, or four for more than 32767 [GPCS 11.5.2.3.7]. */
static bool take_amount(struct span s, uint32_t *bytes)
{
    if (s.n == 2)
        *bytes = get_u2(s.p);
    else if (s.n == 4)
        *bytes = get_u4(s.p);
    return s.n == 2 || s.n == 4;
}

sw_t domain_check_minimum(const struct domain *d, uint16_t domain,
                          struct span system)
{
    uint32_t left[MEMORY_TYPES] = {
        [MEMORY_VOLATILE] = domain_available(d, domain, MEMORY_VOLATILE),
        [MEMORY_PERSISTENT] = domain_available(d, domain, MEMORY_PERSISTENT),
    };
    struct tlv item;
    uint32_t bytes;

    while (system.n > 0) {
        if (tlv_take(&system, &item) != ERR_OK)
            return SW_WRONG_DATA;
        if (item.tag != TAG_CODE_MINIMUM && item.tag != TAG_VOLATILE &&
            item.tag != TAG_PERSISTENT)
            continue;
        if (!take_amount(item.value, &bytes))
            return domain_refuse(d, SW_WRONG_DATA,
                                 "INSTALL [for load]: bad length of "
                                 "a memory requirement");
        /* code and data lie in the same memory: their sum counts */
        uint32_t *of = &left[item.tag == TAG_VOLATILE ? MEMORY_VOLATILE
                                                      : MEMORY_PERSISTENT];
        if (bytes > *of)
            return domain_refuse(d, SW_NO_MEMORY,
                                 "INSTALL [for load]: too little memory left");
        *of -= bytes;
    }
    return SW_OK;
}

static bool is_for(const struct registry_entry *e, unsigned amount)
{
    return amount < AMOUNT_GRANTED || (e->privileges & PRIVILEGE_DOMAIN) != 0;
}

static bool take_item(const struct tlv *item, struct registry_entry *e)
{
    for (unsigned i = 0; i < DOMAIN_AMOUNTS; i++) {
        if (item->tag != tags[i] || !is_for(e, i))
            continue;
        e->memory.given |= (uint8_t)(1u << i);
        return take_amount(item->value, &e->memory.bytes[i]);
    }
    return true;
}

sw_t domain_take_memory(const struct domain *d, struct span system,
                        struct registry_entry *e)
{
    struct tlv item;

    while (system.n > 0) {
        if (tlv_take(&system, &item) != ERR_OK || !take_item(&item, e))
            return domain_refuse(d, SW_WRONG_DATA,
                                 "INSTALL: a bad memory parameter");
    }
    for (unsigned t = 0; t < MEMORY_TYPES; t++) {
        const uint32_t kept = reserved(e, t);
        if (given(e, AMOUNT_QUOTA + t) &&
            kept > e->memory.bytes[AMOUNT_QUOTA + t])
            return domain_refuse(d, SW_WRONG_DATA,
                                 "INSTALL: a quota below what is reserved");
        if (!is_available(d, t, kept))
            return domain_refuse(d, SW_NO_MEMORY,
                                 "INSTALL: too little memory left to reserve");
    }
    return SW_OK;
}

bool domain_may_move(const struct domain *d, const struct registry_entry *e,
                     const struct registry_entry *target)
{
    for (unsigned t = 0; d->limits.any && t < MEMORY_TYPES; t++) {
        const uint32_t bytes =
            taken_by(d, e, t) +
            (e->kind == ENTRY_DOMAIN ? taken_below(d, e->slot, t) : 0);
        if (bytes > granted_from(d, target->slot, e, t))
            return false;
    }
    return true;
}
