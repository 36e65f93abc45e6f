/*
 * A call of the elliptic curves' port: its group, and numbers and points going
 * in and out.  What is taken lives until ec_leave().
 */
#ifndef PORTS_OPENSSL_EC_JOB_H
#define PORTS_OPENSSL_EC_JOB_H

#include "ports/openssl/ec.h"
#include "ports/openssl/order.h"

struct ec_job {
    void *ctx; /* of the port */
    struct ec_openssl *ec;
    struct ec_group *g;
    BN_CTX *bn;
    struct order order;
    EC_POINT *point; /* to compute with */
    EC_POINT *other;
};

/* ERR_RANGE: no curve.  ec_leave() is due in any case. */
enum err ec_enter(struct ec_job *j, void *ctx,
                  const struct crypto_ec_curve *curve);
void ec_leave(struct ec_job *j);

/* ERR_RANGE: it is not in 1..n-1. */
enum err ec_take_scalar(const struct ec_job *j, struct span bytes,
                        BIGNUM **out);

/* ERR_RANGE: not on the curve, or at infinity. */
enum err ec_take_point(const struct ec_job *j, struct span bytes,
                       EC_POINT *point);

/* Uncompressed.  ERR_RANGE: at infinity. */
enum err ec_give_point(const struct ec_job *j, const EC_POINT *point,
                       uint8_t *out);

/* As long as the order. */
enum err ec_give_scalar(const struct ec_job *j, const BIGNUM *n, uint8_t *out);

#endif
