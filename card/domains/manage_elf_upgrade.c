/*
 * MANAGE ELF UPGRADE: 80 EA, P1 what to do, P2 00.  Only [start] has data, A1
 * with one load file AID (4F); its options (80) are known to exist and no more,
 * so that 00 alone is taken.  The answer is a confirmation's length, which is
 * 0, then the length of session information, and that: A1 with the state (90)
 * and, while a session is open, the AID.  [Amd H 4, Amd H table 4-6]
 */
#include "base/tlv.h"
#include "domains/authority.h"
#include "domains/commands.h"
#include "domains/text.h"
#include "domains/upgrade.h"

enum {
    P1_START = 0x01,
    P1_RESUME = 0x02,
    P1_RECOVERY = 0x03,
    P1_ABORT = 0x04,
    P1_STATUS = 0x08,
    TAG_INFORMATION = 0xA1,
    TAG_AID = 0x4F,
    TAG_OPTIONS = 0x80,
    TAG_STATE = 0x90,
    INFORMATION_MAX = 32,
};

/* ---- the answer ---- */

static enum err put_information(const struct domain_upgrade *u, uint8_t state,
                                struct buf *out)
{
    size_t mark;

    enum err e = tlv_open(out, TAG_INFORMATION, &mark);
    if (e == ERR_OK)
        e = tlv_put(out, TAG_STATE, span_of(&state, 1));
    if (e == ERR_OK && u->aid_length > 0)
        e = tlv_put(out, TAG_AID, upgrade_aid(u));
    return e == ERR_OK ? tlv_close(out, mark) : e;
}

/* What is open, or `otherwise`. */
static sw_t answer(const struct domain *d, uint8_t otherwise,
                   struct buf *response)
{
    uint8_t bytes[INFORMATION_MAX];
    struct buf information = buf_of(bytes, sizeof bytes);
    struct domain_upgrade u = {.aid_length = 0};
    const bool open = domain_upgrade(d, &u);

    enum err e =
        put_information(&u, open ? (uint8_t)u.state : otherwise, &information);
    if (e == ERR_OK)
        e = buf_put_u1(response, 0); /* no confirmation */
    if (e == ERR_OK)
        e = buf_put_lv(response, span_of(bytes, information.n));
    return sw_from_err(e);
}

/* ---- [start] ---- */

static bool take_item(const struct tlv *item, struct span *aid)
{
    if (item->tag == TAG_OPTIONS)
        return item->value.n == 1 && item->value.p[0] == 0;
    if (item->tag != TAG_AID || aid->n > 0)
        return false;
    *aid = item->value;
    return aid->n >= 5 && aid->n <= 16;
}

static bool take_fields(struct span s, struct span *aid)
{
    struct tlv item;

    *aid = span_of(NULL, 0);
    if (tlv_take(&s, &item) != ERR_OK || item.tag != TAG_INFORMATION || s.n > 0)
        return false;
    s = item.value;
    while (s.n > 0) {
        if (tlv_take(&s, &item) != ERR_OK || !take_item(&item, aid))
            return false;
    }
    return aid->n > 0;
}

static sw_t begin(struct domain *d, const struct domain_request *r)
{
    struct registry_entry package;
    struct span aid;

    if (!take_fields(r->c.data, &aid))
        return domain_refuse(d, SW_WRONG_DATA, "upgrade: bad data field");
    sw_t sw = domain_may_begin(d, &r->self);
    if (sw != SW_OK)
        return sw;
    if (!domain_find_package(d, aid, &package))
        return domain_refuse(d, SW_DATA_NOT_FOUND,
                             "upgrade: no such load file");
    sw = domain_may_upgrade(d, &r->self, &package);
    return sw == SW_OK ? domain_upgrade_begin(d, &r->self, &package) : sw;
}

/* ---- the others ---- */

static sw_t lead(struct domain *d, const struct domain_request *r,
                 sw_t (*what)(struct domain *d))
{
    const sw_t sw = domain_may_lead(d, &r->self, r->c.p1 == P1_ABORT);

    return sw == SW_OK ? what(d) : sw;
}

static sw_t run(struct domain *d, const struct domain_request *r)
{
    switch (r->c.p1) {
    case P1_START:
        return begin(d, r);
    case P1_RESUME:
        return lead(d, r, domain_upgrade_resume);
    case P1_RECOVERY:
        return lead(d, r, domain_upgrade_recover);
    case P1_ABORT:
        return lead(d, r, domain_upgrade_abort);
    case P1_STATUS:
        return SW_OK;
    default:
        return domain_refuse(d, SW_WRONG_P1P2, "upgrade: no such P1");
    }
}

sw_t domain_manage_elf_upgrade(struct domain *d, const struct domain_request *r,
                               struct buf *response)
{
    if (r->c.p2 != 0)
        return domain_refuse(d, SW_WRONG_P1P2, "upgrade: no such P2");
    if (r->c.p1 != P1_START && r->c.data.n > 0)
        return domain_refuse(d, SW_WRONG_DATA,
                             "upgrade: data where there is none");
    const sw_t sw = run(d, r);
    if (sw != SW_OK)
        return sw;
    return answer(d, r->c.p1 == P1_RESUME ? UPGRADE_COMPLETED : UPGRADE_NONE,
                  response);
}
