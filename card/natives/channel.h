/*
 * Secure channels as the methods of org.globalplatform.SecureChannel and of
 * securechannel.SecureChannelProtocol see them.  The object that GPSystem
 * hands out stands for the session of its caller's domain, one a logical
 * channel; an object of SecureChannelProvider's has a session of its own,
 * opened with keys that an applet gives it.
 *
 * The native cells of the latter (cells.h): keys, the session and the
 * message under way (transient arrays that nobody else holds), protocol and
 * options, who gave the keys, and which of them are the object's own.
 */
#ifndef NATIVES_CHANNEL_H
#define NATIVES_CHANNEL_H

#include "natives/gp.h"
#include "securechannel/iso.h"
#include "securechannel/scp.h"

enum {
    CHANNEL_AUTHENTICATED = 0x80, /* in a security level [GPCS 10.6] */
    CHANNEL_ANSWER_MAX = 256,
};

/* The keys of commands also derive those of responses, but for ISO 7816. */
enum channel_key {
    CHANNEL_ENC,
    CHANNEL_MAC,
    CHANNEL_DEK,
    CHANNEL_R_ENC,
    CHANNEL_R_MAC,
    CHANNEL_KEYS,
};

enum { CHANNEL_ISO7816 = 0x01 /* in the place of an scp_protocol */ };

/* The session of such an object, and what it was told. */
struct channel_session {
    struct scp_session scp;
    struct iso_session iso; /* in the place of that */
    uint8_t least;          /* level that it was opened with */
    uint8_t level_set;      /* by setSecurityLevel() */
    uint8_t counted;        /* `sequence` was told, and not yet used */
    uint8_t kvn;
    uint8_t kdd[SCP_KDD_SIZE];
    uint8_t sequence[3];
};

/* What a message waits for until doFinal, and data that are ciphered. */
struct channel_message {
    uint8_t direction; /* enum channel_direction */
    uint8_t ciphering; /* 0: not; enum channel_ciphering */
    uint8_t part_length;
    uint8_t part[CRYPTO_BLOCK_MAX]; /* not yet a block */
    uint8_t chain[CRYPTO_BLOCK_MAX];
    uint32_t announced; /* bytes to wrap */
    uint32_t gathered;  /* bytes that follow this */
};

enum channel_direction { CHANNEL_IDLE, CHANNEL_WRAPS, CHANNEL_UNWRAPS };
enum channel_ciphering { CHANNEL_ENCRYPTS = 1, CHANNEL_DECRYPTS = 2 };

/* `this`, open until the next allocation. */
struct channel {
    struct vm *vm;
    const struct channel_kind *kind;
    ref_t object;
    uint16_t caller; /* applet instance */
    uint16_t protocol_and_i;
    struct channel_session *session; /* NULL: the domain's */
};

/* What a session does.  Of messages and data only the session changes. */
struct channel_kind {
    /* A command of the protocol; what it answers.  [GPCS 10.2] */
    sw_t (*process)(struct channel *c, struct span command, struct buf *answer);
    /* Command and response, status word behind it, in place. */
    sw_t (*unwrap)(struct channel *c, struct buf *command);
    sw_t (*wrap)(struct channel *c, struct buf *response);
    /* What wrap makes of n data bytes in answer to the last command. */
    size_t (*wrapped)(struct channel *c, size_t n);
    /* Whole blocks, in place, going on from `chain`; NULL: it cannot. */
    sw_t (*cipher)(struct channel *c, bool encrypt,
                   uint8_t chain[CRYPTO_BLOCK_MAX], uint8_t *data, size_t n);
    uint8_t (*block)(struct channel *c); /* 0: no session */
    uint8_t (*level)(struct channel *c);
    sw_t (*set_level)(struct channel *c, uint8_t level);
    bool (*reset)(struct channel *c); /* false: thrown */
    /* Memory for a message; NULL: thrown. */
    struct channel_message *(*message)(struct channel *c, size_t *room);
};

/* Objects of SecureChannelProvider's: of an SCP, and of ISO 7816. */
extern const struct channel_kind native_channel_provided;
extern const struct channel_kind native_channel_iso;

/* `this`.  False: thrown. */
bool native_channel_open(struct vm *vm, const struct vm_call *call,
                         struct channel *c);

/* The same of what must be an object of SecureChannelProvider's. */
bool native_channel_look(struct channel *c);

/* The message of such an object, its memory behind it; NULL: thrown. */
struct channel_message *native_channel_message(struct channel *c, size_t *room);

/* Wipes its session and its message. */
void native_channel_wipe(struct channel *c);

/* Wipes a message and data that wait for more. */
void native_channel_forget(struct channel_message *m);

/*
 * Forgets the keys that applets gave: the values too when `clear`.  False:
 * thrown.
 */
bool native_channel_forget_keys(struct channel *c, bool clear);

#endif
