#include "vault/vault.h"

#include <string.h>

#include "base/ct.h"
#include "crypto/kdf.h"
#include "crypto/siv.h"

enum { WRAPPING_KEY = 32, PLACE = 5 };

static const uint8_t wrap_label[] = "Postcard wrap";

void vault_bind(struct vault *v, const struct card_port *port)
{
    v->port = port;
}

/* ---- the key ---- */

/* Two AES keys from the one that the port gives. */
static enum err wrapping_key(const struct vault *v, uint8_t out[VAULT_KEY])
{
    const struct card_port *port = v->port;
    uint8_t given[WRAPPING_KEY] = {0};
    enum err e = ERR_AUTH;

    if (port->wrapping_key != NULL && port->wrapping_key(port->ctx, given) == 0)
        e = crypto_kdf_cmac(port->crypto, span_of(given, sizeof given),
                            span_of(wrap_label, sizeof wrap_label),
                            span_of(NULL, 0), out, VAULT_KEY);
    wipe(given, sizeof given);
    return e;
}

enum err vault_create(struct vault *v, uint8_t wrapped[VAULT_WRAPPED])
{
    const struct card_port *port = v->port;
    uint8_t key[VAULT_KEY];
    enum err e = wrapping_key(v, key);

    if (e == ERR_OK)
        e = port->crypto->random(port->crypto->ctx, v->key, VAULT_KEY);
    if (e == ERR_OK)
        e = crypto_siv_seal(port->crypto, span_of(key, sizeof key), NULL, 0,
                            span_of(v->key, VAULT_KEY), wrapped);
    v->on = e == ERR_OK;
    wipe(key, sizeof key);
    return e;
}

enum err vault_unlock(struct vault *v, const uint8_t wrapped[VAULT_WRAPPED])
{
    uint8_t key[VAULT_KEY];
    enum err e = wrapping_key(v, key);

    if (e == ERR_OK)
        e = crypto_siv_open(v->port->crypto, span_of(key, sizeof key), NULL, 0,
                            span_of(wrapped, VAULT_WRAPPED), v->key);
    v->on = e == ERR_OK;
    wipe(key, sizeof key);
    return e;
}

/* ---- secrets ---- */

static struct span bytes_of(struct vault_place place, uint8_t out[PLACE])
{
    out[0] = (uint8_t)place.kind;
    set_u2(out + 1, place.a);
    set_u2(out + 3, place.b);
    return span_of(out, PLACE);
}

enum err vault_put(const struct vault *v, struct vault_place place,
                   struct span secret, uint8_t *out)
{
    uint8_t bytes[PLACE];
    const struct span context = bytes_of(place, bytes);

    if (v->on)
        return crypto_siv_seal(v->port->crypto, span_of(v->key, VAULT_KEY),
                               &context, 1, secret, out);
    if (secret.n != 0)
        memcpy(out, secret.p, secret.n);
    return ERR_OK;
}

enum err vault_get(const struct vault *v, struct vault_place place,
                   const uint8_t *stored, size_t n, uint8_t *out)
{
    uint8_t bytes[PLACE];
    const struct span context = bytes_of(place, bytes);

    if (v->on)
        return crypto_siv_open(v->port->crypto, span_of(v->key, VAULT_KEY),
                               &context, 1, span_of(stored, n + VAULT_TAG),
                               out);
    if (n != 0)
        memcpy(out, stored, n);
    return ERR_OK;
}

const uint8_t *vault_show(struct vault *v, struct vault_place place,
                          const uint8_t *stored, size_t n)
{
    if (!v->on)
        return stored;
    if (n > sizeof v->shown)
        return NULL;
    /* from the start again: the oldest is the first to go */
    if (n > sizeof v->shown - v->at)
        v->at = 0;
    uint8_t *out = v->shown + v->at;
    if (vault_get(v, place, stored, n, out) != ERR_OK)
        return NULL;
    v->at += (uint32_t)n;
    return out;
}

void vault_forget(struct vault *v)
{
    if (v->on)
        wipe(v->shown, sizeof v->shown);
    v->at = 0;
}
