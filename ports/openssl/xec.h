/* X25519, X448, Ed25519 and Ed448 over OpenSSL. */
#ifndef PORTS_OPENSSL_XEC_H
#define PORTS_OPENSSL_XEC_H

#include "ports/openssl/xec_cache.h"

/* What crypto_openssl.c puts into its ports: `ctx` is that of the port. */
extern const struct crypto_xec_port port_openssl_xec;

/* The memory of a port for these; NULL: OpenSSL does not start. */
struct xec_cache *port_openssl_xec_memory(void *ctx);

#endif
