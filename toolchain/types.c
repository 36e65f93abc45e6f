#include "toolchain/types.h"

#include <string.h>

static const char *take_class(const char **text, struct tc_type *out)
{
    const char *end = strchr(*text, ';');
    if (end == NULL || end == *text)
        return "is malformed";
    out->name = *text;
    out->name_length = (size_t)(end - *text);
    *text = end + 1;
    return NULL;
}

static const char *take_simple(const char **text, struct tc_type *out,
                               enum tc_kind *kind)
{
    char c = **text;
    if (c != '\0')
        (*text)++;
    switch (c) {
    case 'V':
        *kind = KIND_VOID;
        return NULL;
    case 'Z':
        *kind = KIND_BOOLEAN;
        return NULL;
    case 'B':
        *kind = KIND_BYTE;
        return NULL;
    case 'S':
        *kind = KIND_SHORT;
        return NULL;
    case 'I':
        *kind = KIND_INT;
        return NULL;
    case 'L':
        *kind = KIND_REFERENCE;
        return take_class(text, out);
    case 'J':
        return "uses long, which is not in the Java Card language";
    case 'F':
    case 'D':
        return "uses float or double, which are not in the Java Card language";
    case 'C':
        return "uses char, which is not in the Java Card language";
    default:
        return "is malformed";
    }
}

const char *tc_type_take(const char **text, struct tc_type *out)
{
    *out = (struct tc_type){KIND_VOID, KIND_VOID, false, NULL, 0};
    if (**text != '[')
        return take_simple(text, out, &out->kind);
    (*text)++;
    if (**text == '[')
        return "uses an array of more than one dimension, which is not in the "
               "Java Card language";
    out->is_array = true;
    out->kind = KIND_REFERENCE;
    const char *problem = take_simple(text, out, &out->element);
    if (problem == NULL && out->element == KIND_VOID)
        return "is malformed";
    return problem;
}

unsigned tc_type_cells(const struct tc_type *type)
{
    switch (type->kind) {
    case KIND_VOID:
        return 0;
    case KIND_INT:
        return 2;
    default:
        return 1;
    }
}

static bool is_int(const struct tc_type *type)
{
    return type->kind == KIND_INT ||
           (type->is_array && type->element == KIND_INT);
}

const char *tc_signature_read(const char *descriptor, struct tc_signature *out)
{
    const char *p = descriptor;
    out->count = 0;
    out->cells = 0;
    out->has_int = false;
    if (*p++ != '(')
        return "is malformed";
    while (*p != ')') {
        if (out->count == TC_PARAMETERS_MAX)
            return "has too many parameters";
        struct tc_type *t = &out->parameters[out->count++];
        const char *problem = tc_type_take(&p, t);
        if (problem != NULL)
            return problem;
        if (t->kind == KIND_VOID)
            return "is malformed";
        out->cells += tc_type_cells(t);
        out->has_int |= is_int(t);
    }
    p++;
    const char *problem = tc_type_take(&p, &out->result);
    if (problem != NULL)
        return problem;
    out->has_int |= is_int(&out->result);
    return *p == '\0' ? NULL : "is malformed";
}

/* Skips one type of any kind and says what it pushes; "" for void. */
static const char *skip_type(const char **text)
{
    bool is_array = **text == '[';
    while (**text == '[')
        (*text)++;
    char c = **text;
    if (c == 'L')
        while (**text != '\0' && **text != ';')
            (*text)++;
    if (**text != '\0')
        (*text)++;
    if (is_array || c == 'L')
        return "a";
    if (c == 'J' || c == 'D')
        return "oo";
    if (c == 'F')
        return "o";
    return c == 'V' || c == '\0' ? "" : "i";
}

const char *tc_descriptor_slots(const char *descriptor, struct tc_bytes *out,
                                bool pops_value)
{
    const char *p = descriptor;
    if (*p != '(') {
        const char *pushed = skip_type(&p);
        if (!pops_value)
            return pushed;
        tc_put(out, "pp", strlen(pushed));
        return "";
    }
    for (p++; *p != '\0' && *p != ')';)
        tc_put(out, "pp", strlen(skip_type(&p)));
    if (*p == ')')
        p++;
    return skip_type(&p);
}
