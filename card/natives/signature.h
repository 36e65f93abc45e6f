/*
 * Algorithms of javacard.security.Signature.  signature.c has the methods;
 * what each algorithm does to bytes is a row of operations, in a file by
 * family of algorithms.
 */
#ifndef NATIVES_SIGNATURE_H
#define NATIVES_SIGNATURE_H

#include "natives/engine.h"
#include "natives/keys.h"

enum {
    SIGNATURE_MODE_SIGN = 1,
    SIGNATURE_MODE_VERIFY = 2,
    SIGNATURE_MODE_BITS = 2, /* of the engine's mode; the row has the others */
};
enum { SIGNATURE_MAX = 512 /* bytes of the longest */ };

struct signature_algorithm;

/* A call of an engine's method, with all that it is about. */
struct signature_job {
    struct vm *vm;
    const struct vm_call *call;
    const struct signature_algorithm *algorithm;
    struct engine engine;
    uint8_t mode;   /* MODE_SIGN or MODE_VERIFY */
    struct key key; /* complete, and of a family that the row serves */
};

/* Each bool is false when it has thrown; NULL where a row cannot do that. */
struct signature_operations {
    /* Of a key that the algorithm serves: throws ILLEGAL_VALUE for others. */
    bool (*serves)(const struct signature_job *job);
    /* After the state was wiped; NULL: parameters are an ILLEGAL_VALUE.
     * parameters.p is NULL when none were given. */
    bool (*init)(const struct signature_job *job, struct span parameters);
    /* More of the message. */
    bool (*update)(const struct signature_job *job, struct span in);
    /* The last of it: *n bytes of signature, at most SIGNATURE_MAX. */
    bool (*sign)(const struct signature_job *job, struct span in,
                 uint8_t *signature, size_t *n);
    /* The same, and whether the signature is right; comparing in constant
     * time.  A signature of another length is wrong. */
    bool (*verify)(const struct signature_job *job, struct span in,
                   struct span signature, bool *right);
    /* Of a digest that was computed elsewhere: its length is checked. */
    bool (*sign_digest)(const struct signature_job *job, struct span digest,
                        uint8_t *signature, size_t *n);
    bool (*verify_digest)(const struct signature_job *job, struct span digest,
                          struct span signature, bool *right);
    /* Signature.setInitialDigest: `count` is big-endian, of bytes hashed. */
    bool (*resume)(const struct signature_job *job, struct span state,
                   struct span count);
    /* Bytes at the end of the state that hold what init() was given: they stay
     * when the engine is ready for another message, and a reset clears them
     * as it does all of the state. */
    uint16_t kept;
    /* Bytes of a signature with this key, at most. */
    uint16_t (*length)(const struct signature_job *job);
    /* Whether a card with this library has it; NULL: every card has. */
    bool (*available)(const struct crypto_port *crypto,
                      const struct signature_algorithm *row);
    /* SignatureMessageRecovery; NULL in rows of other classes.  What the
     * signature holds of the message: *n bytes, at most SIGNATURE_MAX. */
    bool (*begin_verify)(const struct signature_job *job, struct span signature,
                         uint8_t *recovered, size_t *n);
    /* As `sign`, and how many bytes of the message the signature holds. */
    bool (*sign_recoverable)(const struct signature_job *job, struct span in,
                             uint8_t *signature, size_t *n,
                             uint16_t *recoverable);
    /* As `verify`, of the signature that begin_verify was given. */
    bool (*verify_rest)(const struct signature_job *job, struct span in,
                        bool *right);
};

struct signature_algorithm {
    int8_t number;   /* ALG_*; 0: to be had by its parts only */
    uint8_t digest;  /* MessageDigest.ALG_*, ALG_NULL */
    uint8_t cipher;  /* SIG_CIPHER_* */
    uint8_t padding; /* Cipher.PAD_* */
    uint8_t tag;     /* for the operations' own use */
    uint16_t state_size;
    const char *class_name; /* NULL: javacard/security/Signature$Card */
    const struct signature_operations *operations;
};

/* A family's rows.  An engine keeps family and row, so both only ever grow. */
struct signature_family {
    const struct signature_algorithm *rows;
    uint8_t count;
};

extern const struct signature_family native_signature_mac;   /* signmac.c */
extern const struct signature_family native_signature_rsa;   /* signrsa.c */
extern const struct signature_family native_signature_dsa;   /* signdsa.c */
extern const struct signature_family native_signature_ecdsa; /* signecdsa.c */
extern const struct signature_family native_signature_eddsa; /* signeddsa.c */
extern const struct signature_family native_signature_sm2;   /* signsm2.c */

/* An algorithm by its parts, as Signature.getInstance(BBZ) has them; `salt` of
 * PSS, in bytes. */
struct signature_parts {
    int8_t digest;
    int8_t cipher;
    int8_t padding;
    uint16_t salt;
};

/*
 * Whether a signature of a message is right, where there is no Signature
 * object.  Message and signature may lie in the heap.  False: thrown, as
 * getInstance and init would.
 */
bool native_signature_check(struct vm *vm, const struct vm_call *call,
                            const struct signature_parts *parts, ref_t key,
                            struct span message, struct span signature,
                            bool *right);

/* Of the class for which a cast to SignatureMessageRecovery succeeds. */
#define SIGNATURE_RECOVERY "javacard/security/Signature$Recovery"

#endif
