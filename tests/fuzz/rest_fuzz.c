/*
 * Orders of deployments as the REST interface takes them: read strictly, and
 * what is accepted can be read back as it was stored.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "server/params.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static bool any_keys(void *ctx, const struct srv_key_id *id)
{
    (void)ctx;
    return strcmp(id->name, "missing") != 0;
}

static int no_seal(void *ctx, struct span plain, uint8_t **out, size_t *n)
{
    (void)ctx;
    *out = malloc(plain.n > 0 ? plain.n : 1);
    if (*out == NULL)
        return GP_ERR_MEMORY;
    memcpy(*out, plain.p, plain.n);
    *n = plain.n;
    return GP_OK;
}

/* One card and one application, as the seeds name them. */
static struct srv_store *new_store(void)
{
    static uint8_t block[] = {1, 2, 3};
    static const uint8_t aid[] = {0xF0, 0x50, 0x4F, 0x53, 0x54, 0x01};
    struct srv_store *store = NULL;
    struct gp_why why;
    struct srv_version version = {.application = "wallet",
                                  .version = "1.0",
                                  .applet_count = 1,
                                  .block = block,
                                  .block_size = sizeof block};
    const struct srv_card card = {.id = "0102030405060708"};
    int64_t id = 0;

    if (srv_store_open(":memory:", &store, &why) != GP_OK ||
        gp_aid_set(&version.package, span_of(aid, sizeof aid)) != GP_OK ||
        gp_aid_set(&version.applets[0], span_of(aid, sizeof aid)) != GP_OK ||
        srv_store_card_add(store, &card) != GP_OK ||
        srv_store_publish(store, &version, span_of(block, 1), &id) != GP_OK)
        abort();
    return store;
}

/* What was read back must say the same. */
static void check(const struct srv_deployment *d)
{
    struct srv_params params;
    struct span rest = span_of(d->secret, d->secret_size);
    struct span item;
    size_t items = 0;

    if (srv_params_load(d->params, &params) != GP_OK || d->step_count == 0)
        abort();
    while (srv_params_item(&rest, &item))
        items++;
    if (rest.n != 0 || params.personalize != (items > 0))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const struct srv_keys_ops ops = {.has = any_keys, .seal = no_seal};
    static const struct srv_keys keys = {&ops, NULL};
    static struct srv_store *store;
    struct srv_deployment d = {.id = 0};
    struct srv_problem p = {.status = 0};

    if (store == NULL)
        store = new_store();
    json_t *order = srv_json_read((const char *)data, n, &p);
    if (order == NULL)
        return 0;
    int status = srv_params_order(store, &keys, order, &d, &p);
    if ((status == 0) != (p.status == 0))
        abort();
    if (status == 0)
        check(&d);
    srv_deployment_free(&d);
    json_decref(order);
    return 0;
}
