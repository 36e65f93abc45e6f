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

/* bytes of one DAP block in front of a load file, at most */
#ifndef CARD_DAP_MAX
#define CARD_DAP_MAX 1024
#endif

/* bytes of the first INSTALL of a combined process that has a token, at most */
#ifndef CARD_COMBINED_MAX
#define CARD_COMBINED_MAX 512
#endif

/* bytes of persistent transaction log */
#ifndef CARD_LOG_SIZE
#define CARD_LOG_SIZE 16384
#endif

/* OneShot objects with a state that are open at once, and bytes of a state */
#ifndef CARD_ONESHOTS
#define CARD_ONESHOTS 2
#endif
#ifndef CARD_ONESHOT_STATE
#define CARD_ONESHOT_STATE 1024
#endif

/* bytes of secrets open at once, in a card that keeps them enciphered: what a
 * key's secret parts have together and the longest of them once more is the
 * largest key that such a card has (RSA-4096 with CRT: 1536) */
#ifndef CARD_SECRETS
#define CARD_SECRETS 2048
#endif

/*
 * What other sizes would break: numbers of a package are a byte with a mark in
 * its top bit, those of objects 16 bits whose last 256 are built in, and Java
 * counts in shorts.
 */
_Static_assert(CARD_TAGGED == 0 || CARD_TAGGED == 1, "CARD_TAGGED");
_Static_assert(CARD_APDU_MAX >= 261 && CARD_APDU_MAX <= 65544,
               "CARD_APDU_MAX: a short command with Le, an extended one");
_Static_assert(CARD_APDU_BUFFER >= 133 && CARD_APDU_BUFFER <= 32767,
               "CARD_APDU_BUFFER: [JCAPI APDU], and a short");
_Static_assert(CARD_TRANSIENT_SIZE >= 0 && CARD_TRANSIENT_SIZE <= 0x7FFF8,
               "CARD_TRANSIENT_SIZE: places are 16 bits, in units of 8");
_Static_assert(CARD_STACK_CELLS >= 16 && CARD_STACK_CELLS <= 32767,
               "CARD_STACK_CELLS: 16 bits name a cell");
_Static_assert(CARD_FRAMES >= 2 && CARD_FRAMES <= 32767,
               "CARD_FRAMES: 16 bits count them");
_Static_assert(CARD_CHANNELS >= 1 && CARD_CHANNELS <= 20,
               "CARD_CHANNELS: a class byte names 20");
_Static_assert(CARD_HANDLES_MAX >= 64 && CARD_HANDLES_MAX < 0xFF00,
               "CARD_HANDLES_MAX: built-in objects begin at FF00");
_Static_assert(CARD_PACKAGES_MAX >= 1 && CARD_PACKAGES_MAX < 0x80,
               "CARD_PACKAGES_MAX: 80 marks a package of the API");
_Static_assert(CARD_STORE_MAX >= 16 && CARD_STORE_MAX <= 32767,
               "CARD_STORE_MAX: lengths have 16 bits");
_Static_assert(CARD_DAP_MAX >= 64 && CARD_DAP_MAX <= 32767,
               "CARD_DAP_MAX: a short signature fits, and 16 bits count it");
_Static_assert(CARD_COMBINED_MAX >= 16 && CARD_COMBINED_MAX <= 32767,
               "CARD_COMBINED_MAX: 16 bits count them");
_Static_assert(CARD_LOG_SIZE >= 1024 && CARD_LOG_SIZE % 64 == 0,
               "CARD_LOG_SIZE: one entry and what PINs need; data behind it");
_Static_assert(CARD_ONESHOTS >= 1 && CARD_ONESHOTS <= 2,
               "CARD_ONESHOTS: built-in objects are counted");
_Static_assert(CARD_ONESHOT_STATE >= 64 && CARD_ONESHOT_STATE <= 32760 &&
                   CARD_ONESHOT_STATE % 8 == 0,
               "CARD_ONESHOT_STATE: aligned as algorithms want it");
_Static_assert(CARD_SECRETS >= 256 && CARD_SECRETS <= 65536,
               "CARD_SECRETS: keys and PINs of usual sizes");

#endif
