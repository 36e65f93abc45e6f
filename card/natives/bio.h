/*
 * What both biometry packages stand on.  The only matcher of this card is that
 * of passwords: a candidate matches when it is equal, byte by byte.  It would
 * be a lie for anything that is measured, so all other types are refused.
 *
 * A template has a record of its own, as a PIN has:
 *
 *   +-------+-------+-------+------+--------------------------+
 *   | tries | limit | ready | size | value, padded with zeros |
 *   +-------+-------+-------+------+--------------------------+
 *
 * (the value as the vault stores it, with all its padding; size 0: there is
 * none) and transient bytes, which a reset clears.  A candidate may come in
 * parts: it is complete with the length of the template, and until then only
 * what differs is kept, so that time and answers tell nothing of a wrong part.
 */
#ifndef NATIVES_BIO_H
#define NATIVES_BIO_H

#include "natives/support.h"

enum {
    BIO_TRIES_AT = 0,
    BIO_LIMIT_AT = 1,
    BIO_READY_AT = 2,
    BIO_SIZE_AT = 3,
    BIO_VALUE_AT = 4,
    BIO_VALUE_MAX = 127,
    BIO_PASSWORD = 31, /* the type [JCAPI BioBuilder] */
    BIO_VERSION_SIZE = 3,
    BIO_PUBLIC_SIZE = 4, /* version, longest value */
};

enum { /* transient bytes */
       BIO_VALIDATED = 0,
       BIO_ENROLLING = 1,
       BIO_MATCHING = 2,
       BIO_MATCHED = 3, /* bytes of the candidate so far */
       BIO_BEST = 4,    /* matcher: place of the last match, plus 1 */
       BIO_DIFFERS = 5, /* and on, of a matcher: one for each template */
};

enum { /* reasons of BioException and Bio1toNException */
       BIO_ILLEGAL_VALUE = 1,
       BIO_INVALID_DATA = 2,
       BIO_UNSUPPORTED = 3,
       BIO_NOT_ENROLLED = 4,
       BIO_ILLEGAL_USE = 5,
       BIO_CAPACITY_EXCEEDED = 6,
       BIO_MISMATCHED_TYPE = 7,
};

enum { BIO_NEEDS_MORE = -1, BIO_NO_MATCH = 0, BIO_MATCH = 16384 };

/* An open template or matcher. */
struct bio {
    const char *exception; /* that its methods throw */
    ref_t record;
    const uint8_t *p; /* the record; until the next allocation */
    uint8_t *state;   /* the transient bytes */
};

/* An object of a class, and its record with so many bytes behind the value's
 * place, and so many transient ones.  0: thrown. */
ref_t native_bio_new(struct vm *vm, const struct vm_call *call,
                     const char *class_name, uint8_t limit, uint32_t value_max,
                     uint32_t state_size);

/* An object of such a class.  False: thrown. */
bool native_bio_open(struct vm *vm, ref_t object, const char *exception,
                     struct bio *b);

/* The exception of its package.  Always VM_NATIVE_THREW. */
enum vm_native_result native_bio_throw(struct vm *vm, const struct bio *b,
                                       uint16_t reason);

/*
 * Whether the card has this type of this provider (a byte array or null: the
 * card's own) with this parameter.  False: thrown, `exception` with
 * BIO_UNSUPPORTED, or what is wrong with the array.
 */
bool native_bio_supports(struct vm *vm, const struct vm_call *call,
                         const char *exception, int8_t type, ref_t provider,
                         int8_t parameter);

/* init, update, doFinal, clear; the array is in cells 1 to 3. */
enum vm_native_result native_bio_init(struct vm *vm, const struct vm_call *call,
                                      const struct bio *b);
enum vm_native_result native_bio_update(struct vm *vm,
                                        const struct vm_call *call,
                                        const struct bio *b);
enum vm_native_result native_bio_final(struct vm *vm, const struct bio *b);
enum vm_native_result native_bio_clear(struct vm *vm, const struct bio *b);

/* getVersion: array and offset in cells 1 and 2. */
enum vm_native_result native_bio_version(struct vm *vm,
                                         const struct vm_call *call);
/* getPublicTemplateData, getPublicData. */
enum vm_native_result native_bio_public(struct vm *vm,
                                        const struct vm_call *call,
                                        const struct bio *b);

/* Writes tries and limit, which makes it unblocked and not validated. */
enum vm_native_result native_bio_unblock(struct vm *vm, const struct bio *b,
                                         int8_t limit);

/*
 * Begins a session: not validated, a try less.  False: *result says why not,
 * blocked or thrown.
 */
bool native_bio_begin(struct vm *vm, const struct bio *b,
                      enum vm_native_result *result);

/*
 * Takes the next part of the candidate (cells 1 to 3) into a session, against
 * the record `of`.  *differs, kept between parts, is 0 while all was equal.
 * What has been taken counts once, with native_bio_advance().
 */
void native_bio_compare(struct vm *vm, const struct bio *of, uint8_t matched,
                        struct span part, uint8_t *differs);

/* Whether the value of a record opens, if there is one. */
bool native_bio_opens(const struct vm *vm, ref_t record);

/* The session ended with a match: validated, and all tries again.  False:
 * thrown. */
bool native_bio_succeed(struct vm *vm, const struct bio *b);

#endif
