/*
 * What components tell developers, and a card passes over: that imports are
 * named once, that remote methods and the Debug component fit the rest.
 * [JCVM 6.7, 6.9.2, 6.15]
 */
#ifndef CAP_AGREE_H
#define CAP_AGREE_H

#include "cap/check.h"

struct cap_agree_check {
    const struct cap *cap; /* has passed cap_check_parts */
    uint8_t *scratch;      /* working memory, aligned as for uint32_t */
    uint32_t scratch_size; /* 256 KiB always suffice */
    void (*report)(void *ctx, const struct cap_finding *finding);
    void *report_ctx;
};

/* ERR_FORMAT after a finding; ERR_MEMORY. */
NODISCARD enum err cap_check_agreement(const struct cap_agree_check *check);

#endif
