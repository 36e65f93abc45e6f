#include <gp/keys.h>

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/ct.h"
#include "crypto/kdf.h"

static const uint8_t test_key[16] = {
    0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47,
    0x48, 0x49, 0x4A, 0x4B, 0x4C, 0x4D, 0x4E, 0x4F,
};

void gp_keys_test(struct secret_gp_keys *out)
{
    *out = (struct secret_gp_keys){.keys.length = sizeof test_key};
    memcpy(out->keys.enc, test_key, sizeof test_key);
    memcpy(out->keys.mac, test_key, sizeof test_key);
    memcpy(out->keys.dek, test_key, sizeof test_key);
}

bool gp_keys_is_test(const struct secret_gp_keys *keys)
{
    return keys->keys.length == sizeof test_key &&
           (ct_equal(keys->keys.enc, test_key, sizeof test_key) ||
            ct_equal(keys->keys.mac, test_key, sizeof test_key) ||
            ct_equal(keys->keys.dek, test_key, sizeof test_key));
}

/* Of sample cards and of the test profiles of eSIMs. */
static const uint8_t samples[][16] = {
    {0x47, 0x45, 0x4D, 0x58, 0x50, 0x52, 0x45, 0x53, 0x53, 0x4F, 0x53, 0x41,
     0x4D, 0x50, 0x4C, 0x45},
    {0x66, 0x77, 0x88, 0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0x11, 0x22, 0x33, 0x44,
     0x55, 0xEE, 0xFF, 0x10},
    {0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xAA, 0xBB, 0xCC,
     0xDD, 0xEE, 0xFF, 0x10},
    {0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF, 0x10, 0x11, 0x22, 0x33, 0x44,
     0x55, 0x66, 0x77, 0x88},
};

static bool is_series(const uint8_t *key, size_t n)
{
    const uint8_t step = (uint8_t)(key[1] - key[0]);

    for (size_t i = 2; i < n; i++) {
        if ((uint8_t)(key[i] - key[i - 1]) != step)
            return false;
    }
    return true;
}

static bool is_public(const uint8_t *key, size_t n)
{
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        if (n == sizeof samples[i] && ct_equal(key, samples[i], n))
            return true;
    }
    return is_series(key, n);
}

bool gp_keys_are_public(const struct secret_gp_keys *keys)
{
    const size_t n = keys->keys.length;

    return is_public(keys->keys.enc, n) || is_public(keys->keys.mac, n) ||
           is_public(keys->keys.dek, n);
}

int gp_diversification_parse(const char *name, uint8_t *out)
{
    static const char *const names[] = {
        [GP_DIV_NONE] = "none",
        [GP_DIV_EMV] = "emv",
        [GP_DIV_VISA2] = "visa2",
        [GP_DIV_KDF3] = "kdf3",
    };
    for (uint8_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcasecmp(name, names[i]) == 0) {
            *out = i;
            return GP_OK;
        }
    }
    return GP_ERR_ARGUMENT;
}

/* Six bytes of the data that the method takes, F0 or 0F, the key's number. */
static void des_block(uint8_t method, const uint8_t kdd[SCP_KDD_SIZE],
                      uint8_t mark, uint8_t number, uint8_t block[8])
{
    if (method == GP_DIV_EMV) {
        memcpy(block, kdd + 4, 6);
    } else {
        memcpy(block, kdd, 2);
        memcpy(block + 2, kdd + 4, 4);
    }
    block[6] = mark;
    block[7] = number;
}

static enum err diversify_des(const struct crypto_port *crypto, uint8_t method,
                              const uint8_t *kdd, uint8_t number, uint8_t *key)
{
    uint8_t blocks[16];
    des_block(method, kdd, 0xF0, number, blocks);
    des_block(method, kdd, 0x0F, number, blocks + 8);
    return crypto->cipher(crypto->ctx, CRYPTO_DES3, CRYPTO_ECB, CRYPTO_ENCRYPT,
                          span_of(key, 16), NULL, blocks, key, sizeof blocks);
}

/* The counter first, then 000000, the number, 00 and all ten bytes. */
static enum err diversify_kdf3(const struct crypto_port *crypto,
                               const uint8_t *kdd, uint8_t number, uint8_t *key,
                               size_t n)
{
    uint8_t after[5 + SCP_KDD_SIZE] = {0, 0, 0, number, 0};
    uint8_t out[SCP_KEY_MAX];
    memcpy(after + 5, kdd, SCP_KDD_SIZE);
    enum err e = crypto_kdf_cmac(crypto, span_of(key, n), span_of(NULL, 0),
                                 span_of(after, sizeof after), out, n);
    if (e == ERR_OK)
        memcpy(key, out, n);
    wipe(out, sizeof out);
    return e;
}

static enum err diversify_key(const struct crypto_port *crypto, uint8_t method,
                              const uint8_t *kdd, uint8_t number, uint8_t *key,
                              size_t n)
{
    if (method == GP_DIV_KDF3)
        return diversify_kdf3(crypto, kdd, number, key, n);
    return diversify_des(crypto, method, kdd, number, key);
}

int gp_keys_diversify(const struct crypto_port *crypto,
                      const struct secret_gp_keys *master,
                      const uint8_t kdd[SCP_KDD_SIZE],
                      struct secret_gp_keys *out)
{
    uint8_t method = master->diversification;
    size_t n = master->keys.length;

    if (out != master)
        *out = *master;
    out->diversification = GP_DIV_NONE;
    if (method == GP_DIV_NONE)
        return GP_OK;
    if (method != GP_DIV_KDF3 && n != 16)
        return GP_ERR_KEYS;

    enum err e = diversify_key(crypto, method, kdd, 1, out->keys.enc, n);
    if (e == ERR_OK)
        e = diversify_key(crypto, method, kdd, 2, out->keys.mac, n);
    if (e == ERR_OK)
        e = diversify_key(crypto, method, kdd, 3, out->keys.dek, n);
    if (e != ERR_OK)
        wipe(out, sizeof *out);
    return gp_from_err(e);
}

int gp_keys_kcv(const struct crypto_port *crypto,
                const struct secret_gp_keys *keys,
                uint8_t kcv[3][CRYPTO_KCV_SIZE])
{
    enum crypto_cipher cipher =
        keys->type == GP_KEY_DES ? CRYPTO_DES3 : CRYPTO_AES;
    const uint8_t *const each[] = {keys->keys.enc, keys->keys.mac,
                                   keys->keys.dek};
    enum err e = ERR_OK;
    for (size_t i = 0; i < 3 && e == ERR_OK; i++)
        e = crypto_kcv(crypto, cipher, span_of(each[i], keys->keys.length),
                       kcv[i]);
    return gp_from_err(e);
}
