#include "domains/scheme.h"

#include <string.h>

#include "base/ct.h"
#include "domains/curves.h"
#include "domains/text.h"

/* ---- which key ---- */

struct policy {
    uint8_t version;
    uint8_t usage; /* 0: by version alone */
};

static const struct policy policies[] = {
    [DOMAIN_FOR_TOKEN] = {0x70, KEY_FOR_TOKENS},
    [DOMAIN_FOR_RECEIPT] = {0x71, KEY_FOR_RECEIPTS},
    [DOMAIN_FOR_DAP] = {0x73, KEY_FOR_DAP},
    [DOMAIN_FOR_CIPHER] = {0x75, 0},
};

static bool find_by_usage(const struct domain *d, uint16_t domain,
                          uint8_t usage, struct domain_key *k)
{
    struct domain_key other;
    unsigned found = 0;

    for (uint16_t s = 0; domain_each_key(d, domain, &s, &other); s++) {
        if (other.usage == 0 || !domain_key_serves(&other, usage, true))
            continue;
        *k = other;
        found++;
    }
    return found == 1;
}

bool domain_find_scheme(const struct domain *d, uint16_t domain,
                        enum domain_purpose purpose, struct domain_key *k)
{
    const struct policy *p = &policies[purpose];

    if (domain_find_key(d, domain, p->version, KEY_ID_ENC, k) &&
        domain_key_serves(k, p->usage, true))
        return true;
    return p->usage != 0 && find_by_usage(d, domain, p->usage, k);
}

/* ---- a key as a scheme takes it ---- */

/* What a component says; place NULL: part of a curve. */
struct part {
    enum crypto_scheme_kind kind;
    struct span *place;
};

/* Where a component goes; false: into no scheme. */
static bool part_of(struct crypto_scheme_key *key, uint8_t type,
                    struct part *part)
{
    struct crypto_rsa_private *rsa = &key->private_key;
    const struct {
        uint8_t type;
        struct part part;
    } parts[] = {
        {KEY_TYPE_DES, {CRYPTO_SCHEME_DES, &key->secret}},
        {KEY_TYPE_AES, {CRYPTO_SCHEME_AES, &key->secret}},
        {KEY_TYPE_RSA_E, {CRYPTO_SCHEME_RSA, &key->e}},
        {KEY_TYPE_RSA_N, {CRYPTO_SCHEME_RSA, &key->n}},
        {KEY_TYPE_RSA_SECRET_N, {CRYPTO_SCHEME_RSA, &key->n}},
        {KEY_TYPE_RSA_D, {CRYPTO_SCHEME_RSA, &rsa->d}},
        {KEY_TYPE_RSA_P, {CRYPTO_SCHEME_RSA, &rsa->p}},
        {KEY_TYPE_RSA_Q, {CRYPTO_SCHEME_RSA, &rsa->q}},
        {KEY_TYPE_RSA_PQ, {CRYPTO_SCHEME_RSA, &rsa->qinv}},
        {KEY_TYPE_RSA_DP, {CRYPTO_SCHEME_RSA, &rsa->dp}},
        {KEY_TYPE_RSA_DQ, {CRYPTO_SCHEME_RSA, &rsa->dq}},
        {KEY_TYPE_EC_PUBLIC, {CRYPTO_SCHEME_EC, &key->point}},
        {KEY_TYPE_EC_PRIVATE, {CRYPTO_SCHEME_EC, &key->secret}},
        {KEY_TYPE_EC_REFERENCE, {CRYPTO_SCHEME_EC, NULL}},
    };

    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (parts[i].type != type)
            continue;
        *part = parts[i].part;
        return true;
    }
    *part = (struct part){CRYPTO_SCHEME_EC, NULL};
    return type >= KEY_TYPE_EC_PARAMETER_FIRST &&
           type <= KEY_TYPE_EC_PARAMETER_LAST;
}

/* A secret component, opened into memory of `out`. */
static enum err open_secret(const struct domain *d, const struct domain_key *k,
                            uint8_t type, struct secret_domain_scheme *out,
                            struct span *place)
{
    uint8_t value[KEY_SECRET_MAX];
    size_t n = 0;

    enum err e = domain_key_part(d, k, type, value, &n);
    if (e == ERR_OK && n > sizeof out->secrets - out->used)
        e = ERR_FULL;
    if (e == ERR_OK) {
        memcpy(out->secrets + out->used, value, n);
        *place = span_of(out->secrets + out->used, n);
        out->used += n;
    }
    wipe(value, sizeof value);
    return e;
}

static enum err take_components(const struct domain *d,
                                const struct domain_key *k,
                                struct secret_domain_scheme *out)
{
    struct span rest = k->components;
    struct domain_component c;
    struct part part;
    enum err e = k->component_count > 0 ? ERR_OK : ERR_TYPE;

    for (unsigned i = 0; e == ERR_OK && i < k->component_count; i++) {
        if (!domain_take_component(&rest, &c) ||
            !part_of(&out->key, c.type, &part) ||
            (i > 0 && part.kind != out->key.kind))
            return ERR_TYPE;
        out->key.kind = part.kind;
        if (part.place != NULL && domain_is_secret(c.type))
            e = open_secret(d, k, c.type, out, part.place);
        else if (part.place != NULL)
            *part.place = c.value;
    }
    return e;
}

/* The modulus of a key that has but its primes: their product. */
static enum err multiply_primes(struct secret_domain_scheme *out)
{
    const struct span p = out->key.private_key.p;
    const struct span q = out->key.private_key.q;
    uint8_t *const n = out->secrets + out->used;

    if (p.n + q.n > sizeof out->secrets - out->used)
        return ERR_FULL;
    memset(n, 0, p.n + q.n);
    for (size_t i = p.n; i-- > 0;) {
        uint32_t carry = 0;

        for (size_t j = q.n; j-- > 0; carry >>= 8) {
            carry += n[i + j + 1] + (uint32_t)p.p[i] * q.p[j];
            n[i + j + 1] = (uint8_t)carry;
        }
        n[i] = (uint8_t)carry;
    }
    out->key.n = span_of(n, p.n + q.n);
    out->used += p.n + q.n;
    return ERR_OK;
}

enum err domain_open_scheme(const struct domain *d, const struct domain_key *k,
                            struct secret_domain_scheme *out)
{
    struct crypto_scheme_key *key = &out->key;

    wipe(out, sizeof *out);
    enum err e = take_components(d, k, out);
    if (e == ERR_OK && key->kind == CRYPTO_SCHEME_EC) {
        e = domain_key_curve(d, k, &out->values);
        key->curve = out->values.curve;
    }
    if (e == ERR_OK && key->kind == CRYPTO_SCHEME_RSA && key->n.n == 0)
        e = multiply_primes(out);
    key->n = crypto_number(key->n);
    key->private_key.n = key->n;
    return e;
}

/* ---- with it ---- */

bool domain_hash_suits(const struct crypto_scheme_key *key, size_t hash_length)
{
    return hash_length >= crypto_digest_size(crypto_scheme_digest(key));
}

static sw_t verify_by(const struct domain *d,
                      const struct crypto_scheme_key *key,
                      const struct domain_signed *s)
{
    if (crypto_scheme_size(key) == 0)
        return domain_refuse(d, SW_CONDITIONS,
                             "signature: no key of such a size");
    if (s->has_hash && !domain_hash_suits(key, s->hash_length))
        return domain_refuse(
            d, SW_WRONG_DATA,
            "signature: the load file hash is missing or weaker");
    enum err e = crypto_scheme_verify(d->port->crypto, key, s->parts, s->count,
                                      s->signature);
    if (e == ERR_OK)
        return SW_OK;
    /* A point that is on no curve, or a modulus that is none, is no key. */
    if (e == ERR_RANGE)
        return domain_refuse(d, SW_CONDITIONS, "signature: the key is none");
    return domain_refuse(d, sw_from_err(e), "signature: it is wrong");
}

sw_t domain_verify(const struct domain *d, uint16_t domain,
                   enum domain_purpose purpose, const struct domain_signed *s)
{
    struct secret_domain_scheme scheme;
    struct domain_key k;

    if (!domain_find_scheme(d, domain, purpose, &k))
        return domain_refuse(
            d, SW_CONDITIONS,
            "signature: the domain has no key that verifies it");
    enum err e = domain_open_scheme(d, &k, &scheme);
    sw_t sw = e == ERR_OK
                  ? verify_by(d, &scheme.key, s)
                  : domain_refuse(d, SW_CONDITIONS,
                                  "signature: the domain's key is of no use");
    wipe(&scheme, sizeof scheme);
    return sw;
}
