/* What the card verbs share: image files opened, errors told, sizes read. */
#ifndef CLI_CARD_FILE_H
#define CLI_CARD_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ports/posix/posix_card.h"

/* The exit status for what opening or creating an image said. */
int cli_card_exit(enum posix_card_result result);

/* Splits "HOST:PORT" ("[::1]:80" too); false when it is not that. */
bool cli_host_port(const char *text, char *host, size_t n, uint16_t *port);

/* "512K", "1M", "65536"; false when it is not a size up to 2^31. */
bool cli_size(const char *text, uint32_t *bytes);

/*
 * Opens an image and powers its card on; tells the error and gives the exit
 * status when it cannot.
 */
int cli_card_start(const char *path, struct posix_card **out);

/* The same with a copy in memory: the image stays as it is, damage and all. */
int cli_card_look(const char *path, struct posix_card **out);

/* A new card of 1 MiB in memory, on; tells the error as the others do. */
int cli_card_blank(struct posix_card **out);

#endif
