/*
 * Ciphers over AES, DES, triple DES, SEED and SM4: ECB and CBC in all paddings,
 * and what AES alone has, CTR, CFB and XTS.
 */
#include "natives/cipher.h"

#include <string.h>

#include "crypto/pad.h"
#include "crypto/stream.h"
#include "crypto/xts.h"

enum base { BASE_AES, BASE_DES, BASE_SEED, BASE_SM4 };
enum chaining { ECB, CBC, CTR, CFB, XTS };

/* A row's tag. */
enum { CHAINING_MASK = 7, BASE_SHIFT = 3 };
#define TAG(base, chaining) (uint8_t)((base) << BASE_SHIFT | (chaining))

/* State of ECB and CBC. */
struct blocks {
    uint8_t iv[CRYPTO_BLOCK_MAX];
    uint8_t held[CRYPTO_BLOCK_MAX];
    uint8_t filled; /* bytes in `held` */
    uint8_t begun;  /* there were bytes */
};

/* State of the others. */
struct streams {
    union {
        struct crypto_stream stream;
        struct crypto_xts xts;
    } as;
    uint8_t begun;
};

static enum base base_of(const struct cipher_job *job)
{
    return (enum base)(job->algorithm->tag >> BASE_SHIFT);
}

static enum chaining chaining_of(const struct cipher_job *job)
{
    return (enum chaining)(job->algorithm->tag & CHAINING_MASK);
}

static enum crypto_direction direction_of(const struct cipher_job *job)
{
    return job->engine.mode == CIPHER_MODE_ENCRYPT ? CRYPTO_ENCRYPT
                                                   : CRYPTO_DECRYPT;
}

static enum crypto_cipher cipher_of(const struct cipher_job *job)
{
    enum { SINGLE = 64 };

    switch (base_of(job)) {
    case BASE_DES:
        return job->key.size == SINGLE ? CRYPTO_DES : CRYPTO_DES3;
    case BASE_SEED:
        return CRYPTO_SEED;
    case BASE_SM4:
        return CRYPTO_SM4;
    case BASE_AES:
        break;
    }
    return CRYPTO_AES;
}

/* False: thrown. */
static bool ended_well(const struct cipher_job *job, enum err e,
                       uint16_t refused)
{
    if (e == ERR_OK)
        return true;
    if (e == ERR_RANGE || e == ERR_FORMAT)
        (void)native_throw_crypto(job->vm, refused);
    else
        (void)native_crypto_failed(job->vm, e);
    return false;
}

/* ---- keys and initial values ---- */

static bool serves(const struct cipher_job *job)
{
    static const uint8_t families[] = {
        [BASE_AES] = KEY_AES,
        [BASE_DES] = KEY_DES,
        [BASE_SEED] = KEY_KOREAN_SEED,
        [BASE_SM4] = KEY_SM4,
    };
    enum { AES_MAX = 256, XTS_128 = 256, XTS_256 = 512 };
    const uint16_t size = job->key.size;
    const bool fits = chaining_of(job) == XTS
                          ? size == XTS_128 || size == XTS_256
                          : size <= AES_MAX;

    if (job->key.family == families[base_of(job)] && fits)
        return true;
    return native_refuse(job->vm, CRYPTO_ILLEGAL_VALUE);
}

/* An IV, first counter or tweak of one block; zeros when none is given. */
static bool init(const struct cipher_job *job, struct span parameters)
{
    if (parameters.p == NULL)
        return true;
    if (chaining_of(job) == ECB ||
        parameters.n != crypto_block_size(cipher_of(job)))
        return native_refuse(job->vm, CRYPTO_ILLEGAL_VALUE);
    /* first in each kind of state */
    memcpy(job->engine.state, parameters.p, parameters.n);
    return true;
}

static struct span key_of(const struct cipher_job *job)
{
    struct span key = {NULL, 0};

    return native_key_part(job->vm, &job->key, KEY_VALUE, &key)
               ? key
               : span_of(NULL, 0);
}

/* ---- ECB and CBC ---- */

static enum crypto_padding padding_of(const struct cipher_job *job)
{
    enum { ISO9797_M1 = 2, ISO9797_M2 = 3, PKCS5 = 6 };

    switch (job->algorithm->padding) {
    case ISO9797_M1:
        return CRYPTO_PAD_ZEROS;
    case ISO9797_M2:
        return CRYPTO_PAD_80;
    case PKCS5:
        return CRYPTO_PAD_COUNT;
    default:
        return CRYPTO_PAD_NONE;
    }
}

/* How many of n bytes have to wait: a part of a block; when it is deciphered,
 * also the block that may turn out to be padding. */
static size_t keep_of(const struct cipher_job *job, size_t n, size_t block)
{
    const enum crypto_padding p = padding_of(job);
    const bool cut = p == CRYPTO_PAD_80 || p == CRYPTO_PAD_COUNT;

    return direction_of(job) == CRYPTO_DECRYPT && cut && n != 0
               ? (n - 1) % block + 1
               : n % block;
}

static enum err cipher(const struct cipher_job *job, uint8_t *p, size_t n)
{
    const struct crypto_port *port = native_crypto(job->vm);
    struct blocks *s = (struct blocks *)job->engine.state;

    return port->cipher(port->ctx, cipher_of(job),
                        chaining_of(job) == CBC ? CRYPTO_CBC : CRYPTO_ECB,
                        direction_of(job), key_of(job), s->iv, p, p, n);
}

static enum err encipher_last(const struct cipher_job *job, uint8_t *out,
                              size_t *n, size_t block)
{
    size_t more = 0;
    const enum crypto_padding padding = padding_of(job);
    enum err e = ERR_OK;

    /* whatever was given has gone out: there is nothing to pad */
    if (*n == 0 && ((struct blocks *)job->engine.state)->begun != 0 &&
        (padding == CRYPTO_PAD_NONE || padding == CRYPTO_PAD_ZEROS))
        return ERR_OK;
    e = crypto_pad_more(padding, *n, block, out + *n, &more);
    *n += more;
    return e == ERR_OK ? cipher(job, out, *n) : e;
}

static enum err decipher_last(const struct cipher_job *job, uint8_t *out,
                              size_t *n, size_t block)
{
    const bool begun = ((struct blocks *)job->engine.state)->begun != 0;
    const enum crypto_padding padding = padding_of(job);
    size_t data = 0;
    enum err e = ERR_OK;

    if (*n == 0 && begun &&
        (padding == CRYPTO_PAD_NONE || padding == CRYPTO_PAD_ZEROS))
        return ERR_OK;
    if (*n == 0 || *n % block != 0)
        return ERR_RANGE;
    e = cipher(job, out, *n);
    if (e == ERR_OK)
        e = crypto_pad_less(padding, out + *n - block, block, &data);
    *n = *n - block + data;
    return e;
}

static bool run_blocks(const struct cipher_job *job, struct span in, bool last,
                       uint8_t *out, size_t room, size_t *n)
{
    struct blocks *s = (struct blocks *)job->engine.state;
    const size_t block = crypto_block_size(cipher_of(job));
    const size_t all = s->filled + in.n;
    const size_t keep = last ? 0 : keep_of(job, all, block);
    enum err e = ERR_OK;

    (void)room;
    memcpy(out, s->held, s->filled);
    memcpy(out + s->filled, in.p, in.n);
    *n = all - keep;
    if (last) {
        e = direction_of(job) == CRYPTO_ENCRYPT
                ? encipher_last(job, out, n, block)
                : decipher_last(job, out, n, block);
        return ended_well(job, e, CRYPTO_ILLEGAL_USE);
    }
    memcpy(s->held, out + *n, keep);
    s->filled = (uint8_t)keep;
    s->begun = 1;
    return ended_well(job, cipher(job, out, *n), CRYPTO_ILLEGAL_USE);
}

static size_t sealed(const struct cipher_job *job, size_t n)
{
    const size_t block = crypto_block_size(cipher_of(job));
    const enum crypto_padding padding = padding_of(job);

    return padding == CRYPTO_PAD_80 || padding == CRYPTO_PAD_COUNT
               ? crypto_padded(n, block)
               : n;
}

/* ---- CTR, CFB and XTS ---- */

static bool run_stream(const struct cipher_job *job, struct span in, bool last,
                       uint8_t *out, size_t room, size_t *n)
{
    const struct crypto_port *port = native_crypto(job->vm);
    struct streams *s = (struct streams *)job->engine.state;
    enum err e = ERR_OK;

    (void)room;
    *n = in.n;
    if (last && in.n == 0 && s->begun == 0)
        return ended_well(job, ERR_RANGE, CRYPTO_ILLEGAL_USE);
    s->begun = 1;
    e = chaining_of(job) == CTR
            ? crypto_ctr(port, key_of(job), CRYPTO_STREAM_BLOCK, &s->as.stream,
                         in.p, out, in.n)
            : crypto_cfb(port, key_of(job), direction_of(job), &s->as.stream,
                         in.p, out, in.n);
    return ended_well(job, e, CRYPTO_ILLEGAL_USE);
}

static bool run_xts(const struct cipher_job *job, struct span in, bool last,
                    uint8_t *out, size_t room, size_t *n)
{
    const struct crypto_port *port = native_crypto(job->vm);
    struct streams *s = (struct streams *)job->engine.state;
    size_t more = 0;
    enum err e = crypto_xts_add(port, key_of(job), direction_of(job),
                                &s->as.xts, in, out, n);

    (void)room;
    if (e == ERR_OK && last)
        e = crypto_xts_end(port, key_of(job), direction_of(job), &s->as.xts,
                           out + *n, &more);
    *n += more;
    return ended_well(job, e, CRYPTO_ILLEGAL_USE);
}

/* ---- the rows ---- */

static const struct cipher_operations blocks = {serves, init, run_blocks,
                                                sealed};
static const struct cipher_operations streams = {serves, init, run_stream,
                                                 NULL};
static const struct cipher_operations data_units = {serves, init, run_xts,
                                                    NULL};

/* number, CIPHER_*, PAD_* */
#define BLOCKS(number, cipher, padding, base, chaining)                        \
    {                                                                          \
        number, cipher, padding, TAG(base, chaining), sizeof(struct blocks),   \
            false, NULL, &blocks                                               \
    }
#define STREAM(number, cipher, padding, chaining, operations)                  \
    {                                                                          \
        number, cipher, padding, TAG(BASE_AES, chaining),                      \
            sizeof(struct streams), false, NULL, &(operations)                 \
    }
/* Of every padding, with the numbers of the four. */
#define ALL(nopad, m1, m2, pkcs5, cipher, base, chaining)                      \
    BLOCKS(nopad, cipher, 1, base, chaining),                                  \
        BLOCKS(m1, cipher, 2, base, chaining),                                 \
        BLOCKS(m2, cipher, 3, base, chaining),                                 \
        BLOCKS(pkcs5, cipher, 6, base, chaining)

static const struct cipher_algorithm rows[] = {
    ALL(13, 22, 23, 24, 1, BASE_AES, CBC),
    ALL(14, 25, 26, 27, 2, BASE_AES, ECB),
    ALL(1, 2, 3, 4, 3, BASE_DES, CBC),
    ALL(5, 6, 7, 8, 4, BASE_DES, ECB),
    ALL(17, 0, 0, 0, 5, BASE_SEED, CBC),
    ALL(16, 0, 0, 0, 6, BASE_SEED, ECB),
    ALL(0, 0, 0, 0, 12, BASE_SM4, CBC),
    ALL(0, 0, 0, 0, 11, BASE_SM4, ECB),
    STREAM(-16, 8, 0, CTR, streams),
    STREAM(28, 9, 0, CFB, streams),
    STREAM(29, 10, 0, XTS, data_units),
    /* the padding that these do not need may be said, too */
    STREAM(0, 8, 1, CTR, streams),
    STREAM(0, 9, 1, CFB, streams),
    STREAM(0, 10, 1, XTS, data_units),
};

const struct cipher_family native_cipher_symmetric = {rows, sizeof rows /
                                                                sizeof rows[0]};
