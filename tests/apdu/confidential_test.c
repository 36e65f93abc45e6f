/*
 * Proves the confidential set-up of keys [Amd A 3] from end to end: a
 * provider's library agrees with the card's Controlling Authority domain,
 * through a channel of the issuer's, on keys that then open a channel; with
 * random number, identities and certificate, in AES of all lengths.  It stops
 * when the card's certificate or its receipt is wrong, and the card when the
 * provider's is.  A cut at any program leaves all of the keys, or those before.
 * Keys and certificates were made by another program.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <gp/confidential.h>

#include "base/ct.h"
#include "tests/apdu/way.h"

#define CASD "A00000015153504341534400"
#define DOMAIN "A000000151535101"

enum { MEMORY = 64 * 1024 };

static struct host h;
static struct gp_why why;
static struct gp_casd casd;

static struct way way;

/* Of who certifies: both the card's domain and providers. */
static const char root_point[] =
    "04738F9A76C455CE74A155AD59E1C70D206DC9131D99E94FEA57DB247B03"
    "FF5F35A9A52BF37C459022560A95F199E7CE2828B220F591AE8DA8F8B8E8"
    "2D2FC2BFAD";
static const char provider_scalar[] =
    "384F6CF2FDB655F304FE72F33CBC0FEFC0F5701002C6EE9D0EAE3560BAE1"
    "B502";
static const char provider_certificate[] =
    "7F2181A2930101420243415F200241509501825F2404204012317F4946B0"
    "410488050BCE143CD073A4D599BE3DBCEF91CFABDF281E7D01F780CAE232"
    "1AC6D84CD0CD84FCF4DCEF5B3CC0FC247641BDE677B2272F530407E8E4C7"
    "52626EC96B5AF001005F3740ACD6F1938C881D5232E742236F0F37E4932C"
    "A9D22B09EA46751109A425B695D5DFC6C48B701BC194DB0AF83B54855F8A"
    "99CF06C174F42229387879FDEC6155DF";
static const char modulus[] =
    "D27018330E84D63A6278AC8DFD12A5FFDA33FCE9972AE67956561221A617"
    "CAD43A58B151E3C9D4697156A8EC289320330A881316EB8245CFB5603B84"
    "76A2A82F2557192330B8DA3D3BC0D775334D87FD15CBC673C4097D2A172E"
    "1A076C9C32CFC7F70600E9E90DA8286D258417813D7FA2258152E2019AB7"
    "07B442BDD9B9E07729EC84EB8F036C4469CD8C6A98C735EB4B8AAA44513F"
    "522454B9EE8E2C13C09D";
static const char other_point[] =
    "042CDA62DBEC717E2C6A1AA3022AD83A50A0465DE146C0F2A4215F9308BD"
    "557D1BD57C1701C63A3EF15629BBFFF93000A9AB612C18A51A7146960F0C"
    "D5351EE697";
/* The two domains, the authority's first keys, and what it is for. */
static const char make_casd[] =
    "80E60C003007A000000151535008A0000001515350410CA0000001515350"
    "4341534400038081000CEF04CB028300C904810203700000";
static const char make_domain[] =
    "80E60C002407A000000151535008A00000015153504108A0000001515351"
    "01018006C904810203700000";
static const char put_first_keys[] =
    "80D80081433188103D0FA4B855D2A5AA4954B8B5DF582A3A03C352808810"
    "3D0FA4B855D2A5AA4954B8B5DF582A3A03C3528088103D0FA4B855D2A5AA"
    "4954B8B5DF582A3A03C3528000";
static const char *const put_keys[] = {
    "80D800012774B12090F414BEBDBE93ED70B6A3042486E27AE156258AB509"
    "901ACA13886D9A57AAABF001000000",
    "80D800104874B04104738F9A76C455CE74A155AD59E1C70D206DC9131D99"
    "E94FEA57DB247B03FF5F35A9A52BF37C459022560A95F199E7CE2828B220"
    "F591AE8DA8F8B8E82D2FC2BFADF001000000",
    "80E29000A77F2181A3930101420243415F20024150950200805F24042040"
    "12317F4946B041040E628119EBAE36898F48698B6D8D4E31829B53B9DF11"
    "D9542DBF3031D1FDF1C2327CB0727D9235477364AF72F5A4B09BD2A17957"
    "2BA2F1E2F1EC00D0335BAD30F001005F3740C0F12F9F6CBB51C2C4952158"
    "EA109469DEA9E4659FCFF6622AE5E34B7F1714152CDF69EFE838FDEC45D9"
    "B22388EB1F8E8409C7B34788B994F5B1FE1EC8E97BD600",
};
static const char put_rsa[] =
    "80D8000200014874A181A0D27018330E84D63A6278AC8DFD12A5FFDA33FC"
    "E9972AE67956561221A617CAD43A58B151E3C9D4697156A8EC289320330A"
    "881316EB8245CFB5603B8476A2A82F2557192330B8DA3D3BC0D775334D87"
    "FD15CBC673C4097D2A172E1A076C9C32CFC7F70600E9E90DA8286D258417"
    "813D7FA2258152E2019AB707B442BDD9B9E07729EC84EB8F036C4469CD8C"
    "6A98C735EB4B8AAA44513F522454B9EE8E2C13C09DA381A0139AC964571F"
    "5064C9BBAAB0D8325295DDFF7231B3023501EE1B08DC1AC30B1E0D372F69"
    "9B8F7969D357C28A82B9C554889C68FCE9EA73EDE46B7FC57B71318DAF27"
    "4980194E551413F921FFB3D59E4189D0E4A11F12F7F22AC09CFAAF595526"
    "8B89047B0B2B5B6C1E34F758645139A3C7AFCF48023DB9604213B64BB804"
    "11CEAAA6BDBD5942529777507A5D8D72CAD22185F00881FF67DA11503E14"
    "A0C2106F00";

static void open_issuer(void)
{
    assert_int_equal(host_select(&h, ""), SW_OK);
    assert_int_equal(host_open_session(&h, 0x30, 0x01, NULL), SW_OK);
}

/* The authority's domain, all its keys, and one that is to be set up. */
static void personalize(void)
{
    static const uint8_t own[16] = {0, 1, 2,  3,  4,  5,  6,  7,
                                    8, 9, 10, 11, 12, 13, 14, 15};
    const struct span key = span_of(own, sizeof own);
    uint8_t bytes[512];

    open_issuer();
    assert_int_equal(host_hex(&h, make_casd), SW_OK);
    assert_int_equal(host_hex(&h, make_domain), SW_OK);
    assert_int_equal(host_select(&h, CASD), SW_OK);
    assert_int_equal(host_open_session(&h, 0x30, 0x01, NULL), SW_OK);
    assert_int_equal(host_hex(&h, put_first_keys), SW_OK);
    assert_int_equal(host_open_session(&h, 0x31, 0x01, &key), SW_OK);
    for (size_t i = 0; i < sizeof put_keys / sizeof put_keys[0]; i++)
        assert_int_equal(host_hex(&h, put_keys[i]), SW_OK);
    assert_int_equal(host_chain(&h, way_hex(put_rsa, bytes, sizeof bytes)),
                     SW_OK);
    scp_close(&h.session);
}

static int set_up(void **state)
{
    const struct card_profile profile = host_profile(false);
    (void)state;
    if (!host_open(&h, &profile, MEMORY, "confidential"))
        return -1;
    way_open(&way, &h);
    personalize();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    host_close(&h);
    return 0;
}

/* ---- the provider ---- */

static int read_casd(const char *root)
{
    struct gp_aid aid = gp_casd_usual;
    uint8_t point[65];
    return gp_casd_read(&way.base, &h.crypto, &aid, CRYPTO_EC_SECP256R1,
                        way_hex(root, point, sizeof point), &casd, &why);
}

static struct gp_confidential keys_of(uint8_t kvn, uint8_t length)
{
    struct gp_confidential how = {
        .kvn = kvn, .kid = 1, .type = GP_KEY_AES, .key_length = length};
    uint8_t aid[16];
    assert_int_equal(gp_aid_set(&how.domain, way_hex(DOMAIN, aid, 16)), 0);
    return how;
}

/* The issuer's session, as a carrier has it. */
static struct gp_session carrier(void)
{
    struct secret_gp_keys test;
    struct gp_session s = {0};
    struct gp_session_options o = {.keys = &test, .level = GP_LEVEL_BEST};
    gp_keys_test(&test);
    assert_int_equal(gp_session_open(&s, &way.base, &h.crypto, &o, &why), 0);
    return s;
}

/* What the keys open at the domain: 0, or why not. */
static int open_domain(uint8_t kvn, const struct secret_scp_keys *keys)
{
    struct secret_gp_keys own = {.kvn = kvn, .type = GP_KEY_AES, .keys = *keys};
    struct gp_session s = {0};
    struct gp_session_options o = {.keys = &own, .level = GP_LEVEL_BEST};
    uint8_t aid[16];
    assert_int_equal(gp_aid_set(&o.domain, way_hex(DOMAIN, aid, 16)), 0);
    const int result = gp_session_open(&s, &way.base, &h.crypto, &o, &why);
    gp_session_close(&s);
    return result;
}

static void keys_open_a_channel(void **state)
{
    (void)state;
    static const uint8_t lengths[] = {16, 24, 32};
    static const uint8_t name[] = "provider";

    assert_int_equal(read_casd(root_point), 0);
    assert_int_equal(casd.point_length, 65);
    assert_true(casd.issuer_length > 0 && casd.card_length > 0);
    for (unsigned i = 0; i < 3 * 4; i++) {
        struct gp_confidential how =
            keys_of((uint8_t)(0x31 + i), lengths[i % 3]);
        struct gp_session s = carrier();
        struct secret_scp_keys keys;
        how.random = (i / 3 & 1) != 0;
        if ((i / 3 & 2) != 0)
            how.host = span_of(name, sizeof name);
        assert_int_equal(gp_confidential_agree(&s, &casd, &how, &keys, &why),
                         0);
        assert_int_equal(keys.length, lengths[i % 3]);
        assert_int_equal(open_domain(how.kvn, &keys), 0);
        keys.mac[0] ^= 1;
        assert_int_equal(open_domain(how.kvn, &keys), GP_ERR_CARD_AUTH);
    }
}

/* In steps: the carrier has the groups and the answer, and no key. */
static void carrier_learns_nothing(void **state)
{
    (void)state;
    struct gp_confidential how = keys_of(0x41, 16);
    struct secret_gp_confidential offer;
    struct secret_scp_keys keys, again;
    struct gp_session s = carrier();
    uint8_t bytes[GP_APDU_SHORT_MAX], answer_bytes[256];
    struct buf command = buf_of(bytes, sizeof bytes);
    struct buf answer = buf_of(answer_bytes, sizeof answer_bytes);

    assert_int_equal(read_casd(root_point), 0);
    s = carrier();
    assert_int_equal(gp_confidential_offer(&h.crypto, &casd, &how,
                                           span_of(NULL, 0), &offer, &why),
                     0);
    assert_int_equal(
        gp_cmd_install_for_personalization(&command, gp_aid_span(&how.domain)),
        0);
    assert_int_equal(gp_session_command(&s, buf_span(&command), NULL), 0);
    command.n = 0;
    assert_int_equal(gp_cmd_store_data(&command,
                                       GP_STORE_DGI | GP_STORE_RESPONSE, 0,
                                       true, span_of(offer.bytes, offer.n)),
                     0);
    assert_int_equal(gp_session_command(&s, buf_span(&command), &answer), 0);
    const struct span told = gp_response_data(&answer);
    assert_int_equal(
        gp_confidential_finish(&h.crypto, &casd, &offer, told, &keys, &why), 0);
    assert_int_equal(open_domain(0x41, &keys), 0);
    /* Who only saw it pass has another scalar. */
    offer.scalar[31] ^= 1;
    assert_int_equal(
        gp_confidential_finish(&h.crypto, &casd, &offer, told, &again, &why),
        GP_ERR_CARD_AUTH);
    offer.scalar[31] ^= 1;
    answer.p[answer.n - 3] ^= 1;
    assert_int_equal(
        gp_confidential_finish(&h.crypto, &casd, &offer, told, &again, &why),
        GP_ERR_CARD_AUTH);
    assert_int_equal(gp_confidential_finish(&h.crypto, &casd, &offer,
                                            span_of(told.p, told.n - 1), &again,
                                            &why),
                     GP_ERR_PROTOCOL);
}

static void only_the_card_that_is_certified(void **state)
{
    (void)state;
    uint8_t point[65];
    struct gp_confidential how = keys_of(0x42, 16);
    struct secret_scp_keys keys;

    assert_int_equal(read_casd(other_point), GP_ERR_CARD_AUTH);
    assert_int_equal(read_casd("04"
                               "00"),
                     GP_ERR_KEYS);
    assert_int_equal(read_casd(root_point), 0);
    memcpy(casd.point, way_hex(other_point, point, sizeof point).p, 65);
    struct gp_session s = carrier();
    assert_int_equal(gp_confidential_agree(&s, &casd, &how, &keys, &why),
                     GP_ERR_CARD_AUTH);
    how.key_length = 20;
    assert_int_equal(gp_confidential_agree(&s, &casd, &how, &keys, &why),
                     GP_ERR_ARGUMENT);
}

static void provider_by_its_certificate(void **state)
{
    (void)state;
    uint8_t certificate[300], scalar[32];
    struct gp_confidential how = keys_of(0x43, 16);
    struct secret_scp_keys keys;

    how.certificate =
        way_hex(provider_certificate, certificate, sizeof certificate);
    how.scalar = way_hex(provider_scalar, scalar, sizeof scalar);
    how.random = true;
    assert_int_equal(read_casd(root_point), 0);
    struct gp_session s = carrier();
    assert_int_equal(gp_confidential_agree(&s, &casd, &how, &keys, &why), 0);
    assert_int_equal(open_domain(0x43, &keys), 0);
    s = carrier();
    scalar[31] ^= 1;
    assert_int_equal(gp_confidential_agree(&s, &casd, &how, &keys, &why),
                     SW_SECURITY_STATUS);
    scalar[31] ^= 1;
    certificate[160] ^= 1;
    assert_int_equal(gp_confidential_agree(&s, &casd, &how, &keys, &why),
                     SW_SECURITY_STATUS);
}

static void enciphered_keys(void **state)
{
    (void)state;
    static const uint8_t exponent[] = {1, 0, 1};
    const struct span e = span_of(exponent, sizeof exponent);
    uint8_t bytes[160];
    const struct span n = way_hex(modulus, bytes, sizeof bytes);
    struct gp_confidential how = keys_of(0x44, 16);
    struct secret_scp_keys keys = {.length = 16};

    assert_int_equal(h.crypto.random(h.crypto.ctx, keys.enc, 16), ERR_OK);
    assert_int_equal(h.crypto.random(h.crypto.ctx, keys.mac, 16), ERR_OK);
    assert_int_equal(h.crypto.random(h.crypto.ctx, keys.dek, 16), ERR_OK);
    struct gp_session s = carrier();
    assert_int_equal(gp_confidential_push(&s, n, e, &how, &keys, &why), 0);
    assert_int_equal(open_domain(0x44, &keys), 0);
    s = carrier();
    how.kvn = 0x45;
    bytes[159] ^= 2;
    assert_int_equal(gp_confidential_push(&s, n, e, &how, &keys, &why),
                     SW_WRONG_DATA);
    how.random = true;
    assert_int_equal(gp_confidential_push(&s, n, e, &how, &keys, &why),
                     GP_ERR_ARGUMENT);
    how.random = false;
    how.key_length = keys.length = 32;
    assert_int_equal(gp_confidential_push(&s, n, e, &how, &keys, &why),
                     GP_ERR_TOO_LONG);
}

/* ---- cuts ---- */

/* The same offer each time: one that replaces what is there, and its answer. */
static struct {
    struct secret_gp_confidential offer;
    struct faults ready;
    struct secret_scp_keys before, after;
} cut;

static sw_t store(void)
{
    uint8_t bytes[GP_APDU_SHORT_MAX];
    struct buf command = buf_of(bytes, sizeof bytes);
    const struct gp_confidential how = keys_of(0x46, 16);

    if (host_open_session(&h, 0x30, 1, NULL) != SW_OK)
        return SW_CONDITIONS;
    assert_int_equal(
        gp_cmd_install_for_personalization(&command, gp_aid_span(&how.domain)),
        0);
    if (host_send(&h, buf_span(&command)) != SW_OK)
        return SW_CONDITIONS;
    command.n = 0;
    assert_int_equal(
        gp_cmd_store_data(&command, GP_STORE_DGI | GP_STORE_RESPONSE, 0, true,
                          span_of(cut.offer.bytes, cut.offer.n)),
        0);
    return host_send(&h, buf_span(&command));
}

static void from_ready(void)
{
    faults_copy(&h.faults, &cut.ready);
    h.faults.cut_at = 0;
    h.faults.off = false;
    assert_int_equal(port_openssl_reseed(h.openssl, "cut"), 0);
    assert_int_equal(host_reset(&h), CARD_OK);
}

static void cut_at(unsigned program)
{
    char *findings = NULL;

    from_ready();
    faults_arm(&h.faults, program, (enum faults_tear)(program % FAULTS_TEARS),
               program % 7 == 0);
    (void)store();
    assert_int_equal(host_reset(&h), CARD_OK);
    if (host_check(&h, &findings) != 0)
        fail_msg("program %u: %s", program, findings);
    free(findings);
    scp_close(&h.session);
    const bool old = open_domain(0x45, &cut.before) == 0;
    const bool new = open_domain(0x46, &cut.after) == 0;
    if (old == new)
        fail_msg("program %u: %s", program, old ? "both" : "neither");
}

static void all_or_nothing(void **state)
{
    (void)state;
    struct gp_confidential how = keys_of(0x45, 16);
    struct gp_session s;

    h.port.nv_direct = NULL;
    assert_int_equal(host_reset(&h), CARD_OK);
    assert_int_equal(read_casd(root_point), 0);
    s = carrier();
    how.deletes = true;
    assert_int_equal(gp_confidential_agree(&s, &casd, &how, &cut.before, &why),
                     0);
    how.kvn = 0x46;
    assert_int_equal(gp_confidential_offer(&h.crypto, &casd, &how,
                                           span_of(NULL, 0), &cut.offer, &why),
                     0);
    assert_true(faults_open(&cut.ready, MEMORY, 1));
    faults_copy(&cut.ready, &h.faults);
    from_ready();
    const uint64_t first = h.faults.programs;
    assert_int_equal(store(), SW_OK);
    const unsigned programs = (unsigned)(h.faults.programs - first);
    assert_int_equal(gp_confidential_finish(&h.crypto, &casd, &cut.offer,
                                            span_of(h.response, h.n),
                                            &cut.after, &why),
                     0);
    assert_true(programs > 10);
    for (unsigned program = 1; program <= programs; program++)
        cut_at(program);
    printf("%u cuts\n", programs);
    faults_close(&cut.ready);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_open_a_channel),
        cmocka_unit_test(carrier_learns_nothing),
        cmocka_unit_test(only_the_card_that_is_certified),
        cmocka_unit_test(provider_by_its_certificate),
        cmocka_unit_test(enciphered_keys),
        cmocka_unit_test(all_or_nothing),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
