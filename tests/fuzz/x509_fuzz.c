/*
 * Certificates as terminals send them: what parses has its fields inside, in
 * their order, and its algorithms and keys are read or refused.
 */
#include <stdint.h>
#include <stdlib.h>

#include "crypto/x509.h"
#include "ports/openssl/crypto_openssl.h"

static struct crypto_port crypto;
static struct port_openssl *port;

static void inside(struct span part, struct span whole)
{
    if (part.p != NULL &&
        (part.p < whole.p || part.n > (size_t)(whole.p + whole.n - part.p)))
        abort();
}

static void read_key(const struct x509 *x)
{
    struct x509_key key;

    if (x509_key(&crypto, x->fields[X509_PUBLIC_KEY_INFO], &key) == ERR_OK &&
        key.bits == 0)
        abort();
}

static void read_extensions(const struct x509 *x)
{
    struct span rest = x->extensions;
    struct x509_extension one;
    unsigned n = 0;

    while (rest.n > 0 && x509_take_extension(&rest, &one) == ERR_OK) {
        inside(one.oid, x->extensions);
        inside(one.value, x->extensions);
        n++;
    }
    if (n != x->extension_count || rest.n > 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const struct span all = span_of(data, n);
    struct x509_algorithm algorithm;
    struct span bytes;
    struct x509 x;

    if (port == NULL && port_openssl_crypto_init(&crypto, &port, "fuzz") != 0)
        abort();
    if (x509_parse(all, &x) != ERR_OK)
        return 0;
    for (unsigned f = 0; f < X509_FIELDS; f++)
        inside(x.fields[f], all);
    read_extensions(&x);
    read_key(&x);
    (void)!x509_algorithm(x.fields[X509_SIGNATURE_ALG], &algorithm);
    if (x509_signature_bytes(x.fields[X509_SIGNATURE], &bytes) == ERR_OK)
        inside(bytes, all);
    return 0;
}
