#include "jcre/aid.h"
#include "jcre/state.h"
#include "jcre/table.h"

/*
 * Invariants of the applet table:
 * (1) a pair is both null or both set;
 * (2) its applet is an Applet that owns itself, its AID 5 to 16 bytes long;
 * (3) no two instances have the same AID;
 * (4) every object with an owner has an instance of that number, of the same
 *     context, unless an installation is under way.
 */

struct findings {
    const struct jcre *j;
    void (*report)(void *ctx, const char *line);
    void *ctx;
    unsigned count;
};

static void found(struct findings *f, const char *line)
{
    f->count++;
    if (f->report != NULL)
        f->report(f->ctx, line);
}

static void check_pair(struct findings *f, uint16_t instance,
                       struct jcre_pair pair)
{
    const struct jcre *j = f->j;
    struct heap_view v;
    struct span aid;

    if (pair.applet == 0 || pair.aid == 0) {
        found(f, "applet table: a pair is half empty");
        return;
    }
    if (!heap_get(j->heap, pair.applet, &v) || v.h.owner != instance ||
        !vm_instance_of(j->vm, pair.applet, j->api.applet))
        found(f, "applet table: an entry is no applet of its own");
    if (!jcre_aid_get(j, pair.aid, &aid) || aid.n < JCRE_AID_MIN)
        found(f, "applet table: an entry has no AID");
    else if (jcre_find(j, aid) != instance)
        found(f, "applet table: two instances have the same AID");
}

static void check_owner(struct findings *f, const struct heap_view *v)
{
    struct jcre_pair pair;
    struct heap_view applet;

    if (!jcre_table_get(f->j, v->h.owner, &pair) || pair.applet == 0)
        found(f, "applet table: an object has an owner that is not there");
    else if (heap_get(f->j->heap, pair.applet, &applet) &&
             applet.h.context != v->h.context)
        found(f, "applet table: an object has an owner of another context");
}

static void check_owners(struct findings *f)
{
    const struct heap *heap = f->j->heap;
    struct heap_view v;

    for (ref_t r = heap_next(heap, 0); r != 0; r = heap_next(heap, r)) {
        if (heap_get(heap, r, &v) && v.h.owner != 0)
            check_owner(f, &v);
    }
}

unsigned jcre_check(const struct jcre *j,
                    void (*report)(void *ctx, const char *line), void *ctx)
{
    struct findings f = {j, report, ctx, 0};
    struct jcre_pair pair;

    if (!jcre_table_get(j, 1, &pair)) {
        found(&f, "applet table: it is not there");
        return f.count;
    }
    for (uint16_t i = 1; jcre_table_get(j, i, &pair); i++) {
        if (pair.applet != 0 || pair.aid != 0)
            check_pair(&f, i, pair);
    }
    if (!heap_in_epoch(j->heap))
        check_owners(&f);
    return f.count;
}
