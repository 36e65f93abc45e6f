#include "base/tlv.h"
#include "domains/authority.h"
#include "domains/commands.h"
#include "domains/memory.h"
#include "domains/session.h"

enum {
    P1_ISSUER = 0x80,
    P1_APPLICATIONS = 0x40,
    P1_FILES = 0x20,
    P1_FILES_MODULES = 0x10,
    P1_SELECTION = 0xF0,
    P2_NEXT = 0x01,
    P2_TLV = 0x02,
    TAG_AID = 0x4F,
    TAG_STATE = 0x9F70,
    TAG_PRIVILEGES = 0xC5,
    TAG_IMPLICIT = 0xCF,
    TAG_FILE = 0xC4,
    TAG_VERSION = 0xCE,
    TAG_MODULE = 0x84,
    TAG_DOMAIN = 0xCC,
    TAG_LIST = 0x5C,
    TAG_GRANTED = 0x8F,      /* volatile, then persistent memory, */
    TAG_GRANTED_LEFT = 0x91, /*   which a tag list alone shows */
    ANSWER_MAX = 239, /* leaves room for padding and R-MAC in 256 bytes */
};

struct query {
    uint8_t p1;
    bool tlv;
    struct span aid;  /* or the start of one */
    struct span tags; /* of a tag list; n 0: the usual ones */
};

static bool with_modules(const struct query *q)
{
    return (q->p1 & P1_FILES_MODULES) != 0;
}

static bool in_list(struct span tags, uint16_t tag)
{
    while (tags.n > 0) {
        uint16_t next = tags.p[0];
        size_t used = 1;
        if ((next & 0x1F) == 0x1F && tags.n > 1) {
            next = get_u2(tags.p);
            used = 2;
        }
        if (next == tag)
            return true;
        tags = span_of(tags.p + used, tags.n - used);
    }
    return false;
}

static bool wants(const struct query *q, uint16_t tag)
{
    return q->tags.n == 0 || in_list(q->tags, tag);
}

static enum err put_if(const struct query *q, struct buf *out, uint16_t tag,
                       struct span value)
{
    return wants(q, tag) ? tlv_put(out, tag, value) : ERR_OK;
}

static enum err put_domain(const struct domain *d, const struct query *q,
                           const struct registry_entry *e, struct buf *out)
{
    struct registry_entry owner;

    if (!wants(q, TAG_DOMAIN) || !domain_entry(d, e->domain, &owner))
        return ERR_OK;
    return tlv_put(out, TAG_DOMAIN, registry_aid(&owner));
}

/* What all below a domain may take together [GPCS 9.7], and what is left. */
static enum err put_granted(const struct domain *d, const struct query *q,
                            const struct registry_entry *e, struct buf *out)
{
    uint8_t bytes[4];
    uint32_t all;
    enum err err = ERR_OK;

    for (unsigned t = 0; q->tags.n > 0 && t < MEMORY_TYPES; t++) {
        if (!domain_granted(e, t, &all))
            continue;
        set_u4(bytes, all);
        if (err == ERR_OK)
            err = put_if(q, out, (uint16_t)(TAG_GRANTED + t),
                         span_of(bytes, sizeof bytes));
        set_u4(bytes, domain_granted_left(d, e, t));
        if (err == ERR_OK)
            err = put_if(q, out, (uint16_t)(TAG_GRANTED_LEFT + t),
                         span_of(bytes, sizeof bytes));
    }
    return err;
}

static void privilege_bytes(const struct domain *d,
                            const struct registry_entry *e, uint8_t out[3])
{
    uint32_t privileges = domain_privileges(d, e);

    out[0] = (uint8_t)(privileges >> 16);
    set_u2(out + 1, (uint16_t)privileges);
}

static enum err put_application_data(const struct domain *d,
                                     const struct query *q,
                                     const struct registry_entry *e,
                                     struct buf *out)
{
    struct registry_entry file;
    uint8_t privileges[3];

    privilege_bytes(d, e, privileges);
    enum err err = put_if(q, out, TAG_STATE, span_of(&e->state, 1));
    if (err == ERR_OK)
        err = put_if(q, out, TAG_PRIVILEGES, span_of(privileges, 3));
    for (size_t i = 0; err == ERR_OK && i < REGISTRY_IMPLICIT_MAX; i++) {
        if (e->implicit[i] != 0)
            err = put_if(q, out, TAG_IMPLICIT, span_of(&e->implicit[i], 1));
    }
    if (err == ERR_OK && domain_find_code(d, e->package, &file))
        err = put_if(q, out, TAG_FILE, registry_aid(&file));
    if (err == ERR_OK)
        err = put_granted(d, q, e, out);
    return err == ERR_OK ? put_domain(d, q, e, out) : err;
}

/* Module i of a load file; false after the last. */
static bool module_aid(const struct domain *d, const struct registry_entry *e,
                       uint8_t i, struct span *aid)
{
    static const uint8_t domain_module[] = {0xA0, 0x00, 0x00, 0x01,
                                            0x51, 0x53, 0x50, 0x41};
    struct vm_package_info info;
    struct vm_method install;

    if (e->package == REGISTRY_NATIVE_PACKAGE) {
        *aid = span_of(domain_module, sizeof domain_module);
        return i == 0;
    }
    return vm_package(d->vm, e->package, &info) && i < info.applet_count &&
           vm_package_applet(d->vm, e->package, i, aid, &install);
}

static enum err put_file_data(const struct domain *d, const struct query *q,
                              const struct registry_entry *e, struct buf *out)
{
    struct vm_package_info info = {.major = 1, .minor = 0};
    struct span aid;

    (void)vm_package(d->vm, e->package, &info);
    const uint8_t version[] = {info.major, info.minor};
    enum err err = put_if(q, out, TAG_STATE, span_of(&e->state, 1));
    if (err == ERR_OK)
        err = put_if(q, out, TAG_VERSION, span_of(version, sizeof version));
    for (uint8_t i = 0;
         err == ERR_OK && with_modules(q) && module_aid(d, e, i, &aid); i++)
        err = put_if(q, out, TAG_MODULE, aid);
    return err == ERR_OK ? put_domain(d, q, e, out) : err;
}

/* [GPCS 11.4.3.1], tables 11-36 and 11-37 */
static enum err put_tlv_entry(const struct domain *d, const struct query *q,
                              const struct registry_entry *e, struct buf *out)
{
    size_t mark;

    enum err err = tlv_open(out, 0xE3, &mark);
    if (err == ERR_OK)
        err = put_if(q, out, TAG_AID, registry_aid(e));
    if (err == ERR_OK)
        err = e->kind == ENTRY_PACKAGE ? put_file_data(d, q, e, out)
                                       : put_application_data(d, q, e, out);
    if (err == ERR_OK)
        err = tlv_close(out, mark);
    return err;
}

static uint8_t module_count(const struct domain *d,
                            const struct registry_entry *e)
{
    struct span aid;
    uint8_t n = 0;

    while (module_aid(d, e, n, &aid))
        n++;
    return n;
}

/* The form of older cards: lengths and values without tags. [GPCS 11.4.2.2] */
static enum err put_old_entry(const struct domain *d, const struct query *q,
                              const struct registry_entry *e, struct buf *out)
{
    uint8_t privileges[3] = {0};
    struct span aid;

    if (e->kind != ENTRY_PACKAGE)
        privilege_bytes(d, e, privileges);
    enum err err = buf_put_lv(out, registry_aid(e));
    if (err == ERR_OK)
        err = buf_put_u1(out, e->state);
    if (err == ERR_OK)
        err = buf_put_u1(out, privileges[0]);
    if (err != ERR_OK || !with_modules(q))
        return err;
    err = buf_put_u1(out, module_count(d, e));
    for (uint8_t i = 0; err == ERR_OK && module_aid(d, e, i, &aid); i++)
        err = buf_put_lv(out, aid);
    return err;
}

static bool starts_with(struct span s, struct span start)
{
    return s.n >= start.n && span_equal(span_of(s.p, start.n), start);
}

/* Bits of P1 that ask for an entry. */
static uint8_t selected_by(const struct registry_entry *e)
{
    if (e->slot == DOMAIN_ISD)
        return P1_ISSUER;
    return e->kind == ENTRY_PACKAGE ? P1_FILES | P1_FILES_MODULES
                                    : P1_APPLICATIONS;
}

/*
 * Criteria do not count where the issuer domain alone is asked for
 * [GPCS 11.4.2.1].
 */
static bool asked_for(const struct domain *d, const struct query *q,
                      const struct registry_entry *self,
                      const struct registry_entry *e)
{
    if ((q->p1 & selected_by(e)) == 0)
        return false;
    return q->p1 == P1_ISSUER ||
           (domain_may_see(d, self, e) && starts_with(registry_aid(e), q->aid));
}

/*
 * Puts entries until one does not fit: 6310, and *from says which.
 * [GPCS 11.4.3.2]
 */
static sw_t put_entries(const struct domain *d, const struct query *q,
                        const struct registry_entry *self, size_t max,
                        uint16_t *from, struct buf *out)
{
    struct registry_entry e;
    uint16_t slot = *from;

    for (; domain_each_entry(d, &slot, &e); slot++) {
        if (!asked_for(d, q, self, &e))
            continue;
        size_t before = out->n;
        enum err err = q->tlv ? put_tlv_entry(d, q, &e, out)
                              : put_old_entry(d, q, &e, out);
        if (err != ERR_OK)
            return sw_from_err(err);
        if (out->n > max && before > 0) {
            out->n = before;
            *from = slot;
            return SW_MORE_DATA;
        }
    }
    *from = REGISTRY_SLOTS;
    return out->n > 0 ? SW_OK : SW_DATA_NOT_FOUND;
}

/*
 * Other criteria than the AID are not looked at [GPCS 11.4.2.3].  P1 is a map
 * of bits, and one command can ask for several kinds of entries, as the cards
 * of Open Platform 2.0.1' let it (9.4.2.1 there).
 */
static sw_t parse_query(const struct domain_request *r, struct query *q)
{
    struct span rest = r->c.data;
    struct tlv item;

    /* bits for future use are not looked at [GPCS 11.1] */
    *q = (struct query){.p1 = r->c.p1 & P1_SELECTION,
                        .tlv = (r->c.p2 & P2_TLV) != 0};
    if (q->p1 == 0)
        return SW_WRONG_P1P2;
    if (tlv_take_tag(&rest, TAG_AID, &q->aid) != ERR_OK || q->aid.n > 16)
        return SW_WRONG_DATA;
    while (rest.n > 0) {
        if (tlv_take(&rest, &item) != ERR_OK)
            return SW_WRONG_DATA;
        if (item.tag == TAG_LIST)
            q->tags = item.value;
    }
    return SW_OK;
}

/* [GPCS 11.4, 9.6.5, 9.6.6] */
sw_t domain_get_status(struct domain *d, const struct domain_request *r,
                       struct buf *response)
{
    struct domain_channel *ch = domain_here(d);
    bool next = (r->c.p2 & P2_NEXT) != 0;
    struct query q;
    uint16_t from = 0;

    sw_t sw = parse_query(r, &q);
    if (sw != SW_OK)
        return sw;
    if (next && (ch->status_p1 != q.p1 || q.p1 == P1_ISSUER))
        return SW_CONDITIONS;
    if (q.p1 == P1_ISSUER && r->self.slot != DOMAIN_ISD &&
        (r->self.privileges & PRIVILEGE_GLOBAL_REGISTRY) == 0)
        return SW_DATA_NOT_FOUND;
    if (next)
        from = ch->status_next;
    size_t max = r->c.extended ? response->cap / 2 : ANSWER_MAX;
    sw = put_entries(d, &q, &r->self, max, &from, response);
    ch->status_p1 = q.p1;
    ch->status_next = from;
    return sw;
}
