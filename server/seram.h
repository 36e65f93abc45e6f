/*
 * GlobalPlatform SERAM 2.0 messages as JSON: reads what agents send, in every
 * spelling that the published text gives, and writes what its schema says.
 * Our own members are optional and may be ignored by the other side; they are
 * described in docs/seram.md.
 */
#ifndef SERVER_SERAM_H
#define SERVER_SERAM_H

#include "server/order.h"
#include "server/problem.h"
#include "server/store.h"

/*
 * Reads a Handshake Command into the session row (secure element, whether the
 * agent knows stopOnSW).  406 when nothing that it offers is provided.
 */
int srv_seram_handshake(const json_t *message, struct srv_session_row *out,
                        struct srv_problem *p);

/* The Handshake Response. */
json_t *srv_seram_handshake_answer(void);

/*
 * Reads a Report; the responses' bytes are owned by *out (srv_report_free,
 * also after a failure).
 */
int srv_seram_report(const json_t *message, struct srv_report *out,
                     struct srv_problem *p);

/* The Order as it is sent to the agent of `session`. */
json_t *srv_seram_order(const struct srv_order *order,
                        const struct srv_session_row *session);

#endif
