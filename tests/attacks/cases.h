/*
 * Attacks as data.  A file of cases has, for each:
 *
 *   = A1 title in words      group and number of a known attack;
 *                            "-" for what is no attack and must work
 *   package NAME FILE        a package made of FILE.captext, with the edits
 *                            below; left out: "package attacker attacker"
 *   import, pool, class,     the indented lines that follow are put where the
 *   method, code, file       package's text says //+import ...
 *                            ("times N HEX" among them: raw bytes, N times)
 *   @ words                  where to look from
 *   < old                    what stands there; a second < line continues it
 *   > new                    what stands there instead
 *   ! Component at XX..      bytes put into the info after assembling
 *   each FROM TO [STEP]      right behind the title: a case for each of these
 *                            hexadecimal numbers, which "$" stands for
 *   on OUTCOME               what the card does that verifies on loading
 *   off OUTCOME              what the card does that tags every cell instead
 *   both OUTCOME
 *   story                    steps of its own, see lab.h; outcomes that follow
 *                            are those of the step before them
 *
 * Without a story the packages are loaded and installed, and the last one is
 * sent 0001000000.  A line that begins with # is a comment.
 */
#ifndef ATTACKS_CASES_H
#define ATTACKS_CASES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"
#include "toolchain/arena.h"

enum { ATTACK_PACKAGES = 6, ATTACK_STEPS = 96, ATTACK_PATCHES = 8 };

struct attack_patch {
    const char *component;
    unsigned at;
    const char *hex;
};

struct attack_package {
    const char *name;
    char *text; /* edited */
    struct attack_patch patches[ATTACK_PATCHES];
    unsigned patch_count;
};

struct attack_step {
    unsigned line;
    const char *words;       /* verb and argument */
    const char *outcomes[2]; /* off, on; NULL: it works */
};

struct attack_case {
    unsigned line;
    const char *number;
    const char *title;
    struct attack_package packages[ATTACK_PACKAGES];
    unsigned package_count;
    struct attack_step steps[ATTACK_STEPS];
    unsigned step_count;
    const char *outcomes[2]; /* of a case without a story: off, on */
};

struct attack_file {
    struct tc_arena *arena; /* emptied by attack_next */
    const char *folder;
    const char *path;
    char *text;
    const char *rest; /* lines that have not been taken */
    const char *last; /* the one that was taken last */
    unsigned line;
    bool rounds; /* a case is being repeated: */
    unsigned value, to, step;
};

/* Opens FOLDER/NAME.cases; ends the program when it cannot be read. */
void attack_open(struct attack_file *f, const char *folder, const char *name);
/* The same with cases that are in memory; they are copied. */
void attack_open_text(struct attack_file *f, const char *folder,
                      const char *name, const char *text);
void attack_close(struct attack_file *f);

/* The next case, valid until the one after it; false at the end. */
bool attack_next(struct attack_file *f, struct attack_case *c);

/*
 * The package's load file: whole components, as LOAD takes them.  `tag` is
 * that of the Applet component's first AID, empty without one.  Ends the
 * program when the text does not assemble.
 */
struct attack_load_file {
    struct span bytes;
    char package[33]; /* hexadecimal AIDs */
    char applet[33];  /* "" when it has none */
};
struct attack_load_file attack_assemble(struct attack_file *f,
                                        const struct attack_package *p);

#endif
