/*
 * The card domain and the security domains: who may change what is on the
 * card.  OPEN (dispatch, registry, life cycles), the issuer security domain
 * and the supplementary ones, all native applications.  [GPCS 5-11]
 *
 * bound --domain_format (once)--> formatted --domain_reset--> serving
 *
 * Persistent state is in heap records: HEAP_ROOT_REGISTRY, an array of slots
 * (registry.h); HEAP_ROOT_CARD, card-wide values (cardwide.h);
 * HEAP_ROOT_INTENT, a deletion that power-on completes (intent.h); and
 * HEAP_ROOT_UPGRADE, the upgrade of a load file (upgrade.h).
 */
#ifndef DOMAINS_DOMAIN_H
#define DOMAINS_DOMAIN_H

#include <stdbool.h>
#include <stdint.h>

#include <card/card.h>
#include <card/config.h>

#include "base/span.h"
#include "base/sw.h"
#include "heap/heap.h"
#include "io/io.h"
#include "jcre/jcre.h"
#include "securechannel/scp.h"
#include "vault/vault.h"
#include "vm/vm.h"

enum {
    DOMAIN_NONE = 0xFFFF, /* no slot */
    DOMAIN_ISD = 0,       /* the issuer security domain's slot */
    DOMAIN_STORE_MAX = CARD_STORE_MAX,
    DOMAIN_HEAD_MAX = CARD_DAP_MAX,
    DOMAIN_HASH_MAX = 64,
    DOMAIN_TOKEN_ID_MAX = 32,
    DOMAIN_FIRST_MAX = CARD_COMBINED_MAX,
    DOMAIN_DAPS_MAX = 16,    /* domains that verify one load file */
    DOMAIN_HISTORY_MAX = 15, /* a digit of T0 says how many [ISO 7816-3] */
};

/* Whom a session has authenticated [GPCS 10.4], and whether that is proved. */
enum domain_host {
    HOST_PROVIDER = 0, /* who provides the domain, or has its secret keys */
    HOST_ANY = 1,      /* somebody else, by a certificate */
    HOST_NOBODY = 2,   /* SCP11b */
    HOST_WHO = 3,
    HOST_UNPROVED = 4, /* SCP11a, c: the first C-MAC is to prove its key */
    HOST_SCRIPTED = 8, /* SCP11c: and it may have been sent before */
};

/*
 * One logical channel.  A session belongs to the application selected on its
 * channel and ends with that selection.  [GPCS 10.2.3]
 */
struct domain_channel {
    bool open;
    bool was_selected;          /* a SELECT by name came; "next" may follow */
    uint16_t selected;          /* slot, DOMAIN_NONE: no application */
    uint16_t session_domain;    /* whose domain opened the session */
    uint16_t session_keys;      /* the domain whose keys it uses */
    uint8_t least_level;        /* what it was opened with */
    bool protected_response;    /* the command was one of the session */
    uint16_t personalized;      /* slot STORE DATA goes to, or DOMAIN_NONE */
    uint8_t store_block;        /* next P2 of STORE DATA */
    uint16_t status_next;       /* slot where GET STATUS goes on */
    uint8_t status_p1;          /* what it asked for; 0: nothing to go on */
    uint8_t host;               /* of the session: enum domain_host */
    uint16_t sequence;          /* SCP02: as counted when it was begun */
    struct scp_session session; /* CLOSED when there is none */
};

/*
 * The host whose certificates came last: what SCP11 a and c need of it.  Of one
 * channel at a time; it ends with the session there.  In its place may be a
 * provider of keys, see casd.c.
 *
 * none --a certificate--> chain --the last one--> whole
 */
enum domain_peer_holds {
    PEER_CERTIFIER, /* chain */
    PEER_HOST,      /* whole */
    PEER_PROVIDER,  /* whole, and the host is the domain's provider */
};

struct domain_peer {
    uint8_t channel;
    uint8_t holds;      /* enum domain_peer_holds: whose `point` is */
    uint16_t domain;    /* who proved it ... */
    uint16_t authority; /* ... by the key in this slot */
    uint8_t n;          /* 0: none */
    uint8_t point[67];  /* compressed */
};

/*
 * Bytes of STORE DATA that wait for the rest of their item; of one channel at
 * a time, on the others an item comes in one command.
 */
struct domain_store {
    uint8_t channel; /* whose, while length is not 0 */
    uint16_t length;
    uint8_t bytes[DOMAIN_STORE_MAX];
};

/* How its data block is ciphered. */
struct domain_ciphered {
    uint8_t block; /* bytes of a block of the cipher; 0: it is not */
    uint8_t icv_length;
    uint8_t icv[16]; /* tag D3; then the block before */
    uint8_t waiting;
    uint8_t rest[16]; /* of a block that is not whole yet */
};

/*
 * A load in progress, from INSTALL [for load] to the last LOAD or any other
 * command.  What was staged is inside an epoch: given up, it never was.
 *
 * idle --load_request--> requested --first data byte--> staging --> idle
 *
 * The combined process goes on from there: --> loaded --INSTALL--> idle.
 */
struct domain_load {
    bool active;
    bool staging;  /* an epoch is open and `blob` is in it */
    bool combined; /* with installing: INSTALL ends it, not the last LOAD */
    bool loaded;   /* ... and that is what is awaited */
    uint8_t channel;
    uint8_t block;       /* next P2 */
    uint16_t by;         /* the domain that loads */
    uint16_t associated; /* the domain the file will belong to */
    uint8_t aid[16];     /* load file AID */
    uint8_t aid_length;
    uint8_t provider[16]; /* tag 5F20 */
    uint8_t provider_length;
    uint8_t token_id[DOMAIN_TOKEN_ID_MAX]; /* tag 93 */
    uint8_t token_id_length;
    uint8_t hash[DOMAIN_HASH_MAX];
    uint8_t hash_length; /* 0: none given */
    ref_t blob;
    uint32_t length; /* of the load file data block */
    uint32_t filled;
    uint32_t taken; /* bytes of memory, by what is staged and linked */
    struct domain_ciphered ciphered;
    uint8_t dap_count;
    uint16_t dap[DOMAIN_DAPS_MAX]; /* the domains that verified a signature */
    uint16_t first_length; /* what a combined process's token signs of its */
    uint8_t first[DOMAIN_FIRST_MAX]; /*   first command */
    uint16_t head_length; /* bytes in front of the data block, not yet whole */
    uint8_t head[DOMAIN_HEAD_MAX];
};

/*
 * Amounts of memory that INSTALL gave an application, volatile and persistent
 * ones in turn; `given` has a bit for each.  [GPCS 9.7]
 */
enum { AMOUNT_QUOTA = 0, AMOUNT_RESERVED = 2, AMOUNT_GRANTED = 4 };
enum { DOMAIN_AMOUNTS = 6 };

struct domain_memory {
    uint8_t given;
    uint32_t bytes[DOMAIN_AMOUNTS];
};

/*
 * What is known of them: whether there are any, and of the application whose
 * objects were taken last, how much more it surely may take in this command
 * (memory.c).
 */
struct domain_limits {
    bool any;
    uint16_t owner;   /* 0: nobody's */
    uint32_t room[2]; /* enum domain_memory_type */
};

struct domain {
    const struct card_port *port;
    struct heap *heap;
    struct vault *vault; /* the domains' keys at rest */
    struct vm *vm;
    struct jcre *jcre;
    struct io *io;
    uint8_t channel;   /* of the command in hand */
    bool contactless;  /* how the card is spoken to */
    uint8_t upgrading; /* jcre_upgrade_phase: what applets run for */
    bool has_history;  /* historical bytes of the ATR since power-on: */
    uint8_t history_length;
    uint8_t history[DOMAIN_HISTORY_MAX];
    struct domain_limits limits;
    struct registry_entry *newcomer; /* is coming in: memory.h; NULL: nobody */
    struct domain_load load;
    struct domain_store store;
    struct domain_peer peer;
    uint16_t first; /* slot with volatile priority: order.h */
    struct domain_channel channels[CARD_CHANNELS];
};

/* Sets the pointers; keeps all other state (used after a copy, too). */
void domain_bind(struct domain *d, const struct card_port *port,
                 struct heap *heap, struct vault *vault, struct vm *vm,
                 struct jcre *jcre, struct io *io);

/*
 * What natives reach of the domains.  channel_process takes INITIALIZE UPDATE,
 * EXTERNAL AUTHENTICATE and BEGIN and END R-MAC SESSION as processSecurity()
 * gets them; what it answers to the last two is protected already.
 * channel_unwrap turns a whole command into its plain form, in place, with Lc
 * 00 when it has no data; while no session asks for more than authentication, a
 * command is left as it is.  channel_wrap takes response data followed by the
 * two bytes of the status word they will go with and leaves protected data
 * without it.  6982: the protection is wrong, which aborts the session; 6985
 * from then on, and of ciphering when there is no session.
 * [GP API 1.7, SecureChannel]
 */
struct jcre_services domain_services(struct domain *d);

/* A new card's registry, keys and data.  ERR_RANGE: the profile is wrong. */
NODISCARD enum err domain_format(struct domain *d,
                                 const struct card_profile *profile);

/*
 * After heap_mount, vm_reset and jcre_reset: completes a deletion that was
 * cut, opens channel 0 and selects its default application.
 */
NODISCARD enum err domain_reset(struct domain *d);

/* Power-off: sessions and staged bytes are wiped. */
void domain_forget(struct domain *d);

/*
 * Processes one command that io_parse() took apart.  Response data go to
 * `response`, protected where the session asks for it; the status word is
 * returned.
 */
sw_t domain_command(struct domain *d, const struct io_command *c,
                    struct buf *response);

/* jcre_resume, on the channel of the applet that waits. */
sw_t domain_resume(struct domain *d, enum io_awaits refused);

/* Whether a load keeps an epoch open: no housekeeping until it is over. */
bool domain_is_loading(const struct domain *d);

/*
 * The historical bytes that an application has set before power-on; false:
 * none has, or the card is off.  [GPCS A.1, setATRHistBytes]
 */
bool domain_history(const struct domain *d, struct span *bytes);

/* Life cycle state of the card [GPCS 11.1.1]. */
uint8_t domain_card_state(const struct domain *d);

/* Invariants of registry, keys and data; as heap_check. */
unsigned domain_check(struct domain *d,
                      void (*report)(void *ctx, const char *line), void *ctx);

/* The lines of card_dump(), see dump.c for their forms. */
void domain_dump(struct domain *d, bool counters,
                 void (*line)(void *ctx, const char *text), void *ctx);

#endif
