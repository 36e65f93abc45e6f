#include "ports/openssl/cipher_cache.h"

#include <limits.h>
#include <string.h>

#include "base/ct.h"

enum { PIECE = 1 << 30 };

static const char *const names[CIPHER_KINDS][2] = {
    {"AES-128-ECB", "AES-128-CBC"}, {"AES-192-ECB", "AES-192-CBC"},
    {"AES-256-ECB", "AES-256-CBC"}, {"DES-ECB", "DES-CBC"},
    {"DES-EDE-ECB", "DES-EDE-CBC"}, {"DES-EDE3-ECB", "DES-EDE3-CBC"},
    {"SEED-ECB", "SEED-CBC"},       {"SM4-ECB", "SM4-CBC"},
};

/* Row in `names`, or -1 when the cipher has no such key length. */
static int kind_of(enum crypto_cipher cipher, size_t key_length)
{
    switch (cipher) {
    case CRYPTO_AES:
        if (key_length == 16 || key_length == 24 || key_length == 32)
            return (int)key_length / 8 - 2;
        return -1;
    case CRYPTO_DES:
        return key_length == 8 ? 3 : -1;
    case CRYPTO_DES3:
        if (key_length == 16)
            return 4;
        return key_length == 24 ? 5 : -1;
    case CRYPTO_SEED:
        return key_length == 16 ? 6 : -1;
    case CRYPTO_SM4:
        return key_length == 16 ? 7 : -1;
    }
    return -1;
}

static const EVP_CIPHER *algorithm(struct cipher_cache *cache, int kind,
                                   enum crypto_mode mode)
{
    EVP_CIPHER **slot = &cache->algorithms[kind][mode == CRYPTO_CBC];
    if (*slot == NULL)
        *slot =
            EVP_CIPHER_fetch(cache->lib, names[kind][mode == CRYPTO_CBC], NULL);
    return *slot;
}

static bool slot_fits(const struct cipher_slot *slot, enum crypto_cipher cipher,
                      enum crypto_mode mode, enum crypto_direction direction,
                      struct span key)
{
    return slot->used != 0 && slot->cipher == cipher && slot->mode == mode &&
           slot->direction == direction && slot->key_length == key.n &&
           ct_equal(slot->key, key.p, key.n);
}

static void slot_empty(struct cipher_slot *slot)
{
    EVP_CIPHER_CTX_free(slot->evp);
    wipe(slot, sizeof *slot);
}

static struct cipher_slot *oldest(struct cipher_cache *cache)
{
    struct cipher_slot *found = &cache->slots[0];
    for (size_t i = 1; i < CIPHER_CACHE_SIZE; i++) {
        if (cache->slots[i].used < found->used)
            found = &cache->slots[i];
    }
    return found;
}

static struct cipher_slot *slot_fill(struct cipher_cache *cache,
                                     enum crypto_cipher cipher,
                                     enum crypto_mode mode,
                                     enum crypto_direction direction,
                                     struct span key, int kind)
{
    const EVP_CIPHER *evp = algorithm(cache, kind, mode);
    if (evp == NULL)
        return NULL;

    struct cipher_slot *slot = oldest(cache);
    slot_empty(slot);
    slot->evp = EVP_CIPHER_CTX_new();
    if (slot->evp == NULL ||
        EVP_CipherInit_ex2(slot->evp, evp, key.p,
                           mode == CRYPTO_CBC ? slot->chained : NULL,
                           direction == CRYPTO_ENCRYPT, NULL) != 1 ||
        EVP_CIPHER_CTX_set_padding(slot->evp, 0) != 1) {
        slot_empty(slot);
        return NULL;
    }
    slot->cipher = (uint8_t)cipher;
    slot->mode = (uint8_t)mode;
    slot->direction = (uint8_t)direction;
    slot->key_length = (uint8_t)key.n;
    memcpy(slot->key, key.p, key.n);
    return slot;
}

static struct cipher_slot *slot_get(struct cipher_cache *cache,
                                    enum crypto_cipher cipher,
                                    enum crypto_mode mode,
                                    enum crypto_direction direction,
                                    struct span key, int kind)
{
    struct cipher_slot *slot = NULL;
    for (size_t i = 0; i < CIPHER_CACHE_SIZE && slot == NULL; i++) {
        if (slot_fits(&cache->slots[i], cipher, mode, direction, key))
            slot = &cache->slots[i];
    }
    if (slot == NULL)
        slot = slot_fill(cache, cipher, mode, direction, key, kind);
    if (slot != NULL)
        slot->used = ++cache->clock;
    return slot;
}

static void mix(uint8_t *block, const uint8_t *a, const uint8_t *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        block[i] = (uint8_t)(block[i] ^ a[i] ^ b[i]);
}

/*
 * A context goes on from the last block of its own, which costs less than
 * giving it another initial value: the difference of the two is added to the
 * first block instead.
 */
static bool run_cbc(struct cipher_slot *slot, uint8_t *iv, size_t block,
                    const uint8_t *in, uint8_t *out, size_t n)
{
    const bool encrypt = slot->direction == CRYPTO_ENCRYPT;
    uint8_t last[CRYPTO_BLOCK_MAX];
    int done = 0;

    memcpy(last, in + n - block, block);
    if (encrypt) {
        memmove(out, in, n);
        mix(out, slot->chained, iv, block);
        in = out;
    }
    if (EVP_CipherUpdate(slot->evp, out, &done, in, (int)n) != 1 ||
        done != (int)n)
        return false;
    if (encrypt)
        memcpy(last, out + n - block, block);
    else
        mix(out, slot->chained, iv, block);
    memcpy(slot->chained, last, block);
    memcpy(iv, last, block);
    return true;
}

static bool run_ecb(EVP_CIPHER_CTX *evp, const uint8_t *in, uint8_t *out,
                    size_t n)
{
    int done = 0;
    return EVP_CipherUpdate(evp, out, &done, in, (int)n) == 1 && done == (int)n;
}

enum err cipher_cache_run(struct cipher_cache *cache, enum crypto_cipher cipher,
                          enum crypto_mode mode,
                          enum crypto_direction direction, struct span key,
                          uint8_t *iv, const uint8_t *in, uint8_t *out,
                          size_t n)
{
    size_t block = crypto_block_size(cipher);
    int kind = kind_of(cipher, key.n);
    if (kind < 0 || n % block != 0 || n > PIECE ||
        (mode == CRYPTO_CBC && iv == NULL))
        return ERR_RANGE;
    if (n == 0)
        return ERR_OK;

    struct cipher_slot *slot =
        slot_get(cache, cipher, mode, direction, key, kind);
    if (slot == NULL)
        return ERR_IO;
    bool done = mode == CRYPTO_CBC ? run_cbc(slot, iv, block, in, out, n)
                                   : run_ecb(slot->evp, in, out, n);
    if (done)
        return ERR_OK;
    slot_empty(slot);
    return ERR_IO;
}

void cipher_cache_clear(struct cipher_cache *cache)
{
    for (size_t i = 0; i < CIPHER_CACHE_SIZE; i++)
        slot_empty(&cache->slots[i]);
    for (size_t kind = 0; kind < CIPHER_KINDS; kind++) {
        for (size_t mode = 0; mode < 2; mode++) {
            EVP_CIPHER_free(cache->algorithms[kind][mode]);
            cache->algorithms[kind][mode] = NULL;
        }
    }
}
