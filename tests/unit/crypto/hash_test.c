/*
 * Proves that digests that grow, in whatever pieces, give what a second
 * library gives for the whole, that a state may be copied, moved and taken up
 * again from its intermediate value, and what is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/hash.h"
#include "ports/openssl/crypto_openssl.h"

enum { MESSAGE = 700, FIRST = CRYPTO_SHA1, LAST = CRYPTO_SHAKE256 };

struct bench {
    struct crypto_port port;
    struct port_openssl *ctx;
    uint8_t message[MESSAGE];
};

static struct bench bench;

static int set_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < MESSAGE; i++)
        bench.message[i] = (uint8_t)(i * 7 + i / 256);
    return port_openssl_crypto_init(&bench.port, &bench.ctx, "hash");
}

static int tear_down(void **state)
{
    (void)state;
    port_openssl_free(&bench.ctx);
    return 0;
}

/* What the other library says. */
static void whole(enum crypto_digest d, size_t n, uint8_t *out)
{
    const struct span part = span_of(bench.message, n);

    assert_int_equal(bench.port.digest(bench.ctx, d, &part, 1, out), ERR_OK);
}

static void add(enum crypto_digest d, uint8_t *state, size_t from, size_t to)
{
    const struct span part = span_of(bench.message + from, to - from);

    assert_int_equal(bench.port.hash->add(bench.ctx, d, state, part), ERR_OK);
}

static void assert_digest(enum crypto_digest d, uint8_t *state, size_t n)
{
    static const uint8_t zeros[CRYPTO_HASH_STATE_MAX];
    uint8_t have[CRYPTO_DIGEST_MAX] = {0};
    uint8_t want[CRYPTO_DIGEST_MAX] = {0};

    assert_int_equal(bench.port.hash->finish(bench.ctx, d, state, have),
                     ERR_OK);
    whole(d, n, want);
    assert_memory_equal(have, want, crypto_digest_size(d));
    assert_memory_equal(state, zeros, bench.port.hash->state_size(d));
}

static void pieces_give_the_whole(void **unused)
{
    static const size_t steps[] = {1, 3, 64, 71, 129, 500, MESSAGE};
    uint64_t room[CRYPTO_HASH_STATE_MAX / 8] = {0};
    uint8_t *state = (uint8_t *)room;

    (void)unused;
    for (int d = FIRST; d <= LAST; d++) {
        size_t size = bench.port.hash->state_size((enum crypto_digest)d);
        assert_in_range(size, 1, CRYPTO_HASH_STATE_MAX);
        for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
            for (size_t at = 0; at < MESSAGE; at += steps[i])
                add((enum crypto_digest)d, state, at,
                    at + steps[i] < MESSAGE ? at + steps[i] : MESSAGE);
            assert_digest((enum crypto_digest)d, state, MESSAGE);
        }
        assert_digest((enum crypto_digest)d, state, 0);
    }
}

static void a_copy_goes_its_own_way(void **unused)
{
    uint64_t room[CRYPTO_HASH_STATE_MAX / 8] = {0};
    uint64_t copy[CRYPTO_HASH_STATE_MAX / 8] = {0};

    (void)unused;
    for (int d = FIRST; d <= LAST; d++) {
        add((enum crypto_digest)d, (uint8_t *)room, 0, 100);
        memcpy(copy, room, sizeof copy);
        add((enum crypto_digest)d, (uint8_t *)room, 100, 300);
        assert_digest((enum crypto_digest)d, (uint8_t *)copy, 100);
        assert_digest((enum crypto_digest)d, (uint8_t *)room, 300);
    }
}

static void an_intermediate_value_is_taken_up(void **unused)
{
    uint64_t room[CRYPTO_HASH_STATE_MAX / 8] = {0};
    uint8_t *state = (uint8_t *)room;
    uint8_t value[CRYPTO_DIGEST_MAX];
    size_t n = 0;

    (void)unused;
    for (int i = FIRST; i <= LAST; i++) {
        const enum crypto_digest d = (enum crypto_digest)i;
        const size_t blocks = 2 * crypto_digest_block(d);
        add(d, state, 0, blocks);
        enum err e = bench.port.hash->chaining(bench.ctx, d, state, value, &n);
        if ((d >= CRYPTO_SHA3_224 && d <= CRYPTO_SHA3_512) ||
            d == CRYPTO_SHAKE256) {
            assert_int_equal(e, ERR_UNSUPPORTED);
            assert_digest(d, state, blocks);
            continue;
        }
        assert_int_equal(e, ERR_OK);
        memset(room, 0x5A, sizeof room);
        assert_int_equal(bench.port.hash->resume(bench.ctx, d, state,
                                                 span_of(value, n), blocks),
                         ERR_OK);
        add(d, state, blocks, MESSAGE);
        assert_digest(d, state, MESSAGE);
        assert_int_equal(bench.port.hash->resume(bench.ctx, d, state,
                                                 span_of(value, n - 1), blocks),
                         ERR_RANGE);
        assert_int_equal(bench.port.hash->resume(bench.ctx, d, state,
                                                 span_of(value, n), blocks + 1),
                         ERR_RANGE);
        add(d, state, 0, 1);
        assert_int_equal(
            bench.port.hash->chaining(bench.ctx, d, state, value, &n),
            ERR_RANGE);
        memset(room, 0, sizeof room);
    }
}

/* FIPS 180-4: what SHA-256 begins with. */
static void the_first_value_is_the_standards(void **unused)
{
    static const uint8_t h0[] = {0x6A, 0x09, 0xE6, 0x67,
                                 0xBB, 0x67, 0xAE, 0x85};
    uint64_t room[CRYPTO_HASH_STATE_MAX / 8] = {0};
    uint8_t value[CRYPTO_DIGEST_MAX];
    size_t n = 0;

    (void)unused;
    assert_int_equal(bench.port.hash->chaining(bench.ctx, CRYPTO_SHA256,
                                               (uint8_t *)room, value, &n),
                     ERR_OK);
    assert_int_equal(n, 32);
    assert_memory_equal(value, h0, sizeof h0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_give_the_whole),
        cmocka_unit_test(a_copy_goes_its_own_way),
        cmocka_unit_test(an_intermediate_value_is_taken_up),
        cmocka_unit_test(the_first_value_is_the_standards),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
