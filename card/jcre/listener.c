#include "jcre/listener.h"

#include "jcre/call.h"
#include "jcre/entry.h"
#include "jcre/native.h"
#include "jcre/state.h"

enum { TOKEN_NOTIFY = 0 /* the first method of each of the interfaces */ };

bool jcre_may_listen(const struct jcre *j, uint16_t instance)
{
    const struct vm_class class =
        vm_api_class("org/globalplatform/contactless/CLApplet");
    struct jcre_instance info;

    return jcre_server(j, instance, &info) && jcre_may_share(j, instance) &&
           vm_package_uses(j->vm, info.package, class.package);
}

struct vm_class jcre_cl_class(uint8_t identifier)
{
    switch (identifier) {
    case JCRE_CL_POLICY:
        return vm_api_class(
            "org/globalplatform/contactless/CLAppletActivationPolicy");
    case JCRE_CL_CRS:
        return vm_api_class("org/globalplatform/contactless/CRSApplication");
    case JCRE_CL_CREL:
        return vm_api_class("org/globalplatform/contactless/CRELApplication");
    default:
        return vm_api_class("org/globalplatform/contactless/CLApplet");
    }
}

/* What the applet shares with the runtime; 0: nothing of this class. */
static ref_t ask(struct jcre *j, const struct jcre_instance *info,
                 uint8_t identifier)
{
    const uint16_t args[] = {0, (uint16_t)(int8_t)identifier};
    uint16_t shared = 0;
    const enum vm_result r =
        jcre_call(j, info->object, j->api.shareable, args, 2, &shared);

    if (jcre_call_end(j, r) != SW_OK ||
        !vm_instance_of(j->vm, shared, jcre_cl_class(identifier)))
        return 0;
    return shared;
}

/* As in uninstall(), the context counts as the selected one. */
void jcre_notify_one(struct jcre *j, const struct jcre_notice *notice,
                     ref_t entry)
{
    const bool is_self = notice->identifier == JCRE_CL_APPLET;
    const uint16_t args[] = {entry, notice->event};
    struct jcre_instance info;

    if (!jcre_may_listen(j, notice->listener) ||
        !jcre_instance(j, notice->listener, &info))
        return;
    j->addressed = info.package;
    const ref_t shared = ask(j, &info, notice->identifier);
    if (shared != 0)
        (void)jcre_call_end(
            j, jcre_call_interface(j, shared, jcre_cl_class(notice->identifier),
                                   TOKEN_NOTIFY, is_self ? args + 1 : args,
                                   is_self ? 1 : 2, NULL));
    j->addressed = 0;
}

void jcre_notify(struct jcre *j, uint16_t subject, uint8_t event)
{
    const struct jcre_services *s = j->services;
    struct jcre_notice n = {.subject = subject, .event = event};
    ref_t entry = 0;

    while (!persist_is_dead(j->heap->persist) &&
           s->calls->contactless->next_listener(s->ctx, &n)) {
        /* an object is made for who will get it, and for nobody else */
        if (!jcre_may_listen(j, n.listener) ||
            (n.identifier != JCRE_CL_APPLET &&
             jcre_entry(j, span_of(n.aid, n.aid_length), &entry) != ERR_OK))
            continue;
        jcre_notify_one(j, &n, entry);
    }
}
