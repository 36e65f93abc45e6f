/* A key from a passphrase: scrypt [RFC 7914] with 32 MiB. */
#ifndef PORTS_OPENSSL_STRETCH_H
#define PORTS_OPENSSL_STRETCH_H

#include "base/err.h"
#include "base/span.h"

/* Fills `key`, n bytes.  ERR_IO: no memory, or OpenSSL has no scrypt. */
NODISCARD enum err port_openssl_stretch(struct span passphrase,
                                        struct span salt, uint8_t *key,
                                        size_t n);

#endif
