#include <gp/commands.h>

#include <string.h>

#include "base/ct.h"
#include "base/tlv.h"
#include "crypto/kcv.h"
#include "offcard/gp/apdu.h"

enum { PUT_KEY = 0xD8, MULTIPLE = 0x80 };

static enum crypto_cipher cipher_of(uint8_t type)
{
    return type == GP_KEY_AES ? CRYPTO_AES : CRYPTO_DES3;
}

/* The key under the data encryption key; AES-192 is padded to whole blocks. */
static enum err encrypt(const struct scp_session *session,
                        const struct crypto_port *crypto, struct span key,
                        uint8_t out[SCP_KEY_MAX], size_t *n)
{
    uint8_t plain[SCP_KEY_MAX] = {0};
    size_t block = scp_dek_block(session);
    *n = (key.n + block - 1) / block * block;
    if (key.n == 0 || *n > sizeof plain)
        return ERR_RANGE;
    memcpy(plain, key.p, key.n);
    enum err e = scp_dek(session, crypto, CRYPTO_ENCRYPT, plain, out, *n);
    wipe(plain, sizeof plain);
    return e;
}

/*
 * Type, length, key data, check value [GPCS 11.8.2.3].  An AES key has its own
 * length before the encrypted value, because that may be padded.
 */
static void put_key(struct gp_apdu *a, const struct scp_session *session,
                    const struct crypto_port *crypto, uint8_t type,
                    struct span key)
{
    uint8_t value[SCP_KEY_MAX];
    uint8_t kcv[CRYPTO_KCV_SIZE];
    size_t n = 0;
    enum err e = encrypt(session, crypto, key, value, &n);
    if (e == ERR_OK)
        e = crypto_kcv(crypto, cipher_of(type), key, kcv);
    if (e != ERR_OK) {
        a->err = a->err == ERR_OK ? e : a->err;
        return;
    }
    gp_apdu_put_u1(a, type);
    if (type == GP_KEY_AES) {
        gp_apdu_put_length(a, n + 1);
        gp_apdu_put_length(a, key.n);
    } else {
        gp_apdu_put_length(a, n);
    }
    gp_apdu_put(a, span_of(value, n));
    gp_apdu_put_lv(a, span_of(kcv, sizeof kcv));
    wipe(value, sizeof value);
}

static int put_all(struct buf *out, const struct scp_session *session,
                   const struct crypto_port *crypto,
                   const struct gp_put_key *how, const struct span *keys,
                   size_t count)
{
    struct gp_apdu a;
    if (session->state != SCP_OPEN)
        return GP_ERR_STATE;
    if (how->kvn < 1 || how->kvn > 0x7F || how->replaces > 0x7F ||
        how->kid > 0x7F || (how->type != GP_KEY_AES && how->type != GP_KEY_DES))
        return GP_ERR_ARGUMENT;

    uint8_t p2 = (uint8_t)(how->kid | (count > 1 ? MULTIPLE : 0));
    gp_apdu_begin(&a, out, (const uint8_t[]){0x80, PUT_KEY, how->replaces, p2},
                  true);
    gp_apdu_put_u1(&a, how->kvn);
    for (size_t i = 0; i < count; i++)
        put_key(&a, session, crypto, how->type, keys[i]);
    return gp_apdu_end(&a);
}

int gp_cmd_put_keys(struct buf *out, const struct scp_session *session,
                    const struct crypto_port *crypto,
                    const struct gp_put_key *how,
                    const struct secret_scp_keys *keys)
{
    const struct span each[] = {{keys->enc, keys->length},
                                {keys->mac, keys->length},
                                {keys->dek, keys->length}};
    return put_all(out, session, crypto, how, each, 3);
}

int gp_cmd_put_key(struct buf *out, const struct scp_session *session,
                   const struct crypto_port *crypto,
                   const struct gp_put_key *how, struct span key)
{
    return put_all(out, session, crypto, how, &key, 1);
}

/* Cards answer the check values with or without a length before each. */
static bool kcv_matches(struct span *data, const uint8_t kcv[CRYPTO_KCV_SIZE])
{
    struct span got;
    struct span whole = *data;
    if (span_take_lv(&whole, &got) == ERR_OK && got.n == CRYPTO_KCV_SIZE &&
        ct_equal(got.p, kcv, CRYPTO_KCV_SIZE)) {
        *data = whole;
        return true;
    }
    return span_take(data, CRYPTO_KCV_SIZE, &got) == ERR_OK &&
           ct_equal(got.p, kcv, CRYPTO_KCV_SIZE);
}

int gp_put_key_check(struct span data, const struct crypto_port *crypto,
                     const struct gp_put_key *how, const struct span *keys,
                     size_t count)
{
    uint8_t kvn;
    if (span_take_u1(&data, &kvn) != ERR_OK || kvn != how->kvn)
        return GP_ERR_PROTOCOL;
    for (size_t i = 0; i < count; i++) {
        uint8_t kcv[CRYPTO_KCV_SIZE];
        enum err e = crypto_kcv(crypto, cipher_of(how->type), keys[i], kcv);
        if (e != ERR_OK)
            return gp_from_err(e);
        if (!kcv_matches(&data, kcv))
            return GP_ERR_PROTOCOL;
    }
    return data.n == 0 ? GP_OK : GP_ERR_PROTOCOL;
}

static uint16_t bits_of(uint8_t type, uint8_t length)
{
    bool symmetric = type == GP_KEY_AES || (type >= 0x80 && type <= 0x84);
    /* 00 is 256 bytes, of RSA moduli. */
    unsigned bytes = length == 0 && !symmetric ? 256 : length;
    return (uint16_t)(bytes * 8);
}

static int read_info(struct span value, struct gp_key_info *info)
{
    uint8_t length;
    enum err e = span_take_u1(&value, &info->kid);
    if (e == ERR_OK)
        e = span_take_u1(&value, &info->kvn);
    if (e == ERR_OK)
        e = span_take_u1(&value, &info->type);
    if (e != ERR_OK)
        return GP_ERR_PROTOCOL;
    /* FF: the extended form, type and a length of two bytes [GPCS 11.3.3.1] */
    if (info->type == 0xFF) {
        uint16_t bytes;
        e = span_take_u1(&value, &info->type);
        if (e == ERR_OK)
            e = span_take_u2(&value, &bytes);
        if (e != ERR_OK)
            return GP_ERR_PROTOCOL;
        info->length = (uint16_t)(bytes * 8u);
        return GP_OK;
    }
    if (span_take_u1(&value, &length) != ERR_OK)
        return GP_ERR_PROTOCOL;
    info->length = bits_of(info->type, length);
    return GP_OK;
}

int gp_key_info_parse(struct span data,
                      void (*each)(void *ctx, const struct gp_key_info *info),
                      void *ctx)
{
    struct span list;
    struct span value;
    if (tlv_take_tag(&data, 0xE0, &list) != ERR_OK)
        return GP_ERR_PROTOCOL;
    while (list.n > 0) {
        struct gp_key_info info = {.kid = 0};
        if (tlv_take_tag(&list, 0xC0, &value) != ERR_OK ||
            read_info(value, &info) != GP_OK)
            return GP_ERR_PROTOCOL;
        each(ctx, &info);
    }
    return GP_OK;
}
