#include "jcre/call.h"

#include <string.h>

#include "jcre/native.h"
#include "jcre/state.h"

enum { TRACE_MAX = 120 };

static void append(char *text, const char *more)
{
    size_t at = 0;

    while (text[at] != 0)
        at++;
    while (*more != 0 && at < TRACE_MAX - 1)
        text[at++] = *more++;
    text[at] = 0;
}

void jcre_trace(const struct jcre *j, const char *what, const char *why)
{
    char text[TRACE_MAX] = {0};

    if (j->port->trace == NULL)
        return;
    append(text, what);
    append(text, ": ");
    append(text, why);
    j->port->trace(j->port->ctx, text);
}

static const char *exception_name(const struct vm_exception *x)
{
    uint8_t row = (uint8_t)(x->class.package & ~VM_API);

    if ((x->class.package & VM_API) == 0 || row >= api_package_count ||
        x->class.offset >= api_packages[row].class_count)
        return "a class of the package";
    return api_packages[row].classes[x->class.offset].name;
}

static sw_t exception_sw(const struct jcre *j)
{
    struct vm_exception x = vm_exception(j->vm);

    if (vm_exception_is(j->vm, "javacard/framework/ISOException"))
        return x.reason;
    jcre_trace(j, "uncaught exception", exception_name(&x));
    return SW_UNKNOWN;
}

static sw_t result_sw(const struct jcre *j, enum vm_result r)
{
    if (r == VM_RETURNED)
        return SW_OK;
    if (r == VM_THREW)
        return exception_sw(j);
    jcre_trace(j, "the virtual machine halted", vm_halt_text(j->vm));
    return SW_UNKNOWN;
}

sw_t jcre_call_end(struct jcre *j, enum vm_result r)
{
    sw_t sw = result_sw(j, r);

    jcre_oneshot_close_all(j);
    /* a store that failed may hold torn objects: nothing walks them now */
    if (persist_is_dead(j->heap->persist))
        return SW_MEMORY_FAILURE;
    if (!heap_in_transaction(j->heap))
        return sw;
    if (heap_abort(j->heap) != ERR_OK)
        return SW_MEMORY_FAILURE;
    if (r == VM_RETURNED) {
        jcre_trace(j, "transaction aborted", "the applet left it open");
        return SW_UNKNOWN;
    }
    return sw;
}

/* ---- results of sensitive methods [JCAPI SensitiveResult] ---- */

void jcre_keep_result(struct jcre *j, enum jcre_result_kind kind,
                      uint16_t value)
{
    j->kept = (struct jcre_kept){.kind = (uint8_t)kind,
                                 .not_kind = (uint8_t)~kind,
                                 .value = value,
                                 .not_value = (uint16_t)~value};
}

void jcre_forget_result(struct jcre *j)
{
    jcre_keep_result(j, JCRE_RESULT_UNASSIGNED, 0);
}

bool jcre_result(const struct jcre *j, enum jcre_result_kind kind,
                 uint16_t *value)
{
    *value = j->kept.value;
    return j->kept.kind == kind && (j->kept.kind ^ j->kept.not_kind) == 0xFF &&
           (j->kept.value ^ j->kept.not_value) == 0xFFFF;
}

/* ---- calls ---- */

/* A pointer for no arguments, for who copies them. */
static const uint16_t nothing[1];

enum vm_result jcre_call(struct jcre *j, ref_t applet, uint8_t token,
                         const uint16_t *args, uint8_t count, uint16_t *result)
{
    jcre_forget_result(j);
    return vm_run_virtual(j->vm, applet, token, args != NULL ? args : nothing,
                          count, result);
}

enum vm_result jcre_call_interface(struct jcre *j, ref_t object,
                                   struct vm_class iface, uint8_t token,
                                   const uint16_t *args, uint8_t count,
                                   uint16_t *result)
{
    jcre_forget_result(j);
    return vm_run_interface(j->vm, object, iface, token,
                            args != NULL ? args : nothing, count, result);
}
