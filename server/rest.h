/*
 * What the server answers to a request, free of HTTP's wire: a method, a path,
 * its arguments and a body go in, a status and a body come out.
 */
#ifndef SERVER_REST_H
#define SERVER_REST_H

#include "server/engine.h"
#include "server/problem.h"

enum { SRV_BODY_MAX = 64 << 10, SRV_BODY_LARGE = 5 << 20, SRV_TOKEN_SIZE = 65 };

/* All that requests are answered from. */
struct srv_service {
    struct srv_store *store;
    const struct srv_keys *keys;
    struct srv_engine *engine;
    char admin_token[SRV_TOKEN_SIZE];
    char terminal_token[SRV_TOKEN_SIZE];
};

struct srv_request {
    const char *method;
    const char *path;
    const char *authorization; /* header, or NULL */
    /* An argument behind '?', or NULL. */
    const char *(*argument)(void *ctx, const char *name);
    void *ctx;
    struct span body;
    bool may_wait; /* a long poll may be put off */
};

struct srv_reply {
    int status;
    const char *type;     /* of the content */
    const void *constant; /* a body that is not freed, or NULL */
    char *text;           /* or one that the caller frees */
    size_t size;
    bool later; /* ask again with the same request, when something changed */
};

/* How large a body may be for this method and path, bytes. */
size_t srv_rest_limit(const char *method, const char *path);

/*
 * Whether the request may be answered at all, judged before its body is read:
 * 0, or -1 and the problem (401, 404, 405).
 */
int srv_rest_admit(const struct srv_service *s, const struct srv_request *r,
                   struct srv_problem *p);

/* Answers; never fails, at worst with status 500. */
void srv_rest_answer(struct srv_service *s, const struct srv_request *r,
                     struct srv_reply *out);

/* A problem as a reply. */
void srv_rest_problem(const struct srv_problem *p, struct srv_reply *out);

#endif
