/*
 * The virtual machine: runs the bytecode of resident packages in contexts,
 * behind the firewall, on objects of the heap.  [JCVM, JCRE 6]
 *
 * Packages are named by one byte: 1..CARD_PACKAGES_MAX are loaded ones, and
 * that number is also their context; VM_API | i is row i of api_packages,
 * whose methods are natives.  A class is a package and an offset: in the
 * Class component of a loaded package, the class token in an API package.
 *
 * idle --vm_run_*--> running --(return, exception, halt)--> idle
 * running --(VM_WAITING)--> waiting --vm_resume--> running
 * Running never nests by C calls: a native that calls Java asks the machine
 * to push a frame and is continued when that returns.
 */
#ifndef VM_VM_H
#define VM_VM_H

#include <stdbool.h>
#include <stdint.h>

#include <card/card.h>

#include "apidef/api.h"
#include "base/span.h"
#include "heap/heap.h"

#define VM_API 0x80u

/* The context of no package: what the runtime keeps for one that is to come. */
#define VM_KEPT 0xFFu

struct vm_class {
    uint8_t package; /* 0: none */
    uint16_t offset;
};

/* A method that can run: bytecode of a loaded package, or a native. */
struct vm_method {
    uint8_t package;
    uint32_t offset; /* address in Method; API: api_method.id */
};

enum vm_result {
    VM_RETURNED, /* the result, if any, is in vm_run's cells */
    VM_THREW,    /* an exception left the first method: vm_exception() */
    VM_HALTED,   /* not catchable: stack, budget or code beyond repair */
    VM_WAITING,  /* a native waits for the outside: vm_resume() goes on */
};

struct vm;

/*
 * One call of a native method: `cells` are its arguments as they stand on the
 * stack (`this` first; int: two cells, high first).  The native leaves its
 * result with vm_return_*.
 */
struct vm_call {
    const uint16_t *cells;
    uint8_t count;
    uint8_t caller_context; /* whose access rights natives check with */
};

enum vm_native_result {
    VM_NATIVE_DONE,   /* result set, or void */
    VM_NATIVE_THREW,  /* vm_throw() was called */
    VM_NATIVE_CALLED, /* vm_native_call_*() was called: frame pushed */
    VM_NATIVE_WAITS,  /* a void method: the run ends with VM_WAITING */
};

typedef enum vm_native_result vm_native(struct vm *vm,
                                        const struct vm_call *call);

/*
 * What runs when the Java method that a native called has returned (threw:
 * with an exception, which vm_exception() describes and which is dropped
 * unless the continuation throws it again).  `value` is a reference or short.
 */
typedef enum vm_native_result vm_continuation(struct vm *vm, bool threw,
                                              uint16_t value);

/* What the machine asks of the runtime environment above it. */
struct vm_hooks {
    void *ctx;
    /* Context of the currently selected applet [JCRE 6.1.5], 0 if none. */
    uint8_t (*selected_context)(void *ctx);
    /*
     * Whether a shareable object of this context may be called now: false
     * when its applet is not multiselectable and active on another channel
     * than the current one [JCRE 6.2.8.6], or its load file is being upgraded.
     */
    bool (*may_share)(void *ctx, uint8_t context);
    /* What a static field of an API class refers to, by its token. */
    ref_t (*static_of)(void *ctx, struct vm_class c, uint32_t token);
    vm_native *const *natives; /* api_method_count entries; NULL: absent */
    uint64_t budget;           /* instructions a run; 0: 2^32 */
    uint8_t *code;             /* lent for decoded methods; NULL: none are */
    uint32_t code_size;
};

/*
 * Calls back before every instruction from now on, until it is NULL or the
 * card is reset; see card_observe().
 */
void vm_observe(struct vm *vm, const struct card_observer *observer);

void vm_bind(struct vm *vm, struct heap *heap, struct vm_hooks hooks);
void *vm_environment(const struct vm *vm); /* hooks.ctx */
struct heap *vm_heap(const struct vm *vm);

/* A new card: creates the list of packages. */
NODISCARD enum err vm_format(struct vm *vm);

/*
 * After power-on: no frames, no exception; built-in exceptions registered.
 * ERR_CORRUPT: a package is not what was linked.
 */
NODISCARD enum err vm_reset(struct vm *vm);

/*
 * Run to completion from outside.  `context` and `owner` become the active
 * ones [JCRE 6.1.3].  result: the returned cell (or 0); may be NULL.
 * vm_run_virtual picks the method by `token` in the class of `self`;
 * vm_run_interface by interface `iface` and its method token.  Both set the
 * context to the owner context of `self`.
 */
enum vm_result vm_run_static(struct vm *vm, struct vm_method method,
                             uint8_t context, uint16_t owner,
                             const uint16_t *args, uint8_t count,
                             uint16_t *result);
enum vm_result vm_run_virtual(struct vm *vm, ref_t self, uint8_t token,
                              const uint16_t *args, uint8_t count,
                              uint16_t *result);
enum vm_result vm_run_interface(struct vm *vm, ref_t self,
                                struct vm_class iface, uint8_t token,
                                const uint16_t *args, uint8_t count,
                                uint16_t *result);

/*
 * The method that a virtual token names in the class of an object, which
 * vm_run_method then calls without looking for it again: it holds as long as
 * the object and the heap's generation do.  False when there is none.  Its
 * arguments are of the kinds of Applet.process().
 */
bool vm_find_method(const struct vm *vm, ref_t self, uint8_t token,
                    struct vm_method *out);
enum vm_result vm_run_method(struct vm *vm, struct vm_method method, ref_t self,
                             const uint16_t *args, uint8_t count,
                             uint16_t *result);

/*
 * After VM_WAITING, and with nothing run in between: goes on behind the native
 * that waits.  The caller may have thrown (vm_throw) what that call throws
 * instead of returning.  May wait again.
 */
enum vm_result vm_resume(struct vm *vm);

/* From a native: call a virtual or interface method of `self`, then go on. */
enum vm_native_result vm_native_call_virtual(struct vm *vm, ref_t self,
                                             uint8_t token,
                                             const uint16_t *args,
                                             uint8_t count,
                                             vm_continuation *then);
enum vm_native_result
vm_native_call_interface(struct vm *vm, ref_t self, struct vm_class iface,
                         uint8_t token, const uint16_t *args, uint8_t count,
                         vm_continuation *then);
/* The same of `this`, in whose context the native runs: no switch. */
enum vm_native_result vm_native_call_own(struct vm *vm, ref_t self,
                                         uint8_t token, const uint16_t *args,
                                         uint8_t count, vm_continuation *then);
/* ... and by an interface, of an object in the same context. */
enum vm_native_result
vm_native_call_own_interface(struct vm *vm, ref_t self, struct vm_class iface,
                             uint8_t token, const uint16_t *args, uint8_t count,
                             vm_continuation *then);
/* In a continuation: the call that its native was made by. */
struct vm_call vm_native_again(const struct vm *vm);
/*
 * What a native notes for its continuations; 0 when it was just called.  A
 * reference does not belong there: nobody would know of it.
 */
uint32_t vm_native_note(const struct vm *vm);
void vm_native_keep(struct vm *vm, uint32_t note);
/* In a continuation that got an exception: throws it again. */
enum vm_native_result vm_throw_again(struct vm *vm);

/* Whether a class of a loaded package has this method of its own, overriding
 * the API's. */
bool vm_is_overridden(const struct vm *vm, ref_t self, uint8_t token);
/* Whether an interface method of an object leads to a loaded package. */
bool vm_leads_to_java(const struct vm *vm, ref_t self, struct vm_class iface,
                      uint8_t token);

void vm_return_short(struct vm *vm, int16_t value);
void vm_return_int(struct vm *vm, int32_t value);
void vm_return_ref(struct vm *vm, ref_t value);
/* The cell that a native has returned, once it is done. */
uint16_t vm_returned(const struct vm *vm);

/* ---- contexts ---- */

uint8_t vm_context(const struct vm *vm); /* active; 0: the runtime */
uint16_t vm_owner(const struct vm *vm);  /* active applet instance */
/* Owner before the last context switch; 0 when that was the runtime. */
uint16_t vm_previous_owner(const struct vm *vm);
/*
 * Whether context `c` may use the array `ref` as bytecodes do [JCRE 6.2.8.2].
 * On no: throws SecurityException (or NullPointerException) and is false.
 */
bool vm_array_access(struct vm *vm, uint8_t c, ref_t ref, struct heap_view *v);
/* Whether some frame of the running methods may hold this reference. */
bool vm_on_stack(const struct vm *vm, ref_t ref);
/* Is `c` allowed to keep this reference in a field or array? [JCRE 6.2] */
bool vm_may_store(const struct vm *vm, ref_t ref);

/* ---- exceptions ---- */

/*
 * Throws the runtime's own exception object of an API class, with `reason`
 * (0 where the class has none).  Always VM_NATIVE_THREW.
 */
enum vm_native_result vm_throw(struct vm *vm, uint16_t api_package,
                               uint8_t class_token, uint16_t reason);
/* By Java name, "javacard/framework/ISOException": for the less frequent. */
enum vm_native_result vm_throw_name(struct vm *vm, const char *class_name,
                                    uint16_t reason);
/* The one table from an inner error to an exception. */
enum vm_native_result vm_throw_err(struct vm *vm, enum err e);

struct vm_exception {
    ref_t object;
    struct vm_class class;
    uint16_t reason; /* of CardException, CardRuntimeException; else 0 */
};
/* The exception of the last VM_THREW, or the one a continuation received. */
struct vm_exception vm_exception(const struct vm *vm);
/* Whether the exception is an instance of this API class. */
bool vm_exception_is(const struct vm *vm, const char *class_name);

/*
 * The reason of a Throwable; it never takes part in a transaction [JCAPI
 * CardRuntimeException].
 */
uint16_t vm_exception_reason(const struct vm *vm, ref_t exception);
void vm_set_exception_reason(struct vm *vm, ref_t exception, uint16_t reason);

/* Reason in words for the last VM_HALTED. */
const char *vm_halt_text(const struct vm *vm);

/* ---- classes and objects ---- */

struct vm_class vm_class_of(const struct vm *vm, ref_t ref);
/* `c` is, extends or implements `of`. */
bool vm_class_is(const struct vm *vm, struct vm_class c, struct vm_class of);
/* An API class by Java name; .package 0 when there is none. */
struct vm_class vm_api_class(const char *name);
bool vm_instance_of(const struct vm *vm, ref_t ref, struct vm_class of);
/* Whether `c` is the API class of that name: quicker than looking for it. */
bool vm_is_named(struct vm_class c, const char *name);
/* Cells of an instance; natives keep their state in cells past the class's. */
uint16_t vm_instance_cells(const struct vm *vm, struct vm_class c);
/* A new zeroed instance owned by the active applet; throws on no memory. */
ref_t vm_new_object(struct vm *vm, struct vm_class c);

/* ---- resident packages (vm/package.c, vm/link.c) ---- */

struct vm_package_info {
    struct span aid; /* in persistent memory */
    uint8_t major;
    uint8_t minor;
    uint8_t applet_count;
    uint8_t import_count;
    uint32_t code_size; /* bytes of the load file kept */
    uint32_t taken;     /* bytes of it and of all that linking keeps */
    ref_t load_file;
};

/*
 * Links the load file (a HEAP_BLOB of whole components, as LOAD brought
 * them): structure, versions, imports, types of every method [design 5 (9)],
 * then creates the package's records.  Call it inside an epoch, which the
 * caller commits or aborts; on an error nothing must be kept.
 * why: what was wrong, in words, at most `n` bytes with the NUL.
 * ERR_FORMAT, ERR_TYPE, ERR_VERSION, ERR_NOT_FOUND (an import is missing),
 * ERR_UNSUPPORTED (an API method not implemented here is used), ERR_EXISTS,
 * ERR_MEMORY (persistent or scratch).
 */
NODISCARD enum err vm_link(struct vm *vm, ref_t load_file, uint8_t *scratch,
                           uint32_t scratch_size, uint8_t *package, char *why,
                           size_t n);

/* Forgets what is known of all packages: an epoch with one was given up. */
void vm_forget_packages(struct vm *vm);

/*
 * Everything outside itself that a load file needs and this card lacks, told
 * before it is linked: imported packages that are not here or of another
 * version, and methods of the API without a native.  Calls `tell` with a
 * sentence for each and returns their number; 0 for what is no load file.
 */
unsigned vm_lacks(const struct vm *vm, struct span load_file,
                  void (*tell)(void *ctx, const char *text), void *ctx);

bool vm_package(const struct vm *vm, uint8_t package,
                struct vm_package_info *info);
/* 0 when no loaded package has this AID. */
uint8_t vm_package_find(const struct vm *vm, struct span aid);
/* Applet `i` of a package: its AID and install method. */
bool vm_package_applet(const struct vm *vm, uint8_t package, uint8_t i,
                       struct span *aid, struct vm_method *install);
/* Whether another loaded package imports this one. */
bool vm_package_is_imported(const struct vm *vm, uint8_t package);
/*
 * Whether a package imports this one, by way of others, too; of either kind
 * of package.
 */
bool vm_package_uses(const struct vm *vm, uint8_t package, uint8_t other);
/* The package whose code called the native that runs. */
uint8_t vm_calling_package(const struct vm *vm);

struct vm_resource {
    ref_t load_file; /* HEAP_BLOB that it lies in, */
    uint32_t at;     /*   here */
    uint32_t size;
};
/* Static resource `id` of a package [JCVM 6.16]; false: there is none. */
bool vm_resource(const struct vm *vm, uint8_t package, uint16_t id,
                 struct vm_resource *out);

/*
 * Forgets a package and frees its records; repeatable after a cut (a package
 * that is gone is ERR_OK).  The caller has checked that nothing needs it.
 */
NODISCARD enum err vm_unlink(struct vm *vm, uint8_t package);

/* heap_layout callback: is this cell of an instance a reference? */
bool vm_is_reference(void *vm, uint8_t class_package, uint16_t class_offset,
                     uint16_t cell);

/* Invariants of package records; as heap_check. */
unsigned vm_check(const struct vm *vm,
                  void (*report)(void *ctx, const char *line), void *ctx);

struct vm_state; /* vm/state.h: the members of struct vm, for card.c */

#endif
