#include <gp/keys.h>

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ct.h"
#include "base/hex.h"

enum { TEXT_MAX = 4096, WORD_MAX = 96 };

/* Which of the three keys a file has named. */
enum { HAS_ENC = 1, HAS_MAC = 2, HAS_DEK = 4, HAS_ALL = 7 };

struct reader {
    struct secret_gp_keys *out;
    unsigned has;
    unsigned line;
    struct gp_why *why;
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
        gp_why_set(r->why,
                   "line %u: a key is 16, 24 or 32 bytes in hexadecimal, "
                   "and all three have one length",
                   r->line);
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

static int set_kvn(struct reader *r, const char *text)
{
    char *end = NULL;
    unsigned long v = strtoul(text, &end, 16);
    if (end == text || *end != '\0' || v > 0xFF) {
        gp_why_set(r->why, "line %u: kvn is 00 to FF, hexadecimal", r->line);
        return GP_ERR_KEYS;
    }
    r->out->kvn = (uint8_t)v;
    return GP_OK;
}

static int set_type(struct reader *r, const char *text)
{
    if (strcmp(text, "aes") == 0)
        r->out->type = GP_KEY_AES;
    else if (strcmp(text, "des") == 0)
        r->out->type = GP_KEY_DES;
    else {
        gp_why_set(r->why, "line %u: type is aes or des", r->line);
        return GP_ERR_KEYS;
    }
    return GP_OK;
}

static int set_diversification(struct reader *r, const char *text)
{
    if (gp_diversification_parse(text, &r->out->diversification) == GP_OK)
        return GP_OK;
    gp_why_set(r->why, "line %u: diversification is none, emv, visa2 or kdf3",
               r->line);
    return GP_ERR_KEYS;
}

static int set(struct reader *r, const char *name, const char *value)
{
    if (strcmp(name, "key") == 0)
        return set_key(r, HAS_ALL, value);
    if (strcmp(name, "enc") == 0)
        return set_key(r, HAS_ENC, value);
    if (strcmp(name, "mac") == 0)
        return set_key(r, HAS_MAC, value);
    if (strcmp(name, "dek") == 0)
        return set_key(r, HAS_DEK, value);
    if (strcmp(name, "kvn") == 0)
        return set_kvn(r, value);
    if (strcmp(name, "type") == 0)
        return set_type(r, value);
    if (strcmp(name, "diversification") == 0)
        return set_diversification(r, value);
    gp_why_set(r->why,
               "line %u: none of key, enc, mac, dek, kvn, type, "
               "diversification",
               r->line);
    return GP_ERR_KEYS;
}

static bool between(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '=' || c == ':';
}

/* The next word of a line, cut to WORD_MAX; 0 at its end or a comment. */
static size_t word(const char **at, const char *end, char out[WORD_MAX])
{
    size_t n = 0;
    while (*at < end && between(**at))
        (*at)++;
    if (*at < end && **at == '#')
        *at = end;
    for (; *at < end && !between(**at) && **at != '#'; (*at)++) {
        if (n < WORD_MAX - 1)
            out[n++] = **at;
    }
    out[n] = '\0';
    return n;
}

static int read_line(struct reader *r, const char *at, const char *end)
{
    char name[WORD_MAX];
    char value[WORD_MAX];
    char more[WORD_MAX];
    int result = GP_OK;

    if (word(&at, end, name) > 0) {
        if (word(&at, end, value) == 0 || word(&at, end, more) > 0) {
            gp_why_set(r->why, "line %u: a name and one value are expected",
                       r->line);
            result = GP_ERR_KEYS;
        } else {
            result = set(r, name, value);
        }
    }
    wipe(name, sizeof name);
    wipe(value, sizeof value);
    wipe(more, sizeof more);
    return result;
}

int gp_keys_parse(const char *text, size_t n, struct secret_gp_keys *out,
                  struct gp_why *why)
{
    struct reader r = {.out = out, .why = why};
    const char *end = text + n;
    *out = (struct secret_gp_keys){.kvn = 0};

    while (text < end) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        if (stop == NULL)
            stop = end;
        r.line++;
        int result = read_line(&r, text, stop);
        if (result != GP_OK) {
            wipe(out, sizeof *out);
            return result;
        }
        text = stop + 1;
    }
    if (r.has == HAS_ALL)
        return GP_OK;
    wipe(out, sizeof *out);
    gp_why_set(why, "enc, mac and dek (or key) must all be given");
    return GP_ERR_KEYS;
}

/* Either the text of a key file, or one key for all three. */
static int parse_any(const char *text, size_t n, struct secret_gp_keys *out,
                     struct gp_why *why)
{
    char line[WORD_MAX + 8] = "key ";
    while (n > 0 && isspace((unsigned char)text[n - 1]))
        n--;
    bool bare = n > 0 && n < WORD_MAX - 1 &&
                strspn(text, "0123456789abcdefABCDEF") >= n;
    if (!bare)
        return gp_keys_parse(text, n, out, why);
    memcpy(line + 4, text, n);
    int result = gp_keys_parse(line, 4 + n, out, why);
    wipe(line, sizeof line);
    return result;
}

static int load_stream(FILE *f, const char *name, struct secret_gp_keys *out,
                       struct gp_why *why)
{
    char text[TEXT_MAX + 1];
    struct gp_why inner = {{0}};

    /* Unbuffered, so that no copy of a key stays in the C library. */
    setvbuf(f, NULL, _IONBF, 0);
    size_t n = fread(text, 1, TEXT_MAX, f);
    text[n] = '\0';
    int result = parse_any(text, n, out, &inner);
    wipe(text, sizeof text);
    if (result != GP_OK)
        gp_why_set(why, "%s: %s", name, inner.text);
    return result;
}

static int load_file(const char *path, struct secret_gp_keys *out,
                     struct gp_why *why)
{
    FILE *f = fopen(path, "rbe");
    if (f == NULL) {
        gp_why_set(why, "%s: %s", path, strerror(errno));
        return GP_ERR_FILE;
    }
    int result = load_stream(f, path, out, why);
    fclose(f);
    return result;
}

static int load_variable(const char *name, struct secret_gp_keys *out,
                         struct gp_why *why)
{
    struct gp_why inner = {{0}};
    const char *text = getenv(name);
    if (text == NULL) {
        gp_why_set(why, "the environment has no variable %s", name);
        return GP_ERR_FILE;
    }
    int result = parse_any(text, strlen(text), out, &inner);
    if (result != GP_OK)
        gp_why_set(why, "env:%s: %s", name, inner.text);
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
    if (strcmp(source, "-") == 0)
        return load_stream(stdin, "standard input", out, why);
    if (strncmp(source, "env:", 4) == 0)
        return load_variable(source + 4, out, why);
    if (strncmp(source, "pkcs11:", 7) == 0) {
        gp_why_set(why, "keys from PKCS#11 are not provided yet");
        return GP_ERR_UNSUPPORTED;
    }
    if (is_key(source))
        return load_literal(source, out, why);
    return load_file(source, out, why);
}
