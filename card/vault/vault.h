/*
 * Secrets at rest.  A card whose profile asks for it keeps the secret parts of
 * keys, the values of PINs and the like sealed in persistent memory [RFC 5297,
 * with AES-256] under a key of the card's own.  That key is itself in the card
 * only as sealed under the key that the port gives (card_port.wrapping_key),
 * and in the clear while the card is on, in volatile memory.
 *
 * The key of the vault:
 *
 *   off --vault_create, vault_unlock--> on --card_power_off--> off
 *
 * Off, as it always is in a card whose profile does not ask, what is stored is
 * the secret itself and takes its own size.  Nothing here writes persistent
 * memory: what is sealed is written as any other bytes are, wholly or not.
 */
#ifndef VAULT_VAULT_H
#define VAULT_VAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <card/config.h>
#include <card/port.h>

#include "base/span.h"

enum {
    VAULT_TAG = 16,
    VAULT_KEY = 64,
    VAULT_WRAPPED = VAULT_TAG + VAULT_KEY,
};

/* Whose secrets: the first part of a place. */
enum vault_kind {
    VAULT_OF_KEY = 1,
    VAULT_OF_PIN,
    VAULT_OF_BIO,
    VAULT_OF_DOMAIN,
    VAULT_OF_INSTALL, /* parameters of an application */
};

/*
 * Where a secret belongs: what was sealed for one place does not open at
 * another.  Two numbers that its kind chooses.
 */
struct vault_place {
    enum vault_kind kind;
    uint16_t a;
    uint16_t b;
};

struct vault {
    const struct card_port *port;
    bool on;
    uint8_t key[VAULT_KEY];
    uint32_t at;                 /* where the next secret goes, */
    uint8_t shown[CARD_SECRETS]; /* in these */
};

/* Sets the port; keeps all other state (used after a copy, too). */
void vault_bind(struct vault *v, const struct card_port *port);

/*
 * A new key, wrapped for the card to keep.  ERR_AUTH: the port has no wrapping
 * key; ERR_IO.
 */
NODISCARD enum err vault_create(struct vault *v,
                                uint8_t wrapped[VAULT_WRAPPED]);

/* ERR_AUTH: the port has no wrapping key, or another; ERR_IO. */
NODISCARD enum err vault_unlock(struct vault *v,
                                const uint8_t wrapped[VAULT_WRAPPED]);

/* Bytes that n secret ones take when they are stored. */
static inline size_t vault_room(const struct vault *v, size_t n)
{
    return v->on ? n + VAULT_TAG : n;
}

/* The same when at all is what is asked: bytes beyond the secret's own. */
static inline size_t vault_overhead(const struct vault *v)
{
    return vault_room(v, 0);
}

/*
 * What is to be stored of a secret: vault_room() bytes to `out`, which does not
 * overlap it.  The same secret at the same place gives the same bytes.  ERR_IO.
 */
NODISCARD enum err vault_put(const struct vault *v, struct vault_place place,
                             struct span secret, uint8_t *out);

/*
 * The secret of n bytes again, from the vault_room() bytes at `stored`; the
 * caller wipes it.  ERR_AUTH: they are not what vault_put() made for this
 * place, and `out` is zero; ERR_IO.
 */
NODISCARD enum err vault_get(const struct vault *v, struct vault_place place,
                             const uint8_t *stored, size_t n, uint8_t *out);

/*
 * The same, in memory of the vault's (or, off, where it is stored) which holds
 * until CARD_SECRETS - n further bytes have been shown, or vault_forget().
 * NULL as vault_get() fails, or n is more than CARD_SECRETS.
 */
const uint8_t *vault_show(struct vault *v, struct vault_place place,
                          const uint8_t *stored, size_t n);

/* Wipes what was shown: after each command. */
void vault_forget(struct vault *v);

#endif
