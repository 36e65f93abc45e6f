/*
 * Proves card/persist and card/heap without power cuts (tests/tear has those):
 * transactions and their limits, writes that outlive an abort, a medium that
 * fails, allocation to exhaustion and back, epochs, the collector, transient
 * memory, objects moved together, a flipped bit in what leads to an object, an
 * object within another, ports that lend little, and that ten thousand rounds
 * end where they began.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/span.h"
#include "heap/heap.h"
#include "heap/internal.h"
#include "ports/faults/faults.h"

enum { NV = 64 * 1024 };

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
    return cell == 0;
}

static void wire(struct bench *b)
{
    faults_bind(&b->medium, &b->port);
    b->port.transient = b->transient;
    b->port.transient_size = sizeof b->transient;
    persist_bind(&b->persist, &b->port);
    heap_bind(&b->heap, &b->persist, (struct heap_layout){NULL, is_reference});
}

static int set_up(void **state)
{
    static struct bench b;

    memset(&b, 0, sizeof b);
    if (!faults_open(&b.medium, NV, 1))
        return -1;
    wire(&b);
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

static ref_t make(struct bench *b, uint8_t kind, uint32_t length, uint8_t flags)
{
    const struct heap_header hd = {.kind = kind,
                                   .flags = flags,
                                   .context = 1,
                                   .owner = 1,
                                   .class_package = 1,
                                   .length = length};
    ref_t ref = 0;
    assert_int_equal(heap_new(&b->heap, &hd, &ref), ERR_OK);
    return ref;
}

static void put(struct bench *b, ref_t ref, uint32_t at, uint8_t value,
                enum heap_write how)
{
    assert_int_equal(heap_write(&b->heap, ref, at, &value, 1, how), ERR_OK);
}

static uint8_t get(const struct bench *b, ref_t ref, uint32_t at)
{
    struct heap_view v;
    assert_true(heap_get(&b->heap, ref, &v));
    return v.p[at];
}

static void an_abort_brings_back_the_old(void **state)
{
    struct bench *b = *state;
    ref_t a = make(b, HEAP_BYTE_ARRAY, 8, 0);

    put(b, a, 0, 1, HEAP_ATOMIC);
    assert_int_equal(heap_begin(&b->heap), ERR_OK);
    assert_int_equal(heap_begin(&b->heap), ERR_STATE);
    put(b, a, 0, 2, HEAP_ATOMIC);
    put(b, a, 1, 3, HEAP_NOW);
    ref_t born = make(b, HEAP_BYTE_ARRAY, 8, 0);
    assert_true(heap_born(&b->heap, born));
    assert_int_equal(get(b, a, 0), 2);
    assert_int_equal(heap_abort(&b->heap), ERR_OK);
    assert_int_equal(get(b, a, 0), 1);
    assert_int_equal(get(b, a, 1), 3); /* final at once */
    struct heap_view v;
    assert_false(heap_get(&b->heap, born, &v));
    assert_true(heap_has_retired(&b->heap));
    assert_int_not_equal(make(b, HEAP_BYTE_ARRAY, 8, 0), born);
    heap_release_retired(&b->heap);
    assert_int_equal(heap_commit(&b->heap), ERR_STATE);
    remount(b);
    assert_int_equal(get(b, a, 0), 1);
    assert_int_equal(get(b, a, 1), 3);
}

/* A kept view holds until one of these; writing and creating end none. */
static void views_end_when_the_generation_changes(void **state)
{
    struct bench *b = *state;
    ref_t a = make(b, HEAP_BYTE_ARRAY, 8, 0);
    ref_t transient = make(b, HEAP_BYTE_ARRAY, 8, HEAP_CLEAR_ON_RESET);
    const uint8_t nine = 9;
    struct heap_view v;
    struct heap_view ram;
    uint32_t freed = 0;

    uint32_t before = b->heap.generation;
    assert_true(heap_get(&b->heap, a, &v));
    assert_true(heap_get(&b->heap, transient, &ram));
    assert_int_equal(heap_put(&b->heap, &v, 3, &nine, 1), ERR_OK);
    assert_int_equal(heap_put(&b->heap, &ram, 4, &nine, 1), ERR_OK);
    assert_int_equal(get(b, a, 3), 9);
    assert_int_equal(get(b, transient, 4), 9);
    ref_t other = make(b, HEAP_BYTE_ARRAY, 8, 0);
    assert_int_equal(heap_begin(&b->heap), ERR_OK);
    assert_int_equal(heap_put(&b->heap, &v, 2, &nine, 1), ERR_OK);
    assert_int_equal(b->heap.generation, before);
    assert_int_equal(heap_abort(&b->heap), ERR_OK);
    assert_int_equal(get(b, a, 2), 0);
    assert_int_not_equal(b->heap.generation, before);
    before = b->heap.generation;
    assert_int_equal(heap_set_owner(&b->heap, a, 2, 2), ERR_OK);
    assert_int_not_equal(b->heap.generation, before);
    before = b->heap.generation;
    assert_int_equal(heap_free(&b->heap, other), ERR_OK);
    assert_int_not_equal(b->heap.generation, before);
    before = b->heap.generation;
    assert_int_equal(heap_collect(&b->heap, NULL, 0, &freed), ERR_OK);
    assert_int_equal(freed, 2);
    assert_int_not_equal(b->heap.generation, before);
    before = b->heap.generation;
    assert_int_equal(heap_epoch_begin(&b->heap), ERR_OK);
    assert_int_equal(heap_epoch_abort(&b->heap), ERR_OK);
    assert_int_not_equal(b->heap.generation, before);
    before = b->heap.generation;
    remount(b);
    assert_int_not_equal(b->heap.generation, before);
}

static void a_full_log_changes_nothing(void **state)
{
    struct bench *b = *state;
    static const uint8_t bytes[CARD_LOG_SIZE];
    ref_t a = make(b, HEAP_BYTE_ARRAY, CARD_LOG_SIZE, 0);

    put(b, a, 0, 7, HEAP_ATOMIC);
    assert_int_equal(
        heap_write(&b->heap, a, 0, bytes, sizeof bytes, HEAP_ATOMIC),
        ERR_LOG_FULL);
    assert_false(heap_in_transaction(&b->heap));
    assert_int_equal(heap_begin(&b->heap), ERR_OK);
    put(b, a, 1, 8, HEAP_ATOMIC);
    assert_int_equal(
        heap_write(&b->heap, a, 0, bytes, sizeof bytes, HEAP_ATOMIC),
        ERR_LOG_FULL);
    assert_true(heap_in_transaction(&b->heap));
    assert_int_equal(get(b, a, 0), 7);
    assert_int_equal(heap_commit(&b->heap), ERR_OK);
    assert_int_equal(get(b, a, 1), 8);
    assert_int_equal(
        heap_write(&b->heap, a, CARD_LOG_SIZE - 1, bytes, 2, HEAP_ATOMIC),
        ERR_RANGE);
}

static void a_failing_medium_is_left_alone(void **state)
{
    struct bench *b = *state;
    ref_t a = make(b, HEAP_BYTE_ARRAY, 8, 0);
    uint8_t one = 1;

    put(b, a, 0, 5, HEAP_ATOMIC);
    for (uint64_t n = 1; n <= 2; n++) {
        faults_arm(&b->medium, n, FAULTS_WHOLE, true);
        assert_int_equal(heap_write(&b->heap, a, 0, &one, 1, HEAP_ATOMIC),
                         ERR_IO);
        assert_true(persist_is_dead(&b->persist));
        assert_int_equal(heap_write(&b->heap, a, 0, &one, 1, HEAP_ATOMIC),
                         ERR_IO);
        remount(b);
        assert_int_equal(get(b, a, 0), n == 1 ? 5 : 1);
        assert_int_equal(heap_check(&b->heap, complain, NULL), 0);
    }
}

static void epochs_keep_all_or_nothing(void **state)
{
    struct bench *b = *state;
    ref_t old = make(b, HEAP_REF_ARRAY, 4, 0);
    uint8_t raw[2];

    assert_int_equal(heap_epoch_begin(&b->heap), ERR_OK);
    ref_t gone = make(b, HEAP_BLOB, 5000, 0);
    set_u2(raw, gone);
    assert_int_equal(heap_write(&b->heap, old, 0, raw, 2, HEAP_ATOMIC), ERR_OK);
    assert_int_equal(heap_epoch_abort(&b->heap), ERR_OK);
    assert_int_equal(get(b, old, 0) | get(b, old, 1), 0);
    assert_int_equal(heap_epoch_begin(&b->heap), ERR_OK);
    ref_t kept = make(b, HEAP_BLOB, 5000, 0);
    assert_int_equal(heap_epoch_commit(&b->heap, 7, kept), ERR_OK);
    assert_int_equal(heap_epoch_begin(&b->heap), ERR_OK);
    ref_t lost = make(b, HEAP_BLOB, 100, 0);
    remount(b); /* power fails before its commit */
    struct heap_view v;
    assert_int_equal(heap_root(&b->heap, 7), kept);
    assert_true(heap_get(&b->heap, kept, &v));
    assert_false(heap_get(&b->heap, lost, &v));
    assert_int_equal(heap_check(&b->heap, complain, NULL), 0);
}

/* What a watching epoch does to objects that are older than it. */
struct watched {
    ref_t bytes, pin, large;
};

static struct watched make_watched(struct bench *b)
{
    struct watched w = {make(b, HEAP_BYTE_ARRAY, 8, 0),
                        make(b, HEAP_BLOB, 8, 0),
                        make(b, HEAP_BYTE_ARRAY, 5000, 0)};

    put(b, w.bytes, 0, 1, HEAP_ATOMIC);
    put(b, w.pin, 0, 3, HEAP_ATOMIC);
    put(b, w.pin, 1, 1, HEAP_ATOMIC);
    put(b, w.large, 4999, 1, HEAP_ATOMIC);
    return w;
}

static enum err try_put(struct bench *b, ref_t ref, uint32_t at, uint8_t value,
                        enum heap_write how)
{
    return heap_write(&b->heap, ref, at, &value, 1, how);
}

/* Ends at the first error; what stands then is for a mount to settle. */
static enum err watched_story(struct bench *b, const struct watched *w)
{
    const struct heap_header hd = {.kind = HEAP_BYTE_ARRAY, .length = 40};
    ref_t born = 0;

    enum err e = heap_epoch_begin(&b->heap);
    heap_watch(&b->heap, true);
    if (e == ERR_OK)
        e = heap_begin(&b->heap);
    if (e == ERR_OK)
        e = try_put(b, w->bytes, 0, 7, HEAP_ATOMIC);
    if (e == ERR_OK)
        e = heap_abort(&b->heap);
    if (e == ERR_OK)
        e = try_put(b, w->bytes, 0, 2, HEAP_ATOMIC);
    if (e == ERR_OK)
        e = heap_new(&b->heap, &hd, &born);
    if (e == ERR_OK)
        e = try_put(b, born, 0, 2, HEAP_ATOMIC);
    if (e == ERR_OK)
        e = try_put(b, w->pin, 1, 2, HEAP_ATOMIC);
    if (e == ERR_OK)
        e = try_put(b, w->pin, 0, 2, HEAP_NOW);
    if (e == ERR_OK)
        e = heap_begin(&b->heap);
    if (e == ERR_OK)
        e = try_put(b, w->large, 4999, 2, HEAP_ATOMIC);
    if (e == ERR_OK)
        e = heap_commit(&b->heap);
    heap_watch(&b->heap, false);
    return e;
}

static void expect_watched(struct bench *b, const struct watched *w, int value)
{
    assert_int_equal(get(b, w->bytes, 0), value);
    assert_int_equal(get(b, w->pin, 1), value);
    assert_int_equal(get(b, w->large, 4999), value);
    assert_int_equal(heap_check(&b->heap, complain, NULL), 0);
}

static void a_watching_epoch_takes_updates_back(void **state)
{
    struct bench *b = *state;
    const struct watched w = make_watched(b);
    struct heap_usage before, after;

    heap_usage(&b->heap, &before);
    assert_int_equal(watched_story(b, &w), ERR_OK);
    assert_int_equal(get(b, w.bytes, 0), 2);
    assert_int_equal(heap_epoch_abort(&b->heap), ERR_OK);
    heap_release_retired(&b->heap);
    expect_watched(b, &w, 1);
    assert_int_equal(get(b, w.pin, 0), 2); /* written for good */
    heap_usage(&b->heap, &after);
    assert_memory_equal(&before, &after, sizeof before);

    assert_int_equal(watched_story(b, &w), ERR_OK);
    assert_int_equal(heap_epoch_commit(&b->heap, HEAP_ROOT_COUNT, 0), ERR_OK);
    heap_release_retired(&b->heap);
    expect_watched(b, &w, 2);
    heap_usage(&b->heap, &after);
    assert_int_equal(before.persistent_free - after.persistent_free, 64);
    assert_int_equal(before.handles_free - after.handles_free, 1);
}

/* Through an array view, and without the memory for a shadow. */
static void a_watching_epoch_knows_windows(void **state)
{
    struct bench *b = *state;
    const struct watched w = make_watched(b);
    struct heap_window window = {.base = w.large,
                                 .kind = HEAP_BYTE_ARRAY,
                                 .rights = HEAP_WRITABLE,
                                 .context = 1,
                                 .first = 4990,
                                 .length = 10};
    ref_t view = 0;

    assert_int_equal(heap_epoch_begin(&b->heap), ERR_OK);
    heap_watch(&b->heap, true);
    assert_int_equal(heap_window_new(&b->heap, &window, &view), ERR_OK);
    put(b, view, 9, 2, HEAP_ATOMIC);
    struct heap_header fill = {.kind = HEAP_BLOB, .length = 1024};
    ref_t ref = 0;
    for (; fill.length != 0; fill.length /= 2) {
        while (heap_new(&b->heap, &fill, &ref) == ERR_OK)
            ;
    }
    assert_int_equal(try_put(b, w.bytes, 0, 2, HEAP_ATOMIC), ERR_MEMORY);
    put(b, view, 8, 2, HEAP_ATOMIC);
    assert_int_equal(heap_epoch_abort(&b->heap), ERR_OK);
    heap_release_retired(&b->heap);
    expect_watched(b, &w, 1);
    assert_int_equal(get(b, w.large, 4998), 0);
}

/* Power goes at every program, in every way: all of it or nothing. */
static void a_cut_while_an_epoch_watches(void **state)
{
    struct bench *b = *state;

    for (unsigned tear = 0; tear < FAULTS_TEARS; tear++) {
        bool cut = true;
        for (uint64_t n = 1; cut; n++) {
            struct watched w = make_watched(b);
            faults_arm(&b->medium, n, (enum faults_tear)tear, false);
            enum err e = watched_story(b, &w);
            const bool counted = e == ERR_OK;
            if (e == ERR_OK)
                e = heap_epoch_commit(&b->heap, HEAP_ROOT_COUNT, 0);
            cut = b->medium.off;
            assert_true(cut || e == ERR_OK);
            remount(b);
            const int value = get(b, w.bytes, 0);
            expect_watched(b, &w, value);
            assert_true(value == 2 || (value == 1 && cut));
            assert_true(get(b, w.pin, 0) == 2 || (!counted && value == 1));
            assert_int_equal(heap_free(&b->heap, w.bytes), ERR_OK);
            assert_int_equal(heap_free(&b->heap, w.pin), ERR_OK);
            assert_int_equal(heap_free(&b->heap, w.large), ERR_OK);
            assert_true(n < 500);
        }
    }
}

static void the_collector_frees_cycles(void **state)
{
    struct bench *b = *state;
    ref_t root = make(b, HEAP_REF_ARRAY, 300, 0);
    uint8_t raw[2];
    uint32_t freed = 0;

    assert_int_equal(heap_set_root(&b->heap, 9, root), ERR_OK);
    for (uint32_t i = 0; i < 300; i++) { /* more than the mark stack holds */
        ref_t leaf = make(b, HEAP_OBJECT, 2, 0);
        set_u2(raw, leaf);
        assert_int_equal(heap_write(&b->heap, root, 2 * i, raw, 2, HEAP_RAW),
                         ERR_OK);
    }
    ref_t x = make(b, HEAP_OBJECT, 1, 0);
    ref_t y = make(b, HEAP_OBJECT, 1, 0);
    set_u2(raw, y);
    assert_int_equal(heap_write(&b->heap, x, 0, raw, 2, HEAP_ATOMIC), ERR_OK);
    set_u2(raw, x);
    assert_int_equal(heap_write(&b->heap, y, 0, raw, 2, HEAP_ATOMIC), ERR_OK);
    assert_int_equal(heap_collect(&b->heap, &x, 1, &freed), ERR_OK);
    assert_int_equal(freed, 0);
    assert_int_equal(heap_collect(&b->heap, NULL, 0, &freed), ERR_OK);
    assert_int_equal(freed, 2);
    assert_int_equal(heap_check(&b->heap, complain, NULL), 0);
}

static void transient_memory_is_cleared(void **state)
{
    struct bench *b = *state;
    ref_t reset = make(b, HEAP_BYTE_ARRAY, 16, HEAP_CLEAR_ON_RESET);
    ref_t deselect = make(b, HEAP_BYTE_ARRAY, 16, HEAP_CLEAR_ON_DESELECT);
    const struct heap_header huge = {.kind = HEAP_BYTE_ARRAY,
                                     .flags = HEAP_CLEAR_ON_RESET,
                                     .length = b->heap.ram_size - 31};
    ref_t none = 0;

    put(b, reset, 3, 9, HEAP_ATOMIC);
    put(b, deselect, 3, 9, HEAP_ATOMIC);
    heap_clear_on_deselect(&b->heap, 2);
    assert_int_equal(get(b, deselect, 3), 9);
    heap_clear_on_deselect(&b->heap, 1);
    assert_int_equal(get(b, deselect, 3), 0);
    assert_int_equal(get(b, reset, 3), 9);
    assert_int_equal(heap_new(&b->heap, &huge, &none), ERR_MEMORY);
    remount(b);
    assert_int_equal(get(b, reset, 3), 0);
}

/* Among others, in freed handles, after an abort and after power-on. */
static void transient_arrays_are_found_wherever_they_are(void **state)
{
    enum { COUNT = 120, EACH = 17 };
    struct bench *b = *state;
    ref_t refs[COUNT];

    for (unsigned i = 0; i < COUNT; i++)
        refs[i] = make(b, HEAP_BYTE_ARRAY, 4,
                       i % EACH == 0 ? HEAP_CLEAR_ON_DESELECT : 0);
    assert_int_equal(heap_free(&b->heap, refs[COUNT - 1]), ERR_OK);
    refs[COUNT - 1] = make(b, HEAP_BYTE_ARRAY, 4, HEAP_CLEAR_ON_DESELECT);
    for (unsigned round = 0; round < 3; round++) {
        if (round == 1) {
            assert_int_equal(heap_begin(&b->heap), ERR_OK);
            assert_int_equal(heap_free(&b->heap, refs[EACH]), ERR_OK);
            assert_int_equal(heap_abort(&b->heap), ERR_OK);
        }
        if (round == 2)
            remount(b);
        for (unsigned i = 0; i < COUNT; i++)
            put(b, refs[i], 1, 7, HEAP_ATOMIC);
        heap_clear_on_deselect(&b->heap, 1);
        for (unsigned i = 0; i < COUNT; i++)
            assert_int_equal(get(b, refs[i], 1),
                             i % EACH == 0 || i == COUNT - 1 ? 0 : 7);
    }
}

static void exhaustion_and_back(void **state)
{
    struct bench *b = *state;
    const struct heap_header hd = {.kind = HEAP_BYTE_ARRAY, .length = 500};
    struct heap_usage before;
    struct heap_usage after;
    ref_t refs[200];
    unsigned n = 0;

    heap_usage(&b->heap, &before);
    while (n < 200 && heap_new(&b->heap, &hd, &refs[n]) == ERR_OK)
        put(b, refs[n++], 499, 0xFF, HEAP_RAW);
    assert_true(n > 20 && n < 200);
    while (n > 0)
        assert_int_equal(heap_free(&b->heap, refs[--n]), ERR_OK);
    for (unsigned i = 0; i < 10000; i++) {
        ref_t ref = make(b, HEAP_BYTE_ARRAY, 1 + i % 700, 0);
        assert_int_equal(get(b, ref, i % 700), 0);
        put(b, ref, i % 700, 0xAA, HEAP_RAW);
        assert_int_equal(heap_free(&b->heap, ref), ERR_OK);
    }
    heap_usage(&b->heap, &after);
    assert_memory_equal(&before, &after, sizeof before);
    assert_int_equal(heap_check(&b->heap, complain, NULL), 0);
}

static void strangers_are_not_mounted(void **state)
{
    struct bench *b = *state;

    b->medium.bytes[11] ^= 2; /* version */
    assert_int_equal(persist_mount(&b->persist), ERR_VERSION);
    b->medium.bytes[11] ^= 2;
    b->medium.bytes[13] ^= 2; /* where the log starts */
    assert_int_equal(persist_mount(&b->persist), ERR_CORRUPT);
    b->medium.bytes[0] = 0;
    assert_int_equal(persist_mount(&b->persist), ERR_NOT_FOUND);
}

static uint32_t sum_of(const struct bench *b, ref_t ref)
{
    struct heap_view v;
    uint32_t sum = 0;

    assert_true(heap_get(&b->heap, ref, &v));
    for (uint32_t i = 0; i < heap_body_size(&v.h); i++)
        sum = 31 * sum + v.p[i];
    return sum;
}

/* Every second of many objects goes; then one that needs most of the rest. */
static void room_in_pieces_becomes_one(void **state)
{
    struct bench *b = *state;
    enum { COUNT = 60 };
    ref_t refs[COUNT];
    uint32_t sums[COUNT];
    struct heap_usage u;
    ref_t ref = 0;

    for (unsigned i = 0; i < COUNT; i++) {
        refs[i] = make(b, HEAP_BYTE_ARRAY, 100 + 37 * i % 500, 0);
        for (uint32_t k = 0; k < 100; k++)
            put(b, refs[i], k, (uint8_t)(7 * i + k), HEAP_RAW);
        sums[i] = sum_of(b, refs[i]);
    }
    for (unsigned i = 0; i < COUNT; i += 2)
        assert_int_equal(heap_free(&b->heap, refs[i]), ERR_OK);
    heap_usage(&b->heap, &u);
    const struct heap_header hd = {.kind = HEAP_BYTE_ARRAY,
                                   .length = u.persistent_free - 16};
    assert_true(u.persistent_largest < hd.length);
    assert_int_equal(heap_new(&b->heap, &hd, &ref), ERR_MEMORY);
    uint32_t generation = b->heap.generation;
    assert_int_equal(heap_begin(&b->heap), ERR_OK);
    assert_int_equal(heap_make_room(&b->heap, &hd), ERR_STATE);
    assert_int_equal(heap_commit(&b->heap), ERR_OK);
    assert_int_equal(heap_make_room(&b->heap, &hd), ERR_OK);
    assert_int_not_equal(b->heap.generation, generation);
    assert_int_equal(heap_check(&b->heap, complain, NULL), 0);
    assert_int_equal(heap_new(&b->heap, &hd, &ref), ERR_OK);
    assert_int_equal(heap_make_room(&b->heap, &hd), ERR_MEMORY);
    remount(b);
    for (unsigned i = 1; i < COUNT; i += 2)
        assert_int_equal(sum_of(b, refs[i]), sums[i]);
    assert_int_equal(heap_check(&b->heap, complain, NULL), 0);
}

static void what_found_no_room_finds_it_in_the_next_command(void **state)
{
    struct bench *b = *state;
    ref_t refs[8];
    ref_t ref = 0;
    const uint8_t flags = HEAP_CLEAR_ON_RESET;
    const uint32_t n = b->heap.ram_size / 8;
    const struct heap_header hd = {
        .kind = HEAP_BYTE_ARRAY, .flags = flags, .length = 3 * n};

    for (unsigned i = 0; i < 8; i++) {
        refs[i] = make(b, HEAP_BYTE_ARRAY, n - 8, flags);
        put(b, refs[i], 5, (uint8_t)(i + 1), HEAP_ATOMIC);
    }
    for (unsigned i = 1; i < 8; i += 2)
        assert_int_equal(heap_free(&b->heap, refs[i]), ERR_OK);
    assert_int_equal(heap_new(&b->heap, &hd, &ref), ERR_MEMORY);
    assert_int_equal(heap_settle_down(&b->heap), ERR_OK);
    assert_int_equal(heap_new(&b->heap, &hd, &ref), ERR_OK);
    for (unsigned i = 0; i < 8; i += 2)
        assert_int_equal(get(b, refs[i], 5), i + 1);
    assert_int_equal(sum_of(b, ref), 0);
    assert_int_equal(heap_check(&b->heap, complain, NULL), 0);
    uint32_t generation = b->heap.generation;
    assert_int_equal(heap_settle_down(&b->heap), ERR_OK); /* nothing to do */
    assert_int_equal(b->heap.generation, generation);
}

/* A handle that a transaction freed is not given out before it is over. */
static void what_an_abort_brings_back_has_its_handle(void **state)
{
    struct bench *b = *state;
    ref_t a = make(b, HEAP_BYTE_ARRAY, 8, 0);

    put(b, a, 0, 3, HEAP_ATOMIC);
    assert_int_equal(heap_begin(&b->heap), ERR_OK);
    assert_int_equal(heap_free(&b->heap, a), ERR_OK);
    assert_int_not_equal(make(b, HEAP_BYTE_ARRAY, 8, 0), a);
    assert_int_equal(heap_abort(&b->heap), ERR_OK);
    assert_int_equal(get(b, a, 0), 3);
    heap_release_retired(&b->heap);
    assert_int_equal(heap_check(&b->heap, complain, NULL), 0);
}

/* Whether bit `i` of the medium, flipped, is found at the next power-on. */
static bool is_found(struct bench *b, uint32_t i)
{
    b->medium.bytes[i / 8] ^= (uint8_t)(1u << i % 8);
    enum err e = persist_mount(&b->persist);
    if (e == ERR_OK)
        e = heap_mount(&b->heap);
    b->medium.bytes[i / 8] ^= (uint8_t)(1u << i % 8);
    return e == ERR_CORRUPT;
}

/* ...and at the next access of `ref`, which ends all writing. */
static bool stops_access(struct bench *b, uint32_t i, ref_t ref)
{
    struct heap_view v;

    b->medium.bytes[i / 8] ^= (uint8_t)(1u << i % 8);
    const bool there = heap_get(&b->heap, ref, &v);
    b->medium.bytes[i / 8] ^= (uint8_t)(1u << i % 8);
    const bool dead = persist_is_dead(&b->persist);
    remount(b);
    return !there && dead;
}

static void a_flipped_bit_leads_nowhere(void **state)
{
    enum { TABLE_AT = 128 }; /* of the data area */
    struct bench *b = *state;
    static uint8_t keep[NV];
    ref_t a = make(b, HEAP_BYTE_ARRAY, 8, 0);
    ref_t c = make(b, HEAP_BYTE_ARRAY, 8, HEAP_CLEAR_ON_RESET);
    struct heap_view v;

    assert_int_equal(heap_set_root(&b->heap, 1, a), ERR_OK);
    assert_int_equal(heap_begin(&b->heap), ERR_OK); /* no small write */
    put(b, a, 0, 1, HEAP_ATOMIC);
    assert_int_equal(heap_commit(&b->heap), ERR_OK);
    memcpy(keep, b->medium.bytes, NV);
    const uint32_t data = 8 * b->persist.data_start;
    for (uint32_t i = 0; i < 8 * 13; i++) /* magic, counts, state */
        assert_true(is_found(b, data + i));
    for (uint32_t i = 8 * 16; i < 8 * 24; i++) /* move under way */
        assert_true(is_found(b, data + i));
    for (uint32_t i = 8 * 32; i < 8 * 96; i++) /* roots */
        assert_true(is_found(b, data + i));
    for (uint32_t i = 0; i < 8 * 16; i++) /* table, with free entries */
        assert_true(is_found(b, data + 8 * TABLE_AT + i));
    assert_true(heap_get(&b->heap, a, &v));
    const uint32_t head = 8 * (uint32_t)(v.p - b->medium.bytes - 16);
    for (uint32_t i = 0; i < 8 * 16; i++) {
        assert_true(is_found(b, head + i));
        assert_true(stops_access(b, head + i, a));
    }
    /* c lies behind a; its body is where its elements are */
    for (uint32_t i = 8 * 32; i < 8 * 52; i++) {
        assert_true(is_found(b, head + i));
        assert_true(stops_access(b, head + i, c));
    }
    memcpy(b->medium.bytes, keep, NV);
    remount(b);
    for (uint32_t i = 0; i < 32; i++) {
        if (i != 29 && i != 30) /* a mark means nothing on access */
            assert_true(stops_access(b,
                                     data + 8 * (TABLE_AT + 4 * (a - 1u)) +
                                         8 * (3 - i / 8) + i % 8,
                                     a));
    }
}

static void note_line(void *ctx, const char *line)
{
    snprintf(ctx, 96, "%s", line);
}

/* Its header and its table entry are as they were written, but for where. */
static void an_object_within_another_is_found(void **state)
{
    struct bench *b = *state;
    const ref_t outer = make(b, HEAP_BYTE_ARRAY, 64, 0);
    const ref_t inner = make(b, HEAP_BYTE_ARRAY, 8, 0);
    const uint32_t place = heap_place(heap_entry(&b->heap, outer));
    struct heap_view v;
    char line[96] = "";
    char expected[96];

    assert_true(heap_get(&b->heap, inner, &v));
    assert_int_equal(heap_write(&b->heap, outer, HEAP_ALIGN,
                                v.p - HEAP_HEAD_SIZE, HEAP_HEAD_SIZE, HEAP_RAW),
                     ERR_OK);
    assert_int_equal(heap_check(&b->heap, complain, NULL), 0);
    assert_int_equal(heap_set_entry(&b->heap, inner, place + 2, false), ERR_OK);
    assert_int_equal(heap_check(&b->heap, note_line, line), 1);
    snprintf(expected, sizeof expected,
             "heap: object %05u overlaps another object", outer);
    assert_string_equal(line, expected);
}

static void a_port_that_lends_little(void **state)
{
    struct bench *b = *state;
    const struct heap_header hd = {
        .kind = HEAP_BYTE_ARRAY, .flags = HEAP_CLEAR_ON_RESET, .length = 1900};
    ref_t ref = 0;

    b->port.transient_size = CARD_TRANSIENT(NV, 2048);
    remount(b);
    assert_in_range(b->heap.ram_size, 2048, 2900);
    assert_int_equal(heap_new(&b->heap, &hd, &ref), ERR_OK);
    assert_int_equal(heap_new(&b->heap, &hd, &ref), ERR_MEMORY);
    b->port.transient_size = CARD_TRANSIENT(NV, 0);
    assert_int_equal(persist_mount(&b->persist), ERR_OK);
    assert_int_equal(heap_mount(&b->heap), ERR_MEMORY); /* an array has more */
    b->port.transient_size = CARD_TRANSIENT(NV, 0) / 2;
    assert_int_equal(heap_mount(&b->heap), ERR_MEMORY);
    b->port.transient = NULL;
    b->port.transient_size = 0;
    assert_int_equal(heap_mount(&b->heap), ERR_MEMORY);
}

/* What is left for whoever asks. */
static bool ration(void *ctx, const struct heap_header *hd, uint32_t persistent,
                   uint32_t transient)
{
    struct heap_share *left = ctx;

    (void)hd;
    if (persistent > left->persistent || transient > left->transient)
        return false;
    left->persistent -= persistent;
    left->transient -= transient;
    return true;
}

/* It is asked for each kind of memory; what it let pass is what is owned. */
static void a_limit_decides_what_is_taken(void **state)
{
    struct bench *b = *state;
    struct heap_share left = {200, 16};
    struct heap_header hd = {.kind = HEAP_BYTE_ARRAY, .context = 1, .owner = 1};
    struct heap_share share;
    ref_t ref = 0;

    heap_set_limit(&b->heap, (struct heap_limit){&left, ration});
    (void)make(b, HEAP_BYTE_ARRAY, 100, 0);
    (void)make(b, HEAP_BYTE_ARRAY, 8, HEAP_CLEAR_ON_RESET);
    hd.length = 100;
    assert_int_equal(heap_new(&b->heap, &hd, &ref), ERR_MEMORY);
    hd.flags = HEAP_CLEAR_ON_RESET;
    hd.length = 9;
    assert_int_equal(heap_new(&b->heap, &hd, &ref), ERR_MEMORY);
    assert_int_equal(ref, 0);
    heap_owned(&b->heap, 1, &share);
    assert_int_equal(share.persistent, 200 - left.persistent);
    assert_int_equal(share.transient, 16 - left.transient);
    heap_owned(&b->heap, 2, &share);
    assert_int_equal(share.persistent + share.transient, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_limit_decides_what_is_taken),
        TEST(an_abort_brings_back_the_old),
        TEST(views_end_when_the_generation_changes),
        TEST(a_full_log_changes_nothing),
        TEST(a_failing_medium_is_left_alone),
        TEST(epochs_keep_all_or_nothing),
        TEST(a_watching_epoch_takes_updates_back),
        TEST(a_watching_epoch_knows_windows),
        TEST(a_cut_while_an_epoch_watches),
        TEST(the_collector_frees_cycles),
        TEST(transient_memory_is_cleared),
        TEST(transient_arrays_are_found_wherever_they_are),
        TEST(exhaustion_and_back),
        TEST(strangers_are_not_mounted),
        TEST(room_in_pieces_becomes_one),
        TEST(what_found_no_room_finds_it_in_the_next_command),
        TEST(what_an_abort_brings_back_has_its_handle),
        TEST(a_flipped_bit_leads_nowhere),
        TEST(an_object_within_another_is_found),
        TEST(a_port_that_lends_little),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
