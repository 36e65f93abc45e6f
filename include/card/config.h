/*
 * Sizes fixed when the card is compiled: all of a card's volatile memory is
 * in one struct card, and these say how large its parts are.
 */
#ifndef CARD_CONFIG_H
#define CARD_CONFIG_H

/*
 * 1: every cell of the machine carries a tag with its kind, each instruction
 * checks the tags of what it takes, and LOAD does not run the type verifier.
 * Both builds hold alone against hostile code; the plain one is faster.
 */
#ifndef CARD_TAGGED
#define CARD_TAGGED 0
#endif

enum {
    CARD_APDU_MAX = 33024,       /* bytes of a command or response, header,
                                  * extended lengths and secure messaging in */
    CARD_APDU_BUFFER = 1024,     /* bytes of the Java APDU buffer, >= 133 */
    CARD_TRANSIENT_SIZE = 32768, /* bytes for transient arrays */
    CARD_STACK_CELLS = 2048,     /* 16-bit cells: locals and operands */
    CARD_FRAMES = 128,           /* nested method calls */
    CARD_CHANNELS = 20,          /* logical channels [GPCS 6.4.3] */
    CARD_HANDLES_MAX = 32768,    /* live objects, at most */
    CARD_PACKAGES_MAX = 96,      /* loaded packages */
    CARD_LOG_SIZE = 16384,       /* bytes of persistent transaction log */
};

#endif
