#include "crypto/ccm.h"

#include "base/ct.h"
#include "crypto/chain.h"

enum { BLOCK = CRYPTO_STREAM_BLOCK, AAD_LIMIT = 0xFF00, HAS_AAD = 0x40 };

/* The next block into the MAC, whatever of it is there. */
static enum err align(const struct crypto_port *port, struct span key,
                      struct crypto_ccm *c)
{
    if (c->filled == 0)
        return ERR_OK;
    c->filled = 0;
    return crypto_block(port, CRYPTO_AES, key, c->mac, c->mac);
}

static enum err add(const struct crypto_port *port, struct span key,
                    struct crypto_ccm *c, struct span bytes)
{
    enum err e = ERR_OK;

    for (size_t i = 0; i < bytes.n && e == ERR_OK; i++) {
        c->mac[c->filled++] ^= bytes.p[i];
        if (c->filled == BLOCK)
            e = align(port, key, c);
    }
    return e;
}

/* Flags, the nonce, and a number in what is left [RFC 3610 2.2, 2.3]. */
static void lay_out(uint8_t block[BLOCK], uint8_t flags, struct span nonce,
                    uint16_t number)
{
    memset(block, 0, BLOCK);
    block[0] = flags;
    memcpy(block + 1, nonce.p, nonce.n);
    set_u2(block + BLOCK - 2, number);
}

static enum err start(const struct crypto_port *port, struct span key,
                      struct crypto_ccm *c, struct span nonce)
{
    const uint8_t width = (uint8_t)(BLOCK - 2 - nonce.n); /* L - 1 */
    const unsigned flags = (c->sizes.aad != 0 ? HAS_AAD : 0u) |
                           (unsigned)(c->sizes.tag - 2) / 2 << 3 | width;
    uint8_t size[2];
    enum err e = ERR_OK;

    lay_out(c->mac, (uint8_t)flags, nonce, c->sizes.text);
    c->filled = BLOCK;
    e = align(port, key, c);
    set_u2(size, c->sizes.aad);
    if (e == ERR_OK && c->sizes.aad != 0)
        e = add(port, key, c, span_of(size, sizeof size));
    lay_out(c->stream.next, width, nonce, 0);
    if (e == ERR_OK)
        e = crypto_ctr(port, key, BLOCK, &c->stream, c->mask, c->mask, BLOCK);
    return e;
}

enum err crypto_ccm_begin(const struct crypto_port *port, struct span key,
                          struct crypto_ccm *c, struct span nonce,
                          struct crypto_ccm_sizes sizes)
{
    wipe(c, sizeof *c);
    if (nonce.n < CRYPTO_CCM_NONCE_MIN || nonce.n > CRYPTO_CCM_NONCE_MAX ||
        sizes.aad >= AAD_LIMIT || sizes.tag < 4 || sizes.tag % 2 != 0 ||
        sizes.tag > CRYPTO_CCM_TAG_MAX)
        return ERR_RANGE;
    c->sizes = sizes;
    c->aad_left = sizes.aad;
    c->text_left = sizes.text;
    const enum err e = start(port, key, c, nonce);
    c->begun = e == ERR_OK;
    return e;
}

enum err crypto_ccm_aad(const struct crypto_port *port, struct span key,
                        struct crypto_ccm *c, struct span aad)
{
    if (aad.n > c->aad_left)
        return ERR_RANGE;
    c->aad_left = (uint16_t)(c->aad_left - aad.n);
    const enum err e = add(port, key, c, aad);
    return e == ERR_OK && aad.n != 0 && c->aad_left == 0 ? align(port, key, c)
                                                         : e;
}

enum err crypto_ccm_text(const struct crypto_port *port, struct span key,
                         enum crypto_direction direction, struct crypto_ccm *c,
                         struct span in, uint8_t *out)
{
    enum err e = ERR_OK;

    if (c->aad_left != 0)
        return ERR_STATE;
    if (in.n > c->text_left)
        return ERR_RANGE;
    c->text_left = (uint16_t)(c->text_left - in.n);
    if (direction == CRYPTO_ENCRYPT)
        e = add(port, key, c, in);
    if (e == ERR_OK)
        e = crypto_ctr(port, key, BLOCK, &c->stream, in.p, out, in.n);
    if (direction == CRYPTO_DECRYPT && e == ERR_OK)
        e = add(port, key, c, span_of(out, in.n));
    return e;
}

enum err crypto_ccm_end(const struct crypto_port *port, struct span key,
                        struct crypto_ccm *c, uint8_t tag[CRYPTO_CCM_TAG_MAX])
{
    if (c->aad_left != 0 || c->text_left != 0)
        return ERR_STATE;
    const enum err e = align(port, key, c);
    for (size_t i = 0; i < c->sizes.tag; i++)
        tag[i] = c->mac[i] ^ c->mask[i];
    return e;
}
