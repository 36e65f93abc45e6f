#include "toolchain/classpool.h"

#include <string.h>

enum { ENTRY_SIZE = 3, NAME_MAX_BYTES = 4095 };

static bool read_utf8(struct tc_arena *arena, struct tc_pool_entry *e,
                      struct span *s)
{
    uint16_t n = 0;
    struct span text = {NULL, 0};
    if (span_take_u2(s, &n) != ERR_OK || span_take(s, n, &text) != ERR_OK)
        return false;
    if (memchr(text.p, 0, text.n) != NULL)
        return false;
    if (text.n <= NAME_MAX_BYTES)
        e->text = tc_copy_text(arena, (const char *)text.p, text.n);
    return true;
}

static bool read_number(struct tc_pool_entry *e, struct span *s)
{
    uint32_t v = 0;
    if (span_take_u4(s, &v) != ERR_OK)
        return false;
    e->value = (int32_t)v;
    return true;
}

static bool read_pair(struct tc_pool_entry *e, struct span *s)
{
    return span_take_u2(s, &e->a) == ERR_OK && span_take_u2(s, &e->b) == ERR_OK;
}

static bool read_entry(struct tc_arena *arena, struct tc_pool_entry *e,
                       struct span *s)
{
    struct span skipped = {NULL, 0};
    uint8_t kind = 0;
    if (span_take_u1(s, &e->tag) != ERR_OK)
        return false;
    switch (e->tag) {
    case POOL_UTF8:
        return read_utf8(arena, e, s);
    case POOL_INTEGER:
    case POOL_FLOAT:
        return read_number(e, s);
    case POOL_LONG:
    case POOL_DOUBLE:
        return span_take(s, 8, &skipped) == ERR_OK;
    case POOL_CLASS:
    case POOL_STRING:
    case POOL_METHOD_TYPE:
    case POOL_MODULE:
    case POOL_PACKAGE:
        return span_take_u2(s, &e->a) == ERR_OK;
    case POOL_FIELD:
    case POOL_METHOD:
    case POOL_INTERFACE_METHOD:
    case POOL_NAME_AND_TYPE:
    case POOL_DYNAMIC:
    case POOL_INVOKE_DYNAMIC:
        return read_pair(e, s);
    case POOL_METHOD_HANDLE:
        return span_take_u1(s, &kind) == ERR_OK &&
               span_take_u2(s, &e->a) == ERR_OK;
    default:
        return false;
    }
}

const char *tc_pool_read(struct tc_arena *arena, struct tc_classfile *file,
                         struct span *s)
{
    uint16_t count = 0;
    if (span_take_u2(s, &count) != ERR_OK || count == 0)
        return "the constant pool is missing";
    if (count - 1u > s->n / ENTRY_SIZE)
        return "the constant pool announces more than the file can hold";
    file->pool = tc_alloc_array(arena, count, sizeof file->pool[0]);
    file->pool_count = count;
    for (size_t i = 1; i < count; i++) {
        struct tc_pool_entry *e = &file->pool[i];
        if (!read_entry(arena, e, s))
            return tc_format(arena, "entry %zu of the constant pool is broken",
                             i);
        if (e->tag == POOL_LONG || e->tag == POOL_DOUBLE)
            i++;
    }
    return NULL;
}

static const struct tc_pool_entry *entry(const struct tc_classfile *file,
                                         uint16_t index, uint8_t tag)
{
    if (index >= file->pool_count || file->pool[index].tag != tag)
        return NULL;
    return &file->pool[index];
}

const char *tc_pool_text(const struct tc_classfile *file, uint16_t index)
{
    const struct tc_pool_entry *e = entry(file, index, POOL_UTF8);
    return e == NULL ? NULL : e->text;
}

const char *tc_pool_class(const struct tc_classfile *file, uint16_t index)
{
    const struct tc_pool_entry *e = entry(file, index, POOL_CLASS);
    return e == NULL ? NULL : tc_pool_text(file, e->a);
}

bool tc_pool_member(const struct tc_classfile *file, uint16_t index,
                    uint8_t tag, struct tc_member_ref *out)
{
    const struct tc_pool_entry *e = entry(file, index, tag);
    if (e == NULL)
        return false;
    const struct tc_pool_entry *pair = entry(file, e->b, POOL_NAME_AND_TYPE);
    if (pair == NULL)
        return false;
    out->class_name = tc_pool_class(file, e->a);
    out->name = tc_pool_text(file, pair->a);
    out->descriptor = tc_pool_text(file, pair->b);
    return out->class_name != NULL && out->name != NULL &&
           out->descriptor != NULL;
}

const char *tc_pool_dynamic(const struct tc_classfile *file, uint16_t index)
{
    const struct tc_pool_entry *e = entry(file, index, POOL_INVOKE_DYNAMIC);
    if (e == NULL)
        e = entry(file, index, POOL_DYNAMIC);
    const struct tc_pool_entry *pair =
        e == NULL ? NULL : entry(file, e->b, POOL_NAME_AND_TYPE);
    return pair == NULL ? NULL : tc_pool_text(file, pair->b);
}

bool tc_pool_handle(const struct tc_classfile *file, uint16_t index,
                    struct tc_member_ref *out)
{
    const struct tc_pool_entry *e = entry(file, index, POOL_METHOD_HANDLE);
    return e != NULL &&
           (tc_pool_member(file, e->a, POOL_METHOD, out) ||
            tc_pool_member(file, e->a, POOL_INTERFACE_METHOD, out));
}
