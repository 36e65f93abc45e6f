#include "server/http.h"

#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/ct.h"

enum {
    WAIT_SECONDS = 25, /* of a long poll; SERAM allows 30 */
    IDLE_SECONDS = 60,
    CONNECTIONS_MAX = 1000,
    TICK_MS = 1000,
};

/* One request; while it waits it is in the list of those that do. */
struct request {
    struct srv_http *http;
    struct MHD_Connection *connection;
    uint8_t *body;
    size_t n;
    size_t room;
    bool too_large;
    bool no_memory;
    int64_t deadline; /* of waiting, seconds; 0: not yet */
    struct request *next;
};

struct srv_http {
    struct srv_service *service;
    struct MHD_Daemon *daemon;
    struct request *waiting;
    int64_t changes; /* of the store, when the waiting ones were last asked */
};

static int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec;
}

/* ---- answers ---- */

static void add_headers(struct MHD_Response *r, const char *type)
{
    static const char *const headers[][2] = {
        {"Content-Security-Policy",
         "default-src 'none'; script-src 'self'; style-src 'self'; "
         "connect-src 'self'; base-uri 'none'; form-action 'none'; "
         "frame-ancestors 'none'"},
        {"X-Content-Type-Options", "nosniff"},
        {"Referrer-Policy", "no-referrer"},
        {"Cache-Control", "no-store"},
    };
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
        MHD_add_response_header(r, headers[i][0], headers[i][1]);
    MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
}

/* The reply's text becomes the response's. */
static enum MHD_Result send_reply(struct MHD_Connection *connection,
                                  const struct srv_reply *reply)
{
    struct MHD_Response *r = NULL;

    if (reply->text != NULL) {
        r = MHD_create_response_from_buffer(reply->size, reply->text,
                                            MHD_RESPMEM_MUST_FREE);
    } else {
        /* The library takes no const, and does not write. */
        void *bytes = (void *)(uintptr_t)reply->constant;
        r = MHD_create_response_from_buffer(reply->size, bytes,
                                            MHD_RESPMEM_PERSISTENT);
    }
    if (r == NULL) {
        free(reply->text);
        return MHD_NO;
    }
    add_headers(r, reply->type);
    if (reply->status == 401)
        MHD_add_response_header(r, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer");
    enum MHD_Result result =
        MHD_queue_response(connection, (unsigned)reply->status, r);
    MHD_destroy_response(r);
    return result;
}

static enum MHD_Result refuse(struct MHD_Connection *connection,
                              const struct srv_problem *p)
{
    struct srv_reply reply = {.status = 0};

    srv_rest_problem(p, &reply);
    return send_reply(connection, &reply);
}

/* ---- requests ---- */

static const char *argument(void *ctx, const char *name)
{
    return MHD_lookup_connection_value(ctx, MHD_GET_ARGUMENT_KIND, name);
}

static struct srv_request describe(struct MHD_Connection *connection,
                                   const char *method, const char *path)
{
    return (struct srv_request){
        .method = method,
        .path = path,
        .authorization = MHD_lookup_connection_value(
            connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_AUTHORIZATION),
        .argument = argument,
        .ctx = connection,
    };
}

static void take_upload(struct request *q, const char *data, size_t n,
                        size_t limit)
{
    if (q->n + n > limit)
        q->too_large = true;
    if (q->too_large || q->no_memory)
        return;
    if (q->n + n > q->room) {
        size_t room = 2 * (q->n + n);
        uint8_t *body = realloc(q->body, room);
        q->no_memory = body == NULL;
        if (q->no_memory)
            return;
        q->body = body;
        q->room = room;
    }
    memcpy(q->body + q->n, data, n);
    q->n += n;
}

/* Puts the request off until something changes or its time is up. */
static enum MHD_Result suspend(struct request *q)
{
    if (q->deadline == 0)
        q->deadline = now() + WAIT_SECONDS;
    q->next = q->http->waiting;
    q->http->waiting = q;
    MHD_suspend_connection(q->connection);
    return MHD_YES;
}

static enum MHD_Result answer(struct request *q, const char *method,
                              const char *path)
{
    struct srv_request r = describe(q->connection, method, path);
    struct srv_problem p = {.status = 0};
    struct srv_reply reply = {.status = 0};

    if (q->too_large)
        srv_problem_set(&p, 413, "too_large", "",
                        "the body is larger than %zu bytes",
                        srv_rest_limit(method, path));
    if (q->no_memory)
        srv_problem_set(&p, 503, "no_memory", "", "try again later");
    if (p.status != 0)
        return refuse(q->connection, &p);
    r.body = span_of(q->body, q->n);
    r.may_wait = q->deadline == 0 || now() < q->deadline;
    srv_rest_answer(q->http->service, &r, &reply);
    return reply.later ? suspend(q) : send_reply(q->connection, &reply);
}

/* A length that is announced too large is refused before it is sent. */
static bool announces_too_much(struct MHD_Connection *connection, size_t limit)
{
    const char *length = MHD_lookup_connection_value(
        connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
    char *end = NULL;

    if (length == NULL)
        return false;
    unsigned long long n = strtoull(length, &end, 10);
    return end == length || *end != '\0' || n > limit;
}

static enum MHD_Result begin(struct srv_http *http,
                             struct MHD_Connection *connection,
                             const char *method, const char *path, void **ctx)
{
    struct srv_request r = describe(connection, method, path);
    struct srv_problem p = {.status = 0};

    if (srv_rest_admit(http->service, &r, &p) != 0)
        return refuse(connection, &p);
    if (announces_too_much(connection, srv_rest_limit(method, path))) {
        srv_problem_set(&p, 413, "too_large", "",
                        "the body is larger than %zu bytes",
                        srv_rest_limit(method, path));
        return refuse(connection, &p);
    }
    struct request *q = calloc(1, sizeof *q);
    if (q == NULL)
        return MHD_NO;
    q->http = http;
    q->connection = connection;
    *ctx = q;
    return MHD_YES;
}

static enum MHD_Result handle(void *cls, struct MHD_Connection *connection,
                              const char *path, const char *method,
                              const char *version, const char *data, size_t *n,
                              void **ctx)
{
    struct request *q = *ctx;

    (void)version;
    if (q == NULL)
        return begin(cls, connection, method, path, ctx);
    if (*n == 0)
        return answer(q, method, path);
    take_upload(q, data, *n, srv_rest_limit(method, path));
    *n = 0;
    return MHD_YES;
}

static void forget(struct srv_http *http, const struct request *q)
{
    struct request **at = &http->waiting;

    while (*at != NULL && *at != q)
        at = &(*at)->next;
    if (*at != NULL)
        *at = q->next;
}

static void completed(void *cls, struct MHD_Connection *connection, void **ctx,
                      enum MHD_RequestTerminationCode code)
{
    struct request *q = *ctx;

    (void)connection;
    (void)code;
    if (q == NULL)
        return;
    forget(cls, q);
    if (q->body != NULL)
        wipe(q->body, q->n);
    free(q->body);
    free(q);
    *ctx = NULL;
}

/* ---- the loop ---- */

/* Asks waiting requests again: all when something changed, else the late. */
static void resume(struct srv_http *http, bool all)
{
    int64_t changes = srv_store_changes(http->service->store);
    int64_t t = now();
    struct request *list = http->waiting;

    all = all || changes != http->changes;
    http->changes = changes;
    http->waiting = NULL;
    while (list != NULL) {
        struct request *q = list;
        list = q->next;
        if (all || t >= q->deadline) {
            q->next = NULL;
            MHD_resume_connection(q->connection);
        } else {
            q->next = http->waiting;
            http->waiting = q;
        }
    }
}

int srv_http_open(struct srv_service *service, const struct sockaddr *address,
                  struct srv_http **out)
{
    struct srv_http *http = calloc(1, sizeof *http);
    *out = NULL;
    if (http == NULL)
        return GP_ERR_MEMORY;
    http->service = service;
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME;
    if (address->sa_family == AF_INET6)
        flags |= MHD_USE_IPv6;
    http->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, handle, http, MHD_OPTION_SOCK_ADDR, address,
        MHD_OPTION_NOTIFY_COMPLETED, completed, http,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS,
        MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u, MHD_OPTION_END);
    if (http->daemon == NULL) {
        free(http);
        return GP_ERR_CONNECT;
    }
    *out = http;
    return GP_OK;
}

unsigned srv_http_port(const struct srv_http *http)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_BIND_PORT);
    return info == NULL ? 0 : info->port;
}

static int timeout_of(const struct srv_http *http)
{
    MHD_UNSIGNED_LONG_LONG ms = TICK_MS;

    if (MHD_get_timeout(http->daemon, &ms) != MHD_YES || ms > TICK_MS)
        ms = TICK_MS;
    return (int)ms;
}

int srv_http_run(struct srv_http *http, int stop_fd)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    if (info == NULL)
        return GP_ERR_IO;
    struct pollfd fds[] = {{info->epoll_fd, POLLIN, 0}, {stop_fd, POLLIN, 0}};

    for (;;) {
        if (poll(fds, 2, timeout_of(http)) < 0 && errno != EINTR)
            return GP_ERR_IO;
        if ((fds[1].revents & (POLLIN | POLLHUP | POLLERR)) != 0)
            return GP_OK;
        if (MHD_run(http->daemon) != MHD_YES)
            return GP_ERR_IO;
        resume(http, false);
    }
}

void srv_http_close(struct srv_http **http)
{
    if (*http == NULL)
        return;
    resume(*http, true); /* a suspended connection cannot be closed */
    MHD_stop_daemon((*http)->daemon);
    free(*http);
    *http = NULL;
}
