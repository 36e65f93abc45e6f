#include "apidef/api_lookup.h"

#include <string.h>

static bool same_name(const char *name, const char *text, size_t n)
{
    return strlen(name) == n && memcmp(name, text, n) == 0;
}

const struct api_package *api_package_by_aid(const uint8_t *aid, size_t n)
{
    for (uint16_t i = 0; i < api_package_count; i++) {
        const struct api_package *p = &api_packages[i];
        if (p->aid_length == n && memcmp(p->aid, aid, n) == 0)
            return p;
    }
    return NULL;
}

const struct api_package *api_package_by_name(const char *name, size_t n)
{
    for (uint16_t i = 0; i < api_package_count; i++) {
        if (same_name(api_packages[i].name, name, n))
            return &api_packages[i];
    }
    return NULL;
}

static size_t package_part(const char *name, size_t n)
{
    while (n > 0 && name[n - 1] != '/')
        n--;
    return n > 0 ? n - 1 : 0;
}

static const struct api_package *package_of(const char *class, size_t n)
{
    return api_package_by_name(class, package_part(class, n));
}

const struct api_class *api_class_by_name(const char *name, size_t n)
{
    const struct api_package *p = package_of(name, n);
    for (uint8_t i = 0; p != NULL && i < p->class_count; i++) {
        if (same_name(p->classes[i].name, name, n))
            return &p->classes[i];
    }
    return NULL;
}

const struct api_class *api_class_called(const char *name)
{
    return api_class_by_name(name, strlen(name));
}

const struct api_class *api_hidden_class(const char *name)
{
    const struct api_package *p = package_of(name, strlen(name));
    for (uint8_t i = 0; p != NULL && i < p->hidden_count; i++) {
        if (strcmp(p->hidden[i].name, name) == 0)
            return &p->hidden[i];
    }
    return NULL;
}

uint16_t api_package_index(const struct api_package *package)
{
    return (uint16_t)(package - api_packages);
}

static bool is_among(const struct api_class *class,
                     const struct api_class *first, uint8_t count)
{
    for (uint8_t i = 0; i < count; i++) {
        if (class == &first[i])
            return true;
    }
    return false;
}

uint16_t api_class_place(const struct api_class *class, uint16_t *token)
{
    const struct api_package *p = package_of(class->name, strlen(class->name));

    *token = is_among(class, p->hidden, p->hidden_count)
                 ? (uint16_t)(API_HIDDEN + (unsigned)(class - p->hidden))
                 : (uint16_t)(class - p->classes);
    return api_package_index(p);
}

const struct api_class *api_super(const struct api_class *class)
{
    if (class->super_package == API_NONE)
        return NULL;
    return &api_packages[class->super_package].classes[class->super_class];
}

const struct api_method *api_method_by_name(const struct api_class *class,
                                            bool statics, const char *name,
                                            const char *descriptor,
                                            uint8_t *token)
{
    const struct api_method *m = statics ? class->statics : class->virtuals;
    uint8_t count = statics ? class->static_count : class->virtual_count;

    for (uint8_t i = 0; i < count; i++) {
        if (strcmp(m[i].name, name) == 0 &&
            strcmp(m[i].descriptor, descriptor) == 0) {
            *token = i;
            return &m[i];
        }
    }
    return NULL;
}

const struct api_class *api_class_at(const struct api_package *package,
                                     uint16_t token)
{
    if (token >= API_HIDDEN)
        return token - API_HIDDEN < package->hidden_count
                   ? &package->hidden[token - API_HIDDEN]
                   : NULL;
    return token < package->class_count ? &package->classes[token] : NULL;
}

const struct api_method *api_method_at(const struct api_class *class,
                                       bool statics, uint8_t token)
{
    uint8_t count = statics ? class->static_count : class->virtual_count;
    if (token >= count)
        return NULL;
    return statics ? &class->statics[token] : &class->virtuals[token];
}

const struct api_field *api_field_by_name(const struct api_class *class,
                                          const char *name)
{
    for (uint16_t i = 0; i < class->field_count; i++) {
        if (strcmp(class->fields[i].name, name) == 0)
            return &class->fields[i];
    }
    return NULL;
}
