/*
 * Proves sessions against the card's side of the secure channel: every level
 * and key length, wrong keys (nothing is sent that counts, nothing repeated),
 * damaged responses, lists of several pages, whole tasks and their progress.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <gp/content.h>

#include "base/hex.h"
#include "fake_card.h"
#include "ports/openssl/crypto_openssl.h"

static struct crypto_port crypto;
static struct fake_card card;
static struct gp_session session;
static struct gp_why why;

static struct secret_gp_keys keys_of(uint8_t length)
{
    struct secret_gp_keys keys = {.kvn = 0};
    fake_card_init(&card, &crypto, SCP_03, 0x70, length);
    keys.keys = card.keys;
    return keys;
}

static int open_session(uint8_t protocol, uint8_t i, uint8_t key_length,
                        uint8_t level)
{
    struct secret_gp_keys keys = keys_of(key_length);
    const struct gp_session_options options = {.keys = &keys, .level = level};
    fake_card_init(&card, &crypto, protocol, i, key_length);
    why.text[0] = '\0';
    return gp_session_open(&session, &card.base, &crypto, &options, &why);
}

static void exchange_some(void)
{
    static const uint8_t plain[] = {0x80, 0xCA, 0x00, 0x66, 0x00};
    static const uint8_t data[] = {0x80, 0xE2, 0x00, 0x00, 0x03, 1, 2, 3};
    uint8_t bytes[600];
    struct buf out = buf_of(bytes, sizeof bytes);

    fake_card_answer(&card, "66040102030490 00");
    fake_card_answer(&card, "6A88");
    fake_card_answer(&card, "9000");
    assert_int_equal(
        gp_session_command(&session, span_of(plain, sizeof plain), &out), 0);
    assert_int_equal(out.n, 8);
    assert_memory_equal(out.p, "\x66\x04\x01\x02\x03\x04\x90\x00", 8);
    assert_int_equal(
        gp_session_command(&session, span_of(plain, sizeof plain), &out),
        SW_DATA_NOT_FOUND);
    assert_int_equal(
        gp_session_command(&session, span_of(data, sizeof data), &out), 0);
    assert_int_equal(out.n, 2);
    assert_int_equal(card.count, 3);
    struct span got = fake_card_command(&card, 2);
    assert_int_equal(got.n, sizeof data);
    assert_memory_equal(got.p, data, sizeof data);
}

static void every_level_carries(void **state)
{
    (void)state;
    static const struct {
        uint8_t protocol;
        uint8_t i;
        uint8_t key_length;
        uint8_t level;
    } cases[] = {
        {SCP_03, 0x70, 16, 0x00}, {SCP_03, 0x70, 16, 0x01},
        {SCP_03, 0x70, 16, 0x03}, {SCP_03, 0x70, 16, 0x11},
        {SCP_03, 0x70, 16, 0x13}, {SCP_03, 0x70, 16, 0x33},
        {SCP_03, 0x70, 24, 0x33}, {SCP_03, 0x70, 32, 0x33},
        {SCP_03, 0x00, 32, 0x03}, {SCP_03, 0x20, 24, 0x13},
        {SCP_03, 0x10, 16, 0x01}, {SCP_03, 0x60, 16, 0x33},
        {SCP_02, 0x15, 16, 0x00}, {SCP_02, 0x15, 16, 0x01},
        {SCP_02, 0x15, 16, 0x03}, {SCP_02, 0x15, 16, 0x10},
        {SCP_02, 0x55, 16, 0x11}, {SCP_02, 0x55, 16, 0x13},
    };
    for (size_t n = 0; n < sizeof cases / sizeof cases[0]; n++) {
        assert_int_equal(open_session(cases[n].protocol, cases[n].i,
                                      cases[n].key_length, cases[n].level),
                         0);
        assert_int_equal(session.scp.level, cases[n].level);
        exchange_some();
        gp_session_close(&session);
    }
}

/* The counter is read, the first C-MAC opens; C-MAC is all there is. */
static void implicit_initiation(void **state)
{
    (void)state;
    static const uint8_t is[] = {0x0A, 0x0B, 0x1A, 0x1B};
    for (size_t n = 0; n < sizeof is; n++) {
        struct secret_gp_keys keys = keys_of(16);
        struct gp_session_options options = {.keys = &keys,
                                             .level = GP_LEVEL_BEST};
        fake_card_init(&card, &crypto, SCP_02, is[n], 16);
        card.init.sequence[1] = 7;
        fake_card_answer(&card, "C10200079000");
        assert_int_equal(
            gp_session_open(&session, &card.base, &crypto, &options, &why), 0);
        assert_int_equal(session.scp.level, SCP_C_MAC);
        assert_int_equal(card.count, 1);
        card.count = 0;
        exchange_some();
        gp_session_close(&session);

        options.level = 0x03;
        assert_int_equal(
            gp_session_open(&session, &card.base, &crypto, &options, &why),
            GP_ERR_UNSUPPORTED);
        options.level = SCP_C_MAC;
        fake_card_answer(&card, "6A88");
        assert_int_equal(
            gp_session_open(&session, &card.base, &crypto, &options, &why),
            SW_DATA_NOT_FOUND);
        assert_int_equal(session.scp.state, SCP_CLOSED);
    }
}

static int send_hex(const char *hex, struct buf *out)
{
    uint8_t bytes[64];
    struct buf plain = buf_of(bytes, sizeof bytes);
    assert_int_equal(hex_decode(hex, strlen(hex), &plain, NULL), ERR_OK);
    return gp_session_command(&session, buf_span(&plain), out);
}

/* Both ends raise and lower the level; a gathered R-MAC is checked. */
static void r_mac_sessions(void **state)
{
    (void)state;
    uint8_t bytes[300];
    struct buf out = buf_of(bytes, sizeof bytes);
    assert_int_equal(open_session(SCP_03, 0x70, 16, 0x03), 0);
    assert_int_equal(send_hex("807A300100", &out), 0);
    assert_int_equal(session.scp.level, 0x33);
    assert_int_equal(send_hex("80CA006600", &out), 0);
    assert_int_equal(send_hex("8078000300", &out), 0);
    assert_int_equal(session.scp.level, 0x03);

    assert_int_equal(open_session(SCP_02, 0x15, 16, 0x01), 0);
    assert_int_equal(send_hex("807A000100", &out), 0);
    assert_int_equal(session.scp.level, 0x01);
    assert_int_equal(send_hex("80CA006600", &out), 0);
    assert_int_equal(send_hex("8078000100", &out), 0);
    assert_int_equal(out.n, 10);
    card.damage = 1;
    assert_int_equal(send_hex("8078000300", &out), GP_ERR_RESPONSE_MAC);
}

static void best_level_is_the_strongest(void **state)
{
    (void)state;
    assert_int_equal(open_session(SCP_03, 0x70, 16, GP_LEVEL_BEST), 0);
    assert_int_equal(session.scp.level, 0x33);
    assert_int_equal(open_session(SCP_03, 0x20, 16, GP_LEVEL_BEST), 0);
    assert_int_equal(session.scp.level, 0x13);
    assert_int_equal(open_session(SCP_03, 0x00, 16, GP_LEVEL_BEST), 0);
    assert_int_equal(session.scp.level, 0x03);
    assert_int_equal(open_session(SCP_02, 0x15, 16, GP_LEVEL_BEST), 0);
    assert_int_equal(session.scp.level, 0x03);
    assert_int_equal(open_session(SCP_03, 0x00, 16, 0x33), GP_ERR_UNSUPPORTED);
    assert_int_equal(card.authentications, 0);
    assert_int_equal(session.scp.state, SCP_CLOSED);
}

static void wrong_keys_stop_before_they_count(void **state)
{
    (void)state;
    struct secret_gp_keys keys = keys_of(16);
    const struct gp_session_options options = {.keys = &keys,
                                               .level = GP_LEVEL_BEST};
    fake_card_init(&card, &crypto, SCP_03, 0x70, 16);
    keys.keys.mac[5] ^= 1;
    assert_int_equal(
        gp_session_open(&session, &card.base, &crypto, &options, &why),
        GP_ERR_CARD_AUTH);
    assert_int_equal(card.authentications, 0);
    assert_non_null(strstr(why.text, "cryptogram"));
    assert_int_equal(session.scp.state, SCP_CLOSED);
}

/* S-ENC is in no cryptogram of SCP03: such a key fails at the first command. */
static void wrong_encryption_key_is_found(void **state)
{
    (void)state;
    static const uint8_t data[] = {0x80, 0xE2, 0x00, 0x00, 0x03, 1, 2, 3};
    struct secret_gp_keys keys = keys_of(16);
    const struct gp_session_options options = {.keys = &keys, .level = 0x33};
    fake_card_init(&card, &crypto, SCP_03, 0x70, 16);
    keys.keys.enc[0] ^= 1;
    assert_int_equal(
        gp_session_open(&session, &card.base, &crypto, &options, &why), 0);
    assert_int_equal(
        gp_session_command(&session, span_of(data, sizeof data), NULL),
        SW_SECURITY_STATUS);
    assert_int_equal(card.count, 0);
    assert_int_equal(card.scp.state, SCP_ABORTED);
}

static void refused_authentication_is_not_repeated(void **state)
{
    (void)state;
    struct secret_gp_keys keys = keys_of(16);
    struct scp_session *s = &session.scp;
    struct scp_init init;
    uint8_t bytes[300];
    struct buf out = buf_of(bytes, sizeof bytes);
    static const uint8_t select[] = {0x80, 0x50, 0, 0, 8, 1, 2,
                                     3,    4,    5, 6, 7, 8, 0};
    fake_card_init(&card, &crypto, SCP_03, 0x70, 16);
    assert_int_equal(
        gp_transmit(&card.base, span_of(select, sizeof select), &out), 0);
    assert_int_equal(
        scp_init_parse(gp_response_data(&out), span_of(select + 5, 8), &init),
        ERR_OK);
    assert_int_equal(scp_begin(s, &crypto, SCP_HOST, &keys.keys, &init),
                     ERR_OK);
    out.n = 0;
    assert_int_equal(scp_authenticate_make(s, &crypto, 0x33, &out), ERR_OK);
    out.p[7] ^= 1;
    uint8_t answer[4];
    struct buf in = buf_of(answer, sizeof answer);
    assert_int_equal(gp_transmit(&card.base, buf_span(&out), &in), 0);
    assert_int_equal(gp_response_sw(&in), SW_AUTH_FAILED);
    assert_int_equal(card.scp.state, SCP_CLOSED);
    assert_int_equal(card.authentications, 1);
}

static void damaged_response_ends_the_session(void **state)
{
    (void)state;
    static const uint8_t plain[] = {0x80, 0xCA, 0x00, 0x66, 0x00};
    static const uint8_t levels[] = {0x11, 0x13, 0x33};
    for (size_t i = 0; i < sizeof levels; i++) {
        for (int protocol = SCP_02; protocol <= SCP_03; protocol++) {
            if (protocol == SCP_02 && levels[i] == 0x33)
                continue;
            assert_int_equal(open_session((uint8_t)protocol,
                                          protocol == SCP_02 ? 0x55 : 0x70, 16,
                                          levels[i]),
                             0);
            card.damage = 1;
            fake_card_answer(&card, "0102039000");
            assert_int_equal(gp_session_command(
                                 &session, span_of(plain, sizeof plain), NULL),
                             GP_ERR_RESPONSE_MAC);
            assert_int_equal(gp_session_command(
                                 &session, span_of(plain, sizeof plain), NULL),
                             GP_ERR_STATE);
        }
    }
}

static void lost_command_is_noticed(void **state)
{
    (void)state;
    static const uint8_t plain[] = {0x80, 0xCA, 0x00, 0x66, 0x00};
    uint8_t bytes[300];
    struct buf lost = buf_of(bytes, sizeof bytes);
    assert_int_equal(open_session(SCP_03, 0x70, 16, 0x01), 0);
    assert_int_equal(scp_wrap_command(&session.scp, &crypto,
                                      span_of(plain, sizeof plain), &lost,
                                      NULL),
                     ERR_OK);
    assert_int_equal(
        gp_session_command(&session, span_of(plain, sizeof plain), NULL),
        SW_SECURITY_STATUS);
    assert_int_equal(card.scp.state, SCP_ABORTED);
}

struct seen {
    unsigned count;
    struct gp_status last;
};

static void see(void *ctx, const struct gp_status *entry)
{
    struct seen *seen = ctx;
    seen->count++;
    seen->last = *entry;
}

static void lists_several_pages(void **state)
{
    (void)state;
    struct seen seen = {.count = 0};
    assert_int_equal(open_session(SCP_03, 0x70, 16, 0x33), 0);
    fake_card_answer(&card, "E30E4F05A0000000049F700101C501006310");
    fake_card_answer(&card, "E3194F07A00000015153509F7001018408A0000001515350"
                            "41CE010200" /* broken: longer than E3 says */
                            "9000");
    assert_int_equal(
        gp_content_list(&session, GP_SCOPE_MODULES, see, &seen, &why),
        GP_ERR_PROTOCOL);

    card.answered = card.answer_count = 0;
    seen.count = 0;
    fake_card_answer(&card, "E30E4F05A0000000049F700101C501006310");
    fake_card_answer(&card, "E3214F07A00000015153509F7001018408A0000001515350"
                            "41CC08A0000001510000009000");
    assert_int_equal(
        gp_content_list(&session, GP_SCOPE_MODULES, see, &seen, &why), 0);
    assert_int_equal(seen.count, 2);
    assert_int_equal(seen.last.module_count, 1);
    assert_int_equal(seen.last.modules[0].n, 8);
    assert_int_equal(seen.last.domain.n, 8);
    assert_int_equal(seen.last.life_cycle[0], 1);
    assert_int_equal(card.commands[card.count - 2][3], 0x02);
    assert_int_equal(card.commands[card.count - 1][3], 0x03);
}

static bool count_steps(void *ctx, const char *what, size_t done, size_t all)
{
    (void)what;
    assert_true(done <= all);
    return ++*(unsigned *)ctx < 3;
}

static void stores_in_pieces(void **state)
{
    (void)state;
    static uint8_t data[600];
    unsigned steps = 0;
    const struct gp_progress stop_at_three = {count_steps, &steps};
    static const uint8_t aid[] = {0xA0, 0, 0, 0, 1};
    assert_int_equal(open_session(SCP_03, 0x70, 16, 0x33), 0);
    assert_int_equal(gp_session_data_max(&session), 239);
    assert_int_equal(
        gp_content_personalize(&session, span_of(aid, 5), GP_STORE_DGI,
                               span_of(data, sizeof data), NULL, &why),
        0);
    assert_int_equal(card.count, 1 + 3);
    assert_int_equal(card.commands[1][2], 0x08);
    assert_int_equal(card.commands[2][3], 1);
    assert_int_equal(card.commands[3][2], 0x88);
    assert_int_equal(card.lengths[3], 5 + 600 - 2 * 239);

    const struct span items[] = {
        {data, 1}, {data, 2}, {data, 3}, {data, 4}, {data, 5}};
    assert_int_equal(gp_content_store(&session, span_of(NULL, 0), 0, items, 5,
                                      &stop_at_three, &why),
                     GP_ERR_CANCELLED);
    assert_int_equal(card.count, 4 + 3);
}

static void puts_keys(void **state)
{
    (void)state;
    struct secret_scp_keys fresh = {.length = 16};
    const struct gp_put_key how = {.kvn = 0x31, .kid = 1, .type = GP_KEY_AES};
    static const struct gp_put_key bad = {.kvn = 0x80, .type = GP_KEY_AES};
    uint8_t clear[16];
    memset(fresh.enc, 0x11, 16);
    memset(fresh.mac, 0x22, 16);
    memset(fresh.dek, 0x33, 16);
    assert_int_equal(open_session(SCP_03, 0x70, 16, 0x33), 0);
    fake_card_answer(&card, "319000"); /* no check values */
    assert_int_equal(gp_content_put_keys(&session, &how, &fresh, &why),
                     GP_ERR_PROTOCOL);
    assert_int_equal(card.commands[0][5], 0x31);
    assert_int_equal(scp_dek(&card.scp, &crypto, CRYPTO_DECRYPT,
                             card.commands[0] + 9, clear, 16),
                     ERR_OK);
    assert_memory_equal(clear, fresh.enc, 16);
    assert_int_equal(gp_content_put_keys(&session, &bad, &fresh, &why),
                     GP_ERR_ARGUMENT);
    gp_session_close(&session);
    assert_int_equal(gp_content_put_keys(&session, &how, &fresh, &why),
                     GP_ERR_STATE);
}

static void too_large_files_are_refused_here(void **state)
{
    (void)state;
    static uint8_t part[40000];
    struct gp_capfile cap = {.package.aid = {5, {0xA0, 0, 0, 0, 1}}};
    const struct gp_load_options options = {.block_size = 239};
    cap.parts[GP_CAP_METHOD] = span_of(part, sizeof part);
    assert_int_equal(open_session(SCP_03, 0x70, 16, 0x33), 0);
    assert_int_equal(gp_content_load(&session, &cap, &options, NULL, &why), 0);
    assert_int_equal(card.count, 1 + (40004 + 238) / 239);

    cap.parts[GP_CAP_CLASS] = span_of(part, 30000);
    size_t before = card.count;
    assert_int_equal(gp_content_load(&session, &cap, &options, NULL, &why),
                     GP_ERR_LIMIT);
    assert_int_equal(card.count, before);
    assert_non_null(strstr(why.text, "70000"));
}

static void refusals_have_names(void **state)
{
    (void)state;
    static const uint8_t aid[] = {0xA0, 0, 0, 0, 1};
    assert_int_equal(open_session(SCP_02, 0x15, 16, 0x01), 0);
    fake_card_answer(&card, "6985");
    assert_int_equal(gp_content_delete(&session, span_of(aid, 5), true, &why),
                     SW_CONDITIONS);
    assert_non_null(strstr(why.text, "DELETE"));
    assert_non_null(strstr(why.text, "6985"));
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_level_carries),
        cmocka_unit_test(implicit_initiation),
        cmocka_unit_test(r_mac_sessions),
        cmocka_unit_test(best_level_is_the_strongest),
        cmocka_unit_test(wrong_keys_stop_before_they_count),
        cmocka_unit_test(wrong_encryption_key_is_found),
        cmocka_unit_test(refused_authentication_is_not_repeated),
        cmocka_unit_test(damaged_response_ends_the_session),
        cmocka_unit_test(lost_command_is_noticed),
        cmocka_unit_test(lists_several_pages),
        cmocka_unit_test(stores_in_pieces),
        cmocka_unit_test(puts_keys),
        cmocka_unit_test(too_large_files_are_refused_here),
        cmocka_unit_test(refusals_have_names),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
