/* Types of the Descriptor: words to type descriptors.  [JCVM 6.9.1] */
#include <string.h>

#include "apidef/api_lookup.h"
#include "cap/cap.h"
#include "toolchain/capasm.h"

enum { NIBBLES_MAX = 255, REFERENCE = 0x6, REFERENCE_ARRAY = 0xE };

struct nibbles {
    uint8_t digit[NIBBLES_MAX];
    size_t n;
    bool full;
};

static void put(struct nibbles *to, unsigned nibble)
{
    if (to->n < NIBBLES_MAX)
        to->digit[to->n++] = (uint8_t)nibble;
    else
        to->full = true;
}

/* One type: "short", "byte[]", a class, or a class and "[]". */
static bool put_one(struct ca *ca, const struct cs_word *word,
                    struct nibbles *to)
{
    static const char *const names[] = {"void", "boolean", "byte", "short",
                                        "int"};
    enum { VOID = 1, BOOLEAN = 2, ARRAY_FROM = 0xA };
    struct cs_word base = *word;
    bool array = word->n > 2 && memcmp(word->p + word->n - 2, "[]", 2) == 0;
    if (array)
        base.n -= 2;
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (!cs_is(&base, names[i]) || (array && i == 0))
            continue;
        put(to, array ? ARRAY_FROM + i + VOID - BOOLEAN : i + VOID);
        return true;
    }
    uint16_t ref = 0;
    if (!ca_class_ref(ca, &base, &ref))
        return false;
    put(to, array ? REFERENCE_ARRAY : REFERENCE);
    for (int shift = 12; shift >= 0; shift -= 4)
        put(to, (ref >> shift) & 0xF);
    return true;
}

/* "nibbles:5E80", for what has no other spelling. */
static bool put_raw(struct ca *ca, const struct cs_word *word, size_t at,
                    struct nibbles *to)
{
    static const char digits[] = "0123456789ABCDEF";
    for (; at < word->n; at++) {
        const char *found = memchr(digits, word->p[at], sizeof digits - 1);
        if (found == NULL) {
            ca_error(ca, word, "nibbles: wants digits 0 to 9 and A to F");
            return false;
        }
        put(to, (unsigned)(found - digits));
    }
    return true;
}

/* "(short,byte[])void": the parameters, then the result. */
static bool put_signature(struct ca *ca, const struct cs_word *word,
                          struct nibbles *to)
{
    const char *end = word->p + word->n;
    const char *close = memchr(word->p, ')', word->n);
    if (close == NULL || close + 1 == end) {
        ca_error(ca, word, "'%.*s' lacks its ')' or the type of its result",
                 CA_WORD(word));
        return false;
    }
    for (const char *p = word->p + 1; p < close;) {
        const char *comma = memchr(p, ',', (size_t)(close - p));
        const char *stop = comma == NULL ? close : comma;
        const struct cs_word one = {p, (uint32_t)(stop - p), word->line, false};
        if (!put_one(ca, &one, to))
            return false;
        p = stop + 1;
    }
    const struct cs_word result = {close + 1, (uint32_t)(end - close - 1),
                                   word->line, false};
    return put_one(ca, &result, to);
}

static bool spell(struct ca *ca, const struct cs_word *word, struct nibbles *to)
{
    static const char raw[] = "nibbles:";
    to->n = 0;
    to->full = false;
    bool done = false;
    if (word->n >= sizeof raw - 1 && memcmp(word->p, raw, sizeof raw - 1) == 0)
        done = put_raw(ca, word, sizeof raw - 1, to);
    else if (word->n > 0 && word->p[0] == '(')
        done = put_signature(ca, word, to);
    else
        done = put_one(ca, word, to);
    if (done && to->full)
        ca_error(ca, word, "the type takes more than %d nibbles", NIBBLES_MAX);
    return done && !to->full;
}

bool ca_type(struct ca *ca, const struct cs_word *word, struct tc_bytes *out)
{
    struct nibbles n;
    bool done = spell(ca, word, &n);
    tc_put1(out, done ? (uint32_t)n.n : 0);
    for (size_t i = 0; done && i < n.n; i += 2)
        tc_put1(out, (uint32_t)n.digit[i] << 4 |
                         (i + 1 < n.n ? n.digit[i + 1] : 0u));
    return done;
}

/* Classes take four nibbles whatever they are called. */
size_t ca_type_size(struct ca *ca, const struct cs_word *word)
{
    static const char raw[] = "nibbles:";
    static const char *const primitives[] = {"void",   "boolean", "byte",
                                             "short",  "int",     "boolean[]",
                                             "byte[]", "short[]", "int[]"};
    (void)ca;
    if (word->n >= sizeof raw - 1 && memcmp(word->p, raw, sizeof raw - 1) == 0)
        return 1 + (word->n - (sizeof raw - 1) + 1) / 2;
    size_t nibbles = 0;
    for (size_t at = 0; at < word->n;) {
        size_t n = at;
        while (n < word->n && strchr("(,)", word->p[n]) == NULL)
            n++;
        const struct cs_word one = {word->p + at, (uint32_t)(n - at),
                                    word->line, false};
        bool primitive = false;
        for (size_t i = 0; i < sizeof primitives / sizeof primitives[0]; i++)
            primitive = primitive || cs_is(&one, primitives[i]);
        if (one.n > 0)
            nibbles += primitive ? 1 : 5;
        at = n + 1;
    }
    return nibbles > NIBBLES_MAX ? 1 : 1 + (nibbles + 1) / 2;
}

/* A signature without parameters is the same bytes as its result. */
static struct cs_word plain(const struct cs_word *word)
{
    struct cs_word w = *word;
    if (w.n > 2 && memcmp(w.p, "()", 2) == 0) {
        w.p += 2;
        w.n -= 2;
    }
    return w;
}

uint32_t ca_type_index(struct ca *ca, const struct cs_word *spelled)
{
    bool added = false;
    const struct cs_word shorter = plain(spelled);
    const struct cs_word *word = &shorter;
    struct ca_symbol *s = ca_intern(ca, CA_S_TYPE, word, &added);
    if (added) {
        s->value = (uint32_t)ca->type_count;
        ca->types =
            tc_grow(ca->arena, ca->types, ca->type_count, sizeof *ca->types);
        ca->types[ca->type_count++] = *word;
    }
    return s->value;
}

/* ---- type_descriptor_info [JCVM 6.14.5] ---- */

static const struct cs_node *child(const struct cs_node *node, const char *name)
{
    const struct cs_node *n = node->first;
    while (n != NULL && !(n->count > 0 && cs_is(&n->words[0], name)))
        n = n->next;
    return n;
}

/* The types of the pool's entries as the text has them. */
static size_t given_types(struct ca *ca, const struct cs_node *node,
                          struct cs_word **types)
{
    size_t count = 0;
    const struct cs_word *w = NULL;
    for (const struct cs_node *n = node->first; n != NULL; n = n->next) {
        if (n->count == 0 || !cs_is(&n->words[0], "constant_pool_types"))
            continue;
        struct cs_words words = cs_all_words(n, 1);
        while ((w = cs_next_word(&words)) != NULL) {
            *types = tc_grow(ca->arena, *types, count, sizeof **types);
            (*types)[count++] = *w;
        }
    }
    return count;
}

static bool offset_of(const struct ca *ca, const uint32_t *offsets,
                      const struct cs_word *w, uint32_t *out)
{
    const struct cs_word word = plain(w);
    const struct ca_symbol *s = ca_find(ca, CA_S_TYPE, word.p, word.n);
    if (s != NULL)
        *out = offsets[s->value];
    return s != NULL;
}

static void set_offsets(struct ca *ca, const uint32_t *offsets)
{
    for (size_t i = 0; i < ca->fixup_count; i++) {
        const struct ca_fixup *f = &ca->fixups[i];
        uint32_t at = 0;
        if (f->kind == CA_TYPE_OFFSET && offset_of(ca, offsets, &f->word, &at))
            set_u2(f->bytes->p + f->at, (uint16_t)at);
    }
}

static void put_pool_type(struct ca *ca, const uint32_t *offsets,
                          const struct cs_word *w)
{
    uint32_t value = 0xFFFF;
    int64_t number = 0;
    if (w->n > 0 && cs_number(w, &number))
        ca_range(ca, w, 0, 0xFFFF, &value);
    else if (w->n > 0 && !cs_is(w, "none"))
        offset_of(ca, offsets, w, &value);
    ca_put(ca, value, 2);
}

static bool is_type(const struct cs_word *w)
{
    int64_t v = 0;
    return w->n > 0 && !cs_is(w, "none") && !cs_number(w, &v);
}

void ca_finish_types(struct ca *ca, struct ca_part *part)
{
    enum { U2_MAX = 0xFFFF };
    const struct cs_node *count_node = child(part->node, "constant_pool_count");
    struct cs_word *pool = NULL;
    struct tc_bytes table = {.arena = ca->arena};
    size_t n = child(part->node, "constant_pool_types") != NULL
                   ? given_types(ca, part->node, &pool)
                   : ca_pool_types(ca, part->node, &pool);
    for (size_t i = 0; i < n; i++)
        if (is_type(&pool[i]))
            ca_type_index(ca, &pool[i]);
    uint32_t *offsets =
        tc_alloc_array(ca->arena, ca->type_count, sizeof *offsets);
    for (size_t i = 0; i < ca->type_count; i++) {
        offsets[i] = 2 + 2 * (uint32_t)n + (uint32_t)table.n;
        ca_type(ca, &ca->types[i], &table);
    }
    ca->part = part;
    ca_segment(ca);
    uint32_t count = (uint32_t)n;
    if (count_node != NULL && count_node->count == 2)
        ca_range(ca, &count_node->words[1], 0, U2_MAX, &count);
    ca_put(ca, count, 2);
    for (size_t i = 0; i < n; i++)
        put_pool_type(ca, offsets, &pool[i]);
    tc_put(ca->out, table.p, table.n);
    set_offsets(ca, offsets);
}
