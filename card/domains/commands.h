/*
 * The handlers of commands.def and of the two commands that OPEN keeps for
 * itself.  Each is in a file of its own name; what it answers goes to
 * `response`, unprotected, and the status word is returned.
 */
#ifndef DOMAINS_COMMANDS_H
#define DOMAINS_COMMANDS_H

#include "domains/registry.h"

/* A command to a domain: plain and whole. */
struct domain_request {
    struct io_command c;
    struct span bytes;          /* the same, as bytes */
    struct registry_entry self; /* the domain that is selected */
};

typedef sw_t domain_handler(struct domain *d, const struct domain_request *r,
                            struct buf *response);

#define DOMAIN_COMMAND(ins, classes, handler, runs)                            \
    domain_handler domain_##handler;
#include "domains/commands.def"
#undef DOMAIN_COMMAND

/* SELECT by name, with or without an AID. [GPCS 6.4.2.1.2, 6.4.3.1.2] */
sw_t domain_select(struct domain *d, const struct io_command *c,
                   struct buf *response);

/* MANAGE CHANNEL. [GPCS 11.7] */
sw_t domain_manage_channel(struct domain *d, const struct io_command *c,
                           struct buf *response);

/*
 * Selects what is implicitly selectable on a channel where nothing is
 * selected. [GPCS 6.4.2.1.1]  SW_OK, 6999, 6985.
 */
sw_t domain_select_default(struct domain *d, uint8_t channel);

/* Selects this entry; as domain_select_default. */
sw_t domain_select_entry(struct domain *d, uint8_t channel,
                         const struct registry_entry *e);

/*
 * Whether the entry could not be selected beside what other channels run.
 * [GPCS A.1]
 */
bool domain_is_restricted(const struct domain *d, uint8_t channel,
                          const struct registry_entry *e);

/* Ends the application session of a channel; nothing is selected then. */
void domain_deselect(struct domain *d, uint8_t channel);

/* The holder of Final Application, once selectable; else the issuer domain. */
bool domain_final_application(const struct domain *d, struct registry_entry *e);

/*
 * EXTERNAL AUTHENTICATE of SCP11 a and c (MUTUAL AUTHENTICATE), in scp11.c:
 * needs the host's certificate.  6A86: P2 is none of their keys.
 */
sw_t domain_mutual_authenticate(struct domain *d,
                                const struct domain_request *r,
                                struct buf *response);

/* INSTALL [for load], in load.c; or the first one of the combined process. */
sw_t domain_install_for_load(struct domain *d, const struct domain_request *r,
                             bool combined);

/* A reader of length-value fields [GPCS 11.5.2.3], for INSTALL's handlers. */
sw_t domain_take_aid(struct span *s, bool optional, struct span *aid);
/* One to three length bytes, 80 meaning 128. */
sw_t domain_take_length(struct span *s, size_t *n);
/* The same, then the value. */
sw_t domain_take_field(struct span *s, struct span *value);

/*
 * A data group: two bytes, a length of one byte or FF and two, the value.
 * ERR_TRUNCATED, and `s` is unchanged.
 */
NODISCARD enum err domain_take_group(struct span *s, uint16_t *dgi,
                                     struct span *value);

/*
 * The value of the group that must come next in `rest`.  Where it has not come
 * yet: 9000, no value, and *incomplete, after which nothing is taken.  6A80:
 * another one comes.
 */
sw_t domain_take_next_group(const struct domain *d, struct span *rest,
                            bool *incomplete, uint16_t dgi, struct span *value);

/*
 * Card recognition data [GPCS H.2]: stored, or generated.  Nothing where the
 * card's profile is of a time before there was any.
 */
NODISCARD enum err domain_put_recognition(const struct domain *d,
                                          const struct registry_entry *self,
                                          struct buf *out);

#endif
