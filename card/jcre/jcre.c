#include "jcre/jcre.h"

#include <string.h>

#include "apidef/api_lookup.h"
#include "base/ct.h"
#include "jcre/aid.h"
#include "jcre/native.h"
#include "jcre/state.h"
#include "jcre/table.h"

/* Volatile objects: their bodies are members of struct jcre. */
static void set_object(struct jcre *j, unsigned index, struct vm_class class,
                       uint8_t flags)
{
    struct heap_header hd = {0};

    hd.kind = HEAP_OBJECT;
    hd.flags = flags;
    hd.class_package = class.package;
    hd.class_offset = class.offset;
    heap_set_builtin(j->heap, index, &hd, j->none);
}

static void set_bytes(struct jcre *j, unsigned index, uint8_t *p, uint32_t n)
{
    struct heap_header hd = {0};

    hd.kind = HEAP_BYTE_ARRAY;
    hd.flags = HEAP_GLOBAL_ARRAY;
    hd.length = n;
    heap_set_builtin(j->heap, index, &hd, p);
}

static void set_builtins(struct jcre *j)
{
    const uint8_t temporary = HEAP_ENTRY_POINT | HEAP_TEMPORARY;

    set_object(j, JCRE_BUILTIN_APDU, j->api.apdu, temporary);
    set_object(j, JCRE_BUILTIN_CHANNEL, j->api.secure_channel,
               HEAP_ENTRY_POINT);
    set_object(j, JCRE_BUILTIN_PROVIDER, j->api.provider, HEAP_ENTRY_POINT);
    set_object(j, JCRE_BUILTIN_RESOURCES, j->api.resources, HEAP_ENTRY_POINT);
    set_object(j, JCRE_BUILTIN_ORDERS, j->api.byte_order, HEAP_ENTRY_POINT);
    set_object(j, JCRE_BUILTIN_ORDERS + 1, j->api.byte_order, HEAP_ENTRY_POINT);
    set_bytes(j, JCRE_BUILTIN_APDU_BUFFER, j->apdu.buffer,
              sizeof j->apdu.buffer);
    set_bytes(j, JCRE_BUILTIN_INSTALL, j->install_array, 0);
    jcre_oneshot_bind(j);
}

static uint8_t token_of(const char *class_name, const char *name,
                        const char *descriptor)
{
    const struct api_class *c = api_class_called(class_name);
    uint8_t token = 0;

    if (c != NULL)
        (void)api_method_by_name(c, false, name, descriptor, &token);
    return token;
}

static void find_classes(struct jcre_api *a)
{
    a->aid = vm_api_class("javacard/framework/AID");
    a->applet = vm_api_class("javacard/framework/Applet");
    a->applet_event = vm_api_class("javacard/framework/AppletEvent");
    a->apdu = vm_api_class("javacard/framework/APDU");
    a->multiselectable = vm_api_class("javacard/framework/MultiSelectable");
    a->extended_length = vm_api_class("javacardx/apdu/ExtendedLength");
    a->application = vm_api_class("org/globalplatform/Application");
    a->personalization = vm_api_class("org/globalplatform/Personalization");
    a->secure_channel = vm_api_class("org/globalplatform/GPSystem$Channel");
    a->provider = vm_api_class("visa/openplatform/OPSystem$Domain");
    a->resources = vm_api_class("javacard/framework/Resources");
    a->byte_order = vm_api_class("javacardx/framework/nio/ByteOrder");
    a->upgrade_listener =
        vm_api_class("org/globalplatform/upgrade/OnUpgradeListener");
    a->element = vm_api_class("org/globalplatform/upgrade/Element");
    a->mapped_element =
        vm_api_class("org/globalplatform/upgrade/MappedElement");
}

static void find_tokens(struct jcre_api *a)
{
    const char *applet = "javacard/framework/Applet";
    const char *multi = "javacard/framework/MultiSelectable";
    const char *pin = "javacard/framework/OwnerPIN";
    const char *listener = "org/globalplatform/upgrade/OnUpgradeListener";

    a->select = token_of(applet, "select", "()Z");
    a->deselect = token_of(applet, "deselect", "()V");
    a->process = token_of(applet, "process", "(Ljavacard/framework/APDU;)V");
    a->shareable =
        token_of(applet, "getShareableInterfaceObject",
                 "(Ljavacard/framework/AID;B)Ljavacard/framework/Shareable;");
    a->multi_select = token_of(multi, "select", "(Z)Z");
    a->multi_deselect = token_of(multi, "deselect", "(Z)V");
    a->uninstall =
        token_of("javacard/framework/AppletEvent", "uninstall", "()V");
    a->application_data =
        token_of("org/globalplatform/Application", "processData", "([BSS)V");
    a->personalization_data = token_of("org/globalplatform/Personalization",
                                       "processData", "([BSS[BS)S");
    a->get_flag = token_of(pin, "getValidatedFlag", "()Z");
    a->set_flag = token_of(pin, "setValidatedFlag", "(Z)V");
    a->on_save =
        token_of(listener, "onSave", "()Lorg/globalplatform/upgrade/Element;");
    a->on_cleanup = token_of(listener, "onCleanup", "()V");
    a->on_restore = token_of(listener, "onRestore",
                             "(Lorg/globalplatform/upgrade/Element;)V");
    a->on_consolidate = token_of(listener, "onConsolidate", "()V");
}

void jcre_bind(struct jcre *j, struct vm *vm, struct heap *heap,
               struct vault *vault, const struct card_port *port,
               const struct jcre_services *services)
{
    j->vm = vm;
    j->heap = heap;
    j->vault = vault;
    j->port = port;
    j->services = services;
    find_classes(&j->api);
    find_tokens(&j->api);
    set_builtins(j);
}

void jcre_set_protocol(struct jcre *j, enum card_protocol protocol,
                       struct io *io)
{
    j->protocol = protocol;
    j->io = io;
    if (j->apdu.active) { /* of a copy whose applet waits */
        j->apdu.io = io;
        j->apdu.response = &io->response;
    }
}

uint8_t jcre_selected_context(const struct jcre *j)
{
    if (j->installing.package != 0)
        return j->installing.package;
    if (j->addressed != 0)
        return j->addressed;
    return j->contexts[j->channel];
}

static uint8_t selected_context(void *ctx)
{
    return jcre_selected_context(ctx);
}

/* [JCRE 6.2.8.6] */
static bool may_share(void *ctx, uint8_t context)
{
    const struct jcre *j = ctx;
    struct jcre_instance info;

    if (context == jcre_selected_context(j))
        return true;
    if (jcre_is_away(j, context))
        return false;
    for (uint8_t c = 0; c < CARD_CHANNELS; c++) {
        if (c != j->channel && j->selected[c] != 0 &&
            j->contexts[c] == context &&
            jcre_instance(j, j->selected[c], &info) && !info.multiselectable)
            return false;
    }
    return true;
}

/* ByteOrder.BIG_ENDIAN and LITTLE_ENDIAN are all that the API has. */
static ref_t static_of(void *ctx, struct vm_class c, uint32_t token)
{
    const struct jcre *j = ctx;

    if (c.package != j->api.byte_order.package ||
        c.offset != j->api.byte_order.offset || token > 1)
        return 0;
    return jcre_byte_order(token == 1);
}

struct vm_hooks jcre_vm_hooks(struct jcre *j)
{
    struct vm_hooks hooks = {0};

    hooks.ctx = j;
    hooks.selected_context = selected_context;
    hooks.may_share = may_share;
    hooks.static_of = static_of;
    return hooks;
}

enum err jcre_format(struct jcre *j)
{
    return jcre_table_format(j);
}

static uint64_t now(const struct jcre *j)
{
    return j->port->clock != NULL ? j->port->clock(j->port->ctx) : 0;
}

uint64_t jcre_uptime(struct jcre *j)
{
    const uint64_t passed = now(j) - j->started;

    j->uptime =
        passed > j->uptime && passed <= INT64_MAX ? passed : j->uptime + 1;
    return j->uptime;
}

enum err jcre_reset(struct jcre *j)
{
    j->channel = 0;
    j->selecting = false;
    j->collect = false;
    j->uptime = 0;
    j->started = now(j);
    j->last_deselected = 0;
    j->addressed = 0;
    memset(j->selected, 0, sizeof j->selected);
    memset(j->contexts, 0, sizeof j->contexts);
    wipe(&j->installing, sizeof j->installing);
    j->ready.instance = 0;
    j->waiting.active = false;
    wipe(j->install_array, sizeof j->install_array);
    jcre_apdu_reset(&j->apdu);
    jcre_oneshot_close_all(j);
    set_builtins(j);
    return heap_root(j->heap, HEAP_ROOT_APPLETS) != 0 ? ERR_OK : ERR_CORRUPT;
}

void jcre_between_commands(struct jcre *j)
{
    uint32_t freed = 0;

    if (j->waiting.active)
        return;
    heap_window_forget(j->heap, 0);
    if (heap_in_transaction(j->heap) || heap_in_epoch(j->heap) ||
        persist_is_dead(j->heap->persist))
        return;
    if (heap_has_retired(j->heap))
        heap_release_retired(j->heap);
    if (j->collect && heap_collect(j->heap, NULL, 0, &freed) == ERR_OK)
        j->collect = false;
    if (heap_settle_down(j->heap) != ERR_OK)
        persist_give_up(j->heap->persist);
}

/* ---- for natives ---- */

struct jcre *jcre_of(const struct vm *vm)
{
    return vm_environment(vm);
}

struct vault *jcre_vault(const struct jcre *j)
{
    return j->vault;
}

const struct card_port *jcre_port(const struct jcre *j)
{
    return j->port;
}

const struct jcre_services *jcre_services(const struct jcre *j)
{
    return j->services;
}

ref_t jcre_aid_object(const struct jcre *j, uint16_t instance)
{
    struct jcre_pair pair;

    if (j->installing.registered && j->installing.instance == instance)
        return j->installing.aid;
    return jcre_table_get(j, instance, &pair) ? pair.aid : 0;
}

uint8_t jcre_shareable_token(const struct jcre *j)
{
    return j->api.shareable;
}

uint8_t jcre_get_flag_token(const struct jcre *j)
{
    return j->api.get_flag;
}

uint8_t jcre_set_flag_token(const struct jcre *j)
{
    return j->api.set_flag;
}

enum card_protocol jcre_protocol(const struct jcre *j)
{
    return j->protocol;
}

struct jcre_apdu *jcre_apdu(struct jcre *j)
{
    return &j->apdu;
}

ref_t jcre_apdu_object(void)
{
    return HEAP_BUILTIN_FIRST + JCRE_BUILTIN_APDU;
}

ref_t jcre_apdu_buffer(void)
{
    return HEAP_BUILTIN_FIRST + JCRE_BUILTIN_APDU_BUFFER;
}

ref_t jcre_resources_object(void)
{
    return HEAP_BUILTIN_FIRST + JCRE_BUILTIN_RESOURCES;
}

ref_t jcre_byte_order(bool little)
{
    return (ref_t)(HEAP_BUILTIN_FIRST + JCRE_BUILTIN_ORDERS + little);
}

ref_t jcre_secure_channel_object(void)
{
    return HEAP_BUILTIN_FIRST + JCRE_BUILTIN_CHANNEL;
}

ref_t jcre_provider_object(void)
{
    return HEAP_BUILTIN_FIRST + JCRE_BUILTIN_PROVIDER;
}

void jcre_request_deletion(struct jcre *j)
{
    j->collect = true;
}
