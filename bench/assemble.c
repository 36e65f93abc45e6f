#include "bench/assemble.h"

#include "bench/common.h"
#include "toolchain/captext.h"

struct gp_capfile *bench_assemble(struct span text)
{
    const struct tc_input input = {"bench", text};
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
