/*
 * Proves that the ports of this project conform: memory, an image file, an
 * image file that is durable, and memory whose power is cut, each with
 * OpenSSL.  Prints what was looked at.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "ports/posix/image.h"
#include "ports/posix/memory.h"
#include "tests/folder.h"
#include "tests/unit/conformance/subject.h"

static void run(struct subject *s, const char *name)
{
    unsigned findings = subject_run(s);

    print_message("%s: %u checks, %lu power cuts, %u findings\n", name,
                  s->result.checks, s->result.cuts, findings);
    if (findings != 0)
        fail_msg("%s", s->findings);
    assert_true(s->result.checks > 100);
}

static void test_faults(void **state)
{
    struct subject s;

    (void)state;
    assert_true(subject_open(&s));
    run(&s, "memory with power cuts");
    assert_true(s.result.cuts > 20);
    subject_close(&s);
}

static void test_memory(void **state)
{
    static uint8_t bytes[SUBJECT_NV];
    struct posix_memory memory = {bytes, sizeof bytes};
    struct subject s;

    (void)state;
    assert_true(subject_open(&s));
    posix_memory_bind(&memory, &s.port);
    s.conformance.reset = NULL;
    s.conformance.cut = NULL;
    run(&s, "memory");
    subject_close(&s);
}

/* ---- image files ---- */

struct file {
    struct subject subject; /* first: it is what the hooks get */
    struct image image;
    char path[64];
    bool durable;
};

/* What a power cycle of the card's process is: the file opened again. */
static int open_again(void *ctx)
{
    struct file *f = ctx;
    char why[160];

    image_close(&f->image);
    if (image_open(&f->image, f->path, f->durable, why, sizeof why) !=
        IMAGE_DONE)
        return -1;
    image_bind(&f->image, &f->subject.port);
    return 0;
}

static void run_image(const char *name, bool durable)
{
    static struct file f;
    char folder[TEST_FOLDER];
    char why[160];

    assert_true(test_folder(folder, "conformance"));
    assert_true(subject_open(&f.subject));
    f.durable = durable;
    snprintf(f.path, sizeof f.path, "%s/card", folder);
    assert_int_equal(
        image_create(&f.image, f.path, SUBJECT_NV, why, sizeof why),
        IMAGE_DONE);
    assert_int_equal(open_again(&f), 0);
    f.subject.conformance.reset = NULL; /* a mapping may move: see below */
    f.subject.conformance.cut = NULL;
    run(&f.subject, name);
    /* and what the card left is in the file */
    static uint8_t before[SUBJECT_NV];
    memcpy(before, f.image.nv, sizeof before);
    assert_int_equal(open_again(&f), 0);
    assert_memory_equal(before, f.image.nv, sizeof before);
    image_close(&f.image);
    subject_close(&f.subject);
    unlink(f.path);
    rmdir(folder);
}

static void test_image(void **state)
{
    (void)state;
    run_image("image file", false);
}

static void test_durable_image(void **state)
{
    (void)state;
    run_image("durable image file", true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_image),
        cmocka_unit_test(test_durable_image),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
