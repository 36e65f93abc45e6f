#include "natives/signder.h"

#include "base/der.h"
#include "crypto/ec.h"

enum {
    DER_LONG = 0x81,
    DER_SHORT_MAX = 0x7F,
    SIGN_BIT = 0x80,
};

/* Bytes of an INTEGER, or of the longest there can be. */
static size_t integer_size(struct span n)
{
    n = crypto_number(n);
    return n.n == 0 || (n.p[0] & SIGN_BIT) != 0 ? n.n + 1 : n.n;
}

static enum err put_integer(struct buf *b, struct span n)
{
    const size_t size = integer_size(n);
    enum err e = buf_put_u1(b, DER_INTEGER);

    n = crypto_number(n);
    if (e == ERR_OK)
        e = buf_put_u1(b, (uint8_t)size);
    if (e == ERR_OK && size > n.n)
        e = buf_put_u1(b, 0);
    return e == ERR_OK ? buf_put_span(b, n) : e;
}

enum err native_signder_put(struct buf *b, struct span r, struct span s)
{
    const size_t size = 4 + integer_size(r) + integer_size(s);
    enum err e = buf_put_u1(b, DER_SEQUENCE);

    if (e == ERR_OK && size > DER_SHORT_MAX)
        e = buf_put_u1(b, DER_LONG);
    if (e == ERR_OK)
        e = buf_put_u1(b, (uint8_t)size);
    if (e == ERR_OK)
        e = put_integer(b, r);
    return e == ERR_OK ? put_integer(b, s) : e;
}

/* A positive INTEGER; false: it is none. */
static bool take_integer(struct span *in, struct span *n)
{
    return der_take_unsigned(in, n) == ERR_OK && n->n > 0 &&
           integer_size(*n) <= DER_SHORT_MAX;
}

bool native_signder_take(struct span in, struct span *r, struct span *s)
{
    struct der both;

    return der_take_tag(&in, DER_SEQUENCE, &both) == ERR_OK && in.n == 0 &&
           take_integer(&both.value, r) && take_integer(&both.value, s) &&
           both.value.n == 0;
}

uint16_t native_signder_length(struct span order)
{
    const size_t content = 2 * (2 + integer_size(order));

    return (uint16_t)(content + (content > DER_SHORT_MAX ? 3 : 2));
}
