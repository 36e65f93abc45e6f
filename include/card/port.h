/*
 * What a card needs of the machine it runs on.  The port fills in one struct
 * card_port before card_init() and leaves it alone for the card's life.
 */
#ifndef CARD_PORT_H
#define CARD_PORT_H

#include <stdint.h>

struct crypto_port; /* lib/crypto/crypto.h */

/* See struct card_port.transient. */
#define CARD_TRANSIENT(nv_size, n)                                             \
    ((nv_size) / 64 + (nv_size) / 128 + (n) + (n) / 63 + 64)

struct card_port {
    void *ctx; /* handed back to each call below */

    /*
     * Persistent memory: byte-alterable, readable at `nv`.  nv_program writes
     * n bytes at `offset`; when power fails inside it, each bit it touches is
     * old, new, or unstable on later reads.  Programs take effect in order;
     * `bytes` may be elsewhere in nv themselves.
     * Both return 0, or anything else when the medium failed: the card then
     * refuses further commands until its next power-on.
     */
    const uint8_t *nv;
    uint32_t nv_size;
    int (*nv_program)(void *ctx, uint32_t offset, const uint8_t *bytes,
                      uint32_t n);
    int (*nv_flush)(void *ctx); /* before a response leaves; may be NULL */

    /*
     * `nv` once more where the card may write to it, if a plain store there is
     * what a program is: stores take effect in their order, are whole or torn
     * as said above, and need no call to last.  The card then stores elements
     * and fields by itself, and calls nv_program for the rest.  NULL: it calls
     * nv_program for all.
     */
    uint8_t *nv_direct;

    /*
     * Working memory lent for the length of one command, for the verifier
     * and the linker, aligned as malloc does: contents mean nothing between
     * commands.  64 KiB serve a package of 40 KB; too little is answered 6A84.
     */
    uint8_t *scratch;
    uint32_t scratch_size;

    /*
     * Memory lent while the card is on, for commands that come in pieces and
     * responses that leave in pieces.  With n bytes a command sent to a
     * security domain, in one piece or in a chain, may have n - 10 bytes of
     * data (a short one needs 265; longer: 6700, in a chain 6A86), and of a
     * response that is longer than the command expects n bytes are kept for
     * GET RESPONSE (more: 6F00).  A response comes into being in the buffer
     * of card_transmit() or in half of this memory, whichever is larger: an
     * applet that sends more gets an IO_ERROR.  300 serve a microcontroller
     * that knows short commands; CARD_APDU_MAX bytes serve all there are.
     * card_power_off() wipes what was used of it.
     */
    uint8_t *io;
    uint32_t io_size;

    /*
     * Memory lent while the card is on, for methods decoded ahead: 16 bytes
     * an instruction, and while one method is decoded 4 a byte of its package's
     * code.  64 KiB serve most packages; what does not fit is run undecoded,
     * some ten times slower, and so is everything when it is NULL.
     */
    uint8_t *code;
    uint32_t code_size;

    /*
     * Memory lent while the card is on: maps of persistent memory, and in the
     * rest the elements of transient arrays.  CARD_TRANSIENT(nv_size, n) bytes
     * have room for n bytes of elements (n at most 524,280).  A card whose
     * transient arrays were made with more does not power on with less.
     * card_power_off() wipes it.
     */
    uint8_t *transient;
    uint32_t transient_size;

    const struct crypto_port *crypto;

    /*
     * Instructions that each call of an applet's method may run; when they
     * are spent the call ends, open transactions with it, and no handler
     * catches that.  0: 2^32.
     */
    uint64_t instructions;

    /*
     * A clock that counts microseconds and never goes back while the card is
     * on; NULL: there is none, and the card's time goes on by one microsecond
     * whenever an applet asks.
     */
    uint64_t (*clock)(void *ctx);

    /*
     * The key under which a card keeps its key material enciphered, if its
     * profile says so: 32 bytes that persistent memory does not hold, the same
     * at each power-on: of fuses, of a secure element, of a file on a host.
     * Asked for by card_format() and card_power_on().  0, or anything else when
     * there is none; NULL: there never is.
     */
    int (*wrapping_key)(void *ctx, uint8_t key[32]);

    /* A reason in words for what was refused; may be NULL.  No secrets.
     * [GPCS 9.6.8] */
    void (*trace)(void *ctx, const char *text);
};

#endif
