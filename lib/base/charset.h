/*
 * Other encodings of characters, to UTF-8 and from it, by the numbers that
 * javacardx.framework.string.StringUtil gives them.
 *
 * UTF-16 without more is big-endian and begins with a mark when it is written,
 * unless there is nothing to write; reading follows the mark, if there is one,
 * and leaves it out.  [RFC 2781 3.3, 4.3]  UCS-2 is big-endian and knows no
 * surrogates.  GSM 7 is a septet to the byte, the high bit clear, with the
 * extension table; what that does not have reads as 3GPP TS 23.038 6.2.1.1
 * has it: a space after 1B 1B, or else the character of the main table.
 */
#ifndef BASE_CHARSET_H
#define BASE_CHARSET_H

#include "base/span.h"

enum charset {
    CHARSET_UTF_8 = 1,
    CHARSET_UTF_16 = 2,
    CHARSET_UTF_16_LE = 3,
    CHARSET_UTF_16_BE = 4,
    CHARSET_UCS_2 = 5,
    CHARSET_GSM_7 = 6,
    CHARSET_ISO_8859_1 = 7,
};

/*
 * Appends the text, which is UTF-8, in another encoding.  ERR_UNSUPPORTED: no
 * such encoding; ERR_FORMAT: ill-formed text, or a character that the encoding
 * lacks; ERR_FULL.  What was appended before an error is of no use.
 */
NODISCARD enum err charset_encode(int charset, struct span text, struct buf *b);

/* Appends the text, which is in another encoding, as UTF-8; errors likewise. */
NODISCARD enum err charset_decode(int charset, struct span text, struct buf *b);

#endif
