/* javacardx.framework.tlv.BERTag and its two classes. */
#include "natives/cells.h"
#include "natives/natives.h"
#include "natives/tlv.h"

enum vm_native_result native_tlv_throw(struct vm *vm, uint16_t reason)
{
    return vm_throw_name(vm, "javacardx/framework/tlv/TLVException", reason);
}

/* Cells: the size and four bytes. */
enum { CELL_BYTES = 2, TAG_CELLS = 3 };

bool native_tag_get(const struct vm *vm, ref_t object, struct ber_tag *tag)
{
    struct heap_view v;

    if (!heap_get(vm_heap(vm), object, &v) || v.h.length < TAG_CELLS)
        return false;
    tag->size = v.p[1];
    memcpy(tag->bytes, v.p + CELL_BYTES, BER_TAG_MAX);
    return tag->size > 0 && tag->size <= BER_TAG_MAX;
}

bool native_tag_set(struct vm *vm, ref_t object, const struct ber_tag *tag)
{
    uint8_t cells[CELL_BYTES * TAG_CELLS] = {0};

    cells[1] = tag->size;
    memcpy(cells + CELL_BYTES, tag->bytes, tag->size);
    return native_update(vm, object, 0, cells, sizeof cells);
}

ref_t native_tag_new(struct vm *vm, const struct ber_tag *tag)
{
    const ref_t object = vm_new_object(
        vm, vm_api_class(ber_is_constructed(tag)
                             ? "javacardx/framework/tlv/ConstructedBERTag"
                             : "javacardx/framework/tlv/PrimitiveBERTag"));

    return object != 0 && native_tag_set(vm, object, tag) ? object : 0;
}

static enum vm_native_result refuse(struct vm *vm, enum ber_result why)
{
    if (why == BER_ENDS)
        return native_throw_bounds(vm);
    return native_tlv_throw(vm, why == BER_BIG_TAG ? TLV_ILLEGAL_SIZE
                                                   : TLV_MALFORMED_TAG);
}

bool native_tag_in(struct vm *vm, const struct vm_call *call, unsigned cell,
                   struct ber_tag *tag)
{
    struct native_range r;

    if (!native_rest(vm, call, cell, &r))
        return false;
    const enum ber_result result = native_ber_tag(native_span(&r), tag);
    if (result != BER_FINE)
        (void)refuse(vm, result);
    return result == BER_FINE;
}

bool native_tag_open(struct vm *vm, const struct vm_call *call, ref_t object,
                     const char *class_name, struct ber_tag *tag)
{
    if (!native_instance(vm, call, object, class_name))
        return false;
    if (native_tag_get(vm, object, tag))
        return true;
    (void)native_tlv_throw(vm, TLV_EMPTY_TAG);
    return false;
}

static bool own_tag(struct vm *vm, const struct vm_call *call,
                    struct ber_tag *tag)
{
    if (native_tag_get(vm, call->cells[0], tag))
        return true;
    (void)native_tlv_throw(vm, TLV_EMPTY_TAG);
    return false;
}

enum vm_native_result native_tag_instance(struct vm *vm,
                                          const struct vm_call *call)
{
    struct ber_tag tag;

    if (!native_tag_in(vm, call, 0, &tag))
        return VM_NATIVE_THREW;
    const ref_t object = native_tag_new(vm, &tag);
    return object != 0 ? native_done_ref(vm, object) : VM_NATIVE_THREW;
}

static bool is_constructed_class(const struct vm *vm, ref_t object)
{
    return vm_instance_of(
        vm, object, vm_api_class("javacardx/framework/tlv/ConstructedBERTag"));
}

enum vm_native_result native_tag_init(struct vm *vm, const struct vm_call *call)
{
    struct ber_tag tag;

    if (!native_tag_in(vm, call, 1, &tag))
        return VM_NATIVE_THREW;
    if (ber_is_constructed(&tag) != is_constructed_class(vm, call->cells[0]))
        return native_tlv_throw(vm, TLV_MALFORMED_TAG);
    return native_tag_set(vm, call->cells[0], &tag) ? VM_NATIVE_DONE
                                                    : VM_NATIVE_THREW;
}

static bool is_named(struct vm *vm, int16_t tag_class, int16_t number)
{
    if (tag_class >= 0 && tag_class <= 3 && number >= 0)
        return true;
    (void)native_tlv_throw(vm, TLV_INVALID_PARAM);
    return false;
}

enum vm_native_result native_tag_init_as(struct vm *vm,
                                         const struct vm_call *call)
{
    const int16_t tag_class = native_byte(call, 1);
    const int16_t number = native_short(call, 2);

    if (!is_named(vm, tag_class, number))
        return VM_NATIVE_THREW;
    const struct ber_tag tag = native_ber_tag_of(
        (uint8_t)tag_class, is_constructed_class(vm, call->cells[0]),
        (uint16_t)number);
    return native_tag_set(vm, call->cells[0], &tag) ? VM_NATIVE_DONE
                                                    : VM_NATIVE_THREW;
}

/* Writes a tag to an array, which is followed by an offset. */
static enum vm_native_result put_tag(struct vm *vm, const struct vm_call *call,
                                     unsigned cell, const struct ber_tag *tag)
{
    struct native_range to;

    return native_target(vm, call, call->cells[cell],
                         native_short(call, cell + 1), tag->size, &to) &&
                   native_write(vm, to.ref, to.at, tag->bytes, tag->size,
                                HEAP_ATOMIC)
               ? native_done_short(vm, tag->size)
               : VM_NATIVE_THREW;
}

enum vm_native_result native_tag_make_bytes(struct vm *vm,
                                            const struct vm_call *call)
{
    const int16_t tag_class = native_short(call, 0);
    const int16_t number = native_short(call, 2);
    struct native_range to;

    if (!native_target(vm, call, call->cells[3], native_short(call, 4), 0,
                       &to) ||
        !is_named(vm, tag_class, number))
        return VM_NATIVE_THREW;
    const struct ber_tag tag = native_ber_tag_of(
        (uint8_t)tag_class, (call->cells[1] & 1) != 0, (uint16_t)number);
    return put_tag(vm, call, 3, &tag);
}

enum vm_native_result native_tag_to_bytes(struct vm *vm,
                                          const struct vm_call *call)
{
    struct native_range to;
    struct ber_tag tag;

    return native_target(vm, call, call->cells[1], native_short(call, 2), 0,
                         &to) &&
                   own_tag(vm, call, &tag)
               ? put_tag(vm, call, 1, &tag)
               : VM_NATIVE_THREW;
}

/* ---- what a tag says: of an array, and of an object ---- */

static enum vm_native_result number_of(struct vm *vm, const struct ber_tag *tag)
{
    const uint32_t number = native_ber_tag_number(tag);

    return number <= INT16_MAX ? native_done_short(vm, (int32_t)number)
                               : native_tlv_throw(vm, TLV_TAG_NUMBER_TOO_LARGE);
}

static enum vm_native_result size_of(struct vm *vm, const struct ber_tag *tag)
{
    return native_done_short(vm, tag->size);
}

static enum vm_native_result class_of(struct vm *vm, const struct ber_tag *tag)
{
    return native_done_short(vm, tag->bytes[0] >> 6);
}

static enum vm_native_result kind_of(struct vm *vm, const struct ber_tag *tag)
{
    return native_done_short(vm, ber_is_constructed(tag));
}

#define TELLS(in_array, in_object, answer)                                     \
    enum vm_native_result in_array(struct vm *vm, const struct vm_call *call)  \
    {                                                                          \
        struct ber_tag tag;                                                    \
        return native_tag_in(vm, call, 0, &tag) ? answer(vm, &tag)             \
                                                : VM_NATIVE_THREW;             \
    }                                                                          \
    enum vm_native_result in_object(struct vm *vm, const struct vm_call *call) \
    {                                                                          \
        struct ber_tag tag;                                                    \
        return own_tag(vm, call, &tag) ? answer(vm, &tag) : VM_NATIVE_THREW;   \
    }

TELLS(native_tag_size_in, native_tag_size, size_of)
TELLS(native_tag_number_in, native_tag_number, number_of)
TELLS(native_tag_class_in, native_tag_class, class_of)
TELLS(native_tag_constructed_in, native_tag_constructed, kind_of)

enum vm_native_result native_tag_verify(struct vm *vm,
                                        const struct vm_call *call)
{
    struct native_range r;
    struct ber_tag tag;

    if (!native_rest(vm, call, 0, &r))
        return VM_NATIVE_THREW;
    const enum ber_result result = native_ber_tag(native_span(&r), &tag);
    return result == BER_ENDS ? native_throw_bounds(vm)
                              : native_done_short(vm, result == BER_FINE);
}

/* Throws nothing, as the API has it: what is no tag is not equal. */
enum vm_native_result native_tag_equals(struct vm *vm,
                                        const struct vm_call *call)
{
    const struct vm_class class =
        vm_api_class("javacardx/framework/tlv/BERTag");
    const ref_t other = call->cells[1];
    struct ber_tag a, b;
    struct heap_view v;

    return native_done_short(vm, vm_instance_of(vm, other, class) &&
                                     heap_get(vm_heap(vm), other, &v) &&
                                     (call->caller_context == 0 ||
                                      v.h.context == call->caller_context) &&
                                     native_tag_get(vm, call->cells[0], &a) &&
                                     native_tag_get(vm, other, &b) &&
                                     ber_same_tag(&a, &b));
}
