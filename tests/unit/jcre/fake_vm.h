/*
 * A machine whose Java methods are C functions of the test: the runtime above
 * and the heap below are real.
 *
 * Classes of package p at offset o extend Applet; bits of o say what else
 * they implement.  Package p has one applet, AID F0 00 00 00 pp 01.
 */
#ifndef FAKE_VM_H
#define FAKE_VM_H

struct faults;

#include "heap/heap.h"
#include "jcre/state.h"
#include "vault/vault.h"
#include "vm/vm.h"

enum {
    FAKE_MULTISELECTABLE = 0x01,
    FAKE_EXTENDED = 0x02,
    FAKE_EVENT = 0x04,
    FAKE_APPLICATION = 0x08,
    FAKE_PERSONALIZATION = 0x10,
    FAKE_PLAIN = 0x20, /* no Applet at all */
    FAKE_STATIC = 0xFF /* token of a call of install() */
};

/* One call of a Java method, as the test's function gets it. */
struct fake_call {
    ref_t self; /* 0: install() */
    struct vm_class iface;
    uint8_t token;
    const uint16_t *args;
    uint8_t count;
    uint16_t result;
};

struct vm {
    struct heap *heap;
    struct vm_hooks hooks;
    uint8_t context;
    uint16_t owner;
    uint16_t previous_owner;
    /* What Java does: VM_THREW after vm_throw_name(). */
    enum vm_result (*java)(struct vm *vm, struct fake_call *call);
    uint8_t packages; /* 1..packages are there */
    bool imported;    /* some package imports another one */
    const char *thrown;
    uint16_t reason;
    uint32_t result;
    vm_continuation *then;
};

/* Heap, runtime and machine over a faults port of 256 KiB. */
struct bench {
    struct faults *medium;
    struct card_port port;
    struct persist persist;
    struct heap heap;
    struct vault vault; /* off */
    struct vm vm;
    struct jcre jcre;
};

extern struct bench bench;

/* A formatted card that has been powered on. */
void bench_open(void);
void bench_close(void);
/* Power off and on; returns what mounting says. */
enum err bench_reset(void);

/* An object of `length` cells or elements. */
ref_t bench_new(enum heap_kind kind, uint8_t flags, uint8_t context,
                uint16_t owner, uint8_t package, uint16_t class,
                uint32_t length);

/* Calls a native as `context` and `owner`; the thrown name is in vm.thrown. */
enum vm_native_result bench_call(vm_native *native, uint8_t context,
                                 uint16_t owner, const uint16_t *cells,
                                 uint8_t count);

/*
 * Installs the applet of a package whose class has these bits, and commits;
 * returns the number.  Its AID is the applet's, its last byte `last`.
 */
uint16_t bench_install(uint8_t package, uint16_t class, uint8_t last);
/* The AID that bench_install gives. */
struct span bench_aid(uint8_t package, uint8_t last);

#endif
