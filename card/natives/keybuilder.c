/* javacard.security.KeyBuilder, and Key.getType() */
#include "natives/keys.h"

#include "natives/cells.h"
#include "natives/natives.h"

enum { NONE = 0, ALG_TYPES = 22 };

/* TYPE_* for each memory, by family; NONE: there is no such type. */
static const int8_t types[KEY_FAMILIES][3] = {
    [KEY_DES] = {3, 1, 2},
    [KEY_AES] = {15, 13, 14},
    [KEY_DSA_PUBLIC] = {7, NONE, NONE},
    [KEY_DSA_PRIVATE] = {8, 26, 27},
    [KEY_EC_F2M_PUBLIC] = {9, NONE, NONE},
    [KEY_EC_F2M_PRIVATE] = {10, 28, 29},
    [KEY_EC_FP_PUBLIC] = {11, NONE, NONE},
    [KEY_EC_FP_PRIVATE] = {12, 30, 31},
    [KEY_HMAC] = {21, 19, 20},
    [KEY_KOREAN_SEED] = {18, 16, 17},
    [KEY_RSA_PUBLIC] = {4, NONE, NONE},
    [KEY_RSA_PRIVATE] = {5, 22, 23},
    [KEY_RSA_CRT] = {6, 24, 25},
    [KEY_DH_PUBLIC] = {32, 34, 33},
    [KEY_DH_PRIVATE] = {35, 37, 36},
    [KEY_EC_F2M_PARAMETERS] = {40, NONE, NONE},
    [KEY_EC_FP_PARAMETERS] = {41, NONE, NONE},
    [KEY_DSA_PARAMETERS] = {39, NONE, NONE},
    [KEY_DH_PARAMETERS] = {38, NONE, NONE},
    [KEY_GENERIC_SECRET] = {42, NONE, NONE},
    [KEY_SM4] = {43, NONE, NONE},
    [KEY_XEC_PUBLIC] = {-1, NONE, NONE},
    [KEY_XEC_PRIVATE] = {-1, NONE, NONE},
};

/* By ALG_TYPE_*. */
static const uint8_t families[ALG_TYPES] = {
    [1] = KEY_DES,
    [2] = KEY_AES,
    [3] = KEY_DSA_PUBLIC,
    [4] = KEY_DSA_PRIVATE,
    [5] = KEY_EC_F2M_PUBLIC,
    [6] = KEY_EC_F2M_PRIVATE,
    [7] = KEY_EC_FP_PUBLIC,
    [8] = KEY_EC_FP_PRIVATE,
    [9] = KEY_HMAC,
    [10] = KEY_KOREAN_SEED,
    [11] = KEY_RSA_PUBLIC,
    [12] = KEY_RSA_PRIVATE,
    [13] = KEY_RSA_CRT,
    [14] = KEY_DH_PUBLIC,
    [15] = KEY_DH_PRIVATE,
    [16] = KEY_EC_F2M_PARAMETERS,
    [17] = KEY_EC_FP_PARAMETERS,
    [18] = KEY_DSA_PARAMETERS,
    [19] = KEY_DH_PARAMETERS,
    [20] = KEY_GENERIC_SECRET,
    [21] = KEY_SM4,
};

static bool find_type(int8_t type, enum key_family *family,
                      enum key_memory *memory)
{
    for (unsigned f = 0; type > 0 && f < KEY_FAMILIES; f++) {
        for (unsigned m = 0; m < 3; m++) {
            if (types[f][m] == type) {
                *family = (enum key_family)f;
                *memory = (enum key_memory)m;
                return true;
            }
        }
    }
    return false;
}

static enum vm_native_result give(struct vm *vm, ref_t key)
{
    return key != 0 ? native_done_ref(vm, key) : VM_NATIVE_THREW;
}

/* Every key can have a key cipher, whether it is asked for or not. */
enum vm_native_result native_key_build(struct vm *vm,
                                       const struct vm_call *call)
{
    const int16_t asked[] = {native_byte(call, 0), native_short(call, 1)};
    enum key_family family = KEY_AES;
    enum key_memory memory = KEY_PERSISTENT;

    if (!find_type((int8_t)asked[0], &family, &memory))
        return native_no_algorithm(vm, "KeyBuilder.buildKey", asked, 2);
    return give(vm,
                native_key_new(vm, call, family, memory, (uint16_t)asked[1]));
}

/* Memory is named as JCSystem names it: 0, CLEAR_ON_RESET, CLEAR_ON_DESELECT.
 */
enum vm_native_result native_key_build_in(struct vm *vm,
                                          const struct vm_call *call)
{
    const int16_t asked[] = {native_byte(call, 0), native_byte(call, 1),
                             native_short(call, 2)};

    if (asked[0] < 1 || asked[0] >= ALG_TYPES || asked[1] < KEY_PERSISTENT ||
        asked[1] > KEY_CLEAR_ON_DESELECT)
        return native_no_algorithm(vm, "KeyBuilder.buildKey", asked, 3);
    return give(vm,
                native_key_new(vm, call, (enum key_family)families[asked[0]],
                               (enum key_memory)asked[1], (uint16_t)asked[2]));
}

/* The parameters that keys of a family share; KEY_FAMILIES: it has none. */
static enum key_family parameters_of(enum key_family family)
{
    switch (family) {
    case KEY_DSA_PUBLIC:
    case KEY_DSA_PRIVATE:
        return KEY_DSA_PARAMETERS;
    case KEY_EC_F2M_PUBLIC:
    case KEY_EC_F2M_PRIVATE:
        return KEY_EC_F2M_PARAMETERS;
    case KEY_EC_FP_PUBLIC:
    case KEY_EC_FP_PRIVATE:
        return KEY_EC_FP_PARAMETERS;
    case KEY_DH_PUBLIC:
    case KEY_DH_PRIVATE:
        return KEY_DH_PARAMETERS;
    default:
        return KEY_FAMILIES;
    }
}

/* Keys of a domain are of its size and have it in its own record. */
enum vm_native_result native_key_build_shared(struct vm *vm,
                                              const struct vm_call *call)
{
    const int16_t asked[] = {native_byte(call, 0), native_byte(call, 1)};
    struct key domain;

    if (!native_key_open(vm, call, call->cells[2], &domain))
        return VM_NATIVE_THREW;
    if (asked[0] < 1 || asked[0] >= ALG_TYPES || asked[1] < KEY_PERSISTENT ||
        asked[1] > KEY_CLEAR_ON_DESELECT ||
        parameters_of((enum key_family)families[asked[0]]) != domain.family)
        return native_no_algorithm(vm, "KeyBuilder.buildKeyWithSharedDomain",
                                   asked, 2);
    const ref_t key =
        native_key_new(vm, call, (enum key_family)families[asked[0]],
                       (enum key_memory)asked[1], domain.size);
    if (key == 0)
        return VM_NATIVE_THREW;
    const enum err e =
        native_set_cell(vm, key, CELL_KEY_DOMAIN, domain.record, HEAP_ATOMIC);
    return e == ERR_OK ? native_done_ref(vm, key) : vm_throw_err(vm, e);
}

/* Of a family without a type for its memory: that of persistent keys. */
enum vm_native_result native_key_type(struct vm *vm, const struct vm_call *call)
{
    struct key key;

    if (!native_key_open(vm, call, call->cells[0], &key))
        return VM_NATIVE_THREW;
    const int8_t *row = types[key.family];
    const int8_t type = row[native_key_memory(vm, &key)];
    return native_done_short(vm, type != NONE ? type : row[KEY_PERSISTENT]);
}

enum vm_native_result native_key_memory_type(struct vm *vm,
                                             const struct vm_call *call)
{
    struct key key;

    return native_key_open(vm, call, call->cells[0], &key)
               ? native_done_short(vm, (int32_t)native_key_memory(vm, &key))
               : VM_NATIVE_THREW;
}
