/*
 * What the natives of javacard.framework.service share.  The command is in the
 * APDU buffer as BasicService has it, the Common Service Format:
 *
 *   not processed:  CLA INS P1  P2  Lc  data
 *   processed:      CLA INS SW1 SW2 La  data
 */
#ifndef NATIVES_SERVICE_H
#define NATIVES_SERVICE_H

#include "natives/support.h"

enum { /* places in the APDU buffer */
       CSF_CLA = 0,
       CSF_INS = 1,
       CSF_P1 = 2,
       CSF_P2 = 3,
       CSF_SW = 2,
       CSF_LENGTH = 4,
       CSF_DATA = 5,
       CSF_LENGTH_MAX = 255,
};

enum { /* reasons of ServiceException */
       SERVICE_ILLEGAL_PARAM = 1,
       SERVICE_DISPATCH_TABLE_FULL = 2,
       SERVICE_COMMAND_DATA_TOO_LONG = 3,
       SERVICE_CANNOT_ACCESS_IN_COMMAND = 4,
       SERVICE_CANNOT_ACCESS_OUT_COMMAND = 5,
       SERVICE_COMMAND_IS_FINISHED = 6,
       SERVICE_REMOTE_OBJECT_NOT_EXPORTED = 7,
};

/* ServiceException.  Always VM_NATIVE_THREW. */
enum vm_native_result native_throw_service(struct vm *vm, uint16_t reason);

/*
 * The APDU that an argument is; NULL: thrown, NullPointerException or, for
 * another object, SecurityException.
 */
struct jcre_apdu *
native_apdu_argument(struct vm *vm, const struct vm_call *call, unsigned cell);

/* The command data is at CSF_DATA, *n bytes.  False: thrown. */
bool native_service_receive(struct vm *vm, struct jcre_apdu *a, uint16_t *n);

/* Processed from now on.  False: thrown. */
bool native_service_processed(struct vm *vm, struct jcre_apdu *a);

/* RMIService.processCommand. */
enum vm_native_result native_rmi_process(struct vm *vm,
                                         const struct vm_call *call);

/*
 * Of a service that is RMIService or an heir and does not override
 * processCommand: whether it would look at the command at all.
 */
bool native_rmi_applies(struct vm *vm, ref_t service);

#endif
