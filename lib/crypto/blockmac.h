/*
 * MACs over block ciphers, in pieces: CBC-MAC [ISO 9797-1 algorithm 1], retail
 * MAC [algorithm 3] and CMAC [NIST SP 800-38B].
 */
#ifndef CRYPTO_BLOCKMAC_H
#define CRYPTO_BLOCKMAC_H

#include "crypto/crypto.h"
#include "crypto/pad.h"

enum crypto_mac_kind {
    CRYPTO_MAC_CBC,
    CRYPTO_MAC_RETAIL, /* single DES, and triple DES for the last block */
    CRYPTO_MAC_CMAC,   /* with padding of its own; blocks of 16 bytes */
};

/* What is computed: the same for all pieces of a message. */
struct crypto_mac {
    enum crypto_mac_kind kind;
    enum crypto_cipher cipher; /* RETAIL: CRYPTO_DES3 */
    enum crypto_padding padding;
    struct span key;
};

/* Flat.  Begun by setting `chain` to the IV; all zeros begin with zeros. */
struct crypto_blockmac {
    uint8_t chain[CRYPTO_BLOCK_MAX];
    uint8_t block[CRYPTO_BLOCK_MAX]; /* may be the last one */
    uint8_t filled;                  /* bytes in it; 0: the message is empty */
};

/* Takes more of the message.  ERR_RANGE: key; ERR_IO. */
NODISCARD enum err crypto_blockmac_add(const struct crypto_port *port,
                                       const struct crypto_mac *mac,
                                       struct crypto_blockmac *state,
                                       struct span bytes);

/*
 * The MAC, one block, to `out`; the state is not to be gone on with.
 * ERR_RANGE: no padding, and the message is not of whole blocks, one at least.
 */
NODISCARD enum err crypto_blockmac_end(const struct crypto_port *port,
                                       const struct crypto_mac *mac,
                                       struct crypto_blockmac *state,
                                       uint8_t *out);

#endif
