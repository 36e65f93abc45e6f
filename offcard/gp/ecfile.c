#include <gp/eckey.h>

#include <string.h>

#include "base/ct.h"
#include "base/der.h"
#include "base/hex.h"
#include "crypto/x509.h"
#include "offcard/gp/pem.h"
#include "offcard/gp/settings.h"
#include "offcard/gp/source.h"

/* Files of keys on curves, by what they hold: our text, or DER, or PEM. */

enum { FILE_MAX = 32768, SEC1_PUBLIC = 1, SEC1_CURVE = 0 };

static const uint8_t ec_public_key[] = {0x2A, 0x86, 0x48, 0xCE,
                                        0x3D, 0x02, 0x01};

/* Spans of a key that was found, which may be in a buffer of the caller. */
struct found {
    bool has_curve;
    uint8_t curve;
    struct span scalar;
    struct span point;
};

static int refuse(struct gp_why *why, const char *words)
{
    gp_why_set(why, "%s", words);
    return GP_ERR_KEYS;
}

/* ---- DER ---- */

static enum err take_curve(struct span oid, struct found *out)
{
    enum crypto_ec_name name;

    if (!x509_curve_of(oid, &name) || gp_ec_curve_name((uint8_t)name) == NULL)
        return ERR_UNSUPPORTED;
    out->curve = (uint8_t)name;
    out->has_curve = true;
    return ERR_OK;
}

/* AlgorithmIdentifier of a key on a named curve [RFC 5480 2.1.1]. */
static enum err take_algorithm(struct span *s, struct found *out)
{
    struct der item;
    struct span oid;

    enum err e = der_take_tag(s, DER_SEQUENCE, &item);
    if (e == ERR_OK)
        e = der_take_oid(&item.value, &oid);
    if (e != ERR_OK)
        return e;
    if (!span_equal(oid, span_of(ec_public_key, sizeof ec_public_key)) ||
        der_take_oid(&item.value, &oid) != ERR_OK)
        return ERR_UNSUPPORTED;
    return take_curve(oid, out);
}

/* SubjectPublicKeyInfo [RFC 5280 4.1]. */
static enum err read_public(struct span bytes, struct found *out)
{
    struct der item;

    enum err e = der_take_tag(&bytes, DER_SEQUENCE, &item);
    if (e == ERR_OK)
        e = take_algorithm(&item.value, out);
    if (e == ERR_OK)
        e = der_take_bytes(&item.value, &out->point);
    return e;
}

/* ECPrivateKey [RFC 5915 3]; behind PKCS#8 it need not tell the curve. */
static enum err read_sec1(struct span bytes, struct found *out)
{
    struct der item, scalar, curve;
    struct span oid;
    uint16_t version;
    bool there = false;

    enum err e = der_take_tag(&bytes, DER_SEQUENCE, &item);
    if (e == ERR_OK)
        e = der_take_small(&item.value, 1, &version);
    if (e == ERR_OK)
        e = der_take_tag(&item.value, DER_OCTET_STRING, &scalar);
    if (e == ERR_OK)
        e = der_take_optional(&item.value,
                              DER_CONTEXT | DER_CONSTRUCTED | SEC1_CURVE,
                              &there, &curve);
    if (e != ERR_OK)
        return e;
    out->scalar = scalar.value;
    if (!there)
        return out->has_curve ? ERR_OK : ERR_UNSUPPORTED;
    if (der_take_oid(&curve.value, &oid) != ERR_OK)
        return ERR_UNSUPPORTED;
    return take_curve(oid, out);
}

/* PrivateKeyInfo [RFC 5208 5]. */
static enum err read_pkcs8(struct span bytes, struct found *out)
{
    struct der item, key;
    uint16_t version;

    enum err e = der_take_tag(&bytes, DER_SEQUENCE, &item);
    if (e == ERR_OK)
        e = der_take_small(&item.value, 1, &version);
    if (e == ERR_OK)
        e = take_algorithm(&item.value, out);
    if (e == ERR_OK)
        e = der_take_tag(&item.value, DER_OCTET_STRING, &key);
    return e == ERR_OK ? read_sec1(key.value, out) : e;
}

static enum err read_x509(struct span bytes, struct found *out)
{
    struct x509 x;

    enum err e = x509_parse(bytes, &x);
    return e == ERR_OK ? read_public(x.fields[X509_PUBLIC_KEY_INFO], out) : e;
}

static enum err read_der(struct span bytes, struct found *out)
{
    static enum err (*const forms[])(struct span, struct found *) = {
        read_public, read_pkcs8, read_sec1, read_x509};
    enum err e = ERR_FORMAT;

    for (size_t i = 0; e == ERR_FORMAT && i < sizeof forms / sizeof *forms;
         i++) {
        *out = (struct found){.has_curve = false};
        e = forms[i](bytes, out);
    }
    return e;
}

/* ---- PEM ---- */

static bool has_label(const struct gp_pem *block, const char *label)
{
    return span_equal(block->label,
                      span_of((const uint8_t *)label, strlen(label)));
}

/* The first block that is a key; parameters may stand in front of it. */
static enum err read_pem(struct span text, struct buf *store, struct found *out)
{
    struct gp_pem block;

    for (;;) {
        enum err e = gp_pem_take(&text, store, &block);
        if (e != ERR_OK)
            return e == ERR_UNSUPPORTED ? ERR_AUTH : e;
        if (has_label(&block, "ENCRYPTED PRIVATE KEY"))
            return ERR_AUTH;
        if (!has_label(&block, "EC PARAMETERS"))
            return read_der(block.bytes, out);
    }
}

/* ---- our own ---- */

static int set(struct found *found, const struct gp_settings *s,
               const struct secret_gp_setting *setting, struct buf *store)
{
    const size_t start = store->n;

    if (strcmp(setting->name, "curve") == 0) {
        found->has_curve = true;
        if (gp_ec_curve_parse(setting->value, &found->curve) == GP_OK)
            return GP_OK;
        gp_why_set(s->why,
                   "line %u: a curve is P-256, P-384, P-521 or brainpoolP256r1 "
                   "and its like",
                   s->line);
        return GP_ERR_KEYS;
    }
    const bool secret = strcmp(setting->name, "private") == 0;
    if (!secret && strcmp(setting->name, "public") != 0) {
        gp_why_set(s->why, "line %u: none of curve, private, public", s->line);
        return GP_ERR_KEYS;
    }
    if (hex_decode(setting->value, strlen(setting->value), store, NULL) !=
        ERR_OK) {
        gp_why_set(s->why, "line %u: %s is in hexadecimal", s->line,
                   setting->name);
        return GP_ERR_KEYS;
    }
    *(secret ? &found->scalar : &found->point) =
        span_of(store->p + start, store->n - start);
    return GP_OK;
}

static int read_text(struct span text, struct buf *store, struct found *out,
                     struct gp_why *why)
{
    struct gp_settings s = {.at = (const char *)text.p,
                            .end = (const char *)text.p + text.n,
                            .why = why};
    struct secret_gp_setting setting;
    int result = GP_OK;

    *out = (struct found){.has_curve = false};
    while (result == GP_OK) {
        result = gp_settings_next(&s, &setting);
        if (result <= 0)
            break;
        result = set(out, &s, &setting, store);
    }
    wipe(&setting, sizeof setting);
    if (result == GP_OK &&
        (!out->has_curve || out->scalar.n + out->point.n == 0))
        return refuse(why, "curve, and private or public, must be given");
    return result;
}

/* ---- any of them ---- */

static int explain(enum err e, struct gp_why *why)
{
    if (e == ERR_AUTH)
        return refuse(why, "the key is enciphered with a passphrase: give it "
                           "in the clear, as 'openssl pkey -in FILE' writes "
                           "it, or from standard input");
    if (e == ERR_UNSUPPORTED)
        return refuse(why, "the key is not on a curve that GlobalPlatform has "
                           "a reference of");
    return refuse(why, "there is no key of an elliptic curve, neither as text "
                       "nor in PEM or DER");
}

static int find(struct span bytes, struct buf *store, struct found *out,
                struct gp_why *why)
{
    const bool pem = gp_pem_is(bytes);

    if (!pem && (bytes.n == 0 || bytes.p[0] != DER_SEQUENCE))
        return read_text(bytes, store, out, why);
    enum err e = pem ? read_pem(bytes, store, out) : read_der(bytes, out);
    return e == ERR_OK ? GP_OK : explain(e, why);
}

int gp_ec_key_parse(const struct crypto_port *crypto, struct span bytes,
                    struct secret_gp_ec_key *out, struct gp_why *why)
{
    uint8_t store_bytes[FILE_MAX];
    struct buf store = buf_of(store_bytes, sizeof store_bytes);
    struct found found;

    int result = find(bytes, &store, &found, why);
    if (result == GP_OK) {
        result =
            gp_ec_key_set(crypto, found.curve, found.scalar, found.point, out);
        if (result == GP_ERR_KEYS)
            gp_why_set(why, "the key is none of the curve %s",
                       gp_ec_curve_name(found.curve));
    }
    wipe(store_bytes, sizeof store_bytes);
    return result;
}

int gp_ec_key_load(const struct crypto_port *crypto, const char *source,
                   struct secret_gp_ec_key *out, struct gp_why *why)
{
    uint8_t bytes[FILE_MAX];
    struct buf file = buf_of(bytes, sizeof bytes);
    struct gp_why inner = {{0}};

    int result = gp_source_read(source, &file, why);
    if (result == GP_OK) {
        result = gp_ec_key_parse(crypto, buf_span(&file), out, &inner);
        if (result != GP_OK)
            gp_why_set(why, "%s: %s", gp_source_name(source),
                       inner.text[0] != '\0' ? inner.text : gp_strerr(result));
    }
    wipe(bytes, sizeof bytes);
    return result;
}
