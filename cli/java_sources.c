#include "cli/java_sources.h"

#include <ctype.h>
#include <string.h>

enum { PACKAGES_MAX = 32, ERROR_SIZE = 256 };

static bool starts(struct span s, const char *word)
{
    size_t n = strlen(word);
    return s.n >= n && memcmp(s.p, word, n) == 0;
}

static struct span drop(struct span s, size_t n)
{
    return span_of(s.p + n, s.n - n);
}

static struct span after(struct span s, const char *word)
{
    while (s.n > 0 && !starts(s, word))
        s = drop(s, 1);
    return starts(s, word) ? drop(s, strlen(word)) : s;
}

static struct span skip_space(struct span s)
{
    for (;;) {
        while (s.n > 0 && isspace(s.p[0]))
            s = drop(s, 1);
        if (starts(s, "//"))
            s = after(s, "\n");
        else if (starts(s, "/*"))
            s = after(drop(s, 2), "*/");
        else
            return s;
    }
}

const char *cli_java_package(struct tc_arena *arena, struct span source)
{
    static const char word[] = "package";
    char name[256];
    size_t n = 0;

    struct span s = skip_space(source);
    if (!starts(s, word))
        return "";
    s = skip_space(drop(s, sizeof word - 1));
    for (; s.n > 0 && s.p[0] != ';' && n + 1 < sizeof name; s = drop(s, 1))
        if (!isspace(s.p[0]))
            name[n++] = (char)s.p[0];
    return tc_copy_text(arena, name, n);
}

static const char *shown(const char *package)
{
    return package[0] == '\0' ? "(no package)" : package;
}

const char *cli_java_mixture(struct tc_arena *arena, const char *folder,
                             const struct tc_paths *sources)
{
    const char *packages[PACKAGES_MAX];
    size_t count = 0;
    const char *list = "";

    for (size_t i = 0; i < sources->count && count < PACKAGES_MAX; i++) {
        char error[ERROR_SIZE];
        struct tc_input file;
        bool seen = false;
        if (!tc_file_read(arena, sources->items[i], &file, error, sizeof error))
            return NULL;
        const char *package = cli_java_package(arena, file.bytes);
        for (size_t k = 0; k < count; k++)
            seen = seen || strcmp(packages[k], package) == 0;
        if (seen)
            continue;
        packages[count++] = package;
        list = tc_format(arena, "%s  %s: %s\n", list, shown(package),
                         sources->items[i]);
    }
    if (count < 2)
        return NULL;
    return tc_format(arena,
                     "%s holds %zu packages, and a CAP file holds one:\n%s"
                     "build each from a folder of its own, libraries first, "
                     "and hand their export files on with --exp",
                     folder, count, list);
}
