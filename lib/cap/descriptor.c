#include "cap/descriptor.h"

#include <string.h>

enum { CLASS_BYTES = 9, FIELD_BYTES = 7, METHOD_BYTES = 12 };

static unsigned method_bytes(const struct cap *cap)
{
    return METHOD_BYTES - 2 + cap_address_size(cap);
}

/* Where in the Descriptor a byte of it stands. */
static uint32_t place_of(const struct cap *cap, const uint8_t *p)
{
    return (uint32_t)(p - cap->part[CAP_DESCRIPTOR].p);
}

/* ---- rows ---- */

void cap_described_first(const struct cap *cap, struct cap_described_walk *w)
{
    *w = (struct cap_described_walk){.rest = cap->part[CAP_DESCRIPTOR],
                                     .packages = 1};
    if (cap_is_extended(cap))
        w->broken = span_take_u1(&w->rest, &w->packages) != ERR_OK;
    w->package = 0xFF; /* the next one is 0 */
}

/* Goes on to a package that has classes; false behind the last. */
static bool enter_package(struct cap_described_walk *w)
{
    while (!w->broken && w->classes == 0 && w->packages > 0) {
        w->packages--;
        w->package++;
        w->broken = span_take_u1(&w->rest, &w->classes) != ERR_OK;
    }
    return !w->broken && w->classes > 0;
}

static bool take_rows(const struct cap *cap, struct span *s,
                      struct cap_described *c)
{
    struct span rows;

    if (span_take(s, 2u * c->interface_count, &rows) != ERR_OK)
        return false;
    c->interfaces = rows.p;
    if (span_take(s, (size_t)FIELD_BYTES * c->field_count, &rows) != ERR_OK)
        return false;
    c->fields = rows.p;
    if (span_take(s, (size_t)method_bytes(cap) * c->method_count, &rows) !=
        ERR_OK)
        return false;
    c->methods = rows.p;
    return true;
}

bool cap_described_next(const struct cap *cap, struct cap_described_walk *w,
                        struct cap_described *out)
{
    struct span head;

    if (!enter_package(w))
        return false;
    out->at = (uint32_t)(cap->part[CAP_DESCRIPTOR].n - w->rest.n);
    w->classes--;
    w->broken = span_take(&w->rest, CLASS_BYTES, &head) != ERR_OK;
    if (w->broken)
        return false;
    out->package = w->package;
    out->token = head.p[0];
    out->flags = head.p[1];
    out->class = get_u2(head.p + 2);
    out->interface_count = head.p[4];
    out->field_count = get_u2(head.p + 5);
    out->method_count = get_u2(head.p + 7);
    w->broken = !take_rows(cap, &w->rest, out);
    return !w->broken;
}

struct cap_described_field cap_described_field(const struct cap *cap,
                                               const struct cap_described *c,
                                               uint16_t i)
{
    const uint8_t *p = c->fields + (size_t)FIELD_BYTES * i;
    return (struct cap_described_field){.at = place_of(cap, p),
                                        .token = p[0],
                                        .flags = p[1],
                                        .ref = get_u2(p + 2),
                                        .image = get_u2(p + 3),
                                        .cell = p[4],
                                        .type = get_u2(p + 5)};
}

struct cap_described_method cap_described_method(const struct cap *cap,
                                                 const struct cap_described *c,
                                                 uint16_t i)
{
    static const uint8_t zeros[3];
    const uint8_t *p = c->methods + (size_t)method_bytes(cap) * i;
    const unsigned address = cap_address_size(cap);
    const uint8_t *rest = p + 2 + address;
    struct cap_described_method m = {.at = place_of(cap, p),
                                     .token = p[0],
                                     .flags = p[1],
                                     .nowhere =
                                         memcmp(p + 2, zeros, address) == 0,
                                     .type = get_u2(rest),
                                     .code_count = get_u2(rest + 2),
                                     .handler_count = get_u2(rest + 4),
                                     .handler_index = get_u2(rest + 6)};

    (void)cap_address(cap, p + 2, &m.offset);
    return m;
}

/* ---- types ---- */

static uint8_t take_nibble(struct cap_nibbles *r)
{
    const uint8_t b = r->p[r->at / 2];
    return r->at++ % 2 == 0 ? b >> 4 : b & 15;
}

bool cap_nibbles_take(struct cap_nibbles *r, struct cap_type_word *out)
{
    if (r->at >= r->n)
        return false;
    const uint8_t nibble = take_nibble(r);
    *out = (struct cap_type_word){.nibble = nibble};
    if (nibble != CAP_NIBBLE_CLASS && nibble != CAP_NIBBLE_OBJECTS)
        return nibble >= CAP_NIBBLE_ARRAYS
                   ? nibble < CAP_NIBBLE_OBJECTS
                   : nibble >= CAP_NIBBLE_VOID && nibble < CAP_NIBBLE_CLASS;
    if (r->n - r->at < 4)
        return false;
    for (unsigned i = 0; i < 4; i++)
        out->class = (uint16_t)(out->class << 4 | take_nibble(r));
    return true;
}

bool cap_type_mark(struct cap_type_table *t, uint8_t *starts, uint32_t *bad)
{
    const struct span d = t->cap->part[CAP_DESCRIPTOR];
    uint32_t at = t->at + 2 + 2u * t->cap->pool_count;

    while (at < d.n) {
        const uint32_t place = at - t->at;
        const uint32_t bytes = (d.p[at] + 1u) / 2;
        *bad = at;
        if (d.p[at] == 0 || bytes > d.n - at - 1 ||
            (d.p[at] % 2 != 0 && (d.p[at + bytes] & 15) != 0))
            return false;
        starts[place / 8] |= (uint8_t)(1u << place % 8);
        at += 1 + bytes;
    }
    t->starts = starts;
    return true;
}

bool cap_type_open(const struct cap_type_table *t, uint16_t place,
                   struct cap_nibbles *out)
{
    const struct span d = t->cap->part[CAP_DESCRIPTOR];
    const uint32_t at = t->at + place;

    if (at >= d.n || (t->starts[place / 8] >> place % 8 & 1) == 0)
        return false;
    *out = (struct cap_nibbles){d.p + at + 1, 0, d.p[at]};
    return true;
}

bool cap_type_only(const struct cap_type_table *t, uint16_t type,
                   struct cap_type_word *out)
{
    enum { PRIMITIVE = 0x8000 };
    struct cap_nibbles r;

    if (type >= PRIMITIVE) {
        *out = (struct cap_type_word){.nibble = (uint8_t)type};
        return type >= (PRIMITIVE | CAP_NIBBLE_BOOLEAN) &&
               type <= (PRIMITIVE | CAP_NIBBLE_INT);
    }
    return cap_type_open(t, type, &r) && cap_nibbles_take(&r, out) &&
           r.at == r.n && out->nibble != CAP_NIBBLE_VOID;
}
