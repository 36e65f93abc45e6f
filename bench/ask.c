/*
 * A process with a card in it and nothing else: powers the card of an image
 * on, asks it one thing, powers it off.
 *
 *   bench-ask IMAGE
 *
 * bench-memory runs it. Linked without shared objects: a program on its own
 * pays for the card then, and not for the loading of libcrypto.so.
 */
#include "bench/asked.h"

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;

    struct posix_card *card = asked_open(argv[1]);

    asked_once(card);
    posix_card_close(&card);
    return 0;
}
