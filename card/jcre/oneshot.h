/*
 * The objects of the API's OneShot classes: temporary entry points, one of
 * each class, in volatile memory.  One is opened for a context and is closed
 * by close(), when the applet's entry point returns, and by a reset; nobody
 * else can use it meanwhile.  [JCAPI MessageDigest.OneShot, JCRE 6.2.1]
 *
 * free --jcre_oneshot_open--> open --jcre_oneshot_close--> free
 */
#ifndef JCRE_ONESHOT_H
#define JCRE_ONESHOT_H

#include <stdbool.h>
#include <stdint.h>

#include <card/config.h>

#include "heap/heap.h"

struct jcre;

enum jcre_oneshot {
    JCRE_ONESHOT_DIGEST,
    JCRE_ONESHOT_INITIALIZED_DIGEST,
    JCRE_ONESHOT_RANDOM,
    JCRE_ONESHOT_SIGNATURE,
    JCRE_ONESHOT_CIPHER,
    JCRE_ONESHOT_DERIVATION,
    JCRE_ONESHOTS,
};

enum { JCRE_ONESHOT_CELLS = 4 };

/* The volatile members of struct jcre. */
struct jcre_oneshots {
    uint8_t cells[JCRE_ONESHOTS][2 * JCRE_ONESHOT_CELLS];
    uint8_t context[JCRE_ONESHOTS]; /* who has it; 0: nobody */
    bool any;                       /* is open, or was since all were closed */
    uint16_t borrower; /* who has a state without an object; 0: nobody */
    uint8_t lent;      /* which one */
    uint16_t used[CARD_ONESHOTS];
    uint64_t states[CARD_ONESHOTS][CARD_ONESHOT_STATE / 8];
};

/* Makes them built-in objects of the heap; they stay open or free. */
void jcre_oneshot_bind(struct jcre *j);

/*
 * The object of a class, its cells zero, for `context`, and *state, the handle
 * of `state_size` zeroed bytes (a byte array of the runtime's; 0 for none).
 * 0: it is open, or no state is free.
 */
ref_t jcre_oneshot_open(struct jcre *j, enum jcre_oneshot which,
                        uint8_t context, uint32_t state_size, ref_t *state);

/* Whether a reference is one of these objects, and the context it is open
 * for, 0 for none. */
bool jcre_oneshot_is(const struct jcre *j, ref_t ref, uint8_t *context);

/* Wipes and frees an object and the state that was opened with it. */
void jcre_oneshot_close(struct jcre *j, ref_t ref, ref_t state);

/*
 * A state for what has no such object: a secure channel's message.  All of
 * CARD_ONESHOT_STATE bytes, zero when the instance `borrower` has it not yet.
 * NULL: none is free, or another instance has it.
 */
uint8_t *jcre_oneshot_lend(struct jcre *j, uint16_t borrower);

/* Wipes and frees it, if anybody has it. */
void jcre_oneshot_return(struct jcre *j);

/* All of that for all of them. */
void jcre_oneshot_close_all(struct jcre *j);

#endif
