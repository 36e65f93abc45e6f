/*
 * A card in a file that is powered on and asked one thing, for programs that
 * measure what that costs.
 */
#ifndef BENCH_ASKED_H
#define BENCH_ASKED_H

#include "ports/posix/posix_card.h"

/* The card of the image at `path`, powered on; the caller closes it. */
struct posix_card *asked_open(const char *path);

/* Selects the wallet on it; ends the program with 1 if it does not answer. */
void asked_once(struct posix_card *card);

#endif
