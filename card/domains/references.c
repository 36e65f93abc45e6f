#include "domains/references.h"

#include "base/ct.h"
#include "crypto/ec.h"
#include "domains/objects.h"

enum {
    TAG_IDENTIFIER = 0x42,
    TAG_KIND = 0x80,
    TAG_KEY = 0x83,
    TAG_SERIAL = 0x93,
    OF_CERTIFICATES = 0x010000, /* with identifier and version of the key */
    OF_SERIALS = 0x020000,
};

struct reference {
    uint16_t key; /* identifier, version */
    struct span identifier;
    uint16_t list; /* FF33 or FF34 */
};

bool domain_reference_is_alone(struct span reference)
{
    struct span identifier;

    return tlv_find(reference, TAG_IDENTIFIER, &identifier) == ERR_OK;
}

static sw_t read_reference(const struct domain *d, uint16_t domain,
                           struct span in, struct reference *out)
{
    struct span key, kind;
    struct domain_key k;

    *out = (struct reference){.list = TAG_AUTHORITIES};
    if (tlv_find(in, TAG_KEY, &key) != ERR_OK || key.n != 2)
        return SW_WRONG_DATA;
    out->key = get_u2(key.p);
    if (tlv_find(in, TAG_IDENTIFIER, &out->identifier) != ERR_OK)
        out->identifier = span_of(NULL, 0);
    if (tlv_find(in, TAG_KIND, &kind) == ERR_OK) {
        if (kind.n != 1 || kind.p[0] > 1)
            return SW_WRONG_DATA;
        out->list = kind.p[0] == 0 ? TAG_AUTHORITIES : TAG_CARD_AUTHORITIES;
    }
    return domain_find_key(d, domain, key.p[1], key.p[0], &k)
               ? SW_OK
               : SW_DATA_NOT_FOUND;
}

/* The next pair of a list of identifiers; false at its end. */
static bool take_pair(struct span *list, struct span *identifier, uint16_t *key)
{
    struct span value;

    if (list->n == 0 ||
        tlv_take_tag(list, TAG_IDENTIFIER, identifier) != ERR_OK ||
        tlv_take_tag(list, TAG_KEY, &value) != ERR_OK || value.n != 2)
        return false;
    *key = get_u2(value.p);
    return true;
}

static enum err put_pair(struct buf *out, struct span identifier, uint16_t key)
{
    uint8_t bytes[2];

    set_u2(bytes, key);
    enum err e = tlv_put(out, TAG_IDENTIFIER, identifier);
    return e == ERR_OK ? tlv_put(out, TAG_KEY, span_of(bytes, sizeof bytes))
                       : e;
}

/* What is empty is not kept. */
static enum err put_or_remove(struct domain *d, uint16_t domain, uint32_t tag,
                              struct span value)
{
    return value.n == 0 ? domain_remove_object(d, domain, tag)
                        : domain_put_object(d, domain, tag, value);
}

/* One identifier a key; the new one takes the place of the old. */
static enum err store_identifier(struct domain *d, uint16_t domain,
                                 const struct reference *r)
{
    uint8_t bytes[OBJECT_VALUE_MAX];
    struct buf all = buf_of(bytes, sizeof bytes);
    struct span list, identifier;
    uint16_t key = 0;
    enum err e = ERR_OK;

    if (!domain_object(d, domain, r->list, &list))
        list = span_of(NULL, 0);
    while (e == ERR_OK && take_pair(&list, &identifier, &key)) {
        if (key != r->key)
            e = put_pair(&all, identifier, key);
    }
    if (e == ERR_OK && r->identifier.n > 0)
        e = put_pair(&all, r->identifier, r->key);
    return e == ERR_OK ? put_or_remove(d, domain, r->list, buf_span(&all)) : e;
}

static bool is_list_of_serials(struct span list)
{
    struct span serial;

    while (list.n > 0) {
        if (tlv_take_tag(&list, TAG_SERIAL, &serial) != ERR_OK)
            return false;
    }
    return true;
}

sw_t domain_store_reference(struct domain *d, uint16_t domain,
                            struct span reference, const struct tlv *item)
{
    struct reference r;
    sw_t sw = read_reference(d, domain, reference, &r);

    if (sw != SW_OK)
        return sw;
    if (item == NULL)
        return sw_from_err(store_identifier(d, domain, &r));
    if (item->tag == TAG_CERTIFICATES)
        return sw_from_err(
            put_or_remove(d, domain, OF_CERTIFICATES | r.key, item->value));
    if (item->tag == TAG_SERIALS && is_list_of_serials(item->value))
        return sw_from_err(
            put_or_remove(d, domain, OF_SERIALS | r.key, item->value));
    return SW_WRONG_DATA;
}

/* The whole data object, or its value alone [GPCS 11.3.3.1]. */
static sw_t answer(uint16_t tag, struct span value, bool value_only,
                   struct buf *response)
{
    return sw_from_err(value_only ? buf_put_span(response, value)
                                  : tlv_put(response, tag, value));
}

static sw_t find_key(const struct domain *d, uint16_t domain,
                     struct span wanted, bool value_only, struct buf *response)
{
    struct span list, identifier;
    uint16_t key = 0;
    uint8_t bytes[2];

    if (!domain_object(d, domain, TAG_AUTHORITIES, &list))
        return SW_DATA_NOT_FOUND;
    while (take_pair(&list, &identifier, &key)) {
        if (!span_equal(identifier, wanted))
            continue;
        set_u2(bytes, key);
        return answer(TAG_KEY, span_of(bytes, sizeof bytes), value_only,
                      response);
    }
    return SW_DATA_NOT_FOUND;
}

sw_t domain_get_reference(const struct domain *d, uint16_t domain, uint16_t tag,
                          struct span data, bool value_only,
                          struct buf *response)
{
    struct span reference, certificates, identifier;
    struct reference r;

    if (tlv_take_tag(&data, TAG_REFERENCE, &reference) != ERR_OK || data.n != 0)
        return SW_WRONG_DATA;
    if (tag == TAG_FIND_KEY)
        return tlv_find(reference, TAG_IDENTIFIER, &identifier) == ERR_OK
                   ? find_key(d, domain, identifier, value_only, response)
                   : SW_WRONG_DATA;
    sw_t sw = read_reference(d, domain, reference, &r);
    if (sw != SW_OK)
        return sw;
    if (!domain_object(d, domain, OF_CERTIFICATES | r.key, &certificates))
        return SW_DATA_NOT_FOUND;
    return answer(TAG_CERTIFICATES, certificates, value_only, response);
}

bool domain_serial_allowed(const struct domain *d,
                           const struct domain_key *authority,
                           struct span serial)
{
    const uint16_t key = (uint16_t)(authority->id << 8 | authority->version);
    struct span list, allowed;

    if (!domain_object(d, authority->domain, OF_SERIALS | key, &list) ||
        list.n == 0)
        return true;
    while (list.n > 0 && tlv_take_tag(&list, TAG_SERIAL, &allowed) == ERR_OK) {
        if (span_equal(crypto_number(allowed), crypto_number(serial)))
            return true;
    }
    return false;
}

/* ---- keys that went ---- */

static bool has_key(const struct domain *d, uint16_t domain, uint16_t key)
{
    struct domain_key k;

    return domain_find_key(d, domain, (uint8_t)key, (uint8_t)(key >> 8), &k);
}

bool domain_reference_holds(const struct domain *d, uint16_t domain,
                            uint32_t tag, struct span value)
{
    struct span identifier;
    uint16_t key = 0;

    if (tag > UINT16_MAX)
        return has_key(d, domain, (uint16_t)tag);
    if (tag != TAG_AUTHORITIES && tag != TAG_CARD_AUTHORITIES)
        return true;
    while (take_pair(&value, &identifier, &key)) {
        if (!has_key(d, domain, key))
            return false;
    }
    return true;
}

static enum err sweep_list(struct domain *d, uint16_t domain, uint16_t list)
{
    uint8_t bytes[OBJECT_VALUE_MAX];
    struct buf all = buf_of(bytes, sizeof bytes);
    struct span rest, identifier;
    uint16_t key = 0;
    enum err e = ERR_OK;

    if (!domain_object(d, domain, list, &rest) ||
        domain_reference_holds(d, domain, list, rest))
        return ERR_OK;
    while (e == ERR_OK && take_pair(&rest, &identifier, &key)) {
        if (has_key(d, domain, key))
            e = put_pair(&all, identifier, key);
    }
    return e == ERR_OK ? put_or_remove(d, domain, list, buf_span(&all)) : e;
}

enum err domain_sweep_references(struct domain *d, uint16_t domain)
{
    enum err e = sweep_list(d, domain, TAG_AUTHORITIES);
    struct span value;
    uint32_t tag;

    if (d->peer.domain == domain)
        wipe(&d->peer, sizeof d->peer);
    if (e == ERR_OK)
        e = sweep_list(d, domain, TAG_CARD_AUTHORITIES);
    for (uint16_t s = 0;
         e == ERR_OK && domain_each_object(d, domain, &s, &tag, &value); s++) {
        if (!domain_reference_holds(d, domain, tag, value))
            e = domain_remove_record(d, s);
    }
    return e;
}
