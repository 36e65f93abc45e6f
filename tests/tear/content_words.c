#include "tests/tear/content_story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "crypto/cmac.h"
#include "crypto/kcv.h"

enum {
    KEY_SIZE = 16,
    TOKENS = 0x50, /* first bytes of the keys, which count on from there */
    SIGNATURES = 0x60,
    CIPHERS = 0x80,
    HASH = 32,
    BLOCK = 200,
    FILE_MAX = 16384,
    COMMAND_MAX = 300,
};

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void make_key(uint8_t first, uint8_t key[KEY_SIZE])
{
    for (uint8_t i = 0; i < KEY_SIZE; i++)
        key[i] = first + i;
}

static void sign(const struct host *h, uint8_t first, const struct span *parts,
                 size_t n, uint8_t out[KEY_SIZE])
{
    uint8_t key[KEY_SIZE];

    make_key(first, key);
    must(crypto_cmac(&h->crypto, span_of(key, KEY_SIZE), parts, n, out) ==
         ERR_OK);
}

static size_t bytes_of(const char *hex, uint8_t *out, size_t cap)
{
    struct buf b = buf_of(out, cap);

    must(hex_decode(hex, strlen(hex), &b, NULL) == ERR_OK);
    return b.n;
}

/* ---- keys and tokens ---- */

/* PUT KEY of one AES key, which counts from its first byte on. */
static sw_t put_key(struct host *h, uint8_t version, uint8_t first)
{
    uint8_t c[5 + 23 + 1] = {0x80, 0xD8, 0x00, 0x01, 23, version, 0x88, 16};
    uint8_t key[KEY_SIZE];

    make_key(first, key);
    must(scp_dek(&h->session, &h->crypto, CRYPTO_ENCRYPT, key, c + 8,
                 KEY_SIZE) == ERR_OK);
    c[24] = 3;
    must(crypto_kcv(&h->crypto, CRYPTO_AES, span_of(key, KEY_SIZE), c + 25) ==
         ERR_OK);
    return host_send(h, span_of(c, sizeof c));
}

/* The command without Lc and with its token, and with an Le. */
static sw_t send_with_token(struct host *h, const uint8_t *command, size_t n)
{
    uint8_t c[COMMAND_MAX];
    const uint8_t head[] = {command[2], command[3], (uint8_t)(n - 4)};
    const struct span parts[] = {span_of(head, 3), span_of(command + 4, n - 4)};
    const bool deletes = command[1] == 0xE4;
    size_t at = 5 + n - 4;

    must(n + 24 < sizeof c);
    memcpy(c, command, 4);
    memcpy(c + 5, command + 4, n - 4);
    if (deletes)
        c[at++] = 0x9E;
    c[at++] = KEY_SIZE;
    sign(h, TOKENS, parts, 2, c + at);
    at += KEY_SIZE;
    c[4] = (uint8_t)(at - 5);
    c[at++] = 0;
    return host_send(h, span_of(c, at));
}

/* The command without Lc and Le, with both. */
static sw_t send_plain(struct host *h, const uint8_t *command, size_t n)
{
    uint8_t c[COMMAND_MAX];

    must(n + 2 < sizeof c);
    memcpy(c, command, 4);
    c[4] = (uint8_t)(n - 4);
    memcpy(c + 5, command + 4, n - 4);
    c[n + 1] = 0;
    return host_send(h, span_of(c, n + 2));
}

/* ---- load files ---- */

struct load {
    uint8_t file[FILE_MAX]; /* with its tags */
    size_t n;
    uint8_t hash[HASH];
    char aid[33];
};

static void put(struct load *l, const uint8_t *p, size_t n)
{
    must(l->n + n <= sizeof l->file);
    memcpy(l->file + l->n, p, n);
    l->n += n;
}

static void put_signature(const struct host *h, struct load *l)
{
    uint8_t block[30] = {0xE2, 28,   0x4F, 8,    0xA0, 0x00, 0x00,
                         0x01, 0x51, 0x53, 0x50, 0x51, 0xC3, 16};
    const struct span hash = span_of(l->hash, HASH);

    sign(h, SIGNATURES, &hash, 1, block + 14);
    put(l, block, sizeof block);
}

/* Padded and enciphered behind its header. */
static void put_ciphered(const struct host *h, struct load *l,
                         const uint8_t *block, size_t n)
{
    const struct crypto_port *c = &h->crypto;
    uint8_t key[KEY_SIZE], iv[KEY_SIZE] = {0};
    static uint8_t padded[FILE_MAX];
    const size_t whole = (n / KEY_SIZE + 1) * KEY_SIZE;
    const uint8_t head[] = {0xD4, 0x82, (uint8_t)(whole >> 8), (uint8_t)whole};

    must(whole <= sizeof padded);
    memset(padded, 0, whole);
    memcpy(padded, block, n);
    padded[n] = 0x80;
    make_key(CIPHERS, key);
    must(c->cipher(c->ctx, CRYPTO_AES, CRYPTO_CBC, CRYPTO_ENCRYPT,
                   span_of(key, KEY_SIZE), iv, padded, padded,
                   whole) == ERR_OK);
    put(l, head, sizeof head);
    put(l, padded, whole);
}

/* tear-NAME.cap beside the applet's. */
static void read_file(const struct host *h, const char *name, bool is_signed,
                      bool ciphered, struct load *l)
{
    const struct crypto_port *c = &h->crypto;
    const char *slash = strrchr(story_cap, '/');
    char path[512];
    size_t n;

    snprintf(path, sizeof path, "%.*stear-%s.cap",
             slash == NULL ? 0 : (int)(slash + 1 - story_cap), story_cap, name);
    uint8_t *block = host_read_cap(path, &n, l->aid);
    must(block != NULL);
    const size_t head = block[1] == 0x82 ? 4 : block[1] == 0x83 ? 5 : 2;
    const struct span inner = span_of(block + head, n - head);
    must(c->digest(c->ctx, CRYPTO_SHA256, &inner, 1, l->hash) == ERR_OK);
    l->n = 0;
    if (is_signed)
        put_signature(h, l);
    if (ciphered)
        put_ciphered(h, l, inner.p, inner.n);
    else
        put(l, block, n);
    free(block);
}

static sw_t request(struct host *h, const struct load *l, uint8_t p1,
                    uint8_t p2, bool token)
{
    uint8_t c[COMMAND_MAX] = {0x80, 0xE6, p1, p2};
    size_t at = 4;

    c[at] = (uint8_t)bytes_of(l->aid, c + at + 1, 16);
    at += 1u + c[at];
    c[at++] = 0;
    c[at++] = HASH;
    memcpy(c + at, l->hash, HASH);
    at += HASH;
    c[at++] = 0;
    if (token)
        return send_with_token(h, c, at);
    c[at++] = 0;
    return send_plain(h, c, at);
}

static sw_t send_blocks(struct host *h, const struct load *l)
{
    uint8_t c[5 + BLOCK + 1] = {0x80, 0xE8};
    sw_t sw = SW_OK;

    for (size_t at = 0; sw == SW_OK && at < l->n; at += c[4], c[3]++) {
        const size_t n = l->n - at < BLOCK ? l->n - at : BLOCK;
        c[2] = at + n == l->n ? 0x80 : 0x00;
        c[4] = (uint8_t)n;
        memcpy(c + 5, l->file + at, n);
        c[5 + n] = 0;
        sw = host_send(h, span_of(c, n + 6));
    }
    return sw;
}

static sw_t load(struct host *h, const char *name, const char *how)
{
    static struct load l;
    const bool combined = strcmp(how, "combined") == 0;

    read_file(h, name, strcmp(how, "signed") == 0, strcmp(how, "ciphered") == 0,
              &l);
    sw_t sw = request(h, &l, combined ? 0x0E : 0x02, combined ? 0x01 : 0x00,
                      strcmp(how, "token") == 0);
    return sw == SW_OK ? send_blocks(h, &l) : sw;
}

/* ---- words ---- */

sw_t content_word(struct host *h, const char *word)
{
    static const uint8_t wrong[KEY_SIZE] = {1};
    const struct span key = span_of(wrong, sizeof wrong);
    static const char *const loads[] = {"token", "signed", "ciphered",
                                        "combined"};
    uint8_t bytes[COMMAND_MAX];

    if (strcmp(word, "session-02") == 0)
        return host_open_session(h, 0x20, 0x01, NULL);
    if (strcmp(word, "wrong-session") == 0)
        return host_open_session(h, 0x30, 0x01, &key);
    if (strncmp(word, "raw-", 4) == 0)
        return host_raw(h, span_of(bytes, bytes_of(word + 4, bytes, 256)));
    if (strncmp(word, "put-", 4) == 0 && bytes_of(word + 4, bytes, 2) == 2)
        return put_key(h, bytes[0], bytes[1]);
    if (strncmp(word, "plain-", 6) == 0)
        return send_plain(h, bytes, bytes_of(word + 6, bytes, 256));
    if (strncmp(word, "token-", 6) == 0)
        return send_with_token(h, bytes, bytes_of(word + 6, bytes, 256));
    for (size_t i = 0; i < sizeof loads / sizeof loads[0]; i++) {
        const size_t n = strlen(loads[i]);
        if (strncmp(word, loads[i], n) == 0 && word[n] == '=')
            return load(h, word + n + 1, loads[i]);
    }
    return 0;
}
