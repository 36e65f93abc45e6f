/*
 * Proves that a card survives what fails around it: each step of the story
 * (tests/tear/story.c) is run again and again while, in turn, at its 1st,
 * 2nd, ... occurrence,
 *
 * - nv_program fails, though power stays; nv_flush fails;
 * - the random source, a cipher, a digest fails;
 * - scratch, io, persistent memory, handles, transient memory, the
 *   transaction log or the instruction budget run out: so much is left, then
 *   a little more, until the step succeeds.
 *
 * After each failure card_check finds nothing, the content is that of before,
 * of after, or of one of the step's effects in their order; and when what
 * failed works again, the step succeeds and leaves what it should.
 *
 *   fault_test CAP [long]: all occurrences, not every few
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "root.h"
#include "tests/tear/expect.h"

/* LOG_LEAST: what the runtime's own changes take, which must go through. */
enum { LOG_LEAST = 160, FILLER_ROOT = 15, TRIALS_MAX = 5000, GRANULE = 16 };

/* Something that fails; `n` says when. */
struct fault {
    const char *name;
    void (*arm)(struct host *h, unsigned n);
    void (*disarm)(struct host *h);
    bool starves;   /* n is what is left: the more the better */
    unsigned first; /* n */
    unsigned step;  /* of n, at least */
    bool restarts;  /* lent memory, which a card gets when it comes on */
};

static struct {
    const struct story_step *step;
    const struct fault *fault;
    unsigned n;
    bool thorough;
    unsigned failures;
    unsigned long trials;
    unsigned long failed;      /* trials in which the step failed */
    struct crypto_port crypto; /* what works */
    unsigned countdown;
    bool struck;
} now;

static void fail(const char *what)
{
    fprintf(stderr, "%s, %s %u: %s\n", now.step->name, now.fault->name, now.n,
            what);
    if (++now.failures > 20)
        exit(1);
}

/* ---- what fails ---- */

/* True when it is this call's turn. */
static bool strikes(void)
{
    if (now.countdown == 0 || --now.countdown != 0)
        return false;
    now.struck = true;
    return true;
}

static void arm_program(struct host *h, unsigned n)
{
    faults_arm(&h->faults, n, FAULTS_WHOLE, true);
}

static void disarm_program(struct host *h)
{
    now.struck =
        h->faults.cut_at != 0 && h->faults.programs >= h->faults.cut_at;
    faults_arm(&h->faults, 0, FAULTS_WHOLE, false);
}

static int flush(void *ctx)
{
    (void)ctx;
    return strikes() ? -1 : 0;
}

static void arm_flush(struct host *h, unsigned n)
{
    h->port.nv_flush = flush;
    now.countdown = n;
}

static void disarm_flush(struct host *h)
{
    h->port.nv_flush = NULL;
}

static enum err random_bytes(void *ctx, uint8_t *out, size_t n)
{
    return strikes() ? ERR_IO : now.crypto.random(ctx, out, n);
}

static enum err cipher(void *ctx, enum crypto_cipher which,
                       enum crypto_mode mode, enum crypto_direction direction,
                       struct span key, uint8_t *iv, const uint8_t *in,
                       uint8_t *out, size_t n)
{
    return strikes() ? ERR_IO
                     : now.crypto.cipher(ctx, which, mode, direction, key, iv,
                                         in, out, n);
}

static enum err digest(void *ctx, enum crypto_digest which,
                       const struct span *parts, size_t count, uint8_t *out)
{
    return strikes() ? ERR_IO
                     : now.crypto.digest(ctx, which, parts, count, out);
}

/* The card's own port alone: the host's end of the channel goes on. */
static struct crypto_port failing;

static void arm_crypto(struct host *h, unsigned n)
{
    now.crypto = h->crypto;
    failing = h->crypto;
    h->port.crypto = &failing;
    now.countdown = n;
}

static void arm_random(struct host *h, unsigned n)
{
    arm_crypto(h, n);
    failing.random = random_bytes;
}

static void arm_cipher(struct host *h, unsigned n)
{
    arm_crypto(h, n);
    failing.cipher = cipher;
}

static void arm_digest(struct host *h, unsigned n)
{
    arm_crypto(h, n);
    failing.digest = digest;
}

static void disarm_crypto(struct host *h)
{
    h->port.crypto = &h->crypto;
}

/* ---- what runs out ---- */

static void arm_scratch(struct host *h, unsigned n)
{
    h->port.scratch_size = n;
}

static void disarm_scratch(struct host *h)
{
    h->port.scratch_size = HOST_SCRATCH;
}

static void arm_io(struct host *h, unsigned n)
{
    h->port.io_size = n;
}

static void disarm_io(struct host *h)
{
    h->port.io_size = CARD_APDU_MAX;
}

/* Something that takes room, kept by a root that is nobody else's. */
static ref_t filler(struct host *h, const struct heap_header *hd)
{
    struct heap *heap = &h->card->heap;
    ref_t ref = 0;

    if (heap_new(heap, hd, &ref) != ERR_OK)
        return 0;
    if (heap_set_root(heap, FILLER_ROOT, ref) != ERR_OK)
        abort();
    return ref;
}

static void remove_fillers(struct host *h)
{
    uint32_t freed;

    if (!h->card->on)
        return; /* it is off when memory failed: after the reset then */
    if (heap_set_root(&h->card->heap, FILLER_ROOT, 0) != ERR_OK ||
        heap_collect(&h->card->heap, NULL, 0, &freed) != ERR_OK)
        fail("what took the room cannot be removed");
}

static void arm_memory(struct host *h, unsigned n)
{
    struct heap_header hd = {.kind = HEAP_BLOB};
    struct heap_usage u;

    heap_usage(&h->card->heap, &u);
    if (u.persistent_largest <= n)
        return;
    hd.length = u.persistent_largest - n;
    if (filler(h, &hd) == 0)
        abort();
}

/* Hundreds of tiny objects, kept by an array. */
static void arm_handles(struct host *h, unsigned n)
{
    const struct heap_header tiny = {.kind = HEAP_BYTE_ARRAY, .length = 0};
    struct heap_header hd = {.kind = HEAP_REF_ARRAY};
    struct heap_usage u;
    uint8_t bytes[2];
    ref_t ref;

    heap_usage(&h->card->heap, &u);
    hd.length = u.handles_free - n - 1;
    ref_t list = filler(h, &hd);
    for (uint32_t i = 0; i < hd.length && list != 0; i++) {
        if (heap_new(&h->card->heap, &tiny, &ref) != ERR_OK)
            return; /* where memory is full, that ends first */
        set_u2(bytes, ref);
        if (heap_write(&h->card->heap, list, 2 * i, bytes, 2, HEAP_RAW) !=
            ERR_OK)
            abort();
    }
}

static void arm_transient(struct host *h, unsigned n)
{
    struct heap_header hd = {.kind = HEAP_BYTE_ARRAY,
                             .flags = HEAP_CLEAR_ON_RESET};
    struct heap_usage u;

    heap_usage(&h->card->heap, &u);
    if (u.transient_reset_free <= n)
        return;
    hd.length = u.transient_reset_free - n;
    if (filler(h, &hd) == 0)
        abort();
}

static void arm_log(struct host *h, unsigned n)
{
    struct persist *p = &h->card->persist;

    p->log_size = p->log_size - persist_log_capacity(p) + n;
}

static void arm_budget(struct host *h, unsigned n)
{
    h->card->vm.hooks.budget = n;
}

/* Power-on puts it right. */
static void nothing(struct host *h)
{
    (void)h;
}

static const struct fault faults[] = {
    {"nv_program fails, number", arm_program, disarm_program, false, 1, 1,
     false},
    {"nv_flush fails, number", arm_flush, disarm_flush, false, 1, 1, false},
    {"random fails, number", arm_random, disarm_crypto, false, 1, 1, false},
    {"cipher fails, number", arm_cipher, disarm_crypto, false, 1, 1, false},
    {"digest fails, number", arm_digest, disarm_crypto, false, 1, 1, false},
    {"scratch of", arm_scratch, disarm_scratch, true, 0, 16, false},
    {"io of", arm_io, disarm_io, true, 0, 20, true},
    {"persistent memory of", arm_memory, remove_fillers, true, 0, GRANULE,
     false},
    {"free handles:", arm_handles, remove_fillers, true, 0, 1, false},
    {"transient memory of", arm_transient, remove_fillers, true, 0, 8, false},
    {"log of", arm_log, nothing, true, LOG_LEAST, 40, false},
    {"instructions left:", arm_budget, nothing, true, 0, 1, false},
};
enum { FAULTS_COUNT = sizeof faults / sizeof faults[0] };

/* ---- looking ---- */

static void complain(void *ctx, const char *line)
{
    (void)ctx;
    fail(line);
}

static void restart(struct host *h)
{
    if (host_reset(h) != CARD_OK) {
        fail("the card does not power on");
        exit(1);
    }
}

static void start_from(struct host *h, const struct faults *medium)
{
    faults_copy(&h->faults, medium);
    restart(h);
}

/* ---- trials ---- */

/* Now that nothing fails. */
static void repeat(struct host *h, const struct expected *x)
{
    struct content c;

    if (!story_do(h, now.step->enter) || !story_do(h, now.step->act)) {
        fail("it cannot be repeated");
        return;
    }
    restart(h);
    expect_look(h, &c, complain);
    if (!story_equal(&c.values, &x->model[x->effects], now.step->flags))
        fail("repeated, it does something else");
}

/* Whether the step succeeds although `n` is what it is. */
static bool try_it(struct host *h, const struct faults *medium, unsigned n,
                   const struct expected *x)
{
    const struct story_step *s = now.step;
    struct content seen;

    now.n = n;
    now.trials++;
    start_from(h, medium);
    if (!now.fault->restarts && !story_do(h, s->enter))
        exit(1);
    now.struck = false;
    now.countdown = 0;
    now.fault->arm(h, n);
    bool done = true;
    if (now.fault->restarts) {
        restart(h);
        done = story_try(h, s->enter);
    }
    done = done && story_try(h, s->act);
    if (h->card->on)
        (void)card_check(h->card, complain, NULL);
    now.fault->disarm(h);
    now.failed += !done;
    restart(h);
    if (now.fault->disarm == remove_fillers)
        remove_fillers(h);
    expect_look(h, &seen, complain);
    bool began = !now.fault->restarts || done;
    if (began && !expect_content(x, &seen))
        fail("half of it is done");
    if (!done && expect_untouched(x, &seen))
        repeat(h, x);
    return now.fault->starves ? done : !now.struck;
}

/* How much more is left next time: finely at first, then coarsely. */
static unsigned next(unsigned n)
{
    const struct fault *f = now.fault;

    if (now.thorough)
        return n + f->step;
    return n + f->step * (1 + n / f->step / 3);
}

static void fail_everywhere(struct host *h, const struct faults *medium,
                            const struct expected *x)
{
    unsigned n = now.fault->first;

    for (unsigned i = 0; i < TRIALS_MAX; i++, n = next(n)) {
        if (try_it(h, medium, n, x))
            return;
    }
    fail("it never ends");
}

static bool open_host(struct host *h)
{
    const struct card_profile profile = host_profile(false);

    return host_open(h, &profile, STORY_MEMORY, "fault");
}

int main(int argc, char **argv)
{
    static struct host card, fork;
    static struct expected x;
    static struct story_values held;
    static unsigned long before[2];

    if (argc < 2 || !open_host(&card) || !open_host(&fork)) {
        fprintf(stderr, "usage: fault_test CAP [long]\n");
        return 2;
    }
    story_cap = argv[1];
    now.thorough = argc > 2 && strcmp(argv[2], "long") == 0;
    for (size_t i = 0; i < story_length; i++) {
        now.step = &story[i];
        now.fault = &faults[0];
        before[0] = now.trials;
        before[1] = now.failed;
        if (!expect_step(&fork, &card.faults, now.step, &held, &x, complain)) {
            fail("it fails by itself");
            return 1;
        }
        for (size_t k = 0; k < FAULTS_COUNT; k++) {
            now.fault = &faults[k];
            fail_everywhere(&fork, &card.faults, &x);
        }
        if (!story_do(&card, now.step->enter) ||
            !story_do(&card, now.step->act))
            return 1;
        printf("%-42s %5lu trials, in %5lu it failed\n", now.step->name,
               now.trials - before[0], now.failed - before[1]);
        fflush(stdout);
    }
    printf("%zu steps, %u things that fail: %lu trials, in %lu the step "
           "failed; %u failures\n",
           story_length, (unsigned)FAULTS_COUNT, now.trials, now.failed,
           now.failures);
    host_close(&card);
    host_close(&fork);
    return now.failures == 0 ? 0 : 1;
}
