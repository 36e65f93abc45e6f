/* javacardx.crypto.AEADCipher: AES in GCM and in CCM. */
#include "natives/cipher.h"

#include <string.h>

#include "base/ct.h"
#include "crypto/ccm.h"
#include "crypto/gcm.h"
#include "natives/natives.h"

enum { TAG_MAX = 16 };
enum { GCM, CCM }; /* tags of rows */

/*
 * The tag outlives the message until the next one begins.  A GCM that is not
 * begun has an IV of zeros; a CCM that is not is of no use.
 */
struct aead {
    union {
        struct crypto_gcm gcm;
        struct crypto_ccm ccm;
    } as;
    uint8_t tag[TAG_MAX];
    uint8_t tag_size; /* 0: there is none; of GCM always TAG_MAX */
};

static struct aead *state_of(const struct cipher_job *job)
{
    return (struct aead *)job->engine.state;
}

static bool is_gcm(const struct cipher_job *job)
{
    return job->algorithm->tag == GCM;
}

static struct span key_of(const struct cipher_job *job)
{
    struct span key = {NULL, 0};

    return native_key_part(job->vm, &job->key, KEY_VALUE, &key)
               ? key
               : span_of(NULL, 0);
}

/* ---- initialising ---- */

static bool serves(const struct cipher_job *job)
{
    enum { AES_MAX = 256 };

    return (job->key.family == KEY_AES && job->key.size <= AES_MAX) ||
           native_refuse(job->vm, CRYPTO_ILLEGAL_VALUE);
}

static bool begin_gcm(const struct cipher_job *job, struct span iv)
{
    const enum err e = crypto_gcm_begin(native_crypto(job->vm), key_of(job),
                                        &state_of(job)->as.gcm, iv);

    if (e != ERR_OK)
        (void)native_crypto_failed(job->vm, e);
    return e == ERR_OK;
}

/* CCM has to know all lengths beforehand. */
static bool init(const struct cipher_job *job, struct span iv)
{
    if (!is_gcm(job))
        return native_refuse(job->vm, CRYPTO_INVALID_INIT);
    return iv.p == NULL || begin_gcm(job, iv);
}

static bool init_ccm(const struct cipher_job *job, struct span nonce)
{
    const int16_t aad = native_short(job->call, 6);
    const int16_t text = native_short(job->call, 7);
    const int16_t tag = native_short(job->call, 8);
    enum err e = ERR_OK;

    if (is_gcm(job))
        return native_refuse(job->vm, CRYPTO_INVALID_INIT);
    if (aad < 0 || text < 0 || tag < 0 || tag > TAG_MAX)
        return native_refuse(job->vm, CRYPTO_ILLEGAL_VALUE);
    e = crypto_ccm_begin(
        native_crypto(job->vm), key_of(job), &state_of(job)->as.ccm, nonce,
        (struct crypto_ccm_sizes){(uint16_t)aad, (uint16_t)text, (uint8_t)tag});
    if (e != ERR_OK)
        (void)native_crypto_failed(job->vm, e);
    return e == ERR_OK;
}

enum vm_native_result native_aead_init(struct vm *vm,
                                       const struct vm_call *call)
{
    struct native_range r;

    if (!native_object(vm, call, call->cells[1]) ||
        !native_piece(vm, call, 3, &r))
        return VM_NATIVE_THREW;
    return native_cipher_start(vm, call, init_ccm, native_span(&r));
}

/* ---- a message ---- */

/* Before a part of one: the tag of the last one is gone. */
static bool begun(const struct cipher_job *job)
{
    static const uint8_t zeros[CRYPTO_GCM_IV];
    struct aead *s = state_of(job);

    wipe(s->tag, sizeof s->tag);
    s->tag_size = 0;
    if (!is_gcm(job))
        return s->as.ccm.begun != 0 ||
               native_refuse(job->vm, CRYPTO_INVALID_INIT);
    return s->as.gcm.begun != 0 || begin_gcm(job, span_of(zeros, sizeof zeros));
}

/* Lengths that were not what init() was told are an ILLEGAL_USE. */
static bool ended_well(const struct cipher_job *job, enum err e)
{
    if (e == ERR_STATE || e == ERR_RANGE)
        return native_refuse(job->vm, CRYPTO_ILLEGAL_USE);
    if (e != ERR_OK)
        (void)native_crypto_failed(job->vm, e);
    return e == ERR_OK;
}

static enum err text(const struct cipher_job *job, struct span in, uint8_t *out)
{
    const struct crypto_port *port = native_crypto(job->vm);
    const enum crypto_direction d = job->engine.mode == CIPHER_MODE_ENCRYPT
                                        ? CRYPTO_ENCRYPT
                                        : CRYPTO_DECRYPT;

    return is_gcm(job) ? crypto_gcm_text(port, key_of(job), d,
                                         &state_of(job)->as.gcm, in, out)
                       : crypto_ccm_text(port, key_of(job), d,
                                         &state_of(job)->as.ccm, in, out);
}

/* Leaves the tag, and what init() without initial values leaves. */
static enum err end(const struct cipher_job *job)
{
    const struct crypto_port *port = native_crypto(job->vm);
    struct aead *s = state_of(job);
    enum err e = ERR_OK;

    s->tag_size = is_gcm(job) ? TAG_MAX : s->as.ccm.sizes.tag;
    e = is_gcm(job) ? crypto_gcm_end(port, key_of(job), &s->as.gcm, s->tag)
                    : crypto_ccm_end(port, key_of(job), &s->as.ccm, s->tag);
    wipe(&s->as, sizeof s->as);
    return e;
}

static bool run(const struct cipher_job *job, struct span in, bool last,
                uint8_t *out, size_t room, size_t *n)
{
    enum err e = ERR_OK;

    (void)room;
    if (!begun(job))
        return false;
    *n = in.n;
    e = text(job, in, out);
    return ended_well(job, e == ERR_OK && last ? end(job) : e);
}

enum vm_native_result native_aead_update(struct vm *vm,
                                         const struct vm_call *call)
{
    struct native_range aad;
    struct cipher_job job;
    struct aead before;
    enum err e = ERR_OK;

    if (!native_piece(vm, call, 1, &aad) || !native_cipher_open(vm, call, &job))
        return VM_NATIVE_THREW;
    before = *state_of(&job);
    if (!begun(&job))
        return VM_NATIVE_THREW;
    e = is_gcm(&job)
            ? crypto_gcm_aad(native_crypto(vm), key_of(&job),
                             &state_of(&job)->as.gcm, native_span(&aad))
            : crypto_ccm_aad(native_crypto(vm), key_of(&job),
                             &state_of(&job)->as.ccm, native_span(&aad));
    if (e != ERR_OK)
        *state_of(&job) = before;
    wipe(&before, sizeof before);
    if (e == ERR_OK)
        return VM_NATIVE_DONE;
    return e == ERR_STATE ? native_throw_crypto(vm, CRYPTO_ILLEGAL_USE)
                          : native_crypto_failed(vm, e);
}

/* ---- the tag ---- */

/* Lengths that the standards know: of GCM [SP 800-38D 5.2.1.2], of CCM the one
 * that init() was told. */
static bool is_tag_size(const struct cipher_job *job, int16_t n)
{
    const bool known = is_gcm(job)
                           ? n == 4 || n == 8 || (n >= 12 && n <= TAG_MAX)
                           : n == state_of(job)->tag_size;

    return known || native_refuse(job->vm, CRYPTO_ILLEGAL_VALUE);
}

/* After doFinal() in this mode; false: thrown. */
static bool open_tag(struct vm *vm, const struct vm_call *call,
                     struct cipher_job *job, uint16_t mode)
{
    if (!native_cipher_open(vm, call, job))
        return false;
    return (job->engine.mode == mode && state_of(job)->tag_size != 0) ||
           native_refuse(job->vm, CRYPTO_ILLEGAL_USE);
}

enum vm_native_result native_aead_tag(struct vm *vm, const struct vm_call *call)
{
    const int16_t n = native_short(call, 3);
    struct native_range to;
    struct cipher_job job;

    if (!native_target(vm, call, call->cells[1], native_short(call, 2), n,
                       &to) ||
        !open_tag(vm, call, &job, CIPHER_MODE_ENCRYPT) ||
        !is_tag_size(&job, n) ||
        !native_write(vm, to.ref, to.at, state_of(&job)->tag, to.n, HEAP_RAW))
        return VM_NATIVE_THREW;
    return native_done_short(vm, n);
}

/* What is received may be longer than what is required, not shorter. */
enum vm_native_result native_aead_verify(struct vm *vm,
                                         const struct vm_call *call)
{
    const int16_t required = native_short(call, 4);
    struct native_range tag;
    struct cipher_job job;

    if (!native_piece(vm, call, 1, &tag) ||
        !open_tag(vm, call, &job, CIPHER_MODE_DECRYPT) ||
        !is_tag_size(&job, required))
        return VM_NATIVE_THREW;
    return native_done_short(vm, tag.n >= (uint32_t)required &&
                                     ct_equal(native_span(&tag).p,
                                              state_of(&job)->tag,
                                              (size_t)required));
}

/* ---- the rows ---- */

static const struct cipher_operations operations = {serves, init, run, NULL};

#define CLASS_NAME "javacardx/crypto/AEADCipher$Card"

static const struct cipher_algorithm rows[] = {
    {-13, 0xF1, 0, GCM, sizeof(struct aead), true, CLASS_NAME, &operations},
    {-12, 0xF2, 0, CCM, sizeof(struct aead), true, CLASS_NAME, &operations},
};

const struct cipher_family native_cipher_aead = {rows,
                                                 sizeof rows / sizeof rows[0]};
