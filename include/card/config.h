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

/*
 * The sizes below are those of a card on a host; another card is compiled with
 * other ones (-DCARD_FRAMES=16 ...), all of its parts with the same.  What a
 * microcontroller needs: docs/ports.md.
 */

/* bytes of a command or response, from its header to its secure messaging */
#ifndef CARD_APDU_MAX
#define CARD_APDU_MAX 33024
#endif

/* bytes of the Java APDU buffer, >= 133 */
#ifndef CARD_APDU_BUFFER
#define CARD_APDU_BUFFER 1024
#endif

/* bytes for transient arrays, where a host lends them */
#ifndef CARD_TRANSIENT_SIZE
#define CARD_TRANSIENT_SIZE 32768
#endif

/* 16-bit cells: locals and operands */
#ifndef CARD_STACK_CELLS
#define CARD_STACK_CELLS 2048
#endif

/* nested method calls */
#ifndef CARD_FRAMES
#define CARD_FRAMES 128
#endif

/* logical channels [GPCS 6.4.3] */
#ifndef CARD_CHANNELS
#define CARD_CHANNELS 20
#endif

/* live objects, at most */
#ifndef CARD_HANDLES_MAX
#define CARD_HANDLES_MAX 32768
#endif

/* loaded packages */
#ifndef CARD_PACKAGES_MAX
#define CARD_PACKAGES_MAX 96
#endif

/* bytes of a data object in one or more STORE DATA, at most */
#ifndef CARD_STORE_MAX
#define CARD_STORE_MAX 2048
#endif

/* bytes of persistent transaction log */
#ifndef CARD_LOG_SIZE
#define CARD_LOG_SIZE 16384
#endif

#endif
