/* One command of `apdu` or `script`, plain or through the secure channel. */
#ifndef CLI_EXCHANGE_H
#define CLI_EXCHANGE_H

#include "cli/target.h"

/*
 * Sends a command to the open target; through its session when `secure`.
 * `response` is emptied first.  A GP_ERR_, or 0 whatever the card says.
 */
int cli_exchange(struct cli_target *t, bool secure, struct span command,
                 struct buf *response);

/* Prints `mark` and the bytes in hexadecimal. */
void cli_print_bytes(const char *mark, struct span bytes);

/* Whether a pattern is hexadecimal digits and X, an even number of them. */
bool cli_pattern_valid(const char *text);

/* Whether the bytes are what a pattern says; X is any digit. */
bool cli_pattern_matches(const char *text, struct span bytes);

#endif
