#include "tests/unit/vm/forms.h"

#include <stddef.h>
#include <stdio.h>

#include "base/span.h"
#include "cap/opcodes.h"

#define O(name) CAP_OP_##name

enum { NAMES = 8 };

/* ---- bits, by the form of the operands ---- */

static const char *const names[][NAMES] = {
    [CAP_NONE] = {"it runs"},
    [CAP_S1] = {"a negative constant", "one that is not"},
    [CAP_S2] = {"a negative constant", "one that is not"},
    [CAP_S4] = {"a negative constant", "one that is not"},
    [CAP_LOCAL] = {"a variable below 128", "one above"},
    [CAP_INC] = {"a negative constant", "one that is not",
                 "a variable below 128", "one above"},
    [CAP_INC_W] = {"a negative constant", "one that is not",
                   "a variable below 128", "one above"},
    [CAP_BRANCH1] = {"forwards", "backwards", "not taken"},
    [CAP_BRANCH2] = {"forwards, farther than a byte can tell",
                     "backwards, farther than a byte can tell", "not taken"},
    [CAP_ATYPE] = {"boolean", "byte", "short", "int"},
    [CAP_CAST] = {"a class", "boolean[]", "byte[]", "short[]", "int[]",
                  "an array of a class", "an entry below 256", "one above"},
    [CAP_INTERFACE] = {"an entry below 256", "one above", "one argument",
                       "several"},
    [CAP_POOL1] = {"an entry below 128", "one above"},
    [CAP_POOL2] = {"an entry below 256", "one above"},
    [CAP_STABLE] = {"the default", "the first", "the last", "one between"},
    [CAP_ITABLE] = {"the default", "the first", "the last", "one between"},
    [CAP_SLOOKUP] = {"the default", "the first", "the last", "one between",
                     "no pairs"},
    [CAP_ILOOKUP] = {"the default", "the first", "the last", "one between",
                     "no pairs"},
    [CAP_MN] = {"" /* told by number */},
};

static unsigned bits_of(uint8_t operands)
{
    unsigned n = 0;
    while (n < NAMES && names[operands][n] != NULL)
        n++;
    return n;
}

static bool has_condition(uint8_t op)
{
    return op != O(goto) && op != O(goto_w) && op != O(jsr);
}

/* ---- dup_x: m of 1 to 4, n of 0 or m to m + 4; swap_x: 1 or 2 each ---- */

enum { DUP_M = 4, DUP_N = 6, SWAP = 2 };

static uint32_t pair_bit(uint8_t op, uint8_t mn)
{
    const unsigned m = mn >> 4;
    const unsigned n = mn & 15u;

    if (op == O(swap_x))
        return 1u << ((m - 1) * SWAP + n - 1);
    return 1u << ((m - 1) * DUP_N + (n == 0 ? 0 : n - m + 1));
}

static const char *pair_name(uint8_t op, unsigned i)
{
    static char text[32];
    const unsigned step = op == O(swap_x) ? SWAP : DUP_N;
    const unsigned m = i / step + 1;
    const unsigned n = i % step;

    snprintf(text, sizeof text, "m = %u, n = %u", m,
             op == O(swap_x) ? n + 1
             : n == 0        ? 0
                             : n + m - 1);
    return text;
}

/* ---- what an instruction shows ---- */

static uint32_t sign(bool negative)
{
    return negative ? 1 : 2;
}

static uint32_t entry(uint32_t i, uint32_t limit)
{
    return i < limit ? 1 : 2;
}

static uint32_t branch(uint8_t op, int32_t offset, int32_t to, bool wide)
{
    if (to != offset)
        return has_condition(op) ? 4 : 0;
    if (wide && offset <= 127 && offset >= -128)
        return 0;
    return offset > 0 ? 1 : 2;
}

static uint32_t cast(const uint8_t *p)
{
    const uint32_t type = p[1] == 0 ? 1 : 1u << (p[1] - 9);
    return type |
           (p[1] == 0 || p[1] == 14 ? entry(get_u2(p + 2), 256) << 6 : 0);
}

/* Which of n places `to` is: the first, the last, or one between. */
static uint32_t place(const uint8_t *first, unsigned step, uint32_t n,
                      int32_t to)
{
    for (uint32_t i = 0; i < n; i++) {
        if ((int16_t)get_u2(first + i * step) == to)
            return i == 0 ? 2 : i == n - 1 ? 4 : 8;
    }
    return 0;
}

static uint32_t table(const uint8_t *p, int32_t to, bool wide)
{
    const uint32_t n = wide ? get_u4(p + 7) - get_u4(p + 3) + 1
                            : (uint32_t)get_u2(p + 5) - get_u2(p + 3) + 1;

    if ((int16_t)get_u2(p + 1) == to)
        return 1;
    return place(p + (wide ? 11 : 7), 2, wide ? n : (uint16_t)n, to);
}

static uint32_t lookup(const uint8_t *p, int32_t to, unsigned key)
{
    const uint32_t n = get_u2(p + 3);

    if ((int16_t)get_u2(p + 1) == to)
        return n == 0 ? 16 : 1;
    return place(p + 5 + key, key + 2, n, to);
}

uint32_t forms_of(const uint8_t *p, int32_t to)
{
    switch (cap_opcode(p[0])->operands) {
    case CAP_S1:
    case CAP_S2:
    case CAP_S4:
        return sign(p[1] >= 0x80);
    case CAP_LOCAL:
        return entry(p[1], 128);
    case CAP_INC:
    case CAP_INC_W:
        return sign(p[2] >= 0x80) | entry(p[1], 128) << 2;
    case CAP_BRANCH1:
        return branch(p[0], (int8_t)p[1], to, false);
    case CAP_BRANCH2:
        return branch(p[0], (int16_t)get_u2(p + 1), to, true);
    case CAP_MN:
        return pair_bit(p[0], p[1]);
    case CAP_ATYPE:
        return 1u << (p[1] - 10);
    case CAP_CAST:
        return cast(p);
    case CAP_INTERFACE:
        return entry(get_u2(p + 2), 256) | (p[1] == 1 ? 4 : 8);
    case CAP_POOL1:
        return entry(p[1], 128);
    case CAP_POOL2:
        return entry(get_u2(p + 1), 256);
    case CAP_STABLE:
    case CAP_ITABLE:
        return table(p, to, p[0] == O(itableswitch));
    case CAP_SLOOKUP:
    case CAP_ILOOKUP:
        return lookup(p, to, p[0] == O(ilookupswitch) ? 4 : 2);
    default:
        return 1;
    }
}

uint32_t forms_all(uint8_t op)
{
    const uint8_t operands = cap_opcode(op)->operands;

    if (operands == CAP_MN)
        return op == O(swap_x) ? (1u << SWAP * SWAP) - 1
                               : (1u << DUP_M * DUP_N) - 1;
    const uint32_t all = (1u << bits_of(operands)) - 1;
    const bool straight = operands == CAP_BRANCH1 || operands == CAP_BRANCH2;
    return straight && !has_condition(op) ? all & ~4u : all;
}

const char *forms_name(uint8_t op, unsigned i)
{
    const uint8_t operands = cap_opcode(op)->operands;
    return operands == CAP_MN ? pair_name(op, i) : names[operands][i];
}

/* ---- exceptions ---- */

#define NULL_POINTER "java/lang/NullPointerException"
#define SECURITY "java/lang/SecurityException"
#define BOUNDS "java/lang/ArrayIndexOutOfBoundsException"
#define ARITHMETIC "java/lang/ArithmeticException"
#define NO_ROOM "javacard/framework/SystemException"

static const struct {
    uint8_t from;
    uint8_t to;
    const char *exceptions[5];
} thrown[] = {
    {O(aaload), O(iaload), {NULL_POINTER, BOUNDS, SECURITY}},
    {O(aastore),
     O(aastore),
     {NULL_POINTER, BOUNDS, SECURITY, "java/lang/ArrayStoreException"}},
    {O(bastore), O(iastore), {NULL_POINTER, BOUNDS, SECURITY}},
    {O(sdiv), O(irem), {ARITHMETIC}},
    {O(putstatic_a), O(putstatic_a), {SECURITY}},
    {O(getfield_a), O(invokevirtual), {NULL_POINTER, SECURITY}},
    {O(invokespecial), O(invokespecial), {NULL_POINTER}},
    {O(invokeinterface), O(invokeinterface), {NULL_POINTER, SECURITY}},
    {O(new), O(new), {NO_ROOM}},
    {O(newarray),
     O(anewarray),
     {"java/lang/NegativeArraySizeException", NO_ROOM}},
    {O(arraylength), O(athrow), {NULL_POINTER, SECURITY}},
    {O(checkcast), O(checkcast), {"java/lang/ClassCastException", SECURITY}},
    {O(instanceof), O(instanceof), {SECURITY}},
    {O(getfield_a_w), O(getfield_i_w), {NULL_POINTER, SECURITY}},
    {O(putfield_a_w), O(putfield_i_w), {NULL_POINTER, SECURITY}},
    {O(putfield_a_this), O(putfield_a_this), {SECURITY}},
};

const char *forms_exception(uint8_t op, unsigned i)
{
    for (size_t k = 0; k < sizeof thrown / sizeof thrown[0]; k++) {
        if (op >= thrown[k].from && op <= thrown[k].to)
            return thrown[k].exceptions[i];
    }
    return NULL;
}
