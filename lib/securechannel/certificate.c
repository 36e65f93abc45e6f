#include "securechannel/certificate.h"

#include "base/tlv.h"
#include "crypto/x509.h"

enum {
    TAG_CERTIFICATE = 0x7F21,
    TAG_SERIAL = 0x93,
    TAG_SUBJECT = 0x5F20,
    TAG_USAGE = 0x95,
    TAG_AUTHORIZATIONS = 0xBF20,
    TAG_PUBLIC_KEY = 0x7F49,
    TAG_POINT = 0xB0,
    TAG_SIGNATURE = 0x5F37,
    TAG_SEQUENCE = 0x30,
    TAG_INTEGER = 0x02,
    TAG_BITS = 0x03,
    TAG_BOOLEAN = 0x01,
    USAGE_VERIFIES = 0x82, /* one byte: CERT.KA-KLOC.ECDSA */
    USAGE_AGREES = 0x80,   /* the second of two: CERT.OCE.ECKA */
    X509_AGREES = 0x08,    /* keyAgreement, first byte of keyUsage */
    X509_CERTIFIES = 0x04, /* keyCertSign */
};

/* ---- GlobalPlatform's form ---- */

enum crypto_digest scp11_certificate_digest(const struct crypto_ec_curve *curve)
{
    const size_t n = crypto_ec_order_size(curve);
    if (n <= 32)
        return CRYPTO_SHA256;
    return n <= 48 ? CRYPTO_SHA384 : CRYPTO_SHA512;
}

static enum err take_usage(struct span usage, struct scp11_certificate *out)
{
    out->certifies = usage.n == 1 && usage.p[0] == USAGE_VERIFIES;
    out->agrees = usage.n == 2 && usage.p[0] == 0 && usage.p[1] == USAGE_AGREES;
    return out->certifies || out->agrees ? ERR_OK : ERR_FORMAT;
}

static enum err split(struct span pair, struct scp11_certificate *out)
{
    const size_t half = pair.n / 2;
    if (pair.n == 0 || pair.n % 2 != 0)
        return ERR_FORMAT;
    out->r = span_of(pair.p, half);
    out->s = span_of(pair.p + half, half);
    return ERR_OK;
}

/* The signature is the last field, over all before it. */
static enum err read_native(const struct crypto_ec_curve *curve,
                            struct span body, struct scp11_certificate *out)
{
    struct span usage, key, signature, rest = body, restrictions;
    struct tlv item;

    if (tlv_find(body, TAG_SERIAL, &out->serial) != ERR_OK ||
        tlv_find(body, TAG_USAGE, &usage) != ERR_OK ||
        tlv_find(body, TAG_PUBLIC_KEY, &key) != ERR_OK ||
        tlv_find(key, TAG_POINT, &out->point) != ERR_OK)
        return ERR_FORMAT;
    if (tlv_find(body, TAG_SUBJECT, &out->subject) != ERR_OK)
        out->subject = span_of(NULL, 0);
    if (tlv_find(body, TAG_AUTHORIZATIONS, &restrictions) == ERR_OK)
        return ERR_UNSUPPORTED;
    do {
        out->signed_part = span_of(body.p, body.n - rest.n);
        if (tlv_take(&rest, &item) != ERR_OK)
            return ERR_FORMAT;
    } while (item.tag != TAG_SIGNATURE);
    signature = item.value;
    if (rest.n != 0)
        return ERR_FORMAT;
    out->digest = scp11_certificate_digest(curve);
    enum err e = take_usage(usage, out);
    return e == ERR_OK ? split(signature, out) : e;
}

/* ---- X.509 ---- */

static bool is_extension(const struct x509_extension *x, uint8_t number)
{
    const uint8_t oid[] = {0x55, 0x1D, number}; /* 2.5.29.number */
    return span_equal(x->oid, span_of(oid, sizeof oid));
}

static enum err take_key_usage(struct span value, struct scp11_certificate *out)
{
    struct span bits;
    if (tlv_take_tag(&value, TAG_BITS, &bits) != ERR_OK || bits.n < 2)
        return ERR_FORMAT;
    out->agrees = (bits.p[1] & X509_AGREES) != 0;
    out->certifies = (bits.p[1] & X509_CERTIFIES) != 0;
    return ERR_OK;
}

static bool is_authority(struct span value)
{
    struct span fields, ca;
    return tlv_take_tag(&value, TAG_SEQUENCE, &fields) == ERR_OK &&
           tlv_take_tag(&fields, TAG_BOOLEAN, &ca) == ERR_OK && ca.n == 1 &&
           ca.p[0] != 0;
}

static enum err read_extensions(struct span list, struct scp11_certificate *out)
{
    struct x509_extension x;
    bool authority = false;
    enum err e = ERR_OK;

    while (e == ERR_OK && list.n > 0) {
        e = x509_take_extension(&list, &x);
        if (e != ERR_OK)
            break;
        if (is_extension(&x, 15))
            e = take_key_usage(x.value, out);
        else if (is_extension(&x, 19))
            authority = is_authority(x.value);
        else if (!is_extension(&x, 32) && x.critical)
            e = ERR_UNSUPPORTED;
    }
    out->certifies = out->certifies && authority;
    return e;
}

static bool same_curve(const struct crypto_ec_curve *a,
                       const struct crypto_ec_curve *b)
{
    return span_equal(crypto_number(a->p), crypto_number(b->p)) &&
           span_equal(crypto_number(a->a), crypto_number(b->a)) &&
           span_equal(crypto_number(a->b), crypto_number(b->b)) &&
           span_equal(crypto_number(a->n), crypto_number(b->n));
}

static enum err read_key(const struct crypto_port *port,
                         const struct crypto_ec_curve *curve, struct span field,
                         struct scp11_certificate *out)
{
    struct x509_key key;
    enum err e = x509_key(port, field, &key);
    if (e != ERR_OK)
        return e;
    if (key.kind != X509_KEY_EC || !same_curve(&key.curve.curve, curve))
        return ERR_UNSUPPORTED;
    out->point = key.point;
    return ERR_OK;
}

static enum err read_signature(const struct x509 *x,
                               struct scp11_certificate *out)
{
    struct x509_algorithm algorithm;
    struct span bits, pair;
    enum err e = x509_algorithm(x->fields[X509_SIGNATURE_ALG], &algorithm);
    if (e != ERR_OK)
        return e;
    if (algorithm.scheme != X509_ECDSA)
        return ERR_UNSUPPORTED;
    out->digest = algorithm.digest;
    e = x509_signature_bytes(x->fields[X509_SIGNATURE], &bits);
    if (e != ERR_OK)
        return e;
    if (tlv_take_tag(&bits, TAG_SEQUENCE, &pair) != ERR_OK || bits.n != 0 ||
        tlv_take_tag(&pair, TAG_INTEGER, &out->r) != ERR_OK ||
        tlv_take_tag(&pair, TAG_INTEGER, &out->s) != ERR_OK || pair.n != 0)
        return ERR_FORMAT;
    return ERR_OK;
}

static enum err read_x509(const struct crypto_port *port,
                          const struct crypto_ec_curve *curve,
                          struct span bytes, struct scp11_certificate *out)
{
    struct x509 x;
    enum err e = x509_parse(bytes, &x);
    if (e != ERR_OK)
        return e == ERR_RANGE ? ERR_UNSUPPORTED : e;
    struct span serial = x.fields[X509_SERIAL_NUMBER];
    if (tlv_take_tag(&serial, TAG_INTEGER, &out->serial) != ERR_OK)
        return ERR_FORMAT;
    out->signed_part = x.fields[X509_TBS];
    e = read_key(port, curve, x.fields[X509_PUBLIC_KEY_INFO], out);
    if (e == ERR_OK)
        e = read_extensions(x.extensions, out);
    return e == ERR_OK ? read_signature(&x, out) : e;
}

enum err scp11_certificate(const struct crypto_port *port,
                           const struct crypto_ec_curve *curve,
                           struct span bytes, struct scp11_certificate *out)
{
    struct span rest = bytes;
    struct span body;

    *out = (struct scp11_certificate){.certifies = false};
    if (port->ec == NULL)
        return ERR_UNSUPPORTED;
    if (tlv_take_tag(&rest, TAG_CERTIFICATE, &body) == ERR_OK)
        return rest.n == 0 ? read_native(curve, body, out) : ERR_FORMAT;
    return read_x509(port, curve, bytes, out);
}

enum err scp11_certificate_check(const struct crypto_port *port,
                                 const struct crypto_ec_curve *curve,
                                 struct span signer,
                                 const struct scp11_certificate *c)
{
    uint8_t digest[CRYPTO_DIGEST_MAX];
    bool right = false;

    enum err e = port->digest(port->ctx, c->digest, &c->signed_part, 1, digest);
    if (e == ERR_OK)
        e = port->ec->verify(port->ctx, curve, signer,
                             span_of(digest, crypto_digest_size(c->digest)),
                             c->r, c->s, &right);
    if (e != ERR_OK)
        return e;
    return right ? ERR_OK : ERR_AUTH;
}
