#include <string.h>

#include "domains/commands.h"
#include "domains/new_key.h"
#include "domains/session.h"
#include "domains/text.h"

enum {
    P1_VERSION_MASK = 0x7F,
    P2_MULTIPLE = 0x80,
    P2_ID_MASK = 0x7F,
    TYPE_FIRST = 0x80, /* below: the length of a check value */
};

/* One PUT KEY on its way through the keys in its data field. */
struct put_key {
    struct domain *d;
    uint16_t domain;
    uint8_t old_version; /* 0: keys are added */
    uint8_t version;
    uint8_t id; /* of the key in hand */
    bool whole_set;
    struct buf *response;
};

struct component_block {
    uint8_t type;
    bool extended;
    struct span block;
};

static sw_t take_block(struct span *s, struct component_block *c)
{
    if (span_take_u1(s, &c->type) != ERR_OK)
        return SW_WRONG_DATA;
    c->extended = c->type == KEY_TYPE_EXTENDED;
    if (c->extended && span_take_u1(s, &c->type) != ERR_OK)
        return SW_WRONG_DATA;
    sw_t sw = domain_take_field(s, &c->block);
    return sw == SW_OK && c->block.n == 0 ? SW_WRONG_DATA : sw;
}

/*
 * A block of whole cipher blocks is the encrypted value; any other starts with
 * the length of the value. [GPCS 11.8.2.3.3]
 */
static sw_t add_secret(const struct put_key *p, struct new_key *n,
                       const struct component_block *c)
{
    size_t unit = scp_dek_block(&domain_here(p->d)->session);
    struct span blocks = c->block;
    size_t length = blocks.n;

    if (blocks.n % unit != 0) {
        sw_t sw = domain_take_length(&blocks, &length);
        if (sw != SW_OK || length + unit <= blocks.n)
            return domain_refuse(p->d, SW_WRONG_DATA,
                                 "PUT KEY: bad length of a key");
    }
    return domain_add_secret(p->d, n, c->type, blocks, length);
}

static sw_t take_component(const struct put_key *p, struct span *s,
                           struct new_key *n, struct component_block *c)
{
    sw_t sw = take_block(s, c);

    if (sw != SW_OK)
        return domain_refuse(p->d, sw, "PUT KEY: the data field is cut off");
    return domain_is_secret(c->type)
               ? add_secret(p, n, c)
               : domain_add_part(p->d, n, c->type, c->block);
}

/* All components of a key, of one format. */
static sw_t take_components(const struct put_key *p, struct span *s,
                            struct new_key *n)
{
    struct component_block c;

    sw_t sw = take_component(p, s, n, &c);
    if (sw != SW_OK)
        return sw;
    n->k.extended = c.extended;
    while (sw == SW_OK && s->n > 0 && s->p[0] >= TYPE_FIRST) {
        sw = take_component(p, s, n, &c);
        if (sw == SW_OK && c.extended != n->k.extended)
            return domain_refuse(p->d, SW_WRONG_DATA,
                                 "PUT KEY: formats are mixed");
    }
    return sw;
}

/* The check value of a key, its usage and access. */
static sw_t take_tail(const struct put_key *p, struct span *s,
                      struct new_key *n, struct span *kcv)
{
    struct span usage, access;

    if (span_take_lv(s, kcv) != ERR_OK)
        return domain_refuse(p->d, SW_WRONG_DATA,
                             "PUT KEY: the data field is cut off");
    if (!n->k.extended)
        return SW_OK;
    if (span_take_lv(s, &usage) != ERR_OK || span_take_lv(s, &access) != ERR_OK)
        return domain_refuse(p->d, SW_WRONG_DATA,
                             "PUT KEY: usage or access is cut off");
    sw_t sw = domain_set_usage(p->d, n, usage);
    return sw == SW_OK ? domain_set_access(p->d, n, access) : sw;
}

static sw_t put_one(const struct put_key *p, struct span *s)
{
    struct new_key n;
    struct span kcv = span_of(NULL, 0);

    domain_start_new_key(&n, p->domain, p->version, p->id);
    n.replaces = p->old_version;
    n.whole_set = p->whole_set;
    sw_t sw = take_components(p, s, &n);
    if (sw == SW_OK)
        sw = take_tail(p, s, &n, &kcv);
    if (sw == SW_OK)
        sw = domain_store_new_key(p->d, &n, kcv);
    if (sw == SW_OK)
        sw = sw_from_err(buf_put_span(p->response, kcv));
    domain_wipe_new_key(&n);
    return sw;
}

static sw_t put_all(struct put_key *p, bool multiple, struct span s)
{
    sw_t sw = put_one(p, &s);

    while (sw == SW_OK && s.n > 0) {
        if (!multiple || p->id == P2_ID_MASK)
            return domain_refuse(p->d, SW_WRONG_DATA,
                                 "PUT KEY: more than one key");
        p->id++;
        sw = put_one(p, &s);
    }
    return sw;
}

/* All keys or none [GPCS 11.8.2.3.3]. */
static sw_t put_atomically(struct put_key *p, bool multiple, struct span s)
{
    struct heap *heap = p->d->heap;
    enum err e = heap_begin(heap);

    if (e != ERR_OK)
        return sw_from_err(e);
    sw_t sw = put_all(p, multiple, s);
    if (sw == SW_OK)
        sw = domain_personalize_by_keys(p->d, p->domain);
    if (sw == SW_OK)
        return sw_from_err(heap_commit(heap));
    e = heap_abort(heap);
    return e == ERR_OK ? sw : sw_from_err(e);
}

/* Three keys from identifier 01 on. */
static bool is_whole_set(const struct domain_request *r, struct span keys)
{
    struct component_block c;
    struct span tail;
    unsigned n = 0;

    if ((r->c.p2 & P2_MULTIPLE) == 0 || (r->c.p2 & P2_ID_MASK) != KEY_ID_ENC)
        return false;
    while (keys.n > 0 && take_block(&keys, &c) == SW_OK &&
           domain_is_secret(c.type) && span_take_lv(&keys, &tail) == ERR_OK) {
        if (c.extended && (span_take_lv(&keys, &tail) != ERR_OK ||
                           span_take_lv(&keys, &tail) != ERR_OK))
            return false;
        n++;
    }
    return keys.n == 0 && n >= KEY_ID_DEK;
}

/* [GPCS 11.8] */
sw_t domain_put_key(struct domain *d, const struct domain_request *r,
                    struct buf *response)
{
    struct span s = r->c.data;
    struct put_key p = {
        .d = d,
        .domain = r->self.slot,
        .old_version = r->c.p1 & P1_VERSION_MASK,
        .id = r->c.p2 & P2_ID_MASK,
        .response = response,
    };

    if (span_take_u1(&s, &p.version) != ERR_OK || p.version == 0 ||
        p.version > KEY_VERSION_MAX)
        return domain_refuse(p.d, SW_WRONG_DATA,
                             "PUT KEY: no such key version");
    p.whole_set = is_whole_set(r, s);
    enum err e = buf_put_u1(response, p.version);
    if (e != ERR_OK)
        return sw_from_err(e);
    return put_atomically(&p, (r->c.p2 & P2_MULTIPLE) != 0, s);
}
