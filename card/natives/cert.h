/*
 * Certificates: javacardx.security.cert.  cert.c has the objects, certparser.c
 * what makes them, certkey.c the keys and algorithms in them.
 *
 * The documentation at hand leaves open in which form an element is handed
 * over.  Here every field is a whole DER item, tag and length in front, the
 * version an INTEGER; an extension is its OID, the contents alone, and the
 * contents of its OCTET STRING.  What a handler is shown is a view that can be
 * read; what a certificate has kept are arrays of the applet's.
 */
#ifndef NATIVES_CERT_H
#define NATIVES_CERT_H

#include "crypto/x509.h"
#include "natives/crypto.h"

enum { CERT_TYPE_X509_DER = 1 };

enum { /* reasons of CertificateException */
       CERT_INVALID_ENCODING = 1,
       CERT_INVALID_PARAM = 2,
       CERT_MISSING_DATA = 3,
       CERT_INVALID_SIGNATURE = 4,
       CERT_HANDLER_EXCEPTION = 5,
       CERT_HANDLER_INVALID_KEY = 6,
};

/* CertificateException.  Always VM_NATIVE_THREW. */
enum vm_native_result native_throw_cert(struct vm *vm, uint16_t reason);

/*
 * What a handler threw: a CertificateException goes on as it is, and anything
 * else is CERT_HANDLER_EXCEPTION.
 */
enum vm_native_result native_cert_handler_threw(struct vm *vm);

/* The token of a method of an interface of the API. */
uint8_t native_cert_token(const char *class_name, const char *method,
                          const char *descriptor);

/* ---- certkey.c ---- */

/* KeyBuilder.TYPE_* of the key that a handler has to provide. */
int8_t native_cert_key_type(const struct x509_key *key);

/*
 * Sets the key that a handler gave, all or nothing.  `from` and its bytes lie
 * outside the heap.  False: thrown, CERT_HANDLER_INVALID_KEY when type or size
 * are others.
 */
bool native_cert_fill_key(struct vm *vm, const struct vm_call *call, ref_t ref,
                          const struct x509_key *from);

/*
 * Whether a signature is that of a TBSCertificate by this key; all three are
 * whole DER items.  False: thrown; CERT_INVALID_PARAM for a key of another
 * algorithm, CERT_INVALID_ENCODING, and what Signature throws.
 */
bool native_cert_check(struct vm *vm, const struct vm_call *call,
                       struct span tbs, struct span algorithm,
                       struct span signature, ref_t key, bool *right);

/* ---- cert.c ---- */

/* What of a certificate is to be kept. */
struct cert_wish {
    uint16_t fields;           /* a bit for each enum x509_field */
    const uint8_t *extensions; /* a bit for each; outside the heap */
    ref_t key;                 /* or 0 */
};

/*
 * A new certificate with parts of the one in arguments 1, 2 and 3, which parsed
 * lately.  0: thrown.
 */
ref_t native_cert_new(struct vm *vm, const struct vm_call *call,
                      const struct cert_wish *wish);

/* The certificate in arguments 1, 2 and 3, until the next write or allocation.
 * False: thrown, CERT_INVALID_ENCODING. */
bool native_cert_source(struct vm *vm, const struct vm_call *call,
                        struct native_range *r, struct x509 *x);

#endif
