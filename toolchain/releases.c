#include "toolchain/releases.h"

#include <stdio.h>
#include <string.h>

struct row {
    const char *package;
    uint8_t major;
    uint8_t minor;
    const char *release;
};

static const struct row releases[] = {
#include "releases.inc"
};

enum { COUNT = sizeof releases / sizeof releases[0] };

const char *tc_release_for(const char *package, uint8_t major, uint8_t minor)
{
    for (size_t i = 0; i < COUNT; i++)
        if (strcmp(releases[i].package, package) == 0 &&
            releases[i].major == major && releases[i].minor >= minor)
            return releases[i].release;
    return NULL;
}

/* "2.2.1" of "JC 2.2.1"; NULL for a release of another platform. */
static const char *java_card(const struct row *row)
{
    return strncmp(row->release, "JC ", 3) == 0 ? row->release + 3 : NULL;
}

static bool is_of(const struct row *row, const char *target)
{
    return java_card(row) != NULL && strcmp(java_card(row), target) == 0;
}

bool tc_target_known(const char *target)
{
    for (size_t i = 0; i < COUNT; i++)
        if (is_of(&releases[i], target))
            return true;
    return false;
}

void tc_target_list(char *out, size_t size)
{
    const char *last = "";
    size_t n = 0;
    out[0] = '\0';
    for (size_t i = 0; i < COUNT && n < size; i++) {
        if (java_card(&releases[i]) == NULL || is_of(&releases[i], last))
            continue;
        n += (size_t)snprintf(out + n, size - n, "%s%s", n == 0 ? "" : ", ",
                              java_card(&releases[i]));
        last = java_card(&releases[i]);
    }
}

bool tc_target_reaches(const char *target, const char *first)
{
    bool reached = false;
    for (size_t i = 0; i < COUNT; i++) {
        reached |= is_of(&releases[i], first);
        if (is_of(&releases[i], target))
            return reached;
    }
    return false;
}

bool tc_target_version(const char *target, const char *package, uint8_t *major,
                       uint8_t *minor)
{
    for (size_t i = 0; i < COUNT; i++) {
        if (!is_of(&releases[i], target) ||
            strcmp(releases[i].package, package) != 0)
            continue;
        *major = releases[i].major;
        *minor = releases[i].minor;
        return true;
    }
    return false;
}

bool tc_target_decides(const char *package)
{
    for (size_t i = 0; i < COUNT; i++)
        if (java_card(&releases[i]) != NULL &&
            strcmp(releases[i].package, package) == 0)
            return true;
    return false;
}
