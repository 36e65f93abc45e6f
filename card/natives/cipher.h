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
     * More bytes, and whether they are the last.  Writes at most `room` bytes
     * to `out`, which is apart from `in` and from all arrays; *n of them.
     * ILLEGAL_VALUE when room is too small, with nothing changed.
     */
    bool (*run)(const struct cipher_job *job, struct span in, bool last,
                uint8_t *out, size_t room, size_t *n);
};

struct cipher_algorithm {
    int8_t number;   /* ALG_*; 0: to be had by its parts only */
    uint8_t cipher;  /* CIPHER_* */
    uint8_t padding; /* PAD_* */
    uint8_t tag;     /* for the operations' own use */
    uint16_t state_size;
    const char *class_name; /* NULL: javacardx/crypto/Cipher$Card */
    const struct cipher_operations *operations;
};

/* A family's rows.  An engine keeps family and row, so both only ever grow. */
struct cipher_family {
    const struct cipher_algorithm *rows;
    uint8_t count;
};

extern const struct cipher_family cipher_symmetric; /* ciphersym.c */
extern const struct cipher_family cipher_aead;      /* cipheraead.c */
extern const struct cipher_family cipher_rsa;       /* cipherrsa.c */
extern const struct cipher_family cipher_sm2;       /* ciphersm2.c */

/* A row of all families; NULL: there is none. */
const struct cipher_algorithm *native_cipher_row(uint16_t number);

#endif
