/* Which release of a platform a package version came with. */
#ifndef TOOLCHAIN_RELEASES_H
#define TOOLCHAIN_RELEASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The first release ("JC 2.2.1", "GP 2.2") whose `package` ("javacard/
 * framework") has this major version and at least this minor one; NULL when
 * none is known.
 */
const char *tc_release_for(const char *package, uint8_t major, uint8_t minor);

/* Is "2.2.1" a release of Java Card that the tables have? */
bool tc_target_known(const char *target);
/* All of them, oldest first, with commas between: "2.1.1, 2.1.2, ...". */
void tc_target_list(char *out, size_t size);

/* Is `target` the release `first`, or a later one? */
bool tc_target_reaches(const char *target, const char *first);

/*
 * The version of `package` that comes with the Java Card release `target`.
 * False when that release does not have the package.
 */
bool tc_target_version(const char *target, const char *package, uint8_t *major,
                       uint8_t *minor);

/* Does any Java Card release have `package`?  GlobalPlatform's, Visa's and
 * ETSI's packages come to a card by other ways. */
bool tc_target_decides(const char *package);

#endif
