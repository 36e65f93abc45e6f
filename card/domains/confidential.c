#include "domains/confidential.h"

#include "base/ct.h"
#include "base/tlv.h"
#include "crypto/kcv.h"
#include "domains/casd.h"
#include "domains/commands.h"
#include "domains/counters.h"
#include "domains/curves.h"
#include "domains/new_key.h"
#include "domains/objects.h"
#include "domains/references.h"
#include "domains/text.h"
#include "securechannel/confidential.h"

enum {
    TAG_ISSUER_NUMBER = 0x42,
    TAG_CARD_NUMBER = 0x45,
    TAG_POINT = 0xB0,
    TAG_CURVE = 0xF0,
    UNCOMPRESSED = 0x04,
};

/* Groups on their way in; `rest` is behind the last one that was taken. */
struct setting {
    struct domain *d;
    uint16_t domain;
    struct registry_entry casd;
    struct confidential_offer offer;
    struct span rest;
    bool incomplete; /* a group is still to come */
    struct buf *response;
};

bool domain_is_confidential(uint16_t dgi)
{
    return dgi == CONFIDENTIAL_DGI_TEMPLATE ||
           dgi == CONFIDENTIAL_DGI_CERTIFICATE ||
           dgi == CONFIDENTIAL_DGI_PROVEN;
}

/* ---- the keys ---- */

/*
 * What the offer asks to go: keys of the versions that open sessions or are of
 * other channels; those of tokens, signatures and the like stay.
 */
static sw_t delete_keys(struct domain *d, uint16_t domain)
{
    struct domain_key k;
    enum err e = ERR_OK;

    for (uint16_t s = 0; e == ERR_OK && domain_each_key(d, domain, &s, &k);
         s++) {
        if (k.version >= KEY_VERSION_SPECIAL)
            continue;
        e = domain_keep_counter(d, &k);
        if (e == ERR_OK)
            e = domain_remove_record(d, s);
    }
    return sw_from_err(e == ERR_OK ? domain_sweep_references(d, domain) : e);
}

/* The counter that a set begins with; false: more than its protocol has. */
static bool take_counter(struct span value, uint8_t type, uint32_t *counter)
{
    const uint32_t most =
        type == KEY_TYPE_DES ? KEY_COUNTER_MAX_SCP02 : KEY_COUNTER_MAX_SCP03;

    *counter = 0;
    for (size_t i = 0; i < value.n; i++) {
        if (*counter > most >> 8)
            return false;
        *counter = *counter << 8 | value.p[i];
    }
    return true;
}

/* What each of a secure channel's three is for. */
static uint8_t usage_of(const struct confidential_offer *o, unsigned i)
{
    static const uint8_t set[CONFIDENTIAL_KEYS_MAX] = {0x38, 0x34, 0xC8};

    if (o->apart)
        return o->keys[i].usage;
    return o->count == CONFIDENTIAL_KEYS_MAX ? set[i] : o->keys[0].usage;
}

static sw_t describe(const struct setting *g, unsigned i, struct new_key *n)
{
    const struct confidential_offer *o = &g->offer;
    const struct confidential_key *k = &o->keys[o->apart ? i : 0];
    const uint8_t usage = usage_of(o, i);
    const uint8_t access = k->access_given ? k->access : KEY_ACCESS_ALL;
    struct domain_key old;

    if (domain_find_key(g->d, g->domain, n->k.version, n->k.id, &old))
        n->replaces = n->k.version;
    n->whole_set = o->id == KEY_ID_ENC && o->count == CONFIDENTIAL_KEYS_MAX;
    n->k.extended = true;
    if (i == 0 && !take_counter(o->counter, k->type, &n->k.counter))
        return domain_refuse(g->d, SW_WRONG_DATA,
                             "confidential: the counter is out of range");
    sw_t sw = domain_set_usage(g->d, n, span_of(&usage, 1));
    return sw == SW_OK ? domain_set_access(g->d, n, span_of(&access, 1)) : sw;
}

/* Where a check value is defined the key gets one. */
static sw_t store_key(const struct setting *g, unsigned i, struct span value)
{
    const struct confidential_offer *o = &g->offer;
    const uint8_t type = o->keys[o->apart ? i : 0].type;
    uint8_t kcv[CRYPTO_KCV_SIZE];
    struct span check = {NULL, 0};
    struct new_key n;
    enum err e = ERR_OK;

    domain_start_new_key(&n, g->domain, o->version, (uint8_t)(o->id + i));
    sw_t sw = describe(g, i, &n);
    if (sw == SW_OK)
        sw = domain_add_clear_secret(g->d, &n, type, value);
    if (sw == SW_OK && (type == KEY_TYPE_AES || type == KEY_TYPE_DES)) {
        e = crypto_kcv(g->d->port->crypto,
                       type == KEY_TYPE_AES ? CRYPTO_AES : CRYPTO_DES3, value,
                       kcv);
        check = span_of(kcv, sizeof kcv);
        sw = sw_from_err(e);
    }
    if (sw == SW_OK)
        sw = domain_store_new_key(g->d, &n, check);
    domain_wipe_new_key(&n);
    return sw;
}

/* No domain loses its last keys that open a channel, or a curve. */
static sw_t check_rest(const struct setting *g, bool had_set)
{
    struct domain_key_set set;

    if (had_set && !domain_find_key_set(g->d, g->domain, 0, &set))
        return domain_refuse(
            g->d, SW_CONDITIONS,
            "confidential: the domain's last secure channel keys stay");
    return domain_curves_are_found(g->d)
               ? SW_OK
               : domain_refuse(g->d, SW_CONDITIONS,
                               "confidential: a curve that keys are on stays");
}

static sw_t store_keys(const struct setting *g, const uint8_t *bytes)
{
    const struct confidential_offer *o = &g->offer;
    struct domain_key_set set;
    const bool had_set = domain_find_key_set(g->d, g->domain, 0, &set);
    sw_t sw = SW_OK;

    if ((o->parameters & CONFIDENTIAL_DELETE) != 0)
        sw = delete_keys(g->d, g->domain);
    for (unsigned i = 0; sw == SW_OK && i < o->count; i++) {
        const size_t n = o->keys[o->apart ? i : 0].length;
        sw = store_key(g, i, span_of(bytes, n));
        bytes += n;
    }
    if (sw == SW_OK)
        sw = check_rest(g, had_set);
    return sw == SW_OK ? domain_personalize_by_keys(g->d, g->domain) : sw;
}

/* ---- the template ---- */

static struct span number(const struct setting *g, uint16_t domain,
                          uint16_t tag)
{
    struct span value = {NULL, 0};

    (void)domain_object(g->d, domain, tag, &value);
    return value;
}

/* An image number is the domain's own or the card's. */
static bool is_meant(const struct setting *g, struct span image)
{
    return image.n == 0 ||
           span_equal(image, number(g, g->domain, TAG_CARD_NUMBER)) ||
           span_equal(image, number(g, DOMAIN_ISD, TAG_CARD_NUMBER));
}

static sw_t take_offer(struct setting *g, struct span value)
{
    if (scp_confidential_offer_take(value, &g->offer) != ERR_OK)
        return domain_refuse(
            g->d, SW_WRONG_DATA,
            "confidential: no scenario or keys that are known");
    if (!is_meant(g, g->offer.image))
        return domain_refuse(g->d, SW_WRONG_DATA,
                             "confidential: it is for another domain");
    if (!domain_find_casd(g->d, &g->casd))
        return domain_refuse(g->d, SW_DATA_NOT_FOUND,
                             "confidential: no Controlling Authority domain");
    return SW_OK;
}

/* ---- scenario 2B ---- */

static sw_t take_enciphered(struct setting *g)
{
    uint8_t plain[CRYPTO_RSA_MAX];
    struct span value;
    size_t n = 0;

    sw_t sw = domain_take_next_group(g->d, &g->rest, &g->incomplete,
                                     CONFIDENTIAL_DGI_KEYS, &value);
    if (sw != SW_OK || g->incomplete)
        return sw;
    enum err e = domain_casd_decipher(g->d, &g->casd, value, plain, &n);
    if (e == ERR_NOT_FOUND || e == ERR_UNSUPPORTED)
        sw = domain_refuse(g->d, SW_DATA_NOT_FOUND,
                           "confidential: no RSA key of that size");
    else if (e == ERR_IO)
        sw = sw_from_err(e);
    else if (e != ERR_OK || n != scp_confidential_keys_size(&g->offer))
        sw = domain_refuse(g->d, SW_WRONG_DATA,
                           "confidential: the keys do not decipher");
    else
        sw = store_keys(g, plain);
    wipe(plain, sizeof plain);
    return sw;
}

/* ---- scenario 3 ---- */

/* Identifiers of the host and of the card, if they are to go in. */
static sw_t put_identities(const struct setting *g, struct buf *out)
{
    const struct span issuer = number(g, DOMAIN_ISD, TAG_ISSUER_NUMBER);
    const struct span card = number(g, DOMAIN_ISD, TAG_CARD_NUMBER);

    if ((g->offer.parameters & CONFIDENTIAL_IDENTITY) == 0)
        return SW_OK;
    if (g->offer.host.n == 0)
        return domain_refuse(g->d, SW_WRONG_DATA,
                             "confidential: the host does not tell who it is");
    if (issuer.n == 0 || card.n == 0)
        return domain_refuse(g->d, SW_DATA_NOT_FOUND,
                             "confidential: the card has no numbers");
    return scp_confidential_identities_put(g->offer.host, issuer, card, out) ==
                   ERR_OK
               ? SW_OK
               : domain_refuse(g->d, SW_WRONG_DATA,
                               "confidential: identifiers are too long");
}

/* A point as it is, or as the components of a key. */
static sw_t take_point(const struct setting *g, struct span value,
                       struct span *point, struct span *curve)
{
    *point = value;
    *curve = span_of(NULL, 0);
    if (value.n > 0 && value.p[0] == UNCOMPRESSED)
        return SW_OK;
    if (tlv_find(value, TAG_POINT, point) != ERR_OK || point->n == 0 ||
        point->p[0] != UNCOMPRESSED)
        return domain_refuse(g->d, SW_WRONG_DATA,
                             "confidential: no public key");
    if (tlv_find(value, TAG_CURVE, curve) != ERR_OK)
        *curve = span_of(NULL, 0);
    return SW_OK;
}

/* Keys of what both have agreed on, and the answer that proves it. */
static enum err agree(const struct setting *g,
                      const struct secret_domain_scheme *own, struct span point,
                      struct span identities,
                      struct secret_confidential *secret)
{
    const struct crypto_port *crypto = g->d->port->crypto;
    const struct crypto_ec_curve *curve = &own->key.curve;
    uint8_t bytes[CONFIDENTIAL_RANDOM_MAX], receipt[CONFIDENTIAL_RECEIPT_MAX];
    struct span random = {NULL, 0};
    size_t n = 0;
    enum err e = ERR_OK;

    if ((g->offer.parameters & CONFIDENTIAL_RANDOM) != 0) {
        random = span_of(bytes, scp_confidential_random_size(curve));
        e = crypto->random(crypto->ctx, bytes, random.n);
    }
    if (e == ERR_OK)
        e = scp_confidential_agree(crypto, &g->offer, curve, own->key.secret,
                                   point, random, identities, secret);
    if (e == ERR_OK)
        e = scp_confidential_receipt(crypto, &g->offer, secret, random, receipt,
                                     &n);
    return e == ERR_OK ? scp_confidential_answer_put(
                             random, span_of(receipt, n), g->response)
                       : e;
}

/* With the key of the authority's that is on the point's curve. */
static sw_t agree_with(const struct setting *g, struct span value,
                       struct secret_confidential *secret)
{
    uint8_t bytes[CONFIDENTIAL_IDENTITY_MAX];
    struct buf identities = buf_of(bytes, sizeof bytes);
    struct secret_domain_scheme own;
    struct span point, curve;

    sw_t sw = take_point(g, value, &point, &curve);
    if (sw == SW_OK)
        sw = put_identities(g, &identities);
    if (sw != SW_OK)
        return sw;
    enum err e = domain_casd_agreement(g->d, &g->casd, point.n, curve, &own);
    if (e == ERR_NOT_FOUND)
        return domain_refuse(g->d, SW_DATA_NOT_FOUND,
                             "confidential: no key on that curve");
    if (e == ERR_OK)
        e = agree(g, &own, point, buf_span(&identities), secret);
    wipe(&own, sizeof own);
    return e == ERR_RANGE
               ? domain_refuse(g->d, SW_WRONG_DATA,
                               "confidential: not a point of the curve")
               : sw_from_err(e);
}

static sw_t set_up(const struct setting *g, struct span value)
{
    struct secret_confidential secret;

    sw_t sw = agree_with(g, value, &secret);
    if (sw == SW_OK)
        sw = store_keys(g, secret.keys);
    wipe(&secret, sizeof secret);
    return sw;
}

static sw_t take_agreement(struct setting *g, struct span before)
{
    const bool proven = (g->offer.parameters & CONFIDENTIAL_PROVEN) != 0;
    struct span value, signature;

    sw_t sw = domain_take_next_group(g->d, &g->rest, &g->incomplete,
                                     CONFIDENTIAL_DGI_POINT, &value);
    const size_t n = before.n - g->rest.n;
    if (sw == SW_OK && proven)
        sw = domain_take_next_group(g->d, &g->rest, &g->incomplete,
                                    CONFIDENTIAL_DGI_SIGNATURE, &signature);
    if (sw != SW_OK || g->incomplete)
        return sw;
    if (g->response == NULL)
        return domain_refuse(g->d, SW_WRONG_P1P2,
                             "confidential: there is an answer");
    if (proven)
        sw = domain_casd_proof(g->d, &g->casd, g->domain, span_of(before.p, n),
                               signature);
    return sw == SW_OK ? set_up(g, value) : sw;
}

/* ---- groups ---- */

static sw_t take_certificate(struct setting *g, struct span value)
{
    uint8_t challenge[CASD_CHALLENGE];

    if (g->response == NULL)
        return domain_refuse(g->d, SW_WRONG_P1P2,
                             "confidential: there is an answer");
    if (!domain_find_casd(g->d, &g->casd))
        return domain_refuse(g->d, SW_DATA_NOT_FOUND,
                             "confidential: no Controlling Authority domain");
    sw_t sw =
        domain_casd_challenge(g->d, &g->casd, g->domain, value, challenge);
    return sw == SW_OK
               ? sw_from_err(tlv_put(g->response, CONFIDENTIAL_TAG_RANDOM,
                                     span_of(challenge, sizeof challenge)))
               : sw;
}

static sw_t take_keys(struct setting *g, uint16_t dgi, struct span value,
                      struct span before)
{
    sw_t sw = take_offer(g, value);
    const bool proven = (g->offer.parameters & CONFIDENTIAL_PROVEN) != 0;

    if (sw != SW_OK)
        return sw;
    if (proven != (dgi == CONFIDENTIAL_DGI_PROVEN))
        return domain_refuse(g->d, SW_WRONG_DATA,
                             "confidential: a certificate and its group go "
                             "together");
    return g->offer.scenario == CONFIDENTIAL_PUSH_2B
               ? take_enciphered(g)
               : take_agreement(g, before);
}

sw_t domain_store_confidential(struct domain *d, uint16_t domain,
                               struct span *s, struct buf *response)
{
    struct setting g = {
        .d = d, .domain = domain, .rest = *s, .response = response};
    struct span value;
    uint16_t dgi;

    if (domain_take_group(&g.rest, &dgi, &value) != ERR_OK)
        return SW_OK;
    sw_t sw = dgi == CONFIDENTIAL_DGI_CERTIFICATE
                  ? take_certificate(&g, value)
                  : take_keys(&g, dgi, value, *s);
    if (sw == SW_OK && !g.incomplete)
        *s = g.rest;
    return sw;
}
