#include "tests/apdu/subjects.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"

const uint8_t subject_key[16] = {0, 1, 2,  3,  4,  5,  6,  7,
                                 8, 9, 10, 11, 12, 13, 14, 15};

sw_t subject_send(struct host *h, const char *format, const char *text)
{
    char with[SUBJECT_TEXT_MAX], hex[SUBJECT_TEXT_MAX];
    uint8_t bytes[SUBJECT_TEXT_MAX / 2];
    struct buf b = buf_of(bytes, sizeof bytes);

    snprintf(with, sizeof with, format, text);
    assert_true(host_expand(with, hex, sizeof hex));
    assert_int_equal(hex_decode(hex, strlen(hex), &b, NULL), ERR_OK);
    return host_send(h, buf_span(&b));
}

void subject_done(struct host *h, const char *format, const char *text)
{
    const sw_t sw = subject_send(h, format, text);

    if (sw != SW_OK)
        fail_msg("%s: %04X, %s", format, sw, h->reason);
}

void subject_load(struct host *h, const char *folder, const char *name,
                  const char *domain)
{
    char path[SUBJECT_TEXT_MAX];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(host_load_cap(h, path, domain), SW_OK);
}

sw_t subject_open(struct host *h, const struct subject *s, int level)
{
    const struct span own = span_of(subject_key, sizeof subject_key);

    return s->privileges == NULL
               ? host_open_session(h, 0x30, (uint8_t)level, NULL)
               : host_open_session(h, 0x31, (uint8_t)level, &own);
}

void subject_new_with(struct host *h, const char *aid, const char *privileges,
                      const char *more)
{
    char text[SUBJECT_TEXT_MAX];

    assert_int_equal(host_select(h, ""), SW_OK);
    assert_int_equal(host_open_session(h, 0x30, 0x01, NULL), SW_OK);
    snprintf(text, sizeof text, "(%s)(%s)(C9(81(0370)82(F8)83(F8)%s))", aid,
             privileges, more);
    subject_done(h, "80E60C00[(A0000001515350)(A000000151535041)%s()]00", text);
    assert_int_equal(host_select(h, aid), SW_OK);
    assert_int_equal(host_open_session(h, 0x30, 0x01, NULL), SW_OK);
    subject_done(h, "80D80081[31%s]00", SUBJECT_KEY SUBJECT_KEY SUBJECT_KEY);
    assert_int_equal(host_select(h, ""), SW_OK);
    assert_int_equal(host_open_session(h, 0x30, 0x01, NULL), SW_OK);
}

void subject_new(struct host *h, const char *aid, const char *privileges)
{
    subject_new_with(h, aid, privileges, "");
}

void subject_bring(struct host *h, uint8_t state)
{
    char p2[3];

    if (state == 0x01)
        return;
    snprintf(p2, sizeof p2, "%02X", state);
    assert_int_equal(host_select(h, ""), SW_OK);
    assert_int_equal(host_open_session(h, 0x30, 0x01, NULL), SW_OK);
    subject_done(h, "80F080%s", p2);
}

void subject_add(char *text, const char *more)
{
    assert_true(strlen(text) + strlen(more) < SUBJECT_TEXT_MAX);
    strcat(text, more);
}

bool subject_enter(struct host *h, const struct subject *s, uint8_t state,
                   int level)
{
    const sw_t there = host_select(h, s->aid);

    if (state == 0xFF) {
        assert_int_equal(there, SW_CONDITIONS);
        if (level >= 0)
            assert_int_equal(subject_open(h, s, level), SW_CONDITIONS);
        return level == NO_SESSION;
    }
    assert_int_equal(there, state == 0x7F ? SW_WARNING_LOCKED : SW_OK);
    if (level == ONLY_BEGUN)
        assert_int_equal(host_hex(h, "80500000080102030405060708"), SW_OK);
    else if (level >= 0)
        assert_int_equal(subject_open(h, s, level), SW_OK);
    return true;
}

void image_keep(struct host *h, struct image *image)
{
    card_power_off(h->card);
    image->bytes = malloc(SUBJECT_MEMORY);
    assert_non_null(image->bytes);
    memcpy(image->bytes, h->faults.bytes, SUBJECT_MEMORY);
    assert_int_equal(host_reset(h), CARD_OK);
    image->dump = host_dump(h, false);
}

void image_restore(struct host *h, const struct image *image)
{
    card_power_off(h->card);
    memcpy(h->faults.bytes, image->bytes, SUBJECT_MEMORY);
    assert_int_equal(host_reset(h), CARD_OK);
}

void image_assert_same(struct host *h, const struct image *image)
{
    char *now = host_dump(h, false);

    assert_string_equal(now, image->dump);
    free(now);
}
