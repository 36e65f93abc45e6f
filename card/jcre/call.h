/*
 * Calls from the runtime into applets: what surrounds each of them.
 * [JCRE 3, 7.6.2]
 */
#ifndef JCRE_CALL_H
#define JCRE_CALL_H

#include <stdbool.h>

#include "base/sw.h"
#include "jcre/jcre.h"
#include "vm/vm.h"

/*
 * The status word of a call into an applet that has ended as `r`, and its
 * end: OneShot objects that it left open are closed, and a transaction is
 * aborted, which makes a normal return a failure.  9000; the reason of an
 * ISOException; 6F00 for all else.
 */
sw_t jcre_call_end(struct jcre *j, enum vm_result r);

/*
 * Calls a method of an applet by its API token, or of an object by interface
 * and token; args may be NULL when there are none, result when nobody asks.
 */
enum vm_result jcre_call(struct jcre *j, ref_t applet, uint8_t token,
                         const uint16_t *args, uint8_t count, uint16_t *result);
enum vm_result jcre_call_interface(struct jcre *j, ref_t object,
                                   struct vm_class iface, uint8_t token,
                                   const uint16_t *args, uint8_t count,
                                   uint16_t *result);

/* One sentence to the port about why a call failed. */
void jcre_trace(const struct jcre *j, const char *what, const char *why);

#endif
