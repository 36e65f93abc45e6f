#include <gp/commands.h>

#include <string.h>

#include "base/tlv.h"
#include "offcard/gp/apdu.h"

enum { INSTALL = 0xE6, LOAD = 0xE8, BLOCKS_MAX = 256 };

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

/* Takes up to n bytes of a from place `at`; what was taken is returned. */
static size_t cut(struct span s, size_t at, size_t n, uint8_t *out)
{
    if (at >= s.n)
        return 0;
    size_t now = s.n - at < n ? s.n - at : n;
    memcpy(out, s.p + at, now);
    return now;
}

int gp_cmd_load_block(struct buf *out, struct span header, struct span block,
                      size_t size, unsigned number, bool *last)
{
    uint8_t data[255];
    size_t all = header.n + block.n;
    if (size == 0 || size > sizeof data)
        return GP_ERR_ARGUMENT;
    if (all > size * BLOCKS_MAX)
        return GP_ERR_LIMIT;
    size_t at = size * number;
    if (number >= BLOCKS_MAX || (at >= all && all > 0))
        return GP_ERR_ARGUMENT;

    size_t n = cut(header, at, size, data);
    size_t in_block = at + n - header.n;
    n += cut(block, in_block, size - n, data + n);
    *last = at + n == all;
    return gp_cmd_load(out, (uint8_t)number, *last, span_of(data, n));
}
