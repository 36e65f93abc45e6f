#include "base/der.h"

enum {
    MANY_BYTES_TAG = 0x1F,
    LONG_FORM = 0x80,
    SIGN_BIT = 0x80,
    MORE_FOLLOWS = 0x80,
};

/* A length in the fewest bytes: 00..7F, 81 80..FF, 82 0100..FFFF. */
static bool take_length(struct span *s, size_t *out)
{
    uint8_t first = 0;
    uint8_t byte = 0;
    uint16_t two = 0;

    if (span_take_u1(s, &first) != ERR_OK)
        return false;
    *out = first;
    if (first < LONG_FORM)
        return true;
    if (first == (LONG_FORM | 1)) {
        const bool taken = span_take_u1(s, &byte) == ERR_OK;
        *out = byte;
        return taken && byte >= LONG_FORM;
    }
    const bool taken =
        first == (LONG_FORM | 2) && span_take_u2(s, &two) == ERR_OK;
    *out = two;
    return taken && two > UINT8_MAX;
}

enum err der_take(struct span *s, struct der *out)
{
    struct span rest = *s;
    size_t n = 0;

    if (span_take_u1(&rest, &out->tag) != ERR_OK ||
        (out->tag & MANY_BYTES_TAG) == MANY_BYTES_TAG || out->tag == 0 ||
        !take_length(&rest, &n) || span_take(&rest, n, &out->value) != ERR_OK)
        return ERR_FORMAT;
    out->whole = span_of(s->p, s->n - rest.n);
    *s = rest;
    return ERR_OK;
}

enum err der_take_tag(struct span *s, uint8_t tag, struct der *out)
{
    return s->n > 0 && s->p[0] == tag ? der_take(s, out) : ERR_FORMAT;
}

enum err der_take_optional(struct span *s, uint8_t tag, bool *there,
                           struct der *out)
{
    *there = s->n > 0 && s->p[0] == tag;
    return *there ? der_take(s, out) : ERR_OK;
}

/* ---- numbers ---- */

/* No first nine bits that are all the same. */
static bool is_shortest(struct span n)
{
    if (n.n < 2)
        return n.n == 1;
    const bool next = (n.p[1] & SIGN_BIT) != 0;
    return !(n.p[0] == 0x00 && !next) && !(n.p[0] == 0xFF && next);
}

enum err der_take_integer(struct span *s, struct der *out)
{
    const struct span before = *s;

    if (der_take_tag(s, DER_INTEGER, out) == ERR_OK && is_shortest(out->value))
        return ERR_OK;
    *s = before;
    return ERR_FORMAT;
}

enum err der_take_unsigned(struct span *s, struct span *number)
{
    const struct span before = *s;
    struct der item;

    if (der_take_integer(s, &item) != ERR_OK ||
        (item.value.p[0] & SIGN_BIT) != 0) {
        *s = before;
        return ERR_FORMAT;
    }
    *number = item.value;
    if (number->p[0] == 0)
        *number = span_of(number->p + 1, number->n - 1);
    return ERR_OK;
}

enum err der_take_small(struct span *s, uint16_t most, uint16_t *out)
{
    const struct span before = *s;
    struct span number;
    uint32_t value = 0;

    if (der_take_unsigned(s, &number) != ERR_OK || number.n > 2) {
        *s = before;
        return ERR_FORMAT;
    }
    for (size_t i = 0; i < number.n; i++)
        value = value << 8 | number.p[i];
    if (value > most) {
        *s = before;
        return ERR_FORMAT;
    }
    *out = (uint16_t)value;
    return ERR_OK;
}

/* ---- strings ---- */

/* Every arc ends, and begins with no zeros. */
static bool is_oid(struct span oid)
{
    bool first = true;

    for (size_t i = 0; i < oid.n; i++) {
        if (first && oid.p[i] == MORE_FOLLOWS)
            return false;
        first = (oid.p[i] & MORE_FOLLOWS) == 0;
    }
    return first && oid.n > 0;
}

enum err der_take_oid(struct span *s, struct span *oid)
{
    const struct span before = *s;
    struct der item;

    if (der_take_tag(s, DER_OID, &item) != ERR_OK || !is_oid(item.value)) {
        *s = before;
        return ERR_FORMAT;
    }
    *oid = item.value;
    return ERR_OK;
}

bool der_is_bits(struct span value)
{
    if (value.n == 0 || value.p[0] > 7 || (value.n == 1 && value.p[0] != 0))
        return false;
    return (value.p[value.n - 1] & ((1u << value.p[0]) - 1)) == 0 ||
           value.n == 1;
}

enum err der_take_bytes(struct span *s, struct span *bytes)
{
    const struct span before = *s;
    struct der item;

    if (der_take_tag(s, DER_BIT_STRING, &item) != ERR_OK || item.value.n == 0 ||
        item.value.p[0] != 0) {
        *s = before;
        return ERR_FORMAT;
    }
    *bytes = span_of(item.value.p + 1, item.value.n - 1);
    return ERR_OK;
}

enum err der_boolean(const struct der *item, bool *out)
{
    if (item->tag != DER_BOOLEAN || item->value.n != 1 ||
        (item->value.p[0] != 0x00 && item->value.p[0] != 0xFF))
        return ERR_FORMAT;
    *out = item->value.p[0] != 0;
    return ERR_OK;
}

/* ---- times ---- */

/* Two digits, from `low` to `high`. */
static bool take_two(struct span *s, unsigned low, unsigned high)
{
    uint8_t tens = 0;
    uint8_t ones = 0;

    if (span_take_u1(s, &tens) != ERR_OK || span_take_u1(s, &ones) != ERR_OK ||
        tens < '0' || tens > '9' || ones < '0' || ones > '9')
        return false;
    const unsigned value = (unsigned)(tens - '0') * 10 + (unsigned)(ones - '0');
    return value >= low && value <= high;
}

static bool is_time(struct span text, bool century)
{
    return (!century || take_two(&text, 0, 99)) && take_two(&text, 0, 99) &&
           take_two(&text, 1, 12) && take_two(&text, 1, 31) &&
           take_two(&text, 0, 23) && take_two(&text, 0, 59) &&
           take_two(&text, 0, 59) && text.n == 1 && text.p[0] == 'Z';
}

enum err der_take_time(struct span *s, struct der *out)
{
    const struct span before = *s;
    const bool taken = der_take(s, out) == ERR_OK;
    const bool general = taken && out->tag == DER_GENERALIZED_TIME;

    if (taken && (general || out->tag == DER_UTC_TIME) &&
        is_time(out->value, general))
        return ERR_OK;
    *s = before;
    return ERR_FORMAT;
}
