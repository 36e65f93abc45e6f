/*
 * Signatures of a digest: the engine's state begins with one that grows, and
 * the tag of a row says which.
 */
#ifndef NATIVES_SIGNHASH_H
#define NATIVES_SIGNHASH_H

#include "natives/signature.h"

enum {                      /* bytes of state that a digest needs at most */
       SIGNHASH_32 = 128,   /* MD5, RIPEMD-160, SM3, SHA-1, SHA-224, SHA-256 */
       SIGNHASH_64 = 232,   /* SHA-384, SHA-512 */
       SIGNHASH_SHA3 = 368, /* every SHA-3, and so every digest */
};

/* The digest of a row. */
static inline enum crypto_digest
native_signhash_of(const struct signature_algorithm *row)
{
    return (enum crypto_digest)row->tag;
}

/* Whether the card has the digest, in the state that the row has. */
bool native_signhash_available(const struct crypto_port *crypto,
                               const struct signature_algorithm *row);

/* `update` of struct signature_operations. */
bool native_signhash_update(const struct signature_job *job, struct span in);

/* The last of the message: its digest.  False: thrown. */
bool native_signhash_finish(const struct signature_job *job, struct span in,
                            uint8_t *digest);

/* `sign` and `verify` of struct signature_operations: the digest of the
 * message, and what `sign_digest` and `verify_digest` do to it. */
bool native_signhash_sign(const struct signature_job *job, struct span in,
                          uint8_t *signature, size_t *n);
bool native_signhash_verify(const struct signature_job *job, struct span in,
                            struct span signature, bool *right);

/* `resume` of struct signature_operations. */
bool native_signhash_resume(const struct signature_job *job, struct span state,
                            struct span count);

/* A digest from elsewhere must be as long as the row's: ILLEGAL_USE. */
bool native_signhash_fits(const struct signature_job *job, struct span digest);

/* `update` of rows without a digest: one that comes in pieces is kept nowhere.
 * Throws ILLEGAL_USE. */
bool native_signhash_refuse_pieces(const struct signature_job *job,
                                   struct span in);

/* Throws as native_crypto_failed() does, if there is an error; whether not. */
bool native_signature_done(const struct signature_job *job, enum err e);

/* Throws CryptoException.  Always false. */
bool native_signature_refuse(const struct signature_job *job, uint16_t reason);

#endif
