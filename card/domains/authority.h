/*
 * The one place that decides whether something may be done: session level,
 * privilege, token, life cycle, restrictions.  Each function returns SW_OK or
 * the status word of the refusal, and has told the port the reason.
 */
#ifndef DOMAINS_AUTHORITY_H
#define DOMAINS_AUTHORITY_H

#include "domains/registry.h"
#include "domains/token.h"

/* Card life cycle states in which a command is known, and what it needs. */
enum {
    RUNS_LIVE = 0x01,       /* OP_READY, INITIALIZED, SECURED */
    RUNS_LOCKED = 0x02,     /* CARD_LOCKED */
    RUNS_TERMINATED = 0x04, /* TERMINATED */
    RUNS_OPENLY = 0x08,     /* without a session */
    RUNS_BY_TOKEN = 0x10,   /* also for others than the domain's provider */
};

/* What changes content; the values are the bits of tag D9. */
enum domain_action {
    ACTION_DELETE = 0x01,
    ACTION_LOAD = 0x02,
    ACTION_INSTALL = 0x04,
    ACTION_MAKE_SELECTABLE = 0x08,
    ACTION_EXTRADITE = 0x10,
    ACTION_PERSONALIZE = 0x20,
    ACTION_UPDATE = 0x40,
    ACTIONS_COMBINED = ACTION_LOAD | ACTION_INSTALL | ACTION_MAKE_SELECTABLE,
};

/* A command to `self` with these RUNS_ bits. [GPCS 11, tables 11-1, 11-2] */
sw_t domain_may_run(const struct domain *d, const struct registry_entry *self,
                    unsigned runs);

/*
 * `self` changes content by these actions: it has Authorized Management and
 * shows no token, or Delegated, or a host that is not its provider, and shows
 * one, that is verified; it is personalised; neither it nor OPEN is
 * restricted.  token NULL: the command that brings it is yet to come.
 * [GPCS 9.1.3.2, 9.2.3, 9.3-9.5]
 */
sw_t domain_may_manage(const struct domain *d,
                       const struct registry_entry *self, unsigned actions,
                       const struct domain_token *token);

/* `self` restricts what OPEN does, for every domain [GPCS 9.4.2.1]. */
sw_t domain_may_restrict(const struct domain *d,
                         const struct registry_entry *self);

/*
 * `self` forwards personalisation data to an application of its own: it is a
 * Trusted Path.  [GPCS 6.7, 7.3.2]
 */
sw_t domain_may_personalize(const struct domain *d,
                            const struct registry_entry *self,
                            const struct registry_entry *target);

/*
 * Whether `target` accepts a load file or application from `self`, which
 * becomes its own.  [GPCS 9.3.5, 9.4.1]
 */
sw_t domain_may_associate(const struct domain *d,
                          const struct registry_entry *self,
                          const struct registry_entry *target);

/*
 * Extradition of an application or load file out of where it is: by its domain
 * or as that accepts.  [GPCS 9.4.1]
 */
sw_t domain_may_release(const struct domain *d,
                        const struct registry_entry *self,
                        const struct registry_entry *what);

/* Whether `self` may install from this load file. */
sw_t domain_may_use(const struct domain *d, const struct registry_entry *self,
                    const struct registry_entry *package);

/* Whether `self` may delete this entry [GPCS 9.5]. */
sw_t domain_may_delete(const struct domain *d,
                       const struct registry_entry *self,
                       const struct registry_entry *what);

/*
 * `self` begins the upgrade of a load file, which takes all that deleting,
 * loading and installing take.  No text of the token that Delegated Management
 * would show is public, so who has that may not.  [Amd H]
 */
sw_t domain_may_begin(const struct domain *d,
                      const struct registry_entry *self);

/* ... of this one: it may delete it, install from it, and delete each of its
 * applications. */
sw_t domain_may_upgrade(const struct domain *d,
                        const struct registry_entry *self,
                        const struct registry_entry *package);

/*
 * The upgrade session is open and `self` is who began it; or, to end it, has
 * Global Delete and Authorized Management, and may delete.
 */
sw_t domain_may_lead(const struct domain *d, const struct registry_entry *self,
                     bool ends);

/* While a session is open, `self` loads what it awaits and nothing else. */
sw_t domain_may_bring(const struct domain *d, const struct registry_entry *self,
                      struct span aid);

/* Whether `self` sees this entry in GET STATUS [GPCS 11.4.2.3]. */
bool domain_may_see(const struct domain *d, const struct registry_entry *self,
                    const struct registry_entry *what);

/*
 * The privileges that a domain, or another application, can have at all.
 * [GPCS 6.6.1]
 */
uint32_t domain_assignable(bool is_domain);

/*
 * Whether `self`, which domain_may_manage() has let through, may give these
 * privileges to an application (slot; or DOMAIN_NONE: a new one), of kind
 * domain or not: those that it has not yet.  `selectable`: it is made
 * selectable now.  [GPCS 6.6.2]
 */
sw_t domain_may_grant(const struct domain *d, const struct registry_entry *self,
                      uint32_t privileges, bool is_domain, bool selectable,
                      uint16_t slot);

/* The card's state changes at the wish of `who` [GPCS 5.1.2, 9.6.3, 9.6.4]. */
sw_t domain_may_set_card_state(const struct domain *d,
                               const struct registry_entry *who, uint8_t state);

/*
 * A new state for an application or domain: asked by `who`, itself or
 * another.  *state is P2 of SET STATUS and becomes the byte to store.
 * [GPCS 5.3, 11.10.2.2]
 */
sw_t domain_may_set_state(const struct domain *d,
                          const struct registry_entry *who,
                          const struct registry_entry *target, uint8_t *state);

#endif
