#include "jcre/call.h"
#include "jcre/native.h"
#include "jcre/state.h"

static bool active_elsewhere(const struct jcre *j, uint8_t context,
                             uint8_t channel)
{
    for (uint8_t c = 0; c < CARD_CHANNELS; c++) {
        if (c != channel && j->selected[c] != 0 && j->contexts[c] == context)
            return true;
    }
    return false;
}

/*
 * Where one of the two is not multiselectable, one context is active on one
 * channel only [JCRE 4.2]; that all applets of a package are alike is the
 * converter's promise.
 */
static bool is_alone(const struct jcre *j, const struct jcre_instance *info,
                     uint8_t channel)
{
    struct jcre_instance other;

    for (uint8_t c = 0; c < CARD_CHANNELS; c++) {
        if (c != channel && j->selected[c] != 0 &&
            j->contexts[c] == info->package &&
            (!info->multiselectable ||
             (jcre_instance(j, j->selected[c], &other) &&
              !other.multiselectable)))
            return false;
    }
    return true;
}

bool jcre_may_select(const struct jcre *j, uint8_t channel, uint16_t instance)
{
    struct jcre_instance info;

    return jcre_instance(j, instance, &info) && is_alone(j, &info, channel);
}

static bool instance_elsewhere(const struct jcre *j, uint16_t instance,
                               uint8_t channel)
{
    for (uint8_t c = 0; c < CARD_CHANNELS; c++) {
        if (c != channel && j->selected[c] == instance)
            return true;
    }
    return false;
}

void jcre_set_channel(struct jcre *j, uint8_t channel)
{
    j->channel = channel;
    j->origin = channel;
    j->last_deselected = 0;
}

uint16_t jcre_selected(const struct jcre *j, uint8_t channel)
{
    return channel < CARD_CHANNELS ? j->selected[channel] : 0;
}

bool jcre_context_active(const struct jcre *j, uint8_t package)
{
    return active_elsewhere(j, package, CARD_CHANNELS);
}

bool jcre_is_active(const struct jcre *j, uint16_t instance)
{
    if (instance == 0)
        return false;
    if (j->installing.registered && j->installing.instance == instance)
        return true;
    return instance_elsewhere(j, instance, CARD_CHANNELS);
}

bool jcre_selecting(const struct jcre *j)
{
    return j->selecting;
}

bool jcre_reselecting(const struct jcre *j)
{
    return j->selecting && j->last_deselected != 0 &&
           j->last_channel == j->channel &&
           j->last_deselected == j->selected[j->channel];
}

uint8_t jcre_origin(const struct jcre *j)
{
    return j->origin;
}

uint8_t jcre_channel(const struct jcre *j)
{
    return j->channel;
}

bool jcre_is_away(const struct jcre *j, uint8_t package)
{
    const struct jcre_services *s = j->services;

    return s != NULL && s->calls->is_away != NULL &&
           s->calls->is_away(s->ctx, package);
}

bool jcre_server(const struct jcre *j, uint16_t instance,
                 struct jcre_instance *info)
{
    return jcre_instance(j, instance, info) && !jcre_is_away(j, info->package);
}

bool jcre_may_share(const struct jcre *j, uint16_t instance)
{
    struct jcre_instance info;

    return jcre_instance(j, instance, &info) &&
           (info.multiselectable ||
            !active_elsewhere(j, info.package, j->channel));
}

static void leave_context(struct jcre *j, uint8_t context)
{
    if (!jcre_context_active(j, context) && !persist_is_dead(j->heap->persist))
        heap_clear_on_deselect(j->heap, context);
}

/* Exactly one of the two forms of deselect [JCRE 4.6]. */
static enum vm_result run_deselect(struct jcre *j,
                                   const struct jcre_instance *info,
                                   uint16_t instance, uint8_t channel)
{
    uint16_t still = instance_elsewhere(j, instance, channel);

    if (!info->multiselectable || !active_elsewhere(j, info->package, channel))
        return jcre_call(j, info->object, j->api.deselect, NULL, 0, NULL);
    return jcre_call_interface(j, info->object, j->api.multiselectable,
                               j->api.multi_deselect, &still, 1, NULL);
}

void jcre_deselect(struct jcre *j, uint8_t channel)
{
    struct jcre_instance info;
    uint16_t instance = jcre_selected(j, channel);
    uint8_t current = j->channel;

    if (instance == 0)
        return;
    j->channel = channel;
    j->selecting = false;
    if (jcre_instance(j, instance, &info))
        (void)jcre_call_end(j, run_deselect(j, &info, instance, channel));
    j->selected[channel] = 0;
    leave_context(j, j->contexts[channel]);
    j->contexts[channel] = 0;
    j->last_deselected = instance;
    j->last_channel = channel;
    j->channel = current;
}

/* Exactly one of the two forms of select [JCRE 4.2]. */
static enum vm_result run_select(struct jcre *j,
                                 const struct jcre_instance *info,
                                 uint16_t instance, uint8_t channel,
                                 uint16_t *accepts)
{
    uint16_t already = instance_elsewhere(j, instance, channel);

    if (!active_elsewhere(j, info->package, channel))
        return jcre_call(j, info->object, j->api.select, NULL, 0, accepts);
    return jcre_call_interface(j, info->object, j->api.multiselectable,
                               j->api.multi_select, &already, 1, accepts);
}

static bool accepts(struct jcre *j, const struct jcre_instance *info,
                    uint16_t instance, uint8_t channel)
{
    uint16_t answer = 0;
    enum vm_result r = VM_HALTED;

    j->selecting = true;
    r = run_select(j, info, instance, channel, &answer);
    j->selecting = false;
    return jcre_call_end(j, r) == SW_OK && (answer & 1) != 0;
}

sw_t jcre_select(struct jcre *j, uint8_t channel, uint16_t instance)
{
    struct jcre_instance info;
    uint8_t current = j->channel;
    bool done = false;

    if (channel >= CARD_CHANNELS || !jcre_instance(j, instance, &info))
        return SW_APPLET_SELECT_FAILED;
    if (!is_alone(j, &info, channel))
        return SW_CONDITIONS;
    j->channel = channel;
    j->selected[channel] = instance;
    j->contexts[channel] = info.package;
    done = accepts(j, &info, instance, channel);
    if (!done) {
        j->selected[channel] = 0;
        j->contexts[channel] = 0;
        leave_context(j, info.package);
    }
    j->channel = current;
    return done ? SW_OK : SW_APPLET_SELECT_FAILED;
}
