#include "server/contact.h"

#include <string.h>

enum { STATUS_ISD, STATUS_APPLICATIONS, STATUS_FILES };

/* Load files are asked for with their modules, if the card can tell them. */
static enum gp_scope asked_scope(const struct srv_inventory *inv,
                                 unsigned index)
{
    switch (index) {
    case STATUS_ISD:
        return GP_SCOPE_ISD;
    case STATUS_APPLICATIONS:
        return GP_SCOPE_APPLICATIONS;
    default:
        return inv->no_modules ? GP_SCOPE_FILES : GP_SCOPE_MODULES;
    }
}

/* Under which entries are kept. */
static uint8_t kept_scope(unsigned index)
{
    static const uint8_t scopes[SCOPES] = {GP_SCOPE_ISD, GP_SCOPE_APPLICATIONS,
                                           GP_SCOPE_FILES};
    return scopes[index];
}

void srv_inventory_clear(struct srv_inventory *inv)
{
    inv->fresh = false;
    inv->count = 0;
    memset(inv->complete, 0, sizeof inv->complete);
    for (unsigned i = 0; i < SCOPES; i++) {
        if (inv->pages[i] == 0)
            inv->pages[i] = 1;
    }
}

static int ask_page(const struct srv_engine *e, struct srv_contact *c,
                    struct srv_order *out, unsigned scope, unsigned page)
{
    uint8_t bytes[GP_APDU_SHORT_MAX];
    struct buf b = buf_of(bytes, sizeof bytes);
    const struct srv_sent sent = {.op = OP_STATUS,
                                  .scope = (uint8_t)scope,
                                  .page = (uint8_t)page,
                                  .wrapped = true,
                                  .what = "GET STATUS"};

    int result = gp_cmd_get_status(&b, asked_scope(&c->inventory, scope),
                                   span_of(NULL, 0), page > 0);
    return result == GP_OK ? srv_script_add(e, c, out, &sent, buf_span(&b))
                           : result;
}

/*
 * The next page can only be asked for right after the one before, so as many
 * pages as were needed last time are asked for at once.
 */
int srv_inventory_ask(const struct srv_engine *e, struct srv_contact *c,
                      struct srv_order *out)
{
    int result = GP_OK;

    srv_inventory_clear(&c->inventory);
    srv_script_group(out, false);
    for (unsigned scope = 0; scope < SCOPES; scope++) {
        for (unsigned page = 0;
             page < c->inventory.pages[scope] && result == GP_OK; page++)
            result = ask_page(e, c, out, scope, page);
    }
    return result;
}

struct taker {
    struct srv_inventory *inv;
    uint8_t scope;
    bool full;
};

static void take_entry(void *ctx, const struct gp_status *entry)
{
    struct taker *t = ctx;

    if (t->inv->count == INVENTORY_MAX) {
        t->full = true;
        return;
    }
    t->inv->scopes[t->inv->count] = t->scope;
    t->inv->entries[t->inv->count++] = *entry;
}

int srv_inventory_take(struct srv_contact *c, const struct srv_sent *sent,
                       struct span data, sw_t sw)
{
    struct srv_inventory *inv = &c->inventory;
    struct taker t = {inv, kept_scope(sent->scope), false};

    if (inv->complete[sent->scope])
        return GP_OK; /* a page asked for in vain */
    if (sw == SW_DATA_NOT_FOUND) {
        inv->complete[sent->scope] = true;
        return GP_OK;
    }
    if (sent->scope == STATUS_FILES && sw == SW_WRONG_P1P2 &&
        !inv->no_modules) {
        inv->no_modules = true;
        return GP_OK;
    }
    if (sw != SW_OK && sw != SW_MORE_DATA)
        return sw;
    int result = gp_status_parse(data, take_entry, &t);
    if (result != GP_OK)
        return result;
    if (sw == SW_OK)
        inv->complete[sent->scope] = true;
    else if (sent->page + 1 == inv->pages[sent->scope])
        inv->pages[sent->scope] = (uint8_t)(2 * inv->pages[sent->scope]);
    return t.full || inv->pages[sent->scope] > PAGES_MAX ? GP_ERR_LIMIT : GP_OK;
}

int srv_inventory_finish(const struct srv_engine *e, struct srv_contact *c)
{
    struct srv_inventory *inv = &c->inventory;

    for (unsigned i = 0; i < SCOPES; i++) {
        if (!inv->complete[i])
            return GP_OK;
    }
    inv->fresh = true;
    return srv_store_content_set(e->store, c->card.id, inv->entries,
                                 inv->scopes, inv->count);
}

const struct gp_status *srv_inventory_find(const struct srv_inventory *inv,
                                           enum gp_scope scope,
                                           const struct gp_aid *aid)
{
    for (size_t i = 0; i < inv->count; i++) {
        if (inv->scopes[i] == scope && gp_aid_equal(&inv->entries[i].aid, aid))
            return &inv->entries[i];
    }
    return NULL;
}
