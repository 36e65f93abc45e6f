/* lock and unlock: the card's life cycle, and applications. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <gp/content.h>

#include "cli/target.h"
#include "cli/verbs.h"

static const char lock_help[] =
    "postcard lock: lock the card or an application\n\n"
    "Usage: postcard lock [AID] [OPTION]...\n\n"
    "Without AID, the card: it becomes CARD_LOCKED (in the patent's word, "
    "blocked).\n\n"
    "  --to STATE             instead, take the card to this state: "
    "initialized,\n"
    "                         secured, locked, or terminated\n"
    "  --yes                  needed for terminated, which nothing can undo\n"
    "  --with-applications    a security domain and all that belongs to it\n"
    "\nExample:\n"
    "  postcard lock F0504F53540101 --card my.card\n"
    "  postcard lock --to secured --card my.card\n";

static const char unlock_help[] =
    "postcard unlock: unlock the card or an application\n\n"
    "Usage: postcard unlock [AID] [OPTION]...\n\n"
    "Without AID, the card: from CARD_LOCKED back to SECURED.\n\n"
    "  --with-applications    a security domain and all that belongs to it\n"
    "\nExample:\n"
    "  postcard unlock --reader 'Virtual PCD'\n";

enum { TO = 1, WITH_APPLICATIONS, YES };

static const struct option lock_options[] = {
    {"to", required_argument, NULL, TO},
    {"yes", no_argument, NULL, YES},
    {"with-applications", no_argument, NULL, WITH_APPLICATIONS},
    {0},
};

static const struct option unlock_options[] = {
    {"with-applications", no_argument, NULL, WITH_APPLICATIONS},
    {0},
};

struct change {
    struct cli_target target;
    uint8_t card_state;
    uint8_t application_state;
    bool to; /* --to was given */
    bool with_applications;
    bool yes;
    struct gp_aid aid; /* n 0: the card */
};

static int take_state(struct change *c, const char *text)
{
    static const struct {
        const char *name;
        uint8_t state;
    } states[] = {
        {"initialized", GP_CARD_INITIALIZED},
        {"secured", GP_CARD_SECURED},
        {"locked", GP_CARD_LOCKED},
        {"terminated", GP_CARD_TERMINATED},
    };
    c->to = true;
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        if (strcasecmp(text, states[i].name) == 0) {
            c->card_state = states[i].state;
            return EXIT_DONE;
        }
    }
    cli_error("--to takes initialized, secured, locked or terminated");
    return EXIT_USAGE;
}

static int take(void *ctx, int code, const char *argument)
{
    struct change *c = ctx;
    if (code == TO)
        return take_state(c, argument);
    if (code == YES)
        c->yes = true;
    else
        c->with_applications = true;
    return EXIT_DONE;
}

static int send(struct change *c, const char *done)
{
    uint8_t bytes[GP_APDU_SHORT_MAX];
    struct buf command = buf_of(bytes, sizeof bytes);
    enum gp_status_type type = GP_SET_ISD;
    uint8_t state = c->card_state;
    if (c->aid.n > 0) {
        type = c->with_applications ? GP_SET_DOMAIN_AND_APPLICATIONS
                                    : GP_SET_APPLICATION;
        state = c->application_state;
    }
    int result = gp_cmd_set_status(&command, type, state, gp_aid_span(&c->aid));
    if (result == GP_OK)
        result =
            gp_session_command(&c->target.session, buf_span(&command), NULL);
    if (result != GP_OK) {
        struct gp_why why = {{0}};
        cli_refused(&why, result, "SET STATUS");
        return cli_fail(result, &why);
    }
    if (c->aid.n > 0)
        printf("%s\n", done);
    else
        printf("the card is %s (%s)\n", gp_card_state_name(state),
               gp_card_state_patent(state));
    return EXIT_DONE;
}

static int run(struct change *c, int argc, char **argv, const char *done)
{
    if (argc - optind > 1 || (c->to && optind < argc)) {
        cli_error("one AID at most, and none with --to");
        return cli_usage(argv[0]);
    }
    if (optind < argc && cli_aid(argv[0], argv[optind], &c->aid) != EXIT_DONE)
        return EXIT_USAGE;
    if (c->card_state == GP_CARD_TERMINATED && !c->yes) {
        cli_error("a terminated card can never be used again; add --yes");
        return EXIT_USAGE;
    }
    int status = cli_open_session(&c->target);
    if (status == EXIT_DONE)
        status = send(c, done);
    cli_close(&c->target);
    return status;
}

int verb_lock(int argc, char **argv)
{
    struct change c = {.card_state = GP_CARD_LOCKED,
                       .application_state = GP_APPLICATION_LOCKED};
    int status =
        cli_parse(argc, argv, &c.target, lock_help, lock_options, take, &c);
    return status >= 0 ? status : run(&c, argc, argv, "locked");
}

int verb_unlock(int argc, char **argv)
{
    struct change c = {.card_state = GP_CARD_SECURED, .application_state = 0};
    int status =
        cli_parse(argc, argv, &c.target, unlock_help, unlock_options, take, &c);
    return status >= 0 ? status : run(&c, argc, argv, "unlocked");
}
