/* DSA over OpenSSL's numbers, and the domains that a card has by itself. */
#ifndef PORTS_OPENSSL_DL_H
#define PORTS_OPENSSL_DL_H

#include "crypto/dl.h"

/* What crypto_openssl.c puts into its ports: `ctx` is that of the port. */
extern const struct crypto_dl_port port_openssl_dl;

#endif
