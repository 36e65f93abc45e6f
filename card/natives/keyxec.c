/*
 * javacard.security.NamedParameterSpec, XECKey and its kin.  An encoding is
 * that of RFC 7748 and RFC 8032; of a curve with parameters it is the point,
 * uncompressed, and the scalar as long as the order.
 */
#include "natives/xec.h"

#include "base/ct.h"
#include "natives/cells.h"
#include "natives/natives.h"

#define SPEC "javacard/security/NamedParameterSpec"

enum { ATTR_PRIVATE = 0x8000, BITS_A_BYTE = 8 };

/* NamedParameterSpec.* */
static const struct parameter {
    uint16_t number;
    uint16_t size; /* of the key, in bits */
    bool has_parameters;
    uint8_t curve;
} parameters[] = {
    {257, 256, false, CRYPTO_ED25519},
    {514, 448, false, CRYPTO_ED448},
    {259, 256, false, CRYPTO_X25519},
    {516, 448, false, CRYPTO_X448},
    {768, 256, true, CRYPTO_EC_SM2},
    {1025, 256, true, CRYPTO_EC_FRP256V1},
    {4097, 192, true, CRYPTO_EC_SECP192R1},
    {4098, 224, true, CRYPTO_EC_SECP224R1},
    {4099, 256, true, CRYPTO_EC_SECP256R1},
    {4100, 384, true, CRYPTO_EC_SECP384R1},
    {4101, 521, true, CRYPTO_EC_SECP521R1},
    {8195, 192, true, CRYPTO_EC_BRAINPOOLP192R1},
    {8196, 192, true, CRYPTO_EC_BRAINPOOLP192T1},
    {8197, 224, true, CRYPTO_EC_BRAINPOOLP224R1},
    {8198, 224, true, CRYPTO_EC_BRAINPOOLP224T1},
    {8199, 256, true, CRYPTO_EC_BRAINPOOLP256R1},
    {8200, 256, true, CRYPTO_EC_BRAINPOOLP256T1},
    {8201, 320, true, CRYPTO_EC_BRAINPOOLP320R1},
    {8202, 320, true, CRYPTO_EC_BRAINPOOLP320T1},
    {8203, 384, true, CRYPTO_EC_BRAINPOOLP384R1},
    {8204, 384, true, CRYPTO_EC_BRAINPOOLP384T1},
    {8205, 512, true, CRYPTO_EC_BRAINPOOLP512R1},
    {8206, 512, true, CRYPTO_EC_BRAINPOOLP512T1},
};

static const struct parameter *parameter_of(uint16_t number)
{
    for (size_t i = 0; i < sizeof parameters / sizeof parameters[0]; i++) {
        if (parameters[i].number == number)
            return &parameters[i];
    }
    return NULL;
}

static const struct parameter *of_key(const struct key *key)
{
    return key->family == KEY_XEC_PUBLIC || key->family == KEY_XEC_PRIVATE
               ? parameter_of(key->parameter)
               : NULL;
}

static bool is_here(const struct crypto_port *crypto, const struct parameter *p)
{
    return p->has_parameters ? crypto->ec != NULL : crypto->xec != NULL;
}

/* ---- NamedParameterSpec ---- */

static enum vm_native_result new_spec(struct vm *vm, uint16_t number)
{
    const ref_t spec = vm_new_object(vm, vm_api_class(SPEC));

    if (spec == 0)
        return VM_NATIVE_THREW;
    enum err e = native_set_cell(vm, spec, CELL_SPEC_NAME, number, HEAP_ATOMIC);
    return e == ERR_OK ? native_done_ref(vm, spec) : vm_throw_err(vm, e);
}

enum vm_native_result native_spec_instance(struct vm *vm,
                                           const struct vm_call *call)
{
    const int16_t asked[] = {native_short(call, 0)};
    const struct parameter *p = parameter_of((uint16_t)asked[0]);

    return p != NULL && is_here(native_crypto(vm), p)
               ? new_spec(vm, p->number)
               : native_no_algorithm(vm, "NamedParameterSpec", asked, 1);
}

enum vm_native_result native_spec_name(struct vm *vm,
                                       const struct vm_call *call)
{
    return native_done_short(
        vm, (int16_t)native_cell(vm, call->cells[0], CELL_SPEC_NAME));
}

/* ---- building ---- */

/* A key keeps its spec where others keep the domain that they share. */
static enum vm_native_result build(struct vm *vm, const struct vm_call *call,
                                   const struct parameter *p,
                                   enum key_family family,
                                   enum key_memory memory)
{
    const ref_t key = native_key_new(vm, call, family, memory, p->size);
    enum err e = ERR_OK;

    if (key == 0)
        return VM_NATIVE_THREW;
    e = native_set_cell(vm, key, CELL_KEY_PARAMETER, p->number, HEAP_ATOMIC);
    if (e == ERR_OK)
        e = native_set_cell(vm, key, CELL_KEY_DOMAIN, call->cells[0],
                            HEAP_ATOMIC);
    return e == ERR_OK ? native_done_ref(vm, key) : vm_throw_err(vm, e);
}

/* Attributes: private or public, and a memory as JCSystem names it. */
enum vm_native_result native_xec_build(struct vm *vm,
                                       const struct vm_call *call)
{
    const ref_t spec = call->cells[0];
    const uint16_t attributes = (uint16_t)native_short(call, 1);
    const uint16_t memory = attributes & (uint16_t)~ATTR_PRIVATE;
    const struct parameter *p = NULL;

    if (!native_object(vm, call, spec))
        return VM_NATIVE_THREW;
    if (!vm_instance_of(vm, spec, vm_api_class(SPEC)))
        return native_throw_crypto(vm, CRYPTO_ILLEGAL_VALUE);
    p = parameter_of(native_cell(vm, spec, CELL_SPEC_NAME));
    if (p == NULL || memory > KEY_CLEAR_ON_DESELECT) {
        const int16_t asked[] = {(int16_t)native_cell(vm, spec, CELL_SPEC_NAME),
                                 (int16_t)attributes};
        return native_no_algorithm(vm, "KeyBuilder.buildXECKey", asked, 2);
    }
    return build(vm, call, p,
                 (attributes & ATTR_PRIVATE) != 0 ? KEY_XEC_PRIVATE
                                                  : KEY_XEC_PUBLIC,
                 (enum key_memory)memory);
}

/* ---- what a key is ---- */

bool native_xec_curve(const struct key *key, enum crypto_xec *curve)
{
    const struct parameter *p = of_key(key);

    if (p == NULL || p->has_parameters)
        return false;
    *curve = (enum crypto_xec)p->curve;
    return true;
}

bool native_xec_named(const struct key *key, enum crypto_ec_name *name)
{
    const struct parameter *p = of_key(key);

    if (p == NULL || !p->has_parameters)
        return false;
    *name = (enum crypto_ec_name)p->curve;
    return true;
}

struct span native_xec_value(const struct vm *vm, const struct key *key)
{
    struct span value = {NULL, 0};

    (void)native_key_part(vm, key, KEY_VALUE, &value);
    return value;
}

/* Every order of a named curve is as long as its field. */
static size_t encoding_size(const struct key *key)
{
    const size_t field = (key->size + BITS_A_BYTE - 1u) / BITS_A_BYTE;
    enum crypto_xec curve = CRYPTO_X25519;

    if (native_xec_curve(key, &curve))
        return crypto_xec_key_size(curve);
    return key->family == KEY_XEC_PUBLIC ? 1 + 2 * field : field;
}

static bool open_own(struct vm *vm, const struct vm_call *call, struct key *key)
{
    if (!native_key_open(vm, call, call->cells[0], key))
        return false;
    if (of_key(key) != NULL)
        return true;
    return native_refuse(vm, CRYPTO_UNINITIALIZED_KEY);
}

/* The spec that it was built with, unless an abort took that back. */
enum vm_native_result native_xec_params(struct vm *vm,
                                        const struct vm_call *call)
{
    struct key key;

    if (!open_own(vm, call, &key))
        return VM_NATIVE_THREW;
    return native_is_null(vm, key.domain) ? new_spec(vm, key.parameter)
                                          : native_done_ref(vm, key.domain);
}

enum vm_native_result native_xec_length(struct vm *vm,
                                        const struct vm_call *call)
{
    struct key key;

    return open_own(vm, call, &key)
               ? native_done_short(vm, (int32_t)encoding_size(&key))
               : VM_NATIVE_THREW;
}

enum vm_native_result native_xec_get(struct vm *vm, const struct vm_call *call)
{
    return native_key_get(vm, call, KEY_VALUE);
}

enum vm_native_result native_xec_set(struct vm *vm, const struct vm_call *call)
{
    enum crypto_ec_name name = CRYPTO_EC_SM2;
    struct span given;
    struct key key;

    if (!open_own(vm, call, &key) ||
        !native_key_given(vm, call, native_short(call, 3), &given))
        return VM_NATIVE_THREW;
    if (given.n != encoding_size(&key) ||
        (key.family == KEY_XEC_PUBLIC && native_xec_named(&key, &name) &&
         !crypto_ec_is_point(given, (given.n - 1) / 2)))
        return native_throw_crypto(vm, CRYPTO_ILLEGAL_VALUE);
    return native_key_put(vm, &key, KEY_VALUE, given) ? VM_NATIVE_DONE
                                                      : VM_NATIVE_THREW;
}

/* ---- pairs ---- */

static enum err generate(const struct crypto_port *crypto,
                         const struct key *key, uint8_t *private_key,
                         uint8_t *public_key)
{
    const struct parameter *p = of_key(key);
    struct crypto_ec_values values;
    enum err e = ERR_UNSUPPORTED;

    if (p == NULL || !is_here(crypto, p))
        return ERR_UNSUPPORTED;
    if (p->has_parameters) {
        e = crypto_ec_named(crypto, (enum crypto_ec_name)p->curve, &values);
        return e == ERR_OK ? crypto->ec->generate(crypto->ctx, &values.curve,
                                                  private_key, public_key)
                           : e;
    }
    const enum crypto_xec curve = (enum crypto_xec)p->curve;
    e = crypto->random(crypto->ctx, private_key, crypto_xec_key_size(curve));
    return e == ERR_OK ? crypto->xec->public_of(crypto->ctx, curve, private_key,
                                                public_key)
                       : e;
}

bool native_xec_generate(struct vm *vm, const struct key *public_key,
                         const struct key *private_key, uint16_t rounds)
{
    uint8_t own[CRYPTO_EC_ORDER_MAX];
    uint8_t other[CRYPTO_EC_POINT_MAX];
    bool put = false;
    const enum err e = generate(native_crypto(vm), public_key, own, other);

    (void)rounds;
    if (e != ERR_OK)
        (void)native_crypto_failed(vm, e);
    else
        put = native_key_put(vm, private_key, KEY_VALUE,
                             span_of(own, encoding_size(private_key))) &&
              native_key_put(vm, public_key, KEY_VALUE,
                             span_of(other, encoding_size(public_key)));
    wipe(own, sizeof own);
    return put;
}
