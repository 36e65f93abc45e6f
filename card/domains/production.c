#include "domains/production.h"

#include <string.h>

#include "domains/cardwide.h"
#include "domains/objects.h"

enum {
    SIZE = 42,
    SERIAL_AT = 12,
    SERIAL_SIZE = 4,
    PRE_PERSONALIZER_AT = 26,
    PERSONALIZER_AT = 34,
    PART_SIZE = 8,
};

enum err domain_put_production(const struct domain *d,
                               const struct registry_entry *self,
                               struct buf *out)
{
    uint8_t data[SIZE] = {0};

    if (self->slot != DOMAIN_ISD)
        return ERR_NOT_FOUND;
    memcpy(data + SERIAL_AT,
           domain_diversification(d) + SCP_KDD_SIZE - SERIAL_SIZE, SERIAL_SIZE);
    return buf_put(out, data, sizeof data);
}

bool domain_is_production(uint32_t tag)
{
    return tag == PRODUCTION_TAG_PERSONALIZER ||
           tag == PRODUCTION_TAG_PRE_PERSONALIZER;
}

/* The data as they are told now; ERR_CORRUPT: stored with another size. */
static enum err read_data(const struct domain *d, uint8_t data[SIZE])
{
    struct buf out = buf_of(data, SIZE);
    struct registry_entry isd;
    struct span stored;

    if (domain_object(d, DOMAIN_ISD, PRODUCTION_TAG, &stored))
        return stored.n == SIZE ? buf_put_span(&out, stored) : ERR_CORRUPT;
    if (!domain_entry(d, DOMAIN_ISD, &isd))
        return ERR_CORRUPT;
    return domain_put_production(d, &isd, &out);
}

sw_t domain_store_production(struct domain *d, uint32_t tag, struct span value)
{
    uint8_t data[SIZE];

    if (value.n != PART_SIZE)
        return SW_WRONG_DATA;
    enum err e = read_data(d, data);
    if (e != ERR_OK)
        return sw_from_err(e);
    memcpy(data + (tag == PRODUCTION_TAG_PERSONALIZER ? PERSONALIZER_AT
                                                      : PRE_PERSONALIZER_AT),
           value.p, PART_SIZE);
    return sw_from_err(domain_put_object(d, DOMAIN_ISD, PRODUCTION_TAG,
                                         span_of(data, sizeof data)));
}
