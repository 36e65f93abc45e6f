/*
 * Remote interfaces and the classes that have them: what a terminal may call
 * by RMI, and by which number.  [JCVM 6.9, JCRE 8]
 */
#ifndef TOOLCHAIN_REMOTE_H
#define TOOLCHAIN_REMOTE_H

#include "toolchain/symbols.h"

struct tc_remote_method {
    const struct tc_method *method;
    uint16_t hash;
    uint8_t token;
};

struct tc_remote {
    const char *modifier;             /* of the hashes: "" unless two clash */
    struct tc_remote_method *methods; /* by hash, with those inherited */
    size_t method_count;
    struct tc_class **interfaces; /* all but java.rmi.Remote, with inherited */
    size_t interface_count;
};

/*
 * Tells env->diag of what remote interfaces declare and RMI cannot carry: the
 * types of parameters and results, and methods that do not say that they
 * throw RemoteException.  [JCVM 2.2.6.1]
 */
void tc_remote_check(struct tc_env *env);

/* What class_info says of a remote class; its tokens must be given. */
struct tc_remote *tc_remote_of(struct tc_env *env,
                               const struct tc_class *class);

/* A class's name without its package. */
const char *tc_simple_name(const struct tc_class *class);

#endif
