#include "cli/profile_settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "cli/card_file.h"

static bool take_bytes(const char *value, uint8_t *out, size_t least,
                       size_t most, uint8_t *length)
{
    struct buf b = buf_of(out, most);

    if (strcspn(value, " :\t") != strlen(value) ||
        hex_decode(value, strlen(value), &b, NULL) != ERR_OK || b.n < least)
        return false;
    *length = (uint8_t)b.n;
    return true;
}

static bool take_byte(const char *value, uint8_t *out)
{
    uint8_t length;

    return take_bytes(value, out, 1, 1, &length);
}

/* One of `count` words; its number. */
static bool take_word(const char *value, const char *const *words,
                      unsigned count, unsigned *number)
{
    for (*number = 0; *number < count; (*number)++) {
        if (strcmp(value, words[*number]) == 0)
            return true;
    }
    return false;
}

static bool take_memory(struct cli_profile *p, const char *value, unsigned at)
{
    (void)at;
    return cli_size(value, &p->memory) && cli_profile_memory_fits(p->memory);
}

static bool take_life_cycle(struct cli_profile *p, const char *value,
                            unsigned at)
{
    static const char *const words[] = {"OP_READY", "INITIALIZED", "SECURED"};
    static const uint8_t states[] = {0x01, 0x07, 0x0F};
    unsigned n;

    (void)at;
    if (!take_word(value, words, 3, &n))
        return false;
    p->card.life_cycle = states[n];
    return true;
}

static bool take_channels(struct cli_profile *p, const char *value, unsigned at)
{
    char *end = NULL;
    unsigned long n = strtoul(value, &end, 10);

    (void)at;
    if (value[0] < '1' || value[0] > '9' || *end != '\0' || n > CARD_CHANNELS)
        return false;
    p->card.channels = n == CARD_CHANNELS ? 0 : (uint8_t)n;
    return true;
}

/* 2.3.1: what the card is without being told. */
static bool take_edition(struct cli_profile *p, const char *value, unsigned at)
{
    uint8_t *e = p->card.edition;
    char rest;

    (void)at;
    memset(e, 0xFF, sizeof p->card.edition);
    if (strcmp(value, "none") == 0)
        return true;
    bool shaped =
        strspn(value, "0123456789.") == strlen(value) &&
        sscanf(value, "%3hhu.%3hhu.%3hhu%c", &e[0], &e[1], &e[2], &rest) == 3;
    if (!shaped || e[0] == 0 || e[0] > 9 || e[1] > 99 || e[2] > 99)
        return false;
    if (strcmp(value, "2.3.1") == 0)
        memset(e, 0, sizeof p->card.edition);
    return true;
}

static bool take_historical(struct cli_profile *p, const char *value,
                            unsigned at)
{
    (void)at;
    p->card.historical_length = 0;
    return strcmp(value, "default") == 0 ||
           take_bytes(value, p->card.historical, 1, sizeof p->card.historical,
                      &p->card.historical_length);
}

static bool take_aid(struct cli_profile *p, const char *value, unsigned at)
{
    (void)at;
    return take_bytes(value, p->card.isd_aid, 5, sizeof p->card.isd_aid,
                      &p->card.isd_aid_length);
}

static bool take_iin(struct cli_profile *p, const char *value, unsigned at)
{
    (void)at;
    return take_bytes(value, p->card.iin, 1, sizeof p->card.iin,
                      &p->card.iin_length);
}

static bool take_cin(struct cli_profile *p, const char *value, unsigned at)
{
    (void)at;
    p->has_cin = strcmp(value, "random") != 0;
    return !p->has_cin || take_bytes(value, p->card.cin, 1, sizeof p->card.cin,
                                     &p->card.cin_length);
}

/* R-ENC with R-MAC alone [Amd D 5.1]. */
static bool take_scp03(struct cli_profile *p, const char *value, unsigned at)
{
    static const uint8_t base[] = {0x00, 0x20, 0x60};
    uint8_t i = 0;

    (void)at;
    p->has_scp03 = strcmp(value, "none") != 0;
    p->card.scp03_i = 0;
    if (!p->has_scp03)
        return true;
    if (!take_byte(value, &i) || memchr(base, i & ~0x11, sizeof base) == NULL)
        return false;
    p->card.scp03_i = i;
    return true;
}

/* Those that the standard names [GPCS E.1.1]. */
static bool take_scp02(struct cli_profile *p, const char *value, unsigned at)
{
    static const uint8_t known[] = {0x04, 0x05, 0x0A, 0x0B, 0x14, 0x15,
                                    0x1A, 0x1B, 0x44, 0x45, 0x54, 0x55};
    uint8_t i = 0;

    (void)at;
    p->card.scp02_i = 0;
    if (strcmp(value, "none") == 0)
        return true;
    if (!take_byte(value, &i) || memchr(known, i, sizeof known) == NULL)
        return false;
    p->card.scp02_i = i;
    return true;
}

/* Of Open Platform, whose protocol it was [GPCS 2.2.1 D.1.1]. */
static bool take_scp01(struct cli_profile *p, const char *value, unsigned at)
{
    uint8_t i = 0;

    (void)at;
    p->card.scp01_i = 0;
    if (strcmp(value, "none") == 0)
        return true;
    if (!take_byte(value, &i) || (i != 0x05 && i != 0x15))
        return false;
    p->card.scp01_i = i;
    return true;
}

/* The variants, one at least; chains of certificates, S16 [Amd F]. */
static bool take_scp11(struct cli_profile *p, const char *value, unsigned at)
{
    enum { VARIANTS = 0x13, OPTIONS = 0x48 };
    uint8_t i = 0;

    (void)at;
    p->card.scp11_i = 0;
    if (strcmp(value, "none") == 0)
        return true;
    if (!take_byte(value, &i) || (i & VARIANTS) == 0 ||
        (i & ~(VARIANTS | OPTIONS)) != 0)
        return false;
    p->card.scp11_i = i;
    return true;
}

static bool is_version(uint8_t version)
{
    return version >= 0x01 && version <= 0x7F;
}

static bool take_version03(struct cli_profile *p, const char *value,
                           unsigned at)
{
    (void)at;
    return take_byte(value, &p->scp03_version) && is_version(p->scp03_version);
}

static bool take_version02(struct cli_profile *p, const char *value,
                           unsigned at)
{
    (void)at;
    return take_byte(value, &p->scp02_version) && is_version(p->scp02_version);
}

static bool take_version01(struct cli_profile *p, const char *value,
                           unsigned at)
{
    (void)at;
    return take_byte(value, &p->scp01_version) && is_version(p->scp01_version);
}

/* In a row, for each domain [GPCS 9.6.7]. */
static bool take_tries(struct cli_profile *p, const char *value, unsigned at)
{
    char *end = NULL;
    unsigned long n = strtoul(value, &end, 10);

    (void)at;
    p->card.tries = 0;
    if (strcmp(value, "any") == 0)
        return true;
    p->card.tries = (uint8_t)n;
    return value[0] >= '1' && value[0] <= '9' && *end == '\0' && n <= 254;
}

static bool take_keys(struct cli_profile *p, const char *value, unsigned at)
{
    static const char *const words[] = {"test", "given"};
    unsigned n;

    (void)at;
    if (!take_word(value, words, 2, &n))
        return false;
    p->keys_given = n == 1;
    return true;
}

static bool take_enciphered(struct cli_profile *p, const char *value,
                            unsigned at)
{
    static const char *const words[] = {"no", "yes"};
    unsigned n;

    (void)at;
    if (!take_word(value, words, 2, &n))
        return false;
    p->card.enciphered = n == 1;
    return true;
}

static bool take_family(const char *word, size_t n, uint16_t *families)
{
    static const struct {
        const char *name;
        uint16_t bit;
    } all[] = {
        {"des", CARD_FAMILY_DES},   {"aes", CARD_FAMILY_AES},
        {"hmac", CARD_FAMILY_HMAC}, {"seed", CARD_FAMILY_SEED},
        {"sm4", CARD_FAMILY_SM4},   {"rsa", CARD_FAMILY_RSA},
        {"dsa", CARD_FAMILY_DSA},   {"dh", CARD_FAMILY_DH},
        {"ec", CARD_FAMILY_EC},     {"xec", CARD_FAMILY_XEC},
        {"all", CARD_FAMILY_ALL},
    };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (strlen(all[i].name) == n && memcmp(all[i].name, word, n) == 0 &&
            (*families & all[i].bit) == 0) {
            *families |= all[i].bit;
            return true;
        }
    }
    return false;
}

static bool take_algorithms(struct cli_profile *p, const char *value,
                            unsigned at)
{
    uint16_t families = 0;

    (void)at;
    if (strcmp(value, "none") == 0) {
        p->card.withheld = CARD_FAMILY_ALL;
        return true;
    }
    while (*value != '\0') {
        size_t n = strcspn(value, " \t");
        if (!take_family(value, n, &families))
            return false;
        value += n;
        value += strspn(value, " \t");
    }
    p->card.withheld = (uint16_t)(CARD_FAMILY_ALL & ~families);
    return true;
}

static bool take_cplc(struct cli_profile *p, const char *value, unsigned at,
                      size_t size)
{
    uint8_t length;

    p->card.has_cplc = true;
    return take_bytes(value, p->card.cplc + at, size, size, &length);
}

static bool take_cplc2(struct cli_profile *p, const char *value, unsigned at)
{
    return take_cplc(p, value, at, 2);
}

static bool take_cplc4(struct cli_profile *p, const char *value, unsigned at)
{
    return take_cplc(p, value, at, 4);
}

static bool take_serial(struct cli_profile *p, const char *value, unsigned at)
{
    p->has_cplc_serial = strcmp(value, "card") != 0;
    return !p->has_cplc_serial || take_cplc4(p, value, at);
}

static unsigned days_of(unsigned year, unsigned month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30,
                                   31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month == 2 && leap ? 29 : days[month - 1];
}

/* The last digit of the year, and the day in it: YDDD in decimal digits. */
static bool take_date(struct cli_profile *p, const char *value, unsigned at)
{
    unsigned year, month, day;
    char text[5];
    char rest;

    if (strlen(value) != 10 || value[4] != '-' || value[7] != '-' ||
        strspn(value, "0123456789-") != 10 ||
        sscanf(value, "%4u-%2u-%2u%c", &year, &month, &day, &rest) != 3 ||
        month < 1 || month > 12 || day < 1 || day > days_of(year, month))
        return false;
    for (unsigned m = 1; m < month; m++)
        day += days_of(year, m);
    snprintf(text, sizeof text, "%u%03u", year % 10, day % 1000);
    return take_cplc2(p, text, at);
}

static const char a_date[] = "a date, YYYY-MM-DD";
static const char two_bytes[] = "2 bytes in hexadecimal";
static const char four_bytes[] = "4 bytes in hexadecimal";
static const char a_version[] = "a key version in hexadecimal, 01 to 7F";

const struct cli_setting cli_settings[CLI_SETTINGS] = {
    {"memory", take_memory, "a size, 64K to 2048M", 0},
    {"life-cycle", take_life_cycle, "OP_READY, INITIALIZED or SECURED", 0},
    {"gp-version", take_edition, "an edition, as 2.3.1, or none", 0},
    {"channels", take_channels, "a number, 1 to 20", 0},
    {"algorithms", take_algorithms,
     "all, none, or each once of des aes hmac seed sm4 rsa dsa dh ec xec", 0},
    {"historical-bytes", take_historical,
     "1 to 15 bytes in hexadecimal, or default", 0},
    {"isd-aid", take_aid, "5 to 16 bytes in hexadecimal", 0},
    {"iin", take_iin, "1 to 16 bytes in hexadecimal", 0},
    {"cin", take_cin, "1 to 16 bytes in hexadecimal, or random", 0},
    {"scp03", take_scp03,
     "parameter i in hexadecimal (00, 10, 20, 30, 60 or 70, with 01 for S16), "
     "or none",
     0},
    {"scp03-key-version", take_version03, a_version, 0},
    {"scp02", take_scp02,
     "parameter i in hexadecimal (04, 05, 0A, 0B, 14, 15, 1A, 1B, 44, 45, 54 "
     "or 55), or none",
     0},
    {"scp02-key-version", take_version02, a_version, 0},
    {"scp01", take_scp01, "parameter i in hexadecimal (05 or 15), or none", 0},
    {"scp01-key-version", take_version01, a_version, 0},
    {"scp11", take_scp11,
     "parameter i in hexadecimal (01 for a, 02 for b, 10 for c, added up, with "
     "08 for chains of certificates, 40 for S16), or none",
     0},
    {"tries", take_tries, "a number, 1 to 254, or any", 0},
    {"keys", take_keys, "test or given", 0},
    {"enciphered", take_enciphered, "yes or no", 0},
    {"cplc-fabricator", take_cplc2, two_bytes, 0},
    {"cplc-ic-type", take_cplc2, two_bytes, 2},
    {"cplc-os-id", take_cplc2, two_bytes, 4},
    {"cplc-os-date", take_date, a_date, 6},
    {"cplc-os-level", take_cplc2, two_bytes, 8},
    {"cplc-fabrication-date", take_date, a_date, 10},
    {"cplc-serial", take_serial, "4 bytes in hexadecimal, or card", 12},
    {"cplc-batch", take_cplc2, two_bytes, 16},
    {"cplc-module-fabricator", take_cplc2, two_bytes, 18},
    {"cplc-module-date", take_date, a_date, 20},
    {"cplc-card-manufacturer", take_cplc2, two_bytes, 22},
    {"cplc-embedding-date", take_date, a_date, 24},
    {"cplc-pre-personalizer", take_cplc2, two_bytes, 26},
    {"cplc-pre-personalization-date", take_date, a_date, 28},
    {"cplc-pre-personalization-equipment", take_cplc4, four_bytes, 30},
    {"cplc-personalizer", take_cplc2, two_bytes, 34},
    {"cplc-personalization-date", take_date, a_date, 36},
    {"cplc-personalization-equipment", take_cplc4, four_bytes, 38},
};
