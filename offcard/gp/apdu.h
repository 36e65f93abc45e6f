/* Building one plain command around a data field of unknown length. */
#ifndef OFFCARD_GP_APDU_H
#define OFFCARD_GP_APDU_H

#include <gp/commands.h>

/* A command being built; the data go to `data`. */
struct apdu {
    struct buf *out;
    size_t start;
    struct buf data;
    enum err err; /* the first thing that failed */
    uint8_t head[4];
    bool le;
    uint8_t bytes[255];
};

/* Starts a command; `le` asks for all response data. */
void apdu_begin(struct apdu *a, struct buf *out, const uint8_t head[4],
                bool le);

/* Appends to the data field; failures are kept until apdu_end. */
void apdu_put(struct apdu *a, struct span s);
void apdu_put_u1(struct apdu *a, uint8_t v);
void apdu_put_lv(struct apdu *a, struct span s);
void apdu_put_tlv(struct apdu *a, uint16_t tag, struct span s);
/* A length as GlobalPlatform codes it: one byte, 81 xx or 82 xxxx. */
void apdu_put_length(struct apdu *a, size_t n);

/* Writes the whole command; 0 or GP_ERR_. */
int apdu_end(struct apdu *a);

#endif
