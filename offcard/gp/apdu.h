/* Building one plain command around a data field of unknown length. */
#ifndef OFFCARD_GP_APDU_H
#define OFFCARD_GP_APDU_H

#include <gp/commands.h>

/* A command being built; the data go to `data`. */
struct gp_apdu {
    struct buf *out;
    size_t start;
    struct buf data;
    enum err err; /* the first thing that failed */
    uint8_t head[4];
    bool le;
    uint8_t bytes[255];
};

/* Starts a command; `le` asks for all response data. */
void gp_apdu_begin(struct gp_apdu *a, struct buf *out, const uint8_t head[4],
                   bool le);

/* Appends to the data field; failures are kept until gp_apdu_end. */
void gp_apdu_put(struct gp_apdu *a, struct span s);
void gp_apdu_put_u1(struct gp_apdu *a, uint8_t v);
void gp_apdu_put_lv(struct gp_apdu *a, struct span s);
void gp_apdu_put_tlv(struct gp_apdu *a, uint16_t tag, struct span s);
/* A length as GlobalPlatform codes it: one byte, 81 xx or 82 xxxx. */
void gp_apdu_put_length(struct gp_apdu *a, size_t n);

/* Writes the whole command; 0 or GP_ERR_. */
int gp_apdu_end(struct gp_apdu *a);

#endif
