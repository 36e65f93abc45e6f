/*
 * X.509 certificates in DER: their fields, extensions, and the algorithms that
 * they name.  The grammar is checked as far as the fields go and through the
 * names; what an extension holds is its own affair.  [RFC 5280 4.1]
 */
#ifndef CRYPTO_X509_H
#define CRYPTO_X509_H

#include "crypto/ec.h"
#include "crypto/xec.h"

/* In the order of the bits of X509Certificate.FIELD_*. */
enum x509_field {
    X509_VERSION, /* Version, without its [0] */
    X509_SERIAL_NUMBER,
    X509_TBS_SIGNATURE_ALG,
    X509_ISSUER,
    X509_NOT_AFTER,
    X509_NOT_BEFORE,
    X509_SUBJECT,
    X509_PUBLIC_KEY_INFO,
    X509_ISSUER_UID,
    X509_SUBJECT_UID,
    X509_TBS,
    X509_SIGNATURE_ALG,
    X509_SIGNATURE,
    X509_FIELDS,
};

enum { X509_EXTENSIONS_MAX = 256 };

struct x509 {
    struct span fields[X509_FIELDS]; /* tag, length, value; p NULL: absent */
    struct span extensions;          /* one behind the other */
    uint16_t extension_count;
    uint8_t version; /* 1 to 3 */
};

struct x509_extension {
    struct span oid; /* what is behind tag and length */
    struct span value;
    bool critical;
};

/*
 * All of a certificate, and nothing behind it.  ERR_FORMAT: it is none, the
 * version forbids a field, or an extension stands there twice; ERR_RANGE: it
 * has more extensions than there may be.
 */
NODISCARD enum err x509_parse(struct span certificate, struct x509 *out);

/* The next extension of x509.extensions. */
NODISCARD enum err x509_take_extension(struct span *s,
                                       struct x509_extension *out);

/* The extension at a place below extension_count. */
struct x509_extension x509_extension_at(const struct x509 *x, unsigned place);

/* What a BIT STRING with a signature, tag and all, signs with. */
NODISCARD enum err x509_signature_bytes(struct span field, struct span *out);

/* ---- algorithms ---- */

enum x509_scheme {
    X509_RSA_PKCS1,
    X509_RSA_PSS,
    X509_DSA,
    X509_ECDSA,
    X509_ECDSA_PLAIN,
    X509_ED25519,
    X509_ED448,
};

struct x509_algorithm {
    enum x509_scheme scheme;
    enum crypto_digest digest; /* of the others than EdDSA */
    uint16_t salt;             /* of PSS, in bytes */
};

/*
 * What an AlgorithmIdentifier, tag and all, signs with.  ERR_UNSUPPORTED:
 * something else; ERR_FORMAT: parameters that do not go with it.
 */
NODISCARD enum err x509_algorithm(struct span field,
                                  struct x509_algorithm *out);

enum x509_key_kind { X509_KEY_RSA, X509_KEY_DSA, X509_KEY_EC, X509_KEY_XEC };

/* A public key: its numbers without leading zeros. */
struct x509_key {
    enum x509_key_kind kind;
    struct span n, e;       /* RSA */
    struct span p, q, g, y; /* DSA */
    struct span point;      /* EC */
    enum crypto_xec xec;
    struct span value; /* XEC: as long as the curve's keys */
    struct crypto_ec_values curve;
    uint16_t bits; /* of modulus, prime or field; of XEC as the API has it */
};

/* The curve that an object identifier names; false: none that is known. */
bool x509_curve_of(struct span oid, enum crypto_ec_name *out);

/*
 * The key of a SubjectPublicKeyInfo, tag and all.  Named curves come from the
 * port.  ERR_UNSUPPORTED: one of another algorithm, without domain, or on a
 * curve that is not known; ERR_FORMAT.  *out holds spans into `field` and into
 * itself: do not copy it.
 */
NODISCARD enum err x509_key(const struct crypto_port *port, struct span field,
                            struct x509_key *out);

#endif
