#include "base/sw.h"

static const struct {
    sw_t sw;
    const char *text;
} words[] = {
#define SW(name, value, text) {value, text},
#include "base/sw.def"
#undef SW
};

const char *sw_text(sw_t sw)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (words[i].sw == sw)
            return words[i].text;
    }
    if (sw >> 8 == 0x61)
        return "more response bytes available";
    if (sw >> 8 == 0x6C)
        return "wrong Le; the low byte says the right one";
    if (sw >> 4 == 0x63C)
        return "verification failed; the last digit says how many tries are "
               "left";
    return "unknown status";
}

sw_t sw_from_err(enum err e)
{
    switch (e) {
    case ERR_OK:
        return SW_OK;
    case ERR_TRUNCATED:
    case ERR_FORMAT:
    case ERR_RANGE:
    case ERR_VERSION:
    case ERR_TYPE:
        return SW_WRONG_DATA;
    case ERR_FULL:
    case ERR_MEMORY:
    case ERR_LOG_FULL:
        return SW_NO_MEMORY;
    case ERR_NOT_FOUND:
        return SW_DATA_NOT_FOUND;
    case ERR_EXISTS:
    case ERR_STATE:
        return SW_CONDITIONS;
    case ERR_AUTH:
        return SW_SECURITY_STATUS;
    case ERR_UNSUPPORTED:
        return SW_FUNCTION_UNSUPPORTED;
    case ERR_IO:
        return SW_MEMORY_FAILURE;
    case ERR_CORRUPT:
    case ERR_DAMAGED:
        break;
    }
    return SW_NO_DIAGNOSIS;
}
