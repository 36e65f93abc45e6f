/*
 * A card's persistent memory in a file: one page of header, then the bytes.
 * The file is mapped, so what a program wrote survives the death of the
 * process; with `durable` each program waits for the medium as well.
 *
 * The header: "PCARDIMG" version u32 size u32, big-endian, salt (16, zero in an
 * image of a card that enciphers nothing), then zeros.
 */
#ifndef POSIX_IMAGE_H
#define POSIX_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <card/port.h>

enum { IMAGE_SALT_SIZE = 16 };

enum image_result {
    IMAGE_DONE = 0,
    IMAGE_MISSING, /* no such file, or no right to it */
    IMAGE_IN_USE,  /* another process has it open */
    IMAGE_EXISTS,  /* create: there is a file already */
    IMAGE_BAD,     /* not an image, truncated, another version */
    IMAGE_FAILED,  /* the system refused */
};

struct image {
    int fd;
    uint8_t *map; /* header and bytes */
    size_t map_size;
    uint8_t *nv;
    uint32_t nv_size;
    bool durable;
};

/*
 * A new file of mode 0600 with `nv_size` zero bytes, open and locked.  On
 * failure no file is left, and `why` (n bytes) says why.
 */
enum image_result image_create(struct image *image, const char *path,
                               uint32_t nv_size, char *why, size_t n);

/* Opens and locks an image for this process alone. */
enum image_result image_open(struct image *image, const char *path,
                             bool durable, char *why, size_t n);

/* The salt in the header: it may be written to before the card is there. */
uint8_t *image_salt(const struct image *image);

/* Writes back and unlocks. */
void image_close(struct image *image);

/* Programs n bytes at `offset`, as struct card_port says: 0, or -1. */
int image_program(struct image *image, uint32_t offset, const uint8_t *bytes,
                  uint32_t n);

/* Fills in ctx and the nv fields of `port`; `image` must outlive it. */
void image_bind(struct image *image, struct card_port *port);

#endif
