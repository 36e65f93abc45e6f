/*
 * Text of every encoding: what decodes is well-formed UTF-8, and comes back
 * the same from the encoding that it came from, and units cover any bytes.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/charset.h"
#include "base/utf.h"

enum { TEXT_MAX = 4096, GROWTH = 4 };

static void there_and_back(int charset, struct span text)
{
    static uint8_t decoded[GROWTH * TEXT_MAX];
    static uint8_t encoded[GROWTH * GROWTH * TEXT_MAX];
    static uint8_t again[GROWTH * GROWTH * TEXT_MAX];
    struct buf one = buf_of(decoded, sizeof decoded);
    struct buf two = buf_of(encoded, sizeof encoded);
    struct buf three = buf_of(again, sizeof again);

    if (charset_decode(charset, text, &one) != ERR_OK)
        return;
    if (!utf8_is_valid(buf_span(&one)) ||
        charset_encode(charset, buf_span(&one), &two) != ERR_OK ||
        charset_decode(charset, buf_span(&two), &three) != ERR_OK ||
        !span_equal(buf_span(&one), buf_span(&three)))
        abort();
}

static void walk(struct span text)
{
    for (size_t at = 0; at < text.n;) {
        const size_t n = utf8_unit(span_of(text.p + at, text.n - at));
        if (n == 0 || n > text.n - at ||
            utf8_unit_before(span_of(text.p, at + n)) > at + n)
            abort();
        at += n;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n == 0 || n > TEXT_MAX)
        return 0;
    walk(span_of(data + 1, n - 1));
    there_and_back(data[0] % 9, span_of(data + 1, n - 1));
    return 0;
}
