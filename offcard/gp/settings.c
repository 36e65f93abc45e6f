#include "offcard/gp/settings.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static bool is_between(char c)
{
    return is_space(c) || c == '=' || c == ':';
}

/* The next word of a line, 0 at its end or a comment; cut where it is longer
 * than there is room for, which shows in what is returned. */
static size_t word(const char **at, const char *end, bool (*ends)(char),
                   char *out, size_t room)
{
    size_t n = 0;
    while (*at < end && is_between(**at))
        (*at)++;
    if (*at < end && **at == '#')
        *at = end;
    for (; *at < end && !ends(**at); (*at)++, n++) {
        if (n < room - 1)
            out[n] = **at;
    }
    out[n < room ? n : room - 1] = '\0';
    return n;
}

/* As gp_settings_next, of one line. */
static int read_line(const struct gp_settings *s, const char *at,
                     const char *stop, struct secret_gp_setting *out)
{
    char more[2];
    size_t name = word(&at, stop, is_between, out->name, sizeof out->name);
    size_t value = word(&at, stop, is_space, out->value, sizeof out->value);

    if (name == 0)
        return 0;
    if (value == 0 || word(&at, stop, is_space, more, sizeof more) > 0) {
        gp_why_set(s->why, "line %u: a name and one value are expected",
                   s->line);
        return GP_ERR_KEYS;
    }
    if (name < sizeof out->name && value < sizeof out->value)
        return 1;
    gp_why_set(s->why, "line %u: more characters than a setting has", s->line);
    return GP_ERR_KEYS;
}

int gp_settings_next(struct gp_settings *s, struct secret_gp_setting *out)
{
    int result = 0;

    while (result == 0 && s->at < s->end) {
        const char *line = s->at;
        const char *stop = memchr(line, '\n', (size_t)(s->end - line));
        if (stop == NULL)
            stop = s->end;
        s->at = stop < s->end ? stop + 1 : stop;
        s->line++;
        result = read_line(s, line, stop, out);
    }
    return result;
}

int gp_setting_byte(const struct gp_settings *s,
                    const struct secret_gp_setting *setting, unsigned char *out)
{
    char *end = NULL;
    unsigned long v = strtoul(setting->value, &end, 16);

    if (end == setting->value || *end != '\0' || v > 0xFF) {
        gp_why_set(s->why, "line %u: %s is 00 to FF, hexadecimal", s->line,
                   setting->name);
        return GP_ERR_KEYS;
    }
    *out = (unsigned char)v;
    return GP_OK;
}
