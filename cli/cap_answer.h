/* What cap info was asked, what it found, and the two ways of showing it. */
#ifndef CLI_CAP_ANSWER_H
#define CLI_CAP_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include <gp/capinfo.h>

#include "base/hex.h"
#include "base/sw.h"
#include "cli/cap_fit.h"

enum { CLI_AID_TEXT = 2 * GP_AID_MAX + 1, CLI_VERSION_TEXT = 8 };

struct cli_cap_answer {
    const char *card; /* --card, or NULL */
    const struct gp_capfile *cap;
    const struct gp_cap_info *info;
    const struct cli_fit *fit;
};

/* Prints it to standard output. */
void cli_cap_answer_json(const struct cli_cap_answer *a);
void cli_cap_answer_text(const struct cli_cap_answer *a);

/* Writes into `text` and returns it. */
static inline const char *cli_aid_text(const struct gp_aid *aid,
                                       char text[CLI_AID_TEXT])
{
    hex_encode(gp_aid_span(aid), text);
    return text;
}

#endif
