/*
 * The list of packages against their load files, and every object against
 * its class.  Read from memory, not from what the machine remembers:
 *
 * (1) a package's four references are there, or none is; its record repeats
 *     two of them, and its seal agrees with what they lead to;
 * (2) its load file can be read, has an AID that no other has, and imports
 *     packages that are there under the AIDs it names;
 * (3) its static image is as large, and has as many references, as its load
 *     file says, and belongs to it;
 * (4) every object outside the runtime belongs to a package that is there, and
 *     an instance is as large as its class makes it.
 */
#include "vm/internal.h"

struct checking {
    const struct vm *vm;
    void (*report)(void *ctx, const char *line);
    void *ctx;
    unsigned findings;
};

/* What memory says of one package. */
struct listed {
    uint8_t id;
    ref_t refs[VM_LIST_STEP];
    struct heap_view record;
    struct cap cap;
};

static void find(struct checking *c, const char *line)
{
    c->findings++;
    c->report(c->ctx, line);
}

static bool read_list(const struct vm *vm, struct listed *l)
{
    struct heap_view list;

    if (!heap_get(vm->heap, heap_root(vm->heap, HEAP_ROOT_PACKAGES), &list) ||
        list.h.kind != HEAP_REF_ARRAY ||
        list.h.length != VM_LIST_STEP * CARD_PACKAGES_MAX)
        return false;
    for (unsigned i = 0; i < VM_LIST_STEP; i++)
        l->refs[i] = get_u2(list.p + 2 * (VM_LIST_STEP * (l->id - 1u) + i));
    return true;
}

/* The load file and the record that was made of it. */
static bool read_package(const struct vm *vm, struct listed *l)
{
    struct heap_view file;
    uint8_t bad = 0;

    return heap_get(vm->heap, l->refs[0], &l->record) &&
           l->record.h.kind == HEAP_BLOB &&
           l->record.h.length >= VM_RECORD_HEAD &&
           heap_get(vm->heap, l->refs[1], &file) && file.h.kind == HEAP_BLOB &&
           cap_open(&l->cap, span_of(file.p, file.h.length), &bad) == ERR_OK;
}

static bool fits_file(const struct listed *l)
{
    return l->record.p[4] == l->cap.import_count &&
           l->record.h.length ==
               vm_record_size(l->cap.import_count, l->cap.pool_count);
}

static void check_record(struct checking *c, const struct listed *l)
{
    const uint8_t *p = l->record.p;

    if (get_u2(p) != l->refs[1] || get_u2(p + 2) != l->refs[2])
        find(c, "vm: a package's record and the list disagree");
    if (!fits_file(l))
        find(c, "vm: a package's record is not made of its load file");
    if (!vm_has_seal(c->vm, l->id))
        find(c, "vm: a package is not what was linked: its seal denies it");
}

/* Whether what was linked is the public package that the file asks for. */
static bool import_is_there(const struct checking *c, const struct listed *l,
                            uint8_t i)
{
    const uint8_t *p = l->record.p + VM_RECORD_HEAD + VM_IMPORT_SIZE * i;
    const struct vm_resident *r = vm_resident(c->vm, p[0]);
    struct cap_package wanted;
    struct cap_package there;

    if (vm_is_api(p[0]))
        return true;
    return r != NULL && cap_import(&l->cap, i, &wanted) &&
           cap_public_package(&r->cap, p[1], &there) &&
           span_equal(there.aid, wanted.aid);
}

/* (2) */
static void check_imports(struct checking *c, const struct listed *l)
{
    if (!fits_file(l))
        return;
    for (uint8_t i = 0; i < l->cap.import_count; i++) {
        if (!import_is_there(c, l, i))
            find(c, "vm: a package imports what is not there");
    }
}

static void check_statics(struct checking *c, const struct listed *l)
{
    struct cap_statics image;
    struct heap_view v;

    if (!heap_get(c->vm->heap, l->refs[2], &v) || v.h.kind != HEAP_STATICS ||
        v.h.context != l->id) {
        find(c, "vm: a package has no static fields of its own");
        return;
    }
    if (cap_statics(&l->cap, &image) != ERR_OK ||
        v.h.class_offset != image.reference_count ||
        v.h.length != (image.image_size + 1u) / 2)
        find(c, "vm: static fields are not those of the load file");
}

static void check_twin(struct checking *c, const struct listed *l)
{
    uint8_t first = vm_package_find(c->vm, l->cap.package.aid);

    if (first != l->id)
        find(c, "vm: two packages have the same AID");
}

static void check_package(struct checking *c, uint8_t id)
{
    struct listed l = {.id = id};

    if (!read_list(c->vm, &l)) {
        find(c, "vm: there is no list of packages");
        return;
    }
    if (l.refs[0] == 0) {
        if (l.refs[1] != 0 || l.refs[2] != 0 || l.refs[3] != 0)
            find(c, "vm: parts of a package that has no record");
        return;
    }
    if (!read_package(c->vm, &l)) {
        find(c, "vm: a package's record cannot be read");
        return;
    }
    check_record(c, &l);
    check_imports(c, &l);
    check_statics(c, &l);
    check_twin(c, &l);
}

static bool class_is_there(const struct vm *vm, struct vm_class class)
{
    struct cap_class loaded;

    return vm_api_row(class) != NULL || vm_loaded_class(vm, class, &loaded);
}

/* (4) */
static void check_object(struct checking *c, const struct heap_view *v)
{
    const struct vm_class class = {v->h.class_package, v->h.class_offset};

    if (v->h.context != 0 && v->h.context != VM_KEPT &&
        vm_resident(c->vm, v->h.context) == NULL)
        find(c, "vm: an object belongs to a package that is not there");
    if (v->h.kind != HEAP_OBJECT)
        return;
    if (!class_is_there(c->vm, class))
        find(c, "vm: an object's class is not there");
    else if (v->h.length != vm_object_cells(c->vm, class))
        find(c, "vm: an object has not the size of its class");
}

unsigned vm_check(const struct vm *vm,
                  void (*report)(void *ctx, const char *line), void *ctx)
{
    struct checking c = {vm, report, ctx, 0};
    struct heap_view v;

    for (uint8_t id = 1; id <= CARD_PACKAGES_MAX; id++)
        check_package(&c, id);
    for (ref_t r = heap_next(vm->heap, 0); r != 0; r = heap_next(vm->heap, r)) {
        if (heap_get(vm->heap, r, &v))
            check_object(&c, &v);
    }
    return c.findings;
}
