/*
 * javacard.framework.service.Dispatcher.  Its services stand in one array, in
 * the order in which they were added, the phase of each in bytes beside it:
 *
 *   dispatch: input -> command -> (processed?) -> output -> response sent,
 *   each phase over when a service of it returns true.  One step calls one
 *   service; what has been done so far is the note of the native's frame.
 *
 * Services are of the dispatcher's own context: the interface is not shareable.
 * [JCAPI Dispatcher] [JCRE 6.2.8.5]
 */
#include "natives/cells.h"
#include "natives/natives.h"
#include "natives/service.h"

#include <string.h>

#include "apidef/api_lookup.h"

enum phase { NONE = 0, INPUT = 1, COMMAND = 2, OUTPUT = 3 };

enum { CELL_SIZE = 2 };

static const char dispatcher_class[] = "javacard/framework/service/Dispatcher";
static const char service_class[] = "javacard/framework/service/Service";

/* The registry of a dispatcher. */
struct registry {
    ref_t dispatcher;
    ref_t services;
    ref_t phases;
    struct heap_view service; /* until the next allocation */
    struct heap_view phase;
    uint16_t count;
    uint16_t room;
};

static bool open(struct vm *vm, ref_t dispatcher, struct registry *r)
{
    r->dispatcher = dispatcher;
    r->services = native_cell(vm, dispatcher, CELL_DISPATCHER_SERVICES);
    r->phases = native_cell(vm, dispatcher, CELL_DISPATCHER_PHASES);
    if (!heap_get(vm_heap(vm), r->services, &r->service) ||
        !heap_get(vm_heap(vm), r->phases, &r->phase)) {
        (void)native_throw_null(vm); /* its constructor did not end */
        return false;
    }
    r->room = (uint16_t)r->phase.h.length;
    r->count = native_cell(vm, dispatcher, CELL_DISPATCHER_COUNT);
    return true;
}

/* ---- making one ---- */

static enum err new_part(struct vm *vm, const struct vm_call *call,
                         enum heap_kind kind, uint32_t n, enum native_cell cell)
{
    const struct vm_class service = vm_api_class(service_class);
    struct heap_header hd = {.kind = (uint8_t)kind,
                             .context = call->caller_context,
                             .owner = vm_owner(vm),
                             .length = n};
    ref_t part = 0;

    if (kind == HEAP_REF_ARRAY) {
        hd.class_package = service.package;
        hd.class_offset = service.offset;
    }
    const enum err e = heap_new(vm_heap(vm), &hd, &part);
    return e != ERR_OK
               ? e
               : native_set_cell(vm, call->cells[0], cell, part, HEAP_ATOMIC);
}

enum vm_native_result native_dispatcher_new(struct vm *vm,
                                            const struct vm_call *call)
{
    int16_t max = native_short(call, 1);
    enum err e = ERR_CORRUPT;

    if (max < 0)
        return native_throw_service(vm, SERVICE_ILLEGAL_PARAM);
    e = new_part(vm, call, HEAP_REF_ARRAY, (uint32_t)max,
                 CELL_DISPATCHER_SERVICES);
    if (e == ERR_OK)
        e = new_part(vm, call, HEAP_BLOB, (uint32_t)max,
                     CELL_DISPATCHER_PHASES);
    return e == ERR_OK ? VM_NATIVE_DONE : vm_throw_err(vm, e);
}

/* ---- adding and removing ---- */

/* The service and phase of addService and removeService; false: thrown. */
static bool take_service(struct vm *vm, const struct vm_call *call)
{
    int8_t phase = native_byte(call, 2);

    if (native_is_null(vm, call->cells[1]) || phase < NONE || phase > OUTPUT) {
        (void)native_throw_service(vm, SERVICE_ILLEGAL_PARAM);
        return false;
    }
    if (!native_object(vm, call, call->cells[1]))
        return false;
    if (vm_instance_of(vm, call->cells[1], vm_api_class(service_class)))
        return true;
    (void)native_throw_security(vm);
    return false;
}

/* r->count when it is not there. */
static uint16_t place_of(const struct registry *r, ref_t service, uint8_t phase)
{
    for (uint16_t i = 0; i < r->count; i++) {
        if (get_u2(r->service.p + CELL_SIZE * i) == service &&
            r->phase.p[i] == phase)
            return i;
    }
    return r->count;
}

static enum err set_count(struct vm *vm, const struct registry *r,
                          uint16_t count)
{
    return native_set_cell(vm, r->dispatcher, CELL_DISPATCHER_COUNT, count,
                           HEAP_ATOMIC);
}

/* It is there when it counts, which is the last thing written. */
static enum err append(struct vm *vm, const struct registry *r, ref_t service,
                       uint8_t phase)
{
    uint8_t cell[CELL_SIZE];

    set_u2(cell, service);
    enum err e =
        heap_write(vm_heap(vm), r->services, (uint32_t)CELL_SIZE * r->count,
                   cell, sizeof cell, HEAP_ATOMIC);
    if (e == ERR_OK)
        e = heap_write(vm_heap(vm), r->phases, r->count, &phase, 1,
                       HEAP_ATOMIC);
    return e == ERR_OK ? set_count(vm, r, (uint16_t)(r->count + 1)) : e;
}

enum vm_native_result native_dispatcher_add(struct vm *vm,
                                            const struct vm_call *call)
{
    const uint8_t phase = (uint8_t)call->cells[2];
    struct registry r;

    if (!take_service(vm, call) || !open(vm, call->cells[0], &r))
        return VM_NATIVE_THREW;
    if (place_of(&r, call->cells[1], phase) != r.count)
        return VM_NATIVE_DONE;
    if (r.count == r.room)
        return native_throw_service(vm, SERVICE_DISPATCH_TABLE_FULL);
    const enum err e = append(vm, &r, call->cells[1], phase);
    return e == ERR_OK ? VM_NATIVE_DONE : vm_throw_err(vm, e);
}

/* Moves what follows place `at` one place down, and clears the last. */
static bool close_gap(struct vm *vm, const struct registry *r, uint16_t at)
{
    const uint8_t none[CELL_SIZE] = {0};
    const uint32_t behind = (uint32_t)r->count - at - 1;
    const uint32_t last = (uint32_t)r->count - 1;

    return native_write(vm, r->services, (uint32_t)CELL_SIZE * at,
                        r->service.p + CELL_SIZE * (at + 1), CELL_SIZE * behind,
                        HEAP_ATOMIC) &&
           native_write(vm, r->phases, at, r->phase.p + at + 1, behind,
                        HEAP_ATOMIC) &&
           native_write(vm, r->services, CELL_SIZE * last, none, sizeof none,
                        HEAP_ATOMIC);
}

static bool take_out(struct vm *vm, const struct registry *r, uint16_t at)
{
    if (!close_gap(vm, r, at))
        return false;
    const enum err e = set_count(vm, r, (uint16_t)(r->count - 1));
    if (e != ERR_OK)
        (void)vm_throw_err(vm, e);
    return e == ERR_OK;
}

/* All of it or nothing: a transaction, unless it joins one. */
enum vm_native_result native_dispatcher_remove(struct vm *vm,
                                               const struct vm_call *call)
{
    struct registry r;
    bool own = false;

    if (!take_service(vm, call) || !open(vm, call->cells[0], &r))
        return VM_NATIVE_THREW;
    const uint16_t at = place_of(&r, call->cells[1], (uint8_t)call->cells[2]);
    if (at == r.count)
        return VM_NATIVE_DONE;
    return native_begin(vm, &own) && native_end(vm, own, take_out(vm, &r, at))
               ? VM_NATIVE_DONE
               : VM_NATIVE_THREW;
}

/* ---- dispatching ---- */

/* The note: phase, and the place in the registry that is next. */
static uint32_t note_of(uint8_t phase, uint16_t next)
{
    return (uint32_t)phase << 16 | next;
}

static uint8_t token_of(const char *class, const char *name,
                        const char *descriptor)
{
    const struct api_class *row = api_class_called(class);
    uint8_t token = 0;

    if (row != NULL)
        (void)api_method_by_name(row, false, name, descriptor, &token);
    return token;
}

static uint8_t method_of(uint8_t phase)
{
    static const char *const names[] = {"processDataIn", "processDataIn",
                                        "processCommand", "processDataOut"};

    return token_of(service_class, names[phase],
                    "(Ljavacard/framework/APDU;)Z");
}

/* The response is sent, and its status word thrown. */
static enum vm_native_result respond(struct vm *vm)
{
    struct jcre_apdu *a = jcre_apdu(jcre_of(vm));
    uint16_t reason = 0;

    reason = jcre_apdu_outgoing_length(a, a->buffer[CSF_LENGTH]);
    if (reason == 0)
        reason = jcre_apdu_send(a, CSF_DATA, a->buffer[CSF_LENGTH]);
    if (reason != 0)
        return vm_throw_name(vm, "javacard/framework/APDUException", reason);
    (void)native_throw_iso(vm, get_u2(a->buffer + CSF_SW));
    return jcre_apdu_must_wait(a) ? VM_NATIVE_WAITS : VM_NATIVE_THREW;
}

static enum vm_native_result after_service(struct vm *vm, bool threw,
                                           uint16_t value);

/*
 * The next service of the phase that has something to say: what BasicService
 * itself would answer needs no call.  r->count: there is none.
 */
static uint16_t next_service(struct vm *vm, const struct registry *r,
                             uint8_t phase, uint16_t from, ref_t *service)
{
    const uint8_t token = method_of(phase);
    const struct vm_class face = vm_api_class(service_class);

    for (uint16_t i = from; i < r->count; i++) {
        if (r->phase.p[i] != phase)
            continue;
        *service = get_u2(r->service.p + CELL_SIZE * i);
        if (vm_leads_to_java(vm, *service, face, token) ||
            (phase == COMMAND && native_rmi_applies(vm, *service)))
            return i;
    }
    return r->count;
}

/* Goes on from a place of a phase to the next call, or to the end. */
static enum vm_native_result step(struct vm *vm, const struct vm_call *call,
                                  uint8_t phase, uint16_t from)
{
    struct registry r;
    ref_t service = 0;

    if (!open(vm, call->cells[0], &r))
        return VM_NATIVE_THREW;
    for (; phase <= OUTPUT; phase++, from = 0) {
        if (phase == OUTPUT && jcre_apdu(jcre_of(vm))->state < APDU_OUTGOING)
            return native_done_ref(vm, 0);
        const uint16_t at = next_service(vm, &r, phase, from, &service);
        if (at == r.count)
            continue;
        vm_native_keep(vm, note_of(phase, (uint16_t)(at + 1)));
        return vm_native_call_own_interface(
            vm, service, vm_api_class(service_class), method_of(phase),
            call->cells + 1, 1, after_service);
    }
    return respond(vm);
}

/* An exception is the answer; true ends the phase. */
static enum vm_native_result after_service(struct vm *vm, bool threw,
                                           uint16_t value)
{
    const struct vm_call call = vm_native_again(vm);
    const uint32_t note = vm_native_note(vm);
    const uint8_t phase = (uint8_t)(note >> 16);

    if (threw)
        return vm_exception_is(vm, "java/lang/Exception")
                   ? native_done_ref(vm, vm_exception(vm).object)
                   : vm_throw_again(vm);
    if ((value & 1) == 0)
        return step(vm, &call, phase, (uint16_t)note);
    return step(vm, &call, (uint8_t)(phase + 1), 0);
}

enum vm_native_result native_dispatcher_dispatch(struct vm *vm,
                                                 const struct vm_call *call)
{
    int8_t phase = native_byte(call, 2);

    if (phase < INPUT || phase > OUTPUT)
        return native_throw_service(vm, SERVICE_ILLEGAL_PARAM);
    if (native_apdu_argument(vm, call, 1) == NULL)
        return VM_NATIVE_THREW;
    return step(vm, call, (uint8_t)phase, 0);
}

/* dispatch() came back: nobody wanted the command, or somebody threw. */
static enum vm_native_result not_processed(struct vm *vm, bool threw,
                                           uint16_t value)
{
    if (threw)
        return vm_throw_again(vm);
    return native_throw_iso(vm, value == 0 ? SW_INS_UNSUPPORTED : SW_UNKNOWN);
}

enum vm_native_result native_dispatcher_process(struct vm *vm,
                                                const struct vm_call *call)
{
    const uint16_t args[] = {call->cells[1], INPUT};
    const uint8_t token =
        token_of(dispatcher_class, "dispatch",
                 "(Ljavacard/framework/APDU;B)Ljava/lang/Exception;");

    return vm_native_call_own(vm, call->cells[0], token, args, 2,
                              not_processed);
}
