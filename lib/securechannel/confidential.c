#include "securechannel/confidential.h"

#include <string.h>

#include "base/ct.h"
#include "base/tlv.h"
#include "crypto/cmac.h"
#include "crypto/derive.h"
#include "crypto/mac.h"

enum {
    TAG_TEMPLATE = 0xA6,
    TAG_KEY = 0xB9,
    TAG_SCENARIO = 0x90,
    TAG_COUNTER = 0x91,
    TAG_USAGE = 0x95,
    TAG_ACCESS = 0x96,
    TAG_TYPE = 0x80,
    TAG_LENGTH = 0x81,
    TAG_ID = 0x82,
    TAG_VERSION = 0x83,
    TAG_HOST = 0x84,
    TAG_IMAGE = 0x45,
    TYPE_DES = 0x80,
    TYPE_PSK = 0x85,
    TYPE_AES = 0x88,
    PARAMETERS = CONFIDENTIAL_DELETE | CONFIDENTIAL_RANDOM |
                 CONFIDENTIAL_IDENTITY | CONFIDENTIAL_PROVEN,
    ACCESS_LAST = 0x02,
    FIRST_ID = 0x01,
    LAST_NUMBER = 0x7F, /* of versions and identifiers */
    RECEIPT_KEY_APART = 16,
    LONG_GROUP = 0xFF,
    BITS_384 = 48, /* bytes of a coordinate */
};

/* ---- the template ---- */

static bool is_key(const struct confidential_key *k)
{
    const bool aes = k->length == 16 || k->length == 24 || k->length == 32;

    switch (k->type) {
    case TYPE_AES:
    case TYPE_PSK:
        return aes;
    case TYPE_DES:
        return k->length == 16 || k->length == 24;
    default:
        return false;
    }
}

/* The receipt of triple DES keys needs one of 16 bytes [GPCS B.1.2.2]. */
static bool has_receipt(const struct confidential_offer *o)
{
    return o->scenario != CONFIDENTIAL_AGREE || o->apart ||
           o->keys[0].type != TYPE_DES || o->keys[0].length == 16;
}

static bool is_offer(const struct confidential_offer *o)
{
    const unsigned last = o->id + (unsigned)o->count - 1;

    if ((o->scenario != CONFIDENTIAL_AGREE &&
         o->scenario != CONFIDENTIAL_PUSH_2B) ||
        (o->parameters & ~PARAMETERS) != 0 || o->version == 0 ||
        o->version > LAST_NUMBER || o->count == 0 ||
        o->count > CONFIDENTIAL_KEYS_MAX || last > LAST_NUMBER)
        return false;
    if (o->scenario != CONFIDENTIAL_AGREE && (o->apart || o->parameters != 0))
        return false;
    if (!o->apart && o->count != (o->keys[0].usage == CONFIDENTIAL_USAGE_SET
                                      ? CONFIDENTIAL_KEYS_MAX
                                      : 1))
        return false;
    for (unsigned i = 0; i < (o->apart ? o->count : 1u); i++) {
        if (!is_key(&o->keys[i]) || o->keys[i].access > ACCESS_LAST)
            return false;
    }
    return has_receipt(o) && o->counter.n <= CONFIDENTIAL_COUNTER_MAX;
}

static enum err put_u1(struct buf *out, uint16_t tag, uint8_t v)
{
    return tlv_put(out, tag, span_of(&v, 1));
}

static enum err put_key(const struct confidential_key *k, struct buf *out)
{
    enum err e = put_u1(out, TAG_USAGE, k->usage);

    if (e == ERR_OK && k->access_given)
        e = put_u1(out, TAG_ACCESS, k->access);
    if (e == ERR_OK)
        e = put_u1(out, TAG_TYPE, k->type);
    return e == ERR_OK ? put_u1(out, TAG_LENGTH, k->length) : e;
}

static enum err put_keys_apart(const struct confidential_offer *o,
                               struct buf *out)
{
    enum err e = ERR_OK;
    size_t mark;

    for (unsigned i = 0; e == ERR_OK && i < o->count; i++) {
        e = tlv_open(out, TAG_KEY, &mark);
        if (e == ERR_OK)
            e = put_key(&o->keys[i], out);
        if (e == ERR_OK)
            e = tlv_close(out, mark);
    }
    return e;
}

static enum err put_optional(struct buf *out, uint16_t tag, struct span value)
{
    return value.n == 0 ? ERR_OK : tlv_put(out, tag, value);
}

static enum err put_fields(const struct confidential_offer *o, struct buf *out)
{
    const uint8_t scenario[] = {o->scenario, o->parameters};
    const size_t n = o->scenario == CONFIDENTIAL_AGREE ? 2 : 1;

    enum err e = tlv_put(out, TAG_SCENARIO, span_of(scenario, n));
    if (e == ERR_OK && !o->apart)
        e = put_key(&o->keys[0], out);
    if (e == ERR_OK)
        e = put_u1(out, TAG_ID, o->id);
    if (e == ERR_OK)
        e = put_u1(out, TAG_VERSION, o->version);
    if (e == ERR_OK && o->apart)
        e = put_keys_apart(o, out);
    if (e == ERR_OK)
        e = put_optional(out, TAG_COUNTER, o->counter);
    if (e == ERR_OK)
        e = put_optional(out, TAG_IMAGE, o->image);
    return e == ERR_OK ? put_optional(out, TAG_HOST, o->host) : e;
}

enum err scp_confidential_offer_put(struct confidential_offer *offer,
                                    struct buf *out)
{
    const size_t start = out->n;
    size_t mark;

    if (!is_offer(offer))
        return ERR_RANGE;
    enum err e = tlv_open(out, TAG_TEMPLATE, &mark);
    if (e == ERR_OK)
        e = put_fields(offer, out);
    if (e == ERR_OK)
        e = tlv_close(out, mark);
    if (e == ERR_OK)
        offer->all = span_of(out->p + start, out->n - start);
    else
        out->n = start;
    return e;
}

static enum err take_u1(struct span value, uint8_t *out)
{
    if (value.n != 1)
        return ERR_FORMAT;
    *out = value.p[0];
    return ERR_OK;
}

/* What a template says of a key; *known: it is a field of that. */
static enum err take_key_field(const struct tlv *item,
                               struct confidential_key *k, bool *known)
{
    *known = true;
    switch (item->tag) {
    case TAG_USAGE:
        return take_u1(item->value, &k->usage);
    case TAG_ACCESS:
        k->access_given = true;
        return take_u1(item->value, &k->access);
    case TAG_TYPE:
        return take_u1(item->value, &k->type);
    case TAG_LENGTH:
        return take_u1(item->value, &k->length);
    default:
        *known = false;
        return ERR_OK;
    }
}

static enum err take_key(struct span in, struct confidential_offer *o)
{
    struct confidential_key *k = &o->keys[o->count];
    struct tlv item;
    bool known;

    if (o->count == CONFIDENTIAL_KEYS_MAX)
        return ERR_UNSUPPORTED;
    while (in.n > 0) {
        if (tlv_take(&in, &item) != ERR_OK ||
            take_key_field(&item, k, &known) != ERR_OK || !known)
            return ERR_FORMAT;
    }
    o->apart = true;
    o->count++;
    return ERR_OK;
}

static enum err take_scenario(struct span value, struct confidential_offer *o)
{
    if (value.n == 0 || value.n > 2)
        return ERR_FORMAT;
    o->scenario = value.p[0];
    o->parameters = value.n == 2 ? value.p[1] : 0;
    return o->scenario == CONFIDENTIAL_AGREE && value.n != 2 ? ERR_FORMAT
                                                             : ERR_OK;
}

static enum err take_field(const struct tlv *item, struct confidential_offer *o)
{
    switch (item->tag) {
    case TAG_SCENARIO:
        return take_scenario(item->value, o);
    case TAG_KEY:
        return take_key(item->value, o);
    case TAG_ID:
        return take_u1(item->value, &o->id);
    case TAG_VERSION:
        return take_u1(item->value, &o->version);
    case TAG_COUNTER:
        o->counter = item->value;
        return ERR_OK;
    case TAG_IMAGE:
        o->image = item->value;
        return ERR_OK;
    case TAG_HOST:
        o->host = item->value;
        return ERR_OK;
    default:
        return ERR_FORMAT;
    }
}

enum err scp_confidential_offer_take(struct span data,
                                     struct confidential_offer *out)
{
    struct confidential_key together = {0};
    struct span fields;
    struct tlv item;
    bool known;

    *out = (struct confidential_offer){.id = FIRST_ID, .all = data};
    if (tlv_take_tag(&data, TAG_TEMPLATE, &fields) != ERR_OK || data.n != 0)
        return ERR_FORMAT;
    while (fields.n > 0) {
        enum err e = tlv_take(&fields, &item);
        if (e == ERR_OK)
            e = take_key_field(&item, &together, &known);
        if (e == ERR_OK && !known)
            e = take_field(&item, out);
        if (e != ERR_OK)
            return e == ERR_UNSUPPORTED ? e : ERR_FORMAT;
    }
    if (out->apart && together.type != 0)
        return ERR_FORMAT;
    if (!out->apart) {
        out->keys[0] = together;
        out->count = together.usage == CONFIDENTIAL_USAGE_SET
                         ? CONFIDENTIAL_KEYS_MAX
                         : 1;
    }
    return is_offer(out) ? ERR_OK : ERR_UNSUPPORTED;
}

/* ---- derivation ---- */

size_t scp_confidential_random_size(const struct crypto_ec_curve *curve)
{
    const size_t n = crypto_ec_field_size(curve);

    if (n < BITS_384)
        return 16;
    return n == BITS_384 ? 24 : 32;
}

size_t scp_confidential_keys_size(const struct confidential_offer *offer)
{
    size_t n = 0;

    for (unsigned i = 0; i < offer->count; i++)
        n += offer->keys[offer->apart ? i : 0].length;
    return n;
}

enum err scp_confidential_identities_put(struct span host, struct span issuer,
                                         struct span card, struct buf *out)
{
    enum err e = buf_put_lv(out, host);

    if (e == ERR_OK)
        e = buf_put_lv(out, issuer);
    return e == ERR_OK ? buf_put_lv(out, card) : e;
}

/* Usage, type and length of each key that is described. */
static enum err put_descriptions(const struct confidential_offer *offer,
                                 struct crypto_derive *d)
{
    enum err e = ERR_OK;

    for (unsigned i = 0; e == ERR_OK && i < (offer->apart ? offer->count : 1u);
         i++) {
        const struct confidential_key *k = &offer->keys[i];
        const uint8_t bytes[] = {k->usage, k->type, k->length};
        e = crypto_derive_part(d, CRYPTO_DERIVE_DATA,
                               span_of(bytes, sizeof bytes));
    }
    return e;
}

static enum err put_secret(const struct crypto_port *port,
                           const struct crypto_ec_curve *curve,
                           struct span scalar, struct span point,
                           struct crypto_derive *d)
{
    uint8_t product[CRYPTO_EC_POINT_MAX];
    enum err e = port->ec->check(port->ctx, curve, point);

    if (e == ERR_OK)
        e = port->ec->multiply(port->ctx, curve, scalar, point, product);
    if (e == ERR_OK)
        e = crypto_derive_part(
            d, CRYPTO_DERIVE_SECRET,
            span_of(product + 1, crypto_ec_field_size(curve)));
    wipe(product, sizeof product);
    return e;
}

enum err scp_confidential_agree(const struct crypto_port *port,
                                const struct confidential_offer *offer,
                                const struct crypto_ec_curve *curve,
                                struct span scalar, struct span point,
                                struct span random, struct span identities,
                                struct secret_confidential *out)
{
    struct crypto_derive d = {.kdf = CRYPTO_KDF_X963, .prf = CRYPTO_SHA256};

    if (port->ec == NULL)
        return ERR_UNSUPPORTED;
    out->receipt_length =
        offer->apart ? RECEIPT_KEY_APART : offer->keys[0].length;
    enum err e = put_secret(port, curve, scalar, point, &d);
    if (e == ERR_OK)
        e = put_descriptions(offer, &d);
    if (e == ERR_OK)
        e = crypto_derive_part(&d, CRYPTO_DERIVE_DATA, random);
    if (e == ERR_OK)
        e = crypto_derive_part(&d, CRYPTO_DERIVE_DATA, identities);
    if (e == ERR_OK)
        e = crypto_derive_begin(port, &d);
    if (e == ERR_OK)
        e = crypto_derive_bytes(port, &d, out->receipt_key,
                                out->receipt_length);
    if (e == ERR_OK)
        e = crypto_derive_bytes(port, &d, out->keys,
                                scp_confidential_keys_size(offer));
    wipe(&d, sizeof d);
    return e;
}

enum err scp_confidential_receipt(const struct crypto_port *port,
                                  const struct confidential_offer *offer,
                                  const struct secret_confidential *secret,
                                  struct span random,
                                  uint8_t receipt[CONFIDENTIAL_RECEIPT_MAX],
                                  size_t *n)
{
    static const uint8_t icv[CRYPTO_DES_MAC_SIZE];
    const bool des = !offer->apart && offer->keys[0].type == TYPE_DES;
    const struct span key =
        span_of(secret->receipt_key, secret->receipt_length);
    uint8_t bytes[4];
    struct buf head = buf_of(bytes, sizeof bytes);
    enum err e = ERR_OK;

    if (random.n > 0)
        e = tlv_put_header(&head, CONFIDENTIAL_TAG_RANDOM, random.n);
    if (e != ERR_OK)
        return e;
    const struct span parts[] = {offer->all, buf_span(&head), random};
    *n = des ? CRYPTO_DES_MAC_SIZE : CRYPTO_CMAC_SIZE;
    return des ? crypto_retail_mac(port, key, icv, parts, 3, receipt)
               : crypto_cmac(port, key, parts, 3, receipt);
}

/* ---- answers ---- */

enum err scp_confidential_answer_put(struct span random, struct span receipt,
                                     struct buf *out)
{
    enum err e = put_optional(out, CONFIDENTIAL_TAG_RANDOM, random);

    return e == ERR_OK ? tlv_put(out, CONFIDENTIAL_TAG_RECEIPT, receipt) : e;
}

enum err scp_confidential_answer_take(struct span data, struct span *random,
                                      struct span *receipt)
{
    if (tlv_take_tag(&data, CONFIDENTIAL_TAG_RANDOM, random) != ERR_OK)
        *random = span_of(NULL, 0);
    if (tlv_take_tag(&data, CONFIDENTIAL_TAG_RECEIPT, receipt) != ERR_OK ||
        data.n != 0 || receipt->n > CONFIDENTIAL_RECEIPT_MAX ||
        random->n > CONFIDENTIAL_RANDOM_MAX)
        return ERR_FORMAT;
    return ERR_OK;
}

enum err scp_confidential_group_put(struct buf *out, uint16_t dgi,
                                    struct span value)
{
    enum err e = value.n <= UINT16_MAX ? buf_put_u2(out, dgi) : ERR_RANGE;

    if (e == ERR_OK && value.n >= LONG_GROUP)
        e = buf_put_u1(out, LONG_GROUP);
    if (e == ERR_OK)
        e = value.n >= LONG_GROUP ? buf_put_u2(out, (uint16_t)value.n)
                                  : buf_put_u1(out, (uint8_t)value.n);
    return e == ERR_OK ? buf_put_span(out, value) : e;
}
