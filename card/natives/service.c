/*
 * javacard.framework.service.BasicService: the helpers that services share.
 * What the text of the API leaves open is as the reference implementation of
 * 2.2.2 has it: a failed transfer counts as processed; succeed() keeps the
 * output length; the length of a response is one byte.  [JCAPI BasicService]
 */
#include "natives/service.h"

#include "apidef/api_lookup.h"
#include "natives/natives.h"

enum { STATUS_OK = 0x9000 };

enum vm_native_result native_throw_service(struct vm *vm, uint16_t reason)
{
    return vm_throw_name(vm, "javacard/framework/service/ServiceException",
                         reason);
}

struct jcre_apdu *
native_apdu_argument(struct vm *vm, const struct vm_call *call, unsigned cell)
{
    if (native_is_null(vm, call->cells[cell])) {
        (void)native_throw_null(vm);
        return NULL;
    }
    if (call->cells[cell] != jcre_apdu_object()) {
        (void)native_throw_security(vm);
        return NULL;
    }
    return jcre_apdu(jcre_of(vm));
}

static bool fail_bool(struct vm *vm, uint16_t reason)
{
    (void)native_throw_service(vm, reason);
    return false;
}

/* Neither half received nor processed. */
static bool is_input(const struct jcre_apdu *a)
{
    return a->state == APDU_INITIAL || a->state == APDU_FULL_INCOMING;
}

static bool is_output(const struct jcre_apdu *a)
{
    return a->state >= APDU_OUTGOING;
}

bool native_service_receive(struct vm *vm, struct jcre_apdu *a, uint16_t *n)
{
    if (!is_input(a))
        return fail_bool(vm, SERVICE_CANNOT_ACCESS_IN_COMMAND);
    *n = a->buffer[CSF_LENGTH];
    if (a->state != APDU_INITIAL)
        return true;
    if (a->extended || a->nc > CSF_LENGTH_MAX ||
        a->nc > CARD_APDU_BUFFER - CSF_DATA)
        return fail_bool(vm, SERVICE_COMMAND_DATA_TOO_LONG);
    (void)jcre_apdu_receive_first(a, n);
    a->buffer[CSF_LENGTH] = (uint8_t)*n; /* it may have been Le */
    return true;
}

bool native_service_processed(struct vm *vm, struct jcre_apdu *a)
{
    uint16_t ne = 0;

    if (a->state < 0)
        return fail_bool(vm, SERVICE_CANNOT_ACCESS_OUT_COMMAND);
    if (!is_output(a))
        (void)jcre_apdu_outgoing(a, false, &ne);
    return true;
}

/* A service that has no such method of its own: not mine. */
enum vm_native_result native_service_pass(struct vm *vm,
                                          const struct vm_call *call)
{
    if (native_apdu_argument(vm, call, 1) == NULL)
        return VM_NATIVE_THREW;
    return native_done_short(vm, 0);
}

/* RMIService's is the same in the tables of the API. */
enum vm_native_result native_service_command(struct vm *vm,
                                             const struct vm_call *call)
{
    return vm_instance_of(vm, call->cells[0],
                          vm_api_class("javacard/framework/service/RMIService"))
               ? native_rmi_process(vm, call)
               : native_service_pass(vm, call);
}

enum vm_native_result native_service_receive_data(struct vm *vm,
                                                  const struct vm_call *call)
{
    struct jcre_apdu *a = native_apdu_argument(vm, call, 1);
    uint16_t n = 0;

    if (a == NULL || !native_service_receive(vm, a, &n))
        return VM_NATIVE_THREW;
    return native_done_short(vm, n);
}

enum vm_native_result native_service_set_processed(struct vm *vm,
                                                   const struct vm_call *call)
{
    struct jcre_apdu *a = native_apdu_argument(vm, call, 1);

    if (a == NULL || !native_service_processed(vm, a))
        return VM_NATIVE_THREW;
    return VM_NATIVE_DONE;
}

enum vm_native_result native_service_is_processed(struct vm *vm,
                                                  const struct vm_call *call)
{
    const struct jcre_apdu *a = native_apdu_argument(vm, call, 1);

    if (a == NULL)
        return VM_NATIVE_THREW;
    return native_done_short(vm, a->state < 0 || is_output(a));
}

enum vm_native_result
native_service_set_output_length(struct vm *vm, const struct vm_call *call)
{
    struct jcre_apdu *a = native_apdu_argument(vm, call, 1);
    int16_t n = native_short(call, 2);

    if (a == NULL)
        return VM_NATIVE_THREW;
    if (n < 0 || n > CSF_LENGTH_MAX || n > CARD_APDU_BUFFER - CSF_DATA)
        return native_throw_service(vm, SERVICE_ILLEGAL_PARAM);
    a->buffer[CSF_LENGTH] = (uint8_t)n;
    return VM_NATIVE_DONE;
}

/* The APDU of a command that has been processed; NULL: thrown. */
static const struct jcre_apdu *processed(struct vm *vm,
                                         const struct vm_call *call)
{
    const struct jcre_apdu *a = native_apdu_argument(vm, call, 1);

    if (a == NULL || is_output(a))
        return a;
    (void)native_throw_service(vm, SERVICE_CANNOT_ACCESS_OUT_COMMAND);
    return NULL;
}

enum vm_native_result native_service_output_length(struct vm *vm,
                                                   const struct vm_call *call)
{
    const struct jcre_apdu *a = processed(vm, call);

    return a != NULL ? native_done_short(vm, a->buffer[CSF_LENGTH])
                     : VM_NATIVE_THREW;
}

enum vm_native_result native_service_set_sw(struct vm *vm,
                                            const struct vm_call *call)
{
    struct jcre_apdu *a = native_apdu_argument(vm, call, 1);

    if (a == NULL)
        return VM_NATIVE_THREW;
    set_u2(a->buffer + CSF_SW, call->cells[2]);
    return VM_NATIVE_DONE;
}

enum vm_native_result native_service_sw(struct vm *vm,
                                        const struct vm_call *call)
{
    const struct jcre_apdu *a = processed(vm, call);

    return a != NULL ? native_done_short(vm, get_u2(a->buffer + CSF_SW))
                     : VM_NATIVE_THREW;
}

/* ---- endings: setProcessed() of the service, then its status word ---- */

enum ending { ENDS_WELL, ENDS_WITH, FAILS_WITH };

static enum vm_native_result settle(struct vm *vm, const struct vm_call *call,
                                    enum ending how)
{
    struct jcre_apdu *a = jcre_apdu(jcre_of(vm));

    if (how == FAILS_WITH)
        a->buffer[CSF_LENGTH] = 0;
    set_u2(a->buffer + CSF_SW, how == ENDS_WELL ? STATUS_OK : call->cells[2]);
    return native_done_short(vm, 1);
}

static enum vm_native_result settle_then(struct vm *vm, bool threw,
                                         uint16_t value)
{
    const struct vm_call call = vm_native_again(vm);

    (void)value;
    return threw ? vm_throw_again(vm)
                 : settle(vm, &call, (enum ending)vm_native_note(vm));
}

static enum vm_native_result end(struct vm *vm, const struct vm_call *call,
                                 enum ending how)
{
    const struct api_class *row =
        api_class_called("javacard/framework/service/BasicService");
    struct jcre_apdu *a = native_apdu_argument(vm, call, 1);
    uint8_t token = 0;

    if (a == NULL)
        return VM_NATIVE_THREW;
    if (row != NULL)
        (void)api_method_by_name(row, false, "setProcessed",
                                 "(Ljavacard/framework/APDU;)V", &token);
    if (vm_is_overridden(vm, call->cells[0], token)) {
        vm_native_keep(vm, how);
        return vm_native_call_own(vm, call->cells[0], token, call->cells + 1, 1,
                                  settle_then);
    }
    return native_service_processed(vm, a) ? settle(vm, call, how)
                                           : VM_NATIVE_THREW;
}

enum vm_native_result native_service_fail(struct vm *vm,
                                          const struct vm_call *call)
{
    return end(vm, call, FAILS_WITH);
}

enum vm_native_result native_service_succeed(struct vm *vm,
                                             const struct vm_call *call)
{
    return end(vm, call, ENDS_WELL);
}

enum vm_native_result native_service_succeed_with(struct vm *vm,
                                                  const struct vm_call *call)
{
    return end(vm, call, ENDS_WITH);
}

/* ---- the header ---- */

static enum vm_native_result header(struct vm *vm, const struct vm_call *call,
                                    unsigned at, bool is_overwritten)
{
    const struct jcre_apdu *a = native_apdu_argument(vm, call, 1);

    if (a == NULL)
        return VM_NATIVE_THREW;
    if (is_overwritten && !is_input(a))
        return native_throw_service(vm, SERVICE_CANNOT_ACCESS_IN_COMMAND);
    return native_done_short(vm, (int8_t)a->buffer[at]);
}

enum vm_native_result native_service_cla(struct vm *vm,
                                         const struct vm_call *call)
{
    return header(vm, call, CSF_CLA, false);
}

enum vm_native_result native_service_ins(struct vm *vm,
                                         const struct vm_call *call)
{
    return header(vm, call, CSF_INS, false);
}

enum vm_native_result native_service_p1(struct vm *vm,
                                        const struct vm_call *call)
{
    return header(vm, call, CSF_P1, true);
}

enum vm_native_result native_service_p2(struct vm *vm,
                                        const struct vm_call *call)
{
    return header(vm, call, CSF_P2, true);
}
