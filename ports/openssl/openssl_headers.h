/*
 * OpenSSL's headers beside base/err.h: both have the name ERR_STATE.  The
 * library's own (an opaque type that nobody here needs) is renamed on the way
 * in.  Include this one instead of <openssl/...>.
 */
#ifndef PORTS_OPENSSL_OPENSSL_HEADERS_H
#define PORTS_OPENSSL_OPENSSL_HEADERS_H

#define ERR_STATE openssl_ERR_STATE
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/param_build.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#undef ERR_STATE

#endif
