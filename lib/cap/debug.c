#include "cap/debug.h"

enum { FIELD = 10, VARIABLE = 9, LINE = 6 };

static uint32_t place(const struct cap *cap, const struct span *at)
{
    return (uint32_t)(cap->part[CAP_DEBUG].n - at->n);
}

uint16_t cap_debug_strings(const struct cap *cap)
{
    struct span at = cap->part[CAP_DEBUG];
    uint16_t n = 0;

    return span_take_u2(&at, &n) == ERR_OK ? n : 0;
}

bool cap_debug_open(const struct cap *cap, uint32_t *room, uint16_t count,
                    struct cap_debug *d, uint32_t *bad)
{
    struct span at = cap->part[CAP_DEBUG];
    struct span text;
    uint16_t n = 0;

    *bad = 0;
    if (span_take_u2(&at, &n) != ERR_OK || n > count)
        return false;
    for (uint16_t i = 0; i < n; i++) {
        *bad = room[i] = place(cap, &at);
        if (span_take_u2(&at, &count) != ERR_OK ||
            span_take(&at, count, &text) != ERR_OK)
            return false;
    }
    *d = (struct cap_debug){cap, room, n, at};
    return true;
}

static bool string_at(const struct cap_debug *d, uint16_t i, struct span *out)
{
    const struct span part = d->cap->part[CAP_DEBUG];

    if (i >= d->string_count)
        return false;
    const uint8_t *p = part.p + d->strings[i];
    *out = span_of(p + 2, get_u2(p));
    return true;
}

static bool take_string(const struct cap_debug *d, struct span *at,
                        struct span *out)
{
    uint16_t i = 0;
    return span_take_u2(at, &i) == ERR_OK && string_at(d, i, out);
}

static bool take_method(const struct cap_debug *d, struct span *at,
                        struct cap_debug_method *m)
{
    struct span location;
    uint16_t flags = 0;
    uint16_t variables = 0;
    uint16_t lines = 0;

    return take_string(d, at, &m->name) && take_string(d, at, &m->descriptor) &&
           span_take_u2(at, &flags) == ERR_OK &&
           span_take(at, cap_address_size(d->cap), &location) == ERR_OK &&
           cap_address(d->cap, location.p, &m->location) &&
           span_take_u1(at, &m->header_size) == ERR_OK &&
           span_take_u2(at, &m->body_size) == ERR_OK &&
           span_take_u2(at, &variables) == ERR_OK &&
           span_take_u2(at, &lines) == ERR_OK &&
           span_take(at, (size_t)VARIABLE * variables, &m->variables) ==
               ERR_OK &&
           span_take(at, (size_t)LINE * lines, &m->lines) == ERR_OK;
}

/* The head of a class: its name, its methods' number; fields passed over. */
static bool take_class(const struct cap_debug *d, struct span *at,
                       struct span *name, uint16_t *methods)
{
    struct span head;
    struct span other;
    struct span skipped;
    struct cap_class c;

    if (span_take(at, 15, &head) != ERR_OK ||
        !string_at(d, get_u2(head.p), name) ||
        !cap_class_at(d->cap, get_u2(head.p + 4), &c))
        return false;
    uint16_t super = get_u2(head.p + 6);
    uint16_t source = get_u2(head.p + 8);
    if (!string_at(d, super, &other) || !string_at(d, source, &other))
        return false;
    uint8_t interfaces = head.p[10];
    uint16_t fields = get_u2(head.p + 11);
    *methods = get_u2(head.p + 13);
    for (unsigned i = 0; i < interfaces; i++) {
        if (!take_string(d, at, &other))
            return false;
    }
    for (uint16_t i = 0; i < fields; i++) {
        if (!take_string(d, at, &other) || !take_string(d, at, &other) ||
            span_take(at, FIELD - 4, &skipped) != ERR_OK)
            return false;
    }
    return true;
}

/* A walk over all methods: where it is, who is told. */
struct walk {
    const struct cap_debug *d;
    struct span at;
    bool (*f)(void *ctx, const struct cap_debug_method *m);
    void *ctx;
    uint32_t *bad;
};

static bool walk_class(struct walk *w)
{
    struct cap_debug_method m;
    uint16_t methods = 0;

    if (!take_class(w->d, &w->at, &m.class_name, &methods))
        return false;
    for (uint16_t i = 0; i < methods; i++) {
        *w->bad = place(w->d->cap, &w->at);
        if (!take_method(w->d, &w->at, &m) || !w->f(w->ctx, &m))
            return false;
    }
    return true;
}

static bool walk_package(struct walk *w)
{
    struct span name;
    uint16_t classes = 0;

    if (!take_string(w->d, &w->at, &name) ||
        span_take_u2(&w->at, &classes) != ERR_OK)
        return false;
    for (uint16_t i = 0; i < classes; i++) {
        *w->bad = place(w->d->cap, &w->at);
        if (!walk_class(w))
            return false;
    }
    return true;
}

bool cap_debug_each(const struct cap_debug *d,
                    bool (*f)(void *ctx, const struct cap_debug_method *m),
                    void *ctx, uint32_t *bad)
{
    struct walk w = {d, d->classes, f, ctx, bad};
    uint8_t packages = 1;

    *bad = place(d->cap, &w.at);
    if (cap_is_extended(d->cap) && span_take_u1(&w.at, &packages) != ERR_OK)
        return false;
    for (uint8_t i = 0; i < packages; i++) {
        *bad = place(d->cap, &w.at);
        if (!walk_package(&w))
            return false;
    }
    *bad = place(d->cap, &w.at);
    return w.at.n == 0;
}
