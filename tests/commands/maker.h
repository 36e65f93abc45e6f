/* A command in the making: its choices, its header and its data field. */
#ifndef COMMANDS_MAKER_H
#define COMMANDS_MAKER_H

#include "tests/commands/genes.h"
#include "tests/commands/grammar.h"

enum { MAKER_DATA_MAX = 1200 };

struct maker {
    struct grammar *g;
    struct genes genes;
    uint8_t channel;
    uint8_t head[4];
    uint8_t bytes[MAKER_DATA_MAX];
    struct buf data;
    uint8_t le;
};

/* Begins a command with this header on the step's channel. */
void maker_start(struct maker *m, uint8_t cla, uint8_t ins, uint8_t p1,
                 uint8_t p2);

/* Bytes; what has no room is left out. */
void maker_put(struct maker *m, const uint8_t *p, size_t n);
void maker_byte(struct maker *m, uint8_t byte);

/* A length as BER codes it, seldom another. */
void maker_length(struct maker *m, size_t n);
/* Length and value. */
void maker_field(struct maker *m, const uint8_t *p, size_t n);
/* Tag of one or two bytes, length and value. */
void maker_tlv(struct maker *m, uint16_t tag, const uint8_t *p, size_t n);

/* Opens a field or TLV whose length is filled in by maker_close(): below 80,
 * or its first bytes are what it says. */
size_t maker_open(struct maker *m, uint16_t tag); /* 0: no tag */
void maker_close(struct maker *m, size_t mark);

/* An AID of somebody on the card, of nobody, or none; returned, 0..16 bytes. */
struct span maker_aid(struct maker *m);
struct span maker_domain(struct maker *m);
struct span maker_application(struct maker *m);
struct span maker_package(struct maker *m);

/*
 * Sends it, protected as the channel's session demands, seldom otherwise; in
 * pieces or extended where it is long.  The status word.
 */
sw_t maker_send(struct maker *m);

/* ---- one function a kind of step ---- */

void step_select(struct maker *m);
void step_channel(struct maker *m);
void step_session(struct maker *m);
void step_install(struct maker *m);
void step_load(struct maker *m);
void step_load_block(struct maker *m);
void step_combined(struct maker *m);
void step_delete(struct maker *m);
void step_upgrade(struct maker *m);
void step_delete_keys(struct maker *m);
void step_put_key(struct maker *m);
void step_store_data(struct maker *m);
void step_store_keys(struct maker *m);
void step_confidential(struct maker *m);
void step_get_data(struct maker *m);
void step_get_status(struct maker *m);
void step_set_status(struct maker *m);
void step_scp11(struct maker *m);
void step_r_mac(struct maker *m);
void step_applet(struct maker *m);
void step_anything(struct maker *m);
void step_reset(struct maker *m);

#endif
