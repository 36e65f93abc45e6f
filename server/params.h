/* What is ordered: one deployment, checked before anything is stored. */
#ifndef SERVER_PARAMS_H
#define SERVER_PARAMS_H

#include "server/keys.h"
#include "server/problem.h"
#include "server/store.h"

enum srv_kind {
    SRV_INSTALL, /* load, install, personalise an application version */
    SRV_DOMAIN,  /* create a security domain, put its first keys */
    SRV_ROTATE,  /* replace a domain's keys in a session under the old ones */
    SRV_DELETE,
    SRV_LOCK, /* an application, or with no AID the card */
    SRV_UNLOCK,
};

enum { SRV_PARAMETERS_MAX = 160, SRV_ITEMS_MAX = 60, SRV_ITEM_MAX = 223 };

struct srv_params {
    enum srv_kind kind;
    struct gp_aid domain;   /* n 0: the issuer security domain */
    struct srv_key_id keys; /* first keys, or those that replace */
    uint8_t privileges[3];
    uint8_t privileges_length;
    int64_t version; /* of the catalogue */
    struct gp_aid package;
    uint8_t major;
    uint8_t minor;
    struct gp_aid module;
    struct gp_aid instance;
    uint8_t parameters[SRV_PARAMETERS_MAX];
    size_t parameters_size;
    bool personalize;
    bool selectable_first; /* make selectable before, not after, STORE DATA */
    uint8_t store_flags;   /* format bits of STORE DATA's P1 */
    struct gp_aid aid;     /* delete, lock, unlock; n 0: the card */
    bool related;          /* delete: with what came from it */
};

/*
 * Reads an order as REST gives it, resolves names, and fills in `out`, ready
 * for srv_store_deploy.  0, or -1 and the problem.  srv_deployment_free(out)
 * in both cases.
 */
int srv_params_order(struct srv_store *store, const struct srv_keys *keys,
                     const json_t *order, struct srv_deployment *out,
                     struct srv_problem *p);

/* Reads a stored order; GP_ERR_FILE when it is none. */
int srv_params_load(const json_t *stored, struct srv_params *out);

/* The kind's name: "install" and so on. */
const char *srv_kind_name(enum srv_kind kind);

/*
 * Takes the next item of opened personalisation data: each has two bytes of
 * length before it.  False at the end.
 */
bool srv_params_item(struct span *rest, struct span *item);

#endif
