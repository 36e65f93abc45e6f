#include <gp/certificate.h>

#include <string.h>

#include "base/ct.h"
#include "base/hex.h"
#include "base/tlv.h"
#include "offcard/gp/pem.h"
#include "offcard/gp/source.h"
#include "securechannel/certificate.h"

enum {
    TAG_CERTIFICATE = 0x7F21,
    TAG_X509 = 0x30,
    TAG_SERIAL = 0x93,
    TAG_ISSUER = 0x42,
    TAG_SUBJECT = 0x5F20,
    TAG_USAGE = 0x95,
    TAG_EXPIRES = 0x5F24,
    TAG_PUBLIC_KEY = 0x7F49,
    TAG_POINT = 0xB0,
    TAG_CURVE = 0xF0,
    TAG_SIGNATURE = 0x5F37,
    FILE_MAX = 32768,
};

/* ---- made here ---- */

static bool is_sized(struct span s, size_t most)
{
    return s.n >= 1 && s.n <= most;
}

static enum err put_fields(struct buf *out, const struct secret_gp_ec_key *of,
                           const struct gp_certificate *what)
{
    static const uint8_t signs[] = {0x82};
    static const uint8_t agrees[] = {0x00, 0x80};
    const struct span usage = what->certifies ? span_of(signs, sizeof signs)
                                              : span_of(agrees, sizeof agrees);
    const uint8_t reference = (uint8_t)gp_ec_curve_reference(of->curve);
    size_t mark;

    enum err e = tlv_put(out, TAG_SERIAL, what->serial);
    if (e == ERR_OK)
        e = tlv_put(out, TAG_ISSUER, what->issuer);
    if (e == ERR_OK)
        e = tlv_put(out, TAG_SUBJECT, what->subject);
    if (e == ERR_OK)
        e = tlv_put(out, TAG_USAGE, usage);
    if (e == ERR_OK)
        e = tlv_put(out, TAG_EXPIRES,
                    span_of(what->expires, sizeof what->expires));
    if (e == ERR_OK)
        e = tlv_open(out, TAG_PUBLIC_KEY, &mark);
    if (e == ERR_OK)
        e = tlv_put(out, TAG_POINT, span_of(of->point, of->point_length));
    if (e == ERR_OK)
        e = tlv_put(out, TAG_CURVE, span_of(&reference, 1));
    return e == ERR_OK ? tlv_close(out, mark) : e;
}

/* The signature is over all fields before it [Amd F 6.6]. */
static enum err put_signature(struct buf *out, const struct crypto_port *crypto,
                              const struct secret_gp_ec_key *by)
{
    const struct span fields = buf_span(out);
    uint8_t digest[CRYPTO_DIGEST_MAX];
    uint8_t pair[2 * CRYPTO_EC_ORDER_MAX];
    struct crypto_ec_values values;

    enum err e =
        crypto_ec_named(crypto, (enum crypto_ec_name)by->curve, &values);
    if (e != ERR_OK)
        return e;
    const size_t n = crypto_ec_order_size(&values.curve);
    const enum crypto_digest with = scp11_certificate_digest(&values.curve);
    e = crypto->digest(crypto->ctx, with, &fields, 1, digest);
    if (e == ERR_OK)
        e = crypto->ec->sign(
            crypto->ctx, &values.curve, span_of(by->scalar, by->scalar_length),
            span_of(digest, crypto_digest_size(with)), pair, pair + n);
    return e == ERR_OK ? tlv_put(out, TAG_SIGNATURE, span_of(pair, 2 * n)) : e;
}

int gp_certificate_make(struct buf *out, const struct crypto_port *crypto,
                        const struct secret_gp_ec_key *by,
                        const struct secret_gp_ec_key *of,
                        const struct gp_certificate *what)
{
    uint8_t bytes[GP_CERTIFICATE_MAX];
    struct buf body = buf_of(bytes, sizeof bytes);

    if (by->curve != of->curve || by->scalar_length == 0 ||
        gp_ec_curve_reference(of->curve) < 0 ||
        !is_sized(what->serial, GP_SERIAL_MAX) ||
        !is_sized(what->issuer, GP_IDENTIFIER_MAX) ||
        !is_sized(what->subject, GP_IDENTIFIER_MAX))
        return GP_ERR_ARGUMENT;
    enum err e = put_fields(&body, of, what);
    if (e == ERR_OK)
        e = put_signature(&body, crypto, by);
    if (e == ERR_OK)
        e = tlv_put(out, TAG_CERTIFICATE, buf_span(&body));
    return gp_from_err(e);
}

int gp_ec_key_identifier(const struct crypto_port *crypto,
                         const struct secret_gp_ec_key *key, uint8_t out[8])
{
    const struct span point = span_of(key->point, key->point_length);
    uint8_t digest[CRYPTO_DIGEST_MAX];

    enum err e = crypto->digest(crypto->ctx, CRYPTO_SHA256, &point, 1, digest);
    if (e == ERR_OK)
        memcpy(out, digest, 8);
    return gp_from_err(e);
}

/* ---- files ---- */

int gp_certificates_split(struct span chain,
                          struct span out[GP_CHAIN_LENGTH_MAX], size_t *count)
{
    struct tlv item;

    for (*count = 0; chain.n > 0; (*count)++) {
        const struct span before = chain;
        if (*count == GP_CHAIN_LENGTH_MAX)
            return GP_ERR_LIMIT;
        if (tlv_take(&chain, &item) != ERR_OK ||
            (item.tag != TAG_CERTIFICATE && item.tag != TAG_X509))
            return GP_ERR_KEYS;
        out[*count] = span_of(before.p, before.n - chain.n);
    }
    return GP_OK;
}

/* Blocks of other labels, as keys, are passed over. */
static enum err append_pem(struct span text, struct buf *chain)
{
    static const char label[] = "CERTIFICATE";
    const struct span wanted = span_of((const uint8_t *)label, strlen(label));
    struct gp_pem block = {.label = wanted};
    enum err e = ERR_OK;

    while (e == ERR_OK && gp_pem_is(text)) {
        const size_t before = chain->n;
        e = gp_pem_take(&text, chain, &block);
        if (span_equal(block.label, wanted))
            continue;
        wipe(chain->p + before, chain->n - before);
        chain->n = before;
        e = e == ERR_UNSUPPORTED ? ERR_OK : e;
    }
    return e;
}

static enum err append(struct span bytes, struct buf *chain)
{
    if (gp_pem_is(bytes))
        return append_pem(bytes, chain);
    enum err e = hex_decode((const char *)bytes.p, bytes.n, chain, NULL);
    return e == ERR_FORMAT ? buf_put_span(chain, bytes) : e;
}

int gp_certificates_parse(struct span bytes, struct buf *chain,
                          struct gp_why *why)
{
    const size_t start = chain->n;
    struct span each[GP_CHAIN_LENGTH_MAX];
    size_t count = 0;

    enum err e = append(bytes, chain);
    if (e == ERR_FULL) {
        gp_why_set(why, "certificates of more than %d bytes", GP_CHAIN_MAX);
        return GP_ERR_LIMIT;
    }
    int result =
        e != ERR_OK
            ? GP_ERR_KEYS
            : gp_certificates_split(span_of(chain->p + start, chain->n - start),
                                    each, &count);
    if (result == GP_OK && count > 0)
        return GP_OK;
    chain->n = start;
    gp_why_set(why,
               "there is no certificate, or more than %d of them, neither "
               "7F21 nor X.509, in binary, hexadecimal or PEM",
               GP_CHAIN_LENGTH_MAX);
    return GP_ERR_KEYS;
}

int gp_certificates_load(const char *source, struct buf *chain,
                         struct gp_why *why)
{
    uint8_t bytes[FILE_MAX];
    struct buf file = buf_of(bytes, sizeof bytes);
    struct gp_why inner = {{0}};

    int result = gp_source_read(source, &file, why);
    if (result != GP_OK)
        return result;
    result = gp_certificates_parse(buf_span(&file), chain, &inner);
    if (result != GP_OK)
        gp_why_set(why, "%s: %s", gp_source_name(source), inner.text);
    wipe(bytes, sizeof bytes); /* a key may stand beside them */
    return result;
}
