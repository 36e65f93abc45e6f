/* Loading and installing on trial: what card_try() does. */
#ifndef DOMAINS_TRIAL_H
#define DOMAINS_TRIAL_H

#include "domains/domain.h"

/* As card_try(), of a card that is on; the caller powers it off. */
void domain_try(struct domain *d, struct span load_file, struct card_trial *out,
                void (*tell)(void *ctx, const char *text), void *ctx);

#endif
