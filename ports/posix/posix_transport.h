/* A card image opened in this process, as a transport of the library. */
#ifndef POSIX_POSIX_TRANSPORT_H
#define POSIX_POSIX_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>

#include <gp/transport.h>

/*
 * Opens the image at `path`, powers its card on.  `durable` and `seed` as in
 * struct posix_card_options.  NULL on failure, with the reason in `why` (n
 * bytes) and, when `result` is not NULL, a GP_ERR_* there.
 */
struct gp_transport *port_posix_open_card(const char *path, bool durable,
                                          const char *seed, int *result,
                                          char *why, size_t n);

/*
 * What the card said about the last command beside its answer: the reason of a
 * refusal, in words.  Empty when it said nothing, and for any other transport.
 * Valid until the next command.
 */
const char *port_posix_card_said(const struct gp_transport *t);

#endif
