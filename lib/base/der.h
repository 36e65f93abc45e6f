/*
 * DER, the one encoding of ASN.1 that X.690 10 and 11 leave: tags of one byte,
 * definite lengths in the fewest bytes, up to 65,535.  What has another form
 * is ERR_FORMAT, and what ends too soon as well; nothing is read outside the
 * span.
 */
#ifndef BASE_DER_H
#define BASE_DER_H

#include <stdbool.h>

#include "base/span.h"

enum der_tag {
    DER_BOOLEAN = 0x01,
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_OCTET_STRING = 0x04,
    DER_NULL = 0x05,
    DER_OID = 0x06,
    DER_UTC_TIME = 0x17,
    DER_GENERALIZED_TIME = 0x18,
    DER_SEQUENCE = 0x30,
    DER_SET = 0x31,
    DER_CONTEXT = 0x80,     /* [n] IMPLICIT of a simple type: | n */
    DER_CONSTRUCTED = 0x20, /* ... of any other, and EXPLICIT */
};

struct der {
    uint8_t tag;
    struct span value;
    struct span whole; /* tag and length, too */
};

/* Takes the next item; on an error `s` is unchanged. */
NODISCARD enum err der_take(struct span *s, struct der *out);

/* The same, of this tag. */
NODISCARD enum err der_take_tag(struct span *s, uint8_t tag, struct der *out);

/* The same if the next item has this tag: its absence is no error, and *there
 * tells. */
NODISCARD enum err der_take_optional(struct span *s, uint8_t tag, bool *there,
                                     struct der *out);

/* An INTEGER in its shortest form, two's complement. */
NODISCARD enum err der_take_integer(struct span *s, struct der *out);

/* One that is not negative, without the zero that says so: zero is 0 bytes. */
NODISCARD enum err der_take_unsigned(struct span *s, struct span *number);

/* One that is at most `most`. */
NODISCARD enum err der_take_small(struct span *s, uint16_t most, uint16_t *out);

/* An OBJECT IDENTIFIER of well-formed arcs: what is behind its length. */
NODISCARD enum err der_take_oid(struct span *s, struct span *oid);

/* A BIT STRING of whole bytes: these. */
NODISCARD enum err der_take_bytes(struct span *s, struct span *bytes);

/* A UTCTime or GeneralizedTime as X.509 has them: with seconds, in UTC, and
 * each field in its range.  [RFC 5280 4.1.2.5] */
NODISCARD enum err der_take_time(struct span *s, struct der *out);

/* TRUE and FALSE are one byte each. */
NODISCARD enum err der_boolean(const struct der *item, bool *out);

/* Whether these are unused bits and what they are unused in: a BIT STRING's
 * contents. */
bool der_is_bits(struct span value);

#endif
