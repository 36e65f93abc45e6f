/*
 * javacard.security.RandomData and its OneShot.  ALG_PRESEEDED_DRBG is an
 * HMAC_DRBG with SHA-256 of its own: the port seeds it before its first byte,
 * unless the applet has, and then its seeds alone decide the sequence.  All
 * other algorithms are the port's source, which a seed goes into and never
 * replaces.  [JCAPI RandomData, NIST SP 800-90A]
 */
#include "natives/natives.h"

#include "base/ct.h"
#include "crypto/drbg.h"
#include "natives/engine.h"

enum {
    ALG_PSEUDO_RANDOM = 1,
    ALG_PRESEEDED_DRBG = 4,
    ALG_KEYGENERATION = 6,
    OWN_SEED = 48, /* entropy and nonce of a generator of 256 bits */
};

static bool choose(struct vm *vm, int16_t algorithm, uint32_t *size)
{
    *size = algorithm == ALG_PRESEEDED_DRBG ? sizeof(struct crypto_drbg) : 0;
    if (algorithm >= ALG_PSEUDO_RANDOM && algorithm <= ALG_KEYGENERATION)
        return true;
    (void)native_no_algorithm(vm, "RandomData", &algorithm, 1);
    return false;
}

static enum vm_native_result answer(struct vm *vm, ref_t object)
{
    return object != 0 ? native_done_ref(vm, object) : VM_NATIVE_THREW;
}

/* Of getInstance(byte) and getInstance(byte, boolean): a generator has no
 * memory that ends with a selection, so that others may always use it. */
enum vm_native_result native_random_instance(struct vm *vm,
                                             const struct vm_call *call)
{
    const int8_t algorithm = native_byte(call, 0);
    uint32_t size = 0;

    if (!choose(vm, algorithm, &size))
        return VM_NATIVE_THREW;
    return answer(vm, native_engine_new(vm, call,
                                        "javacard/security/RandomData$Card",
                                        (uint16_t)algorithm, size));
}

enum vm_native_result native_random_open(struct vm *vm,
                                         const struct vm_call *call)
{
    const int8_t algorithm = native_byte(call, 0);
    uint32_t size = 0;

    if (!choose(vm, algorithm, &size))
        return VM_NATIVE_THREW;
    return answer(vm, native_engine_open_once(vm, call, JCRE_ONESHOT_RANDOM,
                                              (uint16_t)algorithm, size));
}

enum vm_native_result native_random_algorithm(struct vm *vm,
                                              const struct vm_call *call)
{
    struct engine engine;

    return native_engine_open(vm, call, &engine)
               ? native_done_short(vm, engine.algorithm)
               : VM_NATIVE_THREW;
}

/* The generator that an engine has for itself; NULL: it has none. */
static struct crypto_drbg *own(const struct engine *engine)
{
    return engine->state_size == sizeof(struct crypto_drbg)
               ? (struct crypto_drbg *)(void *)engine->state
               : NULL;
}

static enum err seed_own(const struct crypto_port *crypto,
                         struct crypto_drbg *drbg)
{
    uint8_t seed[OWN_SEED];
    enum err e = crypto->random(crypto->ctx, seed, sizeof seed);

    if (e == ERR_OK)
        e = crypto_drbg_seed(crypto, drbg, span_of(seed, sizeof seed));
    wipe(seed, sizeof seed);
    return e;
}

static enum err draw(const struct crypto_port *crypto,
                     const struct engine *engine, uint8_t *out, uint32_t n)
{
    struct crypto_drbg *drbg = own(engine);
    enum err e = ERR_OK;

    if (drbg == NULL)
        return crypto->random(crypto->ctx, out, n);
    if (drbg->seeded == 0)
        e = seed_own(crypto, drbg);
    return e == ERR_OK ? crypto_drbg_bytes(crypto, drbg, out, n) : e;
}

/*
 * Volatile arrays are filled in place, others by way of the scratch memory,
 * which takes a whole request: a sequence must not depend on where it goes.
 * False: thrown.
 */
static bool fill(struct vm *vm, const struct engine *engine,
                 const struct native_range *r)
{
    const struct crypto_port *crypto = native_crypto(vm);
    const struct card_port *port = jcre_port(jcre_of(vm));
    uint8_t *to = r->v.ram != NULL ? r->v.ram + r->at : port->scratch;
    enum err e = r->v.ram != NULL || r->n <= port->scratch_size
                     ? draw(crypto, engine, to, r->n)
                     : ERR_MEMORY;
    bool written = r->v.ram != NULL;

    if (e == ERR_OK && !written) {
        written = native_write(vm, r->ref, r->at, to, r->n, HEAP_RAW);
        wipe(to, r->n);
        return written;
    }
    if (e != ERR_OK)
        (void)native_crypto_failed(vm, e);
    return e == ERR_OK;
}

/* Fills what the arguments name.  False: thrown. */
static bool fill_target(struct vm *vm, const struct vm_call *call,
                        struct native_range *r)
{
    struct engine engine;

    if (!native_engine_open(vm, call, &engine) ||
        !native_target(vm, call, call->cells[1], native_short(call, 2),
                       native_short(call, 3), r))
        return false;
    if (r->n == 0)
        return native_refuse(vm, CRYPTO_ILLEGAL_VALUE);
    return fill(vm, &engine, r);
}

enum vm_native_result native_random_generate(struct vm *vm,
                                             const struct vm_call *call)
{
    struct native_range r;

    return fill_target(vm, call, &r) ? VM_NATIVE_DONE : VM_NATIVE_THREW;
}

enum vm_native_result native_random_next(struct vm *vm,
                                         const struct vm_call *call)
{
    struct native_range r;

    return fill_target(vm, call, &r)
               ? native_done_short(vm, (int32_t)(r.at + r.n))
               : VM_NATIVE_THREW;
}

/* No byte is no seed: a generator is not begun with it. */
enum vm_native_result native_random_seed(struct vm *vm,
                                         const struct vm_call *call)
{
    const struct crypto_port *crypto = native_crypto(vm);
    struct native_range r;
    struct engine engine;
    enum err e = ERR_OK;

    if (!native_engine_open(vm, call, &engine) ||
        !native_piece(vm, call, 1, &r))
        return VM_NATIVE_THREW;
    if (r.n == 0)
        return VM_NATIVE_DONE;
    if (own(&engine) != NULL)
        e = crypto_drbg_seed(crypto, own(&engine), native_span(&r));
    else if (crypto->stir != NULL)
        e = crypto->stir(crypto->ctx, native_span(&r));
    return e == ERR_OK ? VM_NATIVE_DONE : native_crypto_failed(vm, e);
}
