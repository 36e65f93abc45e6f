/*
 * Requests to a Postcard server: of the terminal, and of the command line's
 * clients.  Redirections are not followed: a token goes to the server that was
 * named, and to no other.
 */
#ifndef TERMINAL_HTTP_H
#define TERMINAL_HTTP_H

#include <stddef.h>

#include <gp/error.h>

#include "base/span.h"

struct term_http;

enum {
    TERM_ANSWER_MAX = 16 << 20, /* a longer answer is refused */
    TERM_TOKEN_MAX = 256,
    TERM_TIMEOUT = 40, /* seconds: SERAM's long poll is 30 */
};

/*
 * Nothing is sent yet.  `server` is http://HOST:PORT or https://HOST, as a
 * user gives it; `token` goes with every request (NULL: none).
 * GP_ERR_ARGUMENT for another kind of address; GP_ERR_MEMORY.
 */
int term_http_open(const char *server, const char *token,
                   struct term_http **out, struct gp_why *why);

/* Wipes the token; *http becomes NULL, and may be NULL. */
void term_http_close(struct term_http **http);

/* One answer; `text` ends with a NUL that n does not count. */
struct term_answer {
    long status; /* of HTTP */
    char *text;  /* owned */
    size_t n;
};

/* Frees the text. */
void term_answer_free(struct term_answer *answer);

/*
 * One request: `path` begins with '/'; `body` of `type` when type is not NULL.
 * 0 whatever the status is; GP_ERR_CONNECT when there was no whole answer, with
 * the reason; GP_ERR_LIMIT for one too long.
 */
int term_http_request(struct term_http *http, const char *method,
                      const char *path, const char *type, struct span body,
                      struct term_answer *answer, struct gp_why *why);

/*
 * The server's own words for a refusal: "message (where)" of its error object,
 * else the status.
 */
void term_answer_why(const struct term_answer *answer, struct gp_why *why);

/*
 * A token from a file: its first line.  GP_ERR_FILE, GP_ERR_KEYS when there is
 * none in it.
 */
int term_token_read(const char *path, char token[TERM_TOKEN_MAX],
                    struct gp_why *why);

#endif
