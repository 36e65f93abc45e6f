#include <gp/commands.h>

#include <string.h>

#include "base/tlv.h"
#include "offcard/gp/apdu.h"

enum { INSTALL = 0xE6, LOAD = 0xE8, BLOCKS_MAX = 256, SHORT_MAX = 255 };

static void begin_install(struct gp_apdu *a, struct buf *out, uint8_t p1)
{
    gp_apdu_begin(a, out, (const uint8_t[]){0x80, INSTALL, p1, 0x00}, true);
}

/* Parameters longer than 127 have a length of two or three bytes. */
static void put_ber(struct gp_apdu *a, struct span s)
{
    gp_apdu_put_length(a, s.n);
    gp_apdu_put(a, s);
}

int gp_cmd_install_for_load(struct buf *out,
                            const struct gp_install_for_load *in)
{
    struct gp_apdu a;
    begin_install(&a, out, GP_INSTALL_LOAD);
    gp_apdu_put_lv(&a, in->file);
    gp_apdu_put_lv(&a, in->domain);
    gp_apdu_put_lv(&a, in->hash);
    put_ber(&a, in->parameters);
    put_ber(&a, in->token);
    return gp_apdu_end(&a);
}

/* C9 with the application's own, then what the system reads. */
static int install_parameters(const struct gp_install *in, uint8_t bytes[255],
                              struct span *out)
{
    struct buf b = buf_of(bytes, 255);
    enum err e = tlv_put(&b, 0xC9, in->parameters);
    if (e == ERR_OK)
        e = buf_put_span(&b, in->system);
    *out = buf_span(&b);
    return gp_from_err(e);
}

int gp_cmd_install(struct buf *out, uint8_t p1, const struct gp_install *in)
{
    struct gp_apdu a;
    uint8_t bytes[255];
    struct span parameters;
    if (in->privileges_length != 1 && in->privileges_length != 3)
        return GP_ERR_ARGUMENT;
    int result = install_parameters(in, bytes, &parameters);
    if (result != GP_OK)
        return result;

    begin_install(&a, out, p1);
    gp_apdu_put_lv(&a, in->file);
    gp_apdu_put_lv(&a, in->module);
    gp_apdu_put_lv(&a, in->instance.n > 0 ? in->instance : in->module);
    gp_apdu_put_lv(&a, span_of(in->privileges, in->privileges_length));
    put_ber(&a, parameters);
    put_ber(&a, in->token);
    return gp_apdu_end(&a);
}

/* Three empty fields around one AID, or after two. */
static int install_pair(struct buf *out, uint8_t p1, struct span first,
                        struct span third)
{
    static const uint8_t empty[3];
    struct gp_apdu a;
    begin_install(&a, out, p1);
    gp_apdu_put_lv(&a, first);
    gp_apdu_put_u1(&a, 0);
    gp_apdu_put_lv(&a, third);
    gp_apdu_put(&a, span_of(empty, sizeof empty));
    return gp_apdu_end(&a);
}

int gp_cmd_install_for_personalization(struct buf *out, struct span aid)
{
    return install_pair(out, GP_INSTALL_PERSONALIZATION, span_of(NULL, 0), aid);
}

int gp_cmd_extradite(struct buf *out, struct span to, struct span aid)
{
    return install_pair(out, GP_INSTALL_EXTRADITION, to, aid);
}

int gp_cmd_load(struct buf *out, uint8_t number, bool last, struct span data)
{
    struct gp_apdu a;
    gp_apdu_begin(&a, out,
                  (const uint8_t[]){0x80, LOAD, last ? 0x80 : 0x00, number},
                  true);
    gp_apdu_put(&a, data);
    return gp_apdu_end(&a);
}

int gp_load_header(struct buf *out, size_t n)
{
    if (n > 0xFFFFFF)
        return GP_ERR_TOO_LONG;
    return gp_from_err(tlv_put_header(out, 0xC4, n));
}

/* Up to n bytes of a span from place `at`. */
static struct span cut(struct span s, size_t at, size_t n)
{
    if (at >= s.n)
        return span_of(NULL, 0);
    return span_of(s.p + at, s.n - at < n ? s.n - at : n);
}

/* LOAD with more than 255 bytes, whose lengths take more room. */
static int load_extended(struct buf *out, uint8_t number, bool last,
                         struct span first, struct span rest)
{
    const size_t start = out->n;
    const size_t n = first.n + rest.n;
    const uint8_t head[] = {0x80,      LOAD, last ? 0x80 : 0x00,
                            number,    0,    (uint8_t)(n >> 8),
                            (uint8_t)n};
    const uint8_t le[] = {0, 0};

    enum err e = buf_put(out, head, sizeof head);
    if (e == ERR_OK)
        e = buf_put_span(out, first);
    if (e == ERR_OK)
        e = buf_put_span(out, rest);
    if (e == ERR_OK)
        e = buf_put(out, le, sizeof le);
    if (e != ERR_OK)
        out->n = start;
    return e == ERR_FULL ? GP_ERR_TOO_LONG : gp_from_err(e);
}

int gp_cmd_load_block(struct buf *out, struct span header, struct span block,
                      size_t size, unsigned number, bool *last)
{
    uint8_t data[SHORT_MAX];
    size_t all = header.n + block.n;
    if (size == 0 || size > GP_LOAD_SIZE_MAX)
        return GP_ERR_ARGUMENT;
    if (all > size * BLOCKS_MAX)
        return GP_ERR_LIMIT;
    size_t at = size * number;
    if (number >= BLOCKS_MAX || (at >= all && all > 0))
        return GP_ERR_ARGUMENT;

    struct span first = cut(header, at, size);
    struct span rest = cut(block, at + first.n - header.n, size - first.n);
    *last = at + first.n + rest.n == all;
    if (size > SHORT_MAX)
        return load_extended(out, (uint8_t)number, *last, first, rest);
    struct buf b = buf_of(data, sizeof data);
    enum err e = buf_put_span(&b, first);
    if (e == ERR_OK)
        e = buf_put_span(&b, rest);
    return e == ERR_OK ? gp_cmd_load(out, (uint8_t)number, *last, buf_span(&b))
                       : gp_from_err(e);
}
