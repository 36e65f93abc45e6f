#include "tests/unit/domains/unit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

const char *unit_cap_folder;

void unit_open(struct host *h, bool both)
{
    struct card_profile p = host_profile(both);

    assert_true(host_open(h, &p, UNIT_MEMORY, "unit"));
}

void unit_check(struct host *h)
{
    char *findings = NULL;

    if (host_check(h, &findings) != 0)
        fail_msg("%s", findings);
    free(findings);
}

void unit_close(struct host *h)
{
    unit_check(h);
    host_close(h);
}

sw_t unit_load_wallet(struct host *h)
{
    char path[1024];

    snprintf(path, sizeof path, "%s/wallet.cap", unit_cap_folder);
    return host_load_cap(h, path, "");
}

sw_t unit_install_wallet(struct host *h)
{
    sw_t sw = unit_load_wallet(h);

    if (sw != SW_OK)
        return sw;
    return host_hex(h,
                    "80E60C001D06F0504F53540107F0504F5354010107F0504F53540101"
                    "010002C9000000");
}

void unit_fill(uint8_t *p, uint8_t first, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)(first + i);
}
