/* Bytes to statements, by the tables of capschema.c. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "cap/cap.h"
#include "toolchain/capdump.h"
#include "toolchain/capsyntax.h"

enum { FIELDS_MAX = 32, HEX_ON_LINE = 24, VALUES_ON_LINE = 12 };

/* ---- text ---- */

void cw_format(struct cw *w, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (n > 0)
        tc_put(w->text, text,
               (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

static void put(struct cw *w, const char *text)
{
    tc_put(w->text, text, strlen(text));
}

void cw_line(struct cw *w)
{
    for (unsigned i = 0; i < w->depth; i++)
        tc_put(w->text, "    ", 4);
}

void cw_end(struct cw *w)
{
    if (w->note != NULL) {
        put(w, " // ");
        put(w, w->note);
    }
    w->note = NULL;
    tc_put(w->text, "\n", 1);
}

static void put_hex(struct cw *w, struct span bytes)
{
    char *text = tc_alloc(w->cd->arena, 2 * bytes.n + 1);
    hex_encode(bytes, text);
    tc_put(w->text, text, 2 * bytes.n);
}

/* " A0B1" or " {", lines and "}". */
static void put_data(struct cw *w, struct span bytes)
{
    if (bytes.n <= HEX_ON_LINE) {
        if (bytes.n > 0)
            put(w, " ");
        put_hex(w, bytes);
        return;
    }
    put(w, " {\n");
    w->depth++;
    for (size_t at = 0; at < bytes.n; at += HEX_ON_LINE) {
        size_t n = bytes.n - at < HEX_ON_LINE ? bytes.n - at : HEX_ON_LINE;
        cw_line(w);
        put_hex(w, span_of(bytes.p + at, n));
        put(w, "\n");
    }
    w->depth--;
    cw_line(w);
    put(w, "}");
}

void cw_hex(struct cw *w, const char *keyword, struct span bytes)
{
    cw_line(w);
    put(w, keyword);
    put_data(w, bytes);
    cw_end(w);
}

/* ---- taking bytes ---- */

static size_t left(const struct cw *w)
{
    return w->part->info.n - w->at;
}

static bool take(struct cw *w, unsigned width, uint32_t *out)
{
    if (left(w) < width)
        return false;
    *out = 0;
    for (unsigned i = 0; i < width; i++)
        *out = *out << 8 | w->part->info.p[w->at++];
    return true;
}

static bool take_span(struct cw *w, size_t n, struct span *out)
{
    if (left(w) < n)
        return false;
    *out = span_of(w->part->info.p + w->at, n);
    w->at += n;
    return true;
}

/* ---- words ---- */

static void put_flags(struct cw *w, const struct cs_names *names,
                      uint32_t value)
{
    const char *bar = "";
    put(w, " ");
    for (; names->name != NULL; names++) {
        if ((value & names->value) == 0)
            continue;
        cw_format(w, "%s%s", bar, names->name);
        value &= ~names->value;
        bar = "|";
    }
    if (value != 0 || bar[0] == '\0')
        cw_format(w, value == 0 ? "%s%lu" : "%s0x%02lX", bar,
                  (unsigned long)value);
}

static void put_enum(struct cw *w, const struct cs_names *names, uint32_t value)
{
    while (names->name != NULL && names->value != value)
        names++;
    if (names->name != NULL)
        cw_format(w, " %s", names->name);
    else
        cw_format(w, " %lu", (unsigned long)value);
}

const char *cd_class_name(const struct cd *cd, uint16_t offset)
{
    for (size_t low = 0, high = cd->class_count; low < high;) {
        size_t mid = (low + high) / 2;
        if (cd->classes[mid].offset == offset)
            return cd->classes[mid].name;
        if (cd->classes[mid].offset < offset)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

/* A class_ref as the assembler takes it, in memory of the arena. */
static const char *class_word(struct cw *w, uint16_t ref)
{
    enum { EXTERNAL = 0x8000, NONE = 0xFFFF };
    const char *name = cd_class_name(w->cd, ref);
    if (ref == NONE)
        return "none";
    if (name != NULL)
        return name;
    if ((ref & EXTERNAL) != 0)
        return tc_format(w->cd->arena, "%u.%u", (ref >> 8) & 0x7Fu,
                         ref & 0xFFu);
    return tc_format(w->cd->arena, "0x%04X", ref);
}

void cw_class(struct cw *w, uint16_t ref)
{
    cw_format(w, " %s", class_word(w, ref));
}

void cw_place(struct cw *w, uint32_t value)
{
    const char *name = cd_method_name(w->cd, value);
    if (value == (w->cd->form.extended ? 0xFFFFFFu : 0xFFFFu))
        put(w, " none");
    else if (name != NULL)
        cw_format(w, " %s", name);
    else
        cw_format(w, " %lu", (unsigned long)value);
}

static void note_place(struct cw *w, uint32_t value)
{
    struct cd *cd = w->cd;
    if (!w->collecting)
        return;
    cd->found =
        tc_grow(cd->arena, cd->found, cd->found_count, sizeof *cd->found);
    cd->found[cd->found_count++] = value;
}

/* Three bytes that name a static, or a field of a class. */
static void put_static(struct cw *w, uint32_t value, uint8_t kind)
{
    enum { EXTERNAL = 0x800000, STATIC = 0x08 };
    bool by_class = kind == CS_FIELD && (w->flags & STATIC) == 0 &&
                    cd_class_name(w->cd, (uint16_t)(value >> 8)) != NULL;
    if ((value & EXTERNAL) != 0)
        cw_format(w, " %lu.%lu.%lu", (unsigned long)(value >> 16 & 0x7F),
                  (unsigned long)(value >> 8 & 0xFF),
                  (unsigned long)(value & 0xFF));
    else if (by_class)
        cw_format(w, " %s.%lu", cd_class_name(w->cd, (uint16_t)(value >> 8)),
                  (unsigned long)(value & 0xFF));
    else if (kind == CS_STATIC_METHOD)
        cw_place(w, value);
    else
        cw_format(w, " %lu", (unsigned long)value);
    if (kind == CS_STATIC_METHOD && (value & EXTERNAL) == 0)
        note_place(w, value);
}

/* ---- types ---- */

struct nibbles {
    struct span bytes;
    unsigned n;
    unsigned at;
};

static unsigned nibble(const struct nibbles *t, unsigned i)
{
    return i % 2 == 0 ? t->bytes.p[i / 2] >> 4 : t->bytes.p[i / 2] & 0xFu;
}

static const char *take_one(struct cw *w, struct nibbles *t)
{
    static const char *const names[] = {
        NULL, "void", "boolean",   "byte",   "short",   "int",   NULL, NULL,
        NULL, NULL,   "boolean[]", "byte[]", "short[]", "int[]", NULL, NULL};
    enum { REFERENCE = 6, REFERENCE_ARRAY = 14, REF_NIBBLES = 4 };
    unsigned type = nibble(t, t->at++);
    if (type != REFERENCE && type != REFERENCE_ARRAY)
        return names[type];
    uint16_t ref = 0;
    if (t->at + REF_NIBBLES > t->n)
        return NULL;
    for (int i = 0; i < REF_NIBBLES; i++)
        ref = (uint16_t)((unsigned)ref << 4 | nibble(t, t->at++));
    return tc_format(w->cd->arena, "%s%s", class_word(w, ref),
                     type == REFERENCE_ARRAY ? "[]" : "");
}

static const char *raw_type(struct cw *w, const struct nibbles *t)
{
    struct tc_bytes text = {.arena = w->cd->arena};
    tc_put(&text, "nibbles:", 8);
    for (unsigned i = 0; i < t->n; i++)
        tc_put1(&text, (uint8_t) "0123456789ABCDEF"[nibble(t, i)]);
    tc_put1(&text, 0);
    return (const char *)text.p;
}

/* One type is a field's; several, or "void", a signature. */
static const char *spell(struct cw *w, struct nibbles *t)
{
    struct tc_bytes text = {.arena = w->cd->arena};
    const char *one = t->n == 0 ? NULL : take_one(w, t);
    if (one == NULL)
        return raw_type(w, t);
    if (t->at == t->n)
        return nibble(t, 0) == 1 ? "()void" : one;
    tc_put1(&text, '(');
    for (const char *comma = ""; t->at < t->n; comma = ",") {
        tc_put(&text, comma, strlen(comma));
        tc_put(&text, one, strlen(one));
        one = take_one(w, t);
        if (one == NULL)
            return raw_type(w, t);
    }
    tc_put1(&text, ')');
    tc_put(&text, one, strlen(one) + 1);
    return (const char *)text.p;
}

const char *cw_type(struct cw *w, struct span *from)
{
    struct nibbles t = {.n = from->n > 0 ? from->p[0] : 0};
    size_t size = 1 + (t.n + 1) / 2;
    if (from->n < size)
        return NULL;
    t.bytes = span_of(from->p + 1, size - 1);
    *from = span_of(from->p + size, from->n - size);
    return spell(w, &t);
}

/* The type at an offset of type_descriptor_info, or the number. */
static void put_type_at(struct cw *w, uint32_t offset)
{
    struct span info = cd_info(w->cd, CAP_DESCRIPTOR);
    size_t at = w->cd->types_at + offset;
    const char *type = NULL;
    if (w->cd->types_at > 0 && at < info.n) {
        struct span s = span_of(info.p + at, info.n - at);
        type = cw_type(w, &s);
    }
    if (type != NULL)
        cw_format(w, " ");
    if (type != NULL)
        put(w, type);
    else
        cw_format(w, " %lu", (unsigned long)offset);
}

static void put_field_type(struct cw *w, uint32_t value)
{
    static const char *const names[] = {NULL,   NULL,    "boolean",
                                        "byte", "short", "int"};
    uint32_t code = value & 0x7FFF;
    if ((value & 0x8000) == 0)
        put_type_at(w, value);
    else if (code >= 2 && code <= 5)
        cw_format(w, " %s", names[code]);
    else
        cw_format(w, " 0x%04lX", (unsigned long)value);
}

/* "text", or @5 where the same text comes earlier or there is none. */
static void put_string(struct cw *w, uint32_t index)
{
    const struct cd *cd = w->cd;
    bool first = index < cd->string_count && !cd->repeated[index];
    put(w, " ");
    if (first)
        cs_quote(w->text, cd->strings[index]);
    else
        cw_format(w, "@%lu", (unsigned long)index);
}

/* ---- scalars ---- */

static bool put_bytes(struct cw *w, uint8_t kind)
{
    uint32_t n = 0;
    struct span bytes;
    if (!take(w, kind == CS_TEXT || kind == CS_DATA ? 2 : 1, &n) ||
        !take_span(w, n, &bytes))
        return false;
    if (kind == CS_DATA) {
        put_data(w, bytes);
        return true;
    }
    put(w, " ");
    if (kind == CS_AID && n > 0)
        put_hex(w, bytes);
    else if (kind == CS_AID)
        put(w, "0:");
    else
        cs_quote(w->text, bytes);
    if (kind == CS_AID)
        w->note = cd_aid_note(bytes);
    return true;
}

static void put_number(struct cw *w, uint8_t kind, uint32_t v)
{
    unsigned long value = v;
    if (kind == CS_HEX2)
        cw_format(w, " 0x%04lX", value);
    else if (kind == CS_HEX4)
        cw_format(w, " 0x%08lX", value);
    else if (kind == CS_TOKEN && v == 0xFF)
        put(w, " none");
    else if (kind == CS_VERSION)
        cw_format(w, " %lu.%lu", value & 0xFF, value >> 8);
    else
        cw_format(w, " %lu", value);
}

static bool put_scalar(struct cw *w, const struct cs_field *f, uint8_t kind)
{
    uint32_t v = 0;
    if (kind == CS_AID || kind == CS_NAME || kind == CS_TEXT || kind == CS_DATA)
        return put_bytes(w, kind);
    if (!take(w,
              kind == CS_METHOD ? (w->cd->form.extended ? 3u : 2u)
                                : cs_width(kind),
              &v))
        return false;
    switch (kind) {
    case CS_FLAGS1:
    case CS_FLAGS2:
        w->flags = v;
        put_flags(w, f->names, v);
        break;
    case CS_ENUM1:
        put_enum(w, f->names, v);
        break;
    case CS_CLASS:
        cw_class(w, (uint16_t)v);
        if ((v & 0x8000) != 0)
            w->note = cd_class_note(w->cd, (uint16_t)v);
        break;
    case CS_METHOD:
        note_place(w, v);
        cw_place(w, v);
        break;
    case CS_STATIC_FIELD:
    case CS_STATIC_METHOD:
    case CS_FIELD:
        put_static(w, v, kind);
        break;
    case CS_FIELD_TYPE:
        put_field_type(w, v);
        break;
    case CS_TYPE_OFFSET:
        put_type_at(w, v);
        break;
    case CS_STRING:
        put_string(w, v);
        break;
    default:
        put_number(w, kind, v);
        break;
    }
    return true;
}

/* ---- structures ---- */

struct taking {
    struct cw *w;
    const struct cs_struct *table;
    size_t start;
    bool top;  /* the component itself */
    bool open; /* its block is begun */
    uint32_t count[FIELDS_MAX];
};

static bool take_item(struct cw *w, const struct cs_struct *table,
                      uint32_t number);

/* Begins a line in the block, and the block if need be. */
static void begin(struct taking *t, const char *name)
{
    struct cw *w = t->w;
    if (!t->open && !t->top) {
        put(w, " {");
        cw_end(w);
        w->depth++;
    }
    t->open = true;
    if (name != NULL) {
        cw_line(w);
        put(w, name);
    }
}

/* Are the bytes from `at` those that the assembler made by itself? */
static bool as_derived(const struct cw *w, size_t at)
{
    struct span d = w->part->derived;
    return w->part->level < CD_EXPLICIT ||
           (d.n >= w->at && w->part->info.n == d.n &&
            memcmp(d.p + at, w->part->info.p + at, w->at - at) == 0);
}

static bool is_default(const struct taking *t, const struct cs_field *f,
                       size_t at)
{
    const struct cw *w = t->w;
    uint32_t v = 0;
    if (f->need == CS_DERIVED)
        return as_derived(w, at);
    if (f->need != CS_DEFAULT)
        return false;
    for (size_t i = at; i < w->at && i < at + 4; i++)
        v = v << 8 | w->part->info.p[i];
    return v == f->value && w->at - at <= 4;
}

static bool take_named(struct taking *t, const struct cs_field *f)
{
    struct cw *w = t->w;
    size_t at = w->at;
    size_t mark = w->text->n;
    bool open = t->open;
    unsigned depth = w->depth;
    const char *note = w->note;
    begin(t, f->name);
    if (!put_scalar(w, f, f->kind))
        return false;
    if (is_default(t, f, at)) {
        w->text->n = mark;
        w->depth = depth;
        w->note = note;
        t->open = open;
        return true;
    }
    cw_end(w);
    return true;
}

static bool take_head(struct taking *t, size_t i, const struct cs_field *f)
{
    enum { REMOTE = 2, INTERFACE = 8 };
    uint32_t v = 0;
    if (!take(t->w, 1, &v))
        return false;
    uint32_t flags = v >> 4 & ~(uint32_t)INTERFACE;
    t->w->remote = (flags & REMOTE) != 0;
    t->count[i] = v & 0xF;
    if (flags != 0)
        put_flags(t->w, f->names, flags);
    return true;
}

/* The alternative that the next byte means; NULL. */
static const struct cs_struct *choose(const struct cw *w,
                                      const struct cs_field *f)
{
    enum { INTERFACE = 8 };
    if (left(w) == 0)
        return NULL;
    uint8_t byte = w->part->info.p[w->at];
    for (size_t i = 0; f->items[i] != NULL; i++) {
        const struct cs_struct *s = f->items[i];
        uint8_t kind = s->fields[0].kind;
        if (kind == CS_TAG
                ? s->tag == byte
                : kind != CS_DEFINE || (byte >> 4 & INTERFACE) == s->tag)
            return s;
    }
    return NULL;
}

static bool restore(struct cw *w, struct cw before, size_t text)
{
    w->text->n = text;
    before.at = w->at;
    *w = before;
    return false;
}

/* Another entry of a list; one that does not fit stands as raw bytes. */
static bool take_entry(struct taking *t, const struct cs_field *f,
                       uint32_t number)
{
    struct cw *w = t->w;
    const struct cw before = *w;
    size_t text = w->text->n;
    uint8_t size = f->items[0]->fixed_size;
    const struct cs_struct *s = choose(w, f);
    struct span raw;
    if (s != NULL && take_item(w, s, number))
        return true;
    w->at = before.at;
    restore(w, before, text);
    if (size == 0 || !take_span(w, size, &raw))
        return false;
    w->note = tc_format(w->cd->arena, "%lu", (unsigned long)number);
    cw_hex(w, "raw", raw);
    return true;
}

static bool take_list(struct taking *t, const struct cs_field *f)
{
    struct cw *w = t->w;
    uint32_t wanted = f->count == 0 ? UINT32_MAX : t->count[f->count - 1];
    uint32_t n = 0;
    if (wanted > 0 && left(w) > 0)
        begin(t, NULL);
    while (n < wanted && left(w) > 0 && take_entry(t, f, n))
        n++;
    return f->count == 0 || n == wanted;
}

static bool take_values(struct taking *t, const struct cs_field *f)
{
    enum { BASE_AT = 6 };
    struct cw *w = t->w;
    size_t mark = w->text->n;
    struct taking was = *t;
    struct cw before = *w;
    uint32_t n = f->count > 0 ? t->count[f->count - 1]
                              : w->part->info.p[t->start + BASE_AT] +
                                    w->part->info.p[t->start + BASE_AT + 1];
    if (n == 0)
        return true;
    begin(t, f->name);
    bool block = n > VALUES_ON_LINE;
    put(w, block ? " {\n" : "");
    w->depth += block;
    for (uint32_t i = 0; i < n; i++) {
        if (block && i % VALUES_ON_LINE == 0)
            cw_line(w);
        if (!put_scalar(w, f, (uint8_t)f->value))
            return false;
        if (block && (i % VALUES_ON_LINE == VALUES_ON_LINE - 1 || i + 1 == n))
            put(w, "\n");
    }
    w->depth -= block;
    if (block) {
        cw_line(w);
        put(w, "}");
    }
    w->note = NULL;
    cw_end(w);
    if (f->need == CS_DERIVED && as_derived(w, before.at)) {
        restore(w, before, mark);
        *t = was;
    }
    return true;
}

static void define(struct cw *w, const struct cs_struct *table)
{
    struct cd *cd = w->cd;
    if (w->collecting) {
        cd->classes = tc_grow(cd->arena, cd->classes, cd->class_count,
                              sizeof *cd->classes);
        cd->classes[cd->class_count] = (struct cd_class){
            (uint16_t)w->at,
            tc_format(cd->arena, "%s_%zu", table->keyword, cd->class_count)};
        cd->class_count++;
    }
    const char *name = cd_class_name(cd, (uint16_t)w->at);
    cw_format(w, " %s", name == NULL ? "?" : name);
}

static bool take_field(struct taking *t, size_t i)
{
    struct cw *w = t->w;
    const struct cs_field *f = &t->table->fields[i];
    uint32_t v = 0;
    switch (f->kind) {
    case CS_DEFINE:
        define(w, t->table);
        return true;
    case CS_TAG:
        return take(w, 1, &v);
    case CS_PAD:
        return take(w, 1, &v) && v == 0;
    case CS_HEAD:
        return take_head(t, i, f);
    case CS_COUNT1:
    case CS_COUNT2:
        return take(w, cs_width(f->kind), &t->count[i]);
    case CS_LIST:
        return take_list(t, f);
    case CS_ONE:
        begin(t, NULL);
        return take_item(w, f->items[0], 0);
    case CS_VALUES:
        return take_values(t, f);
    default:
        return f->name == NULL ? put_scalar(w, f, f->kind) : take_named(t, f);
    }
}

static bool take_fields(struct taking *t)
{
    for (size_t i = 0; i < t->table->field_count; i++)
        if (cs_is_there(&t->table->fields[i], &t->w->cd->form, t->w->remote) &&
            !take_field(t, i))
            return false;
    return true;
}

static bool take_item(struct cw *w, const struct cs_struct *table,
                      uint32_t number)
{
    struct taking t = {.w = w, .table = table, .start = w->at};
    unsigned depth = w->depth;
    bool remote = w->remote;
    cw_line(w);
    put(w, table->keyword);
    if (!take_fields(&t))
        return false;
    if (t.open) {
        w->depth = depth;
        cw_line(w);
        put(w, "}");
    } else if (table->fixed_size > 0 && !w->collecting) {
        bool external = (w->part->info.p[t.start + 1] & 0x80) != 0;
        const char *note = external ? cd_entry_note(w->cd, number) : NULL;
        w->note = tc_format(w->cd->arena, "%lu%s%s", (unsigned long)number,
                            note == NULL ? "" : ": ", note == NULL ? "" : note);
    }
    cw_end(w);
    w->remote = remote;
    return true;
}

bool cw_component(struct cw *w, const struct cs_struct *table)
{
    struct taking t = {.w = w, .table = table, .start = w->at, .top = true};
    for (size_t i = 0; i < table->field_count; i++) {
        const struct cs_field *f = &table->fields[i];
        if (!cs_is_there(f, &w->cd->form, w->remote) || take_field(&t, i))
            continue;
        if (f->kind != CS_LIST || f->count == 0)
            return false;
        cw_line(w);
        cw_format(w, "%s %lu\n", table->fields[f->count - 1].name,
                  (unsigned long)t.count[f->count - 1]);
        return i + 1 == table->field_count;
    }
    return true;
}
