#include <string.h>

#include "base/tlv.h"
#include "domains/authority.h"
#include "domains/cardwide.h"
#include "domains/commands.h"
#include "domains/counters.h"
#include "domains/curves.h"
#include "domains/keys.h"
#include "domains/memory.h"
#include "domains/objects.h"
#include "domains/production.h"
#include "domains/references.h"
#include "domains/session.h"
#include "securechannel/scp11.h"

enum {
    TAG_RECOGNITION = 0x66,
    TAG_CAPABILITIES = 0x67,
    TAG_SEQUENCE = 0xC1,
    TAG_CONFIRMATIONS = 0xC2,
    TAG_DIVERSIFICATION = 0xCF,
    TAG_LEVEL = 0xD3,
    TAG_KEYS = 0xE0,
    TAG_APPLICATIONS = 0x2F00,
    TAG_RESOURCES = 0xFF21,
    AES_128_192_256 = 0x07,
    CIPHER_DES = 0x01, /* of load files [GPCS H.4] */
    CIPHER_AES = 0x0E,
    CIPHER_ICV = 0x80,
    SUITE_RSA = 0x03, /* PKCS#1 with SHA-1, PSS with SHA-256 */
    SUITE_DES = 0x04,
    SUITE_AES = 0x38,
    SUITE_EC_256_384 = 0xC0,
    SUITE_EC_512_521 = 0x03, /* in the second byte */
};

/* {iso(1) member-body(2) country-USA(840) GlobalPlatform(114283)} [H.1.1] */
#define GLOBALPLATFORM 0x2A, 0x86, 0x48, 0x86, 0xFC, 0x6B

/* One data object that a domain makes up when it is asked. */
typedef enum err generator(const struct domain *d,
                           const struct registry_entry *self, struct buf *out);

static enum err put_oid(struct buf *out, uint16_t tag, const uint8_t *oid,
                        size_t n)
{
    size_t mark;

    enum err e = tlv_open(out, tag, &mark);
    if (e == ERR_OK)
        e = tlv_put(out, 0x06, span_of(oid, n));
    if (e == ERR_OK)
        e = tlv_close(out, mark);
    return e;
}

/*
 * Whether a domain can open sessions of this protocol now: it has keys of the
 * older ones from the start, those of SCP11 are put later.  Until then it tells
 * of SCP11 in its capabilities alone, as hosts that know nothing of it stop at
 * its name.
 */
static bool is_ready(const struct domain *d, const struct registry_entry *self,
                     uint8_t protocol)
{
    struct domain_key k;

    if (protocol != SCP_11)
        return protocol != 0;
    for (uint16_t s = 0; domain_each_key(d, self->slot, &s, &k); s++) {
        if (k.id == SCP11_A || k.id == SCP11_B || k.id == SCP11_C)
            return true;
    }
    return false;
}

static enum err put_protocol_oids(const struct domain *d,
                                  const struct registry_entry *self,
                                  struct buf *out)
{
    enum err e = ERR_OK;

    for (size_t i = 0; e == ERR_OK && i < REGISTRY_PROTOCOLS_MAX; i++) {
        const struct registry_protocol *p = &self->protocols[i];
        const uint8_t oid[] = {GLOBALPLATFORM, 4, p->id, p->i};
        if (is_ready(d, self, p->id))
            e = put_oid(out, 0x64, oid, sizeof oid);
    }
    return e;
}

enum err domain_put_recognition(const struct domain *d,
                                const struct registry_entry *self,
                                struct buf *out)
{
    static const uint8_t authority[] = {GLOBALPLATFORM, 1};
    uint8_t version[] = {GLOBALPLATFORM, 2, 0, 0, 0};
    static const uint8_t identification[] = {GLOBALPLATFORM, 3};
    struct span stored;
    size_t mark;

    if (domain_object(d, self->slot, TAG_RECOGNITION, &stored))
        return buf_put_span(out, stored);
    if (!domain_edition(d, version + sizeof version - 3))
        return ERR_OK;
    enum err e = tlv_open(out, 0x73, &mark);
    if (e == ERR_OK)
        e = tlv_put(out, 0x06, span_of(authority, sizeof authority));
    if (e == ERR_OK)
        e = put_oid(out, 0x60, version, sizeof version);
    if (e == ERR_OK)
        e = put_oid(out, 0x63, identification, sizeof identification);
    if (e == ERR_OK)
        e = put_protocol_oids(d, self, out);
    if (e == ERR_OK)
        e = tlv_close(out, mark);
    return e;
}

/* As GET DATA answers: a card without has no such tag. */
static enum err put_recognition(const struct domain *d,
                                const struct registry_entry *self,
                                struct buf *out)
{
    const size_t start = out->n;

    enum err e = domain_put_recognition(d, self, out);
    return e == ERR_OK && out->n == start ? ERR_NOT_FOUND : e;
}

/* A protocol with all the options that the domain has of it. */
static enum err put_protocol_information(const struct registry_entry *self,
                                         uint8_t id, struct buf *out)
{
    const uint8_t keys = AES_128_192_256;
    uint8_t options[REGISTRY_PROTOCOLS_MAX];
    size_t mark, n = 0;

    for (size_t i = 0; i < REGISTRY_PROTOCOLS_MAX; i++) {
        if (self->protocols[i].id == id)
            options[n++] = self->protocols[i].i;
    }
    enum err e = tlv_open(out, 0xA0, &mark);
    if (e == ERR_OK)
        e = tlv_put(out, 0x80, span_of(&id, 1));
    if (e == ERR_OK)
        e = tlv_put(out, 0x81, span_of(options, n));
    if (e == ERR_OK && id == SCP_03)
        e = tlv_put(out, 0x82, span_of(&keys, 1));
    if (e == ERR_OK)
        e = tlv_close(out, mark);
    return e;
}

static enum err put_protocols(const struct registry_entry *self,
                              struct buf *out)
{
    enum err e = ERR_OK;

    for (size_t i = 0; e == ERR_OK && i < REGISTRY_PROTOCOLS_MAX; i++) {
        const uint8_t id = self->protocols[i].id;
        bool told = id == 0;
        for (size_t j = 0; j < i; j++)
            told = told || self->protocols[j].id == id;
        if (!told)
            e = put_protocol_information(self, id, out);
    }
    return e;
}

/* Schemes of tokens, receipts and DAP, by what the port can do [H-9, H-10]. */
static enum err put_suites(const struct domain *d, struct buf *out)
{
    const struct crypto_port *crypto = d->port->crypto;
    const uint8_t suites[] = {
        (uint8_t)(SUITE_DES | SUITE_AES |
                  (crypto->rsa != NULL ? SUITE_RSA : 0) |
                  (crypto->ec != NULL ? SUITE_EC_256_384 : 0)),
        SUITE_EC_512_521,
    };
    const size_t n = crypto->ec != NULL ? 2 : 1;
    enum err e = ERR_OK;

    for (uint16_t tag = 0x85; e == ERR_OK && tag <= 0x87; tag++)
        e = tlv_put(out, tag, span_of(suites, n));
    return e;
}

/* References of the curves that all domains find [GPCS H.4]. */
static enum err put_curves(const struct domain *d, struct buf *out)
{
    struct crypto_ec_values values;
    struct domain_component c;
    struct domain_key k;
    size_t mark;

    if (d->port->crypto->ec == NULL)
        return ERR_OK;
    enum err e = tlv_open(out, 0x88, &mark);
    for (uint8_t i = 0; e == ERR_OK && i < CURVES_PRELOADED; i++) {
        if (domain_curve(d, DOMAIN_ISD, span_of(&i, 1), &values) == ERR_OK)
            e = buf_put_u1(out, i);
    }
    for (uint16_t s = 0; e == ERR_OK && domain_each_key(d, DOMAIN_ISD, &s, &k);
         s++) {
        if (domain_find_component(&k, KEY_TYPE_EC_PARAMETER_FIRST, &c) &&
            domain_find_component(&k, KEY_TYPE_EC_REFERENCE, &c) &&
            domain_curve_scope(c.value) == CURVE_GLOBAL)
            e = buf_put_span(out, c.value);
    }
    return e == ERR_OK ? tlv_close(out, mark) : e;
}

/* Privileges that domains, or applications, can be given. */
static enum err put_assignable(uint16_t tag, bool is_domain, struct buf *out)
{
    const uint32_t privileges = domain_assignable(is_domain);
    uint8_t bytes[3] = {(uint8_t)(privileges >> 16)};

    set_u2(bytes + 1, (uint16_t)privileges);
    return tlv_put(out, tag, span_of(bytes, sizeof bytes));
}

/* Card capability information [GPCS H.4]: of the issuer domain alone. */
static enum err put_capabilities(const struct domain *d,
                                 const struct registry_entry *self,
                                 struct buf *out)
{
    static const uint8_t hashes[] = {1, 2, 3, 4}; /* SHA-1 256 384 512 */
    static const uint8_t ciphers[] = {CIPHER_DES | CIPHER_AES | CIPHER_ICV};
    static const uint8_t upgrade[] = {0}; /* one file a session [Amd H 4] */

    if (self->slot != DOMAIN_ISD)
        return ERR_NOT_FOUND;
    enum err e = put_protocols(self, out);
    if (e == ERR_OK)
        e = put_assignable(0x81, true, out);
    if (e == ERR_OK)
        e = put_assignable(0x82, false, out);
    if (e == ERR_OK)
        e = tlv_put(out, 0x83, span_of(hashes, sizeof hashes));
    if (e == ERR_OK)
        e = tlv_put(out, 0x84, span_of(ciphers, sizeof ciphers));
    if (e == ERR_OK)
        e = put_suites(d, out);
    if (e == ERR_OK)
        e = put_curves(d, out);
    return e == ERR_OK ? tlv_put(out, 0x89, span_of(upgrade, sizeof upgrade))
                       : e;
}

/*
 * What stands for the length of a component: a reference is told itself, the
 * coding identifier 04 of a point does not count, and in the basic structure
 * 00 is whatever one byte cannot tell.
 */
static enum err put_key_length(const struct domain_component *c, bool extended,
                               struct buf *out)
{
    size_t n = c->value.n;

    if (c->type == KEY_TYPE_EC_REFERENCE)
        return buf_put_span(out, c->value);
    if (c->type == KEY_TYPE_EC_PUBLIC && n > 0)
        n--;
    if (extended)
        return buf_put_u2(out, (uint16_t)n);
    return buf_put_u1(out, n > 0xFF ? 0 : (uint8_t)n);
}

static enum err put_key_parts(const struct domain_key *k, struct buf *out)
{
    struct span rest = k->components;
    struct domain_component c;
    enum err e = ERR_OK;

    for (uint8_t i = 0; e == ERR_OK && i < k->component_count; i++) {
        if (!domain_take_component(&rest, &c))
            return ERR_CORRUPT;
        if (c.type >= KEY_TYPE_EC_PARAMETER_FIRST &&
            c.type <= KEY_TYPE_EC_PARAMETER_LAST)
            continue;
        if (k->extended)
            e = buf_put_u1(out, KEY_TYPE_EXTENDED);
        if (e == ERR_OK)
            e = buf_put_u1(out, c.type);
        if (e == ERR_OK)
            e = put_key_length(&c, k->extended, out);
    }
    return e;
}

/* Usage and access, where they were given. */
static enum err put_key_attributes(const struct domain_key *k, struct buf *out)
{
    const bool told = k->usage != 0 || k->agreement;

    enum err e = buf_put_u1(out, told ? 1 : 0);
    if (e == ERR_OK && told)
        e = buf_put_u1(out, k->usage);
    if (e == ERR_OK)
        e = buf_put_u1(out, k->access_given ? 1 : 0);
    if (e == ERR_OK && k->access_given)
        e = buf_put_u1(out, k->access);
    return e;
}

/*
 * Key information data, of the structure in which the key came
 * [GPCS 11.3.3.1.1].
 */
static enum err put_key(const struct domain_key *k, struct buf *out)
{
    size_t mark;

    enum err e = tlv_open(out, 0xC0, &mark);
    if (e == ERR_OK)
        e = buf_put_u1(out, k->id);
    if (e == ERR_OK)
        e = buf_put_u1(out, k->version);
    if (e == ERR_OK)
        e = put_key_parts(k, out);
    if (e == ERR_OK && k->extended)
        e = put_key_attributes(k, out);
    if (e == ERR_OK)
        e = tlv_close(out, mark);
    return e;
}

static enum err put_keys(const struct domain *d,
                         const struct registry_entry *self, struct buf *out)
{
    struct domain_key k;
    enum err e = ERR_OK;

    for (uint16_t s = 0; e == ERR_OK && domain_each_key(d, self->slot, &s, &k);
         s++) {
        if (k.version <= KEY_VERSION_MAX)
            e = put_key(&k, out);
    }
    return e;
}

/* Whether the challenges of a set come from its counter [GPCS 11.3.2.1]. */
static bool counts(const struct domain *d, const struct domain_key_set *set)
{
    struct registry_entry e;

    if (set->protocol != SCP_03)
        return set->protocol == SCP_02;
    if (!domain_entry(d, set->domain, &e))
        return false;
    for (size_t i = 0; i < REGISTRY_PROTOCOLS_MAX; i++) {
        if (e.protocols[i].id == SCP_03)
            return (e.protocols[i].i & SCP03_I_PSEUDO_RANDOM) != 0;
    }
    return false;
}

static enum err put_sequence(const struct domain *d,
                             const struct registry_entry *self, struct buf *out)
{
    const uint16_t holder = domain_key_holder(d, self->slot);
    struct domain_key_set set;

    /* Whoever opens a session implicitly has nowhere else to ask. */
    if (!domain_find_opening_set(d, holder, 0, true, &set) &&
        !domain_find_key_set(d, holder, 0, &set))
        return ERR_NOT_FOUND;
    if (!counts(d, &set))
        return ERR_NOT_FOUND;
    if (set.protocol == SCP_02)
        return buf_put_u2(out, (uint16_t)set.counter);
    enum err e = buf_put_u1(out, (uint8_t)(set.counter >> 16));
    return e == ERR_OK ? buf_put_u2(out, (uint16_t)set.counter) : e;
}

/* What the next receipt will have. [GPCS 11.1.6, C.5] */
static enum err put_confirmations(const struct domain *d,
                                  const struct registry_entry *self,
                                  struct buf *out)
{
    if ((domain_privileges(d, self) & PRIVILEGE_RECEIPT) == 0)
        return ERR_NOT_FOUND;
    return buf_put_u2(out, self->receipts);
}

static enum err put_diversification(const struct domain *d,
                                    const struct registry_entry *self,
                                    struct buf *out)
{
    (void)self;
    return buf_put(out, domain_diversification(d), SCP_KDD_SIZE);
}

static enum err put_level(const struct domain *d,
                          const struct registry_entry *self, struct buf *out)
{
    return buf_put_u1(out, domain_level(d, self->slot));
}

static enum err put_u4(struct buf *out, uint16_t tag, uint32_t v)
{
    uint8_t bytes[4];

    set_u4(bytes, v);
    return tlv_put(out, tag, span_of(bytes, sizeof bytes));
}

/*
 * Extended card resources: applications, memory that is free for content of
 * this domain and kept for nobody [GPCS 9.7, 11.3.3.1.2; TS 102 226].
 */
static enum err put_resources(const struct domain *d,
                              const struct registry_entry *self,
                              struct buf *out)
{
    struct registry_entry entry;
    uint8_t count[2] = {0, 0};

    for (uint16_t s = 0; domain_each_entry(d, &s, &entry); s++) {
        if (entry.kind == ENTRY_APPLICATION)
            set_u2(count, (uint16_t)(get_u2(count) + 1));
    }
    enum err e = tlv_put(out, 0x81, span_of(count, sizeof count));
    if (e == ERR_OK)
        e = put_u4(out, 0x82,
                   domain_available(d, self->slot, MEMORY_PERSISTENT));
    if (e == ERR_OK)
        e = put_u4(out, 0x83, domain_available(d, self->slot, MEMORY_VOLATILE));
    return e;
}

static const struct {
    uint16_t tag;
    generator *put;
} generated[] = {
    {TAG_RECOGNITION, put_recognition},
    {TAG_CAPABILITIES, put_capabilities},
    {TAG_KEYS, put_keys},
    {TAG_SEQUENCE, put_sequence},
    {TAG_CONFIRMATIONS, put_confirmations},
    {TAG_DIVERSIFICATION, put_diversification},
    {TAG_LEVEL, put_level},
    {PRODUCTION_TAG, domain_put_production},
    {TAG_RESOURCES, put_resources},
};

static enum err put_value(const struct domain *d,
                          const struct registry_entry *self, uint16_t tag,
                          struct buf *out)
{
    struct span stored;

    if (tag != COUNTERS_TAG && domain_object(d, self->slot, tag, &stored))
        return buf_put_span(out, stored);
    for (size_t i = 0; i < sizeof generated / sizeof generated[0]; i++) {
        if (generated[i].tag == tag)
            return generated[i].put(d, self, out);
    }
    return ERR_NOT_FOUND;
}

/* List of applications: 61 {4F AID} for each [GPCS 11.3.3.1.3]. */
static enum err put_applications(const struct domain *d,
                                 const struct registry_entry *self,
                                 struct buf *out)
{
    struct registry_entry entry;
    size_t mark;
    enum err e = ERR_OK;

    for (uint16_t s = 0; e == ERR_OK && domain_each_entry(d, &s, &entry); s++) {
        if (entry.kind == ENTRY_PACKAGE || !domain_may_see(d, self, &entry))
            continue;
        e = tlv_open(out, 0x61, &mark);
        if (e == ERR_OK)
            e = tlv_put(out, 0x4F, registry_aid(&entry));
        if (e == ERR_OK)
            e = tlv_close(out, mark);
    }
    return e;
}

static sw_t list_applications(struct domain *d, const struct domain_request *r,
                              struct buf *response)
{
    static const uint8_t all[] = {0x5C, 0x00};

    if (!span_equal(r->c.data, span_of(all, sizeof all)))
        return SW_WRONG_DATA;
    return sw_from_err(put_applications(d, &r->self, response));
}

sw_t domain_get_data(struct domain *d, const struct domain_request *r,
                     struct buf *response)
{
    uint16_t tag = (uint16_t)((r->c.p1 << 8) | r->c.p2);
    bool value_only = (r->c.cla & 0x80) == 0;
    size_t mark;

    if (tag == TAG_APPLICATIONS)
        return list_applications(d, r, response);
    if (r->c.data.n > 0 && (tag == TAG_CERTIFICATES || tag == TAG_FIND_KEY))
        return domain_get_reference(d, r->self.slot, tag, r->c.data, value_only,
                                    response);
    if (r->c.data.n > 0)
        return SW_WRONG_DATA;
    if (value_only)
        return sw_from_err(put_value(d, &r->self, tag, response));

    enum err e = tlv_open(response, tag, &mark);
    if (e == ERR_OK)
        e = put_value(d, &r->self, tag, response);
    if (e == ERR_OK)
        e = tlv_close(response, mark);
    return sw_from_err(e);
}
