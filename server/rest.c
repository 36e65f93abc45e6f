#include "server/rest.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/assets.h"
#include "server/routes.h"

enum access { ANYBODY, ADMIN, TERMINAL };

/* A '*' stands for one segment of the path. */
static const struct route {
    const char *method;
    const char *pattern;
    enum access access;
    size_t limit;
    srv_route *run;
} routes[] = {
    {"GET", "/healthz", ANYBODY, 0, srv_route_health},
    {"POST", "/api/v1/applications", ADMIN, SRV_BODY_LARGE, srv_route_publish},
    {"GET", "/api/v1/applications", ADMIN, 0, srv_route_applications},
    {"POST", "/api/v1/cards", ADMIN, SRV_BODY_MAX, srv_route_card_add},
    {"GET", "/api/v1/cards", ADMIN, 0, srv_route_cards},
    {"GET", "/api/v1/cards/*", ADMIN, 0, srv_route_card},
    {"GET", "/api/v1/cards/*/content", ADMIN, 0, srv_route_content},
    {"POST", "/api/v1/cards/*/unblock", ADMIN, SRV_BODY_MAX, srv_route_unblock},
    {"POST", "/api/v1/deployments", ADMIN, SRV_BODY_MAX, srv_route_order},
    {"GET", "/api/v1/deployments", ADMIN, 0, srv_route_deployments},
    {"GET", "/api/v1/deployments/*", ADMIN, 0, srv_route_deployment},
    {"GET", "/api/v1/audit", ADMIN, 0, srv_route_audit},
    {"GET", "/api/v1/changes", ADMIN, 0, srv_route_changes},
    {"POST", "/api/v1/terminals/sessions", TERMINAL, SRV_BODY_MAX,
     srv_route_session},
    {"POST", "/order", TERMINAL, SRV_BODY_MAX, srv_route_session},
    {"POST", "/gp/seram/handshake", TERMINAL, SRV_BODY_MAX,
     srv_route_handshake},
    {"POST", "/gp/seram/remoteManagement", TERMINAL, SRV_BODY_LARGE,
     srv_route_management},
};

enum { ROUTES = sizeof routes / sizeof routes[0] };

static bool matches(const char *pattern, const char *path)
{
    while (*pattern != '\0' && *path != '\0') {
        if (*pattern != '*') {
            if (*pattern++ != *path++)
                return false;
            continue;
        }
        size_t n = strcspn(path, "/");
        if (n == 0)
            return false;
        path += n;
        pattern++;
    }
    return *pattern == '\0' && *path == '\0';
}

/* NULL; *other then says whether another method would do. */
static const struct route *find(const char *method, const char *path,
                                bool *other)
{
    *other = false;
    for (size_t i = 0; i < ROUTES; i++) {
        if (!matches(routes[i].pattern, path))
            continue;
        if (strcmp(routes[i].method, method) == 0)
            return &routes[i];
        *other = true;
    }
    return NULL;
}

size_t srv_rest_limit(const char *method, const char *path)
{
    bool other = false;
    const struct route *route = find(method, path, &other);

    return route == NULL ? 0 : route->limit;
}

/* Takes the same time whatever is wrong with the token. */
static bool has_token(const struct srv_request *r, const char *token)
{
    static const char scheme[] = "Bearer ";
    char given[SRV_TOKEN_SIZE] = {0};
    char wanted[SRV_TOKEN_SIZE] = {0};

    snprintf(wanted, sizeof wanted, "%s", token);
    if (r->authorization == NULL ||
        strncmp(r->authorization, scheme, sizeof scheme - 1) != 0 ||
        strlen(r->authorization) - (sizeof scheme - 1) >= sizeof given)
        return false;
    snprintf(given, sizeof given, "%s", r->authorization + sizeof scheme - 1);
    return wanted[0] != '\0' && sodium_memcmp(given, wanted, sizeof given) == 0;
}

int srv_rest_admit(const struct srv_service *s, const struct srv_request *r,
                   struct srv_problem *p)
{
    bool other = false;
    bool asset =
        strcmp(r->method, "GET") == 0 && srv_asset_find(r->path) != NULL;
    const struct route *route = find(r->method, r->path, &other);

    if (asset)
        return 0;
    if (route == NULL)
        return other ? srv_problem_set(p, 405, "method_not_allowed", "",
                                       "not with this method")
                     : srv_problem_set(p, 404, "not_found", "",
                                       "there is nothing at this path");
    if (route->access == ADMIN && !has_token(r, s->admin_token))
        return srv_problem_set(p, 401, "unauthorized", "Authorization",
                               "the administrator's token is needed");
    if (route->access == TERMINAL && !has_token(r, s->terminal_token))
        return srv_problem_set(p, 401, "unauthorized", "Authorization",
                               "the terminal's token is needed");
    return 0;
}

static void give_text(struct srv_reply *out, int status, char *text)
{
    static const char failed[] =
        "{\"error\":{\"code\":\"internal\",\"message\":\"no memory\","
        "\"where\":\"\"}}";

    *out = (struct srv_reply){.status = status, .type = "application/json"};
    if (text == NULL) {
        out->status = 500;
        out->constant = failed;
        out->size = sizeof failed - 1;
        return;
    }
    out->text = text;
    out->size = strlen(text);
}

void srv_rest_problem(const struct srv_problem *p, struct srv_reply *out)
{
    json_t *body = srv_problem_json(p);

    give_text(out, p->status, json_dumps(body, JSON_COMPACT));
    json_decref(body);
}

static void give_asset(const struct srv_asset *asset, struct srv_reply *out)
{
    *out = (struct srv_reply){.status = 200,
                              .type = asset->type,
                              .constant = asset->bytes,
                              .size = asset->size};
}

/* The segment that '*' stood for, upper case kept; "" when there is none. */
static void take_segment(const char *pattern, const char *path, char *out,
                         size_t size)
{
    const char *star = strchr(pattern, '*');

    out[0] = '\0';
    if (star == NULL)
        return;
    const char *at = path + (star - pattern);
    size_t n = strcspn(at, "/");
    if (n < size)
        snprintf(out, size, "%.*s", (int)n, at);
}

static void run(struct srv_service *s, const struct route *route,
                const struct srv_request *r, struct srv_reply *out)
{
    struct srv_problem p = {.status = 0};
    struct srv_call call = {.s = s, .r = r, .problem = &p, .status = 200};

    take_segment(route->pattern, r->path, call.segment, sizeof call.segment);
    int status = route->run(&call);
    if (call.later) {
        *out = (struct srv_reply){.later = true};
    } else if (status != 0) {
        srv_problem_set(&p, 500, "internal", "", "the request failed");
        srv_rest_problem(&p, out);
    } else if (call.text != NULL) {
        give_text(out, call.status, call.text);
    } else {
        give_text(out, call.status, json_dumps(call.body, JSON_COMPACT));
    }
    json_decref(call.body);
}

void srv_rest_answer(struct srv_service *s, const struct srv_request *r,
                     struct srv_reply *out)
{
    struct srv_problem p = {.status = 0};
    bool other = false;
    const struct route *route = find(r->method, r->path, &other);
    const struct srv_asset *asset = srv_asset_find(r->path);

    if (srv_rest_admit(s, r, &p) != 0)
        srv_rest_problem(&p, out);
    else if (route != NULL)
        run(s, route, r, out);
    else
        give_asset(asset, out);
}
