#include "jcre/entry.h"

#include "jcre/aid.h"
#include "jcre/state.h"

enum { CELL_NAME = 0, CELL_SIZE = 2, MARK_AT = JCRE_AID_BODY - 1, GONE = 0xA5 };

static struct vm_class entry_class(void)
{
    return vm_api_class("org/globalplatform/GPSystem$Entry");
}

static bool is_of(const struct heap_view *v, struct vm_class class)
{
    return v->h.kind == HEAP_OBJECT && v->h.class_package == class.package &&
           v->h.class_offset == class.offset &&
           heap_body_size(&v->h) >= CELL_SIZE;
}

bool jcre_is_entry(const struct jcre *j, ref_t ref, ref_t *name)
{
    struct heap_view v;

    if (!heap_get(j->heap, ref, &v) || !is_of(&v, entry_class()))
        return false;
    *name = get_u2(v.p + CELL_NAME * CELL_SIZE);
    return true;
}

static bool read_name(const struct jcre *j, ref_t name, struct span *aid,
                      bool *gone)
{
    if (!jcre_aid_get(j, name, aid))
        return false;
    *gone = aid->p[MARK_AT - 1] != 0;
    return true;
}

bool jcre_entry_aid(const struct jcre *j, ref_t ref, struct span *aid,
                    bool *gone)
{
    ref_t name = 0;

    return jcre_is_entry(j, ref, &name) && read_name(j, name, aid, gone);
}

/* The live one of this AID; 0: there is none. */
static ref_t find(const struct jcre *j, struct span aid)
{
    const struct vm_class class = entry_class();
    struct heap_view v;
    struct span own;
    bool gone = false;

    for (ref_t r = heap_next(j->heap, 0); r != 0 && r < HEAP_BUILTIN_FIRST;
         r = heap_next(j->heap, r)) {
        if (heap_get(j->heap, r, &v) && is_of(&v, class) &&
            read_name(j, get_u2(v.p + CELL_NAME * CELL_SIZE), &own, &gone) &&
            !gone && span_equal(own, aid))
            return r;
    }
    return 0;
}

static enum err make(struct jcre *j, struct span aid, ref_t *out)
{
    const struct vm_class class = entry_class();
    const struct heap_header hd = {
        .kind = HEAP_OBJECT,
        .flags = HEAP_ENTRY_POINT,
        .class_package = class.package,
        .class_offset = class.offset,
        .length = vm_instance_cells(j->vm, class),
    };
    uint8_t cell[CELL_SIZE];
    ref_t name = 0;

    enum err e = jcre_aid_new(j, aid, &name);
    if (e == ERR_OK)
        e = heap_new(j->heap, &hd, out);
    set_u2(cell, name);
    return e == ERR_OK ? heap_write(j->heap, *out, CELL_NAME * CELL_SIZE, cell,
                                    CELL_SIZE, HEAP_ATOMIC)
                       : e;
}

/* Whole, or not at all. */
static enum err make_one(struct jcre *j, struct span aid, ref_t *out)
{
    if (heap_in_transaction(j->heap))
        return make(j, aid, out);
    enum err e = heap_begin(j->heap);
    if (e != ERR_OK)
        return e;
    e = make(j, aid, out);
    if (e == ERR_OK)
        return heap_commit(j->heap);
    const enum err undone = heap_abort(j->heap);
    return undone == ERR_OK ? e : undone;
}

enum err jcre_entry(struct jcre *j, struct span aid, ref_t *out)
{
    uint8_t bytes[JCRE_AID_MAX];
    struct buf copy = buf_of(bytes, sizeof bytes);

    *out = find(j, aid);
    if (*out != 0)
        return ERR_OK;
    j->collect = true; /* unless somebody keeps it */
    /* a copy: objects may move while others are made */
    enum err e = buf_put_span(&copy, aid);
    return e == ERR_OK ? make_one(j, buf_span(&copy), out) : e;
}

enum err jcre_entry_disable(struct jcre *j, struct span aid)
{
    const uint8_t mark = GONE;
    ref_t name = 0;

    /* there is one; of a card that was cut, none again */
    const ref_t ref = find(j, aid);
    if (ref == 0 || !jcre_is_entry(j, ref, &name))
        return ERR_OK;
    return heap_write(j->heap, name, MARK_AT, &mark, sizeof mark, HEAP_ATOMIC);
}
