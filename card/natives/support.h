/*
 * What natives share: reading their arguments, checking arrays with the rights
 * of the caller, writing to them, and throwing.
 */
#ifndef NATIVES_SUPPORT_H
#define NATIVES_SUPPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "heap/heap.h"
#include "jcre/jcre.h"
#include "jcre/native.h"
#include "vm/vm.h"

enum { /* reasons of SystemException */
       SYSTEM_ILLEGAL_VALUE = 1,
       SYSTEM_NO_TRANSIENT_SPACE = 2,
       SYSTEM_ILLEGAL_TRANSIENT = 3,
       SYSTEM_ILLEGAL_AID = 4,
       SYSTEM_NO_RESOURCE = 5,
       SYSTEM_ILLEGAL_USE = 6,
};

enum { /* reasons of TransactionException */
       TRANSACTION_IN_PROGRESS = 1,
       TRANSACTION_NOT_IN_PROGRESS = 2,
       TRANSACTION_BUFFER_FULL = 3,
       TRANSACTION_INTERNAL_FAILURE = 4,
};

/* ---- arguments, by cell ---- */

static inline int16_t native_short(const struct vm_call *call, unsigned cell)
{
    return (int16_t)call->cells[cell];
}

static inline int8_t native_byte(const struct vm_call *call, unsigned cell)
{
    return (int8_t)(uint8_t)call->cells[cell];
}

static inline int32_t native_int(const struct vm_call *call, unsigned cell)
{
    return (int32_t)(((uint32_t)call->cells[cell] << 16) |
                     call->cells[cell + 1]);
}

/* Null, or as good as null: an abort took the object back. [JCRE 7.6.3] */
bool native_is_null(const struct vm *vm, ref_t ref);

/* ---- results ---- */

enum vm_native_result native_done_short(struct vm *vm, int32_t value);
enum vm_native_result native_done_ref(struct vm *vm, ref_t value);

/* ---- exceptions: each is VM_NATIVE_THREW ---- */

enum vm_native_result native_throw_null(struct vm *vm);
enum vm_native_result native_throw_bounds(struct vm *vm);
enum vm_native_result native_throw_security(struct vm *vm);
enum vm_native_result native_throw_system(struct vm *vm, uint16_t reason);
enum vm_native_result native_throw_transaction(struct vm *vm, uint16_t reason);
enum vm_native_result native_throw_iso(struct vm *vm, uint16_t sw);

/* ---- arrays ---- */

/* n elements of an array from `at`. */
struct native_range {
    ref_t ref;
    struct heap_view v;
    uint32_t at;
    uint32_t n;
};

enum { NATIVE_READ = HEAP_READABLE, NATIVE_WRITE = HEAP_WRITABLE };

/*
 * Whether the caller may use the array and the elements at..at+n exist; when
 * not, NullPointerException, SecurityException or, last, ArrayIndexOutOf-
 * BoundsException is thrown and *r is not to be used.  No other kind of array
 * than `kind` gets past (a boolean array passes for a byte array, as in the
 * verifier), and no array view without the rights in `use` (NATIVE_READ,
 * NATIVE_WRITE): SecurityException.
 */
bool native_range(struct vm *vm, const struct vm_call *call, ref_t ref,
                  int32_t at, int32_t n, enum heap_kind kind, uint8_t use,
                  struct native_range *r);

/* The same for the byte arrays that most methods take, to read from. */
bool native_bytes(struct vm *vm, const struct vm_call *call, ref_t ref,
                  int32_t at, int32_t n, struct native_range *r);

/* ... and to write to, and nothing else. */
bool native_target(struct vm *vm, const struct vm_call *call, ref_t ref,
                   int32_t at, int32_t n, struct native_range *r);

/*
 * Before the ranges of two arrays: neither is null, and the caller may use
 * both.  False: NullPointerException or SecurityException was thrown.
 */
bool native_arrays(struct vm *vm, const struct vm_call *call, ref_t a, ref_t b);

/* Of array, offset and length, by cell from `cell` on; as native_bytes(). */
bool native_piece(struct vm *vm, const struct vm_call *call, unsigned cell,
                  struct native_range *r);

/* Of array and offset, by cell from `cell` on: all bytes from there, which may
 * be none.  Else as native_bytes(). */
bool native_rest(struct vm *vm, const struct vm_call *call, unsigned cell,
                 struct native_range *r);

/*
 * What methods that make bytes of bytes take: array, offset and length to read
 * from, by cell from `cell` on, then array and offset to write n bytes to.
 * Neither array is null and the caller may use both, before any bounds.
 * False: thrown.
 */
bool native_in_and_out(struct vm *vm, const struct vm_call *call, unsigned cell,
                       int32_t n, struct native_range *in,
                       struct native_range *out);

/* The bytes of a range of a byte array, until the next write or allocation. */
static inline struct span native_span(const struct native_range *r)
{
    return span_of(r->v.p + r->at, r->n);
}

/*
 * Writes n bytes from byte `at` of the array's body: as one update when
 * atomic, else neither atomic nor logged.  `bytes` may lie in the array
 * itself.  False: thrown, and an atomic write has changed nothing.
 */
bool native_write(struct vm *vm, ref_t ref, uint32_t at, const uint8_t *bytes,
                  uint32_t n, enum heap_write how);

/* The same with n times one byte. */
bool native_fill(struct vm *vm, ref_t ref, uint32_t at, uint8_t value,
                 uint32_t n, enum heap_write how);

/*
 * Before a write that is neither atomic nor logged, at an applet's wish: false
 * and SystemException ILLEGAL_VALUE when the array is persistent and guarded.
 * [JCAPI Util.arrayCopyNonAtomic]
 */
bool native_may_tear(struct vm *vm, const struct native_range *r);

/*
 * A transient array of the caller's: length and event are the first two
 * arguments.  [JCAPI JCSystem]
 */
enum vm_native_result native_make_transient(struct vm *vm,
                                            const struct vm_call *call,
                                            enum heap_kind kind);

/*
 * An object argument that the caller may use: its own, an entry point, or a
 * global array.
 * False: NullPointerException or SecurityException was thrown.
 */
bool native_object(struct vm *vm, const struct vm_call *call, ref_t ref);
/* The same, and what the object holds, until the next write or allocation. */
bool native_view(struct vm *vm, const struct vm_call *call, ref_t ref,
                 struct heap_view *v);

/*
 * The same for an argument of a class, which may be another object in code
 * that was never verified: SecurityException.
 */
bool native_instance(struct vm *vm, const struct vm_call *call, ref_t ref,
                     const char *class_name);

/* The same for one that may be null: true then. */
bool native_instance_if_any(struct vm *vm, const struct vm_call *call,
                            ref_t ref, const char *class_name);

/*
 * A new persistent record of n zero bytes for an object of the caller's, which
 * nobody else can name.  Errors as heap_new().
 */
NODISCARD enum err native_new_record(struct vm *vm, const struct vm_call *call,
                                     uint32_t n, ref_t *out);

/*
 * native_write() as one update, from the first byte that differs to the last.
 * False: thrown.
 */
bool native_update(struct vm *vm, ref_t ref, uint32_t at, const uint8_t *bytes,
                   uint32_t n);

/*
 * All of several writes or none of them: in a transaction of its own (*own),
 * unless the applet has one open, which they join then.  False: thrown.
 */
bool native_begin(struct vm *vm, bool *own);
/* Commits, or takes all back when what stood between has thrown, which `done`
 * says.  False: thrown, then or now. */
bool native_end(struct vm *vm, bool own, bool done);

/* The AID that an AID object argument holds; false: thrown, as above. */
bool native_aid(struct vm *vm, const struct vm_call *call, ref_t ref,
                struct span *aid);

#endif
