/* What can be said of Java sources before javac sees them. */
#ifndef CLI_JAVA_SOURCES_H
#define CLI_JAVA_SOURCES_H

#include "toolchain/files.h"

/*
 * The package that a source declares, "org.x.wallet"; "" for none.  Comments
 * in front of the declaration are skipped.  Lives in the arena.
 */
const char *cli_java_package(struct tc_arena *arena, struct span source);

/*
 * A CAP file holds one package [JCVM 4.1.3]: NULL when all the sources are of
 * one, else a sentence that names every package with a file of it, and what
 * to do.  A file that cannot be read is left to javac.
 */
const char *cli_java_mixture(struct tc_arena *arena, const char *folder,
                             const struct tc_paths *sources);

#endif
