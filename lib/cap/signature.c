/* Java descriptors as kinds of cells. */
#include "cap/check.h"

/* Adds the cells of one type; NULL when it is not a type. */
static const char *take_type(const char *d, struct cap_signature *out)
{
    uint8_t kind = CAP_KIND_REF;
    unsigned cells = 1;

    if (*d == '[') {
        while (*d == '[')
            d++;
    } else if (*d == 'I') {
        kind = CAP_KIND_INT_HIGH;
        cells = 2;
    } else if (*d == 'Z' || *d == 'B' || *d == 'S') {
        kind = CAP_KIND_SHORT;
    }
    if (*d == 'L') {
        while (*d != ';' && *d != '\0')
            d++;
    }
    if (*d == '\0' || out->nargs + cells > CAP_ARGS_MAX)
        return NULL;
    out->kinds[out->nargs++] = kind;
    if (cells == 2)
        out->kinds[out->nargs++] = CAP_KIND_INT_LOW;
    return d + 1;
}

bool cap_signature_of(const char *descriptor, bool is_static,
                      struct cap_signature *out)
{
    const char *d = descriptor;

    out->nargs = 0;
    out->is_init = false;
    if (!is_static)
        out->kinds[out->nargs++] = CAP_KIND_REF;
    if (*d++ != '(')
        return false;
    while (d != NULL && *d != ')' && *d != '\0')
        d = take_type(d, out);
    if (d == NULL || *d != ')')
        return false;
    switch (d[1]) {
    case 'V':
        out->result = CAP_KIND_VOID;
        return true;
    case 'I':
        out->result = CAP_KIND_INT_HIGH;
        return true;
    case 'L':
    case '[':
        out->result = CAP_KIND_REF;
        return true;
    default:
        out->result = CAP_KIND_SHORT;
        return d[1] != '\0';
    }
}
