/* Static resources: bytes that came with a package. [JCVM 6.16] */
#include "vm/internal.h"

enum { HEAD = 6 /* of a resource: id, size; the bytes of all follow */ };

uint8_t vm_calling_package(const struct vm *vm)
{
    for (unsigned i = vm->depth; i > 0; i--) {
        if (vm->frames[i - 1].package != 0)
            return vm->frames[i - 1].package;
    }
    return 0;
}

/* Among the heads; *bytes: where its own begin, after the heads. */
static bool find_head(struct span heads, uint16_t id, uint32_t *bytes,
                      uint32_t *size)
{
    *bytes = 0;
    for (const uint8_t *p = heads.p; p < heads.p + heads.n; p += HEAD) {
        *size = get_u4(p + 2);
        if (get_u2(p) == id)
            return true;
        *bytes += *size;
    }
    return false;
}

bool vm_resource(const struct vm *vm, uint8_t package, uint16_t id,
                 struct vm_resource *out)
{
    const struct vm_resident *r = vm_resident(vm, package);
    struct heap_view record, file;
    uint16_t count = 0;
    struct span heads, rest;
    uint32_t at = 0;

    if (r == NULL)
        return false;
    rest = r->cap.part[CAP_STATIC_RESOURCES];
    if (span_take_u2(&rest, &count) != ERR_OK ||
        span_take(&rest, (size_t)HEAD * count, &heads) != ERR_OK ||
        !find_head(heads, id, &at, &out->size) || at > rest.n ||
        out->size > rest.n - at || !heap_get(vm->heap, r->record, &record))
        return false;
    out->load_file = get_u2(record.p);
    if (!heap_get(vm->heap, out->load_file, &file))
        return false;
    out->at = (uint32_t)(rest.p + at - file.p);
    return true;
}
