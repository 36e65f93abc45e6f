#include "ports/openssl/stretch.h"

#include "ports/openssl/openssl_headers.h"

enum { COST = 1 << 15, BLOCKS = 8, LANES = 1, MEMORY_MAX = 64 << 20 };

enum err port_openssl_stretch(struct span passphrase, struct span salt,
                              uint8_t *key, size_t n)
{
    /* OpenSSL takes text; the passphrase may hold any bytes */
    const char *text = (const char *)passphrase.p;

    return EVP_PBE_scrypt(text, passphrase.n, salt.p, salt.n, COST, BLOCKS,
                          LANES, MEMORY_MAX, key, n) == 1
               ? ERR_OK
               : ERR_IO;
}
