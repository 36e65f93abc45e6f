#include "natives/engine.h"

#include "base/ct.h"
#include "natives/cells.h"

static enum err new_state(struct vm *vm, const struct vm_call *call, uint32_t n,
                          ref_t *out)
{
    struct heap_header hd = {0};

    hd.kind = HEAP_BYTE_ARRAY;
    hd.flags = HEAP_CLEAR_ON_RESET;
    hd.context = call->caller_context;
    hd.owner = vm_owner(vm);
    hd.length = n;
    return heap_new(vm_heap(vm), &hd, out);
}

static bool done(struct vm *vm, enum err e)
{
    if (e == ERR_MEMORY)
        (void)native_throw_system(vm, SYSTEM_NO_TRANSIENT_SPACE);
    else if (e != ERR_OK)
        (void)vm_throw_err(vm, e);
    return e == ERR_OK;
}

ref_t native_engine_new(struct vm *vm, const struct vm_call *call,
                        const char *class_name, uint16_t algorithm,
                        uint32_t state_size)
{
    ref_t object = vm_new_object(vm, vm_api_class(class_name));
    ref_t state = 0;
    enum err e = ERR_OK;

    if (object == 0)
        return 0;
    if (state_size != 0)
        e = new_state(vm, call, state_size, &state);
    if (e == ERR_OK)
        e = native_set_cell(vm, object, CELL_ENGINE_STATE, state, HEAP_ATOMIC);
    if (e == ERR_OK)
        e = native_set_cell(vm, object, CELL_ENGINE_ALGORITHM, algorithm,
                            HEAP_ATOMIC);
    return done(vm, e) ? object : 0;
}

ref_t native_engine_open_once(struct vm *vm, const struct vm_call *call,
                              enum jcre_oneshot which, uint16_t algorithm,
                              uint32_t state_size)
{
    ref_t state = 0;
    const ref_t object = jcre_oneshot_open(
        jcre_of(vm), which, call->caller_context, state_size, &state);
    enum err e = ERR_OK;

    if (object == 0) {
        (void)native_throw_system(vm, SYSTEM_NO_RESOURCE);
        return 0;
    }
    e = native_set_cell(vm, object, CELL_ENGINE_STATE, state, HEAP_ATOMIC);
    if (e == ERR_OK)
        e = native_set_cell(vm, object, CELL_ENGINE_ALGORITHM, algorithm,
                            HEAP_ATOMIC);
    return done(vm, e) ? object : 0;
}

/* False: thrown; a OneShot that the caller has not, or no longer. */
static bool may_use(struct vm *vm, const struct vm_call *call, ref_t self)
{
    uint8_t context = 0;

    if (!jcre_oneshot_is(jcre_of(vm), self, &context) ||
        (context != 0 && context == call->caller_context))
        return true;
    if (context == 0)
        (void)native_throw_crypto(vm, CRYPTO_ILLEGAL_USE);
    else
        (void)native_throw_security(vm);
    return false;
}

enum vm_native_result native_engine_close(struct vm *vm,
                                          const struct vm_call *call)
{
    const ref_t self = call->cells[0];
    uint8_t context = 0;

    if (!jcre_oneshot_is(jcre_of(vm), self, &context) || context == 0)
        return VM_NATIVE_DONE;
    if (context != call->caller_context)
        return native_throw_security(vm);
    jcre_oneshot_close(jcre_of(vm), self,
                       native_cell(vm, self, CELL_ENGINE_STATE));
    return VM_NATIVE_DONE;
}

bool native_engine_open(struct vm *vm, const struct vm_call *call,
                        struct engine *engine)
{
    const ref_t self = call->cells[0];

    if (!may_use(vm, call, self))
        return false;
    struct heap_view v = {.ram = NULL};
    ref_t state = 0;

    if (!heap_get(vm_heap(vm), self, &v))
        return native_refuse(vm, CRYPTO_INVALID_INIT);
    state = native_cell_of(&v, CELL_ENGINE_STATE);
    engine->object = self;
    engine->key = native_cell_of(&v, CELL_ENGINE_KEY);
    engine->algorithm = native_cell_of(&v, CELL_ENGINE_ALGORITHM);
    engine->mode = native_cell_of(&v, CELL_ENGINE_MODE);
    v.ram = NULL;
    if (state != 0 && (!heap_get(vm_heap(vm), state, &v) || v.ram == NULL))
        return native_refuse(vm, CRYPTO_INVALID_INIT);
    engine->state = v.ram;
    engine->state_size = state != 0 ? v.h.length : 0;
    return true;
}

static enum err set(struct vm *vm, ref_t object, enum native_cell cell,
                    uint16_t value)
{
    return native_cell(vm, object, cell) == value
               ? ERR_OK
               : native_set_cell(vm, object, cell, value, HEAP_ATOMIC);
}

bool native_engine_set(struct vm *vm, struct engine *engine, uint16_t algorithm,
                       ref_t key, uint16_t mode)
{
    enum err e = set(vm, engine->object, CELL_ENGINE_ALGORITHM, algorithm);

    if (e == ERR_OK)
        e = set(vm, engine->object, CELL_ENGINE_KEY, key);
    if (e == ERR_OK)
        e = set(vm, engine->object, CELL_ENGINE_MODE, mode);
    engine->algorithm = algorithm;
    engine->key = key;
    engine->mode = mode;
    native_engine_restart(engine);
    return done(vm, e);
}

void native_engine_restart(const struct engine *engine)
{
    if (engine->state != NULL)
        wipe(engine->state, engine->state_size);
}
