#include <gp/eckey.h>

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/ct.h"
#include "base/hex.h"

/* By reference [GPCS B.4.2]. */
static const struct {
    const char *name;
    uint8_t curve;
} curves[] = {
    {"P-256", CRYPTO_EC_SECP256R1},
    {"P-384", CRYPTO_EC_SECP384R1},
    {"P-521", CRYPTO_EC_SECP521R1},
    {"brainpoolP256r1", CRYPTO_EC_BRAINPOOLP256R1},
    {"brainpoolP256t1", CRYPTO_EC_BRAINPOOLP256T1},
    {"brainpoolP384r1", CRYPTO_EC_BRAINPOOLP384R1},
    {"brainpoolP384t1", CRYPTO_EC_BRAINPOOLP384T1},
    {"brainpoolP512r1", CRYPTO_EC_BRAINPOOLP512R1},
    {"brainpoolP512t1", CRYPTO_EC_BRAINPOOLP512T1},
};

enum { CURVES = sizeof curves / sizeof curves[0] };

int gp_ec_curve_parse(const char *name, uint8_t *curve)
{
    for (size_t i = 0; i < CURVES; i++) {
        if (strcasecmp(name, curves[i].name) == 0) {
            *curve = curves[i].curve;
            return GP_OK;
        }
    }
    return GP_ERR_ARGUMENT;
}

int gp_ec_curve_reference(uint8_t curve)
{
    for (int i = 0; i < CURVES; i++) {
        if (curves[i].curve == curve)
            return i;
    }
    return -1;
}

const char *gp_ec_curve_name(uint8_t curve)
{
    const int reference = gp_ec_curve_reference(curve);
    return reference < 0 ? NULL : curves[reference].name;
}

static int find_curve(const struct crypto_port *crypto, uint8_t curve,
                      struct crypto_ec_values *out)
{
    if (crypto->ec == NULL)
        return GP_ERR_UNSUPPORTED;
    return gp_from_err(
        crypto_ec_named(crypto, (enum crypto_ec_name)curve, out));
}

int gp_ec_key_generate(const struct crypto_port *crypto, uint8_t curve,
                       struct secret_gp_ec_key *out)
{
    uint8_t scalar[CRYPTO_EC_ORDER_MAX];
    uint8_t point[CRYPTO_EC_POINT_MAX];
    struct crypto_ec_values values;

    int result = find_curve(crypto, curve, &values);
    if (result == GP_OK)
        result = gp_from_err(
            crypto->ec->generate(crypto->ctx, &values.curve, scalar, point));
    if (result == GP_OK)
        result = gp_ec_key_set(
            crypto, curve, span_of(scalar, crypto_ec_order_size(&values.curve)),
            span_of(NULL, 0), out);
    wipe(scalar, sizeof scalar);
    return result;
}

static enum err set_scalar(const struct crypto_port *crypto,
                           const struct crypto_ec_curve *curve,
                           struct span scalar, struct secret_gp_ec_key *out)
{
    const size_t field = crypto_ec_field_size(curve);

    scalar = crypto_number(scalar);
    if (scalar.n == 0 || scalar.n > field)
        return ERR_RANGE;
    out->scalar_length = (uint8_t)field;
    out->point_length = (uint8_t)(1 + 2 * field);
    memcpy(out->scalar + field - scalar.n, scalar.p, scalar.n);
    return crypto->ec->multiply(crypto->ctx, curve, scalar, span_of(NULL, 0),
                                out->point);
}

static enum err set_point(const struct crypto_port *crypto,
                          const struct crypto_ec_curve *curve,
                          struct span point, struct secret_gp_ec_key *out)
{
    if (point.n != 1 + 2 * crypto_ec_field_size(curve) || point.p[0] != 0x04)
        return ERR_RANGE;
    out->point_length = (uint8_t)point.n;
    memcpy(out->point, point.p, point.n);
    return crypto->ec->check(crypto->ctx, curve, point);
}

int gp_ec_key_set(const struct crypto_port *crypto, uint8_t curve,
                  struct span scalar, struct span point,
                  struct secret_gp_ec_key *out)
{
    struct crypto_ec_values values;

    *out = (struct secret_gp_ec_key){.curve = curve};
    int result = find_curve(crypto, curve, &values);
    if (result != GP_OK)
        return result;
    enum err e = scalar.n > 0 ? set_scalar(crypto, &values.curve, scalar, out)
                              : set_point(crypto, &values.curve, point, out);
    if (e != ERR_OK)
        wipe(out, sizeof *out);
    return e == ERR_RANGE ? GP_ERR_KEYS : gp_from_err(e);
}

static size_t put_line(char *out, size_t at, const char *name, const uint8_t *p,
                       size_t n)
{
    at += (size_t)snprintf(out + at, GP_EC_KEY_TEXT - at, "%s ", name);
    hex_encode(span_of(p, n), out + at);
    at += 2 * n;
    out[at++] = '\n';
    out[at] = '\0';
    return at;
}

void gp_ec_key_text(const struct secret_gp_ec_key *key, bool with_private,
                    char out[GP_EC_KEY_TEXT])
{
    size_t at = (size_t)snprintf(out, GP_EC_KEY_TEXT, "curve %s\n",
                                 gp_ec_curve_name(key->curve));

    if (with_private && key->scalar_length > 0)
        at = put_line(out, at, "private", key->scalar, key->scalar_length);
    (void)put_line(out, at, "public", key->point, key->point_length);
}
