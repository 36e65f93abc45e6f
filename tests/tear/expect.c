#include "tests/tear/expect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Without digests: keys are random. */
static void put_line(void *ctx, const char *line)
{
    char *text = ctx;
    size_t at = strlen(text);
    const char *end = strstr(line, " digest=");
    size_t n = end == NULL ? strlen(line) : (size_t)(end - line);

    if (at + n + 2 > EXPECT_TEXT_MAX)
        abort();
    memcpy(text + at, line, n);
    memcpy(text + at + n, "\n", 2);
}

void expect_look(struct host *h, struct content *c,
                 void (*complain)(void *ctx, const char *line))
{
    (void)card_check(h->card, complain, NULL);
    c->dump[0] = '\0';
    card_dump(h->card, false, put_line, c->dump);
    story_read(h, &c->values);
}

/* The values after 0, 1, ... effects, from what the applet held at last. */
static void predict(struct expected *x, struct story_values *held)
{
    if (x->before.values.there)
        *held = x->before.values;
    held->there = x->before.values.there;
    x->effects = story_effect_count(x->step);
    x->model[0] = *held;
    for (unsigned i = 0; i < x->effects; i++) {
        x->model[i + 1] = x->model[i];
        story_apply(x->step, i, &x->model[i + 1]);
    }
    *held = x->model[x->effects];
}

static bool start_from(struct host *h, const struct faults *medium)
{
    faults_copy(&h->faults, medium);
    return host_reset(h) == CARD_OK;
}

bool expect_step(struct host *h, const struct faults *medium,
                 const struct story_step *step, struct story_values *held,
                 struct expected *x,
                 void (*complain)(void *ctx, const char *line))
{
    x->step = step;
    if (!start_from(h, medium) || !story_do(h, step->enter) ||
        host_reset(h) != CARD_OK)
        return false;
    expect_look(h, &x->before, complain);
    if (!start_from(h, medium) || !story_do(h, step->enter) ||
        !story_do(h, step->act) || host_reset(h) != CARD_OK)
        return false;
    expect_look(h, &x->after, complain);
    predict(x, held);
    return true;
}

static bool is_between(const struct expected *x, const struct content *c)
{
    for (unsigned i = 0; i <= x->effects; i++) {
        if (story_equal(&c->values, &x->model[i], x->step->flags))
            return true;
    }
    return false;
}

bool expect_content(const struct expected *x, const struct content *c)
{
    char text[2][512];

    /* deleting in two effects: what uninstall() writes counts before */
    bool dump = strcmp(c->dump, x->before.dump) == 0 ||
                strcmp(c->dump, x->after.dump) == 0 || x->effects > 1 ||
                (x->step->flags & STORY_LITTER) != 0;
    if (dump && is_between(x, c))
        return true;
    story_print(&c->values, text[0], sizeof text[0]);
    story_print(&x->before.values, text[1], sizeof text[1]);
    fprintf(stderr, "got:\n%s%s\nbefore:\n%s%s\nafter:\n%s\n", c->dump, text[0],
            x->before.dump, text[1], x->after.dump);
    return false;
}

bool expect_untouched(const struct expected *x, const struct content *c)
{
    return story_equal(&c->values, &x->model[0], x->step->flags) &&
           strcmp(c->dump, x->before.dump) == 0;
}
