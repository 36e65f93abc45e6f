/*
 * Proves SCP11 [Amd F 6] from end to end: the host's library against the card,
 * with keys and certificates that another program made.  The host trusts a
 * point that it knows, or what a certificate of the card's leads to; brings a
 * chain of X.509 certificates; stops when the card cannot prove its key.  And
 * that power may go at any program of the first C-MAC: what was refused has
 * counted, and nothing else has changed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <gp/scp11.h>

#include "tests/apdu/way.h"

static struct host h;
static struct gp_session session;
static struct gp_why why;

static struct way way;

static const char domain_aid[] = "A000000151531100";
static const char card_point[] =
    "042CDA62DBEC717E2C6A1AA3022AD83A50A0465DE146C0F2A4215F9308BD"
    "557D1BD57C1701C63A3EF15629BBFFF93000A9AB612C18A51A7146960F0C"
    "D5351EE697";
static const char root_point[] =
    "043353B2E4025B5494D55EF911B6CDF53ECC17CE7FC1DFD9EA41B07EBA03"
    "A529504FC6DB4DB38454E578B8822DC3A92BA0A1331C4C40009501949F09"
    "23189E801F";
static const char host_scalar[] =
    "3DE85CA2289BFA7BE03C8B01DF7C2FD1357C2A09AC9556FC52003334EDB8"
    "91C2";
static const char intermediate[] =
    "3082012B3081D2A003020102020107300A06082A8648CE3D040302300D31"
    "0B300906035504030C024341301E170D3234303130313030303030305A17"
    "0D3430303130313030303030305A300D310B300906035504030C024B4130"
    "59301306072A8648CE3D020106082A8648CE3D03010703420004F34430B7"
    "F67E8EFA680368C0B9F52BBE6739245137CFB331BD85C79349496D0FD31E"
    "E1A181D2D978CAC99A37513038055208D4FBA20A5B5E446FF670B38AB6B7"
    "A3233021300F0603551D130101FF040530030101FF300E0603551D0F0101"
    "FF040403020204300A06082A8648CE3D0403020348003045022100EFE38D"
    "29CAC3D8EA49070C266D1B44632A4A875AF52CC9A2AE9E8887C32B53DE02"
    "206F7463BC5A1B264F7D92D50A923B9716CEFF3B31B5C4579AEEDA3A04D8"
    "AE5FD6";
static const char leaf[] =
    "3082011B3081C2A003020102020108300A06082A8648CE3D040302300D31"
    "0B300906035504030C024B41301E170D3234303130313030303030305A17"
    "0D3430303130313030303030305A300E310C300A06035504030C034F4345"
    "3059301306072A8648CE3D020106082A8648CE3D03010703420004F24EF3"
    "A0EFE91B78F3D2CA06891765397F687F4B2735A90F3FFDA7A888FBBD9293"
    "BC606623B62ACB9F60E400462FC025F3C5652A03709810F3676BD4C91FFA"
    "64A3123010300E0603551D0F0101FF040403020308300A06082A8648CE3D"
    "0403020348003045022100ABD6CD0AA2D3EC91D09209D62FD7D7F55D9E2D"
    "5F346D17CD26AF6B715331E8E9022003181967BEC5397D7E31CEF548C0C4"
    "6A0CEEDC05D352476ABBC0D6E8E813543F";

/* The domain, its first keys; then its keys for SCP11, and a certificate. */
static const char make_domain[] =
    "80E60C002607A000000151535008A00000015153504108A0000001515311"
    "00018008C9068104037011130000";
static const char put_first_keys[] =
    "80D80081433188103D0FA4B855D2A5AA4954B8B5DF582A3A03C352808810"
    "3D0FA4B855D2A5AA4954B8B5DF582A3A03C3528088103D0FA4B855D2A5AA"
    "4954B8B5DF582A3A03C3528000";
static const char *const put_keys[] = {
    "80D800112741B1202C0E166736997ADEBAEE2F8C2FF3705BBCAED127460F"
    "D35901B76371C4E8D1E1F001000000",
    "80D800132741B1202C0E166736997ADEBAEE2F8C2FF3705BBCAED127460F"
    "D35901B76371C4E8D1E1F001000000",
    "80D800104850B041043353B2E4025B5494D55EF911B6CDF53ECC17CE7FC1"
    "DFD9EA41B07EBA03A529504FC6DB4DB38454E578B8822DC3A92BA0A1331C"
    "4C40009501949F0923189E801FF001000000",
    "80E29000B2A60483021341BF2181A87F2181A4930109420243415F20034F"
    "4345950200805F2404204012317F4946B041042CDA62DBEC717E2C6A1AA3"
    "022AD83A50A0465DE146C0F2A4215F9308BD557D1BD57C1701C63A3EF156"
    "29BBFFF93000A9AB612C18A51A7146960F0CD5351EE697F001005F374049"
    "10483A17611C6A60CA713689F7975913130C2B6A70A5AD388ECAE53BB38E"
    "2E8E862CE2E679111A4C861FEDF296026EA696BD4DAC8FD847A73A2D001B"
    "B45756",
};

static int set_up(void **state)
{
    static const uint8_t own[16] = {0, 1, 2,  3,  4,  5,  6,  7,
                                    8, 9, 10, 11, 12, 13, 14, 15};
    const struct span key = span_of(own, sizeof own);
    struct card_profile profile = host_profile(false);
    (void)state;
    profile.tries = 5;
    if (!host_open(&h, &profile, HOST_MEMORY, "scp11"))
        return -1;
    way_open(&way, &h);
    assert_int_equal(host_open_session(&h, 0x30, 0x01, NULL), SW_OK);
    assert_int_equal(host_hex(&h, make_domain), SW_OK);
    assert_int_equal(host_select(&h, domain_aid), SW_OK);
    assert_int_equal(host_open_session(&h, 0x30, 0x01, NULL), SW_OK);
    assert_int_equal(host_hex(&h, put_first_keys), SW_OK);
    assert_int_equal(host_open_session(&h, 0x31, 0x01, &key), SW_OK);
    for (size_t i = 0; i < sizeof put_keys / sizeof put_keys[0]; i++)
        assert_int_equal(host_hex(&h, put_keys[i]), SW_OK);
    scp_close(&h.session);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    host_close(&h);
    return 0;
}

static struct gp_scp11_options options_for(uint8_t variant)
{
    struct gp_scp11_options o = {.variant = variant,
                                 .kvn = 0x41,
                                 .key_length = 16,
                                 .usage = SCP11_USAGE_ENCRYPT,
                                 .curve = CRYPTO_EC_SECP256R1};
    uint8_t aid[16];
    assert_int_equal(gp_aid_set(&o.domain, way_hex(domain_aid, aid, 16)), 0);
    return o;
}

static int open_with(const struct gp_scp11_options *o)
{
    why.text[0] = '\0';
    way.sent = 0;
    return gp_scp11_open(&session, &way.base, &h.crypto, o, &why);
}

/* GET DATA of the security level, through the session. */
static void assert_level(uint8_t level)
{
    static const uint8_t get[] = {0x80, 0xCA, 0x00, 0xD3, 0x00};
    uint8_t bytes[64];
    struct buf out = buf_of(bytes, sizeof bytes);
    assert_int_equal(
        gp_session_command(&session, span_of(get, sizeof get), &out), 0);
    assert_int_equal(out.n, 5);
    assert_int_equal(out.p[2], level);
}

static void card_by_its_point(void **state)
{
    (void)state;
    static const uint8_t lengths[] = {16, 24, 32};
    uint8_t point[65];
    struct gp_scp11_options o = options_for(SCP11_B);
    o.card_point = way_hex(card_point, point, sizeof point);
    for (size_t i = 0; i < sizeof lengths; i++) {
        o.key_length = lengths[i];
        o.usage = i == 0 ? SCP11_USAGE_MAC : SCP11_USAGE_ENCRYPT;
        assert_int_equal(open_with(&o), 0);
        assert_level(i == 0 ? 0x11 : 0x33);
    }
}

static void card_by_its_certificate(void **state)
{
    (void)state;
    uint8_t point[65];
    struct gp_scp11_options o = options_for(SCP11_B);
    o.root_point = way_hex(root_point, point, sizeof point);
    assert_int_equal(open_with(&o), 0);
    assert_level(0x33);
    /* Who is trusted has not signed it: nothing is sent after that. */
    o.root_point = way_hex(card_point, point, sizeof point);
    assert_int_equal(open_with(&o), GP_ERR_CARD_AUTH);
    assert_int_equal(way.sent, 2);
    assert_int_equal(session.scp.state, SCP_CLOSED);
}

static void host_by_its_certificates(void **state)
{
    (void)state;
    uint8_t point[65], scalar[32], first[400], second[400];
    const struct span chain[] = {way_hex(intermediate, first, sizeof first),
                                 way_hex(leaf, second, sizeof second)};
    struct gp_scp11_options o = options_for(SCP11_A);
    o.card_point = way_hex(card_point, point, sizeof point);
    assert_int_equal(open_with(&o), GP_ERR_KEYS);
    o.scalar = way_hex(host_scalar, scalar, sizeof scalar);
    o.certificates = chain;
    o.certificate_count = 2;
    assert_int_equal(open_with(&o), 0);
    assert_level(0xB3);
    /* The last one alone is not proved by the authority. */
    o.certificates = chain + 1;
    o.certificate_count = 1;
    assert_int_equal(open_with(&o), SW_SECURITY_STATUS);
}

static void wrong_keys(void **state)
{
    (void)state;
    uint8_t point[65];
    struct gp_scp11_options o = options_for(SCP11_B);
    assert_int_equal(open_with(&o), GP_ERR_KEYS);
    o.card_point = way_hex(root_point, point, sizeof point);
    assert_int_equal(open_with(&o), GP_ERR_CARD_AUTH);
    point[64] ^= 1;
    assert_int_equal(open_with(&o), GP_ERR_KEYS);
    point[64] ^= 1;
    o.key_length = 20;
    assert_int_equal(open_with(&o), GP_ERR_ARGUMENT);
    o.key_length = 16;
    o.kvn = 0x42;
    assert_int_equal(open_with(&o), SW_DATA_NOT_FOUND);
    assert_int_equal(session.scp.state, SCP_CLOSED);
}

/* ---- tries and power ---- */

/* A session of SCP11a, as the host whose certificates there are. */
static void open_as_host(void)
{
    static uint8_t point[65], scalar[32], first[400], second[400];
    const struct span chain[] = {way_hex(intermediate, first, sizeof first),
                                 way_hex(leaf, second, sizeof second)};
    struct gp_scp11_options o = options_for(SCP11_A);

    o.card_point = way_hex(card_point, point, sizeof point);
    o.scalar = way_hex(host_scalar, scalar, sizeof scalar);
    o.certificates = chain;
    o.certificate_count = 2;
    assert_int_equal(open_with(&o), 0);
}

/* How many have failed: GET DATA of limit and count, in the clear. */
static uint8_t failed(void)
{
    assert_int_equal(host_select(&h, domain_aid), SW_OK);
    assert_int_equal(host_hex(&h, "80CA000000"), SW_OK);
    assert_int_equal(h.n, 4);
    return h.response[3];
}

/* The first command of a session, whose MAC is right or not. */
static sw_t first_command(bool right)
{
    static const uint8_t get[] = {0x80, 0xCA, 0x00, 0xD3, 0x00};
    uint8_t bytes[64];
    struct buf out = buf_of(bytes, sizeof bytes);

    assert_int_equal(scp_wrap_command(&session.scp, &h.crypto,
                                      span_of(get, sizeof get), &out, NULL),
                     ERR_OK);
    if (!right)
        bytes[6] ^= 0x01;
    return host_raw(&h, buf_span(&out));
}

/* Power goes in the n-th program; true when there are less. */
static bool cut_first_command(uint64_t n, enum faults_tear tear, bool right)
{
    open_as_host();
    char *before = host_dump(&h, false);
    faults_arm(&h.faults, n, tear, false);
    const sw_t sw = first_command(right);
    const bool whole = !h.faults.off;
    assert_int_equal(host_reset(&h), CARD_OK);
    char *after = host_dump(&h, false);
    assert_string_equal(after, before);
    free(before);
    free(after);
    if (whole)
        assert_int_equal(sw, right ? SW_OK : SW_SECURITY_STATUS);
    return whole;
}

/* Back to none that failed. */
static void succeed(void)
{
    open_as_host();
    assert_int_equal(first_command(true), SW_OK);
    assert_int_equal(failed(), 0);
}

static void counts_whenever_power_goes(void **state)
{
    char *findings = NULL;
    (void)state;
    for (unsigned tear = 0; tear < FAULTS_TEARS; tear++) {
        bool whole = false;
        for (uint64_t n = 1; !whole; n++) {
            succeed();
            whole = cut_first_command(n, (enum faults_tear)tear, false);
            assert_true(failed() <= 1);
            assert_true(!whole || failed() == 1);
            whole = cut_first_command(n, (enum faults_tear)tear, true) && whole;
            assert_true(failed() <= 2);
            assert_true(!whole || failed() == 0);
            assert_true(n < 1000);
        }
    }
    assert_int_equal(host_check(&h, &findings), 0);
    free(findings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(card_by_its_point),
        cmocka_unit_test(card_by_its_certificate),
        cmocka_unit_test(host_by_its_certificates),
        cmocka_unit_test(wrong_keys),
        cmocka_unit_test(counts_whenever_power_goes),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
