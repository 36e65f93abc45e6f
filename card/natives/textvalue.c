/*
 * javacardx.framework.string.StringUtil: numbers and truth values as text.
 * A numeral is decimal, with no zero before other digits, or hexadecimal after
 * 0x, 0X or #, and what follows the sign, which can only be a minus, is not
 * negative: 0xFFFF is no short.  Long integers are shorts, the highest first.
 */
#include "base/span.h"
#include "natives/natives.h"
#include "natives/text.h"

enum {
    DECIMAL = 10,
    HEXADECIMAL = 16,
    SHORT_BITS = 16,
    LONG_SHORTS = 4,
    NUMERAL_MAX = 20, /* a minus and 19 digits */
};

/* ---- truth values ---- */

enum vm_native_result native_string_of_boolean(struct vm *vm,
                                               const struct vm_call *call)
{
    static const uint8_t words[] = "truefalse";
    const bool value = (call->cells[0] & 1) != 0;

    return native_give_text(vm, call, 1,
                            value ? span_of(words, 4) : span_of(words + 4, 5));
}

enum vm_native_result native_string_boolean(struct vm *vm,
                                            const struct vm_call *call)
{
    static const uint8_t word[] = "true";
    struct span text;
    bool same = true;

    if (!native_text(vm, call, 0, &text))
        return VM_NATIVE_THREW;
    for (size_t i = 0; i < text.n && i < 4; i++)
        same = same && (text.p[i] | 0x20) == word[i];
    return native_done_short(vm, same && text.n == 4);
}

/* ---- numbers to text ---- */

static enum vm_native_result
give_number(struct vm *vm, const struct vm_call *call, int64_t value)
{
    uint8_t text[NUMERAL_MAX];
    size_t at = sizeof text;
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;

    do {
        text[--at] = (uint8_t)('0' + rest % DECIMAL);
        rest /= DECIMAL;
    } while (rest != 0);
    if (value < 0)
        text[--at] = '-';
    return native_give_text(vm, call, 1, span_of(text + at, sizeof text - at));
}

enum vm_native_result native_string_of_short(struct vm *vm,
                                             const struct vm_call *call)
{
    return give_number(vm, call, native_short(call, 0));
}

/* More than 64 bits are no number that the API has. */
enum vm_native_result native_string_of_long(struct vm *vm,
                                            const struct vm_call *call)
{
    struct native_range r;
    uint64_t bits = 0;

    if (!native_arrays(vm, call, call->cells[0], call->cells[1]) ||
        !native_range(vm, call, call->cells[0], 0, 1, HEAP_SHORT_ARRAY,
                      NATIVE_READ, &r))
        return VM_NATIVE_THREW;
    if (r.v.h.length > LONG_SHORTS)
        return native_throw_string(vm, STRING_ILLEGAL_NUMBER_FORMAT);
    if ((get_u2(r.v.p) & 0x8000) != 0)
        bits = UINT64_MAX;
    for (size_t i = 0; i < r.v.h.length; i++)
        bits = bits << SHORT_BITS | get_u2(r.v.p + 2 * i);
    return give_number(vm, call, (int64_t)bits);
}

/* ---- text to numbers ---- */

/* HEXADECIMAL and more for what is no digit at all. */
static unsigned digit_of(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + DECIMAL) : HEXADECIMAL;
}

/* One digit or more, of a number that is not above `most`. */
static bool parse_digits(struct span text, unsigned radix, uint64_t most,
                         uint64_t *out)
{
    uint64_t value = 0;

    for (size_t i = 0; i < text.n; i++) {
        const unsigned digit = digit_of(text.p[i]);
        if (digit >= radix || value > (most - digit) / radix)
            return false;
        value = value * radix + digit;
    }
    *out = value;
    return text.n > 0;
}

static struct span behind(struct span text, size_t n)
{
    return span_of(text.p + n, text.n - n);
}

/* Of a number that is not above `most`, its sign apart. */
static bool parse_unsigned(struct span text, uint64_t most, uint64_t *out)
{
    if (text.n > 0 && text.p[0] == '#')
        return parse_digits(behind(text, 1), HEXADECIMAL, most, out);
    if (text.n > 1 && text.p[0] == '0') {
        return (text.p[1] | 0x20) == 'x' &&
               parse_digits(behind(text, 2), HEXADECIMAL, most, out);
    }
    return parse_digits(text, DECIMAL, most, out);
}

/* A number of two's complement with this many bits. */
static bool parse(struct span text, unsigned bits, int64_t *out)
{
    const bool negative = text.n > 0 && text.p[0] == '-';
    const uint64_t most = UINT64_C(1) << (bits - 1);
    uint64_t value = 0;

    if (!parse_unsigned(negative ? behind(text, 1) : text,
                        negative ? most : most - 1, &value))
        return false;
    *out = (int64_t)(negative ? -value : value);
    return true;
}

enum vm_native_result native_string_short(struct vm *vm,
                                          const struct vm_call *call)
{
    struct span text;
    int64_t value = 0;

    if (!native_text(vm, call, 0, &text))
        return VM_NATIVE_THREW;
    return parse(text, SHORT_BITS, &value)
               ? native_done_short(vm, (int32_t)value)
               : native_throw_string(vm, STRING_ILLEGAL_NUMBER_FORMAT);
}

/* Leading shorts that are zero are not written, but for the only one of 0. */
enum vm_native_result native_string_long(struct vm *vm,
                                         const struct vm_call *call)
{
    uint8_t bytes[2 * LONG_SHORTS];
    struct span text;
    struct native_range to;
    int64_t value = 0;
    uint32_t skip = 0;

    if (!native_arrays(vm, call, call->cells[0], call->cells[3]) ||
        !native_range(vm, call, call->cells[3], 0, 0, HEAP_SHORT_ARRAY,
                      NATIVE_WRITE, &to) ||
        !native_text(vm, call, 0, &text))
        return VM_NATIVE_THREW;
    if (!parse(text, SHORT_BITS * LONG_SHORTS, &value))
        return native_throw_string(vm, STRING_ILLEGAL_NUMBER_FORMAT);
    set_u8(bytes, (uint64_t)value);
    while (skip < LONG_SHORTS - 1 && get_u2(bytes + 2 * skip) == 0)
        skip++;
    if (!native_range(vm, call, call->cells[3], native_short(call, 4),
                      (int32_t)(LONG_SHORTS - skip), HEAP_SHORT_ARRAY,
                      NATIVE_WRITE, &to) ||
        !native_write(vm, to.ref, 2 * to.at, bytes + 2 * skip, 2 * to.n,
                      HEAP_ATOMIC))
        return VM_NATIVE_THREW;
    return native_done_short(vm, (int32_t)to.n);
}
