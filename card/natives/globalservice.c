/*
 * Global services: GPSystem.getService() and getCVM() look for who offers one
 * and ask it for its interface; GPRegistryEntry registers them.  An interface
 * that is not what it should be, or an exception, is no service: null.
 * [GPCS 8.1, A.1]
 */
#include "natives/gp.h"

#include "natives/natives.h"

enum {
    GLOBAL_SERVICE_IDENTIFIER = 0x80,
    FAMILY_CVM = 0x82,
    GLOBAL_PIN = 0x11,
    NAME_GLOBAL_PIN = FAMILY_CVM << 8 | GLOBAL_PIN,
    SERVICE_INTERFACE_TOKEN = 0, /* the only method of GlobalService */
};

static const char global_service[] = "org/globalplatform/GlobalService";
static const char cvm[] = "org/globalplatform/CVM";

/* A reference that is to be of this class: itself, or null. */
static ref_t if_instance(const struct vm *vm, ref_t ref, const char *class)
{
    return vm_instance_of(vm, ref, vm_api_class(class)) ? ref : 0;
}

/* Asks the instance for its GlobalService; null when that cannot be. */
static enum vm_native_result ask(struct vm *vm, uint16_t instance,
                                 vm_continuation *then)
{
    struct jcre *j = jcre_of(vm);
    const uint16_t args[] = {jcre_aid_object(j, vm_owner(vm)),
                             (uint16_t)(int8_t)GLOBAL_SERVICE_IDENTIFIER};
    struct jcre_instance server;

    if (!jcre_server(j, instance, &server))
        return native_done_ref(vm, 0);
    if (!jcre_may_share(j, instance))
        return native_throw_security(vm);
    return vm_native_call_virtual(vm, server.object, jcre_shareable_token(j),
                                  args, sizeof args / sizeof args[0], then);
}

static enum vm_native_result got_service(struct vm *vm, bool threw,
                                         uint16_t value)
{
    return native_done_ref(vm,
                           threw ? 0 : if_instance(vm, value, global_service));
}

enum vm_native_result native_gp_service(struct vm *vm,
                                        const struct vm_call *call)
{
    const struct jcre_services *s = native_gp_services(vm);
    struct span aid = span_of(NULL, 0);

    if (!native_is_null(vm, call->cells[0]) &&
        !native_aid(vm, call, call->cells[0], &aid))
        return VM_NATIVE_THREW;
    return ask(vm, s->calls->service(s->ctx, aid, call->cells[1]), got_service);
}

/* ---- by way of the service to the method of verification ---- */

static enum vm_native_result got_cvm(struct vm *vm, bool threw, uint16_t value)
{
    return native_done_ref(vm, threw ? 0 : if_instance(vm, value, cvm));
}

static enum vm_native_result got_cvm_service(struct vm *vm, bool threw,
                                             uint16_t value)
{
    const struct vm_call call = vm_native_again(vm);
    const ref_t service = threw ? 0 : if_instance(vm, value, global_service);
    uint16_t args[] = {0, 0, 0, 0, 0}; /* entry, name, no array */

    if (service == 0)
        return native_done_ref(vm, 0);
    /* since ask() it is the runtime that runs */
    if (!native_gp_entry_of(vm, vm_previous_owner(vm), &args[0]))
        return VM_NATIVE_THREW;
    args[1] = (uint16_t)(FAMILY_CVM << 8 | (call.cells[0] & 0xFF));
    return vm_native_call_interface(vm, service, vm_api_class(global_service),
                                    SERVICE_INTERFACE_TOKEN, args,
                                    sizeof args / sizeof args[0], got_cvm);
}

/*
 * The card's own global PIN is there as long as no application has registered
 * that name, or, once it has a value or limit, for good.
 */
enum vm_native_result native_gp_cvm(struct vm *vm, const struct vm_call *call)
{
    const struct jcre_services *s = native_gp_services(vm);
    const uint8_t id = (uint8_t)call->cells[0];
    uint16_t instance = 0;

    if (id == GLOBAL_PIN && native_cvm_is_set(vm))
        return native_done_ref(vm, native_cvm_object(vm));
    instance = s->calls->service(s->ctx, span_of(NULL, 0),
                                 (uint16_t)(FAMILY_CVM << 8 | id));
    if (instance != 0)
        return ask(vm, instance, got_cvm_service);
    return native_done_ref(vm, id == GLOBAL_PIN ? native_cvm_object(vm) : 0);
}

/* ---- registering ---- */

/* The card's own takes its name, and so the family, once it is in use. */
static bool covers_global_pin(uint16_t name)
{
    return name == NAME_GLOBAL_PIN || name == FAMILY_CVM << 8;
}

enum vm_native_result native_entry_register(struct vm *vm,
                                            const struct vm_call *call)
{
    const struct jcre_services *s = native_gp_services(vm);
    const uint16_t name = call->cells[1];
    struct span aid;
    sw_t sw = SW_CONDITIONS;

    if (!native_entry_names(vm, call, &aid))
        return VM_NATIVE_THREW;
    if (!covers_global_pin(name) || !native_cvm_is_set(vm))
        sw = s->calls->register_service(s->ctx, vm_previous_owner(vm), aid,
                                        name);
    return sw == SW_OK ? VM_NATIVE_DONE : native_throw_iso(vm, sw);
}

enum vm_native_result native_entry_deregister(struct vm *vm,
                                              const struct vm_call *call)
{
    const struct jcre_services *s = native_gp_services(vm);
    struct span aid;
    sw_t sw = SW_UNKNOWN;

    if (!native_entry_names(vm, call, &aid))
        return VM_NATIVE_THREW;
    sw = s->calls->deregister_service(s->ctx, vm_previous_owner(vm), aid,
                                      call->cells[1]);
    return sw == SW_OK ? VM_NATIVE_DONE : native_throw_iso(vm, sw);
}
