/*
 * javacardx.framework.string.StringUtil: text, which is UTF-8 in byte arrays.
 * Numbers and truth values are in textvalue.c.
 *
 * What is ill-formed is one character where characters are counted, in the
 * units of base/utf.h, and the reference implementation of release 3.0.4
 * counts them so.  Well-formed is what RFC 3629 calls that, though that
 * implementation lets surrogates and forms that are too long pass; and bytes
 * compare as numbers without a sign, as the documentation's order needs it,
 * where it has signs.  Case is that of US-ASCII, what an applet can rely on.
 */
#include "natives/text.h"

#include "base/charset.h"
#include "base/utf.h"
#include "natives/natives.h"

#include <string.h>

enum vm_native_result native_throw_string(struct vm *vm, uint16_t reason)
{
    return vm_throw_name(vm, "javacardx/framework/string/StringException",
                         reason);
}

static enum vm_native_result throw_index(struct vm *vm)
{
    return vm_throw_name(vm, "java/lang/IndexOutOfBoundsException", 0);
}

/* ---- arguments and results ---- */

bool native_text(struct vm *vm, const struct vm_call *call, unsigned cell,
                 struct span *text)
{
    struct native_range r;

    if (!native_bytes(vm, call, call->cells[cell], native_short(call, cell + 1),
                      native_short(call, cell + 2), &r))
        return false;
    *text = native_span(&r);
    return true;
}

/* Two texts. */
static bool two_texts(struct vm *vm, const struct vm_call *call, unsigned a,
                      unsigned b, struct span *one, struct span *other)
{
    return native_arrays(vm, call, call->cells[a], call->cells[b]) &&
           native_text(vm, call, a, one) && native_text(vm, call, b, other);
}

/* A text, the first argument, and an array in cell `to` that may be written
 * to, wherever that will be. */
static bool source(struct vm *vm, const struct vm_call *call, unsigned to,
                   struct span *text)
{
    struct native_range r;

    return native_arrays(vm, call, call->cells[0], call->cells[to]) &&
           native_target(vm, call, call->cells[to], 0, 0, &r) &&
           native_text(vm, call, 0, text);
}

enum vm_native_result native_give_text(struct vm *vm,
                                       const struct vm_call *call,
                                       unsigned cell, struct span text)
{
    struct native_range to;

    if (!native_target(vm, call, call->cells[cell],
                       native_short(call, cell + 1), (int32_t)text.n, &to) ||
        !native_write(vm, to.ref, to.at, text.p, to.n, HEAP_ATOMIC))
        return VM_NATIVE_THREW;
    return native_done_short(vm, (int32_t)text.n);
}

/*
 * Scratch memory for as much as the array in `cell` can take: what fills it is
 * too long for one of them, see too_long().  False: thrown.
 */
static bool result_room(struct vm *vm, const struct vm_call *call,
                        unsigned cell, struct buf *b)
{
    const struct card_port *port = jcre_port(jcre_of(vm));
    struct native_range to;

    if (!native_target(vm, call, call->cells[cell],
                       native_short(call, cell + 1), 0, &to))
        return false;
    const uint32_t room = to.v.h.length - to.at;
    *b = buf_of(port->scratch,
                room < port->scratch_size ? room : port->scratch_size);
    return true;
}

static enum vm_native_result too_long(struct vm *vm, const struct buf *b)
{
    return b->cap == jcre_port(jcre_of(vm))->scratch_size
               ? native_throw_system(vm, SYSTEM_NO_RESOURCE)
               : native_throw_bounds(vm);
}

/* ---- characters ---- */

/*
 * The place `count` characters behind `at`, or before it when negative; false
 * when the text has no such place.
 */
static bool move(struct span text, int32_t at, int32_t count, size_t *out)
{
    if (at < 0 || (size_t)at > text.n)
        return false;
    size_t place = (size_t)at;
    for (; count > 0 && place < text.n; count--)
        place += utf8_unit(span_of(text.p + place, text.n - place));
    for (; count < 0 && place > 0; count++)
        place -= utf8_unit_before(span_of(text.p, place));
    *out = place;
    return count == 0;
}

enum vm_native_result native_string_count(struct vm *vm,
                                          const struct vm_call *call)
{
    struct span text;
    int32_t count = 0;

    if (!native_text(vm, call, 0, &text))
        return VM_NATIVE_THREW;
    for (size_t at = 0; at < text.n; count++)
        at += utf8_unit(span_of(text.p + at, text.n - at));
    return native_done_short(vm, count);
}

enum vm_native_result native_string_at(struct vm *vm,
                                       const struct vm_call *call)
{
    const int16_t index = native_short(call, 3);
    struct span text;

    if (!source(vm, call, 4, &text))
        return VM_NATIVE_THREW;
    if (index < 0 || (size_t)index >= text.n)
        return throw_index(vm);
    text = span_of(text.p + index, text.n - (size_t)index);
    return native_give_text(vm, call, 4, span_of(text.p, utf8_unit(text)));
}

enum vm_native_result native_string_before(struct vm *vm,
                                           const struct vm_call *call)
{
    const int16_t index = native_short(call, 3);
    struct span text;

    if (!source(vm, call, 4, &text))
        return VM_NATIVE_THREW;
    if (index < 1 || (size_t)index > text.n)
        return throw_index(vm);
    const size_t n = utf8_unit_before(span_of(text.p, (size_t)index));
    return native_give_text(vm, call, 4, span_of(text.p + index - n, n));
}

enum vm_native_result native_string_offset(struct vm *vm,
                                           const struct vm_call *call)
{
    struct span text;
    size_t place = 0;

    if (!native_text(vm, call, 0, &text))
        return VM_NATIVE_THREW;
    return move(text, native_short(call, 3), native_short(call, 4), &place)
               ? native_done_short(vm, (int32_t)place)
               : throw_index(vm);
}

enum vm_native_result native_string_check(struct vm *vm,
                                          const struct vm_call *call)
{
    struct span text;

    if (!native_text(vm, call, 0, &text))
        return VM_NATIVE_THREW;
    return native_done_short(vm, utf8_is_valid(text));
}

/* A negative end is that of the text. */
enum vm_native_result native_string_substring(struct vm *vm,
                                              const struct vm_call *call)
{
    const int16_t begin = native_short(call, 3);
    const int16_t end = native_short(call, 4);
    struct span text;
    size_t from = 0;
    size_t to = 0;

    if (!source(vm, call, 5, &text))
        return VM_NATIVE_THREW;
    to = text.n;
    if (begin < 0 || (end >= 0 && end < begin) || !move(text, 0, begin, &from))
        return throw_index(vm);
    if (end >= 0 && !move(text, (int32_t)from, end - begin, &to))
        return throw_index(vm);
    return native_give_text(vm, call, 5, span_of(text.p + from, to - from));
}

/* ---- comparing and finding ---- */

static uint8_t lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte | 0x20) : byte;
}

static uint8_t upper(uint8_t byte)
{
    return byte >= 'a' && byte <= 'z' ? (uint8_t)(byte & ~0x20) : byte;
}

enum vm_native_result native_string_compare(struct vm *vm,
                                            const struct vm_call *call)
{
    const bool fold = (call->cells[0] & 1) != 0;
    struct span a, b;

    if (!two_texts(vm, call, 1, 4, &a, &b))
        return VM_NATIVE_THREW;
    for (size_t i = 0; i < a.n && i < b.n; i++) {
        const uint8_t x = fold ? lower(a.p[i]) : a.p[i];
        const uint8_t y = fold ? lower(b.p[i]) : b.p[i];
        if (x != y)
            return native_done_short(vm, x - y);
    }
    return native_done_short(vm, (int32_t)a.n - (int32_t)b.n);
}

/* The first place from `at`; text.n + 1 when there is none. */
static size_t find(struct span text, size_t at, struct span wanted)
{
    for (; at + wanted.n <= text.n; at++) {
        if (memcmp(text.p + at, wanted.p, wanted.n) == 0)
            return at;
    }
    return text.n + 1;
}

enum vm_native_result native_string_find(struct vm *vm,
                                         const struct vm_call *call)
{
    struct span text, wanted;

    if (!two_texts(vm, call, 0, 3, &text, &wanted))
        return VM_NATIVE_THREW;
    const size_t at = find(text, 0, wanted);
    return native_done_short(vm, at > text.n ? -1 : (int32_t)at);
}

/*
 * The text, and how much of the other one is asked for: its first characters,
 * all of it when their number is negative.  False: thrown.
 */
static bool text_and_part(struct vm *vm, const struct vm_call *call,
                          struct span *text, struct span *part)
{
    const int16_t count = native_short(call, 6);

    if (!two_texts(vm, call, 0, 3, text, part))
        return false;
    if (count < 0 || move(*part, 0, count, &part->n))
        return true;
    (void)throw_index(vm);
    return false;
}

enum vm_native_result native_string_starts(struct vm *vm,
                                           const struct vm_call *call)
{
    struct span text, part;

    if (!text_and_part(vm, call, &text, &part))
        return VM_NATIVE_THREW;
    return native_done_short(vm, text.n >= part.n &&
                                     memcmp(text.p, part.p, part.n) == 0);
}

enum vm_native_result native_string_ends(struct vm *vm,
                                         const struct vm_call *call)
{
    struct span text, part;

    if (!text_and_part(vm, call, &text, &part))
        return VM_NATIVE_THREW;
    return native_done_short(
        vm, text.n >= part.n &&
                memcmp(text.p + text.n - part.n, part.p, part.n) == 0);
}

/* ---- changing ---- */

/* `old` is not empty. */
static enum err put_replaced(struct buf *b, struct span text, struct span old,
                             struct span new)
{
    enum err e = ERR_OK;

    for (size_t at = 0; at < text.n && e == ERR_OK;) {
        const size_t found = find(text, at, old);
        const size_t end = found < text.n ? found : text.n;
        e = buf_put(b, text.p + at, end - at);
        if (e == ERR_OK && end < text.n)
            e = buf_put_span(b, new);
        at = end < text.n ? end + old.n : text.n;
    }
    return e;
}

/* Nothing occurs nowhere: what replaces it is never put. */
enum vm_native_result native_string_replace(struct vm *vm,
                                            const struct vm_call *call)
{
    const uint16_t *c = call->cells;
    struct span text, old, new;
    struct buf b;

    if (native_is_null(vm, c[6]) || native_is_null(vm, c[9])) {
        return native_throw_null(vm);
    }
    if (!two_texts(vm, call, 0, 3, &text, &old) ||
        !native_text(vm, call, 6, &new) || !result_room(vm, call, 9, &b))
        return VM_NATIVE_THREW;
    if (old.n == 0)
        return native_give_text(vm, call, 9, text);
    return put_replaced(&b, text, old, new) == ERR_OK
               ? native_give_text(vm, call, 9, buf_span(&b))
               : too_long(vm, &b);
}

/* Bytes that are no letters stay as they are, ill-formed ones too. */
static enum vm_native_result change(struct vm *vm, const struct vm_call *call,
                                    uint8_t (*changed)(uint8_t))
{
    struct span text;
    struct buf b;

    if (!source(vm, call, 3, &text) || !result_room(vm, call, 3, &b))
        return VM_NATIVE_THREW;
    for (size_t i = 0; i < text.n; i++) {
        if (buf_put_u1(&b, changed(text.p[i])) != ERR_OK)
            return too_long(vm, &b);
    }
    return native_give_text(vm, call, 3, buf_span(&b));
}

enum vm_native_result native_string_lower(struct vm *vm,
                                          const struct vm_call *call)
{
    return change(vm, call, lower);
}

enum vm_native_result native_string_upper(struct vm *vm,
                                          const struct vm_call *call)
{
    return change(vm, call, upper);
}

enum vm_native_result native_string_trim(struct vm *vm,
                                         const struct vm_call *call)
{
    struct span text;

    if (!source(vm, call, 3, &text))
        return VM_NATIVE_THREW;
    while (text.n > 0 && text.p[0] <= ' ')
        text = span_of(text.p + 1, text.n - 1);
    while (text.n > 0 && text.p[text.n - 1] <= ' ')
        text.n--;
    return native_give_text(vm, call, 3, text);
}

/* ---- other encodings ---- */

static enum vm_native_result convert(struct vm *vm, const struct vm_call *call,
                                     enum err (*convert_all)(int, struct span,
                                                             struct buf *))
{
    struct span text;
    struct buf b;

    if (!source(vm, call, 3, &text) || !result_room(vm, call, 3, &b))
        return VM_NATIVE_THREW;
    const enum err e = convert_all(native_byte(call, 5), text, &b);
    if (e == ERR_OK)
        return native_give_text(vm, call, 3, buf_span(&b));
    if (e == ERR_FULL)
        return too_long(vm, &b);
    return native_throw_string(vm, e == ERR_UNSUPPORTED
                                       ? STRING_UNSUPPORTED_ENCODING
                                       : STRING_INVALID_BYTE_SEQUENCE);
}

enum vm_native_result native_string_to(struct vm *vm,
                                       const struct vm_call *call)
{
    return convert(vm, call, charset_encode);
}

enum vm_native_result native_string_from(struct vm *vm,
                                         const struct vm_call *call)
{
    return convert(vm, call, charset_decode);
}
