#include "ports/openssl/xec.h"

#include "ports/openssl/ec.h"
#include "ports/openssl/edwards.h"

static const char *const names[] = {
    [CRYPTO_X25519] = "X25519",
    [CRYPTO_X448] = "X448",
    [CRYPTO_ED25519] = "ED25519",
    [CRYPTO_ED448] = "ED448",
};

static EVP_PKEY *private_key_of(OSSL_LIB_CTX *lib, enum crypto_xec curve,
                                const uint8_t *key)
{
    return EVP_PKEY_new_raw_private_key_ex(lib, names[curve], NULL, key,
                                           crypto_xec_key_size(curve));
}

static EVP_PKEY *public_key_of(OSSL_LIB_CTX *lib, enum crypto_xec curve,
                               const uint8_t *key)
{
    return EVP_PKEY_new_raw_public_key_ex(lib, names[curve], NULL, key,
                                          crypto_xec_key_size(curve));
}

/* NULL: OpenSSL does not start. */
static OSSL_LIB_CTX *library(void *ctx)
{
    const struct ec_openssl *ec = port_openssl_ec_memory(ctx);
    return ec != NULL ? ec->lib : NULL;
}

static enum err do_public_of(void *ctx, enum crypto_xec curve,
                             const uint8_t *private_key, uint8_t *public_key)
{
    OSSL_LIB_CTX *lib = library(ctx);
    size_t n = crypto_xec_key_size(curve);
    EVP_PKEY *key = NULL;
    bool done = false;

    if (lib == NULL)
        return ERR_IO;
    key = private_key_of(lib, curve, private_key);
    done = key != NULL && EVP_PKEY_get_raw_public_key(key, public_key, &n) == 1;
    EVP_PKEY_free(key);
    return done ? ERR_OK : ERR_IO;
}

/* What fails when both keys were made is the secret that is all zeros. */
static enum err do_exchange(void *ctx, enum crypto_xec curve,
                            const uint8_t *private_key,
                            const uint8_t *public_key, uint8_t *secret)
{
    OSSL_LIB_CTX *lib = library(ctx);
    size_t n = crypto_xec_key_size(curve);
    EVP_PKEY *own = NULL;
    EVP_PKEY *other = NULL;
    EVP_PKEY_CTX *derivation = NULL;
    enum err e = ERR_IO;

    if (lib == NULL)
        return ERR_IO;
    own = private_key_of(lib, curve, private_key);
    other = public_key_of(lib, curve, public_key);
    if (own != NULL)
        derivation = EVP_PKEY_CTX_new_from_pkey(lib, own, NULL);
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
    OSSL_LIB_CTX *lib = library(ctx);
    size_t n = CRYPTO_XEC_SIGNATURE_MAX;
    EVP_PKEY *key = NULL;
    EVP_MD_CTX *md = NULL;
    bool done = false;

    if (lib == NULL)
        return ERR_IO;
    key = private_key_of(lib, curve, private_key);
    md = EVP_MD_CTX_new();
    done = key != NULL && md != NULL &&
           EVP_DigestSignInit_ex(md, NULL, NULL, lib, NULL, key, NULL) == 1 &&
           EVP_DigestSign(md, signature, &n, message.p, message.n) == 1;
    EVP_MD_CTX_free(md);
    EVP_PKEY_free(key);
    return done ? ERR_OK : ERR_IO;
}

static enum err do_verify(void *ctx, enum crypto_xec curve,
                          const uint8_t *public_key, struct span message,
                          const uint8_t *signature, bool *right)
{
    OSSL_LIB_CTX *lib = library(ctx);
    EVP_PKEY *key = NULL;
    EVP_MD_CTX *md = NULL;
    enum err e = ERR_IO;

    *right = false;
    if (lib == NULL)
        return ERR_IO;
    key = public_key_of(lib, curve, public_key);
    md = EVP_MD_CTX_new();
    if (key != NULL && md != NULL &&
        EVP_DigestVerifyInit_ex(md, NULL, NULL, lib, NULL, key, NULL) == 1) {
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
