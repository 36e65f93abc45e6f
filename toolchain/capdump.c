/*
 * The disassembler.  A text is written, assembled and compared; whatever
 * component came out different is spelled out more, in the end as raw bytes,
 * until nothing differs.  So the round trip holds for every file.
 */
#include "toolchain/capdump.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cap/cap.h"
#include "toolchain/capsyntax.h"
#include "toolchain/container.h"

enum { CUSTOM_FROM = 128 };

struct span cd_info(const struct cd *cd, uint8_t tag)
{
    size_t number = cd->first[tag];
    return number == 0 ? span_of(NULL, 0) : cd->parts[number - 1].info;
}

const struct cd_part *cd_part_of(const struct cd *cd, uint8_t tag)
{
    size_t number = cd->first[tag];
    const struct cd_part *part = number == 0 ? NULL : &cd->parts[number - 1];
    return part == NULL || part->level == CD_RAW ? NULL : part;
}

/* ---- what the file consists of ---- */

/* The format, from the info of Header. */
static void read_form(struct cd *cd, struct span header)
{
    enum { MINOR_AT = 4, FLAGS_AT = 6 };
    cd->form = (struct cs_form){.minor = 1};
    if (header.n <= FLAGS_AT)
        return;
    uint8_t minor = header.p[MINOR_AT];
    cd->form.minor = (uint8_t)(minor < 1 ? 1 : minor > 3 ? 3 : minor);
    cd->form.extended = (header.p[FLAGS_AT] & CAP_ACC_EXTENDED) != 0;
}

static const char *last_element(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static bool ends_in(const char *text, const char *end)
{
    size_t n = strlen(text);
    size_t m = strlen(end);
    return n >= m && strcasecmp(text + n - m, end) == 0;
}

/* The component that an entry of an archive holds, by its name; 0. */
static uint8_t tag_of(const char *name, struct span bytes)
{
    const char *last = last_element(name);
    for (uint8_t tag = CAP_HEADER; tag < CAP_TAG_COUNT; tag++)
        if (strcasecmp(last, cs_component_file(tag, false)) == 0 ||
            strcasecmp(last, cs_component_file(tag, true)) == 0)
            return tag;
    bool custom = ends_in(last, ".cap") || ends_in(last, ".capx");
    return custom && bytes.n > 0 && bytes.p[0] >= CUSTOM_FROM ? bytes.p[0] : 0;
}

/* Splits tag, size and info; too short for these, it is some other file. */
static void split(const struct cd *cd, struct cd_part *part)
{
    unsigned width = cs_size_width(part->tag, cd->form.extended);
    if (part->tag == 0)
        return;
    if (part->bytes.n < 1 + width) {
        part->tag = 0;
        return;
    }
    const uint8_t *p = part->bytes.p;
    part->written_tag = p[0];
    part->size = width == 4 ? get_u4(p + 1) : get_u2(p + 1);
    part->info = span_of(p + 1 + width, part->bytes.n - 1 - width);
}

/* A second component of a kind is told as raw bytes. */
static void find_first(struct cd *cd)
{
    for (size_t i = 0; i < cd->part_count; i++) {
        struct cd_part *part = &cd->parts[i];
        if (part->tag != 0 && cd->first[part->tag] == 0)
            cd->first[part->tag] = i + 1;
        else if (part->tag != 0)
            part->level = CD_RAW;
    }
}

static bool read_archive(struct cd *cd, struct span cap, char *error,
                         size_t error_size)
{
    struct tc_cap_part *entries = NULL;
    size_t count = 0;
    enum { HEAD = 3 };
    if (!tc_zip_read(cd->arena, cap, &entries, &count, error, error_size))
        return false;
    cd->parts = tc_alloc_array(cd->arena, count, sizeof *cd->parts);
    cd->part_count = count;
    cd->path = "";
    for (size_t i = 0; i < count; i++) {
        struct cd_part *part = &cd->parts[i];
        part->name = entries[i].name;
        part->bytes = entries[i].bytes;
        part->tag = tag_of(part->name, part->bytes);
    }
    for (size_t i = count; i > 0; i--) {
        const struct cd_part *part = &cd->parts[i - 1];
        if (part->tag != 0)
            cd->path =
                tc_copy_text(cd->arena, part->name,
                             (size_t)(last_element(part->name) - part->name));
        if (part->tag == CAP_HEADER && part->bytes.n > HEAD)
            read_form(cd, span_of(part->bytes.p + HEAD, part->bytes.n - HEAD));
    }
    for (size_t i = 0; i < count; i++)
        split(cd, &cd->parts[i]);
    return true;
}

static void add_part(struct cd *cd, uint8_t tag, struct span bytes)
{
    cd->parts =
        tc_grow(cd->arena, cd->parts, cd->part_count, sizeof *cd->parts);
    struct cd_part *part = &cd->parts[cd->part_count++];
    *part = (struct cd_part){.name = "", .tag = tag, .bytes = bytes};
    split(cd, part);
}

/* Components one after the other; what follows the last whole one. */
static void read_load_file(struct cd *cd, struct span cap)
{
    enum { HEAD = 3 };
    cd->path = "";
    read_form(cd, cap.n > HEAD && cap.p[0] == CAP_HEADER
                      ? span_of(cap.p + HEAD, cap.n - HEAD)
                      : span_of(NULL, 0));
    while (cap.n > 0) {
        unsigned width = cs_size_width(cap.p[0], cd->form.extended);
        size_t n = cap.n < 1 + width ? SIZE_MAX
                   : width == 4      ? 5 + (size_t)get_u4(cap.p + 1)
                                     : 3 + (size_t)get_u2(cap.p + 1);
        bool whole = cap.p[0] != 0 && n <= cap.n;
        n = whole ? n : cap.n;
        add_part(cd, whole ? cap.p[0] : 0, span_of(cap.p, n));
        cap = span_of(cap.p + n, cap.n - n);
    }
}

/* ---- the parts that no table makes ---- */

static bool write_signatures(struct cw *w)
{
    struct span info = w->part->info;
    if (w->cd->form.minor < 2)
        return true;
    if (info.n < 2)
        return false;
    uint32_t length = get_u2(info.p);
    if (info.n - 2 < length)
        return false;
    struct span pool = span_of(info.p + 2, length);
    while (pool.n > 0) {
        const char *type = cw_type(w, &pool);
        if (type == NULL)
            return false;
        cw_line(w);
        cw_format(w, "signature %s\n", type);
    }
    w->at = 2 + length;
    return true;
}

static bool write_pool_types(struct cw *w, struct span info, uint32_t count)
{
    enum { ON_LINE = 4, NONE = 0xFFFF };
    cw_line(w);
    cw_format(w, "constant_pool_types {");
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = get_u2(info.p + 2 + 2 * (size_t)i);
        struct span s =
            at < info.n ? span_of(info.p + at, info.n - at) : span_of(NULL, 0);
        const char *type = at == NONE ? "none" : cw_type(w, &s);
        if (i % ON_LINE == 0) {
            cw_format(w, "\n");
            cw_line(w);
            cw_format(w, "   ");
        }
        if (type == NULL)
            cw_format(w, " %lu", (unsigned long)at);
        else
            cw_format(w, " %s", type);
    }
    cw_format(w, "\n");
    cw_line(w);
    cw_format(w, "}\n");
    return true;
}

/* type_descriptor_info [JCVM 6.14.5] */
static bool write_types(struct cw *w)
{
    struct span info =
        span_of(w->part->info.p + w->at, w->part->info.n - w->at);
    if (info.n < 2)
        return false;
    uint32_t count = get_u2(info.p);
    if (info.n - 2 < 2 * (size_t)count)
        return false;
    w->at = w->part->info.n;
    if (w->part->level == CD_DERIVED)
        return true;
    struct span table =
        span_of(info.p + 2 + 2 * count, info.n - 2 - 2 * (size_t)count);
    while (table.n > 0) {
        const char *type = cw_type(w, &table);
        if (type == NULL)
            return false;
        cw_line(w);
        cw_format(w, "type %s\n", type);
    }
    return write_pool_types(w, info, count);
}

static bool write_resources(struct cw *w)
{
    enum { ROW = 6 };
    struct span info = w->part->info;
    uint32_t count = info.n < 2 ? 0 : get_u2(info.p);
    size_t at = 2 + ROW * (size_t)count;
    if (info.n < 2 || info.n < at)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *row = info.p + 2 + ROW * (size_t)i;
        uint32_t size = get_u4(row + 2);
        size_t n = size <= info.n - at ? size : info.n - at;
        char keyword[64];
        if (n == size)
            snprintf(keyword, sizeof keyword, "resource %u", get_u2(row));
        else
            snprintf(keyword, sizeof keyword, "resource %u size %lu",
                     get_u2(row), (unsigned long)size);
        cw_hex(w, keyword, span_of(info.p + at, n));
        at += n;
    }
    w->at = at;
    return true;
}

struct numbered {
    struct span text;
    size_t number;
};

static int by_text(const void *a, const void *b)
{
    const struct numbered *x = a;
    const struct numbered *y = b;
    size_t n = x->text.n < y->text.n ? x->text.n : y->text.n;
    int order = n == 0 ? 0 : memcmp(x->text.p, y->text.p, n);
    if (order == 0 && x->text.n != y->text.n)
        order = x->text.n < y->text.n ? -1 : 1;
    return order != 0 ? order : x->number < y->number ? -1 : 1;
}

static void find_repeated(struct cd *cd)
{
    size_t n = cd->string_count;
    struct numbered *all = tc_alloc_array(cd->arena, n, sizeof *all);
    cd->repeated = tc_alloc_array(cd->arena, n, sizeof *cd->repeated);
    for (size_t i = 0; i < n; i++)
        all[i] = (struct numbered){cd->strings[i], i};
    if (n > 1)
        qsort(all, n, sizeof *all, by_text);
    for (size_t i = 1; i < n; i++)
        cd->repeated[all[i].number] = span_equal(all[i].text, all[i - 1].text);
}

static void take_strings(struct cd *cd, struct span s, uint16_t count)
{
    cd->strings = tc_alloc_array(cd->arena, count, sizeof *cd->strings);
    for (uint16_t i = 0; i < count; i++) {
        uint16_t n = 0;
        if (span_take_u2(&s, &n) != ERR_OK ||
            span_take(&s, n, &cd->strings[i]) != ERR_OK)
            return;
        cd->string_count++;
    }
}

/* The strings of Debug, which the rest names by their index. */
static void read_strings(struct cd *cd)
{
    struct span s = cd_info(cd, CAP_DEBUG);
    uint16_t count = 0;
    cd->string_count = 0;
    if (cd_part_of(cd, CAP_DEBUG) == NULL || span_take_u2(&s, &count) != ERR_OK)
        return;
    take_strings(cd, s, count);
    find_repeated(cd);
}

/* Derived, Debug's strings are those that are used, as they come. */
static bool write_debug(struct cw *w)
{
    struct tc_bytes *text = w->text;
    struct tc_bytes unused = {.arena = w->cd->arena};
    if (w->part->level == CD_DERIVED)
        w->text = &unused;
    bool good = cw_component(w, &cs_strings);
    w->text = text;
    return good && cw_component(w, &cs_debug);
}

/* The info of a component; false where it must be raw. */
static bool write_info(struct cw *w)
{
    const struct cd_part *part = w->part;
    switch (part->tag) {
    case CAP_METHOD:
        return w->collecting || cw_methods(w);
    case CAP_REFERENCE_LOCATION:
        return w->collecting || cw_references(w);
    case CAP_CLASS:
        return write_signatures(w) && cw_component(w, &cs_class);
    case CAP_DESCRIPTOR:
        if (!cw_component(w, &cs_descriptor))
            return false;
        w->cd->types_at = w->at;
        return w->collecting || write_types(w);
    case CAP_DEBUG:
        return write_debug(w);
    case CAP_STATIC_RESOURCES:
        return write_resources(w);
    default:
        return cs_component(part->tag) != NULL &&
               cw_component(w, cs_component(part->tag));
    }
}

/* ---- names ---- */

/* Finds classes and methods; false when a component turned out raw. */
static bool collect(struct cd *cd)
{
    bool good = true;
    cd->class_count = 0;
    cd->found_count = 0;
    cd->block_count = 0;
    cd->types_at = 0;
    cd_find_blocks(cd);
    read_strings(cd);
    for (size_t i = 0; i < cd->part_count; i++) {
        struct tc_bytes unused = {.arena = cd->arena};
        struct cw w = {.cd = cd,
                       .part = &cd->parts[i],
                       .text = &unused,
                       .collecting = true};
        if (cd->parts[i].tag == 0 || cd->parts[i].level == CD_RAW)
            continue;
        if (!write_info(&w)) {
            cd->parts[i].level = CD_RAW;
            good = false;
        }
    }
    if (good)
        cd_place_methods(cd);
    return good;
}

/* ---- the text ---- */

static const char *default_name(const struct cd *cd, uint8_t tag)
{
    const char *file = cs_component_file(tag, cd->form.extended);
    if (file == NULL)
        file = tc_format(cd->arena, "Custom%u.cap%s", tag,
                         cd->form.extended ? "x" : "");
    return tc_format(cd->arena, "%s%s", cd->path, file);
}

static struct span text_span(const char *text)
{
    return span_of((const uint8_t *)text, strlen(text));
}

static void write_frame(struct cw *w)
{
    const struct cd_part *part = w->part;
    if (w->cd->is_archive &&
        strcmp(part->name, default_name(w->cd, part->tag)) != 0) {
        cw_line(w);
        cw_format(w, "entry ");
        cs_quote(w->text, text_span(part->name));
        cw_format(w, "\n");
    }
    if (part->written_tag != part->tag) {
        cw_line(w);
        cw_format(w, "tag %u\n", part->written_tag);
    }
    if (part->size != part->info.n) {
        cw_line(w);
        cw_format(w, "size %lu\n", (unsigned long)part->size);
    }
}

static void write_component(struct cd *cd, struct tc_bytes *text,
                            const struct cd_part *part)
{
    struct cw w = {.cd = cd, .part = part, .text = text};
    const char *name = cs_component_name(part->tag);
    if (name != NULL)
        cw_format(&w, "\n%s {\n", name);
    else
        cw_format(&w, "\n%s %u {\n",
                  part->tag >= CUSTOM_FROM ? "custom" : "component", part->tag);
    w.depth = 1;
    write_frame(&w);
    size_t mark = text->n;
    bool raw = part->level == CD_RAW || !write_info(&w);
    if (raw) {
        text->n = mark;
        w.depth = 1;
        cw_hex(&w, "raw", part->info);
    } else if (w.at < part->info.n) {
        w.depth = 1;
        cw_hex(&w, "trailing",
               span_of(part->info.p + w.at, part->info.n - w.at));
    }
    w.depth = 0;
    cw_format(&w, "}\n");
}

static bool is_text(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < 0x20 && s.p[i] != '\n' && s.p[i] != '\r' && s.p[i] != '\t')
            return false;
    return true;
}

/* A file that is no component: line by line if it is a text. */
static void write_other(struct cd *cd, struct tc_bytes *text,
                        const struct cd_part *part)
{
    struct cw w = {.cd = cd, .part = part, .text = text};
    cw_format(&w, "\n");
    struct tc_bytes keyword = {.arena = cd->arena};
    if (cd->is_archive) {
        tc_put(&keyword, "entry ", 6);
        cs_quote(&keyword, text_span(part->name));
    } else {
        tc_put(&keyword, "bytes", 5);
    }
    tc_put1(&keyword, 0);
    if (!cd->is_archive || part->bytes.n == 0 || !is_text(part->bytes)) {
        cw_hex(&w, (const char *)keyword.p, part->bytes);
        return;
    }
    tc_put(text, keyword.p, keyword.n - 1);
    cw_format(&w, " {\n");
    for (struct span s = part->bytes; s.n > 0;) {
        const uint8_t *end = memchr(s.p, '\n', s.n);
        size_t n = end == NULL ? s.n : (size_t)(end - s.p) + 1;
        cw_format(&w, "    ");
        cs_quote(text, span_of(s.p, n));
        cw_format(&w, "\n");
        s = span_of(s.p + n, s.n - n);
    }
    cw_format(&w, "}\n");
}

/* places[i]: where part i begins in the text. */
static void write_text(struct cd *cd, struct tc_bytes *text, size_t *places)
{
    struct cw w = {.cd = cd, .text = text};
    cw_format(&w, "CAP 2.%u%s%s\n", cd->form.minor,
              cd->form.extended ? " extended" : "",
              cd->is_archive ? "" : " load_file");
    size_t n = strlen(cd->path);
    if (n > 0) {
        cw_format(&w, "path ");
        cs_quote(text, span_of((const uint8_t *)cd->path, n - 1));
        cw_format(&w, "\n");
    }
    for (size_t i = 0; i < cd->part_count; i++) {
        places[i] = text->n;
        if (cd->parts[i].tag == 0)
            write_other(cd, text, &cd->parts[i]);
        else
            write_component(cd, text, &cd->parts[i]);
    }
}

/* ---- rounds ---- */

static void raise_level(struct cd_part *part, struct span made)
{
    if (part->level < CD_RAW)
        part->level++;
    part->derived = made;
}

/* The part that a line of the text is of. */
static size_t part_at_line(const struct cd *cd, struct span text,
                           const size_t *places, unsigned line)
{
    size_t at = 0;
    for (unsigned i = 1; i < line && at < text.n; i++) {
        const uint8_t *end = memchr(text.p + at, '\n', text.n - at);
        at = end == NULL ? text.n : (size_t)(end - text.p) + 1;
    }
    size_t part = 0;
    while (part + 1 < cd->part_count && places[part + 1] <= at)
        part++;
    return part;
}

/* What follows from others is looked at when they are as they should be. */
static unsigned rank(const struct cd_part *part)
{
    if (part->tag == CAP_DIRECTORY)
        return 2;
    return part->tag == CAP_REFERENCE_LOCATION || part->tag == CAP_DESCRIPTOR ||
           part->tag == CAP_DEBUG;
}

static bool raise_refused(struct cd *cd, struct span text, const size_t *places,
                          const struct tc_assembled *made)
{
    bool *raised = tc_alloc_array(cd->arena, cd->part_count, sizeof *raised);
    for (size_t i = 0; i < made->message_count; i++) {
        size_t part = part_at_line(cd, text, places, made->messages[i].line);
        if (part >= cd->part_count || raised[part])
            continue;
        raise_level(&cd->parts[part], span_of(NULL, 0));
        raised[part] = true;
    }
    return made->message_count > 0;
}

static void raise_part(struct cd *cd, struct cd_part *part, struct span made)
{
    size_t head = 1 + cs_size_width(part->tag, cd->form.extended);
    struct tc_bytes copy = {.arena = cd->arena};
    if (made.n > head)
        tc_put(&copy, made.p + head, made.n - head);
    raise_level(part, tc_bytes_span(&copy));
}

/* What is to be spelled out more; false when nothing differs. */
static bool compare(struct cd *cd, struct span text, const size_t *places,
                    const struct tc_assembled *made)
{
    enum { RANKS = 3 };
    if (raise_refused(cd, text, places, made))
        return true;
    bool differs = false;
    for (unsigned r = 0; r < RANKS && !differs; r++) {
        for (size_t i = 0; i < cd->part_count; i++) {
            struct cd_part *p = &cd->parts[i];
            if (rank(p) != r || span_equal(made->parts[i].bytes, p->bytes))
                continue;
            raise_part(cd, p, made->parts[i].bytes);
            differs = true;
        }
    }
    return differs;
}

static void all_raw(struct cd *cd)
{
    for (size_t i = 0; i < cd->part_count; i++)
        cd->parts[i].level = CD_RAW;
}

static void write_rounds(struct cd *cd, struct tc_bytes *text)
{
    enum { ROUNDS_MAX = 60 };
    size_t *places = tc_alloc_array(cd->arena, cd->part_count, sizeof *places);
    bool differs = true;
    for (int round = 0; differs && round <= ROUNDS_MAX; round++) {
        if (round == ROUNDS_MAX)
            all_raw(cd);
        while (!collect(cd))
            continue;
        text->n = 0;
        write_text(cd, text, places);
        struct tc_assembled made;
        const struct tc_input input = {"dump", tc_bytes_span(text)};
        tc_cap_assemble(&input, &made);
        differs = compare(cd, tc_bytes_span(text), places, &made);
        tc_assembled_free(&made);
    }
}

static bool is_archive(struct span cap)
{
    return cap.n >= 4 && cap.p[0] == 'P' && cap.p[1] == 'K' &&
           (cap.p[2] == 3 || cap.p[2] == 5);
}

bool tc_cap_dump(struct tc_arena *arena, struct span cap, struct span *text,
                 char *error, size_t error_size)
{
    struct cd cd = {
        .arena = arena, .form = {.minor = 1}, .is_archive = is_archive(cap)};
    struct tc_bytes out = {.arena = arena};
    if (cap.n > TC_CAPTEXT_MAX) {
        snprintf(error, error_size, "the file is larger than 16 MiB");
        return false;
    }
    if (!cd.is_archive)
        read_load_file(&cd, cap);
    else if (!read_archive(&cd, cap, error, error_size))
        return false;
    find_first(&cd);
    write_rounds(&cd, &out);
    tc_put1(&out, 0);
    *text = span_of(out.p, out.n - 1);
    return true;
}
