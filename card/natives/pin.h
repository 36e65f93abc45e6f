/*
 * What the natives of OwnerPIN, OwnerPINx and OwnerPINxWithPredecrement share,
 * and those of the global PIN.  A PIN has a record of its own:
 *
 *   +----+-------+----------+------+--------------------------+-----------+
 *   | 80 | limit | max size | size | value, padded with zeros | check u32 |
 *   +----+-------+----------+------+--------------------------+-----------+
 *   | tries | check u8 |
 *   +-------+----------+
 *
 * (the value as the vault stores it; size: FF until the first update(), so that
 * nothing matches), and transient booleans, which a reset clears: whether it
 * was validated, and of an OwnerPINx also whether a check was announced.  The
 * first check is over all before it, the second over the tries alone, which
 * are written whatever happens to the rest (base/check.h).
 *
 * Records of older cards have no checks: tries where 80 is, and nothing behind
 * the value.
 */
#ifndef NATIVES_PIN_H
#define NATIVES_PIN_H

#include "natives/support.h"

enum {
    PIN_CHECKED_AT = 0,
    PIN_LIMIT_AT = 1,
    PIN_MAX_AT = 2,
    PIN_SIZE_AT = 3,
    PIN_VALUE_AT = 4,
    PIN_VALUE_MAX = 127,
    PIN_CHECKED = 0x80,
    PIN_CHECKS = 6,   /* what is behind the value */
    PIN_UNSET = 0xFF, /* size of a PIN that has no value yet */
};

enum { PIN_ILLEGAL_VALUE = 1, PIN_ILLEGAL_STATE = 2 };

/* Transient booleans: of OwnerPIN, and of the others. */
enum { PIN_FLAGS = 1, PIN_FLAGS_X = 2 };

/* As it was when it was opened. */
struct pin {
    ref_t record;
    const uint8_t *p; /* the record, */
    uint32_t n;       /* so long */
    bool is_checked;
    uint8_t tries;
    uint8_t limit;
    uint8_t max;
    uint8_t size;
    uint8_t *validated;
    uint8_t *announced; /* NULL of an OwnerPIN */
};

/* How a PIN is made: `max` is at least 1; `limit`, too, of an OwnerPIN. */
struct pin_kind {
    uint8_t limit;
    uint8_t max;
    uint8_t flags;
};

/* PINException. */
enum vm_native_result native_pin_throw(struct vm *vm, uint16_t reason);

/*
 * The PIN that this object is, without its flags.  False: it has no record, or
 * one that is damaged, and then nothing more is written to the card.
 */
bool native_pin_look(const struct vm *vm, ref_t object, struct pin *pin);

/*
 * The PIN that is `this`.  False: thrown; a PIN whose constructor did not end
 * is of no use.
 */
bool native_pin_open(struct vm *vm, const struct vm_call *call,
                     struct pin *pin);

/* Gives the object `pin`, which has none, its record and its flags. */
NODISCARD enum err native_pin_create(struct vm *vm, const struct vm_call *call,
                                     ref_t pin, const struct pin_kind *kind);

/*
 * Gives a PIN of an older card, which is no applet's, a record with checks,
 * atomically; nothing where it has one, or is damaged.  ERR_MEMORY.
 */
NODISCARD enum err native_pin_add_checks(struct vm *vm, ref_t object);

/* Writes the try counter, whatever a transaction does.  False: thrown. */
bool native_pin_set_tries(struct vm *vm, const struct pin *pin, uint8_t tries);

/* Writes counter and limit as one update.  False: thrown. */
bool native_pin_set_counters(struct vm *vm, const struct pin *pin,
                             uint8_t tries, uint8_t limit, enum heap_write how);

/*
 * Before a comparison: no longer validated, and a try less if there is one.
 * tries: what there were.  False: thrown.
 */
bool native_pin_count_down(struct vm *vm, const struct pin *pin,
                           uint8_t *tries);

/* Whether the record is whole, and its value opens, if it has one. */
bool native_pin_opens(const struct vm *vm, ref_t record);

/* Takes the same time for every value of the same length. */
bool native_pin_matches(struct vm *vm, const struct pin *pin,
                        struct span value);

/*
 * Writes the value, of at most the PIN's maximum of bytes, and gives all tries
 * again, as one update.  HEAP_NOW is for a record of PERSIST_NOW_MAX bytes.
 * False: thrown.
 */
bool native_pin_put(struct vm *vm, const struct pin *pin, struct span value,
                    enum heap_write how);

/*
 * Compares the PIN with the array, offset and length that are the arguments;
 * when they are equal and it is not blocked, it is validated and has all its
 * tries again.
 */
enum vm_native_result native_pin_compare(struct vm *vm,
                                         const struct vm_call *call,
                                         const struct pin *pin, bool blocked);

/* No longer validated, and no check announced. */
static inline void native_pin_forget(const struct pin *pin)
{
    *pin->validated = 0;
    if (pin->announced != NULL)
        *pin->announced = 0;
}

#endif
