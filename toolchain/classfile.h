/*
 * A Java class file, read.  [JVMS 4]  Only what a Java Card package can use is
 * kept; the rest is checked for its lengths and skipped.  Names are NUL-ended
 * texts in the form of the file ("java/lang/Object").
 */
#ifndef TOOLCHAIN_CLASSFILE_H
#define TOOLCHAIN_CLASSFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "toolchain/arena.h"
#include "toolchain/diag.h"

enum { /* access flags [JVMS 4.1, 4.5, 4.6] */
       ACC_PUBLIC = 0x0001,
       ACC_PRIVATE = 0x0002,
       ACC_PROTECTED = 0x0004,
       ACC_STATIC = 0x0008,
       ACC_FINAL = 0x0010,
       ACC_SYNCHRONIZED = 0x0020,
       ACC_NATIVE = 0x0100,
       ACC_INTERFACE = 0x0200,
       ACC_ABSTRACT = 0x0400,
       ACC_SYNTHETIC = 0x1000,
       ACC_ANNOTATION = 0x2000,
       ACC_ENUM = 0x4000,
       ACC_MODULE = 0x8000,
};

enum { /* constant pool tags [JVMS 4.4] */
       POOL_UTF8 = 1,
       POOL_INTEGER = 3,
       POOL_FLOAT = 4,
       POOL_LONG = 5,
       POOL_DOUBLE = 6,
       POOL_CLASS = 7,
       POOL_STRING = 8,
       POOL_FIELD = 9,
       POOL_METHOD = 10,
       POOL_INTERFACE_METHOD = 11,
       POOL_NAME_AND_TYPE = 12,
       POOL_METHOD_HANDLE = 15,
       POOL_METHOD_TYPE = 16,
       POOL_DYNAMIC = 17,
       POOL_INVOKE_DYNAMIC = 18,
       POOL_MODULE = 19,
       POOL_PACKAGE = 20,
};

struct tc_pool_entry {
    uint8_t tag; /* 0: entry 0, or the second half of a long or double */
    uint16_t a;
    uint16_t b;
    int32_t value;    /* POOL_INTEGER */
    const char *text; /* POOL_UTF8 */
};

struct tc_member_ref { /* what a Field, Method or InterfaceMethod entry names */
    const char *class_name;
    const char *name;
    const char *descriptor;
};

struct tc_handler {
    uint16_t start;
    uint16_t end;
    uint16_t target;
    const char *catch_type; /* NULL: any */
};

struct tc_line {
    uint16_t pc;
    uint16_t line;
};

struct tc_variable { /* a local variable while it has its value */
    uint16_t pc;
    uint16_t length;
    uint16_t local;
    const char *name;
    const char *descriptor;
};

struct tc_code {
    uint16_t max_stack;
    uint16_t max_locals;
    struct span bytes;
    struct tc_handler *handlers;
    size_t handler_count;
    struct tc_line *lines;
    size_t line_count;
    struct tc_variable *variables;
    size_t variable_count;
};

struct tc_member { /* a field or a method */
    uint16_t flags;
    const char *name;
    const char *descriptor;
    struct tc_code *code; /* method */
    const char **throws;  /* classes that a method says it throws */
    size_t throw_count;
    bool has_value; /* field with ConstantValue */
    int32_t value;
};

struct tc_bootstrap { /* how a dynamic call or constant is made */
    uint16_t method;  /* pool index of a MethodHandle */
    uint16_t second;  /* of the second argument, or 0 */
};

struct tc_classfile {
    const char *path;        /* of the file read */
    const char *source;      /* "org/x/Wallet.java" as far as it is known */
    const char *source_name; /* "Wallet.java"; NULL: not known */
    uint16_t major;
    uint16_t flags;
    const char *name;
    const char *super; /* NULL: java/lang/Object */
    const char *nest;  /* the class that hosts its nest; NULL: itself */
    const char **interfaces;
    size_t interface_count;
    struct tc_member *fields;
    size_t field_count;
    struct tc_member *methods;
    size_t method_count;
    struct tc_pool_entry *pool;
    size_t pool_count;
    struct tc_bootstrap *bootstraps;
    size_t bootstrap_count;
};

/*
 * Reads a class file; `bytes` must outlive the result.  NULL after telling
 * `diag` what is wrong with it.
 */
struct tc_classfile *tc_classfile_read(struct tc_arena *arena,
                                       struct tc_diag *diag, const char *path,
                                       struct span bytes);

/* The Utf8 text at `index`, or NULL when there is none. */
const char *tc_pool_text(const struct tc_classfile *file, uint16_t index);
/* The name that the Class entry at `index` gives, or NULL. */
const char *tc_pool_class(const struct tc_classfile *file, uint16_t index);
/* What the entry with this tag at `index` refers to; false if it does not. */
bool tc_pool_member(const struct tc_classfile *file, uint16_t index,
                    uint8_t tag, struct tc_member_ref *out);

/* The descriptor of the dynamic call or constant at `index`, or NULL. */
const char *tc_pool_dynamic(const struct tc_classfile *file, uint16_t index);
/* The method that the MethodHandle at `index` stands for; false if none. */
bool tc_pool_handle(const struct tc_classfile *file, uint16_t index,
                    struct tc_member_ref *out);

/* The source line of an instruction, 0 if not known. */
unsigned tc_code_line(const struct tc_code *code, size_t pc);

#endif
