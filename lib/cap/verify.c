/*
 * The order of the check: structure; methods collected and united; kinds
 * inferred until nothing new is learnt; what nobody in the package answers
 * (methods without a body whose result matters) assumed and tried; then every
 * method checked, strictly, with what is known.
 */
#include "cap/describe.h"

#include <string.h>

/*
 * Instructions that one package is worth: some seconds of a card's time.  Good
 * packages of 60 KB take less than a hundredth of it.
 */
enum { EFFORT = 1 << 27 };

static const char *const texts[CAP_RULE_COUNT] = {
#define RULE(name, text) text,
#include "cap/rules.def"
#undef RULE
};

static const char *const names[CAP_RULE_COUNT] = {
#define RULE(name, text) #name,
#include "cap/rules.def"
#undef RULE
};

const char *cap_rule_name(uint8_t rule)
{
    return rule < CAP_RULE_COUNT ? names[rule] : "";
}

const char *cap_rule_text(uint8_t rule)
{
    return rule < CAP_RULE_COUNT ? texts[rule] : "unknown rule";
}

bool cap_find(struct cap_state *s, uint8_t component, uint32_t method,
              uint32_t offset, uint8_t rule)
{
    const struct cap_finding finding = {component, method, offset, rule};

    if (s->quiet)
        return false;
    s->found = true;
    if (s->check->report != NULL)
        s->check->report(s->check->report_ctx, &finding);
    return false;
}

/* ---- passes ---- */

/*
 * Every method that is not proved; ERR_TYPE when one is ill-typed; ERR_MEMORY,
 * or ERR_UNSUPPORTED when the package has spent what it is worth.
 */
static enum err pass(struct cap_state *s, bool backwards)
{
    enum err worst = ERR_OK;

    for (uint16_t i = 0; i < s->method_count; i++) {
        /* every other pass runs backwards: chains of calls go either way */
        const uint16_t at = backwards ? (uint16_t)(s->method_count - 1 - i) : i;
        if (s->callees[at].proved)
            continue;
        enum err e = cap_flow(s, &s->callees[at]);
        if (e == ERR_MEMORY)
            return e;
        if (s->effort == 0)
            return ERR_UNSUPPORTED;
        if (e != ERR_OK)
            worst = e;
    }
    return worst;
}

static enum err infer(struct cap_state *s)
{
    enum err e = ERR_OK;
    bool backwards = true;

    s->infer = s->quiet = true;
    /* each round learns a cell or ends; a chain of calls needs few */
    do {
        s->changed = false;
        backwards = !backwards;
        e = pass(s, backwards);
        /* what is ill-typed is told in the last pass */
        if (e == ERR_TYPE)
            e = ERR_OK;
    } while (e == ERR_OK && s->changed);
    s->infer = s->quiet = false;
    return e;
}

/*
 * What the Descriptor says besides, and what follows from it.  Whether it is
 * true is told when the code has been found sound.
 */
static enum err hear(struct cap_state *s)
{
    s->changed = false;
    cap_learn_declared(s);
    return s->changed ? infer(s) : ERR_OK;
}

/* ---- results that no body shows ---- */

static bool has_body(const struct cap_state *s, const struct cap_callee *c)
{
    struct cap_method m;
    return c->interface == 0 && cap_method_at(s->cap, c->offset, &m) &&
           (m.flags & CAP_METHOD_ABSTRACT) == 0;
}

/* A root whose result is unknown though none of its members has a body. */
static bool is_open(struct cap_state *s, uint16_t i)
{
    if (s->callees[i].root != i || s->callees[i].result != CAP_KIND_UNKNOWN)
        return false;
    for (uint16_t k = 0; k < s->callee_count; k++) {
        if (cap_root(s, &s->callees[k]) == &s->callees[i] &&
            has_body(s, &s->callees[k]))
            return false;
    }
    return true;
}

/* Whether the package is well-typed with what is assumed now. */
static enum err try_out(struct cap_state *s, bool *fits)
{
    enum err e = infer(s);
    if (e != ERR_OK)
        return e;
    s->quiet = true;
    e = pass(s, false);
    s->quiet = false;
    *fits = e == ERR_OK;
    return e == ERR_TYPE ? ERR_OK : e;
}

/*
 * Assumes, for one method after the other, the first result with which all
 * its callers are well-typed.  Packages that implement it later are held to
 * that answer.
 */
static enum err assume(struct cap_state *s, uint16_t i)
{
    static const uint8_t results[] = {CAP_KIND_VOID, CAP_KIND_SHORT,
                                      CAP_KIND_REF, CAP_KIND_INT_HIGH};
    const uint32_t list = (uint32_t)(s->callee_count * sizeof *s->callees);
    const uint32_t used = s->used;
    uint8_t *saved = cap_take(s, list + s->kinds_used);
    bool fits = false;

    if (saved == NULL)
        return ERR_MEMORY;
    memcpy(saved, s->callees, list);
    memcpy(saved + list, s->kinds, s->kinds_used);
    enum err e = ERR_OK;
    for (unsigned r = 0; r < sizeof results && !fits && e == ERR_OK; r++) {
        memcpy(s->callees, saved, list);
        memcpy(s->kinds, saved + list, s->kinds_used);
        s->callees[i].result = results[r];
        e = try_out(s, &fits);
    }
    if (!fits && e == ERR_OK) {
        memcpy(s->callees, saved, list);
        memcpy(s->kinds, saved + list, s->kinds_used);
        s->callees[i].result = CAP_KIND_VOID;
    }
    s->used = used;
    return e;
}

static enum err assume_open(struct cap_state *s)
{
    enum err e = ERR_OK;
    for (uint16_t i = 0; i < s->callee_count && e == ERR_OK; i++) {
        if (is_open(s, i))
            e = assume(s, i);
    }
    return e;
}

/* ---- constructors ---- */

/* None is found by a token of objects, nor started from outside. */
static bool check_constructors(struct cap_state *s)
{
    struct cap_class c;
    struct span aid;
    uint32_t address = 0;
    bool ok = true;

    for (bool more = cap_class_first(s->cap, &c); more;
         more = cap_class_next(s->cap, &c)) {
        for (unsigned t = 0; t < 256; t++) {
            if (cap_class_table(s->cap, &c, (uint8_t)t, &address) &&
                cap_method_callee(s, address)->init)
                ok = cap_find(s, CAP_METHOD, address, address,
                              CAP_RULE_TYPE_CONSTRUCTOR);
        }
    }
    for (uint8_t i = 0; cap_applet(s->cap, i, &aid, &address); i++) {
        if (cap_method_callee(s, address)->init)
            ok = cap_find(s, CAP_APPLET, address, 0, CAP_RULE_APPLET_INSTALL);
    }
    return ok;
}

/* ---- what others may call ---- */

/* What is known of a method; false when it takes more than others may give. */
static bool signature_of(struct cap_state *s, struct cap_callee *c,
                         struct cap_signature *out)
{
    const struct cap_callee *root = cap_root(s, c);

    *out = (struct cap_signature){
        .nargs = root->nargs, .result = root->result, .is_init = c->init};
    if (root->nargs > CAP_ARGS_MAX)
        return false;
    memcpy(out->kinds, cap_kinds(s, root), root->nargs);
    return true;
}

static void tell(struct cap_state *s, uint8_t package, uint8_t class,
                 enum cap_space space, uint8_t token, struct cap_callee *c)
{
    struct cap_signature signature;

    if (signature_of(s, c, &signature))
        s->check->exported(s->check->exported_ctx, package, class, space, token,
                           &signature);
}

static void tell_class(struct cap_state *s, uint8_t package, uint8_t token,
                       const struct cap_export *export)
{
    struct cap_class c;
    struct cap_signature imported;
    struct cap_callee *m = NULL;
    uint32_t address = 0;

    if (!cap_class_at(s->cap, export->class_offset, &c))
        return;
    for (uint8_t i = 0; cap_exported_method(s->cap, export, i, &address); i++) {
        m = cap_method_callee(s, address);
        if (m != NULL)
            tell(s, package, token, CAP_SPACE_STATIC, (uint8_t)i, m);
    }
    for (unsigned t = 0; t < 128; t++) {
        if ((c.flags & CAP_CLASS_INTERFACE) != 0) {
            m = cap_interface_callee(s, c.offset, (uint8_t)t);
            if (m != NULL)
                tell(s, package, token, CAP_SPACE_INTERFACE, (uint8_t)t, m);
        } else if (cap_virtual(s, c.offset, (uint8_t)t, &m, &imported)) {
            if (m != NULL)
                tell(s, package, token, CAP_SPACE_VIRTUAL, (uint8_t)t, m);
            else
                s->check->exported(s->check->exported_ctx, package, token,
                                   CAP_SPACE_VIRTUAL, (uint8_t)t, &imported);
        }
    }
}

static void tell_exports(struct cap_state *s)
{
    struct cap_export export;

    for (uint8_t p = 0;
         s->check->exported != NULL && p < cap_export_packages(s->cap); p++) {
        for (uint8_t i = 0; i < cap_export_count(s->cap, p); i++) {
            if (cap_export(s->cap, p, i, &export))
                tell_class(s, p, i, &export);
        }
    }
}

/* What is used of imports that do not declare it. */
static void tell_undeclared(struct cap_state *s)
{
    struct cap_signature signature;

    for (uint16_t i = s->method_count;
         s->check->said != NULL && i < s->callee_count; i++) {
        struct cap_callee *c = &s->callees[i];
        const struct cap_class_ref ref = cap_class_ref((uint16_t)c->offset);
        if (ref.external && signature_of(s, c, &signature))
            s->check->said(s->check->exported_ctx, ref.package, ref.class,
                           c->token, &signature);
    }
}

/* ---- all ---- */

static enum err verdict(const struct cap_state *s, enum err e, enum err kind)
{
    if (e == ERR_MEMORY)
        return e;
    return s->found || e != ERR_OK ? kind : ERR_OK;
}

enum err cap_check_parts(const struct cap_check *check)
{
    struct cap_state s = {.check = check, .cap = check->cap};

    enum err e = cap_check_structure(&s);
    if (e == ERR_OK)
        e = cap_list_methods(&s);
    if (e == ERR_OK)
        e = cap_check_descriptor(&s);
    return verdict(&s, e, ERR_FORMAT);
}

enum err cap_check(const struct cap_check *check)
{
    struct cap_state s = {.check = check, .cap = check->cap, .effort = EFFORT};

    enum err e = cap_check_structure(&s);
    if (e == ERR_OK)
        e = cap_check_descriptor(&s);
    if (e != ERR_OK)
        return e;
    e = cap_collect(&s);
    if (e != ERR_OK)
        return verdict(&s, e, e == ERR_TYPE ? ERR_TYPE : ERR_FORMAT);
    e = infer(&s);
    if (e == ERR_OK && cap_is_described(s.cap))
        e = hear(&s);
    if (e == ERR_OK)
        e = assume_open(&s);
    if (e == ERR_OK)
        e = pass(&s, false);
    if (e == ERR_OK && !check_constructors(&s))
        e = ERR_TYPE;
    if (e == ERR_OK && cap_is_described(s.cap))
        e = cap_check_declared(&s);
    if (e == ERR_UNSUPPORTED)
        (void)cap_find(&s, CAP_METHOD, 0, 0, CAP_RULE_EFFORT);
    e = verdict(&s, e, ERR_TYPE);
    if (e == ERR_OK) {
        tell_exports(&s);
        tell_undeclared(&s);
    }
    return e;
}
