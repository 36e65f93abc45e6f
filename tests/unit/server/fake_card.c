#include "tests/unit/server/fake_card.h"

#include <assert.h>
#include <string.h>

#include "base/tlv.h"
#include "crypto/kcv.h"

static const uint8_t isd_aid[] = {0xA0, 0, 0, 0x01, 0x51, 0, 0, 0};

enum { COMMAND_MAX = 300 };

/* The test's buffers are large enough. */
static void put_ok(enum err e)
{
    assert(e == ERR_OK);
    (void)e;
}

void fake_reset(struct fake_card *card)
{
    card->selected = &card->isd;
    card->personalized = NULL;
    scp_close(&card->session);
    card->loading = false;
    card->listed = 0;
}

void fake_init(struct fake_card *card, const struct crypto_port *crypto,
               const struct secret_scp_keys *keys)
{
    *card = (struct fake_card){
        .crypto = crypto,
        .cin = {0x53, 1, 2, 3, 4, 5, 6, 7},
        .kdd = {0xA0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
        .state = GP_CARD_SECURED,
        .isd = {.there = true, .domain = true, .state = 0x0F, .kvn = 0x30},
    };
    card->isd.keys = *keys;
    (void)gp_aid_set(&card->isd.aid, span_of(isd_aid, sizeof isd_aid));
    fake_reset(card);
}

struct fake_app *fake_find(struct fake_card *card, struct span aid)
{
    for (size_t i = 0; i < FAKE_APPS; i++) {
        struct fake_app *a = &card->apps[i];
        if (a->there && span_equal(gp_aid_span(&a->aid), aid))
            return a;
    }
    return NULL;
}

static struct fake_file *find_file(struct fake_card *card, struct span aid)
{
    for (size_t i = 0; i < FAKE_FILES; i++) {
        struct fake_file *f = &card->files[i];
        if (f->there && span_equal(gp_aid_span(&f->aid), aid))
            return f;
    }
    return NULL;
}

/* ---- openly ---- */

static sw_t select_app(struct fake_card *card, struct span aid)
{
    struct fake_app *a = &card->isd;

    if (aid.n > 0 && !span_equal(aid, gp_aid_span(&card->isd.aid)))
        a = fake_find(card, aid);
    if (a == NULL || a->state < 0x07)
        return SW_FILE_NOT_FOUND;
    fake_reset(card);
    card->selected = a;
    return SW_OK;
}

static sw_t initialize_update(struct fake_card *card, const uint8_t *command,
                              struct buf *response)
{
    /* A domain without keys answers with its parent's [GPCS 7.3]. */
    const struct fake_app *holder =
        card->selected->kvn != 0 ? card->selected : &card->isd;
    struct scp_init init = {.protocol = SCP_03,
                            .i = 0x70,
                            .kvn = holder->kvn,
                            .challenge_length = 8};

    if (command[2] != 0 && command[2] != holder->kvn)
        return SW_DATA_NOT_FOUND;
    memcpy(init.kdd, card->kdd, sizeof init.kdd);
    memcpy(init.host_challenge, command + 5, 8);
    card->sequence++;
    init.sequence[1] = (uint8_t)(card->sequence >> 8);
    init.sequence[2] = (uint8_t)card->sequence;
    enum err e = scp_card_challenge(card->crypto, &holder->keys,
                                    gp_aid_span(&card->selected->aid), &init);
    if (e == ERR_OK)
        e = scp_begin(&card->session, card->crypto, SCP_CARD, &holder->keys,
                      &init);
    if (e == ERR_OK)
        e = scp_init_put(&init, response);
    return sw_from_err(e);
}

/* ---- under the channel ---- */

static void put_entry(struct buf *out, const struct gp_aid *aid, uint8_t state,
                      bool domain, const struct gp_aid *file,
                      const struct gp_aid *owner, bool is_file)
{
    static const uint8_t version[] = {1, 0};
    const uint8_t privileges[] = {domain ? 0x80 : 0x00, 0, 0};
    size_t mark = 0;

    put_ok(tlv_open(out, 0xE3, &mark));
    put_ok(tlv_put(out, 0x4F, gp_aid_span(aid)));
    put_ok(tlv_put(out, 0x9F70, span_of(&state, 1)));
    if (is_file)
        put_ok(tlv_put(out, 0xCE, span_of(version, sizeof version)));
    else
        put_ok(tlv_put(out, 0xC5, span_of(privileges, sizeof privileges)));
    if (file->n > 0)
        put_ok(tlv_put(out, 0xC4, gp_aid_span(file)));
    put_ok(tlv_put(out, 0xCC, gp_aid_span(owner)));
    put_ok(tlv_close(out, mark));
}

/* Entry number `at` of the scope; false after the last. */
static bool list_one(struct fake_card *card, uint8_t scope, size_t at,
                     struct buf *out)
{
    static const struct gp_aid none = {.n = 0};
    size_t seen = 0;

    if (scope == GP_SCOPE_ISD && at == 0) {
        put_entry(out, &card->isd.aid, card->state, true, &none, &card->isd.aid,
                  false);
        return true;
    }
    for (size_t i = 0; i < FAKE_APPS; i++) {
        const struct fake_app *a = &card->apps[i];
        if (scope != GP_SCOPE_APPLICATIONS || !a->there || seen++ != at)
            continue;
        put_entry(out, &a->aid, a->state, a->domain, &a->file, &a->owner,
                  false);
        return true;
    }
    for (size_t i = 0; i < FAKE_FILES; i++) {
        const struct fake_file *f = &card->files[i];
        if (scope != GP_SCOPE_MODULES || !f->there || seen++ != at)
            continue;
        put_entry(out, &f->aid, 1, false, &none, &f->owner, true);
        return true;
    }
    return false;
}

static sw_t get_status(struct fake_card *card, const uint8_t *c,
                       struct buf *out)
{
    size_t at = (c[3] & 1) != 0 ? card->listed : 0;
    size_t n = 0;

    if ((c[3] & 1) != 0 && card->listed == 0)
        return SW_CONDITIONS;
    while (list_one(card, c[2], at, out)) {
        at++;
        n++;
        if (card->page != 0 && n == card->page) {
            uint8_t more[200];
            struct buf probe = buf_of(more, sizeof more);
            card->listed = at;
            if (list_one(card, c[2], at, &probe))
                return SW_MORE_DATA;
        }
    }
    card->listed = 0;
    return n > 0 ? SW_OK : SW_DATA_NOT_FOUND;
}

static sw_t install_for_load(struct fake_card *card, struct span s)
{
    struct span aid;

    if (span_take_lv(&s, &aid) != ERR_OK)
        return SW_WRONG_DATA;
    if (find_file(card, aid) != NULL)
        return SW_CONDITIONS;
    card->incoming =
        (struct fake_file){.there = true, .owner = card->selected->aid};
    (void)gp_aid_set(&card->incoming.aid, aid);
    card->loading = true;
    card->received = 0;
    return SW_OK;
}

static sw_t load(struct fake_card *card, const uint8_t *c, struct span data)
{
    if (!card->loading)
        return SW_CONDITIONS;
    card->received += data.n;
    if ((c[2] & 0x80) == 0)
        return SW_OK;
    card->loading = false;
    for (size_t i = 0; i < FAKE_FILES; i++) {
        if (!card->files[i].there) {
            card->files[i] = card->incoming;
            card->count.loads++;
            return SW_OK;
        }
    }
    return SW_NO_MEMORY;
}

static sw_t install(struct fake_card *card, uint8_t p1, struct span s)
{
    struct span file, module, aid, privileges;

    if (span_take_lv(&s, &file) != ERR_OK ||
        span_take_lv(&s, &module) != ERR_OK ||
        span_take_lv(&s, &aid) != ERR_OK ||
        span_take_lv(&s, &privileges) != ERR_OK)
        return SW_WRONG_DATA;
    struct fake_app *a = fake_find(card, aid);
    if ((p1 & GP_INSTALL_ONLY) == 0) {
        if (a == NULL || a->state != 0x03)
            return SW_CONDITIONS;
        a->state = 0x07;
        return SW_OK;
    }
    bool domain = privileges.n > 0 && (privileges.p[0] & 0x80) != 0;
    if (card->refuse_install != 0)
        return card->refuse_install;
    if (a != NULL || (!domain && find_file(card, file) == NULL))
        return SW_CONDITIONS;
    for (size_t i = 0; i < FAKE_APPS; i++) {
        a = &card->apps[i];
        if (a->there)
            continue;
        *a = (struct fake_app){
            .there = true,
            .domain = domain,
            .state = (p1 & GP_INSTALL_SELECTABLE) != 0 ? 0x07 : 0x03,
            .owner = card->selected->aid};
        (void)gp_aid_set(&a->aid, aid);
        (void)gp_aid_set(&a->file, file);
        card->count.installs++;
        return SW_OK;
    }
    return SW_NO_MEMORY;
}

static sw_t for_personalization(struct fake_card *card, struct span s)
{
    struct span none, aid;

    if (span_take_lv(&s, &none) != ERR_OK ||
        span_take_lv(&s, &none) != ERR_OK || span_take_lv(&s, &aid) != ERR_OK)
        return SW_WRONG_DATA;
    card->personalized = fake_find(card, aid);
    return card->personalized == NULL ? SW_DATA_NOT_FOUND : SW_OK;
}

static sw_t store_data(struct fake_card *card, struct span data)
{
    struct fake_app *a = card->personalized;

    if (a == NULL || a->size + data.n > sizeof a->data)
        return SW_CONDITIONS;
    memcpy(a->data + a->size, data.p, data.n);
    a->size += data.n;
    card->count.stores++;
    return SW_OK;
}

/* One AES-128 key: 88 11 10 <16> 03 <kcv>, as the library sends it. */
static sw_t take_key(struct fake_card *card, struct span *s, uint8_t out[16],
                     struct buf *response)
{
    uint8_t kcv[CRYPTO_KCV_SIZE];
    struct span block, given;
    uint8_t type = 0;

    if (span_take_u1(s, &type) != ERR_OK || type != GP_KEY_AES ||
        span_take_lv(s, &block) != ERR_OK || block.n != 17 ||
        block.p[0] != 16 || span_take_lv(s, &given) != ERR_OK ||
        given.n != CRYPTO_KCV_SIZE)
        return SW_WRONG_DATA;
    if (scp_dek(&card->session, card->crypto, CRYPTO_DECRYPT, block.p + 1, out,
                16) != ERR_OK ||
        crypto_kcv(card->crypto, CRYPTO_AES, span_of(out, 16), kcv) != ERR_OK)
        return SW_CONDITIONS;
    if (!span_equal(given, span_of(kcv, sizeof kcv)))
        return SW_SECURITY_STATUS;
    return sw_from_err(buf_put_lv(response, given));
}

static sw_t put_key(struct fake_card *card, const uint8_t *c, struct span s,
                    struct buf *response)
{
    struct fake_app *a = card->selected;
    struct secret_scp_keys keys = {.length = 16};
    uint8_t kvn = 0;

    if (c[2] != a->kvn || span_take_u1(&s, &kvn) != ERR_OK)
        return SW_DATA_NOT_FOUND;
    sw_t sw = sw_from_err(buf_put_u1(response, kvn));
    if (sw == SW_OK)
        sw = take_key(card, &s, keys.enc, response);
    if (sw == SW_OK)
        sw = take_key(card, &s, keys.mac, response);
    if (sw == SW_OK)
        sw = take_key(card, &s, keys.dek, response);
    if (sw != SW_OK)
        return sw;
    a->keys = keys;
    a->kvn = kvn;
    if (a != &card->isd)
        a->state = 0x0F;
    card->count.put_keys++;
    return SW_OK;
}

static sw_t delete_aid(struct fake_card *card, struct span data)
{
    struct span aid;
    struct fake_app *a = NULL;

    if (tlv_find(data, 0x4F, &aid) != ERR_OK)
        return SW_WRONG_DATA;
    a = fake_find(card, aid);
    struct fake_file *f = find_file(card, aid);
    if (a == NULL && f == NULL)
        return SW_DATA_NOT_FOUND;
    card->count.deletes++;
    if (a != NULL)
        a->there = false;
    else
        f->there = false;
    return SW_OK;
}

static sw_t set_status(struct fake_card *card, const uint8_t *c,
                       struct span aid)
{
    if (c[2] == GP_SET_ISD) {
        card->state = c[3];
        card->count.status_sets++;
        return SW_OK;
    }
    struct fake_app *a = fake_find(card, aid);
    if (a == NULL)
        return SW_DATA_NOT_FOUND;
    a->state = (uint8_t)((a->state & 0x7F) | (c[3] & 0x80));
    card->count.status_sets++;
    return SW_OK;
}

static sw_t manage(struct fake_card *card, const uint8_t *c, struct span data,
                   struct buf *response)
{
    sw_t sw = SW_INS_UNSUPPORTED;

    switch (c[1]) {
    case 0xF2:
        return get_status(card, c, response);
    case 0xE8:
        sw = load(card, c, data);
        break;
    case 0xE2:
        return store_data(card, data);
    case 0xD8:
        return put_key(card, c, data, response);
    case 0xE4:
        sw = delete_aid(card, data);
        break;
    case 0xF0:
        return set_status(card, c, data);
    case 0xE6:
        if (c[2] == GP_INSTALL_LOAD)
            sw = install_for_load(card, data);
        else if (c[2] == GP_INSTALL_PERSONALIZATION)
            sw = for_personalization(card, data);
        else
            sw = install(card, c[2], data);
        break;
    default:
        break;
    }
    if (sw == SW_OK)
        sw = sw_from_err(buf_put_u1(response, 0));
    return sw;
}

static sw_t run_secure(struct fake_card *card, struct span command,
                       struct buf *response)
{
    uint8_t bytes[COMMAND_MAX];
    struct buf plain = buf_of(bytes, sizeof bytes);

    if (card->session.state != SCP_OPEN)
        return SW_SECURITY_STATUS;
    if (scp_unwrap_command(&card->session, card->crypto, command, &plain) !=
        ERR_OK)
        return SW_SECURITY_STATUS;
    size_t lc = plain.n > 5 ? bytes[4] : 0;
    sw_t sw = manage(card, bytes, span_of(bytes + 5, lc), response);
    if (sw != SW_OK && sw != SW_MORE_DATA)
        response->n = 0;
    if (scp_wrap_response(&card->session, card->crypto, response, sw) != ERR_OK)
        return SW_CONDITIONS;
    return sw;
}

static sw_t run(struct fake_card *card, struct span c, struct buf *response)
{
    uint8_t copy[COMMAND_MAX];
    static const uint8_t fci[] = {0x6F, 0x00};

    if (c.n < 4 || c.n > sizeof copy)
        return SW_WRONG_LENGTH;
    memcpy(copy, c.p, c.n);
    if (copy[0] == 0x00 && copy[1] == 0xA4) {
        sw_t sw = select_app(card, span_of(copy + 5, c.n > 5 ? copy[4] : 0));
        return sw == SW_OK ? sw_from_err(buf_put(response, fci, sizeof fci))
                           : sw;
    }
    if (copy[0] == 0x80 && copy[1] == 0xCA && get_u2(copy + 2) == 0x0045)
        return sw_from_err(
            tlv_put(response, 0x45, span_of(card->cin, sizeof card->cin)));
    if (copy[0] == 0x80 && copy[1] == 0x50)
        return initialize_update(card, copy, response);
    if (copy[1] == 0x82) {
        enum err e = scp_authenticate_check(&card->session, card->crypto, c);
        if (e == ERR_OK)
            return SW_OK;
        card->count.refused_authentications += e == ERR_AUTH;
        return e == ERR_AUTH ? SW_AUTH_FAILED : SW_CONDITIONS;
    }
    if ((copy[0] & 0x04) != 0)
        return run_secure(card, c, response);
    return SW_SECURITY_STATUS;
}

void fake_transmit(struct fake_card *card, struct span command,
                   struct buf *response)
{
    response->n = 0;
    sw_t sw = run(card, command, response);
    if (sw != SW_OK && sw != SW_MORE_DATA && card->session.state != SCP_OPEN)
        response->n = 0;
    put_ok(buf_put_u2(response, sw));
}
