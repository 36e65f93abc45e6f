/*
 * The order of the check: rows read; classes, constants and what is entered
 * from outside held against them; then every method followed.
 */
#include "cap/types.h"

#include <string.h>

#include "cap/typeclass.h"
#include "cap/typeframe.h"
#include "cap/typename.h"
#include "cap/typelocation.h"

/* Steps that one package is worth: a second or so. */
enum { EFFORT = 1 << 28 };

/* java.lang itself has no world above it: its tokens are known. */
static void find_own_roots(struct cap_types *s)
{
    enum { THROWABLE = 1 };

    for (uint16_t i = 0; i < s->class_count; i++) {
        const struct cap_class_row *c = &s->classes[i];
        if (c->super != CAP_CLASS_NONE || (c->flags & CAP_WORLD_INTERFACE) != 0)
            continue;
        s->object = c->offset;
        for (uint16_t k = 0; k < s->class_count; k++) {
            if (s->classes[k].token == THROWABLE)
                s->throwable = s->classes[k].offset;
        }
    }
}

static bool find_roots(struct cap_types *s)
{
    static const char object[] = "java/lang/Object";
    static const char throwable[] = "java/lang/Throwable";

    s->object = cap_class_of_name(s, object, sizeof object - 1);
    s->throwable = cap_class_of_name(s, throwable, sizeof throwable - 1);
    find_own_roots(s);
    return (s->object != CAP_CLASS_NONE && s->throwable != CAP_CLASS_NONE) ||
           cap_types_find(s, CAP_IMPORT, 0, 0, CAP_RULE_IMPORTED_CLASS);
}

static bool check_classes(struct cap_types *s)
{
    bool ok = true;
    for (uint16_t i = 0; i < s->class_count; i++)
        ok = cap_check_class_types(s, &s->classes[i]) && ok;
    return ok;
}

/* Every method; what is wrong with one does not hide the next. */
static enum err check_methods(struct cap_types *s)
{
    enum err worst = ERR_OK;

    for (uint16_t i = 0; i < s->method_count; i++) {
        const struct cap_class_row *c = cap_class_row(s, s->methods[i].class);
        if ((c->flags & CAP_WORLD_INTERFACE) != 0)
            continue;
        enum err e = cap_type_flow(s, &s->methods[i]);
        if (e == ERR_MEMORY)
            return e;
        if (e != ERR_OK)
            worst = e;
    }
    return worst;
}

enum err cap_check_types(const struct cap_types_check *check)
{
    if (check->cap->part[CAP_DESCRIPTOR].n == 0)
        return ERR_NOT_FOUND;
    struct cap_types *s = NULL;
    if (check->scratch_size < sizeof *s)
        return ERR_MEMORY;
    s = (void *)check->scratch;
    memset(s, 0, sizeof *s);
    s->check = check;
    s->cap = check->cap;
    s->used = (uint32_t)((sizeof *s + 7) & ~(size_t)7);
    s->effort = EFFORT;
    enum err e = cap_types_read(s);
    if (e == ERR_OK)
        e = cap_check_locations(s);
    if (e != ERR_OK)
        return e;
    bool ok = find_roots(s) && check_classes(s);
    ok = ok && cap_check_pool_types(s);
    ok = ok && cap_check_entry_types(s);
    if (!ok)
        return ERR_TYPE;
    e = check_methods(s);
    return e == ERR_OK && s->found ? ERR_TYPE : e;
}
