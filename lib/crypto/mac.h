/*
 * The two DES MACs of GlobalPlatform.  Both pad with 80 00.. [ISO 9797-1
 * method 2] and chain from `icv`, which may be the same memory as `mac`.
 */
#ifndef CRYPTO_MAC_H
#define CRYPTO_MAC_H

#include "crypto/crypto.h"

enum { CRYPTO_DES_MAC_SIZE = 8 };

/*
 * Single DES plus final triple DES [GPCS B.1.2.2] [ISO 9797-1 algorithm 3],
 * over `count` parts one after the other.  `key` is 16 bytes.  ERR_RANGE,
 * ERR_IO.
 */
NODISCARD enum err crypto_retail_mac(const struct crypto_port *port,
                                     struct span key,
                                     const uint8_t icv[CRYPTO_DES_MAC_SIZE],
                                     const struct span *parts, size_t count,
                                     uint8_t mac[CRYPTO_DES_MAC_SIZE]);

/* Full triple DES CBC-MAC [GPCS B.1.2.1]; the rest as above. */
NODISCARD enum err crypto_des3_mac(const struct crypto_port *port,
                                   struct span key,
                                   const uint8_t icv[CRYPTO_DES_MAC_SIZE],
                                   const struct span *parts, size_t count,
                                   uint8_t mac[CRYPTO_DES_MAC_SIZE]);

/*
 * A retail MAC in steps, for a message that is not in memory at one time.
 * Flat; begun by crypto_retail_begin and usable again after _end.
 */
struct crypto_retail {
    uint8_t chain[CRYPTO_DES_MAC_SIZE];
    uint8_t block[CRYPTO_DES_MAC_SIZE];
    uint8_t filled; /* bytes in block, 0..7 */
};

/* Starts from an ICV. */
void crypto_retail_begin(struct crypto_retail *mac,
                         const uint8_t icv[CRYPTO_DES_MAC_SIZE]);

/* Takes more bytes.  `key` is the same 16 bytes on every call. */
NODISCARD enum err crypto_retail_add(const struct crypto_port *port,
                                     struct crypto_retail *mac, struct span key,
                                     struct span bytes);

/* Pads, and gives the MAC. */
NODISCARD enum err crypto_retail_end(const struct crypto_port *port,
                                     struct crypto_retail *mac, struct span key,
                                     uint8_t out[CRYPTO_DES_MAC_SIZE]);

#endif
