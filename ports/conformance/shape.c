#include "ports/conformance/conformance.h"

#include <stdalign.h>

#include "crypto/crypto.h"

/* A piece of memory that somebody owns. */
struct region {
    const char *sentence; /* when it meets another */
    const void *p;
    size_t n;
};

static bool meets(const struct region *a, const struct region *b)
{
    uintptr_t at = (uintptr_t)a->p;
    uintptr_t other = (uintptr_t)b->p;

    return a->p != NULL && b->p != NULL && at < other + b->n &&
           other < at + a->n;
}

/* What the port lends and what it keeps is apart. */
static bool check_overlaps(struct conformance *c)
{
    const struct card_port *p = c->port;
    const struct region regions[] = {
        {"nv and another buffer of the port overlap", p->nv, p->nv_size},
        {"scratch and another buffer of the port overlap", p->scratch,
         p->scratch_size},
        {"io and another buffer of the port overlap", p->io, p->io_size},
        {"transient and another buffer of the port overlap", p->transient,
         p->transient_size},
        {"the card's own memory and a buffer of the port overlap",
         c->given->memory, c->given->memory_size},
        {"a buffer of the port overlaps struct card_port itself", p, sizeof *p},
    };
    const size_t count = sizeof regions / sizeof regions[0];
    bool ok = true;

    for (size_t i = 0; i < count; i++) {
        for (size_t k = i + 1; k < count; k++)
            ok = conformance_expect(c, !meets(&regions[i], &regions[k]),
                                    regions[i].sentence) &&
                 ok;
    }
    return ok;
}

static bool check_pointers(struct conformance *c)
{
    const struct card_port *p = c->port;
    const struct crypto_port *crypto = p->crypto;

    bool ok = conformance_expect(c, p->nv != NULL, "nv is NULL");
    ok = conformance_expect(c, p->nv_program != NULL, "nv_program is NULL") &&
         ok;
    ok = conformance_expect(c, p->scratch != NULL, "scratch is NULL") && ok;
    ok = conformance_expect(c, p->io != NULL, "io is NULL") && ok;
    ok = conformance_expect(c, p->transient != NULL, "transient is NULL") && ok;
    if (!conformance_expect(c, crypto != NULL, "crypto is NULL"))
        return false;
    ok = conformance_expect(c, crypto->cipher != NULL,
                            "crypto->cipher is NULL") &&
         ok;
    ok = conformance_expect(c, crypto->digest != NULL,
                            "crypto->digest is NULL") &&
         ok;
    return conformance_expect(c, crypto->random != NULL,
                              "crypto->random is NULL") &&
           ok;
}

static bool check_sizes(struct conformance *c)
{
    enum { NV_LEAST = 32768, SCRATCH_LEAST = 4096, IO_LEAST = 300 };
    const struct card_port *p = c->port;

    bool ok = conformance_expect_at(c, p->nv_size >= NV_LEAST,
                                    "nv_size is too small for a card; it "
                                    "should be at least ",
                                    NV_LEAST);
    ok = conformance_expect_at(c, p->scratch_size >= SCRATCH_LEAST,
                               "scratch_size is too small for any package; it "
                               "should be at least ",
                               SCRATCH_LEAST) &&
         ok;
    ok = conformance_expect_at(c, p->io_size >= IO_LEAST,
                               "io_size is too small for short commands; it "
                               "should be at least ",
                               IO_LEAST) &&
         ok;
    ok = conformance_expect_at(
             c, p->transient_size >= CARD_TRANSIENT(p->nv_size, 0),
             "transient_size is too small for the maps of nv;"
             " it should be at least ",
             CARD_TRANSIENT(p->nv_size, 0)) &&
         ok;
    ok =
        conformance_expect(c, (uintptr_t)p->scratch % alignof(max_align_t) == 0,
                           "scratch is not aligned as malloc aligns memory") &&
        ok;
    ok = conformance_expect(
             c, (uintptr_t)c->given->memory % alignof(max_align_t) == 0,
             "the card's own memory is not aligned as malloc aligns it") &&
         ok;
    return conformance_expect_at(
               c,
               c->given->memory != NULL && c->given->memory_size >= card_size(),
               "the card's own memory is too small; it should have ",
               (uint32_t)card_size()) &&
           ok;
}

bool conformance_shape(struct conformance *c)
{
    bool ok = check_pointers(c);
    ok = check_sizes(c) && ok;
    return check_overlaps(c) && ok;
}
