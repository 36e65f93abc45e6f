/*
 * The instructions that reach into objects: class, kind and bounds are
 * checked here on every access, whatever the verifier has said.
 */
#include "vm/internal.h"

static uint16_t pop(struct vm *vm)
{
    return vm->stack[--vm->sp];
}

static void push(struct vm *vm, uint16_t cell)
{
    vm->stack[vm->sp++] = cell;
}

static bool bounds(struct vm *vm)
{
    return vm_raise(vm, "java/lang/ArrayIndexOutOfBoundsException");
}

static bool store_failed(struct vm *vm, enum err e)
{
    if (e != ERR_OK)
        vm_throw_err(vm, e);
    return e == ERR_OK;
}

static uint32_t bytes_of(enum vm_width width)
{
    return width == VM_INT ? 4u : width == VM_BYTE ? 1u : 2u;
}

/* ---- values as they lie in a body ---- */

static void push_value(struct vm *vm, const uint8_t *p, enum vm_width width)
{
    switch (width) {
    case VM_BYTE:
        push(vm, (uint16_t)(int16_t)(int8_t)p[0]);
        break;
    case VM_INT:
        push(vm, get_u2(p));
        push(vm, get_u2(p + 2));
        break;
    default:
        push(vm, get_u2(p));
    }
}

/* Takes a value off the stack into `raw`; its bytes, as bytes_of. */
static void pop_value(struct vm *vm, uint8_t raw[4], enum vm_width width)
{
    uint16_t low = pop(vm);

    if (width == VM_INT) {
        set_u2(raw + 2, low);
        set_u2(raw, pop(vm));
    } else if (width == VM_BYTE) {
        raw[0] = (uint8_t)low;
    } else {
        set_u2(raw, low);
    }
}

/* A reference whose object an abort took back is null. */
static uint16_t live(const struct vm *vm, uint16_t ref)
{
    struct heap_view v;
    return !heap_has_retired(vm->heap) || heap_get(vm->heap, ref, &v) ? ref : 0;
}

/* ---- arrays ---- */

static bool is_array_of(const struct heap_view *v, enum vm_width width)
{
    switch (width) {
    case VM_REF:
        return v->h.kind == HEAP_REF_ARRAY;
    case VM_BYTE:
        return v->h.kind == HEAP_BYTE_ARRAY || v->h.kind == HEAP_BOOLEAN_ARRAY;
    case VM_SHORT:
        return v->h.kind == HEAP_SHORT_ARRAY;
    case VM_INT:
        return v->h.kind == HEAP_INT_ARRAY;
    }
    return false;
}

/* An array of elements of this width, open to us; `right`: of a view. */
static bool array_of(struct vm *vm, ref_t ref, enum vm_width width,
                     uint8_t right, struct heap_view *v)
{
    if (!vm_check_access(vm, ref, v))
        return false;
    if (!is_array_of(v, width))
        return vm_stop(vm, "an array instruction on something else");
    return vm_check_right(vm, v, right);
}

static bool in_bounds(struct vm *vm, const struct heap_view *v, int16_t index)
{
    return (index >= 0 && (uint32_t)index < v->h.length) || bounds(vm);
}

bool vm_array_load(struct vm *vm, enum vm_width width)
{
    struct heap_view v;
    int16_t index = (int16_t)pop(vm);
    ref_t ref = pop(vm);

    if (!array_of(vm, ref, width, HEAP_READABLE, &v) ||
        !in_bounds(vm, &v, index))
        return false;
    push_value(vm, v.p + bytes_of(width) * (uint16_t)index, width);
    return true;
}

/* Whether an array takes this element [JCVM 7.5.2]. */
static bool takes_element(const struct vm *vm, const struct heap_view *array,
                          ref_t value)
{
    const struct vm_class component = {array->h.class_package,
                                       array->h.class_offset};
    struct heap_view v;

    if (value == 0 || component.package == 0)
        return true;
    if (!heap_get(vm->heap, value, &v))
        return false;
    if (v.h.kind != HEAP_OBJECT)
        return vm_class_equal(component, vm_api_class("java/lang/Object"));
    return vm_instance_of(vm, value, component);
}

/* The firewall comes before the bounds, these before the element's type. */
bool vm_array_store(struct vm *vm, enum vm_width width)
{
    struct heap_view v;
    uint8_t raw[4];

    pop_value(vm, raw, width);
    int16_t index = (int16_t)pop(vm);
    ref_t ref = pop(vm);
    ref_t value = width == VM_REF ? live(vm, get_u2(raw)) : 0;
    if (!array_of(vm, ref, width, HEAP_WRITABLE, &v) ||
        (width == VM_REF && !vm_check_store(vm, value)) ||
        !in_bounds(vm, &v, index))
        return false;
    if (width == VM_REF) {
        set_u2(raw, value);
        if (!takes_element(vm, &v, value))
            return vm_raise(vm, "java/lang/ArrayStoreException");
    }
    if (v.h.kind == HEAP_BOOLEAN_ARRAY)
        raw[0] &= 1;
    uint32_t n = bytes_of(width);
    return store_failed(vm, heap_write(vm->heap, ref, n * (uint16_t)index, raw,
                                       n, HEAP_ATOMIC));
}

/* ---- fields ---- */

static const struct vm_resident *code(struct vm *vm)
{
    return vm_resident(vm, vm_top(vm)->package);
}

/* The object on the stack (or `this`), open to us and of the right class. */
static bool field_of(struct vm *vm, uint16_t pool, enum vm_width width,
                     ref_t ref, struct heap_view *v, uint32_t *at)
{
    struct vm_pool entry;

    if (!vm_pool(code(vm), pool, &entry) || entry.kind != VM_POOL_FIELD)
        return vm_stop(vm, "a field instruction names no field");
    if (!vm_check_access(vm, ref, v))
        return false;
    struct vm_class c = {v->h.class_package, v->h.class_offset};
    bool fits = width == VM_REF   ? entry.c == VM_FIELD_REFERENCE
                : width == VM_INT ? entry.c == VM_FIELD_INT
                                  : entry.c != VM_FIELD_REFERENCE;
    if (!fits || v->h.kind != HEAP_OBJECT || !vm_class_is(vm, c, entry.class) ||
        entry.b + (width == VM_INT ? 2u : 1u) > v->h.length)
        return vm_stop(vm, "a field of another class");
    *at = 2u * entry.b;
    return true;
}

static ref_t take_object(struct vm *vm, bool this)
{
    return this ? vm->stack[vm_top(vm)->locals] : pop(vm);
}

/* A byte field has a cell of its own, and the value in its low byte. */
bool vm_field_get(struct vm *vm, uint16_t pool, enum vm_width width, bool this)
{
    struct heap_view v;
    uint32_t at = 0;
    ref_t ref = take_object(vm, this);

    if (!field_of(vm, pool, width, ref, &v, &at))
        return false;
    push_value(vm, v.p + at + (width == VM_BYTE), width);
    return true;
}

bool vm_field_put(struct vm *vm, uint16_t pool, enum vm_width width, bool this)
{
    struct heap_view v;
    uint8_t raw[4];
    uint32_t at = 0;

    pop_value(vm, raw, width);
    ref_t ref = take_object(vm, this);
    if (!field_of(vm, pool, width, ref, &v, &at))
        return false;
    if (width == VM_REF) {
        set_u2(raw, live(vm, get_u2(raw)));
        if (!vm_check_store(vm, get_u2(raw)))
            return false;
    }
    return store_failed(vm, heap_write(vm->heap, ref, at + (width == VM_BYTE),
                                       raw, bytes_of(width), HEAP_ATOMIC));
}

/* ---- statics: no firewall on the field itself [JCRE 6.1.6] ---- */

static bool static_of(struct vm *vm, uint16_t pool, enum vm_width width,
                      ref_t *ref, struct heap_view *v, uint32_t *at)
{
    struct vm_pool entry;

    if (!vm_pool(code(vm), pool, &entry) || entry.kind != VM_POOL_STATIC)
        return vm_stop(vm, "a static instruction names no static field");
    const struct vm_resident *r = vm_resident(vm, entry.class.package);
    *at = entry.b;
    if (r == NULL || !heap_get(vm->heap, r->statics, v) ||
        *at + bytes_of(width) > heap_body_size(&v->h))
        return vm_stop(vm, "a static field outside its package");
    *ref = r->statics;
    bool reference = *at < 2u * v->h.class_offset;
    if (reference != (width == VM_REF) || (reference && *at % 2 != 0))
        return vm_stop(vm, "a static field of another kind");
    return true;
}

/* A field of an API class, which is final: 0 is none. */
static ref_t api_static(struct vm *vm, uint16_t pool)
{
    const struct vm_hooks *hooks = &vm->hooks;
    struct vm_pool entry;

    if (hooks->static_of == NULL || !vm_pool(code(vm), pool, &entry) ||
        entry.kind != VM_POOL_STATIC || !vm_is_api(entry.class.package))
        return 0;
    return hooks->static_of(hooks->ctx, entry.class, entry.b);
}

bool vm_static_get(struct vm *vm, uint16_t pool, enum vm_width width)
{
    struct heap_view v;
    uint32_t at = 0;
    ref_t ref = width == VM_REF ? api_static(vm, pool) : 0;

    if (ref != 0) {
        push(vm, ref);
        return true;
    }

    if (!static_of(vm, pool, width, &ref, &v, &at))
        return false;
    push_value(vm, v.p + at, width);
    return true;
}

bool vm_static_put(struct vm *vm, uint16_t pool, enum vm_width width)
{
    struct heap_view v;
    uint8_t raw[4];
    uint32_t at = 0;
    ref_t ref = 0;

    pop_value(vm, raw, width);
    if (!static_of(vm, pool, width, &ref, &v, &at))
        return false;
    if (width == VM_REF) {
        set_u2(raw, live(vm, get_u2(raw)));
        if (!vm_check_store(vm, get_u2(raw)))
            return false;
    }
    return store_failed(
        vm, heap_write(vm->heap, ref, at, raw, bytes_of(width), HEAP_ATOMIC));
}

/* ---- creating ---- */

static bool create(struct vm *vm, struct heap_header *hd)
{
    ref_t ref = 0;
    hd->context = vm->context;
    hd->owner = vm->owner;
    enum err e = heap_new(vm->heap, hd, &ref);
    if (e != ERR_OK)
        return store_failed(vm, e);
    push(vm, ref);
    return true;
}

bool vm_array_new(struct vm *vm, uint8_t atype, uint16_t pool)
{
    static const uint8_t kinds[] = {HEAP_BOOLEAN_ARRAY, HEAP_BYTE_ARRAY,
                                    HEAP_SHORT_ARRAY, HEAP_INT_ARRAY};
    struct heap_header hd = {.kind = HEAP_REF_ARRAY};
    struct vm_pool entry;
    int16_t count = (int16_t)pop(vm);

    if (atype >= 10 && atype <= 13) {
        hd.kind = kinds[atype - 10];
    } else {
        if (atype != 0 || !vm_pool(code(vm), pool, &entry) ||
            entry.kind != VM_POOL_CLASS)
            return vm_stop(vm, "an array of no class");
        hd.class_package = entry.class.package;
        hd.class_offset = entry.class.offset;
    }
    if (count < 0)
        return vm_raise(vm, "java/lang/NegativeArraySizeException");
    hd.length = (uint32_t)count;
    return create(vm, &hd);
}

static bool is_abstract(const struct vm *vm, struct vm_class c)
{
    const struct api_class *row = vm_api_row(c);
    return vm_class_is_interface(vm, c) ||
           (row != NULL && (row->flags & API_ABSTRACT) != 0);
}

bool vm_object_new(struct vm *vm, uint16_t pool)
{
    struct vm_pool entry;

    if (!vm_pool(code(vm), pool, &entry) || entry.kind != VM_POOL_CLASS ||
        is_abstract(vm, entry.class))
        return vm_stop(vm, "an instance of no class");
    struct heap_header hd = {.kind = HEAP_OBJECT,
                             .class_package = entry.class.package,
                             .class_offset = entry.class.offset,
                             .length = vm_object_cells(vm, entry.class)};
    return create(vm, &hd);
}

ref_t vm_new_object(struct vm *vm, struct vm_class c)
{
    const struct heap_header hd = {.kind = HEAP_OBJECT,
                                   .context = vm->context,
                                   .owner = vm->owner,
                                   .class_package = c.package,
                                   .class_offset = c.offset,
                                   .length = vm_object_cells(vm, c)};
    ref_t ref = 0;
    enum err e = heap_new(vm->heap, &hd, &ref);
    if (e != ERR_OK)
        vm_throw_err(vm, e);
    return ref;
}

/* ---- casts ---- */

/* Whether the object fits type code and class [JCVM 7.5.16]. */
static bool fits(const struct vm *vm, const struct heap_view *v, ref_t ref,
                 uint8_t atype, struct vm_class c)
{
    const struct vm_class object = vm_api_class("java/lang/Object");
    const struct vm_class component = {v->h.class_package, v->h.class_offset};
    switch (atype) {
    case 10:
        return v->h.kind == HEAP_BOOLEAN_ARRAY;
    case 11:
        return v->h.kind == HEAP_BYTE_ARRAY;
    case 12:
        return v->h.kind == HEAP_SHORT_ARRAY;
    case 13:
        return v->h.kind == HEAP_INT_ARRAY;
    case 14:
        return v->h.kind == HEAP_REF_ARRAY &&
               (vm_class_equal(c, object) || vm_class_is(vm, component, c));
    default:
        return v->h.kind == HEAP_OBJECT ? vm_instance_of(vm, ref, c)
                                        : vm_class_equal(c, object);
    }
}

bool vm_cast(struct vm *vm, uint8_t atype, uint16_t pool, bool check)
{
    struct vm_pool entry = {.class = {0, 0}};
    struct heap_view v;
    ref_t ref = live(vm, pop(vm));
    bool named = atype == 0 || atype == 14;

    if (named ? !vm_pool(code(vm), pool, &entry) || entry.kind != VM_POOL_CLASS
              : atype < 10 || atype > 13)
        return vm_stop(vm, "a cast to no type");
    if (ref == 0) {
        push(vm, 0);
        return true;
    }
    if (!heap_get(vm->heap, ref, &v))
        return vm_stop(vm, "a reference names no object");
    if (!vm_check_cast(vm, &v, atype == 0 ? &entry.class : NULL))
        return false;
    bool yes = fits(vm, &v, ref, atype, entry.class);
    if (check && !yes)
        return vm_raise(vm, "java/lang/ClassCastException");
    push(vm, check ? ref : yes);
    return true;
}
