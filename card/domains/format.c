#include <string.h>

#include "base/ct.h"
#include "crypto/kcv.h"
#include "domains/cardwide.h"
#include "domains/domain.h"
#include "domains/keys.h"
#include "domains/objects.h"
#include "domains/tries.h"

enum {
    /* [GPCS 6.6.2] */
    ISSUER_PRIVILEGES =
        PRIVILEGE_DOMAIN | PRIVILEGE_CARD_LOCK | PRIVILEGE_CARD_TERMINATE |
        PRIVILEGE_CARD_RESET | PRIVILEGE_CVM | PRIVILEGE_TRUSTED_PATH |
        PRIVILEGE_AUTHORIZED | PRIVILEGE_TOKEN | PRIVILEGE_GLOBAL_DELETE |
        PRIVILEGE_GLOBAL_LOCK | PRIVILEGE_GLOBAL_REGISTRY | PRIVILEGE_FINAL |
        PRIVILEGE_RECEIPT,
    USAGE_ENC = 0x38,
    USAGE_MAC = 0x34,
    USAGE_DEK = 0xC8,
    TAG_ISSUER_NUMBER = 0x42,
    TAG_IMAGE_NUMBER = 0x45,
    TAG_PRODUCTION = 0x9F7F,
};

static const uint8_t domain_package[] = {0xA0, 0x00, 0x00, 0x01,
                                         0x51, 0x53, 0x50};

static bool key_set_fits(const struct card_key_set *set)
{
    if (set->version == 0 || set->version >= KEY_VERSION_SPECIAL)
        return false;
    if (set->type == KEY_TYPE_DES)
        return set->length == 16;
    return set->type == KEY_TYPE_AES &&
           (set->length == 16 || set->length == 24 || set->length == 32);
}

static bool profile_fits(const struct card_profile *p)
{
    if (p->isd_aid_length > 16 ||
        (p->isd_aid_length > 0 && p->isd_aid_length < 5) ||
        p->iin_length > sizeof p->iin || p->cin_length > sizeof p->cin ||
        p->key_set_count == 0 || p->key_set_count > CARD_KEY_SETS_MAX ||
        p->historical_length > sizeof p->historical ||
        p->channels > CARD_CHANNELS || (p->withheld & ~CARD_FAMILY_ALL) != 0)
        return false;
    if (p->life_cycle != STATE_CARD_OP_READY &&
        p->life_cycle != STATE_CARD_INITIALIZED &&
        p->life_cycle != STATE_CARD_SECURED)
        return false;
    if (!scp_i_allowed(SCP_03, p->scp03_i) ||
        (p->scp02_i != 0 && !scp_i_allowed(SCP_02, p->scp02_i)) ||
        (p->scp01_i != 0 && !scp_i_allowed(SCP_01, p->scp01_i)) ||
        (p->scp11_i != 0 && !scp_i_allowed(SCP_11, p->scp11_i)) ||
        (p->scp01_i != 0 && p->scp02_i != 0))
        return false;
    for (size_t i = 0; i < p->key_set_count; i++) {
        if (!key_set_fits(&p->key_sets[i]))
            return false;
        for (size_t j = 0; j < i; j++) {
            if (p->key_sets[i].version == p->key_sets[j].version)
                return false;
        }
    }
    return true;
}

static void add_protocol(struct registry_entry *e, uint8_t id, uint8_t i)
{
    for (size_t n = 0; n < REGISTRY_PROTOCOLS_MAX; n++) {
        if (e->protocols[n].id == id)
            return;
        if (e->protocols[n].id == 0) {
            e->protocols[n] = (struct registry_protocol){id, i};
            return;
        }
    }
}

static enum err add_issuer(struct domain *d, const struct card_profile *p)
{
    static const uint8_t usual[] = {0xA0, 0, 0, 1, 0x51, 0, 0, 0};
    struct registry_entry e = {
        .kind = ENTRY_DOMAIN,
        .state = p->life_cycle,
        .domain = DOMAIN_ISD,
        .privileges = ISSUER_PRIVILEGES,
        .package = REGISTRY_NATIVE_PACKAGE,
        .aid_length = sizeof usual,
    };

    memcpy(e.aid, usual, sizeof usual);
    if (p->isd_aid_length > 0) {
        memcpy(e.aid, p->isd_aid, p->isd_aid_length);
        e.aid_length = p->isd_aid_length;
    }
    for (size_t i = 0; i < p->key_set_count; i++) {
        if (p->key_sets[i].type == KEY_TYPE_AES)
            add_protocol(&e, SCP_03, p->scp03_i);
        else if (p->scp02_i != 0)
            add_protocol(&e, SCP_02, p->scp02_i);
        else if (p->scp01_i != 0)
            add_protocol(&e, SCP_01, p->scp01_i);
    }
    if (p->scp11_i != 0)
        add_protocol(&e, SCP_11, p->scp11_i);
    return domain_add_entry(d, &e);
}

static enum err add_domain_package(struct domain *d)
{
    struct registry_entry e = {
        .kind = ENTRY_PACKAGE,
        .state = STATE_LOADED,
        .domain = DOMAIN_ISD,
        .package = REGISTRY_NATIVE_PACKAGE,
        .aid_length = sizeof domain_package,
    };

    memcpy(e.aid, domain_package, sizeof domain_package);
    return domain_add_entry(d, &e);
}

static enum err add_key(struct domain *d, const struct card_key_set *set,
                        uint8_t id, uint8_t usage, const uint8_t *value)
{
    uint8_t bytes[KEY_RECORD_HEAD + 3 + SCP_KEY_MAX + VAULT_TAG];
    struct buf record = buf_of(bytes, sizeof bytes);
    struct span key = span_of(value, set->length);
    struct domain_key k = {
        .id = id,
        .version = set->version,
        .domain = DOMAIN_ISD,
        .usage = usage,
        .kcv_length = CRYPTO_KCV_SIZE,
    };
    uint16_t slot;

    enum err e = crypto_kcv(
        d->port->crypto, set->type == KEY_TYPE_AES ? CRYPTO_AES : CRYPTO_DES3,
        key, k.kcv);
    if (e == ERR_OK)
        e = domain_key_record(&k, &record);
    if (e == ERR_OK)
        e = domain_put_component(&record, set->type, key);
    if (e == ERR_OK)
        e = domain_seal_key(d, &record);
    if (e == ERR_OK)
        e = domain_add_record(d, bytes, (uint32_t)record.n, &slot);
    wipe(bytes, sizeof bytes);
    return e;
}

static enum err add_key_set(struct domain *d, const struct card_key_set *set)
{
    enum err e = add_key(d, set, KEY_ID_ENC, USAGE_ENC, set->enc);

    if (e == ERR_OK)
        e = add_key(d, set, KEY_ID_MAC, USAGE_MAC, set->mac);
    if (e == ERR_OK)
        e = add_key(d, set, KEY_ID_DEK, USAGE_DEK, set->dek);
    return e;
}

static enum err add_numbers(struct domain *d, const struct card_profile *p)
{
    enum err e = ERR_OK;

    if (p->iin_length > 0)
        e = domain_put_object(d, DOMAIN_ISD, TAG_ISSUER_NUMBER,
                              span_of(p->iin, p->iin_length));
    if (e == ERR_OK && p->cin_length > 0)
        e = domain_put_object(d, DOMAIN_ISD, TAG_IMAGE_NUMBER,
                              span_of(p->cin, p->cin_length));
    if (e == ERR_OK && p->has_cplc)
        e = domain_put_object(d, DOMAIN_ISD, TAG_PRODUCTION,
                              span_of(p->cplc, sizeof p->cplc));
    return e;
}

enum err domain_format(struct domain *d, const struct card_profile *profile)
{
    if (!profile_fits(profile))
        return ERR_RANGE;
    domain_forget(d);
    enum err e = domain_registry_format(d);
    if (e == ERR_OK)
        e = domain_cardwide_format(d, profile);
    if (e == ERR_OK)
        e = add_issuer(d, profile);
    if (e == ERR_OK)
        e = add_domain_package(d);
    for (size_t i = 0; e == ERR_OK && i < profile->key_set_count; i++)
        e = add_key_set(d, &profile->key_sets[i]);
    if (e == ERR_OK)
        e = add_numbers(d, profile);
    if (e == ERR_OK)
        e = domain_set_try_limit(d, profile->tries);
    return e;
}
