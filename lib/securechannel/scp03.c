#include "securechannel/protocol.h"

#include <string.h>

#include "crypto/cmac.h"
#include "crypto/kdf.h"

enum { BLOCK = 16 };

/* Derivation constants [Amd D 4.1.5]. */
enum {
    CARD_CRYPTOGRAM = 0x00,
    HOST_CRYPTOGRAM = 0x01,
    CARD_CHALLENGE = 0x02,
    FOR_ENC = 0x04,
    FOR_MAC = 0x06,
    FOR_R_MAC = 0x07,
};

/* One derivation over both challenges. */
static enum err derive(const struct crypto_port *port,
                       const struct scp_init *init, struct span key,
                       uint8_t constant, uint8_t *out, size_t n)
{
    return crypto_kdf_scp03(
        port, key, constant,
        span_of(init->host_challenge, init->challenge_length),
        span_of(init->card_challenge, init->challenge_length), out, n);
}

static enum err cryptograms(struct scp_session *s,
                            const struct crypto_port *port,
                            const struct scp_init *init,
                            uint8_t card_cryptogram[SCP_CHALLENGE_MAX])
{
    const struct span key = scp_key(s, s->mac);
    s->cryptogram_length = init->challenge_length;
    enum err e = derive(port, init, key, CARD_CRYPTOGRAM, card_cryptogram,
                        s->cryptogram_length);
    if (e == ERR_OK)
        e = derive(port, init, key, HOST_CRYPTOGRAM, s->host_cryptogram,
                   s->cryptogram_length);
    return e;
}

enum err scp03_derive(struct scp_session *s, const struct crypto_port *port,
                      const struct secret_scp_keys *keys,
                      const struct scp_init *init,
                      uint8_t card[SCP_CHALLENGE_MAX])
{
    size_t n = keys->length;
    if (n != 16 && n != 24 && n != 32)
        return ERR_RANGE;

    const struct span enc = span_of(keys->enc, n);
    const struct span mac = span_of(keys->mac, n);
    enum err e = derive(port, init, enc, FOR_ENC, s->enc, n);
    if (e == ERR_OK)
        e = derive(port, init, mac, FOR_MAC, s->mac, n);
    if (e == ERR_OK)
        e = derive(port, init, mac, FOR_R_MAC, s->rmac, n);
    if (e == ERR_OK)
        e = cryptograms(s, port, init, card);
    memcpy(s->dek, keys->dek, n);
    return e;
}

enum err scp03_challenge(const struct crypto_port *port,
                         const struct secret_scp_keys *keys, struct span aid,
                         struct scp_init *init)
{
    return crypto_kdf_scp03(port, span_of(keys->enc, keys->length),
                            CARD_CHALLENGE, span_of(init->sequence, 3), aid,
                            init->card_challenge, init->challenge_length);
}

enum err scp03_c_mac(const struct scp_session *s,
                     const struct crypto_port *port,
                     const struct scp_apdu *apdu, struct span data,
                     uint8_t *mac)
{
    uint8_t bytes[7];
    struct buf head = buf_of(bytes, sizeof bytes);
    enum err e = buf_put(&head, apdu->head, 4);
    if (e == ERR_OK)
        e = scp_apdu_put_lc(apdu, data.n + s->mac_length, &head);
    if (e != ERR_OK)
        return e;
    bytes[0] = scp_cla_protected(scp_cla_bare(bytes[0]));

    const struct span parts[] = {{s->chain, BLOCK}, buf_span(&head), data};
    return crypto_cmac(port, scp_key(s, s->mac), parts, 3, mac);
}

/* The counter's block under S-ENC [Amd D 6.2.6, 6.2.7]. */
static enum err initial_vector(const struct scp_session *s,
                               const struct crypto_port *port, bool response,
                               uint32_t counter, uint8_t iv[BLOCK])
{
    memset(iv, 0, BLOCK);
    iv[0] = response ? 0x80 : 0x00;
    set_u4(iv + BLOCK - 4, counter);
    return port->cipher(port->ctx, CRYPTO_AES, CRYPTO_ECB, CRYPTO_ENCRYPT,
                        scp_key(s, s->enc), NULL, iv, iv, BLOCK);
}

enum err scp03_crypt(const struct scp_session *s,
                     const struct crypto_port *port,
                     enum crypto_direction direction, bool response,
                     uint32_t counter, uint8_t *p, size_t n)
{
    uint8_t iv[BLOCK];
    enum err e = initial_vector(s, port, response, counter, iv);
    if (e != ERR_OK)
        return e;
    return port->cipher(port->ctx, CRYPTO_AES, CRYPTO_CBC, direction,
                        scp_key(s, s->enc), iv, p, p, n);
}

enum err scp03_r_mac(const struct scp_session *s,
                     const struct crypto_port *port,
                     const uint8_t chain[SCP_MAC_MAX], struct span data,
                     sw_t sw, uint8_t mac[SCP_MAC_MAX])
{
    const uint8_t status[2] = {(uint8_t)(sw >> 8), (uint8_t)sw};
    const struct span parts[] = {{chain, BLOCK}, data, {status, 2}};
    return crypto_cmac(port, scp_key(s, s->rmac), parts, 3, mac);
}
