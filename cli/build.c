/* build: Java sources to a CAP file, by way of javac. */
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/convert.h"
#include "cli/java_sources.h"
#include "cli/verbs.h"
#include "toolchain/releases.h"

enum { ERROR_SIZE = 512 };

static const char help[] =
    "postcard build: Java sources to a CAP file\n\n"
    "Usage: postcard build FOLDER --package AID [--applet AID=CLASS]... "
    "[OPTION]...\n\n"
    "Compiles every .java file below FOLDER with javac against the card's "
    "API, then\nconverts the classes.  Without an --applet the package is a "
    "library.\n\n"
    "  --package AID        AID of the package, 5 to 16 bytes\n"
    "  --applet AID=CLASS   an applet: its AID and its class\n"
    "  -o, --output FILE    the CAP file; default: the package's last name\n"
    "  --exp FILE           export file of an imported package; javac sees "
    "its classes\n"
    "  --version M.m        version of the package; default 1.0\n"
    "  --target RELEASE     the Java Card release of the card, as in 3.0.4: "
    "what came\n                       later is refused, its packages are "
    "imported in that\n                       release's versions; default: the "
    "lowest that will do\n"
    "  --format 2.1|2.2|2.3  the CAP format; default: 2.3 for a target from "
    "3.1 "
    "on,\n                       else the lowest that has what is asked for\n"
    "  --debug              write the Debug component\n"
    "  --resource N=FILE    a static resource and its number (format 2.3)\n"
    "  --previous FILE      export file of the package's previous version: its "
    "tokens\n                       are kept, what would break its users is "
    "refused\n"
    "  --int                allow int instructions, for cards that have them\n"
    "  --encoding NAME      of the sources, as javac names it; default: UTF-8\n"
    "  --stubs JAR          the card's API for javac; default: that of the "
    "target,\n                       else of the newest release\n"
    "  --json               say what was made as JSON\n\n"
    "A package that others can import also gets an export file, beside the "
    "CAP file.\n\n"
    "Example:\n"
    "  postcard build applets/wallet --package F0504F535401 \\\n"
    "      --applet F0504F53540101=Wallet -o wallet.cap\n";

struct workplace { /* a folder of our own, for what lies between */
    char folder[64];
    const char *classes;
    const char *imports; /* Java sources of imported packages */
};

static int refused(const char *error)
{
    cli_error("%s", error);
    return EXIT_REFUSED;
}

static int remove_one(const char *path, const struct stat *st, int type,
                      struct FTW *place)
{
    (void)st;
    (void)type;
    (void)place;
    return remove(path);
}

static void close_workplace(struct workplace *w)
{
    enum { FILES_OPEN = 16 };
    nftw(w->folder, remove_one, FILES_OPEN, FTW_DEPTH | FTW_PHYS);
}

static bool open_workplace(struct cli_conversion *c, struct workplace *w)
{
    const char *parent = getenv("TMPDIR");
    int n = snprintf(w->folder, sizeof w->folder, "%s/postcard-XXXXXX",
                     parent == NULL || strlen(parent) > 40 ? "/tmp" : parent);
    if (n < 0 || mkdtemp(w->folder) == NULL) {
        cli_error("no temporary folder: %s", strerror(errno));
        return false;
    }
    w->classes = tc_format(c->arena, "%s/classes", w->folder);
    w->imports = tc_format(c->arena, "%s/imports", w->folder);
    if (mkdir(w->classes, 0700) == 0 && mkdir(w->imports, 0700) == 0)
        return true;
    cli_error("%s: %s", w->folder, strerror(errno));
    close_workplace(w);
    return false;
}

/* The jar of the target's release; the newest has whatever there is. */
static const char *stubs_name(struct cli_conversion *c)
{
    char known[200];
    const char *target = c->options.target;
    if (target == NULL) {
        tc_target_list(known, sizeof known);
        target = strrchr(known, ' ') + 1;
    }
    return tc_format(c->arena, "stubs-%s.jar", target);
}

/* The jars lie where the build put them, or where they were installed. */
static const char *find_stubs(struct cli_conversion *c)
{
    static const char *const places[] = {"apidef", "../apidef", ".",
                                         "../share/postcard"};
    char self[4096];
    if (c->stubs != NULL)
        return c->stubs;
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n <= 0)
        return NULL;
    self[n] = '\0';
    *strrchr(self, '/') = '\0';
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        const char *path =
            tc_format(c->arena, "%s/%s/%s", self, places[i], stubs_name(c));
        if (access(path, R_OK) == 0)
            return path;
    }
    return NULL;
}

static bool write_imports(struct cli_conversion *c, const struct workplace *w)
{
    char error[ERROR_SIZE];
    for (size_t i = 0; i < c->options.export_count; i++) {
        struct tc_java_source *sources = NULL;
        size_t count = 0;
        bool ok = tc_java_sources(&c->exports[i], &sources, &count, error,
                                  sizeof error);
        for (size_t k = 0; ok && k < count; k++) {
            const char *text = sources[k].text;
            ok = tc_file_write(
                tc_format(c->arena, "%s/%s", w->imports, sources[k].path),
                span_of((const uint8_t *)text, strlen(text)), error,
                sizeof error);
        }
        tc_java_sources_free(sources, count);
        if (!ok) {
            cli_error("%s", error);
            return false;
        }
    }
    return true;
}

static char **javac_arguments(struct cli_conversion *c,
                              const struct workplace *w, const char *stubs,
                              const struct tc_paths *sources)
{
    const char *fixed[] = {
        "javac",
        "-source",
        "8",
        "-target",
        "8",
        "-nowarn",
        "-Xlint:-options",
        "-proc:none",
        "-encoding",
        c->encoding == NULL ? "UTF-8" : c->encoding,
        "-g",
        "-implicit:none",
        "-bootclasspath",
        stubs,
        "-classpath",
        w->imports,
        "-sourcepath",
        w->imports,
        "-d",
        w->classes,
    };
    size_t n = sizeof fixed / sizeof fixed[0];
    char **arguments =
        tc_alloc_array(c->arena, n + sources->count + 1, sizeof *arguments);
    for (size_t i = 0; i < n; i++)
        arguments[i] = tc_copy_text(c->arena, fixed[i], strlen(fixed[i]));
    for (size_t i = 0; i < sources->count; i++)
        arguments[n + i] = sources->items[i];
    return arguments;
}

/* Runs it with our standard error as its own. */
static int run_javac(char **arguments)
{
    int status = 0;
    fflush(NULL);
    pid_t child = fork();
    if (child < 0) {
        cli_error("javac cannot be started: %s", strerror(errno));
        return EXIT_REFUSED;
    }
    if (child == 0) {
        execvp(arguments[0], arguments);
        _exit(127);
    }
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return refused("javac was lost");
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        return refused("there is no javac here: install a JDK (Debian: "
                       "default-jdk-headless), or convert class files with "
                       "'postcard convert'");
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return refused("javac refused the sources; packages that they import "
                       "beyond the card's API are given with --exp");
    return EXIT_DONE;
}

static int compile(struct cli_conversion *c, const struct workplace *w)
{
    char error[ERROR_SIZE];
    struct tc_paths sources = {NULL, 0};
    const char *stubs = find_stubs(c);
    if (stubs == NULL || access(stubs, R_OK) != 0)
        return refused(tc_format(c->arena,
                                 "%s, the card's API for javac, is not there; "
                                 "say where with --stubs",
                                 stubs_name(c)));
    if (!tc_files_find(c->arena, c->folder, ".java", &sources, error,
                       sizeof error))
        return refused(error);
    if (sources.count == 0)
        return refused(
            tc_format(c->arena, "%s: there is no .java file", c->folder));
    const char *mixture = cli_java_mixture(c->arena, c->folder, &sources);
    if (mixture != NULL)
        return refused(mixture);
    if (!write_imports(c, w))
        return EXIT_REFUSED;
    return run_javac(javac_arguments(c, w, stubs, &sources));
}

int verb_build(int argc, char **argv)
{
    struct cli_conversion c;
    struct workplace w;
    int status = cli_conversion_parse(argc, argv, "build", help, &c);
    if (status < 0) {
        status = EXIT_REFUSED;
        if (open_workplace(&c, &w)) {
            status = compile(&c, &w);
            if (status == EXIT_DONE)
                status = cli_conversion_run(&c, w.classes);
            close_workplace(&w);
        }
    }
    cli_conversion_end(&c);
    return status;
}
