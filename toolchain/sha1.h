/* SHA-1, from OpenSSL: what numbers remote methods.  [JCRE 8.4.2.1] */
#ifndef TOOLCHAIN_SHA1_H
#define TOOLCHAIN_SHA1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TC_SHA1_SIZE = 20 };

/* False when OpenSSL does not do it, by its configuration perhaps. */
bool tc_sha1(const void *bytes, size_t n, uint8_t hash[TC_SHA1_SIZE]);

#endif
