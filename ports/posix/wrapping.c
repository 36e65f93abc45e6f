#include "ports/posix/wrapping.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ct.h"
#include "base/hex.h"
#include "ports/openssl/stretch.h"

enum { TEXT_MAX = 1024, PASSPHRASE_MIN = 8 };

static const char env_prefix[] = "env:";

static size_t read_env(const char *name, char *out)
{
    const char *text = getenv(name);
    const size_t n = text == NULL ? 0 : strlen(text);

    if (n == 0 || n > TEXT_MAX)
        return 0;
    memcpy(out, text, n);
    return n;
}

/* A byte more than fits is too long. */
static size_t read_file(const char *path, char *out)
{
    FILE *file = fopen(path, "r");

    if (file == NULL)
        return 0;
    setvbuf(file, NULL, _IONBF, 0); /* no copy of it stays behind */
    const size_t n = fread(out, 1, TEXT_MAX + 1, file);
    const bool fine = ferror(file) == 0;
    fclose(file);
    return fine && n <= TEXT_MAX ? n : 0;
}

static bool take_text(const char *text, size_t n, const uint8_t *salt,
                      uint8_t *key)
{
    struct buf digits = buf_of(key, WRAPPING_KEY_SIZE);

    if (n == (size_t)2 * WRAPPING_KEY_SIZE &&
        hex_decode(text, n, &digits, NULL) == ERR_OK &&
        digits.n == WRAPPING_KEY_SIZE)
        return true;
    return n >= PASSPHRASE_MIN &&
           port_openssl_stretch(span_of((const uint8_t *)text, n),
                                span_of(salt, WRAPPING_SALT_SIZE), key,
                                WRAPPING_KEY_SIZE) == ERR_OK;
}

bool posix_wrapping_key(const char *where,
                        const uint8_t salt[WRAPPING_SALT_SIZE],
                        uint8_t key[WRAPPING_KEY_SIZE])
{
    const size_t prefix = sizeof env_prefix - 1;
    char text[TEXT_MAX + 1];
    size_t n = strncmp(where, env_prefix, prefix) == 0
                   ? read_env(where + prefix, text)
                   : read_file(where, text);

    while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
        n--;
    const bool found = take_text(text, n, salt, key);
    wipe(text, sizeof text);
    return found;
}
