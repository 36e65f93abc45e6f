#include "securechannel/protocol.h"

#include <string.h>

#include "base/ct.h"

enum { BLOCK = 8, KEY = 16, CHALLENGE = 8, HEAD_MAX = 4 + 3 };

/* Derivation constants [GPCS E.4.1]. */
enum {
    FOR_C_MAC = 0x0101,
    FOR_R_MAC = 0x0102,
    FOR_DEK = 0x0181,
    FOR_ENC = 0x0182
};

static enum err session_key(const struct crypto_port *port, const uint8_t *key,
                            uint16_t constant, const uint8_t sequence[2],
                            uint8_t *out)
{
    uint8_t iv[BLOCK] = {0};
    uint8_t input[KEY] = {0};
    set_u2(input, constant);
    memcpy(input + 2, sequence, 2);
    return port->cipher(port->ctx, CRYPTO_DES3, CRYPTO_CBC, CRYPTO_ENCRYPT,
                        span_of(key, KEY), iv, input, out, KEY);
}

static enum err cryptogram(const struct scp_session *s,
                           const struct crypto_port *port, struct span first,
                           struct span second, uint8_t *out)
{
    static const uint8_t zero[BLOCK];
    const struct span parts[] = {first, second};
    return crypto_des3_mac(port, scp_key(s, s->enc), zero, parts, 2, out);
}

static enum err cryptograms(struct scp_session *s,
                            const struct crypto_port *port,
                            const struct scp_init *init,
                            uint8_t card_cryptogram[SCP_CHALLENGE_MAX])
{
    uint8_t challenge[CHALLENGE];
    memcpy(challenge, init->sequence, 2);
    memcpy(challenge + 2, init->card_challenge, 6);

    const struct span ours = span_of(init->host_challenge, CHALLENGE);
    const struct span theirs = span_of(challenge, sizeof challenge);
    enum err e = cryptogram(s, port, ours, theirs, card_cryptogram);
    if (e == ERR_OK)
        e = cryptogram(s, port, theirs, ours, s->host_cryptogram);
    s->cryptogram_length = CHALLENGE;
    return e;
}

/* With one base key [GPCS E.1.1] the MAC and data keys are that key. */
struct base {
    const uint8_t *mac;
    const uint8_t *dek;
};

static struct base base_of(const struct secret_scp_keys *keys, uint8_t i)
{
    bool three = (i & SCP02_I_THREE_KEYS) != 0;
    return (struct base){three ? keys->mac : keys->enc,
                         three ? keys->dek : keys->enc};
}

enum err scp02_derive(struct scp_session *s, const struct crypto_port *port,
                      const struct secret_scp_keys *keys,
                      const struct scp_init *init,
                      uint8_t card[SCP_CHALLENGE_MAX])
{
    if (keys->length != KEY)
        return ERR_RANGE;
    if (scp_i_implicit(SCP_02, init->i))
        return ERR_UNSUPPORTED;

    const uint8_t *at = init->sequence;
    const struct base base = base_of(keys, init->i);
    enum err e = session_key(port, keys->enc, FOR_ENC, at, s->enc);
    if (e == ERR_OK)
        e = session_key(port, base.mac, FOR_C_MAC, at, s->mac);
    if (e == ERR_OK)
        e = session_key(port, base.mac, FOR_R_MAC, at, s->rmac);
    if (e == ERR_OK)
        e = session_key(port, base.dek, FOR_DEK, at, s->dek);
    if (e == ERR_OK)
        e = cryptograms(s, port, init, card);
    return e;
}

static enum err mac_over_aid(const struct crypto_port *port, const uint8_t *key,
                             struct span aid, uint8_t mac[BLOCK])
{
    static const uint8_t zero[BLOCK];
    return crypto_retail_mac(port, span_of(key, KEY), zero, &aid, 1, mac);
}

/*
 * The C-MAC key is that of the counter before the session; the others are made
 * when it has stepped.  [GPCS E.1.2.2, E.3.3]
 */
enum err scp02_open(struct scp_session *s, const struct crypto_port *port,
                    const struct secret_scp_keys *keys,
                    const struct scp_init *init, struct span aid)
{
    const uint16_t sequence = get_u2(init->sequence);
    uint8_t next[2];
    if (keys->length != KEY || sequence == UINT16_MAX)
        return ERR_RANGE;
    set_u2(next, (uint16_t)(sequence + 1));

    const struct base base = base_of(keys, init->i);
    enum err e = session_key(port, base.mac, FOR_C_MAC, init->sequence, s->mac);
    if (e == ERR_OK)
        e = session_key(port, base.mac, FOR_R_MAC, next, s->rmac);
    if (e == ERR_OK)
        e = session_key(port, base.dek, FOR_DEK, next, s->dek);
    if (e == ERR_OK)
        e = mac_over_aid(port, s->mac, aid, s->chain);
    if (e == ERR_OK)
        e = mac_over_aid(port, s->rmac, aid, s->rchain);
    return e;
}

enum err scp02_challenge(const struct crypto_port *port,
                         const struct secret_scp_keys *keys, struct span aid,
                         struct scp_init *init)
{
    uint8_t key[KEY];
    uint8_t mac[BLOCK];

    enum err e = session_key(port, base_of(keys, init->i).mac, FOR_C_MAC,
                             init->sequence, key);
    if (e == ERR_OK)
        e = mac_over_aid(port, key, aid, mac);
    if (e == ERR_OK)
        memcpy(init->card_challenge, mac, 6);
    wipe(key, sizeof key);
    return e;
}

/* The C-MAC before, encrypted where i asks for it [GPCS E.3.4]. */
static enum err initial_vector(const struct scp_session *s,
                               const struct crypto_port *port,
                               uint8_t icv[BLOCK])
{
    memcpy(icv, s->chain, BLOCK);
    if (s->first || (s->i & SCP02_I_ICV_ENCRYPTION) == 0)
        return ERR_OK;
    return port->cipher(port->ctx, CRYPTO_DES, CRYPTO_ECB, CRYPTO_ENCRYPT,
                        span_of(s->mac, BLOCK), NULL, icv, icv, BLOCK);
}

/* A header as the MACs see it; Lc is always there, also for no data. */
enum err scp02_put_head(const struct scp_apdu *apdu, uint8_t cla, size_t lc,
                        struct buf *out)
{
    enum err e = buf_put_u1(out, cla);
    if (e == ERR_OK)
        e = buf_put(out, apdu->head + 1, 3);
    if (e == ERR_OK && lc == 0)
        return buf_put_u1(out, 0);
    return e == ERR_OK ? scp_apdu_put_lc(apdu, lc, out) : e;
}

enum err scp02_c_mac(const struct scp_session *s,
                     const struct crypto_port *port,
                     const struct scp_apdu *apdu, struct span data,
                     uint8_t *mac)
{
    bool unmodified = (s->i & SCP02_I_MAC_UNMODIFIED) != 0;
    uint8_t cla = scp_cla_bare(apdu->head[0]);
    uint8_t bytes[HEAD_MAX];
    struct buf head = buf_of(bytes, sizeof bytes);
    enum err e = scp02_put_head(apdu, unmodified ? cla : scp_cla_protected(cla),
                                data.n + (unmodified ? 0 : BLOCK), &head);

    uint8_t icv[BLOCK];
    if (e == ERR_OK)
        e = initial_vector(s, port, icv);
    if (e != ERR_OK)
        return e;
    const struct span parts[] = {buf_span(&head), data};
    return crypto_retail_mac(port, scp_key(s, s->mac), icv, parts, 2, mac);
}

enum err scp02_crypt(const struct scp_session *s,
                     const struct crypto_port *port,
                     enum crypto_direction direction, uint8_t *p, size_t n)
{
    uint8_t iv[BLOCK] = {0};
    return port->cipher(port->ctx, CRYPTO_DES3, CRYPTO_CBC, direction,
                        scp_key(s, s->enc), iv, p, p, n);
}

enum err scp02_r_mac_command(const struct scp_session *s,
                             const struct crypto_port *port,
                             const struct scp_apdu *apdu,
                             struct crypto_retail *state)
{
    uint8_t bytes[HEAD_MAX];
    struct buf head = buf_of(bytes, sizeof bytes);
    enum err e =
        scp02_put_head(apdu, scp_cla_bare(apdu->head[0]), apdu->data.n, &head);
    if (e != ERR_OK)
        return e;
    crypto_retail_begin(state, s->rchain);
    e = crypto_retail_add(port, state, scp_key(s, s->rmac), buf_span(&head));
    if (e == ERR_OK)
        e = crypto_retail_add(port, state, scp_key(s, s->rmac), apdu->data);
    return e;
}

enum err scp02_r_mac_response(struct scp_session *s,
                              const struct crypto_port *port,
                              struct crypto_retail *state, struct span data,
                              sw_t sw)
{
    const uint8_t length = (uint8_t)data.n; /* modulo 256 [GPCS E.4.5] */
    const uint8_t status[2] = {(uint8_t)(sw >> 8), (uint8_t)sw};
    const struct span parts[] = {{&length, 1}, data, {status, 2}};

    enum err e = ERR_OK;
    for (size_t i = 0; i < 3 && e == ERR_OK; i++)
        e = crypto_retail_add(port, state, scp_key(s, s->rmac), parts[i]);
    if (e == ERR_OK)
        e = crypto_retail_end(port, state, scp_key(s, s->rmac), s->rchain);
    return e;
}
