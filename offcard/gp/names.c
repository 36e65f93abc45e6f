#include <gp/commands.h>

#include <string.h>
#include <strings.h>

#include "base/hex.h"

enum { PRIVILEGES = 20 };

static const char *const privilege_names[PRIVILEGES] = {
    "security-domain",
    "dap-verification",
    "delegated-management",
    "card-lock",
    "card-terminate",
    "card-reset",
    "cvm-management",
    "mandated-dap",
    "trusted-path",
    "authorized-management",
    "token-verification",
    "global-delete",
    "global-lock",
    "global-registry",
    "final-application",
    "global-service",
    "receipt-generation",
    "ciphered-load-file",
    "contactless-activation",
    "contactless-self-activation",
};

/* Bits of byte 1; DAP ones include Security Domain [GPCS 11.1.2]. */
static const uint8_t first_byte[8] = {0x80, 0xC0, 0xA0, 0x10,
                                      0x08, 0x04, 0x02, 0xC1};

const char *gp_card_state_name(uint8_t state)
{
    switch (state) {
    case GP_CARD_OP_READY:
        return "OP_READY";
    case GP_CARD_INITIALIZED:
        return "INITIALIZED";
    case GP_CARD_SECURED:
        return "SECURED";
    case GP_CARD_LOCKED:
        return "CARD_LOCKED";
    case GP_CARD_TERMINATED:
        return "TERMINATED";
    default:
        return "unknown state";
    }
}

const char *gp_card_state_patent(uint8_t state)
{
    switch (state) {
    case GP_CARD_OP_READY:
        return "masked";
    case GP_CARD_INITIALIZED:
        return "initialized";
    case GP_CARD_SECURED:
        return "load secured";
    case GP_CARD_LOCKED:
    case GP_CARD_TERMINATED:
        return "blocked";
    default:
        return "unknown";
    }
}

const char *gp_application_state_name(uint8_t state, bool domain)
{
    if (state & GP_APPLICATION_LOCKED)
        return "LOCKED";
    if (domain && state == 0x0F)
        return "PERSONALIZED";
    switch (state & 0x07) {
    case 0x03:
        return "INSTALLED";
    case 0x07:
        return state == 0x07 ? "SELECTABLE" : "application specific";
    default:
        return "unknown state";
    }
}

const char *gp_application_state_patent(uint8_t state)
{
    if (state & GP_APPLICATION_LOCKED)
        return "blocked";
    if ((state & 0x07) == 0x03)
        return "installed";
    return state == 0x07 ? "registered" : "personalized";
}

const char *gp_file_state_name(uint8_t state)
{
    return state == 0x01 ? "LOADED" : "unknown state";
}

const char *gp_privilege_name(unsigned n)
{
    return n < PRIVILEGES ? privilege_names[n] : NULL;
}

static int add_named(const char *name, size_t n, uint8_t out[3])
{
    for (unsigned i = 0; i < PRIVILEGES; i++) {
        if (strlen(privilege_names[i]) != n ||
            strncasecmp(privilege_names[i], name, n) != 0)
            continue;
        if (i < 8)
            out[0] |= first_byte[i];
        else
            out[i / 8] |= (uint8_t)(0x80 >> (i % 8));
        return GP_OK;
    }
    return GP_ERR_ARGUMENT;
}

static int parse_names(const char *text, uint8_t out[3])
{
    int result = GP_OK;
    while (*text != '\0' && result == GP_OK) {
        size_t n = strcspn(text, ",");
        result = add_named(text, n, out);
        text += n;
        if (*text == ',')
            text++;
    }
    return result;
}

int gp_privileges_parse(const char *text, uint8_t out[3], uint8_t *length)
{
    struct buf hex = buf_of(out, 3);
    size_t n = strlen(text);

    memset(out, 0, 3);
    if ((n == 2 || n == 6) && hex_decode(text, n, &hex, NULL) == ERR_OK) {
        *length = (uint8_t)(n / 2);
        return GP_OK;
    }
    *length = 3;
    memset(out, 0, 3);
    return n == 0 ? GP_ERR_ARGUMENT : parse_names(text, out);
}
