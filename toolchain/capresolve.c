/* What names and other components decide, filled in at the end. */
#include <string.h>

#include "apidef/api_lookup.h"
#include "cap/cap.h"
#include "toolchain/capasm.h"

enum { U1_MAX = 0xFF, U2_MAX = 0xFFFF };

static void set(const struct ca_fixup *f, uint32_t value)
{
    uint8_t *p = f->bytes->p + f->at;
    for (unsigned i = 0; i < f->width; i++)
        p[i] = (uint8_t)(value >> (8 * (f->width - 1u - i)));
}

static void set_class(struct ca *ca, const struct ca_fixup *f)
{
    uint16_t ref = 0;
    if (ca_class_ref(ca, &f->word, &ref))
        set(f, ref);
}

static void set_place(struct ca *ca, const struct ca_fixup *f)
{
    uint32_t at = 0;
    if (!ca_place(ca, 0, &f->word, &at))
        return;
    if (at > U2_MAX && f->width == 2)
        ca_error(ca, &f->word, "'%.*s' should be an offset to 65535",
                 CA_WORD(&f->word));
    set(f, at);
}

/* A method of this file, or of an imported class. */
static void set_static_method(struct ca *ca, const struct ca_fixup *f)
{
    const struct cs_word *w = &f->word;
    uint32_t value = 0;
    size_t n = 0;
    while (n < w->n && strchr(":+-", w->p[n]) == NULL)
        n++;
    bool own = ca_find(ca, CA_S_METHOD, w->p, n) != NULL;
    int64_t number = 0;
    if (own || cs_number(w, &number) ? ca_place(ca, 0, w, &value)
                                     : ca_external(ca, w, &value))
        set(f, value);
}

static void set_pool(struct ca *ca, const struct ca_fixup *f)
{
    int64_t most = f->width == 1 ? U1_MAX : U2_MAX;
    int64_t v = 0;
    if (!ca_value(ca, CA_S_POOL, &f->word, "an entry of ConstantPool", &v))
        return;
    if (v < 0 || v > most)
        ca_error(ca, &f->word,
                 "'%.*s' is entry %lld; this instruction reaches 0 to %lld",
                 CA_WORD(&f->word), (long long)v, (long long)most);
    set(f, (uint32_t)v);
}

static void set_branch(struct ca *ca, const struct ca_fixup *f)
{
    int64_t most = f->width == 1 ? 0x7F : 0x7FFF;
    int64_t v = 0;
    uint32_t at = 0;
    if (!cs_number(&f->word, &v)) {
        if (!ca_place(ca, f->scope, &f->word, &at))
            return;
        const struct ca_method *m = &ca->methods[f->scope - CA_S_LABELS];
        v = (int64_t)(at & U2_MAX) - f->base - ca_block_base(ca, m->block);
    }
    if (v < -most - 1 || v > most)
        ca_error(ca, &f->word,
                 "'%.*s' is %lld bytes away; this branch reaches %lld to "
                 "%lld%s",
                 CA_WORD(&f->word), (long long)v, (long long)(-most - 1),
                 (long long)most,
                 f->width == 1 ? "; the _w form reaches farther" : "");
    set(f, (uint32_t)v);
}

/* A place in the method that the Debug entry is of. */
static void set_pc(struct ca *ca, const struct ca_fixup *f)
{
    int64_t v = 0;
    uint32_t value = 0;
    if (cs_number(&f->word, &v)) {
        if (ca_range(ca, &f->word, 0, U2_MAX, &value))
            set(f, value);
        return;
    }
    const struct ca_method *m = ca_method_named(ca, &f->method);
    if (m == NULL)
        ca_error(ca, &f->word, "'%.*s' should be a number to 65535",
                 CA_WORD(&f->word));
    else if (ca_place(ca, m->scope, &f->word, &value))
        set(f, (value & U2_MAX) - m->code - ca_block_base(ca, m->block));
}

static void set_field(struct ca *ca, const struct ca_fixup *f)
{
    uint32_t value = 0;
    if (ca_field_ref(ca, &f->word, &value))
        set(f, value);
}

static void set_type(struct ca *ca, const struct ca_fixup *f)
{
    struct tc_bytes type = {.arena = ca->arena};
    if (ca_type(ca, &f->word, &type) && type.n == f->width)
        memcpy(f->bytes->p + f->at, type.p, type.n);
}

/* Public virtual tokens that every heir of a class has under their numbers. */
static unsigned fixed_tokens(const struct ca *ca, struct span classes,
                             uint16_t ref)
{
    const struct cap_class_ref name = cap_class_ref(ref);
    const struct cap own = {.part[CAP_CLASS] = classes,
                            .format_minor = ca->form.minor,
                            .flags = ca->form.extended ? CAP_ACC_EXTENDED : 0};
    struct cap_class c;
    if (name.external) {
        const struct api_package *p = ca_api_import(ca, name.package);
        const struct api_class *api =
            p == NULL ? NULL : api_class_at(p, name.class);
        return api == NULL ? 0 : api->cap22_virtual_count;
    }
    return cap_class_at(&own, name.offset, &c) ? c.cap22_count : 0;
}

/*
 * Every inherited token as it is in the superclass, own ones without; what a
 * class below the table's base has is inherited, whatever is known of it.
 */
static void set_token_map(struct ca *ca, const struct ca_fixup *f)
{
    enum { SUPER_AT = 1, BASE_AT = 6, OWN = 0xFF };
    const uint8_t *class = f->bytes->p + f->base;
    unsigned inherited =
        fixed_tokens(ca, tc_bytes_span(f->bytes), get_u2(class + SUPER_AT));
    if (inherited < class[BASE_AT])
        inherited = class[BASE_AT];
    for (unsigned i = 0; i < f->width; i++)
        f->bytes->p[f->at + i] = (uint8_t)(i < inherited ? i : OWN);
}

static void resolve(struct ca *ca, const struct ca_fixup *f)
{
    switch (f->kind) {
    case CA_CLASS:
        set_class(ca, f);
        break;
    case CA_METHOD:
        set_place(ca, f);
        break;
    case CA_STATIC_METHOD:
        set_static_method(ca, f);
        break;
    case CA_POOL1:
    case CA_POOL2:
        set_pool(ca, f);
        break;
    case CA_BRANCH1:
    case CA_BRANCH2:
        set_branch(ca, f);
        break;
    case CA_PC:
        set_pc(ca, f);
        break;
    case CA_FIELD:
        set_field(ca, f);
        break;
    case CA_TYPE:
        set_type(ca, f);
        break;
    case CA_TOKEN_MAP:
        set_token_map(ca, f);
        break;
    default:
        break;
    }
}

void ca_resolve(struct ca *ca)
{
    for (size_t i = 0; i < ca->fixup_count; i++)
        resolve(ca, &ca->fixups[i]);
}

/* ---- what follows from other bytes ---- */

/* The info of a component as far as it is known; its first segment. */
static struct span info_of(const struct ca *ca, uint8_t tag)
{
    const struct ca_part *part = ca_part_of(ca, tag);
    return part == NULL || part->segment_count == 0
               ? span_of(NULL, 0)
               : tc_bytes_span(part->segments[0]);
}

static uint32_t u2_at(struct span s, size_t at)
{
    return at + 2 <= s.n ? get_u2(s.p + at) : 0;
}

static uint32_t u1_at(struct span s, size_t at)
{
    return at < s.n ? s.p[at] : 0;
}

static size_t part_size(const struct ca_part *part)
{
    size_t n = 0;
    for (size_t i = 0; part != NULL && i < part->segment_count; i++)
        n += part->segments[i]->n;
    return n;
}

/* Sum of the bytes of all array initialisers; *end is behind them. */
static uint32_t array_bytes(struct span s, size_t *end)
{
    enum { FIRST = 6, HEAD = 3 };
    uint32_t sum = 0;
    size_t at = FIRST;
    for (uint32_t i = u2_at(s, 4); i > 0 && at + HEAD <= s.n; i--) {
        uint32_t n = u2_at(s, at + 1);
        sum += n;
        at += HEAD + n;
    }
    *end = at;
    return sum;
}

static uint32_t image_size(struct span s)
{
    size_t at = 0;
    array_bytes(s, &at);
    return 2 * u2_at(s, 2) + u2_at(s, at) + u2_at(s, at + 2);
}

static uint32_t header_flags(const struct ca *ca)
{
    return (ca->uses_int ? CAP_ACC_INT : 0u) |
           (ca_part_of(ca, CAP_EXPORT) != NULL ? CAP_ACC_EXPORT : 0u) |
           (ca_part_of(ca, CAP_APPLET) != NULL ? CAP_ACC_APPLET : 0u) |
           (ca->form.extended ? CAP_ACC_EXTENDED : 0u);
}

/* Handlers that begin in the method; *first: the first one's number. */
static uint32_t handlers_of(const struct ca *ca, const struct ca_method *m,
                            uint32_t *first)
{
    enum { ROW = 8 };
    const struct tc_bytes *t = ca->blocks[m->block].table;
    uint32_t base = ca_block_base(ca, m->block);
    uint32_t count = 0;
    *first = 0;
    for (size_t at = 1; at + ROW <= t->n; at += ROW) {
        uint32_t start = get_u2(t->p + at);
        if (start < base + m->code || start >= base + m->end)
            continue;
        if (count++ == 0)
            *first = (uint32_t)(at / ROW);
    }
    return count;
}

static uint32_t of_method(const struct ca *ca, const struct ca_fixup *f)
{
    uint32_t first = 0;
    const struct ca_method *m = ca_method_named(ca, &f->method);
    if (m == NULL)
        return 0;
    if (f->base == CS_D_BYTECODE_COUNT)
        return m->end - m->code;
    if (f->base == CS_D_HEADER_SIZE)
        return m->code - m->start;
    uint32_t count = handlers_of(ca, m, &first);
    return f->base == CS_D_HANDLER_COUNT ? count : first;
}

static uint32_t derived(const struct ca *ca, const struct ca_fixup *f)
{
    size_t end = 0;
    struct span statics = info_of(ca, CAP_STATIC_FIELD);
    switch (f->base) {
    case CS_D_VERSION:
        return (uint32_t)ca->form.minor << 8 | 2;
    case CS_D_FLAGS:
        return header_flags(ca);
    case CS_D_IMAGE_SIZE:
        return image_size(tc_bytes_span(f->bytes));
    case CS_D_REFERENCE_COUNT:
        return u2_at(tc_bytes_span(f->bytes), 4);
    case CS_D_POOL_COUNT:
        return u2_at(info_of(ca, CAP_CONSTANT_POOL), 0);
    case CS_D_IMPORT_COUNT:
        return u1_at(info_of(ca, CAP_IMPORT), 0);
    case CS_D_APPLET_COUNT:
        return u1_at(info_of(ca, CAP_APPLET), 0);
    case CS_D_BLOCK_COUNT:
        return u1_at(info_of(ca, CAP_METHOD), 0);
    case CS_D_STATIC_IMAGE:
        return u2_at(statics, 0);
    case CS_D_ARRAY_COUNT:
        return u2_at(statics, 4);
    case CS_D_ARRAY_SIZE:
        return array_bytes(statics, &end);
    case CS_D_BYTECODE_COUNT:
    case CS_D_HEADER_SIZE:
    case CS_D_HANDLER_COUNT:
    case CS_D_HANDLER_INDEX:
        return of_method(ca, f);
    default:
        return (uint32_t)part_size(
            ca_part_of(ca, (uint8_t)(f->base - CS_D_SIZE)));
    }
}

/* Backwards: a size that is summed up follows what it is the sum of. */
static void derive_in(struct ca *ca, bool directory)
{
    for (size_t i = ca->fixup_count; i > 0; i--) {
        const struct ca_fixup *f = &ca->fixups[i - 1];
        if (f->kind == CA_DERIVED &&
            (f->part->tag == CAP_DIRECTORY) == directory)
            set(f, derived(ca, f));
    }
}

void ca_derive(struct ca *ca)
{
    derive_in(ca, false);
    derive_in(ca, true);
}
