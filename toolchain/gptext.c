/* gp_cap_dump() and gp_cap_assemble(): CAP files as text for C programs. */
#include <gp/cap.h>

#include <stdlib.h>
#include <string.h>

#include "toolchain/captext.h"
#include "toolchain/gpoutput.h"

int gp_cap_dump(struct span file, char **text, size_t *n, struct gp_why *why)
{
    struct tc_arena *arena = tc_arena_new();
    struct span made = {NULL, 0};
    char error[256] = "";
    int result = GP_OK;

    *text = NULL;
    if (!tc_cap_dump(arena, file, &made, error, sizeof error)) {
        gp_why_set(why, "%s", error);
        result = GP_ERR_CAP;
    } else {
        *text = malloc(made.n + 1);
        result = *text == NULL ? GP_ERR_MEMORY : GP_OK;
    }
    if (result == GP_OK) {
        memcpy(*text, made.p, made.n);
        (*text)[made.n] = '\0';
        if (n != NULL)
            *n = made.n;
    }
    tc_arena_free(&arena);
    return result;
}

int gp_cap_assemble(const struct gp_cap_input *text, struct gp_cap_output **out)
{
    const struct tc_input input = {text->path, text->bytes};
    struct tc_assembled made;
    struct tc_gp_output *o = tc_gp_output_new();

    if (tc_cap_assemble(&input, &made))
        o->output.cap = tc_gp_copy(o->arena, made.file);
    else
        tc_gp_output_tell(o, made.messages, made.message_count);
    tc_assembled_free(&made);
    *out = &o->output;
    return o->output.message_count == 0 ? GP_OK : GP_ERR_CAP;
}
