/*
 * Whether jumps of code that is never reached, and handlers, land on
 * instructions, and handlers are in order.  [JCVM 6.10.1]
 */
#ifndef CAP_TYPELOCATION_H
#define CAP_TYPELOCATION_H

#include "cap/typetable.h"

/*
 * Every instruction of every method, reached or not, and the order of
 * handlers.  ERR_TYPE after a finding, ERR_MEMORY.
 */
enum err cap_check_locations(struct cap_types *s);

#endif
