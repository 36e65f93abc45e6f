/* CRC-32 (IEEE 802.3, reflected): finds accidents, not attackers. */
#ifndef BASE_CRC_H
#define BASE_CRC_H

#include <stddef.h>
#include <stdint.h>

/* Of n bytes. */
uint32_t crc_of(const uint8_t *p, size_t n);

/* Goes on: crc_add(crc_of(a), b) is that of a and b together. */
uint32_t crc_add(uint32_t crc, const uint8_t *p, size_t n);

#endif
