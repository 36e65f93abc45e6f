#include <gp/scp11keys.h>

#include <stdio.h>
#include <string.h>

#include "base/ct.h"
#include "base/hex.h"
#include "offcard/gp/settings.h"
#include "offcard/gp/source.h"
#include "securechannel/certificate.h"

enum { FILE_MAX = 32768, PATH_MAX_HERE = 1024, CURVE_NONE = 0xFF };

struct reader {
    const struct crypto_port *crypto;
    const char *source; /* names are looked for beside it */
    struct secret_gp_scp11_keys *out;
    struct gp_settings settings;
    uint8_t curve; /* CURVE_NONE: no line said it yet */
};

static int refuse(const struct reader *r, const char *words)
{
    gp_why_set(r->settings.why, "line %u: %s", r->settings.line, words);
    return GP_ERR_KEYS;
}

/* What the file names stands in its own folder, unless it says where. */
static int path_of(const struct reader *r, const char *name, char *out)
{
    const char *slash = strrchr(r->source, '/');
    const bool beside =
        name[0] != '/' && slash != NULL && strncmp(r->source, "env:", 4) != 0;
    const int folder = beside ? (int)(slash - r->source) + 1 : 0;
    const int n =
        snprintf(out, PATH_MAX_HERE, "%.*s%s", folder, r->source, name);
    return n < PATH_MAX_HERE ? GP_OK : refuse(r, "the name is too long");
}

/* What another file said, with the line that names it. */
static int within(const struct reader *r, const struct gp_why *inner,
                  int result)
{
    if (result != GP_OK)
        gp_why_set(r->settings.why, "line %u: %.200s", r->settings.line,
                   inner->text[0] != '\0' ? inner->text : gp_strerr(result));
    return result;
}

static bool is_hex(const char *text)
{
    return strspn(text, "0123456789abcdefABCDEF") == strlen(text);
}

/* ---- keys ---- */

static int key_of_hex(const struct reader *r, const char *text, bool secret,
                      struct secret_gp_ec_key *out)
{
    uint8_t bytes[CRYPTO_EC_POINT_MAX];
    struct buf value = buf_of(bytes, sizeof bytes);
    const struct span none = span_of(NULL, 0);

    if (r->curve == CURVE_NONE)
        return refuse(r, "a key in hexadecimal needs a curve, and in a line "
                         "before it");
    if (hex_decode(text, strlen(text), &value, NULL) != ERR_OK)
        return refuse(r, "a key in hexadecimal has another length");
    int result =
        gp_ec_key_set(r->crypto, r->curve, secret ? buf_span(&value) : none,
                      secret ? none : buf_span(&value), out);
    wipe(bytes, sizeof bytes);
    return result == GP_ERR_KEYS ? refuse(r, "it is no key of the curve")
                                 : result;
}

static int set_key(const struct reader *r, const char *value, bool secret,
                   struct secret_gp_ec_key *out)
{
    char path[PATH_MAX_HERE];
    struct gp_why inner = {{0}};

    if (is_hex(value))
        return key_of_hex(r, value, secret, out);
    int result = path_of(r, value, path);
    if (result != GP_OK)
        return result;
    result = within(r, &inner, gp_ec_key_load(r->crypto, path, out, &inner));
    if (result == GP_OK && secret && out->scalar_length == 0)
        return refuse(r, "that is a public key, a private one is needed");
    return result;
}

static int add_certificates(const struct reader *r, const char *value)
{
    struct secret_gp_scp11_keys *out = r->out;
    struct buf chain = {out->chain, out->chain_length, sizeof out->chain};
    char path[PATH_MAX_HERE];
    struct gp_why inner = {{0}};
    int result;

    if (is_hex(value)) {
        const struct span text = span_of((const uint8_t *)value, strlen(value));
        result = gp_certificates_parse(text, &chain, &inner);
    } else {
        result = path_of(r, value, path);
        if (result != GP_OK)
            return result;
        result = gp_certificates_load(path, &chain, &inner);
    }
    out->chain_length = chain.n;
    return within(r, &inner, result);
}

/* ---- settings ---- */

static int set_authority(const struct reader *r, const char *value)
{
    unsigned kid = 0, kvn = 0;
    char more;

    if (sscanf(value, "%2x/%2x%c", &kid, &kvn, &more) != 2 || kid > 0x7F ||
        kvn > 0x7F)
        return refuse(r, "authority is identifier/version, as 10/50");
    r->out->authority_kid = (uint8_t)kid;
    r->out->authority_kvn = (uint8_t)kvn;
    return GP_OK;
}

static int set_length(const struct reader *r, const char *value)
{
    static const char *const words[] = {"128", "192", "256"};

    for (uint8_t i = 0; i < 3; i++) {
        if (strcmp(value, words[i]) == 0) {
            r->out->key_length = (uint8_t)(16 + 8 * i);
            return GP_OK;
        }
    }
    return refuse(r, "aes is 128, 192 or 256");
}

static int set_curve(struct reader *r, const char *value)
{
    return gp_ec_curve_parse(value, &r->curve) == GP_OK
               ? GP_OK
               : refuse(r, "a curve is P-256, P-384, P-521 or brainpoolP256r1 "
                           "and its like");
}

static int set(struct reader *r, const struct secret_gp_setting *setting)
{
    struct secret_gp_scp11_keys *out = r->out;
    const char *name = setting->name;
    const char *value = setting->value;

    if (strcmp(name, "private") == 0)
        return set_key(r, value, true, &out->host);
    if (strcmp(name, "card") == 0)
        return set_key(r, value, false, &out->card);
    if (strcmp(name, "card-authority") == 0)
        return set_key(r, value, false, &out->card_authority);
    if (strcmp(name, "certificate") == 0)
        return add_certificates(r, value);
    if (strcmp(name, "curve") == 0)
        return set_curve(r, value);
    if (strcmp(name, "kvn") == 0)
        return gp_setting_byte(&r->settings, setting, &out->kvn);
    if (strcmp(name, "authority") == 0)
        return set_authority(r, value);
    if (strcmp(name, "aes") == 0)
        return set_length(r, value);
    return refuse(r, "none of private, certificate, card, card-authority, "
                     "curve, kvn, authority, aes, which are the settings of "
                     "keys of SCP11");
}

static int read_settings(struct reader *r)
{
    struct secret_gp_setting setting;
    int result = GP_OK;

    while (result == GP_OK) {
        result = gp_settings_next(&r->settings, &setting);
        if (result <= 0)
            break;
        result = set(r, &setting);
    }
    wipe(&setting, sizeof setting);
    return result;
}

/* ---- whether it fits together ---- */

/* One curve for all; AES is as strong as it. */
static int find_curve(struct reader *r)
{
    struct secret_gp_scp11_keys *out = r->out;
    const struct secret_gp_ec_key *const keys[] = {&out->host, &out->card,
                                                   &out->card_authority};
    size_t field = 0;

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (keys[i]->point_length == 0)
            continue;
        if (field == 0)
            out->curve = keys[i]->curve;
        else if (keys[i]->curve != out->curve)
            return GP_ERR_KEYS;
        field = (keys[i]->point_length - 1u) / 2;
    }
    if (out->key_length == 0)
        out->key_length = field <= 32 ? 16 : field <= 48 ? 24 : 32;
    return field == 0 ? GP_ERR_NOT_FOUND : GP_OK;
}

static bool is_of_host(const struct secret_gp_scp11_keys *keys,
                       const struct scp11_certificate *c)
{
    const size_t field = (keys->host.point_length - 1u) / 2;

    return c->point.n >= 1 + field &&
           memcmp(c->point.p + 1, keys->host.point + 1, field) == 0;
}

static void turn(struct span *each, size_t count,
                 struct secret_gp_scp11_keys *keys)
{
    uint8_t bytes[GP_CHAIN_MAX];
    size_t at = 0;

    for (size_t i = count; i > 0; i--) {
        memcpy(bytes + at, each[i - 1].p, each[i - 1].n);
        at += each[i - 1].n;
    }
    memcpy(keys->chain, bytes, at);
}

static int check_chain(const struct reader *r, struct gp_why *why)
{
    struct secret_gp_scp11_keys *keys = r->out;
    struct span each[GP_CHAIN_LENGTH_MAX];
    struct scp11_certificate first = {.certifies = false}, c = first;
    struct crypto_ec_values values;
    size_t count = 0;

    int result = gp_certificates_split(span_of(keys->chain, keys->chain_length),
                                       each, &count);
    if (result != GP_OK || count == 0)
        return result;
    enum err e =
        crypto_ec_named(r->crypto, (enum crypto_ec_name)keys->curve, &values);
    for (size_t i = 0; e == ERR_OK && i < count; i++) {
        e = scp11_certificate(r->crypto, &values.curve, each[i], &c);
        if (i == 0)
            first = c;
        if (e != ERR_OK)
            gp_why_set(why,
                       "certificate %zu of %zu is not one of SCP11: a key on "
                       "%s, a signature by ECDSA, no critical extension but "
                       "key usage and basic constraints",
                       i + 1, count, gp_ec_curve_name(keys->curve));
    }
    if (e != ERR_OK)
        return GP_ERR_KEYS;
    if (keys->host.scalar_length == 0 || is_of_host(keys, &c))
        return GP_OK;
    if (is_of_host(keys, &first)) {
        turn(each, count, keys);
        return GP_OK;
    }
    gp_why_set(why, "the last certificate is not that of the private key");
    return GP_ERR_KEYS;
}

static int check(struct reader *r, struct gp_why *why)
{
    int result = find_curve(r);
    if (result == GP_ERR_NOT_FOUND) {
        gp_why_set(why, "none of private, card and card-authority is given");
        return GP_ERR_KEYS;
    }
    if (result != GP_OK) {
        gp_why_set(why, "its keys are on different curves");
        return result;
    }
    return check_chain(r, why);
}

int gp_scp11_keys_load(const struct crypto_port *crypto, const char *source,
                       struct secret_gp_scp11_keys *out, struct gp_why *why)
{
    char text[FILE_MAX];
    struct buf bytes = buf_of((uint8_t *)text, sizeof text);
    struct gp_why inner = {{0}};
    struct reader r = {
        .crypto = crypto, .source = source, .out = out, .curve = CURVE_NONE};

    *out = (struct secret_gp_scp11_keys){.kvn = 0};
    int result = gp_source_read(source, &bytes, why);
    if (result != GP_OK)
        return result;
    r.settings =
        (struct gp_settings){.at = text, .end = text + bytes.n, .why = &inner};
    result = read_settings(&r);
    if (result == GP_OK)
        result = check(&r, &inner);
    wipe(text, sizeof text);
    if (result == GP_OK)
        return GP_OK;
    gp_why_set(why, "%s: %.200s", gp_source_name(source),
               inner.text[0] != '\0' ? inner.text : gp_strerr(result));
    wipe(out, sizeof *out);
    return result;
}

void gp_scp11_keys_apply(const struct secret_gp_scp11_keys *keys,
                         struct span certificates[GP_CHAIN_LENGTH_MAX],
                         struct gp_scp11_options *options)
{
    size_t count = 0;

    (void)gp_certificates_split(span_of(keys->chain, keys->chain_length),
                                certificates, &count); /* as it was loaded */
    options->curve = (enum crypto_ec_name)keys->curve;
    options->kvn = keys->kvn;
    options->key_length = keys->key_length;
    options->authority_kid = keys->authority_kid;
    options->authority_kvn = keys->authority_kvn;
    options->card_point = span_of(keys->card.point, keys->card.point_length);
    options->root_point =
        span_of(keys->card_authority.point, keys->card_authority.point_length);
    options->scalar = span_of(keys->host.scalar, keys->host.scalar_length);
    options->certificates = certificates;
    options->certificate_count = count;
}
