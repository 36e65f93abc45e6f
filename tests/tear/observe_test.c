/*
 * Proves that being observed changes nothing: two cards with the same random
 * numbers live the story (tests/tear/story.c), one of them with an observer of
 * every instruction.  After each step the last answer is the same and so is
 * every byte of memory, and the observer has seen the instructions of each
 * step in which an applet runs, in sound places.  Decoded ahead and one
 * instruction after the other, the machine is the same one.
 *
 *   observe_test CAP
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/tear/story.h"

static struct {
    unsigned long instructions; /* of the step */
    unsigned long all;
    unsigned failures;
} now;

static void fail(const struct story_step *s, const char *what)
{
    fprintf(stderr, "%s: %s\n", s->name, what);
    now.failures++;
}

static enum card_observed before(void *ctx, struct card_instruction *i)
{
    (void)ctx;
    if (i->depth == 0 || i->depth > CARD_FRAMES)
        now.failures++;
    now.instructions++;
    return CARD_OBSERVE_GO;
}

static const struct card_observer observer = {NULL, before};

/* A card alone, from power-on: nothing that is decoded is left. */
static bool live(struct host *h, const struct story_step *s, bool observed)
{
    if (host_reset(h) != CARD_OK)
        return false;
    if (observed)
        card_observe(h->card, &observer);
    return story_do(h, s->enter) && story_do(h, s->act);
}

static void compare(const struct story_step *s, struct host *plain,
                    struct host *observed)
{
    now.instructions = 0;
    if (!live(plain, s, false) || now.instructions != 0)
        fail(s, "it fails unobserved");
    if (!live(observed, s, true))
        fail(s, "it fails when it is observed");
    if (strncmp(s->enter, "00A4", 4) == 0 && strstr(s->enter, "F0504F") &&
        now.instructions == 0)
        fail(s, "an applet ran and nothing was seen");
    if (plain->n != observed->n ||
        memcmp(plain->response, observed->response, plain->n) != 0)
        fail(s, "another answer");
    if (memcmp(plain->faults.bytes, observed->faults.bytes,
               plain->faults.size) != 0)
        fail(s, "other bytes in memory");
    now.all += now.instructions;
}

static bool open_host(struct host *h)
{
    const struct card_profile profile = host_profile(false);

    return host_open(h, &profile, STORY_MEMORY, "observe");
}

int main(int argc, char **argv)
{
    static struct host plain, observed;

    if (argc != 2 || !open_host(&plain) || !open_host(&observed)) {
        fprintf(stderr, "usage: observe_test CAP\n");
        return 2;
    }
    story_cap = argv[1];
    for (size_t i = 0; i < story_length; i++)
        compare(&story[i], &plain, &observed);
    printf("%zu steps, %lu instructions observed; %u failures\n", story_length,
           now.all, now.failures);
    host_close(&plain);
    host_close(&observed);
    return now.failures == 0 && now.all > 0 ? 0 : 1;
}
