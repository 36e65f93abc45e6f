/*
 * Algorithms of javacardx.crypto.Cipher.  cipher.c has the methods: arguments,
 * arrays, who may do what when.  What each algorithm does to bytes is a row of
 * operations, in a file by family of algorithms.
 */
#ifndef NATIVES_CIPHER_H
#define NATIVES_CIPHER_H

#include "natives/engine.h"
#include "natives/keys.h"

enum { CIPHER_MODE_DECRYPT = 1, CIPHER_MODE_ENCRYPT = 2 };
enum {
    CIPHER_STATE_MAX = 640, /* bytes of state that a row may have */
    CIPHER_GROWTH = 544,    /* bytes that a call may give beyond what it got */
};

struct cipher_algorithm;

/* A call of an engine's method, with all that it is about. */
struct cipher_job {
    struct vm *vm;
    const struct vm_call *call;
    const struct cipher_algorithm *algorithm;
    struct engine engine; /* .mode: MODE_DECRYPT or MODE_ENCRYPT */
    struct key key;       /* complete, and of a family that the row serves */
};

/* Each is false when it has thrown. */
struct cipher_operations {
    /* Of a key that the algorithm serves: throws ILLEGAL_VALUE for others. */
    bool (*serves)(const struct cipher_job *job);
    /* After the state was wiped; NULL: there is nothing to do, and parameters
     * are an ILLEGAL_VALUE.  parameters.p is NULL when none were given. */
    bool (*init)(const struct cipher_job *job, struct span parameters);
    /*
     * More bytes, and whether they are the last.  Writes *n bytes to `out`,
     * which is apart from `in` and from all arrays; `room` is in.n +
     * CIPHER_GROWTH at least.  Whenever this throws, and when the caller's
     * array turns out to be too short, the state is put back as it was before.
     * After the last bytes it is wiped, unless the row keeps it.
     */
    bool (*run)(const struct cipher_job *job, struct span in, bool last,
                uint8_t *out, size_t room, size_t *n);
    /* How many bytes decipher to n, for keys that are set enciphered; NULL:
     * n of them. */
    size_t (*sealed)(const struct cipher_job *job, size_t n);
};

struct cipher_algorithm {
    int8_t number;   /* ALG_*; 0: to be had by its parts only */
    uint8_t cipher;  /* CIPHER_* */
    uint8_t padding; /* PAD_* */
    uint8_t tag;     /* for the operations' own use */
    uint16_t state_size;
    bool keeps_state;
    const char *class_name; /* NULL: javacardx/crypto/Cipher$Card */
    const struct cipher_operations *operations;
};

/* A family's rows.  An engine keeps family and row, so both only ever grow. */
struct cipher_family {
    const struct cipher_algorithm *rows;
    uint8_t count;
};

extern const struct cipher_family native_cipher_symmetric; /* ciphersym.c */
extern const struct cipher_family native_cipher_aead;      /* cipheraead.c */
extern const struct cipher_family native_cipher_rsa;       /* cipherrsa.c */
extern const struct cipher_family native_cipher_sm2;       /* ciphersm2.c */

/* A row of all families; NULL: there is none. */
const struct cipher_algorithm *native_cipher_row(uint16_t number);

/*
 * The engine that is `this`, initialised, with its key.  False: thrown,
 * INVALID_INIT or UNINITIALIZED_KEY.
 */
bool native_cipher_open(struct vm *vm, const struct vm_call *call,
                        struct cipher_job *job);

/*
 * Initialises `this` with the key and mode that are arguments 1 and 2, after
 * all checks; `init` and its context as in the operations, NULL: the row's.
 */
typedef bool cipher_init(const struct cipher_job *job, struct span parameters);
enum vm_native_result native_cipher_start(struct vm *vm,
                                          const struct vm_call *call,
                                          cipher_init *init,
                                          struct span parameters);

/*
 * For setters of keys: what `in` deciphers to under a Cipher, in memory that
 * holds until the next native runs.  False: thrown, ILLEGAL_VALUE.
 */
bool native_cipher_decipher(struct vm *vm, const struct vm_call *call,
                            ref_t cipher, struct span in, struct span *out);
/* How many bytes of cipher text n bytes are under it; false: as above. */
bool native_cipher_sealed(struct vm *vm, const struct vm_call *call,
                          ref_t cipher, size_t n, size_t *sealed);

#endif
