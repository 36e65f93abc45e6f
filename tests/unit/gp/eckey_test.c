/*
 * Proves files of keys on curves and of certificates: every form that is
 * documented, as OpenSSL writes it; certificates that are made here, on each
 * curve, proved by what cards prove them with; key files of SCP11; errors that
 * say what is wrong, and where.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <gp/content.h>
#include <gp/scp11keys.h>

#include "base/hex.h"
#include "ports/openssl/crypto_openssl.h"
#include "securechannel/certificate.h"

static struct crypto_port crypto;
static struct port_openssl *openssl;
static struct secret_gp_ec_key key;
static struct secret_gp_scp11_keys keys;
static struct gp_why why;

/* One key on P-384, in the forms that OpenSSL has. */
static const char scalar[] = "A23A5C315C496FD4C636250091E2426D131DBE7DA7CA1A9D3"
                             "D85401233F65B4A2297DFDDE1FF8AAF955F22427CEF700E";
static const char sec1[] =
    "-----BEGIN EC PRIVATE KEY-----\n"
    "MIGkAgEBBDCiOlwxXElv1MY2JQCR4kJtEx2+fafKGp09hUASM/ZbSiKX393h/4qv\n"
    "lV8iQnzvcA6gBwYFK4EEACKhZANiAATxm/iiNpZn3oRlNy0BTcxfll1uCt91eJqc\n"
    "qUj/vkQwvBcZ4P7CB9sFHX06Q7ukSuI18ugM1AqYEYsc/+9Z5JnaqY1Jkg69VDFu\n"
    "VVF8M4uMxofKmrmNvgzHvigo+blyifI=\n"
    "-----END EC PRIVATE KEY-----\n";
static const char pkcs8[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDCiOlwxXElv1MY2JQCR\n"
    "4kJtEx2+fafKGp09hUASM/ZbSiKX393h/4qvlV8iQnzvcA6hZANiAATxm/iiNpZn\n"
    "3oRlNy0BTcxfll1uCt91eJqcqUj/vkQwvBcZ4P7CB9sFHX06Q7ukSuI18ugM1AqY\n"
    "EYsc/+9Z5JnaqY1Jkg69VDFuVVF8M4uMxofKmrmNvgzHvigo+blyifI=\n"
    "-----END PRIVATE KEY-----\n";
static const char public_key[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAE8Zv4ojaWZ96EZTctAU3MX5ZdbgrfdXia\n"
    "nKlI/75EMLwXGeD+wgfbBR19OkO7pEriNfLoDNQKmBGLHP/vWeSZ2qmNSZIOvVQx\n"
    "blVRfDOLjMaHypq5jb4Mx74oKPm5cony\n"
    "-----END PUBLIC KEY-----\n";
static const char certificate[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBrDCCATKgAwIBAgIUQmuPpAPqKZ5td3Y4uHajbClS4vwwCgYIKoZIzj0EAwMw\n"
    "DDEKMAgGA1UEAwwBVDAgFw0yNjExMjgwMDQ0NDZaGA8yMDUxMDcyMDAwNDQ0Nlow\n"
    "DDEKMAgGA1UEAwwBVDB2MBAGByqGSM49AgEGBSuBBAAiA2IABPGb+KI2lmfehGU3\n"
    "LQFNzF+WXW4K33V4mpypSP++RDC8Fxng/sIH2wUdfTpDu6RK4jXy6AzUCpgRixz/\n"
    "71nkmdqpjUmSDr1UMW5VUXwzi4zGh8qauY2+DMe+KCj5uXKJ8qNTMFEwHQYDVR0O\n"
    "BBYEFFTp4TF1iSIRrc+VmuJQ8GYzOlRiMB8GA1UdIwQYMBaAFFTp4TF1iSIRrc+V\n"
    "muJQ8GYzOlRiMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwMDaAAwZQIxAKKi\n"
    "BLFq0d796TkdJ9P8a3A53PbQlBhOBkluADCWhLo3sXsPXF1o/IzsThz0eo42HgIw\n"
    "LRLcF/MEhEXpcy0qPt3T0gSjKuS3G9+Uwwiiumw8FkrXAWd9t5TX9TUvm72sce61\n"
    "-----END CERTIFICATE-----\n";
static const char enciphered[] =
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
    "MIIBHDBXBgkqhkiG9w0BBQ0wSjApBgkqhkiG9w0BBQwwHAQIA24QWIUD2gACAggA\n"
    "MAwGCCqGSIb3DQIJBQAwHQYJYIZIAWUDBAEqBBAEJQYvW8HGR5+S3XyGIchnBIHA\n"
    "DYiPIEWkXPeRlH2Oz+XEpmVbu+ufroaMMxhJ04msMdB+tsSbPVf3ifOOoxXaM54Y\n"
    "PZi7qxPHpbfnf5GCmB06hRFBb7cTkfEPDXRSj3uO+YiAqKHVlYclyIgHMui3srqO\n"
    "ZtpROJhnTZAGwyjQu0GmC9jDYIGcOEY2MkUKFP3Jb9xl0Bn7KaNGxtIYFf4iDvnJ\n"
    "v8YlwltNrLpWkeRJuICklQIo4BTjo+YrCFIT0AcPyqsE6c2630Dub8mMwOr7gujc\n"
    "-----END ENCRYPTED PRIVATE KEY-----\n";
static const char enciphered_sec1[] =
    "-----BEGIN EC PRIVATE KEY-----\n"
    "Proc-Type: 4,ENCRYPTED\n"
    "DEK-Info: AES-128-CBC,309D581A9B3BE5EB5154ECE0F9B7BAE8\n"
    "\n"
    "XM5ZWRwpGLl/QcUxEB0wnAbMT2BIeVzQ2Pbs9z2oepYZmbSBXhS2whqpPbtvdVIN\n"
    "ON/DrLP8zRHMuujguqOLnwqQ/+uB0HAHFGIzxIZs35CCHJqNNv9xKAMwNv5+BS5f\n"
    "yhjmyTwRgsp7wil/0JJv6Vt3onee5jQkfntI4ReRr2+ks+nznaCXgCzw0GdqOKEt\n"
    "3Fewbkk/XUWn913E0345UYX/sshQfLF99prS0U5LydM=\n"
    "-----END EC PRIVATE KEY-----\n";
static const char of_rsa[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIICdgIBADANBgkqhkiG9w0BAQEFAASCAmAwggJcAgEAAoGBAKLFaRJqOF+jXVWU\n"
    "NWVGHdC3Ppgour6rh3Qnr7EZ7/zl8ywb60B6N4R3qTLcVZU75+0dozcgb7e0NaKp\n"
    "TZdM1xLCKumcX+wFpXNH2oE5z+Ksjzdhpv8hwvdOBRn9scJfQEVf3lb1dBzuBA+g\n"
    "qNoiN2Og5LfNCcB/kqqiiNdp0UdpAgMBAAECgYADC4Jdr9MCJwI1+aHOFTO1ldf7\n"
    "7Lchnf/Ysm1c+Mk+h+a2qocKG78yITLvGqQXOJmsG+PTwi2U2DAwrM4gyHU1gvrr\n"
    "BGdOYJ6rgPaVmOh2+kxXdyKgWYUWKBXYG8yfOAa3CsY7u58AarKuCXCcDsixHNgd\n"
    "Tg301XeING65gdbmSQJBANYvZCuYOiqjKNkwAlW3+ju4vnCcqbNMDYSmEGmNpHLc\n"
    "+LUChhoa5m34OAtG/lHPkxBJHo0BvXH1WM++7CQKSIcCQQDCjG9yzPXxV3WGCMKm\n"
    "sMe1DTrTXszW/J5e4OBPFN66SZoIjnNXOk0dQmWMei924PISOxkBivVkZxkI4pIz\n"
    "vByPAkASlS4FskFprZo/rbCmKz4krFSphI4cpj6OAbJu1gEsjgtt+PgVj7vqUpza\n"
    "LaCnDHFf+lgSN9Jt7rFz5MasIdBFAkEArx0VW/IdFmUwxbqw6rWIrPEBmCxmmMS+\n"
    "EIy9mrEgYfHKEhWWwFcb/lA7c5yviIOloL9NHNRlWUBrilHWY3bZBQJAXuc5Uxxj\n"
    "ZtY8PJot17XFx9BMA8ja+MDC/WWRdyjB685AKP5qyyXuSPll43xQNQS7rvWXkBM6\n"
    "M2jpv/Yf50rbgQ==\n"
    "-----END PRIVATE KEY-----\n";
static const char of_secp256k1[] =
    "-----BEGIN EC PRIVATE KEY-----\n"
    "MHQCAQEEILJdnbnH1YRGOwjesF75mw9bvehpANyVu4GEw5s98R/YoAcGBSuBBAAK\n"
    "oUQDQgAEYjSaB+g61lybs4eefkOF6t9wV+/NzQTYHtNGFVAY1nZ9dGDbeZwgP3Q3\n"
    "6Vohr/SYB0d6WXf2wJdnn3ZeoseKEg==\n"
    "-----END EC PRIVATE KEY-----\n";

static int set_up(void **state)
{
    (void)state;
    return port_openssl_crypto_init(&crypto, &openssl, "eckey");
}

static int tear_down(void **state)
{
    (void)state;
    port_openssl_free(&openssl);
    return 0;
}

static struct span text_of(const char *text)
{
    return span_of((const uint8_t *)text, strlen(text));
}

static int parse(const char *text)
{
    why.text[0] = '\0';
    return gp_ec_key_parse(&crypto, text_of(text), &key, &why);
}

static void assert_says(const char *words)
{
    if (strstr(why.text, words) == NULL)
        fail_msg("'%s' does not say '%s'", why.text, words);
}

/* The key above, with its private part or without. */
static void assert_is_key(bool private)
{
    char hex[2 * CRYPTO_EC_ORDER_MAX + 1];

    assert_int_equal(key.curve, CRYPTO_EC_SECP384R1);
    assert_int_equal(key.point_length, 97);
    assert_int_equal(key.point[0], 0x04);
    assert_int_equal(key.point[1], 0xF1);
    assert_int_equal(key.scalar_length, private ? 48 : 0);
    hex_encode(span_of(key.scalar, key.scalar_length), hex);
    assert_string_equal(hex, private ? scalar : "");
}

/* ---- files of keys ---- */

static void reads_pem(void **state)
{
    static const char parameters[] = "-----BEGIN EC PARAMETERS-----\n"
                                     "BgUrgQQAIg==\n"
                                     "-----END EC PARAMETERS-----\n";
    char both[2000];
    (void)state;

    assert_int_equal(parse(sec1), GP_OK);
    assert_is_key(true);
    snprintf(both, sizeof both, "%s%s", parameters, sec1);
    assert_int_equal(parse(both), GP_OK);
    assert_is_key(true);
    assert_int_equal(parse(pkcs8), GP_OK);
    assert_is_key(true);
    assert_int_equal(parse(public_key), GP_OK);
    assert_is_key(false);
    assert_int_equal(parse(certificate), GP_OK);
    assert_is_key(false);
}

static void reads_der(void **state)
{
    uint8_t bytes[512];
    struct buf der = buf_of(bytes, sizeof bytes);
    static const char hex[] =
        "3081A40201010430A23A5C315C496FD4C636250091E2426D131DBE7DA7CA"
        "1A9D3D85401233F65B4A2297DFDDE1FF8AAF955F22427CEF700EA0070605"
        "2B81040022A16403620004F19BF8A2369667DE8465372D014DCC5F965D6E"
        "0ADF75789A9CA948FFBE4430BC1719E0FEC207DB051D7D3A43BBA44AE235"
        "F2E80CD40A98118B1CFFEF59E499DAA98D49920EBD54316E55517C338B8C"
        "C687CA9AB98DBE0CC7BE2828F9B97289F2";
    (void)state;

    assert_int_equal(hex_decode(hex, strlen(hex), &der, NULL), ERR_OK);
    assert_int_equal(gp_ec_key_parse(&crypto, buf_span(&der), &key, &why), 0);
    assert_is_key(true);
    for (size_t n = 0; n < der.n; n++)
        assert_int_not_equal(
            gp_ec_key_parse(&crypto, span_of(bytes, n), &key, &why), 0);
}

static void reads_text(void **state)
{
    char text[GP_EC_KEY_TEXT];
    (void)state;

    assert_int_equal(parse(sec1), GP_OK);
    gp_ec_key_text(&key, true, text);
    assert_int_equal(parse(text), GP_OK);
    assert_is_key(true);
    gp_ec_key_text(&key, false, text);
    assert_null(strstr(text, "private"));
    assert_int_equal(parse(text), GP_OK);
    assert_is_key(false);
}

static void says_what_is_wrong_with_a_key(void **state)
{
    char damaged[2000];
    (void)state;

    assert_int_equal(parse(enciphered), GP_ERR_KEYS);
    assert_says("passphrase");
    assert_int_equal(parse(enciphered_sec1), GP_ERR_KEYS);
    assert_says("passphrase");
    assert_int_equal(parse(of_rsa), GP_ERR_KEYS);
    assert_says("not on a curve");
    assert_int_equal(parse(of_secp256k1), GP_ERR_KEYS);
    assert_says("not on a curve");
    snprintf(damaged, sizeof damaged, "%s", sec1);
    damaged[60] = '!';
    assert_int_equal(parse(damaged), GP_ERR_KEYS);
    assert_says("no key");
    assert_int_equal(parse(""), GP_ERR_KEYS);
    assert_says("must be given");
    assert_int_equal(parse("curve P-256\n"), GP_ERR_KEYS);
    assert_int_equal(parse("curve P-255\n"), GP_ERR_KEYS);
    assert_says("line 1");
    assert_int_equal(parse("# none\ncurve P-256\npublic 04zz\n"), GP_ERR_KEYS);
    assert_says("line 3");
    assert_int_equal(parse("curve P-256\nsecret 01\n"), GP_ERR_KEYS);
    assert_says("line 2: none of");
    assert_int_equal(parse("curve P-256\nprivate 00\n"), GP_ERR_KEYS);
    assert_says("none of the curve");
    assert_int_equal(parse("curve P-256\npublic 0401\n"), GP_ERR_KEYS);
    assert_int_equal(gp_ec_key_load(&crypto, "env:NOBODY", &key, &why),
                     GP_ERR_FILE);
}

/* ---- certificates ---- */

static const char *const curves[] = {
    "P-256",           "P-384",           "P-521",
    "brainpoolP256r1", "brainpoolP256t1", "brainpoolP384r1",
    "brainpoolP384t1", "brainpoolP512r1", "brainpoolP512t1"};

static const uint8_t one[] = {0x01};

static struct gp_certificate plain(void)
{
    const struct span s = span_of(one, sizeof one);
    return (struct gp_certificate){
        .serial = s, .issuer = s, .subject = s, .expires = {0x20, 0x99, 1, 1}};
}

static void makes_certificates_on_each_curve(void **state)
{
    (void)state;
    for (uint8_t i = 0; i < sizeof curves / sizeof curves[0]; i++) {
        struct secret_gp_ec_key by, of;
        struct crypto_ec_values values;
        struct scp11_certificate c;
        uint8_t bytes[GP_CERTIFICATE_MAX], curve;
        struct buf out = buf_of(bytes, sizeof bytes);
        struct gp_certificate what = plain();

        what.certifies = i % 2 != 0;
        assert_int_equal(gp_ec_curve_parse(curves[i], &curve), GP_OK);
        assert_int_equal(gp_ec_curve_reference(curve), i);
        assert_int_equal(gp_ec_key_generate(&crypto, curve, &by), GP_OK);
        assert_int_equal(gp_ec_key_generate(&crypto, curve, &of), GP_OK);
        assert_int_equal(gp_certificate_make(&out, &crypto, &by, &of, &what),
                         GP_OK);
        assert_int_equal(crypto_ec_named(&crypto, curve, &values), ERR_OK);
        assert_int_equal(
            scp11_certificate(&crypto, &values.curve, buf_span(&out), &c),
            ERR_OK);
        assert_int_equal(c.certifies, i % 2 != 0);
        assert_int_equal(c.agrees, i % 2 == 0);
        assert_memory_equal(c.point.p, of.point, of.point_length);
        assert_int_equal(
            scp11_certificate_check(&crypto, &values.curve,
                                    span_of(by.point, by.point_length), &c),
            ERR_OK);
        assert_int_equal(
            scp11_certificate_check(&crypto, &values.curve,
                                    span_of(of.point, of.point_length), &c),
            ERR_AUTH);
    }
}

static void refuses_to_make_others(void **state)
{
    struct secret_gp_ec_key by, of, other;
    struct gp_certificate what = plain();
    static const uint8_t many[GP_SERIAL_MAX + 1];
    uint8_t bytes[GP_CERTIFICATE_MAX];
    struct buf out = buf_of(bytes, sizeof bytes);
    (void)state;

    assert_int_equal(gp_ec_key_generate(&crypto, CRYPTO_EC_SECP256R1, &by), 0);
    assert_int_equal(gp_ec_key_generate(&crypto, CRYPTO_EC_SECP256R1, &of), 0);
    assert_int_equal(gp_ec_key_generate(&crypto, CRYPTO_EC_SECP384R1, &other),
                     0);
    assert_int_equal(gp_certificate_make(&out, &crypto, &by, &other, &what),
                     GP_ERR_ARGUMENT);
    what.serial = span_of(many, sizeof many);
    assert_int_equal(gp_certificate_make(&out, &crypto, &by, &of, &what),
                     GP_ERR_ARGUMENT);
    what.serial = span_of(NULL, 0);
    assert_int_equal(gp_certificate_make(&out, &crypto, &by, &of, &what),
                     GP_ERR_ARGUMENT);
    what = plain();
    by.scalar_length = 0;
    assert_int_equal(gp_certificate_make(&out, &crypto, &by, &of, &what),
                     GP_ERR_ARGUMENT);
    assert_int_equal(out.n, 0);
}

static void reads_certificates(void **state)
{
    uint8_t bytes[GP_CHAIN_MAX];
    struct buf chain = buf_of(bytes, sizeof bytes);
    struct span each[GP_CHAIN_LENGTH_MAX];
    char text[4000];
    size_t count;
    (void)state;

    /* PEM beside keys, clear and enciphered; binary; hexadecimal */
    snprintf(text, sizeof text, "%s%s%s%s", sec1, enciphered_sec1, certificate,
             certificate);
    assert_int_equal(gp_certificates_parse(text_of(text), &chain, &why), 0);
    assert_int_equal(gp_certificates_split(buf_span(&chain), each, &count), 0);
    assert_int_equal(count, 2);
    assert_true(span_equal(each[0], each[1]));
    const struct span first = each[0];
    assert_int_equal(gp_certificates_parse(first, &chain, &why), 0);
    hex_encode(first, text);
    strcat(text, "\n");
    assert_int_equal(gp_certificates_parse(text_of(text), &chain, &why), 0);
    assert_int_equal(gp_certificates_split(buf_span(&chain), each, &count), 0);
    assert_int_equal(count, 4);
    assert_true(span_equal(each[2], first));
    assert_true(span_equal(each[3], first));

    /* what is none leaves the chain as it was */
    const size_t before = chain.n;
    assert_int_equal(gp_certificates_parse(text_of(sec1), &chain, &why),
                     GP_ERR_KEYS);
    assert_int_equal(gp_certificates_parse(text_of("3003"), &chain, &why),
                     GP_ERR_KEYS);
    assert_int_equal(gp_certificates_parse(text_of(""), &chain, &why),
                     GP_ERR_KEYS);
    assert_int_equal(chain.n, before);
}

/* ---- key files of SCP11 ---- */

static int load(const char *text)
{
    why.text[0] = '\0';
    setenv("SCP11_KEYS", text, 1);
    return gp_scp11_keys_load(&crypto, "env:SCP11_KEYS", &keys, &why);
}

static const char card_point[] =
    "042CDA62DBEC717E2C6A1AA3022AD83A50A0465DE146C0F2A4215F9308BD"
    "557D1BD57C1701C63A3EF15629BBFFF93000A9AB612C18A51A7146960F0CD5351EE697";

static void reads_key_files(void **state)
{
    struct span certificates[GP_CHAIN_LENGTH_MAX];
    struct gp_scp11_options options = {.variant = SCP11_B};
    char text[2000];
    (void)state;

    snprintf(text, sizeof text,
             "# a reader\ncurve P-256\ncard %s\nkvn = 41\n"
             "authority 10/50\naes 256\n",
             card_point);
    assert_int_equal(load(text), GP_OK);
    gp_scp11_keys_apply(&keys, certificates, &options);
    assert_int_equal(options.curve, CRYPTO_EC_SECP256R1);
    assert_int_equal(options.kvn, 0x41);
    assert_int_equal(options.authority_kid, 0x10);
    assert_int_equal(options.authority_kvn, 0x50);
    assert_int_equal(options.key_length, 32);
    assert_int_equal(options.card_point.n, 65);
    assert_int_equal(options.root_point.n, 0);
    assert_int_equal(options.scalar.n, 0);
    assert_int_equal(options.certificate_count, 0);

    snprintf(text, sizeof text, "curve P-384\nprivate %s\n", scalar);
    assert_int_equal(load(text), GP_OK);
    assert_int_equal(keys.key_length, 24);
}

static void says_what_is_wrong_with_a_key_file(void **state)
{
    static const struct {
        const char *text;
        const char *words;
    } rows[] = {
        {"", "none of private, card"},
        {"kvn 41\n", "none of private, card"},
        {"key 404142434445464748494A4B4C4D4E4F\n", "line 1: none of"},
        {"kvn 100\n", "line 1: kvn is"},
        {"authority 10\n", "line 1: authority is"},
        {"authority 10/50/1\n", "line 1: authority is"},
        {"aes 127\n", "line 1: aes is"},
        {"curve P\n", "line 1: a curve is"},
        {"card 0411\n", "line 1: a key in hexadecimal needs a curve"},
        {"curve P-256\ncard 04111\n", "line 2: a key in hexadecimal has"},
        {"curve P-256\ncard 0411\n", "line 2: it is no key"},
        {"card /nowhere/at/all\n", "line 1: /nowhere/at/all: No such file"},
        {"certificate 0102\n", "line 1: there is no certificate"},
        {"card\n", "line 1: a name and one value"},
        {"card a b\n", "line 1: a name and one value"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_not_equal(load(rows[i].text), GP_OK);
        assert_says("env:SCP11_KEYS: ");
        assert_says(rows[i].words);
        assert_int_equal(keys.card.point_length, 0);
    }
}

/* Files, settings and names. */
static void limits_what_it_reads(void **state)
{
    char text[40000];
    (void)state;

    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = '\0';
    assert_int_equal(load(text), GP_ERR_LIMIT);
    memcpy(text, "card ", 5);
    text[8000] = '\0';
    assert_int_equal(load(text), GP_ERR_KEYS);
    assert_says("more characters");
    text[5000] = '\0';
    text[6] = 'x';
    assert_int_equal(load(text), GP_ERR_KEYS);
    assert_says("too long");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_pem),
        cmocka_unit_test(reads_der),
        cmocka_unit_test(reads_text),
        cmocka_unit_test(says_what_is_wrong_with_a_key),
        cmocka_unit_test(makes_certificates_on_each_curve),
        cmocka_unit_test(refuses_to_make_others),
        cmocka_unit_test(reads_certificates),
        cmocka_unit_test(reads_key_files),
        cmocka_unit_test(says_what_is_wrong_with_a_key_file),
        cmocka_unit_test(limits_what_it_reads),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
