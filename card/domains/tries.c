#include "domains/tries.h"

#include "domains/objects.h"
#include "domains/text.h"

enum { UNLIMITED = 0xFF };

struct tries {
    uint8_t limit;
    uint8_t count;
};

static struct tries stored(const struct domain *d, uint16_t domain)
{
    struct span value;

    if (!domain_object(d, domain, TRIES_TAG, &value) || value.n != 2)
        return (struct tries){0, 0};
    return (struct tries){value.p[0], value.p[1]};
}

static enum err store(struct domain *d, uint16_t domain, uint8_t limit,
                      uint8_t count)
{
    const uint8_t value[] = {limit, count};
    const struct span s = span_of(value, sizeof value);

    const enum err e = domain_rewrite_object(d, domain, TRIES_TAG, s);
    return e == ERR_NOT_FOUND ? domain_put_object(d, domain, TRIES_TAG, s) : e;
}

enum err domain_set_try_limit(struct domain *d, uint8_t limit)
{
    return limit == 0 ? ERR_OK : store(d, DOMAIN_ISD, limit, 0);
}

enum err domain_expect_tries(struct domain *d, uint16_t holder)
{
    struct span value;

    return stored(d, DOMAIN_ISD).limit == 0 ||
                   domain_object(d, holder, TRIES_TAG, &value)
               ? ERR_OK
               : store(d, holder, 0, 0);
}

uint8_t domain_tries_left(const struct domain *d, uint16_t holder)
{
    const uint8_t limit = stored(d, DOMAIN_ISD).limit;
    const uint8_t count = stored(d, holder).count;

    if (limit == 0)
        return UNLIMITED;
    return count < limit ? (uint8_t)(limit - count) : 0;
}

enum err domain_count_try(struct domain *d, uint16_t holder)
{
    const struct tries t = stored(d, holder);

    if (stored(d, DOMAIN_ISD).limit == 0 || t.count == UINT8_MAX)
        return ERR_OK;
    return store(d, holder, t.limit, t.count + 1);
}

void domain_tell_try(const struct domain *d, uint16_t holder, const char *what)
{
    const uint8_t limit = stored(d, DOMAIN_ISD).limit;
    struct domain_text t = {.n = 0};

    domain_text(&t, what);
    if (limit != 0) {
        domain_text(&t, ", failed ");
        domain_text_number(&t, stored(d, holder).count);
        domain_text(&t, " of ");
        domain_text_number(&t, limit);
    }
    domain_trace(d, t.s);
}

enum err domain_take_try_back(struct domain *d, uint16_t holder)
{
    const struct tries t = stored(d, holder);

    return t.count == 0 ? ERR_OK : store(d, holder, t.limit, t.count - 1);
}

enum err domain_forget_tries(struct domain *d, uint16_t holder)
{
    const struct tries t = stored(d, holder);

    return t.count == 0 ? ERR_OK : store(d, holder, t.limit, 0);
}
