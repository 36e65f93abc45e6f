#include "server/problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"

int srv_problem_set(struct srv_problem *p, int status, const char *code,
                    const char *where, const char *format, ...)
{
    va_list args;

    if (p->status != 0)
        return -1;
    p->status = status;
    snprintf(p->code, sizeof p->code, "%s", code);
    snprintf(p->where, sizeof p->where, "%s", where);
    va_start(args, format);
    vsnprintf(p->message, sizeof p->message, format, args);
    va_end(args);
    return -1;
}

int srv_problem_from(struct srv_problem *p, int result, const char *where,
                     const struct gp_why *why)
{
    const char *text =
        why != NULL && why->text[0] != '\0' ? why->text : gp_strerr(result);
    switch (result) {
    case GP_ERR_NOT_FOUND:
        return srv_problem_set(p, 404, "not_found", where, "%s", text);
    case GP_ERR_IN_USE:
        return srv_problem_set(p, 409, "exists", where,
                               "it exists already, with other content");
    case GP_ERR_ARGUMENT:
        return srv_problem_set(p, 400, "bad_value", where, "%s", text);
    case GP_ERR_CAP:
    case GP_ERR_LIMIT:
        return srv_problem_set(p, 422, "bad_cap", where, "%s", text);
    default:
        return srv_problem_set(p, 500, "internal", where, "%s", text);
    }
}

json_t *srv_problem_json(const struct srv_problem *p)
{
    return json_pack("{s:{s:s, s:s, s:s}}", "error", "code", p->code, "message",
                     p->message, "where", p->where);
}

json_t *srv_json_read(const char *text, size_t n, struct srv_problem *p)
{
    char where[64];
    json_error_t error;
    json_t *all = json_loadb(text, n, JSON_REJECT_DUPLICATES, &error);

    if (all == NULL) {
        snprintf(where, sizeof where, "line %d, column %d", error.line,
                 error.column);
        srv_problem_set(p, 400, "bad_json", where, "not JSON: %s", error.text);
        return NULL;
    }
    if (!json_is_object(all)) {
        srv_problem_set(p, 400, "bad_json", "", "an object is expected");
        json_decref(all);
        return NULL;
    }
    return all;
}

int srv_json_only(const json_t *object, const char *where,
                  const char *const *names, struct srv_problem *p)
{
    char place[96];

    /* jansson's iterators take no const, and change nothing. */
    json_t *o = json_incref((json_t *)(uintptr_t)object);
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach(o, key, value)
    {
        size_t i = 0;
        while (names[i] != NULL && strcmp(names[i], key) != 0)
            i++;
        if (names[i] == NULL) {
            snprintf(place, sizeof place, "%s%s", where, key);
            srv_problem_set(p, 400, "unknown_member", place,
                            "there is no such member here");
        }
    }
    json_decref(o);
    return p->status == 0 ? 0 : -1;
}

static const json_t *member(const json_t *object, const char *name,
                            bool required, struct srv_problem *p)
{
    const json_t *value = json_object_get(object, name);

    if (value == NULL && required)
        srv_problem_set(p, 400, "missing_member", name, "it must be given");
    return value;
}

static bool is_printable(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7F)
            return false;
    }
    return true;
}

int srv_json_text(const json_t *object, const char *name, bool required,
                  char *out, size_t size, struct srv_problem *p)
{
    const json_t *value = member(object, name, required, p);
    const char *text = json_string_value(value);

    if (value == NULL)
        return required ? -1 : 0;
    if (text == NULL || text[0] == '\0' || strlen(text) >= size ||
        strlen(text) != json_string_length(value) || !is_printable(text))
        return srv_problem_set(p, 400, "bad_value", name,
                               "a text of 1 to %zu printable characters",
                               size - 1);
    snprintf(out, size, "%s", text);
    return 0;
}

int srv_json_name(const json_t *object, const char *name, bool required,
                  char *out, size_t size, struct srv_problem *p)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    const char *text = json_string_value(json_object_get(object, name));

    if (srv_json_text(object, name, required, out, size, p) != 0)
        return -1;
    if (text != NULL && text[strspn(text, allowed)] != '\0')
        return srv_problem_set(p, 400, "bad_value", name,
                               "only letters, digits, '.', '_' and '-'");
    return 0;
}

int srv_json_hex(const json_t *object, const char *name, bool required,
                 struct buf *out, struct srv_problem *p)
{
    const json_t *value = member(object, name, required, p);
    const char *text = json_string_value(value);
    size_t where = 0;

    if (value == NULL)
        return required ? -1 : 0;
    if (text == NULL)
        return srv_problem_set(p, 400, "bad_value", name,
                               "hexadecimal text is expected");
    enum err e = hex_decode(text, json_string_length(value), out, &where);
    if (e == ERR_FULL)
        return srv_problem_set(p, 400, "bad_value", name, "more than %zu bytes",
                               out->cap);
    if (e != ERR_OK)
        return srv_problem_set(p, 400, "bad_value", name,
                               "not hexadecimal at character %zu", where + 1);
    return 0;
}

int srv_json_byte(const json_t *object, const char *name, bool required,
                  uint8_t *out, struct srv_problem *p)
{
    const json_t *value = member(object, name, required, p);
    uint8_t byte = 0;
    struct buf b = buf_of(&byte, 1);

    if (value == NULL)
        return required ? -1 : 0;
    if (json_is_integer(value)) {
        json_int_t n = json_integer_value(value);
        if (n < 0 || n > 0xFF)
            return srv_problem_set(p, 400, "bad_value", name, "0 to 255");
        *out = (uint8_t)n;
        return 0;
    }
    if (srv_json_hex(object, name, required, &b, p) != 0)
        return -1;
    if (b.n != 1)
        return srv_problem_set(p, 400, "bad_value", name,
                               "one byte in hexadecimal");
    *out = byte;
    return 0;
}

int srv_json_aid(const json_t *object, const char *name, bool required,
                 struct gp_aid *out, struct srv_problem *p)
{
    uint8_t bytes[GP_AID_MAX];
    struct buf b = buf_of(bytes, sizeof bytes);

    if (json_object_get(object, name) == NULL && !required)
        return 0;
    if (srv_json_hex(object, name, required, &b, p) != 0)
        return -1;
    if (gp_aid_set(out, buf_span(&b)) != GP_OK)
        return srv_problem_set(p, 400, "bad_value", name,
                               "an AID has 5 to 16 bytes");
    return 0;
}

int srv_json_bool(const json_t *object, const char *name, bool *out,
                  struct srv_problem *p)
{
    const json_t *value = json_object_get(object, name);

    if (value == NULL)
        return 0;
    if (!json_is_boolean(value))
        return srv_problem_set(p, 400, "bad_value", name, "true or false");
    *out = json_is_true(value);
    return 0;
}

json_t *srv_json_bytes(struct span bytes)
{
    char *hex = malloc(2 * bytes.n + 1);

    if (hex == NULL)
        return NULL;
    hex_encode(bytes, hex);
    json_t *text = json_string(hex);
    free(hex);
    return text;
}
