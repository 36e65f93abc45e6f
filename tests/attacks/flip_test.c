/*
 * Proves G5: one bit of a card's persistent memory is another one, and the
 * card refuses to come up, or says what is wrong when it is checked, or is
 * none the worse.  Where a bit of an applet's own data has changed, that data
 * is another and nothing else is: headers, the table of handles, the registry
 * and what the applets are made of are told.  Never does it crash or answer
 * another applet's secret.
 *
 *   flip_test on|off FOLDER STEP CAP...
 *
 * Every STEPth bit of what is used is tried; 1: all.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/attacks/lab.h"

struct flips {
    struct lab lab;
    struct faults saved;
    unsigned tried;
    unsigned refused; /* the card does not come up */
    unsigned found;   /* it comes up, and the check tells */
    unsigned data;    /* an applet's data is another */
    unsigned harmless;
    unsigned wrong;
};

/* Lines of applets' data are what may differ and nobody tells. */
static bool is_data(const char *line)
{
    return strncmp(line, "objects ", 8) == 0;
}

/* Whether nothing but data differs between two contents. */
static bool only_data(const char *a, const char *b)
{
    while (*a != '\0' && *b != '\0') {
        size_t n = strcspn(a, "\n");
        size_t m = strcspn(b, "\n");
        bool same = n == m && strncmp(a, b, n) == 0;
        if (!same && !(is_data(a) && is_data(b)))
            return false;
        a += n + (a[n] == '\n');
        b += m + (b[m] == '\n');
    }
    return *a == *b;
}

static void talk(struct lab *lab)
{
    static const char *const commands[] = {"8001000000", "8008010000",
                                           "8009000000"};

    lab->sw = host_select(&lab->host, "F0504F53B101");
    lab_hear(lab, "00010000105EC2E7D4A7A0B1C36D91F20E8B47C5DA00");
    lab->sw = host_select(&lab->host, "F0504F53D201");
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        lab_hear(lab, commands[i]);
}

static void judge(struct flips *f, uint32_t bit, const char *before)
{
    char *findings = NULL;
    char *now = NULL;

    if (host_reset(&f->lab.host) != CARD_OK) {
        f->refused++;
        return;
    }
    unsigned count = host_check(&f->lab.host, &findings);
    now = host_dump(&f->lab.host, false);
    if (count > 0) {
        f->found++;
    } else if (strcmp(now, before) == 0) {
        f->harmless++;
    } else if (only_data(before, now)) {
        f->data++;
    } else {
        fprintf(stderr, "bit %u of byte %u: nobody tells of\n%s", bit % 8,
                bit / 8, now);
        f->wrong++;
    }
    f->lab.leaked = false;
    talk(&f->lab);
    if (f->lab.leaked) {
        fprintf(stderr, "bit %u of byte %u: the secret is answered\n", bit % 8,
                bit / 8);
        f->wrong++;
    }
    free(findings);
    free(now);
}

static void flip(struct flips *f, uint32_t bit, const char *before)
{
    faults_copy(&f->lab.host.faults, &f->saved);
    f->lab.host.faults.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    f->tried++;
    judge(f, bit, before);
}

int main(int argc, char **argv)
{
    static struct flips f;
    unsigned step = 0;
    uint32_t bits = 0;
    char *before = NULL;

    if (argc < 5)
        return 2;
    f.lab.on = strcmp(argv[1], "on") == 0;
    step = (unsigned)atoi(argv[3]);
    lab_open(&f.lab, argv[2], argv + 4, (unsigned)argc - 4);
    if (step == 0 || !faults_open(&f.saved, f.lab.host.faults.size, 1))
        return 2;
    lab_save(&f.lab, &f.saved);
    before = host_dump(&f.lab.host, false);
    bits = 8 * f.saved.size;
    for (uint32_t bit = 0; bit < bits; bit += step) {
        /* of free memory, which is zero, one bit in a hundred */
        uint32_t at = bit / 8 & ~7u;
        bool empty = get_u4(f.saved.bytes + at) == 0 &&
                     get_u4(f.saved.bytes + at + 4) == 0;
        if (!empty || bit / step % 100 == 0)
            flip(&f, bit, before);
    }
    printf("%u bits: %u refused at power-on, %u told by the check, %u of "
           "applets' data, %u harmless, %u wrong\n",
           f.tried, f.refused, f.found, f.data, f.harmless, f.wrong);
    free(before);
    lab_close(&f.lab);
    faults_close(&f.saved);
    return f.wrong == 0 && f.tried > 0 ? 0 : 1;
}
