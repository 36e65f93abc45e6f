#include "server/contact.h"

#include <string.h>

#include "base/ct.h"

enum { CANDIDATES_MAX = 4, INIT_UPDATE_DATA = 8 };

static void drop(struct srv_channel *channel)
{
    scp_close(&channel->scp);
    wipe(channel, sizeof *channel);
}

void srv_channel_drop(struct srv_contact *c)
{
    drop(&c->channel);
}

bool srv_channel_at(const struct srv_contact *c, const struct gp_aid *domain)
{
    return c->channel.state >= CHANNEL_BEGUN &&
           gp_aid_equal(&c->channel.domain, domain);
}

static int add_get_cin(const struct srv_engine *e, struct srv_contact *c,
                       struct srv_order *out)
{
    static const struct srv_sent sent = {.op = OP_CIN, .what = "GET DATA"};
    uint8_t bytes[GP_APDU_SHORT_MAX];
    struct buf b = buf_of(bytes, sizeof bytes);

    int result = gp_cmd_get_data(&b, 0x0045);
    return result == GP_OK ? srv_script_add(e, c, out, &sent, buf_span(&b))
                           : result;
}

int srv_channel_begin(const struct srv_engine *e, struct srv_contact *c,
                      struct srv_order *out, const struct gp_aid *domain,
                      uint8_t kvn)
{
    static const struct srv_sent select = {.op = OP_SELECT, .what = "SELECT"};
    static const struct srv_sent update = {.op = OP_INIT_UPDATE,
                                           .what = "INITIALIZE UPDATE"};
    uint8_t bytes[GP_APDU_SHORT_MAX];
    struct buf b = buf_of(bytes, sizeof bytes);
    const struct gp_aid aid = *domain;

    drop(&c->opening);
    c->opening.domain = aid;
    c->opening.kvn_asked = kvn;
    if (e->crypto->random(e->crypto->ctx, c->opening.host_challenge,
                          INIT_UPDATE_DATA) != ERR_OK)
        return GP_ERR_CRYPTO;
    srv_script_group(out, false);
    int result = gp_cmd_select(&b, gp_aid_span(&aid));
    if (result == GP_OK)
        result = srv_script_add(e, c, out, &select, buf_span(&b));
    if (result == GP_OK && !c->identified)
        result = add_get_cin(e, c, out);
    b.n = 0;
    if (result == GP_OK)
        result = gp_cmd_initialize_update(
            &b, kvn, span_of(c->opening.host_challenge, INIT_UPDATE_DATA));
    return result == GP_OK ? srv_script_add(e, c, out, &update, buf_span(&b))
                           : result;
}

int srv_channel_authenticate(const struct srv_engine *e, struct srv_contact *c,
                             struct srv_order *out)
{
    static const struct srv_sent sent = {.op = OP_AUTHENTICATE,
                                         .what = "EXTERNAL AUTHENTICATE"};
    uint8_t bytes[SCP_AUTHENTICATE_MAX];
    struct buf b = buf_of(bytes, sizeof bytes);
    const struct scp_init *init = &c->channel.init;

    if (c->channel.state == CHANNEL_OPEN)
        return GP_OK;
    uint8_t level = scp_level_best((enum scp_protocol)init->protocol, init->i);
    int result = gp_from_err(
        scp_authenticate_make(&c->channel.scp, e->crypto, level, &b));
    if (result != GP_OK)
        return result;
    c->channel.state = CHANNEL_OPEN;
    return srv_script_add(e, c, out, &sent, buf_span(&b));
}

struct candidate {
    struct srv_key_id id;
    struct gp_aid domain; /* whose diversification applies */
    bool parent;
};

static void add(struct candidate *list, size_t *n, const struct srv_key_id *id,
                const struct gp_aid *domain, bool parent)
{
    if (id->name[0] != '\0' && *n < CANDIDATES_MAX)
        list[(*n)++] = (struct candidate){*id, *domain, parent};
}

/*
 * The keys that a domain may have: those that last worked, those that were
 * being put, and while it has none those of the issuer's domain above it
 * [GPCS 7.3].
 */
static int candidates(const struct srv_engine *e, const struct srv_contact *c,
                      struct candidate *list, size_t *n)
{
    static const struct gp_aid issuer = {.n = 0};
    const struct gp_aid *domain = &c->opening.domain;
    struct srv_domain_keys own;
    struct srv_domain_keys above;

    *n = 0;
    int result =
        srv_store_keys_get(e->store, c->card.id, gp_aid_span(domain), &own);
    if (result == GP_OK)
        result = srv_store_keys_get(e->store, c->card.id, gp_aid_span(&issuer),
                                    &above);
    if (result != GP_OK)
        return result;
    add(list, n, &own.current, domain, false);
    add(list, n, &own.candidate, domain, false);
    if (domain->n > 0 && own.current.name[0] == '\0') {
        add(list, n, &above.current, &issuer, true);
        add(list, n, &above.candidate, &issuer, true);
    }
    return GP_OK;
}

/* The candidate was the card's: from now on it is what the domain has. */
static int remember(const struct srv_engine *e, struct srv_contact *c,
                    const struct candidate *found)
{
    struct srv_domain_keys keys = {.current = found->id};
    struct srv_domain_keys old;

    c->opening.keys = found->id;
    c->opening.parent = found->parent;
    c->opening.state = CHANNEL_BEGUN;
    drop(&c->channel);
    c->channel = c->opening;
    c->proved_domain = c->channel.domain;
    c->proved = found->id;
    c->has_proved = !found->parent;
    wipe(&c->opening.scp, sizeof c->opening.scp);
    c->opening.kvn_asked = 0;
    if (found->parent)
        return GP_OK;
    struct span aid = gp_aid_span(&c->channel.domain);
    int result = srv_store_keys_get(e->store, c->card.id, aid, &old);
    if (result != GP_OK)
        return result;
    if (strcmp(old.current.name, found->id.name) == 0 &&
        old.current.kvn == found->id.kvn && old.candidate.name[0] == '\0')
        return GP_OK;
    return srv_store_keys_set(e->store, c->card.id, aid, &keys);
}

static int try_all(const struct srv_engine *e, struct srv_contact *c,
                   const struct candidate *list, size_t n)
{
    uint8_t kvn = c->opening.init.kvn;

    for (size_t i = 0; i < n; i++) {
        const struct srv_key_ref ref = {&list[i].id, c->kdd,
                                        gp_aid_span(&list[i].domain)};
        if (list[i].id.kvn != kvn)
            continue;
        int result = e->keys->ops->begin(e->keys->ctx, &ref, &c->opening.init,
                                         &c->opening.scp);
        if (result == GP_OK)
            return remember(e, c, &list[i]);
        if (result != GP_ERR_CARD_AUTH && result != GP_ERR_NOT_FOUND)
            return result;
    }
    return GP_ERR_CARD_AUTH;
}

/* The card may hold more key sets than the one it answered with. */
static int ask_another(struct srv_contact *c, const struct candidate *list,
                       size_t n, struct gp_why *why)
{
    uint8_t asked = c->opening.kvn_asked;
    uint8_t answered = c->opening.init.kvn;
    size_t from = 0;

    while (asked != 0 && from < n && list[from].id.kvn != asked)
        from++;
    if (asked != 0)
        from++;
    for (size_t i = from; i < n; i++) {
        if (list[i].id.kvn != answered && list[i].id.kvn != asked) {
            c->opening.kvn_asked = list[i].id.kvn;
            return GP_ERR_NOT_FOUND;
        }
    }
    gp_why_set(why,
               "the card's cryptogram (key version %02X) is not of the keys "
               "known for it; nothing was authenticated",
               answered);
    return GP_ERR_CARD_AUTH;
}

int srv_channel_match(const struct srv_engine *e, struct srv_contact *c,
                      struct span answer, struct gp_why *why)
{
    struct candidate list[CANDIDATES_MAX];
    size_t n = 0;

    enum err err = scp_init_parse(
        answer, span_of(c->opening.host_challenge, INIT_UPDATE_DATA),
        &c->opening.init);
    if (err != ERR_OK) {
        gp_why_set(why, "INITIALIZE UPDATE: the answer breaks its format");
        return gp_from_err(err);
    }
    int result = candidates(e, c, list, &n);
    if (result == GP_OK)
        result = try_all(e, c, list, n);
    if (result == GP_ERR_CARD_AUTH)
        result = ask_another(c, list, n, why);
    if (result != GP_OK)
        scp_close(&c->opening.scp);
    return result;
}
