/*
 * The application server as a whole: a folder with its database, its encrypted
 * key file and its two tokens, and a port of the loopback.
 *
 *   DIR/postcard.db     the store
 *   DIR/keys            master keys, encrypted under the passphrase
 *   DIR/admin.token     for the REST interface and the console (mode 0600)
 *   DIR/terminal.token  for terminals (mode 0600)
 */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include <gp/error.h>

/* A key file (gp/keys.h) whose keys become master keys called `name`. */
struct srv_import {
    const char *name;
    const char *source;
};

struct srv_config {
    const char *dir;             /* made if it is not there */
    const char *listen;          /* "127.0.0.1:8080"; port 0: any free one */
    const char *passphrase_file; /* NULL: the environment's, or DIR's own */
    const struct srv_import *imports;
    unsigned import_count;
};

struct srv_server;

/*
 * Opens everything and listens.  The passphrase is the first line of
 * `passphrase_file`, or the variable POSTCARD_PASSPHRASE, or, with neither,
 * that of DIR/passphrase, which is made at random (mode 0600): then the key
 * file is as safe as the folder.  GP_ERR_KEYS, GP_ERR_FILE, GP_ERR_CONNECT
 * (the port), GP_ERR_IN_USE (another server has the folder), GP_ERR_ARGUMENT.
 */
int srv_server_open(const struct srv_config *config, struct srv_server **out,
                    struct gp_why *why);

/* The port it listens on. */
unsigned srv_server_port(const struct srv_server *server);

/* The address it listens on, with port. */
const char *srv_server_address(const struct srv_server *server);

/* Answers requests until `stop_fd` can be read.  0, GP_ERR_IO. */
int srv_server_run(struct srv_server *server, int stop_fd);

/* Closes all; *server becomes NULL. */
void srv_server_close(struct srv_server **server);

#endif
