/*
 * Curves of the domains' keys: preloaded ones by their references, those that
 * a domain has loaded under a reference of its own, those that came with a
 * key.  [GPCS B.4.2, 11.8.2.3.5]
 *
 * A reference is one byte below 80, or two bytes of which the first is not.
 * Curves with one are kept as keys whose components are F0 and B2 to B7.
 */
#ifndef DOMAINS_CURVES_H
#define DOMAINS_CURVES_H

#include "crypto/ec.h"
#include "domains/keys.h"

enum { CURVES_PRELOADED = 9 /* references 00 to 08 */ };

/* Who may load curves under a reference, and who finds them. */
enum curve_scope {
    CURVE_NO_REFERENCE, /* none, or reserved for future use */
    CURVE_STANDARD,     /* preloaded: never loaded */
    CURVE_GLOBAL,       /* loaded by the issuer domain, found by all */
    CURVE_LOCAL,        /* found by the domain and those below it */
};

enum curve_scope domain_curve_scope(struct span reference);

/*
 * The curve under a reference, seen from a domain; as domain_key_curve.
 */
NODISCARD enum err domain_curve(const struct domain *d, uint16_t domain,
                                struct span reference,
                                struct crypto_ec_values *out);

/*
 * The curve of a key: what its components or its reference say, seen from the
 * domain of the key.  out->curve holds as long as `out`, the key's components
 * and persistent memory stay.  ERR_NOT_FOUND: the reference leads nowhere;
 * ERR_RANGE: the parameters are not all there; ERR_UNSUPPORTED: no such curve
 * on this card.
 */
NODISCARD enum err domain_key_curve(const struct domain *d,
                                    const struct domain_key *k,
                                    struct crypto_ec_values *out);

/* Whether every key of the card that names a curve finds it. */
bool domain_curves_are_found(const struct domain *d);

/*
 * Whether parameters make a curve and its generator has the order that they
 * tell.  ERR_RANGE: they do not; ERR_UNSUPPORTED, ERR_IO.
 */
NODISCARD enum err domain_check_curve(const struct domain *d,
                                      const struct crypto_ec_curve *curve);

#endif
