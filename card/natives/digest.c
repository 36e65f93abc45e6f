/*
 * javacard.security.MessageDigest and InitializedMessageDigest, and their
 * OneShot classes.  The state of a digest is the port's; all zeros is one that
 * nothing was added to.  [JCAPI MessageDigest]
 */
#include "natives/digest.h"

#include <string.h>

#include "base/ct.h"
#include "natives/engine.h"
#include "natives/natives.h"

#define IMPLEMENTATION(name) "javacard/security/" name "$Card"

/* Behind the number: a digest that may go on from somewhere else. */
enum { INITIALIZED = 0x0100, LENGTH_MAX = 16 /* bytes that count bytes */ };

/* One call of a method. */
struct job {
    const struct crypto_port *crypto;
    struct engine engine;
    enum crypto_digest digest;
    bool once; /* of a OneShot */
};

bool native_digest_of(const struct crypto_port *crypto, int algorithm,
                      enum crypto_digest *digest)
{
    static const uint8_t digests[] = {
        /* by number; one more: 0 is none */
        0,
        CRYPTO_SHA1 + 1,
        CRYPTO_MD5 + 1,
        CRYPTO_RIPEMD160 + 1,
        CRYPTO_SHA256 + 1,
        CRYPTO_SHA384 + 1,
        CRYPTO_SHA512 + 1,
        CRYPTO_SHA224 + 1,
        CRYPTO_SHA3_224 + 1,
        CRYPTO_SHA3_256 + 1,
        CRYPTO_SHA3_384 + 1,
        CRYPTO_SHA3_512 + 1,
        CRYPTO_SM3 + 1,
    };

    if (algorithm <= 0 || (size_t)algorithm >= sizeof digests)
        return false;
    *digest = (enum crypto_digest)(digests[algorithm] - 1);
    return crypto->hash != NULL && crypto->hash->state_size(*digest) != 0;
}

/* Whether a digest has intermediate values: all but the sponges have. */
static bool chains(enum crypto_digest digest)
{
    return digest < CRYPTO_SHA3_224 || digest > CRYPTO_SHA3_512;
}

/* How a new digest is asked for; *size: of its state.  False: thrown. */
static bool choose(struct vm *vm, int8_t algorithm, bool initialized,
                   uint32_t *size)
{
    const struct crypto_port *crypto = native_crypto(vm);
    const int16_t number = algorithm;
    enum crypto_digest digest = CRYPTO_SHA1;

    if (native_digest_of(crypto, algorithm, &digest) &&
        (!initialized || chains(digest))) {
        *size = (uint32_t)crypto->hash->state_size(digest);
        return true;
    }
    (void)native_no_algorithm(
        vm, initialized ? "InitializedMessageDigest" : "MessageDigest", &number,
        1);
    return false;
}

static enum vm_native_result answer(struct vm *vm, ref_t object)
{
    return object != 0 ? native_done_ref(vm, object) : VM_NATIVE_THREW;
}

/* Nothing of a digest ends when its applet is deselected: it may serve others
 * by a Shareable interface as well (externalAccess). */
enum vm_native_result native_digest_instance(struct vm *vm,
                                             const struct vm_call *call)
{
    const int8_t algorithm = native_byte(call, 0);
    uint32_t size = 0;

    if (!choose(vm, algorithm, false, &size))
        return VM_NATIVE_THREW;
    return answer(vm,
                  native_engine_new(vm, call, IMPLEMENTATION("MessageDigest"),
                                    (uint16_t)algorithm, size));
}

enum vm_native_result
native_digest_initialized_instance(struct vm *vm, const struct vm_call *call)
{
    const int8_t algorithm = native_byte(call, 0);
    uint32_t size = 0;

    if (!choose(vm, algorithm, true, &size))
        return VM_NATIVE_THREW;
    return answer(vm, native_engine_new(
                          vm, call, IMPLEMENTATION("InitializedMessageDigest"),
                          (uint16_t)(algorithm | INITIALIZED), size));
}

static enum vm_native_result open_once(struct vm *vm,
                                       const struct vm_call *call,
                                       enum jcre_oneshot which,
                                       uint16_t initialized)
{
    const int8_t algorithm = native_byte(call, 0);
    uint32_t size = 0;

    if (!choose(vm, algorithm, initialized != 0, &size))
        return VM_NATIVE_THREW;
    return answer(
        vm, native_engine_open_once(vm, call, which,
                                    (uint16_t)(algorithm | initialized), size));
}

enum vm_native_result native_digest_open(struct vm *vm,
                                         const struct vm_call *call)
{
    return open_once(vm, call, JCRE_ONESHOT_DIGEST, 0);
}

enum vm_native_result native_digest_open_initialized(struct vm *vm,
                                                     const struct vm_call *call)
{
    return open_once(vm, call, JCRE_ONESHOT_INITIALIZED_DIGEST, INITIALIZED);
}

/* `this`.  False: thrown. */
static bool open(struct vm *vm, const struct vm_call *call, struct job *job)
{
    uint8_t context = 0;

    job->crypto = native_crypto(vm);
    if (!native_engine_open(vm, call, &job->engine))
        return false;
    job->once = jcre_oneshot_is(jcre_of(vm), job->engine.object, &context);
    if (native_digest_of(job->crypto, job->engine.algorithm & 0xFF,
                         &job->digest) &&
        job->engine.state_size == job->crypto->hash->state_size(job->digest))
        return true;
    return native_refuse(vm, CRYPTO_INVALID_INIT);
}

enum vm_native_result native_digest_algorithm(struct vm *vm,
                                              const struct vm_call *call)
{
    struct job job;

    return open(vm, call, &job)
               ? native_done_short(vm, job.engine.algorithm & 0xFF)
               : VM_NATIVE_THREW;
}

enum vm_native_result native_digest_length(struct vm *vm,
                                           const struct vm_call *call)
{
    struct job job;

    return open(vm, call, &job)
               ? native_done_short(vm, (int32_t)crypto_digest_size(job.digest))
               : VM_NATIVE_THREW;
}

enum vm_native_result native_digest_reset(struct vm *vm,
                                          const struct vm_call *call)
{
    struct job job;

    if (!open(vm, call, &job))
        return VM_NATIVE_THREW;
    native_engine_restart(&job.engine);
    return VM_NATIVE_DONE;
}

static enum err add(const struct job *job, const struct native_range *in)
{
    return job->crypto->hash->add(job->crypto->ctx, job->digest,
                                  job->engine.state, native_span(in));
}

enum vm_native_result native_digest_update(struct vm *vm,
                                           const struct vm_call *call)
{
    struct native_range in;
    struct job job;
    enum err e = ERR_CORRUPT;

    if (!open(vm, call, &job))
        return VM_NATIVE_THREW;
    if (job.once) /* [JCAPI MessageDigest.OneShot.update] */
        return native_throw_crypto(vm, CRYPTO_ILLEGAL_USE);
    if (!native_piece(vm, call, 1, &in))
        return VM_NATIVE_THREW;
    e = add(&job, &in);
    return e == ERR_OK ? VM_NATIVE_DONE : native_crypto_failed(vm, e);
}

/* Ends the digest and writes it; false: thrown. */
static bool finish(struct vm *vm, const struct job *job,
                   const struct native_range *out)
{
    uint8_t value[CRYPTO_DIGEST_MAX];
    const enum err e = job->crypto->hash->finish(job->crypto->ctx, job->digest,
                                                 job->engine.state, value);
    bool written = false;

    if (e == ERR_OK)
        written = native_write(vm, out->ref, out->at, value, out->n, HEAP_RAW);
    else
        (void)native_crypto_failed(vm, e);
    wipe(value, sizeof value);
    return written;
}

enum vm_native_result native_digest_final(struct vm *vm,
                                          const struct vm_call *call)
{
    struct native_range in, out;
    struct job job;
    enum err e = ERR_CORRUPT;

    if (!open(vm, call, &job))
        return VM_NATIVE_THREW;
    const int32_t size = (int32_t)crypto_digest_size(job.digest);
    if (!native_in_and_out(vm, call, 1, size, &in, &out))
        return VM_NATIVE_THREW;
    e = add(&job, &in);
    if (e != ERR_OK)
        return native_crypto_failed(vm, e);
    return finish(vm, &job, &out) ? native_done_short(vm, size)
                                  : VM_NATIVE_THREW;
}

/* A big-endian count of bytes, of any length.  False: of more than 64 bits. */
static bool count_of(struct span bytes, uint64_t *count)
{
    *count = 0;
    for (size_t i = 0; i < bytes.n; i++) {
        if (*count >> 56 != 0)
            return false;
        *count = *count << 8 | bytes.p[i];
    }
    return true;
}

/*
 * [JCAPI InitializedMessageDigest] Nothing, or a part of a block, cannot have
 * come before; nor so much that its bits have no 64-bit count.
 */
enum vm_native_result native_digest_set_initial(struct vm *vm,
                                                const struct vm_call *call)
{
    struct native_range value, length;
    struct job job;
    uint64_t count = 0;
    enum err e = ERR_RANGE;

    if (!open(vm, call, &job) ||
        !native_arrays(vm, call, call->cells[1], call->cells[4]) ||
        !native_piece(vm, call, 1, &value) ||
        !native_piece(vm, call, 4, &length))
        return VM_NATIVE_THREW;
    if (length.n <= LENGTH_MAX && count_of(native_span(&length), &count) &&
        count != 0 && count >> 61 == 0)
        e = job.crypto->hash->resume(job.crypto->ctx, job.digest,
                                     job.engine.state, native_span(&value),
                                     count);
    return e == ERR_OK ? VM_NATIVE_DONE : native_crypto_failed(vm, e);
}

enum vm_native_result native_digest_has_intermediate(struct vm *vm,
                                                     const struct vm_call *call)
{
    enum crypto_digest digest = CRYPTO_SHA1;

    return native_done_short(
        vm, native_digest_of(native_crypto(vm), native_byte(call, 0), &digest));
}

/* The digest of all that came, which goes on growing: a copy of the state is
 * ended.  Nothing comes to a OneShot before it ends. */
enum vm_native_result native_digest_intermediate(struct vm *vm,
                                                 const struct vm_call *call)
{
    uint8_t state[CRYPTO_HASH_STATE_MAX] __attribute__((aligned(8)));
    struct native_range out;
    struct job job;
    bool written = false;

    if (!open(vm, call, &job))
        return VM_NATIVE_THREW;
    if (job.once)
        return native_throw_crypto(vm, CRYPTO_ILLEGAL_USE);
    if (!native_target(vm, call, call->cells[1], native_short(call, 2),
                       (int32_t)crypto_digest_size(job.digest), &out))
        return VM_NATIVE_THREW;
    memcpy(state, job.engine.state, job.engine.state_size);
    job.engine.state = state;
    written = finish(vm, &job, &out);
    wipe(state, sizeof state);
    return written ? native_done_short(vm, (int32_t)out.n) : VM_NATIVE_THREW;
}
