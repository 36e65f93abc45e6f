/*
 * javacard.security.ECKey, ECPublicKey and ECPrivateKey, and pairs of them.
 *
 * A number may come with leading zeros or without; it is kept as long as the
 * field, an order or a secret longer only where it has to be.  A point is kept
 * as it comes, in any form of X9.62, since the curve that would tell the other
 * coordinate may be set after it; whether it is on the curve is found out when
 * the key is used.  [JCAPI ECKey]
 */
#include "natives/ec.h"

#include <string.h>

#include "base/ct.h"
#include "natives/natives.h"
#include "natives/xec.h"

enum { BITS_A_BYTE = 8, TERM = 2, TERMS = 3, COFACTOR = 2 };

static bool is_binary(const struct key *key)
{
    return key->family == KEY_EC_F2M_PUBLIC ||
           key->family == KEY_EC_F2M_PRIVATE ||
           key->family == KEY_EC_F2M_PARAMETERS;
}

static size_t field_size(const struct key *key)
{
    return (key->size + BITS_A_BYTE - 1u) / BITS_A_BYTE;
}

static bool open_own(struct vm *vm, const struct vm_call *call, struct key *key)
{
    return native_key_open(vm, call, call->cells[0], key);
}

static enum vm_native_result done(bool fine)
{
    return fine ? VM_NATIVE_DONE : VM_NATIVE_THREW;
}

/* ---- setting ---- */

/* Bytes that a number has at least: a secret as many as its order. */
static size_t least_size(const struct vm *vm, const struct key *key,
                         enum key_part part)
{
    const size_t field = field_size(key);
    struct span order;

    return part == KEY_S && native_key_part(vm, key, KEY_R, &order) &&
                   order.n > field
               ? order.n
               : field;
}

static bool put_number(struct vm *vm, const struct key *key, enum key_part part,
                       struct span given)
{
    const struct span n = crypto_number(given);
    const size_t least = least_size(vm, key, part);
    const size_t size = n.n > least ? n.n : least;
    uint8_t number[CRYPTO_EC_ORDER_MAX] = {0};
    bool put = false;

    if (size > native_key_room(key, part) || size > sizeof number)
        return native_refuse(vm, CRYPTO_ILLEGAL_VALUE);
    if (n.n != 0)
        memcpy(number + size - n.n, n.p, n.n);
    put = native_key_put(vm, key, part, span_of(number, size));
    wipe(number, sizeof number);
    return put;
}

/* What a setter was given: at least a byte. */
static bool take(struct vm *vm, const struct vm_call *call, struct span *given)
{
    if (!native_key_given(vm, call, native_short(call, 3), given))
        return false;
    return given->n != 0 || native_refuse(vm, CRYPTO_ILLEGAL_VALUE);
}

static enum vm_native_result
set_number(struct vm *vm, const struct vm_call *call, enum key_part part)
{
    struct span given;
    struct key key;

    return done(open_own(vm, call, &key) && take(vm, call, &given) &&
                put_number(vm, &key, part, given));
}

static enum vm_native_result
set_point(struct vm *vm, const struct vm_call *call, enum key_part part)
{
    struct span given;
    struct key key;

    if (!open_own(vm, call, &key) || !take(vm, call, &given))
        return VM_NATIVE_THREW;
    if (!crypto_ec_is_point(given, field_size(&key)))
        return native_throw_crypto(vm, CRYPTO_ILLEGAL_VALUE);
    return done(native_key_put(vm, &key, part, given));
}

/* The prime has as many bytes as the key: fewer are of another size. */
enum vm_native_result native_ec_set_field(struct vm *vm,
                                          const struct vm_call *call)
{
    struct span given;
    struct key key;

    if (!open_own(vm, call, &key))
        return VM_NATIVE_THREW;
    if (is_binary(&key))
        return native_throw_crypto(vm, CRYPTO_NO_SUCH_ALGORITHM);
    if (!take(vm, call, &given))
        return VM_NATIVE_THREW;
    const struct span p = crypto_number(given);
    if (p.n != field_size(&key) || crypto_number_bits(p) > key.size)
        return native_throw_crypto(vm, CRYPTO_ILLEGAL_VALUE);
    return done(put_number(vm, &key, KEY_FIELD, given));
}

static enum vm_native_result
set_terms(struct vm *vm, const struct vm_call *call, unsigned count)
{
    uint8_t terms[TERMS * TERM] = {0};
    struct key key;

    if (!open_own(vm, call, &key))
        return VM_NATIVE_THREW;
    if (!is_binary(&key))
        return native_throw_crypto(vm, CRYPTO_NO_SUCH_ALGORITHM);
    for (unsigned i = 0; i < count; i++) {
        const int16_t e = native_short(call, 1 + i);
        if (e <= 0 || e >= (int32_t)key.size)
            return native_throw_crypto(vm, CRYPTO_ILLEGAL_VALUE);
        set_u2(terms + (size_t)TERM * i, (uint16_t)e);
    }
    return done(
        native_key_put(vm, &key, KEY_FIELD, span_of(terms, sizeof terms)));
}

enum vm_native_result native_ec_set_trinomial(struct vm *vm,
                                              const struct vm_call *call)
{
    return set_terms(vm, call, 1);
}

enum vm_native_result native_ec_set_pentanomial(struct vm *vm,
                                                const struct vm_call *call)
{
    return set_terms(vm, call, TERMS);
}

enum vm_native_result native_ec_set_a(struct vm *vm, const struct vm_call *call)
{
    return set_number(vm, call, KEY_A);
}

enum vm_native_result native_ec_set_b(struct vm *vm, const struct vm_call *call)
{
    return set_number(vm, call, KEY_B);
}

enum vm_native_result native_ec_set_g(struct vm *vm, const struct vm_call *call)
{
    return set_point(vm, call, KEY_G);
}

enum vm_native_result native_ec_set_r(struct vm *vm, const struct vm_call *call)
{
    return set_number(vm, call, KEY_R);
}

static bool put_cofactor(struct vm *vm, const struct key *key, uint16_t k)
{
    uint8_t bytes[COFACTOR];

    set_u2(bytes, k);
    return native_key_put(vm, key, KEY_K, span_of(bytes, sizeof bytes));
}

enum vm_native_result native_ec_set_k(struct vm *vm, const struct vm_call *call)
{
    struct key key;

    return done(open_own(vm, call, &key) &&
                put_cofactor(vm, &key, (uint16_t)native_short(call, 1)));
}

enum vm_native_result native_ec_set_w(struct vm *vm, const struct vm_call *call)
{
    return set_point(vm, call, KEY_W);
}

enum vm_native_result native_ec_set_s(struct vm *vm, const struct vm_call *call)
{
    return set_number(vm, call, KEY_S);
}

/* ---- getting ---- */

/* Zero is as good as none. */
static uint16_t cofactor_of(const struct vm *vm, const struct key *key)
{
    struct span k;

    return native_key_part(vm, key, KEY_K, &k) && k.n == COFACTOR ? get_u2(k.p)
                                                                  : 0;
}

/* The polynomial of a binary field, one bit longer than its elements. */
static size_t spell_polynomial(const struct key *key, struct span terms,
                               uint8_t *out)
{
    const size_t n = key->size / BITS_A_BYTE + 1u;
    uint16_t exponents[TERMS + 2] = {0, key->size};

    for (size_t i = 0; i < TERMS && (i + 1) * TERM <= terms.n; i++)
        exponents[2 + i] = get_u2(terms.p + i * TERM);
    memset(out, 0, n);
    for (size_t i = 0; i < TERMS + 2; i++)
        out[n - 1 - exponents[i] / BITS_A_BYTE] |=
            (uint8_t)(1u << exponents[i] % BITS_A_BYTE);
    return n;
}

enum vm_native_result native_ec_get_field(struct vm *vm,
                                          const struct vm_call *call)
{
    uint8_t polynomial[CRYPTO_EC_FIELD_MAX];
    struct native_range to;
    struct span terms;
    struct key key;
    size_t n = 0;

    if (!open_own(vm, call, &key))
        return VM_NATIVE_THREW;
    if (!is_binary(&key))
        return native_key_get(vm, call, KEY_FIELD);
    if (!native_target(vm, call, call->cells[1], native_short(call, 2), 0, &to))
        return VM_NATIVE_THREW;
    if (!native_key_part(vm, &key, KEY_FIELD, &terms))
        return native_throw_crypto(vm, CRYPTO_UNINITIALIZED_KEY);
    n = spell_polynomial(&key, terms, polynomial);
    if (!native_target(vm, call, call->cells[1], native_short(call, 2),
                       (int32_t)n, &to) ||
        !native_write(vm, to.ref, to.at, polynomial, to.n, HEAP_ATOMIC))
        return VM_NATIVE_THREW;
    return native_done_short(vm, (int32_t)n);
}

enum vm_native_result native_ec_get_a(struct vm *vm, const struct vm_call *call)
{
    return native_key_get(vm, call, KEY_A);
}

enum vm_native_result native_ec_get_b(struct vm *vm, const struct vm_call *call)
{
    return native_key_get(vm, call, KEY_B);
}

enum vm_native_result native_ec_get_g(struct vm *vm, const struct vm_call *call)
{
    return native_key_get(vm, call, KEY_G);
}

enum vm_native_result native_ec_get_r(struct vm *vm, const struct vm_call *call)
{
    return native_key_get(vm, call, KEY_R);
}

enum vm_native_result native_ec_get_k(struct vm *vm, const struct vm_call *call)
{
    struct key key;

    if (!open_own(vm, call, &key))
        return VM_NATIVE_THREW;
    const uint16_t k = cofactor_of(vm, &key);
    return k != 0 ? native_done_short(vm, (int16_t)k)
                  : native_throw_crypto(vm, CRYPTO_UNINITIALIZED_KEY);
}

enum vm_native_result native_ec_get_w(struct vm *vm, const struct vm_call *call)
{
    return native_key_get(vm, call, KEY_W);
}

enum vm_native_result native_ec_get_s(struct vm *vm, const struct vm_call *call)
{
    return native_key_get(vm, call, KEY_S);
}

/* ---- domains ---- */

static const uint8_t domain_parts[] = {KEY_FIELD, KEY_A, KEY_B, KEY_G, KEY_R};

enum { DOMAIN_PARTS = sizeof domain_parts };

/* How many parts of the domain are set. */
static unsigned parts_set(const struct vm *vm, const struct key *key)
{
    unsigned set = 0;
    struct span part;

    for (unsigned i = 0; i < DOMAIN_PARTS; i++)
        set += native_key_part(vm, key, (enum key_part)domain_parts[i], &part);
    return set;
}

static bool copy_part(struct vm *vm, const struct key *to,
                      const struct key *from, enum key_part part)
{
    uint8_t bytes[CRYPTO_EC_POINT_MAX];
    struct span value;

    if (!native_key_part(vm, from, part, &value) || value.n > sizeof bytes)
        return native_refuse(vm, CRYPTO_UNINITIALIZED_KEY);
    memcpy(bytes, value.p, value.n);
    return native_key_put(vm, to, part, span_of(bytes, value.n));
}

/* The domain of a key that has all of it, of the same family and size. */
static bool copy_domain(struct vm *vm, const struct key *to,
                        const struct key *from)
{
    const uint16_t k = cofactor_of(vm, from);

    for (unsigned i = 0; i < DOMAIN_PARTS; i++) {
        if (!copy_part(vm, to, from, (enum key_part)domain_parts[i]))
            return false;
    }
    return k == cofactor_of(vm, to) || put_cofactor(vm, to, k);
}

static bool is_ec(const struct key *key)
{
    return native_key_room(key, KEY_R) != 0 && native_key_room(key, KEY_G) != 0;
}

/* All at once, whether or not the applet has a transaction open. */
static bool copy_at_once(struct vm *vm, const struct key *to,
                         const struct key *from)
{
    bool own = false;

    return native_begin(vm, &own) &&
           native_end(vm, own, copy_domain(vm, to, from));
}

enum vm_native_result native_ec_copy_domain(struct vm *vm,
                                            const struct vm_call *call)
{
    struct key from;
    struct key to;

    if (!open_own(vm, call, &to))
        return VM_NATIVE_THREW;
    if (native_is_null(vm, call->cells[1]))
        return native_throw_crypto(vm, CRYPTO_ILLEGAL_VALUE);
    if (!native_key_open(vm, call, call->cells[1], &from))
        return VM_NATIVE_THREW;
    if (!is_ec(&from) || is_binary(&from) != is_binary(&to) ||
        from.size != to.size)
        return native_throw_crypto(vm, CRYPTO_ILLEGAL_VALUE);
    if (parts_set(vm, &from) != DOMAIN_PARTS)
        return native_throw_crypto(vm, CRYPTO_UNINITIALIZED_KEY);
    return done(copy_at_once(vm, &to, &from));
}

/* ---- for algorithms ---- */

bool native_ec_is_public(const struct key *key)
{
    enum crypto_ec_name name = CRYPTO_EC_SM2;

    return key->family == KEY_EC_FP_PUBLIC ||
           key->family == KEY_EC_F2M_PUBLIC ||
           (key->family == KEY_XEC_PUBLIC && native_xec_named(key, &name));
}

bool native_ec_is_private(const struct key *key)
{
    enum crypto_ec_name name = CRYPTO_EC_SM2;

    return key->family == KEY_EC_FP_PRIVATE ||
           key->family == KEY_EC_F2M_PRIVATE ||
           (key->family == KEY_XEC_PRIVATE && native_xec_named(key, &name));
}

struct span native_ec_value(const struct vm *vm, const struct key *key)
{
    struct span value = {NULL, 0};

    if (native_key_room(key, KEY_VALUE) != 0)
        return native_xec_value(vm, key);
    (void)native_key_part(vm, key, native_ec_is_public(key) ? KEY_W : KEY_S,
                          &value);
    return value;
}

static bool named_curve(struct vm *vm, enum crypto_ec_name name,
                        struct crypto_ec_values *memory,
                        struct crypto_ec_curve *out)
{
    const enum err e = crypto_ec_named(native_crypto(vm), name, memory);

    *out = memory->curve;
    if (e != ERR_OK)
        (void)native_crypto_failed(vm, e);
    return e == ERR_OK;
}

bool native_ec_curve(struct vm *vm, const struct key *key,
                     struct crypto_ec_values *memory,
                     struct crypto_ec_curve *out)
{
    enum crypto_ec_name name = CRYPTO_EC_SM2;
    struct span field = {NULL, 0};

    if (native_xec_named(key, &name))
        return named_curve(vm, name, memory, out);
    *out = (struct crypto_ec_curve){.h = cofactor_of(vm, key)};
    if (!native_key_part(vm, key, KEY_FIELD, &field) ||
        !native_key_part(vm, key, KEY_A, &out->a) ||
        !native_key_part(vm, key, KEY_B, &out->b) ||
        !native_key_part(vm, key, KEY_G, &out->g) ||
        !native_key_part(vm, key, KEY_R, &out->n))
        return native_refuse(vm, CRYPTO_UNINITIALIZED_KEY);
    if (!is_binary(key)) {
        out->p = field;
        return true;
    }
    out->degree = key->size;
    for (size_t i = 0; i < TERMS && (i + 1) * TERM <= field.n; i++)
        out->terms[i] = get_u2(field.p + i * TERM);
    return true;
}

/* ---- pairs ---- */

/*
 * The curve that goes with a size.  The API lets a card choose; these are the
 * ones of SEC 2 that simulators and cards with defaults choose, and Brainpool
 * where SEC 2 has none.  [JCAPI KeyPair.genKeyPair]
 */
static const struct {
    uint16_t size;
    bool binary;
    uint8_t name;
} defaults[] = {
    {112, false, CRYPTO_EC_SECP112R1},       {128, false, CRYPTO_EC_SECP128R1},
    {160, false, CRYPTO_EC_SECP160R1},       {192, false, CRYPTO_EC_SECP192R1},
    {224, false, CRYPTO_EC_SECP224R1},       {256, false, CRYPTO_EC_SECP256R1},
    {320, false, CRYPTO_EC_BRAINPOOLP320R1}, {384, false, CRYPTO_EC_SECP384R1},
    {512, false, CRYPTO_EC_BRAINPOOLP512R1}, {521, false, CRYPTO_EC_SECP521R1},
    {113, true, CRYPTO_EC_SECT113R1},        {131, true, CRYPTO_EC_SECT131R1},
    {163, true, CRYPTO_EC_SECT163R1},        {193, true, CRYPTO_EC_SECT193R1},
    {233, true, CRYPTO_EC_SECT233R1},        {239, true, CRYPTO_EC_SECT239K1},
    {283, true, CRYPTO_EC_SECT283R1},        {409, true, CRYPTO_EC_SECT409R1},
    {571, true, CRYPTO_EC_SECT571R1},
};

/* ILLEGAL_VALUE: there is none of this size. */
static bool default_curve(struct vm *vm, const struct key *key,
                          struct crypto_ec_values *out)
{
    enum err e = ERR_RANGE;

    for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++) {
        if (defaults[i].size == key->size &&
            defaults[i].binary == is_binary(key))
            e = crypto_ec_named(native_crypto(vm),
                                (enum crypto_ec_name)defaults[i].name, out);
    }
    if (e != ERR_OK)
        (void)native_crypto_failed(vm, e);
    return e == ERR_OK;
}

bool native_ec_put_curve(struct vm *vm, const struct key *key,
                         const struct crypto_ec_curve *c)
{
    uint8_t terms[TERMS * TERM];
    struct span field = c->p;

    if (is_binary(key)) {
        for (size_t i = 0; i < TERMS; i++)
            set_u2(terms + i * TERM, c->terms[i]);
        field = span_of(terms, sizeof terms);
    }
    return native_key_put(vm, key, KEY_FIELD, field) &&
           put_number(vm, key, KEY_A, c->a) &&
           put_number(vm, key, KEY_B, c->b) &&
           native_key_put(vm, key, KEY_G, c->g) &&
           put_number(vm, key, KEY_R, c->n) && put_cofactor(vm, key, c->h);
}

/* The keys of a pair, and where its curve comes from. */
struct generation {
    const struct key *public_key;
    const struct key *private_key;
    const struct key *domain; /* NULL: the default one */
    struct crypto_ec_values memory;
    struct crypto_ec_curve curve;
    uint8_t scalar[CRYPTO_EC_ORDER_MAX];
    uint8_t point[CRYPTO_EC_POINT_MAX];
};

/* The public key's own curve counts, or else that of the private key; one in
 * parts is no curve. */
static bool choose_curve(struct vm *vm, struct generation *g)
{
    const unsigned of_public = parts_set(vm, g->public_key);
    const unsigned of_private = parts_set(vm, g->private_key);

    if (of_public == DOMAIN_PARTS)
        g->domain = g->public_key;
    else if (of_public == 0 && of_private == DOMAIN_PARTS)
        g->domain = g->private_key;
    else if (of_public != 0 || of_private != 0)
        return native_refuse(vm, CRYPTO_ILLEGAL_VALUE);
    if (g->domain != NULL)
        return native_ec_curve(vm, g->domain, &g->memory, &g->curve);
    if (!default_curve(vm, g->public_key, &g->memory))
        return false;
    g->curve = g->memory.curve;
    return true;
}

static bool put_domain(struct vm *vm, const struct generation *g,
                       const struct key *to)
{
    if (g->domain == NULL)
        return native_ec_put_curve(vm, to, &g->memory.curve);
    return to == g->domain || copy_domain(vm, to, g->domain);
}

static bool put_pair(struct vm *vm, const struct generation *g,
                     size_t scalar_size, size_t point_size)
{
    return put_domain(vm, g, g->public_key) &&
           put_domain(vm, g, g->private_key) &&
           put_number(vm, g->private_key, KEY_S,
                      span_of(g->scalar, scalar_size)) &&
           native_key_put(vm, g->public_key, KEY_W,
                          span_of(g->point, point_size));
}

bool native_ec_generate(struct vm *vm, const struct key *public_key,
                        const struct key *private_key, uint16_t rounds)
{
    const struct crypto_port *crypto = native_crypto(vm);
    struct generation g = {.public_key = public_key,
                           .private_key = private_key};
    bool put = false;

    (void)rounds;
    if (crypto->ec == NULL)
        return native_refuse(vm, CRYPTO_NO_SUCH_ALGORITHM);
    if (!choose_curve(vm, &g))
        return false;
    const size_t scalar_size = crypto_ec_order_size(&g.curve);
    const size_t point_size = 1 + 2 * crypto_ec_field_size(&g.curve);
    const enum err e =
        crypto->ec->generate(crypto->ctx, &g.curve, g.scalar, g.point);
    if (e != ERR_OK)
        (void)native_crypto_failed(vm, e);
    else
        put = put_pair(vm, &g, scalar_size, point_size);
    wipe(g.scalar, sizeof g.scalar);
    return put;
}
