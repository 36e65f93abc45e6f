#include "domains/key_groups.h"

#include <string.h>

#include "base/ct.h"
#include "base/tlv.h"
#include "domains/commands.h"
#include "domains/new_key.h"
#include "domains/session.h"
#include "domains/text.h"

enum {
    TAG_TEMPLATE = 0xB9,
    TAG_TYPE = 0x80,
    TAG_LENGTH = 0x81,
    TAG_ID = 0x82,
    TAG_VERSION = 0x83,
    TAG_CHECK_VALUE = 0x84,
    TAG_REFERENCE = 0x85,
    TAG_USAGE = 0x95,
    TAG_ACCESS = 0x96,
    TEMPLATES_MAX = 16,
    PLAIN_MAX = KEY_SECRET_MAX,
};

/* One control reference template: a component and the key it is of. */
struct key_template {
    struct span type;
    struct span length;
    struct span id;
    struct span version;
    struct span kcv;
    struct span reference;
    struct span usage;
    struct span access;
};

/* Keys on their way in; `rest` is behind the last group that was taken. */
struct key_groups {
    struct domain *d;
    uint16_t domain;
    bool all; /* public values are enciphered, too */
    bool whole_set;
    bool incomplete; /* a group is still to come */
    struct span rest;
    struct key_template templates[TEMPLATES_MAX];
    unsigned count;
};

/* The group of each component [GPCS 11.11.4.1, 11.11.4.2]. */
static const struct {
    uint8_t type;
    uint16_t dgi;
} groups[] = {
    {KEY_TYPE_DES, 0x8113},
    {KEY_TYPE_PSK, 0x8113},
    {KEY_TYPE_AES, 0x8113},
    {KEY_TYPE_HMAC, 0x8113},
    {KEY_TYPE_HMAC_160, 0x8113},
    {KEY_TYPE_RSA_N, 0x0010},
    {KEY_TYPE_RSA_E, 0x0011},
    {KEY_TYPE_RSA_D, 0x8112},
    {KEY_TYPE_RSA_PQ, 0x8121},
    {KEY_TYPE_RSA_DQ, 0x8122},
    {KEY_TYPE_RSA_DP, 0x8123},
    {KEY_TYPE_RSA_Q, 0x8124},
    {KEY_TYPE_RSA_P, 0x8125},
    {KEY_TYPE_EC_PUBLIC, 0x0036},
    {KEY_TYPE_EC_PRIVATE, 0x8137},
    {KEY_TYPE_EC_PARAMETER_FIRST, 0x0030},
    {KEY_TYPE_EC_PARAMETER_FIRST + 1, 0x0031},
    {KEY_TYPE_EC_PARAMETER_FIRST + 2, 0x0032},
    {KEY_TYPE_EC_PARAMETER_FIRST + 3, 0x0033},
    {KEY_TYPE_EC_PARAMETER_FIRST + 4, 0x0034},
    {KEY_TYPE_EC_PARAMETER_LAST, 0x0035},
};

/* 0: components of this type come in no group. */
static uint16_t group_of(uint8_t type)
{
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        if (groups[i].type == type)
            return groups[i].dgi;
    }
    return 0;
}

/* ---- control reference templates ---- */

static struct span *field_of(struct key_template *t, uint16_t tag)
{
    switch (tag) {
    case TAG_TYPE:
        return &t->type;
    case TAG_LENGTH:
        return &t->length;
    case TAG_ID:
        return &t->id;
    case TAG_VERSION:
        return &t->version;
    case TAG_CHECK_VALUE:
        return &t->kcv;
    case TAG_REFERENCE:
        return &t->reference;
    case TAG_USAGE:
        return &t->usage;
    case TAG_ACCESS:
        return &t->access;
    default:
        return NULL;
    }
}

/* Either all that tells of a key is there, or none of it. */
static bool is_template(const struct key_template *t)
{
    bool key = t->id.n > 0;

    if (t->type.n != 1)
        return false;
    if (t->type.p[0] == KEY_TYPE_EC_REFERENCE)
        return t->reference.n > 0 && !key;
    return (t->length.n == 1 || t->length.n == 2) && t->reference.n == 0 &&
           (!key || (t->id.n == 1 && t->version.n == 1 && t->usage.n > 0));
}

static bool take_template(struct span s, struct key_template *t)
{
    struct tlv item;

    memset(t, 0, sizeof *t);
    while (s.n > 0) {
        if (tlv_take(&s, &item) != ERR_OK)
            return false;
        struct span *field = field_of(t, item.tag);
        if (field == NULL || field->n > 0 || item.value.n == 0)
            return false;
        *field = item.value;
    }
    return is_template(t);
}

static sw_t take_templates(struct key_groups *g, struct span s)
{
    struct span value;

    g->count = 0;
    while (s.n > 0) {
        /* Behind the last there may be padding, if it was enciphered. */
        if (g->all && g->count > 0 && s.p[0] != TAG_TEMPLATE)
            return SW_OK;
        if (tlv_take_tag(&s, TAG_TEMPLATE, &value) != ERR_OK ||
            g->count == TEMPLATES_MAX ||
            !take_template(value, &g->templates[g->count]))
            return domain_refuse(
                g->d, SW_WRONG_DATA,
                "STORE DATA: a bad control reference template");
        g->count++;
    }
    return g->count > 0 ? SW_OK
                        : domain_refuse(g->d, SW_WRONG_DATA,
                                        "STORE DATA: no key is described");
}

static size_t length_of(const struct key_template *t)
{
    return t->length.n == 1 ? t->length.p[0] : get_u2(t->length.p);
}

/* ---- groups ---- */

static sw_t decipher(const struct key_groups *g, struct span value,
                     uint8_t out[PLAIN_MAX])
{
    const struct scp_session *session = &domain_here(g->d)->session;

    if (value.n > PLAIN_MAX || value.n % scp_dek_block(session) != 0)
        return domain_refuse(g->d, SW_WRONG_DATA,
                             "STORE DATA: bad length of what is enciphered");
    return sw_from_err(scp_dek(session, g->d->port->crypto, CRYPTO_DECRYPT,
                               value.p, out, value.n));
}

/* A public component, in the clear or not, as long as its template says. */
static sw_t add_public(const struct key_groups *g, struct new_key *n,
                       const struct key_template *t, struct span value)
{
    uint8_t plain[PLAIN_MAX];

    if (g->all) {
        sw_t sw = decipher(g, value, plain);
        if (sw != SW_OK)
            return sw;
        value = span_of(plain, length_of(t) < value.n ? length_of(t) : value.n);
    }
    /* Of a point the coding identifier may be left out of the count. */
    if (value.n != length_of(t) &&
        (t->type.p[0] != KEY_TYPE_EC_PUBLIC || value.n != length_of(t) + 1))
        return domain_refuse(g->d, SW_WRONG_DATA,
                             "STORE DATA: a component is not as long as told");
    return domain_add_part(g->d, n, t->type.p[0], value);
}

static sw_t take_component(struct key_groups *g, struct new_key *n,
                           const struct key_template *t)
{
    const uint8_t type = t->type.p[0];
    struct span value;

    if (type == KEY_TYPE_EC_REFERENCE)
        return domain_add_part(g->d, n, type, t->reference);
    if (group_of(type) == 0)
        return domain_refuse(g->d, SW_WRONG_DATA,
                             "STORE DATA: no such key type");
    sw_t sw = domain_take_next_group(g->d, &g->rest, &g->incomplete,
                                     group_of(type), &value);
    if (sw != SW_OK || g->incomplete)
        return sw;
    if (domain_is_secret(type))
        return domain_add_secret(g->d, n, type, value, length_of(t));
    return add_public(g, n, t, value);
}

/* ---- keys ---- */

/* Whether the template tells of another component of the same key. */
static bool goes_on(const struct key_template *first,
                    const struct key_template *t)
{
    if (t->id.n == 0)
        return true;
    return first->type.p[0] >= KEY_TYPE_RSA_E &&
           first->type.p[0] != KEY_TYPE_EC_PUBLIC &&
           first->type.p[0] != KEY_TYPE_EC_PRIVATE &&
           span_equal(t->id, first->id) &&
           span_equal(t->version, first->version);
}

/* What later templates say of a key is what the first did [GPCS 11.11.4]. */
static bool is_consistent(const struct key_template *first,
                          const struct key_template *t)
{
    return t->id.n == 0 || (span_equal(t->usage, first->usage) &&
                            span_equal(t->access, first->access));
}

/* The group that describes, its value deciphered into `plain` if it must. */
static sw_t take_description(struct key_groups *g, uint8_t plain[PLAIN_MAX])
{
    struct span value;

    sw_t sw = domain_take_next_group(g->d, &g->rest, &g->incomplete, DGI_KEYS,
                                     &value);
    if (sw != SW_OK || g->incomplete)
        return sw;
    if (g->all) {
        sw = decipher(g, value, plain);
        value.p = plain;
    }
    return sw == SW_OK ? take_templates(g, value) : sw;
}

/* The parameters of an EC key without a reference: groups of their own. */
static sw_t take_parameters(struct key_groups *g, struct new_key *n)
{
    struct key_groups inner = *g;
    uint8_t plain[PLAIN_MAX];

    sw_t sw = take_description(&inner, plain);
    for (unsigned i = 0; sw == SW_OK && !inner.incomplete && i < inner.count;
         i++) {
        if (inner.templates[i].id.n > 0 ||
            inner.templates[i].type.p[0] == KEY_TYPE_EC_REFERENCE)
            return domain_refuse(
                g->d, SW_WRONG_DATA,
                "STORE DATA: parameters of a curve must follow");
        sw = take_component(&inner, n, &inner.templates[i]);
    }
    g->incomplete = inner.incomplete;
    g->rest = inner.rest;
    return sw;
}

static bool lacks_curve(const struct key_template *first, unsigned templates)
{
    return templates == 1 && (first->type.p[0] == KEY_TYPE_EC_PUBLIC ||
                              first->type.p[0] == KEY_TYPE_EC_PRIVATE);
}

/* Usage and access of the key; none given is access for all [table 11-92]. */
static sw_t describe(const struct key_groups *g, struct new_key *n,
                     const struct key_template *t)
{
    static const uint8_t all = KEY_ACCESS_ALL;

    if (t->id.n == 0)
        return SW_OK;
    n->k.extended = true;
    sw_t sw = domain_set_usage(g->d, n, t->usage);
    if (sw != SW_OK)
        return sw;
    return domain_set_access(g->d, n,
                             t->access.n > 0 ? t->access : span_of(&all, 1));
}

/* One key, of the templates from *i on. */
static sw_t take_key(struct key_groups *g, unsigned *i, struct new_key *n)
{
    const struct key_template *first = &g->templates[*i];
    unsigned templates = 0;

    sw_t sw = describe(g, n, first);
    do {
        const struct key_template *t = &g->templates[*i];
        if (!is_consistent(first, t))
            return domain_refuse(g->d, SW_WRONG_DATA,
                                 "STORE DATA: templates of a key contradict");
        if (sw == SW_OK)
            sw = take_component(g, n, t);
        templates++;
        (*i)++;
    } while (sw == SW_OK && *i < g->count && goes_on(first, &g->templates[*i]));
    if (sw == SW_OK && !g->incomplete && lacks_curve(first, templates))
        sw = take_parameters(g, n);
    return sw;
}

/*
 * Where the curve goes that came under a reference and without a version: the
 * place it has, or a free one.
 */
static bool find_place(const struct key_groups *g, const struct key_template *t,
                       struct new_key *n)
{
    struct domain_component c;
    struct domain_key k;
    uint8_t id = 0;

    for (uint16_t s = 0; domain_each_key(g->d, g->domain, &s, &k); s++) {
        if (k.version == KEY_VERSION_NONE &&
            domain_find_component(&k, KEY_TYPE_EC_REFERENCE, &c) &&
            span_equal(c.value, t->reference)) {
            domain_start_new_key(n, g->domain, KEY_VERSION_NONE, k.id);
            n->replaces = KEY_VERSION_NONE;
            return true;
        }
    }
    while (domain_find_key(g->d, g->domain, KEY_VERSION_NONE, id, &k)) {
        if (id == KEY_ID_MAX)
            return false;
        id++;
    }
    domain_start_new_key(n, g->domain, KEY_VERSION_NONE, id);
    return true;
}

/* Begins the key of a template: a new one, or in place of the one there. */
static sw_t start_key(const struct key_groups *g, const struct key_template *t,
                      struct new_key *n)
{
    struct domain_key old;

    if (t->id.n == 0)
        return t->type.p[0] == KEY_TYPE_EC_REFERENCE && find_place(g, t, n)
                   ? SW_OK
                   : domain_refuse(g->d, SW_WRONG_DATA,
                                   "STORE DATA: no version and identifier");
    if (t->id.p[0] > KEY_ID_MAX || t->version.p[0] == 0 ||
        t->version.p[0] > KEY_VERSION_MAX)
        return domain_refuse(g->d, SW_WRONG_DATA,
                             "STORE DATA: no such key version or identifier");
    domain_start_new_key(n, g->domain, t->version.p[0], t->id.p[0]);
    n->whole_set = g->whole_set;
    if (domain_find_key(g->d, g->domain, n->k.version, n->k.id, &old))
        n->replaces = n->k.version;
    return SW_OK;
}

static sw_t take_one(struct key_groups *g, unsigned *i, bool storing)
{
    const struct key_template *t = &g->templates[*i];
    struct new_key n;

    sw_t sw = start_key(g, t, &n);
    if (sw != SW_OK)
        return sw;
    sw = take_key(g, i, &n);
    if (sw == SW_OK && !g->incomplete && storing)
        sw = domain_store_new_key(g->d, &n, t->kcv);
    domain_wipe_new_key(&n);
    return sw;
}

/* All keys that were described, if all their groups are there. */
static sw_t take_all(struct key_groups *g, bool storing)
{
    sw_t sw = SW_OK;

    for (unsigned i = 0; sw == SW_OK && !g->incomplete && i < g->count;)
        sw = take_one(g, &i, storing);
    return sw;
}

/* Three keys from identifier 01 on, of one version. */
static bool is_whole_set(const struct key_groups *g)
{
    if (g->count < KEY_ID_DEK)
        return false;
    for (unsigned i = 0; i < g->count; i++) {
        const struct key_template *t = &g->templates[i];
        if (t->id.n == 0 || t->id.p[0] != KEY_ID_ENC + i ||
            !span_equal(t->version, g->templates[0].version))
            return false;
    }
    return true;
}

sw_t domain_store_keys(struct domain *d, uint16_t domain, bool all,
                       struct span *s)
{
    struct key_groups g = {.d = d, .domain = domain, .all = all, .rest = *s};
    uint8_t plain[PLAIN_MAX];

    sw_t sw = take_description(&g, plain);
    const struct span values = g.rest;
    g.whole_set = is_whole_set(&g);
    if (sw == SW_OK && !g.incomplete)
        sw = take_all(&g, false);
    if (sw != SW_OK || g.incomplete)
        return sw;
    g.rest = values;
    sw = take_all(&g, true);
    if (sw == SW_OK)
        *s = g.rest;
    return sw;
}
