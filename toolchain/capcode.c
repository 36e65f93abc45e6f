/* Method and ReferenceLocation: instructions to bytes.  [JCVM 6.10, 7.5] */
#include <stdlib.h>
#include <string.h>

#include "cap/opcodes.h"
#include "toolchain/capasm.h"

enum { U1_MAX = 0xFF, U2_MAX = 0xFFFF, HANDLER_SIZE = 8 };

/* The words of an instruction, one after the other. */
struct operands {
    struct ca *ca;
    const struct cs_node *node;
    struct cs_words words;
};

static const struct cs_word *next(struct operands *o, const char *what)
{
    const struct cs_word *w = cs_next_word(&o->words);
    if (w == NULL)
        ca_error(o->ca, o->node, "%.*s lacks %s", CA_WORD(&o->node->words[0]),
                 what);
    return w;
}

static uint32_t number(struct operands *o, int64_t low, int64_t high,
                       const char *what, unsigned width)
{
    const struct cs_word *w = next(o, what);
    uint32_t value = 0;
    if (w != NULL)
        ca_range(o->ca, w, low, high, &value);
    ca_put(o->ca, value, width);
    return value;
}

static void local(struct operands *o)
{
    number(o, 0, U1_MAX, "the index of a local", 1);
}

static void constant(struct operands *o, unsigned width)
{
    int64_t most = ((int64_t)1 << (8 * width - 1)) - 1;
    number(o, -most - 1, most, "a constant", width);
}

/* A target: a label, or a distance from the instruction at `base`. */
static void branch(struct operands *o, unsigned width, uint32_t base)
{
    const struct cs_word *w = next(o, "a label, or a distance");
    if (w != NULL)
        ca_fix(o->ca, width == 1 ? CA_BRANCH1 : CA_BRANCH2, width, w)->base =
            base;
    else
        ca_put(o->ca, 0, width);
}

static struct ca_block *block_of(struct ca *ca)
{
    return &ca->blocks[ca->block_count - 1];
}

static void refer(struct ca *ca, unsigned width)
{
    struct ca_block *b = block_of(ca);
    uint32_t **list = width == 1 ? &b->byte_references : &b->pair_references;
    size_t *n =
        width == 1 ? &b->byte_reference_count : &b->pair_reference_count;
    *list = tc_grow(ca->arena, *list, *n, sizeof **list);
    (*list)[(*n)++] = (uint32_t)ca->out->n;
}

static void pool(struct operands *o, unsigned width, bool listed)
{
    const struct cs_word *w = next(o, "an entry of ConstantPool");
    if (listed)
        refer(o->ca, width);
    if (w != NULL)
        ca_fix(o->ca, width == 1 ? CA_POOL1 : CA_POOL2, width, w);
    else
        ca_put(o->ca, 0, width);
}

/* The type byte of newarray and the casts. */
static uint32_t array_type(struct operands *o, bool cast)
{
    const struct cs_word *w = next(o, "a type");
    uint32_t value = 0;
    if (w == NULL)
        return 0;
    if (cast && (cs_is(w, "class") || cs_is(w, "array"))) {
        value = cs_is(w, "class") ? 0 : 14;
    } else {
        const struct cs_names *n = cs_atypes;
        while (n->name != NULL && !cs_is(w, n->name))
            n++;
        if (n->name != NULL)
            value = n->value;
        else
            ca_range(o->ca, w, 0, U1_MAX, &value);
    }
    ca_put(o->ca, value, 1);
    return value;
}

static void cast(struct operands *o)
{
    uint32_t type = array_type(o, true);
    bool primitive = type >= CS_ATYPE_BOOLEAN && type <= CS_ATYPE_INT;
    pool(o, 2, !primitive);
}

static void two_nibbles(struct operands *o)
{
    uint32_t m = 0;
    uint32_t n = 0;
    const struct cs_word *w = next(o, "m");
    if (w != NULL && ca_range(o->ca, w, 0, 15, &m) &&
        (w = next(o, "n")) != NULL)
        ca_range(o->ca, w, 0, 15, &n);
    ca_put(o->ca, m << 4 | n, 1);
}

/* default low high { label... }; high may be left out as "-". */
static void table_switch(struct operands *o, unsigned width, uint32_t base)
{
    struct ca *ca = o->ca;
    branch(o, 2, base);
    size_t low_at = ca->out->n;
    constant(o, width);
    constant(o, width);
    const uint8_t *p = ca->out->p + low_at;
    int64_t low = width == 2 ? (int16_t)get_u2(p) : (int32_t)get_u4(p);
    int64_t high = width == 2 ? (int16_t)get_u2(p + 2) : (int32_t)get_u4(p + 4);
    int64_t count = 0;
    while (o->words.at < o->node->count || o->words.inner != NULL) {
        const struct cs_words here = o->words;
        if (cs_next_word(&o->words) == NULL)
            break;
        o->words = here;
        branch(o, 2, base);
        count++;
    }
    if (count != high - low + 1 && !o->node->has_block)
        ca_error(ca, o->node,
                 "%.*s from %lld to %lld has %lld targets, not %lld",
                 CA_WORD(&o->node->words[0]), (long long)low, (long long)high,
                 (long long)count, (long long)(high - low + 1));
}

/* default [npairs] { match label; ... } */
static void lookup_switch(struct operands *o, unsigned width, uint32_t base)
{
    struct ca *ca = o->ca;
    branch(o, 2, base);
    size_t at = ca->out->n;
    uint32_t pairs = 0;
    uint32_t given = 0;
    bool has_given = o->node->count == 3;
    ca_put(ca, 0, 2);
    if (has_given)
        ca_range(ca, next(o, "npairs"), 0, U2_MAX, &given);
    for (;;) {
        const struct cs_words here = o->words;
        if (cs_next_word(&o->words) == NULL)
            break;
        o->words = here;
        constant(o, width);
        branch(o, 2, base);
        pairs++;
    }
    if (pairs > U2_MAX)
        ca_error(ca, o->node, "more than %u pairs", U2_MAX);
    set_u2(ca->out->p + at, (uint16_t)(has_given ? given : pairs));
}

static void put_operands(struct operands *o, uint8_t form, uint32_t base)
{
    switch (form) {
    case CAP_NONE:
        break;
    case CAP_S1:
        constant(o, 1);
        break;
    case CAP_S2:
        constant(o, 2);
        break;
    case CAP_S4:
        constant(o, 4);
        break;
    case CAP_LOCAL:
        local(o);
        break;
    case CAP_INC:
    case CAP_INC_W:
        local(o);
        constant(o, form == CAP_INC ? 1 : 2);
        break;
    case CAP_BRANCH1:
    case CAP_BRANCH2:
        branch(o, form == CAP_BRANCH1 ? 1 : 2, base);
        break;
    case CAP_MN:
        two_nibbles(o);
        break;
    case CAP_ATYPE:
        array_type(o, false);
        break;
    case CAP_CAST:
        cast(o);
        break;
    case CAP_INTERFACE:
        number(o, 0, U1_MAX, "nargs", 1);
        pool(o, 2, true);
        number(o, 0, U1_MAX, "the method's token", 1);
        break;
    case CAP_POOL1:
    case CAP_POOL2:
        pool(o, form == CAP_POOL1 ? 1 : 2, true);
        break;
    case CAP_STABLE:
    case CAP_ITABLE:
        table_switch(o, form == CAP_STABLE ? 2 : 4, base);
        break;
    default:
        lookup_switch(o, form == CAP_SLOOKUP ? 2 : 4, base);
        break;
    }
}

static int opcode_named(const struct cs_word *w)
{
    for (int code = 0; code < CAP_OP_COUNT; code++) {
        const struct cap_opcode *op = cap_opcode((uint8_t)code);
        if (op != NULL && op->name[0] == w->p[0] && cs_is(w, op->name))
            return code;
    }
    return -1;
}

static void put_instruction(struct ca *ca, const struct cs_node *n)
{
    struct operands o = {ca, n, cs_all_words(n, 1)};
    int code = opcode_named(&n->words[0]);
    if (code < 0) {
        ca_error(ca, n,
                 "there is no instruction '%.*s'; bytes that are none are "
                 "written as raw",
                 CA_WORD(&n->words[0]));
        return;
    }
    const struct cap_opcode *op = cap_opcode((uint8_t)code);
    uint32_t base = (uint32_t)ca->out->n;
    ca->uses_int = ca->uses_int || op->needs_int;
    ca_put(ca, (uint32_t)code, 1);
    put_operands(&o, op->operands, base);
    const struct cs_word *more = cs_next_word(&o.words);
    if (more != NULL)
        ca_error(ca, more, "'%.*s' is one word more than %s takes",
                 CA_WORD(more), op->name);
}

/* ---- methods ---- */

static void add_handler(struct ca *ca, const struct cs_node *n)
{
    struct ca_block *b = block_of(ca);
    if (n->count != 5 && n->count != 6) {
        ca_error(ca, n,
                 "exception_handler takes start, end, handler, the entry of "
                 "the type (0: any) and perhaps stop or go_on");
        return;
    }
    b->handlers =
        tc_grow(ca->arena, b->handlers, b->handler_count, sizeof *b->handlers);
    b->handlers[b->handler_count++] = (struct ca_handler){n, ca->scope};
    b->explicit = b->explicit || ca->scope < CA_S_LABELS;
}

/* A statement among instructions. */
static void put_code(struct ca *ca, const struct cs_node *n)
{
    if (n->label.n > 0)
        ca_define(ca, ca->scope, &n->label, (uint32_t)ca->out->n);
    if (n->count == 0)
        return;
    if (cs_is(&n->words[0], "raw"))
        ca_put_hex(ca, n, 1);
    else if (cs_is(&n->words[0], "exception_handler"))
        add_handler(ca, n);
    else
        put_instruction(ca, n);
}

static struct ca_method *new_method(struct ca *ca, const struct cs_word *name)
{
    ca->methods =
        tc_grow(ca->arena, ca->methods, ca->method_count, sizeof *ca->methods);
    struct ca_method *m = &ca->methods[ca->method_count];
    uint32_t start = (uint32_t)ca->out->n;
    *m = (struct ca_method){(uint32_t)ca->block_count - 1, start, start, start,
                            CA_S_LABELS + (uint32_t)ca->method_count};
    ca_define(ca, CA_S_METHOD, name, (uint32_t)ca->method_count++);
    return m;
}

struct header {
    uint32_t max_stack;
    uint32_t nargs;
    uint32_t max_locals;
    uint32_t flags;
    bool extended;
    bool has_stack;
    bool has_nargs;
};

/* "max_stack 3 nargs 2 max_locals 1 abstract extended flags 4" */
static void read_header(struct ca *ca, const struct cs_node *n,
                        struct header *h)
{
    enum { NIBBLE_MAX = 15, ABSTRACT = 4 };
    for (size_t i = 2; i < n->count; i++) {
        const struct cs_word *w = &n->words[i];
        uint32_t *value = cs_is(w, "max_stack")    ? &h->max_stack
                          : cs_is(w, "nargs")      ? &h->nargs
                          : cs_is(w, "max_locals") ? &h->max_locals
                          : cs_is(w, "flags")      ? &h->flags
                                                   : NULL;
        if (cs_is(w, "abstract"))
            h->flags |= ABSTRACT;
        else if (cs_is(w, "extended"))
            h->extended = true;
        else if (value != NULL && i + 1 < n->count)
            ca_range(ca, &n->words[++i], 0,
                     value == &h->flags ? NIBBLE_MAX : U1_MAX, value);
        else
            ca_error(ca, w,
                     "'%.*s' should be max_stack, nargs, max_locals or flags "
                     "and a number, abstract or extended",
                     CA_WORD(w));
        h->has_stack = h->has_stack || value == &h->max_stack;
        h->has_nargs = h->has_nargs || value == &h->nargs;
    }
    if (!h->has_nargs || (!h->has_stack && (h->flags & ABSTRACT) == 0))
        ca_error(ca, n, "the method lacks %s",
                 h->has_nargs ? "max_stack" : "nargs");
    h->extended = h->extended || h->max_stack > NIBBLE_MAX ||
                  h->nargs > NIBBLE_MAX || h->max_locals > NIBBLE_MAX;
}

static void put_header(struct ca *ca, const struct header *h)
{
    enum { EXTENDED = 8 };
    if (!h->extended) {
        ca_put(ca, h->flags << 4 | h->max_stack, 1);
        ca_put(ca, h->nargs << 4 | h->max_locals, 1);
        return;
    }
    ca_put(ca, (h->flags | EXTENDED) << 4, 1);
    ca_put(ca, h->max_stack, 1);
    ca_put(ca, h->nargs, 1);
    ca_put(ca, h->max_locals, 1);
}

static void put_method(struct ca *ca, const struct cs_node *n)
{
    struct header h = {0};
    if (n->count < 2) {
        ca_error(ca, n, "the method lacks a name");
        return;
    }
    read_header(ca, n, &h);
    size_t number = ca->method_count;
    new_method(ca, &n->words[1]);
    put_header(ca, &h);
    ca->methods[number].code = (uint32_t)ca->out->n;
    ca->scope = ca->methods[number].scope;
    for (const struct cs_node *c = n->first; c != NULL; c = c->next)
        put_code(ca, c);
    ca->scope = 0;
    ca->methods[number].end = (uint32_t)ca->out->n;
}

static void put_block(struct ca *ca, const struct cs_node *node)
{
    ca->blocks =
        tc_grow(ca->arena, ca->blocks, ca->block_count, sizeof *ca->blocks);
    struct ca_block *b = &ca->blocks[ca->block_count++];
    *b = (struct ca_block){.table = NULL};
    ca_segment(ca);
    b->table = ca->out;
    ca_segment(ca);
    b->body = ca->out;
    for (const struct cs_node *n = node->first; n != NULL; n = n->next) {
        const struct cs_word *w = n->count > 0 ? &n->words[0] : &n->label;
        if (n->label.n > 0)
            new_method(ca, &n->label);
        if (n->count == 0)
            continue;
        if (cs_is(w, "method"))
            put_method(ca, n);
        else if (cs_is(w, "raw"))
            ca_put_hex(ca, n, 1);
        else if (cs_is(w, "exception_handler"))
            add_handler(ca, n);
        else if (cs_is(w, "handler_count") && n->count == 2)
            block_of(ca)->count_override = n;
        else if (node != ca->part->node ||
                 !(cs_is(w, "size") || cs_is(w, "tag") || cs_is(w, "entry") ||
                   cs_is(w, "trailing")))
            ca_error(ca, n,
                     "Method has no '%.*s'; it has method, exception_handler, "
                     "handler_count, raw",
                     CA_WORD(w));
    }
}

/* block_count and the blocks' places stand in front, see ca_finish_method. */
void ca_method_component(struct ca *ca, const struct cs_node *node)
{
    enum { BLOCKS_MAX = 255 };
    if (!ca->form.extended) {
        put_block(ca, node);
        return;
    }
    for (const struct cs_node *n = node->first; n != NULL; n = n->next) {
        const struct cs_word *w = n->count > 0 ? &n->words[0] : &n->label;
        if (n->count > 0 && cs_is(w, "block") && ca->block_count < BLOCKS_MAX)
            put_block(ca, n);
        else if (!(n->count > 0 && (cs_is(w, "size") || cs_is(w, "tag") ||
                                    cs_is(w, "entry") || cs_is(w, "trailing"))))
            ca_error(ca, n,
                     "in an extended CAP file Method has only blocks, %d at "
                     "most; not '%.*s'",
                     BLOCKS_MAX, CA_WORD(w));
    }
}

/* ---- the handlers ---- */

struct row {
    uint32_t start;
    uint32_t end;
    uint32_t handler;
    uint32_t type;
    const struct cs_node *node;
    size_t order;
};

static uint32_t offset_of(struct ca *ca, const struct ca_handler *h, size_t i)
{
    uint32_t place = 0;
    ca_place(ca, h->scope, &h->node->words[i], &place);
    return place & U2_MAX;
}

/* The end may be one behind the last byte that two bytes can name. */
static uint32_t end_of(struct ca *ca, const struct ca_handler *h,
                       uint32_t start)
{
    enum { LENGTH_MAX = 0x7FFF };
    int64_t v = 0;
    const struct cs_word *w = &h->node->words[2];
    uint32_t end =
        cs_number(w, &v) && v > U2_MAX ? (uint32_t)v : offset_of(ca, h, 2);
    if (end >= start && end - start <= LENGTH_MAX)
        return end;
    ca_error(ca, w, "the range would have %lld bytes; it may have 0 to %d",
             (long long)end - (long long)start, LENGTH_MAX);
    return start;
}

static struct row row_of(struct ca *ca, const struct ca_handler *h,
                         size_t order)
{
    struct row r = {.node = h->node, .order = order};
    int64_t type = 0;
    r.start = offset_of(ca, h, 1);
    r.end = end_of(ca, h, r.start);
    r.handler = offset_of(ca, h, 3);
    if (ca_value(ca, CA_S_POOL, &h->node->words[4], "an entry of ConstantPool",
                 &type) &&
        (type < 0 || type > U2_MAX))
        ca_error(ca, h->node, "the type is not an entry from 0 to 65535");
    r.type = (uint32_t)type & U2_MAX;
    return r;
}

static bool encloses(const struct row *outer, const struct row *inner)
{
    return outer->start <= inner->start && outer->end >= inner->end;
}

static bool stops(struct ca *ca, const struct row *rows, size_t i, size_t n)
{
    const struct cs_node *node = rows[i].node;
    if (node->count == 6) {
        const struct cs_word *w = &node->words[5];
        if (!cs_is(w, "stop") && !cs_is(w, "go_on"))
            ca_error(ca, w, "'%.*s' should be stop or go_on", CA_WORD(w));
        return cs_is(w, "stop");
    }
    for (size_t k = i + 1; k < n; k++)
        if (encloses(&rows[k], &rows[i]))
            return false;
    return true;
}

static int by_handler(const void *a, const void *b)
{
    const struct row *x = a;
    const struct row *y = b;
    if (x->handler != y->handler)
        return x->handler < y->handler ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

/* The block's own references: the types in its handlers stand in front. */
static void refer_types(struct ca *ca, struct ca_block *b,
                        const struct row *rows, uint32_t base)
{
    enum { TYPE_AT = 1 + 6 };
    size_t n = 0;
    size_t old = b->pair_reference_count;
    uint32_t *all =
        tc_alloc_array(ca->arena, old + b->handler_count, sizeof *all);
    for (size_t i = 0; i < b->handler_count; i++)
        if (rows[i].type != 0)
            all[n++] = TYPE_AT + HANDLER_SIZE * (uint32_t)i;
    for (size_t i = 0; i < old; i++)
        all[n++] = base + b->pair_references[i];
    b->pair_references = all;
    b->pair_reference_count = n;
    for (size_t i = 0; i < b->byte_reference_count; i++)
        b->byte_references[i] += base;
}

static void put_table(struct ca *ca, uint32_t block)
{
    enum { STOP = 0x8000 };
    struct ca_block *b = &ca->blocks[block];
    size_t n = b->handler_count;
    struct row *rows = tc_alloc_array(ca->arena, n, sizeof *rows);
    uint32_t count = (uint32_t)n;
    for (size_t i = 0; i < n; i++)
        rows[i] = row_of(ca, &b->handlers[i], i);
    if (!b->explicit && n > 1)
        qsort(rows, n, sizeof *rows, by_handler);
    ca->out = b->table;
    if (b->count_override != NULL)
        ca_range(ca, &b->count_override->words[1], 0, U1_MAX, &count);
    else if (n > U1_MAX)
        ca_error(ca, b->handlers[U1_MAX].node, "more than %d handlers", U1_MAX);
    ca_put(ca, count, 1);
    for (size_t i = 0; i < n; i++) {
        ca_put(ca, rows[i].start, 2);
        ca_put(ca,
               (rows[i].end - rows[i].start) |
                   (stops(ca, rows, i, n) ? STOP : 0u),
               2);
        ca_put(ca, rows[i].handler, 2);
        ca_put(ca, rows[i].type, 2);
    }
    refer_types(ca, b, rows, ca_block_base(ca, block));
}

void ca_finish_method(struct ca *ca, struct ca_part *part)
{
    ca->part = part;
    for (uint32_t i = 0; i < ca->block_count; i++)
        put_table(ca, i);
    if (!ca->form.extended || part->segment_count == 0)
        return;
    uint32_t at = 1 + 4 * (uint32_t)ca->block_count;
    ca->out = part->segments[0];
    ca_put(ca, (uint32_t)ca->block_count, 1);
    for (size_t i = 0; i < ca->block_count; i++) {
        ca_put(ca, at, 4);
        at += (uint32_t)(ca->blocks[i].table->n + ca->blocks[i].body->n);
    }
}

/* ---- ReferenceLocation [JCVM 6.12] ---- */

static void put_distances(struct ca *ca, const uint32_t *places, size_t n)
{
    enum { FULL = 255 };
    uint32_t before = 0;
    size_t at = ca->out->n;
    ca_put(ca, 0, 2);
    for (size_t i = 0; i < n; i++) {
        uint32_t distance = places[i] - before;
        for (; distance >= FULL; distance -= FULL)
            ca_put(ca, FULL, 1);
        ca_put(ca, distance, 1);
        before = places[i];
    }
    set_u2(ca->out->p + at, (uint16_t)(ca->out->n - at - 2));
}

/* A list that stands in the text instead of the one that the code gives. */
static void put_places(struct ca *ca, const struct cs_node *n)
{
    struct cs_words words = cs_all_words(n, 1);
    const struct cs_word *w = NULL;
    uint32_t *places = NULL;
    size_t count = 0;
    uint32_t last = 0;
    while ((w = cs_next_word(&words)) != NULL) {
        uint32_t place = 0;
        ca_place(ca, 0, w, &place);
        place &= U2_MAX;
        if (place < last)
            ca_error(ca, w,
                     "places must ascend; else write their distances "
                     "as raw");
        places = tc_grow(ca->arena, places, count, sizeof *places);
        places[count++] = last = place > last ? place : last;
    }
    put_distances(ca, places, count);
}

static void put_one_list(struct ca *ca, const struct cs_node *node,
                         const char *name, const uint32_t *places, size_t n)
{
    for (const struct cs_node *c = node->first; c != NULL; c = c->next) {
        if (c->count > 0 && cs_is(&c->words[0], name)) {
            put_places(ca, c);
            return;
        }
    }
    put_distances(ca, places, n);
}

static void put_references(struct ca *ca, const struct cs_node *node,
                           const struct ca_block *b)
{
    put_one_list(ca, node, "byte_indices", b->byte_references,
                 b->byte_reference_count);
    put_one_list(ca, node, "byte2_indices", b->pair_references,
                 b->pair_reference_count);
}

static void check_references(struct ca *ca, const struct cs_node *node)
{
    static const char *const words[] = {
        "byte_indices", "byte2_indices", "trailing", "size",
        "tag",          "entry",         "block"};
    size_t count = sizeof words / sizeof words[0];
    for (const struct cs_node *n = node->first; n != NULL; n = n->next) {
        size_t i = 0;
        while (n->count > 0 && i < count && !cs_is(&n->words[0], words[i]))
            i++;
        if (n->count == 0 || i == count)
            ca_error(ca, n,
                     "ReferenceLocation has byte_indices, byte2_indices, raw; "
                     "in an extended CAP file blocks of these");
    }
}

/* Blocks in the text stand for all that the code would give. */
static void put_blocks(struct ca *ca, const struct cs_node *node)
{
    static const struct ca_block none;
    uint32_t count = 0;
    ca_put(ca, 0, 1);
    for (const struct cs_node *n = node->first; n != NULL; n = n->next) {
        if (n->count > 0 && cs_is(&n->words[0], "block")) {
            put_references(
                ca, n, count < ca->block_count ? &ca->blocks[count] : &none);
            count++;
        }
    }
    for (size_t i = 0; count == 0 && i < ca->block_count; i++)
        put_references(ca, node, &ca->blocks[i]);
    ca->out->p[0] = (uint8_t)(count == 0 ? ca->block_count : count);
}

void ca_reference_location(struct ca *ca, const struct cs_node *node)
{
    static const struct ca_block none;
    check_references(ca, node);
    if (ca->form.extended)
        put_blocks(ca, node);
    else
        put_references(ca, node, ca->block_count > 0 ? &ca->blocks[0] : &none);
}
