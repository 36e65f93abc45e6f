/*
 * What a transaction costs: an applet that commits 100 of them in one command,
 * of 34 bytes each, with every write safe from tearing as always.  Each of
 * them writes other bytes than were there; what the last one left is read back
 * after the power was off.  An empty transaction and the same bytes written
 * outside of any tell what the parts cost.
 */
#include <stdio.h>
#include <string.h>

#include "bench/assemble.h"
#include "bench/common.h"

enum {
    COUNT = 100, /* as the applet has it */
    BYTES = 34,
    DATA = COUNT + BYTES,
    HEADER = 5,
    RUNS = 50,
    INS_COPY = 0,
    INS_STORE = 1,
    INS_EMPTY = 2,
    INS_OUTSIDE = 3,
    INS_READ = 4
};

static const char text[] =
    "CAP 2.1\n"
    "path \"org/postcard/bench/javacard\"\n"
    "Header {\n    flags APPLET\n    package 1.0 F0504F53B9\n}\n"
    "Directory {\n}\n"
    "Applet {\n    applet F0504F53B901 install\n}\n"
    "Import {\n"
    "  fw: package 1.0 A0000000620101\n"
    "  lang: package 1.0 A0000000620001\n"
    "}\n"
    "ConstantPool {\n"
    "  data: InstanceFieldref Main 0\n"
    "  applet: Classref Main\n"
    "  base_init: StaticMethodref javacard/framework/Applet.<init>()V\n"
    "  own_init: StaticMethodref init\n"
    "  register: VirtualMethodref javacard/framework/Applet register()V\n"
    "    selecting: VirtualMethodref javacard/framework/Applet "
    "selectingApplet()Z\n"
    "  buffer: VirtualMethodref javacard/framework/APDU getBuffer()[B\n"
    "    receive: VirtualMethodref javacard/framework/APDU "
    "setIncomingAndReceive()S\n"
    "    send: VirtualMethodref javacard/framework/APDU "
    "setOutgoingAndSend(SS)V\n"
    "    copy: StaticMethodref "
    "javacard/framework/Util.arrayCopy([BS[BSS)S\n"
    "    begin: StaticMethodref "
    "javacard/framework/JCSystem.beginTransaction()V\n"
    "    commit: StaticMethodref "
    "javacard/framework/JCSystem.commitTransaction()V\n"
    "  by_copy: StaticMethodref by_copy\n"
    "  by_store: StaticMethodref by_store\n"
    "  empty: StaticMethodref empty\n"
    "  outside: StaticMethodref outside\n"
    "}\n"
    "Class {\n"
    "  class Main {\n"
    "    super_class_ref javacard/framework/Applet\n"
    "    declared_instance_size 1\n"
    "    first_reference_token 0\n"
    "    reference_count 1\n"
    "    public_method_table_base 7\n"
    "    public_virtual_method_table process\n"
    "  }\n"
    "}\n"
    "Method {\n"
    "  method install max_stack 2 nargs 3 {\n"
    "    new applet\n"
    "    invokespecial own_init\n"
    "    return\n"
    "  }\n"
    "  method init max_stack 3 nargs 1 {\n"
    "    aload_0\n"
    "    invokespecial base_init\n"
    "    aload_0\n"
    "    bspush 34\n"
    "    newarray byte\n"
    "    putfield_a data\n"
    "    aload_0\n"
    "    invokevirtual register\n"
    "    return\n"
    "  }\n"
    "  method process max_stack 5 nargs 2 max_locals 2 {\n"
    "    aload_0\n"
    "    invokevirtual selecting\n"
    "    ifne done\n"
    "    aload_1\n"
    "    invokevirtual buffer\n"
    "    astore_2\n"
    "    aload_0\n"
    "    getfield_a data\n"
    "    astore_3\n"
    "    aload_1\n"
    "    invokevirtual receive\n"
    "    pop\n"
    "    aload_2\n"
    "    sconst_1\n"
    "    baload\n"
    "    stableswitch done 0 4 { i0; i1; i2; i3; i4 }\n"
    "  i0:\n"
    "    aload_2\n"
    "    aload_3\n"
    "    invokestatic by_copy\n"
    "    return\n"
    "  i1:\n"
    "    aload_2\n"
    "    aload_3\n"
    "    invokestatic by_store\n"
    "    return\n"
    "  i2:\n"
    "    invokestatic empty\n"
    "    return\n"
    "  i3:\n"
    "    aload_2\n"
    "    aload_3\n"
    "    invokestatic outside\n"
    "    return\n"
    "  i4:\n"
    "    aload_3\n"
    "    sconst_0\n"
    "    aload_2\n"
    "    sconst_0\n"
    "    bspush 34\n"
    "    invokestatic copy\n"
    "    pop\n"
    "    aload_1\n"
    "    sconst_0\n"
    "    bspush 34\n"
    "    invokevirtual send\n"
    "  done:\n"
    "    return\n"
    "  }\n"
    "  // for (i = 0; i < 100; i++)\n"
    "  //     { begin; arrayCopy(from, 5 + i, to, 0, 34); commit }\n"
    "  method by_copy max_stack 5 nargs 2 max_locals 1 {\n"
    "    sconst_0\n"
    "    sstore_2\n"
    "  next:\n"
    "    invokestatic begin\n"
    "    aload_0\n"
    "    sload_2\n"
    "    sconst_5\n"
    "    sadd\n"
    "    aload_1\n"
    "    sconst_0\n"
    "    bspush 34\n"
    "    invokestatic copy\n"
    "    pop\n"
    "    invokestatic commit\n"
    "    sinc 2 1\n"
    "    sload_2\n"
    "    bspush 100\n"
    "    if_scmplt next\n"
    "    return\n"
    "  }\n"
    "  // the same, and to[k] = from[5 + i + k], k from 33 to 0\n"
    "  method by_store max_stack 5 nargs 2 max_locals 2 {\n"
    "    sconst_0\n"
    "    sstore_2\n"
    "  next:\n"
    "    invokestatic begin\n"
    "    bspush 33\n"
    "    sstore_3\n"
    "  byte:\n"
    "    aload_1\n"
    "    sload_3\n"
    "    aload_0\n"
    "    sload_2\n"
    "    sconst_5\n"
    "    sadd\n"
    "    sload_3\n"
    "    sadd\n"
    "    baload\n"
    "    bastore\n"
    "    sinc 3 -1\n"
    "    sload_3\n"
    "    ifge byte\n"
    "    invokestatic commit\n"
    "    sinc 2 1\n"
    "    sload_2\n"
    "    bspush 100\n"
    "    if_scmplt next\n"
    "    return\n"
    "  }\n"
    "  method empty max_stack 2 nargs 0 max_locals 1 {\n"
    "    sconst_0\n"
    "    sstore_0\n"
    "  next:\n"
    "    invokestatic begin\n"
    "    invokestatic commit\n"
    "    sinc 0 1\n"
    "    sload_0\n"
    "    bspush 100\n"
    "    if_scmplt next\n"
    "    return\n"
    "  }\n"
    "  method outside max_stack 5 nargs 2 max_locals 1 {\n"
    "    sconst_0\n"
    "    sstore_2\n"
    "  next:\n"
    "    aload_0\n"
    "    sload_2\n"
    "    sconst_5\n"
    "    sadd\n"
    "    aload_1\n"
    "    sconst_0\n"
    "    bspush 34\n"
    "    invokestatic copy\n"
    "    pop\n"
    "    sinc 2 1\n"
    "    sload_2\n"
    "    bspush 100\n"
    "    if_scmplt next\n"
    "    return\n"
    "  }\n"
    "}\n"
    "StaticField {\n}\n"
    "ReferenceLocation {\n}\n";

static const uint8_t select_applet[] = {0x00, 0xA4, 0x04, 0x00, 0x06, 0xF0,
                                        0x50, 0x4F, 0x53, 0xB9, 0x01};

static void install(struct bench *b)
{
    struct gp_capfile *cap =
        bench_assemble(span_of((const uint8_t *)text, sizeof text - 1));
    struct gp_session s;

    bench_session(b, &s, 0x01);
    bench_install(&s, cap);
    gp_session_close(&s);
    gp_capfile_free(&cap);
    bench_send(b, select_applet, sizeof select_applet);
}

/* Each byte of the data is another than its neighbours. */
static void fill(uint8_t *data)
{
    for (unsigned i = 0; i < DATA; i++)
        data[i] = (uint8_t)(i * 37 + 11);
}

/* What the last transaction wrote is there, after the power was off, too. */
static void must_be_kept(struct bench *b)
{
    const uint8_t read[] = {0x80, INS_READ, 0, 0, 0};
    uint8_t data[DATA];

    fill(data);
    card_power_off(b->card);
    if (card_power_on(b->card) != CARD_OK)
        bench_die("the card does not start");
    bench_send(b, select_applet, sizeof select_applet);
    bench_send(b, read, sizeof read);
    if (memcmp(b->response, data + COUNT - 1, BYTES) != 0)
        bench_die("the transactions are not kept");
}

static double measure(struct bench *b, const char *what, uint8_t ins)
{
    uint8_t command[HEADER + DATA] = {0x80, ins, 0, 0, DATA};

    fill(command + HEADER);
    const double t = bench_exchange(b, command, sizeof command, RUNS);
    bench_row(what, t * 1e6, 1, "us");
    if (ins != INS_EMPTY)
        must_be_kept(b);
    return t;
}

int main(void)
{
    static struct bench b;

    bench_open(&b);
    install(&b);
    const double t =
        measure(&b, "100 transactions of 34 bytes in one command", INS_COPY);
    bench_row("  a transaction", t / COUNT * 1e9, 0, "ns");
    measure(&b, "the same, byte by byte", INS_STORE);
    measure(&b, "the same, outside of transactions", INS_OUTSIDE);
    measure(&b, "100 transactions of nothing", INS_EMPTY);
    bench_machine(&b);
    bench_close(&b);
    return 0;
}
