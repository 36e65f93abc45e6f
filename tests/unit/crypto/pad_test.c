/*
 * Proves that the paddings of ciphers are what their standards say at every
 * length, that taking them off gives the message back, and that exactly the
 * blocks that no message has are refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/pad.h"

enum { BLOCK_MAX = 16, ROUNDS = 20000 };

static const size_t blocks[] = {8, 16};

/* What the bytes behind a message of n are, by the book. */
static size_t expected(enum crypto_padding padding, size_t n, size_t block,
                       uint8_t *more)
{
    size_t count = 0;

    if (padding == CRYPTO_PAD_80)
        more[count++] = 0x80;
    while ((n + count) % block != 0 || n + count == 0 ||
           (padding == CRYPTO_PAD_COUNT && count == 0))
        more[count++] = 0;
    if (padding == CRYPTO_PAD_COUNT)
        memset(more, (int)count, count);
    return count;
}

static void put_on_and_taken_off(void **state)
{
    (void)state;
    for (size_t b = 0; b < 2; b++) {
        for (int p = CRYPTO_PAD_ZEROS; p <= CRYPTO_PAD_COUNT; p++) {
            for (size_t n = 0; n <= 3 * blocks[b]; n++) {
                const enum crypto_padding padding = (enum crypto_padding)p;
                uint8_t whole[4 * BLOCK_MAX + BLOCK_MAX];
                uint8_t want[2 * BLOCK_MAX];
                size_t count = 0;
                size_t data = 0;
                memset(whole, 0x5A, sizeof whole);
                const size_t expect = expected(padding, n, blocks[b], want);
                assert_int_equal(
                    crypto_pad_more(padding, n, blocks[b], whole + n, &count),
                    ERR_OK);
                assert_int_equal(count, expect);
                assert_memory_equal(whole + n, want, count);
                assert_int_equal(crypto_pad_less(padding,
                                                 whole + n + count - blocks[b],
                                                 blocks[b], &data),
                                 ERR_OK);
                assert_int_equal(n + count - blocks[b] + data,
                                 padding == CRYPTO_PAD_ZEROS ? n + count : n);
            }
        }
    }
}

static void none_takes_whole_blocks(void **state)
{
    uint8_t more[BLOCK_MAX];
    size_t count = 0;

    (void)state;
    for (size_t n = 0; n <= 32; n++) {
        const bool whole = n != 0 && n % 8 == 0;
        assert_int_equal(crypto_pad_more(CRYPTO_PAD_NONE, n, 8, more, &count),
                         whole ? ERR_OK : ERR_RANGE);
        if (whole)
            assert_int_equal(count, 0);
    }
}

/* The same with branches; `block` for what is no padding. */
static size_t plain(enum crypto_padding padding, const uint8_t *last,
                    size_t block)
{
    size_t n = block;

    if (padding == CRYPTO_PAD_80) {
        while (n > 0 && last[n - 1] == 0)
            n--;
        return n > 0 && last[n - 1] == 0x80 ? n - 1 : block;
    }
    const size_t count = last[block - 1];
    if (count == 0 || count > block)
        return block;
    for (; n > block - count; n--) {
        if (last[n - 1] != count)
            return block;
    }
    return n;
}

/* Blocks of few values, so that many are nearly right. */
static void others_are_refused(void **state)
{
    static const uint8_t values[] = {0, 1, 2, 3, 8, 9, 16, 17, 0x80, 0xFF};
    uint32_t seed = 1;
    unsigned good = 0;

    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        const enum crypto_padding padding =
            round % 2 == 0 ? CRYPTO_PAD_80 : CRYPTO_PAD_COUNT;
        const size_t block = blocks[round / 2 % 2];
        const unsigned kinds = 1 + round % sizeof values;
        uint8_t last[BLOCK_MAX];
        size_t data = 0;
        seed = seed * 1664525 + 1013904223;
        const uint8_t most = values[(seed >> 16) % sizeof values];
        for (size_t i = 0; i < block; i++) {
            seed = seed * 1664525 + 1013904223;
            last[i] =
                (seed >> 24) % 4 != 0 ? most : values[(seed >> 16) % kinds];
        }
        const size_t want = plain(padding, last, block);
        assert_int_equal(crypto_pad_less(padding, last, block, &data),
                         want < block ? ERR_OK : ERR_FORMAT);
        if (want < block)
            assert_int_equal(data, want);
        good += want < block;
    }
    assert_in_range(good, ROUNDS / 100, ROUNDS - ROUNDS / 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(put_on_and_taken_off),
        cmocka_unit_test(none_takes_whole_blocks),
        cmocka_unit_test(others_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
