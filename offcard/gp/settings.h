/*
 * Text of settings: a name and one value a line, '=' or ':' perhaps after the
 * name; '#' starts a comment, unless it is within a word.
 */
#ifndef OFFCARD_GP_SETTINGS_H
#define OFFCARD_GP_SETTINGS_H

#include <stddef.h>

#include <gp/error.h>

enum { GP_SETTING_NAME = 32, GP_SETTING_VALUE = 6144 };

struct gp_settings {
    const char *at;
    const char *end;
    unsigned line; /* of the last setting; begins with 0 */
    struct gp_why *why;
};

/* The caller wipes it: some values are keys. */
struct secret_gp_setting {
    char name[GP_SETTING_NAME];
    char value[GP_SETTING_VALUE];
};

/* 1: the next one; 0: there is none; GP_ERR_KEYS. */
int gp_settings_next(struct gp_settings *s, struct secret_gp_setting *out);

/* One hexadecimal byte; GP_ERR_KEYS, as its `name` and line say. */
int gp_setting_byte(const struct gp_settings *s,
                    const struct secret_gp_setting *setting,
                    unsigned char *out);

#endif
