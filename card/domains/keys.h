/*
 * Keys of the domains, one record a key.  Secret ones enter encrypted and
 * leave only as their check values.  [GPCS 7.5, 11.1.8]
 *
 * Key record:
 *    0 kind      1 identifier   2 version    3 sealed    4 domain (2)
 *    6 usage     7 access       8 counter (3)           11 its check
 *   12 KCV length  13 KCV (3)  16 number of components
 *   17 components, each: type, length (2), value
 *
 * sealed: 01 when the value of the only component is cipher text, whose tag
 * (16 bytes) stands behind it; else 00.
 *
 * The counter is the secure channel sequence counter of the key's version
 * and counts in the key with identifier 01 alone.
 *
 * Invariant: domain, version and identifier together are unique.
 */
#ifndef DOMAINS_KEYS_H
#define DOMAINS_KEYS_H

#include "domains/registry.h"

enum {
    KEY_TYPE_DES = 0x80,
    KEY_TYPE_PSK = 0x85,
    KEY_TYPE_AES = 0x88,
    KEY_TYPE_HMAC = 0x90,
    KEY_TYPE_RSA_E = 0xA0,
    KEY_TYPE_RSA_N = 0xA1,
    KEY_TYPE_EC_PUBLIC = 0xB0,
    KEY_TYPE_EC_PARAMETER_FIRST = 0xB2,
    KEY_TYPE_EC_PARAMETER_LAST = 0xB7,
    KEY_TYPE_EC_REFERENCE = 0xF0,
    KEY_ID_ENC = 0x01,
    KEY_ID_MAC = 0x02,
    KEY_ID_DEK = 0x03,
    KEY_VERSION_MAX = 0x7F,
    KEY_VERSION_SPECIAL = 0x70, /* 70..7F: tokens, receipts, DAP: no session */
    KEY_RECORD_HEAD = 17,
    KEY_RECORD_MAX = 2048,
    KEY_SECRET_MAX = 64, /* bytes of a secret key */
    KEY_COUNTER_AT = 8,
    KEY_COUNTER_ROOM = 4, /* with its check; written alone */
    KEY_COUNTER_MAX_SCP02 = 0xFFFF,
    KEY_COUNTER_MAX_SCP03 = 0xFFFFFF,
};

struct domain_key {
    uint16_t slot;
    uint8_t id;
    uint8_t version;
    uint16_t domain;
    uint8_t usage;
    uint8_t access;
    uint32_t counter;
    uint8_t kcv_length; /* 0 or 3 */
    uint8_t kcv[3];
    uint8_t component_count;
    bool sealed;
    struct span components; /* in persistent memory; as they are stored */
};

struct domain_component {
    uint8_t type;
    struct span value;
};

/* Three keys that open secure channels. */
struct domain_key_set {
    uint16_t first; /* slot of the key with identifier 01 */
    uint16_t domain;
    uint8_t version;
    uint8_t type; /* KEY_TYPE_AES or KEY_TYPE_DES */
    uint32_t counter;
};

/* The key in this slot; false when there is none. */
bool domain_key(const struct domain *d, uint16_t slot, struct domain_key *k);

/* The next key of a domain at or above *slot, for loops. */
bool domain_each_key(const struct domain *d, uint16_t domain, uint16_t *slot,
                     struct domain_key *k);

bool domain_find_key(const struct domain *d, uint16_t domain, uint8_t version,
                     uint8_t id, struct domain_key *k);

/* Takes the next component of a key from `rest`. */
bool domain_take_component(struct span *rest, struct domain_component *c);

/*
 * The value of a key of one secret component, as many bytes as that has; the
 * caller wipes it.  ERR_AUTH: it does not open; ERR_TYPE: it has none such;
 * ERR_IO.
 */
NODISCARD enum err domain_key_secret(const struct domain *d,
                                     const struct domain_key *k,
                                     uint8_t out[KEY_SECRET_MAX]);

/*
 * The set of this domain with this version, or (version 0) its first set for
 * a protocol the domain has.  False when it is missing or not whole.
 */
bool domain_find_key_set(const struct domain *d, uint16_t domain,
                         uint8_t version, struct domain_key_set *set);

/*
 * The domain whose keys open this domain's channels: itself, or while it has
 * no set of its own the nearest above it that has one.
 */
uint16_t domain_key_holder(const struct domain *d, uint16_t domain);

/* Copies the keys of a set out; the caller wipes them. */
bool domain_open_key_set(const struct domain *d,
                         const struct domain_key_set *set,
                         struct secret_scp_keys *keys);

/* SCP_02 or SCP_03, as the type of its keys says. */
enum scp_protocol domain_set_protocol(const struct domain_key_set *set);

/* A counter of three bytes as stored: its check shows any flipped bit. */
void domain_put_counter(uint8_t out[KEY_COUNTER_ROOM], uint32_t counter);

/*
 * Writes the sequence counter, at once and for good.  ERR_RANGE beyond
 * what the protocol's counter holds.
 */
NODISCARD enum err domain_set_counter(struct domain *d,
                                      const struct domain_key_set *set,
                                      uint32_t counter);

/* Starts a record for one key in `out`; components follow. */
NODISCARD enum err domain_key_record(const struct domain_key *k,
                                     struct buf *out);
NODISCARD enum err domain_put_component(struct buf *record, uint8_t type,
                                        struct span value);

/*
 * Ends the record of a secret key: in a card that enciphers its keys its value
 * becomes cipher text, and the tag follows.  ERR_FULL, ERR_IO.
 */
NODISCARD enum err domain_seal_key(const struct domain *d, struct buf *record);

/*
 * Wipes and removes all keys and data objects of a domain that is going;
 * repeatable.
 */
NODISCARD enum err domain_remove_belongings(struct domain *d, uint16_t domain);

#endif
