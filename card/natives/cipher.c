/*
 * javacardx.crypto.Cipher: its arguments, and the order of its checks.  What
 * algorithms do with bytes stands in the families.
 */
#include "natives/cipher.h"

#include <string.h>

#include "base/ct.h"
#include "natives/cells.h"
#include "natives/natives.h"

enum { ROW_BITS = 8, ROW_MASK = 0xFF };

static const struct cipher_family *const families[] = {
    &native_cipher_symmetric,
    &native_cipher_aead,
    &native_cipher_rsa,
    &native_cipher_sm2,
};

enum { FAMILIES = sizeof families / sizeof families[0] };

const struct cipher_algorithm *native_cipher_row(uint16_t number)
{
    const unsigned family = number >> ROW_BITS;
    const unsigned row = number & ROW_MASK;

    return family < FAMILIES && row < families[family]->count
               ? &families[family]->rows[row]
               : NULL;
}

/* ---- making ---- */

/* The first row with these parts, or with this number; false: none has. */
static bool find(int8_t number, const uint8_t *parts, uint16_t *found)
{
    for (unsigned f = 0; f < FAMILIES; f++) {
        for (unsigned r = 0; r < families[f]->count; r++) {
            const struct cipher_algorithm *row = &families[f]->rows[r];
            if (parts == NULL
                    ? row->number == number
                    : row->cipher == parts[0] && row->padding == parts[1]) {
                *found = (uint16_t)(f << ROW_BITS | r);
                return true;
            }
        }
    }
    return false;
}

static enum vm_native_result make(struct vm *vm, const struct vm_call *call,
                                  uint16_t number)
{
    const struct cipher_algorithm *row = native_cipher_row(number);
    const char *name = row->class_name != NULL ? row->class_name
                                               : "javacardx/crypto/Cipher$Card";
    const ref_t cipher =
        native_engine_new(vm, call, name, number, row->state_size);

    return cipher != 0 ? native_done_ref(vm, cipher) : VM_NATIVE_THREW;
}

/* All that an engine has is there for others, too: no state is lost when an
 * applet is deselected. */
enum vm_native_result native_cipher_instance(struct vm *vm,
                                             const struct vm_call *call)
{
    const int16_t asked = native_byte(call, 0);
    uint16_t number = 0;

    if (asked == 0 || !find((int8_t)asked, NULL, &number))
        return native_no_algorithm(vm, "Cipher.getInstance", &asked, 1);
    return make(vm, call, number);
}

enum vm_native_result native_cipher_instance_of(struct vm *vm,
                                                const struct vm_call *call)
{
    const int16_t asked[] = {native_byte(call, 0), native_byte(call, 1)};
    const uint8_t parts[] = {(uint8_t)asked[0], (uint8_t)asked[1]};
    uint16_t number = 0;

    if (!find(0, parts, &number))
        return native_no_algorithm(vm, "Cipher.getInstance", asked, 2);
    return make(vm, call, number);
}

/* A tag has no place in a OneShot: AEAD is not to be had once. */
enum vm_native_result native_cipher_once(struct vm *vm,
                                         const struct vm_call *call)
{
    const int16_t asked[] = {native_byte(call, 0), native_byte(call, 1)};
    const uint8_t parts[] = {(uint8_t)asked[0], (uint8_t)asked[1]};
    uint16_t number = 0;

    if (!find(0, parts, &number) ||
        native_cipher_row(number)->class_name != NULL)
        return native_no_algorithm(vm, "Cipher.OneShot.open", asked, 2);
    const ref_t cipher =
        native_engine_open_once(vm, call, JCRE_ONESHOT_CIPHER, number,
                                native_cipher_row(number)->state_size);
    return cipher != 0 ? native_done_ref(vm, cipher) : VM_NATIVE_THREW;
}

/* ---- looking ---- */

/* The engine, initialised or not.  False: thrown. */
static bool open_row(struct vm *vm, const struct vm_call *call,
                     struct cipher_job *job)
{
    if (!native_engine_open(vm, call, &job->engine))
        return false;
    job->vm = vm;
    job->call = call;
    job->algorithm = native_cipher_row(job->engine.algorithm);
    if (job->algorithm != NULL &&
        job->engine.state_size == job->algorithm->state_size)
        return true;
    return native_refuse(vm, CRYPTO_INVALID_INIT);
}

static bool is_ready(struct vm *vm, const struct key *key)
{
    if (native_key_is_ready(vm, key))
        return true;
    return native_refuse(vm, CRYPTO_UNINITIALIZED_KEY);
}

bool native_cipher_open(struct vm *vm, const struct vm_call *call,
                        struct cipher_job *job)
{
    if (!open_row(vm, call, job))
        return false;
    if (native_is_null(vm, job->engine.key))
        return native_refuse(vm, CRYPTO_INVALID_INIT);
    return native_key_open(vm, call, job->engine.key, &job->key) &&
           is_ready(vm, &job->key);
}

/* The row of `this`; NULL: thrown. */
static const struct cipher_algorithm *row_of_this(struct vm *vm,
                                                  const struct vm_call *call)
{
    struct cipher_job job;

    return open_row(vm, call, &job) ? job.algorithm : NULL;
}

enum vm_native_result native_cipher_algorithm(struct vm *vm,
                                              const struct vm_call *call)
{
    const struct cipher_algorithm *row = row_of_this(vm, call);

    return row != NULL ? native_done_short(vm, row->number) : VM_NATIVE_THREW;
}

enum vm_native_result native_cipher_cipher(struct vm *vm,
                                           const struct vm_call *call)
{
    const struct cipher_algorithm *row = row_of_this(vm, call);

    return row != NULL ? native_done_short(vm, (int8_t)row->cipher)
                       : VM_NATIVE_THREW;
}

enum vm_native_result native_cipher_padding(struct vm *vm,
                                            const struct vm_call *call)
{
    const struct cipher_algorithm *row = row_of_this(vm, call);

    return row != NULL ? native_done_short(vm, (int8_t)row->padding)
                       : VM_NATIVE_THREW;
}

/* ---- initialising ---- */

static bool is_mode(struct vm *vm, uint16_t mode)
{
    if (mode == CIPHER_MODE_DECRYPT || mode == CIPHER_MODE_ENCRYPT)
        return true;
    return native_refuse(vm, CRYPTO_ILLEGAL_VALUE);
}

/* The row's own, or the rule for rows that have none. */
static bool init_row(const struct cipher_job *job, cipher_init *init,
                     struct span parameters)
{
    if (init == NULL)
        init = job->algorithm->operations->init;
    if (init != NULL)
        return init(job, parameters);
    if (parameters.p == NULL)
        return true;
    return native_refuse(job->vm, CRYPTO_ILLEGAL_VALUE);
}

/* The new state comes into being beside the old one, which stays if anything
 * is wrong. */
static bool init_engine(struct cipher_job *job, ref_t key, cipher_init *init,
                        struct span parameters)
{
    uint64_t room[CIPHER_STATE_MAX / sizeof(uint64_t)];
    uint8_t *const state = job->engine.state;
    const uint16_t mode = job->engine.mode;
    const uint32_t n = job->engine.state_size;

    if (n > sizeof room)
        return false;
    memset(room, 0, n);
    job->engine.state = (uint8_t *)room;
    bool done = init_row(job, init, parameters);
    job->engine.state = state;
    done = done && native_engine_set(job->vm, &job->engine,
                                     job->engine.algorithm, key, mode);
    if (done && n != 0)
        memcpy(state, room, n);
    wipe(room, n);
    return done;
}

enum vm_native_result native_cipher_start(struct vm *vm,
                                          const struct vm_call *call,
                                          cipher_init *init,
                                          struct span parameters)
{
    const ref_t key = call->cells[1];
    struct cipher_job job;

    if (!open_row(vm, call, &job))
        return VM_NATIVE_THREW;
    job.engine.mode = (uint16_t)native_byte(call, 2);
    if (!is_mode(vm, job.engine.mode) ||
        !native_key_open(vm, call, key, &job.key) ||
        !job.algorithm->operations->serves(&job) || !is_ready(vm, &job.key) ||
        !init_engine(&job, key, init, parameters))
        return VM_NATIVE_THREW;
    return VM_NATIVE_DONE;
}

enum vm_native_result native_cipher_init(struct vm *vm,
                                         const struct vm_call *call)
{
    if (!native_object(vm, call, call->cells[1]))
        return VM_NATIVE_THREW;
    return native_cipher_start(vm, call, NULL, span_of(NULL, 0));
}

enum vm_native_result native_cipher_init_with(struct vm *vm,
                                              const struct vm_call *call)
{
    struct native_range r;

    if (!native_object(vm, call, call->cells[1]) ||
        !native_bytes(vm, call, call->cells[3], native_short(call, 4),
                      native_short(call, 5), &r))
        return VM_NATIVE_THREW;
    return native_cipher_start(vm, call, NULL, native_span(&r));
}

/* ---- running ---- */

/* The machine's working memory, if it is large enough for n bytes of input;
 * NULL: thrown. */
static uint8_t *room_for(struct vm *vm, size_t n)
{
    const struct card_port *port = jcre_port(jcre_of(vm));

    if (port->scratch_size >= n + CIPHER_GROWTH)
        return port->scratch;
    (void)native_throw_system(vm, SYSTEM_NO_RESOURCE);
    return NULL;
}

/* What takes the output; false: thrown. */
typedef bool taker(const struct cipher_job *job, const void *target,
                   struct span out);

static bool run_and_take(const struct cipher_job *job, struct span in,
                         bool last, uint8_t *out, taker *take,
                         const void *target)
{
    size_t n = 0;

    return job->algorithm->operations->run(job, in, last, out,
                                           in.n + CIPHER_GROWTH, &n) &&
           take(job, target, span_of(out, n));
}

/* Runs the row's operation; when anything goes wrong, nothing has changed. */
static bool run(const struct cipher_job *job, struct span in, bool last,
                uint8_t *out, taker *take, const void *target)
{
    uint64_t before[CIPHER_STATE_MAX / sizeof(uint64_t)];
    const uint32_t n = job->engine.state_size;

    if (n != 0)
        memcpy(before, job->engine.state, n);
    const bool done = run_and_take(job, in, last, out, take, target);
    if (!done && n != 0)
        memcpy(job->engine.state, before, n);
    if (done && last && !job->algorithm->keeps_state)
        native_engine_restart(&job->engine);
    wipe(before, n);
    return done;
}

static bool take_to_array(const struct cipher_job *job, const void *target,
                          struct span out)
{
    const struct native_range *to = target;

    if (out.n <= to->v.h.length - to->at)
        return native_write(job->vm, to->ref, to->at, out.p, (uint32_t)out.n,
                            HEAP_RAW) &&
               native_done_short(job->vm, (int32_t)out.n) == VM_NATIVE_DONE;
    (void)native_throw_bounds(job->vm);
    return false;
}

static enum vm_native_result process(struct vm *vm, const struct vm_call *call,
                                     bool last)
{
    struct native_range in, to;
    struct cipher_job job;

    if (!native_in_and_out(vm, call, 1, 0, &in, &to) ||
        !native_cipher_open(vm, call, &job))
        return VM_NATIVE_THREW;
    if (!last && in.n == 0)
        return native_done_short(vm, 0);
    uint8_t *const out = room_for(vm, in.n);
    if (out == NULL)
        return VM_NATIVE_THREW;
    const bool done =
        run(&job, native_span(&in), last, out, take_to_array, &to);
    wipe(out, in.n + CIPHER_GROWTH);
    return done ? VM_NATIVE_DONE : VM_NATIVE_THREW;
}

/* A OneShot has none, whoever calls it and whenever. */
enum vm_native_result native_cipher_update(struct vm *vm,
                                           const struct vm_call *call)
{
    uint8_t context = 0;

    return jcre_oneshot_is(jcre_of(vm), call->cells[0], &context)
               ? native_throw_crypto(vm, CRYPTO_ILLEGAL_USE)
               : process(vm, call, false);
}

enum vm_native_result native_cipher_final(struct vm *vm,
                                          const struct vm_call *call)
{
    return process(vm, call, true);
}

/* ---- for keys that are set enciphered ---- */

static bool is_card_cipher(const struct vm *vm, ref_t ref)
{
    return vm_is_named(vm_class_of(vm, ref), "javacardx/crypto/Cipher$Card");
}

/* A Cipher of the card's that deciphers; no heir of an applet's can be asked
 * in the middle of a setter. */
static bool open_deciphering(struct vm *vm, const struct vm_call *as,
                             struct cipher_job *job)
{
    if (!is_card_cipher(vm, as->cells[0]) || !native_cipher_open(vm, as, job) ||
        job->engine.mode != CIPHER_MODE_DECRYPT)
        return native_refuse(vm, CRYPTO_ILLEGAL_VALUE);
    return true;
}

static bool take_span(const struct cipher_job *job, const void *target,
                      struct span out)
{
    (void)job;
    **(struct span *const *)target = out;
    return true;
}

bool native_cipher_decipher(struct vm *vm, const struct vm_call *call,
                            ref_t cipher, struct span in, struct span *out)
{
    const struct vm_call as = {&cipher, 1, call->caller_context};
    struct cipher_job job;
    uint8_t *room = NULL;

    if (!open_deciphering(vm, &as, &job))
        return false;
    room = room_for(vm, in.n);
    if (room == NULL)
        return false;
    if (run(&job, in, true, room, take_span, &out))
        return true;
    return native_refuse(vm, CRYPTO_ILLEGAL_VALUE);
}

bool native_cipher_sealed(struct vm *vm, const struct vm_call *call,
                          ref_t cipher, size_t n, size_t *sealed)
{
    const struct vm_call as = {&cipher, 1, call->caller_context};
    struct cipher_job job;

    if (!open_deciphering(vm, &as, &job))
        return false;
    *sealed = job.algorithm->operations->sealed != NULL
                  ? job.algorithm->operations->sealed(&job, n)
                  : n;
    return true;
}
