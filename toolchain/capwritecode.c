/* Method and ReferenceLocation to text.  [JCVM 6.10, 6.12, 7.5] */
#include <stdlib.h>
#include <string.h>

#include "cap/cap.h"
#include "cap/opcodes.h"
#include "toolchain/capdump.h"

enum { HANDLER_SIZE = 8, LENGTH_MASK = 0x7FFF };
enum { START = 1, TARGET = 2 }; /* marks, one byte per byte of the block */

/* ---- blocks ---- */

static void add_block(struct cd *cd, struct span info)
{
    cd->blocks =
        tc_grow(cd->arena, cd->blocks, cd->block_count, sizeof *cd->blocks);
    cd->blocks[cd->block_count++] = (struct cd_block){.info = info};
}

static uint32_t base_of(const struct cd_block *b)
{
    return 1 + HANDLER_SIZE * (uint32_t)b->info.p[0];
}

/* Blocks that lie back to back behind their table. */
static bool cut(struct cd *cd, struct span info)
{
    size_t count = info.n > 0 ? info.p[0] : 0;
    size_t at = 1 + 4 * count;
    if (info.n == 0 || info.n < at)
        return false;
    for (size_t i = 0; i < count; i++) {
        size_t end = i + 1 < count ? get_u4(info.p + 5 + 4 * i) : info.n;
        if (get_u4(info.p + 1 + 4 * i) != at || end <= at || end > info.n)
            return false;
        add_block(cd, span_of(info.p + at, end - at));
        at = end;
    }
    return at == info.n;
}

void cd_find_blocks(struct cd *cd)
{
    const struct cd_part *part = cd_part_of(cd, CAP_METHOD);
    bool good = part != NULL && part->info.n > 0;
    if (good && cd->form.extended)
        good = cut(cd, part->info);
    else if (good)
        add_block(cd, part->info);
    for (size_t i = 0; good && i < cd->block_count; i++)
        good = base_of(&cd->blocks[i]) <= cd->blocks[i].info.n;
    if (!good)
        cd->block_count = 0;
}

static int by_place(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

void cd_place_methods(struct cd *cd)
{
    size_t named = 0;
    if (cd->found_count > 1)
        qsort(cd->found, cd->found_count, sizeof *cd->found, by_place);
    for (size_t i = 0; i < cd->found_count; i++) {
        uint32_t block = cd->found[i] >> 16;
        uint32_t at = cd->found[i] & 0xFFFF;
        struct cd_block *b =
            block < cd->block_count ? &cd->blocks[block] : NULL;
        if (b == NULL || at < base_of(b) || at >= b->info.n ||
            (i > 0 && cd->found[i] == cd->found[i - 1]))
            continue;
        b->starts =
            tc_grow(cd->arena, b->starts, b->start_count, sizeof *b->starts);
        if (b->start_count == 0)
            b->first_name = named;
        b->starts[b->start_count++] = at;
        named++;
    }
}

const char *cd_method_name(const struct cd *cd, uint32_t place)
{
    uint32_t at = place & 0xFFFF;
    const struct cd_block *b =
        place >> 16 < cd->block_count ? &cd->blocks[place >> 16] : NULL;
    const uint32_t *found = b == NULL || b->start_count == 0
                                ? NULL
                                : bsearch(&at, b->starts, b->start_count,
                                          sizeof *b->starts, by_place);
    return found == NULL
               ? NULL
               : tc_format(cd->arena, "method_%zu",
                           b->first_name + (size_t)(found - b->starts));
}

/* ---- one method ---- */

struct chunk { /* from the start of a method to the next one */
    struct cw *w;
    const struct cd_block *block;
    uint32_t start;
    uint32_t code;
    uint32_t end;
    uint8_t *marks; /* of the block */
    bool handlers_inside;
};

/* Bytes of the header; 0 where there is none that can be spelled. */
static uint32_t header_size(const uint8_t *p, uint32_t n)
{
    enum { LONG_FORM = 8 };
    if (n < 2)
        return 0;
    if ((p[0] >> 4 & LONG_FORM) == 0)
        return 2;
    return n >= 4 && (p[0] & 0x0F) == 0 ? 4 : 0;
}

static void put_header(const struct chunk *c)
{
    enum { LONG_FORM = 8, ABSTRACT = 4 };
    struct cw *w = c->w;
    const uint8_t *p = c->block->info.p + c->start;
    unsigned flags = p[0] >> 4 & ~(unsigned)LONG_FORM;
    bool is_long = (p[0] >> 4 & LONG_FORM) != 0;
    unsigned stack = is_long ? p[1] : p[0] & 0xFu;
    unsigned nargs = is_long ? p[2] : p[1] >> 4;
    unsigned locals = is_long ? p[3] : p[1] & 0xFu;
    if (flags == ABSTRACT)
        cw_format(w, " abstract");
    else if (flags != 0)
        cw_format(w, " flags %u", flags);
    if (is_long && stack <= 15 && nargs <= 15 && locals <= 15)
        cw_format(w, " extended");
    if (stack != 0 || flags != ABSTRACT)
        cw_format(w, " max_stack %u", stack);
    cw_format(w, " nargs %u", nargs);
    if (locals != 0)
        cw_format(w, " max_locals %u", locals);
}

static uint32_t length_at(const struct chunk *c, uint32_t at)
{
    return cap_instruction_length(c->block->info.p + at, c->end - at);
}

/* Calls f for each place that an instruction can jump to. */
static void each_target(const struct chunk *c, uint32_t at,
                        void (*f)(const struct chunk *c, int64_t target))
{
    const uint8_t *p = c->block->info.p + at;
    uint32_t n = length_at(c, at);
    uint32_t first = 1;
    uint32_t step = 2;
    switch (cap_opcode(p[0])->operands) {
    case CAP_BRANCH1:
        f(c, (int64_t)at + (int8_t)p[1]);
        return;
    case CAP_BRANCH2:
        break;
    case CAP_STABLE:
        first = 7;
        break;
    case CAP_ITABLE:
        first = 11;
        break;
    case CAP_SLOOKUP:
        first = 7;
        step = 4;
        break;
    case CAP_ILOOKUP:
        first = 9;
        step = 6;
        break;
    default:
        return;
    }
    f(c, (int64_t)at + (int16_t)get_u2(p + 1));
    for (uint32_t i = first; first > 1 && i + 2 <= n; i += step)
        f(c, (int64_t)at + (int16_t)get_u2(p + i));
}

static bool has_label(const struct chunk *c, int64_t target)
{
    return target >= c->code && target < c->end &&
           (c->marks[target] & START) != 0;
}

static void mark_target(const struct chunk *c, int64_t target)
{
    if (has_label(c, target))
        c->marks[target] |= TARGET;
}

static void mark(const struct chunk *c)
{
    for (uint32_t at = c->code; at < c->end;) {
        uint32_t n = length_at(c, at);
        c->marks[at] |= START;
        at += n == 0 ? 1 : n;
    }
    for (uint32_t at = c->code; at < c->end;) {
        uint32_t n = length_at(c, at);
        if (n != 0)
            each_target(c, at, mark_target);
        at += n == 0 ? 1 : n;
    }
}

static void put_label(const struct chunk *c, uint32_t place)
{
    cw_format(c->w, " L%lu", (unsigned long)(place - c->code));
}

/* A branch's target: a label, or the distance. */
static void put_target(const struct chunk *c, uint32_t at, int32_t distance)
{
    int64_t target = (int64_t)at + distance;
    if (has_label(c, target))
        put_label(c, (uint32_t)target);
    else
        cw_format(c->w, " %ld", (long)distance);
}

static void put_pool(const struct chunk *c, uint32_t index)
{
    cw_format(c->w, " %lu", (unsigned long)index);
    c->w->note = cd_entry_note(c->w->cd, index);
}

static void put_atype(const struct chunk *c, uint32_t type, bool cast)
{
    const struct cs_names *n = cs_atypes;
    while (n->name != NULL && n->value != type)
        n++;
    if (cast && (type == 0 || type == 14))
        cw_format(c->w, type == 0 ? " class" : " array");
    else if (n->name != NULL)
        cw_format(c->w, " %s", n->name);
    else
        cw_format(c->w, " %lu", (unsigned long)type);
}

static int32_t key_at(const uint8_t *p, bool is_int)
{
    return is_int ? (int32_t)get_u4(p) : (int16_t)get_u2(p);
}

static void put_switch(const struct chunk *c, uint32_t at, uint32_t n,
                       bool table, bool is_int)
{
    struct cw *w = c->w;
    const uint8_t *p = c->block->info.p + at;
    uint32_t width = is_int ? 4 : 2;
    uint32_t i = table ? 3 + 2 * width : 5;
    put_target(c, at, (int16_t)get_u2(p + 1));
    if (table)
        cw_format(w, " %ld %ld", (long)key_at(p + 3, is_int),
                  (long)key_at(p + 3 + width, is_int));
    cw_format(w, " {\n");
    w->depth++;
    for (; i < n; i += table ? 2 : width + 2) {
        cw_line(w);
        if (!table)
            cw_format(w, "%ld", (long)key_at(p + i, is_int));
        put_target(c, at, (int16_t)get_u2(p + i + (table ? 0 : width)));
        cw_format(w, "\n");
    }
    w->depth--;
    cw_line(w);
    cw_format(w, "}");
}

static void put_operands(const struct chunk *c, uint32_t at, uint32_t n)
{
    struct cw *w = c->w;
    const uint8_t *p = c->block->info.p + at;
    uint8_t form = cap_opcode(p[0])->operands;
    switch (form) {
    case CAP_S1:
        cw_format(w, " %d", (int8_t)p[1]);
        break;
    case CAP_S2:
        cw_format(w, " %d", (int16_t)get_u2(p + 1));
        break;
    case CAP_S4:
        cw_format(w, " %ld", (long)(int32_t)get_u4(p + 1));
        break;
    case CAP_LOCAL:
        cw_format(w, " %u", p[1]);
        break;
    case CAP_INC:
        cw_format(w, " %u %d", p[1], (int8_t)p[2]);
        break;
    case CAP_INC_W:
        cw_format(w, " %u %d", p[1], (int16_t)get_u2(p + 2));
        break;
    case CAP_BRANCH1:
        put_target(c, at, (int8_t)p[1]);
        break;
    case CAP_BRANCH2:
        put_target(c, at, (int16_t)get_u2(p + 1));
        break;
    case CAP_MN:
        cw_format(w, " %u %u", p[1] >> 4, p[1] & 0xFu);
        break;
    case CAP_ATYPE:
        put_atype(c, p[1], false);
        break;
    case CAP_CAST:
        put_atype(c, p[1], true);
        put_pool(c, get_u2(p + 2));
        if (p[1] >= CS_ATYPE_BOOLEAN && p[1] <= CS_ATYPE_INT)
            w->note = NULL;
        break;
    case CAP_INTERFACE:
        cw_format(w, " %u", p[1]);
        put_pool(c, get_u2(p + 2));
        cw_format(w, " %u", p[4]);
        break;
    case CAP_POOL1:
        put_pool(c, p[1]);
        break;
    case CAP_POOL2:
        put_pool(c, get_u2(p + 1));
        break;
    case CAP_STABLE:
    case CAP_ITABLE:
        put_switch(c, at, n, true, form == CAP_ITABLE);
        break;
    case CAP_SLOOKUP:
    case CAP_ILOOKUP:
        put_switch(c, at, n, false, form == CAP_ILOOKUP);
        break;
    default:
        break;
    }
}

static void put_label_line(const struct chunk *c, uint32_t at)
{
    c->w->depth--;
    cw_line(c->w);
    cw_format(c->w, "L%lu:\n", (unsigned long)(at - c->code));
    c->w->depth++;
}

/* An instruction, or bytes that are none up to the next label. */
static uint32_t put_next(const struct chunk *c, uint32_t at)
{
    struct cw *w = c->w;
    uint32_t n = length_at(c, at);
    if ((c->marks[at] & TARGET) != 0)
        put_label_line(c, at);
    if (n == 0) {
        n = 1;
        while (at + n < c->end && (c->marks[at + n] & TARGET) == 0 &&
               length_at(c, at + n) == 0)
            n++;
        cw_hex(w, "raw", span_of(c->block->info.p + at, n));
        return at + n;
    }
    cw_line(w);
    cw_format(w, "%s", cap_opcode(c->block->info.p[at])->name);
    put_operands(c, at, n);
    cw_end(w);
    return at + n;
}

/* ---- handlers ---- */

struct row {
    uint32_t start;
    uint32_t end;
    uint32_t handler;
    uint32_t type;
    bool stop;
};

static struct row row_of(const struct cd_block *b, uint32_t i)
{
    const uint8_t *p = b->info.p + 1 + HANDLER_SIZE * i;
    uint32_t start = get_u2(p);
    uint32_t length = get_u2(p + 2);
    return (struct row){start, start + (length & LENGTH_MASK), get_u2(p + 4),
                        get_u2(p + 6), length > LENGTH_MASK};
}

static const char *stop_word(const struct cw *w, const struct row *r)
{
    if (w->part->level == CD_DERIVED)
        return "";
    return r->stop ? " stop" : " go_on";
}

/* Is it of this method, and does it stand on its instructions? */
static bool is_inside(const struct chunk *c, const struct row *r)
{
    return has_label(c, r->start) &&
           (r->end == c->end || has_label(c, r->end)) &&
           has_label(c, r->handler) && r->end >= c->code;
}

static void mark_handlers(const struct chunk *c)
{
    for (uint32_t i = 0; i < c->block->info.p[0]; i++) {
        struct row r = row_of(c->block, i);
        if (!has_label(c, r.start))
            continue;
        mark_target(c, r.start);
        mark_target(c, r.handler);
        if (r.end <= c->end)
            c->marks[r.end] |= TARGET;
    }
}

static void put_own_handlers(const struct chunk *c)
{
    struct cw *w = c->w;
    for (uint32_t i = 0; i < c->block->info.p[0]; i++) {
        struct row r = row_of(c->block, i);
        if (!is_inside(c, &r))
            continue;
        cw_line(w);
        cw_format(w, "exception_handler");
        put_label(c, r.start);
        put_label(c, r.end);
        put_label(c, r.handler);
        cw_format(w, " %lu%s", (unsigned long)r.type, stop_word(w, &r));
        w->note = r.type == 0 ? NULL : cd_entry_note(w->cd, r.type);
        cw_end(w);
    }
}

static void put_loose_handlers(struct cw *w, const struct cd_block *b)
{
    for (uint32_t i = 0; i < b->info.p[0]; i++) {
        struct row r = row_of(b, i);
        cw_line(w);
        cw_format(w, "exception_handler %lu %lu %lu %lu%s\n",
                  (unsigned long)r.start, (unsigned long)r.end,
                  (unsigned long)r.handler, (unsigned long)r.type,
                  stop_word(w, &r));
    }
}

/* ---- the component ---- */

static struct chunk chunk_at(struct cw *w, const struct cd_block *b,
                             uint8_t *marks, size_t i)
{
    struct chunk c = {.w = w, .block = b, .marks = marks};
    c.start = b->starts[i];
    c.end = i + 1 < b->start_count ? b->starts[i + 1] : (uint32_t)b->info.n;
    uint32_t n = header_size(b->info.p + c.start, c.end - c.start);
    c.code = n == 0 ? c.end : c.start + n;
    return c;
}

/* Can every handler be told in its method, in the order of the table? */
static bool all_inside(struct cw *w, const struct cd_block *b, uint8_t *marks)
{
    uint32_t last = 0;
    for (uint32_t i = 0; i < b->info.p[0]; i++) {
        struct row r = row_of(b, i);
        bool inside = false;
        for (size_t k = 0; k < b->start_count && !inside; k++) {
            struct chunk c = chunk_at(w, b, marks, k);
            inside = is_inside(&c, &r);
        }
        if (!inside || r.handler < last)
            return false;
        last = r.handler;
    }
    return true;
}

static void put_method(const struct chunk *c, const char *name)
{
    struct cw *w = c->w;
    cw_line(w);
    if (c->code == c->end &&
        header_size(c->block->info.p + c->start, c->end - c->start) == 0) {
        cw_format(w, "%s:\n", name);
        cw_hex(w, "raw",
               span_of(c->block->info.p + c->start, c->end - c->start));
        return;
    }
    cw_format(w, "method %s", name);
    put_header(c);
    if (c->code == c->end) {
        cw_end(w);
        return;
    }
    cw_format(w, " {\n");
    w->depth++;
    if (c->handlers_inside)
        put_own_handlers(c);
    for (uint32_t at = c->code; at < c->end;)
        at = put_next(c, at);
    if (c->handlers_inside && (c->marks[c->end] & TARGET) != 0)
        put_label_line(c, c->end);
    w->depth--;
    cw_line(w);
    cw_format(w, "}\n");
}

static void put_block(struct cw *w, const struct cd_block *b, uint32_t number)
{
    uint8_t *marks = tc_alloc(w->cd->arena, b->info.n + 1);
    uint32_t first = b->start_count == 0 ? (uint32_t)b->info.n : b->starts[0];
    for (size_t i = 0; i < b->start_count; i++) {
        struct chunk c = chunk_at(w, b, marks, i);
        mark(&c);
    }
    bool inside = all_inside(w, b, marks);
    if (!inside)
        put_loose_handlers(w, b);
    if (first > base_of(b))
        cw_hex(w, "raw", span_of(b->info.p + base_of(b), first - base_of(b)));
    for (size_t i = 0; i < b->start_count; i++) {
        struct chunk c = chunk_at(w, b, marks, i);
        c.handlers_inside = inside;
        if (inside) /* an end may be where the next method starts */
            marks[c.end] &= (uint8_t)~TARGET;
        if (inside)
            mark_handlers(&c);
        put_method(&c, cd_method_name(w->cd, number << 16 | c.start));
    }
}

bool cw_methods(struct cw *w)
{
    struct cd *cd = w->cd;
    if (cd->block_count == 0)
        return cd->form.extended && w->part->info.n == 1 &&
               (w->at = w->part->info.n) > 0;
    for (uint32_t i = 0; i < cd->block_count; i++) {
        if (cd->form.extended) {
            cw_line(w);
            cw_format(w, "block {\n");
            w->depth++;
        }
        put_block(w, &cd->blocks[i], i);
        if (cd->form.extended) {
            w->depth--;
            cw_line(w);
            cw_format(w, "}\n");
        }
    }
    w->at = w->part->info.n;
    return true;
}

/* ---- ReferenceLocation ---- */

static bool put_places(struct cw *w, const char *name)
{
    enum { FULL = 255, ON_LINE = 12 };
    struct span info = w->part->info;
    uint32_t place = 0;
    uint32_t n = 0;
    if (info.n - w->at < 2)
        return false;
    size_t end = w->at + 2 + get_u2(info.p + w->at);
    if (end > info.n || (end > w->at + 2 && info.p[end - 1] == FULL))
        return false;
    cw_line(w);
    cw_format(w, "%s {", name);
    for (w->at += 2; w->at < end; w->at++) {
        place += info.p[w->at];
        if (info.p[w->at] == FULL)
            continue;
        if (n++ % ON_LINE == 0) {
            cw_format(w, "\n");
            cw_line(w);
            cw_format(w, "   ");
        }
        cw_format(w, " %lu", (unsigned long)place);
    }
    cw_format(w, "\n");
    cw_line(w);
    cw_format(w, "}\n");
    return place <= 0xFFFF;
}

static bool put_lists(struct cw *w)
{
    return put_places(w, "byte_indices") && put_places(w, "byte2_indices");
}

bool cw_references(struct cw *w)
{
    struct span info = w->part->info;
    if (w->part->level == CD_DERIVED) {
        w->at = info.n;
        return true;
    }
    if (!w->cd->form.extended)
        return put_lists(w);
    uint8_t count = info.n > 0 ? info.p[0] : 0;
    for (w->at = 1; count > 0; count--) {
        cw_line(w);
        cw_format(w, "block {\n");
        w->depth++;
        if (!put_lists(w))
            return false;
        w->depth--;
        cw_line(w);
        cw_format(w, "}\n");
    }
    return true;
}
