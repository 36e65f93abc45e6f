/*
 * A card's story on the port: formatted, spoken to through a secure channel,
 * an applet loaded, personalised and used; reset; power cut where the port
 * can; deleted.  The applet is the wallet of applets/, whose balance tells
 * whether memory was kept.
 */
#include "ports/conformance/conformance.h"

#include <string.h>

#include "base/hex.h"
#include "securechannel/scp.h"
#include "wallet_load_file.h"

enum { COMMAND_MAX = 280, BLOCK = 200, CUTS_MAX = 1000 };

#define WALLET "F0504F535401"
#define APPLET "F0504F53540101"
#define SELECT_CARD "00A4040000"
#define SELECT_APPLET "00A4040007" APPLET "00"
#define VERIFY "802000000431323334"
#define FOR_PERSONALIZATION "80E620000D000007" APPLET "000000"
#define KEY "88103D0FA4B855D2A5AA4954B8B5DF582A3A03C35280"

struct talk {
    struct conformance *c;
    struct card_port port; /* the port, without trace where that is tried */
    struct card *card;
    struct scp_session session; /* CLOSED: commands go as they are */
    uint8_t answer[COMMAND_MAX];
    size_t n; /* its data; the status word follows */
};

static const uint8_t test_key[] = {0x40, 0x41, 0x42, 0x43, 0x44, 0x45,
                                   0x46, 0x47, 0x48, 0x49, 0x4A, 0x4B,
                                   0x4C, 0x4D, 0x4E, 0x4F};

static struct card_profile profile_of_story(void)
{
    struct card_profile p = {
        .life_cycle = 0x0F, .scp03_i = 0x70, .key_set_count = 1};
    struct card_key_set *set = &p.key_sets[0];

    set->version = 0x30;
    set->type = 0x88;
    set->length = sizeof test_key;
    memcpy(set->enc, test_key, sizeof test_key);
    memcpy(set->mac, test_key, sizeof test_key);
    memcpy(set->dek, test_key, sizeof test_key);
    return p;
}

/* ---- talking ---- */

/* The status word; 0 when the card is mute. */
static sw_t transmit(struct talk *t, struct span command)
{
    size_t n = card_transmit(t->card, command.p, command.n, t->answer,
                             sizeof t->answer);

    t->n = n < 2 ? 0 : n - 2;
    return n < 2 ? 0 : get_u2(t->answer + t->n);
}

static sw_t send(struct talk *t, struct span command)
{
    uint8_t bytes[COMMAND_MAX];
    struct buf wrapped = buf_of(bytes, sizeof bytes);

    if (t->session.state != SCP_OPEN)
        return transmit(t, command);
    if (scp_wrap_command(&t->session, t->port.crypto, command, &wrapped,
                         NULL) != ERR_OK)
        return 0;
    return transmit(t, buf_span(&wrapped));
}

static sw_t send_hex(struct talk *t, const char *hex)
{
    uint8_t bytes[COMMAND_MAX];
    struct buf b = buf_of(bytes, sizeof bytes);

    if (hex_decode(hex, strlen(hex), &b, NULL) != ERR_OK)
        return 0;
    return send(t, buf_span(&b));
}

static sw_t open_session(struct talk *t)
{
    static const uint8_t update[] = {0x80, 0x50, 0x30, 0, 8, 1, 2,
                                     3,    4,    5,    6, 7, 8, 0};
    uint8_t bytes[SCP_AUTHENTICATE_MAX];
    struct buf authenticate = buf_of(bytes, sizeof bytes);
    struct secret_scp_keys keys = {.length = sizeof test_key};
    struct scp_init init;

    memcpy(keys.enc, test_key, sizeof test_key);
    memcpy(keys.mac, test_key, sizeof test_key);
    memcpy(keys.dek, test_key, sizeof test_key);
    scp_close(&t->session);
    sw_t sw = send_hex(t, SELECT_CARD);
    if (sw == SW_OK)
        sw = transmit(t, span_of(update, sizeof update));
    if (sw != SW_OK)
        return sw;
    if (scp_init_parse(span_of(t->answer, t->n), span_of(update + 5, 8),
                       &init) != ERR_OK ||
        scp_begin(&t->session, t->port.crypto, SCP_HOST, &keys, &init) !=
            ERR_OK ||
        scp_authenticate_make(&t->session, t->port.crypto, SCP_C_MAC,
                              &authenticate) != ERR_OK)
        return 0;
    return transmit(t, buf_span(&authenticate));
}

static sw_t load(struct talk *t)
{
    uint8_t c[5 + BLOCK] = {0x80, 0xE8};
    size_t at = 0;
    sw_t sw = send_hex(t, "80E602000B06" WALLET "0000000000");

    for (uint8_t number = 0; sw == SW_OK && at < sizeof load_file; number++) {
        size_t head = number == 0 ? 4 : 0;
        size_t n = sizeof load_file - at;
        n = n < BLOCK - head ? n : BLOCK - head;
        memcpy(c + 5, "\xC4\x82", 2);
        set_u2(c + 7, (uint16_t)sizeof load_file);
        memcpy(c + 5 + head, load_file + at, n);
        at += n;
        c[2] = at == sizeof load_file ? 0x80 : 0;
        c[3] = number;
        c[4] = (uint8_t)(head + n);
        sw = send(t, span_of(c, 5 + head + n));
    }
    return sw;
}

/* The words one after the other; the first that is not 9000. */
static sw_t send_all(struct talk *t, const char *const *commands, size_t count)
{
    sw_t sw = SW_OK;

    for (size_t i = 0; sw == SW_OK && i < count; i++)
        sw = send_hex(t, commands[i]);
    return sw;
}

static sw_t install(struct talk *t)
{
    static const char *const commands[] = {
        "80E60C001D06" WALLET "07" APPLET "07" APPLET "010002C9000000",
        FOR_PERSONALIZATION,
        "80E28000100102043132333401030603E803E80005",
    };

    sw_t sw = open_session(t);
    if (sw == SW_OK)
        sw = load(t);
    return sw == SW_OK
               ? send_all(t, commands, sizeof commands / sizeof commands[0])
               : sw;
}

static sw_t remove_it(struct talk *t)
{
    sw_t sw = open_session(t);
    return sw == SW_OK ? send_hex(t, "80E40080084F06" WALLET "00") : sw;
}

static sw_t change_keys(struct talk *t)
{
    sw_t sw = open_session(t);
    if (sw == SW_OK)
        sw = send_hex(t, "80D800814331" KEY KEY KEY "00");
    return sw == SW_OK ? send_hex(t, "80E4000003D2013100") : sw;
}

static sw_t credit(struct talk *t)
{
    static const char *const commands[] = {SELECT_APPLET, "802000000431323334",
                                           "80300000020064"};

    scp_close(&t->session);
    return send_all(t, commands, sizeof commands / sizeof commands[0]);
}

/* -1 when it cannot be asked. */
static int32_t balance(struct talk *t)
{
    scp_close(&t->session);
    if (send_hex(t, SELECT_APPLET) != SW_OK ||
        send_hex(t, "8050000000") != SW_OK || t->n != 2)
        return -1;
    return get_u2(t->answer);
}

/* ---- looking ---- */

static void pass_on(void *ctx, const char *line)
{
    struct conformance *c = ctx;
    c->given->report(c->given->ctx, line);
}

static void add_line(void *ctx, const char *line)
{
    uint32_t *sum = ctx;
    for (; *line != '\0'; line++)
        *sum = (*sum ^ (uint8_t)*line) * 16777619u;
}

/* Equal sums: equal content, free memory apart. */
static uint32_t content(struct talk *t)
{
    uint32_t sum = 2166136261u;
    card_dump(t->card, false, add_line, &sum);
    return sum;
}

static bool power_on(struct talk *t)
{
    struct conformance *c = t->c;
    const struct port_conformance *g = c->given;

    scp_close(&t->session);
    card_power_off(t->card);
    if (g->reset != NULL &&
        !conformance_expect(c, g->reset(g->ctx) == 0, "reset fails"))
        return false;
    enum card_status status = card_power_on(t->card);
    if (!conformance_expect_at(c, status == CARD_OK,
                               "the card does not power on: card_status ",
                               (uint32_t)status))
        return false;
    return conformance_expect(c, card_check(t->card, pass_on, c) == 0,
                              "the card's memory contradicts itself");
}

/* ---- the story ---- */

static bool expect_ok(struct talk *t, sw_t sw, const char *sentence)
{
    return conformance_expect_at(t->c, sw == SW_OK, sentence, sw);
}

/* Cut during one purse transaction, at every program: old or new. */
static bool cut_credit(struct talk *t)
{
    const struct port_conformance *g = t->c->given;
    sw_t sw = 0;

    for (unsigned long n = 1; sw != SW_OK && n < CUTS_MAX; n++) {
        int32_t before = balance(t);
        if (!expect_ok(t, send_hex(t, VERIFY), "the PIN is answered with "))
            return false;
        g->cut(g->ctx, n);
        sw = credit(t);
        t->c->result->cuts++;
        if (!power_on(t))
            return false;
        int32_t after = balance(t);
        if (!conformance_expect(
                t->c,
                before >= 0 &&
                    (after == before + 100 || (after == before && sw != SW_OK)),
                "a power cut leaves half of a transaction"))
            return false;
        if (after >= 500 &&
            !(expect_ok(t, remove_it(t), "DELETE is answered with ") &&
              expect_ok(t, install(t), "loading is answered with ")))
            return false;
    }
    return conformance_expect(t->c, sw == SW_OK,
                              "cut lets power go without being asked");
}

/* Cut during a load, at more and more distant programs: there or not. */
static bool cut_load(struct talk *t, uint32_t empty)
{
    const struct port_conformance *g = t->c->given;
    sw_t sw = 0;

    for (unsigned long n = 1; sw != SW_OK; n += 1 + n / 6) {
        g->cut(g->ctx, n);
        sw = install(t);
        t->c->result->cuts++;
        if (!power_on(t) ||
            !expect_ok(t, open_session(t), "a session is answered with "))
            return false;
        sw_t gone = send_hex(t, "80E40080084F06" WALLET "00");
        if (!conformance_expect(
                t->c, (gone == SW_OK || gone == 0x6A88) && content(t) == empty,
                "a power cut leaves half of a load"))
            return false;
    }
    return true;
}

static bool tell_story(struct talk *t)
{
    const struct card_profile profile = profile_of_story();
    const struct port_conformance *g = t->c->given;

    if (!conformance_expect(t->c, card_format(t->card, &profile) == CARD_OK,
                            "card_format fails on this port") ||
        !power_on(t))
        return false;
    const uint32_t empty = content(t);
    bool ok = expect_ok(t, change_keys(t), "PUT KEY is answered with ") &&
              expect_ok(t, install(t), "loading an applet is answered with ") &&
              expect_ok(t, credit(t), "the applet answers ") && power_on(t) &&
              conformance_expect(t->c, balance(t) == 100,
                                 "what an applet wrote is lost in a reset");
    if (ok && g->cut != NULL && g->reset != NULL)
        ok = cut_credit(t);
    ok = ok && expect_ok(t, remove_it(t), "DELETE is answered with ") &&
         power_on(t) &&
         conformance_expect(t->c, content(t) == empty,
                            "what was deleted is still there");
    if (ok && g->cut != NULL && g->reset != NULL)
        ok = cut_load(t, empty);
    return ok;
}

bool conformance_card(struct conformance *c)
{
    struct talk t = {.c = c, .port = *c->port};
    bool ok = true;

    /* with the port's trace, and without one */
    for (int round = 0; round < 2 && ok; round++) {
        if (round == 1)
            t.port.trace = NULL;
        t.card = card_init(c->given->memory, c->given->memory_size, &t.port);
        ok = conformance_expect(c, t.card != NULL, "card_init fails") &&
             tell_story(&t);
        if (t.card != NULL)
            card_power_off(t.card);
    }
    return ok;
}
