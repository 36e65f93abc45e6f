/*
 * Where the server's keys live.  Everything that needs a card's secret key
 * happens behind this border, so that a PKCS#11 module in a process of its own
 * can stand there; the file of keyfile.h is one such place.
 *
 * A key set is named by its master keys and its version, and belongs to a
 * card's security domain: the card's own keys follow from these by
 * diversification.  Calls return 0, GP_ERR_NOT_FOUND (no such master keys),
 * GP_ERR_CARD_AUTH (the card's cryptogram is not of these keys), or another
 * GP_ERR_.  No key leaves; session keys do, they live as long as the session.
 */
#ifndef SERVER_KEYS_H
#define SERVER_KEYS_H

#include <stdbool.h>

#include <gp/commands.h>
#include <gp/keys.h>

#include "server/store.h"

/* One key set of one security domain of one card. */
struct srv_key_ref {
    const struct srv_key_id *id;
    const uint8_t *kdd; /* SRV_KDD_SIZE bytes, as the card gave them */
    struct span aid;    /* of the domain; empty: the issuer's */
};

struct srv_keys_ops {
    /* Whether there are master keys of this name that serve this version. */
    bool (*has)(void *ctx, const struct srv_key_id *id);
    /*
     * Derives the session keys and checks the card's cryptogram; writes
     * init->card_cryptogram's expectation, so *init is used once a call.
     */
    int (*begin)(void *ctx, const struct srv_key_ref *ref,
                 const struct scp_init *init, struct scp_session *out);
    /*
     * Wraps a key set for a card: PUT KEY of it, for the open session
     * `session`; `replaces` is the version that goes, or 00.
     */
    int (*put)(void *ctx, const struct srv_key_ref *ref,
               const struct scp_session *session, uint8_t replaces,
               struct buf *out);
    /* Checks what the card answered to that. */
    int (*put_check)(void *ctx, const struct srv_key_ref *ref,
                     struct span answer);
    /*
     * Encrypts what the store keeps for a while (personalisation data); *out
     * is the caller's to free.  `open` gives it back, GP_ERR_KEYS when it was
     * changed.
     */
    int (*seal)(void *ctx, struct span plain, uint8_t **out, size_t *n);
    int (*open)(void *ctx, struct span sealed, uint8_t **out, size_t *n);
    /* Wipes and frees `ctx`. */
    void (*close)(void *ctx);
};

struct srv_keys {
    const struct srv_keys_ops *ops;
    void *ctx;
};

/* Closes; `keys` is then empty. */
static inline void srv_keys_close(struct srv_keys *keys)
{
    if (keys->ops != NULL)
        keys->ops->close(keys->ctx);
    *keys = (struct srv_keys){NULL, NULL};
}

#endif
