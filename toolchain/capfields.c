/* Statements to bytes, by the tables of capschema.c. */
#include <string.h>

#include "base/hex.h"
#include "toolchain/capasm.h"

enum { FIELDS_MAX = 32, U1_MAX = 0xFF, U2_MAX = 0xFFFF };

/* A structure being written. */
struct filling {
    struct ca *ca;
    const struct cs_struct *table;
    const struct cs_node *node;
    size_t word; /* next positional one */
    size_t start;
    uint32_t counted[FIELDS_MAX];
    size_t count_at[FIELDS_MAX];
};

static const struct cs_node *child(const struct cs_node *node, const char *name)
{
    const struct cs_node *n = node->first;
    while (n != NULL && !(n->count > 0 && cs_is(&n->words[0], name)))
        n = n->next;
    return n;
}

static bool is_raw(const struct cs_node *n)
{
    return n->count > 0 && cs_is(&n->words[0], "raw");
}

/* ---- scalars ---- */

static void put_version(struct ca *ca, const struct cs_word *w)
{
    const char *dot = memchr(w->p, '.', w->n);
    int64_t major = -1;
    int64_t minor = -1;
    if (dot != NULL) {
        const struct cs_word a = {w->p, (uint32_t)(dot - w->p), w->line, false};
        const struct cs_word b = {dot + 1, w->n - a.n - 1, w->line, false};
        if (!cs_number(&a, &major) || !cs_number(&b, &minor))
            major = -1;
    }
    if (major < 0 || major > U1_MAX || minor < 0 || minor > U1_MAX)
        ca_error(ca, w, "'%.*s' should be a version, MAJOR.MINOR, each to 255",
                 CA_WORD(w));
    ca_put(ca, (uint32_t)minor, 1);
    ca_put(ca, (uint32_t)major, 1);
}

/* The names of a list, for a message. */
static const char *all_names(struct ca *ca, const struct cs_names *names)
{
    const char *text = "";
    for (; names->name != NULL; names++)
        text = tc_format(ca->arena, "%s%s%s", text, text[0] == '\0' ? "" : ", ",
                         names->name);
    return text;
}

static bool one_name(const struct cs_names *names, const struct cs_word *w,
                     uint32_t *value)
{
    int64_t v = 0;
    for (; names->name != NULL; names++) {
        if (cs_is(w, names->name)) {
            *value |= names->value;
            return true;
        }
    }
    if (!cs_number(w, &v) || v < 0 || v > U2_MAX)
        return false;
    *value |= (uint32_t)v;
    return true;
}

static uint32_t flags_of(struct ca *ca, const struct cs_names *names,
                         const struct cs_word *w, uint32_t most)
{
    uint32_t value = 0;
    for (size_t at = 0; at < w->n;) {
        const char *bar = memchr(w->p + at, '|', w->n - at);
        size_t n = bar == NULL ? w->n - at : (size_t)(bar - w->p) - at;
        const struct cs_word one = {w->p + at, (uint32_t)n, w->line, false};
        if (!one_name(names, &one, &value) || value > most) {
            ca_error(ca, w,
                     "'%.*s' should be a number to %u, or of %s, joined by '|'",
                     CA_WORD(w), most, all_names(ca, names));
            return 0;
        }
        at += n + 1;
    }
    return value;
}

/* "5:" in front of bytes: a length that they need not have. */
static bool take_length(struct ca *ca, struct cs_word *w, uint32_t most,
                        uint32_t *length)
{
    const char *colon = memchr(w->p, ':', w->n);
    if (w->is_string || colon == NULL)
        return false;
    struct cs_word number = *w;
    number.n = (uint32_t)(colon - w->p);
    ca_range(ca, &number, 0, most, length);
    w->p = colon + 1;
    w->n -= number.n + 1;
    return true;
}

static void put_hex_word(struct ca *ca, const struct cs_word *w)
{
    uint8_t *room = tc_alloc(ca->arena, w->n / 2 + 1);
    struct buf b = buf_of(room, w->n / 2 + 1);
    if (w->is_string)
        tc_put(ca->out, w->p, w->n);
    else if (hex_decode(w->p, w->n, &b, NULL) == ERR_OK)
        tc_put(ca->out, b.p, b.n);
    else
        ca_error(ca, w,
                 "'%.*s' should be bytes: pairs of hexadecimal digits, or a "
                 "string",
                 CA_WORD(w));
}

static void put_aid(struct ca *ca, const struct cs_word *word)
{
    struct cs_word w = *word;
    uint32_t length = 0;
    bool given = take_length(ca, &w, U1_MAX, &length);
    size_t at = ca->out->n;
    ca_put(ca, 0, 1);
    put_hex_word(ca, &w);
    size_t n = ca->out->n - at - 1;
    if (!given && n > U1_MAX)
        ca_error(ca, word, "an AID of %zu bytes; its length takes one byte", n);
    ca->out->p[at] = (uint8_t)(given ? length : n);
}

static void put_string(struct ca *ca, const struct cs_word *w, unsigned width)
{
    uint32_t most = width == 1 ? U1_MAX : U2_MAX;
    if (!w->is_string)
        ca_error(ca, w, "'%.*s' should be a string in quotes", CA_WORD(w));
    if (w->n > most)
        ca_error(ca, w, "a string of %u bytes; %u is the most", w->n, most);
    ca_put(ca, w->n, width);
    tc_put(ca->out, w->p, w->n);
}

/* Index of a string of Debug: "text", or @5 for a number. */
static void put_string_index(struct ca *ca, const struct cs_word *w)
{
    bool added = false;
    uint32_t index = 0;
    if (!w->is_string && w->n > 1 && w->p[0] == '@') {
        const struct cs_word number = {w->p + 1, w->n - 1, w->line, false};
        ca_range(ca, &number, 0, U2_MAX, &index);
        ca_put(ca, index, 2);
        return;
    }
    if (!w->is_string)
        ca_error(ca, w, "'%.*s' should be a string in quotes, or @INDEX",
                 CA_WORD(w));
    struct ca_symbol *s = ca_intern(ca, CA_S_STRING, w, &added);
    if (added) {
        s->value = (uint32_t)ca->string_count;
        ca->strings = tc_grow(ca->arena, ca->strings, ca->string_count,
                              sizeof *ca->strings);
        ca->strings[ca->string_count++] = *w;
    }
    ca_put(ca, s->value, 2);
}

static void put_field_type(struct ca *ca, const struct cs_word *w)
{
    enum { PRIMITIVE = 0x8000 };
    static const struct cs_names primitives[] = {
        {2, "boolean"}, {3, "byte"}, {4, "short"}, {5, "int"}, {0, NULL}};
    int64_t v = 0;
    for (const struct cs_names *p = primitives; p->name != NULL; p++) {
        if (cs_is(w, p->name)) {
            ca_put(ca, PRIMITIVE | p->value, 2);
            return;
        }
    }
    if (!cs_number(w, &v)) {
        ca_type_index(ca, w);
        ca_fix(ca, CA_TYPE_OFFSET, 2, w);
        return;
    }
    uint32_t value = 0;
    ca_range(ca, w, 0, U2_MAX, &value);
    ca_put(ca, value, 2);
}

static void put_type_offset(struct ca *ca, const struct cs_word *w)
{
    int64_t v = 0;
    uint32_t value = U2_MAX;
    if (cs_is(w, "none") || cs_number(w, &v)) {
        if (!cs_is(w, "none"))
            ca_range(ca, w, 0, U2_MAX, &value);
        ca_put(ca, value, 2);
        return;
    }
    ca_type_index(ca, w);
    ca_fix(ca, CA_TYPE_OFFSET, 2, w);
}

static void put_token(struct ca *ca, const struct cs_word *w)
{
    uint32_t value = U1_MAX;
    int64_t v = 0;
    if (!cs_is(w, "none") && !cs_number(w, &v))
        ca_member(ca, &ca->last_class, w, false, &value);
    else if (!cs_is(w, "none"))
        ca_range(ca, w, 0, U1_MAX, &value);
    ca_put(ca, value, 1);
}

static void put_number(struct ca *ca, const struct cs_word *w, unsigned width)
{
    uint32_t value = 0;
    int64_t most = ((int64_t)1 << (8 * width)) - 1;
    ca_range(ca, w, 0, most, &value);
    ca_put(ca, value, width);
}

static void put_scalar(struct ca *ca, const struct cs_field *f, uint8_t kind,
                       const struct cs_word *w)
{
    switch (kind) {
    case CS_TOKEN:
        put_token(ca, w);
        break;
    case CS_VERSION:
        put_version(ca, w);
        break;
    case CS_FLAGS1:
    case CS_FLAGS2:
        ca_put(ca,
               flags_of(ca, f->names, w, kind == CS_FLAGS1 ? U1_MAX : U2_MAX),
               cs_width(kind));
        break;
    case CS_ENUM1: {
        uint32_t value = 0;
        if (!one_name(f->names, w, &value) || value > U1_MAX)
            ca_error(ca, w, "'%.*s' should be a number to 255, or one of %s",
                     CA_WORD(w), all_names(ca, f->names));
        ca_put(ca, value, 1);
        break;
    }
    case CS_AID:
        put_aid(ca, w);
        break;
    case CS_NAME:
        put_string(ca, w, 1);
        break;
    case CS_TEXT:
        put_string(ca, w, 2);
        break;
    case CS_CLASS:
        ca->last_class = *w;
        ca_fix(ca, CA_CLASS, 2, w);
        break;
    case CS_METHOD:
        ca->last_method = *w;
        ca_fix(ca, CA_METHOD, ca->form.extended ? 3 : 2, w);
        break;
    case CS_STATIC_METHOD:
        ca_fix(ca, CA_STATIC_METHOD, 3, w);
        break;
    case CS_STATIC_FIELD:
    case CS_FIELD:
        ca_fix(ca, CA_FIELD, 3, w);
        break;
    case CS_FIELD_TYPE:
        put_field_type(ca, w);
        break;
    case CS_TYPE_OFFSET:
        put_type_offset(ca, w);
        break;
    case CS_STRING:
        put_string_index(ca, w);
        break;
    case CS_PC:
        ca_fix(ca, CA_PC, 2, w);
        break;
    default:
        put_number(ca, w, cs_width(kind));
        break;
    }
}

/* ---- fields ---- */

/* Bytes behind a length of two bytes. */
static void put_data(struct filling *f, const struct cs_node *node, size_t skip)
{
    struct ca *ca = f->ca;
    size_t at = ca->out->n;
    uint32_t length = 0;
    bool given = false;
    ca_put(ca, 0, 2);
    struct cs_words words = cs_all_words(node, skip);
    const struct cs_word *w = NULL;
    for (bool first = true; (w = cs_next_word(&words)) != NULL; first = false) {
        struct cs_word word = *w;
        if (first)
            given = take_length(ca, &word, U2_MAX, &length);
        if (word.n > 0)
            put_hex_word(ca, &word);
    }
    size_t n = ca->out->n - at - 2;
    if (!given && n > U2_MAX)
        ca_error(ca, node, "%zu bytes; their length takes two bytes", n);
    set_u2(ca->out->p + at, (uint16_t)(given ? length : n));
}

static const struct cs_word *positional(struct filling *f)
{
    return f->word < f->node->count ? &f->node->words[f->word++] : NULL;
}

static void missing(struct filling *f, const char *what)
{
    ca_error(f->ca, f->node, "%s lacks %s", f->table->keyword, what);
}

/* In words, for messages. */
static const char *kind_name(uint8_t kind)
{
    switch (kind) {
    case CS_AID:
        return "an AID";
    case CS_VERSION:
        return "a version";
    case CS_CLASS:
        return "a class";
    case CS_METHOD:
    case CS_STATIC_METHOD:
        return "a method";
    case CS_FLAGS1:
    case CS_FLAGS2:
        return "its flags";
    case CS_NAME:
    case CS_TEXT:
    case CS_STRING:
        return "a string";
    case CS_FIELD_TYPE:
    case CS_TYPE_OFFSET:
        return "a type";
    case CS_DEFINE:
        return "a name";
    case CS_TOKEN:
        return "a token";
    default:
        return "a number";
    }
}

static void put_default(struct filling *f, const struct cs_field *field)
{
    struct ca *ca = f->ca;
    if (field->need == CS_DERIVED || field->need == CS_SHOWN) {
        struct ca_fixup *fix =
            ca_fix(ca, CA_DERIVED, cs_width(field->kind), &ca->last_method);
        fix->base = field->value;
    } else if (field->kind == CS_DATA) {
        ca_put(ca, 0, 2);
    } else {
        ca_put(ca, field->value, cs_width(field->kind));
    }
}

static void put_named(struct filling *f, const struct cs_field *field)
{
    const struct cs_node *n = child(f->node, field->name);
    if (n == NULL && field->need == CS_REQUIRED) {
        missing(f, field->name);
    } else if (n == NULL) {
        put_default(f, field);
    } else if (field->kind == CS_DATA) {
        put_data(f, n, 1);
    } else if (n->count != 2 || n->has_block) {
        ca_error(f->ca, n, "%s takes one word behind it", field->name);
    } else {
        put_scalar(f->ca, field, field->kind, &n->words[1]);
    }
}

static void put_positional(struct filling *f, const struct cs_field *field)
{
    if (field->kind == CS_DATA) {
        put_data(f, f->node, f->word);
        f->word = f->node->count;
        return;
    }
    const struct cs_word *w = positional(f);
    if (w == NULL) {
        missing(f, kind_name(field->kind));
        return;
    }
    if (field->kind == CS_DEFINE)
        ca_define(f->ca, CA_S_CLASS, w, (uint32_t)f->start);
    else
        put_scalar(f->ca, field, field->kind, w);
}

static void put_head(struct filling *f, size_t i, const struct cs_field *field)
{
    enum { REMOTE = 2, NIBBLE_MAX = 15 };
    const struct cs_word *w = positional(f);
    uint32_t flags =
        w == NULL ? 0 : flags_of(f->ca, field->names, w, NIBBLE_MAX);
    f->ca->remote = (flags & REMOTE) != 0;
    f->count_at[i] = f->ca->out->n;
    ca_put(f->ca, (flags | f->table->tag) << 4, 1);
}

static const struct cs_struct *item_of(const struct cs_field *field,
                                       const struct cs_node *n)
{
    for (size_t i = 0; n->count > 0 && field->items[i] != NULL; i++)
        if (cs_is(&n->words[0], field->items[i]->keyword))
            return field->items[i];
    return NULL;
}

static void put_item(struct filling *f, const struct cs_field *field,
                     const struct cs_node *n)
{
    struct ca *ca = f->ca;
    if (n->label.n > 0 && f->table == &cs_pool)
        ca_define(ca, CA_S_POOL, &n->label, f->counted[field->count - 1]);
    else if (n->label.n > 0 && f->table == &cs_import)
        ca_define(ca, CA_S_IMPORT, &n->label, f->counted[field->count - 1]);
    else if (n->label.n > 0)
        ca_error(ca, n, "%s cannot have a label here",
                 item_of(field, n)->keyword);
    ca_fields(ca, item_of(field, n), n);
}

/* What Directory says of custom components that say what their AID is. */
static uint32_t put_customs(struct ca *ca)
{
    enum { CUSTOM_FROM = 128 };
    uint32_t count = 0;
    for (size_t i = 0; i < ca->part_count; i++) {
        const struct ca_part *part = &ca->parts[i];
        if (part->tag < CUSTOM_FROM || part->aid == NULL)
            continue;
        ca_put(ca, part->tag, 1);
        ca_fix(ca, CA_DERIVED, ca->form.extended ? 4 : 2, part->aid)->base =
            CS_D_SIZE + (uint32_t)part->tag;
        put_aid(ca, part->aid);
        count++;
    }
    return count;
}

/* Items, and the raw bytes that stand behind them. */
static void put_list(struct filling *f, const struct cs_field *field)
{
    uint8_t size = field->items[0]->fixed_size;
    bool behind_item = size > 0;
    uint32_t *count = field->count == 0 ? NULL : &f->counted[field->count - 1];
    uint32_t before = count == NULL ? 0 : *count;
    if (count != NULL)
        *count = 0;
    for (const struct cs_node *n = f->node->first; n != NULL; n = n->next) {
        if (is_raw(n) && behind_item) {
            size_t at = f->ca->out->n;
            ca_put_hex(f->ca, n, 1);
            if (size > 0 && count != NULL)
                *count += (uint32_t)(f->ca->out->n - at) / size;
        } else if (item_of(field, n) != NULL) {
            put_item(f, field, n);
            behind_item = true;
            if (count != NULL)
                *count += 1;
        } else if (!is_raw(n)) {
            behind_item = size > 0;
        }
    }
    if (f->table == &cs_directory && *count == 0)
        *count = put_customs(f->ca);
    if (count != NULL && before != 0)
        *count = before; /* two lists share the count: the first tells it */
}

static void put_one(struct filling *f, const struct cs_field *field)
{
    const struct cs_node *n = f->node->first;
    while (n != NULL && item_of(field, n) == NULL)
        n = n->next;
    if (n != NULL)
        put_item(f, field, n);
    else if (field->items[0]->fields[0].kind == CS_NAME)
        ca_put(f->ca, 0, 1); /* the package's name may be empty */
    else
        missing(f, field->items[0]->keyword);
}

/* Which tokens are inherited is known when the superclass is. */
static void put_mapping(struct filling *f)
{
    enum { BASE_AT = 6, COUNT_FIELD = 7, TOKENS_MAX = 0xFF };
    static const struct cs_word none;
    uint32_t n = f->ca->out->p[f->start + BASE_AT] + f->counted[COUNT_FIELD];
    if (n > TOKENS_MAX)
        n = TOKENS_MAX;
    ca_fix(f->ca, CA_TOKEN_MAP, n, &none)->base = (uint32_t)f->start;
}

static void put_values(struct filling *f, const struct cs_field *field)
{
    bool found = false;
    for (const struct cs_node *n = f->node->first; n != NULL; n = n->next) {
        if (n->count == 0 || !cs_is(&n->words[0], field->name))
            continue;
        struct cs_words words = cs_all_words(n, 1);
        const struct cs_word *w = NULL;
        found = true;
        while ((w = cs_next_word(&words)) != NULL) {
            put_scalar(f->ca, field, (uint8_t)field->value, w);
            if (field->count > 0)
                f->counted[field->count - 1]++;
        }
    }
    if (!found && field->need == CS_DERIVED)
        put_mapping(f);
}

static void put_field(struct filling *f, size_t i)
{
    enum { BASE_AT = 6, COUNT_FIELD = 7 };
    const struct cs_field *field = &f->table->fields[i];
    struct ca *ca = f->ca;
    switch (field->kind) {
    case CS_TAG:
        ca_put(ca, f->table->tag, 1);
        break;
    case CS_PAD:
        ca_put(ca, 0, 1);
        break;
    case CS_HEAD:
        put_head(f, i, field);
        break;
    case CS_COUNT1:
    case CS_COUNT2:
        f->count_at[i] = ca->out->n;
        ca_put(ca, 0, cs_width(field->kind));
        break;
    case CS_LIST:
        put_list(f, field);
        break;
    case CS_ONE:
        put_one(f, field);
        break;
    case CS_VALUES:
        put_values(f, field);
        break;
    default:
        if (field->name == NULL)
            put_positional(f, field);
        else if (field->value == CS_D_CAP22 && field->need == CS_DERIVED &&
                 child(f->node, field->name) == NULL)
            ca_put(ca, ca->out->p[f->start + BASE_AT] + f->counted[COUNT_FIELD],
                   1);
        else
            put_named(f, field);
        break;
    }
}

/* The count of a list, or what stands in its place. */
static void put_count(struct filling *f, size_t i)
{
    const struct cs_field *field = &f->table->fields[i];
    const struct cs_node *n = child(f->node, field->name);
    struct ca *ca = f->ca;
    uint32_t most = field->kind == CS_COUNT2   ? U2_MAX
                    : field->kind == CS_COUNT1 ? U1_MAX
                                               : 15;
    uint32_t value = f->counted[i];
    uint8_t *p = ca->out->p + f->count_at[i];
    if (n != NULL && n->count == 2)
        ca_range(ca, &n->words[1], 0, most, &value);
    else if (n != NULL)
        ca_error(ca, n, "%s takes one number", field->name);
    else if (value > most)
        ca_error(ca, f->node, "%s would be %u; %u is the most", field->name,
                 value, most);
    if (field->kind == CS_COUNT2)
        set_u2(p, (uint16_t)value);
    else if (field->kind == CS_COUNT1)
        p[0] = (uint8_t)value;
    else
        p[0] = (uint8_t)((p[0] & 0xF0) | (value & 0x0F));
}

/* ---- what does not belong ---- */

static bool is_counter(uint8_t kind)
{
    return kind == CS_COUNT1 || kind == CS_COUNT2 || kind == CS_HEAD;
}

/* What every component has, and what others write of these. */
static bool is_frame(const struct cs_node *n)
{
    static const char *const words[] = {"size",
                                        "tag",
                                        "entry",
                                        "type",
                                        "constant_pool_count",
                                        "constant_pool_types",
                                        "signature",
                                        "signature_pool_length",
                                        "string",
                                        "string_count"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (cs_is(&n->words[0], words[i]))
            return true;
    return false;
}

static bool is_known(const struct filling *f, const struct cs_node *n)
{
    if (is_raw(n) || cs_is(&n->words[0], "trailing"))
        return true;
    for (size_t i = 0; i < f->table->field_count; i++) {
        const struct cs_field *field = &f->table->fields[i];
        if (!cs_is_there(field, &f->ca->form, f->ca->remote))
            continue;
        if (field->items != NULL
                ? item_of(field, n) != NULL
                : field->name != NULL && cs_is(&n->words[0], field->name))
            return true;
    }
    return f->node == f->ca->part->node && is_frame(n);
}

static const char *expected(struct filling *f)
{
    const char *text = "raw, trailing";
    for (size_t i = 0; i < f->table->field_count; i++) {
        const struct cs_field *field = &f->table->fields[i];
        if (!cs_is_there(field, &f->ca->form, f->ca->remote))
            continue;
        if (field->items == NULL && field->name != NULL)
            text = tc_format(f->ca->arena, "%s, %s", text, field->name);
        for (size_t k = 0; field->items != NULL && field->items[k] != NULL; k++)
            text = tc_format(f->ca->arena, "%s, %s", text,
                             field->items[k]->keyword);
    }
    return text;
}

static void check_rest(struct filling *f)
{
    const struct cs_field *last = &f->table->fields[f->table->field_count - 1];
    bool bytes = last->kind == CS_DATA && last->name == NULL;
    for (const struct cs_node *n = bytes ? NULL : f->node->first; n != NULL;
         n = n->next)
        if (n->count == 0)
            ca_error(f->ca, n, "a label without anything behind it");
        else if (!is_known(f, n))
            ca_error(f->ca, n, "%s has no '%.*s' in this format; it has %s",
                     f->table->keyword, CA_WORD(&n->words[0]), expected(f));
    if (f->word < f->node->count && f->node != f->ca->part->node)
        ca_error(f->ca, &f->node->words[f->word],
                 "'%.*s' is one word more than %s takes",
                 CA_WORD(&f->node->words[f->word]), f->table->keyword);
}

/* Raw bytes that stand behind no item, and what is said to trail. */
static void put_rest(struct filling *f)
{
    bool behind_item = false;
    bool fixed = false;
    for (size_t i = 0; i < f->table->field_count; i++)
        fixed = fixed || (f->table->fields[i].kind == CS_LIST &&
                          f->table->fields[i].items[0]->fixed_size > 0);
    for (const struct cs_node *n = f->node->first; n != NULL; n = n->next) {
        bool item = false;
        for (size_t i = 0; i < f->table->field_count; i++)
            item = item || (f->table->fields[i].kind == CS_LIST &&
                            item_of(&f->table->fields[i], n) != NULL);
        if (is_raw(n) && !behind_item && !fixed)
            ca_put_hex(f->ca, n, 1);
        if (!is_raw(n))
            behind_item = item;
    }
    const struct cs_node *n = child(f->node, "trailing");
    if (n != NULL && f->node != f->ca->part->node)
        ca_put_hex(f->ca, n, 1);
}

void ca_fields(struct ca *ca, const struct cs_struct *table,
               const struct cs_node *node)
{
    struct filling f = {.ca = ca, .table = table, .node = node, .word = 1};
    bool remote = ca->remote;
    f.start = ca->out->n;
    for (size_t i = 0; i < table->field_count; i++)
        if (cs_is_there(&table->fields[i], &ca->form, ca->remote))
            put_field(&f, i);
    for (size_t i = 0; i < table->field_count; i++)
        if (is_counter(table->fields[i].kind) &&
            cs_is_there(&table->fields[i], &ca->form, ca->remote))
            put_count(&f, i);
    check_rest(&f);
    put_rest(&f);
    ca->remote = remote;
}
