#include "toolchain/releases.h"

#include <stddef.h>
#include <string.h>

static const struct {
    const char *package;
    uint8_t major;
    uint8_t minor;
    const char *release;
} releases[] = {
#include "releases.inc"
};

const char *tc_release_for(const char *package, uint8_t major, uint8_t minor)
{
    for (size_t i = 0; i < sizeof releases / sizeof releases[0]; i++)
        if (strcmp(releases[i].package, package) == 0 &&
            releases[i].major == major && releases[i].minor >= minor)
            return releases[i].release;
    return NULL;
}
