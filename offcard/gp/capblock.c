#include "offcard/gp/capblock.h"

enum { FLAGS_AT = 9 }; /* in the Header: tag, size, magic, format [JCVM 6.4] */

bool gp_cap_has_wide_form(unsigned tag)
{
    return tag == GP_CAP_METHOD || tag == GP_CAP_REFERENCE_LOCATION ||
           tag == GP_CAP_DESCRIPTOR || tag == GP_CAP_DEBUG;
}

bool gp_capblock_is(struct span bytes)
{
    return bytes.n > FLAGS_AT && bytes.p[0] == GP_CAP_HEADER &&
           get_u2(bytes.p + 3) == GP_CAP_MAGIC_HIGH &&
           get_u2(bytes.p + 5) == GP_CAP_MAGIC_LOW;
}

/* Tag and size; 0: there are not so many bytes left. */
static size_t head_of(struct span s, bool extended)
{
    const unsigned tag = s.p[0];
    bool wide = tag == GP_CAP_STATIC_RESOURCES ||
                (extended && gp_cap_has_wide_form(tag));
    size_t head = wide ? 5 : 3;

    return s.n < head ? 0 : head;
}

int gp_capblock_each(struct span block,
                     int (*each)(void *ctx, unsigned tag, size_t head,
                                 struct span bytes, struct gp_why *why),
                     void *ctx, struct gp_why *why)
{
    const bool extended = (block.p[FLAGS_AT] & GP_CAP_EXTENDED) != 0;
    int result = GP_OK;

    while (block.n > 0 && result == GP_OK) {
        const unsigned tag = block.p[0];
        size_t head = head_of(block, extended);
        size_t size = head == 5   ? get_u4(block.p + 1)
                      : head == 3 ? get_u2(block.p + 1)
                                  : 0;
        if (head == 0 || size > block.n - head) {
            gp_why_set(why, "component %u of the load file is cut off", tag);
            return GP_ERR_CAP;
        }
        if (tag > 0 && tag < GP_CAP_COMPONENT_TAGS)
            result = each(ctx, tag, head, span_of(block.p, head + size), why);
        block = span_of(block.p + head + size, block.n - head - size);
    }
    return result;
}
