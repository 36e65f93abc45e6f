#include "tests/unit/cap/loadfile.h"

#include <string.h>

const uint8_t loadfile_order[LOADFILE_COMPONENTS] = {
    CAP_HEADER,
    CAP_DIRECTORY,
    CAP_IMPORT,
    CAP_APPLET,
    CAP_CLASS,
    CAP_METHOD,
    CAP_STATIC_FIELD,
    CAP_EXPORT,
    CAP_CONSTANT_POOL,
    CAP_REFERENCE_LOCATION,
    CAP_STATIC_RESOURCES,
    CAP_DESCRIPTOR,
};

const char *loadfile_name(uint8_t tag)
{
    static const char *const names[CAP_TAG_COUNT] = {
        "File",        "Header",
        "Directory",   "Applet",
        "Import",      "ConstantPool",
        "Class",       "Method",
        "StaticField", "ReferenceLocation",
        "Export",      "Descriptor",
        "Debug",       "StaticResources"};

    return tag < CAP_TAG_COUNT ? names[tag] : "";
}

uint8_t *loadfile_find(struct span file, const char *name)
{
    uint8_t *p = (uint8_t *)(uintptr_t)file.p;
    const uint8_t *end = p + file.n;

    while (end - p > 3) {
        bool wide = p[0] == CAP_STATIC_RESOURCES;
        uint8_t *info = p + (wide ? 5 : 3);
        if (strcmp(loadfile_name(p[0]), name) == 0)
            return info;
        p = info + (wide ? get_u4(p + 1) : get_u2(p + 1));
    }
    return NULL;
}
