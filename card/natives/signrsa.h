/* What signrsa.c and signiso.c share: both are rows of RSA. */
#ifndef NATIVES_SIGNRSA_H
#define NATIVES_SIGNRSA_H

#include "natives/keyrsa.h"
#include "natives/signhash.h"

enum { /* Cipher.PAD_* */
       PAD_PKCS1 = 7,
       PAD_PKCS1_PSS = 8,
       PAD_ISO9796 = 10,
       PAD_ISO9796_MR = 11,
       PAD_RFC2409 = 12,
       PAD_ISO9796_MR_SCHEME_2 = 21,
       PAD_ISO9796_MR_SCHEME_3 = 22,
       PAD_PKCS1_PSS_EXT_PARAMETERS = 23,
       PAD_ISO9796_MR_SCHEME_1_OPT_2 = 25,
       PAD_ISO9796_MR_SCHEME_2_OPT_2 = 26,
       PAD_ISO9796_MR_SCHEME_3_OPT_2 = 27,
};

/* ISO 9796-2 without and with recovery of the message (signiso.c), and the
 * state that their engines have. */
extern const struct signature_operations native_signature_iso;
extern const struct signature_operations native_signature_recovery;
enum { SIGNATURE_ISO_STATE = 1016 };

/* Whether the family of the key goes with the mode; no exception. */
bool native_signrsa_has_key(const struct signature_job *job);

/* Signs a block in its place.  False: thrown. */
bool native_signrsa_seal(const struct signature_job *job, uint8_t *block);

/* Opens a signature into a block; *right is false when it cannot be one.
 * False: thrown. */
bool native_signrsa_open(const struct signature_job *job, struct span signature,
                         uint8_t *block, bool *right);

/* `length` of struct signature_operations. */
uint16_t native_signrsa_length(const struct signature_job *job);

#endif
