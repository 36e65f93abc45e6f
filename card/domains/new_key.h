/*
 * A key on its way into a domain, by PUT KEY or STORE DATA: its components one
 * after the other, then all of it checked and put in place.
 *
 * started --add..., add_secret...--> gathered --store--> done
 *
 * Whoever starts one wipes it (domain_wipe_new_key).  Storing is part of the
 * caller's transaction.
 * [GPCS 11.8.2.3.3, 11.8.2.3.4, 11.8.2.3.5, 11.8.2.3.6, 11.11.4]
 */
#ifndef DOMAINS_NEW_KEY_H
#define DOMAINS_NEW_KEY_H

#include "domains/keys.h"

struct new_key {
    struct domain_key k;
    uint8_t replaces; /* version of the key whose place it takes; 0: added */
    bool whole_set;   /* all keys of its set are put in one go */
    struct buf record;
    uint8_t bytes[KEY_RECORD_MAX];
};

/*
 * A key of nothing yet; its usage, access and counter may be filled in until
 * it is stored.
 */
void domain_start_new_key(struct new_key *n, uint16_t domain, uint8_t version,
                          uint8_t id);

void domain_wipe_new_key(struct new_key *n);

/* Adds a component in the clear; 6A80 when its type is secret or there. */
sw_t domain_add_part(const struct domain *d, struct new_key *n, uint8_t type,
                     struct span value);

/*
 * Adds a component enciphered with the session's DEK, whole blocks of which
 * the first `length` bytes count.
 */
sw_t domain_add_secret(struct domain *d, struct new_key *n, uint8_t type,
                       struct span blocks, size_t length);

/* Adds a secret component that came to be in the card, and never was outside;
 * 6A80. */
sw_t domain_add_clear_secret(const struct domain *d, struct new_key *n,
                             uint8_t type, struct span value);

/* First and, perhaps, second byte [GPCS 11.1.9]; 6A80. */
sw_t domain_set_usage(const struct domain *d, struct new_key *n,
                      struct span usage);

/* None or one byte [GPCS 11.1.10]; 6A80. */
sw_t domain_set_access(const struct domain *d, struct new_key *n,
                       struct span access);

/*
 * Checks the key against its form, its curve, its check value (empty: none
 * came) and the key that it replaces, then adds or replaces it in the open
 * transaction.  6A80; 6982: the check value is wrong; 6A88: there is none to
 * replace, or its curve is not found; 6A84.
 */
sw_t domain_store_new_key(struct domain *d, struct new_key *n, struct span kcv);

/*
 * A domain with its own keys is personalized, unless it was to wait, and has
 * room for the tries at them.
 */
sw_t domain_personalize_by_keys(struct domain *d, uint16_t domain);

#endif
