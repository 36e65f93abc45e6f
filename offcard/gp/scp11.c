#include <gp/scp11.h>

#include <string.h>

#include "base/ct.h"
#include "base/tlv.h"
#include "offcard/gp/opening.h"
#include "securechannel/certificate.h"

enum {
    ANSWER_MAX = 4096, /* certificates of a card */
    PIECE_MAX = 255,
    CHAINED = 0x10, /* of CLA [ISO 7816-4 5.3.3] */
    MORE = 0x80,
    INS_VERIFY_CERTIFICATE = 0x2A,
    INS_EXTERNAL_AUTHENTICATE = 0x82,
    INS_INTERNAL_AUTHENTICATE = 0x88,
    KID_AUTHORITY = 0x10,
    TAG_CERTIFICATES = 0xBF21,
};

/* What is made and found on the way. */
struct opening {
    struct gp_session *s;
    const struct gp_scp11_options *options;
    struct crypto_ec_values curve;
    uint8_t scalar[CRYPTO_EC_ORDER_MAX]; /* ephemeral */
    uint8_t point[CRYPTO_EC_POINT_MAX];
    uint8_t card_point[CRYPTO_EC_POINT_MAX];
    size_t card_point_length;
    bool s16;
};

/* ---- refusals ---- */

/* What a status word means of one command. */
struct meaning {
    uint16_t sw;
    const char *words;
};

/* An exchange whose refusals are told in the words of a table. */
static int exchange(struct opening *o, const char *what, struct span command,
                    struct buf *answer, const struct meaning *meanings,
                    struct gp_why *why)
{
    int result = gp_opening_exchange(o->s, what, command, answer, why);

    for (; result > 0 && meanings->sw != 0; meanings++) {
        if (meanings->sw == result)
            gp_why_set(why, "%s was refused: %04X, %s", what, (unsigned)result,
                       meanings->words);
    }
    return result;
}

static const struct meaning of_certificates[] = {
    {SW_SECURITY_STATUS,
     "the key that is to have signed the certificate has not, or the card's "
     "list of serial numbers lacks this one"},
    {SW_WRONG_DATA,
     "the certificate is on another curve than that key, or its usage is "
     "another than its place in the chain"},
    {SW_DATA_NOT_FOUND, "the card has no such key of an authority"},
    {SW_CONDITIONS, "the domain does not offer SCP11 a or c"},
    {0, NULL},
};

static const struct meaning of_agreement[] = {
    {SW_DATA_NOT_FOUND, "the card has no key for it of this version"},
    {SW_WRONG_DATA, "the card's key is on another curve"},
    {SW_CONDITIONS, "the domain does not offer this variant of SCP11"},
    {SW_AUTH_BLOCKED, "too many authentications have failed: this domain's "
                      "keys open nothing any more"},
    {0, NULL},
};

static const struct meaning of_asking[] = {
    {SW_DATA_NOT_FOUND, "the card has no certificates of this key"},
    {0, NULL},
};

static char letter(uint8_t variant)
{
    if (variant == SCP11_A)
        return 'a';
    return variant == SCP11_B ? 'b' : 'c';
}

/* What the FCI says of the protocol, if it does. */
static int read_options(struct opening *o, struct span fci, struct gp_why *why)
{
    const uint8_t variant = o->options->variant;
    const uint8_t i = gp_opening_i(fci, SCP_11);
    const uint8_t bit = variant == SCP11_A   ? SCP11_I_A
                        : variant == SCP11_B ? SCP11_I_B
                                             : SCP11_I_C;

    o->s->init =
        (struct scp_init){.protocol = SCP_11, .i = i, .kvn = o->options->kvn};
    o->s16 = o->options->s16 || (i & SCP11_I_S16) != 0;
    if (i == 0 || (i & bit) != 0)
        return GP_OK;
    gp_why_set(why, "the domain does not offer SCP11%c: its i is %02X",
               letter(variant), i);
    return GP_ERR_UNSUPPORTED;
}

/* ---- the card's certificates ---- */

/* Each is proved by the one before; the last has the card's key. */
static enum err prove_all(struct opening *o, struct span list)
{
    struct span signer = o->options->root_point;
    struct scp11_certificate c = {.agrees = false};
    enum err e = ERR_OK;

    while (e == ERR_OK && list.n > 0) {
        struct span rest = list;
        struct tlv item;
        e = tlv_take(&rest, &item);
        if (e != ERR_OK)
            break;
        e = scp11_certificate(o->s->crypto, &o->curve.curve,
                              span_of(list.p, list.n - rest.n), &c);
        if (e == ERR_OK)
            e = scp11_certificate_check(o->s->crypto, &o->curve.curve, signer,
                                        &c);
        if (e == ERR_OK && rest.n > 0 && !c.certifies)
            e = ERR_AUTH;
        signer = c.point;
        list = rest;
    }
    if (e == ERR_OK && (!c.agrees || c.point.n > sizeof o->card_point))
        e = ERR_AUTH;
    if (e == ERR_OK) {
        memcpy(o->card_point, c.point.p, c.point.n);
        o->card_point_length = c.point.n;
    }
    return e;
}

static int ask_certificates(struct opening *o, struct gp_why *why)
{
    const uint8_t get[] = {0x80,
                           0xCA,
                           0xBF,
                           0x21,
                           0x06,
                           0xA6,
                           0x04,
                           0x83,
                           0x02,
                           o->options->variant,
                           o->options->kvn,
                           0x00};
    uint8_t bytes[ANSWER_MAX];
    struct buf answer = buf_of(bytes, sizeof bytes);
    struct span list;

    if (o->options->kvn == 0) {
        gp_why_set(why, "the version of the card's key must be known to ask "
                        "for its certificates");
        return GP_ERR_KEYS;
    }
    int result = exchange(o, "GET DATA of the card's certificates",
                          span_of(get, sizeof get), &answer, of_asking, why);
    if (result != GP_OK)
        return result;
    enum err e = tlv_find(gp_response_data(&answer), TAG_CERTIFICATES, &list);
    if (e == ERR_OK)
        e = prove_all(o, list);
    if (e == ERR_OK)
        return GP_OK;
    gp_why_set(why, "the certificates of the card's key do not lead to the key "
                    "that is trusted");
    return GP_ERR_CARD_AUTH;
}

static int find_card_point(struct opening *o, struct gp_why *why)
{
    const struct gp_scp11_options *options = o->options;
    const struct span known = options->card_point;

    if (known.n == 0 && options->root_point.n > 0)
        return ask_certificates(o, why);
    if (known.n == 0 || known.n > sizeof o->card_point) {
        gp_why_set(why, "SCP11 needs the card's public key, or that of who "
                        "certifies it");
        return GP_ERR_KEYS;
    }
    memcpy(o->card_point, known.p, known.n);
    o->card_point_length = known.n;
    return GP_OK;
}

/* ---- the host's certificates ---- */

/* One certificate in as many commands as it takes. */
static int bring(struct opening *o, struct span certificate, bool more,
                 struct gp_why *why)
{
    const struct gp_scp11_options *options = o->options;
    const uint8_t kid =
        options->authority_kid != 0 ? options->authority_kid : KID_AUTHORITY;
    uint8_t bytes[300], answer_bytes[300];

    for (;;) {
        struct buf command = buf_of(bytes, sizeof bytes);
        struct buf answer = buf_of(answer_bytes, sizeof answer_bytes);
        size_t n = certificate.n < PIECE_MAX ? certificate.n : PIECE_MAX;
        bool last = n == certificate.n;
        const uint8_t head[] = {(uint8_t)(0x80 | (last ? 0 : CHAINED)),
                                INS_VERIFY_CERTIFICATE, options->authority_kvn,
                                (uint8_t)(kid | (more ? MORE : 0)), (uint8_t)n};
        enum err e = buf_put(&command, head, sizeof head);
        if (e == ERR_OK)
            e = buf_put(&command, certificate.p, n);
        if (e != ERR_OK)
            return gp_from_err(e);
        int result =
            exchange(o, "PERFORM SECURITY OPERATION", buf_span(&command),
                     &answer, of_certificates, why);
        if (result != GP_OK || last)
            return result;
        certificate = span_of(certificate.p + n, certificate.n - n);
    }
}

static int bring_all(struct opening *o, struct gp_why *why)
{
    const struct gp_scp11_options *options = o->options;
    int result = GP_OK;

    if (options->variant == SCP11_B)
        return GP_OK;
    if (options->scalar.n == 0 || options->certificate_count == 0) {
        gp_why_set(why, "this variant of SCP11 needs a key of the host's and "
                        "its certificate");
        return GP_ERR_KEYS;
    }
    for (size_t i = 0; result == GP_OK && i < options->certificate_count; i++)
        result = bring(o, options->certificates[i],
                       i + 1 < options->certificate_count, why);
    return result;
}

/* ---- key agreement ---- */

static enum err check_receipt(struct opening *o,
                              const struct scp11_offer *offer,
                              struct span answer)
{
    const struct crypto_port *crypto = o->s->crypto;
    const struct span own =
        span_of(o->scalar, crypto_ec_order_size(&o->curve.curve));
    struct scp11_share share = {
        .curve = &o->curve.curve,
        .own_ephemeral = own,
        .own_static = offer->variant == SCP11_B ? own : o->options->scalar,
        .other_static = span_of(o->card_point, o->card_point_length),
    };
    uint8_t receipt[SCP11_RECEIPT];
    struct secret_scp11 secret;
    struct span theirs;

    enum err e = scp11_answer_take(answer, &share.other_ephemeral, &theirs);
    if (e == ERR_OK)
        e = scp11_agree(crypto, offer, &share, &secret);
    if (e == ERR_OK)
        e = scp11_receipt(crypto, offer, &secret, share.other_ephemeral,
                          receipt);
    if (e == ERR_OK && !ct_equal(receipt, theirs.p, sizeof receipt))
        e = ERR_AUTH;
    if (e == ERR_OK)
        e = scp11_open(&o->s->scp, SCP_HOST, offer, o->s16, &secret, receipt);
    wipe(&secret, sizeof secret);
    return e;
}

static int finish(struct opening *o, const struct scp11_offer *offer,
                  struct span answer, struct gp_why *why)
{
    enum err e = check_receipt(o, offer, answer);
    if (e == ERR_OK)
        return GP_OK;
    if (e == ERR_AUTH) {
        gp_why_set(why, "the card's receipt is wrong: its key is not the one "
                        "that is trusted, or the host's is not that of its "
                        "certificate. The host stopped before the card "
                        "counts a failed try; nothing was repeated");
        return GP_ERR_CARD_AUTH;
    }
    gp_why_set(why, "SCP11: the answer or a key does not fit");
    return e == ERR_RANGE ? GP_ERR_KEYS : gp_from_err(e);
}

static int agree(struct opening *o, struct gp_why *why)
{
    const struct gp_scp11_options *options = o->options;
    const bool internal = options->variant == SCP11_B;
    uint8_t bytes[5 + SCP11_OFFER_MAX + 1] = {
        0x80, internal ? INS_INTERNAL_AUTHENTICATE : INS_EXTERNAL_AUTHENTICATE,
        options->kvn, options->variant};
    uint8_t answer_bytes[SCP11_ANSWER_MAX + 2];
    struct buf data = buf_of(bytes + 5, SCP11_OFFER_MAX);
    struct buf answer = buf_of(answer_bytes, sizeof answer_bytes);
    struct scp11_offer offer = {
        .variant = options->variant,
        .usage = options->usage,
        .key_length = options->key_length,
        .point =
            span_of(o->point, 1 + 2 * crypto_ec_field_size(&o->curve.curve))};

    enum err e = scp11_offer_put(&offer, &data);
    if (e != ERR_OK)
        return e == ERR_RANGE ? GP_ERR_ARGUMENT : gp_from_err(e);
    bytes[4] = (uint8_t)data.n;
    int result = exchange(
        o, internal ? "INTERNAL AUTHENTICATE" : "EXTERNAL AUTHENTICATE",
        span_of(bytes, 5 + data.n + 1), &answer, of_agreement, why);
    return result == GP_OK ? finish(o, &offer, gp_response_data(&answer), why)
                           : result;
}

static int make_pair(struct opening *o)
{
    const struct crypto_port *crypto = o->s->crypto;

    if (crypto->ec == NULL)
        return GP_ERR_UNSUPPORTED;
    enum err e = crypto_ec_named(crypto, o->options->curve, &o->curve);
    if (e == ERR_OK)
        e = crypto->ec->generate(crypto->ctx, &o->curve.curve, o->scalar,
                                 o->point);
    return gp_from_err(e);
}

int gp_scp11_open(struct gp_session *s, struct gp_transport *transport,
                  const struct crypto_port *crypto,
                  const struct gp_scp11_options *options, struct gp_why *why)
{
    struct opening o = {.s = s, .options = options};
    uint8_t bytes[300];
    struct buf fci = buf_of(bytes, sizeof bytes);

    *s = (struct gp_session){.transport = transport, .crypto = crypto};
    int result = make_pair(&o);
    if (result == GP_OK)
        result = gp_opening_select(s, &options->domain, &fci, why);
    if (result == GP_OK)
        result = read_options(&o, gp_response_data(&fci), why);
    if (result == GP_OK)
        result = find_card_point(&o, why);
    if (result == GP_OK)
        result = bring_all(&o, why);
    if (result == GP_OK)
        result = agree(&o, why);
    wipe(&o, sizeof o);
    if (result != GP_OK)
        scp_close(&s->scp);
    return result;
}
