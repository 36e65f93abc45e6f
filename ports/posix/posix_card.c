#include "ports/posix/posix_card.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "ports/openssl/crypto_openssl.h"
#include "ports/posix/image.h"
#include "ports/posix/memory.h"

enum { SCRATCH_SIZE = 256 * 1024, CODE_SIZE = 256 * 1024 };

struct posix_card {
    struct image image;         /* of a card in a file; else unused */
    struct posix_memory memory; /* of a card in memory; bytes NULL: in a file */
    struct card_port port;
    struct crypto_port crypto;
    struct port_openssl *openssl;
    void *image_ctx; /* what the image's calls expect as ctx */
    int (*image_program)(void *ctx, uint32_t offset, const uint8_t *bytes,
                         uint32_t n);
    struct posix_card_options options;
    struct card *card;
};

static enum posix_card_result of_image(enum image_result result)
{
    switch (result) {
    case IMAGE_DONE:
        return POSIX_CARD_DONE;
    case IMAGE_MISSING:
        return POSIX_CARD_MISSING;
    case IMAGE_IN_USE:
        return POSIX_CARD_IN_USE;
    case IMAGE_EXISTS:
        return POSIX_CARD_EXISTS;
    case IMAGE_BAD:
        return POSIX_CARD_BAD;
    case IMAGE_FAILED:
        break;
    }
    return POSIX_CARD_FAILED;
}

static int program(void *ctx, uint32_t offset, const uint8_t *bytes, uint32_t n)
{
    struct posix_card *p = ctx;
    return p->image_program(p->image_ctx, offset, bytes, n);
}

static void trace(void *ctx, const char *text)
{
    const struct posix_card *p = ctx;
    if (p->options.trace != NULL)
        p->options.trace(p->options.trace_ctx, text);
}

/*
 * The parts around an open image, or around memory; `like` is the card to
 * copy, or NULL.  False when memory or OpenSSL fail.
 */
static bool assemble(struct posix_card *p, const struct card *like)
{
    void *memory = malloc(card_size());

    if (p->memory.bytes != NULL)
        posix_memory_bind(&p->memory, &p->port);
    else
        image_bind(&p->image, &p->port);
    p->image_ctx = p->port.ctx;
    p->image_program = p->port.nv_program;
    p->port.ctx = p;
    p->port.nv_program = program;
    p->port.scratch_size = SCRATCH_SIZE;
    p->port.scratch = malloc(SCRATCH_SIZE);
    p->port.io_size = CARD_APDU_MAX;
    p->port.io = malloc(CARD_APDU_MAX);
    p->port.code_size = CODE_SIZE;
    p->port.code = malloc(CODE_SIZE);
    p->port.crypto = &p->crypto;
    p->port.trace = trace;
    if (memory == NULL || p->port.scratch == NULL || p->port.io == NULL ||
        p->port.code == NULL ||
        port_openssl_crypto_init(&p->crypto, &p->openssl, p->options.seed) !=
            0) {
        free(memory);
        return false;
    }
    p->card = like == NULL ? card_init(memory, card_size(), &p->port)
                           : card_fork(memory, card_size(), like, &p->port);
    return true;
}

enum posix_card_result posix_card_open(const char *path,
                                       const struct posix_card_options *options,
                                       struct posix_card **out, char *why,
                                       size_t n)
{
    struct posix_card *p = calloc(1, sizeof *p);

    *out = NULL;
    if (p == NULL) {
        snprintf(why, n, "out of memory");
        return POSIX_CARD_FAILED;
    }
    p->options = *options;
    enum image_result opened =
        image_open(&p->image, path, options->durable, why, n);
    if (opened != IMAGE_DONE) {
        free(p);
        return of_image(opened);
    }
    if (!assemble(p, NULL)) {
        snprintf(why, n, "out of memory, or OpenSSL does not start");
        posix_card_close(&p);
        return POSIX_CARD_FAILED;
    }
    card_set_protocol(p->card, options->protocol);
    *out = p;
    return POSIX_CARD_DONE;
}

enum posix_card_result posix_card_create(const char *path, uint32_t memory,
                                         const struct card_profile *profile,
                                         const char *seed, char *why, size_t n)
{
    const struct posix_card_options options = {.seed = seed};
    struct posix_card *p = NULL;
    struct image image;

    enum image_result created = image_create(&image, path, memory, why, n);
    if (created != IMAGE_DONE)
        return of_image(created);
    image_close(&image);
    enum posix_card_result result = posix_card_open(path, &options, &p, why, n);
    if (result == POSIX_CARD_DONE) {
        enum card_status status = card_format(p->card, profile);
        if (status != CARD_OK) {
            snprintf(why, n, "%s", posix_card_status_text(status));
            result = POSIX_CARD_FAILED;
        }
        posix_card_close(&p);
    }
    if (result != POSIX_CARD_DONE)
        unlink(path);
    return result;
}

/* A card of `n` bytes of memory, which are those at `bytes` or zero. */
static enum posix_card_result in_memory(const uint8_t *bytes, uint32_t size,
                                        const struct card *like,
                                        struct posix_card **out, char *why,
                                        size_t n)
{
    struct posix_card *p = calloc(1, sizeof *p);

    *out = NULL;
    if (p != NULL)
        p->memory = (struct posix_memory){calloc(1, size), size};
    if (p == NULL || p->memory.bytes == NULL) {
        free(p);
        snprintf(why, n, "out of memory");
        return POSIX_CARD_FAILED;
    }
    if (bytes != NULL)
        memcpy(p->memory.bytes, bytes, size);
    if (!assemble(p, like)) {
        snprintf(why, n, "out of memory, or OpenSSL does not start");
        posix_card_close(&p);
        return POSIX_CARD_FAILED;
    }
    *out = p;
    return POSIX_CARD_DONE;
}

enum posix_card_result posix_card_blank(uint32_t memory,
                                        const struct card_profile *profile,
                                        struct posix_card **out, char *why,
                                        size_t n)
{
    enum posix_card_result result = in_memory(NULL, memory, NULL, out, why, n);
    if (result != POSIX_CARD_DONE)
        return result;
    enum card_status status = card_format((*out)->card, profile);
    if (status == CARD_OK)
        return POSIX_CARD_DONE;
    snprintf(why, n, "%s", posix_card_status_text(status));
    posix_card_close(out);
    return POSIX_CARD_FAILED;
}

enum posix_card_result posix_card_copy(const struct posix_card *from,
                                       struct posix_card **out, char *why,
                                       size_t n)
{
    return in_memory(from->port.nv, from->port.nv_size, from->card, out, why,
                     n);
}

struct card *posix_card_card(struct posix_card *p)
{
    return p->card;
}

void posix_card_close(struct posix_card **p)
{
    if (*p == NULL)
        return;
    if ((*p)->card != NULL)
        card_power_off((*p)->card);
    free((*p)->card);
    free((*p)->port.scratch);
    free((*p)->port.io);
    free((*p)->port.code);
    port_openssl_free(&(*p)->openssl);
    if ((*p)->memory.bytes != NULL)
        free((*p)->memory.bytes);
    else
        image_close(&(*p)->image);
    free(*p);
    *p = NULL;
}

const char *posix_card_status_text(enum card_status status)
{
    switch (status) {
    case CARD_OK:
        return "the card is well";
    case CARD_NOT_FORMATTED:
        return "there is no card in this memory";
    case CARD_WRONG_VERSION:
        return "a card of another format version";
    case CARD_CORRUPT:
        return "the card's memory contradicts itself";
    case CARD_NO_ROOM:
        return "too little memory for a card";
    case CARD_PORT_FAILED:
        return "the memory or the random source failed";
    case CARD_BAD_PROFILE:
        return "a value of the profile is out of its range";
    }
    return "unknown state";
}
