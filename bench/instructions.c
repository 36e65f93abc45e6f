/*
 * What instructions of each class take: nanoseconds of an iteration of a loop
 * with them in it, over those of the empty loop.  Each row is a method of an
 * applet that is made here of the rows, loaded and called by a command; rows
 * that make objects have the collector run between the commands, which is not
 * counted.
 */
#include <stdio.h>
#include <string.h>

#include "bench/assemble.h"
#include "bench/common.h"
#include "instructions_text.h"

enum { MANY = 10000, FEW = 500, COLLECT = 0x7F };

/*
 * Locals of a row: 0 this, 1 a transient byte[32], 2 a persistent one, 3 a
 * short, 4 the counter, which falls to 1, 5 a reference, 6 and 7 an int, 8 a
 * short.  A body with "caught:" catches what is thrown from its "try:" on.
 */
static const struct row {
    const char *what;
    const char *body;
    int count; /* iterations */
} rows[] = {
    {"empty loop", "", MANY},
    {"short: x = x * 31 + i",
     "sload_3; bspush 31; smul; sload 4; sadd; sstore_3\n", MANY},
    {"short: x = (x ^ i) >> 3 & 127",
     "sload_3; sload 4; sxor; sconst_3; sshr; bspush 127; sand; sstore_3\n",
     MANY},
    {"short: x = i / 7 % 5",
     "sload 4; bspush 7; sdiv; sconst_5; srem; sstore_3\n", MANY},
    {"int: k = k * 31 + i",
     "iload 6; bipush 31; imul; sload 4; s2i; iadd; istore 6\n", MANY},
    {"locals: y = x; x = y", "sload_3; sstore 8; sload 8; sstore_3\n", MANY},
    {"locals: a reference", "aload_1; astore 5\n", MANY},
    {"transient byte[]: load", "aload_1; sconst_3; baload; sstore_3\n", MANY},
    {"transient byte[]: store", "aload_1; sconst_3; sload 4; bastore\n", MANY},
    {"persistent byte[]: load", "aload_2; sconst_3; baload; sstore_3\n", MANY},
    {"persistent byte[]: store", "aload_2; sconst_3; sload 4; bastore\n", MANY},
    {"field of an object: load", "aload_0; getfield_s sum; sstore_3\n", MANY},
    {"field of an object: store", "aload_0; sload 4; putfield_s sum\n", MANY},
    {"  a reference: load", "aload_0; getfield_a kept; astore 5\n", MANY},
    {"  a reference: store", "aload_0; aload_2; putfield_a kept\n", MANY},
    {"static field: load", "getstatic_s count; sstore_3\n", MANY},
    {"static field: store", "sload 4; putstatic_s count\n", MANY},
    {"branch: if ((i & 1) != 0) x++",
     "sload 4; sconst_1; sand; ifeq A; sinc 3 1\nA:\n", MANY},
    {"switch by table, of 4 cases",
     "sload 4; sconst_3; sand; stableswitch E 0 3 { A; B; C; D }\n"
     "A: sinc 3 1; goto E\nB: sinc 3 2; goto E\n"
     "C: sinc 3 3; goto E\nD: sinc 3 4\nE:\n",
     MANY},
    {"switch by look-up, of 4 cases",
     "sload 4; sconst_3; sand\n"
     "slookupswitch E { 0 A; 1 B; 2 C; 3 D }\n"
     "A: sinc 3 1; goto E\nB: sinc 3 2; goto E\n"
     "C: sinc 3 3; goto E\nD: sinc 3 4\nE:\n",
     MANY},
    {"checkcast to the class", "aload_0; checkcast class applet; astore 5\n",
     MANY},
    {"call of a static method", "sload_3; invokestatic adds; sstore_3\n", MANY},
    {"call of a private method",
     "aload_0; sload_3; invokespecial own; sstore_3\n", MANY},
    {"call of a virtual method",
     "aload_0; sload_3; invokevirtual value; sstore_3\n", MANY},
    {"call of an interface method",
     "aload_0; sload_3; invokeinterface 2 iface 0; sstore_3\n", MANY},
    {"call of the API: Util.getShort",
     "aload_1; sconst_0; invokestatic get_short; sstore_3\n", MANY},
    {"new object, with its constructor",
     "new node; dup; invokespecial node_init; astore 5\n", FEW},
    {"new byte[16]", "bspush 16; newarray byte; astore 5\n", FEW},
    {"thrown and caught: an object of one's own",
     "try: aload_0; getfield_a thrown; athrow\ncaught: pop\n", MANY},
    {"thrown and caught: by the API",
     "try: sspush 27012; invokestatic throw_it; goto A\n"
     "caught: pop\nA:\n",
     MANY},
    {"thrown and caught: by the machine, a division by 0",
     "try: sload_3; sconst_0; sdiv; pop; goto A\n"
     "caught: pop\nA:\n",
     MANY},
};

enum { ROWS = sizeof rows / sizeof *rows };

/* The row's command; "$" is its number. */
static const char call[] =
    "    sload_2; bspush $; if_scmpne N$\n"
    "    aload_0; aload_0; getfield_a transient; aload_0; getfield_a kept\n"
    "    invokestatic m$; return\n"
    "  N$:\n";

static const char method_head[] =
    "  method m$ max_stack 4 nargs 3 max_locals 6 {\n";
static const char handler[] = "    exception_handler try caught caught 0\n";
static const char method_start[] = "    sconst_0; sstore_3\n"
                                   "    sspush #; sstore 4\n"
                                   "    aconst_null; astore 5\n"
                                   "    iconst_0; istore 6\n"
                                   "    sconst_0; sstore 8\n"
                                   "  next:\n";
static const char method_end[] = "    sinc 4 -1; sload 4; ifgt next; return\n"
                                 "  }\n";

static void put(struct tc_bytes *to, const char *text)
{
    tc_put(to, text, strlen(text));
}

/* Puts a text with "$" as the number of the row and "#" as its iterations. */
static void put_row(struct tc_bytes *to, const char *text, int n)
{
    char number[16];

    for (; *text != '\0'; text++) {
        if (*text != '$' && *text != '#') {
            tc_put(to, text, 1);
            continue;
        }
        snprintf(number, sizeof number, "%d", *text == '$' ? n : rows[n].count);
        put(to, number);
    }
}

static void put_method(struct tc_bytes *to, int n)
{
    put_row(to, method_head, n);
    if (strstr(rows[n].body, "caught:") != NULL)
        put(to, handler);
    put_row(to, method_start, n);
    put(to, rows[n].body);
    put(to, method_end);
}

/* The package of all rows; the text, and it, must outlive the arena. */
static struct gp_capfile *make(struct tc_arena *arena)
{
    struct tc_bytes names = {.arena = arena};
    struct tc_bytes calls = {.arena = arena};
    struct tc_bytes methods = {.arena = arena};

    for (int i = 0; i < ROWS; i++) {
        put_row(&names, "m$: StaticMethodref m$\n", i);
        put_row(&calls, call, i);
        put_method(&methods, i);
    }
    const char *text =
        bench_put(arena, bench_instructions, "//+pool", tc_bytes_span(&names));
    text = bench_put(arena, text, "//+calls", tc_bytes_span(&calls));
    text = bench_put(arena, text, "//+methods", tc_bytes_span(&methods));
    return bench_assemble(text);
}

static void install(struct bench *b)
{
    static const uint8_t select[] = {0x00, 0xA4, 0x04, 0x00, 0x06, 0xF0,
                                     0x50, 0x4F, 0x53, 0xB8, 0x01};
    struct tc_arena *arena = tc_arena_new();
    struct gp_capfile *cap = make(arena);
    struct gp_session s;

    bench_session(b, &s, 0x01);
    bench_install(&s, cap);
    gp_session_close(&s);
    bench_send(b, select, sizeof select);
    gp_capfile_free(&cap);
    tc_arena_free(&arena);
}

static void send_ins(struct bench *b, uint8_t ins)
{
    const uint8_t command[] = {0x80, ins, 0, 0};

    bench_send(b, command, sizeof command);
}

/* Has what a row made collected, at the latest before the second command. */
static void tidy(struct bench *b)
{
    send_ins(b, COLLECT);
    send_ins(b, COLLECT - 1);
}

/* Nanoseconds of an iteration. */
static double measure(struct bench *b, int n)
{
    double t[BENCH_ROUNDS];

    for (int i = -1; i < BENCH_ROUNDS; i++) { /* the first is not counted */
        const double start = bench_now();
        send_ins(b, (uint8_t)n);
        if (i >= 0)
            t[i] = bench_now() - start;
        if (rows[n].count == FEW)
            tidy(b);
    }
    return bench_median(t, BENCH_ROUNDS) / rows[n].count * 1e9;
}

int main(void)
{
    static struct bench b;

    bench_open(&b);
    install(&b);
    printf("cells are %s; an iteration over the empty loop\n",
           card_is_tagged() ? "tagged" : "not tagged");
    const double empty = measure(&b, 0);
    bench_row(rows[0].what, empty, 2, "ns");
    for (int i = 1; i < ROWS; i++)
        bench_row(rows[i].what, measure(&b, i) - empty, 2, "ns");
    bench_machine(&b);
    bench_close(&b);
    return 0;
}
