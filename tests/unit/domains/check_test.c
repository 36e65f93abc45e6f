/*
 * Proves that `card check` sees what is wrong with a card: a card with two
 * packages that belong together, instances, keys and data is damaged in one
 * way after the other, in its memory and past the code that keeps it right,
 * and each damage is found and named.  A package that is not what was linked
 * keeps a card from powering on, and so does a changed card-wide record or a
 * deletion's record that DELETE did not write.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "domains/global.h"
#include "domains/intent.h"
#include "domains/keys.h"
#include "domains/origin.h"
#include "domains/upgrade_session.h"
#include "jcre/table.h"
#include "root.h"
#include "tests/unit/domains/forge.h"
#include "vm/internal.h"

enum { MEMORY = 128 * 1024, NOWHERE = 900 };

static const char *cap_folder;

struct damage {
    const char *name;
    void (*apply)(void);
    const char *finding;
};

/* ---- objects ---- */

static void dangling(void)
{
    forge_put_u2(forge_root(HEAP_ROOT_REGISTRY), 2 * 400, NOWHERE);
}

static void rootless(void)
{
    forge_keep(NOWHERE);
}

static void strange_flags(void)
{
    forge_keep(forge_make((struct heap_header){
        .kind = HEAP_BYTE_ARRAY, .flags = HEAP_TEMPORARY, .length = 4}));
}

static void array_flags(void)
{
    forge_keep(forge_make((struct heap_header){
        .kind = HEAP_STATICS, .flags = HEAP_GLOBAL_ARRAY, .length = 4}));
}

static void two_events(void)
{
    forge_keep(forge_make((struct heap_header){.kind = HEAP_BYTE_ARRAY,
                                               .flags = HEAP_CLEAR_ON_RESET |
                                                        HEAP_CLEAR_ON_DESELECT,
                                               .length = 4}));
}

static void many_references(void)
{
    forge_keep(forge_make((struct heap_header){
        .kind = HEAP_STATICS, .class_offset = 5, .length = 4}));
}

static void leak(void)
{
    (void)forge_make((struct heap_header){.kind = HEAP_BLOB, .length = 4});
}

static void leaked_list(void)
{
    (void)forge_make((struct heap_header){.kind = HEAP_REF_ARRAY, .length = 4});
}

static void dirty_memory(void)
{
    forge_host.faults.bytes[forge_host.faults.size - 40] = 1;
}

/* ---- packages ---- */

static void other_load_file(void)
{
    forge_put_u2(forge_root(HEAP_ROOT_PACKAGES), forge_listed(1, 1),
                 forge_part(2, 1));
}

static void no_record(void)
{
    forge_put_u2(forge_root(HEAP_ROOT_PACKAGES), forge_listed(1, 0), 0);
}

static void bad_load_file(void)
{
    forge_put_u1(forge_part(1, 1), 0, 0xEE);
}

static void more_imports(void)
{
    ref_t r = forge_part(2, 0);
    forge_put_u1(r, 4, (uint8_t)(forge_view(r).p[4] + 1));
}

/* The loyalty program imports the wallet: now something that is not there. */
static void lost_import(void)
{
    ref_t r = forge_part(2, 0);
    struct heap_view v = forge_view(r);

    for (uint8_t i = 0; i < v.p[4]; i++) {
        const uint32_t at = VM_RECORD_HEAD + VM_IMPORT_SIZE * (uint32_t)i;
        if (v.p[at] == 1) {
            forge_put_u1(r, at, 9);
            return;
        }
    }
    fail();
}

/* One bit of what a package consists of, in the middle of it. */
static void flip_part(uint8_t package, unsigned which)
{
    const ref_t ref = forge_part(package, which);
    const struct heap_view v = forge_view(ref);

    forge_put_u1(ref, v.h.length / 2, v.p[v.h.length / 2] ^ 0x10);
}

static void changed_pool(void)
{
    flip_part(2, 0);
}

static void changed_code(void)
{
    flip_part(2, 1);
}

static void changed_signatures(void)
{
    flip_part(1, VM_LIST_SIGNATURES);
}

static void changed_seal(void)
{
    const ref_t ref = forge_part(2, 0);
    const struct heap_view v = forge_view(ref);

    forge_put_u1(ref, v.h.length - 1, v.p[v.h.length - 1] ^ 1);
}

static void other_signatures(void)
{
    forge_put_u2(forge_root(HEAP_ROOT_PACKAGES),
                 forge_listed(2, VM_LIST_SIGNATURES),
                 forge_part(1, VM_LIST_SIGNATURES));
}

static void no_list(void)
{
    assert_int_equal(heap_set_root(forge_heap(), HEAP_ROOT_PACKAGES,
                                   forge_root(HEAP_ROOT_REGISTRY)),
                     ERR_OK);
}

static void other_statics(void)
{
    forge_put_u2(forge_root(HEAP_ROOT_PACKAGES), forge_listed(1, 2),
                 forge_part(2, 2));
}

static void small_statics(void)
{
    ref_t ref = forge_make(
        (struct heap_header){.kind = HEAP_STATICS, .context = 1, .length = 77});

    forge_put_u2(forge_root(HEAP_ROOT_PACKAGES), forge_listed(1, 2), ref);
}

/* The same package at a second place of the list. */
static void twin_package(void)
{
    for (unsigned i = 0; i < VM_LIST_STEP; i++)
        forge_put_u2(forge_root(HEAP_ROOT_PACKAGES), forge_listed(3, i),
                     forge_part(1, i));
}

static void homeless(void)
{
    assert_int_equal(heap_set_owner(forge_heap(), forge_applet(1), 40, 1),
                     ERR_OK);
}

static void classless(void)
{
    forge_keep(forge_make((struct heap_header){
        .kind = HEAP_OBJECT, .context = 1, .class_package = 40, .length = 2}));
}

static void wrong_size(void)
{
    struct heap_header hd = forge_view(forge_applet(1)).h;

    hd.length++;
    forge_keep(forge_make(hd));
}

/* ---- applets ---- */

static void half_pair(void)
{
    forge_put_u2(forge_root(HEAP_ROOT_APPLETS), 2 + 2, 0);
}

static void no_applet(void)
{
    forge_put_u2(forge_root(HEAP_ROOT_APPLETS), 2, forge_part(1, 2));
}

static void no_aid(void)
{
    forge_put_u2(forge_root(HEAP_ROOT_APPLETS), 2 + 2, forge_applet(1));
}

static void same_aid(void)
{
    struct jcre_pair pair;

    assert_true(jcre_table_get(&forge_host.card->jcre, 1, &pair));
    forge_put_u2(forge_root(HEAP_ROOT_APPLETS), 2 + 4 + 2, pair.aid);
}

static void ring_of_applets(void)
{
    forge_put_u2(forge_root(HEAP_ROOT_APPLETS), 0,
                 forge_root(HEAP_ROOT_APPLETS));
}

static void lost_owner(void)
{
    struct heap_header hd = {
        .kind = HEAP_BYTE_ARRAY, .context = 1, .owner = 30, .length = 4};
    forge_keep(forge_make(hd));
}

static void stranger(void)
{
    struct heap_header hd = {
        .kind = HEAP_BYTE_ARRAY, .context = 2, .owner = 1, .length = 4};
    forge_keep(forge_make(hd));
}

/* ---- the registry ---- */

static void no_issuer(void)
{
    forge_sealed_u1(forge_record(ENTRY_DOMAIN, 0), 0, ENTRY_APPLICATION);
}

static void no_cardwide(void)
{
    assert_int_equal(heap_set_root(forge_heap(), HEAP_ROOT_CARD, 0), ERR_OK);
}

static void changed_cardwide(void)
{
    const ref_t ref = forge_root(HEAP_ROOT_CARD);

    forge_put_u1(ref, 5, forge_view(ref).p[5] ^ 1);
}

/* ---- deletion ---- */

static void intend(uint16_t first, uint16_t second, uint8_t count)
{
    const uint16_t slots[] = {first, second};

    assert_int_equal(domain_intend(&forge_host.card->domain, slots, count),
                     ERR_OK);
}

static void intent(void)
{
    intend(forge_slot(ENTRY_APPLICATION, 0), forge_slot(ENTRY_PACKAGE, 1), 2);
}

static void changed_intent(void)
{
    intent();
    forge_put_u1(forge_root(HEAP_ROOT_INTENT), 1,
                 forge_view(forge_root(HEAP_ROOT_INTENT)).p[1] ^ 1);
}

static void cut_intent(void)
{
    ref_t ref =
        forge_make((struct heap_header){.kind = HEAP_BLOB, .length = 2});
    assert_int_equal(heap_set_root(forge_heap(), HEAP_ROOT_INTENT, ref),
                     ERR_OK);
}

static void intent_of_issuer(void)
{
    intend(DOMAIN_ISD, 0, 1);
}

static void intent_of_key(void)
{
    intend(forge_slot(ENTRY_KEY, 0), 0, 1);
}

static void intent_of_native(void)
{
    intend(forge_slot(ENTRY_PACKAGE, 0), 0, 1);
}

static void intent_twice(void)
{
    const uint16_t slot = forge_slot(ENTRY_APPLICATION, 0);

    intend(slot, slot, 2);
}

static void intent_in_disorder(void)
{
    intend(forge_slot(ENTRY_PACKAGE, 1), forge_slot(ENTRY_APPLICATION, 0), 2);
}

static void intent_of_more(void)
{
    intend(forge_slot(ENTRY_DOMAIN, 1), forge_slot(ENTRY_APPLICATION, 0), 2);
}

static void intent_beyond(void)
{
    intend(REGISTRY_SLOTS, 0, 1);
}

static void short_aid(void)
{
    forge_sealed_u1(forge_record(ENTRY_APPLICATION, 0), 24, 3);
}

static void twin_aid(void)
{
    struct heap_view v = forge_view(forge_record(ENTRY_APPLICATION, 0));
    uint8_t aid[17];

    memcpy(aid, v.p + 24, sizeof aid);
    forge_sealed(forge_record(ENTRY_APPLICATION, 1), 24, aid, sizeof aid);
}

static void lost_association(void)
{
    forge_sealed_u2(forge_record(ENTRY_APPLICATION, 0), 2, 77);
}

static void circle(void)
{
    forge_sealed_u2(forge_record(ENTRY_DOMAIN, 0), 2, 300);
}

static void no_code(void)
{
    forge_sealed_u1(forge_record(ENTRY_PACKAGE, 1), 7, 20);
}

static void other_code(void)
{
    forge_sealed_u1(forge_record(ENTRY_PACKAGE, 1), 7, 2);
}

static void no_instance(void)
{
    forge_sealed_u2(forge_record(ENTRY_APPLICATION, 0), 8, 25);
}

static void other_instance(void)
{
    forge_sealed_u2(forge_record(ENTRY_APPLICATION, 0), 8, 2);
}

static void unknown_state(void)
{
    forge_sealed_u1(forge_record(ENTRY_PACKAGE, 1), 1, 0x55);
}

static void stray_code(void)
{
    static const uint8_t wallet[] = {0xF0, 0x50, 0x4F, 0x53, 0x54, 0x01};
    struct registry_entry e;

    assert_true(
        domain_find_package(&forge_host.card->domain, span_of(wallet, 6), &e));
    assert_int_equal(domain_remove_record(&forge_host.card->domain, e.slot),
                     ERR_OK);
}

static void cut_key(void)
{
    forge_sealed_u1(forge_record(ENTRY_KEY, 0), 16, 3);
}

static void long_key(void)
{
    forge_sealed_u2(forge_record(ENTRY_KEY, 0), 18, 8);
}

static void changed_key(void)
{
    ref_t ref = forge_record(ENTRY_KEY, 0);
    forge_sealed_u1(ref, 20, (uint8_t)(forge_view(ref).p[20] ^ 1));
}

static void lost_key(void)
{
    forge_sealed_u2(forge_record(ENTRY_KEY, 0), 4, 70);
}

static void twin_key(void)
{
    forge_sealed_u1(forge_record(ENTRY_KEY, 0), 1, KEY_ID_MAC);
}

/* ---- upgrades ---- */

static void upgrade_of(uint16_t slot)
{
    const struct domain_upgrade u = {
        .package = 1, .aid_length = 5, .count = 1, .slots = {slot}};

    assert_int_equal(domain_session_open(&forge_host.card->domain, &u), ERR_OK);
    assert_true(domain_upgrades(&forge_host.card->domain));
}

static ref_t upgrade_header(void)
{
    upgrade_of(forge_slot(ENTRY_APPLICATION, 0));
    assert_true(domain_upgrade_is_sound(&forge_host.card->domain));
    return get_u2(forge_view(forge_root(HEAP_ROOT_UPGRADE)).p);
}

static void changed_upgrade(void)
{
    const ref_t ref = upgrade_header();

    forge_put_u1(ref, 28, forge_view(ref).p[28] ^ 1);
}

static void changed_upgrade_state(void)
{
    forge_put_u1(upgrade_header(), 0, UPGRADE_DELETING);
}

static void unsaved_upgrade(void)
{
    static const uint8_t deleting[] = {UPGRADE_DELETING, 1,
                                       (uint8_t)~UPGRADE_DELETING, 0xFE};

    forge_put(upgrade_header(), 0, deleting, sizeof deleting);
}

static void upgrade_of_a_package(void)
{
    upgrade_of(forge_slot(ENTRY_PACKAGE, 1));
}

static void upgrade_of_nothing(void)
{
    upgrade_of(NOWHERE);
}

static void cut_upgrade(void)
{
    ref_t ref =
        forge_make((struct heap_header){.kind = HEAP_BLOB, .length = 2});
    assert_int_equal(heap_set_root(forge_heap(), HEAP_ROOT_UPGRADE, ref),
                     ERR_OK);
}

static void lost_origin(void)
{
    static const uint8_t module[] = {1, 2, 3, 4, 5};
    struct registry_entry e;

    assert_true(domain_entry(&forge_host.card->domain, DOMAIN_ISD, &e));
    assert_int_equal(domain_add_origin(&forge_host.card->domain, &e,
                                       span_of(module, sizeof module),
                                       span_of(module, 1)),
                     ERR_OK);
}

static void lost_data(void)
{
    forge_sealed_u2(forge_record(ENTRY_DATA, 0), 4, 70);
}

static void lost_service(void)
{
    static const uint8_t name[] = {0x82, 0x12};

    assert_int_equal(domain_record_services(&forge_host.card->domain,
                                            forge_slot(ENTRY_PACKAGE, 0),
                                            span_of(name, sizeof name)),
                     ERR_OK);
}

static void orphan_data(void)
{
    forge_sealed_u1(forge_record(ENTRY_DATA, 0), 1, 0x01);
}

static void unknown_record(void)
{
    forge_sealed_u1(forge_record(ENTRY_DATA, 0), 0, 99);
}

static void changed_record(void)
{
    forge_put_u1(forge_record(ENTRY_DATA, 0), 6, 1);
}

static const struct damage damages[] = {
    {"a reference to nothing", dangling, "holds a reference to nothing"},
    {"a root to nothing", rootless, "a root names nothing"},
    {"flags of volatile objects", strange_flags,
     "has flags that no stored object has"},
    {"flags of an array", array_flags, "is no array and has an array's flags"},
    {"two events", two_events, "is to be cleared by two events"},
    {"more references than cells", many_references,
     "has more references than cells"},
    {"a lost record", leak, "is the runtime's and nothing leads to it"},
    {"a lost list", leaked_list, "is the runtime's and nothing leads to it"},
    {"dirty memory", dirty_memory, "free memory is not wiped"},
    {"another load file", other_load_file,
     "a package's record and the list disagree"},
    {"no record", no_record, "parts of a package that has no record"},
    {"a damaged load file", bad_load_file, "a package's record cannot be read"},
    {"one import more", more_imports, "is not made of its load file"},
    {"an import that is not there", lost_import,
     "a package imports what is not there"},
    {"a changed pool", changed_pool, "its seal denies it"},
    {"changed code", changed_code, "its seal denies it"},
    {"changed signatures", changed_signatures, "its seal denies it"},
    {"a changed seal", changed_seal, "its seal denies it"},
    {"another's signatures", other_signatures, "its seal denies it"},
    {"no list", no_list, "there is no list of packages"},
    {"another's static fields", other_statics,
     "a package has no static fields of its own"},
    {"other static fields", small_statics,
     "static fields are not those of the load file"},
    {"a package twice", twin_package, "two packages have the same AID"},
    {"an object of no package", homeless,
     "an object belongs to a package that is not there"},
    {"an object of no class", classless, "an object's class is not there"},
    {"an object of another size", wrong_size,
     "an object has not the size of its class"},
    {"half a pair", half_pair, "applet table: a pair is half empty"},
    {"no applet", no_applet, "applet table: an entry is no applet"},
    {"no AID", no_aid, "applet table: an entry has no AID"},
    {"an AID twice", same_aid, "two instances have the same AID"},
    {"a ring of instances", ring_of_applets,
     "an instance without an application"},
    {"an owner that is not there", lost_owner,
     "an object has an owner that is not there"},
    {"an owner of another context", stranger,
     "an object has an owner of another context"},
    {"no issuer domain", no_issuer, "no issuer security domain"},
    {"no card-wide record", no_cardwide, "no card-wide record"},
    {"a card-wide record that changed", changed_cardwide,
     "no card-wide record, or one that its check denies"},
    {"a deletion that stopped", intent, "a deletion that was not completed"},
    {"a deletion that changed", changed_intent,
     "a deletion's record that is damaged or impossible"},
    {"a deletion cut off", cut_intent,
     "a deletion's record that is damaged or impossible"},
    {"a deletion of the issuer domain", intent_of_issuer,
     "a deletion's record that is damaged or impossible"},
    {"a deletion of a key", intent_of_key,
     "a deletion's record that is damaged or impossible"},
    {"a deletion of what is built in", intent_of_native,
     "a deletion's record that is damaged or impossible"},
    {"a deletion twice", intent_twice,
     "a deletion's record that is damaged or impossible"},
    {"a deletion in disorder", intent_in_disorder,
     "a deletion's record that is damaged or impossible"},
    {"a deletion of a domain and more", intent_of_more,
     "a deletion's record that is damaged or impossible"},
    {"a deletion beyond the registry", intent_beyond,
     "a deletion's record that is damaged or impossible"},
    {"a short AID", short_aid, "an AID that is too short"},
    {"an AID in two entries", twin_aid, "an AID that is there twice"},
    {"an association to nothing", lost_association,
     "an association that leads nowhere"},
    {"no root of domains", circle, "an association that leads nowhere"},
    {"no code", no_code, "a load file without code"},
    {"another's code", other_code, "a load file with another AID than"},
    {"no instance", no_instance, "an application without an instance"},
    {"another's instance", other_instance,
     "an application that differs from its instance"},
    {"a state that is none", unknown_state, "a state that there is not"},
    {"code nobody knows", stray_code, "code without a load file"},
    {"a key cut off", cut_key, "a key that is cut off"},
    {"a key with a rest", long_key, "a key with bytes of no component"},
    {"a key that changed", changed_key, "a key that its check value denies"},
    {"a key of nobody", lost_key, "a key of no domain"},
    {"a key twice", twin_key, "a key that is there twice"},
    {"data of nobody", lost_data, "a record of no known kind or no domain"},
    {"an upgrade that changed", changed_upgrade,
     "an upgrade's record that is damaged"},
    {"an upgrade in no state", changed_upgrade_state,
     "an upgrade's record that is damaged"},
    {"an upgrade of what was not saved", unsaved_upgrade,
     "an upgrade's record that is damaged"},
    {"an upgrade of a package as an application", upgrade_of_a_package,
     "an upgrade's record that is damaged"},
    {"an upgrade of nothing", upgrade_of_nothing,
     "an upgrade's record that is damaged"},
    {"an upgrade cut off", cut_upgrade, "an upgrade's record that is damaged"},
    {"an origin of nobody", lost_origin, "the origin of no application"},
    {"a service of nobody", lost_service, "a service of no application"},
    {"what hangs on no key", orphan_data,
     "what belongs to a key that is not there"},
    {"a record of no kind", unknown_record,
     "a record of no known kind or no domain"},
    {"a record that changed", changed_record, "one that its check denies"},
};

/* ---- the card ---- */

static void load(const char *cap)
{
    char path[1024];

    snprintf(path, sizeof path, "%s/%s", cap_folder, cap);
    assert_int_equal(host_load_cap(&forge_host, path, ""), SW_OK);
}

static void send(const char *hex)
{
    assert_int_equal(host_hex(&forge_host, hex), SW_OK);
}

static int setup(void **state)
{
    const struct card_profile profile = host_profile(true);

    (void)state;
    assert_true(host_open(&forge_host, &profile, MEMORY, "check"));
    assert_int_equal(host_open_session(&forge_host, 0x30, 0x01, NULL), SW_OK);
    load("wallet.cap");
    load("loyalty.cap");
    send("80E60C001D06F0504F53540107F0504F5354010107F0504F53540101"
         "010002C9000000");
    send("80E60C001D06F0504F53540207F0504F5354020107F0504F53540201"
         "010002C9000000");
    send("80E60C002907A000000151535008A00000015153504108A000000151535042"
         "0380400009C907810203708201200000");
    assert_int_equal(host_reset(&forge_host), CARD_OK);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    host_close(&forge_host);
    return 0;
}

static void test_sound(void **state)
{
    char *findings = NULL;

    (void)state;
    if (host_check(&forge_host, &findings) != 0)
        fail_msg("%s", findings);
    free(findings);
}

static void test_damage(void **state)
{
    const struct damage *d = *state;
    char *findings = NULL;

    d->apply();
    unsigned n = host_check(&forge_host, &findings);
    if (n == 0 || strstr(findings, d->finding) == NULL)
        fail_msg("%s: \"%s\" is not found, but %u:\n%s", d->name, d->finding, n,
                 findings);
    free(findings);
}

static void test_refused(void **state)
{
    void (*const changes[])(void) = {
        changed_pool,       changed_code,     changed_signatures,
        changed_seal,       other_signatures, changed_cardwide,
        changed_intent,     cut_intent,       intent_of_issuer,
        intent_of_key,      intent_of_native, intent_twice,
        intent_in_disorder, intent_of_more,   intent_beyond,
        changed_upgrade,    unsaved_upgrade,  cut_upgrade};

    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        assert_int_equal(setup(state), 0);
        changes[i]();
        assert_int_equal(host_reset(&forge_host), CARD_CORRUPT);
        teardown(state);
    }
}

int main(int argc, char **argv)
{
    enum { COUNT = sizeof damages / sizeof damages[0] };
    static struct damage copies[COUNT]; /* cmocka wants void * */
    struct CMUnitTest tests[COUNT + 2];

    if (argc != 2)
        return 2;
    cap_folder = argv[1];
    memcpy(copies, damages, sizeof copies);
    tests[0] =
        (struct CMUnitTest){"a sound card", test_sound, setup, teardown, NULL};
    tests[COUNT + 1] = (struct CMUnitTest){"a package that changed",
                                           test_refused, NULL, NULL, NULL};
    for (size_t i = 0; i < COUNT; i++)
        tests[i + 1] = (struct CMUnitTest){copies[i].name, test_damage, setup,
                                           teardown, &copies[i]};
    return _cmocka_run_group_tests("card check", tests, COUNT + 2, NULL, NULL);
}
