#include "cli/exchange.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

int cli_exchange(struct cli_target *t, bool secure, struct span command,
                 struct buf *response)
{
    response->n = 0;
    if (secure)
        return gp_session_transmit(&t->session, command, response);
    return gp_transmit(t->transport, command, response);
}

void cli_print_bytes(const char *mark, struct span bytes)
{
    fputs(mark, stdout);
    for (size_t i = 0; i < bytes.n; i++)
        printf("%02X", bytes.p[i]);
    putchar('\n');
}

bool cli_pattern_valid(const char *text)
{
    size_t n = strlen(text);
    return n > 0 && n % 2 == 0 && strspn(text, "0123456789abcdefABCDEFxX") == n;
}

bool cli_pattern_matches(const char *text, struct span bytes)
{
    static const char digits[] = "0123456789ABCDEF";
    if (strlen(text) != 2 * bytes.n)
        return false;
    for (size_t i = 0; i < 2 * bytes.n; i++) {
        char want = (char)toupper((unsigned char)text[i]);
        unsigned nibble =
            i % 2 == 0 ? bytes.p[i / 2] >> 4 : bytes.p[i / 2] & 15u;
        if (want != 'X' && want != digits[nibble])
            return false;
    }
    return true;
}
