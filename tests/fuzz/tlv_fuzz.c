/*
 * TLV as it comes from cards and files: what is taken can be put again and is
 * then the same.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/tlv.h"

static void put_again(const struct tlv *item)
{
    static uint8_t bytes[1 << 20];
    struct buf out = buf_of(bytes, sizeof bytes);
    struct tlv back;
    if (item->value.n > 0xFFFF || tlv_put(&out, item->tag, item->value))
        return;
    struct span again = buf_span(&out);
    if (tlv_take(&again, &back) != ERR_OK || back.tag != item->tag ||
        !span_equal(back.value, item->value) || again.n != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct span rest = span_of(data, n);
    struct tlv item;
    struct span value;
    while (rest.n > 0 && tlv_take(&rest, &item) == ERR_OK)
        put_again(&item);
    (void)!tlv_find(span_of(data, n), 0x9F70, &value);
    return 0;
}
