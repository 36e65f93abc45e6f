/* The verbs, as main.c's table declares them. */
#ifndef CLI_VERBS_H
#define CLI_VERBS_H

#include "cli/cli.h"

#define VERB(group, name, function, summary) cli_verb function;
#include "cli/verbs.def"
#undef VERB

#endif
