/*
 * Secure channel sessions, one on each logical channel: opened by a domain's
 * own commands or, for an applet, through its domain's services.
 * [GPCS 10] [Amendment D 5.6]
 *
 * none --INITIALIZE UPDATE--> begun --EXTERNAL AUTHENTICATE--> open
 * none --the first C-MAC, where initiation is implicit--> open
 * open --a command that is not what the level demands--> aborted
 * none --INTERNAL or MUTUAL AUTHENTICATE of SCP11--> open
 * begun --the keys are replaced or deleted--> none
 * any --INITIALIZE UPDATE, selection, channel or card session ends--> none
 */
#ifndef DOMAINS_SESSION_H
#define DOMAINS_SESSION_H

#include "domains/registry.h"

/* Beside SCP_C_MAC and so on; ANY: by another than the domain's provider. */
enum { LEVEL_AUTHENTICATED = 0x80, LEVEL_ANY = 0x40 };

/* The channel of the command in hand. */
struct domain_channel *domain_here(struct domain *d);

/* Ends the session of a channel and all that hangs on it; keys are wiped. */
void domain_end_session(struct domain *d, uint8_t channel);

/* Ends those of all channels that are this domain's, or have its keys. */
void domain_end_sessions_of(struct domain *d, uint16_t domain);

/*
 * Ends what INITIALIZE UPDATE began on any channel, and nobody has opened yet,
 * with keys of this version of a domain's: they go, or others take their place.
 */
void domain_end_begun(struct domain *d, uint16_t domain, uint8_t version);

/* Wipes what waits on a channel for the rest of its item. */
void domain_forget_waiting(struct domain *d, uint8_t channel);

/* Ends personalisation and gathered data of a channel. */
void domain_end_personalization(struct domain *d, uint8_t channel);

/*
 * INITIALIZE UPDATE for `domain`, asked by the application `aid`.  6A88 when
 * the keys are missing, 6985 when their counter is used up, 6983 when too many
 * authentications failed.
 */
sw_t domain_begin_session(struct domain *d, uint16_t domain, struct span aid,
                          const struct io_command *c, struct buf *response);

/*
 * EXTERNAL AUTHENTICATE as received.  6300: the cryptogram is wrong; 6985: the
 * count of the keys has opened another session since this one was begun, or
 * they are no longer those that open the domain's; 6983: too many
 * authentications failed since.
 */
sw_t domain_authenticate(struct domain *d, uint16_t domain,
                         struct span command);

/*
 * Current security level [GPCS 10.6] of this channel's session if it is the
 * domain's; 00 otherwise.  After SCP11b it has neither LEVEL_AUTHENTICATED
 * nor LEVEL_ANY.
 */
uint8_t domain_level(const struct domain *d, uint16_t domain);

/* Whether too many authentications with the keys of `holder` failed; told. */
bool domain_is_blocked(const struct domain *d, uint16_t holder);

/* Whether a protected command may open a session [GPCS E.1.2.2]. */
bool domain_opens_implicitly(const struct domain *d, uint16_t domain);

/*
 * Checks and decrypts a command to `domain` or to an application of it, `aid`,
 * in place; *n becomes its new length.  A plain one is left alone when no
 * session is open; a protected one opens a session then if the domain has keys
 * for implicit initiation.  6982 when it does not, and when the command is not
 * what the level demands: the session is aborted.  6985: the counter of the
 * keys is used up; 6983: too many authentications failed.
 */
sw_t domain_unwrap(struct domain *d, uint16_t domain, struct span aid,
                   uint8_t *bytes, size_t *n);

/*
 * BEGIN and END R-MAC SESSION [GPCS E.5.3, E.5.4] in the channel's session;
 * `command` is plain.  6985: responses are protected already, or commands less;
 * 6A88: no R-MAC session is in progress; 6A86, 6A80.
 */
sw_t domain_r_mac_begin(struct domain *d, struct span command);
sw_t domain_r_mac_end(struct domain *d, struct span command,
                      struct buf *response);

#endif
