/*
 * javacard.security.Signature and SignatureMessageRecovery, for every family
 * of algorithms: arguments, keys, who may do what when.  [JCAPI Signature]
 */
#include "natives/signature.h"

#include "base/ct.h"
#include "natives/natives.h"

/* An engine keeps the place in this list. */
static const struct signature_family *const families[] = {
    &native_signature_mac,   &native_signature_rsa,   &native_signature_dsa,
    &native_signature_ecdsa, &native_signature_eddsa, &native_signature_sm2,
};

enum {
    FAMILIES = sizeof families / sizeof families[0],
    FAMILY_SHIFT = 8,
    ROW_BITS = 0xFF,
    MODE_MASK = (1 << SIGNATURE_MODE_BITS) - 1,
    CHECK_STATE = 768, /* enough for every row whose message is all outside */
};

/* ---- rows ---- */

static const struct signature_algorithm *row_of(uint16_t number)
{
    const unsigned family = number >> FAMILY_SHIFT;
    const unsigned row = number & ROW_BITS;

    if (family >= FAMILIES || row >= families[family]->count)
        return NULL;
    return &families[family]->rows[row];
}

/* What is asked for: by ALG_*, or, when that is 0, by parts. */
struct wanted {
    int8_t number;
    int8_t digest;
    int8_t cipher;
    int8_t padding;
};

static bool fits(const struct signature_algorithm *row, const struct wanted *w)
{
    if (w->number != 0)
        return row->number == w->number;
    return (int8_t)row->digest == w->digest &&
           (int8_t)row->cipher == w->cipher &&
           (int8_t)row->padding == w->padding;
}

static bool is_here(const struct vm *vm, const struct signature_algorithm *row)
{
    return row->operations->available == NULL ||
           row->operations->available(native_crypto(vm), row);
}

/* The number that an engine keeps; false: this card has no such algorithm. */
static bool find(const struct vm *vm, const struct wanted *w, uint16_t *number)
{
    for (unsigned f = 0; f < FAMILIES; f++) {
        for (unsigned r = 0; r < families[f]->count; r++) {
            const struct signature_algorithm *row = &families[f]->rows[r];
            if (fits(row, w) && is_here(vm, row)) {
                *number = (uint16_t)(f << FAMILY_SHIFT | r);
                return true;
            }
        }
    }
    return false;
}

static enum vm_native_result make(struct vm *vm, const struct vm_call *call,
                                  uint16_t number)
{
    const struct signature_algorithm *row = row_of(number);
    const char *class_name = row->class_name != NULL
                                 ? row->class_name
                                 : "javacard/security/Signature$Card";
    const ref_t object =
        native_engine_new(vm, call, class_name, number, row->state_size);

    return object != 0 ? native_done_ref(vm, object) : VM_NATIVE_THREW;
}

/* Every instance may be shared: its state is never CLEAR_ON_DESELECT. */
enum vm_native_result native_signature_instance(struct vm *vm,
                                                const struct vm_call *call)
{
    const int16_t asked[] = {native_byte(call, 0)};
    const struct wanted w = {.number = (int8_t)asked[0]};
    uint16_t number = 0;

    return w.number != 0 && find(vm, &w, &number)
               ? make(vm, call, number)
               : native_no_algorithm(vm, "Signature", asked, 1);
}

enum vm_native_result native_signature_of_parts(struct vm *vm,
                                                const struct vm_call *call)
{
    const int16_t asked[] = {native_byte(call, 0), native_byte(call, 1),
                             native_byte(call, 2)};
    const struct wanted w = {0, (int8_t)asked[0], (int8_t)asked[1],
                             (int8_t)asked[2]};
    uint16_t number = 0;

    return find(vm, &w, &number)
               ? make(vm, call, number)
               : native_no_algorithm(vm, "Signature", asked, 3);
}

/* What holds a part of its message is an interface that OneShot lacks. */
enum vm_native_result native_signature_open(struct vm *vm,
                                            const struct vm_call *call)
{
    const int16_t asked[] = {native_byte(call, 0), native_byte(call, 1),
                             native_byte(call, 2)};
    const struct wanted w = {0, (int8_t)asked[0], (int8_t)asked[1],
                             (int8_t)asked[2]};
    uint16_t number = 0;

    if (!find(vm, &w, &number) ||
        row_of(number)->operations->begin_verify != NULL)
        return native_no_algorithm(vm, "Signature.OneShot", asked, 3);
    const ref_t object = native_engine_open_once(
        vm, call, JCRE_ONESHOT_SIGNATURE, number, row_of(number)->state_size);
    return object != 0 ? native_done_ref(vm, object) : VM_NATIVE_THREW;
}

/* ---- opening ---- */

/* The engine alone: what needs no key. */
static bool open_engine(struct vm *vm, const struct vm_call *call,
                        struct signature_job *job)
{
    job->vm = vm;
    job->call = call;
    if (!native_engine_open(vm, call, &job->engine))
        return false;
    job->mode = (uint8_t)(job->engine.mode & MODE_MASK);
    job->algorithm = row_of(job->engine.algorithm);
    return job->algorithm != NULL || native_refuse(vm, CRYPTO_INVALID_INIT);
}

static bool open_key(struct signature_job *job, ref_t key)
{
    return native_key_open(job->vm, job->call, key, &job->key) &&
           (native_key_is_ready(job->vm, &job->key) ||
            native_refuse(job->vm, CRYPTO_UNINITIALIZED_KEY));
}

/* An engine that init() has been called of, and that key. */
static bool open_job(struct vm *vm, const struct vm_call *call,
                     struct signature_job *job)
{
    if (!open_engine(vm, call, job))
        return false;
    if (native_is_null(vm, job->engine.key))
        return native_refuse(vm, CRYPTO_INVALID_INIT);
    return open_key(job, job->engine.key);
}

/* The same, initialised for this. */
static bool open_mode(struct vm *vm, const struct vm_call *call, uint8_t mode,
                      struct signature_job *job)
{
    return open_job(vm, call, job) &&
           (job->mode == mode || native_refuse(vm, CRYPTO_INVALID_INIT));
}

static const struct signature_operations *
operations(const struct signature_job *job)
{
    return job->algorithm->operations;
}

/* ---- what an engine says of itself ---- */

/* The row of `this`; NULL: thrown. */
static const struct signature_algorithm *row_of_this(struct vm *vm,
                                                     const struct vm_call *call)
{
    struct signature_job job;

    return open_engine(vm, call, &job) ? job.algorithm : NULL;
}

enum vm_native_result native_signature_algorithm(struct vm *vm,
                                                 const struct vm_call *call)
{
    const struct signature_algorithm *row = row_of_this(vm, call);

    return row != NULL ? native_done_short(vm, row->number) : VM_NATIVE_THREW;
}

enum vm_native_result native_signature_digest(struct vm *vm,
                                              const struct vm_call *call)
{
    const struct signature_algorithm *row = row_of_this(vm, call);

    return row != NULL ? native_done_short(vm, row->digest) : VM_NATIVE_THREW;
}

enum vm_native_result native_signature_cipher(struct vm *vm,
                                              const struct vm_call *call)
{
    const struct signature_algorithm *row = row_of_this(vm, call);

    return row != NULL ? native_done_short(vm, row->cipher) : VM_NATIVE_THREW;
}

enum vm_native_result native_signature_padding(struct vm *vm,
                                               const struct vm_call *call)
{
    const struct signature_algorithm *row = row_of_this(vm, call);

    return row != NULL ? native_done_short(vm, row->padding) : VM_NATIVE_THREW;
}

enum vm_native_result native_signature_length(struct vm *vm,
                                              const struct vm_call *call)
{
    struct signature_job job;

    return open_job(vm, call, &job)
               ? native_done_short(vm, operations(&job)->length(&job))
               : VM_NATIVE_THREW;
}

/* ---- init ---- */

static bool start(const struct signature_job *job, struct span parameters)
{
    const struct signature_operations *o = operations(job);

    return o->init == NULL || o->init(job, parameters);
}

/* An engine whose parameters are refused is the one it was, but restarted. */
static bool set(struct signature_job *job, ref_t key, struct span parameters)
{
    const struct engine before = job->engine;

    if (!native_engine_set(job->vm, &job->engine, before.algorithm, key,
                           job->mode))
        return false;
    if (start(job, parameters))
        return true;
    return native_engine_set(job->vm, &job->engine, before.algorithm,
                             before.key, before.mode) &&
           false;
}

static enum vm_native_result init(struct vm *vm, const struct vm_call *call,
                                  struct span parameters)
{
    const int8_t mode = native_byte(call, 2);
    struct signature_job job;

    if (!open_engine(vm, call, &job))
        return VM_NATIVE_THREW;
    if ((mode != SIGNATURE_MODE_SIGN && mode != SIGNATURE_MODE_VERIFY) ||
        (parameters.p != NULL && operations(&job)->init == NULL))
        return native_throw_crypto(vm, CRYPTO_ILLEGAL_VALUE);
    job.mode = (uint8_t)mode;
    if (!open_key(&job, call->cells[1]) || !operations(&job)->serves(&job) ||
        !set(&job, call->cells[1], parameters))
        return VM_NATIVE_THREW;
    return VM_NATIVE_DONE;
}

enum vm_native_result native_signature_init(struct vm *vm,
                                            const struct vm_call *call)
{
    return native_object(vm, call, call->cells[1])
               ? init(vm, call, span_of(NULL, 0))
               : VM_NATIVE_THREW;
}

/* Of an engine with message recovery: ILLEGAL_USE. */
enum vm_native_result native_signature_init_with(struct vm *vm,
                                                 const struct vm_call *call)
{
    struct signature_job job;
    struct native_range r;

    if (native_is_null(vm, call->cells[1]) ||
        native_is_null(vm, call->cells[3]))
        return native_throw_null(vm);
    if (!native_object(vm, call, call->cells[1]) ||
        !native_bytes(vm, call, call->cells[3], native_short(call, 4),
                      native_short(call, 5), &r) ||
        !open_engine(vm, call, &job))
        return VM_NATIVE_THREW;
    return operations(&job)->begin_verify != NULL
               ? native_throw_crypto(vm, CRYPTO_ILLEGAL_USE)
               : init(vm, call, native_span(&r));
}

/* ---- the message ---- */

enum vm_native_result native_signature_resume(struct vm *vm,
                                              const struct vm_call *call)
{
    struct signature_job job;
    struct native_range state;
    struct native_range count;

    if (!native_arrays(vm, call, call->cells[1], call->cells[4]) ||
        !native_bytes(vm, call, call->cells[1], native_short(call, 2),
                      native_short(call, 3), &state) ||
        !native_bytes(vm, call, call->cells[4], native_short(call, 5),
                      native_short(call, 6), &count) ||
        !open_engine(vm, call, &job))
        return VM_NATIVE_THREW;
    if (operations(&job)->resume == NULL ||
        operations(&job)->begin_verify != NULL)
        return native_throw_crypto(vm, CRYPTO_ILLEGAL_USE);
    if (native_is_null(vm, job.engine.key))
        return native_throw_crypto(vm, CRYPTO_INVALID_INIT);
    return operations(&job)->resume(&job, native_span(&state),
                                    native_span(&count))
               ? VM_NATIVE_DONE
               : VM_NATIVE_THREW;
}

enum vm_native_result native_signature_update(struct vm *vm,
                                              const struct vm_call *call)
{
    struct signature_job job;
    struct native_range in;
    uint8_t context = 0;

    /* a OneShot never takes its message in parts [JCAPI Signature.OneShot] */
    if (jcre_oneshot_is(jcre_of(vm), call->cells[0], &context))
        return open_engine(vm, call, &job)
                   ? native_throw_crypto(vm, CRYPTO_ILLEGAL_USE)
                   : VM_NATIVE_THREW;
    if (!native_bytes(vm, call, call->cells[1], native_short(call, 2),
                      native_short(call, 3), &in) ||
        !open_job(vm, call, &job) ||
        (in.n != 0 && !operations(&job)->update(&job, native_span(&in))))
        return VM_NATIVE_THREW;
    return VM_NATIVE_DONE;
}

/* ---- sign ---- */

/* Message and place of the signature, the first two arrays of a call. */
struct places {
    struct native_range in;
    struct native_range out;
};

/* Arguments 1 to 3; argument 4 is another array. */
static bool part(struct vm *vm, const struct vm_call *call,
                 struct native_range *in)
{
    return native_arrays(vm, call, call->cells[1], call->cells[4]) &&
           native_bytes(vm, call, call->cells[1], native_short(call, 2),
                        native_short(call, 3), in);
}

/*
 * The same for the end of a message.  No bytes need no array, and applets that
 * gave everything to update() pass null here: the documentation names no
 * exception for it, and NullPointerException is for null "where an object is
 * required".  [JCAPI Signature.sign, NullPointerException]
 */
static bool last_part(struct vm *vm, const struct vm_call *call,
                      struct native_range *in)
{
    if (!native_is_null(vm, call->cells[1]) || native_short(call, 3) != 0)
        return part(vm, call, in);
    memset(in, 0, sizeof *in);
    in->v.p = (const uint8_t *)"";
    return true;
}

static bool target(struct vm *vm, const struct vm_call *call,
                   struct native_range *out)
{
    return native_target(vm, call, call->cells[4], native_short(call, 5), 0,
                         out);
}

/* Before anything is done: there is room for the longest signature. */
static bool has_room(const struct signature_job *job, const struct places *p)
{
    struct native_range r;

    return native_target(job->vm, job->call, p->out.ref, (int32_t)p->out.at,
                         operations(job)->length(job), &r);
}

/* Ready for another message, with the parameters that it has. */
static void restart(const struct signature_job *job)
{
    const uint32_t kept = operations(job)->kept;

    if (job->engine.state != NULL)
        wipe(job->engine.state, job->engine.state_size - kept);
}

typedef bool sign_step(const struct signature_job *job, struct span in,
                       uint8_t *signature, size_t *n);

static enum vm_native_result sign(struct signature_job *job,
                                  const struct places *p, sign_step *step)
{
    uint8_t signature[SIGNATURE_MAX];
    size_t n = 0;

    if (!has_room(job, p) || !step(job, native_span(&p->in), signature, &n))
        return VM_NATIVE_THREW;
    restart(job);
    return native_write(job->vm, p->out.ref, p->out.at, signature, (uint32_t)n,
                        HEAP_ATOMIC)
               ? native_done_short(job->vm, (int32_t)n)
               : VM_NATIVE_THREW;
}

enum vm_native_result native_signature_sign(struct vm *vm,
                                            const struct vm_call *call)
{
    struct signature_job job;
    struct places p;

    if (!last_part(vm, call, &p.in) || !target(vm, call, &p.out) ||
        !open_mode(vm, call, SIGNATURE_MODE_SIGN, &job))
        return VM_NATIVE_THREW;
    return operations(&job)->begin_verify != NULL
               ? native_throw_crypto(vm, CRYPTO_ILLEGAL_USE)
               : sign(&job, &p, operations(&job)->sign);
}

/* ILLEGAL_USE: there is no digest of its own in the algorithm, or the message
 * is in the signature. */
static bool signs_digests(const struct signature_job *job)
{
    const struct signature_operations *o = operations(job);

    return (o->sign_digest != NULL && o->begin_verify == NULL) ||
           native_refuse(job->vm, CRYPTO_ILLEGAL_USE);
}

enum vm_native_result native_signature_sign_digest(struct vm *vm,
                                                   const struct vm_call *call)
{
    struct signature_job job;
    struct places p;

    if (!part(vm, call, &p.in) || !target(vm, call, &p.out) ||
        !open_mode(vm, call, SIGNATURE_MODE_SIGN, &job) || !signs_digests(&job))
        return VM_NATIVE_THREW;
    return sign(&job, &p, operations(&job)->sign_digest);
}

/* ---- verify ---- */

typedef bool verify_step(const struct signature_job *job, struct span in,
                         struct span signature, bool *right);

/* Arguments 4, 5 and 6. */
static bool given(struct vm *vm, const struct vm_call *call,
                  struct native_range *signature)
{
    return native_bytes(vm, call, call->cells[4], native_short(call, 5),
                        native_short(call, 6), signature);
}

static enum vm_native_result verify(struct signature_job *job,
                                    const struct places *p, verify_step *step)
{
    bool right = false;

    if (!step(job, native_span(&p->in), native_span(&p->out), &right))
        return VM_NATIVE_THREW;
    restart(job);
    return native_done_short(job->vm, right ? 1 : 0);
}

enum vm_native_result native_signature_verify(struct vm *vm,
                                              const struct vm_call *call)
{
    struct signature_job job;
    struct places p;

    if (!last_part(vm, call, &p.in) || !given(vm, call, &p.out) ||
        !open_mode(vm, call, SIGNATURE_MODE_VERIFY, &job))
        return VM_NATIVE_THREW;
    return operations(&job)->begin_verify != NULL
               ? native_throw_crypto(vm, CRYPTO_ILLEGAL_USE)
               : verify(&job, &p, operations(&job)->verify);
}

enum vm_native_result native_signature_verify_digest(struct vm *vm,
                                                     const struct vm_call *call)
{
    struct signature_job job;
    struct places p;

    if (!part(vm, call, &p.in) || !given(vm, call, &p.out) ||
        !open_mode(vm, call, SIGNATURE_MODE_VERIFY, &job) ||
        !signs_digests(&job))
        return VM_NATIVE_THREW;
    return verify(&job, &p, operations(&job)->verify_digest);
}

/* ---- without an object ---- */

enum { PSS = 8 /* Cipher.PAD_PKCS1_PSS */ };

bool native_signature_check(struct vm *vm, const struct vm_call *call,
                            const struct signature_parts *parts, ref_t key,
                            struct span message, struct span signature,
                            bool *right)
{
    const int16_t asked[] = {parts->digest, parts->cipher, parts->padding};
    const struct wanted w = {0, parts->digest, parts->cipher, parts->padding};
    uint64_t state[CHECK_STATE / sizeof(uint64_t)] = {0};
    struct signature_job job = {.vm = vm, .call = call};
    uint16_t number = 0;

    if (!find(vm, &w, &number) || row_of(number)->state_size > sizeof state) {
        (void)native_no_algorithm(vm, "Signature", asked, 3);
        return false;
    }
    job.algorithm = row_of(number);
    job.mode = SIGNATURE_MODE_VERIFY;
    job.engine = (struct engine){.key = key,
                                 .algorithm = number,
                                 .mode = job.mode,
                                 .state = (uint8_t *)state,
                                 .state_size = row_of(number)->state_size};
    if (parts->padding == PSS)
        job.engine.mode =
            (uint16_t)(job.mode | (parts->salt + 1) << SIGNATURE_MODE_BITS);
    return open_key(&job, key) && operations(&job)->serves(&job) &&
           operations(&job)->verify(&job, message, signature, right);
}

/* ---- message recovery; the machine calls these of Signature$Recovery ---- */

/* The recovered part goes where the signature was. */
enum vm_native_result native_recovery_begin(struct vm *vm,
                                            const struct vm_call *call)
{
    uint8_t recovered[SIGNATURE_MAX];
    struct signature_job job;
    struct native_range r;
    size_t n = 0;

    if (!native_range(vm, call, call->cells[1], native_short(call, 2),
                      native_short(call, 3), HEAP_BYTE_ARRAY,
                      NATIVE_READ | NATIVE_WRITE, &r) ||
        !open_job(vm, call, &job))
        return VM_NATIVE_THREW;
    if (job.mode != SIGNATURE_MODE_VERIFY)
        return native_throw_crypto(vm, CRYPTO_ILLEGAL_USE);
    if (!operations(&job)->begin_verify(&job, native_span(&r), recovered, &n) ||
        !native_write(vm, r.ref, r.at, recovered, (uint32_t)n, HEAP_ATOMIC))
        return VM_NATIVE_THREW;
    return native_done_short(vm, (int32_t)n);
}

enum vm_native_result native_recovery_sign(struct vm *vm,
                                           const struct vm_call *call)
{
    uint8_t signature[SIGNATURE_MAX];
    uint8_t told[2];
    uint16_t recoverable = 0;
    struct signature_job job;
    struct native_range length;
    struct places p;
    size_t n = 0;

    if (native_is_null(vm, call->cells[6]))
        return native_throw_null(vm);
    if (!part(vm, call, &p.in) || !target(vm, call, &p.out) ||
        !native_range(vm, call, call->cells[6], native_short(call, 7), 1,
                      HEAP_SHORT_ARRAY, NATIVE_WRITE, &length) ||
        !open_mode(vm, call, SIGNATURE_MODE_SIGN, &job) ||
        !has_room(&job, &p) ||
        !operations(&job)->sign_recoverable(&job, native_span(&p.in), signature,
                                            &n, &recoverable))
        return VM_NATIVE_THREW;
    restart(&job);
    set_u2(told, recoverable);
    return native_write(vm, p.out.ref, p.out.at, signature, (uint32_t)n,
                        HEAP_ATOMIC) &&
                   native_write(vm, length.ref, length.at * sizeof told, told,
                                sizeof told, HEAP_ATOMIC)
               ? native_done_short(vm, (int32_t)n)
               : VM_NATIVE_THREW;
}

enum vm_native_result native_recovery_verify(struct vm *vm,
                                             const struct vm_call *call)
{
    struct signature_job job;
    struct native_range in;
    bool right = false;

    if (!native_bytes(vm, call, call->cells[1], native_short(call, 2),
                      native_short(call, 3), &in) ||
        !open_mode(vm, call, SIGNATURE_MODE_VERIFY, &job) ||
        !operations(&job)->verify_rest(&job, native_span(&in), &right))
        return VM_NATIVE_THREW;
    restart(&job);
    return native_done_short(vm, right ? 1 : 0);
}
