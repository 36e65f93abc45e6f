/*
 * A card made of the card's side of lib/securechannel: opens sessions with the
 * test key, unwraps what it gets, keeps it, and answers what the test put
 * into its queue (or 9000).
 */
#ifndef TESTS_UNIT_GP_FAKE_CARD_H
#define TESTS_UNIT_GP_FAKE_CARD_H

#include <gp/keys.h>
#include <gp/transport.h>

enum { FAKE_COMMANDS = 300, FAKE_ANSWERS = 8, FAKE_BYTES = 300 };

struct fake_card {
    struct gp_transport base;
    const struct crypto_port *crypto;
    struct secret_scp_keys keys;
    struct scp_init init;
    struct scp_session scp;
    unsigned authentications; /* EXTERNAL AUTHENTICATE received */
    unsigned damage;          /* flip a bit of the n-th protected response */
    size_t count;             /* plain commands received */
    uint8_t commands[FAKE_COMMANDS][FAKE_BYTES];
    size_t lengths[FAKE_COMMANDS];
    size_t answer_count;
    size_t answered;
    const char *answers[FAKE_ANSWERS]; /* hexadecimal, with status word */
};

void fake_card_init(struct fake_card *card, const struct crypto_port *crypto,
                    uint8_t protocol, uint8_t i, uint8_t key_length);

/* The next plain command gets this answer. */
void fake_card_answer(struct fake_card *card, const char *hex);

/* The n-th plain command. */
struct span fake_card_command(const struct fake_card *card, size_t n);

#endif
