#include "cli/cli.h"

#include <getopt.h>
#include <stdio.h>

#include "cli/card_file.h"

static const char help[] =
    "Usage: postcard card check FILE [--dump] [--counters]\n"
    "Proves a card image consistent, and prints what is wrong with it.\n\n"
    "  --dump      also print the card's content as stable lines: equal dumps\n"
    "              mean equal content\n"
    "  --counters  with sequence counters and free memory in the dump\n"
    "\nExample:\n"
    "  postcard card check my.card --dump\n";

static void print_line(void *ctx, const char *line)
{
    fprintf(ctx, "%s\n", line);
}

static int check(const char *path, bool dump, bool counters)
{
    struct posix_card *card = NULL;
    int status = cli_card_look(path, &card);
    if (status != EXIT_DONE)
        return status;

    unsigned findings = card_check(posix_card_card(card), print_line, stdout);
    if (dump)
        card_dump(posix_card_card(card), counters, print_line, stdout);
    posix_card_close(&card);
    if (findings == 0) {
        fprintf(stderr, "%s: consistent\n", path);
        return EXIT_DONE;
    }
    cli_error("%s: %u finding%s", path, findings, findings == 1 ? "" : "s");
    return EXIT_REFUSED;
}

int verb_card_check(int argc, char **argv)
{
    static const struct option long_options[] = {
        {"dump", no_argument, NULL, 'd'},
        {"counters", no_argument, NULL, 'c'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0}};
    bool dump = false;
    bool counters = false;
    int c;

    while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (c == 'h')
            return cli_help(help);
        if (c == '?')
            return cli_usage("card check");
        dump = dump || c == 'd';
        counters = counters || c == 'c';
    }
    if (argc - optind != 1) {
        cli_error("name one card file");
        return cli_usage("card check");
    }
    return check(argv[optind], dump, counters);
}
