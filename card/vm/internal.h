/* What the files of card/vm share; nobody else includes it. */
#ifndef VM_INTERNAL_H
#define VM_INTERNAL_H

#include "vm/state.h"

/*
 * A resolved constant-pool entry:
 *   kind u8, package u8, a u16, b u16, c u8, b's bits 16 to 23 u8
 */
enum { VM_POOL_ENTRY = 8 };

enum vm_pool_kind {
    VM_POOL_CLASS = 1, /* class package, a = offset */
    VM_POOL_FIELD,     /* class package, a; b = cell, c = vm_field */
    VM_POOL_VIRTUAL,   /* class package, a; b = token; c = argument cells */
    VM_POOL_SUPER,     /* the same, a is the superclass to begin at */
    VM_POOL_STATIC,    /* package, b = byte in the static image; of an API
                        * package: class and the field's token */
    VM_POOL_METHOD,    /* package, b = address or native; c = arguments */
};

/* What may be read and written at a field's cell. */
enum vm_field {
    VM_FIELD_REFERENCE,
    VM_FIELD_SHORT, /* or a byte; the next cell is something else */
    VM_FIELD_INT,   /* or a short or byte */
};

struct vm_pool {
    uint8_t kind;
    struct vm_class class;
    uint32_t b;
    uint8_t c;
};

/*
 * A package's record, a HEAP_BLOB:
 *   load file u16, statics u16, import count u8, 0,
 *   imports (package id u8, number of its public package u8)[], resolved pool,
 *   seal u64
 */
enum { VM_RECORD_HEAD = 6, VM_SEAL_SIZE = 8 };

/*
 * The list at HEAP_ROOT_PACKAGES has four references a package: its record,
 * load file, statics and signatures.  Without a record there is no package.
 */
enum { VM_LIST_STEP = 4, VM_LIST_SIGNATURES = 3 };

/* NUL-terminated names: the card has no string functions but mem*. */
static inline bool vm_same_name(const char *a, const char *b)
{
    if (a == b) /* as linkers make of equal texts */
        return true;
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

/* ---- package.c ---- */

/* The same as vm_resident, when it is not known yet. */
const struct vm_resident *vm_resident_load(const struct vm *vm,
                                           uint8_t package);
/* A resident loaded package; NULL when there is none of this id. */
static inline const struct vm_resident *vm_resident(const struct vm *vm,
                                                    uint8_t package)
{
    if (package <= CARD_PACKAGES_MAX && vm->packages[package].known &&
        vm->moved == vm->heap->moved)
        return &vm->packages[package];
    return vm_resident_load(vm, package);
}

/* Reference `which` of a package in the list; 0 when there is none. */
ref_t vm_listed(const struct vm *vm, uint8_t package, unsigned which);
/*
 * What an import of a package means: a resident package and, where that came
 * as an extended file, which of its public packages.
 */
struct vm_import {
    uint8_t package; /* 0: nothing */
    uint8_t number;
};
enum { VM_IMPORT_SIZE = 2 };
/* Bytes of a record that has so many imports and entries of the pool. */
static inline uint32_t vm_record_size(uint8_t imports, uint16_t pool)
{
    return VM_RECORD_HEAD + (uint32_t)VM_IMPORT_SIZE * imports +
           (uint32_t)VM_POOL_ENTRY * pool + VM_SEAL_SIZE;
}
struct vm_import vm_import(const struct vm_resident *r, uint8_t i);
/* The resident package that lets others import this AID; .package 0: none. */
struct vm_import vm_import_find(const struct vm *vm, struct span aid);
/* Entry `i` of a package's resolved pool; false beyond it. */
bool vm_pool(const struct vm_resident *r, uint16_t i, struct vm_pool *out);

/* ---- seal.c ---- */

enum { VM_SEALED = 3 };

/* The seal of a record without its seal, a load file and signatures. */
uint64_t vm_seal(const struct span parts[VM_SEALED]);
/* Seals a package that is linked; ERR_CORRUPT when a part is missing. */
NODISCARD enum err vm_put_seal(struct vm *vm, uint8_t package);
/* Whether all parts of a package are there as they were sealed. */
bool vm_has_seal(const struct vm *vm, uint8_t package);
/* ERR_CORRUPT: a package contradicts its seal. */
NODISCARD enum err vm_prove_seals(const struct vm *vm);

/* ---- needs.c: what a package needs of the card ---- */

/* A sentence being put together in the caller's memory; it is cut to fit. */
struct vm_words {
    char *text;
    size_t room;
    size_t used;
};

void vm_say(struct vm_words *w, const char *text);
void vm_say_number(struct vm_words *w, unsigned n);

/*
 * The package that is imported: same major version, at least the minor one
 * asked for [JCVM 4.5].  ERR_NOT_FOUND, ERR_VERSION after saying which.
 */
enum err vm_find_import(const struct vm *vm, const struct cap_package *wanted,
                        struct vm_import *import, struct vm_words *w);

/* ERR_UNSUPPORTED, and its name said, when an API method has no native. */
enum err vm_need_native(const struct vm *vm, const struct api_class *row,
                        const struct api_method *m, struct vm_words *w);

/* ---- heirs.c ---- */

/*
 * Whether superclasses and interfaces of a new package's classes are there and
 * are what they are named as, and its methods fit what they override and
 * implement, as far as headers tell.  ERR_FORMAT after saying what does not.
 */
enum err vm_check_classes(const struct vm *vm, uint8_t package,
                          struct vm_words *words);

/* ---- classes.c ---- */

static inline bool vm_is_api(uint8_t package)
{
    return (package & VM_API) != 0;
}

/* The row of an API class; NULL when the class is not one. */
const struct api_class *vm_api_row(struct vm_class c);
/* The class of an API row. */
struct vm_class vm_api_place(const struct api_class *row);
/* Decodes a class of a loaded package. */
bool vm_loaded_class(const struct vm *vm, struct vm_class c,
                     struct cap_class *out);
/* What a raw class_ref of a package means; .package 0: nothing. */
struct vm_class vm_class_of_ref(const struct vm *vm, uint8_t package,
                                uint16_t raw);
/* The direct superclass; .package 0 above java.lang.Object. */
struct vm_class vm_super(const struct vm *vm, struct vm_class c);
static inline bool vm_class_equal(struct vm_class a, struct vm_class b)
{
    return a.package == b.package && a.offset == b.offset;
}
bool vm_class_is_interface(const struct vm *vm, struct vm_class c);
bool vm_class_is_shareable(const struct vm *vm, struct vm_class c);
/*
 * The method that a virtual token names in a class: searched up the
 * superclasses.  `args`: cells with `this`.  False when there is none.
 */
bool vm_find_virtual(const struct vm *vm, struct vm_class c, uint8_t token,
                     struct vm_method *out);
/*
 * The same for an object of class `self`, an heir of `c` or itself: a class
 * above its own is asked.
 */
bool vm_find_inherited(const struct vm *vm, struct vm_class c,
                       struct vm_class self, uint8_t token,
                       struct vm_method *out);
/* The class of a token in an import; .package 0 when there is none. */
struct vm_class vm_exported_class(const struct vm *vm, struct vm_import import,
                                  uint8_t token);
/*
 * Whether what is package-visible in one class is seen in the other.
 * [JCVM 4.3.7.6]
 */
bool vm_same_package(const struct vm *vm, struct vm_class a, struct vm_class b);
/*
 * How many leading virtual tokens of a class an heir without a token mapping
 * takes for inherited; 0 when there is no such class.  [JCVM 6.9.2.8]
 */
uint8_t vm_inheritable(const struct vm *vm, struct vm_class super);
/*
 * The method that answers in class `c` when a call names `token` of `named`,
 * which is `c` or a superclass of it; false when it is neither, or there is
 * no such method.
 */
bool vm_find_override(const struct vm *vm, struct vm_class c,
                      struct vm_class named, uint8_t token,
                      struct vm_method *out);
/* The same for calls that run, which come again: remembered. */
bool vm_find_call(struct vm *vm, struct vm_class c, struct vm_class named,
                  uint8_t token, struct vm_method *out);
/* The method that an interface's token names in a class. */
bool vm_find_interface(const struct vm *vm, struct vm_class c,
                       struct vm_class iface, uint8_t token,
                       struct vm_method *out);
/* Argument cells of a method, `this` included. */
bool vm_method_args(const struct vm *vm, struct vm_method m, uint8_t *args);
/* Whether a loaded class has remote interfaces [JCVM 6.9]. */
bool vm_class_is_remote(const struct vm *vm, struct vm_class c);
/*
 * Cells of a new object: those of its class, and of a remote one the cell
 * behind them that remote.h tells of, which no field reaches.
 */
uint16_t vm_object_cells(const struct vm *vm, struct vm_class c);
/* Cells of the superclasses of `c`: where its own begin. */
uint16_t vm_first_cell(const struct vm *vm, struct vm_class c);

/* ---- firewall.c; each is false after throwing ---- */

/* Reads, writes, length of an array, and field access. */
bool vm_check_access(struct vm *vm, ref_t ref, struct heap_view *v);
/* Whether an array view has this right; other arrays have both. */
bool vm_check_window(struct vm *vm, const struct heap_view *v, uint8_t right);

static inline bool vm_check_right(struct vm *vm, const struct heap_view *v,
                                  uint8_t right)
{
    return (v->h.flags & HEAP_WINDOW) == 0 || vm_check_window(vm, v, right);
}

/* A reference about to be stored in a field, static or array. */
bool vm_check_store(struct vm *vm, ref_t value);
/* invokevirtual or invokeinterface on `self`; *context: where it runs. */
bool vm_check_call(struct vm *vm, const struct heap_view *v,
                   const struct vm_class *iface, uint8_t *context);
bool vm_check_throw(struct vm *vm, const struct heap_view *v);
/* checkcast and instanceof on an object, to a class or interface. */
bool vm_check_cast(struct vm *vm, const struct heap_view *v,
                   const struct vm_class *target);

/* ---- exceptions.c ---- */

/* Throws one of java.lang by its simple name's class name. */
bool vm_raise(struct vm *vm, const char *class_name);
/* Not catchable. */
bool vm_stop(struct vm *vm, const char *why);
NODISCARD enum err vm_register_exceptions(struct vm *vm);
/*
 * Hands vm->thrown to a handler above `floor`: frames are left until one has
 * it; false when none has, or after a stop.
 */
bool vm_unwind(struct vm *vm, uint16_t floor);

/* ---- invoke.c ---- */

/*
 * Calls `m` with its `args` cells on top of the stack.  For bytecode a frame
 * is pushed; a native runs.  False after a throw or a stop.
 */
bool vm_invoke(struct vm *vm, struct vm_method m, uint8_t args, uint8_t context,
               uint16_t owner, enum vm_entry entry, vm_continuation *then);
/* The same of a native, from Java; the cells are there. */
bool vm_invoke_native(struct vm *vm, struct vm_method m, uint8_t args,
                      uint8_t context, uint16_t owner);
/* A native in one number: there are fewer than 2^16. */
static inline uint32_t vm_native_number(struct vm_method m)
{
    return (uint32_t)m.package << 16 | m.offset;
}
static inline struct vm_method vm_native_of(uint32_t number)
{
    return (struct vm_method){(uint8_t)(number >> 16), number & 0xFFFF};
}
/* Leaves the top frame with `cells` result cells at the top of the stack. */
bool vm_leave(struct vm *vm, uint8_t cells);
bool vm_push(struct vm *vm, uint16_t cell);

/* ---- interpret.c ---- */

/* Runs until the frame entered from outside at `depth` has been left. */
enum vm_result vm_interpret(struct vm *vm, uint16_t depth);

/* ---- access.c: the instructions on objects; false after a throw ---- */

enum vm_width { VM_REF, VM_BYTE, VM_SHORT, VM_INT };

bool vm_array_load(struct vm *vm, enum vm_width width);
bool vm_array_store(struct vm *vm, enum vm_width width);
bool vm_field_get(struct vm *vm, uint16_t pool, enum vm_width width, bool this);
bool vm_field_put(struct vm *vm, uint16_t pool, enum vm_width width, bool this);
bool vm_static_get(struct vm *vm, uint16_t pool, enum vm_width width);
bool vm_static_put(struct vm *vm, uint16_t pool, enum vm_width width);
bool vm_array_new(struct vm *vm, uint8_t atype, uint16_t pool);
bool vm_object_new(struct vm *vm, uint16_t pool);
bool vm_cast(struct vm *vm, uint8_t atype, uint16_t pool, bool check);

/* ---- verify.c ---- */

/*
 * Proves every method of a linked package well-typed, in `scratch`; why: the
 * method and the rule, in words.  ERR_TYPE, ERR_FORMAT, ERR_MEMORY.
 */
NODISCARD enum err vm_check_code(struct vm *vm, uint8_t package,
                                 uint8_t *scratch, uint32_t scratch_size,
                                 char *why, size_t n);

static inline struct vm_frame *vm_top(struct vm *vm)
{
    return &vm->frames[vm->depth - 1];
}

#endif
