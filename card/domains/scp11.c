#include <string.h>

#include "base/ct.h"
#include "domains/commands.h"
#include "domains/curves.h"
#include "domains/keys.h"
#include "domains/references.h"
#include "domains/session.h"
#include "domains/text.h"
#include "securechannel/certificate.h"
#include "securechannel/scp11.h"

/*
 * Secure channel protocol 11 [Amendment F]: the host's certificates by PERFORM
 * SECURITY OPERATION, then one command that agrees on keys and opens the
 * session.  Hosts of variant b bring no certificates, and what they open is
 * protected but not authenticated.
 *
 * none --a certificate, more follow--> chain --the last one--> known
 * known --EXTERNAL AUTHENTICATE--> none
 */

enum { ID_AUTHORITY = 0x10, MORE = 0x80 };

/* i of the protocol that this variant needs [Amd F 5.1]. */
static uint8_t bit_of(uint8_t variant)
{
    if (variant == SCP11_A)
        return SCP11_I_A;
    if (variant == SCP11_B)
        return SCP11_I_B;
    return variant == SCP11_C ? SCP11_I_C : 0;
}

static uint8_t options_of(const struct registry_entry *self)
{
    for (size_t i = 0; i < REGISTRY_PROTOCOLS_MAX; i++) {
        if (self->protocols[i].id == SCP_11)
            return self->protocols[i].i;
    }
    return 0;
}

/* The key with this identifier; version 00: the first there is. */
static bool find_key(const struct domain *d, uint16_t domain, uint8_t version,
                     uint8_t id, struct domain_key *k)
{
    for (uint16_t s = 0; domain_each_key(d, domain, &s, k); s++) {
        if (k->id == id && (version == 0 || version == k->version))
            return true;
    }
    return false;
}

/* ---- certificates ---- */

/* Whether what is known of a host came by this channel and this authority. */
static bool goes_on(const struct domain *d, const struct domain_key *authority)
{
    const struct domain_peer *p = &d->peer;

    return p->n > 0 && p->holds == PEER_CERTIFIER && p->channel == d->channel &&
           p->domain == authority->domain && p->authority == authority->slot;
}

static enum err prove(const struct domain *d,
                      const struct domain_key *authority, struct span bytes,
                      struct scp11_certificate *c)
{
    const struct crypto_port *crypto = d->port->crypto;
    struct crypto_ec_values values;
    struct domain_component own;

    enum err e = domain_key_curve(d, authority, &values);
    if (e != ERR_OK)
        return e;
    if (!domain_find_component(authority, KEY_TYPE_EC_PUBLIC, &own))
        return ERR_TYPE;
    const struct span signer =
        goes_on(d, authority) ? span_of(d->peer.point, d->peer.n) : own.value;
    e = scp11_certificate(crypto, &values.curve, bytes, c);
    if (e == ERR_OK)
        e = scp11_certificate_check(crypto, &values.curve, signer, c);
    if (e == ERR_OK)
        e = crypto->ec->check(crypto->ctx, &values.curve, c->point);
    return e;
}

/* The point is on the curve; what is kept of it is its compressed form. */
static sw_t keep(struct domain *d, const struct domain_key *authority,
                 const struct scp11_certificate *c,
                 enum domain_peer_holds holds)
{
    struct domain_peer *p = &d->peer;
    const size_t n = crypto_ec_compressed_size(c->point);

    if (n > sizeof p->point)
        return SW_WRONG_DATA;
    *p = (struct domain_peer){.channel = d->channel,
                              .holds = (uint8_t)holds,
                              .authority = authority->slot,
                              .domain = authority->domain,
                              .n = (uint8_t)n};
    crypto_ec_compress(c->point, p->point);
    return SW_OK;
}

/*
 * Whether the certificate's holder is who provides the domain [GPCS 10.4.2]; a
 * domain that does not say who does, takes whom its authority has certified.
 */
static enum domain_peer_holds host_of(const struct registry_entry *self,
                                      const struct scp11_certificate *c)
{
    const struct span provider = span_of(self->provider, self->provider_length);

    return provider.n == 0 || span_equal(provider, c->subject) ? PEER_PROVIDER
                                                               : PEER_HOST;
}

/* PERFORM SECURITY OPERATION [verify certificate], [Amd F 7.5]. */
sw_t domain_verify_certificate(struct domain *d, const struct domain_request *r,
                               struct buf *response)
{
    const uint8_t id = r->c.p2 & (uint8_t)~MORE;
    const bool more = (r->c.p2 & MORE) != 0;
    struct scp11_certificate c;
    struct domain_key authority;

    (void)response;
    if (r->c.secure != 0)
        return SW_SM_UNSUPPORTED;
    if ((options_of(&r->self) & (SCP11_I_A | SCP11_I_C)) == 0)
        return domain_refuse(d, SW_CONDITIONS,
                             "certificate: no SCP11a or SCP11c");
    if (!find_key(d, r->self.slot, r->c.p1, id == 0 ? ID_AUTHORITY : id,
                  &authority))
        return domain_refuse(d, SW_DATA_NOT_FOUND,
                             "certificate: no such authority");
    enum err e = prove(d, &authority, r->c.data, &c);
    bool fits = e == ERR_OK && (more ? c.certifies : c.agrees);
    if (fits && !more && !domain_serial_allowed(d, &authority, c.serial)) {
        wipe(&d->peer, sizeof d->peer);
        return domain_refuse(d, SW_SECURITY_STATUS,
                             "certificate: its serial number is not allowed");
    }
    sw_t sw = fits ? keep(d, &authority, &c,
                          more ? PEER_CERTIFIER : host_of(&r->self, &c))
                   : SW_WRONG_DATA;
    if (sw == SW_OK)
        return SW_OK;
    wipe(&d->peer, sizeof d->peer);
    if (e == ERR_AUTH)
        return domain_refuse(d, SW_SECURITY_STATUS,
                             "certificate: wrong signature");
    return domain_refuse(d, sw,
                         "certificate: its form, curve or usage is wrong");
}

/* ---- key agreement ---- */

/* What the card brings: its static key, and an ephemeral pair. */
struct secret_own {
    struct crypto_ec_values curve;
    uint8_t fixed[KEY_SECRET_MAX];
    size_t fixed_length;
    uint8_t scalar[CRYPTO_EC_ORDER_MAX];
    uint8_t point[CRYPTO_EC_POINT_MAX];
};

/*
 * In variant c the static pair takes both places: what opens a session was
 * made beforehand, for every card that has this key.
 */
static enum err bring(const struct domain *d, const struct domain_key *k,
                      uint8_t variant, struct secret_own *own)
{
    const struct crypto_port *crypto = d->port->crypto;

    if (crypto->ec == NULL)
        return ERR_UNSUPPORTED;
    enum err e = domain_key_curve(d, k, &own->curve);
    if (e == ERR_OK)
        e = domain_key_part(d, k, KEY_TYPE_EC_PRIVATE, own->fixed,
                            &own->fixed_length);
    if (e != ERR_OK)
        return e;
    if (variant != SCP11_C)
        return crypto->ec->generate(crypto->ctx, &own->curve.curve, own->scalar,
                                    own->point);
    return crypto->ec->multiply(crypto->ctx, &own->curve.curve,
                                span_of(own->fixed, own->fixed_length),
                                span_of(NULL, 0), own->point);
}

static enum err open_with(struct domain *d, const struct scp11_offer *offer,
                          const struct secret_own *own, struct span peer,
                          bool s16, struct buf *response)
{
    const struct crypto_ec_curve *curve = &own->curve.curve;
    const struct crypto_port *crypto = d->port->crypto;
    const struct span point =
        span_of(own->point, 1 + 2 * crypto_ec_field_size(curve));
    const struct span fixed = span_of(own->fixed, own->fixed_length);
    const struct scp11_share share = {
        .curve = curve,
        .own_ephemeral =
            offer->variant == SCP11_C
                ? fixed
                : span_of(own->scalar, crypto_ec_order_size(curve)),
        .own_static = fixed,
        .other_ephemeral = offer->point,
        .other_static = peer,
    };
    uint8_t receipt[SCP11_RECEIPT];
    struct secret_scp11 secret;

    enum err e = scp11_agree(crypto, offer, &share, &secret);
    if (e == ERR_OK)
        e = scp11_receipt(crypto, offer, &secret, point, receipt);
    if (e == ERR_OK)
        e = scp11_open(&domain_here(d)->session, SCP_CARD, offer, s16, &secret,
                       receipt);
    if (e == ERR_OK)
        e = scp11_answer_put(point, receipt, response);
    wipe(&secret, sizeof secret);
    return e;
}

/* The host's static key: out of its certificate, or (b) its ephemeral one. */
static bool find_peer(const struct domain *d, const struct registry_entry *self,
                      const struct scp11_offer *offer, struct span *peer)
{
    const struct domain_peer *p = &d->peer;

    *peer = offer->point;
    if (offer->variant == SCP11_B)
        return true;
    *peer = span_of(p->point, p->n);
    return p->n > 0 && p->holds != PEER_CERTIFIER && p->channel == d->channel &&
           p->domain == self->slot;
}

static uint8_t authenticated(const struct domain *d, uint8_t variant)
{
    if (variant == SCP11_B)
        return HOST_NOBODY;
    return (d->peer.holds == PEER_PROVIDER ? HOST_PROVIDER : HOST_ANY) |
           HOST_UNPROVED | (variant == SCP11_C ? HOST_SCRIPTED : 0);
}

static sw_t agree(struct domain *d, const struct domain_request *r,
                  const struct domain_key *k, struct buf *response)
{
    struct domain_channel *ch = domain_here(d);
    struct secret_own own;
    struct scp11_offer offer;
    struct span peer;
    bool s16 = (options_of(&r->self) & SCP11_I_S16) != 0;

    if (scp11_offer_take(r->c.data, &offer) != ERR_OK ||
        offer.variant != r->c.p2)
        return domain_refuse(d, SW_WRONG_DATA, "SCP11: nothing that is known");
    if (!find_peer(d, &r->self, &offer, &peer))
        return domain_refuse(d, SW_CONDITIONS,
                             "SCP11: no certificate of the host");
    enum err e = bring(d, k, offer.variant, &own);
    if (e == ERR_OK)
        e = open_with(d, &offer, &own, peer, s16, response);
    const uint8_t host = authenticated(d, offer.variant);
    wipe(&own, sizeof own);
    wipe(&d->peer, sizeof d->peer);
    if (e == ERR_RANGE)
        return domain_refuse(d, SW_WRONG_DATA,
                             "SCP11: not a point of the curve");
    if (e != ERR_OK)
        return sw_from_err(e);
    ch->session.kvn = k->version;
    ch->session_domain = r->self.slot;
    ch->session_keys = k->domain;
    ch->host = host;
    return SW_OK;
}

static bool serves(const struct domain_key *k)
{
    return domain_key_serves(k, 0, true) && (k->usage == 0 || k->agreement);
}

static sw_t agree_keys(struct domain *d, const struct domain_request *r,
                       struct buf *response)
{
    const struct domain_peer peer = d->peer; /* ends with the session */
    struct domain_key k;

    domain_end_session(d, d->channel);
    d->peer = peer;
    if (r->c.secure != 0)
        return SW_SM_UNSUPPORTED;
    if ((options_of(&r->self) & bit_of(r->c.p2)) == 0)
        return domain_refuse(d, SW_CONDITIONS, "SCP11: this variant is not on");
    if (!find_key(d, r->self.slot, r->c.p1, r->c.p2, &k) || !serves(&k))
        return domain_refuse(d, SW_DATA_NOT_FOUND, "SCP11: no such key");
    if (domain_is_blocked(d, r->self.slot))
        return SW_AUTH_BLOCKED;
    return agree(d, r, &k, response);
}

/* INTERNAL AUTHENTICATE, variant b [Amd F 7.6]. */
sw_t domain_internal_authenticate(struct domain *d,
                                  const struct domain_request *r,
                                  struct buf *response)
{
    if (r->c.p2 != SCP11_B)
        return SW_WRONG_P1P2;
    return agree_keys(d, r, response);
}

sw_t domain_mutual_authenticate(struct domain *d,
                                const struct domain_request *r,
                                struct buf *response)
{
    if (r->c.p2 != SCP11_A && r->c.p2 != SCP11_C)
        return SW_WRONG_P1P2;
    return agree_keys(d, r, response);
}
