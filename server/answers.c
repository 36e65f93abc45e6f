#include "server/contact.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ct.h"
#include "base/hex.h"
#include "base/tlv.h"

enum { SW_SM_MISSING = 0x6987, LOSSES_MAX = 20, RETRIES_MAX = 3 };

/* What one answer means for the script it belongs to. */
enum outcome {
    GO_ON,
    BROKEN, /* the step failed, or the script cannot go on: told already */
    LOST,   /* channel, card or order of answers are in doubt */
};

struct answering {
    const struct srv_engine *e;
    struct srv_contact *c;
    int result; /* of the store */
    uint8_t *memory;
};

static void note(struct answering *a, int result)
{
    if (a->result == GP_OK)
        a->result = result;
}

/* ---- opening a channel ---- */

static enum outcome open_failed(struct answering *a, sw_t sw, const char *text)
{
    a->c->open_failed = true;
    a->c->open_sw = sw;
    gp_why_set(&a->c->open_why, "%s", text);
    return GO_ON;
}

static enum outcome take_select(struct answering *a, sw_t sw)
{
    /* Whatever was selected before, its channel ended here. */
    srv_channel_drop(a->c);
    a->c->selected = sw == SW_OK;
    if (sw == SW_OK)
        return GO_ON;
    return open_failed(a, sw, "SELECT of the security domain");
}

static enum outcome take_cin(struct answering *a, struct span data, sw_t sw)
{
    struct span cin = data;

    if (sw != SW_OK)
        return GO_ON; /* not every card has one */
    if (tlv_take_tag(&data, 0x45, &cin) == ERR_OK && cin.n > 0 && cin.n <= 16)
        hex_encode(cin, a->c->cin);
    return GO_ON;
}

static int find_card(struct answering *a, const struct scp_init *init)
{
    struct srv_contact *c = a->c;
    int result = GP_ERR_NOT_FOUND;

    if (c->cin[0] != '\0')
        result = srv_store_card_find(a->e->store, c->cin, &c->card);
    if (result == GP_ERR_NOT_FOUND)
        result = srv_store_card_by_kdd(
            a->e->store, span_of(init->kdd, sizeof init->kdd), &c->card);
    return result;
}

/* Why the card that was found is not served; empty if it is. */
static void judge(struct srv_contact *c, const struct scp_init *init)
{
    char kdd[2 * SRV_KDD_SIZE + 1];

    hex_encode(span_of(init->kdd, sizeof init->kdd), kdd);
    if (c->card.id[0] == '\0')
        snprintf(c->refused, sizeof c->refused,
                 "this card is not registered (card image number %s, "
                 "diversification data %s)",
                 c->cin[0] == '\0' ? "none" : c->cin, kdd);
    else if (c->card.blocked[0] != '\0')
        snprintf(c->refused, sizeof c->refused, "card %s is blocked: %.160s",
                 c->card.id, c->card.blocked);
    else if (c->card.has_kdd &&
             memcmp(c->card.kdd, init->kdd, sizeof init->kdd) != 0)
        snprintf(c->refused, sizeof c->refused,
                 "card %s was registered with other diversification data "
                 "than %s",
                 c->card.id, kdd);
}

/* Which card is this, and is it served? */
static void identify(struct answering *a, const struct scp_init *init)
{
    struct srv_contact *c = a->c;

    c->card = (struct srv_card){.has_kdd = false};
    int result = find_card(a, init);
    if (result != GP_OK && result != GP_ERR_NOT_FOUND) {
        note(a, result);
        return;
    }
    memcpy(c->kdd, init->kdd, sizeof c->kdd);
    judge(c, init);
    c->identified = result == GP_OK;
    note(a, srv_store_audit(a->e->store, "terminal", "card",
                            c->identified ? c->card.id : c->cin, "%s",
                            c->refused[0] == '\0' ? "seen" : c->refused));
}

static enum outcome match(struct answering *a, struct span data)
{
    struct srv_contact *c = a->c;
    struct gp_why why = {{0}};

    int result = srv_channel_match(a->e, c, data, &why);
    if (result == GP_ERR_NOT_FOUND)
        return GO_ON; /* it will be asked for by its version */
    if (result == GP_OK) {
        note(a, srv_store_card_seen(a->e->store, c->card.id,
                                    span_of(c->kdd, sizeof c->kdd)));
        return GO_ON;
    }
    if (result == GP_ERR_FILE)
        note(a, result);
    return open_failed(a, 0,
                       why.text[0] != '\0' ? why.text : gp_strerr(result));
}

static enum outcome take_init_update(struct answering *a, struct span data,
                                     sw_t sw)
{
    struct srv_contact *c = a->c;
    struct scp_init init;
    struct span challenge =
        span_of(c->opening.host_challenge, sizeof c->opening.host_challenge);

    if (!c->selected)
        return GO_ON; /* another domain answered */
    if (sw != SW_OK)
        return open_failed(a, sw, "INITIALIZE UPDATE");
    if (scp_init_parse(data, challenge, &init) != ERR_OK)
        return open_failed(a, 0,
                           "INITIALIZE UPDATE: the answer breaks its format");
    if (!c->identified)
        identify(a, &init);
    else if (memcmp(c->kdd, init.kdd, sizeof init.kdd) != 0)
        return LOST; /* another card stands there now */
    if (c->refused[0] != '\0' || a->result != GP_OK)
        return BROKEN;
    return match(a, data);
}

/*
 * The card's cryptogram was right and ours is refused: whoever stands between
 * is not to have a second try.
 */
static enum outcome take_authenticate(struct answering *a, sw_t sw)
{
    struct srv_contact *c = a->c;

    if (sw == SW_OK)
        return GO_ON;
    if (sw != SW_AUTH_FAILED)
        return LOST; /* the card forgot INITIALIZE UPDATE: a reset */
    snprintf(c->refused, sizeof c->refused,
             "the card refused the authentication (%04X)", sw);
    note(a, srv_store_card_block(a->e->store, c->card.id, c->refused));
    note(a, srv_store_audit(a->e->store, "card", "authentication", c->card.id,
                            "%s", c->refused));
    return BROKEN;
}

/* ---- through the channel ---- */

static enum outcome step_failed(struct answering *a,
                                const struct srv_sent *sent, sw_t sw,
                                const char *message)
{
    char text[SRV_TEXT_SIZE];

    snprintf(text, sizeof text, "%s: %s", sent->what, message);
    note(a, srv_plan_mark(a->e, a->c, sent->step, SRV_STEP_FAILED, sw));
    note(a, srv_contact_end(a->e, a->c, SRV_FAILED, sw, text));
    return BROKEN;
}

/* These say that the card knows nothing of our channel any more. */
static bool channel_is_gone(sw_t sw)
{
    return sw == SW_SECURITY_STATUS || sw == SW_SM_MISSING ||
           sw == SW_SM_OBJECTS_WRONG || sw == SW_SM_UNSUPPORTED;
}

static bool keys_confirmed(const struct answering *a, struct span data)
{
    const struct srv_contact *c = a->c;
    const struct srv_key_ref ref = {&c->params.keys, c->kdd,
                                    gp_aid_span(&c->params.domain)};

    return a->e->keys->ops->put_check(a->e->keys->ctx, &ref, data) == GP_OK;
}

static enum outcome take_work(struct answering *a, const struct srv_sent *sent,
                              struct span data, sw_t sw)
{
    struct srv_contact *c = a->c;

    if (channel_is_gone(sw) && c->deployment.attempts < RETRIES_MAX)
        return LOST;
    if (sw != SW_OK)
        return step_failed(a, sent, sw, sw_text(sw));
    if (sent->op == OP_PUT_KEY && !keys_confirmed(a, data))
        return step_failed(a, sent, 0, "the card confirms other check values");
    if (sent->step_ends)
        note(a, srv_plan_mark(a->e, c, sent->step, SRV_STEP_DONE, SW_OK));
    return GO_ON;
}

static enum outcome take_status(struct answering *a,
                                const struct srv_sent *sent, struct span data,
                                sw_t sw)
{
    if (channel_is_gone(sw))
        return LOST;
    int result = srv_inventory_take(a->c, sent, data, sw);
    if (result == GP_OK)
        return GO_ON;
    snprintf(a->c->refused, sizeof a->c->refused,
             "GET STATUS cannot be used: %s", gp_strerr(result));
    return BROKEN;
}

static enum outcome take(struct answering *a, const struct srv_sent *sent,
                         struct span data, sw_t sw)
{
    switch (sent->op) {
    case OP_SELECT:
        return take_select(a, sw);
    case OP_CIN:
        return take_cin(a, data, sw);
    case OP_INIT_UPDATE:
        return take_init_update(a, data, sw);
    case OP_AUTHENTICATE:
        return take_authenticate(a, sw);
    case OP_STATUS:
        return take_status(a, sent, data, sw);
    default:
        return take_work(a, sent, data, sw);
    }
}

/* ---- all of them ---- */

/* Under the channel, if its command was; LOST when the MAC is wrong. */
static enum outcome open_answer(struct answering *a,
                                const struct srv_sent *sent,
                                struct span response, struct buf *out)
{
    struct srv_contact *c = a->c;

    if (!sent->wrapped)
        return buf_put_span(out, response) == ERR_OK ? GO_ON : LOST;
    enum err e = scp_unwrap_response(
        &c->channel.scp, a->e->crypto, &sent->ticket,
        span_of(sent->plain.p, sent->plain.n), response, out);
    if (e == ERR_OK)
        return GO_ON;
    note(a, srv_store_audit(a->e->store, "terminal", "response", c->card.id,
                            "the answer to %s is not the card's: %s",
                            sent->what, err_text(e)));
    return LOST;
}

static enum outcome take_one(struct answering *a, const struct srv_sent *sent,
                             struct span response)
{
    struct buf plain = buf_of(a->memory, SRV_RESPONSE_MAX);

    if (response.n < 2 || response.n > SRV_RESPONSE_MAX)
        return LOST;
    enum outcome o = open_answer(a, sent, response, &plain);
    if (o != GO_ON || plain.n < 2)
        return o == GO_ON ? LOST : o;
    sw_t sw = get_u2(plain.p + plain.n - 2);
    return take(a, sent, span_of(plain.p, plain.n - 2), sw);
}

/* Answer i of the whole script, or NULL: groups stand one after the other. */
static const struct srv_response *
answer(const struct srv_report *report, const struct srv_contact *c, unsigned i)
{
    unsigned group = 0;
    unsigned first = 0;

    while (group < c->group_count && i >= first + c->group_sizes[group])
        first += c->group_sizes[group++];
    if (group >= report->group_count ||
        i - first >= report->groups[group].count)
        return NULL;
    const struct srv_response *r = &report->groups[group].responses[i - first];
    return r->present ? r : NULL;
}

static enum outcome take_all(struct answering *a,
                             const struct srv_report *report)
{
    enum outcome o = GO_ON;

    for (unsigned i = 0; i < a->c->sent_count && o == GO_ON; i++) {
        const struct srv_response *r = answer(report, a->c, i);
        if (r == NULL)
            return LOST;
        o = take_one(a, &a->c->sent[i], r->bytes);
        if (a->result != GP_OK)
            return LOST;
    }
    return o;
}

/* Again from the start, but not for ever. */
static void lose(struct srv_contact *c)
{
    srv_contact_lost(c);
    if (++c->losses > LOSSES_MAX)
        snprintf(c->refused, sizeof c->refused,
                 "the card's answers are lost or not its own, again and again");
}

int srv_answers_take(const struct srv_engine *e, struct srv_contact *c,
                     const struct srv_report *report)
{
    struct answering a = {.e = e, .c = c, .result = GP_OK};

    a.memory = malloc(SRV_RESPONSE_MAX);
    if (a.memory == NULL)
        return GP_ERR_MEMORY;
    c->open_failed = false;
    c->selected = false;
    enum outcome o = take_all(&a, report);
    wipe(a.memory, SRV_RESPONSE_MAX);
    free(a.memory);
    c->sent_count = 0;
    if (o == GO_ON && a.result == GP_OK && !c->inventory.fresh)
        note(&a, srv_inventory_finish(e, c));
    if (c->inventory.fresh)
        c->losses = 0;
    if (o == LOST)
        lose(c);
    if (o == BROKEN) {
        srv_channel_drop(c);
        srv_inventory_clear(&c->inventory);
        c->work.active = false;
    }
    return a.result;
}
