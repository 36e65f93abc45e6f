/*
 * What the engine and a terminal tell each other, free of any encoding: an
 * Order carries commands, a Report what came of them.
 */
#ifndef SERVER_ORDER_H
#define SERVER_ORDER_H

#include <stdbool.h>

#include <gp/commands.h>

enum {
    SRV_COMMANDS_MAX = 64,        /* of one Order */
    SRV_SCRIPT_BYTES_MAX = 32768, /* of all its commands */
    SRV_GROUPS_MAX = 8,
    SRV_RESPONSE_MAX = 65538,
};

enum srv_order_kind {
    SRV_ORDER_SCRIPT, /* commands for the card */
    SRV_ORDER_WAIT,   /* nothing now: poll again */
    SRV_ORDER_STOP,   /* nothing more: the session ends */
};

struct srv_command {
    uint16_t n;
    uint8_t p[GP_APDU_SHORT_MAX];
};

/* Commands that are executed one after the other. */
struct srv_group {
    unsigned first; /* index of its first command */
    unsigned count;
    bool stop; /* the agent stops unless the status word is 9xxx */
};

struct srv_order {
    enum srv_order_kind kind;
    int64_t seq;
    char notice[240]; /* for the terminal's log; "" none */
    bool refused;     /* STOP: because of an error, told in `notice` */
    unsigned command_count;
    struct srv_command commands[SRV_COMMANDS_MAX];
    unsigned group_count;
    struct srv_group groups[SRV_GROUPS_MAX];
};

enum srv_report_status {
    SRV_REPORT_POLLING,
    SRV_REPORT_PROCESSED,
    SRV_REPORT_UNAVAILABLE,
    SRV_REPORT_FAILURE,
    SRV_REPORT_UNGRANTED,
};

struct srv_response {
    bool present;
    struct span bytes; /* with the status word */
};

struct srv_report {
    enum srv_report_status status;
    bool has_seq;
    int64_t seq;     /* of the Order that it answers */
    bool card_reset; /* the card lost its power since the Order */
    char error[240];
    unsigned group_count; /* as the groups of the Order */
    struct {
        unsigned count;
        struct srv_response responses[SRV_COMMANDS_MAX];
    } groups[SRV_GROUPS_MAX];
    uint8_t *memory; /* of the responses; owned */
};

/* Frees what a report owns. */
void srv_report_free(struct srv_report *report);

#endif
