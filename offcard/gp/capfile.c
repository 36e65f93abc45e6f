#include <gp/capfile.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "offcard/gp/capblock.h"
#include "offcard/gp/capzip.h"

static const char *const file_names[GP_CAP_COMPONENT_TAGS] = {
    [GP_CAP_HEADER] = "Header.cap",
    [GP_CAP_DIRECTORY] = "Directory.cap",
    [GP_CAP_APPLET] = "Applet.cap",
    [GP_CAP_IMPORT] = "Import.cap",
    [GP_CAP_CONSTANT_POOL] = "ConstantPool.cap",
    [GP_CAP_CLASS] = "Class.cap",
    [GP_CAP_METHOD] = "Method.cap",
    [GP_CAP_STATIC_FIELD] = "StaticField.cap",
    [GP_CAP_REFERENCE_LOCATION] = "RefLocation.cap",
    [GP_CAP_EXPORT] = "Export.cap",
    [GP_CAP_DESCRIPTOR] = "Descriptor.cap",
    [GP_CAP_DEBUG] = "Debug.cap",
    [GP_CAP_STATIC_RESOURCES] = "StaticResources.capx",
};

/* The order in which a card takes the components [JCVM 6.1.1]. */
static const uint8_t load_order[] = {
    GP_CAP_HEADER,
    GP_CAP_DIRECTORY,
    GP_CAP_IMPORT,
    GP_CAP_APPLET,
    GP_CAP_CLASS,
    GP_CAP_METHOD,
    GP_CAP_STATIC_FIELD,
    GP_CAP_EXPORT,
    GP_CAP_CONSTANT_POOL,
    GP_CAP_REFERENCE_LOCATION,
    GP_CAP_STATIC_RESOURCES,
    GP_CAP_DESCRIPTOR,
};

static const uint8_t required[] = {
    GP_CAP_HEADER,        GP_CAP_DIRECTORY,
    GP_CAP_IMPORT,        GP_CAP_CLASS,
    GP_CAP_METHOD,        GP_CAP_STATIC_FIELD,
    GP_CAP_CONSTANT_POOL, GP_CAP_REFERENCE_LOCATION,
};

/* "Method.capx": a component whose size takes four bytes [JCVM 6.2.1]. */
static bool is_wide_name(const char *path)
{
    size_t n = strlen(path);
    return n > 0 && (path[n - 1] == 'x' || path[n - 1] == 'X');
}

/* The component that a path names by its last element; 0: none. */
static unsigned tag_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    for (unsigned tag = 1; tag < GP_CAP_COMPONENT_TAGS; tag++) {
        size_t n = strlen(file_names[tag]);
        if (strncasecmp(name, file_names[tag], n) != 0)
            continue;
        if (name[n] == '\0' ||
            (gp_cap_has_wide_form(tag) && strcasecmp(name + n, "x") == 0))
            return tag;
    }
    return 0;
}

static bool wanted(const char *path)
{
    return tag_of(path) != 0;
}

static int refuse(struct gp_why *why, const char *place, const char *what)
{
    gp_why_set(why, "%s: %s", place, what);
    return GP_ERR_CAP;
}

/* The folder above "javacard/Header.cap" is named after the package. */
static void take_folder(struct gp_capfile *cap, const char *path)
{
    static const char tail[] = "/javacard/Header.cap";
    size_t n = strlen(path);
    size_t m = sizeof tail - 1;
    if (n <= m || strcasecmp(path + n - m, tail) != 0 ||
        n - m >= sizeof cap->name)
        return;
    memcpy(cap->name, path, n - m);
}

static int keep(struct gp_capfile *cap, unsigned tag, size_t head,
                struct span bytes)
{
    cap->owned[tag] = malloc(bytes.n);
    if (cap->owned[tag] == NULL)
        return GP_ERR_MEMORY;
    memcpy(cap->owned[tag], bytes.p, bytes.n);
    cap->parts[tag] = span_of(cap->owned[tag], bytes.n);
    cap->has_wide = cap->has_wide || (head == 5 && gp_cap_has_wide_form(tag));
    return GP_OK;
}

/*
 * What converters name Debug.cap though it is none of this format: a custom
 * component, or more than two bytes of size can tell, which then tell the rest
 * of a division by 64 KiB.  It is for debuggers and goes to no card.
 */
static bool is_alien_debug(unsigned tag, size_t head, struct span bytes)
{
    if (tag != GP_CAP_DEBUG || bytes.n < head)
        return false;
    if (bytes.p[0] >= GP_CAP_CUSTOM)
        return true;
    return bytes.p[0] == tag && head == 3 && bytes.n - head > UINT16_MAX &&
           ((bytes.n - head) & UINT16_MAX) == get_u2(bytes.p + 1);
}

/* Tag, size and bytes must agree; two of one kind are ambiguous. */
static int take_entry(void *ctx, const char *path, struct span bytes,
                      struct gp_why *why)
{
    struct gp_capfile *cap = ctx;
    unsigned tag = tag_of(path);
    size_t head = is_wide_name(path) ? 5 : 3;

    if (is_alien_debug(tag, head, bytes))
        return GP_OK;
    if (cap->parts[tag].p != NULL)
        return refuse(why, path, "a second component of this kind");
    if (bytes.n < head || bytes.p[0] != tag)
        return refuse(why, path, "does not start with the component's tag");
    size_t size = head == 5 ? get_u4(bytes.p + 1) : get_u2(bytes.p + 1);
    if (size != bytes.n - head)
        return refuse(why, path, "its size is not the one that it states");
    if (tag == GP_CAP_HEADER)
        take_folder(cap, path);
    return keep(cap, tag, head, bytes);
}

/* A component of a load file, which has seen to its size. */
static int take_component(void *ctx, unsigned tag, size_t head,
                          struct span bytes, struct gp_why *why)
{
    struct gp_capfile *cap = ctx;

    if (cap->parts[tag].p != NULL)
        return refuse(why, file_names[tag], "a second component of this kind");
    return keep(cap, tag, head, bytes);
}

/* What follows tag and size, of a component that has no extended form. */
static struct span body(const struct gp_capfile *cap, unsigned tag)
{
    struct span part = cap->parts[tag];
    return part.n < 3 ? span_of(NULL, 0) : span_of(part.p + 3, part.n - 3);
}

/* Minor and major version, then an AID with its length [JCVM 6.4]. */
static enum err take_package(struct span *s, struct gp_cap_import *out)
{
    struct span aid;
    enum err e = span_take_u1(s, &out->minor);
    if (e == ERR_OK)
        e = span_take_u1(s, &out->major);
    if (e == ERR_OK)
        e = span_take_lv(s, &aid);
    if (e == ERR_OK && gp_aid_set(&out->aid, aid) != GP_OK)
        e = ERR_FORMAT;
    return e;
}

static enum err take_name(struct span *s, char *out, size_t cap)
{
    struct span name;
    if (s->n == 0)
        return ERR_OK; /* formats before 2.2 have none */
    enum err e = span_take_lv(s, &name);
    if (e != ERR_OK || name.n >= cap || name.n == 0)
        return e;
    memset(out, 0, cap);
    memcpy(out, name.p, name.n);
    return e;
}

/* The extended Header lists the public packages and their names. */
static enum err take_packages(struct gp_capfile *cap, struct span *s)
{
    uint8_t count = 0;
    enum err e = span_take_u1(s, &count);
    if (count > GP_CAP_PACKAGES_MAX)
        return ERR_RANGE;
    for (unsigned i = 0; i < count && e == ERR_OK; i++)
        e = take_package(s, &cap->packages[i]);
    cap->package_count = count;
    return e;
}

static enum err read_header(struct gp_capfile *cap)
{
    struct span s = body(cap, GP_CAP_HEADER);
    uint16_t magic1 = 0;
    uint16_t magic2 = 0;
    enum err e = span_take_u2(&s, &magic1);
    if (e == ERR_OK)
        e = span_take_u2(&s, &magic2);
    if (e == ERR_OK &&
        (magic1 != GP_CAP_MAGIC_HIGH || magic2 != GP_CAP_MAGIC_LOW))
        e = ERR_FORMAT;
    if (e == ERR_OK)
        e = span_take_u1(&s, &cap->format_minor);
    if (e == ERR_OK)
        e = span_take_u1(&s, &cap->format_major);
    if (e == ERR_OK)
        e = span_take_u1(&s, &cap->flags);
    if (e == ERR_OK)
        e = take_package(&s, &cap->package);
    if (e != ERR_OK)
        return e;
    if ((cap->flags & GP_CAP_EXTENDED) != 0)
        return take_packages(cap, &s);
    return take_name(&s, cap->name, sizeof cap->name);
}

static enum err read_applets(struct gp_capfile *cap)
{
    struct span s = body(cap, GP_CAP_APPLET);
    size_t place = (cap->flags & GP_CAP_EXTENDED) != 0 ? 3 : 2;
    uint8_t count = 0;
    if (s.n == 0)
        return ERR_OK;
    enum err e = span_take_u1(&s, &count);
    if (count > GP_CAP_APPLETS_MAX)
        return ERR_RANGE;
    for (unsigned i = 0; i < count && e == ERR_OK; i++) {
        struct span aid;
        struct span offset;
        e = span_take_lv(&s, &aid);
        if (e == ERR_OK)
            e = span_take(&s, place, &offset);
        if (e == ERR_OK && gp_aid_set(&cap->applets[i], aid) != GP_OK)
            e = ERR_FORMAT;
    }
    cap->applet_count = count;
    return e;
}

static enum err read_imports(struct gp_capfile *cap)
{
    struct span s = body(cap, GP_CAP_IMPORT);
    uint8_t count = 0;
    enum err e = span_take_u1(&s, &count);
    if (count > GP_CAP_IMPORTS_MAX)
        return ERR_RANGE;
    for (unsigned i = 0; i < count && e == ERR_OK; i++)
        e = take_package(&s, &cap->imports[i]);
    cap->import_count = count;
    return e;
}

static int check_content(struct gp_capfile *cap, struct gp_why *why)
{
    for (size_t i = 0; i < sizeof required; i++) {
        if (cap->parts[required[i]].p == NULL)
            return refuse(why, file_names[required[i]], "is missing");
    }
    if (read_header(cap) != ERR_OK)
        return refuse(why, "Header.cap", "is malformed");
    if (cap->has_wide != ((cap->flags & GP_CAP_EXTENDED) != 0))
        return refuse(why, "Header.cap",
                      "its flags and the form of Method contradict each other");
    if (read_applets(cap) != ERR_OK)
        return refuse(why, "Applet.cap", "is malformed");
    if (read_imports(cap) != ERR_OK)
        return refuse(why, "Import.cap", "is malformed");
    return GP_OK;
}

int gp_capfile_read(struct span archive, struct gp_capfile **out,
                    struct gp_why *why)
{
    if (archive.n > GP_CAP_FILE_MAX) {
        gp_why_set(why, "%zu bytes, more than a CAP file may have", archive.n);
        return GP_ERR_LIMIT;
    }
    struct gp_capfile *cap = calloc(1, sizeof *cap);
    if (cap == NULL)
        return GP_ERR_MEMORY;
    int result = gp_capblock_is(archive)
                     ? gp_capblock_each(archive, take_component, cap, why)
                     : gp_capzip_each(archive, wanted, take_entry, cap, why);
    if (result == GP_OK)
        result = check_content(cap, why);
    if (result == GP_OK)
        *out = cap;
    else
        gp_capfile_free(&cap);
    return result;
}

/* The whole file, one byte more than allowed at most. */
static int read_file(const char *path, uint8_t **bytes, size_t *n,
                     struct gp_why *why)
{
    FILE *f = fopen(path, "rbe");
    if (f == NULL) {
        gp_why_set(why, "%s: %s", path, strerror(errno));
        return GP_ERR_FILE;
    }
    *bytes = malloc(GP_CAP_FILE_MAX + 1);
    int result = *bytes == NULL ? GP_ERR_MEMORY : GP_OK;
    if (result == GP_OK) {
        *n = fread(*bytes, 1, GP_CAP_FILE_MAX + 1, f);
        if (ferror(f)) {
            gp_why_set(why, "%s: %s", path, strerror(errno));
            result = GP_ERR_FILE;
        }
    }
    fclose(f);
    return result;
}

int gp_capfile_open(const char *path, struct gp_capfile **out,
                    struct gp_why *why)
{
    uint8_t *bytes = NULL;
    size_t n = 0;
    struct gp_why inner = {{0}};
    int result = read_file(path, &bytes, &n, why);
    if (result == GP_OK) {
        result = gp_capfile_read(span_of(bytes, n), out, &inner);
        if (result != GP_OK)
            gp_why_set(why, "%s: %s", path,
                       inner.text[0] != '\0' ? inner.text : gp_strerr(result));
    }
    free(bytes);
    return result;
}

void gp_capfile_free(struct gp_capfile **cap)
{
    for (unsigned tag = 0; *cap != NULL && tag < GP_CAP_COMPONENT_TAGS; tag++)
        free((*cap)->owned[tag]);
    free(*cap);
    *cap = NULL;
}

/* Of several packages the Descriptor alone says which a class belongs to. */
static bool in_block(const struct gp_capfile *cap, unsigned tag, unsigned flags)
{
    bool descriptor = (flags & GP_BLOCK_WITH_DESCRIPTOR) != 0 ||
                      (cap->flags & GP_CAP_EXTENDED) != 0;
    return cap->parts[tag].p != NULL &&
           (tag != GP_CAP_DESCRIPTOR || descriptor);
}

size_t gp_capfile_block_size(const struct gp_capfile *cap, unsigned flags)
{
    size_t n = 0;
    for (size_t i = 0; i < sizeof load_order; i++) {
        if (in_block(cap, load_order[i], flags))
            n += cap->parts[load_order[i]].n;
    }
    return n;
}

int gp_capfile_block(const struct gp_capfile *cap, unsigned flags,
                     struct buf *out)
{
    if (out->cap - out->n < gp_capfile_block_size(cap, flags))
        return GP_ERR_TOO_LONG;
    enum err e = ERR_OK;
    for (size_t i = 0; i < sizeof load_order && e == ERR_OK; i++) {
        if (in_block(cap, load_order[i], flags))
            e = buf_put_span(out, cap->parts[load_order[i]]);
    }
    return gp_from_err(e);
}
