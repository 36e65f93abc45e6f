#include "fake_card.h"

#include <string.h>

#include "base/hex.h"

static const uint8_t aid[] = {0xA0, 0, 0, 1, 0x51, 0, 0, 0};

static struct fake_card *of(struct gp_transport *t)
{
    return (struct fake_card *)(void *)t;
}

static int status(struct buf *response, sw_t sw)
{
    return gp_from_err(buf_put_u2(response, sw));
}

static int initialize_update(struct fake_card *card, struct span command,
                             struct buf *response)
{
    struct scp_init *init = &card->init;
    init->challenge_length = command.p[4];
    memcpy(init->host_challenge, command.p + 5, command.p[4]);
    init->sequence[2]++;
    init->sequence[1]++;
    scp_close(&card->scp);
    if (scp_card_challenge(card->crypto, &card->keys, span_of(aid, sizeof aid),
                           init) != ERR_OK ||
        scp_begin(&card->scp, card->crypto, SCP_CARD, &card->keys, init) !=
            ERR_OK ||
        scp_init_put(init, response) != ERR_OK)
        return GP_ERR_CRYPTO;
    return status(response, SW_OK);
}

static int authenticate(struct fake_card *card, struct span command,
                        struct buf *response)
{
    card->authentications++;
    enum err e = scp_authenticate_check(&card->scp, card->crypto, command);
    return status(response, e == ERR_OK ? SW_OK : SW_AUTH_FAILED);
}

static void keep(struct fake_card *card, struct span command)
{
    if (card->count == FAKE_COMMANDS || command.n > FAKE_BYTES)
        return;
    memcpy(card->commands[card->count], command.p, command.n);
    card->lengths[card->count++] = command.n;
}

static int answer(struct fake_card *card, struct buf *response)
{
    if (card->answered == card->answer_count)
        return status(response, SW_OK);
    const char *hex = card->answers[card->answered++];
    return gp_from_err(hex_decode(hex, strlen(hex), response, NULL));
}

static enum err r_mac(struct fake_card *card, struct span plain,
                      struct buf *response)
{
    if (plain.p[1] == 0x7A)
        return scp_r_mac_begin(&card->scp, card->crypto, plain, NULL);
    if (plain.p[1] != 0x78)
        return ERR_OK;
    response->n = 0;
    enum err e = scp_r_mac_end(&card->scp, plain, NULL, response);
    return e == ERR_OK ? buf_put_u2(response, SW_OK) : e;
}

static bool is_implicit(const struct fake_card *card)
{
    return scp_i_implicit(card->init.protocol, card->init.i);
}

static int secured(struct fake_card *card, struct span command,
                   struct buf *response)
{
    uint8_t plain[FAKE_BYTES + 16];
    struct buf out = buf_of(plain, sizeof plain);
    enum err e = scp_unwrap_command(&card->scp, card->crypto, command, &out);
    if (e != ERR_OK)
        return status(response, SW_SECURITY_STATUS);

    keep(card, buf_span(&out));
    if (answer(card, response) != GP_OK ||
        r_mac(card, buf_span(&out), response) != ERR_OK)
        return GP_ERR_IO;
    sw_t sw = gp_response_sw(response);
    response->n -= 2;
    if (scp_wrap_response(&card->scp, card->crypto, response, sw) != ERR_OK)
        return GP_ERR_CRYPTO;
    if (card->damage > 0 && --card->damage == 0)
        response->p[response->n - 1] ^= 1;
    return status(response, sw);
}

/* An FCI that announces SCP02 and its i. */
static int select_implicit(const struct fake_card *card, struct buf *response)
{
    static const char head[] = "6F1B8408A000000151000000A50F730D640B0609"
                               "2A864886FC6B0402";
    const uint8_t tail[] = {card->init.i, 0x90, 0x00};

    int result = gp_from_err(hex_decode(head, sizeof head - 1, response, NULL));
    return result == GP_OK ? gp_from_err(buf_put(response, tail, sizeof tail))
                           : result;
}

static int transmit(struct gp_transport *t, struct span command,
                    struct buf *response)
{
    struct fake_card *card = of(t);
    if (command.p[1] == 0xA4 && is_implicit(card)) {
        scp_close(&card->scp);
        return select_implicit(card, response);
    }
    if (command.p[1] == 0xA4) {
        scp_close(&card->scp);
        return gp_from_err(
            hex_decode("6F0A8408A0000001510000009000", 28, response, NULL));
    }
    if (command.p[1] == 0x50)
        return initialize_update(card, command, response);
    if (command.p[1] == 0x82)
        return authenticate(card, command, response);
    if (is_implicit(card) && card->scp.state == SCP_CLOSED &&
        (command.p[0] & 0x04) != 0 &&
        scp_open_implicit(&card->scp, card->crypto, SCP_CARD, &card->keys,
                          &card->init, span_of(aid, sizeof aid)) != ERR_OK)
        return GP_ERR_CRYPTO;
    if (card->scp.state != SCP_CLOSED)
        return secured(card, command, response);
    keep(card, command);
    return answer(card, response);
}

static int reset(struct gp_transport *t)
{
    scp_close(&of(t)->scp);
    return GP_OK;
}

static int atr(struct gp_transport *t, struct buf *out)
{
    (void)t;
    return gp_from_err(buf_put_u1(out, 0x3B));
}

static void close_card(struct gp_transport *t)
{
    scp_close(&of(t)->scp);
}

static const struct gp_transport_ops ops = {transmit, reset, atr, close_card};

void fake_card_init(struct fake_card *card, const struct crypto_port *crypto,
                    uint8_t protocol, uint8_t i, uint8_t key_length)
{
    memset(card, 0, sizeof *card);
    card->base.ops = &ops;
    card->crypto = crypto;
    card->keys.length = key_length;
    for (uint8_t n = 0; n < key_length; n++) {
        card->keys.enc[n] = (uint8_t)(0x40 + n);
        card->keys.mac[n] = (uint8_t)(0x40 + n);
        card->keys.dek[n] = (uint8_t)(0x40 + n);
    }
    card->init = (struct scp_init){.protocol = protocol, .i = i, .kvn = 0x30};
}

void fake_card_answer(struct fake_card *card, const char *hex)
{
    if (card->answer_count < FAKE_ANSWERS)
        card->answers[card->answer_count++] = hex;
}

struct span fake_card_command(const struct fake_card *card, size_t n)
{
    return span_of(card->commands[n], card->lengths[n]);
}
