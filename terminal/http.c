#include "terminal/http.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>
#include <jansson.h>

#include "base/ct.h"

struct term_http {
    CURL *curl;
    char *server; /* without a '/' at its end */
    char *bearer; /* header line, or NULL */
    char error[CURL_ERROR_SIZE];
};

static bool is_address(const char *server)
{
    return (strncmp(server, "http://", 7) == 0 && server[7] != '\0') ||
           (strncmp(server, "https://", 8) == 0 && server[8] != '\0');
}

static char *header(const char *token)
{
    enum { SIZE = TERM_TOKEN_MAX + 32 };
    char *line = malloc(SIZE);

    if (line != NULL)
        snprintf(line, SIZE, "Authorization: Bearer %s", token);
    return line;
}

static void configure(struct term_http *h)
{
    curl_easy_setopt(h->curl, CURLOPT_ERRORBUFFER, h->error);
    curl_easy_setopt(h->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(h->curl, CURLOPT_TIMEOUT, (long)TERM_TIMEOUT);
    curl_easy_setopt(h->curl, CURLOPT_CONNECTTIMEOUT, 10L);
    curl_easy_setopt(h->curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(h->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(h->curl, CURLOPT_USERAGENT, "postcard");
}

int term_http_open(const char *server, const char *token,
                   struct term_http **out, struct gp_why *why)
{
    *out = NULL;
    if (!is_address(server)) {
        gp_why_set(why,
                   "the server's address is http://HOST:PORT or https://HOST, "
                   "not '%.100s'",
                   server);
        return GP_ERR_ARGUMENT;
    }
    struct term_http *h = calloc(1, sizeof *h);
    if (h == NULL)
        return GP_ERR_MEMORY;
    h->curl = curl_easy_init();
    h->server = strdup(server);
    h->bearer = token == NULL ? NULL : header(token);
    if (h->curl == NULL || h->server == NULL ||
        (token != NULL && h->bearer == NULL)) {
        term_http_close(&h);
        return GP_ERR_MEMORY;
    }
    size_t n = strlen(h->server);
    while (h->server[n - 1] == '/')
        h->server[--n] = '\0';
    configure(h);
    *out = h;
    return GP_OK;
}

void term_http_close(struct term_http **http)
{
    struct term_http *h = *http;

    if (h == NULL)
        return;
    if (h->curl != NULL)
        curl_easy_cleanup(h->curl);
    if (h->bearer != NULL)
        wipe(h->bearer, strlen(h->bearer));
    free(h->bearer);
    free(h->server);
    free(h);
    *http = NULL;
}

void term_answer_free(struct term_answer *answer)
{
    free(answer->text);
    *answer = (struct term_answer){0, NULL, 0};
}

static size_t receive(char *data, size_t size, size_t count, void *ctx)
{
    struct term_answer *a = ctx;
    size_t n = size * count;

    if (n > TERM_ANSWER_MAX - a->n)
        return 0; /* curl ends the transfer */
    char *text = realloc(a->text, a->n + n + 1);
    if (text == NULL)
        return 0;
    memcpy(text + a->n, data, n);
    a->text = text;
    a->n += n;
    a->text[a->n] = '\0';
    return n;
}

static struct curl_slist *headers(const struct term_http *h, const char *type)
{
    char line[96];
    /* No "Expect: 100-continue": it costs a round trip. */
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");

    if (h->bearer != NULL)
        list = curl_slist_append(list, h->bearer);
    snprintf(line, sizeof line, "Content-Type: %s", type == NULL ? "" : type);
    return type == NULL ? list : curl_slist_append(list, line);
}

static void set_body(CURL *curl, const char *method, const char *type,
                     struct span body)
{
    curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
    if (type != NULL) {
        curl_easy_setopt(curl, CURLOPT_POST, 1L);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.n);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, (const char *)body.p);
    }
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
}

static int perform(struct term_http *h, const char *url,
                   struct term_answer *answer, struct gp_why *why)
{
    curl_easy_setopt(h->curl, CURLOPT_URL, url);
    curl_easy_setopt(h->curl, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(h->curl, CURLOPT_WRITEDATA, answer);
    h->error[0] = '\0';
    CURLcode code = curl_easy_perform(h->curl);
    curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &answer->status);
    if (code == CURLE_OK)
        return GP_OK;
    term_answer_free(answer);
    gp_why_set(why, "%.80s: %.140s", h->server,
               h->error[0] != '\0' ? h->error : curl_easy_strerror(code));
    return code == CURLE_WRITE_ERROR ? GP_ERR_LIMIT : GP_ERR_CONNECT;
}

int term_http_request(struct term_http *http, const char *method,
                      const char *path, const char *type, struct span body,
                      struct term_answer *answer, struct gp_why *why)
{
    static const uint8_t none[1] = {0};
    size_t n = strlen(http->server) + strlen(path) + 1;
    char *url = malloc(n);
    struct curl_slist *list = headers(http, type);

    *answer = (struct term_answer){0, NULL, 0};
    if (url == NULL || list == NULL) {
        free(url);
        curl_slist_free_all(list);
        return GP_ERR_MEMORY;
    }
    snprintf(url, n, "%s%s", http->server, path);
    if (body.p == NULL)
        body = span_of(none, 0);
    curl_easy_setopt(http->curl, CURLOPT_HTTPHEADER, list);
    set_body(http->curl, method, type, body);
    int result = perform(http, url, answer, why);
    curl_easy_setopt(http->curl, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(list);
    free(url);
    return result;
}

void term_answer_why(const struct term_answer *answer, struct gp_why *why)
{
    json_t *all = answer->text == NULL
                      ? NULL
                      : json_loadb(answer->text, answer->n, 0, NULL);
    const json_t *error = json_object_get(all, "error");
    const char *message = json_string_value(json_object_get(error, "message"));
    const char *where = json_string_value(json_object_get(error, "where"));

    if (message == NULL)
        gp_why_set(why, "the server answers with HTTP status %ld",
                   answer->status);
    else if (where == NULL || where[0] == '\0')
        gp_why_set(why, "the server refuses: %.200s", message);
    else
        gp_why_set(why, "the server refuses %.60s: %.150s", where, message);
    json_decref(all);
}

int term_token_read(const char *path, char token[TERM_TOKEN_MAX],
                    struct gp_why *why)
{
    FILE *f = fopen(path, "re");

    if (f == NULL) {
        gp_why_set(why, "%.160s: %s", path, strerror(errno));
        return GP_ERR_FILE;
    }
    char *line = fgets(token, TERM_TOKEN_MAX, f);
    fclose(f);
    if (line != NULL)
        token[strcspn(token, "\r\n")] = '\0';
    if (line != NULL && token[0] != '\0')
        return GP_OK;
    gp_why_set(why, "%.160s: there is no token in it", path);
    return GP_ERR_KEYS;
}
