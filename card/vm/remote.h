/*
 * Remote objects: what the package of an object's class says about it, and
 * whether it has been exported, which is a cell behind those of its class.
 * [JCRE 8]
 */
#ifndef VM_REMOTE_H
#define VM_REMOTE_H

#include "cap/remote.h"
#include "vm/vm.h"

struct vm_remote {
    struct vm_class class; /* the object's, or the nearest above that is remote
                            */
    struct cap_remote info;
};

/* False: the object is of no remote class. */
bool vm_remote(const struct vm *vm, ref_t object, struct vm_remote *out);

/* The method of a hash; as cap_remote_method(). */
bool vm_remote_method(const struct vm *vm, const struct vm_remote *r,
                      uint16_t hash, uint8_t *token, const uint8_t **nibbles,
                      uint8_t *count);

/* The name of the package of a class; false when its file does not tell. */
bool vm_package_name(const struct vm *vm, struct vm_class c, struct span *name);

/* Its remote interface `i`: place and name; false beyond the last. */
bool vm_remote_interface(const struct vm *vm, const struct vm_remote *r,
                         uint8_t i, struct vm_class *face, struct span *name);

/* Whether an object may be used by a terminal; false for what is not remote. */
bool vm_is_exported(const struct vm *vm, ref_t object);
/* ERR_RANGE: it is not remote.  Joins a transaction. */
NODISCARD enum err vm_set_exported(struct vm *vm, ref_t object, bool exported);

/*
 * From a native: calls a remote method of an object in its own context.
 * `descriptor`: the kinds of the arguments, in Java's form.
 */
enum vm_native_result vm_native_call_remote(struct vm *vm, ref_t self,
                                            const struct vm_remote *r,
                                            uint8_t token,
                                            const char *descriptor,
                                            const uint16_t *args, uint8_t count,
                                            vm_continuation *then);
/* In its continuation: the result, when that is an int. */
int32_t vm_called_int(const struct vm *vm);

#endif
