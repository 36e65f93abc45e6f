/*
 * Keys of the domains, one record a key.  Secret ones enter encrypted and
 * leave only as their check values.  [GPCS 7.5, 11.1.8]
 *
 * Key record:
 *    0 kind      1 identifier   2 version    3 sealed    4 domain (2)
 *    6 usage     7 access       8 counter (3)           11 its check
 *   12 KCV length, flags        13 KCV (3)  16 number of components
 *   17 components, each: type, length (2), value
 *
 * sealed: 01 when the values of secret components are cipher text, whose tags
 * (16 bytes each) stand behind all components in the same order; else 00.
 * flags: 80 the key is for key agreement (second byte of its usage), 40 its
 * access was given, 20 it came in the extended format.
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
    KEY_TYPE_HMAC_160 = 0x91,
    KEY_TYPE_RSA_E = 0xA0,
    KEY_TYPE_RSA_N = 0xA1,
    KEY_TYPE_RSA_SECRET_N = 0xA2,
    KEY_TYPE_RSA_D = 0xA3,
    KEY_TYPE_RSA_P = 0xA4,
    KEY_TYPE_RSA_Q = 0xA5,
    KEY_TYPE_RSA_PQ = 0xA6, /* q^-1 mod p */
    KEY_TYPE_RSA_DP = 0xA7,
    KEY_TYPE_RSA_DQ = 0xA8,
    KEY_TYPE_EC_PUBLIC = 0xB0,
    KEY_TYPE_EC_PRIVATE = 0xB1,
    KEY_TYPE_EC_PARAMETER_FIRST = 0xB2,
    KEY_TYPE_EC_PARAMETER_LAST = 0xB7,
    KEY_TYPE_EC_REFERENCE = 0xF0,
    KEY_TYPE_EXTENDED = 0xFF, /* a type follows */
    KEY_ID_ENC = 0x01,
    KEY_ID_MAC = 0x02,
    KEY_ID_DEK = 0x03,
    KEY_ID_MAX = 0x7F,
    KEY_VERSION_MAX = 0x7F,
    KEY_VERSION_NONE = 0x80,    /* of curves that came without a version */
    KEY_VERSION_SPECIAL = 0x70, /* 70..7F: tokens, receipts, DAP: no session */
    KEY_RECORD_HEAD = 17,
    KEY_RECORD_MAX = 2048,
    KEY_SECRET_MAX = 512, /* bytes of a secret component: RSA of 4096 bits */
    KEY_COUNTER_AT = 8,
    KEY_COUNTER_ROOM = 4, /* with its check; written alone */
    KEY_COUNTER_MAX_SCP02 = 0xFFFF,
    KEY_COUNTER_MAX_SCP03 = 0xFFFFFF,
};

/* What keys are for, first byte [GPCS 11.1.9]. */
enum {
    KEY_FOR_MAC = 0x14, /* in commands; with 20 in answers, too */
    KEY_FOR_ENC = 0x18,
    KEY_FOR_DEK = 0x48,
    KEY_FOR_TOKENS = 0x81,
    KEY_FOR_RECEIPTS = 0x44,
    KEY_FOR_DAP = 0x84,
};

/* Who may use a key [GPCS 7.5.2, 11.1.10]. */
enum {
    KEY_ACCESS_ALL = 0x00,
    KEY_ACCESS_OWNER = 0x01,
    KEY_ACCESS_APPLICATIONS = 0x02,
};

struct domain_key {
    uint16_t slot;
    uint8_t id;
    uint8_t version;
    uint16_t domain;
    uint8_t usage;  /* first byte; 0: none was given */
    bool agreement; /* second byte 80 */
    uint8_t access; /* given or by default */
    bool access_given;
    bool extended; /* it came in the extended format */
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

/* Three keys that open secure channels, or the base key of SCP02. */
struct domain_key_set {
    uint16_t first; /* slot of the key with identifier 01 */
    uint16_t domain;
    uint8_t version;
    uint8_t type;     /* KEY_TYPE_AES or KEY_TYPE_DES */
    uint8_t protocol; /* SCP_03, or SCP_02 or SCP_01 as the domain has it */
    uint8_t i;        /* its parameter there */
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

/* Whether components of this type are secret: enciphered on their way in. */
bool domain_is_secret(uint8_t type);

/* The component of this type, as it is stored; false when there is none. */
bool domain_find_component(const struct domain_key *k, uint8_t type,
                           struct domain_component *c);

/*
 * The value of a key of one secret component, as many bytes as that has; the
 * caller wipes it.  ERR_AUTH: it does not open; ERR_TYPE: it has none such;
 * ERR_IO.
 */
NODISCARD enum err domain_key_secret(const struct domain *d,
                                     const struct domain_key *k,
                                     uint8_t out[KEY_SECRET_MAX]);

/*
 * The value of the component of this type, secret or not, and its length; as
 * domain_key_secret.
 */
NODISCARD enum err domain_key_part(const struct domain *d,
                                   const struct domain_key *k, uint8_t type,
                                   uint8_t out[KEY_SECRET_MAX], size_t *n);

/*
 * Whether a key serves this purpose (KEY_FOR_...) of its domain, or of an
 * application's there (owner false): its usage, where one was given, has the
 * bits, and its access says so.  [GPCS 7.5.2, 11.1.9, 11.1.10]
 */
bool domain_key_serves(const struct domain_key *k, uint8_t purpose, bool owner);

/*
 * The set of this domain with this version, or (version 0) its first set for
 * a protocol the domain has.  False when it is missing or not whole.
 */
bool domain_find_key_set(const struct domain *d, uint16_t domain,
                         uint8_t version, struct domain_key_set *set);

/* The same among those for implicit initiation, or for explicit one. */
bool domain_find_opening_set(const struct domain *d, uint16_t domain,
                             uint8_t version, bool implicit,
                             struct domain_key_set *set);

/* Whether its channels are opened by the first C-MAC [GPCS E.1.2.2]. */
bool domain_set_is_implicit(const struct domain_key_set *set);

/*
 * The domain whose keys open this domain's channels: itself, or while it has
 * no set of its own the nearest above it that has one.
 */
uint16_t domain_key_holder(const struct domain *d, uint16_t domain);

/* Whether all keys of a set serve their domain, or an application's there. */
bool domain_set_serves(const struct domain *d, const struct domain_key_set *set,
                       bool owner);

/* Copies the keys of a set out; the caller wipes them. */
bool domain_open_key_set(const struct domain *d,
                         const struct domain_key_set *set,
                         struct secret_scp_keys *keys);

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
 * Ends the record of a key with secret components: in a card that enciphers
 * its keys their values become cipher text, and the tags follow.  ERR_FULL,
 * ERR_IO.
 */
NODISCARD enum err domain_seal_key(const struct domain *d, struct buf *record);

/*
 * Wipes and removes all keys, data objects and services of a domain or
 * application that is going, and where that came from; repeatable.
 */
NODISCARD enum err domain_remove_belongings(struct domain *d, uint16_t domain);

#endif
