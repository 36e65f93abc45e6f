/*
 * Whether the Descriptor's rows are what they may be: flags that go together,
 * tokens by the rules, fields that are the class's cells.  And whether
 * ReferenceLocation lists what the code refers to.  [JCVM 4.3.7, 6.12, 6.14]
 */
#ifndef CAP_TYPEROW_H
#define CAP_TYPEROW_H

#include "cap/typetable.h"

/* Classes, fields and methods; false after a finding. */
bool cap_check_rows(struct cap_types *s);

/*
 * Every instruction of every method, reached or not, the order of handlers,
 * and the reference locations.  ERR_TYPE after a finding, ERR_MEMORY.
 */
enum err cap_check_locations(struct cap_types *s);

#endif
