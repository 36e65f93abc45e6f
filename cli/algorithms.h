/*
 * The questions to ask of a card, in the order and by the names of JCAlgTest's
 * table; what that does not ask comes last.  Names and numbers are the
 * constants of the API tables.
 */
#ifndef CLI_ALGORITHMS_H
#define CLI_ALGORITHMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CLI_ALGORITHM_SECTION = 160,
    CLI_ALGORITHM_NAME = 128,
    CLI_ALGORITHM_DATA = 4,
};

struct cli_algorithm {
    char section[CLI_ALGORITHM_SECTION]; /* "javacardx.crypto.Cipher" */
    char name[CLI_ALGORITHM_NAME];       /* "ALG_DES_CBC_NOPAD" */
    uint8_t ins;                         /* of the applet, and its data */
    uint8_t data[CLI_ALGORITHM_DATA];
    size_t n;
};

/*
 * Calls `take` for each question, those of a section together.  False as soon
 * as `take` says so.
 */
bool cli_algorithms(bool (*take)(void *ctx, const struct cli_algorithm *a),
                    void *ctx);

/*
 * The name of a constant of a class ("javacard/security/CryptoException") by
 * its value; NULL when no constant has it.
 */
const char *cli_constant_name(const char *class, int16_t value);

#endif
