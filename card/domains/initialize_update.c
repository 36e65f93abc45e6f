#include "domains/commands.h"
#include "domains/session.h"

/* [GPCS E.5.1] [Amd D 7.1.1] */
sw_t domain_initialize_update(struct domain *d, const struct domain_request *r,
                              struct buf *response)
{
    if (r->c.secure != 0)
        return SW_SM_UNSUPPORTED;
    return domain_begin_session(d, r->self.slot, registry_aid(&r->self), &r->c,
                                response);
}

/*
 * [GPCS E.5.2.2] [Amd D 7.1.2]: it has a C-MAC always, there is no such class
 * without.  With a key's identifier it is SCP11's.
 */
sw_t domain_external_authenticate(struct domain *d,
                                  const struct domain_request *r,
                                  struct buf *response)
{
    if (r->c.p2 != 0)
        return domain_mutual_authenticate(d, r, response);
    if (r->c.secure == 0)
        return SW_CLA_UNSUPPORTED;
    return domain_authenticate(d, r->self.slot, r->bytes);
}
