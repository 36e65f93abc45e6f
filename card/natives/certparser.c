/*
 * CertificateParser.  A parser is an engine (engine.h) whose key is the one
 * that a handler gave for the certificate under way, and whose state is:
 *
 *   +-----------+---------+-------------+----------------------------
 *   | u2 serial | u1 mode | u2 fields   | a bit for each extension
 *   |           |         | to be kept  | to be kept
 *   +-----------+---------+-------------+----------------------------
 *
 *   start: verify, if asked to -> step 0 -> handler -> step 1 -> ... -> end
 *
 * Between two steps Java code runs: each parses the array anew, and a handler
 * that has called its parser again has taken the outer parse its state: the
 * serial tells, CERT_HANDLER_EXCEPTION.  Objects are made at the end, so what
 * is refused has used no memory.  The handler sees the key before the field
 * that it comes from, and no key of an algorithm that the card lacks.  [JCAPI
 * CertificateParser]
 */
#include "natives/cells.h"
#include "natives/cert.h"
#include "natives/engine.h"
#include "natives/natives.h"

#include <string.h>

#define PACKAGE "javacardx/security/cert/"
#define HANDLER PACKAGE "CertificateParser$ParserHandler"
#define KEY_HANDLER PACKAGE "CertificateParser$KeyHandler"
#define FIELD_HANDLER PACKAGE "X509Certificate$FieldHandler"
#define EXTENSION_HANDLER PACKAGE "X509Certificate$ExtensionHandler"

enum mode { MODE_PARSE, MODE_PARSE_VERIFIED, MODE_BUILD };

enum {
    STATE_SERIAL = 0,
    STATE_MODE = 2,
    STATE_FIELDS = 3,
    STATE_EXTENSIONS = 5,
    STATE_SIZE = STATE_EXTENSIONS + X509_EXTENSIONS_MAX / 8,
};

enum { THE_KEY = X509_FIELDS };

/* The steps before the extensions, as a certificate has them, and after. */
static const uint8_t head[] = {
    X509_VERSION,           X509_SERIAL_NUMBER,
    X509_TBS_SIGNATURE_ALG, X509_ISSUER,
    X509_NOT_BEFORE,        X509_NOT_AFTER,
    X509_SUBJECT,           THE_KEY,
    X509_PUBLIC_KEY_INFO,   X509_ISSUER_UID,
    X509_SUBJECT_UID,
};
static const uint8_t tail[] = {X509_TBS, X509_SIGNATURE_ALG, X509_SIGNATURE};

enum { HEAD = sizeof head, TAIL = sizeof tail };

/* A parse under way. */
struct parse {
    struct vm *vm;
    const struct vm_call *call;
    struct engine engine;
    struct native_range source;
    struct x509 x;
};

static bool open_state(struct vm *vm, const struct vm_call *call,
                       struct engine *engine)
{
    if (!native_engine_open(vm, call, engine))
        return false;
    if (engine->state_size == STATE_SIZE)
        return true;
    (void)native_throw_crypto(vm, CRYPTO_INVALID_INIT);
    return false;
}

static bool open_parse(struct vm *vm, const struct vm_call *call,
                       struct parse *p)
{
    p->vm = vm;
    p->call = call;
    return open_state(vm, call, &p->engine) &&
           native_cert_source(vm, call, &p->source, &p->x);
}

static bool handles(const struct parse *p, const char *interface)
{
    return vm_instance_of(p->vm, p->call->cells[4], vm_api_class(interface));
}

enum vm_native_result native_cert_parser(struct vm *vm,
                                         const struct vm_call *call)
{
    if (native_short(call, 0) != CERT_TYPE_X509_DER)
        return native_throw_cert(vm, CERT_INVALID_PARAM);
    const ref_t parser = native_engine_new(
        vm, call, PACKAGE "CertificateParser$Card", 0, STATE_SIZE);
    return parser != 0 ? native_done_ref(vm, parser) : VM_NATIVE_THREW;
}

/* ---- what a handler sees ---- */

static struct heap_window window_of(const struct parse *p, struct span part)
{
    const struct native_range *r = &p->source;

    return (struct heap_window){
        .base = r->ref,
        .kind = HEAP_BYTE_ARRAY,
        .rights = HEAP_READABLE,
        .context = p->call->caller_context,
        .owner = vm_owner(p->vm),
        .first = r->at + (uint32_t)(part.p - native_span(r).p),
        .length = (uint32_t)part.n,
    };
}

static bool new_view(const struct parse *p, const struct heap_window *w,
                     ref_t *out)
{
    if (jcre_new_view(jcre_of(p->vm), w, out) == ERR_OK)
        return true;
    (void)native_throw_system(p->vm, SYSTEM_NO_TRANSIENT_SPACE);
    return false;
}

/* Two at once: the second may drop the first, which nothing holds yet. */
static bool two_views(const struct parse *p, struct span one, struct span other,
                      ref_t *a, ref_t *b)
{
    const struct heap_window first = window_of(p, one);
    const struct heap_window second = window_of(p, other);

    if (!new_view(p, &first, a) || !new_view(p, &second, b))
        return false;
    if (!native_is_null(p->vm, *a) && *a != *b)
        return true;
    if (!new_view(p, &first, a))
        return false;
    if (!native_is_null(p->vm, *b) && *a != *b)
        return true;
    (void)native_throw_system(p->vm, SYSTEM_NO_TRANSIENT_SPACE);
    return false;
}

static enum vm_native_result ask(const struct parse *p, unsigned step,
                                 const char *interface, uint8_t token,
                                 const uint16_t *args, uint8_t count,
                                 vm_continuation *then)
{
    const uint32_t serial = get_u2(p->engine.state + STATE_SERIAL);

    vm_native_keep(p->vm, serial << 16 | step);
    return vm_native_call_own_interface(p->vm, p->call->cells[4],
                                        vm_api_class(interface), token, args,
                                        count, then);
}

static vm_continuation after_field;
static vm_continuation after_key;
static vm_continuation after_extension;

static enum vm_native_result ask_field(const struct parse *p, unsigned step,
                                       unsigned field)
{
    const struct heap_window w = window_of(p, p->x.fields[field]);
    ref_t view = 0;

    if (!new_view(p, &w, &view))
        return VM_NATIVE_THREW;
    const uint16_t args[] = {(uint16_t)(1u << field), view};
    return ask(p, step, FIELD_HANDLER,
               native_cert_token(FIELD_HANDLER, "onField", "(S[B)Z"), args, 2,
               after_field);
}

static enum vm_native_result ask_extension(const struct parse *p, unsigned step,
                                           unsigned which)
{
    const struct x509_extension one = x509_extension_at(&p->x, which);
    ref_t oid = 0;
    ref_t value = 0;

    if (!two_views(p, one.oid, one.value, &oid, &value))
        return VM_NATIVE_THREW;
    const uint16_t args[] = {oid, one.critical, value};
    return ask(p, step, EXTENSION_HANDLER,
               native_cert_token(EXTENSION_HANDLER, "onExtension", "([BZ[B)Z"),
               args, 3, after_extension);
}

/* The key, out of the heap; ERR_MEMORY: it is too long for that. */
static enum err read_key(const struct parse *p, struct x509_key *key)
{
    const struct card_port *port = jcre_port(jcre_of(p->vm));
    const struct span info = p->x.fields[X509_PUBLIC_KEY_INFO];

    if (info.n > port->scratch_size)
        return ERR_MEMORY;
    memcpy(port->scratch, info.p, info.n);
    return x509_key(port->crypto, span_of(port->scratch, info.n), key);
}

/* ---- steps ---- */

static enum vm_native_result end(const struct parse *p)
{
    const uint8_t *const state = p->engine.state;
    uint8_t extensions[X509_EXTENSIONS_MAX / 8];
    const struct cert_wish wish = {get_u2(state + STATE_FIELDS), extensions,
                                   p->engine.key};

    if (state[STATE_MODE] == MODE_PARSE)
        return VM_NATIVE_DONE;
    if (state[STATE_MODE] == MODE_PARSE_VERIFIED)
        return native_done_short(p->vm, 1);
    memcpy(extensions, state + STATE_EXTENSIONS, sizeof extensions);
    const ref_t built = native_cert_new(p->vm, p->call, &wish);
    return built != 0 ? native_done_ref(p->vm, built) : VM_NATIVE_THREW;
}

/* The field of a step outside the extensions; THE_KEY for the key. */
static unsigned field_at(const struct parse *p, unsigned step)
{
    return step < HEAD ? head[step] : tail[step - HEAD - p->x.extension_count];
}

/* The first step from `step` on for which somebody waits, or the end. */
static enum vm_native_result go_on(const struct parse *p, unsigned step)
{
    const unsigned behind = HEAD + p->x.extension_count;
    struct x509_key key;

    for (; step < behind + TAIL; step++) {
        if (step >= HEAD && step < behind) {
            if (handles(p, EXTENSION_HANDLER))
                return ask_extension(p, step, step - HEAD);
            continue;
        }
        const unsigned field = field_at(p, step);
        if (field != THE_KEY) {
            if (p->x.fields[field].p != NULL && handles(p, FIELD_HANDLER))
                return ask_field(p, step, field);
            continue;
        }
        if (!handles(p, KEY_HANDLER))
            continue;
        const enum err e = read_key(p, &key);
        if (e == ERR_FORMAT)
            return native_throw_cert(p->vm, CERT_INVALID_ENCODING);
        if (e != ERR_OK)
            continue;
        const uint16_t args[] = {(uint16_t)native_cert_key_type(&key),
                                 key.bits};
        return ask(p, step, KEY_HANDLER,
                   native_cert_token(KEY_HANDLER, "onKey",
                                     "(BS)Ljavacard/security/PublicKey;"),
                   args, 2, after_key);
    }
    return end(p);
}

/* After a call: the parse, and the step it was for.  False: thrown. */
static bool returned(struct vm *vm, const struct vm_call *call, bool threw,
                     struct parse *p, unsigned *step)
{
    const uint32_t note = vm_native_note(vm);

    if (threw) {
        (void)native_cert_handler_threw(vm);
        return false;
    }
    if (!open_parse(vm, call, p))
        return false;
    *step = note & 0xFFFF;
    if (get_u2(p->engine.state + STATE_SERIAL) == note >> 16 &&
        *step < HEAD + p->x.extension_count + (unsigned)TAIL)
        return true;
    (void)native_throw_cert(vm, CERT_HANDLER_EXCEPTION);
    return false;
}

static enum vm_native_result after_field(struct vm *vm, bool threw,
                                         uint16_t value)
{
    const struct vm_call call = vm_native_again(vm);
    struct parse p;
    unsigned step = 0;

    if (!returned(vm, &call, threw, &p, &step))
        return VM_NATIVE_THREW;
    if (step >= HEAD && step < HEAD + (unsigned)p.x.extension_count)
        return native_throw_cert(vm, CERT_HANDLER_EXCEPTION);
    uint8_t *const fields = p.engine.state + STATE_FIELDS;
    if ((value & 1) != 0)
        set_u2(fields, (uint16_t)(get_u2(fields) | 1u << field_at(&p, step)));
    return go_on(&p, step + 1);
}

static enum vm_native_result after_extension(struct vm *vm, bool threw,
                                             uint16_t value)
{
    const struct vm_call call = vm_native_again(vm);
    struct parse p;
    unsigned step = 0;

    if (!returned(vm, &call, threw, &p, &step))
        return VM_NATIVE_THREW;
    const unsigned which = step - HEAD;
    if (step < HEAD || which >= p.x.extension_count)
        return native_throw_cert(vm, CERT_HANDLER_EXCEPTION);
    if ((value & 1) != 0)
        p.engine.state[STATE_EXTENSIONS + which / 8] |=
            (uint8_t)(1u << which % 8);
    return go_on(&p, step + 1);
}

/* The key that the parser holds until the certificate does.  False: thrown. */
static bool hold(const struct parse *p, ref_t key)
{
    const ref_t self = p->call->cells[0];

    if (native_cell(p->vm, self, CELL_ENGINE_KEY) == key)
        return true;
    const enum err e =
        native_set_cell(p->vm, self, CELL_ENGINE_KEY, key, HEAP_ATOMIC);
    if (e != ERR_OK)
        (void)vm_throw_err(p->vm, e);
    return e == ERR_OK;
}

/* No key is none that is wanted. */
static enum vm_native_result after_key(struct vm *vm, bool threw,
                                       uint16_t value)
{
    const struct vm_call call = vm_native_again(vm);
    struct x509_key key;
    struct parse p;
    unsigned step = 0;

    if (!returned(vm, &call, threw, &p, &step))
        return VM_NATIVE_THREW;
    if (native_is_null(vm, value))
        return go_on(&p, step + 1);
    if (read_key(&p, &key) != ERR_OK)
        return native_throw_cert(vm, CERT_HANDLER_EXCEPTION);
    if (!native_cert_fill_key(vm, &call, value, &key) ||
        (p.engine.state[STATE_MODE] == MODE_BUILD && !hold(&p, value)) ||
        !open_parse(vm, &call, &p))
        return VM_NATIVE_THREW;
    return go_on(&p, step + 1);
}

/* ---- the four methods ---- */

static void restart(const struct parse *p, enum mode mode)
{
    uint8_t *const state = p->engine.state;
    const uint16_t serial = (uint16_t)(get_u2(state + STATE_SERIAL) + 1);

    memset(state, 0, STATE_SIZE);
    set_u2(state + STATE_SERIAL, serial);
    state[STATE_MODE] = (uint8_t)mode;
}

static enum vm_native_result start(struct vm *vm, const struct vm_call *call,
                                   enum mode mode)
{
    struct parse p;

    if (!open_parse(vm, call, &p))
        return VM_NATIVE_THREW;
    restart(&p, mode);
    return hold(&p, 0) && open_parse(vm, call, &p) ? go_on(&p, 0)
                                                   : VM_NATIVE_THREW;
}

/* Array, and handler, which is of the caller's context.  False: thrown. */
static bool arguments(struct vm *vm, const struct vm_call *call)
{
    struct native_range r;

    return native_bytes(vm, call, call->cells[1], native_short(call, 2),
                        native_short(call, 3), &r) &&
           native_instance(vm, call, call->cells[4], HANDLER);
}

/* Before a handler sees anything. */
static bool verified(struct vm *vm, const struct vm_call *call, bool *right)
{
    struct native_range r;
    struct x509 x;

    *right = false;
    return arguments(vm, call) && native_object(vm, call, call->cells[5]) &&
           native_cert_source(vm, call, &r, &x) &&
           native_cert_check(vm, call, x.fields[X509_TBS],
                             x.fields[X509_SIGNATURE_ALG],
                             x.fields[X509_SIGNATURE], call->cells[5], right);
}

enum vm_native_result native_cert_parse(struct vm *vm,
                                        const struct vm_call *call)
{
    return arguments(vm, call) ? start(vm, call, MODE_PARSE) : VM_NATIVE_THREW;
}

enum vm_native_result native_cert_build(struct vm *vm,
                                        const struct vm_call *call)
{
    return arguments(vm, call) ? start(vm, call, MODE_BUILD) : VM_NATIVE_THREW;
}

enum vm_native_result native_cert_parse_verified(struct vm *vm,
                                                 const struct vm_call *call)
{
    bool right = false;

    if (!verified(vm, call, &right))
        return VM_NATIVE_THREW;
    return right ? start(vm, call, MODE_PARSE_VERIFIED)
                 : native_done_short(vm, 0);
}

enum vm_native_result native_cert_build_verified(struct vm *vm,
                                                 const struct vm_call *call)
{
    bool right = false;

    if (!verified(vm, call, &right))
        return VM_NATIVE_THREW;
    return right ? start(vm, call, MODE_BUILD)
                 : native_throw_cert(vm, CERT_INVALID_SIGNATURE);
}
