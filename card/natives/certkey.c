#include "natives/cert.h"
#include "natives/ec.h"
#include "natives/keyrsa.h"
#include "natives/signature.h"
#include "natives/xec.h"

enum { /* KeyBuilder.TYPE_* */
       TYPE_RSA_PUBLIC = 4,
       TYPE_DSA_PUBLIC = 7,
       TYPE_EC_F2M_PUBLIC = 9,
       TYPE_EC_FP_PUBLIC = 11,
       TYPE_XEC = -1,
};

enum { /* Signature.SIG_CIPHER_* and Cipher.PAD_* */
       CIPHER_RSA = 3,
       CIPHER_DSA = 4,
       CIPHER_ECDSA = 5,
       CIPHER_ECDSA_PLAIN = 9,
       CIPHER_ED25519 = 15,
       CIPHER_ED448 = 16,
       PKCS1 = 7,
       PKCS1_PSS = 8,
};

/* ---- keys ---- */

static enum key_family family_of(const struct x509_key *key)
{
    switch (key->kind) {
    case X509_KEY_RSA:
        return KEY_RSA_PUBLIC;
    case X509_KEY_DSA:
        return KEY_DSA_PUBLIC;
    case X509_KEY_XEC:
        return KEY_XEC_PUBLIC;
    case X509_KEY_EC:
        break;
    }
    return key->curve.curve.p.n != 0 ? KEY_EC_FP_PUBLIC : KEY_EC_F2M_PUBLIC;
}

int8_t native_cert_key_type(const struct x509_key *key)
{
    switch (family_of(key)) {
    case KEY_RSA_PUBLIC:
        return TYPE_RSA_PUBLIC;
    case KEY_DSA_PUBLIC:
        return TYPE_DSA_PUBLIC;
    case KEY_EC_FP_PUBLIC:
        return TYPE_EC_FP_PUBLIC;
    case KEY_EC_F2M_PUBLIC:
        return TYPE_EC_F2M_PUBLIC;
    default:
        return TYPE_XEC;
    }
}

static bool goes_with(const struct key *key, const struct x509_key *from)
{
    enum crypto_xec curve = CRYPTO_X25519;

    if (key->family != family_of(from) || key->size != from->bits)
        return false;
    return from->kind != X509_KEY_XEC ||
           (native_xec_curve(key, &curve) && curve == from->xec);
}

static bool put_parts(struct vm *vm, const struct key *key,
                      const struct x509_key *from)
{
    switch (from->kind) {
    case X509_KEY_RSA:
        return native_key_put(vm, key, KEY_MODULUS, from->n) &&
               native_key_put(vm, key, KEY_EXPONENT, from->e);
    case X509_KEY_DSA:
        return native_key_put(vm, key, KEY_P, from->p) &&
               native_key_put(vm, key, KEY_Q, from->q) &&
               native_key_put(vm, key, KEY_G, from->g) &&
               native_key_put(vm, key, KEY_Y, from->y);
    case X509_KEY_EC:
        return native_ec_put_curve(vm, key, &from->curve.curve) &&
               native_key_put(vm, key, KEY_W, from->point);
    case X509_KEY_XEC:
        break;
    }
    return native_key_put(vm, key, KEY_VALUE, from->value);
}

static bool put_at_once(struct vm *vm, const struct key *key,
                        const struct x509_key *from)
{
    struct heap *heap = vm_heap(vm);
    const bool own = !heap_in_transaction(heap);
    enum err e = own ? heap_begin(heap) : ERR_OK;
    const bool put = e == ERR_OK && put_parts(vm, key, from);

    if (e == ERR_OK && own)
        e = put ? heap_commit(heap) : heap_abort(heap);
    if (e != ERR_OK)
        (void)vm_throw_err(vm, e);
    return put && e == ERR_OK;
}

bool native_cert_fill_key(struct vm *vm, const struct vm_call *call, ref_t ref,
                          const struct x509_key *from)
{
    struct key key;

    if (!vm_instance_of(vm, ref, vm_api_class("javacard/security/PublicKey"))) {
        (void)native_throw_cert(vm, CERT_HANDLER_INVALID_KEY);
        return false;
    }
    if (!native_key_open(vm, call, ref, &key))
        return false;
    if (goes_with(&key, from))
        return put_at_once(vm, &key, from);
    (void)native_throw_cert(vm, CERT_HANDLER_INVALID_KEY);
    return false;
}

/* ---- signatures ---- */

/* MessageDigest.ALG_* */
static const int8_t digests[] = {
    [CRYPTO_SHA1] = 1,      [CRYPTO_MD5] = 2,       [CRYPTO_RIPEMD160] = 3,
    [CRYPTO_SHA256] = 4,    [CRYPTO_SHA384] = 5,    [CRYPTO_SHA512] = 6,
    [CRYPTO_SHA224] = 7,    [CRYPTO_SHA3_224] = 8,  [CRYPTO_SHA3_256] = 9,
    [CRYPTO_SHA3_384] = 10, [CRYPTO_SHA3_512] = 11, [CRYPTO_SM3] = 12,
};

static struct signature_parts parts_of(const struct x509_algorithm *a)
{
    const int8_t digest = digests[a->digest];

    switch (a->scheme) {
    case X509_RSA_PKCS1:
        return (struct signature_parts){digest, CIPHER_RSA, PKCS1, 0};
    case X509_RSA_PSS:
        return (struct signature_parts){digest, CIPHER_RSA, PKCS1_PSS, a->salt};
    case X509_DSA:
        return (struct signature_parts){digest, CIPHER_DSA, 0, 0};
    case X509_ECDSA:
        return (struct signature_parts){digest, CIPHER_ECDSA, 0, 0};
    case X509_ECDSA_PLAIN:
        return (struct signature_parts){digest, CIPHER_ECDSA_PLAIN, 0, 0};
    case X509_ED25519:
        return (struct signature_parts){0, CIPHER_ED25519, 0, 0};
    case X509_ED448:
        break;
    }
    return (struct signature_parts){0, CIPHER_ED448, 0, 0};
}

static bool may_verify(const struct key *key, enum x509_scheme scheme)
{
    enum crypto_xec curve = CRYPTO_X25519;

    switch (scheme) {
    case X509_RSA_PKCS1:
    case X509_RSA_PSS:
        return native_rsa_is_public(key);
    case X509_DSA:
        return key->family == KEY_DSA_PUBLIC;
    case X509_ECDSA:
    case X509_ECDSA_PLAIN:
        return native_ec_is_public(key);
    case X509_ED25519:
    case X509_ED448:
        break;
    }
    return key->family == KEY_XEC_PUBLIC && native_xec_curve(key, &curve) &&
           curve == (scheme == X509_ED25519 ? CRYPTO_ED25519 : CRYPTO_ED448);
}

static bool refuse(struct vm *vm, uint16_t reason)
{
    (void)native_throw_cert(vm, reason);
    return false;
}

bool native_cert_check(struct vm *vm, const struct vm_call *call,
                       struct span tbs, struct span algorithm,
                       struct span signature, ref_t ref, bool *right)
{
    struct x509_algorithm a = {X509_ED448, CRYPTO_SHA1, 0};
    struct span bytes;
    struct key key;
    enum err e = x509_algorithm(algorithm, &a);

    if (!native_key_open(vm, call, ref, &key))
        return false;
    if (e == ERR_UNSUPPORTED) {
        (void)native_no_algorithm(vm, "Certificate.verify", NULL, 0);
        return false;
    }
    if (e != ERR_OK || x509_signature_bytes(signature, &bytes) != ERR_OK)
        return refuse(vm, CERT_INVALID_ENCODING);
    if (!may_verify(&key, a.scheme))
        return refuse(vm, CERT_INVALID_PARAM);
    const struct signature_parts parts = parts_of(&a);
    return native_signature_check(vm, call, &parts, ref, tbs, bytes, right);
}
