/*
 * Proves that no file read as a key on a curve or as certificates makes the
 * host's library read or write outside it, and that a key which is taken is
 * written as text that is read as the same key.
 */
#include <stdlib.h>
#include <string.h>

#include <gp/certificate.h>

#include "ports/openssl/crypto_openssl.h"

static void demand(bool holds)
{
    if (!holds)
        abort();
}

static void as_key(const struct crypto_port *crypto, struct span file)
{
    struct secret_gp_ec_key key, again;
    struct gp_why why;
    char text[GP_EC_KEY_TEXT];

    if (gp_ec_key_parse(crypto, file, &key, &why) != 0)
        return;
    gp_ec_key_text(&key, true, text);
    demand(gp_ec_key_parse(crypto, span_of((const uint8_t *)text, strlen(text)),
                           &again, &why) == 0);
    demand(memcmp(&key, &again, sizeof key) == 0);
}

static void as_certificates(struct span file)
{
    static uint8_t bytes[GP_CHAIN_MAX];
    struct buf chain = buf_of(bytes, sizeof bytes);
    struct span each[GP_CHAIN_LENGTH_MAX];
    struct gp_why why;
    size_t count = 0;

    if (gp_certificates_parse(file, &chain, &why) != 0)
        return;
    demand(gp_certificates_split(buf_span(&chain), each, &count) == 0);
    demand(count > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct crypto_port crypto;
    static struct port_openssl *openssl;

    if (openssl == NULL)
        demand(port_openssl_crypto_init(&crypto, &openssl, "fuzz") == 0);
    as_key(&crypto, span_of(data, size));
    as_certificates(span_of(data, size));
    return 0;
}
