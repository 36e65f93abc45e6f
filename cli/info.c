/* info: the card's own data, its state, keys and memory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gp/content.h>
#include <jansson.h>

#include "base/hex.h"
#include "base/tlv.h"
#include "cli/target.h"
#include "cli/verbs.h"
#include "securechannel/scp11.h"

static const char help[] =
    "postcard info: the card's data and keys\n\n"
    "Usage: postcard info [--no-session] [OPTION]...\n\n"
    "Shows the answer to reset, identification data, protocols, keys, memory "
    "and, over\na secure channel, the card's life cycle state, in today's "
    "words and in those of\nthe patent: SECURED (load secured).\n\n"
    "  --no-session    only what needs no key\n"
    "\nExample:\n"
    "  postcard info --card my.card\n";

enum { NO_SESSION = 1, TEXT_MAX = 2 * 256 + 1 };

static const struct option own[] = {
    {"no-session", no_argument, NULL, NO_SESSION},
    {0},
};

struct report {
    json_t *all; /* the JSON object, also without --json */
    bool show;   /* print lines as well */
};

static void put(struct report *r, const char *key, const char *label,
                const char *text)
{
    json_object_set_new(r->all, key, json_string(text));
    if (r->show)
        printf("%-22s %s\n", label, text);
}

static void put_hex(struct report *r, const char *key, const char *label,
                    struct span s)
{
    char text[TEXT_MAX];
    if (s.n > 256)
        s.n = 256;
    hex_encode(s, text);
    put(r, key, label, text);
}

static void put_number(struct report *r, const char *key, const char *label,
                       struct span s)
{
    unsigned long long v = 0;
    for (size_t i = 0; i < s.n && i < 8; i++)
        v = v << 8 | s.p[i];
    json_object_set_new(r->all, key, json_integer((json_int_t)v));
    if (r->show)
        printf("%-22s %llu\n", label, v);
}

/* One GET DATA; false when the card has no such data. */
static bool get_data(struct cli_target *t, uint16_t tag, struct buf *answer)
{
    uint8_t bytes[GP_APDU_SHORT_MAX];
    struct buf command = buf_of(bytes, sizeof bytes);
    return gp_cmd_get_data(&command, tag) == GP_OK &&
           gp_transmit(t->transport, buf_span(&command), answer) == GP_OK &&
           gp_response_sw(answer) == SW_OK;
}

/* The value of a data object, or the answer itself where cards omit the tag. */
static struct span value_of(const struct buf *answer, uint16_t tag)
{
    struct span value;
    struct span data = gp_response_data(answer);
    return tlv_find(data, tag, &value) == ERR_OK ? value : data;
}

static void show_simple(struct cli_target *t, struct report *r,
                        struct buf *answer)
{
    static const struct {
        uint16_t tag;
        const char *key;
        const char *label;
    } items[] = {
        {0x0042, "iin", "issuer (IIN, 42)"},
        {0x0045, "cin", "card image (CIN, 45)"},
        {0x00CF, "diversification", "diversification (CF)"},
        {0x9F7F, "cplc", "production data (9F7F)"},
        {0x00C1, "sequence", "sequence counter (C1)"},
    };
    for (size_t i = 0; i < sizeof items / sizeof items[0]; i++) {
        if (get_data(t, items[i].tag, answer))
            put_hex(r, items[i].key, items[i].label,
                    value_of(answer, items[i].tag));
    }
}

/* Protocols are named by 1.2.840.114283.4.scp.i under tag 64 [GPCS H.2]. */
static void show_recognition(struct cli_target *t, struct report *r,
                             struct buf *answer)
{
    static const uint8_t scheme[] = {0x2A, 0x86, 0x48, 0x86, 0xFC, 0x6B, 0x04};
    json_t *protocols = json_array();
    struct span data;
    if (get_data(t, 0x0066, answer)) {
        data = gp_response_data(answer);
        for (size_t at = 0; at + sizeof scheme + 2 <= data.n; at++) {
            const uint8_t *oid = data.p + at;
            char text[64];
            if (memcmp(oid, scheme, sizeof scheme) != 0)
                continue;
            snprintf(text, sizeof text, "SCP%02X i=%02X", oid[7], oid[8]);
            json_array_append_new(protocols, json_string(text));
            if (r->show)
                printf("%-22s %s\n", "secure channel", text);
        }
    }
    json_object_set_new(r->all, "protocols", protocols);
}

static const char *key_type_name(uint8_t type)
{
    switch (type) {
    case 0x80:
    case 0x82:
        return "DES";
    case 0x85:
        return "TLS-PSK";
    case 0x88:
        return "AES";
    case 0xA0:
    case 0xA1:
        return "RSA";
    case 0xB0:
    case 0xB1:
        return "EC";
    default:
        return "other";
    }
}

static void show_key(void *ctx, const struct gp_key_info *info)
{
    struct report *r = ctx;
    json_t *o = json_object();
    json_object_set_new(o, "kvn", json_integer(info->kvn));
    json_object_set_new(o, "kid", json_integer(info->kid));
    json_object_set_new(o, "type", json_string(key_type_name(info->type)));
    json_object_set_new(o, "bits", json_integer(info->length));
    json_array_append_new(json_object_get(r->all, "keys"), o);
    if (r->show)
        printf("%-22s version %02X, number %02X, %s-%u\n", "key", info->kvn,
               info->kid, key_type_name(info->type), info->length);
}

static void show_keys(struct cli_target *t, struct report *r,
                      struct buf *answer)
{
    json_object_set_new(r->all, "keys", json_array());
    if (get_data(t, 0x00E0, answer) &&
        gp_key_info_parse(gp_response_data(answer), show_key, r) != GP_OK)
        cli_warn("the key information of the card is malformed");
}

static void show_memory(struct cli_target *t, struct report *r,
                        struct buf *answer)
{
    struct span value;
    struct span item;
    if (!get_data(t, 0xFF21, answer))
        return;
    value = value_of(answer, 0xFF21);
    if (tlv_find(value, 0x81, &item) == ERR_OK)
        put_number(r, "applications", "applications", item);
    if (tlv_find(value, 0x82, &item) == ERR_OK)
        put_number(r, "freePersistent", "free memory, bytes", item);
    if (tlv_find(value, 0x83, &item) == ERR_OK)
        put_number(r, "freeTransient", "free transient, bytes", item);
}

static void show_atr(struct cli_target *t, struct report *r)
{
    uint8_t bytes[GP_ATR_MAX];
    struct buf atr = buf_of(bytes, sizeof bytes);
    if (gp_transport_atr(t->transport, &atr) == GP_OK)
        put_hex(r, "atr", "answer to reset", buf_span(&atr));
}

static int select_issuer(struct cli_target *t, struct report *r,
                         struct buf *answer)
{
    uint8_t bytes[GP_APDU_SHORT_MAX];
    struct buf command = buf_of(bytes, sizeof bytes);
    struct span fci;
    struct span aid;
    int result = gp_cmd_select(&command, gp_aid_span(&t->via));
    if (result == GP_OK)
        result = gp_transmit(t->transport, buf_span(&command), answer);
    if (result != GP_OK)
        return cli_fail(result, NULL);
    sw_t sw = gp_response_sw(answer);
    if (sw != SW_OK && sw != SW_WARNING_LOCKED) {
        struct gp_why why = {{0}};
        cli_refused(&why, sw, "SELECT of the domain");
        return cli_fail(sw, &why);
    }
    if (tlv_find(gp_response_data(answer), 0x6F, &fci) == ERR_OK &&
        tlv_find(fci, 0x84, &aid) == ERR_OK)
        put_hex(r, "domain", "security domain", aid);
    return EXIT_DONE;
}

static void show_state(void *ctx, const struct gp_status *e)
{
    struct report *r = ctx;
    char text[64];
    uint8_t state = e->life_cycle[0];
    snprintf(text, sizeof text, "%s (%s)", gp_card_state_name(state),
             gp_card_state_patent(state));
    put(r, "state", "life cycle", text);
}

static void describe_session(const struct cli_target *t, char *text, size_t n)
{
    const struct gp_session *s = &t->session;

    if (t->variant == 0)
        snprintf(text, n, "SCP%02X i=%02X, level %02X, key version %02X",
                 s->scp.protocol, s->scp.i, s->scp.level, s->scp.kvn);
    else
        snprintf(text, n, "SCP11%c i=%02X, level %02X, key version %02X",
                 'a' + (t->variant - SCP11_A) / 2, s->init.i, s->scp.level,
                 s->init.kvn);
}

static int show_session(struct cli_target *t, struct report *r)
{
    struct gp_why why = {{0}};
    char text[64];
    int status = cli_open_session(t);
    if (status != EXIT_DONE)
        return status;
    describe_session(t, text, sizeof text);
    put(r, "channel", "opened", text);
    if (t->via.n > 0)
        return EXIT_DONE;
    if (t->variant == SCP11_B) {
        if (r->show)
            printf("%-22s not told where no host is authenticated\n",
                   "life cycle");
        return EXIT_DONE;
    }
    int result =
        gp_content_list(&t->session, GP_SCOPE_ISD, show_state, r, &why);
    return result == GP_OK ? EXIT_DONE : cli_fail(result, &why);
}

static int show_all(struct cli_target *t, struct report *r, struct buf *answer,
                    bool session)
{
    show_atr(t, r);
    int status = select_issuer(t, r, answer);
    if (status != EXIT_DONE)
        return status;
    show_simple(t, r, answer);
    show_recognition(t, r, answer);
    show_keys(t, r, answer);
    show_memory(t, r, answer);
    return session ? show_session(t, r) : EXIT_DONE;
}

static int take(void *ctx, int code, const char *argument)
{
    (void)code;
    (void)argument;
    *(bool *)ctx = false;
    return EXIT_DONE;
}

int verb_info(int argc, char **argv)
{
    struct cli_target t = {0};
    bool session = true;
    int status = cli_parse(argc, argv, &t, help, own, take, &session);
    if (status >= 0)
        return status;
    if (optind != argc)
        return cli_usage(argv[0]);

    struct report r = {.all = json_object(), .show = !t.json};
    uint8_t *bytes = malloc(GP_RESPONSE_MAX);
    struct buf answer = buf_of(bytes, GP_RESPONSE_MAX);
    status = bytes == NULL ? cli_fail(GP_ERR_MEMORY, NULL) : cli_open(&t);
    if (status == EXIT_DONE)
        status = show_all(&t, &r, &answer, session);
    if (t.json && t.transport != NULL) {
        json_dumpf(r.all, stdout, JSON_INDENT(2));
        putchar('\n');
    }
    json_decref(r.all);
    free(bytes);
    cli_close(&t);
    return status;
}
