#include "cap/opcodes.h"

#include <stddef.h>

#include "base/span.h"

static const struct cap_opcode table[CAP_OP_COUNT] = {
#define OP(code, name, operands, pops, pushes, pool, needs_int)                \
    [code] = {#name, pops, pushes, CAP_##operands, CAP_POOL_##pool, needs_int},
#include "cap/opcodes.def"
#undef OP
};

const struct cap_opcode *cap_opcode(uint8_t code)
{
    return code < CAP_OP_COUNT ? &table[code] : NULL;
}

static const uint8_t fixed_length[] = {
    [CAP_NONE] = 1,    [CAP_S1] = 2,        [CAP_S2] = 3,    [CAP_S4] = 5,
    [CAP_LOCAL] = 2,   [CAP_INC] = 3,       [CAP_INC_W] = 4, [CAP_BRANCH1] = 2,
    [CAP_BRANCH2] = 3, [CAP_MN] = 2,        [CAP_ATYPE] = 2, [CAP_CAST] = 4,
    [CAP_POOL1] = 2,   [CAP_INTERFACE] = 5, [CAP_POOL2] = 3,
};

/* Length of a table switch: `size` bytes a bound, offsets of two. */
static uint32_t table_length(int64_t low, int64_t high, uint32_t size)
{
    if (low > high || high - low > 0x7FFF)
        return 0;
    return 3 + 2 * size + 2 * (uint32_t)(high - low + 1);
}

static uint32_t switch_length(const uint8_t *code, uint32_t n, uint8_t form)
{
    switch (form) {
    case CAP_STABLE:
        return n < 7 ? 0
                     : table_length((int16_t)get_u2(code + 3),
                                    (int16_t)get_u2(code + 5), 2);
    case CAP_ITABLE:
        return n < 11 ? 0
                      : table_length((int32_t)get_u4(code + 3),
                                     (int32_t)get_u4(code + 7), 4);
    case CAP_SLOOKUP:
        return n < 5 ? 0 : 5 + 4u * get_u2(code + 3);
    default:
        return n < 5 ? 0 : 5 + 6u * get_u2(code + 3);
    }
}

uint32_t cap_instruction_length(const uint8_t *code, uint32_t n)
{
    const struct cap_opcode *op = n > 0 ? cap_opcode(code[0]) : NULL;
    if (op == NULL)
        return 0;
    uint32_t length = op->operands >= CAP_STABLE
                          ? switch_length(code, n, op->operands)
                          : fixed_length[op->operands];
    return length <= n ? length : 0;
}
