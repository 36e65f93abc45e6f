/*
 * Proves of cards in image files, for each step of the story, that
 *
 * - SIGKILL in the middle of any program leaves a file from which the card
 *   comes up whole: a child process does the step and kills itself in its
 *   1st, 2nd, 3rd, 5th, ... program, some bytes of which are written;
 * - with `durable`, so does a machine's loss of power: what the medium has is
 *   what was synchronised, and of what was not, any bits at all; and what
 *   a response confirmed is there.
 *
 * The content then is that of before the step, or some of its effects.
 *
 *   image_tear CAP
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ports/posix/image.h"
#include "tests/folder.h"
#include "tests/tear/expect.h"

enum { TRIALS_MAX = 200, WHY_MAX = 160, PARTS = 4 };

/* msync of this program, for the linker's --wrap. */
int __wrap_msync(void *at, size_t n, int flags);

static struct {
    const struct story_step *step;
    const char *how;
    unsigned n;
    unsigned failures;
    unsigned long kills;
    unsigned long losses;
    char path[64];
    uint32_t random;
} now;

static void fail(const char *what)
{
    fprintf(stderr, "%s, %s %u: %s\n", now.step->name, now.how, now.n, what);
    if (++now.failures > 20)
        exit(1);
}

static void complain(void *ctx, const char *line)
{
    (void)ctx;
    fail(line);
}

static uint32_t random_number(void)
{
    now.random = now.random * 1664525u + 1013904223u;
    return now.random >> 8;
}

/* ---- a host on an image ---- */

static struct {
    struct image image;
    struct card_port port; /* as the image fills it in */
    unsigned kill_at;      /* counts down; 0: never */
} file;

/* Writes what the next command begins with into the file, and opens it. */
static void open_file(const struct faults *medium, bool durable)
{
    char why[WHY_MAX];

    if (image_open(&file.image, now.path, durable, why, sizeof why) !=
        IMAGE_DONE) {
        fail(why);
        exit(1);
    }
    memcpy(file.image.nv, medium->bytes, medium->size);
    image_bind(&file.image, &file.port);
}

static int program(void *ctx, uint32_t offset, const uint8_t *bytes, uint32_t n)
{
    (void)ctx;
    if (file.kill_at != 0 && --file.kill_at == 0) {
        memcpy(file.image.nv + offset, bytes, n * (now.n % PARTS) / PARTS);
        raise(SIGKILL);
    }
    return file.port.nv_program(file.port.ctx, offset, bytes, n);
}

static int flush(void *ctx)
{
    (void)ctx;
    return file.port.nv_flush == NULL ? 0 : file.port.nv_flush(file.port.ctx);
}

static void attach(struct host *h)
{
    h->port.nv = file.port.nv;
    h->port.nv_program = program;
    h->port.nv_flush = flush;
}

static void detach(struct host *h)
{
    faults_bind(&h->faults, &h->port);
}

/* What a card is that powers on from these bytes. */
static void look_at(struct host *h, const uint8_t *nv, struct content *c)
{
    memcpy(h->faults.bytes, nv, h->faults.size);
    if (host_reset(h) != CARD_OK) {
        fail("the card does not power on");
        exit(1);
    }
    expect_look(h, c, complain);
}

/* ---- SIGKILL ---- */

/* In the child: never returns. */
static void do_and_die(struct host *h, const struct faults *medium, unsigned n)
{
    open_file(medium, false);
    attach(h);
    if (host_reset(h) != CARD_OK || !story_do(h, now.step->enter))
        _exit(2);
    file.kill_at = n;
    _exit(story_do(h, now.step->act) ? 0 : 2);
}

/* Whether the step made as many as n programs. */
static bool kill_at(struct host *h, const struct faults *medium,
                    const struct expected *x, unsigned n)
{
    struct content seen;
    char why[WHY_MAX];
    int status = 0;

    now.n = n;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
        do_and_die(h, medium, n);
    if (child < 0 || waitpid(child, &status, 0) != child) {
        fail("there is no child");
        exit(1);
    }
    bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    if (!killed && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
        fail("the child fails by itself");
    if (image_open(&file.image, now.path, false, why, sizeof why) !=
        IMAGE_DONE) {
        fail(why);
        exit(1);
    }
    look_at(h, file.image.nv, &seen);
    image_close(&file.image);
    if (!expect_content(x, &seen))
        fail("half of it is done");
    now.kills += killed;
    return killed;
}

/* ---- loss of power ---- */

static struct {
    uint8_t *medium;  /* what the machine's medium has: header and bytes */
    uint8_t *kept;    /* what it had when power went */
    unsigned lose_at; /* synchronisations until then; 0: not */
    bool lost;
} machine;

/* The medium, and of all that is on its way there, any bits. */
static void lose_power(void)
{
    for (size_t i = 0; i < file.image.map_size; i++) {
        uint8_t differs = machine.medium[i] ^ file.image.map[i];
        machine.kept[i] = machine.medium[i];
        if (differs != 0)
            machine.kept[i] ^= (uint8_t)(differs & random_number());
    }
    machine.lost = true;
}

int __wrap_msync(void *at, size_t n, int flags)
{
    size_t start = (size_t)((uint8_t *)at - file.image.map);

    (void)flags;
    if (machine.medium == NULL || file.image.map == NULL ||
        start >= file.image.map_size)
        return 0;
    if (machine.lose_at != 0 && --machine.lose_at == 0)
        lose_power();
    if (n > file.image.map_size - start)
        n = file.image.map_size - start;
    memcpy(machine.medium + start, at, n);
    return 0;
}

/* Whether the step synchronised as often as n times. */
static bool lose_at(struct host *h, const struct faults *medium,
                    const struct expected *x, unsigned n)
{
    struct content seen;

    now.n = n;
    open_file(medium, true);
    size_t header = file.image.map_size - file.image.nv_size;
    memcpy(machine.medium, file.image.map, file.image.map_size);
    attach(h);
    if (host_reset(h) != CARD_OK || !story_do(h, now.step->enter))
        fail("it cannot begin");
    machine.lost = false;
    machine.lose_at = n;
    if (!story_do(h, now.step->act))
        fail("it fails by itself");
    machine.lose_at = 0;
    bool lost = machine.lost;
    if (!lost) /* the response is out: now */
        lose_power();
    image_close(&file.image);
    detach(h);
    look_at(h, machine.kept + header, &seen);
    if (!expect_content(x, &seen))
        fail("half of it is done");
    if (!lost &&
        !story_equal(&seen.values, &x->model[x->effects], x->step->flags))
        fail("what was confirmed is not there");
    now.losses++;
    return lost;
}

/* ---- the story ---- */

static void try_step(struct host *h, const struct faults *medium,
                     const struct expected *x)
{
    unsigned n = 1;

    now.how = "killed in program";
    for (unsigned i = 0; i < TRIALS_MAX && kill_at(h, medium, x, n); i++)
        n += 1 + n / 2;
    now.how = "without power in synchronisation";
    n = 1;
    for (unsigned i = 0; i < TRIALS_MAX && lose_at(h, medium, x, n); i++)
        n += 1 + n / 3;
}

/* In memory if possible: a disk would be waited for each time. */
static bool create_file(char folder[TEST_FOLDER])
{
    struct image image;
    char why[WHY_MAX];

    if (!test_folder(folder, "image-tear"))
        return false;
    snprintf(now.path, sizeof now.path, "%s/card", folder);
    if (image_create(&image, now.path, STORY_MEMORY, why, sizeof why) !=
        IMAGE_DONE)
        return false;
    machine.medium = malloc(image.map_size);
    machine.kept = malloc(image.map_size);
    image_close(&image);
    return machine.medium != NULL && machine.kept != NULL;
}

static bool open_host(struct host *h)
{
    const struct card_profile profile = host_profile(false);

    return host_open(h, &profile, STORY_MEMORY, "image");
}

int main(int argc, char **argv)
{
    static struct host card, other;
    static struct expected x;
    static struct story_values held;
    char folder[TEST_FOLDER];

    if (argc != 2 || !open_host(&card) || !open_host(&other) ||
        !create_file(folder)) {
        fprintf(stderr, "usage: image_tear CAP\n");
        return 2;
    }
    story_cap = argv[1];
    for (size_t i = 0; i < story_length; i++) {
        now.step = &story[i];
        now.how = "undisturbed";
        if (!expect_step(&other, &card.faults, now.step, &held, &x, complain))
            fail("it fails by itself");
        try_step(&other, &card.faults, &x);
        if (!story_do(&card, now.step->enter) ||
            !story_do(&card, now.step->act))
            return 1;
    }
    printf("%zu steps: %lu kills, %lu losses of power; %u failures\n",
           story_length, now.kills, now.losses, now.failures);
    unlink(now.path);
    rmdir(folder);
    host_close(&card);
    host_close(&other);
    free(machine.medium);
    free(machine.kept);
    return now.failures == 0 ? 0 : 1;
}
