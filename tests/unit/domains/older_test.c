/*
 * Proves that cards which were made before something was there get it when they
 * are powered on, whole or not at all, wherever power is cut: the global PIN,
 * and the checks of its record, with its value, its limit and its tries.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "natives/cells.h"
#include "natives/gp.h"
#include "natives/natives.h"
#include "natives/pin.h"
#include "root.h"
#include "tests/unit/domains/unit.h"

enum { MEMORY = 64 * 1024, LIMIT = 5, TRIES = 2, VALUE_MAX = 44 };

static const uint8_t value[] = {0x01, '4', '7', '1', '1'};

static void open_card(struct host *h, bool enciphered)
{
    struct card_profile p = host_profile(false);

    p.enciphered = enciphered;
    assert_true(host_open(h, &p, MEMORY, "older"));
}

/* The card is as if it had been made before there was one. */
static void take_global_pin(struct heap *heap)
{
    const ref_t pin = heap_root(heap, HEAP_ROOT_CVM);
    struct heap_view v;

    assert_true(heap_get(heap, pin, &v));
    assert_int_equal(heap_free(heap, get_u2(v.p + 2 * CELL_PIN_RECORD)),
                     ERR_OK);
    assert_int_equal(heap_free(heap, pin), ERR_OK);
    assert_int_equal(heap_set_root(heap, HEAP_ROOT_CVM, 0), ERR_OK);
}

static void test_without_global_pin(void **state)
{
    struct host h;

    (void)state;
    open_card(&h, false);
    take_global_pin(&h.card->heap);
    assert_int_equal(host_reset(&h), CARD_OK);
    const ref_t pin = heap_root(&h.card->heap, HEAP_ROOT_CVM);
    assert_int_not_equal(pin, 0);
    assert_int_equal(host_reset(&h), CARD_OK);
    assert_int_equal(heap_root(&h.card->heap, HEAP_ROOT_CVM), pin);
    unit_check(&h);
    host_close(&h);
}

static ref_t pin_record(struct card *card)
{
    return native_cell(&card->vm, native_cvm_object(&card->vm),
                       CELL_PIN_RECORD);
}

/* The record as it was before it had checks, with a value and a try less. */
static void put_older_record(struct card *card)
{
    uint8_t bytes[PIN_VALUE_AT + VAULT_TAG + VALUE_MAX] = {
        TRIES, LIMIT, VALUE_MAX, sizeof value};
    const struct heap_header hd = {
        .kind = HEAP_BLOB,
        .length =
            (uint32_t)(PIN_VALUE_AT + vault_room(&card->vault, VALUE_MAX)),
    };
    uint8_t padded[VALUE_MAX] = {0};
    const ref_t now = pin_record(card);
    ref_t record = 0;

    assert_int_equal(heap_new(&card->heap, &hd, &record), ERR_OK);
    memcpy(padded, value, sizeof value);
    assert_int_equal(
        vault_put(&card->vault, (struct vault_place){VAULT_OF_PIN, record, 0},
                  span_of(padded, sizeof padded), bytes + PIN_VALUE_AT),
        ERR_OK);
    assert_int_equal(
        heap_write(&card->heap, record, 0, bytes, hd.length, HEAP_ATOMIC),
        ERR_OK);
    assert_int_equal(native_set_cell(&card->vm, native_cvm_object(&card->vm),
                                     CELL_PIN_RECORD, record, HEAP_ATOMIC),
                     ERR_OK);
    assert_int_equal(heap_free(&card->heap, now), ERR_OK);
}

/* The PIN as it was. */
static void expect_pin(struct host *h, bool is_checked)
{
    struct vm *vm = &h->card->vm;
    struct pin pin;

    assert_true(native_pin_look(vm, native_cvm_object(vm), &pin));
    assert_int_equal(pin.is_checked, is_checked);
    assert_int_equal(pin.tries, TRIES);
    assert_int_equal(pin.limit, LIMIT);
    assert_int_equal(pin.max, VALUE_MAX);
    assert_true(native_pin_matches(vm, &pin, span_of(value, sizeof value)));
}

static void cut_everywhere(struct host *h, const struct faults *older,
                           enum faults_tear tear)
{
    bool cut = true;

    for (uint64_t n = 1; cut; n++) {
        faults_copy(&h->faults, older);
        faults_arm(&h->faults, n, tear, false);
        cut = host_reset(h) != CARD_OK;
        assert_int_equal(h->faults.off, cut);
        assert_int_equal(host_reset(h), CARD_OK);
        expect_pin(h, true);
        unit_check(h);
        assert_true(n < 100);
    }
}

static void bring_over(bool enciphered)
{
    struct faults older;
    struct host h;

    open_card(&h, enciphered);
    put_older_record(h.card);
    expect_pin(&h, false);
    assert_true(faults_open(&older, MEMORY, 1));
    card_power_off(h.card);
    faults_copy(&older, &h.faults);
    for (unsigned tear = 0; tear < FAULTS_TEARS; tear++)
        cut_everywhere(&h, &older, (enum faults_tear)tear);
    const ref_t record = pin_record(h.card);
    assert_int_equal(host_reset(&h), CARD_OK);
    assert_int_equal(pin_record(h.card), record);
    expect_pin(&h, true);
    faults_close(&older);
    host_close(&h);
}

static void test_without_checks(void **state)
{
    (void)state;
    bring_over(false);
    bring_over(true);
}

/* What there is no room for is not there, and the card works. */
static void test_no_room_for_checks(void **state)
{
    const struct heap_header hd = {
        .kind = HEAP_BYTE_ARRAY, .context = 1, .owner = 1, .length = 1};
    struct host h;
    ref_t ref = 0;

    (void)state;
    open_card(&h, false);
    put_older_record(h.card);
    while (heap_new(&h.card->heap, &hd, &ref) == ERR_OK)
        continue;
    assert_int_equal(host_reset(&h), CARD_OK);
    expect_pin(&h, false);
    host_close(&h);
}

/* Of the record that is there now no bit is other than it was written. */
static void test_flips(void **state)
{
    struct heap_view v;
    struct host h;

    (void)state;
    open_card(&h, false);
    put_older_record(h.card);
    assert_int_equal(host_reset(&h), CARD_OK);
    assert_true(heap_get(&h.card->heap, pin_record(h.card), &v));
    const size_t at = (size_t)(v.p - h.faults.bytes);
    for (size_t bit = 0; bit < 8 * (size_t)v.h.length; bit++) {
        char *findings = NULL;

        h.faults.bytes[at + bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(host_reset(&h), CARD_OK);
        assert_int_equal(host_check(&h, &findings), 1);
        assert_non_null(strstr(findings, "a PIN that is damaged"));
        free(findings);
        (void)native_cvm_tries_left(&h.card->vm);
        assert_int_equal(host_hex(&h, "00A4040000"), 0);
        h.faults.bytes[at + bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_int_equal(host_reset(&h), CARD_OK);
    expect_pin(&h, true);
    host_close(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_global_pin),
        cmocka_unit_test(test_without_checks),
        cmocka_unit_test(test_no_room_for_checks),
        cmocka_unit_test(test_flips),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
