/*
 * BER as javacardx.framework.tlv reads and writes it: tags of up to four
 * bytes, lengths of definite form in up to five, as long a form as the sender
 * likes.  [X.690 8.1]
 */
#ifndef NATIVES_BER_H
#define NATIVES_BER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

enum {
    BER_TAG_MAX = 4,  /* tag numbers to 2^21 - 1 */
    BER_HEAD_MAX = 7, /* a tag, and a length as it is written */
    BER_LENGTH_MAX = 0x7FFF,
};

enum ber_result {
    BER_FINE,
    BER_ENDS,       /* the bytes end before it does */
    BER_BAD_TAG,    /* a number in more bytes than it takes */
    BER_BIG_TAG,    /* more than BER_TAG_MAX bytes */
    BER_BAD_LENGTH, /* indefinite, or of more than five bytes */
    BER_BIG_LENGTH, /* above BER_LENGTH_MAX */
};

struct ber_tag {
    uint8_t bytes[BER_TAG_MAX];
    uint8_t size; /* 0: none */
};

/* What stands before a value. */
struct ber_head {
    struct ber_tag tag;
    uint32_t size;   /* of tag and length */
    uint32_t length; /* of the value, which may end after the bytes do */
};

enum ber_result native_ber_tag(struct span s, struct ber_tag *tag);
enum ber_result native_ber_head(struct span s, struct ber_head *head);

/* class: 0 to 3; number: not negative. */
struct ber_tag native_ber_tag_of(uint8_t tag_class, bool constructed,
                                 uint16_t number);

static inline bool ber_is_constructed(const struct ber_tag *tag)
{
    return (tag->bytes[0] & 0x20) != 0;
}

static inline bool ber_same_tag(const struct ber_tag *a,
                                const struct ber_tag *b)
{
    return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

uint32_t native_ber_tag_number(const struct ber_tag *tag);

/* Bytes of the shortest length field, and the field. */
uint32_t native_ber_length_size(uint32_t length);
uint32_t native_ber_put_length(uint8_t *out, uint32_t length);

/*
 * Whether the bytes are one TLV after another, none of them cut short, and the
 * same holds within all that are constructed.  Time depends on their number.
 */
bool native_ber_is_sound(struct span s);

/* How many TLVs there are, of bytes that are sound. */
uint32_t native_ber_count(struct span s);

#endif
