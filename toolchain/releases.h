/* Which release of a platform a package version came with. */
#ifndef TOOLCHAIN_RELEASES_H
#define TOOLCHAIN_RELEASES_H

#include <stdint.h>

/*
 * The first release ("JC 2.2.1", "GP 2.2") whose `package` ("javacard/
 * framework") has this major version and at least this minor one; NULL when
 * none is known.
 */
const char *tc_release_for(const char *package, uint8_t major, uint8_t minor);

#endif
