/*
 * What an application was installed from, beyond what its entry says: the
 * module of the load file and the parameters (C9), which the upgrade of the
 * file installs it by again.  An application without such a record has the
 * AID of its module and had no parameters.
 *
 * Origin record: 0 kind, 1 module AID length, 2 parameters' length (2), 4 slot
 * of the application (2), 6 module AID (16), 22 the parameters, as the vault
 * keeps a secret, which they may be.
 */
#ifndef DOMAINS_ORIGIN_H
#define DOMAINS_ORIGIN_H

#include "domains/registry.h"

enum { ORIGIN_HEAD = 22, ORIGIN_PARAMETERS_MAX = 127 };

struct domain_origin {
    uint8_t module[16];
    uint8_t module_length;
    uint8_t parameters[ORIGIN_PARAMETERS_MAX]; /* the caller wipes them */
    uint8_t parameters_length;
};

/*
 * Records it for a new application, in its epoch.  ERR_RANGE: more parameters
 * than install() takes; ERR_MEMORY.
 */
NODISCARD enum err domain_add_origin(struct domain *d,
                                     const struct registry_entry *e,
                                     struct span module,
                                     struct span parameters);

/*
 * Where the application comes from.  Without a record, of a module of the file
 * with that name, or the only one it has.  ERR_AUTH: what the vault keeps does
 * not open; ERR_IO.
 */
NODISCARD enum err domain_get_origin(const struct domain *d,
                                     const struct registry_entry *e,
                                     uint8_t package, struct domain_origin *o);

/* The application and the module that a record is of; false: it is none. */
bool domain_origin_record(const struct domain *d, uint16_t slot,
                          uint16_t *application, struct span *module);

#endif
