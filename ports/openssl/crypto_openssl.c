#include "ports/openssl/crypto_openssl.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/ct.h"
#include "ports/nettle/hash_nettle.h"
#include "ports/openssl/dl.h"
#include "ports/openssl/drbg.h"
#include "ports/openssl/ec.h"
#include "ports/openssl/xec.h"
#include "ports/openssl/openssl_headers.h"
#include "ports/openssl/rsa.h"

enum { RESEED_AFTER = 1 << 16, DIGESTS = CRYPTO_SHAKE256 + 1 };

/* What a card and its copies share: starting it costs more than any call. */
struct library {
    OSSL_LIB_CTX *lib;
    OSSL_PROVIDER *standard;
    OSSL_PROVIDER *legacy; /* single DES, SEED */
    atomic_uint users;
};

struct port_openssl {
    struct library *library; /* NULL: not started */
    struct cipher_cache ciphers;
    struct ec_openssl ec;
    struct rsa_cache rsa;
    struct xec_cache xec;
    EVP_MD *digests[DIGESTS];
    EVP_MD_CTX *digest;
    struct drbg drbg;
    char *seed;   /* NULL: random bytes come from the system */
    bool drawing; /* `drbg` has been started */
};

static void library_leave(struct library *l)
{
    if (l == NULL || atomic_fetch_sub(&l->users, 1) != 1)
        return;
    OSSL_PROVIDER_unload(l->legacy);
    OSSL_PROVIDER_unload(l->standard);
    OSSL_LIB_CTX_free(l->lib);
    free(l);
}

/* NULL when OpenSSL does not start. */
static struct library *library_start(void)
{
    struct library *l = calloc(1, sizeof *l);

    if (l == NULL)
        return NULL;
    atomic_init(&l->users, 1);
    l->lib = OSSL_LIB_CTX_new();
    if (l->lib != NULL) {
        l->standard = OSSL_PROVIDER_load(l->lib, "default");
        l->legacy = OSSL_PROVIDER_load(l->lib, "legacy");
    }
    if (l->standard != NULL && l->legacy != NULL)
        return l;
    library_leave(l);
    return NULL;
}

/* Whether OpenSSL runs for this port. */
static bool start(struct port_openssl *port)
{
    if (port->library == NULL)
        port->library = library_start();
    if (port->library == NULL)
        return false;
    port->ciphers.lib = port->library->lib;
    port->ec.lib = port->library->lib;
    port->rsa.lib = port->library->lib;
    port->xec.lib = port->library->lib;
    if (port->digest == NULL)
        port->digest = EVP_MD_CTX_new();
    return port->digest != NULL;
}

static enum err do_cipher(void *ctx, enum crypto_cipher cipher,
                          enum crypto_mode mode,
                          enum crypto_direction direction, struct span key,
                          uint8_t *iv, const uint8_t *in, uint8_t *out,
                          size_t n)
{
    struct port_openssl *port = ctx;
    if (!start(port))
        return ERR_IO;
    return cipher_cache_run(&port->ciphers, cipher, mode, direction, key, iv,
                            in, out, n);
}

static const EVP_MD *digest_of(struct port_openssl *port,
                               enum crypto_digest digest)
{
    static const char *const names[DIGESTS] = {
        [CRYPTO_SHA1] = "SHA1",           [CRYPTO_SHA224] = "SHA224",
        [CRYPTO_SHA256] = "SHA256",       [CRYPTO_SHA384] = "SHA384",
        [CRYPTO_SHA512] = "SHA512",       [CRYPTO_SHA3_224] = "SHA3-224",
        [CRYPTO_SHA3_256] = "SHA3-256",   [CRYPTO_SHA3_384] = "SHA3-384",
        [CRYPTO_SHA3_512] = "SHA3-512",   [CRYPTO_MD5] = "MD5",
        [CRYPTO_RIPEMD160] = "RIPEMD160", [CRYPTO_SM3] = "SM3",
        [CRYPTO_SHAKE256] = "SHAKE256",
    };
    EVP_MD **slot = &port->digests[digest];
    if (*slot == NULL)
        *slot = EVP_MD_fetch(port->library->lib, names[digest], NULL);
    return *slot;
}

static enum err do_digest(void *ctx, enum crypto_digest digest,
                          const struct span *parts, size_t count, uint8_t *out)
{
    struct port_openssl *port = ctx;
    if ((size_t)digest >= DIGESTS)
        return ERR_RANGE;
    if (!start(port))
        return ERR_IO;
    const EVP_MD *md = digest_of(port, digest);
    if (md == NULL || EVP_DigestInit_ex2(port->digest, md, NULL) != 1)
        return ERR_IO;
    for (size_t i = 0; i < count; i++) {
        if (EVP_DigestUpdate(port->digest, parts[i].p, parts[i].n) != 1)
            return ERR_IO;
    }
    const int done =
        digest == CRYPTO_SHAKE256
            ? EVP_DigestFinalXOF(port->digest, out, crypto_digest_size(digest))
            : EVP_DigestFinal_ex(port->digest, out, NULL);
    return done == 1 ? ERR_OK : ERR_IO;
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

/* Starts the stream of random bytes, unless it runs. */
static enum err draw(struct port_openssl *port)
{
    if (port->drawing)
        return ERR_OK;
    if (!start(port))
        return ERR_IO;
    enum err e = port->seed == NULL ? seed_from_system(port)
                                    : seed_from_text(port, port->seed);
    port->drawing = e == ERR_OK;
    return e;
}

enum err port_openssl_random(void *ctx, uint8_t *out, size_t n)
{
    struct port_openssl *port = ctx;
    enum err e = draw(port);

    if (e == ERR_OK && !port->drbg.seeded &&
        port->drbg.requests >= RESEED_AFTER)
        e = seed_from_system(port);
    return e == ERR_OK ? drbg_bytes(&port->drbg, &port->ciphers, out, n) : e;
}

static enum err do_stir(void *ctx, struct span seed)
{
    struct port_openssl *port = ctx;
    uint8_t digest[CRYPTO_DIGEST_MAX];
    enum err e = draw(port);

    if (e == ERR_OK)
        e = do_digest(port, CRYPTO_SHA384, &seed, 1, digest);
    if (e == ERR_OK)
        e = drbg_stir(&port->drbg, &port->ciphers, digest);
    wipe(digest, sizeof digest);
    return e;
}

struct ec_openssl *port_openssl_ec_memory(void *ctx)
{
    struct port_openssl *port = ctx;
    return start(port) ? &port->ec : NULL;
}

struct xec_cache *port_openssl_xec_memory(void *ctx)
{
    struct port_openssl *port = ctx;
    return start(port) ? &port->xec : NULL;
}

/* ---- RSA ---- */

static enum err do_rsa_encrypt(void *ctx, struct span n, struct span e,
                               const uint8_t *in, uint8_t *out)
{
    struct port_openssl *port = ctx;
    return start(port) ? rsa_cache_encrypt(&port->rsa, n, e, in, out) : ERR_IO;
}

static enum err do_rsa_decrypt(void *ctx, const struct crypto_rsa_private *key,
                               const uint8_t *in, uint8_t *out, size_t size)
{
    struct port_openssl *port = ctx;
    return start(port) ? rsa_cache_decrypt(&port->rsa, key, in, out, size)
                       : ERR_IO;
}

static enum err do_rsa_generate(void *ctx, unsigned bits, struct span e,
                                unsigned rounds,
                                struct secret_crypto_rsa_pair *out)
{
    struct port_openssl *port = ctx;
    const struct rsa_random random = {port_openssl_random, port};
    return start(port)
               ? rsa_cache_generate(&port->rsa, &random, bits, e, rounds, out)
               : ERR_IO;
}

static const struct crypto_rsa_port port_rsa = {do_rsa_encrypt, do_rsa_decrypt,
                                                do_rsa_generate};

static bool set_seed(struct port_openssl *port, const char *seed)
{
    char *copy = seed == NULL ? NULL : strdup(seed);

    if (seed != NULL && copy == NULL)
        return false;
    if (port->seed != NULL)
        wipe(port->seed, strlen(port->seed));
    free(port->seed);
    port->seed = copy;
    port->drawing = false;
    return true;
}

int port_openssl_crypto_init(struct crypto_port *out, struct port_openssl **ctx,
                             const char *seed)
{
    struct port_openssl *port = calloc(1, sizeof *port);

    if (port == NULL || !set_seed(port, seed)) {
        port_openssl_free(&port);
        return -1;
    }
    *out = (struct crypto_port){.ctx = port,
                                .cipher = do_cipher,
                                .digest = do_digest,
                                .random = port_openssl_random,
                                do_stir,
                                .hash = &port_nettle_hash,
                                .ec = &port_openssl_ec,
                                .xec = &port_openssl_xec,
                                .rsa = &port_rsa,
                                .dl = &port_openssl_dl};
    *ctx = port;
    return 0;
}

int port_openssl_crypto_fork(struct crypto_port *out, struct port_openssl **ctx,
                             struct port_openssl *from)
{
    if (!start(from) || port_openssl_crypto_init(out, ctx, from->seed) != 0)
        return -1;
    atomic_fetch_add(&from->library->users, 1);
    (*ctx)->library = from->library;
    if (from->seed != NULL) {
        (*ctx)->drbg = from->drbg;
        (*ctx)->drawing = from->drawing;
    }
    return 0;
}

int port_openssl_reseed(struct port_openssl *ctx, const char *seed)
{
    return set_seed(ctx, seed) && draw(ctx) == ERR_OK ? 0 : -1;
}

void port_openssl_free(struct port_openssl **ctx)
{
    struct port_openssl *port = *ctx;
    *ctx = NULL;
    if (port == NULL)
        return;
    cipher_cache_clear(&port->ciphers);
    ec_openssl_clear(&port->ec);
    rsa_cache_clear(&port->rsa);
    xec_cache_clear(&port->xec);
    for (size_t i = 0; i < DIGESTS; i++)
        EVP_MD_free(port->digests[i]);
    EVP_MD_CTX_free(port->digest);
    library_leave(port->library);
    (void)set_seed(port, NULL);
    wipe(port, sizeof *port);
    free(port);
}
