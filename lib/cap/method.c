/*
 * The Method component: blocks, the methods in them and their exception
 * handlers.  A compact component is one block; an extended one begins with
 * the places of up to 127.  [JCVM 6.10]
 */
#include "cap/cap.h"

enum { HANDLER_SIZE = 8, BLOCK_MAX = 0xFFFF, NO_BLOCK = 0xFF };

static uint32_t block_start(const struct cap *cap, unsigned i)
{
    return cap_is_extended(cap) ? get_u4(cap->part[CAP_METHOD].p + 1 + 4 * i)
                                : 0;
}

bool cap_block(const struct cap *cap, unsigned i, struct cap_block *out)
{
    const struct span m = cap->part[CAP_METHOD];

    if (i >= cap->block_count)
        return false;
    out->start = block_start(cap, i);
    out->end =
        i + 1u < cap->block_count ? block_start(cap, i + 1) : (uint32_t)m.n;
    out->handler_count = m.p[out->start];
    out->space = out->start + 1u + HANDLER_SIZE * out->handler_count;
    return true;
}

bool cap_block_of(const struct cap *cap, uint32_t pc, struct cap_block *out)
{
    unsigned low = 0;
    unsigned high = cap->block_count;

    if (pc >= cap->part[CAP_METHOD].n)
        return false;
    while (high - low > 1) {
        unsigned middle = (low + high) / 2;
        if (block_start(cap, middle) <= pc)
            low = middle;
        else
            high = middle;
    }
    return cap_block(cap, low, out) && pc >= out->start;
}

/* The list of blocks of an extended component: one behind the other. */
static enum err read_blocks(struct cap *cap)
{
    const struct span m = cap->part[CAP_METHOD];
    const uint32_t head = 1u + 4u * m.p[0];

    if (m.p[0] == 0 || m.p[0] > 127)
        return ERR_FORMAT;
    if (m.n < head)
        return ERR_TRUNCATED;
    cap->block_count = m.p[0];
    for (unsigned i = 0; i < cap->block_count; i++) {
        const uint32_t start = block_start(cap, i);
        const uint64_t end =
            i + 1u < cap->block_count ? block_start(cap, i + 1) : (uint64_t)m.n;
        if ((i == 0 && start != head) || start >= end || end > m.n ||
            end - start > BLOCK_MAX)
            return ERR_FORMAT;
    }
    return ERR_OK;
}

enum err cap_open_methods(struct cap *cap)
{
    struct cap_block b;
    enum err e = ERR_OK;

    cap->block_count = 1;
    if (cap_is_extended(cap))
        e = read_blocks(cap);
    for (unsigned i = 0; e == ERR_OK && cap_block(cap, i, &b); i++)
        e = b.space > b.end ? ERR_TRUNCATED : ERR_OK;
    return e;
}

bool cap_address(const struct cap *cap, const uint8_t *p, uint32_t *address)
{
    const bool wide = cap_is_extended(cap);
    const uint8_t block = wide ? p[0] : 0;
    const uint16_t offset = get_u2(p + (wide ? 1 : 0));

    *address = CAP_NOWHERE;
    if (offset == 0xFFFF && (!wide || block == NO_BLOCK))
        return false;
    if (block < cap->block_count)
        *address = block_start(cap, block) + offset;
    return true;
}

bool cap_method_at(const struct cap *cap, uint32_t offset,
                   struct cap_method *out)
{
    struct cap_block b;

    if (!cap_block_of(cap, offset, &b) || offset < b.space ||
        b.end - offset < 2)
        return false;
    const uint8_t *p = cap->part[CAP_METHOD].p + offset;
    out->offset = offset;
    out->flags = p[0] >> 4;
    if ((out->flags & CAP_METHOD_EXTENDED) != 0) {
        if (b.end - offset < 4)
            return false;
        out->max_stack = p[1];
        out->nargs = p[2];
        out->max_locals = p[3];
        out->code = offset + 4;
    } else {
        out->max_stack = p[0] & 0x0F;
        out->nargs = p[1] >> 4;
        out->max_locals = p[1] & 0x0F;
        out->code = offset + 2;
    }
    return (out->flags & 0x3) == 0;
}

bool cap_handler(const struct cap *cap, uint32_t pc, unsigned i,
                 struct cap_handler *out)
{
    struct cap_block b;

    return cap_block_of(cap, pc, &b) && cap_block_handler(cap, &b, i, out);
}

bool cap_block_handler(const struct cap *cap, const struct cap_block *b,
                       unsigned i, struct cap_handler *out)
{
    if (i >= b->handler_count)
        return false;
    const uint8_t *p =
        cap->part[CAP_METHOD].p + b->start + 1 + (size_t)HANDLER_SIZE * i;
    out->start = b->start + get_u2(p);
    out->end = out->start + (get_u2(p + 2) & 0x7FFF);
    out->stop = (p[2] & 0x80) != 0;
    out->handler = b->start + get_u2(p + 4);
    out->catch_type = get_u2(p + 6);
    return true;
}
