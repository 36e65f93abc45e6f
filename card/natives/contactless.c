/*
 * org.globalplatform.contactless, but for setCLState() (activation.c): what
 * the registry keeps of applications for the contactless interface, and the
 * lists in it.  There is no radio, and no host device with a user interface:
 * what would be asked of them is told so.  [Amd C 3.11; GP API 1.4]
 */
#include "natives/contactless.h"

#include "jcre/entry.h"
#include "natives/gp.h"
#include "natives/natives.h"

enum {
    ELEMENT_UNKNOWN = 0,
    HOST_UNKNOWN = -0x8000,
    NAME_MIN = 5,
    NAME_MAX = 16,
};

static const char entry_class[] = "org/globalplatform/GPSystem$Entry";

static const struct jcre_contactless *calls(const struct vm *vm)
{
    return native_gp_services(vm)->calls->contactless;
}

static void *context(const struct vm *vm)
{
    return native_gp_services(vm)->ctx;
}

/* Done as far as the domains go: void, or thrown. */
static enum vm_native_result done(struct vm *vm, sw_t sw)
{
    return sw == SW_OK ? VM_NATIVE_DONE : native_throw_iso(vm, sw);
}

/* ---- entries ---- */

static enum vm_native_result done_entry(struct vm *vm, struct span aid)
{
    ref_t object = 0;

    if (aid.n == 0)
        return native_done_ref(vm, 0);
    const enum err e = jcre_entry(jcre_of(vm), aid, &object);
    return e == ERR_OK ? native_done_ref(vm, object) : vm_throw_err(vm, e);
}

enum vm_native_result native_cl_entry(struct vm *vm, const struct vm_call *call)
{
    ref_t own = 0;
    struct span aid;

    if (native_is_null(vm, call->cells[0]))
        return native_gp_entry_of(vm, vm_owner(vm), &own)
                   ? native_done_ref(vm, own)
                   : VM_NATIVE_THREW;
    if (!native_aid(vm, call, call->cells[0], &aid))
        return VM_NATIVE_THREW;
    return calls(vm)->may_see(context(vm), vm_owner(vm), aid)
               ? done_entry(vm, aid)
               : native_done_ref(vm, 0);
}

/*
 * An entry that is an argument: one of the card's own, or null, which has no
 * AID.  *gone: what it names is.  False: thrown.
 */
static bool take_entry(struct vm *vm, const struct vm_call *call, ref_t ref,
                       struct span *aid, bool *gone)
{
    *aid = span_of(NULL, 0);
    *gone = false;
    if (native_is_null(vm, ref))
        return true;
    if (!native_instance(vm, call, ref, entry_class))
        return false;
    if (jcre_entry_aid(jcre_of(vm), ref, aid, gone))
        return true;
    (void)native_throw_null(vm); /* an abort took its name back */
    return false;
}

enum vm_native_result native_cl_state(struct vm *vm, const struct vm_call *call)
{
    struct jcre_entry e;

    return native_entry_find(vm, call, &e)
               ? native_done_short(vm, (int8_t)calls(vm)->state(
                                           context(vm), native_cl_aid(&e)))
               : VM_NATIVE_THREW;
}

/* ---- lists ---- */

/* Whether the applet itself is a CRELApplication. */
static bool is_crel(const struct vm *vm, uint16_t instance)
{
    struct jcre_instance info;

    return jcre_instance(jcre_of(vm), instance, &info) &&
           vm_instance_of(
               vm, info.object,
               vm_api_class("org/globalplatform/contactless/CRELApplication"));
}

static enum vm_native_result walk(struct vm *vm, const struct vm_call *call,
                                  ref_t after, struct jcre_cl_walk *w)
{
    struct jcre_entry next;
    bool gone = false;

    w->who = native_cl_caller(vm);
    w->is_crel = is_crel(vm, w->who);
    if (!take_entry(vm, call, after, &w->after, &gone))
        return VM_NATIVE_THREW;
    const sw_t sw = calls(vm)->next(context(vm), w, &next);
    if (sw != SW_OK)
        return native_throw_iso(vm, sw);
    /* who is gone is on no list, whoever has its name now */
    return done_entry(vm, gone ? span_of(NULL, 0) : native_cl_aid(&next));
}

enum vm_native_result native_cl_next_of_family(struct vm *vm,
                                               const struct vm_call *call)
{
    struct jcre_cl_walk w = {.list = JCRE_CL_FAMILY, .family = call->cells[1]};

    return walk(vm, call, call->cells[0], &w);
}

static enum vm_native_result walk_own(struct vm *vm, const struct vm_call *call,
                                      enum jcre_cl_list list)
{
    struct jcre_cl_walk w = {.list = list};
    struct jcre_entry e;

    if (!native_entry_find(vm, call, &e))
        return VM_NATIVE_THREW;
    w.aid = native_cl_aid(&e);
    return walk(vm, call, call->cells[1], &w);
}

enum vm_native_result native_cl_next_conflict(struct vm *vm,
                                              const struct vm_call *call)
{
    return walk_own(vm, call, JCRE_CL_CONFLICTS);
}

enum vm_native_result native_cl_next_member(struct vm *vm,
                                            const struct vm_call *call)
{
    return walk_own(vm, call, JCRE_CL_MEMBERS);
}

enum vm_native_result native_cl_next_crel(struct vm *vm,
                                          const struct vm_call *call)
{
    return walk_own(vm, call, JCRE_CL_CRELS);
}

enum vm_native_result native_cl_next_referencing(struct vm *vm,
                                                 const struct vm_call *call)
{
    return walk_own(vm, call, JCRE_CL_REFERENCING);
}

/* ---- information ---- */

static struct buf scratch_of(const struct vm *vm)
{
    const struct card_port *port = jcre_port(jcre_of(vm));

    return buf_of(port->scratch, port->scratch_size);
}

/* What is in scratch memory goes to the array: its end. */
static enum vm_native_result give(struct vm *vm, const struct native_range *r,
                                  struct span data)
{
    if (data.n > r->v.h.length - r->at)
        return native_throw_bounds(vm);
    return native_write(vm, r->ref, r->at, data.p, (uint32_t)data.n,
                        HEAP_ATOMIC)
               ? native_done_short(vm, (int32_t)(r->at + data.n))
               : VM_NATIVE_THREW;
}

enum vm_native_result native_cl_info(struct vm *vm, const struct vm_call *call)
{
    struct buf data = scratch_of(vm);
    struct native_range r;
    struct jcre_entry e;

    if (!native_entry_find(vm, call, &e) ||
        !native_target(vm, call, call->cells[1], native_short(call, 2), 0, &r))
        return VM_NATIVE_THREW;
    const sw_t sw =
        calls(vm)->get_info(context(vm), native_cl_caller(vm),
                            native_cl_aid(&e), call->cells[3], &data);
    return sw == SW_OK ? give(vm, &r, buf_span(&data))
                       : native_throw_iso(vm, sw);
}

enum vm_native_result native_cl_set_info(struct vm *vm,
                                         const struct vm_call *call)
{
    struct jcre_notice n = {.event = JCRE_CL_NO_EVENT};
    struct buf data = scratch_of(vm);
    struct native_range r;
    struct jcre_entry e;

    if (!native_entry_find(vm, call, &e) || !native_piece(vm, call, 1, &r))
        return VM_NATIVE_THREW;
    /* a copy: objects may move while a record is made */
    if (buf_put_span(&data, native_span(&r)) != ERR_OK)
        return native_throw_iso(vm, SW_NO_MEMORY);
    const sw_t sw = calls(vm)->set_info(context(vm), native_cl_caller(vm),
                                        native_cl_aid(&e), call->cells[4],
                                        buf_span(&data), &n);
    return sw == SW_OK ? native_cl_tell(vm, &n, 0, CL_ENDS_INFO)
                       : native_throw_iso(vm, sw);
}

/* ---- names ---- */

/* An AID of an application, in bytes. */
struct name {
    uint8_t bytes[NAME_MAX];
    uint8_t n;
};

static bool take_name(struct vm *vm, const struct vm_call *call,
                      struct name *name)
{
    struct native_range r;

    if (!native_piece(vm, call, 1, &r))
        return false;
    if (r.n < NAME_MIN || r.n > NAME_MAX) {
        (void)native_throw_iso(vm, SW_WRONG_DATA);
        return false;
    }
    name->n = (uint8_t)r.n;
    for (size_t i = 0; i < r.n; i++)
        name->bytes[i] = native_span(&r).p[i];
    return true;
}

static enum vm_native_result change_names(struct vm *vm,
                                          const struct vm_call *call,
                                          enum jcre_cl_names list, bool add)
{
    struct jcre_notice n = {.event = JCRE_CL_NO_EVENT};
    uint16_t extra = 0;
    struct jcre_entry e;
    struct name name;

    if (!native_entry_find(vm, call, &e) || !take_name(vm, call, &name))
        return VM_NATIVE_THREW;
    const struct span bytes = span_of(name.bytes, name.n);
    const sw_t sw = (add ? calls(vm)->add_name : calls(vm)->remove_name)(
        context(vm), native_cl_caller(vm), native_cl_aid(&e), list, bytes, &n);
    if (sw != SW_OK)
        return native_throw_iso(vm, sw);
    /* who is a CREL application no longer is told so, too */
    if (n.event == JCRE_CL_CREL_REMOVED)
        extra = jcre_find(jcre_of(vm), bytes);
    return native_cl_tell(vm, &n, extra, CL_ENDS_VOID);
}

enum vm_native_result native_cl_add_member(struct vm *vm,
                                           const struct vm_call *call)
{
    return change_names(vm, call, JCRE_CL_MEMBER_NAMES, true);
}

enum vm_native_result native_cl_remove_member(struct vm *vm,
                                              const struct vm_call *call)
{
    return change_names(vm, call, JCRE_CL_MEMBER_NAMES, false);
}

enum vm_native_result native_cl_add_crel(struct vm *vm,
                                         const struct vm_call *call)
{
    return change_names(vm, call, JCRE_CL_CREL_NAMES, true);
}

enum vm_native_result native_cl_remove_crel(struct vm *vm,
                                            const struct vm_call *call)
{
    return change_names(vm, call, JCRE_CL_CREL_NAMES, false);
}

/* ---- groups ---- */

/* null: it leaves the group that it is in. */
enum vm_native_result native_cl_join(struct vm *vm, const struct vm_call *call)
{
    struct jcre_notice n = {.event = JCRE_CL_NO_EVENT};
    uint8_t bytes[NAME_MAX];
    struct buf head = buf_of(bytes, sizeof bytes);
    struct jcre_entry e;
    struct span aid = span_of(NULL, 0);

    if (!native_entry_find(vm, call, &e) ||
        (!native_is_null(vm, call->cells[1]) &&
         !native_aid(vm, call, call->cells[1], &aid)))
        return VM_NATIVE_THREW;
    if (buf_put_span(&head, aid) != ERR_OK)
        return native_throw_iso(vm, SW_WRONG_DATA);
    const sw_t sw = calls(vm)->join(context(vm), native_cl_caller(vm),
                                    native_cl_aid(&e), buf_span(&head), &n);
    return sw == SW_OK ? native_cl_tell(vm, &n, 0, CL_ENDS_VOID)
                       : native_throw_iso(vm, sw);
}

typedef sw_t group_question(void *ctx, uint16_t who, struct span aid,
                            bool *answer);

static enum vm_native_result ask(struct vm *vm, const struct vm_call *call,
                                 group_question *question)
{
    bool answer = false;
    struct jcre_entry e;

    if (!native_entry_find(vm, call, &e))
        return VM_NATIVE_THREW;
    const sw_t sw =
        question(context(vm), native_cl_caller(vm), native_cl_aid(&e), &answer);
    return sw == SW_OK ? native_done_short(vm, answer)
                       : native_throw_iso(vm, sw);
}

enum vm_native_result native_cl_is_head(struct vm *vm,
                                        const struct vm_call *call)
{
    return ask(vm, call, calls(vm)->is_head);
}

enum vm_native_result native_cl_is_member(struct vm *vm,
                                          const struct vm_call *call)
{
    return ask(vm, call, calls(vm)->is_member);
}

/* ---- order ---- */

enum vm_native_result native_cl_set_order(struct vm *vm,
                                          const struct vm_call *call)
{
    struct jcre_notice n = {.event = JCRE_CL_NO_EVENT};
    struct jcre_entry e;

    if (!native_entry_find(vm, call, &e))
        return VM_NATIVE_THREW;
    const sw_t sw =
        calls(vm)->set_order(context(vm), native_cl_caller(vm),
                             native_cl_aid(&e), call->cells[1] != 0, &n);
    return sw == SW_OK ? native_cl_tell(vm, &n, 0, CL_ENDS_VOID)
                       : native_throw_iso(vm, sw);
}

enum vm_native_result native_cl_set_first(struct vm *vm,
                                          const struct vm_call *call)
{
    struct jcre_notice n = {.event = JCRE_CL_NO_EVENT};
    struct span aid;
    bool gone = false;

    if (!take_entry(vm, call, call->cells[0], &aid, &gone))
        return VM_NATIVE_THREW;
    if (gone)
        return native_throw_system(vm, SYSTEM_ILLEGAL_USE);
    const sw_t sw =
        calls(vm)->set_first(context(vm), native_cl_caller(vm), aid, &n);
    return sw == SW_OK ? native_cl_tell(vm, &n, 0, CL_ENDS_VOID)
                       : native_throw_iso(vm, sw);
}

/* ---- the card ---- */

enum vm_native_result native_cl_card_info(struct vm *vm,
                                          const struct vm_call *call)
{
    struct buf data = scratch_of(vm);
    struct native_range r;

    if (!native_target(vm, call, call->cells[0], native_short(call, 1), 0, &r))
        return VM_NATIVE_THREW;
    const sw_t sw = calls(vm)->card_info(context(vm), call->cells[2], &data);
    return sw == SW_OK ? give(vm, &r, buf_span(&data))
                       : native_throw_iso(vm, sw);
}

enum vm_native_result native_cl_set_interface(struct vm *vm,
                                              const struct vm_call *call)
{
    return done(vm,
                calls(vm)->set_interface(context(vm), native_cl_caller(vm),
                                         call->cells[0], call->cells[1] != 0));
}

enum vm_native_result native_cl_is_enabled(struct vm *vm,
                                           const struct vm_call *call)
{
    bool on = false;
    const sw_t sw = calls(vm)->is_enabled(context(vm), call->cells[0], &on);

    return sw == SW_OK ? native_done_short(vm, on) : native_throw_iso(vm, sw);
}

/* Nobody is kept from an interface: there are no such parameters. */
enum vm_native_result native_cl_has_access(struct vm *vm,
                                           const struct vm_call *call)
{
    bool gone = false;
    bool on = false;
    struct span aid;

    if (!take_entry(vm, call, call->cells[0], &aid, &gone))
        return VM_NATIVE_THREW;
    if (gone)
        return native_throw_system(vm, SYSTEM_ILLEGAL_USE);
    const sw_t sw = calls(vm)->is_enabled(context(vm), call->cells[1], &on);
    return sw == SW_OK ? native_done_short(vm, true) : native_throw_iso(vm, sw);
}

enum vm_native_result native_cl_element_type(struct vm *vm,
                                             const struct vm_call *call)
{
    (void)call;
    return native_done_short(vm, ELEMENT_UNKNOWN);
}

enum vm_native_result native_cl_host_state(struct vm *vm,
                                           const struct vm_call *call)
{
    (void)call;
    return native_done_short(vm, HOST_UNKNOWN);
}

enum vm_native_result native_cl_launch(struct vm *vm,
                                       const struct vm_call *call)
{
    struct native_range r;

    return native_piece(vm, call, 0, &r)
               ? native_throw_iso(vm, SW_FUNCTION_UNSUPPORTED)
               : VM_NATIVE_THREW;
}
