#include "jcre/oneshot.h"

#include <string.h>

#include "base/ct.h"
#include "jcre/state.h"

static const char *const classes[JCRE_ONESHOTS] = {
    [JCRE_ONESHOT_DIGEST] = "javacard/security/MessageDigest$OneShot",
    [JCRE_ONESHOT_INITIALIZED_DIGEST] =
        "javacard/security/InitializedMessageDigest$OneShot",
    [JCRE_ONESHOT_RANDOM] = "javacard/security/RandomData$OneShot",
    [JCRE_ONESHOT_SIGNATURE] = "javacard/security/Signature$OneShot",
    [JCRE_ONESHOT_CIPHER] = "javacardx/crypto/Cipher$OneShot",
    [JCRE_ONESHOT_DERIVATION] =
        "javacardx/security/derivation/DerivationFunction$OneShot",
};

static ref_t object_ref(unsigned which)
{
    return (ref_t)(HEAP_BUILTIN_FIRST + JCRE_BUILTIN_ONESHOT + which);
}

static ref_t state_ref(unsigned i)
{
    return (ref_t)(HEAP_BUILTIN_FIRST + JCRE_BUILTIN_STATE + i);
}

static void bind_object(struct jcre *j, unsigned which)
{
    const struct vm_class c = vm_api_class(classes[which]);
    struct heap_header hd = {.kind = HEAP_OBJECT,
                             .flags = HEAP_ENTRY_POINT | HEAP_TEMPORARY,
                             .length = JCRE_ONESHOT_CELLS};

    hd.class_package = c.package;
    hd.class_offset = c.offset;
    heap_set_builtin(j->heap, JCRE_BUILTIN_ONESHOT + which, &hd,
                     j->oneshots.cells[which]);
}

/* As long as it is used: natives ask the heap for its length. */
static void bind_state(struct jcre *j, unsigned i)
{
    struct heap_header hd = {.kind = HEAP_BYTE_ARRAY};

    hd.length = j->oneshots.used[i];
    heap_set_builtin(j->heap, JCRE_BUILTIN_STATE + i, &hd,
                     (uint8_t *)j->oneshots.states[i]);
}

void jcre_oneshot_bind(struct jcre *j)
{
    for (unsigned i = 0; i < JCRE_ONESHOTS; i++)
        bind_object(j, i);
    for (unsigned i = 0; i < CARD_ONESHOTS; i++)
        bind_state(j, i);
}

static bool open_state(struct jcre *j, uint32_t size, ref_t *state)
{
    *state = 0;
    if (size == 0)
        return true;
    for (unsigned i = 0; i < CARD_ONESHOTS; i++) {
        if (j->oneshots.used[i] == 0 && size <= CARD_ONESHOT_STATE) {
            j->oneshots.used[i] = (uint16_t)size;
            j->heap->builtins[JCRE_BUILTIN_STATE + i].h.length = size;
            *state = state_ref(i);
            return true;
        }
    }
    return false;
}

ref_t jcre_oneshot_open(struct jcre *j, enum jcre_oneshot which,
                        uint8_t context, uint32_t state_size, ref_t *state)
{
    if (j->oneshots.context[which] != 0 || !open_state(j, state_size, state))
        return 0;
    j->oneshots.context[which] = context;
    j->oneshots.any = true;
    return object_ref(which);
}

bool jcre_oneshot_is(const struct jcre *j, ref_t ref, uint8_t *context)
{
    const unsigned which = (unsigned)ref - object_ref(0);

    if (which >= JCRE_ONESHOTS)
        return false;
    *context = j->oneshots.context[which];
    return true;
}

void jcre_oneshot_close(struct jcre *j, ref_t ref, ref_t state)
{
    struct jcre_oneshots *o = &j->oneshots;
    const unsigned which = (unsigned)ref - object_ref(0);
    const unsigned i = (unsigned)state - state_ref(0);

    if (which < JCRE_ONESHOTS) {
        o->context[which] = 0;
        memset(o->cells[which], 0, sizeof o->cells[which]);
    }
    if (i < CARD_ONESHOTS) {
        wipe(o->states[i], o->used[i]);
        o->used[i] = 0;
    }
}

uint8_t *jcre_oneshot_lend(struct jcre *j, uint16_t borrower)
{
    struct jcre_oneshots *o = &j->oneshots;
    ref_t state = 0;

    if (o->borrower == 0) {
        if (!open_state(j, CARD_ONESHOT_STATE, &state))
            return NULL;
        o->borrower = borrower;
        o->lent = (uint8_t)(state - state_ref(0));
        o->any = true;
    }
    return o->borrower == borrower ? (uint8_t *)o->states[o->lent] : NULL;
}

void jcre_oneshot_return(struct jcre *j)
{
    struct jcre_oneshots *o = &j->oneshots;

    if (o->borrower != 0)
        jcre_oneshot_close(j, 0, state_ref(o->lent));
    o->borrower = 0;
}

void jcre_oneshot_close_all(struct jcre *j)
{
    if (!j->oneshots.any)
        return;
    j->oneshots.any = false;
    for (unsigned i = 0; i < JCRE_ONESHOTS; i++)
        jcre_oneshot_close(j, object_ref(i), 0);
    for (unsigned i = 0; i < CARD_ONESHOTS; i++)
        jcre_oneshot_close(j, 0, state_ref(i));
    j->oneshots.borrower = 0;
}
