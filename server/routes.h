/* What stands behind the paths of rest.c: one function each. */
#ifndef SERVER_ROUTES_H
#define SERVER_ROUTES_H

#include "server/rest.h"

/* One request being answered: a route fills in the lower half. */
struct srv_call {
    struct srv_service *s;
    const struct srv_request *r;
    char segment[SRV_NAME_SIZE]; /* the variable part of the path */
    struct srv_problem *problem;

    int status;   /* 200 */
    json_t *body; /* either this ... */
    char *text;   /* ... or this; owned */
    bool later;
};

/* 0, or -1 and the problem. */
typedef int srv_route(struct srv_call *call);

srv_route srv_route_health;
srv_route srv_route_publish;
srv_route srv_route_applications;
srv_route srv_route_card_add;
srv_route srv_route_cards;
srv_route srv_route_card;
srv_route srv_route_content;
srv_route srv_route_unblock;
srv_route srv_route_order;
srv_route srv_route_deployments;
srv_route srv_route_deployment;
srv_route srv_route_audit;
srv_route srv_route_changes;
srv_route srv_route_session;
srv_route srv_route_handshake;
srv_route srv_route_management;

#endif
