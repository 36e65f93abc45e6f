#include "crypto/x509.h"

#include "base/der.h"
#include "crypto/x509_oid.h"

/* [RFC 3279, 4055, 5758, 8410; BSI TR-03111 5.2.1; NIST's arc nistAlgorithms]
 */
static const struct scheme {
    struct x509_oid oid;
    uint8_t scheme;
    uint8_t digest;
} schemes[] = {
    {OID("\x2A\x86\x48\x86\xF7\x0D\x01\x01\x04"), X509_RSA_PKCS1,
     CRYPTO_MD5}, /* 1.2.840.113549.1.1.4 */
    {OID("\x2A\x86\x48\x86\xF7\x0D\x01\x01\x05"), X509_RSA_PKCS1,
     CRYPTO_SHA1}, /* 1.2.840.113549.1.1.5 */
    {OID("\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0E"), X509_RSA_PKCS1,
     CRYPTO_SHA224}, /* 1.2.840.113549.1.1.14 */
    {OID("\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0B"), X509_RSA_PKCS1,
     CRYPTO_SHA256}, /* 1.2.840.113549.1.1.11 */
    {OID("\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0C"), X509_RSA_PKCS1,
     CRYPTO_SHA384}, /* 1.2.840.113549.1.1.12 */
    {OID("\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0D"), X509_RSA_PKCS1,
     CRYPTO_SHA512}, /* 1.2.840.113549.1.1.13 */
    {OID("\x2B\x24\x03\x03\x01\x02"), X509_RSA_PKCS1,
     CRYPTO_RIPEMD160}, /* 1.3.36.3.3.1.2 */
    {OID("\x60\x86\x48\x01\x65\x03\x04\x03\x0D"), X509_RSA_PKCS1,
     CRYPTO_SHA3_224}, /* 2.16.840.1.101.3.4.3.13 */
    {OID("\x60\x86\x48\x01\x65\x03\x04\x03\x0E"), X509_RSA_PKCS1,
     CRYPTO_SHA3_256}, /* 2.16.840.1.101.3.4.3.14 */
    {OID("\x60\x86\x48\x01\x65\x03\x04\x03\x0F"), X509_RSA_PKCS1,
     CRYPTO_SHA3_384}, /* 2.16.840.1.101.3.4.3.15 */
    {OID("\x60\x86\x48\x01\x65\x03\x04\x03\x10"), X509_RSA_PKCS1,
     CRYPTO_SHA3_512}, /* 2.16.840.1.101.3.4.3.16 */
    {OID("\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0A"), X509_RSA_PSS,
     CRYPTO_SHA1}, /* 1.2.840.113549.1.1.10 */
    {OID("\x2A\x86\x48\xCE\x38\x04\x03"), X509_DSA,
     CRYPTO_SHA1}, /* 1.2.840.10040.4.3 */
    {OID("\x60\x86\x48\x01\x65\x03\x04\x03\x01"), X509_DSA,
     CRYPTO_SHA224}, /* 2.16.840.1.101.3.4.3.1 */
    {OID("\x60\x86\x48\x01\x65\x03\x04\x03\x02"), X509_DSA,
     CRYPTO_SHA256}, /* 2.16.840.1.101.3.4.3.2 */
    {OID("\x60\x86\x48\x01\x65\x03\x04\x03\x03"), X509_DSA,
     CRYPTO_SHA384}, /* 2.16.840.1.101.3.4.3.3 */
    {OID("\x60\x86\x48\x01\x65\x03\x04\x03\x04"), X509_DSA,
     CRYPTO_SHA512}, /* 2.16.840.1.101.3.4.3.4 */
    {OID("\x2A\x86\x48\xCE\x3D\x04\x01"), X509_ECDSA,
     CRYPTO_SHA1}, /* 1.2.840.10045.4.1 */
    {OID("\x2A\x86\x48\xCE\x3D\x04\x03\x01"), X509_ECDSA,
     CRYPTO_SHA224}, /* 1.2.840.10045.4.3.1 */
    {OID("\x2A\x86\x48\xCE\x3D\x04\x03\x02"), X509_ECDSA,
     CRYPTO_SHA256}, /* 1.2.840.10045.4.3.2 */
    {OID("\x2A\x86\x48\xCE\x3D\x04\x03\x03"), X509_ECDSA,
     CRYPTO_SHA384}, /* 1.2.840.10045.4.3.3 */
    {OID("\x2A\x86\x48\xCE\x3D\x04\x03\x04"), X509_ECDSA,
     CRYPTO_SHA512}, /* 1.2.840.10045.4.3.4 */
    {OID("\x60\x86\x48\x01\x65\x03\x04\x03\x09"), X509_ECDSA,
     CRYPTO_SHA3_224}, /* 2.16.840.1.101.3.4.3.9 */
    {OID("\x60\x86\x48\x01\x65\x03\x04\x03\x0A"), X509_ECDSA,
     CRYPTO_SHA3_256}, /* 2.16.840.1.101.3.4.3.10 */
    {OID("\x60\x86\x48\x01\x65\x03\x04\x03\x0B"), X509_ECDSA,
     CRYPTO_SHA3_384}, /* 2.16.840.1.101.3.4.3.11 */
    {OID("\x60\x86\x48\x01\x65\x03\x04\x03\x0C"), X509_ECDSA,
     CRYPTO_SHA3_512}, /* 2.16.840.1.101.3.4.3.12 */
    {OID("\x04\x00\x7F\x00\x07\x01\x01\x04\x01\x01"), X509_ECDSA_PLAIN,
     CRYPTO_SHA1}, /* 0.4.0.127.0.7.1.1.4.1.1 */
    {OID("\x04\x00\x7F\x00\x07\x01\x01\x04\x01\x02"), X509_ECDSA_PLAIN,
     CRYPTO_SHA224}, /* 0.4.0.127.0.7.1.1.4.1.2 */
    {OID("\x04\x00\x7F\x00\x07\x01\x01\x04\x01\x03"), X509_ECDSA_PLAIN,
     CRYPTO_SHA256}, /* 0.4.0.127.0.7.1.1.4.1.3 */
    {OID("\x04\x00\x7F\x00\x07\x01\x01\x04\x01\x04"), X509_ECDSA_PLAIN,
     CRYPTO_SHA384}, /* 0.4.0.127.0.7.1.1.4.1.4 */
    {OID("\x04\x00\x7F\x00\x07\x01\x01\x04\x01\x05"), X509_ECDSA_PLAIN,
     CRYPTO_SHA512}, /* 0.4.0.127.0.7.1.1.4.1.5 */
    {OID("\x04\x00\x7F\x00\x07\x01\x01\x04\x01\x06"), X509_ECDSA_PLAIN,
     CRYPTO_RIPEMD160}, /* 0.4.0.127.0.7.1.1.4.1.6 */
    {OID("\x2B\x65\x70"), X509_ED25519, CRYPTO_SHA512}, /* 1.3.101.112 */
    {OID("\x2B\x65\x71"), X509_ED448, CRYPTO_SHA512},   /* 1.3.101.113 */
};

static const struct digest {
    struct x509_oid oid;
    uint8_t digest;
} digests[] = {
    {OID("\x2A\x86\x48\x86\xF7\x0D\x02\x05"),
     CRYPTO_MD5},                                    /* 1.2.840.113549.2.5 */
    {OID("\x2B\x0E\x03\x02\x1A"), CRYPTO_SHA1},      /* 1.3.14.3.2.26 */
    {OID("\x2B\x24\x03\x02\x01"), CRYPTO_RIPEMD160}, /* 1.3.36.3.2.1 */
    {OID("\x60\x86\x48\x01\x65\x03\x04\x02\x04"),
     CRYPTO_SHA224}, /* 2.16.840.1.101.3.4.2.4 */
    {OID("\x60\x86\x48\x01\x65\x03\x04\x02\x01"),
     CRYPTO_SHA256}, /* 2.16.840.1.101.3.4.2.1 */
    {OID("\x60\x86\x48\x01\x65\x03\x04\x02\x02"),
     CRYPTO_SHA384}, /* 2.16.840.1.101.3.4.2.2 */
    {OID("\x60\x86\x48\x01\x65\x03\x04\x02\x03"),
     CRYPTO_SHA512}, /* 2.16.840.1.101.3.4.2.3 */
    {OID("\x60\x86\x48\x01\x65\x03\x04\x02\x07"),
     CRYPTO_SHA3_224}, /* 2.16.840.1.101.3.4.2.7 */
    {OID("\x60\x86\x48\x01\x65\x03\x04\x02\x08"),
     CRYPTO_SHA3_256}, /* 2.16.840.1.101.3.4.2.8 */
    {OID("\x60\x86\x48\x01\x65\x03\x04\x02\x09"),
     CRYPTO_SHA3_384}, /* 2.16.840.1.101.3.4.2.9 */
    {OID("\x60\x86\x48\x01\x65\x03\x04\x02\x0A"),
     CRYPTO_SHA3_512}, /* 2.16.840.1.101.3.4.2.10 */
};

static const struct x509_oid mask_1 =
    OID("\x2A\x86\x48\x86\xF7\x0D\x01\x01\x08"); /* 1.2.840.113549.1.1.8 */

enum { DEFAULT_SALT = 20, SALT_MAX = 512, TRAILER = 1 };

/* An algorithm and its parameters, what is behind its OID: one item or none. */
static enum err open_algorithm(struct span field, struct span *oid,
                               struct span *parameters)
{
    struct der item;
    enum err e = der_take_tag(&field, DER_SEQUENCE, &item);

    if (e == ERR_OK && field.n > 0)
        e = ERR_FORMAT;
    if (e == ERR_OK)
        e = der_take_oid(&item.value, oid);
    *parameters = item.value;
    return e;
}

static bool is_null(struct span parameters)
{
    struct der item;

    return der_take_tag(&parameters, DER_NULL, &item) == ERR_OK &&
           item.value.n == 0 && parameters.n == 0;
}

static enum err find_digest(struct span field, enum crypto_digest *out)
{
    struct span oid, parameters;
    const enum err e = open_algorithm(field, &oid, &parameters);

    if (e != ERR_OK || (parameters.n > 0 && !is_null(parameters)))
        return ERR_FORMAT;
    for (size_t i = 0; i < sizeof digests / sizeof *digests; i++) {
        if (x509_is_oid(oid, &digests[i].oid)) {
            *out = (enum crypto_digest)digests[i].digest;
            return ERR_OK;
        }
    }
    return ERR_UNSUPPORTED;
}

/* MGF1 with the digest of the message: there is no other in the API. */
static enum err check_mask(struct span field, enum crypto_digest wanted)
{
    struct span oid, parameters;
    enum crypto_digest digest = CRYPTO_SHA1;
    enum err e = open_algorithm(field, &oid, &parameters);

    if (e == ERR_OK && !x509_is_oid(oid, &mask_1))
        e = ERR_UNSUPPORTED;
    if (e == ERR_OK)
        e = find_digest(parameters, &digest);
    return e == ERR_OK && digest != wanted ? ERR_UNSUPPORTED : e;
}

/* What stands in [number], if it does. */
static enum err take_explicit(struct span *s, uint8_t number, struct span *out)
{
    struct der item;
    bool there = false;
    const enum err e = der_take_optional(
        s, (uint8_t)(DER_CONTEXT | DER_CONSTRUCTED | number), &there, &item);

    *out = there && e == ERR_OK ? item.value : span_of(NULL, 0);
    return e;
}

/* A small number all alone; what it is if there is none. */
static enum err small_or(struct span s, uint16_t otherwise, uint16_t *out)
{
    *out = otherwise;
    if (s.p == NULL)
        return ERR_OK;
    const enum err e = der_take_small(&s, SALT_MAX, out);
    return e == ERR_OK && s.n > 0 ? ERR_FORMAT : e;
}

/* RSASSA-PSS-params [RFC 4055 3.1] */
static enum err parse_pss(struct span parameters, struct x509_algorithm *out)
{
    struct der item;
    struct span part[4];
    uint16_t trailer = 0;
    enum err e = der_take_tag(&parameters, DER_SEQUENCE, &item);

    if (e != ERR_OK || parameters.n > 0)
        return ERR_FORMAT;
    for (uint8_t i = 0; i < 4 && e == ERR_OK; i++)
        e = take_explicit(&item.value, i, &part[i]);
    if (e != ERR_OK || item.value.n > 0)
        return ERR_FORMAT;
    if (part[0].p != NULL)
        e = find_digest(part[0], &out->digest);
    if (e == ERR_OK && part[1].p != NULL)
        e = check_mask(part[1], out->digest);
    else if (e == ERR_OK && out->digest != CRYPTO_SHA1)
        e = ERR_UNSUPPORTED; /* the default mask has SHA-1 */
    if (e == ERR_OK)
        e = small_or(part[2], DEFAULT_SALT, &out->salt);
    if (e == ERR_OK)
        e = small_or(part[3], TRAILER, &trailer);
    return e == ERR_OK && trailer != TRAILER ? ERR_UNSUPPORTED : e;
}

enum err x509_algorithm(struct span field, struct x509_algorithm *out)
{
    struct span oid, parameters;
    const struct scheme *s = schemes;
    const struct scheme *const end = s + sizeof schemes / sizeof *schemes;

    if (open_algorithm(field, &oid, &parameters) != ERR_OK)
        return ERR_FORMAT;
    while (s < end && !x509_is_oid(oid, &s->oid))
        s++;
    if (s == end)
        return ERR_UNSUPPORTED;
    *out = (struct x509_algorithm){(enum x509_scheme)s->scheme,
                                   (enum crypto_digest)s->digest, 0};
    if (out->scheme == X509_RSA_PSS)
        return parse_pss(parameters, out);
    if (parameters.n == 0)
        return ERR_OK;
    return out->scheme == X509_RSA_PKCS1 && is_null(parameters) ? ERR_OK
                                                                : ERR_FORMAT;
}
