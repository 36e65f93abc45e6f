#include "securechannel/iso.h"

#include <string.h>

#include "base/ct.h"
#include "base/tlv.h"
#include "crypto/cmac.h"
#include "crypto/mac.h"
#include "crypto/pad.h"
#include "securechannel/apdu.h"

enum {
    TAG_PLAIN = 0x81,
    TAG_CIPHERED_ODD = 0x85, /* of commands whose data are data objects */
    TAG_CIPHERED = 0x87,
    TAG_MAC = 0x8E,
    TAG_LE = 0x97,
    TAG_STATUS = 0x99,
    PADDED = 0x01, /* with 80 00..; before what 87 ciphers */
    MAC_SIZE = 8,
    HEADER_AUTHENTICATED = 0x0C, /* in a first interindustry class byte */
    LE_SHORT_ALL = 256,
    LE_MAX = 0x7FFF,
    COMMANDS = SCP_C_MAC | SCP_C_DECRYPTION,
    RESPONSES = SCP_R_MAC | SCP_R_ENCRYPTION,
};

/* ---- keys ---- */

enum err scp_iso_give_key(struct iso_session *s, enum iso_key which, bool aes,
                          struct span value)
{
    const bool fits =
        aes ? value.n == 16 || value.n == 24 || value.n == 32 : value.n == 16;

    if (s->length[which] != 0)
        return ERR_EXISTS;
    for (unsigned i = 0; i < ISO_KEYS; i++) {
        if (s->length[i] != 0 && (s->aes != 0) != aes)
            return ERR_RANGE;
    }
    if (!fits)
        return ERR_RANGE;
    s->aes = aes;
    memcpy(s->key[which], value.p, value.n);
    s->length[which] = (uint8_t)value.n;
    return ERR_OK;
}

static struct span key_of(const struct iso_session *s, enum iso_key which)
{
    if (which == ISO_R_ENC && s->length[which] == 0)
        which = ISO_ENC;
    if (which == ISO_R_MAC && s->length[which] == 0)
        which = ISO_MAC;
    return span_of(s->key[which], s->length[which]);
}

static bool has(const struct iso_session *s, enum iso_key which)
{
    return key_of(s, which).n != 0;
}

enum err scp_iso_open(struct iso_session *s, uint8_t level)
{
    if ((level & ~(COMMANDS | RESPONSES)) != 0 ||
        (level != 0 && (level & SCP_C_MAC) == 0) ||
        ((level & SCP_R_ENCRYPTION) != 0 && (level & SCP_R_MAC) == 0))
        return ERR_RANGE;
    if (((level & SCP_C_MAC) != 0 && !has(s, ISO_MAC)) ||
        ((level & SCP_C_DECRYPTION) != 0 && !has(s, ISO_ENC)) ||
        ((level & SCP_R_MAC) != 0 && !has(s, ISO_R_MAC)) ||
        ((level & SCP_R_ENCRYPTION) != 0 && !has(s, ISO_R_ENC)))
        return ERR_NOT_FOUND;
    s->level = level;
    s->open = 1;
    s->le = ISO_NO_LE;
    return ERR_OK;
}

void scp_iso_close(struct iso_session *s)
{
    wipe(s, sizeof *s);
}

/* ---- algorithms ---- */

static size_t block_of(const struct iso_session *s)
{
    return s->aes ? 16 : 8;
}

/* Before each message, in both directions. */
static void count(struct iso_session *s)
{
    for (size_t i = block_of(s); i > 0 && ++s->counter[i - 1] == 0; i--)
        ;
}

/* CBC in place; AES from the counter, enciphered [ICAO 9303-11 9.8.6]. */
static enum err crypt(const struct iso_session *s,
                      const struct crypto_port *port, enum iso_key which,
                      enum crypto_direction direction, uint8_t *p, size_t n)
{
    const enum crypto_cipher cipher = s->aes ? CRYPTO_AES : CRYPTO_DES3;
    const struct span key = key_of(s, which);
    uint8_t iv[CRYPTO_BLOCK_MAX] = {0};
    enum err e = ERR_OK;

    if (s->aes)
        e = port->cipher(port->ctx, cipher, CRYPTO_ECB, CRYPTO_ENCRYPT, key,
                         NULL, s->counter, iv, sizeof iv);
    if (e == ERR_OK)
        e = port->cipher(port->ctx, cipher, CRYPTO_CBC, direction, key, iv, p,
                         p, n);
    return e;
}

/*
 * Of counter, header (filled up to a block; none in a response) and objects,
 * padded: CMAC is not to pad again [ICAO 9303-11 9.8.6.2].
 */
static enum err mac(const struct iso_session *s, const struct crypto_port *port,
                    enum iso_key which, struct span header, struct span objects,
                    uint8_t out[MAC_SIZE])
{
    static const uint8_t zero[CRYPTO_DES_MAC_SIZE];
    const size_t block = block_of(s);
    uint8_t head[2 * CRYPTO_BLOCK_MAX] = {0};
    uint8_t more[CRYPTO_BLOCK_MAX], full[CRYPTO_BLOCK_MAX];
    size_t n = block, padding = 0;

    memcpy(head, s->counter, block);
    if (header.n != 0) {
        memcpy(head + n, header.p, header.n);
        head[n + header.n] = 0x80;
        n += block;
    }
    if (!s->aes) {
        const struct span parts[] = {span_of(head, n), objects};
        return crypto_retail_mac(port, key_of(s, which), zero, parts, 2, out);
    }
    enum err e =
        crypto_pad_more(CRYPTO_PAD_80, objects.n, block, more, &padding);
    const struct span parts[] = {span_of(head, n), objects,
                                 span_of(more, padding)};
    if (e == ERR_OK)
        e = crypto_cmac(port, key_of(s, which), parts, 3, full);
    memcpy(out, full, MAC_SIZE);
    return e;
}

/* ---- commands ---- */

struct objects {
    struct span all; /* what the MAC covers */
    struct tlv data; /* tag 0: there is none */
    struct span le;
    struct span mac;
};

/* Data, Le and MAC, in this order. */
static enum err take_objects(struct span bytes, struct objects *o)
{
    struct tlv t = {.tag = 0};
    struct span rest = bytes;

    *o = (struct objects){.all = span_of(bytes.p, 0)};
    while (rest.n > 0) {
        if (o->mac.n != 0 || tlv_take(&rest, &t) != ERR_OK)
            return ERR_AUTH;
        if (t.tag == TAG_MAC) {
            o->mac = t.value;
            continue;
        }
        if (t.tag == TAG_LE && o->le.n == 0 && t.value.n >= 1 && t.value.n <= 2)
            o->le = t.value;
        else if (o->data.tag == 0 && o->le.n == 0)
            o->data = t;
        else
            return ERR_AUTH;
        o->all.n = bytes.n - rest.n;
    }
    if (o->mac.n == 0)
        return ERR_NOT_FOUND;
    return o->mac.n == MAC_SIZE ? ERR_OK : ERR_AUTH;
}

/* Whether the class byte says so, and that the header is covered, too. */
static bool is_protected(uint8_t cla)
{
    return (cla & 0x40) != 0
               ? scp_cla_is_protected(cla)
               : (cla & HEADER_AUTHENTICATED) == HEADER_AUTHENTICATED;
}

/* What the object carries, as the level demands it. */
static enum err carried(const struct iso_session *s, const struct objects *o,
                        bool odd, struct span *data)
{
    const bool ciphered = (s->level & SCP_C_DECRYPTION) != 0;
    const size_t indicator = odd ? 0 : 1;

    *data = o->data.value;
    if (o->data.tag == 0)
        return ERR_OK;
    if (!ciphered)
        return o->data.tag == TAG_PLAIN ? ERR_OK : ERR_AUTH;
    if (o->data.tag != (odd ? TAG_CIPHERED_ODD : TAG_CIPHERED) ||
        data->n <= indicator || (!odd && data->p[0] != PADDED) ||
        (data->n - indicator) % block_of(s) != 0)
        return ERR_AUTH;
    *data = span_of(data->p + indicator, data->n - indicator);
    return ERR_OK;
}

static int32_t expected(struct span le)
{
    if (le.n == 0)
        return ISO_NO_LE;
    if (le.n == 1)
        return le.p[0] == 0 ? LE_SHORT_ALL : le.p[0];
    const int32_t n = get_u2(le.p);
    return n == 0 || n > LE_MAX ? LE_MAX : n;
}

/* Header, Lc and data to the front of `out`, behind which `data` may lie. */
static enum err give(const struct iso_session *s,
                     const struct crypto_port *port,
                     const struct scp_apdu *apdu, struct span data,
                     struct buf *out)
{
    const size_t at = apdu->extended ? 7 : 5;
    size_t n = data.n;
    enum err e = ERR_OK;

    if (out->cap < at + n)
        return ERR_FULL;
    if (n > 0)
        memmove(out->p + at, data.p, n);
    if (n > 0 && (s->level & SCP_C_DECRYPTION) != 0) {
        e = crypt(s, port, ISO_ENC, CRYPTO_DECRYPT, out->p + at, n);
        if (e == ERR_OK && crypto_unpad(out->p + at, n, &n) != ERR_OK)
            e = ERR_AUTH;
    }
    if (e != ERR_OK)
        return e;
    out->n = 0;
    e = buf_put(out, apdu->head, sizeof apdu->head);
    if (e == ERR_OK)
        e = scp_apdu_put_lc(apdu, n, out);
    out->p[0] = scp_cla_plain(out->p[0]);
    out->n += n;
    return e;
}

static enum err unwrap(struct iso_session *s, const struct crypto_port *port,
                       struct span command, struct buf *out)
{
    uint8_t expected_mac[MAC_SIZE];
    struct scp_apdu apdu;
    struct objects o;
    struct span data;

    enum err e = scp_apdu_parse(command, &apdu);
    if (e != ERR_OK)
        return e;
    if (!is_protected(apdu.head[0]))
        return ERR_NOT_FOUND;
    e = take_objects(apdu.data, &o);
    if (e != ERR_OK)
        return e;
    count(s);
    e = mac(s, port, ISO_MAC, span_of(apdu.head, sizeof apdu.head), o.all,
            expected_mac);
    if (e == ERR_OK && !ct_equal(expected_mac, o.mac.p, MAC_SIZE))
        e = ERR_AUTH;
    s->odd = apdu.head[1] & 1;
    if (e == ERR_OK)
        e = carried(s, &o, s->odd != 0, &data);
    if (e != ERR_OK)
        return e;
    s->le = expected(o.le);
    s->unwrapped = 1;
    return give(s, port, &apdu, data, out);
}

enum err scp_iso_unwrap_command(struct iso_session *s,
                                const struct crypto_port *port,
                                struct span command, struct buf *out)
{
    if (!s->open)
        return ERR_STATE;
    if (s->level == 0) {
        if (out->cap < command.n)
            return ERR_FULL;
        memmove(out->p, command.p, command.n);
        out->n = command.n;
        return ERR_OK;
    }
    const enum err e = unwrap(s, port, command, out);
    if (e == ERR_AUTH || e == ERR_NOT_FOUND)
        scp_iso_close(s);
    return e;
}

/* ---- responses ---- */

static size_t length_size(size_t n)
{
    return n < 0x80 ? 1 : n < 0x100 ? 2 : 3;
}

/* Tag, length, perhaps an indicator: what goes before the data. */
static size_t head_size(const struct iso_session *s, size_t n)
{
    const size_t indicator =
        (s->level & SCP_R_ENCRYPTION) != 0 && !s->odd ? 1 : 0;

    return 1 + length_size(n + indicator) + indicator;
}

size_t scp_iso_wrapped_length(const struct iso_session *s, size_t n)
{
    if (!s->open || (s->level & SCP_R_MAC) == 0)
        return n;
    if (n > 0 && (s->level & SCP_R_ENCRYPTION) != 0)
        n = crypto_padded(n, block_of(s));
    if (n > 0)
        n += head_size(s, n);
    return n + 4 + 2 + MAC_SIZE; /* 99 02 SW, 8E 08 MAC */
}

/* Data become an object of their own, in place. */
static enum err wrap_data(struct iso_session *s, const struct crypto_port *port,
                          struct buf *data)
{
    const bool ciphered = (s->level & SCP_R_ENCRYPTION) != 0;
    uint8_t bytes[8];
    struct buf head = buf_of(bytes, sizeof bytes);
    enum err e = ERR_OK;

    if (ciphered)
        e = crypto_pad(data, 0, block_of(s));
    if (e == ERR_OK && ciphered)
        e = crypt(s, port, ISO_R_ENC, CRYPTO_ENCRYPT, data->p, data->n);
    if (e != ERR_OK)
        return e;
    if (!ciphered)
        e = tlv_put_header(&head, TAG_PLAIN, data->n);
    else if (s->odd)
        e = tlv_put_header(&head, TAG_CIPHERED_ODD, data->n);
    else
        e = tlv_put_header(&head, TAG_CIPHERED, data->n + 1);
    if (e == ERR_OK && ciphered && !s->odd)
        e = buf_put_u1(&head, PADDED);
    if (e == ERR_OK && data->cap - data->n < head.n)
        e = ERR_FULL;
    if (e != ERR_OK)
        return e;
    memmove(data->p + head.n, data->p, data->n);
    memcpy(data->p, bytes, head.n);
    data->n += head.n;
    return ERR_OK;
}

static enum err wrap(struct iso_session *s, const struct crypto_port *port,
                     struct buf *data, sw_t sw)
{
    uint8_t status[2], sum[MAC_SIZE];
    enum err e = ERR_OK;

    count(s);
    if (data->n > 0)
        e = wrap_data(s, port, data);
    set_u2(status, sw);
    if (e == ERR_OK)
        e = tlv_put(data, TAG_STATUS, span_of(status, sizeof status));
    if (e == ERR_OK)
        e = mac(s, port, ISO_R_MAC, span_of(NULL, 0), buf_span(data), sum);
    if (e == ERR_OK)
        e = tlv_put(data, TAG_MAC, span_of(sum, sizeof sum));
    return e;
}

enum err scp_iso_wrap_response(struct iso_session *s,
                               const struct crypto_port *port, struct buf *data,
                               sw_t sw)
{
    if (!s->open)
        return ERR_STATE;
    if ((s->level & SCP_R_MAC) == 0)
        return ERR_OK;
    const enum err e = wrap(s, port, data, sw);
    if (e != ERR_OK) {
        data->n = 0; /* half protected data must not leave */
        scp_iso_close(s);
    }
    return e;
}
