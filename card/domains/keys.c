#include "domains/keys.h"

#include <assert.h>
#include <string.h>

#include "base/ct.h"
#include "domains/counters.h"

enum {
    COMPONENT_HEAD = 3,
    SEALED_AT = 3,
    KCV_AT = 12,
    COUNT_AT = 16,
    KCV_LENGTH_MASK = 0x03,
    FLAG_AGREEMENT = 0x80,
    FLAG_ACCESS_GIVEN = 0x40,
    FLAG_EXTENDED = 0x20,
};

bool domain_is_secret(uint8_t type)
{
    switch (type) {
    case KEY_TYPE_DES:
    case KEY_TYPE_PSK:
    case KEY_TYPE_AES:
    case KEY_TYPE_HMAC:
    case KEY_TYPE_HMAC_160:
    case KEY_TYPE_EC_PRIVATE:
        return true;
    default:
        return type >= KEY_TYPE_RSA_SECRET_N && type <= KEY_TYPE_RSA_DQ;
    }
}

void domain_put_counter(uint8_t out[KEY_COUNTER_ROOM], uint32_t counter)
{
    set_u4(out, counter << 8 | check_number(counter));
}

static bool take_counter(const struct domain *d, const uint8_t *in,
                         uint32_t *counter)
{
    uint8_t expected[KEY_COUNTER_ROOM];

    *counter = get_u4(in) >> 8;
    domain_put_counter(expected, *counter);
    if (memcmp(in, expected, sizeof expected) == 0)
        return true;
    persist_give_up(d->heap->persist);
    return false;
}

/* Secret components in front of the tags that seal them. */
static uint32_t count_secrets(struct span rest, uint8_t components)
{
    struct domain_component c;
    uint32_t n = 0;

    for (; components > 0 && domain_take_component(&rest, &c); components--) {
        if (domain_is_secret(c.type))
            n++;
    }
    return n;
}

/* Who may use a key that came without saying so [GPCS 7.5.2, 11.3.3.1.1]. */
static uint8_t default_access(const struct domain_key *k)
{
    static const uint8_t purposes[] = {KEY_FOR_TOKENS, KEY_FOR_RECEIPTS,
                                       KEY_FOR_DAP};
    bool own = k->version >= KEY_VERSION_SPECIAL;

    for (size_t i = 0; i < sizeof purposes; i++)
        own = own || (k->usage & purposes[i]) == purposes[i];
    return own ? KEY_ACCESS_OWNER : KEY_ACCESS_ALL;
}

static void take_flags(struct domain_key *k, uint8_t flags)
{
    k->agreement = (flags & FLAG_AGREEMENT) != 0;
    k->access_given = (flags & FLAG_ACCESS_GIVEN) != 0;
    k->extended = (flags & FLAG_EXTENDED) != 0;
    if (!k->access_given && k->access == 0)
        k->access = default_access(k);
}

bool domain_key(const struct domain *d, uint16_t slot, struct domain_key *k)
{
    struct heap_view v;
    uint32_t counter = 0;
    uint32_t tags = 0;
    ref_t ref;

    if (!domain_record(d, slot, &v, &ref) || v.p[0] != ENTRY_KEY ||
        v.h.length < KEY_RECORD_HEAD)
        return false;
    struct span all =
        span_of(v.p + KEY_RECORD_HEAD, v.h.length - KEY_RECORD_HEAD);
    if (v.p[SEALED_AT] != 0)
        tags = VAULT_TAG * count_secrets(all, v.p[COUNT_AT]);
    if (all.n < tags || !take_counter(d, v.p + KEY_COUNTER_AT, &counter))
        return false;
    *k = (struct domain_key){
        .slot = slot,
        .id = v.p[1],
        .version = v.p[2],
        .domain = get_u2(v.p + 4),
        .usage = v.p[6],
        .access = v.p[7],
        .counter = counter,
        .kcv_length = v.p[KCV_AT] & KCV_LENGTH_MASK,
        .component_count = v.p[COUNT_AT],
        .sealed = tags != 0,
        .components = span_of(all.p, all.n - tags),
    };
    take_flags(k, v.p[KCV_AT]);
    memcpy(k->kcv, v.p + KCV_AT + 1, sizeof k->kcv);
    return true;
}

bool domain_each_key(const struct domain *d, uint16_t domain, uint16_t *slot,
                     struct domain_key *k)
{
    for (*slot = domain_next_slot(d, *slot); *slot != DOMAIN_NONE;
         *slot = domain_next_slot(d, (uint16_t)(*slot + 1))) {
        if (domain_key(d, *slot, k) && k->domain == domain)
            return true;
    }
    return false;
}

bool domain_find_key(const struct domain *d, uint16_t domain, uint8_t version,
                     uint8_t id, struct domain_key *k)
{
    for (uint16_t s = 0; domain_each_key(d, domain, &s, k); s++) {
        if (k->version == version && k->id == id)
            return true;
    }
    return false;
}

bool domain_take_component(struct span *rest, struct domain_component *c)
{
    uint16_t n;

    return span_take_u1(rest, &c->type) == ERR_OK &&
           span_take_u2(rest, &n) == ERR_OK &&
           span_take(rest, n, &c->value) == ERR_OK;
}

bool domain_find_component(const struct domain_key *k, uint8_t type,
                           struct domain_component *c)
{
    struct span rest = k->components;

    for (uint8_t i = 0; i < k->component_count; i++) {
        if (!domain_take_component(&rest, c))
            return false;
        if (c->type == type)
            return true;
    }
    return false;
}

/* A key of one component that opens channels; its type and value. */
static bool symmetric(const struct domain_key *k, struct domain_component *c)
{
    struct span rest = k->components;

    return k->component_count == 1 && domain_take_component(&rest, c) &&
           (c->type == KEY_TYPE_AES || c->type == KEY_TYPE_DES);
}

/* Of the n-th secret component. */
static struct vault_place place_of(uint16_t domain, uint8_t version, uint8_t id,
                                   unsigned n)
{
    static_assert(REGISTRY_SLOTS <= 1 << 9, "a place has nine bits for it");
    return (struct vault_place){VAULT_OF_DOMAIN, (uint16_t)(n << 9 | domain),
                                (uint16_t)(version << 8 | id)};
}

/* The n-th secret component `c` of a key. */
static enum err open_part(const struct domain *d, const struct domain_key *k,
                          unsigned n, const struct domain_component *c,
                          uint8_t out[KEY_SECRET_MAX])
{
    const uint8_t *tags = k->components.p + k->components.n;
    uint8_t stored[VAULT_TAG + KEY_SECRET_MAX];

    if (!d->vault->on)
        return ERR_AUTH;
    memcpy(stored, tags + (size_t)n * VAULT_TAG, VAULT_TAG);
    memcpy(stored + VAULT_TAG, c->value.p, c->value.n);
    return vault_get(d->vault, place_of(k->domain, k->version, k->id, n),
                     stored, c->value.n, out);
}

enum err domain_key_part(const struct domain *d, const struct domain_key *k,
                         uint8_t type, uint8_t out[KEY_SECRET_MAX], size_t *n)
{
    struct span rest = k->components;
    struct domain_component c;
    unsigned secrets = 0;

    for (uint8_t i = 0; i < k->component_count; i++) {
        if (!domain_take_component(&rest, &c))
            return ERR_CORRUPT;
        if (c.type == type)
            break;
        if (i + 1 == k->component_count)
            return ERR_TYPE;
        if (domain_is_secret(c.type))
            secrets++;
    }
    if (k->component_count == 0 || c.value.n > KEY_SECRET_MAX)
        return ERR_TYPE;
    *n = c.value.n;
    if (k->sealed && domain_is_secret(type))
        return open_part(d, k, secrets, &c, out);
    memcpy(out, c.value.p, c.value.n);
    return ERR_OK;
}

enum err domain_key_secret(const struct domain *d, const struct domain_key *k,
                           uint8_t out[KEY_SECRET_MAX])
{
    struct span rest = k->components;
    struct domain_component c;
    size_t n;

    if (k->component_count != 1 || !domain_take_component(&rest, &c) ||
        !domain_is_secret(c.type))
        return ERR_TYPE;
    return domain_key_part(d, k, c.type, out, &n);
}

bool domain_key_serves(const struct domain_key *k, uint8_t purpose, bool owner)
{
    bool told = k->usage != 0 || k->agreement;

    if (told && (k->usage & purpose) != purpose)
        return false;
    return k->access == KEY_ACCESS_ALL ||
           k->access == (owner ? KEY_ACCESS_OWNER : KEY_ACCESS_APPLICATIONS);
}

enum err domain_seal_key(const struct domain *d, struct buf *record)
{
    uint8_t stored[VAULT_TAG + KEY_SECRET_MAX];
    struct span rest =
        span_of(record->p + KEY_RECORD_HEAD, record->n - KEY_RECORD_HEAD);
    const uint16_t domain = get_u2(record->p + 4);
    struct domain_component c;
    enum err e = ERR_OK;
    unsigned n = 0;

    if (!d->vault->on)
        return ERR_OK;
    while (e == ERR_OK && domain_take_component(&rest, &c)) {
        if (!domain_is_secret(c.type))
            continue;
        assert(c.value.n <= KEY_SECRET_MAX);
        e = vault_put(d->vault,
                      place_of(domain, record->p[2], record->p[1], n++),
                      c.value, stored);
        if (e == ERR_OK)
            e = buf_put(record, stored, VAULT_TAG);
        if (e == ERR_OK)
            memcpy(record->p + (c.value.p - record->p), stored + VAULT_TAG,
                   c.value.n);
    }
    if (n > 0)
        record->p[SEALED_AT] = 1;
    return e;
}

static bool is_for(uint8_t type, uint8_t protocol)
{
    if (type == KEY_TYPE_AES)
        return protocol == SCP_03;
    return protocol == SCP_02 || protocol == SCP_01;
}

/* The protocol that keys of this type are for, and its parameter i. */
static bool find_protocol(const struct domain *d, struct domain_key_set *set)
{
    struct registry_entry e;

    if (!domain_entry(d, set->domain, &e))
        return false;
    for (size_t n = 0; n < REGISTRY_PROTOCOLS_MAX; n++) {
        set->protocol = e.protocols[n].id;
        set->i = e.protocols[n].i;
        if (is_for(set->type, set->protocol))
            return true;
    }
    return false;
}

/* SCP02 may have one base key [GPCS E.2], which takes the first place. */
static uint8_t last_of(const struct domain_key_set *set)
{
    bool one = set->protocol == SCP_02 && (set->i & SCP02_I_THREE_KEYS) == 0;

    return one ? KEY_ID_ENC : KEY_ID_DEK;
}

/* Whether the set that starts with `first` is whole and of one kind. */
static bool whole_set(const struct domain *d, const struct domain_key *first,
                      struct domain_key_set *set)
{
    struct domain_component one, other;
    struct domain_key k;

    if (first->version >= KEY_VERSION_SPECIAL || !symmetric(first, &one))
        return false;
    *set = (struct domain_key_set){.first = first->slot,
                                   .domain = first->domain,
                                   .version = first->version,
                                   .type = one.type,
                                   .counter = first->counter};
    if (!find_protocol(d, set))
        return false;
    for (uint8_t id = KEY_ID_MAC; id <= last_of(set); id++) {
        if (!domain_find_key(d, first->domain, first->version, id, &k) ||
            !symmetric(&k, &other) || other.type != one.type ||
            other.value.n != one.value.n)
            return false;
    }
    return true;
}

bool domain_set_is_implicit(const struct domain_key_set *set)
{
    return scp_i_implicit(set->protocol, set->i);
}

bool domain_find_opening_set(const struct domain *d, uint16_t domain,
                             uint8_t version, bool implicit,
                             struct domain_key_set *set)
{
    struct domain_key k;

    for (uint16_t s = 0; domain_each_key(d, domain, &s, &k); s++) {
        if (k.id == KEY_ID_ENC && (version == 0 || version == k.version) &&
            whole_set(d, &k, set) && domain_set_is_implicit(set) == implicit)
            return true;
    }
    return false;
}

bool domain_find_key_set(const struct domain *d, uint16_t domain,
                         uint8_t version, struct domain_key_set *set)
{
    struct domain_key k;

    for (uint16_t s = 0; domain_each_key(d, domain, &s, &k); s++) {
        if (k.id == KEY_ID_ENC && (version == 0 || version == k.version) &&
            whole_set(d, &k, set))
            return true;
    }
    return false;
}

uint16_t domain_key_holder(const struct domain *d, uint16_t domain)
{
    struct domain_key_set set;
    struct registry_entry e;
    unsigned steps = 0;

    if (!domain_entry(d, domain, &e))
        return domain;
    while (!domain_find_key_set(d, e.slot, 0, &set) &&
           domain_climb(d, &steps, &e))
        ;
    return e.slot;
}

bool domain_set_serves(const struct domain *d, const struct domain_key_set *set,
                       bool owner)
{
    static const uint8_t purposes[] = {KEY_FOR_ENC, KEY_FOR_MAC, KEY_FOR_DEK};
    struct domain_key k;

    for (uint8_t id = KEY_ID_ENC; id <= last_of(set); id++) {
        if (domain_find_key(d, set->domain, set->version, id, &k) &&
            !domain_key_serves(&k, purposes[id - KEY_ID_ENC], owner))
            return false;
    }
    return true;
}

bool domain_open_key_set(const struct domain *d,
                         const struct domain_key_set *set,
                         struct secret_scp_keys *keys)
{
    uint8_t *const places[] = {keys->enc, keys->mac, keys->dek};
    uint8_t value[KEY_SECRET_MAX];
    struct domain_component c;
    struct domain_key k;

    wipe(keys, sizeof *keys);
    for (uint8_t id = KEY_ID_ENC; id <= last_of(set); id++) {
        if (!domain_find_key(d, set->domain, set->version, id, &k) ||
            !symmetric(&k, &c) || c.value.n > SCP_KEY_MAX ||
            domain_key_secret(d, &k, value) != ERR_OK)
            return false;
        memcpy(places[id - 1], value, c.value.n);
        keys->length = (uint8_t)c.value.n;
    }
    wipe(value, sizeof value);
    return true;
}

enum err domain_set_counter(struct domain *d, const struct domain_key_set *set,
                            uint32_t counter)
{
    uint32_t max = set->type == KEY_TYPE_AES ? KEY_COUNTER_MAX_SCP03
                                             : KEY_COUNTER_MAX_SCP02;
    uint8_t bytes[KEY_COUNTER_ROOM];
    struct heap_view v;
    ref_t ref;

    if (counter > max)
        return ERR_RANGE;
    if (!domain_record(d, set->first, &v, &ref))
        return ERR_NOT_FOUND;
    domain_put_counter(bytes, counter);
    return heap_write(d->heap, ref, KEY_COUNTER_AT, bytes, sizeof bytes,
                      HEAP_NOW);
}

static uint8_t flags_of(const struct domain_key *k)
{
    return (uint8_t)((k->agreement ? FLAG_AGREEMENT : 0) |
                     (k->access_given ? FLAG_ACCESS_GIVEN : 0) |
                     (k->extended ? FLAG_EXTENDED : 0));
}

enum err domain_key_record(const struct domain_key *k, struct buf *out)
{
    uint8_t head[KEY_RECORD_HEAD] = {ENTRY_KEY, k->id, k->version};

    set_u2(head + 4, k->domain);
    head[6] = k->usage;
    head[7] = k->access;
    domain_put_counter(head + KEY_COUNTER_AT, k->counter);
    head[KCV_AT] = flags_of(k) | k->kcv_length;
    memcpy(head + KCV_AT + 1, k->kcv, sizeof k->kcv);
    return buf_put(out, head, sizeof head);
}

enum err domain_put_component(struct buf *record, uint8_t type,
                              struct span value)
{
    size_t start = record->n;

    if (value.n > UINT16_MAX)
        return ERR_RANGE;
    enum err e = buf_put_u1(record, type);
    if (e == ERR_OK)
        e = buf_put_u2(record, (uint16_t)value.n);
    if (e == ERR_OK)
        e = buf_put_span(record, value);
    if (e != ERR_OK)
        record->n = start;
    else
        record->p[COUNT_AT]++;
    return e;
}

enum err domain_remove_belongings(struct domain *d, uint16_t domain)
{
    struct domain_key k;
    struct heap_view v;
    ref_t ref;
    enum err e = ERR_OK;

    for (uint16_t s = 0; e == ERR_OK && s < REGISTRY_SLOTS; s++) {
        /* A card without room for it lets the domain go all the same. */
        if (domain_key(d, s, &k) && k.domain == domain)
            e = domain_keep_counter(d, &k);
        if (e == ERR_MEMORY)
            e = ERR_OK;
        if (e == ERR_OK && domain_record(d, s, &v, &ref) &&
            (v.p[0] == ENTRY_KEY || v.p[0] == ENTRY_DATA ||
             v.p[0] == ENTRY_SERVICE || v.p[0] == ENTRY_ORIGIN ||
             v.p[0] == ENTRY_CONTACTLESS) &&
            v.h.length >= 6 && get_u2(v.p + 4) == domain)
            e = domain_remove_record(d, s);
    }
    return e;
}
