/*
 * Proves guarded arrays, in persistent memory and in ram: every write keeps
 * elements and check together, whoever makes it, in transactions, through
 * windows, in epochs that watch and when power is cut at any program; any one
 * flipped bit of elements or check is told, before the next write and by
 * heap_check, and goes with a renewal; what the heap itself does to elements
 * (clearing, nulling, moving, taking back) keeps sound what was sound, and
 * what was damaged stays so.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/span.h"
#include "heap/heap.h"
#include "ports/faults/faults.h"

enum { NV = 64 * 1024, LENGTH = 21, CHECK = 8 };

struct bench {
    struct faults medium;
    struct card_port port;
    struct persist persist;
    struct heap heap;
    uint8_t transient[CARD_TRANSIENT(NV, CARD_TRANSIENT_SIZE)];
};

static bool is_reference(void *ctx, uint8_t package, uint16_t offset,
                         uint16_t cell)
{
    (void)ctx;
    (void)package;
    (void)offset;
    (void)cell;
    return false;
}

static int set_up(void **state)
{
    static struct bench b;

    memset(&b, 0, sizeof b);
    if (!faults_open(&b.medium, NV, 1))
        return -1;
    faults_bind(&b.medium, &b.port);
    b.port.transient = b.transient;
    b.port.transient_size = sizeof b.transient;
    persist_bind(&b.persist, &b.port);
    heap_bind(&b.heap, &b.persist, (struct heap_layout){NULL, is_reference});
    *state = &b;
    return persist_format(&b.persist) == ERR_OK &&
                   heap_format(&b.heap) == ERR_OK
               ? 0
               : -1;
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
    assert_int_equal(heap_mount(&b->heap), ERR_OK);
}

static void complain(void *ctx, const char *line)
{
    (void)ctx;
    print_error("%s\n", line);
}

static void quiet(void *ctx, const char *line)
{
    (void)ctx;
    (void)line;
}

static ref_t make(struct bench *b, uint8_t kind, uint32_t length, uint8_t flags)
{
    const struct heap_header hd = {.kind = kind,
                                   .flags = flags,
                                   .context = 1,
                                   .owner = 1,
                                   .length = length,
                                   .guarded = true};
    ref_t ref = 0;

    assert_int_equal(heap_new(&b->heap, &hd, &ref), ERR_OK);
    assert_true(heap_is_sound(&b->heap, ref));
    return ref;
}

static enum err put(struct bench *b, ref_t ref, uint32_t at, uint8_t value,
                    enum heap_write how)
{
    return heap_write(&b->heap, ref, at, &value, 1, how);
}

static const uint8_t *body(const struct bench *b, ref_t ref)
{
    struct heap_view v;

    assert_true(heap_get(&b->heap, ref, &v));
    return v.p;
}

/* The writable byte, as a fault reaches it. */
static uint8_t *reach(struct bench *b, const uint8_t *p)
{
    if (p >= b->medium.bytes && p < b->medium.bytes + NV)
        return b->medium.bytes + (p - b->medium.bytes);
    return b->transient + (p - b->transient);
}

static void every_write_renews_the_check(void **state)
{
    static const uint8_t flags[] = {0, HEAP_CLEAR_ON_RESET,
                                    HEAP_CLEAR_ON_DESELECT};
    struct bench *b = *state;
    struct heap_view v;

    for (unsigned i = 0; i < sizeof flags; i++) {
        ref_t a = make(b, HEAP_BYTE_ARRAY, LENGTH, flags[i]);
        for (uint32_t at = 0; at < LENGTH; at++) {
            const enum heap_write how = at % 3 == 0   ? HEAP_ATOMIC
                                        : at % 3 == 1 ? HEAP_RAW
                                                      : HEAP_NOW;
            assert_int_equal(put(b, a, at, (uint8_t)(at + 1), how), ERR_OK);
            assert_int_equal(body(b, a)[at], at + 1);
            assert_true(heap_is_sound(&b->heap, a));
        }
        assert_true(heap_get(&b->heap, a, &v));
        assert_null(v.ram); /* nobody writes past the check */
        assert_int_equal(heap_put_byte(&b->heap, &v, 3, 9), ERR_OK);
        assert_int_equal(heap_put_short(&b->heap, &v, 7, 0x1122), ERR_OK);
        assert_int_equal(body(b, a)[8], 0x22);
        assert_true(heap_is_sound(&b->heap, a));
        assert_int_equal(put(b, a, LENGTH, 0, HEAP_ATOMIC), ERR_RANGE);
    }
    assert_int_equal(heap_check(&b->heap, complain, NULL), 0);
}

static void check_flip(struct bench *b, ref_t a, uint32_t bit)
{
    static const uint8_t zeros[LENGTH];
    uint8_t keep[LENGTH + CHECK];
    uint8_t *p = reach(b, body(b, a));

    memcpy(keep, p, sizeof keep);
    p[bit / 8] ^= (uint8_t)(1u << bit % 8);
    assert_false(heap_is_sound(&b->heap, a));
    assert_int_equal(put(b, a, 2, 5, HEAP_ATOMIC), ERR_DAMAGED);
    assert_int_equal(put(b, a, 2, 5, HEAP_RAW), ERR_DAMAGED);
    keep[bit / 8] ^= (uint8_t)(1u << bit % 8);
    assert_memory_equal(keep, p, sizeof keep);
    if (bit % 8 == 3)
        assert_int_equal(heap_check(&b->heap, quiet, NULL), 1);
    assert_int_equal(heap_guarded_renew(&b->heap, a, zeros), ERR_OK);
    assert_true(heap_is_sound(&b->heap, a));
    assert_memory_equal(zeros, p, LENGTH);
    assert_int_equal(put(b, a, 2, 5, HEAP_ATOMIC), ERR_OK);
}

static void any_flipped_bit_is_told(void **state)
{
    struct bench *b = *state;
    const ref_t kept = make(b, HEAP_BYTE_ARRAY, LENGTH, 0);
    const ref_t fleeting =
        make(b, HEAP_BYTE_ARRAY, LENGTH, HEAP_CLEAR_ON_RESET);

    for (uint32_t bit = 0; bit < 8 * (LENGTH + CHECK); bit++) {
        check_flip(b, kept, bit);
        check_flip(b, fleeting, bit);
    }
    assert_int_equal(heap_check(&b->heap, complain, NULL), 0);
}

static void transactions_have_both(void **state)
{
    struct bench *b = *state;
    static const uint8_t fill[CARD_LOG_SIZE];
    const ref_t a = make(b, HEAP_BYTE_ARRAY, LENGTH, 0);
    const ref_t large = make(b, HEAP_BYTE_ARRAY, CARD_LOG_SIZE, 0);
    const struct heap_header plain = {
        .kind = HEAP_BYTE_ARRAY, .context = 1, .length = CARD_LOG_SIZE};
    ref_t other = 0;

    assert_int_equal(put(b, a, 0, 1, HEAP_ATOMIC), ERR_OK);
    assert_int_equal(heap_begin(&b->heap), ERR_OK);
    assert_int_equal(put(b, a, 0, 2, HEAP_ATOMIC), ERR_OK);
    assert_int_equal(put(b, a, 9, 3, HEAP_RAW), ERR_OK);
    assert_true(heap_is_sound(&b->heap, a));
    assert_int_equal(heap_abort(&b->heap), ERR_OK);
    assert_int_equal(body(b, a)[0], 1);
    assert_int_equal(body(b, a)[9], 0);
    assert_true(heap_is_sound(&b->heap, a));

    /* too much at once, alone and in a transaction */
    assert_int_equal(put(b, large, 5, 1, HEAP_ATOMIC), ERR_OK);
    assert_int_equal(
        heap_write(&b->heap, large, 0, fill, sizeof fill, HEAP_ATOMIC),
        ERR_LOG_FULL);
    assert_false(heap_in_transaction(&b->heap));
    assert_int_equal(heap_new(&b->heap, &plain, &other), ERR_OK);
    assert_int_equal(heap_begin(&b->heap), ERR_OK);
    for (uint32_t at = 0; put(b, other, at, 1, HEAP_ATOMIC) == ERR_OK; at += 1)
        assert_true(at < CARD_LOG_SIZE);
    assert_int_equal(put(b, a, 0, 2, HEAP_ATOMIC), ERR_LOG_FULL);
    assert_int_equal(heap_guarded_renew(&b->heap, a, fill), ERR_LOG_FULL);
    assert_true(heap_is_sound(&b->heap, a));
    assert_int_equal(heap_commit(&b->heap), ERR_OK);
    assert_int_equal(body(b, a)[0], 1);
    assert_int_equal(body(b, large)[5], 1);
    remount(b);
    assert_int_equal(heap_check(&b->heap, complain, NULL), 0);
}

/* Room for the check and none for the elements: neither is written. */
static void room_for_half_is_room_for_nothing(void **state)
{
    struct bench *b = *state;
    uint8_t bytes[200];
    const ref_t a = make(b, HEAP_BYTE_ARRAY, sizeof bytes, 0);
    const struct heap_header plain = {
        .kind = HEAP_BYTE_ARRAY, .context = 1, .length = CARD_LOG_SIZE};
    ref_t other = 0;
    unsigned full = 0;

    assert_int_equal(put(b, a, 3, 1, HEAP_ATOMIC), ERR_OK);
    assert_int_equal(heap_new(&b->heap, &plain, &other), ERR_OK);
    assert_int_equal(heap_begin(&b->heap), ERR_OK);
    for (uint32_t at = 0; put(b, other, at, 1, HEAP_ATOMIC) == ERR_OK; at++) {
        if (persist_log_free(&b->persist) > 2 * sizeof bytes)
            continue;
        const uint8_t was = body(b, a)[3];
        memset(bytes, (int)(at + 7), sizeof bytes);
        const enum err e =
            heap_write(&b->heap, a, 0, bytes, sizeof bytes, HEAP_ATOMIC);
        assert_true(heap_is_sound(&b->heap, a));
        assert_int_equal(body(b, a)[3], e == ERR_OK ? bytes[3] : was);
        full += e == ERR_LOG_FULL;
    }
    assert_true(full > 1);
    assert_int_equal(heap_abort(&b->heap), ERR_OK);
    assert_int_equal(body(b, a)[3], 1);
    assert_int_equal(body(b, a)[0], 0);
    assert_true(heap_is_sound(&b->heap, a));
}

static void windows_write_to_the_whole(void **state)
{
    struct bench *b = *state;
    const uint8_t flags[] = {0, HEAP_CLEAR_ON_RESET};

    for (unsigned i = 0; i < sizeof flags; i++) {
        const ref_t a = make(b, HEAP_SHORT_ARRAY, LENGTH, flags[i]);
        const struct heap_window w = {.base = a,
                                      .kind = HEAP_SHORT_ARRAY,
                                      .rights = HEAP_WRITABLE,
                                      .context = 1,
                                      .first = 7,
                                      .length = 5};
        ref_t view = 0;
        assert_int_equal(heap_window_new(&b->heap, &w, &view), ERR_OK);
        assert_int_equal(put(b, view, 9, 8, HEAP_ATOMIC), ERR_OK);
        assert_int_equal(put(b, view, 10, 8, HEAP_ATOMIC), ERR_RANGE);
        assert_int_equal(body(b, a)[2 * 7 + 9], 8);
        assert_true(heap_is_sound(&b->heap, a));
        reach(b, body(b, a))[0] ^= 1; /* outside of what it shows */
        assert_false(heap_is_sound(&b->heap, view));
        assert_int_equal(put(b, view, 9, 7, HEAP_ATOMIC), ERR_DAMAGED);
        assert_int_equal(body(b, a)[2 * 7 + 9], 8);
        reach(b, body(b, a))[0] ^= 1;
        heap_window_forget(&b->heap, 0);
    }
}

static void clearing_and_moving_keep_it_sound(void **state)
{
    struct bench *b = *state;
    const ref_t gap = make(b, HEAP_BYTE_ARRAY, 40, HEAP_CLEAR_ON_RESET);
    const ref_t reset = make(b, HEAP_BYTE_ARRAY, LENGTH, HEAP_CLEAR_ON_RESET);
    const ref_t deselect = make(b, HEAP_INT_ARRAY, 5, HEAP_CLEAR_ON_DESELECT);
    const ref_t empty = make(b, HEAP_BYTE_ARRAY, 0, HEAP_CLEAR_ON_RESET);
    const ref_t kept = make(b, HEAP_BYTE_ARRAY, LENGTH, 0);
    struct heap_usage before, after;

    assert_int_equal(put(b, reset, 4, 9, HEAP_ATOMIC), ERR_OK);
    assert_int_equal(put(b, deselect, 4, 9, HEAP_ATOMIC), ERR_OK);
    assert_int_equal(put(b, kept, 4, 9, HEAP_ATOMIC), ERR_OK);
    heap_usage(&b->heap, &before);
    const ref_t more = make(b, HEAP_BYTE_ARRAY, 40, HEAP_CLEAR_ON_RESET);
    assert_int_equal(heap_free(&b->heap, more), ERR_OK);
    heap_usage(&b->heap, &after);
    assert_memory_equal(&before, &after, sizeof before);

    assert_int_equal(heap_free(&b->heap, gap), ERR_OK);
    const struct heap_header hd = {.kind = HEAP_BYTE_ARRAY,
                                   .flags = HEAP_CLEAR_ON_RESET,
                                   .length = before.transient_reset_free + 8};
    ref_t ref = 0;
    const uint8_t *old = body(b, reset);
    assert_int_equal(heap_new(&b->heap, &hd, &ref), ERR_MEMORY);
    assert_int_equal(heap_settle_down(&b->heap), ERR_OK);
    assert_ptr_not_equal(body(b, reset), old);
    assert_int_equal(body(b, reset)[4], 9);
    assert_true(heap_is_sound(&b->heap, reset));
    assert_true(heap_is_sound(&b->heap, kept));
    heap_clear_on_deselect(&b->heap, 1);
    assert_int_equal(body(b, deselect)[4], 0);
    assert_true(heap_is_sound(&b->heap, deselect));
    assert_true(heap_is_sound(&b->heap, empty));
    assert_int_equal(heap_check(&b->heap, complain, NULL), 0);
    remount(b);
    assert_int_equal(body(b, reset)[4], 0);
    assert_int_equal(body(b, kept)[4], 9);
    assert_int_equal(heap_check(&b->heap, complain, NULL), 0);
}

static void refer(struct bench *b, ref_t array, ref_t target)
{
    uint8_t raw[2];

    set_u2(raw, target);
    assert_int_equal(heap_write(&b->heap, array, 2, raw, 2, HEAP_ATOMIC),
                     ERR_OK);
}

/* By aborts, of transactions and of epochs. */
static void nulling_keeps_what_it_finds(void **state)
{
    struct bench *b = *state;
    const ref_t fleeting = make(b, HEAP_REF_ARRAY, 3, HEAP_CLEAR_ON_RESET);
    const ref_t kept = make(b, HEAP_REF_ARRAY, 3, 0);

    for (unsigned damaged = 0; damaged < 2; damaged++) {
        assert_int_equal(heap_begin(&b->heap), ERR_OK);
        const ref_t born = make(b, HEAP_BYTE_ARRAY, 4, 0);
        refer(b, fleeting, born);
        reach(b, body(b, fleeting))[5] ^= (uint8_t)damaged;
        assert_int_equal(heap_abort(&b->heap), ERR_OK);
        assert_int_equal(get_u2(body(b, fleeting) + 2), 0);
        assert_int_equal(heap_is_sound(&b->heap, fleeting), damaged == 0);
        heap_release_retired(&b->heap);
    }
    for (unsigned damaged = 0; damaged < 2; damaged++) {
        assert_int_equal(heap_epoch_begin(&b->heap), ERR_OK);
        refer(b, kept, make(b, HEAP_BYTE_ARRAY, 4, 0));
        reach(b, body(b, kept))[5] ^= (uint8_t)damaged;
        assert_int_equal(heap_epoch_abort(&b->heap), ERR_OK);
        assert_int_equal(get_u2(body(b, kept) + 2), 0);
        assert_int_equal(heap_is_sound(&b->heap, kept), damaged == 0);
        heap_release_retired(&b->heap);
    }
}

/* An epoch that watches takes updates back, elements and check. */
static void shadows_have_the_check(void **state)
{
    struct bench *b = *state;
    const ref_t a = make(b, HEAP_BYTE_ARRAY, LENGTH, 0);

    for (unsigned keep = 0; keep < 2; keep++) {
        assert_int_equal(put(b, a, 5, 1, HEAP_ATOMIC), ERR_OK);
        assert_int_equal(heap_epoch_begin(&b->heap), ERR_OK);
        heap_watch(&b->heap, true);
        assert_int_equal(put(b, a, 5, 2, HEAP_ATOMIC), ERR_OK);
        assert_int_equal(put(b, a, 6, 2, HEAP_ATOMIC), ERR_OK);
        assert_int_equal(keep ? heap_epoch_commit(&b->heap, HEAP_ROOT_COUNT, 0)
                              : heap_epoch_abort(&b->heap),
                         ERR_OK);
        heap_release_retired(&b->heap);
        assert_int_equal(body(b, a)[5], keep ? 2 : 1);
        assert_int_equal(body(b, a)[6], keep ? 2 : 0);
        assert_true(heap_is_sound(&b->heap, a));
    }
    assert_int_equal(heap_check(&b->heap, complain, NULL), 0);
}

/* Power goes at every program of these, in every way. */
static enum err story(struct bench *b, ref_t a)
{
    static const uint8_t zeros[LENGTH];

    enum err e = put(b, a, 5, 2, HEAP_ATOMIC);
    if (e == ERR_OK)
        e = heap_guarded_renew(&b->heap, a, zeros);
    if (e == ERR_OK)
        e = heap_begin(&b->heap);
    if (e == ERR_OK)
        e = put(b, a, 5, 3, HEAP_ATOMIC);
    if (e == ERR_OK)
        e = put(b, a, 6, 3, HEAP_ATOMIC);
    return e == ERR_OK ? heap_commit(&b->heap) : e;
}

static void a_cut_leaves_it_sound(void **state)
{
    struct bench *b = *state;

    for (unsigned tear = 0; tear < FAULTS_TEARS; tear++) {
        bool cut = true;
        for (uint64_t n = 1; cut; n++) {
            const ref_t a = make(b, HEAP_BYTE_ARRAY, LENGTH, 0);
            assert_int_equal(put(b, a, 5, 1, HEAP_ATOMIC), ERR_OK);
            faults_arm(&b->medium, n, (enum faults_tear)tear, false);
            const enum err e = story(b, a);
            cut = b->medium.off;
            assert_true(cut || e == ERR_OK);
            remount(b);
            assert_true(heap_is_sound(&b->heap, a));
            assert_true(body(b, a)[5] <= 3);
            assert_int_equal(body(b, a)[6], body(b, a)[5] == 3 ? 3 : 0);
            assert_true(cut || body(b, a)[5] == 3);
            assert_int_equal(heap_free(&b->heap, a), ERR_OK);
            assert_true(n < 100);
        }
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_write_renews_the_check),
        TEST(any_flipped_bit_is_told),
        TEST(transactions_have_both),
        TEST(room_for_half_is_room_for_nothing),
        TEST(windows_write_to_the_whole),
        TEST(clearing_and_moving_keep_it_sound),
        TEST(nulling_keeps_what_it_finds),
        TEST(shadows_have_the_check),
        TEST(a_cut_leaves_it_sound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
