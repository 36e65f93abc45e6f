/*
 * What the natives of org.globalplatform.contactless share: telling listeners
 * of what an applet did (activation.c).
 */
#ifndef NATIVES_CONTACTLESS_H
#define NATIVES_CONTACTLESS_H

#include "jcre/contactless.h"
#include "natives/support.h"

/* What a native returns when all have been told. */
enum native_cl_ending {
    CL_ENDS_VOID,
    CL_ENDS_TRUE,
    CL_ENDS_STATE, /* contactless, of `this` */
    CL_ENDS_INFO,  /* offset and length that setInfo() took */
};

/*
 * Tells everybody, one after the other, and ends; extra: an instance that is
 * told first, as a CREL application, 0: none.  A native returns what this
 * returns.
 */
enum vm_native_result native_cl_tell(struct vm *vm,
                                     const struct jcre_notice *notice,
                                     uint16_t extra,
                                     enum native_cl_ending ends);

/* Who has called the native: it is the runtime that runs now, or not yet. */
static inline uint16_t native_cl_caller(const struct vm *vm)
{
    return vm_context(vm) == 0 ? vm_previous_owner(vm) : vm_owner(vm);
}

static inline struct span native_cl_aid(const struct jcre_entry *e)
{
    return span_of(e->aid, e->aid_length);
}

/* An applet has locked or unlocked an entry; ends with true. */
enum vm_native_result native_cl_tell_lock(struct vm *vm, uint16_t who,
                                          const struct jcre_entry *now);

#endif
