#include <gp/transport.h>

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/ct.h"

/* Control bytes of the framing; see ports/vpcd. */
enum { OFF = 0, ON = 1, RESET = 2, ATR = 4 };
enum { MESSAGE_MAX = 65535, PATIENCE_SECONDS = 120 };

struct tcp {
    struct gp_transport base;
    int fd;
    uint8_t frame[2 + MESSAGE_MAX];
};

static struct tcp *tcp_of(struct gp_transport *t)
{
    return (struct tcp *)(void *)t;
}

/* Length and bytes in one segment: two would wait for each other. */
static int send_frame(struct tcp *tcp, struct span bytes)
{
    if (bytes.n > MESSAGE_MAX)
        return GP_ERR_TOO_LONG;
    set_u2(tcp->frame, (uint16_t)bytes.n);
    memcpy(tcp->frame + 2, bytes.p, bytes.n);

    size_t n = 2 + bytes.n;
    for (size_t done = 0; done < n;) {
        ssize_t sent = send(tcp->fd, tcp->frame + done, n - done, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return GP_ERR_IO;
        done += (size_t)sent;
    }
    return GP_OK;
}

static int receive(struct tcp *tcp, uint8_t *p, size_t n)
{
    while (n > 0) {
        ssize_t got = recv(tcp->fd, p, n, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return GP_ERR_IO;
        p += got;
        n -= (size_t)got;
    }
    return GP_OK;
}

static int receive_frame(struct tcp *tcp, struct buf *out)
{
    uint8_t length[2];
    int result = receive(tcp, length, sizeof length);
    if (result != GP_OK)
        return result;
    size_t n = get_u2(length);
    if (n > out->cap - out->n)
        return GP_ERR_TOO_LONG;
    result = receive(tcp, out->p + out->n, n);
    if (result == GP_OK)
        out->n += n;
    return result;
}

static int control(struct tcp *tcp, uint8_t what)
{
    return send_frame(tcp, span_of(&what, 1));
}

static int transmit(struct gp_transport *t, struct span command,
                    struct buf *response)
{
    struct tcp *tcp = tcp_of(t);
    int result = send_frame(tcp, command);
    return result == GP_OK ? receive_frame(tcp, response) : result;
}

static int reset(struct gp_transport *t)
{
    return control(tcp_of(t), RESET);
}

static int atr(struct gp_transport *t, struct buf *out)
{
    struct tcp *tcp = tcp_of(t);
    int result = control(tcp, ATR);
    return result == GP_OK ? receive_frame(tcp, out) : result;
}

static void close_tcp(struct gp_transport *t)
{
    struct tcp *tcp = tcp_of(t);
    (void)control(tcp, OFF); /* the peer may be gone already */
    close(tcp->fd);
    wipe(tcp->frame, sizeof tcp->frame);
    free(tcp);
}

static const struct gp_transport_ops ops = {transmit, reset, atr, close_tcp};

int gp_open_fd(int fd, const char *name, struct gp_transport **out,
               struct gp_why *why)
{
    struct tcp *tcp = calloc(1, sizeof *tcp);
    if (tcp == NULL) {
        close(fd);
        return GP_ERR_MEMORY;
    }
    const struct timeval patience = {.tv_sec = PATIENCE_SECONDS};
    const int yes = 1;
    /* Without these a card still answers, only later or never. */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);

    tcp->fd = fd;
    tcp->base.ops = &ops;
    snprintf(tcp->base.name, sizeof tcp->base.name, "%s", name);
    if (control(tcp, ON) != GP_OK) {
        gp_why_set(why, "%s: the connection broke at once", name);
        close_tcp(&tcp->base);
        return GP_ERR_IO;
    }
    *out = &tcp->base;
    return GP_OK;
}

static int connect_any(const struct addrinfo *list)
{
    for (const struct addrinfo *a = list; a != NULL; a = a->ai_next) {
        int fd =
            socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
        if (fd < 0)
            continue;
        if (connect(fd, a->ai_addr, a->ai_addrlen) == 0)
            return fd;
        int saved = errno;
        close(fd);
        errno = saved;
    }
    return -1;
}

int gp_open_tcp(const char *host, const char *port, struct gp_transport **out,
                struct gp_why *why)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    char name[128];
    snprintf(name, sizeof name, "%s:%s", host, port);

    int bad = getaddrinfo(host, port, &hints, &list);
    if (bad != 0) {
        gp_why_set(why, "%s: %s", name, gai_strerror(bad));
        return GP_ERR_CONNECT;
    }
    int fd = connect_any(list);
    freeaddrinfo(list);
    if (fd < 0) {
        gp_why_set(why, "%s: %s", name, strerror(errno));
        return GP_ERR_CONNECT;
    }
    return gp_open_fd(fd, name, out, why);
}
