/*
 * BER-TLV as ISO/IEC 7816-4 and GlobalPlatform use it: tags of one or two
 * bytes, definite lengths up to 65,535.
 */
#ifndef BASE_TLV_H
#define BASE_TLV_H

#include "base/span.h"

struct tlv {
    uint16_t tag;
    struct span value;
};

/*
 * Takes the next item from `s`.  Tags of one or two bytes; lengths 00..7F,
 * 81 xx, 82 xxxx, 83 xxxxxx.  ERR_TRUNCATED, ERR_FORMAT; `s` is then
 * unchanged.
 */
NODISCARD enum err tlv_take(struct span *s, struct tlv *out);

/* As tlv_take, and ERR_FORMAT unless the tag is `tag`. */
NODISCARD enum err tlv_take_tag(struct span *s, uint16_t tag,
                                struct span *value);

/* The first item with this tag at the top level of `s`; ERR_NOT_FOUND. */
NODISCARD enum err tlv_find(struct span s, uint16_t tag, struct span *value);

/* Appends one item with the shortest length form; ERR_FULL, ERR_RANGE. */
NODISCARD enum err tlv_put(struct buf *b, uint16_t tag, struct span value);

/* Only the tag and the length of an item whose n value bytes follow. */
NODISCARD enum err tlv_put_header(struct buf *b, uint16_t tag, size_t n);

/*
 * Starts a constructed item whose length is not yet known; *mark is for
 * tlv_close, which moves the value when the length needs more than one byte.
 */
NODISCARD enum err tlv_open(struct buf *b, uint16_t tag, size_t *mark);
NODISCARD enum err tlv_close(struct buf *b, size_t mark);

#endif
