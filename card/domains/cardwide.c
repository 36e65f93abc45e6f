#include "domains/cardwide.h"

#include <string.h>

#include "domains/registry.h"

enum {
    FORMAT = 1,
    FORMAT_ENCIPHERED = 2,
    RESTRICT_AT = 1,
    KDD_AT = 2,
    VAULT_AT = KDD_AT + SCP_KDD_SIZE,
    ROOM = VAULT_AT + VAULT_WRAPPED + REGISTRY_SEAL_SIZE
};

/* Where the check stands; 0: of no format there is. */
static uint32_t seal_at(uint8_t format)
{
    if (format == FORMAT)
        return VAULT_AT;
    return format == FORMAT_ENCIPHERED ? VAULT_AT + VAULT_WRAPPED : 0;
}

enum err domain_cardwide_format(struct domain *d,
                                const struct card_profile *profile)
{
    uint8_t bytes[ROOM] = {profile->enciphered ? FORMAT_ENCIPHERED : FORMAT};
    const uint32_t end = seal_at(bytes[0]);
    const struct heap_header blob = {.kind = HEAP_BLOB,
                                     .length = end + REGISTRY_SEAL_SIZE};
    enum err e =
        profile->enciphered ? vault_create(d->vault, bytes + VAULT_AT) : ERR_OK;
    ref_t ref;

    memcpy(bytes + KDD_AT, profile->diversification, SCP_KDD_SIZE);
    set_u4(bytes + end, domain_seal(bytes, end));
    if (e == ERR_OK)
        e = heap_new(d->heap, &blob, &ref);
    if (e == ERR_OK)
        e = heap_write(d->heap, ref, 0, bytes, blob.length, HEAP_RAW);
    if (e == ERR_OK)
        e = heap_set_root(d->heap, HEAP_ROOT_CARD, ref);
    return e;
}

/* NULL when the record is not there or not sound, and then the store dies. */
static const uint8_t *record(const struct domain *d)
{
    struct heap_view v;

    if (!heap_get(d->heap, heap_root(d->heap, HEAP_ROOT_CARD), &v) ||
        v.h.length == 0)
        return NULL;
    const uint32_t end = seal_at(v.p[0]);
    if (end != 0 && v.h.length == end + REGISTRY_SEAL_SIZE &&
        get_u4(v.p + end) == domain_seal(v.p, end))
        return v.p;
    persist_give_up(d->heap->persist);
    return NULL;
}

bool domain_cardwide_is_sound(const struct domain *d)
{
    return record(d) != NULL;
}

enum err domain_cardwide_unlock(struct domain *d)
{
    const uint8_t *p = record(d);

    if (p == NULL)
        return ERR_CORRUPT;
    return p[0] == FORMAT_ENCIPHERED ? vault_unlock(d->vault, p + VAULT_AT)
                                     : ERR_OK;
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
    uint8_t bytes[ROOM];

    if (p == NULL)
        return ERR_CORRUPT;
    const uint32_t end = seal_at(p[0]);
    memcpy(bytes, p, end);
    bytes[RESTRICT_AT] |= bits;
    set_u4(bytes + end, domain_seal(bytes, end));
    return heap_write(d->heap, heap_root(d->heap, HEAP_ROOT_CARD), 0, bytes,
                      end + REGISTRY_SEAL_SIZE, HEAP_ATOMIC);
}
