#include "toolchain/capsyntax.h"

#include <string.h>

#include "base/hex.h"

enum { DEPTH_MAX = 12 };

struct lexer {
    struct tc_diag *diag;
    const char *file;
    const char *p;
    const char *end;
    uint32_t line;
    unsigned depth;
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static bool ends_word(char c)
{
    return is_space(c) || c == '\n' || c == '{' || c == '}' || c == ';' ||
           c == '"';
}

static bool at_comment(const struct lexer *x)
{
    return x->end - x->p >= 2 && x->p[0] == '/' && x->p[1] == '/';
}

static void skip_space(struct lexer *x)
{
    while (x->p < x->end && is_space(*x->p))
        x->p++;
    if (at_comment(x))
        while (x->p < x->end && *x->p != '\n')
            x->p++;
}

/* To the next statement: over ends of lines and empty statements too. */
static void skip_empty(struct lexer *x)
{
    for (;;) {
        skip_space(x);
        if (x->p == x->end || (*x->p != '\n' && *x->p != ';'))
            return;
        x->line += *x->p == '\n';
        x->p++;
    }
}

/* What stands behind a backslash; false after a complaint. */
static bool take_escape(struct lexer *x, struct tc_bytes *value)
{
    static const char letters[] = "nrt0\"\\";
    static const char meant[] = "\n\r\t\0\"\\";
    const char *found =
        x->p < x->end && *x->p != '\0' ? strchr(letters, *x->p) : NULL;
    if (found != NULL) {
        tc_put(value, &meant[found - letters], 1);
        x->p++;
        return true;
    }
    uint8_t byte = 0;
    struct buf b = buf_of(&byte, 1);
    if (x->end - x->p >= 3 && *x->p == 'x' &&
        hex_decode(x->p + 1, 2, &b, NULL) == ERR_OK && b.n == 1) {
        tc_put(value, &byte, 1);
        x->p += 3;
        return true;
    }
    tc_error(x->diag, x->file, x->line,
             "unknown escape; there are \\n \\r \\t \\0 \\\" \\\\ and \\xNN");
    return false;
}

static struct cs_word take_string(struct lexer *x)
{
    struct tc_bytes value = {.arena = x->diag->arena};
    x->p++;
    while (x->p < x->end && *x->p != '"' && *x->p != '\n') {
        if (*x->p == '\\') {
            x->p++;
            if (!take_escape(x, &value) && x->p < x->end && *x->p != '\n')
                x->p++;
        } else {
            tc_put(&value, x->p++, 1);
        }
    }
    if (x->p < x->end && *x->p == '"')
        x->p++;
    else
        tc_error(x->diag, x->file, x->line,
                 "the string does not end on its line; it lacks a '\"'");
    return (struct cs_word){value.n == 0 ? "" : (const char *)value.p,
                            (uint32_t)value.n, x->line, true};
}

static struct cs_word take_word(struct lexer *x)
{
    const char *start = x->p;
    if (*x->p == '"')
        return take_string(x);
    while (x->p < x->end && !ends_word(*x->p) && !at_comment(x))
        x->p++;
    return (struct cs_word){start, (uint32_t)(x->p - start), x->line, false};
}

static bool is_label(const struct cs_word *w)
{
    return !w->is_string && w->n > 1 && w->p[w->n - 1] == ':' &&
           !(w->p[0] >= '0' && w->p[0] <= '9');
}

static void add_word(struct lexer *x, struct cs_node *node, struct cs_word w)
{
    if (node->count == 0 && node->label.n == 0 && is_label(&w)) {
        node->label = w;
        node->label.n--;
        return;
    }
    struct cs_word *words =
        node->count == 0
            ? NULL
            : (struct cs_word *)(uintptr_t)(const void *)node->words;
    words = tc_grow(x->diag->arena, words, node->count, sizeof *words);
    words[node->count++] = w;
    node->words = words;
}

static struct cs_node *take_block(struct lexer *x);

static struct cs_node *take_statement(struct lexer *x)
{
    struct cs_node *node = tc_alloc(x->diag->arena, sizeof *node);
    node->line = x->line;
    for (skip_space(x); x->p < x->end && *x->p != '\n'; skip_space(x)) {
        if (*x->p == ';' || *x->p == '}' || *x->p == '{')
            break;
        add_word(x, node, take_word(x));
    }
    if (x->p < x->end && *x->p == '{') {
        x->p++;
        node->has_block = true;
        node->first = take_block(x);
    }
    return node;
}

/* Behind '{': up to and with '}'. */
static struct cs_node *take_block(struct lexer *x)
{
    struct cs_node *first = NULL;
    struct cs_node **tail = &first;
    uint32_t opened = x->line;
    if (++x->depth > DEPTH_MAX) {
        tc_error(x->diag, x->file, x->line,
                 "blocks are nested more than %d deep", DEPTH_MAX);
        x->p = x->end;
    }
    for (skip_empty(x); x->p < x->end && *x->p != '}'; skip_empty(x)) {
        *tail = take_statement(x);
        tail = &(*tail)->next;
    }
    if (x->p < x->end)
        x->p++;
    else if (x->depth <= DEPTH_MAX)
        tc_error(x->diag, x->file, opened,
                 "the block that begins here has no '}'");
    x->depth--;
    return first;
}

struct cs_node *cs_parse(struct tc_diag *diag, const struct tc_input *text)
{
    const char *p = (const char *)text->bytes.p;
    struct lexer x = {.diag = diag,
                      .file = text->path,
                      .p = p,
                      .end = text->bytes.n == 0 ? p : p + text->bytes.n,
                      .line = 1};
    struct cs_node *first = NULL;
    struct cs_node **tail = &first;
    for (skip_empty(&x); x.p < x.end; skip_empty(&x)) {
        if (*x.p == '}') {
            tc_error(diag, text->path, x.line, "there is no block to end here");
            x.p++;
            continue;
        }
        *tail = take_statement(&x);
        tail = &(*tail)->next;
    }
    return first;
}

bool cs_is(const struct cs_word *word, const char *text)
{
    return !word->is_string && strlen(text) == word->n &&
           memcmp(word->p, text, word->n) == 0;
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

bool cs_number(const struct cs_word *word, int64_t *out)
{
    const int64_t limit = (int64_t)1 << 40;
    const char *p = word->p;
    const char *end = p + word->n;
    bool negative = word->n > 0 && *p == '-';
    int base = 10;
    if (word->is_string || word->n == 0)
        return false;
    if (*p == '-' || *p == '+')
        p++;
    if (end - p > 2 && p[0] == '0' && (p[1] | 0x20) == 'x') {
        base = 16;
        p += 2;
    }
    int64_t value = 0;
    const char *digits = p;
    for (; p < end && digit_of(*p) < base && value < limit; p++)
        value = value * base + digit_of(*p);
    *out = negative ? -value : value;
    return p == end && p > digits;
}

struct cs_words cs_all_words(const struct cs_node *node, size_t skip)
{
    return (struct cs_words){node, skip, node->first, 0};
}

const struct cs_word *cs_next_word(struct cs_words *w)
{
    if (w->at < w->node->count)
        return &w->node->words[w->at++];
    while (w->inner != NULL) {
        const struct cs_node *n = w->inner;
        if (w->inner_at == 0 && n->label.n > 0) {
            w->inner_at = 1;
            return &n->label;
        }
        size_t index = w->inner_at - (n->label.n > 0 ? 1 : 0);
        if (index < n->count) {
            w->inner_at++;
            return &n->words[index];
        }
        w->inner = n->next;
        w->inner_at = 0;
    }
    return NULL;
}

void cs_quote(struct tc_bytes *text, struct span bytes)
{
    tc_put(text, "\"", 1);
    for (size_t i = 0; i < bytes.n; i++) {
        uint8_t c = bytes.p[i];
        if (c == '"' || c == '\\') {
            tc_put(text, "\\", 1);
            tc_put(text, &c, 1);
        } else if (c == '\n' || c == '\r') {
            tc_put(text, c == '\n' ? "\\n" : "\\r", 2);
        } else if (c < 0x20 || c == 0x7F) {
            char hex[3];
            hex_encode(span_of(&c, 1), hex);
            tc_put(text, "\\x", 2);
            tc_put(text, hex, 2);
        } else {
            tc_put(text, &c, 1);
        }
    }
    tc_put(text, "\"", 1);
}
