/*
 * A card with the probe applet (java/probe), which calls the methods of its
 * APDU in the order that a row puts down and keeps what each gave.
 */
#ifndef TESTS_APDU_PROBE_H
#define TESTS_APDU_PROBE_H

#include "tests/apdu/host.h"

enum { PROBE_EXCHANGES = 8, PROBE_BYTES = 40000 };

struct probe_exchange {
    const char *command; /* hexadecimal; *N: N bytes of 5A */
    const char *answer;
};

struct probe_row {
    const char *script; /* calls with their numbers: "length:4 send:0,2" */
    const char *log;    /* what each gave: value, !reason, x: something else */
    enum card_protocol protocol;
    bool is_long; /* the applet is one of extended lengths */
    struct probe_exchange exchanges[PROBE_EXCHANGES];
};

extern struct host probe_host;

/* The CAP file, to be set before probe_open() runs. */
extern const char *probe_cap;

/* Set up and tear down of a group: the card, with both applets. */
int probe_open(void **state);
int probe_close(void **state);

/* The bytes of a text as in an exchange; `bytes` has room for PROBE_BYTES. */
struct span probe_bytes(const char *text, uint8_t *bytes);

/* What the selected applet does with the next command. */
void probe_set_script(const char *text);

/* One exchange; a failure names the row's script. */
void probe_expect(const struct probe_row *row, const struct probe_exchange *x);

/* A row by itself: reset, script, exchanges, log. */
void probe_check(const struct probe_row *row);

/* All rows of an array. */
#define PROBE_CHECK(rows)                                                      \
    do {                                                                       \
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows)[0]; i++)            \
            probe_check(&(rows)[i]);                                           \
    } while (0)

#endif
