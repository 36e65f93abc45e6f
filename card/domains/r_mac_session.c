#include "domains/commands.h"
#include "domains/session.h"

/* [GPCS E.5.3] [Amd D 7.1.3] */
sw_t domain_begin_r_mac_session(struct domain *d,
                                const struct domain_request *r,
                                struct buf *response)
{
    (void)response;
    return domain_r_mac_begin(d, r->bytes);
}

/* [GPCS E.5.4] [Amd D 7.1.4] */
sw_t domain_end_r_mac_session(struct domain *d, const struct domain_request *r,
                              struct buf *response)
{
    return domain_r_mac_end(d, r->bytes, response);
}
