#include <gp/confidential.h>

#include <string.h>

#include "base/ct.h"
#include "base/tlv.h"
#include "crypto/rsa_pad.h"
#include "crypto/scheme.h"
#include "offcard/gp/opening.h"
#include "securechannel/certificate.h"

enum {
    ANSWER_MAX = 1024,
    TAG_CERTIFICATE = 0x7F21,
    TAG_ISSUER = 0x42,
    TAG_CARD = 0x45,
    SET = 3,             /* keys of a secure channel */
    RSA_PLAIN_SIZE = 128 /* bytes of a modulus, above them OAEP [GPCS B.3] */
};

const struct gp_aid gp_casd_usual = {
    12,
    {0xA0, 0x00, 0x00, 0x01, 0x51, 0x53, 0x50, 0x43, 0x41, 0x53, 0x44, 0x00}};

static int say(int result, const char *what, struct gp_why *why)
{
    if (result != GP_OK)
        gp_why_set(why, "%s: %s", what, gp_strerr(result));
    return result;
}

/* ---- what the card shows ---- */

static int get_data(struct gp_session *s, uint16_t tag, struct buf *answer,
                    struct span *value, struct gp_why *why)
{
    const uint8_t get[] = {0x80, 0xCA, (uint8_t)(tag >> 8), (uint8_t)tag, 0};

    int result = gp_opening_exchange(s, "GET DATA", span_of(get, sizeof get),
                                     answer, why);
    if (result != GP_OK)
        return result;
    return tlv_find(gp_response_data(answer), tag, value) == ERR_OK
               ? GP_OK
               : say(GP_ERR_PROTOCOL, "GET DATA", why);
}

static int prove(struct gp_session *s, struct span certificate,
                 struct span root, struct gp_casd *out, struct gp_why *why)
{
    struct scp11_certificate c = {.agrees = false};
    struct crypto_ec_values values;

    enum err e = crypto_ec_named(s->crypto, out->curve, &values);
    if (e == ERR_OK)
        e = s->crypto->ec->check(s->crypto->ctx, &values.curve, root);
    if (e != ERR_OK)
        return say(e == ERR_RANGE ? GP_ERR_KEYS : gp_from_err(e),
                   "the key of who certifies", why);
    e = scp11_certificate(s->crypto, &values.curve, certificate, &c);
    if (e == ERR_OK)
        e = scp11_certificate_check(s->crypto, &values.curve, root, &c);
    if (e == ERR_OK && c.agrees && c.point.n <= sizeof out->point) {
        memcpy(out->point, c.point.p, c.point.n);
        out->point_length = c.point.n;
        return GP_OK;
    }
    gp_why_set(why, "the card's certificate does not lead to the key that is "
                    "trusted, or is not for key agreement");
    return GP_ERR_CARD_AUTH;
}

static int read_certificate(struct gp_session *s, const struct gp_aid *aid,
                            struct span root, struct gp_casd *out,
                            struct gp_why *why)
{
    uint8_t bytes[ANSWER_MAX];
    struct buf answer = buf_of(bytes, sizeof bytes);
    struct span value;

    int result = gp_opening_select(s, aid, &answer, why);
    answer.n = 0;
    if (result == GP_OK)
        result = get_data(s, TAG_CERTIFICATE, &answer, &value, why);
    return result == GP_OK ? prove(s, gp_response_data(&answer), root, out, why)
                           : result;
}

/* A number that the card may not have. */
static int read_number(struct gp_session *s, uint16_t tag,
                       uint8_t out[GP_CARD_NUMBER_MAX], size_t *n,
                       struct gp_why *why)
{
    uint8_t bytes[ANSWER_MAX];
    struct buf answer = buf_of(bytes, sizeof bytes);
    struct span value;

    *n = 0;
    int result = get_data(s, tag, &answer, &value, why);
    if (result == SW_DATA_NOT_FOUND)
        return GP_OK;
    if (result == GP_OK && value.n > GP_CARD_NUMBER_MAX)
        return say(GP_ERR_LIMIT, "GET DATA", why);
    if (result != GP_OK)
        return result;
    memcpy(out, value.p, value.n);
    *n = value.n;
    return GP_OK;
}

int gp_casd_read(struct gp_transport *transport,
                 const struct crypto_port *crypto, const struct gp_aid *aid,
                 enum crypto_ec_name curve, struct span root,
                 struct gp_casd *out, struct gp_why *why)
{
    const struct gp_aid issuer = {0};
    uint8_t bytes[ANSWER_MAX];
    struct buf answer = buf_of(bytes, sizeof bytes);
    struct gp_session s = {.transport = transport, .crypto = crypto};

    *out = (struct gp_casd){.curve = curve};
    if (crypto->ec == NULL)
        return say(GP_ERR_UNSUPPORTED, "elliptic curves", why);
    int result = read_certificate(&s, aid, root, out, why);
    if (result == GP_OK)
        result = gp_opening_select(&s, &issuer, &answer, why);
    if (result == GP_OK)
        result =
            read_number(&s, TAG_ISSUER, out->issuer, &out->issuer_length, why);
    return result == GP_OK
               ? read_number(&s, TAG_CARD, out->card, &out->card_length, why)
               : result;
}

/* ---- the provider's part ---- */

static struct confidential_offer offer_of(const struct gp_confidential *how,
                                          enum confidential_scenario scenario)
{
    struct confidential_offer o = {
        .scenario = (uint8_t)scenario,
        .version = how->kvn,
        .id = how->kid,
        .count = SET,
        .keys = {{.usage = CONFIDENTIAL_USAGE_SET,
                  .type = how->type,
                  .length = how->key_length}},
        .host = how->host,
    };

    if (how->deletes)
        o.parameters |= CONFIDENTIAL_DELETE;
    if (how->random)
        o.parameters |= CONFIDENTIAL_RANDOM;
    if (how->host.n > 0)
        o.parameters |= CONFIDENTIAL_IDENTITY;
    if (how->certificate.n > 0)
        o.parameters |= CONFIDENTIAL_PROVEN;
    return o;
}

/* Over the groups so far, and the challenge. */
static enum err sign(const struct crypto_port *crypto,
                     const struct crypto_ec_curve *curve, struct span scalar,
                     struct span challenge, struct buf *groups)
{
    const struct crypto_scheme_key key = {
        .kind = CRYPTO_SCHEME_EC, .secret = scalar, .curve = *curve};
    uint8_t last_bytes[64], signature_bytes[CRYPTO_SCHEME_MAX];
    struct buf last = buf_of(last_bytes, sizeof last_bytes);
    struct buf signature = buf_of(signature_bytes, sizeof signature_bytes);

    enum err e = scp_confidential_group_put(&last, CONFIDENTIAL_DGI_CHALLENGE,
                                            challenge);
    if (e != ERR_OK)
        return e;
    const struct span parts[] = {buf_span(groups), buf_span(&last)};
    e = crypto_scheme_sign(crypto, &key, parts, 2, &signature);
    return e == ERR_OK
               ? scp_confidential_group_put(groups, CONFIDENTIAL_DGI_SIGNATURE,
                                            buf_span(&signature))
               : e;
}

/* The template's copy in the groups is what the receipt will be over. */
static enum err put_groups(const struct crypto_port *crypto,
                           const struct gp_confidential *how,
                           struct span challenge, struct span point,
                           struct secret_gp_confidential *out)
{
    const bool proven = how->certificate.n > 0;
    uint8_t bytes[CONFIDENTIAL_OFFER_MAX + CONFIDENTIAL_IDENTITY_MAX];
    struct buf template = buf_of(bytes, sizeof bytes);
    struct buf groups = buf_of(out->bytes, sizeof out->bytes);

    enum err e = scp_confidential_offer_put(&out->offer, &template);
    if (e == ERR_OK)
        e = scp_confidential_group_put(&groups,
                                       proven ? CONFIDENTIAL_DGI_PROVEN
                                              : CONFIDENTIAL_DGI_TEMPLATE,
                                       buf_span(&template));
    out->offer.all = span_of(out->bytes + groups.n - template.n, template.n);
    out->offer.host = span_of(NULL, 0);
    if (e == ERR_OK)
        e = scp_confidential_group_put(&groups, CONFIDENTIAL_DGI_POINT, point);
    if (e == ERR_OK && proven)
        e = sign(crypto, &out->curve.curve, how->scalar, challenge, &groups);
    out->n = groups.n;
    return e;
}

int gp_confidential_offer(const struct crypto_port *crypto,
                          const struct gp_casd *casd,
                          const struct gp_confidential *how,
                          struct span challenge,
                          struct secret_gp_confidential *out,
                          struct gp_why *why)
{
    uint8_t point[CRYPTO_EC_POINT_MAX];

    *out = (struct secret_gp_confidential){
        .offer = offer_of(how, CONFIDENTIAL_AGREE)};
    enum err e = crypto->ec == NULL
                     ? ERR_UNSUPPORTED
                     : crypto_ec_named(crypto, casd->curve, &out->curve);
    if (e == ERR_OK)
        e = crypto->ec->generate(crypto->ctx, &out->curve.curve, out->scalar,
                                 point);
    if (e == ERR_OK)
        e = put_groups(
            crypto, how, challenge,
            span_of(point, 1 + 2 * crypto_ec_field_size(&out->curve.curve)),
            out);
    return say(e == ERR_RANGE ? GP_ERR_ARGUMENT : gp_from_err(e),
               "the template of the keys", why);
}

/* The three numbers, which stand in the template that was sent. */
static enum err put_identities(const struct gp_casd *casd,
                               const struct confidential_offer *offer,
                               struct buf *out)
{
    struct confidential_offer sent;

    if ((offer->parameters & CONFIDENTIAL_IDENTITY) == 0)
        return ERR_OK;
    enum err e = scp_confidential_offer_take(offer->all, &sent);
    return e == ERR_OK
               ? scp_confidential_identities_put(
                     sent.host, span_of(casd->issuer, casd->issuer_length),
                     span_of(casd->card, casd->card_length), out)
               : e;
}

static void take_keys(const uint8_t *bytes, size_t n,
                      struct secret_scp_keys *keys)
{
    keys->length = (uint8_t)n;
    memcpy(keys->enc, bytes, n);
    memcpy(keys->mac, bytes + n, n);
    memcpy(keys->dek, bytes + 2 * n, n);
}

static enum err derive(const struct crypto_port *crypto,
                       const struct gp_casd *casd,
                       const struct secret_gp_confidential *offer,
                       struct span random, struct span theirs,
                       struct secret_scp_keys *keys)
{
    const struct crypto_ec_curve *curve = &offer->curve.curve;
    uint8_t bytes[CONFIDENTIAL_IDENTITY_MAX];
    uint8_t receipt[CONFIDENTIAL_RECEIPT_MAX];
    struct buf identities = buf_of(bytes, sizeof bytes);
    struct secret_confidential secret;
    size_t n = 0;

    enum err e = put_identities(casd, &offer->offer, &identities);
    if (e == ERR_OK)
        e = scp_confidential_agree(
            crypto, &offer->offer, curve,
            span_of(offer->scalar, crypto_ec_order_size(curve)),
            span_of(casd->point, casd->point_length), random,
            buf_span(&identities), &secret);
    if (e == ERR_OK)
        e = scp_confidential_receipt(crypto, &offer->offer, &secret, random,
                                     receipt, &n);
    if (e == ERR_OK && (theirs.n != n || !ct_equal(receipt, theirs.p, n)))
        e = ERR_AUTH;
    if (e == ERR_OK)
        take_keys(secret.keys, offer->offer.keys[0].length, keys);
    wipe(&secret, sizeof secret);
    return e;
}

int gp_confidential_finish(const struct crypto_port *crypto,
                           const struct gp_casd *casd,
                           const struct secret_gp_confidential *offer,
                           struct span answer, struct secret_scp_keys *keys,
                           struct gp_why *why)
{
    const bool random = (offer->offer.parameters & CONFIDENTIAL_RANDOM) != 0;
    struct span drawn, receipt;

    if (scp_confidential_answer_take(answer, &drawn, &receipt) != ERR_OK ||
        (drawn.n > 0) != random)
        return say(GP_ERR_PROTOCOL, "the card's answer", why);
    enum err e = derive(crypto, casd, offer, drawn, receipt, keys);
    if (e == ERR_AUTH) {
        gp_why_set(why, "the card's receipt is wrong: its Controlling "
                        "Authority domain has another key");
        return GP_ERR_CARD_AUTH;
    }
    return say(e == ERR_RANGE ? GP_ERR_KEYS : gp_from_err(e),
               "the card's answer", why);
}

/* ---- over a session ---- */

static int begin(struct gp_session *s, const struct gp_confidential *how,
                 struct gp_why *why)
{
    uint8_t bytes[GP_APDU_SHORT_MAX];
    struct buf command = buf_of(bytes, sizeof bytes);

    if (how->domain.n == 0)
        return GP_OK;
    int result =
        gp_cmd_install_for_personalization(&command, gp_aid_span(&how->domain));
    if (result == GP_OK)
        result = gp_session_command(s, buf_span(&command), NULL);
    return say(result, "INSTALL [for personalization]", why);
}

/* Groups in as many blocks as it takes, from *number on. */
static int send(struct gp_session *s, struct span groups, bool last,
                uint8_t *number, struct buf *answer, struct gp_why *why)
{
    const size_t most = gp_session_data_max(s);
    uint8_t bytes[GP_APDU_SHORT_MAX];
    int result = GP_OK;

    do {
        const size_t n = groups.n < most ? groups.n : most;
        const bool ends = n == groups.n;
        struct buf command = buf_of(bytes, sizeof bytes);
        answer->n = 0;
        result =
            gp_cmd_store_data(&command, GP_STORE_DGI | GP_STORE_RESPONSE,
                              (*number)++, ends && last, span_of(groups.p, n));
        if (result == GP_OK)
            result = gp_session_command(s, buf_span(&command), answer);
        groups = span_of(groups.p + n, groups.n - n);
    } while (result == GP_OK && groups.n > 0);
    return say(result, "STORE DATA", why);
}

/* Shows the certificate; *challenge lies in `answer`. */
static int show(struct gp_session *s, struct span certificate, uint8_t *number,
                struct buf *answer, struct span *challenge, struct gp_why *why)
{
    uint8_t bytes[GP_CONFIDENTIAL_MAX];
    struct buf groups = buf_of(bytes, sizeof bytes);

    *challenge = span_of(NULL, 0);
    if (certificate.n == 0)
        return GP_OK;
    enum err e = scp_confidential_group_put(
        &groups, CONFIDENTIAL_DGI_CERTIFICATE, certificate);
    if (e != ERR_OK)
        return say(gp_from_err(e), "the provider's certificate", why);
    int result = send(s, buf_span(&groups), false, number, answer, why);
    if (result == GP_OK &&
        tlv_find(gp_response_data(answer), CONFIDENTIAL_TAG_RANDOM,
                 challenge) != ERR_OK)
        result = say(GP_ERR_PROTOCOL, "the card's challenge", why);
    return result;
}

int gp_confidential_agree(struct gp_session *s, const struct gp_casd *casd,
                          const struct gp_confidential *how,
                          struct secret_scp_keys *keys, struct gp_why *why)
{
    struct secret_gp_confidential offer;
    uint8_t bytes[ANSWER_MAX];
    struct buf answer = buf_of(bytes, sizeof bytes);
    struct span challenge;
    uint8_t number = 0;

    int result = begin(s, how, why);
    if (result == GP_OK)
        result = show(s, how->certificate, &number, &answer, &challenge, why);
    if (result != GP_OK)
        return result;
    result =
        gp_confidential_offer(s->crypto, casd, how, challenge, &offer, why);
    if (result == GP_OK)
        result =
            send(s, span_of(offer.bytes, offer.n), true, &number, &answer, why);
    if (result == GP_OK)
        result = gp_confidential_finish(s->crypto, casd, &offer,
                                        gp_response_data(&answer), keys, why);
    wipe(&offer, sizeof offer);
    return result;
}

/* ---- scenario 2B ---- */

static enum err encipher(const struct crypto_port *crypto, struct span n,
                         struct span e, struct span plain, uint8_t *block)
{
    static const struct crypto_rsa_mask mask = {
        CRYPTO_SHA256, CRYPTO_SHA256, {NULL, 0}};

    if (crypto->rsa == NULL)
        return ERR_UNSUPPORTED;
    enum err err = n.n > RSA_PLAIN_SIZE
                       ? crypto_rsa_pad_oaep(crypto, &mask, plain, block, n.n)
                       : crypto_rsa_pad_2(crypto, plain, block, n.n);
    return err == ERR_OK ? crypto->rsa->encrypt(crypto->ctx, n, e, block, block)
                         : err;
}

static enum err put_push(const struct crypto_port *crypto, struct span n,
                         struct span e, struct confidential_offer *offer,
                         const struct secret_scp_keys *keys, struct buf *groups)
{
    uint8_t bytes[CONFIDENTIAL_OFFER_MAX], block[CRYPTO_RSA_MAX];
    uint8_t plain[SET * SCP_KEY_MAX];
    struct buf template = buf_of(bytes, sizeof bytes);
    const size_t length = keys->length;

    memcpy(plain, keys->enc, length);
    memcpy(plain + length, keys->mac, length);
    memcpy(plain + 2 * length, keys->dek, length);
    enum err err = scp_confidential_offer_put(offer, &template);
    if (err == ERR_OK)
        err = encipher(crypto, n, e, span_of(plain, SET * length), block);
    wipe(plain, sizeof plain);
    if (err == ERR_OK)
        err = scp_confidential_group_put(groups, CONFIDENTIAL_DGI_TEMPLATE,
                                         buf_span(&template));
    return err == ERR_OK
               ? scp_confidential_group_put(groups, CONFIDENTIAL_DGI_KEYS,
                                            span_of(block, n.n))
               : err;
}

int gp_confidential_push(struct gp_session *s, struct span n, struct span e,
                         const struct gp_confidential *how,
                         const struct secret_scp_keys *keys, struct gp_why *why)
{
    struct confidential_offer offer = offer_of(how, CONFIDENTIAL_PUSH_2B);
    uint8_t bytes[GP_CONFIDENTIAL_MAX], answer_bytes[ANSWER_MAX];
    struct buf groups = buf_of(bytes, sizeof bytes);
    struct buf answer = buf_of(answer_bytes, sizeof answer_bytes);
    const struct span modulus = crypto_number(n);
    uint8_t number = 0;

    if (offer.parameters != 0 || keys->length != how->key_length ||
        modulus.n > CRYPTO_RSA_MAX)
        return say(GP_ERR_ARGUMENT, "the template of the keys", why);
    enum err err = put_push(s->crypto, modulus, e, &offer, keys, &groups);
    if (err != ERR_OK)
        return say(err == ERR_RANGE ? GP_ERR_TOO_LONG : gp_from_err(err),
                   "the keys", why);
    int result = begin(s, how, why);
    return result == GP_OK
               ? send(s, buf_span(&groups), true, &number, &answer, why)
               : result;
}
