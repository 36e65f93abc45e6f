#include "domains/load.h"

#include <string.h>

#include "base/ct.h"
#include "base/tlv.h"
#include "domains/authority.h"
#include "domains/ciphered.h"
#include "domains/commands.h"
#include "domains/dap.h"
#include "domains/install.h"
#include "domains/memory.h"
#include "domains/receipt.h"
#include "domains/session.h"
#include "domains/text.h"
#include "domains/upgrade.h"

enum {
    P1_LAST = 0x80,
    TAG_DAP_BLOCK = 0xE2,
    TAG_SYSTEM = 0xEF,
    TAG_DATA_BLOCK = 0xC4,
    TAG_ICV = 0xD3,
    TAG_CIPHERED_BLOCK = 0xD4,
    TAG_TOKEN_TEMPLATE = 0xB6,
    TAG_PROVIDER = 0x5F20,
    WHY_MAX = 160,
    HEADER_TAG = 1, /* of a CAP file's first component */
    HEADER_MAGIC_AT = 3,
    HEADER_AID_AT = 12,
};

void domain_load_abort(struct domain *d)
{
    /* When the medium fails, the next power-on drops the epoch instead. */
    if (d->load.staging) {
        (void)(heap_epoch_abort(d->heap) == ERR_OK);
        vm_forget_packages(d->vm); /* it may be linked */
    }
    wipe(&d->load, sizeof d->load);
}

/* ---- INSTALL [for load] ---- */

static sw_t take_token_id(struct domain_load *load, struct span template)
{
    const struct span id = domain_token_id(template);

    if (id.n > sizeof load->token_id)
        return SW_WRONG_DATA;
    if (id.n > 0)
        memcpy(load->token_id, id.p, id.n);
    load->token_id_length = (uint8_t)id.n;
    return SW_OK;
}

static sw_t take_provider(struct domain_load *load, struct span template)
{
    struct span provider;

    if (tlv_find(template, TAG_PROVIDER, &provider) != ERR_OK)
        return SW_OK;
    if (provider.n > sizeof load->provider)
        return SW_WRONG_DATA;
    memcpy(load->provider, provider.p, provider.n);
    load->provider_length = (uint8_t)provider.n;
    return SW_OK;
}

static sw_t take_template(struct domain_load *load, struct span template)
{
    const sw_t sw = take_token_id(load, template);

    return sw == SW_OK ? take_provider(load, template) : sw;
}

static sw_t take_parameters(const struct domain *d, struct domain_load *load,
                            struct span parameters)
{
    struct tlv item;
    sw_t sw = SW_OK;

    while (sw == SW_OK && parameters.n > 0) {
        if (tlv_take(&parameters, &item) != ERR_OK)
            return domain_refuse(d, SW_WRONG_DATA,
                                 "INSTALL [for load]: parameters are no TLV");
        if (item.tag == TAG_SYSTEM)
            sw = domain_check_minimum(d, load->associated, item.value);
        if (item.tag == TAG_TOKEN_TEMPLATE)
            sw = take_template(load, item.value);
    }
    return sw;
}

static bool is_hash_length(size_t n)
{
    return n == 0 || n == 20 || n == 32 || n == 48 || n == 64;
}

/* The file that an upgrade awaits belongs where the old one did; who loads may
 * name itself, as tools do that know no other. */
static sw_t take_upgraded(const struct domain *d,
                          const struct domain_request *r, uint16_t domain,
                          struct span aid, struct domain_load *load)
{
    struct registry_entry owner;

    load->associated = domain;
    if (aid.n == 0 || span_equal(aid, registry_aid(&r->self)) ||
        (domain_entry(d, domain, &owner) &&
         span_equal(aid, registry_aid(&owner))))
        return SW_OK;
    return domain_refuse(
        d, SW_CONDITIONS,
        "INSTALL [for load]: the upgraded file has another domain");
}

static sw_t take_associated(const struct domain *d,
                            const struct domain_request *r, struct span aid,
                            struct domain_load *load)
{
    struct registry_entry target;
    struct domain_upgrade u;

    load->associated = r->self.slot;
    if (domain_upgrade(d, &u))
        return take_upgraded(d, r, u.domain, aid, load);
    if (aid.n == 0 || span_equal(aid, registry_aid(&r->self)))
        return SW_OK;
    if (!domain_find_application(d, aid, &target))
        return domain_refuse(d, SW_DATA_NOT_FOUND,
                             "INSTALL [for load]: no such security domain");
    load->associated = target.slot;
    return domain_may_associate(d, &r->self, &target);
}

/* The data field of INSTALL [for load]. [GPCS 11.5.2.3.1, table 11-42] */
struct load_fields {
    struct span aid;
    struct span domain;
    struct span hash;
    struct span parameters;
    struct domain_token token;
};

static sw_t take_fields(const struct domain_request *r, struct load_fields *f)
{
    struct span s = r->c.data;

    sw_t sw = domain_take_aid(&s, false, &f->aid);

    if (sw == SW_OK)
        sw = domain_take_aid(&s, true, &f->domain);
    if (sw == SW_OK && span_take_lv(&s, &f->hash) != ERR_OK)
        sw = SW_WRONG_DATA;
    if (sw == SW_OK)
        sw = domain_take_field(&s, &f->parameters);
    if (sw == SW_OK)
        sw = domain_take_token(r, &s, &f->token);
    f->token.has_hash = true;
    f->token.hash_length = (uint8_t)f->hash.n;
    return sw;
}

static bool is_registered(const struct domain *d, struct span aid)
{
    struct registry_entry e;

    return domain_find_package(d, aid, &e) ||
           domain_find_application(d, aid, &e);
}

/* The token of the combined process comes with its last command. */
static sw_t authorize(const struct domain *d, const struct domain_request *r,
                      const struct load_fields *f, bool combined)
{
    if (!combined)
        return domain_may_manage(d, &r->self, ACTION_LOAD, &f->token);
    if (f->token.value.n > 0)
        return domain_refuse(d, SW_WRONG_DATA,
                             "INSTALL [for load]: the token comes at the end");
    return domain_may_manage(d, &r->self, ACTIONS_COMBINED, NULL);
}

/* What that token signs of this command. */
static sw_t keep_first(const struct domain_token *token,
                       struct domain_load *load)
{
    struct buf out = buf_of(load->first, sizeof load->first);
    uint8_t head[TOKEN_HEAD_MAX];
    const size_t n =
        domain_token_head(token->p1, token->p2, token->data.n, head);

    enum err e = buf_put(&out, head, n);
    if (e == ERR_OK)
        e = buf_put_span(&out, token->data);
    load->first_length = (uint16_t)out.n;
    return sw_from_err(e);
}

sw_t domain_install_for_load(struct domain *d, const struct domain_request *r,
                             bool combined)
{
    struct domain_load load = {.active = true,
                               .combined = combined,
                               .channel = d->channel,
                               .by = r->self.slot};
    struct load_fields f;

    sw_t sw = take_fields(r, &f);
    if (sw != SW_OK || !is_hash_length(f.hash.n))
        return domain_refuse(d, SW_WRONG_DATA,
                             "INSTALL [for load]: bad data field");
    sw = authorize(d, r, &f, combined);
    if (sw == SW_OK)
        sw = domain_may_bring(d, &r->self, f.aid);
    if (sw != SW_OK)
        return sw;
    if (is_registered(d, f.aid))
        return domain_refuse(d, SW_CONDITIONS,
                             "INSTALL [for load]: the AID is in use");
    sw = take_associated(d, r, f.domain, &load);
    if (sw == SW_OK)
        sw = take_parameters(d, &load, f.parameters);
    if (sw == SW_OK && combined)
        sw = keep_first(&f.token, &load);
    if (sw != SW_OK)
        return sw;
    memcpy(load.aid, f.aid.p, f.aid.n);
    load.aid_length = (uint8_t)f.aid.n;
    if (f.hash.n > 0)
        memcpy(load.hash, f.hash.p, f.hash.n);
    load.hash_length = (uint8_t)f.hash.n;
    d->load = load;
    return SW_OK;
}

/* ---- LOAD: staging ---- */

/* Tag and length at the start of `s`; ERR_TRUNCATED: more bytes needed. */
static enum err take_header(struct span s, uint8_t *tag, uint32_t *length,
                            size_t *used)
{
    uint8_t first, byte;

    enum err e = span_take_u1(&s, tag);
    if (e == ERR_OK)
        e = span_take_u1(&s, &first);
    if (e != ERR_OK)
        return e;
    *used = 2;
    *length = first;
    if (first < 0x80)
        return ERR_OK;
    if (first == 0x80 || first > 0x83)
        return ERR_FORMAT;
    *length = 0;
    for (uint8_t i = first & 0x7F; i > 0; i--) {
        e = span_take_u1(&s, &byte);
        if (e != ERR_OK)
            return e;
        *length = (*length << 8) | byte;
        (*used)++;
    }
    return ERR_OK;
}

enum err domain_load_room(struct domain *d, uint32_t length, ref_t *blob)
{
    const struct heap_header hd = {.kind = HEAP_BLOB, .length = length};
    struct registry_entry file = {.kind = ENTRY_PACKAGE,
                                  .slot = DOMAIN_NONE,
                                  .domain = d->load.associated};

    enum err e = heap_make_room(d->heap, &hd);
    if (e != ERR_OK)
        return e;
    d->load.taken = 0;
    domain_charge(d, &file);
    e = heap_new(d->heap, &hd, blob);
    domain_charge(d, NULL);
    return e;
}

sw_t domain_load_begin(struct domain *d, uint32_t length)
{

    if (length == 0)
        return domain_refuse(d, SW_WRONG_DATA,
                             "LOAD: an empty load file data block");
    enum err e = heap_epoch_begin(d->heap);
    if (e != ERR_OK)
        return sw_from_err(e);
    d->load.staging = true;
    d->load.length = length;
    d->load.filled = 0;
    e = domain_load_room(d, length, &d->load.blob);
    if (e == ERR_MEMORY)
        return domain_refuse(d, SW_NO_MEMORY, "LOAD: the file does not fit");
    return sw_from_err(e);
}

static sw_t begin_block(struct domain *d, bool ciphered, uint32_t length)
{
    const sw_t sw = domain_ciphered_begin(d, ciphered, length);

    return sw == SW_OK ? domain_load_begin(d, length) : sw;
}

static sw_t take_head(struct domain *d, uint8_t tag, struct span value)
{
    if (tag == TAG_DAP_BLOCK)
        return domain_take_dap(d, value);
    return tag == TAG_ICV ? domain_ciphered_icv(d, value) : SW_OK;
}

/* One byte in front of the data block: DAP blocks and headers. */
static sw_t take_head_byte(struct domain *d, uint8_t byte)
{
    struct domain_load *load = &d->load;
    uint8_t tag;
    uint32_t length;
    size_t used;

    if (load->head_length == sizeof load->head)
        return domain_refuse(d, SW_WRONG_DATA, "LOAD: a DAP block is too long");
    load->head[load->head_length++] = byte;
    enum err e = take_header(span_of(load->head, load->head_length), &tag,
                             &length, &used);
    if (e == ERR_TRUNCATED)
        return SW_OK;
    if (e != ERR_OK)
        return domain_refuse(d, SW_WRONG_DATA, "LOAD: the load file is no TLV");
    if (tag == TAG_DATA_BLOCK || tag == TAG_CIPHERED_BLOCK)
        return begin_block(d, tag == TAG_CIPHERED_BLOCK, length);
    if (tag != TAG_DAP_BLOCK && tag != TAG_SYSTEM && tag != TAG_ICV)
        return domain_refuse(d, SW_WRONG_DATA,
                             "LOAD: neither a DAP block nor a data block");
    if (load->head_length < used + length)
        return SW_OK;
    load->head_length = 0;
    return take_head(d, tag, span_of(load->head + used, length));
}

sw_t domain_load_stage(struct domain *d, struct span s)
{
    struct domain_load *load = &d->load;

    if (load->ciphered.block != 0)
        return domain_ciphered_stage(d, s);
    if (s.n > load->length - load->filled)
        return domain_refuse(d, SW_WRONG_DATA,
                             "LOAD: more bytes than announced");
    if (s.n == 0)
        return SW_OK;
    enum err e = heap_write(d->heap, load->blob, load->filled, s.p,
                            (uint32_t)s.n, HEAP_RAW);
    load->filled += (uint32_t)s.n;
    return sw_from_err(e);
}

static sw_t stage(struct domain *d, struct span s)
{
    while (s.n > 0 && !d->load.staging) {
        sw_t sw = take_head_byte(d, s.p[0]);
        if (sw != SW_OK)
            return sw;
        s = span_of(s.p + 1, s.n - 1);
    }
    return domain_load_stage(d, s);
}

/* ---- LOAD: the last block is in ---- */

static enum crypto_digest digest_of(uint8_t length)
{
    switch (length) {
    case 20:
        return CRYPTO_SHA1;
    case 32:
        return CRYPTO_SHA256;
    case 48:
        return CRYPTO_SHA384;
    default:
        return CRYPTO_SHA512;
    }
}

/* Over the staged bytes: those that are linked. */
static sw_t check_hash(const struct domain *d)
{
    const struct crypto_port *crypto = d->port->crypto;
    const struct domain_load *load = &d->load;
    uint8_t hash[DOMAIN_HASH_MAX];
    struct heap_view v;

    if (load->hash_length == 0)
        return SW_OK;
    if (!heap_get(d->heap, load->blob, &v))
        return SW_NO_DIAGNOSIS;
    struct span file = span_of(v.p, v.h.length);
    enum err e = crypto->digest(crypto->ctx, digest_of(load->hash_length),
                                &file, 1, hash);
    if (e != ERR_OK)
        return sw_from_err(e);
    if (!ct_equal(hash, load->hash, load->hash_length))
        return domain_refuse(d, SW_WRONG_DATA,
                             "LOAD: the load file data block hash is wrong");
    return SW_OK;
}

static sw_t word_of_link(enum err e)
{
    if (e == ERR_NOT_FOUND)
        return SW_DATA_NOT_FOUND;
    return e == ERR_UNSUPPORTED ? SW_WRONG_DATA : sw_from_err(e);
}

bool domain_load_name(struct span file, struct span *aid)
{
    static const uint8_t magic[] = {0xDE, 0xCA, 0xFF, 0xED};

    if (file.n < HEADER_AID_AT || file.p[0] != HEADER_TAG ||
        memcmp(file.p + HEADER_MAGIC_AT, magic, sizeof magic) != 0)
        return false;
    struct span rest = span_of(file.p + HEADER_AID_AT, file.n - HEADER_AID_AT);
    if (span_take_lv(&rest, aid) != ERR_OK)
        *aid = span_of(NULL, 0);
    return true;
}

/*
 * Whether the Header component names the package that INSTALL named; a file
 * that does not begin with one is left to vm_link.
 */
static sw_t check_name(const struct domain *d)
{
    struct heap_view v;
    struct span aid;

    if (!heap_get(d->heap, d->load.blob, &v))
        return SW_NO_DIAGNOSIS;
    if (domain_load_name(span_of(v.p, v.h.length), &aid) &&
        !span_equal(aid, span_of(d->load.aid, d->load.aid_length)))
        return domain_refuse(
            d, SW_WRONG_DATA,
            "LOAD: the file is another package than INSTALL named");
    return SW_OK;
}

static sw_t link(struct domain *d, uint8_t *package, char *why, size_t n)
{
    enum err e = vm_link(d->vm, d->load.blob, d->port->scratch,
                         d->port->scratch_size, package, why, n);
    if (e == ERR_OK)
        return SW_OK;
    domain_trace(d, why);
    return word_of_link(e);
}

/* The entry, before it is known which number the package gets. */
static void new_package(const struct domain_load *load,
                        struct registry_entry *e)
{
    *e = (struct registry_entry){
        .kind = ENTRY_PACKAGE,
        .state = STATE_LOADED,
        .domain = load->associated,
        .aid_length = load->aid_length,
        .provider_length = load->provider_length,
    };
    memcpy(e->aid, load->aid, sizeof e->aid);
    memcpy(e->provider, load->provider, sizeof e->provider);
}

static sw_t register_and_link(struct domain *d, struct registry_entry *e,
                              char *why, size_t n)
{
    new_package(&d->load, e);
    domain_charge(d, e);
    sw_t sw = sw_from_err(domain_add_entry(d, e));
    if (sw == SW_OK)
        sw = link(d, &e->package, why, n);
    domain_charge(d, NULL);
    return sw;
}

/* Signatures, hash and name. */
static sw_t prove(const struct domain *d)
{
    sw_t sw = domain_demand_dap(d);

    if (sw == SW_OK)
        sw = check_hash(d);
    return sw == SW_OK ? check_name(d) : sw;
}

sw_t domain_load_admit(struct domain *d, struct registry_entry *e, char *why,
                       size_t n)
{
    sw_t sw = prove(d);

    return sw == SW_OK ? register_and_link(d, e, why, n) : sw;
}

sw_t domain_load_enter(struct domain *d, struct registry_entry *e)
{
    char why[WHY_MAX] = "";
    sw_t sw = domain_load_admit(d, e, why, sizeof why);

    if (sw == SW_OK)
        sw = sw_from_err(domain_put_entry(d, e));
    if (sw == SW_OK)
        d->load.taken = 0; /* from here on the entry counts */
    return sw;
}

sw_t domain_load_commit(struct domain *d)
{
    const enum err e = heap_epoch_commit(d->heap, HEAP_ROOT_COUNT, 0);

    d->load.staging = d->load.staging && e != ERR_OK;
    return sw_from_err(e);
}

/* Everything is checked over what is staged; then one commit. */
static sw_t complete(struct domain *d, const struct domain_request *r,
                     struct buf *response)
{
    const struct domain_load *load = &d->load;
    struct domain_done done = {
        .fields = {span_of(load->aid, load->aid_length)},
        .count = 2,
        .token_id = span_of(load->token_id, load->token_id_length),
    };
    struct registry_entry e, owner;

    sw_t sw = domain_may_confirm(d, &r->self, done.token_id);
    if (sw == SW_OK)
        sw = domain_load_enter(d, &e);
    if (sw == SW_OK)
        sw = domain_load_commit(d);
    if (sw != SW_OK)
        return sw;
    if (domain_entry(d, load->associated, &owner))
        done.fields[1] = registry_aid(&owner);
    sw = domain_confirm(d, &r->self, &done, response);
    domain_load_abort(d);
    return sw;
}

/* The last block is in. */
static sw_t end_staging(struct domain *d, const struct domain_request *r,
                        struct buf *response)
{
    if (!d->load.staging || d->load.filled != d->load.length)
        return domain_refuse(d, SW_WRONG_DATA,
                             "LOAD: the load file is cut off");
    sw_t sw = domain_ciphered_end(d);
    if (sw != SW_OK)
        return sw;
    if (!d->load.combined)
        return complete(d, r, response);
    d->load.loaded = true;
    sw = prove(d);
    return sw == SW_OK ? sw_from_err(buf_put_u1(response, 0)) : sw;
}

static sw_t take_block(struct domain *d, const struct domain_request *r,
                       struct buf *response)
{
    if (!d->load.active || d->load.loaded || d->load.by != r->self.slot ||
        d->load.channel != d->channel)
        return domain_refuse(d, SW_CONDITIONS,
                             "LOAD: without INSTALL [for load]");
    if (r->c.p2 != d->load.block)
        return domain_refuse(d, SW_WRONG_P1P2,
                             "LOAD: block number out of order");
    d->load.block++;
    sw_t sw = stage(d, r->c.data);
    if (sw != SW_OK)
        return sw;
    return (r->c.p1 & P1_LAST) != 0 ? end_staging(d, r, response)
                                    : sw_from_err(buf_put_u1(response, 0));
}

/* [GPCS 11.6]; any refusal ends the load and gives the memory back. */
sw_t domain_load_block(struct domain *d, const struct domain_request *r,
                       struct buf *response)
{
    sw_t sw = take_block(d, r, response);

    if (sw != SW_OK)
        domain_load_abort(d);
    return sw;
}
