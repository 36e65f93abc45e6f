#include "ports/openssl/xec_cache.h"

#include <string.h>

#include "base/ct.h"

static const char *const names[] = {
    [CRYPTO_X25519] = "X25519",
    [CRYPTO_X448] = "X448",
    [CRYPTO_ED25519] = "ED25519",
    [CRYPTO_ED448] = "ED448",
};

static void slot_empty(struct xec_slot *slot)
{
    EVP_PKEY_free(slot->key);
    wipe(slot, sizeof *slot);
}

/* The one that is that key, or else the one to put it into. */
static struct xec_slot *slot_of(struct xec_cache *cache, enum crypto_xec curve,
                                bool secret, const uint8_t *bytes)
{
    struct xec_slot *oldest = &cache->slots[0];

    for (size_t i = 0; i < XEC_CACHE_SIZE; i++) {
        struct xec_slot *slot = &cache->slots[i];
        if (slot->used != 0 && slot->curve == curve && slot->secret == secret &&
            ct_equal(slot->bytes, bytes, crypto_xec_key_size(curve)))
            return slot;
        if (slot->used < oldest->used)
            oldest = slot;
    }
    slot_empty(oldest);
    return oldest;
}

static EVP_PKEY *parse(OSSL_LIB_CTX *lib, enum crypto_xec curve, bool secret,
                       const uint8_t *bytes)
{
    const size_t n = crypto_xec_key_size(curve);

    return secret ? EVP_PKEY_new_raw_private_key_ex(lib, names[curve], NULL,
                                                    bytes, n)
                  : EVP_PKEY_new_raw_public_key_ex(lib, names[curve], NULL,
                                                   bytes, n);
}

EVP_PKEY *xec_cache_key(struct xec_cache *cache, enum crypto_xec curve,
                        bool secret, const uint8_t *bytes)
{
    struct xec_slot *slot = slot_of(cache, curve, secret, bytes);

    if (slot->used == 0) {
        slot->key = parse(cache->lib, curve, secret, bytes);
        slot->curve = (uint8_t)curve;
        slot->secret = secret;
        memcpy(slot->bytes, bytes, crypto_xec_key_size(curve));
    }
    if (slot->key == NULL || EVP_PKEY_up_ref(slot->key) != 1) {
        slot_empty(slot);
        return NULL;
    }
    slot->used = ++cache->clock;
    return slot->key;
}

void xec_cache_clear(struct xec_cache *cache)
{
    for (size_t i = 0; i < XEC_CACHE_SIZE; i++)
        slot_empty(&cache->slots[i]);
}
