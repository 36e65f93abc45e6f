#include "crypto/scheme.h"

#include <string.h>

#include "base/ct.h"
#include "crypto/cmac.h"
#include "crypto/mac.h"
#include "crypto/rsa_pad.h"

enum {
    RSA_PLAIN_SIZE = 128, /* scheme 1; longer moduli are scheme 2 */
    EC_BITS_MIN = 256,
    EC_BITS_SHA384 = 384,
    EC_BITS_SHA512 = 512,
};

static const struct crypto_rsa_mask pss = {
    CRYPTO_SHA256, CRYPTO_SHA256, {NULL, 0}};

/* ---- keys ---- */

static size_t bits_of(struct span n)
{
    n = crypto_number(n);
    size_t bits = 8 * n.n;

    for (uint8_t top = n.n > 0 ? n.p[0] : 0x80; (top & 0x80) == 0; top <<= 1)
        bits--;
    return bits;
}

static size_t ec_size(const struct crypto_scheme_key *key)
{
    return bits_of(key->curve.n) >= EC_BITS_MIN
               ? 2 * crypto_ec_order_size(&key->curve)
               : 0;
}

/* Of a modulus whose first bit is set, as the paddings want it. */
static size_t rsa_size(const struct crypto_scheme_key *key)
{
    const struct span n = crypto_number(key->n);

    return n.n >= RSA_PLAIN_SIZE && n.n <= CRYPTO_RSA_MAX && n.p[0] >= 0x80
               ? n.n
               : 0;
}

size_t crypto_scheme_size(const struct crypto_scheme_key *key)
{
    const size_t n = key->secret.n;

    switch (key->kind) {
    case CRYPTO_SCHEME_DES:
        return n == 16 ? CRYPTO_DES_MAC_SIZE : 0;
    case CRYPTO_SCHEME_AES:
        return n == 16 || n == 24 || n == 32 ? CRYPTO_CMAC_SIZE : 0;
    case CRYPTO_SCHEME_RSA:
        return rsa_size(key);
    default:
        return ec_size(key);
    }
}

static enum crypto_digest digest_of_bits(size_t bits)
{
    if (bits >= EC_BITS_SHA512)
        return CRYPTO_SHA512;
    return bits >= EC_BITS_SHA384 ? CRYPTO_SHA384 : CRYPTO_SHA256;
}

enum crypto_digest crypto_scheme_digest(const struct crypto_scheme_key *key)
{
    switch (key->kind) {
    case CRYPTO_SCHEME_DES:
        return CRYPTO_SHA1;
    case CRYPTO_SCHEME_AES:
        /* AES-128 goes with SHA-256, -192 with -384, -256 with -512. */
        return digest_of_bits(16 * key->secret.n);
    case CRYPTO_SCHEME_RSA:
        return rsa_size(key) == RSA_PLAIN_SIZE ? CRYPTO_SHA1 : CRYPTO_SHA256;
    default:
        return digest_of_bits(bits_of(key->curve.n));
    }
}

static bool has_port(const struct crypto_port *port,
                     const struct crypto_scheme_key *key)
{
    return (key->kind != CRYPTO_SCHEME_RSA || port->rsa != NULL) &&
           (key->kind != CRYPTO_SCHEME_EC || port->ec != NULL);
}

/* ---- MACs ---- */

static enum err make_mac(const struct crypto_port *port,
                         const struct crypto_scheme_key *key,
                         const struct span *parts, size_t count,
                         uint8_t mac[CRYPTO_CMAC_SIZE])
{
    static const uint8_t icv[CRYPTO_DES_MAC_SIZE];

    return key->kind == CRYPTO_SCHEME_DES
               ? crypto_retail_mac(port, key->secret, icv, parts, count, mac)
               : crypto_cmac(port, key->secret, parts, count, mac);
}

/* ---- RSA ---- */

static enum err pad(const struct crypto_port *port,
                    const struct crypto_scheme_key *key, struct span hash,
                    uint8_t *block, size_t k)
{
    uint8_t salt[CRYPTO_DIGEST_MAX];
    const enum crypto_digest digest = crypto_scheme_digest(key);

    if (k == RSA_PLAIN_SIZE)
        return crypto_rsa_pad_digest(digest, hash, block, k);
    enum err e = port->random(port->ctx, salt, hash.n);
    if (e == ERR_OK)
        e = crypto_rsa_pad_pss(port, &pss, hash, span_of(salt, hash.n), block,
                               k);
    wipe(salt, sizeof salt);
    return e;
}

static enum err sign_rsa(const struct crypto_port *port,
                         const struct crypto_scheme_key *key, struct span hash,
                         struct buf *out)
{
    uint8_t block[CRYPTO_RSA_MAX];
    const size_t k = rsa_size(key);
    enum err e = pad(port, key, hash, block, k);

    if (e == ERR_OK)
        e = port->rsa->decrypt(port->ctx, &key->private_key, block, block, k);
    return e == ERR_OK ? buf_put(out, block, k) : e;
}

static enum err verify_rsa(const struct crypto_port *port,
                           const struct crypto_scheme_key *key,
                           struct span hash, struct span signature)
{
    uint8_t block[CRYPTO_RSA_MAX];
    uint8_t expected[CRYPTO_RSA_MAX];
    const size_t k = signature.n;
    bool right = false;
    enum err e = port->rsa->encrypt(port->ctx, crypto_number(key->n), key->e,
                                    signature.p, block);

    if (e == ERR_RANGE) /* not below the modulus */
        return ERR_AUTH;
    if (e == ERR_OK && k == RSA_PLAIN_SIZE) {
        e = pad(port, key, hash, expected, k);
        right = e == ERR_OK && ct_equal(block, expected, k);
    } else if (e == ERR_OK) {
        e = crypto_rsa_check_pss(port, &pss, hash, hash.n, block, k, &right);
    }
    return e == ERR_OK && !right ? ERR_AUTH : e;
}

/* ---- ECDSA ---- */

static enum err sign_ec(const struct crypto_port *port,
                        const struct crypto_scheme_key *key, struct span hash,
                        struct buf *out)
{
    uint8_t r[CRYPTO_EC_ORDER_MAX];
    uint8_t s[CRYPTO_EC_ORDER_MAX];
    const size_t n = crypto_ec_order_size(&key->curve);
    enum err e =
        port->ec->sign(port->ctx, &key->curve, key->secret, hash, r, s);

    if (e == ERR_OK)
        e = buf_put(out, r, n);
    return e == ERR_OK ? buf_put(out, s, n) : e;
}

static enum err verify_ec(const struct crypto_port *port,
                          const struct crypto_scheme_key *key, struct span hash,
                          struct span signature)
{
    const size_t n = signature.n / 2;
    bool right = false;
    const enum err e = port->ec->verify(port->ctx, &key->curve, key->point,
                                        hash, span_of(signature.p, n),
                                        span_of(signature.p + n, n), &right);

    return e == ERR_OK && !right ? ERR_AUTH : e;
}

/* ---- all of them ---- */

enum err crypto_scheme_sign(const struct crypto_port *port,
                            const struct crypto_scheme_key *key,
                            const struct span *parts, size_t count,
                            struct buf *out)
{
    uint8_t hash[CRYPTO_DIGEST_MAX];
    const size_t size = crypto_scheme_size(key);
    const enum crypto_digest digest = crypto_scheme_digest(key);
    enum err e = ERR_OK;

    if (size == 0)
        return ERR_RANGE;
    if (!has_port(port, key))
        return ERR_UNSUPPORTED;
    if (out->cap - out->n < size)
        return ERR_FULL;
    if (key->kind == CRYPTO_SCHEME_DES || key->kind == CRYPTO_SCHEME_AES) {
        e = make_mac(port, key, parts, count, hash);
        return e == ERR_OK ? buf_put(out, hash, size) : e;
    }
    e = port->digest(port->ctx, digest, parts, count, hash);
    if (e != ERR_OK)
        return e;
    const struct span s = span_of(hash, crypto_digest_size(digest));
    return key->kind == CRYPTO_SCHEME_RSA ? sign_rsa(port, key, s, out)
                                          : sign_ec(port, key, s, out);
}

enum err crypto_scheme_verify(const struct crypto_port *port,
                              const struct crypto_scheme_key *key,
                              const struct span *parts, size_t count,
                              struct span signature)
{
    uint8_t hash[CRYPTO_DIGEST_MAX];
    const size_t size = crypto_scheme_size(key);
    const enum crypto_digest digest = crypto_scheme_digest(key);
    enum err e = ERR_OK;

    if (size == 0)
        return ERR_RANGE;
    if (!has_port(port, key))
        return ERR_UNSUPPORTED;
    if (signature.n != size)
        return ERR_AUTH;
    if (key->kind == CRYPTO_SCHEME_DES || key->kind == CRYPTO_SCHEME_AES) {
        e = make_mac(port, key, parts, count, hash);
        if (e == ERR_OK && !ct_equal(hash, signature.p, size))
            e = ERR_AUTH;
        return e;
    }
    e = port->digest(port->ctx, digest, parts, count, hash);
    if (e != ERR_OK)
        return e;
    const struct span s = span_of(hash, crypto_digest_size(digest));
    return key->kind == CRYPTO_SCHEME_RSA ? verify_rsa(port, key, s, signature)
                                          : verify_ec(port, key, s, signature);
}
