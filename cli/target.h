/*
 * What every verb that talks to a card shares: the options that say which card
 * and which keys, and the card itself.
 */
#ifndef CLI_TARGET_H
#define CLI_TARGET_H

#include <getopt.h>
#include <stdbool.h>

#include <gp/content.h>
#include <gp/session.h>

struct port_openssl;

/* Zero before cli_parse; closed by cli_close. */
struct cli_target {
    const char *card;        /* --card FILE */
    const char *connect;     /* --connect HOST:PORT */
    const char *reader;      /* --reader NAME; else the only one with a card */
    const char *keys;        /* --keys SOURCE; else the test key */
    const char *seed;        /* --seed TEXT */
    struct gp_aid via;       /* --via AID; else the issuer security domain */
    uint8_t kvn;             /* --kvn HEX */
    uint8_t level;           /* --level HEX */
    uint8_t protocol;        /* --scp 01|02|03 */
    uint8_t variant;         /* --scp 11a|11b|11c: SCP11_A, _B, _C */
    uint8_t diversification; /* --div METHOD */
    bool diversify;          /* --div was given */
    bool trace;              /* --trace */
    bool json;               /* --json */

    bool warned; /* of the test key, once */
    struct gp_transport *transport;
    struct port_openssl *openssl;
    struct crypto_port crypto;
    struct gp_session session;
};

/* A verb's own options: takes `code`; 0, or EXIT_USAGE after a message. */
typedef int cli_option(void *ctx, int code, const char *argument);

/* Lines for a verb's --help about the options above. */
extern const char cli_target_help[];

/*
 * Reads all options, those of the target and the verb's `own` (ended by a
 * zero entry; codes from 1 to 62).  --help prints `help` and cli_target_help.
 * Returns -1 when the verb goes on with argv[optind], else an exit status.
 */
int cli_parse(int argc, char **argv, struct cli_target *t, const char *help,
              const struct option *own, cli_option *take, void *ctx);

/* Before keys are read or made: a core file would hold them. */
void cli_no_core(void);

/* The library of algorithms, for what needs no card; an exit status. */
int cli_need_crypto(struct cli_target *t);

/* Opens the card; EXIT_DONE, or EXIT_NO_CARD after a message. */
int cli_open(struct cli_target *t);

/* Opens the card if it is not open, and a secure channel; an exit status. */
int cli_open_session(struct cli_target *t);

/* Wipes, closes, frees. */
void cli_close(struct cli_target *t);

/*
 * The exit status for what the library returned, after a message made of
 * `why` (or of the result) and what to do about it.
 */
int cli_fail(int result, const struct gp_why *why);

/* The same with other advice, if there is any. */
int cli_fail_advised(int result, const struct gp_why *why, const char *advice);

/* Into *why: that this command was refused, with the status word in words. */
void cli_refused(struct gp_why *why, int result, const char *command);

/*
 * The card whose own reason cli_fail() adds, where it says one; NULL: none.
 * The caller takes it back before the transport is freed.
 */
void cli_fail_card(const struct gp_transport *card);

/* One hexadecimal byte; EXIT_DONE, or EXIT_USAGE after a message. */
int cli_byte(const char *option, const char *text, uint8_t *out);

/* An AID in hexadecimal; the same. */
int cli_aid(const char *option, const char *text, struct gp_aid *out);

/* Any hexadecimal bytes into the caller's buffer; the same. */
int cli_hex(const char *option, const char *text, struct buf *out);

/* A progress bar on standard error when that is a terminal. */
extern const struct gp_progress cli_progress;

#endif
