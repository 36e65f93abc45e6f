#include "cap/agree.h"

#include <string.h>

#include "cap/debug.h"

struct agree {
    const struct cap_agree_check *check;
    const struct cap *cap;
    bool found;
};

static bool find(struct agree *a, uint8_t component, uint32_t offset,
                 enum cap_rule rule)
{
    const struct cap_finding finding = {component, 0, offset, (uint8_t)rule};

    a->found = true;
    if (a->check->report != NULL)
        a->check->report(a->check->report_ctx, &finding);
    return false;
}

/* ---- names ---- */

static bool is_imported_before(const struct cap *cap, uint8_t i,
                               const struct cap_package *p)
{
    struct cap_package other;

    for (uint8_t k = 0; k < i; k++) {
        if (cap_import(cap, k, &other) && span_equal(other.aid, p->aid))
            return true;
    }
    return false;
}

static void check_imports(struct agree *a)
{
    struct cap_package p;
    uint32_t at = 1;

    for (uint8_t i = 0; cap_import(a->cap, i, &p); i++) {
        if (is_imported_before(a->cap, i, &p))
            find(a, CAP_IMPORT, at, CAP_RULE_IMPORT_TWICE);
        at += 3 + (uint32_t)p.aid.n;
    }
}

/* ---- remote methods [JCVM 6.9.2] ---- */

/* The place of the remote_interface_info of a class, all else taken. */
static struct span remote_info(const struct cap *cap, const struct cap_class *c)
{
    const uint8_t *end = c->interfaces.p + c->interfaces.n;
    const uint8_t *start = cap->part[CAP_CLASS].p + c->offset;
    size_t before = (size_t)(end - start);

    return span_of(end, c->size - before);
}

/* Whether a signature begins at this byte of the pool. */
static bool begins_signature(const struct cap *cap, uint16_t offset)
{
    const uint8_t *pool = cap->part[CAP_CLASS].p + 2;
    uint32_t at = 0;

    while (at < cap->signature_pool && at < offset)
        at += 1u + (pool[at] + 1u) / 2;
    return at == offset && at < cap->signature_pool;
}

static bool methods_are_sound(const struct cap *cap, const struct cap_class *c,
                              struct span *at)
{
    struct span method;
    uint16_t last = 0;
    uint8_t count = 0;

    if (span_take_u1(at, &count) != ERR_OK)
        return false;
    for (unsigned i = 0; i < count; i++) {
        if (span_take(at, 5, &method) != ERR_OK || get_u2(method.p) < last ||
            !begins_signature(cap, get_u2(method.p + 2)) ||
            method.p[4] >= c->public_base + c->public_count)
            return false;
        last = get_u2(method.p);
    }
    return true;
}

/* A name, and class_refs of remote interfaces. */
static bool interfaces_are_sound(const struct cap *cap, struct span *at)
{
    struct span text;
    struct cap_class c;
    uint16_t raw = 0;
    uint8_t count = 0;

    if (span_take_lv(at, &text) != ERR_OK ||
        span_take_lv(at, &text) != ERR_OK || span_take_u1(at, &count) != ERR_OK)
        return false;
    for (unsigned i = 0; i < count; i++) {
        if (span_take_u2(at, &raw) != ERR_OK)
            return false;
        const struct cap_class_ref ref = cap_class_ref(raw);
        bool sound = ref.external ? !ref.none && ref.package < cap->import_count
                                  : cap_class_at(cap, ref.offset, &c) &&
                                        (c.flags & CAP_CLASS_INTERFACE) != 0 &&
                                        (c.flags & CAP_CLASS_REMOTE) != 0;
        if (!sound)
            return false;
    }
    return true;
}

static bool pool_is_sound(const struct cap *cap)
{
    const uint8_t *pool = cap->part[CAP_CLASS].p + 2;
    uint32_t at = 0;

    while (at < cap->signature_pool) {
        if (pool[at] == 0)
            return false;
        at += 1u + (pool[at] + 1u) / 2;
    }
    return at == cap->signature_pool;
}

static void check_remote(struct agree *a)
{
    const uint8_t remote = CAP_CLASS_REMOTE;
    struct cap_class c;

    if (a->cap->format_minor >= 2 && !pool_is_sound(a->cap)) {
        find(a, CAP_CLASS, 0, CAP_RULE_REMOTE);
        return;
    }
    for (bool more = cap_class_first(a->cap, &c); more;
         more = cap_class_next(a->cap, &c)) {
        if ((c.flags & (CAP_CLASS_INTERFACE | remote)) != remote)
            continue;
        struct span at = remote_info(a->cap, &c);
        if (!methods_are_sound(a->cap, &c, &at) ||
            !interfaces_are_sound(a->cap, &at))
            find(a, CAP_CLASS, c.offset, CAP_RULE_REMOTE);
    }
}

/* ---- debug ---- */

static bool debug_fits(void *ctx, const struct cap_debug_method *d)
{
    enum { VARIABLE = 9, LINE = 6 };
    const struct agree *a = ctx;
    struct cap_method m;

    if (d->body_size == 0)
        return d->variables.n == 0 && d->lines.n == 0;
    if (!cap_method_at(a->cap, d->location, &m) ||
        m.code != d->location + d->header_size ||
        (uint32_t)m.code + d->body_size > a->cap->part[CAP_METHOD].n)
        return false;
    for (size_t i = 0; i < d->variables.n; i += VARIABLE) {
        const uint8_t *p = d->variables.p + i;
        if (p[0] >= m.nargs + m.max_locals ||
            get_u2(p + 5) + get_u2(p + 7) > d->body_size)
            return false;
    }
    for (size_t i = 0; i < d->lines.n; i += LINE) {
        const uint8_t *p = d->lines.p + i;
        if (get_u2(p) > get_u2(p + 2) || get_u2(p + 2) >= d->body_size)
            return false;
    }
    return true;
}

static enum err check_debug(struct agree *a)
{
    uint32_t *room = (void *)a->check->scratch;
    const uint16_t count = cap_debug_strings(a->cap);
    struct cap_debug d;
    uint32_t bad = 0;

    if (a->cap->part[CAP_DEBUG].n == 0)
        return ERR_OK;
    if (a->check->scratch_size < count * sizeof *room)
        return ERR_MEMORY;
    if (!cap_debug_open(a->cap, room, count, &d, &bad) ||
        !cap_debug_each(&d, debug_fits, a, &bad))
        find(a, CAP_DEBUG, bad, CAP_RULE_DEBUG);
    return ERR_OK;
}

enum err cap_check_agreement(const struct cap_agree_check *check)
{
    struct agree a = {.check = check, .cap = check->cap};

    check_imports(&a);
    check_remote(&a);
    enum err e = check_debug(&a);
    if (e != ERR_OK)
        return e;
    return a.found ? ERR_FORMAT : ERR_OK;
}
