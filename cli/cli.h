/*
 * What the verbs of `postcard` share: the table of verbs, the exit statuses
 * and the way errors are told.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

enum cli_exit {
    EXIT_DONE = 0,      /* done */
    EXIT_CARD_SAID = 1, /* the card or the server refused */
    EXIT_USAGE = 2,     /* wrong arguments */
    EXIT_NO_CARD = 3,   /* no card, reader, connection or key; or in use */
    EXIT_REFUSED = 4,   /* refused here: a bad CAP, a verifier's finding */
};

/*
 * A verb: argv[0] is its own name, so getopt_long works as in a program.
 * Returns an enum cli_exit.
 */
typedef int cli_verb(int argc, char **argv);

/* Prints "postcard: ..." and a newline to standard error. */
void cli_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void cli_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints a verb's help to standard output; returns EXIT_DONE. */
int cli_help(const char *text);

/* After a bad option: points at --help; returns EXIT_USAGE. */
int cli_usage(const char *verb);

#endif
