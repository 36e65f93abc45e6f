#include <gp/commands.h>

#include <string.h>

#include "base/ct.h"
#include "base/tlv.h"
#include "crypto/kcv.h"
#include "offcard/gp/apdu.h"

enum {
    PUT_KEY = 0xD8,
    MULTIPLE = 0x80,
    TYPE_EC_PUBLIC = 0xB0,
    TYPE_EC_PRIVATE = 0xB1,
    TYPE_EC_REFERENCE = 0xF0,
    SECRET_MAX = 80, /* a scalar of P-521 in whole blocks */
};

static enum crypto_cipher cipher_of(uint8_t type)
{
    return type == GP_KEY_AES ? CRYPTO_AES : CRYPTO_DES3;
}

/* The key under the data encryption key; AES-192 is padded to whole blocks. */
static enum err encrypt(const struct scp_session *session,
                        const struct crypto_port *crypto, struct span key,
                        uint8_t out[SECRET_MAX], size_t *n)
{
    uint8_t plain[SECRET_MAX] = {0};
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
    uint8_t value[SECRET_MAX];
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

static int may_put(const struct scp_session *session,
                   const struct gp_put_key *how)
{
    if (session->state != SCP_OPEN)
        return GP_ERR_STATE;
    return how->kvn < 1 || how->kvn > 0x7F || how->replaces > 0x7F ||
                   how->kid > 0x7F
               ? GP_ERR_ARGUMENT
               : GP_OK;
}

static int put_all(struct buf *out, const struct scp_session *session,
                   const struct crypto_port *crypto,
                   const struct gp_put_key *how, const struct span *keys,
                   size_t count)
{
    struct gp_apdu a;
    int result = may_put(session, how);
    if (result != GP_OK)
        return result;
    if (how->type != GP_KEY_AES && how->type != GP_KEY_DES)
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

/* As an AES key: its own length in front where the blocks are longer. */
static void put_scalar(struct gp_apdu *a, const struct scp_session *session,
                       const struct crypto_port *crypto, struct span scalar)
{
    uint8_t value[SECRET_MAX];
    size_t n = 0;
    enum err e = encrypt(session, crypto, scalar, value, &n);
    if (e != ERR_OK) {
        a->err = a->err == ERR_OK ? e : a->err;
        return;
    }
    gp_apdu_put_u1(a, TYPE_EC_PRIVATE);
    gp_apdu_put_length(a, n == scalar.n ? n : n + 1);
    if (n != scalar.n)
        gp_apdu_put_length(a, scalar.n);
    gp_apdu_put(a, span_of(value, n));
}

int gp_cmd_put_ec_key(struct buf *out, const struct scp_session *session,
                      const struct crypto_port *crypto,
                      const struct gp_put_key *how,
                      const struct secret_gp_ec_key *key, bool private)
{
    const int reference = gp_ec_curve_reference(key->curve);
    const uint8_t curve = (uint8_t)reference;
    struct gp_apdu a;

    int result = may_put(session, how);
    if (result != GP_OK)
        return result;
    if (reference < 0 || (private && key->scalar_length == 0))
        return GP_ERR_ARGUMENT;
    gp_apdu_begin(&a, out,
                  (const uint8_t[]){0x80, PUT_KEY, how->replaces, how->kid},
                  true);
    gp_apdu_put_u1(&a, how->kvn);
    if (private) {
        put_scalar(&a, session, crypto,
                   span_of(key->scalar, key->scalar_length));
    } else {
        gp_apdu_put_u1(&a, TYPE_EC_PUBLIC);
        gp_apdu_put_length(&a, key->point_length);
        gp_apdu_put(&a, span_of(key->point, key->point_length));
    }
    gp_apdu_put_u1(&a, TYPE_EC_REFERENCE);
    gp_apdu_put_lv(&a, span_of(&curve, 1));
    gp_apdu_put_u1(&a, 0); /* such keys have no check value */
    return gp_apdu_end(&a);
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

/* Of a point: one coordinate of two, perhaps with a byte in front. */
static uint16_t bits_of(uint8_t type, unsigned bytes)
{
    return (uint16_t)(type == TYPE_EC_PUBLIC ? bytes / 2 * 8 : bytes * 8);
}

/* In one byte 00 is 256, of RSA moduli. */
static unsigned bytes_of(uint8_t type, uint8_t length)
{
    bool symmetric = type == GP_KEY_AES || (type >= 0x80 && type <= 0x84);
    return length == 0 && !symmetric ? 256 : length;
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
        info->length = bits_of(info->type, bytes);
        return GP_OK;
    }
    if (span_take_u1(&value, &length) != ERR_OK)
        return GP_ERR_PROTOCOL;
    info->length = bits_of(info->type, bytes_of(info->type, length));
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
