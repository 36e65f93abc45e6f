#include "bench.h"

static const uint8_t subject_aid[] = {0xF0, 0x54, 0x45, 0x53, 0x54, 0x01};

/* The methods that are there before the one under test. */
struct helpers {
    uint16_t twice;
    uint16_t sum;
    uint16_t node_value;
    uint16_t child_value;
    uint16_t above;
    uint16_t hidden;
    uint16_t throws;
};

static void add_helpers(struct builder *f, struct helpers *h)
{
    h->twice = build_method(f, 2, 1, 0,
                            BYTES(O(sload_0), O(sload_0), O(sadd), O(sreturn)));
    h->sum = build_method(
        f, 4, 3, 0, BYTES(O(iload_0), O(sload_2), O(s2i), O(iadd), O(ireturn)));
    h->node_value = build_method(f, 1, 1, 0, BYTES(O(bspush), 11, O(sreturn)));
    h->child_value = build_method(f, 1, 1, 0, BYTES(O(bspush), 22, O(sreturn)));
    h->above =
        build_method(f, 2, 1, 0,
                     BYTES(O(aload_0), O(invokespecial), 0, P_SUPER_VALUE,
                           O(sconst_1), O(sadd), O(sreturn)));
    h->hidden = build_method(f, 1, 1, 0, BYTES(O(bspush), 33, O(sreturn)));
    h->throws = build_method(
        f, 2, 0, 0,
        BYTES(O(sconst_1), O(sconst_0), O(sdiv), O(pop), O(return )));
}

static void add_classes(struct subject *s, const struct helpers *h)
{
    struct builder *f = &s->file;
    uint16_t object = build_api(f, "java/lang/Object");

    s->iface = build_interface(f, 0, 0, NULL);
    s->node = build_class(
        f, &(struct build_class){.super = object,
                                 .cells = CELLS_OF_NODE,
                                 .first_reference = 0,
                                 .references = 1,
                                 .public_base = VALUE_TOKEN,
                                 .public_count = 1,
                                 .public_table = {h->node_value},
                                 .package_count = 1,
                                 .package_table = {h->hidden},
                                 .interface_count = 1,
                                 .interfaces = {{s->iface, 1, {VALUE_TOKEN}}}});
    s->child = build_class(
        f, &(struct build_class){.super = s->node,
                                 .first_reference = 0xFF,
                                 .public_base = VALUE_TOKEN,
                                 .public_count = 2,
                                 .public_table = {h->child_value, h->above},
                                 .package_base = 1});
}

static void add_fields(struct subject *s)
{
    struct builder *f = &s->file;

    for (uint8_t cell = 0; cell < 4; cell++)
        build_member(f, CAP_INSTANCE_FIELDREF, s->node, cell);
    build_static(f, CAP_STATIC_FIELDREF, 0);
    build_static(f, CAP_STATIC_FIELDREF, 2);
    build_static(f, CAP_STATIC_FIELDREF, 4);
    build_static(f, CAP_STATIC_FIELDREF, 6);
    build_statics(f, 1, 4, BYTES(1, 2, 3, 4));
}

static void add_pool(struct subject *s, const struct helpers *h)
{
    struct builder *f = &s->file;
    uint16_t object = build_api(f, "java/lang/Object");

    build_classref(f, object);
    build_classref(f, object);
    build_classref(f, s->node);
    build_classref(f, s->child);
    build_classref(f, s->iface);
    add_fields(s);
    build_api_static(f, "java/lang/Object", "<init>", "()V");
    build_static(f, CAP_STATIC_METHODREF, h->twice);
    build_static(f, CAP_STATIC_METHODREF, h->sum);
    build_member(f, CAP_VIRTUAL_METHODREF, s->node, VALUE_TOKEN);
    build_member(f, CAP_VIRTUAL_METHODREF, s->child, ABOVE_TOKEN);
    build_member(f, CAP_SUPER_METHODREF, s->child, VALUE_TOKEN);
    build_member(f, CAP_VIRTUAL_METHODREF, s->node, 0x80);
    build_static(f, CAP_STATIC_METHODREF, s->method);
    build_classref(f, build_api(f, "java/lang/ArithmeticException"));
    build_classref(f, build_api(f, "java/lang/NullPointerException"));
    build_classref(f, build_api(f, "java/lang/RuntimeException"));
    build_api_static(f, "javacard/framework/ISOException", "throwIt", "(S)V");
    build_classref(f, build_api(f, "javacard/framework/ISOException"));
    uint16_t last = build_static(f, CAP_STATIC_METHODREF, h->throws);
    assert_int_equal(last + 1, P_COUNT);
}

void subject_make(struct subject *s, struct span code, uint8_t nargs,
                  uint8_t max_locals, const struct subject_handler *handlers,
                  uint8_t handler_count)
{
    struct helpers h;
    struct builder *f = &s->file;

    build_start(f, span_of(subject_aid, sizeof subject_aid));
    f->flags = CAP_ACC_INT;
    build_import_api(f, "java/lang");
    build_import_api(f, "javacard/framework");
    build_handlers(f, handler_count);
    add_helpers(f, &h);
    s->method = build_method(f, 12, nargs, max_locals, code);
    uint16_t start = (uint16_t)(s->method + 2);
    for (uint8_t i = 0; i < handler_count; i++)
        build_handler(f, (uint16_t)(start + handlers[i].start),
                      (uint16_t)(start + handlers[i].end),
                      (uint16_t)(start + handlers[i].handler),
                      handlers[i].type);
    add_classes(s, &h);
    add_pool(s, &h);
}

static enum vm_result once(struct bench *b, struct subject *s,
                           const uint16_t *args, uint8_t nargs)
{
    uint8_t package = bench_need(b, &s->file);
    enum vm_result r = bench_run(b, package, s->method, args, nargs, NULL);

    assert_int_equal(vm_unlink(&b->vm, package), ERR_OK);
    return r;
}

enum vm_result subject_run(struct bench *b, struct span code,
                           const uint16_t *args, uint8_t nargs)
{
    static struct subject s;
    subject_make(&s, code, nargs, 8, NULL, 0);
    return once(b, &s, args, nargs);
}

enum vm_result subject_try(struct bench *b, struct span code,
                           const struct subject_handler *handlers,
                           uint8_t count)
{
    static struct subject s;
    subject_make(&s, code, 0, 8, handlers, count);
    return once(b, &s, NULL, 0);
}
