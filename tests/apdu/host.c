#include "tests/apdu/host.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gp/capfile.h>

#include "base/hex.h"
#include "root.h"

/* What one more live card takes, beyond what its port lends; both builds. */
_Static_assert(sizeof(struct card) < 64 * 1024, "struct card grows too large");

enum {
    COMMAND_MAX = 66000,
    BLOCK_MAX = 200,
    LOAD_MAX = 300000,
    STATUS = 2,
    BRACKETS_MAX = 8,
};

static const uint8_t test_key[] = {0x40, 0x41, 0x42, 0x43, 0x44, 0x45,
                                   0x46, 0x47, 0x48, 0x49, 0x4A, 0x4B,
                                   0x4C, 0x4D, 0x4E, 0x4F};

static void add_key_set(struct card_profile *p, uint8_t version, uint8_t type)
{
    struct card_key_set *set = &p->key_sets[p->key_set_count++];

    set->version = version;
    set->type = type;
    set->length = sizeof test_key;
    memcpy(set->enc, test_key, sizeof test_key);
    memcpy(set->mac, test_key, sizeof test_key);
    memcpy(set->dek, test_key, sizeof test_key);
}

struct card_profile host_profile(bool both)
{
    struct card_profile p = {
        .life_cycle = 0x0F,
        .scp03_i = 0x70,
        .diversification = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10},
        .iin = {0x42, 0x00, 0x01},
        .iin_length = 3,
        .cin = {0x45, 0x00, 0x00, 0x02},
        .cin_length = 4,
    };

    add_key_set(&p, 0x30, 0x88);
    if (both) {
        p.scp02_i = 0x55;
        add_key_set(&p, 0x20, 0x80);
    }
    return p;
}

/* The port's ctx is the faulty memory's, which is first in struct host. */
static void keep_reason(void *ctx, const char *text)
{
    struct host *h = ctx;

    snprintf(h->reason, sizeof h->reason, "%s", text);
}

/* For profiles that ask for enciphered keys. */
static int wrapping_key(void *ctx, uint8_t key[32])
{
    (void)ctx;
    memset(key, 0x77, 32);
    return 0;
}

bool host_open(struct host *h, const struct card_profile *profile,
               uint32_t nv_size, const char *seed)
{
    memset(h, 0, sizeof *h);
    h->scp02_i = profile->scp02_i;
    h->scp01_i = profile->scp01_i;
    h->memory = malloc(card_size());
    h->response = malloc(CARD_APDU_MAX * 2);
    h->scratch = malloc(HOST_SCRATCH);
    h->io = malloc(CARD_APDU_MAX);
    h->code = malloc(HOST_CODE);
    h->port.transient_size = CARD_TRANSIENT(nv_size, CARD_TRANSIENT_SIZE);
    h->transient = malloc(h->port.transient_size);
    h->plain = malloc(COMMAND_MAX);
    h->protected = malloc(COMMAND_MAX);
    if (h->memory == NULL || h->response == NULL || h->scratch == NULL ||
        h->io == NULL || h->code == NULL || h->transient == NULL ||
        h->plain == NULL || h->protected == NULL ||
        !faults_open(&h->faults, nv_size, 1) ||
        port_openssl_crypto_init(&h->crypto, &h->openssl, seed) != 0)
        return false;
    faults_bind(&h->faults, &h->port);
    h->port.crypto = &h->crypto;
    h->port.scratch = h->scratch;
    h->port.scratch_size = HOST_SCRATCH;
    h->port.transient = h->transient;
    h->port.io = h->io;
    h->port.io_size = CARD_APDU_MAX;
    h->port.code = h->code;
    h->port.code_size = HOST_CODE;
    h->port.trace = keep_reason;
    h->port.wrapping_key = wrapping_key;
    h->card = card_init(h->memory, card_size(), &h->port);
    return h->card != NULL && card_format(h->card, profile) == CARD_OK &&
           host_reset(h) == CARD_OK;
}

void host_close(struct host *h)
{
    if (h->card != NULL)
        card_power_off(h->card);
    faults_close(&h->faults);
    if (h->openssl != NULL)
        port_openssl_free(&h->openssl);
    free(h->memory);
    free(h->response);
    free(h->scratch);
    free(h->io);
    free(h->code);
    free(h->transient);
    free(h->plain);
    free(h->protected);
    memset(h, 0, sizeof *h);
}

enum card_status host_reset(struct host *h)
{
    scp_close(&h->session);
    card_power_off(h->card);
    faults_power_on(&h->faults);
    return card_power_on(h->card);
}

enum card_status host_use_t0(struct host *h)
{
    h->t0 = true;
    card_set_protocol(h->card, CARD_T0);
    return host_reset(h);
}

/* One exchange; appends the data to h->response. */
static sw_t exchange(struct host *h, struct span command)
{
    size_t n = card_transmit(h->card, command.p, command.n, h->response + h->n,
                             CARD_APDU_MAX);

    if (n < STATUS)
        return 0;
    h->n += n - STATUS;
    return get_u2(h->response + h->n);
}

/* ---- T=0, as a reader speaks it [ISO 7816-3 12.2] ---- */

enum { SEGMENT_MAX = 255, TPDU_HEADER = 5 };

/* An extended command in ENVELOPEs; a full last one has an empty one behind. */
static sw_t send_envelopes(struct host *h, struct span command)
{
    uint8_t tpdu[TPDU_HEADER + SEGMENT_MAX] = {0x00, 0xC2};
    bool full = true;
    sw_t sw = SW_OK;

    while (sw == SW_OK && full) {
        size_t n = command.n < SEGMENT_MAX ? command.n : SEGMENT_MAX;
        full = n == SEGMENT_MAX;
        tpdu[4] = (uint8_t)n;
        memcpy(tpdu + TPDU_HEADER, command.p, n);
        command = span_of(command.p + n, command.n - n);
        sw = exchange(h, span_of(tpdu, TPDU_HEADER + n));
    }
    return sw;
}

/* A short command: 6Cxx says how much there is. */
static sw_t send_tpdu(struct host *h, struct span command)
{
    uint8_t again[TPDU_HEADER];
    sw_t sw = exchange(h, command);

    if (sw >> 8 != 0x6C || command.n > TPDU_HEADER)
        return sw;
    memcpy(again, command.p, TPDU_HEADER - 1);
    again[TPDU_HEADER - 1] = (uint8_t)sw;
    return exchange(h, span_of(again, sizeof again));
}

static sw_t send_t0(struct host *h, struct span command)
{
    bool extended = command.n >= 7 && command.p[4] == 0;
    size_t with_data = command.n > TPDU_HEADER ? TPDU_HEADER + command.p[4] : 0;

    if (extended && command.n > 7)
        return send_envelopes(h, command);
    if (extended) /* case 2E: P3 says all there is */
        return send_tpdu(h, span_of(command.p, TPDU_HEADER));
    if (with_data != 0 && command.n > with_data)
        command.n = with_data; /* Le is not sent */
    return send_tpdu(h, command);
}

/* On the basic channel, where the session is: it ends there. */
static bool selects_by_name(struct span command)
{
    return command.n >= 3 && command.p[0] == 0x00 && command.p[1] == 0xA4 &&
           command.p[2] == 0x04;
}

sw_t host_raw(struct host *h, struct span command)
{
    uint8_t more[] = {0x00, 0xC0, 0x00, 0x00, 0x00};

    h->reason[0] = '\0';
    h->n = 0;
    if (selects_by_name(command))
        scp_close(&h->session);
    sw_t sw = h->t0 ? send_t0(h, command) : exchange(h, command);
    if (command.n > 0)
        more[0] = command.p[0] & 0x43;
    while (sw >> 8 == 0x61) {
        more[4] = (uint8_t)sw;
        sw = exchange(h, span_of(more, sizeof more));
    }
    return sw;
}

static bool goes_plain(struct span command)
{
    return command.n >= 2 && (command.p[1] == 0xA4 || command.p[1] == 0x70 ||
                              command.p[1] == 0x50 || command.p[1] == 0x82);
}

enum { INS_END_R_MAC = 0x78, INS_BEGIN_R_MAC = 0x7A };

/* What the card did for BEGIN and END R-MAC SESSION, the host does, too. */
static bool follow(struct host *h, struct scp_ticket *ticket,
                   struct span command, struct buf *mac)
{
    if (command.p[1] == INS_BEGIN_R_MAC)
        return scp_r_mac_begin(&h->session, &h->crypto, command, ticket) ==
               ERR_OK;
    return command.p[1] != INS_END_R_MAC ||
           scp_r_mac_end(&h->session, command, ticket, mac) == ERR_OK;
}

/* Takes protection off the answer that host_raw() left. */
static sw_t open_answer(struct host *h, struct scp_ticket *ticket,
                        struct span command, sw_t sw)
{
    static uint8_t plain[COMMAND_MAX];
    struct buf opened = buf_of(plain, sizeof plain);
    uint8_t bytes[CRYPTO_DES_MAC_SIZE];
    struct buf mac = buf_of(bytes, sizeof bytes);

    if (sw == 0 || h->session.state != SCP_OPEN)
        return sw;
    if (sw == SW_OK && !follow(h, ticket, command, &mac))
        return 1;
    set_u2(h->response + h->n, sw);
    if (scp_unwrap_response(&h->session, &h->crypto, ticket, command,
                            span_of(h->response, h->n + STATUS),
                            &opened) != ERR_OK)
        return 1;
    h->n = opened.n - STATUS;
    memcpy(h->response, plain, h->n);
    if (mac.n > 0 && !span_equal(buf_span(&mac), span_of(h->response, h->n)))
        return 1;
    return sw;
}

sw_t host_send(struct host *h, struct span command)
{
    struct buf wrapped = buf_of(h->protected, COMMAND_MAX);
    struct scp_ticket ticket;

    if (h->session.state != SCP_OPEN || goes_plain(command))
        return host_raw(h, command);
    if (scp_wrap_command(&h->session, &h->crypto, command, &wrapped, &ticket) !=
        ERR_OK)
        return 1;
    h->protected_n = wrapped.n;
    sw_t sw = host_raw(h, buf_span(&wrapped));
    return open_answer(h, &ticket, command, sw);
}

/* Header and data of a protected command, cut to pieces. */
static sw_t send_pieces(struct host *h, const uint8_t head[4], struct span data)
{
    uint8_t c[5 + BLOCK_MAX + 1];
    sw_t sw = SW_OK;

    while (sw == SW_OK && data.n > 0) {
        size_t n = data.n < BLOCK_MAX ? data.n : BLOCK_MAX;
        memcpy(c, head, 4);
        c[2] = n < data.n ? head[2] | 0x80 : head[2];
        c[4] = (uint8_t)n;
        memcpy(c + 5, data.p, n);
        c[5 + n] = 0;
        data = span_of(data.p + n, data.n - n);
        sw = host_raw(h, span_of(c, data.n > 0 ? n + 5 : n + 6));
    }
    return sw;
}

sw_t host_chain(struct host *h, struct span command)
{
    struct buf wrapped = buf_of(h->protected, COMMAND_MAX);
    struct scp_ticket ticket = {.counter = 0};

    if (h->session.state != SCP_OPEN)
        (void)(buf_put_span(&wrapped, command) == ERR_OK);
    else if (scp_wrap_command(&h->session, &h->crypto, command, &wrapped,
                              &ticket) != ERR_OK)
        return 1;
    size_t n = get_u2(wrapped.p + 5);
    sw_t sw = send_pieces(h, wrapped.p, span_of(wrapped.p + 7, n));
    return open_answer(h, &ticket, command, sw);
}

bool host_expand(const char *in, char *out, size_t cap)
{
    size_t open[BRACKETS_MAX], depth = 0, n = 0;

    for (; *in != '\0'; in++) {
        if (isspace((unsigned char)*in))
            continue;
        if (n + 3 > cap)
            return false;
        if (*in == '(' || *in == '[') {
            if (depth == BRACKETS_MAX)
                return false;
            open[depth++] = n;
            n += 2;
        } else if (*in == ')' || *in == ']') {
            if (depth-- == 0)
                return false;
            size_t length = (n - open[depth] - 2) / 2;
            if (length > 0xFF)
                return false;
            out[open[depth]] = "0123456789ABCDEF"[length >> 4];
            out[open[depth] + 1] = "0123456789ABCDEF"[length & 15];
        } else {
            out[n++] = *in;
        }
    }
    out[n] = '\0';
    return depth == 0;
}

static size_t decode(const char *hex, uint8_t *out, size_t cap)
{
    struct buf b = buf_of(out, cap);

    if (hex_decode(hex, strlen(hex), &b, NULL) != ERR_OK) {
        fprintf(stderr, "not hexadecimal: %s\n", hex);
        abort();
    }
    return b.n;
}

sw_t host_hex(struct host *h, const char *hex)
{
    size_t n = decode(hex, h->plain, COMMAND_MAX);

    return host_send(h, span_of(h->plain, n));
}

sw_t host_select(struct host *h, const char *aid)
{
    uint8_t bytes[64] = {0x00, 0xA4, 0x04, 0x00};
    size_t n = decode(aid, bytes + 5, 16);

    scp_close(&h->session);
    bytes[4] = (uint8_t)n;
    return host_raw(h, span_of(bytes, n == 0 ? 5 : n + 6));
}

static struct secret_scp_keys same_keys(const struct span *key)
{
    struct secret_scp_keys keys = {.length = sizeof test_key};
    struct span k = key == NULL ? span_of(test_key, sizeof test_key) : *key;

    keys.length = (uint8_t)k.n;
    memcpy(keys.enc, k.p, k.n);
    memcpy(keys.mac, k.p, k.n);
    memcpy(keys.dek, k.p, k.n);
    return keys;
}

sw_t host_begin_session(struct host *h, uint8_t version, const struct span *key)
{
    uint8_t update[] = {0x80, 0x50, version, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0};
    const struct secret_scp_keys keys = same_keys(key);
    struct scp_init init;

    scp_close(&h->begun);
    h->begun_channel = h->channel;
    update[0] |= h->channel;
    sw_t sw = host_raw(h, span_of(update, sizeof update));
    if (sw != SW_OK)
        return sw;
    if (scp_init_parse(span_of(h->response, h->n), span_of(update + 5, 8),
                       &init) != ERR_OK)
        return 1;
    if (init.protocol == SCP_02)
        init.i = h->scp02_i;
    if (init.protocol == SCP_01)
        init.i = h->scp01_i;
    if (scp_begin(&h->begun, &h->crypto, SCP_HOST, &keys, &init) != ERR_OK)
        scp_close(&h->begun);
    return SW_OK;
}

sw_t host_authenticate(struct host *h, uint8_t level)
{
    uint8_t wrong[] = {0x84, 0x82, 0x00, 0x00, 0x10, 0, 0, 0, 0, 0, 0,
                       0,    0,    0,    0,    0,    0, 0, 0, 0, 0};
    uint8_t bytes[SCP_AUTHENTICATE_MAX];
    struct buf authenticate = buf_of(bytes, sizeof bytes);

    /* A wrong key is used on regardless, to see the card refuse it. */
    if (h->begun.state != SCP_BEGUN ||
        scp_authenticate_make(&h->begun, &h->crypto, level, &authenticate) !=
            ERR_OK) {
        wrong[0] |= h->begun_channel;
        return host_raw(h, span_of(wrong, sizeof wrong));
    }
    bytes[0] |= h->begun_channel;
    const sw_t sw = host_raw(h, buf_span(&authenticate));
    if (sw == SW_OK)
        h->session = h->begun;
    scp_close(&h->begun);
    return sw;
}

sw_t host_open_session(struct host *h, uint8_t version, uint8_t level,
                       const struct span *key)
{
    const struct scp_session waiting = h->begun;
    const uint8_t channel = h->begun_channel;

    scp_close(&h->session);
    sw_t sw = host_begin_session(h, version, key);
    if (sw == SW_OK)
        sw = host_authenticate(h, level);
    h->begun = waiting;
    h->begun_channel = channel;
    return sw;
}

sw_t host_open_implicit(struct host *h, struct span aid, const struct span *key)
{
    const uint8_t get[] = {0x80 | h->channel, 0xCA, 0x00, 0xC1, 0x00};
    const struct secret_scp_keys keys = same_keys(key);
    struct scp_init init = {.protocol = SCP_02, .i = h->scp02_i};

    scp_close(&h->session);
    sw_t sw = host_raw(h, span_of(get, sizeof get));
    if (sw != SW_OK)
        return sw;
    if (h->n != 4)
        return 1;
    memcpy(init.sequence, h->response + 2, 2);
    return scp_open_implicit(&h->session, &h->crypto, SCP_HOST, &keys, &init,
                             aid) == ERR_OK
               ? SW_OK
               : 1;
}

/* Checks the card's answer with the keys of both, and opens the session. */
enum err host_finish_scp11(struct host *h, const struct scp11_offer *offer,
                           struct scp11_share *share, bool *right)
{
    uint8_t receipt[SCP11_RECEIPT];
    struct secret_scp11 secret;
    struct span theirs;

    *right = false;
    enum err e = scp11_answer_take(span_of(h->response, h->n),
                                   &share->other_ephemeral, &theirs);
    if (e == ERR_OK)
        e = scp11_agree(&h->crypto, offer, share, &secret);
    if (e == ERR_OK)
        e = scp11_receipt(&h->crypto, offer, &secret, share->other_ephemeral,
                          receipt);
    if (e == ERR_OK)
        e = scp11_open(&h->session, SCP_HOST, offer, h->scp11_s16, &secret,
                       receipt);
    *right = e == ERR_OK && memcmp(receipt, theirs.p, sizeof receipt) == 0;
    return e;
}

/* The curve that a point is on. */
static bool find_curve(const struct host *h, struct span point,
                       struct crypto_ec_values *out)
{
    static const uint8_t names[] = {
        CRYPTO_EC_SECP256R1,       CRYPTO_EC_SECP384R1,
        CRYPTO_EC_SECP521R1,       CRYPTO_EC_BRAINPOOLP256R1,
        CRYPTO_EC_BRAINPOOLP384R1, CRYPTO_EC_BRAINPOOLP512R1,
    };
    const struct crypto_port *crypto = &h->crypto;

    for (size_t i = 0; i < sizeof names; i++) {
        if (crypto_ec_named(crypto, names[i], out) == ERR_OK &&
            point.n == 1 + 2 * crypto_ec_field_size(&out->curve) &&
            crypto->ec->check(crypto->ctx, &out->curve, point) == ERR_OK)
            return true;
    }
    return false;
}

sw_t host_open_scp11(struct host *h, uint8_t id, uint8_t version,
                     struct span point, struct span scalar)
{
    uint8_t command[5 + SCP11_OFFER_MAX + 1] = {
        0x80, id == SCP11_B ? 0x88 : 0x82, version, id};
    struct buf data = buf_of(command + 5, SCP11_OFFER_MAX);
    uint8_t own[CRYPTO_EC_ORDER_MAX], own_point[CRYPTO_EC_POINT_MAX];
    struct crypto_ec_values values;
    struct scp11_offer offer = {.variant = id,
                                .usage = SCP11_USAGE_ENCRYPT,
                                .key_length = 16,
                                .point = span_of(own_point, point.n)};

    scp_close(&h->session);
    if (!find_curve(h, point, &values) ||
        h->crypto.ec->generate(h->crypto.ctx, &values.curve, own, own_point) !=
            ERR_OK ||
        scp11_offer_put(&offer, &data) != ERR_OK)
        return 1;
    command[4] = (uint8_t)data.n;
    sw_t sw = host_raw(h, span_of(command, 5 + data.n + 1));
    if (sw != SW_OK)
        return sw;
    const struct span ephemeral =
        span_of(own, crypto_ec_order_size(&values.curve));
    struct scp11_share share = {.curve = &values.curve,
                                .own_ephemeral = ephemeral,
                                .own_static = scalar.n > 0 ? scalar : ephemeral,
                                .other_static = point};
    bool right;
    if (host_finish_scp11(h, &offer, &share, &right) != ERR_OK)
        return 1;
    if (right)
        return SW_OK;
    scp_close(&h->session);
    return SW_AUTH_FAILED;
}

static sw_t install_for_load(struct host *h, const char *aid,
                             const char *domain)
{
    uint8_t c[64] = {0x80, 0xE6, 0x02, 0x00};
    size_t at = 5;

    c[at] = (uint8_t)decode(aid, c + at + 1, 16);
    at += 1u + c[at];
    c[at] = (uint8_t)decode(domain, c + at + 1, 16);
    at += 1u + c[at] + 3; /* no hash, parameters, token */
    c[4] = (uint8_t)(at - 5);
    return host_send(h, span_of(c, at + 1));
}

sw_t host_load_block(struct host *h, const char *aid, const char *domain,
                     struct span block)
{
    uint8_t c[5 + BLOCK_MAX + 1];
    uint8_t number = 0;

    sw_t sw = install_for_load(h, aid, domain);
    while (sw == SW_OK && block.n > 0) {
        size_t n = block.n < BLOCK_MAX ? block.n : BLOCK_MAX;
        bool last = n == block.n;
        const uint8_t head[] = {0x80, 0xE8, last ? 0x80 : 0x00, number++,
                                (uint8_t)n};
        memcpy(c, head, sizeof head);
        memcpy(c + 5, block.p, n);
        c[5 + n] = 0;
        sw = host_send(h, span_of(c, n + 6));
        block = span_of(block.p + n, block.n - n);
    }
    return sw;
}

static size_t put_header(uint8_t *p, size_t n)
{
    p[0] = 0xC4;
    if (n < 0x80) {
        p[1] = (uint8_t)n;
        return 2;
    }
    if (n <= UINT16_MAX) {
        p[1] = 0x82;
        set_u2(p + 2, (uint16_t)n);
        return 4;
    }
    p[1] = 0x83;
    p[2] = (uint8_t)(n >> 16);
    set_u2(p + 3, (uint16_t)n);
    return 5;
}

uint8_t *host_read_cap(const char *path, size_t *n, char aid[33])
{
    struct gp_capfile *cap = NULL;
    struct gp_why why;

    if (gp_capfile_open(path, &cap, &why) != 0)
        return NULL;
    size_t size = gp_capfile_block_size(cap, GP_BLOCK_PLAIN);
    uint8_t *bytes = malloc(size + 5);
    if (bytes == NULL || size >= 1u << 24) {
        free(bytes);
        gp_capfile_free(&cap);
        return NULL;
    }
    size_t head = put_header(bytes, size);
    struct buf out = buf_of(bytes + head, size);
    int failed = gp_capfile_block(cap, GP_BLOCK_PLAIN, &out);
    hex_encode(span_of(cap->package.aid.p, cap->package.aid.n), aid);
    gp_capfile_free(&cap);
    *n = head + out.n;
    if (failed != 0) {
        free(bytes);
        return NULL;
    }
    return bytes;
}

sw_t host_load_cap(struct host *h, const char *path, const char *domain)
{
    char aid[33];
    size_t n;
    uint8_t *block = host_read_cap(path, &n, aid);

    if (block == NULL)
        return 1;
    sw_t sw = host_load_block(h, aid, domain, span_of(block, n));
    free(block);
    return sw;
}

static void add_line(void *ctx, const char *line)
{
    FILE *f = ctx;

    fprintf(f, "%s\n", line);
}

char *host_dump(struct host *h, bool counters)
{
    char *text = NULL;
    size_t n;
    FILE *f = open_memstream(&text, &n);

    if (f == NULL)
        abort();
    card_dump(h->card, counters, add_line, f);
    fclose(f);
    return text;
}

unsigned host_check(struct host *h, char **findings)
{
    size_t n;
    FILE *f = open_memstream(findings, &n);

    if (f == NULL)
        abort();
    unsigned count = card_check(h->card, add_line, f);
    fclose(f);
    return count;
}
