#include "tests/tear/story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"

#define VAULT "F0504F5354A101"
#define PACKAGE "F0504F5354A1"
#define GUEST "F0504F5354A201"
#define ITEMS "F0504F5354A3"
#define GUESTS "F0504F5354A2"
#define DOMAIN "A000000151535042"
/* 00 01 .. 0F, encrypted with 40 41 .. 4F */
#define KEY "88103D0FA4B855D2A5AA4954B8B5DF582A3A03C35280"
#define SELECT_CARD "00A4040000"
#define SELECT_VAULT "00A4040007" VAULT "00"
#define SELECT_DOMAIN "00A4040008" DOMAIN "00"
#define INSTALL_VAULT                                                          \
    "80E60C001D06" PACKAGE "07" VAULT "07" VAULT "010002C9000000"
/* How install() fails: 01 by itself, 02 for want of memory. */
#define INSTALL_FAILING(how)                                                   \
    "80E60C001F06" PACKAGE "07" VAULT "08" VAULT "02010003C901" how "0000"
#define INSTALL_GUEST                                                          \
    "80E60C001D06" GUESTS "07" GUEST "07" GUEST "010002C9000000"
#define INSTALL_SECOND                                                         \
    "80E60C001E06" PACKAGE "07" VAULT "08" VAULT "02010002C9000000"
#define CREATE_DOMAIN                                                          \
    "80E60C002907A000000151535008A00000015153504108" DOMAIN                    \
    "0380400009C907810203708201200000"
#define ISSUER SELECT_CARD " session"
#define AT_VAULT SELECT_CARD " " SELECT_VAULT

const char *story_cap;
sw_t (*story_more_words)(struct host *h, const char *word);

/* The applet's fields: name and bytes, in the order in which it tells them. */
static const struct {
    char name;
    uint8_t size;
} fields[STORY_FIELDS] = {
    {'b', 1}, {'m', 2}, {'h', 2}, {'e', 1}, {'i', 4}, {'j', 4},
    {'a', 1}, {'q', 1}, {'w', 2}, {'v', 4}, {'p', 1}, {'k', 1},
    {'n', 1}, {'s', 1}, {'d', 1}, {'u', 1}, {'x', 4}, {'l', 16},
};

static const char fresh[] =
    "b=00 m=0000 h=0000 e=00 i=00000000 j=00000000 a=00 q=01 w=0000 "
    "v=00000000 p=03 k=00 n=00 s=01 d=00 u=00 x=00000000 "
    "l=00000000000000000000000000000000";

const struct story_step story[] = {
    {"open a secure channel", SELECT_CARD, "session", "", NULL, NULL, 0},
    {"LOAD", ISSUER, "load", "", "package aid=" PACKAGE, NULL, 0},
    {"INSTALL", ISSUER, INSTALL_VAULT, "new", "application aid=" VAULT " ",
     NULL, 0},
    {"INSTALL, refused by the applet", ISSUER, "6A99:" INSTALL_FAILING("01"),
     NULL, NULL, NULL, 0},
    {"INSTALL, memory full", ISSUER, "6A84:" INSTALL_FAILING("02"), NULL, NULL,
     NULL, 0},
    {"SELECT", SELECT_CARD, SELECT_VAULT, "", NULL, NULL, 0},
    {"leave the applet", AT_VAULT, SELECT_CARD, "d=01", NULL, NULL, 0},
    {"single writes", AT_VAULT, "8010110000",
     "b=11|m=1111|h=1111|e=11|i=11111111|j=11111111", NULL, NULL, 0},
    {"arrayCopy", AT_VAULT, "8011220000", "a=22", NULL, NULL, 0},
    {"arrayFill", AT_VAULT, "8011330100", "a=33", NULL, NULL, 0},
    {"setShort", AT_VAULT, "8011330200", "w=3333", NULL, NULL, 0},
    {"setInt", AT_VAULT, "8011440300", "v=44444444", NULL, NULL, 0},
    {"transaction, committed", AT_VAULT, "8020550000",
     "b=55 m=5555 h=5555 e=55 i=55555555 j=55555555 a=55 w=5533 n=01", NULL,
     NULL, 0},
    {"transaction, aborted", AT_VAULT, "8020660100", NULL, NULL, NULL, 0},
    {"transaction, ended by an exception", AT_VAULT, "6985:8020660200", NULL,
     NULL, NULL, 0},
    {"transaction, left open", AT_VAULT, "6F00:8020660300", NULL, NULL, NULL,
     0},
    {"recursion without end", AT_VAULT, "6F00:8070110000", NULL, NULL, NULL, 0},
    {"BUFFER_FULL, committed", AT_VAULT, "8021770000", "b=77 e=77", NULL, NULL,
     0},
    {"BUFFER_FULL, aborted", AT_VAULT, "8021880100", NULL, NULL, NULL, 0},
    {"PIN, wrong", AT_VAULT, "63C2:803000000432323232", "p=02", NULL, NULL,
     STORY_ONCE},
    {"PIN, right", AT_VAULT, "803000000431313131", "p=01|p=03", NULL, NULL,
     STORY_ONCE},
    {"PIN, wrong in a transaction, aborted", AT_VAULT,
     "63C2:803199010432323232", "p=02", NULL, NULL, STORY_ONCE},
    {"PIN, wrong in a transaction, committed", AT_VAULT,
     "63C1:803199000432323232", "p=01|b=99 m=9999", NULL, NULL, STORY_ONCE},
    {"PIN, right in a transaction, aborted", AT_VAULT, "8031AA010431313131",
     "p=00|p=03", NULL, NULL, STORY_ONCE},
    {"PIN, blocked", AT_VAULT,
     "63C2:803000000432323232 63C1:803000000432323232 "
     "63C0:803000000432323232 63C0:803000000431313131",
     "p=02|p=01|p=00", NULL, NULL, STORY_ONCE},
    {"PIN, resetAndUnblock", AT_VAULT, "8033000000", "p=03", NULL, NULL, 0},
    {"PIN, update", AT_VAULT, "80320000083132333435363738", "", NULL, NULL, 0},
    {"PIN, update committed", AT_VAULT, "803200010434343434", "b=9A", NULL,
     NULL, 0},
    {"PIN, update aborted", AT_VAULT, "803200020435353535", NULL, NULL, NULL,
     0},
    {"PIN, updated", AT_VAULT, "803000000434343434", "p=02|p=03", NULL, NULL,
     STORY_ONCE},
    {"key generation", AT_VAULT, "8040000000", "k=01", NULL, NULL, 0},
    {"key generation again", AT_VAULT, "8040000000", "", NULL, NULL, 0},
    {"new objects", AT_VAULT, "8050010000", "|||n=02", NULL, NULL, 0},
    {"object deletion of a list", AT_VAULT, "8051000000", "n=00", NULL, NULL,
     STORY_LITTER},
    {"object deletion of a cycle", AT_VAULT, "8052000000", "|", NULL, NULL,
     STORY_LITTER},
    {"new memory, deleted", AT_VAULT, "8053000000", "", NULL, NULL,
     STORY_LITTER},
    {"new memory, aborted", AT_VAULT, "8053000100", NULL, NULL, NULL, 0},
    {"memory filled, with holes", AT_VAULT, "8054000000", "", NULL, NULL,
     STORY_LITTER | STORY_ONCE},
    {"objects moved together", AT_VAULT, "8054010000", "", NULL, NULL,
     STORY_LITTER | STORY_ONCE},
    {"memory given back", AT_VAULT, "8054020000", "", NULL, NULL,
     STORY_LITTER | STORY_ONCE},
    {"arrayFillNonAtomic", AT_VAULT, "8060BB0000",
     "l=BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB", NULL, NULL, STORY_LOOSE},
    {"mixed writes, committed", AT_VAULT, "8061CC0000",
     "b=CC m=CCCC l=CDCDCDCDCCCDCDCDCDCDCDCDCDCDCDCD", NULL, NULL, STORY_LOOSE},
    {"mixed writes, aborted", AT_VAULT, "8061DD0100",
     "l=DEDEDECDDEDEDEDEDEDEDEDEDEDEDEDE", NULL, NULL, STORY_LOOSE},
    {"STORE DATA to the applet", ISSUER " 80E620000D000007" VAULT "00000000",
     "80E280000401020304", "x=01020304", NULL, NULL, 0},
    {"SET STATUS: lock the applet", ISSUER, "80F0408007" VAULT, "gone",
     "aid=" VAULT " state=87", NULL, 0},
    {"SET STATUS: unlock the applet", ISSUER, "80F0400007" VAULT, "back",
     "aid=" VAULT " state=07", "aid=" VAULT " state=87", 0},
    {"SET STATUS: lock the card", ISSUER, "80F0807F", "gone",
     "card state=CARD_LOCKED", NULL, 0},
    {"SET STATUS: unlock the card", "6283:" ISSUER, "80F0800F", "back", NULL,
     "card state=CARD_LOCKED", 0},
    {"STORE DATA", ISSUER, "80E290000A42034200024503450003", "",
     "tag=0042 value=420002", NULL, 0},
    {"PUT KEY: add", ISSUER, "80D800814331" KEY KEY KEY "00", "",
     "version=31 id=01", NULL, 0},
    {"PUT KEY: replace", ISSUER, "80D831814332" KEY KEY KEY "00", "",
     "version=32 id=01", "version=31 id=01", 0},
    {"DELETE: keys", ISSUER, "80E4000003D2013200", "", NULL, "version=32 id=01",
     0},
    {"INSTALL: a domain", ISSUER, CREATE_DOMAIN, "", "domain aid=" DOMAIN, NULL,
     0},
    {"PUT KEY: of the domain", SELECT_DOMAIN " session",
     "80D800814331" KEY KEY KEY "00", "", "key domain=" DOMAIN, NULL, 0},
    {"STORE DATA of the domain", SELECT_DOMAIN " own-session",
     "80E290000A42034200024503450003", "", "data domain=" DOMAIN, NULL, 0},
    {"extradition", ISSUER, "80E610001508" DOMAIN "0007" VAULT "00000000", "",
     "privileges=000000 domain=" DOMAIN, NULL, 0},
    {"extradition back", SELECT_DOMAIN " own-session",
     "80E610001508A0000001510000000007" VAULT "00000000", "", NULL,
     "privileges=000000 domain=" DOMAIN, 0},
    {"DELETE: a domain", ISSUER, "80E400000A4F08" DOMAIN "00", "", NULL,
     "domain aid=" DOMAIN, 0},
    {"LOAD: a library", ISSUER, "load-items", "", "package aid=" ITEMS, NULL,
     0},
    {"LOAD: an importer", ISSUER, "load-guest", "", "package aid=" GUESTS, NULL,
     0},
    {"INSTALL: of the importer", ISSUER, INSTALL_GUEST, "",
     "application aid=" GUEST, NULL, 0},
    {"DELETE: the library, refused", ISSUER, "6985:80E40000084F06" ITEMS "00",
     NULL, NULL, NULL, 0},
    {"DELETE: the importer and its applet", ISSUER,
     "80E40080084F06" GUESTS "00", "", NULL, "package aid=" GUESTS, 0},
    {"DELETE: the library", ISSUER, "80E40000084F06" ITEMS "00", "", NULL,
     "package aid=" ITEMS, 0},
    {"INSTALL: a second instance", ISSUER, INSTALL_SECOND, "",
     "application aid=" VAULT "02", NULL, 0},
    {"DELETE: the second instance", ISSUER, "80E400000A4F08" VAULT "0200",
     "u=01|", NULL, "application aid=" VAULT "02", 0},
    {"DELETE: the applet", ISSUER, "80E40000094F07" VAULT "00", "u=02|gone",
     NULL, "application aid=" VAULT, 0},
    {"INSTALL again", ISSUER, INSTALL_VAULT, "new u=02 h=5555",
     "application aid=" VAULT, NULL, 0},
    {"DELETE: applet and package", ISSUER, "80E40080084F06" PACKAGE "00",
     "u=03|gone", NULL, "package aid=" PACKAGE, 0},
    {"LOAD again", ISSUER, "load", "", "package aid=" PACKAGE, NULL, 0},
    {"DELETE: the package", ISSUER, "80E40000084F06" PACKAGE "00", "", NULL,
     "package aid=" PACKAGE, 0},
};
const size_t story_length = sizeof story / sizeof story[0];

/* ---- doing ---- */

/* Other load files stand beside the applet's. */
static sw_t load_other(struct host *h, const char *name)
{
    const char *slash = strrchr(story_cap, '/');
    char path[512];

    snprintf(path, sizeof path, "%.*stear-%s.cap",
             slash == NULL ? 0 : (int)(slash + 1 - story_cap), story_cap, name);
    return host_load_cap(h, path, "");
}

static sw_t do_word(struct host *h, const char *word)
{
    static const uint8_t counting[] = {0, 1, 2,  3,  4,  5,  6,  7,
                                       8, 9, 10, 11, 12, 13, 14, 15};
    const struct span key = span_of(counting, sizeof counting);

    if (strcmp(word, "load") == 0)
        return host_load_cap(h, story_cap, "");
    if (strncmp(word, "load-", 5) == 0)
        return load_other(h, word + 5);
    if (strcmp(word, "session") == 0)
        return host_open_session(h, 0, 0x01, NULL);
    if (strcmp(word, "own-session") == 0)
        return host_open_session(h, 0x31, 0x01, &key);
    const sw_t sw = story_more_words != NULL ? story_more_words(h, word) : 0;
    return sw != 0 ? sw : host_hex(h, word);
}

static bool do_words(struct host *h, const char *words, bool quiet)
{
    char text[1024];
    char *rest = NULL;

    snprintf(text, sizeof text, "%s", words == NULL ? "" : words);
    for (char *word = strtok_r(text, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest)) {
        sw_t expected = SW_OK;
        char *colon = strchr(word, ':');
        if (colon == word + 4) {
            expected = (sw_t)strtoul(word, NULL, 16);
            word = colon + 1;
        }
        sw_t sw = do_word(h, word);
        if (sw == expected)
            continue;
        if (!quiet)
            fprintf(stderr, "%s: %04X, not %04X (%s)\n", word, sw, expected,
                    h->reason);
        return false;
    }
    return true;
}

bool story_do(struct host *h, const char *words)
{
    return do_words(h, words, false);
}

bool story_try(struct host *h, const char *words)
{
    return do_words(h, words, true);
}

/* ---- values ---- */

void story_read(struct host *h, struct story_values *v)
{
    size_t at = 0;

    memset(v, 0, sizeof *v);
    v->there =
        host_select(h, VAULT) == SW_OK && host_hex(h, "8000000000") == SW_OK;
    for (size_t i = 0; v->there && i < STORY_FIELDS; i++) {
        if (at + fields[i].size > h->n)
            abort();
        hex_encode(span_of(h->response + at, fields[i].size), v->of[i]);
        at += fields[i].size;
    }
}

static void set(struct story_values *v, const char *word, size_t n)
{
    for (size_t i = 0; i < STORY_FIELDS; i++) {
        if (n < 3 || fields[i].name != word[0])
            continue;
        snprintf(v->of[i], STORY_VALUE_MAX, "%.*s", (int)(n - 2), word + 2);
        return;
    }
    fprintf(stderr, "no such effect: %.*s\n", (int)n, word);
    abort();
}

static void set_all(struct story_values *v, const char *text, size_t length)
{
    for (size_t n; length > 0; text += n, length -= n) {
        n = strcspn(text, " |");
        n = n < length ? n : length;
        if (n == 4 && strncmp(text, "gone", n) == 0)
            v->there = false;
        else if (n == 4 && strncmp(text, "back", n) == 0)
            v->there = true;
        else if (n == 3 && strncmp(text, "new", n) == 0)
            set_all(v, fresh, sizeof fresh - 1);
        else
            set(v, text, n);
        v->there = v->there || strncmp(text, "new", 3) == 0;
        n += n < length;
    }
}

unsigned story_effect_count(const struct story_step *s)
{
    unsigned count = s->effects != NULL;

    for (const char *p = s->effects; p != NULL && *p != '\0'; p++)
        count += *p == '|';
    return count;
}

void story_apply(const struct story_step *s, unsigned i, struct story_values *v)
{
    const char *p = s->effects;

    for (; i > 0; i--)
        p = strchr(p, '|') + 1;
    set_all(v, p, strcspn(p, "|"));
}

bool story_equal(const struct story_values *a, const struct story_values *b,
                 unsigned flags)
{
    if (a->there != b->there || !a->there)
        return a->there == b->there;
    for (size_t i = 0; i < STORY_FIELDS; i++) {
        char name = fields[i].name;
        bool free = name == 's' || name == 'd' ||
                    (name == 'l' && (flags & STORY_LOOSE) != 0);
        if (!free && strcmp(a->of[i], b->of[i]) != 0)
            return false;
    }
    return true;
}

void story_print(const struct story_values *v, char *text, size_t n)
{
    size_t at = 0;

    if (!v->there) {
        snprintf(text, n, "none");
        return;
    }
    for (size_t i = 0; i < STORY_FIELDS && at < n; i++)
        at += (size_t)snprintf(text + at, n - at, "%s%c=%s", i == 0 ? "" : " ",
                               fields[i].name, v->of[i]);
}
