/* The record of an upgrade session; see upgrade.h for its form. */
#ifndef DOMAINS_UPGRADE_SESSION_H
#define DOMAINS_UPGRADE_SESSION_H

#include "domains/upgrade.h"

/* Records a new session in state SAVING.  Atomic. */
NODISCARD enum err domain_session_open(struct domain *d,
                                       const struct domain_upgrade *u);

/* The state and the package in hand, as one atomic step; in an epoch, too. */
NODISCARD enum err domain_session_set(struct domain *d,
                                      const struct domain_upgrade *u,
                                      enum domain_upgrade_state state,
                                      uint8_t package);

/*
 * In saving's epoch: what one application's onSave() returned; then the list
 * and the plan, from u->list, u->saved and u->told, last.
 */
NODISCARD enum err domain_session_set_root(struct domain *d,
                                           const struct domain_upgrade *u,
                                           uint8_t i, ref_t root);
NODISCARD enum err domain_session_set_plan(struct domain *d,
                                           const struct domain_upgrade *u);

/* In restoring's epoch: all are restored. */
NODISCARD enum err domain_session_mark(struct domain *d,
                                       const struct domain_upgrade *u);

/* Forgets the session.  Atomic; what was saved is garbage then. */
NODISCARD enum err domain_session_close(struct domain *d);

#endif
