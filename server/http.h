/* HTTP on one port, one thread: requests to srv_rest_answer, and long polls. */
#ifndef SERVER_HTTP_H
#define SERVER_HTTP_H

#include <sys/socket.h>

#include <gp/error.h>

#include "server/rest.h"

struct srv_http;

/* Listens; `service` outlives it.  GP_ERR_CONNECT. */
int srv_http_open(struct srv_service *service, const struct sockaddr *address,
                  struct srv_http **out);

/* The port it listens on. */
unsigned srv_http_port(const struct srv_http *http);

/* Answers requests until `stop_fd` can be read.  0, GP_ERR_IO. */
int srv_http_run(struct srv_http *http, int stop_fd);

/* Closes connections, frees; *http becomes NULL. */
void srv_http_close(struct srv_http **http);

#endif
