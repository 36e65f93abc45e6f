/* A server on the loopback interface that answers as a test says. */
#ifndef TERMINAL_TEST_LOOPBACK_H
#define TERMINAL_TEST_LOOPBACK_H

#include <stddef.h>

struct loopback;

/*
 * Answers one request: returns the HTTP status and *text (static), or 0 to cut
 * the connection without an answer.
 */
typedef int loopback_answer(void *ctx, const char *path, const char *body,
                            const char **text);

/* Listens; NULL when it cannot.  `answer` runs in the server's one thread. */
struct loopback *loopback_start(loopback_answer *answer, void *ctx);

/* "http://127.0.0.1:PORT" */
const char *loopback_address(const struct loopback *l);

void loopback_stop(struct loopback *l);

#endif
