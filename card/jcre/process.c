#include <string.h>

#include "base/ct.h"
#include "jcre/call.h"
#include "jcre/native.h"
#include "jcre/state.h"

/* Makes j->ready the instance; false when it is not there. */
static bool make_ready(struct jcre *j, uint16_t instance)
{
    struct jcre_ready *r = &j->ready;
    struct jcre_instance info;

    if (instance != 0 && r->instance == instance &&
        r->generation == j->heap->generation)
        return true;
    r->instance = 0;
    if (!jcre_instance(j, instance, &info) ||
        !vm_find_method(j->vm, info.object, j->api.process, &r->process))
        return false;
    r->object = info.object;
    r->extended_length = info.extended_length;
    r->generation = j->heap->generation;
    r->instance = instance;
    return true;
}

/* What a run of process() came to: it ended, or waits. */
static sw_t after_process(struct jcre *j, enum vm_result r)
{
    sw_t sw = SW_UNKNOWN;

    j->waiting =
        (struct jcre_waiting){r == VM_WAITING, j->selecting, j->channel};
    j->selecting = false;
    if (r == VM_WAITING)
        return JCRE_WAITS;
    sw = jcre_call_end(j, r);
    jcre_apdu_end(&j->apdu, r != VM_RETURNED || sw != SW_OK);
    return sw;
}

static sw_t run_process(struct jcre *j, bool selecting)
{
    const uint16_t apdu = jcre_apdu_object();

    j->selecting = selecting;
    jcre_forget_result(j);
    return after_process(j, vm_run_method(j->vm, j->ready.process,
                                          j->ready.object, &apdu, 1, NULL));
}

sw_t jcre_process(struct jcre *j, uint8_t channel,
                  const struct io_command *command, bool selecting,
                  struct buf *response)
{
    uint8_t current = j->channel;
    sw_t sw = SW_UNKNOWN;

    if (!make_ready(j, jcre_selected(j, channel)))
        return SW_APPLET_SELECT_FAILED;
    if ((command->extended && !j->ready.extended_length) ||
        command->data.n > APDU_NE_MAX)
        return SW_WRONG_LENGTH;
    jcre_apdu_begin(&j->apdu, command, j->ready.extended_length, response,
                    j->io, j->protocol);
    j->channel = channel;
    sw = run_process(j, selecting);
    j->channel = current;
    return sw;
}

bool jcre_is_waiting(const struct jcre *j, uint8_t *channel)
{
    *channel = j->waiting.channel;
    return j->waiting.active;
}

sw_t jcre_resume(struct jcre *j, enum io_awaits refused)
{
    uint8_t current = j->channel;
    sw_t sw = SW_UNKNOWN;

    if (!j->waiting.active)
        return SW_UNKNOWN;
    j->channel = j->origin = j->waiting.channel;
    j->selecting = j->waiting.selecting;
    if (refused != IO_NOTHING)
        (void)vm_throw_name(j->vm, "javacard/framework/APDUException",
                            jcre_apdu_refuse(&j->apdu, refused));
    sw = after_process(j, vm_resume(j->vm));
    j->channel = current;
    return sw;
}

bool jcre_may_have_apdu(const struct jcre *j, uint8_t context)
{
    return j->apdu.active && context != 0 && context == j->contexts[j->channel];
}

/* ---- personalisation [GPCS 7.3.2] ---- */

/*
 * The object that takes the data: the applet, or what it shares with the
 * runtime (no client, parameter 0).
 */
static sw_t find_receiver(struct jcre *j, const struct jcre_instance *info,
                          ref_t *receiver)
{
    static const uint16_t nobody[] = {0, 0};
    uint16_t shared = 0;
    enum vm_result r = VM_HALTED;

    *receiver = info->object;
    if (vm_instance_of(j->vm, *receiver, j->api.personalization) ||
        vm_instance_of(j->vm, *receiver, j->api.application))
        return SW_OK;
    r = jcre_call(j, info->object, j->api.shareable, nobody, 2, &shared);
    if (jcre_call_end(j, r) != SW_OK || shared == 0)
        return SW_CONDITIONS;
    *receiver = shared;
    return vm_instance_of(j->vm, shared, j->api.personalization) ||
                   vm_instance_of(j->vm, shared, j->api.application)
               ? SW_OK
               : SW_CONDITIONS;
}

static sw_t put_answer(struct jcre *j, uint16_t n, struct buf *response)
{
    if (n > sizeof j->apdu.buffer)
        return SW_UNKNOWN;
    return buf_put(response, j->apdu.buffer, n) == ERR_OK ? SW_OK : SW_UNKNOWN;
}

static sw_t give_data(struct jcre *j, ref_t receiver, uint16_t n,
                      struct buf *response)
{
    const uint16_t args[] = {jcre_apdu_buffer(), 0, n, jcre_apdu_buffer(), 0};
    uint16_t answered = 0;
    bool answers = vm_instance_of(j->vm, receiver, j->api.personalization);
    enum vm_result r = VM_HALTED;
    sw_t sw = SW_UNKNOWN;

    if (answers)
        r = jcre_call_interface(j, receiver, j->api.personalization,
                                j->api.personalization_data, args, 5,
                                &answered);
    else
        r = jcre_call_interface(j, receiver, j->api.application,
                                j->api.application_data, args, 3, NULL);
    sw = jcre_call_end(j, r);
    return sw == SW_OK && answers ? put_answer(j, answered, response) : sw;
}

sw_t jcre_process_data(struct jcre *j, uint16_t instance, struct span data,
                       struct buf *response)
{
    struct jcre_instance info;
    ref_t receiver = 0;
    sw_t sw = SW_UNKNOWN;

    if (!jcre_instance(j, instance, &info))
        return SW_CONDITIONS;
    if (data.n > sizeof j->apdu.buffer)
        return SW_WRONG_LENGTH;
    jcre_apdu_reset(&j->apdu);
    sw = find_receiver(j, &info, &receiver);
    if (sw != SW_OK)
        return sw;
    jcre_apdu_reset(&j->apdu);
    if (data.n != 0)
        memcpy(j->apdu.buffer, data.p, data.n);
    sw = give_data(j, receiver, (uint16_t)data.n, response);
    jcre_apdu_reset(&j->apdu);
    return sw;
}
