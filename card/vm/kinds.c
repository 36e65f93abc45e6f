#include "vm/kinds.h"

#include <string.h>

enum {
    ENTRY_HEAD = 6,
    KIND = 0x0F,
    KEPT_LINK = 0x40,
    KEPT_INIT = 0x80,
    SAID = 0x80, /* the space of an import's interfaces; others follow */
    TOKEN_MAX = 0x7F,
    RESULT = 0xFF, /* the place of a result; arguments: 0..254 */
    NODES_MAX = CARD_PACKAGES_MAX,
};

/* ---- entries ---- */

struct entry {
    const uint8_t *key; /* number, class, space, token */
    uint8_t nargs;
    uint8_t result;
    struct span kinds;
    struct span links;
};

static uint8_t said(uint8_t space)
{
    return (uint8_t)(SAID + CAP_SPACE_INTERFACE - space);
}

static bool is_said(const struct entry *e)
{
    return (e->key[2] & SAID) != 0;
}

static enum err put(struct buf *to, const uint8_t key[4],
                    const struct cap_signature *s,
                    const struct cap_links *links)
{
    uint8_t raw[2];
    uint8_t kind = (uint8_t)(s->result | (s->is_init ? KEPT_INIT : 0) |
                             (links->result != 0 ? KEPT_LINK : 0));
    const uint8_t head[ENTRY_HEAD] = {key[0], key[1],   key[2],
                                      key[3], s->nargs, kind};

    enum err e = buf_put(to, head, sizeof head);
    for (uint8_t i = 0; i < s->nargs && e == ERR_OK; i++) {
        kind = (uint8_t)(s->kinds[i] | (links->kinds[i] != 0 ? KEPT_LINK : 0));
        e = buf_put(to, &kind, 1);
    }
    for (unsigned i = 0; i <= s->nargs && e == ERR_OK; i++) {
        const uint16_t link = i < s->nargs ? links->kinds[i] : links->result;
        set_u2(raw, link);
        if (link != 0)
            e = buf_put(to, raw, sizeof raw);
    }
    return e;
}

enum err vm_kinds_put(struct buf *to, uint8_t number, uint8_t class,
                      enum cap_space space, uint8_t token,
                      const struct cap_signature *signature,
                      const struct cap_links *links)
{
    const uint8_t key[] = {number, class, (uint8_t)space, token};

    return put(to, key, signature, links);
}

enum err vm_kinds_put_said(struct buf *to, uint8_t import, uint8_t class,
                           enum cap_space space, uint8_t token,
                           const struct cap_signature *signature,
                           const struct cap_links *links)
{
    const uint8_t key[] = {import, class, said((uint8_t)space), token};

    return put(to, key, signature, links);
}

/* All that is kept of a package; empty when there is nothing. */
static struct span kept(const struct vm *vm, const struct vm_resident *r)
{
    struct heap_view v;

    return r != NULL && heap_get(vm->heap, r->signatures, &v)
               ? span_of(v.p, v.h.length)
               : span_of(NULL, 0);
}

static bool take(struct span *s, struct entry *e)
{
    struct span head;
    size_t linked = 0;

    if (span_take(s, ENTRY_HEAD, &head) != ERR_OK ||
        span_take(s, head.p[4], &e->kinds) != ERR_OK)
        return false;
    e->key = head.p;
    e->nargs = head.p[4];
    e->result = head.p[5];
    linked = (e->result & KEPT_LINK) != 0;
    for (size_t i = 0; i < e->kinds.n; i++)
        linked += (e->kinds.p[i] & KEPT_LINK) != 0;
    return span_take(s, 2 * linked, &e->links) == ERR_OK;
}

/* The kind at a place, and its number when it is open, else 0. */
static bool cell_at(const struct entry *e, uint8_t place, uint8_t *kind,
                    uint16_t *link)
{
    const uint8_t *at = e->links.p;

    if (place != RESULT && place >= e->nargs)
        return false;
    for (unsigned i = 0; i < e->nargs && i < place; i++)
        at += (e->kinds.p[i] & KEPT_LINK) != 0 ? 2 : 0;
    const uint8_t raw = place == RESULT ? e->result : e->kinds.p[place];
    *kind = raw & KIND;
    *link = (raw & KEPT_LINK) != 0 ? get_u2(at) : 0;
    return true;
}

/* The entry that begins with these four bytes. */
static bool find(struct span s, const uint8_t key[4], struct entry *e)
{
    while (take(&s, e)) {
        if (memcmp(e->key, key, 4) == 0)
            return true;
    }
    return false;
}

static bool find_own(const struct vm *vm, const struct vm_kinds_method *m,
                     struct entry *e)
{
    const uint8_t key[] = {m->package.number, m->class, m->space, m->token};

    return find(kept(vm, vm_resident(vm, m->package.package)), key, e);
}

bool vm_kinds_own(const struct vm *vm, const struct vm_kinds_method *m,
                  struct cap_signature *out)
{
    struct entry e;

    if (!find_own(vm, m, &e))
        return false;
    out->nargs = e.nargs;
    out->result = e.result & KIND;
    out->is_init = (e.result & KEPT_INIT) != 0;
    for (uint8_t i = 0; i < e.nargs; i++)
        out->kinds[i] = e.kinds.p[i] & KIND;
    return true;
}

/* ---- looking for all that is one kind ---- */

/*
 * Cells that are one: all of a package with one number; or, link 0, the one
 * at a place of a method that its own package keeps nothing of.
 */
struct node {
    uint8_t package;
    uint16_t link;
    struct vm_kinds_method method;
    uint8_t place;
};

struct search {
    const struct vm *vm;
    uint32_t *effort;
    struct node nodes[NODES_MAX];
    unsigned count;
    uint8_t kind; /* what is known by now */
    bool fits;
};

static bool spend(uint32_t *effort)
{
    if (*effort > 0)
        --*effort;
    return *effort > 0;
}

static bool same_method(const struct vm_kinds_method *a,
                        const struct vm_kinds_method *b)
{
    return a->package.package == b->package.package &&
           a->package.number == b->package.number && a->class == b->class &&
           a->space == b->space && a->token == b->token;
}

static bool same_node(const struct node *a, const struct node *b)
{
    return a->package == b->package && a->link == b->link &&
           (a->link != 0 ||
            (same_method(&a->method, &b->method) && a->place == b->place));
}

static void add_node(struct search *s, const struct node *n)
{
    for (unsigned i = 0; i < s->count; i++) {
        if (same_node(&s->nodes[i], n))
            return;
    }
    if (s->count == NODES_MAX)
        *s->effort = 0;
    else
        s->nodes[s->count++] = *n;
}

static void add_cell(struct search *s, uint8_t package, const struct entry *e,
                     uint8_t place)
{
    struct node n = {.package = package};
    uint8_t kind = 0;

    if (!cell_at(e, place, &kind, &n.link))
        return;
    s->fits = cap_kind_meet(s->kind, kind, &s->kind) && s->fits;
    if (n.link != 0)
        add_node(s, &n);
}

static void add_method(struct search *s, const struct vm_kinds_method *m,
                       uint8_t place)
{
    const struct node n = {
        .package = m->package.package, .method = *m, .place = place};
    struct entry e;

    if (find_own(s->vm, m, &e))
        add_cell(s, n.package, &e, place);
    else
        add_node(s, &n);
}

/* The method that an entry of what is said speaks of. */
static struct vm_kinds_method subject(const struct vm_resident *r,
                                      const struct entry *e)
{
    return (struct vm_kinds_method){
        .package = vm_import(r, e->key[0]),
        .class = e->key[1],
        .space = (uint8_t)(SAID + CAP_SPACE_INTERFACE - e->key[2]),
        .token = e->key[3]};
}

/* The next that a package says of a method, behind what was taken. */
static bool find_said(const struct vm_resident *r, struct span *rest,
                      const struct vm_kinds_method *m, uint32_t *effort,
                      struct entry *e)
{
    while (take(rest, e) && spend(effort)) {
        if (!is_said(e))
            continue;
        const struct vm_kinds_method of = subject(r, e);
        if (same_method(&of, m))
            return true;
    }
    return false;
}

/* What others say of a place of a method. */
static void add_said(struct search *s, const struct vm_kinds_method *m,
                     uint8_t place)
{
    struct entry e;

    for (uint8_t i = 1; i <= CARD_PACKAGES_MAX; i++) {
        const struct vm_resident *r = vm_resident(s->vm, i);
        struct span all = kept(s->vm, r);
        while (find_said(r, &all, m, s->effort, &e))
            add_cell(s, i, &e, place);
    }
}

/* A cell of a package that has the number which is looked for. */
static void follow(struct search *s, uint8_t package, const struct entry *e,
                   uint8_t place)
{
    if (is_said(e)) {
        const struct vm_kinds_method of =
            subject(vm_resident(s->vm, package), e);
        add_method(s, &of, place);
        return;
    }
    const struct vm_kinds_method own = {.package = {package, e->key[0]},
                                        .class = e->key[1],
                                        .space = e->key[2],
                                        .token = e->key[3]};
    add_said(s, &own, place);
}

static void expand(struct search *s, const struct node *n)
{
    struct span all = kept(s->vm, vm_resident(s->vm, n->package));
    struct entry e;
    uint8_t kind = 0;
    uint16_t link = 0;

    if (n->link == 0) {
        add_said(s, &n->method, n->place);
        return;
    }
    while (take(&all, &e) && spend(s->effort)) {
        for (unsigned i = 0; i <= e.nargs && e.links.n > 0; i++) {
            const uint8_t place = i < e.nargs ? (uint8_t)i : RESULT;
            if (cell_at(&e, place, &kind, &link) && link == n->link)
                follow(s, n->package, &e, place);
        }
    }
}

/* False: those who speak of this place contradict each other. */
static bool look(struct search *s, const struct vm_kinds_method *m,
                 uint8_t place)
{
    s->count = 0;
    s->kind = CAP_KIND_UNKNOWN;
    s->fits = true;
    add_method(s, m, place);
    for (unsigned i = 0; *s->effort > 0 && i < s->count; i++) {
        const struct node n = s->nodes[i];
        expand(s, &n);
    }
    return s->fits && *s->effort > 0;
}

/* ---- what is said of methods ---- */

/* Argument cells of a method, by its package or by any that speaks of it. */
static uint8_t args_of(const struct vm *vm, const struct vm_kinds_method *m,
                       uint32_t *effort, bool *declared)
{
    struct entry e;

    *declared = find_own(vm, m, &e);
    if (*declared)
        return e.nargs;
    for (uint8_t i = 1; i <= CARD_PACKAGES_MAX; i++) {
        const struct vm_resident *r = vm_resident(vm, i);
        struct span all = kept(vm, r);
        if (find_said(r, &all, m, effort, &e))
            return e.nargs;
    }
    return 0;
}

static bool is_interface(const struct vm *vm, const struct vm_kinds_method *m)
{
    const struct vm_class c = vm_exported_class(vm, m->package, m->class);

    return m->space == CAP_SPACE_INTERFACE && m->token <= TOKEN_MAX &&
           c.package != 0 && vm_class_is_interface(vm, c);
}

bool vm_kinds_said(const struct vm *vm, const struct vm_kinds_method *m,
                   uint32_t *effort, struct cap_signature *out)
{
    struct search s = {.vm = vm, .effort = effort};
    bool declared = false;

    out->nargs = 0;
    if (vm_is_api(m->package.package))
        return false;
    out->nargs = args_of(vm, m, effort, &declared);
    if (!declared && !is_interface(vm, m))
        return false;
    for (uint8_t i = 0; i < out->nargs; i++) {
        (void)look(&s, m, i);
        out->kinds[i] = s.kind;
    }
    (void)look(&s, m, RESULT);
    out->result = s.kind;
    return true;
}

bool vm_kinds_agree(const struct vm *vm, uint8_t package, uint32_t *effort)
{
    const struct vm_resident *r = vm_resident(vm, package);
    struct search s = {.vm = vm, .effort = effort};
    struct span all = kept(vm, r);
    struct entry e;
    bool agree = true;

    while (agree && take(&all, &e)) {
        if (!is_said(&e))
            continue;
        const struct vm_kinds_method of = subject(r, &e);
        for (uint8_t i = 0; i < e.nargs && agree; i++)
            agree = look(&s, &of, i);
        agree = agree && look(&s, &of, RESULT);
    }
    return agree;
}
