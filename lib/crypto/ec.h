/*
 * Elliptic curves by their parameters: y^2 = x^3 + ax + b over a prime field,
 * y^2 + xy = x^3 + ax^2 + b over a binary one.  A port fills in struct
 * crypto_ec_port; it may keep what it worked out for a curve, by contents.
 *
 * Numbers are big-endian.  A coordinate is as long as the field, a scalar as
 * long as the order; points go in uncompressed, compressed or hybrid [X9.62
 * 4.3.6] and come out uncompressed.
 */
#ifndef CRYPTO_EC_H
#define CRYPTO_EC_H

#include "crypto/crypto.h"

enum {
    CRYPTO_EC_FIELD_MAX = 72, /* bytes of a coordinate: 571 bits */
    CRYPTO_EC_ORDER_MAX = 73,
    CRYPTO_EC_POINT_MAX = 1 + 2 * CRYPTO_EC_FIELD_MAX,
};

struct crypto_ec_curve {
    struct span p;     /* the prime; n is 0 for a binary field */
    uint16_t degree;   /* of a binary field: x^degree + ... + 1 */
    uint16_t terms[3]; /* the exponents between; unused ones are 0 */
    struct span a;
    struct span b;
    struct span g;
    struct span n; /* the order of g */
    uint16_t h;    /* the cofactor; 0: not told */
};

/* Curves that have a name. */
enum crypto_ec_name {
    CRYPTO_EC_SECP112R1,
    CRYPTO_EC_SECP128R1,
    CRYPTO_EC_SECP160R1,
    CRYPTO_EC_SECP192R1,
    CRYPTO_EC_SECP224R1,
    CRYPTO_EC_SECP256R1,
    CRYPTO_EC_SECP384R1,
    CRYPTO_EC_SECP521R1,
    CRYPTO_EC_BRAINPOOLP192R1,
    CRYPTO_EC_BRAINPOOLP192T1,
    CRYPTO_EC_BRAINPOOLP224R1,
    CRYPTO_EC_BRAINPOOLP224T1,
    CRYPTO_EC_BRAINPOOLP256R1,
    CRYPTO_EC_BRAINPOOLP256T1,
    CRYPTO_EC_BRAINPOOLP320R1,
    CRYPTO_EC_BRAINPOOLP320T1,
    CRYPTO_EC_BRAINPOOLP384R1,
    CRYPTO_EC_BRAINPOOLP384T1,
    CRYPTO_EC_BRAINPOOLP512R1,
    CRYPTO_EC_BRAINPOOLP512T1,
    CRYPTO_EC_SM2,
    CRYPTO_EC_FRP256V1,
    CRYPTO_EC_SECT113R1,
    CRYPTO_EC_SECT131R1,
    CRYPTO_EC_SECT163R1,
    CRYPTO_EC_SECT193R1,
    CRYPTO_EC_SECT233R1,
    CRYPTO_EC_SECT239K1,
    CRYPTO_EC_SECT283R1,
    CRYPTO_EC_SECT409R1,
    CRYPTO_EC_SECT571R1,
    CRYPTO_EC_NAMES,
};

/* The parameters of a named curve, and memory for a port to put them in that
 * keeps none: they hold as long as both. */
struct crypto_ec_values {
    struct crypto_ec_curve curve;
    uint8_t bytes[4 * CRYPTO_EC_ORDER_MAX + CRYPTO_EC_POINT_MAX];
};

/*
 * ERR_RANGE wherever parameters are no curve, a point is not on it or is the
 * point at infinity, or a scalar is not in 1..n-1; ERR_IO.
 */
struct crypto_ec_port {
    /* A key pair: the scalar, and its multiple of g. */
    enum err (*generate)(void *ctx, const struct crypto_ec_curve *curve,
                         uint8_t *scalar, uint8_t *point);
    /* ECDSA of a digest, of which as many leading bits count as the order
     * has; r and s as long as the order.  The nonce is never asked for. */
    enum err (*sign)(void *ctx, const struct crypto_ec_curve *curve,
                     struct span scalar, struct span digest, uint8_t *r,
                     uint8_t *s);
    /* Whether (r, s), numbers of any length, is a signature. */
    enum err (*verify)(void *ctx, const struct crypto_ec_curve *curve,
                       struct span point, struct span digest, struct span r,
                       struct span s, bool *right);
    /* The same of SM2: of the digest that has Z in it, all of whose bits count
     * [GB/T 32918.2 6.1, 7.1].  NULL: the library has none. */
    enum err (*sm2_sign)(void *ctx, const struct crypto_ec_curve *curve,
                         struct span scalar, struct span digest, uint8_t *r,
                         uint8_t *s);
    enum err (*sm2_verify)(void *ctx, const struct crypto_ec_curve *curve,
                           struct span point, struct span digest, struct span r,
                           struct span s, bool *right);
    /* scalar * point; point.n = 0 stands for g. */
    enum err (*multiply)(void *ctx, const struct crypto_ec_curve *curve,
                         struct span scalar, struct span point, uint8_t *out);
    /* The same, rid of what a point outside the group of g would tell of the
     * scalar [IEEE 1363 7.2.2, compatible with 7.2.1].  Needs h. */
    enum err (*multiply_cofactor)(void *ctx,
                                  const struct crypto_ec_curve *curve,
                                  struct span scalar, struct span point,
                                  uint8_t *out);
    enum err (*add)(void *ctx, const struct crypto_ec_curve *curve,
                    struct span point, struct span other, uint8_t *out);
    /* Whether it is a point of the curve, not that at infinity. */
    enum err (*check)(void *ctx, const struct crypto_ec_curve *curve,
                      struct span point);
    /* ERR_UNSUPPORTED: the library does not know this name. */
    enum err (*named)(void *ctx, enum crypto_ec_name name,
                      struct crypto_ec_values *out);
};

/* A number without its leading zeros; zero is no bytes at all. */
struct span crypto_number(struct span n);

/* The bits that a number has, leading zeros apart. */
unsigned crypto_number_bits(struct span n);

/*
 * A point's compressed form [X9.62 4.3.6], whichever form it has: its length,
 * and its bytes, for which there is room.  It has been checked.
 */
size_t crypto_ec_compressed_size(struct span point);
void crypto_ec_compress(struct span point, uint8_t *out);

/* Bytes of a coordinate. */
size_t crypto_ec_field_size(const struct crypto_ec_curve *curve);

/* Bytes of a scalar. */
size_t crypto_ec_order_size(const struct crypto_ec_curve *curve);

/*
 * Whether bytes have the form of a point with coordinates of `field` bytes;
 * the point at infinity has not.
 */
bool crypto_ec_is_point(struct span point, size_t field);

/* The parameters of a named curve; as the port's `named`, and FRP256V1. */
NODISCARD enum err crypto_ec_named(const struct crypto_port *port,
                                   enum crypto_ec_name name,
                                   struct crypto_ec_values *out);

#endif
