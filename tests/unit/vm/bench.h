/*
 * A virtual machine on a heap in memory, and the package that most tests run
 * code in.  Natives are a few of java.lang's and ISOException's, so what is
 * "not implemented here" is known, too.
 */
#ifndef TESTS_VM_BENCH_H
#define TESTS_VM_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "cap/opcodes.h"
#include "ports/posix/memory.h"
#include "tests/unit/cap/builder.h"
#include "vm/internal.h"

/* 1: the machine is lent no memory for decoded methods. */
#ifndef BENCH_IN_PLACE
#define BENCH_IN_PLACE 0
#endif

enum {
    BENCH_NV = 512 * 1024,
    BENCH_SCRATCH = 64 * 1024,
    BENCH_CODE = 64 * 1024
};

struct bench {
    uint8_t nv[BENCH_NV];
    uint32_t scratch[BENCH_SCRATCH / 4];
    uint64_t code[BENCH_CODE / 8]; /* for decoded methods */
    uint8_t transient[CARD_TRANSIENT(BENCH_NV, CARD_TRANSIENT_SIZE)];
    struct posix_memory memory;
    struct card_port port;
    struct persist persist;
    struct heap heap;
    struct vm vm;
    uint8_t selected; /* what hooks.selected_context answers */
    bool share;       /* what hooks.may_share answers */
    uint8_t asked;    /* the context may_share was asked for last */
    char why[160];    /* of the last link */
    vm_native **natives;
};

/* For cmocka: a fresh card in *state; all of it is freed again. */
int bench_open(void **state);
int bench_close(void **state);

/* The heap's and the machine's invariants hold. */
void bench_check(struct bench *b);

/* Links what the builder made, in an epoch that is committed or aborted. */
enum err bench_link(struct bench *b, struct builder *file, uint8_t *package);
enum err bench_link_bytes(struct bench *b, struct span file, uint8_t *package);
/* Links or fails the test; the package. */
uint8_t bench_need(struct bench *b, struct builder *file);

/* Runs a static method in its package's context; *result may be NULL. */
enum vm_result bench_run(struct bench *b, uint8_t package, uint16_t offset,
                         const uint16_t *args, uint8_t count, uint16_t *result);
/* It returns this short, or throws an exception of this class. */
void bench_returns(struct bench *b, uint8_t package, uint16_t offset,
                   int16_t expected);
void bench_throws(struct bench *b, uint8_t package, uint16_t offset,
                  const char *class_name);

/* A method with its code, to be put into a package in a few lines. */
#define O(name) CAP_OP_##name
#define HI(v) (uint8_t)((unsigned)(v) >> 8)
#define LO(v) (uint8_t)((unsigned)(v)&0xFF)
#define W(v) HI(v), LO(v)
#define S(v) O(sspush), HI(v), LO(v)
#define I(v)                                                                   \
    O(iipush), (uint8_t)((uint32_t)(v) >> 24), (uint8_t)((uint32_t)(v) >> 16), \
        HI(v), LO(v)

/* Constant pool of the subject; all are below 256. */
enum {
    P_NONE, /* Classref Object; entry 0 cannot be a catch type */
    P_OBJECT,
    P_NODE,
    P_CHILD,
    P_IFACE,
    P_F_REF,
    P_F_BYTE,
    P_F_SHORT,
    P_F_INT,
    P_S_REF,
    P_S_BYTE,
    P_S_SHORT,
    P_S_INT,
    P_OBJECT_INIT,
    P_TWICE, /* static short twice(short) */
    P_SUM,   /* static int sum(int, short) */
    P_VALUE, /* virtual short Node.value(): 11; Child: 22 */
    P_ABOVE, /* virtual short Child.above(): super.value() + 1 */
    P_SUPER_VALUE,
    P_NODE_PRIVATE, /* virtual, package-visible: 33 */
    P_SELF,         /* the method under test */
    P_ARITHMETIC,
    P_NULL_POINTER,
    P_RUNTIME,
    P_ISO_THROW_IT, /* ISOException.throwIt(short) */
    P_ISO,
    P_THROWS, /* static void: throws ArithmeticException from a called frame */
    P_COUNT
};

enum { VALUE_TOKEN = 1, ABOVE_TOKEN = 2, CELLS_OF_NODE = 5 };

struct subject {
    struct builder file;
    uint16_t method; /* under test */
    uint16_t node;   /* class offsets */
    uint16_t child;
    uint16_t iface;
};

struct subject_handler {
    uint16_t start; /* in the code under test */
    uint16_t end;
    uint16_t handler;
    uint16_t type;
};

/*
 * The package with the method under test last in it:
 *   interface Iface { short value(); }
 *   class Node implements Iface { Object r; byte b; short s; int i; ... }
 *   class Child extends Node { value() overridden; above() }
 * and static fields Object r; byte b; short s; int i = 0x01020304.
 */
void subject_make(struct subject *s, struct span code, uint8_t nargs,
                  uint8_t max_locals, const struct subject_handler *handlers,
                  uint8_t handler_count);

/* The code in a fresh subject: linked, run, unlinked; cells in vm.result. */
enum vm_result subject_run(struct bench *b, struct span code,
                           const uint16_t *args, uint8_t nargs);
/* The same with handlers. */
enum vm_result subject_try(struct bench *b, struct span code,
                           const struct subject_handler *handlers,
                           uint8_t count);

#endif
