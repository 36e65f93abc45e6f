/*
 * AES-SIV [RFC 5297]: enciphered and authenticated at once, without a nonce.
 * Equal texts of one context are equal when sealed, and nothing else shows.
 */
#ifndef CRYPTO_SIV_H
#define CRYPTO_SIV_H

#include "crypto/crypto.h"

enum { CRYPTO_SIV_TAG = 16, CRYPTO_SIV_CONTEXTS_MAX = 126 };

/*
 * Writes CRYPTO_SIV_TAG bytes of tag and then the cipher text to `out`, n + tag
 * bytes; it does not overlap `text`.  `key` is two AES keys of one length one
 * after the other; the texts in `contexts` are not in the output, but it opens
 * with these alone.  ERR_RANGE: the key, too many contexts; ERR_IO.
 */
NODISCARD enum err crypto_siv_seal(const struct crypto_port *port,
                                   struct span key, const struct span *contexts,
                                   size_t count, struct span text,
                                   uint8_t *out);

/*
 * Undoes it: `out` gets sealed.n - tag bytes.  ERR_AUTH: it was not sealed with
 * this key and these contexts, and `out` is zero.  Others as above.
 */
NODISCARD enum err crypto_siv_open(const struct crypto_port *port,
                                   struct span key, const struct span *contexts,
                                   size_t count, struct span sealed,
                                   uint8_t *out);

#endif
