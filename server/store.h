/*
 * What the server knows, kept so that killing the process loses nothing that
 * it has told anybody.  This file is the border to the database: SQLite fills
 * it in (store_*.c); nothing above knows SQL.
 *
 * Calls return 0, GP_ERR_NOT_FOUND, GP_ERR_IN_USE (it exists already), or
 * GP_ERR_FILE when the database fails; srv_store_error() then has its words.
 * Everything between srv_store_begin() and srv_store_commit() happens or does
 * not happen.  A store belongs to one thread.
 */
#ifndef SERVER_STORE_H
#define SERVER_STORE_H

#include <stdbool.h>

#include <gp/commands.h>
#include <gp/error.h>
#include <jansson.h>

struct srv_store;

enum {
    SRV_ID_SIZE = 33,      /* hexadecimal text of 16 bytes, and a NUL */
    SRV_NAME_SIZE = 65,    /* names of applications, domains, keys */
    SRV_VERSION_SIZE = 33, /* "1.0.2" */
    SRV_TEXT_SIZE = 240,
    SRV_HASH_SIZE = 32,
    SRV_KDD_SIZE = 10,
};

/* Opens or creates the database at `path` and migrates it. */
int srv_store_open(const char *path, struct srv_store **out,
                   struct gp_why *why);
/* Closes; *store becomes NULL. */
void srv_store_close(struct srv_store **store);

int srv_store_begin(struct srv_store *store);
int srv_store_commit(struct srv_store *store);
/* Undoes what was done since srv_store_begin. */
void srv_store_abort(struct srv_store *store);

/* The database's words about its last failure; never NULL. */
const char *srv_store_error(const struct srv_store *store);

/* The schema's version, as it is in the file. */
int srv_store_version(struct srv_store *store);

/* ---- Catalogue ---- */

enum { SRV_APPLETS_MAX = 16 };

struct srv_version {
    int64_t id;
    char application[SRV_NAME_SIZE];
    char version[SRV_VERSION_SIZE];
    struct gp_aid package;
    uint8_t major; /* of the package */
    uint8_t minor;
    unsigned applet_count;
    struct gp_aid applets[SRV_APPLETS_MAX];
    uint8_t hash[SRV_HASH_SIZE]; /* SHA-256 of the load file data block */
    uint8_t *block;              /* load file data block; owned */
    size_t block_size;
};

/* Frees what a version owns. */
void srv_version_free(struct srv_version *version);

/*
 * Adds a version with its CAP file.  The same version with the same hash is no
 * error (*id is then the old one's); with another hash GP_ERR_IN_USE.
 */
int srv_store_publish(struct srv_store *store, const struct srv_version *in,
                      struct span cap, int64_t *id);

/* A version by name; `version` NULL or "": the one published last. */
int srv_store_version_find(struct srv_store *store, const char *application,
                           const char *version, struct srv_version *out);
int srv_store_version_get(struct srv_store *store, int64_t id,
                          struct srv_version *out);
/* The version published last of the package with this AID. */
int srv_store_version_by_package(struct srv_store *store, struct span package,
                                 struct srv_version *out);

/* All applications with their versions, as the REST interface shows them. */
json_t *srv_store_applications(struct srv_store *store);

/* Names a key set: its master keys and its version on the card. */
struct srv_key_id {
    char name[SRV_NAME_SIZE]; /* "": none */
    uint8_t kvn;
};

/* ---- Cards ---- */

struct srv_card {
    char id[SRV_ID_SIZE]; /* card image number, upper-case hexadecimal */
    uint8_t kdd[SRV_KDD_SIZE];
    bool has_kdd;
    struct srv_key_id keys;      /* of the issuer security domain */
    char blocked[SRV_TEXT_SIZE]; /* why no session is opened; "": open */
};

int srv_store_card_add(struct srv_store *store, const struct srv_card *in);
int srv_store_card_find(struct srv_store *store, const char *id,
                        struct srv_card *out);
/* The card with this key diversification data. */
int srv_store_card_by_kdd(struct srv_store *store, struct span kdd,
                          struct srv_card *out);
/* Sets or clears (with "") why no session is opened with a card. */
int srv_store_card_block(struct srv_store *store, const char *id,
                         const char *why);
/* A card was seen: time, key diversification data. */
int srv_store_card_seen(struct srv_store *store, const char *id,
                        struct span kdd);
json_t *srv_store_cards(struct srv_store *store);
json_t *srv_store_card(struct srv_store *store, const char *id);

/*
 * The key sets of a security domain on a card: the one that last worked, and
 * the one that was being put when the answer was lost.
 */
struct srv_domain_keys {
    struct srv_key_id current;
    struct srv_key_id candidate;
};

/* `aid` empty: the issuer security domain.  Nothing known is no error. */
int srv_store_keys_get(struct srv_store *store, const char *card,
                       struct span aid, struct srv_domain_keys *out);
int srv_store_keys_set(struct srv_store *store, const char *card,
                       struct span aid, const struct srv_domain_keys *in);

/*
 * Replaces what is believed to be on a card by what the card has just said.
 */
int srv_store_content_set(struct srv_store *store, const char *card,
                          const struct gp_status *entries,
                          const uint8_t *scopes, size_t count);
/* {"card", "proved", "content": [...]}; NULL when the card is unknown. */
json_t *srv_store_content(struct srv_store *store, const char *card);

/* ---- Deployments ---- */

enum srv_state { SRV_PENDING, SRV_RUNNING, SRV_DONE, SRV_FAILED };

/* A step's state; SENT: on its way to the card, the answer is not known. */
enum srv_step_state {
    SRV_STEP_PENDING,
    SRV_STEP_SENT,
    SRV_STEP_DONE,
    SRV_STEP_FOUND, /* the card had it before: nothing was to do */
    SRV_STEP_FAILED,
};

/* Names of the states, as the REST interface shows them. */
const char *srv_state_name(enum srv_state state);
const char *srv_step_state_name(enum srv_step_state state);

enum { SRV_STEPS_MAX = 8 };

struct srv_step {
    char name[16];
    enum srv_step_state state;
};

struct srv_deployment {
    int64_t id;
    char card[SRV_ID_SIZE];
    enum srv_state state;
    unsigned attempts; /* contacts in which it was worked on */
    json_t *params;    /* the order; owned */
    uint8_t *secret;   /* sealed personalisation data; owned, may be NULL */
    size_t secret_size;
    unsigned step_count;
    struct srv_step steps[SRV_STEPS_MAX];
};

/* Frees what a deployment owns. */
void srv_deployment_free(struct srv_deployment *d);

/* Adds a pending deployment with its steps; *id is its number. */
int srv_store_deploy(struct srv_store *store, const struct srv_deployment *in,
                     int64_t *id);
/* The oldest deployment of a card that is neither done nor failed. */
int srv_store_next(struct srv_store *store, const char *card,
                   struct srv_deployment *out);
int srv_store_deployment_get(struct srv_store *store, int64_t id,
                             struct srv_deployment *out);
/* Running, and one more attempt. */
int srv_store_deployment_start(struct srv_store *store, int64_t id);
/* Done or failed; `sw` 0: none.  The sealed data are forgotten. */
int srv_store_deployment_end(struct srv_store *store, int64_t id,
                             enum srv_state state, sw_t sw,
                             const char *message);
int srv_store_step_set(struct srv_store *store, int64_t id, const char *name,
                       enum srv_step_state state, sw_t sw);
/* All, newest first (of one card, if `card` is not NULL), or one. */
json_t *srv_store_deployments(struct srv_store *store, const char *card);
json_t *srv_store_deployment(struct srv_store *store, int64_t id);

/* ---- Sessions ---- */

struct srv_session_row {
    char id[SRV_ID_SIZE];
    bool once;  /* stop when there is nothing more to do */
    bool stops; /* the agent knows stopOnSW */
    bool handshaken;
    bool ended;
    int64_t seq; /* of the last Order sent; 0: none */
    char se_type[16];
    char se_id[160];
    char *answer; /* the last Order; owned, may be NULL */
};

/* Frees what a session row owns. */
void srv_session_row_free(struct srv_session_row *row);

int srv_store_session_add(struct srv_store *store, const char *id, bool once);
int srv_store_session_get(struct srv_store *store, const char *id,
                          struct srv_session_row *out);
int srv_store_session_handshake(struct srv_store *store,
                                const struct srv_session_row *in);
/* The next Order: its number and text; `ended` with a stop. */
int srv_store_session_answer(struct srv_store *store, const char *id,
                             int64_t seq, const char *answer, bool ended);
/* Forgets sessions that were last used before `before` (seconds). */
int srv_store_sessions_expire(struct srv_store *store, int64_t before);

/* ---- Audit ---- */

/*
 * Appends one line to the audit trail, which the database lets nobody change
 * or delete.  Each line carries the hash of the one before.
 */
int srv_store_audit(struct srv_store *store, const char *actor,
                    const char *action, const char *subject, const char *format,
                    ...) __attribute__((format(printf, 5, 6)));
/* Lines after number `after`, at most `limit`, oldest first. */
json_t *srv_store_audit_list(struct srv_store *store, int64_t after, int limit);
/* Recomputes the chain; *bad is the first line that does not fit, or 0. */
int srv_store_audit_check(struct srv_store *store, int64_t *bad);

/* Seconds since 1970. */
int64_t srv_store_now(void);

/* A number that grows with every change: what the console waits for. */
int64_t srv_store_changes(const struct srv_store *store);

#endif
