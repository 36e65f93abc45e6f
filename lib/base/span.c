#include "base/span.h"

#include <string.h>

bool span_equal(struct span a, struct span b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

enum err span_take(struct span *s, size_t n, struct span *out)
{
    if (n > s->n)
        return ERR_TRUNCATED;
    *out = span_of(s->p, n);
    s->p = s->p == NULL ? NULL : s->p + n;
    s->n -= n;
    return ERR_OK;
}

enum err span_take_u1(struct span *s, uint8_t *out)
{
    struct span v;
    enum err e = span_take(s, 1, &v);
    if (e == ERR_OK)
        *out = v.p[0];
    return e;
}

enum err span_take_u2(struct span *s, uint16_t *out)
{
    struct span v;
    enum err e = span_take(s, 2, &v);
    if (e == ERR_OK)
        *out = get_u2(v.p);
    return e;
}

enum err span_take_u4(struct span *s, uint32_t *out)
{
    struct span v;
    enum err e = span_take(s, 4, &v);
    if (e == ERR_OK)
        *out = get_u4(v.p);
    return e;
}

enum err span_take_lv(struct span *s, struct span *out)
{
    if (s->n < 1 || s->n - 1 < s->p[0])
        return ERR_TRUNCATED;
    *out = span_of(s->p + 1, s->p[0]);
    s->n -= 1u + s->p[0];
    s->p += 1u + out->n;
    return ERR_OK;
}

enum err buf_put(struct buf *b, const uint8_t *p, size_t n)
{
    if (n > b->cap - b->n)
        return ERR_FULL;
    if (n > 0)
        memmove(b->p + b->n, p, n);
    b->n += n;
    return ERR_OK;
}

enum err buf_put_span(struct buf *b, struct span s)
{
    return buf_put(b, s.p, s.n);
}

enum err buf_put_u1(struct buf *b, uint8_t v)
{
    return buf_put(b, &v, 1);
}

enum err buf_put_u2(struct buf *b, uint16_t v)
{
    uint8_t t[2];
    set_u2(t, v);
    return buf_put(b, t, sizeof t);
}

enum err buf_put_u4(struct buf *b, uint32_t v)
{
    uint8_t t[4];
    set_u4(t, v);
    return buf_put(b, t, sizeof t);
}

enum err buf_put_lv(struct buf *b, struct span s)
{
    if (s.n > 0xFF)
        return ERR_RANGE;
    if (s.n + 1 > b->cap - b->n)
        return ERR_FULL;
    b->p[b->n++] = (uint8_t)s.n;
    return buf_put_span(b, s);
}
