/*
 * What INSTALL brings of Amendment C: tags A0 (protocol parameters) and A1
 * (user interaction parameters) of the system parameters.  Their coding is
 * known from off-card tools that send them.  [Amd C]
 */
#include "domains/contactless.h"

#include "base/tlv.h"
#include "domains/text.h"

enum {
    TAG_PROTOCOL = 0xA0, /* of system parameters */
    TAG_USER = 0xA1,
    TAG_AID = 0x4F,
    /* in A0 */
    TAG_ASSIGNED = 0x80,
    TAG_INITIAL = 0x81,
    TAG_CONTINUOUS = 0x84,
    /* in A1 */
    TAG_CONTROL = 0x7F20,
    TAG_HEAD = 0xA0,
    TAG_ADD_MEMBERS = 0xA1,
    TAG_REMOVE_MEMBERS = 0xA2,
    TAG_ADD_CRELS = 0xA3,
    TAG_REMOVE_CRELS = 0xA4,
    TAG_POLICY = 0xA5,
    TAG_DISCRETIONARY = 0xA6,
    TAG_FAMILY = 0x87,
    TAG_DISPLAY = 0x88,
    /* in 7F20 */
    TAG_URI = 0x5F50,
    TAG_LOGO = 0x6D,
    TAG_MESSAGE = 0x5F45,
    /* INFO_ constants */
    INFO_URI = 0x04,
    INFO_DISCRETIONARY = 0x05,
    INFO_LOGO = 0x06,
    INFO_MESSAGE = 0x0A,
    INFO_FAMILY = 0x0B,
    INFO_PROTOCOLS = 0x0C,
    INFO_CONTINUOUS = 0x0D,
    INFO_DISPLAY = 0x0F,
    INFO_POLICY = 0x10,
};

/* What an item of A0, A1 or 7F20 becomes: an item of the record. */
struct meaning {
    uint16_t tag;
    uint8_t type; /* INFO_..., CL_ITEM_... */
    bool drops;   /* values go instead of coming */
};

enum { TYPE_INITIAL = 0xFF /* no item: the initial state */ };

static const struct meaning protocol[] = {
    {TAG_ASSIGNED, INFO_PROTOCOLS, false},
    {TAG_INITIAL, TYPE_INITIAL, false},
    {TAG_CONTINUOUS, INFO_CONTINUOUS, false},
    {0, 0, false},
};
static const struct meaning user[] = {
    {TAG_HEAD, CL_ITEM_HEAD, false},
    {TAG_ADD_MEMBERS, CL_ITEM_MEMBER, false},
    {TAG_REMOVE_MEMBERS, CL_ITEM_MEMBER, true},
    {TAG_ADD_CRELS, CL_ITEM_CREL, false},
    {TAG_REMOVE_CRELS, CL_ITEM_CREL, true},
    {TAG_POLICY, INFO_POLICY, false},
    {TAG_DISCRETIONARY, INFO_DISCRETIONARY, false},
    {TAG_FAMILY, INFO_FAMILY, false},
    {TAG_DISPLAY, INFO_DISPLAY, false},
    {0, 0, false},
};
static const struct meaning control[] = {
    {TAG_URI, INFO_URI, false},
    {TAG_LOGO, INFO_LOGO, false},
    {TAG_MESSAGE, INFO_MESSAGE, false},
    {0, 0, false},
};

static const struct meaning *meaning_of(const struct meaning *of, uint16_t tag)
{
    while (of->tag != 0 && of->tag != tag)
        of++;
    return of->tag != 0 ? of : NULL;
}

static bool is_list(uint8_t type)
{
    return type == CL_ITEM_HEAD || type == CL_ITEM_MEMBER ||
           type == CL_ITEM_CREL;
}

/* ---- walking ---- */

/* The items of A0 and A1, and those of 7F20 in their place among them. */
struct walk {
    struct span system;
    struct span group; /* the rest of A0 or A1, */
    const struct meaning *of;
    struct span control; /* and of 7F20 */
};

/* False at the end, and when *sw says what is wrong. */
static bool next_item(struct walk *w, const struct meaning **m,
                      struct span *value, sw_t *sw)
{
    struct tlv item;

    while (w->control.n > 0 || w->group.n > 0 || w->system.n > 0) {
        const bool inside = w->control.n > 0;
        struct span *from = inside           ? &w->control
                            : w->group.n > 0 ? &w->group
                                             : &w->system;
        *sw = tlv_take(from, &item) == ERR_OK ? SW_OK : SW_WRONG_DATA;
        if (*sw != SW_OK)
            return false;
        *value = item.value;
        if (from == &w->system) {
            w->of = item.tag == TAG_PROTOCOL ? protocol : user;
            if (item.tag == TAG_PROTOCOL || item.tag == TAG_USER)
                w->group = item.value;
        } else if (!inside && w->of == user && item.tag == TAG_CONTROL) {
            w->control = item.value;
        } else {
            *m = meaning_of(inside ? control : w->of, item.tag);
            *sw = *m != NULL ? SW_OK : SW_FUNCTION_UNSUPPORTED;
            return *m != NULL;
        }
    }
    return false;
}

/* ---- checking ---- */

static sw_t check_item(const struct meaning *m, struct span value)
{
    const uint8_t family[2] = {0};

    if (is_list(m->type))
        return domain_cl_check_info(INFO_POLICY, value);
    if (m->type == TYPE_INITIAL)
        return value.n == 1 && value.p[0] <= CL_ACTIVATED ? SW_OK
                                                          : SW_WRONG_DATA;
    if (m->type != INFO_FAMILY)
        return domain_cl_check_info(m->type, value);
    return value.n == 1
               ? domain_cl_check_info(m->type, span_of(family, sizeof family))
               : SW_WRONG_DATA;
}

sw_t domain_cl_check_parameters(const struct domain *d, struct span system)
{
    struct walk w = {.system = system};
    const struct meaning *m = NULL;
    struct span value;
    sw_t sw = SW_OK;

    while (sw == SW_OK && next_item(&w, &m, &value, &sw))
        sw = check_item(m, value);
    return sw == SW_OK
               ? SW_OK
               : domain_refuse(d, sw, "INSTALL: contactless parameters");
}

/* ---- taking ---- */

struct taking {
    struct domain *d;
    uint16_t slot;
    bool is_new;
};

static enum err write(const struct taking *t, const struct domain_cl *cl,
                      const struct domain_cl_edit *edit)
{
    return t->is_new ? domain_cl_enter(t->d, cl, edit)
                     : domain_cl_change(t->d, cl, edit);
}

static enum err edit_one(const struct taking *t,
                         const struct domain_cl_edit *edit)
{
    struct domain_cl cl;

    domain_cl(t->d, t->slot, &cl);
    return write(t, &cl, edit);
}

/* AIDs come into a list, or go; a head's takes the place of another. */
static enum err take_list(const struct taking *t, const struct meaning *m,
                          struct span list)
{
    enum err e = ERR_OK;
    struct span aid;

    while (e == ERR_OK && tlv_take_tag(&list, TAG_AID, &aid) == ERR_OK) {
        const struct domain_cl_edit edit = {
            .drop = m->type,
            .one = m->type != CL_ITEM_HEAD,
            .dropped = aid,
            .add = m->drops ? 0 : m->type,
            .added = aid,
        };
        e = edit_one(t, &edit);
    }
    return e;
}

static enum err take_family(const struct taking *t, uint8_t family)
{
    const uint8_t bytes[] = {0, family};
    const struct domain_cl_edit edit = {.drop = INFO_FAMILY,
                                        .add = INFO_FAMILY,
                                        .added = span_of(bytes, sizeof bytes)};

    return edit_one(t, &edit);
}

static enum err take_initial(const struct taking *t, uint8_t state)
{
    struct domain_cl cl;

    domain_cl(t->d, t->slot, &cl);
    cl.initial = state;
    if (t->is_new)
        cl.state = state;
    return write(t, &cl, NULL);
}

static enum err take_item(const struct taking *t, const struct meaning *m,
                          struct span value)
{
    const bool comes = value.n > 0 || m->type == INFO_PROTOCOLS;
    const struct domain_cl_edit edit = {
        .drop = m->type, .add = comes ? m->type : 0, .added = value};

    if (is_list(m->type))
        return take_list(t, m, value);
    if (m->type == TYPE_INITIAL)
        return take_initial(t, value.p[0]);
    return m->type == INFO_FAMILY ? take_family(t, value.p[0])
                                  : edit_one(t, &edit);
}

enum err domain_cl_take_parameters(struct domain *d,
                                   const struct registry_entry *e,
                                   struct span system, bool is_new)
{
    const struct taking t = {d, e->slot, is_new};
    struct walk w = {.system = system};
    const struct meaning *m = NULL;
    enum err err = ERR_OK;
    struct span value;
    sw_t sw = SW_OK;

    while (err == ERR_OK && next_item(&w, &m, &value, &sw))
        err = take_item(&t, m, value);
    return err == ERR_OK && sw != SW_OK ? ERR_RANGE : err;
}
