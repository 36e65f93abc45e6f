/*
 * Proves that memory and objects survive a power cut at every program: random
 * stories of allocations, writes, transactions, epochs and collections are run
 * on the fault port; before each step the medium is copied, and the step is
 * repeated with the power cut at its 1st, 2nd, ... program, torn in five ways,
 * until it completes.  After each cut the store mounts, heap_check finds
 * nothing, and the content is that of before the step or of after it.  A second
 * cut, while mounting, is sampled (all of them with the argument `long`).
 *
 * Content is compared by a digest over all live objects and roots.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/crc.h"
#include "base/span.h"
#include "heap/heap.h"
#include "ports/faults/faults.h"

enum { NV = 48 * 1024, STEPS = 40, STORIES = 6 };

static bool thorough;
static unsigned long cuts;
static unsigned long second_cuts;

struct bench {
    struct faults medium;
    struct card_port port;
    struct persist persist;
    struct heap heap;
    uint8_t transient[CARD_TRANSIENT(NV, CARD_TRANSIENT_SIZE)];
};

static uint32_t rnd(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* Objects of class package 1 hold references in their even cells. */
static bool is_reference(void *ctx, uint8_t package, uint16_t offset,
                         uint16_t cell)
{
    (void)ctx;
    (void)offset;
    return package == 1 && cell % 2 == 0;
}

static void wire(struct bench *b)
{
    faults_bind(&b->medium, &b->port);
    b->port.transient = b->transient;
    b->port.transient_size = sizeof b->transient;
    persist_bind(&b->persist, &b->port);
    heap_bind(&b->heap, &b->persist, (struct heap_layout){NULL, is_reference});
}

static enum err mount(struct bench *b)
{
    wire(b);
    enum err e = persist_mount(&b->persist);
    return e == ERR_OK ? heap_mount(&b->heap) : e;
}

static void complain(void *ctx, const char *line)
{
    (void)ctx;
    print_error("%s\n", line);
}

static uint32_t digest(const struct heap *h)
{
    uint32_t crc = 0;
    uint8_t n[12];
    for (ref_t r = heap_next(h, 0); r != 0; r = heap_next(h, r)) {
        struct heap_view v;
        assert_true(heap_get(h, r, &v));
        set_u2(n, r);
        n[2] = v.h.kind;
        n[3] = v.h.flags;
        set_u4(n + 4, v.h.length);
        set_u2(n + 8, v.h.owner);
        n[10] = v.h.context;
        n[11] = 0;
        crc = crc_add(crc, n, sizeof n);
        if (v.ram == NULL)
            crc = crc_add(crc, v.p, heap_body_size(&v.h));
    }
    for (unsigned i = 0; i < HEAP_ROOT_COUNT; i++) {
        set_u2(n, heap_root(h, i));
        crc = crc_add(crc, n, 2);
    }
    return crc;
}

static ref_t any_object(const struct heap *h, uint32_t *seed)
{
    ref_t found = 0;
    uint32_t count = 0;
    for (ref_t r = heap_next(h, 0); r != 0; r = heap_next(h, r)) {
        if (rnd(seed) % ++count == 0)
            found = r;
    }
    return found;
}

static enum err make(struct heap *h, uint32_t *seed)
{
    const uint8_t kinds[] = {HEAP_OBJECT, HEAP_BYTE_ARRAY, HEAP_REF_ARRAY,
                             HEAP_INT_ARRAY, HEAP_BLOB};
    struct heap_header hd = {.kind = kinds[rnd(seed) % 5],
                             .class_package = 1,
                             .context = 1,
                             .owner = (uint16_t)(1 + rnd(seed) % 3),
                             .length = 1 + rnd(seed) % 60};
    ref_t ref;
    if (hd.kind == HEAP_BYTE_ARRAY && rnd(seed) % 3 == 0)
        hd.flags = HEAP_CLEAR_ON_RESET;
    return heap_new(h, &hd, &ref);
}

/* Writes bytes, or a reference where there may be one. */
static enum err change(struct heap *h, uint32_t *seed, enum heap_write how)
{
    struct heap_view v;
    uint8_t bytes[32];
    ref_t ref = any_object(h, seed);

    if (!heap_get(h, ref, &v))
        return ERR_OK;
    uint32_t size = heap_body_size(&v.h);
    if (v.h.kind == HEAP_REF_ARRAY || v.h.kind == HEAP_OBJECT) {
        set_u2(bytes, any_object(h, seed));
        return heap_write(h, ref, 4 * (rnd(seed) % ((size + 2) / 4)), bytes, 2,
                          how);
    }
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)rnd(seed);
    uint32_t n = 1 + rnd(seed) % 32;
    n = n < size ? n : size;
    return heap_write(h, ref, rnd(seed) % (size - n + 1), bytes, n, how);
}

/* Frees an object that nothing refers to. */
static bool refers;
static ref_t wanted;
static bool look(void *ctx, ref_t target)
{
    (void)ctx;
    refers = refers || target == wanted;
    return true;
}

static enum err drop(struct heap *h, uint32_t *seed)
{
    wanted = any_object(h, seed);
    refers = wanted == 0;
    for (unsigned i = 0; i < HEAP_ROOT_COUNT; i++)
        look(NULL, heap_root(h, i));
    for (ref_t r = heap_next(h, 0); r != 0; r = heap_next(h, r))
        heap_each_reference(h, r, look, NULL);
    return refers ? ERR_OK : heap_free(h, wanted);
}

static enum err some(struct heap *h, uint32_t *seed)
{
    enum err e = ERR_OK;
    for (uint32_t n = 1 + rnd(seed) % 5; n > 0 && e == ERR_OK; n--) {
        switch (rnd(seed) % 4) {
        case 0:
            e = make(h, seed);
            break;
        case 1:
            e = drop(h, seed);
            break;
        default:
            e = change(h, seed, HEAP_ATOMIC);
        }
    }
    return e;
}

static enum err transaction(struct heap *h, uint32_t *seed, bool commit)
{
    enum err e = heap_begin(h);
    if (e == ERR_OK)
        e = some(h, seed);
    if (e != ERR_OK && e != ERR_MEMORY)
        return e;
    return commit && e == ERR_OK ? heap_commit(h) : heap_abort(h);
}

static enum err epoch(struct heap *h, uint32_t *seed, bool commit)
{
    enum err e = heap_epoch_begin(h);
    for (int i = 0; i < 3 && e == ERR_OK; i++)
        e = make(h, seed);
    if (e != ERR_OK && e != ERR_MEMORY)
        return e;
    commit = commit && e == ERR_OK;
    ref_t made = any_object(h, seed);
    return commit ? heap_epoch_commit(h, 5, made) : heap_epoch_abort(h);
}

/* One step; each is atomic as a whole. */
static enum err step(struct heap *h, uint32_t seed)
{
    uint32_t freed;

    switch (rnd(&seed) % 11) {
    case 0:
    case 1:
        return make(h, &seed);
    case 2:
        return drop(h, &seed);
    case 3:
        return change(h, &seed, HEAP_ATOMIC);
    case 4:
        return transaction(h, &seed, true);
    case 5:
        return transaction(h, &seed, false);
    case 6:
        return epoch(h, &seed, true);
    case 7:
        return epoch(h, &seed, false);
    case 8:
        return heap_collect(h, NULL, 0, &freed);
    case 9:
        h->crowded = true;
        return heap_settle_down(h);
    default:
        return change(h, &seed, HEAP_NOW);
    }
}

static void assert_sound(struct bench *b, uint32_t before, uint32_t after)
{
    assert_int_equal(heap_check(&b->heap, complain, NULL), 0);
    uint32_t now = digest(&b->heap);
    assert_true(now == before || now == after);
}

/* Mounts what a cut left, with a second cut at its n-th program. */
static void cut_again(struct bench *b, struct bench *scratch, uint64_t n,
                      uint32_t before, uint32_t after)
{
    for (;; n++) {
        faults_copy(&scratch->medium, &b->medium);
        faults_power_on(&scratch->medium);
        faults_arm(&scratch->medium, n, FAULTS_UNSTABLE, false);
        enum err e = mount(scratch);
        if (e == ERR_OK && !scratch->medium.off)
            return;
        second_cuts++;
        faults_power_on(&scratch->medium);
        assert_int_equal(mount(scratch), ERR_OK);
        assert_sound(scratch, before, after);
        if (!thorough)
            return;
    }
}

static void tear_step(struct bench *b, struct bench *torn,
                      struct bench *scratch, uint32_t seed)
{
    uint32_t before = digest(&b->heap);
    struct bench original = *b;

    faults_copy(&scratch->medium, &b->medium); /* the state before the step */
    struct faults keep = scratch->medium;
    uint8_t *bytes = malloc(NV);
    uint8_t *unstable = malloc(NV);
    assert_true(bytes != NULL && unstable != NULL);
    memcpy(bytes, keep.bytes, NV);
    memcpy(unstable, keep.unstable, NV);

    enum err whole = step(&b->heap, seed);
    assert_true(whole == ERR_OK || whole == ERR_MEMORY);
    uint32_t after = digest(&b->heap);

    for (unsigned tear = 0; tear < FAULTS_TEARS; tear++) {
        for (uint64_t n = 1;; n++) {
            struct faults medium = torn->medium;
            *torn = original;
            torn->medium.bytes = medium.bytes;
            torn->medium.unstable = medium.unstable;
            torn->medium.random = medium.random;
            memcpy(torn->medium.bytes, bytes, NV);
            memcpy(torn->medium.unstable, unstable, NV);
            wire(torn);
            faults_arm(&torn->medium, n, (enum faults_tear)tear, false);
            step(&torn->heap, seed);
            if (!torn->medium.off)
                break;
            cuts++;
            cut_again(torn, scratch, thorough ? 1 : 1 + n % 7, before, after);
            faults_power_on(&torn->medium);
            assert_int_equal(mount(torn), ERR_OK);
            assert_sound(torn, before, after);
        }
    }
    free(bytes);
    free(unstable);
}

static void every_program_of_every_step(void **state)
{
    (void)state;
    static struct bench b;
    static struct bench torn;
    static struct bench scratch;

    for (uint32_t story = 0; story < (thorough ? 60 : STORIES); story++) {
        assert_true(faults_open(&b.medium, NV, story));
        assert_true(faults_open(&torn.medium, NV, story + 100));
        assert_true(faults_open(&scratch.medium, NV, story + 200));
        wire(&b);
        assert_int_equal(persist_format(&b.persist), ERR_OK);
        assert_int_equal(heap_format(&b.heap), ERR_OK);
        for (uint32_t i = 0; i < STEPS; i++)
            tear_step(&b, &torn, &scratch, story * 1000 + i);
        faults_close(&b.medium);
        faults_close(&torn.medium);
        faults_close(&scratch.medium);
    }
    printf("%lu cuts, %lu second cuts while mounting\n", cuts, second_cuts);
    assert_true(cuts > 1000);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_program_of_every_step),
    };
    thorough = argc > 1 && strcmp(argv[1], "long") == 0;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
