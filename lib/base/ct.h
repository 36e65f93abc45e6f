/* Secrets: compared without a data-dependent branch, wiped for good. */
#ifndef BASE_CT_H
#define BASE_CT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether n bytes are the same; time depends on n alone. */
bool ct_equal(const uint8_t *a, const uint8_t *b, size_t n);

/* Overwrites n bytes with zero; the compiler may not leave it out. */
void wipe(void *p, size_t n);

#endif
