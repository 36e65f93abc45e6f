#include "domains/receipt.h"

#include "base/ct.h"
#include "base/tlv.h"
#include "domains/objects.h"
#include "domains/scheme.h"
#include "domains/text.h"

enum {
    TAG_PROVIDER_NUMBER = 0x42,
    TAG_IMAGE_NUMBER = 0x45,
    TAG_TOKEN_ID = 0x93,
    COUNTER_MAX = 0xFFFF,   /* reached, and never told in a receipt */
    CONFIRMATION_MAX = 254, /* with two bytes of length a response is full */
    LENGTH_MAX = 3,
};

struct span domain_token_id(struct span template)
{
    struct span id;

    return tlv_find(template, TAG_TOKEN_ID, &id) == ERR_OK ? id
                                                           : span_of(NULL, 0);
}

/* A length as BER codes it. */
static enum err put_length(struct buf *b, size_t n)
{
    enum err e = ERR_OK;

    if (n <= 0x7F)
        return buf_put_u1(b, (uint8_t)n);
    if (n > UINT16_MAX)
        return ERR_RANGE;
    e = buf_put_u1(b, n <= 0xFF ? 0x81 : 0x82);
    if (e != ERR_OK)
        return e;
    return n <= 0xFF ? buf_put_u1(b, (uint8_t)n) : buf_put_u2(b, (uint16_t)n);
}

/* ---- what is signed ---- */

/* Both numbers of the domain, one behind the other. */
static enum err put_unique(const struct domain *d, uint16_t domain,
                           struct buf *b)
{
    struct span number = span_of(NULL, 0);
    struct span image = span_of(NULL, 0);

    (void)domain_object(d, domain, TAG_PROVIDER_NUMBER, &number);
    (void)domain_object(d, domain, TAG_IMAGE_NUMBER, &image);
    if (number.n + image.n > 0xFF)
        return ERR_RANGE;
    enum err e = buf_put_u1(b, (uint8_t)(number.n + image.n));
    if (e == ERR_OK)
        e = buf_put_span(b, number);
    return e == ERR_OK ? buf_put_span(b, image) : e;
}

/* [GPCS table 11-14] */
static enum err put_data(const struct domain *d,
                         const struct registry_entry *by, struct span token_id,
                         struct buf *b)
{
    enum err e = buf_put_u1(b, sizeof by->receipts);

    if (e == ERR_OK)
        e = buf_put_u2(b, by->receipts);
    if (e == ERR_OK)
        e = put_unique(d, by->slot, b);
    if (e == ERR_OK && token_id.n > 0)
        e = buf_put_lv(b, token_id);
    return e;
}

static enum err sign(const struct domain *d,
                     const struct crypto_scheme_key *key, struct span data,
                     const struct domain_done *done, struct buf *signature)
{
    uint8_t lengths[RECEIPT_FIELDS_MAX][LENGTH_MAX];
    struct span parts[1 + 2 * RECEIPT_FIELDS_MAX] = {data};
    size_t n = 1;

    for (size_t i = 0; i < done->count; i++) {
        struct buf length = buf_of(lengths[i], LENGTH_MAX);
        const enum err e = put_length(&length, done->fields[i].n);
        if (e != ERR_OK)
            return e;
        parts[n++] = buf_span(&length);
        parts[n++] = done->fields[i];
    }
    return crypto_scheme_sign(d->port->crypto, key, parts, n, signature);
}

/* ---- the confirmation ---- */

static size_t length_size(size_t n)
{
    return n <= 0x7F ? 1 : 2;
}

/* [GPCS tables 11-13, 11-25, 11-54, 11-59] */
static enum err put_confirmation(struct span signature, struct span data,
                                 struct buf *response)
{
    const size_t n = length_size(signature.n) + signature.n + data.n;

    if (n > CONFIRMATION_MAX)
        return ERR_FULL;
    enum err e = put_length(response, n);
    if (e == ERR_OK)
        e = put_length(response, signature.n);
    if (e == ERR_OK)
        e = buf_put_span(response, signature);
    return e == ERR_OK ? buf_put_span(response, data) : e;
}

/* Who signs what `self` does; false: nobody. */
static bool find_signer(const struct domain *d,
                        const struct registry_entry *self,
                        struct registry_entry *by)
{
    return (self->privileges & PRIVILEGE_DELEGATED) != 0 &&
           domain_find_in_charge(d, self, PRIVILEGE_RECEIPT, by);
}

/* Whether the half that signs is there. */
static bool can_sign(const struct crypto_scheme_key *key)
{
    const struct crypto_rsa_private *rsa = &key->private_key;

    return crypto_scheme_size(key) > 0 &&
           (key->kind == CRYPTO_SCHEME_RSA ? rsa->d.n + rsa->p.n
                                           : key->secret.n) > 0;
}

static enum err open_key(const struct domain *d, uint16_t domain,
                         struct secret_domain_scheme *scheme)
{
    struct domain_key k;

    if (!domain_find_scheme(d, domain, DOMAIN_FOR_RECEIPT, &k))
        return ERR_NOT_FOUND;
    enum err e = domain_open_scheme(d, &k, scheme);
    return e == ERR_OK && !can_sign(&scheme->key) ? ERR_RANGE : e;
}

sw_t domain_may_confirm(const struct domain *d,
                        const struct registry_entry *self, struct span token_id)
{
    uint8_t bytes[CONFIRMATION_MAX];
    struct buf data = buf_of(bytes, sizeof bytes);
    struct secret_domain_scheme scheme;
    struct registry_entry by;

    if (!find_signer(d, self, &by))
        return SW_OK;
    if (by.receipts == COUNTER_MAX)
        return domain_refuse(d, SW_CONDITIONS,
                             "receipt: the counter is used up");
    enum err e = open_key(d, by.slot, &scheme);
    const size_t n = e == ERR_OK ? crypto_scheme_size(&scheme.key) : 0;
    wipe(&scheme, sizeof scheme);
    if (e != ERR_OK)
        return domain_refuse(
            d, SW_CONDITIONS,
            "receipt: the domain that signs has no key for it");
    e = put_data(d, &by, token_id, &data);
    if (e != ERR_OK || length_size(n) + n + data.n > CONFIRMATION_MAX)
        return domain_refuse(d, SW_CONDITIONS,
                             "receipt: it is longer than a response");
    return SW_OK;
}

static enum err put_by(const struct domain *d, const struct registry_entry *by,
                       const struct domain_done *done, struct buf *response)
{
    uint8_t data_bytes[CONFIRMATION_MAX], signature_bytes[CRYPTO_SCHEME_MAX];
    struct buf data = buf_of(data_bytes, sizeof data_bytes);
    struct buf signature = buf_of(signature_bytes, sizeof signature_bytes);
    struct secret_domain_scheme scheme;

    enum err e = open_key(d, by->slot, &scheme);
    if (e == ERR_OK)
        e = put_data(d, by, done->token_id, &data);
    if (e == ERR_OK)
        e = sign(d, &scheme.key, buf_span(&data), done, &signature);
    wipe(&scheme, sizeof scheme);
    return e == ERR_OK ? put_confirmation(buf_span(&signature), buf_span(&data),
                                          response)
                       : e;
}

sw_t domain_confirm(struct domain *d, const struct registry_entry *self,
                    const struct domain_done *done, struct buf *response)
{
    struct registry_entry by;

    if (!find_signer(d, self, &by))
        return sw_from_err(buf_put_u1(response, 0));
    enum err e = put_by(d, &by, done, response);
    if (e == ERR_OK) {
        by.receipts++;
        e = domain_put_entry(d, &by);
    }
    return e == ERR_OK ? SW_OK
                       : domain_refuse(d, sw_from_err(e), "receipt: failed");
}
