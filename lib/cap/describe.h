/*
 * A Descriptor that is there is checked, and then its word is used: what it
 * declares of kinds that nothing in the package shows.  Nothing else relies on
 * it.  [JCVM 6.14; design 5]
 */
#ifndef CAP_DESCRIBE_H
#define CAP_DESCRIBE_H

#include "cap/internal.h"

/*
 * Its rows against Class, Method and the static image; methods have been
 * listed.  Keeps s->types and s->method_starts.  ERR_FORMAT after a finding,
 * ERR_MEMORY; ERR_OK without a Descriptor, too.
 */
enum err cap_check_descriptor(struct cap_state *s);

/* Learns the kinds that it gives to methods, as far as they are not known. */
void cap_learn_declared(struct cap_state *s);

/*
 * The kinds and types that it gives to methods and constants against those
 * that sound code was found to have, and cap_check_operands.  ERR_TYPE after
 * a finding; ERR_UNSUPPORTED when the package has spent what it is worth.
 */
enum err cap_check_declared(struct cap_state *s);

/*
 * Without a Descriptor, too: the methods that a terminal may call have the
 * kinds that the Class component tells the runtime, which passes what the
 * terminal sends by them.  [JCRE 8.3]  False after a finding.
 */
bool cap_learn_remotes(struct cap_state *s);

/*
 * The methods of interfaces that it tells of and nobody here uses, as callees.
 * ERR_MEMORY, ERR_FORMAT.
 */
enum err cap_add_declared(struct cap_state *s);

/*
 * All code, used or not, is instructions; fields are used by those of their
 * type; ReferenceLocation lists the operands that name constants, each one.
 * [JCVM 6.12]  False after a finding.
 */
bool cap_check_operands(struct cap_state *s);

#endif
