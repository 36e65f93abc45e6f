/*
 * A card with security domains of every kind, and who speaks to it: keys that
 * are known, a host's end of a secure channel on each logical channel, tokens
 * and signatures right and wrong.
 *
 * Whatever is sent goes through world_send(), which looks at the card
 * afterwards and ends the program where it finds that
 *
 * - card_check finds something;
 * - a refused command changed content, or one without a session did, or in one
 *   of SCP11b;
 * - an answer in a session is not protected as was agreed, or a session goes
 *   on behind a command that was not protected as was agreed [GPCS 10.2.3];
 * - an answer, or what the card traces, holds bytes of a key.
 */
#ifndef COMMANDS_WORLD_H
#define COMMANDS_WORLD_H

#include <stdio.h>

#include "tests/apdu/host.h"

enum {
    WORLD_MEMORY = 96 * 1024,
    WORLD_KEYS = 15, /* known ones, each of every length */
    WORLD_BLOCK_MAX = 4096,
    WORLD_DATA_MAX = 2048,
    /* which of them are where when the world begins */
    KEY_ISSUER_AES = 0,
    KEY_ISSUER_DES,
    KEY_TOKENS,
    KEY_RECEIPTS,
    KEY_DELEGATE,
    KEY_MANAGER,
    KEY_SIGNER,
    KEY_DAP,
    KEY_CIPHER_OWN,
    KEY_CIPHER,
    KEY_CARD_EC, /* scalars on P-256, of SCP11 */
    KEY_HOST_EC,
    KEY_AUTHORITY_EC,
    /* the others are free */
    /* last bytes of the domains' AIDs */
    WORLD_MANAGER = 0x42,
    WORLD_EMPTY,
    WORLD_SIGNER = 0x51,
    WORLD_DELEGATE = 0x61,
    WORLD_CIPHER = 0x71,
};

enum world_protection {
    AS_SESSION, /* in a session as that demands, else plain */
    BARE,       /* as it is */
    BROKEN,     /* as the session demands, but for a bit */
};

struct world_command {
    uint8_t channel;
    enum world_protection protection;
    bool in_pieces;   /* by b8 of P1; `apdu` is extended then */
    struct span apdu; /* plain; its class byte has no channel yet */
};

struct world {
    struct host host;
    struct faults fresh; /* as it begins */
    struct scp_session sessions[CARD_CHANNELS];
    uint8_t kcv[WORLD_KEYS][4][3];  /* AES 16, 24, 32; DES */
    uint8_t block[WORLD_BLOCK_MAX]; /* of a load file that may be loaded */
    size_t block_length;
    uint8_t certificate[255]; /* of the host's, for SCP11 */
    size_t certificate_length;
    uint8_t card_point[65];
    sw_t sw; /* last */
    unsigned long commands;
    FILE *log; /* of commands and answers; NULL: none */
    /* See each command before it is sent and when it is answered. */
    void (*before)(struct world *w, const struct world_command *c);
    void (*behind)(struct world *w, const struct world_command *c);
    void *ctx;
};

/* The profile of its card. */
struct card_profile world_profile(bool enciphered);

/* Ends the program, saying why, unless it holds. */
void world_demand(bool holds, const char *why);

/* The card as issued, with its domains; `cap` is a load file's path. */
void world_open(struct world *w, const char *cap, bool enciphered);
void world_close(struct world *w);

/* Back to how it began. */
void world_start(struct world *w);

/* Power goes and comes back. */
void world_reset(struct world *w);

/* The known key of this number, 32 bytes; shorter ones are its beginning. */
const uint8_t *world_key(unsigned i);

/* The check value of that key of this type (KEY_TYPE_AES, _DES) and length. */
const uint8_t *world_kcv(const struct world *w, unsigned i, uint8_t type,
                         size_t length);

/* Looks at the card; ends the program if it is not as it should be. */
void world_look(const struct world *w);

/* Sends a command, looks at the card; the status word. */
sw_t world_send(struct world *w, const struct world_command *c);

/*
 * INITIALIZE UPDATE, and EXTERNAL AUTHENTICATE with the keys that the card
 * has, or, `wrong`, with others; level as P1.
 */
sw_t world_authenticate(struct world *w, uint8_t channel, uint8_t version,
                        uint8_t level, bool wrong);
/* The same by implicit initiation; the first protected command decides. */
void world_open_implicit(struct world *w, uint8_t channel, bool wrong);

/* What a host of SCP11 does wrong. */
enum world_mistake {
    NO_MISTAKE,
    WRONG_KEY,          /* another than its certificate's */
    FORGED_CERTIFICATE, /* a bit of its signature is another */
    NO_CERTIFICATE,
};

/* The issuer domain's keys for SCP11, in its session on the basic channel. */
void world_issue_scp11(struct world *w);

/* Opens it, as far as the card lets; no host is authenticated by SCP11_B. */
void world_open_scp11(struct world *w, uint8_t channel, uint8_t variant,
                      uint8_t usage, enum world_mistake mistake);

/* The domain that is selected on a channel; DOMAIN_NONE: none. */
uint16_t world_domain(const struct world *w, uint8_t channel);

/* Whether a channel is open, and whether a session is on it. */
bool world_is_open(const struct world *w, uint8_t channel);
bool world_in_session(const struct world *w, uint8_t channel);

/* The same, and the card knows whose. */
bool world_has_host(const struct world *w, uint8_t channel);

/*
 * A record of the registry, of n bytes, as content: zeros in the place of what
 * counts by itself.
 */
void world_forget_counters(uint8_t *record, size_t n);

/*
 * All that counts as content, but for what counts by itself: sequence
 * counters, tries, receipts.  Equal content, equal numbers.
 */
uint64_t world_content(const struct card *card);

/* A signature by the AES key of this number, 16 bytes. */
void world_sign(const struct world *w, unsigned key, const struct span *parts,
                size_t count, uint8_t out[16]);

/* n bytes enciphered as secrets are in the session; false: there is none. */
bool world_encipher(const struct world *w, uint8_t channel, const uint8_t *in,
                    uint8_t *out, size_t n);

/* Whether any known key, or half of one, is in these bytes. */
bool world_shows_key(struct span bytes);

#endif
