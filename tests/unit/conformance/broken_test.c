/*
 * Proves that the port conformance suite finds what is wrong with a port, and
 * says it: each row breaks a port that conforms in one way, and names the
 * sentence that an embedder then reads.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/ec.h"
#include "crypto/hash.h"
#include "crypto/rsa.h"
#include "crypto/xec.h"
#include "tests/unit/conformance/subject.h"

static struct subject s;
static struct card_port sound; /* what was there before it was broken */
static struct crypto_port crypto;

struct breakage {
    const char *name;
    void (*apply)(void);
    const char *sentence;
};

/* ---- memory ---- */

static uint8_t *nv_byte(uint32_t offset)
{
    return s.faults.bytes + offset;
}

static int and_only(void *ctx, uint32_t offset, const uint8_t *bytes,
                    uint32_t n)
{
    uint8_t b[512];

    if (offset > SUBJECT_NV || n > SUBJECT_NV - offset || n > sizeof b)
        return -1;
    for (uint32_t i = 0; i < n; i++)
        b[i] = *nv_byte(offset + i) & bytes[i];
    return sound.nv_program(ctx, offset, b, n);
}

static void flash(void)
{
    s.port.nv_program = and_only;
}

static int whole_words(void *ctx, uint32_t offset, const uint8_t *bytes,
                       uint32_t n)
{
    uint32_t first = offset & ~3u;
    uint8_t b[520] = {0};

    if (offset > SUBJECT_NV || n > SUBJECT_NV - offset)
        return -1;
    memcpy(b + (offset - first), bytes, n);
    return sound.nv_program(ctx, first, b, (offset - first + n + 3u) & ~3u);
}

static void words(void)
{
    s.port.nv_program = whole_words;
}

static int no_bounds(void *ctx, uint32_t offset, const uint8_t *bytes,
                     uint32_t n)
{
    (void)sound.nv_program(ctx, offset, bytes, n);
    return 0;
}

static void bounds(void)
{
    s.port.nv_program = no_bounds;
}

static int clips(void *ctx, uint32_t offset, const uint8_t *bytes, uint32_t n)
{
    if (offset < SUBJECT_NV && n > SUBJECT_NV - offset) {
        (void)sound.nv_program(ctx, offset, bytes, SUBJECT_NV - offset);
        return -1;
    }
    return sound.nv_program(ctx, offset, bytes, n);
}

static void clipping(void)
{
    s.port.nv_program = clips;
}

static int aliases(void *ctx, uint32_t offset, const uint8_t *bytes, uint32_t n)
{
    if (offset >= SUBJECT_NV / 2 && offset < SUBJECT_NV)
        (void)sound.nv_program(ctx, offset - SUBJECT_NV / 2, bytes, n);
    return sound.nv_program(ctx, offset, bytes, n);
}

static void address_line(void)
{
    s.port.nv_program = aliases;
}

/* Each program takes effect when the next one comes. */
static int late(void *ctx, uint32_t offset, const uint8_t *bytes, uint32_t n)
{
    static uint8_t kept[512];
    static uint32_t at;
    static uint32_t size;

    if (offset > SUBJECT_NV || n > SUBJECT_NV - offset || n > sizeof kept)
        return -1;
    int failed = size == 0 ? 0 : sound.nv_program(ctx, at, kept, size);
    memcpy(kept, bytes, n);
    at = offset;
    size = n;
    return failed;
}

static void delayed(void)
{
    s.port.nv_program = late;
}

static void direct_elsewhere(void)
{
    static uint8_t elsewhere[SUBJECT_NV];

    s.port.nv_direct = elsewhere;
}

/* Stores stay in a cache that only a program writes back. */
static uint8_t programmed[SUBJECT_NV];

static int write_through(void *ctx, uint32_t offset, const uint8_t *bytes,
                         uint32_t n)
{
    int result = sound.nv_program(ctx, offset, bytes, n);
    if (result == 0)
        memcpy(programmed + offset, bytes, n);
    return result;
}

static int lose_stores(void *ctx)
{
    (void)ctx;
    faults_power_on(&s.faults);
    memcpy(s.faults.bytes, programmed, SUBJECT_NV);
    return 0;
}

static void cached_stores(void)
{
    s.port.nv_direct = s.faults.bytes;
    s.port.nv_program = write_through;
    s.conformance.reset = lose_stores;
}

static int wiping_flush(void *ctx)
{
    static const uint8_t zero[5];
    return sound.nv_program(ctx, 77, zero, sizeof zero);
}

static void flush_that_wipes(void)
{
    s.port.nv_flush = wiping_flush;
}

static int failing_flush(void *ctx)
{
    (void)ctx;
    return -1;
}

static void flush_that_fails(void)
{
    s.port.nv_flush = failing_flush;
}

static int forget(void *ctx)
{
    (void)ctx;
    faults_power_on(&s.faults);
    *nv_byte(5000) ^= 1;
    return 0;
}

static void forgetful(void)
{
    s.conformance.reset = forget;
}

/* A cut loses the program before the torn one: it was only in a cache. */
static uint32_t last_offset;

static int remember(void *ctx, uint32_t offset, const uint8_t *bytes,
                    uint32_t n)
{
    int result = sound.nv_program(ctx, offset, bytes, n);
    if (result == 0)
        last_offset = offset;
    return result;
}

static int lose_last(void *ctx)
{
    (void)ctx;
    if (s.faults.off)
        *nv_byte(last_offset) ^= 0xFF;
    faults_power_on(&s.faults);
    return 0;
}

static void caching(void)
{
    s.port.nv_program = remember;
    s.conformance.reset = lose_last;
}

static int says_done(void *ctx, uint32_t offset, const uint8_t *bytes,
                     uint32_t n)
{
    int result = sound.nv_program(ctx, offset, bytes, n);
    return s.faults.off ? 0 : result;
}

static void optimistic(void)
{
    s.port.nv_program = says_done;
}

static void no_nv(void)
{
    s.port.nv = NULL;
}

static void no_program(void)
{
    s.port.nv_program = NULL;
}

static void small_nv(void)
{
    s.port.nv_size = 8192;
}

/* ---- lent memory ---- */

static void overlap(void)
{
    s.port.io = s.port.scratch + 1024;
}

static void scratch_in_nv(void)
{
    s.port.scratch = s.faults.bytes + 4096;
    s.port.scratch_size = 8192;
}

static void odd_scratch(void)
{
    s.port.scratch++;
    s.port.scratch_size -= 16;
}

static void no_transient(void)
{
    s.port.transient = NULL;
}

static void small_transient(void)
{
    s.port.transient_size = CARD_TRANSIENT(s.port.nv_size, 0) - 1;
}

static void transient_in_io(void)
{
    s.port.transient = s.port.io + 16;
}

static void small_io(void)
{
    s.port.io_size = 100;
}

static void small_memory(void)
{
    s.conformance.memory_size = card_size() - 1;
}

/* ---- cryptography ---- */

static enum err no_iv_update(void *ctx, enum crypto_cipher cipher,
                             enum crypto_mode mode,
                             enum crypto_direction direction, struct span key,
                             uint8_t *iv, const uint8_t *in, uint8_t *out,
                             size_t n)
{
    uint8_t copy[CRYPTO_BLOCK_MAX];

    if (iv != NULL)
        memcpy(copy, iv, crypto_block_size(cipher));
    return crypto.cipher(ctx, cipher, mode, direction, key,
                         iv == NULL ? NULL : copy, in, out, n);
}

static void iv_stays(void)
{
    s.crypto.cipher = no_iv_update;
}

static enum err only_128(void *ctx, enum crypto_cipher cipher,
                         enum crypto_mode mode, enum crypto_direction direction,
                         struct span key, uint8_t *iv, const uint8_t *in,
                         uint8_t *out, size_t n)
{
    if (cipher == CRYPTO_AES && key.n == 24)
        return ERR_RANGE;
    return crypto.cipher(ctx, cipher, mode, direction, key, iv, in, out, n);
}

static void no_aes_192(void)
{
    s.crypto.cipher = only_128;
}

static enum err any_length(void *ctx, enum crypto_cipher cipher,
                           enum crypto_mode mode,
                           enum crypto_direction direction, struct span key,
                           uint8_t *iv, const uint8_t *in, uint8_t *out,
                           size_t n)
{
    enum err e =
        crypto.cipher(ctx, cipher, mode, direction, key, iv, in, out, n);
    return e == ERR_RANGE ? ERR_OK : e;
}

static void lengths(void)
{
    s.crypto.cipher = any_length;
}

/* After a hundred keys, uses an old one. */
static enum err old_key(void *ctx, enum crypto_cipher cipher,
                        enum crypto_mode mode, enum crypto_direction direction,
                        struct span key, uint8_t *iv, const uint8_t *in,
                        uint8_t *out, size_t n)
{
    static uint8_t kept[16];
    static unsigned calls;

    if (key.n == 16 && cipher == CRYPTO_AES)
        calls++;
    if (calls == 60)
        memcpy(kept, key.p, 16);
    if (key.n == 16 && cipher == CRYPTO_AES && calls > 100)
        key = span_of(kept, 16);
    return crypto.cipher(ctx, cipher, mode, direction, key, iv, in, out, n);
}

static void stale_key(void)
{
    s.crypto.cipher = old_key;
}

static enum err first_part(void *ctx, enum crypto_digest digest,
                           const struct span *parts, size_t count, uint8_t *out)
{
    return crypto.digest(ctx, digest, parts, count < 2 ? count : 2, out);
}

static void digest_of_a_part(void)
{
    s.crypto.digest = first_part;
}

static enum err constant(void *ctx, uint8_t *out, size_t n)
{
    (void)ctx;
    memset(out, 0x5A, n);
    return ERR_OK;
}

static void constant_random(void)
{
    s.crypto.random = constant;
}

static enum err biased(void *ctx, uint8_t *out, size_t n)
{
    enum err e = crypto.random(ctx, out, n);
    for (size_t i = 0; i < n; i++)
        out[i] |= 1;
    return e;
}

static void biased_random(void)
{
    s.crypto.random = biased;
}

static enum err long_draw(void *ctx, uint8_t *out, size_t n)
{
    return crypto.random(ctx, out, n == 16 ? 17 : n);
}

static void random_beyond(void)
{
    s.crypto.random = long_draw;
}

static void no_random(void)
{
    s.crypto.random = NULL;
}

static enum err forgetful_add(void *ctx, enum crypto_digest digest,
                              uint8_t *state, struct span bytes)
{
    if (bytes.n > 1)
        bytes.n--;
    return crypto.hash->add(ctx, digest, state, bytes);
}

static void hash_that_forgets(void)
{
    static struct crypto_hash_port hash;

    hash = *crypto.hash;
    hash.add = forgetful_add;
    s.crypto.hash = &hash;
}

static enum err any_number(void *ctx, struct span n, struct span e,
                           const uint8_t *in, uint8_t *out)
{
    const enum err found = crypto.rsa->encrypt(ctx, n, e, in, out);
    return found == ERR_RANGE ? ERR_OK : found;
}

static void rsa_without_range(void)
{
    static struct crypto_rsa_port rsa;

    rsa = *crypto.rsa;
    rsa.encrypt = any_number;
    s.crypto.rsa = &rsa;
}

static enum err any_point(void *ctx, const struct crypto_ec_curve *curve,
                          struct span point)
{
    (void)ctx;
    (void)curve;
    (void)point;
    return ERR_OK;
}

static void ec_without_check(void)
{
    static struct crypto_ec_port ec;

    ec = *crypto.ec;
    ec.check = any_point;
    s.crypto.ec = &ec;
}

/* The random source begins anew for each nonce. */
static enum err one_nonce(void *ctx, const struct crypto_ec_curve *curve,
                          struct span scalar, struct span digest, uint8_t *r,
                          uint8_t *out)
{
    return port_openssl_reseed(s.openssl, "nonce") == 0
               ? crypto.ec->sign(ctx, curve, scalar, digest, r, out)
               : ERR_IO;
}

static void ec_with_one_nonce(void)
{
    static struct crypto_ec_port ec;

    ec = *crypto.ec;
    ec.sign = one_nonce;
    s.crypto.ec = &ec;
}

static enum err always_right(void *ctx, enum crypto_xec curve,
                             const uint8_t *public_key, struct span message,
                             const uint8_t *signature, bool *right)
{
    (void)ctx;
    (void)curve;
    (void)public_key;
    (void)message;
    (void)signature;
    *right = true;
    return ERR_OK;
}

static void xec_that_believes(void)
{
    static struct crypto_xec_port xec;

    xec = *crypto.xec;
    xec.verify = always_right;
    s.crypto.xec = &xec;
}

static enum err replaced(void *ctx, struct span seed)
{
    (void)ctx;
    (void)seed;
    return port_openssl_reseed(s.openssl, "stirred") == 0 ? ERR_OK : ERR_IO;
}

static void stir_that_replaces(void)
{
    s.crypto.stir = replaced;
}

static int another_key(void *ctx, uint8_t key[32])
{
    static uint8_t count;

    (void)ctx;
    memset(key, ++count, 32);
    return 0;
}

static void keys_that_change(void)
{
    s.port.wrapping_key = another_key;
}

static const struct breakage breakages[] = {
    {"bits that only go one way, as in flash", flash,
     "nv does not read back what was programmed"},
    {"whole words", words, "nv_program changes bytes "},
    {"no bounds", bounds, "nv_program takes bytes beyond nv_size"},
    {"a program cut at the end of memory", clipping,
     "a program that was refused changed nv"},
    {"an address line that is not connected", address_line,
     "nv does not read back what was programmed"},
    {"programs that are put off", delayed,
     "nv does not read back what was programmed"},
    {"stores that go elsewhere", direct_elsewhere,
     "a store through nv_direct does not change its place in nv alone"},
    {"a cache that keeps stores", cached_stores,
     "what was stored through nv_direct is lost in a reset"},
    {"a flush that wipes", flush_that_wipes,
     "nv_flush changes what was programmed"},
    {"a flush that fails", flush_that_fails,
     "nv_flush fails though nothing did"},
    {"memory that forgets", forgetful,
     "what was programmed is lost in a reset"},
    {"a cache that a cut empties", caching,
     "a program that was done is lost in a cut"},
    {"programs without power that succeed", optimistic,
     "a program without power says that it is done"},
    {"no nv", no_nv, "nv is NULL"},
    {"no nv_program", no_program, "nv_program is NULL"},
    {"little nv", small_nv, "nv_size is too small for a card"},
    {"io in scratch", overlap, "scratch and another buffer of the port"},
    {"scratch in nv", scratch_in_nv, "nv and another buffer of the port"},
    {"scratch at an odd address", odd_scratch, "scratch is not aligned"},
    {"no transient memory", no_transient, "transient is NULL"},
    {"little transient memory", small_transient,
     "transient_size is too small for the maps"},
    {"transient memory in io", transient_in_io,
     "io and another buffer of the port"},
    {"little io", small_io, "io_size is too small"},
    {"little memory for the card", small_memory,
     "the card's own memory is too small"},
    {"an iv that stays", iv_stays, "AES-128 in CBC gives another answer"},
    {"AES without 24 bytes of key", no_aes_192,
     "AES-192 in ECB gives another answer"},
    {"any length of key and data", lengths,
     "crypto->cipher does not tell right lengths"},
    {"a cache that mixes keys up", stale_key,
     "an answer changes when many keys were used"},
    {"a digest of some parts", digest_of_a_part,
     "SHA-1 gives another answer than FIPS 180-4"},
    {"random bytes that are constant", constant_random,
     "crypto->random gives the same bytes again"},
    {"random bytes with a fixed bit", biased_random,
     "crypto->random gives bits that are not evenly"},
    {"random bytes beyond their end", random_beyond,
     "crypto->random fails, or writes beyond"},
    {"no random source", no_random, "crypto->random is NULL"},
    {"a growing digest that forgets", hash_that_forgets,
     "hash: SHA-1 gives another answer than FIPS 180-4"},
    {"RSA of any number", rsa_without_range,
     "rsa does not refuse what is not below the modulus"},
    {"a curve that takes any point", ec_without_check,
     "ec takes a point beside the curve"},
    {"one nonce for all", ec_with_one_nonce, "or uses a nonce again"},
    {"signatures that are all right", xec_that_believes,
     "xec: Ed25519 gives another answer than RFC 8032"},
    {"a seed that replaces the source", stir_that_replaces,
     "crypto->stir replaces the source"},
    {"another wrapping key each time", keys_that_change,
     "wrapping_key gives another key"},
};

static void test_breakage(void **state)
{
    const struct breakage *b = *state;

    assert_true(subject_open(&s));
    sound = s.port;
    crypto = s.crypto;
    void *memory[] = {s.port.scratch, s.port.io, s.port.transient};
    b->apply();
    assert_true(subject_run(&s) > 0);
    if (strstr(s.findings, b->sentence) == NULL)
        fail_msg("\"%s\" is not said, but:\n%s", b->sentence, s.findings);
    s.port.scratch = memory[0];
    s.port.io = memory[1];
    s.port.transient = memory[2];
    subject_close(&s);
}

int main(void)
{
    struct CMUnitTest tests[sizeof breakages / sizeof breakages[0]];
    static struct breakage copies[sizeof breakages / sizeof breakages[0]];
    size_t count = sizeof breakages / sizeof breakages[0];

    memcpy(copies, breakages, sizeof copies); /* cmocka wants void * */
    for (size_t i = 0; i < count; i++)
        tests[i] = (struct CMUnitTest){copies[i].name, test_breakage, NULL,
                                       NULL, &copies[i]};
    return _cmocka_run_group_tests("broken ports", tests, count, NULL, NULL);
}
