/*
 * How functions of this library answer: 0 is done, a positive number is the
 * card's status word, a negative one is an enum gp_error.
 */
#ifndef GP_ERROR_H
#define GP_ERROR_H

#include "base/err.h"

enum gp_error {
    GP_OK = 0,
    GP_ERR_ARGUMENT = -1,      /* a value out of its range */
    GP_ERR_MEMORY = -2,        /* no memory left */
    GP_ERR_CRYPTO = -3,        /* the cryptographic library failed */
    GP_ERR_NO_READER = -4,     /* no reader, or no such reader, or no service */
    GP_ERR_NO_CARD = -5,       /* no card in the reader, no such file */
    GP_ERR_CONNECT = -6,       /* nobody answers at that address */
    GP_ERR_IN_USE = -7,        /* somebody else has the card or the image */
    GP_ERR_IO = -8,            /* the connection to the card broke */
    GP_ERR_PROTOCOL = -9,      /* the card's answer breaks its format */
    GP_ERR_CARD_AUTH = -10,    /* the card's cryptogram is wrong: wrong keys */
    GP_ERR_RESPONSE_MAC = -11, /* a response's MAC or padding is wrong */
    GP_ERR_STATE = -12,        /* no open session, or aborted */
    GP_ERR_UNSUPPORTED = -13,  /* known, and not provided */
    GP_ERR_TOO_LONG = -14,     /* does not fit one command or buffer */
    GP_ERR_KEYS = -15,         /* a key file or key source is wrong */
    GP_ERR_CAP = -16,          /* a CAP file is wrong */
    GP_ERR_LIMIT = -17,        /* larger than this library accepts */
    GP_ERR_CANCELLED = -18,    /* the caller's callback said stop */
    GP_ERR_NOT_FOUND = -19,    /* no such thing */
    GP_ERR_FILE = -20,         /* a file cannot be read */
};

/* One sentence that says what and where; filled on an error, else empty. */
struct gp_why {
    char text[240];
};

/* Writes the sentence; `why` may be NULL. */
void gp_why_set(struct gp_why *why, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* In words: of a status word (> 0) or an enum gp_error; never NULL. */
const char *gp_strerr(int result);

/* enum err of lib/ as enum gp_error; ERR_OK is 0. */
int gp_from_err(enum err e);

#endif
