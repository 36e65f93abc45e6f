#include "natives/tlv.h"

#include "natives/cells.h"

static uint32_t held(const struct heap_view *record, uint32_t room)
{
    uint32_t n = 0;

    while (n < room && get_u2(record->p + 2 * n) != 0)
        n++;
    return n;
}

bool native_tlv_look(const struct vm *vm, ref_t object, struct tlv *tlv)
{
    struct heap_view v;

    tlv->object = object;
    tlv->tag = native_cell(vm, object, CELL_TLV_TAG);
    tlv->record = native_cell(vm, object, CELL_TLV_RECORD);
    if (!heap_get(vm_heap(vm), tlv->record, &v))
        return false;
    tlv->constructed = v.h.kind == HEAP_REF_ARRAY;
    tlv->room = tlv->constructed ? v.h.length : v.h.length - TLV_VALUE_AT;
    tlv->length = tlv->constructed ? held(&v, tlv->room) : get_u2(v.p);
    return true;
}

bool native_tlv_open(struct vm *vm, ref_t object, struct tlv *tlv)
{
    if (native_tlv_look(vm, object, tlv) && !native_is_null(vm, tlv->tag))
        return true;
    (void)native_tlv_throw(vm, TLV_EMPTY_TLV);
    return false;
}

ref_t native_tlv_at(const struct vm *vm, const struct tlv *tlv, uint32_t i)
{
    struct heap_view v;

    if (i >= tlv->length || !heap_get(vm_heap(vm), tlv->record, &v))
        return 0;
    return get_u2(v.p + 2 * i);
}

struct span native_tlv_value(const struct vm *vm, const struct tlv *tlv)
{
    struct heap_view v;

    if (!heap_get(vm_heap(vm), tlv->record, &v))
        return span_of(NULL, 0);
    return span_of(v.p + TLV_VALUE_AT, tlv->length);
}

/* ---- how large ---- */

struct level {
    struct tlv tlv;
    uint32_t next;
    uint32_t sum;
};

/* The next TLV in this one joins the sum, or is a level of its own. */
static uint16_t take_next(const struct vm *vm, struct level *level,
                          ref_t unwanted, struct tlv *child)
{
    const ref_t object = native_tlv_at(vm, &level->tlv, level->next++);
    struct ber_tag tag;

    if (object == unwanted && unwanted != 0)
        return TLV_INVALID_PARAM;
    if (!native_tlv_look(vm, object, child) ||
        !native_tag_get(vm, child->tag, &tag))
        return TLV_EMPTY_TLV;
    if (!child->constructed)
        level->sum +=
            tag.size + native_ber_length_size(child->length) + child->length;
    return level->sum > BER_LENGTH_MAX ? TLV_SIZE_TOO_LARGE : 0;
}

/* A level is done: the one above it gets its size. */
static uint16_t add_up(const struct vm *vm, const struct level *done,
                       struct level *above)
{
    struct ber_tag tag;

    if (!native_tag_get(vm, done->tlv.tag, &tag))
        return TLV_EMPTY_TLV;
    above->sum += tag.size + native_ber_length_size(done->sum) + done->sum;
    return above->sum > BER_LENGTH_MAX ? TLV_SIZE_TOO_LARGE : 0;
}

uint16_t native_tlv_length(const struct vm *vm, const struct tlv *tlv,
                           unsigned above, ref_t unwanted, uint32_t *length)
{
    struct level levels[TLV_DEPTH] = {{.tlv = *tlv}};
    unsigned top = 0;
    uint16_t reason = 0;

    if (!tlv->constructed) {
        *length = tlv->length;
        return 0;
    }
    while (reason == 0) {
        struct level *level = &levels[top];
        struct tlv child = {0};
        if (level->next == level->tlv.length && top == 0)
            break;
        if (level->next == level->tlv.length) {
            top--;
            reason = add_up(vm, level, &levels[top]);
            continue;
        }
        reason = take_next(vm, level, unwanted, &child);
        if (reason != 0 || !child.constructed)
            continue;
        if (++top + above >= TLV_DEPTH)
            return TLV_ILLEGAL_SIZE;
        levels[top] = (struct level){.tlv = child};
    }
    *length = levels[0].sum;
    return reason;
}

uint16_t native_tlv_size(const struct vm *vm, const struct tlv *tlv,
                         uint32_t *size)
{
    uint16_t reason = native_tlv_length(vm, tlv, 0, 0, size);
    struct ber_tag tag;

    if (reason != 0)
        return reason;
    if (!native_tag_get(vm, tlv->tag, &tag))
        return TLV_EMPTY_TLV;
    *size += tag.size + native_ber_length_size(*size);
    return *size > BER_LENGTH_MAX ? TLV_SIZE_TOO_LARGE : 0;
}

enum vm_native_result native_tlv_done(struct vm *vm, ref_t object)
{
    struct tlv tlv;
    uint32_t size = 0;

    if (!native_tlv_open(vm, object, &tlv))
        return VM_NATIVE_THREW;
    const uint16_t reason = native_tlv_size(vm, &tlv, &size);
    return reason == 0 ? native_done_short(vm, (int32_t)size)
                       : native_tlv_throw(vm, reason);
}

/* ---- changes ---- */

enum err native_tlv_new_record(struct vm *vm, const struct vm_call *call,
                               bool constructed, uint32_t room, ref_t *out)
{
    const struct vm_class object = vm_api_class("java/lang/Object");
    struct heap_header hd = {0};

    hd.kind = constructed ? HEAP_REF_ARRAY : HEAP_BLOB;
    hd.context = call->caller_context;
    hd.owner = vm_owner(vm);
    hd.length = constructed ? room : room + TLV_VALUE_AT;
    if (constructed) {
        hd.class_package = object.package;
        hd.class_offset = object.offset;
    }
    return heap_new(vm_heap(vm), &hd, out);
}

static bool become(struct vm *vm, const struct tlv *tlv, ref_t tag,
                   ref_t record)
{
    enum err e =
        native_set_cell(vm, tlv->object, CELL_TLV_RECORD, record, HEAP_ATOMIC);

    if (e == ERR_OK && tag != 0)
        e = native_set_cell(vm, tlv->object, CELL_TLV_TAG, tag, HEAP_ATOMIC);
    if (e == ERR_OK && tlv->record != 0)
        e = heap_free(vm_heap(vm), tlv->record);
    if (e != ERR_OK)
        (void)vm_throw_err(vm, e);
    return e == ERR_OK;
}

bool native_tlv_become(struct vm *vm, const struct tlv *tlv, ref_t tag,
                       ref_t record)
{
    bool own = false;

    return native_begin(vm, &own) &&
           native_end(vm, own, become(vm, tlv, tag, record));
}

ref_t native_tlv_record_of(struct vm *vm, const struct vm_call *call,
                           const struct native_range *value, uint32_t room)
{
    uint8_t length[TLV_VALUE_AT];
    ref_t record = 0;
    struct heap_view v;
    enum err e = native_tlv_new_record(
        vm, call, false, room > value->n ? room : value->n, &record);

    set_u2(length, (uint16_t)value->n);
    if (e == ERR_OK)
        e = heap_write(vm_heap(vm), record, 0, length, sizeof length, HEAP_RAW);
    if (e == ERR_OK && !heap_get(vm_heap(vm), value->ref, &v))
        e = ERR_CORRUPT;
    if (e == ERR_OK && value->n > 0)
        e = heap_write(vm_heap(vm), record, TLV_VALUE_AT, v.p + value->at,
                       value->n, HEAP_RAW);
    if (e != ERR_OK)
        (void)vm_throw_err(vm, e);
    return e == ERR_OK ? record : 0;
}

/* ---- objects for bytes ---- */

struct nest {
    ref_t record;
    uint32_t filled;
    uint32_t end; /* in the array that the bytes are in */
};

/* The bytes, where they are now: an allocation may have moved them. */
static struct span bytes_at(const struct vm *vm, const struct native_range *r,
                            uint32_t from, uint32_t to)
{
    struct heap_view v;

    return heap_get(vm_heap(vm), r->ref, &v) ? span_of(v.p + from, to - from)
                                             : span_of(NULL, 0);
}

static ref_t new_tlv(struct vm *vm, const struct ber_tag *tag, ref_t record)
{
    const ref_t tag_object = native_tag_new(vm, tag);
    struct tlv tlv = {0};

    if (tag_object == 0)
        return 0;
    tlv.object = vm_new_object(
        vm, vm_api_class(ber_is_constructed(tag)
                             ? "javacardx/framework/tlv/ConstructedBERTLV"
                             : "javacardx/framework/tlv/PrimitiveBERTLV"));
    return tlv.object != 0 && native_tlv_become(vm, &tlv, tag_object, record)
               ? tlv.object
               : 0;
}

/* Puts a new TLV in its place among those that contain it. */
static bool join(struct vm *vm, struct nest *nest, const struct ber_tag *tag,
                 ref_t record)
{
    const ref_t object = new_tlv(vm, tag, record);
    uint8_t cell[2];

    set_u2(cell, object);
    return object != 0 && native_write(vm, nest->record, 2 * nest->filled++,
                                       cell, sizeof cell, HEAP_RAW);
}

static bool open_nest(struct vm *vm, const struct vm_call *call,
                      const struct native_range *r, uint32_t from, uint32_t to,
                      struct nest *nest)
{
    const uint32_t n = native_ber_count(bytes_at(vm, r, from, to));
    enum err e = native_tlv_new_record(vm, call, true, n, &nest->record);

    nest->filled = 0;
    nest->end = to;
    if (e != ERR_OK)
        (void)vm_throw_err(vm, e);
    return e == ERR_OK;
}

ref_t native_tlv_build(struct vm *vm, const struct vm_call *call,
                       const struct native_range *r)
{
    struct nest nests[TLV_DEPTH];
    struct ber_head head;
    unsigned top = 0;
    uint32_t at = r->at;

    if (!open_nest(vm, call, r, at, at + r->n, &nests[0]))
        return 0;
    while (top > 0 || at < nests[0].end) {
        if (at == nests[top].end) {
            top--;
            continue;
        }
        if (native_ber_head(bytes_at(vm, r, at, nests[top].end), &head) !=
            BER_FINE) {
            (void)vm_throw_err(vm, ERR_CORRUPT);
            return 0;
        }
        at += head.size;
        if (!ber_is_constructed(&head.tag)) {
            const struct native_range value = {r->ref, r->v, at, head.length};
            const ref_t record = native_tlv_record_of(vm, call, &value, 0);
            if (record == 0 || !join(vm, &nests[top], &head.tag, record))
                return 0;
            at += head.length;
            continue;
        }
        if (top + 1 == TLV_DEPTH) {
            (void)native_tlv_throw(vm, TLV_ILLEGAL_SIZE);
            return 0;
        }
        if (!open_nest(vm, call, r, at, at + head.length, &nests[top + 1]) ||
            !join(vm, &nests[top], &head.tag, nests[top + 1].record))
            return 0;
        top++;
    }
    return nests[0].record;
}
