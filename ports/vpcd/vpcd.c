#include "ports/vpcd/vpcd.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct addrinfo *resolve(const char *host, uint16_t port, int flags)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = flags};
    struct addrinfo *list = NULL;
    char service[8];

    snprintf(service, sizeof service, "%u", port);
    if (getaddrinfo(host, service, &hints, &list) != 0) {
        errno = EADDRNOTAVAIL;
        return NULL;
    }
    return list;
}

static int without_delay(int fd)
{
    const int on = 1;
    if (fd >= 0)
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

static void close_keeping_errno(int fd)
{
    int saved = errno;
    close(fd);
    errno = saved;
}

int vpcd_connect(const char *host, uint16_t port)
{
    struct addrinfo *list = resolve(host, port, 0);
    int fd = -1;

    for (const struct addrinfo *a = list; a != NULL && fd < 0; a = a->ai_next) {
        fd =
            socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
        if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) != 0) {
            close_keeping_errno(fd);
            fd = -1;
        }
    }
    if (list != NULL)
        freeaddrinfo(list);
    return without_delay(fd);
}

static uint16_t bound_port(int fd)
{
    struct sockaddr_storage at;
    socklen_t n = sizeof at;

    if (getsockname(fd, (struct sockaddr *)&at, &n) != 0)
        return 0;
    if (at.ss_family == AF_INET6)
        return ntohs(((struct sockaddr_in6 *)&at)->sin6_port);
    return ntohs(((struct sockaddr_in *)&at)->sin_port);
}

int vpcd_listen(const char *host, uint16_t *port)
{
    struct addrinfo *a = resolve(host, *port, AI_NUMERICHOST | AI_PASSIVE);
    const int on = 1;

    if (a == NULL)
        return -1;
    int fd =
        socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
    if (fd >= 0) {
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (bind(fd, a->ai_addr, a->ai_addrlen) != 0 || listen(fd, 4) != 0) {
            close_keeping_errno(fd);
            fd = -1;
        }
    }
    freeaddrinfo(a);
    if (fd >= 0)
        *port = bound_port(fd);
    return fd;
}

int vpcd_accept(int listener)
{
    return without_delay(accept4(listener, NULL, NULL, SOCK_CLOEXEC));
}

static bool send_all(int fd, const uint8_t *p, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        p += sent;
        n -= (size_t)sent;
    }
    return true;
}

static bool answer(struct vpcd_link *link, size_t n)
{
    link->out[0] = (uint8_t)(n >> 8);
    link->out[1] = (uint8_t)n;
    return send_all(link->fd, link->out, n + 2);
}

static bool control(struct vpcd_link *link, const struct vpcd_device *device,
                    uint8_t what)
{
    switch (what) {
    case VPCD_OFF:
    case VPCD_ON:
    case VPCD_RESET:
        device->power(device->ctx, (enum vpcd_control)what);
        return true;
    case VPCD_ATR:
        return answer(link, device->atr(device->ctx, link->out + 2));
    default:
        return false;
    }
}

static bool message(struct vpcd_link *link, const struct vpcd_device *device,
                    const uint8_t *p, size_t n)
{
    if (n == 0)
        return true;
    if (n == 1)
        return control(link, device, p[0]);
    return answer(link, device->transmit(device->ctx, p, n, link->out + 2,
                                         VPCD_MESSAGE_MAX));
}

bool vpcd_serve(struct vpcd_link *link, const struct vpcd_device *device)
{
    const int on = 1;
    (void)setsockopt(link->fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);

    ssize_t got = recv(link->fd, link->in + link->filled,
                       sizeof link->in - link->filled, 0);
    if (got < 0 && errno == EINTR)
        return true;
    if (got <= 0)
        return false;
    link->filled += (size_t)got;
    (void)setsockopt(link->fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);

    size_t at = 0;
    while (link->filled - at >= 2) {
        size_t n = (size_t)(link->in[at] << 8 | link->in[at + 1]);
        if (link->filled - at - 2 < n)
            break;
        if (!message(link, device, link->in + at + 2, n))
            return false;
        at += 2 + n;
    }
    memmove(link->in, link->in + at, link->filled - at);
    link->filled -= at;
    return true;
}
