/*
 * The verbs of the application server's side, for those who do not call them:
 * HTTP brings some thirty libraries, and loading these takes longer than what
 * most other verbs do.  So they are in postcard-online, which is this program
 * with its own verbs in the place of these, and lies beside it.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/verbs.h"

/* "/usr/bin/postcard" makes "/usr/bin/postcard-online"; 0, or errno is set. */
static int find_program(char path[PATH_MAX])
{
    static const char end[] = "-online";
    const ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - sizeof end);

    if (n < 0)
        return -1;
    memcpy(path + n, end, sizeof end);
    return 0;
}

/* argv[0] is the verb; comes back only when there is no such program. */
static int elsewhere(int argc, char **argv)
{
    char path[PATH_MAX] = "postcard-online";
    char **arguments = calloc((size_t)argc + 2, sizeof *arguments);

    if (arguments != NULL && find_program(path) == 0) {
        arguments[0] = path;
        memcpy(arguments + 1, argv, (size_t)argc * sizeof *argv);
        execv(path, arguments);
    }
    cli_error("cannot start %s: %s", path, strerror(errno));
    free(arguments);
    return EXIT_REFUSED;
}

#define VERB(group, name, function, summary)
#define ONLINE_VERB(group, name, function, summary)                            \
    int function(int argc, char **argv)                                        \
    {                                                                          \
        return elsewhere(argc, argv);                                          \
    }
#include "cli/verbs.def"
