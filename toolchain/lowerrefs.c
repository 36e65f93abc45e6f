/* Fields, methods, objects and arrays. */
#include <string.h>

#include "toolchain/constructs.h"
#include "toolchain/lower.h"

enum { CAP_BOOLEAN = 10, CAP_BYTE = 11, CAP_SHORT = 12, CAP_INT = 13 };
enum { CAP_OBJECT = 0, CAP_OBJECT_ARRAY = 14 };

struct tc_class *tc_lower_class(struct tc_lower *l, const char *name)
{
    struct tc_class *c = tc_find_class(l->env, name);
    if (c != NULL)
        return c;
    l->failed = true;
    if (!tc_may_be_unread(l->env, name))
        tc_lower_error(l, "%s", tc_unknown_class(l->env, name));
    return NULL;
}

/* With a broken class file or a missing superclass nothing can be said. */
static void tell_missing(struct tc_lower *l, const struct tc_class *c,
                         const char *kind, const char *name)
{
    const char *why = NULL;
    for (const struct tc_class *k = c; k != NULL && why == NULL; k = k->super)
        why = tc_construct_of_class(k->name, name);
    l->failed = true;
    if (tc_is_broken(c))
        return;
    if (why == NULL)
        why = tc_format(l->env->arena, "%s has no %s %s that a card knows",
                        tc_dotted(l->env->arena, c->name), kind, name);
    tc_lower_error(l, "%s", why);
}

static const char *class_name(struct tc_lower *l)
{
    const char *name = tc_pool_class(l->class->file, (uint16_t)l->insn->a);
    if (name == NULL)
        tc_lower_error(l, "malformed class file: a class constant is wrong");
    return name;
}

/* _a, _b, _s or _i of the field instructions. */
static unsigned variant(const char *descriptor)
{
    switch (descriptor[0]) {
    case 'Z':
    case 'B':
        return 1;
    case 'S':
        return 2;
    case 'I':
        return 3;
    default:
        return 0;
    }
}

/* Classes of one nest share what is private in them. [JVMS 5.4.4] */
static bool are_nest_mates(const struct tc_env *env, const struct tc_class *a,
                           const struct tc_class *b)
{
    if (!tc_is_own(env, a) || !tc_is_own(env, b))
        return false;
    const char *of_a = a->file->nest == NULL ? a->name : a->file->nest;
    const char *of_b = b->file->nest == NULL ? b->name : b->file->nest;
    return strcmp(of_a, of_b) == 0;
}

static bool is_accessible(struct tc_lower *l, const struct tc_class *owner,
                          uint16_t flags, const char *name, bool *is_shared)
{
    if ((flags & ACC_PRIVATE) == 0 || owner == l->class)
        return true;
    *is_shared = are_nest_mates(l->env, l->class, owner);
    if (*is_shared)
        return true;
    tc_lower_error(l, "%s is private in %s", name,
                   tc_dotted(l->env->arena, owner->name));
    return false;
}

static struct tc_field *named_field(struct tc_lower *l)
{
    struct tc_member_ref ref;
    if (!tc_pool_member(l->class->file, (uint16_t)l->insn->a, POOL_FIELD, &ref))
        return NULL;
    struct tc_class *c = tc_lower_class(l, ref.class_name);
    if (c == NULL)
        return NULL;
    struct tc_field *f = tc_find_field(c, ref.name, ref.descriptor);
    if (f == NULL)
        tell_missing(l, c, "field", ref.name);
    else if (!is_accessible(l, f->owner, f->flags, f->name, &f->is_shared))
        return NULL;
    return f;
}

static void access_static(struct tc_lower *l, const struct tc_field *f,
                          struct tc_pool_ref *ref)
{
    unsigned v = variant(f->descriptor);
    if (l->insn->op == JOP_putstatic) {
        if (v != 0)
            tc_lower_want(l, 0, v == 3);
        tc_emit_ref(l, (enum tc_op)(OP_putstatic_a + v), ref);
        return;
    }
    tc_emit_ref(l, (enum tc_op)(OP_getstatic_a + v), ref);
    if (v != 0)
        tc_lower_result(l, v == 3);
}

static void access_instance(struct tc_lower *l, const struct tc_field *f,
                            struct tc_pool_ref *ref)
{
    unsigned v = variant(f->descriptor);
    bool put = l->insn->op == JOP_putfield;
    bool this = tc_lower_width(l, put ? 1 : 0) == 0;
    if (put) {
        if (v != 0)
            tc_lower_want(l, 0, v == 3);
        tc_emit_ref(
            l, (enum tc_op)((this ? OP_putfield_a_this : OP_putfield_a) + v),
            ref);
        return;
    }
    tc_emit_ref(
        l, (enum tc_op)((this ? OP_getfield_a_this : OP_getfield_a) + v), ref);
    if (v != 0)
        tc_lower_result(l, v == 3);
}

static void access_field(struct tc_lower *l)
{
    struct tc_field *f = named_field(l);
    if (f == NULL)
        return;
    bool wants_static =
        l->insn->op == JOP_getstatic || l->insn->op == JOP_putstatic;
    if (wants_static != ((f->flags & ACC_STATIC) != 0)) {
        tc_lower_error(l, "malformed class file: field %s is static or not",
                       f->name);
        return;
    }
    if (!f->is_constant) {
        struct tc_pool_ref *ref = tc_pool_add_field(l->pool, f);
        if (wants_static)
            access_static(l, f, ref);
        else
            access_instance(l, f, ref);
        return;
    }
    if (l->insn->op == JOP_putstatic) {
        tc_lower_error(l, "the constant %s cannot be set", f->name);
        return;
    }
    tc_emit_constant(l, f->value, tc_is_int_value(l->narrow, l->index));
}

/* Brings each argument into the form its parameter has; deepest first. */
static void want_arguments(struct tc_lower *l, const struct tc_signature *s)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->parameters[i].kind != KIND_REFERENCE)
            tc_lower_want(l, s->count - 1 - i,
                          s->parameters[i].kind == KIND_INT);
}

static void call(struct tc_lower *l, enum tc_op op, struct tc_pool_ref *ref,
                 int32_t interface_token, const struct tc_signature *s)
{
    unsigned nargs = s->cells + (op == OP_invokestatic ? 0 : 1);
    struct tc_insn *i = tc_emit_ref(l, op, ref);
    i->a = (int32_t)nargs;
    i->b = interface_token;
    tc_lower_adjust(l, (int)tc_type_cells(&s->result) - (int)nargs);
    if (s->result.kind != KIND_VOID && s->result.kind != KIND_REFERENCE)
        tc_lower_result(l, s->result.kind == KIND_INT);
}

/*
 * One of ours is named by the class that declares it, as verifiers look no
 * further; an imported one by the imported class through which it came.
 */
static struct tc_class *class_of_call(struct tc_lower *l, struct tc_class *c,
                                      const struct tc_method *m)
{
    if (tc_is_own(l->env, m->owner))
        return m->owner;
    struct tc_class *ancestor = c;
    while (ancestor != NULL && tc_is_own(l->env, ancestor))
        ancestor = ancestor->super;
    return ancestor == NULL ? c : ancestor;
}

static void call_virtual(struct tc_lower *l, struct tc_class *c,
                         struct tc_method *m, const struct tc_signature *s)
{
    c = class_of_call(l, c, m);
    if (m->flags & ACC_PRIVATE) {
        call(l, OP_invokespecial, tc_pool_add_static_method(l->pool, m), 0, s);
        return;
    }
    int token = tc_virtual_token(c, m->name, m->descriptor);
    if (token < 0) {
        token = tc_package_token(c, m->name, m->descriptor);
        if (token >= 0)
            token |= TC_PACKAGE_TOKEN;
    }
    if (token < 0) {
        tc_lower_error(l, "method %s cannot be called this way", m->name);
        return;
    }
    call(l, OP_invokevirtual,
         tc_pool_add_virtual(l->pool, c, m, (uint8_t)token), 0, s);
}

static void call_special(struct tc_lower *l, struct tc_method *m,
                         const struct tc_signature *s)
{
    bool direct = strcmp(m->name, "<init>") == 0 || (m->flags & ACC_PRIVATE);
    if (direct) {
        call(l, OP_invokespecial, tc_pool_add_static_method(l->pool, m), 0, s);
        return;
    }
    if (tc_is_interface(m->owner) || (m->flags & ACC_ABSTRACT)) {
        tc_lower_error(l, "super.%s has no body to call", m->name);
        return;
    }
    if (l->class->super == NULL) { /* it was refused already */
        tc_lower_error(l, "method super.%s cannot be called", m->name);
        return;
    }
    int token = tc_virtual_token(l->class->super, m->name, m->descriptor);
    if (token < 0) {
        token = tc_package_token(l->class->super, m->name, m->descriptor);
        if (token >= 0)
            token |= TC_PACKAGE_TOKEN;
    }
    if (token < 0) {
        tc_lower_error(l, "method super.%s cannot be called", m->name);
        return;
    }
    call(l, OP_invokespecial,
         tc_pool_add_super(l->pool, l->class, m, (uint8_t)token), 0, s);
}

static void call_interface(struct tc_lower *l, struct tc_class *c,
                           struct tc_method *m, const struct tc_signature *s)
{
    int token = tc_virtual_token(c, m->name, m->descriptor);
    if (token < 0) {
        tc_lower_error(l, "interface %s has no method %s",
                       tc_dotted(l->env->arena, c->name), m->name);
        return;
    }
    call(l, OP_invokeinterface, tc_pool_add_class(l->pool, c), token, s);
}

/* null thrown is a NullPointerException. [JCVM 7.5.8] */
static void check_null(struct tc_lower *l, bool is_dropped)
{
    uint32_t behind = l->index + (is_dropped ? 2 : 1);
    if (is_dropped)
        l->is_implicit[l->index + 1] = true;
    else
        tc_emit(l, OP_dup, 0, 0);
    tc_emit_branch(l, OP_ifnonnull, behind);
    tc_emit(l, OP_aconst_null, 0, 0);
    tc_emit(l, OP_athrow, 0, 0);
}

/*
 * A compiler that only wants null to be found, as in `outer.new Inner()`,
 * calls one of two methods that a card does not have.
 */
static bool only_checks_null(struct tc_lower *l, const struct tc_member_ref *m)
{
    const struct tc_jcode *code = l->flow->code;
    const struct tc_jinsn *next = &code->insns[l->index + 1];
    bool is_dropped =
        l->index + 1 < code->count && next->op == JOP_pop && !next->is_target;
    bool requires =
        strcmp(m->class_name, "java/util/Objects") == 0 &&
        strcmp(m->name, "requireNonNull") == 0 &&
        strcmp(m->descriptor, "(Ljava/lang/Object;)Ljava/lang/Object;") == 0;
    bool asks = strcmp(m->name, "getClass") == 0 &&
                strcmp(m->descriptor, "()Ljava/lang/Class;") == 0;
    if (!requires && !(asks && is_dropped))
        return false;
    check_null(l, is_dropped);
    return true;
}

/* The data flow has seen to it that there is one. */
static bool method_ref(const struct tc_lower *l, struct tc_member_ref *ref)
{
    const struct tc_classfile *file = l->class->file;
    uint16_t at = (uint16_t)l->insn->a;
    return tc_pool_member(file, at, POOL_METHOD, ref) ||
           tc_pool_member(file, at, POOL_INTERFACE_METHOD, ref);
}

static struct tc_method *named_method(struct tc_lower *l,
                                      const struct tc_member_ref *ref,
                                      struct tc_class **named)
{
    if (ref->class_name[0] == '[') {
        tc_lower_error(l,
                       "method %s of an array is not in the Java Card "
                       "language",
                       ref->name);
        return NULL;
    }
    const char *construct = tc_construct_of_class(ref->class_name, ref->name);
    *named = tc_find_class(l->env, ref->class_name);
    if (*named == NULL && construct != NULL)
        tc_lower_error(l, "%s", construct);
    else
        *named = tc_lower_class(l, ref->class_name);
    if (*named == NULL)
        return NULL;
    struct tc_method *m = tc_find_method(*named, ref->name, ref->descriptor);
    if (m == NULL)
        tell_missing(l, *named, "method", ref->name);
    else if (!is_accessible(l, m->owner, m->flags, m->name, &m->is_shared))
        return NULL;
    return m;
}

static void invoke(struct tc_lower *l)
{
    struct tc_class *named = NULL;
    struct tc_member_ref ref;
    if (!method_ref(l, &ref) || only_checks_null(l, &ref))
        return;
    struct tc_method *m = named_method(l, &ref, &named);
    struct tc_signature *s = l->flow->scratch;
    if (m == NULL || tc_signature_read(m->descriptor, s) != NULL) {
        l->failed = true;
        return;
    }
    bool is_static = l->insn->op == JOP_invokestatic;
    if (is_static != ((m->flags & ACC_STATIC) != 0)) {
        tc_lower_error(l, "malformed class file: method %s is static or not",
                       m->name);
        return;
    }
    want_arguments(l, s);
    if (!tc_use_class(l->env, m->owner, m->minor, m->name)) {
        /* told; any call will do to go on to what else is wrong */
        call(l, is_static ? OP_invokestatic : OP_invokespecial,
             tc_pool_add_static_method(l->pool, m), 0, s);
        return;
    }
    switch (l->insn->op) {
    case JOP_invokestatic:
        call(l, OP_invokestatic, tc_pool_add_static_method(l->pool, m), 0, s);
        return;
    case JOP_invokespecial:
        call_special(l, m, s);
        return;
    case JOP_invokeinterface:
        call_interface(l, named, m, s);
        return;
    default:
        call_virtual(l, named, m, s);
    }
}

static void make_object(struct tc_lower *l)
{
    const char *name = class_name(l);
    struct tc_class *c = name == NULL ? NULL : tc_lower_class(l, name);
    if (c == NULL)
        return;
    if (c->flags & (ACC_ABSTRACT | ACC_INTERFACE)) {
        tc_lower_error(l, "%s is abstract", tc_dotted(l->env->arena, name));
        return;
    }
    tc_emit_ref(l, OP_new, tc_pool_add_class(l->pool, c));
}

static bool allow_int_array(struct tc_lower *l)
{
    l->env->uses_int = true;
    if (l->env->options->allow_int)
        return true;
    tc_lower_error(l, "int[]: use short[], or allow int with --int");
    return false;
}

static void make_array(struct tc_lower *l)
{
    enum { JAVA_BOOLEAN = 4, JAVA_BYTE = 8, JAVA_SHORT = 9, JAVA_INT = 10 };
    int32_t type = 0;
    switch (l->insn->a) {
    case JAVA_BOOLEAN:
        type = CAP_BOOLEAN;
        break;
    case JAVA_BYTE:
        type = CAP_BYTE;
        break;
    case JAVA_SHORT:
        type = CAP_SHORT;
        break;
    case JAVA_INT:
        type = CAP_INT;
        break;
    default:
        tc_lower_error(l, "arrays of char, long, float and double are not in "
                          "the Java Card language");
        return;
    }
    if (type == CAP_INT && !allow_int_array(l))
        return;
    tc_lower_want(l, 0, false);
    tc_emit(l, OP_newarray, type, 0);
}

static void make_object_array(struct tc_lower *l)
{
    const char *name = class_name(l);
    if (name == NULL)
        return;
    if (name[0] == '[') {
        tc_lower_error(l, "arrays of more than one dimension are not in the "
                          "Java Card language");
        return;
    }
    struct tc_class *c = tc_lower_class(l, name);
    if (c == NULL)
        return;
    tc_lower_want(l, 0, false);
    tc_emit_ref(l, OP_anewarray, tc_pool_add_class(l->pool, c));
}

static void test_array(struct tc_lower *l, enum tc_op op, const char *name)
{
    struct tc_type t;
    const char *text = name;
    const char *problem = tc_type_take(&text, &t);
    if (problem != NULL) {
        tc_lower_error(l, "this type %s", problem);
        return;
    }
    int32_t atype = CAP_BOOLEAN + (int32_t)t.element - KIND_BOOLEAN;
    if (t.element != KIND_REFERENCE) {
        if (atype != CAP_INT || allow_int_array(l))
            tc_emit(l, op, atype, 0);
        return;
    }
    struct tc_class *c =
        tc_lower_class(l, tc_copy_text(l->env->arena, t.name, t.name_length));
    if (c == NULL)
        return;
    struct tc_insn *i = tc_emit_ref(l, op, tc_pool_add_class(l->pool, c));
    i->a = CAP_OBJECT_ARRAY;
}

static void test_type(struct tc_lower *l)
{
    bool cast = l->insn->op == JOP_checkcast;
    enum tc_op op = cast ? OP_checkcast : OP_instanceof;
    const char *name = class_name(l);
    if (name == NULL)
        return;
    if (name[0] == '[') {
        test_array(l, op, name);
    } else {
        struct tc_class *c = tc_lower_class(l, name);
        if (c != NULL)
            tc_emit_ref(l, op, tc_pool_add_class(l->pool, c))->a = CAP_OBJECT;
    }
    if (!cast)
        tc_lower_result(l, false);
}

bool tc_lower_reference(struct tc_lower *l)
{
    tc_lower_here(l);
    switch (l->insn->op) {
    case JOP_getstatic:
    case JOP_putstatic:
    case JOP_getfield:
    case JOP_putfield:
        access_field(l);
        return true;
    case JOP_invokevirtual:
    case JOP_invokespecial:
    case JOP_invokestatic:
    case JOP_invokeinterface:
        invoke(l);
        return true;
    case JOP_new:
        make_object(l);
        return true;
    case JOP_newarray:
        make_array(l);
        return true;
    case JOP_anewarray:
        make_object_array(l);
        return true;
    case JOP_checkcast:
    case JOP_instanceof:
        test_type(l);
        return true;
    default:
        return false;
    }
}
