/*
 * GPCLRegistryEntry.setCLState(), and telling listeners of what applets do.
 *
 * setCLState --(others are to agree)--> policies, or the CRS --> done
 * any change --> listener after listener, each asked for its interface first
 *
 * What a native is at stands in its note (struct telling).  Applets run in
 * between: nothing is remembered that they could change, and a change is judged
 * again before it is made.  What listeners throw is dropped, and a transaction
 * that one of them leaves open aborted.  [Amd C 3.10, 3.11.4.2]
 */
#include "natives/contactless.h"

#include "jcre/entry.h"
#include "jcre/listener.h"
#include "natives/gp.h"
#include "natives/natives.h"

enum { TOKEN_FIRST = 0, TOKEN_PROCESS_REQUEST = 1 };

/* ---- notes ---- */

struct telling {
    struct jcre_notice n;
    bool was_open; /* a transaction, when it began */
    bool is_self;  /* who is asked now is the subject itself */
    enum native_cl_ending ends;
};

static void keep(struct vm *vm, const struct telling *t)
{
    vm_native_keep(
        vm, (uint32_t)t->n.subject | (uint32_t)t->n.event << 9 |
                (uint32_t)t->n.step << 17 | (uint32_t)t->n.group << 25 |
                (uint32_t)t->n.is_policy << 26 | (uint32_t)t->was_open << 27 |
                (uint32_t)t->is_self << 28 | (uint32_t)t->ends << 29);
}

static struct telling recall(const struct vm *vm)
{
    const uint32_t note = vm_native_note(vm);

    return (struct telling){
        .n = {.subject = note & (JCRE_NOTICE_SUBJECTS - 1),
              .event = (uint8_t)(note >> 9),
              .step = (uint8_t)(note >> 17),
              .group = (note >> 25 & 1) != 0,
              .is_policy = (note >> 26 & 1) != 0,
              .origin = native_cl_caller(vm)},
        .was_open = (note >> 27 & 1) != 0,
        .is_self = (note >> 28 & 1) != 0,
        .ends = (enum native_cl_ending)(note >> 29 & 3),
    };
}

/* What an applet left open is taken back; false: thrown. */
static bool close_transaction(struct vm *vm, const struct telling *t)
{
    if (t->was_open || !heap_in_transaction(vm_heap(vm)))
        return true;
    const enum err e = heap_abort(vm_heap(vm));
    if (e != ERR_OK)
        (void)vm_throw_err(vm, e);
    return e == ERR_OK;
}

/* ---- ends ---- */

static enum vm_native_result end(struct vm *vm, enum native_cl_ending ends)
{
    const struct vm_call call = vm_native_again(vm);
    const struct jcre_services *s = native_gp_services(vm);
    struct jcre_entry e;

    switch (ends) {
    case CL_ENDS_TRUE:
        return native_done_short(vm, true);
    case CL_ENDS_STATE:
        if (!native_entry_find(vm, &call, &e))
            return VM_NATIVE_THREW;
        return native_done_short(vm, (int8_t)s->calls->contactless->state(
                                         s->ctx, native_cl_aid(&e)));
    case CL_ENDS_INFO:
        return native_done_short(vm, native_short(&call, 2) +
                                         native_short(&call, 3));
    default:
        return VM_NATIVE_DONE;
    }
}

/* ---- telling ---- */

/* Whether there is an applet that can be asked for an interface. */
static bool can_ask(const struct vm *vm, uint16_t instance)
{
    const struct jcre *j = jcre_of(vm);
    struct jcre_instance info;

    return jcre_may_listen(j, instance) && jcre_instance(j, instance, &info) &&
           vm_is_overridden(vm, info.object, jcre_shareable_token(j));
}

static enum vm_native_result ask(struct vm *vm, uint16_t instance,
                                 uint8_t identifier, vm_continuation *then)
{
    const struct jcre *j = jcre_of(vm);
    const uint16_t args[] = {0, (uint16_t)(int8_t)identifier};
    struct jcre_instance info;

    if (!jcre_instance(j, instance, &info))
        return native_throw_iso(vm, SW_CONDITIONS); /* can_ask() has looked */
    return vm_native_call_virtual(vm, info.object, jcre_shareable_token(j),
                                  args, sizeof args / sizeof args[0], then);
}

static vm_continuation got_listener;

static enum vm_native_result tell_next(struct vm *vm, struct telling *t)
{
    const struct jcre_services *s = native_gp_services(vm);

    while (s->calls->contactless->next_listener(s->ctx, &t->n)) {
        if (!can_ask(vm, t->n.listener))
            continue;
        t->is_self = t->n.identifier == JCRE_CL_APPLET;
        keep(vm, t);
        return ask(vm, t->n.listener, t->n.identifier, got_listener);
    }
    return end(vm, t->ends);
}

static enum vm_native_result told(struct vm *vm, bool threw, uint16_t value)
{
    struct telling t = recall(vm);

    (void)threw;
    (void)value;
    return close_transaction(vm, &t) ? tell_next(vm, &t) : VM_NATIVE_THREW;
}

static enum vm_native_result got_listener(struct vm *vm, bool threw,
                                          uint16_t value)
{
    const struct jcre_services *s = native_gp_services(vm);
    struct telling t = recall(vm);
    const struct vm_class class =
        jcre_cl_class(t.is_self ? JCRE_CL_APPLET : JCRE_CL_CREL);
    struct jcre_entry e;
    ref_t entry = 0;

    if (!close_transaction(vm, &t))
        return VM_NATIVE_THREW;
    if (threw || !vm_instance_of(vm, value, class) ||
        !s->calls->contactless->subject(s->ctx, &t.n, &e) ||
        (!t.is_self &&
         jcre_entry(jcre_of(vm), native_cl_aid(&e), &entry) != ERR_OK))
        return tell_next(vm, &t);
    const uint16_t args[] = {entry, t.n.event};
    return vm_native_call_interface(vm, value, class, TOKEN_FIRST,
                                    t.is_self ? args + 1 : args,
                                    t.is_self ? 1 : 2, told);
}

enum vm_native_result native_cl_tell(struct vm *vm,
                                     const struct jcre_notice *notice,
                                     uint16_t extra, enum native_cl_ending ends)
{
    struct telling t = {.n = *notice, .ends = ends};

    t.was_open = heap_in_transaction(vm_heap(vm));
    if (extra == 0 || extra == notice->origin || !can_ask(vm, extra))
        return tell_next(vm, &t);
    keep(vm, &t);
    return ask(vm, extra, JCRE_CL_CREL, got_listener);
}

enum vm_native_result native_cl_tell_lock(struct vm *vm, uint16_t who,
                                          const struct jcre_entry *now)
{
    const struct jcre_services *s = native_gp_services(vm);
    struct jcre_notice n = {.event = JCRE_CL_NO_EVENT};

    if (!s->calls->contactless->notice_of(s->ctx, who, native_cl_aid(now), &n))
        return native_done_short(vm, true);
    n.event = (now->state & GP_LOCKED) != 0 ? JCRE_CL_LOCKED : JCRE_CL_UNLOCKED;
    return native_cl_tell(vm, &n, 0, CL_ENDS_TRUE);
}

/* ---- setting a state ---- */

/* Nobody is left to be asked. */
static enum vm_native_result set_state(struct vm *vm)
{
    const struct vm_call call = vm_native_again(vm);
    const struct jcre_services *s = native_gp_services(vm);
    struct jcre_notice n = {.event = JCRE_CL_NO_EVENT};
    struct jcre_entry e;

    if (!native_entry_find(vm, &call, &e))
        return VM_NATIVE_THREW;
    const sw_t sw = s->calls->contactless->set_state(
        s->ctx, native_cl_caller(vm), native_cl_aid(&e), (uint8_t)call.cells[1],
        &n);
    return sw == SW_OK ? native_cl_tell(vm, &n, 0, CL_ENDS_STATE)
                       : native_throw_iso(vm, sw);
}

static vm_continuation got_policy;

static enum vm_native_result ask_policies(struct vm *vm, struct telling *t)
{
    const struct jcre_services *s = native_gp_services(vm);

    while (s->calls->contactless->next_listener(s->ctx, &t->n)) {
        if (!can_ask(vm, t->n.listener))
            continue;
        keep(vm, t);
        return ask(vm, t->n.listener, JCRE_CL_POLICY, got_policy);
    }
    return set_state(vm);
}

/* An exception is no consent. */
static enum vm_native_result accepted(struct vm *vm, bool threw, uint16_t value)
{
    struct telling t = recall(vm);

    if (!close_transaction(vm, &t))
        return VM_NATIVE_THREW;
    return threw || (value & 1) == 0 ? native_throw_iso(vm, SW_CONDITIONS)
                                     : ask_policies(vm, &t);
}

static enum vm_native_result got_policy(struct vm *vm, bool threw,
                                        uint16_t value)
{
    const struct vm_class class = jcre_cl_class(JCRE_CL_POLICY);
    struct telling t = recall(vm);
    const uint16_t none[1] = {0};

    if (!close_transaction(vm, &t))
        return VM_NATIVE_THREW;
    if (threw || !vm_instance_of(vm, value, class))
        return ask_policies(vm, &t);
    return vm_native_call_interface(vm, value, class, TOKEN_FIRST, none, 0,
                                    accepted);
}

/* The CRS has acted, by a call of its own. */
static enum vm_native_result crs_answered(struct vm *vm, bool threw,
                                          uint16_t value)
{
    const struct telling t = recall(vm);

    if (!close_transaction(vm, &t))
        return VM_NATIVE_THREW;
    return threw || (value & 1) == 0 ? native_throw_iso(vm, SW_CONDITIONS)
                                     : end(vm, CL_ENDS_STATE);
}

static enum vm_native_result got_crs(struct vm *vm, bool threw, uint16_t value)
{
    const struct vm_class class = jcre_cl_class(JCRE_CL_CRS);
    const struct vm_call call = vm_native_again(vm);
    const struct telling t = recall(vm);
    uint16_t args[] = {0, call.cells[0], JCRE_CL_ACTIVATED};

    if (!close_transaction(vm, &t))
        return VM_NATIVE_THREW;
    if (threw || !vm_instance_of(vm, value, class))
        return native_throw_iso(vm, SW_CONDITIONS);
    if (!native_gp_entry_of(vm, native_cl_caller(vm), &args[0]))
        return VM_NATIVE_THREW;
    return vm_native_call_interface(vm, value, class, TOKEN_PROCESS_REQUEST,
                                    args, sizeof args / sizeof args[0],
                                    crs_answered);
}

static enum vm_native_result ask_crs(struct vm *vm, const struct telling *t)
{
    const struct jcre_services *s = native_gp_services(vm);
    const uint16_t crs = s->calls->contactless->crs(s->ctx);

    if (crs == 0 || !can_ask(vm, crs))
        return native_throw_iso(vm, SW_CONDITIONS);
    keep(vm, t);
    return ask(vm, crs, JCRE_CL_CRS, got_crs);
}

enum vm_native_result native_cl_set_state(struct vm *vm,
                                          const struct vm_call *call)
{
    const struct jcre_services *s = native_gp_services(vm);
    const uint16_t who = native_cl_caller(vm);
    enum jcre_cl_question question;
    struct telling t = {.was_open = heap_in_transaction(vm_heap(vm))};
    struct jcre_entry e;

    if (!native_entry_find(vm, call, &e))
        return VM_NATIVE_THREW;
    if (!s->calls->contactless->notice_of(s->ctx, who, native_cl_aid(&e), &t.n))
        return native_throw_iso(vm, SW_CONDITIONS);
    const sw_t sw = s->calls->contactless->may_set_state(
        s->ctx, who, native_cl_aid(&e), (uint8_t)call->cells[1], &question);
    if (sw != SW_OK)
        return native_throw_iso(vm, sw);
    t.n.event = JCRE_CL_ACTIVATED;
    t.n.is_policy = true;
    if (question == JCRE_CL_ASK_CRS)
        return ask_crs(vm, &t);
    return question == JCRE_CL_ASK_POLICIES ? ask_policies(vm, &t)
                                            : set_state(vm);
}
