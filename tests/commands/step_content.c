/* What changes content: INSTALL, LOAD, DELETE of applications. */
#include <string.h>

#include "domains/registry.h"
#include "domains/token.h"
#include "root.h"
#include "tests/commands/maker.h"

enum {
    FOR_LOAD = 0x02,
    FOR_INSTALL = 0x04,
    SELECTABLE = 0x08,
    COMBINED = 0x0E,
    EXTRADITION = 0x10,
    PERSONALIZATION = 0x20,
    UPDATE = 0x40,
    HASH = 32,
    NAME_AT = 18, /* the last byte of the AID in a load file's Header */
};

static bool is_delegated(const struct maker *m)
{
    const struct world *w = m->g->w;
    struct registry_entry e;

    return domain_entry(&w->host.card->domain, world_domain(w, m->channel),
                        &e) &&
           (e.privileges & PRIVILEGE_DELEGATED) != 0;
}

/* ---- tokens ---- */

/* Of the data field as it stands; false: there is none. */
static bool make_token(struct maker *m, uint8_t token[16])
{
    struct grammar *g = m->g;
    uint8_t head[TOKEN_HEAD_MAX];
    const size_t n = domain_token_head(m->head[2], m->head[3], m->data.n, head);
    const struct span parts[] = {
        span_of(g->first, m->head[2] == COMBINED ? g->first_length : 0),
        span_of(head, n), buf_span(&m->data)};
    const bool delegated = is_delegated(m);

    world_sign(g->w, KEY_TOKENS, parts, 3, token);
    if (!seldom(&m->genes, 12))
        return delegated;
    g->right = !delegated;
    token[gene(&m->genes) % 16] ^= 0x20;
    return pick(&m->genes, 2) == 0;
}

static void put_token(struct maker *m)
{
    uint8_t token[16];

    maker_field(m, token, make_token(m, token) ? 16 : 0);
}

/* ---- parameters ---- */

static void put_name(struct maker *m, uint16_t tag)
{
    const size_t mark = maker_open(m, tag);
    const struct span aid = maker_application(m);

    maker_tlv(m, 0x4F, aid.p, aid.n);
    maker_close(m, mark);
}

/* A0 and A1: what it is on the contactless interface. */
static void put_contactless(struct maker *m)
{
    const uint8_t initial = pick(&m->genes, 2) == 0;
    const uint8_t byte = gene(&m->genes);
    size_t mark = maker_open(m, 0xA0);

    maker_tlv(m, 0x81, &initial, 1);
    if (seldom(&m->genes, 3))
        maker_tlv(m, 0x80 + byte % 8, &byte, 1);
    maker_close(m, mark);
    mark = maker_open(m, 0xA1);
    put_name(m, 0xA0 + byte % 6);
    if (pick(&m->genes, 2) == 0)
        maker_tlv(m, 0x87, &byte, 1);
    maker_close(m, mark);
}

/* C6, C8, CF, D9: what the system is told. */
static void put_system(struct maker *m)
{
    static const uint8_t tags[] = {0xC6, 0xC8, 0xC7, 0xCF, 0xCF, 0xD9, 0xCA};
    static const uint8_t memory[] = {0x00, 0x10};
    static const uint8_t implicit[] = {0xC0, 0x41, 0x81, 0xC2, 0x43, 0x9F};
    const size_t mark = maker_open(m, 0xEF);

    for (unsigned n = pick(&m->genes, 4); n > 0; n--) {
        const uint8_t tag = tags[pick(&m->genes, sizeof tags)];
        uint8_t byte = implicit[pick(&m->genes, sizeof implicit)];
        if (tag == 0xD9) /* restrictions last: few of them */
            byte =
                seldom(&m->genes, 4) ? (uint8_t)(1u << pick(&m->genes, 7)) : 0;
        if (tag == 0xCF || tag == 0xD9)
            maker_tlv(m, tag, &byte, 1);
        else
            maker_tlv(m, tag, memory, 2);
    }
    if (seldom(&m->genes, 6))
        put_contactless(m);
    maker_close(m, mark);
}

/* B6: the token's identifier, the provider, who the token is for. */
static void put_template(struct maker *m)
{
    static const uint8_t id[] = {1, 2, 3, 4};
    const size_t mark = maker_open(m, 0xB6);

    if (pick(&m->genes, 2) == 0)
        maker_tlv(m, 0x93, id, sizeof id);
    if (seldom(&m->genes, 2))
        maker_tlv(m, 0x5F20, id, seldom(&m->genes, 4) ? 0 : 3);
    if (seldom(&m->genes, 2))
        maker_tlv(m, 0x42, id, 2);
    maker_close(m, mark);
}

/* C9: for an applet anything, for a domain 81 to 87. */
static void put_application(struct maker *m, bool domain)
{
    static const uint8_t protocols[][4] = {
        {0x03, 0x70, 0x02, 0x55}, {0x03, 0x70, 0x02, 0x15},
        {0x02, 0x0A, 0x03, 0x00}, {0x03, 0x71, 0x11, 0x1B},
        {0x02, 0x54, 0x03, 0x60}, {0x03, 0x10, 0x02, 0x45},
    };
    static const uint8_t policies[] = {0x80, 0xF8, 0x00, 0x20, 0x40, 0x08};
    const size_t mark = maker_open(m, 0xC9);

    if (domain) {
        maker_tlv(m, 0x81, protocols[pick(&m->genes, 6)],
                  seldom(&m->genes, 3) ? 4 : 2);
        for (unsigned n = pick(&m->genes, 4); n > 0; n--) {
            const uint8_t tag = (uint8_t)(0x82 + pick(&m->genes, 6));
            maker_tlv(m, tag, &policies[pick(&m->genes, 5)],
                      tag == 0x84   ? 0
                      : tag == 0x86 ? 2
                                    : 1);
        }
    } else if (seldom(&m->genes, 4)) {
        maker_byte(m, gene(&m->genes));
    }
    maker_close(m, mark);
}

static void put_parameters(struct maker *m, bool domain, bool application)
{
    const size_t mark = maker_open(m, 0);

    if (application)
        put_application(m, domain);
    if (seldom(&m->genes, 3))
        put_system(m);
    if (seldom(&m->genes, 3))
        put_template(m);
    maker_close(m, mark);
}

static void put_privileges(struct maker *m, bool domain)
{
    static const uint8_t of_domains[][3] = {
        {0x80, 0x00, 0x00}, {0x80, 0x40, 0x00}, {0xA0, 0x00, 0x00},
        {0xC0, 0x00, 0x00}, {0xC1, 0x00, 0x00}, {0x80, 0x20, 0x80},
        {0x80, 0x1C, 0x00}, {0x80, 0x40, 0x40}, {0x9E, 0x00, 0x00},
        {0x80, 0x83, 0x00}, {0x80, 0x00, 0x30}, {0xFF, 0xFF, 0xF0},
    };
    static const uint8_t of_applets[][3] = {
        {0x00, 0x00, 0x00}, {0x04, 0x00, 0x00}, {0x10, 0x00, 0x00},
        {0x08, 0x00, 0x00}, {0x00, 0x02, 0x00}, {0x02, 0x00, 0x00},
        {0x00, 0x09, 0x00}, {0x80, 0x00, 0x00},
    };
    const uint8_t *p = domain ? of_domains[pick(&m->genes, 12)]
                              : of_applets[pick(&m->genes, 8)];

    maker_field(m, p, seldom(&m->genes, 2) ? 1 : 3);
}

/* ---- INSTALL ---- */

static void install(struct maker *m)
{
    static const uint8_t native[] = {0xA0, 0, 0, 1, 0x51, 0x53, 0x50, 0x41};
    static const uint8_t module[] = {0xF0, 0x50, 0x4F, 0x53, 0x54, 3, 1};
    const bool domain = pick(&m->genes, 2) == 0;
    struct span file = maker_package(m);

    if (domain || seldom(&m->genes, 3))
        file.n = domain ? 7 : 0;
    if (domain)
        file.p = native;
    maker_field(m, file.p, file.n);
    maker_field(m, domain ? native : module, domain ? 8 : 7);
    const struct span aid = maker_application(m);
    maker_field(m, aid.p, aid.n);
    put_privileges(m, domain);
    put_parameters(m, domain, true);
    put_token(m);
}

static void make_selectable(struct maker *m)
{
    const struct span aid = maker_application(m);

    maker_byte(m, 0);
    maker_byte(m, 0);
    maker_field(m, aid.p, aid.n);
    put_privileges(m, false);
    put_parameters(m, false, false);
    put_token(m);
}

/* Extradition and registry update: to whom, what. */
static void update(struct maker *m, bool extradition)
{
    const bool moves = extradition || seldom(&m->genes, 2);
    const struct span to = maker_domain(m);
    const struct span what = seldom(&m->genes, 4)   ? maker_package(m)
                             : seldom(&m->genes, 2) ? maker_domain(m)
                                                    : maker_application(m);

    maker_field(m, to.p, moves ? to.n : 0);
    maker_byte(m, 0);
    maker_field(m, what.p, !extradition && seldom(&m->genes, 8) ? 0 : what.n);
    if (extradition || seldom(&m->genes, 2))
        maker_byte(m, 0);
    else
        put_privileges(m, seldom(&m->genes, 2));
    put_parameters(m, false, false);
    put_token(m);
}

static void personalization(struct maker *m)
{
    const struct span aid =
        seldom(&m->genes, 2) ? maker_domain(m) : maker_application(m);

    maker_byte(m, 0);
    maker_byte(m, 0);
    maker_field(m, aid.p, aid.n);
    maker_put(m, (const uint8_t *)"\0\0\0", 3);
}

void step_install(struct maker *m)
{
    static const uint8_t kinds[] = {
        FOR_INSTALL | SELECTABLE,
        FOR_INSTALL | SELECTABLE,
        FOR_INSTALL,
        SELECTABLE,
        EXTRADITION,
        PERSONALIZATION,
        UPDATE,
        UPDATE,
    };
    const uint8_t p1 = kinds[pick(&m->genes, sizeof kinds)];

    maker_start(m, 0x80, 0xE6, p1, 0);
    if (p1 == SELECTABLE)
        make_selectable(m);
    else if (p1 == EXTRADITION || p1 == UPDATE)
        update(m, p1 == EXTRADITION);
    else if (p1 == PERSONALIZATION)
        personalization(m);
    else
        install(m);
    (void)maker_send(m);
}

/* ---- load files ---- */

/* The file of this name, plain; seldom with a bit that is wrong. */
static void make_block(struct maker *m, struct span aid, uint8_t *out)
{
    const struct world *w = m->g->w;

    memcpy(out, w->block, w->block_length);
    if (aid.n > 0)
        out[NAME_AT] = aid.p[aid.n - 1];
    if (seldom(&m->genes, 12))
        out[(256u * gene(&m->genes) + gene(&m->genes)) % w->block_length] ^=
            (uint8_t)(1u << pick(&m->genes, 8));
}

static void digest(const struct maker *m, struct span s, uint8_t out[HASH])
{
    const struct crypto_port *c = &m->g->w->host.crypto;

    world_demand(c->digest(c->ctx, CRYPTO_SHA256, &s, 1, out) == ERR_OK,
                 "no digest");
}

/* A DAP block of the signing domain. */
static void put_dap(const struct maker *m, struct buf *file,
                    const uint8_t hash[HASH])
{
    uint8_t block[30] = {0xE2, 28,   0x4F, 8,    0xA0,         0,    0,
                         1,    0x51, 0x53, 0x50, WORLD_SIGNER, 0xC3, 16};
    const struct span s = span_of(hash, HASH);

    world_sign(m->g->w, KEY_DAP, &s, 1, block + 14);
    world_demand(buf_put(file, block, sizeof block) == ERR_OK, "no room");
}

/* Padded and enciphered in place; its new length. */
static size_t encipher(const struct maker *m, uint8_t *block, size_t n)
{
    const struct crypto_port *c = &m->g->w->host.crypto;
    uint8_t iv[16] = {0};

    block[n++] = 0x80;
    while (n % 16 != 0)
        block[n++] = 0;
    world_demand(c->cipher(c->ctx, CRYPTO_AES, CRYPTO_CBC, CRYPTO_ENCRYPT,
                           span_of(world_key(KEY_CIPHER), 16), iv, block, block,
                           n) == ERR_OK,
                 "no cipher");
    return n;
}

static bool is_domain(struct span aid, uint8_t number)
{
    return aid.n == 8 && aid.p[7] == number;
}

/* The load file of this name for this domain, in g->file. */
static void make_file(struct maker *m, struct span aid, struct span domain,
                      uint8_t hash[HASH])
{
    static uint8_t block[WORLD_BLOCK_MAX + 32];
    struct grammar *g = m->g;
    struct buf file = buf_of(g->file, sizeof g->file);
    size_t n = g->w->block_length;
    bool ciphered = is_domain(domain, WORLD_CIPHER);

    make_block(m, aid, block);
    digest(m, span_of(block, n), hash);
    if (is_domain(domain, WORLD_SIGNER) != seldom(&m->genes, 12))
        put_dap(m, &file, hash);
    ciphered = ciphered != seldom(&m->genes, 12);
    if (ciphered)
        n = encipher(m, block, n);
    const uint8_t head[] = {ciphered ? 0xD4 : 0xC4, 0x82, (uint8_t)(n >> 8),
                            (uint8_t)n};
    world_demand(buf_put(&file, head, sizeof head) == ERR_OK &&
                     buf_put(&file, block, n) == ERR_OK,
                 "no room");
    g->length = file.n;
    g->sent = 0;
    g->number = 0;
}

/* INSTALL [for load] up to the token. */
static void request_load(struct maker *m, uint8_t p1, uint8_t p2)
{
    uint8_t hash[HASH];
    const struct span aid = maker_package(m);
    const bool self = pick(&m->genes, 2) == 0;
    const struct span domain = self ? span_of(NULL, 0) : maker_domain(m);
    struct registry_entry e = {.aid_length = 0};

    if (self)
        (void)domain_entry(&m->g->w->host.card->domain,
                           world_domain(m->g->w, m->channel), &e);
    make_file(m, aid, self ? registry_aid(&e) : domain, hash);
    maker_start(m, 0x80, 0xE6, p1, p2);
    maker_field(m, aid.p, aid.n);
    maker_field(m, domain.p, domain.n);
    if (seldom(&m->genes, 16))
        hash[pick(&m->genes, HASH)] ^= 0x04;
    maker_field(m, hash, seldom(&m->genes, 8) ? 0 : HASH);
    put_parameters(m, false, false);
}

static sw_t send_block(struct maker *m)
{
    struct grammar *g = m->g;
    size_t n = g->length - g->sent;

    if (n > 200)
        n = seldom(&m->genes, 8) ? 1 + pick(&m->genes, 200) : 200;
    const bool last = g->sent + n == g->length;
    maker_start(m, 0x80, 0xE8, last != seldom(&m->genes, 48) ? 0x80 : 0x00,
                g->number);
    maker_put(m, g->file + g->sent, n);
    g->sent += n;
    g->number++;
    return maker_send(m);
}

void step_load_block(struct maker *m)
{
    (void)send_block(m);
}

static sw_t send_all(struct maker *m)
{
    sw_t sw = SW_OK;

    while (sw == SW_OK && m->g->sent < m->g->length)
        sw = send_block(m);
    return sw;
}

void step_load(struct maker *m)
{
    request_load(m, FOR_LOAD, 0);
    put_token(m);
    if (maker_send(m) == SW_OK && !seldom(&m->genes, 8))
        (void)send_all(m);
}

/* What the token signs of the first command, as far as it has it. */
static void keep_first(struct maker *m)
{
    struct grammar *g = m->g;
    struct buf first = buf_of(g->first, sizeof g->first);
    uint8_t head[TOKEN_HEAD_MAX];
    const size_t n = domain_token_head(m->head[2], m->head[3], m->data.n, head);

    if (buf_put(&first, head, n) != ERR_OK ||
        buf_put_span(&first, buf_span(&m->data)) != ERR_OK)
        first.n = 0;
    g->first_length = first.n;
}

void step_combined(struct maker *m)
{
    request_load(m, COMBINED, 0x01);
    keep_first(m);
    maker_byte(m, 0);
    if (maker_send(m) != SW_OK || send_all(m) != SW_OK)
        return;
    maker_start(m, 0x80, 0xE6, COMBINED, 0x03);
    install(m);
    (void)maker_send(m);
}

/* ---- DELETE ---- */

void step_delete(struct maker *m)
{
    static const uint8_t id[] = {1, 2, 3, 4};
    const bool related = seldom(&m->genes, 2);
    const struct span aid = seldom(&m->genes, 3)   ? maker_package(m)
                            : seldom(&m->genes, 3) ? maker_domain(m)
                                                   : maker_application(m);
    uint8_t token[16];

    maker_start(m, 0x80, 0xE4, 0x00, related ? 0x80 : 0x00);
    maker_tlv(m, 0x4F, aid.p, aid.n);
    if (seldom(&m->genes, 8)) {
        const size_t mark = maker_open(m, 0xB6);
        maker_tlv(m, 0x93, id, sizeof id);
        maker_close(m, mark);
    }
    if (make_token(m, token))
        maker_tlv(m, 0x9E, token, sizeof token);
    (void)maker_send(m);
}

/* ---- MANAGE ELF UPGRADE ---- */

void step_upgrade(struct maker *m)
{
    static const uint8_t acts[] = {0x01, 0x02, 0x01, 0x04, 0x03, 0x08, 0x05};
    const uint8_t act = acts[pick(&m->genes, sizeof acts)];
    const struct span aid = maker_package(m);
    const uint8_t options = seldom(&m->genes, 4) ? gene(&m->genes) : 0;

    maker_start(m, 0x80, 0xEA, act, seldom(&m->genes, 16) ? 1 : 0);
    if (act == 0x01 || seldom(&m->genes, 16)) {
        const size_t mark = maker_open(m, 0xA1);
        maker_tlv(m, 0x4F, aid.p, aid.n);
        if (seldom(&m->genes, 2))
            maker_tlv(m, 0x80, &options, 1);
        maker_close(m, mark);
    }
    (void)maker_send(m);
}
