/*
 * The upgrade of a load file: the old version's applications save what they
 * hold, it goes, another version of it is loaded, and the applications come
 * again under their entries and take up what was saved.  One session at a
 * time, which survives power cuts; while it is open no other content changes
 * (authority.c), and its applications are not selectable, nor do others reach
 * them but from within its steps.  [Amd H B.1]
 *
 *   none --begin--> SAVING --> CLEANUP --> DELETING --> AWAITS_FILE
 *   AWAITS_FILE --LOAD--> AWAITS_RESTORE
 *   AWAITS_RESTORE, RESTORE_FAILED --resume--> INSTALLING --> RESTORING
 *   INSTALLING, RESTORING --> CONSOLIDATING --> none
 *   INSTALLING, RESTORING --refused--> RESTORE_FAILED
 *   AWAITS_RESTORE .. RESTORING --recovery--> DELETING --> AWAITS_FILE
 *   SAVING, CLEANUP --abort, refused--> none, and the old version is there
 *   AWAITS_FILE .. RESTORING --abort--> ABORTING --> none
 *
 * How each step is all or nothing: saving is an epoch, which fills the session
 * record; so are installing and restoring together; DELETING and ABORTING are
 * repeatable steps that power-on completes.  In the other states a cut is
 * followed by [resume].
 *
 * The session (HEAP_ROOT_UPGRADE) is an array of references: header, plan,
 * list of saved objects (jcre/upgrade.h), mark, then what each application's
 * onSave() returned.  The plan is there when all are saved, the mark when all
 * are restored: made in the epoch, they are there exactly if it was committed.
 *
 * Header: 0 state, 1 package, 2 their complements; 4 version (2), 6 slot of
 *   the domain that began, 8 slot of the file's domain, 10 AID length,
 *   11 AID (16), 27 count, 28 slots of the applications (2 each), then a check
 *   of all from 4 on.
 * Plan: for each application the number of saved objects (2) and whether it
 *   was told (1), then a check.
 */
#ifndef DOMAINS_UPGRADE_H
#define DOMAINS_UPGRADE_H

#include "domains/registry.h"
#include "jcre/upgrade.h"

/* As MANAGE ELF UPGRADE tells them, but for the last. */
enum domain_upgrade_state {
    UPGRADE_NONE = 0x00,
    UPGRADE_COMPLETED = 0x01,
    UPGRADE_AWAITS_FILE = 0x02,
    UPGRADE_AWAITS_RESTORE = 0x03,
    UPGRADE_RESTORE_FAILED = 0x04,
    UPGRADE_SAVING = 0x10,
    UPGRADE_CLEANUP = 0x20,
    UPGRADE_DELETING = 0x30,
    UPGRADE_INSTALLING = 0x40,
    UPGRADE_RESTORING = 0x50,
    UPGRADE_CONSOLIDATING = 0x60,
    UPGRADE_ABORTING = 0x70,
};

struct domain_upgrade {
    ref_t session;
    ref_t list; /* 0: nothing is saved yet */
    enum domain_upgrade_state state;
    uint8_t package;  /* vm's number of the file that is there; 0: none */
    uint16_t version; /* of the old one */
    uint16_t by;      /* slot of the domain that began */
    uint16_t domain;  /* slot of the file's domain */
    uint8_t aid[16];
    uint8_t aid_length;
    uint8_t count; /* of applications, and of each: */
    uint16_t slots[JCRE_UPGRADE_MAX];
    ref_t roots[JCRE_UPGRADE_MAX];
    uint16_t saved[JCRE_UPGRADE_MAX]; /* objects of the list */
    bool told[JCRE_UPGRADE_MAX];      /* it was asked to save */
};

static inline struct span upgrade_aid(const struct domain_upgrade *u)
{
    return span_of(u->aid, u->aid_length);
}

/* The open session; false: there is none. */
bool domain_upgrade(const struct domain *d, struct domain_upgrade *u);

/* Whether a session is open, and whether this entry is of it. */
bool domain_upgrades(const struct domain *d);
bool domain_upgrade_holds(const struct domain *d,
                          const struct registry_entry *e);

/* Whether the record of a session, if there is one, is as it was written. */
bool domain_upgrade_is_sound(const struct domain *d);

/*
 * After power-on: deletions are completed, and what an upgrade that was cut
 * had given away is nobody's again.  ERR_CORRUPT, and the store dies, when the
 * record is not sound.
 */
NODISCARD enum err domain_upgrade_settle(struct domain *d);

/*
 * Opens a session of `self` for this load file and runs it up to AWAITS_FILE.
 * 6985: an application is active, refuses to save or is referred to; then
 * there is no session.  6A84.
 */
sw_t domain_upgrade_begin(struct domain *d, const struct registry_entry *self,
                          const struct registry_entry *package);

/*
 * Goes on as far as there is a way.  9000 also when restoring was refused: the
 * state says so.
 */
sw_t domain_upgrade_resume(struct domain *d);

/* The file that was loaded goes again: AWAITS_FILE, for whichever comes. */
sw_t domain_upgrade_recover(struct domain *d);

/* The session ends; what was saved goes, with applications that are gone. */
sw_t domain_upgrade_abort(struct domain *d);

/* What natives ask: jcre.h. */
bool domain_upgrade_running(const struct domain *d, struct jcre_upgrade *out);
bool domain_upgrade_shuts(const struct domain *d, uint8_t package);

#endif
