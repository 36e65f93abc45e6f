/*
 * What a cryptographic port may have beyond ciphers and digests: digests that
 * grow, RSA, elliptic curves, Montgomery and Edwards curves, a source that can
 * be stirred.  What is there is held against answers published elsewhere: FIPS
 * 180-4 and 202, RFC 1321, GB/T 32905, RFC 5903 and 6979 (P-256), RFC 7748, RFC
 * 8032; what has no such answers (private keys that are made,
 * signatures with random nonces) against itself.  A part that is NULL is left
 * out.
 */
#include "ports/conformance/conformance.h"

#include <string.h>

#include "base/hex.h"
#include "crypto/crypto.h"
#include "crypto/ec.h"
#include "crypto/hash.h"
#include "crypto/rsa.h"
#include "crypto/xec.h"

enum { BYTES_MAX = 160, SEED = 200 };

struct bytes {
    uint8_t p[BYTES_MAX];
    size_t n;
};

static struct bytes hex(const char *text)
{
    struct bytes b = {.n = 0};
    struct buf out = buf_of(b.p, sizeof b.p);

    if (hex_decode(text, strlen(text), &out, NULL) == ERR_OK)
        b.n = out.n;
    return b;
}

static struct span view(const struct bytes *b)
{
    return span_of(b->p, b->n);
}

static bool is(const uint8_t *p, const struct bytes *b)
{
    return memcmp(p, b->p, b->n) == 0;
}

/* ---- digests that grow ---- */

static const struct {
    enum crypto_digest digest;
    const char *sentence;
    const char *of_abc;
} growing[] = {
    {CRYPTO_SHA1, "hash: SHA-1 gives another answer than FIPS 180-4",
     "A9993E364706816ABA3E25717850C26C9CD0D89D"},
    {CRYPTO_SHA224, "hash: SHA-224 gives another answer than FIPS 180-4",
     "23097D223405D8228642A477BDA255B32AADBCE4BDA0B3F7E36C9DA7"},
    {CRYPTO_SHA256, "hash: SHA-256 gives another answer than FIPS 180-4",
     "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"},
    {CRYPTO_SHA384, "hash: SHA-384 gives another answer than FIPS 180-4",
     "CB00753F45A35E8BB5A03D699AC65007272C32AB0EDED163"
     "1A8B605A43FF5BED8086072BA1E7CC2358BAECA134C825A7"},
    {CRYPTO_SHA512, "hash: SHA-512 gives another answer than FIPS 180-4",
     "DDAF35A193617ABACC417349AE20413112E6FA4E89A97EA20A9EEEE64B55D39A"
     "2192992A274FC1A836BA3C23A3FEEBBD454D4423643CE80E2A9AC94FA54CA49F"},
    {CRYPTO_SHA3_224, "hash: SHA3-224 gives another answer than FIPS 202",
     "E642824C3F8CF24AD09234EE7D3C766FC9A3A5168D0C94AD73B46FDF"},
    {CRYPTO_SHA3_256, "hash: SHA3-256 gives another answer than FIPS 202",
     "3A985DA74FE225B2045C172D6BD390BD855F086E3E9D525B46BFE24511431532"},
    {CRYPTO_SHA3_384, "hash: SHA3-384 gives another answer than FIPS 202",
     "EC01498288516FC926459F58E2C6AD8DF9B473CB0FC08C25"
     "96DA7CF0E49BE4B298D88CEA927AC7F539F1EDF228376D25"},
    {CRYPTO_SHA3_512, "hash: SHA3-512 gives another answer than FIPS 202",
     "B751850B1A57168A5693CD924B6B096E08F621827444F70D884F5D0240D2712E"
     "10E116E9192AF3C91A7EC57647E3934057340B4CF408D5A56592F8274EEC53F0"},
    {CRYPTO_MD5, "hash: MD5 gives another answer than RFC 1321",
     "900150983CD24FB0D6963F7D28E17F72"},
    {CRYPTO_RIPEMD160, "hash: RIPEMD-160 gives another answer than ISO 10118-3",
     "8EB208F7E05D987A9B044A8E98C6B087F15A0BFC"},
    {CRYPTO_SM3, "hash: SM3 gives another answer than GB/T 32905",
     "66C7F0F462EEEDD9D1F2D46BDC10E4E24167C4875CF2F7A2297DA02B8F4BA8E0"},
};

struct state {
    _Alignas(8) uint8_t p[CRYPTO_HASH_STATE_MAX];
};

/* "abc" in three pieces, the state copied elsewhere between two of them. */
static bool grows(const struct crypto_port *p, enum crypto_digest digest,
                  const struct bytes *want)
{
    const struct crypto_hash_port *h = p->hash;
    const uint8_t text[] = {'a', 'b', 'c'};
    uint8_t out[CRYPTO_DIGEST_MAX];
    struct state zero = {{0}};
    struct state a = {{0}};

    if (h->add(p->ctx, digest, a.p, span_of(text, 1)) != ERR_OK ||
        h->add(p->ctx, digest, a.p, span_of(text, 0)) != ERR_OK)
        return false;
    struct state b = a;
    memset(&a, 0xA5, sizeof a);
    return h->add(p->ctx, digest, b.p, span_of(text + 1, 2)) == ERR_OK &&
           h->finish(p->ctx, digest, b.p, out) == ERR_OK && is(out, want) &&
           memcmp(b.p, zero.p, h->state_size(digest)) == 0;
}

/* A message stopped after whole blocks goes on from its chaining value. */
static bool resumes(const struct crypto_port *p, enum crypto_digest digest)
{
    const struct crypto_hash_port *h = p->hash;
    const size_t block = crypto_digest_block(digest);
    uint8_t text[2 * CRYPTO_HASH_BLOCK_MAX + 1];
    uint8_t chain[CRYPTO_DIGEST_MAX], whole[CRYPTO_DIGEST_MAX];
    uint8_t out[CRYPTO_DIGEST_MAX];
    struct state a = {{0}}, b = {{0}};
    size_t n = 0;

    memset(text, 0x3C, sizeof text);
    const struct span all = span_of(text, 2 * block + 1);
    if (h->add(p->ctx, digest, a.p, span_of(text, 2 * block)) != ERR_OK)
        return false;
    const enum err e = h->chaining(p->ctx, digest, a.p, chain, &n);
    if (e == ERR_UNSUPPORTED)
        return true;
    return e == ERR_OK &&
           h->resume(p->ctx, digest, b.p, span_of(chain, n), 2 * block) ==
               ERR_OK &&
           h->add(p->ctx, digest, b.p, span_of(text + 2 * block, 1)) ==
               ERR_OK &&
           h->chaining(p->ctx, digest, b.p, chain, &n) == ERR_RANGE &&
           h->finish(p->ctx, digest, b.p, out) == ERR_OK &&
           p->digest(p->ctx, digest, &all, 1, whole) == ERR_OK &&
           memcmp(out, whole, crypto_digest_size(digest)) == 0;
}

static bool chains(enum crypto_digest digest)
{
    return digest < CRYPTO_SHA3_224 || digest > CRYPTO_SHA3_512;
}

static bool check_hash(struct conformance *c)
{
    const struct crypto_port *p = c->port->crypto;
    bool ok = true;

    for (size_t i = 0; i < sizeof growing / sizeof growing[0]; i++) {
        const enum crypto_digest digest = growing[i].digest;
        const size_t size = p->hash->state_size(digest);
        const struct bytes want = hex(growing[i].of_abc);
        if (size == 0)
            continue;
        if (!conformance_expect(c, size <= CRYPTO_HASH_STATE_MAX,
                                "hash: a state is larger than "
                                "CRYPTO_HASH_STATE_MAX"))
            return false;
        ok = conformance_expect(c, grows(p, digest, &want),
                                growing[i].sentence) &&
             ok;
        ok = conformance_expect(c, !chains(digest) || resumes(p, digest),
                                "hash: a digest that goes on from a chaining "
                                "value gives another answer") &&
             ok;
    }
    return ok;
}

/* ---- RSA ---- */

static bool rsa_agrees(const struct crypto_port *p,
                       const struct secret_crypto_rsa_pair *k, size_t size,
                       struct span e)
{
    const struct crypto_rsa_private crt = {
        .n = span_of(k->n, size),
        .p = span_of(k->p, size / 2),
        .q = span_of(k->q, size / 2),
        .dp = span_of(k->dp, size / 2),
        .dq = span_of(k->dq, size / 2),
        .qinv = span_of(k->qinv, size / 2),
    };
    const struct crypto_rsa_private plain = {.n = crt.n,
                                             .d = span_of(k->d, size)};
    uint8_t text[BYTES_MAX], secret[BYTES_MAX], out[BYTES_MAX];

    memset(text, 0x5A, size);
    text[0] = 0;
    return p->rsa->encrypt(p->ctx, crt.n, e, text, secret) == ERR_OK &&
           p->rsa->decrypt(p->ctx, &crt, secret, out, size) == ERR_OK &&
           memcmp(out, text, size) == 0 &&
           p->rsa->decrypt(p->ctx, &plain, secret, out, size) == ERR_OK &&
           memcmp(out, text, size) == 0;
}

/* A key of our own, a number and its power: arithmetic gives no other. */
static const struct {
    const char *n, *d, *text, *power;
} rsa = {"ABF6AAA67FD8577F88987E2C9AB3DA8A5CA2343CD1805A1ADF79B2EC44CA7A6B"
         "243228F8AF824A9EF63D3CDC325768FFDE88AEE028D7C2AE06372AD621251F59",
         "475169BCDBD0B19926E17792B0265F407AE29A9F8E9398CB045BC8A4CC72DD09"
         "DBF23FEC8AD27D5172CA10D0A4369080B5ADA3B7370692FDBF8824EDC2C807C1",
         "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F"
         "202122232425262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F",
         "A96D196E5EC18A53E95AAEFB0F11CCA44881984AFDF2AB222A0164B24B46931F"
         "40073FA0E4B8A8DA34804C19FDEB0FCF6D4CE6AC01103ABFB45B0AF42CFAEE11"};

static bool rsa_answers(const struct crypto_port *p, struct span e)
{
    const struct bytes n = hex(rsa.n), d = hex(rsa.d), text = hex(rsa.text);
    const struct bytes power = hex(rsa.power);
    const struct crypto_rsa_private key = {.n = view(&n), .d = view(&d)};
    uint8_t out[BYTES_MAX];

    return p->rsa->encrypt(p->ctx, view(&n), e, text.p, out) == ERR_OK &&
           is(out, &power) &&
           p->rsa->decrypt(p->ctx, &key, power.p, out, n.n) == ERR_OK &&
           is(out, &text);
}

/* What is not below the modulus, and a modulus that is even. */
static bool rsa_refuses(const struct crypto_port *p, struct span e)
{
    struct bytes n = hex(rsa.n);
    const struct bytes d = hex(rsa.d);
    const struct crypto_rsa_private key = {.n = view(&n), .d = view(&d)};
    uint8_t out[BYTES_MAX], large[BYTES_MAX];

    memset(large, 0xFF, sizeof large);
    bool ok = p->rsa->encrypt(p->ctx, view(&n), e, large, out) == ERR_RANGE &&
              p->rsa->decrypt(p->ctx, &key, large, out, n.n) == ERR_RANGE;
    n.p[n.n - 1] &= 0xFE;
    memset(large, 0, sizeof large);
    large[n.n - 1] = 2;
    return ok && p->rsa->encrypt(p->ctx, view(&n), e, large, out) == ERR_RANGE;
}

static bool check_rsa(struct conformance *c)
{
    static const uint8_t exponent[] = {1, 0, 1};
    static const uint8_t even[] = {4};
    const struct span e = span_of(exponent, sizeof exponent);
    const struct crypto_port *p = c->port->crypto;
    struct secret_crypto_rsa_pair one, two;
    const unsigned bits = 512;

    bool ok = conformance_expect(c, rsa_answers(p, e),
                                 "rsa: a power is not what arithmetic says");
    ok = conformance_expect(c, rsa_refuses(p, e),
                            "rsa does not refuse what is not below the "
                            "modulus, or an even one (ERR_RANGE)") &&
         ok;
    ok = conformance_expect(c,
                            p->rsa->generate(p->ctx, bits, e, 5, &one) ==
                                    ERR_OK &&
                                rsa_agrees(p, &one, bits / 8, e),
                            "rsa: the parts of a key that was made are of no "
                            "one key") &&
         ok;
    ok = conformance_expect(c,
                            p->rsa->generate(p->ctx, bits, e, 5, &two) ==
                                    ERR_OK &&
                                memcmp(one.n, two.n, bits / 8) != 0,
                            "rsa makes the same key again") &&
         ok;
    return conformance_expect(c,
                              p->rsa->generate(p->ctx, bits, span_of(even, 1),
                                               5, &two) == ERR_RANGE,
                              "rsa makes a key for an even exponent") &&
           ok;
}

/* ---- elliptic curves: P-256 by its parameters ---- */

struct p256 {
    struct bytes p, a, b, g, n;
    struct crypto_ec_curve curve;
};

static void p256_open(struct p256 *c)
{
    c->p = hex("FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFF"
               "FF");
    c->a = c->p;
    c->a.p[c->a.n - 1] = 0xFC;
    c->b = hex("5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D260"
               "4B");
    c->g = hex("046B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898"
               "C2964FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837"
               "BF51F5");
    c->n = hex("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC6325"
               "51");
    c->curve = (struct crypto_ec_curve){.p = view(&c->p),
                                        .a = view(&c->a),
                                        .b = view(&c->b),
                                        .g = view(&c->g),
                                        .n = view(&c->n),
                                        .h = 1};
}

/* RFC 5903 8.1. */
static bool ec_multiplies(const struct crypto_port *p,
                          const struct crypto_ec_curve *curve)
{
    const struct bytes own =
        hex("C88F01F510D9AC3F70A292DAA2316DE544E9AAB8AFE84049C62A9C57862D1433");
    const struct bytes ours =
        hex("04DAD0B65394221CF9B051E1FECA5787D098DFE637FC90B9EF945D0C3772581180"
            "5271A0461CDB8252D61F1C456FA3E59AB1F45B33ACCF5F58389E0577B8990BB3");
    const struct bytes theirs =
        hex("04D12DFB5289C8D4F81208B70270398C342296970A0BCCB74C736FC7554494BF63"
            "56FBF3CA366CC23E8157854C13C58D6AAC23F046ADA30F8353E74F33039872AB");
    const struct bytes secret =
        hex("D6840F6B42F6EDAFD13116E0E12565202FEF8E9ECE7DCE03812464D04B9442DE");
    const struct crypto_ec_port *ec = p->ec;
    uint8_t out[CRYPTO_EC_POINT_MAX];

    return ec->multiply(p->ctx, curve, view(&own), span_of(NULL, 0), out) ==
               ERR_OK &&
           is(out, &ours) &&
           ec->multiply(p->ctx, curve, view(&own), view(&theirs), out) ==
               ERR_OK &&
           is(out + 1, &secret) &&
           ec->multiply_cofactor(p->ctx, curve, view(&own), view(&theirs),
                                 out) == ERR_OK &&
           is(out + 1, &secret);
}

/* RFC 6979 A.2.5, "sample" with SHA-256. */
static bool ec_verifies(const struct crypto_port *p,
                        const struct crypto_ec_curve *curve)
{
    const struct bytes point =
        hex("0460FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"
            "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299");
    const struct bytes digest =
        hex("AF2BDBE1AA9B6EC1E2ADE1D694F41FC71A831D0268E9891562113D8A62ADD1BF");
    const struct bytes r =
        hex("EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716");
    struct bytes s =
        hex("F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8");
    bool right = false;
    bool wrong = true;

    bool fine = p->ec->verify(p->ctx, curve, view(&point), view(&digest),
                              view(&r), view(&s), &right) == ERR_OK;
    s.p[5] ^= 1;
    return fine && right &&
           p->ec->verify(p->ctx, curve, view(&point), view(&digest), view(&r),
                         view(&s), &wrong) == ERR_OK &&
           !wrong;
}

/* A pair that it makes signs what it then verifies, each time in another way.
 */
static bool ec_signs(const struct crypto_port *p,
                     const struct crypto_ec_curve *curve)
{
    const uint8_t digest[32] = {1, 2, 3};
    const struct span d = span_of(digest, sizeof digest);
    uint8_t scalar[32], point[65], again[65], r[2][32], s[32];
    bool right = false;

    if (p->ec->generate(p->ctx, curve, scalar, point) != ERR_OK ||
        p->ec->multiply(p->ctx, curve, span_of(scalar, 32), span_of(NULL, 0),
                        again) != ERR_OK ||
        memcmp(point, again, sizeof point) != 0)
        return false;
    for (size_t i = 0; i < 2; i++) {
        right = false;
        if (p->ec->sign(p->ctx, curve, span_of(scalar, 32), d, r[i], s) !=
                ERR_OK ||
            p->ec->verify(p->ctx, curve, span_of(point, 65), d,
                          span_of(r[i], 32), span_of(s, 32),
                          &right) != ERR_OK ||
            !right)
            return false;
    }
    return memcmp(r[0], r[1], 32) != 0;
}

/* Points beside the curve, scalars outside 1..n-1, the point at infinity. */
static bool ec_refuses(const struct crypto_port *p, const struct p256 *c)
{
    const uint8_t zero[32] = {0};
    const uint8_t one[32] = {[31] = 1};
    struct bytes beside = c->g;
    struct bytes minus = c->g;
    uint8_t out[CRYPTO_EC_POINT_MAX];

    beside.p[64] ^= 1;
    for (size_t i = 64, borrow = 0; i > 32; i--) { /* p - y */
        const size_t part = c->p.p[i - 33] - (size_t)c->g.p[i] - borrow;
        minus.p[i] = (uint8_t)part;
        borrow = part >> 63 & 1;
    }
    return p->ec->check(p->ctx, &c->curve, view(&c->g)) == ERR_OK &&
           p->ec->check(p->ctx, &c->curve, view(&minus)) == ERR_OK &&
           p->ec->check(p->ctx, &c->curve, view(&beside)) == ERR_RANGE &&
           p->ec->check(p->ctx, &c->curve, span_of(zero, 1)) == ERR_RANGE &&
           p->ec->multiply(p->ctx, &c->curve, span_of(one, 32), view(&beside),
                           out) == ERR_RANGE &&
           p->ec->multiply(p->ctx, &c->curve, span_of(zero, 32), view(&c->g),
                           out) == ERR_RANGE &&
           p->ec->multiply(p->ctx, &c->curve, view(&c->n), view(&c->g), out) ==
               ERR_RANGE &&
           p->ec->add(p->ctx, &c->curve, view(&c->g), view(&minus), out) ==
               ERR_RANGE;
}

static bool check_ec(struct conformance *c)
{
    const struct crypto_port *p = c->port->crypto;
    struct p256 curve;

    p256_open(&curve);
    bool ok = conformance_expect(c, ec_multiplies(p, &curve.curve),
                                 "ec: a multiple of a point is another than "
                                 "RFC 5903 has");
    ok = conformance_expect(c, ec_verifies(p, &curve.curve),
                            "ec: a signature of RFC 6979 is not told from a "
                            "wrong one") &&
         ok;
    ok = conformance_expect(c, ec_signs(p, &curve.curve),
                            "ec: a pair that was made does not sign, or uses "
                            "a nonce again") &&
         ok;
    return conformance_expect(c, ec_refuses(p, &curve),
                              "ec takes a point beside the curve, a scalar "
                              "outside 1..n-1, or gives infinity") &&
           ok;
}

/* ---- X25519, X448, Ed25519, Ed448 ---- */

static const struct {
    enum crypto_xec curve;
    const char *sentence;
    const char *own;
    const char *theirs;
    const char *secret;
} exchanges[] = {
    {CRYPTO_X25519, "xec: X25519 gives another answer than RFC 7748",
     "A546E36BF0527C9D3B16154B82465EDD62144C0AC1FC5A18506A2244BA449AC4",
     "E6DB6867583030DB3594C1A424B15F7C726624EC26B3353B10A903A6D0AB1C4C",
     "C3DA55379DE9C6908E94EA4DF28D084F32ECCF03491C71F754B4075577A28552"},
    {CRYPTO_X448, "xec: X448 gives another answer than RFC 7748",
     "3D262FDDF9EC8E88495266FEA19A34D28882ACEF045104D0D1AAE121700A779C"
     "984C24F8CDD78FBFF44943EBA368F54B29259A4F1C600AD3",
     "06FCE640FA3487BFDA5F6CF2D5263F8AAD88334CBD07437F020F08F9814DC031"
     "DDBDC38C19C6DA2583FA5429DB94ADA18AA7A7FB4EF8A086",
     "CE3E4FF95A60DC6697DA1DB1D85E6AFBDF79B50A2412D7546D5F239FE14FBAAD"
     "EB445FC66A01B0779D98223961111E21766282F73DD96B6F"},
};

static const struct {
    enum crypto_xec curve;
    const char *sentence;
    const char *own;
    const char *open;
    const char *text;
    const char *signature;
} edwards[] = {
    {CRYPTO_ED25519, "xec: Ed25519 gives another answer than RFC 8032",
     "4CCD089B28FF96DA9DB6C346EC114E0F5B8A319F35ABA624DA8CF6ED4FB8A6FB",
     "3D4017C3E843895A92B70AA74D1B7EBC9C982CCF2EC4968CC0CD55F12AF4660C", "72",
     "92A009A9F0D4CAB8720E820B5F642540A2B27B5416503F8FB3762223EBDB69DA"
     "085AC1E43E15996E458F3613D0F11D8C387B2EAEB4302AEEB00D291612BB0C00"},
    {CRYPTO_ED448, "xec: Ed448 gives another answer than RFC 8032",
     "C4EAB05D357007C632F3DBB48489924D552B08FE0C353A0D4A1F00ACDA2C463A"
     "FBEA67C5E8D2877C5E3BC397A659949EF8021E954E0A12274E",
     "43BA28F430CDFF456AE531545F7ECD0AC834A55D9358C0372BFA0C6C6798C086"
     "6AEA01EB00742802B8438EA4CB82169C235160627B4C3A9480",
     "03",
     "26B8F91727BD62897AF15E41EB43C377EFB9C610D48F2335CB0BD0087810F435"
     "2541B143C4B981B7E18F62DE8CCDF633FC1BF037AB7CD779805E0DBCC0AAE1CB"
     "CEE1AFB2E027DF36BC04DCECBF154336C19F0AF7E0A6472905E799F1953D2A0F"
     "F3348AB21AA4ADAFD1D234441CF807C03A00"},
};

static bool exchanges_well(const struct crypto_port *p, size_t i)
{
    const struct bytes own = hex(exchanges[i].own);
    const struct bytes theirs = hex(exchanges[i].theirs);
    const struct bytes secret = hex(exchanges[i].secret);
    const uint8_t zero[CRYPTO_XEC_KEY_MAX] = {0};
    uint8_t out[CRYPTO_XEC_KEY_MAX];

    return p->xec->exchange(p->ctx, exchanges[i].curve, own.p, theirs.p, out) ==
               ERR_OK &&
           is(out, &secret) &&
           p->xec->exchange(p->ctx, exchanges[i].curve, own.p, zero, out) ==
               ERR_RANGE;
}

static bool signs_well(const struct crypto_port *p, size_t i)
{
    const enum crypto_xec curve = edwards[i].curve;
    const struct bytes own = hex(edwards[i].own);
    const struct bytes open = hex(edwards[i].open);
    const struct bytes text = hex(edwards[i].text);
    const struct bytes signature = hex(edwards[i].signature);
    uint8_t out[CRYPTO_XEC_SIGNATURE_MAX];
    bool right = false, wrong = true;

    if (p->xec->public_of(p->ctx, curve, own.p, out) != ERR_OK ||
        !is(out, &open) ||
        p->xec->sign(p->ctx, curve, own.p, view(&text), out) != ERR_OK ||
        !is(out, &signature) ||
        p->xec->verify(p->ctx, curve, open.p, view(&text), out, &right) !=
            ERR_OK)
        return false;
    out[3] ^= 1;
    return right &&
           p->xec->verify(p->ctx, curve, open.p, view(&text), out, &wrong) ==
               ERR_OK &&
           !wrong;
}

static bool check_xec(struct conformance *c)
{
    const struct crypto_port *p = c->port->crypto;
    bool ok = true;

    for (size_t i = 0; i < sizeof exchanges / sizeof exchanges[0]; i++)
        ok = conformance_expect(c, exchanges_well(p, i),
                                exchanges[i].sentence) &&
             ok;
    for (size_t i = 0; i < sizeof edwards / sizeof edwards[0]; i++)
        ok = conformance_expect(c, signs_well(p, i), edwards[i].sentence) && ok;
    return ok;
}

/* ---- a source that can be stirred ---- */

static bool check_stir(struct conformance *c)
{
    static const uint8_t seed[SEED] = {0x53};
    const struct crypto_port *p = c->port->crypto;
    enum { ASKED = 16, ROOM = 2 * ASKED /* a port may write beyond */ };
    uint8_t one[ROOM], two[ROOM];
    const bool done = p->stir(p->ctx, span_of(seed, 1)) == ERR_OK &&
                      p->random(p->ctx, one, ASKED) == ERR_OK &&
                      p->stir(p->ctx, span_of(seed, sizeof seed)) == ERR_OK &&
                      p->stir(p->ctx, span_of(seed, 1)) == ERR_OK &&
                      p->random(p->ctx, two, ASKED) == ERR_OK;

    return conformance_expect(c, done,
                              "crypto->stir fails, or random after it") &&
           conformance_expect(c, memcmp(one, two, ASKED) != 0,
                              "crypto->stir replaces the source: one seed "
                              "gives the same bytes twice");
}

/* ---- the key under which a card keeps its keys ---- */

static bool check_wrapping_key(struct conformance *c)
{
    const struct card_port *p = c->port;
    uint8_t one[32] = {0};
    uint8_t two[32] = {1};

    if (p->wrapping_key == NULL || p->wrapping_key(p->ctx, one) != 0)
        return true;
    return conformance_expect(c,
                              p->wrapping_key(p->ctx, two) == 0 &&
                                  memcmp(one, two, sizeof one) == 0,
                              "wrapping_key gives another key the second "
                              "time");
}

bool conformance_primitives(struct conformance *c)
{
    const struct crypto_port *p = c->port->crypto;
    bool ok = true;

    ok = (p->hash == NULL || check_hash(c)) && ok;
    ok = (p->rsa == NULL || check_rsa(c)) && ok;
    ok = (p->ec == NULL || check_ec(c)) && ok;
    ok = (p->xec == NULL || check_xec(c)) && ok;
    ok = (p->stir == NULL || check_stir(c)) && ok;
    return check_wrapping_key(c) && ok;
}
