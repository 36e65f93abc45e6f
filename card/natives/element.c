/*
 * org.globalplatform.upgrade.Element and MappedElement: what an applet saves,
 * numbers as bytes and references apart from them, so that no number ever
 * becomes a reference.  Written and read in order.  [Amd H]
 *
 * No text says what happens at the end: ArrayIndexOutOfBoundsException, as of
 * the array that it is.
 */
#include "jcre/upgrade.h"
#include "natives/cells.h"
#include "natives/natives.h"
#include "natives/support.h"

enum { CELL_SIZE = 2, SHORT_SIZE = 2 };

/* One of the two sequences of an element. */
struct sequence {
    ref_t ref;
    struct heap_view v;
    uint16_t written;
    uint16_t read;
    enum native_cell written_at;
    enum native_cell read_at;
};

/* False: thrown; code that was never verified may pass another object. */
static bool open_sequence(struct vm *vm, const struct vm_call *call,
                          bool objects, struct sequence *s)
{
    const ref_t element = call->cells[0];

    if (!native_instance(vm, call, element,
                         "org/globalplatform/upgrade/Element"))
        return false;
    s->written_at = objects ? CELL_ELEMENT_SET : CELL_ELEMENT_WRITTEN;
    s->read_at = objects ? CELL_ELEMENT_TAKEN : CELL_ELEMENT_READ;
    s->ref = native_cell(vm, element,
                         objects ? CELL_ELEMENT_OBJECTS : CELL_ELEMENT_DATA);
    s->written = native_cell(vm, element, s->written_at);
    s->read = native_cell(vm, element, s->read_at);
    if (heap_get(vm_heap(vm), s->ref, &s->v) && s->written <= s->v.h.length &&
        s->read <= s->written)
        return true;
    (void)native_throw_null(vm); /* a class of the applet's own */
    return false;
}

/* ---- writing ---- */

static enum vm_native_result append(struct vm *vm, const struct vm_call *call,
                                    bool objects, const uint8_t *bytes,
                                    uint32_t n)
{
    const uint32_t size = objects ? CELL_SIZE : 1;
    struct sequence s;

    if (!open_sequence(vm, call, objects, &s))
        return VM_NATIVE_THREW;
    if (s.written + n / size > s.v.h.length)
        return native_throw_bounds(vm);
    if (!native_write(vm, s.ref, s.written * size, bytes, n, HEAP_ATOMIC))
        return VM_NATIVE_THREW;
    const enum err e =
        native_set_cell(vm, call->cells[0], s.written_at,
                        (uint16_t)(s.written + n / size), HEAP_ATOMIC);
    return e == ERR_OK ? native_done_ref(vm, call->cells[0])
                       : vm_throw_err(vm, e);
}

enum vm_native_result native_element_write_boolean(struct vm *vm,
                                                   const struct vm_call *call)
{
    const uint8_t byte = call->cells[1] != 0;

    return append(vm, call, false, &byte, 1);
}

enum vm_native_result native_element_write_byte(struct vm *vm,
                                                const struct vm_call *call)
{
    const uint8_t byte = (uint8_t)call->cells[1];

    return append(vm, call, false, &byte, 1);
}

enum vm_native_result native_element_write_short(struct vm *vm,
                                                 const struct vm_call *call)
{
    uint8_t bytes[SHORT_SIZE];

    set_u2(bytes, call->cells[1]);
    return append(vm, call, false, bytes, sizeof bytes);
}

/* Whether the object's class goes with the package that saves it. */
static bool goes(struct vm *vm, const struct vm_call *call, ref_t ref)
{
    struct heap_view v;

    return heap_get(vm_heap(vm), ref, &v) &&
           (v.h.kind == HEAP_OBJECT || v.h.kind == HEAP_REF_ARRAY) &&
           v.h.class_package == call->caller_context;
}

enum vm_native_result native_element_write_object(struct vm *vm,
                                                  const struct vm_call *call)
{
    const ref_t ref = call->cells[1];
    uint8_t bytes[CELL_SIZE];

    if (ref != 0 && !native_is_null(vm, ref)) {
        if (!vm_may_store(vm, ref))
            return native_throw_security(vm);
        if (goes(vm, call, ref))
            return native_throw_system(vm, SYSTEM_ILLEGAL_VALUE);
    }
    set_u2(bytes, ref);
    return append(vm, call, true, bytes, sizeof bytes);
}

/* How many more of `size` fit, or can be read. */
static enum vm_native_result room(struct vm *vm, const struct vm_call *call,
                                  bool objects, bool reading, uint32_t size)
{
    struct sequence s;

    if (!open_sequence(vm, call, objects, &s))
        return VM_NATIVE_THREW;
    const uint32_t n =
        reading ? (uint32_t)(s.written - s.read) : s.v.h.length - s.written;
    return native_done_short(vm, (int32_t)(n / size));
}

enum vm_native_result native_element_can_write_byte(struct vm *vm,
                                                    const struct vm_call *call)
{
    return room(vm, call, false, false, 1);
}

enum vm_native_result native_element_can_write_short(struct vm *vm,
                                                     const struct vm_call *call)
{
    return room(vm, call, false, false, SHORT_SIZE);
}

enum vm_native_result
native_element_can_write_object(struct vm *vm, const struct vm_call *call)
{
    return room(vm, call, true, false, 1);
}

/* ---- reading ---- */

enum vm_native_result native_element_can_read_byte(struct vm *vm,
                                                   const struct vm_call *call)
{
    return room(vm, call, false, true, 1);
}

enum vm_native_result native_element_can_read_short(struct vm *vm,
                                                    const struct vm_call *call)
{
    return room(vm, call, false, true, SHORT_SIZE);
}

enum vm_native_result native_element_can_read_object(struct vm *vm,
                                                     const struct vm_call *call)
{
    return room(vm, call, true, true, 1);
}

enum vm_native_result native_element_init_read(struct vm *vm,
                                               const struct vm_call *call)
{
    struct sequence s;

    if (!open_sequence(vm, call, false, &s))
        return VM_NATIVE_THREW;
    enum err e =
        native_set_cell(vm, call->cells[0], CELL_ELEMENT_READ, 0, HEAP_ATOMIC);
    if (e == ERR_OK)
        e = native_set_cell(vm, call->cells[0], CELL_ELEMENT_TAKEN, 0,
                            HEAP_ATOMIC);
    return e == ERR_OK ? VM_NATIVE_DONE : vm_throw_err(vm, e);
}

/* The next n bytes, or the next reference.  False: thrown. */
static bool take(struct vm *vm, const struct vm_call *call, bool objects,
                 uint8_t *bytes, uint32_t n)
{
    const uint32_t size = objects ? CELL_SIZE : 1;
    struct sequence s;

    if (!open_sequence(vm, call, objects, &s))
        return false;
    if (s.read + n / size > s.written) {
        (void)native_throw_bounds(vm);
        return false;
    }
    for (uint32_t i = 0; i < n; i++)
        bytes[i] = s.v.p[s.read * size + i];
    const enum err e =
        native_set_cell(vm, call->cells[0], s.read_at,
                        (uint16_t)(s.read + n / size), HEAP_ATOMIC);
    if (e != ERR_OK)
        (void)vm_throw_err(vm, e);
    return e == ERR_OK;
}

enum vm_native_result native_element_read_boolean(struct vm *vm,
                                                  const struct vm_call *call)
{
    uint8_t byte = 0;

    return take(vm, call, false, &byte, 1) ? native_done_short(vm, byte != 0)
                                           : VM_NATIVE_THREW;
}

enum vm_native_result native_element_read_byte(struct vm *vm,
                                               const struct vm_call *call)
{
    uint8_t byte = 0;

    return take(vm, call, false, &byte, 1) ? native_done_short(vm, (int8_t)byte)
                                           : VM_NATIVE_THREW;
}

enum vm_native_result native_element_read_short(struct vm *vm,
                                                const struct vm_call *call)
{
    uint8_t bytes[SHORT_SIZE] = {0};

    return take(vm, call, false, bytes, sizeof bytes)
               ? native_done_short(vm, (int16_t)get_u2(bytes))
               : VM_NATIVE_THREW;
}

enum vm_native_result native_element_read_object(struct vm *vm,
                                                 const struct vm_call *call)
{
    uint8_t bytes[CELL_SIZE] = {0};

    return take(vm, call, true, bytes, sizeof bytes)
               ? native_done_ref(vm, get_u2(bytes))
               : VM_NATIVE_THREW;
}

/* ---- MappedElement ---- */

static bool is_mapped(struct vm *vm, const struct vm_call *call)
{
    return native_instance(vm, call, call->cells[0],
                           "org/globalplatform/upgrade/MappedElement");
}

enum vm_native_result native_element_mapped(struct vm *vm,
                                            const struct vm_call *call)
{
    if (!is_mapped(vm, call))
        return VM_NATIVE_THREW;
    return native_done_ref(
        vm, native_cell(vm, call->cells[0], CELL_ELEMENT_MAPPED));
}

enum vm_native_result native_element_map(struct vm *vm,
                                         const struct vm_call *call)
{
    const ref_t ref = call->cells[1];

    if (!is_mapped(vm, call))
        return VM_NATIVE_THREW;
    if (!vm_may_store(vm, ref))
        return native_throw_security(vm);
    const enum err e = native_set_cell(vm, call->cells[0], CELL_ELEMENT_MAPPED,
                                       ref, HEAP_ATOMIC);
    return e == ERR_OK ? native_done_ref(vm, call->cells[0])
                       : vm_throw_err(vm, e);
}
