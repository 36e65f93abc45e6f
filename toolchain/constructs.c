#include "toolchain/constructs.h"

#include <stddef.h>
#include <string.h>

#define NOT_IN " not in the Java Card language"

static const char CONCATENATION[] =
    "string concatenation is" NOT_IN "; put the characters into a byte[]";
static const char STRING[] =
    "String is" NOT_IN "; write a byte[], as in {'O', 'K'}";
static const char LOOP[] =
    "the enhanced for over a collection is" NOT_IN "; loop over an array";
static const char BOXING[] =
    "numbers as objects (boxing) are" NOT_IN "; use short or byte";
static const char ENUM[] = "enums are" NOT_IN "; use constants";
static const char SWITCH[] =
    "switch over an enum or over patterns is" NOT_IN "; switch over numbers";
static const char CLASS[] =
    "class literals and getClass() are" NOT_IN "; use instanceof";

static const struct {
    const char *class_name;
    const char *member; /* NULL: any */
    const char *text;
} library[] = {
    {"java/lang/StringBuilder", NULL, CONCATENATION},
    {"java/lang/StringBuffer", NULL, CONCATENATION},
    {"java/lang/String", NULL, STRING},
    {"java/lang/Iterable", NULL, LOOP},
    {"java/util/Iterator", NULL, LOOP},
    {"java/util/List", "iterator", LOOP},
    {"java/util/Collection", "iterator", LOOP},
    {"java/util/Set", "iterator", LOOP},
    {"java/lang/Integer", NULL, BOXING},
    {"java/lang/Short", NULL, BOXING},
    {"java/lang/Byte", NULL, BOXING},
    {"java/lang/Boolean", NULL, BOXING},
    {"java/lang/Character", NULL, BOXING},
    {"java/lang/Long", NULL, BOXING},
    {"java/lang/Float", NULL, BOXING},
    {"java/lang/Double", NULL, BOXING},
    {"java/lang/Number", NULL, BOXING},
    {"java/lang/Enum", NULL, ENUM},
    {"java/lang/MatchException", NULL, SWITCH},
    {"java/lang/IncompatibleClassChangeError", NULL, SWITCH},
    {"java/lang/Class", NULL, CLASS},
    {"java/lang/Object", "getClass", CLASS},
    {"java/lang/AutoCloseable", NULL,
     "try with resources is" NOT_IN "; close in finally"},
    {"java/lang/Throwable", "addSuppressed",
     "try with resources is" NOT_IN "; close in finally"},
    {"java/lang/Throwable", "printStackTrace",
     "an exception's stack trace is" NOT_IN},
    {"java/lang/Throwable", "getMessage",
     "an exception's message is" NOT_IN "; use a reason code"},
    {"java/lang/Record", NULL, "records are" NOT_IN "; write a class"},
    {"java/lang/Thread", NULL, "threads are" NOT_IN},
    {"java/lang/Runnable", NULL, "threads and Runnable are" NOT_IN},
    {"java/lang/Object", "hashCode", "hashCode() is" NOT_IN},
    {"java/lang/Object", "toString", "toString() is" NOT_IN},
    {"java/lang/Object", "finalize", "finalize() is" NOT_IN},
    {"java/lang/Object", "wait", "threads are" NOT_IN},
    {"java/lang/Object", "notify", "threads are" NOT_IN},
    {"java/lang/Object", "notifyAll", "threads are" NOT_IN},
    {"java/lang/System", "arraycopy",
     "java.lang.System is" NOT_IN "; use Util.arrayCopy"},
    {"java/lang/System", NULL, "java.lang.System is" NOT_IN},
    {"java/lang/Math", NULL, "java.lang.Math is" NOT_IN},
};

/* By the class whose method makes the call. */
static const struct {
    const char *maker;
    const char *text;
} makers[] = {
    {"java/lang/invoke/StringConcatFactory", CONCATENATION},
    {"java/lang/runtime/ObjectMethods", "records are" NOT_IN "; write a class"},
    {"java/lang/runtime/SwitchBootstraps", SWITCH},
};

const char *tc_construct_of_class(const char *name, const char *member)
{
    for (size_t i = 0; i < sizeof library / sizeof library[0]; i++) {
        const char *wanted = library[i].member;
        if (strcmp(library[i].class_name, name) == 0 &&
            (wanted == NULL || (member != NULL && strcmp(wanted, member) == 0)))
            return library[i].text;
    }
    return NULL;
}

const char *tc_construct_of_field(const char *name)
{
    return strncmp(name, "$SwitchMap$", 11) == 0 ? SWITCH : NULL;
}

/* The compiler puts a lambda's body into a method of this name. */
static const char *lambda_or_reference(const struct tc_classfile *file,
                                       const struct tc_bootstrap *b)
{
    struct tc_member_ref body;
    if (tc_pool_handle(file, b->second, &body) &&
        strncmp(body.name, "lambda$", 7) == 0)
        return "a lambda expression is" NOT_IN "; write an anonymous class";
    return "a method reference is" NOT_IN "; write an anonymous class";
}

static const struct tc_bootstrap *bootstrap(const struct tc_classfile *file,
                                            uint16_t index)
{
    if (index >= file->pool_count)
        return NULL;
    size_t number = file->pool[index].a;
    return number < file->bootstrap_count ? &file->bootstraps[number] : NULL;
}

const char *tc_construct_of_dynamic(const struct tc_classfile *file,
                                    uint16_t index)
{
    struct tc_member_ref maker;
    const struct tc_bootstrap *b = bootstrap(file, index);
    if (b != NULL && tc_pool_handle(file, b->method, &maker)) {
        if (strcmp(maker.class_name, "java/lang/invoke/LambdaMetafactory") == 0)
            return lambda_or_reference(file, b);
        for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++)
            if (strcmp(makers[i].maker, maker.class_name) == 0)
                return makers[i].text;
    }
    return "calls and constants that are made at run time (invokedynamic) "
           "are" NOT_IN;
}

const char *tc_construct_of_constant(const struct tc_classfile *file,
                                     uint16_t index)
{
    switch (file->pool[index].tag) {
    case POOL_FLOAT:
        return "float and double are" NOT_IN;
    case POOL_STRING:
        return STRING;
    case POOL_CLASS:
        return CLASS;
    case POOL_DYNAMIC:
        return tc_construct_of_dynamic(file, index);
    case POOL_METHOD_HANDLE:
    case POOL_METHOD_TYPE:
        return "method handles are" NOT_IN;
    default:
        return NULL;
    }
}
