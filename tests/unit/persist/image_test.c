/*
 * Proves what an image file promises: mode 0600, never over another file, one
 * process at a time, refused when it is not an image or not a whole one, and
 * that what was programmed survives SIGKILL of the process that wrote it.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "persist/persist.h"
#include "ports/posix/image.h"
#include "tests/folder.h"

enum { NV = 64 * 1024, HEADER = 4096 };

struct place {
    char folder[TEST_FOLDER];
    char path[96];
    char why[200];
};

static int set_up(void **state)
{
    static struct place p;

    p.why[0] = '\0';
    if (!test_folder(p.folder, "image"))
        return -1;
    snprintf(p.path, sizeof p.path, "%s/card.img", p.folder);
    *state = &p;
    return 0;
}

static int tear_down(void **state)
{
    struct place *p = *state;
    unlink(p->path);
    return rmdir(p->folder);
}

static enum image_result create(struct place *p, struct image *image)
{
    return image_create(image, p->path, NV, p->why, sizeof p->why);
}

static enum image_result open_image(struct place *p, struct image *image)
{
    return image_open(image, p->path, false, p->why, sizeof p->why);
}

/* Changes one byte of the file, or its size when `at` is negative. */
static void damage(const struct place *p, long at, off_t size)
{
    if (at < 0) {
        assert_int_equal(truncate(p->path, size), 0);
        return;
    }
    FILE *f = fopen(p->path, "r+b");
    assert_non_null(f);
    assert_int_equal(fseek(f, at, SEEK_SET), 0);
    int c = fgetc(f);
    assert_int_equal(fseek(f, at, SEEK_SET), 0);
    assert_true(fputc(c ^ 1, f) != EOF);
    assert_int_equal(fclose(f), 0);
}

static void a_new_file_is_private_and_zero(void **state)
{
    struct place *p = *state;
    struct image image;
    struct stat status;

    mode_t mask = umask(0);
    assert_int_equal(create(p, &image), IMAGE_DONE);
    umask(mask);
    assert_int_equal(stat(p->path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(status.st_size, HEADER + NV);
    for (uint32_t i = 0; i < NV; i++)
        assert_int_equal(image.nv[i], 0);
    image_close(&image);
    image_close(&image); /* does nothing */
}

static void no_file_is_overwritten(void **state)
{
    struct place *p = *state;
    struct image image;

    assert_int_equal(create(p, &image), IMAGE_DONE);
    image.nv[5] = 0x77;
    image_close(&image);
    assert_int_equal(create(p, &image), IMAGE_EXISTS);
    assert_true(strlen(p->why) > 0);
    assert_int_equal(open_image(p, &image), IMAGE_DONE);
    assert_int_equal(image.nv[5], 0x77);
    image_close(&image);
}

static void a_missing_folder_is_said(void **state)
{
    struct place *p = *state;
    struct place other = *p;
    struct image image;

    strcpy(other.path, "/nowhere/at/all/card.img");
    assert_int_equal(create(&other, &image), IMAGE_MISSING);
    assert_int_equal(open_image(&other, &image), IMAGE_MISSING);
    assert_true(strlen(other.why) > 0);
    image_close(&image);
}

/* Starts a process that holds the image and writes 0xC7 at 9. */
static pid_t start_holder(struct place *p)
{
    int ready[2];
    char byte = 0;

    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct image image;
        struct card_port port = {0};
        const uint8_t value = 0xC7;
        if (open_image(p, &image) != IMAGE_DONE)
            _exit(1);
        image_bind(&image, &port);
        if (port.nv_program(port.ctx, 9, &value, 1) != 0 ||
            write(ready[1], "x", 1) != 1)
            _exit(2);
        for (;;)
            pause();
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return child;
}

static void one_process_at_a_time_and_sigkill(void **state)
{
    struct place *p = *state;
    struct image image;
    int status = 0;

    assert_int_equal(create(p, &image), IMAGE_DONE);
    image_close(&image);
    pid_t child = start_holder(p);
    assert_int_equal(open_image(p, &image), IMAGE_IN_USE);
    assert_non_null(strstr(p->why, "in use"));
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(open_image(p, &image), IMAGE_DONE);
    assert_int_equal(image.nv[9], 0xC7);
    image_close(&image);
}

static void damage_is_refused(void **state)
{
    struct place *p = *state;
    struct image image;

    assert_int_equal(create(p, &image), IMAGE_DONE);
    image_close(&image);
    for (long at = 0; at < 16; at++) { /* magic, version, size */
        damage(p, at, 0);
        assert_int_equal(open_image(p, &image), IMAGE_BAD);
        damage(p, at, 0);
    }
    const off_t sizes[] = {HEADER + NV - 1, HEADER + 1, HEADER, 12, 0};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        damage(p, -1, sizes[i]);
        assert_int_equal(open_image(p, &image), IMAGE_BAD);
        assert_true(strlen(p->why) > 0);
    }
}

static void a_folder_is_no_image(void **state)
{
    struct place *p = *state;
    struct place folder = *p;
    struct image image;

    strcpy(folder.path, p->folder);
    assert_int_not_equal(open_image(&folder, &image), IMAGE_DONE);
    image_close(&image);
}

/* A store in a file, with every program waited for; then found again. */
static void a_durable_store_comes_back(void **state)
{
    struct place *p = *state;
    struct image image;
    struct card_port port = {0};
    struct persist store;
    const uint8_t bytes[3] = {1, 2, 3};

    assert_int_equal(create(p, &image), IMAGE_DONE);
    image_bind(&image, &port);
    persist_bind(&store, &port);
    assert_int_equal(persist_format(&store), ERR_OK);
    image_close(&image);
    assert_int_equal(image_open(&image, p->path, true, p->why, sizeof p->why),
                     IMAGE_DONE);
    image_bind(&image, &port);
    assert_int_equal(persist_mount(&store), ERR_OK);
    assert_int_equal(persist_write(&store, 40000, bytes, 3), ERR_OK);
    assert_int_equal(port.nv_program(port.ctx, NV - 1, bytes, 2), -1);
    image_close(&image);
    assert_int_equal(open_image(p, &image), IMAGE_DONE);
    image_bind(&image, &port);
    assert_int_equal(persist_mount(&store), ERR_OK);
    assert_memory_equal(persist_at(&store, 40000), bytes, 3);
    image_close(&image);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_new_file_is_private_and_zero),
        TEST(no_file_is_overwritten),
        TEST(a_missing_folder_is_said),
        TEST(one_process_at_a_time_and_sigkill),
        TEST(damage_is_refused),
        TEST(a_folder_is_no_image),
        TEST(a_durable_store_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
