/*
 * The verifier for a development machine: everything that a card checks
 * before it takes a package (lib/cap/check.h), and what a card leaves to the
 * sender: whether imported classes, methods and fields exist in the versions
 * that are asked for, whether Descriptor, ReferenceLocation and Debug say the
 * truth, and, with the Descriptor, the class of every object.
 */
#ifndef TOOLCHAIN_VERIFY_H
#define TOOLCHAIN_VERIFY_H

#include "cap/check.h"
#include "toolchain/arena.h"
#include "toolchain/toolchain.h"

struct tc_verify_options {
    /*
     * The components, tag and size included, one after the other in any
     * order; those that a card is not sent (Debug) may be among them.
     */
    struct span load_file;
    /* Export files of imported packages that are not of the API. */
    const struct tc_input *exports;
    size_t export_count;
};

/* One thing that is wrong, and where. */
struct tc_finding {
    uint8_t component;       /* enum cap_tag; 0: no component can be named */
    uint32_t offset;         /* in the component's info */
    bool in_method;          /* `method` counts */
    uint32_t method;         /* offset of the method's header in Method */
    const char *method_name; /* "loyalty/Loyalty.add(SS)V" by Debug; NULL */
    const char *rule;        /* its short name, "STACK_OVERFLOW" */
    const char *text;        /* the rule in words */
    const char *detail;      /* which one, "javacard.framework 1.9"; NULL */
};

struct tc_verdict {
    const struct tc_finding *findings;
    size_t finding_count; /* 0: sound */
    /* What could not be checked and why, a sentence each. */
    const char *const *notes;
    size_t note_count;
    bool
        types_checked; /* a Descriptor was there: classes too, not only kinds */
    struct tc_arena *arena;
};

/*
 * Checks, and sets *verdict (free with tc_verdict_free, whatever is returned):
 * true when the check was made, with all findings or none; false with a
 * reason in `error` (at most error_size bytes, NUL included) when an export
 * file is malformed.  `options` and the bytes it points at must outlive
 * *verdict.
 */
bool tc_verify(const struct tc_verify_options *options,
               struct tc_verdict *verdict, char *error, size_t error_size);
void tc_verdict_free(struct tc_verdict *verdict);

#endif
