/*
 * Key derivation: bytes that follow from a secret and from what it is bound
 * to, as many as are asked for, one behind the other.  What is derived from
 * is copied; all of it is plain bytes.
 *
 * empty --crypto_derive_part--> filled --crypto_derive_begin--> begun
 */
#ifndef CRYPTO_DERIVE_H
#define CRYPTO_DERIVE_H

#include "crypto/crypto.h"

enum crypto_kdf {
    CRYPTO_KDF_NONE,
    CRYPTO_KDF_COUNTER,  /* NIST SP 800-108 4.1 */
    CRYPTO_KDF_FEEDBACK, /* 4.2 */
    CRYPTO_KDF_PIPELINE, /* 4.3, double pipeline iteration */
    CRYPTO_KDF_TLS11,    /* PRF of RFC 4346, 5: MD5 and SHA-1 */
    CRYPTO_KDF_TLS12,    /* PRF of RFC 5246, 5 */
    CRYPTO_KDF_IEEE1363, /* KDF1: one digest of secret and parameters */
    CRYPTO_KDF_ICAO,     /* ICAO 9303-11, 9.7.1: the same, with a counter */
    CRYPTO_KDF_X963,     /* ANSI X9.63: digests of secret, counter and data */
    CRYPTO_KDF_HKDF,     /* RFC 5869, extract and expand */
    CRYPTO_KDF_EXPAND,   /* its second half alone */
};

/* The pseudorandom function: a digest's HMAC (or the digest), or this. */
enum { CRYPTO_DERIVE_CMAC = 0xFF /* AES-CMAC; the secret is the key */ };

/* What goes into it, in this order; each may be empty. */
enum crypto_derive_part {
    CRYPTO_DERIVE_SECRET,
    CRYPTO_DERIVE_DATA, /* before the counter; seed; info; shared data ... */
    CRYPTO_DERIVE_MORE, /* behind the counter; feedback's IV; HKDF's salt */
    CRYPTO_DERIVE_PARTS,
};

enum { CRYPTO_DERIVE_ROOM = 640 /* bytes of all parts together */ };

/* One of the chains that blocks come from: TLS 1.1 has two. */
struct crypto_derive_chain {
    uint8_t value[CRYPTO_DIGEST_MAX]; /* what the next block is made of */
    uint8_t block[CRYPTO_DIGEST_MAX];
    uint32_t blocks; /* made so far */
    uint8_t left;    /* bytes of the block that are still to come, its last */
};

struct crypto_derive {
    uint8_t kdf;
    uint8_t prf;     /* enum crypto_digest, or CRYPTO_DERIVE_CMAC */
    uint8_t counter; /* bytes of SP 800-108's counter, 0..4 */
    uint16_t length; /* bytes that there are at most; 0: no end */
    uint16_t n[CRYPTO_DERIVE_PARTS];
    uint8_t bytes[CRYPTO_DERIVE_ROOM];
    /* From here on it changes while bytes are taken. */
    uint32_t taken;
    struct crypto_derive_chain chains[2];
};

/* Appends to a part, of which no later one has bytes yet.  ERR_RANGE: there
 * is no room. */
NODISCARD enum err crypto_derive_part(struct crypto_derive *d,
                                      enum crypto_derive_part part,
                                      struct span bytes);

/*
 * Sees to it that it can be derived from, and does what is done once: HKDF
 * becomes EXPAND with the extracted key.  ERR_RANGE: a length or a counter
 * that the function does not allow; ERR_UNSUPPORTED; ERR_IO.
 */
NODISCARD enum err crypto_derive_begin(const struct crypto_port *port,
                                       struct crypto_derive *d);

/* The next n bytes.  ERR_STATE: there are not so many; ERR_IO. */
NODISCARD enum err crypto_derive_bytes(const struct crypto_port *port,
                                       struct crypto_derive *d, uint8_t *out,
                                       size_t n);

/* Begins again with the first byte. */
void crypto_derive_rewind(struct crypto_derive *d);

#endif
