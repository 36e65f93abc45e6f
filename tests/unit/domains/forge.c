#include "tests/unit/domains/forge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "jcre/table.h"
#include "root.h"
#include "vm/internal.h"

enum { SPARE_ROOT = 15 };

struct host forge_host;

struct heap *forge_heap(void)
{
    return &forge_host.card->heap;
}

void forge_put(ref_t ref, uint32_t at, const uint8_t *bytes, uint32_t n)
{
    assert_int_equal(heap_write(forge_heap(), ref, at, bytes, n, HEAP_RAW),
                     ERR_OK);
}

void forge_put_u1(ref_t ref, uint32_t at, uint8_t value)
{
    forge_put(ref, at, &value, 1);
}

void forge_put_u2(ref_t ref, uint32_t at, uint16_t value)
{
    uint8_t raw[2];

    set_u2(raw, value);
    forge_put(ref, at, raw, 2);
}

struct heap_view forge_view(ref_t ref)
{
    struct heap_view v;

    assert_true(heap_get(forge_heap(), ref, &v));
    return v;
}

void forge_sealed(ref_t ref, uint32_t at, const uint8_t *bytes, uint32_t n)
{
    uint8_t seal[REGISTRY_SEAL_SIZE];

    forge_put(ref, at, bytes, n);
    const struct heap_view v = forge_view(ref);
    const uint32_t end = v.h.length - REGISTRY_SEAL_SIZE;
    set_u4(seal, domain_seal(v.p, end));
    forge_put(ref, end, seal, sizeof seal);
}

void forge_sealed_u1(ref_t ref, uint32_t at, uint8_t value)
{
    forge_sealed(ref, at, &value, 1);
}

void forge_sealed_u2(ref_t ref, uint32_t at, uint16_t value)
{
    uint8_t raw[2];

    set_u2(raw, value);
    forge_sealed(ref, at, raw, 2);
}

ref_t forge_root(unsigned i)
{
    return heap_root(forge_heap(), i);
}

void forge_keep(ref_t ref)
{
    assert_int_equal(heap_set_root(forge_heap(), SPARE_ROOT, ref), ERR_OK);
}

ref_t forge_make(struct heap_header hd)
{
    ref_t ref = 0;

    assert_int_equal(heap_new(forge_heap(), &hd, &ref), ERR_OK);
    return ref;
}

ref_t forge_record(enum registry_kind kind, unsigned which)
{
    struct heap_view v;
    ref_t ref;

    for (uint16_t slot = 0; slot < REGISTRY_SLOTS; slot++) {
        if (domain_record(&forge_host.card->domain, slot, &v, &ref) &&
            v.p[0] == kind && which-- == 0)
            return ref;
    }
    fail();
    return 0;
}

uint32_t forge_listed(uint8_t id, unsigned which)
{
    return 2u * (VM_LIST_STEP * (id - 1u) + which);
}

ref_t forge_part(uint8_t id, unsigned which)
{
    return get_u2(forge_view(forge_root(HEAP_ROOT_PACKAGES)).p +
                  forge_listed(id, which));
}

ref_t forge_applet(uint16_t instance)
{
    struct jcre_pair pair;

    assert_true(jcre_table_get(&forge_host.card->jcre, instance, &pair));
    return pair.applet;
}

uint16_t forge_slot(enum registry_kind kind, unsigned which)
{
    struct heap_view v;
    ref_t ref;

    for (uint16_t slot = 0; slot < REGISTRY_SLOTS; slot++) {
        if (domain_record(&forge_host.card->domain, slot, &v, &ref) &&
            v.p[0] == kind && which-- == 0)
            return slot;
    }
    fail();
    return 0;
}
