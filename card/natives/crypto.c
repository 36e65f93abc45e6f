#include "natives/crypto.h"

enum { TEXT_MAX = 80 };

/* Text that grows as far as it has room. */
struct text {
    char at[TEXT_MAX + 1];
    size_t n;
};

static void say(struct text *t, const char *words)
{
    for (; *words != '\0' && t->n < TEXT_MAX; words++)
        t->at[t->n++] = *words;
    t->at[t->n] = '\0';
}

static void say_number(struct text *t, int32_t value)
{
    char digits[8];
    unsigned i = sizeof digits - 1;
    uint32_t rest = (uint32_t)(value < 0 ? -value : value);

    digits[i] = '\0';
    do {
        digits[--i] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    say(t, value < 0 ? " -" : " ");
    say(t, digits + i);
}

enum vm_native_result native_throw_crypto(struct vm *vm, uint16_t reason)
{
    return vm_throw_name(vm, "javacard/security/CryptoException", reason);
}

bool native_refuse(struct vm *vm, uint16_t reason)
{
    (void)native_throw_crypto(vm, reason);
    return false;
}

enum vm_native_result native_no_algorithm(struct vm *vm, const char *what,
                                          const int16_t *numbers, size_t n)
{
    const struct card_port *port = jcre_port(jcre_of(vm));
    struct text t = {.n = 0};

    if (port->trace != NULL) {
        say(&t, what);
        say(&t, ": this card has no such algorithm:");
        for (size_t i = 0; i < n; i++)
            say_number(&t, numbers[i]);
        port->trace(port->ctx, t.at);
    }
    return native_throw_crypto(vm, CRYPTO_NO_SUCH_ALGORITHM);
}

const struct crypto_port *native_crypto(const struct vm *vm)
{
    return jcre_port(jcre_of(vm))->crypto;
}

enum vm_native_result native_crypto_failed(struct vm *vm, enum err e)
{
    if (e == ERR_RANGE)
        return native_throw_crypto(vm, CRYPTO_ILLEGAL_VALUE);
    if (e == ERR_UNSUPPORTED)
        return native_throw_crypto(vm, CRYPTO_NO_SUCH_ALGORITHM);
    return vm_throw_err(vm, e);
}
