/*
 * Proves key files and key sources: every form that is documented, errors
 * with their line, nothing but the test key in an argument.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <gp/keys.h>

#include "ports/openssl/crypto_openssl.h"

#define KEY16 "000102030405060708090A0B0C0D0E0F"
#define KEY24 KEY16 "1011121314151617"
#define TEST_KEY "404142434445464748494a4b4c4d4e4f"

static struct secret_gp_keys keys;
static struct gp_why why;

static int parse(const char *text)
{
    why.text[0] = '\0';
    return gp_keys_parse(text, strlen(text), &keys, &why);
}

static void reads_every_setting(void **state)
{
    (void)state;
    assert_int_equal(parse("# a card\n"
                           "enc " KEY16 "\n"
                           "mac = " KEY16 "  # same\r\n"
                           "\n"
                           "dek:\tF0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF\n"
                           "kvn 31\n"
                           "type des\n"
                           "diversification visa2"),
                     GP_OK);
    assert_int_equal(keys.keys.length, 16);
    assert_int_equal(keys.keys.enc[15], 0x0F);
    assert_int_equal(keys.keys.dek[0], 0xF0);
    assert_int_equal(keys.kvn, 0x31);
    assert_int_equal(keys.type, GP_KEY_DES);
    assert_int_equal(keys.diversification, GP_DIV_VISA2);
    assert_false(gp_keys_is_test(&keys));
    assert_int_equal(parse("key " KEY24 "\ntype aes\n"), GP_OK);
    assert_int_equal(keys.keys.length, 24);
    assert_memory_equal(keys.keys.enc, keys.keys.dek, 24);
}

static bool is_public(const char *text)
{
    assert_int_equal(parse(text), GP_OK);
    return gp_keys_are_public(&keys);
}

/* Keys that a card must not go out with; those that differ in one byte. */
static void knows_public_keys(void **state)
{
    (void)state;
    assert_true(is_public("key " TEST_KEY));
    assert_true(is_public("key 00000000000000000000000000000000"));
    assert_true(is_public("key 00112233445566778899AABBCCDDEEFF"));
    assert_true(is_public("key FFEEDDCCBBAA99887766554433221100"));
    assert_true(is_public("key 404142434445464748494A4B4C4D4E4F5051525354555657"
                          "58595A5B5C5D5E5F"));
    assert_true(is_public("key 47454D5850524553534F53414D504C45"));
    assert_true(is_public("key 66778899AABBCCDD1122334455EEFF10"));
    assert_true(is_public("key 112233445566778899AABBCCDDEEFF10"));
    assert_true(is_public("key 99AABBCCDDEEFF101122334455667788"));
    assert_false(is_public("key 404142434445464748494A4B4C4D4E50"));
    assert_false(is_public("key 414142434445464748494A4B4C4D4E4F"));
    assert_false(is_public("key 99AABBCCDDEEFF101122334455667789"));
    assert_true(is_public("enc 404142434445464748494A4B4C4D4E50\n"
                          "mac 404142434445464748494A4B4C4D4E50\n"
                          "dek " TEST_KEY));
    assert_true(is_public("enc 404142434445464748494A4B4C4D4E50\n"
                          "mac " TEST_KEY "\n"
                          "dek 404142434445464748494A4B4C4D4E50"));
}

static void names_the_wrong_line(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *place;
    } bad[] = {
        {"", "all be given"},
        {"enc " KEY16 "\nmac " KEY16 "\n", "all be given"},
        {"enc " KEY16 "\nmac " KEY24 "\n", "line 2"},
        {"\nkey 0102\n", "line 2"},
        {"key " KEY16 "0\n", "line 1"},
        {"key " KEY16 "ZZ\n", "line 1"},
        {"key\n", "line 1"},
        {"key " KEY16 " " KEY16 "\n", "line 1"},
        {"key " KEY16 "\nkvn 100\n", "line 2"},
        {"key " KEY16 "\nkvn x\n", "line 2"},
        {"key " KEY16 "\ntype rsa\n", "line 2"},
        {"key " KEY16 "\ndiversification emv2\n", "line 2"},
        {"what " KEY16 "\n", "line 1"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(parse(bad[i].text), GP_ERR_KEYS);
        if (strstr(why.text, bad[i].place) == NULL)
            fail_msg("'%s' does not name '%s'", why.text, bad[i].place);
        /* No message may repeat what might be a key. */
        assert_null(strstr(why.text, "0001"));
        assert_int_equal(keys.keys.length, 0);
    }
}

static void takes_only_the_test_key_as_argument(void **state)
{
    (void)state;
    assert_int_equal(gp_keys_load(TEST_KEY, &keys, &why), GP_OK);
    assert_true(gp_keys_is_test(&keys));
    assert_int_equal(gp_keys_load(KEY16, &keys, &why), GP_ERR_KEYS);
    assert_int_equal(keys.keys.length, 0);
    assert_int_equal(gp_keys_load(KEY24, &keys, &why), GP_ERR_KEYS);
    assert_int_equal(gp_keys_load("pkcs11:token=x", &keys, &why),
                     GP_ERR_UNSUPPORTED);
}

static void reads_variables_and_files(void **state)
{
    (void)state;
    char path[] = "/tmp/keysXXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "key " KEY16 "\nkvn 20\n", 44), 44);
    close(fd);
    assert_int_equal(gp_keys_load(path, &keys, &why), GP_OK);
    assert_int_equal(keys.kvn, 0x20);
    unlink(path);
    assert_int_equal(gp_keys_load(path, &keys, &why), GP_ERR_FILE);
    assert_non_null(strstr(why.text, path));

    setenv("TEST_KEYS", KEY16 "\n", 1);
    assert_int_equal(gp_keys_load("env:TEST_KEYS", &keys, &why), GP_OK);
    assert_int_equal(keys.keys.length, 16);
    setenv("TEST_KEYS", "nonsense", 1);
    assert_int_equal(gp_keys_load("env:TEST_KEYS", &keys, &why), GP_ERR_KEYS);
    assert_non_null(strstr(why.text, "env:TEST_KEYS"));
    unsetenv("TEST_KEYS");
    assert_int_equal(gp_keys_load("env:TEST_KEYS", &keys, &why), GP_ERR_FILE);
}

static void diversifies_only_what_fits(void **state)
{
    (void)state;
    struct crypto_port crypto;
    struct port_openssl *port = NULL;
    static const uint8_t kdd[SCP_KDD_SIZE] = {0};
    struct secret_gp_keys out;
    uint8_t kcv[3][3];
    assert_int_equal(port_openssl_crypto_init(&crypto, &port, "x"), 0);
    assert_int_equal(parse("key " KEY24 "\ndiversification emv\n"), GP_OK);
    assert_int_equal(gp_keys_diversify(&crypto, &keys, kdd, &out), GP_ERR_KEYS);
    keys.diversification = GP_DIV_KDF3;
    assert_int_equal(gp_keys_diversify(&crypto, &keys, kdd, &out), GP_OK);
    assert_int_equal(out.diversification, GP_DIV_NONE);
    assert_memory_not_equal(out.keys.enc, out.keys.mac, 24);
    keys.diversification = GP_DIV_NONE;
    assert_int_equal(gp_keys_diversify(&crypto, &keys, kdd, &out), GP_OK);
    assert_memory_equal(out.keys.enc, keys.keys.enc, 24);
    gp_keys_test(&keys);
    assert_int_equal(gp_keys_kcv(&crypto, &keys, kcv), GP_OK);
    assert_memory_equal(kcv[2], "\x50\x4A\x77", 3);
    keys.type = GP_KEY_DES;
    assert_int_equal(gp_keys_kcv(&crypto, &keys, kcv), GP_OK);
    assert_memory_equal(kcv[0], "\x8B\xAF\x47", 3);
    port_openssl_free(&port);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_setting),
        cmocka_unit_test(knows_public_keys),
        cmocka_unit_test(names_the_wrong_line),
        cmocka_unit_test(takes_only_the_test_key_as_argument),
        cmocka_unit_test(reads_variables_and_files),
        cmocka_unit_test(diversifies_only_what_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
