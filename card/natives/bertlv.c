/* javacardx.framework.tlv.BERTLV and PrimitiveBERTLV. */
#include "natives/cells.h"
#include "natives/natives.h"
#include "natives/tlv.h"

static const char own_tag_class[] = "javacardx/framework/tlv/PrimitiveBERTag";

/* ---- TLVs in arrays ---- */

static enum vm_native_result refuse(struct vm *vm, enum ber_result why,
                                    uint16_t too_long)
{
    if (why == BER_ENDS)
        return native_throw_bounds(vm);
    return native_tlv_throw(vm, why == BER_BIG_LENGTH ? too_long
                                                      : TLV_MALFORMED_TLV);
}

static bool head_in(struct vm *vm, const struct vm_call *call, unsigned cell,
                    uint16_t too_long, struct native_range *r,
                    struct ber_head *head)
{
    if (!native_rest(vm, call, cell, r))
        return false;
    const enum ber_result result = native_ber_head(native_span(r), head);
    if (result != BER_FINE)
        (void)refuse(vm, result, too_long);
    return result == BER_FINE;
}

static bool within(struct vm *vm, struct native_range *r,
                   const struct ber_head *head)
{
    if (head->length > r->n - head->size) {
        (void)native_throw_bounds(vm);
        return false;
    }
    r->n = head->size + head->length;
    return true;
}

bool native_tlv_any_in(struct vm *vm, const struct vm_call *call, unsigned cell,
                       struct native_range *r, struct ber_head *head)
{
    return head_in(vm, call, cell, TLV_SIZE_TOO_LARGE, r, head) &&
           within(vm, r, head);
}

bool native_tlv_in(struct vm *vm, const struct vm_call *call, unsigned cell,
                   bool constructed, struct native_range *r,
                   struct ber_head *head)
{
    if (!head_in(vm, call, cell, TLV_SIZE_TOO_LARGE, r, head))
        return false;
    if (ber_is_constructed(&head->tag) == constructed)
        return within(vm, r, head);
    (void)native_tlv_throw(vm, TLV_MALFORMED_TLV);
    return false;
}

/* tag, length, value and more, in scratch memory and from there in place. */
static enum vm_native_result put_tlv(struct vm *vm, const struct ber_tag *tag,
                                     struct span value, struct span more,
                                     const struct native_range *to)
{
    const struct card_port *port = jcre_port(jcre_of(vm));
    const uint32_t length = (uint32_t)(value.n + more.n);
    const uint32_t size = tag->size + native_ber_length_size(length) + length;
    uint8_t field[BER_HEAD_MAX];
    struct buf b = buf_of(port->scratch, port->scratch_size);

    if (size > BER_LENGTH_MAX)
        return native_tlv_throw(vm, TLV_SIZE_TOO_LARGE);
    if (size > to->v.h.length - to->at)
        return native_throw_bounds(vm);
    if (buf_put(&b, tag->bytes, tag->size) != ERR_OK ||
        buf_put(&b, field, native_ber_put_length(field, length)) != ERR_OK ||
        buf_put_span(&b, value) != ERR_OK || buf_put_span(&b, more) != ERR_OK)
        return vm_throw_err(vm, ERR_LOG_FULL);
    return native_write(vm, to->ref, to->at, b.p, size, HEAP_ATOMIC)
               ? native_done_short(vm, (int32_t)size)
               : VM_NATIVE_THREW;
}

enum vm_native_result native_tlv_extend(struct vm *vm,
                                        const struct native_range *r,
                                        const struct ber_head *head,
                                        struct span more)
{
    const struct span value =
        span_of(r->v.p + r->at + head->size, head->length);

    return put_tlv(vm, &head->tag, value, more, r);
}

enum vm_native_result native_tlv_verify(struct vm *vm,
                                        const struct vm_call *call)
{
    struct native_range r;

    if (!native_piece(vm, call, 0, &r))
        return VM_NATIVE_THREW;
    return native_done_short(vm,
                             r.n > 0 && native_ber_is_sound(native_span(&r)));
}

enum vm_native_result native_tlv_tag_in(struct vm *vm,
                                        const struct vm_call *call)
{
    struct native_range from, to;
    struct ber_tag tag;

    if (!native_arrays(vm, call, call->cells[0], call->cells[2]) ||
        !native_rest(vm, call, 0, &from))
        return VM_NATIVE_THREW;
    const enum ber_result result = native_ber_tag(native_span(&from), &tag);
    if (result == BER_BIG_TAG)
        return native_tlv_throw(vm, TLV_ILLEGAL_SIZE);
    if (result != BER_FINE)
        return refuse(vm, result, 0);
    return native_target(vm, call, call->cells[2], native_short(call, 3),
                         tag.size, &to) &&
                   native_write(vm, to.ref, to.at, tag.bytes, tag.size,
                                HEAP_ATOMIC)
               ? native_done_short(vm, tag.size)
               : VM_NATIVE_THREW;
}

enum vm_native_result native_tlv_length_in(struct vm *vm,
                                           const struct vm_call *call)
{
    struct native_range r;
    struct ber_head head;

    return head_in(vm, call, 0, TLV_LENGTH_TOO_LARGE, &r, &head)
               ? native_done_short(vm, (int32_t)head.length)
               : VM_NATIVE_THREW;
}

enum vm_native_result native_tlv_value_offset(struct vm *vm,
                                              const struct vm_call *call)
{
    struct native_range r;
    struct ber_head head;

    if (!head_in(vm, call, 0, TLV_SIZE_TOO_LARGE, &r, &head))
        return VM_NATIVE_THREW;
    if (ber_is_constructed(&head.tag))
        return native_tlv_throw(vm, TLV_MALFORMED_TLV);
    return native_done_short(vm, (int32_t)(r.at + head.size));
}

enum vm_native_result native_tlv_make_bytes(struct vm *vm,
                                            const struct vm_call *call)
{
    struct native_range value, to;
    struct ber_tag tag;

    if (!native_arrays(vm, call, call->cells[0], call->cells[2]) ||
        !native_piece(vm, call, 2, &value) ||
        !native_target(vm, call, call->cells[5], native_short(call, 6), 0,
                       &to) ||
        !native_tag_in(vm, call, 0, &tag))
        return VM_NATIVE_THREW;
    if (ber_is_constructed(&tag))
        return native_tlv_throw(vm, TLV_MALFORMED_TAG);
    return put_tlv(vm, &tag, native_span(&value), span_of(NULL, 0), &to);
}

enum vm_native_result native_tlv_append_in(struct vm *vm,
                                           const struct vm_call *call)
{
    struct native_range tlv, value, to;
    struct ber_head head;

    if (!native_arrays(vm, call, call->cells[0], call->cells[2]) ||
        !native_piece(vm, call, 2, &value) ||
        !native_tlv_in(vm, call, 0, false, &tlv, &head) ||
        !native_target(vm, call, tlv.ref, (int32_t)tlv.at, 0, &to))
        return VM_NATIVE_THREW;
    return native_tlv_extend(vm, &tlv, &head, native_span(&value));
}

/* ---- objects ---- */

static bool is_constructed(const struct vm *vm, ref_t object)
{
    return vm_instance_of(
        vm, object, vm_api_class("javacardx/framework/tlv/ConstructedBERTLV"));
}

/* The first TLV of the arguments' bytes, all of which are sound. */
static bool first_in(struct vm *vm, const struct vm_call *call, unsigned cell,
                     struct native_range *r, struct ber_head *head)
{
    if (!native_bytes(vm, call, call->cells[cell], native_short(call, cell + 1),
                      native_short(call, cell + 2), r))
        return false;
    if (native_ber_is_sound(native_span(r)) &&
        native_ber_head(native_span(r), head) == BER_FINE) {
        r->n = head->size + head->length;
        return true;
    }
    (void)native_tlv_throw(vm, TLV_MALFORMED_TLV);
    return false;
}

enum vm_native_result native_tlv_instance(struct vm *vm,
                                          const struct vm_call *call)
{
    struct native_range r;
    struct ber_head head;
    struct heap_view v;

    if (!first_in(vm, call, 0, &r, &head))
        return VM_NATIVE_THREW;
    const ref_t list = native_tlv_build(vm, call, &r);
    if (list == 0 || !heap_get(vm_heap(vm), list, &v))
        return VM_NATIVE_THREW;
    const ref_t object = get_u2(v.p);
    const enum err e = heap_free(vm_heap(vm), list);
    return e == ERR_OK ? native_done_ref(vm, object) : vm_throw_err(vm, e);
}

/* ---- values of primitive ones ---- */

enum { IN_PLACE = 256 }; /* bytes of a value that are changed as one write */

/*
 * In the room that there is: instead of all, or behind its end, where nobody
 * sees it until the length says so.
 */
static bool put_in_place(struct vm *vm, const struct tlv *tlv, uint32_t at,
                         const struct native_range *r)
{
    uint8_t bytes[TLV_VALUE_AT + IN_PLACE];

    set_u2(bytes, (uint16_t)(at + r->n));
    if (at == 0) {
        memcpy(bytes + TLV_VALUE_AT, r->v.p + r->at, r->n);
        return native_update(vm, tlv->record, 0, bytes, TLV_VALUE_AT + r->n);
    }
    return native_write(vm, tlv->record, TLV_VALUE_AT + at, r->v.p + r->at,
                        r->n, HEAP_ATOMIC) &&
           native_write(vm, tlv->record, 0, bytes, TLV_VALUE_AT, HEAP_ATOMIC);
}

/* A new record with what stood before `at`, and the range after it. */
static ref_t longer(struct vm *vm, const struct vm_call *call,
                    const struct tlv *tlv, uint32_t at,
                    const struct native_range *r)
{
    struct native_range before = {.ref = tlv->record, .at = TLV_VALUE_AT};
    uint8_t length[TLV_VALUE_AT];
    struct heap_view v;

    before.n = at;
    const ref_t record = native_tlv_record_of(
        vm, call, &before, at + r->n > tlv->room ? at + r->n : tlv->room);
    set_u2(length, (uint16_t)(at + r->n));
    if (record == 0 || !heap_get(vm_heap(vm), r->ref, &v) ||
        !native_write(vm, record, TLV_VALUE_AT + at, v.p + r->at, r->n,
                      HEAP_RAW) ||
        !native_write(vm, record, 0, length, sizeof length, HEAP_RAW))
        return 0;
    return record;
}

/* The range becomes the value from `at` on; a tag of 0 stays what it is. */
static enum vm_native_result
put_value(struct vm *vm, const struct vm_call *call, const struct tlv *tlv,
          ref_t tag, uint32_t at, const struct native_range *r)
{
    if (tag == 0 && r->n <= IN_PLACE && at + r->n <= tlv->room)
        return put_in_place(vm, tlv, at, r) ? native_tlv_done(vm, tlv->object)
                                            : VM_NATIVE_THREW;
    const ref_t record = longer(vm, call, tlv, at, r);
    return record != 0 && native_tlv_become(vm, tlv, tag, record)
               ? native_tlv_done(vm, tlv->object)
               : VM_NATIVE_THREW;
}

/* Whether a TLV of this tag may have so long a value. */
static bool fits(struct vm *vm, const struct ber_tag *tag, uint32_t n)
{
    if (tag->size + native_ber_length_size(n) + n <= BER_LENGTH_MAX)
        return true;
    (void)native_tlv_throw(vm, TLV_INSUFFICIENT_STORAGE);
    return false;
}

enum vm_native_result native_tlv_new_primitive(struct vm *vm,
                                               const struct vm_call *call)
{
    const int16_t room = native_short(call, 1);
    ref_t record = 0;

    if (room < 0)
        return native_tlv_throw(vm, TLV_INVALID_PARAM);
    enum err e =
        native_tlv_new_record(vm, call, false, (uint32_t)room, &record);
    if (e == ERR_OK)
        e = native_set_cell(vm, call->cells[0], CELL_TLV_RECORD, record,
                            HEAP_ATOMIC);
    return e == ERR_OK ? VM_NATIVE_DONE : vm_throw_err(vm, e);
}

/* `this` may be empty; false: its constructor has not run, thrown. */
static bool open_this(struct vm *vm, const struct vm_call *call,
                      struct tlv *tlv)
{
    if (native_tlv_look(vm, call->cells[0], tlv))
        return true;
    (void)native_tlv_throw(vm, TLV_EMPTY_TLV);
    return false;
}

enum vm_native_result native_tlv_init(struct vm *vm, const struct vm_call *call)
{
    const bool constructed = is_constructed(vm, call->cells[0]);
    struct native_range r;
    struct ber_head head;
    struct tlv tlv;

    if (!open_this(vm, call, &tlv) || !first_in(vm, call, 1, &r, &head))
        return VM_NATIVE_THREW;
    if (ber_is_constructed(&head.tag) != constructed)
        return native_tlv_throw(vm, TLV_MALFORMED_TLV);
    const ref_t tag = native_tag_new(vm, &head.tag);
    r.at += head.size;
    r.n = head.length;
    if (tag == 0)
        return VM_NATIVE_THREW;
    if (!constructed)
        return put_value(vm, call, &tlv, tag, 0, &r);
    const ref_t record = native_tlv_build(vm, call, &r);
    return record != 0 && native_tlv_become(vm, &tlv, tag, record)
               ? native_tlv_done(vm, tlv.object)
               : VM_NATIVE_THREW;
}

enum vm_native_result native_tlv_init_value(struct vm *vm,
                                            const struct vm_call *call)
{
    struct native_range r;
    struct ber_tag tag;
    struct tlv tlv;

    if (!native_instance_if_any(vm, call, call->cells[1], own_tag_class) ||
        !native_piece(vm, call, 2, &r) || !open_this(vm, call, &tlv) ||
        !native_tag_open(vm, call, call->cells[1], own_tag_class, &tag) ||
        !fits(vm, &tag, r.n))
        return VM_NATIVE_THREW;
    return put_value(vm, call, &tlv, call->cells[1], 0, &r);
}

static enum vm_native_result
change_value(struct vm *vm, const struct vm_call *call, bool append)
{
    struct native_range r;
    struct ber_tag tag;
    struct tlv tlv;

    if (!native_piece(vm, call, 1, &r) ||
        !native_tlv_open(vm, call->cells[0], &tlv))
        return VM_NATIVE_THREW;
    const uint32_t at = append ? tlv.length : 0;
    if (!native_tag_get(vm, tlv.tag, &tag))
        return native_tlv_throw(vm, TLV_EMPTY_TLV);
    return fits(vm, &tag, at + r.n) ? put_value(vm, call, &tlv, 0, at, &r)
                                    : VM_NATIVE_THREW;
}

enum vm_native_result native_tlv_append_value(struct vm *vm,
                                              const struct vm_call *call)
{
    return change_value(vm, call, true);
}

enum vm_native_result native_tlv_replace_value(struct vm *vm,
                                               const struct vm_call *call)
{
    return change_value(vm, call, false);
}

enum vm_native_result native_tlv_get_value(struct vm *vm,
                                           const struct vm_call *call)
{
    struct native_range to;
    struct tlv tlv;

    if (!native_target(vm, call, call->cells[1], native_short(call, 2), 0,
                       &to) ||
        !native_tlv_open(vm, call->cells[0], &tlv) ||
        !native_target(vm, call, to.ref, (int32_t)to.at, (int32_t)tlv.length,
                       &to))
        return VM_NATIVE_THREW;
    return native_write(vm, to.ref, to.at, native_tlv_value(vm, &tlv).p, to.n,
                        HEAP_ATOMIC)
               ? native_done_short(vm, (int32_t)to.n)
               : VM_NATIVE_THREW;
}

/* ---- what a TLV says of itself ---- */

enum vm_native_result native_tlv_get_tag(struct vm *vm,
                                         const struct vm_call *call)
{
    struct tlv tlv;

    return native_tlv_open(vm, call->cells[0], &tlv)
               ? native_done_ref(vm, tlv.tag)
               : VM_NATIVE_THREW;
}

enum vm_native_result native_tlv_get_length(struct vm *vm,
                                            const struct vm_call *call)
{
    uint32_t length = 0;
    struct tlv tlv;

    if (!native_tlv_open(vm, call->cells[0], &tlv))
        return VM_NATIVE_THREW;
    const uint16_t reason = native_tlv_length(vm, &tlv, 0, 0, &length);
    if (reason != 0)
        return native_tlv_throw(
            vm, reason == TLV_SIZE_TOO_LARGE ? TLV_LENGTH_TOO_LARGE : reason);
    return native_done_short(vm, (int32_t)length);
}

enum vm_native_result native_tlv_get_size(struct vm *vm,
                                          const struct vm_call *call)
{
    return native_tlv_done(vm, call->cells[0]);
}

/* Tag and length, and the value of a primitive one. */
static enum err put_head(const struct vm *vm, const struct tlv *tlv,
                         struct buf *out)
{
    uint8_t field[BER_HEAD_MAX];
    uint32_t length = 0;
    struct ber_tag tag;

    if (!native_tag_get(vm, tlv->tag, &tag) ||
        native_tlv_length(vm, tlv, 0, 0, &length) != 0)
        return ERR_CORRUPT;
    enum err e = buf_put(out, tag.bytes, tag.size);
    if (e == ERR_OK)
        e = buf_put(out, field, native_ber_put_length(field, length));
    if (e == ERR_OK && !tlv->constructed)
        e = buf_put_span(out, native_tlv_value(vm, tlv));
    return e;
}

/* All of a TLV whose size is known, so no deeper than TLV_DEPTH. */
static enum err put_all(const struct vm *vm, const struct tlv *tlv,
                        struct buf *out)
{
    struct {
        struct tlv tlv;
        uint32_t next;
    } levels[TLV_DEPTH] = {{.tlv = *tlv}};
    unsigned depth = tlv->constructed ? 1 : 0;
    enum err e = put_head(vm, tlv, out);

    while (e == ERR_OK && depth > 0) {
        const struct tlv *top = &levels[depth - 1].tlv;
        struct tlv child;
        const ref_t object = native_tlv_at(vm, top, levels[depth - 1].next++);
        if (object == 0) {
            depth--;
            continue;
        }
        if (!native_tlv_look(vm, object, &child) || depth == TLV_DEPTH)
            return ERR_CORRUPT;
        e = put_head(vm, &child, out);
        if (child.constructed) {
            levels[depth].tlv = child;
            levels[depth++].next = 0;
        }
    }
    return e;
}

enum vm_native_result native_tlv_to_bytes(struct vm *vm,
                                          const struct vm_call *call)
{
    const struct card_port *port = jcre_port(jcre_of(vm));
    struct buf b = buf_of(port->scratch, port->scratch_size);
    struct native_range to;
    uint32_t size = 0;
    struct tlv tlv;

    if (!native_target(vm, call, call->cells[1], native_short(call, 2), 0,
                       &to) ||
        !native_tlv_open(vm, call->cells[0], &tlv))
        return VM_NATIVE_THREW;
    const uint16_t reason = native_tlv_size(vm, &tlv, &size);
    if (reason != 0)
        return native_tlv_throw(vm, reason);
    if (!native_target(vm, call, to.ref, (int32_t)to.at, (int32_t)size, &to))
        return VM_NATIVE_THREW;
    const enum err e = put_all(vm, &tlv, &b);
    if (e != ERR_OK)
        return vm_throw_err(vm, e);
    return native_write(vm, to.ref, to.at, b.p, size, HEAP_ATOMIC)
               ? native_done_short(vm, (int32_t)size)
               : VM_NATIVE_THREW;
}
