#include "crypto/cmac.h"

#include "base/ct.h"
#include "crypto/blockmac.h"

enum err crypto_cmac(const struct crypto_port *port, struct span key,
                     const struct span *parts, size_t count,
                     uint8_t mac[CRYPTO_CMAC_SIZE])
{
    const struct crypto_mac what = {
        .kind = CRYPTO_MAC_CMAC, .cipher = CRYPTO_AES, .key = key};
    struct crypto_blockmac state = {.filled = 0};
    enum err e = ERR_OK;

    for (size_t i = 0; i < count && e == ERR_OK; i++)
        e = crypto_blockmac_add(port, &what, &state, parts[i]);
    if (e == ERR_OK)
        e = crypto_blockmac_end(port, &what, &state, mac);
    wipe(&state, sizeof state);
    return e;
}
