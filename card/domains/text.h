/* Lines of text without the C library: reasons, findings and dumps. */
#ifndef DOMAINS_TEXT_H
#define DOMAINS_TEXT_H

#include "domains/domain.h"

enum { TEXT_MAX = 512 };

/* A line being put together; what does not fit is left out. */
struct domain_text {
    size_t n;
    char s[TEXT_MAX];
};

/* Each appends and keeps the closing NUL. */
void domain_text(struct domain_text *t, const char *s);
void domain_text_hex(struct domain_text *t, struct span s);
void domain_text_hex_number(struct domain_text *t, uint32_t v, unsigned digits);
void domain_text_number(struct domain_text *t, uint32_t v);

/* Tells the port why something was refused. */
void domain_trace(const struct domain *d, const char *text);

/* Traces why a command is refused; returns sw. */
sw_t domain_refuse(const struct domain *d, sw_t sw, const char *why);

/* The same, with what it was about. */
void domain_trace_about(const struct domain *d, const char *text,
                        struct span about);

#endif
