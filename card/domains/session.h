/*
 * Secure channel sessions, one on each logical channel: opened by a domain's
 * own commands or, for an applet, through its domain's services.
 * [GPCS 10] [Amendment D 5.6]
 *
 * none --INITIALIZE UPDATE--> begun --EXTERNAL AUTHENTICATE--> open
 * open --a command that is not what the level demands--> aborted
 * any --INITIALIZE UPDATE, selection, channel or card session ends--> none
 */
#ifndef DOMAINS_SESSION_H
#define DOMAINS_SESSION_H

#include "domains/registry.h"

enum { LEVEL_AUTHENTICATED = 0x80 }; /* beside SCP_C_MAC and so on */

/* The channel of the command in hand. */
struct domain_channel *domain_here(struct domain *d);

/* Ends the session of a channel and all that hangs on it; keys are wiped. */
void domain_end_session(struct domain *d, uint8_t channel);

/* Wipes what waits on a channel for the rest of its item. */
void domain_forget_waiting(struct domain *d, uint8_t channel);

/* Ends personalisation and gathered data of a channel. */
void domain_end_personalization(struct domain *d, uint8_t channel);

/*
 * INITIALIZE UPDATE for `domain`, asked by the application `aid`.  6A88 when
 * the keys are missing, 6985 when their counter is used up.
 */
sw_t domain_begin_session(struct domain *d, uint16_t domain, struct span aid,
                          const struct io_command *c, struct buf *response);

/* EXTERNAL AUTHENTICATE as received.  6300: the cryptogram is wrong. */
sw_t domain_authenticate(struct domain *d, uint16_t domain,
                         struct span command);

/*
 * Current security level [GPCS 10.6] of this channel's session if it is the
 * domain's; 00 otherwise.
 */
uint8_t domain_level(const struct domain *d, uint16_t domain);

/*
 * Checks and decrypts a command in place; *n becomes its new length.  6982
 * and the session is aborted when it is not what the level demands.
 */
sw_t domain_unwrap(struct domain *d, uint8_t *bytes, size_t *n);

#endif
