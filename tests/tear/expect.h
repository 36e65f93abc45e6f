/*
 * What a step of the story may leave when it is cut short or fails: what was
 * there before it, or some of its atomic effects, in their order.
 */
#ifndef TEAR_EXPECT_H
#define TEAR_EXPECT_H

#include "tests/tear/story.h"

enum { EXPECT_TEXT_MAX = 16384 };

/* What is on a card, without digests of objects and free memory. */
struct content {
    char dump[EXPECT_TEXT_MAX];
    struct story_values values;
};

struct expected {
    const struct story_step *step;
    struct content before;
    struct content after;
    struct story_values model[STORY_EFFECTS_MAX + 1]; /* after 0, 1, .. */
    unsigned effects;
};

/*
 * Looks at a card that is on; leaves the applet selected.  `complain` hears
 * what card_check finds.
 */
void expect_look(struct host *h, struct content *c,
                 void (*complain)(void *ctx, const char *line));

/*
 * Runs the step from a copy of `medium` to see what it begins and ends with.
 * `held` is what the applet held when it could be asked last; it is kept up.
 * False when the step does not even succeed by itself.
 */
bool expect_step(struct host *h, const struct faults *medium,
                 const struct story_step *step, struct story_values *held,
                 struct expected *x,
                 void (*complain)(void *ctx, const char *line));

/* Whether the step may have left this; tells on standard error if not. */
bool expect_content(const struct expected *x, const struct content *c);

/* Whether it left nothing at all. */
bool expect_untouched(const struct expected *x, const struct content *c);

#endif
