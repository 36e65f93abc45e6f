#include "domains/curves.h"

#include <assert.h>
#include <string.h>

/* By reference [GPCS B.4.2]. */
static const uint8_t standard[] = {
    CRYPTO_EC_SECP256R1,       CRYPTO_EC_SECP384R1,
    CRYPTO_EC_SECP521R1,       CRYPTO_EC_BRAINPOOLP256R1,
    CRYPTO_EC_BRAINPOOLP256T1, CRYPTO_EC_BRAINPOOLP384R1,
    CRYPTO_EC_BRAINPOOLP384T1, CRYPTO_EC_BRAINPOOLP512R1,
    CRYPTO_EC_BRAINPOOLP512T1,
};

static_assert(sizeof standard == CURVES_PRELOADED, "references 00 to 08");

enum curve_scope domain_curve_scope(struct span reference)
{
    if (reference.n == 1) {
        const uint8_t v = reference.p[0];
        if (v < CURVES_PRELOADED)
            return CURVE_STANDARD;
        if (v >= 0x40 && v <= 0x5F)
            return CURVE_GLOBAL;
        return v >= 0x60 && v <= 0x7F ? CURVE_LOCAL : CURVE_NO_REFERENCE;
    }
    if (reference.n != 2 || reference.p[0] < 0xC0)
        return CURVE_NO_REFERENCE;
    return reference.p[0] <= 0xDF ? CURVE_GLOBAL : CURVE_LOCAL;
}

/* Parameters among the components of a key; false: not all of them. */
static bool take_parameters(const struct domain_key *k,
                            struct crypto_ec_curve *curve)
{
    struct span *const places[] = {&curve->p, &curve->a, &curve->b, &curve->g,
                                   &curve->n};
    struct domain_component c;

    for (uint8_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (!domain_find_component(
                k, (uint8_t)(KEY_TYPE_EC_PARAMETER_FIRST + i), &c))
            return false;
        *places[i] = c.value;
    }
    curve->n = crypto_number(curve->n);
    curve->h = 1; /* [GPCS 11.11.4.2.2.1] */
    if (!domain_find_component(k, KEY_TYPE_EC_PARAMETER_LAST, &c))
        return true;
    const struct span h = crypto_number(c.value);
    if (h.n == 0 || h.n > 2)
        return false;
    curve->h = h.n == 1 ? h.p[0] : get_u2(h.p);
    return true;
}

/* The key of this domain that keeps curves under this reference. */
static bool find_kept(const struct domain *d, uint16_t domain,
                      struct span reference, struct domain_key *k)
{
    struct domain_component c, p;

    for (uint16_t s = 0; domain_each_key(d, domain, &s, k); s++) {
        if (domain_find_component(k, KEY_TYPE_EC_REFERENCE, &c) &&
            span_equal(c.value, reference) &&
            domain_find_component(k, KEY_TYPE_EC_PARAMETER_FIRST, &p))
            return true;
    }
    return false;
}

/* In this domain or the nearest above it that has it [GPCS 11.11.4.2.2.2]. */
static bool find_local(const struct domain *d, uint16_t domain,
                       struct span reference, struct domain_key *k)
{
    struct registry_entry e;
    unsigned steps = 0;

    if (!domain_entry(d, domain, &e))
        return false;
    do {
        if (find_kept(d, e.slot, reference, k))
            return true;
    } while (domain_climb(d, &steps, &e));
    return false;
}

enum err domain_curve(const struct domain *d, uint16_t domain,
                      struct span reference, struct crypto_ec_values *out)
{
    struct domain_key kept;
    bool found = false;

    switch (domain_curve_scope(reference)) {
    case CURVE_STANDARD:
        return crypto_ec_named(d->port->crypto, standard[reference.p[0]], out);
    case CURVE_GLOBAL:
        found = find_kept(d, DOMAIN_ISD, reference, &kept);
        break;
    case CURVE_LOCAL:
        found = find_local(d, domain, reference, &kept);
        break;
    case CURVE_NO_REFERENCE:
        break;
    }
    if (!found)
        return ERR_NOT_FOUND;
    return take_parameters(&kept, &out->curve) ? ERR_OK : ERR_CORRUPT;
}

enum err domain_key_curve(const struct domain *d, const struct domain_key *k,
                          struct crypto_ec_values *out)
{
    struct domain_component c;

    memset(out, 0, sizeof *out);
    if (d->port->crypto->ec == NULL)
        return ERR_UNSUPPORTED;
    if (domain_find_component(k, KEY_TYPE_EC_PARAMETER_FIRST, &c))
        return take_parameters(k, &out->curve) ? ERR_OK : ERR_RANGE;
    if (!domain_find_component(k, KEY_TYPE_EC_REFERENCE, &c))
        return ERR_RANGE;
    return domain_curve(d, k->domain, c.value, out);
}

bool domain_curves_are_found(const struct domain *d)
{
    struct crypto_ec_values values;
    struct domain_component c;
    struct domain_key k;

    for (uint16_t s = domain_next_slot(d, 0); s != DOMAIN_NONE;
         s = domain_next_slot(d, (uint16_t)(s + 1))) {
        if (domain_key(d, s, &k) &&
            domain_find_component(&k, KEY_TYPE_EC_REFERENCE, &c) &&
            domain_key_curve(d, &k, &values) == ERR_NOT_FOUND)
            return false;
    }
    return true;
}

/* Coordinates as long as the field, an order that is a number [11.8.2.3.5]. */
static bool sizes_fit(const struct crypto_ec_curve *curve)
{
    const size_t field = curve->p.n;

    return field > 0 && field <= CRYPTO_EC_FIELD_MAX && curve->a.n == field &&
           curve->b.n == field && curve->g.n == 1 + 2 * field &&
           curve->g.p[0] == 0x04 && curve->n.n > 0 &&
           curve->n.n <= CRYPTO_EC_ORDER_MAX &&
           (curve->n.p[curve->n.n - 1] & 1) != 0;
}

/* n - 1 times the generator has its x exactly when n times it is infinity. */
static enum err check_order(const struct crypto_port *port,
                            const struct crypto_ec_curve *curve)
{
    uint8_t scalar[CRYPTO_EC_ORDER_MAX];
    uint8_t point[CRYPTO_EC_POINT_MAX];
    const size_t last = curve->n.n - 1;

    memcpy(scalar, curve->n.p, curve->n.n);
    scalar[last]--; /* it is odd */
    enum err e = port->ec->multiply(port->ctx, curve, span_of(scalar, last + 1),
                                    span_of(NULL, 0), point);
    if (e != ERR_OK)
        return e;
    return memcmp(point + 1, curve->g.p + 1, curve->p.n) == 0 ? ERR_OK
                                                              : ERR_RANGE;
}

enum err domain_check_curve(const struct domain *d,
                            const struct crypto_ec_curve *curve)
{
    const struct crypto_port *port = d->port->crypto;

    if (port->ec == NULL)
        return ERR_UNSUPPORTED;
    if (!sizes_fit(curve))
        return ERR_RANGE;
    enum err e = port->ec->check(port->ctx, curve, curve->g);
    return e == ERR_OK ? check_order(port, curve) : e;
}
