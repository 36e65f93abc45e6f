/* Object identifiers as tables of them are written. */
#ifndef CRYPTO_X509_OID_H
#define CRYPTO_X509_OID_H

#include <stdbool.h>
#include <string.h>

#include "base/span.h"

enum { X509_OID_MAX = 11 };

struct x509_oid {
    uint8_t n;
    uint8_t bytes[X509_OID_MAX]; /* what is behind tag and length */
};

#define OID(text)                                                              \
    {                                                                          \
        sizeof(text) - 1, text                                                 \
    }

static inline bool x509_is_oid(struct span oid, const struct x509_oid *is)
{
    return oid.n == is->n && memcmp(oid.p, is->bytes, oid.n) == 0;
}

#endif
