/* Names of methods, as the Debug component tells them. */
#include "cap/debug.h"
#include "toolchain/verifywork.h"

struct wanted {
    struct tc_verify_work *work;
    uint32_t method;
    const char *name;
};

static bool is_it(void *ctx, const struct cap_debug_method *m)
{
    struct wanted *wanted = ctx;

    if (m->location != wanted->method || m->body_size == 0)
        return true;
    wanted->name = tc_format(
        wanted->work->arena, "%.*s.%.*s%.*s", (int)m->class_name.n,
        (const char *)m->class_name.p, (int)m->name.n, (const char *)m->name.p,
        (int)m->descriptor.n, (const char *)m->descriptor.p);
    return false;
}

const char *tc_verify_method_name(struct tc_verify_work *w, uint32_t method)
{
    struct wanted wanted = {w, method, NULL};
    struct cap_debug d;
    uint32_t bad = 0;

    if (w->cap.part[CAP_DEBUG].n == 0)
        return NULL;
    uint16_t count = cap_debug_strings(&w->cap);
    uint32_t *room = tc_alloc_array(w->arena, count, sizeof *room);
    if (cap_debug_open(&w->cap, room, count, &d, &bad))
        (void)cap_debug_each(&d, is_it, &wanted, &bad);
    return wanted.name;
}
