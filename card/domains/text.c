#include "domains/text.h"

static void put(struct domain_text *t, char c)
{
    if (t->n + 1 >= sizeof t->s)
        return;
    t->s[t->n++] = c;
    t->s[t->n] = '\0';
}

void domain_text(struct domain_text *t, const char *s)
{
    for (; *s != '\0'; s++)
        put(t, *s);
}

static char digit(uint32_t v)
{
    return "0123456789ABCDEF"[v & 0x0F];
}

void domain_text_hex(struct domain_text *t, struct span s)
{
    for (size_t i = 0; i < s.n; i++) {
        put(t, digit(s.p[i] >> 4));
        put(t, digit(s.p[i]));
    }
}

void domain_text_hex_number(struct domain_text *t, uint32_t v, unsigned digits)
{
    while (digits > 0) {
        digits--;
        put(t, digit(v >> (4 * digits)));
    }
}

void domain_text_number(struct domain_text *t, uint32_t v)
{
    uint32_t unit = 1;

    while (v / unit >= 10)
        unit *= 10;
    for (; unit > 0; unit /= 10)
        put(t, digit(v / unit % 10));
}

void domain_trace(const struct domain *d, const char *text)
{
    if (d->port->trace != NULL)
        d->port->trace(d->port->ctx, text);
}

sw_t domain_refuse(const struct domain *d, sw_t sw, const char *why)
{
    domain_trace(d, why);
    return sw;
}

void domain_trace_about(const struct domain *d, const char *text,
                        struct span about)
{
    struct domain_text t = {.n = 0};

    if (d->port->trace == NULL)
        return;
    domain_text(&t, text);
    domain_text(&t, " ");
    domain_text_hex(&t, about);
    d->port->trace(d->port->ctx, t.s);
}
