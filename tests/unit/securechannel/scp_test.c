/*
 * Proves what known answers cannot: that every changed bit is refused and
 * aborts, that errors leave the session defined, that commands can be wrapped
 * long before their responses come, all four cases in both length forms, every
 * channel, in-place unwrapping, and the limits.  [GPCS 10.2.3, 10.6]
 * [Amd D 6.2]
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"
#include "ports/openssl/crypto_openssl.h"
#include "securechannel/scp.h"

enum { LARGE = 66000 };

static struct crypto_port crypto;
static struct scp_session host;
static struct scp_session card;
static uint8_t wrapped_bytes[LARGE];
static uint8_t plain_bytes[LARGE];
static uint8_t answer_bytes[LARGE];

static void open_pair(enum scp_protocol protocol, uint8_t i, uint8_t level)
{
    static const uint8_t rmac[16] = {9};
    static const uint8_t chain[16] = {7};
    const struct secret_scp_keys keys = {
        .length = 16, .enc = {1}, .mac = {2}, .dek = {3}};
    assert_int_equal(
        scp_open_keys(&host, SCP_HOST, protocol, i, level, &keys, rmac, chain),
        ERR_OK);
    assert_int_equal(
        scp_open_keys(&card, SCP_CARD, protocol, i, level, &keys, rmac, chain),
        ERR_OK);
}

static struct buf wrap(struct span plain, struct scp_ticket *ticket)
{
    struct buf out = buf_of(wrapped_bytes, sizeof wrapped_bytes);
    assert_int_equal(scp_wrap_command(&host, &crypto, plain, &out, ticket),
                     ERR_OK);
    return out;
}

static void assert_carried(struct span plain)
{
    struct buf wrapped = wrap(plain, NULL);
    struct buf out = buf_of(wrapped_bytes, sizeof wrapped_bytes);
    assert_int_equal(
        scp_unwrap_command(&card, &crypto, buf_span(&wrapped), &out), ERR_OK);
    assert_int_equal(out.n, plain.n);
    assert_memory_equal(out.p, plain.p, plain.n);
}

/* n data bytes after a header, with or without Le. */
static struct span command(uint8_t cla, size_t n, bool extended, bool le)
{
    struct buf b = buf_of(plain_bytes, sizeof plain_bytes);
    const uint8_t head[4] = {cla, 0xE2, 0x11, 0x22};
    assert_int_equal(buf_put(&b, head, 4), ERR_OK);
    if (extended)
        assert_int_equal(buf_put_u1(&b, 0), ERR_OK);
    if (n > 0 && extended)
        assert_int_equal(buf_put_u2(&b, (uint16_t)n), ERR_OK);
    if (n > 0 && !extended)
        assert_int_equal(buf_put_u1(&b, (uint8_t)n), ERR_OK);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(buf_put_u1(&b, (uint8_t)(i + 1)), ERR_OK);
    if (le && extended)
        assert_int_equal(buf_put_u2(&b, 0x0123), ERR_OK);
    if (le && !extended)
        assert_int_equal(buf_put_u1(&b, 0x45), ERR_OK);
    return buf_span(&b);
}

static void assert_too_long(struct span plain)
{
    struct buf out = buf_of(wrapped_bytes, sizeof wrapped_bytes);
    assert_int_equal(scp_wrap_command(&host, &crypto, plain, &out, NULL),
                     ERR_RANGE);
    assert_int_equal(out.n, 0);
}

static void all_cases_and_lengths(void **state)
{
    (void)state;
    static const uint8_t levels[] = {0x00, 0x01, 0x03, 0x13, 0x33};
    static const struct {
        enum scp_protocol protocol;
        uint8_t i;
    } all[] = {{SCP_01, 0x05}, {SCP_01, 0x15}, {SCP_02, 0x55}, {SCP_03, 0x70}};
    for (size_t l = 0; l < sizeof levels; l++) {
        for (size_t p = 0; p < 4; p++) {
            enum scp_protocol protocol = all[p].protocol;
            uint8_t i = all[p].i;
            if (!scp_level_allowed(protocol, i, levels[l]))
                continue;
            open_pair(protocol, i, levels[l]);
            size_t most = scp_data_max(protocol, i, levels[l]);
            for (size_t n = 0; n <= most; n++) {
                assert_carried(command(0x80, n, false, true));
                if (n > 0)
                    assert_carried(command(0x80, n, false, false));
            }
            if (most < 255)
                assert_too_long(command(0x80, most + 1, false, false));
            assert_carried(command(0x80, 0, false, false));
            assert_carried(command(0x80, 0, true, true));
            assert_carried(command(0x80, 1, true, true));
            if (protocol == SCP_01 && levels[l] == 0x03) {
                /* its length would not go into the byte for it */
                assert_carried(command(0x80, 255, true, false));
                assert_too_long(command(0x80, 256, true, false));
                continue;
            }
            assert_carried(command(0x80, 256, true, false));
            assert_carried(command(0x80, 5000, true, true));
            assert_carried(command(0x80, 65000, true, true));
        }
    }
}

static void channels_are_kept_and_not_protected(void **state)
{
    (void)state;
    static const struct {
        uint8_t plain;
        uint8_t wrapped;
    } classes[] = {{0x80, 0x84}, {0x81, 0x85}, {0x83, 0x87}, {0x00, 0x04},
                   {0x10, 0x14}, {0xC0, 0xE0}, {0xCF, 0xEF}, {0x4A, 0x6A}};
    uint8_t macs[8][8];
    for (size_t i = 0; i < 8; i++) {
        open_pair(SCP_03, 0x70, 0x01);
        struct buf out = wrap(command(classes[i].plain, 4, false, false), NULL);
        assert_int_equal(out.p[0], classes[i].wrapped);
        memcpy(macs[i], out.p + out.n - 8, 8);
        struct buf back = buf_of(answer_bytes, sizeof answer_bytes);
        assert_int_equal(
            scp_unwrap_command(&card, &crypto, buf_span(&out), &back), ERR_OK);
        assert_int_equal(back.p[0], classes[i].plain);
    }
    /* 80, 81, 83, C0, CF: one MAC. */
    assert_memory_equal(macs[0], macs[1], 8);
    assert_memory_equal(macs[0], macs[2], 8);
    assert_memory_equal(macs[0], macs[5], 8);
    assert_memory_equal(macs[0], macs[6], 8);
    assert_memory_not_equal(macs[0], macs[3], 8);
}

static uint8_t usual_i(enum scp_protocol protocol)
{
    if (protocol == SCP_01)
        return 0x15;
    return protocol == SCP_02 ? 0x55 : 0x70;
}

static void every_changed_bit_aborts(void **state)
{
    (void)state;
    static const struct {
        enum scp_protocol protocol;
        uint8_t level;
    } cases[] = {{SCP_01, 0x01}, {SCP_01, 0x03}, {SCP_02, 0x01},
                 {SCP_02, 0x03}, {SCP_03, 0x01}, {SCP_03, 0x03}};
    for (size_t c = 0; c < 6; c++) {
        uint8_t i = usual_i(cases[c].protocol);
        open_pair(cases[c].protocol, i, cases[c].level);
        const struct scp_session fresh = card;
        struct buf good = wrap(command(0x80, 20, false, false), NULL);
        for (size_t bit = 8; bit < good.n * 8; bit++) {
            uint8_t changed[300];
            struct buf out = buf_of(answer_bytes, sizeof answer_bytes);
            card = fresh;
            memcpy(changed, good.p, good.n);
            changed[bit / 8] ^= (uint8_t)(1 << (bit % 8));
            assert_int_not_equal(scp_unwrap_command(&card, &crypto,
                                                    span_of(changed, good.n),
                                                    &out),
                                 ERR_OK);
            assert_int_equal(out.n, 0);
            assert_int_equal(card.state, SCP_ABORTED);
            assert_int_equal(
                scp_unwrap_command(&card, &crypto, buf_span(&good), &out),
                ERR_STATE);
        }
        card = fresh;
        assert_int_equal(
            scp_unwrap_command(&card, &crypto, span_of(good.p, good.n - 1),
                               &(struct buf){answer_bytes, 0, LARGE}),
            ERR_FORMAT);
    }
}

static void plain_commands_are_refused(void **state)
{
    (void)state;
    struct buf out = buf_of(answer_bytes, sizeof answer_bytes);
    open_pair(SCP_03, 0x70, 0x01);
    assert_int_equal(scp_unwrap_command(&card, &crypto,
                                        command(0x80, 20, false, false), &out),
                     ERR_AUTH);
    assert_int_equal(card.state, SCP_ABORTED);
    open_pair(SCP_03, 0x70, 0x01);
    assert_int_equal(scp_unwrap_command(&card, &crypto,
                                        command(0x84, 7, false, false), &out),
                     ERR_AUTH);
}

static void replay_is_refused(void **state)
{
    (void)state;
    static const enum scp_protocol protocols[] = {SCP_01, SCP_02, SCP_03};
    for (size_t i = 0; i < 3; i++) {
        struct buf out = buf_of(answer_bytes, sizeof answer_bytes);
        open_pair(protocols[i], usual_i(protocols[i]), 0x01);
        struct buf good = wrap(command(0x80, 3, false, false), NULL);
        assert_int_equal(
            scp_unwrap_command(&card, &crypto, buf_span(&good), &out), ERR_OK);
        assert_int_equal(
            scp_unwrap_command(&card, &crypto, buf_span(&good), &out),
            ERR_AUTH);
    }
}

/* A server seals a whole script; the card's answers come much later. */
static void script_is_wrapped_ahead(void **state)
{
    (void)state;
    enum { COMMANDS = 20 };
    static uint8_t sealed[COMMANDS][300];
    static size_t lengths[COMMANDS];
    static struct scp_ticket tickets[COMMANDS];
    static const struct {
        enum scp_protocol protocol;
        uint8_t i;
        uint8_t level;
    } cases[] = {{SCP_03, 0x70, 0x33},
                 {SCP_03, 0x71, 0x33},
                 {SCP_03, 0x70, 0x13},
                 {SCP_02, 0x55, 0x13},
                 {SCP_02, 0x55, 0x11}};
    for (size_t c = 0; c < 5; c++) {
        open_pair(cases[c].protocol, cases[c].i, cases[c].level);
        for (size_t n = 0; n < COMMANDS; n++) {
            struct buf out =
                wrap(command(0x80, n * 3, false, true), &tickets[n]);
            memcpy(sealed[n], out.p, out.n);
            lengths[n] = out.n;
        }
        for (size_t n = 0; n < COMMANDS; n++) {
            struct buf got = buf_of(wrapped_bytes, sizeof wrapped_bytes);
            struct buf answer = buf_of(answer_bytes, sizeof answer_bytes);
            uint8_t back[300];
            struct buf out = buf_of(back, sizeof back);
            sw_t sw = n % 5 == 4 ? 0x6A80 : n % 5 == 3 ? 0x6310 : 0x9000;
            assert_int_equal(scp_unwrap_command(&card, &crypto,
                                                span_of(sealed[n], lengths[n]),
                                                &got),
                             ERR_OK);
            memset(answer.p, (int)n, n * 4);
            answer.n = n * 4;
            assert_int_equal(scp_wrap_response(&card, &crypto, &answer, sw),
                             ERR_OK);
            assert_int_equal(buf_put_u2(&answer, sw), ERR_OK);
            assert_int_equal(
                scp_unwrap_response(&host, &crypto, &tickets[n],
                                    command(0x80, n * 3, false, true),
                                    buf_span(&answer), &out),
                ERR_OK);
            assert_int_equal(out.n, (sw == 0x6A80 ? 0 : n * 4) + 2);
            assert_int_equal(get_u2(out.p + out.n - 2), sw);
        }
    }
}

static void responses_cannot_be_swapped(void **state)
{
    (void)state;
    struct scp_ticket tickets[2];
    uint8_t answers[2][64];
    size_t lengths[2];
    open_pair(SCP_03, 0x70, 0x33);
    for (size_t n = 0; n < 2; n++) {
        struct buf wrapped = wrap(command(0x80, 1, false, true), &tickets[n]);
        struct buf got = buf_of(wrapped_bytes, sizeof wrapped_bytes);
        struct buf answer = buf_of(answers[n], sizeof answers[n]);
        assert_int_equal(
            scp_unwrap_command(&card, &crypto, buf_span(&wrapped), &got),
            ERR_OK);
        answer.n = 4;
        memset(answer.p, 1, 4);
        assert_int_equal(scp_wrap_response(&card, &crypto, &answer, SW_OK),
                         ERR_OK);
        assert_int_equal(buf_put_u2(&answer, SW_OK), ERR_OK);
        lengths[n] = answer.n;
    }
    assert_memory_not_equal(answers[0], answers[1], lengths[0]);
    struct buf out = buf_of(plain_bytes, sizeof plain_bytes);
    assert_int_equal(scp_unwrap_response(&host, &crypto, &tickets[0],
                                         span_of(NULL, 0),
                                         span_of(answers[1], lengths[1]), &out),
                     ERR_AUTH);
    assert_int_equal(host.state, SCP_ABORTED);
    assert_int_equal(out.n, 0);
}

/* A response too short for its MAC, and no status word at all. */
static void short_responses(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {1, 2, 3, 0x90, 0x00};
    static const enum scp_protocol protocols[] = {SCP_02, SCP_03};
    for (size_t i = 0; i < 2; i++) {
        struct scp_ticket ticket;
        uint8_t i_value = protocols[i] == SCP_02 ? 0x55 : 0x70;
        struct buf out = buf_of(answer_bytes, sizeof answer_bytes);
        open_pair(protocols[i], i_value, 0x13);
        wrap(command(0x80, 1, false, true), &ticket);
        assert_int_equal(scp_unwrap_response(&host, &crypto, &ticket,
                                             command(0x80, 1, false, true),
                                             span_of(bytes, 5), &out),
                         ERR_AUTH);
        open_pair(protocols[i], i_value, 0x13);
        assert_int_equal(scp_unwrap_response(&host, &crypto, &ticket,
                                             command(0x80, 1, false, true),
                                             span_of(bytes, 1), &out),
                         ERR_FORMAT);
    }
}

static void full_buffers_change_nothing(void **state)
{
    (void)state;
    open_pair(SCP_03, 0x70, 0x33);
    const struct scp_session before = host;
    struct span plain = command(0x80, 20, false, true);
    for (size_t cap = 0; cap < 4 + 1 + 32 + 8 + 1; cap++) {
        struct buf small = buf_of(wrapped_bytes, cap);
        assert_int_equal(scp_wrap_command(&host, &crypto, plain, &small, NULL),
                         ERR_FULL);
        assert_int_equal(small.n, 0);
        assert_memory_equal(&host, &before, sizeof before);
    }
    struct buf exact = buf_of(wrapped_bytes, 4 + 1 + 32 + 8 + 1);
    assert_int_equal(scp_wrap_command(&host, &crypto, plain, &exact, NULL),
                     ERR_OK);
}

static void order_of_calls(void **state)
{
    (void)state;
    struct buf out = buf_of(answer_bytes, sizeof answer_bytes);
    struct scp_ticket ticket = {.counter = 0};
    memset(&host, 0, sizeof host);
    assert_int_equal(scp_wrap_command(&host, &crypto,
                                      command(0x80, 0, false, false), &out,
                                      NULL),
                     ERR_STATE);
    assert_int_equal(scp_unwrap_response(&host, &crypto, &ticket,
                                         span_of(NULL, 0), span_of(NULL, 0),
                                         &out),
                     ERR_STATE);
    assert_int_equal(scp_authenticate_make(&host, &crypto, 0x33, &out),
                     ERR_STATE);
    assert_int_equal(
        scp_authenticate_check(&host, &crypto, span_of(plain_bytes, 5)),
        ERR_STATE);
    assert_int_equal(
        scp_dek(&host, &crypto, CRYPTO_ENCRYPT, plain_bytes, plain_bytes, 16),
        ERR_STATE);
    open_pair(SCP_03, 0x70, 0x33);
    assert_int_equal(scp_unwrap_command(&host, &crypto,
                                        command(0x80, 0, false, false), &out),
                     ERR_STATE);
    assert_int_equal(
        scp_dek(&host, &crypto, CRYPTO_ENCRYPT, plain_bytes, plain_bytes, 8),
        ERR_RANGE);
    scp_close(&host);
    static const struct scp_session empty;
    assert_memory_equal(&host, &empty, sizeof empty);
}

static void initialize_update_lengths(void **state)
{
    (void)state;
    uint8_t bytes[64] = {0};
    struct scp_init init;
    const struct span host8 = span_of(bytes, 8);
    bytes[11] = 0x02;
    assert_int_equal(scp_init_parse(span_of(bytes, 28), host8, &init), ERR_OK);
    assert_int_equal(scp_init_parse(span_of(bytes, 27), host8, &init),
                     ERR_FORMAT);
    assert_int_equal(scp_init_parse(span_of(bytes, 29), host8, &init),
                     ERR_FORMAT);
    bytes[11] = 0x03;
    bytes[12] = 0x70;
    for (size_t n = 0; n < 64; n++)
        assert_int_equal(scp_init_parse(span_of(bytes, n), host8, &init) ==
                             ERR_OK,
                         n == 29 || n == 32);
    bytes[12] = 0x71;
    for (size_t n = 0; n < 64; n++)
        assert_int_equal(scp_init_parse(span_of(bytes, n), span_of(bytes, 16),
                                        &init) == ERR_OK,
                         n == 45 || n == 48);
    bytes[11] = 0x01;
    for (size_t n = 0; n < 64; n++)
        assert_int_equal(
            scp_init_parse(span_of(bytes, n), host8, &init) == ERR_OK, n == 28);
    bytes[11] = 0x04;
    assert_int_equal(scp_init_parse(span_of(bytes, 28), host8, &init),
                     ERR_UNSUPPORTED);
    assert_int_equal(
        scp_init_parse(span_of(bytes, 28), span_of(bytes, 9), &init),
        ERR_RANGE);
}

static void begin_at(struct scp_init *init, struct scp_session *s)
{
    const struct secret_scp_keys keys = {.length = 16};
    *init =
        (struct scp_init){.protocol = SCP_03, .i = 0x70, .challenge_length = 8};
    assert_int_equal(scp_begin(s, &crypto, SCP_CARD, &keys, init), ERR_OK);
}

static void authentication_is_strict(void **state)
{
    (void)state;
    struct scp_init init;
    uint8_t bytes[SCP_AUTHENTICATE_MAX];
    struct buf good = buf_of(bytes, sizeof bytes);
    const struct secret_scp_keys keys = {.length = 16};

    begin_at(&init, &card);
    assert_int_equal(scp_begin(&host, &crypto, SCP_HOST, &keys, &init), ERR_OK);
    assert_int_equal(scp_authenticate_make(&host, &crypto, 0x23, &good),
                     ERR_RANGE);
    assert_int_equal(scp_authenticate_make(&host, &crypto, 0x33, &good),
                     ERR_OK);
    for (size_t bit = 0; bit < good.n * 8; bit++) {
        if (bit / 8 == 0 && bit != 2)
            continue; /* channel and interindustry bits are not MACed */
        begin_at(&init, &card);
        bytes[bit / 8] ^= (uint8_t)(1 << (bit % 8));
        assert_int_not_equal(
            scp_authenticate_check(&card, &crypto, buf_span(&good)), ERR_OK);
        assert_int_equal(card.state, SCP_CLOSED);
        bytes[bit / 8] ^= (uint8_t)(1 << (bit % 8));
    }
    begin_at(&init, &card);
    assert_int_equal(scp_authenticate_check(&card, &crypto, buf_span(&good)),
                     ERR_OK);
    assert_int_equal(card.level, 0x33);
    assert_int_equal(scp_authenticate_check(&card, &crypto, buf_span(&good)),
                     ERR_STATE);

    const struct secret_scp_keys odd = {.length = 20};
    assert_int_equal(scp_begin(&host, &crypto, SCP_HOST, &odd, &init),
                     ERR_RANGE);
    init.protocol = SCP_02;
    init.i = 0x0A; /* implicit */
    assert_int_equal(scp_begin(&host, &crypto, SCP_HOST, &keys, &init),
                     ERR_UNSUPPORTED);
}

static void levels_of_the_protocols(void **state)
{
    (void)state;
    assert_true(scp_level_allowed(SCP_03, 0x70, 0x33));
    assert_false(scp_level_allowed(SCP_03, 0x70, 0x10));
    assert_false(scp_level_allowed(SCP_03, 0x20, 0x33));
    assert_false(scp_level_allowed(SCP_03, 0x00, 0x11));
    assert_false(scp_level_allowed(SCP_03, 0x70, 0x02));
    assert_false(scp_level_allowed(SCP_02, 0x55, 0x33));
    assert_true(scp_level_allowed(SCP_02, 0x55, 0x10));
    assert_true(scp_level_allowed(SCP_01, 0x05, 0x03));
    assert_false(scp_level_allowed(SCP_01, 0x05, 0x10));
    assert_false(scp_level_allowed(SCP_01, 0x05, 0x13));
    assert_true(scp_i_allowed(SCP_01, 0x15));
    assert_false(scp_i_allowed(SCP_01, 0x55));
    assert_int_equal(scp_data_max(SCP_03, 0x70, 0x33), 239);
    assert_int_equal(scp_data_max(SCP_03, 0x71, 0x33), 223);
    assert_int_equal(scp_data_max(SCP_03, 0x70, 0x11), 247);
    assert_int_equal(scp_data_max(SCP_02, 0x55, 0x03), 239);
    assert_int_equal(scp_data_max(SCP_02, 0x55, 0x00), 255);
    assert_int_equal(scp_data_max(SCP_01, 0x05, 0x03), 239);
}

static int begin(void **state)
{
    static struct port_openssl *port;
    *state = &port;
    return port_openssl_crypto_init(&crypto, &port, "test");
}

static int end(void **state)
{
    port_openssl_free(*state);
    return 0;
}

/* Data in pieces of one and of two blocks are what they are at once. */
static void data_come_in_pieces(void **state)
{
    static const struct {
        enum scp_protocol protocol;
        uint8_t i;
        uint8_t level;
    } kinds[] = {{SCP_02, 0x15, 0x01}, {SCP_02, 0x0B, 0x01}, {SCP_03, 0x70, 1}};
    uint8_t whole[48], pieces[48];

    (void)state;
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        uint8_t chain[CRYPTO_BLOCK_MAX] = {0}, back[CRYPTO_BLOCK_MAX] = {0};
        open_pair(kinds[k].protocol, kinds[k].i, kinds[k].level);
        memset(pieces, 0x5A, sizeof pieces);
        assert_int_equal(scp_dek(&card, &crypto, CRYPTO_ENCRYPT, pieces, whole,
                                 sizeof whole),
                         ERR_OK);
        assert_int_equal(
            scp_dek_next(&card, &crypto, CRYPTO_ENCRYPT, chain, pieces, 0),
            ERR_OK);
        assert_int_equal(
            scp_dek_next(&card, &crypto, CRYPTO_ENCRYPT, chain, pieces, 16),
            ERR_OK);
        assert_int_equal(scp_dek_next(&card, &crypto, CRYPTO_ENCRYPT, chain,
                                      pieces + 16, 32),
                         ERR_OK);
        assert_memory_equal(pieces, whole, sizeof whole);
        assert_int_equal(
            scp_dek_next(&card, &crypto, CRYPTO_DECRYPT, back, pieces, 32),
            ERR_OK);
        assert_int_equal(
            scp_dek_next(&card, &crypto, CRYPTO_DECRYPT, back, pieces + 32, 16),
            ERR_OK);
        for (size_t i = 0; i < sizeof pieces; i++)
            assert_int_equal(pieces[i], 0x5A);
        assert_int_equal(
            scp_dek_next(&card, &crypto, CRYPTO_DECRYPT, back, pieces, 7),
            ERR_RANGE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_cases_and_lengths),
        cmocka_unit_test(channels_are_kept_and_not_protected),
        cmocka_unit_test(every_changed_bit_aborts),
        cmocka_unit_test(plain_commands_are_refused),
        cmocka_unit_test(replay_is_refused),
        cmocka_unit_test(script_is_wrapped_ahead),
        cmocka_unit_test(responses_cannot_be_swapped),
        cmocka_unit_test(short_responses),
        cmocka_unit_test(full_buffers_change_nothing),
        cmocka_unit_test(order_of_calls),
        cmocka_unit_test(initialize_update_lengths),
        cmocka_unit_test(authentication_is_strict),
        cmocka_unit_test(levels_of_the_protocols),
        cmocka_unit_test(data_come_in_pieces),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
