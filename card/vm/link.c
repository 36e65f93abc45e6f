/*
 * Linking: a load file that is well-formed and well-typed becomes a resident
 * package.  Imports are found, every constant-pool entry is resolved to what
 * the machine uses, static fields get their image.  All objects are made in
 * the caller's epoch; what an error leaves goes with its abort.
 */
#include "vm/internal.h"

#include <string.h>

#include "apidef/api_lookup.h"

struct linking {
    struct vm *vm;
    const struct vm_resident *r; /* the package, once it has a record */
    struct cap cap;
    ref_t load_file;
    ref_t record;
    ref_t statics;
    uint8_t id;
    struct vm_words words; /* why not */
};

/* ---- imports ---- */

static enum err find_imports(struct linking *l, struct vm_import all[128])
{
    struct cap_package wanted;
    enum err e = ERR_OK;

    for (uint8_t i = 0; e == ERR_OK && cap_import(&l->cap, i, &wanted); i++)
        e = vm_find_import(l->vm, &wanted, &all[i], &l->words);
    return e;
}

/* ---- records ---- */

static enum err free_id(struct linking *l)
{
    for (uint8_t i = 1; i <= CARD_PACKAGES_MAX; i++) {
        if (vm_resident(l->vm, i) == NULL) {
            l->id = i;
            return ERR_OK;
        }
    }
    vm_say(&l->words, "there are too many packages on the card");
    return ERR_MEMORY;
}

static uint32_t pool_start(const struct linking *l)
{
    return VM_RECORD_HEAD + (uint32_t)VM_IMPORT_SIZE * l->cap.import_count;
}

static enum err make_record(struct linking *l, const struct vm_import *imports)
{
    uint8_t head[VM_RECORD_HEAD] = {0};
    uint8_t raw[VM_IMPORT_SIZE * 128];
    uint8_t count = l->cap.import_count;
    const struct heap_header hd = {
        .kind = HEAP_BLOB, .length = vm_record_size(count, l->cap.pool_count)};

    enum err e = heap_new(l->vm->heap, &hd, &l->record);
    set_u2(head, l->load_file);
    set_u2(head + 2, l->statics);
    head[4] = count;
    for (unsigned i = 0; i < count; i++) {
        raw[VM_IMPORT_SIZE * i] = imports[i].package;
        raw[VM_IMPORT_SIZE * i + 1] = imports[i].number;
    }
    if (e == ERR_OK)
        e = heap_write(l->vm->heap, l->record, 0, head, sizeof head, HEAP_RAW);
    if (e == ERR_OK)
        e = heap_write(l->vm->heap, l->record, VM_RECORD_HEAD, raw,
                       (uint32_t)VM_IMPORT_SIZE * count, HEAP_RAW);
    return e;
}

/* From here on the package is found by its id. */
static enum err enlist(struct linking *l)
{
    uint8_t refs[2 * VM_LIST_STEP] = {0};

    set_u2(refs, l->record);
    set_u2(refs + 2, l->load_file);
    set_u2(refs + 4, l->statics);
    enum err e = heap_write(
        l->vm->heap, heap_root(l->vm->heap, HEAP_ROOT_PACKAGES),
        2u * VM_LIST_STEP * (l->id - 1u), refs, sizeof refs, HEAP_ATOMIC);
    vm_forget_packages(l->vm);
    l->r = vm_resident(l->vm, l->id);
    return e == ERR_OK && l->r == NULL ? ERR_CORRUPT : e;
}

/* ---- static fields [JCVM 6.11] ---- */

static enum err make_array(struct linking *l, uint8_t type, struct span values,
                           ref_t *out)
{
    static const uint8_t kinds[] = {HEAP_BOOLEAN_ARRAY, HEAP_BYTE_ARRAY,
                                    HEAP_SHORT_ARRAY, HEAP_INT_ARRAY};
    static const uint8_t sizes[] = {1, 1, 2, 4};

    if (type < 2 || type > 5 || values.n % sizes[type - 2] != 0) {
        vm_say(&l->words, "a static array of a type that there is not");
        return ERR_FORMAT;
    }
    const struct heap_header hd = {.kind = kinds[type - 2],
                                   .context = l->id,
                                   .length =
                                       (uint32_t)values.n / sizes[type - 2]};
    enum err e = heap_new(l->vm->heap, &hd, out);
    if (e == ERR_OK)
        e = heap_write(l->vm->heap, *out, 0, values.p, (uint32_t)values.n,
                       HEAP_RAW);
    return e;
}

static enum err make_statics(struct linking *l)
{
    struct cap_statics image;
    struct span values;
    uint8_t type = 0;

    enum err e = cap_statics(&l->cap, &image);
    if (e != ERR_OK)
        return e;
    const struct heap_header hd = {.kind = HEAP_STATICS,
                                   .context = l->id,
                                   .class_offset = image.reference_count,
                                   .length = (image.image_size + 1u) / 2};
    e = heap_new(l->vm->heap, &hd, &l->statics);
    for (uint32_t i = 0;
         e == ERR_OK && cap_static_array(&image.arrays, &type, &values); i++) {
        uint8_t raw[2];
        ref_t array = 0;
        e = make_array(l, type, values, &array);
        set_u2(raw, array);
        if (e == ERR_OK)
            e = heap_write(l->vm->heap, l->statics, 2 * i, raw, 2, HEAP_RAW);
    }
    if (e == ERR_OK)
        e = heap_write(l->vm->heap, l->statics,
                       image.image_size - (uint32_t)image.values.n,
                       image.values.p, (uint32_t)image.values.n, HEAP_RAW);
    return e;
}

/* ---- constant pool ---- */

static enum err bad_entry(struct linking *l, uint16_t i)
{
    vm_say(&l->words, "constant pool entry ");
    vm_say_number(&l->words, i);
    vm_say(&l->words, " names nothing that is there");
    return ERR_FORMAT;
}

/* What the entry's class_ref means. */
static struct vm_class entry_class(const struct linking *l,
                                   const struct cap_entry *e)
{
    uint16_t raw = e->offset;
    if (e->external)
        raw = (uint16_t)(0x8000u | (unsigned)e->package << 8 | e->class);
    return vm_class_of_ref(l->vm, l->id, raw);
}

static bool class_exists(const struct vm *vm, struct vm_class c)
{
    struct cap_class loaded;
    return vm_api_row(c) != NULL || vm_loaded_class(vm, c, &loaded);
}

/* Argument cells of a virtual method as declared for a class. */
static enum err virtual_args(struct linking *l, struct vm_class c,
                             uint8_t token, uint16_t i, uint8_t *args)
{
    struct vm_method m;

    for (unsigned depth = 0; c.package != 0 && depth < 64; depth++) {
        const struct api_class *row = vm_api_row(c);
        if (row != NULL) {
            const struct api_method *a = api_method_at(row, false, token);
            if (a == NULL || (token & 0x80) != 0)
                return bad_entry(l, i);
            *args = a->args;
            return vm_need_native(l->vm, row, a, &l->words);
        }
        if (vm_find_virtual(l->vm, c, token, &m) && !vm_is_api(m.package))
            return vm_method_args(l->vm, m, args) ? ERR_OK : bad_entry(l, i);
        c = vm_super(l->vm, c);
    }
    return bad_entry(l, i);
}

static enum err resolve_virtual(struct linking *l, const struct cap_entry *e,
                                uint16_t i, struct vm_pool *out)
{
    out->class = entry_class(l, e);
    out->kind = VM_POOL_VIRTUAL;
    out->b = e->token;
    if (e->tag == CAP_SUPER_METHODREF) {
        out->kind = VM_POOL_SUPER;
        out->class = vm_super(l->vm, out->class);
    }
    if (!class_exists(l->vm, out->class))
        return bad_entry(l, i);
    return virtual_args(l, out->class, e->token, i, &out->c);
}

/* What may be read and written there: a reference, or one cell, or two. */
static uint8_t field_cells(const struct linking *l, struct vm_class c,
                           uint16_t cell)
{
    if (vm_is_reference(l->vm, c.package, c.offset, cell))
        return VM_FIELD_REFERENCE;
    bool second =
        cell + 1u < vm_instance_cells(l->vm, c) &&
        !vm_is_reference(l->vm, c.package, c.offset, (uint16_t)(cell + 1));
    return second ? VM_FIELD_INT : VM_FIELD_SHORT;
}

static enum err resolve_field(struct linking *l, const struct cap_entry *e,
                              uint16_t i, struct vm_pool *out)
{
    out->class = entry_class(l, e);
    out->kind = VM_POOL_FIELD;
    /* the API has no instance fields: the cells there are its natives' own */
    if (!class_exists(l->vm, out->class) || vm_api_row(out->class) != NULL)
        return bad_entry(l, i);
    const uint16_t cell =
        (uint16_t)(vm_first_cell(l->vm, out->class) + e->token);
    if (cell >= vm_instance_cells(l->vm, out->class))
        return bad_entry(l, i);
    out->b = cell;
    out->c = field_cells(l, out->class, cell);
    return ERR_OK;
}

/* Only references, and which one the runtime knows. */
static enum err resolve_api_static(struct linking *l, const struct cap_entry *e,
                                   uint16_t i, struct vm_pool *out)
{
    const struct api_class *row =
        vm_api_row((struct vm_class){out->class.package, e->class});

    for (uint16_t f = 0; row != NULL && f < row->field_count; f++) {
        if (row->fields[f].token == e->token && e->token != 0xFF) {
            out->class.offset = e->class;
            out->b = e->token;
            return ERR_OK;
        }
    }
    return bad_entry(l, i);
}

static enum err resolve_static(struct linking *l, const struct cap_entry *e,
                               uint16_t i, struct vm_pool *out)
{
    struct cap_export export;

    out->kind = VM_POOL_STATIC;
    out->class.package = l->id;
    out->b = e->offset;
    if (!e->external)
        return ERR_OK; /* its place and kind are checked at each access */
    const struct vm_import import = vm_import(l->r, e->package);
    out->class.package = import.package;
    if (vm_is_api(import.package))
        return resolve_api_static(l, e, i, out);
    const struct vm_resident *r = vm_resident(l->vm, import.package);
    if (r == NULL || !cap_export(&r->cap, import.number, e->class, &export) ||
        2u * e->token + 2 > export.fields.n)
        return bad_entry(l, i);
    out->b = get_u2(export.fields.p + 2 * e->token);
    return ERR_OK;
}

static enum err resolve_api_method(struct linking *l, const struct cap_entry *e,
                                   uint16_t i, struct vm_pool *out)
{
    const struct api_class *row =
        vm_api_row((struct vm_class){out->class.package, e->class});
    const struct api_method *m =
        row != NULL ? api_method_at(row, true, e->token) : NULL;

    if (m == NULL)
        return bad_entry(l, i);
    out->class.offset =
        (m->flags & API_M_CONSTRUCTOR) != 0 ? e->class : API_NONE;
    out->b = m->id;
    out->c = m->args;
    return vm_need_native(l->vm, row, m, &l->words);
}

static enum err resolve_method(struct linking *l, const struct cap_entry *e,
                               uint16_t i, struct vm_pool *out)
{
    struct cap_export export;

    out->kind = VM_POOL_METHOD;
    out->class.package = l->id;
    out->b = e->address;
    if (e->external) {
        const struct vm_import import = vm_import(l->r, e->package);
        out->class.package = import.package;
        if (vm_is_api(import.package))
            return resolve_api_method(l, e, i, out);
        const struct vm_resident *r = vm_resident(l->vm, import.package);
        if (r == NULL ||
            !cap_export(&r->cap, import.number, e->class, &export) ||
            !cap_exported_method(&r->cap, &export, e->token, &out->b))
            return bad_entry(l, i);
    }
    const struct vm_method m = {out->class.package, out->b};
    return vm_method_args(l->vm, m, &out->c) ? ERR_OK : bad_entry(l, i);
}

static enum err resolve(struct linking *l, uint16_t i, struct vm_pool *out)
{
    struct cap_entry e;

    if (!cap_pool(&l->cap, i, &e))
        return bad_entry(l, i);
    switch (e.tag) {
    case CAP_CLASSREF:
        out->kind = VM_POOL_CLASS;
        out->class = entry_class(l, &e);
        return class_exists(l->vm, out->class) ? ERR_OK : bad_entry(l, i);
    case CAP_INSTANCE_FIELDREF:
        return resolve_field(l, &e, i, out);
    case CAP_VIRTUAL_METHODREF:
    case CAP_SUPER_METHODREF:
        return resolve_virtual(l, &e, i, out);
    case CAP_STATIC_FIELDREF:
        return resolve_static(l, &e, i, out);
    default:
        return resolve_method(l, &e, i, out);
    }
}

static enum err resolve_pool(struct linking *l)
{
    const uint32_t start = pool_start(l);
    enum err e = ERR_OK;

    for (uint16_t i = 0; i < l->cap.pool_count && e == ERR_OK; i++) {
        struct vm_pool out = {0};
        uint8_t raw[VM_POOL_ENTRY] = {0};
        e = resolve(l, i, &out);
        raw[0] = out.kind;
        raw[1] = out.class.package;
        set_u2(raw + 2, out.class.offset);
        set_u2(raw + 4, (uint16_t)out.b);
        raw[6] = out.c;
        raw[7] = (uint8_t)(out.b >> 16);
        if (e == ERR_OK)
            e = heap_write(l->vm->heap, l->record,
                           start + VM_POOL_ENTRY * (uint32_t)i, raw, sizeof raw,
                           HEAP_RAW);
    }
    return e;
}

/* ---- all of it ---- */

/* Whether a package of this name, or a file of several, is there already. */
static bool is_taken(const struct linking *l, struct span aid)
{
    return vm_package_find(l->vm, aid) != 0 ||
           vm_import_find(l->vm, aid).package != 0 ||
           api_package_by_aid(aid.p, aid.n) != NULL;
}

static bool has_taken_packages(const struct linking *l)
{
    struct cap_package p;

    for (uint8_t i = 0; cap_public_package(&l->cap, i, &p); i++) {
        if (is_taken(l, p.aid))
            return true;
    }
    return false;
}

static enum err open_file(struct linking *l)
{
    struct heap_view v;
    uint8_t bad = 0;

    if (!heap_get(l->vm->heap, l->load_file, &v))
        return ERR_NOT_FOUND;
    enum err e = cap_open(&l->cap, span_of(v.p, v.h.length), &bad);
    if (e != ERR_OK) {
        vm_say(&l->words, "component ");
        vm_say_number(&l->words, bad);
        vm_say(&l->words, " of the load file is malformed");
        return e;
    }
    if (is_taken(l, l->cap.package.aid) || has_taken_packages(l)) {
        vm_say(&l->words, "the package is on the card already");
        return ERR_EXISTS;
    }
    return ERR_OK;
}

static enum err build(struct linking *l)
{
    struct vm_import imports[128];

    enum err e = free_id(l);
    if (e == ERR_OK)
        e = find_imports(l, imports);
    if (e == ERR_OK)
        e = make_statics(l);
    if (e == ERR_OK)
        e = make_record(l, imports);
    if (e == ERR_OK)
        e = enlist(l);
    if (e == ERR_OK)
        e = vm_check_classes(l->vm, l->id, &l->words);
    return e == ERR_OK ? resolve_pool(l) : e;
}

enum err vm_link(struct vm *vm, ref_t load_file, uint8_t *scratch,
                 uint32_t scratch_size, uint8_t *package, char *why, size_t n)
{
    struct linking l = {.vm = vm, .load_file = load_file, .words = {why, n, 0}};

    if (n > 0)
        why[0] = '\0';
    enum err e = open_file(&l);
    if (e == ERR_OK)
        e = build(&l);
    if (e == ERR_OK)
        e = vm_check_code(vm, l.id, scratch, scratch_size, why, n);
    if (e == ERR_OK)
        e = vm_put_seal(vm, l.id);
    if (e == ERR_MEMORY && l.words.used == 0)
        vm_say(&l.words, "not enough memory for the package");
    if (e != ERR_OK)
        vm_forget_packages(vm);
    else
        *package = l.id;
    return e;
}
