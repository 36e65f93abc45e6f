#include <gp/commands.h>

#include <string.h>

#include "base/tlv.h"

static void keep(struct span value, uint8_t *out, size_t cap, uint8_t *n)
{
    *n = (uint8_t)(value.n < cap ? value.n : cap);
    memcpy(out, value.p, *n);
}

static int keep_module(struct gp_status *entry, struct span value)
{
    if (entry->module_count == GP_MODULES_MAX)
        return GP_OK;
    return gp_aid_set(&entry->modules[entry->module_count++], value);
}

/* AIDs may be empty where a card has nothing to name. */
static int keep_aid(struct gp_aid *aid, struct span value)
{
    return value.n == 0 ? GP_OK : gp_aid_set(aid, value);
}

static int keep_item(struct gp_status *entry, const struct tlv *item)
{
    switch (item->tag) {
    case 0x4F:
        return gp_aid_set(&entry->aid, item->value);
    case 0x9F70:
        keep(item->value, entry->life_cycle, sizeof entry->life_cycle,
             &entry->life_cycle_length);
        return GP_OK;
    case 0xC5:
        keep(item->value, entry->privileges, sizeof entry->privileges,
             &entry->privileges_length);
        return GP_OK;
    case 0xC4:
        return keep_aid(&entry->file, item->value);
    case 0xCC:
        return keep_aid(&entry->domain, item->value);
    case 0xCE:
        keep(item->value, entry->version, sizeof entry->version,
             &entry->version_length);
        return GP_OK;
    case 0x84:
        return keep_module(entry, item->value);
    default:
        return GP_OK; /* what later editions add */
    }
}

static int read_entry(struct span value, struct gp_status *entry)
{
    *entry = (struct gp_status){.module_count = 0};
    while (value.n > 0) {
        struct tlv item;
        if (tlv_take(&value, &item) != ERR_OK ||
            keep_item(entry, &item) != GP_OK)
            return GP_ERR_PROTOCOL;
    }
    return entry->aid.n > 0 ? GP_OK : GP_ERR_PROTOCOL;
}

int gp_status_parse(struct span data,
                    void (*each)(void *ctx, const struct gp_status *entry),
                    void *ctx)
{
    while (data.n > 0) {
        struct span value;
        struct gp_status entry;
        if (tlv_take_tag(&data, 0xE3, &value) != ERR_OK ||
            read_entry(value, &entry) != GP_OK)
            return GP_ERR_PROTOCOL;
        each(ctx, &entry);
    }
    return GP_OK;
}
