#include "offcard/gp/pem.h"

#include <string.h>

static const char begin_mark[] = "-----BEGIN ";
static const char end_mark[] = "-----END ";
static const char rest_mark[] = "-----";

/* Passes over what is in front of the mark, and the mark; that is *before. */
static bool skip_past(struct span *s, const char *mark, struct span *before)
{
    const size_t n = strlen(mark);

    for (size_t at = 0; at + n <= s->n; at++) {
        if (memcmp(s->p + at, mark, n) == 0) {
            *before = span_of(s->p, at);
            *s = span_of(s->p + at + n, s->n - at - n);
            return true;
        }
    }
    return false;
}

bool gp_pem_is(struct span text)
{
    struct span before;
    return skip_past(&text, begin_mark, &before);
}

/* 64: white space; 65: padding; 66: no digit. */
static unsigned digit(uint8_t c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789+/";
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
        return 64;
    if (c == '=')
        return 65;
    const char *at = c == '\0' ? NULL : strchr(digits, c);
    return at == NULL ? 66 : (unsigned)(at - digits);
}

/* Base 64 [RFC 4648 4]. */
static enum err decode(struct span text, struct buf *out)
{
    unsigned bits = 0, waiting = 0, padding = 0, digits = 0;
    enum err e = ERR_OK;

    for (size_t i = 0; e == ERR_OK && i < text.n; i++) {
        const unsigned v = digit(text.p[i]);
        if (v == 64)
            continue;
        if (v == 66 || (v != 65 && padding > 0))
            return ERR_FORMAT;
        digits++;
        if (v == 65) {
            padding++;
            continue;
        }
        waiting = (waiting << 6 | v) & 0xFFFF;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            e = buf_put_u1(out, (uint8_t)(waiting >> bits));
        }
    }
    if (e == ERR_OK && (digits % 4 != 0 || padding > 2))
        e = ERR_FORMAT;
    return e;
}

enum err gp_pem_take(struct span *text, struct buf *store, struct gp_pem *out)
{
    const size_t start = store->n;
    struct span before, digits, label;

    if (!skip_past(text, begin_mark, &before))
        return ERR_NOT_FOUND;
    if (!skip_past(text, rest_mark, &out->label) ||
        !skip_past(text, end_mark, &digits) ||
        !skip_past(text, rest_mark, &label) || !span_equal(label, out->label))
        return ERR_FORMAT;
    enum err e = digits.n > 0 && memchr(digits.p, ':', digits.n) != NULL
                     ? ERR_UNSUPPORTED
                     : decode(digits, store);
    out->bytes = span_of(store->p + start, store->n - start);
    return e;
}
