#include "toolchain/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MESSAGES_MAX = 1000, TEXT_MAX = 600 };

static bool told_already(const struct tc_diag *diag, const char *file,
                         unsigned line, const char *text)
{
    for (size_t i = 0; i < diag->count; i++) {
        const struct tc_message *m = &diag->messages[i];
        if (m->line == line && strcmp(m->text, text) == 0 &&
            strcmp(m->file, file) == 0)
            return true;
    }
    return false;
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
