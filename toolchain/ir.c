#include "toolchain/ir.h"

static const struct tc_op_info infos[] = {
#define JCOP(code, name, format, pops, pushes)                                 \
    {#name, FORMAT_##format, (pops), (pushes)},
#include "toolchain/jcops.def"
#undef JCOP
};

const struct tc_op_info *tc_op_info(uint16_t op)
{
    static const struct tc_op_info removed = {"removed", FORMAT_NONE, 0, 0};
    return op == OP_REMOVED ? &removed : &infos[op];
}

uint32_t tc_insn_length(const struct tc_insn *insn)
{
    static const uint8_t lengths[] = {
        [FORMAT_NONE] = 1,    [FORMAT_S1] = 2,      [FORMAT_S2] = 3,
        [FORMAT_S4] = 5,      [FORMAT_U1] = 2,      [FORMAT_U1S1] = 3,
        [FORMAT_U1S2] = 4,    [FORMAT_BRANCH1] = 2, [FORMAT_BRANCH2] = 3,
        [FORMAT_REF1] = 2,    [FORMAT_REF2] = 3,    [FORMAT_INTERFACE] = 5,
        [FORMAT_TYPE] = 4,    [FORMAT_STABLE] = 7,  [FORMAT_ITABLE] = 11,
        [FORMAT_SLOOKUP] = 5, [FORMAT_ILOOKUP] = 5,
    };
    if (insn->op == OP_REMOVED)
        return 0;
    uint8_t format = tc_op_info(insn->op)->format;
    uint32_t cases = insn->table == NULL ? 0 : (uint32_t)insn->table->count;
    switch (format) {
    case FORMAT_STABLE:
    case FORMAT_ITABLE:
        return lengths[format] + 2 * cases;
    case FORMAT_SLOOKUP:
        return lengths[format] + 4 * cases;
    case FORMAT_ILOOKUP:
        return lengths[format] + 6 * cases;
    default:
        return lengths[format];
    }
}
