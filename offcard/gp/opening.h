/* Steps that every way of opening a session begins with. */
#ifndef OFFCARD_GP_OPENING_H
#define OFFCARD_GP_OPENING_H

#include <gp/session.h>

/*
 * One command outside a session; any answer but 9000 and 6283 is a failure and
 * its status word returned.  `what` names the command in *why.
 */
int gp_opening_exchange(struct gp_session *s, const char *what,
                        struct span command, struct buf *answer,
                        struct gp_why *why);

/* SELECT of the domain; the AID in its FCI becomes that of the session. */
int gp_opening_select(struct gp_session *s, const struct gp_aid *domain,
                      struct buf *answer, struct gp_why *why);

/*
 * i of a protocol by the card recognition data in the FCI: its items of tag 64
 * are object identifiers 1.2.840.114283.4.scp.i [GPCS H.2].  0: it is not told.
 */
uint8_t gp_opening_i(struct span fci, uint8_t protocol);

#endif
