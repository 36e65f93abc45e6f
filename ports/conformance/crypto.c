/*
 * The cryptographic port against answers published elsewhere: NIST SP 800-38A
 * F.1 and F.2 (AES), FIPS 81 and NIST SP 800-67 (DES), FIPS 180-4 (digests).
 */
#include "ports/conformance/conformance.h"

#include <string.h>

#include "base/hex.h"
#include "crypto/crypto.h"

enum { TEXT_MAX = 64, DRAWS = 4096 };

struct bytes {
    uint8_t p[TEXT_MAX];
    size_t n;
};

struct cipher_answer {
    const char *sentence;
    enum crypto_cipher cipher;
    enum crypto_mode mode;
    const char *key;
    const char *iv;
    const char *plain;
    const char *secret;
};

#define AES_PLAIN                                                              \
    "6BC1BEE22E409F96E93D7E117393172AAE2D8A571E03AC9C9EB76FAC45AF8E51"
#define AES_IV "000102030405060708090A0B0C0D0E0F"
#define KEY_128 "2B7E151628AED2A6ABF7158809CF4F3C"
#define KEY_192 "8E73B0F7DA0E6452C810F32B809079E562F8EAD2522C6B7B"
#define KEY_256                                                                \
    "603DEB1015CA71BE2B73AEF0857D77811F352C073B6108D72D9810A30914DFF4"

static const struct cipher_answer answers[] = {
    {"AES-128 in ECB gives another answer than NIST SP 800-38A", CRYPTO_AES,
     CRYPTO_ECB, KEY_128, "", AES_PLAIN,
     "3AD77BB40D7A3660A89ECAF32466EF97F5D3D58503B9699DE785895A96FDBAAF"},
    {"AES-192 in ECB gives another answer than NIST SP 800-38A", CRYPTO_AES,
     CRYPTO_ECB, KEY_192, "", AES_PLAIN,
     "BD334F1D6E45F25FF712A214571FA5CC974104846D0AD3AD7734ECB3ECEE4EEF"},
    {"AES-256 in ECB gives another answer than NIST SP 800-38A", CRYPTO_AES,
     CRYPTO_ECB, KEY_256, "", AES_PLAIN,
     "F3EED1BDB5D2A03C064B5A7E3DB181F8591CCB10D410ED26DC5BA74A31362870"},
    {"AES-128 in CBC gives another answer than NIST SP 800-38A", CRYPTO_AES,
     CRYPTO_CBC, KEY_128, AES_IV, AES_PLAIN,
     "7649ABAC8119B246CEE98E9B12E9197D5086CB9B507219EE95DB113A917678B2"},
    {"AES-192 in CBC gives another answer than NIST SP 800-38A", CRYPTO_AES,
     CRYPTO_CBC, KEY_192, AES_IV, AES_PLAIN,
     "4F021DB243BC633D7178183A9FA071E8B4D9ADA9AD7DEDF4E5E738763F69145A"},
    {"AES-256 in CBC gives another answer than NIST SP 800-38A", CRYPTO_AES,
     CRYPTO_CBC, KEY_256, AES_IV, AES_PLAIN,
     "F58C4C04D6E5F1BA779EABFB5F7BFBD69CFC4E967EDB808D679F777BC6702C7D"},
    {"DES in ECB gives another answer than FIPS 81", CRYPTO_DES, CRYPTO_ECB,
     "0123456789ABCDEF", "", "4E6F77206973207468652074696D6520",
     "3FA40E8A984D48156A271787AB8883F9"},
    {"DES in CBC gives another answer than FIPS 81", CRYPTO_DES, CRYPTO_CBC,
     "0123456789ABCDEF", "1234567890ABCDEF", "4E6F77206973207468652074696D6520",
     "E5C7CDDE872BF27C43E934008C389C0F"},
    {"triple DES with three keys gives another answer than NIST SP 800-67",
     CRYPTO_DES3, CRYPTO_ECB,
     "0123456789ABCDEF23456789ABCDEF01456789ABCDEF0123", "", "5468652071756663",
     "A826FD8CE53B855F"},
    {"triple DES with two equal keys is not DES [NIST SP 800-67]", CRYPTO_DES3,
     CRYPTO_CBC, "0123456789ABCDEF0123456789ABCDEF", "1234567890ABCDEF",
     "4E6F77206973207468652074696D6520", "E5C7CDDE872BF27C43E934008C389C0F"},
};

struct digest_answer {
    const char *sentence;
    const char *text;
    enum crypto_digest digest;
    const char *value;
};

#define LONG_TEXT "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"

static const struct digest_answer digests[] = {
    {"SHA-1 gives another answer than FIPS 180-4", "abc", CRYPTO_SHA1,
     "A9993E364706816ABA3E25717850C26C9CD0D89D"},
    {"SHA-1 gives another answer than FIPS 180-4", LONG_TEXT, CRYPTO_SHA1,
     "84983E441C3BD26EBAAE4AA1F95129E5E54670F1"},
    {"SHA-224 gives another answer than FIPS 180-4", "abc", CRYPTO_SHA224,
     "23097D223405D8228642A477BDA255B32AADBCE4BDA0B3F7E36C9DA7"},
    {"SHA-256 gives another answer than FIPS 180-4", "abc", CRYPTO_SHA256,
     "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"},
    {"SHA-256 of nothing gives another answer than FIPS 180-4", "",
     CRYPTO_SHA256,
     "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855"},
    {"SHA-256 gives another answer than FIPS 180-4", LONG_TEXT, CRYPTO_SHA256,
     "248D6A61D20638B8E5C026930C3E6039A33CE45964FF2167F6ECEDD419DB06C1"},
    {"SHA-384 gives another answer than FIPS 180-4", "abc", CRYPTO_SHA384,
     "CB00753F45A35E8BB5A03D699AC65007272C32AB0EDED163"
     "1A8B605A43FF5BED8086072BA1E7CC2358BAECA134C825A7"},
    {"SHA-512 gives another answer than FIPS 180-4", "abc", CRYPTO_SHA512,
     "DDAF35A193617ABACC417349AE20413112E6FA4E89A97EA20A9EEEE64B55D39A"
     "2192992A274FC1A836BA3C23A3FEEBBD454D4423643CE80E2A9AC94FA54CA49F"},
};

static struct bytes hex(const char *text)
{
    struct bytes b = {.n = 0};
    struct buf out = buf_of(b.p, sizeof b.p);

    if (hex_decode(text, strlen(text), &out, NULL) == ERR_OK)
        b.n = out.n;
    return b;
}

static enum err run(const struct crypto_port *p, const struct cipher_answer *a,
                    enum crypto_direction direction, uint8_t *iv,
                    const uint8_t *in, uint8_t *out, size_t n)
{
    struct bytes key = hex(a->key);

    return p->cipher(p->ctx, a->cipher, a->mode, direction,
                     span_of(key.p, key.n), a->mode == CRYPTO_ECB ? NULL : iv,
                     in, out, n);
}

/* Both ways, in one call and in place, block by block with iv carried over. */
static bool answers_well(const struct crypto_port *p,
                         const struct cipher_answer *a)
{
    const struct bytes plain = hex(a->plain);
    const struct bytes secret = hex(a->secret);
    const size_t block = crypto_block_size(a->cipher);
    struct bytes iv = hex(a->iv);
    struct bytes b = plain;

    if (run(p, a, CRYPTO_ENCRYPT, iv.p, plain.p, b.p, plain.n) != ERR_OK ||
        memcmp(b.p, secret.p, secret.n) != 0)
        return false;
    iv = hex(a->iv);
    b = plain;
    for (size_t i = 0; i < b.n; i += block) {
        if (run(p, a, CRYPTO_ENCRYPT, iv.p, b.p + i, b.p + i, block) != ERR_OK)
            return false;
    }
    if (memcmp(b.p, secret.p, secret.n) != 0)
        return false;
    iv = hex(a->iv);
    for (size_t i = 0; i < b.n; i += block) {
        if (run(p, a, CRYPTO_DECRYPT, iv.p, b.p + i, b.p + i, block) != ERR_OK)
            return false;
    }
    return memcmp(b.p, plain.p, plain.n) == 0;
}

/* A message may come in pieces, empty ones among them. */
static bool digests_well(const struct crypto_port *p,
                         const struct digest_answer *a)
{
    const uint8_t *text = (const uint8_t *)a->text;
    const size_t n = strlen(a->text);
    const size_t size = crypto_digest_size(a->digest);
    const struct bytes want = hex(a->value);

    for (size_t cut = 0; cut <= n; cut++) {
        const struct span parts[] = {
            {text, cut}, {NULL, 0}, {text + cut, n - cut}};
        uint8_t out[CRYPTO_DIGEST_MAX + 1];
        memset(out, 0xA5, sizeof out);
        if (p->digest(p->ctx, a->digest, parts, 3, out) != ERR_OK ||
            memcmp(out, want.p, size) != 0 || out[size] != 0xA5)
            return false;
    }
    return true;
}

static bool check_answers(struct conformance *c)
{
    bool ok = true;

    /* twice: no answer may depend on what was asked before */
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++)
            ok = conformance_expect(c,
                                    answers_well(c->port->crypto, &answers[i]),
                                    answers[i].sentence) &&
                 ok;
        for (size_t i = 0; i < sizeof digests / sizeof digests[0]; i++)
            ok = conformance_expect(c,
                                    digests_well(c->port->crypto, &digests[i]),
                                    digests[i].sentence) &&
                 ok;
    }
    return ok;
}

/* More keys than any cache holds, twice: each still gives its own answer. */
static bool check_many_keys(struct conformance *c)
{
    const struct crypto_port *p = c->port->crypto;
    uint8_t first[64];
    bool ok = true;

    for (int round = 0; round < 2; round++) {
        for (uint8_t k = 0; k < sizeof first; k++) {
            uint8_t key[16] = {k};
            uint8_t b[16] = {0};
            ok = p->cipher(p->ctx, CRYPTO_AES, CRYPTO_ECB, CRYPTO_ENCRYPT,
                           span_of(key, 16), NULL, b, b, 16) == ERR_OK &&
                 ok;
            if (round == 0)
                first[k] = b[5];
            ok = ok && first[k] == b[5];
        }
    }
    return conformance_expect(c, ok,
                              "an answer changes when many keys were used");
}

static bool check_lengths(struct conformance *c)
{
    static const struct {
        enum crypto_cipher cipher;
        uint8_t key;
        uint8_t n;
        enum err want;
    } cases[] = {
        {CRYPTO_AES, 16, 15, ERR_RANGE}, {CRYPTO_AES, 15, 16, ERR_RANGE},
        {CRYPTO_AES, 33, 16, ERR_RANGE}, {CRYPTO_AES, 0, 16, ERR_RANGE},
        {CRYPTO_DES, 16, 8, ERR_RANGE},  {CRYPTO_DES, 8, 12, ERR_RANGE},
        {CRYPTO_DES3, 8, 8, ERR_RANGE},  {CRYPTO_DES3, 32, 8, ERR_RANGE},
        {CRYPTO_AES, 32, 0, ERR_OK},     {CRYPTO_AES, 24, 16, ERR_OK},
    };
    const struct crypto_port *p = c->port->crypto;
    uint8_t b[64] = {1};
    bool ok = true;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        ok = p->cipher(p->ctx, cases[i].cipher, CRYPTO_ECB, CRYPTO_ENCRYPT,
                       span_of(b, cases[i].key), NULL, b, b,
                       cases[i].n) == cases[i].want &&
             ok;
    return conformance_expect(c, ok,
                              "crypto->cipher does not tell right lengths of "
                              "keys and data from wrong ones (ERR_RANGE)");
}

static unsigned ones(uint8_t b)
{
    unsigned n = 0;
    for (; b != 0; b &= (uint8_t)(b - 1))
        n++;
    return n;
}

/* Coarse: a generator that repeats, sticks, or leaves bytes out. */
static bool check_random(struct conformance *c)
{
    const struct crypto_port *p = c->port->crypto;
    uint8_t last[16] = {0};
    uint8_t now[18];
    unsigned set = 0;
    unsigned repeats = 0;
    bool fine = true;

    for (unsigned i = 0; i < DRAWS / 16; i++) {
        memset(now, 0xA5, sizeof now);
        fine = p->random(p->ctx, now + 1, 16) == ERR_OK && fine;
        fine = fine && now[0] == 0xA5 && now[17] == 0xA5;
        repeats += memcmp(now + 1, last, 16) == 0;
        memcpy(last, now + 1, 16);
        for (unsigned k = 0; k < 16; k++)
            set += ones(now[k + 1]);
    }
    bool ok = conformance_expect(c, fine,
                                 "crypto->random fails, or writes beyond the "
                                 "bytes asked for");
    ok = conformance_expect(c, repeats == 0,
                            "crypto->random gives the same bytes again") &&
         ok;
    /* of 32,768 bits half are ones, give or take 6 standard deviations */
    ok = conformance_expect(c, set > 16384 - 544 && set < 16384 + 544,
                            "crypto->random gives bits that are not evenly "
                            "ones and zeros") &&
         ok;
    return conformance_expect(c, p->random(p->ctx, now, 0) == ERR_OK,
                              "crypto->random fails when no byte is asked "
                              "for") &&
           ok;
}

bool conformance_crypto(struct conformance *c)
{
    bool ok = check_answers(c);
    ok = check_many_keys(c) && ok;
    ok = check_lengths(c) && ok;
    return check_random(c) && ok;
}
