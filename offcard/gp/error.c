#include <gp/error.h>

#include <stdarg.h>
#include <stdio.h>

#include "base/sw.h"

void gp_why_set(struct gp_why *why, const char *format, ...)
{
    if (why == NULL)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(why->text, sizeof why->text, format, args);
    va_end(args);
}

const char *gp_strerr(int result)
{
    static const char *const texts[] = {
        [-GP_OK] = "done",
        [-GP_ERR_ARGUMENT] = "a value is out of its range",
        [-GP_ERR_MEMORY] = "no memory left",
        [-GP_ERR_CRYPTO] = "the cryptographic library failed",
        [-GP_ERR_NO_READER] = "no such reader, or no reader at all",
        [-GP_ERR_NO_CARD] = "no card",
        [-GP_ERR_CONNECT] = "nobody answers there",
        [-GP_ERR_IN_USE] = "in use by another program",
        [-GP_ERR_IO] = "the connection to the card broke",
        [-GP_ERR_PROTOCOL] = "the card's answer breaks its format",
        [-GP_ERR_CARD_AUTH] = "the card's cryptogram is wrong: wrong keys",
        [-GP_ERR_RESPONSE_MAC] = "the MAC of a response is wrong",
        [-GP_ERR_STATE] = "there is no open session",
        [-GP_ERR_UNSUPPORTED] = "not provided",
        [-GP_ERR_TOO_LONG] = "too long for one command",
        [-GP_ERR_KEYS] = "the keys are not usable",
        [-GP_ERR_CAP] = "not a CAP file that can be used",
        [-GP_ERR_LIMIT] = "larger than is accepted here",
        [-GP_ERR_CANCELLED] = "stopped",
        [-GP_ERR_NOT_FOUND] = "not found",
        [-GP_ERR_FILE] = "the file cannot be read",
    };
    if (result > 0)
        return sw_text((sw_t)result);
    if (-(long)result >= (long)(sizeof texts / sizeof texts[0]))
        return "an unknown error";
    return texts[-result];
}

int gp_from_err(enum err e)
{
    switch (e) {
    case ERR_OK:
        return GP_OK;
    case ERR_FULL:
        return GP_ERR_TOO_LONG;
    case ERR_RANGE:
    case ERR_TYPE:
        return GP_ERR_ARGUMENT;
    case ERR_TRUNCATED:
    case ERR_FORMAT:
    case ERR_CORRUPT:
    case ERR_DAMAGED:
    case ERR_VERSION:
        return GP_ERR_PROTOCOL;
    case ERR_AUTH:
        return GP_ERR_RESPONSE_MAC;
    case ERR_STATE:
    case ERR_EXISTS:
        return GP_ERR_STATE;
    case ERR_UNSUPPORTED:
        return GP_ERR_UNSUPPORTED;
    case ERR_MEMORY:
    case ERR_LOG_FULL:
        return GP_ERR_MEMORY;
    case ERR_NOT_FOUND:
        return GP_ERR_NOT_FOUND;
    case ERR_IO:
        return GP_ERR_CRYPTO;
    }
    return GP_ERR_PROTOCOL;
}
