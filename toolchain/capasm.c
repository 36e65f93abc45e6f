/* The assembler: a text becomes components, these a file. */
#include "toolchain/capasm.h"

#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "cap/cap.h"
#include "toolchain/captext.h"
#include "toolchain/container.h"

enum { CUSTOM_FROM = 128, U1_MAX = 0xFF };

/* ---- writing ---- */

void ca_put(struct ca *ca, uint32_t value, unsigned width)
{
    for (unsigned i = width; i > 0; i--)
        tc_put1(ca->out, value >> (8 * (i - 1)));
}

struct ca_fixup *ca_fix(struct ca *ca, enum ca_fix kind, unsigned width,
                        const struct cs_word *word)
{
    ca->fixups =
        tc_grow(ca->arena, ca->fixups, ca->fixup_count, sizeof *ca->fixups);
    struct ca_fixup *f = &ca->fixups[ca->fixup_count++];
    *f = (struct ca_fixup){.bytes = ca->out,
                           .at = (uint32_t)ca->out->n,
                           .kind = (uint8_t)kind,
                           .width = (uint8_t)width,
                           .scope = ca->scope,
                           .part = ca->part,
                           .word = *word,
                           .method = ca->last_method};
    for (unsigned i = 0; i < width; i++)
        tc_put1(ca->out, 0);
    return f;
}

void ca_put_hex(struct ca *ca, const struct cs_node *node, size_t skip)
{
    struct cs_words words = cs_all_words(node, skip);
    const struct cs_word *w = NULL;
    while ((w = cs_next_word(&words)) != NULL) {
        uint8_t *room = tc_alloc(ca->arena, w->n / 2 + 1);
        struct buf b = buf_of(room, w->n / 2 + 1);
        if (w->is_string)
            tc_put(ca->out, w->p, w->n);
        else if (hex_decode(w->p, w->n, &b, NULL) == ERR_OK)
            tc_put(ca->out, b.p, b.n);
        else
            ca_error(ca, w,
                     "'%.*s' should be bytes: pairs of hexadecimal digits, or "
                     "a string",
                     CA_WORD(w));
    }
}

void ca_segment(struct ca *ca)
{
    struct ca_part *part = ca->part;
    part->segments = tc_grow(ca->arena, part->segments, part->segment_count,
                             sizeof *part->segments);
    ca->out = tc_alloc(ca->arena, sizeof *ca->out);
    ca->out->arena = ca->arena;
    part->segments[part->segment_count++] = ca->out;
}

struct ca_part *ca_part_of(const struct ca *ca, uint8_t tag)
{
    size_t number = ca->first[tag];
    return number == 0 ? NULL : &ca->parts[number - 1];
}

static const struct cs_node *child(const struct cs_node *node, const char *name)
{
    const struct cs_node *n = node->first;
    while (n != NULL && !(n->count > 0 && cs_is(&n->words[0], name)))
        n = n->next;
    return n;
}

/* ---- components ---- */

/* The pool of signatures at the head of Class.  [JCVM 6.9] */
static void put_signatures(struct ca *ca, const struct cs_node *node)
{
    enum { U2_MAX = 0xFFFF };
    const struct cs_node *length = child(node, "signature_pool_length");
    uint32_t n = 0;
    if (ca->form.minor < 2)
        return;
    ca_put(ca, 0, 2);
    for (const struct cs_node *c = node->first; c != NULL; c = c->next) {
        if (c->count != 2 || !cs_is(&c->words[0], "signature"))
            continue;
        size_t size = ca_type_size(ca, &c->words[1]);
        ca_fix(ca, CA_TYPE, (unsigned)size, &c->words[1]);
    }
    n = (uint32_t)ca->out->n - 2;
    if (length != NULL && length->count == 2)
        ca_range(ca, &length->words[1], 0, U2_MAX, &n);
    set_u2(ca->out->p, (uint16_t)n);
}

/* Ids and sizes, then the bytes.  [JCVM 6.16] */
static void put_resources(struct ca *ca, const struct cs_node *node)
{
    struct tc_bytes *rows = ca->out;
    const struct cs_node *count = child(node, "count");
    uint32_t n = 0;
    ca_put(ca, 0, 2);
    ca_segment(ca);
    struct tc_bytes *data = ca->out;
    for (const struct cs_node *c = node->first; c != NULL; c = c->next) {
        if (c->count < 2 || !cs_is(&c->words[0], "resource"))
            continue;
        uint32_t id = 0;
        uint32_t size = 0;
        bool given = c->count == 4 && cs_is(&c->words[2], "size");
        size_t at = data->n;
        ca_range(ca, &c->words[1], 0, 0xFFFF, &id);
        ca->out = data;
        ca_put_hex(ca, c, given ? 4 : 2);
        size = (uint32_t)(data->n - at);
        if (given)
            ca_range(ca, &c->words[3], 0, UINT32_MAX, &size);
        ca->out = rows;
        ca_put(ca, id, 2);
        ca_put(ca, size, 4);
        n++;
    }
    ca->out = data;
    if (count != NULL && count->count == 2)
        ca_range(ca, &count->words[1], 0, 0xFFFF, &n);
    set_u2(rows->p, (uint16_t)n);
}

/* Debug's strings stand before what uses them.  [JCVM 6.15] */
static void put_debug(struct ca *ca, const struct cs_node *node)
{
    enum { U2_MAX = 0xFFFF };
    const struct cs_node *count = child(node, "string_count");
    for (const struct cs_node *c = node->first; c != NULL; c = c->next) {
        bool added = false;
        if (c->count != 2 || !cs_is(&c->words[0], "string"))
            continue;
        struct ca_symbol *s = ca_intern(ca, CA_S_STRING, &c->words[1], &added);
        if (added)
            s->value = (uint32_t)ca->string_count;
        ca->strings = tc_grow(ca->arena, ca->strings, ca->string_count,
                              sizeof *ca->strings);
        ca->strings[ca->string_count++] = c->words[1];
    }
    struct tc_bytes *strings = ca->out;
    ca_segment(ca);
    ca_fields(ca, &cs_debug, node);
    struct tc_bytes *body = ca->out;
    ca->out = strings;
    uint32_t n = (uint32_t)ca->string_count;
    if (count != NULL && count->count == 2)
        ca_range(ca, &count->words[1], 0, U2_MAX, &n);
    ca_put(ca, n, 2);
    for (size_t i = 0; i < ca->string_count; i++) {
        ca_put(ca, ca->strings[i].n, 2);
        tc_put(ca->out, ca->strings[i].p, ca->strings[i].n);
    }
    ca->out = body;
}

/* Types that are listed keep the order of the list. */
static void put_descriptor(struct ca *ca, const struct cs_node *node)
{
    for (const struct cs_node *n = node->first; n != NULL; n = n->next)
        if (n->count == 2 && cs_is(&n->words[0], "type"))
            ca_type_index(ca, &n->words[1]);
    ca_fields(ca, &cs_descriptor, node);
}

static void put_component(struct ca *ca, const struct cs_node *node)
{
    switch (ca->part->tag) {
    case CAP_METHOD:
        ca_method_component(ca, node);
        break;
    case CAP_REFERENCE_LOCATION:
    case CAP_DESCRIPTOR:
        if (ca->part->tag == CAP_DESCRIPTOR)
            put_descriptor(ca, node);
        break; /* the rest needs all places: see finish() */
    case CAP_CLASS:
        put_signatures(ca, node);
        ca_fields(ca, &cs_class, node);
        break;
    case CAP_DEBUG:
        put_debug(ca, node);
        break;
    case CAP_STATIC_RESOURCES:
        put_resources(ca, node);
        break;
    default:
        if (cs_component(ca->part->tag) != NULL)
            ca_fields(ca, cs_component(ca->part->tag), node);
        break;
    }
}

/* Statements about the component itself, which are none of its bytes. */
static bool is_frame(const struct cs_node *n)
{
    static const char *const words[] = {"size", "tag", "entry", "AID"};
    for (size_t i = 0; n->count > 0 && i < sizeof words / sizeof words[0]; i++)
        if (cs_is(&n->words[0], words[i]))
            return true;
    return false;
}

/* Is all that the block says of the info raw? */
static bool is_all_raw(const struct cs_node *node)
{
    bool raw = false;
    for (const struct cs_node *n = node->first; n != NULL; n = n->next) {
        bool this_one = n->count > 0 && cs_is(&n->words[0], "raw");
        if (!this_one && !is_frame(n))
            return false;
        raw = raw || this_one;
    }
    return raw;
}

static void put_all_raw(struct ca *ca, const struct cs_node *node)
{
    for (const struct cs_node *n = node->first; n != NULL; n = n->next)
        if (n->count > 0 && cs_is(&n->words[0], "raw"))
            ca_put_hex(ca, n, 1);
        else if (!is_frame(n))
            ca_error(ca, n, "this component has size, tag, entry and raw only");
}

static void put_part(struct ca *ca, struct ca_part *part)
{
    static const uint8_t tabled[] = {
        CAP_HEADER,          CAP_DIRECTORY,    CAP_APPLET,
        CAP_IMPORT,          CAP_CLASS,        CAP_CONSTANT_POOL,
        CAP_METHOD,          CAP_STATIC_FIELD, CAP_EXPORT,
        CAP_DESCRIPTOR,      CAP_DEBUG,        CAP_REFERENCE_LOCATION,
        CAP_STATIC_RESOURCES};
    bool first = part->tag != 0 && ca_part_of(ca, part->tag) == part;
    ca->part = part;
    ca_segment(ca);
    if (part->tag == 0)
        ca_put_hex(ca, part->node, part->name == NULL ? 1 : 2);
    else if (is_all_raw(part->node) ||
             memchr(tabled, part->tag, sizeof tabled) == NULL)
        put_all_raw(ca, part->node);
    else if (!first)
        ca_error(ca, part->node, "a second %s; repeat a component as raw bytes",
                 cs_component_name(part->tag));
    else
        put_component(ca, part->node);
}

static bool is_whole_raw(const struct ca_part *part)
{
    return part == NULL || is_all_raw(part->node);
}

static void put_trailing(struct ca *ca, struct ca_part *part)
{
    const struct cs_node *n =
        part->tag == 0 ? NULL : child(part->node, "trailing");
    if (n == NULL || is_all_raw(part->node))
        return;
    ca->part = part;
    ca->out = part->segments[part->segment_count - 1];
    ca_put_hex(ca, n, 1);
}

static void finish(struct ca *ca)
{
    struct ca_part *method = ca_part_of(ca, CAP_METHOD);
    struct ca_part *locations = ca_part_of(ca, CAP_REFERENCE_LOCATION);
    struct ca_part *descriptor = ca_part_of(ca, CAP_DESCRIPTOR);
    ca_resolve(ca);
    if (!is_whole_raw(method))
        ca_finish_method(ca, method);
    if (!is_whole_raw(locations)) {
        ca->part = locations;
        ca->out = locations->segments[0];
        ca_reference_location(ca, locations->node);
    }
    if (!is_whole_raw(descriptor))
        ca_finish_types(ca, descriptor);
    for (size_t i = 0; i < ca->part_count; i++)
        put_trailing(ca, &ca->parts[i]);
    ca_derive(ca);
}

/* ---- the statements of the text ---- */

static void read_format(struct ca *ca, const struct cs_node *node)
{
    static const char *const formats[] = {"2.1", "2.2", "2.3"};
    ca->is_archive = true;
    ca->form.minor = 1;
    if (node == NULL || node->count < 2 || !cs_is(&node->words[0], "CAP")) {
        struct cs_word at = {.line = node == NULL ? 1 : node->line};
        ca_error(ca, &at,
                 "the text should begin with the format: CAP 2.1, 2.2 or 2.3");
        return;
    }
    bool known = false;
    for (uint8_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (cs_is(&node->words[1], formats[i])) {
            ca->form.minor = (uint8_t)(i + 1);
            known = true;
        }
    }
    if (!known)
        ca_error(ca, node, "'%.*s' should be 2.1, 2.2 or 2.3",
                 CA_WORD(&node->words[1]));
    for (size_t i = 2; i < node->count; i++) {
        const struct cs_word *w = &node->words[i];
        if (cs_is(w, "extended"))
            ca->form.extended = true;
        else if (cs_is(w, "load_file"))
            ca->is_archive = false;
        else
            ca_error(ca, w, "'%.*s' should be extended or load_file",
                     CA_WORD(w));
    }
}

static uint8_t tag_named(const struct cs_word *w)
{
    for (uint8_t tag = CAP_HEADER; tag < CAP_TAG_COUNT; tag++)
        if (cs_is(w, cs_component_name(tag)))
            return tag;
    return 0;
}

static char *text_of(struct ca *ca, const struct cs_word *w)
{
    if (memchr(w->p, '\0', w->n) != NULL)
        ca_error(ca, w, "a path cannot have a NUL in it");
    return tc_copy_text(ca->arena, w->p, w->n);
}

/* Overrides, and the name in the archive. */
static void read_frame(struct ca *ca, struct ca_part *part)
{
    for (const struct cs_node *n = part->node->first; n != NULL; n = n->next) {
        uint32_t v = 0;
        if (!is_frame(n))
            continue;
        if (n->count != 2 || n->has_block) {
            ca_error(ca, n, "%.*s takes one word", CA_WORD(&n->words[0]));
        } else if (cs_is(&n->words[0], "size")) {
            part->has_size = ca_range(
                ca, &n->words[1], 0,
                cs_size_width(part->tag, ca->form.extended) == 2 ? 0xFFFF
                                                                 : UINT32_MAX,
                &part->size);
        } else if (cs_is(&n->words[0], "tag")) {
            if (ca_range(ca, &n->words[1], 0, U1_MAX, &v))
                part->written_tag = v;
        } else if (cs_is(&n->words[0], "entry")) {
            part->name = text_of(ca, &n->words[1]);
        } else {
            part->aid = &n->words[1];
        }
    }
}

static struct ca_part *add_part(struct ca *ca, const struct cs_node *n,
                                uint8_t tag)
{
    ca->parts =
        tc_grow(ca->arena, ca->parts, ca->part_count, sizeof *ca->parts);
    struct ca_part *part = &ca->parts[ca->part_count++];
    *part = (struct ca_part){.node = n, .tag = tag, .written_tag = -1};
    if (tag != 0 && ca->first[tag] == 0)
        ca->first[tag] = ca->part_count;
    if (tag != 0)
        read_frame(ca, part);
    return part;
}

static void add_numbered(struct ca *ca, const struct cs_node *n)
{
    uint32_t tag = 0;
    if (n->count != 2)
        ca_error(ca, n, "component and custom take a tag");
    else if (ca_range(ca, &n->words[1], 1, U1_MAX, &tag))
        add_part(ca, n, (uint8_t)tag);
}

static void read_statement(struct ca *ca, const struct cs_node *n)
{
    const struct cs_word *w = n->count > 0 ? &n->words[0] : &n->label;
    uint8_t tag = n->count > 0 ? tag_named(w) : 0;
    if (tag != 0) {
        add_part(ca, n, tag);
    } else if (cs_is(w, "component") || cs_is(w, "custom")) {
        add_numbered(ca, n);
    } else if (cs_is(w, "path") && n->count == 2) {
        ca->path = n->words[1];
    } else if (cs_is(w, "entry") && n->count >= 2 && ca->is_archive) {
        add_part(ca, n, 0)->name = text_of(ca, &n->words[1]);
    } else if (cs_is(w, "bytes") && !ca->is_archive) {
        add_part(ca, n, 0);
    } else {
        ca_error(ca, n,
                 "'%.*s' should be a component (Header, Directory, ... or "
                 "component TAG), path \"...\"%s",
                 CA_WORD(w),
                 ca->is_archive ? " or entry \"...\"" : " or bytes");
    }
}

/* ---- the file ---- */

static const char *part_name(struct ca *ca, const struct ca_part *part)
{
    const char *file = cs_component_file(part->tag, ca->form.extended);
    if (part->name != NULL)
        return part->name;
    if (file == NULL)
        file = tc_format(ca->arena, "Custom%u.cap%s", part->tag,
                         ca->form.extended ? "x" : "");
    return tc_format(ca->arena, "%.*s%s%s", (int)ca->path.n, ca->path.p,
                     ca->path.n == 0 ? "" : "/", file);
}

static struct span frame(struct ca *ca, const struct ca_part *part)
{
    struct tc_bytes all = {.arena = ca->arena};
    size_t n = 0;
    unsigned width = cs_size_width(part->tag, ca->form.extended);
    for (size_t i = 0; i < part->segment_count; i++)
        n += part->segments[i]->n;
    if (part->tag != 0) {
        if (!part->has_size && width == 2 && n > 0xFFFF)
            ca_error(ca, part->node, "%zu bytes; a size of 65535 is the most",
                     n);
        uint32_t size = part->has_size ? part->size : (uint32_t)n;
        tc_put1(&all, part->written_tag >= 0 ? (uint32_t)part->written_tag
                                             : part->tag);
        if (width == 4)
            tc_put4(&all, size);
        else
            tc_put2(&all, size);
    }
    for (size_t i = 0; i < part->segment_count; i++)
        tc_put(&all, part->segments[i]->p, part->segments[i]->n);
    return tc_bytes_span(&all);
}

static struct tc_cap_part *all_parts(struct ca *ca)
{
    struct tc_cap_part *parts =
        tc_alloc_array(ca->arena, ca->part_count, sizeof *parts);
    for (size_t i = 0; i < ca->part_count; i++) {
        parts[i].name = ca->is_archive ? part_name(ca, &ca->parts[i]) : "";
        parts[i].tag = ca->parts[i].tag;
        parts[i].bytes = frame(ca, &ca->parts[i]);
    }
    return parts;
}

static struct span join(struct ca *ca, const struct tc_cap_part *parts)
{
    struct tc_bytes all = {.arena = ca->arena};
    for (size_t i = 0; i < ca->part_count; i++)
        tc_put(&all, parts[i].bytes.p, parts[i].bytes.n);
    return tc_bytes_span(&all);
}

static void make_file(struct ca *ca, struct tc_assembled *result)
{
    char error[256];
    struct cs_word at = {.line = 1};
    struct tc_cap_part *parts = all_parts(ca);
    result->parts = parts;
    result->part_count = ca->part_count;
    if (!ca->is_archive)
        result->file = join(ca, parts);
    else if (!tc_zip_make(ca->arena, parts, ca->part_count, &result->file,
                          error, sizeof error))
        ca_error(ca, &at, "%s", error);
}

static void assemble(struct ca *ca, const struct tc_input *text)
{
    const struct cs_node *first = cs_parse(ca->diag, text);
    read_format(ca, first);
    for (const struct cs_node *n = first == NULL ? NULL : first->next;
         n != NULL; n = n->next)
        read_statement(ca, n);
    for (size_t i = 0; i < ca->part_count; i++)
        put_part(ca, &ca->parts[i]);
    finish(ca);
}

bool tc_cap_assemble(const struct tc_input *text, struct tc_assembled *result)
{
    struct tc_arena *arena = tc_arena_new();
    struct tc_diag diag = {.arena = arena};
    struct ca ca = {.arena = arena, .diag = &diag, .file = text->path};
    *result = (struct tc_assembled){.arena = arena};
    if (text->bytes.n > TC_CAPTEXT_MAX)
        tc_error(&diag, text->path, 0, "the text is larger than 16 MiB");
    else
        assemble(&ca, text);
    if (diag.count == 0)
        make_file(&ca, result);
    result->is_archive = ca.is_archive;
    result->messages = diag.messages;
    result->message_count = diag.count;
    if (diag.count > 0)
        result->file = span_of(NULL, 0);
    return diag.count == 0;
}

void tc_assembled_free(struct tc_assembled *result)
{
    tc_arena_free(&result->arena);
    *result = (struct tc_assembled){.arena = NULL};
}
