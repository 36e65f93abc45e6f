#include "tests/unit/cap/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "toolchain/files.h"

char *text_read(struct tc_arena *arena, const char *folder, const char *name)
{
    struct tc_input input;
    char error[256];

    if (!tc_file_read(arena, tc_format(arena, "%s/%s", folder, name), &input,
                      error, sizeof error))
        fail_msg("%s", error);
    return tc_copy_text(arena, (const char *)input.bytes.p, input.bytes.n);
}
