/*
 * javacardx.biometry: BioBuilder, and the templates that it builds.  Tries are
 * counted as those of a PIN: down before the comparison and outside any
 * transaction.  [JCAPI BioTemplate] [JCRE 9.3]
 */
#include "natives/bio.h"
#include "natives/natives.h"

static const char exception[] = "javacardx/biometry/BioException";

/* ---- building ---- */

static enum vm_native_result build(struct vm *vm, const struct vm_call *call,
                                   ref_t provider, int8_t parameter)
{
    const int8_t limit = native_byte(call, 1);
    const struct bio none = {.exception = exception};
    ref_t object = 0;

    if (limit < 1)
        return native_bio_throw(vm, &none, BIO_ILLEGAL_VALUE);
    if (!native_bio_supports(vm, call, exception, native_byte(call, 0),
                             provider, parameter))
        return VM_NATIVE_THREW;
    object = native_bio_new(vm, call, "javacardx/biometry/BioBuilder$Password",
                            (uint8_t)limit, BIO_VALUE_MAX, BIO_DIFFERS + 1);
    return object != 0 ? native_done_ref(vm, object) : VM_NATIVE_THREW;
}

enum vm_native_result native_bio_build(struct vm *vm,
                                       const struct vm_call *call)
{
    return build(vm, call, 0, 0);
}

enum vm_native_result native_bio_build_of(struct vm *vm,
                                          const struct vm_call *call)
{
    return build(vm, call, call->cells[2], native_byte(call, 3));
}

/* ---- of anybody ---- */

static bool open(struct vm *vm, const struct vm_call *call, struct bio *b)
{
    return native_bio_open(vm, call->cells[0], exception, b);
}

/* The same of a template that is enrolled. */
static bool open_ready(struct vm *vm, const struct vm_call *call, struct bio *b)
{
    if (!open(vm, call, b))
        return false;
    if (b->p[BIO_READY_AT] != 0)
        return true;
    (void)native_bio_throw(vm, b, BIO_NOT_ENROLLED);
    return false;
}

enum vm_native_result native_template_initialized(struct vm *vm,
                                                  const struct vm_call *call)
{
    struct bio b;

    return open(vm, call, &b) ? native_done_short(vm, b.p[BIO_READY_AT] != 0)
                              : VM_NATIVE_THREW;
}

enum vm_native_result native_template_validated(struct vm *vm,
                                                const struct vm_call *call)
{
    struct bio b;

    return open(vm, call, &b)
               ? native_done_short(vm, b.state[BIO_VALIDATED] != 0)
               : VM_NATIVE_THREW;
}

enum vm_native_result native_template_reset(struct vm *vm,
                                            const struct vm_call *call)
{
    struct bio b;

    if (!open(vm, call, &b))
        return VM_NATIVE_THREW;
    b.state[BIO_VALIDATED] = 0;
    return VM_NATIVE_DONE;
}

enum vm_native_result native_template_tries(struct vm *vm,
                                            const struct vm_call *call)
{
    struct bio b;

    return open_ready(vm, call, &b) ? native_done_short(vm, b.p[BIO_TRIES_AT])
                                    : VM_NATIVE_THREW;
}

/* The only one there is. */
enum vm_native_result native_bio_type(struct vm *vm, const struct vm_call *call)
{
    (void)call;
    return native_done_short(vm, BIO_PASSWORD);
}

enum vm_native_result native_template_public(struct vm *vm,
                                             const struct vm_call *call)
{
    struct bio b;

    return open(vm, call, &b) ? native_bio_public(vm, call, &b)
                              : VM_NATIVE_THREW;
}

/* ---- matching ---- */

/* The next part of a candidate in a session. */
static enum vm_native_result take(struct vm *vm, const struct bio *b,
                                  struct span part)
{
    const size_t sum = b->state[BIO_MATCHED] + part.n;
    const size_t size = b->p[BIO_SIZE_AT];

    native_bio_compare(vm, b, b->state[BIO_MATCHED], part,
                       b->state + BIO_DIFFERS);
    if (sum < size) {
        b->state[BIO_MATCHED] = (uint8_t)sum;
        b->state[BIO_MATCHING] = 1;
        return native_done_short(vm, BIO_NEEDS_MORE);
    }
    b->state[BIO_MATCHING] = 0;
    if (sum > size || b->state[BIO_DIFFERS] != 0)
        return native_done_short(vm, BIO_NO_MATCH);
    return native_bio_succeed(vm, b) ? native_done_short(vm, BIO_MATCH)
                                     : VM_NATIVE_THREW;
}

/* What is wrong with the array costs a try, too, as with a PIN. */
enum vm_native_result native_template_begin(struct vm *vm,
                                            const struct vm_call *call)
{
    enum vm_native_result result;
    struct native_range r;
    struct bio b;

    if (!open(vm, call, &b))
        return VM_NATIVE_THREW;
    if (b.p[BIO_READY_AT] == 0)
        return native_piece(vm, call, 1, &r)
                   ? native_bio_throw(vm, &b, BIO_NOT_ENROLLED)
                   : VM_NATIVE_THREW;
    if (!native_bio_begin(vm, &b, &result))
        return result;
    b.state[BIO_DIFFERS] = 0;
    return native_piece(vm, call, 1, &r) ? take(vm, &b, native_span(&r))
                                         : VM_NATIVE_THREW;
}

enum vm_native_result native_template_match(struct vm *vm,
                                            const struct vm_call *call)
{
    struct native_range r;
    struct bio b;

    if (!native_piece(vm, call, 1, &r) || !open_ready(vm, call, &b))
        return VM_NATIVE_THREW;
    if (b.state[BIO_MATCHING] == 0)
        return native_bio_throw(vm, &b, BIO_ILLEGAL_USE);
    return take(vm, &b, native_span(&r));
}

/* ---- of the owner ---- */

enum vm_native_result native_template_init(struct vm *vm,
                                           const struct vm_call *call)
{
    struct bio b;

    return open(vm, call, &b) ? native_bio_init(vm, call, &b) : VM_NATIVE_THREW;
}

enum vm_native_result native_template_update(struct vm *vm,
                                             const struct vm_call *call)
{
    struct bio b;

    return open(vm, call, &b) ? native_bio_update(vm, call, &b)
                              : VM_NATIVE_THREW;
}

enum vm_native_result native_template_final(struct vm *vm,
                                            const struct vm_call *call)
{
    struct bio b;

    return open(vm, call, &b) ? native_bio_final(vm, &b) : VM_NATIVE_THREW;
}

enum vm_native_result native_template_clear(struct vm *vm,
                                            const struct vm_call *call)
{
    struct bio b;

    return open(vm, call, &b) ? native_bio_clear(vm, &b) : VM_NATIVE_THREW;
}

enum vm_native_result native_template_unblock(struct vm *vm,
                                              const struct vm_call *call)
{
    struct bio b;

    return open(vm, call, &b) ? native_bio_unblock(vm, &b, native_byte(call, 1))
                              : VM_NATIVE_THREW;
}
