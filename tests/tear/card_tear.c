/*
 * Proves that power may go at any instant of a card's life: the story (see
 * story.c) runs once, and at every program that it makes the card is forked.
 * The fork gets the program torn: not begun, done, prefixes of its bits of
 * several lengths, each bit old or new, each bit old, new or unstable.  Then
 * the fork powers on:
 *
 * - card_check finds nothing;
 * - its content (card_dump with free memory, and what the applet tells) is
 *   that of a cut before the program or that of a cut after it, nothing
 *   between: a program that is torn decides nothing twice;
 * - over a step, the contents are those of the step's atomic effects, in
 *   order: all that was committed is there, and nothing else;
 * - the step can be done again, and then the content is what it should be.
 *
 * While a fork powers on, a second cut is made in the same way: at some
 * programs of some forks, or with `long` at all of them.  Some cuts repeat
 * their step, with `long` all of them do.
 *
 * A card whose memory, volatile and persistent, is byte for byte that of one
 * before in the same step is not looked at again, nor repeats it, and a
 * program that is torn on a medium where it was torn already is not torn
 * again: the same can only come of it.  They are counted as `same`.
 *
 * With `content` the story is that of content_story.c.
 *
 *   card_tear CAP [content] [long] [FIRST-LAST]     only these steps, from 1
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "root.h"
#include "tests/tear/seen.h"
#include "tests/tear/content_story.h"

enum {
    TEXT_MAX = 16384,
    VALUES_TEXT_MAX = 512,
    RETRY_EVERY = 8,
    SECOND_EVERY = 24, /* of the cuts, and of the programs then */
    PLACES = 3,        /* within a program: lengths of the prefix */
    PLACES_LONG = 6,
    CONTENTS_MAX = 64, /* that a step leaves, one different from another */
};

/* What a card holds, seen after power-on. */
struct content {
    char dump[TEXT_MAX]; /* "" when it does not power on */
    struct story_values values;
};

struct counts {
    unsigned long programs;
    unsigned long cuts;
    unsigned long second;
    unsigned long repeated;
    unsigned long same; /* looks, repetitions and programs that were known */
};

/* A place where one program after another is torn on a copy of the card. */
struct tearing {
    const struct faults *medium; /* as it is before the program */
    struct host *fork;           /* where the cut is looked at */
    struct tearing *inner;       /* cuts while that powers on; or NULL */
    struct content last;         /* after a cut between programs */
    struct content next;
    struct content torn;
    struct fingerprint print; /* of the fork, powered on */
    unsigned long cuts;       /* made here, to sample from */
    unsigned long programs;   /* of the inner one: of this power-on */
    /* of the outer one */
    unsigned states; /* distinct contents so far, the first aside */
    struct story_values model;
};

static struct {
    const struct story_step *step;
    unsigned program; /* of the step */
    const char *tear;
    struct counts step_counts;
    struct counts counts;
    struct content before;
    struct story_values model; /* of before; kept while the applet is away */
    bool thorough;
    unsigned failures;
} now;

/* What this step has seen. */
static struct {
    struct seen looks; /* by the whole card: which of the contents */
    struct content contents[CONTENTS_MAX];
    unsigned n;
    struct seen repeats; /* cards that have done the step again */
    struct seen seconds; /* programs on their medium: torn in every way */
} known;

static void forget_known(void)
{
    seen_forget(&known.looks);
    seen_forget(&known.repeats);
    seen_forget(&known.seconds);
    known.n = 0;
}

static void fail(const char *what)
{
    fprintf(stderr, "%s, cut at program %u (%s): %s\n", now.step->name,
            now.program, now.tear, what);
    now.failures++;
    if (now.failures > 20)
        exit(1);
}

static void fail_content(const char *what, const struct content *got,
                         const struct content *a, const struct content *b)
{
    char text[3][VALUES_TEXT_MAX];

    fail(what);
    story_print(&got->values, text[0], sizeof text[0]);
    story_print(&a->values, text[1], sizeof text[1]);
    story_print(&b->values, text[2], sizeof text[2]);
    fprintf(stderr, "got:\n%s%s\nbefore:\n%s%s\nafter:\n%s%s\n", got->dump,
            text[0], a->dump, text[1], b->dump, text[2]);
}

/* ---- looking ---- */

/* Without digests when the step writes bytes that are not atomic. */
static void put_line(void *ctx, const char *line)
{
    char *text = ctx;
    size_t at = strlen(text);
    const char *digest = strstr(line, " digest=");
    size_t n = strlen(line);

    if (digest != NULL && (now.step->flags & STORY_LOOSE) != 0)
        n = (size_t)(digest - line);
    if (at + n + 2 > TEXT_MAX)
        abort();
    memcpy(text + at, line, n);
    memcpy(text + at + n, "\n", 2);
}

static void complain(void *ctx, const char *line)
{
    (void)ctx;
    fail(line);
}

/* The card is on: what is on it?  Leaves the applet selected. */
static void look(struct host *h, struct content *c)
{
    c->dump[0] = '\0';
    (void)card_check(h->card, complain, NULL);
    card_dump(h->card, true, put_line, c->dump);
    story_read(h, &c->values);
}

/* ---- what is known ---- */

static void add_medium(struct fingerprint *f, const struct faults *m)
{
    fingerprint_add(f, m->bytes, m->size);
    fingerprint_add(f, &m->torn_first, sizeof m->torn_first);
    fingerprint_add(f, m->unstable + m->torn_first,
                    m->torn_end - m->torn_first);
}

static void add_content(struct fingerprint *f, const struct content *c)
{
    fingerprint_add(f, c->dump, strlen(c->dump));
    fingerprint_add(f, &c->values, sizeof c->values);
}

/* Everything that a card which has just powered on can go by. */
static struct fingerprint print_of(const struct host *h)
{
    struct fingerprint f = fingerprint_start();

    add_medium(&f, &h->faults);
    fingerprint_add(&f, h->card, sizeof *h->card);
    fingerprint_add(&f, h->transient, h->port.transient_size);
    return f;
}

static void remember(const struct fingerprint *print, const struct content *c)
{
    unsigned i = 0;

    while (i < known.n && (strcmp(known.contents[i].dump, c->dump) != 0 ||
                           memcmp(&known.contents[i].values, &c->values,
                                  sizeof c->values) != 0))
        i++;
    if (i == CONTENTS_MAX)
        return;
    if (i == known.n)
        known.contents[known.n++] = *c;
    seen_add(&known.looks, print, i);
}

/* Looks at the fork, unless one like it was looked at in this step. */
static void look_once(struct tearing *t, struct content *c)
{
    const unsigned failures = now.failures;
    unsigned which = 0;

    t->print = print_of(t->fork);
    if (seen_find(&known.looks, &t->print, &which)) {
        *c = known.contents[which];
        now.step_counts.same++;
        return;
    }
    look(t->fork, c);
    if (now.failures == failures)
        remember(&t->print, c);
}

static bool same(const struct content *a, const struct content *b)
{
    return strcmp(a->dump, b->dump) == 0 &&
           story_equal(&a->values, &b->values, now.step->flags);
}

/* ---- cutting ---- */

/*
 * Powers the fork on, which is watched by the inner tearing if this cut is
 * one of those that get a second one.
 */
static void look_at_fork(struct tearing *t, struct content *c, bool again)
{
    if (again && t->inner != NULL) {
        t->inner->last = t->last;
        t->inner->next = t->next;
        t->inner->programs = 0;
        t->fork->faults.watch_ctx = t->inner;
    } else {
        t->fork->faults.watch_ctx = NULL;
    }
    c->dump[0] = '\0';
    enum card_status status = host_reset(t->fork);
    t->fork->faults.watch_ctx = NULL;
    if (status == CARD_OK)
        look_once(t, c);
    else
        fail("the card does not power on");
}

static void make_fork(struct tearing *t, enum faults_tear tear, uint32_t bits,
                      uint32_t offset, const uint8_t *bytes, uint32_t n)
{
    static const char *const names[FAULTS_TEARS] = {
        "not begun", "a prefix", "bits old or new", "bits unstable", "done"};

    if (t->inner != NULL)
        now.tear = names[tear];
    faults_copy(&t->fork->faults, t->medium);
    faults_tear(&t->fork->faults, tear, bits, offset, bytes, n);
    t->cuts++;
}

static void repeat_step(struct tearing *t, const struct content *seen)
{
    const struct story_step *s = now.step;
    struct host *h = t->fork;
    struct content after;
    bool from_start = same(seen, &now.before);

    if (!from_start || (!now.thorough && t->cuts % RETRY_EVERY != 0))
        return;
    if (seen_before(&known.repeats, &t->print)) {
        now.step_counts.same++;
        return;
    }
    struct story_values model = now.model;
    for (unsigned i = 0; i < story_effect_count(s); i++)
        story_apply(s, i, &model);
    if (!story_do(h, s->enter) || !story_do(h, s->act)) {
        fail("the step cannot be repeated");
        return;
    }
    if (host_reset(h) != CARD_OK) {
        fail("the card does not power on after the step was repeated");
        return;
    }
    look(h, &after);
    if (!story_equal(&after.values, &model, 0))
        fail_content("repeated, it does something else", &after, seen, seen);
    now.step_counts.repeated++;
}

static bool is_one_of(const struct content *c, const struct tearing *t)
{
    return same(c, &t->last) || same(c, &t->next);
}

/* One torn program: what is seen is what a cut before or after it leaves. */
static void cut(struct tearing *t, enum faults_tear tear, uint32_t bits,
                uint32_t offset, const uint8_t *bytes, uint32_t n)
{
    make_fork(t, tear, bits, offset, bytes, n);
    bool again = now.thorough || t->cuts % SECOND_EVERY == 0;
    look_at_fork(t, &t->torn, again);
    if (!is_one_of(&t->torn, t))
        fail_content("half of it is done", &t->torn, &t->last, &t->next);
    if (t->inner != NULL)
        repeat_step(t, &t->torn);
}

/* Bits that a program changes; those up to its i-th are `*bits`. */
static uint32_t changing_bits(const struct faults *f, uint32_t offset,
                              const uint8_t *bytes, uint32_t n, uint32_t i,
                              uint32_t *bits)
{
    uint32_t count = 0;

    for (uint32_t k = 0; k < 8 * n; k++) {
        uint8_t differs = (uint8_t)((f->bytes[offset + k / 8] ^ bytes[k / 8]) |
                                    f->unstable[offset + k / 8]);
        count += differs >> k % 8 & 1;
        if (count == i && *bits == 0)
            *bits = k + 1;
    }
    return count;
}

/*
 * A prefix of the bits, cut at several places among those that change: behind
 * the first, before the last, and somewhere between.
 */
static void cut_at_bits(struct tearing *t, uint32_t offset,
                        const uint8_t *bytes, uint32_t n)
{
    uint32_t bits = 0;
    const uint32_t last =
        changing_bits(t->medium, offset, bytes, n, 0, &bits) - 1;
    const uint32_t wanted = now.thorough ? PLACES_LONG : PLACES;
    const uint32_t places = last < wanted ? last : wanted;

    for (uint32_t i = 1; i <= places; i++) {
        uint32_t at = i == 1        ? 1
                      : i == places ? last
                                    : 1 + (uint32_t)(t->cuts * 7) % last;
        bits = 0;
        (void)changing_bits(t->medium, offset, bytes, n, at, &bits);
        cut(t, FAULTS_PARTIAL, bits, offset, bytes, n);
    }
}

static void cut_everyway(struct tearing *t, uint32_t offset,
                         const uint8_t *bytes, uint32_t n)
{
    bool first = t->inner != NULL;

    cut_at_bits(t, offset, bytes, n);
    cut(t, FAULTS_UNSTABLE, 0, offset, bytes, n);
    if (first || now.thorough)
        cut(t, FAULTS_BITS, 0, offset, bytes, n);
    if (first && now.thorough)
        cut(t, FAULTS_UNSTABLE, 0, offset, bytes, n);
}

static bool changes(const struct faults *f, uint32_t offset,
                    const uint8_t *bytes, uint32_t n)
{
    return memcmp(f->bytes + offset, bytes, n) != 0 ||
           faults_unstable(f, offset, n);
}

/* The next content must be the step's next effect. */
static void advance(struct tearing *t)
{
    const struct story_step *s = now.step;
    unsigned count = story_effect_count(s);

    if (t->states < count)
        story_apply(s, t->states, &t->model);
    else if ((s->flags & (STORY_LITTER | STORY_LOOSE)) == 0)
        fail_content("one effect too many", &t->next, &t->last, &t->last);
    t->states++;
    if (!story_equal(&t->next.values, &t->model, s->flags))
        fail_content("not the effect that was due", &t->next, &t->last,
                     &t->last);
}

/* Before each program of the step. */
static void at_program(void *ctx, uint32_t offset, const uint8_t *bytes,
                       uint32_t n)
{
    struct tearing *t = ctx;

    if (t == NULL)
        return;
    now.program++;
    now.step_counts.programs++;
    if (!changes(t->medium, offset, bytes, n))
        return; /* no bit is touched: a cut is that of the program before */
    make_fork(t, FAULTS_DONE, 0, offset, bytes, n);
    t->next = t->last; /* for the inner cuts of this one */
    look_at_fork(t, &t->next, false);
    if (!same(&t->last, &t->next))
        advance(t);
    repeat_step(t, &t->next);
    cut_everyway(t, offset, bytes, n);
    t->last = t->next;
}

/* Whether this program was torn on this medium, between the same contents. */
static bool is_torn_already(const struct tearing *t, uint32_t offset,
                            const uint8_t *bytes, uint32_t n)
{
    struct fingerprint f = fingerprint_start();

    add_medium(&f, t->medium);
    fingerprint_add(&f, &offset, sizeof offset);
    fingerprint_add(&f, bytes, n);
    add_content(&f, &t->last);
    add_content(&f, &t->next);
    return seen_before(&known.seconds, &f);
}

/* Before each program of a power-on after a cut. */
static void at_second(void *ctx, uint32_t offset, const uint8_t *bytes,
                      uint32_t n)
{
    struct tearing *t = ctx;

    if (t == NULL || !changes(t->medium, offset, bytes, n))
        return;
    t->programs++;
    if (!now.thorough && t->programs > 3 && t->programs % SECOND_EVERY != 0)
        return;
    if (is_torn_already(t, offset, bytes, n)) {
        now.step_counts.same++;
        return;
    }
    cut(t, FAULTS_DONE, 0, offset, bytes, n);
    cut_everyway(t, offset, bytes, n);
}

/* ---- the story ---- */

static void look_at_copy(struct tearing *t, const struct faults *medium,
                         struct content *c)
{
    faults_copy(&t->fork->faults, medium);
    look_at_fork(t, c, false);
}

static bool has_line(const struct content *c, const char *part)
{
    return strstr(c->dump, part) != NULL;
}

static void check_lines(const struct story_step *s, const struct content *after)
{
    if (s->shows != NULL &&
        (has_line(&now.before, s->shows) || !has_line(after, s->shows)))
        fail(s->shows);
    if (s->hides != NULL &&
        (!has_line(&now.before, s->hides) || has_line(after, s->hides)))
        fail(s->hides);
}

static void add_counts(void)
{
    const struct counts *c = &now.step_counts;

    printf("%-42s %6lu programs %7lu cuts %7lu second %6lu repeated "
           "%7lu same\n",
           now.step->name, c->programs, c->cuts, c->second, c->repeated,
           c->same);
    fflush(stdout);
    now.counts.programs += c->programs;
    now.counts.cuts += c->cuts;
    now.counts.second += c->second;
    now.counts.repeated += c->repeated;
    now.counts.same += c->same;
}

/* What the applet held is remembered while it cannot be asked. */
static void take_model(struct tearing *t, const struct content *c)
{
    if (c->values.there)
        t->model = c->values;
    t->model.there = c->values.there;
}

static void tear_step(struct host *h, struct tearing *t)
{
    const struct story_step *s = now.step;
    struct content after;

    now.program = 0;
    now.tear = "whole";
    now.step_counts = (struct counts){0, 0, 0, 0, 0};
    t->cuts = t->inner->cuts = 0;
    t->states = 0;
    if (!story_do(h, s->enter)) {
        fail("it cannot begin");
        exit(1);
    }
    look_at_copy(t, &h->faults, &now.before);
    if (!story_equal(&now.before.values, &t->model, 0))
        fail_content("the step before left something else", &now.before,
                     &now.before, &now.before);
    take_model(t, &now.before);
    now.model = t->model;
    t->last = now.before;
    h->faults.watch = at_program;
    h->faults.watch_ctx = t;
    bool done = story_do(h, s->act);
    h->faults.watch = NULL;
    if (!done)
        fail("it fails without a cut");
    look_at_copy(t, &h->faults, &after);
    if (!same(&after, &t->last))
        fail_content("the end is not what the last cut left", &after, &t->last,
                     &t->last);
    if (t->states < story_effect_count(s) && (s->flags & STORY_LOOSE) == 0)
        fail("an effect is missing");
    for (unsigned i = t->states; i < story_effect_count(s); i++)
        story_apply(s, i, &t->model);
    check_lines(s, &after);
    if (!story_equal(&after.values, &t->model, 0))
        fail_content("the end is not what it should be", &after, &now.before,
                     &after);
    take_model(t, &after);
    forget_known();
    now.step_counts.cuts = t->cuts;
    now.step_counts.second = t->inner->cuts;
    add_counts();
}

/* Does a step that is not torn, and keeps what the applet holds. */
static void do_step(struct host *h, struct tearing *t)
{
    struct content c;

    if (!story_do(h, now.step->enter)) {
        fail("it cannot begin");
        exit(1);
    }
    look_at_copy(t, &h->faults, &c);
    take_model(t, &c);
    if (!story_do(h, now.step->act))
        fail("it fails");
    for (unsigned i = 0; i < story_effect_count(now.step); i++)
        story_apply(now.step, i, &t->model);
    forget_known();
}

/* The story that is told: that of the applet, or that of content. */
static struct {
    const struct story_step *steps;
    size_t length;
    bool content;
} told = {story, 0, false};

/* "3-7", "3": numbers of steps from 1; all of them otherwise. */
static bool take_range(const char *text, size_t *first, size_t *last)
{
    char *end;

    *first = strtoul(text, &end, 10);
    *last = *first;
    if (*end == '-')
        *last = strtoul(end + 1, &end, 10);
    return *end == '\0' && *first >= 1 && *last >= *first &&
           *last <= told.length;
}

static bool open_host(struct host *h)
{
    const struct card_profile profile =
        told.content ? content_profile() : host_profile(false);

    return host_open(h, &profile, STORY_MEMORY, "tear");
}

static void tell_of_content(void)
{
    told.steps = content_story;
    told.length = content_story_length;
    told.content = true;
    story_more_words = content_word;
}

int main(int argc, char **argv)
{
    static struct host card, fork, second;
    static struct tearing inner = {.medium = &fork.faults, .fork = &second};
    static struct tearing outer = {
        .medium = &card.faults, .fork = &fork, .inner = &inner};

    size_t first = 1, last = 0;
    bool usable = argc >= 2;

    told.length = story_length;
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "long") == 0)
            now.thorough = true;
        else if (strcmp(argv[i], "content") == 0)
            tell_of_content();
        else
            usable = usable && take_range(argv[i], &first, &last);
    }
    if (last == 0)
        last = told.length;
    if (!usable || !open_host(&card) || !open_host(&fork) ||
        !open_host(&second)) {
        fprintf(stderr, "usage: card_tear CAP [content] [long] [FIRST-LAST]\n");
        return 2;
    }
    story_cap = argv[1];
    fork.faults.watch = at_second;
    for (size_t i = 0; i < last; i++) {
        now.step = &told.steps[i];
        if (i + 1 < first)
            do_step(&card, &outer);
        else
            tear_step(&card, &outer);
    }
    printf("%zu steps, %lu programs: %lu cuts, %lu second cuts while powering "
           "on, %lu steps repeated after a cut, %lu known already; %u "
           "failures\n",
           last - first + 1, now.counts.programs, now.counts.cuts,
           now.counts.second, now.counts.repeated, now.counts.same,
           now.failures);
    host_close(&card);
    host_close(&fork);
    host_close(&second);
    return now.failures == 0 ? 0 : 1;
}
