#include "cli/card_file.h"

#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

enum { BLANK_MEMORY = 1 << 20 };

int cli_card_exit(enum posix_card_result result)
{
    switch (result) {
    case POSIX_CARD_DONE:
        return EXIT_DONE;
    case POSIX_CARD_MISSING:
    case POSIX_CARD_IN_USE:
    case POSIX_CARD_FAILED:
        return EXIT_NO_CARD;
    case POSIX_CARD_EXISTS:
    case POSIX_CARD_BAD:
        break;
    }
    return EXIT_REFUSED;
}

bool cli_host_port(const char *text, char *host, size_t n, uint16_t *port)
{
    const char *colon = strrchr(text, ':');
    char *end = NULL;

    if (colon == NULL || colon[1] == '\0')
        return false;
    unsigned long number = strtoul(colon + 1, &end, 10);
    size_t length = (size_t)(colon - text);
    if (*end != '\0' || number > 65535)
        return false;
    if (length >= 2 && text[0] == '[' && text[length - 1] == ']') {
        text++;
        length -= 2;
    }
    if (length == 0 || length >= n)
        return false;
    memcpy(host, text, length);
    host[length] = '\0';
    *port = (uint16_t)number;
    return true;
}

bool cli_size(const char *text, uint32_t *bytes)
{
    char *end = NULL;
    if (text[0] < '0' || text[0] > '9')
        return false;
    unsigned long long n = strtoull(text, &end, 10);
    if (*end == 'K' || *end == 'k') {
        n *= 1024;
        end++;
    } else if (*end == 'M' || *end == 'm') {
        n *= 1024 * 1024;
        end++;
    }
    if (*end != '\0' || n > 0x80000000ull)
        return false;
    *bytes = (uint32_t)n;
    return true;
}

static int tell(const char *path, enum posix_card_result result,
                const char *why)
{
    if (result != POSIX_CARD_DONE)
        cli_error("%s: %s", path, why);
    return cli_card_exit(result);
}

static int start(const char *path, struct posix_card **out)
{
    enum card_status status = card_power_on(posix_card_card(*out));
    if (status != CARD_OK) {
        cli_error("%s: %s", path, posix_card_status_text(status));
        posix_card_close(out);
        return EXIT_REFUSED;
    }
    return EXIT_DONE;
}

int cli_card_start(const char *path, struct posix_card **out)
{
    const struct posix_card_options options = {0};
    char why[256] = "";

    enum posix_card_result result =
        posix_card_open(path, &options, out, why, sizeof why);
    return result == POSIX_CARD_DONE ? start(path, out)
                                     : tell(path, result, why);
}

int cli_card_look(const char *path, struct posix_card **out)
{
    const struct posix_card_options options = {0};
    struct posix_card *original = NULL;
    char why[256] = "";

    enum posix_card_result result =
        posix_card_open(path, &options, &original, why, sizeof why);
    if (result == POSIX_CARD_DONE)
        result = posix_card_copy(original, out, why, sizeof why);
    posix_card_close(&original);
    return result == POSIX_CARD_DONE ? start(path, out)
                                     : tell(path, result, why);
}

int cli_card_blank(struct posix_card **out)
{
    const struct card_profile profile = {
        .life_cycle = 0x01,
        .scp03_i = 0x70,
        .key_set_count = 1,
        .key_sets = {{.version = 0x30, .type = 0x88, .length = 16}},
    };
    char why[256] = "";

    if (posix_card_blank(BLANK_MEMORY, &profile, out, why, sizeof why) ==
            POSIX_CARD_DONE &&
        card_power_on(posix_card_card(*out)) == CARD_OK)
        return EXIT_DONE;
    posix_card_close(out);
    cli_error("no card to try it on: %s", why);
    return EXIT_REFUSED;
}
