/*
 * Proves GET RESPONSE and wrong-Le repetition over a scripted card, and the
 * framing over a socket: one segment a message, controls, a peer that leaves.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include <gp/transport.h>

#include "base/hex.h"

/* What is expected and answered, in pairs. */
struct script {
    struct gp_transport base;
    const char *const *lines;
};

static int script_transmit(struct gp_transport *t, struct span command,
                           struct buf *response)
{
    struct script *s = (struct script *)(void *)t;
    char got[600];
    assert_true(command.n < 300);
    hex_encode(command, got);
    assert_non_null(s->lines[0]);
    assert_string_equal(got, s->lines[0]);
    const char *answer = s->lines[1];
    s->lines += 2;
    return gp_from_err(hex_decode(answer, strlen(answer), response, NULL));
}

static const struct gp_transport_ops script_ops = {.transmit = script_transmit};

static void run_script(const char *const *lines, const char *want)
{
    struct script s = {.base.ops = &script_ops, .lines = lines + 2};
    uint8_t command[300];
    uint8_t answer[600];
    char got[1300];
    struct buf in = buf_of(command, sizeof command);
    struct buf out = buf_of(answer, sizeof answer);
    assert_int_equal(hex_decode(lines[0], strlen(lines[0]), &in, NULL), ERR_OK);
    assert_int_equal(gp_transmit(&s.base, buf_span(&in), &out), GP_OK);
    hex_encode(buf_span(&out), got);
    assert_string_equal(got, want);
    assert_null(s.lines[0]);
}

static void follows_more_data(void **state)
{
    (void)state;
    static const char *const basic[] = {
        "80CA006600", "",           "80CA006600", "01026102", "00C0000002",
        "03046101",   "00C0000001", "059000",     NULL,       NULL};
    static const char *const channel[] = {
        "87CA006600", "",           "87CA006600", "6103",
        "03C0000003", "0102039000", NULL,         NULL};
    static const char *const further[] = {
        "E2CA006600", "",       "E2CA006600", "6101",
        "42C0000001", "016A82", NULL,         NULL};
    run_script(basic, "01020304059000");
    run_script(channel, "0102039000");
    run_script(further, "016A82");
}

static void repeats_with_the_right_le(void **state)
{
    (void)state;
    static const char *const case2[] = {
        "80CA006600", "",         "80CA006600", "6C02",
        "80CA006602", "01029000", NULL,         NULL};
    static const char *const case4[] = {"80F28002024F0000",
                                        "",
                                        "80F28002024F0000",
                                        "6C01",
                                        "80F28002024F0001",
                                        "029000",
                                        NULL,
                                        NULL};
    static const char *const case3[] = {"80F28002024F00",
                                        "",
                                        "80F28002024F00",
                                        "6C01",
                                        "80F28002024F0001",
                                        "029000",
                                        NULL,
                                        NULL};
    /* Only once: a card that never agrees is not asked for ever. */
    static const char *const twice[] = {
        "80CA0066", "", "80CA0066", "6C02", "80CA006602", "6C03", NULL, NULL};
    /* An extended command has no such rule. */
    static const char *const extended[] = {
        "80CA0066000000", "", "80CA0066000000", "6C02", NULL, NULL};
    run_script(case2, "01029000");
    run_script(case4, "029000");
    run_script(case3, "029000");
    run_script(twice, "6C03");
    run_script(extended, "6C02");
}

static int short_transmit(struct gp_transport *t, struct span command,
                          struct buf *response)
{
    (void)t;
    (void)command;
    return gp_from_err(buf_put_u1(response, 0x90));
}

static void refuses_less_than_a_status_word(void **state)
{
    (void)state;
    static const struct gp_transport_ops ops = {.transmit = short_transmit};
    struct gp_transport t = {.ops = &ops};
    uint8_t bytes[16];
    struct buf out = buf_of(bytes, sizeof bytes);
    static const uint8_t command[] = {0x80, 0xCA, 0, 0x66};
    assert_int_equal(gp_transmit(&t, span_of(command, 4), &out),
                     GP_ERR_PROTOCOL);
    assert_int_equal(gp_transmit(&t, span_of(command, 3), &out),
                     GP_ERR_ARGUMENT);
}

/* The listening card: one recv must give one whole message. */
struct peer {
    int fd;
    char log[512];
};

static void *serve(void *ctx)
{
    static const uint8_t atr[] = {0, 3, 0x3B, 0x80, 0x01};
    static const uint8_t answer[] = {0, 4, 0xAA, 0xBB, 0x90, 0x00};
    struct peer *peer = ctx;
    uint8_t bytes[600];
    size_t n = 0;
    for (;;) {
        ssize_t got = recv(peer->fd, bytes, sizeof bytes, 0);
        if (got < 2 || (size_t)got != 2u + get_u2(bytes))
            break;
        struct span message = span_of(bytes + 2, (size_t)got - 2);
        if (n + 2 * message.n + 2 > sizeof peer->log)
            break;
        hex_encode(message, peer->log + n);
        n += 2 * message.n;
        peer->log[n++] = ' ';
        peer->log[n] = '\0';
        if (message.n == 1 && message.p[0] == 0)
            break;
        if (message.n == 1 && message.p[0] == 4)
            (void)!write(peer->fd, atr, sizeof atr);
        if (message.n > 1)
            (void)!write(peer->fd, answer, sizeof answer);
    }
    close(peer->fd);
    return NULL;
}

static void speaks_the_framing(void **state)
{
    (void)state;
    int fds[2];
    pthread_t thread;
    struct gp_transport *t = NULL;
    struct gp_why why;
    uint8_t bytes[64];
    struct buf out = buf_of(bytes, sizeof bytes);
    static const uint8_t command[] = {0x80, 0xCA, 0x00, 0x66, 0x00};

    /* Keeps the borders of messages, so that two segments would show. */
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
    struct peer peer = {.fd = fds[1]};
    assert_int_equal(pthread_create(&thread, NULL, serve, &peer), 0);
    assert_int_equal(gp_open_fd(fds[0], "pair", &t, &why), GP_OK);
    assert_int_equal(gp_transport_reset(t), GP_OK);
    gp_transport_free(&t);
    assert_null(t);
    pthread_join(thread, NULL);
    assert_string_equal(peer.log, "01 02 00 ");

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    peer = (struct peer){.fd = fds[1]};
    assert_int_equal(gp_open_fd(fds[0], "pair", &t, &why), GP_OK);
    uint8_t on[3];
    assert_int_equal(recv(fds[1], on, sizeof on, MSG_WAITALL), 3);
    assert_memory_equal(on, "\0\1\1", 3);
    assert_int_equal(pthread_create(&thread, NULL, serve, &peer), 0);
    assert_int_equal(gp_transport_atr(t, &out), GP_OK);
    assert_int_equal(out.n, 3);
    assert_int_equal(gp_transmit(t, span_of(command, sizeof command), &out),
                     GP_OK);
    assert_int_equal(out.n, 4);
    gp_transport_free(&t);
    pthread_join(thread, NULL);
    assert_string_equal(peer.log, "04 80CA006600 00 ");
}

static void notices_that_the_peer_left(void **state)
{
    (void)state;
    int fds[2];
    struct gp_transport *t = NULL;
    uint8_t bytes[64];
    struct buf out = buf_of(bytes, sizeof bytes);
    static const uint8_t command[] = {0x80, 0xCA, 0x00, 0x66, 0x00};
    static const uint8_t half[] = {0, 4, 0xAA};
    static const uint8_t large[] = {1, 0};

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    assert_int_equal(gp_open_fd(fds[0], "pair", &t, NULL), GP_OK);
    assert_int_equal(write(fds[1], half, sizeof half), sizeof half);
    close(fds[1]);
    assert_int_equal(gp_transmit(t, span_of(command, sizeof command), &out),
                     GP_ERR_IO);
    gp_transport_free(&t);

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    assert_int_equal(gp_open_fd(fds[0], "pair", &t, NULL), GP_OK);
    assert_int_equal(write(fds[1], large, sizeof large), sizeof large);
    assert_int_equal(gp_transmit(t, span_of(command, sizeof command), &out),
                     GP_ERR_TOO_LONG);
    gp_transport_free(&t);
    close(fds[1]);
}

static void nobody_listens(void **state)
{
    (void)state;
    struct gp_transport *t = NULL;
    struct gp_why why = {{0}};
    assert_int_equal(gp_open_tcp("127.0.0.1", "1", &t, &why), GP_ERR_CONNECT);
    assert_non_null(strstr(why.text, "127.0.0.1:1"));
    assert_int_equal(gp_open_tcp("127.0.0.1", "no such port", &t, &why),
                     GP_ERR_CONNECT);
    assert_null(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_more_data),
        cmocka_unit_test(repeats_with_the_right_le),
        cmocka_unit_test(refuses_less_than_a_status_word),
        cmocka_unit_test(speaks_the_framing),
        cmocka_unit_test(notices_that_the_peer_left),
        cmocka_unit_test(nobody_listens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
