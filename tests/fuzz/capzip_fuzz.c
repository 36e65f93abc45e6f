/*
 * A CAP file from anybody: read or refused with a reason, in bounded memory,
 * and what was read fits what it says of itself.
 */
#include <stdint.h>
#include <stdlib.h>

#include <gp/capfile.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct gp_capfile *cap = NULL;
    struct gp_why why = {{0}};
    int result = gp_capfile_read(span_of(data, n), &cap, &why);
    if (result != GP_OK) {
        if (cap != NULL || why.text[0] == '\0')
            abort();
        return 0;
    }
    size_t size = gp_capfile_block_size(cap, GP_BLOCK_WITH_DESCRIPTOR);
    uint8_t *bytes = malloc(size);
    struct buf block = buf_of(bytes, size);
    if (bytes == NULL ||
        gp_capfile_block(cap, GP_BLOCK_WITH_DESCRIPTOR, &block) != GP_OK ||
        block.n != size || cap->applet_count > GP_CAP_APPLETS_MAX ||
        cap->import_count > GP_CAP_IMPORTS_MAX)
        abort();
    free(bytes);
    gp_capfile_free(&cap);
    return 0;
}
