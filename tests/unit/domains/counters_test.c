/*
 * Proves that sequence counters end and do not begin again: the last number
 * opens a session, then the keys open none, after a reset neither; others go
 * on.  [GPCS E.1.2] [Amd D 6.2.2.1]
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "domains/keys.h"
#include "root.h"
#include "tests/apdu/host.h"

enum { SMALL_MEMORY = 160 * 1024, SCP02_KEYS = 0x20, SCP03_KEYS = 0x30 };

static struct host h;

static int open_card(void **state)
{
    struct card_profile p = host_profile(true);

    (void)state;
    return host_open(&h, &p, SMALL_MEMORY, "counters") ? 0 : -1;
}

static int close_card(void **state)
{
    char *findings = NULL;

    (void)state;
    assert_int_equal(host_check(&h, &findings), 0);
    free(findings);
    host_close(&h);
    return 0;
}

static void count_to(uint8_t version, uint32_t value)
{
    struct domain *d = &h.card->domain;
    struct domain_key_set set;

    assert_true(domain_find_key_set(d, DOMAIN_ISD, version, &set));
    assert_int_equal(domain_set_counter(d, &set, value), ERR_OK);
}

static void must_be_used_up(uint8_t version, uint8_t other)
{
    assert_int_equal(host_open_session(&h, version, 0x01, NULL), SW_CONDITIONS);
    assert_non_null(strstr(h.reason, "used up"));
    assert_int_equal(host_reset(&h), CARD_OK);
    assert_int_equal(host_open_session(&h, version, 0x01, NULL), SW_CONDITIONS);
    assert_int_equal(host_open_session(&h, other, 0x01, NULL), SW_OK);
    scp_close(&h.session);
}

static void ends_of_scp03(void **state)
{
    (void)state;
    count_to(SCP03_KEYS, KEY_COUNTER_MAX_SCP03 - 1);
    assert_int_equal(host_open_session(&h, SCP03_KEYS, 0x01, NULL), SW_OK);
    scp_close(&h.session);
    must_be_used_up(SCP03_KEYS, SCP02_KEYS);
}

static void ends_of_scp02(void **state)
{
    (void)state;
    count_to(SCP02_KEYS, KEY_COUNTER_MAX_SCP02 - 1);
    assert_int_equal(host_open_session(&h, SCP02_KEYS, 0x01, NULL), SW_OK);
    scp_close(&h.session);
    must_be_used_up(SCP02_KEYS, SCP03_KEYS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(ends_of_scp03, open_card, close_card),
        cmocka_unit_test_setup_teardown(ends_of_scp02, open_card, close_card),
    };

    return cmocka_run_group_tests_name("counters", tests, NULL, NULL);
}
