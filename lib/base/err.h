/*
 * What can go wrong below the border of an APDU.
 *
 * lib/, card/persist, card/heap and card/vm report with this one type; the
 * two tables that translate it are sw_from_err() (to a status word) and the
 * machine's own (to an exception).  A variable of this type starts its life
 * as ERR_CORRUPT, so that a path which forgets to set it fails closed.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

enum err {
    ERR_OK = 0,
    ERR_CORRUPT,     /* stored bytes contradict themselves */
    ERR_TRUNCATED,   /* the input ends before the item does */
    ERR_FULL,        /* the caller's buffer is too small */
    ERR_FORMAT,      /* the input breaks its grammar */
    ERR_RANGE,       /* an argument or index is out of its range */
    ERR_NOT_FOUND,   /* no such entry, key, package, file */
    ERR_EXISTS,      /* it is there already */
    ERR_MEMORY,      /* no persistent, transient or scratch memory left */
    ERR_LOG_FULL,    /* the transaction buffer is full */
    ERR_STATE,       /* not now: the order of calls forbids it */
    ERR_AUTH,        /* a cryptogram, MAC, hash or signature is wrong */
    ERR_UNSUPPORTED, /* known, and not provided here */
    ERR_VERSION,     /* a format or package version that does not fit */
    ERR_TYPE,        /* ill-typed code: the verifier's verdict */
    ERR_IO,          /* the port failed; nothing can be said of the medium */
    ERR_DAMAGED,     /* an applet's guarded array is not what was written */
};

#define NODISCARD __attribute__((warn_unused_result))

/* A short English phrase for `e`, never NULL. */
const char *err_text(enum err e);

#endif
