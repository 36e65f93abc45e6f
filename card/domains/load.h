/* Loading: what INSTALL [for load] asked for, staged by LOAD. [GPCS 9.3.5] */
#ifndef DOMAINS_LOAD_H
#define DOMAINS_LOAD_H

#include "domains/domain.h"

/* Gives up the load in progress; all that was staged is gone. */
void domain_load_abort(struct domain *d);

#endif
