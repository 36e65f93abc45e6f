/*
 * Proves G6: power fails at a program of a case's story, and the card comes
 * up again, consistent, with the victim's secret as it was and untold, and
 * with nothing left of the attack when its packages have been deleted.
 *
 *   power_test on|off FOLDER GROUP N|all [CAP...]
 *
 * N cuts a case, at places that a seeded generator picks; all: every program
 * once, in one of the ways in which a program can be torn.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/attacks/lab.h"

struct power {
    struct lab lab;
    struct faults saved;
    uint64_t random;
    unsigned cuts;
    unsigned failed;
};

static uint64_t next_random(struct power *p)
{
    p->random ^= p->random << 13;
    p->random ^= p->random >> 7;
    p->random ^= p->random << 17;
    return p->random;
}

static void cut(struct power *p, struct attack_file *f,
                const struct attack_case *c, uint64_t at)
{
    enum faults_tear tear = (enum faults_tear)(next_random(p) % FAULTS_TEARS);
    unsigned wrong = 1;

    lab_restore(&p->lab, &p->saved);
    faults_arm(&p->lab.host.faults, at, tear, false);
    lab_try(&p->lab, f, c);
    faults_arm(&p->lab.host.faults, 0, tear, false);
    if (host_reset(&p->lab.host) == CARD_OK) {
        lab_settle(&p->lab);
        wrong = lab_compare(&p->lab, f, c);
    }
    p->cuts++;
    p->failed += wrong > 0;
    if (wrong > 0)
        fprintf(stderr, "    power failed at program %llu, tear %d\n",
                (unsigned long long)at, (int)tear);
}

/* Programs of the story when power stays. */
static uint64_t count_programs(struct power *p, struct attack_file *f,
                               const struct attack_case *c)
{
    uint64_t before = 0;

    lab_restore(&p->lab, &p->saved);
    before = p->lab.host.faults.programs;
    lab_try(&p->lab, f, c);
    return p->lab.host.faults.programs - before;
}

static void play(struct power *p, struct attack_file *f,
                 const struct attack_case *c, unsigned cuts)
{
    uint64_t programs = count_programs(p, f, c);

    if (cuts == 0) {
        for (uint64_t at = 1; at <= programs; at++)
            cut(p, f, c, at);
        return;
    }
    for (unsigned i = 0; i < cuts && programs > 0; i++)
        cut(p, f, c, 1 + next_random(p) % programs);
}

int main(int argc, char **argv)
{
    static struct power p;
    static struct attack_case c;
    struct attack_file f;

    if (argc < 5)
        return 2;
    p.random = 0x9E3779B97F4A7C15u;
    p.lab.on = strcmp(argv[1], "on") == 0;
    attack_open(&f, argv[2], argv[3]);
    lab_open(&p.lab, argv[2], argv + 5, (unsigned)argc - 5);
    if (!faults_open(&p.saved, p.lab.host.faults.size, 1))
        return 2;
    lab_save(&p.lab, &p.saved);
    lab_mark(&p.lab);
    while (attack_next(&f, &c))
        play(&p, &f, &c, (unsigned)atoi(argv[4]));
    printf("%s: %u of %u cuts leave what they must\n", argv[3],
           p.cuts - p.failed, p.cuts);
    lab_close(&p.lab);
    faults_close(&p.saved);
    attack_close(&f);
    return p.failed == 0 && p.cuts > 0 ? 0 : 1;
}
