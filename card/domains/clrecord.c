#include "domains/clrecord.h"

#include "domains/memory.h"

enum {
    HEAD_SIZE = 12,
    STATE_AT = 1,
    INITIAL_AT = 2,
    APPLICATION_AT = 4,
    UPDATES_AT = 6,
    RANK_AT = 8,
    ITEM_HEAD = 3,
    INFO_FIRST = 0x04,
    INFO_LAST = 0x15,
};

static const struct domain_cl_edit as_it_is = {.drop = 0};

/* ---- reading ---- */

bool domain_cl_record(const struct domain *d, uint16_t slot,
                      struct domain_cl *cl)
{
    struct heap_view v;
    ref_t ref;

    if (!domain_record(d, slot, &v, &ref) || v.p[0] != ENTRY_CONTACTLESS ||
        v.h.length < HEAD_SIZE)
        return false;
    *cl = (struct domain_cl){
        .slot = slot,
        .application = get_u2(v.p + APPLICATION_AT),
        .state = v.p[STATE_AT],
        .initial = v.p[INITIAL_AT],
        .updates = get_u2(v.p + UPDATES_AT),
        .rank = (int32_t)get_u4(v.p + RANK_AT),
        .items = span_of(v.p + HEAD_SIZE, v.h.length - HEAD_SIZE),
    };
    return true;
}

bool domain_cl_each(const struct domain *d, uint16_t *slot,
                    struct domain_cl *cl)
{
    for (*slot = domain_next_slot(d, *slot); *slot != DOMAIN_NONE;
         *slot = domain_next_slot(d, (uint16_t)(*slot + 1))) {
        if (domain_cl_record(d, *slot, cl))
            return true;
    }
    return false;
}

void domain_cl(const struct domain *d, uint16_t slot, struct domain_cl *cl)
{
    for (uint16_t s = 0; domain_cl_each(d, &s, cl); s++) {
        if (cl->application == slot)
            return;
    }
    *cl = (struct domain_cl){
        .slot = DOMAIN_NONE,
        .application = slot,
        .state = slot == CL_CARD ? 0 : CL_INITIAL,
        .initial = CL_INITIAL,
    };
}

static bool take_any(struct span *items, uint8_t *type, struct span *value)
{
    struct span head;

    if (span_take(items, ITEM_HEAD, &head) != ERR_OK)
        return false;
    *type = head.p[0];
    return span_take(items, get_u2(head.p + 1), value) == ERR_OK;
}

bool domain_cl_take(struct span *items, uint8_t *type, struct span *value)
{
    const uint8_t wanted = *type;

    while (take_any(items, type, value)) {
        if (wanted == 0 || *type == wanted)
            return true;
    }
    *type = wanted;
    return false;
}

bool domain_cl_item(const struct domain_cl *cl, uint8_t type,
                    struct span *value)
{
    struct span items = cl->items;

    return domain_cl_take(&items, &type, value);
}

bool domain_cl_lists(const struct domain_cl *cl, uint8_t type,
                     struct span value)
{
    struct span items = cl->items;
    struct span item;

    while (domain_cl_take(&items, &type, &item)) {
        if (span_equal(item, value))
            return true;
    }
    return false;
}

static bool is_type(uint8_t type)
{
    return (type >= INFO_FIRST && type <= INFO_LAST) || type == CL_ITEM_CREL ||
           type == CL_ITEM_MEMBER;
}

bool domain_cl_is_sound(const struct domain_cl *cl)
{
    struct span items = cl->items;
    struct span value;
    uint8_t type = 0;

    while (items.n > 0) {
        if (!take_any(&items, &type, &value) || !is_type(type))
            return false;
    }
    return true;
}

/* ---- writing ---- */

static bool is_dropped(const struct domain_cl_edit *edit, uint8_t type,
                       struct span value)
{
    return edit->drop != 0 && type == edit->drop &&
           (!edit->one || span_equal(value, edit->dropped));
}

/* Bytes of items that stay, and of the one that comes. */
static size_t edited_size(const struct domain_cl *cl,
                          const struct domain_cl_edit *edit)
{
    size_t n = edit->add != 0 ? ITEM_HEAD + edit->added.n : 0;
    struct span items = cl->items;
    struct span value;
    uint8_t type = 0;

    while (take_any(&items, &type, &value)) {
        if (!is_dropped(edit, type, value))
            n += ITEM_HEAD + value.n;
    }
    return n;
}

static enum err put_item(struct domain *d, ref_t ref, uint32_t *at,
                         uint8_t type, struct span value)
{
    uint8_t head[ITEM_HEAD] = {type};

    set_u2(head + 1, (uint16_t)value.n);
    enum err e = heap_write(d->heap, ref, *at, head, ITEM_HEAD, HEAP_RAW);
    if (e == ERR_OK && value.n > 0)
        e = heap_write(d->heap, ref, *at + ITEM_HEAD, value.p,
                       (uint32_t)value.n, HEAP_RAW);
    *at += ITEM_HEAD + (uint32_t)value.n;
    return e;
}

static enum err put_head(struct domain *d, ref_t ref,
                         const struct domain_cl *cl)
{
    uint8_t head[HEAD_SIZE] = {ENTRY_CONTACTLESS};

    head[STATE_AT] = cl->state;
    head[INITIAL_AT] = cl->initial;
    set_u2(head + APPLICATION_AT, cl->application);
    set_u2(head + UPDATES_AT, cl->updates);
    set_u4(head + RANK_AT, (uint32_t)cl->rank);
    return heap_write(d->heap, ref, 0, head, HEAD_SIZE, HEAP_RAW);
}

/* From the items of `old`, which are where they were before `ref` was made,
 * or not. */
static enum err put_items(struct domain *d, ref_t ref, uint16_t slot,
                          const struct domain_cl_edit *edit)
{
    struct domain_cl old = {.items = span_of(NULL, 0)};
    uint32_t at = HEAD_SIZE;
    enum err e = ERR_OK;
    struct span value;
    uint8_t type = 0;

    if (slot != DOMAIN_NONE && !domain_cl_record(d, slot, &old))
        return ERR_CORRUPT;
    while (e == ERR_OK && take_any(&old.items, &type, &value)) {
        if (!is_dropped(edit, type, value))
            e = put_item(d, ref, &at, type, value);
    }
    return e == ERR_OK && edit->add != 0
               ? put_item(d, ref, &at, edit->add, edit->added)
               : e;
}

/* In a transaction. */
static enum err write_record(struct domain *d, const struct domain_cl *cl,
                             const struct domain_cl_edit *edit)
{
    static const uint8_t kind[] = {ENTRY_CONTACTLESS};
    const size_t n = edited_size(cl, edit);
    uint16_t slot = cl->slot;
    ref_t ref = 0;

    if (n > CL_ITEMS_MAX)
        return ERR_RANGE;
    if (!domain_may_keep(d, slot, kind, HEAD_SIZE + (uint32_t)n))
        return ERR_MEMORY;
    enum err e = domain_new_record(d, HEAD_SIZE + (uint32_t)n, &ref);
    if (e == ERR_OK)
        e = put_head(d, ref, cl);
    if (e == ERR_OK)
        e = put_items(d, ref, cl->slot, edit);
    return e == ERR_OK ? domain_enter_record(d, &slot, ref) : e;
}

static enum err count_and_write(struct domain *d, const struct domain_cl *cl,
                                const struct domain_cl_edit *edit)
{
    struct domain_cl now = *cl;
    struct domain_cl card;

    if (cl->application != CL_CARD) {
        domain_cl(d, CL_CARD, &card);
        card.updates++;
        enum err e = write_record(d, &card, &as_it_is);
        if (e != ERR_OK)
            return e;
        /* a new record may have moved what the items are in */
        if (now.slot != DOMAIN_NONE && domain_cl_record(d, now.slot, &card))
            now.items = card.items;
    }
    now.updates++;
    return write_record(d, &now, edit);
}

typedef enum err writer(struct domain *d, const struct domain_cl *cl,
                        const struct domain_cl_edit *edit);

/* In a transaction of its own, unless there is one. */
static enum err in_transaction(struct domain *d, writer *write,
                               const struct domain_cl *cl,
                               const struct domain_cl_edit *edit)
{
    bool own = false;

    enum err e = domain_begin(d, &own);
    if (e != ERR_OK)
        return e;
    return domain_end(d, own, write(d, cl, edit));
}

/* What the epoch's end takes with it must not be the only place of anything. */
enum err domain_cl_change(struct domain *d, const struct domain_cl *cl,
                          const struct domain_cl_edit *edit)
{
    if (heap_in_epoch(d->heap))
        return ERR_STATE;
    return in_transaction(d, count_and_write, cl,
                          edit != NULL ? edit : &as_it_is);
}

enum err domain_cl_enter(struct domain *d, const struct domain_cl *cl,
                         const struct domain_cl_edit *edit)
{
    return in_transaction(d, write_record, cl, edit != NULL ? edit : &as_it_is);
}
