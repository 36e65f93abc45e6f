#include "toolchain/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MESSAGES_MAX = 1000, TEXT_MAX = 600 };

/* A line is told of once: what else is wrong there often follows from it. */
static bool told_already(const struct tc_diag *diag, const char *file,
                         unsigned line, const char *text)
{
    for (size_t i = 0; i < diag->count; i++) {
        const struct tc_message *m = &diag->messages[i];
        if (m->line == line && strcmp(m->file, file) == 0 &&
            (line != 0 || strcmp(m->text, text) == 0))
            return true;
    }
    return false;
}

static bool comes_before(const struct tc_message *a, const struct tc_message *b)
{
    int order = strcmp(a->file, b->file);
    return order != 0 ? order < 0 : a->line < b->line;
}

void tc_diag_sort(struct tc_diag *diag)
{
    for (size_t i = 1; i < diag->count; i++) {
        struct tc_message m = diag->messages[i];
        size_t at = i;
        for (; at > 0 && comes_before(&m, &diag->messages[at - 1]); at--)
            diag->messages[at] = diag->messages[at - 1];
        diag->messages[at] = m;
    }
}

void tc_error(struct tc_diag *diag, const char *file, unsigned line,
              const char *format, ...)
{
    char text[TEXT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (diag->count >= MESSAGES_MAX || told_already(diag, file, line, text))
        return;
    diag->messages = tc_grow(diag->arena, diag->messages, diag->count,
                             sizeof diag->messages[0]);
    diag->messages[diag->count++] = (struct tc_message){
        file, line, tc_copy_text(diag->arena, text, strlen(text))};
}
