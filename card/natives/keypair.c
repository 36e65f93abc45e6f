/* javacard.security.KeyPair, for all families of keys. */
#include "natives/keypair.h"

#include "natives/cells.h"
#include "natives/ec.h"
#include "natives/keydl.h"
#include "natives/keyrsa.h"
#include "natives/natives.h"
#include "natives/xec.h"

/* Which keys make a pair; a row with ALG_* is what new KeyPair(B, S) makes. */
struct kind_of_pair {
    int8_t algorithm;
    uint8_t public_family;
    uint8_t private_family;
    keypair_generate *generate; /* NULL: a family to come */
};

static const struct kind_of_pair kinds[] = {
    {1, KEY_RSA_PUBLIC, KEY_RSA_PRIVATE, native_rsa_generate},
    {2, KEY_RSA_PUBLIC, KEY_RSA_CRT, native_rsa_generate},
    {3, KEY_DSA_PUBLIC, KEY_DSA_PRIVATE, native_dl_generate},
    {4, KEY_EC_F2M_PUBLIC, KEY_EC_F2M_PRIVATE, native_ec_generate},
    {5, KEY_EC_FP_PUBLIC, KEY_EC_FP_PRIVATE, native_ec_generate},
    {6, KEY_DH_PUBLIC, KEY_DH_PRIVATE, native_dl_generate},
    {0, KEY_XEC_PUBLIC, KEY_XEC_PRIVATE, native_xec_generate},
};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

static const struct kind_of_pair *kind_of(enum key_family public_family,
                                          enum key_family private_family)
{
    for (unsigned i = 0; i < KINDS; i++) {
        if (kinds[i].public_family == public_family &&
            kinds[i].private_family == private_family)
            return &kinds[i];
    }
    return NULL;
}

/* ---- making ---- */

static bool keep(struct vm *vm, ref_t pair, ref_t public_key, ref_t private_key)
{
    enum err e =
        native_set_cell(vm, pair, CELL_PAIR_PUBLIC, public_key, HEAP_ATOMIC);

    if (e == ERR_OK)
        e = native_set_cell(vm, pair, CELL_PAIR_PRIVATE, private_key,
                            HEAP_ATOMIC);
    if (e != ERR_OK)
        (void)vm_throw_err(vm, e);
    return e == ERR_OK;
}

enum vm_native_result native_keypair_new(struct vm *vm,
                                         const struct vm_call *call)
{
    const int16_t asked[] = {native_byte(call, 1), native_short(call, 2)};
    const struct kind_of_pair *kind = NULL;
    ref_t public_key = 0;
    ref_t private_key = 0;

    for (unsigned i = 0; i < KINDS && asked[0] > 0; i++) {
        if (kinds[i].algorithm == asked[0])
            kind = &kinds[i];
    }
    if (kind == NULL || kind->generate == NULL)
        return native_no_algorithm(vm, "KeyPair", asked, 2);
    public_key = native_key_new(vm, call, (enum key_family)kind->public_family,
                                KEY_PERSISTENT, (uint16_t)asked[1]);
    if (public_key == 0)
        return VM_NATIVE_THREW;
    /* found through the pair from here on, whatever comes next */
    if (!keep(vm, call->cells[0], public_key, 0))
        return VM_NATIVE_THREW;
    private_key =
        native_key_new(vm, call, (enum key_family)kind->private_family,
                       KEY_PERSISTENT, (uint16_t)asked[1]);
    return private_key != 0 && keep(vm, call->cells[0], public_key, private_key)
               ? VM_NATIVE_DONE
               : VM_NATIVE_THREW;
}

/* The keys may be without value, and their values are not looked at. */
enum vm_native_result native_keypair_of(struct vm *vm,
                                        const struct vm_call *call)
{
    struct key public_key;
    struct key private_key;

    if (native_is_null(vm, call->cells[1]) ||
        native_is_null(vm, call->cells[2]))
        return native_throw_null(vm);
    if (!native_key_open(vm, call, call->cells[1], &public_key) ||
        !native_key_open(vm, call, call->cells[2], &private_key))
        return VM_NATIVE_THREW;
    if (kind_of(public_key.family, private_key.family) == NULL ||
        public_key.size != private_key.size ||
        public_key.parameter != private_key.parameter)
        return native_throw_crypto(vm, CRYPTO_ILLEGAL_VALUE);
    return keep(vm, call->cells[0], public_key.object, private_key.object)
               ? VM_NATIVE_DONE
               : VM_NATIVE_THREW;
}

/* ---- what is in a pair ---- */

enum vm_native_result native_keypair_public(struct vm *vm,
                                            const struct vm_call *call)
{
    return native_done_ref(vm,
                           native_cell(vm, call->cells[0], CELL_PAIR_PUBLIC));
}

enum vm_native_result native_keypair_private(struct vm *vm,
                                             const struct vm_call *call)
{
    return native_done_ref(vm,
                           native_cell(vm, call->cells[0], CELL_PAIR_PRIVATE));
}

/* ---- generating ---- */

/*
 * In a transaction of its own, unless the applet has one open: a cut leaves
 * the old pair or the new one.  The parts of transient keys take part in none.
 */
static bool generate_at_once(struct vm *vm, const struct kind_of_pair *kind,
                             const struct key *public_key,
                             const struct key *private_key, uint16_t rounds)
{
    bool own = false;

    return native_begin(vm, &own) &&
           native_end(vm, own,
                      kind->generate(vm, public_key, private_key, rounds));
}

/* An open pair whose keys some generator serves. */
struct pair {
    struct key public_key;
    struct key private_key;
    const struct kind_of_pair *kind;
};

static bool open_pair(struct vm *vm, const struct vm_call *call, struct pair *p)
{
    const ref_t a = native_cell(vm, call->cells[0], CELL_PAIR_PUBLIC);
    const ref_t b = native_cell(vm, call->cells[0], CELL_PAIR_PRIVATE);

    if (!native_key_open(vm, call, a, &p->public_key) ||
        !native_key_open(vm, call, b, &p->private_key))
        return false;
    p->kind = kind_of(p->public_key.family, p->private_key.family);
    if (p->kind != NULL && p->kind->generate != NULL)
        return true;
    return native_refuse(vm, CRYPTO_NO_SUCH_ALGORITHM);
}

static enum vm_native_result generate(struct vm *vm, const struct vm_call *call,
                                      uint16_t rounds)
{
    struct pair p;

    return open_pair(vm, call, &p) &&
                   generate_at_once(vm, p.kind, &p.public_key, &p.private_key,
                                    rounds)
               ? VM_NATIVE_DONE
               : VM_NATIVE_THREW;
}

enum vm_native_result native_keypair_generate(struct vm *vm,
                                              const struct vm_call *call)
{
    return generate(vm, call, 0);
}

/* ---- with a PrimalityTestParamSpec, which is the applet's own object ---- */

enum { TOKEN_TYPE = 0, TOKEN_ROUNDS = 1, MILLER_RABIN_TEST = 1, FERMAT_TEST };

static struct vm_class primality_spec(void)
{
    return vm_api_class("javacard/security/PrimalityTestParamSpec");
}

static enum vm_native_result with_rounds(struct vm *vm, bool threw,
                                         uint16_t rounds)
{
    const struct vm_call call = vm_native_again(vm);

    if (threw)
        return vm_throw_again(vm);
    if ((int16_t)rounds < 1)
        return native_throw_crypto(vm, CRYPTO_ILLEGAL_VALUE);
    return generate(vm, &call, rounds);
}

/* What passes as many rounds of Miller and Rabin passes those of Fermat. */
static enum vm_native_result with_type(struct vm *vm, bool threw, uint16_t type)
{
    const struct vm_call call = vm_native_again(vm);

    if (threw)
        return vm_throw_again(vm);
    if (type != MILLER_RABIN_TEST && type != FERMAT_TEST)
        return native_throw_crypto(vm, CRYPTO_ILLEGAL_VALUE);
    return vm_native_call_interface(vm, call.cells[1], primality_spec(),
                                    TOKEN_ROUNDS, NULL, 0, with_rounds);
}

/* Null: as without.  Only what is made of primes takes a test of them. */
enum vm_native_result native_keypair_generate_with(struct vm *vm,
                                                   const struct vm_call *call)
{
    struct pair p;

    if (call->cells[1] == 0)
        return generate(vm, call, 0);
    if (!native_object(vm, call, call->cells[1]) || !open_pair(vm, call, &p))
        return VM_NATIVE_THREW;
    if (p.public_key.family != KEY_RSA_PUBLIC ||
        !vm_instance_of(vm, call->cells[1], primality_spec()))
        return native_throw_crypto(vm, CRYPTO_ILLEGAL_VALUE);
    return vm_native_call_interface(vm, call->cells[1], primality_spec(),
                                    TOKEN_TYPE, NULL, 0, with_type);
}
