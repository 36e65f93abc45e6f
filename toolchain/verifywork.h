/* What the verifier's files share; nobody else includes it. */
#ifndef TOOLCHAIN_VERIFYWORK_H
#define TOOLCHAIN_VERIFYWORK_H

#include "apidef/api_lookup.h"
#include "toolchain/exp.h"
#include "toolchain/verify.h"

/* An imported package, and what is known of it: one of the two, or neither. */
struct tc_verify_import {
    struct cap_package package;
    const struct api_package *api;
    const struct tc_exp *exp;
};

/* The check in progress. */
struct tc_verify_work {
    struct tc_arena *arena;
    struct cap cap;
    const struct tc_exp **exports;
    size_t export_count;
    struct tc_verify_import imports[128];
    struct tc_finding *findings;
    size_t count;
    const char **notes;
    size_t note_count;
};

/* Records a finding outside methods; `detail` may be NULL; always false. */
bool tc_verify_find(struct tc_verify_work *w, uint8_t component,
                    uint32_t offset, enum cap_rule rule, const char *detail);

/* The name that Debug gives the method at this offset; NULL. */
const char *tc_verify_method_name(struct tc_verify_work *w, uint32_t method);

/*
 * Finds out what each import is.  False after a finding: one is not known, or
 * not in that version.
 */
bool tc_verify_imports(struct tc_verify_work *w);

/*
 * Whether what the constant pool names of imported packages exists in the
 * versions that the Import component asks for. [JCVM 4.5, 6.8]
 */
void tc_verify_references(struct tc_verify_work *w);

/* The signature of an imported method; a cap_resolver's `method`. */
bool tc_verify_resolve(void *work, uint8_t import, uint8_t class,
                       enum cap_space space, uint8_t token,
                       struct cap_signature *out);

/* How much of a class older subclasses inherit; a cap_resolver's. */
uint8_t tc_verify_inheritable(void *work, uint8_t import, uint8_t class);

#endif
