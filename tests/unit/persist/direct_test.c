/*
 * Proves that small writes through nv_direct are those that nv_program would
 * have made: the same bytes, refused outside memory, in the same order, so
 * that the store mounts whichever instruction of one was the last to run.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "persist/persist.h"
#include "ports/posix/memory.h"

/* N: so many that they are not stored by one instruction. */
enum { NV = 16 * 1024, AT = 2000, N = 7, OLD = 0x5A, NEW = 0xA5 };

/* A store in memory; not a new one unless it is formatted. */
struct store {
    struct posix_memory memory;
    struct card_port port;
    struct persist persist;
};

static void bind(struct store *s, uint8_t *bytes, bool direct)
{
    memset(s, 0, sizeof *s);
    s->memory = (struct posix_memory){bytes, NV};
    posix_memory_bind(&s->memory, &s->port);
    assert_ptr_equal(s->port.nv_direct, bytes);
    if (!direct)
        s->port.nv_direct = NULL;
    persist_bind(&s->persist, &s->port);
}

static void the_bytes_are_those_of_programs(void **state)
{
    static uint8_t nv[2][NV];
    static const uint8_t bytes[PERSIST_SMALL] = {1, 2, 3, 4, 5, 6, 7, 8};
    struct store s[2];

    (void)state;
    for (int i = 0; i < 2; i++) {
        bind(&s[i], nv[i], i == 1);
        assert_int_equal(persist_format(&s[i].persist), ERR_OK);
    }
    for (uint32_t k = 0; k < 100; k++) {
        const uint32_t n = k % PERSIST_SMALL + 1;
        for (int i = 0; i < 2; i++)
            assert_int_equal(
                persist_write(&s[i].persist, AT + 13 * k, bytes, n), ERR_OK);
        assert_memory_equal(persist_at(&s[1].persist, AT + 13 * k), bytes, n);
        assert_memory_equal(nv[0], nv[1], NV);
    }
}

static void nothing_is_stored_outside(void **state)
{
    static uint8_t nv[NV + PERSIST_SMALL];
    static const uint8_t zero[PERSIST_SMALL];
    struct store s;

    (void)state;
    bind(&s, nv, true);
    assert_int_equal(persist_format(&s.persist), ERR_OK);
    assert_int_equal(persist_put_small_(&s.persist, nv + NV - 8, ~0u, 8),
                     ERR_OK);
    assert_int_equal(persist_put_small_(&s.persist, nv + NV - 7, ~0u, 8),
                     ERR_IO);
    assert_true(persist_is_dead(&s.persist));
    assert_memory_equal(nv + NV, zero, sizeof zero);
}

static enum err put(struct store *s, nvaddr_t a, uint8_t value)
{
    uint8_t bytes[N];

    memset(bytes, value, N);
    return persist_write(&s->persist, a, bytes, N);
}

/* The child: writes NEW while it is traced, one signal before and one after. */
static void write_traced(struct store *s)
{
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
        _exit(77);
    raise(SIGSTOP);
    if (put(s, AT, NEW) != ERR_OK)
        _exit(1);
    raise(SIGSTOP);
    _exit(0);
}

/* What all bytes at AT are when these bytes are all there is of it. */
static uint8_t value_after_power_on(const uint8_t *nv)
{
    static uint8_t copy[NV];
    struct store s;

    memcpy(copy, nv, NV);
    bind(&s, copy, true);
    assert_int_equal(persist_mount(&s.persist), ERR_OK);
    const uint8_t *at = persist_at(&s.persist, AT);
    assert_memory_equal(at, at + 1, N - 1);
    return *at;
}

/* One instruction of the child; false when it has stopped by itself. */
static bool step(pid_t child)
{
    int status = 0;

    assert_int_equal(ptrace(PTRACE_SINGLESTEP, child, NULL, NULL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSTOPPED(status));
    return WSTOPSIG(status) == SIGTRAP;
}

/* Steps through the write; how often memory changed. */
static unsigned follow(pid_t child, const uint8_t *nv)
{
    static uint8_t last[NV];
    unsigned changes = 0;
    uint8_t value = OLD;

    memcpy(last, nv, NV);
    while (step(child)) {
        if (memcmp(last, nv, NV) == 0)
            continue;
        memcpy(last, nv, NV);
        changes++;
        const uint8_t now = value_after_power_on(nv);
        assert_true(now == OLD || now == NEW);
        assert_true(now == value || value == OLD); /* never back */
        value = now;
    }
    assert_int_equal(value, NEW);
    return changes;
}

static void any_instruction_may_be_the_last(void **state)
{
    struct store s;
    int status = 0;
    uint8_t *nv = mmap(NULL, NV, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    (void)state;
    assert_true(nv != MAP_FAILED);
    bind(&s, nv, true);
    assert_int_equal(persist_format(&s.persist), ERR_OK);
    assert_int_equal(put(&s, AT, OLD), ERR_OK);
    assert_int_equal(put(&s, AT + N, OLD), ERR_OK); /* not to be redone */
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        write_traced(&s);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!WIFSTOPPED(status))
        skip();                          /* no tracing here */
    assert_true(follow(child, nv) >= 2); /* the slot, the bytes */
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &status, 0), child);
    munmap(nv, NV);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bytes_are_those_of_programs),
        cmocka_unit_test(nothing_is_stored_outside),
        cmocka_unit_test(any_instruction_may_be_the_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
