#include "toolchain/platforms.h"

#include <string.h>

static const struct row {
    const char *package;
    uint8_t major;
    uint8_t minor;
    const char *release;
} rows[] = {
#include "releases.inc"
};

enum { COUNT = sizeof rows / sizeof rows[0] };

static bool is_of(const struct row *row, const char *platform)
{
    size_t n = strlen(platform);
    return strncmp(row->release, platform, n) == 0 && row->release[n] == ' ';
}

bool tc_platform_has(const char *platform, const char *package)
{
    for (size_t i = 0; i < COUNT; i++)
        if (is_of(&rows[i], platform) && strcmp(rows[i].package, package) == 0)
            return true;
    return false;
}

static bool has(const char *release, const struct tc_platform_need *need)
{
    for (size_t i = 0; i < COUNT; i++)
        if (strcmp(rows[i].release, release) == 0 &&
            strcmp(rows[i].package, need->package) == 0 &&
            rows[i].major == need->major && rows[i].minor >= need->minor)
            return true;
    return false;
}

static bool has_all(const char *release, const struct tc_platform_need *needs,
                    size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!has(release, &needs[i]))
            return false;
    return true;
}

const char *tc_platform_with(const char *platform,
                             const struct tc_platform_need *needs, size_t count)
{
    for (size_t i = 0; i < COUNT; i++)
        if (is_of(&rows[i], platform) && has_all(rows[i].release, needs, count))
            return rows[i].release;
    return NULL;
}
