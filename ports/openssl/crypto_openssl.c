#include "ports/openssl/crypto_openssl.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/ct.h"
#include "ports/openssl/drbg.h"
#include "ports/openssl/openssl_headers.h"

enum { RESEED_AFTER = 1 << 16, DIGESTS = 5 };

struct port_openssl {
    OSSL_LIB_CTX *lib;
    OSSL_PROVIDER *standard;
    OSSL_PROVIDER *legacy; /* single DES */
    struct cipher_cache ciphers;
    EVP_MD *digests[DIGESTS];
    EVP_MD_CTX *digest;
    struct drbg drbg;
};

static enum err do_cipher(void *ctx, enum crypto_cipher cipher,
                          enum crypto_mode mode,
                          enum crypto_direction direction, struct span key,
                          uint8_t *iv, const uint8_t *in, uint8_t *out,
                          size_t n)
{
    struct port_openssl *port = ctx;
    return cipher_cache_run(&port->ciphers, cipher, mode, direction, key, iv,
                            in, out, n);
}

static const EVP_MD *digest_of(struct port_openssl *port,
                               enum crypto_digest digest)
{
    static const char *const names[DIGESTS] = {
        [CRYPTO_SHA1] = "SHA1",     [CRYPTO_SHA224] = "SHA224",
        [CRYPTO_SHA256] = "SHA256", [CRYPTO_SHA384] = "SHA384",
        [CRYPTO_SHA512] = "SHA512",
    };
    EVP_MD **slot = &port->digests[digest];
    if (*slot == NULL)
        *slot = EVP_MD_fetch(port->lib, names[digest], NULL);
    return *slot;
}

static enum err do_digest(void *ctx, enum crypto_digest digest,
                          const struct span *parts, size_t count, uint8_t *out)
{
    struct port_openssl *port = ctx;
    if ((size_t)digest >= DIGESTS)
        return ERR_RANGE;
    const EVP_MD *md = digest_of(port, digest);
    if (md == NULL || EVP_DigestInit_ex2(port->digest, md, NULL) != 1)
        return ERR_IO;
    for (size_t i = 0; i < count; i++) {
        if (EVP_DigestUpdate(port->digest, parts[i].p, parts[i].n) != 1)
            return ERR_IO;
    }
    return EVP_DigestFinal_ex(port->digest, out, NULL) == 1 ? ERR_OK : ERR_IO;
}

static enum err seed_from_system(struct port_openssl *port)
{
    uint8_t seed[DRBG_SEED];
    if (getrandom(seed, sizeof seed, 0) != (ssize_t)sizeof seed)
        return ERR_IO;
    enum err e = drbg_start(&port->drbg, &port->ciphers, seed);
    wipe(seed, sizeof seed);
    return e;
}

/* A text of any length becomes DRBG_SEED bytes. */
static enum err seed_from_text(struct port_openssl *port, const char *text)
{
    uint8_t digest[CRYPTO_DIGEST_MAX];
    const struct span part = {(const uint8_t *)text, strlen(text)};
    enum err e = do_digest(port, CRYPTO_SHA512, &part, 1, digest);
    if (e == ERR_OK)
        e = drbg_start(&port->drbg, &port->ciphers, digest);
    port->drbg.seeded = true;
    wipe(digest, sizeof digest);
    return e;
}

static enum err seed_from(struct port_openssl *port, const char *seed)
{
    return seed == NULL ? seed_from_system(port) : seed_from_text(port, seed);
}

static enum err do_random(void *ctx, uint8_t *out, size_t n)
{
    struct port_openssl *port = ctx;
    if (!port->drbg.seeded && port->drbg.requests >= RESEED_AFTER) {
        enum err e = seed_from_system(port);
        if (e != ERR_OK)
            return e;
    }
    return drbg_bytes(&port->drbg, &port->ciphers, out, n);
}

static bool load(struct port_openssl *port)
{
    port->lib = OSSL_LIB_CTX_new();
    if (port->lib == NULL)
        return false;
    port->standard = OSSL_PROVIDER_load(port->lib, "default");
    port->legacy = OSSL_PROVIDER_load(port->lib, "legacy");
    port->digest = EVP_MD_CTX_new();
    port->ciphers.lib = port->lib;
    return port->standard != NULL && port->legacy != NULL &&
           port->digest != NULL;
}

int port_openssl_crypto_init(struct crypto_port *out, struct port_openssl **ctx,
                             const char *seed)
{
    struct port_openssl *port = calloc(1, sizeof *port);
    if (port == NULL)
        return -1;
    if (!load(port) || seed_from(port, seed) != ERR_OK) {
        port_openssl_free(&port);
        return -1;
    }
    *out = (struct crypto_port){port, do_cipher, do_digest, do_random};
    *ctx = port;
    return 0;
}

int port_openssl_reseed(struct port_openssl *ctx, const char *seed)
{
    return seed_from(ctx, seed) == ERR_OK ? 0 : -1;
}

void port_openssl_free(struct port_openssl **ctx)
{
    struct port_openssl *port = *ctx;
    *ctx = NULL;
    if (port == NULL)
        return;
    cipher_cache_clear(&port->ciphers);
    for (size_t i = 0; i < DIGESTS; i++)
        EVP_MD_free(port->digests[i]);
    EVP_MD_CTX_free(port->digest);
    OSSL_PROVIDER_unload(port->legacy);
    OSSL_PROVIDER_unload(port->standard);
    OSSL_LIB_CTX_free(port->lib);
    wipe(port, sizeof *port);
    free(port);
}
