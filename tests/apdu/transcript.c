/*
 * Proves that the card answers what a transcript says, one transcript a run
 * on a card of its own, over T=1 or over T=0; or on a card that keeps its keys
 * enciphered, which shows in no answer.  Lines:
 *
 *   # words              a comment
 *   profile both [II]    the card has SCP02 keys, too, with i=II (first line)
 *   profile scp01 II     the same with SCP01 in the place of SCP02 (as above)
 *   profile scp11 II     the issuer domain has SCP11 with i=II (as above)
 *   profile tries N      so many authentications may fail in a row (as above)
 *   > HEX                a command, through the session if one is open
 *   raw HEX              a command as it is, beside an open session
 *   again [N]            the last command of a session as it was sent, beside
 *                        it, without the last N bytes of its data
 *   chain HEX            header and data without Lc, sent in pieces by P1
 *   session VV LL [KEY]  INITIALIZE UPDATE, EXTERNAL AUTHENTICATE at level LL
 *   begin VV [KEY]       INITIALIZE UPDATE alone, beside an open session
 *   authenticate LL      EXTERNAL AUTHENTICATE for that, on its channel; what
 *                        it opens is the session then
 *   channel N            sessions are opened on this channel, 0..3
 *   option II            what the host takes SCP02's i for, and SCP01's
 *   implicit AID [KEY]   the next protected command opens SCP02 implicitly
 *   scp11 ID VV POINT [SCALAR]  SCP11 with the card's key ID of version VV,
 *                        whose public key is POINT, and the host's own SCALAR;
 *                        6300 stands for a receipt that is wrong
 *   s16                  sessions of SCP11 have MACs of 16 bytes
 *   close                the host forgets its session
 *   load FILE [DOMAIN]   INSTALL [for load] and LOADs of a CAP file
 *   < PATTERN            what the last of these answered, plain, status word
 *                        included; xx is any byte, .. any number of bytes
 *   because WORDS        the reason that the card gave its port has these
 *   reset                power off and on
 *   contactless          power off, and on without contacts (type A)
 *   contacts             power off, and on as the run began
 *   holds WORDS          a line of the card's content has these
 *   mark / same / other  remember the card's content; it is still so; or not
 *   check                the card is consistent
 *
 *   keep N               two bytes of that answer, from byte N
 *
 * In HEX and PATTERN @@@@ stands for what was kept, and a pair of () or []
 * stands for its content with a length byte in front.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "tests/apdu/host.h"

enum { LINE_MAX_BYTES = 70000, TEXT_MAX_BYTES = 140000 };

struct run {
    struct host host;
    const char *file;
    const char *folder; /* CAP files are named from here */
    unsigned line;
    bool is_open;
    bool both;
    uint8_t scp02_i; /* of the profile; 00: the usual one */
    uint8_t scp01_i; /* in the place of SCP02 */
    uint8_t scp11_i;
    uint8_t tries;
    bool t0;
    bool enciphered;
    sw_t sw;
    char *marked;
    char kept[5]; /* hexadecimal */
    unsigned failures;
    unsigned expectations;
};

static void fail(struct run *r, const char *what, const char *detail)
{
    fprintf(stderr, "%s:%u: %s: %s\n", r->file, r->line, what, detail);
    if (r->host.reason[0] != '\0')
        fprintf(stderr, "    the card said: %s\n", r->host.reason);
    r->failures++;
}

static void start_card(struct run *r)
{
    struct card_profile profile = host_profile(r->both);

    if (r->is_open)
        return;
    r->is_open = true;
    profile.enciphered = r->enciphered;
    profile.tries = r->tries;
    if (r->scp02_i != 0)
        profile.scp02_i = r->scp02_i;
    profile.scp11_i = r->scp11_i;
    if (r->scp01_i != 0) {
        profile.scp02_i = 0;
        profile.scp01_i = r->scp01_i;
    }
    if (!host_open(&r->host, &profile, HOST_MEMORY, "transcript")) {
        fprintf(stderr, "%s: no card\n", r->file);
        exit(2);
    }
    if (r->t0 && host_use_t0(&r->host) != CARD_OK)
        fail(r, "no power-on", "T=0");
}

/* Pattern of pairs: digits, xx, or .. for any number of pairs. */
static bool matches(const char *pattern, const char *text)
{
    while (*pattern != '\0') {
        if (pattern[0] == '.' && pattern[1] == '.') {
            pattern += 2;
            for (; *text != '\0'; text += 2) {
                if (matches(pattern, text))
                    return true;
            }
            return matches(pattern, text);
        }
        if (text[0] == '\0')
            return false;
        bool any = pattern[0] == 'x' && pattern[1] == 'x';
        if (!any && strncmp(pattern, text, 2) != 0)
            return false;
        pattern += 2;
        text += 2;
    }
    return *text == '\0';
}

static void expect(struct run *r, const char *line)
{
    static char text[TEXT_MAX_BYTES], pattern[TEXT_MAX_BYTES];
    uint8_t sw[2];

    r->expectations++;
    if (!host_expand(line, pattern, sizeof pattern))
        fail(r, "bad pattern", line);
    hex_encode(span_of(r->host.response, r->host.n), text);
    set_u2(sw, r->sw);
    hex_encode(span_of(sw, 2), text + strlen(text));
    if (!matches(pattern, text)) {
        fail(r, "expected", pattern);
        fprintf(stderr, "    got %s\n", text);
    }
}

static void open_session(struct run *r, const char *arguments)
{
    unsigned version = 0, level = 0;
    char hex[65] = "";
    uint8_t bytes[32];
    struct buf key = buf_of(bytes, sizeof bytes);

    if (sscanf(arguments, "%x %x %64s", &version, &level, hex) < 2 ||
        hex_decode(hex, strlen(hex), &key, NULL) != ERR_OK) {
        fail(r, "bad session line", arguments);
        return;
    }
    struct span k = buf_span(&key);
    r->sw = host_open_session(&r->host, (uint8_t)version, (uint8_t)level,
                              key.n == 0 ? NULL : &k);
    r->host.n = 0;
}

static void begin_session(struct run *r, const char *arguments)
{
    unsigned version = 0;
    char hex[65] = "";
    uint8_t bytes[32];
    struct buf key = buf_of(bytes, sizeof bytes);

    if (sscanf(arguments, "%x %64s", &version, hex) < 1 ||
        hex_decode(hex, strlen(hex), &key, NULL) != ERR_OK) {
        fail(r, "bad begin line", arguments);
        return;
    }
    struct span k = buf_span(&key);
    r->sw =
        host_begin_session(&r->host, (uint8_t)version, key.n == 0 ? NULL : &k);
    r->host.n = 0;
}

static void open_implicit(struct run *r, const char *arguments)
{
    char aid_hex[33] = "", key_hex[65] = "";
    uint8_t aid_bytes[16], key_bytes[32];
    struct buf aid = buf_of(aid_bytes, sizeof aid_bytes);
    struct buf key = buf_of(key_bytes, sizeof key_bytes);

    if (sscanf(arguments, "%32s %64s", aid_hex, key_hex) < 1 ||
        hex_decode(aid_hex, strlen(aid_hex), &aid, NULL) != ERR_OK ||
        hex_decode(key_hex, strlen(key_hex), &key, NULL) != ERR_OK) {
        fail(r, "bad implicit line", arguments);
        return;
    }
    struct span k = buf_span(&key);
    r->sw =
        host_open_implicit(&r->host, buf_span(&aid), key.n == 0 ? NULL : &k);
    r->host.n = 0;
}

static void open_scp11(struct run *r, const char *arguments)
{
    unsigned id = 0, version = 0;
    char point_hex[300] = "", scalar_hex[150] = "";
    uint8_t point_bytes[150], scalar_bytes[75];
    struct buf point = buf_of(point_bytes, sizeof point_bytes);
    struct buf scalar = buf_of(scalar_bytes, sizeof scalar_bytes);

    if (sscanf(arguments, "%x %x %299s %149s", &id, &version, point_hex,
               scalar_hex) < 3 ||
        hex_decode(point_hex, strlen(point_hex), &point, NULL) != ERR_OK ||
        hex_decode(scalar_hex, strlen(scalar_hex), &scalar, NULL) != ERR_OK) {
        fail(r, "bad scp11 line", arguments);
        return;
    }
    r->sw = host_open_scp11(&r->host, (uint8_t)id, (uint8_t)version,
                            buf_span(&point), buf_span(&scalar));
    r->host.n = 0;
}

static void load(struct run *r, const char *arguments)
{
    char name[256] = "", domain[64] = "", path[1024];

    sscanf(arguments, "%255s %63s", name, domain);
    snprintf(path, sizeof path, "%s/%s", r->folder, name);
    r->sw = host_load_cap(&r->host, path, domain);
    if (r->sw == 1)
        fail(r, "cannot load", path);
}

static void check(struct run *r)
{
    char *findings = NULL;

    r->expectations++;
    if (host_check(&r->host, &findings) != 0)
        fail(r, "inconsistent", findings);
    free(findings);
}

static void compare(struct run *r, bool same)
{
    char *now = host_dump(&r->host, false);

    r->expectations++;
    if (r->marked == NULL || (strcmp(now, r->marked) == 0) != same)
        fail(r, same ? "content changed" : "content did not change", now);
    free(now);
}

static void holds(struct run *r, const char *words)
{
    char *now = host_dump(&r->host, false);

    r->expectations++;
    if (strstr(now, words) == NULL)
        fail(r, "the content has no", words);
    free(now);
}

static void mark(struct run *r)
{
    free(r->marked);
    r->marked = host_dump(&r->host, false);
}

static void command(struct run *r, const char *line, bool raw)
{
    static uint8_t bytes[LINE_MAX_BYTES];
    static char hex[TEXT_MAX_BYTES];
    struct buf b = buf_of(bytes, sizeof bytes);

    if (!host_expand(line, hex, sizeof hex) ||
        hex_decode(hex, strlen(hex), &b, NULL) != ERR_OK)
        fail(r, "not hexadecimal", line);
    else if (raw)
        r->sw = host_raw(&r->host, buf_span(&b));
    else
        r->sw = host_send(&r->host, buf_span(&b));
    if (r->sw == 1)
        fail(r, "secure messaging of the answer is wrong", line);
}

/* Of a short command; what is behind its data goes with them. */
static void again(struct run *r, const char *arguments)
{
    const unsigned long cut = strtoul(arguments, NULL, 10);
    const struct span sent = span_of(r->host.protected, r->host.protected_n);
    uint8_t bytes[5 + 255];
    struct buf b = buf_of(bytes, sizeof bytes);

    if (sent.n < 5 || cut > sent.p[4] ||
        buf_put(&b, sent.p, 5 + sent.p[4] - cut) != ERR_OK) {
        fail(r, "nothing of that length was sent", arguments);
        return;
    }
    bytes[4] = (uint8_t)(sent.p[4] - cut);
    r->sw = host_raw(&r->host, cut == 0 ? sent : buf_span(&b));
}

static void chain(struct run *r, const char *line)
{
    static uint8_t bytes[LINE_MAX_BYTES];
    static char hex[TEXT_MAX_BYTES];
    struct buf b = buf_of(bytes + 3, sizeof bytes - 3);

    if (!host_expand(line, hex, sizeof hex) ||
        hex_decode(hex, strlen(hex), &b, NULL) != ERR_OK || b.n < 5) {
        fail(r, "not hexadecimal", line);
        return;
    }
    memmove(bytes, bytes + 3, 4);
    bytes[4] = 0;
    set_u2(bytes + 5, (uint16_t)(b.n - 4));
    r->sw = host_chain(&r->host, span_of(bytes, b.n + 3));
    if (r->sw == 1)
        fail(r, "secure messaging of the answer is wrong", line);
}

static void reset(struct run *r)
{
    if (host_reset(&r->host) != CARD_OK)
        fail(r, "power-on", "failed");
}

/* T=CL has whole commands and answers, as T=1. */
static void use_medium(struct run *r, bool contacts)
{
    const bool t0 = contacts && r->t0;

    r->host.t0 = t0;
    card_set_protocol(r->host.card, !contacts ? CARD_TYPE_A
                                    : t0      ? CARD_T0
                                              : CARD_T1);
    reset(r);
}

static void keep(struct run *r, const char *text)
{
    const size_t at = (size_t)strtoul(text, NULL, 10);

    if (at + 2 > r->host.n)
        fail(r, "the answer has no such bytes", text);
    else
        snprintf(r->kept, sizeof r->kept, "%02X%02X", r->host.response[at],
                 r->host.response[at + 1]);
}

static void put_kept(const struct run *r, char *line)
{
    char *at = NULL;

    while (r->kept[0] != '\0' && (at = strstr(line, "@@@@")) != NULL)
        memcpy(at, r->kept, 4);
}

static void no_arguments(struct run *r, const char *verb)
{
    if (strcmp(verb, "reset") == 0)
        reset(r);
    else if (strcmp(verb, "contactless") == 0 || strcmp(verb, "contacts") == 0)
        use_medium(r, strcmp(verb, "contacts") == 0);
    else if (strcmp(verb, "s16") == 0)
        r->host.scp11_s16 = true;
    else if (strcmp(verb, "close") == 0)
        scp_close(&r->host.session);
    else if (strcmp(verb, "check") == 0)
        check(r);
    else if (strcmp(verb, "mark") == 0)
        mark(r);
    else if (strcmp(verb, "same") == 0 || strcmp(verb, "other") == 0)
        compare(r, verb[0] == 's');
    else
        fail(r, "no such line", verb);
}

/* What the card is to be, before there is one. */
static void profile_line(struct run *r, const char *text)
{
    const char *value = strchr(text, ' ');
    const uint8_t i = value == NULL ? 0 : (uint8_t)strtoul(value, NULL, 16);

    if (r->is_open)
        fail(r, "the card is there already", text);
    else if (strncmp(text, "both", 4) == 0) {
        r->both = true;
        r->scp02_i = i;
    } else if (strncmp(text, "scp01 ", 6) == 0) {
        r->both = true;
        r->scp01_i = i;
    } else if (strncmp(text, "scp11 ", 6) == 0)
        r->scp11_i = i;
    else if (strncmp(text, "tries ", 6) == 0)
        r->tries = (uint8_t)strtoul(value, NULL, 10);
    else
        fail(r, "no such profile", text);
}

static void execute(struct run *r, char *line)
{
    if (strncmp(line, "profile ", 8) == 0) {
        profile_line(r, line + 8);
        return;
    }
    start_card(r);
    put_kept(r, line);
    char *rest = strchr(line, ' ');
    rest = rest == NULL ? line + strlen(line) : rest + 1;
    if (line[0] == '>')
        command(r, rest, false);
    else if (line[0] == '<')
        expect(r, rest);
    else if (strncmp(line, "raw ", 4) == 0)
        command(r, rest, true);
    else if (strncmp(line, "again", 5) == 0)
        again(r, rest);
    else if (strncmp(line, "chain ", 6) == 0)
        chain(r, rest);
    else if (strncmp(line, "session ", 8) == 0)
        open_session(r, rest);
    else if (strncmp(line, "begin ", 6) == 0)
        begin_session(r, rest);
    else if (strncmp(line, "authenticate ", 13) == 0)
        r->sw = host_authenticate(&r->host, (uint8_t)strtoul(rest, NULL, 16));
    else if (strncmp(line, "channel ", 8) == 0)
        r->host.channel = (uint8_t)strtoul(rest, NULL, 10);
    else if (strncmp(line, "scp11 ", 6) == 0)
        open_scp11(r, rest);
    else if (strncmp(line, "implicit ", 9) == 0)
        open_implicit(r, rest);
    else if (strncmp(line, "option ", 7) == 0)
        r->host.scp02_i = r->host.scp01_i = (uint8_t)strtoul(rest, NULL, 16);
    else if (strncmp(line, "load ", 5) == 0)
        load(r, rest);
    else if (strncmp(line, "keep ", 5) == 0)
        keep(r, rest);
    else if (strncmp(line, "holds ", 6) == 0)
        holds(r, rest);
    else if (strncmp(line, "because ", 8) == 0) {
        r->expectations++;
        if (strstr(r->host.reason, rest) == NULL)
            fail(r, "expected the reason", rest);
    } else
        no_arguments(r, line);
}

static void run_file(struct run *r, FILE *f)
{
    static char line[LINE_MAX_BYTES];

    while (fgets(line, sizeof line, f) != NULL) {
        r->line++;
        line[strcspn(line, "\r\n")] = '\0';
        size_t n = strlen(line);
        while (n > 0 && line[n - 1] == ' ')
            line[--n] = '\0';
        if (n > 0 && line[0] != '#')
            execute(r, line);
    }
}

int main(int argc, char **argv)
{
    static struct run r;

    r.t0 = argc == 4 && strcmp(argv[3], "t0") == 0;
    r.enciphered = argc == 4 && strcmp(argv[3], "enciphered") == 0;
    if (argc != 3 && !r.t0 && !r.enciphered) {
        fprintf(stderr, "usage: transcript FILE CAP-FOLDER [t0|enciphered]\n");
        return 2;
    }
    r.file = argv[1];
    r.folder = argv[2];
    FILE *f = fopen(r.file, "r");
    if (f == NULL) {
        perror(r.file);
        return 2;
    }
    run_file(&r, f);
    fclose(f);
    if (r.is_open)
        check(&r);
    free(r.marked);
    host_close(&r.host);
    printf("%s: %u expectations, %u failed\n", r.file, r.expectations,
           r.failures);
    return r.failures != 0 || r.expectations == 0;
}
