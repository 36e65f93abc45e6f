#include "jcre/aid.h"

#include <string.h>

#include "jcre/state.h"

enum jcre_aid_place { LENGTH_AT = 0, BYTES_AT = 1 };

enum err jcre_aid_new(struct jcre *j, struct span aid, ref_t *out)
{
    struct heap_header hd = {0};
    enum err e = ERR_CORRUPT;

    hd.kind = HEAP_OBJECT;
    hd.flags = HEAP_ENTRY_POINT;
    hd.class_package = j->api.aid.package;
    hd.class_offset = j->api.aid.offset;
    hd.length = vm_instance_cells(j->vm, j->api.aid);
    e = heap_new(j->heap, &hd, out);
    return e != ERR_OK ? e : jcre_aid_set(j, *out, aid);
}

enum err jcre_aid_set(struct jcre *j, ref_t object, struct span aid)
{
    uint8_t body[JCRE_AID_BODY] = {0};

    if (aid.n < JCRE_AID_MIN || aid.n > JCRE_AID_MAX)
        return ERR_RANGE;
    body[LENGTH_AT] = (uint8_t)aid.n;
    memcpy(body + BYTES_AT, aid.p, aid.n);
    return heap_write(j->heap, object, 0, body, sizeof body, HEAP_ATOMIC);
}

bool jcre_aid_get(const struct jcre *j, ref_t object, struct span *aid)
{
    struct heap_view v;

    if (!heap_get(j->heap, object, &v) || v.h.kind != HEAP_OBJECT ||
        heap_body_size(&v.h) < JCRE_AID_BODY)
        return false;
    if (!vm_instance_of(j->vm, object, j->api.aid))
        return false;
    *aid = span_of(v.p + BYTES_AT, v.p[LENGTH_AT]);
    return v.p[LENGTH_AT] <= JCRE_AID_MAX;
}
