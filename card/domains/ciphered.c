#include "domains/ciphered.h"

#include <string.h>

#include "base/ct.h"
#include "domains/scheme.h"
#include "domains/load.h"
#include "domains/text.h"

enum { CHUNK = 256, PADDING = 0x80, DES_BLOCK = 8, AES_BLOCK = 16 };

static enum crypto_cipher cipher_of(const struct domain_ciphered *c)
{
    return c->block == AES_BLOCK ? CRYPTO_AES : CRYPTO_DES3;
}

static enum err open_key(const struct domain *d,
                         struct secret_domain_scheme *scheme)
{
    struct domain_key k;

    if (!domain_find_scheme(d, d->load.associated, DOMAIN_FOR_CIPHER, &k))
        return ERR_NOT_FOUND;
    enum err e = domain_open_scheme(d, &k, scheme);
    if (e != ERR_OK)
        return e;
    return (scheme->key.kind == CRYPTO_SCHEME_DES ||
            scheme->key.kind == CRYPTO_SCHEME_AES) &&
                   crypto_scheme_size(&scheme->key) > 0
               ? ERR_OK
               : ERR_TYPE;
}

/* ---- the beginning ---- */

sw_t domain_ciphered_icv(struct domain *d, struct span value)
{
    struct domain_ciphered *c = &d->load.ciphered;

    if (value.n == 0 || value.n > sizeof c->icv || c->icv_length > 0)
        return domain_refuse(d, SW_WRONG_DATA, "LOAD: no such initial value");
    memcpy(c->icv, value.p, value.n);
    c->icv_length = (uint8_t)value.n;
    return SW_OK;
}

static sw_t begin_with(struct domain *d, const struct crypto_scheme_key *key,
                       uint32_t length)
{
    struct domain_ciphered *c = &d->load.ciphered;

    c->block = key->kind == CRYPTO_SCHEME_AES ? AES_BLOCK : DES_BLOCK;
    if (length % c->block != 0 ||
        (c->icv_length != 0 && c->icv_length != c->block))
        return domain_refuse(
            d, SW_WRONG_DATA,
            "LOAD: the data block is no whole blocks of its cipher");
    if (!domain_hash_suits(key, d->load.hash_length))
        return domain_refuse(
            d, SW_WRONG_DATA,
            "LOAD: the hash is missing or weaker than the cipher");
    return SW_OK;
}

sw_t domain_ciphered_begin(struct domain *d, bool ciphered, uint32_t length)
{
    struct secret_domain_scheme scheme;
    struct registry_entry owner;

    if (!domain_entry(d, d->load.associated, &owner))
        return SW_NO_DIAGNOSIS;
    if (((owner.privileges & PRIVILEGE_CIPHERED) != 0) != ciphered)
        return domain_refuse(
            d, SW_WRONG_DATA,
            "LOAD: ciphered, or not, as its domain does not want it");
    if (!ciphered)
        return d->load.ciphered.icv_length == 0
                   ? SW_OK
                   : domain_refuse(d, SW_WRONG_DATA,
                                   "LOAD: an initial value of a plain block");
    const enum err e = open_key(d, &scheme);
    sw_t sw =
        e == ERR_OK
            ? begin_with(d, &scheme.key, length)
            : domain_refuse(d, SW_CONDITIONS,
                            "LOAD: the domain has no key to decipher with");
    wipe(&scheme, sizeof scheme);
    return sw;
}

/* ---- what comes ---- */

/* Whole blocks, in place, and behind what is staged. */
static enum err stage_blocks(struct domain *d, struct span key, uint8_t *bytes,
                             size_t n)
{
    const struct crypto_port *crypto = d->port->crypto;
    struct domain_load *load = &d->load;

    if (n == 0)
        return ERR_OK;
    enum err e = crypto->cipher(crypto->ctx, cipher_of(&load->ciphered),
                                CRYPTO_CBC, CRYPTO_DECRYPT, key,
                                load->ciphered.icv, bytes, bytes, n);
    if (e == ERR_OK)
        e = heap_write(d->heap, load->blob, load->filled, bytes, (uint32_t)n,
                       HEAP_RAW);
    load->filled += (uint32_t)n;
    return e;
}

static enum err stage_with(struct domain *d, struct span key, struct span s)
{
    struct domain_ciphered *c = &d->load.ciphered;
    uint8_t bytes[CHUNK];
    enum err e = ERR_OK;

    while (e == ERR_OK && s.n > 0) {
        const size_t room = sizeof bytes - c->waiting;
        const size_t taken = s.n < room ? s.n : room;
        const size_t all = c->waiting + taken;
        const size_t whole = all - all % c->block;

        memcpy(bytes, c->rest, c->waiting);
        memcpy(bytes + c->waiting, s.p, taken);
        s = span_of(s.p + taken, s.n - taken);
        c->waiting = (uint8_t)(all - whole);
        memcpy(c->rest, bytes + whole, c->waiting);
        e = stage_blocks(d, key, bytes, whole);
    }
    wipe(bytes, sizeof bytes);
    return e;
}

sw_t domain_ciphered_stage(struct domain *d, struct span s)
{
    const struct domain_load *load = &d->load;
    struct secret_domain_scheme scheme;

    if (s.n > load->length - load->filled - load->ciphered.waiting)
        return domain_refuse(d, SW_WRONG_DATA,
                             "LOAD: more bytes than announced");
    enum err e = open_key(d, &scheme);
    if (e == ERR_OK)
        e = stage_with(d, scheme.key.secret, s);
    wipe(&scheme, sizeof scheme);
    return sw_from_err(e);
}

/* ---- the end ---- */

/* Bytes in front of the padding; 0: there is none. */
static uint32_t unpadded(const struct heap_view *v, uint8_t block)
{
    uint32_t n = v->h.length;
    const uint32_t least = n - block;

    while (n > least && v->p[n - 1] == 0)
        n--;
    return n > least && v->p[n - 1] == PADDING ? n - 1 : 0;
}

/* The first n bytes of what is staged, as an object of that length. */
static enum err shorten(struct domain *d, uint32_t n)
{
    struct heap_view old;
    ref_t ref = 0;

    enum err e = domain_load_room(d, n, &ref);
    if (e == ERR_OK && !heap_get(d->heap, d->load.blob, &old))
        e = ERR_CORRUPT;
    if (e == ERR_OK)
        e = heap_write(d->heap, ref, 0, old.p, n, HEAP_RAW);
    if (e == ERR_OK)
        e = heap_free(d->heap, d->load.blob);
    if (e != ERR_OK)
        return e;
    d->load.blob = ref;
    d->load.length = n;
    d->load.filled = n;
    return ERR_OK;
}

sw_t domain_ciphered_end(struct domain *d)
{
    struct heap_view v;

    if (d->load.ciphered.block == 0)
        return SW_OK;
    if (!heap_get(d->heap, d->load.blob, &v))
        return SW_NO_DIAGNOSIS;
    const uint32_t n = unpadded(&v, d->load.ciphered.block);
    if (n == 0)
        return domain_refuse(d, SW_WRONG_DATA,
                             "LOAD: what was deciphered has no padding");
    return sw_from_err(shorten(d, n));
}
