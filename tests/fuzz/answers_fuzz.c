/*
 * What a hostile card answers to GET STATUS, GET DATA and INITIALIZE UPDATE:
 * read or refused, never beyond the input.
 */
#include <stdint.h>
#include <stdlib.h>

#include <gp/commands.h>

static void see_status(void *ctx, const struct gp_status *entry)
{
    (void)ctx;
    if (entry->module_count > GP_MODULES_MAX || entry->aid.n > GP_AID_MAX)
        abort();
}

static void see_key(void *ctx, const struct gp_key_info *info)
{
    (void)ctx;
    (void)info;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const uint8_t challenge[8];
    struct scp_init init;
    (void)gp_status_parse(span_of(data, n), see_status, NULL);
    (void)gp_key_info_parse(span_of(data, n), see_key, NULL);
    (void)!scp_init_parse(span_of(data, n),
                          span_of(challenge, sizeof challenge), &init);
    return 0;
}
