/*
 * The order of the check: structure; methods collected and united; kinds
 * inferred until nothing new is learnt, from what methods do, then, where none
 * has shown what it gives, from what is done with it; then every method
 * checked, strictly, with what is known.
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

/* Passes until nothing new is learnt. */
static enum err settle(struct cap_state *s)
{
    enum err e = ERR_OK;
    bool backwards = true;

    /* each round learns a cell or ends; a chain of calls needs few */
    do {
        s->changed = false;
        backwards = !backwards;
        e = pass(s, backwards);
    } while (s->changed && (e == ERR_OK || e == ERR_TYPE));
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
    s->quiet = true;
    return s->changed ? settle(s) : ERR_OK;
}

/* Results that no body shows, by what is done with them. */
static enum err deduce(struct cap_state *s)
{
    enum err e = ERR_OK;

    do {
        s->deduce = true;
        s->changed = false;
        e = pass(s, false);
        s->deduce = false;
        if (s->changed && (e == ERR_OK || e == ERR_TYPE))
            e = settle(s);
        else
            break;
    } while (e == ERR_OK || e == ERR_TYPE);
    return e;
}

/* What is ill-typed is told in the last pass. */
static enum err infer(struct cap_state *s)
{
    s->infer = s->quiet = true;
    enum err e = settle(s);
    if ((e == ERR_OK || e == ERR_TYPE) && cap_is_described(s->cap))
        e = hear(s);
    if (e == ERR_OK || e == ERR_TYPE)
        e = deduce(s);
    s->infer = false;
    /* results that nothing tells of are none: see step.c */
    if (e == ERR_OK || e == ERR_TYPE)
        e = settle(s);
    s->quiet = false;
    return e == ERR_TYPE ? ERR_OK : e;
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

static void tell(struct cap_state *s, uint8_t package, uint8_t class,
                 enum cap_space space, uint8_t token,
                 const struct cap_callee *c)
{
    struct cap_signature signature;
    struct cap_links links;

    cap_known(s, c, &signature, &links);
    s->check->exported(s->check->exported_ctx, package, class, space, token,
                       &signature, &links);
}

static void tell_class(struct cap_state *s, uint8_t package, uint8_t token,
                       const struct cap_export *export)
{
    static const struct cap_links closed;
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
            m = cap_named_callee(s, c.offset, CAP_SPACE_INTERFACE, (uint8_t)t);
            if (m != NULL)
                tell(s, package, token, CAP_SPACE_INTERFACE, (uint8_t)t, m);
        } else if (cap_virtual(s, c.offset, (uint8_t)t, &m, &imported)) {
            if (m != NULL)
                tell(s, package, token, CAP_SPACE_VIRTUAL, (uint8_t)t, m);
            else
                s->check->exported(s->check->exported_ctx, package, token,
                                   CAP_SPACE_VIRTUAL, (uint8_t)t, &imported,
                                   &closed);
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
    struct cap_links links;

    for (uint16_t i = s->method_count;
         s->check->said != NULL && i < s->callee_count; i++) {
        const struct cap_callee *c = &s->callees[i];
        const struct cap_class_ref ref = cap_class_ref((uint16_t)c->offset);
        if (!cap_is_imported(s, c))
            continue;
        cap_known(s, c, &signature, &links);
        s->check->said(s->check->exported_ctx, ref.package, ref.class, c->space,
                       c->token, &signature, &links);
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
