/*
 * Calling natives as an applet would, on a few arrays that are always there.
 */
#ifndef NATIVE_CALLS_H
#define NATIVE_CALLS_H

#include "fake_vm.h"

enum { CONTEXT = 1, SIZE = 64 };

#define BOUNDS "java/lang/ArrayIndexOutOfBoundsException"
#define NULL_POINTER "java/lang/NullPointerException"
#define SECURITY "java/lang/SecurityException"
#define SYSTEM "javacard/framework/SystemException"
#define TRANSACTION "javacard/framework/TransactionException"

struct native_calls {
    uint16_t owner;
    ref_t array;     /* persistent bytes 0, 1, 2 ... of the owner */
    ref_t transient; /* as long, zeros */
    ref_t foreign;   /* persistent, of context 2 */
};

extern struct native_calls applet;

/* cmocka's: a bench with one applet and its arrays. */
int native_calls_setup(void **state);
int native_calls_teardown(void **state);

/* A byte array; of the applet when `context` is its own. */
ref_t bytes_of(uint8_t flags, uint8_t context, uint32_t n);
/* Its elements. */
const uint8_t *body(ref_t ref);
/* An AID object of the applet; spoils the first n bytes of its array. */
ref_t new_aid(const char *bytes, uint16_t n);

/* Arguments of the three calls below: cells and their number. */
#define CELLS(...)                                                             \
    (const uint16_t[]){__VA_ARGS__},                                           \
        sizeof((const uint16_t[]){__VA_ARGS__}) / sizeof(uint16_t)

/* The native returns this value; it returns; it throws this. */
void returns(vm_native *native, const uint16_t *cells, size_t n,
             uint32_t value);
void does(vm_native *native, const uint16_t *cells, size_t n);
void throws(vm_native *native, const uint16_t *cells, size_t n,
            const char *name, uint16_t reason);

#endif
