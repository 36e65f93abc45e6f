#include <string.h>

#include "domains/keys.h"
#include "root.h"
#include "tests/commands/world.h"

/* The known key that the card's key is; none: any. */
static const uint8_t *find_value(const struct world *w,
                                 const struct domain_key *k, uint8_t *length)
{
    struct span rest = k->components;
    struct domain_component part;

    if (!domain_take_component(&rest, &part))
        return world_key(0);
    *length = (uint8_t)part.value.n;
    for (unsigned i = 0; i < WORLD_KEYS; i++) {
        const uint8_t *kcv = world_kcv(w, i, part.type, part.value.n);
        if (memcmp(kcv, k->kcv, sizeof k->kcv) == 0)
            return world_key(i);
    }
    return world_key(0);
}

static void find_one(const struct world *w, const struct domain_key_set *set,
                     uint8_t id, struct secret_scp_keys *all, uint8_t *out)
{
    const struct domain *d = &w->host.card->domain;
    struct domain_key k;

    if (domain_find_key(d, set->domain, set->version, id, &k))
        memcpy(out, find_value(w, &k, &all->length), SCP_KEY_MAX);
}

/* Those of the card, where they are known. */
static struct secret_scp_keys find_keys(const struct world *w, uint8_t channel,
                                        uint8_t version, bool implicit,
                                        struct domain_key_set *set)
{
    const struct domain *d = &w->host.card->domain;
    const uint16_t slot = world_domain(w, channel);
    struct secret_scp_keys all = {.length = 16};

    *set = (struct domain_key_set){.version = version};
    if (slot == DOMAIN_NONE ||
        !domain_find_opening_set(d, domain_key_holder(d, slot), version,
                                 implicit, set))
        return all;
    find_one(w, set, KEY_ID_ENC, &all, all.enc);
    find_one(w, set, KEY_ID_MAC, &all, all.mac);
    find_one(w, set, KEY_ID_DEK, &all, all.dek);
    return all;
}

/* What the card answered, as the start of a session. */
static bool begin(struct world *w, uint8_t channel,
                  const struct secret_scp_keys *keys, uint8_t i,
                  struct span challenge)
{
    struct scp_session *s = &w->sessions[channel];
    struct scp_init init;

    if (w->sw != SW_OK || scp_init_parse(span_of(w->host.response, w->host.n),
                                         challenge, &init) != ERR_OK)
        return false;
    if (init.protocol == SCP_02)
        init.i = i;
    return scp_begin(s, &w->host.crypto, SCP_HOST, keys, &init) == ERR_OK;
}

sw_t world_authenticate(struct world *w, uint8_t channel, uint8_t version,
                        uint8_t level, bool wrong)
{
    static const uint8_t guess[5 + 16] = {0x84, 0x82, 0x01, 0x00, 0x10};
    uint8_t update[5 + 16] = {0x80, 0x50, version, 0, 8, 1, 2, 3, 4, 5, 6, 7};
    uint8_t bytes[SCP_AUTHENTICATE_MAX];
    struct buf out = buf_of(bytes, sizeof bytes);
    struct domain_key_set set;
    struct secret_scp_keys keys = find_keys(w, channel, version, false, &set);
    const bool long_one =
        set.type == KEY_TYPE_AES && (set.i & SCP03_I_S16) != 0;
    const size_t n = long_one ? 16 : 8;
    struct world_command c = {
        .channel = channel, .protection = BARE, .apdu = span_of(update, 5 + n)};

    update[4] = (uint8_t)n;
    keys.mac[0] ^= wrong ? 0x10 : 0;
    scp_close(&w->sessions[channel]);
    if (world_send(w, &c) != SW_OK)
        return w->sw;
    c.apdu = span_of(guess, sizeof guess);
    if (begin(w, channel, &keys, set.i, span_of(update + 5, n)) &&
        scp_authenticate_make(&w->sessions[channel], &w->host.crypto, level,
                              &out) == ERR_OK)
        c.apdu = buf_span(&out);
    return world_send(w, &c);
}

void world_open_implicit(struct world *w, uint8_t channel, bool wrong)
{
    static const uint8_t get[] = {0x80, 0xCA, 0x00, 0xC1, 0x00};
    const struct world_command c = {
        .channel = channel, .protection = BARE, .apdu = span_of(get, 5)};
    struct scp_init init = {.protocol = SCP_02};
    struct domain_key_set set;
    struct registry_entry e;
    struct secret_scp_keys keys = find_keys(w, channel, 0, true, &set);

    keys.mac[0] ^= wrong ? 0x10 : 0;
    scp_close(&w->sessions[channel]);
    if (world_send(w, &c) != SW_OK || w->host.n != 4 ||
        !domain_entry(&w->host.card->domain, world_domain(w, channel), &e))
        return;
    init.i = set.i;
    init.kvn = set.version;
    memcpy(init.sequence, w->host.response + 2, 2);
    if (scp_open_implicit(&w->sessions[channel], &w->host.crypto, SCP_HOST,
                          &keys, &init, registry_aid(&e)) != ERR_OK)
        scp_close(&w->sessions[channel]);
}
