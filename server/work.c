#include "server/contact.h"

#include <string.h>

#include "base/ct.h"

/* [GPCS]: the load file and module of security domains, as cards have them. */
static const uint8_t domain_file[] = {0xA0, 0x00, 0x00, 0x01, 0x51, 0x53, 0x50};
static const uint8_t domain_module[] = {0xA0, 0x00, 0x00, 0x01,
                                        0x51, 0x53, 0x50, 0x41};
/* SCP03 with pseudo-random challenge, R-MAC and R-ENCRYPTION. */
static const uint8_t domain_protocol[] = {0x81, 0x02, 0x03, 0x70};

enum { PRIVILEGE_DOMAIN = 0x80 };

/* One command of a step, through the channel. */
static int add(const struct srv_engine *e, struct srv_contact *c,
               struct srv_order *out, const char *step, const char *what,
               bool ends, struct span plain)
{
    const struct srv_sent sent = {.op = OP_WORK,
                                  .wrapped = true,
                                  .step_ends = ends,
                                  .step = step,
                                  .what = what};
    int result = srv_plan_mark(e, c, step, SRV_STEP_SENT, 0);

    return result == GP_OK ? srv_script_add(e, c, out, &sent, plain) : result;
}

static size_t data_max(const struct srv_contact *c)
{
    const struct scp_session *s = &c->channel.scp;
    return scp_data_max((enum scp_protocol)s->protocol, s->i, s->level);
}

static int fill_discard(const struct srv_engine *e, struct srv_contact *c,
                        struct srv_order *out)
{
    uint8_t bytes[GP_APDU_SHORT_MAX];
    struct buf b = buf_of(bytes, sizeof bytes);

    int result = gp_cmd_delete(&b, gp_aid_span(&c->params.instance), false);
    if (result == GP_OK)
        result = add(e, c, out, "install", "DELETE", false, buf_span(&b));
    c->work.discard = false;
    return result;
}

static int fill_load(const struct srv_engine *e, struct srv_contact *c,
                     struct srv_order *out)
{
    const struct gp_install_for_load how = {
        .file = gp_aid_span(&c->params.package),
        .domain = gp_aid_span(&c->params.domain),
    };
    uint8_t bytes[GP_APDU_SHORT_MAX];
    uint8_t head[8];
    struct buf b = buf_of(bytes, sizeof bytes);
    struct buf header = buf_of(head, sizeof head);
    bool last = false;

    if (!c->work.load_begun) {
        c->work.load_begun = true;
        c->work.block = 0;
        int made = gp_cmd_install_for_load(&b, &how);
        return made == GP_OK ? add(e, c, out, "load", "INSTALL [for load]",
                                   false, buf_span(&b))
                             : made;
    }
    int result = gp_load_header(&header, c->version.block_size);
    if (result == GP_OK)
        result =
            gp_cmd_load_block(&b, buf_span(&header),
                              span_of(c->version.block, c->version.block_size),
                              data_max(c), c->work.block, &last);
    if (result == GP_OK)
        result = add(e, c, out, "load", "LOAD", last, buf_span(&b));
    c->work.block++;
    c->work.load = !last;
    return result;
}

static struct gp_install of_application(const struct srv_params *p)
{
    return (struct gp_install){
        .file = gp_aid_span(&p->package),
        .module = gp_aid_span(&p->module),
        .instance = gp_aid_span(&p->instance),
        .privileges = {p->privileges[0], p->privileges[1], p->privileges[2]},
        .privileges_length = p->privileges_length,
        .parameters = span_of(p->parameters, p->parameters_size),
    };
}

static struct gp_install of_domain(const struct srv_params *p)
{
    return (struct gp_install){
        .file = span_of(domain_file, sizeof domain_file),
        .module = span_of(domain_module, sizeof domain_module),
        .instance = gp_aid_span(&p->domain),
        .privileges = {p->privileges[0], p->privileges[1], p->privileges[2]},
        .privileges_length = p->privileges_length,
        .parameters = span_of(domain_protocol, sizeof domain_protocol),
    };
}

/*
 * With data to come, an instance is made selectable after them: its state then
 * tells, whatever answer is lost, that it has them.
 */
static int fill_install(const struct srv_engine *e, struct srv_contact *c,
                        struct srv_order *out)
{
    uint8_t bytes[GP_APDU_SHORT_MAX];
    struct buf b = buf_of(bytes, sizeof bytes);
    bool domain = c->params.kind == SRV_DOMAIN;
    bool later = c->params.personalize && !c->params.selectable_first;
    struct gp_install how =
        domain ? of_domain(&c->params) : of_application(&c->params);
    uint8_t p1 = GP_INSTALL_ONLY;

    if (!later)
        p1 |= GP_INSTALL_SELECTABLE;
    int result = gp_cmd_install(&b, p1, &how);
    if (result == GP_OK)
        result = add(e, c, out, "install", "INSTALL [for install]", true,
                     buf_span(&b));
    c->work.install = false;
    return result;
}

static int fill_personalize(const struct srv_engine *e, struct srv_contact *c,
                            struct srv_order *out)
{
    uint8_t bytes[GP_APDU_SHORT_MAX];
    struct buf b = buf_of(bytes, sizeof bytes);
    struct span item;

    if (!c->work.personalize_begun) {
        c->work.personalize_begun = true;
        c->work.item = 0;
        c->work.items = span_of(c->secret, c->secret_size);
        int made = gp_cmd_install_for_personalization(
            &b, gp_aid_span(&c->params.instance));
        return made == GP_OK
                   ? add(e, c, out, "personalize",
                         "INSTALL [for personalization]", false, buf_span(&b))
                   : made;
    }
    if (!srv_params_item(&c->work.items, &item))
        return GP_ERR_FILE;
    bool last = c->work.items.n == 0;
    int result = gp_cmd_store_data(&b, c->params.store_flags,
                                   (uint8_t)c->work.item, last, item);
    if (result == GP_OK)
        result =
            add(e, c, out, "personalize", "STORE DATA", last, buf_span(&b));
    wipe(bytes, sizeof bytes);
    c->work.item++;
    c->work.personalize = !last;
    return result;
}

static int fill_selectable(const struct srv_engine *e, struct srv_contact *c,
                           struct srv_order *out)
{
    uint8_t bytes[GP_APDU_SHORT_MAX];
    struct buf b = buf_of(bytes, sizeof bytes);
    const struct gp_install how = {
        .instance = gp_aid_span(&c->params.instance),
        .privileges = {c->params.privileges[0], c->params.privileges[1],
                       c->params.privileges[2]},
        .privileges_length = c->params.privileges_length,
    };

    int result = gp_cmd_install(&b, GP_INSTALL_SELECTABLE, &how);
    if (result == GP_OK)
        result = add(e, c, out, "selectable", "INSTALL [for make selectable]",
                     true, buf_span(&b));
    c->work.selectable = false;
    return result;
}

/*
 * PUT KEY.  The store knows the new keys as candidates before the card can
 * have them; which set it has, its next cryptogram tells.
 */
static int fill_keys(const struct srv_engine *e, struct srv_contact *c,
                     struct srv_order *out)
{
    const struct srv_sent sent = {.op = OP_PUT_KEY,
                                  .wrapped = true,
                                  .step_ends = true,
                                  .step = "keys",
                                  .what = "PUT KEY"};
    const struct srv_key_ref ref = {&c->params.keys, c->kdd,
                                    gp_aid_span(&c->params.domain)};
    bool own = !c->channel.parent;
    struct srv_domain_keys keys = {.candidate = c->params.keys};
    uint8_t bytes[GP_APDU_SHORT_MAX];
    struct buf b = buf_of(bytes, sizeof bytes);

    if (own)
        keys.current = c->channel.keys;
    int result = srv_store_keys_set(e->store, c->card.id, ref.aid, &keys);
    if (result == GP_OK)
        result = e->keys->ops->put(e->keys->ctx, &ref, &c->channel.scp,
                                   own ? c->channel.keys.kvn : 0, &b);
    if (result == GP_OK)
        result = srv_plan_mark(e, c, "keys", SRV_STEP_SENT, 0);
    if (result == GP_OK)
        result = srv_script_add(e, c, out, &sent, buf_span(&b));
    c->has_proved = false;
    return result;
}

static bool is_domain(const struct srv_contact *c, const struct gp_aid *aid)
{
    const struct gp_status *a =
        srv_inventory_find(&c->inventory, GP_SCOPE_APPLICATIONS, aid);
    return a != NULL && a->privileges_length > 0 &&
           (a->privileges[0] & PRIVILEGE_DOMAIN) != 0;
}

static int fill_lock(const struct srv_engine *e, struct srv_contact *c,
                     struct srv_order *out)
{
    uint8_t bytes[GP_APDU_SHORT_MAX];
    struct buf b = buf_of(bytes, sizeof bytes);
    bool lock = c->params.kind == SRV_LOCK;
    enum gp_status_type type = GP_SET_APPLICATION;
    uint8_t state = lock ? GP_APPLICATION_LOCKED : 0;

    if (c->params.aid.n == 0) {
        type = GP_SET_ISD;
        state = lock ? GP_CARD_LOCKED : GP_CARD_SECURED;
    } else if (is_domain(c, &c->params.aid)) {
        type = GP_SET_DOMAIN_AND_APPLICATIONS;
    }
    int result =
        gp_cmd_set_status(&b, type, state, gp_aid_span(&c->params.aid));
    return result == GP_OK ? add(e, c, out, lock ? "lock" : "unlock",
                                 "SET STATUS", true, buf_span(&b))
                           : result;
}

static int fill_rest(const struct srv_engine *e, struct srv_contact *c,
                     struct srv_order *out)
{
    uint8_t bytes[GP_APDU_SHORT_MAX];
    struct buf b = buf_of(bytes, sizeof bytes);

    c->work.rest = false;
    if (c->params.kind == SRV_DOMAIN || c->params.kind == SRV_ROTATE)
        return fill_keys(e, c, out);
    if (c->params.kind != SRV_DELETE)
        return fill_lock(e, c, out);
    int result =
        gp_cmd_delete(&b, gp_aid_span(&c->params.aid), c->params.related);
    return result == GP_OK
               ? add(e, c, out, "delete", "DELETE", true, buf_span(&b))
               : result;
}

typedef int filler(const struct srv_engine *e, struct srv_contact *c,
                   struct srv_order *out);

static filler *next_filler(const struct srv_work *w)
{
    if (w->discard)
        return fill_discard;
    if (w->load)
        return fill_load;
    if (w->install)
        return fill_install;
    if (w->personalize)
        return fill_personalize;
    if (w->selectable)
        return fill_selectable;
    return w->rest ? fill_rest : NULL;
}

/*
 * An agent that does not stop by itself gets one step at a time, and STORE
 * DATA only when INSTALL [for personalization] was right: else the security
 * domain itself would take the data.
 */
static bool must_wait(const struct srv_contact *c, filler *before, filler *now)
{
    if (c->stops || before == NULL)
        return false;
    return before != now || (now == fill_personalize && c->work.item == 0 &&
                             c->work.personalize_begun);
}

int srv_work_fill(const struct srv_engine *e, struct srv_contact *c,
                  struct srv_order *out)
{
    filler *before = NULL;
    int result = GP_OK;

    for (;;) {
        filler *now = next_filler(&c->work);
        if (now == NULL) {
            c->work.active = false;
            return GP_OK;
        }
        if (!srv_script_has_room(c, out) || must_wait(c, before, now))
            return GP_OK;
        result = now(e, c, out);
        if (result != GP_OK)
            return result;
        before = now;
    }
}
