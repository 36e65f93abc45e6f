/*
 * Every command of the card manager as plain bytes, and the answers read.
 * Pure: a builder appends one whole plain APDU to `out` and needs no card.
 * They return 0, GP_ERR_ARGUMENT, GP_ERR_TOO_LONG (more than 255 data bytes,
 * or `out` is full).  [GPCS 11]
 */
#ifndef GP_COMMANDS_H
#define GP_COMMANDS_H

#include <stdbool.h>

#include "base/span.h"
#include "crypto/crypto.h"
#include "gp/eckey.h"
#include "gp/error.h"
#include "gp/keys.h"
#include "securechannel/scp.h"

enum { GP_AID_MAX = 16, GP_APDU_SHORT_MAX = 4 + 1 + 255 + 1 };

struct gp_aid {
    uint8_t n; /* 5..16; 0: none */
    uint8_t p[GP_AID_MAX];
};

/* From bytes; GP_ERR_ARGUMENT unless 5..16. */
int gp_aid_set(struct gp_aid *aid, struct span bytes);

/* From hexadecimal text; GP_ERR_ARGUMENT. */
int gp_aid_parse(struct gp_aid *aid, const char *hex);

/* The AID's bytes; empty for none.  Borrowed from *aid. */
static inline struct span gp_aid_span(const struct gp_aid *aid)
{
    return span_of(aid->p, aid->n);
}

/* Same length and bytes. */
bool gp_aid_equal(const struct gp_aid *a, const struct gp_aid *b);

/* SELECT by name; an empty AID selects the issuer security domain. */
int gp_cmd_select(struct buf *out, struct span aid);

/* INITIALIZE UPDATE; kvn 00 is the card's first key set. */
int gp_cmd_initialize_update(struct buf *out, uint8_t kvn,
                             struct span host_challenge);

/* GET DATA of the GlobalPlatform class. */
int gp_cmd_get_data(struct buf *out, uint16_t tag);

/* What GET STATUS and SET STATUS speak of: P1. */
enum gp_scope {
    GP_SCOPE_ISD = 0x80,
    GP_SCOPE_APPLICATIONS = 0x40, /* with supplementary security domains */
    GP_SCOPE_FILES = 0x20,        /* executable load files */
    GP_SCOPE_MODULES = 0x10,      /* load files with their modules */
};

/* GET STATUS, TLV form; `aid` empty finds all; `next` goes on after 6310. */
int gp_cmd_get_status(struct buf *out, enum gp_scope scope, struct span aid,
                      bool next);

enum { GP_MODULES_MAX = 64 };

/* One E3 entry of GET STATUS. */
struct gp_status {
    struct gp_aid aid;
    uint8_t life_cycle[2];
    uint8_t life_cycle_length;
    uint8_t privileges[3];
    uint8_t privileges_length;
    struct gp_aid file;   /* C4: the load file of an application */
    struct gp_aid domain; /* CC: its security domain */
    uint8_t version[2];   /* CE: of a load file */
    uint8_t version_length;
    uint8_t module_count;
    struct gp_aid modules[GP_MODULES_MAX]; /* 84; the first 64 are kept */
};

/*
 * Reads the response data of one GET STATUS: calls `each` for every entry, in
 * order.  GP_ERR_PROTOCOL.
 */
int gp_status_parse(struct span data,
                    void (*each)(void *ctx, const struct gp_status *entry),
                    void *ctx);

/* P1 of SET STATUS. */
enum gp_status_type {
    GP_SET_ISD = 0x80,
    GP_SET_APPLICATION = 0x40,
    GP_SET_DOMAIN_AND_APPLICATIONS = 0x60,
};

/* SET STATUS; `aid` empty for the card itself. */
int gp_cmd_set_status(struct buf *out, enum gp_status_type type, uint8_t state,
                      struct span aid);

/* Card states and the lock bit of applications [GPCS 11.1.1]. */
enum {
    GP_CARD_OP_READY = 0x01,
    GP_CARD_INITIALIZED = 0x07,
    GP_CARD_SECURED = 0x0F,
    GP_CARD_LOCKED = 0x7F,
    GP_CARD_TERMINATED = 0xFF,
    GP_APPLICATION_LOCKED = 0x80,
};

/* INSTALL [for load]; domain, hash, parameters and token may be empty. */
struct gp_install_for_load {
    struct span file;       /* AID of the load file */
    struct span domain;     /* AID of its security domain; empty: default */
    struct span hash;       /* of the load file data block */
    struct span parameters; /* whole TLVs, e.g. EF{C6..} */
    struct span token;
};

/* INSTALL [for load] [GPCS 11.5.2.3.1]. */
int gp_cmd_install_for_load(struct buf *out,
                            const struct gp_install_for_load *in);

/* P1 of INSTALL. */
enum gp_install_for {
    GP_INSTALL_LOAD = 0x02,
    GP_INSTALL_ONLY = 0x04,
    GP_INSTALL_SELECTABLE = 0x08,
    GP_INSTALL_EXTRADITION = 0x10,
    GP_INSTALL_PERSONALIZATION = 0x20,
};

/* INSTALL [for install], [for make selectable] or both (P1 0C). */
struct gp_install {
    struct span file;
    struct span module;
    struct span instance; /* empty: the module's */
    uint8_t privileges[3];
    uint8_t privileges_length; /* 1 or 3 */
    struct span parameters;    /* application's own, put under C9 */
    struct span system;        /* more TLVs: EF{...}, EA{...}; empty: none */
    struct span token;
};

/*
 * INSTALL [for install] and [for make selectable] [GPCS 11.5.2.3.2]; `p1` is
 * the sum of the values of enum gp_install_for.
 */
int gp_cmd_install(struct buf *out, uint8_t p1, const struct gp_install *in);

/* INSTALL [for personalization] of `aid` [GPCS 11.5.2.3.6]. */
int gp_cmd_install_for_personalization(struct buf *out, struct span aid);

/* INSTALL [for extradition] of `aid` to the domain `to`. */
int gp_cmd_extradite(struct buf *out, struct span to, struct span aid);

/* LOAD: one block, number counted from 0 and last marked. */
int gp_cmd_load(struct buf *out, uint8_t number, bool last, struct span data);

/* C4 and the length that stand before n bytes of load file data block. */
int gp_load_header(struct buf *out, size_t n);

enum { GP_LOAD_SIZE_MAX = 32000 /* data bytes of one LOAD, at most */ };

/*
 * One LOAD command after the other: block `number` of the load file made of
 * `header` and `block` cut into pieces of `size` bytes, in extended form where
 * `size` is above 255.  Returns 0 and *last; GP_ERR_LIMIT when more than 256
 * blocks would be needed.
 */
int gp_cmd_load_block(struct buf *out, struct span header, struct span block,
                      size_t size, unsigned number, bool *last);

/* What MANAGE ELF UPGRADE does: P1. */
enum gp_upgrade_action {
    GP_UPGRADE_START = 0x01,
    GP_UPGRADE_RESUME = 0x02,
    GP_UPGRADE_RECOVERY = 0x03,
    GP_UPGRADE_ABORT = 0x04,
    GP_UPGRADE_STATUS = 0x08,
};

/* MANAGE ELF UPGRADE; `file` is for GP_UPGRADE_START alone.  [Amd H 4] */
int gp_cmd_manage_elf_upgrade(struct buf *out, enum gp_upgrade_action action,
                              struct span file);

/* States of an upgrade session. */
enum gp_upgrade_state {
    GP_UPGRADE_NONE = 0x00,
    GP_UPGRADE_COMPLETED = 0x01,
    GP_UPGRADE_AWAITS_FILE = 0x02,
    GP_UPGRADE_AWAITS_RESTORE = 0x03,
    GP_UPGRADE_RESTORE_FAILED = 0x04,
    GP_UPGRADE_CUT = 0x10, /* and above: power went in a phase */
};

struct gp_upgrade {
    uint8_t state;
    struct gp_aid file; /* n 0: none was told */
};

/* Reads the answer to MANAGE ELF UPGRADE; GP_ERR_PROTOCOL. */
int gp_upgrade_parse(struct span data, struct gp_upgrade *out);

/* Of a state, in words; never NULL. */
const char *gp_upgrade_text(uint8_t state);

/* DELETE of a load file or application; `related` also what came from it. */
int gp_cmd_delete(struct buf *out, struct span aid, bool related);

/* DELETE of keys; -1 leaves the identifier or version out. */
int gp_cmd_delete_key(struct buf *out, int kid, int kvn);

/* Bits of P1 of STORE DATA [GPCS 11.11.2.1]. */
enum {
    GP_STORE_ENCRYPTED = 0x60,
    GP_STORE_DGI = 0x08,
    GP_STORE_TLV = 0x10,
    GP_STORE_RESPONSE = 0x01, /* case 4: the application answers data */
};

/* STORE DATA: one block; `flags` are the bits above. */
int gp_cmd_store_data(struct buf *out, uint8_t flags, uint8_t number, bool last,
                      struct span data);

/* What PUT KEY does with one key set of three. */
struct gp_put_key {
    uint8_t replaces; /* 00: add a key set, else the version that goes */
    uint8_t kvn;      /* new version, 01..7F */
    uint8_t kid;      /* of the first key, as a rule 01 */
    uint8_t type;     /* GP_KEY_AES or GP_KEY_DES */
};

/*
 * PUT KEY of enc, mac and dek, each encrypted under the session's data
 * encryption key and followed by its check value.  GP_ERR_STATE without an open
 * session, GP_ERR_ARGUMENT for a version, number or type out of its range.
 * [GPCS 11.8]
 */
int gp_cmd_put_keys(struct buf *out, const struct scp_session *session,
                    const struct crypto_port *crypto,
                    const struct gp_put_key *how,
                    const struct secret_scp_keys *keys);

/* PUT KEY of one key (a DAP, token or receipt key): P2 without "multiple". */
int gp_cmd_put_key(struct buf *out, const struct scp_session *session,
                   const struct crypto_port *crypto,
                   const struct gp_put_key *how, struct span key);

/*
 * PUT KEY of one key on a curve with the curve's reference: the private key,
 * encrypted, or the public one.  how->type does not matter.  As
 * gp_cmd_put_keys; GP_ERR_ARGUMENT: it has no private key.  [GPCS 11.8.2.3,
 * B.4.2]
 */
int gp_cmd_put_ec_key(struct buf *out, const struct scp_session *session,
                      const struct crypto_port *crypto,
                      const struct gp_put_key *how,
                      const struct secret_gp_ec_key *key, bool private);

/*
 * Checks what the card answered to PUT KEY against version and check values
 * (three or one): GP_ERR_PROTOCOL when they differ.
 */
int gp_put_key_check(struct span data, const struct crypto_port *crypto,
                     const struct gp_put_key *how, const struct span *keys,
                     size_t count);

/* One C0 entry of the key information template, tag 00E0. */
struct gp_key_info {
    uint8_t kid;
    uint8_t kvn;
    uint8_t type;    /* the first component's */
    uint16_t length; /* in bits; of a point, those of a coordinate */
};

/* Reads the answer to GET DATA 00E0; GP_ERR_PROTOCOL. */
int gp_key_info_parse(struct span data,
                      void (*each)(void *ctx, const struct gp_key_info *info),
                      void *ctx);

/* Of the card's state in GlobalPlatform's words ("SECURED"); never NULL. */
const char *gp_card_state_name(uint8_t state);

/* The same in the patent's words ("load secured"). */
const char *gp_card_state_patent(uint8_t state);

/* Of an application's or security domain's state ("SELECTABLE"). */
const char *gp_application_state_name(uint8_t state, bool domain);
/* The same in the patent's words ("registered"). */
const char *gp_application_state_patent(uint8_t state);
/* Of a load file's state ("LOADED"). */
const char *gp_file_state_name(uint8_t state);

/* Name of privilege n, 0 (Security Domain) to 19; NULL beyond. */
const char *gp_privilege_name(unsigned n);

/*
 * "card-lock,global-delete" or hexadecimal ("80", "A00000") to bytes; length
 * is 1 where nothing beyond the first byte is set and hexadecimal gave one.
 * GP_ERR_ARGUMENT.
 */
int gp_privileges_parse(const char *text, uint8_t out[3], uint8_t *length);

#endif
