/* What the natives of javacard.security and javacardx.crypto share. */
#ifndef NATIVES_CRYPTO_H
#define NATIVES_CRYPTO_H

#include "crypto/crypto.h"
#include "natives/support.h"

enum { /* reasons of CryptoException */
       CRYPTO_ILLEGAL_VALUE = 1,
       CRYPTO_UNINITIALIZED_KEY = 2,
       CRYPTO_NO_SUCH_ALGORITHM = 3,
       CRYPTO_INVALID_INIT = 4,
       CRYPTO_ILLEGAL_USE = 5,
};

/* CryptoException.  Always VM_NATIVE_THREW. */
enum vm_native_result native_throw_crypto(struct vm *vm, uint16_t reason);

/* The same for who answers whether all is well.  Always false. */
bool native_refuse(struct vm *vm, uint16_t reason);

/*
 * NO_SUCH_ALGORITHM, and in the trace what was asked for: "Cipher" and the
 * numbers given, as many as there are.
 */
enum vm_native_result native_no_algorithm(struct vm *vm, const char *what,
                                          const int16_t *numbers, size_t n);

/* The cryptographic library of the card. */
const struct crypto_port *native_crypto(const struct vm *vm);

/*
 * An error of lib/crypto or the port as an exception: ERR_RANGE, what an
 * algorithm refuses, is ILLEGAL_VALUE; ERR_UNSUPPORTED NO_SUCH_ALGORITHM.
 */
enum vm_native_result native_crypto_failed(struct vm *vm, enum err e);

#endif
