#include "cap/remote.h"

enum { METHOD_SIZE = 5, CLASS_REF = 2 };

static bool take_counted(struct span *s, unsigned size, struct span *out)
{
    uint8_t count = 0;

    return span_take_u1(s, &count) == ERR_OK &&
           span_take(s, (size_t)size * count, out) == ERR_OK;
}

/* What follows the interfaces of a remote class or interface. */
static bool behind_interfaces(const struct cap *cap, uint16_t class,
                              bool interface, struct span *s)
{
    struct cap_class c;
    const uint8_t kind = CAP_CLASS_REMOTE | CAP_CLASS_INTERFACE;
    const uint8_t wanted = interface ? kind : CAP_CLASS_REMOTE;

    if (!cap_class_at(cap, class, &c) || (c.flags & kind) != wanted)
        return false;
    const uint8_t *end = c.interfaces.p + c.interfaces.n;
    const uint8_t *start = cap->part[CAP_CLASS].p + c.offset;
    *s = span_of(end, c.size - (size_t)(end - start));
    return true;
}

bool cap_remote_class(const struct cap *cap, uint16_t class,
                      struct cap_remote *out)
{
    struct span s;

    return behind_interfaces(cap, class, false, &s) &&
           take_counted(&s, METHOD_SIZE, &out->methods) &&
           span_take_lv(&s, &out->modifier) == ERR_OK &&
           span_take_lv(&s, &out->name) == ERR_OK &&
           take_counted(&s, CLASS_REF, &out->interfaces);
}

bool cap_remote_interface(const struct cap *cap, uint16_t class,
                          struct span *name)
{
    struct span s;

    return behind_interfaces(cap, class, true, &s) &&
           span_take_lv(&s, name) == ERR_OK;
}

bool cap_remote_at(const struct cap *cap, const struct cap_remote *remote,
                   unsigned i, uint8_t *token, const uint8_t **nibbles,
                   uint8_t *count, bool *sound)
{
    const struct span pool = cap->part[CAP_CLASS];
    const uint8_t *m = remote->methods.p + (size_t)METHOD_SIZE * i;

    if ((size_t)METHOD_SIZE * (i + 1u) > remote->methods.n)
        return false;
    const size_t end = 2u + cap->signature_pool;
    const size_t type = 2u + get_u2(m + 2);
    *sound = type < end;
    if (!*sound)
        return true;
    *count = pool.p[type];
    *nibbles = pool.p + type + 1;
    *token = m[4];
    *sound = type + 1 + (*count + 1u) / 2 <= end;
    return true;
}

bool cap_remote_method(const struct cap *cap, const struct cap_remote *remote,
                       uint16_t hash, uint8_t *token, const uint8_t **nibbles,
                       uint8_t *count)
{
    bool sound = false;

    for (unsigned i = 0;
         cap_remote_at(cap, remote, i, token, nibbles, count, &sound); i++) {
        if (get_u2(remote->methods.p + (size_t)METHOD_SIZE * i) == hash)
            return sound;
    }
    return false;
}

bool cap_package_name(const struct cap *cap, uint8_t i, struct span *name)
{
    const struct span header = cap->part[CAP_HEADER];
    const uint8_t *at = cap->packages.p + cap->packages.n;
    struct span s = span_of(at, header.n - (size_t)(at - header.p));

    if (cap->format_minor < 2 || i >= cap->package_count)
        return false;
    for (unsigned k = 0; k <= i; k++) {
        if (span_take_lv(&s, name) != ERR_OK)
            return false;
    }
    return name->n != 0;
}
