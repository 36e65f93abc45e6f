/*
 * javacardx.security.derivation.DerivationFunction and its OneShot.  What a
 * specification says is asked of it in init(), method by method, and copied:
 * into the volatile state, from which bytes are taken, and into a record that
 * a reset leaves, so that the function is then what init() made of it.
 *
 *   +----------+-----+-----+---------+-----------+--------------+---------
 *   | u1 valid | kdf | prf | counter | u2 length | u2 3 lengths | parts ..
 *   +----------+-----+-----+---------+-----------+--------------+---------
 *
 * Oracle's pages tell neither the unit of getCounterLength() nor where the
 * numbers of getAlgorithm() come from, so both readings are taken, which never
 * meet: 1..4 are bytes and 8..32 bits; MessageDigest.ALG_* or Signature.ALG_*.
 */
#include "natives/natives.h"

#include <string.h>

#include "base/ct.h"
#include "crypto/derive.h"
#include "natives/cells.h"
#include "natives/digest.h"
#include "natives/engine.h"
#include "natives/keys.h"

#define PACKAGE "javacardx/security/derivation/"

enum {
    GETTERS_MAX = 6,
    HEAD = 12, /* bytes of a record before its parts */
    BITS = 8,
    SECRET_MIN = 1,
    PREFIX_TLS13 = 1,
    PREFIX_DTLS13 = 2,
    LABEL_MAX = 255,
};

/* What a method of a specification gives. */
enum getter {
    NOTHING,
    ALGORITHM,
    LENGTH,
    COUNTER,
    SECRET,     /* byte[] */
    SECRET_KEY, /* SecretKey */
    DATA,
    MORE,
    PREFIX,
    LABEL,
    CONTEXT,
};

/* A function: its specification, and the methods in the order of asking. */
static const struct kind {
    uint8_t kdf;
    uint8_t prf; /* where no method gives it */
    const char *specification;
    struct {
        uint8_t what;
        uint8_t token;
    } getters[GETTERS_MAX];
} kinds[] = {
    {CRYPTO_KDF_NONE, 0, NULL, {{NOTHING, 0}}},
    {CRYPTO_KDF_COUNTER,
     0,
     PACKAGE "KDFCounterModeSpec",
     {{ALGORITHM, 0},
      {LENGTH, 4},
      {COUNTER, 5},
      {SECRET_KEY, 1},
      {DATA, 2},
      {MORE, 3}}},
    {CRYPTO_KDF_PIPELINE,
     0,
     PACKAGE "KDFDoublePipelineIterationModeSpec",
     {{ALGORITHM, 0}, {LENGTH, 3}, {COUNTER, 4}, {SECRET_KEY, 1}, {DATA, 2}}},
    {CRYPTO_KDF_FEEDBACK,
     0,
     PACKAGE "KDFFeedbackModeSpec",
     {{ALGORITHM, 0},
      {LENGTH, 4},
      {COUNTER, 5},
      {SECRET_KEY, 1},
      {DATA, 2},
      {MORE, 3}}},
    {CRYPTO_KDF_TLS11,
     CRYPTO_SHA1,
     PACKAGE "TLSPseudoRandomFunctionSpec",
     {{SECRET_KEY, 0}, {DATA, 1}}},
    {CRYPTO_KDF_TLS12,
     CRYPTO_SHA256,
     PACKAGE "TLSPseudoRandomFunctionSpec",
     {{SECRET_KEY, 0}, {DATA, 1}}},
    {CRYPTO_KDF_IEEE1363,
     0,
     PACKAGE "KDFIeee1363Spec",
     {{ALGORITHM, 0}, {SECRET, 1}, {DATA, 2}}},
    {CRYPTO_KDF_ICAO,
     0,
     PACKAGE "KDFIcaoMrtdSpec",
     {{ALGORITHM, 0}, {SECRET, 1}, {DATA, 2}}},
    {CRYPTO_KDF_X963,
     0,
     PACKAGE "KDFAnsiX963Spec",
     {{ALGORITHM, 0}, {LENGTH, 3}, {SECRET, 1}, {DATA, 2}}},
    {CRYPTO_KDF_HKDF,
     0,
     PACKAGE "KDFHmacSpec",
     {{ALGORITHM, 0}, {LENGTH, 4}, {SECRET, 1}, {DATA, 2}, {MORE, 3}}},
    {CRYPTO_KDF_EXPAND,
     0,
     PACKAGE "TLSKDFExpandLabelSpec",
     {{ALGORITHM, 0},
      {LENGTH, 5},
      {PREFIX, 2},
      {SECRET, 1},
      {LABEL, 3},
      {CONTEXT, 4}}},
};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

/* The state of an engine. */
struct work {
    struct crypto_derive derive;
    uint8_t step;   /* of init(): getters that were asked */
    uint8_t busy;   /* init() asks */
    uint8_t prefix; /* LABEL_PREFIX_* */
};

/* One call of a method. */
struct job {
    struct engine engine;
    struct work *work;
    const struct kind *kind;
};

/* ---- making ---- */

static bool choose(struct vm *vm, int16_t algorithm)
{
    if (algorithm > 0 && algorithm < KINDS && native_crypto(vm)->hash != NULL)
        return true;
    (void)native_no_algorithm(vm, "DerivationFunction", &algorithm, 1);
    return false;
}

/* The record of an engine that is to outlive a reset.  False: thrown. */
static bool add_record(struct vm *vm, const struct vm_call *call, ref_t object)
{
    struct heap_header hd = {.kind = HEAP_BLOB};
    ref_t record = 0;

    hd.context = call->caller_context;
    hd.owner = vm_owner(vm);
    hd.length = HEAD + CRYPTO_DERIVE_ROOM;
    enum err e = heap_new(vm_heap(vm), &hd, &record);
    if (e == ERR_OK)
        e = native_set_cell(vm, object, CELL_ENGINE_KEY, record, HEAP_ATOMIC);
    if (e != ERR_OK)
        (void)vm_throw_err(vm, e);
    return e == ERR_OK;
}

enum vm_native_result native_derivation_instance(struct vm *vm,
                                                 const struct vm_call *call)
{
    const int16_t algorithm = native_short(call, 0);
    ref_t object = 0;

    if (!choose(vm, algorithm))
        return VM_NATIVE_THREW;
    object = native_engine_new(vm, call, PACKAGE "DerivationFunction$Card",
                               (uint16_t)algorithm, sizeof(struct work));
    return object != 0 && add_record(vm, call, object)
               ? native_done_ref(vm, object)
               : VM_NATIVE_THREW;
}

enum vm_native_result native_derivation_open(struct vm *vm,
                                             const struct vm_call *call)
{
    const int16_t algorithm = native_byte(call, 0);
    ref_t object = 0;

    if (!choose(vm, algorithm))
        return VM_NATIVE_THREW;
    object = native_engine_open_once(vm, call, JCRE_ONESHOT_DERIVATION,
                                     (uint16_t)algorithm, sizeof(struct work));
    return object != 0 ? native_done_ref(vm, object) : VM_NATIVE_THREW;
}

/* `this`.  False: thrown. */
static bool open(struct vm *vm, const struct vm_call *call, struct job *job)
{
    if (!native_engine_open(vm, call, &job->engine))
        return false;
    if (job->engine.state_size == sizeof(struct work) &&
        job->engine.algorithm < KINDS) {
        job->work = (struct work *)(void *)job->engine.state;
        job->kind = &kinds[job->engine.algorithm];
        return true;
    }
    return native_refuse(vm, CRYPTO_INVALID_INIT);
}

enum vm_native_result native_derivation_algorithm(struct vm *vm,
                                                  const struct vm_call *call)
{
    struct job job;

    return open(vm, call, &job) ? native_done_short(vm, job.engine.algorithm)
                                : VM_NATIVE_THREW;
}

/* ---- the record ---- */

static uint32_t pack(const struct crypto_derive *d, uint8_t *out)
{
    uint32_t n = HEAD;

    out[0] = 1;
    out[1] = d->kdf;
    out[2] = d->prf;
    out[3] = d->counter;
    set_u2(out + 4, d->length);
    for (unsigned i = 0; i < CRYPTO_DERIVE_PARTS; i++) {
        set_u2(out + 6 + 2 * i, d->n[i]);
        n += d->n[i];
    }
    memcpy(out + HEAD, d->bytes, n - HEAD);
    return n;
}

static bool write_record(struct vm *vm, ref_t record, const uint8_t *bytes,
                         uint32_t n)
{
    const uint8_t no = 0;
    struct heap_view v;

    if (heap_get(vm_heap(vm), record, &v) && v.h.length >= n &&
        memcmp(v.p, bytes, n) == 0)
        return true;
    /* no transaction takes it back, and one that is torn is not valid */
    return native_write(vm, record, 0, &no, 1, HEAP_NOW) &&
           native_write(vm, record, 1, bytes + 1, n - 1, HEAP_RAW) &&
           native_write(vm, record, 0, bytes, 1, HEAP_NOW);
}

static bool save(struct vm *vm, const struct job *job)
{
    uint8_t bytes[HEAD + CRYPTO_DERIVE_ROOM];
    bool saved = true;

    if (job->engine.key != 0)
        saved = write_record(vm, job->engine.key, bytes,
                             pack(&job->work->derive, bytes));
    wipe(bytes, sizeof bytes);
    return saved;
}

/* What init() left before a reset; nothing when there is no such thing. */
static void load(struct vm *vm, const struct job *job)
{
    struct crypto_derive *d = &job->work->derive;
    struct heap_view v;
    uint32_t n = HEAD;

    if (!heap_get(vm_heap(vm), job->engine.key, &v) || v.h.length < HEAD ||
        v.p[0] != 1)
        return;
    for (unsigned i = 0; i < CRYPTO_DERIVE_PARTS; i++) {
        d->n[i] = get_u2(v.p + 6 + 2 * i);
        n += d->n[i];
    }
    if (n > v.h.length || n > HEAD + CRYPTO_DERIVE_ROOM) {
        native_engine_restart(&job->engine);
        return;
    }
    d->kdf = v.p[1];
    d->prf = v.p[2];
    d->counter = v.p[3];
    d->length = get_u2(v.p + 4);
    memcpy(d->bytes, v.p + HEAD, n - HEAD);
}

/* ---- init ---- */

/* A number of MessageDigest or of Signature. */
static bool set_algorithm(const struct crypto_port *crypto,
                          struct crypto_derive *d, int8_t number)
{
    static const struct {
        int8_t number;
        uint8_t prf;
    } codes[] = {
        {24, CRYPTO_SHA1},        {25, CRYPTO_SHA256}, {26, CRYPTO_SHA384},
        {27, CRYPTO_SHA512},      {28, CRYPTO_MD5},    {29, CRYPTO_RIPEMD160},
        {49, CRYPTO_DERIVE_CMAC},
    };
    enum crypto_digest digest = CRYPTO_SHA1;

    if (native_digest_of(crypto, number, &digest)) {
        d->prf = (uint8_t)digest;
        return true;
    }
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (codes[i].number == number) {
            d->prf = codes[i].prf;
            return true;
        }
    }
    return false;
}

static bool set_counter(struct crypto_derive *d, int16_t n)
{
    d->counter = (uint8_t)(n >= BITS && n % BITS == 0 ? n / BITS : n);
    return n >= 0 && d->counter <= 4 && (n <= 4 || n <= 4 * BITS);
}

static bool set_number(const struct crypto_port *crypto, struct work *w,
                       enum getter what, int16_t value)
{
    switch (what) {
    case ALGORITHM:
        return set_algorithm(crypto, &w->derive, (int8_t)value);
    case LENGTH:
        w->derive.length = (uint16_t)value;
        return value > 0;
    case COUNTER:
        return set_counter(&w->derive, value);
    default:
        w->prefix = (uint8_t)value;
        return value == PREFIX_TLS13 || value == PREFIX_DTLS13;
    }
}

/* HkdfLabel: length, prefix and label. [RFC 8446 7.1, RFC 9147 5.9] */
static enum err put_label(struct work *w, struct span label)
{
    const bool tls = w->prefix == PREFIX_TLS13;
    const struct span prefix =
        span_of((const uint8_t *)(tls ? "tls13 " : "dtls13"), 6);
    uint8_t head[3];
    enum err e = ERR_RANGE;

    if (label.n > LABEL_MAX - prefix.n)
        return e;
    set_u2(head, w->derive.length);
    head[2] = (uint8_t)(prefix.n + label.n);
    e = crypto_derive_part(&w->derive, CRYPTO_DERIVE_DATA,
                           span_of(head, sizeof head));
    if (e == ERR_OK)
        e = crypto_derive_part(&w->derive, CRYPTO_DERIVE_DATA, prefix);
    return e == ERR_OK
               ? crypto_derive_part(&w->derive, CRYPTO_DERIVE_DATA, label)
               : e;
}

static enum err put_context(struct work *w, struct span context)
{
    const uint8_t n = (uint8_t)context.n;
    enum err e = ERR_RANGE;

    if (context.n > UINT8_MAX)
        return e;
    e = crypto_derive_part(&w->derive, CRYPTO_DERIVE_DATA, span_of(&n, 1));
    return e == ERR_OK
               ? crypto_derive_part(&w->derive, CRYPTO_DERIVE_DATA, context)
               : e;
}

static enum err put_bytes(struct work *w, enum getter what, struct span bytes)
{
    switch (what) {
    case SECRET:
    case SECRET_KEY:
        return bytes.n < SECRET_MIN
                   ? ERR_RANGE
                   : crypto_derive_part(&w->derive, CRYPTO_DERIVE_SECRET,
                                        bytes);
    case LABEL:
        return put_label(w, bytes);
    case CONTEXT:
        return put_context(w, bytes);
    case MORE:
        return crypto_derive_part(&w->derive, CRYPTO_DERIVE_MORE, bytes);
    default:
        return crypto_derive_part(&w->derive, CRYPTO_DERIVE_DATA, bytes);
    }
}

static bool is_secret(const struct key *key)
{
    return key->family == KEY_DES || key->family == KEY_AES ||
           key->family == KEY_HMAC || key->family == KEY_KOREAN_SEED ||
           key->family == KEY_GENERIC_SECRET || key->family == KEY_SM4;
}

/* The value of a secret key.  False: thrown. */
static bool key_value(struct vm *vm, const struct vm_call *call, ref_t ref,
                      struct span *value)
{
    struct key key;

    if (!native_key_open(vm, call, ref, &key))
        return false;
    if (!is_secret(&key))
        (void)native_throw_crypto(vm, CRYPTO_ILLEGAL_VALUE);
    else if (!native_key_part(vm, &key, KEY_VALUE, value))
        (void)native_throw_crypto(vm, CRYPTO_UNINITIALIZED_KEY);
    else
        return true;
    return false;
}

/* All of an array; null is an empty one.  False: thrown. */
static bool whole_array(struct vm *vm, const struct vm_call *call, ref_t ref,
                        struct span *bytes)
{
    struct native_range r;
    struct heap_view v;

    *bytes = span_of(NULL, 0);
    if (ref == 0)
        return true;
    if (!heap_get(vm_heap(vm), ref, &v) || v.h.length > INT16_MAX) {
        (void)native_throw_null(vm);
        return false;
    }
    if (!native_bytes(vm, call, ref, 0, (int32_t)v.h.length, &r))
        return false;
    *bytes = native_span(&r);
    return true;
}

/* What a method has answered goes into the state.  False: thrown. */
static bool take(struct vm *vm, const struct vm_call *call,
                 const struct job *job, enum getter what, uint16_t value)
{
    struct span bytes = {NULL, 0};
    enum err e = ERR_RANGE;

    if (what == ALGORITHM || what == LENGTH || what == COUNTER ||
        what == PREFIX) {
        if (set_number(native_crypto(vm), job->work, what, (int16_t)value))
            return true;
    } else {
        if (what == SECRET_KEY ? !key_value(vm, call, value, &bytes)
                               : !whole_array(vm, call, value, &bytes))
            return false;
        e = put_bytes(job->work, what, bytes);
    }
    if (e != ERR_OK)
        (void)native_crypto_failed(vm, e);
    return e == ERR_OK;
}

static vm_continuation with_answer;

/* Asks the next method, or ends. */
static enum vm_native_result go_on(struct vm *vm, const struct vm_call *call,
                                   const struct job *job)
{
    struct crypto_derive *d = &job->work->derive;
    const unsigned step = job->work->step;
    enum err e = ERR_OK;

    if (step < GETTERS_MAX && job->kind->getters[step].what != NOTHING)
        return vm_native_call_interface(
            vm, call->cells[1], vm_api_class(job->kind->specification),
            job->kind->getters[step].token, NULL, 0, with_answer);
    if (d->kdf == CRYPTO_KDF_IEEE1363 || d->kdf == CRYPTO_KDF_ICAO)
        d->length = (uint16_t)crypto_digest_size((enum crypto_digest)d->prf);
    e = crypto_derive_begin(native_crypto(vm), d);
    if (e != ERR_OK)
        return native_crypto_failed(vm, e);
    job->work->busy = 0;
    return save(vm, job) ? VM_NATIVE_DONE : VM_NATIVE_THREW;
}

/* After a failure the function is what it was, or what nobody initialised. */
static enum vm_native_result give_up(const struct job *job)
{
    native_engine_restart(&job->engine);
    return VM_NATIVE_THREW;
}

static enum vm_native_result with_answer(struct vm *vm, bool threw,
                                         uint16_t value)
{
    const struct vm_call call = vm_native_again(vm);
    struct job job;

    if (threw)
        return open(vm, &call, &job) ? (void)give_up(&job),
               vm_throw_again(vm)    : VM_NATIVE_THREW;
    if (!open(vm, &call, &job))
        return VM_NATIVE_THREW;
    if (!job.work->busy) /* the specification has called init() itself */
        return native_throw_crypto(vm, CRYPTO_ILLEGAL_USE);
    const enum getter what =
        (enum getter)job.kind->getters[job.work->step].what;
    if (!take(vm, &call, &job, what, value))
        return give_up(&job);
    job.work->step++;
    const enum vm_native_result r = go_on(vm, &call, &job);
    return r == VM_NATIVE_THREW ? give_up(&job) : r;
}

enum vm_native_result native_derivation_init(struct vm *vm,
                                             const struct vm_call *call)
{
    struct job job;

    if (!open(vm, call, &job) || !native_object(vm, call, call->cells[1]))
        return VM_NATIVE_THREW;
    if (!vm_instance_of(vm, call->cells[1],
                        vm_api_class(job.kind->specification)))
        return native_throw_crypto(vm, CRYPTO_ILLEGAL_VALUE);
    native_engine_restart(&job.engine);
    job.work->derive.kdf = job.kind->kdf;
    job.work->derive.prf = job.kind->prf;
    job.work->busy = 1;
    return go_on(vm, call, &job);
}

/* ---- bytes ---- */

/* `this`, and that it was initialised.  False: thrown. */
static bool open_ready(struct vm *vm, const struct vm_call *call,
                       struct job *job)
{
    if (!open(vm, call, job))
        return false;
    if (job->work->derive.kdf == CRYPTO_KDF_NONE)
        load(vm, job);
    if (job->work->derive.kdf != CRYPTO_KDF_NONE && !job->work->busy)
        return true;
    return native_refuse(vm, CRYPTO_INVALID_INIT);
}

/* The next n bytes, in the scratch memory; NULL: thrown. */
static uint8_t *derive(struct vm *vm, const struct job *job, uint32_t n)
{
    const struct card_port *port = jcre_port(jcre_of(vm));
    enum err e = ERR_MEMORY;

    if (n <= port->scratch_size)
        e = crypto_derive_bytes(port->crypto, &job->work->derive, port->scratch,
                                n);
    if (e == ERR_STATE)
        (void)native_throw_crypto(vm, CRYPTO_ILLEGAL_USE);
    else if (e != ERR_OK)
        (void)native_crypto_failed(vm, e);
    return e == ERR_OK ? port->scratch : NULL;
}

static enum vm_native_result bytes(struct vm *vm, const struct vm_call *call,
                                   bool last)
{
    struct native_range out;
    struct job job;
    uint8_t *derived = NULL;
    bool written = false;

    if (!native_target(vm, call, call->cells[1], native_short(call, 2),
                       native_short(call, 3), &out) ||
        !open_ready(vm, call, &job))
        return VM_NATIVE_THREW;
    derived = derive(vm, &job, out.n);
    if (derived == NULL)
        return VM_NATIVE_THREW;
    if (last)
        crypto_derive_rewind(&job.work->derive);
    written = native_write(vm, out.ref, out.at, derived, out.n, HEAP_RAW);
    wipe(derived, out.n);
    return written ? native_done_short(vm, (int32_t)out.n) : VM_NATIVE_THREW;
}

/* As long as the key is. */
static enum vm_native_result key_bytes(struct vm *vm,
                                       const struct vm_call *call, bool last)
{
    struct job job;
    struct key key;
    uint8_t *derived = NULL;
    bool put = false;

    if (!open_ready(vm, call, &job) ||
        !native_key_open(vm, call, call->cells[1], &key))
        return VM_NATIVE_THREW;
    if (!is_secret(&key))
        return native_throw_crypto(vm, CRYPTO_ILLEGAL_VALUE);
    /* the sizes of HMAC keys are bytes */
    const uint16_t room = native_key_room(&key, KEY_VALUE);
    const uint16_t n =
        key.family == KEY_HMAC && key.size < room ? key.size : room;
    derived = derive(vm, &job, n);
    if (derived == NULL)
        return VM_NATIVE_THREW;
    if (last)
        crypto_derive_rewind(&job.work->derive);
    put = native_key_put(vm, &key, KEY_VALUE, span_of(derived, n));
    wipe(derived, n);
    return put ? native_done_short(vm, n) : VM_NATIVE_THREW;
}

enum vm_native_result native_derivation_next(struct vm *vm,
                                             const struct vm_call *call)
{
    return bytes(vm, call, false);
}

enum vm_native_result native_derivation_last(struct vm *vm,
                                             const struct vm_call *call)
{
    return bytes(vm, call, true);
}

enum vm_native_result native_derivation_next_key(struct vm *vm,
                                                 const struct vm_call *call)
{
    return key_bytes(vm, call, false);
}

enum vm_native_result native_derivation_last_key(struct vm *vm,
                                                 const struct vm_call *call)
{
    return key_bytes(vm, call, true);
}
