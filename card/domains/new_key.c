#include "domains/new_key.h"

#include <string.h>

#include "base/ct.h"
#include "crypto/kcv.h"
#include "domains/counters.h"
#include "domains/curves.h"
#include "domains/references.h"
#include "domains/session.h"
#include "domains/text.h"
#include "domains/tries.h"

enum { HEAD_BUT_COUNT = KEY_RECORD_HEAD - 1, AGREEMENT = 0x80 };

/* ---- forms ---- */

/* A bit for each type of component, in this order. */
static const uint8_t types[] = {
    KEY_TYPE_DES,
    KEY_TYPE_PSK,
    KEY_TYPE_AES,
    KEY_TYPE_HMAC,
    KEY_TYPE_HMAC_160,
    KEY_TYPE_RSA_E,
    KEY_TYPE_RSA_N,
    KEY_TYPE_RSA_SECRET_N,
    KEY_TYPE_RSA_D,
    KEY_TYPE_RSA_P,
    KEY_TYPE_RSA_Q,
    KEY_TYPE_RSA_PQ,
    KEY_TYPE_RSA_DP,
    KEY_TYPE_RSA_DQ,
    KEY_TYPE_EC_PUBLIC,
    KEY_TYPE_EC_PRIVATE,
    KEY_TYPE_EC_PARAMETER_FIRST,
    KEY_TYPE_EC_PARAMETER_FIRST + 1,
    KEY_TYPE_EC_PARAMETER_FIRST + 2,
    KEY_TYPE_EC_PARAMETER_FIRST + 3,
    KEY_TYPE_EC_PARAMETER_FIRST + 4,
    KEY_TYPE_EC_PARAMETER_LAST,
    KEY_TYPE_EC_REFERENCE,
};

enum {
    IS_DES = 1 << 0,
    IS_PSK = 1 << 1,
    IS_AES = 1 << 2,
    IS_HMAC = 1 << 3,
    IS_HMAC_160 = 1 << 4,
    HAS_E = 1 << 5,
    HAS_N = 1 << 6,
    HAS_SECRET_N = 1 << 7,
    HAS_D = 1 << 8,
    HAS_CRT = 0x1F << 9,
    HAS_PUBLIC = 1 << 14,
    HAS_PRIVATE = 1 << 15,
    HAS_CURVE = 0x1F << 16,
    HAS_COFACTOR = 1 << 21,
    HAS_REFERENCE = 1 << 22,
};

/*
 * The sets of components that make a key, and the one whose length is its
 * size.  [GPCS 11.8.2.3.5, 11.8.2.3.6]
 */
static const struct key_form {
    uint32_t parts;
    uint32_t optional;
    uint8_t algorithm;
    uint8_t sized;
} forms[] = {
    {IS_DES, 0, KEY_TYPE_DES, KEY_TYPE_DES},
    {IS_PSK, 0, KEY_TYPE_PSK, KEY_TYPE_PSK},
    {IS_AES, 0, KEY_TYPE_AES, KEY_TYPE_AES},
    {IS_HMAC, 0, KEY_TYPE_HMAC, KEY_TYPE_HMAC},
    {IS_HMAC_160, 0, KEY_TYPE_HMAC_160, KEY_TYPE_HMAC_160},
    {HAS_N | HAS_E, 0, KEY_TYPE_RSA_N, KEY_TYPE_RSA_N},
    {HAS_N | HAS_D, 0, KEY_TYPE_RSA_D, KEY_TYPE_RSA_N},
    {HAS_SECRET_N | HAS_D, 0, KEY_TYPE_RSA_D, KEY_TYPE_RSA_SECRET_N},
    {HAS_CRT, 0, KEY_TYPE_RSA_P, KEY_TYPE_RSA_P},
    {HAS_PUBLIC | HAS_REFERENCE, 0, KEY_TYPE_EC_PUBLIC, KEY_TYPE_EC_PUBLIC},
    {HAS_PUBLIC | HAS_CURVE, HAS_COFACTOR, KEY_TYPE_EC_PUBLIC,
     KEY_TYPE_EC_PUBLIC},
    {HAS_PRIVATE | HAS_REFERENCE, 0, KEY_TYPE_EC_PRIVATE, KEY_TYPE_EC_PRIVATE},
    {HAS_PRIVATE | HAS_CURVE, HAS_COFACTOR, KEY_TYPE_EC_PRIVATE,
     KEY_TYPE_EC_PRIVATE},
    {HAS_REFERENCE | HAS_CURVE, HAS_COFACTOR, KEY_TYPE_EC_REFERENCE,
     KEY_TYPE_EC_PARAMETER_FIRST},
};

/* The bit of a type; 0: there is no such type. */
static uint32_t bit_of(uint8_t type)
{
    for (unsigned i = 0; i < sizeof types; i++) {
        if (types[i] == type)
            return (uint32_t)1 << i;
    }
    return 0;
}

static uint32_t parts_of(const struct domain_key *k)
{
    struct span rest = k->components;
    struct domain_component c;
    uint32_t parts = 0;

    while (domain_take_component(&rest, &c))
        parts |= bit_of(c.type);
    return parts;
}

static const struct key_form *form_of(const struct domain_key *k)
{
    const uint32_t parts = parts_of(k);

    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if ((parts & ~forms[i].optional) == forms[i].parts)
            return &forms[i];
    }
    return NULL;
}

/* Bytes of the component that tells the size; of an RSA key without zeros in
 * front. */
static size_t size_of(const struct domain_key *k, const struct key_form *form)
{
    struct domain_component c;

    if (!domain_find_component(k, form->sized, &c))
        return 0;
    return form->sized == KEY_TYPE_RSA_N ? crypto_number(c.value).n : c.value.n;
}

/* ---- gathering ---- */

void domain_start_new_key(struct new_key *n, uint16_t domain, uint8_t version,
                          uint8_t id)
{
    memset(&n->k, 0, sizeof n->k);
    n->k.domain = domain;
    n->k.version = version;
    n->k.id = id;
    n->replaces = 0;
    n->whole_set = false;
    n->record = buf_of(n->bytes, sizeof n->bytes);
    memset(n->bytes, 0, KEY_RECORD_HEAD);
    n->record.n = KEY_RECORD_HEAD;
}

void domain_wipe_new_key(struct new_key *n)
{
    wipe(n->bytes, sizeof n->bytes);
}

/* What was gathered, as a key that could be stored. */
static void look_at(struct new_key *n)
{
    n->k.component_count = n->bytes[HEAD_BUT_COUNT];
    n->k.components =
        span_of(n->bytes + KEY_RECORD_HEAD, n->record.n - KEY_RECORD_HEAD);
}

static sw_t may_add(const struct domain *d, struct new_key *n, uint8_t type,
                    size_t length)
{
    look_at(n);
    if (bit_of(type) == 0)
        return domain_refuse(d, SW_WRONG_DATA, "key: no such key type");
    if ((parts_of(&n->k) & bit_of(type)) != 0)
        return domain_refuse(d, SW_WRONG_DATA, "key: a component came twice");
    return length > 0 ? SW_OK
                      : domain_refuse(d, SW_WRONG_DATA,
                                      "key: a component of no bytes");
}

sw_t domain_add_part(const struct domain *d, struct new_key *n, uint8_t type,
                     struct span value)
{
    if (domain_is_secret(type))
        return domain_refuse(d, SW_WRONG_DATA,
                             "key: a secret is not enciphered");
    sw_t sw = may_add(d, n, type, value.n);
    return sw == SW_OK
               ? sw_from_err(domain_put_component(&n->record, type, value))
               : sw;
}

sw_t domain_add_secret(struct domain *d, struct new_key *n, uint8_t type,
                       struct span blocks, size_t length)
{
    const struct scp_session *session = &domain_here(d)->session;
    uint8_t value[KEY_SECRET_MAX];

    sw_t sw = may_add(d, n, type, length);
    if (sw != SW_OK)
        return sw;
    if (!domain_is_secret(type) || length > blocks.n ||
        blocks.n > sizeof value || blocks.n % scp_dek_block(session) != 0)
        return domain_refuse(d, SW_WRONG_DATA, "key: bad length of a secret");
    enum err e = scp_dek(session, d->port->crypto, CRYPTO_DECRYPT, blocks.p,
                         value, blocks.n);
    if (e == ERR_OK)
        e = domain_put_component(&n->record, type, span_of(value, length));
    wipe(value, sizeof value);
    return sw_from_err(e);
}

sw_t domain_add_clear_secret(const struct domain *d, struct new_key *n,
                             uint8_t type, struct span value)
{
    sw_t sw = may_add(d, n, type, value.n);

    if (sw == SW_OK && (!domain_is_secret(type) || value.n > KEY_SECRET_MAX))
        sw = domain_refuse(d, SW_WRONG_DATA, "key: bad length of a secret");
    return sw == SW_OK
               ? sw_from_err(domain_put_component(&n->record, type, value))
               : sw;
}

sw_t domain_set_usage(const struct domain *d, struct new_key *n,
                      struct span usage)
{
    if (usage.n > 2 || (usage.n == 2 && (usage.p[1] & ~AGREEMENT) != 0))
        return domain_refuse(d, SW_WRONG_DATA, "key: no such usage");
    n->k.usage = usage.n > 0 ? usage.p[0] : 0;
    n->k.agreement = usage.n == 2 && (usage.p[1] & AGREEMENT) != 0;
    return SW_OK;
}

sw_t domain_set_access(const struct domain *d, struct new_key *n,
                       struct span access)
{
    if (access.n > 1 ||
        (access.n == 1 && access.p[0] > KEY_ACCESS_APPLICATIONS))
        return domain_refuse(d, SW_WRONG_DATA, "key: no such access");
    n->k.access_given = access.n == 1;
    n->k.access = access.n == 1 ? access.p[0] : 0;
    return SW_OK;
}

/* ---- checking ---- */

static bool length_fits(uint8_t algorithm, size_t n)
{
    switch (algorithm) {
    case KEY_TYPE_AES:
        return n == 16 || n == 24 || n == 32;
    case KEY_TYPE_DES:
        return n == 16 || n == 24;
    default:
        return n > 0;
    }
}

/* Required where a method is defined, absent elsewhere [GPCS B.6]. */
static sw_t check_value(const struct domain *d, struct new_key *n,
                        const struct key_form *form, struct span presented)
{
    bool aes = form->algorithm == KEY_TYPE_AES;
    struct span rest = n->k.components;
    struct domain_component c;

    if (!aes && form->algorithm != KEY_TYPE_DES)
        return presented.n == 0
                   ? SW_OK
                   : domain_refuse(d, SW_WRONG_DATA,
                                   "key: such a key has no check value");
    if (presented.n != CRYPTO_KCV_SIZE || !domain_take_component(&rest, &c))
        return domain_refuse(d, SW_WRONG_DATA, "key: a check value is missing");
    enum err e = crypto_kcv(d->port->crypto, aes ? CRYPTO_AES : CRYPTO_DES3,
                            c.value, n->k.kcv);
    if (e != ERR_OK)
        return sw_from_err(e);
    if (!ct_equal(n->k.kcv, presented.p, CRYPTO_KCV_SIZE))
        return domain_refuse(d, SW_SECURITY_STATUS, "key: wrong check value");
    n->k.kcv_length = CRYPTO_KCV_SIZE;
    return SW_OK;
}

/* A point of the curve, or a scalar in 1..n-1, as long as the field. */
static enum err check_point_or_scalar(const struct domain *d,
                                      const struct new_key *n,
                                      const struct crypto_ec_curve *curve)
{
    const struct crypto_port *port = d->port->crypto;
    uint8_t point[CRYPTO_EC_POINT_MAX];
    struct domain_component c;

    if (domain_find_component(&n->k, KEY_TYPE_EC_PUBLIC, &c))
        return c.value.n == 1 + 2 * curve->p.n && c.value.p[0] == 0x04
                   ? port->ec->check(port->ctx, curve, c.value)
                   : ERR_RANGE;
    if (!domain_find_component(&n->k, KEY_TYPE_EC_PRIVATE, &c))
        return ERR_OK;
    const struct span scalar = crypto_number(c.value);
    if (c.value.n != curve->p.n || scalar.n == 0 || scalar.n > curve->n.n)
        return ERR_RANGE;
    enum err e =
        port->ec->multiply(port->ctx, curve, scalar, span_of(NULL, 0), point);
    wipe(point, sizeof point);
    return e;
}

/* Curves under a reference are loaded by whom it is for, and once. */
static sw_t check_reference(const struct domain *d, const struct new_key *n)
{
    struct domain_component c, p;
    struct domain_key other;

    if (!domain_find_component(&n->k, KEY_TYPE_EC_REFERENCE, &c))
        return SW_OK;
    enum curve_scope scope = domain_curve_scope(c.value);
    if (scope != CURVE_LOCAL &&
        (scope != CURVE_GLOBAL || n->k.domain != DOMAIN_ISD))
        return domain_refuse(
            d, SW_WRONG_DATA,
            "key: a reference that this domain may not define");
    for (uint16_t s = 0; domain_each_key(d, n->k.domain, &s, &other); s++) {
        if (other.id == n->k.id && other.version == n->replaces) {
            if (domain_find_component(&other, KEY_TYPE_EC_REFERENCE, &p) &&
                !span_equal(p.value, c.value))
                return domain_refuse(d, SW_WRONG_DATA,
                                     "key: a curve keeps its reference");
            continue;
        }
        if (domain_find_component(&other, KEY_TYPE_EC_PARAMETER_FIRST, &p) &&
            domain_find_component(&other, KEY_TYPE_EC_REFERENCE, &p) &&
            span_equal(p.value, c.value))
            return domain_refuse(
                d, SW_WRONG_DATA,
                "key: the reference is taken by another curve");
    }
    return SW_OK;
}

/* [GPCS 11.8.2.3.5] */
static sw_t check_curve(const struct domain *d, const struct new_key *n,
                        const struct key_form *form)
{
    struct crypto_ec_values values;
    enum err e = ERR_OK;

    if ((form->parts & (HAS_CURVE | HAS_REFERENCE)) == 0)
        return SW_OK;
    if (form->algorithm == KEY_TYPE_EC_REFERENCE) {
        sw_t sw = check_reference(d, n);
        if (sw != SW_OK)
            return sw;
    }
    e = domain_key_curve(d, &n->k, &values);
    if (e == ERR_NOT_FOUND)
        return domain_refuse(d, SW_DATA_NOT_FOUND,
                             "key: no curve of this reference");
    if (e == ERR_OK && (form->parts & HAS_CURVE) == HAS_CURVE)
        e = domain_check_curve(d, &values.curve);
    if (e == ERR_OK)
        e = check_point_or_scalar(d, n, &values.curve);
    if (e == ERR_RANGE)
        return domain_refuse(d, SW_WRONG_DATA, "key: not of such a curve");
    return e == ERR_UNSUPPORTED ? SW_WRONG_DATA : sw_from_err(e);
}

static sw_t check_all(const struct domain *d, struct new_key *n,
                      struct span kcv)
{
    look_at(n);
    const struct key_form *form = form_of(&n->k);
    if (form == NULL)
        return domain_refuse(d, SW_WRONG_DATA,
                             "key: these components make no key");
    if (!length_fits(form->algorithm, size_of(&n->k, form)))
        return domain_refuse(d, SW_WRONG_DATA, "key: no such key length");
    sw_t sw = check_value(d, n, form, kcv);
    return sw == SW_OK ? check_curve(d, n, form) : sw;
}

/* ---- storing ---- */

/* Same algorithm and size, or the new key is none of a kind with the old. */
static bool same_kind(const struct domain_key *a, const struct domain_key *b)
{
    const struct key_form *x = form_of(a);
    const struct key_form *y = form_of(b);

    return x != NULL && y != NULL && x->algorithm == y->algorithm &&
           size_of(a, x) == size_of(b, y);
}

/*
 * A replaced set starts counting anew, a single replaced key does not
 * [Amd D 6.2.2.1]; SCP02 would count anew then, too [GPCS E.1.2], and repeat
 * what was derived from the keys that stay.
 */
static sw_t find_replaced(const struct domain *d, struct new_key *n,
                          struct domain_key *old)
{
    struct domain_key other;

    if (!domain_find_key(d, n->k.domain, n->replaces, n->k.id, old))
        return domain_refuse(d, SW_DATA_NOT_FOUND, "key: no key to replace");
    if (n->k.version != n->replaces &&
        domain_find_key(d, n->k.domain, n->k.version, n->k.id, &other))
        return domain_refuse(d, SW_WRONG_DATA, "key: the version is taken");
    if (!same_kind(old, &n->k))
        return domain_refuse(d, SW_WRONG_DATA,
                             "key: type or length differ from the old key's");
    if (!n->whole_set)
        n->k.counter = old->counter;
    return SW_OK;
}

/*
 * The first key of a set goes on counting where it was, if it was ever here.
 * The one that it replaces may come back likewise.
 */
static enum err start_counter(struct domain *d, struct new_key *n,
                              const struct domain_key *old)
{
    const struct key_form *form = form_of(&n->k);
    enum err e = old != NULL ? domain_keep_counter(d, old) : ERR_OK;

    if (e != ERR_OK || n->k.id != KEY_ID_ENC || n->k.kcv_length == 0)
        return e;
    uint32_t first = domain_first_counter(d, form->algorithm, n->k.kcv);
    if (n->k.counter < first)
        n->k.counter = first;
    return ERR_OK;
}

/* The record in its last form: its head, then what is secret sealed. */
static enum err finish_record(const struct domain *d, struct new_key *n)
{
    uint8_t head[KEY_RECORD_HEAD];
    struct buf out = buf_of(head, sizeof head);

    enum err e = domain_key_record(&n->k, &out);
    if (e != ERR_OK)
        return e;
    memcpy(n->bytes, head, HEAD_BUT_COUNT);
    return domain_seal_key(d, &n->record);
}

sw_t domain_store_new_key(struct domain *d, struct new_key *n, struct span kcv)
{
    struct domain_key old;
    uint16_t slot;

    sw_t sw = check_all(d, n, kcv);
    if (sw == SW_OK && n->replaces != 0)
        sw = find_replaced(d, n, &old);
    else if (sw == SW_OK &&
             domain_find_key(d, n->k.domain, n->k.version, n->k.id, &old))
        sw = domain_refuse(d, SW_WRONG_DATA, "key: the key is there already");
    if (sw == SW_OK)
        sw = sw_from_err(start_counter(d, n, n->replaces != 0 ? &old : NULL));
    if (sw == SW_OK)
        sw = sw_from_err(finish_record(d, n));
    if (sw != SW_OK)
        return sw;
    const uint32_t length = (uint32_t)n->record.n;
    if (n->replaces == 0)
        return sw_from_err(domain_add_record(d, n->bytes, length, &slot));
    domain_end_begun(d, old.domain, old.version);
    enum err e = domain_replace_record(d, old.slot, n->bytes, length);
    return sw_from_err(e == ERR_OK ? domain_sweep_references(d, n->k.domain)
                                   : e);
}

sw_t domain_personalize_by_keys(struct domain *d, uint16_t domain)
{
    struct registry_entry e;
    struct domain_key_set set;

    if (!domain_find_key_set(d, domain, 0, &set))
        return SW_OK;
    enum err err = domain_expect_tries(d, domain);
    if (err != ERR_OK)
        return sw_from_err(err);
    if (domain == DOMAIN_ISD || !domain_entry(d, domain, &e) ||
        e.state != STATE_SELECTABLE ||
        (e.flags & FLAG_STAYS_UNPERSONALIZED) != 0)
        return SW_OK;
    e.state = STATE_PERSONALIZED;
    return sw_from_err(domain_put_entry(d, &e));
}
