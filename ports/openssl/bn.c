#include "ports/openssl/bn.h"

/*
 * SIEVE odd numbers from p on are looked at; LIMIT: those with a factor below
 * it are not tested.
 */
enum { SIEVE = 4096, LIMIT = 16384, ROUNDS_A_TEST = 64 };

/* Marks in `composite` what small primes divide: index i is p + 2i. */
static void sieve(const BIGNUM *p, unsigned char *composite)
{
    unsigned char small[LIMIT] = {0};

    for (unsigned f = 3; f < LIMIT; f += 2) {
        if (small[f] != 0)
            continue;
        for (unsigned i = f * f; f < 128 && i < LIMIT; i += 2 * f)
            small[i] = 1;
        const unsigned rest = (unsigned)BN_mod_word(p, f);
        /* p + 2i = 0 modulo f: i = -p / 2 */
        unsigned i = rest == 0 ? 0 : f - rest;
        i = (i % 2 == 0 ? i : i + f) / 2;
        for (; i < SIEVE; i += f)
            composite[i] = 1;
    }
}

/* OpenSSL's test does ROUNDS_A_TEST rounds, of long numbers twice as many. */
static int is_prime(const BIGNUM *p, unsigned rounds, BN_CTX *bn)
{
    int prime = BN_check_prime(p, bn, NULL);

    for (unsigned done = ROUNDS_A_TEST; done < rounds && prime == 1;
         done += ROUNDS_A_TEST)
        prime = BN_check_prime(p, bn, NULL);
    return prime;
}

int bn_next_prime(BIGNUM *p, unsigned bits, unsigned rounds, BN_CTX *bn)
{
    unsigned char composite[SIEVE] = {0};
    unsigned at = 0;
    int prime = 0;

    sieve(p, composite);
    for (unsigned i = 0; i < SIEVE && prime == 0; i++) {
        if (composite[i] != 0)
            continue;
        if (BN_add_word(p, 2 * (i - at)) != 1)
            return -1;
        at = i;
        if (BN_num_bits(p) != (int)bits)
            return 0;
        prime = is_prime(p, rounds, bn);
    }
    return prime;
}

bool bn_private_exponent(BIGNUM *d, const BIGNUM *e, const BIGNUM *p1,
                         const BIGNUM *q1, BN_CTX *bn)
{
    bool done = false;

    BN_CTX_start(bn);
    BIGNUM *g = BN_CTX_get(bn);
    BIGNUM *l = BN_CTX_get(bn);
    if (l != NULL && BN_gcd(g, p1, q1, bn) == 1 &&
        BN_div(l, NULL, p1, g, bn) == 1 && BN_mul(l, l, q1, bn) == 1) {
        BN_set_flags(l, BN_FLG_CONSTTIME);
        done = BN_mod_inverse(d, e, l, bn) != NULL;
        BN_clear(l);
    }
    BN_CTX_end(bn);
    return done;
}
