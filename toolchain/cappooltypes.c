/*
 * The types of the constant pool's entries, where the text does not give
 * them: own members have theirs in Descriptor, those of the API in its tables.
 * [JCVM 6.14.5]
 */
#include <stdlib.h>
#include <string.h>

#include "apidef/api_lookup.h"
#include "cap/cap.h"
#include "toolchain/capasm.h"

enum { EXTERNAL = 0x80, NO_TYPE = 0xFFFF, TOKEN_NONE = 0xFF, STATIC = 0x08 };

/* A member of Descriptor by what refers to it: pool entry bytes 1 to 3. */
struct member {
    uint32_t key; /* tag of the entry << 24 | the bytes */
    const struct cs_word *type;
};

struct members {
    struct ca *ca;
    struct member *items;
    size_t count;
};

static void add(struct members *m, uint32_t tag, uint32_t bytes,
                const struct cs_word *type)
{
    m->items = tc_grow(m->ca->arena, m->items, m->count, sizeof *m->items);
    m->items[m->count++] =
        (struct member){tag << 24 | (bytes & 0xFFFFFF), type};
}

static bool has_flag(const struct cs_word *w, const char *name, uint32_t bit)
{
    int64_t v = 0;
    size_t n = strlen(name);
    if (cs_number(w, &v))
        return (v & bit) != 0;
    for (size_t i = 0; i + n <= w->n; i++)
        if (memcmp(w->p + i, name, n) == 0)
            return true;
    return false;
}

static void add_field(struct members *m, const struct cs_node *n)
{
    uint32_t ref = 0;
    if (n->count < 5 || !ca_field_ref(m->ca, &n->words[3], &ref))
        return;
    add(m,
        has_flag(&n->words[2], "STATIC", STATIC) ? CAP_STATIC_FIELDREF
                                                 : CAP_INSTANCE_FIELDREF,
        ref, &n->words[4]);
}

static void add_method(struct members *m, const struct cs_node *n,
                       uint16_t class)
{
    uint32_t place = 0;
    int64_t token = TOKEN_NONE;
    if (n->count < 5 || !ca_place(m->ca, 0, &n->words[3], &place))
        return;
    if (place != 0)
        add(m, CAP_STATIC_METHODREF, place, &n->words[4]);
    if (cs_number(&n->words[1], &token) && token < TOKEN_NONE &&
        !has_flag(&n->words[2], "STATIC", STATIC) &&
        !has_flag(&n->words[2], "INIT", 0x80))
        add(m, CAP_VIRTUAL_METHODREF, (uint32_t) class << 8 | (uint32_t)token,
            &n->words[4]);
}

static void add_class(struct members *m, const struct cs_node *node)
{
    uint16_t class = 0;
    if (node->count < 4 || !ca_class_ref(m->ca, &node->words[3], &class))
        return;
    for (const struct cs_node *n = node->first; n != NULL; n = n->next) {
        if (n->count > 0 && cs_is(&n->words[0], "field"))
            add_field(m, n);
        else if (n->count > 0 && cs_is(&n->words[0], "method"))
            add_method(m, n, class);
    }
}

static void add_classes(struct members *m, const struct cs_node *node)
{
    for (const struct cs_node *n = node->first; n != NULL; n = n->next) {
        if (n->count > 0 && cs_is(&n->words[0], "class"))
            add_class(m, n);
        else if (n->count > 0 && cs_is(&n->words[0], "package"))
            for (const struct cs_node *c = n->first; c != NULL; c = c->next)
                if (c->count > 0 && cs_is(&c->words[0], "class"))
                    add_class(m, c);
    }
}

static int by_key(const void *a, const void *b)
{
    const struct member *x = a;
    const struct member *y = b;
    return x->key < y->key ? -1 : x->key > y->key;
}

static const struct cs_word *find(const struct members *m, uint32_t tag,
                                  uint32_t bytes)
{
    const struct member wanted = {tag << 24 | (bytes & 0xFFFFFF), NULL};
    const struct member *found =
        m->count == 0
            ? NULL
            : bsearch(&wanted, m->items, m->count, sizeof *m->items, by_key);
    return found == NULL ? NULL : found->type;
}

/* ---- the API ---- */

static struct span info_of(const struct ca *ca, uint8_t tag)
{
    const struct ca_part *part = ca_part_of(ca, tag);
    return part == NULL || part->segment_count == 0
               ? span_of(NULL, 0)
               : tc_bytes_span(part->segments[0]);
}

const struct api_package *ca_api_import(const struct ca *ca, unsigned index)
{
    struct span s = info_of(ca, CAP_IMPORT);
    struct span version;
    struct span aid = {NULL, 0};
    uint8_t count = 0;
    if (span_take_u1(&s, &count) != ERR_OK || index >= count)
        return NULL;
    for (unsigned i = 0; i <= index; i++)
        if (span_take(&s, 2, &version) != ERR_OK ||
            span_take_lv(&s, &aid) != ERR_OK)
            return NULL;
    return api_package_by_aid(aid.p, aid.n);
}

static const char *member_descriptor(const struct api_class *c, uint8_t tag,
                                     uint8_t token)
{
    const struct api_method *m = NULL;
    if (tag == CAP_STATIC_METHODREF || tag == CAP_VIRTUAL_METHODREF ||
        tag == CAP_SUPER_METHODREF)
        m = api_method_at(c, tag == CAP_STATIC_METHODREF, token);
    for (size_t i = 0; tag == CAP_STATIC_FIELDREF && i < c->field_count; i++)
        if (c->fields[i].token == token && token != TOKEN_NONE)
            return c->fields[i].descriptor;
    return m == NULL ? NULL : m->descriptor;
}

/* "Ljava/lang/Object;" as the class's own name; NULL if it is of no import. */
static const char *java_type(struct ca *ca, const char **p)
{
    static const char letters[] = "VZBSI";
    static const char *const names[] = {"void", "boolean", "byte", "short",
                                        "int"};
    bool array = **p == '[';
    *p += array;
    const char *found = **p == '\0' ? NULL : strchr(letters, **p);
    const char *base = NULL;
    if (found != NULL) {
        base = names[found - letters];
        *p += 1;
    } else if (**p == 'L') {
        size_t n = strcspn(*p, ";");
        base = tc_copy_text(ca->arena, *p + 1, n - 1);
        *p += n + ((*p)[n] == ';');
    }
    return base == NULL ? NULL
                        : tc_format(ca->arena, "%s%s", base, array ? "[]" : "");
}

/* "([BS)V" as "(byte[],short)void". */
static const char *java_descriptor(struct ca *ca, const char *p)
{
    if (*p != '(')
        return java_type(ca, &p);
    const char *text = "(";
    for (p++; *p != ')' && text != NULL;) {
        const char *one = java_type(ca, &p);
        text = one == NULL ? NULL
                           : tc_format(ca->arena, "%s%s%s", text,
                                       text[1] == '\0' ? "" : ",", one);
    }
    if (text == NULL)
        return NULL;
    p++;
    const char *result = java_type(ca, &p);
    return result == NULL ? NULL : tc_format(ca->arena, "%s)%s", text, result);
}

/* The same with imported classes as the dump writes them: "0.3". */
static const char *with_tokens(struct ca *ca, const char *text)
{
    struct tc_bytes out = {.arena = ca->arena};
    while (*text != '\0') {
        size_t n = strcspn(text, "(,)[");
        const struct cs_word word = {text, (uint32_t)n, 1, false};
        uint16_t ref = 0;
        if (memchr(text, '/', n) == NULL) {
            tc_put(&out, text, n);
        } else {
            if (!ca_class_ref(ca, &word, &ref))
                return NULL;
            const char *own =
                tc_format(ca->arena, "%u.%u", (ref >> 8) & 0x7Fu, ref & 0xFFu);
            tc_put(&out, own, strlen(own));
        }
        text += n;
        for (; *text != '\0' && strchr("(,)[]", *text) != NULL; text++)
            tc_put(&out, text, 1);
    }
    tc_put1(&out, 0);
    return (const char *)out.p;
}

static bool api_type(struct ca *ca, const uint8_t *entry, struct cs_word *type)
{
    const struct api_package *p = ca_api_import(ca, entry[1] & 0x7Fu);
    const struct api_class *c = p == NULL ? NULL : api_class_at(p, entry[2]);
    const char *descriptor =
        c == NULL ? NULL : member_descriptor(c, entry[0], entry[3]);
    const char *text =
        descriptor == NULL ? NULL : java_descriptor(ca, descriptor);
    if (text != NULL)
        text = with_tokens(ca, text);
    if (text == NULL)
        return false;
    *type = (struct cs_word){text, (uint32_t)strlen(text), 1, false};
    return true;
}

/* ---- an entry ---- */

/* A virtual method: of the class itself or the nearest that has it. */
static bool virtual_type(const struct members *m, const uint8_t *entry,
                         struct cs_word *type)
{
    enum { SUPERS_MAX = 64, SUPER_AT = 1 };
    struct span classes = info_of(m->ca, CAP_CLASS);
    uint32_t class = get_u2(entry + 1);
    bool upwards = entry[0] == CAP_SUPER_METHODREF;
    for (int i = 0; i < SUPERS_MAX && (class >> 8 & EXTERNAL) == 0; i++) {
        const struct cs_word *own =
            upwards ? NULL
                    : find(m, CAP_VIRTUAL_METHODREF, class << 8 | entry[3]);
        if (own != NULL) {
            *type = *own;
            return true;
        }
        if (class + SUPER_AT + 2 > classes.n)
            return false;
        class = get_u2(classes.p + class + SUPER_AT);
        upwards = false;
    }
    const uint8_t imported[] = {CAP_VIRTUAL_METHODREF, (uint8_t)(class >> 8),
                                (uint8_t) class, entry[3]};
    return api_type(m->ca, imported, type);
}

static bool entry_type(const struct members *m, const uint8_t *entry,
                       struct cs_word *type)
{
    bool is_virtual =
        entry[0] == CAP_VIRTUAL_METHODREF || entry[0] == CAP_SUPER_METHODREF;
    if ((entry[1] & EXTERNAL) != 0)
        return api_type(m->ca, entry, type);
    if (is_virtual)
        return virtual_type(m, entry, type);
    const struct cs_word *own = find(
        m, entry[0], (uint32_t)entry[1] << 16 | (uint32_t)get_u2(entry + 2));
    if (own != NULL)
        *type = *own;
    return own != NULL;
}

size_t ca_pool_types(struct ca *ca, const struct cs_node *node,
                     struct cs_word **types)
{
    enum { ENTRY_SIZE = 4 };
    struct members m = {.ca = ca};
    struct span pool = info_of(ca, CAP_CONSTANT_POOL);
    size_t count = pool.n < 2 ? 0 : (pool.n - 2) / ENTRY_SIZE;
    add_classes(&m, node);
    if (m.count > 1)
        qsort(m.items, m.count, sizeof *m.items, by_key);
    *types = tc_alloc_array(ca->arena, count, sizeof **types);
    for (size_t i = 0; i < count; i++) {
        const uint8_t *entry = pool.p + 2 + ENTRY_SIZE * i;
        if (entry[0] == CAP_CLASSREF)
            continue;
        /* What names nothing here is meant to: it has no type. */
        if (!entry_type(&m, entry, &(*types)[i]) && (entry[1] & EXTERNAL) != 0)
            ca_error(ca, node,
                     "the type of entry %zu of ConstantPool is not known: give "
                     "all types by constant_pool_types",
                     i);
    }
    return count;
}
