#include "base/err.h"

const char *err_text(enum err e)
{
    switch (e) {
    case ERR_OK:
        return "no error";
    case ERR_CORRUPT:
        return "stored data is corrupt";
    case ERR_TRUNCATED:
        return "the data ends too early";
    case ERR_FULL:
        return "the buffer is too small";
    case ERR_FORMAT:
        return "malformed data";
    case ERR_RANGE:
        return "value out of range";
    case ERR_NOT_FOUND:
        return "not found";
    case ERR_EXISTS:
        return "exists already";
    case ERR_MEMORY:
        return "not enough memory";
    case ERR_LOG_FULL:
        return "the transaction buffer is full";
    case ERR_STATE:
        return "not allowed in this state";
    case ERR_AUTH:
        return "authentication failed";
    case ERR_UNSUPPORTED:
        return "not supported";
    case ERR_VERSION:
        return "version does not fit";
    case ERR_TYPE:
        return "ill-typed code";
    case ERR_IO:
        return "input/output failed";
    case ERR_DAMAGED:
        return "a guarded array is damaged";
    }
    return "unknown error";
}
