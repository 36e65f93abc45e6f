#include <string.h>

#include <gp/content.h>

#include "domains/keys.h"
#include "root.h"
#include "securechannel/scp11.h"
#include "tests/commands/world.h"

enum { VERSION = 0x41, AUTHORITY = 0x10, COMMAND_MAX = 5 + SCP11_OFFER_MAX };

static struct secret_gp_ec_key key_of(const struct world *w, unsigned key)
{
    struct secret_gp_ec_key k;

    world_demand(gp_ec_key_set(&w->host.crypto, CRYPTO_EC_SECP256R1,
                               span_of(world_key(key), 32), span_of(NULL, 0),
                               &k) == 0,
                 "no key on the curve");
    return k;
}

/* ---- what the issuer's domain has ---- */

static void put(struct world *w, uint8_t id, const struct secret_gp_ec_key *key)
{
    const struct gp_put_key how = {.kvn = VERSION, .kid = id};
    uint8_t bytes[GP_APDU_SHORT_MAX];
    struct buf command = buf_of(bytes, sizeof bytes);

    world_demand(gp_cmd_put_ec_key(&command, &w->sessions[0], &w->host.crypto,
                                   &how, key, id != AUTHORITY) == 0,
                 "no PUT KEY");
    const struct world_command c = {.apdu = buf_span(&command)};
    world_demand(world_send(w, &c) == SW_OK, "a key is not put");
}

void world_issue_scp11(struct world *w)
{
    const struct secret_gp_ec_key card = key_of(w, KEY_CARD_EC);
    const struct secret_gp_ec_key host = key_of(w, KEY_HOST_EC);
    const struct secret_gp_ec_key authority = key_of(w, KEY_AUTHORITY_EC);
    static const uint8_t name = 0x01;
    const struct span n = span_of(&name, 1);
    const struct gp_certificate what = {
        .serial = n, .issuer = n, .subject = n, .expires = {0x20, 0x99, 1, 1}};
    struct buf out = buf_of(w->certificate, sizeof w->certificate);

    put(w, SCP11_A, &card);
    put(w, SCP11_B, &card);
    put(w, SCP11_C, &card);
    put(w, AUTHORITY, &authority);
    memcpy(w->card_point, card.point, sizeof w->card_point);
    world_demand(gp_certificate_make(&out, &w->host.crypto, &authority, &host,
                                     &what) == 0,
                 "no certificate");
    w->certificate_length = out.n;
}

/* ---- a host ---- */

static sw_t send(struct world *w, uint8_t channel, uint8_t *bytes, size_t n)
{
    const struct world_command c = {
        .channel = channel, .protection = BARE, .apdu = span_of(bytes, n)};

    return world_send(w, &c);
}

static void bring_certificate(struct world *w, uint8_t channel, bool forged)
{
    uint8_t c[5 + 255] = {0x80, 0x2A, VERSION, AUTHORITY};

    world_demand(w->certificate_length <= 255, "the certificate is too long");
    c[4] = (uint8_t)w->certificate_length;
    memcpy(c + 5, w->certificate, w->certificate_length);
    c[5 + w->certificate_length - 1] ^= forged ? 0x01 : 0x00;
    (void)send(w, channel, c, 5 + w->certificate_length);
}

void world_open_scp11(struct world *w, uint8_t channel, uint8_t variant,
                      uint8_t usage, enum world_mistake mistake)
{
    const struct crypto_port *crypto = &w->host.crypto;
    const bool internal = variant == SCP11_B;
    uint8_t c[COMMAND_MAX + 1] = {0x80, internal ? 0x88 : 0x82, VERSION,
                                  variant};
    uint8_t own[CRYPTO_EC_ORDER_MAX], point[CRYPTO_EC_POINT_MAX];
    struct buf data = buf_of(c + 5, SCP11_OFFER_MAX);
    struct crypto_ec_values values;

    if (!internal && mistake != NO_CERTIFICATE)
        bring_certificate(w, channel, mistake == FORGED_CERTIFICATE);
    world_demand(
        crypto_ec_named(crypto, CRYPTO_EC_SECP256R1, &values) == ERR_OK &&
            crypto->ec->generate(crypto->ctx, &values.curve, own, point) ==
                ERR_OK,
        "no ephemeral key");
    struct scp11_offer offer = {.variant = variant,
                                .usage = usage,
                                .key_length = 16,
                                .point = span_of(point, 65)};
    world_demand(scp11_offer_put(&offer, &data) == ERR_OK, "no offer");
    c[4] = (uint8_t)data.n;
    scp_close(&w->sessions[channel]);
    if (send(w, channel, c, 5 + data.n + 1) != SW_OK)
        return;
    const unsigned key = mistake == WRONG_KEY ? KEY_AUTHORITY_EC : KEY_HOST_EC;
    struct scp11_share share = {
        .curve = &values.curve,
        .own_ephemeral = span_of(own, 32),
        .own_static = internal ? span_of(own, 32) : span_of(world_key(key), 32),
        .other_static = span_of(w->card_point, sizeof w->card_point)};
    /* Whatever the receipt is: the card will see what a wrong one leads to. */
    bool right;
    if (host_finish_scp11(&w->host, &offer, &share, &right) == ERR_OK)
        w->sessions[channel] = w->host.session;
}
