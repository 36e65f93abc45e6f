/*
 * Objects behind handles.  An object exists from the write of its table entry
 * on, which is one atomic write; until then its memory is anybody's, and a
 * power cut leaves nothing but a few bytes that mounting wipes.
 */
#include "heap/internal.h"

#include <assert.h>
#include <string.h>

void heap_bind(struct heap *h, struct persist *p, struct heap_layout layout)
{
    h->persist = p;
    h->layout = layout;
    h->limit = (struct heap_limit){NULL, NULL};
    h->generation++;
    h->moved++;
    if (h->used != NULL && heap_lend(h) != ERR_OK)
        h->used = NULL;
}

void heap_set_limit(struct heap *h, struct heap_limit limit)
{
    h->limit = limit;
}

void heap_read_header(const uint8_t *p, struct heap_header *hd)
{
    hd->kind = p[0] & (uint8_t)~HEAP_GUARDED;
    hd->guarded = (p[0] & HEAP_GUARDED) != 0;
    hd->flags = p[1];
    hd->class_offset = get_u2(p + 2);
    hd->length = get_u4(p + 4);
    hd->class_package = p[10];
    hd->context = p[11];
    hd->owner = get_u2(p + 12);
}

static void put_header(uint8_t *p, const struct heap_header *hd, ref_t ref)
{
    p[0] = (uint8_t)(hd->kind | (hd->guarded ? HEAP_GUARDED : 0));
    p[1] = hd->flags;
    set_u2(p + 2, hd->class_offset);
    set_u4(p + 4, hd->length);
    set_u2(p + 8, ref);
    p[10] = hd->class_package;
    p[11] = hd->context;
    set_u2(p + 12, hd->owner);
    set_u2(p + 14, heap_check_head(p));
}

enum err heap_ram_place(const uint8_t *body, uint32_t *offset)
{
    const uint32_t place = get_u2(body);

    *offset = place * HEAP_RAM_GRANULE;
    return get_u2(body + 2) == (place ^ 0xFFFF) ? ERR_OK : ERR_CORRUPT;
}

void heap_put_ram_place(uint8_t body[4], uint32_t offset)
{
    const uint16_t place = (uint16_t)(offset / HEAP_RAM_GRANULE);

    set_u2(body, place);
    set_u2(body + 2, place ^ 0xFFFF);
}

static uint32_t element_size(uint8_t kind)
{
    switch (kind) {
    case HEAP_BOOLEAN_ARRAY:
    case HEAP_BYTE_ARRAY:
    case HEAP_BLOB:
    case HEAP_SHADOW:
        return 1;
    case HEAP_INT_ARRAY:
        return 4;
    default:
        return 2;
    }
}

uint32_t heap_body_size(const struct heap_header *hd)
{
    return hd->length * element_size(hd->kind);
}

static uint32_t guard_size(const struct heap_header *hd)
{
    return hd->guarded ? HEAP_GUARD_SIZE : 0;
}

uint32_t heap_ram_size(const struct heap_header *hd)
{
    return heap_body_size(hd) + guard_size(hd);
}

uint32_t heap_stored_size(const struct heap_header *hd)
{
    if ((hd->flags & HEAP_TRANSIENT) != 0)
        return HEAP_HEAD_SIZE + 4;
    if (hd->length > 0x1000000)
        return 0xFFFFFFFF; /* larger than any memory: corrupt, or too much */
    return HEAP_HEAD_SIZE + heap_body_size(hd) + guard_size(hd);
}

uint32_t heap_stored_places(const struct heap_header *hd)
{
    const uint32_t size = heap_stored_size(hd);
    return size / HEAP_ALIGN + (size % HEAP_ALIGN != 0);
}

static enum err write_entry(struct heap *h, ref_t ref, uint32_t entry)
{
    uint8_t raw[4];
    set_u4(raw, entry);
    return persist_write(h->persist, h->table + 4u * (ref - 1u), raw, 4);
}

enum err heap_set_entry(struct heap *h, ref_t ref, uint32_t place,
                        bool provisional)
{
    uint32_t entry = HEAP_USED | place << 8;

    entry |= heap_check_entry(entry, ref);
    return write_entry(h, ref, provisional ? entry | HEAP_PROVISIONAL : entry);
}

enum err heap_clear_entry(struct heap *h, ref_t ref)
{
    return write_entry(h, ref, 0);
}

/* ---- format and mount ---- */

static enum err layout(struct heap *h, uint32_t handles)
{
    const uint32_t size = h->persist->data_size;

    h->handle_count = handles;
    h->table = HEAP_TABLE_AT;
    h->objects = (HEAP_TABLE_AT + 4 * handles + 63) & ~63u;
    if (handles == 0 || handles > CARD_HANDLES_MAX || h->objects + 1024 > size)
        return ERR_MEMORY;
    h->granules = (size - h->objects) / HEAP_ALIGN;
    if (h->granules > HEAP_PLACES)
        h->granules = HEAP_PLACES;
    h->next_granule = 0;
    h->next_handle = 1;
    h->handle_end = handles + 1;
    h->group = 0;
    while ((handles - 1) >> h->group >= HEAP_GROUPS)
        h->group++;
    return ERR_OK;
}

enum err heap_format(struct heap *h)
{
    uint8_t head[HEAP_EPOCH_AT] = {0};
    uint32_t handles = h->persist->data_size / 32;

    if (handles > CARD_HANDLES_MAX)
        handles = CARD_HANDLES_MAX;
    enum err e = layout(h, handles);
    if (e != ERR_OK)
        return e;
    set_u4(head + HEAP_MAGIC_AT, HEAP_MAGIC);
    set_u4(head + HEAP_COUNT_AT, handles);
    set_u4(head + HEAP_COUNT_AT + 4, ~handles);
    e = persist_write(h->persist, 0, head, sizeof head);
    return e == ERR_OK ? heap_mount(h) : e;
}

/* The sizes that were chosen when the heap was made. */
static enum err read_layout(struct heap *h)
{
    const uint8_t *head = persist_at(h->persist, 0);
    const uint32_t handles = get_u4(head + HEAP_COUNT_AT);

    if (get_u4(head + HEAP_MAGIC_AT) != HEAP_MAGIC ||
        get_u4(head + HEAP_COUNT_AT + 4) != ~handles ||
        layout(h, handles) != ERR_OK)
        return ERR_CORRUPT;
    return ERR_OK;
}

static bool root_is_sound(const struct heap *h, unsigned i)
{
    const uint8_t *p = persist_at(h->persist, HEAP_ROOTS_AT + 4 * i);

    return get_u4(p) == 0 || get_u2(p) + get_u2(p + 2) == 0xFFFF;
}

/* Nothing in table and roots contradicts its check. */
static enum err prove(const struct heap *h)
{
    for (unsigned i = 0; i < HEAP_ROOT_COUNT; i++) {
        if (!root_is_sound(h, i))
            return ERR_CORRUPT;
    }
    for (uint32_t i = 1; i <= h->handle_count; i++) {
        if (!heap_entry_is_sound(heap_entry_(h, (ref_t)i), (ref_t)i))
            return ERR_CORRUPT;
    }
    return ERR_OK;
}

static void forget(struct heap *h)
{
    memset(h->born, 0, (h->handle_count + 7) / 8);
    memset(h->retired, 0, (h->handle_count + 7) / 8);
    memset(h->builtins, 0, sizeof h->builtins);
    heap_window_forget(h, 0);
    memset(h->ram, 0, h->ram_size);
    h->any_born = h->any_retired = h->freed = h->epoch = h->crowded = false;
    heap_watch(h, false);
    h->generation++;
    h->moved++;
}

enum err heap_mount(struct heap *h)
{
    enum err e = read_layout(h);
    if (e == ERR_OK)
        e = heap_lend(h);
    if (e != ERR_OK)
        return e;
    forget(h);
    e = prove(h);
    if (e == ERR_OK)
        e = heap_move_settle(h);
    if (e == ERR_OK)
        e = heap_map_rebuild(h);
    if (e == ERR_OK)
        e = heap_epoch_settle(h);
    if (e == ERR_OK)
        e = heap_map_rebuild(h);
    if (e == ERR_OK)
        e = heap_wipe_free(h);
    memset(h->retired, 0, (h->handle_count + 7) / 8);
    h->any_retired = false;
    return e;
}

/* ---- access ---- */

static bool get_builtin(const struct heap *h, ref_t ref, struct heap_view *v)
{
    uint32_t i = ref - HEAP_BUILTIN_FIRST;
    if (ref < HEAP_BUILTIN_FIRST)
        return heap_window_get(h, ref, v);
    if (i >= HEAP_BUILTIN_MAX || h->builtins[i].h.kind == 0)
        return false;
    v->h = h->builtins[i].h;
    v->ram = h->builtins[i].body;
    v->p = v->ram;
    return true;
}

/* What was read contradicts itself: nothing here is safe any more. */
static bool corrupt(const struct heap *h)
{
    persist_give_up(h->persist);
    return false;
}

bool heap_get(const struct heap *h, ref_t ref, struct heap_view *v)
{
    if (!heap_find(h, ref, v))
        return false;
    if (v->h.guarded)
        v->ram = NULL;
    return true;
}

bool heap_find(const struct heap *h, ref_t ref, struct heap_view *v)
{
    uint32_t offset = 0;

    if (ref == 0 || ref > h->handle_count)
        return ref != 0 && get_builtin(h, ref, v);
    const uint32_t entry = heap_entry(h, ref);
    if (entry == 0)
        return false;
    if (heap_place(entry) >= h->granules)
        return corrupt(h);
    const uint8_t *p =
        persist_at(h->persist, heap_address(h, heap_place(entry)));
    if (!heap_head_is_sound(p, ref))
        return corrupt(h);
    heap_read_header(p, &v->h);
    v->p = p + HEAP_HEAD_SIZE;
    v->ram = NULL;
    if ((v->h.flags & HEAP_TRANSIENT) == 0)
        return true;
    if (heap_ram_place(v->p, &offset) != ERR_OK || offset > h->ram_size)
        return corrupt(h);
    v->ram = h->ram + offset;
    v->p = v->ram;
    return true;
}

enum err heap_write(struct heap *h, ref_t ref, uint32_t at,
                    const uint8_t *bytes, uint32_t n, enum heap_write how)
{
    struct heap_view v;

    if (!heap_get(h, ref, &v))
        return ERR_NOT_FOUND;
    uint32_t size = heap_body_size(&v.h);
    if (at > size || n > size - at)
        return ERR_RANGE;
    if (v.ram != NULL || how == HEAP_ATOMIC || v.h.guarded)
        return heap_put(h, &v, at, bytes, n);
    nvaddr_t a = persist_address(h->persist, v.p) + at;
    if (how == HEAP_RAW)
        return persist_write_raw(h->persist, a, bytes, n);
    enum err e = h->watching ? heap_now_in_shadow(h, &v, at, bytes, n) : ERR_OK;
    return e == ERR_OK ? persist_write_now(h->persist, a, bytes, n) : e;
}

enum err heap_put(struct heap *h, const struct heap_view *v, uint32_t at,
                  const uint8_t *bytes, uint32_t n)
{
    if (v->ram != NULL) {
        memmove(v->ram + at, bytes, n);
        return ERR_OK;
    }
    if (v->h.guarded)
        return heap_guarded_put(h, v, at, bytes, n);
    if (h->watching) {
        const enum err e = heap_before_update(h, v);
        if (e != ERR_OK)
            return e;
    }
    return persist_write(h->persist, persist_address(h->persist, v->p) + at,
                         bytes, n);
}

/* The `n` bytes on top of `word`, when there is more to do than to write. */
static enum err keep_word(struct heap *h, const struct heap_view *v,
                          uint32_t at, uint64_t word, uint32_t n)
{
    uint8_t bytes[PERSIST_SMALL];

    set_u8(bytes, word);
    return heap_put(h, v, at, bytes, n);
}

/* For an `n` that the compiler knows. */
static EXPANDED enum err keep(struct heap *h, const struct heap_view *v,
                              uint32_t at, uint64_t word, uint32_t n)
{
    if (LIKELY(!h->watching && !v->h.guarded) && persist_is_plain(h->persist))
        return persist_put_small_(h->persist, v->p + at, word, n);
    return keep_word(h, v, at, word, n);
}

enum err heap_keep_byte_(struct heap *h, const struct heap_view *v, uint32_t at,
                         uint8_t value)
{
    return keep(h, v, at, (uint64_t)value << 56, 1);
}

enum err heap_keep_short_(struct heap *h, const struct heap_view *v,
                          uint32_t at, uint16_t value)
{
    return keep(h, v, at, (uint64_t)value << 48, 2);
}

enum err heap_set_owner(struct heap *h, ref_t ref, uint8_t context,
                        uint16_t owner)
{
    uint8_t head[HEAP_HEAD_SIZE];
    struct heap_header hd;

    if (ref == 0 || ref > h->handle_count)
        return ERR_NOT_FOUND;
    const uint32_t entry = heap_entry(h, ref);
    if (entry == 0)
        return ERR_NOT_FOUND;
    const nvaddr_t a = heap_address(h, heap_place(entry));
    heap_read_header(persist_at(h->persist, a), &hd);
    hd.context = context;
    hd.owner = owner;
    put_header(head, &hd, ref);
    h->generation++;
    return persist_write(h->persist, a + HEAP_CONTEXT_AT,
                         head + HEAP_CONTEXT_AT,
                         HEAP_HEAD_SIZE - HEAP_CONTEXT_AT);
}

ref_t heap_root(const struct heap *h, unsigned i)
{
    assert(i < HEAP_ROOT_COUNT);
    if (!root_is_sound(h, i)) {
        persist_give_up(h->persist);
        return 0;
    }
    return get_u2(persist_at(h->persist, HEAP_ROOTS_AT + 4 * i));
}

enum err heap_set_root(struct heap *h, unsigned i, ref_t ref)
{
    uint8_t raw[4];
    assert(i < HEAP_ROOT_COUNT);
    set_u2(raw, ref);
    set_u2(raw + 2, ref ^ 0xFFFF);
    return persist_write(h->persist, HEAP_ROOTS_AT + 4 * i, raw, sizeof raw);
}

void heap_set_builtin(struct heap *h, unsigned index,
                      const struct heap_header *hd, uint8_t *body)
{
    assert(index < HEAP_BUILTIN_MAX);
    h->generation++;
    h->builtins[index].h = *hd;
    h->builtins[index].body = body;
}

/* ---- allocation ---- */

static ref_t free_handle(struct heap *h)
{
    for (uint32_t i = h->next_handle; i <= h->handle_count; i++) {
        if (heap_entry_(h, (ref_t)i) == 0 && !heap_bit(h->retired, i - 1)) {
            h->next_handle = i + 1;
            if (i >= h->handle_end)
                h->handle_end = i + 1;
            return (ref_t)i;
        }
    }
    return 0;
}

static void give_handle(struct heap *h, ref_t ref)
{
    if (ref < h->next_handle)
        h->next_handle = ref;
}

/*
 * Header and a body of zeros.  The memory reads as zero already, but a bit in
 * it may be unstable from a wiping that power cut off.
 */
static enum err store_body(struct heap *h, const struct heap_header *hd,
                           ref_t ref, uint32_t place, uint32_t ram)
{
    enum { BLOCK = 240 };
    uint8_t head[HEAP_HEAD_SIZE + BLOCK] = {0};
    const uint32_t size = heap_stored_size(hd);
    const uint32_t first = size < sizeof head ? size : (uint32_t)sizeof head;
    const nvaddr_t at = heap_address(h, place);

    put_header(head, hd, ref);
    if ((hd->flags & HEAP_TRANSIENT) != 0)
        heap_put_ram_place(head + HEAP_HEAD_SIZE, ram);
    enum err e = persist_write_raw(h->persist, at, head, first);
    return e == ERR_OK
               ? persist_fill_raw(h->persist, at + first, 0, size - first)
               : e;
}

static enum err store_object(struct heap *h, const struct heap_header *hd,
                             ref_t ref, uint32_t place, uint32_t ram)
{
    enum err e = store_body(h, hd, ref, place, ram);

    return e == ERR_OK ? heap_set_entry(h, ref, place, h->epoch) : e;
}

uint32_t heap_taken(const struct heap_header *hd)
{
    const uint32_t size = heap_stored_size(hd);

    return size > UINT32_MAX - HEAP_ALIGN /* too many */
               ? size
               : heap_stored_places(hd) * HEAP_ALIGN;
}

static uint32_t transient_size(const struct heap *h,
                               const struct heap_header *hd)
{
    if ((hd->flags & HEAP_TRANSIENT) == 0)
        return 0;
    return hd->length > h->ram_size ? hd->length /* too many */
                                    : heap_ram_size(hd);
}

static uint32_t transient_taken(const struct heap *h,
                                const struct heap_header *hd)
{
    const uint32_t n = transient_size(h, hd);

    if (n > h->ram_size)
        return n;
    return (n + HEAP_RAM_GRANULE - 1) / HEAP_RAM_GRANULE * HEAP_RAM_GRANULE;
}

/* Marks what an object takes; ERR_MEMORY, and nothing is marked. */
static enum err take(struct heap *h, const struct heap_header *hd,
                     uint32_t *place, uint32_t *ram)
{
    const uint32_t size = heap_stored_size(hd);
    const bool transient = (hd->flags & HEAP_TRANSIENT) != 0;

    if (h->limit.may_take != NULL &&
        !h->limit.may_take(h->limit.ctx, hd, heap_taken(hd),
                           transient_taken(h, hd)))
        return ERR_MEMORY;
    if (!heap_take_space(h, size, place)) {
        h->crowded |= heap_space_free(h) * HEAP_ALIGN >= size;
        return ERR_MEMORY;
    }
    if (!transient)
        return ERR_OK;
    const uint32_t n = transient_size(h, hd);
    if (heap_take_ram(h, n, ram))
        return ERR_OK;
    h->crowded |= heap_ram_free(h) >= n;
    heap_give_space(h, *place, size);
    return ERR_MEMORY;
}

static void give(struct heap *h, const struct heap_header *hd, uint32_t place,
                 uint32_t ram)
{
    heap_give_space(h, place, heap_stored_size(hd));
    if ((hd->flags & HEAP_TRANSIENT) != 0)
        heap_give_ram(h, ram, heap_ram_size(hd));
}

enum err heap_new(struct heap *h, const struct heap_header *hd, ref_t *out)
{
    uint32_t place = 0;
    uint32_t ram = 0;

    *out = 0;
    const ref_t ref = free_handle(h);
    if (ref == 0)
        return ERR_MEMORY;
    enum err e = take(h, hd, &place, &ram);
    if (e != ERR_OK) {
        give_handle(h, ref);
        return e;
    }
    e = store_object(h, hd, ref, place, ram);
    if (e != ERR_OK) {
        give_handle(h, ref);
        /* nothing must stay behind in memory that counts as wiped */
        if (persist_fill_raw(h->persist, heap_address(h, place), 0,
                             heap_stored_size(hd)) == ERR_OK)
            give(h, hd, place, ram);
        return e;
    }
    if (persist_in_transaction(h->persist)) {
        heap_set_bit(h->born, ref - 1u);
        h->any_born = true;
    }
    if ((hd->flags & HEAP_TRANSIENT) != 0)
        heap_note_transient(h, ref);
    *out = ref;
    return ERR_OK;
}

enum err heap_free(struct heap *h, ref_t ref)
{
    struct heap_view v;

    if (ref == 0 || ref > h->handle_count || !heap_find(h, ref, &v))
        return ERR_NOT_FOUND;
    const uint32_t place = heap_place(heap_entry(h, ref));
    const uint32_t ram = v.ram == NULL ? 0 : (uint32_t)(v.ram - h->ram);
    h->generation++;
    enum err e = heap_clear_entry(h, ref);
    if (e != ERR_OK)
        return e;
    if (persist_in_transaction(h->persist)) {
        /* an abort brings it back: its handle waits, too */
        heap_set_bit(h->retired, ref - 1u);
        h->freed = h->any_retired = true;
        return ERR_OK;
    }
    give_handle(h, ref);
    e = persist_fill_raw(h->persist, heap_address(h, place), 0,
                         heap_stored_size(&v.h));
    give(h, &v.h, place, ram);
    return e;
}

void heap_owned(const struct heap *h, uint16_t owner, struct heap_share *share)
{
    struct heap_view v;

    *share = (struct heap_share){0, 0};
    for (ref_t r = heap_next(h, 0); r != 0 && r <= h->handle_count;
         r = heap_next(h, r)) {
        if (!heap_get(h, r, &v) || v.h.owner != owner ||
            v.h.kind == HEAP_SHADOW)
            continue;
        share->persistent += heap_taken(&v.h);
        share->transient += transient_taken(h, &v.h);
    }
}

/* ---- transactions ---- */

/* Its bits are all clear while no transaction is open. */
static void forget_born(struct heap *h)
{
    if (h->any_born)
        memset(h->born, 0, (h->handle_count + 7) / 8);
    h->any_born = false;
}

enum err heap_begin(struct heap *h)
{
    if (persist_in_transaction(h->persist))
        return ERR_STATE;
    h->freed = false;
    return persist_begin(h->persist);
}

enum err heap_commit(struct heap *h)
{
    enum err e = persist_commit(h->persist);
    forget_born(h);
    if (e == ERR_OK && h->freed)
        e = heap_map_release(h);
    h->freed = false;
    return e;
}

static void null_transient(struct heap *h, const uint8_t *dead);

enum err heap_abort(struct heap *h)
{
    h->generation++;
    h->shadowed = 0; /* its shadow may go with this */
    if (h->any_born)
        null_transient(h, h->born);
    enum err e = persist_abort(h->persist);
    for (uint32_t i = 0; h->any_born && i < (h->handle_count + 7) / 8; i++)
        h->retired[i] = (uint8_t)(h->retired[i] | h->born[i]);
    h->any_retired = h->any_retired || h->any_born;
    forget_born(h);
    h->freed = false;
    return e == ERR_OK ? heap_map_release(h) : e;
}

bool heap_in_transaction(const struct heap *h)
{
    return persist_in_transaction(h->persist);
}

bool heap_born(const struct heap *h, ref_t ref)
{
    return ref != 0 && ref <= h->handle_count && heap_bit(h->born, ref - 1u);
}

void heap_release_retired(struct heap *h)
{
    if (h->any_retired) {
        memset(h->retired, 0, (h->handle_count + 7) / 8);
        h->next_handle = 1;
    }
    h->any_retired = false;
}

bool heap_has_retired(const struct heap *h)
{
    return h->any_retired;
}

static void null_element(struct heap *h, const struct heap_view *v, uint32_t i)
{
    static const uint8_t null[2];

    if (!v->h.guarded)
        set_u2(v->ram + 2 * i, 0);
    else if (heap_guarded_force(h, v, 2 * i, null, sizeof null) != ERR_OK)
        persist_give_up(h->persist); /* ram does not fail */
}

/* Nulls what volatile reference arrays hold of the handles in `dead`. */
static void null_transient(struct heap *h, const uint8_t *dead)
{
    struct heap_view v;
    for (ref_t r = 0; (r = heap_next_transient(h, r, &v)) != 0;) {
        if (v.h.kind != HEAP_REF_ARRAY)
            continue;
        for (uint32_t i = 0; i < v.h.length; i++) {
            ref_t target = get_u2(v.ram + 2 * i);
            if (target != 0 && target <= h->handle_count &&
                heap_bit(dead, target - 1u))
                null_element(h, &v, i);
        }
    }
}

/* ---- transient memory, visiting ---- */

static void clear_transient(struct heap *h, uint8_t flags, uint8_t context)
{
    struct heap_view v;
    for (ref_t r = 0; (r = heap_next_transient(h, r, &v)) != 0;) {
        if ((v.h.flags & flags) != 0 &&
            (context == 0 || v.h.context == context))
            memset(v.ram, 0, heap_ram_size(&v.h)); /* and its check */
    }
}

void heap_clear_on_deselect(struct heap *h, uint8_t context)
{
    clear_transient(h, HEAP_CLEAR_ON_DESELECT, context);
}

void heap_clear_on_reset(struct heap *h)
{
    clear_transient(h, HEAP_TRANSIENT, 0);
}

ref_t heap_next(const struct heap *h, ref_t ref)
{
    for (uint32_t i = ref + 1u; i < h->handle_end; i++) {
        if (heap_entry_(h, (ref_t)i) != 0)
            return (ref_t)i;
    }
    return 0;
}

void heap_note_transient(struct heap *h, ref_t ref)
{
    heap_set_bit(h->transients, (ref - 1u) >> h->group);
}

ref_t heap_next_transient(const struct heap *h, ref_t ref, struct heap_view *v)
{
    for (uint32_t i = ref + 1u; i < h->handle_end;) {
        const uint32_t group = (i - 1) >> h->group;
        if (h->transients[group / 8] == 0)
            i = ((group / 8 + 1) * 8 << h->group) + 1;
        else if (!heap_bit(h->transients, group))
            i = ((group + 1) << h->group) + 1;
        else if (heap_entry_(h, (ref_t)i) != 0 && heap_find(h, (ref_t)i, v) &&
                 v->ram != NULL)
            return (ref_t)i;
        else
            i++;
    }
    return 0;
}

static bool holds_reference(const struct heap *h, const struct heap_header *hd,
                            uint32_t cell)
{
    switch (hd->kind) {
    case HEAP_REF_ARRAY:
        return true;
    case HEAP_STATICS:
        return cell < hd->class_offset;
    case HEAP_OBJECT:
        return h->layout.is_reference(h->layout.ctx, hd->class_package,
                                      hd->class_offset, (uint16_t)cell);
    default:
        return false;
    }
}

bool heap_each_reference(const struct heap *h, ref_t ref,
                         bool (*f)(void *ctx, ref_t target), void *ctx)
{
    struct heap_view v;

    if (!heap_get(h, ref, &v) ||
        (v.h.kind != HEAP_REF_ARRAY && v.h.kind != HEAP_STATICS &&
         v.h.kind != HEAP_OBJECT))
        return true;
    for (uint32_t i = 0; i < v.h.length; i++) {
        ref_t target = get_u2(v.p + 2 * i);
        if (target != 0 && holds_reference(h, &v.h, i) && !f(ctx, target))
            return false;
    }
    return true;
}
