/* delete: an application or a package goes. */
#include <stdio.h>

#include <gp/content.h>

#include "cli/target.h"
#include "cli/verbs.h"

static const char help[] =
    "postcard delete AID...: delete applications or packages\n\n"
    "Usage: postcard delete AID... [OPTION]...\n\n"
    "  --related    with a package, delete the applications made from it too\n"
    "\nExample:\n"
    "  postcard delete F0504F535401 --related --card my.card\n";

enum { RELATED = 1 };

static const struct option own[] = {
    {"related", no_argument, NULL, RELATED},
    {0},
};

static int take(void *ctx, int code, const char *argument)
{
    (void)code;
    (void)argument;
    *(bool *)ctx = true;
    return EXIT_DONE;
}

static int delete_one(struct cli_target *t, const char *text, bool related)
{
    struct gp_aid aid;
    struct gp_why why = {{0}};
    if (cli_aid("delete", text, &aid) != EXIT_DONE)
        return EXIT_USAGE;
    int result =
        gp_content_delete(&t->session, gp_aid_span(&aid), related, &why);
    if (result != GP_OK) {
        int status = cli_fail(result, &why);
        if (result == SW_CONDITIONS && !related)
            fprintf(stderr, "  a package goes with the applications made from "
                            "it: --related\n");
        return status;
    }
    printf("deleted %s\n", text);
    return EXIT_DONE;
}

int verb_delete(int argc, char **argv)
{
    struct cli_target t = {0};
    bool related = false;
    int status = cli_parse(argc, argv, &t, help, own, take, &related);
    if (status >= 0)
        return status;
    if (optind == argc) {
        cli_error("an AID is needed");
        return cli_usage(argv[0]);
    }
    for (int i = optind; i < argc; i++) {
        struct gp_aid aid;
        if (cli_aid("delete", argv[i], &aid) != EXIT_DONE)
            return EXIT_USAGE;
    }
    status = cli_open_session(&t);
    for (int i = optind; i < argc && status == EXIT_DONE; i++)
        status = delete_one(&t, argv[i], related);
    cli_close(&t);
    return status;
}
