#include "securechannel/scp11.h"

#include <string.h>

#include "base/ct.h"
#include "base/tlv.h"
#include "crypto/cmac.h"
#include "crypto/derive.h"

enum {
    TAG_TEMPLATE = 0xA6,
    TAG_IDENTIFIER = 0x90,
    TAG_USAGE = 0x95,
    TAG_KEY_TYPE = 0x80,
    TAG_KEY_LENGTH = 0x81,
    TAG_POINT = 0x5F49,
    TAG_RECEIPT = 0x86,
    KEY_AES = 0x88,
    MUTUAL = 0x01,
    SCRIPTED = 0x02, /* with MUTUAL: variant c */
    BIND_IDENTITY = 0x04,
    KEYS = 5,
};

static uint8_t parameters_of(uint8_t variant)
{
    if (variant == SCP11_A)
        return MUTUAL;
    return variant == SCP11_C ? MUTUAL | SCRIPTED : 0;
}

static bool length_known(uint8_t n)
{
    return n == 16 || n == 24 || n == 32;
}

static bool usage_known(uint8_t usage)
{
    return usage == SCP11_USAGE_MAC || usage == SCP11_USAGE_ENCRYPT;
}

static enum err put_template(const struct scp11_offer *offer, struct buf *out)
{
    const uint8_t id[] = {SCP_11, parameters_of(offer->variant)};
    const uint8_t type = KEY_AES;
    size_t mark;

    enum err e = tlv_open(out, TAG_TEMPLATE, &mark);
    if (e == ERR_OK)
        e = tlv_put(out, TAG_IDENTIFIER, span_of(id, sizeof id));
    if (e == ERR_OK)
        e = tlv_put(out, TAG_USAGE, span_of(&offer->usage, 1));
    if (e == ERR_OK)
        e = tlv_put(out, TAG_KEY_TYPE, span_of(&type, 1));
    if (e == ERR_OK)
        e = tlv_put(out, TAG_KEY_LENGTH, span_of(&offer->key_length, 1));
    return e == ERR_OK ? tlv_close(out, mark) : e;
}

enum err scp11_offer_put(struct scp11_offer *offer, struct buf *out)
{
    const size_t start = out->n;
    bool variant = offer->variant == SCP11_A || offer->variant == SCP11_B ||
                   offer->variant == SCP11_C;

    if (!variant || !usage_known(offer->usage) ||
        !length_known(offer->key_length))
        return ERR_RANGE;
    enum err e = put_template(offer, out);
    if (e == ERR_OK)
        e = tlv_put(out, TAG_POINT, offer->point);
    if (e == ERR_OK)
        offer->all = span_of(out->p + start, out->n - start);
    else
        out->n = start;
    return e;
}

static enum err take_identifier(struct span value, uint8_t *variant)
{
    if (value.n != 2 || value.p[0] != SCP_11)
        return ERR_FORMAT;
    if ((value.p[1] & BIND_IDENTITY) != 0)
        return ERR_UNSUPPORTED;
    switch (value.p[1] & (MUTUAL | SCRIPTED)) {
    case 0:
        *variant = SCP11_B;
        return ERR_OK;
    case MUTUAL:
        *variant = SCP11_A;
        return ERR_OK;
    case MUTUAL | SCRIPTED:
        *variant = SCP11_C;
        return ERR_OK;
    default:
        return ERR_FORMAT;
    }
}

static enum err take_u1(struct span in, uint16_t tag, uint8_t *out)
{
    struct span value;
    if (tlv_find(in, tag, &value) != ERR_OK || value.n != 1)
        return ERR_FORMAT;
    *out = value.p[0];
    return ERR_OK;
}

enum err scp11_offer_take(struct span data, struct scp11_offer *out)
{
    struct span template, value;
    uint8_t type = 0;

    *out = (struct scp11_offer){.all = data};
    if (tlv_take_tag(&data, TAG_TEMPLATE, &template) != ERR_OK ||
        tlv_take_tag(&data, TAG_POINT, &out->point) != ERR_OK || data.n != 0 ||
        tlv_find(template, TAG_IDENTIFIER, &value) != ERR_OK)
        return ERR_FORMAT;
    enum err e = take_identifier(value, &out->variant);
    if (e == ERR_OK)
        e = take_u1(template, TAG_USAGE, &out->usage);
    if (e == ERR_OK)
        e = take_u1(template, TAG_KEY_TYPE, &type);
    if (e == ERR_OK)
        e = take_u1(template, TAG_KEY_LENGTH, &out->key_length);
    if (e != ERR_OK)
        return e;
    return type == KEY_AES && length_known(out->key_length) &&
                   usage_known(out->usage)
               ? ERR_OK
               : ERR_UNSUPPORTED;
}

/* Appends the first coordinate of scalar * point [TR-03111 4.3.1]. */
static enum err add_secret(const struct crypto_port *port,
                           const struct crypto_ec_curve *curve,
                           struct span scalar, struct span point,
                           struct crypto_derive *d)
{
    uint8_t product[CRYPTO_EC_POINT_MAX];
    enum err e = port->ec->multiply(port->ctx, curve, scalar, point, product);
    if (e == ERR_OK)
        e = crypto_derive_part(
            d, CRYPTO_DERIVE_SECRET,
            span_of(product + 1, crypto_ec_field_size(curve)));
    wipe(product, sizeof product);
    return e;
}

static enum err derive(const struct crypto_port *port,
                       const struct scp11_offer *offer,
                       const struct scp11_share *share, struct crypto_derive *d,
                       uint8_t *out, size_t n)
{
    const uint8_t info[] = {offer->usage, KEY_AES, offer->key_length};

    enum err e = add_secret(port, share->curve, share->own_ephemeral,
                            share->other_ephemeral, d);
    if (e == ERR_OK)
        e = add_secret(port, share->curve, share->own_static,
                       share->other_static, d);
    if (e == ERR_OK)
        e = crypto_derive_part(d, CRYPTO_DERIVE_DATA,
                               span_of(info, sizeof info));
    if (e == ERR_OK)
        e = crypto_derive_begin(port, d);
    return e == ERR_OK ? crypto_derive_bytes(port, d, out, n) : e;
}

enum err scp11_agree(const struct crypto_port *port,
                     const struct scp11_offer *offer,
                     const struct scp11_share *share, struct secret_scp11 *out)
{
    uint8_t *const places[KEYS] = {out->receipt_key, out->keys.enc,
                                   out->keys.mac, out->rmac, out->keys.dek};
    struct crypto_derive d = {.kdf = CRYPTO_KDF_X963, .prf = CRYPTO_SHA256};
    uint8_t bytes[KEYS * SCP_KEY_MAX];
    const size_t n = offer->key_length;

    if (port->ec == NULL)
        return ERR_UNSUPPORTED;
    out->keys.length = offer->key_length;
    enum err e = derive(port, offer, share, &d, bytes, KEYS * n);
    for (size_t i = 0; e == ERR_OK && i < KEYS; i++)
        memcpy(places[i], bytes + i * n, n);
    wipe(bytes, sizeof bytes);
    wipe(&d, sizeof d);
    return e;
}

enum err scp11_receipt(const struct crypto_port *port,
                       const struct scp11_offer *offer,
                       const struct secret_scp11 *secret,
                       struct span card_point, uint8_t receipt[SCP11_RECEIPT])
{
    uint8_t bytes[4];
    struct buf head = buf_of(bytes, sizeof bytes);
    enum err e = tlv_put_header(&head, TAG_POINT, card_point.n);
    if (e != ERR_OK)
        return e;
    const struct span parts[] = {offer->all, buf_span(&head), card_point};
    return crypto_cmac(port, span_of(secret->receipt_key, secret->keys.length),
                       parts, 3, receipt);
}

enum err scp11_answer_put(struct span card_point,
                          const uint8_t receipt[SCP11_RECEIPT], struct buf *out)
{
    enum err e = tlv_put(out, TAG_POINT, card_point);
    if (e == ERR_OK)
        e = tlv_put(out, TAG_RECEIPT, span_of(receipt, SCP11_RECEIPT));
    return e;
}

enum err scp11_answer_take(struct span data, struct span *card_point,
                           struct span *receipt)
{
    if (tlv_take_tag(&data, TAG_POINT, card_point) != ERR_OK ||
        tlv_take_tag(&data, TAG_RECEIPT, receipt) != ERR_OK ||
        receipt->n != SCP11_RECEIPT || data.n != 0)
        return ERR_FORMAT;
    return ERR_OK;
}

enum err scp11_open(struct scp_session *s, enum scp_role role,
                    const struct scp11_offer *offer, bool s16,
                    const struct secret_scp11 *secret,
                    const uint8_t receipt[SCP11_RECEIPT])
{
    const uint8_t macs = SCP_C_MAC | SCP_R_MAC;
    const uint8_t level = offer->usage == SCP11_USAGE_MAC
                              ? macs
                              : macs | SCP_C_DECRYPTION | SCP_R_ENCRYPTION;
    const uint8_t i =
        SCP03_I_R_MAC | SCP03_I_R_ENCRYPTION | (s16 ? SCP03_I_S16 : 0);
    return scp_open_keys(s, role, SCP_03, i, level, &secret->keys, secret->rmac,
                         receipt);
}
