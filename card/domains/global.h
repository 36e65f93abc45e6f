/*
 * Global services: the names that applications offer services by, as INSTALL
 * recorded them or as their holder registered them, alone on the card.
 * [GPCS 8.1]
 *
 * Service record: 0 kind, 1 how (01 recorded, 02 registered), 2 name (2),
 * 4 slot of the application (2).
 */
#ifndef DOMAINS_GLOBAL_H
#define DOMAINS_GLOBAL_H

#include "domains/registry.h"

struct domain_service {
    uint16_t slot;
    uint16_t name;        /* family, then the service in it; 00: any */
    uint16_t application; /* slot; or a security domain's, of one recorded */
    bool is_registered;
};

/* The service in this slot; false when there is none. */
bool domain_service(const struct domain *d, uint16_t slot,
                    struct domain_service *s);

/*
 * What INSTALL names as parameters of an application, two bytes a service, in
 * its transaction or epoch.  [GPCS 8.1.3]  ERR_RANGE: it is none; ERR_MEMORY.
 */
NODISCARD enum err domain_record_services(struct domain *d, uint16_t slot,
                                          struct span names);

/*
 * After a registry update, in its transaction: with names, they take the place
 * of what was recorded for `e`; what `e` has registered and might not register
 * now is free for others.  [GPCS 8.1.1]  As domain_record_services.
 */
NODISCARD enum err domain_update_services(struct domain *d,
                                          const struct registry_entry *e,
                                          struct span names);

/*
 * `who` is the only one to offer this service, or no longer: 6985 when it
 * must not be, as another offers it or its whole family, or is not.
 */
sw_t domain_register_service(struct domain *d, const struct registry_entry *who,
                             uint16_t name);
sw_t domain_deregister_service(struct domain *d,
                               const struct registry_entry *who, uint16_t name);

/*
 * Who offers a service and can be asked: that has registered it when `aid` is
 * empty, else the one with this AID, for which INSTALL has recorded it.  False:
 * nobody.  [GPCS 8.1.2]
 */
bool domain_find_service(const struct domain *d, struct span aid, uint16_t name,
                         struct registry_entry *e);

#endif
