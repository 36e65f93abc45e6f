#include "domains/objects.h"

#include <string.h>

bool domain_each_object(const struct domain *d, uint16_t domain, uint16_t *slot,
                        uint32_t *tag, struct span *value)
{
    struct heap_view v;
    ref_t ref;

    for (*slot = domain_next_slot(d, *slot); *slot != DOMAIN_NONE;
         *slot = domain_next_slot(d, (uint16_t)(*slot + 1))) {
        if (!domain_record(d, *slot, &v, &ref) || v.p[0] != ENTRY_DATA ||
            v.h.length < OBJECT_HEAD || get_u2(v.p + 4) != domain)
            continue;
        *tag = (uint32_t)v.p[1] << 16 | get_u2(v.p + 2);
        *value = span_of(v.p + OBJECT_HEAD, v.h.length - OBJECT_HEAD);
        return true;
    }
    return false;
}

static uint16_t object_slot(const struct domain *d, uint16_t domain,
                            uint32_t tag, struct span *value)
{
    uint32_t at;

    for (uint16_t s = 0; domain_each_object(d, domain, &s, &at, value); s++) {
        if (at == tag)
            return s;
    }
    return DOMAIN_NONE;
}

bool domain_object(const struct domain *d, uint16_t domain, uint32_t tag,
                   struct span *value)
{
    struct span found;

    if (object_slot(d, domain, tag, &found) == DOMAIN_NONE)
        return false;
    *value = found;
    return true;
}

/* Adds or replaces, in a transaction. */
static enum err put_record(struct domain *d, uint16_t slot,
                           const uint8_t *record, uint32_t n)
{
    if (slot == DOMAIN_NONE)
        return domain_add_record(d, record, n, &slot);
    return domain_replace_record(d, slot, record, n);
}

static void put_head(uint8_t *record, uint16_t domain, uint32_t tag)
{
    record[0] = ENTRY_DATA;
    record[1] = (uint8_t)(tag >> 16);
    set_u2(record + 2, (uint16_t)tag);
    set_u2(record + 4, domain);
}

enum err domain_put_object(struct domain *d, uint16_t domain, uint32_t tag,
                           struct span value)
{
    uint8_t record[OBJECT_HEAD + OBJECT_VALUE_MAX];
    uint32_t n = OBJECT_HEAD + (uint32_t)value.n;
    struct span old;
    uint16_t slot = object_slot(d, domain, tag, &old);

    if (value.n > OBJECT_VALUE_MAX)
        return ERR_RANGE;
    put_head(record, domain, tag);
    if (value.n > 0)
        memcpy(record + OBJECT_HEAD, value.p, value.n);
    if (heap_in_transaction(d->heap))
        return put_record(d, slot, record, n);

    enum err e = heap_begin(d->heap);
    if (e != ERR_OK)
        return e;
    e = put_record(d, slot, record, n);
    if (e == ERR_OK)
        return heap_commit(d->heap);
    enum err undone = heap_abort(d->heap);
    return undone == ERR_OK ? e : undone;
}

/* In the place of a value that is as long. */
static enum err write_in_place(struct domain *d, uint16_t domain, uint32_t tag,
                               struct span value, enum heap_write how)
{
    uint8_t record[OBJECT_HEAD + OBJECT_SOME + REGISTRY_SEAL_SIZE];
    const uint32_t n = OBJECT_HEAD + (uint32_t)value.n;
    struct span old;
    const uint16_t slot = object_slot(d, domain, tag, &old);
    struct heap_view v;
    ref_t ref;

    if (slot == DOMAIN_NONE || old.n != value.n || value.n > OBJECT_SOME ||
        !domain_record(d, slot, &v, &ref))
        return ERR_NOT_FOUND;
    put_head(record, domain, tag);
    memcpy(record + OBJECT_HEAD, value.p, value.n);
    set_u4(record + n, domain_seal(record, n));
    return heap_write(d->heap, ref, OBJECT_HEAD, record + OBJECT_HEAD,
                      (uint32_t)value.n + REGISTRY_SEAL_SIZE, how);
}

enum err domain_rewrite_object(struct domain *d, uint16_t domain, uint32_t tag,
                               struct span value)
{
    return value.n > OBJECT_FEW
               ? ERR_NOT_FOUND
               : write_in_place(d, domain, tag, value, HEAP_NOW);
}

enum err domain_overwrite_object(struct domain *d, uint16_t domain,
                                 uint32_t tag, struct span value)
{
    return write_in_place(d, domain, tag, value, HEAP_ATOMIC);
}

enum err domain_remove_object(struct domain *d, uint16_t domain, uint32_t tag)
{
    struct span old;
    const uint16_t slot = object_slot(d, domain, tag, &old);

    return slot == DOMAIN_NONE ? ERR_OK : domain_remove_record(d, slot);
}
