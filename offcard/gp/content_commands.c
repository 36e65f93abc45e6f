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

/* ---- MANAGE ELF UPGRADE ---- */

enum { UPGRADE_INFORMATION = 0xA1, UPGRADE_STATE = 0x90, UPGRADE_FILE = 0x4F };

int gp_cmd_manage_elf_upgrade(struct buf *out, enum gp_upgrade_action action,
                              struct span file)
{
    struct gp_apdu a;
    uint8_t bytes[2 + GP_AID_MAX];
    struct buf item = buf_of(bytes, sizeof bytes);

    gp_apdu_begin(&a, out, (const uint8_t[]){0x80, 0xEA, (uint8_t)action, 0x00},
                  true);
    if (action != GP_UPGRADE_START)
        return gp_apdu_end(&a);
    if (tlv_put(&item, UPGRADE_FILE, file) != ERR_OK)
        return GP_ERR_ARGUMENT;
    gp_apdu_put_u1(&a, UPGRADE_INFORMATION);
    gp_apdu_put_lv(&a, buf_span(&item));
    return gp_apdu_end(&a);
}

/* A field behind its length, which is coded as in a TLV. */
static bool take_field(struct span *s, struct span *field)
{
    uint8_t first, byte;
    size_t n;

    if (span_take_u1(s, &first) != ERR_OK)
        return false;
    n = first;
    if (first > 0x82 || first == 0x80)
        return false;
    if (first > 0x80)
        n = 0;
    for (unsigned i = 0x80; i < first; i++) {
        if (span_take_u1(s, &byte) != ERR_OK)
            return false;
        n = n << 8 | byte;
    }
    return span_take(s, n, field) == ERR_OK;
}

int gp_upgrade_parse(struct span data, struct gp_upgrade *out)
{
    struct span confirmation, information, inner, value;

    *out = (struct gp_upgrade){.state = GP_UPGRADE_NONE};
    if (!take_field(&data, &confirmation) || !take_field(&data, &information) ||
        tlv_find(information, UPGRADE_INFORMATION, &inner) != ERR_OK ||
        tlv_find(inner, UPGRADE_STATE, &value) != ERR_OK || value.n != 1)
        return GP_ERR_PROTOCOL;
    out->state = value.p[0];
    if (tlv_find(inner, UPGRADE_FILE, &value) != ERR_OK)
        return GP_OK;
    return gp_aid_set(&out->file, value) == GP_OK ? GP_OK : GP_ERR_PROTOCOL;
}

const char *gp_upgrade_text(uint8_t state)
{
    switch (state) {
    case GP_UPGRADE_NONE:
        return "no upgrade is under way";
    case GP_UPGRADE_COMPLETED:
        return "completed";
    case GP_UPGRADE_AWAITS_FILE:
        return "the old version is gone, a new one is to be loaded";
    case GP_UPGRADE_AWAITS_RESTORE:
        return "the new version is loaded, its applications are to come";
    case GP_UPGRADE_RESTORE_FAILED:
        return "the version that is loaded did not take up what was saved";
    case 0x10:
        return "interrupted while the old version saved";
    case 0x20:
        return "interrupted while the old version cleaned up";
    case 0x30:
        return "interrupted while the old version was deleted";
    case 0x40:
        return "interrupted while applications were installed";
    case 0x50:
        return "interrupted while applications restored";
    case 0x60:
        return "interrupted after applications had restored";
    default:
        return "a state that this program does not know";
    }
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
