/*
 * The methods of a package, and those of others that it says the kinds of.
 * Methods that must agree, because one overrides or implements the other, are
 * united.
 */
#include "cap/describe.h"

#include <string.h>

void *cap_take(struct cap_state *s, uint32_t n)
{
    n = (n + 3u) & ~3u;
    if (n > s->check->scratch_size - s->used)
        return NULL;
    void *p = s->check->scratch + s->used;
    s->used += n;
    return p;
}

/* ---- finding ---- */

/* Place of the first method whose offset is not below. */
static uint16_t lower_bound(const struct cap_state *s, uint32_t offset)
{
    uint16_t low = 0;
    uint16_t high = s->method_count;
    while (low < high) {
        uint16_t middle = (uint16_t)((low + high) / 2);
        if (s->callees[middle].offset < offset)
            low = (uint16_t)(middle + 1);
        else
            high = middle;
    }
    return low;
}

struct cap_callee *cap_method_callee(struct cap_state *s, uint32_t offset)
{
    uint16_t i = lower_bound(s, offset);
    return i < s->method_count && s->callees[i].offset == offset
               ? &s->callees[i]
               : NULL;
}

struct cap_callee *cap_named_callee(struct cap_state *s, uint16_t class,
                                    enum cap_space space, uint8_t token)
{
    for (uint16_t i = s->method_count; i < s->callee_count; i++) {
        struct cap_callee *c = &s->callees[i];
        if (c->offset == class && c->space == space && c->token == token)
            return c;
    }
    return NULL;
}

uint32_t cap_method_end(const struct cap_state *s, const struct cap_callee *c)
{
    const uint32_t next = (uint32_t)(c - s->callees) + 1;
    struct cap_block b = {0};

    (void)cap_block_of(s->cap, c->offset, &b);
    return next < s->method_count && s->callees[next].offset < b.end
               ? s->callees[next].offset
               : b.end;
}

/* ---- collecting ---- */

static enum err add_method(struct cap_state *s, uint32_t offset)
{
    struct cap_method m;
    uint16_t at = lower_bound(s, offset);

    if (at < s->method_count && s->callees[at].offset == offset)
        return ERR_OK;
    if (!cap_method_at(s->cap, offset, &m))
        return cap_find(s, CAP_METHOD, offset, offset, CAP_RULE_METHOD_OFFSET)
                   ? ERR_OK
                   : ERR_FORMAT;
    if (s->method_count == s->callee_room)
        return ERR_MEMORY;
    memmove(&s->callees[at + 1], &s->callees[at],
            sizeof s->callees[0] * (size_t)(s->method_count - at));
    s->callees[at] = (struct cap_callee){
        .offset = offset, .nargs = m.nargs, .class = CAP_NO_CLASS};
    s->method_count++;
    return ERR_OK;
}

static enum err add_table(struct cap_state *s, const uint8_t *table,
                          uint8_t count)
{
    const unsigned size = cap_address_size(s->cap);
    enum err e = ERR_OK;

    for (unsigned i = 0; i < count && e == ERR_OK; i++) {
        uint32_t address = 0;
        if (cap_address(s->cap, table + (size_t)size * i, &address))
            e = add_method(s, address);
    }
    return e;
}

static enum err add_class_methods(struct cap_state *s)
{
    struct cap_class c;
    enum err e = ERR_OK;

    for (bool more = cap_class_first(s->cap, &c); more && e == ERR_OK;
         more = cap_class_next(s->cap, &c)) {
        e = add_table(s, c.public_table, c.public_count);
        if (e == ERR_OK)
            e = add_table(s, c.package_table, c.package_count);
    }
    return e;
}

static enum err add_other_methods(struct cap_state *s)
{
    struct cap_entry entry;
    struct cap_export export;
    struct span aid;
    uint32_t install = 0;
    enum err e = ERR_OK;

    for (uint16_t i = 0; e == ERR_OK && cap_pool(s->cap, i, &entry); i++) {
        if (entry.tag == CAP_STATIC_METHODREF && !entry.external)
            e = add_method(s, entry.address);
    }
    for (uint8_t i = 0; e == ERR_OK && cap_applet(s->cap, i, &aid, &install);
         i++)
        e = add_method(s, install);
    for (unsigned p = 0; p < cap_export_packages(s->cap); p++) {
        for (uint8_t i = 0; e == ERR_OK && i < 0xFF &&
                            cap_export(s->cap, (uint8_t)p, i, &export);
             i++)
            e = add_table(s, export.methods.p, export.method_count);
    }
    return e;
}

static bool is_interface(const struct cap_class *c)
{
    return (c->flags & CAP_CLASS_INTERFACE) != 0;
}

/* ---- methods by name ---- */

static bool is_declared(const struct cap_signature *signature)
{
    bool open = cap_kind_is_open(signature->result);

    for (uint8_t i = 0; i < signature->nargs; i++)
        open = open || cap_kind_is_open(signature->kinds[i]);
    return !open;
}

static struct cap_callee *add_named(struct cap_state *s, uint16_t class,
                                    enum cap_space space, uint8_t token,
                                    uint8_t nargs)
{
    if (s->callee_count == s->callee_room) {
        s->full = true;
        return NULL;
    }
    struct cap_callee *c = &s->callees[s->callee_count++];
    *c = (struct cap_callee){.offset = class,
                             .token = token,
                             .space = (uint8_t)space,
                             .nargs = nargs,
                             .class = CAP_NO_CLASS};
    return c;
}

/* What an import declares of a method. */
static bool declared(const struct cap_state *s, uint16_t class,
                     enum cap_space space, uint8_t token,
                     struct cap_signature *out)
{
    const struct cap_resolver *r = &s->check->resolver;
    const struct cap_class_ref ref = cap_class_ref(class);

    return r->method(r->ctx, ref.package, ref.class, space, token, out);
}

/* What others have said of a method that its import does not declare. */
static bool undeclared(const struct cap_state *s, uint16_t class,
                       enum cap_space space, uint8_t token,
                       struct cap_signature *known)
{
    const struct cap_resolver *r = &s->check->resolver;
    const struct cap_class_ref ref = cap_class_ref(class);

    known->nargs = 0;
    return r->undeclared != NULL &&
           r->undeclared(r->ctx, ref.package, ref.class, space, token, known);
}

bool cap_imported(struct cap_state *s, uint16_t class, enum cap_space space,
                  uint8_t token, struct cap_callee **callee,
                  struct cap_signature *signature)
{
    *callee = cap_named_callee(s, class, space, token);
    if (*callee != NULL)
        return true;
    if (!declared(s, class, space, token, signature))
        return false;
    /* a static method answers itself: what it leaves open, nobody looks at */
    if (space == CAP_SPACE_STATIC || is_declared(signature))
        return true;
    if (s->collected)
        return false;
    *callee = add_named(s, class, space, token, signature->nargs);
    return *callee != NULL;
}

/* Whether a class_ref names an interface that has its methods here. */
static bool has_callees(const struct cap_state *s, uint16_t class,
                        uint8_t token)
{
    struct cap_signature known;
    struct cap_class c;

    if (cap_class_ref(class).external)
        return undeclared(s, class, CAP_SPACE_INTERFACE, token, &known);
    return cap_class_at(s->cap, class, &c) && is_interface(&c);
}

static enum err wrong_class(struct cap_state *s, uint16_t class, uint8_t rule)
{
    return cap_find(s, CAP_CLASS, 0, class, rule) ? ERR_OK : ERR_FORMAT;
}

enum err cap_add_interface(struct cap_state *s, uint16_t class, uint8_t token,
                           uint8_t nargs)
{
    struct cap_callee *old = NULL;
    struct cap_signature known;

    if (cap_class_ref(class).external &&
        cap_imported(s, class, CAP_SPACE_INTERFACE, token, &old, &known) &&
        old == NULL)
        return ERR_OK; /* it is declared */
    if (old == NULL)
        old = cap_named_callee(s, class, CAP_SPACE_INTERFACE, token);
    if (old != NULL)
        return old->nargs == nargs
                   ? ERR_OK
                   : wrong_class(s, class, CAP_RULE_METHOD_ARGS);
    if (!has_callees(s, class, token))
        return cap_class_ref(class).external
                   ? ERR_OK /* it is not there at all */
                   : wrong_class(s, class, CAP_RULE_CLASS_KIND);
    (void)add_named(s, class, CAP_SPACE_INTERFACE, token, nargs);
    return s->full ? ERR_MEMORY : ERR_OK;
}

/* Those that classes implement. */
static enum err add_implemented(struct cap_state *s)
{
    struct cap_class c;
    struct span tokens;
    uint16_t ref = 0;
    enum err e = ERR_OK;

    for (bool more = cap_class_first(s->cap, &c); more && e == ERR_OK;
         more = cap_class_next(s->cap, &c)) {
        for (uint8_t i = 0;
             !is_interface(&c) && cap_class_interface(&c, i, &ref, &tokens);
             i++) {
            for (size_t t = 0; t < tokens.n && e == ERR_OK; t++) {
                struct cap_callee *m = NULL;
                struct cap_signature imported;
                if (!cap_virtual(s, c.offset, tokens.p[t], &m, &imported))
                    return wrong_class(s, c.offset, CAP_RULE_INTERFACE_MAP);
                e = cap_add_interface(s, ref, (uint8_t)t,
                                      m != NULL ? m->nargs : imported.nargs);
            }
        }
    }
    return e;
}

/* Those that are only called: every invokeinterface says its arguments. */
static enum err add_called(struct cap_state *s)
{
    enum err e = ERR_OK;

    for (uint16_t i = 0; i < s->method_count && e == ERR_OK; i++) {
        struct cap_method m;
        struct cap_entry entry;
        uint32_t end = cap_method_end(s, &s->callees[i]);
        const uint8_t *p = s->cap->part[CAP_METHOD].p;

        if (!cap_method_at(s->cap, s->callees[i].offset, &m))
            continue;
        /* code that cannot be reached may break off the walk: no matter */
        for (uint32_t pc = m.code; pc < end && e == ERR_OK;) {
            uint32_t n = cap_instruction_length(p + pc, end - pc);
            if (n == 0)
                break;
            if (p[pc] == CAP_OP_invokeinterface &&
                cap_pool(s->cap, get_u2(p + pc + 2), &entry) &&
                entry.tag == CAP_CLASSREF)
                e = cap_add_interface(s, cap_entry_class_ref(&entry), p[pc + 4],
                                      p[pc + 1]);
            pc += n;
        }
    }
    return e;
}

/* ---- constructors ---- */

bool cap_learn_init(struct cap_state *s, struct cap_callee *c, uint16_t class)
{
    if (class != CAP_NO_CLASS && c->class != CAP_NO_CLASS && c->class != class)
        return false;
    if (c->init && (class == CAP_NO_CLASS || c->class == class))
        return true;
    c->init = true;
    if (class != CAP_NO_CLASS)
        c->class = class;
    s->changed = true;
    /* calls of it on objects that are made have been taken for good */
    for (uint16_t i = 0; i < s->method_count; i++)
        s->callees[i].proved = false;
    return true;
}

bool cap_is_root_class(const struct cap_state *s, uint16_t class)
{
    struct cap_class c;

    return class < 0x8000 && cap_class_at(s->cap, class, &c) &&
           cap_class_ref(c.super).none;
}

/* ---- virtual methods ---- */

/* A virtual method of an imported superclass, as this package inherits it. */
static bool inherited(struct cap_state *s, uint16_t super, uint8_t token,
                      struct cap_callee **callee, struct cap_signature *out)
{
    const struct cap_resolver *r = &s->check->resolver;
    const struct cap_class_ref ref = cap_class_ref(super);

    *callee = NULL;
    if ((token & 0x80) != 0 ||
        (s->cap->format_minor < 3 && r->inheritable != NULL &&
         token >= r->inheritable(r->ctx, ref.package, ref.class)))
        return false;
    return cap_imported(s, super, CAP_SPACE_VIRTUAL, token, callee, out);
}

bool cap_virtual(struct cap_state *s, uint16_t class, uint8_t token,
                 struct cap_callee **callee, struct cap_signature *signature)
{
    struct cap_class c;
    uint32_t offset = 0;

    *callee = NULL;
    while (cap_class_at(s->cap, class, &c) && !is_interface(&c)) {
        if (cap_class_table(s->cap, &c, token, &offset)) {
            *callee = cap_method_callee(s, offset);
            return *callee != NULL;
        }
        if (c.map != NULL && (token & 0x80) == 0) {
            if (token >= c.public_base + c.public_count || c.map[token] == 0xFF)
                return false;
            token = c.map[token];
        }
        const struct cap_class_ref super = cap_class_ref(c.super);
        if (super.none)
            return false;
        if (super.external)
            return inherited(s, c.super, token, callee, signature);
        if (super.offset >= class)
            return false; /* a cycle; structure refuses it, too */
        if ((token & 0x80) != 0 &&
            !cap_same_package(s->cap, class, super.offset))
            return false; /* not visible there [JCVM 4.3.7.6] */
        class = super.offset;
    }
    return false;
}

static bool disagree(struct cap_state *s, uint16_t class)
{
    return cap_find(s, CAP_CLASS, 0, class, CAP_RULE_SIGNATURE);
}

/* A method and one that it must agree with: either by itself, or described. */
static bool agree(struct cap_state *s, const struct cap_callee *own,
                  const struct cap_callee *other,
                  const struct cap_signature *signature)
{
    return other != NULL ? cap_unite(s, own, other)
                         : cap_learn_all(s, own, signature);
}

/* What the superclass of a class has at this token of the superclass. */
static bool above(struct cap_state *s, const struct cap_class *c, uint8_t token,
                  struct cap_callee **callee, struct cap_signature *imported)
{
    const struct cap_class_ref super = cap_class_ref(c->super);

    if (super.none)
        return false;
    if (super.external)
        return inherited(s, c->super, token, callee, imported);
    return ((token & 0x80) == 0 ||
            cap_same_package(s->cap, c->offset, super.offset)) &&
           cap_virtual(s, super.offset, token, callee, imported);
}

/* The same at a token of the class. */
static bool overridden(struct cap_state *s, const struct cap_class *c,
                       uint8_t token, struct cap_callee **callee,
                       struct cap_signature *imported)
{
    if (c->map == NULL || (token & 0x80) != 0)
        return above(s, c, token, callee, imported);
    return c->map[token] != 0xFF &&
           above(s, c, c->map[token], callee, imported);
}

static bool unite_with_super(struct cap_state *s, const struct cap_class *c,
                             uint8_t token)
{
    struct cap_signature imported;
    struct cap_callee *over = NULL;
    uint32_t offset = 0;

    if (!cap_class_table(s->cap, c, token, &offset) ||
        !overridden(s, c, token, &over, &imported))
        return true; /* new in this class */
    return agree(s, cap_method_callee(s, offset), over, &imported) ||
           disagree(s, c->offset);
}

/* A class's method and the interface method that it stands for. */
static bool unite_with_interface(struct cap_state *s, const struct cap_class *c,
                                 uint16_t ref, uint8_t token, uint8_t own_token)
{
    struct cap_signature wanted;
    struct cap_signature imported;
    struct cap_callee *own = NULL;
    struct cap_callee *m = NULL;

    if (!cap_virtual(s, c->offset, own_token, &own, &imported))
        return cap_find(s, CAP_CLASS, 0, c->offset, CAP_RULE_INTERFACE_MAP);
    if (!cap_class_ref(ref).external)
        m = cap_named_callee(s, ref, CAP_SPACE_INTERFACE, token);
    else if (!cap_imported(s, ref, CAP_SPACE_INTERFACE, token, &m, &wanted))
        return cap_find(s, CAP_CLASS, 0, c->offset, CAP_RULE_IMPORTED_METHOD);
    if (m != NULL)
        return agree(s, m, own, &imported) || disagree(s, c->offset);
    if (!cap_class_ref(ref).external || own == NULL)
        return true;
    return cap_learn_all(s, own, &wanted) || disagree(s, c->offset);
}

static bool unite_class(struct cap_state *s, const struct cap_class *c)
{
    struct span tokens;
    uint16_t ref = 0;

    for (unsigned i = 0; i < c->public_count; i++) {
        if (!unite_with_super(s, c, (uint8_t)(c->public_base + i)))
            return false;
    }
    for (unsigned i = 0; i < c->package_count; i++) {
        if (!unite_with_super(s, c, (uint8_t)(0x80 | (c->package_base + i))))
            return false;
    }
    for (uint8_t i = 0; cap_class_interface(c, i, &ref, &tokens); i++) {
        for (size_t t = 0; t < tokens.n; t++) {
            if (!unite_with_interface(s, c, ref, (uint8_t)t, tokens.p[t]))
                return false;
        }
    }
    return true;
}

static bool unite_all(struct cap_state *s)
{
    struct cap_class c;
    for (bool more = cap_class_first(s->cap, &c); more;
         more = cap_class_next(s->cap, &c)) {
        if (!is_interface(&c) && !unite_class(s, &c))
            return false;
    }
    return true;
}

/* install(byte[], short, byte) of each applet. [JCVM 6.6] */
static bool learn_installs(struct cap_state *s)
{
    static const struct cap_signature install = {
        .nargs = 3,
        .result = CAP_KIND_VOID,
        .kinds = {CAP_KIND_REF, CAP_KIND_SHORT, CAP_KIND_SHORT}};
    struct span aid;
    uint32_t offset = 0;

    for (uint8_t i = 0; cap_applet(s->cap, i, &aid, &offset); i++) {
        if (!cap_learn_all(s, cap_method_callee(s, offset), &install))
            return cap_find(s, CAP_APPLET, offset, 0, CAP_RULE_APPLET_INSTALL);
    }
    return true;
}

static bool learn_object(struct cap_state *s, const struct cap_callee *c)
{
    return c->nargs > 0 && cap_learn(s, cap_arg(c, 0), CAP_KIND_REF);
}

/* `this` of every virtual method. */
static bool learn_this(struct cap_state *s)
{
    struct cap_class c;
    uint32_t offset = 0;

    for (bool more = cap_class_first(s->cap, &c); more;
         more = cap_class_next(s->cap, &c)) {
        for (unsigned t = 0; t < 256; t++) {
            if (cap_class_table(s->cap, &c, (uint8_t)t, &offset) &&
                !learn_object(s, cap_method_callee(s, offset)))
                return cap_find(s, CAP_METHOD, offset, offset,
                                CAP_RULE_METHOD_ARGS);
        }
    }
    for (uint16_t i = s->method_count; i < s->callee_count; i++) {
        if (!learn_object(s, &s->callees[i]))
            return cap_find(s, CAP_CLASS, 0, s->callees[i].offset,
                            CAP_RULE_METHOD_ARGS);
    }
    return true;
}

/*
 * Where the code that a place lies in begins and ends: of one method, or of
 * what stands before the first that is known.
 */
static void region_of(const struct cap_state *s, uint32_t at, uint32_t *start,
                      uint32_t *end)
{
    uint16_t next = lower_bound(s, at + 1);
    struct cap_block b = {0};
    struct cap_method m;

    (void)cap_block_of(s->cap, at, &b);
    *start = b.space;
    *end = b.end;
    if (next > 0 && s->callees[next - 1].offset >= b.space &&
        cap_method_at(s->cap, s->callees[next - 1].offset, &m))
        *start = m.code;
    if (next < s->method_count && s->callees[next].offset < b.end)
        *end = s->callees[next].offset;
}

/*
 * A handler and its range stay in one method: the machine looks at the range
 * alone.  [JCVM 6.10.1]
 */
static bool stays_in_method(const struct cap_state *s,
                            const struct cap_block *b,
                            const struct cap_handler *h)
{
    uint32_t start = 0;
    uint32_t end = 0;

    (void)b;
    region_of(s, h->start, &start, &end);
    return h->start >= start && h->end > h->start && h->end <= end &&
           h->handler >= start && h->handler < end;
}

/* install() has a body, and takes three cells. [JCVM 6.6] */
static bool check_installs(struct cap_state *s)
{
    struct cap_method m;
    struct span aid;
    uint32_t install = 0;

    for (uint8_t i = 0; cap_applet(s->cap, i, &aid, &install); i++) {
        if (!cap_method_at(s->cap, install, &m) || m.nargs != 3 ||
            (m.flags & CAP_METHOD_ABSTRACT) != 0)
            return cap_find(s, CAP_APPLET, install, 0, CAP_RULE_APPLET_INSTALL);
    }
    return true;
}

/* What is known of imported methods: their package's word, and others'. */
static bool learn_imported(struct cap_state *s)
{
    struct cap_signature known;

    for (uint16_t i = s->method_count; i < s->callee_count; i++) {
        const struct cap_callee *c = &s->callees[i];
        const uint16_t class = (uint16_t)c->offset;
        if (!cap_is_imported(s, c))
            continue;
        bool fits = !declared(s, class, c->space, c->token, &known) ||
                    cap_learn_all(s, c, &known);
        if (fits && undeclared(s, class, c->space, c->token, &known) &&
            known.nargs != 0)
            fits = cap_learn_all(s, c, &known);
        if (!fits)
            return cap_find(s, CAP_CLASS, 0, 0, CAP_RULE_SIGNATURE);
    }
    return true;
}

enum err cap_list_methods(struct cap_state *s)
{
    uint32_t left = s->check->scratch_size - s->used;

    /* a quarter of what is left for the list; what it does not use returns */
    s->callee_room = (uint16_t)(left / 4 / sizeof s->callees[0] > 0xFFF0
                                    ? 0xFFF0
                                    : left / 4 / sizeof s->callees[0]);
    s->callees = cap_take(s, (uint32_t)(s->callee_room * sizeof *s->callees));
    if (s->callees == NULL)
        return ERR_MEMORY;
    enum err e = add_class_methods(s);
    if (e == ERR_OK)
        e = add_other_methods(s);
    s->callee_count = s->method_count;
    if (e != ERR_OK)
        return e;
    return check_installs(s) && cap_each_handler(s, stays_in_method)
               ? ERR_OK
               : ERR_FORMAT;
}

/* What this package inherits from others, overrides of them, and names. */
static enum err add_imported(struct cap_state *s)
{
    struct cap_callee *m = NULL;
    struct cap_signature known;
    struct cap_entry entry;
    struct cap_class c;

    for (bool more = cap_class_first(s->cap, &c); more;
         more = cap_class_next(s->cap, &c)) {
        const unsigned end = (unsigned)c.public_base + c.public_count;
        for (unsigned t = 0; !is_interface(&c) && t < end; t++) {
            (void)cap_virtual(s, c.offset, (uint8_t)t, &m, &known);
            (void)overridden(s, &c, (uint8_t)t, &m, &known);
        }
    }
    for (uint16_t i = 0; cap_pool(s->cap, i, &entry); i++)
        cap_add_target(s, &entry);
    return s->full ? ERR_MEMORY : ERR_OK;
}

enum err cap_collect(struct cap_state *s)
{
    const uint32_t start = s->used;

    enum err e = cap_list_methods(s);
    if (e == ERR_OK)
        e = add_implemented(s);
    if (e == ERR_OK)
        e = add_called(s);
    if (e == ERR_OK)
        e = cap_add_declared(s);
    if (e == ERR_OK)
        e = add_imported(s);
    if (e != ERR_OK)
        return s->full ? ERR_MEMORY : e;
    s->collected = true;
    s->used = start;
    (void)cap_take(s, (uint32_t)(s->callee_count * sizeof *s->callees));
    s->callee_room = s->callee_count;
    e = cap_give_cells(s);
    if (e != ERR_OK)
        return e;
    return learn_this(s) && learn_imported(s) && unite_all(s) &&
                   learn_installs(s) && cap_learn_remotes(s)
               ? ERR_OK
               : ERR_TYPE;
}
