/* Where a host has the key under which a card keeps its keys enciphered. */
#ifndef POSIX_WRAPPING_H
#define POSIX_WRAPPING_H

#include <stdbool.h>
#include <stdint.h>

enum { WRAPPING_KEY_SIZE = 32, WRAPPING_SALT_SIZE = 16 };

/*
 * The key that `where` names: a file, or env:NAME.  64 hexadecimal digits are
 * it; any other text of at least 8 bytes is a passphrase, stretched with the
 * salt.  A line end behind it does not count.  False: there is none, or it is
 * too short or longer than 1024 bytes.
 */
bool posix_wrapping_key(const char *where,
                        const uint8_t salt[WRAPPING_SALT_SIZE],
                        uint8_t key[WRAPPING_KEY_SIZE]);

#endif
