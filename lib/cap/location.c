/*
 * One pass over all code of a file whose Descriptor says where methods begin:
 * what it refers to is what ReferenceLocation lists.  Both ascend, so that
 * nothing needs to be remembered.  [JCVM 6.12]
 */
#include "cap/describe.h"

/* One list of distances, and the place that comes next. */
struct listed {
    struct span deltas;
    uint32_t at;
};

struct operands {
    struct cap_state *s;
    const uint8_t *p; /* Method's info */
    struct cap_block block;
    struct listed lists[2]; /* by the width of the operand */
};

/* The list goes on with this place. */
static bool take_place(struct listed *l, uint32_t place)
{
    enum { CARRY = 255 };
    uint8_t delta = CARRY;

    while (delta == CARRY) {
        if (span_take_u1(&l->deltas, &delta) != ERR_OK)
            return false;
        l->at += delta;
    }
    return l->at == place;
}

/* ---- instructions ---- */

/* Where the operand that names a constant stands, and its width; or 0. */
static unsigned operand_at(const uint8_t *p, unsigned *width)
{
    enum { CLASS = 0, OBJECTS = 14 };

    *width = 2;
    switch (cap_opcode(p[0])->operands) {
    case CAP_POOL1:
        *width = 1;
        return 1;
    case CAP_POOL2:
        return 1;
    case CAP_INTERFACE:
        return 2;
    case CAP_CAST:
        /* an array of a primitive type names no class */
        return p[1] == CLASS || p[1] == OBJECTS ? 2 : 0;
    default:
        return 0;
    }
}

/*
 * Whether the letter of a field instruction, a b s i in this order, is that of
 * the field's type.
 */
static bool letter_fits(const struct cap_state *s, uint8_t op, uint16_t index)
{
    enum { A, B, S, I };
    const unsigned base =
        op >= CAP_OP_getfield_a_w ? CAP_OP_getfield_a_w : CAP_OP_getstatic_a;
    struct cap_type_word type;

    if (index >= s->cap->pool_count ||
        !cap_type_only(&s->types, cap_type_of_constant(&s->types, index),
                       &type))
        return false;
    switch ((op - base) % 4) {
    case A:
        return type.nibble >= CAP_NIBBLE_CLASS;
    case B:
        return type.nibble == CAP_NIBBLE_BOOLEAN ||
               type.nibble == CAP_NIBBLE_BYTE;
    case S:
        return type.nibble == CAP_NIBBLE_SHORT;
    default:
        return type.nibble == CAP_NIBBLE_INT;
    }
}

static bool check_operand(struct operands *o, uint32_t method, uint32_t pc)
{
    const uint8_t *p = o->p + pc;
    const uint8_t pool = cap_opcode(p[0])->pool;
    unsigned width = 0;
    const unsigned at = operand_at(p, &width);

    if (at == 0)
        return true;
    if (!take_place(&o->lists[width - 1], pc + at - o->block.start))
        return cap_find(o->s, CAP_REFERENCE_LOCATION, 0, 0,
                        CAP_RULE_LOCATION_SET);
    if (pool != CAP_POOL_FIELD && pool != CAP_POOL_STATIC_FIELD)
        return true;
    return letter_fits(o->s, p[0], width == 1 ? p[at] : get_u2(p + at)) ||
           cap_find(o->s, CAP_METHOD, method, pc, CAP_RULE_TYPE_FIELD);
}

static bool is_start(const struct cap_state *s, uint32_t at)
{
    return (s->method_starts[at / 8] >> at % 8 & 1) != 0;
}

/* A method, to where the next one begins. */
static bool check_method(struct operands *o, uint32_t *at)
{
    const uint32_t method = *at;
    struct cap_method m;

    if (!cap_method_at(o->s->cap, method, &m))
        return false;
    for (*at = m.code; *at < o->block.end && !is_start(o->s, *at);) {
        const uint32_t n =
            cap_instruction_length(o->p + *at, o->block.end - *at);
        if (n == 0)
            return cap_find(o->s, CAP_METHOD, method, *at, CAP_RULE_DEAD_CODE);
        for (uint32_t i = 1; i < n; i++) {
            if (is_start(o->s, *at + i))
                return cap_find(o->s, CAP_METHOD, method, *at,
                                CAP_RULE_DEAD_CODE);
        }
        if (!check_operand(o, method, *at))
            return false;
        *at += n;
    }
    return true;
}

/* ---- blocks ---- */

static bool check_handlers(struct operands *o)
{
    enum { CATCH_TYPE = 6 };
    struct cap_handler h;

    for (unsigned i = 0; cap_block_handler(o->s->cap, &o->block, i, &h); i++) {
        if (h.catch_type != 0 &&
            !take_place(&o->lists[1], 1 + 8 * i + CATCH_TYPE))
            return cap_find(o->s, CAP_REFERENCE_LOCATION, 0, 0,
                            CAP_RULE_LOCATION_SET);
    }
    return true;
}

static bool take_list(struct span *part, struct listed *out)
{
    uint16_t n = 0;

    out->at = 0;
    return span_take_u2(part, &n) == ERR_OK &&
           span_take(part, n, &out->deltas) == ERR_OK;
}

static bool check_block(struct operands *o, struct span *part)
{
    if (!take_list(part, &o->lists[0]) || !take_list(part, &o->lists[1]))
        return false; /* structure has seen to it */
    if (!check_handlers(o))
        return false;
    for (uint32_t at = o->block.space; at < o->block.end;) {
        if (!check_method(o, &at))
            return false;
    }
    return (o->lists[0].deltas.n == 0 && o->lists[1].deltas.n == 0) ||
           cap_find(o->s, CAP_REFERENCE_LOCATION, 0, 0, CAP_RULE_LOCATION_SET);
}

bool cap_check_operands(struct cap_state *s)
{
    struct operands o = {.s = s, .p = s->cap->part[CAP_METHOD].p};
    struct span part = s->cap->part[CAP_REFERENCE_LOCATION];
    uint8_t blocks = 1;

    if (cap_is_extended(s->cap) && span_take_u1(&part, &blocks) != ERR_OK)
        return false; /* structure has seen to it */
    for (unsigned i = 0; cap_block(s->cap, i, &o.block); i++) {
        if (!check_block(&o, &part))
            return false;
    }
    return true;
}
