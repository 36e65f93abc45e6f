#include "ports/posix/posix_card.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/mman.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "ports/openssl/crypto_openssl.h"
#include "ports/posix/image.h"
#include "ports/posix/memory.h"
#include "ports/posix/wrapping.h"

enum { SCRATCH_SIZE = 256 * 1024, CODE_SIZE = 256 * 1024 };

struct posix_card {
    struct image image; /* of a card in a file; else unused */
    /* Of a card in memory: a mapping; NULL: in a file, or frozen. */
    uint8_t *memory;
    int frozen; /* file in memory that copies map; -1: none */
    struct card_port port;
    struct crypto_port crypto;
    struct port_openssl *openssl;
    struct posix_card_options options;
    struct card *card;
    uint8_t salt[IMAGE_SALT_SIZE];
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

/* Memory, or a file's pages. */
static int program(void *ctx, uint32_t offset, const uint8_t *bytes, uint32_t n)
{
    const struct posix_card *p = ctx;
    const uint32_t size = p->port.nv_size;

    if (offset > size || n > size - offset)
        return -1;
    /* the port's memory, which it shows the card as const */
    posix_memory_store((uint8_t *)(uintptr_t)p->port.nv + offset, bytes, n);
    return 0;
}

/* A file whose every program waits for the medium. */
static int durable_program(void *ctx, uint32_t offset, const uint8_t *bytes,
                           uint32_t n)
{
    struct posix_card *p = ctx;
    return image_program(&p->image, offset, bytes, n);
}

/* What copies are made of never changes. */
static int no_program(void *ctx, uint32_t offset, const uint8_t *bytes,
                      uint32_t n)
{
    (void)ctx;
    (void)offset;
    (void)bytes;
    (void)n;
    return -1;
}

static void trace(void *ctx, const char *text)
{
    const struct posix_card *p = ctx;
    if (p->options.trace != NULL)
        p->options.trace(p->options.trace_ctx, text);
}

static uint64_t microseconds(void *ctx)
{
    struct timespec t = {0};

    (void)ctx;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* Looked for when a card asks: most have no use for it. */
static int wrapping_key(void *ctx, uint8_t key[WRAPPING_KEY_SIZE])
{
    const struct posix_card *p = ctx;
    const char *where =
        p->options.key != NULL ? p->options.key : getenv(POSIX_CARD_KEY);

    return where != NULL && posix_wrapping_key(where, p->salt, key) ? 0 : -1;
}

/* All that the card needs besides persistent memory; false: there is none. */
static bool lend(struct posix_card *p)
{
    struct card_port *port = &p->port;

    port->ctx = p;
    port->scratch_size = SCRATCH_SIZE;
    port->scratch = malloc(SCRATCH_SIZE);
    port->io_size = CARD_APDU_MAX;
    port->io = malloc(CARD_APDU_MAX);
    port->code_size = CODE_SIZE;
    port->code = malloc(CODE_SIZE);
    port->transient_size = CARD_TRANSIENT(port->nv_size, CARD_TRANSIENT_SIZE);
    port->transient = malloc(port->transient_size);
    port->crypto = &p->crypto;
    port->clock = p->options.seed == NULL ? microseconds : NULL;
    port->trace = trace;
    port->wrapping_key = wrapping_key;
    return port->scratch != NULL && port->io != NULL && port->code != NULL &&
           port->transient != NULL;
}

/*
 * The parts around persistent memory; `like` is the card to copy, or NULL.
 * False when there is no memory for them.
 */
static bool assemble(struct posix_card *p, struct posix_card *like)
{
    void *memory = malloc(card_size());
    bool ready = lend(p) && memory != NULL;

    if (ready && like == NULL)
        ready = port_openssl_crypto_init(&p->crypto, &p->openssl,
                                         p->options.seed) == 0;
    else if (ready)
        ready = port_openssl_crypto_fork(&p->crypto, &p->openssl,
                                         like->openssl) == 0;
    if (!ready) {
        free(memory);
        return false;
    }
    p->card = like == NULL
                  ? card_init(memory, card_size(), &p->port)
                  : card_fork(memory, card_size(), like->card, &p->port);
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
    p->frozen = -1;
    enum image_result opened =
        image_open(&p->image, path, options->durable, why, n);
    if (opened != IMAGE_DONE) {
        free(p);
        return of_image(opened);
    }
    memcpy(p->salt, image_salt(&p->image), sizeof p->salt);
    p->port.nv = p->image.nv;
    p->port.nv_size = p->image.nv_size;
    p->port.nv_program = options->durable ? durable_program : program;
    p->port.nv_direct = options->durable ? NULL : p->image.nv;
    if (!assemble(p, NULL)) {
        snprintf(why, n, "out of memory, or OpenSSL does not start");
        posix_card_close(&p);
        return POSIX_CARD_FAILED;
    }
    card_set_protocol(p->card, options->protocol);
    *out = p;
    return POSIX_CARD_DONE;
}

/* A new card in an image that has none. */
static enum card_status format(struct posix_card *p,
                               const struct card_profile *profile)
{
    if (profile->enciphered) {
        if (p->crypto.random(p->crypto.ctx, p->salt, sizeof p->salt) != ERR_OK)
            return CARD_PORT_FAILED;
        memcpy(image_salt(&p->image), p->salt, sizeof p->salt);
    }
    return card_format(p->card, profile);
}

enum posix_card_result
posix_card_create(const char *path, uint32_t memory,
                  const struct card_profile *profile,
                  const struct posix_card_options *options, char *why, size_t n)
{
    const struct posix_card_options used = {.seed = options->seed,
                                            .key = options->key};
    struct posix_card *p = NULL;
    struct image image;

    enum image_result created = image_create(&image, path, memory, why, n);
    if (created != IMAGE_DONE)
        return of_image(created);
    image_close(&image);
    enum posix_card_result result = posix_card_open(path, &used, &p, why, n);
    if (result == POSIX_CARD_DONE) {
        enum card_status status = format(p, profile);
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

/*
 * A card around `size` bytes of memory: a copy of `like`, or new and zero.  A
 * copy of a frozen card shares its pages until one of the two is written to.
 */
static enum posix_card_result in_memory(uint32_t size, struct posix_card *like,
                                        struct posix_card **out, char *why,
                                        size_t n)
{
    struct posix_card *p = calloc(1, sizeof *p);
    const int file = like == NULL ? -1 : like->frozen;

    *out = NULL;
    if (p != NULL) {
        p->frozen = -1;
        p->memory =
            mmap(NULL, size, PROT_READ | PROT_WRITE,
                 file < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_PRIVATE, file, 0);
        if (p->memory == MAP_FAILED)
            p->memory = NULL;
        p->port.nv = p->memory;
        p->port.nv_size = size;
        p->port.nv_program = program;
        p->port.nv_direct = p->memory;
    }
    if (p == NULL || p->memory == NULL) {
        free(p);
        snprintf(why, n, "out of memory");
        return POSIX_CARD_FAILED;
    }
    if (like != NULL && file < 0)
        memcpy(p->memory, like->port.nv, size);
    if (like != NULL) {
        p->options.key = like->options.key;
        memcpy(p->salt, like->salt, sizeof p->salt);
    }
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
    enum posix_card_result result = in_memory(memory, NULL, out, why, n);
    if (result != POSIX_CARD_DONE)
        return result;
    enum card_status status = card_format((*out)->card, profile);
    if (status == CARD_OK)
        return POSIX_CARD_DONE;
    snprintf(why, n, "%s", posix_card_status_text(status));
    posix_card_close(out);
    return POSIX_CARD_FAILED;
}

enum posix_card_result posix_card_copy(struct posix_card *from,
                                       struct posix_card **out, char *why,
                                       size_t n)
{
    return in_memory(from->port.nv_size, from, out, why, n);
}

/* A copy of the card's memory that is a file without a name. */
static bool freeze(struct posix_card *p)
{
    const uint32_t size = p->port.nv_size;
    const int file = memfd_create("card", MFD_CLOEXEC);

    if (file < 0)
        return false;
    if (ftruncate(file, (off_t)size) != 0 ||
        pwrite(file, p->memory, size, 0) != (ssize_t)size) {
        close(file);
        return false;
    }
    p->frozen = file;
    p->port.nv_program = no_program;
    p->port.nv_direct = NULL;
    return true;
}

enum posix_card_result posix_card_freeze(struct posix_card *from,
                                         struct posix_card **out, char *why,
                                         size_t n)
{
    enum posix_card_result result = posix_card_copy(from, out, why, n);

    if (result != POSIX_CARD_DONE || freeze(*out))
        return result;
    snprintf(why, n, "%s", strerror(errno));
    posix_card_close(out);
    return POSIX_CARD_FAILED;
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
    free((*p)->port.transient);
    port_openssl_free(&(*p)->openssl);
    if ((*p)->frozen >= 0)
        close((*p)->frozen);
    if ((*p)->memory != NULL)
        munmap((*p)->memory, (*p)->port.nv_size);
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
        return "a card of another format version, which this build does not "
               "read";
    case CARD_CORRUPT:
        return "the card's memory contradicts itself";
    case CARD_NO_ROOM:
        return "too little memory for a card";
    case CARD_PORT_FAILED:
        return "the memory or the random source failed";
    case CARD_BAD_PROFILE:
        return "a value of the profile is out of its range";
    case CARD_WRONG_KEY:
        return "its keys are enciphered, and " POSIX_CARD_KEY
               " names no key, or another than it was issued with";
    }
    return "unknown state";
}
