/*
 * javacard.framework.service.RMIService and CardRemoteObject: the terminal
 * calls methods of exported objects.
 *
 *   SELECT --> 6F L 6E L 5E L 0202 INS initial reference
 *   INS 02 02: object u2, method hash u2, parameters --> 81 result,
 *     82 or 83 exception u1 reason u2, or 99 error u2
 *
 * A reference is the object's handle, FFFF for null, with the names that a
 * proxy is made from; only objects that were sent in the same selection may be
 * called.  Array parameters are global arrays.  What the text leaves open is
 * as the reference implementation of 2.2.2 has it.  [JCRE 8]
 */
#include "natives/cells.h"
#include "natives/natives.h"
#include "natives/service.h"
#include "vm/remote.h"

#include <string.h>

enum {
    SESSION_MAX = 16, /* objects that a selection can know */
    P1_SELECT_BY_NAME = 4,
    P2_INTERFACES = 0x10,
    RMI_VERSION = 0x0202,
    NO_REFERENCE = 0xFFFF,
    PARAMETERS_AT = 4, /* behind object and method */
    CELLS_MAX = 64,
    DEFAULT_INVOKE = 0x38,
};

enum {                   /* transient bytes of a service */
       STATE_FORM = 0,   /* enum form */
       STATE_INVOKE = 1, /* instruction */
       STATE_SIZE = 2,
};

enum form { FORM_NONE, FORM_CLASS, FORM_INTERFACES };

enum { TAG_FCI = 0x6F, TAG_APPLICATION = 0x6E, TAG_RMI = 0x5E };

enum { /* answers */
       ANSWER_NORMAL = 0x81,
       ANSWER_EXCEPTION = 0x82,
       ANSWER_SUBCLASS = 0x83,
       ANSWER_ERROR = 0x99,
};

enum { /* errors [JCRE 8.3.5.3] */
       ERROR_OBJECT = 1,
       ERROR_METHOD = 2,
       ERROR_SIGNATURE = 3,
       ERROR_PARAMETERS = 4,
       ERROR_RESPONSE = 5,
       ERROR_PROTOCOL = 6,
};

enum { /* nibbles of a signature [JCVM 6.9.1] */
       TYPE_VOID = 1,
       TYPE_BOOLEAN = 2,
       TYPE_BYTE = 3,
       TYPE_SHORT = 4,
       TYPE_INT = 5,
       TYPE_REFERENCE = 6,
       TYPE_BOOLEANS = 10,
       TYPE_BYTES = 11,
       TYPE_SHORTS = 12,
       TYPE_INTS = 13,
};

/* ---- CardRemoteObject ---- */

static enum vm_native_result
set_exported(struct vm *vm, const struct vm_call *call, bool exported)
{
    const ref_t object = call->cells[0];
    struct heap_view v;

    if (!heap_get(vm_heap(vm), object, &v))
        return VM_NATIVE_DONE; /* null */
    if (v.h.context != call->caller_context)
        return native_throw_security(vm);
    const enum err e = vm_set_exported(vm, object, exported);
    if (e == ERR_RANGE)
        return native_throw_security(vm); /* it is not remote */
    return e == ERR_OK ? VM_NATIVE_DONE : vm_throw_err(vm, e);
}

/* The constructor exports its object, if there is something to export. */
enum vm_native_result native_remote_new(struct vm *vm,
                                        const struct vm_call *call)
{
    const enum err e = vm_set_exported(vm, call->cells[0], true);

    return e == ERR_OK || e == ERR_RANGE ? VM_NATIVE_DONE : vm_throw_err(vm, e);
}

enum vm_native_result native_remote_export(struct vm *vm,
                                           const struct vm_call *call)
{
    return set_exported(vm, call, true);
}

enum vm_native_result native_remote_unexport(struct vm *vm,
                                             const struct vm_call *call)
{
    return set_exported(vm, call, false);
}

/* ---- the service ---- */

struct rmi {
    ref_t initial;
    ref_t session; /* CLEAR_ON_DESELECT references */
    uint8_t *state;
    uint16_t next_invoke;
};

static bool open(struct vm *vm, ref_t service, struct rmi *r)
{
    struct heap_view v, session;

    r->initial = native_cell(vm, service, CELL_RMI_INITIAL);
    r->session = native_cell(vm, service, CELL_RMI_SESSION);
    r->next_invoke = native_cell(vm, service, CELL_RMI_INVOKE);
    if (!heap_get(vm_heap(vm), native_cell(vm, service, CELL_RMI_STATE), &v) ||
        v.ram == NULL || !heap_get(vm_heap(vm), r->session, &session) ||
        session.ram == NULL)
        return false;
    r->state = v.ram;
    return true;
}

static enum err new_part(struct vm *vm, const struct vm_call *call,
                         enum heap_kind kind, uint32_t n, enum native_cell cell)
{
    const struct vm_class remote = vm_api_class("java/rmi/Remote");
    struct heap_header hd = {.kind = (uint8_t)kind,
                             .flags = HEAP_CLEAR_ON_DESELECT,
                             .context = call->caller_context,
                             .owner = vm_owner(vm),
                             .length = n};
    ref_t part = 0;

    if (kind == HEAP_REF_ARRAY) {
        hd.class_package = remote.package;
        hd.class_offset = remote.offset;
    }
    const enum err e = heap_new(vm_heap(vm), &hd, &part);
    return e != ERR_OK
               ? e
               : native_set_cell(vm, call->cells[0], cell, part, HEAP_ATOMIC);
}

enum vm_native_result native_rmi_new(struct vm *vm, const struct vm_call *call)
{
    const ref_t initial = call->cells[1];

    if (!native_object(vm, call, initial))
        return VM_NATIVE_THREW;
    enum err e =
        new_part(vm, call, HEAP_REF_ARRAY, SESSION_MAX, CELL_RMI_SESSION);
    if (e == ERR_OK)
        e = new_part(vm, call, HEAP_BYTE_ARRAY, STATE_SIZE, CELL_RMI_STATE);
    if (e == ERR_MEMORY)
        return native_throw_system(vm, SYSTEM_NO_TRANSIENT_SPACE);
    if (e == ERR_OK)
        e = native_set_cell(vm, call->cells[0], CELL_RMI_INITIAL, initial,
                            HEAP_ATOMIC);
    if (e == ERR_OK)
        e = native_set_cell(vm, call->cells[0], CELL_RMI_INVOKE, DEFAULT_INVOKE,
                            HEAP_ATOMIC);
    return e == ERR_OK ? VM_NATIVE_DONE : vm_throw_err(vm, e);
}

/* From the next selection on. */
enum vm_native_result native_rmi_set_invoke(struct vm *vm,
                                            const struct vm_call *call)
{
    const enum err e = native_set_cell(vm, call->cells[0], CELL_RMI_INVOKE,
                                       (uint8_t)call->cells[1], HEAP_ATOMIC);

    return e == ERR_OK ? VM_NATIVE_DONE : vm_throw_err(vm, e);
}

/* ---- what this selection knows ---- */

static bool is_known(const struct vm *vm, const struct rmi *r, uint16_t id)
{
    struct heap_view v;

    if (id == 0 || id == NO_REFERENCE || !heap_get(vm_heap(vm), r->session, &v))
        return false;
    for (unsigned i = 0; i < SESSION_MAX; i++) {
        if (get_u2(v.ram + 2 * i) == id)
            return true;
    }
    return false;
}

/* False: there is no room. */
static bool make_known(const struct vm *vm, const struct rmi *r, ref_t object)
{
    struct heap_view v;

    if (is_known(vm, r, object))
        return true;
    if (!heap_get(vm_heap(vm), r->session, &v))
        return false;
    for (unsigned i = 0; i < SESSION_MAX; i++) {
        if (get_u2(v.ram + 2 * i) != 0)
            continue;
        set_u2(v.ram + 2 * i, object);
        return true;
    }
    return false;
}

/* ---- references ---- */

static enum err put_lv(struct buf *out, struct span text)
{
    const enum err e =
        text.n > UINT8_MAX ? ERR_FORMAT : buf_put_u1(out, (uint8_t)text.n);

    return e != ERR_OK || text.n == 0 ? e : buf_put(out, text.p, text.n);
}

static enum err put_class(const struct vm *vm, const struct vm_remote *remote,
                          struct buf *out)
{
    struct span package;

    if (!vm_package_name(vm, remote->class, &package))
        return ERR_NOT_FOUND;
    const enum err e = put_lv(out, package);
    return e == ERR_OK ? put_lv(out, remote->info.name) : e;
}

/* The name of a package that is that of the one before is left out. */
static enum err put_interfaces(const struct vm *vm,
                               const struct vm_remote *remote, struct buf *out)
{
    const size_t count_at = out->n;
    struct span name, package, last = {NULL, 0};
    struct vm_class face;
    uint8_t n = 0;
    enum err e = buf_put_u1(out, 0);

    for (; e == ERR_OK && vm_remote_interface(vm, remote, n, &face, &name);
         n++) {
        if (!vm_package_name(vm, face, &package))
            return ERR_NOT_FOUND;
        const bool same = n > 0 && span_equal(package, last);
        e = same ? buf_put_u1(out, 0) : put_lv(out, package);
        if (e == ERR_OK)
            e = put_lv(out, name);
        last = package;
    }
    if (e == ERR_OK)
        out->p[count_at] = n;
    return e;
}

/* A remote reference descriptor [JCRE 8.3.2]; the object is known then. */
static enum err put_reference(const struct vm *vm, const struct rmi *r,
                              ref_t object, struct buf *out)
{
    struct vm_remote remote;

    if (object == 0 || !vm_remote(vm, object, &remote))
        return buf_put_u2(out, NO_REFERENCE);
    if (!make_known(vm, r, object))
        return ERR_MEMORY;
    enum err e = buf_put_u2(out, object);
    if (e == ERR_OK)
        e = put_lv(out, remote.info.modifier);
    if (e != ERR_OK)
        return e;
    return r->state[STATE_FORM] == FORM_CLASS
               ? put_class(vm, &remote, out)
               : put_interfaces(vm, &remote, out);
}

/* ---- answers ---- */

/* The response data is built in the APDU buffer. */
static struct buf answer_of(struct jcre_apdu *a)
{
    return buf_of(a->buffer + CSF_DATA,
                  CARD_APDU_BUFFER - CSF_DATA < CSF_LENGTH_MAX
                      ? CARD_APDU_BUFFER - CSF_DATA
                      : CSF_LENGTH_MAX);
}

static enum vm_native_result answered(struct vm *vm, const struct buf *out)
{
    struct jcre_apdu *a = jcre_apdu(jcre_of(vm));

    if (!native_service_processed(vm, a))
        return VM_NATIVE_THREW;
    a->buffer[CSF_LENGTH] = (uint8_t)out->n;
    set_u2(a->buffer + CSF_SW, SW_OK);
    return native_done_short(vm, 1);
}

/* The head of an answer: there is always room for it. */
static void put_head(struct buf *out, const uint8_t *bytes, size_t n)
{
    memcpy(out->p + out->n, bytes, n);
    out->n += n;
}

static void put_error(struct buf *out, uint16_t error)
{
    const uint8_t bytes[] = {ANSWER_ERROR, (uint8_t)(error >> 8),
                             (uint8_t)error};

    put_head(out, bytes, sizeof bytes);
}

/* 81 and a descriptor, or 99 when that does not fit. */
static void put_normal_reference(const struct vm *vm, const struct rmi *r,
                                 ref_t object, struct buf *out)
{
    const size_t start = out->n;

    if (buf_put_u1(out, ANSWER_NORMAL) == ERR_OK &&
        put_reference(vm, r, object, out) == ERR_OK)
        return;
    out->n = start;
    put_error(out, ERROR_RESPONSE);
}

static enum vm_native_result answer_error(struct vm *vm, uint16_t error)
{
    struct buf out = answer_of(jcre_apdu(jcre_of(vm)));

    put_error(&out, error);
    return answered(vm, &out);
}

/* ---- SELECT [JCRE 8.4.1] ---- */

static enum form form_of(const struct jcre_apdu *a)
{
    if (a->buffer[CSF_P1] != P1_SELECT_BY_NAME)
        return FORM_NONE;
    return (a->buffer[CSF_P2] & P2_INTERFACES) != 0 ? FORM_INTERFACES
                                                    : FORM_CLASS;
}

static void forget_session(const struct vm *vm, const struct rmi *r)
{
    struct heap_view v;

    if (heap_get(vm_heap(vm), r->session, &v))
        memset(v.ram, 0, 2u * SESSION_MAX);
}

static enum vm_native_result select(struct vm *vm, const struct rmi *r,
                                    struct jcre_apdu *a)
{
    const uint8_t invoke = (uint8_t)r->next_invoke;
    const uint8_t head[] = {TAG_FCI, 0, TAG_APPLICATION,  0,
                            TAG_RMI, 0, RMI_VERSION >> 8, RMI_VERSION & 0xFF,
                            invoke};
    struct buf out = answer_of(a);
    uint16_t n = 0;

    if (!native_service_receive(vm, a, &n))
        return VM_NATIVE_THREW;
    forget_session(vm, r);
    r->state[STATE_FORM] = (uint8_t)form_of(a);
    r->state[STATE_INVOKE] = invoke;
    put_head(&out, head, sizeof head);
    if (r->state[STATE_FORM] == FORM_NONE) {
        put_error(&out, ERROR_PROTOCOL);
    } else {
        put_normal_reference(
            vm, r, vm_is_exported(vm, r->initial) ? r->initial : 0, &out);
    }
    for (unsigned i = 1; i < 6; i += 2)
        out.p[i] = (uint8_t)(out.n - i - 1);
    return answered(vm, &out);
}

/* ---- INVOKE [JCRE 8.4.2] ---- */

/* The parameters of a call: cells, and the type in Java's form. */
struct arguments {
    uint16_t cells[CELLS_MAX];
    uint8_t count;
    char descriptor[2 * CELLS_MAX + 4];
    size_t n; /* of the descriptor */
};

static uint8_t nibble(const uint8_t *nibbles, unsigned i)
{
    return i % 2 == 0 ? nibbles[i / 2] >> 4 : nibbles[i / 2] & 0x0F;
}

static bool add_cell(struct arguments *to, uint16_t cell)
{
    if (to->count == CELLS_MAX)
        return false;
    to->cells[to->count++] = cell;
    return true;
}

static uint16_t add_array(struct vm *vm, uint8_t type, struct span *data,
                          struct arguments *to)
{
    static const uint8_t sizes[] = {1, 1, 2, 4};
    static const uint8_t kinds[] = {HEAP_BOOLEAN_ARRAY, HEAP_BYTE_ARRAY,
                                    HEAP_SHORT_ARRAY, HEAP_INT_ARRAY};
    struct heap_header hd = {.kind = kinds[type - TYPE_BOOLEANS],
                             .flags = HEAP_CLEAR_ON_RESET | HEAP_GLOBAL_ARRAY};
    struct heap_view v;
    struct span bytes;
    ref_t array = 0;
    uint8_t n = 0;

    if (span_take_u1(data, &n) != ERR_OK)
        return ERROR_SIGNATURE;
    if (n == 0xFF)
        return add_cell(to, 0) ? 0 : ERROR_PARAMETERS;
    hd.length = n;
    if (span_take(data, (size_t)n * sizes[type - TYPE_BOOLEANS], &bytes) !=
        ERR_OK)
        return ERROR_SIGNATURE;
    if (heap_new(vm_heap(vm), &hd, &array) != ERR_OK ||
        !heap_get(vm_heap(vm), array, &v) || v.ram == NULL)
        return ERROR_PARAMETERS;
    jcre_request_deletion(jcre_of(vm)); /* garbage when the command is over */
    if (bytes.n != 0)
        memcpy(v.ram, bytes.p, bytes.n);
    return add_cell(to, array) ? 0 : ERROR_PARAMETERS;
}

static uint16_t add_number(uint8_t type, struct span *data,
                           struct arguments *to)
{
    uint8_t b = 0;
    uint16_t s = 0;

    if (type == TYPE_BOOLEAN || type == TYPE_BYTE) {
        if (span_take_u1(data, &b) != ERR_OK)
            return ERROR_SIGNATURE;
        return add_cell(to, type == TYPE_BYTE ? (uint16_t)(int8_t)b : b != 0)
                   ? 0
                   : ERROR_PARAMETERS;
    }
    for (unsigned i = type == TYPE_INT ? 0 : 1; i < 2; i++) {
        if (span_take_u2(data, &s) != ERR_OK)
            return ERROR_SIGNATURE;
        if (!add_cell(to, s))
            return ERROR_PARAMETERS;
    }
    return 0;
}

static void describe(struct arguments *to, char c)
{
    if (to->n + 1 < sizeof to->descriptor)
        to->descriptor[to->n++] = c;
    to->descriptor[to->n] = '\0';
}

/* One parameter of the data.  0 or an error of RMI. */
static uint16_t add_parameter(struct vm *vm, uint8_t type, struct span *data,
                              struct arguments *to)
{
    static const char letters[] = {'V', 'V', 'Z', 'B', 'S', 'I'};

    if (type >= TYPE_BOOLEANS && type <= TYPE_INTS) {
        describe(to, '[');
        describe(to, letters[type - TYPE_BOOLEANS + TYPE_BOOLEAN]);
        return add_array(vm, type, data, to);
    }
    if (type < TYPE_BOOLEAN || type > TYPE_INT)
        return ERROR_SIGNATURE;
    describe(to, letters[type]);
    return add_number(type, data, to);
}

/*
 * All parameters, by a signature whose last type is the result's: *result.  Of
 * a reference, which only a result can be, the class follows in four nibbles.
 */
static uint16_t unmarshal(struct vm *vm, const uint8_t *nibbles, uint8_t count,
                          struct span data, struct arguments *to,
                          uint8_t *result)
{
    uint8_t i = 0;

    to->count = 0;
    to->n = 0;
    describe(to, '(');
    for (; i + 1 < count && nibble(nibbles, i) != TYPE_REFERENCE; i++) {
        const uint16_t error = add_parameter(vm, nibble(nibbles, i), &data, to);
        if (error != 0)
            return error;
    }
    if (i >= count || data.n != 0)
        return ERROR_SIGNATURE;
    *result = nibble(nibbles, i);
    describe(to, ')');
    describe(to, 'V');
    return 0;
}

/* ---- results ---- */

static enum err put_array(struct vm *vm, const struct vm_call *call,
                          uint8_t type, ref_t array, struct buf *out)
{
    static const uint8_t sizes[] = {1, 1, 2, 4};
    const size_t size = sizes[type - TYPE_BOOLEANS];
    struct heap_view v;

    if (!heap_get(vm_heap(vm), array, &v))
        return buf_put_u2(out, NO_REFERENCE);
    if (v.h.kind != HEAP_BOOLEAN_ARRAY + (type - TYPE_BOOLEANS) ||
        !vm_array_access(vm, vm_context(vm), array, &v) || v.h.length > 254)
        return ERR_RANGE;
    (void)call;
    const enum err e = buf_put_u1(out, (uint8_t)v.h.length);
    return e != ERR_OK || v.h.length == 0
               ? e
               : buf_put(out, v.p, size * v.h.length);
}

static enum err put_number(struct vm *vm, uint8_t type, uint16_t value,
                           struct buf *out)
{
    if (type == TYPE_VOID)
        return ERR_OK;
    if (type == TYPE_BOOLEAN || type == TYPE_BYTE)
        return buf_put_u1(out, (uint8_t)value);
    if (type == TYPE_SHORT)
        return buf_put_u2(out, value);
    return type == TYPE_INT ? buf_put_u4(out, (uint32_t)vm_called_int(vm))
                            : ERR_TYPE;
}

/* What can be told of an exception: the API's class nearest to its own. */
static void put_exception(struct vm *vm, struct buf *out)
{
    static const struct {
        const char *name;
        uint8_t type;
    } types[] = {
        /* heirs before what they extend [JCRE 8.3.5.2] */
        {"java/lang/ArithmeticException", 0x01},
        {"java/lang/ArrayIndexOutOfBoundsException", 0x02},
        {"java/lang/ArrayStoreException", 0x03},
        {"java/lang/ClassCastException", 0x04},
        {"java/lang/IndexOutOfBoundsException", 0x06},
        {"java/lang/NegativeArraySizeException", 0x07},
        {"java/lang/NullPointerException", 0x08},
        {"java/lang/SecurityException", 0x0A},
        {"java/rmi/RemoteException", 0x0C},
        {"java/io/IOException", 0x0B},
        {"javacard/framework/APDUException", 0x20},
        {"javacard/framework/ISOException", 0x23},
        {"javacard/framework/PINException", 0x24},
        {"javacard/framework/SystemException", 0x25},
        {"javacard/framework/TransactionException", 0x26},
        {"javacard/framework/UserException", 0x27},
        {"javacard/security/CryptoException", 0x30},
        {"javacard/framework/service/ServiceException", 0x40},
        {"javacardx/biometry/BioException", 0x50},
        {"javacardx/external/ExternalException", 0x60},
        {"javacardx/framework/tlv/TLVException", 0x70},
        {"javacardx/framework/util/UtilException", 0x80},
        {"javacard/framework/CardException", 0x21},
        {"javacard/framework/CardRuntimeException", 0x22},
        {"java/lang/RuntimeException", 0x09},
        {"java/lang/Exception", 0x05},
        {"java/lang/Throwable", 0x00},
    };
    const struct vm_exception x = vm_exception(vm);
    size_t i = 0;

    while (i + 1 < sizeof types / sizeof types[0] &&
           !vm_class_is(vm, x.class, vm_api_class(types[i].name)))
        i++;
    const struct vm_class named = vm_api_class(types[i].name);
    const bool same =
        x.class.package == named.package && x.class.offset == named.offset;
    const uint8_t head[] = {same ? ANSWER_EXCEPTION : ANSWER_SUBCLASS,
                            types[i].type, (uint8_t)(x.reason >> 8),
                            (uint8_t)x.reason};
    put_head(out, head, sizeof head);
}

/*
 * A result that is an object: of this context, whatever a package says that
 * its methods return, and exported or known already.
 */
static bool may_return(struct vm *vm, const struct rmi *r, ref_t object)
{
    struct heap_view v;

    if (!heap_get(vm_heap(vm), object, &v))
        return true; /* null */
    if (v.h.context != vm_context(vm)) {
        (void)native_throw_security(vm);
        return false;
    }
    if (vm_is_exported(vm, object) || is_known(vm, r, object))
        return true;
    (void)native_throw_service(vm, SERVICE_REMOTE_OBJECT_NOT_EXPORTED);
    return false;
}

/* The method has returned; the note is the type of its result. */
static enum vm_native_result returned(struct vm *vm, bool threw, uint16_t value)
{
    const struct vm_call call = vm_native_again(vm);
    const uint8_t type = (uint8_t)vm_native_note(vm);
    struct buf out = answer_of(jcre_apdu(jcre_of(vm)));
    enum err e = ERR_OK;
    struct rmi r;

    if (!open(vm, call.cells[0], &r))
        return native_throw_null(vm);
    if (threw) {
        put_exception(vm, &out);
        return answered(vm, &out);
    }
    if (type == TYPE_REFERENCE) {
        if (!may_return(vm, &r, value))
            return VM_NATIVE_THREW;
        put_normal_reference(vm, &r, native_is_null(vm, value) ? 0 : value,
                             &out);
        return answered(vm, &out);
    }
    e = buf_put_u1(&out, ANSWER_NORMAL);
    if (e == ERR_OK)
        e = type >= TYPE_BOOLEANS ? put_array(vm, &call, type, value, &out)
                                  : put_number(vm, type, value, &out);
    return e == ERR_OK ? answered(vm, &out) : answer_error(vm, ERROR_RESPONSE);
}

static enum vm_native_result invoke_method(struct vm *vm, const struct rmi *r,
                                           struct span data)
{
    const ref_t object = get_u2(data.p);
    struct vm_remote remote;
    struct arguments arguments;
    const uint8_t *nibbles = NULL;
    uint8_t count = 0, token = 0, result = 0;

    if (!is_known(vm, r, object) || !vm_remote(vm, object, &remote))
        return answer_error(vm, ERROR_OBJECT);
    if (!vm_remote_method(vm, &remote, get_u2(data.p + 2), &token, &nibbles,
                          &count))
        return answer_error(vm, ERROR_METHOD);
    const uint16_t error =
        unmarshal(vm, nibbles, count,
                  span_of(data.p + PARAMETERS_AT, data.n - PARAMETERS_AT),
                  &arguments, &result);
    if (error != 0)
        return answer_error(vm, error);
    vm_native_keep(vm, result);
    return vm_native_call_remote(vm, object, &remote, token,
                                 arguments.descriptor, arguments.cells,
                                 arguments.count, returned);
}

static enum vm_native_result invoke(struct vm *vm, const struct rmi *r,
                                    struct jcre_apdu *a)
{
    uint16_t n = 0;

    if (!native_service_receive(vm, a, &n))
        return VM_NATIVE_THREW;
    if (get_u2(a->buffer + CSF_P1) != RMI_VERSION || n < PARAMETERS_AT)
        return answer_error(vm, ERROR_PROTOCOL);
    return invoke_method(vm, r, span_of(a->buffer + CSF_DATA, n));
}

/* ---- what is for this service ---- */

static bool is_invocation(const struct rmi *r, const struct jcre_apdu *a)
{
    const bool chained = (a->cla & 0x10) != 0;

    return (a->cla & 0x80) != 0 && !chained &&
           r->state[STATE_FORM] != FORM_NONE &&
           a->buffer[CSF_INS] == r->state[STATE_INVOKE];
}

bool native_rmi_applies(struct vm *vm, ref_t service)
{
    const struct jcre *j = jcre_of(vm);
    struct rmi r;

    return vm_instance_of(
               vm, service,
               vm_api_class("javacard/framework/service/RMIService")) &&
           open(vm, service, &r) &&
           (jcre_selecting(j) || is_invocation(&r, jcre_apdu(jcre_of(vm))));
}

enum vm_native_result native_rmi_process(struct vm *vm,
                                         const struct vm_call *call)
{
    struct jcre_apdu *a = native_apdu_argument(vm, call, 1);
    struct rmi r;

    if (a == NULL)
        return VM_NATIVE_THREW;
    if (!open(vm, call->cells[0], &r))
        return native_throw_null(vm);
    if (jcre_selecting(jcre_of(vm)))
        return select(vm, &r, a);
    return is_invocation(&r, a) ? invoke(vm, &r, a) : native_done_short(vm, 0);
}
