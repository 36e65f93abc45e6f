/* Whether a CAP file fits a card, and what it takes of one: by trying it. */
#ifndef CLI_CAP_FIT_H
#define CLI_CAP_FIT_H

#include <stdbool.h>
#include <stddef.h>

#include <card/card.h>
#include <gp/capfile.h>

enum { CLI_PROBLEM_SIZE = 320 };

struct cli_fit {
    bool tried; /* `trial` is filled in */
    struct card_trial trial;
    size_t problem_count; /* 0: it fits */
    char (*problems)[CLI_PROBLEM_SIZE];
};

/*
 * Loads the file and installs its applets on a copy of the card in the image
 * `path`, which stays as it is; needs no key.  Returns EXIT_DONE with *fit
 * filled in (free it with cli_fit_free), or tells why the card cannot be read
 * and returns the status to end with.
 */
int cli_fit_card(const struct gp_capfile *cap, const char *path,
                 struct cli_fit *fit);

/* The same on a new card of 1 MiB in memory. */
int cli_fit_blank(const struct gp_capfile *cap, struct cli_fit *fit);

void cli_fit_free(struct cli_fit *fit);

#endif
