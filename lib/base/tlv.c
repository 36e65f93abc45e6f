#include "base/tlv.h"

#include <string.h>

static enum err take_tag(struct span *s, uint16_t *tag)
{
    uint8_t first = 0;
    enum err e = span_take_u1(s, &first);
    if (e != ERR_OK)
        return e;
    *tag = first;
    if ((first & 0x1F) != 0x1F)
        return ERR_OK;

    uint8_t second = 0;
    e = span_take_u1(s, &second);
    if (e != ERR_OK)
        return e;
    *tag = (uint16_t)(first << 8 | second);
    return (second & 0x80) != 0 ? ERR_FORMAT : ERR_OK;
}

static enum err take_length(struct span *s, size_t *n)
{
    uint8_t first = 0;
    enum err e = span_take_u1(s, &first);
    if (e != ERR_OK)
        return e;
    *n = first;
    if (first < 0x80)
        return ERR_OK;
    if (first == 0x80 || first > 0x83)
        return ERR_FORMAT;

    struct span digits;
    e = span_take(s, first & 0x7Fu, &digits);
    if (e != ERR_OK)
        return e;
    *n = 0;
    for (size_t i = 0; i < digits.n; i++)
        *n = *n << 8 | digits.p[i];
    return ERR_OK;
}

enum err tlv_take(struct span *s, struct tlv *out)
{
    struct span rest = *s;
    size_t n = 0;

    enum err e = take_tag(&rest, &out->tag);
    if (e == ERR_OK)
        e = take_length(&rest, &n);
    if (e == ERR_OK)
        e = span_take(&rest, n, &out->value);
    if (e == ERR_OK)
        *s = rest;
    return e;
}

enum err tlv_take_tag(struct span *s, uint16_t tag, struct span *value)
{
    struct span rest = *s;
    struct tlv item;

    enum err e = tlv_take(&rest, &item);
    if (e != ERR_OK)
        return e;
    if (item.tag != tag)
        return ERR_FORMAT;
    *s = rest;
    *value = item.value;
    return ERR_OK;
}

enum err tlv_find(struct span s, uint16_t tag, struct span *value)
{
    struct tlv item;

    while (s.n > 0) {
        enum err e = tlv_take(&s, &item);
        if (e != ERR_OK)
            return e;
        if (item.tag == tag) {
            *value = item.value;
            return ERR_OK;
        }
    }
    return ERR_NOT_FOUND;
}

static size_t length_size(size_t n)
{
    return n < 0x80 ? 1 : n < 0x100 ? 2 : n < 0x10000 ? 3 : 4;
}

static void write_length(uint8_t *p, size_t n)
{
    size_t size = length_size(n);
    if (size > 1)
        *p++ = (uint8_t)(0x80 + size - 1);
    for (size_t i = size > 1 ? size - 1 : 1; i-- > 0;)
        *p++ = (uint8_t)(n >> (8 * i));
}

static enum err put_tag(struct buf *b, uint16_t tag)
{
    return tag > 0xFF ? buf_put_u2(b, tag) : buf_put_u1(b, (uint8_t)tag);
}

enum err tlv_put_header(struct buf *b, uint16_t tag, size_t n)
{
    size_t room = (tag > 0xFF ? 2u : 1u) + length_size(n);
    if (n > 0xFFFFFF)
        return ERR_RANGE;
    if (room > b->cap - b->n)
        return ERR_FULL;
    enum err e = put_tag(b, tag);
    if (e != ERR_OK)
        return e;
    write_length(b->p + b->n, n);
    b->n += length_size(n);
    return ERR_OK;
}

enum err tlv_put(struct buf *b, uint16_t tag, struct span value)
{
    size_t start = b->n;
    enum err e = tlv_put_header(b, tag, value.n);
    if (e == ERR_OK)
        e = buf_put_span(b, value);
    if (e != ERR_OK)
        b->n = start;
    return e;
}

enum err tlv_open(struct buf *b, uint16_t tag, size_t *mark)
{
    enum err e = put_tag(b, tag);
    if (e == ERR_OK)
        e = buf_put_u1(b, 0);
    *mark = b->n;
    return e;
}

enum err tlv_close(struct buf *b, size_t mark)
{
    size_t n = b->n - mark;
    size_t grow = length_size(n) - 1;
    if (n > 0xFFFFFF)
        return ERR_RANGE;
    if (grow > b->cap - b->n)
        return ERR_FULL;
    memmove(b->p + mark + grow, b->p + mark, n);
    write_length(b->p + mark - 1, n);
    b->n += grow;
    return ERR_OK;
}
