/* What the words of a CAP file's text name: classes, methods, imports. */
#include <string.h>

#include "apidef/api_lookup.h"
#include "cap/cap.h"
#include "toolchain/capasm.h"

enum { EXTERNAL = 0x80, TOKEN_MAX = 255, PACKAGE_MAX = 127, NO_REF = 0xFFFF };

/* ---- the table ---- */

static uint32_t hash_of(uint32_t scope, const char *name, size_t n)
{
    uint32_t h = 2166136261u ^ scope * 2654435761u;
    for (size_t i = 0; i < n; i++)
        h = (h ^ (uint8_t)name[i]) * 16777619u;
    return h;
}

/* The entry of a name, or the free place where it belongs. */
static struct ca_symbol *place_of(const struct ca *ca, uint32_t scope,
                                  const char *name, size_t n)
{
    size_t mask = ca->symbol_room - 1;
    size_t i = hash_of(scope, name, n) & mask;
    for (;; i = (i + 1) & mask) {
        struct ca_symbol *s = &ca->symbols[i];
        if (s->name.line == 0 || (s->scope == scope && s->name.n == n &&
                                  (n == 0 || memcmp(s->name.p, name, n) == 0)))
            return s;
    }
}

static void make_room(struct ca *ca)
{
    enum { FIRST = 256 };
    struct ca_symbol *old = ca->symbols;
    size_t room = ca->symbol_room;
    if (ca->symbol_count * 2 < room)
        return;
    ca->symbol_room = room == 0 ? FIRST : room * 2;
    ca->symbols =
        tc_alloc_array(ca->arena, ca->symbol_room, sizeof *ca->symbols);
    for (size_t i = 0; i < room; i++)
        if (old[i].name.line != 0)
            *place_of(ca, old[i].scope, old[i].name.p, old[i].name.n) = old[i];
}

const struct ca_symbol *ca_find(const struct ca *ca, uint32_t scope,
                                const char *name, size_t n)
{
    if (ca->symbol_room == 0)
        return NULL;
    const struct ca_symbol *s = place_of(ca, scope, name, n);
    return s->name.line == 0 ? NULL : s;
}

struct ca_symbol *ca_intern(struct ca *ca, uint32_t scope,
                            const struct cs_word *name, bool *added)
{
    make_room(ca);
    struct ca_symbol *s = place_of(ca, scope, name->p, name->n);
    *added = s->name.line == 0;
    if (*added) {
        *s = (struct ca_symbol){*name, scope, 0};
        ca->symbol_count++;
    }
    return s;
}

static bool is_name(const struct cs_word *w)
{
    if (w->n == 0 || (w->p[0] >= '0' && w->p[0] <= '9'))
        return false;
    for (size_t i = 0; i < w->n; i++)
        if (strchr("+-:|(),[]", w->p[i]) != NULL)
            return false;
    return !cs_is(w, "none");
}

void ca_define(struct ca *ca, uint32_t scope, const struct cs_word *name,
               uint32_t value)
{
    bool added = false;
    if (!is_name(name)) {
        ca_error(ca, name,
                 "'%.*s' cannot be a name: no digit first, none of +-:|(),[], "
                 "not \"none\"",
                 CA_WORD(name));
        return;
    }
    struct ca_symbol *s = ca_intern(ca, scope, name, &added);
    if (!added)
        ca_error(ca, name, "'%.*s' has a meaning already, from line %u",
                 CA_WORD(name), s->name.line);
    s->value = value;
}

/* ---- numbers ---- */

bool ca_range(struct ca *ca, const struct cs_word *word, int64_t low,
              int64_t high, uint32_t *out)
{
    int64_t v = 0;
    if (cs_number(word, &v) && v >= low && v <= high) {
        *out = (uint32_t)v;
        return true;
    }
    ca_error(ca, word, "'%.*s' should be a number from %lld to %lld",
             CA_WORD(word), (long long)low, (long long)high);
    *out = 0;
    return false;
}

/* Where "+5" or "-5" begins behind a name; the length if there is none. */
static size_t name_length(const struct cs_word *word)
{
    for (size_t i = word->n; i > 1; i--) {
        char c = word->p[i - 1];
        if (c == '+' || c == '-')
            return i - 1;
        if (c < '0' || c > '9')
            break;
    }
    return word->n;
}

static int64_t behind_name(const struct cs_word *word, size_t n)
{
    int64_t more = 0;
    const struct cs_word rest = {word->p + n, word->n - (uint32_t)n, word->line,
                                 false};
    return n < word->n && cs_number(&rest, &more) ? more : 0;
}

bool ca_value(struct ca *ca, uint32_t scope, const struct cs_word *word,
              const char *what, int64_t *out)
{
    if (cs_number(word, out))
        return true;
    size_t n = name_length(word);
    const struct ca_symbol *s = ca_find(ca, scope, word->p, n);
    *out = s == NULL ? 0 : s->value + behind_name(word, n);
    if (s == NULL)
        ca_error(ca, word, "'%.*s' is neither %s nor a number", CA_WORD(word),
                 what);
    return s != NULL;
}

/* ---- imports ---- */

/* Index of an imported package by its AID, -1. */
static int import_of(const struct ca *ca, const struct api_package *p)
{
    const struct ca_part *part = ca_part_of(ca, CAP_IMPORT);
    struct span s = part == NULL || part->segment_count == 0
                        ? span_of(NULL, 0)
                        : tc_bytes_span(part->segments[0]);
    uint8_t count = 0;
    if (span_take_u1(&s, &count) != ERR_OK)
        return -1;
    for (int i = 0; i < count; i++) {
        struct span version;
        struct span aid;
        if (span_take(&s, 2, &version) != ERR_OK ||
            span_take_lv(&s, &aid) != ERR_OK)
            return -1;
        if (span_equal(aid, span_of(p->aid, p->aid_length)))
            return i;
    }
    return -1;
}

static int api_import(struct ca *ca, const struct cs_word *word,
                      const struct api_class *class, uint8_t *token)
{
    uint16_t place = 0;
    const struct api_package *package =
        &api_packages[api_class_place(class, &place)];
    int import = import_of(ca, package);
    if (import < 0)
        ca_error(ca, word, "Import has no package %s, AID of the API",
                 package->name);
    *token = (uint8_t)place;
    return import;
}

/* The value of "name.token" in front of its last dot: an import. */
static bool import_index(struct ca *ca, const char *p, size_t n, int64_t *out)
{
    const struct cs_word word = {p, (uint32_t)n, 1, false};
    if (cs_number(&word, out))
        return *out >= 0 && *out <= PACKAGE_MAX;
    const struct ca_symbol *s = ca_find(ca, CA_S_IMPORT, p, n);
    *out = s == NULL ? 0 : s->value;
    return s != NULL && *out <= PACKAGE_MAX;
}

/* Splits at the last dot; false without one. */
static bool split(const struct cs_word *word, struct cs_word *left,
                  struct cs_word *right)
{
    for (size_t i = word->n; i > 0; i--) {
        if (word->p[i - 1] != '.')
            continue;
        *left = *right = *word;
        left->n = (uint32_t)i - 1;
        right->p = word->p + i;
        right->n = word->n - (uint32_t)i;
        return true;
    }
    return false;
}

static bool token_of(const struct cs_word *word, int64_t *out)
{
    if (cs_is(word, "none")) {
        *out = TOKEN_MAX;
        return true;
    }
    return cs_number(word, out) && *out >= 0 && *out <= TOKEN_MAX;
}

static bool api_class_ref(struct ca *ca, const struct cs_word *word,
                          uint16_t *out)
{
    uint8_t token = 0;
    const struct api_class *class = api_class_by_name(word->p, word->n);
    if (class == NULL) {
        ca_error(ca, word, "the API has no class '%.*s'", CA_WORD(word));
        return false;
    }
    int import = api_import(ca, word, class, &token);
    *out = (uint16_t)((EXTERNAL | (import & PACKAGE_MAX)) << 8 | token);
    return import >= 0;
}

bool ca_class_ref(struct ca *ca, const struct cs_word *word, uint16_t *out)
{
    int64_t v = 0;
    int64_t token = 0;
    struct cs_word left;
    struct cs_word right;
    size_t n = name_length(word);
    const struct ca_symbol *s = ca_find(ca, CA_S_CLASS, word->p, n);
    *out = NO_REF;
    if (cs_is(word, "none"))
        return true;
    if (s != NULL)
        v = s->value + behind_name(word, n);
    if ((s != NULL || cs_number(word, &v)) && v >= 0 && v <= NO_REF) {
        *out = (uint16_t)v;
        return true;
    }
    if (memchr(word->p, '/', word->n) != NULL)
        return api_class_ref(ca, word, out);
    if (split(word, &left, &right) && token_of(&right, &token) &&
        import_index(ca, left.p, left.n, &v)) {
        *out = (uint16_t)((EXTERNAL | v) << 8 | token);
        return true;
    }
    ca_error(ca, word,
             "'%.*s' should be a class of this file, IMPORT.TOKEN of an "
             "imported one, \"none\" or a number to 65535",
             CA_WORD(word));
    return false;
}

/* "getBuffer()[B" among the methods of a class of the API. */
static const struct api_method *api_method_of(struct ca *ca,
                                              const struct api_class *class,
                                              const struct cs_word *member,
                                              bool statics, uint8_t *token)
{
    const char *bracket = memchr(member->p, '(', member->n);
    size_t n = bracket == NULL ? member->n : (size_t)(bracket - member->p);
    const char *name = tc_copy_text(ca->arena, member->p, n);
    const char *descriptor =
        tc_copy_text(ca->arena, member->p + n, member->n - n);
    return api_method_by_name(class, statics, name, descriptor, token);
}

bool ca_member(struct ca *ca, const struct cs_word *class,
               const struct cs_word *member, bool statics, uint32_t *out)
{
    uint8_t token = 0;
    const struct api_class *c = api_class_by_name(class->p, class->n);
    const struct api_method *m =
        c == NULL ? NULL : api_method_of(ca, c, member, statics, &token);
    *out = token;
    if (m == NULL)
        ca_error(ca, member,
                 "'%.*s' should be a token from 0 to 255, \"none\", or behind "
                 "a class of the API a method with its descriptor",
                 CA_WORD(member));
    return m != NULL;
}

/* "javacard/framework/Util.getShort([BS)S" */
static bool api_static(struct ca *ca, const struct cs_word *word, uint32_t *out)
{
    const char *bracket = memchr(word->p, '(', word->n);
    struct cs_word head = *word;
    struct cs_word class;
    struct cs_word member;
    uint16_t ref = 0;
    if (bracket != NULL)
        head.n = (uint32_t)(bracket - word->p);
    if (!split(&head, &class, &member) ||
        memchr(class.p, '/', class.n) == NULL) {
        ca_error(ca, word, "the API has no '%.*s'", CA_WORD(word));
        return false;
    }
    member.n = (uint32_t)(word->p + word->n - member.p);
    if (!ca_class_ref(ca, &class, &ref) ||
        !ca_member(ca, &class, &member, true, out))
        return false;
    *out |= (uint32_t)ref << 8;
    return true;
}

bool ca_external(struct ca *ca, const struct cs_word *word, uint32_t *out)
{
    struct cs_word class;
    struct cs_word token;
    int64_t v = 0;
    uint16_t ref = 0;
    *out = 0;
    if (memchr(word->p, '/', word->n) != NULL)
        return api_static(ca, word, out);
    if (split(word, &class, &token) && token_of(&token, &v)) {
        if (!ca_class_ref(ca, &class, &ref))
            return false;
        *out = (uint32_t)ref << 8 | (uint32_t)v;
        return true;
    }
    ca_error(ca, word, "'%.*s' should be IMPORT.CLASS.TOKEN, or a number",
             CA_WORD(word));
    return false;
}

bool ca_field_ref(struct ca *ca, const struct cs_word *word, uint32_t *out)
{
    enum { BYTES_3 = 0xFFFFFF };
    int64_t v = 0;
    if (!cs_number(word, &v))
        return ca_external(ca, word, out);
    return ca_range(ca, word, 0, BYTES_3, out);
}

/* ---- places in Method ---- */

uint32_t ca_block_base(const struct ca *ca, uint32_t block)
{
    enum { HANDLER_SIZE = 8 };
    return block < ca->block_count
               ? 1 + HANDLER_SIZE * (uint32_t)ca->blocks[block].handler_count
               : 0;
}

static uint32_t place(const struct ca *ca, uint32_t block, int64_t at)
{
    return block << 16 | ((uint32_t)(at + ca_block_base(ca, block)) & 0xFFFFu);
}

/* "method:label+N", "method+N", or in a method "label+N". */
static bool find_place(const struct ca *ca, uint32_t scope,
                       const struct cs_word *word, uint32_t *out)
{
    size_t n = name_length(word);
    const char *colon = memchr(word->p, ':', n);
    size_t head = colon == NULL ? n : (size_t)(colon - word->p);
    const struct ca_symbol *s = colon == NULL && scope >= CA_S_LABELS
                                    ? ca_find(ca, scope, word->p, n)
                                    : NULL;
    const struct ca_symbol *of =
        s == NULL ? ca_find(ca, CA_S_METHOD, word->p, head) : NULL;
    const struct ca_method *m = of == NULL ? NULL : &ca->methods[of->value];
    if (s != NULL)
        m = &ca->methods[scope - CA_S_LABELS];
    if (m != NULL && colon != NULL)
        s = ca_find(ca, m->scope, colon + 1, n - head - 1);
    if (m == NULL || (colon != NULL && s == NULL))
        return false;
    *out = place(ca, m->block,
                 (s == NULL ? m->start : s->value) + behind_name(word, n));
    return true;
}

bool ca_place(struct ca *ca, uint32_t scope, const struct cs_word *word,
              uint32_t *out)
{
    enum { BYTES_2 = 0xFFFF, BYTES_3 = 0xFFFFFF };
    int64_t v = 0;
    *out = 0;
    if (cs_is(word, "none")) {
        *out = ca->form.extended ? BYTES_3 : BYTES_2;
        return true;
    }
    if (cs_number(word, &v))
        return ca_range(ca, word, 0, BYTES_3, out);
    if (find_place(ca, scope, word, out))
        return true;
    ca_error(ca, word,
             "'%.*s' should be a %smethod, METHOD:LABEL, \"none\" or a number",
             CA_WORD(word), scope >= CA_S_LABELS ? "label, " : "");
    return false;
}

const struct ca_method *ca_method_named(const struct ca *ca,
                                        const struct cs_word *word)
{
    const struct ca_symbol *s = ca_find(ca, CA_S_METHOD, word->p, word->n);
    const struct ca_method *m = s == NULL ? NULL : &ca->methods[s->value];
    return m == NULL || m->code == m->start ? NULL : m;
}
