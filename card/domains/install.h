/*
 * INSTALL: what its data field holds and the parts that stand in files of
 * their own (load.c, registry_update.c).  [GPCS 11.5]
 */
#ifndef DOMAINS_INSTALL_H
#define DOMAINS_INSTALL_H

#include "domains/commands.h"
#include "domains/token.h"

/* The data field of every INSTALL but [for load] [GPCS 11.5.2.3]. */
struct domain_install {
    struct span first;  /* load file AID, or a domain's */
    struct span module; /* empty where it means nothing */
    struct span aid;
    struct span privileges;
    struct span parameters;
    struct domain_token token;
    uint8_t restrictions; /* tag D9, */
    bool has_restrictions;
    struct span system;      /* tag EF */
    struct span application; /* tag C9 */
    struct span services;    /* tag CB */
    struct span provider;    /* tag 5F20 */
    struct span token_id;    /* tag 93 */
};

/*
 * Takes the token that ends a data field from its rest, and notes what it
 * signs: of each kind of INSTALL all that stands in front of it [GPCS C.4.1,
 * C.4.2, C.4.3, C.4.4, C.4.5].  6A80 when it is cut off or bytes are left.
 */
sw_t domain_take_token(const struct domain_request *r, struct span *rest,
                       struct domain_token *token);

/*
 * Three bytes of privileges, without those for future use [GPCS 11.1]; one
 * byte stands for defaults in the others [GPCS 6.6.2, table 6-2].  6A80 for
 * another length.
 */
sw_t domain_expand_privileges(struct span bytes, uint32_t *privileges);

/*
 * Adds the implicit selection parameters (tags CF) of system parameters to
 * `e`: there is one application on a channel of an interface [GPCS 6.4.1,
 * 11.1.7].  6A80 for one that is none, 6985 when another application has it,
 * 6A84 when `e` has too many.
 */
sw_t domain_add_implicit(const struct domain *d, struct span system,
                         struct registry_entry *e);

/*
 * With Card Reset and no parameter, an application that becomes selectable is
 * the one of the basic channel on every interface, unless there is one on any
 * of them.  [GPCS 6.4.1]
 */
void domain_assign_reset(const struct domain *d, struct registry_entry *e);

/* An application at or below the domain: 6A88, 6985. */
sw_t domain_find_own(const struct domain *d, const struct domain_request *r,
                     struct span aid, struct registry_entry *e);

/* [GPCS 9.4.1] */
sw_t domain_install_for_extradition(struct domain *d,
                                    const struct domain_request *r,
                                    const struct domain_install *f);

/* [GPCS 9.4.2] */
sw_t domain_install_for_registry_update(struct domain *d,
                                        const struct domain_request *r,
                                        const struct domain_install *f);

#endif
