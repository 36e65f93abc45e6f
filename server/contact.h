/*
 * One contact of a terminal with a card: what the engine remembers of it while
 * it lasts.  Inside the engine only.
 */
#ifndef SERVER_CONTACT_H
#define SERVER_CONTACT_H

#include "server/engine.h"
#include "server/params.h"

/* What an APDU of a script is for. */
enum srv_op {
    OP_SELECT,
    OP_CIN, /* GET DATA 0045 */
    OP_INIT_UPDATE,
    OP_AUTHENTICATE,
    OP_STATUS, /* GET STATUS of scope `scope` */
    OP_WORK,   /* part of step `step` */
    OP_PUT_KEY,
};

/* What must be remembered of a command until its answer comes. */
struct srv_sent {
    uint8_t op;    /* enum srv_op */
    uint8_t scope; /* OP_STATUS: index of inventory.scopes */
    uint8_t page;  /* OP_STATUS: counted from 0 */
    bool wrapped;
    bool step_ends; /* OP_WORK: the step is done with this one */
    const char *step;
    const char *what; /* for messages: "LOAD" */
    struct scp_ticket ticket;
    struct srv_command plain; /* wrapped: before it was */
};

enum srv_channel_state { CHANNEL_NONE, CHANNEL_BEGUN, CHANNEL_OPEN };

/* The secure channel, as far as it has come. */
struct srv_channel {
    enum srv_channel_state state;
    struct gp_aid domain; /* n 0: the issuer's */
    uint8_t kvn_asked;    /* P1 of INITIALIZE UPDATE */
    uint8_t host_challenge[8];
    struct srv_key_id keys; /* that the card proved to have */
    bool parent;            /* these are of the domain above */
    struct scp_init init;
    struct scp_session scp;
};

enum {
    SCOPES = 3,
    INVENTORY_MAX = 512,
    PAGES_MAX = 32,
};

/* What the card said is on it. */
struct srv_inventory {
    bool fresh;            /* nothing was changed since */
    bool no_modules;       /* the card knows no GET STATUS P1 10 */
    uint8_t pages[SCOPES]; /* how many GET STATUS to send for each scope */
    bool complete[SCOPES]; /* the last page was seen */
    size_t count;
    struct gp_status *entries; /* INVENTORY_MAX of them */
    uint8_t scopes[INVENTORY_MAX];
};

/* The steps that are being sent, and how far they are. */
struct srv_work {
    bool active;
    bool discard; /* first delete an instance that is half personalised */
    bool load;
    bool install;
    bool personalize;
    bool selectable;
    bool rest; /* the single command of the other kinds */
    bool load_begun;
    bool personalize_begun;
    unsigned block;    /* next LOAD */
    unsigned item;     /* next STORE DATA */
    struct span items; /* of `secret`, not yet sent */
};

struct srv_contact {
    struct srv_contact *next;
    char session[SRV_ID_SIZE];
    bool once;
    bool stops;
    int64_t seq;
    int64_t used;
    bool identified;
    struct srv_card card;
    char cin[SRV_ID_SIZE]; /* as the card said */
    uint8_t kdd[SRV_KDD_SIZE];
    char refused[240];          /* why this card is not served */
    struct srv_channel channel; /* the answers under way are under it */
    struct srv_channel opening; /* what the script's last SELECT asks for */
    bool open_failed;           /* the card or its keys refused the last ... */
    bool selected;              /* ... the SELECT before was answered 9000 */
    sw_t open_sw;
    struct gp_why open_why;
    struct srv_inventory inventory;

    bool idle;       /* the agent was told to wait */
    unsigned losses; /* scripts in a row whose answers were of no use */
    bool has_deployment;
    bool counted;    /* the attempt, in this contact */
    unsigned rounds; /* scripts of work in this contact */
    struct srv_deployment deployment;
    struct srv_params params;
    struct srv_version version;
    uint8_t *secret; /* opened personalisation data */
    size_t secret_size;
    struct srv_work work;
    struct gp_aid proved_domain; /* whose keys were proved ... */
    struct srv_key_id proved;    /* ... to be these */
    bool has_proved;

    unsigned sent_count; /* commands whose answers are awaited */
    struct srv_sent sent[SRV_COMMANDS_MAX];
    unsigned group_count;
    unsigned group_sizes[SRV_GROUPS_MAX];
    size_t script_bytes;
};

struct srv_engine {
    struct srv_store *store;
    const struct srv_keys *keys;
    const struct crypto_port *crypto;
    struct srv_contact *contacts;
};

/* ---- script.c: filling an Order ---- */

/* Starts an Order of commands. */
void srv_script_begin(struct srv_contact *c, struct srv_order *out);

/* Starts a group; `stop` as in struct srv_group. */
void srv_script_group(struct srv_order *out, bool stop);

/* Whether one more command of any size fits. */
bool srv_script_has_room(const struct srv_contact *c,
                         const struct srv_order *out);

/*
 * Adds `plain` to the last group, as *sent says; through the open channel when
 * sent->wrapped.  GP_ERR_LIMIT when it does not fit.
 */
int srv_script_add(const struct srv_engine *e, struct srv_contact *c,
                   struct srv_order *out, const struct srv_sent *sent,
                   struct span plain);

/* ---- channel.c ---- */

/* Forgets and wipes the channel. */
void srv_channel_drop(struct srv_contact *c);

/* Adds SELECT and INITIALIZE UPDATE of a domain, in a group of its own. */
int srv_channel_begin(const struct srv_engine *e, struct srv_contact *c,
                      struct srv_order *out, const struct gp_aid *domain,
                      uint8_t kvn);

/* Adds EXTERNAL AUTHENTICATE when the channel is begun, not yet open. */
int srv_channel_authenticate(const struct srv_engine *e, struct srv_contact *c,
                             struct srv_order *out);

/*
 * The answer to INITIALIZE UPDATE: finds which of the keys the card may have
 * it really has.  0, and `channel` is begun; GP_ERR_NOT_FOUND when another key
 * version must be asked for (opening.kvn_asked is then that one);
 * GP_ERR_CARD_AUTH when none fits; *why says which were tried.
 */
int srv_channel_match(const struct srv_engine *e, struct srv_contact *c,
                      struct span answer, struct gp_why *why);

/* Whether the channel stands at this domain and is begun or open. */
bool srv_channel_at(const struct srv_contact *c, const struct gp_aid *domain);

/* ---- inventory.c ---- */

/* Forgets what the card said. */
void srv_inventory_clear(struct srv_inventory *inv);

/* Adds the GET STATUS commands to an open issuer channel's script. */
int srv_inventory_ask(const struct srv_engine *e, struct srv_contact *c,
                      struct srv_order *out);

/* One answer; GP_ERR_PROTOCOL, GP_ERR_LIMIT or a status word. */
int srv_inventory_take(struct srv_contact *c, const struct srv_sent *sent,
                       struct span data, sw_t sw);

/* After all answers: fresh if all pages were seen; then to the store. */
int srv_inventory_finish(const struct srv_engine *e, struct srv_contact *c);

/* The entry of this scope with this AID, or NULL. */
const struct gp_status *srv_inventory_find(const struct srv_inventory *inv,
                                           enum gp_scope scope,
                                           const struct gp_aid *aid);

/* ---- plan.c ---- */

enum srv_verdict {
    VERDICT_DONE,   /* the card has it */
    VERDICT_FAILED, /* it cannot be had; *why */
    VERDICT_WORK,   /* c->work says what to send, to c->params.domain */
    VERDICT_PROVE,  /* open a channel to c->params.domain to see its keys */
};

/* What is left of the contact's deployment, by a fresh inventory. */
enum srv_verdict srv_plan(const struct srv_engine *e, struct srv_contact *c,
                          struct gp_why *why);

/* The state of a step of the contact's deployment. */
enum srv_step_state srv_plan_step(const struct srv_contact *c,
                                  const char *name);

/* Sets it, here and in the store. */
int srv_plan_mark(const struct srv_engine *e, struct srv_contact *c,
                  const char *name, enum srv_step_state state, sw_t sw);

/* The security domain in whose session the work is done. */
const struct gp_aid *srv_plan_session(const struct srv_contact *c);

/* ---- work.c ---- */

/*
 * Adds commands of the work until it is all there or the Order is full;
 * work.active says whether something is left.  Marks steps as sent.
 */
int srv_work_fill(const struct srv_engine *e, struct srv_contact *c,
                  struct srv_order *out);

/* ---- answers.c ---- */

/*
 * Takes a Report's answers to the script that was sent.  Afterwards the
 * contact is either where the script was to bring it, or srv_contact_lost.
 * GP_ERR_FILE when the store fails.
 */
int srv_answers_take(const struct srv_engine *e, struct srv_contact *c,
                     const struct srv_report *report);

/* ---- engine.c ---- */

/* Forgets all that a reset of the card, or a lost answer, makes uncertain. */
void srv_contact_lost(struct srv_contact *c);

/* Ends the contact's deployment, with an entry in the audit trail. */
int srv_contact_end(const struct srv_engine *e, struct srv_contact *c,
                    enum srv_state state, sw_t sw, const char *message);

#endif
