/*
 * Management sessions of terminals: a Report goes in, an Order comes out, and
 * a Report that comes twice is answered from the store, so that nothing is
 * done twice.  No transport: HTTP calls this, and so do tests.
 */
#ifndef SERVER_SESSION_H
#define SERVER_SESSION_H

#include "server/engine.h"
#include "server/problem.h"

/* A new session's identifier: 128 random bits. */
int srv_session_open(struct srv_store *store, bool once, char id[SRV_ID_SIZE]);

/* Takes the Handshake Command; the answer is the caller's. */
json_t *srv_session_handshake(struct srv_store *store, const char *id,
                              const json_t *message, struct srv_problem *p);

/*
 * Takes a Report.  *answer is the Order's text, the caller's to free; it is in
 * the store before it is returned.  With `may_wait` an Order that says nothing
 * is not made: *answer is then NULL, and the caller asks again with the same
 * Report when something was ordered or the time is up.
 */
int srv_session_report(struct srv_engine *engine, struct srv_store *store,
                       const char *id, const json_t *message, bool may_wait,
                       char **answer, struct srv_problem *p);

#endif
