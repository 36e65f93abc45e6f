/*
 * Proves card/persist by itself: atomic writes and how many programs they
 * take, transactions and the limit of their log, writes that no abort takes
 * back, what mounting refuses, a store that is dead after its medium failed,
 * that bytes an applet once stored are never taken for a log entry, that the
 * count of transactions may wrap, and that a flipped bit in what decides
 * changes nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/span.h"
#include "persist/persist.h"
#include "ports/faults/faults.h"

enum { NV = 32 * 1024, LOG_AT = 128, SLOT_AT = 64, HEAD = 24 };

struct bench {
    struct faults medium;
    struct card_port port;
    struct persist persist;
};

static int set_up(void **state)
{
    static struct bench b;

    memset(&b, 0, sizeof b);
    if (!faults_open(&b.medium, NV, 1))
        return -1;
    faults_bind(&b.medium, &b.port);
    persist_bind(&b.persist, &b.port);
    *state = &b;
    return persist_format(&b.persist) == ERR_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    struct bench *b = *state;
    faults_close(&b->medium);
    return 0;
}

static void remount(struct bench *b)
{
    faults_power_on(&b->medium);
    assert_int_equal(persist_mount(&b->persist), ERR_OK);
}

static enum err put(struct bench *b, nvaddr_t a, uint8_t value)
{
    return persist_write(&b->persist, a, &value, 1);
}

static uint8_t get(const struct bench *b, nvaddr_t a)
{
    return *persist_at(&b->persist, a);
}

static void a_write_is_whole_or_not_there(void **state)
{
    struct bench *b = *state;
    uint8_t old[700];
    uint8_t new[700];

    memset(old, 0x11, sizeof old);
    memset(new, 0xEE, sizeof new);
    for (unsigned tear = 0; tear < FAULTS_TEARS; tear++) {
        for (uint64_t n = 1;; n++) {
            assert_int_equal(persist_write(&b->persist, 5, old, sizeof old),
                             ERR_OK);
            faults_arm(&b->medium, n, (enum faults_tear)tear, false);
            enum err e = persist_write(&b->persist, 5, new, sizeof new);
            bool done = !b->medium.off;
            assert_int_equal(e, done ? ERR_OK : ERR_IO);
            remount(b);
            const uint8_t *now = persist_at(&b->persist, 5);
            if (done) {
                assert_memory_equal(now, new, sizeof new);
                break;
            }
            assert_memory_equal(now, now[0] == 0x11 ? old : new, sizeof new);
        }
    }
}

/* Eight bytes or fewer: the commit slot, then the bytes in place. */
static void a_small_write_takes_two_programs(void **state)
{
    struct bench *b = *state;
    const uint8_t bytes[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9};

    for (uint32_t n = 1; n <= 9; n++) {
        uint64_t before = b->medium.programs;
        assert_int_equal(persist_write(&b->persist, 100 * n, bytes, n), ERR_OK);
        assert_true(n == 9 ? b->medium.programs > before + 2
                           : b->medium.programs == before + 2);
        assert_memory_equal(persist_at(&b->persist, 100 * n), bytes, n);
        assert_int_equal(get(b, 100 * n + n), 0);
    }
    for (uint32_t n = 1; n <= 8; n++) { /* cut between the two */
        faults_arm(&b->medium, 2, FAULTS_WHOLE, false);
        assert_int_equal(persist_write(&b->persist, 2000 + 10 * n, bytes, n),
                         ERR_IO);
        assert_int_equal(get(b, 2000 + 10 * n), 0);
        remount(b);
        assert_memory_equal(persist_at(&b->persist, 2000 + 10 * n), bytes, n);
        assert_int_equal(get(b, 2000 + 10 * n + n), 0);
    }
}

/* Mounting redoes the last small write, but not over what came after it. */
static void a_small_write_is_not_redone_over_a_later_one(void **state)
{
    struct bench *b = *state;
    const uint8_t old[4] = {1, 2, 3, 4};
    const uint8_t new[2] = {8, 9};

    for (int in_transaction = 0; in_transaction < 3; in_transaction++) {
        assert_int_equal(persist_write(&b->persist, 50, old, 4), ERR_OK);
        if (in_transaction > 0)
            assert_int_equal(persist_begin(&b->persist), ERR_OK);
        if (in_transaction > 1) /* so that its log is not empty */
            assert_int_equal(put(b, 10, 1), ERR_OK);
        assert_int_equal(persist_write_raw(&b->persist, 52, new, 2), ERR_OK);
        remount(b);
        assert_int_equal(get(b, 51), 2);
        assert_int_equal(get(b, 52), 8);
        assert_int_equal(get(b, 10), 0);
        assert_int_equal(persist_write(&b->persist, 50, old, 4), ERR_OK);
        assert_int_equal(persist_fill_raw(&b->persist, 40, 7, 11), ERR_OK);
        remount(b);
        assert_int_equal(get(b, 50), 7);
        assert_int_equal(get(b, 51), 2);
    }
    /* a write beside it leaves it alone */
    assert_int_equal(persist_write(&b->persist, 50, old, 4), ERR_OK);
    uint64_t before = b->medium.programs;
    assert_int_equal(persist_write_raw(&b->persist, 54, new, 2), ERR_OK);
    assert_int_equal(persist_write_raw(&b->persist, 48, new, 2), ERR_OK);
    assert_int_equal(b->medium.programs, before + 2);
}

static void a_transaction_ends_one_way(void **state)
{
    struct bench *b = *state;

    assert_int_equal(persist_commit(&b->persist), ERR_STATE);
    assert_int_equal(persist_abort(&b->persist), ERR_STATE);
    assert_int_equal(persist_begin(&b->persist), ERR_OK);
    assert_int_equal(persist_begin(&b->persist), ERR_STATE);
    assert_true(persist_in_transaction(&b->persist));
    assert_int_equal(put(b, 0, 1), ERR_OK);
    assert_int_equal(put(b, 0, 2), ERR_OK);
    assert_int_equal(put(b, 1, 3), ERR_OK);
    assert_int_equal(persist_abort(&b->persist), ERR_OK);
    assert_int_equal(get(b, 0) | get(b, 1), 0);
    assert_int_equal(persist_begin(&b->persist), ERR_OK);
    assert_int_equal(put(b, 0, 4), ERR_OK);
    assert_int_equal(persist_commit(&b->persist), ERR_OK);
    remount(b);
    assert_int_equal(get(b, 0), 4);
    assert_int_equal(persist_begin(&b->persist), ERR_OK);
    assert_int_equal(put(b, 0, 5), ERR_OK);
    remount(b); /* power failed */
    assert_false(persist_in_transaction(&b->persist));
    assert_int_equal(get(b, 0), 4);
}

static void a_full_log_leaves_all_as_it_was(void **state)
{
    struct bench *b = *state;
    static uint8_t bytes[8192];
    uint32_t room = 0;

    memset(bytes, 0xAB, sizeof bytes);
    assert_int_equal(persist_begin(&b->persist), ERR_OK);
    assert_int_equal(persist_log_free(&b->persist),
                     persist_log_capacity(&b->persist));
    while (persist_log_free(&b->persist) > 3000)
        assert_int_equal(persist_write(&b->persist, 0, bytes, 1000), ERR_OK);
    room = persist_log_free(&b->persist);
    assert_int_equal(persist_write(&b->persist, 1000, bytes, room),
                     ERR_LOG_FULL);
    assert_int_equal(persist_log_free(&b->persist), room);
    assert_int_equal(get(b, 1000), 0);
    assert_int_equal(persist_write(&b->persist, 1000, bytes, 1000), ERR_OK);
    /* what the counters need is kept back */
    while (put(b, 2000, 1) == ERR_OK)
        continue;
    assert_int_equal(
        persist_write_now(&b->persist, 2001, bytes, PERSIST_NOW_MAX), ERR_OK);
    assert_int_equal(persist_abort(&b->persist), ERR_OK);
    assert_int_equal(get(b, 0) | get(b, 1000) | get(b, 2000), 0);
    assert_int_equal(get(b, 2001), 0xAB);
}

static void nothing_takes_a_final_write_back(void **state)
{
    struct bench *b = *state;
    const uint8_t seven = 7;
    const uint8_t nine = 9;
    const uint8_t many[PERSIST_NOW_MAX + 1] = {0};

    for (int cut = 0; cut < 2; cut++) {
        assert_int_equal(put(b, 3, 0), ERR_OK);
        assert_int_equal(persist_begin(&b->persist), ERR_OK);
        assert_int_equal(put(b, 3, 1), ERR_OK);
        assert_int_equal(persist_write_now(&b->persist, 3, &seven, 1), ERR_OK);
        assert_int_equal(put(b, 3, 2), ERR_OK);
        assert_int_equal(persist_write_now(&b->persist, 3, &nine, 1), ERR_OK);
        assert_int_equal(put(b, 3, 3), ERR_OK);
        if (cut)
            remount(b);
        else
            assert_int_equal(persist_abort(&b->persist), ERR_OK);
        assert_int_equal(get(b, 3), 9);
    }
    assert_int_equal(persist_write_now(&b->persist, 3, &seven, 1), ERR_OK);
    assert_int_equal(get(b, 3), 7);
    assert_int_equal(persist_write_now(&b->persist, 3, many, sizeof many),
                     ERR_RANGE);
}

static void raw_bytes_go_back_only_where_logged(void **state)
{
    struct bench *b = *state;
    const uint8_t raw[2] = {8, 9};

    assert_int_equal(persist_begin(&b->persist), ERR_OK);
    assert_int_equal(put(b, 0, 1), ERR_OK);
    assert_int_equal(persist_write_raw(&b->persist, 0, raw, 2), ERR_OK);
    assert_int_equal(persist_abort(&b->persist), ERR_OK);
    assert_int_equal(get(b, 0), 0);
    assert_int_equal(get(b, 1), 9);
    assert_int_equal(persist_fill_raw(&b->persist, 10, 0xCC, 1000), ERR_OK);
    assert_int_equal(get(b, 9), 0);
    assert_int_equal(get(b, 10) & get(b, 1009), 0xCC);
    assert_int_equal(get(b, 1010), 0);
}

static void addresses_outside_are_refused(void **state)
{
    struct bench *b = *state;
    const uint8_t bytes[2] = {1, 1};
    const uint32_t end = b->persist.data_size;

    assert_int_equal(persist_write(&b->persist, end - 1, bytes, 2), ERR_RANGE);
    assert_int_equal(persist_write(&b->persist, end + 1, bytes, 0), ERR_RANGE);
    assert_int_equal(persist_write(&b->persist, 1, bytes, 0xFFFFFFFF),
                     ERR_RANGE);
    assert_int_equal(persist_write_now(&b->persist, end - 1, bytes, 2),
                     ERR_RANGE);
    assert_int_equal(persist_write_raw(&b->persist, end - 1, bytes, 2),
                     ERR_RANGE);
    assert_int_equal(persist_fill_raw(&b->persist, end - 1, 1, 2), ERR_RANGE);
    assert_int_equal(persist_write(&b->persist, end, bytes, 0), ERR_OK);
    assert_int_equal(persist_write(&b->persist, end - 2, bytes, 2), ERR_OK);
}

static void a_failed_program_ends_all_writing(void **state)
{
    struct bench *b = *state;

    for (uint64_t n = 1;; n++) {
        assert_int_equal(put(b, 0, 5), ERR_OK);
        faults_arm(&b->medium, n, FAULTS_WHOLE, true);
        if (put(b, 0, 6) == ERR_OK)
            break;
        assert_true(persist_is_dead(&b->persist));
        uint64_t programs = b->medium.programs;
        const uint8_t one = 1;
        assert_int_not_equal(persist_abort(&b->persist), ERR_OK);
        assert_int_not_equal(put(b, 0, 7), ERR_OK);
        assert_int_equal(persist_write_now(&b->persist, 0, &one, 1), ERR_IO);
        assert_int_equal(persist_write_raw(&b->persist, 0, &one, 1), ERR_IO);
        assert_int_equal(persist_fill_raw(&b->persist, 0, 1, 1), ERR_IO);
        assert_int_equal(b->medium.programs, programs);
        remount(b);
        assert_false(persist_is_dead(&b->persist));
        /* the first program is the one that decides */
        assert_int_equal(get(b, 0), n == 1 ? 5 : 6);
        assert_true(n < 10);
    }
}

static void strangers_are_not_mounted(void **state)
{
    struct bench *b = *state;

    for (uint32_t i = 0; i < 32; i++) {
        enum err expected = ERR_CORRUPT;
        if (i < 8)
            expected = ERR_NOT_FOUND;
        else if (i < 12)
            expected = ERR_VERSION;
        b->medium.bytes[i] ^= 0x40;
        assert_int_equal(persist_mount(&b->persist), expected);
        assert_int_equal(persist_begin(&b->persist), ERR_STATE);
        b->medium.bytes[i] ^= 0x40;
    }
    assert_int_equal(persist_mount(&b->persist), ERR_OK);
    memset(b->medium.bytes + SLOT_AT, 0, 64); /* both slots */
    assert_int_equal(persist_mount(&b->persist), ERR_CORRUPT);
    b->port.nv_size = 100;
    assert_int_equal(persist_mount(&b->persist), ERR_NOT_FOUND);
    assert_int_equal(persist_format(&b->persist), ERR_MEMORY);
}

/* A log entry that would write 0x66 at address 500, as an applet may make. */
static void forge(uint8_t *raw, uint32_t sequence, uint32_t previous)
{
    set_u4(raw, sequence);
    set_u4(raw + 4, 500);
    set_u4(raw + 8, previous);
    set_u2(raw + 12, 1);
    set_u2(raw + 14, 0x554E);
    raw[HEAD] = 0x66;
    set_u8(raw + 16, check_add(check_of(raw, 16), raw + HEAD, 1));
}

/*
 * The old value of an array goes to the log: bytes of the applet's choice,
 * whole log entries among them.  They lie where a later, shorter entry ends,
 * and power fails then.
 */
static void stored_bytes_are_no_log_entry(void **state)
{
    struct bench *b = *state;

    for (uint8_t n = 1; n < 60; n++) { /* length of the shorter entry */
        uint8_t bytes[256] = {0};
        const uint8_t zero[256] = {0};
        forge(bytes + n, b->persist.sequence + 3, 0);
        assert_int_equal(persist_write(&b->persist, 1000, bytes, 256), ERR_OK);
        assert_int_equal(persist_write(&b->persist, 1000, zero, 256), ERR_OK);
        assert_int_equal(persist_begin(&b->persist), ERR_OK);
        assert_int_equal(persist_write(&b->persist, 2000, zero, n), ERR_OK);
        remount(b);
        assert_int_equal(get(b, 500), 0);
    }
}

/* Makes `sequence` the number of the last finished transaction. */
static void renumber(struct bench *b, uint32_t sequence)
{
    uint8_t *slot = b->medium.bytes + SLOT_AT;

    memset(slot, 0, 64);
    set_u4(slot, sequence);
    set_u8(slot + 16,
           check_word(check_word(CHECK_START, (uint64_t)sequence << 32), 0));
    remount(b);
}

/* An entry that 2^32 small writes have made current again is not undone. */
static void the_count_may_wrap(void **state)
{
    struct bench *b = *state;

    renumber(b, 0xFFFFFFFD);
    assert_int_equal(persist_begin(&b->persist), ERR_OK);
    assert_int_equal(put(b, 7, 1), ERR_OK);
    assert_int_equal(persist_commit(&b->persist), ERR_OK); /* ...FE */
    for (uint8_t i = 2; i < 6; i++) {
        assert_int_equal(put(b, 7, i), ERR_OK);
        remount(b);
        assert_int_equal(get(b, 7), i);
    }
    assert_int_equal(b->persist.sequence, 2);

    /* not so many writes later, but with no mount in between */
    renumber(b, 0xFFFFFFFD);
    assert_int_equal(persist_begin(&b->persist), ERR_OK);
    assert_int_equal(put(b, 7, 7), ERR_OK);
    assert_int_equal(persist_commit(&b->persist), ERR_OK);
    assert_int_equal(put(b, 7, 8), ERR_OK);
    assert_int_not_equal(get_u4(b->medium.bytes + LOG_AT), 0);
    assert_int_equal(put(b, 7, 9), ERR_OK);
    assert_int_equal(get_u4(b->medium.bytes + LOG_AT), 0);
}

static void a_flipped_bit_in_a_slot_changes_nothing(void **state)
{
    struct bench *b = *state;
    static uint8_t keep[NV];

    for (int mounted = 0; mounted < 2; mounted++) {
        assert_int_equal(put(b, 3, 8), ERR_OK);
        assert_int_equal(put(b, 3, 9), ERR_OK);
        if (mounted) /* so that the other slot is empty */
            remount(b);
        memcpy(keep, b->medium.bytes, NV);
        for (uint32_t i = 8 * SLOT_AT; i < 8 * LOG_AT; i++) {
            b->medium.bytes[i / 8] ^= (uint8_t)(1u << i % 8);
            remount(b);
            assert_int_equal(get(b, 3), 9);
            assert_int_equal(put(b, 4, 1), ERR_OK);
            remount(b);
            assert_int_equal(get(b, 3), 9);
            assert_int_equal(get(b, 4), 1);
            memcpy(b->medium.bytes, keep, NV);
        }
    }
}

static void a_flipped_bit_in_the_log_changes_nothing(void **state)
{
    struct bench *b = *state;
    static uint8_t keep[NV];
    uint8_t bytes[40];

    memset(bytes, 0xA5, sizeof bytes);
    assert_int_equal(put(b, 8, 3), ERR_OK);
    assert_int_equal(persist_begin(&b->persist), ERR_OK);
    assert_int_equal(put(b, 8, 4), ERR_OK);
    assert_int_equal(persist_write(&b->persist, 300, bytes, 40), ERR_OK);
    assert_int_equal(persist_write_now(&b->persist, 9, bytes, 1), ERR_OK);
    memcpy(keep, b->medium.bytes, NV);
    uint32_t end = LOG_AT + b->persist.log_used + HEAD;
    for (uint32_t i = 8 * LOG_AT; i < 8 * end; i++) {
        b->medium.bytes[i / 8] ^= (uint8_t)(1u << i % 8);
        remount(b);
        assert_int_equal(get(b, 8), 3);
        assert_int_equal(get(b, 9), 0xA5);
        assert_int_equal(get(b, 300) | get(b, 339), 0);
        memcpy(b->medium.bytes, keep, NV);
    }
}

/* 8 KiB: what a small microcontroller has. */
static void a_small_memory_has_a_small_log(void **state)
{
    struct bench *b = *state;

    b->port.nv_size = 8192;
    assert_int_equal(persist_format(&b->persist), ERR_OK);
    assert_int_equal(b->persist.log_size, 2048);
    assert_int_equal(persist_log_capacity(&b->persist), 1536);
    assert_int_equal(put(b, b->persist.data_size - 1, 3), ERR_OK);
    remount(b);
    assert_int_equal(get(b, b->persist.data_size - 1), 3);
    b->port.nv_size = 8191;
    assert_int_equal(persist_mount(&b->persist), ERR_CORRUPT);
    b->port.nv_size = 3000;
    assert_int_equal(persist_format(&b->persist), ERR_MEMORY);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_write_is_whole_or_not_there),
        TEST(a_small_write_takes_two_programs),
        TEST(a_small_write_is_not_redone_over_a_later_one),
        TEST(a_transaction_ends_one_way),
        TEST(a_full_log_leaves_all_as_it_was),
        TEST(nothing_takes_a_final_write_back),
        TEST(raw_bytes_go_back_only_where_logged),
        TEST(addresses_outside_are_refused),
        TEST(a_failed_program_ends_all_writing),
        TEST(strangers_are_not_mounted),
        TEST(stored_bytes_are_no_log_entry),
        TEST(the_count_may_wrap),
        TEST(a_flipped_bit_in_a_slot_changes_nothing),
        TEST(a_flipped_bit_in_the_log_changes_nothing),
        TEST(a_small_memory_has_a_small_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
