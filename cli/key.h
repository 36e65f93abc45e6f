/* What the files of the verb `key` share. */
#ifndef CLI_KEY_H
#define CLI_KEY_H

#include <gp/certificate.h>

#include "cli/cli.h"
#include "cli/target.h"

enum { KEY_SERIALS_MAX = 512 };

/* The verb's options; those that were not given are empty. */
struct key_job {
    struct cli_target target;
    struct gp_put_key how; /* --new-kvn, --replace, --kid */
    const char *source;    /* --new-keys */
    uint8_t old_kvn;
    uint8_t diversification;
    bool diversify;

    const char *ec;         /* --ec: a key on a curve to put */
    uint8_t curve;          /* --curve: enum crypto_ec_name */
    const char *out;        /* --out */
    const char *out_public; /* --public */
    const char *by;         /* --by */
    const char *of;         /* --for */
    struct gp_certificate what;
    uint8_t serial[GP_SERIAL_MAX];
    uint8_t issuer[GP_IDENTIFIER_MAX];
    uint8_t subject[GP_IDENTIFIER_MAX];

    uint8_t key[2]; /* --beside: identifier, version */
    bool has_chain;
    size_t chain_length; /* --certificate, or none */
    uint8_t chain[GP_CHAIN_MAX];
    bool has_identifier;
    size_t identifier_length; /* --identifier, or none */
    uint8_t identifier[GP_IDENTIFIER_MAX];
    bool has_serials;
    size_t serials_length; /* --allow, or any */
    uint8_t serials[KEY_SERIALS_MAX];
};

/* Makes a key pair and writes its files. */
int key_generate(struct key_job *job);

/* Makes a certificate and writes its file. */
int key_certify(struct key_job *job);

/* PUT KEY of a key on a curve. */
int key_put_ec(struct key_job *job);

/* STORE DATA of what stands beside a key. */
int key_store(struct key_job *job);

#endif
