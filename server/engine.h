/*
 * The session engine: what to send to a card next, and what its answers mean.
 * It knows no transport and no encoding; all that must outlive the process is
 * in the store, all that may be lost with it (session keys, what is on its
 * way) is here.
 *
 *   new --report--> IDENTIFY: SELECT, GET DATA, INITIALIZE UPDATE
 *   identified ----> INVENTORY: EXTERNAL AUTHENTICATE, GET STATUS
 *   inventory -----> WORK on the oldest open deployment, again INVENTORY ...
 *   nothing open --> STOP, or WAIT until something is ordered
 *
 * Invariants:
 *  1. A deployment is done when the card itself says so (GET STATUS, or the
 *     cryptogram of its new keys), never because a command was answered 9000.
 *  2. A step is marked as sent, in the same database transaction as the Order
 *     that carries it, before the Order is told to anybody.
 *  3. After a lost answer, a reset or a refusal nothing is assumed: a new
 *     channel, a new inventory.
 *  4. EXTERNAL AUTHENTICATE is sent only after the card's cryptogram was right.
 */
#ifndef SERVER_ENGINE_H
#define SERVER_ENGINE_H

#include "server/keys.h"
#include "server/order.h"
#include "server/store.h"

struct srv_engine;

/* All three outlive it. */
int srv_engine_new(struct srv_store *store, const struct srv_keys *keys,
                   const struct crypto_port *crypto, struct srv_engine **out);
/* Wipes the session keys; *engine becomes NULL. */
void srv_engine_free(struct srv_engine **engine);

/*
 * The next Order of a session, in which nothing is under way or the agent has
 * lost it: starts by identifying the card.
 */
int srv_engine_next_script(struct srv_engine *engine,
                           const struct srv_session_row *session,
                           struct srv_order *out);

/*
 * Takes the answers to Order `seq`, and gives the next one.  Needs an open
 * transaction of the store; when that is aborted, srv_engine_forget.  0,
 * GP_ERR_FILE.
 */
int srv_engine_report(struct srv_engine *engine,
                      const struct srv_session_row *session,
                      const struct srv_report *report, struct srv_order *out);

/* Drops what is known of a session beside the store. */
void srv_engine_forget(struct srv_engine *engine, const char *session);

/*
 * The card that a waiting session stands at, or NULL; what was ordered for it
 * is worked on by the next srv_engine_next_script.
 */
const char *srv_engine_card(const struct srv_engine *engine,
                            const char *session);

#endif
