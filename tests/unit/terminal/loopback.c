#include "loopback.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct loopback {
    struct MHD_Daemon *daemon;
    loopback_answer *answer;
    void *ctx;
    char address[64];
};

struct body {
    char *text;
    size_t n;
};

static enum MHD_Result append(struct body *b, const char *data, size_t *size)
{
    char *text = realloc(b->text, b->n + *size + 1);

    if (text == NULL)
        return MHD_NO;
    memcpy(text + b->n, data, *size);
    b->text = text;
    b->n += *size;
    b->text[b->n] = '\0';
    *size = 0;
    return MHD_YES;
}

static enum MHD_Result handle(void *cls, struct MHD_Connection *connection,
                              const char *url, const char *method,
                              const char *version, const char *data,
                              size_t *size, void **request)
{
    struct loopback *l = cls;
    struct body *b = *request;
    const char *text = "";

    (void)method;
    (void)version;
    if (b == NULL) {
        *request = calloc(1, sizeof *b);
        return *request != NULL ? MHD_YES : MHD_NO;
    }
    if (*size > 0)
        return append(b, data, size);
    int status = l->answer(l->ctx, url, b->text == NULL ? "" : b->text, &text);
    if (status == 0)
        return MHD_NO;
    struct MHD_Response *r = MHD_create_response_from_buffer_with_free_callback(
        strlen(text), strdup(text), free);
    enum MHD_Result queued =
        MHD_queue_response(connection, (unsigned)status, r);
    MHD_destroy_response(r);
    return queued;
}

static void done(void *cls, struct MHD_Connection *connection, void **request,
                 enum MHD_RequestTerminationCode code)
{
    struct body *b = *request;

    (void)cls;
    (void)connection;
    (void)code;
    if (b != NULL)
        free(b->text);
    free(b);
}

struct loopback *loopback_start(loopback_answer *answer, void *ctx)
{
    struct loopback *l = calloc(1, sizeof *l);
    const struct sockaddr_in here = {.sin_family = AF_INET,
                                     .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    if (l == NULL)
        return NULL;
    l->answer = answer;
    l->ctx = ctx;
    l->daemon = MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, handle, l,
        MHD_OPTION_SOCK_ADDR, (const struct sockaddr *)&here,
        MHD_OPTION_NOTIFY_COMPLETED, done, NULL, MHD_OPTION_END);
    if (l->daemon == NULL) {
        free(l);
        return NULL;
    }
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(l->daemon, MHD_DAEMON_INFO_BIND_PORT);
    snprintf(l->address, sizeof l->address, "http://127.0.0.1:%u",
             (unsigned)info->port);
    return l;
}

const char *loopback_address(const struct loopback *l)
{
    return l->address;
}

void loopback_stop(struct loopback *l)
{
    MHD_stop_daemon(l->daemon);
    free(l);
}
