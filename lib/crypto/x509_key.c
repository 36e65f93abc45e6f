#include "crypto/x509.h"

#include "base/der.h"
#include "crypto/x509_oid.h"

enum { BITS_A_BYTE = 8, NUMBER_MAX = 512 };

/* [SEC 2; RFC 5639; GM/T 0006; JO 241 of 2011] */
static const struct named {
    struct x509_oid oid;
    uint8_t name;
} curves[] = {
    {OID("\x2B\x81\x04\x00\x06"), CRYPTO_EC_SECP112R1}, /* 1.3.132.0.6 */
    {OID("\x2B\x81\x04\x00\x1C"), CRYPTO_EC_SECP128R1}, /* 1.3.132.0.28 */
    {OID("\x2B\x81\x04\x00\x08"), CRYPTO_EC_SECP160R1}, /* 1.3.132.0.8 */
    {OID("\x2A\x86\x48\xCE\x3D\x03\x01\x01"),
     CRYPTO_EC_SECP192R1}, /* 1.2.840.10045.3.1.1 */
    {OID("\x2B\x81\x04\x00\x21"), CRYPTO_EC_SECP224R1}, /* 1.3.132.0.33 */
    {OID("\x2A\x86\x48\xCE\x3D\x03\x01\x07"),
     CRYPTO_EC_SECP256R1}, /* 1.2.840.10045.3.1.7 */
    {OID("\x2B\x81\x04\x00\x22"), CRYPTO_EC_SECP384R1}, /* 1.3.132.0.34 */
    {OID("\x2B\x81\x04\x00\x23"), CRYPTO_EC_SECP521R1}, /* 1.3.132.0.35 */
    {OID("\x2B\x24\x03\x03\x02\x08\x01\x01\x03"),
     CRYPTO_EC_BRAINPOOLP192R1}, /* 1.3.36.3.3.2.8.1.1.3 */
    {OID("\x2B\x24\x03\x03\x02\x08\x01\x01\x04"),
     CRYPTO_EC_BRAINPOOLP192T1}, /* 1.3.36.3.3.2.8.1.1.4 */
    {OID("\x2B\x24\x03\x03\x02\x08\x01\x01\x05"),
     CRYPTO_EC_BRAINPOOLP224R1}, /* 1.3.36.3.3.2.8.1.1.5 */
    {OID("\x2B\x24\x03\x03\x02\x08\x01\x01\x06"),
     CRYPTO_EC_BRAINPOOLP224T1}, /* 1.3.36.3.3.2.8.1.1.6 */
    {OID("\x2B\x24\x03\x03\x02\x08\x01\x01\x07"),
     CRYPTO_EC_BRAINPOOLP256R1}, /* 1.3.36.3.3.2.8.1.1.7 */
    {OID("\x2B\x24\x03\x03\x02\x08\x01\x01\x08"),
     CRYPTO_EC_BRAINPOOLP256T1}, /* 1.3.36.3.3.2.8.1.1.8 */
    {OID("\x2B\x24\x03\x03\x02\x08\x01\x01\x09"),
     CRYPTO_EC_BRAINPOOLP320R1}, /* 1.3.36.3.3.2.8.1.1.9 */
    {OID("\x2B\x24\x03\x03\x02\x08\x01\x01\x0A"),
     CRYPTO_EC_BRAINPOOLP320T1}, /* 1.3.36.3.3.2.8.1.1.10 */
    {OID("\x2B\x24\x03\x03\x02\x08\x01\x01\x0B"),
     CRYPTO_EC_BRAINPOOLP384R1}, /* 1.3.36.3.3.2.8.1.1.11 */
    {OID("\x2B\x24\x03\x03\x02\x08\x01\x01\x0C"),
     CRYPTO_EC_BRAINPOOLP384T1}, /* 1.3.36.3.3.2.8.1.1.12 */
    {OID("\x2B\x24\x03\x03\x02\x08\x01\x01\x0D"),
     CRYPTO_EC_BRAINPOOLP512R1}, /* 1.3.36.3.3.2.8.1.1.13 */
    {OID("\x2B\x24\x03\x03\x02\x08\x01\x01\x0E"),
     CRYPTO_EC_BRAINPOOLP512T1}, /* 1.3.36.3.3.2.8.1.1.14 */
    {OID("\x2A\x81\x1C\xCF\x55\x01\x82\x2D"),
     CRYPTO_EC_SM2}, /* 1.2.156.10197.1.301 */
    {OID("\x2A\x81\x7A\x01\x81\x5F\x65\x82\x00\x01"),
     CRYPTO_EC_FRP256V1}, /* 1.2.250.1.223.101.256.1 */
    {OID("\x2B\x81\x04\x00\x04"), CRYPTO_EC_SECT113R1}, /* 1.3.132.0.4 */
    {OID("\x2B\x81\x04\x00\x16"), CRYPTO_EC_SECT131R1}, /* 1.3.132.0.22 */
    {OID("\x2B\x81\x04\x00\x02"), CRYPTO_EC_SECT163R1}, /* 1.3.132.0.2 */
    {OID("\x2B\x81\x04\x00\x18"), CRYPTO_EC_SECT193R1}, /* 1.3.132.0.24 */
    {OID("\x2B\x81\x04\x00\x1B"), CRYPTO_EC_SECT233R1}, /* 1.3.132.0.27 */
    {OID("\x2B\x81\x04\x00\x03"), CRYPTO_EC_SECT239K1}, /* 1.3.132.0.3 */
    {OID("\x2B\x81\x04\x00\x11"), CRYPTO_EC_SECT283R1}, /* 1.3.132.0.17 */
    {OID("\x2B\x81\x04\x00\x25"), CRYPTO_EC_SECT409R1}, /* 1.3.132.0.37 */
    {OID("\x2B\x81\x04\x00\x27"), CRYPTO_EC_SECT571R1}, /* 1.3.132.0.39 */
};

/* [RFC 8410 3], and the size that XECKey has for each */
static const struct bytes_key {
    struct x509_oid oid;
    uint8_t curve;
    uint16_t bits;
} byte_keys[] = {
    {OID("\x2B\x65\x6E"), CRYPTO_X25519, 256},  /* 1.3.101.110 */
    {OID("\x2B\x65\x6F"), CRYPTO_X448, 448},    /* 1.3.101.111 */
    {OID("\x2B\x65\x70"), CRYPTO_ED25519, 256}, /* 1.3.101.112 */
    {OID("\x2B\x65\x71"), CRYPTO_ED448, 448},   /* 1.3.101.113 */
};

static const struct x509_oid rsa = OID("\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01");
static const struct x509_oid rsa_pss =
    OID("\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0A");
static const struct x509_oid dsa = OID("\x2A\x86\x48\xCE\x38\x04\x01");
static const struct x509_oid ec = OID("\x2A\x86\x48\xCE\x3D\x02\x01");
static const struct x509_oid prime_field = OID("\x2A\x86\x48\xCE\x3D\x01\x01");

/* ---- RSA and DSA [RFC 3279 2.3] ---- */

static enum err parse_rsa(struct span bytes, struct x509_key *out)
{
    struct der item;
    enum err e = der_take_tag(&bytes, DER_SEQUENCE, &item);

    out->kind = X509_KEY_RSA;
    if (e == ERR_OK)
        e = der_take_unsigned(&item.value, &out->n);
    if (e == ERR_OK)
        e = der_take_unsigned(&item.value, &out->e);
    if (e != ERR_OK || item.value.n > 0 || bytes.n > 0 || out->n.n == 0 ||
        out->e.n == 0)
        return ERR_FORMAT;
    if (out->n.n > NUMBER_MAX)
        return ERR_UNSUPPORTED;
    /* a key of the card is as long as the bytes of its modulus */
    out->bits = (uint16_t)(out->n.n * BITS_A_BYTE);
    return ERR_OK;
}

static enum err parse_dsa(struct span parameters, struct span bytes,
                          struct x509_key *out)
{
    struct der item;
    enum err e = ERR_OK;

    out->kind = X509_KEY_DSA;
    if (parameters.n == 0)
        return ERR_UNSUPPORTED; /* the issuer's */
    e = der_take_tag(&parameters, DER_SEQUENCE, &item);
    if (e == ERR_OK)
        e = der_take_unsigned(&item.value, &out->p);
    if (e == ERR_OK)
        e = der_take_unsigned(&item.value, &out->q);
    if (e == ERR_OK)
        e = der_take_unsigned(&item.value, &out->g);
    if (e == ERR_OK)
        e = der_take_unsigned(&bytes, &out->y);
    if (e != ERR_OK || item.value.n > 0 || parameters.n > 0 || bytes.n > 0 ||
        out->p.n == 0 || out->q.n == 0 || out->g.n == 0 || out->y.n == 0)
        return ERR_FORMAT;
    if (out->p.n > NUMBER_MAX)
        return ERR_UNSUPPORTED;
    out->bits = (uint16_t)crypto_number_bits(out->p);
    return ERR_OK;
}

/* ---- elliptic curves [RFC 5480 2.1.1; X9.62 C.2] ---- */

bool x509_curve_of(struct span oid, enum crypto_ec_name *out)
{
    for (size_t i = 0; i < sizeof curves / sizeof *curves; i++) {
        if (x509_is_oid(oid, &curves[i].oid)) {
            *out = (enum crypto_ec_name)curves[i].name;
            return true;
        }
    }
    return false;
}

static enum err find_curve(const struct crypto_port *port, struct span oid,
                           struct crypto_ec_values *out)
{
    enum crypto_ec_name name;

    return x509_curve_of(oid, &name) ? crypto_ec_named(port, name, out)
                                     : ERR_UNSUPPORTED;
}

static enum err take_octets(struct span *s, struct span *out)
{
    struct der item;
    const enum err e = der_take_tag(s, DER_OCTET_STRING, &item);

    *out = item.value;
    return e;
}

/* A FieldID: binary fields have a name, or are not known. */
static enum err take_field(struct span *s, struct span *prime)
{
    struct der item;
    struct span oid;
    enum err e = der_take_tag(s, DER_SEQUENCE, &item);

    if (e == ERR_OK)
        e = der_take_oid(&item.value, &oid);
    if (e == ERR_OK && !x509_is_oid(oid, &prime_field))
        return ERR_UNSUPPORTED;
    if (e == ERR_OK)
        e = der_take_unsigned(&item.value, prime);
    return e == ERR_OK && (item.value.n > 0 || prime->n == 0) ? ERR_FORMAT : e;
}

/* A Curve; its seed says nothing of it. */
static enum err take_curve(struct span *s, struct crypto_ec_curve *out)
{
    struct der item, seed;
    bool there = false;
    enum err e = der_take_tag(s, DER_SEQUENCE, &item);

    if (e == ERR_OK)
        e = take_octets(&item.value, &out->a);
    if (e == ERR_OK)
        e = take_octets(&item.value, &out->b);
    if (e == ERR_OK)
        e = der_take_optional(&item.value, DER_BIT_STRING, &there, &seed);
    return e == ERR_OK && item.value.n > 0 ? ERR_FORMAT : e;
}

/* The cofactor, if it is told, is a number that the API has. */
static enum err take_cofactor(struct span *s, uint16_t *out)
{
    *out = 0;
    return s->n > 0 ? der_take_small(s, INT16_MAX, out) : ERR_OK;
}

/* ECParameters, spelled out. */
static enum err parse_curve(struct span s, struct crypto_ec_curve *out)
{
    uint16_t version = 0;
    enum err e = der_take_small(&s, 3, &version);

    if (e == ERR_OK)
        e = version >= 1 ? take_field(&s, &out->p) : ERR_FORMAT;
    if (e == ERR_OK)
        e = take_curve(&s, out);
    if (e == ERR_OK)
        e = take_octets(&s, &out->g);
    if (e == ERR_OK)
        e = der_take_unsigned(&s, &out->n);
    if (e == ERR_OK)
        e = take_cofactor(&s, &out->h);
    if (e != ERR_OK)
        return e;
    const size_t field = crypto_ec_field_size(out);
    const bool fits = s.n == 0 && field <= CRYPTO_EC_FIELD_MAX &&
                      out->a.n == field && out->b.n == field && out->n.n > 0 &&
                      out->n.n <= CRYPTO_EC_ORDER_MAX &&
                      crypto_ec_is_point(out->g, field);
    return fits ? ERR_OK : ERR_FORMAT;
}

static enum err parse_ec(const struct crypto_port *port, struct span parameters,
                         struct span bytes, struct x509_key *out)
{
    struct crypto_ec_curve *const curve = &out->curve.curve;
    struct der item;
    struct span oid;
    enum err e = ERR_UNSUPPORTED;

    out->kind = X509_KEY_EC;
    out->point = bytes;
    if (der_take_oid(&parameters, &oid) == ERR_OK)
        e = find_curve(port, oid, &out->curve);
    else if (der_take_tag(&parameters, DER_SEQUENCE, &item) == ERR_OK)
        e = parse_curve(item.value, curve);
    if (e != ERR_OK)
        return e;
    out->bits = curve->p.n != 0 ? (uint16_t)crypto_number_bits(curve->p)
                                : curve->degree;
    return parameters.n == 0 &&
                   crypto_ec_is_point(bytes, crypto_ec_field_size(curve))
               ? ERR_OK
               : ERR_FORMAT;
}

/* ---- any ---- */

static enum err parse_bytes_key(struct span oid, struct span parameters,
                                struct span bytes, struct x509_key *out)
{
    for (size_t i = 0; i < sizeof byte_keys / sizeof *byte_keys; i++) {
        const struct bytes_key *k = &byte_keys[i];
        if (!x509_is_oid(oid, &k->oid))
            continue;
        out->kind = X509_KEY_XEC;
        out->xec = (enum crypto_xec)k->curve;
        out->value = bytes;
        out->bits = k->bits;
        return parameters.n == 0 && bytes.n == crypto_xec_key_size(out->xec)
                   ? ERR_OK
                   : ERR_FORMAT;
    }
    return ERR_UNSUPPORTED;
}

enum err x509_key(const struct crypto_port *port, struct span field,
                  struct x509_key *out)
{
    struct der info, algorithm;
    struct span oid, bytes;
    enum err e = der_take_tag(&field, DER_SEQUENCE, &info);

    if (e == ERR_OK)
        e = der_take_tag(&info.value, DER_SEQUENCE, &algorithm);
    if (e == ERR_OK)
        e = der_take_oid(&algorithm.value, &oid);
    if (e == ERR_OK)
        e = der_take_bytes(&info.value, &bytes);
    if (e != ERR_OK || info.value.n > 0 || field.n > 0)
        return ERR_FORMAT;
    if (x509_is_oid(oid, &rsa) || x509_is_oid(oid, &rsa_pss))
        return parse_rsa(bytes, out);
    if (x509_is_oid(oid, &dsa))
        return parse_dsa(algorithm.value, bytes, out);
    if (x509_is_oid(oid, &ec))
        return parse_ec(port, algorithm.value, bytes, out);
    return parse_bytes_key(oid, algorithm.value, bytes, out);
}
