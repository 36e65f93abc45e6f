#include "crypto/x509.h"

#include "base/der.h"

enum {
    V1 = 1,
    V2 = 2,
    V3 = 3,
    EXPLICIT_VERSION = DER_CONTEXT | DER_CONSTRUCTED | 0,
    ISSUER_UID = DER_CONTEXT | 1,
    SUBJECT_UID = DER_CONTEXT | 2,
    EXPLICIT_EXTENSIONS = DER_CONTEXT | DER_CONSTRUCTED | 3,
};

/* ---- parts ---- */

/* An AlgorithmIdentifier: an OID, and one thing more at most. */
static enum err take_algorithm(struct span *s, struct span *field)
{
    struct der item, parameters;
    struct span oid;
    enum err e = der_take_tag(s, DER_SEQUENCE, &item);

    if (e == ERR_OK)
        e = der_take_oid(&item.value, &oid);
    if (e == ERR_OK && item.value.n > 0)
        e = der_take(&item.value, &parameters);
    *field = item.whole;
    return e == ERR_OK && item.value.n > 0 ? ERR_FORMAT : e;
}

/* An AttributeTypeAndValue. */
static enum err take_attribute(struct span *s)
{
    struct der item, value;
    struct span oid;
    enum err e = der_take_tag(s, DER_SEQUENCE, &item);

    if (e == ERR_OK)
        e = der_take_oid(&item.value, &oid);
    if (e == ERR_OK)
        e = der_take(&item.value, &value);
    return e == ERR_OK && item.value.n > 0 ? ERR_FORMAT : e;
}

/* A RelativeDistinguishedName: a set that is not empty. */
static enum err take_names(struct span *s)
{
    struct der set;
    enum err e = der_take_tag(s, DER_SET, &set);

    if (e == ERR_OK && set.value.n == 0)
        e = ERR_FORMAT;
    while (e == ERR_OK && set.value.n > 0)
        e = take_attribute(&set.value);
    return e;
}

static enum err take_name(struct span *s, struct span *field)
{
    struct der item;
    enum err e = der_take_tag(s, DER_SEQUENCE, &item);

    *field = item.whole;
    while (e == ERR_OK && item.value.n > 0)
        e = take_names(&item.value);
    return e;
}

static enum err take_validity(struct span *s, struct x509 *out)
{
    struct der item, from, to;
    enum err e = der_take_tag(s, DER_SEQUENCE, &item);

    if (e == ERR_OK)
        e = der_take_time(&item.value, &from);
    if (e == ERR_OK)
        e = der_take_time(&item.value, &to);
    if (e != ERR_OK || item.value.n > 0)
        return ERR_FORMAT;
    out->fields[X509_NOT_BEFORE] = from.whole;
    out->fields[X509_NOT_AFTER] = to.whole;
    return ERR_OK;
}

static enum err take_key_info(struct span *s, struct span *field)
{
    struct der item, bits;
    struct span algorithm;
    enum err e = der_take_tag(s, DER_SEQUENCE, &item);

    if (e == ERR_OK)
        e = take_algorithm(&item.value, &algorithm);
    if (e == ERR_OK)
        e = der_take_tag(&item.value, DER_BIT_STRING, &bits);
    if (e != ERR_OK || item.value.n > 0 || !der_is_bits(bits.value))
        return ERR_FORMAT;
    *field = item.whole;
    return ERR_OK;
}

/* DER does not spell out what is the default. */
static enum err take_version(struct span *s, struct x509 *out)
{
    struct der wrap, number;
    bool there = false;
    enum err e = der_take_optional(s, EXPLICIT_VERSION, &there, &wrap);

    out->version = V1;
    if (e != ERR_OK || !there)
        return e;
    if (der_take_integer(&wrap.value, &number) != ERR_OK || wrap.value.n > 0 ||
        number.value.n != 1 || number.value.p[0] + 1 < V2 ||
        number.value.p[0] + 1 > V3)
        return ERR_FORMAT;
    out->version = (uint8_t)(number.value.p[0] + 1);
    out->fields[X509_VERSION] = number.whole;
    return ERR_OK;
}

static enum err take_unique(struct span *s, uint8_t tag, uint8_t version,
                            struct span *field)
{
    struct der item;
    bool there = false;
    const enum err e = der_take_optional(s, tag, &there, &item);

    if (e != ERR_OK || !there)
        return e;
    *field = item.whole;
    return version >= V2 && der_is_bits(item.value) ? ERR_OK : ERR_FORMAT;
}

/* ---- extensions ---- */

enum err x509_take_extension(struct span *s, struct x509_extension *out)
{
    struct der item, flag, value;
    bool there = false;
    enum err e = der_take_tag(s, DER_SEQUENCE, &item);

    out->critical = false;
    if (e == ERR_OK)
        e = der_take_oid(&item.value, &out->oid);
    if (e == ERR_OK)
        e = der_take_optional(&item.value, DER_BOOLEAN, &there, &flag);
    if (e == ERR_OK && there)
        e = der_boolean(&flag, &out->critical);
    if (e == ERR_OK && there && !out->critical)
        e = ERR_FORMAT; /* the default */
    if (e == ERR_OK)
        e = der_take_tag(&item.value, DER_OCTET_STRING, &value);
    if (e != ERR_OK || item.value.n > 0)
        return ERR_FORMAT;
    out->value = value.value;
    return ERR_OK;
}

struct x509_extension x509_extension_at(const struct x509 *x, unsigned place)
{
    struct span rest = x->extensions;
    struct x509_extension one = {{NULL, 0}, {NULL, 0}, false};

    for (unsigned i = 0; i <= place; i++) {
        if (x509_take_extension(&rest, &one) != ERR_OK)
            break; /* they are as many as were counted */
    }
    return one;
}

/* Whether an extension stands before `end` in the list. [RFC 5280 4.2] */
static bool is_there(struct span list, const uint8_t *end, struct span oid)
{
    struct x509_extension one;

    while (list.p < end && x509_take_extension(&list, &one) == ERR_OK) {
        if (span_equal(one.oid, oid))
            return true;
    }
    return false;
}

static enum err check_extensions(struct x509 *out)
{
    struct span rest = out->extensions;
    struct x509_extension one;

    while (rest.n > 0) {
        const uint8_t *const at = rest.p;
        if (out->extension_count == X509_EXTENSIONS_MAX)
            return ERR_RANGE;
        if (x509_take_extension(&rest, &one) != ERR_OK ||
            is_there(out->extensions, at, one.oid))
            return ERR_FORMAT;
        out->extension_count++;
    }
    return ERR_OK;
}

static enum err take_extensions(struct span *s, struct x509 *out)
{
    struct der wrap, list;
    bool there = false;
    enum err e = der_take_optional(s, EXPLICIT_EXTENSIONS, &there, &wrap);

    if (e != ERR_OK || !there)
        return e;
    e = der_take_tag(&wrap.value, DER_SEQUENCE, &list);
    if (e != ERR_OK || wrap.value.n > 0 || list.value.n == 0 ||
        out->version != V3)
        return ERR_FORMAT;
    out->extensions = list.value;
    return check_extensions(out);
}

/* ---- the whole ---- */

static enum err take_serial(struct span *s, struct span *field)
{
    struct der item;
    const enum err e = der_take_integer(s, &item);

    *field = item.whole;
    return e;
}

static enum err parse_tbs(struct span tbs, struct x509 *out)
{
    struct span *const f = out->fields;
    enum err e = take_version(&tbs, out);

    if (e == ERR_OK)
        e = take_serial(&tbs, &f[X509_SERIAL_NUMBER]);
    if (e == ERR_OK)
        e = take_algorithm(&tbs, &f[X509_TBS_SIGNATURE_ALG]);
    if (e == ERR_OK)
        e = take_name(&tbs, &f[X509_ISSUER]);
    if (e == ERR_OK)
        e = take_validity(&tbs, out);
    if (e == ERR_OK)
        e = take_name(&tbs, &f[X509_SUBJECT]);
    if (e == ERR_OK)
        e = take_key_info(&tbs, &f[X509_PUBLIC_KEY_INFO]);
    if (e == ERR_OK)
        e = take_unique(&tbs, ISSUER_UID, out->version, &f[X509_ISSUER_UID]);
    if (e == ERR_OK)
        e = take_unique(&tbs, SUBJECT_UID, out->version, &f[X509_SUBJECT_UID]);
    if (e == ERR_OK)
        e = take_extensions(&tbs, out);
    return e == ERR_OK && tbs.n > 0 ? ERR_FORMAT : e;
}

enum err x509_parse(struct span certificate, struct x509 *out)
{
    struct der all, tbs, signature;

    *out = (struct x509){0};
    if (der_take_tag(&certificate, DER_SEQUENCE, &all) != ERR_OK ||
        certificate.n > 0 ||
        der_take_tag(&all.value, DER_SEQUENCE, &tbs) != ERR_OK ||
        take_algorithm(&all.value, &out->fields[X509_SIGNATURE_ALG]) !=
            ERR_OK ||
        der_take_tag(&all.value, DER_BIT_STRING, &signature) != ERR_OK ||
        all.value.n > 0 || !der_is_bits(signature.value))
        return ERR_FORMAT;
    out->fields[X509_TBS] = tbs.whole;
    out->fields[X509_SIGNATURE] = signature.whole;
    const enum err e = parse_tbs(tbs.value, out);
    /* both say the same [RFC 5280 4.1.1.2] */
    return e == ERR_OK && !span_equal(out->fields[X509_SIGNATURE_ALG],
                                      out->fields[X509_TBS_SIGNATURE_ALG])
               ? ERR_FORMAT
               : e;
}

enum err x509_signature_bytes(struct span field, struct span *out)
{
    const enum err e = der_take_bytes(&field, out);

    return e == ERR_OK && field.n > 0 ? ERR_FORMAT : e;
}
