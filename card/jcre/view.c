#include "jcre/native.h"
#include "jcre/state.h"

static void drop_unused(struct jcre *j)
{
    for (uint32_t i = 0; i < HEAP_WINDOWS_MAX; i++) {
        ref_t ref = (ref_t)(HEAP_WINDOW_FIRST + i);
        if (!vm_on_stack(j->vm, ref))
            heap_window_forget(j->heap, ref);
    }
}

enum err jcre_new_view(struct jcre *j, const struct heap_window *w, ref_t *out)
{
    enum err e = heap_window_new(j->heap, w, out);

    if (e != ERR_MEMORY)
        return e;
    drop_unused(j);
    return heap_window_new(j->heap, w, out);
}
