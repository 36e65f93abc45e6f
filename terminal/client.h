/* The management side of a server, for the command line: JSON in and out. */
#ifndef TERMINAL_CLIENT_H
#define TERMINAL_CLIENT_H

#include <jansson.h>

#include "terminal/http.h"

/*
 * `server` and `token_file` as on the command line; NULL is
 * GP_ERR_ARGUMENT with a sentence that names the option.
 */
int term_client_open(const char *server, const char *token_file,
                     struct term_http **out, struct gp_why *why);

/*
 * One request with a JSON body (NULL: none; not freed).  *out is the answer,
 * the caller's, when the server accepts.  GP_ERR_CANCELLED: it refuses, *why
 * has its words; GP_ERR_NOT_FOUND: the same with status 404; GP_ERR_CONNECT;
 * GP_ERR_PROTOCOL: no JSON.
 */
int term_client_json(struct term_http *http, const char *method,
                     const char *path, const json_t *body, json_t **out,
                     struct gp_why *why);

/* The same with a body of bytes. */
int term_client_bytes(struct term_http *http, const char *path,
                      struct span body, json_t **out, struct gp_why *why);

/*
 * The list in an answer: the answer itself, or its member `name`; NULL when
 * there is none.  Borrowed.
 */
const json_t *term_client_list(const json_t *answer, const char *name);

/* Text as it may stand in a query; the caller's to free. */
char *term_client_escape(const char *text);

#endif
