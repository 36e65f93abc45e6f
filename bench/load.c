/*
 * From a CAP file to an applet that can be selected: loading, verifying,
 * linking and installing a package of 30 KiB over SCP03, every block encrypted
 * and with its MAC.  The package is made here: an applet and as many methods
 * as fit, with loops, arrays, fields, calls, switches and handlers as the
 * methods of applets have them.
 */
#include <stdio.h>
#include <string.h>

#include "bench/assemble.h"
#include "bench/common.h"
#include "toolchain/arena.h"

enum { SIZE = 30 * 1024, LEVEL = 0x03 };

static const char head[] =
    "CAP 2.1\n"
    "path \"org/postcard/bench/javacard\"\n"
    "Header {\n    flags APPLET\n    package 1.0 F0504F53B8\n}\n"
    "Directory {\n}\n"
    "Applet {\n    applet F0504F53B801 install\n}\n"
    "Import {\n"
    "    fw: package 1.0 A0000000620101\n"
    "    lang: package 1.0 A0000000620001\n"
    "}\n"
    "ConstantPool {\n"
    "    base_init: StaticMethodref javacard/framework/Applet.<init>()V\n"
    "    register: VirtualMethodref javacard/framework/Applet register()V\n"
    "    buffer: VirtualMethodref javacard/framework/APDU getBuffer()[B\n"
    "    throw_it: StaticMethodref "
    "javacard/framework/ISOException.throwIt(S)V\n"
    "    copy: StaticMethodref "
    "javacard/framework/Util.arrayCopyNonAtomic([BS[BSS)S\n"
    "    own_init: StaticMethodref init\n"
    "    applet: Classref Main\n"
    "    data: InstanceFieldref Main 0\n"
    "    sum: InstanceFieldref Main 1\n"
    "    count: StaticFieldref 0\n";

static const char middle[] =
    "}\n"
    "Class {\n"
    "    class Main {\n"
    "        super_class_ref javacard/framework/Applet\n"
    "        declared_instance_size 2\n"
    "        first_reference_token 0\n"
    "        reference_count 1\n"
    "        public_method_table_base 7\n"
    "        public_virtual_method_table process\n"
    "    }\n"
    "}\n"
    "Method {\n"
    "    method install max_stack 2 nargs 3 {\n"
    "        new applet\n"
    "        invokespecial own_init\n"
    "        return\n"
    "    }\n"
    "    method init max_stack 3 nargs 1 {\n"
    "        aload_0\n"
    "        invokespecial base_init\n"
    "        aload_0\n"
    "        bspush 64\n"
    "        newarray byte\n"
    "        putfield_a data\n"
    "        aload_0\n"
    "        invokevirtual register\n"
    "        return\n"
    "    }\n"
    "    method process max_stack 2 nargs 2 {\n"
    "        aload_0\n"
    "        aload_1\n"
    "        invokevirtual buffer\n"
    "        invokestatic m0\n"
    "        pop\n"
    "        return\n"
    "    }\n";

/* static short m$(Main, byte[]): calls m& in turn. */
static const char body[] = "    method m$ max_stack 5 nargs 2 max_locals 3 {\n"
                           "        exception_handler T U H 0\n"
                           "        sconst_0\n"
                           "        sstore_2\n"
                           "        sconst_0\n"
                           "        sstore_3\n"
                           "        sconst_0\n"
                           "        sstore 4\n"
                           "        goto C\n"
                           "    L:\n"
                           "        aload_1\n"
                           "        sload_2\n"
                           "        baload\n"
                           "        sstore 4\n"
                           "        sload_3\n"
                           "        sload 4\n"
                           "        sadd\n"
                           "        s2b\n"
                           "        sstore_3\n"
                           "        sload 4\n"
                           "        stableswitch D 0 2 { D; E; F }\n"
                           "    E:\n"
                           "        aload_0\n"
                           "        getfield_a data\n"
                           "        sload_2\n"
                           "        sload_3\n"
                           "        bastore\n"
                           "        goto D\n"
                           "    F:\n"
                           "        aload_0\n"
                           "        sload_3\n"
                           "        putfield_s sum\n"
                           "    D:\n"
                           "        sinc 2 1\n"
                           "    C:\n"
                           "        sload_2\n"
                           "        bspush 16\n"
                           "        if_scmplt L\n"
                           "        goto K\n"
                           "    N:\n"
                           "        aload_1\n"
                           "        sload_2\n"
                           "        sload_3\n"
                           "        sload 4\n"
                           "        sxor\n"
                           "        s2b\n"
                           "        bastore\n"
                           "        aload_1\n"
                           "        sload_2\n"
                           "        baload\n"
                           "        ifge K\n"
                           "        aload_0\n"
                           "        getfield_s sum\n"
                           "        sload 4\n"
                           "        sadd\n"
                           "        putstatic_s count\n"
                           "    K:\n"
                           "        sinc 2 -1\n"
                           "        sload_2\n"
                           "        ifgt N\n"
                           "    T:\n"
                           "        aload_1\n"
                           "        sconst_0\n"
                           "        aload_0\n"
                           "        getfield_a data\n"
                           "        sconst_0\n"
                           "        bspush 16\n"
                           "        invokestatic copy\n"
                           "        pop\n"
                           "        aload_0\n"
                           "        aload_1\n"
                           "        invokestatic m&\n"
                           "        sstore_3\n"
                           "    U:\n"
                           "        goto R\n"
                           "    H:\n"
                           "        pop\n"
                           "        sspush 27012\n"
                           "        invokestatic throw_it\n"
                           "    R:\n"
                           "        sload_3\n"
                           "        getstatic_s count\n"
                           "        sadd\n"
                           "        sreturn\n"
                           "    }\n";

static const char foot[] = "}\n"
                           "StaticField {\n"
                           "    default_value_count 2\n"
                           "}\n"
                           "ReferenceLocation {\n}\n";

/* Puts a text with "$" and "&" as the numbers of this method and the next. */
static void put_numbered(struct tc_bytes *to, const char *text, int n, int next)
{
    char number[16];

    for (; *text != '\0'; text++) {
        if (*text != '$' && *text != '&') {
            tc_put(to, text, 1);
            continue;
        }
        int length =
            snprintf(number, sizeof number, "%d", *text == '$' ? n : next);
        tc_put(to, number, (size_t)length);
    }
}

/* A package of so many methods; the text, and it must outlive the arena. */
static struct gp_capfile *make(struct tc_arena *arena, int methods)
{
    struct tc_bytes text = {.arena = arena};

    tc_put(&text, head, sizeof head - 1);
    for (int i = 0; i < methods; i++)
        put_numbered(&text, "    m$: StaticMethodref m$\n", i, i);
    tc_put(&text, middle, sizeof middle - 1);
    for (int i = 0; i < methods; i++)
        put_numbered(&text, body, i, (i + 1) % methods);
    tc_put(&text, foot, sizeof foot);
    return bench_assemble(span_of(text.p, text.n - 1));
}

struct loading {
    struct bench *b;
    struct gp_session s;
    const struct gp_capfile *cap;
};

static void load_and_delete(struct loading *l, double *load, double *install,
                            double *erase)
{
    const struct gp_load_options options = {0};
    const struct span applet = gp_aid_span(&l->cap->applets[0]);
    const struct span package = gp_aid_span(&l->cap->package.aid);
    const struct gp_install how = {.file = package,
                                   .module = applet,
                                   .instance = applet,
                                   .privileges_length = 1};
    struct gp_why why;

    const double start = bench_now();
    if (gp_content_load(&l->s, l->cap, &options, NULL, &why) != 0)
        bench_die(why.text);
    const double loaded = bench_now();
    if (gp_content_install(&l->s, &how, &why) != 0)
        bench_die(why.text);
    const double installed = bench_now();
    if (gp_content_delete(&l->s, package, true, &why) != 0)
        bench_die(why.text);
    *load = loaded - start;
    *install = installed - loaded;
    *erase = bench_now() - installed;
}

/* Medians of BENCH_ROUNDS, after one that is not counted. */
static void measure(struct loading *l, size_t size)
{
    double load[BENCH_ROUNDS];
    double install[BENCH_ROUNDS];
    double erase[BENCH_ROUNDS];
    double whole[BENCH_ROUNDS];

    load_and_delete(l, load, install, erase);
    for (int i = 0; i < BENCH_ROUNDS; i++) {
        load_and_delete(l, &load[i], &install[i], &erase[i]);
        whole[i] = load[i] + install[i];
    }
    bench_row("the package, bytes of its components", (double)size, 0, "B");
    bench_row("LOAD: decrypted, verified, linked",
              bench_median(load, BENCH_ROUNDS) * 1e3, 3, "ms");
    bench_row("INSTALL: the applet made and selectable",
              bench_median(install, BENCH_ROUNDS) * 1e3, 3, "ms");
    bench_row("both", bench_median(whole, BENCH_ROUNDS) * 1e3, 3, "ms");
    bench_row("DELETE of the package and the applet",
              bench_median(erase, BENCH_ROUNDS) * 1e3, 3, "ms");
}

int main(void)
{
    static struct bench b;
    struct tc_arena *arena = tc_arena_new();
    struct loading l = {.b = &b};
    struct gp_capfile *cap = make(arena, 1);
    const size_t one = gp_capfile_block_size(cap, 0);

    gp_capfile_free(&cap);
    cap = make(arena, 2);
    const size_t step = gp_capfile_block_size(cap, 0) - one;
    gp_capfile_free(&cap);
    cap = make(arena, (int)((SIZE - one) / step) + 1);
    l.cap = cap;
    bench_open(&b);
    bench_session(&b, &l.s, LEVEL);
    measure(&l, gp_capfile_block_size(cap, 0));
    bench_machine(&b);
    gp_session_close(&l.s);
    bench_close(&b);
    gp_capfile_free(&cap);
    tc_arena_free(&arena);
    return 0;
}
