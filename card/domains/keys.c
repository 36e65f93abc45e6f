#include "domains/keys.h"

#include <assert.h>
#include <string.h>

#include "base/ct.h"

enum { COMPONENT_HEAD = 3, SEALED_AT = 3, KCV_AT = 12, COUNT_AT = 16 };

void domain_put_counter(uint8_t out[KEY_COUNTER_ROOM], uint32_t counter)
{
    set_u4(out, counter << 8 | (counter * 0x9E3779B9u + 0x5A000000u) >> 24);
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

bool domain_key(const struct domain *d, uint16_t slot, struct domain_key *k)
{
    struct heap_view v;
    uint32_t counter = 0;
    uint32_t tag = 0;
    ref_t ref;

    if (!domain_record(d, slot, &v, &ref) || v.p[0] != ENTRY_KEY)
        return false;
    tag = v.p[SEALED_AT] != 0 ? VAULT_TAG : 0;
    if (v.h.length < KEY_RECORD_HEAD + tag || v.p[KCV_AT] > sizeof k->kcv ||
        !take_counter(d, v.p + KEY_COUNTER_AT, &counter))
        return false;
    *k = (struct domain_key){
        .slot = slot,
        .id = v.p[1],
        .version = v.p[2],
        .domain = get_u2(v.p + 4),
        .usage = v.p[6],
        .access = v.p[7],
        .counter = counter,
        .kcv_length = v.p[KCV_AT],
        .component_count = v.p[COUNT_AT],
        .sealed = tag != 0,
        .components =
            span_of(v.p + KEY_RECORD_HEAD, v.h.length - KEY_RECORD_HEAD - tag),
    };
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

/* A secret key of one component; its type and value. */
static bool symmetric(const struct domain_key *k, struct domain_component *c)
{
    struct span rest = k->components;

    return k->component_count == 1 && domain_take_component(&rest, c) &&
           (c->type == KEY_TYPE_AES || c->type == KEY_TYPE_DES);
}

static struct vault_place place_of(uint16_t domain, uint8_t version, uint8_t id)
{
    return (struct vault_place){VAULT_OF_DOMAIN, domain,
                                (uint16_t)(version << 8 | id)};
}

enum err domain_key_secret(const struct domain *d, const struct domain_key *k,
                           uint8_t out[KEY_SECRET_MAX])
{
    uint8_t stored[VAULT_TAG + KEY_SECRET_MAX];
    struct domain_component c;

    if (!symmetric(k, &c) || c.value.n > KEY_SECRET_MAX)
        return ERR_TYPE;
    if (!k->sealed) {
        memcpy(out, c.value.p, c.value.n);
        return ERR_OK;
    }
    if (!d->vault->on)
        return ERR_AUTH;
    memcpy(stored, c.value.p + c.value.n, VAULT_TAG);
    memcpy(stored + VAULT_TAG, c.value.p, c.value.n);
    return vault_get(d->vault, place_of(k->domain, k->version, k->id), stored,
                     c.value.n, out);
}

enum err domain_seal_key(const struct domain *d, struct buf *record)
{
    uint8_t *const value = record->p + KEY_RECORD_HEAD + COMPONENT_HEAD;
    const size_t n = record->n - KEY_RECORD_HEAD - COMPONENT_HEAD;
    uint8_t stored[VAULT_TAG + KEY_SECRET_MAX];

    assert(record->p[COUNT_AT] == 1 && n <= KEY_SECRET_MAX);
    if (!d->vault->on)
        return ERR_OK;
    enum err e = vault_put(
        d->vault, place_of(get_u2(record->p + 4), record->p[2], record->p[1]),
        span_of(value, n), stored);
    if (e != ERR_OK)
        return e;
    memcpy(value, stored + VAULT_TAG, n);
    record->p[SEALED_AT] = 1;
    return buf_put(record, stored, VAULT_TAG);
}

static bool has_protocol(const struct domain *d, uint16_t domain, uint8_t type)
{
    struct registry_entry e;
    uint8_t id = type == KEY_TYPE_AES ? SCP_03 : SCP_02;

    if (!domain_entry(d, domain, &e))
        return false;
    for (size_t i = 0; i < REGISTRY_PROTOCOLS_MAX; i++) {
        if (e.protocols[i].id == id)
            return true;
    }
    return false;
}

/* Whether the set that starts with `first` is whole and of one kind. */
static bool whole_set(const struct domain *d, const struct domain_key *first,
                      struct domain_key_set *set)
{
    struct domain_component one, other;
    struct domain_key k;

    if (first->version >= KEY_VERSION_SPECIAL || !symmetric(first, &one))
        return false;
    for (uint8_t id = KEY_ID_MAC; id <= KEY_ID_DEK; id++) {
        if (!domain_find_key(d, first->domain, first->version, id, &k) ||
            !symmetric(&k, &other) || other.type != one.type ||
            other.value.n != one.value.n)
            return false;
    }
    *set = (struct domain_key_set){first->slot, first->domain, first->version,
                                   one.type, first->counter};
    return has_protocol(d, first->domain, one.type);
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

    for (unsigned depth = 0; depth < REGISTRY_SLOTS; depth++) {
        if (domain_find_key_set(d, domain, 0, &set))
            return domain;
        if (!domain_entry(d, domain, &e) || e.domain == domain)
            return domain;
        domain = e.domain;
    }
    return domain;
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
    for (uint8_t id = KEY_ID_ENC; id <= KEY_ID_DEK; id++) {
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

enum scp_protocol domain_set_protocol(const struct domain_key_set *set)
{
    return set->type == KEY_TYPE_AES ? SCP_03 : SCP_02;
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

enum err domain_key_record(const struct domain_key *k, struct buf *out)
{
    uint8_t head[KEY_RECORD_HEAD] = {ENTRY_KEY, k->id, k->version};

    set_u2(head + 4, k->domain);
    head[6] = k->usage;
    head[7] = k->access;
    domain_put_counter(head + KEY_COUNTER_AT, k->counter);
    head[KCV_AT] = k->kcv_length;
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
    struct heap_view v;
    ref_t ref;
    enum err e = ERR_OK;

    for (uint16_t s = 0; e == ERR_OK && s < REGISTRY_SLOTS; s++) {
        if (domain_record(d, s, &v, &ref) &&
            (v.p[0] == ENTRY_KEY || v.p[0] == ENTRY_DATA) && v.h.length >= 6 &&
            get_u2(v.p + 4) == domain)
            e = domain_remove_record(d, s);
    }
    return e;
}
