/*
 * Proves that no sequence of commands, with or without authority, crashes the
 * card or makes its memory inconsistent, now or at the next power-on.
 *
 * Input: records.  A byte 00..F9 is the length of a command that follows; FA:
 * a command of two length bytes; FB: reset, and the byte that follows is the
 * protocol from then on; FD: the host authenticates (level 00, so that
 * plain commands act with authority); FE: the same at C-MAC, which the
 * commands that follow then lack; FF: reset.  The echo applet is on the card,
 * and the issuer's domain has keys for SCP11, those of tests/apdu/scp11.txt.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <card/card.h>
#include <gp/content.h>

#include "ports/faults/faults.h"
#include "ports/openssl/crypto_openssl.h"
#include "securechannel/scp11.h"

enum {
    MEMORY = 96 * 1024,
    SCRATCH = 128 * 1024,
    RECORDS_MAX = 128,
    LONG_COMMAND = 0xFA,
    PROTOCOL = 0xFB,
    AUTHENTICATE = 0xFD,
    AUTHENTICATE_MAC = 0xFE,
    RESET = 0xFF,
    PROTOCOLS = CARD_USB + 1,
    BLOCK_MAX = 240,
};

struct bench {
    struct faults faults;
    struct faults fresh; /* as issued */
    struct card_port port;
    struct crypto_port crypto;
    struct port_openssl *openssl;
    struct card *card;
    struct scp_session session; /* the host's end of the last one */
    uint8_t transient[CARD_TRANSIENT(MEMORY, CARD_TRANSIENT_SIZE)];
    uint8_t scratch[SCRATCH];
    uint8_t io[CARD_APDU_MAX];
    uint8_t response[CARD_APDU_MAX];
};

static void demand(bool holds)
{
    if (!holds)
        abort();
}

static void finding(void *ctx, const char *line)
{
    (void)ctx;
    (void)line;
    abort();
}

static size_t transmit(struct bench *b, const uint8_t *p, size_t n)
{
    return card_transmit(b->card, p, n, b->response, sizeof b->response);
}

/* Keys of zeros; what the card refuses stays refused. */
static void authenticate(struct bench *b, uint8_t level)
{
    static const uint8_t update[] = {0x80, 0x50, 0x30, 0, 8, 0, 0,
                                     0,    0,    0,    0, 0, 0, 0};
    const struct secret_scp_keys keys = {.length = 16};
    uint8_t bytes[SCP_AUTHENTICATE_MAX];
    struct buf out = buf_of(bytes, sizeof bytes);
    struct scp_init init;

    size_t n = transmit(b, update, sizeof update);
    if (n < 2 ||
        scp_init_parse(span_of(b->response, n - 2), span_of(update + 5, 8),
                       &init) != ERR_OK ||
        scp_begin(&b->session, &b->crypto, SCP_HOST, &keys, &init) != ERR_OK ||
        scp_authenticate_make(&b->session, &b->crypto, level, &out) != ERR_OK)
        return;
    (void)transmit(b, out.p, out.n);
}

static void reset(struct bench *b)
{
    card_power_off(b->card);
    demand(card_power_on(b->card) == CARD_OK);
}

static void must(struct bench *b, const uint8_t *p, size_t n)
{
    size_t got = transmit(b, p, n);
    demand(got >= 2 && b->response[got - 2] == 0x90);
}

/* The load file with its tag and length, in blocks. */
static void load(struct bench *b, struct span file)
{
    uint8_t command[5 + BLOCK_MAX] = {0x80, 0xE8};

    while (file.n > 0) {
        size_t n = file.n < BLOCK_MAX ? file.n : BLOCK_MAX;
        command[2] = n == file.n ? 0x80 : 0x00;
        command[4] = (uint8_t)n;
        memcpy(command + 5, file.p, n);
        must(b, command, 5 + n);
        command[3]++;
        file = span_of(file.p + n, file.n - n);
    }
}

static void install_echo(struct bench *b)
{
    static const uint8_t request[] = {0x80, 0xE6, 0x02, 0x00, 0x0B, 6,
                                      0xF0, 0x50, 0x4F, 0x53, 0x54, 3,
                                      0,    0,    0,    0};
    static const uint8_t install[] = {
        0x80, 0xE6, 0x0C, 0x00, 0x1D, 6,    0xF0, 0x50, 0x4F, 0x53, 0x54, 3,
        7,    0xF0, 0x50, 0x4F, 0x53, 0x54, 3,    1,    7,    0xF0, 0x50, 0x4F,
        0x53, 0x54, 3,    1,    1,    0,    2,    0xC9, 0,    0};
    static uint8_t room[4096] = {0xC4, 0x82};
    struct buf block = buf_of(room + 4, sizeof room - 4);
    struct gp_capfile *cap = NULL;
    struct gp_why why;

    demand(gp_capfile_open(APPLETS "/echo.cap", &cap, &why) == 0);
    demand(gp_capfile_block(cap, GP_BLOCK_PLAIN, &block) == 0);
    gp_capfile_free(&cap);
    set_u2(room + 2, (uint16_t)block.n);
    must(b, request, sizeof request);
    load(b, span_of(room, 4 + block.n));
    must(b, install, sizeof install);
}

static void put_key(struct bench *b, uint8_t id, uint8_t version,
                    struct span scalar, struct span point)
{
    const struct gp_put_key how = {.kid = id, .kvn = version};
    struct secret_gp_ec_key key;
    uint8_t bytes[GP_APDU_SHORT_MAX];
    struct buf command = buf_of(bytes, sizeof bytes);

    demand(gp_ec_key_set(&b->crypto, CRYPTO_EC_SECP256R1, scalar, point,
                         &key) == 0);
    demand(gp_cmd_put_ec_key(&command, &b->session, &b->crypto, &how, &key,
                             scalar.n > 0) == 0);
    must(b, command.p, command.n);
}

static void put_keys(struct bench *b)
{
    static const uint8_t scalar[] = {
        0x03, 0x04, 0x2C, 0xF8, 0x10, 0x0D, 0xB3, 0x86, 0x81, 0x8C, 0xEE,
        0x4F, 0xF0, 0xF2, 0x97, 0x24, 0x31, 0xA6, 0x2E, 0xD7, 0x8E, 0xDB,
        0xD0, 0x9A, 0xC0, 0x8A, 0xCC, 0xFA, 0xBB, 0xEF, 0xD8, 0x18};
    static const uint8_t authority[] = {
        0x04, 0x33, 0x53, 0xB2, 0xE4, 0x02, 0x5B, 0x54, 0x94, 0xD5, 0x5E,
        0xF9, 0x11, 0xB6, 0xCD, 0xF5, 0x3E, 0xCC, 0x17, 0xCE, 0x7F, 0xC1,
        0xDF, 0xD9, 0xEA, 0x41, 0xB0, 0x7E, 0xBA, 0x03, 0xA5, 0x29, 0x50,
        0x4F, 0xC6, 0xDB, 0x4D, 0xB3, 0x84, 0x54, 0xE5, 0x78, 0xB8, 0x82,
        0x2D, 0xC3, 0xA9, 0x2B, 0xA0, 0xA1, 0x33, 0x1C, 0x4C, 0x40, 0x00,
        0x95, 0x01, 0x94, 0x9F, 0x09, 0x23, 0x18, 0x9E, 0x80, 0x1F};
    const struct span none = span_of(NULL, 0);

    put_key(b, SCP11_A, 0x41, span_of(scalar, sizeof scalar), none);
    put_key(b, SCP11_B, 0x41, span_of(scalar, sizeof scalar), none);
    put_key(b, SCP11_C, 0x41, span_of(scalar, sizeof scalar), none);
    put_key(b, 0x10, 0x50, none, span_of(authority, sizeof authority));
}

static void issue(struct bench *b)
{
    struct card_profile p = {.life_cycle = 0x0F,
                             .scp03_i = 0x70,
                             .scp11_i = 0x1B,
                             .key_set_count = 1};
    struct card_key_set *set = &p.key_sets[0];

    set->version = 0x30;
    set->type = 0x88;
    set->length = 16;
    demand(faults_open(&b->faults, MEMORY, 1));
    demand(faults_open(&b->fresh, MEMORY, 1));
    demand(port_openssl_crypto_init(&b->crypto, &b->openssl, "fuzz") == 0);
    faults_bind(&b->faults, &b->port);
    b->port.crypto = &b->crypto;
    b->port.transient = b->transient;
    b->port.transient_size = sizeof b->transient;
    b->port.scratch = b->scratch;
    b->port.scratch_size = SCRATCH;
    b->port.io = b->io;
    b->port.io_size = sizeof b->io;
    void *memory = malloc(card_size());
    demand(memory != NULL);
    b->card = card_init(memory, card_size(), &b->port);
    demand(card_format(b->card, &p) == CARD_OK);
    demand(card_power_on(b->card) == CARD_OK);
    authenticate(b, 0x00);
    put_keys(b);
    install_echo(b);
    faults_copy(&b->fresh, &b->faults);
}

/* One record; false at the end of the input. */
static bool record(struct bench *b, struct span *s)
{
    struct span command;
    uint8_t kind;
    uint16_t n;

    if (span_take_u1(s, &kind) != ERR_OK)
        return false;
    if (kind == RESET) {
        reset(b);
        return true;
    }
    if (kind == PROTOCOL && span_take_u1(s, &kind) == ERR_OK) {
        card_set_protocol(b->card, (enum card_protocol)(kind % PROTOCOLS));
        reset(b);
        return true;
    }
    if (kind == AUTHENTICATE || kind == AUTHENTICATE_MAC) {
        authenticate(b, kind == AUTHENTICATE ? 0x00 : 0x01);
        return true;
    }
    n = kind;
    if (kind >= LONG_COMMAND && span_take_u2(s, &n) != ERR_OK)
        return false;
    if (n > s->n)
        n = (uint16_t)s->n;
    demand(span_take(s, n, &command) == ERR_OK);
    demand(transmit(b, command.p, command.n) >= 2);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct bench b;
    struct span s = span_of(data, size);

    if (b.card == NULL)
        issue(&b);
    faults_copy(&b.faults, &b.fresh);
    card_set_protocol(b.card, CARD_T1);
    reset(&b);
    for (unsigned i = 0; i < RECORDS_MAX && record(&b, &s); i++)
        ;
    demand(card_check(b.card, finding, NULL) == 0);
    reset(&b);
    demand(card_check(b.card, finding, NULL) == 0);
    return 0;
}
