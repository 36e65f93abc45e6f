#include <stdlib.h>
#include <string.h>

#include <gp/capfile.h>

#include "crypto/cmac.h"
#include "crypto/kcv.h"
#include "domains/keys.h"
#include "root.h"
#include "tests/commands/world.h"

enum { BASIC = 0, PIECE_MAX = 200 };

static void send(struct world *w, const uint8_t *p, size_t n)
{
    const struct world_command c = {.apdu = span_of(p, n)};

    world_demand(world_send(w, &c) == SW_OK, "the card is not as it should be");
}

/* ---- keys ---- */

static void compute_check_values(struct world *w)
{
    static const size_t lengths[] = {16, 24, 32, 16};

    for (unsigned i = 0; i < WORLD_KEYS; i++) {
        for (unsigned k = 0; k < 4; k++) {
            const enum err e =
                crypto_kcv(&w->host.crypto, k == 3 ? CRYPTO_DES3 : CRYPTO_AES,
                           span_of(world_key(i), lengths[k]), w->kcv[i][k]);
            world_demand(e == ERR_OK, "no check value");
        }
    }
}

void world_sign(const struct world *w, unsigned key, const struct span *parts,
                size_t count, uint8_t out[16])
{
    world_demand(crypto_cmac(&w->host.crypto, span_of(world_key(key), 16),
                             parts, count, out) == ERR_OK,
                 "no signature");
}

bool world_encipher(const struct world *w, uint8_t channel, const uint8_t *in,
                    uint8_t *out, size_t n)
{
    return scp_dek(&w->sessions[channel], &w->host.crypto, CRYPTO_ENCRYPT, in,
                   out, n) == ERR_OK;
}

/* PUT KEY of `count` AES keys that are the same, from identifier 01 on. */
static void put_keys(struct world *w, uint8_t version, unsigned key,
                     unsigned count)
{
    uint8_t c[5 + 1 + 3 * 22 + 1] = {0x80, 0xD8, 0x00, 0x81};
    size_t at = 6;

    c[5] = version;
    for (unsigned i = 0; i < count; i++, at += 22) {
        c[at] = KEY_TYPE_AES;
        c[at + 1] = 16;
        world_demand(world_encipher(w, BASIC, world_key(key), c + at + 2, 16),
                     "no session");
        c[at + 18] = 3;
        memcpy(c + at + 19, world_kcv(w, key, KEY_TYPE_AES, 16), 3);
    }
    c[3] = count == 1 ? 0x01 : 0x81;
    c[4] = (uint8_t)(at - 5);
    send(w, c, at + 1);
}

/* ---- domains ---- */

static const uint8_t isd_aid[] = {0xA0, 0, 0, 1, 0x51, 0, 0, 0};

static void select_domain(struct world *w, const uint8_t aid[8])
{
    uint8_t c[14] = {0x00, 0xA4, 0x04, 0x00, 8};

    memcpy(c + 5, aid, 8);
    send(w, c, sizeof c);
    world_demand(world_authenticate(w, BASIC, 0, 0x01, false) == SW_OK,
                 "no session");
}

static const uint8_t domain_aid[8] = {0xA0, 0, 0, 1, 0x51, 0x53, 0x50, 0};

/* INSTALL [for install and make selectable], by whom the session is with. */
static void make_domain(struct world *w, uint8_t number, uint32_t privileges)
{
    uint8_t c[] = {0x80,
                   0xE6,
                   0x0C,
                   0x00,
                   0,
                   7,
                   0xA0,
                   0,
                   0,
                   1,
                   0x51,
                   0x53,
                   0x50,
                   8,
                   0xA0,
                   0,
                   0,
                   1,
                   0x51,
                   0x53,
                   0x50,
                   0x41,
                   8,
                   0xA0,
                   0,
                   0,
                   1,
                   0x51,
                   0x53,
                   0x50,
                   number,
                   3,
                   (uint8_t)(privileges >> 16),
                   (uint8_t)(privileges >> 8),
                   (uint8_t)privileges,
                   15,
                   0xC9,
                   13,
                   0x81,
                   2,
                   3,
                   0x70,
                   0x82,
                   1,
                   0xF8,
                   0x83,
                   1,
                   0xF8,
                   0x87,
                   1,
                   0xF8,
                   0,
                   0};

    c[4] = (uint8_t)(sizeof c - 6);
    send(w, c, sizeof c);
}

/* Its own keys, opened with those of the domain above it. */
static void personalize(struct world *w, uint8_t number, unsigned key)
{
    uint8_t aid[8];

    memcpy(aid, domain_aid, 8);
    aid[7] = number;
    select_domain(w, aid);
    put_keys(w, 0x31, key, 3);
    select_domain(w, aid);
}

static void make_domains(struct world *w)
{
    static const struct {
        uint8_t number;
        uint32_t privileges;
        unsigned key;
        uint8_t version; /* of one more key */
        unsigned one;
    } rows[] = {
        {WORLD_DELEGATE, 0xA00000, KEY_DELEGATE, 0, 0},
        {WORLD_MANAGER, 0x804000, KEY_MANAGER, 0, 0},
        {WORLD_SIGNER, 0xC00000, KEY_SIGNER, 0x73, KEY_DAP},
        {WORLD_CIPHER, 0x804040, KEY_CIPHER_OWN, 0x75, KEY_CIPHER},
    };

    select_domain(w, isd_aid);
    put_keys(w, 0x70, KEY_TOKENS, 1);
    put_keys(w, 0x71, KEY_RECEIPTS, 1);
    world_issue_scp11(w);
    make_domain(w, WORLD_EMPTY, 0x800000);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        make_domain(w, rows[i].number, rows[i].privileges);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        personalize(w, rows[i].number, rows[i].key);
        if (rows[i].version != 0)
            put_keys(w, rows[i].version, rows[i].one, 1);
    }
}

/* ---- a load file ---- */

static void read_block(struct world *w, const char *cap)
{
    struct buf block = buf_of(w->block, sizeof w->block);
    struct gp_capfile *file = NULL;
    struct gp_why why;

    world_demand(gp_capfile_open(cap, &file, &why) == 0 &&
                     gp_capfile_block(file, GP_BLOCK_PLAIN, &block) == 0,
                 "no load file");
    gp_capfile_free(&file);
    w->block_length = block.n;
}

/* Of the issuer; and an applet of it. */
static void load(struct world *w)
{
    static const uint8_t install[] = {
        0x80, 0xE6, 0x0C, 0x00, 0x1D, 6,    0xF0, 0x50, 0x4F, 0x53, 0x54, 3,
        7,    0xF0, 0x50, 0x4F, 0x53, 0x54, 3,    1,    7,    0xF0, 0x50, 0x4F,
        0x53, 0x54, 3,    1,    1,    0,    2,    0xC9, 0,    0,    0};
    static uint8_t file[4 + WORLD_BLOCK_MAX] = {0xC4, 0x82};

    set_u2(file + 2, (uint16_t)w->block_length);
    memcpy(file + 4, w->block, w->block_length);
    select_domain(w, isd_aid);
    w->host.session = w->sessions[BASIC];
    world_demand(host_load_block(&w->host, "F0504F535403", "",
                                 span_of(file, 4 + w->block_length)) == SW_OK,
                 "not loaded");
    w->sessions[BASIC] = w->host.session;
    send(w, install, sizeof install);
}

/* ---- the card ---- */

struct card_profile world_profile(bool enciphered)
{
    struct card_profile p = host_profile(true);
    struct card_key_set *sets = p.key_sets;

    for (unsigned i = 0; i < p.key_set_count; i++) {
        const uint8_t *key = world_key(
            sets[i].type == KEY_TYPE_AES ? KEY_ISSUER_AES : KEY_ISSUER_DES);
        memcpy(sets[i].enc, key, 16);
        memcpy(sets[i].mac, key, 16);
        memcpy(sets[i].dek, key, 16);
    }
    p.scp11_i = 0x1B;
    p.tries = 200;
    p.enciphered = enciphered;
    return p;
}

void world_open(struct world *w, const char *cap, bool enciphered)
{
    const struct card_profile p = world_profile(enciphered);

    memset(w, 0, sizeof *w);
    world_demand(host_open(&w->host, &p, WORLD_MEMORY, "commands") &&
                     faults_open(&w->fresh, WORLD_MEMORY, 1),
                 "no card");
    compute_check_values(w);
    read_block(w, cap);
    make_domains(w);
    load(w);
    faults_copy(&w->fresh, &w->host.faults);
    world_start(w);
}

void world_close(struct world *w)
{
    host_close(&w->host);
    faults_close(&w->fresh);
}

void world_start(struct world *w)
{
    card_power_off(w->host.card);
    faults_copy(&w->host.faults, &w->fresh);
    world_reset(w);
}

void world_reset(struct world *w)
{
    world_demand(host_reset(&w->host) == CARD_OK, "it does not power on");
    for (uint8_t c = 0; c < CARD_CHANNELS; c++)
        scp_close(&w->sessions[c]);
    world_look(w);
}
