/*
 * The registry: what is on the card, whose it is and in which state.  An
 * array of slots (HEAP_ROOT_REGISTRY), each null or a record (HEAP_BLOB) whose
 * first byte is its kind and whose last four are a check of the rest; what
 * contradicts its check is not there, and ends all writing.  A slot's number
 * names its record for its life and gives the registry its order.  [GPCS 6.5]
 *
 * Entry record, 64 bytes, or 88 with what INSTALL said of memory:
 *    0 kind     1 state     2 domain (2)    4 privileges (3)    7 package
 *    8 instance (2), receipts made by a domain
 *   10 restrictions        11 flags            12 implicit (4)
 *   16 protocols (8: id, i) 24 AID length  25 AID (16)
 *   41 provider length     42 provider (16)
 *   58 accepts            59 accepts deletion                 60 releases
 *   61 CASD capability (2)                                    63 given
 *   64 amounts of memory (6: 4), in records whose `given` is not 0
 *
 * Invariants: `domain` names a domain entry, and going up from any entry ends
 * at one that is its own domain; AIDs of packages are unique, and so are AIDs
 * of applications and domains.
 */
#ifndef DOMAINS_REGISTRY_H
#define DOMAINS_REGISTRY_H

#include "domains/domain.h"

enum {
    REGISTRY_SLOTS = 512,
    REGISTRY_IMPLICIT_MAX = 4,
    REGISTRY_PROTOCOLS_MAX = 4,
    REGISTRY_NATIVE_PACKAGE = 0xFF, /* the security domains' own code */
    REGISTRY_SEAL_SIZE = 4,         /* the check that ends a record */
};

enum registry_kind {
    ENTRY_PACKAGE = 1,
    ENTRY_APPLICATION,
    ENTRY_DOMAIN,
    ENTRY_KEY,         /* keys.h */
    ENTRY_DATA,        /* objects.h */
    ENTRY_SERVICE,     /* global.h */
    ENTRY_ORIGIN,      /* origin.h */
    ENTRY_CONTACTLESS, /* clrecord.h */
};

/* Life cycle states [GPCS 11.1.1]. */
enum {
    STATE_LOADED = 0x01,
    STATE_INSTALLED = 0x03,
    STATE_SELECTABLE = 0x07,
    STATE_PERSONALIZED = 0x0F,
    STATE_LOCKED = 0x80, /* set on top of the state to come back to */
    STATE_CARD_OP_READY = 0x01,
    STATE_CARD_INITIALIZED = 0x07,
    STATE_CARD_SECURED = 0x0F,
    STATE_CARD_LOCKED = 0x7F,
    STATE_CARD_TERMINATED = 0xFF,
};

/* Privileges, three bytes as one number [GPCS 11.1.2]. */
enum {
    PRIVILEGE_DOMAIN = 0x800000,
    PRIVILEGE_DAP = 0x400000,
    PRIVILEGE_DELEGATED = 0x200000,
    PRIVILEGE_CARD_LOCK = 0x100000,
    PRIVILEGE_CARD_TERMINATE = 0x080000,
    PRIVILEGE_CARD_RESET = 0x040000,
    PRIVILEGE_CVM = 0x020000,
    PRIVILEGE_MANDATED_DAP = 0x010000,
    PRIVILEGE_TRUSTED_PATH = 0x008000,
    PRIVILEGE_AUTHORIZED = 0x004000,
    PRIVILEGE_TOKEN = 0x002000,
    PRIVILEGE_GLOBAL_DELETE = 0x001000,
    PRIVILEGE_GLOBAL_LOCK = 0x000800,
    PRIVILEGE_GLOBAL_REGISTRY = 0x000400,
    PRIVILEGE_FINAL = 0x000200,
    PRIVILEGE_GLOBAL_SERVICE = 0x000100,
    PRIVILEGE_RECEIPT = 0x000080,
    PRIVILEGE_CIPHERED = 0x000040,
    PRIVILEGE_CONTACTLESS = 0x000020,
    PRIVILEGE_SELF_ACTIVATION = 0x000010,
    PRIVILEGE_RFU = 0x00000F,
};

/* Tag 84 of a domain's install parameters; and what images made before have in
 * the place of tags 82 and 83. */
enum {
    FLAG_STAYS_UNPERSONALIZED = 0x04,
    FLAG_ONCE_ACCEPTED = 0x01,
    FLAG_ONCE_ACCEPTED_DELETION = 0x02,
};

/*
 * From whom a domain takes, lets delete and gives away what is associated with
 * it: tags 82, 83 and 87 of its install parameters, in the coding that the
 * UICC configuration gave them and off-card tools send.
 */
enum {
    ACCEPTS_ANCESTOR = 0x80,  /* a domain above with Authorized Management */
    ACCEPTS_HIERARCHY = 0x40, /* with it, elsewhere in the hierarchy */
    ACCEPTS_ISSUER = 0x20,
    ACCEPTS_STRANGER = 0x10, /* with it, in another hierarchy */
    ACCEPTS_DELEGATE = 0x08, /* with Delegated Management, below an ancestor
                              * with Authorized Management */
    ACCEPTS_ALL = 0xF8,
};

/* Bits of tag CF [GPCS 11.1.7]. */
enum {
    IMPLICIT_CONTACTLESS = 0x80,
    IMPLICIT_CONTACT = 0x40,
    IMPLICIT_INTERFACES = IMPLICIT_CONTACTLESS | IMPLICIT_CONTACT,
    IMPLICIT_CHANNEL = 0x1F,
};

struct registry_protocol {
    uint8_t id; /* 0: none */
    uint8_t i;
};

struct registry_entry {
    uint16_t slot;
    uint8_t kind; /* package, application or domain */
    uint8_t state;
    uint16_t domain; /* slot of the associated domain; its own: a root */
    uint32_t privileges;
    uint8_t package;      /* vm's number; REGISTRY_NATIVE_PACKAGE */
    uint16_t instance;    /* jcre's number of an application; both 0 while an
                           * upgrade has taken it away */
    uint16_t receipts;    /* made by a domain; never less */
    uint8_t restrictions; /* tag D9 */
    uint8_t flags;
    uint8_t accepts;                         /* tag 82, ACCEPTS_* */
    uint8_t accepts_deletion;                /* tag 83 */
    uint8_t releases;                        /* tag 87 */
    uint8_t casd[2];                         /* tag 86 */
    uint8_t implicit[REGISTRY_IMPLICIT_MAX]; /* tags CF; 0: none */
    struct registry_protocol protocols[REGISTRY_PROTOCOLS_MAX];
    uint8_t aid_length;
    uint8_t aid[16];
    uint8_t provider_length; /* tag 5F20 */
    uint8_t provider[16];
    struct domain_memory memory; /* what is given stays as it is */
};

static inline struct span registry_aid(const struct registry_entry *e)
{
    return span_of(e->aid, e->aid_length);
}

/*
 * All of several writes or none of them: in a transaction of its own, unless
 * there is one, which they join then.  domain_end() commits it, or, on an
 * error, which it returns, takes it back.
 */
NODISCARD enum err domain_begin(struct domain *d, bool *own);
NODISCARD enum err domain_end(struct domain *d, bool own, enum err e);

/* An empty registry.  ERR_MEMORY. */
NODISCARD enum err domain_registry_format(struct domain *d);

/*
 * The check of a record of n bytes, over all but the counter in one of a key,
 * which changes alone; big-endian behind it.
 */
uint32_t domain_seal(const uint8_t *bytes, uint32_t n);

/* The record in a slot; false when it is empty or out of range. */
bool domain_record(const struct domain *d, uint16_t slot, struct heap_view *v,
                   ref_t *ref);

/* The lowest used slot at or above `slot`; DOMAIN_NONE at the end. */
uint16_t domain_next_slot(const struct domain *d, uint16_t slot);

/*
 * Adds a record of n bytes (kind first) in the lowest free slot.  Atomic, or
 * part of an open transaction or epoch.  ERR_MEMORY also when all slots are
 * used, or what is free is not for it (memory.h).
 */
NODISCARD enum err domain_add_record(struct domain *d, const uint8_t *bytes,
                                     uint32_t n, uint16_t *slot);
/*
 * Puts a new record in the place of an old one, in the caller's transaction.
 */
NODISCARD enum err domain_replace_record(struct domain *d, uint16_t slot,
                                         const uint8_t *bytes, uint32_t n);
/*
 * The same of a record that is too long to be put together elsewhere: one
 * without content, which the caller fills, and that then takes the place of
 * what is in *slot, or, DOMAIN_NONE, the lowest free one.  In a transaction.
 */
NODISCARD enum err domain_new_record(struct domain *d, uint32_t n, ref_t *ref);
NODISCARD enum err domain_enter_record(struct domain *d, uint16_t *slot,
                                       ref_t ref);
/* Empties a slot and wipes its record, atomically. */
NODISCARD enum err domain_remove_record(struct domain *d, uint16_t slot);

/* A package, application or domain; false for anything else. */
bool domain_entry(const struct domain *d, uint16_t slot,
                  struct registry_entry *e);
/* Adds an entry; *slot and e->slot say where. */
NODISCARD enum err domain_add_entry(struct domain *d, struct registry_entry *e);
/* Writes a changed entry back, atomically. */
NODISCARD enum err domain_put_entry(struct domain *d,
                                    const struct registry_entry *e);

/* The next entry at or above *slot, for loops; false at the end. */
bool domain_each_entry(const struct domain *d, uint16_t *slot,
                       struct registry_entry *e);

/* By exact AID: packages, or applications and domains. */
bool domain_find_package(const struct domain *d, struct span aid,
                         struct registry_entry *e);
bool domain_find_application(const struct domain *d, struct span aid,
                             struct registry_entry *e);
/* The application entry of a jcre instance. */
bool domain_find_instance(const struct domain *d, uint16_t instance,
                          struct registry_entry *e);
/* The package entry with this number of vm. */
bool domain_find_code(const struct domain *d, uint8_t package,
                      struct registry_entry *e);

/*
 * The entry's privileges as they count now: Card Reset and Final Application
 * are the issuer domain's while nobody else holds them [GPCS 6.6.2].
 */
uint32_t domain_privileges(const struct domain *d,
                           const struct registry_entry *e);

/*
 * Puts the domain above an entry in its place, for loops, which begin with
 * *steps = 0; false, and the entry stays, at a root, where the domain above is
 * none, or after as many steps as there can be domains.  [GPCS 7.2]
 */
bool domain_climb(const struct domain *d, unsigned *steps,
                  struct registry_entry *e);

/* Whether `above` is the entry's domain or one above that. [GPCS 7.2] */
bool domain_is_above(const struct domain *d, uint16_t above,
                     const struct registry_entry *e);

/*
 * Who controls what a domain does by tokens: the nearest domain above it, or
 * itself if it has Authorized Management, that has this privilege, or that has
 * Authorized Management and below it one with the privilege, which is not below
 * another with Authorized Management.  False when there is none, or it is
 * locked.  [GPCS 9.1.3.1, 9.1.3.6]
 */
bool domain_find_in_charge(const struct domain *d,
                           const struct registry_entry *e, uint32_t privilege,
                           struct registry_entry *found);

/* The root of the entry's hierarchy, DOMAIN_NONE when there is none. */
uint16_t domain_root(const struct domain *d, const struct registry_entry *e);

#endif
