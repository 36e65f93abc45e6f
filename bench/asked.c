#include "bench/asked.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static const uint8_t select_wallet[] = {0x00, 0xA4, 0x04, 0x00, 0x07,
                                        0xF0, 0x50, 0x4F, 0x53, 0x54,
                                        0x01, 0x01, 0x00};

static void die(const char *what)
{
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

struct posix_card *asked_open(const char *path)
{
    const struct posix_card_options options = {.seed = NULL};
    struct posix_card *card = NULL;
    char why[256];

    if (posix_card_open(path, &options, &card, why, sizeof why) !=
        POSIX_CARD_DONE)
        die(why);
    if (card_power_on(posix_card_card(card)) != CARD_OK)
        die("the card does not start");
    return card;
}

void asked_once(struct posix_card *card)
{
    uint8_t answer[300];
    const size_t n = card_transmit(posix_card_card(card), select_wallet,
                                   sizeof select_wallet, answer, sizeof answer);

    if (n < 2 || answer[n - 2] != 0x90)
        die("the card does not answer");
}
