#include "base/hex.h"

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

static bool is_separator(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ':';
}

enum err hex_decode(const char *text, size_t n, struct buf *out, size_t *where)
{
    size_t start = out->n;
    size_t i = 0;
    enum err e = ERR_OK;

    while (i < n && e == ERR_OK) {
        if (is_separator(text[i])) {
            i++;
            continue;
        }
        int hi = digit(text[i]);
        int lo = i + 1 < n ? digit(text[i + 1]) : -1;
        if (hi < 0 || lo < 0) {
            if (where != NULL)
                *where = hi < 0 ? i : i + 1;
            e = ERR_FORMAT;
        } else {
            e = buf_put_u1(out, (uint8_t)(hi << 4 | lo));
            i += 2;
        }
    }
    if (e != ERR_OK)
        out->n = start;
    return e;
}

void hex_encode(struct span s, char *out)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < s.n; i++) {
        *out++ = digits[s.p[i] >> 4];
        *out++ = digits[s.p[i] & 15];
    }
    *out = '\0';
}
