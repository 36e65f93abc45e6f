/*
 * Profiles: what kind of card `postcard card new` issues, as readable files.
 * docs/profiles.md has the grammar and each key; cli/profiles/ has those that
 * travel in the program.
 */
#ifndef CLI_PROFILE_H
#define CLI_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

#include <card/card.h>

struct cli_profile {
    char name[64]; /* as it was asked for, cut */
    /*
     * All that a file decides.  Key sets, diversification data and random
     * numbers are not in it yet; scp01_i, scp02_i and scp03_i are 0 where there
     * is no such protocol.
     */
    struct card_profile card;
    uint32_t memory;
    bool has_scp03; /* for scp03_i may be 0 */
    uint8_t scp03_version;
    uint8_t scp02_version;
    uint8_t scp01_version;
    bool keys_given; /* must be given: the card is never one of test keys */
    /* In card.cplc; without it, the serial number is the card's own. */
    bool has_cplc_serial;
    bool has_cin;
};

/*
 * The built-in profile of this name, else the one in the file of this path.
 * Tells the error, a file's with path and line, and returns the exit status:
 * 2 no such profile, 3 a file that cannot be read, 4 one that is wrong.
 */
int cli_profile_load(const char *name, struct cli_profile *out);

/* Names and summaries of those that are built in, one a line, to stdout. */
void cli_profile_list(void);

/* Whether the memory of a card may have this size. */
bool cli_profile_memory_fits(uint32_t memory);

#endif
