/* Loading and installing that nobody commands: card_try(), card_plant(). */
#ifndef DOMAINS_TRIAL_H
#define DOMAINS_TRIAL_H

#include "domains/domain.h"

/*
 * As card_try(), of a card that is on; with `keep_it` as card_plant().  When
 * nothing of it is kept the caller powers the card off.
 */
void domain_try(struct domain *d, struct span load_file, bool keep_it,
                struct card_trial *out,
                void (*tell)(void *ctx, const char *text), void *ctx);

#endif
