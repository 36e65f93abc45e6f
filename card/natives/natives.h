/*
 * The native methods of the Java Card and GlobalPlatform API packages.  Each
 * is named once, in natives.def; a method that is not is absent, and a package
 * that calls it is refused when it is loaded.
 */
#ifndef NATIVES_NATIVES_H
#define NATIVES_NATIVES_H

#include "vm/vm.h"

/*
 * By api_method.id, api_method_count entries, NULL where there is none:
 * card.c puts it in the hooks that jcre_vm_hooks() returns.
 */
extern vm_native *const native_table[];

#define NATIVE(class, method, descriptor, function) vm_native function;
#define SENSITIVE(class, method, descriptor)
#include "natives/natives.def"
#undef SENSITIVE
#undef NATIVE

/*
 * Whether PINs are whole, and all that the vault keeps for objects opens; tells
 * of what does not, and returns how many that are.  For card_check().
 */
unsigned native_check(const struct vm *vm,
                      void (*report)(void *ctx, const char *line), void *ctx);

/*
 * The global PIN, without a value, of a new card, and of one that was made
 * before cards had it; its record with checks, of one that was made before it
 * had them: once the domains are there.  ERR_MEMORY, and nothing has changed.
 */
NODISCARD enum err native_cvm_format(struct vm *vm);

/* AID.equals(Object), which Object.equals calls for an AID. */
vm_native native_aid_equals;

#endif
