#include <gp/keys.h>

#include <ctype.h>
#include <string.h>

#include "base/ct.h"
#include "base/hex.h"
#include "offcard/gp/settings.h"
#include "offcard/gp/source.h"

enum { TEXT_MAX = 4096, KEY_HEX_MAX = 96 };

/* Which of the three keys a file has named. */
enum { HAS_ENC = 1, HAS_MAC = 2, HAS_DEK = 4, HAS_ALL = 7 };

struct reader {
    struct secret_gp_keys *out;
    unsigned has;
    struct gp_settings settings;
};

static int set_key(struct reader *r, unsigned which, const char *hex)
{
    uint8_t bytes[SCP_KEY_MAX];
    struct buf key = buf_of(bytes, sizeof bytes);
    struct secret_scp_keys *keys = &r->out->keys;

    enum err e = hex_decode(hex, strlen(hex), &key, NULL);
    bool sized = key.n == 16 || key.n == 24 || key.n == 32;
    if (e != ERR_OK || !sized || (r->has != 0 && key.n != keys->length)) {
        wipe(bytes, sizeof bytes);
        gp_why_set(r->settings.why,
                   "line %u: a key is 16, 24 or 32 bytes in hexadecimal, "
                   "and all three have one length",
                   r->settings.line);
        return GP_ERR_KEYS;
    }
    keys->length = (uint8_t)key.n;
    if (which & HAS_ENC)
        memcpy(keys->enc, bytes, key.n);
    if (which & HAS_MAC)
        memcpy(keys->mac, bytes, key.n);
    if (which & HAS_DEK)
        memcpy(keys->dek, bytes, key.n);
    r->has |= which;
    wipe(bytes, sizeof bytes);
    return GP_OK;
}

static int set_type(struct reader *r, const char *text)
{
    if (strcmp(text, "aes") == 0)
        r->out->type = GP_KEY_AES;
    else if (strcmp(text, "des") == 0)
        r->out->type = GP_KEY_DES;
    else {
        gp_why_set(r->settings.why, "line %u: type is aes or des",
                   r->settings.line);
        return GP_ERR_KEYS;
    }
    return GP_OK;
}

static int set_diversification(struct reader *r, const char *text)
{
    if (gp_diversification_parse(text, &r->out->diversification) == GP_OK)
        return GP_OK;
    gp_why_set(r->settings.why,
               "line %u: diversification is none, emv, visa2 or kdf3",
               r->settings.line);
    return GP_ERR_KEYS;
}

static int set(struct reader *r, const struct secret_gp_setting *setting)
{
    const char *name = setting->name;
    const char *value = setting->value;

    if (strcmp(name, "key") == 0)
        return set_key(r, HAS_ALL, value);
    if (strcmp(name, "enc") == 0)
        return set_key(r, HAS_ENC, value);
    if (strcmp(name, "mac") == 0)
        return set_key(r, HAS_MAC, value);
    if (strcmp(name, "dek") == 0)
        return set_key(r, HAS_DEK, value);
    if (strcmp(name, "kvn") == 0)
        return gp_setting_byte(&r->settings, setting, &r->out->kvn);
    if (strcmp(name, "type") == 0)
        return set_type(r, value);
    if (strcmp(name, "diversification") == 0)
        return set_diversification(r, value);
    gp_why_set(r->settings.why,
               "line %u: none of key, enc, mac, dek, kvn, type, "
               "diversification; keys of SCP11 go with --scp 11a, 11b or 11c",
               r->settings.line);
    return GP_ERR_KEYS;
}

int gp_keys_parse(const char *text, size_t n, struct secret_gp_keys *out,
                  struct gp_why *why)
{
    struct reader r = {.out = out,
                       .settings = {.at = text, .end = text + n, .why = why}};
    struct secret_gp_setting setting;
    int result = GP_OK;

    *out = (struct secret_gp_keys){.kvn = 0};
    while (result == GP_OK) {
        result = gp_settings_next(&r.settings, &setting);
        if (result <= 0)
            break;
        result = set(&r, &setting);
    }
    wipe(&setting, sizeof setting);
    if (result == GP_OK && r.has != HAS_ALL) {
        gp_why_set(why, "enc, mac and dek (or key) must all be given");
        result = GP_ERR_KEYS;
    }
    if (result != GP_OK)
        wipe(out, sizeof *out);
    return result;
}

/* Either the text of a key file, or one key for all three. */
static int parse_any(const char *text, size_t n, struct secret_gp_keys *out,
                     struct gp_why *why)
{
    char line[KEY_HEX_MAX + 8] = "key ";
    while (n > 0 && isspace((unsigned char)text[n - 1]))
        n--;
    bool bare = n > 0 && n < KEY_HEX_MAX - 1 &&
                strspn(text, "0123456789abcdefABCDEF") >= n;
    if (!bare)
        return gp_keys_parse(text, n, out, why);
    memcpy(line + 4, text, n);
    int result = gp_keys_parse(line, 4 + n, out, why);
    wipe(line, sizeof line);
    return result;
}

static bool is_key(const char *text)
{
    size_t n = strlen(text);
    return (n == 32 || n == 48 || n == 64) &&
           strspn(text, "0123456789abcdefABCDEF") == n;
}

/* Arguments are seen by every user of the machine. */
static int load_literal(const char *text, struct secret_gp_keys *out,
                        struct gp_why *why)
{
    int result = parse_any(text, strlen(text), out, why);
    if (result == GP_OK && gp_keys_is_test(out))
        return GP_OK;
    wipe(out, sizeof *out);
    gp_why_set(why, "only the well-known test key may stand in an argument; "
                    "use a key file, env:NAME or -");
    return GP_ERR_KEYS;
}

int gp_keys_load(const char *source, struct secret_gp_keys *out,
                 struct gp_why *why)
{
    char text[TEXT_MAX + 1];
    struct buf bytes = buf_of((uint8_t *)text, TEXT_MAX);
    struct gp_why inner = {{0}};

    if (is_key(source))
        return load_literal(source, out, why);
    int result = gp_source_read(source, &bytes, why);
    text[bytes.n] = '\0';
    if (result == GP_OK) {
        result = parse_any(text, bytes.n, out, &inner);
        if (result != GP_OK)
            gp_why_set(why, "%s: %s", gp_source_name(source), inner.text);
    }
    wipe(text, sizeof text);
    return result;
}
