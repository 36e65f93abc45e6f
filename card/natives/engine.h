/*
 * Objects that carry out an algorithm: MessageDigest, Cipher, Signature and
 * their kin.  Each is an instance of a class of the card's own, or of a OneShot
 * class, with the same native cells.  Its key and its mode are persistent; what
 * is under way is in a transient array that nobody else holds and a reset
 * clears: all zeros mean what init() without initial values leaves.  Neither
 * takes part in a transaction, but for a key born in it.  [JCAPI Cipher]
 */
#ifndef NATIVES_ENGINE_H
#define NATIVES_ENGINE_H

#include "jcre/oneshot.h"
#include "natives/crypto.h"

/* An open engine: `state` holds until the next allocation. */
struct engine {
    ref_t object;
    ref_t key;          /* 0: not initialised with one */
    uint16_t algorithm; /* what native_engine_new was given */
    uint16_t mode;
    uint8_t *state; /* aligned to 8; NULL when it was made with none */
    uint32_t state_size;
};

/*
 * A new engine: of class `class_name` ("javacardx/crypto/Cipher$Card"), with
 * `state_size` bytes of state, 0 for none.  0: thrown, SystemException.
 * NO_TRANSIENT_SPACE when there is no room for the state.
 */
ref_t native_engine_new(struct vm *vm, const struct vm_call *call,
                        const char *class_name, uint16_t algorithm,
                        uint32_t state_size);

/*
 * OneShot.open(): the card's one object of that class, for the caller, as a
 * new engine.  0: thrown, SystemException.NO_RESOURCE when it is in use or the
 * state has no room.
 */
ref_t native_engine_open_once(struct vm *vm, const struct vm_call *call,
                              enum jcre_oneshot which, uint16_t algorithm,
                              uint32_t state_size);

/* OneShot.close(), a native: what is closed already stays closed. */
enum vm_native_result native_engine_close(struct vm *vm,
                                          const struct vm_call *call);

/*
 * The engine that is `this`; the machine has seen to it that it is one, but an
 * object whose making was cut short is of no use.  False: thrown,
 * CryptoException.INVALID_INIT; of a OneShot that is closed ILLEGAL_USE, and
 * SecurityException for who has not opened it.
 */
bool native_engine_open(struct vm *vm, const struct vm_call *call,
                        struct engine *engine);

/* Another algorithm, key and mode; writes only what differs.  The state is
 * zero afterwards.  False: thrown. */
bool native_engine_set(struct vm *vm, struct engine *engine, uint16_t algorithm,
                       ref_t key, uint16_t mode);

/* Wipes the state. */
void native_engine_restart(const struct engine *engine);

#endif
