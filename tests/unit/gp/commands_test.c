/*
 * Proves builders against bytes that other tools sent, their limits, and that
 * the readers of answers refuse what breaks their format.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <gp/commands.h>

#include "base/hex.h"

static uint8_t bytes[GP_APDU_SHORT_MAX];
static struct buf out;

static int begin(void **state)
{
    (void)state;
    out = buf_of(bytes, sizeof bytes);
    return 0;
}

static void assert_built(int result, const char *want)
{
    char got[2 * GP_APDU_SHORT_MAX + 1];
    assert_int_equal(result, GP_OK);
    hex_encode(buf_span(&out), got);
    assert_string_equal(got, want);
    out.n = 0;
}

static const uint8_t aid[] = {0xD0, 0xD1, 0xD2, 0xD3, 0xD4, 0xD5, 0x01, 0x01};

static void builds_what_peers_send(void **state)
{
    (void)state;
    const struct span a = span_of(aid, sizeof aid);
    const struct span none = span_of(NULL, 0);
    assert_built(gp_cmd_select(&out, none), "00A4040000");
    assert_built(gp_cmd_get_status(&out, GP_SCOPE_ISD, none, false),
                 "80F28002024F0000");
    assert_built(gp_cmd_get_status(&out, GP_SCOPE_FILES, none, true),
                 "80F22003024F0000");
    assert_built(gp_cmd_install_for_personalization(&out, a),
                 "80E620000E000008D0D1D2D3D4D5010100000000");
    assert_built(gp_cmd_delete_key(&out, 1, 0x73), "80E4000006D00101D2017300");
    assert_built(gp_cmd_delete_key(&out, -1, 0x73), "80E4000003D2017300");
    assert_built(gp_cmd_delete(&out, a, true),
                 "80E400800A4F08D0D1D2D3D4D5010100");
    assert_built(gp_cmd_set_status(&out, GP_SET_APPLICATION, 0x83, a),
                 "80F0408308D0D1D2D3D4D50101");
    assert_built(gp_cmd_set_status(&out, GP_SET_ISD, 0x7F, none), "80F0807F");
    assert_built(gp_cmd_store_data(&out, GP_STORE_DGI, 0, true, a),
                 "80E2880008D0D1D2D3D4D50101");
    assert_built(gp_cmd_store_data(&out, GP_STORE_RESPONSE, 1, false, a),
                 "80E2010108D0D1D2D3D4D5010100");
    assert_built(gp_cmd_get_data(&out, 0x00E0), "80CA00E000");
}

static struct span of_hex(const char *hex, uint8_t *room, size_t cap)
{
    struct buf b = buf_of(room, cap);
    assert_int_equal(hex_decode(hex, strlen(hex), &b, NULL), ERR_OK);
    return buf_span(&b);
}

static void assert_upgrade(const char *answer, int result, uint8_t state,
                           size_t aid_length)
{
    uint8_t room[200];
    struct gp_upgrade u;
    assert_int_equal(gp_upgrade_parse(of_hex(answer, room, sizeof room), &u),
                     result);
    if (result != GP_OK)
        return;
    assert_int_equal(u.state, state);
    assert_int_equal(u.file.n, aid_length);
}

/* As the one open client sends and reads it. */
static void manages_upgrades(void **state)
{
    (void)state;
    const struct span a = span_of(aid, sizeof aid);
    assert_built(gp_cmd_manage_elf_upgrade(&out, GP_UPGRADE_START, a),
                 "80EA01000CA10A4F08D0D1D2D3D4D5010100");
    assert_built(gp_cmd_manage_elf_upgrade(&out, GP_UPGRADE_STATUS, a),
                 "80EA080000");
    assert_upgrade("0005A103900100", GP_OK, 0x00, 0);
    assert_upgrade("000CA10A9001024F05D0D1D2D3D4", GP_OK, 0x02, 5);
    assert_upgrade("02BEEF05A103900110", GP_OK, 0x10, 0);
    assert_upgrade("8100810CA10A9001044F05D0D1D2D3D4", GP_OK, 0x04, 5);
    assert_upgrade("820001AA820005A103900160", GP_OK, 0x60, 0);
    assert_upgrade("", GP_ERR_PROTOCOL, 0, 0);
    assert_upgrade("00", GP_ERR_PROTOCOL, 0, 0);
    assert_upgrade("0006A103900100", GP_ERR_PROTOCOL, 0, 0);
    assert_upgrade("8005A103900100", GP_ERR_PROTOCOL, 0, 0);
    assert_upgrade("83000005A103900100", GP_ERR_PROTOCOL, 0, 0);
    assert_upgrade("0006A10490020000", GP_ERR_PROTOCOL, 0, 0);
    assert_upgrade("0004A1029000", GP_ERR_PROTOCOL, 0, 0);
    assert_upgrade("000BA1099001024F04D0D1D2D3", GP_ERR_PROTOCOL, 0, 0);
    for (unsigned i = 0; i < 256; i++)
        assert_true(strlen(gp_upgrade_text((uint8_t)i)) > 0);
}

static void installs_with_system_parameters(void **state)
{
    (void)state;
    static const uint8_t system[] = {0xEF, 0x08, 0xC7, 2, 1,
                                     0xF4, 0xC8, 2,    1, 0xF4};
    const struct gp_install in = {
        .file = span_of(aid, 7),
        .module = span_of(aid, 8),
        .privileges = {0x10},
        .privileges_length = 1,
        .parameters = span_of((const uint8_t[]){0x00}, 1),
        .system = span_of(system, sizeof system),
    };
    assert_built(gp_cmd_install(&out, 0x0C, &in),
                 "80E60C002B07D0D1D2D3D4D50108D0D1D2D3D4D5010108D0D1D2D3D4D501"
                 "0101100DC90100EF08C70201F4C80201F40000");
}

static void long_parameters_have_long_lengths(void **state)
{
    (void)state;
    static uint8_t many[200];
    struct gp_install in = {
        .file = span_of(aid, 7),
        .module = span_of(aid, 8),
        .privileges_length = 1,
        .parameters = span_of(many, 150),
    };
    assert_int_equal(gp_cmd_install(&out, 0x0C, &in), GP_OK);
    /* 81 99: C9 81 96 and 150 bytes. */
    assert_memory_equal(out.p + 5 + 8 + 9 + 9 + 2, "\x81\x99\xC9\x81\x96", 5);
    out.n = 0;
    in.parameters = span_of(many, 200);
    in.token = span_of(many, 100);
    assert_int_equal(gp_cmd_install(&out, 0x0C, &in), GP_ERR_TOO_LONG);
    assert_int_equal(out.n, 0);
    in.privileges_length = 2;
    assert_int_equal(gp_cmd_install(&out, 0x0C, &in), GP_ERR_ARGUMENT);
}

static void limits_of_builders(void **state)
{
    (void)state;
    static uint8_t many[256];
    struct buf tiny = buf_of(bytes, 8);
    assert_int_equal(gp_cmd_select(&out, span_of(aid, 4)), GP_ERR_ARGUMENT);
    assert_int_equal(gp_cmd_select(&tiny, span_of(aid, 8)), GP_ERR_TOO_LONG);
    assert_int_equal(tiny.n, 0);
    assert_int_equal(gp_cmd_load(&out, 0, true, span_of(many, 256)),
                     GP_ERR_TOO_LONG);
    assert_int_equal(gp_cmd_load(&out, 0, true, span_of(many, 255)), GP_OK);
    assert_int_equal(gp_cmd_delete_key(&out, -1, -1), GP_ERR_ARGUMENT);
    assert_int_equal(gp_cmd_delete_key(&out, 0x80, 1), GP_ERR_ARGUMENT);
}

static void load_blocks_cover_the_file(void **state)
{
    (void)state;
    static uint8_t block[1000];
    static uint8_t got[1004];
    uint8_t head[4];
    bool last;
    for (size_t i = 0; i < sizeof block; i++)
        block[i] = (uint8_t)i;
    for (size_t size = 4; size < 256; size += 7) {
        struct buf header = buf_of(head, sizeof head);
        size_t n = 0;
        last = false;
        assert_int_equal(gp_load_header(&header, sizeof block), GP_OK);
        for (unsigned i = 0; !last; i++) {
            out.n = 0;
            assert_int_equal(gp_cmd_load_block(&out, buf_span(&header),
                                               span_of(block, sizeof block),
                                               size, i, &last),
                             GP_OK);
            assert_int_equal(out.p[2], last ? 0x80 : 0);
            assert_int_equal(out.p[3], i);
            memcpy(got + n, out.p + 5, out.p[4]);
            n += out.p[4];
        }
        assert_int_equal(n, sizeof got);
        assert_memory_equal(got, "\xC4\x82\x03\xE8", 4);
        assert_memory_equal(got + 4, block, sizeof block);
        assert_int_equal(gp_cmd_load_block(&out, buf_span(&header),
                                           span_of(block, sizeof block), size,
                                           256, &last),
                         GP_ERR_ARGUMENT);
    }
    struct buf header = buf_of(head, sizeof head);
    assert_int_equal(gp_load_header(&header, 1000), GP_OK);
    assert_int_equal(gp_cmd_load_block(&out, buf_span(&header),
                                       span_of(block, sizeof block), 3, 0,
                                       &last),
                     GP_ERR_LIMIT);
}

/* Files that 256 short commands do not carry: lengths take more bytes. */
static void long_blocks_are_extended(void **state)
{
    enum { SIZE = 300, HEAD = 7 };
    static uint8_t block[3 * SIZE];
    static uint8_t sent[HEAD + SIZE + 2];
    static uint8_t got[sizeof block + 4];
    uint8_t head[4];
    struct buf header = buf_of(head, sizeof head);
    size_t n = 0;
    bool last = false;
    (void)state;

    for (size_t i = 0; i < sizeof block; i++)
        block[i] = (uint8_t)(i * 7);
    assert_int_equal(gp_load_header(&header, sizeof block), GP_OK);
    for (unsigned i = 0; !last; i++) {
        struct buf b = buf_of(sent, sizeof sent);
        assert_int_equal(gp_cmd_load_block(&b, buf_span(&header),
                                           span_of(block, sizeof block), SIZE,
                                           i, &last),
                         GP_OK);
        const size_t lc = get_u2(sent + 5);
        assert_int_equal(sent[2], last ? 0x80 : 0);
        assert_int_equal(sent[3], i);
        assert_int_equal(sent[4], 0);
        assert_int_equal(lc, last ? 4 : SIZE);
        assert_int_equal(b.n, HEAD + lc + 2);
        assert_memory_equal(sent + HEAD + lc, "\0\0", 2);
        memcpy(got + n, sent + HEAD, lc);
        n += lc;
    }
    assert_int_equal(n, sizeof got);
    assert_memory_equal(got, head, sizeof head);
    assert_memory_equal(got + sizeof head, block, sizeof block);
    struct buf tight = buf_of(sent, sizeof sent - 1);
    assert_int_equal(gp_cmd_load_block(&tight, buf_span(&header),
                                       span_of(block, sizeof block), SIZE, 0,
                                       &last),
                     GP_ERR_TOO_LONG);
    assert_int_equal(tight.n, 0);
    assert_int_equal(gp_cmd_load_block(&tight, buf_span(&header),
                                       span_of(block, sizeof block),
                                       GP_LOAD_SIZE_MAX + 1, 0, &last),
                     GP_ERR_ARGUMENT);
}

static void ignore_status(void *ctx, const struct gp_status *entry)
{
    (void)entry;
    ++*(unsigned *)ctx;
}

static int parse_status(const char *hex, unsigned *count)
{
    uint8_t data[300];
    struct buf b = buf_of(data, sizeof data);
    assert_int_equal(hex_decode(hex, strlen(hex), &b, NULL), ERR_OK);
    *count = 0;
    return gp_status_parse(buf_span(&b), ignore_status, count);
}

static void status_refuses_broken_lists(void **state)
{
    (void)state;
    unsigned count;
    assert_int_equal(parse_status("", &count), GP_OK);
    /* Unknown items are for later editions; no AID is no entry. */
    assert_int_equal(parse_status("E30A4F05A000000001DF0100", &count), GP_OK);
    assert_int_equal(count, 1);
    assert_int_equal(parse_status("E3049F700107", &count), GP_ERR_PROTOCOL);
    assert_int_equal(parse_status("E3064F04A0000000", &count), GP_ERR_PROTOCOL);
    assert_int_equal(parse_status("E3074F05A00000", &count), GP_ERR_PROTOCOL);
    assert_int_equal(parse_status("E4074F05A000000001", &count),
                     GP_ERR_PROTOCOL);
    assert_int_equal(parse_status("E3", &count), GP_ERR_PROTOCOL);
}

static void count_info(void *ctx, const struct gp_key_info *info)
{
    struct gp_key_info *last = ctx;
    *last = *info;
}

static int parse_info(const char *hex, struct gp_key_info *last)
{
    uint8_t data[64];
    struct buf b = buf_of(data, sizeof data);
    assert_int_equal(hex_decode(hex, strlen(hex), &b, NULL), ERR_OK);
    return gp_key_info_parse(buf_span(&b), count_info, last);
}

static void key_information_of_both_forms(void **state)
{
    (void)state;
    struct gp_key_info last;
    assert_int_equal(parse_info("E006C00401308820", &last), GP_OK);
    assert_int_equal(last.length, 256);
    assert_int_equal(parse_info("E00EC00A0131FF880018010018010014", &last),
                     GP_ERR_PROTOCOL);
    assert_int_equal(parse_info("E00CC00A0131FF88001801000100", &last), GP_OK);
    assert_int_equal(last.kvn, 0x31);
    assert_int_equal(last.length, 192);
    assert_int_equal(parse_info("E006C00401308810C0", &last), GP_OK);
    assert_int_equal(parse_info("E005C003013088", &last), GP_ERR_PROTOCOL);
    assert_int_equal(parse_info("C00401308810", &last), GP_ERR_PROTOCOL);
}

static void privileges_by_name_and_hex(void **state)
{
    (void)state;
    uint8_t p[3];
    uint8_t n;
    assert_int_equal(gp_privileges_parse("80", p, &n), GP_OK);
    assert_int_equal(n, 1);
    assert_int_equal(gp_privileges_parse("A0C000", p, &n), GP_OK);
    assert_int_equal(n, 3);
    assert_memory_equal(p, "\xA0\xC0\0", 3);
    assert_int_equal(
        gp_privileges_parse("card-lock,Authorized-Management", p, &n), GP_OK);
    assert_memory_equal(p, "\x10\x40\0", 3);
    assert_int_equal(
        gp_privileges_parse("mandated-dap,ciphered-load-file", p, &n), GP_OK);
    assert_memory_equal(p, "\xC1\0\x40", 3);
    assert_int_equal(gp_privileges_parse("", p, &n), GP_ERR_ARGUMENT);
    assert_int_equal(gp_privileges_parse("card", p, &n), GP_ERR_ARGUMENT);
    assert_null(gp_privilege_name(20));
}

static void both_vocabularies(void **state)
{
    (void)state;
    assert_string_equal(gp_card_state_name(0x0F), "SECURED");
    assert_string_equal(gp_card_state_patent(0x01), "masked");
    assert_string_equal(gp_card_state_patent(0x07), "initialized");
    assert_string_equal(gp_card_state_patent(0x0F), "load secured");
    assert_string_equal(gp_card_state_patent(0x7F), "blocked");
    assert_string_equal(gp_card_state_patent(0xFF), "blocked");
    assert_string_equal(gp_application_state_name(0x07, false), "SELECTABLE");
    assert_string_equal(gp_application_state_patent(0x03), "installed");
    assert_string_equal(gp_application_state_patent(0x07), "registered");
    assert_string_equal(gp_application_state_patent(0x0F), "personalized");
    assert_string_equal(gp_application_state_patent(0x27), "personalized");
    assert_string_equal(gp_application_state_name(0x0F, true), "PERSONALIZED");
    assert_string_equal(gp_application_state_name(0x87, true), "LOCKED");
    assert_string_equal(gp_application_state_patent(0x83), "blocked");
}

static void errors_have_words(void **state)
{
    (void)state;
    for (int i = 0; i > -30; i--)
        assert_true(strlen(gp_strerr(i)) > 0);
    assert_non_null(strstr(gp_strerr(0x6A84), "memory"));
    for (int e = ERR_OK; e <= ERR_IO; e++)
        assert_int_equal(gp_from_err((enum err)e) == 0, e == ERR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(builds_what_peers_send, begin),
        cmocka_unit_test_setup(manages_upgrades, begin),
        cmocka_unit_test_setup(installs_with_system_parameters, begin),
        cmocka_unit_test_setup(long_parameters_have_long_lengths, begin),
        cmocka_unit_test_setup(limits_of_builders, begin),
        cmocka_unit_test_setup(load_blocks_cover_the_file, begin),
        cmocka_unit_test(status_refuses_broken_lists),
        cmocka_unit_test(long_blocks_are_extended),
        cmocka_unit_test(key_information_of_both_forms),
        cmocka_unit_test(privileges_by_name_and_hex),
        cmocka_unit_test(both_vocabularies),
        cmocka_unit_test(errors_have_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
