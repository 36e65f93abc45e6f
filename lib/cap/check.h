/*
 * Is a CAP file well-formed and well-typed?  [JCVM 6, 7; design 5]
 *
 * Structure: components agree with each other, every offset lands where it
 * should, every instruction that can be reached is one.  Types: a data-flow
 * analysis of every method over the kinds of its cells (short, the halves of
 * an int, reference, return address, uninitialised object).  The Descriptor
 * is neither needed nor trusted: which kinds a method takes and gives is
 * inferred from its code, its callers, what it overrides and what it
 * implements, and must be one answer for all of them.  One that is there must
 * say the same, and what nothing else says is taken from it.
 *
 * What kinds cannot show (the class of an object, the type of an array, a
 * bound) the machine checks on each access.
 */
#ifndef CAP_CHECK_H
#define CAP_CHECK_H

#include "cap/cap.h"

enum cap_rule {
#define RULE(name, text) CAP_RULE_##name,
#include "cap/rules.def"
#undef RULE
    CAP_RULE_COUNT
};

/* One thing that is wrong, and where. */
struct cap_finding {
    uint8_t component; /* enum cap_tag */
    uint32_t method;   /* Method: address of the method's header, else 0 */
    uint32_t offset;   /* in the component's info */
    uint8_t rule;      /* enum cap_rule */
};

/* The rule in words; its short name, "STACK_OVERFLOW". */
const char *cap_rule_text(uint8_t rule);
const char *cap_rule_name(uint8_t rule);

/* Kinds of a cell in a signature. */
enum cap_kind {
    CAP_KIND_UNKNOWN,
    CAP_KIND_SHORT,
    CAP_KIND_INT_HIGH,
    CAP_KIND_INT_LOW,
    CAP_KIND_REF,
    CAP_KIND_VOID, /* results only; an int result is INT_HIGH */
    CAP_KIND_CELL, /* SHORT or REF: one cell, and nothing says which */
};

/* Whether nothing has said yet what a kind is. */
static inline bool cap_kind_is_open(uint8_t kind)
{
    return kind == CAP_KIND_UNKNOWN || kind == CAP_KIND_CELL;
}

/*
 * What is known when one says `a` and the other `b`; false: they contradict
 * each other.
 */
bool cap_kind_meet(uint8_t a, uint8_t b, uint8_t *both);

enum { CAP_ARGS_MAX = 255 /* argument cells of one method */ };

struct cap_signature {
    uint8_t nargs; /* cells, `this` included */
    uint8_t result;
    bool is_init; /* a constructor */
    uint8_t kinds[CAP_ARGS_MAX];
};

/*
 * Which open kinds of a package are one: those with the same number, whatever
 * methods they belong to.  0: this one is not open.
 */
struct cap_links {
    uint16_t kinds[CAP_ARGS_MAX];
    uint16_t result;
};

enum cap_space { CAP_SPACE_STATIC, CAP_SPACE_VIRTUAL, CAP_SPACE_INTERFACE };

/*
 * What is known of imported packages.  `method` gives the signature of the
 * method with this token in class `class` of import `import`, inherited ones
 * included; false when there is none.
 */
struct cap_resolver {
    void *ctx;
    bool (*method)(void *ctx, uint8_t import, uint8_t class,
                   enum cap_space space, uint8_t token,
                   struct cap_signature *out);
    /*
     * How many leading virtual tokens of a class a subclass of format 2.1 or
     * 2.2 inherits; the rest came later, and their numbers are free for it.
     * [JCVM 6.9.2.8]  NULL: all that are there, so that an own method under
     * one of the later numbers must be of the same kinds.
     */
    uint8_t (*inheritable)(void *ctx, uint8_t import, uint8_t class);
    /*
     * Asked of a method whose kinds `method` gives only in part, or of an
     * interface's that it does not know at all: whether others may say the
     * rest, the first of them for all.  *known is what they have said by now;
     * nargs 0: nothing.  NULL: others say nothing.
     */
    bool (*undeclared)(void *ctx, uint8_t import, uint8_t class,
                       enum cap_space space, uint8_t token,
                       struct cap_signature *known);
};

/* What the check is given, and who hears of its findings. */
struct cap_check {
    const struct cap *cap;
    struct cap_resolver resolver;
    uint8_t *scratch; /* working memory, aligned as for uint32_t */
    uint32_t scratch_size;
    /* Called for each finding; may be NULL.  The first decides the error. */
    void (*report)(void *ctx, const struct cap_finding *finding);
    void *report_ctx;
    /*
     * Called, after success, for every method that other packages can reach:
     * those of exported classes, by public package and token.  May be NULL.
     */
    void (*exported)(void *ctx, uint8_t package, uint8_t class,
                     enum cap_space space, uint8_t token,
                     const struct cap_signature *signature,
                     const struct cap_links *links);
    /*
     * Called, after success, for every method of an import that is not wholly
     * declared there and that this package implements, overrides, inherits or
     * calls: what it takes its kinds to be, with what was known before.  May
     * be NULL.
     */
    void (*said)(void *ctx, uint8_t import, uint8_t class, enum cap_space space,
                 uint8_t token, const struct cap_signature *signature,
                 const struct cap_links *links);
    void *exported_ctx; /* of both */
};

/*
 * Checks structure, then types.  ERR_FORMAT or ERR_TYPE after a finding;
 * ERR_MEMORY when scratch is too small: 64 KiB suffice for packages of
 * 40 KB whose largest method has 8 KB.
 */
NODISCARD enum err cap_check(const struct cap_check *check);

/*
 * The first half of it, which needs to know nothing of imported packages:
 * whether the components fit each other, and what they name as methods are
 * some.  ERR_FORMAT, ERR_MEMORY.
 */
NODISCARD enum err cap_check_parts(const struct cap_check *check);

/*
 * Reads a Java descriptor, "([BSS)V"; `this` first unless is_static.  Whether
 * it is a constructor's the caller says.
 */
bool cap_signature_of(const char *descriptor, bool is_static,
                      struct cap_signature *out);

#endif
