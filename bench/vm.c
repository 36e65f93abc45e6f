/*
 * What the virtual machine does in a second: a loop of 100,000 iterations
 * with short arithmetic and a load and a store of a byte array (24 bytecodes
 * an iteration), and 300,000 calls, as they run on a card: decoded ahead, and
 * undecoded when the card is lent no memory for that.  The same arithmetic,
 * compiled, is what this machine can do at best.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/common.h"
#include "cap/opcodes.h"
#include "root.h"
#include "tests/unit/cap/builder.h"
#include "vm/code.h"

#define O(name) CAP_OP_##name
#define W(v) (uint8_t)((unsigned)(v) >> 8), (uint8_t)((unsigned)(v)&0xFF)

enum { OUTER = 100, INNER = 1000, LOOPED = 24, CALLS = 300000, BUFFER = 16 };

/* Constant pool. */
enum { P_OBJECT, P_CALLEE, P_IFACE, P_INIT, P_STATIC, P_VIRTUAL, P_LOOP };

struct subject {
    struct bench bench;
    struct builder file;
    uint8_t package;
    uint16_t loop;  /* short loop(byte[], short outer, short x) */
    uint16_t calls; /* short calls(Callee, short outer, short x) */
    uint16_t class; /* Callee's offset */
    ref_t persistent;
    ref_t transient;
    ref_t callee;
    uint16_t method; /* to be run */
    ref_t argument;
    uint16_t result;
};

/*
 * for (; outer > 0; outer--)
 *     for (i = 0; i < 1000; i++) {
 *         x = (short)(x * 31 + i);
 *         k = (short)(i & 15);
 *         a[k] = (byte)(a[k] + x);
 *     }
 */
static const uint8_t loop_code[] = {O(sconst_0),
                                    O(sstore_2), /* x = 0 */
                                    O(sload_1),
                                    O(ifle),
                                    44, /* 2: outer */
                                    O(sconst_0),
                                    O(sstore_3), /* i = 0 */
                                    O(sload_3),
                                    O(sspush),
                                    W(INNER),
                                    O(if_scmpge),
                                    31, /* 7 */
                                    O(sload_2),
                                    O(bspush),
                                    31,
                                    O(smul),
                                    O(sload_3),
                                    O(sadd),
                                    O(sstore_2),
                                    O(sload_3),
                                    O(bspush),
                                    15,
                                    O(sand),
                                    O(sstore),
                                    4,
                                    O(aload_0),
                                    O(sload),
                                    4,
                                    O(aload_0),
                                    O(sload),
                                    4,
                                    O(baload),
                                    O(sload_2),
                                    O(sadd),
                                    O(s2b),
                                    O(bastore),
                                    O(sinc),
                                    3,
                                    1,
                                    O(goto),
                                    (uint8_t)-33,
                                    O(sinc),
                                    1,
                                    0xFF,
                                    O(goto),
                                    (uint8_t)-43,
                                    O(sload_2),
                                    O(sreturn)};

/* The same loop around x = callee.v(x); x = s(x); x = ((Iface)callee).v(x) */
static const uint8_t calls_code[] = {O(sconst_0),
                                     O(sstore_2),
                                     O(sload_1),
                                     O(ifle),
                                     39,
                                     O(sconst_0),
                                     O(sstore_3),
                                     O(sload_3),
                                     O(sspush),
                                     W(INNER),
                                     O(if_scmpge),
                                     26,
                                     O(aload_0),
                                     O(sload_2),
                                     O(invokevirtual),
                                     W(P_VIRTUAL),
                                     O(sstore_2),
                                     O(sload_2),
                                     O(invokestatic),
                                     W(P_STATIC),
                                     O(sstore_2),
                                     O(aload_0),
                                     O(sload_2),
                                     O(invokeinterface),
                                     2,
                                     W(P_IFACE),
                                     0,
                                     O(sstore_2),
                                     O(sinc),
                                     3,
                                     1,
                                     O(goto),
                                     (uint8_t)-28,
                                     O(sinc),
                                     1,
                                     0xFF,
                                     O(goto),
                                     (uint8_t)-38,
                                     O(sload_2),
                                     O(sreturn)};

/* The loop, compiled; what it reads is not known to the compiler. */
static uint16_t native_loop(volatile uint8_t *a, int outer)
{
    int16_t x = 0;
    for (; outer > 0; outer--) {
        for (int16_t i = 0; i < INNER; i++) {
            x = (int16_t)(x * 31 + i);
            a[i & 15] = (uint8_t)(a[i & 15] + x);
        }
    }
    return (uint16_t)x;
}

static void run_native(void *ctx)
{
    struct subject *s = ctx;
    static volatile uint8_t a[BUFFER];
    s->result = native_loop(a, OUTER);
}

static void make_file(struct subject *s)
{
    static const uint8_t aid[] = {0xF0, 'B', 'E', 'N', 'C', 'H'};
    struct builder *f = &s->file;

    build_start(f, span_of(aid, sizeof aid));
    build_import_api(f, "java/lang");
    const uint16_t v = build_method(
        f, 2, 2, 0, BYTES(O(sload_1), O(sconst_1), O(sadd), O(sreturn)));
    const uint16_t t = build_method(
        f, 2, 1, 0, BYTES(O(sload_0), O(sconst_2), O(sadd), O(sreturn)));
    s->loop = build_method(f, 5, 3, 2, span_of(loop_code, sizeof loop_code));
    s->calls = build_method(f, 5, 3, 2, span_of(calls_code, sizeof calls_code));
    const uint16_t object = build_api(f, "java/lang/Object");
    const uint16_t iface = build_interface(f, 0, 0, NULL);
    s->class =
        build_class(f, &(struct build_class){.super = object,
                                             .first_reference = 0xFF,
                                             .public_base = 1,
                                             .public_count = 1,
                                             .public_table = {v},
                                             .interface_count = 1,
                                             .interfaces = {{iface, 1, {1}}}});
    build_classref(f, object);
    build_classref(f, s->class);
    build_classref(f, iface);
    build_api_static(f, "java/lang/Object", "<init>", "()V");
    build_static(f, CAP_STATIC_METHODREF, t);
    build_member(f, CAP_VIRTUAL_METHODREF, s->class, 1);
}

static ref_t make(struct subject *s, struct heap_header hd)
{
    ref_t ref = 0;

    hd.context = s->package;
    hd.owner = 1;
    if (heap_new(&s->bench.card->heap, &hd, &ref) != ERR_OK)
        bench_die("no memory for an object");
    return ref;
}

static void open_subject(struct subject *s)
{
    static uint8_t room[16 * 1024];
    struct buf out = buf_of(room, sizeof room);
    char why[160];
    ref_t file = 0;

    bench_open(&s->bench);
    make_file(s);
    struct card *card = s->bench.card;
    const struct span bytes = build_finish(&s->file, &out);
    const struct heap_header hd = {.kind = HEAP_BLOB,
                                   .length = (uint32_t)bytes.n};
    if (heap_epoch_begin(&card->heap) != ERR_OK ||
        heap_new(&card->heap, &hd, &file) != ERR_OK ||
        heap_write(&card->heap, file, 0, bytes.p, hd.length, HEAP_RAW) !=
            ERR_OK)
        bench_die("no memory for the package");
    if (vm_link(&card->vm, file, s->bench.port.scratch,
                s->bench.port.scratch_size, &s->package, why,
                sizeof why) != ERR_OK)
        bench_die(why);
    if (heap_epoch_commit(&card->heap, HEAP_ROOT_COUNT, 0) != ERR_OK)
        bench_die("the package cannot be kept");
    s->persistent = make(
        s, (struct heap_header){.kind = HEAP_BYTE_ARRAY, .length = BUFFER});
    s->transient = make(s, (struct heap_header){.kind = HEAP_BYTE_ARRAY,
                                                .flags = HEAP_CLEAR_ON_RESET,
                                                .length = BUFFER});
    s->callee = make(s, (struct heap_header){.kind = HEAP_OBJECT,
                                             .class_package = s->package,
                                             .class_offset = s->class});
}

static void run(void *ctx)
{
    struct subject *s = ctx;
    struct vm *vm = &s->bench.card->vm;
    const uint16_t args[] = {s->argument, OUTER, 0};

    /* of three, as install() has them: the kinds are known then */
    if (vm_run_static(vm, (struct vm_method){s->package, s->method}, s->package,
                      1, args, 3, &s->result) != VM_RETURNED)
        bench_die(vm_halt_text(vm));
}

static double measure(struct subject *s, uint16_t method, ref_t argument)
{
    s->method = method;
    s->argument = argument;
    return bench_time(run, s, 10);
}

static void loops(struct subject *s, const char *how)
{
    static const char *const names[] = {"loop, transient array",
                                        "loop, persistent array"};
    const ref_t arrays[] = {s->transient, s->persistent};
    const double count = (double)OUTER * INNER * LOOPED;
    char text[80];

    for (unsigned i = 0; i < 2; i++) {
        double t = measure(s, s->loop, arrays[i]);
        snprintf(text, sizeof text, "%s, %s", names[i], how);
        bench_row(text, t * 1e3, 3, "ms");
        bench_row("  a bytecode", t / count * 1e9, 2, "ns");
    }
    double t = measure(s, s->calls, s->callee);
    snprintf(text, sizeof text, "300,000 calls, %s", how);
    bench_row(text, t * 1e3, 3, "ms");
    bench_row("  a call", t / CALLS * 1e9, 1, "ns");
}

int main(void)
{
    static struct subject s;

    open_subject(&s);
    printf("cells are %s\n", card_is_tagged() ? "tagged" : "not tagged");
    loops(&s, "decoded ahead");
    vm_code_lend(&s.bench.card->vm, NULL, 0);
    loops(&s, "in place");
    bench_row("loop, compiled C", bench_time(run_native, &s, 10) * 1e3, 3,
              "ms");
    bench_machine(&s.bench);
    bench_close(&s.bench);
    return 0;
}
