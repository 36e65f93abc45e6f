/*
 * Persistent memory whose power can be cut at any program, also part-way
 * through it: the medium that tear tests run on.
 *
 * A cut inside a program leaves each bit that differs old, new or unstable,
 * as a seeded generator decides; an unstable bit reads differently after each
 * power-on until it is programmed again.  While power is off every program
 * fails.
 */
#ifndef FAULTS_FAULTS_H
#define FAULTS_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

#include <card/port.h>

enum faults_tear {
    FAULTS_WHOLE,    /* the program does not begin */
    FAULTS_PARTIAL,  /* a prefix of its bits is new */
    FAULTS_BITS,     /* each bit old or new */
    FAULTS_UNSTABLE, /* each bit old, new or unstable */
    FAULTS_DONE,     /* the program completes, then power goes */
};
enum { FAULTS_TEARS = 5 };

/* For faults_tear: some number of bits that the generator picks. */
#define FAULTS_ANY_BITS 0xFFFFFFFFu

struct faults {
    uint32_t size;
    uint8_t *bytes;      /* size: what is read */
    uint8_t *unstable;   /* size: mask of unstable bits, */
    uint32_t torn_first; /* none of them set outside these bounds */
    uint32_t torn_end;
    uint64_t programs; /* programs since faults_open */
    uint64_t cut_at;   /* the program that is cut, counted from 1; 0: none */
    enum faults_tear tear;
    bool fails; /* instead of a cut: program cut_at fails, power stays */
    bool off;   /* power has gone */
    uint64_t random;
    /* Sees each program before it takes effect; NULL: nobody. */
    void (*watch)(void *ctx, uint32_t offset, const uint8_t *bytes, uint32_t n);
    void *watch_ctx;
};

/* Zeroed memory of `size` bytes; false when there is none.  free by close. */
bool faults_open(struct faults *f, uint32_t size, uint64_t seed);
void faults_close(struct faults *f);

/* Fills in ctx and the nv fields of `port`; `f` must outlive it. */
void faults_bind(struct faults *f, struct card_port *port);

/* Cuts (or fails) the n-th program from now on; 0: none. */
void faults_arm(struct faults *f, uint64_t n, enum faults_tear tear,
                bool fails);

/*
 * Leaves what a program of these n bytes at `offset` leaves when power goes in
 * it.  `bits`: of FAULTS_PARTIAL, how many bits are new, counted from the
 * lowest bit of the first byte.  Power is off then.
 */
void faults_tear(struct faults *f, enum faults_tear tear, uint32_t bits,
                 uint32_t offset, const uint8_t *bytes, uint32_t n);

/* Whether any bit in these n bytes is unstable. */
bool faults_unstable(const struct faults *f, uint32_t offset, uint32_t n);

/* Power comes back: unstable bits read anew, nothing is armed. */
void faults_power_on(struct faults *f);

/* Copies the memory of `from` (same size) with its unstable bits. */
void faults_copy(struct faults *to, const struct faults *from);

#endif
