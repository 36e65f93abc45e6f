#include "ports/openssl/xec.h"

#include "ports/openssl/edwards.h"

static enum err do_public_of(void *ctx, enum crypto_xec curve,
                             const uint8_t *private_key, uint8_t *public_key)
{
    struct xec_cache *cache = port_openssl_xec_memory(ctx);
    size_t n = crypto_xec_key_size(curve);
    EVP_PKEY *key = NULL;
    bool done = false;

    if (cache == NULL)
        return ERR_IO;
    key = xec_cache_key(cache, curve, true, private_key);
    done = key != NULL && EVP_PKEY_get_raw_public_key(key, public_key, &n) == 1;
    EVP_PKEY_free(key);
    return done ? ERR_OK : ERR_IO;
}

/* What fails when both keys were made is the secret that is all zeros. */
static enum err do_exchange(void *ctx, enum crypto_xec curve,
                            const uint8_t *private_key,
                            const uint8_t *public_key, uint8_t *secret)
{
    struct xec_cache *cache = port_openssl_xec_memory(ctx);
    size_t n = crypto_xec_key_size(curve);
    EVP_PKEY *own = NULL;
    EVP_PKEY *other = NULL;
    EVP_PKEY_CTX *derivation = NULL;
    enum err e = ERR_IO;

    if (cache == NULL)
        return ERR_IO;
    own = xec_cache_key(cache, curve, true, private_key);
    other = xec_cache_key(cache, curve, false, public_key);
    if (own != NULL)
        derivation = EVP_PKEY_CTX_new_from_pkey(cache->lib, own, NULL);
    if (other != NULL && derivation != NULL &&
        EVP_PKEY_derive_init(derivation) == 1 &&
        EVP_PKEY_derive_set_peer(derivation, other) == 1)
        e = EVP_PKEY_derive(derivation, secret, &n) == 1 ? ERR_OK : ERR_RANGE;
    EVP_PKEY_CTX_free(derivation);
    EVP_PKEY_free(other);
    EVP_PKEY_free(own);
    return e;
}

static enum err do_sign(void *ctx, enum crypto_xec curve,
                        const uint8_t *private_key, struct span message,
                        uint8_t *signature)
{
    struct xec_cache *cache = port_openssl_xec_memory(ctx);
    size_t n = CRYPTO_XEC_SIGNATURE_MAX;
    EVP_PKEY *key = NULL;
    EVP_MD_CTX *md = NULL;
    bool done = false;

    if (cache == NULL)
        return ERR_IO;
    key = xec_cache_key(cache, curve, true, private_key);
    md = EVP_MD_CTX_new();
    done = key != NULL && md != NULL &&
           EVP_DigestSignInit_ex(md, NULL, NULL, cache->lib, NULL, key, NULL) ==
               1 &&
           EVP_DigestSign(md, signature, &n, message.p, message.n) == 1;
    EVP_MD_CTX_free(md);
    EVP_PKEY_free(key);
    return done ? ERR_OK : ERR_IO;
}

static enum err do_verify(void *ctx, enum crypto_xec curve,
                          const uint8_t *public_key, struct span message,
                          const uint8_t *signature, bool *right)
{
    struct xec_cache *cache = port_openssl_xec_memory(ctx);
    EVP_PKEY *key = NULL;
    EVP_MD_CTX *md = NULL;
    enum err e = ERR_IO;

    *right = false;
    if (cache == NULL)
        return ERR_IO;
    key = xec_cache_key(cache, curve, false, public_key);
    md = EVP_MD_CTX_new();
    if (key != NULL && md != NULL &&
        EVP_DigestVerifyInit_ex(md, NULL, NULL, cache->lib, NULL, key, NULL) ==
            1) {
        *right = EVP_DigestVerify(md, signature, 2 * crypto_xec_key_size(curve),
                                  message.p, message.n) == 1;
        e = ERR_OK;
    }
    EVP_MD_CTX_free(md);
    EVP_PKEY_free(key);
    return e;
}

static enum err do_sign_as(void *ctx, enum crypto_xec curve,
                           const struct crypto_eddsa *variant,
                           const uint8_t *private_key, struct span message,
                           uint8_t *signature)
{
    uint8_t public_key[CRYPTO_XEC_KEY_MAX];
    const enum err e = do_public_of(ctx, curve, private_key, public_key);

    return e == ERR_OK ? edwards_sign(ctx, curve, variant, private_key,
                                      public_key, message, signature)
                       : e;
}

const struct crypto_xec_port port_openssl_xec = {
    .public_of = do_public_of,
    .exchange = do_exchange,
    .sign = do_sign,
    .verify = do_verify,
    .sign_as = do_sign_as,
    .verify_as = edwards_verify,
};
