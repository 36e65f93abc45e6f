#include "crypto/siv.h"

#include <string.h>

#include "base/ct.h"
#include "crypto/cmac.h"
#include "crypto/stream.h"

enum { BLOCK = 16, POLYNOMIAL = 0x87, PADDING = 0x80 };

static struct span half(struct span key, bool second)
{
    return span_of(key.p + (second ? key.n / 2 : 0), key.n / 2);
}

/* Times x, in the field of CMAC. */
static void twice(uint8_t d[BLOCK])
{
    const uint8_t top = d[0];

    for (size_t i = 0; i + 1 < BLOCK; i++)
        d[i] = (uint8_t)(d[i] << 1 | d[i + 1] >> 7);
    d[BLOCK - 1] = (uint8_t)(d[BLOCK - 1] << 1 ^ (top >> 7) * POLYNOMIAL);
}

static void mix(uint8_t d[BLOCK], const uint8_t *with)
{
    for (size_t i = 0; i < BLOCK; i++)
        d[i] ^= with[i];
}

/* The last step: the text itself, its end mixed with what came before. */
static enum err add_text(const struct crypto_port *port, struct span key,
                         struct span text, uint8_t d[BLOCK])
{
    const size_t whole = text.n >= BLOCK ? text.n - BLOCK : 0;
    uint8_t end[BLOCK] = {0};
    enum err e = ERR_CORRUPT;

    if (text.n != 0)
        memcpy(end, text.p + whole, text.n - whole);
    if (text.n < BLOCK) {
        end[text.n] = PADDING;
        twice(d);
    }
    mix(end, d);
    const struct span parts[] = {span_of(text.p, whole), span_of(end, BLOCK)};
    e = crypto_cmac(port, key, parts, 2, d);
    wipe(end, sizeof end);
    return e;
}

/* S2V [RFC 5297 2.4]. */
static enum err tag_of(const struct crypto_port *port, struct span key,
                       const struct span *contexts, size_t count,
                       struct span text, uint8_t d[BLOCK])
{
    static const uint8_t zero[BLOCK];
    const struct span first = span_of(zero, BLOCK);
    uint8_t mac[BLOCK];
    enum err e = crypto_cmac(port, key, &first, 1, d);

    for (size_t i = 0; i < count && e == ERR_OK; i++) {
        e = crypto_cmac(port, key, &contexts[i], 1, mac);
        twice(d);
        mix(d, mac);
    }
    return e == ERR_OK ? add_text(port, key, text, d) : e;
}

/* Counter mode from the tag, without the bits that carries would reach. */
static enum err encipher(const struct crypto_port *port, struct span key,
                         const uint8_t tag[BLOCK], const uint8_t *in,
                         uint8_t *out, size_t n)
{
    struct crypto_stream s = {.used = 0};

    memcpy(s.next, tag, BLOCK);
    s.next[8] &= 0x7F;
    s.next[12] &= 0x7F;
    enum err e = n == 0 ? ERR_OK : crypto_ctr(port, key, BLOCK, &s, in, out, n);
    wipe(&s, sizeof s);
    return e;
}

static bool fits(struct span key, size_t count)
{
    return (key.n == 32 || key.n == 48 || key.n == 64) &&
           count <= CRYPTO_SIV_CONTEXTS_MAX;
}

enum err crypto_siv_seal(const struct crypto_port *port, struct span key,
                         const struct span *contexts, size_t count,
                         struct span text, uint8_t *out)
{
    if (!fits(key, count))
        return ERR_RANGE;
    enum err e = tag_of(port, half(key, false), contexts, count, text, out);
    return e == ERR_OK ? encipher(port, half(key, true), out, text.p,
                                  out + CRYPTO_SIV_TAG, text.n)
                       : e;
}

enum err crypto_siv_open(const struct crypto_port *port, struct span key,
                         const struct span *contexts, size_t count,
                         struct span sealed, uint8_t *out)
{
    uint8_t tag[CRYPTO_SIV_TAG];
    size_t n = sealed.n - CRYPTO_SIV_TAG;

    if (!fits(key, count) || sealed.n < CRYPTO_SIV_TAG)
        return ERR_RANGE;
    enum err e = encipher(port, half(key, true), sealed.p,
                          sealed.p + CRYPTO_SIV_TAG, out, n);
    if (e == ERR_OK)
        e = tag_of(port, half(key, false), contexts, count, span_of(out, n),
                   tag);
    if (e == ERR_OK && !ct_equal(tag, sealed.p, sizeof tag))
        e = ERR_AUTH;
    if (e != ERR_OK && n != 0)
        wipe(out, n);
    return e;
}
