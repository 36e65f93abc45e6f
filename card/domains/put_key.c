#include <string.h>

#include "base/ct.h"
#include "crypto/kcv.h"
#include "domains/commands.h"
#include "domains/keys.h"
#include "domains/session.h"
#include "domains/text.h"

enum {
    P1_VERSION_MASK = 0x7F,
    P2_MULTIPLE = 0x80,
    P2_ID_MASK = 0x7F,
    TYPE_EXTENDED = 0xFF,
    TYPE_FIRST = 0x80, /* below: the length of a check value */
    SECRET_MAX = KEY_SECRET_MAX,
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

static sw_t refuse(const struct put_key *p, sw_t sw, const char *why)
{
    domain_trace(p->d, why);
    return sw;
}

static bool is_secret(uint8_t type)
{
    return type == KEY_TYPE_AES || type == KEY_TYPE_DES;
}

static bool is_public(uint8_t type)
{
    return type == KEY_TYPE_RSA_N || type == KEY_TYPE_RSA_E ||
           type == KEY_TYPE_EC_PUBLIC || type == KEY_TYPE_EC_REFERENCE ||
           (type >= KEY_TYPE_EC_PARAMETER_FIRST &&
            type <= KEY_TYPE_EC_PARAMETER_LAST);
}

static bool secret_length_fits(uint8_t type, size_t n)
{
    if (type == KEY_TYPE_AES)
        return n == 16 || n == 24 || n == 32;
    return n == 16 || n == 24;
}

/*
 * A block of whole cipher blocks is the encrypted value; any other starts with
 * the length of the value. [GPCS 11.8.2.3.3]
 */
static sw_t open_secret(const struct put_key *p, uint8_t type,
                        struct span block, uint8_t out[SECRET_MAX], size_t *n)
{
    const struct scp_session *session = &domain_here(p->d)->session;
    size_t unit = scp_dek_block(session);
    uint8_t length = 0;

    *n = block.n;
    if (block.n % unit != 0) {
        if (span_take_u1(&block, &length) != ERR_OK || block.n % unit != 0 ||
            length > block.n)
            return refuse(p, SW_WRONG_DATA, "PUT KEY: bad length of a key");
        *n = length;
    }
    if (block.n > SECRET_MAX || !secret_length_fits(type, *n))
        return refuse(p, SW_WRONG_DATA, "PUT KEY: no such key length");
    enum err e = scp_dek(session, p->d->port->crypto, CRYPTO_DECRYPT, block.p,
                         out, block.n);
    return e == ERR_OK ? SW_OK : sw_from_err(e);
}

static sw_t check_value(const struct put_key *p, uint8_t type,
                        struct span value, struct span presented,
                        uint8_t kcv[CRYPTO_KCV_SIZE])
{
    enum crypto_cipher cipher = type == KEY_TYPE_AES ? CRYPTO_AES : CRYPTO_DES3;
    enum err e = crypto_kcv(p->d->port->crypto, cipher, value, kcv);

    if (e != ERR_OK)
        return sw_from_err(e);
    if (presented.n != CRYPTO_KCV_SIZE)
        return refuse(p, SW_WRONG_DATA, "PUT KEY: a check value is missing");
    if (!ct_equal(kcv, presented.p, CRYPTO_KCV_SIZE))
        return refuse(p, SW_SECURITY_STATUS, "PUT KEY: wrong check value");
    return SW_OK;
}

/* The check value of a key, its response, usage and access. */
static sw_t take_tail(const struct put_key *p, struct span *s, bool extended,
                      struct domain_key *k, struct span *kcv)
{
    struct span usage, access;

    if (span_take_lv(s, kcv) != ERR_OK)
        return refuse(p, SW_WRONG_DATA, "PUT KEY: the data field is cut off");
    if (!extended)
        return sw_from_err(buf_put_span(p->response, *kcv));
    if (span_take_lv(s, &usage) != ERR_OK || span_take_lv(s, &access) != ERR_OK)
        return refuse(p, SW_WRONG_DATA, "PUT KEY: usage or access is cut off");
    if (usage.n > 0)
        k->usage = usage.p[0];
    if (access.n > 0)
        k->access = access.p[0];
    return sw_from_err(buf_put_span(p->response, *kcv));
}

struct component_block {
    uint8_t type;
    bool extended;
    struct span block;
};

static sw_t take_block(struct span *s, struct component_block *c)
{
    if (span_take_u1(s, &c->type) != ERR_OK)
        return SW_WRONG_DATA;
    c->extended = c->type == TYPE_EXTENDED;
    if (c->extended && span_take_u1(s, &c->type) != ERR_OK)
        return SW_WRONG_DATA;
    sw_t sw = domain_take_field(s, &c->block);
    return sw == SW_OK && c->block.n == 0 ? SW_WRONG_DATA : sw;
}

/* A key of one secret component, into its record. */
static sw_t take_secret(const struct put_key *p, struct span *s,
                        const struct component_block *c, struct domain_key *k,
                        struct buf *record)
{
    uint8_t value[SECRET_MAX] = {0};
    struct span kcv = span_of(NULL, 0);
    size_t n = 0;

    sw_t sw = open_secret(p, c->type, c->block, value, &n);
    if (sw == SW_OK)
        sw = take_tail(p, s, c->extended, k, &kcv);
    if (sw == SW_OK)
        sw = check_value(p, c->type, span_of(value, n), kcv, k->kcv);
    if (sw == SW_OK) {
        k->kcv_length = CRYPTO_KCV_SIZE;
        sw = sw_from_err(domain_key_record(k, record));
    }
    if (sw == SW_OK)
        sw = sw_from_err(
            domain_put_component(record, c->type, span_of(value, n)));
    if (sw == SW_OK)
        sw = sw_from_err(domain_seal_key(p->d, record));
    wipe(value, sizeof value);
    return sw;
}

/* A public key of one or more components, into its record. */
static sw_t take_public(const struct put_key *p, struct span *s,
                        struct component_block c, struct domain_key *k,
                        struct buf *record)
{
    struct span kcv;
    bool extended = c.extended;

    sw_t sw = sw_from_err(domain_key_record(k, record));
    while (sw == SW_OK) {
        if (!is_public(c.type))
            return refuse(p, SW_WRONG_DATA, "PUT KEY: no such key type");
        sw = sw_from_err(domain_put_component(record, c.type, c.block));
        if (s->n == 0 || s->p[0] < TYPE_FIRST)
            break;
        if (sw == SW_OK)
            sw = take_block(s, &c);
    }
    if (sw == SW_OK)
        sw = take_tail(p, s, extended, k, &kcv);
    if (sw != SW_OK)
        return sw;
    if (kcv.n != 0)
        return refuse(p, SW_WRONG_DATA,
                      "PUT KEY: a public key has no check value");
    record->p[6] = k->usage; /* known only behind the components */
    record->p[7] = k->access;
    return SW_OK;
}

/* Same algorithm and size, or the new key is none of a kind with the old. */
static bool same_kind(const struct domain_key *old, const struct buf *record)
{
    struct span a = old->components;
    struct span b =
        span_of(record->p + KEY_RECORD_HEAD, record->n - KEY_RECORD_HEAD);
    struct domain_component x, y;

    return domain_take_component(&a, &x) && domain_take_component(&b, &y) &&
           x.type == y.type && x.value.n == y.value.n;
}

static sw_t add_key(const struct put_key *p, const struct buf *record)
{
    struct domain_key old;
    uint16_t slot;

    if (domain_find_key(p->d, p->domain, p->version, p->id, &old))
        return refuse(p, SW_WRONG_DATA, "PUT KEY: the key is there already");
    return sw_from_err(
        domain_add_record(p->d, record->p, (uint32_t)record->n, &slot));
}

static sw_t replace_key(const struct put_key *p, const struct buf *record)
{
    struct domain_key old, other;

    if (!domain_find_key(p->d, p->domain, p->old_version, p->id, &old))
        return refuse(p, SW_DATA_NOT_FOUND, "PUT KEY: no key to replace");
    if (p->version != p->old_version &&
        domain_find_key(p->d, p->domain, p->version, p->id, &other))
        return refuse(p, SW_WRONG_DATA, "PUT KEY: the version is taken");
    if (!same_kind(&old, record))
        return refuse(p, SW_WRONG_DATA,
                      "PUT KEY: type or length differ from the old key's");
    return sw_from_err(
        domain_replace_record(p->d, old.slot, record->p, (uint32_t)record->n));
}

/* A replaced set starts counting anew, a single replaced key does not. */
static uint32_t first_counter(const struct put_key *p)
{
    struct domain_key old;

    if (p->whole_set || p->old_version == 0 ||
        !domain_find_key(p->d, p->domain, p->old_version, p->id, &old))
        return 0;
    return old.counter;
}

static sw_t put_one(const struct put_key *p, struct span *s)
{
    uint8_t bytes[KEY_RECORD_MAX];
    struct buf record = buf_of(bytes, sizeof bytes);
    struct component_block c;
    struct domain_key k = {
        .id = p->id,
        .version = p->version,
        .domain = p->domain,
        .counter = first_counter(p),
    };

    sw_t sw = take_block(s, &c);
    if (sw != SW_OK)
        return refuse(p, sw, "PUT KEY: the data field is cut off");
    if (is_secret(c.type))
        sw = take_secret(p, s, &c, &k, &record);
    else
        sw = take_public(p, s, c, &k, &record);
    if (sw == SW_OK)
        sw =
            p->old_version == 0 ? add_key(p, &record) : replace_key(p, &record);
    wipe(bytes, sizeof bytes);
    return sw;
}

static sw_t put_all(struct put_key *p, bool multiple, struct span s)
{
    sw_t sw = put_one(p, &s);

    while (sw == SW_OK && s.n > 0) {
        if (!multiple || p->id == P2_ID_MASK)
            return refuse(p, SW_WRONG_DATA, "PUT KEY: more than one key");
        p->id++;
        sw = put_one(p, &s);
    }
    return sw;
}

/* A domain with its own keys is personalized, unless it was to wait. */
static sw_t personalize(const struct put_key *p)
{
    struct registry_entry e;
    struct domain_key_set set;

    if (p->domain == DOMAIN_ISD || !domain_entry(p->d, p->domain, &e) ||
        e.state != STATE_SELECTABLE ||
        (e.flags & FLAG_STAYS_UNPERSONALIZED) != 0 ||
        !domain_find_key_set(p->d, p->domain, 0, &set))
        return SW_OK;
    e.state = STATE_PERSONALIZED;
    return sw_from_err(domain_put_entry(p->d, &e));
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
        sw = personalize(p);
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
    while (keys.n > 0 && take_block(&keys, &c) == SW_OK && is_secret(c.type) &&
           span_take_lv(&keys, &tail) == ERR_OK) {
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
        return refuse(&p, SW_WRONG_DATA, "PUT KEY: no such key version");
    p.whole_set = is_whole_set(r, s);
    enum err e = buf_put_u1(response, p.version);
    if (e != ERR_OK)
        return sw_from_err(e);
    return put_atomically(&p, (r->c.p2 & P2_MULTIPLE) != 0, s);
}
