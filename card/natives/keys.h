/*
 * Key objects.  One is an instance of a class of the card's own (KeyBuilder$AES
 * and so on, apidef/tables/implementation.tsv), and its parts lie in a record,
 * an array that nobody else holds, persistent or transient as the type says:
 *
 *   +------------+-----------+------------------+-----------+------------
 *   | u2 present | u2 length | part 0, at its   | u2 length | part 1 ...
 *   |            |           | greatest length  |           |
 *   +------------+-----------+------------------+-----------+------------
 *
 * `present` has a bit for each part that is set, so a transient record that is
 * cleared is a key that is uninitialised again.  A key of a shared domain has
 * the parts of the domain in the record of the key that it was built with.
 * In a card that keeps key material enciphered the secret parts of persistent
 * records are as the vault stores them, and VAULT_TAG bytes longer.
 */
#ifndef NATIVES_KEYS_H
#define NATIVES_KEYS_H

#include "natives/crypto.h"

/* In the order of key_kinds[] in keys.c: a key keeps this number. */
enum key_family {
    KEY_DES,
    KEY_AES,
    KEY_DSA_PUBLIC,
    KEY_DSA_PRIVATE,
    KEY_EC_F2M_PUBLIC,
    KEY_EC_F2M_PRIVATE,
    KEY_EC_FP_PUBLIC,
    KEY_EC_FP_PRIVATE,
    KEY_HMAC,
    KEY_KOREAN_SEED,
    KEY_RSA_PUBLIC,
    KEY_RSA_PRIVATE,
    KEY_RSA_CRT,
    KEY_DH_PUBLIC,
    KEY_DH_PRIVATE,
    KEY_EC_F2M_PARAMETERS,
    KEY_EC_FP_PARAMETERS,
    KEY_DSA_PARAMETERS,
    KEY_DH_PARAMETERS,
    KEY_GENERIC_SECRET,
    KEY_SM4,
    KEY_XEC_PUBLIC,
    KEY_XEC_PRIVATE,
    KEY_FAMILIES,
};

enum key_part {
    KEY_VALUE, /* of a secret key; the encoded key of an XEC key */
    KEY_MODULUS,
    KEY_EXPONENT,
    KEY_P, /* of RSA and of the domain of DSA and DH */
    KEY_Q,
    KEY_DP1,
    KEY_DQ1,
    KEY_PQ,
    KEY_FIELD, /* the prime; of F2M three shorts, unused ones zero */
    KEY_A,
    KEY_B,
    KEY_G, /* a point; of DSA and DH a number */
    KEY_R,
    KEY_K, /* cofactor, 2 bytes */
    KEY_S,
    KEY_W,
    KEY_X,
    KEY_Y,
};

enum key_memory { KEY_PERSISTENT, KEY_CLEAR_ON_RESET, KEY_CLEAR_ON_DESELECT };

/* An open key: holds until the next allocation or write. */
struct key {
    ref_t object;
    ref_t record;
    ref_t domain; /* the record with the parts of the domain */
    enum key_family family;
    uint16_t size;      /* as Key.getSize() tells it */
    uint16_t parameter; /* XEC: number of its NamedParameterSpec */
    uint8_t tag;        /* bytes that sealing adds to each secret part, or 0 */
};

/*
 * A new key of this size with room for its parts, none of them set.  0:
 * thrown, CryptoException.NO_SUCH_ALGORITHM for a size that the family does
 * not have or that the card's profile withholds, SystemException when memory
 * fails or may not be had.
 */
ref_t native_key_new(struct vm *vm, const struct vm_call *call,
                     enum key_family family, enum key_memory memory,
                     uint16_t size);

/*
 * The key that a reference is.  False: thrown; NullPointerException,
 * SecurityException, and ILLEGAL_VALUE for what is no key of this card.
 */
bool native_key_open(struct vm *vm, const struct vm_call *call, ref_t ref,
                     struct key *key);

/* The key that an object is, for checks; false: it is none, or not whole. */
bool native_key_look(const struct vm *vm, ref_t ref, struct key *key);

/* Whether what is set of its secret parts is what the vault made. */
bool native_key_opens(const struct vm *vm, const struct key *key);

/* Its memory. */
enum key_memory native_key_memory(const struct vm *vm, const struct key *key);

/* Whether all parts are set that the key needs to be used. */
bool native_key_is_ready(const struct vm *vm, const struct key *key);

/*
 * A part, until the next write; false: it is not set, or the family has none,
 * or (and then the card stops) it does not open.
 */
bool native_key_part(const struct vm *vm, const struct key *key,
                     enum key_part part, struct span *out);

/* The most bytes that a part may have; 0: the family has no such part. */
uint16_t native_key_room(const struct key *key, enum key_part part);

/*
 * Sets a part, all or nothing, as part of a transaction if one is open.
 * `bytes` lie outside the key.  False: thrown (ILLEGAL_VALUE: too long).
 */
bool native_key_put(struct vm *vm, const struct key *key, enum key_part part,
                    struct span bytes);

/* Forgets and wipes all parts that are the key's own.  False: thrown. */
bool native_key_clear(struct vm *vm, const struct key *key);

/*
 * For getters: copies a part to the byte array and offset that are arguments
 * 1 and 2, and returns its length.  UNINITIALIZED_KEY when it is not set.
 */
enum vm_native_result native_key_get(struct vm *vm, const struct vm_call *call,
                                     enum key_part part);

/*
 * For setters: sets a part to what arguments 1, 2 and 3 are: array, offset and
 * length.  ILLEGAL_VALUE when the length is 0 or more than the part can have;
 * or when it is less and has to be `exact`.
 */
enum vm_native_result native_key_set(struct vm *vm, const struct vm_call *call,
                                     enum key_part part, bool exact);

/*
 * For setters: the n bytes that the caller gives as array and offset
 * (arguments 1 and 2), deciphered if the key, `this`, has a key cipher: then
 * *out is of another length, perhaps.  Its bytes hold until the next write or
 * allocation; native_key_put() may be given them.  False: thrown, ILLEGAL_VALUE
 * when they do not decipher.  [JCAPI KeyEncryption]
 */
bool native_key_given(struct vm *vm, const struct vm_call *call, int32_t n,
                      struct span *out);

/* The same where n bytes are wanted and the array may have more, since they
 * are enciphered: *out is n bytes. */
bool native_key_given_exactly(struct vm *vm, const struct vm_call *call,
                              int32_t n, struct span *out);

#endif
