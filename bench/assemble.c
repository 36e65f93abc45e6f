#include "bench/assemble.h"

#include <string.h>

#include "bench/common.h"
#include "toolchain/captext.h"

const char *bench_put(struct tc_arena *arena, const char *text,
                      const char *mark, struct span lines)
{
    struct tc_bytes all = {.arena = arena};
    const char *at = strstr(text, mark);

    if (at == NULL)
        bench_die(mark);
    tc_put(&all, text, (size_t)(at - text));
    tc_put(&all, lines.p, lines.n);
    tc_put(&all, at, strlen(at) + 1);
    return (const char *)all.p;
}

struct gp_capfile *bench_assemble(const char *text)
{
    const struct tc_input input = {
        "bench", span_of((const uint8_t *)text, strlen(text))};
    struct gp_capfile *cap = NULL;
    struct tc_assembled made;
    struct gp_why why;

    if (!tc_cap_assemble(&input, &made))
        bench_die(made.messages[0].text);
    if (gp_capfile_read(made.file, &cap, &why) != 0)
        bench_die(why.text);
    tc_assembled_free(&made);
    return cap;
}
