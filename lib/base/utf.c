#include "base/utf.h"

enum { SURROGATE_FIRST = 0xD800, SURROGATE_LAST = 0xDFFF };

static bool is_continuation(uint8_t byte)
{
    return (byte & 0xC0) == 0x80;
}

/* What a first byte announces; 1 for any byte that is none. */
static size_t announced(uint8_t first)
{
    if (first < 0xC0 || first >= 0xF8)
        return 1;
    return first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

size_t utf8_unit(struct span text)
{
    const size_t most = announced(text.p[0]);
    size_t n = 1;

    while (n < most && n < text.n && is_continuation(text.p[n]))
        n++;
    return n;
}

size_t utf8_unit_before(struct span text)
{
    for (size_t n = 1; n <= text.n && n <= 4; n++) {
        const uint8_t *at = text.p + text.n - n;
        if (!is_continuation(*at))
            return announced(*at) >= n ? n : 1;
    }
    return 1;
}

static bool is_character(int32_t code)
{
    return code >= 0 && code <= UTF_CODE_MAX &&
           (code < SURROGATE_FIRST || code > SURROGATE_LAST);
}

int32_t utf8_code(struct span unit)
{
    static const int32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    static const uint8_t bits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    const uint8_t first = unit.p[0];

    if (announced(first) != unit.n || (unit.n == 1 && first >= 0x80))
        return UTF_ILL_FORMED;
    int32_t code = first & bits[unit.n];
    for (size_t i = 1; i < unit.n; i++)
        code = code << 6 | (unit.p[i] & 0x3F);
    return code >= least[unit.n] && is_character(code) ? code : UTF_ILL_FORMED;
}

bool utf8_is_valid(struct span text)
{
    while (text.n > 0) {
        const size_t n = utf8_unit(text);
        if (utf8_code(span_of(text.p, n)) == UTF_ILL_FORMED)
            return false;
        text = span_of(text.p + n, text.n - n);
    }
    return true;
}

enum err utf8_put(struct buf *b, int32_t code)
{
    uint8_t unit[4];
    size_t n = 1;

    if (!is_character(code))
        return ERR_RANGE;
    if (code < 0x80) {
        unit[0] = (uint8_t)code;
        return buf_put(b, unit, 1);
    }
    n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, code >>= 6)
        unit[i] = (uint8_t)(0x80 | (code & 0x3F));
    unit[0] = (uint8_t)(0xF00 >> n | code);
    return buf_put(b, unit, n);
}
