/*
 * javacard.security.DSAKey, DHKey and their public and private keys: parts
 * come back as they were set, and are at most as long as they can be.
 */
#include "natives/keydl.h"

#include <string.h>

#include "base/ct.h"
#include "crypto/dl.h"
#include "crypto/rsa.h"
#include "natives/natives.h"

enum vm_native_result native_dl_set_p(struct vm *vm, const struct vm_call *call)
{
    return native_key_set(vm, call, KEY_P, false);
}

enum vm_native_result native_dl_get_p(struct vm *vm, const struct vm_call *call)
{
    return native_key_get(vm, call, KEY_P);
}

enum vm_native_result native_dl_set_q(struct vm *vm, const struct vm_call *call)
{
    return native_key_set(vm, call, KEY_Q, false);
}

enum vm_native_result native_dl_get_q(struct vm *vm, const struct vm_call *call)
{
    return native_key_get(vm, call, KEY_Q);
}

enum vm_native_result native_dl_set_g(struct vm *vm, const struct vm_call *call)
{
    return native_key_set(vm, call, KEY_G, false);
}

enum vm_native_result native_dl_get_g(struct vm *vm, const struct vm_call *call)
{
    return native_key_get(vm, call, KEY_G);
}

enum vm_native_result native_dl_set_x(struct vm *vm, const struct vm_call *call)
{
    return native_key_set(vm, call, KEY_X, false);
}

enum vm_native_result native_dl_get_x(struct vm *vm, const struct vm_call *call)
{
    return native_key_get(vm, call, KEY_X);
}

enum vm_native_result native_dl_set_y(struct vm *vm, const struct vm_call *call)
{
    return native_key_set(vm, call, KEY_Y, false);
}

enum vm_native_result native_dl_get_y(struct vm *vm, const struct vm_call *call)
{
    return native_key_get(vm, call, KEY_Y);
}

/* ---- pairs ---- */

/* A domain, copied out of the way of what is written. */
struct domain {
    uint8_t p[CRYPTO_RSA_MAX];
    uint8_t q[CRYPTO_RSA_MAX];
    uint8_t g[CRYPTO_RSA_MAX];
    size_t p_size;
    size_t q_size; /* 0: not known, of DH */
    size_t g_size;
};

static size_t copy(const struct vm *vm, const struct key *key,
                   enum key_part part, uint8_t *out)
{
    struct span bytes = {NULL, 0};

    if (!native_key_part(vm, key, part, &bytes) || bytes.n > CRYPTO_RSA_MAX)
        return 0;
    memcpy(out, bytes.p, bytes.n);
    return bytes.n;
}

static bool is_dsa(const struct key *key)
{
    return key->family == KEY_DSA_PUBLIC || key->family == KEY_DSA_PRIVATE;
}

/* False: the key does not have all that a pair is made with. */
static bool domain_of(const struct vm *vm, const struct key *key,
                      struct domain *d)
{
    d->p_size = copy(vm, key, KEY_P, d->p);
    d->q_size = copy(vm, key, KEY_Q, d->q);
    d->g_size = copy(vm, key, KEY_G, d->g);
    return d->p_size != 0 && d->g_size != 0 && d->g_size <= d->p_size &&
           (d->q_size != 0 || !is_dsa(key));
}

static bool has_any(const struct vm *vm, const struct key *key)
{
    struct span part = {NULL, 0};

    return native_key_part(vm, key, KEY_P, &part) ||
           native_key_part(vm, key, KEY_Q, &part) ||
           native_key_part(vm, key, KEY_G, &part);
}

/* The card's own for the key's size.  ERR_RANGE: there is none. */
static enum err default_domain(const struct crypto_port *crypto,
                               const struct key *key, struct domain *d)
{
    struct crypto_dl_values values;
    enum err e = ERR_UNSUPPORTED;

    if (crypto->dl == NULL)
        return ERR_RANGE;
    e = is_dsa(key) ? crypto_dl_dsa(crypto, key->size, &values)
                    : crypto->dl->modp(crypto->ctx, key->size, &values);
    if (e != ERR_OK)
        return e == ERR_UNSUPPORTED ? ERR_RANGE : e;
    d->p_size = values.domain.p.n;
    d->q_size = values.domain.q.n;
    d->g_size = values.domain.g.n;
    memcpy(d->p, values.domain.p.p, d->p_size);
    memcpy(d->q, values.domain.q.p, d->q_size);
    memcpy(d->g, values.domain.g.p, d->g_size);
    return ERR_OK;
}

/*
 * The public key's own domain counts, or else that of the private key; one in
 * parts is none, and when there is nothing it is the card's.
 * [JCAPI KeyPair.genKeyPair]
 */
static enum err choose_domain(struct vm *vm, const struct key *public_key,
                              const struct key *private_key, struct domain *d)
{
    if (domain_of(vm, public_key, d))
        return ERR_OK;
    if (has_any(vm, public_key))
        return ERR_RANGE;
    if (domain_of(vm, private_key, d))
        return ERR_OK;
    return has_any(vm, private_key)
               ? ERR_RANGE
               : default_domain(native_crypto(vm), public_key, d);
}

/* Whether x is from 2 to limit - 2; both are n bytes. */
static bool is_between(const uint8_t *x, const uint8_t *limit, size_t n)
{
    uint8_t high = 0;
    int borrow = 2;

    for (size_t i = 0; i + 1 < n; i++)
        high |= x[i];
    if (high == 0 && x[n - 1] < 2)
        return false;
    /* limit - 2 - x, without keeping it */
    for (size_t i = n; i-- > 0;) {
        const int rest = limit[i] - x[i] - borrow;
        borrow = rest < 0 ? (rest < -256 ? 2 : 1) : 0;
    }
    return borrow == 0;
}

enum { DRAWS_MAX = 1024 };

/* A secret below Q, or below P. */
static enum err draw(const struct crypto_port *crypto, const struct domain *d,
                     uint8_t *x, size_t *n)
{
    const uint8_t *limit = d->q_size != 0 ? d->q : d->p;
    uint8_t mask = 0xFF;
    enum err e = ERR_OK;

    *n = d->q_size != 0 ? d->q_size : d->p_size;
    while (*n > 1 && *limit == 0) {
        limit++;
        (*n)--;
    }
    while ((*limit & (mask ^ mask >> 1)) == 0 && mask > 1)
        mask >>= 1;
    for (unsigned i = 0; i < DRAWS_MAX && e == ERR_OK; i++) {
        e = crypto->random(crypto->ctx, x, *n);
        x[0] &= mask;
        if (e == ERR_OK && is_between(x, limit, *n))
            return ERR_OK;
    }
    return e == ERR_OK ? ERR_RANGE : e;
}

/* y = g to the power of x modulo p, as long as p. */
static enum err raise(const struct crypto_port *crypto, const struct domain *d,
                      struct span x, uint8_t *y)
{
    const struct crypto_rsa_private power = {
        .n = {d->p, d->p_size},
        .d = x,
    };

    memset(y, 0, d->p_size - d->g_size);
    memcpy(y + d->p_size - d->g_size, d->g, d->g_size);
    return crypto->rsa->decrypt(crypto->ctx, &power, y, y, d->p_size);
}

/* To a key that lacks its domain, or has another. */
static bool put_domain(struct vm *vm, const struct key *key,
                       const struct domain *d)
{
    const struct {
        enum key_part part;
        const uint8_t *p;
        size_t n;
    } parts[] = {{KEY_P, d->p, d->p_size},
                 {KEY_Q, d->q, d->q_size},
                 {KEY_G, d->g, d->g_size}};
    bool done = true;

    for (unsigned i = 0; i < 3 && done; i++) {
        const struct span value = {parts[i].p, parts[i].n};
        struct span has = {NULL, 0};
        (void)native_key_part(vm, key, parts[i].part, &has);
        if (value.n != 0 && !span_equal(has, value))
            done = native_key_put(vm, key, parts[i].part, value);
    }
    return done;
}

bool native_dl_generate(struct vm *vm, const struct key *public_key,
                        const struct key *private_key, uint16_t rounds)
{
    const struct crypto_port *crypto = native_crypto(vm);
    uint8_t x[CRYPTO_RSA_MAX];
    uint8_t y[CRYPTO_RSA_MAX];
    struct domain d;
    size_t n = 0;
    enum err e = crypto->rsa != NULL ? ERR_OK : ERR_UNSUPPORTED;

    (void)rounds;
    if (e == ERR_OK)
        e = choose_domain(vm, public_key, private_key, &d);
    if (e == ERR_OK)
        e = draw(crypto, &d, x, &n);
    if (e == ERR_OK)
        e = raise(crypto, &d, span_of(x, n), y);
    if (e != ERR_OK)
        (void)native_crypto_failed(vm, e);
    const bool done =
        e == ERR_OK && put_domain(vm, public_key, &d) &&
        put_domain(vm, private_key, &d) &&
        native_key_put(vm, public_key, KEY_Y, span_of(y, d.p_size)) &&
        native_key_put(vm, private_key, KEY_X, span_of(x, n));
    wipe(x, sizeof x);
    return done;
}
