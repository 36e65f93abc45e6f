#include "natives/signhash.h"

#include "crypto/hash.h"

enum { BITS_A_BYTE = 8 };

bool native_signature_refuse(const struct signature_job *job, uint16_t reason)
{
    return native_refuse(job->vm, reason);
}

bool native_signature_done(const struct signature_job *job, enum err e)
{
    if (e != ERR_OK)
        (void)native_crypto_failed(job->vm, e);
    return e == ERR_OK;
}

bool native_signhash_available(const struct crypto_port *crypto,
                               const struct signature_algorithm *row)
{
    const size_t n = crypto->hash != NULL
                         ? crypto->hash->state_size(native_signhash_of(row))
                         : 0;

    return n != 0 && n <= row->state_size;
}

bool native_signhash_update(const struct signature_job *job, struct span in)
{
    const struct crypto_port *crypto = native_crypto(job->vm);

    return native_signature_done(
        job, crypto->hash->add(crypto->ctx, native_signhash_of(job->algorithm),
                               job->engine.state, in));
}

bool native_signhash_finish(const struct signature_job *job, struct span in,
                            uint8_t *digest)
{
    const struct crypto_port *crypto = native_crypto(job->vm);

    return (in.n == 0 || native_signhash_update(job, in)) &&
           native_signature_done(
               job, crypto->hash->finish(crypto->ctx,
                                         native_signhash_of(job->algorithm),
                                         job->engine.state, digest));
}

bool native_signhash_sign(const struct signature_job *job, struct span in,
                          uint8_t *signature, size_t *n)
{
    uint8_t digest[CRYPTO_DIGEST_MAX];
    const size_t size = crypto_digest_size(native_signhash_of(job->algorithm));

    return native_signhash_finish(job, in, digest) &&
           job->algorithm->operations->sign_digest(job, span_of(digest, size),
                                                   signature, n);
}

bool native_signhash_verify(const struct signature_job *job, struct span in,
                            struct span signature, bool *right)
{
    uint8_t digest[CRYPTO_DIGEST_MAX];
    const size_t size = crypto_digest_size(native_signhash_of(job->algorithm));

    return native_signhash_finish(job, in, digest) &&
           job->algorithm->operations->verify_digest(job, span_of(digest, size),
                                                     signature, right);
}

bool native_signhash_resume(const struct signature_job *job, struct span state,
                            struct span count)
{
    const struct crypto_port *crypto = native_crypto(job->vm);
    uint64_t bytes = 0;

    while (count.n != 0 && *count.p == 0)
        count = span_of(count.p + 1, count.n - 1);
    if (count.n == 0 || count.n > sizeof bytes)
        return native_signature_refuse(job, CRYPTO_ILLEGAL_VALUE);
    for (size_t i = 0; i < count.n; i++)
        bytes = bytes << BITS_A_BYTE | count.p[i];
    return native_signature_done(
        job,
        crypto->hash->resume(crypto->ctx, native_signhash_of(job->algorithm),
                             job->engine.state, state, bytes));
}

bool native_signhash_fits(const struct signature_job *job, struct span digest)
{
    return digest.n == crypto_digest_size(native_signhash_of(job->algorithm)) ||
           native_signature_refuse(job, CRYPTO_ILLEGAL_USE);
}

bool native_signhash_refuse_pieces(const struct signature_job *job,
                                   struct span in)
{
    (void)in;
    return native_signature_refuse(job, CRYPTO_ILLEGAL_USE);
}
