/* Load files as tests take them apart: components by name, and their order. */
#ifndef TESTS_LOADFILE_H
#define TESTS_LOADFILE_H

#include "cap/cap.h"

/* The order in which tools send components. [JCVM 6.3] */
enum { LOADFILE_COMPONENTS = 12 };
extern const uint8_t loadfile_order[LOADFILE_COMPONENTS];

/* A component's name, by tag; "File" for 0. */
const char *loadfile_name(uint8_t tag);

/*
 * The info of a component, to be changed: `file` is compact and lies in
 * memory that may be written.  NULL when it has none.
 */
uint8_t *loadfile_find(struct span file, const char *name);

#endif
