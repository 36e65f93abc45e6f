/* javacardx.framework.tlv.ConstructedBERTLV. */
#include "natives/cells.h"
#include "natives/natives.h"
#include "natives/tlv.h"

static const char tlv_class[] = "javacardx/framework/tlv/BERTLV";
static const char tag_class[] = "javacardx/framework/tlv/BERTag";
static const char own_tag_class[] = "javacardx/framework/tlv/ConstructedBERTag";

enum { IN_PLACE = 64 }; /* references that are moved as one write */

enum vm_native_result native_tlv_new_constructed(struct vm *vm,
                                                 const struct vm_call *call)
{
    const int16_t room = native_short(call, 1);
    ref_t record = 0;

    if (room < 0)
        return native_tlv_throw(vm, TLV_INVALID_PARAM);
    enum err e = native_tlv_new_record(vm, call, true, (uint32_t)room, &record);
    if (e == ERR_OK)
        e = native_set_cell(vm, call->cells[0], CELL_TLV_RECORD, record,
                            HEAP_ATOMIC);
    return e == ERR_OK ? VM_NATIVE_DONE : vm_throw_err(vm, e);
}

/* ---- more and less ---- */

/*
 * Whether the TLV `part` may join `length` bytes of `tlv`, which has a tag of
 * `tag_size`: it is made, does not contain it, and is not too large.
 */
static bool may_join(struct vm *vm, const struct tlv *tlv, ref_t object,
                     uint32_t length, uint32_t tag_size)
{
    uint16_t reason = 0;
    uint32_t inner = 0;
    uint32_t size = 0;
    struct tlv part;

    if (!native_tlv_open(vm, object, &part))
        return false;
    reason = object == tlv->object
                 ? TLV_INVALID_PARAM
                 : native_tlv_length(vm, &part, 1, tlv->object, &inner);
    if (reason == 0)
        reason = native_tlv_size(vm, &part, &size);
    length += size;
    if (reason == 0 &&
        tag_size + native_ber_length_size(length) + length > BER_LENGTH_MAX)
        reason = TLV_SIZE_TOO_LARGE;
    if (reason != 0)
        (void)native_tlv_throw(vm, reason);
    return reason == 0;
}

/*
 * A record that holds what `tlv` holds, without the one at `left_out`, and
 * with room for `room`.  0: thrown.
 */
static ref_t copy_record(struct vm *vm, const struct vm_call *call,
                         const struct tlv *tlv, uint32_t left_out,
                         uint32_t room)
{
    ref_t record = 0;
    uint32_t to = 0;
    enum err e = native_tlv_new_record(vm, call, true, room, &record);

    for (uint32_t i = 0; i < tlv->length && e == ERR_OK; i++) {
        uint8_t cell[2];
        if (i == left_out)
            continue;
        set_u2(cell, native_tlv_at(vm, tlv, i));
        e = heap_write(vm_heap(vm), record, 2 * to++, cell, sizeof cell,
                       HEAP_RAW);
    }
    if (e != ERR_OK)
        (void)vm_throw_err(vm, e);
    return e == ERR_OK ? record : 0;
}

static bool put_at(struct vm *vm, ref_t record, uint32_t i, ref_t object,
                   enum heap_write how)
{
    uint8_t cell[2];

    set_u2(cell, object);
    return native_write(vm, record, 2 * i, cell, sizeof cell, how);
}

static bool append(struct vm *vm, const struct vm_call *call,
                   const struct tlv *tlv, ref_t object)
{
    if (tlv->length < tlv->room)
        return put_at(vm, tlv->record, tlv->length, object, HEAP_ATOMIC);
    const ref_t record =
        copy_record(vm, call, tlv, UINT32_MAX, 2 * tlv->room + 2);
    return record != 0 && put_at(vm, record, tlv->length, object, HEAP_RAW) &&
           native_tlv_become(vm, tlv, 0, record);
}

enum vm_native_result native_tlv_append(struct vm *vm,
                                        const struct vm_call *call)
{
    const ref_t object = call->cells[1];
    uint32_t length = 0;
    struct ber_tag tag;
    struct tlv tlv;

    if (!native_instance(vm, call, object, tlv_class) ||
        !native_tlv_open(vm, call->cells[0], &tlv))
        return VM_NATIVE_THREW;
    const uint16_t reason = native_tlv_length(vm, &tlv, 0, 0, &length);
    if (reason != 0 || !native_tag_get(vm, tlv.tag, &tag))
        return native_tlv_throw(vm, reason != 0 ? reason : TLV_EMPTY_TLV);
    return may_join(vm, &tlv, object, length, tag.size) &&
                   append(vm, call, &tlv, object)
               ? native_tlv_done(vm, tlv.object)
               : VM_NATIVE_THREW;
}

enum vm_native_result native_tlv_init_with(struct vm *vm,
                                           const struct vm_call *call)
{
    const ref_t object = call->cells[2];
    struct tlv tlv, none;
    struct ber_tag tag;

    if (!native_instance_if_any(vm, call, call->cells[1], own_tag_class) ||
        !native_instance_if_any(vm, call, object, tlv_class) ||
        !native_object(vm, call, object) ||
        !native_tag_open(vm, call, call->cells[1], own_tag_class, &tag))
        return VM_NATIVE_THREW;
    if (!native_tlv_look(vm, call->cells[0], &tlv))
        return native_tlv_throw(vm, TLV_EMPTY_TLV);
    if (!may_join(vm, &tlv, object, 0, tag.size))
        return VM_NATIVE_THREW;
    none = tlv;
    none.length = 0;
    const ref_t record =
        copy_record(vm, call, &none, UINT32_MAX, tlv.room > 0 ? tlv.room : 1);
    return record != 0 && put_at(vm, record, 0, object, HEAP_RAW) &&
                   native_tlv_become(vm, &tlv, call->cells[1], record)
               ? native_tlv_done(vm, tlv.object)
               : VM_NATIVE_THREW;
}

enum vm_native_result native_tlv_init_from(struct vm *vm,
                                           const struct vm_call *call)
{
    struct native_range r;
    struct ber_tag tag;
    struct tlv tlv;

    if (!native_instance_if_any(vm, call, call->cells[1], own_tag_class) ||
        !native_piece(vm, call, 2, &r) ||
        !native_tag_open(vm, call, call->cells[1], own_tag_class, &tag))
        return VM_NATIVE_THREW;
    if (!native_tlv_look(vm, call->cells[0], &tlv))
        return native_tlv_throw(vm, TLV_EMPTY_TLV);
    if (!native_ber_is_sound(native_span(&r)))
        return native_tlv_throw(vm, TLV_MALFORMED_TLV);
    if (tag.size + native_ber_length_size(r.n) + r.n > BER_LENGTH_MAX)
        return native_tlv_throw(vm, TLV_INSUFFICIENT_STORAGE);
    const ref_t record = native_tlv_build(vm, call, &r);
    return record != 0 && native_tlv_become(vm, &tlv, call->cells[1], record)
               ? native_tlv_done(vm, tlv.object)
               : VM_NATIVE_THREW;
}

/* Where the n-th occurrence of a TLV is; false: thrown, INVALID_PARAM. */
static bool occurrence(struct vm *vm, const struct tlv *tlv, ref_t object,
                       int16_t n, uint32_t *at)
{
    for (*at = 0; *at < tlv->length && n > 0; (*at)++)
        if (native_tlv_at(vm, tlv, *at) == object && --n == 0)
            return true;
    (void)native_tlv_throw(vm, TLV_INVALID_PARAM);
    return false;
}

/* Moves up those behind it, as one write. */
static bool close_gap(struct vm *vm, const struct tlv *tlv, uint32_t at)
{
    uint8_t cells[2 * IN_PLACE];
    const uint32_t n = tlv->length - at;

    for (uint32_t i = 0; i < n; i++)
        set_u2(cells + 2 * i, native_tlv_at(vm, tlv, at + i + 1));
    return native_write(vm, tlv->record, 2 * at, cells, 2 * n, HEAP_ATOMIC);
}

enum vm_native_result native_tlv_delete(struct vm *vm,
                                        const struct vm_call *call)
{
    ref_t record = 0;
    uint32_t at = 0;
    struct tlv tlv;

    if (!native_instance(vm, call, call->cells[1], tlv_class))
        return VM_NATIVE_THREW;
    if (!native_tlv_look(vm, call->cells[0], &tlv))
        return native_tlv_throw(vm, TLV_INVALID_PARAM);
    if (!occurrence(vm, &tlv, call->cells[1], native_short(call, 2), &at))
        return VM_NATIVE_THREW;
    if (tlv.length - at <= IN_PLACE)
        return close_gap(vm, &tlv, at) ? native_tlv_done(vm, tlv.object)
                                       : VM_NATIVE_THREW;
    record = copy_record(vm, call, &tlv, at, tlv.room);
    return record != 0 && native_tlv_become(vm, &tlv, 0, record)
               ? native_tlv_done(vm, tlv.object)
               : VM_NATIVE_THREW;
}

/* ---- finding ---- */

/* Whether a TLV has the tag, or any: `tag` NULL. */
static bool matches(const struct vm *vm, ref_t object,
                    const struct ber_tag *tag)
{
    struct ber_tag own;
    struct tlv tlv;

    return tag == NULL ||
           (native_tlv_look(vm, object, &tlv) &&
            native_tag_get(vm, tlv.tag, &own) && ber_same_tag(&own, tag));
}

static enum vm_native_result find_from(struct vm *vm, const struct tlv *tlv,
                                       uint32_t at, const struct ber_tag *tag)
{
    for (; at < tlv->length; at++) {
        const ref_t object = native_tlv_at(vm, tlv, at);
        if (matches(vm, object, tag))
            return native_done_ref(vm, object);
    }
    return native_done_ref(vm, 0);
}

/* A tag argument that may be null; *tag is set to NULL then.  An empty one
 * equals nothing. */
static bool wanted_tag(struct vm *vm, const struct vm_call *call,
                       struct ber_tag *room, const struct ber_tag **tag)
{
    *tag = NULL;
    if (!native_instance_if_any(vm, call, call->cells[1], tag_class))
        return false;
    if (native_is_null(vm, call->cells[1]))
        return true;
    if (!native_tag_get(vm, call->cells[1], room))
        room->size = 0;
    *tag = room;
    return true;
}

enum vm_native_result native_tlv_find(struct vm *vm, const struct vm_call *call)
{
    const struct ber_tag *tag = NULL;
    struct ber_tag room;
    struct tlv tlv;

    if (!wanted_tag(vm, call, &room, &tag))
        return VM_NATIVE_THREW;
    return native_tlv_look(vm, call->cells[0], &tlv)
               ? find_from(vm, &tlv, 0, tag)
               : native_done_ref(vm, 0);
}

enum vm_native_result native_tlv_find_next(struct vm *vm,
                                           const struct vm_call *call)
{
    const struct ber_tag *tag = NULL;
    struct ber_tag room;
    uint32_t at = 0;
    struct tlv tlv;

    if (!wanted_tag(vm, call, &room, &tag) ||
        !native_instance(vm, call, call->cells[2], tlv_class))
        return VM_NATIVE_THREW;
    if (!native_tlv_look(vm, call->cells[0], &tlv))
        return native_tlv_throw(vm, TLV_INVALID_PARAM);
    return occurrence(vm, &tlv, call->cells[2], native_short(call, 3), &at)
               ? find_from(vm, &tlv, at + 1, tag)
               : VM_NATIVE_THREW;
}

/* ---- in arrays ---- */

enum vm_native_result native_tlv_append_to(struct vm *vm,
                                           const struct vm_call *call)
{
    struct native_range part, whole, to;
    struct ber_head head;

    if (!native_arrays(vm, call, call->cells[0], call->cells[2]) ||
        !native_tlv_any_in(vm, call, 0, &part, &head))
        return VM_NATIVE_THREW;
    if (!native_ber_is_sound(native_span(&part)))
        return native_tlv_throw(vm, TLV_MALFORMED_TLV);
    return native_tlv_in(vm, call, 2, true, &whole, &head) &&
                   native_target(vm, call, whole.ref, (int32_t)whole.at, 0, &to)
               ? native_tlv_extend(vm, &whole, &head, native_span(&part))
               : VM_NATIVE_THREW;
}

/* What to look for in a constructed TLV in an array. */
struct search {
    struct span inside;
    uint32_t at; /* of `inside`, in the array */
    const struct ber_tag *tag;
    int32_t after; /* the TLV here has been found; -1: none */
};

static enum vm_native_result search(struct vm *vm, struct search s)
{
    struct ber_head head;

    while (s.inside.n > 0) {
        if (native_ber_head(s.inside, &head) != BER_FINE ||
            head.length > s.inside.n - head.size)
            return native_tlv_throw(vm, TLV_MALFORMED_TLV);
        if (s.after == (int32_t)s.at)
            s.after = -1;
        else if (s.after < 0 &&
                 (s.tag == NULL || ber_same_tag(s.tag, &head.tag)))
            return native_done_short(vm, (int32_t)s.at);
        const uint32_t size = head.size + head.length;
        s.inside = span_of(s.inside.p + size, s.inside.n - size);
        s.at += size;
    }
    return s.after < 0 ? native_done_short(vm, -1)
                       : native_tlv_throw(vm, TLV_INVALID_PARAM);
}

static enum vm_native_result search_in(struct vm *vm,
                                       const struct vm_call *call,
                                       unsigned tag_cell, int32_t after)
{
    struct search s = {.after = after};
    struct native_range r;
    struct ber_head head;
    struct ber_tag tag;

    const bool any = native_is_null(vm, call->cells[tag_cell]);
    if ((!any && !native_bytes(vm, call, call->cells[tag_cell], 0, 0, &r)) ||
        !native_tlv_in(vm, call, 0, true, &r, &head))
        return VM_NATIVE_THREW;
    if (!any) {
        if (!native_tag_in(vm, call, tag_cell, &tag))
            return VM_NATIVE_THREW;
        s.tag = &tag;
    }
    s.at = r.at + head.size;
    s.inside = span_of(r.v.p + s.at, head.length);
    return search(vm, s);
}

enum vm_native_result native_tlv_find_in(struct vm *vm,
                                         const struct vm_call *call)
{
    return search_in(vm, call, 2, -1);
}

enum vm_native_result native_tlv_find_next_in(struct vm *vm,
                                              const struct vm_call *call)
{
    const int16_t start = native_short(call, 2);

    if (native_is_null(vm, call->cells[0]))
        return native_throw_null(vm);
    return start < 0 ? native_throw_bounds(vm) : search_in(vm, call, 3, start);
}
