/*
 * A card that answers what it supports: a copy of one, with an applet of ours
 * (applets/algorithms) that makes whatever it is asked for.
 */
#ifndef CLI_PROBE_H
#define CLI_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cli_probe;

enum { CLI_PROBE_KINDS = 3 }; /* of memory: persistent, deselect, reset */

enum cli_probe_outcome { /* the applet's numbers */
                         CLI_PROBE_MADE = 0,
                         CLI_PROBE_THREW_CRYPTO,
                         CLI_PROBE_THREW_SYSTEM,
                         CLI_PROBE_THREW_OTHER,
};

struct cli_probe_answer {
    uint16_t sw; /* 9000, or nothing below is told */
    uint8_t outcome;
    int16_t reason;
    int32_t taken[CLI_PROBE_KINDS]; /* bytes of memory, if made */
    double seconds;
};

struct cli_probe_system {
    uint16_t version; /* 0302 for 3.2 */
    bool deletes_objects;
    uint16_t commit_capacity;
    uint16_t block_in;
    uint16_t block_out;
    uint8_t protocol;
    uint8_t node_address;
    uint32_t available[CLI_PROBE_KINDS];
};

/*
 * The card in the image `path`, which stays as it is; NULL: a new card in
 * memory.  Returns EXIT_DONE with *out for cli_probe_close(), or tells what is
 * in the way and returns the status to end with.
 */
int cli_probe_open(const char *path, struct cli_probe **out);

/* Sets *p to NULL. */
void cli_probe_close(struct cli_probe **p);

/*
 * Asks for one thing: INS and data are the applet's.  False when the card is
 * mute, which ends everything.
 */
bool cli_probe_ask(struct cli_probe *p, uint8_t ins, const uint8_t *data,
                   size_t n, struct cli_probe_answer *out);

/* What JCSystem and APDU say of the card; false when they do not. */
bool cli_probe_system(struct cli_probe *p, struct cli_probe_system *out);

/* Answer To Reset, at most 33 bytes; returns their number. */
size_t cli_probe_atr(const struct cli_probe *p, uint8_t atr[33]);

#endif
