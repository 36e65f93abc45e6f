#include "securechannel/scp.h"

#include <string.h>

#include "base/ct.h"
#include "securechannel/protocol.h"

enum { HEAD = SCP_KDD_SIZE + 2, DES_RESPONSE = 28 };

static enum err take(struct span *s, size_t n, uint8_t *out)
{
    struct span part;
    enum err e = span_take(s, n, &part);
    if (e == ERR_OK)
        memcpy(out, part.p, n);
    return e == ERR_OK ? ERR_OK : ERR_FORMAT;
}

static enum err parse_scp01(struct span rest, struct scp_init *out)
{
    if (rest.n != DES_RESPONSE - HEAD || out->challenge_length != 8)
        return ERR_FORMAT;
    out->i = SCP01_I_PLAIN_ICV;
    enum err e = take(&rest, 8, out->card_challenge);
    if (e == ERR_OK)
        e = take(&rest, 8, out->card_cryptogram);
    return e;
}

static enum err parse_scp02(struct span rest, struct scp_init *out)
{
    if (rest.n != DES_RESPONSE - HEAD || out->challenge_length != 8)
        return ERR_FORMAT;
    out->i = SCP02_I_THREE_KEYS | SCP02_I_EXPLICIT | SCP02_I_ICV_ENCRYPTION;
    enum err e = take(&rest, 2, out->sequence);
    if (e == ERR_OK)
        e = take(&rest, 6, out->card_challenge);
    if (e == ERR_OK)
        e = take(&rest, 8, out->card_cryptogram);
    return e;
}

/* i, challenge, cryptogram, and the counter if the challenge follows it. */
static enum err parse_scp03(struct span rest, struct scp_init *out)
{
    enum err e = take(&rest, 1, &out->i);
    size_t n = out->i & SCP03_I_S16 ? 16 : 8;
    if (e != ERR_OK || n != out->challenge_length)
        return ERR_FORMAT;
    e = take(&rest, n, out->card_challenge);
    if (e == ERR_OK)
        e = take(&rest, n, out->card_cryptogram);
    if (e == ERR_OK && rest.n > 0)
        e = take(&rest, 3, out->sequence);
    return e == ERR_OK && rest.n > 0 ? ERR_FORMAT : e;
}

enum err scp_init_parse(struct span response, struct span host_challenge,
                        struct scp_init *out)
{
    *out = (struct scp_init){.protocol = 0};
    if (host_challenge.n != 8 && host_challenge.n != 16)
        return ERR_RANGE;
    out->challenge_length = (uint8_t)host_challenge.n;
    memcpy(out->host_challenge, host_challenge.p, host_challenge.n);

    enum err e = take(&response, SCP_KDD_SIZE, out->kdd);
    if (e == ERR_OK)
        e = take(&response, 1, &out->kvn);
    if (e == ERR_OK)
        e = take(&response, 1, &out->protocol);
    if (e != ERR_OK)
        return e;
    if (out->protocol == SCP_01)
        return parse_scp01(response, out);
    if (out->protocol == SCP_02)
        return parse_scp02(response, out);
    if (out->protocol == SCP_03)
        return parse_scp03(response, out);
    return ERR_UNSUPPORTED;
}

static enum err put_scp01(const struct scp_init *init, struct buf *out)
{
    enum err e = buf_put(out, init->card_challenge, 8);
    return e == ERR_OK ? buf_put(out, init->card_cryptogram, 8) : e;
}

static enum err put_scp02(const struct scp_init *init, struct buf *out)
{
    enum err e = buf_put(out, init->sequence, 2);
    if (e == ERR_OK)
        e = buf_put(out, init->card_challenge, 6);
    if (e == ERR_OK)
        e = buf_put(out, init->card_cryptogram, 8);
    return e;
}

static enum err put_scp03(const struct scp_init *init, struct buf *out)
{
    enum err e = buf_put_u1(out, init->i);
    if (e == ERR_OK)
        e = buf_put(out, init->card_challenge, init->challenge_length);
    if (e == ERR_OK)
        e = buf_put(out, init->card_cryptogram, init->challenge_length);
    if (e == ERR_OK && (init->i & SCP03_I_PSEUDO_RANDOM) != 0)
        e = buf_put(out, init->sequence, 3);
    return e;
}

static enum err put_rest(const struct scp_init *init, struct buf *out)
{
    if (init->protocol == SCP_01)
        return put_scp01(init, out);
    return init->protocol == SCP_02 ? put_scp02(init, out)
                                    : put_scp03(init, out);
}

enum err scp_init_put(const struct scp_init *init, struct buf *out)
{
    size_t start = out->n;
    enum err e = buf_put(out, init->kdd, SCP_KDD_SIZE);
    if (e == ERR_OK)
        e = buf_put_u1(out, init->kvn);
    if (e == ERR_OK)
        e = buf_put_u1(out, init->protocol);
    if (e == ERR_OK)
        e = put_rest(init, out);
    if (e != ERR_OK)
        out->n = start;
    return e;
}

enum err scp_card_challenge(const struct crypto_port *port,
                            const struct secret_scp_keys *keys, struct span aid,
                            struct scp_init *init)
{
    if (init->protocol == SCP_02)
        return scp02_challenge(port, keys, aid, init);
    return scp03_challenge(port, keys, aid, init);
}

static enum err derive(struct scp_session *s, const struct crypto_port *port,
                       const struct secret_scp_keys *keys,
                       const struct scp_init *init,
                       uint8_t card[SCP_CHALLENGE_MAX])
{
    if (init->protocol == SCP_01)
        return scp01_derive(s, port, keys, init, card);
    if (init->protocol == SCP_02)
        return scp02_derive(s, port, keys, init, card);
    if (init->protocol == SCP_03)
        return scp03_derive(s, port, keys, init, card);
    return ERR_UNSUPPORTED;
}

static void start(struct scp_session *s, enum scp_role role, uint8_t protocol,
                  uint8_t i, uint8_t key_length)
{
    bool s16 = protocol == SCP_03 && (i & SCP03_I_S16) != 0;
    *s = (struct scp_session){
        .state = SCP_CLOSED,
        .role = (uint8_t)role,
        .protocol = protocol,
        .i = i,
        .key_length = key_length,
        .mac_length = s16 ? 16 : 8,
        .first = 1,
    };
}

enum err scp_begin(struct scp_session *s, const struct crypto_port *port,
                   enum scp_role role, const struct secret_scp_keys *keys,
                   struct scp_init *init)
{
    uint8_t card[SCP_CHALLENGE_MAX];
    start(s, role, init->protocol, init->i, keys->length);
    s->kvn = init->kvn;

    enum err e = derive(s, port, keys, init, card);
    if (e == ERR_OK && role == SCP_HOST &&
        !ct_equal(card, init->card_cryptogram, s->cryptogram_length))
        e = ERR_AUTH;
    if (e != ERR_OK) {
        scp_close(s);
        return e;
    }
    memcpy(init->card_cryptogram, card, s->cryptogram_length);
    s->state = SCP_BEGUN;
    return ERR_OK;
}

enum err scp_open_implicit(struct scp_session *s,
                           const struct crypto_port *port, enum scp_role role,
                           const struct secret_scp_keys *keys,
                           const struct scp_init *init, struct span aid)
{
    if (init->protocol != SCP_02 || !scp_i_implicit(SCP_02, init->i) ||
        !scp_i_allowed(SCP_02, init->i))
        return ERR_UNSUPPORTED;
    start(s, role, SCP_02, init->i, keys->length);
    s->kvn = init->kvn;
    enum err e = scp02_open(s, port, keys, init, aid);
    if (e != ERR_OK) {
        scp_close(s);
        return e;
    }
    s->level = SCP_C_MAC;
    s->state = SCP_OPEN;
    return ERR_OK;
}

bool scp_must_reopen(const struct scp_session *s)
{
    return scp_i_implicit(s->protocol, s->i) && (s->level & SCP_C_MAC) == 0;
}

enum err scp_open_keys(struct scp_session *s, enum scp_role role,
                       enum scp_protocol protocol, uint8_t i, uint8_t level,
                       const struct secret_scp_keys *keys, const uint8_t *rmac,
                       const uint8_t *chain)
{
    if (keys->length > SCP_KEY_MAX || !scp_level_allowed(protocol, i, level))
        return ERR_RANGE;
    start(s, role, (uint8_t)protocol, i, keys->length);
    memcpy(s->enc, keys->enc, keys->length);
    memcpy(s->mac, keys->mac, keys->length);
    memcpy(s->dek, keys->dek, keys->length);
    memcpy(s->rmac, rmac, keys->length);
    if (chain != NULL) {
        memcpy(s->chain, chain, scp_has_des(protocol) ? 8 : SCP_MAC_MAX);
        memcpy(s->rchain, chain, sizeof s->rchain);
        s->first = 0;
    }
    s->level = level;
    s->state = SCP_OPEN;
    return ERR_OK;
}

void scp_close(struct scp_session *s)
{
    wipe(s, sizeof *s);
}

size_t scp_dek_block(const struct scp_session *s)
{
    return scp_has_des(s->protocol) ? 8 : 16;
}

enum err scp_dek(const struct scp_session *s, const struct crypto_port *port,
                 enum crypto_direction direction, const uint8_t *in,
                 uint8_t *out, size_t n)
{
    uint8_t iv[CRYPTO_BLOCK_MAX] = {0};
    if (s->state != SCP_OPEN)
        return ERR_STATE;
    if (n % scp_dek_block(s) != 0)
        return ERR_RANGE;
    bool des = scp_has_des(s->protocol);
    bool ecb = des && !scp_i_implicit(s->protocol, s->i);
    return port->cipher(port->ctx, des ? CRYPTO_DES3 : CRYPTO_AES,
                        ecb ? CRYPTO_ECB : CRYPTO_CBC, direction,
                        scp_key(s, s->dek), ecb ? NULL : iv, in, out, n);
}
