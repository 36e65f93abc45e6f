#include "domains/cardwide.h"

#include <string.h>

#include "domains/registry.h"

enum {
    FORMAT = 1,
    RESTRICT_AT = 1,
    KDD_AT = 2,
    SEAL_AT = KDD_AT + SCP_KDD_SIZE,
    SIZE = SEAL_AT + REGISTRY_SEAL_SIZE
};

enum err domain_cardwide_format(struct domain *d,
                                const uint8_t kdd[SCP_KDD_SIZE])
{
    const struct heap_header blob = {.kind = HEAP_BLOB, .length = SIZE};
    uint8_t bytes[SIZE] = {FORMAT};
    ref_t ref;

    memcpy(bytes + KDD_AT, kdd, SCP_KDD_SIZE);
    set_u4(bytes + SEAL_AT, domain_seal(bytes, SEAL_AT));
    enum err e = heap_new(d->heap, &blob, &ref);
    if (e == ERR_OK)
        e = heap_write(d->heap, ref, 0, bytes, SIZE, HEAP_RAW);
    if (e == ERR_OK)
        e = heap_set_root(d->heap, HEAP_ROOT_CARD, ref);
    return e;
}

/* NULL when the record is not there or not sound, and then the store dies. */
static const uint8_t *record(const struct domain *d)
{
    struct heap_view v;

    if (!heap_get(d->heap, heap_root(d->heap, HEAP_ROOT_CARD), &v) ||
        v.h.length != SIZE)
        return NULL;
    if (get_u4(v.p + SEAL_AT) == domain_seal(v.p, SEAL_AT))
        return v.p;
    persist_give_up(d->heap->persist);
    return NULL;
}

bool domain_cardwide_is_sound(const struct domain *d)
{
    return record(d) != NULL;
}

const uint8_t *domain_diversification(const struct domain *d)
{
    static const uint8_t none[SCP_KDD_SIZE];
    const uint8_t *p = record(d);

    return p == NULL ? none : p + KDD_AT;
}

uint8_t domain_restrictions(const struct domain *d)
{
    const uint8_t *p = record(d);

    return p == NULL ? 0xFF : p[RESTRICT_AT];
}

enum err domain_restrict(struct domain *d, uint8_t bits)
{
    const uint8_t *p = record(d);
    uint8_t bytes[SIZE];

    if (p == NULL)
        return ERR_CORRUPT;
    memcpy(bytes, p, SEAL_AT);
    bytes[RESTRICT_AT] |= bits;
    set_u4(bytes + SEAL_AT, domain_seal(bytes, SEAL_AT));
    return heap_write(d->heap, heap_root(d->heap, HEAP_ROOT_CARD), 0, bytes,
                      SIZE, HEAP_ATOMIC);
}
