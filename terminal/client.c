#include "terminal/client.h"

#include <stdlib.h>
#include <string.h>

#include "base/ct.h"

int term_client_open(const char *server, const char *token_file,
                     struct term_http **out, struct gp_why *why)
{
    char token[TERM_TOKEN_MAX];

    *out = NULL;
    if (server == NULL || token_file == NULL) {
        gp_why_set(why, "%s is missing",
                   server == NULL ? "--server URL" : "--token-file FILE");
        return GP_ERR_ARGUMENT;
    }
    int result = term_token_read(token_file, token, why);
    if (result == GP_OK)
        result = term_http_open(server, token, out, why);
    wipe(token, sizeof token);
    return result;
}

static int finish(int result, struct term_answer *answer, json_t **out,
                  struct gp_why *why)
{
    *out = NULL;
    if (result == GP_OK && (answer->status < 200 || answer->status > 299)) {
        term_answer_why(answer, why);
        result = answer->status == 404 ? GP_ERR_NOT_FOUND : GP_ERR_CANCELLED;
    }
    if (result == GP_OK) {
        *out = json_loadb(answer->text == NULL ? "" : answer->text, answer->n,
                          0, NULL);
        if (*out == NULL) {
            gp_why_set(why, "the server's answer is not JSON");
            result = GP_ERR_PROTOCOL;
        }
    }
    term_answer_free(answer);
    return result;
}

int term_client_json(struct term_http *http, const char *method,
                     const char *path, const json_t *body, json_t **out,
                     struct gp_why *why)
{
    struct term_answer answer = {0, NULL, 0};
    char *text = body == NULL ? NULL : json_dumps(body, JSON_COMPACT);

    *out = NULL;
    if (body != NULL && text == NULL)
        return GP_ERR_MEMORY;
    struct span bytes =
        span_of((const uint8_t *)text, text == NULL ? 0 : strlen(text));
    int result = term_http_request(http, method, path,
                                   text == NULL ? NULL : "application/json",
                                   bytes, &answer, why);
    if (text != NULL)
        wipe(text, strlen(text));
    free(text);
    return finish(result, &answer, out, why);
}

int term_client_bytes(struct term_http *http, const char *path,
                      struct span body, json_t **out, struct gp_why *why)
{
    struct term_answer answer = {0, NULL, 0};

    int result = term_http_request(
        http, "POST", path, "application/octet-stream", body, &answer, why);
    return finish(result, &answer, out, why);
}

const json_t *term_client_list(const json_t *answer, const char *name)
{
    const json_t *list =
        json_is_array(answer) ? answer : json_object_get(answer, name);

    return json_is_array(list) ? list : NULL;
}

char *term_client_escape(const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
    static const char digits[] = "0123456789ABCDEF";
    char *out = malloc(3 * strlen(text) + 1);
    char *to = out;

    if (out == NULL)
        return NULL;
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (strchr(plain, c) != NULL) {
            *to++ = (char)c;
            continue;
        }
        *to++ = '%';
        *to++ = digits[c >> 4];
        *to++ = digits[c & 0x0F];
    }
    *to = '\0';
    return out;
}
