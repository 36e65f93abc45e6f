/*
 * Proves that what a package teaches of a library's open kinds is there with
 * it or not at all, wherever power fails: while it is loaded, and while it is
 * deleted.  After each cut the card is consistent, an heir that takes the
 * parameter as another kind is refused just when the package that passes a
 * short is there, and in the end the card is what it was.
 *
 *   learnt_test FOLDER
 */
#include <stdio.h>
#include <string.h>

#include "tests/attacks/lab.h"

static const char text[] = "= D12 a client teaches the kind of a parameter\n"
                           "package library library\n"
                           "< aload_1\n"
                           "<         arraylength\n"
                           "<         sreturn\n"
                           "> sconst_0\n"
                           ">         sreturn\n"
                           "package attacker attacker\n"
                           "import\n"
                           "    vault: package 1.0 F0504F53C1\n"
                           "pool\n"
                           "    take: VirtualMethodref vault.0 2\n"
                           "code\n"
                           "    aconst_null\n"
                           "    sconst_5\n"
                           "    invokevirtual take\n"
                           "    sreturn\n"
                           "package heir library\n"
                           "< package 1.0 F0504F53C1\n"
                           "> package 1.0 F0504F53C2\n"
                           "< lang: package\n"
                           "> base: package 1.0 F0504F53C1\n"
                           ">     lang: package\n"
                           "< StaticMethodref java/lang/Object.<init>()V\n"
                           "> StaticMethodref base.0.0\n"
                           "< super_class_ref java/lang/Object\n"
                           "> super_class_ref base.0\n"
                           "both A\n";

struct learnt {
    struct lab lab;
    struct attack_file file;
    struct attack_case all;
    struct faults before;
    uint64_t cuts;
    unsigned refused; /* cuts after which the heir was */
    unsigned failed;
};

/* One step; what the card answers. */
static sw_t play(struct learnt *l, const char *words)
{
    static struct attack_case c;

    c = l->all;
    c.steps[0] = (struct attack_step){.words = words};
    c.step_count = 1;
    lab_try(&l->lab, &l->file, &c);
    return l->lab.sw;
}

/* What is there after a cut; the number of things that are wrong. */
static unsigned look(struct learnt *l)
{
    const bool refused = play(l, "load heir") != SW_OK;
    (void)play(l, "delete heir");
    const bool is_there = play(l, "delete attacker") == SW_OK;
    unsigned wrong = refused != is_there;

    if (play(l, "load heir") != SW_OK)
        wrong++; /* what has gone teaches nothing */
    memset(l->lab.loaded, true, sizeof l->lab.loaded);
    l->refused += refused;
    return wrong + lab_compare(&l->lab, &l->file, &l->all);
}

static void cut_everywhere(struct learnt *l, const char *words)
{
    struct faults *faults = &l->lab.host.faults;

    lab_restore(&l->lab, &l->before);
    uint64_t programs = faults->programs;
    (void)play(l, words);
    programs = faults->programs - programs;
    for (uint64_t at = 1; at <= programs; at++) {
        const enum faults_tear tear = (enum faults_tear)(at % FAULTS_TEARS);
        lab_restore(&l->lab, &l->before);
        faults_arm(faults, at, tear, false);
        (void)play(l, words);
        faults_arm(faults, 0, tear, false);
        const unsigned wrong =
            host_reset(&l->lab.host) == CARD_OK ? look(l) : 1;
        if (wrong > 0)
            fprintf(stderr, "%s: power failed at program %llu, tear %d\n",
                    words, (unsigned long long)at, (int)tear);
        l->failed += wrong > 0;
        l->cuts++;
    }
}

int main(int argc, char **argv)
{
    static struct learnt l = {.lab = {.on = true}};

    if (argc != 2)
        return 2;
    attack_open_text(&l.file, argv[1], "learnt", text);
    if (!attack_next(&l.file, &l.all))
        return 2;
    lab_open(&l.lab, argv[1], NULL, 0);
    if (!faults_open(&l.before, l.lab.host.faults.size, 1))
        return 2;
    lab_mark(&l.lab);
    (void)play(&l, "load library");
    lab_save(&l.lab, &l.before);
    cut_everywhere(&l, "load attacker");
    const unsigned learnt = l.refused;
    lab_restore(&l.lab, &l.before);
    (void)play(&l, "load attacker");
    lab_save(&l.lab, &l.before);
    cut_everywhere(&l, "delete attacker");
    printf("%llu cuts: %u times the kinds were learnt, %u times still known\n",
           (unsigned long long)l.cuts, learnt, l.refused - learnt);
    lab_close(&l.lab);
    faults_close(&l.before);
    attack_close(&l.file);
    return l.failed == 0 && learnt > 0 && l.refused > learnt ? 0 : 1;
}
