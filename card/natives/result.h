/*
 * Sensitive methods: those whose result SensitiveResult can be asked for.
 * natives/def/sensitive.def names them, and the table of natives calls them
 * through native_sensitive().
 */
#ifndef NATIVES_RESULT_H
#define NATIVES_RESULT_H

#include "jcre/native.h"
#include "vm/vm.h"

/*
 * Calls a native and keeps its result; there is none when it throws.  A native
 * that goes on in continuations keeps it with native_sensitive_done() there.
 */
enum vm_native_result native_sensitive(struct vm *vm,
                                       const struct vm_call *call,
                                       vm_native *native,
                                       enum jcre_result_kind kind);

/* Keeps the result of what ended as `r`; gives `r` back. */
enum vm_native_result native_sensitive_done(struct vm *vm,
                                            enum vm_native_result r,
                                            enum jcre_result_kind kind);

#endif
