/*
 * javacard.security.KeyAgreement.  A row by algorithm tells which keys it
 * serves and how the secret comes from the other side's public data.  Nothing
 * is under way between two calls, so an object is what init() left.
 * [JCAPI KeyAgreement]
 */
#include "base/ct.h"
#include "crypto/rsa.h"
#include "natives/ec.h"
#include "natives/engine.h"
#include "natives/natives.h"
#include "natives/xec.h"

#define CARD_CLASS "javacard/security/KeyAgreement$Card"

enum {
    SECRET_MAX = 512, /* bytes: of a DH prime */
    SHA1_SIZE = 20,
};

/* A call of generateSecret, with all that it is about. */
struct job {
    struct vm *vm;
    const struct crypto_port *crypto;
    const struct agreement *row;
    struct key key;
    struct span data; /* the other side's */
    uint8_t secret[SECRET_MAX];
    size_t n;
};

struct agreement {
    int8_t number; /* ALG_* */
    bool cofactor;
    /* Whether a key is of the kind. */
    bool (*serves)(const struct key *key);
    /* Whether the card has it. */
    bool (*available)(const struct crypto_port *crypto);
    /* The secret.  False: thrown. */
    bool (*compute)(struct job *job);
};

static bool failed(const struct job *job, enum err e)
{
    if (e != ERR_OK)
        (void)native_crypto_failed(job->vm, e);
    return e == ERR_OK;
}

/* ---- elliptic curves ---- */

static bool has_ec(const struct crypto_port *crypto)
{
    return crypto->ec != NULL;
}

/* The shared point, whole. */
static bool shared_point(struct job *job)
{
    const struct crypto_ec_port *ec = job->crypto->ec;
    struct crypto_ec_values memory;
    struct crypto_ec_curve curve;

    if (!native_ec_curve(job->vm, &job->key, &memory, &curve))
        return false;
    const struct span own = native_ec_value(job->vm, &job->key);
    const size_t field = crypto_ec_field_size(&curve);
    /* no data stand for g in the port, and for nothing here */
    if (!crypto_ec_is_point(job->data, field))
        return failed(job, ERR_RANGE);
    job->n = 1 + 2 * field;
    return failed(job, job->row->cofactor
                           ? ec->multiply_cofactor(job->crypto->ctx, &curve,
                                                   own, job->data, job->secret)
                           : ec->multiply(job->crypto->ctx, &curve, own,
                                          job->data, job->secret));
}

/* Its first coordinate. */
static bool shared_x(struct job *job)
{
    if (!shared_point(job))
        return false;
    job->n = (job->n - 1) / 2;
    memmove(job->secret, job->secret + 1, job->n);
    return true;
}

/* The SHA-1 of that. */
static bool shared_digest(struct job *job)
{
    uint8_t digest[CRYPTO_DIGEST_MAX];
    struct span x;

    if (!shared_x(job))
        return false;
    x = span_of(job->secret, job->n);
    if (!failed(job, job->crypto->digest(job->crypto->ctx, CRYPTO_SHA1, &x, 1,
                                         digest)))
        return false;
    job->n = SHA1_SIZE;
    memcpy(job->secret, digest, SHA1_SIZE);
    wipe(digest, sizeof digest);
    return true;
}

/* PACE: the nonce times g, and the shared point added [TR-03110-3 A.3.5.1] */
static bool mapped_generator(struct job *job)
{
    const struct crypto_ec_port *ec = job->crypto->ec;
    uint8_t nonce[CRYPTO_EC_POINT_MAX];
    struct crypto_ec_values memory;
    struct crypto_ec_curve curve;
    enum err e = ERR_CORRUPT;

    if (!native_ec_curve(job->vm, &job->key, &memory, &curve))
        return false;
    job->n = 1 + 2 * crypto_ec_field_size(&curve);
    e = ec->multiply(job->crypto->ctx, &curve,
                     native_ec_value(job->vm, &job->key), span_of(NULL, 0),
                     nonce);
    if (e == ERR_OK)
        e = ec->add(job->crypto->ctx, &curve, span_of(nonce, job->n), job->data,
                    job->secret);
    wipe(nonce, sizeof nonce);
    return failed(job, e);
}

/* ---- X25519 and X448 ---- */

static bool has_xec(const struct crypto_port *crypto)
{
    return crypto->xec != NULL;
}

static bool is_xdh(const struct key *key)
{
    enum crypto_xec curve = CRYPTO_ED25519;

    return key->family == KEY_XEC_PRIVATE && native_xec_curve(key, &curve) &&
           (curve == CRYPTO_X25519 || curve == CRYPTO_X448);
}

static bool exchanged(struct job *job)
{
    enum crypto_xec curve = CRYPTO_X25519;

    (void)native_xec_curve(&job->key, &curve);
    job->n = crypto_xec_key_size(curve);
    if (job->data.n != job->n)
        return failed(job, ERR_RANGE);
    return failed(
        job, job->crypto->xec->exchange(job->crypto->ctx, curve,
                                        native_xec_value(job->vm, &job->key).p,
                                        job->data.p, job->secret));
}

/* ---- Diffie and Hellman's own [SP 800-56A 5.7.1.1] ---- */

static bool has_powers(const struct crypto_port *crypto)
{
    return crypto->rsa != NULL;
}

static bool is_dh(const struct key *key)
{
    return key->family == KEY_DH_PRIVATE;
}

/* y in as many bytes as p, and from 2 to p - 2. */
static bool spell_public(struct span y, struct span p, uint8_t *out)
{
    const struct span n = crypto_number(y);
    uint8_t least = 2;

    if (n.n > p.n || n.n == 0 || (n.n == 1 && n.p[0] < least))
        return false;
    memset(out, 0, p.n);
    memcpy(out + p.n - n.n, n.p, n.n);
    /* p is odd: p - 1 differs from it in the last bit */
    const int order = memcmp(out, p.p, p.n - 1);
    return order < 0 ||
           (order == 0 && out[p.n - 1] < (uint8_t)(p.p[p.n - 1] - 1));
}

/* Of a key with a subprime: whether y is in the group that it has. */
static enum err check_group(const struct job *job, struct span p,
                            const uint8_t *y)
{
    uint8_t one[SECRET_MAX];
    struct span q = {NULL, 0};
    enum err e = ERR_OK;

    if (!native_key_part(job->vm, &job->key, KEY_Q, &q) ||
        crypto_number(q).n == 0)
        return ERR_OK;
    e = job->crypto->rsa->encrypt(job->crypto->ctx, p, crypto_number(q), y,
                                  one);
    const struct span power = crypto_number(span_of(one, p.n));
    return e == ERR_OK && (power.n != 1 || power.p[0] != 1) ? ERR_RANGE : e;
}

static bool raised(struct job *job)
{
    struct crypto_rsa_private power = {.p = {NULL, 0}};
    uint8_t y[SECRET_MAX];
    enum err e = ERR_OK;

    (void)native_key_part(job->vm, &job->key, KEY_P, &power.n);
    (void)native_key_part(job->vm, &job->key, KEY_X, &power.d);
    power.n = crypto_number(power.n);
    job->n = power.n.n;
    if (power.n.n == 0 || power.n.n > SECRET_MAX ||
        (power.n.p[power.n.n - 1] & 1) == 0 || crypto_number(power.d).n == 0 ||
        !spell_public(job->data, power.n, y))
        return failed(job, ERR_RANGE);
    e = check_group(job, power.n, y);
    return failed(
        job, e == ERR_OK ? job->crypto->rsa->decrypt(job->crypto->ctx, &power,
                                                     y, job->secret, power.n.n)
                         : e);
}

static const struct agreement rows[] = {
    {1, false, native_ec_is_private, has_ec, shared_digest},
    {2, true, native_ec_is_private, has_ec, shared_digest},
    {3, false, native_ec_is_private, has_ec, shared_x},
    {4, true, native_ec_is_private, has_ec, shared_x},
    {5, false, native_ec_is_private, has_ec, mapped_generator},
    {6, false, native_ec_is_private, has_ec, shared_point},
    {7, false, is_dh, has_powers, raised},
    {8, false, is_xdh, has_xec, exchanged},
};

static const struct agreement *row_of(int algorithm)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].number == algorithm)
            return &rows[i];
    }
    return NULL;
}

/* ---- methods ---- */

/* Every instance may be shared: it has no transient state. */
enum vm_native_result native_agreement_instance(struct vm *vm,
                                                const struct vm_call *call)
{
    const int16_t asked[] = {native_byte(call, 0)};
    const struct agreement *row = row_of(asked[0]);
    ref_t object = 0;

    if (row == NULL || !row->available(native_crypto(vm)))
        return native_no_algorithm(vm, "KeyAgreement", asked, 1);
    object = native_engine_new(vm, call, CARD_CLASS, (uint16_t)asked[0], 0);
    return object != 0 ? native_done_ref(vm, object) : VM_NATIVE_THREW;
}

enum vm_native_result native_agreement_algorithm(struct vm *vm,
                                                 const struct vm_call *call)
{
    struct engine engine;

    return native_engine_open(vm, call, &engine)
               ? native_done_short(vm, (int8_t)engine.algorithm)
               : VM_NATIVE_THREW;
}

/* A key that is set, with its cofactor where the algorithm multiplies by it. */
static bool open_key(struct vm *vm, const struct vm_call *call,
                     const struct agreement *row, ref_t ref, struct key *key)
{
    uint16_t reason = 0;
    struct span k = {NULL, 0};

    if (!native_key_open(vm, call, ref, key))
        return false;
    if (!row->serves(key))
        reason = CRYPTO_ILLEGAL_VALUE;
    else if (!native_key_is_ready(vm, key))
        reason = CRYPTO_UNINITIALIZED_KEY;
    else if (row->cofactor && native_key_room(key, KEY_K) != 0 &&
             (!native_key_part(vm, key, KEY_K, &k) || get_u2(k.p) == 0))
        reason = CRYPTO_UNINITIALIZED_KEY;
    if (reason != 0)
        (void)native_throw_crypto(vm, reason);
    return reason == 0;
}

enum vm_native_result native_agreement_init(struct vm *vm,
                                            const struct vm_call *call)
{
    const struct agreement *row = NULL;
    struct engine engine;
    struct key key;

    if (!native_object(vm, call, call->cells[1]) ||
        !native_engine_open(vm, call, &engine))
        return VM_NATIVE_THREW;
    row = row_of((int8_t)engine.algorithm);
    if (row == NULL)
        return native_throw_crypto(vm, CRYPTO_INVALID_INIT);
    return open_key(vm, call, row, call->cells[1], &key) &&
                   native_engine_set(vm, &engine, engine.algorithm, key.object,
                                     engine.mode)
               ? VM_NATIVE_DONE
               : VM_NATIVE_THREW;
}

/* None of the algorithms takes parameters: null stands for none. */
enum vm_native_result native_agreement_init_with(struct vm *vm,
                                                 const struct vm_call *call)
{
    if (native_is_null(vm, call->cells[2]))
        return native_agreement_init(vm, call);
    return native_object(vm, call, call->cells[1]) &&
                   native_object(vm, call, call->cells[2])
               ? native_throw_crypto(vm, CRYPTO_ILLEGAL_VALUE)
               : VM_NATIVE_THREW;
}

/* Both arrays, then the object and its key. */
static bool open_job(struct vm *vm, const struct vm_call *call, struct job *job,
                     struct native_range *to)
{
    struct native_range from;
    struct engine engine;

    if (!native_in_and_out(vm, call, 1, 0, &from, to) ||
        !native_engine_open(vm, call, &engine))
        return false;
    job->vm = vm;
    job->crypto = native_crypto(vm);
    job->row = row_of((int8_t)engine.algorithm);
    job->data = native_span(&from);
    if (job->row != NULL && !native_is_null(vm, engine.key))
        return open_key(vm, call, job->row, engine.key, &job->key);
    return native_refuse(vm, CRYPTO_INVALID_INIT);
}

enum vm_native_result native_agreement_secret(struct vm *vm,
                                              const struct vm_call *call)
{
    struct native_range to;
    struct job job;
    bool written = false;

    if (!open_job(vm, call, &job, &to))
        return VM_NATIVE_THREW;
    written =
        job.row->compute(&job) &&
        native_target(vm, call, to.ref, (int32_t)to.at, (int32_t)job.n, &to) &&
        native_write(vm, to.ref, to.at, job.secret, to.n, HEAP_RAW);
    wipe(job.secret, sizeof job.secret);
    return written ? native_done_short(vm, (int32_t)to.n) : VM_NATIVE_THREW;
}
