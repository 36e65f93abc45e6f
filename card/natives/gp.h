/*
 * What the natives of the GlobalPlatform and Open Platform packages share.
 */
#ifndef NATIVES_GP_H
#define NATIVES_GP_H

#include "natives/support.h"

enum { /* privileges as jcre_entry has them [GPCS 11.1.2] */
       GP_PRIVILEGES = 24,
       GP_PRIVILEGE_FIRST = 0x800000, /* number 0, Security Domain */
       GP_PRIVILEGE_CVM = 0x020000,
};

enum { GP_LOCKED = 0x80 /* in a life cycle state [GPCS 11.1.1] */ };

enum { /* formats of a CVM's value [GPCS 8.2.2.3] */
       GP_FORMAT_ASCII = 1,
       GP_FORMAT_BCD = 2,
       GP_FORMAT_HEX = 3,
};

/* Card Life Cycle, registry and secure channels, as the domains see to them. */
const struct jcre_services *native_gp_services(const struct vm *vm);

/*
 * Whether the applet instance, as it is registered, has one of these
 * privileges.
 */
bool native_gp_has(const struct vm *vm, uint16_t instance, uint32_t privileges);

/*
 * The GPRegistryEntry of an applet instance; 0 when it is not registered.
 * False: thrown.
 */
bool native_gp_entry_of(struct vm *vm, uint16_t instance, ref_t *object);
/*
 * The AID that a GPRegistryEntry, which is `this`, names.  False: thrown, as
 * nobody has it any more.
 */
bool native_entry_names(struct vm *vm, const struct vm_call *call,
                        struct span *aid);

/* What the registry says of it; false likewise. */
bool native_entry_find(struct vm *vm, const struct vm_call *call,
                       struct jcre_entry *e);

/* The global PIN, a permanent entry point; 0 on a card that has none. */
ref_t native_cvm_object(const struct vm *vm);

/*
 * The command in the APDU buffer, received if it was not yet.  False: thrown,
 * it is not whole.
 */
bool native_gp_command(struct vm *vm, struct span *command);

/* ---- the global PIN, at the wish of an instance; see CVM [GPCS 8.2] ---- */

/* Whether anybody has given it a value or a limit yet. */
bool native_cvm_is_set(const struct vm *vm);

/* Tries that are left; 0 while it is blocked or has no value. */
uint8_t native_cvm_tries_left(const struct vm *vm);

/*
 * Changes the value: *done, unless the instance lacks the privilege or the
 * value is not one of this format.  False: thrown.
 */
bool native_cvm_set(struct vm *vm, uint16_t instance, struct span value,
                    uint8_t format, bool *done);

/*
 * Compares, having counted a try first: *right.  False: thrown.
 */
bool native_cvm_try(struct vm *vm, struct span value, uint8_t format,
                    bool *right);

#endif
