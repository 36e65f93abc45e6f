#include "base/tlv.h"
#include "domains/install.h"
#include "domains/text.h"

enum { TAG_IMPLICIT = 0xCF, CHANNELS = 20 };

static bool overlap(uint8_t a, uint8_t b)
{
    return ((a ^ b) & IMPLICIT_CHANNEL) == 0 &&
           (a & b & IMPLICIT_INTERFACES) != 0;
}

/* Locked applications keep what they have, too [GPCS 6.4.1]. */
static bool is_assigned(const struct domain *d, uint8_t parameter,
                        uint16_t except)
{
    struct registry_entry e;

    for (uint16_t s = 1; domain_each_entry(d, &s, &e); s++) {
        for (size_t i = 0; s != except && i < REGISTRY_IMPLICIT_MAX; i++) {
            if (overlap(e.implicit[i], parameter))
                return true;
        }
    }
    return false;
}

static sw_t add(const struct domain *d, uint8_t parameter,
                struct registry_entry *e)
{
    /* Without an interface it says: by name only. */
    if ((parameter & IMPLICIT_INTERFACES) == 0)
        return SW_OK;
    if ((parameter & IMPLICIT_CHANNEL) >= CHANNELS)
        return domain_refuse(d, SW_WRONG_DATA,
                             "implicit selection: no such channel");
    if (is_assigned(d, parameter, e->slot))
        return domain_refuse(d, SW_CONDITIONS,
                             "implicit selection: it is assigned already");
    for (size_t i = 0; i < REGISTRY_IMPLICIT_MAX; i++) {
        if (e->implicit[i] == 0 || e->implicit[i] == parameter) {
            e->implicit[i] = parameter;
            return SW_OK;
        }
    }
    return domain_refuse(d, SW_NO_MEMORY,
                         "implicit selection: too many parameters");
}

sw_t domain_add_implicit(const struct domain *d, struct span system,
                         struct registry_entry *e)
{
    struct tlv item;
    sw_t sw = SW_OK;

    while (sw == SW_OK && system.n > 0) {
        if (tlv_take(&system, &item) != ERR_OK)
            return SW_WRONG_DATA;
        if (item.tag != TAG_IMPLICIT)
            continue;
        if (item.value.n != 1)
            return domain_refuse(d, SW_WRONG_DATA,
                                 "implicit selection: bad length");
        sw = add(d, item.value.p[0] & (IMPLICIT_INTERFACES | IMPLICIT_CHANNEL),
                 e);
    }
    return sw;
}

void domain_assign_reset(const struct domain *d, struct registry_entry *e)
{
    if ((e->privileges & PRIVILEGE_CARD_RESET) == 0 || e->implicit[0] != 0 ||
        is_assigned(d, IMPLICIT_INTERFACES, e->slot))
        return;
    e->implicit[0] = IMPLICIT_INTERFACES;
}
