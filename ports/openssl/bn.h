/* What keys made of primes need of numbers, beyond OpenSSL's BN_*. */
#ifndef PORTS_OPENSSL_BN_H
#define PORTS_OPENSSL_BN_H

#include <stdbool.h>

#include "ports/openssl/openssl_headers.h"

/*
 * The next prime from the odd number p on that has as many bits, tested by at
 * least `rounds` rounds of Miller and Rabin.  1; 0: there is none near; -1: an
 * error.
 */
int bn_next_prime(BIGNUM *p, unsigned bits, unsigned rounds, BN_CTX *bn);

/* d: the inverse of e modulo the least common multiple of p1 and q1. */
bool bn_private_exponent(BIGNUM *d, const BIGNUM *e, const BIGNUM *p1,
                         const BIGNUM *q1, BN_CTX *bn);

#endif
