/* Which release of a platform has a whole set of packages. */
#ifndef TOOLCHAIN_PLATFORMS_H
#define TOOLCHAIN_PLATFORMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether any release of a platform ("JC", "GP") has the package. */
bool tc_platform_has(const char *platform, const char *package);

struct tc_platform_need {
    const char *package; /* "javacard/framework" */
    uint8_t major;
    uint8_t minor; /* at least */
};

/*
 * The first release of a platform that has all of the packages, as "JC
 * 2.2.1"; NULL when none has them all.
 */
const char *tc_platform_with(const char *platform,
                             const struct tc_platform_need *needs,
                             size_t count);

#endif
