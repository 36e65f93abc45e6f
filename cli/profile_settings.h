/* The keys of a profile file and what each takes: a table. */
#ifndef CLI_PROFILE_SETTINGS_H
#define CLI_PROFILE_SETTINGS_H

#include "cli/profile.h"

enum { CLI_SETTINGS = 37 };

/*
 * Puts a value where it belongs; false: it is not what the key takes, and the
 * profile is of no use any more.
 */
typedef bool cli_taker(struct cli_profile *p, const char *value, unsigned at);

struct cli_setting {
    const char *name;
    cli_taker *take;
    const char *takes; /* in words, for who wrote something else */
    unsigned at;       /* place in the production data, of cplc-* */
};

extern const struct cli_setting cli_settings[CLI_SETTINGS];

#endif
