/*
 * javacard.security.Checksum: CRC-16 with x^16+x^12+x^5+1, most significant bit
 * first, and CRC-32 reflected, both complemented at their end.  Each begins
 * with 0, or with what init() gave it until its next result.  [JCAPI Checksum]
 */
#include "natives/natives.h"

#include "base/crc.h"
#include "natives/engine.h"

enum { CRC16 = 1, CRC32 = 2, VALUE = 4 /* bytes of the state, big-endian */ };

/* Remainders of the sixteen values of four bits. */
static const uint16_t remainders[16] = {
    0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50A5, 0x60C6, 0x70E7,
    0x8108, 0x9129, 0xA14A, 0xB16B, 0xC18C, 0xD1AD, 0xE1CE, 0xF1EF};

static uint16_t crc16(uint16_t crc, struct span in)
{
    for (size_t i = 0; i < in.n; i++) {
        crc = (uint16_t)(crc << 4 ^ remainders[crc >> 12 ^ in.p[i] >> 4]);
        crc = (uint16_t)(crc << 4 ^ remainders[crc >> 12 ^ (in.p[i] & 15)]);
    }
    return crc;
}

static int32_t size_of(const struct engine *e)
{
    return e->algorithm == CRC16 ? 2 : 4;
}

enum vm_native_result native_checksum_instance(struct vm *vm,
                                               const struct vm_call *call)
{
    const int16_t algorithm = native_byte(call, 0);
    ref_t object = 0;

    if (algorithm != CRC16 && algorithm != CRC32)
        return native_no_algorithm(vm, "Checksum", &algorithm, 1);
    object = native_engine_new(vm, call, "javacard/security/Checksum$Card",
                               (uint16_t)algorithm, VALUE);
    return object != 0 ? native_done_ref(vm, object) : VM_NATIVE_THREW;
}

/* `this`, with its state.  False: thrown. */
static bool open(struct vm *vm, const struct vm_call *call, struct engine *e)
{
    if (!native_engine_open(vm, call, e))
        return false;
    if (e->state_size == VALUE)
        return true;
    return native_refuse(vm, CRYPTO_INVALID_INIT);
}

enum vm_native_result native_checksum_algorithm(struct vm *vm,
                                                const struct vm_call *call)
{
    struct engine e;

    return open(vm, call, &e) ? native_done_short(vm, e.algorithm)
                              : VM_NATIVE_THREW;
}

enum vm_native_result native_checksum_init(struct vm *vm,
                                           const struct vm_call *call)
{
    struct native_range in;
    struct engine e;

    if (!open(vm, call, &e) || !native_piece(vm, call, 1, &in))
        return VM_NATIVE_THREW;
    if (in.n != (uint32_t)size_of(&e))
        return native_throw_crypto(vm, CRYPTO_ILLEGAL_VALUE);
    const uint8_t *value = native_span(&in).p;
    set_u4(e.state, in.n == 2 ? get_u2(value) : get_u4(value));
    return VM_NATIVE_DONE;
}

static void add(const struct engine *e, const struct native_range *in)
{
    const struct span bytes = native_span(in);
    const uint32_t crc = get_u4(e->state);

    set_u4(e->state, e->algorithm == CRC16 ? crc16((uint16_t)crc, bytes)
                                           : ~crc_add(~crc, bytes.p, bytes.n));
}

enum vm_native_result native_checksum_update(struct vm *vm,
                                             const struct vm_call *call)
{
    struct native_range in;
    struct engine e;

    if (!open(vm, call, &e) || !native_piece(vm, call, 1, &in))
        return VM_NATIVE_THREW;
    add(&e, &in);
    return VM_NATIVE_DONE;
}

enum vm_native_result native_checksum_final(struct vm *vm,
                                            const struct vm_call *call)
{
    struct native_range in, out;
    struct engine e;
    uint8_t value[VALUE];

    if (!open(vm, call, &e) ||
        !native_in_and_out(vm, call, 1, size_of(&e), &in, &out))
        return VM_NATIVE_THREW;
    add(&e, &in);
    set_u4(value, ~get_u4(e.state));
    native_engine_restart(&e);
    return native_write(vm, out.ref, out.at, value + VALUE - out.n, out.n,
                        HEAP_RAW)
               ? native_done_short(vm, (int32_t)out.n)
               : VM_NATIVE_THREW;
}
