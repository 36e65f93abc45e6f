/*
 * A small card for the engine's tests: lib/securechannel in the card's role, a
 * registry, and a count of everything that was really done to it.
 */
#ifndef TESTS_SERVER_FAKE_CARD_H
#define TESTS_SERVER_FAKE_CARD_H

#include <stdbool.h>

#include <gp/commands.h>

#include "securechannel/scp.h"

enum { FAKE_APPS = 4, FAKE_FILES = 4, FAKE_DATA = 512, FAKE_BLOCK = 32768 };

struct fake_app {
    bool there;
    bool domain; /* a security domain */
    uint8_t state;
    struct gp_aid aid;
    struct gp_aid file;
    struct gp_aid owner; /* its security domain */
    uint8_t kvn;         /* domain: of its keys; 0: none */
    struct secret_scp_keys keys;
    uint8_t data[FAKE_DATA]; /* what STORE DATA brought */
    size_t size;
};

struct fake_file {
    bool there;
    struct gp_aid aid;
    struct gp_aid owner;
};

/* How often something happened, over all of the card's life. */
struct fake_counts {
    unsigned loads;
    unsigned installs;
    unsigned deletes;
    unsigned stores;
    unsigned put_keys;
    unsigned status_sets;
    unsigned refused_authentications;
};

struct fake_card {
    const struct crypto_port *crypto;
    uint8_t cin[8];
    uint8_t kdd[SCP_KDD_SIZE];
    uint8_t state; /* the card's */
    uint32_t sequence;
    struct fake_app isd;
    struct fake_app apps[FAKE_APPS];
    struct fake_file files[FAKE_FILES];
    struct fake_counts count;
    sw_t refuse_install; /* answered to INSTALL [for install]; 0: none */
    size_t page;         /* entries of one GET STATUS answer; 0: all */

    /* what a reset forgets */
    struct fake_app *selected;
    struct fake_app *personalized;
    struct scp_session session;
    bool loading;
    struct fake_file incoming;
    size_t received;
    size_t listed;
};

/* A card with the issuer's keys 40..4F under version 30, before diversifying.
 */
void fake_init(struct fake_card *card, const struct crypto_port *crypto,
               const struct secret_scp_keys *keys);

/* Forgets what a reset forgets. */
void fake_reset(struct fake_card *card);

/* One command and its answer, with status word. */
void fake_transmit(struct fake_card *card, struct span command,
                   struct buf *response);

/* By AID; NULL. */
struct fake_app *fake_find(struct fake_card *card, struct span aid);

#endif
