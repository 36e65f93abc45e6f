/* Card content over an open session: whole tasks of many commands. */
#ifndef GP_CONTENT_H
#define GP_CONTENT_H

#include "gp/capfile.h"
#include "gp/certificate.h"
#include "gp/session.h"

/* Called after each step; false stops: GP_ERR_CANCELLED. */
struct gp_progress {
    bool (*step)(void *ctx, const char *what, size_t done, size_t all);
    void *ctx;
};

/* INSTALL [for load] and LOAD. */
struct gp_load_options {
    struct gp_aid domain; /* n 0: the session's own */
    unsigned block_flags; /* GP_BLOCK_ */
    struct span hash;     /* of the block; empty: none */
    struct span parameters;
    struct span token;
    size_t block_size; /* of one LOAD; 0: as large as fits */
};

/*
 * Loads a CAP file.  On a refusal the status word is returned and *why says
 * at which command; the card has then dropped what it had received.
 */
int gp_content_load(struct gp_session *s, const struct gp_capfile *cap,
                    const struct gp_load_options *options,
                    const struct gp_progress *progress, struct gp_why *why);

/* INSTALL [for install and make selectable]. */
int gp_content_install(struct gp_session *s, const struct gp_install *install,
                       struct gp_why *why);

/* MANAGE ELF UPGRADE; *state is what the card answers.  `file` as there. */
int gp_content_manage_upgrade(struct gp_session *s,
                              enum gp_upgrade_action action, struct span file,
                              struct gp_upgrade *state, struct gp_why *why);

/*
 * Replaces the load file of this AID by another version of it, its applications
 * kept.  An upgrade of it that is under way is gone on with; GP_ERR_ARGUMENT
 * when that is of another file.  GP_OK with state->state COMPLETED, or
 * RESTORE_FAILED.
 */
int gp_content_upgrade(struct gp_session *s, const struct gp_capfile *cap,
                       const struct gp_load_options *options,
                       const struct gp_progress *progress,
                       struct gp_upgrade *state, struct gp_why *why);

/* DELETE. */
int gp_content_delete(struct gp_session *s, struct span aid, bool related,
                      struct gp_why *why);

/*
 * Everything of one scope, through all pages; an empty card (6A88) is no
 * error.
 */
int gp_content_list(struct gp_session *s, enum gp_scope scope,
                    void (*each)(void *ctx, const struct gp_status *entry),
                    void *ctx, struct gp_why *why);

/*
 * INSTALL [for personalization] of `aid` (empty: the domain itself) and
 * STORE DATA of `data` cut to fit, with P1's format bits `flags`.
 */
int gp_content_personalize(struct gp_session *s, struct span aid, uint8_t flags,
                           struct span data, const struct gp_progress *progress,
                           struct gp_why *why);

/* One STORE DATA each for `count` items, in one personalization. */
int gp_content_store(struct gp_session *s, struct span aid, uint8_t flags,
                     const struct span *items, size_t count,
                     const struct gp_progress *progress, struct gp_why *why);

/* Puts or replaces the session domain's key set and checks the answer. */
int gp_content_put_keys(struct gp_session *s, const struct gp_put_key *how,
                        const struct secret_scp_keys *keys, struct gp_why *why);

/* Puts one key on a curve, its private part or its public one. */
int gp_content_put_ec_key(struct gp_session *s, const struct gp_put_key *how,
                          const struct secret_gp_ec_key *key, bool private,
                          struct gp_why *why);

/* What the session's domain stores beside a key for SCP11 [Amd F]. */
enum gp_reference {
    GP_REFERENCE_CERTIFICATES, /* BF21: those of a key of the domain's */
    GP_REFERENCE_IDENTIFIER,   /* 42: of an authority that proves hosts */
    GP_REFERENCE_SERIALS,      /* 70: the certificates that are allowed */
};

/*
 * STORE DATA of it for the key `kid` of version `kvn`: the value is
 * certificates one behind the other, an identifier, or serial numbers as tags
 * 93.  An empty value takes away what is stored.
 */
int gp_content_store_reference(struct gp_session *s, uint8_t kid, uint8_t kvn,
                               enum gp_reference what, struct span value,
                               struct gp_why *why);

#endif
