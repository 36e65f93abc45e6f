#include "base/charset.h"

#include "base/utf.h"

enum {
    BYTE_ORDER_MARK = 0xFEFF,
    HIGH_SURROGATE = 0xD800,
    LOW_SURROGATE = 0xDC00,
    GSM_ESCAPE = 0x1B,
    GSM_SIZE = 128,
};

/* ---- units of 16 bits ---- */

static enum err put_16(struct buf *b, int32_t unit, bool little)
{
    const uint8_t high = (uint8_t)(unit >> 8);
    const uint8_t low = (uint8_t)unit;
    const uint8_t bytes[] = {little ? low : high, little ? high : low};

    return buf_put(b, bytes, sizeof bytes);
}

static enum err take_16(struct span *s, bool little, int32_t *unit)
{
    uint16_t value = 0;

    if (span_take_u2(s, &value) != ERR_OK)
        return ERR_FORMAT;
    *unit = little ? (uint16_t)(value << 8 | value >> 8) : value;
    return ERR_OK;
}

static enum err put_utf16(struct buf *b, int32_t code, bool little)
{
    if (code < 0x10000)
        return put_16(b, code, little);
    code -= 0x10000;
    const enum err e = put_16(b, HIGH_SURROGATE | code >> 10, little);
    return e == ERR_OK ? put_16(b, LOW_SURROGATE | (code & 0x3FF), little) : e;
}

static enum err take_utf16(struct span *s, bool little, int32_t *code)
{
    int32_t low = 0;

    if (take_16(s, little, code) != ERR_OK)
        return ERR_FORMAT;
    if ((*code & 0xFC00) != HIGH_SURROGATE)
        return ERR_OK; /* a low one alone is no character */
    if (take_16(s, little, &low) != ERR_OK || (low & 0xFC00) != LOW_SURROGATE)
        return ERR_FORMAT;
    *code = 0x10000 + ((*code & 0x3FF) << 10 | (low & 0x3FF));
    return ERR_OK;
}

/* ---- the GSM default alphabet [3GPP TS 23.038 6.2.1] ---- */

static const uint16_t gsm_main[GSM_SIZE] = {
    0x0040, 0x00A3, 0x0024, 0x00A5, 0x00E8, 0x00E9, 0x00F9, 0x00EC, /* 00 */
    0x00F2, 0x00C7, 0x000A, 0x00D8, 0x00F8, 0x000D, 0x00C5, 0x00E5,
    0x0394, 0x005F, 0x03A6, 0x0393, 0x039B, 0x03A9, 0x03A0, 0x03A8, /* 10 */
    0x03A3, 0x0398, 0x039E, 0xFFFF, 0x00C6, 0x00E6, 0x00DF, 0x00C9,
    0x0020, 0x0021, 0x0022, 0x0023, 0x00A4, 0x0025, 0x0026, 0x0027, /* 20 */
    0x0028, 0x0029, 0x002A, 0x002B, 0x002C, 0x002D, 0x002E, 0x002F,
    0x0030, 0x0031, 0x0032, 0x0033, 0x0034, 0x0035, 0x0036, 0x0037, /* 30 */
    0x0038, 0x0039, 0x003A, 0x003B, 0x003C, 0x003D, 0x003E, 0x003F,
    0x00A1, 0x0041, 0x0042, 0x0043, 0x0044, 0x0045, 0x0046, 0x0047, /* 40 */
    0x0048, 0x0049, 0x004A, 0x004B, 0x004C, 0x004D, 0x004E, 0x004F,
    0x0050, 0x0051, 0x0052, 0x0053, 0x0054, 0x0055, 0x0056, 0x0057, /* 50 */
    0x0058, 0x0059, 0x005A, 0x00C4, 0x00D6, 0x00D1, 0x00DC, 0x00A7,
    0x00BF, 0x0061, 0x0062, 0x0063, 0x0064, 0x0065, 0x0066, 0x0067, /* 60 */
    0x0068, 0x0069, 0x006A, 0x006B, 0x006C, 0x006D, 0x006E, 0x006F,
    0x0070, 0x0071, 0x0072, 0x0073, 0x0074, 0x0075, 0x0076, 0x0077, /* 70 */
    0x0078, 0x0079, 0x007A, 0x00E4, 0x00F6, 0x00F1, 0x00FC, 0x00E0,
};

struct extension {
    uint8_t septet;
    uint16_t code;
};

static const struct extension gsm_extension[] = {
    {0x0A, 0x000C}, {0x14, 0x005E}, {GSM_ESCAPE, 0x0020}, {0x28, 0x007B},
    {0x29, 0x007D}, {0x2F, 0x005C}, {0x3C, 0x005B},       {0x3D, 0x007E},
    {0x3E, 0x005D}, {0x40, 0x007C}, {0x65, 0x20AC},
};

enum { EXTENSIONS = sizeof gsm_extension / sizeof *gsm_extension };

static enum err put_gsm(struct buf *b, int32_t code)
{
    for (unsigned i = 0; i < GSM_SIZE; i++) {
        if (gsm_main[i] == code && i != GSM_ESCAPE)
            return buf_put_u1(b, (uint8_t)i);
    }
    for (unsigned i = 0; i < EXTENSIONS; i++) {
        if (gsm_extension[i].code == code)
            return buf_put_u2(
                b, (uint16_t)(GSM_ESCAPE << 8 | gsm_extension[i].septet));
    }
    return ERR_FORMAT;
}

static enum err take_gsm(struct span *s, int32_t *code)
{
    uint8_t septet = 0;

    if (span_take_u1(s, &septet) != ERR_OK || septet >= GSM_SIZE)
        return ERR_FORMAT;
    *code = gsm_main[septet];
    if (septet != GSM_ESCAPE)
        return ERR_OK;
    if (span_take_u1(s, &septet) != ERR_OK || septet >= GSM_SIZE)
        return ERR_FORMAT;
    *code = gsm_main[septet];
    for (unsigned i = 0; i < EXTENSIONS; i++) {
        if (gsm_extension[i].septet == septet)
            *code = gsm_extension[i].code;
    }
    return ERR_OK;
}

/* ---- any of them ---- */

static enum err put_code(int charset, struct buf *b, int32_t code)
{
    switch (charset) {
    case CHARSET_UTF_8:
        return utf8_put(b, code);
    case CHARSET_UTF_16:
    case CHARSET_UTF_16_BE:
        return put_utf16(b, code, false);
    case CHARSET_UTF_16_LE:
        return put_utf16(b, code, true);
    case CHARSET_UCS_2:
        return code < 0x10000 ? put_16(b, code, false) : ERR_FORMAT;
    case CHARSET_GSM_7:
        return put_gsm(b, code);
    default:
        return code <= 0xFF ? buf_put_u1(b, (uint8_t)code) : ERR_FORMAT;
    }
}

enum err charset_encode(int charset, struct span text, struct buf *b)
{
    enum err e = ERR_OK;

    if (charset < CHARSET_UTF_8 || charset > CHARSET_ISO_8859_1)
        return ERR_UNSUPPORTED;
    if (charset == CHARSET_UTF_16 && text.n > 0)
        e = put_16(b, BYTE_ORDER_MARK, false);
    while (text.n > 0 && e == ERR_OK) {
        const size_t n = utf8_unit(text);
        const int32_t code = utf8_code(span_of(text.p, n));
        if (code == UTF_ILL_FORMED)
            return ERR_FORMAT;
        e = put_code(charset, b, code);
        text = span_of(text.p + n, text.n - n);
    }
    return e;
}

static enum err take_utf8(struct span *s, int32_t *code)
{
    struct span unit;
    const enum err e = span_take(s, utf8_unit(*s), &unit);

    if (e != ERR_OK)
        return e;
    *code = utf8_code(unit);
    return *code == UTF_ILL_FORMED ? ERR_FORMAT : ERR_OK;
}

static enum err take_byte(struct span *s, int32_t *code)
{
    uint8_t byte = 0;
    const enum err e = span_take_u1(s, &byte);

    *code = byte;
    return e;
}

static enum err take_code(int charset, struct span *s, bool little,
                          int32_t *code)
{
    switch (charset) {
    case CHARSET_UTF_8:
        return take_utf8(s, code);
    case CHARSET_UCS_2:
        return take_16(s, false, code);
    case CHARSET_GSM_7:
        return take_gsm(s, code);
    case CHARSET_ISO_8859_1:
        return take_byte(s, code);
    default:
        return take_utf16(s, little, code);
    }
}

/* The mark tells the order of bytes, and is no part of the text. */
static bool skip_mark(struct span *text)
{
    const uint16_t first = text->n >= 2 ? get_u2(text->p) : 0;

    if (first == BYTE_ORDER_MARK || first == 0xFFFE)
        *text = span_of(text->p + 2, text->n - 2);
    return first == 0xFFFE;
}

enum err charset_decode(int charset, struct span text, struct buf *b)
{
    bool little = charset == CHARSET_UTF_16_LE;

    if (charset < CHARSET_UTF_8 || charset > CHARSET_ISO_8859_1)
        return ERR_UNSUPPORTED;
    if (charset == CHARSET_UTF_16)
        little = skip_mark(&text);
    while (text.n > 0) {
        int32_t code = 0;
        enum err e = take_code(charset, &text, little, &code);
        if (e == ERR_OK)
            e = utf8_put(b, code);
        if (e != ERR_OK)
            return e == ERR_RANGE ? ERR_FORMAT : e;
    }
    return ERR_OK;
}
