#include "domains/cardwide.h"

#include <string.h>

#include "domains/registry.h"

enum {
    CHANNELS_BYTE_AT = 4, /* of our own historical bytes */
    /* formats are 1 and the sum of these */
    HAS_VAULT = 1,
    HAS_LOOK = 2,
    FORMAT_FIRST = 1,
    FORMAT_LAST = FORMAT_FIRST + HAS_VAULT + HAS_LOOK,
    RESTRICT_AT = 1,
    KDD_AT = 2,
    VAULT_AT = KDD_AT + SCP_KDD_SIZE,
};

/* In the part that a profile makes, the look. */
enum {
    CHANNELS_AT = 0,
    EDITION_AT = 1,
    WITHHELD_AT = 4,
    HISTORICAL_COUNT_AT = 6,
    HISTORICAL_AT = 7,
    HISTORICAL_MAX = 15,
    LOOK_SIZE = 32,
    ROOM = VAULT_AT + VAULT_WRAPPED + LOOK_SIZE + REGISTRY_SEAL_SIZE
};

static bool has(uint8_t format, uint8_t part)
{
    return ((format - FORMAT_FIRST) & part) != 0;
}

static uint32_t look_at(uint8_t format)
{
    return VAULT_AT + (has(format, HAS_VAULT) ? VAULT_WRAPPED : 0u);
}

/* Where the check stands; 0: of no format there is. */
static uint32_t seal_at(uint8_t format)
{
    if (format < FORMAT_FIRST || format > FORMAT_LAST)
        return 0;
    return look_at(format) + (has(format, HAS_LOOK) ? LOOK_SIZE : 0u);
}

/* A profile that says nothing of these makes a record without them. */
static bool has_look(const struct card_profile *p)
{
    static const uint8_t usual[sizeof p->edition];

    return p->channels != 0 || p->withheld != 0 || p->historical_length != 0 ||
           memcmp(p->edition, usual, sizeof usual) != 0;
}

static void put_look(const struct card_profile *p, uint8_t *look)
{
    look[CHANNELS_AT] = p->channels;
    memcpy(look + EDITION_AT, p->edition, sizeof p->edition);
    set_u2(look + WITHHELD_AT, p->withheld);
    look[HISTORICAL_COUNT_AT] = p->historical_length;
    memcpy(look + HISTORICAL_AT, p->historical, p->historical_length);
}

enum err domain_cardwide_format(struct domain *d,
                                const struct card_profile *profile)
{
    const bool look = has_look(profile);
    uint8_t bytes[ROOM] = {(uint8_t)(FORMAT_FIRST +
                                     (profile->enciphered ? HAS_VAULT : 0) +
                                     (look ? HAS_LOOK : 0))};
    const uint32_t end = seal_at(bytes[0]);
    const struct heap_header blob = {.kind = HEAP_BLOB,
                                     .length = end + REGISTRY_SEAL_SIZE};
    enum err e =
        profile->enciphered ? vault_create(d->vault, bytes + VAULT_AT) : ERR_OK;
    ref_t ref;

    memcpy(bytes + KDD_AT, profile->diversification, SCP_KDD_SIZE);
    if (look)
        put_look(profile, bytes + look_at(bytes[0]));
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
    return has(p[0], HAS_VAULT) ? vault_unlock(d->vault, p + VAULT_AT) : ERR_OK;
}

const uint8_t *domain_diversification(const struct domain *d)
{
    static const uint8_t none[SCP_KDD_SIZE];
    const uint8_t *p = record(d);

    return p == NULL ? none : p + KDD_AT;
}

/* NULL: all is as usual, or the record is not sound. */
static const uint8_t *look_of(const struct domain *d)
{
    const uint8_t *p = record(d);

    return p != NULL && has(p[0], HAS_LOOK) ? p + look_at(p[0]) : NULL;
}

uint8_t domain_channel_count(const struct domain *d)
{
    const uint8_t *look = look_of(d);

    /* an image may have been made by a build with more of them */
    if (look == NULL || look[CHANNELS_AT] == 0 ||
        look[CHANNELS_AT] > CARD_CHANNELS)
        return CARD_CHANNELS;
    return look[CHANNELS_AT];
}

bool domain_edition(const struct domain *d, uint8_t edition[3])
{
    static const uint8_t usual[] = {2, 3, 1};
    static const uint8_t none[] = {0xFF, 0xFF, 0xFF};
    const uint8_t *look = look_of(d);

    memcpy(edition, usual, sizeof usual);
    if (look != NULL &&
        (look[EDITION_AT] | look[EDITION_AT + 1] | look[EDITION_AT + 2]) != 0)
        memcpy(edition, look + EDITION_AT, sizeof usual);
    return memcmp(edition, none, sizeof none) != 0;
}

uint16_t domain_withheld(const struct domain *d)
{
    const uint8_t *look = look_of(d);

    return look == NULL ? 0 : get_u2(look + WITHHELD_AT);
}

struct span domain_historical(const struct domain *d)
{
    const uint8_t *look = look_of(d);

    if (look == NULL || look[HISTORICAL_COUNT_AT] > HISTORICAL_MAX)
        return span_of(NULL, 0);
    return span_of(look + HISTORICAL_AT, look[HISTORICAL_COUNT_AT]);
}

/*
 * Third byte of the card's capabilities: chaining, extended lengths, and of
 * channels how many, 8 meaning more, and that either side may number them
 * [ISO 7816-4 12.1.1.9].
 */
static uint8_t channels_byte(uint8_t channels)
{
    if (channels == 1)
        return 0xC0;
    return (uint8_t)(0xD8 | ((channels < 8 ? channels : 8) - 1));
}

size_t domain_put_own_history(uint8_t channels, uint8_t out[DOMAIN_HISTORY_MAX])
{
    static const uint8_t bytes[] = {0x80, 0x73, 0xC0, 0x01, 0xDF, 0x68, 'P',
                                    'o',  's',  't',  'c',  'a',  'r',  'd'};

    memcpy(out, bytes, sizeof bytes);
    out[CHANNELS_BYTE_AT] = channels_byte(channels);
    return sizeof bytes;
}

size_t domain_put_history(const struct domain *d, bool contacts,
                          uint8_t out[DOMAIN_HISTORY_MAX])
{
    struct span bytes = domain_historical(d);

    if (!contacts || !domain_history(d, &bytes)) {
        bytes = domain_historical(d);
        if (bytes.n == 0)
            return domain_put_own_history(domain_channel_count(d), out);
    }
    if (bytes.n > 0)
        memcpy(out, bytes.p, bytes.n);
    return bytes.n;
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
