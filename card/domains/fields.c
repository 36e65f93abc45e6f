#include "domains/commands.h"
#include "domains/text.h"

sw_t domain_take_aid(struct span *s, bool optional, struct span *aid)
{
    if (span_take_lv(s, aid) != ERR_OK)
        return SW_WRONG_DATA;
    if (aid->n == 0 && optional)
        return SW_OK;
    return aid->n >= 5 && aid->n <= 16 ? SW_OK : SW_WRONG_DATA;
}

sw_t domain_take_length(struct span *s, size_t *n)
{
    uint8_t first, low;
    uint16_t length;

    if (span_take_u1(s, &first) != ERR_OK)
        return SW_WRONG_DATA;
    *n = first;
    if (first == 0x81) {
        if (span_take_u1(s, &low) != ERR_OK)
            return SW_WRONG_DATA;
        *n = low;
    } else if (first == 0x82) {
        if (span_take_u2(s, &length) != ERR_OK)
            return SW_WRONG_DATA;
        *n = length;
    } else if (first > 0x82) {
        return SW_WRONG_DATA;
    }
    return SW_OK;
}

sw_t domain_take_field(struct span *s, struct span *value)
{
    size_t n;
    sw_t sw = domain_take_length(s, &n);

    if (sw != SW_OK)
        return sw;
    return span_take(s, n, value) == ERR_OK ? SW_OK : SW_WRONG_DATA;
}

enum err domain_take_group(struct span *s, uint16_t *dgi, struct span *value)
{
    struct span rest = *s;
    uint8_t length;
    uint16_t n;

    enum err e = span_take_u2(&rest, dgi);
    if (e == ERR_OK)
        e = span_take_u1(&rest, &length);
    if (e != ERR_OK)
        return e;
    n = length;
    if (length == 0xFF)
        e = span_take_u2(&rest, &n);
    if (e == ERR_OK)
        e = span_take(&rest, n, value);
    if (e == ERR_OK)
        *s = rest;
    return e;
}

sw_t domain_take_next_group(const struct domain *d, struct span *rest,
                            bool *incomplete, uint16_t dgi, struct span *value)
{
    uint16_t found;

    if (*incomplete || domain_take_group(rest, &found, value) != ERR_OK) {
        *incomplete = true;
        *value = span_of(NULL, 0);
        return SW_OK;
    }
    return found == dgi
               ? SW_OK
               : domain_refuse(d, SW_WRONG_DATA,
                               "STORE DATA: another group must follow");
}
