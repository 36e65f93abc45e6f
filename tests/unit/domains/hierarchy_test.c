/*
 * Proves that a hierarchy of security domains may be as deep as the card has
 * room for: what is above knows what is below, one that would come to be above
 * itself does not, a lock reaches the last.  [GPCS 7.2, 9.4.1, 11.10.2.1]
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "domains/registry.h"
#include "root.h"
#include "tests/apdu/host.h"

enum { DEPTH = 80, TEXT_SIZE = 512 };

/* Keys 00..0F as the issuer sends them. */
#define FIRST_KEY "88(3D0FA4B855D2A5AA4954B8B5DF582A3A)(C35280)"
#define AID "A00000015153%04X"

static sw_t send(struct host *h, const char *text)
{
    char hex[TEXT_SIZE];

    assert_true(host_expand(text, hex, sizeof hex));
    return host_hex(h, hex);
}

static void as_issuer(struct host *h)
{
    assert_int_equal(host_select(h, ""), SW_OK);
    assert_int_equal(host_open_session(h, 0x30, 0x00, NULL), SW_OK);
}

/* One domain below the issuer's, personalised, that takes what that gives. */
static void add_domain(struct host *h, unsigned n)
{
    char text[TEXT_SIZE];

    snprintf(text, sizeof text,
             "80E60C00[(A0000001515350)(A000000151535041)(" AID ")(804000)"
             "(C9(81(0370)82(20)))()]00",
             n);
    assert_int_equal(send(h, text), SW_OK);
    snprintf(text, sizeof text, AID, n);
    assert_int_equal(host_select(h, text), SW_OK);
    assert_int_equal(host_open_session(h, 0x30, 0x00, NULL), SW_OK);
    assert_int_equal(send(h, "80D80081[31" FIRST_KEY FIRST_KEY FIRST_KEY "]00"),
                     SW_OK);
}

static sw_t extradite(struct host *h, unsigned what, unsigned to)
{
    char text[TEXT_SIZE];

    snprintf(text, sizeof text, "80E61000[(" AID ")()(" AID ")()()()]00", to,
             what);
    return send(h, text);
}

static void find(const struct host *h, unsigned n, struct registry_entry *e)
{
    const uint8_t aid[] = {0xA0,      0, 0, 1, 0x51, 0x53, (uint8_t)(n >> 8),
                           (uint8_t)n};

    assert_true(
        domain_find_application(&h->card->domain, span_of(aid, sizeof aid), e));
}

static void test_a_deep_hierarchy(void **state)
{
    const struct card_profile p = host_profile(false);
    struct host h;
    struct registry_entry top, bottom;
    char text[TEXT_SIZE];
    char *findings = NULL;

    (void)state;
    assert_true(host_open(&h, &p, HOST_MEMORY, "deep"));
    as_issuer(&h);
    for (unsigned n = 0; n < DEPTH; n++) {
        add_domain(&h, n);
        as_issuer(&h);
        if (n > 0)
            assert_int_equal(extradite(&h, n, n - 1), SW_OK);
    }

    find(&h, 0, &top);
    find(&h, DEPTH - 1, &bottom);
    assert_true(domain_is_above(&h.card->domain, top.slot, &bottom));
    assert_true(domain_is_above(&h.card->domain, DOMAIN_ISD, &bottom));
    assert_false(domain_is_above(&h.card->domain, bottom.slot, &top));
    assert_int_equal(domain_root(&h.card->domain, &bottom), DOMAIN_ISD);
    assert_int_equal(extradite(&h, 0, DEPTH - 1), SW_CONDITIONS);
    assert_int_equal(extradite(&h, 0, 1), SW_CONDITIONS);

    snprintf(text, sizeof text, "80F06080[" AID "]", 0u);
    assert_int_equal(send(&h, text), SW_OK);
    find(&h, DEPTH - 1, &bottom);
    assert_int_equal(bottom.state, STATE_LOCKED | STATE_PERSONALIZED);
    assert_int_equal(host_check(&h, &findings), 0);
    free(findings);
    host_close(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_deep_hierarchy),
    };

    return cmocka_run_group_tests_name("hierarchy", tests, NULL, NULL);
}
