/*
 * Applications on the contactless interface: who is active there, in which
 * group, who may change that, and who is told.  There is no radio below: what
 * is active can be selected when the card is spoken to without contacts.
 * [Amd C 3, 7, 8]
 *
 *   DEACTIVATED <--> ACTIVATED     the application with Self Activation, who
 *                                  has Contactless Activation, the CRS
 *   either <--> NON_ACTIVATABLE    the application itself alone
 *
 * Told and effective is less than what is recorded: an application that is not
 * selectable yet, or locked, is DEACTIVATED, and becomes what its initial state
 * says when that ends; a member of a group is what its head is, unless it is
 * NON_ACTIVATABLE.  The issuer domain is always active.
 */
#ifndef DOMAINS_CONTACTLESS_H
#define DOMAINS_CONTACTLESS_H

#include "domains/clrecord.h"
#include "jcre/contactless.h"

enum { CL_NAMES_MAX = 64 /* in one list of an application */ };

/* What applets get of all this (contactless_calls.c). */
extern const struct jcre_contactless domain_contactless_calls;

/* ---- groups, CREL applications ---- */

/*
 * The head of the group that an entry is a member of: it has joined, and that
 * one still lets it.  False: it is no member.
 */
bool domain_cl_head(const struct domain *d, const struct registry_entry *e,
                    struct registry_entry *head);
/* Whether it lets others join its group. */
bool domain_cl_is_head(const struct domain *d, const struct registry_entry *e);
/* Whether `crel` is a CREL application of `e`. */
bool domain_cl_is_crel(const struct domain *d,
                       const struct registry_entry *crel,
                       const struct registry_entry *e);
/* Whether an applet may have the entry. */
bool domain_cl_may_see(const struct domain *d, const struct registry_entry *who,
                       const struct registry_entry *what);

/* ---- states ---- */

/* As told: CL_DEACTIVATED, CL_ACTIVATED, CL_NON_ACTIVATABLE. */
uint8_t domain_cl_state(const struct domain *d, const struct registry_entry *e);

/* Whether it may be selected, as the card is spoken to now. */
bool domain_cl_is_reachable(const struct domain *d,
                            const struct registry_entry *e);

/* Whether the two are not to be active together, as one of them says. */
bool domain_cl_conflicts(const struct domain *d,
                         const struct registry_entry *one,
                         const struct registry_entry *other);

/*
 * The entry has become selectable, or is locked no longer: it gets its initial
 * state.  In a transaction, or, of a new one, the epoch that it comes in.
 */
NODISCARD enum err
domain_cl_settle(struct domain *d, const struct registry_entry *e, bool is_new);

/* Writes back an entry whose life cycle state was `was`. */
NODISCARD enum err
domain_put_state(struct domain *d, const struct registry_entry *e, uint8_t was);

/* `who` brings `e` into a state; as struct jcre_contactless has it. */
sw_t domain_cl_may_set_state(const struct domain *d,
                             const struct registry_entry *who,
                             const struct registry_entry *e, uint8_t state,
                             enum jcre_cl_question *question);
sw_t domain_cl_set_state(struct domain *d, const struct registry_entry *who,
                         const struct registry_entry *e, uint8_t state,
                         struct jcre_notice *notice);

/* ---- information (clinfo.c) ---- */

sw_t domain_cl_get_info(const struct domain *d, const struct registry_entry *e,
                        uint16_t info, struct buf *out);
/* *event: of CLAppletEvent, 0 when nothing has changed or nobody is told. */
sw_t domain_cl_set_info(struct domain *d, const struct registry_entry *e,
                        uint16_t info, struct span value, uint8_t *event);
/* Whether it is one that setInfo() takes, and well-formed. */
sw_t domain_cl_check_info(uint16_t info, struct span value);
/* 0: it belongs to none. */
uint16_t domain_cl_family(const struct domain *d,
                          const struct registry_entry *e);
sw_t domain_cl_card_info(const struct domain *d, uint16_t info,
                         struct buf *out);

/* ---- what INSTALL says (clinstall.c) ---- */

/*
 * Tags A0 and A1 of system parameters are what the card knows: 6A80, or 6A81
 * for what needs a radio.
 */
sw_t domain_cl_check_parameters(const struct domain *d, struct span system);
/*
 * Takes them for an entry, which is a new one, in its epoch or transaction, or
 * in a transaction.  ERR_RANGE: too much for a record.
 */
NODISCARD enum err domain_cl_take_parameters(struct domain *d,
                                             const struct registry_entry *e,
                                             struct span system, bool is_new);

/* ---- telling (cltell.c) ---- */

/* What becomes of an entry's life cycle state. */
void domain_cl_tell(struct domain *d, const struct registry_entry *e,
                    uint8_t was);

enum { CL_FAREWELLS_MAX = 32 };

/* Who is to be told of applications that are about to go. */
struct domain_cl_farewell {
    uint8_t n;
    struct {
        ref_t entry;
        uint16_t listener;
    } to[CL_FAREWELLS_MAX];
};

/* Before `e` goes: who is to be told, as far as there is room. */
void domain_cl_before_deletion(struct domain *d, const struct registry_entry *e,
                               struct domain_cl_farewell *f);
/* When all have gone. */
void domain_cl_after_deletion(struct domain *d,
                              const struct domain_cl_farewell *f);
/* While it goes; repeatable. */
NODISCARD enum err domain_cl_forget(struct domain *d,
                                    const struct registry_entry *e);

#endif
