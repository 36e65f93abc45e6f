#include "jcre/table.h"

#include "jcre/aid.h"
#include "jcre/state.h"

enum {
    CELL = 2,
    NEXT_AT = 0,
    PAIR = 2 * CELL,
};

static enum err new_chunk(struct jcre *j, ref_t *out)
{
    struct heap_header hd = {0};

    hd.kind = HEAP_REF_ARRAY;
    hd.class_package = j->api.applet.package;
    hd.length = JCRE_CHUNK_LENGTH;
    return heap_new(j->heap, &hd, out);
}

enum err jcre_table_format(struct jcre *j)
{
    ref_t chunk = 0;
    enum err e = new_chunk(j, &chunk);

    if (e != ERR_OK)
        return e;
    return heap_set_root(j->heap, HEAP_ROOT_APPLETS, chunk);
}

static bool get_chunk(const struct jcre *j, ref_t ref, struct heap_view *v)
{
    return heap_get(j->heap, ref, v) && v->h.kind == HEAP_REF_ARRAY &&
           v->h.length == JCRE_CHUNK_LENGTH;
}

static uint32_t pair_at(uint16_t instance)
{
    return CELL + (uint32_t)((instance - 1) % JCRE_PAIRS) * PAIR;
}

/* The chunk of an instance, or the last one before it. */
static ref_t find_chunk(const struct jcre *j, uint16_t instance,
                        unsigned *missing)
{
    ref_t chunk = heap_root(j->heap, HEAP_ROOT_APPLETS);
    struct heap_view v;

    *missing = (unsigned)(instance - 1) / JCRE_PAIRS;
    while (*missing != 0 && get_chunk(j, chunk, &v)) {
        ref_t next = get_u2(v.p + NEXT_AT);
        if (next == 0)
            break;
        chunk = next;
        --*missing;
    }
    return chunk;
}

bool jcre_table_get(const struct jcre *j, uint16_t instance,
                    struct jcre_pair *pair)
{
    struct heap_view v;
    unsigned missing;
    ref_t chunk;

    if (instance == 0 || instance > JCRE_INSTANCES_MAX)
        return false;
    chunk = find_chunk(j, instance, &missing);
    if (missing != 0 || !get_chunk(j, chunk, &v))
        return false;
    pair->applet = get_u2(v.p + pair_at(instance));
    pair->aid = get_u2(v.p + pair_at(instance) + CELL);
    return true;
}

static enum err append_chunk(struct jcre *j, ref_t last, ref_t *chunk)
{
    uint8_t cell[CELL];
    enum err e = new_chunk(j, chunk);

    if (e != ERR_OK)
        return e;
    set_u2(cell, *chunk);
    return heap_write(j->heap, last, NEXT_AT, cell, CELL, HEAP_ATOMIC);
}

enum err jcre_table_set(struct jcre *j, uint16_t instance,
                        struct jcre_pair pair)
{
    uint8_t cells[PAIR];
    unsigned missing;
    ref_t chunk;

    if (instance == 0 || instance > JCRE_INSTANCES_MAX)
        return ERR_RANGE;
    chunk = find_chunk(j, instance, &missing);
    for (; missing != 0; missing--) {
        enum err e = append_chunk(j, chunk, &chunk);
        if (e != ERR_OK)
            return e;
    }
    set_u2(cells, pair.applet);
    set_u2(cells + CELL, pair.aid);
    return heap_write(j->heap, chunk, pair_at(instance), cells, PAIR,
                      HEAP_ATOMIC);
}

static bool is_owner(const struct jcre *j, uint16_t instance)
{
    struct heap_view v;

    for (ref_t r = heap_next(j->heap, 0); r != 0; r = heap_next(j->heap, r)) {
        if (heap_get(j->heap, r, &v) && v.h.owner == instance)
            return true;
    }
    return false;
}

uint16_t jcre_table_free(const struct jcre *j)
{
    struct jcre_pair pair;

    for (uint16_t i = 1; i <= JCRE_INSTANCES_MAX; i++) {
        bool known = jcre_table_get(j, i, &pair);
        if (known && (pair.applet != 0 || pair.aid != 0))
            continue;
        if (!known || !is_owner(j, i))
            return i;
    }
    return 0;
}

bool jcre_instance(const struct jcre *j, uint16_t instance,
                   struct jcre_instance *info)
{
    struct jcre_pair pair;
    struct heap_view v;

    if (!jcre_table_get(j, instance, &pair) ||
        !heap_get(j->heap, pair.applet, &v) ||
        !jcre_aid_get(j, pair.aid, &info->aid))
        return false;
    info->package = v.h.context;
    info->object = pair.applet;
    info->multiselectable =
        vm_instance_of(j->vm, pair.applet, j->api.multiselectable);
    info->extended_length =
        vm_instance_of(j->vm, pair.applet, j->api.extended_length);
    return true;
}

uint16_t jcre_next(const struct jcre *j, uint16_t instance)
{
    struct jcre_pair pair;

    while (instance++ < JCRE_INSTANCES_MAX &&
           jcre_table_get(j, instance, &pair)) {
        if (pair.applet != 0)
            return instance;
    }
    return 0;
}

uint16_t jcre_find(const struct jcre *j, struct span aid)
{
    struct jcre_pair pair;
    struct span have;

    for (uint16_t i = jcre_next(j, 0); i != 0; i = jcre_next(j, i)) {
        if (jcre_table_get(j, i, &pair) && jcre_aid_get(j, pair.aid, &have) &&
            span_equal(have, aid))
            return i;
    }
    return 0;
}
