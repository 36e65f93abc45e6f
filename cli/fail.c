#include "cli/target.h"

#include <stdio.h>

#include "cli/cli.h"
#include "ports/posix/posix_transport.h"

/* What a person can do about a status word. */
static const char *advice_card(int sw)
{
    switch (sw) {
    case SW_SECURITY_STATUS:
        return "the command needs a session, a host that is authenticated (as "
               "--scp 11b does not), a higher --level, or a privilege that "
               "the domain lacks";
    case SW_CONDITIONS:
        return "the state forbids it: the AID may exist already, be in use, or "
               "the card or domain is locked; see 'postcard list'";
    case SW_NO_MEMORY:
        return "make room with 'postcard delete'; 'postcard info' shows how "
               "much is free";
    case SW_WRONG_DATA:
        return "the card does not take the data: for a CAP file, a missing "
               "import, a wrong AID or code that its verifier refuses; see "
               "'postcard cap verify'";
    case SW_DATA_NOT_FOUND:
    case SW_FILE_NOT_FOUND:
        return "see what is there with 'postcard list'";
    case SW_FUNCTION_UNSUPPORTED:
        return "if the card is locked, 'postcard unlock' may help";
    case SW_SM_OBJECTS_WRONG:
        return "the channel was cut; run the command again";
    default:
        return NULL;
    }
}

static const char *advice_here(int result)
{
    switch (result) {
    case GP_ERR_NO_READER:
        return "is pcscd running, and the reader named so? A virtual card "
               "needs no reader: --card FILE";
    case GP_ERR_NO_CARD:
        return "give --card FILE, --connect HOST:PORT or --reader NAME";
    case GP_ERR_CONNECT:
        return "'postcard card run FILE --listen HOST:PORT' makes a card "
               "listen";
    case GP_ERR_CARD_AUTH:
        return "give the right --keys, --kvn and --div";
    case GP_ERR_IN_USE:
        return "end the program that has it, or use --connect to reach it";
    default:
        return NULL;
    }
}

static int exit_of(int result)
{
    switch (result) {
    case GP_ERR_NO_READER:
    case GP_ERR_NO_CARD:
    case GP_ERR_CONNECT:
    case GP_ERR_IN_USE:
    case GP_ERR_IO:
    case GP_ERR_KEYS:
    case GP_ERR_FILE:
        return EXIT_NO_CARD;
    case GP_ERR_CARD_AUTH:
    case GP_ERR_RESPONSE_MAC:
    case GP_ERR_PROTOCOL:
        return EXIT_CARD_SAID;
    case GP_ERR_ARGUMENT:
        return EXIT_USAGE;
    default:
        return result > 0 ? EXIT_CARD_SAID : EXIT_REFUSED;
    }
}

void cli_refused(struct gp_why *why, int result, const char *command)
{
    if (result > 0)
        gp_why_set(why, "%s was refused: %04X, %s", command, (unsigned)result,
                   gp_strerr(result));
    else
        gp_why_set(why, "%s: %s", command, gp_strerr(result));
}

static const struct gp_transport *asked;

void cli_fail_card(const struct gp_transport *card)
{
    asked = card;
}

int cli_fail(int result, const struct gp_why *why)
{
    return cli_fail_advised(
        result, why, result > 0 ? advice_card(result) : advice_here(result));
}

int cli_fail_advised(int result, const struct gp_why *why, const char *advice)
{
    bool told = why != NULL && why->text[0] != '\0';
    cli_error("%s", told ? why->text : gp_strerr(result));
    const char *said =
        result > 0 && asked != NULL ? port_posix_card_said(asked) : "";
    if (said[0] != '\0')
        fprintf(stderr, "  the card says why: %s\n", said);
    if (advice != NULL)
        fprintf(stderr, "  %s\n", advice);
    return exit_of(result);
}
