/*
 * Proves secure messaging of ISO 7816-4 by the worked example of ICAO 9303-11,
 * appendix D.4, and by messages under AES that another program has made; that
 * every changed bit of a command is refused and closes the session, and what
 * keys and levels there are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"
#include "ports/openssl/crypto_openssl.h"
#include "securechannel/iso.h"

enum { ROOM = 400 };

static struct port_openssl *port;
static struct crypto_port crypto;
static struct iso_session session;

static struct span bytes_of(const char *text, uint8_t bytes[ROOM])
{
    struct buf out = buf_of(bytes, ROOM);

    assert_int_equal(hex_decode(text, strlen(text), &out, NULL), ERR_OK);
    return buf_span(&out);
}

static void give(enum iso_key which, bool aes, const char *text)
{
    uint8_t bytes[ROOM];

    assert_int_equal(
        scp_iso_give_key(&session, which, aes, bytes_of(text, bytes)), ERR_OK);
}

static void open_example(const char *counter)
{
    uint8_t bytes[ROOM];
    const struct span start = bytes_of(counter, bytes);

    scp_iso_close(&session);
    give(ISO_ENC, false, "979EC13B1CBFE9DCD01AB0FED307EAE5");
    give(ISO_MAC, false, "F1CB1F1FB5ADF208806B89DC579DC1F8");
    assert_int_equal(scp_iso_open(&session, 0x33), ERR_OK);
    memcpy(session.counter, start.p, start.n);
}

/* A command as it comes and as it is, and the same of its response. */
static void exchange(const char *command, const char *plain, int32_t le,
                     const char *answer, const char *wrapped)
{
    uint8_t bytes[ROOM], wanted[ROOM];
    struct span sent = bytes_of(command, bytes);
    struct buf out = buf_of(bytes, sizeof bytes);

    assert_int_equal(scp_iso_unwrap_command(&session, &crypto, sent, &out),
                     ERR_OK);
    struct span expected = bytes_of(plain, wanted);
    assert_int_equal(out.n, expected.n);
    assert_memory_equal(out.p, expected.p, expected.n);
    assert_int_equal(session.le, le);

    out.n = bytes_of(answer, bytes).n;
    const size_t length = scp_iso_wrapped_length(&session, out.n);
    assert_int_equal(scp_iso_wrap_response(&session, &crypto, &out, SW_OK),
                     ERR_OK);
    expected = bytes_of(wrapped, wanted);
    assert_int_equal(length, expected.n);
    assert_int_equal(out.n, expected.n);
    assert_memory_equal(out.p, expected.p, expected.n);
}

static void test_example(void **state)
{
    (void)state;
    open_example("887022120C06C226");
    exchange("0CA4020C158709016375432908C044F68E08BF8B92D635FF24F800",
             "00A4020C02011E", ISO_NO_LE, "", "990290008E08FA855A5D4C50A8ED");
    exchange("0CB000000D9701048E08ED6705417E96BA5500", "00B00000", 4,
             "60145F01", "8709019FF0EC34F9922651990290008E08AD55CC17140B2DED");
    exchange("0CB000040D9701128E082EA28A70F3C7B53500", "00B00004", 18,
             "04303130365F36063034303030305C026175",
             "871901FB9235F4E4037F2327DCC8964F1F9B8C30F42C8E2FFF224A99029000"
             "8E08C8B2787EAEA07D74");
}

static void test_aes(void **state)
{
    (void)state;
    scp_iso_close(&session);
    give(ISO_ENC, true, "000102030405060708090A0B0C0D0E0F");
    give(ISO_MAC, true, "101112131415161718191A1B1C1D1E1F");
    assert_int_equal(scp_iso_open(&session, 0x33), ERR_OK);
    exchange("0C40000020871101783F4996FA0297A85B6F71FAC87D24849701008E088FFD"
             "140E673DFED300",
             "00400000050102030405", 256, "0102030405",
             "8711019FAB935873E0E2F1EE1FFF6CB1515B88990290008E08FA3E313E5DF5"
             "07CC");
    /* an odd instruction has data objects for its data */
    exchange("0C4100001F8510E4552C39E1FE6F328F8B49CA9C3D1CC09701008E08DB682C"
             "5340A47FB700",
             "00410000050102030405", 256, "0102030405",
             "85100A2BD32F342F888F18FF918228412DCD990290008E088B54BCF327DD7C"
             "12");
    exchange("0C4000000E970201008E080E7D6F2AB7915F5200", "00400000", 256, "",
             "990290008E082C4E165A6BF630BA");
    exchange("0C4000000A8E0805FF2D0A5DB88E6200", "00400000", ISO_NO_LE, "",
             "990290008E080803BBB9564C032D");
}

static void test_changed(void **state)
{
    static const char text[] =
        "0CA4020C158709016375432908C044F68E08BF8B92D635FF24F800";
    uint8_t bytes[ROOM], room[ROOM];
    const struct span sent = bytes_of(text, bytes);

    (void)state;
    for (size_t bit = 0; bit < 8 * (sent.n - 1); bit++) {
        struct buf out = buf_of(room, sizeof room);
        open_example("887022120C06C226");
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        const enum err e =
            scp_iso_unwrap_command(&session, &crypto, sent, &out);
        assert_true(e == ERR_AUTH || e == ERR_NOT_FOUND || e == ERR_FORMAT);
        if (e != ERR_FORMAT) {
            assert_false(session.open);
            assert_int_equal(
                scp_iso_unwrap_command(&session, &crypto, sent, &out),
                ERR_STATE);
        }
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void test_keys_and_levels(void **state)
{
    static const uint8_t key[32] = {1};
    static const uint8_t levels[] = {0x02, 0x10, 0x21, 0x31 & ~0x10, 0x04};

    (void)state;
    scp_iso_close(&session);
    for (size_t i = 0; i < sizeof levels; i++)
        assert_int_equal(scp_iso_open(&session, levels[i]), ERR_RANGE);
    assert_int_equal(scp_iso_open(&session, 0x01), ERR_NOT_FOUND);
    assert_int_equal(
        scp_iso_give_key(&session, ISO_MAC, false, span_of(key, 24)),
        ERR_RANGE);
    assert_int_equal(
        scp_iso_give_key(&session, ISO_MAC, true, span_of(key, 24)), ERR_OK);
    assert_int_equal(
        scp_iso_give_key(&session, ISO_MAC, true, span_of(key, 24)),
        ERR_EXISTS);
    assert_int_equal(
        scp_iso_give_key(&session, ISO_ENC, false, span_of(key, 16)),
        ERR_RANGE);
    assert_int_equal(scp_iso_open(&session, 0x11), ERR_OK);
    assert_int_equal(scp_iso_open(&session, 0x03), ERR_NOT_FOUND);
    assert_int_equal(scp_iso_open(&session, 0x31), ERR_NOT_FOUND);
    assert_int_equal(
        scp_iso_give_key(&session, ISO_R_ENC, true, span_of(key, 32)), ERR_OK);
    assert_int_equal(scp_iso_open(&session, 0x31), ERR_OK);
    assert_int_equal(scp_iso_open(&session, 0x33), ERR_NOT_FOUND);
}

static int begin(void **state)
{
    (void)state;
    return port_openssl_crypto_init(&crypto, &port, "test");
}

static int end(void **state)
{
    (void)state;
    port_openssl_free(&port);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_example),
        cmocka_unit_test(test_aes),
        cmocka_unit_test(test_changed),
        cmocka_unit_test(test_keys_and_levels),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
