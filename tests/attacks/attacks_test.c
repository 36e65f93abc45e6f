/*
 * Proves that the attacks of one group are stopped: each case of GROUP.cases
 * ends as the case says, on a card that verifies what it loads (on) and on one
 * that does not but tags every cell (off), and leaves the card alive, its
 * content and free memory as they were, and the victim's secret untold.
 *
 *   attacks_test on|off FOLDER GROUP [CAP...]
 *
 * The CAP files' packages are on the card from the beginning.  GROUP A6 has no
 * file: its cases are made of the API's tables.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/attacks/lab.h"
#include "tests/attacks/natives.h"

static void open_cases(struct attack_file *f, const char *folder,
                       const char *group)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = NULL;

    if (strcmp(group, "A6") != 0) {
        attack_open(f, folder, group);
        return;
    }
    out = open_memstream(&text, &n);
    if (out == NULL)
        abort();
    attack_natives(out);
    fclose(out);
    attack_open_text(f, folder, group, text);
    free(text);
}

int main(int argc, char **argv)
{
    static struct lab lab;
    static struct attack_case c;
    struct attack_file f;
    unsigned count = 0;
    unsigned failed = 0;

    if (argc < 4)
        return 2;
    lab.on = strcmp(argv[1], "on") == 0;
    open_cases(&f, argv[2], argv[3]);
    lab_open(&lab, argv[2], argv + 4, (unsigned)argc - 4);
    while (attack_next(&f, &c)) {
        unsigned wrong = lab_play(&lab, &f, &c) + lab_compare(&lab, &f, &c);
        count++;
        failed += wrong > 0;
        if (wrong == 0)
            continue;
        lab_close(&lab);
        lab_open(&lab, argv[2], argv + 4, (unsigned)argc - 4);
    }
    lab_close(&lab);
    attack_close(&f);
    printf("%s: %u of %u cases end as they must\n", argv[3], count - failed,
           count);
    return failed == 0 && count > 0 ? 0 : 1;
}
