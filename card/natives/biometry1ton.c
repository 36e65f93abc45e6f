/*
 * javacardx.biometry1toN: template data, and matchers that hold references to
 * some of it.  A matcher has tries of its own, and for each of its places a
 * byte that says whether a candidate has differed so far: a candidate matches
 * the first template of its length that it equals; while it is shorter than
 * another template, more data may come.  [JCAPI BioMatcher]
 */
#include "natives/bio.h"
#include "natives/cells.h"
#include "natives/natives.h"

#include <string.h>

enum { PLACES_MAX = 64, CELL_SIZE = 2 };

static const char exception[] = "javacardx/biometry1toN/Bio1toNException";
static const char data_class[] = "javacardx/biometry1toN/Bio1toNBuilder$Data";
static const char matcher_class[] =
    "javacardx/biometry1toN/Bio1toNBuilder$Matcher";
static const char face[] = "javacardx/biometry1toN/OwnerBioTemplateData";

static enum vm_native_result fail(struct vm *vm, uint16_t reason)
{
    return vm_throw_name(vm, exception, reason);
}

/* ---- building ---- */

static enum vm_native_result
build_data(struct vm *vm, const struct vm_call *call, ref_t provider)
{
    ref_t object = 0;

    if (!native_bio_supports(vm, call, exception, native_byte(call, 0),
                             provider, 0))
        return VM_NATIVE_THREW;
    object =
        native_bio_new(vm, call, data_class, 1, BIO_VALUE_MAX, BIO_DIFFERS);
    return object != 0 ? native_done_ref(vm, object) : VM_NATIVE_THREW;
}

enum vm_native_result native_data_build(struct vm *vm,
                                        const struct vm_call *call)
{
    return build_data(vm, call, 0);
}

enum vm_native_result native_data_build_of(struct vm *vm,
                                           const struct vm_call *call)
{
    return build_data(vm, call, call->cells[1]);
}

/* The array of its places. */
static enum err new_places(struct vm *vm, const struct vm_call *call,
                           ref_t matcher, uint32_t n)
{
    const struct vm_class class = vm_api_class(face);
    const struct heap_header hd = {.kind = HEAP_REF_ARRAY,
                                   .context = call->caller_context,
                                   .owner = vm_owner(vm),
                                   .class_package = class.package,
                                   .class_offset = class.offset,
                                   .length = n};
    ref_t places = 0;
    enum err e = heap_new(vm_heap(vm), &hd, &places);

    return e != ERR_OK ? e
                       : native_set_cell(vm, matcher, CELL_BIO_PLACES, places,
                                         HEAP_ATOMIC);
}

static enum vm_native_result build_matcher(struct vm *vm,
                                           const struct vm_call *call,
                                           ref_t provider, int8_t parameter)
{
    const int16_t n = native_short(call, 0);
    const int8_t limit = native_byte(call, 2);
    ref_t object = 0;

    if (n < 1 || limit < 1)
        return fail(vm, BIO_ILLEGAL_VALUE);
    if (!native_bio_supports(vm, call, exception, native_byte(call, 1),
                             provider, parameter))
        return VM_NATIVE_THREW;
    if (n > PLACES_MAX)
        return fail(vm, BIO_CAPACITY_EXCEEDED);
    object = native_bio_new(vm, call, matcher_class, (uint8_t)limit, 0,
                            BIO_DIFFERS + (uint32_t)n);
    if (object == 0)
        return VM_NATIVE_THREW;
    const enum err e = new_places(vm, call, object, (uint32_t)n);
    return e == ERR_OK ? native_done_ref(vm, object) : vm_throw_err(vm, e);
}

enum vm_native_result native_matcher_build(struct vm *vm,
                                           const struct vm_call *call)
{
    return build_matcher(vm, call, 0, 0);
}

enum vm_native_result native_matcher_build_of(struct vm *vm,
                                              const struct vm_call *call)
{
    return build_matcher(vm, call, call->cells[3], native_byte(call, 4));
}

/* ---- template data ---- */

static bool open_data(struct vm *vm, ref_t object, struct bio *b)
{
    return native_bio_open(vm, object, exception, b);
}

enum vm_native_result native_data_initialized(struct vm *vm,
                                              const struct vm_call *call)
{
    struct bio b;

    return open_data(vm, call->cells[0], &b)
               ? native_done_short(vm, b.p[BIO_READY_AT] != 0)
               : VM_NATIVE_THREW;
}

enum vm_native_result native_data_public(struct vm *vm,
                                         const struct vm_call *call)
{
    struct bio b;

    return open_data(vm, call->cells[0], &b) ? native_bio_public(vm, call, &b)
                                             : VM_NATIVE_THREW;
}

enum vm_native_result native_data_init(struct vm *vm,
                                       const struct vm_call *call)
{
    struct bio b;

    return open_data(vm, call->cells[0], &b) ? native_bio_init(vm, call, &b)
                                             : VM_NATIVE_THREW;
}

enum vm_native_result native_data_update(struct vm *vm,
                                         const struct vm_call *call)
{
    struct bio b;

    return open_data(vm, call->cells[0], &b) ? native_bio_update(vm, call, &b)
                                             : VM_NATIVE_THREW;
}

enum vm_native_result native_data_final(struct vm *vm,
                                        const struct vm_call *call)
{
    struct bio b;

    return open_data(vm, call->cells[0], &b) ? native_bio_final(vm, &b)
                                             : VM_NATIVE_THREW;
}

enum vm_native_result native_data_clear(struct vm *vm,
                                        const struct vm_call *call)
{
    struct bio b;

    return open_data(vm, call->cells[0], &b) ? native_bio_clear(vm, &b)
                                             : VM_NATIVE_THREW;
}

/* ---- a matcher ---- */

struct matcher {
    struct bio b;
    ref_t places;
    const uint8_t *p; /* the references */
    uint16_t n;
};

static bool open(struct vm *vm, const struct vm_call *call, struct matcher *m)
{
    struct heap_view v;

    if (!native_bio_open(vm, call->cells[0], exception, &m->b))
        return false;
    m->places = native_cell(vm, call->cells[0], CELL_BIO_PLACES);
    if (!heap_get(vm_heap(vm), m->places, &v)) {
        (void)native_throw_null(vm);
        return false;
    }
    m->p = v.p;
    m->n = (uint16_t)v.h.length;
    return true;
}

static ref_t place(const struct matcher *m, int32_t i)
{
    return i >= 0 && i < m->n ? get_u2(m->p + CELL_SIZE * i) : 0;
}

/* The template in a place, if there is one and it is enrolled. */
static bool template_at(struct vm *vm, const struct matcher *m, uint16_t i,
                        struct bio *t)
{
    struct heap_view v;
    const ref_t object = place(m, i);

    t->record = object != 0 ? native_cell(vm, object, CELL_BIO_RECORD) : 0;
    return object != 0 && heap_get(vm_heap(vm), t->record, &v) &&
           (t->p = v.p)[BIO_READY_AT] != 0;
}

static bool is_initialized(struct vm *vm, const struct matcher *m)
{
    struct bio t;

    for (uint16_t i = 0; i < m->n; i++) {
        if (template_at(vm, m, i, &t))
            return true;
    }
    return false;
}

/* Open, and with a template at least. */
static bool open_ready(struct vm *vm, const struct vm_call *call,
                       struct matcher *m)
{
    if (!open(vm, call, m))
        return false;
    if (is_initialized(vm, m))
        return true;
    (void)fail(vm, BIO_NOT_ENROLLED);
    return false;
}

enum vm_native_result native_matcher_initialized(struct vm *vm,
                                                 const struct vm_call *call)
{
    struct matcher m;

    return open(vm, call, &m) ? native_done_short(vm, is_initialized(vm, &m))
                              : VM_NATIVE_THREW;
}

enum vm_native_result native_matcher_validated(struct vm *vm,
                                               const struct vm_call *call)
{
    struct matcher m;

    return open(vm, call, &m)
               ? native_done_short(vm, m.b.state[BIO_VALIDATED] != 0)
               : VM_NATIVE_THREW;
}

enum vm_native_result native_matcher_reset(struct vm *vm,
                                           const struct vm_call *call)
{
    struct matcher m;

    if (!open(vm, call, &m))
        return VM_NATIVE_THREW;
    m.b.state[BIO_VALIDATED] = m.b.state[BIO_BEST] = 0;
    return VM_NATIVE_DONE;
}

enum vm_native_result native_matcher_tries(struct vm *vm,
                                           const struct vm_call *call)
{
    struct matcher m;

    return open_ready(vm, call, &m) ? native_done_short(vm, m.b.p[BIO_TRIES_AT])
                                    : VM_NATIVE_THREW;
}

enum vm_native_result native_matcher_places(struct vm *vm,
                                            const struct vm_call *call)
{
    struct matcher m;

    return open(vm, call, &m) ? native_done_short(vm, m.n) : VM_NATIVE_THREW;
}

enum vm_native_result native_matcher_best(struct vm *vm,
                                          const struct vm_call *call)
{
    struct matcher m;

    if (!open(vm, call, &m))
        return VM_NATIVE_THREW;
    if (m.b.state[BIO_BEST] == 0)
        return fail(vm, BIO_ILLEGAL_USE);
    return native_done_short(vm, m.b.state[BIO_BEST] - 1);
}

enum vm_native_result native_matcher_get(struct vm *vm,
                                         const struct vm_call *call)
{
    struct matcher m;

    return open(vm, call, &m)
               ? native_done_ref(vm, place(&m, native_short(call, 1)))
               : VM_NATIVE_THREW;
}

enum vm_native_result native_matcher_unblock(struct vm *vm,
                                             const struct vm_call *call)
{
    struct matcher m;

    return open(vm, call, &m)
               ? native_bio_unblock(vm, &m.b, native_byte(call, 1))
               : VM_NATIVE_THREW;
}

/* Whether template data may be put here: the caller's own, enrolled, and of
 * the card's making, since there is nothing to compare in another. */
static bool may_put(struct vm *vm, const struct vm_call *call, ref_t data)
{
    struct bio t;

    if (native_is_null(vm, data))
        return true;
    if (!native_object(vm, call, data))
        return false;
    if (!vm_instance_of(vm, data, vm_api_class(data_class))) {
        (void)fail(vm, BIO_MISMATCHED_TYPE);
        return false;
    }
    if (!open_data(vm, data, &t))
        return false;
    if (t.p[BIO_READY_AT] == 0)
        (void)fail(vm, BIO_NOT_ENROLLED);
    return t.p[BIO_READY_AT] != 0;
}

enum vm_native_result native_matcher_put(struct vm *vm,
                                         const struct vm_call *call)
{
    const int16_t at = native_short(call, 1);
    uint8_t cell[CELL_SIZE];
    struct matcher m;

    if (!may_put(vm, call, call->cells[2]) || !open(vm, call, &m))
        return VM_NATIVE_THREW;
    if (at < 0 || at >= m.n)
        return fail(vm, BIO_ILLEGAL_VALUE);
    set_u2(cell, native_is_null(vm, call->cells[2]) ? 0 : call->cells[2]);
    return native_write(vm, m.places, (uint32_t)CELL_SIZE * (uint32_t)at, cell,
                        sizeof cell, HEAP_ATOMIC)
               ? VM_NATIVE_DONE
               : VM_NATIVE_THREW;
}

/* ---- matching ---- */

/* Compares with all; the place that matches, m->n for none.  *more: whether a
 * longer template is there. */
static uint16_t compare(struct vm *vm, const struct matcher *m,
                        struct span part, bool *more)
{
    const uint8_t matched = m->b.state[BIO_MATCHED];
    const size_t sum = matched + part.n;
    uint16_t best = m->n;
    struct bio t;

    *more = false;
    for (uint16_t i = m->n; i-- > 0;) {
        if (!template_at(vm, m, i, &t))
            continue;
        uint8_t *differs = m->b.state + BIO_DIFFERS + i;
        native_bio_compare(vm, &t, matched, part, differs);
        if (t.p[BIO_SIZE_AT] > sum)
            *more = true;
        else if (t.p[BIO_SIZE_AT] == sum && *differs == 0)
            best = i;
    }
    return best;
}

static enum vm_native_result take(struct vm *vm, const struct matcher *m,
                                  struct span part)
{
    bool more = false;
    const uint16_t best = compare(vm, m, part, &more);

    m->b.state[BIO_MATCHING] = best == m->n && more;
    if (best != m->n) {
        m->b.state[BIO_BEST] = (uint8_t)(best + 1);
        return native_bio_succeed(vm, &m->b) ? native_done_short(vm, BIO_MATCH)
                                             : VM_NATIVE_THREW;
    }
    if (!more)
        return native_done_short(vm, BIO_NO_MATCH);
    m->b.state[BIO_MATCHED] = (uint8_t)(m->b.state[BIO_MATCHED] + part.n);
    return native_done_short(vm, BIO_NEEDS_MORE);
}

enum vm_native_result native_matcher_begin(struct vm *vm,
                                           const struct vm_call *call)
{
    enum vm_native_result result;
    struct native_range r;
    struct matcher m;

    if (!open(vm, call, &m))
        return VM_NATIVE_THREW;
    if (!is_initialized(vm, &m))
        return native_piece(vm, call, 1, &r) ? fail(vm, BIO_NOT_ENROLLED)
                                             : VM_NATIVE_THREW;
    if (!native_bio_begin(vm, &m.b, &result))
        return result;
    memset(m.b.state + BIO_DIFFERS, 0, m.n);
    return native_piece(vm, call, 1, &r) ? take(vm, &m, native_span(&r))
                                         : VM_NATIVE_THREW;
}

enum vm_native_result native_matcher_match(struct vm *vm,
                                           const struct vm_call *call)
{
    struct native_range r;
    struct matcher m;

    if (!native_piece(vm, call, 1, &r) || !open_ready(vm, call, &m))
        return VM_NATIVE_THREW;
    if (m.b.state[BIO_MATCHING] == 0)
        return fail(vm, BIO_ILLEGAL_USE);
    return take(vm, &m, native_span(&r));
}
