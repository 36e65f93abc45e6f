/* Apart from the rest: OpenSSL's headers and lib/base share a name. */
#include "toolchain/sha1.h"

#include <openssl/evp.h>

bool tc_sha1(const void *bytes, size_t n, uint8_t hash[TC_SHA1_SIZE])
{
    size_t size = 0;
    return EVP_Q_digest(NULL, "SHA1", NULL, bytes, n, hash, &size) == 1;
}
