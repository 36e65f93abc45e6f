/* Comments in the text of a CAP file: what the numbers mean. */
#include <string.h>

#include "apidef/api_lookup.h"
#include "cap/cap.h"
#include "toolchain/capdump.h"

enum { EXTERNAL = 0x80, ENTRY_SIZE = 4 };

const char *cd_aid_note(struct span aid)
{
    const struct api_package *p = api_package_by_aid(aid.p, aid.n);
    return p == NULL ? NULL : p->name;
}

static const struct api_package *import(const struct cd *cd, unsigned index)
{
    struct span s = cd_info(cd, CAP_IMPORT);
    struct span version;
    struct span aid = {NULL, 0};
    uint8_t count = 0;
    if (span_take_u1(&s, &count) != ERR_OK || index >= count)
        return NULL;
    for (unsigned i = 0; i <= index; i++)
        if (span_take(&s, 2, &version) != ERR_OK ||
            span_take_lv(&s, &aid) != ERR_OK)
            return NULL;
    return api_package_by_aid(aid.p, aid.n);
}

static const struct api_class *api_class_of(const struct cd *cd, uint16_t ref)
{
    const struct api_package *p =
        (ref >> 8 & EXTERNAL) != 0 ? import(cd, ref >> 8 & 0x7F) : NULL;
    return p == NULL ? NULL : api_class_at(p, (uint8_t)ref);
}

const char *cd_class_note(struct cd *cd, uint16_t ref)
{
    const struct api_class *c = api_class_of(cd, ref);
    return c == NULL ? cd_class_name(cd, ref) : c->name;
}

static const char *api_member(struct cd *cd, const struct api_class *c,
                              uint8_t tag, uint8_t token)
{
    bool statics = tag == CAP_STATIC_METHODREF;
    const struct api_method *m =
        statics || tag == CAP_VIRTUAL_METHODREF || tag == CAP_SUPER_METHODREF
            ? api_method_at(c, statics, token)
            : NULL;
    if (m != NULL)
        return tc_format(cd->arena, "%s.%s%s", c->name, m->name, m->descriptor);
    for (size_t i = 0; tag == CAP_STATIC_FIELDREF && i < c->field_count; i++)
        if (c->fields[i].token == token)
            return tc_format(cd->arena, "%s.%s", c->name, c->fields[i].name);
    return NULL;
}

const char *cd_entry_note(struct cd *cd, uint32_t index)
{
    struct span pool = cd_info(cd, CAP_CONSTANT_POOL);
    size_t at = 2 + ENTRY_SIZE * (size_t)index;
    if (at + ENTRY_SIZE > pool.n)
        return NULL;
    const uint8_t *e = pool.p + at;
    uint16_t ref = get_u2(e + 1);
    const struct api_class *c = api_class_of(cd, ref);
    if (e[0] == CAP_CLASSREF)
        return cd_class_note(cd, ref);
    if (c != NULL)
        return api_member(cd, c, e[0], e[3]);
    if (e[0] == CAP_STATIC_METHODREF)
        return cd_method_name(cd, (uint32_t)e[1] << 16 | get_u2(e + 2));
    if (e[0] == CAP_STATIC_FIELDREF || cd_class_name(cd, ref) == NULL)
        return NULL;
    return tc_format(cd->arena, "%s.%u", cd_class_name(cd, ref), e[3]);
}
