/*
 * Command and response APDUs: taken apart, chained and cut to size.  Pure: it
 * knows no applet and keeps only what chaining needs.  [ISO 7816-4 5]
 */
#ifndef IO_IO_H
#define IO_IO_H

#include <stdbool.h>
#include <stdint.h>

#include <card/config.h>

#include "base/span.h"
#include "base/sw.h"

struct io_command {
    uint8_t cla;
    uint8_t ins;
    uint8_t p1;
    uint8_t p2;
    struct span data;
    uint32_t ne;   /* bytes expected at most; 0: no Le */
    bool extended; /* lengths in the extended form */
    bool has_le;
    uint8_t channel; /* from cla; FF when cla is invalid */
    uint8_t secure;  /* secure messaging bits of cla, 0: none */
    bool chained;    /* more commands of this chain follow */
};

/*
 * Takes a command apart.  6700 when lengths and bytes disagree; then only the
 * header fields that were there are set.
 */
sw_t io_parse(struct span bytes, struct io_command *c);

/* The CLA byte without channel bits: first interindustry or 80 class. */
uint8_t io_cla_base(uint8_t cla);

/*
 * Chaining state of one card [ISO 7816-4 5.3.3, 5.3.4; GPCS 11.1.5]: commands
 * of a chain gathered, a response kept for GET RESPONSE.
 */
struct io {
    uint8_t gathered[CARD_APDU_MAX];
    uint32_t gathered_length;
    uint8_t chain_header[4];
    bool chain_open;
    uint8_t kept[CARD_APDU_MAX];
    uint32_t kept_length;
    uint32_t kept_at;
    sw_t kept_sw;
};

void io_reset(struct io *io);

#endif
