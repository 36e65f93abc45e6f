/* Cards of the tests of card/domains, and the example that they load. */
#ifndef UNIT_DOMAINS_UNIT_H
#define UNIT_DOMAINS_UNIT_H

#include "tests/apdu/host.h"

enum { UNIT_MEMORY = 160 * 1024 };

/* Where the examples' CAP files are. */
extern const char *unit_cap_folder;

/* A card with the key sets of host_profile(), that is whole when it closes. */
void unit_open(struct host *h, bool both);
void unit_close(struct host *h);

/* Fails the test when card check finds anything. */
void unit_check(struct host *h);

/* The wallet's load file; with its applet F0504F53540101, too. */
sw_t unit_load_wallet(struct host *h);
sw_t unit_install_wallet(struct host *h);

/* Bytes that count up from `first`. */
void unit_fill(uint8_t *p, uint8_t first, size_t n);

#endif
