#include "ports/posix/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ports/posix/memory.h"

enum { HEADER_SIZE = 4096, VERSION = 1, SALT_AT = 16 };

static const char magic[8] = {'P', 'C', 'A', 'R', 'D', 'I', 'M', 'G'};

static void put_u4(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (24 - 8 * i));
}

static uint32_t get_u4(const uint8_t *p)
{
    uint32_t v = 0;
    for (int i = 0; i < 4; i++)
        v = v << 8 | p[i];
    return v;
}

static enum image_result fail(struct image *image, enum image_result result,
                              const char *what, char *why, size_t n)
{
    snprintf(why, n, "%s", what);
    image_close(image);
    return result;
}

static enum image_result lock(struct image *image, char *why, size_t n)
{
    if (flock(image->fd, LOCK_EX | LOCK_NB) == 0)
        return IMAGE_DONE;
    if (errno == EWOULDBLOCK)
        return fail(image, IMAGE_IN_USE, "in use by another process", why, n);
    return fail(image, IMAGE_FAILED, strerror(errno), why, n);
}

static enum image_result map(struct image *image, size_t size, char *why,
                             size_t n)
{
    void *at =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, image->fd, 0);
    if (at == MAP_FAILED)
        return fail(image, IMAGE_FAILED, strerror(errno), why, n);
    image->map = at;
    image->map_size = size;
    image->nv = image->map + HEADER_SIZE;
    image->nv_size = (uint32_t)(size - HEADER_SIZE);
    return IMAGE_DONE;
}

enum image_result image_create(struct image *image, const char *path,
                               uint32_t nv_size, char *why, size_t n)
{
    size_t size = (size_t)HEADER_SIZE + nv_size;

    memset(image, 0, sizeof *image);
    image->fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (image->fd < 0) {
        snprintf(why, n, "%s", strerror(errno));
        return errno == EEXIST ? IMAGE_EXISTS : IMAGE_MISSING;
    }
    enum image_result result = lock(image, why, n);
    /* room is taken now: a full disk must not surface in a mapped write */
    int error =
        result == IMAGE_DONE ? posix_fallocate(image->fd, 0, (off_t)size) : 0;
    if (error != 0)
        result = fail(image, IMAGE_FAILED, strerror(error), why, n);
    if (result == IMAGE_DONE)
        result = map(image, size, why, n);
    if (result != IMAGE_DONE) {
        unlink(path);
        return result;
    }
    memcpy(image->map, magic, sizeof magic);
    put_u4(image->map + 8, VERSION);
    put_u4(image->map + 12, nv_size);
    return IMAGE_DONE;
}

static enum image_result check_header(struct image *image, char *why, size_t n)
{
    const uint8_t *head = image->map;

    if (memcmp(head, magic, sizeof magic) != 0)
        return fail(image, IMAGE_BAD, "not a card image", why, n);
    if (get_u4(head + 8) != VERSION)
        return fail(image, IMAGE_BAD, "a card image of another version", why,
                    n);
    if (get_u4(head + 12) != image->nv_size)
        return fail(image, IMAGE_BAD,
                    "truncated: its size is not what its header says", why, n);
    return IMAGE_DONE;
}

enum image_result image_open(struct image *image, const char *path,
                             bool durable, char *why, size_t n)
{
    struct stat status;

    memset(image, 0, sizeof *image);
    image->durable = durable;
    image->fd = open(path, O_RDWR | O_CLOEXEC);
    if (image->fd < 0) {
        snprintf(why, n, "%s", strerror(errno));
        return IMAGE_MISSING;
    }
    enum image_result result = lock(image, why, n);
    if (result != IMAGE_DONE)
        return result;
    if (fstat(image->fd, &status) != 0 || !S_ISREG(status.st_mode) ||
        status.st_size <= HEADER_SIZE ||
        status.st_size > HEADER_SIZE + (off_t)UINT32_MAX)
        return fail(image, IMAGE_BAD, "not a card image", why, n);
    result = map(image, (size_t)status.st_size, why, n);
    return result == IMAGE_DONE ? check_header(image, why, n) : result;
}

uint8_t *image_salt(const struct image *image)
{
    return image->map + SALT_AT;
}

void image_close(struct image *image)
{
    if (image->map != NULL) {
        (void)msync(image->map, image->map_size, MS_SYNC);
        munmap(image->map, image->map_size);
    }
    if (image->fd >= 0)
        close(image->fd);
    memset(image, 0, sizeof *image);
    image->fd = -1;
}

static int program(void *ctx, uint32_t offset, const uint8_t *bytes, uint32_t n)
{
    struct image *image = ctx;
    if (offset > image->nv_size || n > image->nv_size - offset)
        return -1;
    posix_memory_store(image->nv + offset, bytes, n);
    return 0;
}

/*
 * In order: with a mapping the kernel may write pages back in any order, so a
 * durable image writes each program to the medium before the next begins.
 */
static int durable_program(void *ctx, uint32_t offset, const uint8_t *bytes,
                           uint32_t n)
{
    const struct image *image = ctx;
    const size_t largest_page = 65536; /* a multiple of what any system has */

    if (program(ctx, offset, bytes, n) != 0)
        return -1;
    size_t at = HEADER_SIZE + (size_t)offset;
    size_t before = at % largest_page;
    return msync(image->map + (at - before), n + before, MS_SYNC);
}

int image_program(struct image *image, uint32_t offset, const uint8_t *bytes,
                  uint32_t n)
{
    return image->durable ? durable_program(image, offset, bytes, n)
                          : program(image, offset, bytes, n);
}

void image_bind(struct image *image, struct card_port *port)
{
    port->ctx = image;
    port->nv = image->nv;
    port->nv_size = image->nv_size;
    port->nv_program = image->durable ? durable_program : program;
    port->nv_direct = image->durable ? NULL : image->nv;
    port->nv_flush = NULL;
}
