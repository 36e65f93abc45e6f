/*
 * What the measuring programs share: a card in plain memory, the clock,
 * medians, and the table.
 *
 * Every figure is the median of BENCH_ROUNDS rounds; bench_machine() measures
 * the machine in the same run, so that figures of two runs can be compared.
 */
#ifndef BENCH_COMMON_H
#define BENCH_COMMON_H

#include <stddef.h>
#include <stdint.h>

#include <card/card.h>
#include <gp/capfile.h>
#include <gp/content.h>
#include <gp/session.h>

#include "ports/openssl/crypto_openssl.h"
#include "ports/posix/memory.h"

enum {
    BENCH_ROUNDS = 9,
    BENCH_NV_SIZE = 512 * 1024,
    BENCH_SCRATCH = 256 * 1024,
    BENCH_CODE = 256 * 1024,
};

/* A card in plain memory, and a transport to it that counts. */
struct bench {
    struct gp_transport transport;
    struct posix_memory nv;
    struct card_port port;
    struct crypto_port crypto;
    struct port_openssl *openssl;
    struct card *card;
    unsigned long apdus;
    unsigned long bytes; /* on the wire, both ways */
    uint8_t response[CARD_APDU_MAX];
};

/* Prints "bench: `what`" to standard error and ends the program with 1. */
void bench_die(const char *what);

/* A new card with the well-known test keys (SCP03, AES 128), powered on. */
void bench_open(struct bench *b);
void bench_close(struct bench *b);

/* Seconds of a monotonic clock. */
double bench_now(void);

/* Seconds that processors worked for this process: what others make of a
 * shared machine does not count. */
double bench_worked(void);

/* The median of n values; their order changes. */
double bench_median(double *values, int n);

/*
 * Seconds that one of `count` runs of `f` takes: the median of BENCH_ROUNDS
 * rounds, after a round that is not counted.
 */
double bench_time(void (*f)(void *ctx), void *ctx, int count);

/* Transmits and takes no answer but 90xx: dies otherwise. */
void bench_send(struct bench *b, const uint8_t *command, size_t n);

/* SELECT of the card domain, without a name. */
extern const uint8_t bench_select_isd[5];

/* A struct bench: its card from card_init() to the answer to that SELECT. */
void bench_from_nothing(void *ctx);

/* Seconds of one such exchange, as bench_time. */
double bench_exchange(struct bench *b, const uint8_t *command, size_t n,
                      int count);

/* Opens a session with the card domain at a security level; dies on refusal. */
void bench_session(struct bench *b, struct gp_session *s, uint8_t level);

/* Loads a CAP file and installs its first applet, in the session. */
void bench_install(struct gp_session *s, const struct gp_capfile *cap);

/* The same of a CAP file by name, in a session of its own; dies. */
void bench_install_file(struct bench *b, const char *path);

/* Seconds of one AES block and of copying 4 KiB: what this machine is worth. */
double bench_aes_block(struct bench *b);
double bench_copy(void);

/* One row: what, how much, in which unit. */
void bench_row(const char *what, double value, int decimals, const char *unit);

/* The last rows of every table: the machine, in this run. */
void bench_machine(struct bench *b);

#endif
