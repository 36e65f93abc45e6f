/*
 * Proves what an observer of instructions sees and may do: every instruction
 * before it runs, with its place, context and depth; one that is skipped, or
 * replaced, once; that it may go while it is called; and that without one
 * nothing is different, decoded code included.
 */
#include "bench.h"

#include "vm/code.h"

enum { SEEN_MAX = 64 };

/* At the `at`th instruction does `what`; sees and counts them all. */
struct script {
    struct bench *b;
    unsigned at;
    enum card_observed what;
    uint8_t replacement[8];
    bool goes; /* the observer leaves at that instruction */
    unsigned count;
    struct card_instruction seen[SEEN_MAX];
};

static enum card_observed before(void *ctx, struct card_instruction *i)
{
    struct script *s = ctx;
    const bool now = s->count == s->at;

    assert_true(s->count < SEEN_MAX);
    s->seen[s->count++] = *i;
    if (!now)
        return CARD_OBSERVE_GO;
    memcpy(i->replacement, s->replacement, sizeof i->replacement);
    if (s->goes)
        vm_observe(&s->b->vm, NULL);
    return s->what;
}

static enum vm_result watch(struct bench *b, struct script *s, struct span code)
{
    const struct card_observer observer = {s, before};

    s->b = b;
    s->count = 0;
    vm_observe(&b->vm, &observer);
    const enum vm_result r = subject_run(b, code, NULL, 0);
    vm_observe(&b->vm, NULL);
    return r;
}

static void returns(struct bench *b, struct script *s, struct span code,
                    int16_t expected)
{
    assert_int_equal(watch(b, s, code), VM_RETURNED);
    assert_int_equal((int16_t)b->vm.result[0], expected);
}

static void stops(struct bench *b, struct script *s, struct span code)
{
    assert_int_equal(watch(b, s, code), VM_HALTED);
    assert_int_equal(vm_reset(&b->vm), ERR_OK);
}

#define TWICE O(bspush), 21, O(invokestatic), 0, P_TWICE, O(sreturn)

static void each_instruction_is_seen(void **state)
{
    struct bench *b = *state;
    struct script s = {.at = SEEN_MAX};
    const struct {
        uint8_t op;
        uint8_t depth;
        uint8_t pc; /* from the method's header */
    } expected[] = {{O(bspush), 1, 2},  {O(invokestatic), 1, 4},
                    {O(sload_0), 2, 2}, {O(sload_0), 2, 3},
                    {O(sadd), 2, 4},    {O(sreturn), 2, 5},
                    {O(sreturn), 1, 7}};
    const unsigned n = sizeof expected / sizeof expected[0];

    returns(b, &s, BYTES(TWICE), 42);
    assert_int_equal(s.count, n);
    for (unsigned i = 0; i < n; i++) {
        const struct card_instruction *in = &s.seen[i];
        assert_int_equal(in->opcode, expected[i].op);
        assert_int_equal(in->depth, expected[i].depth);
        assert_int_equal(in->pc - in->method, expected[i].pc);
        assert_int_equal(in->context, in->package);
        assert_int_equal(in->package, s.seen[0].package);
    }
    assert_int_not_equal(s.seen[2].method, s.seen[0].method);
    assert_int_equal(s.seen[6].method, s.seen[0].method);
}

#define COUNT O(sconst_0), O(sstore_0), O(sinc), 0, 1, O(sinc), 0, 1, O(sload_0)

static void an_instruction_is_skipped_once(void **state)
{
    struct bench *b = *state;
    struct script s = {.at = 2, .what = CARD_OBSERVE_SKIP};

    returns(b, &s, BYTES(COUNT, O(sreturn)), 1);
    assert_int_equal(s.count, 6);
    /* a branch that is skipped is not taken */
    s.at = 1;
    returns(b, &s,
            BYTES(O(sconst_0), O(ifeq), 4, O(sconst_1), O(sreturn), O(sconst_2),
                  O(sreturn)),
            1);
    assert_int_equal(s.count, 4);
    returns(b, &s,
            BYTES(O(nop), O(goto), 4, O(sconst_1), O(sreturn), O(sconst_2),
                  O(sreturn)),
            1);
    /* a loop runs once more, and no more than once */
    s.at = 3;
    returns(b, &s,
            BYTES(O(sconst_0), O(sstore_0), O(nop), O(sinc), 0, 1, O(sload_0),
                  O(sconst_3), O(if_scmplt), (uint8_t)-5, O(sload_0),
                  O(sreturn)),
            3);
    assert_int_equal(s.count, 3 + 4 * 4 + 2);
    /* a call: its arguments stay */
    s.at = 1;
    returns(b, &s, BYTES(TWICE), 21);
}

static void nothing_runs_behind_the_last_instruction(void **state)
{
    struct script s = {.at = 1, .what = CARD_OBSERVE_SKIP};
    stops(*state, &s, BYTES(O(sconst_1), O(sreturn)));
    s = (struct script){
        .at = 1, .what = CARD_OBSERVE_REPLACE, .replacement = {O(nop)}};
    stops(*state, &s, BYTES(O(sconst_1), O(sreturn)));
}

static void an_instruction_is_replaced_once(void **state)
{
    struct bench *b = *state;
    struct script s = {.at = 2, .what = CARD_OBSERVE_REPLACE};
    const struct span sum =
        BYTES(S(9), S(4), O(sadd), S(1), O(sadd), O(sreturn));

    /* shorter, longer, as long; what follows is what followed */
    s.replacement[0] = O(ssub);
    returns(b, &s, sum, 6);
    assert_int_equal(s.count, 6);
    s.at = 0;
    memcpy(s.replacement, (uint8_t[]){O(bspush), 3}, 2);
    returns(b, &s, sum, 8);
    memcpy(s.replacement, (uint8_t[]){O(sspush), 0xFF, 0}, 3);
    returns(b, &s, sum, -251);
    memcpy(s.replacement, (uint8_t[]){O(sinc_w), 0, 1, 0}, 4);
    s.at = 2;
    returns(b, &s,
            BYTES(O(sconst_0), O(sstore_0), O(nop), O(sload_0), O(sreturn)),
            256);
    /* what is seen is what stands there */
    assert_int_equal(s.seen[2].opcode, O(nop));
}

static void transfers_may_stand_for_others(void **state)
{
    struct bench *b = *state;
    struct script s = {.at = 1, .what = CARD_OBSERVE_REPLACE};
    const struct span fork = BYTES(O(sconst_0), O(ifeq_w), W(5), O(sconst_1),
                                   O(sreturn), O(sconst_2), O(sreturn));

    /* taken from where it stands; not taken, behind what it stands for */
    memcpy(s.replacement, (uint8_t[]){O(ifeq), 3}, 2);
    returns(b, &s, fork, 1);
    memcpy(s.replacement, (uint8_t[]){O(ifne), 5}, 2);
    returns(b, &s, fork, 1);
    memcpy(s.replacement, (uint8_t[]){O(ifeq), 5}, 2);
    returns(b, &s, fork, 2);
    /* a return, and a call in the place of something shorter and longer */
    memcpy(s.replacement, (uint8_t[]){O(sreturn)}, 1);
    returns(b, &s, fork, 0);
    memcpy(s.replacement, (uint8_t[]){O(invokestatic), 0, P_TWICE}, 3);
    returns(b, &s, BYTES(O(sconst_5), O(nop), O(sconst_1), O(sadd), O(sreturn)),
            11);
    returns(
        b, &s,
        BYTES(O(sconst_5), O(dup_x), 0x11, O(sconst_1), O(sadd), O(sreturn)),
        11);
}

static void no_code_comes_from_a_replacement_beyond_repair(void **state)
{
    struct script s = {.at = 1, .what = CARD_OBSERVE_REPLACE};
    const struct span code = BYTES(O(sconst_1), O(nop), O(sreturn));

    for (unsigned op = CAP_OP_stableswitch; op <= CAP_OP_ilookupswitch; op++) {
        s.replacement[0] = (uint8_t)op;
        stops(*state, &s, code);
    }
    s.replacement[0] = 0xFF;
    stops(*state, &s, code);
    /* what it takes must be there */
    s.replacement[0] = O(sadd);
    stops(*state, &s, code);
    /* and where it leads as well */
    memcpy(s.replacement, (uint8_t[]){O(goto_w), 0x7F, 0xFF}, 3);
    stops(*state, &s, code);
}

static void an_observer_may_go_while_it_is_called(void **state)
{
    struct bench *b = *state;
    struct script s = {.at = 2, .goes = true};

    for (s.at = 0; s.at < 6; s.at++) {
        returns(b, &s, BYTES(TWICE), 42);
        assert_int_equal(s.count, s.at + 1);
    }
    s = (struct script){.at = 2, .goes = true, .what = CARD_OBSERVE_SKIP};
    returns(b, &s, BYTES(COUNT, O(sreturn)), 1);
    assert_int_equal(s.count, 3);
    s.what = CARD_OBSERVE_REPLACE;
    memcpy(s.replacement, (uint8_t[]){O(sinc), 0, 7}, 3);
    returns(b, &s, BYTES(COUNT, O(sreturn)), 8);
}

/* The budget that a run of this code takes. */
static uint64_t cost_of(struct bench *b, struct script *s, struct span code)
{
    if (s != NULL)
        returns(b, s, code, 42);
    else
        assert_int_equal(subject_run(b, code, NULL, 0), VM_RETURNED);
    return b->vm.hooks.budget - b->vm.budget;
}

static void without_one_nothing_is_different(void **state)
{
    struct bench *b = *state;
    struct script s = {.at = SEEN_MAX};
    const struct span code = BYTES(TWICE);
    const uint64_t before_it = cost_of(b, NULL, code);

    assert_int_equal(cost_of(b, &s, code), 7);
    assert_int_equal(cost_of(b, NULL, code), before_it);
    assert_int_equal(s.count, 7);
    assert_null(b->vm.observer);
}

static void power_on_ends_it(void **state)
{
    struct bench *b = *state;
    struct script s = {.at = SEEN_MAX};
    const struct card_observer observer = {&s, before};

    vm_observe(&b->vm, &observer);
    assert_int_equal(vm_reset(&b->vm), ERR_OK);
    assert_int_equal(subject_run(b, BYTES(TWICE), NULL, 0), VM_RETURNED);
    assert_int_equal(s.count, 0);
}

/* Decoded code is not made, nor used, while somebody looks. */
static void decoded_code_waits(void **state)
{
    struct bench *b = *state;
    struct script s = {.b = b, .at = SEEN_MAX};
    const struct card_observer observer = {&s, before};
    static struct subject subject;

    subject_make(&subject, BYTES(TWICE), 0, 8, NULL, 0);
    const uint8_t package = bench_need(b, &subject.file);
    const struct vm_ahead *ahead = (const void *)b->vm.ahead;
    const uint32_t used = ahead != NULL ? ahead->used : 0;
    vm_observe(&b->vm, &observer);
    bench_returns(b, package, subject.method, 42);
    assert_true(ahead == NULL || ahead->used == used);
    vm_observe(&b->vm, NULL);
    bench_returns(b, package, subject.method, 42);
    assert_true(ahead == NULL || ahead->used > used);
    vm_observe(&b->vm, &observer);
    bench_returns(b, package, subject.method, 42);
    vm_observe(&b->vm, NULL);
    assert_int_equal(s.count, 14);
    assert_int_equal(vm_unlink(&b->vm, package), ERR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_instruction_is_seen),
        cmocka_unit_test(an_instruction_is_skipped_once),
        cmocka_unit_test(nothing_runs_behind_the_last_instruction),
        cmocka_unit_test(an_instruction_is_replaced_once),
        cmocka_unit_test(transfers_may_stand_for_others),
        cmocka_unit_test(no_code_comes_from_a_replacement_beyond_repair),
        cmocka_unit_test(an_observer_may_go_while_it_is_called),
        cmocka_unit_test(without_one_nothing_is_different),
        cmocka_unit_test(power_on_ends_it),
        cmocka_unit_test(decoded_code_waits),
    };
    return cmocka_run_group_tests(tests, bench_open, bench_close);
}
