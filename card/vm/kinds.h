/*
 * What is kept of a package's kinds: those of what others can call, and those
 * that it gave to methods of its imports whose own packages leave them open.
 *
 * A package's signatures, a HEAP_BLOB: number of the public package u8, class
 * u8, space u8, token u8, nargs u8, result u8 (80: a constructor), kinds
 * u8[nargs], then for each kind that has 40 added, the result's last, the
 * number of an open kind u16; one after the other.  What a package says of an
 * import has its number of the import, and 80 for the space of
 * interfaces, 81 for that of virtual methods.
 *
 * A parameter of a virtual method that a library does not look at, a result
 * that it never gives and all of an interface that it does not use are open:
 * the packages that do say their kinds, the first of them for all.  Open kinds
 * of one package with one number are one kind; so are that of a method and the
 * one which an importer has for it.  What was said goes with the package that
 * said it, as does all that could be called by it.
 */
#ifndef VM_KINDS_H
#define VM_KINDS_H

#include "cap/check.h"
#include "vm/internal.h"

/* What may still be spent on looking for kinds; 0: it was too little. */
enum { VM_KINDS_EFFORT = 1 << 26 /* entries looked at for one new package */ };

/* A method as its own package names it. */
struct vm_kinds_method {
    struct vm_import package;
    uint8_t class;
    uint8_t space; /* enum cap_space */
    uint8_t token;
};

/* Puts an entry of an own method; ERR_MEMORY: there is no room. */
enum err vm_kinds_put(struct buf *to, uint8_t number, uint8_t class,
                      enum cap_space space, uint8_t token,
                      const struct cap_signature *signature,
                      const struct cap_links *links);
/* The same for what is said of an import. */
enum err vm_kinds_put_said(struct buf *to, uint8_t import, uint8_t class,
                           enum cap_space space, uint8_t token,
                           const struct cap_signature *signature,
                           const struct cap_links *links);

/* What its own package knows of a method; false: nothing. */
bool vm_kinds_own(const struct vm *vm, const struct vm_kinds_method *m,
                  struct cap_signature *out);

/*
 * What all packages together know of a method; nargs 0: nothing.  False: it is
 * not one that others may speak of.
 */
bool vm_kinds_said(const struct vm *vm, const struct vm_kinds_method *m,
                   uint32_t *effort, struct cap_signature *out);

/*
 * Whether what a new package says of its imports is what all others say of
 * them, be it of one method in one word or of two that a third package made
 * one.
 */
bool vm_kinds_agree(const struct vm *vm, uint8_t package, uint32_t *effort);

#endif
