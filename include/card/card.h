/*
 * A smart card as a library: Java Card runtime, card domain and security
 * domains.  No memory is allocated and nothing is read or written but through
 * the port; a process may hold thousands of cards.
 *
 *   no memory --card_init--> off --card_power_on--> on --card_power_off--> off
 *
 * card_format() makes persistent memory a new card's; it is called once, off.
 */
#ifndef CARD_CARD_H
#define CARD_CARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <card/config.h>
#include <card/port.h>

struct card; /* all volatile state of one card */

enum card_status {
    CARD_OK = 0,
    CARD_NOT_FORMATTED, /* nv holds no card: format it, or wrong file */
    CARD_WRONG_VERSION, /* a card of another format version */
    CARD_CORRUPT,       /* a card, but its memory contradicts itself */
    CARD_NO_ROOM,       /* nv, or a given buffer, is too small */
    CARD_PORT_FAILED,   /* nv_program or the random source failed */
    CARD_BAD_PROFILE,   /* card_format: a value out of its range */
    CARD_WRONG_KEY,     /* enciphered, and card_port.wrapping_key has another
                           key, or none */
};

/* How a card is spoken to: transmission protocol and medium. */
enum card_protocol {
    CARD_T1,     /* contacts, T=1: what a card begins with */
    CARD_T0,     /* contacts, T=0: commands and answers are its TPDUs */
    CARD_TYPE_A, /* ISO 14443, T=CL over type A */
    CARD_TYPE_B,
    CARD_TYPE_F, /* or the APDU gate of a host controller */
    CARD_USB,    /* T=1 over USB */
};

/* One set of secure channel keys: three of the same length. */
struct card_key_set {
    uint8_t version; /* 01..7F [GPCS 11.1.9] */
    uint8_t type;    /* 88 AES, 80 DES [GPCS 11.1.8] */
    uint8_t length;  /* bytes each: 16, 24, 32 (AES) or 16 (DES) */
    uint8_t enc[32];
    uint8_t mac[32];
    uint8_t dek[32];
};

enum { CARD_KEY_SETS_MAX = 4, CARD_CPLC_SIZE = 42 };

/* Kinds of keys, for card_profile.withheld; both halves of pairs. */
enum card_family {
    CARD_FAMILY_DES = 0x0001,
    CARD_FAMILY_AES = 0x0002,
    CARD_FAMILY_HMAC = 0x0004, /* and generic secrets */
    CARD_FAMILY_SEED = 0x0008,
    CARD_FAMILY_SM4 = 0x0010,
    CARD_FAMILY_RSA = 0x0020,
    CARD_FAMILY_DSA = 0x0040,
    CARD_FAMILY_DH = 0x0080,
    CARD_FAMILY_EC = 0x0100,  /* of any equation, and SM2 */
    CARD_FAMILY_XEC = 0x0200, /* of a NamedParameterSpec, as X25519 */
    CARD_FAMILY_ALL = 0x03FF,
};

/* What is decided when a card is issued. */
struct card_profile {
    uint8_t isd_aid[16];
    uint8_t isd_aid_length; /* 5..16; 0: A000000151000000 */
    uint8_t iin[16];        /* tag 42, issuer identification */
    uint8_t iin_length;
    uint8_t cin[16]; /* tag 45, card image number */
    uint8_t cin_length;
    uint8_t diversification[10]; /* answered by INITIALIZE UPDATE */
    uint8_t life_cycle;          /* 01 OP_READY, 07 INITIALIZED, 0F SECURED */
    uint8_t scp03_i;             /* 70: random-free challenge, R-MAC, R-ENC */
    uint8_t scp02_i;             /* 55, 15, 1A .. [GPCS E.1.1]; 00: none */
    /* 05, 15 [GPCS 2.2.1 D.1.1]; 00: none.  Not with SCP02: the protocol that
     * triple DES keys are for is one of both. */
    uint8_t scp01_i;
    /* Variants 01 a, 02 b, 10 c, with 08 for chains of certificates and 40 for
     * S16 [Amd F]; 00: none.  Its keys come later, by PUT KEY. */
    uint8_t scp11_i;
    /* Authentications that may fail in a row, for each domain; 0: any. */
    uint8_t tries;
    /*
     * Key material is enciphered in persistent memory, under a key that the
     * port has (card_port.wrapping_key): SECURITY.md says what that covers.
     */
    bool enciphered;
    /* Of the ATR, but for type B; none: those that say what the card can. */
    uint8_t historical[15];
    uint8_t historical_length;
    uint8_t channels; /* 1..CARD_CHANNELS; 0: all of them */
    /* Edition in tag 66 [GPCS H.2]; 0.0.0: 2.3.1.  FF.FF.FF: no tag 66. */
    uint8_t edition[3];
    uint16_t withheld; /* kinds of keys that no applet gets: card_family */
    /* Tag 9F7F.  Not given: zeros, but for a serial number out of the last
     * four bytes of the diversification data. */
    bool has_cplc;
    uint8_t cplc[CARD_CPLC_SIZE];
    uint8_t key_set_count;
    struct card_key_set key_sets[CARD_KEY_SETS_MAX];
};

/* Bytes that card_init needs. */
size_t card_size(void);

/*
 * Whether this is the build with tagged cells (CARD_TAGGED, config.h), in
 * which LOAD takes code that no verifier has proved well-typed.
 */
bool card_is_tagged(void);

/*
 * Makes `memory` (n >= card_size() bytes, aligned as malloc does) a card that
 * is off.  `port` must outlive it.  NULL when n is too small.
 */
struct card *card_init(void *memory, size_t n, const struct card_port *port);

/*
 * Says how the card is spoken to, from its next power-on to the next such
 * call; it is off afterwards.
 */
void card_set_protocol(struct card *card, enum card_protocol protocol);

/* Erases persistent memory and writes a new card.  Not tear-safe. */
enum card_status card_format(struct card *card,
                             const struct card_profile *profile);

/*
 * Power on, or reset: finishes or undoes what a power cut interrupted, clears
 * transient memory, selects the default application.
 */
enum card_status card_power_on(struct card *card);

/* Forgets all volatile state; secrets are wiped. */
void card_power_off(struct card *card);

/*
 * Answer To Reset, at most 33 bytes; returns their number.  While the card is
 * off it is that of a card of the usual profile.  Without contacts it is what a
 * PC/SC reader makes of the card's answer to activation.
 */
size_t card_atr(const struct card *card, uint8_t atr[33]);

/*
 * One command APDU (short or extended) and its response, status word
 * included.  T=0: one TPDU, with data and answer in one piece; a response
 * that is not as long as P3 says comes in the further exchanges that 61xx and
 * 6Cxx ask for, an extended command comes in ENVELOPEs. `response` has room for
 * `cap` bytes (CARD_APDU_MAX always suffices).  Returns the response's length;
 * 0 only when the card is off or its memory failed, and then it stays mute
 * until the next power-on.
 */
size_t card_transmit(struct card *card, const uint8_t *command, size_t n,
                     uint8_t *response, size_t cap);

/*
 * Proves persistent memory consistent, after card_power_on: calls `report`
 * with one line for each finding and returns their number.
 */
unsigned card_check(struct card *card,
                    void (*report)(void *ctx, const char *line), void *ctx);

/*
 * The card's content as stable text lines: card state, packages, applications,
 * domains, key check values, objects by owner.  With `counters` also those
 * values that change by themselves (sequence and velocity counters, free
 * memory).  Equal dumps mean equal content.
 */
void card_dump(struct card *card, bool counters,
               void (*line)(void *ctx, const char *text), void *ctx);

/* What card_try() found. */
struct card_trial {
    uint16_t load_sw;         /* 9000, or what the last LOAD would answer */
    uint16_t install_sw;      /* 9000, or what INSTALL would; 0: no load */
    unsigned lacks;           /* things that the file needs and are not here */
    uint32_t free;            /* persistent bytes free before */
    uint32_t load_bytes;      /* persistent bytes that the package takes */
    uint32_t install_bytes;   /* and its instances, one an applet */
    uint32_t transient_bytes; /* of the instances */
    uint8_t instances;        /* made */
    char why[160];            /* why the load failed, in words, or "" */
};

/*
 * Loads a load file (n bytes: whole components in the order LOAD takes them)
 * on trial, and makes an instance of each of its applets without parameters:
 * everything LOAD and INSTALL do once the sender's authority is established.
 * `tell` hears a sentence for everything that the card lacks.  Needs a card
 * that is on and that nobody wants to keep: its applets may have run code of
 * others.  Nothing is committed, and the card is off afterwards.
 */
void card_try(struct card *card, const uint8_t *load_file, size_t n,
              struct card_trial *out, void (*tell)(void *ctx, const char *text),
              void *ctx);

/*
 * The same, and it stays: the issuer's package and applets, selectable, without
 * privileges.  For who asks a copy of a card by an applet of his own: no key
 * is asked for, so never do it to a card that somebody uses.  The card stays on
 * if out->install_sw is 9000, else it is off and as it was.
 */
void card_plant(struct card *card, const uint8_t *load_file, size_t n,
                struct card_trial *out,
                void (*tell)(void *ctx, const char *text), void *ctx);

/* One instruction that is about to run. */
struct card_instruction {
    uint8_t package; /* whose code; 1 for the first that was loaded */
    uint32_t method; /* address of the method's header in Method */
    uint32_t pc;     /* and of the instruction */
    uint8_t opcode;
    uint8_t context; /* active */
    uint16_t depth;  /* frames in use */
    /* CARD_OBSERVE_REPLACE: what runs instead, with its operands. */
    uint8_t replacement[8];
};

enum card_observed {
    CARD_OBSERVE_GO,      /* it runs */
    CARD_OBSERVE_SKIP,    /* it does not, this time: a fault */
    CARD_OBSERVE_REPLACE, /* another runs in its place; not a switch */
};

/* For tracers, and for tests that make instructions fail. */
struct card_observer {
    void *ctx;
    enum card_observed (*before)(void *ctx, struct card_instruction *i);
};

/*
 * Calls `observer` before every instruction until the next power-on or until
 * it is NULL; it must live as long.  Decoded code is not used meanwhile, and
 * nothing of this costs anything while there is no observer.
 */
void card_observe(struct card *card, const struct card_observer *observer);

/*
 * Copies `src` and its volatile state to `memory`, bound to `port`, whose nv
 * holds a copy of src's nv made by the caller, and which lends as much memory
 * as src's.  NULL when that is too little, or n.  No cache of the original is
 * shared: what the port itself keeps, its source of random bytes above all, is
 * the caller's to start anew.
 */
struct card *card_fork(void *memory, size_t n, const struct card *src,
                       const struct card_port *port);

#endif
