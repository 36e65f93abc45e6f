#include <string.h>

#include "base/ct.h"
#include "base/tlv.h"
#include "domains/authority.h"
#include "domains/casd.h"
#include "domains/commands.h"
#include "domains/confidential.h"
#include "domains/key_groups.h"
#include "domains/new_key.h"
#include "domains/objects.h"
#include "domains/production.h"
#include "domains/references.h"
#include "domains/session.h"
#include "domains/text.h"

enum {
    P1_LAST = 0x80,
    P1_ENCRYPTION_MASK = 0x60,
    P1_ENCRYPTION_RFU = 0x40,
    P1_ENCRYPTED = 0x60,
    P1_FORMAT_MASK = 0x18,
    P1_FORMAT_NONE = 0x00,
    P1_FORMAT_DGI = 0x08,
    P1_FORMAT_TLV = 0x10,
    P1_RESPONSE = 0x01,
    DGI_TEMPLATE = 0x0070,
    TAG_AID = 0x4F,
    SHORT_DATA_MAX = 255,
};

/* What a domain makes up itself is never stored [GPCS 11.11.2.3]. */
static bool is_storable(const struct domain *d,
                        const struct registry_entry *target, uint16_t tag)
{
    switch (tag) {
    case CASD_CERTIFICATE:
        return domain_is_casd(d, target);
    case 0x42:
    case 0x45:
    case 0x66:
    case 0x5F50:
        return true;
    case 0x67:
        return target->slot == DOMAIN_ISD;
    default:
        /* Proprietary objects: BF20..BF7F, DF20..DF7F, FE and the like. */
        return (tag >= 0xBF20 && tag <= 0xBF7F) ||
               (tag >= 0xDF20 && tag <= 0xDF7F) || tag == 0xDE || tag == 0xFE;
    }
}

/* The issuer domain's AID may be another one, if nobody has it. */
static sw_t set_issuer_aid(struct domain *d, struct registry_entry *target,
                           struct span aid)
{
    struct registry_entry other;

    if (target->slot != DOMAIN_ISD || aid.n < 5 || aid.n > 16)
        return SW_WRONG_DATA;
    if (domain_find_package(d, aid, &other) ||
        (domain_find_application(d, aid, &other) && other.slot != DOMAIN_ISD))
        return SW_CONDITIONS;
    target->aid_length = (uint8_t)aid.n;
    memset(target->aid, 0, sizeof target->aid);
    memcpy(target->aid, aid.p, aid.n);
    return sw_from_err(domain_put_entry(d, target));
}

/* What a command says of the data that it brings, and for whom they are. */
struct store {
    struct domain *d;
    uint16_t slot;
    bool groups;          /* DGIs, else BER-TLV */
    bool encrypted;       /* values of all items are */
    struct buf *response; /* NULL: no data may come back */
};

/*
 * The value of an item whose values are enciphered with the session's DEK.
 * How they are padded is not told [GPCS 11.11.2.1]: as secure messaging pads,
 * with 80 and zeros.
 */
static sw_t decipher(const struct store *st, struct span *value,
                     uint8_t out[DOMAIN_STORE_MAX])
{
    const struct scp_session *session = &domain_here(st->d)->session;
    size_t n = value->n;

    if (n == 0 || n > DOMAIN_STORE_MAX || n % scp_dek_block(session) != 0)
        return domain_refuse(st->d, SW_WRONG_DATA,
                             "STORE DATA: bad length of what is enciphered");
    enum err e =
        scp_dek(session, st->d->port->crypto, CRYPTO_DECRYPT, value->p, out, n);
    if (e != ERR_OK)
        return sw_from_err(e);
    while (n > 0 && out[n - 1] == 0)
        n--;
    if (n == 0 || out[n - 1] != 0x80)
        return domain_refuse(st->d, SW_WRONG_DATA,
                             "STORE DATA: bad padding of what is enciphered");
    *value = span_of(out, n - 1);
    return SW_OK;
}

static sw_t store_object(const struct store *st, uint16_t tag,
                         struct span value)
{
    struct registry_entry target;

    if (!domain_entry(st->d, st->slot, &target))
        return SW_CONDITIONS;
    if (tag == TAG_AID)
        return set_issuer_aid(st->d, &target, value);
    if (target.slot == DOMAIN_ISD && domain_is_production(tag))
        return domain_store_production(st->d, tag, value);
    if (!is_storable(st->d, &target, tag))
        return domain_refuse(st->d, SW_WRONG_DATA,
                             "STORE DATA: this data object is not stored");
    return sw_from_err(domain_put_object(st->d, st->slot, tag, value));
}

/* An item whose value may be enciphered. */
static sw_t store_item(const struct store *st, const struct tlv *item)
{
    uint8_t plain[DOMAIN_STORE_MAX];
    struct span value = item->value;
    sw_t sw = st->encrypted ? decipher(st, &value, plain) : SW_OK;

    if (sw == SW_OK)
        sw = store_object(st, item->tag, value);
    wipe(plain, sizeof plain);
    return sw;
}

/*
 * What A6 names a key for stands behind it, and both are stored as one; while
 * that is not whole, s->n is as before.
 */
static sw_t store_for_key(const struct store *st, struct span reference,
                          struct span before, struct span *s)
{
    struct tlv item;

    if (st->encrypted)
        return domain_refuse(
            st->d, SW_WRONG_DATA,
            "STORE DATA: what belongs to keys is not enciphered");
    if (domain_reference_is_alone(reference))
        return domain_store_reference(st->d, st->slot, reference, NULL);
    enum err e = s->n == 0 ? ERR_TRUNCATED : tlv_take(s, &item);
    if (e == ERR_TRUNCATED) {
        *s = before;
        return SW_OK;
    }
    return e == ERR_OK
               ? domain_store_reference(st->d, st->slot, reference, &item)
               : SW_WRONG_DATA;
}

/* Whole items at the start of what waits; the rest stays in `s`. */
static sw_t store_items(const struct store *st, struct span *s)
{
    struct tlv item;
    enum err e = ERR_OK;
    sw_t sw = SW_OK;

    while (sw == SW_OK && s->n > 0) {
        const struct span before = *s;
        e = tlv_take(s, &item);
        if (e == ERR_TRUNCATED)
            return SW_OK;
        if (e != ERR_OK)
            return SW_WRONG_DATA;
        if (item.tag != TAG_REFERENCE) {
            sw = store_item(st, &item);
            continue;
        }
        sw = store_for_key(st, item.value, before, s);
        if (s->n == before.n)
            return sw;
    }
    return sw;
}

/* The items in group 0070, which is enciphered as a whole. */
static sw_t store_template(const struct store *st, struct span value)
{
    const struct store inner = {st->d, st->slot, false, false, NULL};
    uint8_t plain[DOMAIN_STORE_MAX];
    sw_t sw = st->encrypted ? decipher(st, &value, plain) : SW_OK;

    if (sw == SW_OK)
        sw = store_items(&inner, &value);
    wipe(plain, sizeof plain);
    return sw == SW_OK && value.n > 0 ? SW_WRONG_DATA : sw;
}

static sw_t store_keys(const struct store *st, struct span *s)
{
    sw_t sw = domain_store_keys(st->d, st->slot, st->encrypted, s);

    return sw == SW_OK ? domain_personalize_by_keys(st->d, st->slot) : sw;
}

static sw_t store_confidential(const struct store *st, struct span *s)
{
    if (st->encrypted)
        return domain_refuse(
            st->d, SW_WRONG_DATA,
            "STORE DATA: what the authority's domain is for is "
            "not enciphered");
    return domain_store_confidential(st->d, st->slot, s, st->response);
}

/* Whole groups at the start of what waits; the rest stays in `s`. */
static sw_t store_groups(const struct store *st, struct span *s)
{
    struct span value, rest;
    uint16_t dgi;
    size_t before;
    sw_t sw = SW_OK;

    while (sw == SW_OK && s->n > 0) {
        rest = *s;
        before = s->n;
        if (domain_take_group(&rest, &dgi, &value) != ERR_OK)
            return SW_OK;
        if (dgi == DGI_KEYS || domain_is_confidential(dgi)) {
            sw =
                dgi == DGI_KEYS ? store_keys(st, s) : store_confidential(st, s);
            if (s->n == before)
                return sw;
        } else if (dgi == DGI_TEMPLATE) {
            *s = rest;
            sw = store_template(st, value);
        } else {
            return domain_refuse(st->d, SW_WRONG_DATA,
                                 "STORE DATA: this data group is not known");
        }
    }
    return sw;
}

/*
 * All items that are whole in this command, or none; behind the last block
 * nothing can be left that is not.
 */
static sw_t store_atomically(const struct store *st, bool last, struct span *s)
{
    struct heap *heap = st->d->heap;
    enum err e = heap_begin(heap);

    if (e != ERR_OK)
        return sw_from_err(e);
    sw_t sw = st->groups ? store_groups(st, s) : store_items(st, s);
    if (sw == SW_OK && last && s->n > 0)
        sw = domain_refuse(st->d, SW_WRONG_DATA,
                           "STORE DATA: the last item is cut off");
    if (sw == SW_OK)
        return sw_from_err(heap_commit(heap));
    e = heap_abort(heap);
    return e == ERR_OK ? sw : sw_from_err(e);
}

/* What waited on this channel, with the block behind it; false: no room. */
static bool append(struct domain *d, struct span block, struct span *all)
{
    struct domain_store *st = &d->store;

    *all = block;
    if (st->length == 0 || st->channel != d->channel)
        return true;
    if (block.n > sizeof st->bytes - st->length)
        return false;
    if (block.n > 0)
        memcpy(st->bytes + st->length, block.p, block.n);
    st->length = (uint16_t)(st->length + block.n);
    *all = span_of(st->bytes, st->length);
    return true;
}

/* Keeps what is not whole yet; there is room for it. */
static void keep(struct domain *d, struct span rest)
{
    struct domain_store *st = &d->store;

    if (rest.n > 0) {
        memmove(st->bytes, rest.p, rest.n);
        st->channel = d->channel;
        st->length = (uint16_t)rest.n;
    } else {
        domain_forget_waiting(d, d->channel);
    }
}

/*
 * A block that is not the last may leave something waiting: nobody else's
 * must be there then, and it must fit.
 */
static bool may_wait(const struct domain *d, struct span all)
{
    return (d->store.length == 0 || d->store.channel == d->channel) &&
           all.n <= sizeof d->store.bytes;
}

/* Adds the block to what waits for the rest of its item, stores what is whole.
 */
static sw_t store_block(struct domain *d, const struct io_command *c,
                        uint16_t slot, struct buf *response)
{
    const uint8_t format = c->p1 & P1_FORMAT_MASK;
    const uint8_t encryption = c->p1 & P1_ENCRYPTION_MASK;
    const struct store st = {d, slot, format == P1_FORMAT_DGI,
                             encryption == P1_ENCRYPTED,
                             (c->p1 & P1_RESPONSE) != 0 ? response : NULL};
    const size_t start = response->n;
    bool last = (c->p1 & P1_LAST) != 0;
    struct span s;

    if (encryption == P1_ENCRYPTION_RFU || format == P1_FORMAT_MASK)
        return SW_WRONG_P1P2;
    if (!append(d, c->data, &s) || (!last && !may_wait(d, s)))
        return SW_NO_MEMORY;
    sw_t sw = store_atomically(&st, last, &s);
    if (sw != SW_OK) {
        response->n = start;
        return sw;
    }
    keep(d, s);
    return SW_OK;
}

/*
 * The command goes on, as plain APDU, to the application [GPCS 7.3.2]; if that
 * could be selected beside what other channels run [GPCS A.1].
 */
static sw_t forward(struct domain *d, const struct domain_request *r,
                    const struct registry_entry *target, struct buf *response)
{
    bool may_answer = (r->c.p1 & P1_RESPONSE) != 0;
    size_t header = r->c.extended ? 7 : 5;
    struct span apdu = span_of(r->bytes.p, header + r->c.data.n);

    if (domain_is_restricted(d, d->channel, target)) {
        domain_trace(d, "STORE DATA: it is selected on another channel");
        return SW_CONDITIONS;
    }
    if (apdu.n > r->bytes.n)
        apdu.n = r->bytes.n;
    sw_t sw = jcre_process_data(d->jcre, target->instance, apdu, response);
    if (sw == SW_OK && response->n > 0 && !may_answer)
        return SW_WRONG_P1P2;
    return sw;
}

static sw_t process(struct domain *d, const struct domain_request *r,
                    struct buf *response)
{
    struct domain_channel *ch = domain_here(d);
    struct registry_entry target;

    if (r->c.p2 != ch->store_block) {
        domain_trace(d, "STORE DATA: block number out of order");
        return SW_CONDITIONS;
    }
    if (ch->personalized == DOMAIN_NONE)
        return store_block(d, &r->c, r->self.slot, response);
    if (!domain_entry(d, ch->personalized, &target))
        return SW_CONDITIONS;
    sw_t sw = domain_may_personalize(d, &r->self, &target);
    if (sw != SW_OK)
        return sw;
    if (target.kind == ENTRY_DOMAIN)
        return store_block(d, &r->c, target.slot, response);
    return forward(d, r, &target, response);
}

/* [GPCS 11.11] */
sw_t domain_store_data(struct domain *d, const struct domain_request *r,
                       struct buf *response)
{
    struct domain_channel *ch = domain_here(d);
    uint8_t next = (uint8_t)(ch->store_block + 1);

    sw_t sw = process(d, r, response);
    if (sw == SW_OK && (r->c.p1 & P1_LAST) == 0) {
        ch->store_block = next;
        return sw;
    }
    ch->store_block = 0;
    domain_forget_waiting(d, d->channel);
    if (sw == SW_OK)
        domain_end_personalization(d, d->channel);
    return sw;
}
