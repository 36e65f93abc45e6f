#include "securechannel/protocol.h"

#include <string.h>

/*
 * Secure channel protocol 01 [GPCS 2.2.1 D], that of Open Platform 2.0.1'
 * [OP 2.0.1' 8]: session keys from both challenges, full triple DES for all
 * MACs, a static key for sensitive data, and answers as they are.
 */

enum { BLOCK = 8, KEY = 16, CHALLENGE = 8, HEAD_MAX = 4 + 3, END_MARK = 0x80 };

/* [GPCS 2.2.1 D.3.1] */
static void put_derivation_data(const struct scp_init *init, uint8_t out[KEY])
{
    memcpy(out, init->card_challenge + 4, 4);
    memcpy(out + 4, init->host_challenge, 4);
    memcpy(out + 8, init->card_challenge, 4);
    memcpy(out + 12, init->host_challenge + 4, 4);
}

static enum err session_key(const struct crypto_port *port, const uint8_t *key,
                            const uint8_t data[KEY], uint8_t *out)
{
    return port->cipher(port->ctx, CRYPTO_DES3, CRYPTO_ECB, CRYPTO_ENCRYPT,
                        span_of(key, KEY), NULL, data, out, KEY);
}

static enum err cryptogram(const struct scp_session *s,
                           const struct crypto_port *port, const uint8_t *first,
                           const uint8_t *second, uint8_t *out)
{
    static const uint8_t zero[BLOCK];
    const struct span parts[] = {span_of(first, CHALLENGE),
                                 span_of(second, CHALLENGE)};
    return crypto_des3_mac(port, scp_key(s, s->enc), zero, parts, 2, out);
}

enum err scp01_derive(struct scp_session *s, const struct crypto_port *port,
                      const struct secret_scp_keys *keys,
                      const struct scp_init *init,
                      uint8_t card[SCP_CHALLENGE_MAX])
{
    uint8_t data[KEY];
    if (keys->length != KEY)
        return ERR_RANGE;
    put_derivation_data(init, data);
    s->cryptogram_length = CHALLENGE;
    memcpy(s->dek, keys->dek, KEY);

    enum err e = session_key(port, keys->enc, data, s->enc);
    if (e == ERR_OK)
        e = session_key(port, keys->mac, data, s->mac);
    if (e == ERR_OK)
        e = cryptogram(s, port, init->host_challenge, init->card_challenge,
                       card);
    if (e == ERR_OK)
        e = cryptogram(s, port, init->card_challenge, init->host_challenge,
                       s->host_cryptogram);
    return e;
}

/* The C-MAC before, encrypted where i asks for it [GPCS 2.2.1 D.1.5]. */
static enum err initial_vector(const struct scp_session *s,
                               const struct crypto_port *port,
                               uint8_t icv[BLOCK])
{
    memcpy(icv, s->chain, BLOCK);
    if (s->first || s->i != SCP01_I_ICV_ENCRYPTION)
        return ERR_OK;
    return port->cipher(port->ctx, CRYPTO_DES3, CRYPTO_ECB, CRYPTO_ENCRYPT,
                        scp_key(s, s->mac), NULL, icv, icv, BLOCK);
}

enum err scp01_c_mac(const struct scp_session *s,
                     const struct crypto_port *port,
                     const struct scp_apdu *apdu, struct span data,
                     uint8_t *mac)
{
    uint8_t icv[BLOCK], bytes[HEAD_MAX];
    struct buf head = buf_of(bytes, sizeof bytes);

    enum err e =
        scp02_put_head(apdu, scp_cla_protected(scp_cla_bare(apdu->head[0])),
                       data.n + BLOCK, &head);
    if (e == ERR_OK)
        e = initial_vector(s, port, icv);
    if (e != ERR_OK)
        return e;
    const struct span parts[] = {buf_span(&head), data};
    return crypto_des3_mac(port, scp_key(s, s->mac), icv, parts, 2, mac);
}

/* ---- padding of what is encrypted [GPCS 2.2.1 D.3.4] ---- */

size_t scp01_padded(size_t n)
{
    return (1 + n + BLOCK - 1) / BLOCK * BLOCK;
}

enum err scp01_pad(struct buf *out, size_t start)
{
    const size_t n = out->n - start;
    const size_t padded = scp01_padded(n);

    if (n > UINT8_MAX)
        return ERR_RANGE;
    if (out->cap - start < padded)
        return ERR_FULL;
    uint8_t *p = out->p + start;
    memmove(p + 1, p, n);
    p[0] = (uint8_t)n;
    memset(p + 1 + n, 0, padded - 1 - n);
    if (padded > 1 + n)
        p[1 + n] = END_MARK;
    out->n = start + padded;
    return ERR_OK;
}

enum err scp01_unpad(uint8_t *p, size_t *n)
{
    const size_t length = *n == 0 ? 0 : p[0];
    uint8_t wrong = 0;

    if (*n == 0 || scp01_padded(length) != *n)
        return ERR_FORMAT;
    for (size_t i = 1 + length; i < *n; i++)
        wrong |= p[i] ^ (i == 1 + length ? END_MARK : 0);
    if (wrong != 0)
        return ERR_FORMAT;
    memmove(p, p + 1, length);
    *n = length;
    return ERR_OK;
}
