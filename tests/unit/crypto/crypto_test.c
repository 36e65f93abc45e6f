/*
 * Proves the modes against published answers (RFC 4493, RFC 5297, NIST SP
 * 800-38A, FIPS 180-4), the border of the port (lengths, in place, chaining),
 * padding, and that a seed decides every random byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"
#include "crypto/cmac.h"
#include "crypto/kcv.h"
#include "crypto/kdf.h"
#include "crypto/mac.h"
#include "crypto/pad.h"
#include "crypto/siv.h"
#include "crypto/xec.h"
#include "ports/openssl/crypto_openssl.h"

static struct crypto_port crypto;

struct bytes {
    uint8_t p[128];
    size_t n;
};

static struct bytes hex(const char *text)
{
    struct bytes b = {.n = 0};
    struct buf out = buf_of(b.p, sizeof b.p);
    assert_int_equal(hex_decode(text, strlen(text), &out, NULL), ERR_OK);
    b.n = out.n;
    return b;
}

static void assert_hex(const uint8_t *p, size_t n, const char *want)
{
    char got[257];
    assert_true(n <= 128);
    hex_encode(span_of(p, n), got);
    assert_string_equal(got, want);
}

static void cmac_rfc4493(void **state)
{
    (void)state;
    static const struct {
        size_t n;
        const char *mac;
    } cases[] = {
        {0, "BB1D6929E95937287FA37D129B756746"},
        {16, "070A16B46B4D4144F79BDD9DD04A287C"},
        {40, "DFA66747DE9AE63030CA32611497C827"},
        {64, "51F0BEBF7E3B9D92FC49741779363CFE"},
    };
    struct bytes key = hex("2B7E151628AED2A6ABF7158809CF4F3C");
    struct bytes m = hex("6BC1BEE22E409F96E93D7E117393172A"
                         "AE2D8A571E03AC9C9EB76FAC45AF8E51"
                         "30C81C46A35CE411E5FBC1191A0A52EF"
                         "F69F2445DF4F9B17AD2B417BE66C3710");
    for (size_t i = 0; i < 4; i++) {
        uint8_t mac[16];
        for (size_t cut = 0; cut <= cases[i].n; cut++) {
            const struct span parts[] = {
                {m.p, cut}, {NULL, 0}, {m.p + cut, cases[i].n - cut}};
            assert_int_equal(
                crypto_cmac(&crypto, span_of(key.p, key.n), parts, 3, mac),
                ERR_OK);
            assert_hex(mac, 16, cases[i].mac);
        }
    }
}

/* Longer than one scratch block of the chaining. */
static void siv_rfc5297(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        const char *contexts[3];
        size_t count;
        const char *text;
        const char *sealed;
    } cases[] = {
        {"FFFEFDFCFBFAF9F8F7F6F5F4F3F2F1F0F0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF",
         {"101112131415161718191A1B1C1D1E1F2021222324252627"},
         1,
         "112233445566778899AABBCCDDEE",
         "85632D07C6E8F37F950ACD320A2ECC9340C02B9690C4DC04DAEF7F6AFE5C"},
        {"7F7E7D7C7B7A79787776757473727170404142434445464748494A4B4C4D4E4F",
         {"00112233445566778899AABBCCDDEEFFDEADDADADEADDADAFFEEDDCCBBAA9988"
          "7766554433221100",
          "102030405060708090A0", "09F911029D74E35BD84156C5635688C0"},
         3,
         "7468697320697320736F6D6520706C61696E7465787420746F20656E63727970"
         "74207573696E67205349562D414553",
         "7BDB6E3B432667EB06F4D14BFF2FBD0FCB900F2FDDBE404326601965C889BF17"
         "DBA77CEB094FA663B7A3F748BA8AF829EA64AD544A272E9C485B62A3FD5C0D"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bytes key = hex(cases[i].key), text = hex(cases[i].text);
        struct bytes parts[3], again;
        struct span contexts[3];
        uint8_t sealed[128];
        for (size_t j = 0; j < cases[i].count; j++) {
            parts[j] = hex(cases[i].contexts[j]);
            contexts[j] = span_of(parts[j].p, parts[j].n);
        }
        const struct span k = span_of(key.p, key.n);
        const struct span whole = span_of(sealed, text.n + CRYPTO_SIV_TAG);
        assert_int_equal(crypto_siv_seal(&crypto, k, contexts, cases[i].count,
                                         span_of(text.p, text.n), sealed),
                         ERR_OK);
        assert_hex(sealed, whole.n, cases[i].sealed);
        assert_int_equal(crypto_siv_open(&crypto, k, contexts, cases[i].count,
                                         whole, again.p),
                         ERR_OK);
        assert_memory_equal(again.p, text.p, text.n);
        for (size_t at = 0; at < whole.n; at++) {
            sealed[at] ^= 0x40;
            assert_int_equal(crypto_siv_open(&crypto, k, contexts,
                                             cases[i].count, whole, again.p),
                             ERR_AUTH);
            assert_int_equal(again.p[0] | again.p[text.n - 1], 0);
            sealed[at] ^= 0x40;
        }
        contexts[0].n--;
        assert_int_equal(crypto_siv_open(&crypto, k, contexts, cases[i].count,
                                         whole, again.p),
                         ERR_AUTH);
        assert_int_equal(crypto_siv_open(&crypto, span_of(key.p, 31), contexts,
                                         1, whole, again.p),
                         ERR_RANGE);
        assert_int_equal(crypto_siv_open(&crypto, k, contexts, 1,
                                         span_of(sealed, 15), again.p),
                         ERR_RANGE);
    }
}

static void cmac_of_long_messages_does_not_depend_on_cuts(void **state)
{
    (void)state;
    static uint8_t message[1500];
    static const uint8_t key[16] = {1};
    uint8_t whole[16];
    uint8_t cut[16];
    for (size_t i = 0; i < sizeof message; i++)
        message[i] = (uint8_t)(i * 7);
    const struct span one = span_of(message, sizeof message);
    assert_int_equal(crypto_cmac(&crypto, span_of(key, 16), &one, 1, whole),
                     ERR_OK);
    for (size_t n = 0; n <= sizeof message; n += 13) {
        const struct span parts[] = {{message, n},
                                     {message + n, sizeof message - n}};
        assert_int_equal(crypto_cmac(&crypto, span_of(key, 16), parts, 2, cut),
                         ERR_OK);
        assert_memory_equal(cut, whole, 16);
    }
}

static void aes_sp800_38a(void **state)
{
    (void)state;
    struct bytes key = hex("2B7E151628AED2A6ABF7158809CF4F3C");
    struct bytes iv = hex("000102030405060708090A0B0C0D0E0F");
    struct bytes m = hex("6BC1BEE22E409F96E93D7E117393172A"
                         "AE2D8A571E03AC9C9EB76FAC45AF8E51");
    uint8_t out[32];
    const struct span k = span_of(key.p, key.n);
    assert_int_equal(crypto.cipher(crypto.ctx, CRYPTO_AES, CRYPTO_ECB,
                                   CRYPTO_ENCRYPT, k, NULL, m.p, out, 32),
                     ERR_OK);
    assert_hex(out, 32,
               "3AD77BB40D7A3660A89ECAF32466EF97"
               "F5D3D58503B9699DE785895A96FDBAAF");
    /* In place and in two calls: iv carries over. */
    memcpy(out, m.p, 32);
    for (size_t i = 0; i < 32; i += 16)
        assert_int_equal(crypto.cipher(crypto.ctx, CRYPTO_AES, CRYPTO_CBC,
                                       CRYPTO_ENCRYPT, k, iv.p, out + i,
                                       out + i, 16),
                         ERR_OK);
    assert_hex(out, 32,
               "7649ABAC8119B246CEE98E9B12E9197D"
               "5086CB9B507219EE95DB113A917678B2");
    assert_memory_equal(iv.p, out + 16, 16);
    iv = hex("000102030405060708090A0B0C0D0E0F");
    for (size_t i = 0; i < 32; i += 16)
        assert_int_equal(crypto.cipher(crypto.ctx, CRYPTO_AES, CRYPTO_CBC,
                                       CRYPTO_DECRYPT, k, iv.p, out + i,
                                       out + i, 16),
                         ERR_OK);
    assert_memory_equal(out, m.p, 32);
}

/* One key, messages that begin anew each: what went before is forgotten, and
 * the input stays as it was [SP 800-38A F.2.1, F.2.2]. */
static void cbc_starts_where_it_is_told(void **state)
{
    struct bytes key = hex("2B7E151628AED2A6ABF7158809CF4F3C");
    struct bytes m = hex("6BC1BEE22E409F96E93D7E117393172A"
                         "AE2D8A571E03AC9C9EB76FAC45AF8E51");
    struct bytes c = hex("7649ABAC8119B246CEE98E9B12E9197D"
                         "5086CB9B507219EE95DB113A917678B2");

    (void)state;
    for (int i = 0; i < 6; i++) {
        const bool encrypt = i % 3 != 2;
        const struct bytes *in = encrypt ? &m : &c;
        const struct bytes *want = encrypt ? &c : &m;
        const struct bytes before = *in;
        struct bytes iv = hex("000102030405060708090A0B0C0D0E0F");
        uint8_t out[32];

        assert_int_equal(
            crypto.cipher(crypto.ctx, CRYPTO_AES, CRYPTO_CBC,
                          encrypt ? CRYPTO_ENCRYPT : CRYPTO_DECRYPT,
                          span_of(key.p, key.n), iv.p, in->p, out, 32),
            ERR_OK);
        assert_memory_equal(out, want->p, 32);
        assert_memory_equal(in->p, before.p, 32);
        assert_memory_equal(iv.p, c.p + 16, 16);
    }
}

static void des_and_triple_des(void **state)
{
    (void)state;
    static const uint8_t zero[8];
    struct bytes key = hex("0123456789ABCDEF23456789ABCDEF01");
    struct bytes long_key = hex("0123456789ABCDEF23456789ABCDEF01"
                                "0123456789ABCDEF");
    struct bytes m = hex("4E6F772069732074");
    uint8_t out[8];
    uint8_t other[8];
    assert_int_equal(crypto.cipher(crypto.ctx, CRYPTO_DES, CRYPTO_ECB,
                                   CRYPTO_ENCRYPT, span_of(key.p, 8), NULL, m.p,
                                   out, 8),
                     ERR_OK);
    assert_hex(out, 8, "3FA40E8A984D4815"); /* FIPS 81 */
    assert_int_equal(crypto.cipher(crypto.ctx, CRYPTO_DES3, CRYPTO_ECB,
                                   CRYPTO_ENCRYPT, span_of(key.p, 16), NULL,
                                   m.p, out, 8),
                     ERR_OK);
    assert_int_equal(crypto.cipher(crypto.ctx, CRYPTO_DES3, CRYPTO_ECB,
                                   CRYPTO_ENCRYPT, span_of(long_key.p, 24),
                                   NULL, m.p, other, 8),
                     ERR_OK);
    assert_memory_equal(out, other, 8);

    /* With K1 = K2 both MACs are single DES ones, and equal. */
    memcpy(key.p + 8, key.p, 8);
    const struct span part = span_of(m.p, m.n);
    assert_int_equal(
        crypto_retail_mac(&crypto, span_of(key.p, 16), zero, &part, 1, out),
        ERR_OK);
    assert_int_equal(
        crypto_des3_mac(&crypto, span_of(key.p, 16), zero, &part, 1, other),
        ERR_OK);
    assert_memory_equal(out, other, 8);
}

static void lengths_are_checked(void **state)
{
    (void)state;
    uint8_t b[64] = {0};
    static const struct {
        enum crypto_cipher cipher;
        size_t key;
        size_t n;
        enum err want;
    } cases[] = {
        {CRYPTO_AES, 16, 15, ERR_RANGE}, {CRYPTO_AES, 15, 16, ERR_RANGE},
        {CRYPTO_AES, 33, 16, ERR_RANGE}, {CRYPTO_AES, 0, 16, ERR_RANGE},
        {CRYPTO_DES, 16, 8, ERR_RANGE},  {CRYPTO_DES, 8, 12, ERR_RANGE},
        {CRYPTO_DES3, 8, 8, ERR_RANGE},  {CRYPTO_DES3, 32, 8, ERR_RANGE},
        {CRYPTO_AES, 32, 0, ERR_OK},     {CRYPTO_AES, 24, 16, ERR_OK},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(crypto.cipher(crypto.ctx, cases[i].cipher, CRYPTO_ECB,
                                       CRYPTO_ENCRYPT, span_of(b, cases[i].key),
                                       NULL, b, b, cases[i].n),
                         cases[i].want);
    assert_int_equal(crypto.cipher(crypto.ctx, CRYPTO_AES, CRYPTO_CBC,
                                   CRYPTO_ENCRYPT, span_of(b, 16), NULL, b, b,
                                   16),
                     ERR_RANGE);
    assert_int_equal(crypto_kdf_cmac(&crypto, span_of(b, 16), span_of(b, 1),
                                     span_of(b, 1), b, 0),
                     ERR_RANGE);
    assert_int_equal(crypto_kdf_scp03(&crypto, span_of(b, 16), 4,
                                      span_of(b, 20), span_of(b, 13), b, 16),
                     ERR_RANGE);
    assert_int_equal(crypto_retail_mac(&crypto, span_of(b, 24), b, NULL, 0, b),
                     ERR_RANGE);
}

/* More keys than the cache has places, twice: evicted ones still work. */
static void cache_does_not_change_answers(void **state)
{
    (void)state;
    uint8_t first[64][16];
    for (int round = 0; round < 2; round++) {
        for (uint8_t k = 0; k < 64; k++) {
            uint8_t key[16] = {k};
            uint8_t out[16] = {0};
            assert_int_equal(crypto.cipher(crypto.ctx, CRYPTO_AES, CRYPTO_ECB,
                                           CRYPTO_ENCRYPT, span_of(key, 16),
                                           NULL, out, out, 16),
                             ERR_OK);
            if (round == 0)
                memcpy(first[k], out, 16);
            assert_memory_equal(first[k], out, 16);
        }
    }
    assert_memory_not_equal(first[0], first[1], 16);
}

static void sign_xec(const uint8_t *key, uint8_t *signature)
{
    assert_int_equal(crypto.xec->sign(crypto.ctx, CRYPTO_ED25519, key,
                                      span_of(key, 0), signature),
                     ERR_OK);
}

/*
 * The same of Edwards keys: more than are kept, and with each the bytes of
 * another's public key taken for a private one in between.
 * [RFC 8032 7.1, test 1]
 */
static void kept_curve_keys_do_not_change_answers(void **state)
{
    struct bytes own = hex("9D61B19DEFFD5A60BA844AF492EC2CC4"
                           "4449C5697B326919703BAC031CAE7F60");
    struct bytes public_key = hex("D75A980182B10AB7D54BFED3C964073A"
                                  "0EE172F3DAA62325AF021A68F707511A");
    uint8_t want[64], got[64], other[64], own_public[32];
    bool right = false;

    (void)state;
    sign_xec(own.p, want);
    assert_hex(
        want, 64,
        "E5564300C360AC729086E2CC806E828A84877F1EB8E5D974D873E06522490155"
        "5FB8821590A33BACC61E39701CF9B46BD25BF5F0595BBE24655141438E7A100"
        "B");
    for (uint8_t k = 0; k < 20; k++) {
        const uint8_t key[32] = {k};
        sign_xec(key, other);
        assert_memory_not_equal(other, want, 64);
        sign_xec(public_key.p, other);
        assert_int_equal(crypto.xec->public_of(crypto.ctx, CRYPTO_ED25519,
                                               own.p, own_public),
                         ERR_OK);
        assert_memory_equal(own_public, public_key.p, 32);
        sign_xec(own.p, got);
        assert_memory_equal(got, want, 64);
        assert_int_equal(crypto.xec->verify(crypto.ctx, CRYPTO_ED25519,
                                            public_key.p, span_of(key, 0), got,
                                            &right),
                         ERR_OK);
        assert_true(right);
    }
}

static void digests_fips180(void **state)
{
    (void)state;
    static const char *const want[] = {
        [CRYPTO_SHA1] = "A9993E364706816ABA3E25717850C26C9CD0D89D",
        [CRYPTO_SHA224] =
            "23097D223405D8228642A477BDA255B32AADBCE4BDA0B3F7E36C9DA7",
        [CRYPTO_SHA256] = "BA7816BF8F01CFEA414140DE5DAE2223"
                          "B00361A396177A9CB410FF61F20015AD",
        [CRYPTO_SHA384] = "CB00753F45A35E8BB5A03D699AC65007272C32AB0EDED163"
                          "1A8B605A43FF5BED8086072BA1E7CC2358BAECA134C825A7",
        [CRYPTO_SHA512] =
            "DDAF35A193617ABACC417349AE20413112E6FA4E89A97EA20A9EEEE64B55D39A"
            "2192992A274FC1A836BA3C23A3FEEBBD454D4423643CE80E2A9AC94FA54CA49F",
    };
    const struct span parts[] = {
        {(const uint8_t *)"a", 1}, {NULL, 0}, {(const uint8_t *)"bc", 2}};
    for (int d = CRYPTO_SHA1; d <= CRYPTO_SHA512; d++) {
        uint8_t out[CRYPTO_DIGEST_MAX];
        assert_int_equal(
            crypto.digest(crypto.ctx, (enum crypto_digest)d, parts, 3, out),
            ERR_OK);
        assert_hex(out, crypto_digest_size((enum crypto_digest)d), want[d]);
    }
}

static void padding_round_trip(void **state)
{
    (void)state;
    uint8_t b[64];
    for (size_t block = 8; block <= 16; block += 8) {
        for (size_t n = 0; n <= 40; n++) {
            struct buf out = buf_of(b, sizeof b);
            size_t data = 99;
            memset(b, 0x80, sizeof b);
            out.n = n;
            assert_int_equal(crypto_pad(&out, 0, block), ERR_OK);
            assert_int_equal(out.n, crypto_padded(n, block));
            assert_int_equal(out.n % block, 0);
            assert_true(out.n > n && out.n <= n + block);
            assert_int_equal(crypto_unpad(b, out.n, &data), ERR_OK);
            assert_int_equal(data, n);
        }
    }
    size_t data;
    struct buf full = buf_of(b, 16);
    full.n = 16;
    assert_int_equal(crypto_pad(&full, 0, 16), ERR_FULL);
    assert_int_equal(full.n, 16);
    memset(b, 0, sizeof b);
    assert_int_equal(crypto_unpad(b, 16, &data), ERR_FORMAT);
    assert_int_equal(crypto_unpad(b, 0, &data), ERR_FORMAT);
    b[15] = 0x81;
    assert_int_equal(crypto_unpad(b, 16, &data), ERR_FORMAT);
}

static void draw(const char *seed, size_t piece, uint8_t out[96])
{
    struct crypto_port own;
    struct port_openssl *port = NULL;
    assert_int_equal(port_openssl_crypto_init(&own, &port, seed), 0);
    for (size_t i = 0; i < 96; i += piece)
        assert_int_equal(own.random(own.ctx, out + i, piece), ERR_OK);
    port_openssl_free(&port);
    assert_null(port);
}

static void seed_decides_everything(void **state)
{
    (void)state;
    uint8_t a[96];
    uint8_t b[96];
    draw("one", 8, a);
    draw("one", 8, b);
    assert_memory_equal(a, b, sizeof a);
    draw("two", 8, b);
    assert_memory_not_equal(a, b, sizeof a);
    draw(NULL, 8, a);
    draw(NULL, 8, b);
    assert_memory_not_equal(a, b, sizeof a);
    /* No byte is handed out twice. */
    draw("one", 16, a);
    for (size_t i = 16; i < sizeof a; i += 16)
        assert_memory_not_equal(a, a + i, 16);
}

static void reseeding_starts_again(void **state)
{
    (void)state;
    struct crypto_port own;
    struct port_openssl *port = NULL;
    uint8_t a[20];
    uint8_t b[20];
    assert_int_equal(port_openssl_crypto_init(&own, &port, "x"), 0);
    assert_int_equal(own.random(own.ctx, a, sizeof a), ERR_OK);
    assert_int_equal(port_openssl_reseed(port, "x"), 0);
    assert_int_equal(own.random(own.ctx, b, sizeof b), ERR_OK);
    assert_memory_equal(a, b, sizeof a);
    assert_int_equal(port_openssl_reseed(port, NULL), 0);
    assert_int_equal(own.random(own.ctx, b, sizeof b), ERR_OK);
    assert_memory_not_equal(a, b, sizeof a);
    port_openssl_free(&port);
}

/* The next draw of everything below fails; nothing may pretend success. */
static enum err broken(void *ctx, enum crypto_cipher cipher,
                       enum crypto_mode mode, enum crypto_direction direction,
                       struct span key, uint8_t *iv, const uint8_t *in,
                       uint8_t *out, size_t n)
{
    int *left = ctx;
    if ((*left)-- == 0)
        return ERR_IO;
    (void)cipher, (void)mode, (void)direction, (void)key, (void)iv;
    memmove(out, in, n);
    return ERR_OK;
}

static void port_failures_come_through(void **state)
{
    (void)state;
    int left = 0;
    const struct crypto_port bad = {.ctx = &left, .cipher = broken};
    static const uint8_t b[64] = {0};
    uint8_t out[32];
    const struct span part = span_of(b, 40);
    for (int n = 0; n < 3; n++) {
        left = n;
        assert_int_equal(crypto_cmac(&bad, span_of(b, 16), &part, 1, out),
                         ERR_IO);
        left = n % 2;
        assert_int_equal(
            crypto_retail_mac(&bad, span_of(b, 16), b, &part, 1, out), ERR_IO);
        left = n;
        assert_int_equal(crypto_kdf_scp03(&bad, span_of(b, 16), 4,
                                          span_of(b, 8), span_of(b, 8), out,
                                          32),
                         ERR_IO);
    }
    left = 0;
    assert_int_equal(crypto_kcv(&bad, CRYPTO_AES, span_of(b, 16), out), ERR_IO);
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
        cmocka_unit_test(cmac_rfc4493),
        cmocka_unit_test(siv_rfc5297),
        cmocka_unit_test(cmac_of_long_messages_does_not_depend_on_cuts),
        cmocka_unit_test(aes_sp800_38a),
        cmocka_unit_test(cbc_starts_where_it_is_told),
        cmocka_unit_test(des_and_triple_des),
        cmocka_unit_test(lengths_are_checked),
        cmocka_unit_test(cache_does_not_change_answers),
        cmocka_unit_test(kept_curve_keys_do_not_change_answers),
        cmocka_unit_test(digests_fips180),
        cmocka_unit_test(padding_round_trip),
        cmocka_unit_test(seed_decides_everything),
        cmocka_unit_test(reseeding_starts_again),
        cmocka_unit_test(port_failures_come_through),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
