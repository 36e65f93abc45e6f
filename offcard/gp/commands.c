#include <gp/commands.h>

#include "offcard/gp/apdu.h"

int gp_cmd_select(struct buf *out, struct span aid)
{
    struct gp_apdu a;
    if (aid.n != 0 && (aid.n < 5 || aid.n > GP_AID_MAX))
        return GP_ERR_ARGUMENT;
    if (aid.n == 0) {
        static const uint8_t isd[] = {0x00, 0xA4, 0x04, 0x00, 0x00};
        return gp_from_err(buf_put(out, isd, sizeof isd));
    }
    gp_apdu_begin(&a, out, (const uint8_t[]){0x00, 0xA4, 0x04, 0x00}, true);
    gp_apdu_put(&a, aid);
    return gp_apdu_end(&a);
}

int gp_cmd_initialize_update(struct buf *out, uint8_t kvn,
                             struct span host_challenge)
{
    struct gp_apdu a;
    gp_apdu_begin(&a, out, (const uint8_t[]){0x80, 0x50, kvn, 0x00}, true);
    gp_apdu_put(&a, host_challenge);
    return gp_apdu_end(&a);
}

int gp_cmd_get_data(struct buf *out, uint16_t tag)
{
    struct gp_apdu a;
    gp_apdu_begin(
        &a, out,
        (const uint8_t[]){0x80, 0xCA, (uint8_t)(tag >> 8), (uint8_t)tag}, true);
    return gp_apdu_end(&a);
}

int gp_cmd_get_status(struct buf *out, enum gp_scope scope, struct span aid,
                      bool next)
{
    struct gp_apdu a;
    gp_apdu_begin(
        &a, out,
        (const uint8_t[]){0x80, 0xF2, (uint8_t)scope, next ? 0x03 : 0x02},
        true);
    gp_apdu_put_tlv(&a, 0x4F, aid);
    return gp_apdu_end(&a);
}

int gp_cmd_set_status(struct buf *out, enum gp_status_type type, uint8_t state,
                      struct span aid)
{
    struct gp_apdu a;
    gp_apdu_begin(&a, out, (const uint8_t[]){0x80, 0xF0, (uint8_t)type, state},
                  false);
    gp_apdu_put(&a, aid);
    return gp_apdu_end(&a);
}

int gp_cmd_delete(struct buf *out, struct span aid, bool related)
{
    struct gp_apdu a;
    gp_apdu_begin(&a, out,
                  (const uint8_t[]){0x80, 0xE4, 0x00, related ? 0x80 : 0x00},
                  true);
    gp_apdu_put_tlv(&a, 0x4F, aid);
    return gp_apdu_end(&a);
}

int gp_cmd_delete_key(struct buf *out, int kid, int kvn)
{
    struct gp_apdu a;
    if ((kid < 0 && kvn < 0) || kid > 0x7F || kvn > 0x7F)
        return GP_ERR_ARGUMENT;
    gp_apdu_begin(&a, out, (const uint8_t[]){0x80, 0xE4, 0x00, 0x00}, true);
    if (kid >= 0)
        gp_apdu_put_tlv(&a, 0xD0, span_of((const uint8_t[]){(uint8_t)kid}, 1));
    if (kvn >= 0)
        gp_apdu_put_tlv(&a, 0xD2, span_of((const uint8_t[]){(uint8_t)kvn}, 1));
    return gp_apdu_end(&a);
}

int gp_cmd_store_data(struct buf *out, uint8_t flags, uint8_t number, bool last,
                      struct span data)
{
    struct gp_apdu a;
    uint8_t p1 = (uint8_t)((flags & 0x7F) | (last ? 0x80 : 0));
    gp_apdu_begin(&a, out, (const uint8_t[]){0x80, 0xE2, p1, number},
                  (flags & GP_STORE_RESPONSE) != 0);
    gp_apdu_put(&a, data);
    return gp_apdu_end(&a);
}
