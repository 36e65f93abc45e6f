#include "domains/casd.h"

#include <assert.h>
#include <string.h>

#include "base/ct.h"
#include "crypto/rsa_pad.h"
#include "domains/curves.h"
#include "domains/global.h"
#include "domains/session.h"
#include "domains/text.h"
#include "securechannel/certificate.h"
#include "securechannel/confidential.h"

enum {
    RSA_PLAIN_SIZE = 128, /* bytes of a modulus, above them OAEP [GPCS B.3] */
    OF_PROVIDER = 0x8000,
    FOR_SIGNATURES = 0x82, /* a usage: to verify them [GPCS 11.1.9] */
};

static_assert((int)REGISTRY_SLOTS <= (int)OF_PROVIDER,
              "a slot leaves this bit free");

/* ---- who it is ---- */

static bool offers(const struct domain *d, uint16_t slot)
{
    struct domain_service s;

    for (uint16_t at = domain_next_slot(d, 0); at != DOMAIN_NONE;
         at = domain_next_slot(d, (uint16_t)(at + 1))) {
        if (domain_service(d, at, &s) && s.application == slot &&
            s.name >> 8 == CASD_FAMILY)
            return true;
    }
    return false;
}

bool domain_find_casd(const struct domain *d, struct registry_entry *e)
{
    for (uint16_t s = 0; domain_each_entry(d, &s, e); s++) {
        if (e->kind == ENTRY_DOMAIN &&
            (domain_privileges(d, e) & PRIVILEGE_GLOBAL_SERVICE) != 0 &&
            (e->slot == DOMAIN_ISD || e->state == STATE_PERSONALIZED) &&
            offers(d, e->slot))
            return true;
    }
    return false;
}

bool domain_is_casd(const struct domain *d, const struct registry_entry *e)
{
    struct registry_entry casd;

    return domain_find_casd(d, &casd) && casd.slot == e->slot;
}

/* ---- its keys ---- */

/* The next key for this at or above *slot. */
static bool each_key(const struct domain *d, const struct registry_entry *casd,
                     uint16_t *slot, struct domain_key *k)
{
    for (; domain_each_key(d, casd->slot, slot, k); (*slot)++) {
        if (k->version == CASD_KEY_VERSION)
            return true;
    }
    return false;
}

/* Told to be for agreement, if it was told what it is for. */
static bool agrees(const struct domain_key *k)
{
    struct domain_component c;

    return domain_find_component(k, KEY_TYPE_EC_PRIVATE, &c) &&
           domain_key_serves(k, 0, true) && (k->usage == 0 || k->agreement);
}

static bool deciphers(const struct domain_key *k)
{
    return domain_key_serves(k, KEY_FOR_DEK, true);
}

static bool certifies(const struct domain_key *k, struct domain_component *own)
{
    return domain_find_component(k, KEY_TYPE_EC_PUBLIC, own) &&
           domain_key_serves(k, FOR_SIGNATURES, true);
}

static bool is_on(const struct domain_key *k, struct span reference)
{
    struct domain_component c;

    return reference.n == 0 ||
           (domain_find_component(k, KEY_TYPE_EC_REFERENCE, &c) &&
            span_equal(c.value, reference));
}

enum err domain_casd_agreement(const struct domain *d,
                               const struct registry_entry *casd, size_t point,
                               struct span reference,
                               struct secret_domain_scheme *out)
{
    struct domain_key k;

    for (uint16_t s = 0; each_key(d, casd, &s, &k); s++) {
        if (!agrees(&k) || !is_on(&k, reference))
            continue;
        enum err e = domain_open_scheme(d, &k, out);
        if (e != ERR_OK ||
            point == 1 + 2 * crypto_ec_field_size(&out->key.curve))
            return e;
        wipe(out, sizeof *out);
    }
    return ERR_NOT_FOUND;
}

static enum err unpad(const struct domain *d, uint8_t *block, size_t k,
                      struct span *plain)
{
    static const struct crypto_rsa_mask mask = {
        CRYPTO_SHA256, CRYPTO_SHA256, {NULL, 0}};

    return k > RSA_PLAIN_SIZE
               ? crypto_rsa_unpad_oaep(d->port->crypto, &mask, block, k, plain)
               : crypto_rsa_unpad_2(block, k, plain);
}

static enum err decipher(const struct domain *d,
                         const struct crypto_scheme_key *key, struct span in,
                         uint8_t out[CRYPTO_RSA_MAX], size_t *n)
{
    const struct crypto_port *port = d->port->crypto;
    uint8_t block[CRYPTO_RSA_MAX];
    struct span plain = {NULL, 0};

    enum err e =
        port->rsa->decrypt(port->ctx, &key->private_key, in.p, block, in.n);
    if (e == ERR_OK)
        e = unpad(d, block, in.n, &plain);
    if (e == ERR_OK) {
        *n = plain.n;
        memcpy(out, plain.p, plain.n);
    }
    wipe(block, sizeof block);
    return e;
}

enum err domain_casd_decipher(const struct domain *d,
                              const struct registry_entry *casd, struct span in,
                              uint8_t out[CRYPTO_RSA_MAX], size_t *n)
{
    struct secret_domain_scheme scheme;
    struct domain_key k;
    enum err e = ERR_NOT_FOUND;

    if (d->port->crypto->rsa == NULL)
        return ERR_UNSUPPORTED;
    for (uint16_t s = 0; e == ERR_NOT_FOUND && each_key(d, casd, &s, &k); s++) {
        if (!deciphers(&k))
            continue;
        if (domain_open_scheme(d, &k, &scheme) == ERR_OK &&
            scheme.key.kind == CRYPTO_SCHEME_RSA && scheme.key.n.n == in.n &&
            in.n <= CRYPTO_RSA_MAX &&
            scheme.key.private_key.d.n + scheme.key.private_key.p.n > 0)
            e = decipher(d, &scheme.key, in, out, n);
        wipe(&scheme, sizeof scheme);
    }
    return e;
}

/* ---- providers ---- */

static enum err prove(const struct domain *d, const struct domain_key *k,
                      struct span signer, struct span bytes,
                      struct scp11_certificate *c)
{
    const struct crypto_port *crypto = d->port->crypto;
    struct crypto_ec_values values;

    enum err e = domain_key_curve(d, k, &values);
    if (e == ERR_OK)
        e = scp11_certificate(crypto, &values.curve, bytes, c);
    if (e == ERR_OK && !c->certifies)
        e = ERR_TYPE;
    if (e == ERR_OK)
        e = scp11_certificate_check(crypto, &values.curve, signer, c);
    return e == ERR_OK ? crypto->ec->check(crypto->ctx, &values.curve, c->point)
                       : e;
}

/*
 * A provider takes the place of SCP11's host: `domain` is whose keys it is for,
 * the challenge stands behind the point.  OF_PROVIDER, in a number that is no
 * slot then, keeps SCP11 from taking it for one of its own.
 */
static sw_t keep(struct domain *d, const struct domain_key *authority,
                 uint16_t domain, struct span point,
                 const uint8_t challenge[CASD_CHALLENGE])
{
    struct domain_peer *p = &d->peer;
    const size_t n = crypto_ec_compressed_size(point);

    if (n + CASD_CHALLENGE > sizeof p->point)
        return domain_refuse(d, SW_WRONG_DATA, "certificate: a longer curve");
    *p = (struct domain_peer){.channel = d->channel,
                              .domain = domain,
                              .authority = OF_PROVIDER | authority->slot,
                              .n = (uint8_t)n};
    crypto_ec_compress(point, p->point);
    memcpy(p->point + n, challenge, CASD_CHALLENGE);
    return SW_OK;
}

sw_t domain_casd_challenge(struct domain *d, const struct registry_entry *casd,
                           uint16_t domain, struct span certificate,
                           uint8_t challenge[CASD_CHALLENGE])
{
    const struct crypto_port *crypto = d->port->crypto;
    struct scp11_certificate c;
    struct domain_component own;
    struct domain_key k;
    enum err e = ERR_NOT_FOUND;

    wipe(&d->peer, sizeof d->peer);
    for (uint16_t s = 0; e != ERR_OK && each_key(d, casd, &s, &k); s++) {
        if (certifies(&k, &own))
            e = prove(d, &k, own.value, certificate, &c);
        if (e == ERR_OK)
            break;
    }
    if (e == ERR_NOT_FOUND)
        return domain_refuse(d, SW_DATA_NOT_FOUND,
                             "certificate: nobody who certifies is known");
    if (e == ERR_AUTH)
        return domain_refuse(d, SW_SECURITY_STATUS,
                             "certificate: wrong signature");
    if (e != ERR_OK)
        return domain_refuse(d, SW_WRONG_DATA,
                             "certificate: its form, curve or usage is wrong");
    e = crypto->random(crypto->ctx, challenge, CASD_CHALLENGE);
    return e == ERR_OK ? keep(d, &k, domain, c.point, challenge)
                       : sw_from_err(e);
}

/* What was signed, the challenge last, as data groups. */
static enum err digest(const struct domain *d, enum crypto_digest kind,
                       struct span signed_part, const uint8_t *challenge,
                       uint8_t out[CRYPTO_DIGEST_MAX])
{
    uint8_t bytes[4 + CASD_CHALLENGE];
    struct buf last = buf_of(bytes, sizeof bytes);
    const struct crypto_port *crypto = d->port->crypto;

    enum err e = scp_confidential_group_put(&last, CONFIDENTIAL_DGI_CHALLENGE,
                                            span_of(challenge, CASD_CHALLENGE));
    if (e != ERR_OK)
        return e;
    const struct span parts[] = {signed_part, buf_span(&last)};
    return crypto->digest(crypto->ctx, kind, parts, 2, out);
}

static enum err check(const struct domain *d, const struct domain_peer *p,
                      const struct domain_key *authority,
                      struct span signed_part, struct span signature)
{
    const struct crypto_port *crypto = d->port->crypto;
    const size_t half = signature.n / 2;
    struct crypto_scheme_key key = {.kind = CRYPTO_SCHEME_EC};
    struct crypto_ec_values values;
    uint8_t hash[CRYPTO_DIGEST_MAX];
    bool right = false;

    enum err e = domain_key_curve(d, authority, &values);
    if (e != ERR_OK)
        return e;
    key.curve = values.curve;
    const enum crypto_digest kind = crypto_scheme_digest(&key);
    if (signature.n != 2 * crypto_ec_order_size(&values.curve))
        return ERR_RANGE;
    e = digest(d, kind, signed_part, p->point + p->n, hash);
    if (e == ERR_OK)
        e = crypto->ec->verify(
            crypto->ctx, &values.curve, span_of(p->point, p->n),
            span_of(hash, crypto_digest_size(kind)), span_of(signature.p, half),
            span_of(signature.p + half, half), &right);
    return e == ERR_OK && !right ? ERR_AUTH : e;
}

sw_t domain_casd_proof(struct domain *d, const struct registry_entry *casd,
                       uint16_t domain, struct span signed_part,
                       struct span signature)
{
    const struct domain_peer peer = d->peer;
    struct domain_key k;

    if (peer.n == 0 || (peer.authority & OF_PROVIDER) == 0 ||
        peer.channel != d->channel || peer.domain != domain ||
        !domain_key(d, (uint16_t)(peer.authority ^ OF_PROVIDER), &k) ||
        k.domain != casd->slot)
        return domain_refuse(d, SW_CONDITIONS,
                             "confidential: no certificate came before");
    wipe(&d->peer, sizeof d->peer);
    enum err e = check(d, &peer, &k, signed_part, signature);
    if (e == ERR_OK)
        return SW_OK;
    return e == ERR_IO
               ? sw_from_err(e)
               : domain_refuse(d, SW_SECURITY_STATUS,
                               "confidential: the provider's signature is "
                               "wrong");
}
