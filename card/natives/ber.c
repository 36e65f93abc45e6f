#include "natives/ber.h"

enum { NUMBER_FOLLOWS = 0x1F, MORE = 0x80, SEVEN_BITS = 0x7F };

enum ber_result native_ber_tag(struct span s, struct ber_tag *tag)
{
    uint8_t n = 1;

    if (s.n == 0)
        return BER_ENDS;
    if ((s.p[0] & NUMBER_FOLLOWS) == NUMBER_FOLLOWS) {
        do {
            if (n >= s.n)
                return BER_ENDS;
            if (n == BER_TAG_MAX)
                return BER_BIG_TAG;
            n++;
        } while ((s.p[n - 1] & MORE) != 0);
        if ((s.p[1] & SEVEN_BITS) == 0 || (n == 2 && s.p[1] < NUMBER_FOLLOWS))
            return BER_BAD_TAG; /* [X.690 8.1.2.2, 8.1.2.4.2] */
    }
    memcpy(tag->bytes, s.p, n);
    tag->size = n;
    return BER_FINE;
}

enum ber_result native_ber_head(struct span s, struct ber_head *head)
{
    const enum ber_result r = native_ber_tag(s, &head->tag);
    uint32_t at = head->tag.size;
    uint32_t more = 0;

    if (r != BER_FINE)
        return r;
    if (at >= s.n)
        return BER_ENDS;
    head->length = s.p[at++];
    if (head->length >= MORE) {
        more = head->length & SEVEN_BITS;
        head->length = 0;
        if (more == 0 || more > sizeof head->length)
            return BER_BAD_LENGTH;
    }
    if (more > s.n - at)
        return BER_ENDS;
    for (; more > 0; more--)
        head->length = head->length << 8 | s.p[at++];
    head->size = at;
    return head->length > BER_LENGTH_MAX ? BER_BIG_LENGTH : BER_FINE;
}

struct ber_tag native_ber_tag_of(uint8_t tag_class, bool constructed,
                                 uint16_t number)
{
    const unsigned lead = (unsigned)tag_class << 6 | (constructed ? 0x20u : 0);
    struct ber_tag tag = {.size = 1};

    if (number < NUMBER_FOLLOWS) {
        tag.bytes[0] = (uint8_t)(lead | number);
        return tag;
    }
    tag.bytes[0] = (uint8_t)(lead | NUMBER_FOLLOWS);
    for (unsigned shift = 21; shift > 0;) {
        shift -= 7;
        const unsigned bits = (unsigned)number >> shift & SEVEN_BITS;
        if (bits != 0 || tag.size > 1)
            tag.bytes[tag.size++] = (uint8_t)(bits | (shift > 0 ? MORE : 0));
    }
    return tag;
}

uint32_t native_ber_tag_number(const struct ber_tag *tag)
{
    uint32_t number = 0;

    if (tag->size == 1)
        return tag->bytes[0] & NUMBER_FOLLOWS;
    for (unsigned i = 1; i < tag->size; i++)
        number = number << 7 | (tag->bytes[i] & SEVEN_BITS);
    return number;
}

uint32_t native_ber_length_size(uint32_t length)
{
    if (length < MORE)
        return 1;
    return length <= 0xFF ? 2 : 3;
}

uint32_t native_ber_put_length(uint8_t *out, uint32_t length)
{
    const uint32_t n = native_ber_length_size(length);

    if (n > 1)
        out[0] = (uint8_t)(MORE | (n - 1));
    if (n > 2)
        out[1] = (uint8_t)(length >> 8);
    out[n - 1] = (uint8_t)length;
    return n;
}

/* Whether they end together; does not look into them. */
static bool fill(struct span s)
{
    struct ber_head head;

    while (s.n > 0) {
        if (native_ber_head(s, &head) != BER_FINE ||
            head.length > s.n - head.size)
            return false;
        s = span_of(s.p + head.size + head.length,
                    s.n - head.size - head.length);
    }
    return true;
}

/* Each constructed TLV is looked at twice: here, and by fill() above it. */
bool native_ber_is_sound(struct span s)
{
    struct ber_head head;

    if (!fill(s))
        return false;
    while (s.n > 0) {
        const bool sound = native_ber_head(s, &head) == BER_FINE;
        const bool inside = sound && ber_is_constructed(&head.tag);
        if (!sound || (inside && !fill(span_of(s.p + head.size, head.length))))
            return false;
        const uint32_t passed = head.size + (inside ? 0 : head.length);
        s = span_of(s.p + passed, s.n - passed);
    }
    return true;
}

uint32_t native_ber_count(struct span s)
{
    struct ber_head head;
    uint32_t n = 0;

    while (s.n > 0 && native_ber_head(s, &head) == BER_FINE &&
           head.length <= s.n - head.size) {
        s = span_of(s.p + head.size + head.length,
                    s.n - head.size - head.length);
        n++;
    }
    return n;
}
