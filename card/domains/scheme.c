#include "domains/scheme.h"

#include "base/ct.h"
#include "domains/text.h"

enum {
    EC_P = 0xB2,
    EC_A = 0xB3,
    EC_B = 0xB4,
    EC_G = 0xB5,
    EC_N = 0xB6,
    EC_COFACTOR = 0xB7,
    NO_REFERENCE = -1,
};

static sw_t refuse(const struct domain *d, sw_t sw, const char *why)
{
    domain_trace(d, why);
    return sw;
}

/* ---- which key ---- */

struct policy {
    uint8_t version;
    uint8_t usage; /* 0: by version alone */
};

static const struct policy policies[] = {
    [DOMAIN_FOR_TOKEN] = {0x70, 0x81},
    [DOMAIN_FOR_RECEIPT] = {0x71, 0x44},
    [DOMAIN_FOR_DAP] = {0x73, 0x84},
    [DOMAIN_FOR_CIPHER] = {0x75, 0},
};

static bool find_by_usage(const struct domain *d, uint16_t domain,
                          uint8_t usage, struct domain_key *k)
{
    struct domain_key other;
    unsigned found = 0;

    for (uint16_t s = 0; domain_each_key(d, domain, &s, &other); s++) {
        if ((other.usage & usage) != usage)
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

    return domain_find_key(d, domain, p->version, KEY_ID_ENC, k) ||
           (p->usage != 0 && find_by_usage(d, domain, p->usage, k));
}

/* ---- a key as a scheme takes it ---- */

/* [GPCS table B-2] */
static const enum crypto_ec_name references[] = {
    CRYPTO_EC_SECP256R1,       CRYPTO_EC_SECP384R1,
    CRYPTO_EC_SECP521R1,       CRYPTO_EC_BRAINPOOLP256R1,
    CRYPTO_EC_BRAINPOOLP256T1, CRYPTO_EC_BRAINPOOLP384R1,
    CRYPTO_EC_BRAINPOOLP384T1, CRYPTO_EC_BRAINPOOLP512R1,
    CRYPTO_EC_BRAINPOOLP512T1,
};

/* Where a component goes; NULL: into no scheme. */
static struct span *place_of(struct crypto_scheme_key *key, uint8_t type)
{
    struct {
        uint8_t type;
        struct span *place;
    } const places[] = {
        {KEY_TYPE_DES, &key->secret},
        {KEY_TYPE_AES, &key->secret},
        {KEY_TYPE_RSA_E, &key->e},
        {KEY_TYPE_RSA_N, &key->n},
        {KEY_TYPE_EC_PUBLIC, &key->point},
        {EC_P, &key->curve.p},
        {EC_A, &key->curve.a},
        {EC_B, &key->curve.b},
        {EC_G, &key->curve.g},
        {EC_N, &key->curve.n},
    };

    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (places[i].type == type)
            return places[i].place;
    }
    return NULL;
}

static bool kind_of(uint8_t type, enum crypto_scheme_kind *kind)
{
    if (type == KEY_TYPE_DES)
        *kind = CRYPTO_SCHEME_DES;
    else if (type == KEY_TYPE_AES)
        *kind = CRYPTO_SCHEME_AES;
    else if (type == KEY_TYPE_RSA_E || type == KEY_TYPE_RSA_N)
        *kind = CRYPTO_SCHEME_RSA;
    else if (type == KEY_TYPE_EC_PUBLIC)
        *kind = CRYPTO_SCHEME_EC;
    else
        return false;
    return true;
}

static uint16_t cofactor(struct span k)
{
    k = crypto_number(k);
    if (k.n == 0 || k.n > 2)
        return 0;
    return k.n == 1 ? k.p[0] : get_u2(k.p);
}

/* All components into their places; *reference: of a curve, if one is there. */
static enum err take_components(const struct domain_key *k,
                                struct crypto_scheme_key *key, int *reference)
{
    struct span rest = k->components;
    struct domain_component c;

    *reference = NO_REFERENCE;
    for (unsigned i = 0; i < k->component_count; i++) {
        if (!domain_take_component(&rest, &c) ||
            (i == 0 && !kind_of(c.type, &key->kind)))
            return ERR_TYPE;
        struct span *place = place_of(key, c.type);
        if (place != NULL)
            *place = c.value;
        else if (c.type == EC_COFACTOR)
            key->curve.h = cofactor(c.value);
        else if (c.type == KEY_TYPE_EC_REFERENCE && c.value.n == 1)
            *reference = c.value.p[0];
        else
            return ERR_TYPE;
    }
    return k->component_count > 0 ? ERR_OK : ERR_TYPE;
}

static enum err find_curve(const struct domain *d, int reference,
                           struct secret_domain_scheme *out)
{
    const struct crypto_ec_curve *curve = &out->key.curve;

    if (reference == NO_REFERENCE)
        return curve->p.n > 0 && curve->g.n > 0 && curve->n.n > 0 ? ERR_OK
                                                                  : ERR_TYPE;
    if ((size_t)reference >= sizeof references / sizeof references[0])
        return ERR_RANGE;
    enum err e =
        crypto_ec_named(d->port->crypto, references[reference], &out->values);
    out->key.curve = out->values.curve;
    return e;
}

enum err domain_open_scheme(const struct domain *d, const struct domain_key *k,
                            struct secret_domain_scheme *out)
{
    struct crypto_scheme_key *key = &out->key;
    int reference;

    wipe(out, sizeof *out);
    enum err e = take_components(k, key, &reference);
    if (e != ERR_OK)
        return e;
    if (key->kind == CRYPTO_SCHEME_EC)
        e = find_curve(d, reference, out);
    if (e != ERR_OK ||
        (key->kind != CRYPTO_SCHEME_DES && key->kind != CRYPTO_SCHEME_AES))
        return e;
    key->secret.p = out->secret;
    return domain_key_secret(d, k, out->secret);
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
        return refuse(d, SW_CONDITIONS, "signature: no key of such a size");
    if (s->has_hash && !domain_hash_suits(key, s->hash_length))
        return refuse(d, SW_WRONG_DATA,
                      "signature: the load file hash is missing or weaker");
    enum err e = crypto_scheme_verify(d->port->crypto, key, s->parts, s->count,
                                      s->signature);
    if (e == ERR_OK)
        return SW_OK;
    /* A point that is on no curve, or a modulus that is none, is no key. */
    if (e == ERR_RANGE)
        return refuse(d, SW_CONDITIONS, "signature: the key is none");
    return refuse(d, sw_from_err(e), "signature: it is wrong");
}

sw_t domain_verify(const struct domain *d, uint16_t domain,
                   enum domain_purpose purpose, const struct domain_signed *s)
{
    struct secret_domain_scheme scheme;
    struct domain_key k;

    if (!domain_find_scheme(d, domain, purpose, &k))
        return refuse(d, SW_CONDITIONS,
                      "signature: the domain has no key that verifies it");
    enum err e = domain_open_scheme(d, &k, &scheme);
    sw_t sw = e == ERR_OK ? verify_by(d, &scheme.key, s)
                          : refuse(d, SW_CONDITIONS,
                                   "signature: the domain's key is of no use");
    wipe(&scheme, sizeof scheme);
    return sw;
}
