#include "domains/dap.h"

#include "base/tlv.h"
#include "domains/scheme.h"
#include "domains/text.h"

enum { TAG_AID = 0x4F, TAG_SIGNATURE = 0xC3 };

/* ---- a block ---- */

static bool take_fields(struct span block, struct span *aid,
                        struct span *signature)
{
    return tlv_take_tag(&block, TAG_AID, aid) == ERR_OK &&
           tlv_take_tag(&block, TAG_SIGNATURE, signature) == ERR_OK &&
           block.n == 0;
}

static sw_t find_verifier(const struct domain *d, struct span aid,
                          struct registry_entry *e)
{
    if (!domain_find_application(d, aid, e) || e->kind != ENTRY_DOMAIN)
        return domain_refuse(d, SW_DATA_NOT_FOUND,
                             "DAP: there is no such security domain");
    if ((e->privileges & (PRIVILEGE_DAP | PRIVILEGE_MANDATED_DAP)) == 0)
        return domain_refuse(d, SW_CONDITIONS, "DAP: the domain verifies none");
    if (e->slot != DOMAIN_ISD && e->state != STATE_PERSONALIZED)
        return domain_refuse(d, SW_CONDITIONS,
                             "DAP: the domain is locked or not personalized");
    return SW_OK;
}

static bool has_verified(const struct domain *d, uint16_t slot)
{
    for (size_t i = 0; i < d->load.dap_count; i++) {
        if (d->load.dap[i] == slot)
            return true;
    }
    return false;
}

sw_t domain_take_dap(struct domain *d, struct span block)
{
    struct domain_load *load = &d->load;
    const struct span hash = span_of(load->hash, load->hash_length);
    struct domain_signed s = {.parts = &hash,
                              .count = 1,
                              .has_hash = true,
                              .hash_length = load->hash_length};
    struct registry_entry e;
    struct span aid;

    if (!take_fields(block, &aid, &s.signature))
        return domain_refuse(d, SW_WRONG_DATA,
                             "DAP: the block is no AID, signature");
    sw_t sw = find_verifier(d, aid, &e);
    if (sw == SW_OK)
        sw = domain_verify(d, e.slot, DOMAIN_FOR_DAP, &s);
    if (sw != SW_OK || has_verified(d, e.slot))
        return sw;
    if (load->dap_count == DOMAIN_DAPS_MAX)
        return domain_refuse(d, SW_NO_MEMORY, "DAP: too many domains");
    load->dap[load->dap_count++] = e.slot;
    return SW_OK;
}

/* ---- who wants one ---- */

static bool demands(const struct domain *d, const struct registry_entry *e)
{
    if (e->kind != ENTRY_DOMAIN)
        return false;
    if (e->slot == d->load.associated && (e->privileges & PRIVILEGE_DAP) != 0)
        return true;
    return (e->privileges & PRIVILEGE_MANDATED_DAP) != 0 &&
           e->state == STATE_PERSONALIZED;
}

sw_t domain_demand_dap(const struct domain *d)
{
    struct registry_entry e;

    for (uint16_t s = 0; domain_each_entry(d, &s, &e); s++) {
        if (demands(d, &e) && !has_verified(d, s)) {
            domain_trace_about(d, "LOAD: no DAP block for", registry_aid(&e));
            return SW_CONDITIONS;
        }
    }
    return SW_OK;
}
