/*
 * A card behind a socket: the framing of vsmartcard's virtual reader (vpcd),
 * which `--listen` speaks as well.  Every message is a two-byte length and
 * that many bytes; one byte is a control (off, on, reset, ATR?), more are a
 * command APDU, answered in the same framing.
 *
 * The reader sends length and payload in two segments and waits, so that
 * Nagle's algorithm and delayed acknowledgements would cost 40 ms a command:
 * acknowledgements are sent at once here, and each answer in one write.
 */
#ifndef VPCD_VPCD_H
#define VPCD_VPCD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VPCD_DEFAULT_PORT = 35963, VPCD_MESSAGE_MAX = 65535 };

enum vpcd_control {
    VPCD_OFF = 0,
    VPCD_ON = 1,
    VPCD_RESET = 2,
    VPCD_ATR = 4,
};

/* What stands behind the socket. */
struct vpcd_device {
    void *ctx;
    void (*power)(void *ctx, enum vpcd_control what); /* off, on, reset */
    size_t (*atr)(void *ctx, uint8_t atr[33]);
    size_t (*transmit)(void *ctx, const uint8_t *command, size_t n,
                       uint8_t *response, size_t cap);
};

/* One connection; zero-filled before its first use but for fd. */
struct vpcd_link {
    int fd;
    size_t filled;
    uint8_t in[2 + VPCD_MESSAGE_MAX];
    uint8_t out[2 + VPCD_MESSAGE_MAX];
};

/* A connected socket, or -1 with errno set. */
int vpcd_connect(const char *host, uint16_t port);

/*
 * A listening socket on a numeric host, or -1 with errno set; *port 0 asks
 * for any free port, and *port is then the one that was given.
 */
int vpcd_listen(const char *host, uint16_t *port);

/* Accepts one connection; -1 with errno set. */
int vpcd_accept(int listener);

/*
 * Reads what has arrived and answers every whole message.  False when the
 * peer has gone or broken the framing: the caller closes the socket.
 */
bool vpcd_serve(struct vpcd_link *link, const struct vpcd_device *device);

#endif
