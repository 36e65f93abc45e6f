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

unsigned cap_cells(const char *letters)
{
    unsigned n = 0;
    for (; *letters != '\0'; letters++)
        n += *letters == 'I' ? 2 : 1;
    return n;
}

bool cap_falls_through(uint8_t op)
{
    switch (op) {
    case CAP_OP_goto:
    case CAP_OP_goto_w:
    case CAP_OP_ret:
    case CAP_OP_athrow:
    case CAP_OP_areturn:
    case CAP_OP_sreturn:
    case CAP_OP_ireturn:
    case CAP_OP_return:
    case CAP_OP_stableswitch:
    case CAP_OP_itableswitch:
    case CAP_OP_slookupswitch:
    case CAP_OP_ilookupswitch:
        return false;
    default:
        return true;
    }
}

static bool each_switch_target(const uint8_t *p, uint32_t pc,
                               bool (*f)(void *ctx, int64_t target), void *ctx)
{
    uint8_t op = p[0];
    bool is_table = op == CAP_OP_stableswitch || op == CAP_OP_itableswitch;
    uint32_t key =
        op == CAP_OP_itableswitch || op == CAP_OP_ilookupswitch ? 4 : 2;
    uint32_t n = get_u2(p + 3);
    const uint8_t *at = p + 5 + (is_table ? 0 : key);
    uint32_t step = is_table ? 2 : key + 2;

    if (is_table) {
        int64_t low =
            key == 2 ? (int16_t)get_u2(p + 3) : (int32_t)get_u4(p + 3);
        int64_t high =
            key == 2 ? (int16_t)get_u2(p + 5) : (int32_t)get_u4(p + 7);
        n = (uint32_t)(high - low + 1);
        at = p + 3 + 2 * key;
    }
    if (!f(ctx, (int64_t)pc + (int16_t)get_u2(p + 1)))
        return false;
    for (uint32_t i = 0; i < n; i++, at += step) {
        if (!f(ctx, (int64_t)pc + (int16_t)get_u2(at)))
            return false;
    }
    return true;
}

bool cap_each_target(const uint8_t *p, uint32_t pc,
                     bool (*f)(void *ctx, int64_t target), void *ctx)
{
    switch (cap_opcode(p[0])->operands) {
    case CAP_BRANCH1:
        return f(ctx, (int64_t)pc + (int8_t)p[1]);
    case CAP_BRANCH2:
        return f(ctx, (int64_t)pc + (int16_t)get_u2(p + 1));
    case CAP_STABLE:
    case CAP_ITABLE:
    case CAP_SLOOKUP:
    case CAP_ILOOKUP:
        return each_switch_target(p, pc, f, ctx);
    default:
        return true;
    }
}
